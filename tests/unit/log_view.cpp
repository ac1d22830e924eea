// The log as information governance sees it: words, exceptions, marks, samples, proofs, whom an erasure finds.

#include "node/http/log_view.hpp"

#include "crypto/text.hpp"
#include "log_ledger_support.hpp"
#include "node/http/log_actions.hpp"
#include "node/log/prove_leaf.hpp"
#include "policy/rehearse.hpp"

#include <boost/json.hpp>
#include <rapidcheck.h>

using namespace fanlight;
using namespace fanlight::node;
using namespace fanlight::node::ledger_test;

namespace json = boost::json;

namespace {

/// A ledger and a reader of it.
struct Desk {
    Ledger ledger;
    std::optional<Database> database;
    std::optional<EventReader> reader;
    EventReader& events() {
        ledger.publish();
        reader.reset();
        database.emplace(ledger.reader());
        reader.emplace(EventReader::open(*database, ledger.key, ledger.subjects(), ledger.logs()).value());
        return *reader;
    }
    LogEvent at(LeafPlace const& place) { return events().at(place).value(); }
};

Bytes bytes_of(LeafPlace const& place) {
    Bytes bytes;
    append_u32(bytes, static_cast<std::uint32_t>(place.shard));
    append_u64(bytes, place.position);
    return bytes;
}

std::uint64_t counted(json::object const& view, char const* kind) {
    for (auto const& value : view.at("exceptions").as_array())
        if (value.at("kind") == kind) return value.at("count").to_number<std::uint64_t>();
    FAIL("no such kind");
    return 0;
}

std::vector<std::string> places_in(json::array const& rows) {
    std::vector<std::string> places;
    for (auto const& row : rows) places.emplace_back(row.at("place").as_string());
    return places;
}

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("log words: a place, and what is none") {
    CHECK(place_text({2026, 18204}) == "2026/18204");
    CHECK(place_text({2026002, 0}) == "2026-2/0");
    CHECK(parse_place("2026/18204").value() == LeafPlace{2026, 18204});
    CHECK(parse_place("2026-2/0").value() == LeafPlace{2026002, 0});
    for (auto const* text : {"", "2026", "2026/", "/1", "2026/01", "2026/-1", "2026/1 ", "26/1", "2026-1/1", "x/1",
                             "2026/9223372036854775808"})
        CHECK(parse_place(text).has_error());
}

TEST_CASE("log words: every class has a token of its own, either way") {
    std::set<std::string> tokens;
    for (std::uint8_t value = 1; crypto::parse_leaf_class(value); ++value) {
        auto const kind = crypto::parse_leaf_class(value).value();
        CHECK(tokens.insert(token(kind)).second);
        CHECK(parse_class_token(token(kind)).value() == kind);
    }
    CHECK(tokens.size() == 22);
    CHECK(parse_class_token("disclosure-sent").value() == LeafClass::disclosure_sent);
    CHECK(parse_class_token("Refusal").has_error());
    CHECK(parse_class_token("").has_error());
    CHECK_FALSE(parse_classes("").value());
    CHECK(*parse_classes("refusal,gap").value() == std::set{LeafClass::refusal, LeafClass::gap});
    CHECK(parse_classes("refusal,,gap").has_error());
}

TEST_CASE("log words: every field has a token of its own, either way") {
    std::set<std::string> tokens;
    for (std::uint8_t value = 1; value <= static_cast<std::uint8_t>(FieldTag::slots); ++value) {
        auto const tag = static_cast<FieldTag>(value);
        CHECK(tokens.insert(token(tag)).second);
        CHECK(parse_field_token(token(tag)).value() == tag);
    }
    CHECK(parse_field_token("message-hash").value() == FieldTag::message_hash);
    CHECK(parse_field_token("message").has_error());
}

TEST_CASE("log words: exceptions are what they say, and ordinary leaves are none") {
    Desk desk;
    auto& ledger = desk.ledger;
    struct Row {
        LeafPlace place;
        std::vector<LogException> found;
    };
    std::vector<Row> rows;
    auto const add = [&](LeafPlace place, std::vector<LogException> found) {
        rows.push_back({place, std::move(found)});
    };
    auto const reason = [&](LeafClass kind, char const* text) {
        return ledger.draft(noon).add(FieldTag::reason, text).write(kind);
    };
    auto const text = [&](LeafClass kind, char const* what) {
        return ledger.draft(noon).add(FieldTag::text, what).write(kind);
    };
    add(reason(LeafClass::break_glass, "network is down"), {LogException::break_glass});
    add(reason(LeafClass::refusal, "query is expired"), {LogException::withheld});
    add(reason(LeafClass::refusal, "the asking party's budget of slots is spent for today"), {LogException::budget});
    add(reason(LeafClass::refusal, "this organisation's budget of evaluations is spent"), {LogException::budget});
    add(ledger.draft(noon).write(LeafClass::refusal), {LogException::withheld});
    add(reason(LeafClass::disclosure_received, "late"), {LogException::late});
    add(ledger.draft(noon).write(LeafClass::disclosure_received), {});
    add(reason(LeafClass::disclosure_received, "the other node refused"), {});
    add(text(LeafClass::start_stop_clock, "node started"), {});
    add(text(LeafClass::start_stop_clock, "node stopped"), {});
    add(text(LeafClass::start_stop_clock, "the clock was set; the lease is void until another one comes"),
        {LogException::clock});
    add(ledger.draft(noon).write(LeafClass::correction), {LogException::corrected});
    add(ledger.draft(noon).write(LeafClass::gap), {LogException::gap});
    add(ledger.draft(noon).write(LeafClass::erasure), {LogException::erasure});
    add(ledger.draft(noon).add(FieldTag::decision, "not_known").write(LeafClass::decision), {});
    add(ledger.draft(noon).about(person(1)).add(FieldTag::decision, "known_not_shared").write(LeafClass::decision),
        {LogException::withheld});
    add(ledger.draft(noon)
            .add(FieldTag::decision, "unsure_match")
            .add(FieldTag::decision, "known_not_shared")
            .write(LeafClass::decision),
        {LogException::withheld, LogException::unsure_match});
    add(ledger.draft(noon).write(LeafClass::disclosure_sent), {});
    add(ledger.draft(noon).write(LeafClass::ig_review), {});
    for (auto const& row : rows) {
        INFO(place_text(row.place));
        CHECK(exceptions_of(desk.at(row.place)) == row.found);
    }
}

TEST_CASE("log words: a row says nothing about one person alone") {
    Desk desk;
    auto const place = desk.ledger.draft(noon)
                           .number(FieldTag::stage, 1)
                           .add(FieldTag::purpose, "safeguarding_children")
                           .add(FieldTag::route, "s47")
                           .about(person(0xAB))
                           .add(FieldTag::subject, person(0xAB).view())
                           .add(FieldTag::decision, "rated")
                           .add(FieldTag::colour, "red")
                           .add(FieldTag::clause, "4.1")
                           .about(person(0xCD))
                           .add(FieldTag::decision, "known_not_shared")
                           .add(FieldTag::clause, "none")
                           .add(FieldTag::reason, "sharing would do the child more harm than good")
                           .about(std::nullopt)
                           .add(FieldTag::decision, "not_known")
                           .add(FieldTag::decision, "not_known")
                           .write(LeafClass::decision);
    auto const event = desk.at(place);
    CHECK(summary_of(event) == "stage 1; safeguarding_children; s47; 1 RED, 1 known, not shared, 2 not known");
    CHECK(subjects_of(event) == Texts{"abababab", "cdcdcdcd"});
    CHECK(clauses_of(event) == Texts{"4.1"});
    auto const row = json::serialize(row_json(event));
    CHECK(row.find("harm") == std::string::npos);
    CHECK(row.find("ababababab") == std::string::npos);
}

TEST_CASE("log words: of somebody who is erased a leaf says how much is gone") {
    Desk desk;
    auto& ledger = desk.ledger;
    auto const place = ledger.draft(noon)
                           .about(person(1))
                           .add(FieldTag::colour, "red")
                           .add(FieldTag::clause, "4.1")
                           .write(LeafClass::decision);
    REQUIRE(ledger.subjects().durable());
    REQUIRE(ledger.subjects().erase(std::vector<protocol::ErasedSubject>{{person(1), place}}));
    auto const event = desk.at(place);
    CHECK(summary_of(event) == "2 fields erased");
    auto const view = event_json(event);
    CHECK(view.at("fields").at(1).at("words") == "erased");
    CHECK(view.at("fields").at(1).at("erased") == true);
    CHECK(clauses_of(event).empty());
}

TEST_CASE("log words: fields in words") {
    auto const shown = [](FieldTag tag, ByteView value) {
        return in_words(crypto::ShownField{tag, {}, {}, crypto::ShownField::Value{to_bytes(value), {}}});
    };
    CHECK(shown(FieldTag::time, number_of(to_wire(noon))) == "2026-11-22T12:00:00Z");
    CHECK(shown(FieldTag::time, Bytes(7, 1)) == "01010101010101");
    CHECK(shown(FieldTag::count, number_of(17)) == "17");
    CHECK(shown(FieldTag::colour, as_bytes("amber")) == "AMBER");
    CHECK(shown(FieldTag::decision, as_bytes("known_not_shared")) == "known, not shared");
    CHECK(shown(FieldTag::decision, as_bytes("sure")) == "sure");
    CHECK(shown(FieldTag::fields, as_bytes("contact_dates")) == "dates of contacts, in bands");
    CHECK(shown(FieldTag::leaf, bytes_of({2026, 5})) == "2026/5");
    CHECK(shown(FieldTag::leaf, Bytes(5, 0xFF)) == "ffffffffff");
    Bytes period = number_of(to_wire(noon));
    append(period, ByteView(number_of(to_wire(noon + std::chrono::hours(1)))));
    CHECK(shown(FieldTag::period, period) == "2026-11-22T12:00:00Z to 2026-11-22T13:00:00Z");
    policy::PastDecision asked;
    asked.field = policy::DataField::colour;
    asked.own_colour = policy::Colour::red;
    asked.facts.section_47 = true;
    asked.clause = "4.1";
    CHECK(shown(FieldTag::request, policy::encode(asked)).find("permitted by clause 4.1") != std::string::npos);
    CHECK(shown(FieldTag::request, Bytes(3, 9)) == "090909");
    CHECK(in_words(crypto::ShownField{FieldTag::colour, {}, {}, {}}) == "erased");
}

TEST_CASE("log question: parameters, each in its form") {
    auto const good = parse_log_question("from_ms=1000&to_ms=2000&class=refusal,gap&peer=housing&first=2026/7&limit=5&"
                                         "exceptions=1&exchange=" +
                                         std::string(64, 'a'))
                          .value();
    CHECK(good.filter.from == Instant(Duration(1000)));
    CHECK(good.filter.to == Instant(Duration(2000)));
    CHECK(good.filter.kinds->size() == 2);
    CHECK(good.filter.peer == "housing");
    CHECK(good.filter.first == LeafPlace{2026, 7});
    CHECK(good.filter.exchange);
    CHECK(good.exceptions_only);
    CHECK(good.limit == 5);
    CHECK(parse_log_question("").value().limit == 100);
    CHECK(parse_log_question("limit=10000"));
    for (auto const* text : {"limit=10001", "limit=", "limit=x", "from_ms=-1", "to_ms=1.5", "class=nothing",
                             "peer=Housing", "first=7", "exchange=aa", "frm_ms=1", "limit"})
        CHECK(parse_log_question(text).error().code == Errc::malformed);
    CHECK(parameter("a=1&ab=2&b=", "ab") == "2");
    CHECK(parameter("a=1&ab=2&b=", "b") == "");
    CHECK_FALSE(parameter("a=1", "b"));
}

TEST_CASE("log list: exceptions are counted over everything, and rows are the newest") {
    Desk desk;
    auto& ledger = desk.ledger;
    for (int i = 0; i < 5; ++i) {
        ledger.draft(noon + i * a_minute).write(LeafClass::query_received);
        ledger.draft(noon + i * a_minute).add(FieldTag::reason, "query is expired").write(LeafClass::refusal);
    }
    LogQuestion question;
    question.limit = 3;
    auto const view = list_view(desk.events(), question).value();
    CHECK(view.at("leaves") == 10);
    CHECK(view.at("exceptional") == 5);
    CHECK(counted(view, "withheld") == 5);
    CHECK(counted(view, "break_glass") == 0);
    CHECK(places_in(view.at("rows").as_array()) == Texts{"2026/7", "2026/8", "2026/9"});
    CHECK(places_in(view.at("exception_rows").as_array()) == Texts{"2026/5", "2026/7", "2026/9"});
    CHECK(view.at("by_class").at("refusal") == 5);
    question.exceptions_only = true;
    CHECK(list_view(desk.events(), question).value().at("rows").as_array().empty());
    ledger.without_opening(LeafClass::filler);
    question.exceptions_only = false;
    auto const with_filler = list_view(desk.events(), question).value();
    CHECK(with_filler.at("leaves") == 10);
    CHECK(with_filler.at("fillers") == 1);
    CHECK(with_filler.at("rows") == view.at("rows"));
    question.filter.kinds = std::set{LeafClass::filler};
    CHECK(places_in(list_view(desk.events(), question).value().at("rows").as_array()) == Texts{"2026/10"});
    question = {};
    question.filter.from = noon + 4 * a_minute;
    CHECK(counted(list_view(desk.events(), question).value(), "withheld") == 1);
}

TEST_CASE("log sample: by a seed, the same for everybody, whatever the log has grown by") {
    Desk desk;
    auto& ledger = desk.ledger;
    for (int i = 0; i < 60; ++i)
        ledger.draft(noon + i * a_minute).write(i % 3 == 0 ? LeafClass::disclosure_sent : LeafClass::admin);
    EventFilter filter;
    filter.to = noon + 60 * a_minute;
    auto const drawn = sample_view(desk.events(), filter, 10, "2026W47").value();
    CHECK(drawn.at("population") == 60);
    auto const places = places_in(drawn.at("rows").as_array());
    REQUIRE(places.size() == 10);
    // As somebody else would: order all places by their HMAC.
    std::vector<std::pair<crypto::Sha256, std::uint64_t>> order;
    for (std::uint64_t i = 0; i < 60; ++i)
        order.emplace_back(crypto::hmac_sha256(as_bytes("2026W47"), {bytes_of({2026, i})}), i);
    std::sort(order.begin(), order.end());
    std::set<std::string> expected;
    for (std::size_t i = 0; i < 10; ++i) expected.insert(place_text({2026, order[i].second}));
    CHECK(std::set<std::string>(places.begin(), places.end()) == expected);

    ledger.draft(noon + 61 * a_minute).write(LeafClass::admin);
    CHECK(places_in(sample_view(desk.events(), filter, 10, "2026W47").value().at("rows").as_array()) == places);
    CHECK(places_in(sample_view(desk.events(), filter, 10, "2026W48").value().at("rows").as_array()) != places);
    ledger.without_opening(LeafClass::filler);
    CHECK(sample_view(desk.events(), {}, 10, "2026W47").value().at("population") == 61);
    filter.kinds = std::set{LeafClass::disclosure_sent};
    CHECK(sample_view(desk.events(), filter, 50, "2026W47").value().at("drawn") == 20);
    CHECK(sample_view(desk.events(), filter, 0, "2026W47").error().code == Errc::malformed);
    CHECK(sample_view(desk.events(), filter, 1001, "2026W47").error().code == Errc::malformed);
    CHECK(sample_view(desk.events(), filter, 10, "").error().code == Errc::malformed);
    CHECK(sample_view(desk.events(), filter, 10, std::string(201, 'x')).error().code == Errc::malformed);
}

TEST_CASE("log erase: everything about one person is found, and nothing else") {
    Desk desk;
    auto& ledger = desk.ledger;
    ledger.draft(noon).add(FieldTag::text, "node started").write(LeafClass::start_stop_clock);
    auto const one = ledger.draft(noon).about(person(1)).add(FieldTag::colour, "red").write(LeafClass::decision);
    ledger.draft(noon).about(person(2)).add(FieldTag::colour, "red").write(LeafClass::decision);
    auto const both = ledger.draft(noon)
                          .about(person(2))
                          .add(FieldTag::colour, "red")
                          .about(person(1))
                          .add(FieldTag::clause, "4.1")
                          .write(LeafClass::decision);
    CHECK(places_about(desk.events(), person(1)).value() == std::vector{one, both});
    CHECK(places_about(desk.events(), person(3)).value().empty());
    // Also after it was erased: an erasure can be ordered again.
    REQUIRE(ledger.subjects().durable());
    REQUIRE(ledger.subjects().erase(std::vector<protocol::ErasedSubject>{{person(1), both}}));
    CHECK(places_about(desk.events(), person(1)).value() == std::vector{one, both});
}

TEST_CASE("log prove: any leaf, under any head that has it, and nothing that is not so") {
    Desk desk;
    auto& ledger = desk.ledger;
    for (int i = 0; i < 300; ++i) ledger.draft(noon).number(FieldTag::count, unsigned(i)).write(LeafClass::admin);
    ledger.publish();
    auto const old_head = ledger.log().signed_head();
    for (int i = 0; i < 400; ++i) ledger.draft(noon).number(FieldTag::count, unsigned(i)).write(LeafClass::admin);
    ledger.publish();
    auto const directory = ledger.logs() / "2026";
    auto const policy = crypto::TrustPolicy::make({{log_test::public_key(), {}}}, {}, {}, "none").value();
    for (std::uint64_t const position : {0U, 1U, 255U, 256U, 299U, 300U, 699U}) {
        auto const leaf = ledger.log().leaf(position).value();
        auto const proof = prove_leaf(directory, position, "").value();
        auto const checked = crypto::verify_tlog_proof(proof, leaf.bytes(), policy).value();
        CHECK(checked.checkpoint.size == 700);
        CHECK(proof.index == position);
        auto const old = prove_leaf(directory, position, old_head);
        CHECK(old.has_value() == (position < 300));
        if (old) CHECK(crypto::verify_tlog_proof(old.value(), leaf.bytes(), policy).value().checkpoint.size == 300);
        auto other = leaf;
        other.kind = LeafClass::gap;
        CHECK(crypto::verify_tlog_proof(proof, other.bytes(), policy).error().code == Errc::bad_signature);
    }
    CHECK(prove_leaf(directory, 700, "").error().code == Errc::missing);
    // A flipped bit in a tile that the path needs.
    log_test::Flip const flip(directory / "tile/0/000", 40, 3);
    CHECK(prove_leaf(directory, 0, "").error().code == Errc::damaged);
}

TEST_CASE("log actions: bodies, and what is none") {
    auto const mark =
        parse_review(R"({"place":"2026/7","verdict":"not-justified","user":"r.patel","note":"no basis"})").value();
    CHECK(mark.leaf == LeafPlace{2026, 7});
    CHECK(mark.verdict == protocol::ReviewVerdict::not_justified);
    CHECK(mark.note == "no basis");
    for (auto const* body :
         {"", "[]", "{", R"({"place":"2026/7","verdict":"fine","user":"r"})",
          R"({"place":"7","verdict":"justified","user":"r"})", R"({"place":"2026/7","verdict":"justified","user":1})",
          R"({"place":"2026/7","verdict":"justified","user":"r","colour":"red"})"})
        CHECK(parse_review(body).error().code == Errc::malformed);

    CHECK(parse_glass_broken(R"({"user":"a","approver":"b","reason":"c","hours":24})").value().lasts ==
          std::chrono::hours(24));
    for (auto const* hours : {"0", "25", "-1", "1.5", "\"1\""})
        CHECK(parse_glass_broken(std::string(R"({"user":"a","approver":"b","reason":"c","hours":)") + hours + "}")
                  .has_error());

    auto const order = parse_reconcile_order(R"({"peer":"housing","since_ms":5})").value();
    CHECK(order.peer.text() == "housing");
    CHECK(order.since == Instant(Duration(5)));
    CHECK(parse_reconcile_order(R"({"peer":"Housing","since_ms":5})").has_error());
    CHECK(parse_reconcile_order(R"({"peer":"housing"})").has_error());

    auto const hash = std::string(64, '1');
    auto const made =
        parse_exported(R"({"user":"r","format":"csv","from_ms":1,"to_ms":2,"leaves":3,"sha256":")" + hash + "\"}")
            .value();
    CHECK(made.leaves == 3);
    CHECK(crypto::to_hex(made.file.view()) == hash);
    CHECK(parse_exported(R"({"user":"r","format":"csv","from_ms":1,"to_ms":2,"leaves":3,"sha256":"11"})").has_error());

    CHECK(parse_erasure_request(R"({"record":"4711","dry_run":true})").value().dry_run);
    CHECK(parse_erasure_request(R"({"case":"aa","person":"Greg","user":"r","decision":"d"})"));
    CHECK(parse_erasure_request(R"({"subject":"aa"})"));
    for (auto const* body : {"{}", R"({"record":"1","subject":"aa"})", R"({"case":"aa"})", R"({"person":"Greg"})",
                             R"({"record":"1","person":"Greg"})", R"({"record":"1","dry_run":1})"})
        CHECK(parse_erasure_request(body).error().code == Errc::malformed);
}
