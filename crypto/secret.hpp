#pragma once
// Secrets are types: move-only, wiped, never printed, compared in constant time, with the purpose in the type.

#include "base/bytes.hpp"

#include <cassert>
#include <memory>
#include <utility>

namespace fanlight::crypto {

/// libsodium must be started before its first use; every constructor here does. Stops the process if it cannot.
void start_library();

namespace detail {
/// Zeroed pages that are guarded and left out of core dumps (sodium_malloc); wiped and freed by the deleter. They are
/// locked as far as RLIMIT_MEMLOCK reaches: libsodium does not fail when the kernel refuses. Stops the process if
/// there is no memory.
struct SecretPages {
    void operator()(std::uint8_t* pages) const;
};
using SecretPointer = std::unique_ptr<std::uint8_t[], SecretPages>;
SecretPointer allocate_secret(std::size_t size);
void wipe(MutableBytes bytes);
/// Overwrites what the functions called before have left on the stack, below the caller's frame. libsodium 1.0.18 does
/// not wipe all of its own buffers: BLAKE2b's output stays there, and scalars that were added.
void wipe_stack();
bool equal(ByteView left, ByteView right); ///< constant time for equal sizes; sizes are public
/// Ends the process with one line on the standard error stream: for what no caller can mend. `why` is a literal.
[[noreturn]] void stop(char const* why);
} // namespace detail

/// N secret bytes. A short-lived secret lies in the object itself and is wiped; a long-lived one belongs in
/// LockedSecret.
template <class Tag, std::size_t N> class Secret {
  public:
    static constexpr std::size_t size_bytes = N;

    Secret(Secret&& other) noexcept : bytes_(other.bytes_) { other.clear(); }
    Secret& operator=(Secret&& other) noexcept {
        if (this != &other) {
            bytes_ = other.bytes_;
            other.clear();
        }
        return *this;
    }
    Secret(Secret const&) = delete;
    Secret& operator=(Secret const&) = delete;
    ~Secret() { clear(); }

    /// Made in place: `fill` gets N bytes to write. What it leaves on the stack is wiped.
    template <class Fill> static Secret make(Fill&& fill) {
        Secret secret;
        fill(MutableBytes(secret.bytes_));
        detail::wipe_stack();
        return secret;
    }
    /// Exactly N bytes, or Errc::malformed.
    static Result<Secret> parse(ByteView bytes, char const* where = "secret") {
        if (bytes.size() != N) return fail(Errc::malformed, where);
        return make([&](MutableBytes out) { std::copy(bytes.begin(), bytes.end(), out.begin()); });
    }
    Secret copy() const {
        return make([this](MutableBytes out) { std::copy(bytes_.begin(), bytes_.end(), out.begin()); });
    }
    /// The only way to the bytes; the view lives as long as the secret.
    ByteView reveal() const { return bytes_; }
    friend bool equal(Secret const& left, Secret const& right) { return detail::equal(left.bytes_, right.bytes_); }

  private:
    Secret() = default;
    void clear() { detail::wipe(bytes_); }
    std::array<std::uint8_t, N> bytes_{};
};

/// The same for keys that live as long as the process: in locked pages that no core dump holds.
template <class Tag, std::size_t N> class LockedSecret {
  public:
    static constexpr std::size_t size_bytes = N;
    LockedSecret(LockedSecret&&) noexcept = default;
    LockedSecret& operator=(LockedSecret&&) noexcept = default;

    /// As Secret::make.
    template <class Fill> static LockedSecret make(Fill&& fill) {
        LockedSecret secret;
        fill(MutableBytes(secret.pages_.get(), N));
        detail::wipe_stack();
        return secret;
    }
    static Result<LockedSecret> parse(ByteView bytes, char const* where = "secret") {
        if (bytes.size() != N) return fail(Errc::malformed, where);
        return make([&](MutableBytes out) { std::copy(bytes.begin(), bytes.end(), out.begin()); });
    }
    /// Not after a move.
    ByteView reveal() const {
        assert(pages_ != nullptr);
        return {pages_.get(), N};
    }

  private:
    LockedSecret() : pages_(detail::allocate_secret(N)) {}
    detail::SecretPointer pages_;
};

/// Secret bytes of a size known only at run time (a passphrase, a serialised keyring).
class SecretBytes {
  public:
    explicit SecretBytes(std::size_t size) : pages_(detail::allocate_secret(size)), size_(size) {}
    SecretBytes(SecretBytes&& other) noexcept : pages_(std::move(other.pages_)), size_(std::exchange(other.size_, 0)) {}
    SecretBytes& operator=(SecretBytes&& other) noexcept {
        pages_ = std::move(other.pages_);
        size_ = std::exchange(other.size_, 0);
        return *this;
    }
    MutableBytes writable() { return {pages_.get(), size_}; }
    ByteView reveal() const { return {pages_.get(), size_}; }

  private:
    detail::SecretPointer pages_;
    std::size_t size_;
};

} // namespace fanlight::crypto
