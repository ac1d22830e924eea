// The tables of law, documents and outcomes, and the later keys of parties, purposes, routes and clauses: what the
// practice agreement says there is read, and everything else is refused with its line and a mend.

#include "base/limits.hpp"
#include "policy/text.hpp"
#include "tests/unit/policy_fixture.hpp"

#include <algorithm>
#include <chrono>
#include <set>

namespace fanlight::policy {

using namespace test;

TEST_CASE("parse: the practice agreement says why it is lawful, for each role and purpose") {
    auto const agreement = practice_agreement();
    REQUIRE(agreement.bases.size() == 3);
    CHECK(agreement.bases[0].purposes == std::vector<std::string>{"safeguarding_children"});
    CHECK(agreement.bases[0].gateways.size() == 3);
    CHECK(agreement.bases[2].purposes.empty());
    std::map<std::string, std::string> article_6;
    for (auto const& basis : agreement.bases) {
        CHECK(basis.article_9.find("9(2)(g)") != std::string::npos);
        CHECK(basis.article_10.find("section 10(5)") != std::string::npos);
        CHECK(basis.schedule_1.find("paragraph 18") != std::string::npos);
        for (auto const& role : basis.roles) article_6[role] = basis.article_6.substr(0, basis.article_6.find(':'));
    }
    for (auto const* authority : {"police", "social_care", "health", "education", "mental_health", "probation"})
        CHECK(article_6[authority] == "UK GDPR Article 6(1)(e)");
    for (auto const* charity : {"domestic_abuse", "substance_misuse", "refuge", "housing"})
        CHECK(article_6[charity] == "UK GDPR Article 6(1)(ea)");
    CHECK(article_6.size() == agreement.parties.size());

    REQUIRE(agreement.documents.size() == 3);
    CHECK(agreement.documents[0].kind == DocumentKind::dpia);
    CHECK(agreement.documents[1].kind == DocumentKind::appropriate_policy_document);
    CHECK(agreement.documents[2].kind == DocumentKind::legal_advice);
    CHECK(to_text(agreement.documents[0].dated) == "2025-11-03");
    CHECK(to_text(agreement.documents[0].review_by) == "2027-12-31");
}

TEST_CASE("parse: the practice agreement ends no case of abuse at nothing, and times its meetings") {
    auto const agreement = practice_agreement();
    std::set<OutcomeLevel> levels;
    for (auto const& outcome : agreement.outcomes) {
        levels.insert(outcome.level);
        CHECK(outcome.where_domestic_abuse == (outcome.level != OutcomeLevel::closure));
        CHECK(outcome.needs_consent_state == (outcome.level == OutcomeLevel::early_help)); // requirement E7
        CHECK_FALSE(outcome.name.empty());
    }
    CHECK(levels.size() == 5);
    CHECK(agreement.routes.at(0).meeting_within == std::chrono::hours(24));
    CHECK(agreement.routes.at(1).meeting_within == std::chrono::days(14));
    for (auto const& purpose : agreement.purposes) CHECK(purpose.sources.empty());
    for (auto const& one : agreement.parties) {
        bool const probation = one.role == "probation"; // requirement C8
        CHECK(one.working_days == (probation ? std::vector{std::chrono::Friday} : std::vector<std::chrono::weekday>{}));
        CHECK(one.archive_of.empty());
        CHECK_FALSE(one.fixed_time_replies);
    }
    CHECK(agreement.rules.blue_reason.empty());
    CHECK(agreement.removes.empty());
    CHECK(agreement.coordinator_role() == "coordinator");
}

TEST_CASE(
    "parse: one word promotes an optional agency to core, and another agency joins by its party and its clauses") {
    auto const promoted = [](std::string const& id) {
        auto text = practice_text();
        auto const start = text.find("id = \"" + id + "\"");
        REQUIRE(start != std::string::npos);
        auto const word = text.find("asked = \"", start) + 9;
        text.replace(word, text.find('"', word) - word, "core");
        auto parsed = parse_agreement(text);
        INFO(id << "\n" << all_of(parsed.findings));
        REQUIRE(parsed.agreement);
        CHECK(parsed.findings.empty());
        CHECK(parsed.agreement->find(party(id))->asked == Asked::core);
    };
    for (auto const* id : {"mental_health", "refuge", "marac", "probation"}) promoted(id);

    for (std::string const role : {"early_help", "youth_justice", "camhs", "adult_social_care", "hospital"}) {
        auto text = practice_text();
        auto const start = text.find("[[party]]\nid = \"mental_health\"");
        auto entry = text.substr(start, text.find("\n\n", start) + 2 - start);
        for (auto const* key : {"id = \"", "role = \""})
            entry = replaced(entry, key + std::string("mental_health\""), key + role + "\"");
        entry = replaced(entry, "name = \"Mental Health\"", "name = \"Another: " + role + "\"");
        for (unsigned number : {901U, 902U, 903U}) {
            auto const key = entry.find("AQx");
            REQUIRE(key != std::string::npos);
            entry.replace(key, 44, "AQy" + std::string(38, 'y') + std::to_string(number));
        }
        text.insert(start, entry);
        // Wherever mental health has a place, the new role has one.
        std::string const place = "\"mental_health\"";
        for (auto at = text.find("roles = [\"", 0); at != std::string::npos; at = text.find("roles = [\"", at + 1)) {
            auto const end = text.find(']', at);
            auto const found = text.find(place, at);
            if (found < end) text.insert(found, "\"" + role + "\", ");
        }
        text += "[wording." + role + "]\nred = \"r\"\namber = \"a\"\ngreen = \"g\"\nblue = \"b\"\n";
        auto const parsed = parse_agreement(text);
        INFO(role << "\n" << all_of(parsed.findings));
        REQUIRE(parsed.agreement);
        CHECK(parsed.findings.empty());
        CHECK(parsed.agreement->find(party(role))->asked == Asked::optional);
    }
}

TEST_CASE("parse: later keys are read") {
    auto text = practice_text();
    text = replaced(text, "people = 200\n",
                    "people = 200\nfixed_time_replies = true\narchive_of = \"Former Homes\"\n"
                    "working_days = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\"]\n");
    text = replaced(text, "domestic_abuse = true\n",
                    "domestic_abuse = true\nsources = [\"police\", \"agency\", \"school\", \"health\", \"self\", "
                    "\"family_or_friend\", \"public\"]\n");
    text = replaced(text, "blue_where_domestic_abuse = false",
                    "blue_where_domestic_abuse = true\nblue_reason = \"Old incidents.\"");
    text = replaced(text, "coordinator = \"coordinator\"\n",
                    "coordinator = \"coordinator\"\nremoves = [\"former\", \"older\"]\n");
    text = replaced(text, "when = [\"own_red_or_amber\"]",
                    "to = [\"coordinator\"]\nabout = [\"child\", \"causing_harm\", \"adult_at_risk\", \"other\"]\n"
                    "when = [\"own_red_or_amber\", \"domestic_abuse\", \"dash_high\", \"consent_given\", "
                    "\"consent_refused\"]");
    text = replaced(text, "kind = \"legal_advice\"", "kind = \"ico_consultation\"\nroles = [\"police\"]");
    text = replaced(text, "level = \"closure\"\nwhere_domestic_abuse = false", "level = \"closure\"");
    auto const parsed = parse_agreement(text);
    INFO(all_of(parsed.findings));
    REQUIRE(parsed.agreement);
    auto const& agreement = *parsed.agreement;
    auto const& housing = *agreement.find(party("housing"));
    CHECK(housing.fixed_time_replies);
    CHECK(housing.archive_of == "Former Homes");
    CHECK(housing.working_days == std::vector{std::chrono::Monday, std::chrono::Tuesday, std::chrono::Wednesday,
                                              std::chrono::Thursday, std::chrono::Friday, std::chrono::Saturday,
                                              std::chrono::Sunday});
    CHECK(agreement.purposes[0].sources == std::vector{Source::police, Source::agency, Source::school, Source::health,
                                                       Source::self, Source::family_or_friend, Source::public_member});
    CHECK(agreement.purposes[1].sources.empty());
    CHECK(agreement.rules.blue_reason == "Old incidents.");
    CHECK(agreement.removes == std::vector{party("former"), party("older")});
    auto const clause = std::find_if(agreement.clauses.begin(), agreement.clauses.end(),
                                     [](Clause const& one) { return one.id == "7.2"; });
    REQUIRE(clause != agreement.clauses.end());
    CHECK(clause->to == std::vector<std::string>{"coordinator"});
    CHECK(clause->about == std::vector{Subject::child, Subject::causing_harm, Subject::adult_at_risk, Subject::other});
    CHECK(clause->when == std::vector{Condition::own_red_or_amber, Condition::domestic_abuse, Condition::dash_high,
                                      Condition::consent_given, Condition::consent_refused});
    CHECK(agreement.documents[2].kind == DocumentKind::ico_consultation);
    CHECK(agreement.documents[2].roles == std::vector<std::string>{"police"});
    CHECK_FALSE(agreement.outcomes.back().where_domestic_abuse); // of a closure, unless it says otherwise
}

TEST_CASE("parse: a later key of another type, or with an unknown value, is refused") {
    struct Row {
        char const* what;
        char const* from;
        char const* to;
        char const* place; ///< the end of the finding's place
        char const* text;  ///< in the finding's text or mend
    };
    auto const row = GENERATE(values<Row>({
        {"a flag in words", "people = 200", "people = 200\nfixed_time_replies = \"yes\"",
         "party housing, fixed_time_replies", "neither true nor false"},
        {"an archive of a number", "people = 200", "people = 200\narchive_of = 3", "party housing, archive_of",
         "not a text"},
        {"an archive of nobody", "people = 200", "people = 200\narchive_of = \"\"", "party housing, archive_of",
         "empty"},
        {"a day in full", "working_days = [\"fri\"]", "working_days = [\"friday\"]", "party probation, working_days",
         "mon, tue, wed, thu, fri, sat or sun"},
        {"no list of days", "working_days = [\"fri\"]", "working_days = \"fri\"", "party probation, working_days",
         "not a list"},
        {"no day at all", "working_days = [\"fri\"]", "working_days = []", "party probation, working_days",
         "not a list"},
        {"an unknown source", "domestic_abuse = true", "domestic_abuse = true\nsources = [\"neighbour\"]",
         "purpose safeguarding_children, sources", "family_or_friend or public"},
        {"a source by its number", "domestic_abuse = true", "domestic_abuse = true\nsources = [1]",
         "purpose safeguarding_children, sources", "not a text"},
        {"the former key of the basis", "domestic_abuse = true", "domestic_abuse = true\nlawful_basis = \"Article 6\"",
         "purpose safeguarding_children", "Write [[basis]]"},
        {"a basis in single brackets", "[[document]]\nkind = \"dpia\"",
         "[outcomes]\na = 1\n[[document]]\nkind = \"dpia\"", "agreement file", "'outcomes'"},
        {"a basis without article 6", "article_6 = ", "article_66 = ", "basis number 1", "no article_6"},
        {"an article as a number", "article_9 = \"UK GDPR Article 9(2)(g): substantial public interest\"",
         "article_9 = 9", "basis number 1, article_9", "not a text"},
        {"article 10 as a list", "article_10 = \"UK GDPR Article 10 with Data Protection Act 2018 section 10(5)\"",
         "article_10 = [\"10\"]", "basis number 1, article_10", "not a text"},
        {"a schedule as a number", "schedule_1 = \"Data", "schedule_1 = 18 # \"Data", "basis number 1, schedule_1",
         "not a text"},
        {"gateways in one text", "gateways = [\"Care Act 2014 sections 42 to 45\", ",
         "gateways = \"Care Act 2014\" # [", "basis number 2, gateways", "not a list"},
        {"a basis of one role", "[[basis]]\nroles = [\"police\", ", "[[basis]]\nroles = \"police\" # [",
         "basis number 1, roles", "not a list"},
        {"a basis of one purpose", "purposes = [\"safeguarding_adults\"]\narticle_6",
         "purposes = \"safeguarding_adults\"\narticle_6", "basis number 2, purposes", "not a list"},
        {"an unknown key of a basis", "[[basis]]", "[[basis]]\nconsent = true", "basis number 1", "'consent'"},
        {"an unknown kind", "kind = \"dpia\"", "kind = \"memo\"", "document number 1, kind",
         "dpia, appropriate_policy_document"},
        {"no title", "title = \"Advice", "titel = \"Advice", "document number 3", "no title"},
        {"no date", "dated = \"2025-11-03\"\n", "", "document number 1", "no dated"},
        {"no review", "review_by = \"2027-12-31\"\n\n[[document]]", "\n[[document]]", "document number 1",
         "no review_by"},
        {"a date that does not exist", "dated = \"2025-11-03\"", "dated = \"2025-11-31\"", "document number 1, dated",
         "'2025-11-31'"},
        {"a document of one role", "kind = \"dpia\"", "kind = \"dpia\"\nroles = \"police\"", "document number 1, roles",
         "not a list"},
        {"an unknown key of a document", "kind = \"dpia\"", "kind = \"dpia\"\nfile = \"a.pdf\"", "document number 1",
         "'file'"},
        {"an unknown level", "level = \"early_help\"", "level = \"nfa\"", "outcome early_help, level",
         "section_17, early_help, other_agency or closure"},
        {"no level", "level = \"early_help\"\n", "", "outcome early_help", "no level"},
        {"an outcome without a name", "name = \"Referral to Marac\"", "nam = \"Referral to Marac\"", "outcome marac",
         "no name"},
        {"where abuse is in words", "where_domestic_abuse = false", "where_domestic_abuse = \"no\"",
         "outcome no_further_action, where_domestic_abuse", "neither true nor false"},
        {"consent in words", "needs_consent_state = true", "needs_consent_state = \"yes\"",
         "outcome early_help, needs_consent_state", "neither true nor false"},
        {"an unknown key of an outcome", "needs_consent_state = true", "needs_consent = true", "outcome early_help",
         "'needs_consent'"},
        {"a meeting in words", "meeting_within = \"14d\"", "meeting_within = \"two weeks\"",
         "route standard, meeting_within", "'two weeks'"},
        {"a meeting as a number", "meeting_within = \"14d\"", "meeting_within = 14", "route standard, meeting_within",
         "not a text"},
        {"a reason that is a flag", "individual_rating", "blue_reason = true\nindividual_rating", "rules, blue_reason",
         "not a text"},
        {"removes one in a text", "version = 1\n", "version = 1\nremoves = \"former\"\n", "agreement, removes",
         "not a list"},
        {"removes what has no id", "version = 1\n", "version = 1\nremoves = [\"Former Party\"]\n", "agreement, removes",
         "'Former Party'"},
        {"to one in a text", "stage = 2", "to = \"police\"\nstage = 2", "clause 7.1, to", "not a list"},
        {"about an unknown subject", "stage = 2", "about = [\"parent\"]\nstage = 2", "clause 7.1, about",
         "child, causing_harm, adult_at_risk or other"},
        {"about nobody by name", "stage = 2", "about = [\"unknown\"]\nstage = 2", "clause 7.1, about", "'unknown'"},
        {"a condition that asks for no consent", "when = [\"marac_threshold\"]", "when = [\"no_consent\"]",
         "clause 7.1, when", "consent_given or consent_refused"},
        {"not known as a colour", "fields = [\"colour\"]", "fields = [\"colour\"]\ncolours = [\"not_known\"]",
         "clause 4.1, colours", "not known is no colour"},
        {"no reply as a colour", "fields = [\"colour\"]", "fields = [\"colour\"]\ncolours = [\"no_reply\"]",
         "clause 4.1, colours", "no other reply is a colour"},
        {"wording for not known", "[wording.housing]", "[wording.housing]\nnot_known = \"Fine.\"", "wording.housing",
         "Not known, not shared and no reply are never one"},
        {"wording for unsure", "[wording.housing]", "[wording.housing]\nunsure_match = \"Fine.\"", "wording.housing",
         "Not known, not shared and no reply are never one"},
        {"not known as a rule", "dash_high = 14", "dash_high = 14\nnot_known_is_green = true", "rules",
         "Not known, not shared and no reply are never one"},
        {"an address as a field", "fields = [\"themes\"", "fields = [\"address\", \"themes\"", "clause 7.1, fields",
         "no agreement can let an address, a telephone number, or the name of a school or refuge leave"},
        {"free text as a field", "fields = [\"themes\"", "fields = [\"notes\", \"themes\"", "clause 7.1, fields",
         "Use a field of the language (docs/agreement.md); free text is not."},
        {"a telephone as a field", "fields = [\"themes\"", "fields = [\"telephone_number\", \"themes\"",
         "clause 7.1, fields", "no agreement can let"},
        {"a school as a field", "fields = [\"themes\"", "fields = [\"school_name\", \"themes\"", "clause 7.1, fields",
         "no agreement can let"},
        {"a refuge as a field", "fields = [\"themes\"", "fields = [\"refuge_name\", \"themes\"", "clause 7.1, fields",
         "no agreement can let"},
        {"a postcode as a key", "stage = 2", "postcodes = true\nstage = 2", "clause 7.1", "no agreement can let"},
    }));
    auto const parsed = parse_agreement(replaced(practice_text(), row.from, row.to));
    INFO(row.what << "\n" << all_of(parsed.findings));
    CHECK_FALSE(parsed.agreement);
    bool const found = std::any_of(parsed.findings.begin(), parsed.findings.end(), [&](Finding const& finding) {
        auto const place = std::string(row.place);
        bool const here = finding.place.size() >= place.size() && finding.place.rfind("line ", 0) == 0 &&
                          finding.place.compare(finding.place.size() - place.size(), place.size(), place) == 0;
        return finding.error && here && (finding.text + finding.mend).find(row.text) != std::string::npos &&
               !finding.mend.empty();
    });
    CHECK(found);
}

TEST_CASE("parse: tables of law and outcomes in single brackets, and more of them than there is room for") {
    struct Row {
        char const* table;
        std::size_t max;
        char const* body;
    };
    auto const row = GENERATE(values<Row>({
        {"basis", bases_max, "article_6 = \"6(1)(e)\"\n"},
        {"document", documents_max,
         "kind = \"legal_advice\"\ntitle = \"t\"\ndated = \"2025-01-01\"\nreview_by = \"2028-01-01\"\n"},
        {"outcome", outcomes_max, "id = \"number\"\nname = \"n\"\nlevel = \"other_agency\"\n"},
    }));
    auto const brackets = std::string("[[") + row.table + "]]\n";
    auto const base = practice_text();
    std::size_t there = 0;
    for (auto at = base.find(brackets); at != std::string::npos; at = base.find(brackets, at + 1)) ++there;
    auto const with = [&](std::size_t count) {
        std::string more;
        for (std::size_t i = there; i < count; ++i) {
            std::string body = row.body;
            if (auto const id = body.find("number"); id != std::string::npos)
                body.replace(id, 6, "o" + std::to_string(i));
            more += brackets + body;
        }
        return parse_agreement(replaced(base, "[matching]\n", more + "[matching]\n"));
    };
    INFO(row.table);
    CHECK(with(row.max).agreement);
    auto const over = with(row.max + 1);
    CHECK_FALSE(over.agreement);
    CHECK(finding_with(over.findings, "There are not 1 to " + std::to_string(row.max)) != nullptr);

    auto single = base;
    for (auto at = single.find(brackets); at != std::string::npos; at = single.find(brackets))
        single.erase(at, single.find("\n\n", at) + 2 - at);
    auto const none = parse_agreement(single);
    CHECK(finding_with(none.findings, "There are not 1 to") == nullptr); // check() says what must be there
    auto const one = parse_agreement(single + "[" + row.table + "]\n" + row.body);
    CHECK_FALSE(one.agreement);
    CHECK(finding_with(one.findings, std::string("tables [[") + row.table + "]]") != nullptr);
}

TEST_CASE("parse: a hundred megabytes are refused by their size alone") {
    std::string const huge(std::size_t(100) * 1024 * 1024, '[');
    auto const start = std::chrono::steady_clock::now();
    auto const parsed = parse_agreement(huge);
    auto const spent = std::chrono::steady_clock::now() - start;
    CHECK(spent < std::chrono::milliseconds(100));
    REQUIRE(parsed.findings.size() == 1);
    CHECK(parsed.findings[0].text.find("over 200 KiB") != std::string::npos);
    CHECK(limits::agreement_bytes_max == 200 * 1024);
}

TEST_CASE("words: sources, subjects, documents and outcomes read as they are written") {
    std::set<std::string> shown;
    for (std::size_t i = 0; i < subject_count; ++i) {
        auto const subject = static_cast<Subject>(i);
        CHECK(shown.insert(in_words(subject)).second);
        CHECK(parse_subject(name(subject)).has_value() == (subject != Subject::unknown));
        if (subject != Subject::unknown) CHECK(parse_subject(name(subject)).value() == subject);
    }
    CHECK(std::string(name(Subject::causing_harm)) == "causing_harm");
    CHECK(std::string(in_words(Subject::causing_harm)) == "a person causing harm");
    std::vector<std::string> sources;
    for (int i = 1; i <= 7; ++i) {
        auto const source = static_cast<Source>(i);
        sources.emplace_back(name(source));
        CHECK(parse_source(name(source)).value() == source);
    }
    CHECK(sources ==
          std::vector<std::string>{"police", "agency", "school", "health", "self", "family_or_friend", "public"});
    for (auto const kind : {DocumentKind::dpia, DocumentKind::appropriate_policy_document, DocumentKind::legal_advice,
                            DocumentKind::ico_consultation})
        CHECK(parse_document_kind(name(kind)).value() == kind);
    for (auto const level : {OutcomeLevel::section_47, OutcomeLevel::section_17, OutcomeLevel::early_help,
                             OutcomeLevel::other_agency, OutcomeLevel::closure})
        CHECK(parse_outcome_level(name(level)).value() == level);
    for (auto const* no : {"", "public_member", "Police", "unknown"}) {
        CHECK_FALSE(parse_source(no));
        CHECK_FALSE(parse_subject(no));
        CHECK_FALSE(parse_document_kind(no));
        CHECK_FALSE(parse_outcome_level(no));
    }
}

} // namespace fanlight::policy
