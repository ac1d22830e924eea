// Leases: who counts, how many it takes, and how far a clock may be off.

#include "register_support.hpp"

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::test;

namespace {

constexpr auto ms = Duration(1);
Instant const now = register_start() + std::chrono::hours(1);

Lease const* lease_of(std::variant<Lease, NoLease> const& judged) {
    return std::get_if<Lease>(&judged);
}

/// Organisations o0 (the coordinator's), o1, ...; police is in o1.
struct Heard {
    Book book = begun();
    policy::Agreement const& agreement = book.versions().front().agreement;
    Witnessed witnessed{book.checkpoint(), {}};
    Heard& at(std::string const& id, Duration ahead) {
        witnessed.at.insert_or_assign(small_party(id), now + ahead);
        return *this;
    }
    std::variant<Lease, NoLease> judged(std::string const& id = "police") const {
        return judge_lease(book, agreement, small_party(id), witnessed, now);
    }
    bool is(NoLease why) const {
        auto const result = judged();
        auto const* no = std::get_if<NoLease>(&result);
        return no != nullptr && *no == why;
    }
};

} // namespace

TEST_CASE("lease: it takes half of the organisations beside the coordinator's, rounded up") {
    for (auto const& [others, quorum] : {std::pair<int, std::size_t>(1, 1),
                                         {2, 1},
                                         {3, 2},
                                         {4, 2},
                                         {5, 3},
                                         {6, 3},
                                         {7, 4},
                                         {8, 4},
                                         {9, 5},
                                         {10, 5},
                                         {11, 6},
                                         {12, 6}}) {
        policy::Agreement agreement{.coordinator = small_party("coordinator")};
        auto const add = [&](std::string const& id, std::string const& organisation) {
            policy::Party party{small_party(id)};
            party.organisation = organisation;
            agreement.parties.push_back(party);
        };
        add("coordinator", "hub");
        add("desk", "hub");
        for (int i = 0; i < others; ++i) {
            add("a" + std::to_string(i), "o" + std::to_string(i));
            add("b" + std::to_string(i), "o" + std::to_string(i)); // a second node counts once
        }
        std::sort(agreement.parties.begin(), agreement.parties.end(),
                  [](auto const& left, auto const& right) { return left.id < right.id; });
        CAPTURE(others);
        CHECK(lease_quorum(begun(), agreement, now) == quorum);
    }
}

TEST_CASE("lease: own and the coordinator's organisation, removed parties and strangers do not count") {
    Heard heard; // four others, two are enough
    heard.at("health", {}).at("coordinator", {}).at("police", {}).at("stranger", {});
    CHECK(heard.is(NoLease::too_few));
    heard.at("housing", {});
    auto const judged = heard.judged();
    REQUIRE(lease_of(judged) != nullptr);
    CHECK(lease_of(judged)->organisations == 2);
    CHECK(lease_of(judged)->until == now + lease_lives);
    auto const text = statement_text(Mode::practice, Removal{heard.agreement.id, small_party("housing"), "x"});
    REQUIRE_FALSE(add_code(heard.book, signed_note(text, five_parties(), {"education", "health", "police"})));
    heard.witnessed.head = heard.book.checkpoint();
    CHECK(heard.is(NoLease::too_few));
}

TEST_CASE("lease: two parties of one organisation count once, by the later") {
    auto text = five_parties();
    text.parties[1].organisation = "Small police"; // education's
    text.parties.push_back({"refuge", "Small health"});
    Heard heard{begun(text)}; // others: police, health, housing; two are enough
    heard.at("health", -std::chrono::seconds(30)).at("refuge", -std::chrono::seconds(60)).at("education", {});
    CHECK(heard.is(NoLease::too_few)); // education is the party's own organisation
    heard.at("housing", {});
    auto const judged = heard.judged();
    REQUIRE(lease_of(judged) != nullptr);
    CHECK(lease_of(judged)->until == now - std::chrono::seconds(30) + lease_lives);
}

TEST_CASE("lease: it is of the book's own head") {
    Heard heard;
    heard.at("health", {}).at("housing", {});
    REQUIRE(lease_of(heard.judged()) != nullptr);
    heard.witnessed.head.size += 1;
    CHECK(heard.is(NoLease::other_head));
    heard.witnessed.head = heard.book.checkpoint();
    heard.witnessed.head.root = {};
    CHECK(heard.is(NoLease::other_head));
}

TEST_CASE("lease: the median of the clocks is at most two minutes off, either way") {
    auto const two = std::chrono::seconds(120);
    for (auto const& [ahead, good] : {std::pair<Duration, bool>(two, true), {two + ms, false}}) {
        Heard heard;
        heard.at("health", ahead).at("housing", ahead);
        CHECK((lease_of(heard.judged()) != nullptr) == good);
        if (!good) CHECK(heard.is(NoLease::clock_behind));
        if (good) CHECK(lease_of(heard.judged())->until == now + lease_lives); // no longer than by our own clock
        Heard behind;
        behind.at("health", -ahead).at("housing", -ahead);
        CHECK((lease_of(behind.judged()) != nullptr) == good);
        if (!good) CHECK(behind.is(NoLease::clock_ahead_or_late));
    }
    // Of three the middle one; of two the earlier, which is the stricter against a lease that was kept back.
    Heard three;
    three.at("education", -std::chrono::minutes(10)).at("health", {}).at("housing", -std::chrono::seconds(5));
    REQUIRE(lease_of(three.judged()) != nullptr);
    CHECK(lease_of(three.judged())->until == now - std::chrono::seconds(5) + lease_lives);
    Heard two_of;
    two_of.at("health", {}).at("housing", -two - ms);
    CHECK(two_of.is(NoLease::clock_ahead_or_late));
    two_of.at("housing", -two);
    CHECK(lease_of(two_of.judged()) != nullptr);
}

TEST_CASE("lease: a cosigner's clock counts up to two minutes ahead, and for fifteen minutes") {
    auto text = five_parties();
    for (auto const* id : {"refuge", "marac", "probation"}) text.parties.push_back({id, std::string("Small ") + id});
    auto const with = [&](Duration odd) { // seven others: four are enough, and there are just four
        Heard heard{begun(text)};
        heard.at("education", {}).at("health", {}).at("housing", {}).at("marac", odd);
        return heard;
    };
    auto const two = std::chrono::seconds(120);
    CHECK(lease_of(with(two).judged()) != nullptr);
    CHECK(with(two + ms).is(NoLease::too_few));
    CHECK(lease_of(with(-lease_lives + ms).judged())->until == now + ms);
    CHECK(with(-lease_lives).is(NoLease::too_few));
    CHECK(with(std::chrono::hours(24 * 3650)).is(NoLease::too_few));
}

TEST_CASE("lease: only cosignatures under the keys of the register are opened") {
    auto book = begun();
    auto const text = crypto::checkpoint_text(book.checkpoint());
    auto const seconds = [&](std::uint64_t value) { return value; };
    auto const line = [&](std::string const& id, std::uint32_t serial) {
        return crypto::cosign_line(text, witness_name(register_domain, small_party(id)), witness_key(id, serial),
                                   seconds(1'800'000'000));
    };
    CHECK(witness_name(register_domain, small_party("police")) == "practice.small.example/police/witness");
    auto const note = crypto::format_note(text, std::vector<std::string>{line("health", 1), line("police", 1)});
    auto const opened = open_witnessed(book, note).value();
    CHECK(opened.head == book.checkpoint());
    CHECK(opened.at ==
          std::map<PartyId, Instant>{{small_party("health"), Instant(std::chrono::seconds(1'800'000'000))},
                                     {small_party("police"), Instant(std::chrono::seconds(1'800'000'000))}});
    // Under the new key note the old witness key counts no more.
    REQUIRE_FALSE(add_code(book, key_note_of(five_parties(), node_keys("police", 2))));
    CHECK_FALSE(open_witnessed(book, note).value().at.contains(small_party("police")));
    auto const renewed = crypto::format_note(text, std::vector<std::string>{line("police", 2)});
    CHECK(open_witnessed(book, renewed).value().at.contains(small_party("police")));
    auto const spoilt =
        crypto::cosign_line("x\n1\n", witness_name(register_domain, small_party("health")), witness_key("health"), 1);
    auto const bad = open_witnessed(book, crypto::format_note(text, std::vector<std::string>{spoilt}));
    REQUIRE_FALSE(bad);
    CHECK(bad.error().code == Errc::bad_signature);
    auto head = book.checkpoint();
    head.origin = "practice.other.example/register";
    auto const elsewhere = open_witnessed(
        book, crypto::format_note(crypto::checkpoint_text(head), std::vector<std::string>{line("police", 2)}));
    REQUIRE_FALSE(elsewhere);
    CHECK(elsewhere.error().code == Errc::wrong_key);
    CHECK_FALSE(open_witnessed(book, "x\n"));
}
