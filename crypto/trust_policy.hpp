#pragma once
// c2sp.org/tlog-policy: which logs, which witnesses, and how many of whom must have cosigned a head for it to count.

#include "crypto/checkpoint.hpp"
#include "crypto/cosignature.hpp"

#include <map>
#include <optional>
#include <set>

namespace fanlight::crypto {

inline constexpr std::size_t trust_policy_bytes_max = 64 * 1024;
inline constexpr std::size_t trust_policy_lines_max = 1024; ///< the specification asks for 32 logs, witnesses, groups

/// "<name>+<hex key id>+<base64 of 0x04 || key>": a witness's key as policies write it.
std::string cosigning_vkey(CosigningKey const& key);
/// Errc::malformed: form; Errc::wrong_key: the id is not that of name and key; Errc::refused: another algorithm.
Result<CosigningKey> parse_cosigning_vkey(std::string_view text);

/// A head that a policy accepts.
struct CheckedHead {
    Checkpoint checkpoint;
    std::map<std::string, std::uint64_t> cosigned; ///< name of each witness in the policy that cosigned -> its seconds
};

class TrustPolicy {
  public:
    struct Log {
        NoteKey key;
        std::string url; ///< may be empty
    };
    struct Witness {
        std::string name; ///< in the policy only; opaque bytes
        CosigningKey key;
        std::string url;
    };
    struct Group {
        std::string name;
        std::size_t needed = 0;           ///< 1 to the number of its members
        std::vector<std::string> members; ///< witnesses and groups on lines before it
    };

    /// Errc::malformed, Errc::too_large, Errc::wrong_key, Errc::refused (as parse_vkey), Errc::exists (a name, key or
    /// membership twice), Errc::missing (no quorum line, or a name not defined before); `at` is the 1-based line.
    static Result<TrustPolicy> parse(std::string_view text);
    /// The same rules for parts; `quorum` "none": no cosignature is needed. `at` counts parts.
    static Result<TrustPolicy> make(std::vector<Log> logs, std::vector<Witness> witnesses, std::vector<Group> groups,
                                    std::string quorum);

    /// In the form of the specification: logs, witnesses, groups, quorum. parse() of it gives an equal policy.
    std::string text() const;
    std::vector<Log> const& logs() const { return logs_; }
    std::vector<Witness> const& witnesses() const { return witnesses_; }

    /// The head of a note: signed by one of the logs under its own origin, and cosigned as the quorum says. Errors of
    /// parse_note and parse_checkpoint_text; Errc::wrong_key: no log of the policy has this origin;
    /// Errc::bad_signature: a line under a known name and id does not verify, even beside one that does; Errc::missing:
    /// the log has not signed; Errc::refused: too few cosignatures.
    Result<CheckedHead> check(std::string_view checkpoint) const;

  private:
    TrustPolicy() = default;
    Result<void> add(Log log);
    Result<void> add(Witness witness);
    Result<void> add(Group group);
    Result<void> set_quorum(std::string quorum);
    bool is_defined(std::string_view name) const; ///< as a witness or a group, or "none"
    bool holds(std::set<std::string> cosigned) const;

    std::vector<Log> logs_;
    std::vector<Witness> witnesses_;
    std::vector<Group> groups_;
    std::set<std::string> used_; ///< as members of a group: each at most once
    std::optional<std::string> quorum_;
};

} // namespace fanlight::crypto
