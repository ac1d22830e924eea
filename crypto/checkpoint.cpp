// C2SP checkpoints: the three lines and nothing else, each in the one form that writing gives back.

#include "crypto/checkpoint.hpp"

#include "crypto/text.hpp"

#include <cassert>
#include <charconv>

namespace fanlight::crypto {

namespace {

constexpr char const* where = "checkpoint";

/// Takes a line, without its newline, off the front of `text`.
Result<std::string_view> take_line(std::string_view& text, std::uint64_t number) {
    auto const end = text.find('\n');
    if (end == std::string_view::npos) return fail(Errc::malformed, where, "It must have three lines.", number);
    auto const line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return line;
}

Result<std::uint64_t> parse_size(std::string_view line) {
    constexpr auto mend = "The size must be decimal digits without leading zeroes.";
    std::uint64_t size = 0;
    auto const* const end = line.data() + line.size();
    auto const [stop, error] = std::from_chars(line.data(), end, size);
    if (error != std::errc() || stop != end || (line.size() > 1 && line.front() == '0') || size >> 63U != 0) {
        return fail(Errc::malformed, where, mend, 2);
    }
    return size;
}

} // namespace

std::string checkpoint_text(Checkpoint const& checkpoint) {
    return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" + to_base64(checkpoint.root.view()) + "\n";
}

Result<Checkpoint> parse_checkpoint_text(std::string_view text) {
    constexpr auto root_form = "The root must be canonical base64 of 32 bytes.";
    auto rest = text;
    FANLIGHT_TRY(auto const origin, take_line(rest, 1));
    if (!is_note_name(origin)) {
        return fail(Errc::malformed, where, "The origin must not be empty nor hold '+' or spaces.", 1);
    }
    FANLIGHT_TRY(auto const size_line, take_line(rest, 2));
    FANLIGHT_TRY(auto const size, parse_size(size_line));
    FANLIGHT_TRY(auto const root_line, take_line(rest, 3));
    auto const decoded = from_base64(root_line);
    if (!decoded || decoded.value().size() != Sha256::size_bytes) return fail(Errc::malformed, where, root_form, 3);
    if (!rest.empty()) return fail(Errc::malformed, where, "Extension lines are not used here.", 4);
    FANLIGHT_TRY(auto const root, Sha256::parse(decoded.value(), where));
    Checkpoint checkpoint{std::string(origin), size, root};
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
