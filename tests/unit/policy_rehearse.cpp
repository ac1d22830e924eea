// Trying a draft on the past: the bytes that are logged, and counts that are those of deciding both ways.

#include "crypto/text.hpp"
#include "policy/rehearse.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>

namespace fanlight::policy {
namespace {

constexpr std::array<char const*, 3> rehearsed_roles{"hub", "health", "refuge"};
constexpr std::array<char const*, 3> rehearsed_purposes{"children", "adults", "none_such"};
constexpr std::array<char const*, 3> rehearsed_routes{"s47", "standard", "none_such"};

template <class T> T below(std::size_t count) {
    return static_cast<T>(*rc::gen::inRange<std::size_t>(0, count));
}
bool any_bool() {
    return *rc::gen::arbitrary<bool>();
}
/// Some of the first `count` of a kind; often none, which means any.
template <class T> std::vector<T> some_of(std::size_t count, std::size_t first = 0) {
    std::vector<T> some;
    if (below<int>(3) != 0) return some;
    for (auto i = first; i < count; ++i)
        if (any_bool()) some.push_back(static_cast<T>(i));
    return some;
}
template <class List> std::vector<std::string> some_names(List const& names) {
    std::vector<std::string> some;
    for (auto const place : some_of<std::size_t>(names.size())) some.emplace_back(names[place]);
    return some;
}

Clause any_clause(std::size_t number) {
    Clause clause{};
    clause.id = std::to_string(number / 3 + 1) + "." + std::to_string(below<int>(3)); // the same number now and then
    clause.stage = static_cast<std::uint8_t>(1 + below<int>(2));
    for (std::size_t i = 0; i < data_field_count; ++i)
        if (stage_of(static_cast<DataField>(i)) == clause.stage && any_bool())
            clause.fields.push_back(static_cast<DataField>(i));
    clause.roles = some_names(rehearsed_roles);
    clause.to = some_names(rehearsed_roles);
    clause.about = some_of<Subject>(subject_count, 1);
    clause.colours = some_of<Colour>(5, 1);
    clause.when = some_of<Condition>(condition_count);
    if (clause.when.empty()) clause.when.push_back(Condition::always);
    return clause;
}

Agreement any_agreement() {
    Agreement agreement{.coordinator = PartyId::parse("hub").value()};
    for (auto const* role : rehearsed_roles) {
        Party party{.id = PartyId::parse(role).value()};
        party.role = role;
        party.sensitive = party.role == "refuge";
        agreement.parties.push_back(std::move(party));
    }
    for (std::size_t i = 0; i < 2; ++i) {
        agreement.purposes.push_back({rehearsed_purposes[i], "", any_bool()});
        agreement.routes.push_back({rehearsed_routes[i], "", {}, {}});
    }
    agreement.rules.blue_where_domestic_abuse = any_bool();
    for (std::size_t i = 0, count = below<std::size_t>(8); i < count; ++i) agreement.clauses.push_back(any_clause(i));
    return agreement;
}

Facts any_facts() {
    return {any_bool(),
            any_bool(),
            any_bool(),
            any_bool(),
            any_bool(),
            below<Subject>(subject_count),
            below<ConsentFact>(consent_fact_count)};
}

Request any_request(Teller const& teller) {
    Request request{.field = below<DataField>(data_field_count)};
    request.role = teller.role;
    request.sensitive = teller.sensitive;
    request.stage = stage_of(request.field);
    request.purpose = rehearsed_purposes[below<std::size_t>(3)];
    request.route = rehearsed_routes[below<std::size_t>(3)];
    if (auto const colour = below<int>(5); colour != 0) request.own_colour = static_cast<Colour>(colour);
    request.facts = any_facts();
    return request;
}

Teller any_teller() {
    auto const* role = rehearsed_roles[below<std::size_t>(3)];
    return {role, std::string(role) == "refuge"};
}

struct Taken {
    Request request;
    Bytes logged;
};
std::vector<Taken> any_past(Agreement const& agreement, Teller const& teller) {
    std::vector<Taken> past;
    for (std::size_t i = 0, count = below<std::size_t>(40); i < count; ++i) {
        auto const request = any_request(teller);
        past.push_back({request, encode(past_decision(agreement, request, decide(agreement, request)))});
    }
    return past;
}

Rehearsal::Report rehearsed(std::vector<Taken> const& past, Agreement const& draft, Teller const& teller) {
    Rehearsal rehearsal(draft, teller);
    for (auto const& one : past)
        rehearsal.add(decode_past_decision(one.logged).value(), one.request.purpose, one.request.route);
    return rehearsal.report();
}

/// The clause's number, or nothing.
std::string clause_of(Agreement const& agreement, Request const& request) {
    auto const decision = decide(agreement, request);
    auto const* permit = std::get_if<Permit>(&decision);
    return permit == nullptr ? std::string() : agreement.clauses[permit->clause].id;
}

PastDecision red_told() {
    Facts facts{};
    facts.section_47 = true;
    facts.subject = Subject::child;
    facts.consent = ConsentFact::refused;
    return {DataField::colour, Colour::red, facts, Reason::none, "4.1"};
}

} // namespace

TEST_CASE("rehearse: a decision has the bytes that are documented") {
    CHECK(crypto::to_hex(encode(red_told())) == "0004010202000000"
                                                "342e31");
    PastDecision refused{DataField::marac_dates, std::nullopt, {}, Reason::no_clause, {}};
    CHECK(crypto::to_hex(encode(refused)) == "0900000000040000");
    Facts all{true, true, true, true, true, Subject::other, ConsentFact::given};
    CHECK(crypto::to_hex(encode({DataField::fact_statement, Colour::blue, all, Reason::blue_rule, {}})) ==
          "1101041f01060000");
    // Each fact has a bit of its own.
    for (unsigned bit = 0; bit < flag_count; ++bit) {
        Facts one{};
        bool* const facts[] = {&one.marac_threshold, &one.section_47, &one.someone_red_or_amber, &one.domestic_abuse,
                               &one.dash_high};
        *facts[bit] = true;
        auto const bytes = encode({DataField::colour, {}, one, Reason::no_clause, {}});
        CHECK(bytes[3] == 1U << bit);
        CHECK(decode_past_decision(bytes).value().facts == one);
    }
}

TEST_CASE("rehearse: bytes that are no decision are refused, at every place") {
    auto const good = encode(red_told());
    auto const is_taken = [](Bytes const& bytes) {
        auto const decoded = decode_past_decision(bytes);
        if (!decoded) CHECK(decoded.error().code == Errc::malformed);
        return decoded.has_value();
    };
    auto const with = [&good](std::size_t at, unsigned value) {
        auto changed = good;
        changed[at] = static_cast<std::uint8_t>(value);
        return changed;
    };
    REQUIRE(is_taken(good));
    for (std::size_t size = 0; size <= 8; ++size) CHECK_FALSE(is_taken({good.begin(), good.begin() + long(size)}));
    struct Place {
        std::size_t at;
        unsigned last; ///< value that is taken
    };
    for (auto const [at, last] : {Place{0, data_field_count - 1}, Place{1, 4}, Place{2, subject_count - 1},
                                  Place{3, 31}, Place{4, consent_fact_count - 1}, Place{6, 0}, Place{7, 0}})
        for (unsigned value = 0; value < 256; ++value) {
            CAPTURE(at, value);
            CHECK(is_taken(with(at, value)) == (value <= last));
        }
    auto const refused = encode({DataField::colour, Colour::red, {}, Reason::no_clause, {}});
    for (unsigned reason = 0; reason < 256; ++reason) {
        CAPTURE(reason);
        CHECK(is_taken(with(5, reason)) == (reason == 0)); // with a clause: permitted
        auto without = refused;
        without[5] = static_cast<std::uint8_t>(reason);
        CHECK(is_taken(without) == (reason == 4 || reason == 6)); // no_clause, blue_rule
    }
    auto const numbered = [](std::string clause) {
        auto decision = red_told();
        decision.clause = std::move(clause);
        return encode(decision);
    };
    CHECK(is_taken(numbered("1234567.90123456")));
    CHECK_FALSE(is_taken(numbered("1234567.901234567")));
    for (auto const* clause : {"a", "4.1 ", "4,1", "/", ":", "4.1\n"}) CHECK_FALSE(is_taken(numbered(clause)));
}

TEST_CASE("rehearse: one encoding a decision, and every decision comes back") {
    REQUIRE(rc::check("round trip", [] {
        PastDecision decision{below<DataField>(data_field_count), {}, any_facts(), Reason::none, "7.1"};
        if (auto const colour = below<int>(5); colour != 0) decision.own_colour = static_cast<Colour>(colour);
        if (any_bool()) {
            decision.reason = any_bool() ? Reason::no_clause : Reason::blue_rule;
            decision.clause.clear();
        }
        auto const bytes = encode(decision);
        auto const back = decode_past_decision(bytes).value();
        RC_ASSERT(back.field == decision.field);
        RC_ASSERT(back.own_colour == decision.own_colour);
        RC_ASSERT(back.facts == decision.facts);
        RC_ASSERT(back.reason == decision.reason);
        RC_ASSERT(back.clause == decision.clause);
    }));
    REQUIRE(rc::check("what is taken is what would be written", [](Bytes bytes) {
        if (any_bool()) bytes.resize(std::max<std::size_t>(bytes.size(), 8));
        constexpr std::array<unsigned, 8> small{5, 5, 5, 5, 4, 7, 1, 1}; // so that some are taken
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = static_cast<std::uint8_t>(bytes[i] % (i < small.size() ? small[i] : 60U));
        auto const decoded = decode_past_decision(bytes);
        if (decoded) RC_ASSERT(encode(decoded.value()) == bytes);
    }));
}

TEST_CASE("rehearse: under the agreement that decided, every decision stays as it is") {
    REQUIRE(rc::check("same", [] {
        auto const agreement = any_agreement();
        auto const teller = any_teller();
        auto const past = any_past(agreement, teller);
        auto const report = rehearsed(past, agreement, teller);
        RC_ASSERT(report.decisions == past.size());
        RC_ASSERT(report.same == past.size());
        RC_ASSERT(report.more + report.less + report.other_clause == 0U);
        RC_ASSERT(report.by_clause.empty());
    }));
}

TEST_CASE("rehearse: under another agreement the counts are those of deciding both") {
    REQUIRE(rc::check("counts", [] {
        auto const agreement = any_agreement();
        auto draft = any_bool() ? any_agreement() : agreement;
        if (!draft.clauses.empty() && any_bool()) draft.clauses.erase(draft.clauses.begin());
        auto const teller = any_teller();
        auto const past = any_past(agreement, teller);
        auto const report = rehearsed(past, draft, teller);

        std::uint64_t same = 0;
        std::uint64_t more = 0;
        std::uint64_t less = 0;
        std::uint64_t other = 0;
        std::map<std::pair<DataField, std::string>, std::array<std::uint64_t, 3>> by_clause;
        for (auto const& one : past) {
            auto const then = clause_of(agreement, one.request);
            auto const now = clause_of(draft, one.request);
            auto const field = one.request.field;
            if (then == now) {
                ++same;
            } else if (then.empty()) {
                ++more;
                ++by_clause[{field, now}][0];
            } else if (now.empty()) {
                ++less;
                ++by_clause[{field, then}][1];
            } else {
                ++other;
                ++by_clause[{field, now}][2];
            }
        }
        RC_ASSERT(report.decisions == past.size());
        RC_ASSERT(report.same == same);
        RC_ASSERT(report.more == more);
        RC_ASSERT(report.less == less);
        RC_ASSERT(report.other_clause == other);
        RC_ASSERT(report.by_clause.size() == by_clause.size());
        auto expected = by_clause.begin();
        for (auto const& one : report.by_clause) {
            RC_ASSERT(std::pair(one.field, one.clause) == expected->first);
            RC_ASSERT(one.now_permits == expected->second[0]);
            RC_ASSERT(one.no_longer == expected->second[1]);
            RC_ASSERT(one.other_clause == expected->second[2]);
            ++expected;
        }
    }));
}

TEST_CASE("rehearse: a purpose, a route or a role that the draft does not name tells nothing") {
    Agreement draft{.coordinator = PartyId::parse("hub").value()};
    draft.parties.push_back(Party{.id = draft.coordinator});
    draft.parties.back().role = "hub";
    draft.purposes.push_back({"children", ""});
    draft.routes.push_back({"s47", "", {}, {}});
    Clause clause{};
    clause.id = "4.1";
    clause.fields = {DataField::colour};
    clause.when = {Condition::always};
    draft.clauses.push_back(clause);
    auto const less = [&draft](std::string role, char const* purpose, char const* route) {
        Rehearsal rehearsal(draft, {std::move(role), false});
        rehearsal.add(red_told(), purpose, route);
        return rehearsal.report().less;
    };
    CHECK(less("hub", "children", "s47") == 0);
    CHECK(less("fire", "children", "s47") == 1);
    CHECK(less("hub", "adults", "s47") == 1);
    CHECK(less("hub", "children", "standard") == 1);
    CHECK(less("hub", "", "") == 1);
}

TEST_CASE("rehearse: the words give the counts and name the clauses") {
    Rehearsal::Report report{};
    CHECK(in_words(report) == std::vector<std::string>{"There is no decision in this time to try the draft on."});
    report.decisions = report.same = 1;
    CHECK(in_words(report) == std::vector<std::string>{"The one decision of this time stays as it is."});
    report.decisions = report.same = 412;
    CHECK(in_words(report) == std::vector<std::string>{"All 412 decisions stay as they are."});
    report = {412, 406, 1, 3, 2, {}};
    report.by_clause.push_back({"4.1", DataField::colour, 1, 0, 2});
    report.by_clause.push_back({"7.1", DataField::themes, 0, 3, 0});
    CHECK(in_words(report) ==
          std::vector<std::string>{
              "Of 412 decisions 406 stay as they are. 1 would have told more. 3 would have told less. 2 would have "
              "told the same under a clause of another number.",
              std::string("Clause 4.1 of the draft would have permitted ") + in_words(DataField::colour) +
                  " once where it was refused.",
              std::string("Clause 4.1 of the draft permits ") + in_words(DataField::colour) +
                  " 2 times where a clause of another number did.",
              std::string("Clause 7.1 permitted ") + in_words(DataField::themes) +
                  " 3 times where the draft refuses it."});
    report = {1, 0, 0, 1, 0, {}};
    CHECK(in_words(report) == std::vector<std::string>{"Of 1 decision 0 stay as they are. 1 would have told less."});
}

} // namespace fanlight::policy
