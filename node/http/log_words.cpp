#include "node/http/log_words.hpp"

#include "base/byte_reader.hpp"
#include "crypto/text.hpp"
#include "policy/rehearse.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace fanlight::node {

namespace {

using crypto::FieldTag;
using crypto::LeafClass;
using crypto::ShownField;

constexpr std::size_t subject_digits = 8;

std::string with_underscores(std::string_view text) {
    std::string out(text);
    std::ranges::replace(out, ' ', '_');
    std::ranges::replace(out, '-', '_');
    return out;
}

template <class Each> void each_class(Each const& each) {
    for (unsigned i = 1; i <= 0xFF; ++i) {
        auto const kind = crypto::parse_leaf_class(static_cast<std::uint8_t>(i));
        if (!kind) return;
        each(kind.assume_value());
    }
}

bool is_about_somebody(ShownField const& field) {
    return field.about.has_value();
}

/// Adds a text that is not there yet.
void add_once(std::vector<std::string>& texts, std::string text) {
    if (std::ranges::find(texts, text) == texts.end()) texts.push_back(std::move(text));
}

/// Values of a tag that are there; those about somebody too where `of_people`.
std::vector<std::string> texts_of(LogEvent const& event, FieldTag tag, bool of_people) {
    std::vector<std::string> texts;
    if (!event.opening) return texts;
    for (auto const& field : *event.opening)
        if (field.tag == tag && field.shown && (of_people || !is_about_somebody(field)))
            texts.emplace_back(as_text(field.shown->value));
    return texts;
}

std::optional<std::uint64_t> number_in(ByteView value) {
    ByteReader in(value);
    auto const number = in.u64();
    if (!in.finish("log leaf: number")) return std::nullopt;
    return number;
}

std::string replied_words(std::string_view kind) {
    for (auto value = static_cast<std::uint8_t>(policy::ReplyKind::rated); value != 0; ++value) {
        auto const reply = policy::parse_reply_kind(value);
        if (!reply) break;
        if (kind == policy::name(reply.assume_value())) return policy::in_words(reply.assume_value());
    }
    return std::string(kind);
}

std::string colour_words(std::string_view text) {
    auto const colour = policy::parse_colour(text);
    return colour ? policy::in_words(colour.assume_value()) : std::string(text);
}

std::string field_words(std::string_view text) {
    auto const field = policy::parse_data_field(text);
    return field ? policy::in_words(field.assume_value()) : std::string(text);
}

using Counts = std::vector<std::pair<std::string, std::uint64_t>>; // in the order of their first appearance
void count(Counts& counts, std::string word) {
    auto const found = std::ranges::find(counts, word, &Counts::value_type::first);
    if (found == counts.end())
        counts.emplace_back(std::move(word), 1);
    else
        ++found->second;
}

/// Colours, worst first; then kinds of "no".
std::string replies_of(LogEvent const& event) {
    Counts counts;
    auto const colours = texts_of(event, FieldTag::colour, true);
    for (auto const* colour : {"red", "amber", "green", "blue"})
        for (auto const& one : colours)
            if (one == colour) count(counts, colour_words(one));
    for (auto const& one : texts_of(event, FieldTag::decision, true))
        if (one != policy::name(policy::ReplyKind::rated)) count(counts, replied_words(one));
    std::string out;
    for (auto const& [word, number] : counts) out += (out.empty() ? "" : ", ") + std::to_string(number) + " " + word;
    return out;
}

/// Each once. Words for fields may hold commas.
std::string joined_words(std::vector<std::string> const& texts, std::string (*words)(std::string_view)) {
    std::vector<std::string> once;
    for (auto const& text : texts) add_once(once, words(text));
    std::string out;
    for (auto const& text : once) out += (out.empty() ? "" : " / ") + text;
    return out;
}

std::string as_it_is(std::string_view text) {
    return std::string(text);
}

std::string request_words(ByteView value) {
    auto const decoded = policy::decode_past_decision(value);
    if (!decoded) return crypto::to_hex(value);
    auto const& asked = decoded.assume_value();
    std::string out = policy::in_words(asked.field);
    if (asked.own_colour) out += std::string(", own colour ") + policy::in_words(*asked.own_colour);
    auto const& facts = asked.facts;
    if (facts.subject != policy::Subject::unknown) out += std::string(", about ") + policy::in_words(facts.subject);
    if (facts.marac_threshold) out += ", Marac threshold";
    if (facts.section_47) out += ", section 47";
    if (facts.someone_red_or_amber) out += ", somebody said Red or Amber";
    if (facts.domestic_abuse) out += ", domestic abuse evident";
    if (facts.dash_high) out += ", high Dash score";
    if (asked.clause.empty()) return out + ": not permitted, " + policy::in_words(asked.reason);
    return out + ": permitted by clause " + asked.clause;
}

/// One or several places of 12 bytes.
std::string places_words(ByteView value) {
    std::string out;
    ByteReader in(value);
    for (std::size_t i = 0; i * 12 < value.size(); ++i) {
        auto const shard = static_cast<std::int32_t>(in.u32());
        auto const position = in.u64();
        if (in.good()) out += (out.empty() ? "" : ", ") + place_text({shard, position});
    }
    return in.finish("log leaf: place") ? out : crypto::to_hex(value);
}

std::string period_words(ByteView value) {
    ByteReader in(value);
    auto const from = in.instant();
    auto const to = in.instant();
    if (!in.finish("log leaf: period")) return crypto::to_hex(value);
    return to_text(from) + " to " + to_text(to);
}

std::string time_words(ByteView value) {
    ByteReader in(value);
    auto const time = in.instant();
    return in.finish("log leaf: time") ? to_text(time) : crypto::to_hex(value);
}

std::string count_words(ByteView value) {
    auto const number = number_in(value);
    return number ? std::to_string(*number) : crypto::to_hex(value);
}

/// What FieldTag::count is of a leaf: mostly how many of something.
std::string counts_what(LeafClass kind) {
    if (kind == LeafClass::context_opened) return "slot ";
    bool const numbered = kind == LeafClass::key_event || kind == LeafClass::suspension; // an epoch, a register entry
    return numbered ? "number " : "count ";
}

/// Which leaves it is about; how many, where there are several, as of an erasure.
std::string other_leaves(LogEvent const& event) {
    ByteView last;
    std::size_t named = 0;
    for (auto const& field : *event.opening) {
        if (field.tag != FieldTag::leaf || !field.shown) continue;
        last = field.shown->value;
        ++named;
    }
    if (named == 0) return {};
    return named == 1 ? "leaf " + places_words(last) : std::to_string(named) + " leaves";
}

} // namespace

char const* token(LeafClass kind) {
    switch (kind) {
    case LeafClass::query_sent: return "query_sent";
    case LeafClass::query_received: return "query_received";
    case LeafClass::decision: return "decision";
    case LeafClass::disclosure_sent: return "disclosure_sent";
    case LeafClass::disclosure_received: return "disclosure_received";
    case LeafClass::refusal: return "refusal";
    case LeafClass::break_glass: return "break_glass";
    case LeafClass::agreement_activated: return "agreement_activated";
    case LeafClass::agreement_revoked: return "agreement_revoked";
    case LeafClass::key_event: return "key_event";
    case LeafClass::ig_review: return "review";
    case LeafClass::erasure: return "erasure";
    case LeafClass::start_stop_clock: return "start_stop_clock";
    case LeafClass::export_made: return "export";
    case LeafClass::admin: return "admin";
    case LeafClass::evaluation_requested: return "evaluation_requested";
    case LeafClass::evaluation_served: return "evaluation_served";
    case LeafClass::correction: return "correction";
    case LeafClass::context_opened: return "context_opened";
    case LeafClass::suspension: return "suspension";
    case LeafClass::filler: return "filler";
    case LeafClass::gap: return "gap";
    }
    return "unknown";
}

Result<LeafClass> parse_class_token(std::string_view text) {
    std::optional<LeafClass> found;
    each_class([&](LeafClass kind) {
        if (with_underscores(text) == token(kind)) found = kind;
    });
    if (!found)
        return fail(Errc::malformed, "class of leaves",
                    "Use e.g. refusal, disclosure_sent, decision, break_glass, review, erasure; "
                    "`fanlight log list --help` names all.");
    return *found;
}

Result<std::optional<std::set<LeafClass>>> parse_classes(std::string_view text) {
    std::optional<std::set<LeafClass>> kinds;
    while (!text.empty()) {
        auto const end = std::min(text.find(','), text.size());
        FANLIGHT_TRY(auto const kind, parse_class_token(text.substr(0, end)));
        if (!kinds) kinds.emplace();
        kinds->insert(kind);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return kinds;
}

std::string place_text(protocol::LeafPlace const& place) {
    return protocol::shard_name(place.shard) + "/" + std::to_string(place.position);
}

Result<protocol::LeafPlace> parse_place(std::string_view text) {
    constexpr Error malformed{Errc::malformed, "place of a leaf",
                              "Write it as `fanlight log list` does, e.g. 2026/18204."};
    auto const slash = text.find('/');
    if (slash == std::string_view::npos) return fail(malformed.code, malformed.where, malformed.mend);
    auto const shard = protocol::parse_shard_name(text.substr(0, slash));
    auto const position = crypto::parse_decimal(text.substr(slash + 1));
    if (!shard || !position) return fail(malformed.code, malformed.where, malformed.mend);
    return protocol::LeafPlace{shard.assume_value(), *position};
}

std::string token(FieldTag tag) {
    return with_underscores(crypto::name(tag));
}

Result<FieldTag> parse_field_token(std::string_view text) {
    for (auto value = static_cast<std::uint8_t>(FieldTag::agreement_id);; ++value) {
        auto const tag = static_cast<FieldTag>(value);
        if (with_underscores(text) == token(tag)) return tag;
        if (tag == FieldTag::slots) break;
    }
    return fail(Errc::malformed, "field to reveal",
                "Use the names that `fanlight log show` prints, e.g. message_hash, exchange, time.");
}

char const* name(LogException kind) {
    switch (kind) {
    case LogException::break_glass: return "break_glass";
    case LogException::withheld: return "withheld";
    case LogException::unsure_match: return "unsure_match";
    case LogException::late: return "late";
    case LogException::corrected: return "corrected";
    case LogException::budget: return "budget_spent";
    case LogException::clock: return "clock_or_witnesses";
    case LogException::gap: return "gap";
    case LogException::erasure: return "erasure";
    }
    return "unknown";
}

char const* in_words(LogException kind) {
    switch (kind) {
    case LogException::break_glass: return "break-glass";
    case LogException::withheld: return "refused or not shared";
    case LogException::unsure_match: return "unsure match";
    case LogException::late: return "late answer";
    case LogException::corrected: return "correction, withdrawal or challenge";
    case LogException::budget: return "budget spent";
    case LogException::clock: return "clock, lease or witnesses";
    case LogException::gap: return "gap in the log";
    case LogException::erasure: return "erasure";
    }
    return "unknown";
}

namespace {

bool has(LogEvent const& event, FieldTag tag, std::string_view text) {
    return std::ranges::any_of(texts_of(event, tag, true), [text](auto const& one) { return one == text; });
}

/// The only reasons that name a budget say that it is spent.
bool names_a_budget(LogEvent const& event) {
    return std::ranges::any_of(texts_of(event, FieldTag::reason, true), [](std::string const& reason) {
        return reason.find("budget") != std::string::npos && reason.find("spent") != std::string::npos;
    });
}

bool is_ordinary_start_or_stop(LogEvent const& event) {
    return has(event, FieldTag::text, "node started") || has(event, FieldTag::text, "node stopped");
}

} // namespace

std::vector<LogException> exceptions_of(LogEvent const& event) {
    switch (event.leaf.kind) {
    case LeafClass::break_glass: return {LogException::break_glass};
    case LeafClass::refusal: return {names_a_budget(event) ? LogException::budget : LogException::withheld};
    case LeafClass::decision: {
        std::vector<LogException> found;
        if (has(event, FieldTag::decision, policy::name(policy::ReplyKind::known_not_shared)))
            found.push_back(LogException::withheld);
        if (has(event, FieldTag::decision, policy::name(policy::ReplyKind::unsure_match)))
            found.push_back(LogException::unsure_match);
        return found;
    }
    case LeafClass::disclosure_received:
        if (has(event, FieldTag::reason, "late")) return {LogException::late};
        return {};
    case LeafClass::correction: return {LogException::corrected};
    case LeafClass::start_stop_clock:
        if (is_ordinary_start_or_stop(event)) return {};
        return {LogException::clock};
    case LeafClass::gap: return {LogException::gap};
    case LeafClass::erasure: return {LogException::erasure};
    case LeafClass::query_sent:
    case LeafClass::query_received:
    case LeafClass::disclosure_sent:
    case LeafClass::agreement_activated:
    case LeafClass::agreement_revoked:
    case LeafClass::key_event:
    case LeafClass::ig_review:
    case LeafClass::export_made:
    case LeafClass::admin:
    case LeafClass::evaluation_requested:
    case LeafClass::evaluation_served:
    case LeafClass::context_opened:
    case LeafClass::suspension:
    case LeafClass::filler: return {};
    }
    return {};
}

std::vector<std::string> peers_of(LogEvent const& event) {
    std::vector<std::string> peers;
    for (auto& peer : texts_of(event, FieldTag::peer, false)) add_once(peers, std::move(peer));
    return peers;
}

std::vector<std::string> clauses_of(LogEvent const& event) {
    std::vector<std::string> clauses;
    for (auto& clause : texts_of(event, FieldTag::clause, true))
        if (clause != "none") add_once(clauses, std::move(clause));
    return clauses;
}

std::vector<std::string> subjects_of(LogEvent const& event) {
    std::vector<std::string> subjects;
    if (!event.opening) return subjects;
    for (auto const& field : *event.opening)
        if (field.about) add_once(subjects, crypto::to_hex(field.about->view()).substr(0, subject_digits));
    return subjects;
}

std::string summary_of(LogEvent const& event) {
    if (event.leaf.kind == LeafClass::filler) return "filler: it stands for nothing";
    if (!event.opening) return "what it commits to is not in the store, or cannot be read";
    std::vector<std::string> parts;
    auto const add = [&parts](std::string text) {
        if (!text.empty()) parts.push_back(std::move(text));
    };
    auto const number = [&event](FieldTag tag) -> std::optional<std::uint64_t> {
        for (auto const& field : *event.opening)
            if (field.tag == tag && field.shown && !is_about_somebody(field)) return number_in(field.shown->value);
        return std::nullopt;
    };
    if (auto const stage = number(FieldTag::stage)) add("stage " + std::to_string(*stage));
    add(joined_words(texts_of(event, FieldTag::purpose, false), as_it_is));
    add(joined_words(texts_of(event, FieldTag::route, false), as_it_is));
    add(joined_words(texts_of(event, FieldTag::verdict, false), as_it_is));
    add(other_leaves(event));
    add(replies_of(event));
    if (auto const told = joined_words(texts_of(event, FieldTag::fields, true), field_words); !told.empty())
        add("fields: " + told);
    if (auto const facts = joined_words(texts_of(event, FieldTag::context, true), field_words); !facts.empty())
        add("facts told: " + facts);
    add(joined_words(texts_of(event, FieldTag::reason, false), as_it_is));
    add(joined_words(texts_of(event, FieldTag::text, false), as_it_is));
    if (event.leaf.kind == LeafClass::erasure)
        if (auto const decision = joined_words(texts_of(event, FieldTag::note, false), as_it_is); !decision.empty())
            add("decision " + decision);
    if (auto const counted = number(FieldTag::count)) add(counts_what(event.leaf.kind) + std::to_string(*counted));
    if (auto const user = joined_words(texts_of(event, FieldTag::user, false), as_it_is); !user.empty())
        add("by " + user);
    auto const gone = std::ranges::count_if(*event.opening, [](ShownField const& field) { return !field.shown; });
    if (gone != 0) add(std::to_string(gone) + (gone == 1 ? " field erased" : " fields erased"));
    std::string out;
    for (auto const& part : parts) out += (out.empty() ? "" : "; ") + part;
    return out;
}

std::string in_words(ShownField const& field) {
    if (!field.shown) return "erased";
    ByteView const value = field.shown->value;
    switch (field.tag) {
    case FieldTag::time: return time_words(value);
    case FieldTag::count:
    case FieldTag::stage: return count_words(value);
    case FieldTag::fields:
    case FieldTag::context: return field_words(as_text(value));
    case FieldTag::colour: return colour_words(as_text(value));
    case FieldTag::decision: return replied_words(as_text(value));
    case FieldTag::request: return request_words(value);
    case FieldTag::leaf: return places_words(value);
    case FieldTag::period: return period_words(value);
    case FieldTag::agreement_id:
    case FieldTag::exchange:
    case FieldTag::query:
    case FieldTag::subject:
    case FieldTag::message_hash:
    case FieldTag::slot_commitments:
    case FieldTag::slot_openings:
    case FieldTag::slot_opening:
    case FieldTag::slots: return crypto::to_hex(value);
    case FieldTag::peer:
    case FieldTag::purpose:
    case FieldTag::route:
    case FieldTag::clause:
    case FieldTag::reason:
    case FieldTag::user:
    case FieldTag::text:
    case FieldTag::verdict:
    case FieldTag::approver:
    case FieldTag::note: return std::string(as_text(value));
    }
    return crypto::to_hex(value);
}

} // namespace fanlight::node
