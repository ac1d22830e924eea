#include "admin-cli/status_text.hpp"

#include "admin-cli/json_reader.hpp"

#include <algorithm>
#include <cmath>

namespace fanlight::cli {

namespace json = boost::json;

namespace {

std::string joined(json::array const& names) {
    std::string text;
    for (auto const& name : names) {
        if (!name.is_string()) continue;
        if (!text.empty()) text += ", ";
        text += std::string_view(name.get_string());
    }
    return text.empty() ? "nobody" : text;
}

std::string in_time(std::uint64_t seconds) {
    if (seconds < 120) return std::to_string(seconds) + " seconds";
    if (seconds < 2 * 3600) return std::to_string(seconds / 60) + " minutes";
    if (seconds < 48 * 3600) return std::to_string(seconds / 3600) + " hours";
    return std::to_string(seconds / 86400) + " days";
}

std::string rate_text(double per_second) {
    auto const whole = [](double number) { return with_commas(static_cast<std::uint64_t>(std::llround(number))); };
    if (per_second >= 1) return whole(per_second) + " a second";
    if (per_second * 3600 >= 1) return whole(per_second * 3600) + " an hour";
    return whole(per_second * 86400) + " a day";
}

std::string fingerprint_lines(char const* of, json::object const& print) {
    return std::string(of) + ", to read over the phone:\n  " + text_at(print, "words") + "\n  " +
           text_at(print, "hex") + "\n";
}

std::string holders_text(json::object const& epoch) {
    std::string out;
    for (auto const& value : array_at(epoch, "holders")) {
        auto const& holder = value.as_object();
        if (!out.empty()) out += ", ";
        out += text_at(holder, "name").empty() ? text_at(holder, "party") : text_at(holder, "name");
        if (holder.contains("excluded")) out += " (NOT ASKED: " + text_at(holder, "excluded") + ")";
    }
    return out;
}

std::string budgets_text(json::object const& status) {
    auto const& budgets = array_at(status, "budgets");
    if (budgets.empty()) return {};
    std::string out = "Evaluations that this key holder has given (in brackets: what the whole federation may give):\n";
    std::size_t untouched = 0;
    for (auto const& value : budgets) {
        auto const& budget = value.as_object();
        if (number_at(budget, "charged") == 0) {
            ++untouched;
            continue;
        }
        out += "  " + text_at(budget, "organisation") + ", " + text_at(budget, "purpose") + ", epoch " +
               std::to_string(number_at(budget, "epoch")) + ": " + with_commas(number_at(budget, "charged")) + " of " +
               with_commas(number_at(budget, "limit")) + " (" +
               with_commas(number_at(budget, "limit_of_the_federation")) + ")\n";
    }
    if (untouched != 0)
        out += "  Of " + std::string(untouched == budgets.size() ? "all " : "") + std::to_string(untouched) +
               (untouched == budgets.size() ? " budgets" : " other budgets") + " nothing is spent\n";
    return out;
}

/// What this node is at, or waits for; a participant's own stage, the slowest participant's at the coordinator.
std::string now_text(json::object const& ceremony) {
    if (text_at(ceremony, "stage") != "proposed") return text_at(ceremony, "words");
    return flag_at(ceremony, "takes_part_here")
               ? "proposed; waits for this node's administrator: fanlight ceremony join"
               : "proposed; waits until every participant has joined";
}

std::string quotas_text(json::object const& status) {
    auto const& quotas = array_at(status, "quotas");
    if (quotas.empty()) return {};
    std::string out = "Evaluations that this organisation has had, as the key holders say (in brackets: from all of "
                      "them together):\n";
    for (auto const& value : quotas) {
        auto const& quota = value.as_object();
        out += "  " + text_at(quota, "holder") + ", " + text_at(quota, "purpose") + ", epoch " +
               std::to_string(number_at(quota, "epoch")) + ": " + with_commas(number_at(quota, "charged")) + " of " +
               with_commas(number_at(quota, "limit")) + " (" +
               with_commas(number_at(quota, "limit_of_the_federation")) + ")\n";
    }
    return out;
}

} // namespace

std::string with_commas(std::uint64_t number) {
    auto text = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
        text.insert(static_cast<std::size_t>(at), ",");
    return text;
}

std::string enrolment_text(json::object const& enrolment) {
    auto out = "enrolled " + with_commas(number_at(enrolment, "enrolled")) + " of " +
               with_commas(number_at(enrolment, "people"));
    if (flag_at(enrolment, "complete")) {
        out += ", complete";
        if (!flag_at(enrolment, "index_today")) out += "; today's index is being built";
        return out;
    }
    if (auto const* rate = enrolment.if_contains("people_per_second"); rate != nullptr && rate->is_number())
        out += ", " + rate_text(rate->to_number<double>());
    if (enrolment.contains("seconds_left")) out += ", " + in_time(number_at(enrolment, "seconds_left")) + " left";
    if (enrolment.contains("waits_until")) out += ", goes on at " + text_at(enrolment, "waits_until");
    if (enrolment.contains("problem")) out += ". " + text_at(enrolment, "problem");
    return out;
}

std::string epochs_text(json::object const& status) {
    auto const& epochs = array_at(status, "epochs");
    if (epochs.empty())
        return "Identity key: there is none yet. The coordinator starts a ceremony: fanlight ceremony start\n";
    std::string out;
    for (auto const& value : epochs) {
        auto const& epoch = value.as_object();
        auto const stage = text_at(epoch, "stage");
        out += "Identity key, epoch " + std::to_string(number_at(epoch, "epoch")) + ": " + stage + " since " +
               text_at(epoch, "since") + "\n";
        out += "  Holders: " + holders_text(epoch) + "; " + std::to_string(number_at(epoch, "threshold")) +
               " of them make a token" + (flag_at(epoch, "share_here") ? "; this node holds a share" : "") + "\n";
        if (auto const again = number_at(epoch, "sharing"); again > 1)
            out += "  Shared anew " + (again == 2 ? "once" : std::to_string(again - 1) + " times") + "\n";
        for (auto const& old : array_at(epoch, "old_shares"))
            out += "  The shares from before are destroyed at " + text_at(old.as_object(), "destroyed_at") + "\n";
        out += "  Certificate: " + text_at(object_at(epoch, "certificate"), "words") + "\n";
        if (epoch.contains("replace_by"))
            out += (flag_at(epoch, "replacement_due") ? "  A NEW KEY IS DUE since " : "  A new key is due by ") +
                   text_at(epoch, "replace_by") + "\n";
        if (epoch.contains("destroyed_at")) out += "  To be destroyed at " + text_at(epoch, "destroyed_at") + "\n";
        auto const& missing = array_at(epoch, "not_enrolled");
        if (!missing.empty())
            out +=
                stage == "open"
                    ? "  Not known to be enrolled: " + joined(missing) + " (whoever is not answers NOT CHECKED)\n"
                    : "  Not enrolled yet: " + joined(missing) + "; it opens when all are, or: fanlight epoch open\n";
    }
    return out;
}

std::string ceremony_text(json::object const& ceremony) {
    bool const reshare = text_at(ceremony, "kind") == "reshare";
    auto const epoch = std::to_string(number_at(ceremony, "epoch"));
    std::string out = reshare ? "Ceremony: the identity key of epoch " + epoch + " is shared anew\n"
                              : "Ceremony: a new identity key, epoch " + epoch + "\n";
    out += "Holders: " + joined(array_at(ceremony, "holders")) + "; " +
           std::to_string(number_at(ceremony, "threshold")) + " of them make a token\n";
    if (reshare) {
        out += "Dealers: " + joined(array_at(ceremony, "dealers")) + "\n";
        out += "The old shares still make the key: this protects only while fewer than " +
               std::to_string(number_at(ceremony, "threshold")) +
               " of them leak.\nAfter a holder has left in dispute, make a new key instead.\n";
    }
    out += "Now: " + now_text(ceremony) + " (since " + text_at(ceremony, "since") + ")\n";
    if (ceremony.contains("cause")) out += "Why: " + text_at(ceremony, "cause") + "\n";
    if (ceremony.contains("certificate"))
        return out + fingerprint_lines("Fingerprint of the key certificate", object_at(ceremony, "certificate"));
    if (text_at(ceremony, "stage") == "aborted") return out;
    for (auto const& value : array_at(ceremony, "participants")) {
        auto const& participant = value.as_object();
        if (participant.contains("words"))
            out += "  " + text_at(participant, "party") + ": " + text_at(participant, "words") + "\n";
    }
    auto const& waiting = array_at(ceremony, "waiting_for");
    if (!waiting.empty()) out += "Waiting for: " + joined(waiting) + "\n";
    if (!ceremony.contains("fingerprint")) return out;
    return out + fingerprint_lines("Fingerprint of the proposal", object_at(ceremony, "fingerprint"));
}

/// Who has cosigned the log, and what that stops.
std::string witnessed_text(json::object const& log) {
    std::string out;
    if (log.contains("cosigned"))
        out += "Witnessed: up to " + text_at(log, "cosigned") + ", by " +
               std::to_string(number_at(log, "organisations")) + " other organisations, " + text_at(log, "at") + "\n";
    else
        out += "Witnessed: not yet\n";
    if (auto const held = number_at(log, "held"); held != 0)
        out += "  " + std::to_string(held) + " summaries wait for witnesses\n";
    if (log.contains("glass_until"))
        out += "BREAK-GLASS until " + text_at(log, "glass_until") + ": colours go out without witnesses.\n";
    if (log.contains("silent")) out += "NOTHING IS DISCLOSED: " + text_at(log, "silent") + ".\n";
    if (!flag_at(log, "unwitnessed")) return out;
    for (auto const& value : array_at(log, "witnesses")) {
        auto const& witness = value.as_object();
        if (flag_at(witness, "waiting") || flag_at(witness, "refuses"))
            out += "  " + text_at(witness, "party") +
                   (flag_at(witness, "refuses") ? ": refuses" : ": does not answer") + "\n";
    }
    return out;
}

std::string status_text(json::object const& status) {
    std::string out =
        text_at(status, "name") + " (" + text_at(status, "party") + "), " + text_at(status, "mode") + "\n";
    out += "Agreement: " + text_at(status, "agreement") + ", version " +
           std::to_string(number_at(status, "agreement_version")) + "\n";
    out += epochs_text(status);
    auto const& ceremony = object_at(status, "ceremony");
    auto const stage = text_at(ceremony, "stage");
    if (!stage.empty() && stage != "complete")
        out += "Ceremony: " + now_text(ceremony) + "; see: fanlight ceremony status\n";
    auto const& log = object_at(status, "log");
    out += "Log: " + text_at(log, "origin") + ", " + std::to_string(number_at(log, "size")) + " leaves\n";
    out += witnessed_text(log);
    if (status.contains("index")) {
        auto const& index = object_at(status, "index");
        out += "Records: " + with_commas(number_at(index, "people")) + " people";
        if (!index.contains("imported_at"))
            out += ", never imported";
        else
            out += ", imported " + text_at(index, "imported_at") +
                   (flag_at(index, "source_fresh") ? "" : "; NOT FRESH: import again");
        out += "\n";
    }
    for (auto const& value : array_at(status, "enrolment")) {
        auto const& entry = value.as_object();
        out += "  Epoch " + std::to_string(number_at(entry, "epoch")) + ": " + enrolment_text(entry) + "\n";
    }
    out += budgets_text(status) + quotas_text(status);
    if (status.contains("restored_at"))
        out += "RESTORED from an older copy, noticed " + text_at(status, "restored_at") +
               ": what ran then is taken as spent.\n";
    if (status.contains("cases")) out += "Cases: " + std::to_string(number_at(status, "cases")) + "\n";
    out += "Links:\n";
    for (auto const& value : array_at(status, "links")) {
        auto const& link = value.as_object();
        out += "  " + text_at(link, "party") + ": " + (flag_at(link, "connected") ? "connected" : "NOT CONNECTED") +
               ", " + std::to_string(number_at(link, "waiting")) + " messages waiting\n";
    }
    return out;
}

} // namespace fanlight::cli
