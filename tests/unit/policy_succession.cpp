// From version to version: what may follow what, and who must have signed it.

#include "policy/succession.hpp"
#include "tests/unit/policy_breach.hpp"

#include <limits>

namespace fanlight::policy {

using namespace test;

namespace {

Agreement next_version() {
    auto agreement = practice_agreement();
    ++agreement.version;
    return agreement;
}

std::set<PartyId> everybody(Agreement const& agreement) {
    std::set<PartyId> ids;
    for (auto const& one : agreement.parties) ids.insert(one.id);
    return ids;
}

std::set<PartyId> parties(std::vector<char const*> const& ids) {
    std::set<PartyId> set;
    for (auto const* id : ids) set.insert(party(id));
    return set;
}

Succession after_change(std::function<void(Agreement&)> const& change) {
    auto after = next_version();
    change(after);
    return check_succession(practice_agreement(), after);
}

/// Leaves the text, its clauses and the tables that name it.
void leave(Agreement& agreement, std::string const& id) {
    remove_party(agreement, id);
    for (auto& basis : agreement.bases)
        basis.roles.erase(std::remove(basis.roles.begin(), basis.roles.end(), id), basis.roles.end());
}

} // namespace

TEST_CASE("succession: the next number, and the same federation") {
    CHECK(after_change([](Agreement&) {}).findings.empty());
    struct Row {
        char const* what;
        std::function<void(Agreement&)> change;
        char const* text;
    };
    auto const row = GENERATE(values<Row>({
        {"the same number", [](Agreement& a) { a.version = 1; }, "Version 1 does not follow version 1."},
        {"a number left out", [](Agreement& a) { a.version = 3; }, "Version 3 does not follow version 1."},
        {"back", [](Agreement& a) { a.version = 0; }, "Version 0 does not follow version 1."},
        {"live", [](Agreement& a) { a.mode = Mode::live; }, "A practice federation stays one"},
        {"another domain", [](Agreement& a) { a.domain = "practice.southbridge.example"; }, "The domain is another."},
        {"another coordinator", [](Agreement& a) { a.coordinator = party("housing"); }, "The coordinator is another."},
        {"a party lost", [](Agreement& a) { leave(a, "marac"); }, "The party marac is missing."},
        {"a party lost beside one that leaves",
         [](Agreement& a) {
             leave(a, "marac");
             leave(a, "refuge");
             a.removes = {party("refuge")};
         },
         "The party marac is missing."},
        {"removing nobody", [](Agreement& a) { a.removes = {party("fire_service")}; },
         "removes names fire_service, which was no party."},
        {"removing who stays", [](Agreement& a) { a.removes = {party("marac")}; },
         "removes names marac, which is a party of this version."},
    }));
    auto const succession = after_change(row.change);
    INFO(row.what << "\n" << all_of(succession.findings));
    auto const* finding = finding_with(succession.findings, row.text);
    REQUIRE(finding != nullptr);
    CHECK(finding->error);
    CHECK_FALSE(finding->mend.empty());
    CHECK(succession.findings.size() == 1);
}

TEST_CASE("succession: numbers do not come round") {
    auto before = practice_agreement();
    auto after = practice_agreement();
    before.version = std::numeric_limits<std::uint32_t>::max();
    after.version = 0;
    CHECK(finding_with(check_succession(before, after).findings, "Version 0 does not follow") != nullptr);
}

TEST_CASE("succession: the mend for a party that is missing names removes") {
    auto const succession = after_change([](Agreement& a) { leave(a, "marac"); });
    REQUIRE(succession.findings.size() == 1);
    CHECK(succession.findings[0].mend == "Add it, or list it in removes.");
}

TEST_CASE("succession: every party signs what changes parties, purposes or key holders") {
    struct Row {
        char const* what;
        std::function<void(Agreement&)> change;
    };
    auto const row = GENERATE(values<Row>({
        {"new keys of one", [](Agreement& a) { at(a, "housing").signing_key = dummy_vkey("x", 901); }},
        {"a new officer", [](Agreement& a) { at(a, "housing").officer = dummy_vkey("x", 901); }},
        {"a new data protection officer", [](Agreement& a) { at(a, "housing").dpo = dummy_vkey("x", 901); }},
        {"another duty contact", [](Agreement& a) { at(a, "housing").duty_contact = "01632 960199"; }},
        {"a day off", [](Agreement& a) { at(a, "probation").working_days = {std::chrono::Monday}; }},
        {"another purpose",
         [](Agreement& a) {
             a.purposes.push_back(a.purposes[1]);
             a.purposes.back().id = "another";
         }},
        {"another basis", [](Agreement& a) { a.bases[1].gateways.pop_back(); }},
        {"another holder", [](Agreement& a) { a.keys.holders[3] = party("mental_health"); }},
        {"another threshold", [](Agreement& a) { a.keys.threshold = 3; }},
    }));
    INFO(row.what);
    auto const succession = after_change(row.change);
    CHECK(all_of(succession.findings).empty());
    CHECK(succession.signers.must == everybody(practice_agreement()));
    CHECK(succession.signers.at_least == 12);
    CHECK(succession.signers.why == "Parties, purposes or key holders change, so every party signs.");
}

TEST_CASE("succession: who joins signs, and who leaves does not") {
    auto const joined = after_change([](Agreement& a) {
        auto more = at(a, "mental_health");
        more.id = party("camhs");
        more.name = "Mental Health of Children";
        more.signing_key = dummy_vkey("x", 901);
        more.officer = dummy_vkey("x", 902);
        more.dpo = dummy_vkey("x", 903);
        a.parties.push_back(more);
        std::sort(a.parties.begin(), a.parties.end(), [](auto const& x, auto const& y) { return x.id < y.id; });
    });
    CHECK(joined.findings.empty());
    CHECK(joined.signers.must.count(party("camhs")) == 1);
    CHECK(joined.signers.at_least == 13);

    auto const left = after_change([](Agreement& a) {
        leave(a, "marac");
        a.removes = {party("marac")};
    });
    CHECK(all_of(left.findings).empty());
    CHECK(left.signers.must.count(party("marac")) == 0);
    CHECK(left.signers.must.size() == 11);
    CHECK(left.signers.at_least == 11);
}

TEST_CASE("succession: otherwise those whose own clauses or wording change, and two thirds in all") {
    struct Row {
        char const* what;
        std::function<void(Agreement&)> change;
        std::vector<char const*> must;
    };
    auto const row = GENERATE(values<Row>({
        {"a date", [](Agreement& a) { a.effective_from += std::chrono::hours(1); }, {}},
        {"a budget", [](Agreement& a) { a.budgets.slots_per_day += 1; }, {}},
        {"a clause of one", [](Agreement& a) { remove_role(clause(a, "7.2"), "housing"); }, {"housing"}},
        {"a clause of two",
         [](Agreement& a) {
             remove_role(clause(a, "7.2"), "housing");
             remove_role(clause(a, "7.2"), "police");
         },
         {"housing", "police"}},
        {"the words of one", [](Agreement& a) { a.wording["education"][Colour::red] = "Now."; }, {"education"}},
        {"no more words of one", [](Agreement& a) { a.wording.erase("education"); }, {"education"}},
        {"words of one and a clause of another",
         [](Agreement& a) {
             a.wording["education"][Colour::blue] = "Later.";
             remove_role(clause(a, "7.2"), "housing");
         },
         {"education", "housing"}},
    }));
    INFO(row.what);
    auto const succession = after_change(row.change);
    CHECK(succession.findings.empty());
    CHECK(succession.signers.must == parties(row.must));
    CHECK(succession.signers.at_least == 8); // of 12
    for (auto const* id : row.must) CHECK(succession.signers.why.find(id) != std::string::npos);
    CHECK(succession.signers.why.find("8 of 12") != std::string::npos);
}

TEST_CASE("succession: every node of a role signs what changes the role's clauses or words") {
    auto before = practice_agreement();
    auto second = at(before, "housing");
    second.id = party("housing_two");
    before.parties.push_back(second);
    auto after = before;
    ++after.version;
    after.wording["housing"][Colour::red] = "Now.";
    CHECK(check_succession(before, after).signers.must == parties({"housing", "housing_two"}));
    after = before;
    remove_role(clause(after, "7.2"), "housing");
    CHECK(check_succession(before, after).signers.must == parties({"housing", "housing_two"}));
}

TEST_CASE("succession: two thirds are rounded up, of the parties of the version before") {
    struct Row {
        std::size_t parties;
        std::size_t at_least;
    };
    auto const row = GENERATE(Row{1, 1}, Row{2, 2}, Row{3, 2}, Row{4, 3}, Row{5, 4}, Row{6, 4}, Row{7, 5}, Row{12, 8},
                              Row{13, 9}, Row{64, 43});
    auto before = practice_agreement();
    auto const one = at(before, "coordinator");
    before.parties.clear();
    for (std::size_t i = 0; i < row.parties; ++i) {
        before.parties.push_back(one);
        if (i != 0) before.parties.back().id = party("p" + std::to_string(i));
    }
    auto after = before;
    ++after.version;
    CHECK(check_succession(before, after).signers.at_least == row.at_least);
}

TEST_CASE("succession: a proposal takes effect from now on, and within a year") {
    auto agreement = practice_agreement();
    auto const now = parse_instant("2026-11-22T12:00:00Z").value();
    struct Row {
        Duration ahead;
        char const* text; ///< empty: nothing
    };
    auto const row = GENERATE(Row{Duration(-1), "in the past"}, Row{Duration(0), ""}, Row{std::chrono::days(366), ""},
                              Row{std::chrono::days(366) + Duration(1), "over 366 days"});
    agreement.effective_from = now + row.ahead;
    auto const findings = check_proposal(agreement, now);
    REQUIRE(findings.size() == (*row.text == '\0' ? 0 : 1));
    if (findings.empty()) return;
    CHECK(findings[0].error);
    CHECK(findings[0].text.find(row.text) != std::string::npos);
    CHECK_FALSE(findings[0].mend.empty());
}

} // namespace fanlight::policy
