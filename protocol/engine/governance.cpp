#include "protocol/engine/governance.hpp"

#include "base/byte_reader.hpp"
#include "policy/text.hpp"

namespace fanlight::protocol {

using crypto::FieldTag;
using crypto::LeafClass;

namespace {

/// So many in one leaf; those of one erasure follow each other.
constexpr std::size_t places_each = 10'000;

Result<void> check_text(std::string const& text, char const* where) {
    if (text.empty()) return fail(Errc::malformed, where, "Write something.");
    if (text.size() > governance_text_bytes_max) return fail(Errc::malformed, where, "Write at most 500 bytes.");
    if (policy::unfit_text(text) != nullptr)
        return fail(Errc::malformed, where, "Write one line of plain text without control characters.");
    return ok();
}

Bytes bytes_of(LeafPlace const& place) {
    return ByteWriter().u32(static_cast<std::uint32_t>(place.shard)).u64(place.position).take();
}

} // namespace

char const* in_words(ReviewVerdict verdict) {
    switch (verdict) {
    case ReviewVerdict::justified: return "justified";
    case ReviewVerdict::question: return "question";
    case ReviewVerdict::not_justified: return "not justified";
    }
    return "unknown";
}

Result<ReviewVerdict> parse_verdict(std::string_view word) {
    if (word == "justified") return ReviewVerdict::justified;
    if (word == "question") return ReviewVerdict::question;
    if (word == "not-justified") return ReviewVerdict::not_justified;
    return fail(Errc::malformed, "verdict of a review", "It is justified, question or not-justified.");
}

Result<void> Governance::reviewed(Instant now, Reviewed const& mark, LeafPlace const& next, Effects& effects) const {
    FANLIGHT_TRY(check_text(mark.user, "review: who looked"));
    if (!mark.note.empty() || mark.verdict != ReviewVerdict::justified) {
        FANLIGHT_TRY(check_text(mark.note, "review: note"));
    }
    if (mark.leaf >= next) return fail(Errc::missing, "review: leaf", "The log is not so long.");
    LeafDraft draft(self_, now);
    draft.add(FieldTag::leaf, bytes_of(mark.leaf)).add(FieldTag::verdict, in_words(mark.verdict));
    draft.add(FieldTag::user, mark.user);
    if (!mark.note.empty()) draft.add(FieldTag::note, mark.note);
    std::move(draft).write(LeafClass::ig_review, {}, effects);
    return ok();
}

Result<void> Governance::exported(Instant now, Exported const& made, Effects& effects) const {
    FANLIGHT_TRY(check_text(made.user, "export: who made it"));
    FANLIGHT_TRY(check_text(made.format, "export: format"));
    if (made.to < made.from) return fail(Errc::malformed, "export: period", "It ends before it begins.");
    LeafDraft draft(self_, now);
    draft.add(FieldTag::user, made.user).add(FieldTag::text, made.format);
    draft.add(FieldTag::period, ByteWriter().instant(made.from).instant(made.to).take());
    draft.number(FieldTag::count, made.leaves).add(FieldTag::message_hash, made.file.view());
    std::move(draft).write(LeafClass::export_made, {}, effects);
    return ok();
}

Result<void> Governance::erase(Instant now, ErasureOrdered const& order, Effects& effects) {
    FANLIGHT_TRY(check_text(order.user, "erasure: who ordered it"));
    FANLIGHT_TRY(check_text(order.decision, "erasure: decision"));
    if (order.leaves.empty()) return fail(Errc::missing, "erasure", "Nothing in the log is about this person.");
    if (order.leaves.size() > erasure_leaves_max) return fail(Errc::too_large, "erasure: leaves about one person");
    auto const not_before = [](LeafPlace const& left, LeafPlace const& right) { return !(left < right); };
    if (std::ranges::adjacent_find(order.leaves, not_before) != order.leaves.end())
        return fail(Errc::malformed, "erasure: leaves", "They are in order, each once.");
    std::span<LeafPlace const> rest = order.leaves;
    while (!rest.empty()) {
        auto const here = rest.first(std::min(places_each, rest.size()));
        rest = rest.subspan(here.size());
        LeafDraft draft(self_, now);
        draft.add(FieldTag::user, order.user).add(FieldTag::note, order.decision);
        for (auto const& place : here) draft.add(FieldTag::leaf, bytes_of(place));
        std::move(draft).write(LeafClass::erasure, {}, effects);
    }
    note_erased(now, {order.subject, order.leaves.back()}, order.decision, effects);
    return ok();
}

/// The latest place counts: an older order that comes again must not bring back what a newer one took.
void Governance::note_erased(Instant now, ErasedSubject const& erased, std::string_view decision, Effects& effects) {
    auto const [noted, is_new] = erased_.emplace(erased.subject, erased.last);
    if (is_new || noted->second < erased.last) {
        noted->second = erased.last;
        effects.put(Space::erased, to_bytes(erased.subject.view()),
                    ByteWriter().instant(now).text(decision).raw(bytes_of(erased.last)).take());
    }
    effects.erase_subjects.push_back({erased.subject, noted->second});
}

void Governance::erased_since(Instant now, std::span<ErasedSubject const> erased, Effects& effects) {
    for (auto const& one : erased) note_erased(now, one, "erased before this node was restored", effects);
}

void Governance::start(Effects& effects) const {
    for (auto const& [subject, last] : erased_) effects.erase_subjects.push_back({subject, last});
}

Result<ErasedSubject> parse_erased(ByteView key, ByteView value) {
    constexpr auto where = "stored erasure";
    auto const subject = crypto::Pseudonym::parse(key, where);
    if (!subject) return fail(Errc::damaged, where);
    ByteReader in(value);
    in.instant();
    in.text();
    LeafPlace last{static_cast<std::int32_t>(in.u32()), 0};
    last.position = in.u64();
    if (!in.finish(where)) return fail(Errc::damaged, where);
    return ErasedSubject{subject.assume_value(), last};
}

Result<void> Governance::restore(ByteView key, ByteView value) {
    FANLIGHT_TRY(auto const one, parse_erased(key, value));
    erased_.insert_or_assign(one.subject, one.last);
    return ok();
}

} // namespace fanlight::protocol
