#pragma once
// Hashes and keyed hashes, all from libsodium.

#include "base/bytes.hpp"

#include <initializer_list>
#include <memory>

namespace fanlight::crypto {

using Sha256 = Tagged<struct Sha256Tag, 32>;
using Sha512 = Tagged<struct Sha512Tag, 64>;

Sha256 sha256(std::initializer_list<ByteView> parts); ///< of the concatenation
/// The same of what comes piece by piece.
class Sha256Stream {
  public:
    Sha256Stream();
    Sha256Stream(Sha256Stream&&) noexcept;
    Sha256Stream& operator=(Sha256Stream&&) noexcept;
    ~Sha256Stream();
    void add(ByteView part);
    Sha256 end(); ///< once

  private:
    struct State;
    std::unique_ptr<State> state_;
};
Sha512 sha512(std::initializer_list<ByteView> parts);
Sha256 hmac_sha256(ByteView key, std::initializer_list<ByteView> parts); ///< RFC 2104; any key length

/// BLAKE2b of the concatenation with `key` (0 to 64 bytes), `out.size()` 16 to 64 bytes. The output of a derivation
/// is written in place, so that a secret never passes through an ordinary buffer.
void blake2b(MutableBytes out, ByteView key, std::initializer_list<ByteView> parts);

} // namespace fanlight::crypto
