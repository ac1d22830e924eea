#pragma once
// The information-sharing agreement as types. It is the only thing a node trusts (docs/agreement.md).
//
// Text -> parse_note -> NoteChecker::verify_all -> parse_agreement -> check -> Agreement. Keys are kept as the vkey
// texts that the agreement writes; this room does no cryptography.

#include "base/ids.hpp"
#include "base/time.hpp"
#include "policy/brag.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fanlight::policy {

// How much an agreement can hold: enough for any partnership, and little enough that every check of it is quick.
inline constexpr std::size_t parties_max = 64;
inline constexpr std::size_t purposes_max = 16;
inline constexpr std::size_t routes_max = 8;
inline constexpr std::size_t clauses_max = 256;
inline constexpr std::size_t bases_max = 64;
inline constexpr std::size_t documents_max = 64;
inline constexpr std::size_t outcomes_max = 32;
inline constexpr std::size_t list_max = 64;              ///< entries of one list in a clause
inline constexpr std::size_t points_max = 4096;          ///< features in [matching.points]
inline constexpr std::int32_t points_each_max = 100'000; ///< of one feature or threshold, either way
inline constexpr std::size_t findings_max = 100;         ///< of parse_agreement; the last one says that there were more

/// When a party is asked. Conditional: only after somebody said Red (Probation, requirement C7).
enum class Asked : std::uint8_t { core, optional, conditional, never };
char const* name(Asked asked);
Result<Asked> parse_asked(std::string_view text);

/// Who referred a family. Numbers are on the wire.
enum class Source : std::uint8_t { police = 1, agency, school, health, self, family_or_friend, public_member };
char const* name(Source source); ///< "public"
Result<Source> parse_source(std::string_view text);

struct Party {
    PartyId id;
    std::string name = {};         ///< as shown, e.g. "Children's Social Care"
    std::string organisation = {}; ///< controller; one organisation may run several nodes
    std::string supplier = {};     ///< who hosts the node; may be the organisation itself
    std::string role = {};         ///< e.g. "police"; several parties may hold one role
    Asked asked = Asked::core;
    bool sensitive = false;          ///< a sensitive service: fixed time, one combined reply below Amber
    bool dates_only = false;         ///< holds dates and no narrative (Marac)
    bool fixed_time_replies = false; ///< replies as late as a sensitive service, so that the time tells nothing
    std::string archive_of = {};     ///< custody of this former provider's records (requirement C14); empty: none
    std::vector<std::chrono::weekday> working_days = {}; ///< when somebody answers (C8); empty: every day
    std::uint32_t people = 0;          ///< declared number of people it may enrol; 0 only if it is never asked
    std::uint32_t nightly_batches = 0; ///< only of a sensitive service: batches of one fixed size that it enrols every
                                       ///< night, whether or not there is anybody new
    std::string signing_key = {};      ///< vkey; signs this party's key notes
    std::string officer = {};          ///< vkey of the accountable officer, who authorises
    std::string dpo = {};              ///< vkey of the data protection officer, who confirms the advice
    std::string duty_contact = {};
};

struct Purpose {
    std::string id;
    std::string name;
    bool domestic_abuse =
        false; ///< abuse is what it is about: the person causing harm must be in the query or the form says why not
    std::vector<Source> sources = {}; ///< the cohort: who may refer under this purpose (requirement B5); empty: anybody
};

/// Why these roles may lawfully process for these purposes, in words. For people; no code reads the articles but to
/// warn (docs/agreement.md).
struct LawfulBasis {
    std::vector<std::string> roles = {};    ///< empty: every role
    std::vector<std::string> purposes = {}; ///< empty: every purpose
    std::string article_6;                  ///< "6(1)(e) public task"
    std::string article_9 = {};             ///< special category data; empty: none is processed
    std::string article_10 = {};            ///< criminal offence data; likewise
    std::string schedule_1 = {};            ///< the condition of Data Protection Act 2018 Schedule 1
    std::vector<std::string> gateways = {}; ///< "Children Act 1989 section 47"
};

enum class DocumentKind : std::uint8_t { dpia, appropriate_policy_document, legal_advice, ico_consultation };
char const* name(DocumentKind kind);
Result<DocumentKind> parse_document_kind(std::string_view text);
/// What the agreement rests on. Each is looked at again by a date.
struct Document {
    DocumentKind kind;
    std::string title;
    std::vector<std::string> roles = {}; ///< whose; empty: everybody's
    Day dated{};
    Day review_by{};
};

/// Where a case can end, from the strongest to the weakest. Between social care and closure there must be something
/// (requirement I4): "no further action" is not an appropriate outcome for a family that lives with abuse (I6).
enum class OutcomeLevel : std::uint8_t { section_47, section_17, early_help, other_agency, closure };
char const* name(OutcomeLevel level);
Result<OutcomeLevel> parse_outcome_level(std::string_view text);
struct Outcome {
    std::string id;
    std::string name;
    OutcomeLevel level = OutcomeLevel::other_agency;
    bool where_domestic_abuse = true; ///< may be chosen where abuse is evident; never true of a closure
    bool needs_consent_state = false; ///< the state of consent is recorded with it (E7)
};

struct Route {
    std::string id; ///< "s47", "standard"
    std::string name;
    Duration reply_within{};
    Duration meeting_within{}; ///< of the threshold, for those who meet; zero: not agreed
};

/// Everything that a clause can be about. The first group leaves an agency; `fact_*` is what the coordinator may put
/// into a context envelope.
enum class DataField : std::uint8_t {
    colour,
    not_known,
    known_not_shared,
    unsure_match,
    themes,
    contact_dates,
    contact_counts,
    analysis,
    duty_contact,
    marac_dates,
    fact_role,
    fact_source,
    fact_domestic_abuse,
    fact_dash,
    fact_marac,
    fact_consent,
    fact_told,
    fact_statement, ///< that another party said Red or Amber: its signed statement is passed on
};
inline constexpr std::size_t data_field_count = 18;
char const* name(DataField field);     ///< "contact_dates", as it is written in files
char const* in_words(DataField field); ///< "dates of contacts", as it is shown
Result<DataField> parse_data_field(std::string_view text);
std::uint8_t stage_of(DataField field); ///< the one stage at which the field can be told: 1 or 2
bool is_fact(DataField field);          ///< one of fact_*: told by the coordinator in a context envelope

/// Whom a field is about, as a clause may name them: by the person's roles in the family, the first that fits.
enum class Subject : std::uint8_t { unknown, child, causing_harm, adult_at_risk, other };
inline constexpr std::size_t subject_count = 5;
char const* name(Subject subject);                    ///< "causing_harm"
char const* in_words(Subject subject);                ///< "a person causing harm"
Result<Subject> parse_subject(std::string_view text); ///< not `unknown`

/// Conditions of the query that a clause may ask for; a clause with several needs any one of them.
enum class Condition : std::uint8_t {
    always,
    own_red_or_amber,     ///< the responder itself rated this person Red or Amber
    someone_red_or_amber, ///< a signed statement of another party says so
    marac_threshold,
    section_47,
    domestic_abuse, ///< abuse is evident in the family, or is what the purpose is about
    dash_high,      ///< the Dash score is at least [rules] dash_high (requirement E5)
    consent_given,  ///< consent is a fact, never a switch that blocks (E6): no condition asks for its absence
    consent_refused,
};
inline constexpr std::size_t condition_count = 9;
char const* name(Condition condition);
Result<Condition> parse_condition(std::string_view text);

/// Permits fields; there is no clause that forbids, because what no clause permits stays (deny by default).
struct Clause {
    std::string id;   ///< "4.1"; unique
    std::string text; ///< plain English
    std::vector<DataField> fields;
    std::vector<std::string> roles;    ///< who may tell (of a fact_*: who may be told); empty = every role
    std::vector<std::string> to;       ///< who may be told; empty = the coordinator's role alone. Never of a fact_*
    std::vector<Subject> about;        ///< about whom; empty = anybody, and one whose role was not told
    std::vector<std::string> purposes; ///< empty = every purpose
    std::vector<std::string> routes;   ///< empty = every route
    std::vector<Colour> colours;       ///< the responder's own colour for the person; empty = any, or none given
    std::vector<Condition> when;       ///< at least one must hold
    std::uint8_t stage = 1;            ///< 1 or 2
};

/// Who may hold a share of the identity key, and how many of them a token takes. Which of them do, and the keys
/// themselves, are in the key certificate of a ceremony (docs/protocol.md, "Key certificates").
struct KeyHolders {
    std::uint8_t threshold = 2;
    std::vector<PartyId> holders;  ///< may hold a share; at most limits::holders_max
    std::uint32_t epoch_days = 92; ///< a key is due to be replaced after this
};

/// Budgets, per organisation (all its nodes together), for one epoch, at one holder. The effective total is
/// (n - t + 1) times that (effective_total).
struct Budgets {
    std::uint32_t query_evaluations_per_day = 0; ///< of the coordinator's organisation, for purpose "query"
    std::uint32_t enrol_evaluations_per_person =
        0; ///< what enrolling one person takes; 1..limits::evaluations_per_person_max
    std::uint32_t enrol_delta_percent_per_day = 0; ///< of the bulk quota, once the epoch is open; 1..100
    std::uint32_t slots_per_day = 0; ///< at a responder, for each asking party: every slot counts as a person
};

struct Matching {
    std::uint32_t version = 2;
    std::int32_t sure = 0; ///< points from which on a record is surely the person, or may be
    std::int32_t unsure = 0;
    std::map<std::string, std::int32_t> points; ///< by feature (protocol/identity/score.hpp), whose names are not known
                                                ///< here; at most points_max
    /// Of a person in a query, strong ones and those that carry components; fewer is too little to ask with.
    std::uint32_t minimum_anchors = 1;
};

struct Release {
    Duration automatic_after{}; ///< ordinary automatic replies leave this long after receipt
    Duration sensitive_after{}; ///< a sensitive service's reply, whatever it holds
    Duration query_lives{};     ///< expiry of a query, at most limits::outbox_age_max
    std::uint32_t rating_fresh_days = 0;
    std::uint32_t source_fresh_days = 0;
    std::uint8_t night_hour_utc = 2; ///< 0..23: when sensitive services enrol
};

/// What is kept beyond the life of a query.
struct Retention {
    std::uint32_t linked_cases_days = 0; ///< after a case has closed; 0: the coordinator keeps nobody of it
};
inline constexpr std::uint32_t linked_cases_days_max = 2557; ///< seven years
/// "The coordinator keeps the names, ... of everybody asked about for 365 days ...", for whoever signs.
std::string in_words(Retention const& retention);

struct Rules {
    bool blue_where_domestic_abuse = false;
    std::string blue_reason = {}; ///< why, in words; there exactly if it is true, so that nobody means it by accident
    bool individual_rating = true;
    std::string result_clause;    ///< the clause number of "the worst colour counts", for the explanation
    std::uint32_t dash_high = 14; ///< visible high risk, from this score on; never sets a colour
};

struct Agreement {
    AgreementId id = {}; ///< set by the caller from the note's text
    std::string name = {};
    std::uint32_t version = 0;
    Mode mode = Mode::practice;
    std::string domain = {}; ///< of log origins and key names
    Instant effective_from{};
    Day review_by{};
    PartyId coordinator;
    std::vector<PartyId> removes = {}; ///< parties of the version before that leave with this one, named on purpose
    std::vector<Party> parties = {};   ///< sorted by id, so that no order of importance exists
    KeyHolders keys = {};
    Budgets budgets = {};
    std::vector<Purpose> purposes = {}; ///< in file order; its place is its number on the wire
    std::vector<Route> routes = {};     ///< likewise
    std::vector<LawfulBasis> bases = {};
    std::vector<Document> documents = {};
    std::vector<Outcome> outcomes = {};
    Matching matching = {};
    Release release = {};
    Retention retention = {};
    Rules rules = {};
    std::map<std::string, std::map<Colour, std::string>> wording = {}; ///< role -> colour -> what it means there
    std::vector<Clause> clauses = {};

    Party const* find(PartyId const& id) const;                      ///< nullptr if it is not a party
    std::optional<std::uint32_t> purpose(std::string_view id) const; ///< number on the wire
    std::optional<std::uint32_t> route(std::string_view id) const;
    bool may_hold_share(PartyId const& id) const;
    std::string const& coordinator_role() const; ///< the agreement is checked: there is a coordinator
};

/// Evaluations that an organisation gets at one holder while an epoch is prepared: for each of its parties, the
/// declared people times the evaluations of a person and 5% more, rounded up to whole batches
/// (limits::evaluate_batch_max); for a sensitive service at least its fixed batches (bulk_batches). 64-bit sums,
/// saturating at 2^32 - 1. 0: it has no party that enrols.
std::uint32_t bulk_quota(Agreement const& agreement, std::string const& organisation);
/// And on each day once the epoch is open: enrol_delta_percent_per_day of that, rounded up to whole batches, and at
/// least the nightly batches of its sensitive services.
std::uint32_t delta_quota_per_day(Agreement const& agreement, std::string const& organisation);
/// How many batches of one fixed size a sensitive service enrols while an epoch is prepared, whatever it holds: its
/// declared people times the evaluations of a person, in whole batches; at least 1.
std::uint32_t bulk_batches(Agreement const& agreement, Party const& party);
/// What an organisation gets from the whole federation when each of n holders allows `at_one_holder` and t answer
/// together: (n - t + 1) times as much, because t - 1 holders may be with it.
std::uint64_t effective_total(std::uint32_t at_one_holder, std::size_t holders, std::size_t threshold);

/// What is wrong with an agreement, or worth knowing. Names the place and the mend; contains no personal data.
struct Finding {
    bool error = true; ///< false: a warning
    std::string place; ///< "line 12, clause 4.1"
    std::string text;
    std::string mend;
};
std::string describe(Finding const& finding);

/// The text of an agreement, already verified by the caller, into types. Unknown keys are errors. On failure the
/// findings say all that was found (at least one error); Errc is not enough for a DPO.
struct ParsedAgreement {
    std::optional<Agreement> agreement; ///< set exactly when no finding is an error
    std::vector<Finding> findings;
};
ParsedAgreement parse_agreement(std::string_view text);

/// Principles that no agreement may break (docs/agreement.md) and gaps worth a warning. Called by parse_agreement.
/// `place` is the table as parse_agreement names it ("clause 4.1", "party police", "keys"), without a line.
std::vector<Finding> check(Agreement const& agreement);

/// What depends on the date, which this room cannot know. An error: not yet in force. A warning: the review is due
/// within 30 days or overdue; an agreement does not stop by itself, because children would be the ones left alone.
std::vector<Finding> check_dates(Agreement const& agreement, Day today);

} // namespace fanlight::policy
