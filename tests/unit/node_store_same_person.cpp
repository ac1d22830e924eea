// The store: which records an import found to be one person's.

#include "node_store_support.hpp"

#include <catch2/catch.hpp>

using namespace fanlight;
using namespace fanlight::node;
using namespace fanlight::node::store_test;

TEST_CASE("store: an import keeps who is one person") {
    Shelf shelf;
    std::vector<protocol::PersonRecord> people;
    for (auto const* id : {"a", "b", "c", "d", "e"}) people.push_back(person_of(id, "Kate"));
    auto const import = [&](protocol::SamePerson const& same) {
        auto transaction = shelf.store->begin().value();
        REQUIRE(shelf.store->replace_people(people, same));
        REQUIRE(transaction.commit());
    };
    auto const same_as = [&](protocol::RecordRow row) { return shelf.store->surroundings(row).value().same_person; };
    import({{0, 3}, { 1, 2 }});
    CHECK(same_as(1) == Rows{1, 4});
    CHECK(same_as(4) == Rows{1, 4});
    CHECK(same_as(2) == Rows{2, 3});
    CHECK(same_as(5).empty());
    CHECK(same_as(999).empty());
    shelf.reopen();
    CHECK(same_as(4) == Rows{1, 4});

    people[4].identity.names.front().surname = "Marsh"; // and so is enrolled anew
    people.erase(people.begin());
    import({{ 2, 3 }}); // d and e: the new feed decides
    CHECK(same_as(4) == Rows{4, 5});
    CHECK(same_as(5) == Rows{4, 5});
    CHECK(same_as(2).empty());
    people[3].identity.names.front().surname = "Holloway"; // and again
    import({});
    CHECK(same_as(4).empty());
    CHECK(same_as(5).empty());
}
