#include "admin-cli/rotate_verb.hpp"

#include "admin-cli/json_reader.hpp"
#include "admin-cli/output.hpp"

#include <unistd.h>

namespace fanlight::cli {

namespace json = boost::json;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr Duration quick = 30s;
constexpr Duration rotation_wait = 20s; // two trips to the coordinator, and its next round of cosignatures
constexpr unsigned look_again_us = 100'000;

std::string joined(json::array const& texts) {
    std::string out;
    for (auto const& text : texts)
        if (text.is_string()) out += (out.empty() ? "" : ", ") + std::string(text.get_string());
    return out;
}

std::string rotation_text(json::object const& body) {
    auto out = "Keys of key note " + std::to_string(number_at(body, "serial")) + " are in use.\n";
    if (auto const void_before = number_at(body, "void_before"); void_before != 0)
        out += "  Those of notes before " + std::to_string(void_before) + " are void.\n";
    if (auto const& next = object_at(body, "next"); !next.empty())
        out += "Key note " + std::to_string(number_at(next, "serial")) + " (" + joined(array_at(next, "keys")) +
               ") waits for its place in the register; then its keys come into use by themselves.\n";
    if (number_at(body, "void_due") != 0) out += "The note that voids the former keys follows by itself.\n";
    if (auto const& parties = array_at(body, "former_in_use_for"); !parties.empty())
        out += "The former node key and certificate are still used: " + joined(parties) +
               " has not confirmed the new ones.\n";
    out += "The sealing key is replaced by itself at " + text_at(body, "sealing_due") + ".\n";
    return out;
}

} // namespace

int key_rotate(Common const& common, RotateOptions const& options) {
    json::object const order{{"keys", split_at_commas(options.keys)}, {"compromised", options.compromised}};
    auto answer = call(common.data, "POST", "/v1/keys/rotate", json::serialize(order), quick, common.json);
    auto const end = Clock::now() + rotation_wait;
    while (answer.code == 0 && flag_at(answer.body, "under_way") && Clock::now() < end) {
        ::usleep(look_again_us);
        answer = call(common.data, "GET", "/v1/keys", "", quick, common.json);
    }
    return show(answer, common.json, rotation_text);
}

int key_status(Common const& common) {
    return show(call(common.data, "GET", "/v1/keys", "", quick, common.json), common.json, rotation_text);
}

} // namespace fanlight::cli
