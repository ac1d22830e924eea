#pragma once
// Small made-up files for tests of trials.

#include "protocol/trial/trial_figures.hpp"
#include "protocol/trial/trial_learn.hpp"

#include <string>
#include <vector>

namespace fanlight::protocol::match_test {

struct Planted {
    std::string id;
    std::string truth;
    std::string household;
    std::string forename;
    std::string surname;
    std::string date; ///< "2016-03-09" or empty
    std::string postcode = "QX1 1AA";
    std::string premises = "1";
};

inline TrialRow row_of(Planted const& planted) {
    TrialRow row;
    row.id = planted.id;
    row.truth = planted.truth;
    row.household_id = planted.household;
    row.identity.names.push_back({planted.forename, planted.surname});
    if (!planted.date.empty()) row.identity.date_of_birth = parse_day(planted.date).value();
    row.identity.addresses.push_back({planted.premises, "High Street", "", planted.postcode, ""});
    return row;
}

inline TrialFile file_of(TrialSide side, std::vector<Planted> const& planted,
                         Grouping grouping = Grouping::by_household_id, TrialPoints const* by = nullptr) {
    std::vector<TrialRow> rows;
    for (auto const& one : planted) rows.push_back(row_of(one));
    return prepare_trial(std::move(rows), side, grouping, crypto::one_thread(), by);
}

/// Asks with hashed tokens, or with those of `source`.
inline std::vector<TrialQuery> ask_all(Trial const& trial, TokenSource const& source = HashedTokens()) {
    TrialTools const tools{source, crypto::one_thread(), {}};
    auto const agency = PartyId::parse("agency-1").value();
    auto const asked = tokens_of_asked(trial.left, tools);
    auto const enrolled = enrol_file(trial.right, agency, tools);
    return ask(trial, asked.value(), enrolled.value(), agency, crypto::one_thread(), {});
}

/// So many different people, three to a household, with errors in the other file's dates.
inline std::vector<Planted> generated(std::size_t count, bool with_errors) {
    static constexpr char const* forenames[] = {"Ada",       "Bridget", "Conrad", "Delroy", "Edwina", "Fergus",
                                                "Gwendolen", "Hamish",  "Ingrid", "Jolyon", "Kezia"};
    static constexpr char const* surnames[] = {"Ottermere", "Pillbrow",  "Quennell",  "Rushbrook",
                                               "Silkstone", "Trelawney", "Umfreville"};
    std::vector<Planted> people;
    for (std::size_t i = 0; i < count; ++i) {
        auto const household = std::to_string(i / 3);
        auto const day = 10 + (i * 7) % 18;
        auto const year = 1950 + (i * 13) % 60;
        bool const wrong = with_errors && i % 5 == 0;
        auto const date =
            std::to_string(year) + "-0" + std::to_string(1 + i % 9) + "-" + std::to_string(wrong ? day + 1 : day);
        people.push_back(
            {(with_errors ? "r" : "l") + std::to_string(i), "t" + std::to_string(i), household, forenames[i % 11],
             surnames[(i / 3) % 7], date,
             "QX" + std::to_string(1 + (i / 3) % 9) + " 1A" + std::string(1, static_cast<char>('A' + (i / 27) % 20)),
             std::to_string(1 + i / 3)});
    }
    return people;
}

} // namespace fanlight::protocol::match_test
