#include "protocol/engine/self.hpp"

#include "base/byte_reader.hpp"
#include "crypto/labels.hpp"
#include "protocol/register/book.hpp"

#include <algorithm>

namespace fanlight::protocol {

policy::Agreement const* Self::version(AgreementId const& id) const {
    if (id == agreement.id) return &agreement;
    auto const* known = book == nullptr ? nullptr : book->find(id);
    return known == nullptr ? nullptr : &known->agreement;
}

std::string Self::name_of(PartyId const& id) const {
    if (auto const* entry = agreement.find(id)) return entry->name;
    if (book == nullptr) return id.text();
    auto const& versions = book->versions();
    for (auto version = versions.rbegin(); version != versions.rend(); ++version)
        if (auto const* entry = version->agreement.find(id)) return entry->name;
    return id.text();
}

LeafDraft::LeafDraft(Self const& self, Instant now) : self_(self) {
    add(crypto::FieldTag::agreement_id, self.agreement.id.view());
    number(crypto::FieldTag::time, to_wire(now));
}

LeafDraft& LeafDraft::add(crypto::FieldTag tag, ByteView value) {
    fields_.push_back(crypto::make_field(tag, value, self_.random, about_));
    return *this;
}

LeafDraft& LeafDraft::number(crypto::FieldTag tag, std::uint64_t value) {
    Bytes bytes;
    append_u64(bytes, value);
    return add(tag, bytes);
}

LeafDraft& LeafDraft::about(std::optional<crypto::Pseudonym> const& subject) {
    about_ = subject;
    return *this;
}

void LeafDraft::write(crypto::LeafClass kind, crypto::ExchangeTag const& exchange, Effects& effects) && {
    effects.leaves.push_back(crypto::make_entry(kind, self_.agreement.id, exchange, std::move(fields_)));
}

Bytes seal_at_rest(Self const& self, ByteView secret) {
    auto const nonce = self.random.make<crypto::Nonce>();
    auto sealed = to_bytes(nonce.view());
    append(sealed, crypto::aead_seal(self.at_rest_key, nonce,
                                     as_bytes(crypto::label(self.mode(), crypto::Label::at_rest)), secret));
    return sealed;
}

Result<crypto::SecretBytes> open_at_rest(Self const& self, ByteView sealed) {
    constexpr auto where = "stored secret";
    if (sealed.size() < crypto::Nonce::size_bytes) return fail(Errc::damaged, where);
    FANLIGHT_TRY(auto const nonce, crypto::Nonce::parse(sealed.first(crypto::Nonce::size_bytes)));
    auto plain =
        crypto::aead_open(self.at_rest_key, nonce, as_bytes(crypto::label(self.mode(), crypto::Label::at_rest)),
                          sealed.subspan(crypto::Nonce::size_bytes));
    if (!plain) return fail(Errc::damaged, where);
    auto& bytes = plain.assume_value();
    crypto::SecretBytes secret(bytes.size());
    std::ranges::copy(bytes, secret.writable().begin());
    crypto::detail::wipe(bytes);
    return secret;
}

namespace {
crypto::Pseudonym pseudonym(Self const& self, ByteView of) {
    return crypto::Pseudonym::make([&](MutableBytes out) {
        crypto::blake2b(out, self.subject_key.reveal(),
                        {as_bytes(crypto::label(self.mode(), crypto::Label::subject)), of});
    });
}
} // namespace

crypto::Pseudonym subject_of(Self const& self, RecordRow row) {
    return pseudonym(self, ByteWriter().u64(static_cast<std::uint64_t>(row)).take());
}

crypto::Pseudonym subject_of(Self const& self, CaseId const& id, std::size_t person) {
    return pseudonym(self, ByteWriter().raw(id.view()).u8(static_cast<std::uint8_t>(person)).take());
}

} // namespace fanlight::protocol
