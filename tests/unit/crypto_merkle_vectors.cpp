// The published test data of the Go package github.com/transparency-dev/merkle, every case of it that is about whole
// trees. It is not part of the project: FANLIGHT_SHARED, or ../shared beside it.

#include "crypto/merkle.hpp"
#include "crypto/text.hpp"
#include "tests/unit/vector_files.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <map>
#include <set>

using namespace fanlight;
using namespace fanlight::crypto;

namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

constexpr auto testdata = "specs/merkle-testdata/testdata";

/// Cases by file name; each is an object.
std::map<std::string, json::object> read_cases(fs::path const& directory) {
    std::map<std::string, json::object> cases;
    for (auto const& entry : fs::recursive_directory_iterator(directory)) {
        if (entry.path().extension() != ".json") continue;
        std::ifstream file(entry.path());
        std::string const text{std::istreambuf_iterator<char>(file), {}};
        cases[entry.path().lexically_relative(directory).string()] = json::parse(text).as_object();
    }
    return cases;
}

/// Where a hash stands, some cases have other texts: nothing, a byte too many, "don't care 1". Ours have 32 bytes by
/// type: nothing, if it is none.
std::optional<Sha256> hash_in(json::value const& value) {
    auto const bytes = from_base64(std::string_view(value.as_string())).value();
    auto const hash = Sha256::parse(bytes);
    return hash ? std::optional(hash.value()) : std::nullopt;
}

/// The same, but what is no hash is hashed: equal texts stay equal, and none comes to be right.
Sha256 any_hash_in(json::value const& value) {
    auto const bytes = from_base64(std::string_view(value.as_string())).value();
    return hash_in(value).value_or(sha256({bytes}));
}

std::vector<Sha256> proof_in(json::object const& fields) {
    std::vector<Sha256> proof;
    if (auto const* const items = fields.at("proof").if_array()) {
        for (auto const& item : *items) proof.push_back(any_hash_in(item));
    }
    return proof;
}

std::uint64_t number_in(json::object const& fields, char const* name) {
    return fields.at(name).to_number<std::uint64_t>();
}

} // namespace

TEST_CASE("merkle vectors: every published inclusion case has the published outcome") {
    auto const directory = test::shared_path(testdata);
    if (!directory) return;
    auto const cases = read_cases(*directory / "inclusion");
    CHECK(cases.size() == 98);
    std::size_t right = 0;
    for (auto const& [file, fields] : cases) {
        INFO(file);
        auto const leaf = hash_in(fields.at("leafHash"));
        auto const root = hash_in(fields.at("root"));
        auto const verified = leaf && root &&
                              verify_inclusion(number_in(fields, "leafIdx"), number_in(fields, "treeSize"), *leaf,
                                               proof_in(fields), *root)
                                  .has_value();
        CHECK(verified != fields.at("wantErr").as_bool());
        if (verified) ++right;
    }
    CHECK(right == 6);
}

TEST_CASE("merkle vectors: every published consistency case has the published outcome, but for an empty old tree") {
    auto const directory = test::shared_path(testdata);
    if (!directory) return;
    // The published verifier refuses size1 = 0 as useless. A witness must accept it with an empty proof
    // (c2sp.org/tlog-witness: "the empty tree is consistent with any tree"), and ours is a witness's.
    std::set<std::string> const ours{"additional/size1-is-zero-and-size2-is-not-zero.json"};
    auto const cases = read_cases(*directory / "consistency");
    CHECK(cases.size() == 98);
    std::size_t right = 0;
    for (auto const& [file, fields] : cases) {
        INFO(file);
        auto const old_size = number_in(fields, "size1");
        auto const result = verify_consistency(old_size, number_in(fields, "size2"), any_hash_in(fields.at("root1")),
                                               any_hash_in(fields.at("root2")), proof_in(fields));
        auto const differs = ours.count(file) != 0;
        if (differs)
            CHECK((old_size == 0 && any_hash_in(fields.at("root1")) == empty_root() && proof_in(fields).empty()));
        CHECK((result.has_value() != fields.at("wantErr").as_bool()) != differs);
        if (result) ++right;
    }
    CHECK(right == 7);
}

TEST_CASE("merkle vectors: the cases of subtrees are left out, because nothing here makes or reads subtree proofs") {
    auto const directory = test::shared_path(testdata);
    if (!directory) return;
    std::map<std::string, std::size_t> files;
    for (auto const& entry : fs::recursive_directory_iterator(*directory)) {
        if (entry.path().extension() != ".json") continue;
        ++files[entry.path().lexically_relative(*directory).begin()->string()];
    }
    // A kind that is new here would be a kind that nobody runs.
    CHECK(files == std::map<std::string, std::size_t>{
                       {"consistency", 98}, {"inclusion", 98}, {"subtreeconsistency", 118}, {"subtreeinclusion", 204}});
    WARN("left out: 322 cases of subtree proofs (c2sp.org/tlog-witness, sign-subtree), which are not used here");
}
