#pragma once
// c2sp.org/tlog-proof@v1: a text file that proves, offline, that a leaf is in a log under a head that was cosigned.
// Our receipts are such files.

#include "crypto/trust_policy.hpp"

namespace fanlight::crypto {

inline constexpr std::size_t tlog_proof_bytes_max = 64 * 1024;
inline constexpr std::size_t tlog_proof_hashes_max = 63;

struct TlogProof {
    std::uint64_t index = 0;       ///< of the leaf, from 0; below 2^63
    std::vector<Sha256> inclusion; ///< the leaf's sibling first
    std::string checkpoint;        ///< the signed note, verbatim
    std::optional<Bytes> extra;    ///< not authenticated; we write none and use none
};
std::string format_tlog_proof(TlogProof const& proof);
/// Form only, nothing verified; one spelling: format_tlog_proof of the result is the input. Errc::malformed,
/// Errc::too_large; `at` is the 1-based line.
Result<TlogProof> parse_tlog_proof(std::string_view text);

/// That `leaf` is in the log: signature of the log, cosignatures as the policy wants them, and the path to the root.
/// Errors of TrustPolicy::check; Errc::bad_signature where the path does not lead to the root; Errc::malformed for an
/// index outside the tree.
Result<CheckedHead> verify_tlog_proof(TlogProof const& proof, ByteView leaf, TrustPolicy const& policy);

} // namespace fanlight::crypto
