#include "base/result.hpp"

namespace fanlight {

int exit_code(Errc code) {
    switch (code) {
    case Errc::malformed: return 65;        // EX_DATAERR
    case Errc::too_large: return 65;        // EX_DATAERR
    case Errc::missing: return 66;          // EX_NOINPUT
    case Errc::unreachable: return 69;      // EX_UNAVAILABLE
    case Errc::damaged: return 70;          // EX_SOFTWARE: ours, and never silent
    case Errc::exists: return 73;           // EX_CANTCREAT
    case Errc::io: return 74;               // EX_IOERR
    case Errc::version_mismatch: return 76; // EX_PROTOCOL
    case Errc::replayed: return 76;         // EX_PROTOCOL
    case Errc::refused: return 77;          // EX_NOPERM
    case Errc::wrong_key: return 77;        // EX_NOPERM
    case Errc::bad_signature: return 77;    // EX_NOPERM
    case Errc::expired: return 77;          // EX_NOPERM
    }
    return 70;
}

char const* name(Errc code) {
    switch (code) {
    case Errc::malformed: return "malformed";
    case Errc::too_large: return "too_large";
    case Errc::missing: return "missing";
    case Errc::exists: return "exists";
    case Errc::refused: return "refused";
    case Errc::bad_signature: return "bad_signature";
    case Errc::wrong_key: return "wrong_key";
    case Errc::expired: return "expired";
    case Errc::replayed: return "replayed";
    case Errc::version_mismatch: return "version_mismatch";
    case Errc::unreachable: return "unreachable";
    case Errc::io: return "io";
    case Errc::damaged: return "damaged";
    }
    return "unknown";
}

namespace {
char const* in_words(Errc code) {
    switch (code) {
    case Errc::malformed: return "does not have the right form";
    case Errc::too_large: return "is over the limit";
    case Errc::missing: return "is missing";
    case Errc::exists: return "is already there";
    case Errc::refused: return "is not allowed";
    case Errc::bad_signature: return "has a signature that does not verify";
    case Errc::wrong_key: return "was made with another key";
    case Errc::expired: return "is out of date";
    case Errc::replayed: return "was seen before";
    case Errc::version_mismatch: return "is of another version";
    case Errc::unreachable: return "does not answer";
    case Errc::io: return "could not be read or written";
    case Errc::damaged: return "is damaged";
    }
    return "failed";
}
} // namespace

std::string describe(Error const& error) {
    std::string text = error.where;
    if (error.at != 0) text += " (at " + std::to_string(error.at) + ")";
    text += " ";
    text += in_words(error.code);
    text += ".";
    if (error.mend[0] != '\0') {
        text += " ";
        text += error.mend;
    }
    return text;
}

} // namespace fanlight
