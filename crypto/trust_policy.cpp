// Trust policies: a small language of lines (c2sp.org/tlog-policy), and what a head needs to satisfy one.

#include "crypto/trust_policy.hpp"

#include "crypto/text.hpp"

#include <algorithm>

namespace fanlight::crypto {

namespace {

constexpr auto where = "log policy";
constexpr std::string_view no_quorum = "none";

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/// Names and URLs: opaque bytes that cannot be taken for the end of an item.
bool is_item(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c <= ' ') || c == 0x7F; });
}

std::vector<std::string_view> items_of(std::string_view line) {
    std::vector<std::string_view> items;
    while (!line.empty()) {
        auto const end = static_cast<std::size_t>(std::find_if(line.begin(), line.end(), is_blank) - line.begin());
        if (end != 0) items.push_back(line.substr(0, end));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return items;
}

/// The same error with its place.
auto located(Error error, std::uint64_t at) {
    return fail(error.code, error.where, error.mend, at);
}

Result<TrustPolicy::Log> parse_log(std::span<std::string_view const> items) {
    if (items.size() != 2 && items.size() != 3) {
        return fail(Errc::malformed, where, "The form is: log KEY, and perhaps a URL.");
    }
    FANLIGHT_TRY(auto key, parse_vkey(items[1]));
    return TrustPolicy::Log{std::move(key), std::string(items.size() == 3 ? items[2] : "")};
}

Result<TrustPolicy::Witness> parse_witness(std::span<std::string_view const> items) {
    if (items.size() != 3 && items.size() != 4) {
        return fail(Errc::malformed, where, "The form is: witness NAME KEY, and perhaps a URL.");
    }
    FANLIGHT_TRY(auto key, parse_cosigning_vkey(items[2]));
    return TrustPolicy::Witness{std::string(items[1]), std::move(key), std::string(items.size() == 4 ? items[3] : "")};
}

Result<TrustPolicy::Group> parse_group(std::span<std::string_view const> items) {
    constexpr auto mend = "The form is: group NAME, then all, any or a number, then its members.";
    if (items.size() < 4) return fail(Errc::malformed, where, mend);
    TrustPolicy::Group group{std::string(items[1]), 0, {items.begin() + 3, items.end()}};
    if (items[2] == "any") {
        group.needed = 1;
    } else if (items[2] == "all") {
        group.needed = group.members.size();
    } else {
        auto const needed = parse_decimal(items[2]);
        if (!needed) return fail(Errc::malformed, where, mend);
        group.needed = *needed;
    }
    return group;
}

} // namespace

std::string cosigning_vkey(CosigningKey const& key) {
    return format_vkey(NoteKeyType::cosignature, key.name, key.key);
}

Result<CosigningKey> parse_cosigning_vkey(std::string_view text) {
    FANLIGHT_TRY(auto key, parse_vkey_of(NoteKeyType::cosignature, text));
    return CosigningKey{std::move(key.name), key.key};
}

Result<TrustPolicy> TrustPolicy::parse(std::string_view text) {
    if (text.size() > trust_policy_bytes_max) return fail(Errc::too_large, where);
    TrustPolicy policy;
    for (std::uint64_t number = 1; !text.empty(); ++number) {
        if (number > trust_policy_lines_max) return fail(Errc::too_large, where, "It has too many lines.", number);
        auto const line = take_line(text);
        if (!line) return fail(Errc::malformed, where, "The last line must end in a newline.", number);
        auto const items = items_of(*line);
        if (!std::all_of(items.begin(), items.end(), is_item)) {
            return fail(Errc::malformed, where, "It must not hold control characters; use Unix line ends.", number);
        }
        if (items.empty() || items.front().starts_with('#')) continue;
        auto const added = [&]() -> Result<void> {
            if (items.front() == "log") {
                FANLIGHT_TRY(auto log, parse_log(items));
                return policy.add(std::move(log));
            }
            if (items.front() == "witness") {
                FANLIGHT_TRY(auto witness, parse_witness(items));
                return policy.add(std::move(witness));
            }
            if (items.front() == "group") {
                FANLIGHT_TRY(auto group, parse_group(items));
                return policy.add(std::move(group));
            }
            if (items.front() != "quorum" || items.size() != 2) {
                return fail(Errc::malformed, where, "A line begins with log, witness, group or quorum.");
            }
            return policy.set_quorum(std::string(items[1]));
        }();
        if (!added) return located(added.error(), number);
    }
    if (!policy.quorum_) return fail(Errc::missing, where, "It must have a line with its quorum.");
    return policy;
}

Result<TrustPolicy> TrustPolicy::make(std::vector<Log> logs, std::vector<Witness> witnesses, std::vector<Group> groups,
                                      std::string quorum) {
    TrustPolicy policy;
    std::uint64_t part = 0;
    auto const add_all = [&](auto& parts) -> Result<void> {
        for (auto& one : parts) {
            ++part;
            auto const added = policy.add(std::move(one));
            if (!added) return located(added.error(), part);
        }
        return ok();
    };
    FANLIGHT_TRY(add_all(logs));
    FANLIGHT_TRY(add_all(witnesses));
    FANLIGHT_TRY(add_all(groups));
    auto const set = policy.set_quorum(std::move(quorum));
    if (!set) return located(set.error(), part + 1);
    if (part >= trust_policy_lines_max || policy.text().size() > trust_policy_bytes_max) {
        return fail(Errc::too_large, where);
    }
    return policy;
}

Result<void> TrustPolicy::add(Log log) {
    auto const same = [&](Log const& other) { return other.key.key == log.key.key; };
    if (!is_note_name(log.key.name) || !is_item(log.key.name) || !is_item(log.url)) {
        return fail(Errc::malformed, where, "The log's name or URL holds spaces or control characters.");
    }
    if (std::any_of(logs_.begin(), logs_.end(), same)) {
        return fail(Errc::exists, where, "Another log has the same key.");
    }
    logs_.push_back(std::move(log));
    return ok();
}

Result<void> TrustPolicy::add(Witness witness) {
    auto const same = [&](Witness const& other) { return other.key.key == witness.key.key; };
    auto const& key_name = witness.key.name;
    if (witness.name.empty() || !is_item(witness.name) || !is_note_name(key_name) || !is_item(key_name) ||
        !is_item(witness.url)) {
        return fail(Errc::malformed, where, "The witness's names or URL hold spaces or control characters.");
    }
    if (is_defined(witness.name)) return fail(Errc::exists, where, "The name is taken already.");
    if (std::any_of(witnesses_.begin(), witnesses_.end(), same)) {
        return fail(Errc::exists, where, "Another witness has the same key.");
    }
    witnesses_.push_back(std::move(witness));
    return ok();
}

Result<void> TrustPolicy::add(Group group) {
    if (group.name.empty() || !is_item(group.name)) {
        return fail(Errc::malformed, where, "The group's name holds spaces or control characters.");
    }
    if (is_defined(group.name)) return fail(Errc::exists, where, "The name is taken already.");
    if (group.needed < 1 || group.needed > group.members.size()) {
        return fail(Errc::malformed, where, "A group needs at least one of its members and at most all.");
    }
    for (auto const& member : group.members) {
        if (member == no_quorum || !is_defined(member)) {
            return fail(Errc::missing, where, "A member must be a witness or a group of a line before.");
        }
        if (!used_.insert(member).second) {
            return fail(Errc::exists, where, "A witness or group can be a member only once.");
        }
    }
    groups_.push_back(std::move(group));
    return ok();
}

Result<void> TrustPolicy::set_quorum(std::string quorum) {
    if (quorum_) return fail(Errc::exists, where, "There must be one quorum line only.");
    if (!is_defined(quorum)) {
        return fail(Errc::missing, where, "The quorum must be none, or a witness or a group of a line before.");
    }
    quorum_ = std::move(quorum);
    return ok();
}

bool TrustPolicy::is_defined(std::string_view name) const {
    auto const has_name = [&](auto const& one) { return one.name == name; };
    return name == no_quorum || std::any_of(witnesses_.begin(), witnesses_.end(), has_name) ||
           std::any_of(groups_.begin(), groups_.end(), has_name);
}

std::string TrustPolicy::text() const {
    std::string text;
    auto const end_line = [&text](std::string const& url) { text += (url.empty() ? "" : " " + url) + "\n"; };
    for (auto const& log : logs_) {
        text += "log " + log.key.vkey();
        end_line(log.url);
    }
    for (auto const& witness : witnesses_) {
        text += "witness " + witness.name + " " + cosigning_vkey(witness.key);
        end_line(witness.url);
    }
    for (auto const& group : groups_) {
        text += "group " + group.name + " " + std::to_string(group.needed);
        for (auto const& member : group.members) text += " " + member;
        text += "\n";
    }
    return text + "quorum " + quorum_.value_or(std::string(no_quorum)) + "\n";
}

bool TrustPolicy::holds(std::set<std::string> cosigned) const {
    // Groups have only members of lines before them, so one pass settles all.
    for (auto const& group : groups_) {
        auto const here = std::count_if(group.members.begin(), group.members.end(),
                                        [&](auto const& member) { return cosigned.count(member) != 0; });
        if (static_cast<std::size_t>(here) >= group.needed) cosigned.insert(group.name);
    }
    return quorum_ == no_quorum || (quorum_ && cosigned.count(*quorum_) != 0);
}

Result<CheckedHead> TrustPolicy::check(std::string_view checkpoint) const {
    FANLIGHT_TRY(auto const note, parse_note(checkpoint));
    CheckedHead checked;
    FANLIGHT_TRY(checked.checkpoint, parse_checkpoint_text(note.text)); // nobody sees it before its signatures hold
    auto known = false;
    auto is_signed = false;
    for (auto const& log : logs_) {
        auto const ours = log.key.name == checked.checkpoint.origin;
        auto const text = NoteChecker::verify_all(note, {&log.key, 1});
        // A line of another log's key must verify as well if it is there (c2sp.org/signed-note, "Signatures").
        if (!text && text.error().code != Errc::missing) return fail(Errc::bad_signature, "log head: the log");
        known = known || ours;
        is_signed = is_signed || (ours && text);
    }
    if (!known) return fail(Errc::wrong_key, "log head", "No log of the policy has this origin.");
    if (!is_signed) return fail(Errc::missing, "log head: the log's signature");
    std::set<std::string> names;
    for (auto const& witness : witnesses_) {
        auto const at = cosigned_at(note, witness.key);
        if (!at && at.error().code != Errc::missing) return fail(Errc::bad_signature, "log head: a witness");
        if (!at) continue;
        checked.cosigned.emplace(witness.name, at.value());
        names.insert(witness.name);
    }
    if (!holds(std::move(names))) {
        return fail(Errc::refused, "log head", "Too few of the policy's witnesses have cosigned it.");
    }
    return checked;
}

} // namespace fanlight::crypto
