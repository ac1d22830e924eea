// Any bytes as what the local interface is sent: bodies and parameters of requests. The first byte says which. What is
// taken keeps its rules and its limits; an error names its place, and never a piece of what was sent.

#include "node/daemon/key_rotation.hpp"
#include "node/http/key_view.hpp"
#include "node/http/log_actions.hpp"
#include "node/http/log_view.hpp"
#include "node/http/log_words.hpp"
#include "node/http/replies.hpp"
#include "node/http/rotation_view.hpp"
#include "node/http/splice_view.hpp"
#include "oracle.hpp"

using namespace fanlight;
using namespace fanlight::node;
using fuzz::require;

namespace {

template <class Parse, class Check> void body(std::string_view text, Parse const& parse, Check const& check) {
    auto const parsed = parse(text);
    if (parsed) return check(parsed.assume_value());
    fuzz::check_error(parsed.error(), as_bytes(text));
    require(status_of(parsed.error().code) >= 400 && status_of(parsed.error().code) < 500);
}

bool is_inside(std::string_view part, std::string_view whole) {
    std::less_equal<> const up_to;
    return up_to(whole.data(), part.data()) && up_to(part.data() + part.size(), whole.data() + whole.size());
}

void check_place(protocol::LeafPlace const& place) {
    auto const again = parse_place(place_text(place));
    require(again && again.assume_value() == place);
}

void check_question(LogQuestion const& question) {
    require(question.limit <= listed_max);
    if (question.filter.first) check_place(*question.filter.first);
    if (question.filter.from) require(*question.filter.from >= Instant{});
    if (question.filter.to) require(*question.filter.to >= Instant{});
    if (question.filter.peer) require(bool(PartyId::parse(*question.filter.peer)));
}

void check_erasure(ErasureRequest const& request) {
    require(int(!request.record.empty()) + int(!request.case_id.empty()) + int(!request.subject.empty()) == 1);
    require(request.case_id.empty() == request.person.empty());
}

void try_query(std::string_view text) {
    body(text, parse_log_question, check_question);
    for (auto const* name : {"n", "seed", "from_ms", ""})
        if (auto const value = parameter(text, name)) require(is_inside(*value, text));
    auto const target = split(text);
    require(is_inside(target.path, text));
    require(target.path.find('?') == std::string_view::npos);
    require(target.query.empty() || is_inside(target.query, text));
}

void try_words(std::string_view text) {
    auto const as_place = parse_place(text);
    require(!as_place || place_text(as_place.assume_value()) == text);
    body(text, parse_class_token,
         [](crypto::LeafClass kind) { require(parse_class_token(token(kind)).value() == kind); });
    body(text, parse_field_token, [](crypto::FieldTag tag) { require(parse_field_token(token(tag)).value() == tag); });
    body(text, parse_key_purpose,
         [](KeyPurpose purpose) { require(parse_key_purpose(name(purpose)).value() == purpose); });
    body(text, parse_classes, [&](std::optional<std::set<crypto::LeafClass>> const& classes) {
        require(classes.has_value() != text.empty());
        if (!classes) return;
        std::string joined;
        for (auto const kind : *classes) joined += (joined.empty() ? "" : ",") + std::string(token(kind));
        require(parse_classes(joined).value() == classes);
    });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    fuzz::Input input(data, size);
    auto const which = input.u8();
    auto const text = input.rest_text();
    switch (which % 11) {
    case 0: try_query(text); break;
    case 1: try_words(text); break;
    case 2:
        body(text, parse_review, [](protocol::Reviewed const& mark) {
            check_place(mark.leaf);
            require(*protocol::in_words(mark.verdict) != '\0');
        });
        break;
    case 3:
        body(text, parse_exported, [](protocol::Exported const& made) {
            require(made.from >= Instant{} && made.to >= Instant{} && made.leaves >> 62U == 0);
        });
        break;
    case 4:
        body(text, parse_glass_broken, [](protocol::GlassBroken const& broken) {
            require(broken.lasts > Duration::zero() && broken.lasts <= protocol::glass_open_max);
        });
        break;
    case 5:
        body(text, parse_reconcile_order, [](ReconcileOrder const& order) { require(order.since >= Instant{}); });
        break;
    case 6: body(text, parse_erasure_request, check_erasure); break;
    case 7:
        body(text, parse_ceremony_plan, [](protocol::CeremonyPlan const& plan) {
            for (auto const* list : {&plan.holders, &plan.dealers})
                for (auto const& party : *list) require(bool(PartyId::parse(party.text())));
        });
        break;
    case 8: body(text, parse_fingerprint, [](std::string const&) {}); break;
    case 9:
        body(text, parse_rotation_order,
             [](RotationOrder const& order) { require(order.keys.size() <= every_key_purpose.size()); });
        break;
    default:
        body(text, parse_record_question, [](RecordQuestion const& question) {
            require(!question.record.empty() && question.slot >= 1 && question.slot <= limits::slots);
            require(!question.epoch || *question.epoch != 0);
        });
    }
    return 0;
}
