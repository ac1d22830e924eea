#pragma once
// The TLS side of a link: TLS 1.3 only, certificates both ways, trusted by pin alone, no resumption.

#include "base/result.hpp"
#include "node/net/certificate.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

struct ssl_ctx_st; // OpenSSL's SSL_CTX and SSL
struct ssl_st;

namespace fanlight::node {

/// Who this node is to its peers. `key` outlives every server, client and link made with it.
struct TlsIdentity {
    Bytes certificate_der;
    crypto::SigningKey const* key;
};

enum class TlsEnd : std::uint8_t { server, client };

/// OpenSSL settings with the pins that they trust; outlives every connection made from it. Any thread.
class Tls {
  public:
    /// Errc::malformed: not a certificate. Errc::wrong_key: the certificate is for another key. Errc::io: OpenSSL
    /// failed. OpenSSL keeps its own copy of the private key on its heap until the last connection is gone; it wipes it
    /// then.
    static Result<std::shared_ptr<Tls const>> make(TlsIdentity const& identity, TlsEnd end, std::vector<Pin> peers);
    Tls(Tls const&) = delete;
    Tls& operator=(Tls const&) = delete;
    ~Tls();

    ssl_st* new_connection() const; ///< the caller frees it; null when memory is out
    /// After the handshake: which of `peers` the other end is.
    std::optional<std::size_t> peer_of(ssl_st const* connection) const;
    std::vector<Pin> const& peers() const { return peers_; }

  private:
    Tls(ssl_ctx_st* context, std::vector<Pin> peers) : context_(context), peers_(std::move(peers)) {}
    ssl_ctx_st* context_;
    std::vector<Pin> const peers_;
};

/// What an OpenSSL error code (ERR_get_error) means to the person who has to mend it.
Error tls_error(unsigned long code);

} // namespace fanlight::node
