#pragma once
// Errors are values. `Result<T>` is either a T or an Error; asking an error for its value stops the process.

#include <boost/outcome/basic_result.hpp>
#include <boost/outcome/policy/terminate.hpp>
#include <boost/outcome/try.hpp>

#include <cstdint>
#include <string>

namespace fanlight {

/// What a caller can act on. Short and closed: a new case needs a caller that does something else because of it.
enum class Errc : std::uint8_t {
    malformed,        ///< bytes or text that do not have the documented form
    too_large,        ///< over a named limit (base/limits.hpp)
    missing,          ///< something that must be there is not: a file, a row, a key
    exists,           ///< something that must not be there is: a data directory, an id
    refused,          ///< understood, and not allowed
    bad_signature,    ///< a signature, proof or authentication tag does not verify
    wrong_key,        ///< passphrase, node key or pin is not the one this was made with
    expired,          ///< its time has passed, or has not come
    replayed,         ///< seen before
    version_mismatch, ///< another agreement, epoch, day or format version
    unreachable,      ///< the other end does not answer
    io,               ///< the operating system said no
    damaged,          ///< stored data that contradicts itself
};

/// The exit code of a command that failed for this reason; docs/operations.md lists them. Never 0.
int exit_code(Errc code);
char const* name(Errc code);

/// Safe to print and to log anywhere: both texts are string literals, never input.
struct Error {
    Errc code;
    char const* where;     ///< what was being read or done, e.g. "people.csv: date_of_birth"
    char const* mend = ""; ///< what to do about it; may be empty
    std::uint64_t at = 0;  ///< 1-based line, row or position inside `where`; 0 = not applicable
};

/// One line: "where (line 3): reason. Mend."
std::string describe(Error const& error);

template <class T>
using Result = BOOST_OUTCOME_V2_NAMESPACE::basic_result<T, Error, BOOST_OUTCOME_V2_NAMESPACE::policy::terminate>;

/// A failed Result of any T.
inline auto fail(Errc code, char const* where, char const* mend = "", std::uint64_t at = 0) {
    return BOOST_OUTCOME_V2_NAMESPACE::failure(Error{code, where, mend, at});
}

inline auto ok() {
    return BOOST_OUTCOME_V2_NAMESPACE::success();
}

} // namespace fanlight

/// FANLIGHT_TRY(auto const value, expression) or FANLIGHT_TRY(expression): return the error to our caller, if any.
#define FANLIGHT_TRY(...) BOOST_OUTCOME_TRY(__VA_ARGS__)
