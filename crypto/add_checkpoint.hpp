#pragma once
// The request and the answer of c2sp.org/tlog-witness "add-checkpoint", and the rule by which a witness decides. The
// texts travel inside our own messages; over HTTP they would be the same bytes.

#include "crypto/checkpoint.hpp"
#include "crypto/cosignature.hpp"

namespace fanlight::crypto {

inline constexpr std::size_t add_checkpoint_bytes_max = 16 * 1024;
inline constexpr std::size_t consistency_hashes_max = 63;

struct AddCheckpoint {
    std::uint64_t old_size = 0;
    std::vector<Sha256> proof; ///< RFC 6962 section 2.1.2, from old_size
    std::string checkpoint;    ///< the signed note, verbatim
};
/// "old <size>\n" proof lines "\n" checkpoint
std::string format_add_checkpoint(AddCheckpoint const& request);
/// Form only; one spelling. The note is not looked at but for being there. Errc::malformed, Errc::too_large; `at` is
/// the 1-based line.
Result<AddCheckpoint> parse_add_checkpoint(std::string_view text);

/// The HTTP status codes of the specification.
enum class WitnessStatus : std::uint16_t {
    ok = 200,
    bad_request = 400,   ///< malformed, or old size above the checkpoint's
    forbidden = 403,     ///< not signed by the log's key, or a line of that key does not verify
    not_found = 404,     ///< an origin that this witness does not know
    conflict = 409,      ///< old size is not the size last cosigned: the answer says which is
    unprocessable = 422, ///< the proof does not hold, or another root at the same size: maybe a fork
};
char const* in_words(WitnessStatus status);

/// What a witness keeps of a log: the latest head that it cosigned; of a log it never cosigned, size 0 and the empty
/// root.
struct WitnessedHead {
    std::uint64_t size = 0;
    Sha256 root = empty_root();
};

struct WitnessVerdict {
    WitnessStatus status = WitnessStatus::bad_request;
    Checkpoint head; ///< ok, conflict, unprocessable: what was submitted, its signature verified
    /// conflict, unprocessable: the log's own signature is under a head that contradicts `known`: another root of the
    /// same size, or a root of an empty log that is not one.
    bool forked = false;
};
/// The whole rule but for the origin, which the caller has looked up, and for persisting, which it does before it
/// replies. `log_key`: the key trusted for that origin.
WitnessVerdict judge_checkpoint(AddCheckpoint const& request, NoteKey const& log_key, WitnessedHead const& known);

/// The origin line of the note in a request, to look up the key by; nothing is verified. Errc::malformed.
Result<std::string> origin_of(AddCheckpoint const& request);

} // namespace fanlight::crypto
