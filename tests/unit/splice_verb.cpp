// `fanlight log splice`: files of proved leaves read, their proofs checked, and what was found said; and the hashes of
// a record that an agency adds.

#include "admin-cli/splice_verb.hpp"

#include "crypto/text.hpp"
#include "crypto/tlog_proof.hpp"
#include "node/http/splice_view.hpp"
#include "node_log_support.hpp"
#include "protocol_samples.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <fcntl.h>
#include <unistd.h>

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::test;
using crypto::FieldTag;
using crypto::LeafClass;

namespace {

constexpr auto hub_origin = "hub.example.gov.uk/disclosures/coordinator/2026";
constexpr auto police_origin = "hub.example.gov.uk/disclosures/police/2026";

void write_text(std::filesystem::path const& file, std::string const& text) {
    std::ofstream(file, std::ios::binary) << text;
}

/// The files of one exchange in which person 1 is asked about in slot 1 and person 2 in slot 2.
class SpliceFiles {
  public:
    SpliceFiles() : hub_(crypto::SigningKey::generate(random_)), police_(crypto::SigningKey::generate(random_)) {
        std::vector<crypto::Field> sent;
        Bytes commitments;
        for (std::uint8_t slot = 0; slot < limits::slots; ++slot) {
            OpenedSlot opened{slot, OpenedSlot::nobody, random_.make<SlotOpening>(), {}, {}};
            auto commitment = random_.make<SlotCommitment>();
            if (slot < 2) {
                opened.person = slot;
                opened.nonce = filled<PersonNonce>(slot);
                opened.hashes = {filled<SecretHash>(static_cast<std::uint8_t>(100 + slot))};
                commitment = commit_slot(Mode::live, opened.opening, opened.nonce, opened.hashes);
            }
            append(commitments, commitment.view());
            sent.push_back(crypto::make_field(FieldTag::slot_opening, encode(opened), random_));
        }
        sent.push_back(crypto::make_field(FieldTag::slot_commitments, commitments, random_));
        write("sent", LeafClass::query_sent, sent, hub_origin, hub_);
        write("received", LeafClass::query_received,
              {crypto::make_field(FieldTag::slot_commitments, commitments, random_)}, police_origin, police_);
        answer({0, 1});
        write_text(scratch_ / "hub.policy", policy(hub_origin, hub_));
        write_text(scratch_ / "police.policy", policy(police_origin, police_));
        options.sent = scratch_ / "sent.json";
        options.received = scratch_ / "received.tlog-proof"; // either name will do
        options.answer = scratch_ / "answer.json";
    }
    void answer(std::array<std::uint8_t, 2> people) {
        Bytes slots(limits::slots, OpenedSlot::nobody);
        std::copy(people.begin(), people.end(), slots.begin());
        write("answer", LeafClass::disclosure_received, {crypto::make_field(FieldTag::slots, slots, random_)},
              hub_origin, hub_);
    }
    /// A leaf that is the first and only one of its log, under its own head.
    void write(std::string const& name, LeafClass kind, std::vector<crypto::Field> fields, std::string const& origin,
               crypto::SigningKey const& key) {
        auto const entry = crypto::make_entry(kind, {}, filled<crypto::ExchangeTag>(3), std::move(fields));
        auto const leaf = entry.leaf.bytes();
        crypto::TlogProof const proof{
            0, {}, crypto::sign_checkpoint({origin, 1, crypto::leaf_hash(leaf)}, key), std::nullopt};
        write_text(scratch_ / (name + ".tlog-proof").c_str(), crypto::format_tlog_proof(proof));
        boost::json::object const shown{
            {"place", "2026/0"},
            {"leaf", crypto::to_hex(leaf)},
            {"opening", crypto::to_hex(crypto::encode_shown(crypto::show_all(entry.fields)))}};
        write_text(scratch_ / (name + ".json").c_str(), boost::json::serialize(shown));
    }
    std::filesystem::path record(std::uint64_t slot, std::vector<SecretHash> const& hashes) {
        boost::json::array all;
        for (auto const& hash : hashes) all.emplace_back(crypto::to_hex(hash.view()));
        auto const file = scratch_ / "record.json";
        write_text(file, boost::json::serialize(boost::json::object{{"slot", slot}, {"hashes", std::move(all)}}));
        return file;
    }
    void trust() { options.policies = {scratch_ / "police.policy", scratch_ / "hub.policy"}; }
    std::filesystem::path operator/(char const* name) const { return scratch_ / name; }

    int run(bool as_json = false) {
        auto const out = scratch_ / "out";
        std::fflush(stdout);
        std::array const kept{::dup(STDOUT_FILENO), ::dup(STDERR_FILENO)};
        auto const file = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        ::dup2(file, STDOUT_FILENO);
        ::dup2(file, STDERR_FILENO);
        auto const code = cli::log_splice({{}, as_json}, options);
        ::dup2(kept[0], STDOUT_FILENO);
        ::dup2(kept[1], STDERR_FILENO);
        for (auto const number : {kept[0], kept[1], file}) ::close(number);
        std::ifstream read(out, std::ios::binary);
        said = {std::istreambuf_iterator<char>(read), std::istreambuf_iterator<char>()};
        return code;
    }
    bool says(char const* words) const { return said.find(words) != std::string::npos; }

    cli::LogSpliceOptions options;
    std::string said;

  private:
    static std::string policy(char const* origin, crypto::SigningKey const& key) {
        return crypto::TrustPolicy::make({{{origin, key.verify_key()}, {}}}, {}, {}, "none").value().text();
    }
    node::log_test::Scratch scratch_;
    crypto::SeededRandom random_{5};
    crypto::SigningKey hub_;
    crypto::SigningKey police_;
};

int const contradicted = exit_code(Errc::damaged);

} // namespace

TEST_CASE("splice verb: an honest exchange is said to be one, with its proofs") {
    SpliceFiles files;
    CHECK(files.run() == 0);
    CHECK(files.says("Nothing was found"));
    CHECK(files.says("was not looked at")); // whose logs these are
    CHECK(files.says("add --records"));
    files.trust();
    files.options.records = {files.record(1, {filled<SecretHash>(100)})};
    files.options.others = {files.options.sent};
    CHECK(files.run() == 0);
    CHECK(files.says("leaf 0 of hub.example.gov.uk/disclosures/coordinator/2026"));
    CHECK(files.says("leaf 0 of hub.example.gov.uk/disclosures/police/2026"));
    CHECK_FALSE(files.says("was not looked at"));
    CHECK_FALSE(files.says("add --records"));
    CHECK(files.run(true) == 0);
    auto const body = boost::json::parse(files.said).as_object();
    CHECK_FALSE(body.at("spliced").as_bool());
    CHECK(body.at("complete").as_bool());
    CHECK(body.at("proofs").as_array().size() == 4);
    CHECK(body.at("records").as_int64() == 1);
}

TEST_CASE("splice verb: what contradicts is said slot by slot, and the exit code tells") {
    SpliceFiles files;
    files.trust();
    files.answer({1, 0});
    CHECK(files.run() == contradicted);
    CHECK(files.says("slot 1: shown as person 2, but asked about person 1"));
    CHECK(files.says("slot 2: shown as person 1, but asked about person 2"));
    CHECK(files.says("contradict"));
    CHECK(files.run(true) == contradicted);
    auto const body = boost::json::parse(files.said).as_object();
    CHECK(body.at("spliced").as_bool());
    auto const& finding = body.at("findings").as_array().at(0).as_object();
    CHECK(finding.at("slot").as_int64() == 1);
    CHECK(finding.at("kind").as_string() == "other_person");

    SpliceFiles crossed;
    crossed.options.records = {crossed.record(2, {filled<SecretHash>(100)})};
    CHECK(crossed.run() == contradicted);
    CHECK(crossed.says("slot 2: asked about person 2, but the record that was matched there has nothing of it"));
}

TEST_CASE("splice verb: what is hidden is neither good nor proof") {
    SpliceFiles files;
    auto const text = fanlight::node::log_test::fs::path(files.options.sent);
    std::ifstream in(text, std::ios::binary);
    auto object = boost::json::parse(std::string{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()})
                      .as_object();
    auto opening = crypto::parse_shown(crypto::from_hex(object.at("opening").as_string()).value()).value();
    opening.at(1).shown.reset();
    object["opening"] = crypto::to_hex(crypto::encode_shown(opening));
    write_text(text, boost::json::serialize(object));
    CHECK(files.run() == exit_code(Errc::missing));
    CHECK(files.says("slot 2: its opening is erased or not revealed"));
    CHECK(files.says("could be looked at"));
}

TEST_CASE("splice verb: files that do not hold are refused") {
    auto const code = [](auto const& change) {
        SpliceFiles files;
        files.trust();
        change(files);
        return files.run();
    };
    CHECK(code([](SpliceFiles&) {}) == 0);
    CHECK(code([](SpliceFiles& it) { it.options.policies = {it / "hub.policy"}; }) == exit_code(Errc::wrong_key));
    CHECK(code([](SpliceFiles& it) { it.options.sent = it / "nothing.json"; }) == exit_code(Errc::missing));
    CHECK(code([](SpliceFiles& it) { std::filesystem::remove(it / "answer.tlog-proof"); }) == exit_code(Errc::missing));
    CHECK(code([](SpliceFiles& it) { std::swap(it.options.sent, it.options.answer); }) == exit_code(Errc::malformed));
    CHECK(code([](SpliceFiles& it) { write_text(it / "sent.json", "[]"); }) == exit_code(Errc::malformed));
    CHECK(code([](SpliceFiles& it) {
              std::filesystem::rename(it / "received.tlog-proof", it / "answer.tlog-proof");
          }) == exit_code(Errc::missing));
    CHECK(code([](SpliceFiles& it) {
              std::filesystem::copy_file(it / "received.tlog-proof", it / "answer.tlog-proof",
                                         std::filesystem::copy_options::overwrite_existing);
          }) == exit_code(Errc::bad_signature)); // a proof of another leaf
    CHECK(code([](SpliceFiles& it) { it.options.records = {it.record(1, {})}; }) == exit_code(Errc::malformed));
    for (auto const slot : {0U, 17U})
        CHECK(code([slot](SpliceFiles& it) { it.options.records = {it.record(slot, {filled<SecretHash>(100)})}; }) ==
              exit_code(Errc::malformed));
    CHECK(code([](SpliceFiles& it) { it.options.records = {it.record(16, {filled<SecretHash>(100)})}; }) ==
          contradicted); // nobody was asked about there
}

TEST_CASE("splice verb: of two policies the one about the leaf's log says what is wrong with its proof") {
    SpliceFiles files;
    files.trust(); // the other end's policy comes first
    std::filesystem::copy_file(files / "answer.tlog-proof", files / "sent.tlog-proof",
                               std::filesystem::copy_options::overwrite_existing);
    CHECK(files.run() == exit_code(Errc::bad_signature));
    CHECK(files.says("It leads to another root."));
    CHECK_FALSE(files.says("No log of the policy"));
}

TEST_CASE("splice view: a question about a record has one form") {
    auto const question = node::parse_record_question(R"({"record": "PN 5/58", "slot": 16, "epoch": 2})").value();
    CHECK(question.record == "PN 5/58");
    CHECK(question.slot == 16);
    CHECK(question.epoch == 2U);
    CHECK_FALSE(node::parse_record_question(R"({"slot": 1, "record": "x"})").value().epoch);
    for (auto const* bad :
         {"", "[]", "{}", R"({"record": "x"})", R"({"slot": 1})", R"({"record": "", "slot": 1})",
          R"({"record": "x", "slot": 0})", R"({"record": "x", "slot": 17})", R"({"record": 1, "slot": 1})",
          R"({"record": "x", "slot": "1"})", R"({"record": "x", "slot": -1})", R"({"record": "x", "slot": 1.5})",
          R"({"record": "x", "slot": 1, "epoch": 0})", R"({"record": "x", "slot": 1, "epoch": 4294967296})",
          R"({"record": "x", "slot": 1, "more": 1})"}) {
        CAPTURE(bad);
        auto const parsed = node::parse_record_question(bad);
        REQUIRE(parsed.has_error());
        CHECK(parsed.error().code == Errc::malformed);
    }
}

TEST_CASE("splice view: a record has the hashes of its anchors and of those of the same person, and of nothing else") {
    class Held final : public Records {
      public:
        Result<std::vector<RecordRow>> find(IndexKey const&, DayToken const&) const override {
            return std::vector<RecordRow>();
        }
        Result<PersonTokens> tokens(std::uint32_t epoch, RecordRow row) const override {
            PersonTokens tokens;
            if (epoch != 2) return tokens;
            tokens.anchors.push_back({AnchorKind::name_date, Salt::date, secret(row)});
            tokens.components.push_back(
                {ComponentKind::surname, Salt::date,
                 ComponentSecret::parse(Bytes(ComponentSecret::size_bytes, static_cast<std::uint8_t>(row))).value()});
            return tokens;
        }
        Result<Surroundings> surroundings(RecordRow row) const override {
            Surroundings around;
            if (row != 3) around.same_person = {1, 2};
            return around;
        }
        Result<std::optional<PersonRecord>> person(RecordRow) const override { return std::optional<PersonRecord>(); }
        Result<std::vector<Unenrolled>> unenrolled(std::uint32_t, RecordRow, std::size_t) const override {
            return std::vector<Unenrolled>();
        }
        static AgencySecret secret(RecordRow row) {
            return AgencySecret::parse(Bytes(AgencySecret::size_bytes, static_cast<std::uint8_t>(row))).value();
        }
    } const held;
    auto const hash = [](RecordRow row) { return hash_of(Mode::live, Held::secret(row)); };
    CHECK(hashes_of(Mode::live, held, 2, 1).value() == std::set{hash(1), hash(2)});
    CHECK(hashes_of(Mode::live, held, 2, 2).value() == std::set{hash(1), hash(2)});
    CHECK(hashes_of(Mode::live, held, 2, 3).value() == std::set{hash(3)});
    CHECK(hashes_of(Mode::practice, held, 2, 3).value() != std::set{hash(3)});
    CHECK(node::record_hashes_view(Mode::live, held, 1, 5, 3).error().code == Errc::missing);
    auto const view = node::record_hashes_view(Mode::live, held, 2, 5, 3).value();
    CHECK(view.at("slot").to_number<int>() == 5);
    CHECK(view.at("epoch").to_number<int>() == 2);
    REQUIRE(view.at("hashes").as_array().size() == 1);
    CHECK(view.at("hashes").as_array().at(0).as_string() == crypto::to_hex(hash(3).view()));
}
