// Verbs of the identity key: ceremony start, join, status, abandon; epoch open.

#include "admin-cli/json_reader.hpp"
#include "admin-cli/output.hpp"
#include "admin-cli/status_text.hpp"
#include "admin-cli/verbs.hpp"

#include <cstdio>

namespace fanlight::cli {

namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

constexpr Duration quick = 30s;

int show_ceremony(Common const& common, Answer const& answer, std::string const& next = {}) {
    return show(answer, common.json, [&](json::object const& body) { return ceremony_text(body) + next; });
}

constexpr auto ask_for_proposal =
    "Have another participant read out what \"fanlight ceremony status\" shows there, and type that\n"
    "fingerprint (words or hex): ";

} // namespace

int ceremony_start(Common const& common, CeremonyOptions const& options) {
    json::object body{{"reshare", options.reshare}};
    if (!options.holders.empty()) body["holders"] = split_at_commas(options.holders);
    if (!options.dealers.empty()) body["dealers"] = split_at_commas(options.dealers);
    auto const answer = call(common.data, "POST", "/v1/ceremony", json::serialize(body), quick, common.json);
    return show_ceremony(
        common, answer,
        "Every participant's administrator now compares these words with another's by phone and runs:\n"
        "  fanlight ceremony join\n");
}

int ceremony_join(Common const& common, std::string const& typed) {
    auto words = typed;
    if (words.empty()) {
        auto answer = call(common.data, "GET", "/v1/ceremony", "", quick, common.json);
        if (answer.code != 0) return answer.code;
        // Without the fingerprint: what is typed must come from somebody else's screen.
        answer.body.erase("fingerprint");
        if (text_at(answer.body, "stage") == "proposed" && flag_at(answer.body, "takes_part_here")) {
            std::fprintf(stderr, "%s", ceremony_text(answer.body).c_str());
            words = ask_for_line(ask_for_proposal);
        }
    }
    auto const body = json::serialize(json::object{{"fingerprint", words}});
    return show_ceremony(
        common, call(common.data, "POST", "/v1/ceremony/join", body, quick, common.json),
        "Joined. It goes on by itself once everybody has; look at it with: fanlight ceremony status\n");
}

int ceremony_status(Common const& common) {
    return show_ceremony(common, call(common.data, "GET", "/v1/ceremony", "", quick, common.json));
}

int ceremony_abandon(Common const& common) {
    return show_ceremony(common, call(common.data, "POST", "/v1/ceremony/abandon", "{}", quick, common.json));
}

int epoch_open(Common const& common) {
    return show(call(common.data, "POST", "/v1/epoch/open", "{}", quick, common.json), common.json, epochs_text);
}

} // namespace fanlight::cli
