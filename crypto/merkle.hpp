#pragma once
// The RFC 6962 section 2.1 hash tree with SHA-256: heads, and proofs made and checked.

#include "crypto/hash.hpp"

#include <functional>
#include <vector>

namespace fanlight::crypto {

Sha256 leaf_hash(ByteView leaf);                           ///< SHA-256(0x00 || leaf)
Sha256 node_hash(Sha256 const& left, Sha256 const& right); ///< SHA-256(0x01 || left || right)
Sha256 empty_root();                                       ///< SHA-256 of nothing

/// The root of the tree that these full subtrees make up, largest (leftmost) first; of none, the empty root.
Sha256 join_subtrees(std::span<Sha256 const> subtrees);

/// The roots of the full subtrees that a tree of `size` leaves is made of, largest first: enough to append and to
/// know the root. Memory: one hash for each bit of size.
class TreeHead {
  public:
    TreeHead() = default;
    void append(Sha256 const& leaf);
    std::uint64_t size() const { return size_; }
    Sha256 root() const { return join_subtrees(subtrees_); }
    std::span<Sha256 const> subtrees() const { return subtrees_; }

  private:
    std::uint64_t size_ = 0;
    std::vector<Sha256> subtrees_;
};

/// A stored hash: the root of the full subtree over leaves [index * 2^level, (index + 1) * 2^level). Its errors are
/// passed on.
using HashReader = std::function<Result<Sha256>(unsigned level, std::uint64_t index)>;

/// The root of the tree of the first `size` leaves.
Result<Sha256> root_at(std::uint64_t size, HashReader const& read);
/// RFC 6962 section 2.1.1, the leaf's sibling first. Errc::malformed for an index outside the tree.
Result<std::vector<Sha256>> prove_inclusion(std::uint64_t index, std::uint64_t size, HashReader const& read);
/// RFC 6962 section 2.1.2; empty if the old size is 0 or the new size. Errc::malformed if the old size is the larger.
Result<std::vector<Sha256>> prove_consistency(std::uint64_t old_size, std::uint64_t new_size, HashReader const& read);

/// RFC 9162 section 2.1.3.2. Errc::bad_signature if the proof does not lead from leaf to root; Errc::malformed for an
/// index outside the tree.
Result<void> verify_inclusion(std::uint64_t index, std::uint64_t size, Sha256 const& leaf,
                              std::span<Sha256 const> proof, Sha256 const& root);
/// RFC 9162 section 2.1.4.2. Old size 0 wants an empty proof and the empty root. Errc::malformed if the old size is
/// the larger; Errc::bad_signature if the proof does not join the two roots.
Result<void> verify_consistency(std::uint64_t old_size, std::uint64_t new_size, Sha256 const& old_root,
                                Sha256 const& new_root, std::span<Sha256 const> proof);

} // namespace fanlight::crypto
