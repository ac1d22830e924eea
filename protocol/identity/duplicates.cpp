// Links first, then groups. Links: everybody's anchors as hashes, sorted; whoever shares one is compared. Only hashes
// are held for everybody; forms and descriptors are made when two are compared.

#include "protocol/identity/duplicates.hpp"

#include "protocol/identity/level_numbers.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <numeric>
#include <string_view>
#include <tuple>
#include <unordered_map>

namespace fanlight::protocol {

namespace {

/// Nothing here is evaluated: the labels only keep the inputs apart.
constexpr DescriptorLabels labels{"anchor", "component"};

// An entry is a part of a hash, and a place below it. With the bucket 48 bits of the hash tell anchors apart: of 40
// million, about three pairs would meet by chance, and are compared for nothing.
constexpr unsigned place_bits = 23;
constexpr unsigned bucket_bits = 7;
constexpr std::uint64_t place_mask = (std::uint64_t(1) << place_bits) - 1;
constexpr std::size_t buckets = std::size_t(1) << bucket_bits;
static_assert(duplicates_people_max == std::size_t(1) << place_bits);

/// Pairs that wait to be compared; then each is compared once, however many anchors it shares.
constexpr std::size_t pairs_at_once = std::size_t(4) << 20U;

/// FNV-1a, 64 bits, mixed: both halves of it are used.
std::uint64_t hash_of(ByteView bytes) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (auto const byte : bytes) hash = (hash ^ byte) * 0x100000001b3U;
    hash = (hash ^ hash >> 32U) * 0x9e3779b97f4a7c15U;
    return hash ^ hash >> 29U;
}
std::uint64_t hash_of(std::string const& text) {
    return hash_of(as_bytes(text));
}

/// How many of the list have a person's first name, as an import counts them (protocol/engine/surroundings.hpp).
class Counts {
  public:
    void add(Forms const& person) {
        ++people_;
        if (person.names.empty()) return;
        auto const& name = person.names.front();
        if (!name.spoken.empty()) ++forenames_[hash_of(name.spoken)];
        if (!name.surname.empty()) ++surnames_[hash_of(name.surname)];
    }
    NameCounts of(Forms const& person) const {
        if (person.names.empty()) return {people_, 0, 0};
        auto const& name = person.names.front();
        return {people_, find(forenames_, name.spoken), find(surnames_, name.surname)};
    }

  private:
    using ByHash = std::unordered_map<std::uint64_t, std::uint32_t>;
    static std::uint64_t find(ByHash const& counts, std::string const& name) {
        auto const found = counts.find(hash_of(name));
        return found == counts.end() ? 0 : found->second;
    }
    std::uint64_t people_ = 0;
    ByHash forenames_;
    ByHash surnames_;
};

struct Person {
    Forms forms;
    Descriptors descriptors;
};
Person person_of(Forms forms) {
    std::vector<Forms> alone{std::move(forms)};
    auto descriptors = descriptors_of(alone, 0, labels);
    return {std::move(alone.front()), std::move(descriptors)};
}

// --- who is certainly not the same -----------------------------------------------------------------------------------

bool differ(std::string const& one, std::string const& other) {
    return !one.empty() && !other.empty() && one != other;
}

bool share_number(Forms const& one, Forms const& other) {
    auto const same = [](std::string const& left, std::string const& right) { return !left.empty() && left == right; };
    return same(one.nhs_number, other.nhs_number) || same(one.upn, other.upn) ||
           same(one.agreed_number, other.agreed_number);
}

/// A form of a name of one is a form of a name of the other, or one of them has none.
bool may_share_forename(Forms const& one, Forms const& other) {
    bool any_of_one = false;
    bool any_of_other = false;
    for (auto const& name : other.names) any_of_other = any_of_other || !name.forename.empty();
    for (auto const& name : one.names) {
        if (name.forename.empty()) continue;
        any_of_one = true;
        for (auto const& its : other.names) {
            if (its.forename.empty()) continue;
            bool const sound = !name.forename_sound.empty() && name.forename_sound == its.forename_sound;
            if (sound || name.forename == its.forename || name.spoken == its.spoken) return true;
        }
    }
    return !any_of_one || !any_of_other;
}

/// Two of year, month and day are equal, or month and day are swapped, or one of the dates is not known.
bool may_share_date(Forms const& one, Forms const& other) {
    if (one.date.empty() || other.date.empty() || one.canonical_date == other.canonical_date) return true;
    auto const same = [&](std::size_t from, std::size_t size) {
        return std::string_view(one.date).substr(from, size) == std::string_view(other.date).substr(from, size);
    };
    return int(same(0, 4)) + int(same(5, 2)) + int(same(8, 2)) >= 2;
}

/// Two that no third record can make one. Stricter than judge(), which a person at the agency can correct: another
/// first name, or another number, is somebody else, whatever agrees.
bool are_apart(Person const& one, Person const& other, Evidence const& evidence) {
    // These have check digits: one that differs is not a slip. What a slip in an agreed number takes is for the points.
    if (differ(one.forms.nhs_number, other.forms.nhs_number) || differ(one.forms.upn, other.forms.upn)) return true;
    if (!share_number(one.forms, other.forms) && !may_share_date(one.forms, other.forms)) return true;
    auto const levels = levels_of(evidence, {});
    switch (evidence.anchors == 0 ? f_unknown : static_cast<ForenameLevel>(levels[Aspect::forename])) {
    case f_other:
    case f_head:
    case f_tail: return true;
    case f_half: // Alexander and Alexandra
    case f_ends: return levels[Aspect::sex] == x_other;
    case f_unknown: return !may_share_forename(one.forms, other.forms);
    case f_missing:
    case f_exact:
    case f_spoken:
    case f_sound:
    case f_middle:
    case f_swapped: return false;
    }
    return true;
}

// --- links -----------------------------------------------------------------------------------------------------------

struct Link {
    std::int32_t points;
    std::uint32_t one; ///< below `other`
    std::uint32_t other;
};

class Links {
  public:
    Links(std::size_t people, FormsAt const& forms_at, Points const& points, Thresholds thresholds)
        : people_(people), forms_at_(forms_at), points_(points), thresholds_(thresholds) {}

    /// The strongest first.
    std::vector<Link> find() && {
        hash_everybody();
        for (auto& bucket : buckets_) {
            std::sort(bucket.begin(), bucket.end());
            add_pairs(bucket);
            std::vector<std::uint64_t>().swap(bucket);
        }
        compare_pairs();
        // Pairs that were compared in two turns stand there twice, which does no harm to groups.
        std::sort(links_.begin(), links_.end(), [](Link const& left, Link const& right) {
            return std::tie(right.points, left.one, left.other) < std::tie(left.points, right.one, right.other);
        });
        return std::move(links_);
    }

  private:
    void hash_everybody() {
        std::vector<Forms> alone(1);
        for (std::size_t place = 0; place < people_; ++place) {
            alone.front() = forms_at_(place);
            counts_.add(alone.front());
            for (auto const& anchor : anchors_of(alone, 0, labels.anchor)) {
                auto const hash = hash_of(anchor.input);
                buckets_[hash >> (64U - bucket_bits)].push_back((hash << bucket_bits & ~place_mask) | place);
            }
        }
    }

    /// Whoever stands under one hash, in a bucket that is sorted.
    void add_pairs(std::vector<std::uint64_t> const& bucket) {
        for (auto begin = bucket.begin(); begin != bucket.end();) {
            auto const hash = *begin & ~place_mask;
            auto const end =
                std::find_if(begin, bucket.end(), [&](std::uint64_t entry) { return (entry & ~place_mask) != hash; });
            if (static_cast<std::size_t>(end - begin) <= shared_by_max)
                for (auto one = begin; one != end; ++one)
                    for (auto other = one + 1; other != end; ++other)
                        pairs_.push_back((*one & place_mask) << 32U | (*other & place_mask));
            begin = end;
            if (pairs_.size() >= pairs_at_once) compare_pairs();
        }
    }

    void compare_pairs() {
        std::sort(pairs_.begin(), pairs_.end());
        pairs_.erase(std::unique(pairs_.begin(), pairs_.end()), pairs_.end());
        for (auto pair = pairs_.begin(); pair != pairs_.end();) {
            auto const one = *pair >> 32U;
            auto const first = person_of(forms_at_(one));
            for (; pair != pairs_.end() && *pair >> 32U == one; ++pair) {
                auto const other = *pair & 0xFFFF'FFFFU;
                if (other != one) compare_two(first, one, person_of(forms_at_(other)), other);
            }
        }
        pairs_.clear();
    }

    /// Either way round: which of the two has the rarer name must not matter.
    void compare_two(Person const& first, std::uint64_t one, Person const& second, std::uint64_t other) {
        auto const there = compare(first.descriptors, second.descriptors);
        if (there.anchors == 0 || are_apart(first, second, there)) return;
        auto const levels = levels_of(there, counts_.of(second.forms));
        auto const back = levels_of(compare(second.descriptors, first.descriptors), counts_.of(first.forms));
        if (!surely_same(levels, points_, thresholds_) || !surely_same(back, points_, thresholds_)) return;
        links_.push_back({std::min(points_.of_pair(levels), points_.of_pair(back)), static_cast<std::uint32_t>(one),
                          static_cast<std::uint32_t>(other)});
    }

    std::size_t people_;
    FormsAt const& forms_at_;
    Points const& points_;
    Thresholds thresholds_;
    Counts counts_;
    std::array<std::vector<std::uint64_t>, buckets> buckets_;
    std::vector<std::uint64_t> pairs_;
    std::vector<Link> links_;
};

// --- groups ----------------------------------------------------------------------------------------------------------

/// Of those who have a link: everybody else is alone.
class Groups {
  public:
    explicit Groups(FormsAt const& forms_at) : forms_at_(forms_at) {}

    void join(std::uint32_t one, std::uint32_t other) {
        auto const left = group_of(one);
        auto const right = group_of(other);
        if (left == right || any_apart(members_[left], members_[right])) return;
        for (auto const member : members_[right]) {
            group_[member] = left;
            members_[left].push_back(member);
        }
        members_[right].clear();
    }
    SamePerson take() && {
        SamePerson groups;
        for (auto& members : members_) {
            if (members.size() < 2) continue;
            std::sort(members.begin(), members.end());
            groups.emplace_back(members.begin(), members.end());
        }
        std::sort(groups.begin(), groups.end());
        return groups;
    }

  private:
    std::size_t group_of(std::uint32_t person) {
        auto const [entry, fresh] = group_.try_emplace(person, members_.size());
        if (fresh) members_.push_back({person});
        return entry->second;
    }
    bool any_apart(std::vector<std::uint32_t> const& left, std::vector<std::uint32_t> const& right) const {
        if (left.size() == 1 && right.size() == 1) return false; // the link says so
        std::vector<Person> others;
        others.reserve(right.size());
        for (auto const place : right) others.push_back(person_of(forms_at_(place)));
        for (auto const place : left) {
            auto const one = person_of(forms_at_(place));
            for (auto const& other : others)
                if (are_apart(one, other, compare(one.descriptors, other.descriptors))) return true;
        }
        return false;
    }

    FormsAt const& forms_at_;
    std::unordered_map<std::uint32_t, std::size_t> group_;
    std::vector<std::vector<std::uint32_t>> members_;
};

} // namespace

SamePerson duplicates_in(std::size_t people, FormsAt const& forms_at, Points const& points, Thresholds thresholds) {
    assert(people <= duplicates_people_max);
    Groups groups(forms_at);
    for (auto const& link : Links(people, forms_at, points, thresholds).find()) groups.join(link.one, link.other);
    return std::move(groups).take();
}

SamePerson duplicates_in(std::vector<Forms> const& people, Points const& points, Thresholds thresholds) {
    FormsAt const forms_at = [&people](std::size_t place) { return people[place]; };
    return duplicates_in(people.size(), forms_at, points, thresholds);
}

std::size_t people_in(SamePerson const& groups) {
    return std::accumulate(groups.begin(), groups.end(), std::size_t(0),
                           [](std::size_t sum, std::vector<std::size_t> const& group) { return sum + group.size(); });
}

} // namespace fanlight::protocol
