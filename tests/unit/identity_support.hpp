#pragma once
// People for tests of anchors, components and what is made of them.

#include "protocol/identity/components.hpp"
#include "protocol/identity/points.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace fanlight::protocol::identity_test {

inline constexpr std::string_view label = "fanlight/v1/anchor";
inline constexpr std::string_view component_label = "fanlight/v1/component";
using Family = std::vector<Identity>;
using Kinds = std::set<AnchorKind>;

inline Identity person(std::vector<Name> names, std::string_view date = "", std::string nhs_number = "") {
    Identity identity;
    identity.names = std::move(names);
    if (!date.empty()) identity.date_of_birth = parse_day(date).value();
    identity.nhs_number = std::move(nhs_number);
    return identity;
}
inline Identity at(Identity identity, std::string premises, std::string postcode, std::string uprn = "") {
    identity.addresses.push_back(
        {std::move(premises), "Elm Avenue", "Northbridge", std::move(postcode), std::move(uprn)});
    return identity;
}
inline Descriptors described(Family const& family, std::size_t which = 0) {
    return descriptors_of(family, which, {label, component_label});
}

/// The fields of an input after its label and what follows that: lengths of two bytes, then bytes.
inline std::vector<std::string> fields_from(Bytes const& input, std::size_t at, std::size_t tag_bytes = 0) {
    std::vector<std::string> fields;
    while (at < input.size()) {
        if (!fields.empty()) at += tag_bytes;
        auto const size = std::size_t(input.at(at)) << 8U | input.at(at + 1);
        at += 2;
        REQUIRE(at + size <= input.size());
        fields.emplace_back(as_text(ByteView(input).subspan(at, size)));
        at += size;
    }
    return fields;
}
inline std::vector<std::string> parts_of(Anchor const& anchor) {
    REQUIRE(as_text(anchor.input).substr(0, label.size()) == label);
    REQUIRE(anchor.input.at(label.size()) == 0);
    REQUIRE(anchor.input.at(label.size() + 1) == static_cast<std::uint8_t>(anchor.kind));
    return fields_from(anchor.input, label.size() + 2);
}

/// The value of the salt, and the value itself; between them stands the pool.
struct ComponentParts {
    Salt salt = Salt::none;
    std::string salt_value;
    unsigned pool = 0;
    std::string value;
};
inline ComponentParts parts_of(Component const& component) {
    auto const& input = component.input;
    REQUIRE(as_text(input).substr(0, component_label.size()) == component_label);
    REQUIRE(input.at(component_label.size()) == 0);
    auto const start = component_label.size() + 2;
    auto const fields = fields_from(input, start, 1);
    REQUIRE(fields.size() == 2);
    return {static_cast<Salt>(input.at(start - 1)), fields[0], input.at(start + 2 + fields[0].size()), fields[1]};
}

/// Names, dates and places of which many agree, and some that are hostile.
inline rc::Gen<Identity> any_identity() {
    auto const text = rc::gen::arbitrary<std::string>();
    auto const forename = rc::gen::oneOf(rc::gen::element<std::string>("Mia", "Mya", "Mark", "Marc", "Kate",
                                                                       "Mohammed Ali", "J", "Baby", "", "Jo", "Smith"),
                                         text);
    auto const surname = rc::gen::oneOf(rc::gen::element<std::string>("Smith", "Smyth", "Cox-Maher", "van den Berg",
                                                                      "O'Brien", "Ng", "unknown", "", "Mark"),
                                        text);
    auto const middle = rc::gen::element<std::string>("", "", "Ann", "Rose Ann", "Mark", "B");
    auto const name =
        rc::gen::build<Name>(rc::gen::set(&Name::forename, forename), rc::gen::set(&Name::surname, surname),
                             rc::gen::set(&Name::middle_names, middle));
    auto const address = rc::gen::build<Address>(
        rc::gen::set(&Address::premises, rc::gen::oneOf(rc::gen::element<std::string>("12", "Flat 3, 12", ""), text)),
        rc::gen::set(&Address::street, rc::gen::element<std::string>("Elm Avenue", "Oak Road", "")),
        rc::gen::set(&Address::postcode, rc::gen::element<std::string>("M12 6DZ", "M12 6EA", "M40 2AA", "")),
        rc::gen::set(&Address::uprn, rc::gen::element<std::string>("", "10070123456")));
    auto const date = rc::gen::map(rc::gen::inRange(0, 6), [](int days) {
        return days == 0 ? std::nullopt : std::optional<Day>(Day(std::chrono::days(14'000 + days % 3)));
    });
    return rc::gen::build<Identity>(
        rc::gen::set(&Identity::names, rc::gen::container<std::vector<Name>>(name)),
        rc::gen::set(&Identity::date_of_birth, date),
        rc::gen::set(&Identity::nhs_number, rc::gen::element<std::string>("", "9990000018", "9434765919", "x")),
        rc::gen::set(&Identity::addresses, rc::gen::container<std::vector<Address>>(address)),
        rc::gen::set(&Identity::sex, rc::gen::element(Sex::unknown, Sex::female, Sex::male)),
        rc::gen::set(&Identity::agreed_number, rc::gen::element<std::string>("", "AB1234", "12345")));
}

/// Small ones: people of few names and addresses. What is long is in the test of hostile text.
inline rc::Gen<Family> any_family() {
    return rc::gen::resize(7, rc::gen::nonEmpty(rc::gen::container<Family>(any_identity())));
}

/// levels({"forename.exact", "date.near"}); the rest is unknown.
inline Levels levels(std::initializer_list<std::string_view> said) {
    Levels made;
    for (auto const one : said) {
        bool found = false;
        for (std::size_t i = 0; i < aspects; ++i)
            for (std::uint8_t level = 0; level_name(static_cast<Aspect>(i), level) != nullptr; ++level)
                if (std::string(name(static_cast<Aspect>(i))) + "." + level_name(static_cast<Aspect>(i), level) ==
                    one) {
                    made.level[i] = level;
                    found = true;
                }
        INFO(one);
        REQUIRE(found);
    }
    return made;
}
inline Points points(std::map<std::string, std::int32_t> const& listed) {
    return Points::parse(listed).value();
}
inline rc::Gen<Levels> any_levels() {
    return rc::gen::exec([] {
        Levels made;
        for (std::size_t i = 0; i < aspects; ++i) {
            std::uint8_t count = 0;
            while (level_name(static_cast<Aspect>(i), count) != nullptr) ++count;
            made.level[i] = *rc::gen::inRange<std::uint8_t>(0, count);
        }
        return made;
    });
}

} // namespace fanlight::protocol::identity_test
