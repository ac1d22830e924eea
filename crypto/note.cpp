// C2SP signed notes: one strict form, so that what was parsed and written again has the same bytes.

#include "crypto/note.hpp"

#include "base/limits.hpp"
#include "crypto/hash.hpp"
#include "crypto/text.hpp"

#include <algorithm>
#include <cassert>
#include <optional>

namespace fanlight::crypto {

namespace {

constexpr std::size_t id_bytes = 4;
constexpr std::string_view line_prefix = "\xE2\x80\x94 "; // em dash, space

/// Decodes the code point at the start of `text` and drops it; nothing if it is not well-formed UTF-8 (RFC 3629:
/// no overlong forms, no surrogates, nothing over U+10FFFF).
std::optional<char32_t> next_code_point(std::string_view& text) {
    auto const byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    struct Form {
        std::uint8_t mask, lead;
        std::size_t size;
        char32_t least;
    };
    static constexpr std::array<Form, 4> forms{
        {{0x80, 0x00, 1, 0}, {0xE0, 0xC0, 2, 0x80}, {0xF0, 0xE0, 3, 0x800}, {0xF8, 0xF0, 4, 0x10000}}};
    for (auto const& form : forms) {
        if ((byte(0) & form.mask) != form.lead) continue;
        if (text.size() < form.size) return std::nullopt;
        auto point = static_cast<char32_t>(byte(0) & static_cast<std::uint8_t>(~form.mask));
        for (std::size_t i = 1; i < form.size; ++i) {
            if ((byte(i) & 0xC0U) != 0x80) return std::nullopt;
            point = (point << 6U) | (byte(i) & 0x3FU);
        }
        if (point < form.least || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return std::nullopt;
        text.remove_prefix(form.size);
        return point;
    }
    return std::nullopt;
}

/// Unicode White_Space, apart from the controls below U+0020, which are refused anyway.
bool is_space(char32_t point) {
    return point == ' ' || point == 0x85 || point == 0xA0 || point == 0x1680 || (point >= 0x2000 && point <= 0x200A) ||
           point == 0x2028 || point == 0x2029 || point == 0x202F || point == 0x205F || point == 0x3000;
}

/// UTF-8 without control characters but newline; `at` of the error is the line.
Result<void> check_characters(std::string_view text) {
    std::uint64_t line = 1;
    while (!text.empty()) {
        auto const point = next_code_point(text);
        if (!point) return fail(Errc::malformed, "signed note", "It must be UTF-8.", line);
        if (*point == '\n') ++line;
        if (*point < 0x20 && *point != '\n') {
            return fail(Errc::malformed, "signed note", "It must not hold control characters; use Unix line ends.",
                        line);
        }
    }
    return ok();
}

std::uint32_t read_u32(ByteView bytes) {
    std::uint32_t value = 0;
    for (auto const byte : bytes.first(id_bytes)) value = (value << 8U) | byte;
    return value;
}

std::string hex_id(std::uint32_t id) {
    Bytes bytes;
    append_u32(bytes, id);
    return to_hex(bytes);
}

/// A line without its newline.
Result<NoteSignature> parse_signature_line(std::string_view line, std::uint64_t at) {
    constexpr auto where = "signed note: signature line";
    constexpr auto signature_form = "The signature must be canonical base64 of more than 4 bytes.";
    if (!line.starts_with(line_prefix)) {
        return fail(Errc::malformed, where, "It must start with an em dash and a space.", at);
    }
    auto const rest = line.substr(line_prefix.size());
    auto const space = rest.find(' ');
    if (space == std::string_view::npos) return fail(Errc::malformed, where, "A space must follow the name.", at);
    auto const name = rest.substr(0, space);
    if (!is_note_name(name)) {
        return fail(Errc::malformed, where, "The key name must not be empty nor hold '+' or spaces.", at);
    }
    auto const decoded = from_base64(rest.substr(space + 1));
    if (!decoded || decoded.value().size() <= id_bytes) return fail(Errc::malformed, where, signature_form, at);
    auto const bytes = ByteView(decoded.value());
    NoteSignature signature{std::string(name), read_u32(bytes), to_bytes(bytes.subspan(id_bytes))};
    // One spelling: libsodium 1.0.18 reads bytes over 0x7F as base64 digits.
    auto written = signature_line(signature);
    written.pop_back();
    if (written != line) return fail(Errc::malformed, where, signature_form, at);
    return signature;
}

} // namespace

bool is_note_name(std::string_view name) {
    if (name.empty()) return false;
    while (!name.empty()) {
        auto const point = next_code_point(name);
        if (!point || *point < 0x20 || *point == '+' || is_space(*point)) return false;
    }
    return true;
}

std::uint32_t note_key_id(NoteKeyType type, std::string_view name, VerifyKey const& key) {
    std::array<std::uint8_t, 2> const infix{'\n', static_cast<std::uint8_t>(type)};
    return read_u32(sha256({as_bytes(name), infix, key.view()}).view());
}

std::string format_vkey(NoteKeyType type, std::string const& name, VerifyKey const& key) {
    Bytes bytes{static_cast<std::uint8_t>(type)};
    append(bytes, key.view());
    return name + "+" + hex_id(note_key_id(type, name, key)) + "+" + to_base64(bytes);
}

Result<NamedKey> parse_vkey_of(NoteKeyType type, std::string_view text) {
    constexpr auto where = "verifier key";
    // Base64 may hold '+', a name may not: the first two are the separators.
    auto const first = text.find('+');
    auto const second = first == std::string_view::npos ? first : text.find('+', first + 1);
    if (second == std::string_view::npos) return fail(Errc::malformed, where, "Its form is name+id+key.");
    auto const name = text.substr(0, first);
    auto const id = text.substr(first + 1, second - first - 1);
    if (!is_note_name(name)) return fail(Errc::malformed, where, "The name must not be empty nor hold spaces.");
    auto const lower_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    if (id.size() != 2 * id_bytes || !std::all_of(id.begin(), id.end(), lower_hex)) {
        return fail(Errc::malformed, where, "The id must be eight lower-case hex digits.");
    }
    auto const decoded = from_base64(text.substr(second + 1));
    if (!decoded || decoded.value().size() < 2)
        return fail(Errc::malformed, where, "The key must be canonical base64.");
    auto const bytes = ByteView(decoded.value());
    if (bytes.front() != static_cast<std::uint8_t>(type)) {
        return fail(Errc::refused, where, "Only Ed25519 keys are used here: type 1 for signatures, 4 for witnesses.");
    }
    FANLIGHT_TRY(auto const public_key, VerifyKey::parse(bytes.subspan(1), where));
    NamedKey key{std::string(name), public_key};
    if (hex_id(note_key_id(type, key.name, key.key)) != id) {
        return fail(Errc::wrong_key, where, "The id does not belong to this name and key.");
    }
    if (format_vkey(type, key.name, key.key) != text) {
        return fail(Errc::malformed, where, "The key must be canonical base64.");
    }
    return key;
}

std::uint32_t NoteKey::id() const {
    return note_key_id(NoteKeyType::signature, name, key);
}

std::string NoteKey::vkey() const {
    return format_vkey(NoteKeyType::signature, name, key);
}

Result<NoteKey> parse_vkey(std::string_view text) {
    FANLIGHT_TRY(auto key, parse_vkey_of(NoteKeyType::signature, text));
    return NoteKey{std::move(key.name), key.key};
}

Result<UnverifiedNote> parse_note(std::string_view note) {
    if (note.size() > limits::agreement_bytes_max) return fail(Errc::too_large, "signed note");
    FANLIGHT_TRY(check_characters(note));
    // The text may hold empty lines: the last one is where the signatures begin.
    auto const blank = note.rfind("\n\n");
    if (blank == std::string_view::npos) {
        return fail(Errc::malformed, "signed note", "An empty line must stand between text and signatures.");
    }
    UnverifiedNote parsed{std::string(note.substr(0, blank + 1)), {}};
    auto rest = note.substr(blank + 2);
    auto line = static_cast<std::uint64_t>(std::count(parsed.text.begin(), parsed.text.end(), '\n')) + 2;
    if (rest.empty()) return fail(Errc::malformed, "signed note", "It has no signature.", line);
    for (; !rest.empty(); ++line) {
        if (parsed.signatures.size() == limits::note_signatures_max) {
            return fail(Errc::too_large, "signed note: signatures", "", line);
        }
        auto const end = rest.find('\n');
        if (end == std::string_view::npos) {
            return fail(Errc::malformed, "signed note", "The last line must end in a newline.", line);
        }
        FANLIGHT_TRY(auto signature, parse_signature_line(rest.substr(0, end), line));
        parsed.signatures.push_back(std::move(signature));
        rest.remove_prefix(end + 1);
    }
    return parsed;
}

Result<NoteText> NoteChecker::verify_all(UnverifiedNote const& note, std::span<NoteKey const> keys) {
    constexpr auto where = "signed note: key";
    if (keys.empty()) return fail(Errc::refused, where, "A note that no known key signed proves nothing.");
    for (std::size_t i = 0; i < keys.size(); ++i) {
        auto const id = keys[i].id();
        auto found = false;
        for (auto const& signature : note.signatures) {
            if (signature.id != id || signature.name != keys[i].name) continue;
            auto const parsed = Signature::parse(signature.signature);
            if (!parsed || !verify(keys[i].key, as_bytes(note.text), parsed.value())) {
                return fail(Errc::bad_signature, where, "", i + 1);
            }
            found = true;
        }
        if (!found) return fail(Errc::missing, where, "This key has not signed the note.", i + 1);
    }
    return NoteText(note.text);
}

std::string sign_note_line(std::string_view text, std::string const& name, SigningKey const& key) {
    assert(text.ends_with('\n') && is_note_name(name));
    NoteKey const public_key{name, key.verify_key()};
    return signature_line({name, public_key.id(), to_bytes(key.sign(as_bytes(text)).view())});
}

std::string signature_line(NoteSignature const& signature) {
    Bytes bytes;
    append_u32(bytes, signature.id);
    append(bytes, signature.signature);
    return std::string(line_prefix) + signature.name + " " + to_base64(bytes) + "\n";
}

std::string format_note(std::string_view text, std::span<std::string const> lines) {
    std::string note(text);
    note += '\n';
    for (auto const& line : lines) note += line;
    return note;
}

} // namespace fanlight::crypto
