// The RFC 6962 hash tree. Proofs are made top down over the RFC's recursion, written as loops, and turned round at
// the end; they are checked bottom up with the loops of RFC 9162.

#include "crypto/merkle.hpp"

#include <algorithm>
#include <bit>

namespace fanlight::crypto {

namespace {

constexpr char const* inclusion_proof = "inclusion proof";
constexpr char const* consistency_proof = "consistency proof";

/// RFC 6962's k: the largest power of two below n, for n > 1.
std::uint64_t split_point(std::uint64_t n) {
    return std::bit_floor(n - 1);
}

/// MTH(D[begin:end]), where `begin` is a multiple of a power of two that is not below end - begin; begin < end.
Result<Sha256> hash_of_range(std::uint64_t begin, std::uint64_t end, HashReader const& read) {
    std::vector<Sha256> subtrees;
    while (begin < end) {
        auto const level = static_cast<unsigned>(std::bit_width(end - begin)) - 1;
        FANLIGHT_TRY(auto const hash, read(level, begin >> level));
        subtrees.push_back(hash);
        begin += std::uint64_t(1) << level;
    }
    return join_subtrees(subtrees);
}

bool is_right_or_last(std::uint64_t first, std::uint64_t second) {
    return (first & 1U) != 0 || first == second;
}

/// The two node numbers that both of RFC 9162's loops carry up the tree.
struct Climb {
    std::uint64_t node; ///< fn
    std::uint64_t last; ///< sn

    /// One level up; after a right-hand join also past the levels where this node is the last and has no sibling.
    void up(bool joined_right) {
        if (joined_right) {
            while ((node & 1U) == 0 && node != 0) step();
        }
        step();
    }
    void step() {
        node >>= 1U;
        last >>= 1U;
    }
};

} // namespace

Sha256 leaf_hash(ByteView leaf) {
    static constexpr std::array<std::uint8_t, 1> prefix{0x00};
    return sha256({prefix, leaf});
}

Sha256 node_hash(Sha256 const& left, Sha256 const& right) {
    static constexpr std::array<std::uint8_t, 1> prefix{0x01};
    return sha256({prefix, left.view(), right.view()});
}

Sha256 empty_root() {
    return sha256({});
}

Sha256 join_subtrees(std::span<Sha256 const> subtrees) {
    if (subtrees.empty()) return empty_root();
    auto root = subtrees.back();
    for (auto i = subtrees.size() - 1; i-- > 0;) root = node_hash(subtrees[i], root);
    return root;
}

void TreeHead::append(Sha256 const& leaf) {
    // As in a binary counter: each trailing one bit of the size is a full subtree that the new one is joined to.
    auto hash = leaf;
    for (auto carry = size_; (carry & 1U) != 0; carry >>= 1U) {
        hash = node_hash(subtrees_.back(), hash);
        subtrees_.pop_back();
    }
    subtrees_.push_back(hash);
    ++size_;
}

Result<Sha256> root_at(std::uint64_t size, HashReader const& read) {
    return hash_of_range(0, size, read);
}

Result<std::vector<Sha256>> prove_inclusion(std::uint64_t index, std::uint64_t size, HashReader const& read) {
    if (index >= size) return fail(Errc::malformed, inclusion_proof, "The index must be below the size.");
    std::vector<Sha256> proof;
    std::uint64_t begin = 0;
    auto end = size;
    while (end - begin > 1) {
        auto const middle = begin + split_point(end - begin);
        auto const left = index < middle;
        FANLIGHT_TRY(auto const sibling, left ? hash_of_range(middle, end, read) : hash_of_range(begin, middle, read));
        proof.push_back(sibling);
        (left ? end : begin) = middle;
    }
    std::reverse(proof.begin(), proof.end());
    return proof;
}

Result<std::vector<Sha256>> prove_consistency(std::uint64_t old_size, std::uint64_t new_size, HashReader const& read) {
    if (old_size > new_size) return fail(Errc::malformed, consistency_proof, "The old size is the larger one.");
    std::vector<Sha256> proof;
    if (old_size == 0 || old_size == new_size) return proof;
    std::uint64_t begin = 0;
    auto end = new_size;
    while (end != old_size) {
        auto const middle = begin + split_point(end - begin);
        auto const left = old_size <= middle;
        FANLIGHT_TRY(auto const sibling, left ? hash_of_range(middle, end, read) : hash_of_range(begin, middle, read));
        proof.push_back(sibling);
        (left ? end : begin) = middle;
    }
    // RFC 6962: a subtree that is the whole old tree is known to the verifier and left out.
    if (begin != 0) {
        FANLIGHT_TRY(auto const common, hash_of_range(begin, end, read));
        proof.push_back(common);
    }
    std::reverse(proof.begin(), proof.end());
    return proof;
}

Result<void> verify_inclusion(std::uint64_t index, std::uint64_t size, Sha256 const& leaf,
                              std::span<Sha256 const> proof, Sha256 const& root) {
    if (index >= size) return fail(Errc::malformed, inclusion_proof, "The index must be below the size.");
    Climb climb{index, size - 1};
    auto hash = leaf;
    for (auto const& sibling : proof) {
        if (climb.last == 0) return fail(Errc::bad_signature, inclusion_proof, "It is too long.");
        auto const right = is_right_or_last(climb.node, climb.last);
        hash = right ? node_hash(sibling, hash) : node_hash(hash, sibling);
        climb.up(right);
    }
    if (climb.last != 0) return fail(Errc::bad_signature, inclusion_proof, "It is too short.");
    if (hash != root) return fail(Errc::bad_signature, inclusion_proof, "It leads to another root.");
    return ok();
}

Result<void> verify_consistency(std::uint64_t old_size, std::uint64_t new_size, Sha256 const& old_root,
                                Sha256 const& new_root, std::span<Sha256 const> proof) {
    if (old_size > new_size) return fail(Errc::malformed, consistency_proof, "The old size is the larger one.");
    if (old_size == 0 && old_root != empty_root()) {
        return fail(Errc::bad_signature, consistency_proof, "The old root is not that of an empty log.");
    }
    if (old_size == new_size && old_root != new_root) {
        return fail(Errc::bad_signature, consistency_proof, "Two roots of one size: the log has forked.");
    }
    if (old_size == 0 || old_size == new_size) {
        if (!proof.empty()) return fail(Errc::bad_signature, consistency_proof, "It is too long.");
        return ok();
    }
    if (proof.empty()) return fail(Errc::bad_signature, consistency_proof, "It is too short.");

    Climb climb{old_size - 1, new_size - 1};
    while ((climb.node & 1U) != 0) climb.step();
    // An old tree that is one full subtree is left out of the proof: it is where the climb starts.
    auto const whole = std::has_single_bit(old_size);
    auto old_hash = whole ? old_root : proof.front();
    auto new_hash = old_hash;
    for (auto const& sibling : whole ? proof : proof.subspan(1)) {
        if (climb.last == 0) return fail(Errc::bad_signature, consistency_proof, "It is too long.");
        auto const right = is_right_or_last(climb.node, climb.last);
        if (right) old_hash = node_hash(sibling, old_hash);
        new_hash = right ? node_hash(sibling, new_hash) : node_hash(new_hash, sibling);
        climb.up(right);
    }
    if (climb.last != 0) return fail(Errc::bad_signature, consistency_proof, "It is too short.");
    if (old_hash != old_root) return fail(Errc::bad_signature, consistency_proof, "It leads to another old root.");
    if (new_hash != new_root) return fail(Errc::bad_signature, consistency_proof, "It leads to another new root.");
    return ok();
}

} // namespace fanlight::crypto
