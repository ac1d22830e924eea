// Of a ceremony: saying something, moving on, ending; and its state on disk.

#include "base/byte_reader.hpp"
#include "protocol/engine/ceremony.hpp"

#include <cassert>

namespace fanlight::protocol {

using crypto::FieldTag;

namespace {

// Rows of Space::ceremony. The first byte of a key says what it is.
constexpr std::uint8_t row_marks = 1;
constexpr std::uint8_t row_session = 2;
constexpr std::uint8_t row_seed = 3;
constexpr std::uint8_t row_said = 4;
constexpr std::uint8_t row_share = 5;
constexpr std::uint8_t row_told = 6;
constexpr std::uint8_t row_signed = 7;

Bytes key_of(std::uint8_t row) {
    return Bytes{row};
}
Bytes key_of(std::uint8_t row, PartyId const& party) {
    return ByteWriter().u8(row).text(party.text()).take();
}
Bytes key_of(CeremonyKind kind, PartyId const& party) {
    return ByteWriter().u8(row_said).number(kind).text(party.text()).take();
}
Bytes key_of(std::pair<std::uint32_t, std::uint32_t> const& number) {
    return ByteWriter().u8(row_signed).u32(number.first).u32(number.second).take();
}

char const* event(CeremonyStage stage) {
    switch (stage) {
    case CeremonyStage::proposed: return "ceremony proposed";
    case CeremonyStage::committing: return "ceremony joined";
    case CeremonyStage::revealing: return "ceremony: everybody has joined, commitments shown";
    case CeremonyStage::sharing: return "ceremony: commitments checked, shares dealt";
    case CeremonyStage::signing: return "ceremony: shares checked, certificate signed";
    case CeremonyStage::complete: return "ceremony complete";
    case CeremonyStage::aborted: return "ceremony aborted";
    }
    return "";
}

} // namespace

void Ceremony::send(Instant now, PartyId const& to, CeremonyMessage const& message, Effects& effects) {
    post_.tell(now, to, MessageType::ceremony, encode(message), effects);
}

void Ceremony::send(Instant now, CeremonyId const& id, PartyId const& to, CeremonyKind kind, Bytes body,
                    Effects& effects) {
    send(now, to, {id, kind, std::move(body), {}}, effects);
}

void Ceremony::send_all(Instant now, CeremonyKind kind, Bytes const& body, bool coordinator_too, Effects& effects) {
    for (auto const& party : session_->proposal.participants())
        if (party != self_.party) send(now, session_->proposal.id, party, kind, body, effects);
    if (coordinator_too && !self_.is_coordinator())
        send(now, session_->proposal.id, self_.agreement.coordinator, kind, body, effects);
}

void Ceremony::say(Instant now, CeremonyKind kind, Bytes body, Effects& effects) {
    auto const said = sign_said(self_, *session_, kind, std::move(body));
    store(said, effects);
    for (auto const& party : session_->proposal.participants())
        if (party != self_.party) send(now, party, {session_->proposal.id, kind, said.body, said.signature}, effects);
}

void Ceremony::log(Instant now, std::string const& text, crypto::Sha256 const& about, Effects& effects) const {
    LeafDraft draft(self_, now);
    draft.add(FieldTag::text, text).add(FieldTag::message_hash, about.view());
    if (session_->accused) draft.add(FieldTag::peer, session_->accused->text());
    std::move(draft).write(crypto::LeafClass::key_event, {}, effects);
}

void Ceremony::enter(Instant now, CeremonyStage stage, Effects& effects) {
    session_->stage = stage;
    session_->since = now;
    save_session(effects);
    bool const made = stage == CeremonyStage::complete && session_->certificate;
    log(now, event(stage), made ? *session_->certificate : session_->fingerprint, effects);
    if (self_.is_coordinator()) return;
    send(now, session_->proposal.id, self_.agreement.coordinator, CeremonyKind::progress,
         encode(CeremonyProgress{stage}), effects);
}

void Ceremony::complain(Instant now, CeremonyComplaint const& complaint, Effects& effects) {
    send_all(now, CeremonyKind::complaint, encode(complaint), true, effects);
    auto const verdict = judge(self_, epochs_, *session_, self_.party, complaint);
    end(now, verdict.at_fault ? CauseKind::proven : CauseKind::stated, verdict, effects);
}

void Ceremony::give_up(Instant now, AbandonReason reason, Effects& effects) {
    send_all(now, CeremonyKind::abandonment, encode(CeremonyAbandonment{reason}), true, effects);
    end(now, CauseKind::stated, {self_.party.text() + " " + in_words(reason), std::nullopt}, effects);
}

void Ceremony::end(Instant now, CauseKind kind, Verdict const& verdict, Effects& effects) {
    auto& session = *session_;
    assert(!session.is_over());
    if (session.stage == CeremonyStage::signing && !self_.is_coordinator()) keep_signed(effects);
    forget_secrets(effects);
    session.stage = CeremonyStage::aborted;
    session.since = now;
    session.cause_kind = kind;
    session.cause = verdict.cause;
    session.accused = verdict.at_fault;
    save_session(effects);
    log(now, "ceremony aborted: " + verdict.cause, session.fingerprint, effects);
}

void Ceremony::better_cause(Instant now, CauseKind kind, Verdict const& verdict, Effects& effects) {
    auto& session = *session_;
    if (session.stage != CeremonyStage::aborted || kind <= session.cause_kind) return;
    session.cause_kind = kind;
    session.cause = verdict.cause;
    session.accused = verdict.at_fault;
    save_session(effects);
    log(now, "ceremony was aborted: " + verdict.cause, session.fingerprint, effects);
}

void Ceremony::completed(Instant now, Effects& effects) {
    auto& session = *session_;
    forget_secrets(effects);
    forget_useless(now, effects);
    session.cause_kind = CauseKind::none;
    session.cause.clear();
    session.accused.reset();
    enter(now, CeremonyStage::complete, effects);
}

void Ceremony::certificate(Instant now, std::string_view note, Effects& effects) {
    auto const opened = open_certificate(self_, note);
    if (!opened || self_.is_coordinator()) return; // Epochs says what is wrong with it
    auto const print = fingerprint(self_.agreement, opened.assume_value());
    Number const number{opened.assume_value().epoch, opened.assume_value().sharing};
    bool const here = session_ && session_->certificate == print && session_->stage != CeremonyStage::complete;
    if (here && session_->stage == CeremonyStage::signing) keep_signed(effects);
    auto const found = signed_.find(number);
    if (found == signed_.end() || found->second.certificate != print) return;
    bool const taken = epochs_.accept(now, note, std::move(found->second.share), effects).has_value();
    if (taken && here) return completed(now, effects);
    forget_useless(now, effects);
}

void Ceremony::begin(CeremonySession session, Effects& effects) {
    forget_session(effects);
    session_.emplace(std::move(session));
    save_session(effects);
    save_marks(effects);
}

void Ceremony::save_marks(Effects& effects) const {
    ByteWriter out;
    out.instant(last_proposed_).u32(static_cast<std::uint32_t>(used_.size()));
    for (auto const& [epoch, sharing] : used_) out.u32(epoch).u32(sharing);
    effects.put(Space::ceremony, key_of(row_marks), out.take());
}

void Ceremony::mark_used(Effects& effects) {
    auto& used = used_[session_->proposal.epoch];
    used = std::max(used, session_->proposal.sharing);
    save_marks(effects);
}

void Ceremony::save_session(Effects& effects) const {
    auto const& session = *session_;
    ByteWriter out;
    out.blob(encode(session.proposal)).raw(session.fingerprint.view()).number(session.stage).instant(session.since);
    out.number(session.cause_kind).text(session.cause);
    out.text(session.accused ? session.accused->text() : std::string());
    out.flag(session.certificate.has_value());
    if (session.certificate) out.raw(session.certificate->view());
    effects.put(Space::ceremony, key_of(row_session), out.take());
}

void Ceremony::store(Said const& said, Effects& effects) {
    effects.put(Space::ceremony, key_of(said.kind, said.party),
                ByteWriter().raw(said.signature.view()).blob(said.body).take());
    session_->said.emplace(std::pair(said.kind, said.party), said);
}

void Ceremony::store(PartyId const& dealer, ReceivedShare share, Effects& effects) {
    ByteWriter out;
    out.raw(share.signature.view()).blob(seal_at_rest(self_, share.share.reveal()));
    effects.put(Space::ceremony, key_of(row_share, dealer), out.take());
    session_->shares.emplace(dealer, std::move(share));
}

void Ceremony::store_seed(crypto::CeremonySeed seed, Effects& effects) {
    effects.put(Space::ceremony, key_of(row_seed), seal_at_rest(self_, seed.reveal()));
    session_->seed.emplace(std::move(seed));
}

void Ceremony::store_told(PartyId const& party, CeremonyStage stage, Effects& effects) {
    effects.put(Space::ceremony, key_of(row_told, party), ByteWriter().number(stage).take());
    session_->told.insert_or_assign(party, stage);
}

void Ceremony::keep_signed(Effects& effects) {
    auto share = own_share();
    if (!share) return; // it was there when we signed
    Number const number{session_->proposal.epoch, session_->proposal.sharing};
    Signed kept{*session_->certificate, std::move(share).assume_value()};
    ByteWriter out;
    out.raw(kept.certificate.view()).flag(kept.share.has_value());
    if (kept.share) out.blob(seal_at_rest(self_, kept.share->reveal()));
    effects.put(Space::ceremony, key_of(number), out.take());
    signed_.insert_or_assign(number, std::move(kept));
}

void Ceremony::forget_useless(Instant now, Effects& effects) {
    if (session_ && !session_->is_over() && session_->is_reshare() && epochs_.find(session_->proposal.epoch) == nullptr)
        end(now, CauseKind::stated, {"the epoch of the key is destroyed", std::nullopt}, effects);
    std::erase_if(signed_, [&](auto const& entry) {
        auto const [number, sharing] = entry.first;
        auto const* epoch = epochs_.find(number);
        bool const useless = epoch != nullptr ? epoch->keys().sharing >= sharing : number <= epochs_.newest();
        if (useless) effects.erase(Space::ceremony, key_of(entry.first));
        return useless;
    });
}

void Ceremony::forget_secrets(Effects& effects) {
    auto& session = *session_;
    if (session.seed) effects.erase(Space::ceremony, key_of(row_seed));
    for (auto const& [dealer, share] : session.shares) effects.erase(Space::ceremony, key_of(row_share, dealer));
    session.seed.reset();
    session.shares.clear();
}

void Ceremony::forget_session(Effects& effects) {
    if (!session_) return;
    forget_secrets(effects);
    for (auto const& [key, said] : session_->said) effects.erase(Space::ceremony, key_of(key.first, key.second));
    for (auto const& [party, stage] : session_->told) effects.erase(Space::ceremony, key_of(row_told, party));
    session_.reset();
}

Result<void> Ceremony::restore(ByteView key, ByteView value) {
    constexpr auto where = "stored ceremony";
    ByteReader name(key);
    ByteReader in(value);
    auto const row = name.u8();
    if (row == row_marks) {
        last_proposed_ = in.instant();
        for (auto left = in.count(); left != 0 && in.good(); --left) {
            auto const epoch = in.u32();
            used_[epoch] = in.u32();
        }
        return in.finish(where);
    }
    if (row == row_signed) {
        auto const epoch = name.u32();
        Number const number{epoch, name.u32()};
        Signed kept{in.tagged<crypto::Sha256>(), std::nullopt};
        if (in.flag()) {
            FANLIGHT_TRY(auto const plain, open_at_rest(self_, in.blob()));
            FANLIGHT_TRY(kept.share, crypto::parse_oprf_key(plain.reveal()));
        }
        FANLIGHT_TRY(in.finish(where));
        FANLIGHT_TRY(name.finish(where));
        signed_.insert_or_assign(number, std::move(kept));
        return ok();
    }
    if (!session_) session_.emplace();
    if (row == row_session) return restore_session(value);
    if (row == row_seed) {
        FANLIGHT_TRY(auto const plain, open_at_rest(self_, value));
        FANLIGHT_TRY(auto seed, crypto::CeremonySeed::parse(plain.reveal(), where));
        session_->seed.emplace(std::move(seed));
        return ok();
    }
    if (row != row_said && row != row_share && row != row_told) return fail(Errc::damaged, where);
    auto const kind = row == row_said ? name.number(CeremonyKind::progress) : CeremonyKind::share;
    FANLIGHT_TRY(auto party, PartyId::parse(name.text()));
    FANLIGHT_TRY(name.finish(where));
    if (row == row_told) {
        auto const stage = in.number(CeremonyStage::aborted);
        session_->told.insert_or_assign(std::move(party), stage);
        return in.finish(where);
    }
    auto const signature = in.tagged<crypto::Signature>();
    auto const body = in.blob();
    FANLIGHT_TRY(in.finish(where));
    if (row == row_said) {
        session_->said.insert_or_assign(std::pair(kind, party), Said{party, kind, to_bytes(body), signature});
        return ok();
    }
    FANLIGHT_TRY(auto const plain, open_at_rest(self_, body));
    FANLIGHT_TRY(auto share, decltype(ReceivedShare::share)::parse(plain.reveal(), where));
    session_->shares.emplace(std::move(party), ReceivedShare{std::move(share), signature});
    return ok();
}

Result<void> Ceremony::restore_session(ByteView value) {
    constexpr auto where = "stored ceremony";
    auto& session = *session_;
    ByteReader in(value);
    auto const proposal = in.blob();
    session.fingerprint = in.tagged<crypto::Sha256>();
    session.stage = in.number(CeremonyStage::aborted);
    session.since = in.instant();
    session.cause_kind = in.number(CauseKind::proven);
    session.cause = in.text();
    auto const accused = in.text();
    if (in.flag()) session.certificate = in.tagged<crypto::Sha256>();
    FANLIGHT_TRY(in.finish(where));
    FANLIGHT_TRY(session.proposal, decode_ceremony_proposal(proposal));
    if (!accused.empty()) {
        FANLIGHT_TRY(auto party, PartyId::parse(accused));
        session.accused = std::move(party);
    }
    return ok();
}

} // namespace fanlight::protocol
