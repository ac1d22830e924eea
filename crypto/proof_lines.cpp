// Hashes one a line, an empty line, a checkpoint.

#include "crypto/proof_lines.hpp"

#include "crypto/text.hpp"

namespace fanlight::crypto {

void append_proof_lines(std::string& text, std::vector<Sha256> const& hashes, std::string_view checkpoint) {
    for (auto const& hash : hashes) text += to_base64(hash.view()) + "\n";
    text += "\n";
    text += checkpoint;
}

Result<ProofLines> parse_proof_lines(std::string_view text, std::uint64_t line, std::size_t hashes_max,
                                     char const* where) {
    ProofLines parsed;
    for (;; ++line) {
        auto const next = take_line(text);
        if (!next) return fail(Errc::malformed, where, "An empty line must follow the hashes.", line);
        if (next->empty()) break;
        if (parsed.hashes.size() == hashes_max) return fail(Errc::too_large, where, "It has too many hashes.", line);
        auto const bytes = from_base64(*next);
        if (!bytes || bytes.value().size() != Sha256::size_bytes) {
            return fail(Errc::malformed, where, "A hash must be canonical base64 of 32 bytes.", line);
        }
        parsed.hashes.push_back(Sha256::parse(bytes.value()).value());
    }
    if (text.empty()) return fail(Errc::malformed, where, "A checkpoint must follow the empty line.", line + 1);
    parsed.checkpoint = text;
    return parsed;
}

} // namespace fanlight::crypto
