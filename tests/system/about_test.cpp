// Whatever a node's log says about a person is about that person, under that person's key: so that one can be erased
// and nothing of it stays under a key that others share. Looked at in whole queries, with summaries and linked cases.

#include "asking.hpp"
#include "policy/rehearse.hpp"

#include <set>

using namespace fanlight;
using namespace fanlight::simulation;
using crypto::FieldTag;
using crypto::LeafClass;
using crypto::Pseudonym;

namespace {

/// Of a leaf as a whole, never of one person.
std::set<FieldTag> const of_nobody{FieldTag::agreement_id, FieldTag::time,  FieldTag::exchange,
                                   FieldTag::peer,         FieldTag::query, FieldTag::purpose,
                                   FieldTag::route,        FieldTag::count, FieldTag::message_hash,
                                   FieldTag::stage,        FieldTag::user,  FieldTag::slot_commitments,
                                   FieldTag::context,      FieldTag::text,  FieldTag::slots};

bool is_name_of(ByteView value, std::optional<Pseudonym> const& about) {
    return about && std::ranges::equal(value, about->view());
}

/// A question to the agreement that tells anything of a person.
bool tells(crypto::Field const& request) {
    auto plain = policy::decode_past_decision(request.value).value();
    plain.own_colour.reset();
    plain.facts = {};
    return policy::encode(plain) != request.value;
}

/// `cases` are the coordinator's, which names them too; none at an agency.
void check_about(crypto::Entry const& entry, std::vector<CaseId> const& cases) {
    std::optional<Pseudonym> subject; // the one that was named last
    for (auto const& field : entry.fields) {
        CAPTURE(crypto::name(entry.leaf.kind), crypto::name(field.tag));
        if (of_nobody.contains(field.tag)) CHECK_FALSE(field.about);
        if (field.tag == FieldTag::colour || field.tag == FieldTag::fields) CHECK(field.about);
        if (field.tag == FieldTag::request && tells(field)) CHECK(field.about);
        if (field.tag == FieldTag::slot_opening) {
            REQUIRE(field.value.size() >= 2);
            CHECK(field.about.has_value() == (field.value[1] != protocol::PartyState::nobody));
        }
        if (field.tag == FieldTag::subject) {
            bool const a_case = std::ranges::any_of(
                cases, [&](CaseId const& id) { return std::ranges::equal(field.value, id.view()); });
            CHECK((a_case || is_name_of(field.value, field.about)));
            if (is_name_of(field.value, field.about)) subject = field.about;
        }
        if (field.about && cases.empty()) CHECK(field.about == subject);
    }
}

} // namespace

TEST_CASE("log: whatever a leaf says about a person is about that person, and nothing else is", "[system]") {
    Federation federation(Records::practice);
    std::vector<CaseId> cases;
    for (auto const* name : {"kira", "stephanie", "samantha"}) {
        cases.push_back(ask(federation, name));
        REQUIRE(federation.run_until_settled(cases.back()));
    }
    std::size_t told = 0;
    for (auto const& member : federation.members()) {
        bool const coordinator = member->party.text() == "coordinator";
        for (auto const& entry : member->disk.log()) {
            check_about(entry, coordinator ? cases : std::vector<CaseId>());
            for (auto const& field : entry.fields) told += field.about ? 1U : 0U;
        }
    }
    CHECK(told > 100);
}

TEST_CASE("log: an agency's leaf about a query names each matched person once, and keeps their fields apart",
          "[system]") {
    Federation federation(Records::practice);
    auto const id = ask(federation, "kira");
    REQUIRE(federation.run_until_settled(id));
    auto const& police = federation.at("police");
    std::size_t decisions = 0;
    std::set<Pseudonym> people;
    for (auto const& entry : leaves(police, LeafClass::decision)) {
        std::map<Pseudonym, std::set<FieldTag>> tags;
        std::map<std::optional<Pseudonym>, std::size_t> replies;
        for (auto const& field : entry.fields) {
            if (field.about) tags[*field.about].insert(field.tag);
            if (field.tag == FieldTag::decision) ++replies[field.about];
        }
        if (values_of(entry, FieldTag::stage).at(0).back() == 1) {
            for (auto const& [who, of] : tags) CHECK(replies[who] == 1);
            CHECK(replies[std::nullopt] == limits::slots - tags.size()); // the other slots are about nobody
        }
        for (auto const& [who, of] : tags) {
            CHECK(of.contains(FieldTag::subject));
            CHECK(of.contains(FieldTag::request));
            people.insert(who);
        }
        decisions += tags.empty() ? 0U : 1U;
        CHECK(values_of(entry, FieldTag::subject).size() == tags.size());
    }
    CHECK(decisions >= 1);
    CHECK(people.size() >= 2);
    for (auto const& entry : leaves(police, LeafClass::context_opened)) {
        auto const subject = Pseudonym::parse(values_of(entry, FieldTag::subject).at(0)).value();
        CHECK(people.contains(subject));
    }
}

TEST_CASE("log: the coordinator's leaf about a query opens each slot for its own person", "[system]") {
    Federation federation(Records::practice);
    auto const id = ask(federation, "kira");
    REQUIRE(federation.run_until_settled(id));
    auto const& hub = federation.at("coordinator");
    auto const& item = federation.case_of(id);
    std::size_t queries = 0;
    for (auto const& entry : leaves(hub, LeafClass::query_sent)) {
        if (values_of(entry, FieldTag::stage).at(0).back() != 1) continue;
        ++queries;
        auto const party = PartyId::parse(text_of(entry, FieldTag::peer)).value();
        auto const& order = item.parties.at(party).order;
        std::vector<crypto::Field> openings;
        for (auto const& field : entry.fields)
            if (field.tag == FieldTag::slot_opening) openings.push_back(field);
        REQUIRE(openings.size() == limits::slots);
        for (std::size_t slot = 0; slot < limits::slots; ++slot) {
            auto const& value = openings[slot].value;
            bool const somebody = order[slot] != protocol::PartyState::nobody;
            CHECK(value[0] == slot);
            CHECK(value[1] == order[slot]);
            CHECK(protocol::decode_opened_slot(value).value().hashes.empty() != somebody);
            auto const about =
                somebody ? std::optional(protocol::subject_of(*hub.self, id, order[slot])) : std::nullopt;
            CHECK(openings[slot].about == about);
        }
    }
    CHECK(queries > 2);
    // That somebody is Red, and why somebody was not asked, is about a person as well.
    std::size_t reasons = 0;
    auto family = practice_family("samantha", federation.agreement());
    family.not_asked[party("housing")] = "somebody of the family works there";
    REQUIRE(federation.submit(family));
    for (auto const kind : {LeafClass::decision, LeafClass::admin})
        for (auto const& entry : leaves(hub, kind))
            for (auto const& field : entry.fields) {
                if (field.tag != FieldTag::reason) continue;
                CHECK(field.about);
                ++reasons;
            }
    CHECK(reasons >= 1);
    // Whoever is on the form is named in the leaf that says that it was entered.
    std::set<Pseudonym> entered;
    for (auto const& entry : leaves(hub, LeafClass::admin))
        if (text_of(entry, FieldTag::text) == "family query entered")
            for (auto const& field : entry.fields)
                if (field.tag == FieldTag::subject && field.about) entered.insert(*field.about);
    CHECK(entered.size() == item.family.people.size() + family.people.size());
}
