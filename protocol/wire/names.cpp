// What the numbers on the wire are called.

#include "protocol/wire/wire.hpp"

namespace fanlight::protocol {

char const* name(MessageType type) {
    switch (type) {
    case MessageType::evaluate_request: return "evaluate_request";
    case MessageType::evaluate_reply: return "evaluate_reply";
    case MessageType::query: return "query";
    case MessageType::answer: return "answer";
    case MessageType::summary_request: return "summary_request";
    case MessageType::summary: return "summary";
    case MessageType::refusal: return "refusal";
    case MessageType::evaluate_refusal: return "evaluate_refusal";
    case MessageType::key_certificate: return "key_certificate";
    case MessageType::epoch_opened: return "epoch_opened";
    case MessageType::epoch_request: return "epoch_request";
    case MessageType::index_ready: return "index_ready";
    case MessageType::ceremony: return "ceremony";
    case MessageType::register_entry: return "register_entry";
    case MessageType::register_head: return "register_head";
    case MessageType::register_cosignature: return "register_cosignature";
    case MessageType::register_lease: return "register_lease";
    case MessageType::register_request: return "register_request";
    case MessageType::log_head: return "log_head";
    case MessageType::log_cosignature: return "log_cosignature";
    case MessageType::log_receipt: return "log_receipt";
    case MessageType::reconcile_request: return "reconcile_request";
    case MessageType::reconcile_reply: return "reconcile_reply";
    case MessageType::copies_request: return "copies_request";
    case MessageType::copies_reply: return "copies_reply";
    }
    return "unknown";
}

char const* name(EvaluatePurpose purpose) {
    switch (purpose) {
    case EvaluatePurpose::bulk: return "bulk";
    case EvaluatePurpose::query: return "query";
    case EvaluatePurpose::delta: return "delta";
    }
    return "unknown";
}

char const* in_words(EvaluateRefusalReason reason) {
    switch (reason) {
    case EvaluateRefusalReason::budget_spent: return "this organisation's budget of evaluations is spent";
    case EvaluateRefusalReason::epoch_unknown: return "it has no share of the key of this epoch";
    case EvaluateRefusalReason::bulk_closed: return "the epoch is open, and its bulk quota is closed";
    case EvaluateRefusalReason::not_open: return "the epoch is not open there";
    case EvaluateRefusalReason::not_allowed: return "the agreement does not let this party ask for it";
    case EvaluateRefusalReason::request_reused: return "the request's number was used for another batch";
    }
    return "it gave no reason";
}

char const* in_words(ContactBand band) {
    switch (band) {
    case ContactBand::none: return "not recorded";
    case ContactBand::month: return "within a month";
    case ContactBand::quarter: return "within three months";
    case ContactBand::year: return "within a year";
    case ContactBand::older: return "over a year ago";
    }
    return "not recorded";
}

} // namespace fanlight::protocol
