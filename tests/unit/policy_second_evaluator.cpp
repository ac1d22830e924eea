// The decider against a second evaluator that was written from docs/agreement.md alone, on millions of random questions
// and on every question that small agreements and the practice agreement can be asked.
//
// FANLIGHT_POLICY_CASES=1000000000 asks so many random questions. Seeds are fixed: agreement n is drawn from seed n.

#include "tests/unit/policy_fixture.hpp"
#include "tests/unit/second_evaluator.hpp"
#include "tests/unit/second_generator.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cstdlib>

namespace fanlight::policy {
namespace {

using namespace test;
using second::Answer;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif
#else
constexpr bool sanitized = false;
#endif

constexpr std::size_t cases_wanted = sanitized ? 500'000 : 10'000'000;
constexpr std::size_t cases_of_an_agreement = 2'000;
constexpr std::size_t large_agreements = sanitized ? 2 : 10;
constexpr std::size_t agreements_explained = sanitized ? 30 : 300;
constexpr std::size_t small_agreements = 6;
constexpr std::size_t stride_of_cells = sanitized ? 61 : 1; ///< of the circumstances of a key; has no factor in common

std::size_t cases_asked_for() {
    auto const* const set = std::getenv("FANLIGHT_POLICY_CASES");
    return set == nullptr ? cases_wanted : static_cast<std::size_t>(std::strtoull(set, nullptr, 10));
}

// A disagreement in words.

std::string text_of(std::string_view text) {
    return "\"" + std::string(text) + "\"";
}
char const* text_of(bool value) {
    return value ? "yes" : "no";
}
template <class T> std::string names_of(std::vector<T> const& list) {
    std::string text;
    for (auto const& one : list) {
        if constexpr (std::is_same_v<T, std::string>) {
            text += " " + text_of(one);
        } else {
            text += std::string(" ") + name(one);
        }
    }
    return list.empty() ? " (empty)" : text;
}

char const* name_of(ConsentFact consent) {
    switch (consent) {
    case ConsentFact::unknown: return "unknown";
    case ConsentFact::given: return "given";
    case ConsentFact::refused: return "refused";
    }
    return "";
}

std::string in_words(Clause const& clause) {
    return "clause " + clause.id + " (" + clause.text + ") stage " + std::to_string(clause.stage) + "\n    fields" +
           names_of(clause.fields) + "; roles" + names_of(clause.roles) + "; to" + names_of(clause.to) + "; about" +
           names_of(clause.about) + "; purposes" + names_of(clause.purposes) + "; routes" + names_of(clause.routes) +
           "; colours" + names_of(clause.colours) + "; when" + names_of(clause.when) + "\n";
}

std::string in_words(Agreement const& agreement) {
    std::string text = "  coordinator " + agreement.coordinator.text() + ", blue_where_domestic_abuse " +
                       text_of(agreement.rules.blue_where_domestic_abuse) + "\n";
    for (auto const& one : agreement.parties)
        text += "  party " + one.id.text() + " of role " + text_of(one.role) + "\n";
    for (auto const& one : agreement.purposes)
        text += "  purpose " + text_of(one.id) + (one.domestic_abuse ? " about domestic abuse" : "") + "\n";
    for (auto const& one : agreement.routes) text += "  route " + text_of(one.id) + "\n";
    for (auto const& clause : agreement.clauses) text += "  " + in_words(clause);
    return text;
}

std::string in_words(Request const& question) {
    auto const& facts = question.facts;
    return "  role " + text_of(question.role) + ", to " + text_of(question.to) + ", sensitive " +
           text_of(question.sensitive) + "\n  field " + name(question.field) + ", stage " +
           std::to_string(question.stage) + ", purpose " + text_of(question.purpose) + ", route " +
           text_of(question.route) + "\n  own colour " + (question.own_colour ? name(*question.own_colour) : "none") +
           ", about " + name(facts.subject) + "\n  marac_threshold " + text_of(facts.marac_threshold) +
           ", section_47 " + text_of(facts.section_47) + ", someone_red_or_amber " +
           text_of(facts.someone_red_or_amber) + ", domestic_abuse " + text_of(facts.domestic_abuse) + ", dash_high " +
           text_of(facts.dash_high) + ", consent " + name_of(facts.consent) + "\n";
}

std::string in_words(Agreement const& agreement, Decision const& decision) {
    if (auto const* const refusal = std::get_if<Refusal>(&decision))
        return refusal->reason == Reason::blue_rule ? "refused by the Blue rule\n" : "refused: no clause\n";
    auto const place = std::get<Permit>(decision).clause;
    if (place >= agreement.clauses.size()) return "permitted by a clause that is not there\n";
    return "permitted by " + in_words(agreement.clauses[place]);
}

/// Without the clauses that play no part in the disagreement.
Agreement smallest(Agreement agreement, Request const& question) {
    for (std::size_t i = agreement.clauses.size(); i-- > 0;) {
        auto without = agreement;
        without.clauses.erase(without.clauses.begin() + static_cast<std::ptrdiff_t>(i));
        if (decide(without, question) != second::answer(without, question).decision) agreement = std::move(without);
    }
    return agreement;
}

std::string disagreement(std::string const& origin, Agreement const& given, Request const& question,
                         char const* who = "Decider::decide", std::optional<Decision> said = std::nullopt) {
    auto const agreement = said ? given : smallest(given, question);
    auto const right = second::answer(agreement, question);
    if (!said) said = Decider(agreement).decide(question);
    return "from " + origin + "\nThe question:\n" + in_words(question) + who + ": " + in_words(agreement, *said) +
           "The second evaluator, by rule " + std::to_string(right.rule) + ": " + in_words(agreement, right.decision) +
           "The agreement, as far as it matters:\n" + in_words(agreement);
}

// What was asked, so that nobody passes by refusing everything.

enum Part : std::size_t { stage, fields, roles, to, purposes, routes, colours, about, when, part_count };
constexpr std::array<char const*, part_count> part_names{"stage",  "fields",  "roles", "to",  "purposes",
                                                         "routes", "colours", "about", "when"};

struct Tally {
    std::size_t cases = 0;
    std::array<std::size_t, 9> by_rule{};                    ///< 1 to 8
    std::array<std::size_t, 4> unknown{};                    ///< role, to, purpose, route: nothing else was wrong
    std::array<std::size_t, condition_count> by_condition{}; ///< permits of a clause with this condition alone
    std::size_t facts_permitted = 0;
    std::size_t others_told = 0;                   ///< permits to a role that is not the coordinator's
    std::size_t looked_at = 0;                     ///< cases counted by part
    std::array<std::size_t, part_count> by_part{}; ///< this part of rule 6 alone changed the answer
};

/// The first part of rule 6 without which another clause would have answered.
std::optional<std::size_t> part_that_decided(Agreement const& agreement, Request const& question, Answer const& right) {
    auto const* const permit = right.rule == 6 ? std::get_if<Permit>(&right.decision) : nullptr;
    auto const end = permit == nullptr ? agreement.clauses.size() : permit->clause;
    for (std::size_t i = 0; i < end; ++i) {
        auto const& clause = agreement.clauses[i];
        std::array<bool, part_count> const fits{
            second::stage_fits(clause, question),          second::fields_fit(clause, question),
            second::roles_fit(clause, question),           second::to_fits(agreement, clause, question),
            second::purposes_fit(clause, question),        second::routes_fit(clause, question),
            second::colours_fit(clause, question),         second::about_fits(clause, question),
            second::when_fits(agreement, clause, question)};
        if (std::count(fits.begin(), fits.end(), false) != 1) continue;
        return static_cast<std::size_t>(std::find(fits.begin(), fits.end(), false) - fits.begin());
    }
    return std::nullopt;
}

void count(Tally& tally, Agreement const& agreement, Request const& question, Answer const& right) {
    ++tally.cases;
    ++tally.by_rule.at(right.rule);
    if (right.rule == 1) {
        bool const fact = second::has(second::facts, question.field);
        std::array<bool, 4> const wrong{!second::names_role(agreement, question.role),
                                        !fact && !second::names_role(agreement, second::told(agreement, question)),
                                        !second::names_purpose(agreement, question.purpose),
                                        !second::names_route(agreement, question.route)};
        if (std::count(wrong.begin(), wrong.end(), true) == 1)
            ++tally.unknown.at(static_cast<std::size_t>(std::find(wrong.begin(), wrong.end(), true) - wrong.begin()));
    }
    if (right.rule == 6) {
        auto const& clause = agreement.clauses[std::get<Permit>(right.decision).clause];
        if (clause.when.size() == 1) ++tally.by_condition.at(static_cast<std::size_t>(clause.when.front()));
        if (second::has(second::facts, question.field)) {
            ++tally.facts_permitted;
        } else if (second::told(agreement, question) != second::role_of_coordinator(agreement)) {
            ++tally.others_told;
        }
    }
    if (right.rule >= 6 && tally.cases % 16 == 0) {
        ++tally.looked_at;
        if (auto const part = part_that_decided(agreement, question, right)) ++tally.by_part.at(*part);
    }
}

std::string in_words(Tally const& tally) {
    std::string text = std::to_string(tally.cases) + " cases; by rule";
    for (std::size_t i = 1; i < tally.by_rule.size(); ++i) text += " " + std::to_string(tally.by_rule.at(i));
    text += "; unknown role, to, purpose, route";
    for (auto const number : tally.unknown) text += " " + std::to_string(number);
    text += "; facts permitted " + std::to_string(tally.facts_permitted) + ", others told " +
            std::to_string(tally.others_told) + "\nof " + std::to_string(tally.looked_at) + " decided by";
    for (std::size_t i = 0; i < part_count; ++i)
        text += std::string(" ") + part_names.at(i) + " " + std::to_string(tally.by_part.at(i));
    text += "\npermitted by the condition alone";
    for (auto const condition : second::all_conditions)
        text += std::string(" ") + name(condition) + " " +
                std::to_string(tally.by_condition.at(static_cast<std::size_t>(condition)));
    return text;
}

void ask_at_random(Tally& tally, std::uint64_t seed, second::Names const& names, second::Size const& size,
                   std::size_t cases) {
    auto const origin = "seed " + std::to_string(seed);
    second::Dice dice(seed);
    auto const agreement = second::draw_agreement(dice, names, size);
    Decider const decider{Agreement(agreement)}; // of a copy that is gone: it keeps no reference
    second::Asker asker(dice, agreement, names);
    for (std::size_t i = 0; i < cases; ++i) {
        auto const question = asker.draw();
        auto const right = second::answer(agreement, question);
        if (decider.decide(question) != right.decision) FAIL(disagreement(origin, agreement, question));
        if (i == 0) REQUIRE(decide(agreement, question) == right.decision);
        count(tally, agreement, question, right);
    }
}

// Every cell.

/// All of them, with their places, made here and not by circumstance_at().
std::vector<std::pair<std::size_t, Circumstance>> all_circumstances() {
    std::vector<std::pair<std::size_t, Circumstance>> list;
    for (auto const& own_colour : second::own_colours) {
        for (auto const subject : second::all_subjects) {
            for (auto const consent : second::all_consents) {
                for (unsigned flags = 0; flags < 1U << flag_count; ++flags) {
                    Facts const facts{.marac_threshold = (flags & 1U) != 0,
                                      .section_47 = (flags & 2U) != 0,
                                      .someone_red_or_amber = (flags & 4U) != 0,
                                      .domestic_abuse = (flags & 8U) != 0,
                                      .dash_high = (flags & 16U) != 0,
                                      .subject = subject,
                                      .consent = consent};
                    list.emplace_back(place_of(own_colour, facts), Circumstance{own_colour, facts});
                }
            }
        }
    }
    return list;
}

/// The row as one answer for each place. Its form is what policy/decide.hpp promises.
std::vector<Decision> spread(Decider::Row const& row) {
    std::vector<Decision> answers(circumstance_count, Refusal{Reason::no_clause});
    std::optional<std::size_t> last;
    Circumstances taken;
    for (auto const& [clause, places] : row.permits) {
        REQUIRE((!last || *last < clause));
        REQUIRE(places.any());
        REQUIRE((places & taken).none());
        last = clause;
        taken |= places;
        for (std::size_t i = 0; i < circumstance_count; ++i) {
            if (places.test(i)) answers[i] = Permit{clause};
        }
    }
    REQUIRE((row.blue_rule & taken).none());
    for (std::size_t i = 0; i < circumstance_count; ++i) {
        if (row.blue_rule.test(i)) answers[i] = Refusal{Reason::blue_rule};
    }
    return answers;
}

/// All questions of one agreement: at the field's own stage by decide() and as a row, and at the other stage.
class Exhaustive {
  public:
    Exhaustive(std::string origin, Agreement const& agreement, Tally& tally)
        : origin_(std::move(origin)), agreement_(agreement), decider_(agreement), tally_(tally),
          circumstances_(all_circumstances()) {}

    void ask() {
        for (std::size_t role = 0; role < decider_.roles().size(); ++role) {
            for (auto const field : second::all_fields) {
                bool const fact = second::has(second::facts, field);
                for (std::size_t to = 0; to < (fact ? 1 : decider_.roles().size()); ++to) {
                    for (bool const sensitive : {false, true}) ask_everywhere(role, to, sensitive, field);
                }
            }
        }
    }

  private:
    void ask_everywhere(std::size_t role, std::size_t to, bool sensitive, DataField field) {
        for (std::size_t purpose = 0; purpose < agreement_.purposes.size(); ++purpose) {
            for (std::size_t route = 0; route < agreement_.routes.size(); ++route)
                ask_key({role, to, sensitive, field, purpose, route});
        }
    }

    void ask_key(Decider::Key const& key) {
        auto const row = spread(decider_.row(key));
        Request question{.field = key.field};
        question.role = decider_.roles()[key.role];
        question.to = decider_.roles()[key.to];
        question.sensitive = key.sensitive;
        question.purpose = agreement_.purposes[key.purpose].id;
        question.route = agreement_.routes[key.route].id;
        std::uint8_t const own_stage = second::has(second::fields_of_stage_1, key.field) ? 1 : 2;
        bool const is_coordinator = question.to == second::role_of_coordinator(agreement_);
        // From a start that moves, so that one key after the other all are asked where not all are asked of each.
        for (std::size_t i = keys_++ % stride_of_cells; i < circumstances_.size(); i += stride_of_cells) {
            auto const& [place, circumstance] = circumstances_[i];
            question.own_colour = circumstance.own_colour;
            question.facts = circumstance.facts;
            question.stage = own_stage;
            auto const right = ask_one(question);
            if (row[place] != right.decision)
                FAIL(disagreement(origin_, agreement_, question, "Decider::row", row[place]));
            if (i % 17 != 0) continue;
            question.stage = static_cast<std::uint8_t>(3 - own_stage);
            ask_one(question);
            if (!is_coordinator) continue;
            auto unnamed = question;
            unnamed.to = {};
            unnamed.stage = own_stage;
            ask_one(unnamed);
        }
    }

    Answer ask_one(Request const& question) {
        auto const right = second::answer(agreement_, question);
        if (decider_.decide(question) != right.decision) FAIL(disagreement(origin_, agreement_, question));
        count(tally_, agreement_, question, right);
        return right;
    }

    std::string origin_;
    Agreement const& agreement_;
    Decider decider_;
    Tally& tally_;
    std::vector<std::pair<std::size_t, Circumstance>> circumstances_;
    std::size_t keys_ = 0;
};

TEST_CASE("policy: the second evaluator's words of the text are those of the language") {
    CHECK(second::all_fields.size() == data_field_count);
    for (std::size_t i = 0; i < data_field_count; ++i) {
        auto const field = static_cast<DataField>(i);
        INFO(name(field));
        CHECK(second::has(second::facts, field) == (std::string_view(name(field)).substr(0, 5) == "fact_"));
        CHECK(second::has(second::facts, field) == is_fact(field));
        CHECK(second::has(second::fields_of_stage_1, field) == (stage_of(field) == 1));
        CHECK(second::has(second::fields_of_stage_2, field) == (stage_of(field) == 2));
    }
    CHECK(second::all_conditions.size() == condition_count);
    CHECK(second::all_subjects.size() == subject_count);
}

TEST_CASE("policy: every circumstance has its own place, and the place leads back to it") {
    auto const circumstances = all_circumstances();
    REQUIRE(circumstances.size() == circumstance_count);
    Circumstances seen;
    for (auto const& [place, circumstance] : circumstances) {
        REQUIRE(place < circumstance_count);
        REQUIRE(!seen.test(place));
        seen.set(place);
        auto const back = circumstance_at(place);
        REQUIRE(back.own_colour == circumstance.own_colour);
        REQUIRE(back.facts == circumstance.facts);
    }
}

TEST_CASE("policy: the decider and the second evaluator agree on random agreements and questions") {
    auto const wanted = cases_asked_for();
    Tally tally;
    for (std::uint64_t seed = 1; tally.cases < wanted; ++seed)
        ask_at_random(tally, seed, second::words, {}, std::min(cases_of_an_agreement, wanted - tally.cases));
    INFO("seeds from 1; " << in_words(tally));
    if (std::getenv("FANLIGHT_POLICY_CASES") != nullptr) WARN(in_words(tally));
    REQUIRE(tally.cases == wanted);
    if (wanted < 100'000) return;

    // Of a thousand cases so many at least.
    std::array<std::size_t, 9> const by_rule{0, 50, 50, 50, 15, 8, 200, 20, 100};
    for (std::size_t rule = 1; rule < by_rule.size(); ++rule) {
        INFO("rule " << rule);
        CHECK(tally.by_rule.at(rule) >= by_rule.at(rule) * (wanted / 1000));
    }
    for (auto const number : tally.unknown) CHECK(number >= 5 * (wanted / 1000));
    CHECK(tally.facts_permitted >= 10 * (wanted / 1000));
    CHECK(tally.others_told >= 10 * (wanted / 1000));
    for (std::size_t i = 0; i < part_count; ++i) {
        INFO(part_names.at(i));
        CHECK(tally.by_part.at(i) >= 5 * (tally.looked_at / 1000));
    }
    for (auto const condition : second::all_conditions) {
        INFO(name(condition));
        CHECK(tally.by_condition.at(static_cast<std::size_t>(condition)) >= wanted / 1000);
    }
}

TEST_CASE("policy: explain says that a sensitive service may always raise exactly where rule 7 permits") {
    std::size_t raised = 0;
    for (std::uint64_t seed = 1; seed <= agreements_explained; ++seed) {
        second::Dice dice(seed);
        auto const agreement = second::draw_agreement(dice, second::words, {});
        second::Asker asker(dice, agreement, second::words);
        for (std::size_t i = 0; i < 300; ++i) {
            auto const question = asker.draw();
            auto const right = second::answer(agreement, question);
            auto const text = explain(agreement, question, right.decision);
            bool const says_so = text.find("may always raise") != std::string::npos;
            if (says_so != (right.rule == 7))
                FAIL(text << "\n"
                          << "from seed " << seed << "; rule " << right.rule << "\n"
                          << in_words(question) << in_words(agreement));
            raised += right.rule == 7 ? 1U : 0U;
        }
    }
    CHECK(raised >= agreements_explained);
}

TEST_CASE("policy: the decider and the second evaluator agree on agreements as large as can be") {
    auto const names = second::numbered();
    Tally tally;
    for (std::uint64_t seed = 1; seed <= large_agreements; ++seed) {
        std::size_t const list = seed % 2 == 0 ? 6 : list_max;
        ask_at_random(tally, seed, names,
                      {parties_max, parties_max, purposes_max, routes_max, clauses_max, list, true, 15},
                      cases_of_an_agreement);
    }
    INFO(in_words(tally));
    CHECK(tally.by_rule[6] >= tally.cases / 20);
    CHECK(tally.by_rule[8] >= tally.cases / 20);
}

TEST_CASE("policy: the decider and the second evaluator agree on every question of small agreements") {
    Tally tally;
    for (std::uint64_t seed = 1; seed <= small_agreements; ++seed) {
        second::Dice dice(seed);
        auto const agreement = second::draw_agreement(dice, second::words, {4, 3, 2, 2, 10, 2, true});
        Exhaustive("small agreement of seed " + std::to_string(seed), agreement, tally).ask();
    }
    INFO(in_words(tally));
    for (std::size_t rule = 2; rule <= 8; ++rule) {
        INFO("rule " << rule);
        CHECK(tally.by_rule.at(rule) >= tally.cases / 1000);
    }
    for (auto const number : tally.by_part) CHECK(number > 0);

    // The smallest one: who asks, and nobody else.
    Agreement alone{.coordinator = party("coordinator")};
    Party coordinator{.id = alone.coordinator};
    coordinator.role = "coordinator";
    alone.parties.push_back(coordinator);
    alone.purposes.push_back({.id = "safeguarding", .name = "Safeguarding"});
    alone.routes.push_back({.id = "s47", .name = "Section 47"});
    Tally of_alone;
    Exhaustive("the smallest agreement", alone, of_alone).ask();
    CHECK(of_alone.by_rule[6] + of_alone.by_rule[7] == 0);
    CHECK(of_alone.by_rule[5] > 0);
}

TEST_CASE("policy: the decider and the second evaluator agree on every question of the practice agreement") {
    auto const agreement = practice_agreement();
    Tally tally;
    Exhaustive("the practice agreement", agreement, tally).ask();
    INFO(in_words(tally));
    CHECK(tally.cases > 20'000'000 / stride_of_cells);
    for (std::size_t rule = 2; rule <= 8; ++rule) {
        INFO("rule " << rule);
        CHECK(tally.by_rule.at(rule) > 0);
    }
}

} // namespace
} // namespace fanlight::policy
