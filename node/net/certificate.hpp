#pragma once
// A node's TLS certificate: self-signed Ed25519 X.509, trusted by nobody except through its pin.

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "crypto/hash.hpp"
#include "crypto/signing.hpp"

#include <string>

namespace fanlight::node {

/// SHA-256 of the whole certificate in DER, as the TLS key note of a party states it.
using Pin = crypto::Sha256;
Pin pin_of(ByteView certificate_der);

/// A certificate in DER for 20 years from `not_before`, with a random serial: two calls never give the same pin.
/// `common_name` is for people who look at a packet trace, 1 to 64 printable ASCII characters, else Errc::malformed;
/// it is public and proves nothing. Errc::io when OpenSSL fails. Nothing in Fanlight reads the dates: the agreement's
/// register says how long a pin counts.
Result<Bytes> make_certificate(crypto::SigningKey const& tls_key, std::string const& common_name, Instant not_before);

} // namespace fanlight::node
