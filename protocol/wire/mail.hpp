#pragma once
// Signing and sealing of messages: who said it, to whom, under which agreement, in answer to what; and nobody between
// can read it or tell it from another of its size class (docs/protocol.md).
//
//   signature over  "<label>/message/<type>\0" || sender || recipient || agreement id || exchange id || time ||
//                   SHA-256(payload answered) || exact payload
//   sealed          to the recipient's sealing key: u32 length || Envelope || zero bytes up to the size class

#include "protocol/key_note.hpp"
#include "protocol/wire/wire.hpp"

namespace fanlight::protocol {

/// Plain sizes that a sealed message may have. A query always fills the class of 120 KiB, and nothing else commonly
/// does; an answer fills the first.
inline constexpr std::size_t query_class = 122880;
inline constexpr std::array<std::size_t, 6> size_classes{1024, 4096, 32768, 65536, query_class, 262144};
static_assert(4 + query_bytes_max <= query_class, "every query fits its class");

struct Parties {
    Mode mode;
    PartyId const& sender;
    PartyId const& recipient;
};

/// Signs `envelope` (its signature is set here) and seals it. Errc::too_large over the last size class.
Result<Bytes> seal_envelope(Parties const& parties, Envelope envelope, crypto::SigningKey const& node_key,
                            crypto::SealingPublicKey const& recipient, crypto::Random& random);
/// Opens and checks the signature. Errc::bad_signature: not for us, altered, or not by `sender_key`.
Result<Envelope> open_envelope(Parties const& parties, ByteView sealed, crypto::SealingKey const& key,
                               crypto::VerifyKey const& sender_key);

/// What a key holder's signature under a receipt covers.
Bytes receipt_bytes(Mode mode, PartyId const& holder, std::uint64_t served);

/// What a statement's signature covers.
Bytes statement_bytes(Mode mode, AgreementId const& agreement, Statement const& statement);
Statement sign_statement(Mode mode, AgreementId const& agreement, Statement statement,
                         crypto::SigningKey const& node_key);
[[nodiscard]] bool verify_statement(Mode mode, AgreementId const& agreement, Statement const& statement,
                                    crypto::VerifyKey const& party_key);

} // namespace fanlight::protocol
