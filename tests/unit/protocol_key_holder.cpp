// A key holder's rules: who may ask for what and when, how much, what is free, what a restored copy does.

#include "protocol_key_holder_support.hpp"

#include <catch2/catch.hpp>

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::test;

namespace {

using Reason = EvaluateRefusalReason;
constexpr auto bulk = EvaluatePurpose::bulk;
constexpr auto query = EvaluatePurpose::query;
constexpr auto delta = EvaluatePurpose::delta;

/// Epoch 1 is being prepared for bulk, and open otherwise.
HolderWorld world_for(EvaluatePurpose purpose) {
    HolderWorld world;
    world.add(1);
    if (purpose != bulk) world.open(1);
    return world;
}
std::string_view asker(EvaluatePurpose purpose) {
    return purpose == query ? "coordinator" : "social_care";
}
std::uint32_t limit_of(EvaluatePurpose purpose) {
    return purpose == query ? HolderWorld::query_limit : 1024;
}
void check_spent(Outcome const& outcome, std::uint32_t charged, std::uint32_t limit) {
    REQUIRE(outcome.is(Reason::budget_spent));
    CHECK(outcome.refused->charged == charged);
    CHECK(outcome.refused->limit == limit);
    CHECK(text_of(outcome.leaf, crypto::FieldTag::reason) == std::string(in_words(Reason::budget_spent)) + ";");
}

} // namespace

TEST_CASE("key holder: a budget is spent to its last evaluation and no further") {
    auto const purpose = GENERATE(bulk, query, delta);
    CAPTURE(name(purpose));
    auto world = world_for(purpose);
    auto const limit = limit_of(purpose);
    auto const from = asker(purpose);
    CHECK(world.ask(from, purpose, limit - 100).reply->charged == limit - 100);
    check_spent(world.ask(from, purpose, 101), limit - 100, limit);
    auto const last = world.ask(from, purpose, 100);
    REQUIRE(last.served());
    CHECK(last.reply->charged == limit);
    CHECK(last.reply->limit == limit);
    check_spent(world.ask(from, purpose, 1), limit, limit);
    CHECK(world.budget(world.organisation(from), purpose, 1) == std::to_string(limit) + " of " + std::to_string(limit));
}

TEST_CASE("key holder: one batch over the whole budget is refused, and the budget stays") {
    auto world = world_for(query);
    check_spent(world.ask("coordinator", query, HolderWorld::query_limit + 1), 0, HolderWorld::query_limit);
    CHECK(world.ask("coordinator", query, HolderWorld::query_limit).served());
}

TEST_CASE("key holder: parties of one organisation share its budget, and organisations do not") {
    HolderWorld world;
    world.add(1);
    CHECK(world.ask("education", bulk, 1024).served());
    auto const second = world.ask("housing", bulk, 1000);
    CHECK(second.reply->charged == 2024);
    CHECK(second.reply->limit == 2048);
    check_spent(world.ask("education", bulk, 25), 2024, 2048);
    CHECK(world.ask("health", bulk, 1024).served());
    CHECK(world.ask("housing", bulk, 24).reply->charged == 2048);
}

TEST_CASE("key holder: the same batch asked again is free, even when the budget is spent") {
    auto const purpose = GENERATE(bulk, query, delta);
    CAPTURE(name(purpose));
    auto world = world_for(purpose);
    auto const limit = limit_of(purpose);
    auto const first = world.fresh(purpose, limit);
    auto const answered = world.ask(asker(purpose), first);
    REQUIRE(answered.served());
    check_spent(world.ask(asker(purpose), purpose, 1), limit, limit);
    auto again = first;
    again.exchange_key = world.random.make<crypto::ExchangeKey>();
    if (purpose != query) again.set = 0b101; // planned anew with another holder: the same batch
    bool const restarted = GENERATE(false, true);
    if (restarted) world.restart();
    auto const free = world.ask(asker(purpose), again);
    REQUIRE(free.served());
    CHECK(free.reply->charged == limit);
    CHECK(free.reply->receipt.served == answered.reply->receipt.served + 1);
    CHECK(text_of(free.leaf, crypto::FieldTag::text).find("asked again: not charged") != std::string::npos);
    CHECK(text_of(answered.leaf, crypto::FieldTag::text).find("asked again") == std::string::npos);
}

TEST_CASE("key holder: a request's number is for one batch of one organisation") {
    auto const change = GENERATE(0, 1, 2, 3, 4);
    CAPTURE(change);
    HolderWorld world;
    world.add(1);
    if (change != 4) world.open(1);
    auto const first = world.fresh(change == 4 ? bulk : delta, 10);
    REQUIRE(world.ask("education", first).served());
    CHECK(world.ask("housing", first).reply->charged == 10); // the same organisation
    auto other = first;
    if (change == 0) other.blinded = elements(10, 500);
    if (change == 1) other.blinded.pop_back();
    if (change == 2) std::swap(other.blinded[0], other.blinded[1]);
    if (change == 3) world.add(other.epoch = 2);
    if (change == 4) other.purpose = delta;
    if (change >= 3) world.open(other.epoch);
    auto const reused = world.ask("education", other);
    REQUIRE(reused.is(Reason::request_reused));
    CHECK(reused.refused->limit == 0);
    CHECK(world.ask("housing", other).is(Reason::request_reused));
    auto const independent = world.ask("social_care", other);
    REQUIRE(independent.served());
    CHECK(independent.reply->charged == other.blinded.size());
}

TEST_CASE("key holder: a refused request leaves its number unused") {
    auto world = world_for(query);
    auto request = world.fresh(query, HolderWorld::query_limit + 1);
    check_spent(world.ask("coordinator", request), 0, HolderWorld::query_limit);
    request.blinded = elements(5);
    CHECK(world.ask("coordinator", request).reply->charged == 5);
    CHECK(world.rows('q') == 1);
}

TEST_CASE("key holder: each stage of an epoch has its purposes") {
    HolderWorld world;
    world.add(1);
    CHECK(world.ask("health", delta, 1).is(Reason::not_open));
    auto const enrolment = world.fresh(bulk, 10);
    CHECK(world.ask("health", enrolment).served());

    SECTION("the coordinator's word opens it") {
        world.open(1);
    }
    SECTION("a query opens it, when that word is still on its way") {
        auto const outcome = world.ask("coordinator", query, 1);
        CHECK(outcome.served());
        REQUIRE(outcome.others.size() == 1);
        CHECK(outcome.others.front().leaf.kind == crypto::LeafClass::key_event);
        CHECK(world.epochs().find(1)->stage == EpochStage::open);
        world.restart();
    }
    SECTION("a query opens it, even one over the budget") {
        check_spent(world.ask("coordinator", query, HolderWorld::query_limit + 1), 0, HolderWorld::query_limit);
    }
    CHECK(world.ask("health", bulk, 1).is(Reason::bulk_closed));
    CHECK(world.ask("health", enrolment).is(Reason::bulk_closed)); // not even what was paid for
    CHECK(world.ask("health", delta, 1).served());
    CHECK(world.ask("coordinator", query, 1).served());

    world.add(2);
    CHECK(world.ask("health", bulk, 1, 2).served());
    world.open(2);
    CHECK(world.ask("health", bulk, 1).is(Reason::bulk_closed));
    CHECK(world.ask("health", delta, 1).is(Reason::not_open));
    CHECK(world.ask("coordinator", query, 1).served()); // asked before, and on its way
    CHECK(world.ask("health", delta, 1, 2).served());
}

TEST_CASE("key holder: what is wrong in itself opens no epoch") {
    HolderWorld world;
    world.add(1);
    auto folded = world.fresh(query, 1);
    folded.set = 0b011;
    CHECK(world.ask("coordinator", folded).opaque);
    CHECK(world.ask("health", query, 1).is(Reason::not_allowed));
    CHECK(world.epochs().find(1)->stage == EpochStage::preparing);
}

TEST_CASE(
    "key holder: the bulk quota is of one epoch, the budget of queries of the day, whichever epoch they are under") {
    HolderWorld world;
    world.add(1);
    CHECK(world.ask("health", bulk, 1024).served());
    world.open(1);
    CHECK(world.ask("coordinator", query, HolderWorld::query_limit).served());
    world.add(2);
    CHECK(world.ask("health", bulk, 1024, 2).served());
    check_spent(world.ask("health", bulk, 1, 2), 1024, 1024);
    check_spent(world.ask("coordinator", query, 1, 2), HolderWorld::query_limit, HolderWorld::query_limit);
    world.now += 24h;
    CHECK(world.ask("coordinator", query, HolderWorld::query_limit, 2).served());
    check_spent(world.ask("coordinator", query, 1, 1), HolderWorld::query_limit, HolderWorld::query_limit);
}

TEST_CASE("key holder: query and delta begin anew with the UTC day, and not with a restart") {
    auto const purpose = GENERATE(query, delta);
    CAPTURE(name(purpose));
    auto world = world_for(purpose);
    auto const limit = limit_of(purpose);
    world.now = parse_instant("2026-11-22T23:59:59Z").value();
    CHECK(world.ask(asker(purpose), purpose, limit).served());
    world.restart();
    check_spent(world.ask(asker(purpose), purpose, 1), limit, limit);
    world.now += 1s;
    CHECK(world.ask(asker(purpose), purpose, 1).reply->charged == 1);
    world.wake();
    world.now -= 1s; // a clock that goes back refills nothing
    check_spent(world.ask(asker(purpose), purpose, 1), limit, limit);
}

TEST_CASE("key holder: who may ask for what") {
    struct Row {
        char const* sender;
        EvaluatePurpose purpose;
        bool allowed;
    };
    auto const row = GENERATE(values<Row>({{"coordinator", query, true},
                                           {"coordinator", bulk, false},
                                           {"coordinator", delta, false},
                                           {"health", query, false},
                                           {"health", bulk, true},
                                           {"health", delta, true},
                                           {"refuge", query, false},
                                           {"refuge", bulk, true},
                                           {"refuge", delta, true},
                                           {"marac", bulk, false},
                                           {"marac", delta, false},
                                           {"probation", bulk, false},
                                           {"probation", delta, false},
                                           {"police", bulk, true}}));
    CAPTURE(row.sender, name(row.purpose));
    auto agreement = HolderWorld::agreement();
    policy::test::at(agreement, "marac").people = 0;
    policy::test::at(agreement, "probation").asked = policy::Asked::never;
    HolderWorld world(agreement);
    world.add(1);
    if (row.purpose != bulk) world.open(1);
    auto const outcome = world.ask(row.sender, row.purpose, 1);
    CHECK(outcome.served() == row.allowed);
    CHECK(outcome.is(Reason::not_allowed) == !row.allowed);
    CHECK(world.rows('h') == (row.allowed ? 1 : 0));
}

TEST_CASE("key holder: enrolment is folded for exactly t holders with us among them, and a query is not folded") {
    struct Row {
        EvaluatePurpose purpose;
        std::uint32_t set;
        bool good;
    };
    auto const row = GENERATE(values<Row>({{bulk, 0b011, true},
                                           {bulk, 0b101, true},
                                           {bulk, 0, false},
                                           {bulk, 0b001, false},
                                           {bulk, 0b110, false},
                                           {bulk, 0b111, false},
                                           {bulk, 0b100, false},
                                           {bulk, 0b1001, false},
                                           {bulk, 0b1000001, false},
                                           {delta, 0b101, true},
                                           {delta, 0, false},
                                           {delta, 0b110, false},
                                           {query, 0, true},
                                           {query, 0b011, false},
                                           {query, 0b111, false}}));
    CAPTURE(name(row.purpose), row.set);
    auto world = world_for(row.purpose);
    auto request = world.fresh(row.purpose, 3);
    request.set = row.set;
    auto const outcome = world.ask(asker(row.purpose), request);
    CHECK(outcome.served() == row.good);
    CHECK(outcome.opaque == !row.good);
    CHECK((text_of(outcome.leaf, crypto::FieldTag::reason).find("folded") != std::string::npos) == !row.good);
    CHECK(world.rows('h') == (row.good ? 1 : 0));
}

TEST_CASE("key holder: what does not decode gets one opaque refusal") {
    auto world = world_for(query);
    auto payload = encode(world.fresh(query, 2));
    payload.pop_back();
    CHECK(world.ask("coordinator", payload).opaque);
    CHECK(world.ask("coordinator", Bytes{}).opaque);
    CHECK(world.rows('h') == 0);
}

TEST_CASE("key holder: an epoch or sharing that it has no share of is unknown") {
    HolderWorld world;
    world.add(1, false);
    CHECK(world.ask("health", bulk, 1).is(Reason::epoch_unknown));
    CHECK(world.ask("health", bulk, 1, 2).is(Reason::epoch_unknown));
    CHECK(world.engine().budgets(world.now).empty());
    world.add(2);
    auto request = world.fresh(bulk, 1, 2);
    CHECK(world.ask("health", request).served());
    request.sharing = 2;
    CHECK(world.ask("health", request).is(Reason::epoch_unknown));
    CHECK(world.engine().budgets(world.now).front().epoch == 2);
}

TEST_CASE("key holder: a sharing that was replaced answers until it is destroyed, out of the same budget") {
    HolderWorld world;
    world.add(1);
    world.open(1);
    auto const before = world.fresh(query, 100);
    auto const old_reply = world.ask("coordinator", before);
    REQUIRE(old_reply.served());
    world.add(1); // shared anew
    auto request = world.fresh(query, 100);
    request.sharing = 2;
    CHECK(world.ask("coordinator", request).reply->charged == 200);
    CHECK(world.ask("coordinator", query, 100).reply->charged == 300); // the old one
    auto moved = before; // a batch that its asker sends again under the new sharing is the same batch
    moved.sharing = 2;
    auto const new_reply = world.ask("coordinator", moved);
    CHECK(new_reply.reply->charged == 300);
    CHECK(new_reply.reply->evaluated != old_reply.reply->evaluated);
    world.now += limits::old_keys_kept;
    world.wake();
    CHECK(world.ask("coordinator", query, 1).is(Reason::epoch_unknown));
    request = world.fresh(query, 1);
    request.sharing = 2;
    CHECK(world.ask("coordinator", request).served());
}

TEST_CASE("key holder: a closed epoch is destroyed with everything that was charged in it") {
    HolderWorld world;
    world.add(1);
    CHECK(world.ask("health", bulk, 10).served());
    world.open(1);
    CHECK(world.ask("coordinator", query, 10).served());
    world.add(2);
    CHECK(world.ask("health", bulk, 10, 2).served());
    world.open(2);
    world.now += limits::old_keys_kept - 1ms;
    world.wake();
    CHECK(world.ask("coordinator", query, 10).served());
    CHECK(world.rows('h') == 3);
    world.now += 1ms;
    world.wake();
    CHECK(world.ask("coordinator", query, 10).is(Reason::epoch_unknown));
    CHECK(world.rows('h') == 2); // epoch 2, and what queries of this day have had: that is counted over all epochs
    CHECK(world.rows('q') == 1);
}

TEST_CASE("key holder: a copy from before takes what runs as spent when it is shown its own word") {
    HolderWorld world;
    world.add(1);
    world.open(1);
    world.add(2);
    auto const kept = world.fresh(bulk, 5, 2);
    REQUIRE(world.ask("health", kept).served());
    auto const snapshot = world.disk;
    auto const lost = world.fresh(delta, 5);
    auto const later = world.ask("health", lost).reply->receipt;
    world.disk = snapshot;
    world.restart();

    CHECK(world.ask("coordinator", query, 1).served()); // nobody has told it yet
    auto honest = world.fresh(delta, 1);
    honest.receipt = later;
    auto const same_count = world.ask("health", honest); // it has served as many again: nothing to see
    CHECK(same_count.others.empty());
    CHECK(world.engine().restored_at() == Instant{});

    world.disk = snapshot;
    world.restart();
    honest = world.fresh(delta, 1);
    honest.receipt = later;
    auto const outcome = world.ask("health", honest);
    check_spent(outcome, 1024, 1024);
    REQUIRE(outcome.others.size() == 1);
    CHECK(outcome.others.front().leaf.kind == crypto::LeafClass::gap);
    CHECK(text_of(outcome.others.front(), crypto::FieldTag::text).find("restored from an older copy") !=
          std::string::npos);
    CHECK(world.engine().restored_at() == world.now);

    for (bool const restarted : {true, false}) {
        CAPTURE(restarted);
        if (restarted) world.restart();
        CHECK(world.engine().restored_at() != Instant{});
        check_spent(world.ask("coordinator", query, 1), HolderWorld::query_limit, HolderWorld::query_limit);
        check_spent(world.ask("social_care", delta, 1), 1024, 1024);
        check_spent(world.ask("social_care", bulk, 1, 2), 1024, 1024);
        check_spent(world.ask("health", lost), 1024, 1024); // paid for, and forgotten
        auto free = kept;
        free.receipt = later;
        auto const again = world.ask("health", free);
        REQUIRE(again.served());
        CHECK(again.others.empty()); // told once
        CHECK(again.reply->receipt.served > later.served);
    }
}

TEST_CASE("key holder: a free batch brings the word as well") {
    HolderWorld world;
    world.add(1);
    world.open(1);
    auto kept = world.fresh(delta, 5);
    REQUIRE(world.ask("health", kept).served());
    kept.receipt = world.receipt(100);
    auto const outcome = world.ask("health", kept);
    CHECK(outcome.served());
    CHECK(outcome.others.size() == 1);
    world.now = Instant(day_of(world.now)) + 24h - 1ms;
    world.wake();
    check_spent(world.ask("health", delta, 1), 1024, 1024);
    world.now += 1ms;
    world.wake();
    CHECK(world.engine().restored_at() == Instant{});
    CHECK(world.ask("health", delta, 1).served());
}

TEST_CASE("key holder: after a restore it serves again the next day, and bulk in the next epoch") {
    HolderWorld world;
    world.add(1);
    world.open(1);
    world.add(2);
    auto request = world.fresh(query, 1);
    request.receipt = world.receipt(50);
    check_spent(world.ask("coordinator", request), HolderWorld::query_limit, HolderWorld::query_limit);
    world.now = Instant(day_of(world.now)) + 24h - 1ms;
    world.wake();
    check_spent(world.ask("coordinator", query, 1), HolderWorld::query_limit, HolderWorld::query_limit);
    world.now += 1ms;
    world.wake();
    CHECK(world.engine().restored_at() != Instant{}); // bulk of epoch 2 is still lost
    CHECK(world.ask("coordinator", query, HolderWorld::query_limit).served());
    CHECK(world.ask("health", delta, 1024).served());
    check_spent(world.ask("health", bulk, 1, 2), 1024, 1024);

    // Receipts from the same lost time say nothing new, and spend no second day.
    world.now += 24h;
    request = world.fresh(query, 1);
    request.receipt = world.receipt(70);
    auto const late = world.ask("coordinator", request);
    CHECK(late.served());
    CHECK(late.others.empty());

    world.open(2);
    world.wake();
    CHECK(world.engine().restored_at() == Instant{});
    world.restart();
    CHECK(world.engine().restored_at() == Instant{});
    world.add(3);
    CHECK(world.ask("health", bulk, 1024, 3).served());
}

TEST_CASE("key holder: a copy that is behind twice loses twice") {
    HolderWorld world;
    world.add(1);
    world.open(1);
    auto request = world.fresh(query, 1);
    request.receipt = world.receipt(50);
    auto const snapshot = world.disk;
    CHECK(world.ask("coordinator", request).others.size() == 1);
    world.now += 24h;
    auto const later = world.ask("coordinator", query, 1).reply->receipt;
    world.disk = snapshot;
    world.restart();
    request = world.fresh(query, 1);
    request.receipt = later;
    auto const outcome = world.ask("coordinator", request);
    check_spent(outcome, HolderWorld::query_limit, HolderWorld::query_limit);
    CHECK(outcome.others.size() == 1);
}

TEST_CASE("key holder: a receipt that it did not sign is ignored, and logged") {
    auto world = world_for(query);
    auto const forged = GENERATE(0, 1, 2, 3);
    auto receipt = world.receipt(1000);
    if (forged == 0) receipt.served += 1;
    if (forged == 1) receipt.signature = {};
    if (forged == 2) receipt = world.receipt(1000, "police", "health"); // another holder's signature
    if (forged == 3) receipt = world.receipt(1000, "health", "police"); // about another holder
    CAPTURE(forged);
    auto request = world.fresh(query, 1);
    request.receipt = receipt;
    auto const outcome = world.ask("coordinator", request);
    CHECK(outcome.served());
    CHECK(outcome.others.empty());
    CHECK(outcome.reply->receipt.served == 1);
    CHECK(text_of(outcome.leaf, crypto::FieldTag::text).find("receipt is not signed") != std::string::npos);
    CHECK(world.engine().restored_at() == Instant{});
    request = world.fresh(query, 1000);
    request.receipt = receipt;
    auto const refused = world.ask("coordinator", request);
    check_spent(refused, 1, HolderWorld::query_limit);
    CHECK(text_of(refused.leaf, crypto::FieldTag::text).find("receipt is not signed") != std::string::npos);
}
