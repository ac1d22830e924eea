// Makes the self-signed certificate (RFC 5280, RFC 8410) with OpenSSL.

#include "node/net/certificate.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <memory>

namespace fanlight::node {

namespace {

struct Free {
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(BIGNUM* number) const { BN_free(number); }
    void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};
template <class T> using Owned = std::unique_ptr<T, Free>;

constexpr std::size_t common_name_length_max = 64; // RFC 5280, appendix A: ub-common-name
constexpr std::size_t serial_bytes = 16;           // RFC 5280, section 4.1.2.2: at most 20, positive
constexpr std::chrono::years validity{20};

bool set_serial(X509& certificate) {
    std::array<unsigned char, serial_bytes> random{};
    if (RAND_bytes(random.data(), int(random.size())) != 1) return false;
    random[0] = static_cast<unsigned char>((random[0] & 0x3FU) | 0x40U); // positive, and always the same length
    Owned<BIGNUM> const number(BN_bin2bn(random.data(), int(random.size()), nullptr));
    return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(&certificate)) != nullptr;
}

bool set_validity(X509& certificate, Instant not_before) {
    using namespace std::chrono;
    auto const day = day_of(not_before);
    auto last = year_month_day(day) + validity;
    if (!last.ok()) last = last.year() / last.month() / std::chrono::last; // from 29 February
    auto const seconds_of = [](Instant instant) { return floor<seconds>(instant).time_since_epoch().count(); };
    auto const not_after = sys_days(last) + (not_before - day);
    return ASN1_TIME_set(X509_getm_notBefore(&certificate), seconds_of(not_before)) != nullptr &&
           ASN1_TIME_set(X509_getm_notAfter(&certificate), seconds_of(not_after)) != nullptr;
}

/// Issuer and subject are the same: it is self-signed.
bool set_name(X509& certificate, std::string const& common_name) {
    auto* const subject = X509_get_subject_name(&certificate);
    auto const text = as_bytes(common_name);
    return X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8, text.data(), int(text.size()), -1, 0) ==
               1 &&
           X509_set_issuer_name(&certificate, subject) == 1;
}

bool add_extension(X509& certificate, int which, char const* value) {
    Owned<X509_EXTENSION> const extension(X509V3_EXT_conf_nid(nullptr, nullptr, which, value));
    return extension && X509_add_ext(&certificate, extension.get(), -1) == 1;
}

} // namespace

Pin pin_of(ByteView certificate_der) {
    return crypto::sha256({certificate_der});
}

Result<Bytes> make_certificate(crypto::SigningKey const& tls_key, std::string const& common_name, Instant not_before) {
    auto const printable = [](char c) { return c >= ' ' && c <= '~'; };
    if (common_name.empty() || common_name.size() > common_name_length_max ||
        !std::all_of(common_name.begin(), common_name.end(), printable))
        return fail(Errc::malformed, "TLS certificate: common name", "Use 1 to 64 printable ASCII characters.");

    auto const seed = tls_key.reveal_seed();
    Owned<EVP_PKEY> const key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
    Owned<X509> const certificate(X509_new());
    constexpr long version_3 = 2;
    if (!key || !certificate || X509_set_version(certificate.get(), version_3) != 1 || !set_serial(*certificate) ||
        !set_validity(*certificate, not_before) || !set_name(*certificate, common_name) ||
        X509_set_pubkey(certificate.get(), key.get()) != 1 ||
        !add_extension(*certificate, NID_basic_constraints, "critical,CA:FALSE") ||
        !add_extension(*certificate, NID_key_usage, "critical,digitalSignature") ||
        X509_sign(certificate.get(), key.get(), nullptr) <= 0)
        return fail(Errc::io, "TLS certificate: OpenSSL");

    auto const size = i2d_X509(certificate.get(), nullptr);
    if (size <= 0) return fail(Errc::io, "TLS certificate: OpenSSL");
    Bytes der(static_cast<std::size_t>(size));
    auto* out = der.data();
    if (i2d_X509(certificate.get(), &out) != size) return fail(Errc::io, "TLS certificate: OpenSSL");
    return der;
}

} // namespace fanlight::node
