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

/// Each anchor carries the components, as its kind does.
PersonTokens tokens_of(std::vector<Given> const& given, std::vector<std::uint8_t> const& components = {9}) {
    PersonTokens tokens;
    for (auto const& one : given) tokens.anchors.push_back({one.kind, rule_of(one.kind).salt, secret(one.secret)});
    for (auto const one : components)
        tokens.components.push_back({ComponentKind::surname, Salt::date,
                                     ComponentSecret::parse(Bytes(ComponentSecret::size_bytes, one)).value()});
    tokens.fields.bits = 0x4003;
    return tokens;
}

struct Maker {
    crypto::SeededRandom random{3};
    std::set<DayToken> used;
    Day day = parse_day("2026-11-22").value();
    std::uint32_t people = 500;

    SlotFor to(Mode mode = Mode::live) const { return {mode, day, people}; }

    BuiltSlot make(std::vector<Given> const& given, Mode mode = Mode::live) {
        return build_slot(to(mode), tokens_of(given), filled<PersonNonce>(1), context(), used, random);
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
                                   {AnchorKind::surname_date_sector, 5},
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
    for (std::uint8_t i = 1; i <= limits::keys_per_slot; ++i) all.push_back({AnchorKind::skeleton_date, i});
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

TEST_CASE("slots: the opening opens the commitment, to anchors and components") {
    Maker maker;
    auto const tokens = tokens_of({{AnchorKind::nhs_number, 1}, {AnchorKind::sound_date, 2}}, {8, 9});
    auto const built = build_slot(maker.to(), tokens, filled<PersonNonce>(1), context(), maker.used, maker.random);
    auto const commit = [&](PersonTokens const& with, std::uint8_t nonce = 1, Mode mode = Mode::live) {
        return commit_slot(mode, built.opening, filled<PersonNonce>(nonce), hashes_for(maker.to(mode), with));
    };
    auto const same = tokens_of({{AnchorKind::sound_date, 2}, {AnchorKind::nhs_number, 1}}, {9, 8});
    CHECK(commit(same) == built.slot.commitment); // in whatever order
    CHECK(built.hashes == hashes_for(maker.to(), same));
    CHECK(built.hashes.size() == 4);
    CHECK(std::is_sorted(built.hashes.begin(), built.hashes.end()));
    CHECK(std::count(built.hashes.begin(), built.hashes.end(), hash_of(Mode::live, secret(1))) == 1);
    CHECK(std::count(built.hashes.begin(), built.hashes.end(), hash_of(Mode::practice, secret(1))) == 0);
    CHECK(commit(same, 2) != built.slot.commitment);
    CHECK(commit(same, 1, Mode::practice) != built.slot.commitment);
    CHECK(commit(tokens_of({{AnchorKind::nhs_number, 1}}, {8, 9})) != built.slot.commitment);
    CHECK(commit(tokens_of({{AnchorKind::nhs_number, 1}, {AnchorKind::sound_date, 2}}, {8})) != built.slot.commitment);
}

TEST_CASE("slots: a secret that two anchors share is committed to once") {
    Maker const maker;
    auto const hashes =
        hashes_for(maker.to(), tokens_of({{AnchorKind::name_date, 3}, {AnchorKind::name_date, 3}}, {9, 9}));
    CHECK(hashes.size() == 2);
}

TEST_CASE("slots: what the log keeps of a slot has one encoding, and reads back") {
    OpenedSlot opened{4, 1, filled<SlotOpening>(5), filled<PersonNonce>(6), {}};
    opened.hashes = {filled<SecretHash>(1), filled<SecretHash>(2)};
    auto const bytes = encode(opened);
    CHECK(bytes.size() == 2 + 32 + 16 + 2 + 2 * 16);
    auto const read = decode_opened_slot(bytes).value();
    CHECK(read.slot == 4);
    CHECK(read.person == 1);
    CHECK(read.opening == opened.opening);
    CHECK(read.nonce == opened.nonce);
    CHECK(read.hashes == opened.hashes);
    OpenedSlot const nobody{15, OpenedSlot::nobody, filled<SlotOpening>(5), {}, {}};
    CHECK(encode(nobody) == Bytes{15, 0xFF});
    CHECK(decode_opened_slot(encode(nobody)).value().person == OpenedSlot::nobody);

    auto const malformed = [](Bytes const& from) {
        auto const result = decode_opened_slot(from);
        return result.has_error() && result.error().code == Errc::malformed;
    };
    for (std::size_t size = 0; size < bytes.size(); ++size)
        CHECK(malformed(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size))));
    auto longer = bytes;
    longer.push_back(0);
    CHECK(malformed(longer));
    CHECK(malformed(Bytes{15, 0xFF, 0}));
    CHECK(malformed(Bytes{16, 0xFF}));
    auto other = bytes;
    other[1] = limits::family_people_max;
    CHECK(malformed(other));
    opened.person = limits::family_people_max - 1;
    CHECK(decode_opened_slot(encode(opened)).has_value());
    std::swap(opened.hashes[0], opened.hashes[1]);
    CHECK(malformed(encode(opened)));
    opened.hashes[0] = opened.hashes[1];
    CHECK(malformed(encode(opened)));
}

TEST_CASE("slots: an anchor that too many strangers of a large party share does not go there") {
    Maker maker;
    auto widest = AnchorKind::name_date;
    for (std::uint8_t kind = 1; kind <= anchor_kinds; ++kind)
        if (rule_of(AnchorKind(kind)).strangers_per_billion > rule_of(widest).strangers_per_billion)
            widest = AnchorKind(kind);
    REQUIRE(widest != AnchorKind::name_date);
    std::vector<Given> const given{{AnchorKind::name_date, 1}, {widest, 2}};
    auto const goes = [&](std::uint8_t which) {
        maker.used.clear();
        auto const built = maker.make(given);
        auto const& keys = built.slot.keys;
        return std::find(keys.begin(), keys.end(), day_token(Mode::live, secret(which), maker.day)) != keys.end();
    };
    auto const most = shared_per_1000_max * 1'000'000 / rule_of(widest).strangers_per_billion;
    maker.people = most;
    CHECK(goes(1));
    CHECK(goes(2));
    maker.people = most + 1;
    CHECK(goes(1));
    CHECK_FALSE(goes(2));
    maker.people = 0; // says nothing: as if it were small
    CHECK(goes(2));
    CHECK(goes_to(AnchorKind::nhs_number, 5'000'000));
    // And then it is not in the commitment either.
    maker.people = most + 1;
    CHECK(hashes_for(maker.to(), tokens_of(given)) == hashes_for(maker.to(), tokens_of({given.front()})));
}

TEST_CASE("slots: to a larger party an anchor goes without components before it stays away") {
    for (std::uint8_t number = 1; number <= anchor_kinds; ++number) {
        auto const kind = AnchorKind(number);
        auto const strangers = rule_of(kind).strangers_per_billion;
        if (strangers == 0) continue; // a number goes everywhere
        CAPTURE(name(kind));
        auto const most = compared_per_1000_max * 1'000'000 / strangers;
        CHECK(carries_to(kind, most));
        CHECK_FALSE(carries_to(kind, most + 1));
        CHECK(goes_to(kind, most + 1));
        auto const compared = [&](std::uint32_t people) {
            Maker maker;
            maker.people = people;
            auto tokens = tokens_of({{kind, 1}});
            for (auto& component : tokens.components) component.salt = rule_of(kind).salt;
            auto const built =
                build_slot(maker.to(), tokens, filled<PersonNonce>(1), context(), maker.used, maker.random);
            Evidence evidence;
            for (std::size_t i = 0; i < limits::keys_per_slot; ++i)
                if (built.slot.keys[i] == day_token(Mode::live, secret(1), maker.day))
                    add_evidence(Mode::live, maker.day, key_of(built.slot, i), tokens, 0, evidence);
            CHECK(evidence.shares(kind));
            return evidence.compared;
        };
        CHECK(compared(most) == (rule_of(kind).salt != Salt::none));
        CHECK_FALSE(compared(most + 1));
    }
}

TEST_CASE("slots: no value occurs twice in a query, and a key that became a dummy takes what belongs to it along") {
    Maker maker;
    auto const first = maker.make({{AnchorKind::name_date, 1}});
    auto const second = maker.make({{AnchorKind::name_date, 1}});
    std::set<ComponentValue> values;
    std::size_t count = 0;
    for (auto const* built : {&first, &second})
        for (auto const& components : built->slot.components)
            for (auto const& value : components) {
                values.insert(value);
                ++count;
            }
    CHECK(count == 2 * limits::keys_per_slot * limits::components_per_anchor);
    CHECK(values.size() == count);
    auto const value = component_value(Mode::live, secret(1), maker.day, std::uint8_t(ComponentKind::surname),
                                       tokens_of({}).components.front().secret);
    auto const has = [&](BuiltSlot const& built) {
        return std::any_of(built.slot.components.begin(), built.slot.components.end(), [&](auto const& components) {
            return std::find(components.begin(), components.end(), value) != components.end();
        });
    };
    CHECK(has(first));
    CHECK_FALSE(has(second));
}
