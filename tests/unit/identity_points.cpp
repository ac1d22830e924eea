// Features of levels: their names, and the points that are listed for them.

#include "identity_support.hpp"

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::identity_test;

TEST_CASE("points: every feature has a name that is read back") {
    std::set<FeatureCode> codes;
    std::set<std::string> names;
    for (std::uint8_t level = 1; level < levels_max; ++level) {
        Levels made;
        for (std::size_t i = 0; i < aspects; ++i)
            made.level[i] = level_name(static_cast<Aspect>(i), level) != nullptr ? level : std::uint8_t(1);
        for (auto const& features : {features_of_pair(made), features_of_context(made)})
            for (auto const code : features) {
                codes.insert(code);
                names.insert(feature_name(code));
                CHECK(feature_of(feature_name(code)) == code);
                CHECK(Points::parse({{feature_name(code), 1}}).has_value());
            }
        CHECK(features_of_pair(made).size() == 36);
        CHECK(features_of_context(made).size() == 13);
    }
    CHECK(names.size() == codes.size());
    REQUIRE(rc::check("of any levels", [] {
        auto const made = *any_levels();
        for (auto const& features : {features_of_pair(made), features_of_context(made)}) {
            RC_ASSERT(std::set<FeatureCode>(features.begin(), features.end()).size() == features.size());
            for (auto const code : features) RC_ASSERT(feature_of(feature_name(code)) == code);
        }
    }));
}

TEST_CASE("points: what is not known, of rarity, relatives and context, is no feature") {
    CHECK(features_of_pair({}).size() == 25); // forename.unknown and its like are: they say that tokens could not tell
    CHECK(features_of_context({}).empty());
    for (auto const code : features_of_pair({})) {
        auto const text = feature_name(code);
        CHECK(text.find("kin") == std::string::npos);
        CHECK(text.find("rarity") == std::string::npos);
    }
}

TEST_CASE("points: names that are no feature are refused, with their place") {
    for (auto const* const text : {"",
                                   ".",
                                   "date",
                                   "date.",
                                   ".exact",
                                   "date.Exact",
                                   "Date.exact",
                                   " date.exact",
                                   "date.exact ",
                                   "date.premises",
                                   "date.exact + ",
                                   " + date.exact",
                                   "date.exact+place.other",
                                   "colour.red",
                                   "date.exact.exact",
                                   "date.exact + forename.exact", // a template, the other way round
                                   "forename.exact + forename.exact",
                                   "sex.same + kin.both", // none
                                   "forename_rarity.1",
                                   "name_rarity.1",
                                   "household.one + rival.weaker",
                                   "place.other + household.one",
                                   "forename.exact + surname.exact + middle.same", //
                                   "forename.exact + surname.exact + date.exact + place.other" /* four */}) {
        INFO(text);
        auto const parsed = Points::parse({{text, 5}, {"date.exact", 1}, {"~", 1}});
        REQUIRE(!parsed);
        CHECK(parsed.assume_error().code == Errc::malformed);
        CHECK(parsed.assume_error().at == (std::string_view(text) < "date.exact" ? 1U : 2U));
    }
    CHECK(Points::parse({}).value().of_pair({}) == 0);
}

TEST_CASE("points: are summed over the features that are listed") {
    auto const some = points({{"forename.exact", 1},
                              {"forename.other", 2},
                              {"date.exact", 4},
                              {"forename.exact + date.exact", 8},
                              {"forename.exact + surname.exact + date.exact", 16},
                              {"forename.exact + forename_rarity.2", 32},
                              {"name_rarity.1 + date.exact + place.other", 64},
                              {"household.one", 128},
                              {"household.one + forename.exact", 256},
                              {"better.stronger + household.one", 512},
                              {"rival.weaker + forename.exact", -1024},
                              {"surname.unknown", 2048}});
    CHECK(some.of_pair({}) == 2048);
    CHECK(some.of_pair(levels({"forename.exact"})) == 2048 + 1);
    CHECK(some.of_pair(levels({"forename.exact", "date.exact"})) == 2048 + 1 + 4 + 8);
    CHECK(some.of_pair(levels({"forename.exact", "date.exact", "surname.exact"})) == 1 + 4 + 8 + 16);
    CHECK(some.of_pair(levels({"forename.other", "date.exact", "surname.exact"})) == 2 + 4);
    CHECK(some.of_pair(levels({"forename.exact", "surname.exact", "forename_rarity.2"})) == 1 + 32);
    CHECK(some.of_pair(levels({"surname.exact", "place.other", "date.exact", "name_rarity.1"})) == 4 + 64);
    CHECK(some.of_pair(levels({"surname.exact", "household.one", "rival.weaker"})) == 0);
    CHECK(some.of_context(levels({"forename.exact", "date.exact"})) == 0);
    CHECK(some.of_context(levels({"household.one"})) == 128);
    CHECK(some.of_context(levels({"household.one", "forename.exact"})) == 128 + 256);
    CHECK(some.of_context(levels({"household.one", "better.stronger"})) == 128 + 512);
    CHECK(some.of_context(levels({"rival.weaker", "forename.exact"})) == -1024);
}
