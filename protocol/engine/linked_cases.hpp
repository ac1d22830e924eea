#pragma once
// Linked cases: whether somebody of a family is in another case that the coordinator keeps (docs/protocol.md,
// section 14). The coordinator compares its own cases with each other, in clear; nothing of it ever goes on the wire.
//
//   a family is entered --> looked for among all others (a leaf, whatever is found) --> kept with its case
//   its case is over    --> kept for [retention] linked_cases_days, whoever answered what is gone --> forgotten

#include "protocol/engine/case.hpp"
#include "protocol/engine/self.hpp"
#include "protocol/identity/score.hpp"

#include <unordered_map>

namespace fanlight::protocol {

class LinkedCases {
  public:
    /// Points and thresholds of the agreement.
    explicit LinkedCases(Self const& self);
    LinkedCases(Self const& self, Points points, Thresholds thresholds, std::size_t kept_max = people_max);

    /// All that is kept of a case: who was asked about, and when. No label, role or fact, and nothing that anybody
    /// answered.
    struct Person {
        Identity identity;
        bool born = true;        ///< others are only there because a person's family anchors name them
        std::uint64_t human = 0; ///< random; the same for who is surely the same person, in whatever cases
    };
    struct Kept {
        CaseId id;
        std::string reference;
        Instant entered{};
        std::optional<Instant> closed; ///< none while the case lives
        std::vector<Person> people;    ///< in the order of the family
    };

    /// One link, as each of the two cases shows it.
    struct Link {
        CaseLink here;
        std::uint8_t person_there = 0;
    };
    struct LookUp {
        std::vector<Link> links;    ///< sure ones first, then newest first; at most case_links_max
        std::uint32_t left_out = 0; ///< links and cases beyond the limits: not shown, but never silent
    };
    /// Looks for the family's people in all other cases, which is a leaf, and keeps them from now on. A person is in
    /// `links` once for each other case: sure, or perhaps (at most `unsure_shown_max` cases; those that fit best).
    LookUp enter(Instant now, CaseId const& id, Family const& family, Effects& effects);
    /// The case is over, since `closed`.
    void close(CaseId const& id, Instant closed, Effects& effects);
    /// Forgets whose period is over.
    void wake(Instant now, Effects& effects);
    std::optional<Instant> next_wake() const;
    /// Errc::damaged.
    Result<void> restore(ByteView key, ByteView value);

    /// nullptr: it is not kept, or no longer.
    Kept const* find(CaseId const& id) const;
    std::size_t people() const { return people_; }

    /// People kept, members of living cases included. Beyond it the case that closed first is forgotten before its
    /// time, which is a leaf. A living case is never forgotten. An index entry takes 16 bytes, and a person about 20.
    static constexpr std::size_t people_max = 100'000;
    /// Cases that one look-up compares with, the newest: each takes about a millisecond.
    static constexpr std::size_t compared_max = 256;

  private:
    using Number = std::uint32_t; ///< of a case, in this run
    struct Key {
        std::uint64_t hash;
        Number number;
        std::uint8_t person;
        auto operator<=>(Key const&) const = default;
    };
    struct NameHashes {
        std::uint64_t forename = 0; ///< 0: there is none
        std::uint64_t surname = 0;
    };
    struct Entry {
        Kept kept;
        std::vector<NameHashes> names; ///< by person
    };
    struct Candidates {
        std::vector<std::vector<Candidate>> slots;                   ///< by person of the family; judged
        std::set<std::pair<std::size_t, std::int64_t>> never_silent; ///< slot and row: perhaps, whatever the points say
        std::uint32_t left_out = 0;
    };

    std::uint64_t hash(ByteView text) const;
    Entry& add(Kept kept);
    void sort_index();
    std::vector<std::pair<Number, std::uint8_t>> who_shares(Descriptors const& person);
    Candidates candidates(std::vector<Descriptors> const& family);
    void count_names(std::vector<std::pair<Number, std::uint8_t>> const& of, std::vector<NameCounts>& counts) const;
    bool newer(Number left, Number right) const;
    LookUp links_of(Candidates const& candidates) const;
    void put(Kept const& kept, Effects& effects) const;
    void forget(Number number, Effects& effects);
    void note(Instant now, CaseId const& id, char const* text, Effects& effects) const;
    Duration period() const;

    Self const& self_;
    Points points_;
    Thresholds thresholds_;
    std::size_t kept_max_;
    /// Random in every run: the index must not be a list of stable identifiers of people.
    Tagged<struct IndexHashTag, 32> hash_key_;
    Number next_ = 0;
    std::map<Number, Entry> entries_;
    std::map<CaseId, Number> numbers_;
    std::set<std::pair<Instant, CaseId>> closed_;             ///< who is forgotten next
    std::unordered_map<std::uint64_t, std::uint32_t> humans_; ///< how many of the people kept are one human
    std::vector<Key> index_;                                  ///< hashes of anchors; the first `sorted_` are in order
    std::size_t sorted_ = 0;
    std::size_t people_ = 0;
};

} // namespace fanlight::protocol
