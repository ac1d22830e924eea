#pragma once
// The register: one log of everything that says who may do what, in the order in which everybody knows it. Each entry
// is a signed note: a version of the agreement, a key note, or a statement. A node keeps all of it and believes an
// entry for its signatures, never for who brought it (docs/protocol.md, "The register").
//
//   0          the first agreement, accepted by hand
//   1..n       the first key note of each of its parties, in order of name
//   n+1 ...    whatever follows, in the coordinator's order

#include "crypto/checkpoint.hpp"
#include "crypto/merkle.hpp"
#include "policy/succession.hpp"
#include "protocol/key_note.hpp"
#include "protocol/register/statement.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>

namespace fanlight::protocol {

/// A stolen key must not use all serials up: this times register_entries_max stays below 2^32.
inline constexpr std::uint32_t serial_step_max = 10'000;
inline constexpr std::size_t register_entries_max = 100'000; ///< sealing keys of 64 parties, weekly, for 30 years

enum class EntryKind : std::uint8_t { agreement = 1, key_note, suspension, revocation, removal };
char const* name(EntryKind kind); ///< "key note"

/// The id of an agreement: SHA-256 of its note's text.
AgreementId agreement_id(std::string_view note_text);

/// A note whose signatures are enough for the register as it stands.
struct Entry {
    EntryKind kind;
    std::string note;
    std::string about; ///< "version 4", "housing, serial 2": for logs and screens; no personal data
};

/// A version of the agreement, with where it stands.
struct Version {
    policy::Agreement agreement;
    std::uint64_t entry = 0; ///< its place in the register
    std::string note;
};

struct PartyKeys {
    OperationalKeys keys;
    std::uint64_t entry = 0;
};

class Book {
  public:
    /// The register as it begins. `key_notes`: of every party of the agreement, serial as it is. Every officer of every
    /// party has signed, whatever it says. Errors as in check().
    /// `findings`, if given, gets what is wrong with the agreement, or worth knowing.
    static Result<Book> begin(std::string_view agreement_note, std::map<std::string, std::string> const& key_notes,
                              std::vector<policy::Finding>* findings = nullptr);

    /// What a note would be, and whether its signatures are enough. Only lines that verify under a key that counts are
    /// looked at; all others are dropped from what comes back, and the lines that are left stand in order of key name.
    struct Looked {
        EntryKind kind;
        std::string note; ///< with the lines that count; empty if none does
        std::string about;
        bool enough = false;
        std::vector<std::string> missing;                ///< who has not signed and must, or may: "housing (dpo)"
        std::string mend;                                ///< why it takes so many
        std::optional<policy::Agreement> agreement = {}; ///< as it was read, of an agreement
    };
    /// Errc::malformed: no note of a kind of ours. Errc::refused with a mend: it cannot follow what is there (a
    /// version out of turn, an unknown party, a serial that goes back, a statement about another agreement).
    /// Errc::bad_signature: a line of a key that counts does not verify. `findings`, if given, gets what is wrong with
    /// an agreement.
    Result<Looked> look(std::string_view note, std::vector<policy::Finding>* findings = nullptr) const;

    /// Appends. The note must be exactly what look() gives back for it, with enough signatures. Errors of look();
    /// Errc::missing: not enough; Errc::malformed: lines that do not count, or out of order; Errc::too_large.
    Result<Entry> add(std::string_view note);

    std::uint64_t size() const { return head_.size(); }
    crypto::Sha256 root() const { return head_.root(); }
    crypto::Checkpoint checkpoint() const;            ///< of now, under the register's origin
    crypto::Sha256 root_at(std::uint64_t size) const; ///< `size` is at most size()
    std::vector<Entry> const& entries() const { return entries_; }

    std::vector<Version> const& versions() const { return versions_; } ///< ascending; at least one
    /// The latest whose time has come and whose parties all have key notes; the first if there is none.
    Version const& in_force(Instant now) const;
    Version const* find(AgreementId const& id) const;
    /// When in_force() will be another one; nothing if that is not known.
    std::optional<Instant> next_change(Instant now) const;

    /// Key notes by party, of every party of every version; ascending, at least one each.
    std::map<PartyId, std::vector<PartyKeys>> const& key_history() const { return keys_; }
    bool is_revoked(AgreementId const& agreement) const { return revoked_.contains(agreement); }
    /// Cut off, until a version that came after is in force.
    bool is_removed(PartyId const& party, Instant now) const;
    std::map<std::pair<PartyId, PartyId>, Suspension> const& suspensions() const { return suspensions_; } ///< by, of
    bool is_suspended(PartyId const& by, PartyId const& of) const;

  private:
    struct Made;
    explicit Book(Mode mode) : mode_(mode) {}
    policy::Agreement const& latest() const { return versions_.back().agreement; }
    Result<Made> make(std::string_view note, std::vector<policy::Finding>* findings) const;
    Result<Made> make_agreement(crypto::UnverifiedNote const& note, policy::ParsedAgreement parsed,
                                std::vector<policy::Finding>* findings) const;
    Result<void> make_version(crypto::UnverifiedNote const& note, policy::Agreement const& agreement, Made& made,
                              std::vector<policy::Finding>* findings) const;
    Result<void> make_statement(crypto::UnverifiedNote const& note, RegisterStatement const& statement,
                                Made& made) const;
    void append(Made made);

    Mode mode_;
    crypto::TreeHead head_;
    std::vector<crypto::Sha256> leaf_hashes_;
    std::vector<Entry> entries_;
    std::vector<Version> versions_;
    std::map<PartyId, std::vector<PartyKeys>> keys_;
    std::map<std::pair<PartyId, PartyId>, Suspension> suspensions_;
    std::set<AgreementId> revoked_;
    std::map<PartyId, std::uint32_t> removed_; ///< when the version of that number was the latest
};

/// "<domain>/register": the origin of its heads, which are cosigned and not signed by a key of its own.
std::string register_origin(std::string_view domain);

} // namespace fanlight::protocol
