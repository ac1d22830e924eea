// The codec: every message survives a round trip, and nothing that is not exactly of its form gets in.

#include "protocol_samples.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <set>

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::test;

namespace {

/// Where `part` lies in `bytes`.
std::size_t place_of(Bytes const& bytes, ByteView part) {
    auto const found = std::search(bytes.begin(), bytes.end(), part.begin(), part.end());
    REQUIRE(found != bytes.end());
    return static_cast<std::size_t>(found - bytes.begin());
}

/// The same message with two more bytes (an unknown field, number 15) inside its last sub-message with this tag byte.
/// The length of the sub-message is a varint of `length_bytes` bytes.
Bytes with_unknown_inside(Bytes bytes, std::size_t at, std::size_t length_bytes) {
    std::size_t length = bytes[at + 1] & 0x7FU;
    if (length_bytes == 2) length |= std::size_t(bytes[at + 2]) << 7U;
    auto const end = at + 1 + length_bytes + length;
    REQUIRE(end <= bytes.size());
    length += 2;
    bytes[at + 1] = static_cast<std::uint8_t>((length & 0x7FU) | (length_bytes == 2 ? 0x80U : 0U));
    if (length_bytes == 2) bytes[at + 2] = static_cast<std::uint8_t>(length >> 7U);
    Bytes const unknown{0x78, 0x01};
    bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(end), unknown.begin(), unknown.end());
    return bytes;
}

std::string text(std::size_t size) {
    return std::string(size, 'a');
}

bool decodes(Summary const& summary) {
    return bool(decode_summary(encode(summary)));
}

Summary summary_with(SlotSummary slot) {
    return {filled<QueryId>(1), {std::move(slot)}};
}

} // namespace

TEST_CASE("wire: every message decodes to what encodes to the same bytes") {
    for (auto const& sample : samples()) {
        CAPTURE(sample.name);
        auto const again = sample.again(sample.bytes);
        REQUIRE(again);
        CHECK(again.value() == sample.bytes);
    }
}

TEST_CASE("wire: a truncated message is refused") {
    for (auto const& sample : samples())
        for (std::size_t size = 0; size < sample.bytes.size(); ++size) {
            auto const again = sample.again(ByteView(sample.bytes).first(size));
            // Only a list at the end can be shorter and still a message: another one.
            bool const list = sample.name == "summary_request" || sample.name == "summary";
            bool const shorter_list = list && again;
            if (shorter_list) REQUIRE(again.value().size() == size);
            CAPTURE(sample.name, size);
            REQUIRE((shorter_list || !again));
        }
}

TEST_CASE("wire: bytes decode to one message only: any change is refused or is another message") {
    for (auto const& sample : samples()) {
        auto const step = sample.bytes.size() > 1000 ? std::size_t(37) : std::size_t(1);
        for (std::size_t at = 0; at < sample.bytes.size(); at += step)
            for (unsigned bit = 0; bit < 8; ++bit) {
                auto changed = sample.bytes;
                changed[at] = static_cast<std::uint8_t>(changed[at] ^ (1U << bit));
                auto const again = sample.again(changed);
                if (!again) continue;
                CAPTURE(sample.name, at, bit);
                REQUIRE(again.value() == changed);
            }
    }
}

TEST_CASE("wire: unknown and doubled fields are refused") {
    for (auto const& sample : samples()) {
        if (sample.name == "context" || sample.bytes.empty()) continue; // of fixed size: below
        CAPTURE(sample.name);
        auto unknown = sample.bytes;
        append(unknown, Bytes{0x78, 0x01}); // field 15, varint
        CHECK_FALSE(sample.again(unknown));
        auto doubled = sample.bytes;
        append(doubled, ByteView(sample.bytes)); // protobuf: the last one counts, lists grow
        CHECK_FALSE(sample.again(doubled));
        Bytes front{0x7A, 0x00};
        append(front, ByteView(sample.bytes));
        CHECK_FALSE(sample.again(front));
    }
}

TEST_CASE("wire: unknown fields are refused inside sub-messages too") {
    auto const of = [](std::string const& name) {
        auto const all = samples();
        return *std::find_if(all.begin(), all.end(), [&](auto const& sample) { return sample.name == name; });
    };
    auto const party_bytes = as_bytes("substance_misuse");
    auto const answer_sample = of("answer");
    auto const in_answer = place_of(answer_sample.bytes, party_bytes) - 5;
    REQUIRE(answer_sample.bytes[in_answer] == 0x1A);
    CHECK_FALSE(answer_sample.again(with_unknown_inside(answer_sample.bytes, in_answer, 2)));

    auto const request_sample = of("summary_request");
    auto const in_request = place_of(request_sample.bytes, party_bytes) - 5;
    REQUIRE(request_sample.bytes[in_request] == 0x2A);
    CHECK_FALSE(request_sample.again(with_unknown_inside(request_sample.bytes, in_request, 2)));

    auto const summary_sample = of("summary");
    REQUIRE(summary_sample.bytes[18] == 0x12); // the first slot, behind the query id
    REQUIRE(summary_sample.bytes[19] >= 0x80); // its length takes two bytes
    CHECK_FALSE(summary_sample.again(with_unknown_inside(summary_sample.bytes, 18, 2)));

    auto const query_sample = of("query");
    auto const key = slot(0).keys[0];
    auto const in_query = place_of(query_sample.bytes, key.view()) - 6;
    REQUIRE(query_sample.bytes[in_query] == 0x52);
    CHECK_FALSE(query_sample.again(with_unknown_inside(query_sample.bytes, in_query, 2)));
}

TEST_CASE("wire: a frame says its version, its kind, and seals something exactly if it is a message") {
    Frame const frame{FrameKind::message, filled<FrameId>(1), party("police"), party("health"), Bytes{1}};
    auto bytes = encode_frame(frame);
    bytes[1] = 2;
    REQUIRE_FALSE(decode_frame(bytes));
    CHECK(decode_frame(bytes).assume_error().code == Errc::version_mismatch);
    bytes = encode_frame(frame);
    for (int const kind : {0, 2, 3}) {
        bytes[6] = static_cast<std::uint8_t>(kind);
        CHECK_FALSE(decode_frame(bytes));
    }
    auto empty = frame;
    empty.sealed.clear();
    CHECK_FALSE(decode_frame(encode_frame(empty)));
    empty.kind = FrameKind::acknowledgement;
    CHECK(decode_frame(encode_frame(empty)));
}

TEST_CASE("wire: a frame has a limit") {
    Frame frame{FrameKind::message, filled<FrameId>(1), party("police"), party("health"), {}};
    frame.sealed.resize(limits::frame_bytes_max - 200, 1);
    auto const overhead = encode_frame(frame).size() - frame.sealed.size();
    frame.sealed.resize(limits::frame_bytes_max - overhead);
    CHECK(encode_frame(frame).size() == limits::frame_bytes_max);
    CHECK(decode_frame(encode_frame(frame)));
    frame.sealed.push_back(1);
    auto const over = decode_frame(encode_frame(frame));
    REQUIRE_FALSE(over);
    CHECK(over.assume_error().code == Errc::too_large);
}

TEST_CASE("wire: a query has one size and exactly 16 slots") {
    auto const size = encode(query()).size();
    auto other = query();
    other.purpose = 0xFFFFFFFF;
    other.route = 0;
    other.epoch = 0;
    other.deadline = Instant{};
    CHECK(encode(other).size() == size);
    CHECK(size < query_bytes_max);
    other.slots.pop_back();
    CHECK_FALSE(decode_query(encode(other)));
    other.slots.resize(limits::slots + 1, slot(1));
    CHECK_FALSE(decode_query(encode(other)));
    for (auto change : {+[](Slot& one) { one.wraps.pop_back(); }, +[](Slot& one) { one.wraps.push_back(0); },
                        +[](Slot& one) { one.context.pop_back(); }, +[](Slot& one) { one.context.push_back(0); }}) {
        auto wrong = query();
        change(wrong.slots[7]);
        CHECK_FALSE(decode_query(encode(wrong)));
    }
}

TEST_CASE("wire: an answer has one size, whatever it says") {
    std::set<std::size_t> sizes;
    for (auto const kind : {policy::ReplyKind::rated, policy::ReplyKind::not_known, policy::ReplyKind::not_checked,
                            policy::ReplyKind::known_not_shared, policy::ReplyKind::nothing_at_this_level,
                            policy::ReplyKind::unsure_match, policy::ReplyKind::version_mismatch})
        for (auto const& id : {"a", "substance_misuse"}) {
            auto made = answer();
            auto reply = policy::no_colour(kind);
            if (kind == policy::ReplyKind::rated) reply.colour = policy::Colour::red;
            made.slots.assign(limits::slots, {reply, kind == policy::ReplyKind::rated ? std::uint16_t(0) : no_clause});
            made.statement = statement(reply.colour);
            made.statement.party = party(id);
            sizes.insert(encode(made).size());
            CHECK(decode_answer(encode(made)));
        }
    CHECK(sizes.size() == 1);
}

TEST_CASE("wire: an answer says nothing that an agency may not send") {
    auto made = answer();
    auto const refused = [&](policy::Reply reply) {
        auto wrong = made;
        wrong.slots[2].reply = reply;
        return !decode_answer(encode(wrong));
    };
    for (auto const kind : {policy::ReplyKind::no_reply, policy::ReplyKind::unreachable, policy::ReplyKind::not_asked,
                            policy::ReplyKind::waiting})
        CHECK(refused(policy::no_colour(kind)));
    CHECK(refused(policy::no_colour(policy::ReplyKind::rated)));
    auto coloured = policy::no_colour(policy::ReplyKind::not_known);
    coloured.colour = policy::Colour::green;
    CHECK(refused(coloured));
    CHECK(refused(policy::no_colour(policy::ReplyKind::not_checked, policy::Reason::refused)));
    CHECK_FALSE(refused(policy::no_colour(policy::ReplyKind::not_checked, policy::Reason::sources_stale)));
    made.slots.pop_back();
    CHECK_FALSE(decode_answer(encode(made)));
}

TEST_CASE("wire: evaluation batches have 1 to 1024 elements, and points only") {
    auto const blinded = crypto::Blinded::parse(generator()).value();
    EvaluateRequest request{
        filled<crypto::ExchangeKey>(1), filled<RequestId>(2), EvaluatePurpose::bulk, 1, 1, 3, {}, {}};
    CHECK_FALSE(decode_evaluate_request(encode(request)));
    request.blinded.assign(limits::evaluate_batch_max, blinded);
    CHECK(decode_evaluate_request(encode(request)));
    request.blinded.push_back(blinded);
    CHECK_FALSE(decode_evaluate_request(encode(request)));
    request.blinded.assign(2, blinded);
    auto bytes = encode(request);
    auto const at = place_of(bytes, blinded.view());
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), 32, std::uint8_t(0)); // the identity
    CHECK_FALSE(decode_evaluate_request(bytes));
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), 32, std::uint8_t(0xFF)); // not canonical
    CHECK_FALSE(decode_evaluate_request(bytes));

    request.blinded.assign(1, blinded);
    request.set = (1U << limits::holders_max) - 1;
    CHECK(decode_evaluate_request(encode(request)));
    request.set += 1;
    CHECK_FALSE(decode_evaluate_request(encode(request)));
    request.set = 0;
    for (auto const purpose : {0, 4}) {
        request.purpose = static_cast<EvaluatePurpose>(purpose);
        CHECK_FALSE(decode_evaluate_request(encode(request)));
    }
    for (auto const& [reason, good] : {std::pair(0, false), {1, true}, {6, true}, {7, false}})
        CHECK(bool(decode_evaluate_refusal(encode(EvaluateRefusal{static_cast<EvaluateRefusalReason>(reason)}))) ==
              good);
    CHECK(decode_certificate_message(encode(CertificateMessage{std::string(limits::certificate_bytes_max, 'x')})));
    CHECK_FALSE(
        decode_certificate_message(encode(CertificateMessage{std::string(limits::certificate_bytes_max + 1, 'x')})));
    CHECK_FALSE(decode_certificate_message(encode(CertificateMessage{})));
    CHECK_FALSE(decode_epoch_request(Bytes{0}));
    auto const evaluated = crypto::Evaluated::parse(generator()).value();
    for (auto const& [index, good] : {std::pair<int, bool>(0, false), {1, true}, {7, true}, {8, false}}) {
        EvaluateReply const reply{static_cast<crypto::ShareIndex>(index), {evaluated}, {}, {}, 0, 0};
        CHECK(bool(decode_evaluate_reply(encode(reply))) == good);
    }
}

TEST_CASE("wire: notes of the register have limits, and none is empty") {
    for (auto const& [size, good] : {std::pair<std::size_t, bool>(0, false),
                                     {1, true},
                                     {limits::agreement_bytes_max, true},
                                     {limits::agreement_bytes_max + 1, false}}) {
        CAPTURE(size);
        CHECK(bool(decode_register_entry(encode(RegisterEntry{RegisterEntry::proposed, text(size)}))) == good);
    }
    for (auto const& [size, good] : {std::pair<std::size_t, bool>(0, false),
                                     {1, true},
                                     {limits::register_head_bytes_max, true},
                                     {limits::register_head_bytes_max + 1, false}}) {
        CAPTURE(size);
        CHECK(bool(decode_register_head(encode(RegisterHead{text(size)}))) == good);
    }
    for (std::uint32_t const place : {0U, 1U, RegisterEntry::proposed})
        CHECK(decode_register_entry(encode(RegisterEntry{place, "x"})).value().place == place);
    for (std::uint32_t const have : {0U, 1U, 0xFFFFFFFFU})
        CHECK(decode_register_request(encode(RegisterRequest{have})).value().have == have);
}

TEST_CASE("wire: a summary keeps to its limits") {
    struct Row {
        char const* about;
        std::function<void(SlotSummary&)> change;
        bool good;
    };
    std::vector<Row> const rows{
        {"slot 15", [](auto& slot) { slot.slot = 15; }, true},
        {"slot 16", [](auto& slot) { slot.slot = 16; }, false},
        {"8 themes", [](auto& slot) { slot.themes.assign(limits::themes_max, "a"); }, true},
        {"9 themes", [](auto& slot) { slot.themes.assign(limits::themes_max + 1, "a"); }, false},
        {"theme of 60", [](auto& slot) { slot.themes = {text(60)}; }, true},
        {"theme of 61", [](auto& slot) { slot.themes = {text(61)}; }, false},
        {"theme with a line break", [](auto& slot) { slot.themes = {"a\nb"}; }, false},
        {"analysis of 500", [](auto& slot) { slot.analysis = text(limits::analysis_bytes_max); }, true},
        {"analysis of 501", [](auto& slot) { slot.analysis = text(limits::analysis_bytes_max + 1); }, false},
        {"analysis with an escape", [](auto& slot) { slot.analysis = "a\x1b[2Jb"; }, false},
        {"duty contact of 200", [](auto& slot) { slot.duty_contact = text(200); }, true},
        {"duty contact of 201", [](auto& slot) { slot.duty_contact = text(201); }, false},
        {"duty contact that turns", [](auto& slot) { slot.duty_contact = "a\xE2\x80\xAE"; }, false},
        {"band 4", [](auto& slot) { slot.last_contact = ContactBand::older; }, true},
        {"band 5", [](auto& slot) { slot.last_contact = static_cast<ContactBand>(5); }, false},
        {"no such field",
         [](auto& slot) { slot.released[0].field = static_cast<policy::DataField>(policy::data_field_count); }, false},
        {"a field twice", [](auto& slot) { slot.released[0].field = slot.released[1].field; }, false},
        {"a field without a clause", [](auto& slot) { slot.released[0].clause = no_clause; }, false},
        {"themes not released", [](auto& slot) { slot.released.erase(slot.released.begin()); }, false},
        {"dates not released", [](auto& slot) { slot.released.erase(slot.released.begin() + 1); }, false},
        {"counts not released", [](auto& slot) { slot.released.erase(slot.released.begin() + 2); }, false},
        {"analysis not released", [](auto& slot) { slot.released.erase(slot.released.begin() + 3); }, false},
        {"duty contact not released", [](auto& slot) { slot.released.erase(slot.released.begin() + 4); }, false},
        {"Marac dates not released", [](auto& slot) { slot.released.erase(slot.released.begin() + 5); }, false},
        {"released and empty", [](auto& slot) { slot.analysis.clear(); }, true},
    };
    for (auto const& row : rows) {
        CAPTURE(row.about);
        auto slot = slot_summary();
        row.change(slot);
        CHECK(decodes(summary_with(slot)) == row.good);
    }
    Summary many{filled<QueryId>(1), {}};
    for (std::uint8_t i = 0; i < limits::slots; ++i) {
        many.slots.push_back(slot_summary());
        many.slots.back().slot = i;
    }
    CHECK(decodes(many));
    many.slots.back().slot = 3;
    CHECK_FALSE(decodes(many)); // a slot twice
    SummaryRequest request{filled<QueryId>(3),
                           filled<crypto::ExchangeKey>(4),
                           0xFFFF,
                           false,
                           false,
                           std::vector<Statement>(32, statement())};
    CHECK(decode_summary_request(encode(request)));
    request.statements.push_back(statement());
    CHECK_FALSE(decode_summary_request(encode(request)));
    request.statements.clear();
    request.slots = 0x10000;
    CHECK_FALSE(decode_summary_request(encode(request)));
}

TEST_CASE("wire: the longest summary fits its size class") {
    SlotSummary slot;
    slot.slot = 15;
    slot.themes.assign(limits::themes_max, text(60));
    slot.analysis = text(limits::analysis_bytes_max);
    slot.duty_contact = text(200);
    slot.released.assign(policy::data_field_count, {policy::DataField::themes, 255});
    CHECK(encode(Summary{{}, std::vector<SlotSummary>(limits::slots, slot)}).size() < query_bytes_max);
}

TEST_CASE("wire: a context has one size and keeps apart what is no and what is not said") {
    REQUIRE(rc::check("round trip", [] {
        auto const maybe = [](auto value) { return *rc::gen::arbitrary<bool>() ? std::optional(value) : std::nullopt; };
        Context made;
        made.roles = maybe(*rc::gen::arbitrary<std::uint32_t>());
        made.source = maybe(*rc::gen::arbitrary<std::uint8_t>());
        made.domestic_abuse = maybe(*rc::gen::arbitrary<bool>());
        made.dash = maybe(*rc::gen::arbitrary<std::uint8_t>());
        made.marac_threshold = maybe(*rc::gen::arbitrary<bool>());
        made.section_47 = maybe(*rc::gen::arbitrary<bool>());
        made.consent = maybe(*rc::gen::arbitrary<std::uint8_t>());
        made.told = maybe(*rc::gen::arbitrary<std::uint8_t>());
        auto const bytes = encode_context(made);
        RC_ASSERT(bytes.size() == limits::context_bytes);
        auto const decoded = decode_context(bytes);
        RC_ASSERT(bool(decoded));
        auto const& back = decoded.value();
        RC_ASSERT(back.roles == made.roles && back.source == made.source && back.dash == made.dash);
        RC_ASSERT(back.domestic_abuse == made.domestic_abuse && back.marac_threshold == made.marac_threshold);
        RC_ASSERT(back.section_47 == made.section_47 && back.consent == made.consent && back.told == made.told);
    }));
    auto const bytes = encode_context(context());
    auto padded = bytes;
    padded.back() = 1;
    CHECK_FALSE(decode_context(padded));
    auto longer = bytes;
    longer.push_back(0);
    CHECK_FALSE(decode_context(longer));
    auto far = bytes;
    far[0] = 0xFF;
    CHECK_FALSE(decode_context(far));
}

TEST_CASE("wire: random bytes are never a crash, and decode to one message or none") {
    REQUIRE(rc::check("any bytes", [](std::vector<std::uint8_t> const& bytes) {
        for (auto const& sample : samples()) {
            auto const again = sample.again(bytes);
            bool const one = !again || again.value() == bytes;
            RC_ASSERT(one);
        }
    }));
}
