// Of all leaves, only decisions are opened; everything else about reading is EventReader's.

#include "node/log/past_decisions.hpp"

#include "node/log/events.hpp"

namespace fanlight::node {

namespace {

using crypto::FieldTag;

/// The one value of a field that a leaf has once; nothing if it is not there, or twice, or erased.
std::optional<std::string_view> only(crypto::ShownOpening const& opening, FieldTag tag) {
    std::optional<std::string_view> value;
    for (auto const& field : opening) {
        if (field.tag != tag) continue;
        if (value || !field.shown) return std::nullopt;
        value = as_text(field.shown->value);
    }
    return value;
}

/// How many were handed on; none: not rehearsable. A new leaf in which the agreement was asked nothing has purpose and
/// route all the same.
std::optional<std::uint64_t> hand_on(LogEvent const& event, EachPastDecision const& each) {
    if (!event.opening || !event.time) return std::nullopt;
    auto const purpose = only(*event.opening, FieldTag::purpose);
    auto const route = only(*event.opening, FieldTag::route);
    if (!purpose || !route) return std::nullopt;
    std::vector<policy::PastDecision> decisions;
    for (auto const& field : *event.opening) {
        if (field.tag != FieldTag::request) continue;
        if (!field.shown) return std::nullopt;
        auto decision = policy::decode_past_decision(field.shown->value);
        if (!decision) return std::nullopt;
        decisions.push_back(std::move(decision).assume_value());
    }
    for (auto const& decision : decisions) each(decision, *purpose, *route);
    return decisions.size();
}

} // namespace

Result<PastDecisions> past_decisions(Database& reader, OpeningKey const& key, SubjectKeys const& subjects,
                                     std::filesystem::path const& logs, Instant since, EachPastDecision const& each) {
    FANLIGHT_TRY(auto events, EventReader::open(reader, key, subjects, logs));
    EventFilter filter;
    filter.from = since;
    filter.kinds = std::set{crypto::LeafClass::decision};
    PastDecisions counts;
    FANLIGHT_TRY(events.read(filter, [&](LogEvent const& event) {
        ++counts.leaves;
        if (auto const handed_on = hand_on(event, each))
            counts.decisions += *handed_on;
        else
            ++counts.not_rehearsable;
        return true;
    }));
    return counts;
}

} // namespace fanlight::node
