#pragma once
// What an agreement permits, read from its text and nothing else: docs/agreement.md, "How a node decides", clause by
// clause in the order of the file, as slowly and plainly as possible.
//
// It shares no code and no type with policy/: it reads the TOML itself, and every role, field, colour and condition is
// the word that stands in the text. Keep it so: what is clever here could be wrong in the same way as what it judges.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fanlight::simulation {

/// "May who would tell say this field to who would be told?" Words as the agreement writes them.
struct LiteralQuestion {
    std::string role;       ///< of who would tell; of a field fact_*, of who would be told
    bool sensitive = false; ///< who would tell is a sensitive service
    std::string to;         ///< role of who would be told; empty: the coordinator's
    std::string field;      ///< "contact_dates"
    std::int64_t stage = 1;
    std::string purpose;
    std::string route;
    std::string own_colour; ///< "red"; empty: none
    std::string about;      ///< "causing_harm"; empty: unknown
    std::string consent;    ///< "given", "refused"; empty: unknown
    bool marac_threshold = false;
    bool section_47 = false;
    bool someone_red_or_amber = false;
    bool domestic_abuse = false;
    bool dash_high = false;
};
/// For messages about what went wrong; no personal data.
std::string in_words(LiteralQuestion const& question);

struct LiteralVerdict {
    std::optional<std::size_t> clause; ///< the place, from 0, of the first that permits it; none: refused
    int rule = 0;                      ///< the number, in that section of docs/agreement.md, that decided
};

struct LiteralParty {
    std::string id;
    std::string role;
    std::string asked; ///< "core", "optional", "conditional", "never"
    bool sensitive = false;
    bool dates_only = false;
    std::string duty_contact;
};
struct LiteralPurpose {
    std::string id;
    bool domestic_abuse = false;
    std::vector<std::string> sources; ///< who may have referred the family; empty: anybody
};
struct LiteralClause {
    std::string id;
    std::int64_t stage = 0;
    std::vector<std::string> fields;
    // Empty: the text leaves it out.
    std::vector<std::string> roles;
    std::vector<std::string> to;
    std::vector<std::string> about;
    std::vector<std::string> purposes;
    std::vector<std::string> routes;
    std::vector<std::string> colours;
    std::vector<std::string> when;
};

class LiteralAgreement {
  public:
    /// `text`: an agreement that a node has accepted, without its signature lines. Throws std::runtime_error if it
    /// cannot be read.
    explicit LiteralAgreement(std::string const& text);

    LiteralVerdict decide(LiteralQuestion const& question) const;

    std::string const& coordinator() const { return coordinator_; }
    std::vector<LiteralParty> const& parties() const { return parties_; }
    std::vector<LiteralPurpose> const& purposes() const { return purposes_; } ///< in file order
    std::vector<std::string> const& routes() const { return routes_; }        ///< likewise
    std::vector<LiteralClause> const& clauses() const { return clauses_; }    ///< likewise
    LiteralParty const* party(std::string const& id) const;                   ///< nullptr: it is none
    LiteralPurpose const* purpose(std::string const& id) const;
    std::int64_t dash_high() const { return dash_high_; }
    std::int64_t query_lives_seconds() const { return query_lives_seconds_; }

  private:
    std::string role_of_coordinator() const;
    bool abuse_is_evident(LiteralQuestion const& question) const;
    bool condition_holds(std::string const& condition, LiteralQuestion const& question) const;
    bool permits(LiteralClause const& clause, LiteralQuestion const& question) const;

    std::string coordinator_;
    std::vector<LiteralParty> parties_;
    std::vector<LiteralPurpose> purposes_;
    std::vector<std::string> routes_;
    std::vector<LiteralClause> clauses_;
    bool blue_where_domestic_abuse_ = false;
    std::int64_t dash_high_ = 0;
    std::int64_t query_lives_seconds_ = 0;
};

} // namespace fanlight::simulation
