#pragma once
// C2SP checkpoints (c2sp.org/tlog-checkpoint v1.0.0): exactly three lines, no extension lines; key name = origin.

#include "crypto/merkle.hpp"
#include "crypto/note.hpp"

namespace fanlight::crypto {

struct Checkpoint {
    std::string origin;     ///< as is_note_name: it is also the name of the log's key
    std::uint64_t size = 0; ///< below 2^63, as other implementations read it
    Sha256 root;
    auto operator<=>(Checkpoint const&) const = default;
};
std::string checkpoint_text(Checkpoint const& checkpoint);
/// The three lines, nothing verified. Errc::malformed; `at` is the 1-based line.
Result<Checkpoint> parse_checkpoint_text(std::string_view text);
/// The three lines plus the log's own signature line.
std::string sign_checkpoint(Checkpoint const& checkpoint, SigningKey const& log_key);
/// Errc::malformed, Errc::bad_signature, Errc::missing (not signed by `log_key`), Errc::wrong_key (another origin).
Result<Checkpoint> open_checkpoint(std::string_view note, NoteKey const& log_key);

} // namespace fanlight::crypto
