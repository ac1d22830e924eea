#pragma once
// Names of things that travel: which party, which query, which exchange, which agreement.

#include "base/bytes.hpp"

#include <string>
#include <string_view>

namespace fanlight {

/// A party of the agreement, e.g. "police" or "substance_misuse": lower-case letters, digits, '_' and '-', starting
/// with a letter, 1 to 32 characters. Public; it is in the agreement.
class PartyId {
  public:
    static constexpr std::size_t length_max = 32;
    /// Errc::malformed unless it has the form above.
    static Result<PartyId> parse(std::string_view text);
    std::string const& text() const { return text_; }
    auto operator<=>(PartyId const&) const = default;

  private:
    explicit PartyId(std::string_view text) : text_(text) {}
    std::string text_;
};

using AgreementId = Tagged<struct AgreementIdTag, 32>; ///< SHA-256 of the agreement's note text
using QueryId = Tagged<struct QueryIdTag, 16>;         ///< random; another one for each agency asked
using CaseId = Tagged<struct CaseIdTag, 16>;           ///< random; never leaves the coordinator
using ExchangeId = Tagged<struct ExchangeIdTag, 16>;   ///< random; one a message, answers have their own
using FrameId = Tagged<struct FrameIdTag, 16>;         ///< random; one a hop, for acknowledgement

/// Whether this federation is for practice with made-up families or for real ones. Stamped once on a data directory;
/// it is part of every derivation label and log origin, so that the two can never meet.
enum class Mode : std::uint8_t { practice, live };
char const* name(Mode mode);
Result<Mode> parse_mode(std::string_view text);

} // namespace fanlight
