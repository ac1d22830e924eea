// Colours and the family result: the order of risk, equal voice, and one line that explains.

#include "policy/brag.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <set>

namespace fanlight::policy {
namespace {

constexpr auto all_colours = std::to_array<Colour>({Colour::blue, Colour::green, Colour::amber, Colour::red});

Instant at(char const* time) {
    return parse_instant(std::string("2026-11-22T") + time + "Z").value();
}

Given given(char const* party, char const* name, std::size_t person, Colour colour, char const* time,
            Basis basis = Basis::own_records) {
    return Given{PartyId::parse(party).value(), name, person, colour, basis, at(time)};
}

bool same(Given const& a, Given const& b) {
    return a.party == b.party && a.person == b.person && a.colour == b.colour && a.at == b.at && a.basis == b.basis;
}

/// Few parties, people and times, so that ties are common.
std::vector<Given> some_given() {
    auto const parties = std::to_array<char const*>({"police", "housing", "health", "education"});
    std::vector<Given> all;
    for (int count = *rc::gen::inRange(0, 12); count > 0; --count) {
        auto const* party = parties[*rc::gen::inRange<std::size_t>(0, parties.size())];
        auto const colour = all_colours[*rc::gen::inRange<std::size_t>(0, all_colours.size())];
        auto const minute = std::chrono::minutes(*rc::gen::inRange(0, 3));
        auto const basis = *rc::gen::arbitrary<bool>() ? Basis::own_records : Basis::shared_facts;
        all.push_back(Given{PartyId::parse(party).value(), party, *rc::gen::inRange<std::size_t>(0, 3), colour, basis,
                            at("10:00:00") + minute});
    }
    return all;
}

} // namespace

TEST_CASE("brag: the order is the order of risk, and each colour has a word and a shape of its own") {
    CHECK(Colour::red > Colour::amber);
    CHECK(Colour::amber > Colour::green);
    CHECK(Colour::green > Colour::blue);
    std::set<std::string> words;
    std::set<std::string> shapes;
    for (auto const colour : all_colours) {
        CHECK(parse_colour(name(colour)).value() == colour);
        words.insert(in_words(colour));
        shapes.insert(shape(colour));
    }
    CHECK(words == std::set<std::string>{"RED", "AMBER", "GREEN", "BLUE"});
    CHECK(shapes == std::set<std::string>{"■", "▲", "●", "◆"});
}

TEST_CASE("brag: nothing but a colour is a colour") {
    for (auto const* text : {"", "RED", "Red", "red ", "not_known", "no_reply", "nothing_at_this_level", "white", "4"})
        CHECK(parse_colour(text).error().code == Errc::malformed);
}

TEST_CASE("brag: an agency sends its seven kinds of reply and never a state of the coordinator") {
    std::set<std::string> words;
    for (unsigned value = 0; value < 256; ++value) {
        auto const kind = parse_reply_kind(static_cast<std::uint8_t>(value));
        CHECK(kind.has_value() == (value >= 1 && value <= 7));
        if (kind) words.insert(in_words(kind.value()));
        if (kind) CHECK(name(kind.value()) != std::string());
    }
    CHECK(words.size() == 7);
    for (auto const kind : {ReplyKind::no_reply, ReplyKind::unreachable, ReplyKind::not_asked, ReplyKind::waiting})
        CHECK(words.insert(in_words(kind)).second);
}

TEST_CASE("brag: a sensitive service's silence is never worded as not known") {
    std::string const text = in_words(ReplyKind::nothing_at_this_level);
    CHECK(text == "this service never says below AMBER");
    CHECK(text.find("not known") == std::string::npos);
}

TEST_CASE("brag: reasons travel as numbers from 0 to 13, the coordinator's own does not") {
    for (unsigned value = 0; value < 256; ++value)
        CHECK(parse_reason(static_cast<std::uint8_t>(value)).has_value() == (value <= 15));
    CHECK(in_words(Reason::none) == std::string());
    CHECK(in_words(Reason::blue_rule) == std::string("Blue is not used where domestic abuse is evident"));
}

TEST_CASE("family result: the worst colour decides the next step") {
    struct Row {
        std::vector<Colour> colours;
        std::optional<Colour> worst;
        NextStep next;
    };
    auto const row =
        GENERATE(Row{{}, std::nullopt, NextStep::nobody_knows}, Row{{Colour::blue}, Colour::blue, NextStep::review},
                 Row{{Colour::green}, Colour::green, NextStep::review},
                 Row{{Colour::green, Colour::blue}, Colour::green, NextStep::review},
                 Row{{Colour::amber, Colour::green, Colour::green}, Colour::amber, NextStep::meeting},
                 Row{{Colour::green, Colour::red}, Colour::red, NextStep::meeting});
    std::vector<Given> all;
    for (auto const colour : row.colours) all.push_back(given("police", "Police", all.size(), colour, "10:00:00"));
    for (bool const everybody : {true, false}) {
        auto const result = family_result(all, everybody);
        CHECK(result.worst == row.worst);
        CHECK(result.next == row.next);
        CHECK(result.because.has_value() == row.worst.has_value());
        CHECK(result.provisional == !everybody);
    }
}

TEST_CASE("family result: a housing Red is a police Red") {
    auto const parties = std::to_array<char const*>(
        {"police", "housing", "health", "education", "social_care", "domestic_abuse", "substance_misuse"});
    std::set<std::pair<Colour, NextStep>> results;
    for (auto const* red : parties) {
        std::vector<Given> all;
        for (auto const* one : parties)
            all.push_back(given(one, one, 0, std::string(one) == red ? Colour::red : Colour::green, "10:00:00"));
        auto const result = family_result(all, true);
        results.emplace(result.worst.value(), result.next);
        CHECK(result.because->party.text() == red);
    }
    CHECK(results == std::set<std::pair<Colour, NextStep>>{{Colour::red, NextStep::meeting}});
}

TEST_CASE("family result: the earliest of the worst explains, then the party's id, then the person") {
    auto const early_amber = given("education", "Education", 0, Colour::amber, "08:00:00");
    auto const red_police = given("police", "Police", 1, Colour::red, "10:00:00");
    auto const red_housing = given("housing", "Housing", 1, Colour::red, "10:00:00");
    auto const red_housing_0 = given("housing", "Housing", 0, Colour::red, "10:00:00");
    auto const red_late = given("education", "Education", 0, Colour::red, "10:00:01");
    auto const because = [](std::vector<Given> const& all) { return *family_result(all, true).because; };
    CHECK(same(because({early_amber, red_late, red_police}), red_police));
    CHECK(same(because({red_police, red_housing}), red_housing));
    CHECK(same(because({red_housing, red_housing_0}), red_housing_0));
}

TEST_CASE("family result: laws") {
    REQUIRE(rc::check("the order of what was given changes neither the result nor its explanation", [] {
        auto const all = some_given();
        auto shuffled = all;
        for (std::size_t i = shuffled.size(); i > 1; --i)
            std::swap(shuffled[i - 1], shuffled[*rc::gen::inRange<std::size_t>(0, i)]);
        auto const one = family_result(all, true);
        auto const other = family_result(shuffled, true);
        RC_ASSERT(one.worst == other.worst);
        RC_ASSERT(one.next == other.next);
        RC_ASSERT(explain(one, all, {"A", "B", "C"}, "3.1") == explain(other, shuffled, {"A", "B", "C"}, "3.1"));
    }));
    REQUIRE(rc::check("who said which of the colours changes neither the worst nor the next step", [] {
        auto const all = some_given();
        auto permuted = all;
        for (std::size_t i = permuted.size(); i > 1; --i) {
            auto& other = permuted[*rc::gen::inRange<std::size_t>(0, i)];
            std::swap(permuted[i - 1].party, other.party);
            std::swap(permuted[i - 1].party_name, other.party_name);
        }
        RC_ASSERT(family_result(all, true).worst == family_result(permuted, true).worst);
        RC_ASSERT(family_result(all, true).next == family_result(permuted, true).next);
    }));
    REQUIRE(rc::check("one more colour never makes the result better", [] {
        auto all = some_given();
        auto const before = family_result(all, true);
        all.push_back(given("police", "Police", 0, all_colours[*rc::gen::inRange<std::size_t>(0, 4)], "11:00:00"));
        RC_ASSERT(family_result(all, true).worst.value() >= before.worst.value_or(Colour::blue));
    }));
}

TEST_CASE("explain: names the agency, the person, the time and the clause, and what the others said") {
    std::vector<std::string> const people{"Marie", "Greg"};
    auto const text = [&](std::vector<Given> const& all, bool everybody, std::string const& clause = "3.1") {
        return explain(family_result(all, everybody), all, people, clause);
    };
    auto const marie = std::vector<Given>{given("social_care", "Children's Social Care", 0, Colour::green, "09:58:30"),
                                          given("substance_misuse", "Substance Misuse", 1, Colour::red, "10:02:59")};
    CHECK(text(marie, true) ==
          "RED because Substance Misuse rated Greg RED at 10:02 (clause 3.1). Children's Social Care said GREEN.");
    CHECK(text(marie, false) == "RED because Substance Misuse rated Greg RED at 10:02 (clause 3.1). Children's Social "
                                "Care said GREEN. Provisional: not everybody has answered.");
    CHECK(text({}, true) == "No rating: nobody who answered gave a colour about this family.");
    CHECK(text({}, false) == "No rating: nobody who answered gave a colour about this family. Provisional: not "
                             "everybody has answered.");
    CHECK(text({given("police", "Police", 0, Colour::blue, "00:00:00")}, true, "") ==
          "BLUE because Police rated Marie BLUE at 00:00.");
}

TEST_CASE("explain: each other agency once, with its worst, in the order of the alphabet") {
    std::vector<Given> const all{given("police", "Police", 0, Colour::red, "10:00:00"),
                                 given("police", "Police", 1, Colour::green, "10:00:00"),
                                 given("social_care", "Children's Social Care", 0, Colour::green, "09:00:00"),
                                 given("social_care", "Children's Social Care", 1, Colour::amber, "09:00:00"),
                                 given("housing", "A Housing", 1, Colour::red, "10:30:00")};
    CHECK(explain(family_result(all, true), all, {"Marie", "Greg"}, "3.1") ==
          "RED because Police rated Marie RED at 10:00 (clause 3.1). A Housing said RED, Children's Social Care said "
          "AMBER.");
}

TEST_CASE("explain: a colour from shared facts counts the same and is labelled") {
    std::vector<Given> const all{
        given("mental_health", "Mental Health", 2, Colour::red, "10:00:00", Basis::shared_facts),
        given("housing", "Housing", 0, Colour::amber, "10:00:00", Basis::shared_facts)};
    CHECK(
        explain(family_result(all, true), all, {"Marie"}, "3.1") ==
        "RED because Mental Health rated person 3 RED at 10:00 from shared facts, no previous knowledge (clause 3.1). "
        "Housing said AMBER (shared facts, no previous knowledge).");
}

} // namespace fanlight::policy
