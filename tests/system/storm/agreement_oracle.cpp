// Each message is opened by the codec and judged field by field. The words for what the wire writes as numbers are from
// docs/protocol.md, and not from policy/.

#include "agreement_oracle.hpp"

#include "crypto/note.hpp"

#include <algorithm>
#include <array>

namespace fanlight::simulation {

using crypto::FieldTag;
using crypto::LeafClass;
using policy::ReplyKind;
using protocol::MessageType;

namespace {

constexpr std::array<char const*, 18> field_words{"colour",
                                                  "not_known",
                                                  "known_not_shared",
                                                  "unsure_match",
                                                  "themes",
                                                  "contact_dates",
                                                  "contact_counts",
                                                  "analysis",
                                                  "duty_contact",
                                                  "marac_dates",
                                                  "fact_role",
                                                  "fact_source",
                                                  "fact_domestic_abuse",
                                                  "fact_dash",
                                                  "fact_marac",
                                                  "fact_consent",
                                                  "fact_told",
                                                  "fact_statement"};
constexpr std::array<char const*, 5> colour_words{"", "blue", "green", "amber", "red"};
constexpr std::array<char const*, 8> source_words{"",       "police", "agency",           "school",
                                                  "health", "self",   "family_or_friend", "public"};

std::string word(policy::DataField field) {
    return field_words.at(static_cast<std::size_t>(field));
}
std::string word(std::optional<policy::Colour> const& colour) {
    return colour ? colour_words.at(static_cast<std::size_t>(*colour)) : "";
}
bool is_amber_or_red(std::optional<policy::Colour> const& colour) {
    return word(colour) == "amber" || word(colour) == "red";
}
bool has(std::vector<std::string> const& list, std::string const& one) {
    return std::find(list.begin(), list.end(), one) != list.end();
}

/// "The first of these that one of the person's roles makes true."
std::string about_whom(std::set<protocol::PersonRole> const& roles) {
    using protocol::PersonRole;
    if (roles.contains(PersonRole::child) || roles.contains(PersonRole::unborn)) return "child";
    if (roles.contains(PersonRole::causing_harm)) return "causing_harm";
    if (roles.contains(PersonRole::adult_at_risk)) return "adult_at_risk";
    return roles.empty() ? "" : "other";
}

std::string word(protocol::Consent consent) {
    if (consent == protocol::Consent::given) return "given";
    return consent == protocol::Consent::refused ? "refused" : "";
}

/// Whom a party may say something of at stage 2: one that it has rated; one whose dates it keeps, if that is all it
/// has.
bool may_be_summarised(LiteralParty const& party, policy::Reply const& reply) {
    return reply.kind == ReplyKind::rated || (party.dates_only && reply.kind == ReplyKind::known_not_shared);
}

/// The coordinator's durable leaf that commits to this message; nullptr: another oracle misses it.
crypto::Entry const* leaf_of(Member const& member, crypto::Sha256 const& payload) {
    auto const hash = to_bytes(payload.view());
    for (auto const* part : {&member.disk.pending(), &member.disk.log()})
        for (auto entry = part->rbegin(); entry != part->rend(); ++entry) {
            if (entry->leaf.kind != LeafClass::query_sent) continue;
            auto const hashes = values_of(*entry, FieldTag::message_hash);
            if (std::find(hashes.begin(), hashes.end(), hash) != hashes.end()) return &*entry;
        }
    return nullptr;
}

/// Slots of which an agency's own log says that it opened the context.
std::set<std::uint64_t> opened_slots(Member const& member, QueryId const& query) {
    auto const id = to_bytes(query.view());
    std::set<std::uint64_t> slots;
    for (auto const* part : {&member.disk.pending(), &member.disk.log()})
        for (auto const& entry : *part) {
            if (entry.leaf.kind != LeafClass::context_opened) continue;
            auto const queries = values_of(entry, FieldTag::query);
            auto const places = values_of(entry, FieldTag::count);
            if (queries.size() == 1 && places.size() == 1 && queries.front() == id) slots.insert(places.front().back());
        }
    return slots;
}

/// Clocks of parties may differ by so much; what is older than that and its life is old by any of them.
constexpr Duration clocks_differ = std::chrono::hours(24);

} // namespace

void AgreementOracle::Judging::broken(std::string const& what) const {
    throw Broken("agreement", from + " to " + to + ", " + protocol::name(sent.envelope.type) + ": " + what);
}

/// What was asked is known from the step that wrote it, whatever becomes of the coordinator afterwards.
void AgreementOracle::on_step(Federation const& federation, Member const& member, protocol::Effects const& effects) {
    if (member.party != federation.agreement().coordinator) return;
    for (auto const& write : effects.writes) {
        if (write.space != protocol::Space::asked || !write.value) continue;
        auto const item = protocol::decode_case(*write.value);
        if (!item) throw Broken("agreement", "the coordinator writes a case that cannot be read");
        std::shared_ptr<protocol::Family const> family;
        for (auto const& [party, state] : item.assume_value().parties) {
            if (state.stage < protocol::PartyStage::asked || asked_.contains(state.query)) continue;
            if (!family) family = std::make_shared<protocol::Family const>(item.assume_value().family);
            asked_.emplace(
                state.query,
                Asked{
                    item.assume_value().id, party, item.assume_value().agreement, family, state.order, {}, {}, {}, {}});
        }
    }
}

void AgreementOracle::on_message(Federation const& federation, Sent const& sent) {
    auto const type = sent.envelope.type;
    bool const judged = type == MessageType::query || type == MessageType::answer ||
                        type == MessageType::summary_request || type == MessageType::summary;
    if (!judged) return;
    Judging const judging{federation, sent, text_of(federation, sent), sent.from.party.text(),
                          sent.frame.recipient.text()};
    if (type == MessageType::query) query(judging);
    if (type == MessageType::answer) answer(judging);
    if (type == MessageType::summary_request) summary_request(judging);
    if (type == MessageType::summary) summary(judging);
}

LiteralAgreement const& AgreementOracle::text_of(Federation const& federation, Sent const& sent) {
    auto const& id = sent.envelope.agreement;
    if (auto const known = texts_.find(id); known != texts_.end()) return known->second;
    auto const* version = sent.from.in_force.book.find(id);
    for (auto const& other : federation.members())
        if (version == nullptr) version = other->in_force.book.find(id);
    if (version == nullptr) throw Broken("agreement", sent.from.party.text() + " says something under no agreement");
    auto const note = crypto::parse_note(version->note);
    if (!note) throw Broken("agreement", "the agreement in force is no signed note");
    return texts_.emplace(id, LiteralAgreement(note.assume_value().text)).first->second;
}

AgreementOracle::Asked* AgreementOracle::find(QueryId const& id) {
    auto const found = asked_.find(id);
    return found == asked_.end() ? nullptr : &found->second;
}

bool AgreementOracle::somebody_said_red(CaseId const& id) const {
    for (auto const& [query, asked] : asked_) {
        if (asked.id != id || !asked.answer) continue;
        for (auto const& slot : asked.answer->slots)
            if (word(slot.reply.colour) == "red") return true;
    }
    return false;
}

// What is asked of the text.

/// Of what the party may say, with no fact known.
LiteralQuestion AgreementOracle::question_of(LiteralAgreement const& text, Asked const& asked) const {
    auto const* const party = text.party(asked.party.text());
    LiteralQuestion question;
    question.role = party == nullptr ? "" : party->role;
    question.sensitive = party != nullptr && party->sensitive;
    question.purpose = asked.family->purpose;
    question.route = asked.family->route;
    return question;
}

/// Of what the coordinator may tell it, all of which the coordinator knows.
LiteralQuestion AgreementOracle::question_of_fact(LiteralAgreement const& text, Asked const& asked,
                                                  std::string const& fact) const {
    auto question = question_of(text, asked);
    question.sensitive = false; // who would tell is the coordinator
    question.field = fact;
    question.marac_threshold = asked.family->marac_threshold;
    question.section_47 = asked.family->section_47;
    question.domestic_abuse = asked.family->domestic_abuse;
    question.dash_high = asked.family->dash && *asked.family->dash >= text.dash_high();
    question.consent = word(asked.family->consent);
    return question;
}

bool AgreementOracle::may_be_told(LiteralAgreement const& text, Asked const& asked, std::string const& fact) const {
    return text.decide(question_of_fact(text, asked, fact)).clause.has_value();
}

/// The same question as one who has opened the context of that person asks it.
LiteralQuestion AgreementOracle::with_context(LiteralAgreement const& text, Asked const& asked,
                                              LiteralQuestion question, std::uint8_t person) const {
    auto const& family = *asked.family;
    auto const told = [&](char const* fact) { return may_be_told(text, asked, fact); };
    if (told("fact_role")) question.about = about_whom(family.people.at(person).roles);
    if (told("fact_domestic_abuse")) question.domestic_abuse = family.domestic_abuse;
    if (told("fact_dash")) question.dash_high = family.dash && *family.dash >= text.dash_high();
    if (told("fact_consent")) question.consent = word(family.consent);
    if (told("fact_marac")) {
        question.marac_threshold = question.marac_threshold || family.marac_threshold;
        question.section_47 = question.section_47 || family.section_47;
    }
    return question;
}

/// One of these circumstances is the agency's; the clause that it cites must be the first that permits it there.
void AgreementOracle::permitted(Judging const& judging, std::vector<LiteralQuestion> const& either,
                                std::uint16_t clause) const {
    auto const& clauses = judging.text.clauses();
    std::string first = "no clause";
    for (auto const& question : either) {
        auto const verdict = judging.text.decide(question);
        if (verdict.clause && *verdict.clause == clause) return;
        if (verdict.clause) first = "clause " + clauses.at(*verdict.clause).id;
    }
    auto const cited = clause < clauses.size() ? "clause " + clauses[clause].id : std::string("no clause");
    judging.broken("cites " + cited + " where the text permits it by " + first + ": " + in_words(either.front()));
}

// The coordinator asks.

void AgreementOracle::query(Judging const& judging) {
    auto const& text = judging.text;
    if (judging.from != text.coordinator()) judging.broken("it is not the coordinator and asks");
    auto decoded = protocol::decode_query(judging.sent.envelope.payload);
    if (!decoded) judging.broken("it cannot be read");
    auto* const asked = find(decoded.assume_value().id);
    if (asked == nullptr) judging.broken("it is about no case");
    ++judged_.queries;
    auto const& family = *asked->family;
    auto const* const party = text.party(judging.to);
    if (asked->party != judging.sent.frame.recipient) judging.broken("it is for another party");
    if (party == nullptr || party->asked == "never") judging.broken("that party is never asked");
    if (party->asked == "conditional" && !somebody_said_red(asked->id)) judging.broken("nobody has said Red");
    if (family.not_asked.contains(asked->party)) judging.broken("that party is left out, with a reason");
    if (asked->agreement != judging.sent.envelope.agreement) judging.broken("the case is under another agreement");
    auto const& query = decoded.assume_value();
    bool const purpose_fits =
        query.purpose < text.purposes().size() && text.purposes()[query.purpose].id == family.purpose;
    bool const route_fits = query.route < text.routes().size() && text.routes()[query.route] == family.route;
    if (!purpose_fits || !route_fits) judging.broken("purpose or route are not those of the case");
    auto const& sources = text.purposes()[query.purpose].sources;
    if (!sources.empty() && !has(sources, source_words.at(static_cast<std::size_t>(family.source))))
        judging.broken("it is outside the cohort");
    asked->told = told_facts(judging, *asked);
    if (!asked->answer) asked->query = std::move(decoded).assume_value();
}

/// The facts that the coordinator's leaf about this message names, each of which cites its clause.
std::vector<std::string> AgreementOracle::told_facts(Judging const& judging, Asked const& asked) {
    auto const* const leaf = leaf_of(judging.sent.from, judging.sent.payload_hash);
    if (leaf == nullptr) return {};
    std::vector<std::string> facts;
    for (auto const& value : values_of(*leaf, FieldTag::context)) facts.emplace_back(as_text(value));
    auto const clauses = values_of(*leaf, FieldTag::clause);
    if (clauses.size() != facts.size()) judging.broken("its leaf does not cite one clause for each fact");
    for (std::size_t i = 0; i < facts.size(); ++i) {
        auto const question = question_of_fact(judging.text, asked, facts[i]);
        auto const verdict = judging.text.decide(question);
        std::string const cited(as_text(clauses[i]));
        if (!verdict.clause) judging.broken("no clause lets it tell " + in_words(question) + "; it cites " + cited);
        if (judging.text.clauses()[*verdict.clause].id != cited)
            judging.broken("it cites clause " + cited + " and not " + judging.text.clauses()[*verdict.clause].id +
                           " for " + in_words(question));
        ++judged_.facts;
    }
    return facts;
}

/// What the recipient of a query can open of it, with the anchors of its own people.
void AgreementOracle::open_contexts(Judging const& judging, Asked const& asked) {
    if (!asked.query) return;
    auto const& disk = judging.sent.from.disk;
    protocol::IndexKey const index{asked.query->epoch, asked.query->day};
    for (std::size_t i = 0; i < asked.query->slots.size(); ++i) {
        auto const& slot = asked.query->slots[i];
        std::set<protocol::RecordRow> rows;
        for (auto const& key : slot.keys) {
            auto const found = disk.find(index, key);
            if (found) rows.insert(found.assume_value().begin(), found.assume_value().end());
        }
        for (auto const row : rows) {
            auto const tokens = disk.tokens(index.epoch, row);
            if (!tokens) continue;
            for (auto const& anchor : tokens.assume_value().anchors) {
                if (!protocol::is_strong(anchor.kind)) continue;
                auto const context = protocol::open_context(Mode::practice, slot, anchor.secret);
                if (!context) continue;
                if (asked.order.at(i) == protocol::PartyState::nobody)
                    judging.broken("a slot about nobody tells facts");
                told(judging, asked, asked.order.at(i), *context);
                ++judged_.contexts;
                break;
            }
        }
    }
}

/// Every fact in it is one that a clause lets the party be told, is true, and stands in the coordinator's leaf.
void AgreementOracle::told(Judging const& judging, Asked const& asked, std::uint8_t person,
                           protocol::Context const& context) const {
    auto const& family = *asked.family;
    std::uint32_t roles = 0;
    for (auto const role : family.people.at(person).roles) roles |= 1U << static_cast<unsigned>(role);
    auto const check = [&](char const* fact, bool there, bool is_true) {
        if (!there) return;
        std::string const about = "the coordinator told it " + std::string(fact) + ", ";
        if (!may_be_told(judging.text, asked, fact)) judging.broken(about + "which no clause permits");
        if (!is_true) judging.broken(about + "and it is not so");
        if (!asked.told.empty() && !has(asked.told, fact)) judging.broken(about + "which its leaf does not say");
    };
    check("fact_role", context.roles.has_value(), context.roles == roles);
    check("fact_source", context.source.has_value(), context.source == static_cast<std::uint8_t>(family.source));
    check("fact_domestic_abuse", context.domestic_abuse.has_value(), context.domestic_abuse == family.domestic_abuse);
    check("fact_dash", context.dash.has_value(), context.dash == family.dash.value_or(0xFF));
    check("fact_marac", context.marac_threshold.has_value(), context.marac_threshold == family.marac_threshold);
    check("fact_marac", context.section_47.has_value(), context.section_47 == family.section_47);
    check("fact_consent", context.consent.has_value(), context.consent == static_cast<std::uint8_t>(family.consent));
    check("fact_told", context.told.has_value(), context.told == static_cast<std::uint8_t>(family.told));
}

// An agency answers.

void AgreementOracle::answer(Judging const& judging) {
    auto decoded = protocol::decode_answer(judging.sent.envelope.payload);
    if (!decoded) judging.broken("it cannot be read");
    auto const& answer = decoded.assume_value();
    auto* const asked = find(answer.query);
    if (asked == nullptr) {
        ++judged_.unknown;
        return;
    }
    if (asked->party != judging.sent.from.party) judging.broken("another party was asked");
    if (judging.to != judging.text.coordinator()) judging.broken("it is not for the coordinator");
    bool const same_version = asked->agreement == judging.sent.envelope.agreement;
    auto const* const party = judging.text.party(judging.from);
    if (same_version && party == nullptr) judging.broken("it is no party");
    auto const opened = opened_slots(judging.sent.from, answer.query);
    auto const& first = answer.slots.front().reply;
    std::optional<policy::Colour> worst;
    for (std::size_t slot = 0; slot < answer.slots.size(); ++slot) {
        auto const& reply_here = answer.slots[slot].reply;
        bool const silent = reply_here.kind == ReplyKind::not_checked || reply_here.kind == ReplyKind::version_mismatch;
        if (!same_version && !silent) judging.broken("it answers under another version than it was asked under");
        bool const alike = reply_here.kind == first.kind && reply_here.reason == first.reason;
        if (same_version && party->sensitive && silent && !alike)
            judging.broken("a sensitive service is silent about one and not about another");
        if (same_version) reply(judging, *asked, slot, answer.slots[slot], opened.contains(slot));
        if (reply_here.colour && (!worst || *worst < *reply_here.colour)) worst = reply_here.colour;
    }
    auto const& statement = answer.statement;
    if (statement.party != judging.sent.from.party || statement.query != answer.query || statement.worst != worst)
        judging.broken("its statement does not say what its slots say");
    if (same_version) open_contexts(judging, *asked);
    asked->query.reset();
    asked->answer = std::move(decoded).assume_value();
}

void AgreementOracle::reply(Judging const& judging, Asked const& asked, std::size_t slot,
                            protocol::SlotAnswer const& said, bool opened) {
    auto const& reply = said.reply;
    auto question = question_of(judging.text, asked);
    switch (reply.kind) {
    case ReplyKind::rated: question.field = "colour"; break;
    case ReplyKind::not_known: question.field = "not_known"; break;
    case ReplyKind::known_not_shared: question.field = "known_not_shared"; break;
    case ReplyKind::unsure_match: question.field = "unsure_match"; break;
    case ReplyKind::nothing_at_this_level:
        if (!question.sensitive) judging.broken("only a sensitive service says nothing at this level");
        [[fallthrough]];
    case ReplyKind::not_checked:
    case ReplyKind::version_mismatch:
        ++judged_.silences;
        if (said.clause != protocol::no_clause) judging.broken("it cites a clause for saying nothing");
        return;
    case ReplyKind::no_reply:
    case ReplyKind::unreachable:
    case ReplyKind::not_asked:
    case ReplyKind::waiting: judging.broken("that is no reply of an agency");
    }
    auto const person = asked.order.at(slot);
    bool const nobody = person == protocol::PartyState::nobody;
    if (nobody && reply.kind != ReplyKind::not_known) judging.broken("it says something of nobody: " + question.field);
    if (reply.colour.has_value() != (reply.kind == ReplyKind::rated)) judging.broken("a colour that is no rating");
    question.own_colour = word(reply.colour);
    std::vector<LiteralQuestion> either;
    if (!nobody) either.push_back(with_context(judging.text, asked, question, person));
    if (!opened) either.push_back(question);
    permitted(judging, either, said.clause);
    ++judged_.replies;
}

// Stage 2.

void AgreementOracle::summary_request(Judging const& judging) {
    if (judging.from != judging.text.coordinator()) judging.broken("it is not the coordinator and asks");
    auto decoded = protocol::decode_summary_request(judging.sent.envelope.payload);
    if (!decoded) judging.broken("it cannot be read");
    auto const& request = decoded.assume_value();
    auto* const asked = find(request.query);
    if (asked == nullptr || asked->party != judging.sent.frame.recipient) judging.broken("that party was not asked");
    if (!asked->answer) judging.broken("that party has not answered");
    if (asked->agreement != judging.sent.envelope.agreement) judging.broken("the case is under another agreement");
    ++judged_.requests;
    auto const& family = *asked->family;
    if (request.marac_threshold || request.section_47) {
        if (!may_be_told(judging.text, *asked, "fact_marac")) judging.broken("no clause lets it tell fact_marac");
        bool const is_true =
            (!request.marac_threshold || family.marac_threshold) && (!request.section_47 || family.section_47);
        if (!is_true) judging.broken("it tells fact_marac, and it is not so");
    }
    if (request.statements.size() > 1) judging.broken("it passes on more than one statement");
    for (auto const& one : request.statements) statement(judging, *asked, one);
    auto const* const party = judging.text.party(judging.to);
    for (std::size_t slot = 0; slot < limits::slots; ++slot) {
        if ((request.slots >> slot & 1U) == 0) continue;
        bool const rated = party != nullptr && may_be_summarised(*party, asked->answer->slots.at(slot).reply);
        if (asked->order.at(slot) == protocol::PartyState::nobody || !rated)
            judging.broken("it asks about somebody whom that party has not rated");
    }
    told_facts(judging, *asked);
    asked->request = std::move(decoded).assume_value();
}

void AgreementOracle::statement(Judging const& judging, Asked const& asked, protocol::Statement const& said) const {
    if (!may_be_told(judging.text, asked, "fact_statement")) judging.broken("no clause lets it tell fact_statement");
    auto const* const party = judging.text.party(said.party.text());
    if (party == nullptr || party->sensitive) judging.broken("it passes on a statement of a sensitive service");
    if (said.party == asked.party) judging.broken("it passes on that party's own statement");
    if (!is_amber_or_red(said.worst)) judging.broken("it passes on a statement of neither Red nor Amber");
    auto const other = asked_.find(said.query);
    bool const same = other != asked_.end() && other->second.party == said.party && other->second.id == asked.id &&
                      other->second.answer && other->second.answer->statement.worst == said.worst;
    if (!same) judging.broken("it passes on a statement that nobody made in this case");
}

void AgreementOracle::summary(Judging const& judging) {
    auto const decoded = protocol::decode_summary(judging.sent.envelope.payload);
    if (!decoded) judging.broken("it cannot be read");
    auto* const asked = find(decoded.assume_value().query);
    if (asked == nullptr || !asked->request || !asked->answer) {
        ++judged_.unknown;
        return;
    }
    if (asked->party != judging.sent.from.party) judging.broken("another party was asked");
    if (judging.to != judging.text.coordinator()) judging.broken("it is not for the coordinator");
    if (asked->agreement != judging.sent.envelope.agreement)
        judging.broken("it answers under another version than it was asked under");
    for (auto const& slot : decoded.assume_value().slots) slot_summary(judging, *asked, slot);
}

void AgreementOracle::slot_summary(Judging const& judging, Asked const& asked, protocol::SlotSummary const& said) {
    auto const* const party = judging.text.party(judging.from);
    if (party == nullptr) judging.broken("it is no party");
    auto const& request = *asked.request;
    auto const& reply = asked.answer->slots.at(said.slot).reply;
    auto const person = asked.order.at(said.slot);
    if ((request.slots >> said.slot & 1U) == 0) judging.broken("it was not asked about that person");
    if (person == protocol::PartyState::nobody || !may_be_summarised(*party, reply))
        judging.broken("it tells of somebody whom it has not rated");

    // Facts of stage 2: as the request says, which was judged when it left, or nothing if a statement is too old.
    auto question = question_of(judging.text, asked);
    question.stage = 2;
    question.own_colour = word(reply.colour);
    auto const oldest = judging.federation.now() - clocks_differ;
    for (auto const& one : request.statements) {
        auto const lives = std::chrono::seconds(judging.text.query_lives_seconds());
        question.someone_red_or_amber = question.someone_red_or_amber || one.at + lives >= oldest;
    }
    auto opened = with_context(judging.text, asked, question, person);
    for (auto* const one : {&question, &opened}) {
        one->marac_threshold = request.marac_threshold;
        one->section_47 = request.section_47;
    }

    std::vector<std::string> released;
    for (auto const& [field, clause] : said.released) {
        question.field = opened.field = word(field);
        released.push_back(question.field);
        permitted(judging, {question, opened}, clause);
        ++judged_.fields;
    }
    auto const only_if = [&](char const* field, bool there) {
        if (there && !has(released, field)) judging.broken("it tells and does not name " + std::string(field));
    };
    only_if("themes", !said.themes.empty());
    only_if("contact_counts", said.contacts_12m != 0 || said.contacts_ever != 0);
    only_if("contact_dates", said.last_contact != protocol::ContactBand::none);
    only_if("analysis", !said.analysis.empty());
    only_if("duty_contact", !said.duty_contact.empty());
    only_if("marac_dates", said.marac_listed || said.marac_heard);
    if (!said.duty_contact.empty() && said.duty_contact != party->duty_contact)
        judging.broken("the duty contact is not the one that the text gives");
    if (party->dates_only && (!said.themes.empty() || !said.analysis.empty()))
        judging.broken("a party of dates tells a narrative");
}

} // namespace fanlight::simulation
