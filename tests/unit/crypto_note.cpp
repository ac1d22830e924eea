// C2SP signed notes, verifier keys and checkpoints: the examples of the specifications, typed in, and what is refused.

#include "base/limits.hpp"
#include "crypto/checkpoint.hpp"
#include "crypto/text.hpp"
#include "project_files.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <iterator>
#include <sstream>
#include <string>

using namespace fanlight;
using namespace fanlight::crypto;

namespace {

// c2sp.org/signed-note, "Example".
constexpr std::string_view foo_vkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
constexpr std::string_view foo_text = "This is an example message.\n";
constexpr std::string_view foo_signature =
    "\xE2\x80\x94 example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

// c2sp.org/signed-note, first example; its key is not published.
constexpr std::string_view quasimodo =
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\n\xC3\xA8 subito sera.\n\n"
    "\xE2\x80\x94 quasimodo.example/salvatore "
    "NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";

// The project's worked vector: a log of seven leaves, cosigned by three witnesses.
constexpr std::string_view police_vkey =
    "hub.example.gov.uk/disclosures/police/2026+1472077e+AeaM8SLkVEuzAL4Y9oF18Gb24MKLLcsJLAcAS9H/Br3a";
constexpr std::string_view police_text =
    "hub.example.gov.uk/disclosures/police/2026\n7\nVAjepykc27hklVx0AkenTYNMMw7jEuHQaxWAFmJSW2Y=\n";
constexpr std::string_view police_signature =
    "\xE2\x80\x94 hub.example.gov.uk/disclosures/police/2026 "
    "FHIHflMzKwgFRMvj+eGawUnD65s8sksL1K/NKmFN4OvxNOFSb6LeGwpaFuk/djidvfAcGadj7Z3oIAMNIKo9ppbN8gg=\n";
constexpr std::string_view witness_signatures =
    "\xE2\x80\x94 hub.example.gov.uk/witness/csc "
    "4DBz7wAAAABqsTuAAxIsZ5dqEPZLrrulivIBY2Cd71OsR0XHtbMBsLyFrcfuFcnzzPpKjF3EznMmA1cGP6Il+zKOzzZTwc32QXWTAg==\n"
    "\xE2\x80\x94 hub.example.gov.uk/witness/health "
    "soHdiQAAAABqsTuAtAhryno/L2/JuH3MKjGzbcT3MiBSDfoC/hXM9kNbOwghnGkl8Sv6wk3K+66IHmm0D39Bqa1Ev2B5dSQjszuYBw==\n"
    "\xE2\x80\x94 hub.example.gov.uk/witness/housing "
    "qqfguAAAAABqsTuAL6XsdWzqLYqwghfFKNjrXvtJ940CyjwmVKlbukeegy0OFL1omYP3kj3K0R3opHzgB11kSRjvuG3+87/rc5yMAw==\n";

std::string join(std::initializer_list<std::string_view> parts) {
    std::string joined;
    for (auto const part : parts) joined += part;
    return joined;
}

std::string replaced(std::string_view text, std::string_view what, std::string_view with) {
    std::string result(text);
    result.replace(result.find(what), what.size(), with);
    return result;
}

std::string format(UnverifiedNote const& note) {
    std::vector<std::string> lines;
    for (auto const& signature : note.signatures) lines.push_back(signature_line(signature));
    return format_note(note.text, lines);
}

SigningKey test_key(std::uint64_t seed) {
    SeededRandom random(seed);
    return SigningKey::generate(random);
}

/// The code of a failed note, Errc::exists for one that parses.
Errc parse_code(std::string_view note) {
    auto const parsed = parse_note(note);
    return parsed ? Errc::exists : parsed.error().code;
}

} // namespace

TEST_CASE("note: the specification's example verifies under its verifier key") {
    auto const key = parse_vkey(foo_vkey).value();
    CHECK(key.name == "example.com/foo");
    CHECK(key.id() == 0x530d903a);
    CHECK(key.vkey() == foo_vkey);
    auto const note = parse_note(join({foo_text, "\n", foo_signature})).value();
    CHECK(note.text == foo_text);
    REQUIRE(note.signatures.size() == 1);
    CHECK(note.signatures[0].id == 0x530d903a);
    CHECK(NoteChecker::verify_all(note, {&key, 1}).value().value() == foo_text);
}

TEST_CASE("note: the text may hold empty lines and is cut at the last one") {
    auto const note = parse_note(quasimodo).value();
    CHECK(note.text == quasimodo.substr(0, quasimodo.find("\n\n\xE2\x80\x94") + 1));
    CHECK(note.signatures.at(0).name == "quasimodo.example/salvatore");
    CHECK(format(note) == quasimodo);
}

TEST_CASE("note: a note signed by nobody we know is missing that signature") {
    auto const key = parse_vkey(foo_vkey).value();
    auto const result = NoteChecker::verify_all(parse_note(quasimodo).value(), {&key, 1});
    REQUIRE(!result);
    CHECK(result.error().code == Errc::missing);
    CHECK(result.error().at == 1);
    CHECK(NoteChecker::verify_all(parse_note(quasimodo).value(), {}).error().code == Errc::refused);
}

TEST_CASE("note: a changed text, or a failed signature of a known key beside a good one, is refused") {
    auto const key = parse_vkey(foo_vkey).value();
    auto const changed = replaced(join({foo_text, "\n", foo_signature}), "example message", "example massage");
    CHECK(NoteChecker::verify_all(parse_note(changed).value(), {&key, 1}).error().code == Errc::bad_signature);

    auto const bad_line = replaced(foo_signature, "Uw2QOkn8", "Uw2QOkn9");
    for (auto const& note :
         {join({foo_text, "\n", foo_signature, bad_line}), join({foo_text, "\n", bad_line, foo_signature})}) {
        CHECK(NoteChecker::verify_all(parse_note(note).value(), {&key, 1}).error().code == Errc::bad_signature);
    }
    // Known name and id, but not 64 bytes.
    auto const short_line = "\xE2\x80\x94 example.com/foo Uw2QOkn8\n";
    auto const cut = join({foo_text, "\n", short_line});
    CHECK(NoteChecker::verify_all(parse_note(cut).value(), {&key, 1}).error().code == Errc::bad_signature);
}

TEST_CASE("note: a key counts by name and id together") {
    auto const key = parse_vkey(foo_vkey).value();
    auto const other_name = replaced(foo_signature, "example.com/foo", "example.com/fou");
    auto const other_id = replaced(foo_signature, "Uw2QOkn8", "Ux2QOkn8");
    for (auto const& line : {other_name, other_id}) {
        auto const alone = parse_note(join({foo_text, "\n", line})).value();
        CHECK(NoteChecker::verify_all(alone, {&key, 1}).error().code == Errc::missing);
        auto const beside = parse_note(join({foo_text, "\n", line, foo_signature})).value();
        CHECK(NoteChecker::verify_all(beside, {&key, 1}));
    }
}

TEST_CASE("note: all the keys asked for must have signed, and the error says which has not") {
    auto const first = test_key(1);
    auto const second = test_key(2);
    NoteKey const keys[] = {{"a.example/officer", first.verify_key()}, {"a.example/dpo", second.verify_key()}};
    auto const text = "The agreement.\n";
    std::vector<std::string> lines{sign_note_line(text, keys[0].name, first)};
    auto const half = NoteChecker::verify_all(parse_note(format_note(text, lines)).value(), keys);
    REQUIRE(!half);
    CHECK(half.error().code == Errc::missing);
    CHECK(half.error().at == 2);
    lines.push_back(sign_note_line(text, keys[1].name, second));
    CHECK(NoteChecker::verify_all(parse_note(format_note(text, lines)).value(), keys));
    // Signed with the right key under the wrong name.
    lines[1] = sign_note_line(text, keys[1].name, first);
    CHECK(NoteChecker::verify_all(parse_note(format_note(text, lines)).value(), keys).error().at == 2);
}

TEST_CASE("note: what has not the one form is refused") {
    auto const line = std::string(foo_signature);
    auto const name_for = [&](std::string_view name) {
        return join({"t\n\n", replaced(line, "example.com/foo", name)});
    };
    CHECK(parse_code(join({"t\n\n", line})) == Errc::exists);
    CHECK(parse_code(join({"\n\n", line})) == Errc::exists); // a text of one empty line
    CHECK(parse_code("") == Errc::malformed);
    CHECK(parse_code("t\n") == Errc::malformed);
    CHECK(parse_code("t\n\n") == Errc::malformed);
    CHECK(parse_code(join({"\n", line})) == Errc::malformed);                               // no text
    CHECK(parse_code(join({"t\n", line})) == Errc::malformed);                              // no empty line
    CHECK(parse_code(join({"t\n\n", line.substr(0, line.size() - 1)})) == Errc::malformed); // no last newline
    CHECK(parse_code(join({"t\n\n", line, "\n"})) == Errc::malformed);                      // empty line after
    CHECK(parse_code(join({"t\n\n", line, "x\n"})) == Errc::malformed);                     // not a signature line
    CHECK(parse_code(join({"t\n\n", replaced(line, "\xE2\x80\x94", "-")})) == Errc::malformed);
    CHECK(parse_code(join({"t\n\n", replaced(line, " Uw2Q", "Uw2Q")})) == Errc::malformed);   // no space
    CHECK(parse_code(join({"t\n\n", replaced(line, " Uw2Q", "  Uw2Q")})) == Errc::malformed); // two
    CHECK(parse_code(join({"t\n\n", replaced(line, "aQM=", "aQN=")})) == Errc::malformed);    // loose base64 bits
    CHECK(parse_code(join({"t\n\n", replaced(line, "aQM=", "aQM")})) == Errc::malformed);     // no padding
    CHECK(parse_code("t\n\n\xE2\x80\x94 a AAAAAA==\n") == Errc::malformed);                   // an id alone
    CHECK(parse_code("t\n\n\xE2\x80\x94 a AAAAAAA=\n") == Errc::exists);                      // and one byte
    CHECK(parse_code(name_for("")) == Errc::malformed);
    CHECK(parse_code(name_for("a+b")) == Errc::malformed);
    CHECK(parse_code(name_for("a\xC2\xA0z")) == Errc::malformed);     // no-break space
    CHECK(parse_code(name_for("a\xC2\x85z")) == Errc::malformed);     // next line
    CHECK(parse_code(name_for("a\xE2\x80\xA8z")) == Errc::malformed); // line separator
    CHECK(parse_code(name_for("a\xE3\x80\x80z")) == Errc::malformed); // ideographic space
    CHECK(parse_code(name_for("caf\xC3\xA9")) == Errc::exists);
}

TEST_CASE("note: only UTF-8 without control characters, and the error says the line") {
    auto const [bad, legal] = GENERATE(table<char const*, bool>({
        {"\t", false},               // control
        {"\r", false},               //
        {"\x1F", false},             //
        {"\x7F", true},              // the specification forbids only those below U+0020
        {"\xC2\x80", true},          //
        {"\xC1\xBF", false},         // overlong
        {"\xE0\x9F\xBF", false},     //
        {"\xE0\xA0\x80", true},      //
        {"\xED\x9F\xBF", true},      //
        {"\xED\xA0\x80", false},     // surrogate
        {"\xED\xBF\xBF", false},     //
        {"\xEE\x80\x80", true},      //
        {"\xF0\x8F\xBF\xBF", false}, // overlong
        {"\xF0\x90\x80\x80", true},  //
        {"\xF4\x8F\xBF\xBF", true},  // U+10FFFF
        {"\xF4\x90\x80\x80", false}, // beyond
        {"\xF8\x88\x80\x80\x80", false},
        {"\x80", false},     // continuation alone
        {"\xE2\x80", false}, // cut off
    }));
    auto const note = parse_note(join({"one\ntwo ", bad, "\n\n", foo_signature}));
    CHECK(note.has_value() == legal);
    if (!legal) {
        CHECK(note.error().code == Errc::malformed);
        CHECK(note.error().at == 2);
    }
    CHECK(is_note_name(join({"a", bad})) == (legal));
}

TEST_CASE("note: sixteen signatures are read, and one over the limit is too large") {
    auto const note_with = [](std::size_t count) {
        std::string note = "t\n\n";
        for (std::size_t i = 0; i < count; ++i) note += foo_signature;
        return note;
    };
    CHECK(parse_note(note_with(16)).value().signatures.size() == 16);
    CHECK(parse_note(note_with(limits::note_signatures_max)));
    CHECK(parse_code(note_with(limits::note_signatures_max + 1)) == Errc::too_large);
    auto const padded = [](std::size_t bytes) {
        auto const tail = join({"\n\n", foo_signature});
        return std::string(bytes - tail.size(), 'a') + tail;
    };
    CHECK(parse_note(padded(limits::agreement_bytes_max)));
    CHECK(parse_code(padded(limits::agreement_bytes_max + 1)) == Errc::too_large);
}

TEST_CASE("vkey: only the one spelling of an Ed25519 key whose id is its own") {
    auto const code = [](std::string_view text) {
        auto const key = parse_vkey(text);
        return key ? Errc::exists : key.error().code;
    };
    CHECK(code(foo_vkey) == Errc::exists);
    CHECK(code(replaced(foo_vkey, "530d903a", "530d903b")) == Errc::wrong_key);
    CHECK(code(replaced(foo_vkey, "foo", "fou")) == Errc::wrong_key);
    CHECK(code(replaced(foo_vkey, "AekyeR", "AekyeS")) == Errc::wrong_key);
    CHECK(code(replaced(foo_vkey, "530d903a", "530D903A")) == Errc::malformed);
    CHECK(code(replaced(foo_vkey, "530d903a", "530d903")) == Errc::malformed);
    CHECK(code(replaced(foo_vkey, "example.com/foo", "")) == Errc::malformed);
    CHECK(code(replaced(foo_vkey, "foo", "f o")) == Errc::malformed);
    CHECK(code(replaced(foo_vkey, "foo", "f\no")) == Errc::malformed);
    CHECK(code(std::string(foo_vkey) + "\n") == Errc::malformed);
    CHECK(code(foo_vkey.substr(0, foo_vkey.size() - 4)) == Errc::malformed);
    CHECK(code("example.com/foo+530d903a") == Errc::malformed);
    CHECK(code("") == Errc::malformed);
    // A witness's key, type 4, of the worked vector's policy.
    CHECK(code("hub.example.gov.uk/witness/csc+e03073ef+BHcmWvWG02+cfSEb3Hpbcrs65JfhfgJyXNsM94TfPR+n") ==
          Errc::refused);
}

TEST_CASE("note: a byte over 0x7F is no base64 digit, whatever the library's decoder makes of it") {
    // Found by tests/fuzz/note and tests/fuzz/checkpoint: libsodium 1.0.18 decodes some of them.
    for (unsigned byte = 0x80; byte < 0x100; ++byte) {
        auto const odd = static_cast<char>(byte);
        auto root = std::string(police_text);
        root[root.size() - 10] = odd;
        CHECK(!parse_checkpoint_text(root));
        auto key = std::string(foo_vkey);
        key[key.size() - 10] = odd;
        CHECK(!parse_vkey(key));
        auto signature = replaced(foo_signature, "n8sr", "n8\xC2\xA0");
        signature[signature.find('\xA0')] = static_cast<char>(0x80U | (byte & 0x3FU));
        CHECK(parse_code(join({foo_text, "\n", signature})) == Errc::malformed);
    }
    CHECK(parse_code(join({"t\n\n", replaced(foo_signature, "n8sr", "n8\xCE\xB8")})) == Errc::malformed);
}

TEST_CASE("note: what was signed verifies and is written again as it was") {
    REQUIRE(rc::check("sign, format, parse, verify", [](std::uint64_t seed, std::vector<std::string> const& words) {
        auto const key = test_key(seed);
        std::string text = "note\n";
        for (auto const& word : words) text += to_hex(as_bytes(word)) + "\n";
        std::vector<std::string> const lines{sign_note_line(text, "party.example/x", key)};
        auto const note = format_note(text, lines);
        auto const parsed = parse_note(note).value();
        NoteKey const public_key{"party.example/x", key.verify_key()};
        RC_ASSERT(parsed.text == text);
        RC_ASSERT(format(parsed) == note);
        RC_ASSERT(NoteChecker::verify_all(parsed, {&public_key, 1}).has_value());
        RC_ASSERT(parse_vkey(public_key.vkey()).value() == public_key);
    }));
}

TEST_CASE("note: notes of golang.org/x/mod/sumdb/note verify, and ours have the same bytes") {
    struct Listed {
        NoteKey key;
        SigningKey signing;
    };
    auto const words_of = [](char const* file) { // of each line that is no comment
        std::vector<std::vector<std::string>> all;
        std::istringstream lines(fanlight::test::read_file(file));
        for (std::string line; std::getline(lines, line);) {
            std::istringstream words(line);
            if (!line.starts_with('#')) all.push_back({std::istream_iterator<std::string>(words), {}});
        }
        return all;
    };
    std::vector<Listed> listed;
    for (auto const& words : words_of("tests/vectors/notes/keys.txt"))
        listed.push_back(
            {parse_vkey(words.at(1)).value(), SigningKey::from_seed(from_hex(words.at(0)).value()).value()});
    REQUIRE(listed.size() == 4);
    std::size_t unknown = 0;
    std::size_t signatures = 0;
    for (auto const& words : words_of("tests/vectors/notes/cases.txt")) {
        CAPTURE(words.at(0));
        auto const file = fanlight::test::read_file("tests/vectors/notes/" + words[0]);
        auto const note = parse_note(file).value();
        CHECK(format(note) == file);
        std::vector<NoteKey> keys;
        for (std::size_t i = 2; i < words.size(); ++i) keys.push_back(parse_vkey(words[i]).value());
        auto const strangers = note.signatures.size() - keys.size();
        CHECK(std::to_string(strangers) == words[1]);
        CHECK(NoteChecker::verify_all(note, keys).value().value() == note.text);
        // The strangers' lines as they are, the others signed again: Ed25519 is deterministic.
        std::vector<std::string> lines;
        for (std::size_t i = 0; i < strangers; ++i) lines.push_back(signature_line(note.signatures[i]));
        for (auto const& key : keys) {
            for (auto const& one : listed)
                if (one.key == key) lines.push_back(sign_note_line(note.text, key.name, one.signing));
        }
        CHECK(format_note(note.text, lines) == file);
        for (auto const& one : listed) {
            auto const signed_it = std::find(keys.begin(), keys.end(), one.key) != keys.end();
            auto const alone = NoteChecker::verify_all(note, {&one.key, 1});
            CHECK(alone.has_value() == signed_it);
            if (!alone) CHECK(alone.assume_error().code == Errc::missing);
        }
        auto changed = note;
        changed.text.insert(0, "x");
        CHECK(NoteChecker::verify_all(changed, keys).error().code == Errc::bad_signature);
        unknown += strangers;
        signatures += keys.size();
    }
    CHECK(unknown == 2);
    CHECK(signatures == 11);
}

TEST_CASE("checkpoint: the worked vector opens under its log's key, cosigned or not") {
    auto const key = parse_vkey(police_vkey).value();
    CHECK(key.vkey() == police_vkey);
    for (auto const& note : {join({police_text, "\n", police_signature}),
                             join({police_text, "\n", police_signature, witness_signatures})}) {
        auto const checkpoint = open_checkpoint(note, key).value();
        CHECK(checkpoint.origin == "hub.example.gov.uk/disclosures/police/2026");
        CHECK(checkpoint.size == 7);
        CHECK(to_hex(checkpoint.root.view()) == "5408dea7291cdbb864955c740247a74d834c330ee312e1d06b15801662525b66");
        CHECK(checkpoint_text(checkpoint) == police_text);
    }
}

TEST_CASE("checkpoint: three lines in one form and nothing else") {
    auto const code = [](std::string_view text) {
        auto const checkpoint = parse_checkpoint_text(text);
        return checkpoint ? Errc::exists : checkpoint.error().code;
    };
    auto const with_size = [](std::string_view size) {
        return replaced(police_text, "\n7\n", join({"\n", size, "\n"}));
    };
    CHECK(code(police_text) == Errc::exists);
    CHECK(code(with_size("0")) == Errc::exists);
    CHECK(code(with_size("9223372036854775807")) == Errc::exists);
    for (auto const* const size :
         {"", "07", "00", "-1", "+7", " 7", "7 ", "0x7", "9223372036854775808", "18446744073709551616"}) {
        CHECK(code(with_size(size)) == Errc::malformed);
    }
    CHECK(code(std::string(police_text) + "extension\n") == Errc::malformed);
    CHECK(code(police_text.substr(0, police_text.size() - 1)) == Errc::malformed);
    CHECK(code(replaced(police_text, "SW2Y=", "SW2Z=")) == Errc::malformed);
    CHECK(code(replaced(police_text, "VAje", "")) == Errc::malformed);
    CHECK(code(replaced(police_text, "police", "po lice")) == Errc::malformed);
    CHECK(code("\n7\nVAjepykc27hklVx0AkenTYNMMw7jEuHQaxWAFmJSW2Y=\n") == Errc::malformed);
    CHECK(code("") == Errc::malformed);
}

TEST_CASE("checkpoint: another log's, an unsigned or a changed one is refused") {
    auto const key = test_key(7);
    Checkpoint const checkpoint{"log.example/a", 3, leaf_hash(as_bytes("x"))};
    auto const note = sign_checkpoint(checkpoint, key);
    NoteKey const log_key{"log.example/a", key.verify_key()};
    CHECK(open_checkpoint(note, log_key).value() == checkpoint);
    CHECK(open_checkpoint(note, {"log.example/b", key.verify_key()}).error().code == Errc::missing);
    CHECK(open_checkpoint(note, {"log.example/a", test_key(8).verify_key()}).error().code == Errc::missing);
    CHECK(open_checkpoint(replaced(note, "\n3\n", "\n4\n"), log_key).error().code == Errc::bad_signature);
    // The log's key under the log's name, over the text of another log.
    auto const foreign = checkpoint_text({"log.example/b", 3, checkpoint.root});
    std::vector<std::string> const lines{sign_note_line(foreign, "log.example/a", key)};
    CHECK(open_checkpoint(format_note(foreign, lines), log_key).error().code == Errc::wrong_key);
}
