// Colours, kinds of reply, and the family result. The words here are the words on every screen.

#include "policy/brag.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdio>
#include <tuple>

namespace fanlight::policy {

char const* name(Colour colour) {
    switch (colour) {
    case Colour::red: return "red";
    case Colour::amber: return "amber";
    case Colour::green: return "green";
    case Colour::blue: return "blue";
    }
    return "";
}

char const* in_words(Colour colour) {
    switch (colour) {
    case Colour::red: return "RED";
    case Colour::amber: return "AMBER";
    case Colour::green: return "GREEN";
    case Colour::blue: return "BLUE";
    }
    return "";
}

char const* shape(Colour colour) {
    switch (colour) {
    case Colour::red: return "■";
    case Colour::amber: return "▲";
    case Colour::green: return "●";
    case Colour::blue: return "◆";
    }
    return "";
}

Result<Colour> parse_colour(std::string_view text) {
    for (auto const colour : {Colour::red, Colour::amber, Colour::green, Colour::blue}) {
        if (text == name(colour)) return colour;
    }
    return fail(Errc::malformed, "colour", "It is red, amber, green or blue; no other reply is a colour.");
}

char const* name(ReplyKind kind) {
    switch (kind) {
    case ReplyKind::rated: return "rated";
    case ReplyKind::not_known: return "not_known";
    case ReplyKind::not_checked: return "not_checked";
    case ReplyKind::known_not_shared: return "known_not_shared";
    case ReplyKind::nothing_at_this_level: return "nothing_at_this_level";
    case ReplyKind::unsure_match: return "unsure_match";
    case ReplyKind::version_mismatch: return "version_mismatch";
    case ReplyKind::no_reply: return "no_reply";
    case ReplyKind::unreachable: return "unreachable";
    case ReplyKind::not_asked: return "not_asked";
    case ReplyKind::waiting: return "waiting";
    }
    return "";
}

char const* in_words(ReplyKind kind) {
    switch (kind) {
    case ReplyKind::rated: return "rated";
    case ReplyKind::not_known: return "not known";
    case ReplyKind::not_checked: return "not checked";
    case ReplyKind::known_not_shared: return "known, not shared";
    // Never worded as reassurance: the service says the same for a person it has never met (requirement E12).
    case ReplyKind::nothing_at_this_level: return "this service never says below AMBER";
    case ReplyKind::unsure_match: return "not sure it is the same person";
    case ReplyKind::version_mismatch: return "on another version of the agreement";
    case ReplyKind::no_reply: return "no reply";
    case ReplyKind::unreachable: return "not reachable";
    case ReplyKind::not_asked: return "not asked";
    case ReplyKind::waiting: return "waiting";
    }
    return "";
}

Result<ReplyKind> parse_reply_kind(std::uint8_t value) {
    if (value < static_cast<std::uint8_t>(ReplyKind::rated) ||
        value > static_cast<std::uint8_t>(ReplyKind::version_mismatch))
        return fail(Errc::malformed, "kind of reply", "It is one of those an agency may send.");
    return static_cast<ReplyKind>(value);
}

char const* in_words(Basis basis) {
    switch (basis) {
    case Basis::own_records: return "own records";
    case Basis::shared_facts: return "shared facts, no previous knowledge";
    }
    return "";
}

char const* in_words(Reason reason) {
    switch (reason) {
    case Reason::none: return "";
    case Reason::index_incomplete: return "its records are not yet indexed for today";
    case Reason::sources_stale: return "its copy of the records is older than the agreement allows";
    case Reason::no_current_rating: return "nobody there has rated this person recently enough";
    case Reason::no_clause: return "no clause of the agreement permits it";
    case Reason::detriment: return "sharing would do the child more harm than good";
    case Reason::blue_rule: return "Blue is not used where domestic abuse is evident";
    case Reason::practitioner_needed: return "a practitioner there must choose between candidates";
    case Reason::not_open: return "not open to this service now";
    case Reason::dates_only: return "it holds dates only; they come with the summary where a clause allows";
    case Reason::outside_cohort: return "the agreement does not take referrals from there for this purpose";
    case Reason::no_lease: return "too few others confirm that it has the latest register";
    case Reason::agreement_revoked: return "the agreement is revoked";
    case Reason::suspended: return "it has suspended its answers to whoever asks here";
    case Reason::unwitnessed: return "too few other organisations witness its log";
    case Reason::cannot_log: return "its disk has no room for its log";
    case Reason::refused: return "the node refused the query; its log says why";
    }
    return "";
}

char const* name(NextStep step) {
    switch (step) {
    case NextStep::meeting: return "meeting";
    case NextStep::review: return "review";
    case NextStep::nobody_knows: return "nobody_knows";
    }
    return "";
}

char const* in_words(NextStep step) {
    switch (step) {
    case NextStep::meeting: return "One Front Door meeting";
    case NextStep::review: return "review by Early Help or another agency";
    case NextStep::nobody_knows: return "a person decides: nobody who answered has rated this family";
    }
    return "";
}

Result<Reason> parse_reason(std::uint8_t value) {
    if (value > static_cast<std::uint8_t>(Reason::cannot_log))
        return fail(Errc::malformed, "reason", "It is one of the listed numbers.");
    return static_cast<Reason>(value);
}

namespace {

/// The order in which one given colour explains the result before another: worst, then earliest, then by name alone so
/// that every node and every order of arrival agrees on it.
bool explains_before(Given const& a, Given const& b) {
    if (a.colour != b.colour) return a.colour > b.colour;
    return std::tie(a.at, a.party, a.person, a.basis) < std::tie(b.at, b.party, b.person, b.basis);
}

NextStep next_step(Colour worst) {
    switch (worst) {
    case Colour::red:
    case Colour::amber: return NextStep::meeting;
    case Colour::green:
    case Colour::blue: return NextStep::review;
    }
    return NextStep::meeting;
}

std::string clock(Instant at) {
    std::chrono::hh_mm_ss const time(at - day_of(at));
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%02d:%02d", int(time.hours().count()), int(time.minutes().count()));
    return text.data();
}

/// What every other party said at worst, in the alphabet's order (requirement A5): "Housing said AMBER, ...".
std::string others(std::vector<Given> const& given, PartyId const& except) {
    std::vector<Given const*> worst;
    for (auto const& one : given) {
        if (one.party == except) continue;
        auto const same = [&](Given const* other) { return other->party == one.party; };
        auto const place = std::find_if(worst.begin(), worst.end(), same);
        if (place == worst.end())
            worst.push_back(&one);
        else if (explains_before(one, **place))
            *place = &one;
    }
    std::sort(worst.begin(), worst.end(), [](Given const* a, Given const* b) {
        return std::tie(a->party_name, a->party) < std::tie(b->party_name, b->party);
    });
    std::string text;
    for (auto const* one : worst) {
        text += (text.empty() ? " " : ", ") + one->party_name + " said " + in_words(one->colour);
        if (one->basis == Basis::shared_facts) text += std::string(" (") + in_words(one->basis) + ")";
    }
    return text.empty() ? text : text + ".";
}

} // namespace

FamilyResult family_result(std::vector<Given> const& given, bool everybody_answered) {
    FamilyResult result;
    result.provisional = !everybody_answered;
    auto const first = std::min_element(given.begin(), given.end(), explains_before);
    if (first == given.end()) return result;
    result.worst = first->colour;
    result.because = *first;
    result.next = next_step(first->colour);
    return result;
}

std::string explain(FamilyResult const& result, std::vector<Given> const& given, std::vector<std::string> const& people,
                    std::string const& clause) {
    assert(result.worst.has_value() == result.because.has_value());
    std::string text;
    if (result.because) {
        auto const& because = *result.because;
        auto const person =
            because.person < people.size() ? people[because.person] : "person " + std::to_string(because.person + 1);
        auto const colour = std::string(in_words(because.colour));
        text =
            colour + " because " + because.party_name + " rated " + person + " " + colour + " at " + clock(because.at);
        if (because.basis == Basis::shared_facts) text += std::string(" from ") + in_words(because.basis);
        if (!clause.empty()) text += " (clause " + clause + ")";
        text += "." + others(given, because.party);
    } else {
        text = "No rating: nobody who answered gave a colour about this family.";
    }
    if (result.provisional) text += " Provisional: not everybody has answered.";
    return text;
}

} // namespace fanlight::policy
