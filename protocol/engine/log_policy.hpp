#pragma once
// Whose cosignatures a head of a party's log needs: the rule of the federation as a C2SP trust policy, so that an
// outside tool checks the same (docs/protocol.md, "Witnessing").

#include "crypto/trust_policy.hpp"
#include "protocol/engine/self.hpp"

namespace fanlight::protocol {

/// Organisations other than the log's own that must have cosigned a head for it to count.
inline constexpr std::size_t cosigners_needed = 2;

/// As many as cosigners_needed, or as there are.
std::size_t cosigners_needed_of(policy::Agreement const& agreement, PartyId const& party);
/// Parties of other organisations, in the order in which this party asks them: the first of each organisation before
/// the second of any. Every party has another order, so that the work is spread; it follows from the names alone.
std::vector<PartyId> witnesses_of(Self const& self, PartyId const& party);

/// The policy for one shard of a party's log: its log keys, every witness key of every party of another organisation,
/// a group for each organisation, and the quorum. Keys that were replaced are in it, because what they signed before
/// still stands; keys that were declared void are not. Errc::missing: nobody knows such a party's keys; errors of
/// TrustPolicy::make.
Result<crypto::TrustPolicy> log_policy(Self const& self, PartyId const& party, std::int32_t shard);

/// "<domain>/disclosures/<party>/<shard>".
std::string shard_origin(std::string_view domain, PartyId const& party, std::int32_t shard);

/// Which log an origin names.
struct NamedLog {
    PartyId party;
    std::int32_t shard = 0;
};
/// Errc::malformed: not an origin of a log in this domain.
Result<NamedLog> parse_origin(std::string_view domain, std::string_view origin);

} // namespace fanlight::protocol
