#pragma once
// An agency's own records as its engine sees them, and the port through which it reads them. They never travel.

#include "policy/brag.hpp"
#include "protocol/engine/matching.hpp"

namespace fanlight::protocol {

/// A rating made by a named practitioner before any query.
struct Rating {
    policy::Colour colour;
    Day rated_on;
    std::string practitioner;
    std::string analysis; ///< mandatory for Red and Amber (requirement A4); at most limits::analysis_bytes_max
    std::vector<std::string> themes; ///< lower-case words, at most limits::themes_max
};

struct PersonRecord {
    std::string id;        ///< the agency's own; unique; never leaves the node
    std::string family_id; ///< records with the same one are a family; may be empty
    Identity identity;
    std::optional<Rating> rating;
    std::uint32_t contacts_12m = 0;
    std::uint32_t contacts_ever = 0;
    std::optional<Day> last_contact;
    bool open = true;                ///< open to this agency now (a conditional party answers only then)
    std::optional<Day> marac_listed; ///< dates only (requirement C15)
    std::optional<Day> marac_heard;
};

using RecordRow = std::int64_t; ///< the store's own number of a record, from 1

/// An index answers for one epoch of the identity key and one UTC day.
struct IndexKey {
    std::uint32_t epoch = 0;
    Day day{};
    auto operator<=>(IndexKey const&) const = default;
};

/// What else this agency holds that bears on who a record is. As of the last import.
struct Surroundings {
    NameCounts names;            ///< of the record's first name (Forms::names)
    std::uint64_t household = 0; ///< of everybody here who lives together; 0: alone, or not known
    /// All records of this person, this one included, in order; empty if it is the only one (identity/duplicates.hpp).
    std::vector<RecordRow> same_person;
};

/// A person waiting to be enrolled, with the family that its family anchors need.
struct Unenrolled {
    RecordRow row;
    std::vector<Identity> family; ///< family[which] is the person
    std::size_t which = 0;
};

/// Reads only. One thread: the engine's. Errors are damage or disk, never "not found".
class Records {
  public:
    virtual ~Records() = default;
    /// Everybody who has the token, and perhaps others: their tokens() tell. In order of row, each once. Nobody if
    /// there is no such index; whether there is one is the engine's to know (IndexBuilt).
    virtual Result<std::vector<RecordRow>> find(IndexKey const& index, DayToken const& token) const = 0;
    /// What is enrolled of a person in an epoch; empty if nothing is.
    virtual Result<PersonTokens> tokens(std::uint32_t epoch, RecordRow row) const = 0;
    virtual Result<Surroundings> surroundings(RecordRow row) const = 0;
    virtual Result<std::optional<PersonRecord>> person(RecordRow row) const = 0;
    /// At most `limit` people after row `after` (0: from the first) who are not enrolled in the epoch, in order of row.
    virtual Result<std::vector<Unenrolled>> unenrolled(std::uint32_t epoch, RecordRow after,
                                                       std::size_t limit) const = 0;
};

} // namespace fanlight::protocol
