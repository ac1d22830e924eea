// Linked cases in a whole federation: Mark's two families. The coordinator's own screen says that there is another
// case, by reference and dates; no other node ever gets a byte of it, and at the end of its period it is gone.

#include "admin-cli/grid.hpp"
#include "asking.hpp"
#include "node/http/case_view.hpp"

#include <boost/json.hpp>

using namespace fanlight;
using namespace fanlight::simulation;
using namespace std::chrono_literals;
using crypto::FieldTag;
using protocol::Space;

namespace {

namespace json = boost::json;

json::object view(Federation const& federation, CaseId const& id) {
    return node::view_of(federation.case_of(id), federation.coordinator(), federation.agreement(), federation.now())
        .as_object();
}
json::array linked(Federation const& federation, CaseId const& id) {
    return view(federation, id).at("linked").as_array();
}
std::string text(json::object const& object, char const* key) {
    return std::string(object.at(key).as_string());
}

bool holds(ByteView bytes, std::string_view sought) {
    auto const lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    auto const text_of_bytes = as_text(bytes);
    return std::search(text_of_bytes.begin(), text_of_bytes.end(), sought.begin(), sought.end(),
                       [&](char one, char other) { return lower(one) == lower(other); }) != text_of_bytes.end();
}

/// What only Kira's form says.
std::vector<std::string> const& of_kira() {
    static std::vector<std::string> const texts{"kira",       "olly",       "luke",       "helen",
                                                "tollgrave",  "marrish",    "9990000166", "9990000174",
                                                "9990000182", "9990000190", "9990000204", "QX2 4CD"};
    return texts;
}

/// Which of the texts the disk of the coordinator has, in state or in openings of its log.
std::vector<std::string> on_disk(Federation const& federation, std::vector<std::string> const& texts) {
    auto const& disk = federation.at("coordinator").disk;
    std::vector<std::string> found;
    for (auto const& sought : texts) {
        bool there = false;
        for (auto const& [place, value] : disk.state()) there = there || holds(value, sought);
        for (auto const& entry : disk.log())
            for (auto const& field : entry.fields) there = there || holds(field.value, sought);
        if (there) found.push_back(sought);
    }
    return found;
}

/// A hundred years older: nobody whom the practice data knows, so no other case fits.
protocol::Family family_with(Federation const& federation, protocol::Identity identity, std::string const& reference) {
    auto family = practice_family("ivy", federation.agreement());
    family.reference = reference;
    family.people.resize(1);
    family.single_person_reason = "a test";
    family.people[0].identity = std::move(identity);
    return family;
}

std::size_t look_ups(Federation const& federation) {
    auto const entries = leaves(federation.at("coordinator"), crypto::LeafClass::admin);
    return static_cast<std::size_t>(std::count_if(entries.begin(), entries.end(), [](auto const& entry) {
        return text_of(entry, FieldTag::text) == "looked for linked cases";
    }));
}

When writes_linked(bool value) {
    return [value](protocol::Effects const& effects) {
        return std::any_of(effects.writes.begin(), effects.writes.end(), [&](auto const& write) {
            return write.space == Space::linked && write.value.has_value() == value;
        });
    };
}

} // namespace

TEST_CASE("linked: asking about Stephanie's family shows Kira's case by reference and date, and nobody in it",
          "[system]") {
    Federation federation(Records::practice);
    auto const kira = ask(federation, "kira");
    auto const entered = to_text(federation.now());
    CHECK(linked(federation, kira).empty());
    federation.run_for(1h);
    auto const stephanie = ask(federation, "stephanie");

    auto const notices = linked(federation, stephanie);
    REQUIRE(notices.size() == 1);
    auto const& notice = notices[0].as_object();
    CHECK(text(notice, "reference") == "kira");
    CHECK(text(notice, "entered") == entered);
    CHECK_FALSE(notice.contains("until"));
    CHECK(text(notice, "person") == "Mark");
    CHECK(notice.at("sure").as_bool());
    CHECK(text(notice, "words").find("same date of birth") != std::string::npos);
    auto const shown =
        json::serialize(view(federation, stephanie)) + cli::render_case(view(federation, stephanie), cli::GridStyle{});
    CHECK(shown.find("Mark is also in case kira, entered 2026-11-2") != std::string::npos);
    for (auto const& name : of_kira())
        if (name != "kira") CHECK_FALSE(holds(as_bytes(shown), name));

    // The older case says so too.
    auto const back = linked(federation, kira);
    REQUIRE(back.size() == 1);
    CHECK(text(back[0].as_object(), "reference") == "stephanie");
    CHECK(text(back[0].as_object(), "person") == "Mark");
}

TEST_CASE("linked: nothing of the other case leaves the coordinator, and what leaves is as much as without it",
          "[system]") {
    using Sizes = std::multiset<std::pair<std::string, std::size_t>>; // recipient, bytes of a frame
    auto const sizes_of = [](char const* before) {
        Federation federation(Records::practice);
        auto const first = ask(federation, before);
        REQUIRE(federation.run_until_settled(first));
        federation.run_until([] { return false; }, practice_start() + 2h - federation.now());
        Sizes sizes;
        std::size_t opened = 0;
        auto const secret = std::string(as_text(first.view()));
        federation.on_transmission = [&](Member const& from, protocol::Transmission const& transmission) {
            if (from.party.text() != "coordinator") return;
            auto const envelope = federation.open(protocol::decode_frame(transmission.frame).value());
            if (envelope && is_about_logs(envelope->type)) return; // hashes and signatures in base64
            sizes.emplace(transmission.peer.text(), transmission.frame.size());
            opened += envelope ? 1U : 0U;
            for (auto const& bytes : {transmission.frame, envelope ? envelope->payload : Bytes()}) {
                CHECK(as_text(bytes).find(secret) == std::string_view::npos);
                for (auto const& name : of_kira()) {
                    CAPTURE(name);
                    REQUIRE_FALSE(holds(bytes, name));
                }
            }
        };
        auto const id = ask(federation, "stephanie");
        REQUIRE(federation.run_until_settled(id));
        CHECK(linked(federation, id).size() == (std::string(before) == "kira" ? 1U : 0U));
        federation.on_transmission = {};
        CHECK(opened > 10);
        return sizes;
    };
    CHECK(sizes_of("kira") == sizes_of("ivy"));
}

TEST_CASE("linked: another spelling with day and month swapped is for a person to decide, and not silent", "[system]") {
    Federation federation(Records::practice);
    ask(federation, "kira");
    auto family = practice_family("stephanie", federation.agreement());
    auto& mark = family.people.back();
    REQUIRE(mark.label == "Mark");
    mark.identity.names = {{"Marc", "Dunsfield"}};
    mark.identity.date_of_birth = parse_day("1983-09-05").value();
    auto const id = federation.submit(std::move(family));
    REQUIRE(id);
    auto const notices = linked(federation, id.value());
    REQUIRE(notices.size() == 1);
    CHECK_FALSE(notices[0].as_object().at("sure").as_bool());
    auto const shown = cli::render_case(view(federation, id.value()), cli::GridStyle{false, 1000});
    CHECK(shown.find("Mark: somebody in case kira, entered 2026-11-22, is perhaps the same person: a person must "
                     "decide (same date of birth with day and month swapped") != std::string::npos);
}

TEST_CASE("linked: of all practice families only Mark's two are linked, and every look-up is a leaf", "[system]") {
    Federation federation(Records::practice);
    std::map<std::string, CaseId> ids;
    std::size_t before = look_ups(federation);
    for (auto const& name : practice_families()) {
        ids.emplace(name, ask(federation, name));
        CHECK(look_ups(federation) == ++before);
        federation.run_for(1min);
    }
    for (auto const& [name, id] : ids) {
        CAPTURE(name, json::serialize(linked(federation, id)));
        CHECK(linked(federation, id).size() == (name == "kira" || name == "stephanie" ? 1U : 0U));
    }
}

TEST_CASE("linked: two children of one name and date of birth are never sure", "[system]") {
    Federation federation(Records::practice);
    auto const chloe = [&](char const* nhs_number, char const* postcode, char const* reference) {
        protocol::Identity identity;
        identity.names = {{"Chloe", "Larkmere"}};
        identity.date_of_birth = parse_day("2011-05-14").value();
        identity.nhs_number = nhs_number;
        identity.addresses = {{"", "", "", postcode, ""}};
        auto const id = federation.submit(family_with(federation, std::move(identity), reference));
        REQUIRE(id);
        return linked(federation, id.value());
    };
    chloe("9990000093", "QX1 2AB", "one");
    auto const second = chloe("9990000484", "QX5 3QR", "two");
    for (auto const& notice : second) CHECK_FALSE(notice.as_object().at("sure").as_bool());
    auto const third = chloe("", "", "three");
    CHECK(third.size() == 2);
    for (auto const& notice : third) CHECK_FALSE(notice.as_object().at("sure").as_bool());
}

TEST_CASE("linked: a closed case is found until its period ends, and then nothing is left of it", "[system]") {
    constexpr std::uint32_t days = 20;
    Federation federation(Records::practice, 1,
                          [](policy::Agreement& agreement) { agreement.retention.linked_cases_days = days; });
    auto const kira = ask(federation, "kira");
    auto const expiry = federation.case_of(kira).expiry;
    CHECK(on_disk(federation, of_kira()) == of_kira());
    auto const go_to = [&](Instant when) { federation.run_until([] { return false; }, when - federation.now()); };

    go_to(expiry + 1h);
    CHECK(federation.coordinator().find(kira) == nullptr);
    auto const* kept = federation.coordinator().linked().find(kira);
    REQUIRE(kept != nullptr);
    CHECK(kept->closed == expiry);
    federation.crash("coordinator");
    federation.start("coordinator");
    go_to(expiry + days * 24h - 1h);
    auto const stephanie = ask(federation, "stephanie");
    auto const notices = linked(federation, stephanie);
    REQUIRE(notices.size() == 1);
    CHECK(text(notices[0].as_object(), "until") == to_text(expiry));

    go_to(expiry + days * 24h + 1s);
    CHECK(federation.coordinator().linked().find(kira) == nullptr);
    CHECK(linked(federation, stephanie).empty());
    CHECK(on_disk(federation, of_kira()).empty());
    CHECK(on_disk(federation, {"stephanie", "dunsfield"}).size() == 2); // her case lives
    go_to(federation.case_of(stephanie).expiry + days * 24h + 1s);
    CHECK(on_disk(federation, {"stephanie", "quillby", "dunsfield"}).empty());
    auto const& state = federation.at("coordinator").disk.state();
    CHECK(std::none_of(state.begin(), state.end(), [](auto const& entry) {
        return entry.first.first == Space::linked || entry.first.first == Space::asked;
    }));
}

TEST_CASE("linked: a crash between any two steps loses no notice and makes none", "[system]") {
    auto const point = GENERATE(CrashPoint::before_transaction, CrashPoint::before_log,
                                CrashPoint::before_transmissions, CrashPoint::after_transmissions);
    CAPTURE(name(point));
    bool const lost = point == CrashPoint::before_transaction;
    Federation federation(Records::practice, 1,
                          [](policy::Agreement& agreement) { agreement.retention.linked_cases_days = 2; });
    auto const& hub = federation.at("coordinator");
    auto const back = [&] { // and witnessed again
        auto const ready = [&] { return hub.node && !hub.node->log_keeper().silent(federation.now()); };
        REQUIRE(federation.run_until(ready, 1min));
    };
    auto const before = look_ups(federation);
    auto const kira = ask(federation, "kira");
    federation.run_for(10s);

    // Between the look-up and the query.
    federation.plan_crash("coordinator", {point, writes_linked(true), 2s});
    auto stephanie = ask(federation, "stephanie");
    back();
    if (lost) {
        CHECK(federation.coordinator().find(stephanie) == nullptr);
        CHECK(federation.coordinator().linked().find(stephanie) == nullptr);
        CHECK(linked(federation, kira).empty());
        stephanie = ask(federation, "stephanie"); // nobody was told that the first one was taken
    }
    CHECK(look_ups(federation) == before + 2);
    CHECK(linked(federation, stephanie).size() == 1);
    CHECK(linked(federation, kira).size() == 1);
    REQUIRE(federation.run_until_settled(stephanie));

    // While they close.
    federation.plan_crash("coordinator", {point, writes_linked(true), 2s});
    federation.run_for(7 * 24h + 1h);
    REQUIRE(federation.coordinator().cases().empty());
    for (auto const& id : {kira, stephanie}) {
        auto const* kept = federation.coordinator().linked().find(id);
        REQUIRE(kept != nullptr);
        CHECK(kept->closed);
    }
    // And while they are forgotten.
    federation.plan_crash("coordinator", {point, writes_linked(false), 2s});
    federation.run_for(2 * 24h);
    CHECK(federation.coordinator().linked().people() == 0);
    CHECK(on_disk(federation, of_kira()).empty());
}
