#include "protocol/engine/own_log.hpp"

namespace fanlight::protocol {

bool has_two_ends(crypto::LeafClass kind) {
    using crypto::LeafClass;
    switch (kind) {
    case LeafClass::query_sent:
    case LeafClass::query_received:
    case LeafClass::disclosure_sent:
    case LeafClass::disclosure_received:
    case LeafClass::refusal:
    case LeafClass::evaluation_requested:
    case LeafClass::evaluation_served: return true;
    case LeafClass::decision:
    case LeafClass::break_glass:
    case LeafClass::agreement_activated:
    case LeafClass::agreement_revoked:
    case LeafClass::key_event:
    case LeafClass::ig_review:
    case LeafClass::erasure:
    case LeafClass::start_stop_clock:
    case LeafClass::export_made:
    case LeafClass::admin:
    case LeafClass::correction:
    case LeafClass::context_opened:
    case LeafClass::suspension:
    case LeafClass::filler:
    case LeafClass::gap: return false;
    }
    return false;
}

} // namespace fanlight::protocol
