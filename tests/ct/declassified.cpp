// What the checked code makes public by design, declassified where it becomes public. Definitions in the program come
// before those in shared libraries, so that our code and libsodium itself call these; the shipped code knows nothing of
// it.

#include "marks.hpp"

#include <sodium.h>

#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>

namespace {
/// The next definition after ours: libsodium's.
template <class Function> Function* next(char const* name) {
    auto* const found = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
    if (found == nullptr) {
        std::fprintf(stderr, "libsodium has no %s\n", name);
        std::abort();
    }
    return found;
}

int declassified(int verdict) {
    fanlight::ct::declassify(verdict);
    return verdict;
}
} // namespace

extern "C" {

// Every multiple of the base point that is computed anywhere is sent or published: K_i and K, the commitments of a
// ceremony, the nonce points t2 and R of the two proofs. The weights of a proof are hashed from K_i and used in
// variable time, as the verifier does.
int crypto_scalarmult_ristretto255_base(unsigned char* out, unsigned char const* scalar) {
    static auto* const real = next<int(unsigned char*, unsigned char const*)>("crypto_scalarmult_ristretto255_base");
    auto const verdict = real(out, scalar);
    fanlight::ct::declassify({out, crypto_scalarmult_ristretto255_BYTES});
    return verdict;
}

// Whether all 32 bytes are zero: a scalar, or a product that libsodium refuses. No secret is zero but by a chance of
// 2^-252, and then nothing is computed with it.
int sodium_is_zero(unsigned char const* bytes, std::size_t size) {
    static auto* const real = next<int(unsigned char const*, std::size_t)>("sodium_is_zero");
    return declassified(real(bytes, size));
}

// Whether a message is authentic: whoever sent it is told so. The comparison itself is inside.
int crypto_verify_16(unsigned char const* left, unsigned char const* right) {
    static auto* const real = next<int(unsigned char const*, unsigned char const*)>("crypto_verify_16");
    return declassified(real(left, right));
}

// Whether the other side's point is of small order, which is theirs and public. The shared secret stays secret.
int crypto_scalarmult(unsigned char* out, unsigned char const* scalar, unsigned char const* point) {
    static auto* const real =
        next<int(unsigned char*, unsigned char const*, unsigned char const*)>("crypto_scalarmult");
    return declassified(real(out, scalar, point));
}
}
