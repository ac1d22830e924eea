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
    }
    return "unknown";
}

char const* name(EvaluatePurpose purpose) {
    return purpose == EvaluatePurpose::enrol ? "enrol" : "query";
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
