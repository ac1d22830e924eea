#pragma once
// Making a key that nobody ever has: Pedersen's distributed key generation in the form of FROST's KeyGen (Komlo and
// Goldberg 2020, figure 1), over ristretto255. The same parts share a key anew among other holders.
//
//   dealer i                                               everybody
//   Polynomial f_i of degree t-1, f_i(0) = a part of k
//   commitments phi_ik = a_ik * G, proof of knowing a_i0 -> check_constant (and, in a reshare, phi_i0 = lambda_i * K_i)
//   share f_i(j), sealed to receiver j                    -> share_fits(j's share of i, j, phi_i)
//                                                            k_j = sum_i f_i(j), K = sum_i phi_i0,
//                                                            K_j = sum_i sum_k j^k phi_ik
//
// Secrets go through libsodium in constant time. The state machine around it is protocol/engine/ceremony.hpp.

#include "crypto/voprf.hpp"

namespace fanlight::crypto {

struct CommitmentTag;
using Commitment = Element<CommitmentTag>; ///< a_k * G
template <> Result<Commitment> Commitment::parse(ByteView bytes);
using CommitmentHash = Tagged<struct CommitmentHashTag, 32>;   ///< binds a dealer before it has seen the others'
using ConstantProof = Tagged<struct ConstantProofTag, 64>;     ///< R || mu: knowledge of the constant term (Schnorr)
using CeremonySeed = LockedSecret<struct CeremonySeedTag, 32>; ///< everything random of one participant in one session

/// A dealer's secret polynomial. Move-only, in locked pages.
class Polynomial {
  public:
    /// Everything follows from the seed and the context (the session and the participant), so that a participant that
    /// crashed goes on with the same polynomial. 1 <= threshold <= limits::holders_max, else Errc::malformed.
    static Result<Polynomial> derive(CeremonySeed const& seed, ByteView context, std::uint8_t threshold);
    /// The same with a given constant term: lambda_i * k_i, for a reshare.
    static Result<Polynomial> derive(CeremonySeed const& seed, ByteView context, std::uint8_t threshold,
                                     OprfKey const& constant);
    std::vector<Commitment> commitments() const; ///< phi_0 .. phi_(t-1)
    /// f(index). Errc::malformed: index 0 or over limits::holders_max, or a share that is zero.
    Result<OprfKey> share_for(ShareIndex index) const;
    /// Proof of knowledge of f(0), bound to the context: c = H(context, phi_0, R), mu = nonce + c * f(0). The nonce
    /// follows from the seed and all that is hashed.
    ConstantProof prove_constant(CeremonySeed const& seed, ByteView context) const;
    Polynomial(Polynomial&&) noexcept = default;
    Polynomial& operator=(Polynomial&&) noexcept = default;

  private:
    explicit Polynomial(std::vector<OprfKey> coefficients) : coefficients_(std::move(coefficients)) {}
    std::vector<OprfKey> coefficients_;
};

/// SHA-256 over the context, the commitments and the proof: what a dealer says first.
CommitmentHash commitment_hash(ByteView context, std::span<Commitment const> commitments, ConstantProof const& proof);
/// Errc::bad_signature: whoever made it does not know the constant term, or made it for another context.
/// Errc::malformed: no commitment, or more than limits::holders_max.
Result<void> check_constant(std::span<Commitment const> commitments, ByteView context, ConstantProof const& proof);
/// Whether share * G = sum index^k * phi_k.
bool share_fits(OprfKey const& share, ShareIndex index, std::span<Commitment const> commitments);

/// k_j: the sum of what every dealer gave to j. Errc::malformed: none, or a sum that is zero.
Result<OprfKey> add_shares(std::span<OprfKey const> shares);
using CommitmentLists = std::span<std::vector<Commitment> const>; ///< one list a dealer, all of the same length
/// K = sum of the phi_0. Errc::malformed: none, lists of different or no length, or the identity.
Result<HolderPublic> group_public(CommitmentLists dealers);
/// K_j, for index 1..limits::holders_max. Errors as above.
Result<HolderPublic> share_public(CommitmentLists dealers, ShareIndex index);
/// Whether all K_i lie on one polynomial whose value at zero is K and whose degree is exactly `threshold` - 1: of a
/// higher one, different sets of holders would give different tokens; of a lower one, fewer holders would be enough.
/// `shares` are those of indices 1..n in order.
bool consistent(HolderPublic const& group, std::span<HolderPublic const> shares, std::uint8_t threshold);
/// Whether phi_0 = lambda_i(0) * K_i for the set of old holders that deal (a reshare).
bool deals_old_share(Commitment const& constant, HolderPublic const& old_share, ShareIndex old_index,
                     HolderSet const& dealers);

} // namespace fanlight::crypto
