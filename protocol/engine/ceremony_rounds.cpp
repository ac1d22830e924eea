// What a participant says in each round, and what it checks before it goes on.

#include "crypto/labels.hpp"
#include "protocol/engine/ceremony.hpp"

#include <cassert>

namespace fanlight::protocol {

void Ceremony::heard(Instant now, Incoming const& incoming, CeremonyMessage const& message, Effects& effects) {
    auto const& session = *session_;
    if (session.is_over()) return;
    Said said{incoming.sender, message.kind, message.body, message.signature};
    if (said.kind == CeremonyKind::joined) {
        auto const joined = decode_said_joined(said.body);
        if (joined && joined.assume_value().proposal != session.fingerprint)
            return complain(now, {CeremonyClaim::other_proposal, said.party, {}, {}, {}}, effects);
    }
    auto const shown = hearsay_of(said);
    if (!verify_said(self_, session, shown))
        return post_.refuse(now, incoming, "what was said in the ceremony is not signed", effects);
    if (auto const* before = session.find(said.kind, said.party); before != nullptr) {
        if (before->body == said.body) return;
        return complain(now, {CeremonyClaim::equivocation, said.party, {hearsay_of(*before), shown}, {}, {}}, effects);
    }
    if (!well_formed(session, said))
        return complain(now, {CeremonyClaim::malformed, said.party, {}, {said}, {}}, effects);
    store(said, effects);
    advance(now, effects);
}

void Ceremony::dealt(Instant now, Incoming const& incoming, CeremonyMessage const& message, Effects& effects) {
    auto const& session = *session_;
    auto const& dealer = incoming.sender;
    if (session.is_over()) return;
    if (!session.receives(self_.party) || !session.deals(dealer))
        return post_.refuse(now, incoming, "share is not for this node, or not from a dealer", effects);
    if (session.shares.contains(dealer))
        return post_.refuse(now, incoming, "share of this dealer is here already", effects);
    auto const unreadable = [&] { complain(now, {CeremonyClaim::unreadable_share, dealer, {}, {}, {}}, effects); };
    auto const sealed = decode_sealed_share(message.body);
    if (!sealed) return unreadable();
    auto opened =
        crypto::open(self_.share_sealing_key, as_bytes(crypto::label(self_.mode(), crypto::Label::share_seal)),
                     sealed.assume_value().sealed);
    if (!opened) return unreadable();
    auto& plain = opened.assume_value();
    using Share = decltype(ReceivedShare::share);
    auto share = Share::parse(ByteView(plain).first(Share::size_bytes)).value();
    auto const signature = crypto::Signature::parse(ByteView(plain).subspan(Share::size_bytes)).value();
    crypto::detail::wipe(plain);
    auto const covered = share_bytes(self_.mode(), session, dealer, self_.party, share.reveal());
    if (!crypto::verify(self_.directory.at(dealer).node, covered, signature)) return unreadable();
    store(dealer, {std::move(share), signature}, effects);
    advance(now, effects);
}

void Ceremony::advance(Instant now, Effects& effects) {
    for (bool moved = true; moved;) {
        switch (session_->stage) {
        case CeremonyStage::committing: moved = reveal(now, effects); break;
        case CeremonyStage::revealing: moved = share_out(now, effects); break;
        case CeremonyStage::sharing: moved = sign(now, effects); break;
        case CeremonyStage::signing: moved = finish(now, effects); break;
        case CeremonyStage::proposed:
        case CeremonyStage::complete:
        case CeremonyStage::aborted: moved = false;
        }
    }
}

/// From the seed; in a reshare with lambda_i * k_i as its constant term.
Result<crypto::Polynomial> Ceremony::polynomial(crypto::CeremonySeed const& seed) const {
    auto const& proposal = session_->proposal;
    auto const context = ceremony_context(self_.mode(), *session_, self_.party);
    if (!session_->is_reshare()) return crypto::Polynomial::derive(seed, context, proposal.threshold);
    auto const* before = sharing_dealt(epochs_, proposal);
    if (before == nullptr || !before->share)
        return fail(Errc::missing, "old share", "This node has no share of the key that it could deal.");
    FANLIGHT_TRY(auto const set, dealer_set(before->certificate, proposal));
    auto const index = before->certificate.share_index(self_.party);
    assert(index); // dealer_set has found everybody
    FANLIGHT_TRY(auto const constant, crypto::fold(*before->share, *index, set));
    return crypto::Polynomial::derive(seed, context, proposal.threshold, constant);
}

bool Ceremony::reveal(Instant now, Effects& effects) {
    auto const& session = *session_;
    for (auto const& party : session.proposal.participants())
        if (session.find(CeremonyKind::joined, party) == nullptr) return false;
    if (session.deals(self_.party)) {
        auto const own = polynomial(*session.seed);
        if (!own) return give_up(now, AbandonReason::no_share, effects), false;
        auto const context = ceremony_context(self_.mode(), session, self_.party);
        SaidCommitments const said{own.assume_value().commitments(),
                                   own.assume_value().prove_constant(*session.seed, context)};
        say(now, CeremonyKind::commitments, encode(said), effects);
    }
    enter(now, CeremonyStage::revealing, effects);
    return true;
}

/// Everybody has joined, so that there is a hash of every dealer.
std::optional<CeremonyComplaint> Ceremony::fault_in(Said const& commitments) const {
    auto const& session = *session_;
    auto const& dealer = commitments.party;
    auto const& joined = *session.find(CeremonyKind::joined, dealer);
    if (!is_promised(self_, session, joined, commitments))
        return CeremonyComplaint{CeremonyClaim::other_commitments, dealer, {}, {joined, commitments}, {}};
    if (!knows_constant(self_, session, commitments))
        return CeremonyComplaint{CeremonyClaim::unknown_constant, dealer, {}, {commitments}, {}};
    if (!session.is_reshare()) return std::nullopt;
    auto const* before = sharing_dealt(epochs_, session.proposal);
    if (before == nullptr || !deals_rightly(session, *before, commitments))
        return CeremonyComplaint{CeremonyClaim::other_constant, dealer, {}, {commitments}, {}};
    return std::nullopt;
}

bool Ceremony::share_out(Instant now, Effects& effects) {
    auto const& session = *session_;
    if (session.is_reshare() && sharing_dealt(epochs_, session.proposal) == nullptr)
        return give_up(now, AbandonReason::not_allowed, effects), false; // another sharing came meanwhile
    bool all = true;
    for (auto const& dealer : session.proposal.dealers) {
        auto const* said = session.find(CeremonyKind::commitments, dealer);
        all = all && said != nullptr;
        if (said == nullptr || dealer == self_.party) continue;
        if (auto const fault = fault_in(*said)) return complain(now, *fault, effects), false;
    }
    if (!all) return false;

    if (session.deals(self_.party)) {
        auto const own = polynomial(*session.seed);
        if (!own) return give_up(now, AbandonReason::no_share, effects), false;
        std::vector<std::pair<PartyId, Bytes>> sealed;
        for (auto const& receiver : session.proposal.holders) {
            if (receiver == self_.party) continue; // made from the seed when it is needed
            auto one = seal_share(own.assume_value(), receiver);
            if (!one) return give_up(now, AbandonReason::unsealable, effects), false;
            sealed.emplace_back(receiver, encode(SealedShare{std::move(one).assume_value()}));
        }
        for (auto& [receiver, body] : sealed)
            send(now, session.proposal.id, receiver, CeremonyKind::share, std::move(body), effects);
    }
    SaidHeard said;
    for (auto const& party : session.proposal.participants()) {
        if (party == self_.party) continue;
        said.items.push_back(hearsay_of(*session.find(CeremonyKind::joined, party)));
        if (session.deals(party)) said.items.push_back(hearsay_of(*session.find(CeremonyKind::commitments, party)));
    }
    say(now, CeremonyKind::heard, encode(said), effects);
    enter(now, CeremonyStage::sharing, effects);
    return true;
}

Result<Bytes> Ceremony::seal_share(crypto::Polynomial const& own, PartyId const& receiver) const {
    FANLIGHT_TRY(auto const share, own.share_for(*session_->index_of(receiver)));
    auto const covered = share_bytes(self_.mode(), *session_, self_.party, receiver, share.reveal());
    auto const signature = self_.node_key.sign(covered);
    crypto::SecretBytes plain(SealedShare::plain_bytes);
    auto const rest = std::copy(share.reveal().begin(), share.reveal().end(), plain.writable().begin());
    std::copy(signature.view().begin(), signature.view().end(), rest);
    return crypto::seal(self_.directory.at(receiver).share_sealing,
                        as_bytes(crypto::label(self_.mode(), crypto::Label::share_seal)), plain.reveal(), self_.random);
}

/// Whether somebody told `heard.party` something else than us. We have everything that can be on its list.
std::optional<CeremonyComplaint> Ceremony::fault_in_heard(Said const& heard) const {
    auto const list = decode_said_heard(heard.body).value(); // it is well-formed
    for (auto const& item : list.items) {
        auto const ours = hearsay_of(*session_->find(item.kind, item.party));
        if (ours.body_hash == item.body_hash) continue;
        if (verify_said(self_, *session_, item))
            return CeremonyComplaint{CeremonyClaim::equivocation, item.party, {ours, item}, {}, {}};
        return CeremonyComplaint{CeremonyClaim::false_hearsay, heard.party, {}, {heard}, {}};
    }
    return std::nullopt;
}

/// Our new share: what everybody dealt to us and we to ourselves. None if we only deal.
Result<std::optional<crypto::OprfKey>> Ceremony::own_share() const {
    auto const& session = *session_;
    auto const index = session.index_of(self_.party);
    if (!index) return std::optional<crypto::OprfKey>();
    std::vector<crypto::OprfKey> parts;
    for (auto const& [dealer, received] : session.shares) {
        FANLIGHT_TRY(auto part, crypto::parse_oprf_key(received.share.reveal()));
        parts.push_back(std::move(part));
    }
    if (session.deals(self_.party)) {
        FANLIGHT_TRY(auto const own, polynomial(*session.seed));
        FANLIGHT_TRY(auto part, own.share_for(*index));
        parts.push_back(std::move(part));
    }
    FANLIGHT_TRY(auto sum, crypto::add_shares(parts));
    return std::optional(std::move(sum));
}

bool Ceremony::sign(Instant now, Effects& effects) {
    auto& session = *session_;
    auto const index = session.index_of(self_.party);
    bool all = true;
    for (auto const& party : session.proposal.participants()) {
        if (party == self_.party) continue;
        auto const* said = session.find(CeremonyKind::heard, party);
        all = all && said != nullptr;
        if (said == nullptr) continue;
        if (auto const fault = fault_in_heard(*said)) return complain(now, *fault, effects), false;
    }
    for (auto const& dealer : session.proposal.dealers) {
        if (!index || dealer == self_.party) continue;
        auto const received = session.shares.find(dealer);
        all = all && received != session.shares.end();
        if (received == session.shares.end()) continue;
        auto const& commitments = *session.find(CeremonyKind::commitments, dealer);
        auto const& [share, signature] = received->second;
        if (fits(share.reveal(), *index, commitments)) continue;
        auto const shown = DisputedShare::parse(share.reveal()).value();
        return complain(now, {CeremonyClaim::wrong_share, dealer, {}, {commitments}, ShareEvidence{shown, signature}},
                        effects),
               false;
    }
    if (!all) return false;

    auto const certificate = certificate_of(session);
    auto const share = own_share();
    bool const sound =
        certificate && share &&
        (!index || crypto::public_of(*share.assume_value()) == certificate.assume_value().holder_public[*index - 1U]);
    if (!sound) return give_up(now, AbandonReason::no_key, effects), false;
    if (used_[session.proposal.epoch] >= session.proposal.sharing)
        return give_up(now, AbandonReason::number_used, effects), false;
    mark_used(effects);
    session.certificate = fingerprint(self_.agreement, certificate.assume_value());
    auto const text = key_certificate_text(self_.agreement, certificate.assume_value());
    auto const name = crypto::parse_vkey(self_.own_entry().signing_key);
    assert(name); // the agreement was checked
    SaidSignature const said{crypto::sign_note_line(text, name.assume_value().name, self_.signing_key)};
    say(now, CeremonyKind::signature, encode(said), effects);
    enter(now, CeremonyStage::signing, effects);
    return true;
}

bool Ceremony::finish(Instant now, Effects& effects) {
    auto const& session = *session_;
    auto const certificate = certificate_of(session);
    assert(certificate); // we have signed it
    auto const text = key_certificate_text(self_.agreement, certificate.assume_value());
    std::vector<std::string> lines; // in order of party, so that everybody has the same note
    for (auto const& party : session.proposal.participants()) {
        auto const* said = session.find(CeremonyKind::signature, party);
        if (said == nullptr) continue;
        if (!signs(self_.agreement, party, text, *said))
            return complain(now, {CeremonyClaim::wrong_signature, party, {}, {*said}, {}}, effects), false;
        lines.push_back(decode_said_signature(said->body).value().line);
    }
    if (lines.size() != session.proposal.participants().size()) return false;
    auto const note = crypto::format_note(text, lines);
    auto share = own_share();
    auto taken = share ? epochs_.accept(now, note, std::move(share).assume_value(), effects)
                       : Result<void>(std::move(share).as_failure());
    if (!taken) { // another certificate came meanwhile
        end(now, CauseKind::stated, {describe(taken.assume_error()), std::nullopt}, effects);
        return false;
    }
    post_.tell(now, self_.agreement.coordinator, MessageType::key_certificate, encode(CertificateMessage{note}),
               effects);
    completed(now, effects);
    return false;
}

} // namespace fanlight::protocol
