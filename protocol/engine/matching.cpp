#include "protocol/engine/matching.hpp"

#include "protocol/engine/shuffle.hpp"

#include <algorithm>
#include <cassert>
#include <map>

namespace fanlight::protocol {

Points points_of(policy::Matching const& matching) {
    auto points = Points::parse(matching.points);
    assert(points.has_value());
    return points ? std::move(points).assume_value() : Points();
}

Thresholds thresholds_of(policy::Matching const& matching) {
    return {matching.sure, matching.unsure};
}

namespace {

/// In the field bits on the wire: components go with this anchor.
constexpr unsigned carries_bit = 1U << 13U;

/// Where each input stands among those that are evaluated: a forename and a middle name may be one.
class Inputs {
  public:
    explicit Inputs(Descriptors const& person) {
        for (auto const& anchor : person.anchors) add(anchor.input);
        for (auto const* components : {&person.by_date, &person.by_sector})
            for (auto const& component : *components) add(component.input);
    }
    std::size_t place(Bytes const& input) const { return places_.find(input)->second; }
    std::vector<Bytes> take() && { return std::move(all_); }

  private:
    void add(Bytes const& input) {
        if (places_.emplace(input, all_.size()).second) all_.push_back(input);
    }
    std::map<Bytes, std::size_t> places_;
    std::vector<Bytes> all_;
};

std::array<std::uint8_t, 2> masked(Mode mode, AgencySecret const& anchor, Day day, std::array<std::uint8_t, 2> bits) {
    auto const mask = fields_mask(mode, anchor, day);
    return {static_cast<std::uint8_t>(bits[0] ^ mask[0]), static_cast<std::uint8_t>(bits[1] ^ mask[1])};
}

} // namespace

std::vector<Bytes> inputs_of(Descriptors const& person) {
    return Inputs(person).take();
}

PersonTokens tokens_of(Mode mode, Descriptors const& person, std::span<crypto::Token const> tokens,
                       PartyId const& agency) {
    Inputs const inputs(person);
    PersonTokens found;
    found.fields = person.fields;
    found.anchors.reserve(person.anchors.size());
    for (auto const& anchor : person.anchors)
        found.anchors.push_back(
            {anchor.kind, anchor.salt, agency_secret(mode, tokens[inputs.place(anchor.input)], agency)});
    found.components.reserve(person.by_date.size() + person.by_sector.size());
    auto const add = [&](Component const& component, Salt salt) {
        found.components.push_back(
            {component.kind, salt, component_secret(mode, tokens[inputs.place(component.input)], agency)});
    };
    for (auto const& component : person.by_date) add(component, Salt::date);
    for (auto const& component : person.by_sector) add(component, Salt::sector);
    return found;
}

SlotKey slot_key(Mode mode, Day day, std::uint32_t people, PersonTokens const& person, std::size_t anchor,
                 crypto::Random& random) {
    auto const& own = person.anchors[anchor];
    auto key = dummy_slot_key(random);
    key.key = day_token(mode, own.secret, day);
    unsigned bits = person.fields.bits & ~carries_bit;
    if (own.salt != Salt::none && carries_to(own.kind, people)) {
        bits |= carries_bit;
        std::vector<ComponentValue> values(key.components.begin(), key.components.end());
        std::size_t place = 0;
        for (auto const& component : person.components) {
            if (component.salt != own.salt) continue;
            assert(place < values.size());
            values[place++] =
                component_value(mode, own.secret, day, static_cast<std::uint8_t>(component.kind), component.secret);
        }
        shuffle(values, random);
        std::copy(values.begin(), values.end(), key.components.begin());
    }
    key.fields =
        masked(mode, own.secret, day, {static_cast<std::uint8_t>(bits >> 8U), static_cast<std::uint8_t>(bits & 0xFFU)});
    return key;
}

SlotKey dummy_slot_key(crypto::Random& random) {
    SlotKey key{random.make<DayToken>(), {}, {}};
    for (auto& value : key.components) value = random.make<ComponentValue>();
    random.fill(key.fields);
    return key;
}

void add_evidence(Mode mode, Day day, SlotKey const& key, PersonTokens const& ours, std::size_t anchor,
                  Evidence& evidence) {
    auto const& own = ours.anchors[anchor];
    auto const bytes = masked(mode, own.secret, day, key.fields);
    auto const bits = static_cast<unsigned>(bytes[0] << 8U | bytes[1]);
    evidence.anchors |= 1U << (static_cast<unsigned>(own.kind) - 1);
    evidence.theirs = FieldBits{static_cast<std::uint16_t>(bits & ~carries_bit)};
    evidence.ours = ours.fields;
    if ((bits & carries_bit) == 0 || own.salt == Salt::none) return;
    evidence.compared = true;
    for (std::uint8_t number = 1; number <= component_kinds; ++number) {
        auto const theirs = static_cast<ComponentKind>(number);
        for (auto const kind : compared_with(theirs))
            for (auto const& component : ours.components) {
                if (component.kind != kind || component.salt != own.salt) continue;
                auto const value = component_value(mode, own.secret, day, number, component.secret);
                if (std::find(key.components.begin(), key.components.end(), value) != key.components.end())
                    note_equal(evidence, theirs, kind);
            }
    }
}

namespace {
bool shared_by_at_most(std::uint32_t per_1000, AnchorKind kind, std::uint32_t people) {
    constexpr std::uint64_t per_billion_of_per_1000 = 1'000'000;
    return std::uint64_t(rule_of(kind).strangers_per_billion) * people <= per_1000 * per_billion_of_per_1000;
}
} // namespace

bool carries_to(AnchorKind kind, std::uint32_t people) {
    return shared_by_at_most(compared_per_1000_max, kind, people);
}

bool goes_to(AnchorKind kind, std::uint32_t people) {
    return shared_by_at_most(shared_per_1000_max, kind, people);
}

} // namespace fanlight::protocol
