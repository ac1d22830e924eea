#include "node/http/rotation_view.hpp"

#include "crypto/text.hpp"

#include <boost/json.hpp>

namespace fanlight::node {

namespace json = boost::json;

namespace {
constexpr auto where = "replacing keys";

json::object public_view(protocol::OperationalKeys const& keys) {
    return {
        {"node", crypto::to_hex(keys.node.view())},       {"tls_pin", crypto::to_hex(keys.tls_pin.view())},
        {"log", crypto::to_hex(keys.log.view())},         {"witness", crypto::to_hex(keys.witness.view())},
        {"sealing", crypto::to_hex(keys.sealing.view())}, {"share_sealing", crypto::to_hex(keys.share_sealing.view())}};
}

json::array names(std::set<KeyPurpose> const& purposes) {
    json::array out;
    for (auto const purpose : purposes) out.emplace_back(name(purpose));
    return out;
}
} // namespace

Result<RotationOrder> parse_rotation_order(std::string_view body) {
    constexpr auto form = "Send {\"keys\": [\"node\", \"tls\"], \"compromised\": false}.";
    boost::system::error_code problem;
    auto const value = json::parse(body, problem);
    if (problem || !value.is_object()) return fail(Errc::malformed, where, form);
    RotationOrder order;
    for (auto const& [key, field] : value.get_object()) {
        if (key == "compromised" && field.is_bool()) {
            order.compromised = field.get_bool();
        } else if (key == "keys" && field.is_array()) {
            for (auto const& one : field.get_array()) {
                if (!one.is_string()) return fail(Errc::malformed, where, form);
                FANLIGHT_TRY(auto const purpose, parse_key_purpose(one.get_string()));
                order.keys.insert(purpose);
            }
        } else {
            return fail(Errc::malformed, where, form);
        }
    }
    return order;
}

json::object rotation_view(Core const& core) {
    auto const& keyring = core.directory().keyring;
    json::object out{{"serial", keyring.serial},
                     {"keys", public_view(public_keys(core.directory().settings.party, keyring))},
                     {"under_way", keyring.next.has_value() || keyring.void_due != 0},
                     {"void_before", keyring.void_before},
                     {"former_sealing_keys", keyring.former_sealing.keys.size()},
                     {"sealing_due", to_text(keyring.sealing_since + sealing_replaced_every)}};
    if (keyring.next) {
        auto const& next = *keyring.next;
        out["next"] = {{"serial", next.keys.serial},
                       {"keys", names(purposes_replaced(keyring, next.keys))},
                       {"compromised", next.compromised}};
    }
    if (keyring.void_due != 0) out["void_due"] = keyring.void_due;
    json::array waits_for;
    for (auto const& party : core.parties_without_own_keys()) waits_for.emplace_back(party.text());
    out["former_in_use_for"] = std::move(waits_for);
    return out;
}

} // namespace fanlight::node
