// The shipped path over whole files. Work is cut into blocks, so that whoever waits is told how far it is; the tasks of
// a block write to places of their own.

#include "protocol/trial/trial.hpp"

#include "crypto/hash.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace fanlight::protocol {

namespace {

constexpr Mode trial_mode = Mode::practice;
constexpr Day trial_day{std::chrono::days(20'000)}; // any day: a token of it is compared with others of it only
constexpr std::size_t groups_a_block = 512;
constexpr std::size_t groups_a_task = 16;
/// Of one slot, by points, as an agency takes them (protocol/engine/agency_match.cpp).
constexpr std::size_t candidates_max = 32;
/// With more candidates than this nobody looks which of them are one person: they are far more than are judged.
constexpr std::size_t compared_with_each_other_max = 2 * candidates_max;

/// Calls work(group) for every group of a file; the first error ends it.
Result<void> for_each_group(TrialFile const& file, crypto::Parallel const& parallel, TrialProgress const& progress,
                            std::function<Result<void>(std::size_t)> const& work) {
    std::size_t people = 0;
    for (std::size_t begin = 0; begin < file.groups.size(); begin += groups_a_block) {
        auto const end = std::min(begin + groups_a_block, file.groups.size());
        auto const tasks = (end - begin + groups_a_task - 1) / groups_a_task;
        std::vector<Result<void>> done(tasks, ok());
        parallel(tasks, [&](std::size_t task) {
            auto const last = std::min(begin + (task + 1) * groups_a_task, end);
            for (auto group = begin + task * groups_a_task; group < last && done[task]; ++group)
                done[task] = work(group);
        });
        for (auto const& result : done)
            if (!result) return result;
        for (auto group = begin; group < end; ++group) people += file.groups[group].size();
        if (progress) progress(people);
    }
    return ok();
}

bool less_by_token(EnrolledFile::Entry const& left, EnrolledFile::Entry const& right) {
    return std::tie(left.token, left.row, left.anchor) < std::tie(right.token, right.row, right.anchor);
}

/// The rows and anchors that have this token.
std::pair<std::vector<EnrolledFile::Entry>::const_iterator, std::vector<EnrolledFile::Entry>::const_iterator>
find_token(EnrolledFile const& enrolled, DayToken const& token) {
    struct ByToken {
        bool operator()(EnrolledFile::Entry const& entry, DayToken const& key) const { return entry.token < key; }
        bool operator()(DayToken const& key, EnrolledFile::Entry const& entry) const { return key < entry.token; }
    };
    return std::equal_range(enrolled.index.begin(), enrolled.index.end(), token, ByToken());
}

} // namespace

Result<std::vector<crypto::Token>> EvaluatedTokens::tokens(std::vector<Bytes> const& inputs) const {
    if (inputs.empty()) return std::vector<crypto::Token>();
    std::vector<ByteView> const views(inputs.begin(), inputs.end());
    std::vector<crypto::Blind> blinds;
    blinds.reserve(inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) blinds.push_back(crypto::random_blind(random_));
    FANLIGHT_TRY(auto const blinded, crypto::blind_batch(views, blinds));
    FANLIGHT_TRY(auto const evaluated, crypto::evaluate_batch(key_, blinded));
    return crypto::finalize_batch(views, blinds, evaluated);
}

Result<std::vector<crypto::Token>> HashedTokens::tokens(std::vector<Bytes> const& inputs) const {
    std::vector<crypto::Token> tokens;
    tokens.reserve(inputs.size());
    for (auto const& input : inputs) {
        auto const hash = crypto::sha512({input});
        tokens.push_back(crypto::Token::make(
            [&hash](MutableBytes out) { std::copy(hash.view().begin(), hash.view().end(), out.begin()); }));
    }
    return tokens;
}

Result<AskedTokens> tokens_of_asked(TrialFile const& file, TrialTools const& tools) {
    AskedTokens asked;
    asked.people.resize(file.rows.size());
    auto const work = [&](std::size_t group) -> Result<void> {
        auto const described = describe_group(file, file.groups[group]);
        for (std::size_t which = 0; which < described.size(); ++which) {
            auto& person = asked.people[file.groups[group][which]];
            FANLIGHT_TRY(auto tokens, tools.source.tokens(inputs_of(described[which])));
            person.tokens = std::move(tokens);
            person.anchors = described[which].anchors.size();
            person.components = described[which].by_date.size() + described[which].by_sector.size();
        }
        return ok();
    };
    FANLIGHT_TRY(for_each_group(file, tools.parallel, tools.progress, work));
    return asked;
}

Result<EnrolledFile> enrol_file(TrialFile const& file, PartyId const& agency, TrialTools const& tools) {
    EnrolledFile enrolled;
    enrolled.people.resize(file.rows.size());
    std::vector<std::vector<DayToken>> keys(file.rows.size());
    auto const work = [&](std::size_t group) -> Result<void> {
        auto const described = describe_group(file, file.groups[group]);
        for (std::size_t which = 0; which < described.size(); ++which) {
            auto const row = file.groups[group][which];
            FANLIGHT_TRY(auto const tokens, tools.source.tokens(inputs_of(described[which])));
            enrolled.people[row] = tokens_of(trial_mode, described[which], tokens, agency);
            for (auto const& anchor : enrolled.people[row].anchors)
                keys[row].push_back(day_token(trial_mode, anchor.secret, trial_day));
        }
        return ok();
    };
    FANLIGHT_TRY(for_each_group(file, tools.parallel, tools.progress, work));
    for (std::size_t row = 0; row < keys.size(); ++row)
        for (std::size_t anchor = 0; anchor < keys[row].size(); ++anchor)
            enrolled.index.push_back(
                {keys[row][anchor], static_cast<TrialRowNumber>(row), static_cast<std::uint32_t>(anchor)});
    std::sort(enrolled.index.begin(), enrolled.index.end(), less_by_token);
    return enrolled;
}

namespace {

/// One query to one agency, slot by slot, as protocol/engine/slots.cpp builds them and agency_match.cpp reads them.
class Ask {
  public:
    Ask(Trial const& trial, EnrolledFile const& enrolled) : trial_(trial), enrolled_(enrolled) {}

    TrialSlot slot(TrialRowNumber row, PersonTokens const& person) {
        TrialSlot slot;
        slot.row = row;
        crypto::SeededRandom random(row); // fills up the slot, and nothing depends on it
        std::map<TrialRowNumber, Found> found;
        for (std::size_t anchor = 0; anchor < person.anchors.size(); ++anchor) {
            auto const& own = person.anchors[anchor];
            auto const token = day_token(trial_mode, own.secret, trial_day);
            bool const goes = slot.keys < limits::keys_per_slot &&
                              goes_to(own.kind, static_cast<std::uint32_t>(trial_.right.rows.size()));
            if (goes) ++slot.keys;
            bool const sent = goes && used_.insert(token).second;
            auto const [begin, end] = find_token(enrolled_, token);
            if (begin == end) continue; // what goes with a key that nobody shares is never looked at
            auto const key = slot_key(trial_mode, trial_day, static_cast<std::uint32_t>(trial_.right.rows.size()),
                                      person, anchor, random);
            for (auto entry = begin; entry != end; ++entry) {
                if (trial_.within && entry->row <= row) continue;
                if (entry != begin && entry->row == std::prev(entry)->row) continue; // the first of its anchors counts
                auto& what = found[entry->row];
                what.all |= 1U << (static_cast<unsigned>(own.kind) - 1);
                if (!sent) continue;
                add_evidence(trial_mode, trial_day, key, enrolled_.people[entry->row], entry->anchor, what.evidence);
            }
        }
        for (auto const& [theirs, what] : found) {
            slot.sharing.push_back({theirs, what.all, what.evidence.anchors});
            if (what.evidence.anchors != 0) slot.candidates.push_back(candidate(theirs, what.evidence));
        }
        add_own_pairs(slot);
        return slot;
    }

  private:
    struct Found {
        std::uint32_t all = 0;
        Evidence evidence;
    };

    Candidate candidate(TrialRowNumber row, Evidence const& evidence) const {
        Candidate candidate;
        auto const& surroundings = trial_.right.surroundings[row];
        candidate.row = row;
        candidate.household = surroundings.household;
        candidate.others_there = candidate.household != 0;
        candidate.person = static_cast<std::uint64_t>(
            surroundings.same_person.empty() ? RecordRow(row) : surroundings.same_person.front());
        candidate.levels = levels_of(evidence, surroundings.names);
        return candidate;
    }

    void add_own_pairs(TrialSlot& slot) const {
        auto const& candidates = slot.candidates;
        if (trial_.right.same || candidates.size() < 2 || candidates.size() > compared_with_each_other_max) return;
        std::vector<Descriptors> alone;
        for (auto const& one : candidates)
            alone.push_back(describe_group(trial_.right, {static_cast<TrialRowNumber>(one.row)}).front());
        for (std::size_t i = 0; i < candidates.size(); ++i)
            for (std::size_t j = 0; j < candidates.size(); ++j) {
                if (i == j) continue;
                auto const shown = compare(alone[i], alone[j]);
                if (shown.anchors == 0) continue;
                auto const one = static_cast<TrialRowNumber>(candidates[i].row);
                auto const other = static_cast<TrialRowNumber>(candidates[j].row);
                slot.own_pairs.push_back({one, other, levels_of(shown, trial_.right.surroundings[other].names)});
            }
    }

    Trial const& trial_;
    EnrolledFile const& enrolled_;
    std::set<DayToken> used_; ///< no token occurs twice in a query
};

} // namespace

std::vector<TrialQuery> ask(Trial const& trial, AskedTokens const& asked, EnrolledFile const& enrolled,
                            PartyId const& agency, crypto::Parallel const& parallel, TrialProgress const& progress) {
    std::vector<TrialQuery> queries(trial.left.groups.size());
    auto const work = [&](std::size_t group) -> Result<void> {
        auto const& rows = trial.left.groups[group];
        auto const described = describe_group(trial.left, rows);
        Ask query(trial, enrolled);
        for (std::size_t which = 0; which < rows.size(); ++which) {
            auto const tokens = tokens_of(trial_mode, described[which], asked.people[rows[which]].tokens, agency);
            queries[group].slots.push_back(query.slot(rows[which], tokens));
        }
        return ok();
    };
    static_cast<void>(for_each_group(trial.left, parallel, progress, work)); // `work` cannot fail
    return queries;
}

bool is_same(Trial const& trial, TrialSlot const& slot, std::int64_t candidate_row) {
    return trial.right.rows[static_cast<std::size_t>(candidate_row)].truth == trial.left.rows[slot.row].truth;
}

namespace {
void group_records(std::vector<Candidate>& candidates, TrialSlot const& slot, Points const& points, std::int32_t sure) {
    for (std::size_t i = 1; i < candidates.size() && !slot.own_pairs.empty(); ++i)
        for (std::size_t j = 0; j < i; ++j) {
            if (candidates[i].person == candidates[j].person) continue;
            auto const pair = std::find_if(slot.own_pairs.begin(), slot.own_pairs.end(), [&](OwnPair const& own) {
                return own.one == candidates[j].row && own.other == candidates[i].row;
            });
            if (pair == slot.own_pairs.end() || !surely_same(pair->levels, points, {sure, sure})) continue;
            auto const from = candidates[i].person;
            for (auto& candidate : candidates)
                if (candidate.person == from) candidate.person = candidates[j].person;
        }
}
} // namespace

std::vector<std::vector<Candidate>> judged_together(TrialQuery const& query, Points const& points, std::int32_t sure) {
    std::vector<std::vector<Candidate>> slots;
    slots.reserve(query.slots.size());
    for (auto const& slot : query.slots) {
        auto candidates = slot.candidates;
        for (auto& candidate : candidates) candidate.points = points.of_pair(candidate.levels);
        std::stable_sort(candidates.begin(), candidates.end(),
                         [](Candidate const& left, Candidate const& right) { return left.points > right.points; });
        if (candidates.size() > candidates_max) candidates.resize(candidates_max);
        group_records(candidates, slot, points, sure);
        slots.push_back(std::move(candidates));
    }
    return slots;
}

void judge_records(std::vector<std::vector<Candidate>>& slots, Points const& points, Thresholds thresholds) {
    judge(slots, points, thresholds);
    for (auto& slot : slots) {
        auto const sure = std::find_if(slot.begin(), slot.end(),
                                       [](Candidate const& candidate) { return candidate.match == Match::sure; });
        if (sure == slot.end()) continue;
        auto const person = sure->person; // of all that are sure: judge() sees to it
        for (auto& candidate : slot)
            if (candidate.person == person) candidate.match = Match::sure;
    }
}

namespace {
void add_same_person(Trial const& trial, TrialSlot& slot) {
    std::set<std::int64_t> there;
    Candidate const* sure = nullptr;
    for (auto const& candidate : slot.candidates) {
        there.insert(candidate.row);
        if (candidate.match == Match::sure) sure = &candidate;
    }
    if (sure == nullptr) return;
    Candidate more;
    more.person = sure->person;
    more.match = Match::sure;
    for (auto const row : trial.right.surroundings[static_cast<std::size_t>(sure->row)].same_person) {
        if (there.contains(row) || (trial.within && row <= slot.row)) continue;
        more.row = row;
        slot.candidates.push_back(more);
    }
}
} // namespace

void judge_trial(Trial const& trial, std::vector<TrialQuery>& queries, Points const& points, Thresholds thresholds) {
    for (auto& query : queries) {
        auto slots = judged_together(query, points, thresholds.sure);
        judge_records(slots, points, thresholds);
        for (std::size_t i = 0; i < slots.size(); ++i) {
            query.slots[i].candidates = std::move(slots[i]);
            add_same_person(trial, query.slots[i]);
        }
    }
}

} // namespace fanlight::protocol
