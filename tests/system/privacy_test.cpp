// Promise 1: no match, no knowledge. Everything that reaches a node is captured as it comes off its link, opened with
// the keys that only a simulation has, and searched for anything about the family; and what cannot be opened must look
// the same whatever it says.

#include "federation.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace fanlight;
using namespace fanlight::simulation;
using namespace std::chrono_literals;
using protocol::MessageType;

namespace {

struct Seen {
    Instant at;
    PartyId from;
    PartyId to; ///< of this hop
    Bytes frame_bytes;
    protocol::Frame frame;
    std::optional<protocol::Envelope> envelope; ///< of a message, whoever it is for
};

/// Everything that arrived anywhere while a family was asked about.
std::vector<Seen> ask(Federation& federation, protocol::Family const& family) {
    std::vector<Seen> all;
    federation.on_delivery = [&](Delivery const& delivery) {
        auto frame = protocol::decode_frame(delivery.frame).value();
        auto envelope = federation.open(frame);
        all.push_back({delivery.at, delivery.from, delivery.to, delivery.frame, std::move(frame), std::move(envelope)});
    };
    auto const id = federation.submit(family);
    REQUIRE(id);
    REQUIRE(federation.run_until_settled(id.value()));
    federation.run_for(10s);
    federation.on_delivery = {};
    return all;
}

std::string lower(std::string text) {
    for (auto& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

bool holds(ByteView bytes, std::string const& text) {
    auto const same = [](std::uint8_t byte, char c) {
        return (byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte) == static_cast<std::uint8_t>(c);
    };
    return std::search(bytes.begin(), bytes.end(), text.begin(), text.end(), same) != bytes.end();
}

/// Everything that a form says about a family, as lower-case text. Texts under four letters would be found in noise.
std::set<std::string> strings_of(protocol::Family const& family) {
    std::set<std::string> strings;
    auto const add = [&](std::string const& text) {
        if (text.size() >= 4) strings.insert(lower(text));
    };
    for (auto const* text : {&family.reference, &family.user, &family.purpose, &family.route, &family.dash_not_done,
                             &family.no_person_causing_harm, &family.single_person_reason})
        add(*text);
    for (auto const& [party_left_out, reason] : family.not_asked) add(reason);
    for (auto const& person : family.people) {
        add(person.label);
        add(person.relation);
        for (auto const role : person.roles) add(protocol::name(role));
        for (auto const& name : person.identity.names) {
            add(name.forename);
            add(name.surname);
            add(name.forename + " " + name.surname);
        }
        add(person.identity.nhs_number);
        for (auto const& address : person.identity.addresses) {
            add(address.postcode);
            auto postcode = address.postcode;
            postcode.erase(std::remove(postcode.begin(), postcode.end(), ' '), postcode.end());
            add(postcode);
        }
        if (!person.identity.date_of_birth) continue;
        add(to_text(*person.identity.date_of_birth));
        add(std::to_string(person.identity.date_of_birth->time_since_epoch().count()));
    }
    // "domestic_abuse" is a party's name as well, which stands on its frames.
    for (auto const* fact : {"domestic abuse", "marac_threshold", "section_47", "consent", "dash"}) add(fact);
    return strings;
}

/// Agencies of which no record matches anybody in the family, not even perhaps.
std::set<std::string> strangers(Federation const& federation, protocol::Family const& family) {
    std::set<Bytes> asked;
    std::vector<protocol::Identity> people;
    for (auto const& person : family.people) people.push_back(person.identity);
    for (std::size_t i = 0; i < people.size(); ++i)
        for (auto const& anchor : protocol::anchors_of(people, i, "test")) asked.insert(anchor.input);
    std::set<std::string> found;
    for (auto const& member : federation.members()) {
        bool shares = member->node->agency() == nullptr;
        for (auto const& record : member->disk.people()) {
            std::vector<protocol::Identity> household{record.identity};
            for (auto const& other : member->disk.people())
                if (!record.family_id.empty() && other.family_id == record.family_id && other.id != record.id)
                    household.push_back(other.identity);
            for (auto const& anchor : protocol::anchors_of(household, 0, "test"))
                shares = shares || asked.contains(anchor.input);
        }
        if (!shares) found.insert(member->party.text());
    }
    return found;
}

std::optional<protocol::Query> query_of(Seen const& seen) {
    if (!seen.envelope || seen.envelope->type != MessageType::query || seen.to != seen.frame.recipient) return {};
    return protocol::decode_query(seen.envelope->payload).value();
}

protocol::Family family_of_size(Federation const& federation, std::size_t size) {
    auto family = practice_family("marie", federation.agreement());
    auto const other = practice_family("michelle", federation.agreement());
    family.people.insert(family.people.end(), other.people.begin(), other.people.end());
    REQUIRE(family.people.size() >= size);
    family.people.resize(size);
    return family;
}

} // namespace

TEST_CASE("privacy: a node that holds nobody of the family learns nothing of it", "[system]") {
    std::size_t looked = 0;
    for (auto const* name : {"marie", "rhiannon", "ivy"}) {
        Federation federation(Federation::Records::practice);
        auto const family = practice_family(name, federation.agreement());
        auto const nodes = strangers(federation, family);
        auto const strings = strings_of(family);
        REQUIRE(strings.size() > 10);
        for (auto const& seen : ask(federation, family)) {
            if (!nodes.contains(seen.to.text())) continue;
            ++looked;
            for (auto const& text : strings) {
                CAPTURE(name, seen.to.text(), text);
                // Four letters in either case turn up in ciphertext by chance, once in some megabytes.
                if (text.size() > 5) REQUIRE_FALSE(holds(seen.frame_bytes, text));
                if (!seen.envelope || seen.frame.recipient != seen.to) continue;
                REQUIRE_FALSE(holds(protocol::encode_envelope(*seen.envelope), text));
                REQUIRE_FALSE(holds(seen.envelope->payload, text));
            }
            auto const query = query_of(seen);
            if (!query) continue;
            // No anchor that it holds opens any context.
            auto const& disk = federation.at(seen.to.text()).disk;
            REQUIRE_FALSE(disk.anchors().empty());
            for (auto const& anchor : disk.anchors())
                for (auto const& slot : query->slots)
                    REQUIRE_FALSE(protocol::open_context(Mode::practice, slot,
                                                         protocol::AgencySecret::parse(anchor.secret).value()));
        }
    }
    CHECK(looked > 6);
}

TEST_CASE("privacy: nothing about a family is in clear on any link, and no query names it even to who knows it",
          "[system]") {
    Federation federation(Federation::Records::practice);
    auto const family = practice_family("marie", federation.agreement());
    auto const strings = strings_of(family);
    int queries = 0;
    for (auto const& seen : ask(federation, family)) {
        bool const asks =
            seen.envelope &&
            (seen.envelope->type == MessageType::query || seen.envelope->type == MessageType::evaluate_request ||
             seen.envelope->type == MessageType::evaluate_reply || seen.envelope->type == MessageType::answer);
        queries += asks ? 1 : 0;
        for (auto const& text : strings) {
            CAPTURE(seen.to.text(), text);
            REQUIRE_FALSE(holds(seen.frame_bytes, text));
            if (asks) REQUIRE_FALSE(holds(seen.envelope->payload, text));
        }
    }
    CHECK(queries > 20);
}

TEST_CASE("privacy: a query has one size, whoever is asked about however many", "[system]") {
    std::set<std::size_t> frames;
    std::set<std::size_t> payloads;
    int queries = 0;
    for (std::size_t const size : {std::size_t(1), std::size_t(8)}) {
        Federation federation(Federation::Records::practice);
        for (auto const& seen : ask(federation, family_of_size(federation, size))) {
            if (!query_of(seen)) continue;
            ++queries;
            frames.insert(seen.frame_bytes.size());
            payloads.insert(seen.envelope->payload.size());
        }
    }
    CHECK(queries >= 20);
    CHECK(frames.size() == 1);
    CHECK(payloads.size() == 1);
}

TEST_CASE("privacy: an answer has one size, whatever it says", "[system]") {
    std::set<std::size_t> frames;
    std::set<policy::ReplyKind> kinds;
    for (auto const* name : {"marie", "kira", "hayley"}) {
        Federation federation(Federation::Records::practice);
        if (std::string(name) == "marie") federation.put_ahead("housing");
        for (auto const& seen : ask(federation, practice_family(name, federation.agreement()))) {
            if (!seen.envelope || seen.envelope->type != MessageType::answer) continue;
            frames.insert(seen.frame_bytes.size());
            auto const answer = protocol::decode_answer(seen.envelope->payload).value();
            for (auto const& slot : answer.slots) kinds.insert(slot.reply.kind);
        }
    }
    CHECK(frames.size() == 1);
    CHECK(kinds == std::set<policy::ReplyKind>{policy::ReplyKind::rated, policy::ReplyKind::not_known,
                                               policy::ReplyKind::known_not_shared, policy::ReplyKind::unsure_match,
                                               policy::ReplyKind::nothing_at_this_level,
                                               policy::ReplyKind::version_mismatch});
}

TEST_CASE("privacy: every sealed message is of a size class", "[system]") {
    Federation federation(Federation::Records::practice);
    for (auto const& seen : ask(federation, practice_family("marie", federation.agreement()))) {
        if (!seen.envelope) continue;
        CAPTURE(protocol::name(seen.envelope->type), seen.frame.sealed.size());
        auto const plain = seen.frame.sealed.size() - crypto::seal_overhead_bytes;
        CHECK(std::find(protocol::size_classes.begin(), protocol::size_classes.end(), plain) !=
              protocol::size_classes.end());
        if (seen.envelope->type == MessageType::summary) CHECK(plain == 32768);
    }
}

TEST_CASE("privacy: below Amber a sensitive service is the same to the byte and the millisecond, whomever it holds",
          "[system]") {
    struct Trace {
        std::vector<std::pair<Instant, std::size_t>> frames; // when and how large
        Bytes answer;
    };
    enum class Holding { nobody, green, unrated, unsure, blue };
    auto const trace = [](Holding holding) {
        Federation federation(Federation::Records::none);
        auto const family = practice_family("marie", federation.agreement());
        auto people = practice_people("refuge", day_of(federation.now()));
        auto const days = std::chrono::days(3);
        for (std::size_t i = 0; i < family.people.size() && holding != Holding::nobody; ++i) {
            protocol::PersonRecord record;
            record.id = "same-" + std::to_string(i);
            record.identity = family.people[i].identity;
            if (holding == Holding::unsure) {
                record.identity.nhs_number.clear();
                record.identity.names[0].forename += "x";
            }
            auto const colour = holding == Holding::blue ? policy::Colour::blue : policy::Colour::green;
            if (holding != Holding::unrated)
                record.rating = protocol::Rating{colour, day_of(federation.now()) - days, "A", "", {}};
            people.push_back(std::move(record));
        }
        federation.import("refuge", std::move(people));
        auto const& refuge = federation.at("refuge");
        REQUIRE(federation.run_until([&] { return refuge.node->agency()->enrolment().complete(1, 2); }, 1min));
        REQUIRE(federation.ask("coordinator", protocol::EpochOpening{})); // nobody else has records
        federation.run_for(1min);
        // The same moment in every run.
        federation.run_until([] { return false; }, practice_start() + 1h - federation.now());
        Trace found;
        for (auto const& seen : ask(federation, family)) {
            if (seen.from.text() != "refuge") continue;
            found.frames.emplace_back(seen.at, seen.frame_bytes.size());
            if (seen.envelope && seen.envelope->type == MessageType::answer) found.answer = seen.envelope->payload;
        }
        REQUIRE_FALSE(found.answer.empty());
        return found;
    };
    auto const without = trace(Holding::nobody);
    auto const answer = protocol::decode_answer(without.answer).value();
    for (auto const& slot : answer.slots) CHECK(slot.reply.kind == policy::ReplyKind::nothing_at_this_level);
    for (auto const holding : {Holding::green, Holding::unrated, Holding::unsure, Holding::blue}) {
        CAPTURE(int(holding));
        auto const with = trace(holding);
        CHECK(with.frames == without.frames);
        CHECK(with.answer == without.answer);
    }
}

TEST_CASE("privacy: an ordinary agency answers at one time too, whatever matching found", "[system]") {
    Federation federation(Federation::Records::practice);
    std::map<std::string, Instant> asked_at;
    std::set<Duration> waits;
    for (auto const& seen : ask(federation, practice_family("marie", federation.agreement()))) {
        if (query_of(seen)) asked_at[seen.to.text()] = seen.at;
        if (!seen.envelope || seen.envelope->type != MessageType::answer) continue;
        auto const wait = seen.at - asked_at.at(seen.from.text());
        if (seen.from.text() == "refuge")
            CHECK(wait == federation.agreement().release.sensitive_after + 5ms);
        else
            waits.insert(wait);
    }
    CHECK(waits == std::set<Duration>{federation.agreement().release.automatic_after + 5ms});
}

TEST_CASE("privacy: two agencies, and two days, cannot line up their queries", "[system]") {
    Federation federation(Federation::Records::practice);
    auto const family = practice_family("marie", federation.agreement());
    std::set<Bytes> values; // of everything, over all queries
    std::size_t count = 0;
    std::set<std::array<std::uint8_t, limits::slots>> orders;
    std::size_t queries = 0;
    for (int day = 0; day < 2; ++day) {
        for (auto const& seen : ask(federation, family)) {
            auto const query = query_of(seen);
            if (!query) continue;
            ++queries;
            auto const add = [&](ByteView value) {
                values.insert(to_bytes(value));
                ++count;
            };
            add(query->id.view());
            add(query->exchange_key.view());
            add(seen.envelope->exchange.view());
            for (auto const& slot : query->slots) {
                for (auto const& key : slot.keys) add(key.view());
                for (auto const& components : slot.components)
                    for (auto const& value : components) add(value.view());
                add(slot.nonce.view());
                add(slot.commitment.view());
                for (std::size_t i = 0; i < limits::wraps_per_slot; ++i)
                    add(ByteView(slot.wraps).subspan(i * protocol::Slot::wrap_bytes, protocol::Slot::wrap_bytes));
                add(slot.context);
            }
        }
        for (auto const& [id, item] : federation.coordinator().cases())
            for (auto const& entry : item.parties) orders.insert(entry.second.order);
        federation.run_for(24h);
    }
    CHECK(queries == 22);
    CHECK(count > 20 * 16 * 32);
    CHECK(values.size() == count);
    CHECK(orders.size() == queries);
}

TEST_CASE("privacy: a key holder sees blinded elements, padded, under a fresh blind each time", "[system]") {
    Federation federation(Federation::Records::practice);
    std::set<Bytes> elements;
    std::size_t count = 0;
    std::set<std::size_t> sizes;
    for (auto const* name : {"ivy", "marie"}) // Marie's has a second round, for Probation
        for (int twice = 0; twice < 2; ++twice)
            for (auto const& seen : ask(federation, practice_family(name, federation.agreement()))) {
                bool const request = seen.envelope && seen.envelope->type == MessageType::evaluate_request;
                if (!request || seen.to.text() != "police") continue;
                auto const decoded = protocol::decode_evaluate_request(seen.envelope->payload).value();
                sizes.insert(decoded.blinded.size() % 128);
                for (auto const& element : decoded.blinded) elements.insert(to_bytes(element.view()));
                count += decoded.blinded.size();
            }
    CHECK(sizes == std::set<std::size_t>{0});
    CHECK(count >= 4 * 128);
    CHECK(elements.size() == count);
}
