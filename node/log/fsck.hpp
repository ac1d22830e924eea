#pragma once
// The check of a log by somebody who trusts nobody who keeps it: with the directory, public keys, and whatever signed
// heads and proofs of this log others hold. No node and no store is needed.

#include "crypto/tlog_proof.hpp"
#include "node/log/verify.hpp"

#include <optional>
#include <string_view>

namespace fanlight::node {

/// A trust policy as c2sp.org/tlog-policy writes it, or one line with the log's verifier key: then no witness is looked
/// at. Errors of TrustPolicy::parse and parse_vkey.
Result<crypto::TrustPolicy> parse_fsck_keys(std::string_view text);

/// What others hold; each may be absent.
struct FsckEvidence {
    std::optional<std::string> head;  ///< a signed checkpoint of this log, as a witness keeps it
    std::optional<std::string> proof; ///< a proof of a leaf (c2sp.org/tlog-proof), as a receipt is
};

/// A head that the log has signed, and whose tree the directory contains.
struct FsckHead {
    crypto::Checkpoint checkpoint;
    std::map<std::string, std::uint64_t> cosigned; ///< name of each witness in the policy -> its seconds
    bool quorum = false;                           ///< they are enough for the policy
};

struct FsckReport {
    LogReport log;
    FsckHead own; ///< the checkpoint in the directory
    std::optional<FsckHead> other;
    struct Proven {
        std::uint64_t index = 0;
        crypto::LeafClass kind{};
        FsckHead head;
    };
    std::optional<Proven> proven;
    /// As many leaves, from the first, as a head covers that has the policy's cosignatures; nothing: there is no such
    /// head. With a policy that asks for none it is all of them.
    std::optional<std::uint64_t> vouched;
};

/// Everything that verify_log checks, under a key that the policy has for the log's origin, and that the directory
/// contains the tree of every head that was given. May run beside the node that writes the log.
/// Errors of verify_log; Errc::wrong_key: the policy has no key for this log, or a head is of another log;
/// Errc::missing, Errc::bad_signature: a head is not signed by the log, or has a line of a known key that does not
/// verify; Errc::damaged: the directory does not contain the tree of a head that the log has signed, so it was forked
/// or lost leaves; Errc::bad_signature: the proof is not one of the leaf in the directory; Errc::malformed,
/// Errc::too_large: head or proof. `where` says which of them.
Result<FsckReport> fsck_log(std::filesystem::path const& directory, crypto::TrustPolicy const& policy,
                            FsckEvidence const& evidence = {});

} // namespace fanlight::node
