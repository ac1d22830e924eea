// Transparency log proofs as text, and what they prove (c2sp.org/tlog-proof, "Verifying a tlog proof").

#include "crypto/tlog_proof.hpp"

#include "crypto/proof_lines.hpp"
#include "crypto/text.hpp"

#include <cassert>

namespace fanlight::crypto {

namespace {
constexpr auto where = "log proof";
constexpr std::string_view first_line = "c2sp.org/tlog-proof@v1";
constexpr std::string_view extra_word = "extra ";
constexpr std::string_view index_word = "index ";
} // namespace

std::string format_tlog_proof(TlogProof const& proof) {
    assert(proof.index >> 63U == 0 && proof.inclusion.size() <= tlog_proof_hashes_max);
    std::string text(first_line);
    text += "\n";
    if (proof.extra && !proof.extra->empty()) text += std::string(extra_word) + to_base64(*proof.extra) + "\n";
    text += std::string(index_word) + std::to_string(proof.index) + "\n";
    append_proof_lines(text, proof.inclusion, proof.checkpoint);
    return text;
}

Result<TlogProof> parse_tlog_proof(std::string_view text) {
    constexpr auto extra_form = "After extra and one space must come canonical base64, not empty.";
    if (text.size() > tlog_proof_bytes_max) return fail(Errc::too_large, where);
    auto rest = text;
    std::uint64_t number = 1;
    if (take_line(rest) != first_line) {
        return fail(Errc::malformed, where, "Its first line must be c2sp.org/tlog-proof@v1.", number);
    }
    auto line = take_line(rest);
    ++number;
    TlogProof proof;
    if (line && line->starts_with(extra_word)) {
        auto extra = from_base64(line->substr(extra_word.size()));
        if (!extra || extra.value().empty()) return fail(Errc::malformed, where, extra_form, number);
        proof.extra = std::move(extra).value();
        line = take_line(rest);
        ++number;
    }
    auto const index =
        line && line->starts_with(index_word) ? parse_decimal(line->substr(index_word.size())) : std::nullopt;
    if (!index) {
        return fail(Errc::malformed, where, "Here must stand index, a space and decimal digits.", number);
    }
    proof.index = *index;
    FANLIGHT_TRY(auto lines, parse_proof_lines(rest, number + 1, tlog_proof_hashes_max, where));
    proof.inclusion = std::move(lines.hashes);
    proof.checkpoint = std::move(lines.checkpoint);
    return proof;
}

Result<CheckedHead> verify_tlog_proof(TlogProof const& proof, ByteView leaf, TrustPolicy const& policy) {
    FANLIGHT_TRY(auto head, policy.check(proof.checkpoint));
    FANLIGHT_TRY(
        verify_inclusion(proof.index, head.checkpoint.size, leaf_hash(leaf), proof.inclusion, head.checkpoint.root));
    return head;
}

} // namespace fanlight::crypto
