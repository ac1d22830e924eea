// Equal inputs have equal tokens, so comparing the inputs finds what comparing tokens would find. Tokens protect one
// organisation from another; between two cases of one organisation there is nobody to protect (docs/decisions.md).

#include "protocol/engine/linked_cases.hpp"

#include "protocol/engine/identity_codec.hpp"
#include "protocol/engine/surroundings.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_set>

namespace fanlight::protocol {

using crypto::FieldTag;
using crypto::LeafClass;

namespace {

constexpr auto where = "stored linked case";
/// The inputs never leave this file, so their labels say only what they are.
constexpr DescriptorLabels labels{"linked/anchor", "linked/component"};

constexpr std::int64_t row_of(std::uint32_t number, std::uint8_t person) {
    return std::int64_t(number) * std::int64_t(limits::family_people_max) + person + 1;
}
constexpr std::uint32_t number_of(std::int64_t row) {
    return static_cast<std::uint32_t>((row - 1) / std::int64_t(limits::family_people_max));
}
constexpr std::uint8_t person_of(std::int64_t row) {
    return static_cast<std::uint8_t>((row - 1) % std::int64_t(limits::family_people_max));
}

std::vector<Forms> forms_of(std::vector<LinkedCases::Person> const& people) {
    std::vector<Forms> forms;
    forms.reserve(people.size());
    for (auto const& person : people) forms.push_back(forms_of(person.identity));
    return forms;
}

/// Day and month swapped and another spelling are seldom two people where both names sound the same: 3 in a thousand
/// million pairs of strangers. Such a pair always goes to a person, however little the points make of it.
bool fits_by_name_and_date(Evidence const& evidence) {
    using enum AnchorKind;
    auto const kinds = {nhs_number, upn, agreed_number, name_date, sound_date};
    return std::any_of(kinds.begin(), kinds.end(), [&](AnchorKind kind) { return evidence.shares(kind); });
}

/// Whether others of the family share something with others of that case. That nobody else does says nothing here: a
/// person of two families is who is sought. At an agency it speaks against a record.
bool others_share(std::map<std::uint8_t, std::vector<std::size_t>> const& people, std::uint8_t person,
                  std::size_t slot) {
    return std::any_of(people.begin(), people.end(), [&](auto const& other) {
        return other.first != person && std::any_of(other.second.begin(), other.second.end(),
                                                    [&](std::size_t other_slot) { return other_slot != slot; });
    });
}

/// What a screen says of a pair: without what other members of the two families add to the score.
std::string words_of(Levels levels) {
    for (auto const aspect : {Aspect::household, Aspect::rival, Aspect::better}) levels[aspect] = 0;
    return in_words(levels);
}

} // namespace

LinkedCases::LinkedCases(Self const& self)
    : LinkedCases(self, points_of(self.agreement.matching), thresholds_of(self.agreement.matching)) {}

LinkedCases::LinkedCases(Self const& self, Points points, Thresholds thresholds, std::size_t kept_max)
    : self_(self), points_(std::move(points)), thresholds_(thresholds), kept_max_(kept_max),
      hash_key_(self.random.make<decltype(hash_key_)>()) {}

// ------------------------------------------------------------------------------------------------------- the index

std::uint64_t LinkedCases::hash(ByteView text) const {
    std::array<std::uint8_t, 16> full{};
    crypto::blake2b(full, hash_key_.view(), {text});
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i) value = (value << 8U) | full[i];
    return value;
}

LinkedCases::Entry& LinkedCases::add(Kept kept) {
    auto const number = next_++;
    auto const forms = forms_of(kept.people);
    Entry entry{std::move(kept), std::vector<NameHashes>(forms.size())};
    for (std::size_t i = 0; i < forms.size(); ++i) {
        if (!entry.kept.people[i].born) continue;
        ++humans_[entry.kept.people[i].human];
        auto const person = static_cast<std::uint8_t>(i);
        for (auto const& anchor : anchors_of(forms, i, labels.anchor))
            index_.push_back({hash(anchor.input), number, person});
        auto const names = counted_names(forms[i]);
        if (!names.forename.empty()) entry.names[i].forename = hash(as_bytes(names.forename));
        if (!names.surname.empty()) entry.names[i].surname = hash(as_bytes(names.surname));
    }
    people_ += forms.size();
    numbers_.emplace(entry.kept.id, number);
    if (entry.kept.closed) closed_.emplace(*entry.kept.closed, entry.kept.id);
    return entries_.emplace(number, std::move(entry)).first->second;
}

void LinkedCases::sort_index() {
    auto const middle = index_.begin() + static_cast<std::ptrdiff_t>(sorted_);
    std::sort(middle, index_.end());
    std::inplace_merge(index_.begin(), middle, index_.end());
    sorted_ = index_.size();
}

/// Each once.
std::vector<std::pair<LinkedCases::Number, std::uint8_t>> LinkedCases::who_shares(Descriptors const& person) {
    std::vector<std::pair<Number, std::uint8_t>> found;
    for (auto const& anchor : person.anchors) {
        auto const value = hash(anchor.input);
        for (auto key = std::lower_bound(index_.begin(), index_.end(), Key{value, 0, 0});
             key != index_.end() && key->hash == value; ++key)
            found.emplace_back(key->number, key->person);
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

// ----------------------------------------------------------------------------------------------------- the look-up

/// A human who is in several cases counts once, or every new case would make its own people's names more common.
void LinkedCases::count_names(std::vector<std::pair<Number, std::uint8_t>> const& of,
                              std::vector<NameCounts>& counts) const {
    std::unordered_map<std::uint64_t, std::unordered_set<std::uint64_t>> forenames;
    std::unordered_map<std::uint64_t, std::unordered_set<std::uint64_t>> surnames;
    for (auto const& [number, person] : of) {
        auto const& names = entries_.at(number).names[person];
        forenames.try_emplace(names.forename);
        surnames.try_emplace(names.surname);
    }
    for (auto const& [number, entry] : entries_)
        for (std::size_t i = 0; i < entry.names.size(); ++i) {
            auto const forename = forenames.find(entry.names[i].forename);
            auto const surname = surnames.find(entry.names[i].surname);
            if (forename != forenames.end()) forename->second.insert(entry.kept.people[i].human);
            if (surname != surnames.end()) surname->second.insert(entry.kept.people[i].human);
        }
    for (auto const& [number, person] : of) {
        auto const& names = entries_.at(number).names[person];
        counts.push_back({humans_.size(), names.forename == 0 ? 0 : forenames.at(names.forename).size(),
                          names.surname == 0 ? 0 : surnames.at(names.surname).size()});
    }
}

LinkedCases::Candidates LinkedCases::candidates(std::vector<Descriptors> const& family) {
    using Who = std::pair<Number, std::uint8_t>;
    sort_index();
    std::map<Number, std::map<std::uint8_t, std::vector<std::size_t>>> by_case; // person there -> slots
    for (std::size_t slot = 0; slot < family.size(); ++slot)
        for (auto const& [number, person] : who_shares(family[slot])) by_case[number][person].push_back(slot);
    std::vector<Number> newest;
    for (auto const& [number, people] : by_case) newest.push_back(number);
    std::sort(newest.begin(), newest.end(), [&](Number left, Number right) { return newer(left, right); });
    Candidates found{std::vector<std::vector<Candidate>>(family.size()), {}, 0};
    if (newest.size() > compared_max) {
        found.left_out = static_cast<std::uint32_t>(newest.size() - compared_max);
        newest.resize(compared_max);
    }
    std::vector<Who> who;
    for (auto const number : newest)
        for (auto const& [person, slots] : by_case.at(number)) who.emplace_back(number, person);
    std::vector<NameCounts> counts;
    if (!who.empty()) count_names(who, counts);

    std::size_t next = 0;
    for (auto const number : newest) {
        auto const& people = entries_.at(number).kept.people;
        auto const forms = forms_of(people);
        for (auto const& [person, slots] : by_case.at(number)) {
            auto const theirs = descriptors_of(forms, person, labels);
            auto const& names = counts[next++];
            for (auto const slot : slots) {
                auto const evidence = compare(family[slot], theirs);
                if (evidence.anchors == 0) continue; // two hashes happened to be the same
                Candidate candidate;
                candidate.row = row_of(number, person);
                candidate.household = std::uint64_t(number) + 1;
                candidate.others_there = others_share(by_case.at(number), person, slot);
                candidate.person = people[person].human;
                candidate.levels = levels_of(evidence, names);
                found.slots[slot].push_back(candidate);
                if (fits_by_name_and_date(evidence)) found.never_silent.emplace(slot, candidate.row);
            }
        }
    }
    judge(found.slots, points_, thresholds_);
    return found;
}

/// The same in every run, which numbers are not.
bool LinkedCases::newer(Number left, Number right) const {
    auto const& one = entries_.at(left).kept;
    auto const& other = entries_.at(right).kept;
    return std::tie(one.entered, one.id) > std::tie(other.entered, other.id);
}

/// What is sure is sure for judge(), which compares all cases at once. What it drops because something else fits better
/// is a wrong candidate at an agency, where a person has one record; here it can be a link to another case, so it is
/// dropped only where the person that fits better is of the same case, or of this family.
LinkedCases::LookUp LinkedCases::links_of(Candidates const& candidates) const {
    auto const& slots = candidates.slots;
    std::set<std::int64_t> sure_rows;
    for (auto const& slot : slots)
        for (auto const& candidate : slot)
            if (candidate.match == Match::sure) sure_rows.insert(candidate.row);
    LookUp result{{}, candidates.left_out};
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
        std::set<Number> shown; // this person is in that case
        auto const show = [&](Candidate const& candidate) {
            CaseLink here{entries_.at(number_of(candidate.row)).kept.id, static_cast<std::uint8_t>(slot),
                          candidate.match == Match::sure, words_of(candidate.levels)};
            shown.insert(number_of(candidate.row));
            result.links.push_back({std::move(here), person_of(candidate.row)});
        };
        for (auto const& candidate : slots[slot])
            if (candidate.match == Match::sure && !shown.contains(number_of(candidate.row))) show(candidate);
        std::vector<Candidate> perhaps;
        for (auto const& candidate : slots[slot]) {
            bool const fits =
                candidate.points >= thresholds_.unsure || candidates.never_silent.contains({slot, candidate.row});
            bool const hidden = sure_rows.contains(candidate.row) || shown.contains(number_of(candidate.row));
            if (fits && !hidden) perhaps.push_back(candidate);
        }
        std::sort(perhaps.begin(), perhaps.end(), [&](Candidate const& left, Candidate const& right) {
            if (left.points != right.points) return left.points > right.points;
            if (number_of(left.row) != number_of(right.row)) return newer(number_of(left.row), number_of(right.row));
            return left.row < right.row;
        });
        std::size_t cases = 0;
        for (auto const& candidate : perhaps) {
            if (shown.contains(number_of(candidate.row))) continue;
            if (cases++ < unsure_shown_max)
                show(candidate);
            else if (shown.insert(number_of(candidate.row)).second)
                ++result.left_out;
        }
    }
    std::stable_sort(result.links.begin(), result.links.end(), [&](Link const& left, Link const& right) {
        if (left.here.sure != right.here.sure) return left.here.sure;
        return left.here.other != right.here.other &&
               newer(numbers_.at(left.here.other), numbers_.at(right.here.other));
    });
    if (result.links.size() > case_links_max) {
        result.left_out += static_cast<std::uint32_t>(result.links.size() - case_links_max);
        result.links.resize(case_links_max);
    }
    return result;
}

LinkedCases::LookUp LinkedCases::enter(Instant now, CaseId const& id, Family const& family, Effects& effects) {
    Kept kept{id, family.reference, now, std::nullopt, {}};
    for (auto const& member : family.people)
        kept.people.push_back({member.identity, !member.roles.contains(PersonRole::unborn), 0});
    auto const forms = forms_of(kept.people);
    std::vector<Descriptors> asked(forms.size());
    for (std::size_t i = 0; i < forms.size(); ++i)
        if (kept.people[i].born) asked[i] = descriptors_of(forms, i, labels);
    auto const judged = candidates(asked);
    auto found = links_of(judged);

    for (std::size_t i = 0; i < kept.people.size(); ++i) {
        Bytes fresh(sizeof kept.people[i].human);
        self_.random.fill(fresh);
        kept.people[i].human = ByteReader(fresh).u64();
        for (auto const& candidate : judged.slots[i])
            if (candidate.match == Match::sure) kept.people[i].human = candidate.person; // all sure ones are one human
    }
    LeafDraft draft(self_, now);
    draft.add(FieldTag::user, family.user).add(FieldTag::subject, id.view());
    draft.number(FieldTag::count, found.links.size() + found.left_out);
    for (auto const& link : found.links)
        draft.about(subject_of(self_, id, link.here.person))
            .add(FieldTag::subject, link.here.other.view())
            .add(FieldTag::decision, link.here.sure ? "sure" : "perhaps");
    draft.about(std::nullopt).add(FieldTag::text, "looked for linked cases");
    std::move(draft).write(LeafClass::admin, {}, effects);

    put(add(std::move(kept)).kept, effects);
    while (people_ > kept_max_ && !closed_.empty()) {
        auto const oldest = closed_.begin()->second;
        note(now, oldest, "linked case forgotten before its time: too many people are kept", effects);
        forget(numbers_.at(oldest), effects);
    }
    return found;
}

// ------------------------------------------------------------------------------------------- how long it is kept

Duration LinkedCases::period() const {
    return std::chrono::days(self_.agreement.retention.linked_cases_days);
}

void LinkedCases::close(CaseId const& id, Instant closed, Effects& effects) {
    auto const number = numbers_.find(id);
    if (number == numbers_.end()) return;
    if (period() == Duration::zero()) return forget(number->second, effects);
    auto& kept = entries_.at(number->second).kept;
    kept.closed = closed;
    closed_.emplace(closed, id);
    put(kept, effects);
}

void LinkedCases::wake(Instant now, Effects& effects) {
    while (!closed_.empty() && closed_.begin()->first + period() <= now) {
        auto const id = closed_.begin()->second;
        note(now, id, "linked case forgotten at the end of its period", effects);
        forget(numbers_.at(id), effects);
    }
}

std::optional<Instant> LinkedCases::next_wake() const {
    if (closed_.empty()) return std::nullopt;
    return closed_.begin()->first + period();
}

void LinkedCases::forget(Number number, Effects& effects) {
    auto const& entry = entries_.at(number);
    auto const& kept = entry.kept;
    effects.erase(Space::linked, to_bytes(kept.id.view()));
    if (kept.closed) closed_.erase({*kept.closed, kept.id});
    for (auto const& person : kept.people)
        if (auto const human = humans_.find(person.human); person.born && --human->second == 0) humans_.erase(human);
    sort_index();
    std::erase_if(index_, [&](Key const& key) { return key.number == number; });
    sorted_ = index_.size();
    people_ -= kept.people.size();
    numbers_.erase(kept.id);
    entries_.erase(number);
}

void LinkedCases::note(Instant now, CaseId const& id, char const* text, Effects& effects) const {
    LeafDraft draft(self_, now);
    std::move(draft.add(FieldTag::subject, id.view()).add(FieldTag::text, text)).write(LeafClass::admin, {}, effects);
}

LinkedCases::Kept const* LinkedCases::find(CaseId const& id) const {
    auto const number = numbers_.find(id);
    return number == numbers_.end() ? nullptr : &entries_.at(number->second).kept;
}

// ----------------------------------------------------------------------------------------------------- on the disk

void LinkedCases::put(Kept const& kept, Effects& effects) const {
    ByteWriter out;
    out.text(kept.reference).instant(kept.entered).flag(kept.closed.has_value());
    if (kept.closed) out.instant(*kept.closed);
    out.u32(static_cast<std::uint32_t>(kept.people.size()));
    for (auto const& person : kept.people) {
        out.flag(person.born).u64(person.human);
        write_identity(out, person.identity);
    }
    effects.put(Space::linked, to_bytes(kept.id.view()), out.take());
}

Result<void> LinkedCases::restore(ByteView key, ByteView value) {
    ByteReader in(value);
    Kept kept;
    auto const id = CaseId::parse(key);
    kept.reference = in.text();
    kept.entered = in.instant();
    if (in.flag()) kept.closed = in.instant();
    auto const people = in.count();
    if (!id || people > limits::family_people_max) in.spoil();
    for (std::size_t i = 0; i < people && in.good(); ++i) {
        Person person;
        person.born = in.flag();
        person.human = in.u64();
        person.identity = read_identity(in);
        kept.people.push_back(std::move(person));
    }
    FANLIGHT_TRY(in.finish(where));
    kept.id = id.assume_value();
    if (numbers_.contains(kept.id)) return fail(Errc::damaged, where);
    add(std::move(kept));
    return ok();
}

} // namespace fanlight::protocol
