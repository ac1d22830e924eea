// The register: whose signatures each entry takes, and what follows from it.

#include "register_support.hpp"

using namespace fanlight;
using namespace fanlight::protocol;
using namespace fanlight::protocol::test;

namespace {

constexpr auto later = "2027-01-01T00:00:00Z";

SmallText second(SmallText text = five_parties()) {
    text.version = 2;
    text.effective_from = later;
    return text;
}
Instant at(char const* text) {
    return parse_instant(text).value();
}
std::optional<Errc> add_version(Book& book, SmallText const& text, std::vector<std::string> const& signers) {
    return add_code(book, signed_note(written(text), text, signers));
}
std::string revocation(Book const& book, SmallText const& with, std::vector<std::string> const& signers) {
    auto const text = statement_text(Mode::practice, Revocation{book.versions().back().agreement.id, "Court order."});
    return signed_note(text, with, signers);
}
std::string removal(Book const& book, std::string const& id, std::vector<std::string> const& signers) {
    auto const text = statement_text(
        Mode::practice, Removal{book.versions().back().agreement.id, small_party(id), "Its keys were stolen."});
    return signed_note(text, five_parties(), signers);
}
std::string suspended(std::uint32_t serial, bool lifted, std::vector<std::string> const& signers) {
    auto const text = statement_text(
        Mode::practice, Suspension{small_party("housing"), small_party("police"), serial, lifted, "A breach."});
    return signed_note(text, five_parties(), signers);
}

} // namespace

TEST_CASE("book: begins with every officer's signature and every party's key note") {
    auto const text = five_parties();
    auto const words = written(text);
    auto const notes = key_notes_of(text);
    auto const code = [&](std::string const& note, std::map<std::string, std::string> const& keys) {
        auto const book = Book::begin(note, keys);
        return book ? std::nullopt : std::optional(book.error().code);
    };
    auto const whole = lines_of(words, text, everybody(text));
    REQUIRE(whole.size() == 10);
    auto const book = begun(text);
    CHECK(book.size() == 6);
    CHECK(book.checkpoint().origin == std::string(register_domain) + "/register");
    for (std::size_t i = 0; i < whole.size(); ++i) {
        auto lines = whole;
        lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(i));
        CHECK(code(crypto::format_note(words, lines), notes) == Errc::missing);
    }
    auto altered = words;
    altered.replace(altered.find("query_lives = \"7d\""), 18, "query_lives = \"6d\"");
    CHECK(code(crypto::format_note(altered, whole), notes) == Errc::bad_signature);
    auto const good = crypto::format_note(words, whole);
    for (auto const& party : text.parties) {
        auto less = notes;
        less.erase(party.id);
        CHECK(code(good, less) == Errc::missing);
    }
    auto swapped = notes;
    std::swap(swapped.at("housing"), swapped.at("police"));
    CHECK(code(good, swapped) == Errc::refused);
    auto forged = notes;
    auto other = text;
    for (auto& party : other.parties) party.keys = 1;
    forged.at("police") = key_note_of(other, node_keys("police"));
    CHECK(code(good, forged) == Errc::missing); // the key of that id has not signed
    auto matching = text;
    matching.matching_version = "3";
    CHECK(code(signed_note(written(matching), matching, everybody(matching)), notes) == Errc::version_mismatch);
    // Foreign lines do not change what it is.
    auto more = whole;
    more.insert(more.begin(), crypto::sign_note_line(words, "somebody", key_from("x")));
    auto const same = Book::begin(crypto::format_note(words, more), notes);
    REQUIRE(same);
    CHECK(same.value().root() == book.root());
}

TEST_CASE("book: a change that is nobody's own takes two thirds, both officers of each") {
    auto text = second();
    text.reply_within = "9h";
    auto book = begun();
    CHECK(add_version(book, text, {"education", "health", "police"}) == Errc::missing);
    CHECK(add_version(book, text, {"education", "health", "police", "housing.officer"}) == Errc::missing);
    CHECK(add_version(book, text, {"education", "health", "police", "housing.dpo"}) == Errc::missing);
    CHECK_FALSE(add_version(book, text, {"education", "health", "police", "housing"}));
    CHECK(book.versions().size() == 2);
    CHECK(add_version(book, text, {"education", "health", "police", "housing"}) == Errc::exists);
}

TEST_CASE("book: points alone are nobody's own change") {
    auto text = second();
    text.points = 301;
    auto book = begun();
    CHECK(add_version(book, text, {"coordinator", "education", "health"}) == Errc::missing);
    CHECK_FALSE(add_version(book, text, {"coordinator", "education", "health", "police"}));
}

TEST_CASE("book: a party's own clause does not change without it") {
    auto text = second();
    text.housing_tells = "\"colour\", \"not_known\"";
    auto book = begun();
    CHECK(add_version(book, text, {"coordinator", "education", "health", "police"}) == Errc::missing);
    CHECK(add_version(book, text, {"housing", "health", "police"}) == Errc::missing);
    CHECK_FALSE(add_version(book, text, {"housing", "health", "police", "education"}));
}

TEST_CASE("book: an entry of a party changes only with everybody") {
    auto text = second();
    text.parties[2].contact = "01632 960199";
    for (auto const& party : text.parties) {
        auto book = begun();
        auto signers = everybody(text);
        signers.erase(std::find(signers.begin(), signers.end(), party.id));
        CHECK(add_version(book, text, signers) == Errc::missing);
        signers.push_back(party.id + ".officer");
        CHECK(add_version(book, text, signers) == Errc::missing);
    }
    auto book = begun();
    CHECK_FALSE(add_version(book, text, everybody(text)));
}

TEST_CASE("book: who joins signs with its own keys, and counts once its key note is there") {
    auto text = second();
    text.parties.push_back({"refuge", "Small refuge"});
    auto book = begun();
    CHECK(add_version(book, text, everybody(five_parties())) == Errc::missing);
    CHECK(add_code(book, key_note_of(text, node_keys("refuge"))) == Errc::refused); // not yet
    REQUIRE_FALSE(add_version(book, text, everybody(text)));
    CHECK(book.in_force(at(later)).agreement.version == 1);
    CHECK_FALSE(add_code(book, key_note_of(text, node_keys("refuge"))));
    CHECK(book.in_force(at(later)).agreement.version == 2);
}

TEST_CASE("book: who leaves is named, need not sign, and does not count") {
    auto text = second();
    text.parties.erase(text.parties.begin() + 1); // education
    auto book = begun();
    CHECK(add_version(book, text, everybody(text)) == Errc::refused);
    text.removes = "\"education\"";
    CHECK(add_version(book, text, {"coordinator", "health", "police"}) == Errc::missing);
    REQUIRE_FALSE(add_version(book, text, everybody(text)));
    CHECK(add_code(book, key_note_of(five_parties(), node_keys("education", 2))) == Errc::refused);
}

TEST_CASE("book: replaced keys are believed because two thirds signed with keys that stayed") {
    auto text = second();
    text.parties[1].keys = 1;
    auto old_one = lines_of(written(text), five_parties(), everybody(text)); // education with the old keys
    auto book = begun();
    CHECK(add_code(book, crypto::format_note(written(text), old_one)) == Errc::missing);
    CHECK_FALSE(add_version(book, text, everybody(text)));
    // The old signing key makes no key note any more.
    CHECK(add_code(book, key_note_of(five_parties(), node_keys("education", 2))) == Errc::missing);
    CHECK_FALSE(add_code(book, key_note_of(text, node_keys("education", 2))));

    for (std::size_t replaced = 1; replaced <= 5; ++replaced) { // four of five are two thirds
        auto taken = second();
        for (std::size_t i = 0; i < replaced; ++i) taken.parties[i].keys = 1;
        auto fresh = begun();
        auto const code = add_version(fresh, taken, everybody(taken));
        CAPTURE(replaced);
        CHECK(code == (replaced == 1 ? std::nullopt : std::optional(Errc::missing)));
        taken = second();
        for (std::size_t i = 0; i < replaced; ++i) taken.parties[i].dpo_keys = 1; // one of the two is another person
        auto half = begun();
        CHECK(add_version(half, taken, everybody(taken)) == code);
    }
}

TEST_CASE("book: versions come in order, one of each number, none before the one that it follows") {
    auto book = begun();
    auto third = second();
    third.version = 3;
    CHECK(add_version(book, third, everybody(third)) == Errc::refused);
    auto early = second();
    early.effective_from = "2026-11-30T23:59:59Z";
    CHECK(add_version(book, early, everybody(early)) == Errc::refused);
    auto same_time = second();
    same_time.effective_from = "2026-12-01T00:00:00Z";
    REQUIRE_FALSE(add_version(book, same_time, everybody(same_time)));
    auto again = second();
    CHECK(add_version(book, again, everybody(again)) == Errc::refused);
    CHECK_FALSE(add_version(book, third, everybody(third)));
    auto fourth = third;
    fourth.version = 4;
    fourth.domain = "practice.other.example";
    CHECK(add_version(book, fourth, everybody(fourth)) == Errc::refused);
    fourth = third;
    fourth.version = 4;
    fourth.coordinator = "education";
    CHECK(add_version(book, fourth, everybody(fourth)) == Errc::refused);
}

TEST_CASE("book: a version is in force from its millisecond on") {
    auto book = begun();
    auto const first = register_start();
    CHECK(book.in_force(first - Duration(1)).agreement.version == 1); // there is no other
    CHECK(book.next_change(first - Duration(1)) == first);
    CHECK_FALSE(book.next_change(first));
    auto const text = second();
    REQUIRE_FALSE(add_version(book, text, everybody(text)));
    auto third = second();
    third.version = 3;
    third.effective_from = "2027-02-01T00:00:00Z";
    REQUIRE_FALSE(add_version(book, third, everybody(third)));
    CHECK(book.in_force(at(later) - Duration(1)).agreement.version == 1);
    CHECK(book.in_force(at(later)).agreement.version == 2);
    CHECK(book.next_change(first) == at(later));
    CHECK(book.next_change(at(later) - Duration(1)) == at(later));
    CHECK(book.next_change(at(later)) == at("2027-02-01T00:00:00Z"));
    CHECK(book.in_force(at("2027-02-01T00:00:00Z")).agreement.version == 3);
    CHECK(book.find(agreement_id(written(text))) == &book.versions()[1]);
}

TEST_CASE("book: a key note goes forward, is its party's, and names nobody else's key") {
    auto book = begun();
    auto const text = five_parties();
    CHECK(add_code(book, key_note_of(text, node_keys("police", 1))) == Errc::exists);
    auto other = text;
    other.parties[4].keys = 1;
    CHECK(add_code(book, key_note_of(other, node_keys("police", 2))) == Errc::missing);
    auto const housing = node_keys("housing");
    auto const with = [&](auto const& change) {
        auto keys = node_keys("police", 2);
        change(keys);
        return look_code(book, key_note_of(text, keys));
    };
    CHECK(with([&](auto& keys) { keys.node = housing.node; }) == Errc::refused);
    CHECK(with([&](auto& keys) { keys.tls_pin = housing.tls_pin; }) == Errc::refused);
    CHECK(with([&](auto& keys) { keys.log = housing.log; }) == Errc::refused);
    CHECK(with([&](auto& keys) { keys.witness = housing.witness; }) == Errc::refused);
    CHECK(with([&](auto& keys) { keys.sealing = housing.sealing; }) == Errc::refused);
    CHECK(with([&](auto& keys) { keys.share_sealing = housing.share_sealing; }) == Errc::refused);
    CHECK(with([&](auto& keys) { keys.node = node_keys("police").node; }) == std::nullopt); // its own may stay
    CHECK(with([&](auto& keys) { keys.void_before = 3; }) == Errc::malformed);
    CHECK(with([&](auto& keys) { keys.void_before = 2; }) == std::nullopt);
    auto keys = node_keys("police", 7);
    keys.void_before = 7;
    REQUIRE_FALSE(add_code(book, key_note_of(text, keys)));
    CHECK(add_code(book, key_note_of(text, node_keys("police", 6))) == Errc::refused);
    auto const& history = book.key_history().at(small_party("police"));
    REQUIRE(history.size() == 2);
    CHECK((history[1].keys.void_before == 7 && history[1].entry == 6 && history[0].keys.serial == 1));
}

TEST_CASE("book: a suspension takes one officer of who suspends, and its serial goes forward") {
    auto book = begun();
    auto const by = small_party("housing");
    auto const of = small_party("police");
    CHECK(add_code(book, suspended(1, false, {"police"})) == Errc::missing);
    CHECK_FALSE(book.is_suspended(by, of));
    CHECK_FALSE(add_code(book, suspended(2, false, {"housing.dpo"})));
    CHECK(book.is_suspended(by, of));
    CHECK_FALSE(book.is_suspended(of, by));
    CHECK(add_code(book, suspended(2, true, {"housing"})) == Errc::refused);
    CHECK(add_code(book, suspended(1, true, {"housing"})) == Errc::refused);
    CHECK_FALSE(add_code(book, suspended(3, true, {"housing.officer"})));
    CHECK_FALSE(book.is_suspended(by, of));
    auto const unknown = statement_text(Mode::practice, Suspension{by, small_party("nobody"), 1, false, "x"});
    CHECK(add_code(book, signed_note(unknown, five_parties(), {"housing"})) == Errc::refused);
}

TEST_CASE("book: a revocation takes both officers of two thirds") {
    auto book = begun();
    auto const id = book.versions().back().agreement.id;
    auto const text = five_parties();
    CHECK(add_code(book, revocation(book, text, {"health", "housing", "police"})) == Errc::missing);
    CHECK(add_code(book, revocation(book, text, {"health", "housing", "police", "education.dpo"})) == Errc::missing);
    CHECK_FALSE(book.is_revoked(id));
    CHECK_FALSE(add_code(book, revocation(book, text, {"health", "housing", "police", "education"})));
    CHECK(book.is_revoked(id));
    CHECK(add_code(book, revocation(book, text, everybody(text))) == Errc::exists);
    auto const other = statement_text(Mode::practice, Revocation{agreement_id("another"), "x"});
    CHECK(add_code(book, signed_note(other, text, everybody(text))) == Errc::refused);
}

TEST_CASE("book: a removal takes two thirds of the others, and lasts until a later version is in force") {
    auto book = begun();
    auto const police = small_party("police");
    CHECK(add_code(book, removal(book, "coordinator", {"education", "health", "housing", "police"})) == Errc::refused);
    CHECK(add_code(book, removal(book, "nobody", {"education", "health", "housing"})) == Errc::refused);
    CHECK(add_code(book, removal(book, "police", {"education", "health"})) == Errc::missing);
    // Its own signature counts for nothing and is dropped.
    CHECK(add_code(book, removal(book, "police", {"education", "health", "police"})) == Errc::missing);
    CHECK(add_code(book, removal(book, "police", {"education", "health", "housing", "police"})) == Errc::malformed);
    CHECK_FALSE(book.is_removed(police, register_start()));
    auto const note = removal(book, "police", {"education", "health", "housing"});
    REQUIRE_FALSE(add_code(book, note));
    CHECK(book.is_removed(police, register_start()));
    CHECK_FALSE(book.is_removed(small_party("housing"), register_start()));
    CHECK(look_code(book, note) == Errc::exists); // or it would be placed for ever
    auto const text = second();
    REQUIRE_FALSE(add_version(book, text, everybody(text))); // everybody takes it back
    CHECK(book.is_removed(police, at(later) - Duration(1)));
    CHECK_FALSE(book.is_removed(police, at(later)));
    // A removal names the latest version.
    auto const old = statement_text(Mode::practice, Removal{book.versions().front().agreement.id, police, "x"});
    CHECK(add_code(book, signed_note(old, five_parties(), everybody(text))) == Errc::refused);
}

TEST_CASE("book: what look gives back is the one form, and only that is added") {
    auto book = begun();
    auto text = second();
    text.reply_within = "9h";
    auto const words = written(text);
    auto const lines = lines_of(words, text, {"education", "health", "housing", "police"});
    auto const good = crypto::format_note(words, lines);
    auto reversed = lines;
    std::reverse(reversed.begin(), reversed.end());
    auto doubled = lines;
    doubled.push_back(lines.back());
    auto foreign = lines;
    foreign.push_back(crypto::sign_note_line(words, "zz", key_from("zz")));
    for (auto const& bad : {reversed, doubled, foreign}) {
        auto const note = crypto::format_note(words, bad);
        CHECK(book.look(note).value().note == good);
        CHECK(add_code(book, note) == Errc::malformed);
    }
    auto const none = book.look(crypto::format_note(words, std::vector<std::string>{foreign.back()})).value();
    CHECK((none.note.empty() && !none.enough && none.missing.size() == 10));
    auto spoilt = lines;
    spoilt.push_back(lines_of("x\n", text, {"coordinator.dpo"}).front());
    CHECK(look_code(book, crypto::format_note(words, spoilt)) == Errc::bad_signature);
    auto const some = book.look(signed_note(words, text, {"education", "health", "housing.dpo"})).value();
    CHECK(some.missing == std::vector<std::string>{"coordinator (officer)", "coordinator (dpo)", "housing (officer)",
                                                   "police (officer)", "police (dpo)"});
    CHECK(some.about == "version 2");
    auto const root = book.root();
    auto const entry = book.add(good).value();
    CHECK((entry.note == good && entry.kind == EntryKind::agreement));
    CHECK(book.entries().back().note == good);
    CHECK(book.root_at(6) == root);
    CHECK(book.root_at(7) == book.root());
    CHECK(book.root_at(0) == crypto::TreeHead().root());
    CHECK((book.checkpoint().size == 7 && book.checkpoint().root == book.root()));
}
