// The worked vector's own files, where they are beside the project: the figures in the tests are theirs, and all of
// them hold together.

#include "crypto/add_checkpoint.hpp"
#include "crypto/opening.hpp"
#include "crypto/tlog_proof.hpp"
#include "tests/unit/log_vector.hpp"
#include "tests/unit/vector_files.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

using namespace fanlight;
using namespace fanlight::crypto;

namespace {

namespace json = boost::json;

std::optional<std::string> vector_file(std::string const& name) {
    auto const path = test::shared_path(("specs/log-vectors/" + name).c_str());
    if (!path) return std::nullopt;
    std::ifstream file(*path, std::ios::binary);
    return std::string{std::istreambuf_iterator<char>(file), {}};
}

Bytes bytes_in(json::value const& value) {
    return from_hex(std::string_view(value.as_string())).value();
}

} // namespace

TEST_CASE("log vectors: the files are those whose figures stand in the tests") {
    if (auto const file = vector_file("checkpoint.txt")) CHECK(*file == test::vector_head);
    if (auto const file = vector_file("policy.txt")) CHECK(*file == test::vector_policy);
    if (auto const file = vector_file("disclosure-4.tlog-proof")) CHECK(*file == test::vector_proof);
    if (auto const file = vector_file("add-checkpoint-request.txt")) CHECK(*file == test::vector_request);
}

TEST_CASE("log vectors: leaves, hashes, root, proof and request are of one tree, and ours makes the same") {
    auto const file = vector_file("vectors.json");
    if (!file) return;
    auto const vectors = json::parse(*file).as_object();
    auto const& leaves = vectors.at("leaves_hex").as_array();
    auto const& hashes = vectors.at("leaf_hashes_hex").as_array();
    REQUIRE(leaves.size() == 7);
    REQUIRE(hashes.size() == leaves.size());
    TreeHead head;
    std::vector<Sha256> made;
    for (std::size_t i = 0; i < leaves.size(); ++i) {
        made.push_back(leaf_hash(bytes_in(leaves[i])));
        CHECK(to_hex(made.back().view()) == std::string_view(hashes[i].as_string()));
        head.append(made.back());
        if (head.size() == 4) CHECK(to_hex(head.root().view()) == test::vector_old_root);
    }
    CHECK(to_hex(head.root().view()) == std::string_view(vectors.at("root_hex").as_string()));
    CHECK(to_hex(head.root().view()) == test::vector_root);
    CHECK(bytes_in(leaves[4]) == test::vector_leaf());

    auto const read = [&](unsigned level, std::uint64_t index) -> Result<Sha256> {
        TreeHead part;
        for (auto i = index << level; i < (index + 1) << level; ++i) part.append(made.at(i));
        return part.root();
    };
    auto const proof = parse_tlog_proof(test::vector_proof).value();
    CHECK(prove_inclusion(4, 7, read).value() == proof.inclusion);
    auto const request = parse_add_checkpoint(test::vector_request).value();
    CHECK(prove_consistency(4, 7, read).value() == request.proof);
    auto const policy = TrustPolicy::parse(test::vector_policy).value();
    // The same proof for every other leaf verifies with that leaf alone.
    for (std::size_t i = 0; i < leaves.size(); ++i) {
        TlogProof const of_leaf{i, prove_inclusion(i, 7, read).value(), proof.checkpoint, std::nullopt};
        for (std::size_t k = 0; k < leaves.size(); ++k) {
            CHECK(verify_tlog_proof(of_leaf, bytes_in(leaves[k]), policy).has_value() == (i == k));
        }
    }
}

TEST_CASE("log vectors: the fields of event 4 open what ours commits to") {
    auto const file = vector_file("vectors.json");
    if (!file) return;
    std::vector<Field> fields;
    auto const vectors = json::parse(*file).as_object();
    for (auto const& value : vectors.at("event4_fields").as_array()) {
        auto const& field = value.as_object();
        auto const salt = Sha256::parse(bytes_in(field.at("salt_hex"))).value();
        fields.push_back({parse_field_tag(field.at("tag").to_number<std::uint8_t>(), 1).value(),
                          to_bytes(as_bytes(std::string_view(field.at("value").as_string()))), salt.array(),
                          std::nullopt});
    }
    REQUIRE(fields.size() == 3);
    // The leaf itself was made under another prefix; this is the same program's answer with ours.
    CHECK(to_hex(commitment_of(show_all(fields)).value().view()) ==
          "c995eeab2a3fee6bbb9d1c4a91510fb1c94a037ce0a60e69a0c29379345aa624");
}
