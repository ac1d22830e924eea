// What the engines keep on disk: it comes back as it was, and anything else is damage, not a guess.

#include "protocol/engine/case.hpp"
#include "protocol/engine/received.hpp"
#include "protocol/engine/record_codec.hpp"
#include "protocol_samples.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::test;

namespace {

template <class T> T pick(std::initializer_list<T> values) {
    return *rc::gen::elementOf(std::vector<T>(values));
}
std::string some_text() {
    return *rc::gen::arbitrary<std::string>();
}
std::optional<Day> some_day() {
    if (*rc::gen::arbitrary<bool>()) return std::nullopt;
    return Day(std::chrono::days(*rc::gen::inRange(-40000, 90000))); // from 1860
}
Identity some_identity() {
    Identity identity;
    auto const names = *rc::gen::inRange(0, 4);
    for (int i = 0; i < names; ++i) identity.names.push_back({some_text(), some_text()});
    identity.date_of_birth = some_day();
    identity.nhs_number = some_text();
    identity.addresses = {{some_text(), some_text(), some_text(), some_text(), some_text()}};
    identity.sex = Sex::female;
    identity.upn = some_text();
    identity.agreed_number = some_text();
    identity.partial_date = PartialDate{2016, 3};
    return identity;
}
std::optional<policy::Colour> some_colour() {
    return pick<std::optional<policy::Colour>>(
        {std::nullopt, policy::Colour::blue, policy::Colour::green, policy::Colour::amber, policy::Colour::red});
}
PersonRecord some_record() {
    PersonRecord record;
    record.id = some_text();
    record.family_id = some_text();
    record.identity = some_identity();
    if (auto const colour = some_colour())
        record.rating =
            Rating{*colour, some_day().value_or(Day{}), some_text(), some_text(), {some_text(), some_text()}};
    record.contacts_12m = *rc::gen::arbitrary<std::uint32_t>();
    record.contacts_ever = *rc::gen::arbitrary<std::uint32_t>();
    record.last_contact = some_day();
    record.open = *rc::gen::arbitrary<bool>();
    record.marac_listed = some_day();
    record.marac_heard = some_day();
    return record;
}

Case sample_case() {
    Case item;
    item.id = filled<CaseId>(1);
    item.family.reference = "marie";
    item.family.purpose = "safeguarding_children";
    item.family.route = "s47";
    item.family.user = "Jo Hub";
    item.family.source = Source::police;
    item.family.consent = Consent::not_safe_to_ask;
    item.family.told = Told::not_safe;
    item.family.domestic_abuse = true;
    item.family.dash = std::uint8_t(14);
    item.family.not_asked.emplace(party("housing"), "a reason");
    for (auto const* label : {"Marie", "Greg"}) {
        FamilyMember member;
        member.label = label;
        member.roles = {PersonRole::parent_carer, PersonRole::causing_harm};
        member.relation = "mother";
        member.identity.names = {{"Marie", "Example"}, {"Mary", "Example"}};
        member.identity.date_of_birth = parse_day("1961-02-03").value();
        item.family.people.push_back(member);
        item.nonces.push_back(filled<PersonNonce>(2));
    }
    item.created = noon();
    item.deadline = noon() + std::chrono::hours(8);
    item.expiry = noon() + std::chrono::hours(168);
    PartyState left_out;
    left_out.stage = PartyStage::left_out;
    left_out.reason = "a reason";
    item.parties.emplace(party("housing"), left_out);
    PartyState answered;
    answered.stage = PartyStage::answered;
    answered.query = filled<QueryId>(4);
    answered.exchange = filled<ExchangeId>(5);
    answered.exchange_key = filled<crypto::ExchangeKey>(6);
    answered.payload_hash = filled<crypto::Sha256>(7);
    answered.order.fill(PartyState::nobody);
    answered.order[3] = 1;
    answered.order[9] = 0;
    answered.asked_at = noon();
    answered.answered_at = noon() + std::chrono::seconds(2);
    answered.replies = {answer().slots[4], answer().slots[5]};
    answered.statement = statement();
    answered.statement->party = party("police");
    answered.summary_asked = answered.summary_done = true;
    answered.summary_exchange = filled<ExchangeId>(8);
    answered.summary_key = filled<crypto::ExchangeKey>(9);
    answered.summary_hash = filled<crypto::Sha256>(10);
    answered.summaries = {slot_summary()};
    answered.summaries[0].slot = 1;
    item.parties.emplace(party("police"), answered);
    item.problem = "a problem";
    item.revision = 12;
    return item;
}

Received sample_received() {
    Received received{.id = filled<QueryId>(1),
                      .from = party("coordinator"),
                      .exchange = filled<ExchangeId>(2),
                      .exchange_key = filled<crypto::ExchangeKey>(3),
                      .payload_hash = filled<crypto::Sha256>(4),
                      .purpose = 1,
                      .route = 2,
                      .release_at = noon(),
                      .expiry = noon() + std::chrono::hours(1),
                      .released = true,
                      .summarised = false,
                      .slots = {}};
    for (auto const& one : answer().slots) received.slots.push_back({std::nullopt, one, {}, false});
    received.slots[4].row = 77;
    received.slots[4].facts = {true, false, false, true};
    return received;
}

template <class Decode> void check_damage(Bytes const& bytes, Decode const& decode) {
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        auto const decoded = decode(ByteView(bytes).first(size));
        CAPTURE(size);
        REQUIRE_FALSE(decoded);
        REQUIRE((decoded.assume_error().code == Errc::damaged || decoded.assume_error().code == Errc::malformed));
    }
    auto longer = bytes;
    longer.push_back(0);
    CHECK_FALSE(decode(longer));
    // Any bit may rot: never a crash, and what still reads is something that could have been written.
    for (std::size_t at = 0; at < bytes.size(); ++at)
        for (unsigned bit = 0; bit < 8; ++bit) {
            auto rotten = bytes;
            rotten[at] = static_cast<std::uint8_t>(rotten[at] ^ (1U << bit));
            auto const decoded = decode(rotten);
            if (!decoded) continue;
            auto const written = encode(decoded.assume_value());
            auto const again = decode(written);
            CAPTURE(at, bit);
            REQUIRE(again);
            REQUIRE(encode(again.assume_value()) == written);
        }
}

} // namespace

TEST_CASE("state: a record comes back as it was") {
    REQUIRE(rc::check("record", [] {
        auto const record = some_record();
        auto const bytes = encode(record);
        auto const decoded = decode_record(bytes);
        RC_ASSERT(bool(decoded));
        auto const& back = decoded.assume_value();
        bool const same = encode(back) == bytes && back.id == record.id && back.open == record.open &&
                          back.identity.date_of_birth == record.identity.date_of_birth &&
                          back.identity.names.size() == record.identity.names.size() &&
                          back.rating.has_value() == record.rating.has_value() &&
                          back.last_contact == record.last_contact && back.marac_heard == record.marac_heard &&
                          back.contacts_ever == record.contacts_ever;
        RC_ASSERT(same);
        if (record.rating) {
            RC_ASSERT(back.rating->colour == record.rating->colour);
            RC_ASSERT(back.rating->rated_on == record.rating->rated_on);
            RC_ASSERT(back.rating->themes == record.rating->themes);
        }
    }));
}

TEST_CASE("state: a case comes back as it was") {
    auto const item = sample_case();
    auto const bytes = encode(item);
    auto const decoded = decode_case(bytes);
    REQUIRE(decoded);
    auto const& back = decoded.assume_value();
    CHECK(encode(back) == bytes);
    CHECK(back.family.dash == item.family.dash);
    CHECK(back.family.people[1].roles == item.family.people[1].roles);
    CHECK(back.family.not_asked == item.family.not_asked);
    CHECK(back.nonces == item.nonces);
    auto const& police = back.parties.at(party("police"));
    CHECK(police.order == item.parties.at(party("police")).order);
    CHECK(police.replies[0].reply.colour == policy::Colour::amber);
    CHECK(police.statement->signature == statement().signature);
    CHECK(police.summaries[0].analysis == slot_summary().analysis);
    CHECK(police.summary_hash == filled<crypto::Sha256>(10));
    CHECK(back.problem == item.problem);
    CHECK(back.revision == item.revision);
}

TEST_CASE("state: a received query comes back as it was, but for who opened what") {
    auto const received = sample_received();
    auto const bytes = encode(received);
    auto const decoded = decode_received(bytes);
    REQUIRE(decoded);
    auto const& back = decoded.assume_value();
    CHECK(encode(back) == bytes);
    CHECK(back.from == received.from);
    CHECK(back.slots.size() == limits::slots);
    CHECK(back.slots[4].row == received.slots[4].row);
    CHECK_FALSE(back.slots[3].row);
    CHECK(back.slots[4].facts.domestic_abuse);
    CHECK_FALSE(back.slots[4].facts.section_47);
    CHECK(back.slots[4].answer.reply.colour == policy::Colour::amber);
    CHECK(worst_of(back.slots) == policy::Colour::amber);
}

TEST_CASE("state: damage is refused") {
    check_damage(encode(sample_case()), decode_case);
    check_damage(encode(sample_received()), decode_received);
    PersonRecord record;
    record.id = "R1";
    record.identity.names = {{"A", "B"}};
    record.rating = Rating{policy::Colour::amber, day_of(noon()), "C", "D", {"e"}};
    record.last_contact = day_of(noon());
    check_damage(encode(record), decode_record);
}

TEST_CASE("state: a case whose indexes point outside its family is damaged") {
    struct Row {
        char const* about;
        std::function<void(Case&)> change;
    };
    std::vector<Row> const rows{
        {"replies", [](auto& item) { item.parties.at(party("police")).replies.pop_back(); }},
        {"order", [](auto& item) { item.parties.at(party("police")).order[0] = 2; }},
        {"summary", [](auto& item) { item.parties.at(party("police")).summaries[0].slot = 2; }},
        {"nonces", [](auto& item) { item.nonces.pop_back(); }},
    };
    for (auto const& row : rows) {
        CAPTURE(row.about);
        auto item = sample_case();
        row.change(item);
        auto const decoded = decode_case(encode(item));
        REQUIRE_FALSE(decoded);
        CHECK(decoded.assume_error().code == Errc::damaged);
    }
}

TEST_CASE("state: settled and everybody answered") {
    auto item = sample_case();
    CHECK(settled(item));
    CHECK_FALSE(everybody_answered(item)); // one was left out
    item.parties.erase(party("housing"));
    CHECK(everybody_answered(item));
    auto& police = item.parties.at(party("police"));
    police.summary_done = false;
    CHECK_FALSE(settled(item));
    police.summary_done = true;
    for (auto const stage : {PartyStage::pending, PartyStage::asked}) {
        police.stage = stage;
        CHECK_FALSE(settled(item));
        CHECK_FALSE(everybody_answered(item));
    }
    police.stage = PartyStage::refused;
    CHECK(settled(item));
    CHECK_FALSE(everybody_answered(item));
    police.stage = PartyStage::on_condition;
    CHECK(everybody_answered(item));
    police.stage = PartyStage::answered;
    for (auto const kind : {policy::ReplyKind::not_checked, policy::ReplyKind::version_mismatch}) {
        police.replies[1] = {policy::no_colour(kind), no_clause};
        CHECK_FALSE(everybody_answered(item));
    }
}
