// Log proofs: one of another implementation, one spelling, and nothing that was changed verifies.

#include "crypto/tlog_proof.hpp"
#include "tests/unit/log_vector.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <string>

using namespace fanlight;
using namespace fanlight::crypto;
using namespace fanlight::test;

namespace {

TrustPolicy policy() {
    return TrustPolicy::parse(vector_policy).value();
}

TlogProof proof() {
    return parse_tlog_proof(vector_proof).value();
}

/// Nothing if it proves the leaf.
std::optional<Errc> code(TlogProof const& changed, Bytes const& of = vector_leaf()) {
    auto const head = verify_tlog_proof(changed, of, policy());
    return head ? std::nullopt : std::optional(head.error().code);
}

using Refusal = std::pair<Errc, std::uint64_t>;
Refusal refusal(std::string const& text) {
    auto const parsed = parse_tlog_proof(text);
    INFO(text);
    REQUIRE(!parsed);
    return {parsed.error().code, parsed.error().at};
}

constexpr auto first = "c2sp.org/tlog-proof@v1\n";
constexpr auto hash = "67nIcTdqKCJNIZG/xLtlxcbDd462rRXZ8ywf5EU8hm0=\n";

std::string hashes(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += hash;
    return text;
}

} // namespace

TEST_CASE("log proof: one of another implementation verifies, and is written back byte for byte") {
    auto const parsed = proof();
    CHECK(parsed.index == 4);
    REQUIRE(parsed.inclusion.size() == 3);
    CHECK(to_hex(parsed.inclusion[0].view()) == "ebb9c871376a28224d2191bfc4bb65c5c6c3778eb6ad15d9f32c1fe4453c866d");
    CHECK(parsed.checkpoint.starts_with("hub.example.gov.uk/disclosures/police/2026\n7\n"));
    CHECK(!parsed.extra);
    CHECK(format_tlog_proof(parsed) == vector_proof);
    auto const head = verify_tlog_proof(parsed, vector_leaf(), policy()).value();
    CHECK(head.checkpoint.size == 7);
    CHECK(head.cosigned.size() == 3);
}

TEST_CASE("log proof: with any bit of the text flipped it is refused, or proves the same of the same head") {
    auto const& text = vector_proof;
    for (std::size_t at = 0; at < text.size(); ++at) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            auto changed = text;
            changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ (1U << bit));
            auto const parsed = parse_tlog_proof(changed);
            if (!parsed) continue;
            CAPTURE(at, bit);
            REQUIRE(format_tlog_proof(parsed.value()) == changed);
            auto const head = verify_tlog_proof(parsed.value(), vector_leaf(), policy());
            if (!head) continue;
            // A witness's line that is nobody's any more, and two others are enough.
            REQUIRE(head.value().cosigned.size() == 2);
            REQUIRE(parsed.value().index == 4);
            REQUIRE(at >= text.find("— hub.example.gov.uk/witness/csc"));
        }
    }
}

TEST_CASE("log proof: proves its own leaf at its own place, and says what else is wrong") {
    auto other = vector_leaf();
    other.back() ^= 1U;
    CHECK(code(proof(), other) == Errc::bad_signature);
    auto changed = proof();
    changed.index = 5;
    CHECK(code(changed) == Errc::bad_signature);
    changed.index = 6;
    CHECK(code(changed) == Errc::bad_signature);
    changed.index = 7;
    CHECK(code(changed) == Errc::malformed);
    changed = proof();
    changed.inclusion.pop_back();
    CHECK(code(changed) == Errc::bad_signature);
    changed = proof();
    changed.inclusion.push_back(changed.inclusion.front());
    CHECK(code(changed) == Errc::bad_signature);
    // A head that only one witness has cosigned.
    changed = proof();
    changed.checkpoint.resize(changed.checkpoint.find("— hub.example.gov.uk/witness/health"));
    CHECK(code(changed) == Errc::refused);
    changed.checkpoint.resize(20);
    CHECK(code(changed) == Errc::malformed);
    // What `extra` says is not authenticated, and changes nothing.
    changed = proof();
    changed.extra = Bytes{1, 2, 3};
    CHECK(!code(changed));
}

TEST_CASE("log proof: has one form, and the line that breaks it is named") {
    auto const tail = "\nx"; // the empty line, and something for a checkpoint
    auto const with = [&](std::string const& lines) { return first + lines + tail; };
    CHECK(parse_tlog_proof(with("index 0\n")));
    CHECK(parse_tlog_proof(with("index 9223372036854775807\n")).value().index == 9223372036854775807U);
    CHECK(parse_tlog_proof(with("extra AQID\nindex 1\n")).value().extra == Bytes{1, 2, 3});
    CHECK(parse_tlog_proof(with("index 1\n" + hashes(tlog_proof_hashes_max))));
    struct Row {
        std::string text;
        Errc code;
        std::uint64_t line;
    };
    std::vector<Row> const rows{
        {"", Errc::malformed, 1},
        {"c2sp.org/tlog-proof@v1", Errc::malformed, 1},
        {"c2sp.org/tlog-proof@v2\nindex 0\n\nx", Errc::malformed, 1},
        {first, Errc::malformed, 2},
        {with(""), Errc::malformed, 2},
        {with("index\n"), Errc::malformed, 2},
        {with("index \n"), Errc::malformed, 2},
        {with("index  1\n"), Errc::malformed, 2},
        {with("index 01\n"), Errc::malformed, 2},
        {with("index +1\n"), Errc::malformed, 2},
        {with("index 1 \n"), Errc::malformed, 2},
        {with("index 9223372036854775808\n"), Errc::malformed, 2},
        {with("index 18446744073709551616\n"), Errc::malformed, 2},
        {with("extra \nindex 1\n"), Errc::malformed, 2},
        {with("extra AQI\nindex 1\n"), Errc::malformed, 2},
        {with("extra AQID\n"), Errc::malformed, 3},
        {with("extra AQID\nextra AQID\nindex 1\n"), Errc::malformed, 3},
        {with("index 1\nextra AQID\n"), Errc::malformed, 3},
        {with("index 1\nAQID\n"), Errc::malformed, 3},
        {with("index 1\n" + hashes(1) + "67nIcTdqKCJNIZG/xLtlxcbDd462rRXZ8ywf5EU8hm1=\n"), Errc::malformed, 4},
        {with("extra AQID\nindex 1\n" + hashes(1) + " \n"), Errc::malformed, 5},
        {with("index 1\n" + hashes(tlog_proof_hashes_max + 1)), Errc::too_large, 3 + tlog_proof_hashes_max},
        {std::string(first) + "index 1\n" + hash, Errc::malformed, 4}, // no empty line
        {std::string(first) + "index 1\n\n", Errc::malformed, 4},      // no checkpoint
    };
    for (auto const& row : rows) CHECK(refusal(row.text) == Refusal(row.code, row.line));
    auto const sized = [&](std::size_t size) {
        auto const text = with("index 1\n");
        return text + std::string(size - text.size(), 'y');
    };
    CHECK(parse_tlog_proof(sized(tlog_proof_bytes_max)));
    CHECK(refusal(sized(tlog_proof_bytes_max + 1)) == Refusal(Errc::too_large, 0));
}

TEST_CASE("log proof: any proof comes back the same, in the same bytes") {
    REQUIRE(rc::check("log proofs", [] {
        TlogProof made;
        made.index = *rc::gen::arbitrary<std::uint64_t>() >> 1U;
        made.inclusion.resize(*rc::gen::inRange<std::size_t>(0, tlog_proof_hashes_max + 1));
        for (auto& one : made.inclusion) one = sha256({*rc::gen::arbitrary<Bytes>()});
        made.checkpoint = *rc::gen::nonEmpty(rc::gen::string<std::string>());
        if (*rc::gen::arbitrary<bool>()) made.extra = *rc::gen::nonEmpty<Bytes>();
        auto const text = format_tlog_proof(made);
        auto const parsed = parse_tlog_proof(text);
        RC_ASSERT(parsed.has_value());
        RC_ASSERT(parsed.value().index == made.index && parsed.value().inclusion == made.inclusion);
        RC_ASSERT(parsed.value().checkpoint == made.checkpoint && parsed.value().extra == made.extra);
        RC_ASSERT(format_tlog_proof(parsed.value()) == text);
    }));
    TlogProof nothing_extra = proof();
    nothing_extra.extra = Bytes();
    CHECK(format_tlog_proof(nothing_extra) == vector_proof);
}
