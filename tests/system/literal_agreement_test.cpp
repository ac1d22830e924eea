// The literal evaluator of the agreement against rows typed by hand from docs/agreement.md and against the nodes' own
// decider; and the oracle that rests on it, which finds nothing in a run of honest nodes and each thing that one node
// says beyond the text.

#include "asking.hpp"
#include "storm/agreement_oracle.hpp"
#include "tests/unit/policy_fixture.hpp"

#include <random>

using namespace fanlight;
using namespace fanlight::simulation;
using namespace std::chrono_literals;
using policy::test::practice_text;
using policy::test::replaced;

namespace {

// Questions by hand.

struct Row {
    LiteralQuestion question;
    int rule;
    char const* clause; ///< its number; empty: refused
};

/// About children, on the standard route, with nothing known.
LiteralQuestion say(std::string role, std::string field, std::string own_colour = "") {
    LiteralQuestion question;
    question.stage = LiteralAgreement(practice_text()).clauses().empty() ? 0 : 1;
    for (auto const* late : {"themes", "contact_dates", "contact_counts", "analysis", "duty_contact", "marac_dates"})
        if (field == late) question.stage = 2;
    question.sensitive = role == "refuge";
    question.role = std::move(role);
    question.field = std::move(field);
    question.purpose = "safeguarding_children";
    question.route = "standard";
    question.own_colour = std::move(own_colour);
    return question;
}
LiteralQuestion with(LiteralQuestion question, void (*change)(LiteralQuestion&)) {
    change(question);
    return question;
}
void marac(LiteralQuestion& one) {
    one.marac_threshold = true;
}
void section_47(LiteralQuestion& one) {
    one.section_47 = true;
}
void someone(LiteralQuestion& one) {
    one.someone_red_or_amber = true;
}

void check(LiteralAgreement const& text, std::vector<Row> const& rows) {
    for (auto const& row : rows) {
        CAPTURE(in_words(row.question), row.rule);
        auto const verdict = text.decide(row.question);
        CHECK(verdict.rule == row.rule);
        CHECK((verdict.clause ? text.clauses().at(*verdict.clause).id : "") == row.clause);
    }
}

/// Everything that the practice agreement leaves out: who is told, about whom, colours, routes, consent, the Dash
/// score.
constexpr char const* small_text = R"(
[agreement]
coordinator = "hub"
[[party]]
id = "hub"
role = "front_door"
asked = "never"
[[party]]
id = "clinic"
role = "clinic"
asked = "core"
sensitive = true
[[party]]
id = "police"
role = "police"
asked = "core"
[[purpose]]
id = "adults"
[[purpose]]
id = "children"
domestic_abuse = true
sources = ["police", "school"]
[[route]]
id = "fast"
[[route]]
id = "slow"
[release]
query_lives = "36h"
[rules]
dash_high = 14
[[clause]]
id = "1"
stage = 1
fields = ["colour"]
roles = ["police"]
routes = ["fast"]
colours = ["red", "blue"]
when = ["dash_high", "consent_given"]
[[clause]]
id = "2"
stage = 1
fields = ["colour"]
roles = ["police"]
purposes = ["children"]
colours = ["red", "amber"]
when = ["domestic_abuse"]
[[clause]]
id = "3"
stage = 1
fields = ["colour", "themes"]
to = ["police"]
when = ["always"]
[[clause]]
id = "4"
stage = 2
fields = ["themes"]
about = ["child", "causing_harm"]
when = ["consent_refused", "domestic_abuse"]
[[clause]]
id = "5"
stage = 1
fields = ["fact_dash"]
roles = ["police"]
when = ["marac_threshold"]
)";

LiteralQuestion small(std::string role, std::string field, std::string own_colour, void (*change)(LiteralQuestion&)) {
    auto question = say(std::move(role), std::move(field), std::move(own_colour));
    question.sensitive = question.role == "clinic";
    question.purpose = "adults";
    question.route = "slow";
    change(question);
    return question;
}

// Questions by chance, to both.

template <class T> T const& one_of(std::mt19937_64& dice, std::vector<T> const& list) {
    return list[dice() % list.size()];
}
std::vector<std::string> names(std::vector<std::string> list, std::initializer_list<char const*> more) {
    list.insert(list.end(), more.begin(), more.end());
    return list;
}
std::string word(std::optional<policy::Colour> colour) {
    return colour ? policy::name(*colour) : "";
}

struct Drawn {
    LiteralQuestion literal;
    policy::Request request;
};

/// The views of the request are of `names_of`, which outlive it.
struct Words {
    std::vector<std::string> roles;
    std::vector<std::string> purposes;
    std::vector<std::string> routes;
};
Drawn draw(std::mt19937_64& dice, Words const& words) {
    using policy::Colour;
    static std::vector<std::optional<Colour>> const colours{std::nullopt, Colour::blue, Colour::green, Colour::amber,
                                                            Colour::red};
    static std::vector<std::string> const none{""};
    policy::Request request{};
    request.role = one_of(dice, words.roles);
    request.to = dice() % 4 == 0 ? one_of(dice, words.roles) : none.front();
    request.sensitive = dice() % 4 == 0;
    request.field = static_cast<policy::DataField>(dice() % policy::data_field_count);
    request.stage = dice() % 16 == 0 ? static_cast<std::uint8_t>(dice() % 4) : policy::stage_of(request.field);
    request.purpose = one_of(dice, words.purposes);
    request.route = one_of(dice, words.routes);
    request.own_colour = one_of(dice, colours);
    request.facts.marac_threshold = dice() % 4 == 0;
    request.facts.section_47 = dice() % 4 == 0;
    request.facts.someone_red_or_amber = dice() % 4 == 0;
    request.facts.domestic_abuse = dice() % 4 == 0;
    request.facts.dash_high = dice() % 4 == 0;
    request.facts.subject = static_cast<policy::Subject>(dice() % policy::subject_count);
    request.facts.consent = static_cast<policy::ConsentFact>(dice() % policy::consent_fact_count);

    LiteralQuestion literal;
    literal.role = request.role;
    literal.to = request.to;
    literal.sensitive = request.sensitive;
    literal.field = policy::name(request.field);
    literal.stage = request.stage;
    literal.purpose = request.purpose;
    literal.route = request.route;
    literal.own_colour = word(request.own_colour);
    literal.marac_threshold = request.facts.marac_threshold;
    literal.section_47 = request.facts.section_47;
    literal.someone_red_or_amber = request.facts.someone_red_or_amber;
    literal.domestic_abuse = request.facts.domestic_abuse;
    literal.dash_high = request.facts.dash_high;
    if (request.facts.subject != policy::Subject::unknown) literal.about = policy::name(request.facts.subject);
    if (request.facts.consent == policy::ConsentFact::given) literal.consent = "given";
    if (request.facts.consent == policy::ConsentFact::refused) literal.consent = "refused";
    return {literal, request};
}

/// The practice agreement with every part of a clause in use.
std::string bent_text() {
    auto text = practice_text();
    text = replaced(text, "id = \"4.1\"",
                    "id = \"4.0\"\ntext = \"Red first.\"\nstage = 1\nfields = [\"colour\"]\nroles = "
                    "[\"police\", \"health\"]\ncolours = [\"red\"]\nabout = [\"child\", "
                    "\"causing_harm\"]\nroutes = [\"s47\"]\nwhen = [\"dash_high\", "
                    "\"consent_given\"]\n\n[[clause]]\nid = \"4.1\"");
    text = replaced(text, "when = [\"own_red_or_amber\"]\n\n[[clause]]\nid = \"7.3\"",
                    "when = [\"own_red_or_amber\", \"consent_refused\"]\nto = [\"coordinator\", \"probation\"]\n"
                    "about = [\"adult_at_risk\", \"other\"]\n\n[[clause]]\nid = \"7.3\"");
    text = replaced(text, "fields = [\"fact_dash\", \"fact_marac\"]\nwhen = [\"always\"]",
                    "fields = [\"fact_dash\", \"fact_marac\"]\nroles = [\"police\", \"health\"]\n"
                    "purposes = [\"safeguarding_children\"]\nwhen = [\"domestic_abuse\", \"consent_given\"]");
    return replaced(text, "blue_where_domestic_abuse = false",
                    "blue_where_domestic_abuse = true\nblue_reason = \"Tried here.\"");
}

// A federation with the oracle beside it.

struct Watched {
    explicit Watched(Records records = Records::practice, Federation::Change const& change = {})
        : federation(records, 1, change) {
        federation.on_step = [this](Member const& member, protocol::Effects const& effects) {
            oracle.on_step(federation, member, effects);
        };
        federation.on_transmission = [this](Member const& member, protocol::Transmission const& transmission) {
            auto const frame = protocol::decode_frame(transmission.frame).value();
            if (frame.kind != protocol::FrameKind::message || frame.sender != member.party) return;
            auto const envelope = federation.open(frame);
            if (!envelope) return;
            oracle.on_message(federation, {member, frame, *envelope, crypto::sha256({envelope->payload})});
        };
    }
    AgreementOracle oracle;
    Federation federation;
};

/// Of one party alone: nodes are made in the order of their names.
Federation::Change only_at(std::string const& party, Federation::Change change) {
    std::vector<std::string> order{"coordinator"};
    order.insert(order.end(), practice_shape().begin(), practice_shape().end());
    std::sort(order.begin(), order.end());
    return [order, party, change, next = std::size_t(0)](policy::Agreement& agreement) mutable {
        if (next < order.size() && order[next] == party) change(agreement);
        ++next;
    };
}

/// What the oracle says of a run of these families; empty if it finds nothing.
std::string found(Watched& watched, std::vector<protocol::Family> const& families) {
    try {
        std::vector<CaseId> ids;
        for (auto const& family : families) {
            auto const id = watched.federation.submit(family);
            REQUIRE(id);
            ids.push_back(id.value());
        }
        for (auto const& id : ids) watched.federation.run_until_settled(id);
        watched.federation.run_for(10s);
    } catch (Broken const& broken) {
        CHECK(broken.promise == "agreement");
        return broken.what();
    }
    return "";
}

policy::Clause& clause(policy::Agreement& agreement, std::string const& id) {
    for (auto& one : agreement.clauses)
        if (one.id == id) return one;
    throw std::runtime_error("no clause " + id);
}

} // namespace

TEST_CASE("literal agreement: the practice agreement, row by row", "[system]") {
    LiteralAgreement const text(practice_text());
    check(text,
          {
              {say("police", "colour", "red"), 6, "4.1"},
              {say("police", "colour", ""), 4, ""},
              {say("police", "colour", "blue"), 5, ""},
              {with(say("police", "colour", "blue"), [](auto& one) { one.purpose = "safeguarding_adults"; }), 6, "4.1"},
              {with(say("police", "colour", "blue"),
                    [](auto& one) {
                        one.purpose = "safeguarding_adults";
                        one.domestic_abuse = true;
                    }),
               5, ""},
              {say("probation", "colour", "green"), 6, "5.1"},
              {say("probation", "not_known"), 6, "5.2"},
              {say("health", "not_known"), 6, "4.2"},
              {say("health", "known_not_shared"), 6, "4.3"},
              {say("health", "unsure_match"), 6, "4.4"},
              {say("coordinator", "not_known"), 8, ""},
              {say("refuge", "colour", "green"), 3, ""},
              {say("refuge", "colour", "amber"), 6, "4.1"},
              {say("refuge", "not_known"), 3, ""},
              {say("refuge", "not_known", "red"), 8, ""},
              {say("refuge", "themes", "amber"), 6, "7.3"},
              {say("refuge", "contact_dates", "red"), 8, ""},
              {with(say("refuge", "themes"), section_47), 3, ""},
              {with(say("health", "themes", "green"), marac), 6, "7.1"},
              {with(say("police", "themes", "green"), marac), 8, ""},
              {say("police", "themes", "amber"), 6, "7.2"},
              {say("police", "themes", "green"), 8, ""},
              {with(say("police", "themes", "green"), section_47), 6, "7.4"},
              {with(say("police", "themes", "green"), someone), 6, "7.5"},
              {with(say("police", "analysis", "green"), someone), 8, ""},
              {with(say("police", "contact_dates", "green"), someone), 8, ""},
              {with(say("marac", "marac_dates"), marac), 6, "7.6"},
              {say("marac", "marac_dates"), 8, ""},
              {with(say("marac", "themes"), marac), 8, ""},
              {with(say("police", "marac_dates", "red"), marac), 8, ""},
              {say("police", "fact_role"), 6, "6.1"},
              {say("refuge", "fact_dash"), 6, "6.2"},
              {say("police", "fact_statement"), 6, "6.3"},
              {with(say("police", "fact_role"), [](auto& one) { one.stage = 2; }), 2, ""},
              {with(say("police", "themes", "red"), [](auto& one) { one.stage = 1; }), 2, ""},
              {with(say("police", "themes", "red"), [](auto& one) { one.stage = 3; }), 2, ""},
              {with(say("police", "address", "red"), [](auto& one) { one.stage = 2; }), 2, ""},
              {say("somebody", "colour", "red"), 1, ""},
              {with(say("police", "colour", "red"), [](auto& one) { one.purpose = "immigration"; }), 1, ""},
              {with(say("police", "colour", "red"), [](auto& one) { one.route = ""; }), 1, ""},
              {with(say("police", "colour", "red"), [](auto& one) { one.to = "somebody"; }), 1, ""},
              {with(say("police", "colour", "red"), [](auto& one) { one.to = "health"; }), 8, ""},
              {with(say("police", "colour", "red"), [](auto& one) { one.to = "coordinator"; }), 6, "4.1"},
          });
    CHECK(text.coordinator() == "coordinator");
    CHECK(text.party("probation")->asked == "conditional");
    CHECK(text.party("refuge")->sensitive);
    CHECK(text.party("marac")->dates_only);
    CHECK(text.party("nobody") == nullptr);
    CHECK(text.dash_high() == 14);
    CHECK(text.query_lives_seconds() == 7 * 24 * 3600);
}

TEST_CASE("literal agreement: lists, conditions and a sensitive service's voice, row by row", "[system]") {
    LiteralAgreement const text(small_text);
    auto const nothing = [](LiteralQuestion&) {};
    check(
        text,
        {
            {small("police", "colour", "red", nothing), 8, ""}, // the slow route, and none of the conditions
            {small("police", "colour", "red", [](auto& one) { one.route = "fast"; }), 8, ""},
            {small("police", "colour", "red",
                   [](auto& one) {
                       one.route = "fast";
                       one.dash_high = true;
                   }),
             6, "1"},
            {small("police", "colour", "red",
                   [](auto& one) {
                       one.route = "fast";
                       one.consent = "given";
                   }),
             6, "1"},
            {small("police", "colour", "red",
                   [](auto& one) {
                       one.route = "fast";
                       one.consent = "refused";
                   }),
             8, ""},
            {small("police", "colour", "amber",
                   [](auto& one) {
                       one.route = "fast";
                       one.dash_high = true;
                   }),
             8, ""},
            {small("police", "colour", "blue",
                   [](auto& one) {
                       one.route = "fast";
                       one.dash_high = true;
                   }),
             6, "1"},
            {small("police", "colour", "amber", [](auto& one) { one.purpose = "children"; }), 6, "2"}, // its own abuse
            {small("police", "colour", "amber", [](auto& one) { one.domestic_abuse = true; }), 8, ""},
            {small("police", "colour", "green", [](auto& one) { one.purpose = "children"; }), 8, ""},
            {small("police", "colour", "blue", [](auto& one) { one.purpose = "children"; }), 5, ""},
            {small("clinic", "colour", "amber", [](auto& one) { one.to = "police"; }), 6, "3"},
            {small("clinic", "colour", "green", [](auto& one) { one.to = "police"; }), 3, ""},
            // To the coordinator it raises by whatever clause has the colour: of another role, route and condition.
            {small("clinic", "colour", "red", nothing), 7, "1"},
            {small("clinic", "colour", "amber", nothing), 7, "3"},
            {small("clinic", "colour", "amber", [](auto& one) { one.purpose = "children"; }), 7, "2"},
            {small("clinic", "colour", "green", nothing), 3, ""},
            {small("clinic", "themes", "red", [](auto& one) { one.consent = "refused"; }), 8, ""}, // about unknown
            {small("clinic", "themes", "red",
                   [](auto& one) {
                       one.about = "child";
                       one.consent = "refused";
                   }),
             6, "4"},
            {small("clinic", "themes", "red",
                   [](auto& one) {
                       one.about = "other";
                       one.consent = "refused";
                   }),
             8, ""},
            {small("police", "themes", "", // clause 3 lists it at the wrong stage
                   [](auto& one) { one.to = "police"; }),
             8, ""},
            {small("police", "fact_dash", "", marac), 6, "5"},
            {small("police", "fact_dash", "", nothing), 8, ""},
            {small("clinic", "fact_dash", "", marac), 8, ""},
        });
    CHECK(text.purposes().at(1).sources == std::vector<std::string>{"police", "school"});
    CHECK(text.query_lives_seconds() == 36 * 3600);
}

TEST_CASE("literal agreement: agrees with the decider, question for question", "[system]") {
    bool const bent = GENERATE(false, true);
    auto const source = bent ? bent_text() : practice_text();
    LiteralAgreement const text(source);
    auto const parsed = policy::parse_agreement(source);
    INFO(policy::test::all_of(parsed.findings));
    REQUIRE(parsed.agreement);
    policy::Decider const decider(*parsed.agreement);
    Words words;
    for (auto const& party : text.parties()) words.roles.push_back(party.role);
    for (auto const& purpose : text.purposes()) words.purposes.push_back(purpose.id);
    words.routes = text.routes();
    words = {names(words.roles, {"", "polic"}), names(words.purposes, {"safeguarding"}), names(words.routes, {"S47"})};
    std::mt19937_64 dice(bent ? 2 : 1);
    std::map<int, int> by_rule;
    for (int i = 0; i < 400'000; ++i) {
        auto const [question, request] = draw(dice, words);
        auto const verdict = text.decide(question);
        ++by_rule[verdict.rule];
        auto const decision = decider.decide(request);
        auto const* const permit = std::get_if<policy::Permit>(&decision);
        bool const same = permit == nullptr ? !verdict.clause : verdict.clause == permit->clause;
        bool const blue = permit == nullptr && std::get<policy::Refusal>(decision).reason == policy::Reason::blue_rule;
        if (same && blue == (verdict.rule == 5)) continue;
        FAIL(in_words(question) << "; rule " << verdict.rule);
    }
    for (int rule = 1; rule <= 8; ++rule) {
        CAPTURE(rule);
        CHECK((by_rule[rule] > 20) == !(bent && rule == 5)); // the bent text lets Blue be said
    }
}

TEST_CASE("agreement oracle: finds nothing in what honest nodes say about all practice families", "[system]") {
    Watched watched;
    std::vector<protocol::Family> families;
    for (auto const& name : practice_families())
        families.push_back(practice_family(name, watched.federation.agreement()));
    CHECK(found(watched, families).empty());
    auto const& judged = watched.oracle.judged();
    CHECK(judged.queries > 100);
    CHECK(judged.facts > 800);
    CHECK(judged.contexts > 50);
    CHECK(judged.replies > 1000);
    CHECK(judged.silences > 100);
    CHECK(judged.requests > 20);
    CHECK(judged.fields > 100);
    CHECK(judged.unknown == 0);
}

TEST_CASE("agreement oracle: says what one node tells beyond the text", "[system]") {
    struct Case {
        char const* about;
        char const* party;
        void (*change)(policy::Agreement&);
        char const* family;
        char const* says;
    };
    auto const row = GENERATE(
        Case{"summaries whatever its own colour is", "police",
             [](policy::Agreement& one) { clause(one, "7.2").when = {policy::Condition::always}; }, "ivy",
             "police to coordinator, summary: cites clause 7.2"},
        Case{"the Blue rule is forgotten", "education",
             [](policy::Agreement& one) { one.rules.blue_where_domestic_abuse = true; }, "blue",
             "education to coordinator, answer: cites clause 4.1 where the text permits it by no clause: colour"},
        Case{"a sensitive service speaks as any other", "refuge",
             [](policy::Agreement& one) {
                 for (auto& party : one.parties)
                     if (party.id.text() == "refuge") party.sensitive = false;
                 clause(one, "4.2").roles.emplace_back("refuge");
             },
             "marie", "refuge to coordinator, answer: cites clause 4.2 where the text permits it by no clause"},
        Case{"clauses in another order", "health",
             [](policy::Agreement& one) { std::swap(clause(one, "7.1"), clause(one, "7.4")); }, "marie",
             "health to coordinator, summary: cites clause 7.4"},
        Case{"a field more", "police",
             [](policy::Agreement& one) { clause(one, "7.5").fields.push_back(policy::DataField::contact_dates); },
             "ivy",
             "police to coordinator, summary: cites clause 7.5 where the text permits it by no clause: contact_dates"},
        Case{"a colour under a clause for others", "probation",
             [](policy::Agreement& one) { clause(one, "4.1").roles.emplace_back("probation"); }, "amanda",
             "probation to coordinator, answer: cites clause 4.1 where the text permits it by clause 5.1"},
        Case{"probation asked with no Red", "coordinator",
             [](policy::Agreement& one) {
                 for (auto& party : one.parties)
                     if (party.id.text() == "probation") party.asked = policy::Asked::core;
             },
             "ivy", "coordinator to probation, query: nobody has said Red"},
        Case{"another duty contact", "health",
             [](policy::Agreement& one) {
                 for (auto& party : one.parties) party.duty_contact = "01632 960999";
             },
             "marie", "health to coordinator, summary: the duty contact is not the one that the text gives"},
        Case{"the wrong clause for a fact", "coordinator",
             [](policy::Agreement& one) { std::swap(clause(one, "6.1").id, clause(one, "6.2").id); }, "marie",
             "query: it cites clause 6.2 and not 6.1 for fact_role"});
    CAPTURE(row.about);
    Watched watched(Records::practice, only_at(row.party, row.change));
    bool const blue = std::string(row.family) == "blue";
    auto family = practice_family(blue ? "marie" : row.family, watched.federation.agreement());
    if (blue) {
        auto people = practice_people("education", day_of(watched.federation.now()));
        for (auto& person : people)
            if (person.rating) person.rating->colour = policy::Colour::blue;
        watched.federation.import("education", std::move(people));
        watched.federation.run_for(30s);
    }
    auto const says = found(watched, {family});
    CAPTURE(says);
    CHECK(says.find(row.says) != std::string::npos);
}

TEST_CASE("agreement oracle: what was decided under one version does not leave under the next", "[system]") {
    Watched watched;
    auto& federation = watched.federation;
    federation.run_for(3s);
    // Version 2 lets an agency tell of its own concern at Red alone; police rate Greg Amber.
    auto const from = std::chrono::ceil<std::chrono::seconds>(federation.now()) + 1h;
    auto text = replaced(federation.text(), "\nversion = 1\n", "\nversion = 2\n");
    text = replaced(text, "2026-01-01T00:00:00Z", to_text(from));
    text = replaced(text, "when = [\"own_red_or_amber\"]\n\n[[clause]]\nid = \"7.3\"",
                    "when = [\"own_red_or_amber\"]\ncolours = [\"red\"]\n\n[[clause]]\nid = \"7.3\"");
    REQUIRE(federation.ask("police", protocol::NoteProposed{federation.signed_by(text)}));
    federation.run_for(from - federation.now() - 5s);
    // Once police are asked for a summary, all that they send takes so long that no head is cosigned before version 2.
    federation.on_delivery = [&](Delivery const& delivery) {
        if (delivery.to.text() != "police") return;
        auto const envelope = federation.open(protocol::decode_frame(delivery.frame).value());
        if (!envelope || envelope->type != protocol::MessageType::summary_request) return;
        federation.set_weather([](Member const& member, Member const&) {
            return std::vector<Duration>{member.party.text() == "police" ? Duration(5s) : Duration(5ms)};
        });
    };
    auto const id = ask(federation, "marie");
    std::string says;
    try {
        federation.run_until_settled(id, 1min);
    } catch (Broken const& broken) {
        says = broken.what();
    }
    CHECK(says.empty());
    CHECK(federation.at("police").in_force.agreement.version == 2);
    auto const& state = federation.case_of(id).parties.at(party("police"));
    CHECK(state.summary_done); // it was told that nothing comes
    CHECK(state.summaries.empty());
    auto const reasons = refusals(federation.at("police"));
    CHECK(std::count(reasons.begin(), reasons.end(),
                     "it did not leave: another version of the agreement is in force") == 1);
}
