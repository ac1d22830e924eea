// The proof that a holder used one key for a whole batch (RFC 9497, section 2.2). Both sides know the weights and the
// points of the composites M and Z; these sums are ours. What is secret, and the four products of t2 and t3, are
// libsodium's.

#include "crypto/elements.hpp"
#include "crypto/ristretto.hpp"
#include "crypto/runs.hpp"

#include <sodium.h>

#include <cassert>

namespace fanlight::crypto {

using point::Decoded;
using point::Encoding;
using ristretto::Scalar;
using ristretto::two_bytes;

namespace {

constexpr auto proof_batch = "batch of evaluations";
constexpr auto proof_text = "proof of an evaluation";
constexpr auto decoding = "decoded batch";

/// sum += scalar * point, for public values.
void add_multiple(Encoding& sum, Scalar const& scalar, ByteView point) {
    Encoding product{};
    // -1 is the product with a zero scalar: the identity, which adds nothing.
    if (crypto_scalarmult_ristretto255(product.data(), scalar.reveal().data(), point.data()) != 0) return;
    crypto_core_ristretto255_add(sum.data(), sum.data(), product.data());
}

std::array<std::uint8_t, 64> composite_seed(HolderPublic const& key) {
    constexpr std::string_view purpose = "Seed-";
    auto const dst_length = two_bytes(purpose.size() + ristretto::context_string.size());
    std::array<std::uint8_t, 64> seed{};
    ristretto::sha512_into(seed, {two_bytes(HolderPublic::size_bytes), key.view(), dst_length, as_bytes(purpose),
                                  as_bytes(ristretto::context_string)});
    return seed;
}

/// RFC 9497, section 2.2.1: the weights d_i of a batch's composites.
Result<std::vector<Scalar>> composite_weights(HolderPublic const& key, std::span<Blinded const> blinded,
                                              std::span<Evaluated const> evaluated, Parallel const& parallel) {
    auto const seed = composite_seed(key);
    ristretto::ScalarHash const hash({two_bytes(seed.size()), seed});
    auto const length = two_bytes(Blinded::size_bytes);
    return make_all<Scalar>(blinded.size(), parallel, [&](std::size_t i) -> Result<Scalar> {
        return hash.of({two_bytes(i), length, blinded[i].view(), length, evaluated[i].view(), as_bytes("Composite")});
    });
}

/// The challenge over B, M, Z, t2 and t3 (RFC 9497, section 2.2.1).
Scalar challenge(HolderPublic const& key, Encoding const& m, Encoding const& z, Encoding const& t2,
                 Encoding const& t3) {
    auto const length = two_bytes(Blinded::size_bytes);
    return ristretto::hash_to_scalar(
        {length, key.view(), length, m, length, z, length, t2, length, t3, as_bytes("Challenge")});
}

bool is_batch_of_pairs(std::size_t blinded, std::size_t evaluated) {
    return blinded == evaluated && is_batch(blinded);
}

template <class Tag>
Result<std::vector<Decoded>> decode_all(std::span<Element<Tag> const> elements, Parallel const& parallel) {
    return make_all<Decoded>(elements.size(), parallel, [&](std::size_t i) -> Result<Decoded> {
        auto const decoded = point::decode(elements[i].view().template first<32>());
        if (!decoded) return fail(Errc::damaged, decoding); // an Element has been decoded before
        return *decoded;
    });
}

point::EncodingView view_of(Scalar const& scalar) {
    return scalar.reveal().first<32>();
}

/// sum weights[i] * points[i], encoded, for each of `lists`.
std::vector<Encoding> composites(std::span<Scalar const> weights, std::span<std::span<Decoded const> const> lists,
                                 Parallel const& parallel) {
    std::vector<point::EncodingView> scalars;
    for (auto const& weight : weights) scalars.push_back(view_of(weight));
    std::vector<Encoding> encoded;
    for (auto const& sum : point::Scalars(scalars).sums(lists, parallel)) encoded.push_back(point::encode(sum));
    return encoded;
}

/// One term of a composite, by our point layer and by libsodium.
template <class Tag>
Result<void> spot_check_term(std::span<Element<Tag> const> elements, std::span<Decoded const> decoded,
                             std::span<Scalar const> weights) {
    auto const i = spot_item(elements);
    auto const list = decoded.subspan(i, 1);
    auto const ours = composites(weights.subspan(i, 1), {&list, 1}, one_thread());
    point::Multiple multiple{{}, encoding_of(elements[i])};
    std::copy(weights[i].reveal().begin(), weights[i].reveal().end(), multiple.scalar.begin());
    return point::spot_check(ours.front(), {&multiple, 1});
}

/// c and s, canonical and not zero.
struct ProofScalars {
    Scalar c;
    Scalar s;
};
Result<ProofScalars> parse_proof(Proof const& proof) {
    auto const c_bytes = proof.view().first(Scalar::size_bytes);
    auto const s_bytes = proof.view().subspan(Scalar::size_bytes);
    // libsodium would reduce: without this each proof has a second form.
    if (!ristretto::is_scalar(c_bytes) || !ristretto::is_scalar(s_bytes)) return fail(Errc::bad_signature, proof_text);
    FANLIGHT_TRY(auto c, Scalar::parse(c_bytes));
    FANLIGHT_TRY(auto s, Scalar::parse(s_bytes));
    return ProofScalars{std::move(c), std::move(s)};
}

/// The second half of RFC 9497, section 2.2.2.
Result<void> check_challenge(HolderPublic const& key, Encoding const& m, Encoding const& z, ProofScalars const& proof) {
    Encoding t2{};
    if (crypto_scalarmult_ristretto255_base(t2.data(), proof.s.reveal().data()) != 0)
        return fail(Errc::bad_signature, proof_text);
    add_multiple(t2, proof.c, key.view());
    Encoding t3{};
    add_multiple(t3, proof.s, m);
    add_multiple(t3, proof.c, z);
    if (!equal(challenge(key, m, z, t2, t3), proof.c)) return fail(Errc::bad_signature, proof_text);
    return ok();
}

} // namespace

// RFC 9497, section 2.2.1, GenerateProof with ComputeCompositesFast.
Result<Proof> prove(OprfKey const& key, std::span<Blinded const> blinded, std::span<Evaluated const> evaluated,
                    ProofNonce const& nonce, Parallel const& parallel) {
    if (!is_batch_of_pairs(blinded.size(), evaluated.size())) return fail(Errc::malformed, proof_batch);
    auto const public_key = public_of(key);
    FANLIGHT_TRY(auto const weights, composite_weights(public_key, blinded, evaluated, parallel));
    FANLIGHT_TRY(auto const decoded, decode_all(blinded, parallel));
    std::span<Decoded const> const list(decoded);
    auto const m = composites(weights, {&list, 1}, parallel).front();
    FANLIGHT_TRY(spot_check_term(blinded, decoded, weights));
    Encoding z{};
    Encoding t2{};
    Encoding t3{};
    if (crypto_scalarmult_ristretto255(z.data(), key.reveal().data(), m.data()) != 0 ||
        crypto_scalarmult_ristretto255_base(t2.data(), nonce.reveal().data()) != 0 ||
        crypto_scalarmult_ristretto255(t3.data(), nonce.reveal().data(), m.data()) != 0)
        return fail(Errc::malformed, proof_batch);
    auto const c = challenge(public_key, m, z, t2, t3);
    auto const c_times_key = Scalar::make([&](MutableBytes out) {
        crypto_core_ristretto255_scalar_mul(out.data(), c.reveal().data(), key.reveal().data());
    });
    return Proof::make([&](MutableBytes out) {
        std::copy(c.reveal().begin(), c.reveal().end(), out.begin());
        crypto_core_ristretto255_scalar_sub(out.data() + Scalar::size_bytes, nonce.reveal().data(),
                                            c_times_key.reveal().data());
    });
}

// RFC 9497, section 2.2.2, VerifyProof with ComputeComposites, without a line of point.hpp.
Result<void> verify(HolderPublic const& key, std::span<Blinded const> blinded, std::span<Evaluated const> evaluated,
                    Proof const& proof) {
    if (!is_batch_of_pairs(blinded.size(), evaluated.size())) return fail(Errc::malformed, proof_batch);
    FANLIGHT_TRY(auto const scalars, parse_proof(proof));
    FANLIGHT_TRY(auto const weights, composite_weights(key, blinded, evaluated, one_thread()));
    Encoding m{};
    Encoding z{};
    for (std::size_t i = 0; i < blinded.size(); ++i) {
        add_multiple(m, weights[i], blinded[i].view());
        add_multiple(z, weights[i], evaluated[i].view());
    }
    return check_challenge(key, m, z, scalars);
}

BlindedBatch::BlindedBatch(std::vector<Blinded> elements, std::unique_ptr<Points> points)
    : elements_(std::move(elements)), points_(std::move(points)) {}
BlindedBatch::~BlindedBatch() = default;
BlindedBatch::BlindedBatch(BlindedBatch&&) noexcept = default;
BlindedBatch& BlindedBatch::operator=(BlindedBatch&&) noexcept = default;

Result<BlindedBatch> BlindedBatch::make(std::vector<Blinded> blinded, Parallel const& parallel) {
    if (!is_batch(blinded.size())) return fail(Errc::malformed, proof_batch);
    std::span<Blinded const> const elements(blinded);
    FANLIGHT_TRY(auto decoded, decode_all(elements, parallel));
    auto const i = spot_item(elements);
    auto const doubled = point::encode(point::twice(point::to_point(decoded[i])));
    point::Multiple const two{{2}, encoding_of(elements[i])};
    FANLIGHT_TRY(point::spot_check(doubled, {&two, 1}));
    auto points = std::make_unique<Points>();
    points->decoded = std::move(decoded);
    return BlindedBatch(std::move(blinded), std::move(points));
}

ProvenAnswer::ProvenAnswer(ShareIndex index, std::unique_ptr<Points> points)
    : index_(index), points_(std::move(points)) {}
ProvenAnswer::~ProvenAnswer() = default;
ProvenAnswer::ProvenAnswer(ProvenAnswer&&) noexcept = default;
ProvenAnswer& ProvenAnswer::operator=(ProvenAnswer&&) noexcept = default;

std::size_t ProvenAnswer::size() const {
    assert(points_ != nullptr);
    return points_->elements.size();
}

Result<ProvenAnswer> ProvenAnswer::verify(HolderPublic const& key, ShareIndex index, BlindedBatch const& blinded,
                                          std::span<Evaluated const> evaluated, Proof const& proof,
                                          Parallel const& parallel) {
    if (index == 0 || index > limits::holders_max || !is_batch_of_pairs(blinded.size(), evaluated.size()))
        return fail(Errc::malformed, proof_batch);
    FANLIGHT_TRY(auto const scalars, parse_proof(proof));
    FANLIGHT_TRY(auto const weights, composite_weights(key, blinded.elements_, evaluated, parallel));
    FANLIGHT_TRY(auto decoded, decode_all(evaluated, parallel));
    std::array<std::span<Decoded const>, 2> const lists{blinded.points_->decoded, decoded};
    auto const sums = composites(weights, lists, parallel);
    FANLIGHT_TRY(spot_check_term(evaluated, decoded, weights));
    if (!check_challenge(key, sums[0], sums[1], scalars)) {
        // A refusal accuses a holder: libsodium has to come to it as well.
        FANLIGHT_TRY(crypto::verify(key, blinded.elements_, evaluated, proof));
        return fail(Errc::damaged, proof_text);
    }
    auto points = std::make_unique<Points>();
    points->elements.assign(evaluated.begin(), evaluated.end());
    points->decoded = std::move(decoded);
    return ProvenAnswer(index, std::move(points));
}

} // namespace fanlight::crypto
