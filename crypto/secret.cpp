// Where libsodium is started and where secret memory comes from and goes to.

#include "crypto/secret.hpp"

#include <sodium.h>

#include <cstdio>
#include <cstdlib>

namespace fanlight::crypto {

void start_library() {
    // sodium_init is safe from several threads and cheap when repeated.
    if (sodium_init() < 0) detail::stop("libsodium could not be started: the system has no source of randomness");
}

namespace detail {

void stop(char const* why) {
    std::fprintf(stderr, "fanlight: %s\n", why);
    std::abort();
}

void SecretPages::operator()(std::uint8_t* pages) const {
    sodium_free(pages); // wipes first, and stops the process if a guard was written over
}

SecretPointer allocate_secret(std::size_t size) {
    start_library();
    // A size of nothing still gets its own pages, so that an empty passphrase needs no case of its own.
    auto const bytes = std::max<std::size_t>(size, 1);
    auto* const pages = static_cast<std::uint8_t*>(sodium_malloc(bytes));
    if (pages == nullptr) stop("there is no memory left for a secret");
    sodium_memzero(pages, bytes); // sodium_malloc fills with 0xdb
    return SecretPointer(pages);
}

void wipe(MutableBytes bytes) {
    sodium_memzero(bytes.data(), bytes.size());
}

// Not put into its caller: its frame has to lie where theirs were.
[[gnu::noinline]] void wipe_stack() {
    std::array<std::uint8_t, 4096> frames; // a multiplication by libsodium takes less
    sodium_memzero(frames.data(), frames.size());
}

bool equal(ByteView left, ByteView right) {
    if (left.size() != right.size()) return false;
    return left.empty() || sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

} // namespace detail

} // namespace fanlight::crypto
