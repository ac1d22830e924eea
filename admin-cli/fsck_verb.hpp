#pragma once
// `fanlight log fsck DIR`: the check of a log by whoever has a copy of it and its public keys. Nothing else is needed:
// no node runs, and no data directory is there.

#include "admin-cli/verbs.hpp"

namespace fanlight::cli {

struct FsckOptions {
    std::filesystem::path directory;
    std::filesystem::path policy; ///< a file: a trust policy, or the log's verifier key; one of these two
    std::string key;              ///< the log's verifier key itself
    std::filesystem::path head;   ///< may be empty
    std::filesystem::path proof;  ///< may be empty
};
/// 0 only if everything holds and, where the policy asks for cosignatures, a head that was given has them.
int log_fsck(Common const& common, FsckOptions const& options);

} // namespace fanlight::cli
