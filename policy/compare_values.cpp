// Member by member: what each value of an agreement is called when it changes.

#include "policy/compare_states.hpp"

#include <array>

namespace fanlight::policy {

std::string show(std::string const& text) {
    return text.empty() ? "nothing" : "\"" + text + "\"";
}
std::string show(PartyId const& id) {
    return id.text();
}
std::string show(bool yes) {
    return yes ? "yes" : "no";
}
std::string show(std::uint64_t number) {
    return with_commas(number);
}
std::string show(std::int64_t number) {
    return number < 0 ? "-" + with_commas(static_cast<std::uint64_t>(-number))
                      : with_commas(static_cast<std::uint64_t>(number));
}
std::string show(Duration duration) {
    struct Unit {
        std::int64_t ms;
        char const* name;
    };
    constexpr std::array<Unit, 4> units{{{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1000, "s"}}};
    auto const ms = static_cast<std::int64_t>(duration.count());
    if (ms == 0) return "nothing";
    if (ms == units.front().ms) return "24h"; // as everybody writes it
    for (auto const& unit : units) {
        if (ms % unit.ms == 0) return std::to_string(ms / unit.ms) + unit.name;
    }
    return std::to_string(ms) + "ms";
}
std::string show(Day day) {
    return to_text(day);
}
std::string show(Instant instant) {
    return to_text(instant);
}
std::string show(std::chrono::weekday day) {
    constexpr std::array<char const*, 7> names{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                               "Thursday", "Friday", "Saturday"};
    return day.ok() ? names.at(day.c_encoding()) : "no day";
}
std::string show(Source source) {
    return name(source);
}
std::string show_list(std::vector<std::string> const& words, char const* none) {
    return words.empty() ? none : listed(words, "and");
}

void compare_head(States& states, Agreement const& before, Agreement const& after) {
    std::string const place = "agreement";
    states.value(place, "The name of the agreement", before.name, after.name);
    states.value(place, "The version", std::uint64_t(before.version), std::uint64_t(after.version));
    states.either(place, before.mode == Mode::practice, after.mode == Mode::practice,
                  "The agreement is now for practice with made-up families.",
                  "The agreement is now for real families.");
    states.value(place, "The domain", before.domain, after.domain);
    states.value(place, "The time from which it is in force", before.effective_from, after.effective_from);
    states.value(place, "The day by which it is reviewed", before.review_by, after.review_by);
    states.value(place, "The coordinator", before.coordinator, after.coordinator);
    states.list(place, "The list of parties that leave with this version", before.removes, after.removes, "nobody");
}

void compare_party(States& states, Party const& was, Party const& now) {
    auto const place = "party " + now.id.text();
    auto const of = [&](char const* what) { return std::string(what) + " of " + now.name; };
    states.value(place, "The name of the party " + now.id.text(), was.name, now.name);
    states.value(place, of("The organisation"), was.organisation, now.organisation);
    states.value(place, of("The supplier"), was.supplier, now.supplier);
    if (was.role != now.role) states.from_to(place, of("The role"), was.role, now.role);
    if (was.asked != now.asked)
        states.from_to(place, "When " + now.name + " is asked", name(was.asked), name(now.asked));
    states.either(place, was.sensitive, now.sensitive,
                  now.name + " is now a sensitive service: it says RED or AMBER, or one reply that says nothing.",
                  now.name + " is no longer a sensitive service: it tells what any agency of its role may tell.");
    states.either(place, was.dates_only, now.dates_only, now.name + " now holds dates and no narrative.",
                  now.name + " no longer holds dates alone.");
    states.either(place, was.fixed_time_replies, now.fixed_time_replies,
                  now.name + " now replies as late as a sensitive service.",
                  now.name + " no longer replies as late as a sensitive service.");
    states.value(place, "Whose records " + now.name + " keeps as an archive", was.archive_of, now.archive_of);
    states.list(place, "On which days somebody answers at " + now.name, was.working_days, now.working_days,
                "every day");
    states.value(place, "The number of people that " + now.name + " may enrol", std::uint64_t(was.people),
                 std::uint64_t(now.people));
    states.value(place, "The number of batches that " + now.name + " enrols every night",
                 std::uint64_t(was.nightly_batches), std::uint64_t(now.nightly_batches));
    auto const key = [&](char const* what, std::string const& old_key, std::string const& new_key) {
        if (old_key != new_key) states.say(place, of(what) + " is replaced.");
    };
    key("The signing key", was.signing_key, now.signing_key);
    key("The key of the accountable officer", was.officer, now.officer);
    key("The key of the data protection officer", was.dpo, now.dpo);
    states.value(place, of("The duty contact"), was.duty_contact, now.duty_contact);
}

void compare_keys(States& states, KeyHolders const& was, KeyHolders const& now) {
    states.value("keys", "How many holders a token takes", std::uint64_t(was.threshold), std::uint64_t(now.threshold));
    states.list("keys", "Who may hold a share of the identity key", was.holders, now.holders, "nobody");
    states.value("keys", "The number of days after which a key is due to be replaced", std::uint64_t(was.epoch_days),
                 std::uint64_t(now.epoch_days));
}

void compare_budgets(States& states, Budgets const& was, Budgets const& now) {
    auto const number = [&](char const* what, std::uint32_t before, std::uint32_t after) {
        states.value("budgets", what, std::uint64_t(before), std::uint64_t(after));
    };
    number("The budget of evaluations for queries, at one holder on one day", was.query_evaluations_per_day,
           now.query_evaluations_per_day);
    number("The number of evaluations that enrolling one person takes", was.enrol_evaluations_per_person,
           now.enrol_evaluations_per_person);
    number("The percentage of the bulk quota that may be enrolled on one day of an open epoch",
           was.enrol_delta_percent_per_day, now.enrol_delta_percent_per_day);
    number("The budget of slots at an agency, for each asking party on one day", was.slots_per_day, now.slots_per_day);
}

void compare_purpose(States& states, Purpose const& was, Purpose const& now) {
    auto const place = "purpose " + now.id;
    states.value(place, "The name of the purpose " + now.id, was.name, now.name);
    states.either(place, was.domestic_abuse, now.domestic_abuse,
                  "Domestic abuse is now what the purpose " + now.id + " is about.",
                  "Domestic abuse is no longer what the purpose " + now.id + " is about.");
    states.list(place, "Who may refer for the purpose " + now.id, was.sources, now.sources, "anybody");
}

void compare_basis(States& states, LawfulBasis const& was, LawfulBasis const& now) {
    auto const text = [&](char const* what, std::string const& before, std::string const& after) {
        states.value("basis", std::string(what) + " of the lawful basis " + now.article_6, before, after);
    };
    auto const list = [&](char const* what, std::vector<std::string> const& before,
                          std::vector<std::string> const& after, char const* none) {
        if (before != after)
            states.from_to("basis", std::string(what) + " of the lawful basis " + now.article_6,
                           show_list(before, none), show_list(after, none));
    };
    list("The list of roles", was.roles, now.roles, "every role");
    list("The list of purposes", was.purposes, now.purposes, "every purpose");
    if (was.article_6 != now.article_6)
        states.from_to("basis", "A lawful basis under Article 6", show(was.article_6), show(now.article_6));
    text("Article 9", was.article_9, now.article_9);
    text("Article 10", was.article_10, now.article_10);
    text("Schedule 1", was.schedule_1, now.schedule_1);
    list("The list of gateways", was.gateways, now.gateways, "none");
}

void compare_document(States& states, Document const& was, Document const& now) {
    auto const title = show(now.title);
    if (was.kind != now.kind)
        states.from_to("document", "The kind of the document " + title, name(was.kind), name(now.kind));
    states.value("document", std::string("The title of a document (") + name(now.kind) + ")", was.title, now.title);
    if (was.roles != now.roles)
        states.from_to("document", "Whose the document " + title + " is", show_list(was.roles, "everybody's"),
                       show_list(now.roles, "everybody's"));
    states.value("document", "The date of the document " + title, was.dated, now.dated);
    states.value("document", "The day by which the document " + title + " is looked at again", was.review_by,
                 now.review_by);
}

void compare_outcome(States& states, Outcome const& was, Outcome const& now) {
    auto const place = "outcome " + now.id;
    states.value(place, "The name of the outcome " + now.id, was.name, now.name);
    if (was.level != now.level)
        states.from_to(place, "The level of the outcome " + now.id, name(was.level), name(now.level));
    states.either(place, was.where_domestic_abuse, now.where_domestic_abuse,
                  "The outcome " + now.id + " may now be chosen where domestic abuse is evident.",
                  "The outcome " + now.id + " may no longer be chosen where domestic abuse is evident.");
    states.either(place, was.needs_consent_state, now.needs_consent_state,
                  "The state of consent is now recorded with the outcome " + now.id + ".",
                  "The state of consent is no longer recorded with the outcome " + now.id + ".");
}

void compare_route(States& states, Route const& was, Route const& now) {
    auto const place = "route " + now.id;
    states.value(place, "The name of the route " + now.id, was.name, now.name);
    states.value(place, "The time to reply on the route " + now.id, was.reply_within, now.reply_within);
    states.value(place, "The time to the meeting on the route " + now.id, was.meeting_within, now.meeting_within);
}

void compare_matching(States& states, Matching const& was, Matching const& now) {
    std::string const place = "matching";
    states.value(place, "The version of matching", std::uint64_t(was.version), std::uint64_t(now.version));
    states.value(place, "The number of points from which on a record is surely the person", std::int64_t(was.sure),
                 std::int64_t(now.sure));
    states.value(place, "The number of points from which on a record may be the person", std::int64_t(was.unsure),
                 std::int64_t(now.unsure));
    states.value(place, "The number of anchors that a person in a query needs", std::uint64_t(was.minimum_anchors),
                 std::uint64_t(now.minimum_anchors));
    std::uint64_t fresh = 0;
    std::uint64_t other = 0;
    for (auto const& one : now.points) {
        auto const at = was.points.find(one.first);
        if (at == was.points.end())
            ++fresh;
        else if (at->second != one.second)
            ++other;
    }
    auto const kept = now.points.size() - fresh;
    auto const gone = was.points.size() - kept;
    if (fresh + other + gone == 0) return;
    states.say(place, "Points change: of " + counted(other, "feature", "features") + " the number, " +
                          counted(fresh, "feature is", "features are") + " new, " +
                          counted(gone, "feature is", "features are") + " gone, " +
                          counted(kept - other, "stays", "stay") + ".");
}

void compare_release(States& states, Release const& was, Release const& now) {
    std::string const place = "release";
    auto const number = [&](char const* what, std::uint32_t before, std::uint32_t after) {
        states.value(place, what, std::uint64_t(before), std::uint64_t(after));
    };
    states.value(place, "The time after which an ordinary answer leaves", was.automatic_after, now.automatic_after);
    states.value(place, "The time after which the reply of a sensitive service leaves", was.sensitive_after,
                 now.sensitive_after);
    states.value(place, "The time for which a query lives", was.query_lives, now.query_lives);
    number("The number of days for which a rating is fresh", was.rating_fresh_days, now.rating_fresh_days);
    number("The number of days for which a source is fresh", was.source_fresh_days, now.source_fresh_days);
    number("The hour, UTC, at which sensitive services enrol", was.night_hour_utc, now.night_hour_utc);
}

void compare_retention(States& states, Retention const& was, Retention const& now) {
    states.value("retention", "The number of days for which the coordinator keeps whom a closed case was about",
                 std::uint64_t(was.linked_cases_days), std::uint64_t(now.linked_cases_days));
}

void compare_rules(States& states, Rules const& was, Rules const& now) {
    std::string const place = "rules";
    states.either(place, was.blue_where_domestic_abuse, now.blue_where_domestic_abuse,
                  "BLUE may now be said where domestic abuse is evident.",
                  "BLUE may no longer be said where domestic abuse is evident.");
    states.value(place, "The reason why BLUE may be said where domestic abuse is evident", was.blue_reason,
                 now.blue_reason);
    states.either(place, was.individual_rating, now.individual_rating, "Each person is now rated.",
                  "Each person is no longer rated.");
    states.value(place, "The clause that is cited for the result", was.result_clause, now.result_clause);
    states.value(place, "The Dash score from which on it is high", std::uint64_t(was.dash_high),
                 std::uint64_t(now.dash_high));
}

std::vector<std::string> members_changed(Clause const& was, Clause const& now) {
    std::vector<std::string> names;
    auto const look = [&](char const* name, auto const& before, auto const& after) {
        if (before != after) names.emplace_back(name);
    };
    look("fields", was.fields, now.fields);
    look("roles", was.roles, now.roles);
    look("recipients", was.to, now.to);
    look("subjects", was.about, now.about);
    look("purposes", was.purposes, now.purposes);
    look("routes", was.routes, now.routes);
    look("colours", was.colours, now.colours);
    look("conditions", was.when, now.when);
    look("stage", was.stage, now.stage);
    return names;
}

} // namespace fanlight::policy
