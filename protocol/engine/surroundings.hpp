#pragma once
// What an agency's own people, all of them together, say about each: how common a name is, and who lives with whom.
// Computed at import, by every kind of store in the same way.

#include "protocol/engine/records.hpp"

#include <unordered_map>

namespace fanlight::protocol {

/// The names of a person that are counted: of the first of its names; empty if there is none.
struct CountedNames {
    std::string forename; ///< spoken
    std::string surname;
};
CountedNames counted_names(Forms const& person);

/// More people than this do not live together: it is a hostel, or an error, and then nobody's household.
inline constexpr std::size_t household_people_max = 20;

/// Everybody of one feed, in its order. Memory: about 100 bytes a person and different name or address.
class AllPeople {
  public:
    void add(PersonRecord const& record, Forms const& person);

    std::uint64_t people() const { return links_.size(); }
    std::unordered_map<std::string, std::uint64_t> const& forenames() const { return forenames_; }
    std::unordered_map<std::string, std::uint64_t> const& surnames() const { return surnames_; }
    /// By place in the feed: the same number, from 1, for all who have the same family id, the same current premises
    /// with postcode, or the same UPRN, also over others; 0 for who lives alone. What more than household_people_max
    /// people share is no link.
    std::vector<std::uint64_t> households() const;

  private:
    static constexpr std::size_t links_each = 3;
    static constexpr std::uint32_t none = 0; ///< no link
    std::uint32_t link(char kind, std::string const& text);

    std::unordered_map<std::string, std::uint64_t> forenames_;
    std::unordered_map<std::string, std::uint64_t> surnames_;
    std::unordered_map<std::string, std::uint32_t> numbers_; // of links, from 1
    std::vector<std::uint32_t> shared_by_{0};                // people, by number of a link
    std::vector<std::array<std::uint32_t, links_each>> links_;
};

} // namespace fanlight::protocol
