#pragma once
// One query against a large agency's people: what the bench "match" measures.

#include "bench.hpp"
#include "node/store/store.hpp"
#include "protocol/engine/slots.hpp"

namespace fanlight::bench {

/// Seconds, by the clock, that parts of a query took.
struct QueryParts {
    double find = 0;         ///< looking keys up
    double read = 0;         ///< rows of tokens: reading, decrypting; their day tokens
    double evidence = 0;     ///< comparing components
    double surroundings = 0; ///< names and household of candidates
    double one_person = 0;   ///< whether candidates are one person's records
    double judge = 0;
    std::uint64_t rows = 0;       ///< that were read
    std::uint64_t candidates = 0; ///< who share an anchor
    std::uint64_t sure = 0;       ///< slots with a sure match
    std::uint64_t keys = 0;       ///< looked up
};

/// What an agency needs beside its store.
struct Asked {
    Mode mode;
    protocol::IndexKey index;
    protocol::Points const& points;
    protocol::Thresholds thresholds;
};

/// As the engine does it (protocol/engine/agency_match.cpp), up to the judgement: adds to `parts`.
void match_query(node::Store const& store, Asked const& asked, std::vector<protocol::Slot> const& slots,
                 QueryParts& parts);

} // namespace fanlight::bench
