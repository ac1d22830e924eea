#include "node/http/matches_view.hpp"

#include "crypto/text.hpp"

#include <boost/json.hpp>

namespace fanlight::node {

namespace json = boost::json;

namespace {
constexpr std::size_t query_digits = 8; // enough to speak of one among those that are open
}

Result<json::object> matches_view(protocol::Agency const& agency, protocol::Records const& records, Instant now) {
    json::array matches;
    for (auto const& open : agency.open_matches(now)) {
        json::array candidates;
        for (auto const& candidate : open.candidates) {
            FANLIGHT_TRY(auto const record, records.person(candidate.row));
            if (!record) continue;
            candidates.push_back({{"record", record->id},
                                  {"words", protocol::in_words(candidate.levels)},
                                  {"points", candidate.points}});
        }
        matches.push_back({{"query", crypto::to_hex(open.query.view()).substr(0, query_digits)},
                           {"route", open.route},
                           {"deadline", to_text(open.deadline)},
                           {"candidates", std::move(candidates)}});
    }
    return json::object{{"matches", std::move(matches)}};
}

} // namespace fanlight::node
