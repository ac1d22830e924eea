// What a witness is asked and how it decides: a worked request, one spelling, and the rule against a second telling of
// it on random histories.

#include "crypto/add_checkpoint.hpp"
#include "tests/unit/log_vector.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <string>

using namespace fanlight;
using namespace fanlight::crypto;
using namespace fanlight::test;

namespace {

constexpr auto origin = "practice.example/log";

SigningKey signing_key(std::uint8_t seed) {
    return SigningKey::from_seed(Bytes(SigningKey::seed_bytes, seed)).value();
}

NoteKey log_key(std::uint8_t seed = 1) {
    return {origin, signing_key(seed).verify_key()};
}

/// The log's key of the worked vector.
NoteKey vector_key() {
    auto const line = vector_policy.substr(4, vector_policy.find('\n') - 4);
    return parse_vkey(line).value();
}

/// Leaf hashes of one history; two worlds differ from `forked` on.
std::vector<Sha256> history(std::size_t size, std::size_t forked, std::uint8_t world) {
    std::vector<Sha256> leaves;
    for (std::size_t i = 0; i < size; ++i) {
        leaves.push_back(leaf_hash(Bytes{i < forked ? std::uint8_t(0) : world, static_cast<std::uint8_t>(i)}));
    }
    return leaves;
}

Sha256 root_of(std::span<Sha256 const> leaves) {
    TreeHead head;
    for (auto const& leaf : leaves) head.append(leaf);
    return head.root();
}

std::vector<Sha256> consistency(std::size_t old_size, std::vector<Sha256> const& leaves) {
    auto const read = [&](unsigned level, std::uint64_t index) -> Result<Sha256> {
        auto const width = std::size_t(1) << level;
        return root_of(std::span(leaves).subspan(index * width, width));
    };
    return prove_consistency(std::min(old_size, leaves.size()), leaves.size(), read).value();
}

AddCheckpoint request_of(std::size_t old_size, std::vector<Sha256> const& leaves, std::uint8_t seed = 1) {
    Checkpoint const head{origin, leaves.size(), root_of(leaves)};
    return {old_size, consistency(old_size, leaves), sign_checkpoint(head, signing_key(seed))};
}

WitnessedHead known_of(std::vector<Sha256> const& leaves) {
    return {leaves.size(), root_of(leaves)};
}

WitnessStatus status(AddCheckpoint const& request, WitnessedHead const& known) {
    return judge_checkpoint(request, log_key(), known).status;
}

using Refusal = std::pair<Errc, std::uint64_t>;
Refusal refusal(std::string const& text) {
    auto const parsed = parse_add_checkpoint(text);
    INFO(text);
    REQUIRE(!parsed);
    return {parsed.error().code, parsed.error().at};
}

constexpr auto hash_line = "67nIcTdqKCJNIZG/xLtlxcbDd462rRXZ8ywf5EU8hm0=\n";

std::string hash_lines(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += hash_line;
    return text;
}

} // namespace

TEST_CASE("witness: a request of another implementation reads, is written back, and is cosigned") {
    auto const request = parse_add_checkpoint(vector_request).value();
    CHECK(request.old_size == 4);
    REQUIRE(request.proof.size() == 1);
    CHECK(request.checkpoint == vector_signed);
    CHECK(format_add_checkpoint(request) == vector_request);
    CHECK(origin_of(request).value() == "hub.example.gov.uk/disclosures/police/2026");
    auto const key = vector_key();
    WitnessedHead const known{4, Sha256::parse(from_hex(vector_old_root).value()).value()};
    auto const verdict = judge_checkpoint(request, key, known);
    CHECK(verdict.status == WitnessStatus::ok);
    CHECK(!verdict.forked);
    CHECK(verdict.head.size == 7);
    CHECK(to_hex(verdict.head.root.view()) == vector_root);
    // The head with others' cosignatures on it is the same head.
    auto cosigned = request;
    cosigned.checkpoint = vector_head;
    CHECK(judge_checkpoint(cosigned, key, known).status == WitnessStatus::ok);
    // From any other head of four leaves it does not follow; that is no proof of a fork.
    auto const other = judge_checkpoint(request, key, {4, empty_root()});
    CHECK(other.status == WitnessStatus::unprocessable);
    CHECK(!other.forked);
}

TEST_CASE("witness: a bit flipped anywhere in a request is never cosigned as another head") {
    WitnessedHead const known{4, Sha256::parse(from_hex(vector_old_root).value()).value()};
    for (std::size_t at = 0; at < vector_request.size(); ++at) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            auto changed = vector_request;
            changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ (1U << bit));
            auto const request = parse_add_checkpoint(changed);
            if (!request) continue;
            CAPTURE(at, bit);
            REQUIRE(format_add_checkpoint(request.value()) == changed);
            REQUIRE(judge_checkpoint(request.value(), vector_key(), known).status != WitnessStatus::ok);
        }
    }
}

TEST_CASE("witness: a request has one form, and the line that breaks it is named") {
    CHECK(parse_add_checkpoint("old 0\n\nx").value().old_size == 0);
    CHECK(parse_add_checkpoint("old 9223372036854775807\n\nx").value().old_size == 9223372036854775807U);
    CHECK(parse_add_checkpoint("old 1\n" + hash_lines(consistency_hashes_max) + "\nx"));
    struct Row {
        std::string text;
        Errc code;
        std::uint64_t line;
    };
    std::vector<Row> const rows{
        {"", Errc::malformed, 1},
        {"old 1", Errc::malformed, 1},
        {"old\n\nx", Errc::malformed, 1},
        {"old \n\nx", Errc::malformed, 1},
        {"old  1\n\nx", Errc::malformed, 1},
        {"Old 1\n\nx", Errc::malformed, 1},
        {"old 01\n\nx", Errc::malformed, 1},
        {"old 1 \n\nx", Errc::malformed, 1},
        {"old -1\n\nx", Errc::malformed, 1},
        {"old 1\r\n\nx", Errc::malformed, 1},
        {"old 9223372036854775808\n\nx", Errc::malformed, 1},
        {"old 1\n", Errc::malformed, 2},
        {"old 1\n\n", Errc::malformed, 3},
        {"old 1\nAQID\n\nx", Errc::malformed, 2},
        {"old 1\n" + hash_lines(1), Errc::malformed, 3},
        {"old 1\n" + hash_lines(1) + "67nIcTdqKCJNIZG/xLtlxcbDd462rRXZ8ywf5EU8hm1=\n\nx", Errc::malformed, 3},
        {"old 1\n" + hash_lines(consistency_hashes_max + 1) + "\nx", Errc::too_large, 2 + consistency_hashes_max},
    };
    for (auto const& row : rows) CHECK(refusal(row.text) == Refusal(row.code, row.line));
    std::string const start = "old 1\n\n";
    CHECK(parse_add_checkpoint(start + std::string(add_checkpoint_bytes_max - start.size(), 'y')));
    CHECK(refusal(start + std::string(add_checkpoint_bytes_max - start.size() + 1, 'y')) ==
          Refusal(Errc::too_large, 0));
}

TEST_CASE("witness: any request comes back the same, in the same bytes") {
    REQUIRE(rc::check("witness requests", [] {
        AddCheckpoint made;
        made.old_size = *rc::gen::arbitrary<std::uint64_t>() >> 1U;
        made.proof.resize(*rc::gen::inRange<std::size_t>(0, consistency_hashes_max + 1));
        for (auto& one : made.proof) one = sha256({*rc::gen::arbitrary<Bytes>()});
        made.checkpoint = *rc::gen::nonEmpty(rc::gen::string<std::string>());
        auto const text = format_add_checkpoint(made);
        auto const parsed = parse_add_checkpoint(text);
        RC_ASSERT(parsed.has_value());
        RC_ASSERT(parsed.value().old_size == made.old_size && parsed.value().proof == made.proof);
        RC_ASSERT(parsed.value().checkpoint == made.checkpoint);
        RC_ASSERT(format_add_checkpoint(parsed.value()) == text);
    }));
}

TEST_CASE("witness: each answer of the specification, in its order") {
    auto const leaves = history(7, 7, 0);
    auto const four = history(4, 4, 0);
    auto const known = known_of(four);
    CHECK(status(request_of(4, leaves), known) == WitnessStatus::ok);
    CHECK(status(request_of(4, four), known) == WitnessStatus::ok);           // the same head again
    CHECK(status(request_of(0, four), WitnessedHead()) == WitnessStatus::ok); // never seen: nothing to prove
    CHECK(status(request_of(0, {}), WitnessedHead()) == WitnessStatus::ok);
    CHECK(status(request_of(3, leaves), known) == WitnessStatus::conflict);
    CHECK(status(request_of(0, leaves), known) == WitnessStatus::conflict);           // asks for the size
    CHECK(status(request_of(3, history(3, 3, 0)), known) == WitnessStatus::conflict); // an older head
    CHECK(status(request_of(8, leaves), known) == WitnessStatus::bad_request);
    CHECK(status(request_of(5, four), known) == WitnessStatus::bad_request);

    auto changed = request_of(4, leaves);
    changed.proof.pop_back();
    CHECK(status(changed, known) == WitnessStatus::unprocessable);
    changed = request_of(4, four);
    changed.proof.push_back(empty_root());
    CHECK(status(changed, known) == WitnessStatus::unprocessable);
    changed = request_of(0, leaves);
    changed.proof.push_back(empty_root());
    CHECK(status(changed, WitnessedHead()) == WitnessStatus::unprocessable);

    changed = request_of(4, leaves);
    changed.checkpoint = "no note";
    CHECK(status(changed, known) == WitnessStatus::bad_request);
    CHECK(status(request_of(4, leaves, 2), known) == WitnessStatus::forbidden);
    // A line of the log's key that does not verify, beside one that does.
    changed = request_of(4, leaves);
    changed.checkpoint += sign_note_line("x\n", origin, signing_key(1));
    CHECK(status(changed, known) == WitnessStatus::forbidden);
    // Lines of keys that are nobody's here are ignored.
    changed = request_of(4, leaves);
    changed.checkpoint += sign_note_line("x\n", origin, signing_key(2));
    CHECK(status(changed, known) == WitnessStatus::ok);
    // Signed by this key, but the text is of another log, or no checkpoint.
    auto const signed_text = [](std::string const& text) {
        return format_note(text, std::vector<std::string>{sign_note_line(text, origin, signing_key(1))});
    };
    changed.checkpoint = signed_text(checkpoint_text({"practice.example/other", 7, root_of(leaves)}));
    CHECK(status(changed, known) == WitnessStatus::not_found);
    CHECK(origin_of(changed).value() == "practice.example/other");
    changed.checkpoint = signed_text(checkpoint_text({origin, 7, root_of(leaves)}) + "an extension\n");
    CHECK(status(changed, known) == WitnessStatus::bad_request);
    changed.checkpoint = signed_text("\n7\n");
    CHECK(origin_of(changed).error().code == Errc::malformed);
    changed.checkpoint = "no note";
    CHECK(origin_of(changed).error().code == Errc::malformed);
    for (auto const code : {WitnessStatus::ok, WitnessStatus::bad_request, WitnessStatus::forbidden,
                            WitnessStatus::not_found, WitnessStatus::conflict, WitnessStatus::unprocessable})
        CHECK(std::string(in_words(code)) != "unknown");
}

TEST_CASE("witness: another root of the size it knows is a fork, wherever the request starts") {
    auto const known = known_of(history(4, 4, 0));
    auto const fork = history(4, 2, 1);
    auto verdict = judge_checkpoint(request_of(4, fork), log_key(), known);
    CHECK(verdict.status == WitnessStatus::unprocessable);
    CHECK(verdict.forked);
    CHECK(verdict.head.root == root_of(fork));
    verdict = judge_checkpoint(request_of(2, fork), log_key(), known);
    CHECK(verdict.status == WitnessStatus::conflict);
    CHECK(verdict.forked);
    // An empty log has one root.
    AddCheckpoint empty{0, {}, sign_checkpoint({origin, 0, root_of(fork)}, signing_key(1))};
    verdict = judge_checkpoint(empty, log_key(), WitnessedHead());
    CHECK(verdict.status == WitnessStatus::unprocessable);
    CHECK(verdict.forked);
    CHECK(judge_checkpoint(empty, log_key(), known).forked);
    // A longer head of another history: its proof fails, which shows nothing yet.
    verdict = judge_checkpoint(request_of(4, history(7, 2, 1)), log_key(), known);
    CHECK(verdict.status == WitnessStatus::unprocessable);
    CHECK(!verdict.forked);
    // Not signed by the log: no accusation.
    verdict = judge_checkpoint(request_of(4, fork, 2), log_key(), known);
    CHECK(verdict.status == WitnessStatus::forbidden);
    CHECK(!verdict.forked);
}

TEST_CASE("witness: on any history it decides as the specification's sentences do, and never cosigns two that differ") {
    // The second telling knows the leaves, and needs neither proofs nor signatures to say what is right.
    REQUIRE(rc::check("histories", [] {
        std::vector<std::vector<Sha256>> cosigned{{}}; // what the witness stands by, oldest first
        WitnessedHead known;
        for (int step = 0; step < 12; ++step) {
            auto const forked = *rc::gen::elementOf(std::vector<std::size_t>{0, 3, 8, 99, 99, 99});
            auto const leaves = history(*rc::gen::inRange<std::size_t>(0, 14), forked, 1);
            auto const stale = *rc::gen::inRange<std::size_t>(0, 14);
            auto const old_size = *rc::gen::elementOf(std::vector<std::size_t>{known.size, known.size, stale});
            auto const seed = *rc::gen::elementOf(std::vector<std::uint8_t>{1, 1, 1, 2});
            auto const verdict = judge_checkpoint(request_of(old_size, leaves, seed), log_key(), known);

            auto const& last = cosigned.back();
            auto const extends = leaves.size() >= last.size() && std::equal(last.begin(), last.end(), leaves.begin());
            auto expected = WitnessStatus::ok;
            if (seed != 1) {
                expected = WitnessStatus::forbidden;
            } else if (old_size > leaves.size()) {
                expected = WitnessStatus::bad_request;
            } else if (old_size != last.size()) {
                expected = WitnessStatus::conflict;
            } else if (!extends) {
                expected = WitnessStatus::unprocessable;
            }
            auto const contradicts = leaves.size() == last.size() && leaves != last;
            RC_ASSERT(verdict.status == expected);
            RC_ASSERT(verdict.forked == (contradicts && (expected == WitnessStatus::conflict ||
                                                         expected == WitnessStatus::unprocessable)));
            if (verdict.status != WitnessStatus::ok) continue;
            RC_ASSERT(verdict.head.size == leaves.size() && verdict.head.root == root_of(leaves));
            cosigned.push_back(leaves);
            known = {verdict.head.size, verdict.head.root};
        }
        for (std::size_t i = 1; i < cosigned.size(); ++i) {
            auto const& before = cosigned[i - 1];
            RC_ASSERT(std::equal(before.begin(), before.end(), cosigned[i].begin()));
        }
    }));
}
