// The table of domain labels.

#include "crypto/labels.hpp"

namespace fanlight::crypto {

namespace {
char const* purpose(Label label) {
    switch (label) {
    case Label::agency: return "agency";
    case Label::day: return "day";
    case Label::component: return "component";
    case Label::component_secret: return "secret-of-component";
    case Label::component_value: return "value-of-component";
    case Label::fields: return "fields";
    case Label::context: return "context";
    case Label::slot: return "slot";
    case Label::anchor: return "anchor";
    case Label::seal: return "seal";
    case Label::store_key: return "store-key";
    case Label::keyring_key: return "keyring-key";
    case Label::opening_key: return "opening-key";
    case Label::passphrase: return "passphrase";
    case Label::subject: return "subject";
    case Label::colour_statement: return "colour-statement";
    case Label::key_note: return "key-note";
    case Label::share_seal: return "share-seal";
    case Label::message: return "message";
    case Label::at_rest: return "at-rest";
    case Label::ceremony: return "ceremony-proposal";
    case Label::ceremony_seed: return "ceremony-seed";
    case Label::ceremony_said: return "ceremony-said";
    case Label::ceremony_share: return "ceremony-share";
    case Label::key_certificate: return "key-certificate";
    case Label::receipt: return "receipt";
    case Label::request: return "request";
    case Label::case_tokens: return "tokens-of-case";
    case Label::enrolment_batch: return "enrolment-batch";
    case Label::officer_key: return "officer-key";
    case Label::suspension: return "suspension";
    case Label::revocation: return "revocation";
    case Label::removal: return "removal";
    case Label::wrap_key: return "wrap-key";
    case Label::subject_wrap: return "wrap-of-subject";
    case Label::subject_event: return "event-of-subject";
    case Label::slot_secret: return "secret-of-slot";
    }
    return "";
}
} // namespace

std::string label(Mode mode, Label label) {
    std::string text = mode == Mode::practice ? "fanlight-practice/v1/" : "fanlight/v1/";
    text += purpose(label);
    return text;
}

} // namespace fanlight::crypto
