#include "protocol/engine/ceremony_session.hpp"

#include "base/byte_reader.hpp"
#include "crypto/labels.hpp"

#include <algorithm>
#include <set>

namespace fanlight::protocol {

namespace {

bool contains(std::vector<PartyId> const& list, PartyId const& party) {
    return std::find(list.begin(), list.end(), party) != list.end();
}

Bytes labelled(Mode mode, crypto::Label label) {
    ByteWriter out;
    return out.raw(as_bytes(crypto::label(mode, label))).u8(0).take();
}

SaidCommitments commitments_in(Said const& said) {
    return decode_said_commitments(said.body).value(); // it is well-formed
}

/// Everything that a participant must have heard before round 3: a hash from everybody, commitments from dealers.
std::set<std::pair<PartyId, CeremonyKind>> to_be_heard(CeremonySession const& session, PartyId const& by) {
    std::set<std::pair<PartyId, CeremonyKind>> all;
    for (auto const& party : session.proposal.participants()) {
        if (party == by) continue;
        all.emplace(party, CeremonyKind::joined);
        if (session.deals(party)) all.emplace(party, CeremonyKind::commitments);
    }
    return all;
}

bool well_formed_heard(CeremonySession const& session, Said const& said) {
    auto const heard = decode_said_heard(said.body);
    if (!heard) return false;
    auto const& items = heard.value().items;
    auto const expected = to_be_heard(session, said.party);
    // The same order for everybody, each once.
    return std::equal(
        items.begin(), items.end(), expected.begin(), expected.end(),
        [](Hearsay const& item, auto const& one) { return item.party == one.first && item.kind == one.second; });
}

} // namespace

bool CeremonySession::deals(PartyId const& party) const {
    return contains(proposal.dealers, party);
}

std::optional<crypto::ShareIndex> CeremonySession::index_of(PartyId const& party) const {
    return share_index_among(proposal.holders, party);
}

Said const* CeremonySession::find(CeremonyKind kind, PartyId const& party) const {
    auto const found = said.find({kind, party});
    return found == said.end() ? nullptr : &found->second;
}

crypto::Sha256 fingerprint(policy::Agreement const& agreement, CeremonyProposal const& proposal) {
    return crypto::sha256({labelled(agreement.mode, crypto::Label::ceremony), agreement.id.view(), encode(proposal)});
}

Sharing const* sharing_dealt(Epochs const& epochs, CeremonyProposal const& proposal) {
    auto const* epoch = epochs.find(proposal.epoch);
    if (epoch == nullptr || epoch->keys().sharing >= proposal.sharing) return nullptr;
    return &epoch->sharings.back();
}

Result<crypto::HolderSet> dealer_set(KeyCertificate const& before, CeremonyProposal const& proposal) {
    std::vector<crypto::ShareIndex> indices;
    for (auto const& dealer : proposal.dealers) {
        auto const index = before.share_index(dealer);
        if (!index) return fail(Errc::refused, "dealers of a ceremony", "They must hold shares of the key now.");
        indices.push_back(*index);
    }
    return crypto::HolderSet::make(indices, static_cast<std::uint8_t>(before.holders.size()));
}

std::optional<AbandonReason> unfit(Self const& self, Epochs const& epochs, CeremonyProposal const& proposal,
                                   Instant now) {
    constexpr auto not_allowed = AbandonReason::not_allowed;
    auto const& agreement = self.agreement;
    auto const may_hold = [&](PartyId const& party) { return agreement.may_hold_share(party); };
    auto const is_known = [&](PartyId const& party) {
        return agreement.find(party) != nullptr && party != agreement.coordinator;
    };
    bool const allowed =
        std::all_of(proposal.holders.begin(), proposal.holders.end(), may_hold) &&
        std::all_of(proposal.holders.begin(), proposal.holders.end(), is_known) &&
        std::all_of(proposal.dealers.begin(), proposal.dealers.end(), is_known) && !names_twice(proposal.holders) &&
        !names_twice(proposal.dealers) && proposal.threshold == agreement.keys.threshold &&
        proposal.holders.size() >= proposal.threshold && proposal.holders.size() <= limits::holders_max &&
        proposal.proposed_at <= now + limits::clock_skew_max;
    if (!allowed) return not_allowed;
    if (!proposal.group) {
        bool const new_key = proposal.sharing == 1 && proposal.dealers == proposal.holders;
        if (!new_key || proposal.epoch <= epochs.newest()) return not_allowed;
        return std::nullopt;
    }
    auto const* before = sharing_dealt(epochs, proposal);
    if (before == nullptr) return not_allowed;
    auto const& certificate = before->certificate;
    if (certificate.group != *proposal.group || certificate.threshold != proposal.threshold ||
        proposal.dealers.size() != proposal.threshold || !dealer_set(certificate, proposal))
        return not_allowed;
    return std::nullopt;
}

Bytes ceremony_context(Mode mode, CeremonySession const& session, PartyId const& party) {
    ByteWriter out;
    out.raw(labelled(mode, crypto::Label::ceremony_seed)).raw(session.fingerprint.view()).text(party.text());
    return out.take();
}

namespace {
Bytes said_bytes(Mode mode, CeremonySession const& session, CeremonyKind kind, crypto::Sha256 const& body_hash) {
    ByteWriter out;
    out.raw(labelled(mode, crypto::Label::ceremony_said)).raw(session.fingerprint.view()).number(kind);
    return out.raw(body_hash.view()).take();
}
} // namespace

Said sign_said(Self const& self, CeremonySession const& session, CeremonyKind kind, Bytes body) {
    auto const covered = said_bytes(self.mode(), session, kind, crypto::sha256({body}));
    return {self.party, kind, std::move(body), self.node_key.sign(covered)};
}

bool verify_said(Self const& self, CeremonySession const& session, Hearsay const& item) {
    auto const peer = self.directory.find(item.party);
    return peer != self.directory.end() &&
           crypto::verify(peer->second.node, said_bytes(self.mode(), session, item.kind, item.body_hash),
                          item.signature);
}

Bytes share_bytes(Mode mode, CeremonySession const& session, PartyId const& dealer, PartyId const& receiver,
                  ByteView share) {
    // The share itself stays out of an ordinary buffer: its hash is signed.
    ByteWriter out;
    out.raw(labelled(mode, crypto::Label::ceremony_share)).raw(session.fingerprint.view());
    out.text(dealer.text()).text(receiver.text()).raw(crypto::sha256({share}).view());
    return out.take();
}

bool well_formed(CeremonySession const& session, Said const& said) {
    switch (said.kind) {
    case CeremonyKind::joined: {
        auto const joined = decode_said_joined(said.body);
        return joined && joined.value().proposal == session.fingerprint &&
               joined.value().commitment_hash.has_value() == session.deals(said.party);
    }
    case CeremonyKind::commitments: {
        auto const commitments = decode_said_commitments(said.body);
        return commitments && session.deals(said.party) &&
               commitments.value().commitments.size() == session.proposal.threshold;
    }
    case CeremonyKind::heard: return well_formed_heard(session, said);
    case CeremonyKind::signature: return decode_said_signature(said.body).has_value();
    case CeremonyKind::proposal:
    case CeremonyKind::share:
    case CeremonyKind::complaint:
    case CeremonyKind::abandonment:
    case CeremonyKind::progress: break;
    }
    return false;
}

bool is_promised(Self const& self, CeremonySession const& session, Said const& joined, Said const& commitments) {
    auto const said = commitments_in(commitments);
    auto const context = ceremony_context(self.mode(), session, commitments.party);
    return crypto::commitment_hash(context, said.commitments, said.proof) ==
           decode_said_joined(joined.body).value().commitment_hash;
}

bool knows_constant(Self const& self, CeremonySession const& session, Said const& commitments) {
    auto const said = commitments_in(commitments);
    auto const context = ceremony_context(self.mode(), session, commitments.party);
    return crypto::check_constant(said.commitments, context, said.proof).has_value();
}

bool deals_rightly(CeremonySession const& session, Sharing const& before, Said const& commitments) {
    auto const index = before.certificate.share_index(commitments.party);
    auto const set = dealer_set(before.certificate, session.proposal);
    if (!index || !set) return false;
    return crypto::deals_old_share(commitments_in(commitments).commitments.front(),
                                   before.certificate.holder_public[*index - 1U], *index, set.value());
}

bool heard_truly(Self const& self, CeremonySession const& session, Said const& heard) {
    auto const said = decode_said_heard(heard.body).value();
    return std::all_of(said.items.begin(), said.items.end(), [&](Hearsay const& item) {
        // What we have of our own needs no second look: the signature is the same then.
        auto const* own = session.find(item.kind, item.party);
        bool const same =
            own != nullptr && own->signature == item.signature && crypto::sha256({own->body}) == item.body_hash;
        return same || verify_said(self, session, item);
    });
}

bool fits(ByteView share, crypto::ShareIndex index, Said const& commitments) {
    auto const scalar = crypto::parse_oprf_key(share);
    return scalar && crypto::share_fits(scalar.value(), index, commitments_in(commitments).commitments);
}

bool signs(policy::Agreement const& agreement, PartyId const& party, std::string const& text, Said const& signature) {
    auto const said = decode_said_signature(signature.body);
    auto const key = crypto::parse_vkey(agreement.find(party)->signing_key);
    if (!said || !key) return false;
    std::array<std::string, 1> const lines{said.value().line};
    auto const note = crypto::parse_note(crypto::format_note(text, lines));
    // One line, in its one spelling, and by that key: everybody must end with the same note.
    return note && note.value().text == text &&
           crypto::signature_line(note.value().signatures.front()) == lines.front() &&
           crypto::NoteChecker::verify_all(note.value(), {&key.value(), 1}).has_value();
}

Result<KeyCertificate> certificate_of(CeremonySession const& session) {
    constexpr auto where = "key of a ceremony";
    auto const& proposal = session.proposal;
    std::vector<std::vector<crypto::Commitment>> dealt;
    for (auto const& dealer : proposal.dealers) {
        auto const* said = session.find(CeremonyKind::commitments, dealer);
        if (said == nullptr) return fail(Errc::missing, where);
        dealt.push_back(commitments_in(*said).commitments);
    }
    FANLIGHT_TRY(auto const group, crypto::group_public(dealt));
    if (proposal.group && group != *proposal.group) return fail(Errc::malformed, where);
    KeyCertificate certificate{
        proposal.id, proposal.epoch, proposal.sharing, proposal.threshold, proposal.holders, proposal.dealers, group,
        {}};
    for (std::size_t place = 1; place <= proposal.holders.size(); ++place) {
        FANLIGHT_TRY(auto const one, crypto::share_public(dealt, static_cast<crypto::ShareIndex>(place)));
        certificate.holder_public.push_back(one);
    }
    // A sum of polynomials of full degree may itself have a lower one, and then fewer shares would make the key.
    if (!crypto::consistent(certificate.group, certificate.holder_public, certificate.threshold))
        return fail(Errc::malformed, where);
    return certificate;
}

} // namespace fanlight::protocol
