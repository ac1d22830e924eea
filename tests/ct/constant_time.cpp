// Does any branch or index depend on a secret? Each case marks the secrets of one shipped function as undefined memory
// and calls it; memcheck then reports whatever depends on them (A. Langley, "ctgrind", 2010). What is public by design
// is declassified here and in declassified.cpp, with the reason; the shipped code is as it ships.
//
//   fanlight-constant-time             all cases: no report may come
//   fanlight-constant-time --verdicts  what constant_time.supp leaves out, counted: run it without that file
//   fanlight-constant-time --control N a leak on purpose, which memcheck has to report
//
// Not here: key_from_passphrase, because Argon2id reads memory at places that depend on the passphrase in all but the
// first half of its first pass, by design (RFC 9106, section 3.4.1.3); and what is for public data only (point.hpp).

#include "crypto/hash.hpp"
#include "crypto/keygen.hpp"
#include "crypto/point.hpp"
#include "crypto/ristretto.hpp"
#include "crypto/sealing.hpp"
#include "crypto/signing.hpp"
#include "crypto/text.hpp"
#include "marks.hpp"
#include "protocol/tokens.hpp"

#include <cstdio>
#include <cstdlib>
#include <functional>

using namespace fanlight;
using namespace fanlight::crypto;
using ct::classify;
using ct::declassify;

namespace {

void check(bool good, char const* what) {
    if (good) return;
    std::fprintf(stderr, "fanlight-constant-time: wrong result: %s\n", what);
    std::exit(1);
}

/// A secret with these bytes.
template <class S> S secret_of(ByteView bytes) {
    return S::make([&](MutableBytes out) {
        std::copy(bytes.begin(), bytes.end(), out.begin());
        classify(out);
    });
}

template <class S> S random_secret(std::uint64_t seed) {
    SeededRandom random(seed);
    auto const bytes = random.make<Secret<struct DrawTag, S::size_bytes>>();
    return secret_of<S>(bytes.reveal());
}

/// A secret scalar: OprfKey, Blind or ProofNonce.
template <class S> S scalar(std::uint64_t seed) {
    SeededRandom random(seed);
    return secret_of<S>(random_blind(random).reveal());
}

class SecretRandom final : public Random {
  public:
    void fill(MutableBytes bytes) override {
        source_.fill(bytes);
        classify(bytes);
        ++draws_;
    }
    unsigned draws() const { return draws_; }

  private:
    SeededRandom source_{4};
    unsigned draws_ = 0;
};

/// A secret of a person: an identity, a message.
Bytes secret_text(std::string_view text = "fanlight/v1/anchor: a person of whom nobody may know") {
    auto bytes = to_bytes(as_bytes(text));
    classify(bytes);
    return bytes;
}

Blinded public_blinded(std::uint64_t seed) {
    SeededRandom random(seed);
    return blind(as_bytes("somebody"), random_blind(random)).value();
}

/// What goes over the wire is public. So is what a later step of the protocol makes public.
template <class T> T sent(T value) {
    declassify(value.view());
    return value;
}

Bytes sent(Bytes value) {
    declassify(value);
    return value;
}

bool known(bool verdict) {
    declassify(verdict); // the caller acts on it, as whoever is on the other side sees
    return verdict;
}

// What the client does.

void case_blind() {
    auto const input = secret_text();
    auto const r = scalar<Blind>(1);
    auto const blinded = sent(blind(input, r).value());
    check(Blinded::parse(blinded.view()).has_value(), "blind");
}

void case_blind_batch() {
    std::vector<Bytes> const texts{secret_text(), secret_text("another"), secret_text("")};
    std::vector<ByteView> const inputs(texts.begin(), texts.end());
    std::vector<Blind> blinds;
    for (std::uint64_t i = 0; i < inputs.size(); ++i) blinds.push_back(scalar<Blind>(i));
    auto const batch = blind_batch(inputs, blinds).value();
    check(batch.size() == inputs.size(), "blind_batch");
}

void case_finalize() {
    auto const input = secret_text();
    auto const r = scalar<Blind>(2);
    auto const key = scalar<OprfKey>(3);
    auto const evaluated = sent(evaluate(key, sent(blind(input, r).value())).value()); // by its holder
    constexpr std::int64_t denominator = 24;
    auto const one = finalize(input, r, evaluated, denominator).value();
    std::vector<ByteView> const inputs{input, input, input};
    std::vector<Blind> blinds;
    for (std::size_t i = 0; i < inputs.size(); ++i) blinds.push_back(r.copy());
    std::vector<Evaluated> const combined(inputs.size(), evaluated);
    auto const batch = finalize_batch(inputs, blinds, combined, denominator).value();
    for (auto const& token : batch) check(known(equal(token, one)), "finalize_batch");
}

void case_random_blind() {
    SecretRandom random;
    for (int i = 0; i < 8; ++i) check(known(!equal(random_blind(random), random_blind(random))), "random_blind");
    check(random_proof_nonce(random).reveal().size() == 32, "random_proof_nonce");
}

void case_derived_random() {
    auto const seed = random_secret<DerivedRandom::Seed>(5);
    DerivedRandom random(seed);
    auto const first = random_blind(random);
    check(known(!equal(first, random_blind(random))), "DerivedRandom");
}

// What a key holder does.

void case_evaluate() {
    auto const key = scalar<OprfKey>(6);
    auto const evaluated = sent(evaluate(key, public_blinded(1)).value());
    check(Evaluated::parse(evaluated.view()).has_value(), "evaluate");
}

void case_prove() {
    auto const key = scalar<OprfKey>(7);
    std::vector<Blinded> blinded;
    for (std::uint64_t i = 0; i < 5; ++i) blinded.push_back(public_blinded(i));
    auto evaluated = evaluate_batch(key, blinded).value();
    for (auto& element : evaluated) element = sent(element);
    auto const proof = sent(prove(key, blinded, evaluated, scalar<ProofNonce>(8)).value());
    check(verify(public_of(key), blinded, evaluated, proof).has_value(), "prove");
}

void case_fold() {
    std::array<ShareIndex, 3> const indices{1, 3, 4};
    auto const set = HolderSet::make(indices, 5).value();
    auto const share = scalar<OprfKey>(9);
    auto const folded = fold(share, 3, set).value();
    check(public_of(folded) == fold(public_of(share), 3, set).value(), "fold");
}

void case_parse_scalars() {
    auto const bytes = scalar<Blind>(10);
    check(known(detail::equal(parse_oprf_key(bytes.reveal()).value().reveal(), bytes.reveal())), "parse_oprf_key");
    check(known(equal(parse_blind(bytes.reveal()).value(), bytes)), "parse_blind");
    check(parse_proof_nonce(bytes.reveal()).has_value(), "parse_proof_nonce");
}

void case_derive_key() {
    auto const seed = random_secret<Secret<struct SeedTag, 32>>(11);
    auto const key = derive_key(seed.reveal(), as_bytes("a name")).value();
    check(HolderPublic::parse(public_of(key).view()).has_value(), "derive_key");
}

// The key ceremony.

void case_keygen() {
    auto const seed = random_secret<CeremonySeed>(12);
    auto const context = as_bytes("a session and a dealer");
    auto const polynomial = Polynomial::derive(seed, context, 3).value();
    auto const commitments = polynomial.commitments();
    auto const proof = sent(polynomial.prove_constant(seed, context));
    check(check_constant(commitments, context, proof).has_value(), "prove_constant");
    std::vector<OprfKey> shares;
    for (int dealer = 0; dealer < 2; ++dealer) shares.push_back(polynomial.share_for(2).value());
    check(share_fits(shares.front(), 2, commitments), "share_fits");
    check(!share_fits(shares.front(), 1, commitments), "share_fits: another's");
    std::vector<std::vector<Commitment>> const dealers{commitments, commitments};
    check(public_of(add_shares(shares).value()) == share_public(dealers, 2).value(), "add_shares");
}

void case_reshare() {
    auto const seed = random_secret<CeremonySeed>(13);
    auto const constant = scalar<OprfKey>(14);
    auto const polynomial = Polynomial::derive(seed, as_bytes("a reshare"), 2, constant).value();
    check(detail::equal(polynomial.commitments().front().view(), public_of(constant).view()), "reshare");
}

// Keys of a node.

void case_equal() {
    auto const left = random_secret<AeadKey>(15);
    auto const same = left.copy();
    auto const other = random_secret<AeadKey>(16);
    check(known(equal(left, same)) && !known(equal(left, other)), "equal");
    check(!known(detail::equal(left.reveal(), left.reveal().first(16))), "equal: sizes");
}

void case_aead() {
    auto const key = random_secret<AeadKey>(17);
    auto const plain = secret_text();
    auto const cipher = sent(aead_seal(key, Nonce(), as_bytes("associated"), plain));
    auto const opened = aead_open(key, Nonce(), as_bytes("associated"), cipher).value();
    check(known(detail::equal(opened, plain)), "aead_open");
    check(!aead_open(random_secret<AeadKey>(18), Nonce(), {}, cipher), "aead_open: another key");
    auto const locked = random_secret<LockedAeadKey>(25);
    auto const again = aead_open(locked, Nonce(), {}, sent(aead_seal(locked, Nonce(), {}, plain))).value();
    check(known(detail::equal(again, plain)), "aead_open: locked key");
}

void case_sealing() {
    auto const secret = random_secret<Secret<struct SeedTag, 32>>(19);
    auto const key = SealingKey::from_secret(secret.reveal()).value();
    auto const to = sent(key.public_key());
    auto const plain = secret_text();
    SecretRandom random;
    auto const sealed = sent(seal(to, as_bytes("label"), plain, random).value());
    // The key holds its public half as well, which memcheck takes for secret: it goes into the message key, and no
    // further.
    check(known(detail::equal(open(key, as_bytes("label"), sealed).value(), plain)), "open");
}

void case_signing() {
    auto const seed = random_secret<Secret<struct SeedTag, 32>>(21);
    auto const key = SigningKey::from_seed(seed.reveal()).value();
    auto const message = as_bytes("what is signed is public");
    auto const signature = sent(key.sign(message));
    check(verify(sent(key.verify_key()), message, signature), "sign");
}

void case_hashes() {
    auto const key = random_secret<AeadKey>(22);
    check(known(hmac_sha256(key.reveal(), {secret_text()}).view().size() == 32), "hmac_sha256");
    auto const hash = sent(sha256({secret_text(), key.reveal()}));
    check(hash != Sha256(), "sha256");
}

void case_hex() {
    auto const key = random_secret<AeadKey>(23);
    auto const text = to_hex(key.reveal());
    check(text.size() == 64, "to_hex");
}

// What is derived from a token.

void case_tokens() {
    auto const token = random_secret<Token>(24);
    auto const agency = PartyId::parse("school").value();
    auto const secret = protocol::agency_secret(Mode::live, token, agency);
    auto const today = sent(protocol::day_token(Mode::live, secret, Day(std::chrono::days(20000))));
    check(today != protocol::DayToken(), "day_token");
    auto const component = protocol::component_secret(Mode::live, token, agency);
    auto const value = sent(protocol::component_value(Mode::live, secret, Day(std::chrono::days(20000)), 4, component));
    check(value != protocol::ComponentValue(), "component_value");
    auto const wrap = protocol::context_wrap_key(Mode::live, secret);
    check(known(!detail::equal(wrap.reveal(), secret.reveal())), "context_wrap_key");
}

struct Case {
    char const* name;
    void (*run)();
};

constexpr auto cases = std::to_array<Case>({
    {"blind", case_blind},
    {"blind_batch", case_blind_batch},
    {"finalize, finalize_batch", case_finalize},
    {"random_blind, random_proof_nonce", case_random_blind},
    {"DerivedRandom", case_derived_random},
    {"evaluate", case_evaluate},
    {"evaluate_batch, prove, public_of", case_prove},
    {"fold", case_fold},
    {"parse_oprf_key, parse_blind, parse_proof_nonce", case_parse_scalars},
    {"derive_key", case_derive_key},
    {"Polynomial, share_fits, add_shares", case_keygen},
    {"Polynomial of a reshare", case_reshare},
    {"equal", case_equal},
    {"aead_seal, aead_open", case_aead},
    {"SealingKey, seal, open", case_sealing},
    {"SigningKey", case_signing},
    {"hmac_sha256, sha256", case_hashes},
    {"to_hex", case_hex},
    {"agency_secret, day_token, component_value, context_wrap_key", case_tokens},
});

/// Runs it and says how many reports came, beside how many had to: `allowed()`, asked afterwards.
bool expect(char const* name, std::function<void()> const& run, std::function<unsigned()> const& allowed) {
    auto const before = ct::reports();
    run();
    auto const found = ct::reports() - before;
    bool const good = found == allowed();
    std::printf(good ? "ok: %s\n" : "FAILED: %s: %u reports, not %u\n", name, found, allowed());
    std::fflush(stdout);
    return good;
}

bool run_cases() {
    bool good = true;
    for (auto const& one : cases) good = expect(one.name, one.run, [] { return 0U; }) && good;
    return good;
}

// What constant_time.supp leaves out are verdicts, each one bit and one branch. A comparison that stops at the first
// difference, or any other leak in those functions, would be reported more often than this.
bool run_verdicts() {
    using Bytes32 = Secret<struct Bytes32Tag, 32>;
    auto const once = [] { return 1U; };
    bool good = true;
    auto const judge = [&](char const* name, Bytes32 const& bytes, bool is_one) {
        auto const run = [&] { check(known(ristretto::is_scalar(bytes.reveal())) == is_one, name); };
        good = expect(name, run, once) && good;
    };
    judge("one branch: is_scalar, a scalar", secret_of<Bytes32>(scalar<Blind>(30).reveal()), true);
    judge("one branch: is_scalar, zero", secret_of<Bytes32>(Bytes(32)), false);
    judge("one branch: is_scalar, over the order", secret_of<Bytes32>(Bytes(32, 0xFF)), false);
    SecretRandom random;
    auto const draw = [&] {
        for (int i = 0; i < 8; ++i) check(random_blind(random).reveal().size() == 32, "random_blind");
    };
    good = expect("one branch for each draw: random_blind", draw, [&] { return random.draws(); }) && good;
    good = expect("two branches: blind, whether H(input) decodes", case_blind, [] { return 2U; }) && good;
    // A node key may be handed over as 64 digits; of each it is said whether it is a digit.
    auto const digits = secret_text("00112233445566778899aabbccddeeffABCDEF6789abcdef0123456789abcdef");
    auto const read = [&] { check(from_hex(as_text(digits)).has_value(), "from_hex"); };
    return expect("one branch for each digit: from_hex", read, [] { return 64U; }) && good;
}

/// Leaks on purpose. Memcheck reports each, or it sees nothing at all.
bool run_control(std::string_view number) {
    if (number == "1") { // a comparison that stops at the first difference
        auto const left = random_secret<AeadKey>(40);
        auto const right = left.copy();
        std::uint8_t const volatile* const bytes = left.reveal().data(); // volatile: the compiler leaves the loop alone
        for (std::size_t i = 0; i < AeadKey::size_bytes; ++i)
            if (bytes[i] != right.reveal()[i]) return false;
        return true;
    }
    if (number == "2") { // a table read at a secret place, with the secret in locked pages
        static std::array<std::uint8_t volatile, 256> const table{};
        auto const key = scalar<OprfKey>(42);
        return table[key.reveal()[0]] == 0;
    }
    if (number == "3") { // a secret scalar in the point layer for public data
        auto const secret = scalar<Blind>(41);
        auto const point = point::decode(public_blinded(1).view().first<32>());
        check(point.has_value(), "decode");
        std::span<point::Decoded const> const list(&*point, 1);
        auto const scalar_view = secret.reveal().first<32>();
        return point::Scalars({&scalar_view, 1}).sums({&list, 1}, one_thread()).size() == 1;
    }
    return false;
}

} // namespace

int main(int count, char** arguments) {
    start_library();
    if (RUNNING_ON_VALGRIND == 0) {
        std::fprintf(stderr, "fanlight-constant-time: not under valgrind, so nothing is checked\n");
        return 2;
    }
    std::string_view const mode = count > 1 ? arguments[1] : "";
    if (mode.empty()) return run_cases() ? 0 : 1;
    if (mode == "--verdicts") return run_verdicts() ? 0 : 1;
    if (mode == "--control" && count == 3) return run_control(arguments[2]) ? 0 : 1;
    std::fprintf(stderr, "usage: fanlight-constant-time [--verdicts | --control 1..3]\n");
    return 64;
}
