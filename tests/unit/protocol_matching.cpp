// Comparison by tokens: it finds what a comparison in clear finds, and nobody finds more than what was agreed
// (docs/protocol.md, sections 6 to 8 and 15).

#include "crypto/hash.hpp"
#include "crypto/labels.hpp"
#include "protocol/engine/slots.hpp"
#include "protocol_samples.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::test;

namespace {

constexpr auto mode = Mode::practice;
Day const today = parse_day("2026-11-22").value();

/// In place of the evaluation: a function that nobody here inverts.
crypto::Token evaluated(Bytes const& input) {
    return crypto::Token::parse(crypto::sha512({input}).view()).value();
}

Descriptors described(std::vector<Identity> const& family, std::size_t which = 0) {
    auto const anchor = crypto::label(mode, crypto::Label::anchor);
    auto const component = crypto::label(mode, crypto::Label::component);
    return descriptors_of(family, which, {anchor, component});
}
Descriptors described(Identity const& person) {
    return described(std::vector{person});
}

PersonTokens enrolled(Descriptors const& person, char const* agency = "police") {
    std::vector<crypto::Token> tokens;
    for (auto const& input : inputs_of(person)) tokens.push_back(evaluated(input));
    return tokens_of(mode, person, tokens, party(agency));
}

/// `people`: that the agency declares; 0 is the smallest.
Slot asked(Descriptors const& person, Day day = today, char const* agency = "police", std::uint32_t people = 0) {
    static std::uint64_t seed = 11; // other dummies each time
    crypto::SeededRandom random(seed++);
    std::set<DayToken> used;
    SlotFor const to{mode, day, people};
    return build_slot(to, enrolled(person, agency), filled<PersonNonce>(1), context(), used, random).slot;
}

/// What a party that holds `ours` finds in a slot.
Evidence found(Slot const& slot, PersonTokens const& ours, Day day = today) {
    Evidence evidence;
    for (std::size_t key = 0; key < slot.keys.size(); ++key)
        for (std::size_t anchor = 0; anchor < ours.anchors.size(); ++anchor) {
            if (day_token(mode, ours.anchors[anchor].secret, day) != slot.keys[key]) continue;
            add_evidence(mode, day, key_of(slot, key), ours, anchor, evidence);
            break;
        }
    return evidence;
}

std::set<Bytes> values_on_the_wire(Slot const& slot) {
    std::set<Bytes> values;
    for (auto const& components : slot.components)
        for (auto const& value : components) values.insert(to_bytes(value.view()));
    return values;
}

/// Everything that whoever has these people's secrets can compute on that day: each component under each anchor, as any
/// kind, whether it goes with it or not.
std::set<Bytes> computable(std::vector<PersonTokens> const& people, Day day = today) {
    std::set<Bytes> values;
    for (auto const& holder : people)
        for (auto const& anchor : holder.anchors)
            for (auto const& other : people)
                for (auto const& component : other.components)
                    for (std::uint8_t kind = 1; kind <= component_kinds; ++kind)
                        values.insert(
                            to_bytes(component_value(mode, anchor.secret, day, kind, component.secret).view()));
    return values;
}

std::size_t in_common(std::set<Bytes> const& left, std::set<Bytes> const& right) {
    return static_cast<std::size_t>(
        std::count_if(left.begin(), left.end(), [&](Bytes const& value) { return right.contains(value); }));
}

Identity somebody(char const* forename, char const* surname, char const* date, char const* premises,
                  char const* postcode) {
    Identity identity;
    identity.names.push_back({forename, surname});
    if (*date != 0) identity.date_of_birth = parse_day(date).value();
    auto const* const street = std::string_view(postcode).starts_with("M12") ? "Elm Avenue" : "Oak Road";
    if (*premises != 0) identity.addresses.push_back({premises, street, "Northbridge", postcode, ""});
    return identity;
}

template <class T> T one_of(std::vector<T> const& choices) {
    return *rc::gen::elementOf(choices);
}

/// From few names, dates and places, so that two of them often have something in common.
Identity anybody() {
    Identity identity;
    auto const names = *rc::gen::inRange(1, 3);
    for (int i = 0; i < names; ++i)
        identity.names.push_back(
            {one_of<std::string>({"Kate", "Catherine", "Katherine", "Smith", "Mark", "Marc", "Ann Marie", ""}),
             one_of<std::string>({"Smith", "Smyth", "Cox-Maher", "Maher", "Mark", "Feriha", ""}),
             one_of<std::string>({"", "", "Ann", "Mark", "Rose Ann"})});
    if (*rc::gen::inRange(0, 6) != 0)
        identity.date_of_birth =
            parse_day(one_of<std::string>({"2016-03-09", "2016-09-03", "2016-03-08", "1990-05-20"})).value();
    if (*rc::gen::inRange(0, 4) == 0) identity.nhs_number = one_of<std::string>({"9434765919", "9434765870"});
    auto const places = *rc::gen::inRange(0, 3);
    for (int i = 0; i < places; ++i)
        identity.addresses.push_back({one_of<std::string>({"12", "14", ""}),
                                      one_of<std::string>({"Elm Avenue", "Oak Road"}), "Northbridge",
                                      one_of<std::string>({"M12 6DZ", "M12 6EA", "M14 1AA", ""}), ""});
    identity.sex = one_of<Sex>({Sex::unknown, Sex::female, Sex::male});
    return identity;
}

/// Some input stands twice among the anchors, once with components and once without: two addresses of one text.
bool has_an_anchor_twice(Descriptors const& person) {
    std::set<Bytes> inputs;
    for (auto const& anchor : person.anchors)
        if (!inputs.insert(anchor.input).second) return true;
    return false;
}

} // namespace

TEST_CASE("matching: what tokens show is what the comparison in clear shows") {
    REQUIRE(rc::check("of any two people", [] {
        auto const theirs = described({anybody(), anybody()});
        auto const ours = described({anybody(), anybody(), anybody()});
        RC_PRE(!has_an_anchor_twice(theirs) && !has_an_anchor_twice(ours));
        RC_PRE(theirs.anchors.size() <= limits::keys_per_slot);
        auto const shown = found(asked(theirs), enrolled(ours));
        auto const clear = compare(theirs, ours);
        RC_CLASSIFY(clear.anchors != 0, "shares an anchor");
        RC_CLASSIFY(clear.compared, "compares components");
        RC_CLASSIFY(clear.names_swapped, "names swapped");
        RC_ASSERT(shown == clear);
    }));
}

TEST_CASE("matching: without a date of birth components are compared under the postcode sector") {
    auto const kate = described(somebody("Kate", "Smith", "", "12", "M12 6DZ"));
    auto const held = described(somebody("Kate", "Smith", "1990-05-20", "12", "M12 6DZ"));
    auto const other = described(somebody("Kate", "Brown", "1990-05-20", "12", "M12 6DZ"));
    for (auto const* one : {&held, &other}) {
        auto const shown = found(asked(kate), enrolled(*one));
        CHECK(shown == compare(kate, *one));
        CHECK(shown.compared);
        CHECK(shown.is_equal(ComponentKind::forename));
        CHECK(shown.is_equal(ComponentKind::surname) == (one == &held));
    }
}

TEST_CASE("matching: every input is evaluated once, anchors first, and no more than the limit") {
    REQUIRE(rc::check("of anybody", [] {
        auto const person = described({anybody(), anybody()});
        auto const inputs = inputs_of(person);
        RC_ASSERT(std::set<Bytes>(inputs.begin(), inputs.end()).size() == inputs.size());
        RC_ASSERT(inputs.size() <= limits::evaluations_per_person_max);
        for (std::size_t i = 0; i < person.anchors.size() && !has_an_anchor_twice(person); ++i)
            RC_ASSERT(inputs[i] == person.anchors[i].input);
        auto const tokens = enrolled(person);
        RC_ASSERT(tokens.anchors.size() == person.anchors.size());
        RC_ASSERT(tokens.components.size() == person.by_date.size() + person.by_sector.size());
        RC_ASSERT(tokens.fields == person.fields);
        for (std::size_t i = 0; i < person.anchors.size(); ++i) {
            auto const expected = agency_secret(mode, evaluated(person.anchors[i].input), party("police"));
            RC_ASSERT(equal(tokens.anchors[i].secret, expected));
        }
    }));
}

TEST_CASE("matching: a component is never the same under another anchor, day, agency, kind or salt") {
    auto const kate = described(somebody("Kate", "Smith", "1990-05-20", "12", "M12 6DZ"));
    auto const tokens = enrolled(kate);
    std::set<Bytes> values;
    std::size_t made = 0;
    auto const of = [&](PersonTokens const& person, Day day) {
        for (auto const& anchor : person.anchors)
            for (auto const& component : person.components) {
                ++made;
                values.insert(to_bytes(component_value(mode, anchor.secret, day,
                                                       static_cast<std::uint8_t>(component.kind), component.secret)
                                           .view()));
            }
    };
    of(tokens, today);
    of(tokens, today + std::chrono::days(1));
    of(enrolled(kate, "health"), today);
    CHECK(made > 100);
    CHECK(values.size() == made); // also: the surname under the date and under the sector
    auto const surnames = [](std::vector<Component> const& components) {
        return std::find_if(components.begin(), components.end(),
                            [](Component const& one) { return one.kind == ComponentKind::surname; })
            ->input;
    };
    CHECK(surnames(kate.by_date) != surnames(kate.by_sector));
    auto const wire = values_on_the_wire(asked(kate));
    CHECK(wire.size() == limits::keys_per_slot * limits::components_per_anchor);
    CHECK(in_common(wire, values_on_the_wire(asked(kate, today + std::chrono::days(1)))) == 0);
    CHECK(in_common(wire, values_on_the_wire(asked(kate, today, "health"))) == 0);
}

TEST_CASE("matching: who shares no anchor finds nothing and can compute no value of the slot") {
    auto const kate = described(somebody("Kate", "Smith", "1990-05-20", "12", "M12 6DZ"));
    // The same surname; the same forename elsewhere; the same date with another name; a neighbour.
    std::vector<PersonTokens> held;
    held.push_back(enrolled(described(somebody("Peter", "Smith", "1971-01-30", "7", "M40 2AA"))));
    held.push_back(enrolled(described(somebody("Kate", "Jones", "1988-08-08", "9", "M21 3BB"))));
    held.push_back(enrolled(described(somebody("Olga", "Brown", "1990-05-20", "3", "M33 4CC"))));
    held.push_back(enrolled(described(somebody("Ian", "Green", "1965-12-02", "31", "M12 6DZ"))));
    auto const slot = asked(kate);
    std::set<Bytes> keys;
    for (auto const& key : slot.keys) keys.insert(to_bytes(key.view()));
    for (auto const& person : held) {
        CHECK(found(slot, person) == Evidence{});
        for (auto const& anchor : person.anchors)
            CHECK_FALSE(keys.contains(to_bytes(day_token(mode, anchor.secret, today).view())));
    }
    CHECK(in_common(values_on_the_wire(slot), computable(held)) == 0);
    // Who is the person computes every value there is but the dummies: the test would see it.
    held.push_back(enrolled(kate));
    CHECK(in_common(values_on_the_wire(slot), computable(held)) > 50);
}

TEST_CASE("matching: who shares only an anchor without components sees random values") {
    // A spoken forename with a date: in a large party many strangers share it.
    auto const large = compared_per_1000_max * 1'000'000 / rule_of(AnchorKind::spoken_date).strangers_per_billion + 1;
    auto const kate = described(somebody("Kate", "Smith", "1990-05-20", "12", "M12 6DZ"));
    auto other = enrolled(described(somebody("Catherine", "Brown", "1990-05-20", "", "")));
    auto const slot = asked(kate, today, "police", large);
    auto const evidence = found(slot, other);
    REQUIRE(evidence.shares(AnchorKind::spoken_date));
    CHECK_FALSE(carries_to(AnchorKind::spoken_date, large));
    CHECK_FALSE(evidence.compared);
    CHECK(evidence.equal == 0);
    CHECK(evidence.theirs == kate.fields); // which fields are there, it learns
    std::vector<PersonTokens> held;
    held.push_back(std::move(other));
    CHECK(in_common(values_on_the_wire(slot), computable(held)) == 0);
    // Also one who, besides, holds her surname under another date, and her forename.
    held.push_back(enrolled(described(somebody("Peter", "Smith", "1971-01-30", "7", "M40 2AA"))));
    held.push_back(enrolled(described(somebody("Kate", "Jones", "1988-08-08", "9", "M21 3BB"))));
    CHECK(in_common(values_on_the_wire(slot), computable(held)) == 0);
}

TEST_CASE(
    "matching: who shares a weak anchor with components compares with those enrolled under its salt, and no others") {
    auto const kate = described(somebody("Kate", "Smith", "1990-05-20", "12", "M12 6DZ"));
    auto const slot = asked(kate);
    auto const wire = values_on_the_wire(slot);
    // Born on the same day at the same address: an anchor of both, salted by the date.
    auto const twin = somebody("Olga", "Brown", "1990-05-20", "12", "M12 6DZ");
    std::vector<PersonTokens> held;
    held.push_back(enrolled(described(twin)));
    auto const evidence = found(slot, held.front());
    REQUIRE(evidence.compared);
    CHECK(evidence.is_equal(ComponentKind::exact_date));
    CHECK(evidence.is_equal(ComponentKind::premises));
    CHECK_FALSE(evidence.is_equal(ComponentKind::surname));
    CHECK_FALSE(evidence.is_equal(ComponentKind::forename));
    auto const before = in_common(wire, computable(held));
    CHECK(before > 0);
    // Somebody of the same surname, the same forename even, born on another day and living elsewhere: nothing more.
    held.push_back(enrolled(described(somebody("Peter", "Smith", "1971-01-30", "7", "M40 2AA"))));
    held.push_back(enrolled(described(somebody("Kate", "Smith", "1988-08-08", "9", "M21 3BB"))));
    CHECK(in_common(wire, computable(held)) == before);
    // Of the same surname and born on that day, wherever: by the twin's anchor it learns that the surname is that one.
    held.push_back(enrolled(described(somebody("Ivan", "Smith", "1990-05-20", "8", "M33 4CC"))));
    CHECK(in_common(wire, computable(held)) > before);
}

TEST_CASE("matching: field bits read right with an anchor of the person, and another day's mask differs") {
    auto identity = somebody("Kate", "Smith", "1990-05-20", "12", "M12 6DZ");
    identity.sex = Sex::female;
    auto const kate = described(identity);
    auto const slot = asked(kate);
    auto const evidence = found(slot, enrolled(kate));
    CHECK(evidence.theirs == kate.fields);
    CHECK(evidence.theirs.sex() == Sex::female);
    CHECK((kate.fields.bits & 1U << 13U) == 0); // the place of "components go with it"
    std::set<std::uint8_t> first;               // another mask for each key
    std::set<std::uint8_t> second;
    auto const ours = enrolled(kate);
    for (auto const& anchor : ours.anchors)
        for (std::size_t i = 0; i < slot.keys.size(); ++i)
            if (slot.keys[i] == day_token(mode, anchor.secret, today)) {
                first.insert(slot.fields[i][0]);
                second.insert(slot.fields[i][1]);
            }
    CHECK(first.size() > 5);
    CHECK(second.size() > 5);
    CHECK(slot.fields != asked(kate, today + std::chrono::days(1)).fields);
}
