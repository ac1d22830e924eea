// An answer about one person shown as one about another: found from the logs of both ends, and never where it was not.

#include "protocol/engine/splice.hpp"
#include "protocol_samples.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <functional>

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::test;
using crypto::FieldTag;
using crypto::LeafClass;

namespace {

std::vector<SecretHash> hashes_from(std::uint8_t first, std::size_t count) {
    std::vector<SecretHash> hashes;
    for (std::size_t i = 0; i < count; ++i) hashes.push_back(filled<SecretHash>(static_cast<std::uint8_t>(first + i)));
    return hashes;
}

struct SpliceField {
    FieldTag tag;
    Bytes value;
    bool hidden = false;
};

ShownLeaf shown_leaf(LeafClass kind, std::uint8_t exchange, std::vector<SpliceField> const& given,
                     crypto::Random& random) {
    std::vector<crypto::Field> fields;
    for (auto const& one : given) fields.push_back(crypto::make_field(one.tag, one.value, random));
    auto const entry = crypto::make_entry(kind, {}, filled<crypto::ExchangeTag>(exchange), fields);
    auto opening = crypto::show_all(entry.fields);
    for (std::size_t i = 0; i < given.size(); ++i)
        if (given[i].hidden) opening[i].shown.reset();
    return {entry.leaf, std::move(opening)};
}

/// One exchange, honest until a test changes a part: three people in slots 5, 2 and 9, counted from 1.
struct SplicedExchange {
    crypto::SeededRandom random{11};
    Mode mode = Mode::live;
    std::array<std::uint8_t, limits::slots> order{};
    std::vector<OpenedSlot> opened;
    std::vector<SlotCommitment> sent;
    std::vector<SlotCommitment> received;
    std::array<std::uint8_t, limits::slots> shown{};
    std::map<std::uint8_t, std::set<SecretHash>> records;
    std::set<std::size_t> hidden; ///< openings
    std::vector<SpliceField> more_sent;
    std::vector<SpliceField> more_shown;
    std::uint8_t exchange_received = 1;
    std::uint8_t exchange_shown = 1;

    explicit SplicedExchange(Mode in = Mode::live) : mode(in) {
        order.fill(OpenedSlot::nobody);
        order[4] = 0;
        order[1] = 1;
        order[8] = 2;
        make();
    }
    void make() {
        opened.clear();
        sent.clear();
        for (std::uint8_t slot = 0; slot < limits::slots; ++slot) {
            auto const person = order[slot];
            OpenedSlot one{slot, person, random.make<SlotOpening>(), {}, {}};
            sent.push_back(random.make<SlotCommitment>());
            if (person != OpenedSlot::nobody) {
                one.nonce = filled<PersonNonce>(static_cast<std::uint8_t>(40 + person));
                one.hashes = hashes_from(static_cast<std::uint8_t>(10 * person + 1), 3);
                sent.back() = commit_slot(mode, one.opening, one.nonce, one.hashes);
            }
            opened.push_back(std::move(one));
        }
        received = sent;
        shown = order;
    }
    void commit_again(std::size_t slot) {
        auto const& one = opened[slot];
        sent[slot] = received[slot] = commit_slot(mode, one.opening, one.nonce, one.hashes);
    }
    static Bytes joined(std::vector<SlotCommitment> const& commitments) {
        Bytes all;
        for (auto const& one : commitments) append(all, one.view());
        return all;
    }
    ShownLeaf sent_leaf() {
        std::vector<SpliceField> fields{{FieldTag::peer, to_bytes(as_bytes("police")), true},
                                        {FieldTag::slot_commitments, joined(sent)}};
        for (std::size_t slot = 0; slot < opened.size(); ++slot)
            fields.push_back({FieldTag::slot_opening, encode(opened[slot]), hidden.contains(slot)});
        fields.insert(fields.end(), more_sent.begin(), more_sent.end());
        return shown_leaf(LeafClass::query_sent, 1, fields, random);
    }
    AskedAndShown leaves() {
        std::vector<SpliceField> last{{FieldTag::slots, to_bytes(shown)}};
        last.insert(last.end(), more_shown.begin(), more_shown.end());
        return {sent_leaf(),
                shown_leaf(LeafClass::query_received, exchange_received,
                           {{FieldTag::slot_commitments, joined(received)}}, random),
                shown_leaf(LeafClass::disclosure_received, exchange_shown, last, random), records};
    }
    SpliceFindings findings() { return find_splices(leaves()).value(); }
    std::vector<std::string> words() {
        std::vector<std::string> all;
        auto const found = findings();
        for (auto const& finding : found) all.push_back(finding.words);
        return all;
    }
};

using SpliceWords = std::vector<std::string>;

} // namespace

TEST_CASE("splice: an honest exchange has no findings, in either mode") {
    for (auto const mode : {Mode::live, Mode::practice}) {
        SplicedExchange exchange(mode);
        exchange.records[4] = {filled<SecretHash>(2), filled<SecretHash>(99)};
        CHECK(exchange.words().empty());
        CHECK_FALSE(is_spliced(exchange.findings()));
    }
}

TEST_CASE("splice: every way to splice is found, and said of its slot") {
    struct Row {
        char const* what;
        std::function<void(SplicedExchange&)> change;
        SpliceWords words;
        SpliceKind kind;
    };
    auto const rows = std::vector<Row>{
        {"two people are swapped in the picture",
         [](SplicedExchange& it) { std::swap(it.shown[4], it.shown[1]); },
         {"slot 2: shown as person 1, but asked about person 2", "slot 5: shown as person 2, but asked about person 1"},
         SpliceKind::other_person},
        {"an answer is dropped",
         [](SplicedExchange& it) { it.shown[8] = OpenedSlot::nobody; },
         {"slot 9: shown as nobody, but asked about person 3"},
         SpliceKind::other_person},
        {"an answer to a slot about nobody is shown",
         [](SplicedExchange& it) { it.shown[15] = 0; },
         {"slot 16: shown as person 1, but asked about nobody"},
         SpliceKind::other_person},
        {"the agency was sent something else",
         [](SplicedExchange& it) { it.received[8] = it.received[1]; },
         {"slot 9: the query that was logged as sent is another than the one received"},
         SpliceKind::another_query},
        {"the agency was sent something else in a slot about nobody",
         [](SplicedExchange& it) { it.received[0] = filled<SlotCommitment>(1); },
         {"slot 1: the query that was logged as sent is another than the one received"},
         SpliceKind::another_query},
        {"an opening says another person under the nonce of the old",
         [](SplicedExchange& it) {
             it.opened[4].person = it.shown[4] = 7;
             it.opened[1].nonce = it.opened[4].nonce;
             it.commit_again(1);
         },
         {"slot 5: person 8 has the nonce of person 2"},
         SpliceKind::other_nonce},
        {"an opening has another nonce",
         [](SplicedExchange& it) { it.opened[4].nonce = filled<PersonNonce>(9); },
         {"slot 5: its opening does not fit its commitment"},
         SpliceKind::wrong_opening},
        {"an opening has another key",
         [](SplicedExchange& it) { it.opened[4].opening = filled<SlotOpening>(9); },
         {"slot 5: its opening does not fit its commitment"},
         SpliceKind::wrong_opening},
        {"an opening has a hash more",
         [](SplicedExchange& it) { it.opened[4].hashes.push_back(filled<SecretHash>(200)); },
         {"slot 5: its opening does not fit its commitment"},
         SpliceKind::wrong_opening},
        {"an opening is given to a slot about nobody",
         [](SplicedExchange& it) { it.opened[3].person = it.shown[3] = 5; },
         {"slot 4: its opening does not fit its commitment"},
         SpliceKind::wrong_opening},
        {"a person is in two slots, under two nonces",
         [](SplicedExchange& it) {
             it.order[12] = 0;
             it.make();
             it.opened[12].nonce = filled<PersonNonce>(9);
             it.commit_again(12);
         },
         {"slot 13: person 1 is in slot 5 as well", "slot 13: person 1 has another nonce than in slot 5"},
         SpliceKind::twice},
        {"a person is in two slots, under one nonce",
         [](SplicedExchange& it) {
             it.order[12] = 0;
             it.make();
         },
         {"slot 13: person 1 is in slot 5 as well"},
         SpliceKind::twice},
        {"the matched record has nothing of what was asked",
         [](SplicedExchange& it) {
             it.records[4] = {filled<SecretHash>(11), filled<SecretHash>(12)};
         },
         {"slot 5: asked about person 1, but the record that was matched there has nothing of it"},
         SpliceKind::not_of_record},
        {"a record was matched in a slot about nobody",
         [](SplicedExchange& it) { it.records[0] = {filled<SecretHash>(1)}; },
         {"slot 1: asked about nobody, but the record that was matched there has nothing of it"},
         SpliceKind::not_of_record},
    };
    for (auto const& row : rows) {
        CAPTURE(row.what);
        SplicedExchange exchange;
        row.change(exchange);
        CHECK(exchange.words() == row.words);
        auto const findings = exchange.findings();
        CHECK(findings.front().kind == row.kind);
        CHECK(is_spliced(findings));
    }
}

TEST_CASE("splice: what is hidden is said, and proves nothing") {
    SplicedExchange exchange;
    exchange.hidden = {1};
    std::swap(exchange.shown[1], exchange.shown[0]);
    CHECK(exchange.words() == SpliceWords{"slot 1: shown as person 2, but asked about nobody",
                                          "slot 2: its opening is erased or not revealed, so it was not looked at"});
    exchange.shown = exchange.order;
    auto const findings = exchange.findings();
    REQUIRE(findings.size() == 1);
    CHECK(findings.front().kind == SpliceKind::not_shown);
    CHECK(findings.front().slot == 1);
    CHECK_FALSE(is_spliced(findings));
}

TEST_CASE("splice: an opening that cannot be read is no opening") {
    SplicedExchange exchange;
    exchange.opened[4].slot = 16;
    CHECK(exchange.words() == SpliceWords{"slot 5: its opening cannot be read"});
    CHECK(is_spliced(exchange.findings()));
}

TEST_CASE("splice: leaves that are not what they should be are refused") {
    auto const code = [](AskedAndShown const& leaves) { return find_splices(leaves).error().code; };
    SplicedExchange exchange;
    for (auto change :
         {+[](AskedAndShown& it) { std::swap(it.sent, it.received); },
          +[](AskedAndShown& it) { it.shown = it.received; }, +[](AskedAndShown& it) { it.received = it.sent; }}) {
        auto leaves = exchange.leaves();
        change(leaves);
        CHECK(code(leaves) == Errc::malformed);
    }
    for (auto part : {&AskedAndShown::sent, &AskedAndShown::received, &AskedAndShown::shown}) {
        auto altered = exchange.leaves();
        (altered.*part).opening.back().shown->value.back() ^= 1U;
        CHECK(code(altered) == Errc::bad_signature);
        auto other = exchange.leaves();
        (other.*part).leaf.commitment = {};
        CHECK(code(other) == Errc::bad_signature);
        auto cut = exchange.leaves();
        (cut.*part).opening.pop_back();
        CHECK(code(cut) == Errc::bad_signature);
        auto hidden = exchange.leaves();
        for (auto& field : (hidden.*part).opening) field.shown.reset();
        CHECK(code(hidden) == Errc::malformed);
    }
    SplicedExchange other_agency;
    other_agency.exchange_received = 2;
    CHECK(code(other_agency.leaves()) == Errc::malformed);
    SplicedExchange other_answer;
    other_answer.exchange_shown = 2;
    CHECK(code(other_answer.leaves()) == Errc::malformed);
}

TEST_CASE("splice: a second field that is hidden cannot say something else") {
    auto const code = [](SplicedExchange& exchange) { return find_splices(exchange.leaves()).error().code; };
    SplicedExchange commitments;
    commitments.more_sent = {{FieldTag::slot_commitments, Bytes(limits::slots * 32), true}};
    CHECK(code(commitments) == Errc::malformed);
    SplicedExchange slots;
    slots.more_shown = {{FieldTag::slots, Bytes(limits::slots), true}};
    CHECK(code(slots) == Errc::malformed);
    SplicedExchange openings;
    openings.more_sent = {{FieldTag::slot_opening, encode(openings.opened[4]), true}};
    CHECK(code(openings) == Errc::malformed);
    SplicedExchange twice;
    twice.opened[5] = twice.opened[4];
    CHECK(code(twice) == Errc::malformed);
    SplicedExchange short_slots;
    short_slots.more_shown = {};
    auto leaves = short_slots.leaves();
    leaves.shown = shown_leaf(LeafClass::disclosure_received, 1, {{FieldTag::slots, Bytes(limits::slots - 1)}},
                              short_slots.random);
    CHECK(find_splices(leaves).error().code == Errc::malformed);
}

TEST_CASE("splice: a person has one nonce in all queries of a case") {
    SplicedExchange first;
    SplicedExchange second;
    second.order = {};
    second.order.fill(OpenedSlot::nobody);
    second.order[0] = 1;
    second.order[1] = 2;
    second.make();
    std::vector<ShownLeaf> leaves{first.sent_leaf(), second.sent_leaf()};
    CHECK(compare_nonces(leaves).value().empty());
    CHECK(compare_nonces({}).value().empty());
    second.opened[1].nonce = filled<PersonNonce>(9);
    second.commit_again(1);
    leaves[1] = second.sent_leaf();
    auto const findings = compare_nonces(leaves).value();
    REQUIRE(findings.size() == 1);
    CHECK(findings.front().words == "query 2, slot 2: person 3 has another nonce than in query 1");
    CHECK(is_spliced(findings));
    leaves[1].leaf.kind = LeafClass::query_received;
    auto const error = compare_nonces(leaves).error();
    CHECK(error.code == Errc::malformed);
    CHECK(error.at == 2);
}

TEST_CASE("splice: an honest coordinator is never accused, whatever is asked, hidden or erased; a swap always is") {
    rc::check([] {
        SplicedExchange exchange(*rc::gen::arbitrary<bool>() ? Mode::live : Mode::practice);
        auto const people = *rc::gen::inRange<std::size_t>(2, limits::slots + 1);
        exchange.order.fill(OpenedSlot::nobody);
        auto places = *rc::gen::container<std::vector<std::uint8_t>>(
            limits::slots, rc::gen::arbitrary<std::uint8_t>()); // their order is a permutation
        std::vector<std::size_t> slots(limits::slots);
        for (std::size_t i = 0; i < slots.size(); ++i) slots[i] = i;
        std::sort(slots.begin(), slots.end(),
                  [&](auto one, auto other) { return std::pair(places[one], one) < std::pair(places[other], other); });
        for (std::size_t person = 0; person < people; ++person)
            exchange.order[slots[person]] = static_cast<std::uint8_t>(person);
        exchange.make();
        for (std::size_t person = 0; person < people; ++person) {
            if (!*rc::gen::arbitrary<bool>()) continue;
            auto const slot = static_cast<std::uint8_t>(slots[person]);
            exchange.records[slot] = {exchange.opened[slot].hashes[*rc::gen::inRange<std::size_t>(0, 3)]};
        }
        for (std::size_t slot = 0; slot < limits::slots; ++slot)
            if (*rc::gen::inRange(0, 4) == 0) exchange.hidden.insert(slot);
        auto const findings = exchange.findings();
        RC_ASSERT(!is_spliced(findings));
        RC_ASSERT(findings.size() == exchange.hidden.size());

        exchange.hidden.clear();
        auto const one = slots[*rc::gen::inRange<std::size_t>(0, people)];
        auto const other = slots[*rc::gen::inRange<std::size_t>(0, limits::slots)];
        if (one == other) return;
        std::swap(exchange.shown[one], exchange.shown[other]);
        std::set<std::size_t> named;
        auto const swapped = exchange.findings();
        for (auto const& finding : swapped) named.insert(finding.slot);
        RC_ASSERT(named == (std::set<std::size_t>{one, other}));
    });
}
