#include "match_query.hpp"

#include "crypto/labels.hpp"

#include <algorithm>
#include <map>

namespace fanlight::bench {

namespace {

using namespace protocol;

constexpr std::size_t candidates_max = 32; // as the engine

/// Adds the time until it goes out of scope.
class Timed {
  public:
    explicit Timed(double& sum) : sum_(sum), start_(now_s()) {}
    ~Timed() { sum_ += now_s() - start_; }
    Timed(Timed const&) = delete;
    Timed& operator=(Timed const&) = delete;

  private:
    double& sum_;
    double start_;
};

class Matching {
  public:
    Matching(node::Store const& store, Asked const& asked, QueryParts& parts)
        : store_(store), asked_(asked), parts_(parts) {}

    void run(std::vector<Slot> const& slots) {
        std::vector<std::vector<Candidate>> candidates;
        for (auto const& slot : slots) candidates.push_back(candidates_of(slot));
        Timed const timed(parts_.judge);
        judge(candidates, asked_.points, asked_.thresholds);
        for (auto const& of_slot : candidates)
            if (!of_slot.empty() && of_slot[0].match == Match::sure) ++parts_.sure;
    }

  private:
    struct Ours {
        PersonTokens tokens;
        std::vector<DayToken> keys;
        std::optional<Surroundings> surroundings{};
        std::optional<Descriptors> clear{};
    };

    Ours& read(RecordRow row) {
        if (auto const known = people_.find(row); known != people_.end()) return known->second;
        Timed const timed(parts_.read);
        ++parts_.rows;
        Ours ours{must(store_.tokens(asked_.index.epoch, row), "tokens"), {}};
        for (auto const& anchor : ours.tokens.anchors)
            ours.keys.push_back(day_token(asked_.mode, anchor.secret, asked_.index.day));
        return people_.emplace(row, std::move(ours)).first->second;
    }

    std::vector<RecordRow> find(DayToken const& key) {
        Timed const timed(parts_.find);
        ++parts_.keys;
        return must(store_.find(asked_.index, key), "find");
    }

    std::map<RecordRow, Evidence> evidence_of(Slot const& slot) {
        std::map<RecordRow, Evidence> found;
        for (std::size_t i = 0; i < slot.keys.size(); ++i)
            for (auto const row : find(slot.keys[i])) {
                auto const& ours = read(row);
                Timed const timed(parts_.evidence);
                auto const key = std::find(ours.keys.begin(), ours.keys.end(), slot.keys[i]);
                if (key == ours.keys.end()) continue; // the index finds some too many
                add_evidence(asked_.mode, asked_.index.day, key_of(slot, i), ours.tokens,
                             static_cast<std::size_t>(key - ours.keys.begin()), found[row]);
            }
        return found;
    }

    Surroundings const& surroundings(RecordRow row, Ours& ours) {
        Timed const timed(parts_.surroundings);
        if (!ours.surroundings) ours.surroundings = must(store_.surroundings(row), "surroundings");
        return *ours.surroundings;
    }

    std::vector<Candidate> candidates_of(Slot const& slot) {
        std::vector<Candidate> candidates;
        for (auto const& [row, shown] : evidence_of(slot)) {
            auto const& around = surroundings(row, read(row));
            Candidate candidate;
            candidate.row = row;
            candidate.household = around.household;
            candidate.others_there = candidate.household != 0;
            candidate.person = static_cast<std::uint64_t>(row);
            candidate.levels = levels_of(shown, around.names);
            candidate.points = asked_.points.of_pair(candidate.levels);
            candidates.push_back(candidate);
        }
        parts_.candidates += candidates.size();
        std::stable_sort(candidates.begin(), candidates.end(),
                         [](Candidate const& left, Candidate const& right) { return left.points > right.points; });
        if (candidates.size() > candidates_max) candidates.resize(candidates_max);
        Timed const timed(parts_.one_person);
        for (std::size_t i = 1; i < candidates.size(); ++i)
            for (std::size_t j = 0; j < i; ++j)
                if (one_person(candidates[j].row, candidates[i].row)) candidates[i].person = candidates[j].person;
        return candidates;
    }

    Descriptors const& in_clear(RecordRow row) {
        auto& ours = read(row);
        if (!ours.clear) {
            auto const record = must(store_.person(row), "record");
            auto const anchor_label = crypto::label(asked_.mode, crypto::Label::anchor);
            auto const component_label = crypto::label(asked_.mode, crypto::Label::component);
            ours.clear = descriptors_of(std::vector{record->identity}, 0, {anchor_label, component_label});
        }
        return *ours.clear;
    }

    bool one_person(RecordRow one, RecordRow other) {
        auto const& first = in_clear(one);
        auto const shown = compare(first, in_clear(other));
        if (shown.anchors == 0) return false;
        Candidate candidate;
        candidate.levels = levels_of(shown, people_.at(other).surroundings->names);
        return asked_.points.of_pair(candidate.levels) >= asked_.thresholds.sure;
    }

    node::Store const& store_;
    Asked const& asked_;
    QueryParts& parts_;
    std::map<RecordRow, Ours> people_;
};

} // namespace

void match_query(node::Store const& store, Asked const& asked, std::vector<Slot> const& slots, QueryParts& parts) {
    Matching(store, asked, parts).run(slots);
}

} // namespace fanlight::bench
