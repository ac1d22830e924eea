// Leases: cosignatures counted by organisation, and clocks held against their median.

#include "protocol/register/lease.hpp"

#include <algorithm>

namespace fanlight::protocol {

std::string witness_name(std::string_view domain, PartyId const& party) {
    return note_key_name(domain, party, "witness");
}

std::size_t lease_quorum(Book const& book, policy::Agreement const& agreement, Instant now) {
    auto const& own = agreement.find(agreement.coordinator)->organisation;
    std::set<std::string> others;
    for (auto const& party : agreement.parties)
        if (party.organisation != own && !book.is_removed(party.id, now)) others.insert(party.organisation);
    return std::max<std::size_t>(1, (others.size() + 1) / 2);
}

Result<Witnessed> open_witnessed(Book const& book, std::string_view note) {
    FANLIGHT_TRY(auto const parsed, crypto::parse_note(note));
    FANLIGHT_TRY(auto head, crypto::parse_checkpoint_text(parsed.text));
    auto const& domain = book.versions().back().agreement.domain;
    if (head.origin != register_origin(domain)) return fail(Errc::wrong_key, "head of the register");
    Witnessed witnessed{std::move(head), {}};
    for (auto const& [party, known] : book.key_history()) {
        auto const seconds = crypto::cosigned_at(parsed, {witness_name(domain, party), known.back().keys.witness});
        if (seconds)
            witnessed.at.emplace(party, Instant(std::chrono::seconds(static_cast<std::int64_t>(std::min<std::uint64_t>(
                                            seconds.assume_value(), std::uint64_t(1) << 40U)))));
        else if (seconds.assume_error().code != Errc::missing)
            return seconds.as_failure();
    }
    return witnessed;
}

char const* in_words(NoLease reason) {
    switch (reason) {
    case NoLease::other_head: return "it is of another head of the register than ours";
    case NoLease::too_few: return "too few other organisations have confirmed the register's head";
    case NoLease::clock_behind: return "this node's clock is behind the clocks of the others";
    case NoLease::clock_ahead_or_late: return "this node's clock is ahead of the others', or the lease was kept back";
    }
    return "";
}

std::variant<Lease, NoLease> judge_lease(Book const& book, policy::Agreement const& agreement, PartyId const& party,
                                         Witnessed const& witnessed, Instant now) {
    if (witnessed.head != book.checkpoint()) return NoLease::other_head;
    auto const* self = agreement.find(party);
    auto const& coordinator = agreement.find(agreement.coordinator)->organisation;
    std::map<std::string, Instant> latest; // by organisation
    for (auto const& [witness, at] : witnessed.at) {
        auto const* entry = agreement.find(witness);
        if (entry == nullptr || entry->organisation == coordinator || book.is_removed(witness, now)) continue;
        if (self != nullptr && entry->organisation == self->organisation) continue;
        auto& known = latest[entry->organisation];
        known = std::max(known, at);
    }
    std::vector<Instant> times;
    for (auto const& [organisation, at] : latest) times.push_back(at);
    std::sort(times.begin(), times.end(), std::greater<>());
    auto const quorum = lease_quorum(book, agreement, now);
    if (times.size() < quorum) return NoLease::too_few;
    auto const median = times[times.size() / 2];
    if (median > now + lease_clock_max) return NoLease::clock_behind;
    if (median < now - lease_clock_max) return NoLease::clock_ahead_or_late;
    // The median says whether our clock can be trusted. Only now is it known which of the others' are too far off it.
    times.erase(std::remove_if(times.begin(), times.end(),
                               [&](Instant at) { return at > now + lease_clock_max || at + lease_lives <= now; }),
                times.end());
    if (times.size() < quorum) return NoLease::too_few;
    auto const oldest = times[quorum - 1];
    auto const until = std::min(oldest + lease_lives, now + lease_lives);
    return Lease{until, times.size()};
}

} // namespace fanlight::protocol
