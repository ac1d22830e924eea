// Whom the slots of a query are about, as far as this agency can tell (docs/protocol.md, sections 7 and 9): all slots
// together, because who was found in a household speaks for the others.
//
//   day tokens --index--> rows --stored tokens--> evidence --names, household--> candidates --judge--> a reply's ground

#include "protocol/engine/agency.hpp"

#include <algorithm>
#include <cassert>
#include <map>
#include <set>
#include <tuple>

namespace fanlight::protocol {

namespace {
/// Of one slot, the best by points: what comes behind them is neither sure nor shown, and a name that a thousand
/// records share must not take minutes.
constexpr std::size_t candidates_max = 32;

} // namespace

Agency::Agency(Self const& self, Post& post, TokenClient& tokens, Epochs& epochs, Gate& gate, Records const& records)
    : self_(self), post_(post), epochs_(epochs), gate_(gate), records_(records), decider_(self.agreement),
      points_(points_of(self.agreement.matching)), enrolment_(self, post, tokens, epochs, records) {}

void Agency::agreement_changed() {
    decider_ = policy::Decider(self_.agreement);
    points_ = points_of(self_.agreement.matching);
}

/// One query against this agency's people. Each of them is read once.
class Agency::Matching {
  public:
    Matching(Agency const& agency, Instant now, Query const& query)
        : agency_(agency), now_(now), query_(query), mode_(agency.self_.mode()),
          thresholds_(thresholds_of(agency.self_.agreement.matching)) {}

    Result<std::vector<Found>> run() {
        std::vector<std::vector<Candidate>> candidates;
        for (auto const& slot : query_.slots) {
            FANLIGHT_TRY(auto of_slot, candidates_of(slot));
            candidates.push_back(std::move(of_slot));
        }
        judge(candidates, agency_.points_, thresholds_);
        std::vector<Found> found;
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            FANLIGHT_TRY(auto one, outcome(query_.slots[i], candidates[i]));
            found.push_back(std::move(one));
        }
        return found;
    }

  private:
    struct Ours {
        PersonTokens tokens;
        std::vector<DayToken> keys; ///< of its anchors, in their order
        std::optional<Surroundings> surroundings{};
    };

    Result<Ours*> read(RecordRow row) {
        if (auto const known = people_.find(row); known != people_.end()) return &known->second;
        FANLIGHT_TRY(auto tokens, agency_.records_.tokens(query_.epoch, row));
        Ours ours{std::move(tokens), {}};
        for (auto const& anchor : ours.tokens.anchors) ours.keys.push_back(day_token(mode_, anchor.secret, query_.day));
        return &people_.emplace(row, std::move(ours)).first->second;
    }

    Result<NameCounts> names(RecordRow row, Ours& ours) {
        if (!ours.surroundings) {
            FANLIGHT_TRY(ours.surroundings, agency_.records_.surroundings(row));
        }
        return ours.surroundings->names;
    }

    Result<std::map<RecordRow, Evidence>> evidence_of(Slot const& slot) {
        std::map<RecordRow, Evidence> found;
        for (std::size_t i = 0; i < slot.keys.size(); ++i) {
            FANLIGHT_TRY(auto const rows, agency_.records_.find(IndexKey{query_.epoch, query_.day}, slot.keys[i]));
            for (auto const row : rows) {
                FANLIGHT_TRY(auto* const ours, read(row));
                auto const key = std::find(ours->keys.begin(), ours->keys.end(), slot.keys[i]);
                if (key == ours->keys.end()) continue; // the index finds some too many
                auto const anchor = static_cast<std::size_t>(key - ours->keys.begin());
                add_evidence(mode_, query_.day, key_of(slot, i), ours->tokens, anchor, found[row]);
            }
        }
        return found;
    }

    Result<std::vector<Candidate>> candidates_of(Slot const& slot) {
        FANLIGHT_TRY(auto const evidence, evidence_of(slot));
        std::vector<Candidate> candidates;
        for (auto const& [row, shown] : evidence) {
            FANLIGHT_TRY(auto* const ours, read(row));
            FANLIGHT_TRY(auto const counts, names(row, *ours));
            Candidate candidate;
            candidate.row = row;
            candidate.household = ours->surroundings->household;
            candidate.others_there = candidate.household != 0;
            // Records that are one person's, as the last import found, have one number: the first one's.
            auto const& all = ours->surroundings->same_person;
            candidate.person = static_cast<std::uint64_t>(all.empty() ? row : all.front());
            candidate.levels = levels_of(shown, counts);
            candidate.points = agency_.points_.of_pair(candidate.levels);
            candidates.push_back(candidate);
        }
        std::stable_sort(candidates.begin(), candidates.end(),
                         [](Candidate const& left, Candidate const& right) { return left.points > right.points; });
        if (candidates.size() > candidates_max) candidates.resize(candidates_max);
        return candidates;
    }

    Result<Found> outcome(Slot const& slot, std::vector<Candidate> const& candidates) {
        Found found;
        std::set<RecordRow> rows; // of the one person who is sure
        for (auto const& candidate : candidates) {
            if (candidate.match == Match::none) continue;
            if (candidate.match == Match::unsure) {
                found.unsure.push_back({candidate.row, candidate.levels, candidate.points});
                continue;
            }
            FANLIGHT_TRY(auto const* const ours, read(candidate.row));
            rows.insert(candidate.row);
            rows.insert(ours->surroundings->same_person.begin(), ours->surroundings->same_person.end());
            if (!found.context) found.context = context_by(slot, *ours);
        }
        if (!rows.empty()) {
            FANLIGHT_TRY(speaker(rows, found));
            found.match = Match::sure;
            found.unsure.clear();
        } else if (!found.unsure.empty()) {
            found.match = Match::unsure;
        }
        return found;
    }

    /// Which of a person's records speaks: of those with a rating that is fresh the worst, then the one rated last. So
    /// neither a record without a rating nor a milder one hides a Red. Open to the agency is who is in one of them.
    Result<void> speaker(std::set<RecordRow> const& rows, Found& found) {
        using Rank = std::tuple<std::uint8_t, std::optional<Day>>; // colour if it is fresh; 0: it is not
        std::optional<Rank> best;
        for (auto const row : rows) {
            FANLIGHT_TRY(auto const record, agency_.records_.person(row));
            if (!record) return fail(Errc::damaged, "record of an indexed person");
            found.open = found.open || record->open;
            Rank rank;
            if (record->rating) {
                bool const fresh = agency_.is_fresh(now_, *record->rating);
                rank = {fresh ? static_cast<std::uint8_t>(record->rating->colour) : std::uint8_t(0),
                        record->rating->rated_on};
            }
            if (best && rank <= *best) continue;
            best = rank;
            found.row = row;
        }
        return ok();
    }

    /// A strong anchor that both have opens the context.
    std::optional<Context> context_by(Slot const& slot, Ours const& ours) const {
        for (std::size_t i = 0; i < ours.keys.size(); ++i) {
            auto const& anchor = ours.tokens.anchors[i];
            bool const shared = std::find(slot.keys.begin(), slot.keys.end(), ours.keys[i]) != slot.keys.end();
            if (!shared || !is_strong(anchor.kind)) continue;
            if (auto context = open_context(mode_, slot, anchor.secret)) return context;
        }
        return std::nullopt;
    }

    Agency const& agency_;
    Instant now_;
    Query const& query_;
    Mode mode_;
    Thresholds thresholds_;
    std::map<RecordRow, Ours> people_;
};

Result<std::vector<Agency::Found>> Agency::match(Instant now, Query const& query) const {
    return Matching(*this, now, query).run();
}

std::vector<Agency::OpenMatch> Agency::open_matches(Instant now) const {
    auto const route_of = [&](Received const& received) {
        auto const* version = self_.version(received.agreement);
        bool const known = version != nullptr && received.route < version->routes.size();
        return known ? version->routes[received.route].name : std::string("unknown");
    };
    std::vector<OpenMatch> open;
    for (auto const& [id, received] : received_) {
        if (received.expiry <= now) continue;
        for (auto const& slot : received.slots)
            if (!slot.unsure.empty()) open.push_back({id, route_of(received), received.deadline, slot.unsure});
    }
    std::stable_sort(open.begin(), open.end(),
                     [](OpenMatch const& left, OpenMatch const& right) { return left.deadline < right.deadline; });
    return open;
}

void Agency::matches_viewed(Instant now, Effects& effects) const {
    LeafDraft draft(self_, now);
    draft.add(crypto::FieldTag::text, "unsure matches shown");
    std::move(draft.number(crypto::FieldTag::count, open_matches(now).size()))
        .write(crypto::LeafClass::admin, {}, effects);
}

} // namespace fanlight::protocol
