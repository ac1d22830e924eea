// Entries and proposals: what a node takes into its register, hands round, and goes by from then on.

#include "protocol/engine/registrar.hpp"

#include "base/byte_reader.hpp"

#include <algorithm>
#include <tuple>

namespace fanlight::protocol {

using crypto::FieldTag;
using crypto::LeafClass;

namespace {

// In Space::registers.
Bytes entry_key(std::uint64_t place) {
    return ByteWriter().u8(1).u32(static_cast<std::uint32_t>(place)).take();
}
Bytes proposal_key(AgreementId const& text) {
    return ByteWriter().u8(2).raw(text.view()).take();
}
Bytes highest_key() {
    return Bytes{3};
}

LeafClass class_of(EntryKind kind) {
    switch (kind) {
    case EntryKind::agreement: return LeafClass::suspension; // registered; it is activated when its time comes
    case EntryKind::key_note: return LeafClass::key_event;
    case EntryKind::suspension: return LeafClass::suspension;
    case EntryKind::revocation: return LeafClass::agreement_revoked;
    case EntryKind::removal: return LeafClass::suspension;
    }
    return LeafClass::suspension;
}

/// Statements bind before they are registered; versions and key notes do not.
bool binds_at_once(EntryKind kind) {
    return kind == EntryKind::suspension || kind == EntryKind::revocation || kind == EntryKind::removal;
}

/// The latest keys of everybody, with the node keys that somebody had until a moment ago.
std::map<PartyId, OperationalKeys> directory_of(Book const& book, std::vector<Instant> const& entered, Instant now) {
    std::map<PartyId, OperationalKeys> directory;
    for (auto const& [party, history] : book.key_history()) {
        auto keys = history.back().keys;
        for (std::size_t i = 0; i + 1 < history.size(); ++i) {
            auto const replaced_by = history[i + 1].entry;
            bool const recent = replaced_by < entered.size() && entered[replaced_by] + former_keys_kept > now;
            if (!recent || history[i].keys.serial < keys.void_before) continue;
            keys.former_nodes.push_back(history[i].keys.node);
            keys.former_pins.push_back(history[i].keys.tls_pin);
        }
        directory.emplace(party, std::move(keys));
    }
    return directory;
}

} // namespace

InForce InForce::of(Book book, Instant now) {
    auto agreement = book.in_force(now).agreement;
    auto directory = directory_of(book, {}, now);
    return {std::move(book), std::move(agreement), std::move(directory), 1};
}

void Registrar::start(Instant now, Effects& effects) {
    while (entered_.size() < book().size()) entered_.push_back(now);
    in_force_.directory = directory_of(book(), entered_, now);
    refresh(now, effects);
    if (self_.is_coordinator()) round_at_ = now + lease_soon;
}

bool Registrar::refresh(Instant now, Effects& effects) {
    auto const* version = &book().in_force(now);
    // A clock that is set back, or a restart with a wrong one, never brings an older version back.
    for (auto const& one : book().versions())
        if (one.agreement.version == highest_ && version->agreement.version < highest_) version = &one;
    change_at_ = book().next_change(now);
    if (highest_ < version->agreement.version) {
        highest_ = version->agreement.version;
        effects.put(Space::registers, highest_key(), ByteWriter().u32(highest_).take());
    }
    if (version->agreement.id == in_force_.agreement.id) return false;
    in_force_.agreement = version->agreement;
    ++in_force_.revision;
    return true;
}

bool Registrar::wake(Instant now, Effects& effects) {
    if (round_end_ && *round_end_ <= now) end_round(now, effects);
    if (round_at_ && *round_at_ <= now) begin_round(now, effects);
    return refresh(now, effects);
}

std::optional<Instant> Registrar::next_wake() const {
    auto soonest = change_at_;
    for (auto const& at : {round_at_, round_end_})
        if (at && (!soonest || *at < *soonest)) soonest = at;
    return soonest;
}

void Registrar::tell_all(Instant now, MessageType type, Bytes const& payload, Effects& effects) {
    for (auto const& [party, keys] : self_.directory)
        if (party != self_.party && !is_removed(party, now)) post_.tell(now, party, type, payload, effects);
}

void Registrar::tell_up(Instant now, MessageType type, Bytes const& payload, Effects& effects) {
    for (auto const& [party, keys] : self_.directory)
        if (party != self_.party && post_.is_up(party) && !is_removed(party, now))
            post_.tell(now, party, type, payload, effects);
}

void Registrar::receive(Instant now, Incoming const& incoming, Effects& effects) {
    auto const type = incoming.envelope.type;
    if (type == MessageType::register_entry) return entry(now, incoming, effects);
    if (type == MessageType::register_head) return head(now, incoming, effects);
    if (type == MessageType::register_cosignature) return cosignature(now, incoming, effects);
    if (type == MessageType::register_lease) return lease(now, incoming, effects);
    if (type == MessageType::register_request) return requested(now, incoming, effects);
}

void Registrar::entry(Instant now, Incoming const& incoming, Effects& effects) {
    auto const decoded = decode_register_entry(incoming.envelope.payload);
    if (!decoded) return post_.refuse(now, incoming, "entry of the register is malformed", effects);
    auto const& [place, note] = decoded.assume_value();
    if (place == RegisterEntry::proposed) return proposed(now, incoming, note, effects);
    if (self_.is_coordinator() || incoming.sender != self_.agreement.coordinator)
        return post_.refuse(now, incoming, "entry of the register is not from the coordinator", effects);
    if (place < book().size()) {
        if (book().entries()[place].note != note)
            post_.refuse(now, incoming, "the coordinator has another entry at a place of the register", effects);
        return;
    }
    if (place > book().size()) return ask(now, effects);
    auto added = in_force_.book.add(note);
    if (!added) return post_.refuse(now, incoming, "entry of the register does not hold", effects);
    take(now, added.assume_value(), effects);
}

void Registrar::log_entry(Instant now, Entry const& entry, std::uint64_t place, Effects& effects) const {
    LeafDraft draft(self_, now);
    draft.add(FieldTag::text, std::string("register: ") + name(entry.kind) + ", " + entry.about);
    draft.add(FieldTag::message_hash, crypto::sha256({as_bytes(entry.note)}).view());
    std::move(draft.number(FieldTag::count, place)).write(class_of(entry.kind), {}, effects);
}

/// It is in the book already: make it durable, log it, go by it.
void Registrar::take(Instant now, Entry const& entry, Effects& effects) {
    auto const place = book().size() - 1;
    entered_.push_back(now);
    effects.put(Space::registers, entry_key(place), ByteWriter().instant(now).text(entry.note).take());
    log_entry(now, entry, place, effects);
    in_force_.directory = directory_of(book(), entered_, now);
    ++in_force_.revision;
    change_at_ = book().next_change(now);
    drop_outdated(now, effects);
    if (!self_.is_coordinator()) return;
    tell_up(now, MessageType::register_entry, encode(RegisterEntry{static_cast<std::uint32_t>(place), entry.note}),
            effects);
    round_at_ = round_at_ ? std::min(*round_at_, now + lease_soon) : now + lease_soon;
}

void Registrar::save(AgreementId const& text, Effects& effects) const {
    auto const& proposal = proposals_.at(text);
    effects.put(Space::registers, proposal_key(text),
                ByteWriter().instant(proposal.since).instant(proposal.enough_since).text(proposal.looked.note).take());
}

/// What the book has now, or what cannot follow it any more, is no proposal.
void Registrar::drop_outdated(Instant now, Effects& effects) {
    for (auto entry = proposals_.begin(); entry != proposals_.end();) {
        auto looked = book().look(entry->second.looked.note);
        bool const old = !entry->second.looked.enough && entry->second.since + proposals_kept < now;
        if (looked && !old) {
            entry->second.looked = std::move(looked).assume_value();
            ++entry;
            continue;
        }
        effects.erase(Space::registers, proposal_key(entry->first));
        entry = proposals_.erase(entry);
    }
    bind();
}

/// Whoever floods the proposals pushes out its own: the one that the fewest have signed goes, the oldest of them.
void Registrar::make_room(Effects& effects) {
    if (proposals_.size() < proposals_max) return;
    auto const weight = [](auto const& entry) {
        auto const note = crypto::parse_note(entry.second.looked.note);
        return std::tuple(entry.second.looked.enough, note ? note.assume_value().signatures.size() : 0,
                          entry.second.since);
    };
    auto const least = std::min_element(proposals_.begin(), proposals_.end(), [&](auto const& left, auto const& right) {
        return weight(left) < weight(right);
    });
    effects.erase(Space::registers, proposal_key(least->first));
    proposals_.erase(least);
}

/// Into what is known already of the same text; returns its id if anything is new.
Result<std::optional<AgreementId>> Registrar::merge(Instant now, Book::Looked looked, Effects& effects) {
    if (looked.note.empty())
        return fail(Errc::missing, name(looked.kind), "Nobody whose signature counts has signed it.");
    FANLIGHT_TRY(auto const parsed, crypto::parse_note(looked.note));
    auto const id = agreement_id(parsed.text);
    auto const known = proposals_.find(id);
    if (known != proposals_.end()) {
        FANLIGHT_TRY(auto const before, crypto::parse_note(known->second.looked.note));
        std::vector<std::string> lines;
        for (auto const& signature : before.signatures) lines.push_back(crypto::signature_line(signature));
        for (auto const& signature : parsed.signatures) lines.push_back(crypto::signature_line(signature));
        std::sort(lines.begin(), lines.end());
        lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
        auto const together = crypto::format_note(parsed.text, lines);
        if (together == known->second.looked.note) return std::optional<AgreementId>();
        FANLIGHT_TRY(known->second.looked, book().look(together));
    } else {
        make_room(effects);
        proposals_.emplace(id, Proposal{std::move(looked), now, {}});
    }
    auto& proposal = proposals_.at(id);
    if (proposal.looked.enough && proposal.enough_since == Instant{}) proposal.enough_since = now;
    save(id, effects);
    bind();
    return std::optional(id);
}

Result<void> Registrar::propose(Instant now, std::string_view note, std::vector<policy::Finding>* findings,
                                Effects& effects) {
    std::vector<policy::Finding> found;
    auto& all = findings != nullptr ? *findings : found;
    FANLIGHT_TRY(auto looked, book().look(note, &all));
    auto const kind = looked.kind;
    if (looked.agreement) {
        auto const dates = policy::check_proposal(*looked.agreement, now);
        all.insert(all.end(), dates.begin(), dates.end());
        if (policy::has_error(dates))
            return fail(Errc::expired, "agreement", "Its date does not fit; see what is listed.");
    }
    FANLIGHT_TRY(auto const changed, merge(now, std::move(looked), effects));
    if (!changed) return fail(Errc::exists, name(kind), "This is known already, with these signatures.");
    auto const& proposal = proposals_.at(*changed);
    LeafDraft draft(self_, now);
    draft.add(FieldTag::text, std::string("proposed: ") + name(proposal.looked.kind) + ", " + proposal.looked.about);
    draft.add(FieldTag::message_hash, changed->view());
    std::move(draft).write(LeafClass::suspension, {}, effects);
    tell_all(now, MessageType::register_entry, encode(RegisterEntry{RegisterEntry::proposed, proposal.looked.note}),
             effects);
    place_complete(now, effects);
    return ok();
}

void Registrar::proposed(Instant now, Incoming const& incoming, std::string_view note, Effects& effects) {
    auto const changed = [&]() -> Result<std::optional<AgreementId>> {
        FANLIGHT_TRY(auto looked, book().look(note));
        return merge(now, std::move(looked), effects);
    }();
    if (!changed) {
        // What has its place by now is proposed again by those who heard of it late.
        bool const late = changed.assume_error().code == Errc::exists;
        if (!late) post_.refuse(now, incoming, "proposal to the register does not hold", effects);
        return;
    }
    if (!changed.assume_value()) return;
    auto const& proposal = proposals_.at(*changed.assume_value());
    LeafDraft draft(self_, now);
    draft.add(FieldTag::peer, incoming.sender.text()).add(FieldTag::message_hash, changed.assume_value()->view());
    draft.add(FieldTag::text, std::string("proposed: ") + name(proposal.looked.kind) + ", " + proposal.looked.about);
    std::move(draft).write(LeafClass::suspension, {}, effects);
    place_complete(now, effects);
}

/// At the coordinator: whatever enough have signed gets its place. A version whose time has passed meanwhile does not.
void Registrar::place_complete(Instant now, Effects& effects) {
    if (!self_.is_coordinator()) return;
    for (bool again = true; again;) {
        again = false;
        for (auto const& [id, proposal] : proposals_) {
            if (!proposal.looked.enough) continue;
            auto const& draft = proposal.looked.agreement;
            if (draft && draft->effective_from < now) continue;
            auto added = in_force_.book.add(proposal.looked.note);
            if (!added) continue;
            take(now, added.assume_value(), effects); // drops what it places
            again = true;
            break;
        }
    }
}

std::map<std::pair<PartyId, PartyId>, Suspension> Registrar::suspensions() const {
    auto all = book().suspensions();
    for (auto const& statement : binding_) {
        auto const* one = std::get_if<Suspension>(&statement.second);
        if (one == nullptr) continue;
        auto const known = all.find({one->by, one->of});
        if (known == all.end() || known->second.serial < one->serial) all.insert_or_assign({one->by, one->of}, *one);
    }
    return all;
}

bool Registrar::is_suspended(PartyId const& by, PartyId const& of) const {
    auto const all = suspensions();
    auto const found = all.find({by, of});
    return found != all.end() && !found->second.lifted;
}

bool Registrar::is_removed(PartyId const& party, Instant now) const {
    if (book().is_removed(party, now)) return true;
    return std::any_of(binding_.begin(), binding_.end(), [&](auto const& statement) {
        auto const* one = std::get_if<Removal>(&statement.second);
        return one != nullptr && one->party == party;
    });
}

bool Registrar::is_revoked(AgreementId const& agreement) const {
    if (book().is_revoked(agreement)) return true;
    return std::any_of(binding_.begin(), binding_.end(), [&](auto const& statement) {
        auto const* one = std::get_if<Revocation>(&statement.second);
        return one != nullptr && one->agreement == agreement;
    });
}

/// Complete statements that wait for their place. Those of the book are there.
void Registrar::bind() {
    binding_.clear();
    for (auto const& [id, proposal] : proposals_) {
        if (!proposal.looked.enough || !binds_at_once(proposal.looked.kind)) continue;
        auto const note = crypto::parse_note(proposal.looked.note);
        if (!note) continue;
        if (auto statement = parse_statement(self_.mode(), note.assume_value().text))
            binding_.emplace(id, std::move(statement).assume_value());
    }
}

std::optional<policy::Reason> Registrar::silent(Instant now) const {
    if (is_revoked(self_.agreement.id) || is_removed(self_.party, now) || self_.agreement.find(self_.party) == nullptr)
        return policy::Reason::agreement_revoked;
    if (self_.is_coordinator() || (lease_ && lease_->until > now)) return std::nullopt;
    return policy::Reason::no_lease;
}

Result<void> Registrar::restore(ByteView key, ByteView value) {
    constexpr auto where = "stored register";
    ByteReader name(key);
    auto const kind = name.u8();
    ByteReader in(value);
    if (kind == 1) {
        auto const place = name.u32();
        FANLIGHT_TRY(name.finish(where));
        auto const entered = in.instant();
        auto const note = in.text();
        FANLIGHT_TRY(in.finish(where));
        if (place != book().size()) return fail(Errc::damaged, where);
        FANLIGHT_TRY(in_force_.book.add(note));
        entered_.resize(place);
        entered_.push_back(entered);
        return ok();
    }
    if (kind == 2) {
        auto const id = name.tagged<AgreementId>();
        FANLIGHT_TRY(name.finish(where));
        auto const since = in.instant();
        auto const enough_since = in.instant();
        auto const note = in.text();
        FANLIGHT_TRY(in.finish(where));
        auto looked = book().look(note);
        if (!looked) return ok(); // outdated by an entry: it is dropped with the next one
        proposals_.emplace(id, Proposal{std::move(looked).assume_value(), since, enough_since});
        bind();
        return ok();
    }
    if (kind != 3) return fail(Errc::damaged, where);
    FANLIGHT_TRY(name.finish(where));
    highest_ = in.u32();
    return in.finish(where);
}

} // namespace fanlight::protocol
