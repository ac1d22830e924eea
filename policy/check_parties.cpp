// check(): parties, their keys, and who may hold a share of the identity key.

#include "base/limits.hpp"
#include "policy/check_parts.hpp"

#include <algorithm>
#include <map>

namespace fanlight::policy {
namespace {

/// One organisation is one, however its name is capitalised or spaced.
std::string canonical(std::string_view text) {
    std::string out;
    for (char const c : text) {
        if (c >= 'A' && c <= 'Z')
            out += static_cast<char>(c - 'A' + 'a');
        else if (c != ' ')
            out += c;
    }
    return out;
}

bool is_hex(std::string_view text) {
    auto const digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    return std::all_of(text.begin(), text.end(), digit);
}

/// The base64 of "<name>+<key id>+<base64 of 0x01 || key>" (C2SP signed notes): the key without its name, because one
/// key under two names is one key. Empty if it has not this form. 33 bytes are 44 characters without padding, so equal
/// keys are equal texts.
std::string_view key_of(std::string_view vkey) {
    auto const name = vkey.find('+');
    if (name == std::string_view::npos || name == 0 || vkey.find(' ') != std::string_view::npos) return {};
    auto const rest = vkey.substr(name + 1);
    if (rest.size() != 8 + 1 + 44 || rest[8] != '+' || !is_hex(rest.substr(0, 8))) return {};
    auto const key = rest.substr(9);
    auto const base64 = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
    };
    // The first byte, 0x01 (Ed25519), makes "A" and then one of "Q" to "f".
    bool const ed25519 = key[0] == 'A' && ((key[1] >= 'Q' && key[1] <= 'Z') || (key[1] >= 'a' && key[1] <= 'f'));
    return ed25519 && std::all_of(key.begin(), key.end(), base64) ? key : std::string_view();
}

void check_keys_of_parties(Findings& findings, Agreement const& agreement) {
    std::map<std::string_view, std::string> seen;
    auto const look = [&](Party const& party, std::string const& vkey, char const* what) {
        auto const place = "party " + party.id.text();
        auto const key = key_of(vkey);
        if (key.empty())
            findings.error(place, std::string(what) + " is not an Ed25519 vkey.",
                           "Paste the whole key: name+id+key, on one line.");
        else if (auto const [other, fresh] = seen.emplace(key, party.id.text() + " " + what); !fresh)
            findings.error(place, std::string(what) + " is the same key as that of " + other->second + ".",
                           "Each person and each node signs with a key of its own.");
    };
    for (auto const& party : agreement.parties) {
        look(party, party.signing_key, "signing_key");
        look(party, party.officer, "officer");
        look(party, party.dpo, "dpo");
    }
}

/// Where two shares could fall into one hand. A ceremony may choose any of those who may hold one, so all are compared.
struct Hands {
    std::string organisation;
    std::string supplier;

    explicit Hands(Party const& party)
        : organisation(canonical(party.organisation)), supplier(canonical(party.supplier)) {}
    bool meet(Hands const& other) const {
        return organisation == other.organisation || organisation == other.supplier || supplier == other.organisation ||
               supplier == other.supplier;
    }
};

void check_separation(Findings& findings, Agreement const& agreement) {
    auto const* coordinator = agreement.find(agreement.coordinator);
    std::vector<Party const*> before;
    for (auto const& id : agreement.keys.holders) {
        auto const* holder = agreement.find(id);
        if (holder == nullptr) {
            findings.error("keys", "The holder " + id.text() + " is not a party.", "Name parties only.");
            continue;
        }
        if (holder->sensitive)
            findings.error("keys", id.text() + " is a sensitive service: as a holder it would be seen to answer.",
                           "Choose another holder: what leaves a sensitive service leaves at fixed times.");
        if (coordinator != nullptr && Hands(*holder).meet(Hands(*coordinator)))
            findings.error("keys",
                           "The share of " + id.text() + " is with the coordinator's organisation or its supplier.",
                           "Choose another holder: the coordinator must not be able to test a guess.");
        for (auto const* other : before) {
            if (other->id == id)
                findings.error("keys", id.text() + " is named twice.", "Name each holder once.");
            else if (Hands(*holder).meet(Hands(*other)))
                findings.error("keys",
                               "The shares of " + other->id.text() + " and " + id.text() +
                                   " are with one organisation or one supplier.",
                               "Choose holders that share neither.");
        }
        before.push_back(holder);
    }
}

/// When somebody is there, and whose old records a party keeps.
void check_custody_and_days(Findings& findings, Agreement const& agreement, Party const& party) {
    auto const place = "party " + party.id.text();
    if (has_twice(party.working_days)) findings.error(place, "working_days names a day twice.", "Name it once.");
    if (!std::all_of(party.working_days.begin(), party.working_days.end(), [](auto day) { return day.ok(); }))
        findings.error(place, "working_days has what is no day.", "Use mon, tue, wed, thu, fri, sat or sun.");
    if (party.archive_of.empty()) return;
    if (party.id == agreement.coordinator)
        findings.error(place, "The coordinator keeps the archive of a former provider.",
                       "Give it to a party of its own, with a custodian: the coordinator holds no records.");
    else if (party.asked == Asked::never)
        findings.error(place, "It keeps the archive of a former provider and is never asked.",
                       "Ask it: otherwise those records are lost to everybody.");
}

/// Whom this version removes: none of them can still be here.
void check_removes(Findings& findings, Agreement const& agreement) {
    if (has_twice(agreement.removes)) findings.error("agreement", "removes names a party twice.", "Name it once.");
    for (auto const& id : agreement.removes) {
        if (agreement.find(id) != nullptr)
            findings.error("agreement", "removes names " + id.text() + ", which is a party of this version.",
                           "Remove its [[party]], or take it out of removes.");
    }
}

} // namespace

void check_parties(Findings& findings, Agreement const& agreement) {
    auto const* coordinator = agreement.find(agreement.coordinator);
    if (coordinator == nullptr)
        findings.error("agreement", "The coordinator is not a party.", "Add it as [[party]], asked = \"never\".");
    else if (coordinator->asked != Asked::never)
        findings.error("party " + coordinator->id.text(), "The coordinator would ask itself.",
                       "Set asked = \"never\"; its organisation can answer with another node.");
    std::set<std::string> names;
    std::map<std::string, std::string_view> organisations; // budgets are counted by this text
    for (auto const& party : agreement.parties) {
        auto const [known, fresh] = organisations.emplace(canonical(party.organisation), party.organisation);
        if (!fresh && known->second != party.organisation)
            findings.error("party " + party.id.text(), "Its organisation is spelled in two ways.",
                           "Write it as the other party of this organisation does.");
        auto const place = "party " + party.id.text();
        if (!names.insert(canonical(party.name)).second)
            findings.error(place, "Another party has this name.",
                           "Give each a name of its own: the names explain the result.");
        if (!PartyId::parse(party.role))
            findings.error(place, "The role does not have the form of one.", "Use e.g. social_care.");
        check_custody_and_days(findings, agreement, party);
    }
    check_removes(findings, agreement);
    auto const asked = [](Party const& party) { return party.asked != Asked::never; };
    if (std::none_of(agreement.parties.begin(), agreement.parties.end(), asked))
        findings.error("agreement", "Nobody is asked.", "Add parties that are.");
    check_keys_of_parties(findings, agreement);

    auto const roles = roles_of(agreement);
    if (roles.count("mental_health") == 0)
        findings.warn("agreement", "No mental health agency in this partnership.",
                      "Its view is missing on every case.");
    if (roles.count("substance_misuse") == 0)
        findings.warn("agreement", "No substance misuse agency in this partnership.",
                      "Its view is missing on every case.");
}

void check_holders(Findings& findings, Agreement const& agreement) {
    auto const& keys = agreement.keys;
    if (keys.epoch_days < 1 || keys.epoch_days > 366)
        findings.error("keys", "epoch_days is not from 1 to 366.", "92 is usual: a new key every quarter.");
    if (keys.holders.size() > limits::holders_max)
        findings.error("keys", "There are more than 7 holders.", "Three to seven are enough for any partnership.");
    if (keys.threshold < 2)
        findings.error("keys", "The threshold is below 2: one holder alone could test guesses.",
                       "Set it to 2 or more.");
    if (keys.threshold > keys.holders.size())
        findings.error("keys", "The threshold is above the number of holders.", "Lower it, or name more holders.");
    else if (keys.threshold == keys.holders.size())
        findings.warn("keys", "Every holder is needed: with one away nobody can ask.", "Name one more holder.");
    check_separation(findings, agreement);
}

} // namespace fanlight::policy
