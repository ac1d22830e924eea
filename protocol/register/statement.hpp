#pragma once
// What parties state to each other between two versions of the agreement: suspensions, revocations and removals. Each
// is a signed note whose text is a few lines (docs/protocol.md, "The register").

#include "base/ids.hpp"

#include <string>
#include <variant>

namespace fanlight::protocol {

inline constexpr std::size_t statement_reason_bytes_max = 200;

/// One party stops its own answers to another, or takes that back. Signed by one of its two officers; it binds its own
/// node at once, whatever the register says.
struct Suspension {
    PartyId by;
    PartyId of;
    std::uint32_t serial = 1; ///< of this `by` and `of`; never goes back
    bool lifted = false;
    std::string reason;
};
/// Nothing is disclosed under this agreement any more. By the quorum: two thirds of the parties, both officers of each.
struct Revocation {
    AgreementId agreement;
    std::string reason;
};
/// This party is cut off at once; a version without it follows. By two thirds of the others.
struct Removal {
    AgreementId agreement; ///< the latest in the register
    PartyId party;
    std::string reason;
};
using RegisterStatement = std::variant<Suspension, Revocation, Removal>;

/// The text that is signed, ending in newline. `reason` is one visible line of at most statement_reason_bytes_max.
std::string statement_text(Mode mode, Suspension const& suspension);
std::string statement_text(Mode mode, Revocation const& revocation);
std::string statement_text(Mode mode, Removal const& removal);
/// Errc::malformed: not one of them, not in its one spelling, or of the other mode.
Result<RegisterStatement> parse_statement(Mode mode, std::string_view text);
/// Whether a text begins like one of them.
bool is_statement(Mode mode, std::string_view text);

} // namespace fanlight::protocol
