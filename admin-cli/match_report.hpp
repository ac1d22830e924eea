#pragma once
// What `fanlight match` says: figures as a table for people and as JSON for programs. Counts only, no personal data.

#include "protocol/trial/trial_figures.hpp"
#include "protocol/trial/trial_learn.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <vector>

namespace fanlight::cli {

/// How much of something a person takes.
struct PerPerson {
    std::uint64_t total = 0;
    std::uint64_t max = 0;
    void add(std::uint64_t of_one) {
        total += of_one;
        max = std::max(max, of_one);
    }
};

struct MatchStep {
    std::string name; ///< "read", "standardise", ...
    double seconds = 0;
    std::uint64_t people = 0; ///< who went through it
};

struct MatchReport {
    struct OfFile {
        std::string name;
        protocol::Figures figures;
    };
    std::string map;
    std::string left;
    std::uint64_t left_rows = 0;
    std::uint64_t limited_to = 0; ///< --limit; 0: none
    bool real_tokens = true;
    protocol::Thresholds thresholds;
    std::uint64_t features = 0;
    std::vector<OfFile> files;
    PerPerson anchors;
    PerPerson components;
    PerPerson evaluations;
    std::vector<MatchStep> steps;

    struct Duplicates {
        std::uint64_t groups = 0;
        std::uint64_t people = 0; ///< rows in them
        void add(protocol::SamePerson const& same) {
            groups += same.size();
            people += protocol::people_in(same);
        }
    };
    Duplicates left_duplicates;
    Duplicates right_duplicates; ///< of all files

    protocol::Figures pooled() const;
};

boost::json::object match_json(MatchReport const& report);
std::string match_text(MatchReport const& report);

boost::json::object learnt_json(protocol::Learnt const& learnt);
std::string learnt_text(protocol::Learnt const& learnt);

} // namespace fanlight::cli
