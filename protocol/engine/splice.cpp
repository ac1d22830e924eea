// Whether an answer about one person was shown as one about another. Whoever shows the leaves may be who spliced, and
// chooses what to show of them: so a field that counts must be there exactly once, and what is hidden is said.

#include "protocol/engine/splice.hpp"

#include <algorithm>

namespace fanlight::protocol {

using crypto::FieldTag;
using crypto::LeafClass;

namespace {

constexpr auto sent_words = "leaf of the query sent";
constexpr auto received_words = "leaf of the query received";
constexpr auto shown_words = "leaf of the answer received";
constexpr auto reveal_sent = "Prove it again with --reveal slot_commitments,slot_opening.";
constexpr auto reveal_received = "Prove it again with --reveal slot_commitments.";
constexpr auto reveal_shown = "Prove it again with --reveal slots; it must be of stage 1.";

std::string who(std::uint8_t person) {
    return person == OpenedSlot::nobody ? "nobody" : "person " + std::to_string(person + 1);
}

std::string numbered(std::uint8_t slot) {
    return "slot " + std::to_string(slot + 1);
}

Result<void> check_leaf(ShownLeaf const& shown, LeafClass kind, char const* where) {
    if (shown.leaf.kind != kind) return fail(Errc::malformed, where, "It is of another class.");
    FANLIGHT_TRY(auto const commitment, crypto::commitment_of(shown.opening));
    if (commitment != shown.leaf.commitment)
        return fail(Errc::bad_signature, where, "The leaf does not commit to what is shown of it.");
    return ok();
}

std::ptrdiff_t count_of(ShownLeaf const& shown, FieldTag tag) {
    return std::count_if(shown.opening.begin(), shown.opening.end(),
                         [tag](auto const& field) { return field.tag == tag; });
}

/// The value of a field that must be there once: a second one, hidden, could say something else.
Result<ByteView> only(ShownLeaf const& shown, FieldTag tag, std::size_t size, char const* where, char const* mend) {
    auto const value = crypto::first_of(shown.opening, tag);
    if (count_of(shown, tag) != 1 || !value || value->size() != size) return fail(Errc::malformed, where, mend);
    return *value;
}

using Commitments = std::array<SlotCommitment, limits::slots>;

Result<Commitments> commitments_of(ShownLeaf const& shown, char const* where, char const* mend) {
    constexpr auto size = SlotCommitment::size_bytes;
    FANLIGHT_TRY(auto const all, only(shown, FieldTag::slot_commitments, limits::slots * size, where, mend));
    Commitments commitments;
    for (std::size_t slot = 0; slot < limits::slots; ++slot) {
        FANLIGHT_TRY(commitments[slot], SlotCommitment::parse(all.subspan(slot * size, size)));
    }
    return commitments;
}

struct Sent {
    Commitments commitments;
    std::array<std::optional<OpenedSlot>, limits::slots> opened;
    bool unreadable = false; ///< something is shown as an opening that is none
    Mode mode = Mode::live;  ///< a federation has one: whichever an opening fits in

    bool fits(OpenedSlot const& slot, Mode in) const {
        return commit_slot(in, slot.opening, slot.nonce, slot.hashes) == commitments[slot.slot];
    }
    bool fits(OpenedSlot const& slot) const { return slot.person == OpenedSlot::nobody || fits(slot, mode); }
};

Result<Sent> sent_of(ShownLeaf const& shown) {
    FANLIGHT_TRY(check_leaf(shown, LeafClass::query_sent, sent_words));
    Sent sent;
    FANLIGHT_TRY(sent.commitments, commitments_of(shown, sent_words, reveal_sent));
    if (count_of(shown, FieldTag::slot_opening) != static_cast<std::ptrdiff_t>(limits::slots))
        return fail(Errc::malformed, sent_words, "It does not have one opening for each slot.");
    for (auto const& field : shown.opening) {
        if (field.tag != FieldTag::slot_opening || !field.shown) continue;
        auto opened = decode_opened_slot(field.shown->value);
        if (!opened) {
            sent.unreadable = true;
            continue;
        }
        auto& place = sent.opened[opened.assume_value().slot];
        if (place) return fail(Errc::malformed, sent_words, "It opens a slot twice.");
        place = std::move(opened).assume_value();
        if (place->person != OpenedSlot::nobody && sent.fits(*place, Mode::practice)) sent.mode = Mode::practice;
    }
    return sent;
}

/// Who was seen in which slot, under which nonce.
class People {
  public:
    /// Of a slot about somebody, whose opening fits.
    void look(OpenedSlot const& opened, SpliceFindings& findings) {
        auto const add = [&](SpliceKind kind, std::string const& words) {
            findings.push_back({kind, opened.slot, numbered(opened.slot) + ": " + words});
        };
        if (auto const [before, is_new] = slots_.try_emplace(opened.person, opened); !is_new) {
            auto const& there = before->second;
            add(SpliceKind::twice, who(opened.person) + " is in " + numbered(there.slot) + " as well");
            if (there.nonce != opened.nonce)
                add(SpliceKind::other_nonce, who(opened.person) + " has another nonce than in " + numbered(there.slot));
        }
        if (auto const [before, is_new] = nonces_.try_emplace(opened.nonce, opened.person);
            !is_new && before->second != opened.person)
            add(SpliceKind::other_nonce, who(opened.person) + " has the nonce of " + who(before->second));
    }

  private:
    std::map<std::uint8_t, OpenedSlot> slots_;
    std::map<PersonNonce, std::uint8_t> nonces_;
};

bool shares_any(std::vector<SecretHash> const& hashes, std::set<SecretHash> const& of) {
    return std::any_of(hashes.begin(), hashes.end(), [&of](SecretHash const& hash) { return of.contains(hash); });
}

} // namespace

Result<std::set<SecretHash>> hashes_of(Mode mode, Records const& records, std::uint32_t epoch, RecordRow row) {
    FANLIGHT_TRY(auto const surroundings, records.surroundings(row));
    std::set<RecordRow> rows(surroundings.same_person.begin(), surroundings.same_person.end());
    rows.insert(row);
    std::set<SecretHash> hashes;
    for (auto const one : rows) {
        FANLIGHT_TRY(auto const tokens, records.tokens(epoch, one));
        for (auto const& anchor : tokens.anchors) hashes.insert(hash_of(mode, anchor.secret));
    }
    return hashes;
}

char const* name(SpliceKind kind) {
    switch (kind) {
    case SpliceKind::another_query: return "another_query";
    case SpliceKind::wrong_opening: return "wrong_opening";
    case SpliceKind::other_person: return "other_person";
    case SpliceKind::twice: return "twice";
    case SpliceKind::other_nonce: return "other_nonce";
    case SpliceKind::not_of_record: return "not_of_record";
    case SpliceKind::not_shown: return "not_shown";
    }
    return "";
}

bool is_spliced(SpliceFindings const& findings) {
    return std::any_of(findings.begin(), findings.end(),
                       [](auto const& finding) { return finding.kind != SpliceKind::not_shown; });
}

Result<SpliceFindings> find_splices(AskedAndShown const& exchange) {
    FANLIGHT_TRY(auto const sent, sent_of(exchange.sent));
    FANLIGHT_TRY(check_leaf(exchange.received, LeafClass::query_received, received_words));
    FANLIGHT_TRY(auto const received, commitments_of(exchange.received, received_words, reveal_received));
    FANLIGHT_TRY(check_leaf(exchange.shown, LeafClass::disclosure_received, shown_words));
    FANLIGHT_TRY(auto const people, only(exchange.shown, FieldTag::slots, limits::slots, shown_words, reveal_shown));
    auto const& tag = exchange.sent.leaf.exchange;
    if (exchange.received.leaf.exchange != tag || exchange.shown.leaf.exchange != tag)
        return fail(Errc::malformed, "three leaves", "They are not of one exchange: their exchange tags differ.");

    SpliceFindings findings;
    People seen;
    for (std::uint8_t slot = 0; slot < limits::slots; ++slot) {
        auto const add = [&](SpliceKind kind, std::string const& words) {
            findings.push_back({kind, slot, numbered(slot) + ": " + words});
        };
        if (received[slot] != sent.commitments[slot])
            add(SpliceKind::another_query, "the query that was logged as sent is another than the one received");
        auto const& opened = sent.opened[slot];
        if (!opened) {
            if (sent.unreadable)
                add(SpliceKind::wrong_opening, "its opening cannot be read");
            else
                add(SpliceKind::not_shown, "its opening is erased or not revealed, so it was not looked at");
            continue;
        }
        if (!sent.fits(*opened)) {
            add(SpliceKind::wrong_opening, "its opening does not fit its commitment");
            continue;
        }
        if (people[slot] != opened->person)
            add(SpliceKind::other_person, "shown as " + who(people[slot]) + ", but asked about " + who(opened->person));
        if (opened->person != OpenedSlot::nobody) seen.look(*opened, findings);
        if (auto const record = exchange.records.find(slot);
            record != exchange.records.end() && !shares_any(opened->hashes, record->second))
            add(SpliceKind::not_of_record,
                "asked about " + who(opened->person) + ", but the record that was matched there has nothing of it");
    }
    return findings;
}

Result<SpliceFindings> compare_nonces(std::span<ShownLeaf const> sent) {
    struct First {
        PersonNonce nonce;
        std::size_t query;
    };
    std::map<std::uint8_t, First> people;
    SpliceFindings findings;
    for (std::size_t query = 1; query <= sent.size(); ++query) {
        auto one = sent_of(sent[query - 1]);
        if (!one) {
            auto const& error = one.assume_error();
            return fail(error.code, error.where, error.mend, query);
        }
        auto const& read = one.assume_value();
        for (auto const& opened : read.opened) {
            if (!opened || opened->person == OpenedSlot::nobody || !read.fits(*opened)) continue;
            auto const& first = people.try_emplace(opened->person, First{opened->nonce, query}).first->second;
            if (first.nonce != opened->nonce)
                findings.push_back({SpliceKind::other_nonce, opened->slot,
                                    "query " + std::to_string(query) + ", " + numbered(opened->slot) + ": " +
                                        who(opened->person) + " has another nonce than in query " +
                                        std::to_string(first.query)});
        }
    }
    return findings;
}

} // namespace fanlight::protocol
