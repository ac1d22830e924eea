#include "protocol/engine/log_policy.hpp"

#include "protocol/engine/own_log.hpp"
#include "protocol/register/book.hpp"
#include "protocol/register/lease.hpp"

#include <algorithm>

namespace fanlight::protocol {

namespace {

std::set<std::string> other_organisations(policy::Agreement const& agreement, PartyId const& party) {
    auto const* own = agreement.find(party);
    std::set<std::string> others;
    for (auto const& entry : agreement.parties)
        if (own == nullptr || entry.organisation != own->organisation) others.insert(entry.organisation);
    return others;
}

/// Each key that a party had for a purpose, the newest first, those that were declared void left out.
template <class Key> std::vector<crypto::VerifyKey> keys_ever(Self const& self, PartyId const& party, Key const& key) {
    std::vector<crypto::VerifyKey> keys;
    auto const add = [&](OperationalKeys const& note) {
        auto const& one = key(note);
        if (std::find(keys.begin(), keys.end(), one) == keys.end()) keys.push_back(one);
    };
    auto const now = self.directory.find(party);
    if (now == self.directory.end()) return keys;
    add(now->second);
    if (self.book == nullptr) return keys;
    auto const history = self.book->key_history().find(party);
    if (history == self.book->key_history().end()) return keys;
    for (auto note = history->second.rbegin(); note != history->second.rend(); ++note)
        if (note->keys.serial >= now->second.void_before) add(note->keys);
    return keys;
}

std::string numbered(std::string const& name, std::size_t place) {
    return place == 0 ? name : name + "." + std::to_string(place + 1);
}

} // namespace

std::size_t cosigners_needed_of(policy::Agreement const& agreement, PartyId const& party) {
    return std::min(cosigners_needed, other_organisations(agreement, party).size());
}

std::vector<PartyId> witnesses_of(Self const& self, PartyId const& party) {
    struct Ranked {
        crypto::Sha256 rank;
        std::size_t turn = 0;
        policy::Party const* entry = nullptr;
    };
    auto const* own = self.agreement.find(party);
    std::vector<Ranked> candidates;
    for (auto const& entry : self.agreement.parties) {
        if (own != nullptr && entry.organisation == own->organisation) continue;
        if (!self.directory.contains(entry.id)) continue;
        candidates.push_back(
            {crypto::sha256({as_bytes(party.text()), as_bytes("\n"), as_bytes(entry.id.text())}), 0, &entry});
    }
    std::sort(candidates.begin(), candidates.end(),
              [](Ranked const& left, Ranked const& right) { return left.rank < right.rank; });
    std::map<std::string, std::size_t> turns;
    for (auto& candidate : candidates) candidate.turn = turns[candidate.entry->organisation]++;
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](Ranked const& left, Ranked const& right) { return left.turn < right.turn; });
    std::vector<PartyId> witnesses;
    for (auto const& candidate : candidates) witnesses.push_back(candidate.entry->id);
    return witnesses;
}

Result<crypto::TrustPolicy> log_policy(Self const& self, PartyId const& party, std::int32_t shard) {
    using crypto::TrustPolicy;
    auto const& domain = self.agreement.domain;
    std::vector<TrustPolicy::Log> logs;
    for (auto const& key : keys_ever(self, party, [](OperationalKeys const& keys) { return keys.log; }))
        logs.push_back({{shard_origin(domain, party, shard), key}, {}});
    if (logs.empty()) return fail(Errc::missing, "key note of the party whose log it is");
    std::vector<TrustPolicy::Witness> witnesses;
    std::map<std::string, std::vector<std::string>> by_organisation;
    for (auto const& witness : witnesses_of(self, party)) {
        auto const keys = keys_ever(self, witness, [](OperationalKeys const& notes) { return notes.witness; });
        for (std::size_t i = 0; i < keys.size(); ++i) {
            witnesses.push_back({numbered(witness.text(), i), {witness_name(domain, witness), keys[i]}, {}});
            by_organisation[self.agreement.find(witness)->organisation].push_back(witnesses.back().name);
        }
    }
    std::vector<TrustPolicy::Group> groups;
    std::vector<std::string> organisations;
    for (auto& [organisation, members] : by_organisation) {
        groups.push_back({"organisation-" + std::to_string(groups.size() + 1), 1, std::move(members)});
        organisations.push_back(groups.back().name);
    }
    auto const needed = std::min(cosigners_needed_of(self.agreement, party), organisations.size());
    if (needed == 0) return TrustPolicy::make(std::move(logs), {}, {}, "none");
    groups.push_back({"others", needed, std::move(organisations)});
    return TrustPolicy::make(std::move(logs), std::move(witnesses), std::move(groups), "others");
}

std::string shard_origin(std::string_view domain, PartyId const& party, std::int32_t shard) {
    return std::string(domain) + "/disclosures/" + party.text() + "/" + shard_name(shard);
}

Result<NamedLog> parse_origin(std::string_view domain, std::string_view origin) {
    constexpr auto where = "origin of a log";
    auto const prefix = std::string(domain) + "/disclosures/";
    if (!origin.starts_with(prefix)) return fail(Errc::malformed, where);
    auto const rest = origin.substr(prefix.size());
    auto const slash = rest.find('/');
    if (slash == std::string_view::npos) return fail(Errc::malformed, where);
    FANLIGHT_TRY(auto party, PartyId::parse(rest.substr(0, slash)));
    FANLIGHT_TRY(auto const shard, parse_shard_name(rest.substr(slash + 1)));
    return NamedLog{std::move(party), shard};
}

} // namespace fanlight::protocol
