#pragma once
// What c2sp.org/tlog-proof and c2sp.org/tlog-witness requests have in common: hashes in base64, one a line; an empty
// line; and a checkpoint verbatim.

#include "crypto/hash.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace fanlight::crypto {

struct ProofLines {
    std::vector<Sha256> hashes;
    std::string checkpoint; ///< not empty
};
/// Appends them; parse_proof_lines gives them back.
void append_proof_lines(std::string& text, std::vector<Sha256> const& hashes, std::string_view checkpoint);
/// All of `text`, whose first line has the 1-based number `line`. Errc::malformed; Errc::too_large: over `hashes_max`;
/// `at` is the line. One spelling.
Result<ProofLines> parse_proof_lines(std::string_view text, std::uint64_t line, std::size_t hashes_max,
                                     char const* where);

} // namespace fanlight::crypto
