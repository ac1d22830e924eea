#pragma once
// A case as the coordinator keeps it: the family, whom it asked, what came back. Encrypted in its store; forgotten when
// its queries expire.

#include "protocol/engine/family.hpp"
#include "protocol/engine/slots.hpp"

namespace fanlight::protocol {

enum class PartyStage : std::uint8_t {
    left_out = 1, ///< by the coordinator's user, or because there are no tokens; with a reason
    on_condition, ///< asked only if somebody says Red
    pending,      ///< tokens are being evaluated
    asked,
    answered,
    refused, ///< one opaque refusal; the reason is in that node's log
};

struct PartyState {
    static constexpr std::uint8_t nobody = 0xFF;

    PartyStage stage = PartyStage::pending;
    std::string reason; ///< of left_out
    QueryId query;
    ExchangeId exchange;
    crypto::ExchangeKey exchange_key;
    crypto::Sha256 payload_hash;
    std::array<std::uint8_t, limits::slots> order{}; ///< slot -> person, or nobody
    Instant asked_at{};
    Instant answered_at{};
    std::vector<SlotAnswer> replies; ///< by person, once answered
    std::optional<Statement> statement;
    bool summary_asked = false;
    bool summary_done = false;
    ExchangeId summary_exchange;
    crypto::ExchangeKey summary_key;
    crypto::Sha256 summary_hash;
    std::vector<SlotSummary> summaries; ///< `slot` is the person here
};

using CaseSeed = Tagged<struct CaseSeedTag, 32>;

/// Somebody of this family is, or may be, somebody of another case. Reference and dates of that case are asked of
/// LinkedCases when they are shown: once it is forgotten there, this says nothing.
struct CaseLink {
    CaseId other;
    std::uint8_t person = 0; ///< of this family
    bool sure = false;       ///< false: a person must decide
    std::string words;       ///< what agrees and what does not: "same first name, same date of birth"
    auto operator<=>(CaseLink const&) const = default;
};
inline constexpr std::size_t case_links_max = 64; ///< that a case shows; what is beyond is counted

struct Case {
    CaseId id;
    AgreementId agreement; ///< under which it is asked; clauses and purposes of its answers are places in that
    Family family;
    Instant created{};
    Instant deadline{};
    Instant expiry{};
    std::vector<PersonNonce> nonces; ///< by person
    CaseSeed seed;                   ///< of its evaluations: asked again, they are the same and cost nothing again
    std::map<PartyId, PartyState> parties;
    std::string problem;              ///< why nobody could be asked; empty if nothing is wrong
    std::vector<CaseLink> links;      ///< never sent: only the coordinator's own screens show them
    std::uint32_t links_left_out = 0; ///< how many more there were
    std::uint64_t revision = 1;       ///< grows with every change that a screen would show
};

Bytes encode(Case const& item);
Result<Case> decode_case(ByteView bytes); ///< Errc::damaged

/// Whether a party that has answered could check everybody and is on our agreement.
bool checked_everybody(PartyState const& state);
/// Every colour that was given, for the family result. `agreement`: under which the case is asked.
std::vector<policy::Given> colours_given(Case const& item, policy::Agreement const& agreement);
/// The worst colour that anybody gave about anybody.
std::optional<policy::Colour> worst_given(Case const& item);
/// Nothing is under way: whoever was asked has answered or refused, and so have those asked for a summary.
bool settled(Case const& item);
/// Everybody who was to be asked has answered about everybody. A party left out, refused or silent makes the result
/// provisional, and so does one that could not check.
bool everybody_answered(Case const& item);

} // namespace fanlight::protocol
