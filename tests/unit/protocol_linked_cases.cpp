// Linked cases: who is found among the coordinator's own cases, what is kept for it, and when it is gone.

#include "base/byte_reader.hpp"
#include "policy_fixture.hpp"
#include "protocol/engine/linked_cases.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>

using namespace fanlight;
using namespace fanlight::protocol;
using namespace std::chrono_literals;
using crypto::FieldTag;

namespace {

Instant midday() {
    return parse_instant("2026-11-22T12:00:00Z").value();
}

/// The same name and date are sure; the sound of the name with day and month swapped is not.
Points simple_points() {
    return Points::parse({{"forename.exact", 250},
                          {"forename.spoken", 150},
                          {"forename.sound", 100},
                          {"forename.other", -500},
                          {"surname.exact", 250},
                          {"surname.sound", 100},
                          {"surname.other", -300},
                          {"date.exact", 250},
                          {"date.swapped", 50},
                          {"date.near", -50},
                          {"date.other", -400},
                          {"number.same", 800},
                          {"number.other", -400}})
        .value();
}
constexpr Thresholds simple_thresholds{600, 300};

using State = std::map<std::pair<Space, Bytes>, Bytes>;

/// A coordinator's linked cases over a disk that holds what their effects wrote.
class LinkedWorld {
  public:
    explicit LinkedWorld(std::uint32_t days = 365, std::size_t kept_max = LinkedCases::people_max)
        : LinkedWorld(simple_points(), simple_thresholds, days, kept_max) {}
    LinkedWorld(Points points, Thresholds thresholds, std::uint32_t days = 365,
                std::size_t kept_max = LinkedCases::people_max)
        : points_(std::move(points)), thresholds_(thresholds), kept_max_(kept_max) {
        agreement_.retention.linked_cases_days = days;
        restart();
    }
    LinkedWorld(LinkedWorld const&) = delete;
    LinkedWorld& operator=(LinkedWorld const&) = delete;

    /// As after a crash: whatever was not written is gone.
    void restart() {
        cases.reset();
        cases.emplace(self_, points_, thresholds_, kept_max_);
        for (auto const& [place, value] : disk) REQUIRE(cases->restore(place.second, value));
    }
    /// The id is made of the reference.
    LinkedCases::LookUp enter(Family const& family) {
        Effects effects;
        auto found = cases->enter(now, id_of(family.reference), family, effects);
        apply(effects);
        return found;
    }
    void close(std::string const& reference) {
        Effects effects;
        cases->close(id_of(reference), now, effects);
        apply(effects);
    }
    void wake() {
        Effects effects;
        cases->wake(now, effects);
        apply(effects);
    }
    static CaseId id_of(std::string const& reference) {
        auto const hash = crypto::sha256({as_bytes(reference)});
        return CaseId::parse(hash.view().first(CaseId::size_bytes)).value();
    }
    crypto::Pseudonym person_of(std::string const& reference, std::size_t place) const {
        return subject_of(self_, id_of(reference), place);
    }
    bool disk_holds(std::string const& text) const {
        return std::any_of(disk.begin(), disk.end(), [&](auto const& entry) {
            return as_text(entry.second).find(text) != std::string_view::npos;
        });
    }

    Instant now = midday();
    State disk;
    std::vector<crypto::Entry> leaves;
    std::optional<LinkedCases> cases;

  private:
    void apply(Effects const& effects) {
        CHECK(effects.transmissions.empty());
        for (auto const& write : effects.writes) {
            CHECK(write.space == Space::linked);
            auto const place = std::pair(write.space, write.key);
            if (write.value)
                disk[place] = *write.value;
            else
                disk.erase(place);
        }
        leaves.insert(leaves.end(), effects.leaves.begin(), effects.leaves.end());
    }

    crypto::SeededRandom random_{5};
    policy::Agreement agreement_ = policy::test::practice_agreement();
    std::map<PartyId, OperationalKeys> directory_;
    crypto::SigningKey signing_ = crypto::SigningKey::generate(random_);
    crypto::SealingKey sealing_ = crypto::SealingKey::generate(random_);
    SubjectKey subject_key_ = random_.make<SubjectKey>();
    crypto::LockedAeadKey at_rest_ = random_.make<crypto::LockedAeadKey>();
    Self self_{agreement_.coordinator, agreement_, directory_,           signing_, signing_, sealing_, sealing_,
               subject_key_,           at_rest_,   crypto::one_thread(), random_};
    Points points_;
    Thresholds thresholds_;
    std::size_t kept_max_;
};

FamilyMember who(std::string const& forename, std::string const& surname, char const* date,
                 std::string const& nhs_number = {}) {
    FamilyMember member;
    member.label = "label of " + forename;
    member.roles = {PersonRole::parent_carer};
    member.relation = "relation of " + forename;
    member.identity.names = {{forename, surname}};
    if (date != nullptr) member.identity.date_of_birth = parse_day(date).value();
    member.identity.nhs_number = nhs_number;
    return member;
}

Family family_of(std::string const& reference, std::vector<FamilyMember> people) {
    Family family;
    family.reference = reference;
    family.user = "Jo Hub";
    family.people = std::move(people);
    return family;
}

FamilyMember mark() {
    return who("Mark", "Dunsfield", "1983-05-09");
}
Family kira() {
    return family_of("kira", {who("Kira", "Tollgrave", "2017-06-21", "9990000166"),
                              who("Helen", "Tollgrave", "1986-11-03", "9990000190"), mark()});
}
Family stephanie(FamilyMember partner = mark()) {
    return family_of("stephanie", {who("Stephanie", "Quillby", "1991-02-28", "9990000220"), std::move(partner),
                                   who("Mason", "Quillby", "2018-10-10", "9990000239")});
}

std::vector<std::string> texts_of(crypto::Entry const& entry, FieldTag tag) {
    std::vector<std::string> texts;
    for (auto const& field : entry.fields)
        if (field.tag == tag) texts.emplace_back(as_text(field.value));
    return texts;
}
std::string bytes_of(CaseId const& id) {
    return std::string(as_text(id.view()));
}
std::uint64_t count_in(crypto::Entry const& entry) {
    auto const counts = texts_of(entry, FieldTag::count);
    return ByteReader(as_bytes(counts.at(0))).u64();
}

/// Reference of the other case, person here, sure.
using Shown = std::tuple<std::string, unsigned, bool>;
std::multiset<Shown> shown(LinkedWorld const& world, LinkedCases::LookUp const& found) {
    std::multiset<Shown> all;
    for (auto const& link : found.links)
        all.emplace(world.cases->find(link.here.other)->reference, link.here.person, link.here.sure);
    return all;
}

} // namespace

TEST_CASE("linked cases: the person of two families is a sure link, told to both by reference and dates") {
    LinkedWorld world;
    CHECK(world.enter(kira()).links.empty());
    world.now += 24h;
    auto const found = world.enter(stephanie());
    REQUIRE(found.links.size() == 1);
    CHECK(found.left_out == 0);
    auto const& link = found.links[0];
    CHECK(link.here.other == LinkedWorld::id_of("kira"));
    CHECK(link.here.person == 1);
    CHECK(link.person_there == 2);
    CHECK(link.here.sure);
    CHECK(link.here.words == "same date of birth, same first name, same surname");
    auto const* other = world.cases->find(link.here.other);
    REQUIRE(other != nullptr);
    CHECK(other->reference == "kira");
    CHECK(other->entered == midday());
    CHECK_FALSE(other->closed);
}

TEST_CASE("linked cases: another spelling with day and month swapped is for a person to decide, and not silent") {
    LinkedWorld world;
    world.enter(kira());
    auto const found = world.enter(stephanie(who("Marc", "Dunsfield", "1983-09-05")));
    REQUIRE(found.links.size() == 1);
    CHECK_FALSE(found.links[0].here.sure);
    CHECK(found.links[0].here.person == 1);
    CHECK(found.links[0].here.words.find("same date of birth with day and month swapped") != std::string::npos);
    CHECK(found.links[0].here.words.find("same surname") != std::string::npos);
}

TEST_CASE("linked cases: every look-up is a leaf, with or without a hit, and names nobody") {
    LinkedWorld world;
    world.enter(kira());
    world.enter(family_of("other", {who("Ivy", "Hartlow", "2010-01-02"), who("Eleanor", "Hartlow", "1980-07-08")}));
    world.enter(stephanie());
    world.enter(family_of("third", {who("Marc", "Dunsfield", "1983-09-05")}));
    REQUIRE(world.leaves.size() == 4);
    std::size_t const hits[] = {0, 0, 1, 2};
    char const* const references[] = {"kira", "other", "stephanie", "third"};
    for (std::size_t i = 0; i < 4; ++i) {
        auto const& leaf = world.leaves[i];
        CAPTURE(i);
        CHECK(leaf.leaf.kind == crypto::LeafClass::admin);
        CHECK(texts_of(leaf, FieldTag::text) == std::vector<std::string>{"looked for linked cases"});
        CHECK(texts_of(leaf, FieldTag::user) == std::vector<std::string>{"Jo Hub"});
        CHECK(count_in(leaf) == hits[i]);
        auto const subjects = texts_of(leaf, FieldTag::subject);
        REQUIRE(subjects.size() == hits[i] + 1);
        CHECK(subjects[0] == bytes_of(LinkedWorld::id_of(references[i])));
        for (auto const& field : leaf.fields)
            for (auto const* name : {"Mark", "Dunsfield", "Kira", "kira", "Tollgrave", "1983"})
                CHECK(as_text(field.value).find(name) == std::string_view::npos);
    }
    CHECK(texts_of(world.leaves[2], FieldTag::subject)[1] == bytes_of(LinkedWorld::id_of("kira")));
    CHECK(texts_of(world.leaves[2], FieldTag::decision) == std::vector<std::string>{"sure"});
    CHECK(texts_of(world.leaves[3], FieldTag::decision) == std::vector<std::string>{"perhaps", "perhaps"});
    // What was found is about the person of the new case; that somebody looked is about nobody.
    std::map<FieldTag, std::set<std::optional<crypto::Pseudonym>>> about;
    for (auto const& field : world.leaves[2].fields) about[field.tag].insert(field.about);
    auto const linked = world.person_of("stephanie", 1);
    CHECK(about[FieldTag::decision] == std::set<std::optional<crypto::Pseudonym>>{linked});
    CHECK(about[FieldTag::subject] == std::set<std::optional<crypto::Pseudonym>>{std::nullopt, linked});
    for (auto const tag : {FieldTag::user, FieldTag::count, FieldTag::text, FieldTag::time})
        CHECK(about[tag] == std::set<std::optional<crypto::Pseudonym>>{std::nullopt});
}

TEST_CASE("linked cases: two children of one name and one date of birth are never sure") {
    LinkedWorld world;
    world.enter(family_of(
        "first", {who("Chloe", "Larkmere", "2009-05-14", "9990000093"), who("Kate", "Larkmere", "1985-01-30")}));
    // Another number: not the same child, as far as anybody can tell.
    auto const second = world.enter(family_of(
        "second", {who("Chloe", "Larkmere", "2009-05-14", "9990000484"), who("Ada", "Larkmere", "1990-04-01")}));
    CHECK(shown(world, second) == std::multiset<Shown>{{"first", 0, false}});
    // Without a number she fits both.
    auto const third = world.enter(family_of("third", {who("Chloe", "Larkmere", "2009-05-14")}));
    CHECK(shown(world, third) == std::multiset<Shown>{{"first", 0, false}, {"second", 0, false}});
    // And with one of the numbers it is that one; the other is not hidden.
    auto const fourth = world.enter(family_of("fourth", {who("Chloe", "Larkmere", "2009-05-14", "9990000093")}));
    CHECK(shown(world, fourth).count({"second", 0, true}) == 0);
    CHECK(shown(world, fourth).count({"second", 0, false}) == 1);
}

TEST_CASE("linked cases: who was asked about often is still surely the same, also after a restart") {
    LinkedWorld world;
    for (int i = 0; i < 5; ++i) {
        auto again = kira();
        again.reference += std::to_string(i);
        auto const found = world.enter(again);
        REQUIRE(found.links.size() == std::size_t(i) * 3);
        CHECK(std::all_of(found.links.begin(), found.links.end(), [](auto const& link) { return link.here.sure; }));
        world.now += 1h;
        if (i == 2) world.restart();
    }
    auto const found = world.enter(stephanie());
    REQUIRE(found.links.size() == 5);
    // Newest first.
    CHECK(world.cases->find(found.links[0].here.other)->reference == "kira4");
    CHECK(world.cases->find(found.links[4].here.other)->reference == "kira0");
}

TEST_CASE("linked cases: what fits a little is hidden only by what fits better in the same case or family") {
    LinkedWorld world;
    world.enter(kira());
    auto const marc = world.enter(family_of("marc", {who("Marc", "Dunsfield", "1983-09-05")}));
    REQUIRE_FALSE(marc.links[0].here.sure);
    // Sure in one case, perhaps in another: both are said.
    CHECK(shown(world, world.enter(stephanie())) == std::multiset<Shown>{{"kira", 1, true}, {"marc", 1, false}});
    // Twins, asked about again: each is sure of itself and nothing of the other. The one of whom the other half is
    // not there stays for a person.
    auto const twins = [](std::string const& reference) {
        return family_of(reference, {who("Leah", "Ostrey", "2015-03-03"), who("Lea", "Ostrey", "2015-03-03")});
    };
    world.enter(twins("twins"));
    CHECK(shown(world, world.enter(twins("again"))) == std::multiset<Shown>{{"twins", 0, true}, {"twins", 1, true}});
}

TEST_CASE(
    "linked cases: names that sound alike with one date of birth are never silent, whatever the points make of it") {
    LinkedWorld world(Points(), {100'000, 90'000});
    world.enter(kira());
    CHECK(shown(world, world.enter(stephanie(who("Marc", "Dunsfield", "1983-09-05")))) ==
          std::multiset<Shown>{{"kira", 1, false}});
    CHECK(shown(world, world.enter(family_of("three", {who("Mark", "Dunsfield", "1983-05-09")}))).size() == 2);
    CHECK(world.enter(family_of("four", {who("Mark", "Dunsfield", "1983-05-10")})).links.empty());
    CHECK(world.enter(family_of("five", {who("Peter", "Dunsfield", "1983-05-09")})).links.empty());
}

TEST_CASE("linked cases: of twins, who is surely one is not perhaps the other") {
    LinkedWorld world;
    world.enter(family_of("half", {who("Leah", "Ostrey", "2015-03-03")}));
    auto const both = family_of("both", {who("Leah", "Ostrey", "2015-03-03"), who("Lea", "Ostrey", "2015-03-03")});
    CHECK(shown(world, world.enter(both)) == std::multiset<Shown>{{"half", 0, true}});
}

TEST_CASE("linked cases: under the practice agreement a family entered over and over stays sure of itself") {
    auto const matching = policy::test::practice_agreement().matching;
    LinkedWorld world(Points::parse(matching.points).value(), {matching.sure, matching.unsure});
    for (int i = 0; i < 60; ++i) {
        auto again = kira();
        again.reference += std::to_string(i);
        auto const found = world.enter(again);
        CAPTURE(i);
        for (auto const& link : found.links) {
            CHECK(link.here.sure);
            CHECK(link.here.words.find("household") == std::string::npos);
        }
        world.now += 1h;
    }
    auto const found = world.enter(stephanie());
    CHECK(found.links.size() == 60);
    CHECK(std::all_of(found.links.begin(), found.links.end(), [](auto const& link) { return link.here.sure; }));
}

TEST_CASE("linked cases: an unborn child is neither looked for nor found") {
    LinkedWorld world;
    auto baby = mark();
    baby.roles = {PersonRole::unborn};
    world.enter(family_of("first", {who("Ida", "Rowe", "1990-02-03"), baby}));
    CHECK(world.enter(family_of("second", {mark(), who("Una", "Lisle", "1985-02-04")})).links.empty());
    CHECK(shown(world, world.enter(family_of("third", {who("Ann", "Marsh", "1970-01-05"), baby}))).empty());
}

TEST_CASE("linked cases: what is beyond the limits is counted, never silent") {
    LinkedWorld world;
    std::size_t const many = LinkedCases::compared_max + 4;
    for (std::size_t i = 0; i < many; ++i) {
        auto const found = world.enter(family_of("case " + std::to_string(i), {mark()}));
        CAPTURE(i);
        CHECK(found.links.size() == std::min(i, case_links_max));
        CHECK(found.left_out + found.links.size() == i);
        world.now += 1s;
    }
    LinkedWorld unsure;
    for (auto const* nhs : {"9990000093", "9990000484", "9990000166", "9990000190", "9990000220"})
        unsure.enter(family_of(nhs, {who("Chloe", "Larkmere", "2009-05-14", nhs)}));
    auto const found = unsure.enter(family_of("asked", {who("Chloe", "Larkmere", "2009-05-14")}));
    CHECK(found.links.size() == unsure_shown_max);
    CHECK(found.left_out == 5 - unsure_shown_max);
}

TEST_CASE("linked cases: without a period a case is forgotten when it closes") {
    LinkedWorld world(0);
    world.enter(kira());
    CHECK(world.disk_holds("Dunsfield"));
    CHECK(world.enter(stephanie()).links.size() == 1);
    world.close("kira");
    CHECK(world.cases->find(LinkedWorld::id_of("kira")) == nullptr);
    world.close("stephanie");
    CHECK(world.disk.empty());
    CHECK(world.cases->people() == 0);
    CHECK_FALSE(world.cases->next_wake());
    CHECK(world.enter(stephanie()).links.empty());
}

TEST_CASE("linked cases: at the end of the period nothing is left, on the disk or in memory") {
    LinkedWorld world(30);
    world.enter(kira());
    CHECK_FALSE(world.cases->next_wake());
    world.now += 7 * 24h;
    world.close("kira");
    auto const end = world.now + 30 * 24h;
    CHECK(world.cases->next_wake() == end);
    world.restart();
    CHECK(world.cases->next_wake() == end);

    world.now = end - 1ms;
    world.wake();
    auto const found = world.enter(stephanie());
    REQUIRE(found.links.size() == 1);
    auto const* other = world.cases->find(found.links[0].here.other);
    CHECK(other->entered == midday());
    CHECK(other->closed == midday() + 7 * 24h);

    world.now = end;
    world.wake();
    CHECK(world.cases->find(LinkedWorld::id_of("kira")) == nullptr);
    for (auto const* canary : {"kira", "Kira", "Helen", "Tollgrave", "9990000166"}) {
        CAPTURE(canary);
        CHECK_FALSE(world.disk_holds(canary));
    }
    auto const& leaf = world.leaves.back();
    CHECK(texts_of(leaf, FieldTag::text) == std::vector<std::string>{"linked case forgotten at the end of its period"});
    CHECK(texts_of(leaf, FieldTag::subject) == std::vector<std::string>{bytes_of(LinkedWorld::id_of("kira"))});
    // Mark is still in the case that lives.
    CHECK(shown(world, world.enter(family_of("third", {mark()}))) == std::multiset<Shown>{{"stephanie", 0, true}});
}

TEST_CASE("linked cases: only who was asked about and when is kept, no label, relation, user or fact") {
    LinkedWorld world;
    world.enter(kira());
    CHECK(world.disk_holds("Dunsfield"));
    for (auto const* text : {"label of", "relation of", "Jo Hub"}) CHECK_FALSE(world.disk_holds(text));
}

TEST_CASE("linked cases: beyond the limit the case that closed first goes, as a leaf; one that lives never does") {
    LinkedWorld world(365, 5);
    world.enter(kira()); // three people
    world.enter(family_of("two", {who("Ida", "Rowe", "1990-02-03"), who("Ann", "Marsh", "1970-01-05")}));
    CHECK(world.cases->people() == 5);
    world.close("two");
    world.now += 1h;
    world.close("kira");
    world.enter(family_of("one", {who("Una", "Lisle", "1985-02-04")}));
    CHECK(world.cases->find(LinkedWorld::id_of("two")) == nullptr);
    CHECK(world.cases->find(LinkedWorld::id_of("kira")) != nullptr);
    CHECK(world.cases->people() == 4);
    CHECK(texts_of(world.leaves.back(), FieldTag::text) ==
          std::vector<std::string>{"linked case forgotten before its time: too many people are kept"});
    world.enter(stephanie());
    world.enter(family_of("more", {who("Ben", "Aldous", "1985-02-04"), who("Liv", "Aldous", "1985-03-04"),
                                   who("Jon", "Aldous", "1985-04-04")}));
    CHECK(world.cases->people() == 7); // all of cases that live
    CHECK(world.cases->find(LinkedWorld::id_of("kira")) == nullptr);
}

TEST_CASE("linked cases: what is stored comes back, and anything else is damage") {
    LinkedWorld world;
    world.enter(kira());
    world.close("kira");
    auto const [place, value] = *world.disk.begin();
    auto const key = place.second;
    LinkedWorld other;
    CHECK(other.cases->restore(key, value));
    CHECK_FALSE(other.cases->restore(key, value)); // twice
    for (std::size_t size = 0; size < value.size(); ++size) {
        LinkedWorld cut;
        auto const restored = cut.cases->restore(key, ByteView(value).first(size));
        REQUIRE_FALSE(restored);
        CHECK(restored.error().code == Errc::damaged);
    }
    auto longer = value;
    longer.push_back(0);
    LinkedWorld third;
    CHECK_FALSE(third.cases->restore(key, longer));
    CHECK_FALSE(third.cases->restore(ByteView(key).first(15), value));
}

TEST_CASE("linked cases: the notice stands in the stored case, of people that it has") {
    Case item;
    item.family = kira();
    item.nonces.resize(3);
    item.links = {{LinkedWorld::id_of("a"), 2, true, "same first name"}, {LinkedWorld::id_of("b"), 0, false, ""}};
    item.links_left_out = 7;
    auto const back = decode_case(encode(item));
    REQUIRE(back);
    CHECK(back.value().links == item.links);
    CHECK(back.value().links_left_out == 7);
    item.links[1].person = 3;
    CHECK_FALSE(decode_case(encode(item)));
}

TEST_CASE("linked cases: what is found does not depend on restarts, nor on what was forgotten before") {
    REQUIRE(rc::check("the same as a fresh start from the disk", [] {
        LinkedWorld world(10);
        std::vector<std::string> open;
        auto const steps = *rc::gen::inRange(1, 25);
        for (int step = 0; step < steps; ++step) {
            auto const what = *rc::gen::inRange(0, 6);
            world.now += std::chrono::hours(*rc::gen::inRange(0, 60));
            if (what == 0 && !open.empty()) {
                auto const at = *rc::gen::inRange<std::size_t>(0, open.size());
                world.close(open[at]);
                open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
            } else if (what == 1) {
                world.wake();
            } else {
                std::vector<FamilyMember> people;
                static char const* const forenames[] = {"Mark", "Marc", "Leah", "Lea", "Helen"};
                static char const* const surnames[] = {"Dunsfield", "Tollgrave"};
                static char const* const dates[] = {"1983-05-09", "1983-09-05", "2015-03-03"};
                auto const size = *rc::gen::inRange(1, 4);
                for (int i = 0; i < size; ++i)
                    people.push_back(who(*rc::gen::elementOf(std::vector<char const*>(forenames, forenames + 5)),
                                         *rc::gen::elementOf(std::vector<char const*>(surnames, surnames + 2)),
                                         *rc::gen::elementOf(std::vector<char const*>(dates, dates + 3))));
                auto const family = family_of("case " + std::to_string(step), people);
                LinkedWorld fresh(10);
                fresh.now = world.now;
                fresh.disk = world.disk;
                fresh.restart();
                RC_ASSERT(shown(world, world.enter(family)) == shown(fresh, fresh.enter(family)));
                open.push_back(family.reference);
            }
        }
    }));
}
