// C2SP checkpoints: the three lines and nothing else, each in the one form that writing gives back.

#include "crypto/checkpoint.hpp"

#include "crypto/text.hpp"

#include <cassert>

namespace fanlight::crypto {

namespace {

constexpr char const* where = "checkpoint";

/// The next of the three lines, without its newline.
Result<std::string_view> next_line(std::string_view& text, std::uint64_t number) {
    auto const line = take_line(text);
    if (!line) return fail(Errc::malformed, where, "It must have three lines.", number);
    return *line;
}

} // namespace

std::string checkpoint_text(Checkpoint const& checkpoint) {
    return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" + to_base64(checkpoint.root.view()) + "\n";
}

Result<Checkpoint> parse_checkpoint_text(std::string_view text) {
    constexpr auto root_form = "The root must be canonical base64 of 32 bytes.";
    auto rest = text;
    FANLIGHT_TRY(auto const origin, next_line(rest, 1));
    if (!is_note_name(origin)) {
        return fail(Errc::malformed, where, "The origin must not be empty nor hold '+' or spaces.", 1);
    }
    FANLIGHT_TRY(auto const size_line, next_line(rest, 2));
    auto const size = parse_decimal(size_line);
    if (!size) return fail(Errc::malformed, where, "The size must be decimal digits without leading zeroes.", 2);
    FANLIGHT_TRY(auto const root_line, next_line(rest, 3));
    auto const decoded = from_base64(root_line);
    if (!decoded || decoded.value().size() != Sha256::size_bytes) return fail(Errc::malformed, where, root_form, 3);
    if (!rest.empty()) return fail(Errc::malformed, where, "Extension lines are not used here.", 4);
    FANLIGHT_TRY(auto const root, Sha256::parse(decoded.value(), where));
    Checkpoint checkpoint{std::string(origin), *size, root};
    // One spelling: libsodium 1.0.18 reads bytes over 0x7F as base64 digits.
    if (checkpoint_text(checkpoint) != text) return fail(Errc::malformed, where, root_form, 3);
    return checkpoint;
}

std::string sign_checkpoint(Checkpoint const& checkpoint, SigningKey const& log_key) {
    assert(is_note_name(checkpoint.origin) && checkpoint.size >> 63U == 0);
    auto const text = checkpoint_text(checkpoint);
    std::array<std::string, 1> const lines{sign_note_line(text, checkpoint.origin, log_key)};
    return format_note(text, lines);
}

Result<Checkpoint> open_checkpoint(std::string_view note, NoteKey const& log_key) {
    FANLIGHT_TRY(auto const parsed, parse_note(note));
    FANLIGHT_TRY(auto const text, NoteChecker::verify_all(parsed, {&log_key, 1}));
    FANLIGHT_TRY(auto checkpoint, parse_checkpoint_text(text.value()));
    if (checkpoint.origin != log_key.name) return fail(Errc::wrong_key, where, "It is of another log.", 1);
    return checkpoint;
}

} // namespace fanlight::crypto
