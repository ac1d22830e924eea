#pragma once
// RFC 9497 VOPRF, mode 0x01, ristretto255-SHA512, single key and threshold. Names and order are the RFC's:
//
//   client                                            key holder i (share k_i, public K_i)
//   blind(input, r)        -- Blinded (32 bytes) -->  evaluate(k_i, blinded), prove(...)
//   verify(...)            <-- Evaluated + Proof ---
//     -> ProvenAnswer
//   combine(t answers)
//   finalize(input, r, combined) -> Token, 64 bytes
//
// Two ways to combine. Unfolded: each holder answers under k_i, any t answers do, the client applies small integers.
// Folded: a fixed set of t holders each answer under lambda_i * k_i (fold), and combining is addition only.
//
// Sizes: an element is 32 bytes, a scalar 32, a proof 64 (c || s), a token 64. Every parse refuses non-canonical
// encodings and the identity element, and scalars that are zero or not below the group order: libsodium's
// crypto_core_ristretto255_is_valid_point accepts the identity and (1.0.18) ignores the top bit, and its scalar
// functions reduce silently.
// Secret scalars go through libsodium only. What is public (proofs, answers, batches of points) goes through our own
// point layer (point.hpp), spot-checked against libsodium in every batch. Nothing here reads a clock, a file or a
// random device; batches run on the threads that the caller's Parallel offers.

#include "base/limits.hpp"
#include "crypto/parallel.hpp"
#include "crypto/random.hpp"
#include "crypto/secret.hpp"

#include <memory>
#include <vector>

namespace fanlight::crypto {

/// A point that was checked: canonical and not the identity. `Tag` says in which step of the protocol it is.
template <class Tag> class Element {
  public:
    static constexpr std::size_t size_bytes = 32;
    /// Errc::malformed: not 32 bytes, not canonical, not on the group, or the identity.
    static Result<Element> parse(ByteView bytes);
    ByteView view() const { return bytes_; }
    auto operator<=>(Element const&) const = default;

  private:
    friend Tag;
    Element() = default;
    std::array<std::uint8_t, size_bytes> bytes_{};
};
struct BlindedTag;
struct EvaluatedTag;
struct HolderPublicTag;
using Blinded = Element<BlindedTag>;           ///< r * H(input)
using Evaluated = Element<EvaluatedTag>;       ///< k_i * blinded, or the combination of t of them
using HolderPublic = Element<HolderPublicTag>; ///< K_i = k_i * G, or K = k * G

/// A batch as it travels: 1 to limits::evaluate_batch_max elements one after the other, each checked as parse() does,
/// by our own point layer, and one of them by libsodium too. Errc::malformed: an element, or a size that is none or no
/// multiple of 32; Errc::too_large; Errc::damaged: the two do not agree.
Result<std::vector<Blinded>> parse_blinded(ByteView bytes, Parallel const& parallel = one_thread());
Result<std::vector<Evaluated>> parse_evaluated(ByteView bytes, Parallel const& parallel = one_thread());

/// A scalar, canonical and not zero. Move-only, wiped.
using OprfKey = LockedSecret<struct OprfKeyTag, 32>; ///< k, or a share k_i
using Blind = Secret<struct BlindTag, 32>;           ///< r, one for each input
using ProofNonce = Secret<struct ProofNonceTag, 32>; ///< the prover's r, one for each proof
Result<OprfKey> parse_oprf_key(ByteView bytes);
Result<Blind> parse_blind(ByteView bytes);
Result<ProofNonce> parse_proof_nonce(ByteView bytes);
Blind random_blind(Random& random); ///< uniform by rejection from 253 bits; never reduced
ProofNonce random_proof_nonce(Random& random);
HolderPublic public_of(OprfKey const& key);

using Proof = Tagged<struct ProofTag, 64>;
using Token = Secret<struct TokenTag, 64>; ///< T of docs/protocol.md: nobody keeps it

/// RFC 9497, 1.2 (PrivateInput): the length of an input is hashed as two bytes.
inline constexpr std::size_t input_bytes_max = 65535;

/// RFC 9497, 3.3.1. Errc::malformed if the input is over input_bytes_max, or if H(input) is the identity (cannot be
/// found in practice).
Result<Blinded> blind(ByteView input, Blind const& blind);
/// The same for a batch, in order. Errc::malformed: as above, or sizes that are not 1 to limits::evaluate_batch_max or
/// not the same.
Result<std::vector<Blinded>> blind_batch(std::span<ByteView const> inputs, std::span<Blind const> blinds,
                                         Parallel const& parallel = one_thread());
/// k_i * blinded.
Result<Evaluated> evaluate(OprfKey const& key, Blinded const& blinded);
/// The same for a batch of 1 to limits::evaluate_batch_max, in order. Errc::malformed for the size.
Result<std::vector<Evaluated>> evaluate_batch(OprfKey const& key, std::span<Blinded const> blinded,
                                              Parallel const& parallel = one_thread());

/// RFC 9497, 2.2.1: one proof for the whole batch, 1 to limits::evaluate_batch_max pairs.
/// `evaluated` are those of `blinded` under `key`, in order. A nonce is used once: two different proofs with the same
/// nonce give the key away. Errc::malformed for sizes; Errc::damaged: the spot check against libsodium failed.
Result<Proof> prove(OprfKey const& key, std::span<Blinded const> blinded, std::span<Evaluated const> evaluated,
                    ProofNonce const& nonce, Parallel const& parallel = one_thread());
/// RFC 9497, 2.2.2, through libsodium alone: many times slower than ProvenAnswer::verify, whose second opinion it is.
/// Errc::bad_signature if the holder used another key for any item; Errc::malformed for sizes.
Result<void> verify(HolderPublic const& key, std::span<Blinded const> blinded, std::span<Evaluated const> evaluated,
                    Proof const& proof);

/// Shares are numbered from 1; index 0 would be the key itself.
using ShareIndex = std::uint8_t;

/// What a client sent, its points decoded once for all the holders that answer. Move-only.
class BlindedBatch {
  public:
    /// Errc::malformed: not 1 to limits::evaluate_batch_max. Errc::damaged: the spot check against libsodium failed.
    static Result<BlindedBatch> make(std::vector<Blinded> blinded, Parallel const& parallel = one_thread());
    std::vector<Blinded> const& elements() const { return elements_; }
    std::size_t size() const { return elements_.size(); }
    ~BlindedBatch();
    BlindedBatch(BlindedBatch&&) noexcept;
    BlindedBatch& operator=(BlindedBatch&&) noexcept;

  private:
    friend class ProvenAnswer;
    struct Points;
    BlindedBatch(std::vector<Blinded> elements, std::unique_ptr<Points> points);
    std::vector<Blinded> elements_;
    std::unique_ptr<Points> points_;
};

/// What one holder answered for the whole batch, with a proof that verified: only verify makes one, so nothing that
/// was not proven can be combined. Move-only.
class ProvenAnswer {
  public:
    /// RFC 9497, 2.2.2, under the holder's K_i (or lambda_i * K_i, if it answers folded). `index` is the holder's.
    /// Errc::bad_signature: it used another key for at least one item; libsodium came to that as well, in
    /// crypto::verify above, so that no fault of ours accuses a holder. Errc::malformed: sizes, or an index that is not
    /// 1 to limits::holders_max. Errc::damaged: the spot check failed, or libsodium disagrees.
    static Result<ProvenAnswer> verify(HolderPublic const& key, ShareIndex index, BlindedBatch const& blinded,
                                       std::span<Evaluated const> evaluated, Proof const& proof,
                                       Parallel const& parallel = one_thread());
    ShareIndex index() const { return index_; }
    std::size_t size() const;
    ~ProvenAnswer();
    ProvenAnswer(ProvenAnswer&&) noexcept;
    ProvenAnswer& operator=(ProvenAnswer&&) noexcept;

  private:
    friend struct Combining;
    struct Points;
    ProvenAnswer(ShareIndex index, std::unique_ptr<Points> points);
    ShareIndex index_;
    std::unique_ptr<Points> points_;
};

/// For t distinct indices in 1..n, n at most limits::holders_max, the integers c_i = D * lambda_i(0), where
/// D = (n-1)! makes all of them whole, whichever t of the n holders answer: the factors (j - i) of lambda_i's
/// denominator are distinct and lie between -(i-1) and n-i, so that it divides (i-1)! (n-i)!, which divides (n-1)!.
/// docs/protocol.md gives the table. Errc::malformed: no index, index 0, over n, or twice; n over the limit.
struct LagrangeIntegers {
    std::int64_t denominator;               ///< D
    std::vector<std::int64_t> coefficients; ///< one for each index, in the order given
};
Result<LagrangeIntegers> lagrange_at_zero(std::span<ShareIndex const> indices, std::uint8_t holders);

/// A fixed set of holders that answer one bulk job together.
class HolderSet {
  public:
    /// Errc::malformed: as lagrange_at_zero.
    static Result<HolderSet> make(std::span<ShareIndex const> indices, std::uint8_t holders);
    /// From bits: bit i is share index i + 1. Errc::malformed: none, or over `holders`.
    static Result<HolderSet> from_bits(std::uint32_t bits, std::uint8_t holders);
    std::vector<ShareIndex> const& indices() const { return indices_; } ///< ascending
    std::uint32_t bits() const;
    bool contains(ShareIndex index) const;

  private:
    explicit HolderSet(std::vector<ShareIndex> indices);
    std::vector<ShareIndex> indices_;
};
/// lambda_i(0) * k_i, with lambda_i that of the set. Errc::malformed: `index` is not in the set.
Result<OprfKey> fold(OprfKey const& share, ShareIndex index, HolderSet const& set);
/// lambda_i(0) * K_i, what a folded answer of that holder is proven against.
Result<HolderPublic> fold(HolderPublic const& key, ShareIndex index, HolderSet const& set);

/// sum c_i * evaluated_i = D * k * blinded, for exactly t answers of the same size, unfolded (each under its own k_i),
/// for the first `count` items of the batch (the rest is padding). The caller keeps to t: too few cannot be told.
/// Public data: variable time. Errc::malformed: as lagrange_at_zero, sizes not the same, a count that is not 1 to the
/// size, or a sum that is the identity. Errc::damaged: the spot check against libsodium failed.
Result<std::vector<Evaluated>> combine(std::span<ProvenAnswer const> answers, std::uint8_t holders, std::size_t count,
                                       Parallel const& parallel = one_thread());
/// sum evaluated_i = k * blinded, for the answers of exactly the holders of `set`, each folded for it. Errors as above.
Result<std::vector<Evaluated>> combine_folded(std::span<ProvenAnswer const> answers, HolderSet const& set,
                                              std::size_t count, Parallel const& parallel = one_thread());

/// RFC 9497, 3.3.1, unblinding by 1 / (D * r): with `denominator` 1 (a folded answer) it is the RFC's own Finalize.
/// Errc::malformed: an input over input_bytes_max, or a denominator that is not positive.
Result<Token> finalize(ByteView input, Blind const& blind, Evaluated const& combined, std::int64_t denominator = 1);

/// The same for a batch, in order, with one inversion for all of it: each costs half a multiplication.
/// Errc::malformed: as above, or sizes that are not 1 to limits::evaluate_batch_max or not all the same.
Result<std::vector<Token>> finalize_batch(std::span<ByteView const> inputs, std::span<Blind const> blinds,
                                          std::span<Evaluated const> combined, std::int64_t denominator = 1,
                                          Parallel const& parallel = one_thread());

/// RFC 9497, 3.2.1: DeriveKeyPair. For the RFC's vectors and the practice dealer. Errc::malformed: a seed that is not
/// 32 bytes, or an `info` over 65535.
Result<OprfKey> derive_key(ByteView seed, ByteView info);

} // namespace fanlight::crypto
