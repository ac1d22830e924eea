// Slots: what they hide, and who can open their context: whoever has a strong anchor of that person, in that slot.

#include "protocol/engine/slots.hpp"
#include "protocol_samples.hpp"

#include <catch2/catch.hpp>

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::test;

namespace {

AgencySecret secret(std::uint8_t first) {
    Bytes bytes(AgencySecret::size_bytes, first);
    return AgencySecret::parse(bytes).value();
}

struct Given {
    AnchorKind kind;
    std::uint8_t secret;
};

struct Maker {
    crypto::SeededRandom random{3};
    std::set<DayToken> used;
    Day day = parse_day("2026-11-22").value();

    BuiltSlot make(std::vector<Given> const& given, Mode mode = Mode::live) {
        std::vector<AgencyAnchor> anchors;
        for (auto const& one : given) anchors.push_back({one.kind, secret(one.secret)});
        return build_slot(mode, day, anchors, filled<PersonNonce>(1), context(), used, random);
    }
};

bool opens(Slot const& slot, std::uint8_t with, Mode mode = Mode::live) {
    return open_context(mode, slot, secret(with)).has_value();
}

} // namespace

TEST_CASE("slots: a context opens with a strong anchor of the person, and with nothing else") {
    Maker maker;
    auto const built = maker.make({{AnchorKind::nhs_number, 1},
                                   {AnchorKind::name_date, 2},
                                   {AnchorKind::sound_date, 3},
                                   {AnchorKind::skeleton_date, 4},
                                   {AnchorKind::deletion_date, 5},
                                   {AnchorKind::forename_family, 6}});
    CHECK(opens(built.slot, 1));
    CHECK(opens(built.slot, 2));
    for (std::uint8_t weak = 3; weak <= 7; ++weak) CHECK_FALSE(opens(built.slot, weak));
    CHECK_FALSE(opens(built.slot, 1, Mode::practice));
    auto const opened = open_context(Mode::live, built.slot, secret(2));
    REQUIRE(opened);
    CHECK(opened->roles == context().roles);
    CHECK(opened->dash == context().dash);
}

TEST_CASE("slots: a context opens only in its own slot, unaltered") {
    Maker maker;
    auto const one = maker.make({{AnchorKind::nhs_number, 1}});
    auto const other = maker.make({{AnchorKind::nhs_number, 1}});
    CHECK(one.slot.commitment != other.slot.commitment);
    auto moved = other.slot; // everything of the one but what it is bound to
    moved.nonce = one.slot.nonce;
    moved.context = one.slot.context;
    moved.wraps = one.slot.wraps;
    CHECK_FALSE(opens(moved, 1));
    auto mixed = one.slot; // another slot's context behind this slot's wraps
    mixed.context = other.slot.context;
    CHECK_FALSE(opens(mixed, 1));
    for (auto change : {+[](Slot& slot) { slot.context[5] ^= 1U; }, +[](Slot& slot) { slot.context.back() ^= 1U; },
                        +[](Slot& slot) { slot.nonce = filled<crypto::Nonce>(1); },
                        +[](Slot& slot) { slot.commitment = filled<SlotCommitment>(1); },
                        +[](Slot& slot) {
                            for (std::size_t i = 0; i < slot.wraps.size(); i += Slot::wrap_bytes) slot.wraps[i] ^= 1U;
                        }}) {
        auto altered = one.slot;
        change(altered);
        CHECK_FALSE(opens(altered, 1));
    }
    CHECK(opens(one.slot, 1));
}

TEST_CASE("slots: no more strong anchors than there is room for can open a context") {
    Maker maker;
    std::vector<Given> given;
    for (std::uint8_t i = 1; i <= limits::wraps_per_slot + 1; ++i) given.push_back({AnchorKind::name_date, i});
    auto const built = maker.make(given);
    int count = 0;
    for (auto const& one : given) count += opens(built.slot, one.secret) ? 1 : 0;
    CHECK(count == static_cast<int>(limits::wraps_per_slot));
}

TEST_CASE("slots: every slot has the same sizes, and its keys are those of the day, once, among dummies") {
    Maker maker;
    std::vector<Given> all;
    for (std::uint8_t i = 1; i <= limits::keys_per_slot; ++i) all.push_back({AnchorKind::deletion_date, i});
    for (auto const& given : {std::vector<Given>{}, std::vector<Given>{{AnchorKind::name_date, 101}}, all}) {
        auto const built = maker.make(given);
        CHECK(built.slot.wraps.size() == limits::wraps_per_slot * Slot::wrap_bytes);
        CHECK(built.slot.context.size() == limits::context_bytes + crypto::aead_overhead_bytes);
        std::set<DayToken> const keys(built.slot.keys.begin(), built.slot.keys.end());
        CHECK(keys.size() == limits::keys_per_slot);
        for (auto const& one : given) CHECK(keys.contains(day_token(Mode::live, secret(one.secret), maker.day)));
    }
    auto const dummy = build_dummy_slot(maker.random);
    CHECK(dummy.slot.wraps.size() == limits::wraps_per_slot * Slot::wrap_bytes);
    CHECK(dummy.slot.context.size() == limits::context_bytes + crypto::aead_overhead_bytes);
    CHECK_FALSE(opens(dummy.slot, 1));
}

TEST_CASE("slots: a value that another slot of the query has becomes a dummy") {
    Maker maker;
    auto const first = maker.make({{AnchorKind::nhs_number, 1}, {AnchorKind::name_date, 2}});
    auto const second =
        maker.make({{AnchorKind::nhs_number, 1}, {AnchorKind::name_date, 3}, {AnchorKind::name_date, 3}});
    std::set<DayToken> keys(first.slot.keys.begin(), first.slot.keys.end());
    keys.insert(second.slot.keys.begin(), second.slot.keys.end());
    CHECK(keys.size() == 2 * limits::keys_per_slot);
    CHECK(keys.contains(day_token(Mode::live, secret(3), maker.day)));
}

TEST_CASE("slots: where a key stands says nothing about its kind") {
    Maker maker;
    std::set<std::size_t> places;
    for (int i = 0; i < 40; ++i) {
        maker.used.clear();
        auto const built = maker.make({{AnchorKind::nhs_number, 1}});
        auto const wanted = day_token(Mode::live, secret(1), maker.day);
        auto const found = std::find(built.slot.keys.begin(), built.slot.keys.end(), wanted);
        places.insert(static_cast<std::size_t>(found - built.slot.keys.begin()));
    }
    CHECK(places.size() > 15);
}

TEST_CASE("slots: the opening opens the commitment") {
    Maker maker;
    auto const built = maker.make({{AnchorKind::nhs_number, 1}, {AnchorKind::sound_date, 2}});
    std::vector<AgencyAnchor> anchors;
    anchors.push_back({AnchorKind::sound_date, secret(2)});
    anchors.push_back({AnchorKind::nhs_number, secret(1)});
    CHECK(commit_slot(Mode::live, built.opening, filled<PersonNonce>(1), anchors) == built.slot.commitment);
    CHECK(commit_slot(Mode::live, built.opening, filled<PersonNonce>(2), anchors) != built.slot.commitment);
    anchors.pop_back();
    CHECK(commit_slot(Mode::live, built.opening, filled<PersonNonce>(1), anchors) != built.slot.commitment);
}
