// Trust policies: one of another implementation, every line that must be refused, and what makes a quorum.

#include "crypto/trust_policy.hpp"
#include "tests/unit/log_vector.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

using namespace fanlight;
using namespace fanlight::crypto;
using namespace fanlight::test;

namespace {

SigningKey signing_key(std::uint8_t seed) {
    return SigningKey::from_seed(Bytes(SigningKey::seed_bytes, seed)).value();
}

constexpr auto origin = "practice.example/log";

NoteKey log_key(std::uint8_t seed = 100, char const* name = origin) {
    return {name, signing_key(seed).verify_key()};
}

std::string witness_name(std::uint8_t seed) {
    return "practice.example/witness" + std::to_string(seed);
}

CosigningKey witness_key(std::uint8_t seed) {
    return {witness_name(seed), signing_key(seed).verify_key()};
}

/// A policy line for each witness: w1, w2 and so on.
std::string witness_lines(std::uint8_t count) {
    std::string text;
    for (std::uint8_t seed = 1; seed <= count; ++seed) {
        text += "witness w" + std::to_string(seed) + " " + cosigning_vkey(witness_key(seed)) + "\n";
    }
    return text;
}

std::string log_line() {
    return "log " + log_key().vkey() + "\n";
}

Checkpoint head_of(char const* name = origin) {
    return {name, 3, empty_root()};
}

/// A head that the log and these witnesses have signed.
std::string signed_head(std::vector<std::uint8_t> const& witnesses) {
    auto note = sign_checkpoint(head_of(), signing_key(100));
    auto const text = checkpoint_text(head_of());
    for (auto const seed : witnesses) note += cosign_line(text, witness_name(seed), signing_key(seed), 1000U + seed);
    return note;
}

TrustPolicy policy_of(std::string const& text) {
    auto policy = TrustPolicy::parse(text);
    INFO(text);
    REQUIRE(policy);
    return std::move(policy).value();
}

/// Nothing if it counts.
std::optional<Errc> code(TrustPolicy const& policy, std::string_view head) {
    auto const checked = policy.check(head);
    return checked ? std::nullopt : std::optional(checked.error().code);
}

/// The code and the line.
std::optional<std::pair<Errc, std::uint64_t>> refusal(std::string const& text) {
    auto const policy = TrustPolicy::parse(text);
    if (policy) return std::nullopt;
    return std::pair(policy.error().code, policy.error().at);
}

std::string replaced(std::string text, std::string const& what, std::string const& with) {
    auto const at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), with);
}

} // namespace

TEST_CASE("trust policy: one of another implementation reads, writes itself and accepts its head") {
    auto const policy = policy_of(vector_policy);
    CHECK(policy.text() == vector_policy);
    auto const checked = policy.check(vector_head).value();
    CHECK(checked.checkpoint.origin == "hub.example.gov.uk/disclosures/police/2026");
    CHECK(checked.checkpoint.size == 7);
    CHECK(to_hex(checked.checkpoint.root.view()) == vector_root);
    CHECK(checked.cosigned == std::map<std::string, std::uint64_t>{
                                  {"csc", vector_seconds}, {"health", vector_seconds}, {"housing", vector_seconds}});
}

TEST_CASE("trust policy: a bit flipped anywhere in a head that it accepts makes it refuse") {
    auto const policy = policy_of(vector_policy);
    auto const& head = vector_head;
    for (std::size_t at = 0; at < head.size(); ++at) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            auto changed = head;
            changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ (1U << bit));
            auto const checked = policy.check(changed);
            if (!checked) continue;
            // A name or an id that is nobody's any more: that line counts for nothing, two others are enough.
            CAPTURE(at, bit);
            REQUIRE(checked.value().cosigned.size() == 2);
            REQUIRE(checked.value().checkpoint == policy.check(head).value().checkpoint);
        }
    }
}

TEST_CASE("trust policy: keys of witnesses have one spelling, their own id and their own type") {
    constexpr auto text = "hub.example.gov.uk/witness/csc+e03073ef+BHcmWvWG02+cfSEb3Hpbcrs65JfhfgJyXNsM94TfPR+n";
    auto const key = parse_cosigning_vkey(text).value();
    CHECK(key.name == "hub.example.gov.uk/witness/csc");
    CHECK(cosigning_vkey(key) == text);
    auto const code_of = [](std::string const& bad) { return parse_cosigning_vkey(bad).error().code; };
    CHECK(code_of("hub.example.gov.uk/witness/csc+e03073ee+BHcmWvWG02+cfSEb3Hpbcrs65JfhfgJyXNsM94TfPR+n") ==
          Errc::wrong_key);
    CHECK(code_of("hub.example.gov.uk/witness/csd+e03073ef+BHcmWvWG02+cfSEb3Hpbcrs65JfhfgJyXNsM94TfPR+n") ==
          Errc::wrong_key);
    CHECK(code_of("hub.example.gov.uk/witness/csc+E03073EF+BHcmWvWG02+cfSEb3Hpbcrs65JfhfgJyXNsM94TfPR+n") ==
          Errc::malformed);
    CHECK(code_of("hub.example.gov.uk/witness/csc+e03073ef") == Errc::malformed);
    CHECK(code_of(log_key().vkey()) == Errc::refused);     // a log's key, type 1
    CHECK(parse_vkey(text).error().code == Errc::refused); // and the other way round
    CHECK(log_key().id() != witness_key(100).id());
}

TEST_CASE("trust policy: blanks, comments, keywords and URLs as the specification has them") {
    auto const policy = policy_of("# who watches\n"
                                  "\n \t \n"
                                  "\tlog  " +
                                  log_key().vkey() + " \t https://log.example/\n" + "  # a comment\n" +
                                  replaced(witness_lines(3), "w1 ", "\xE7\xB5\x90 ") +
                                  "group any any \xE7\xB5\x90 w2\n"
                                  "group all all any w3\n"
                                  "quorum all\n"
                                  "log " +
                                  log_key(101, "practice.example/second").vkey() + "\n");
    CHECK(policy.logs().size() == 2);
    CHECK(policy.logs().front().url == "https://log.example/");
    CHECK(policy.witnesses().front().name == "\xE7\xB5\x90");
    // In order, and with numbers for words.
    CHECK(policy.text() == "log " + log_key().vkey() + " https://log.example/\n" + "log " +
                               log_key(101, "practice.example/second").vkey() + "\n" +
                               replaced(witness_lines(3), "w1 ", "\xE7\xB5\x90 ") +
                               "group any 1 \xE7\xB5\x90 w2\n"
                               "group all 2 any w3\n"
                               "quorum all\n");
    CHECK(policy_of(policy.text()).text() == policy.text());
}

TEST_CASE("trust policy: every line that breaks a rule is refused and named") {
    auto const vkey = cosigning_vkey(witness_key(9));
    auto const three = log_line() + witness_lines(3); // lines 1 to 4
    using Refusal = std::pair<Errc, std::uint64_t>;
    struct Row {
        std::string text;
        Errc code;
        std::uint64_t line;
    };
    std::vector<Row> const rows{
        {"", Errc::missing, 0},
        {three, Errc::missing, 0},                                                        // no quorum
        {three + "quorum none", Errc::malformed, 5},                                      // no newline
        {three + "quorum none\nquorum w1\n", Errc::exists, 6},                            // two
        {three + "quorum w4\n", Errc::missing, 5},                                        // nobody
        {"quorum w1\n" + three, Errc::missing, 1},                                        // not yet
        {three + "quorum g\ngroup g any w1\n", Errc::missing, 5},                         // not yet
        {three + "quorum\n", Errc::malformed, 5},                                         //
        {three + "quorum w1 w2\n", Errc::malformed, 5},                                   //
        {three + "Quorum w1\n", Errc::malformed, 5},                                      //
        {three + "witness w4 " + vkey + " u v\n", Errc::malformed, 5},                    //
        {three + "witness w4\n", Errc::malformed, 5},                                     //
        {three + "witness w3 " + vkey + "\n", Errc::exists, 5},                           // a name twice
        {three + "witness none " + vkey + "\n", Errc::exists, 5},                         // a name of the specification
        {three + "witness w4 " + cosigning_vkey(witness_key(1)) + "\n", Errc::exists, 5}, // a key twice
        {three + "witness w4 " + cosigning_vkey({"x", witness_key(1).key}) + "\n", Errc::exists, 5},
        {three + "witness w4 " + log_key(9).vkey() + "\n", Errc::refused, 5}, // type 1
        {three + "log " + vkey + "\n", Errc::refused, 5},                     // type 4
        {three + "log " + log_key(100, "x").vkey() + "\n", Errc::exists, 5},  // a key twice
        {three + "log " + replaced(log_key(9).vkey(), origin, "x") + "\n", Errc::wrong_key, 5},
        {three + "log\n", Errc::malformed, 5},
        {three + "log " + log_key(9).vkey() + " u v\n", Errc::malformed, 5},
        {three + "group g any\n", Errc::malformed, 5},                    // no member
        {three + "group g 0 w1\n", Errc::malformed, 5},                   //
        {three + "group g 3 w1 w2\n", Errc::malformed, 5},                //
        {three + "group g 01 w1\n", Errc::malformed, 5},                  //
        {three + "group g -1 w1\n", Errc::malformed, 5},                  //
        {three + "group g most w1 w2\n", Errc::malformed, 5},             //
        {three + "group g any w1 w4\n", Errc::missing, 5},                // nobody
        {three + "group g any g\n", Errc::missing, 5},                    // itself
        {three + "group g any none\n", Errc::missing, 5},                 // not a member
        {three + "group g any w1 w1\n", Errc::exists, 5},                 // twice in one
        {three + "group g any w1\ngroup h any w1 w2\n", Errc::exists, 6}, // and in two
        {three + "group w1 any w2\n", Errc::exists, 5},                   // one space of names
        {three + "group none any w2\n", Errc::exists, 5},                 //
        {three + "quorum w1\r\n", Errc::malformed, 5},                    //
        {"# \x07\n" + three + "quorum w1\n", Errc::malformed, 1},         // in a comment as well
        {three + "quorum w1\x7F\n", Errc::malformed, 5},                  //
    };
    for (auto const& row : rows) {
        INFO(row.text);
        CHECK(refusal(row.text) == Refusal(row.code, row.line));
    }
    CHECK(!refusal(three + "group g 2 w1 w2\nquorum g\n"));
    CHECK(!refusal("quorum none\n"));
}

TEST_CASE("trust policy: what the limits allow is read, and nothing more") {
    std::string const quorum = "quorum none\n";
    auto const lines = [&](std::size_t count) { return std::string(count - 1, '\n') + quorum; };
    CHECK(!refusal(lines(trust_policy_lines_max)));
    CHECK(refusal(lines(trust_policy_lines_max + 1)) ==
          std::pair(Errc::too_large, std::uint64_t(trust_policy_lines_max + 1)));
    auto const bytes = [&](std::size_t count) {
        return "#" + std::string(count - quorum.size() - 2, '-') + "\n" + quorum;
    };
    CHECK(!refusal(bytes(trust_policy_bytes_max)));
    CHECK(refusal(bytes(trust_policy_bytes_max + 1)) == std::pair(Errc::too_large, std::uint64_t(0)));
    // What the specification asks for at least, and groups nested as deep as there are groups.
    std::string text;
    for (std::uint8_t i = 1; i <= 32; ++i)
        text += "log " + log_key(i, ("log" + std::to_string(i)).c_str()).vkey() + "\n";
    text += witness_lines(32);
    for (int i = 1; i <= 32; ++i) {
        text += "group g" + std::to_string(i) + " all w" + std::to_string(i) +
                (i > 1 ? " g" + std::to_string(i - 1) : "") + "\n";
    }
    CHECK(!refusal(text + "quorum g32\n"));
}

TEST_CASE("trust policy: made of parts by the same rules, and it says which part breaks one") {
    TrustPolicy::Log const log{log_key(), ""};
    TrustPolicy::Witness const one{"w1", witness_key(1), "https://one.example/"};
    TrustPolicy::Witness const two{"w2", witness_key(2), ""};
    auto const policy = TrustPolicy::make({log}, {one, two}, {{"g", 2, {"w1", "w2"}}}, "g").value();
    CHECK(policy.text() == log_line() + "witness w1 " + cosigning_vkey(one.key) + " https://one.example/\n" +
                               "witness w2 " + cosigning_vkey(two.key) + "\n" + "group g 2 w1 w2\nquorum g\n");
    CHECK(policy_of(policy.text()).text() == policy.text());
    auto const at = [](Result<TrustPolicy> const& made) { return made ? 0 : made.error().at; };
    CHECK(at(TrustPolicy::make({log, log}, {}, {}, "none")) == 2);
    CHECK(at(TrustPolicy::make({log}, {one, one}, {}, "none")) == 3);
    CHECK(at(TrustPolicy::make({log}, {one, two}, {{"g", 3, {"w1", "w2"}}}, "g")) == 4);
    CHECK(at(TrustPolicy::make({log}, {one}, {}, "w2")) == 3);
    // Nothing that the text could not say.
    CHECK(at(TrustPolicy::make({{log_key(), "a b"}}, {}, {}, "none")) == 1);
    CHECK(at(TrustPolicy::make({log}, {{"w 1", witness_key(1), ""}}, {}, "none")) == 2);
    CHECK(at(TrustPolicy::make({log}, {{"", witness_key(1), ""}}, {}, "none")) == 2);
    CHECK(at(TrustPolicy::make({log}, {{"w\n", witness_key(1), ""}}, {}, "none")) == 2);
    CHECK(at(TrustPolicy::make({log}, {one}, {{"g\t", 1, {"w1"}}}, "none")) == 3);
    CHECK(TrustPolicy::make({{log_key(), std::string(trust_policy_bytes_max, 'u')}}, {}, {}, "none").error().code ==
          Errc::too_large);
}

TEST_CASE("trust policy: a head counts when the log has signed it and enough witnesses") {
    auto const text = log_line() + witness_lines(4) +
                      "group pair 2 w1 w2 w3\n"
                      "group both all pair w4\n";
    auto const both = policy_of(text + "quorum both\n");
    CHECK(both.check(signed_head({1, 3, 4})).value().cosigned ==
          std::map<std::string, std::uint64_t>{{"w1", 1001}, {"w3", 1003}, {"w4", 1004}});
    CHECK(!code(both, signed_head({1, 2, 3, 4})));
    CHECK(code(both, signed_head({1, 2, 3})) == Errc::refused);
    CHECK(code(both, signed_head({1, 4})) == Errc::refused);
    CHECK(code(both, signed_head({1, 1, 4})) == Errc::refused); // one witness twice is one
    CHECK(code(both, signed_head({})) == Errc::refused);
    CHECK(code(both, signed_head({5, 6, 7, 4})) == Errc::refused); // strangers
    auto const one = policy_of(text + "quorum w2\n");
    CHECK(!code(one, signed_head({2})));
    CHECK(code(one, signed_head({1, 3, 4})) == Errc::refused);
    auto const none = policy_of(text + "quorum none\n");
    CHECK(!code(none, signed_head({})));
    CHECK(none.check(signed_head({3})).value().cosigned.size() == 1);
}

TEST_CASE("trust policy: whose signature is missing, wrong or of another log is told apart") {
    auto const policy =
        policy_of(log_line() + "log " + log_key(101).vkey() + "\n" + // the log's next key
                  "log " + log_key(102, "practice.example/other").vkey() + "\n" + witness_lines(2) + "quorum w1\n");
    auto const text = checkpoint_text(head_of());
    auto const cosigned = cosign_line(text, witness_name(1), signing_key(1), 7);
    auto const line = [&](std::uint8_t seed, char const* name = origin) {
        return sign_note_line(text, name, signing_key(seed));
    };
    auto const note = [&](std::vector<std::string> const& lines) { return format_note(text, lines); };
    CHECK(!code(policy, note({line(100), cosigned})));
    CHECK(!code(policy, note({line(101), cosigned}))); // one of the log's keys is enough
    CHECK(!code(policy, note({line(100), line(101), cosigned})));
    CHECK(code(policy, note({cosigned})) == Errc::missing);
    CHECK(code(policy, note({line(103), cosigned})) == Errc::missing); // a key that is nobody's
    CHECK(code(policy, note({line(102, "practice.example/other"), cosigned})) == Errc::missing); // another log's
    CHECK(code(policy, sign_checkpoint(head_of("practice.example/third"), signing_key(100))) == Errc::wrong_key);
    CHECK(code(policy, "no note") == Errc::malformed);
    CHECK(code(policy, format_note("a\nb\nc\n", std::vector<std::string>{line(100)})) == Errc::malformed);
    // A line of a known key that does not verify spoils all, also beside one that does.
    auto const other = checkpoint_text({origin, 4, empty_root()});
    auto const wrong = sign_note_line(other, origin, signing_key(100));
    auto const wrong_next = sign_note_line(other, origin, signing_key(101));
    auto const wrong_witness = cosign_line(other, witness_name(2), signing_key(2), 7);
    CHECK(code(policy, note({wrong, cosigned})) == Errc::bad_signature);
    CHECK(code(policy, note({line(100), wrong, cosigned})) == Errc::bad_signature);
    CHECK(code(policy, note({line(100), wrong_next, cosigned})) == Errc::bad_signature);
    CHECK(code(policy, note({line(100), cosigned, wrong_witness})) == Errc::bad_signature);
    CHECK(code(policy, note({line(100), sign_note_line(other, "practice.example/other", signing_key(102)),
                             cosigned})) == Errc::bad_signature);
    // Of a stranger it is nobody's business.
    CHECK(!code(policy, note({line(100), cosigned, cosign_line(other, witness_name(3), signing_key(3), 7)})));
}

TEST_CASE("trust policy: any groups hold exactly when their members do, counted one by one") {
    // The law, said again by recursion over the text's own words.
    REQUIRE(rc::check("quorums", [] {
        constexpr std::uint8_t witnesses = 5;
        std::vector<TrustPolicy::Witness> named;
        std::vector<std::string> free;
        for (std::uint8_t seed = 1; seed <= witnesses; ++seed) {
            named.push_back({"w" + std::to_string(seed), witness_key(seed), ""});
            free.push_back(named.back().name);
        }
        std::map<std::string, TrustPolicy::Group> groups;
        std::vector<TrustPolicy::Group> in_order;
        for (int i = 0; i < 4 && !free.empty(); ++i) {
            TrustPolicy::Group group{"g" + std::to_string(i), 0, {}};
            auto const count = *rc::gen::inRange<std::size_t>(1, free.size() + 1);
            for (std::size_t k = 0; k < count; ++k) {
                auto const at = *rc::gen::inRange<std::size_t>(0, free.size());
                group.members.push_back(free[at]);
                free.erase(free.begin() + static_cast<std::ptrdiff_t>(at));
            }
            group.needed = *rc::gen::inRange<std::size_t>(1, count + 1);
            free.push_back(group.name);
            groups[group.name] = group;
            in_order.push_back(group);
        }
        auto const quorum = *rc::gen::elementOf(free);
        auto const policy = TrustPolicy::make({{log_key(), ""}}, named, in_order, quorum).value();
        std::vector<std::uint8_t> signers;
        for (std::uint8_t seed = 1; seed <= witnesses; ++seed) {
            if (*rc::gen::arbitrary<bool>()) signers.push_back(seed);
        }
        std::function<bool(std::string const&)> const holds = [&](std::string const& name) {
            auto const group = groups.find(name);
            if (group == groups.end()) {
                return std::count(signers.begin(), signers.end(), std::stoi(name.substr(1))) == 1;
            }
            auto const& members = group->second.members;
            return std::count_if(members.begin(), members.end(), holds) >=
                   static_cast<std::ptrdiff_t>(group->second.needed);
        };
        auto const checked = policy.check(signed_head(signers));
        RC_ASSERT(checked.has_value() == holds(quorum));
        RC_ASSERT(TrustPolicy::parse(policy.text()).value().text() == policy.text());
    }));
}
