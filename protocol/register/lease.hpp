#pragma once
// A lease: word from enough others, minutes old, that the head of the register which a node has is the head that they
// have. Without one a node discloses nothing, because something may have been revoked that it was not told of. The
// coordinator carries leases and cannot make one (docs/protocol.md, "The register").

#include "base/limits.hpp"
#include "crypto/cosignature.hpp"
#include "protocol/register/book.hpp"

namespace fanlight::protocol {

inline constexpr Duration lease_lives = std::chrono::minutes(15);
/// A cosigner's clock may be this far ahead of ours, and the median of them this far from ours.
inline constexpr Duration lease_clock_max = limits::clock_skew_max;

/// "<domain>/<party>/witness": the name under which a party cosigns heads of the register.
std::string witness_name(std::string_view domain, PartyId const& party);

/// How many other organisations it takes: half of those beside the coordinator's own, rounded up; at least 1. Those
/// that are cut off do not count.
std::size_t lease_quorum(Book const& book, policy::Agreement const& agreement, Instant now);

/// Who cosigned a head, each with the time by its own clock.
struct Witnessed {
    crypto::Checkpoint head;
    std::map<PartyId, Instant> at;
};
/// The head of a note and those of its cosignatures that verify under keys of the register. Errc::malformed;
/// Errc::wrong_key: another origin; Errc::bad_signature: a line under a party's witness key does not verify. The
/// coordinator's own signature is not needed: it proves nothing that a lease rests on.
Result<Witnessed> open_witnessed(Book const& book, std::string_view note);

struct Lease {
    Instant until{};
    std::size_t organisations = 0; ///< that count
};
enum class NoLease : std::uint8_t { other_head, too_few, clock_behind, clock_ahead_or_late };
char const* in_words(NoLease reason);
/// Whether this is a lease for `party` at `now` on its own clock. Counted are organisations other than its own and the
/// coordinator's, each by its latest cosignature that is at most lease_lives old. It lives until the quorum's oldest is
/// that old. The head must be the book's own.
/// - clock_behind: the median of the cosigners' clocks is more than lease_clock_max ahead of ours: ours is wrong, and
///   what we hold to be fresh may be old.
/// - clock_ahead_or_late: it is as far behind: our clock is ahead, or the lease was kept back.
std::variant<Lease, NoLease> judge_lease(Book const& book, policy::Agreement const& agreement, PartyId const& party,
                                         Witnessed const& witnessed, Instant now);

} // namespace fanlight::protocol
