#pragma once
// What every engine of a node shares: who we are, the agreement in force, our keys, our peers' keys, randomness.

#include "crypto/parallel.hpp"
#include "protocol/engine/effects.hpp"
#include "protocol/wire/mail.hpp"

#include <map>

namespace fanlight::protocol {

class Book;

using SubjectKey = crypto::LockedSecret<struct SubjectKeyTag, 32>; ///< makes this node's own pseudonyms in its log

/// The owner outlives the engines. What it refers to changes only between two events: the agreement and the directory
/// with the register (protocol/engine/in_force.hpp), the keys when they are replaced. One thread.
struct Self {
    PartyId party;
    policy::Agreement const& agreement;
    std::map<PartyId, OperationalKeys> const& directory; ///< of every party, self included
    crypto::SigningKey const& signing_key;               ///< the agreement pins it; signs key certificates
    crypto::SigningKey const& node_key;
    crypto::SealingKey const& sealing_key;
    crypto::SealingKey const& share_sealing_key; ///< opens shares in a ceremony
    SubjectKey const& subject_key;
    crypto::LockedAeadKey const& at_rest_key; ///< seals secrets inside the engines' state
    crypto::Parallel const& parallel;         ///< runs batches of evaluations on the cores there are
    crypto::Random& random;
    Book const* book = nullptr; ///< the register; nullptr where an engine runs alone, under one agreement
    std::vector<crypto::SealingKey> const* former_sealing = nullptr; ///< replaced; open what was on its way

    /// A version that is or was in force, or will be; nullptr: not known here.
    policy::Agreement const* version(AgreementId const& id) const;
    /// The name of a party in any version; its id, if none has it.
    std::string name_of(PartyId const& id) const;
    Mode mode() const { return agreement.mode; }
    bool is_coordinator() const { return party == agreement.coordinator; }
    policy::Party const& own_entry() const { return *agreement.find(party); }
};

/// The fields of one log leaf, in the making. Values are committed to with fresh salts.
class LeafDraft {
  public:
    /// Starts with the full agreement id and the time.
    LeafDraft(Self const& self, Instant now);
    LeafDraft& add(crypto::FieldTag tag, ByteView value);
    LeafDraft& add(crypto::FieldTag tag, std::string_view text) { return add(tag, as_bytes(text)); }
    LeafDraft& number(crypto::FieldTag tag, std::uint64_t value);
    /// What is added from here on is about this person, and readable only as long as that person's key is; none: about
    /// nobody (docs/protocol.md, "Openings").
    LeafDraft& about(std::optional<crypto::Pseudonym> const& subject);
    /// Appends the leaf to `effects`.
    void write(crypto::LeafClass kind, crypto::ExchangeTag const& exchange, Effects& effects) &&;

  private:
    Self const& self_;
    std::vector<crypto::Field> fields_;
    std::optional<crypto::Pseudonym> about_;
};

/// A secret as it lies in the engines' state: nonce || AEAD under the at-rest key. The store encrypts it once more.
Bytes seal_at_rest(Self const& self, ByteView secret);
/// Errc::damaged if it was not sealed so.
Result<crypto::SecretBytes> open_at_rest(Self const& self, ByteView sealed);

/// This node's pseudonym of a record in its log: BLAKE2b-128(key = subject key, ".../subject" || u64 row). Means
/// nothing elsewhere.
crypto::Pseudonym subject_of(Self const& self, RecordRow row);
/// The same of a person whom a coordinator's case is about, by the place in its form from 0.
crypto::Pseudonym subject_of(Self const& self, CaseId const& id, std::size_t person);

} // namespace fanlight::protocol
