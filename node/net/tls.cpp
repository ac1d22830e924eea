// OpenSSL settings of a link and the pin check, which is the whole of trust: no authority, no name, no date.

#include "node/net/tls.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

#include <algorithm>

namespace fanlight::node {

namespace {

struct Free {
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(unsigned char* bytes) const { OPENSSL_free(bytes); }
};
template <class T> using Owned = std::unique_ptr<T, Free>;

std::optional<std::size_t> index_of(X509 const* certificate, std::vector<Pin> const& pins) {
    unsigned char* raw = nullptr;
    auto const size = i2d_X509(certificate, &raw);
    Owned<unsigned char> const der(raw);
    if (size <= 0) return std::nullopt;
    auto const pin = pin_of({der.get(), static_cast<std::size_t>(size)});
    auto const found = std::find(pins.begin(), pins.end(), pin); // pins are public: no constant time needed
    if (found == pins.end()) return std::nullopt;
    return static_cast<std::size_t>(found - pins.begin());
}

/// Replaces OpenSSL's chain building: exactly one certificate (depth 0), and its pin is one of ours. That the other end
/// holds the private key is proved by its CertificateVerify message (RFC 8446, section 4.4.3).
int check_pin(X509_STORE_CTX* check, void* pins) {
    auto const* const sent = X509_STORE_CTX_get0_untrusted(check);
    auto const* const leaf = X509_STORE_CTX_get0_cert(check);
    auto const alone = sent == nullptr || sk_X509_num(sent) <= 1;
    if (!alone || leaf == nullptr || !index_of(leaf, *static_cast<std::vector<Pin> const*>(pins))) {
        X509_STORE_CTX_set_error(check, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT); // sent as alert "unknown CA"
        return 0;
    }
    X509_STORE_CTX_set_error(check, X509_V_OK);
    return 1;
}

/// TLS 1.3 with one signature scheme and one group; every connection is a full handshake.
bool restrict_to_one_way(SSL_CTX* context, TlsEnd end) {
    char scheme[] = "ed25519"; // writable, because OpenSSL's macros cast const away
    char group[] = "X25519";
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set1_sigalgs_list(context, scheme) == 1 && SSL_CTX_set1_groups_list(context, group) == 1 &&
           (end == TlsEnd::client || SSL_CTX_set_num_tickets(context, 0) == 1);
}

} // namespace

Result<std::shared_ptr<Tls const>> Tls::make(TlsIdentity const& identity, TlsEnd end, std::vector<Pin> peers) {
    Owned<SSL_CTX> context(SSL_CTX_new(end == TlsEnd::server ? TLS_server_method() : TLS_client_method()));
    if (!context || !restrict_to_one_way(context.get(), end)) return fail(Errc::io, "TLS settings: OpenSSL");

    auto const* der = identity.certificate_der.data();
    auto const* const der_end = der + identity.certificate_der.size();
    Owned<X509> const certificate(d2i_X509(nullptr, &der, static_cast<long>(identity.certificate_der.size())));
    if (!certificate || der != der_end || SSL_CTX_use_certificate(context.get(), certificate.get()) != 1)
        return fail(Errc::malformed, "our TLS certificate");

    auto const seed = identity.key->reveal_seed(); // a view of locked pages: there is no copy of ours to wipe
    Owned<EVP_PKEY> const key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
    if (!key) return fail(Errc::io, "TLS settings: OpenSSL");
    if (SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1 || SSL_CTX_check_private_key(context.get()) != 1) {
        ERR_clear_error();
        return fail(Errc::wrong_key, "our TLS certificate", "Make a new certificate and publish its key note.");
    }

    std::shared_ptr<Tls> const tls(new Tls(context.release(), std::move(peers)));
    // OpenSSL passes the pins back as void*; they are only read.
    SSL_CTX_set_cert_verify_callback(tls->context_, check_pin, const_cast<std::vector<Pin>*>(&tls->peers_));
    return std::shared_ptr<Tls const>(tls);
}

Tls::~Tls() {
    SSL_CTX_free(context_);
}

ssl_st* Tls::new_connection() const {
    return SSL_new(context_);
}

std::optional<std::size_t> Tls::peer_of(ssl_st const* connection) const {
    auto const* const certificate = SSL_get0_peer_certificate(connection);
    if (certificate == nullptr || SSL_get_verify_result(connection) != X509_V_OK) return std::nullopt;
    return index_of(certificate, peers_);
}

Error tls_error(unsigned long code) {
    switch (ERR_GET_REASON(code)) {
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
        return {Errc::wrong_key, "link: the certificate of the other end",
                "Its pin is in no key note that this node has: wrong address, a new certificate, or an impostor."};
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        return {Errc::wrong_key, "link: the certificate of the other end",
                "It showed none; it is not a Fanlight node."};
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
        return {Errc::refused, "link: our certificate",
                "The other end did not accept our certificate: it has not seen the key note that carries its pin."};
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
        return {Errc::version_mismatch, "link: TLS", "Fanlight speaks TLS 1.3 only."};
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
        return {Errc::unreachable, "link: the other end", "It closed the connection without saying why."};
    default: return {Errc::malformed, "link: TLS", "The other end does not speak as a Fanlight node does."};
    }
}

} // namespace fanlight::node
