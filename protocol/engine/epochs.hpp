#pragma once
// The epochs of the identity key that this node knows: their certificates, its own shares of them, which one is open.
//
//   ceremony or message --certificate--> preparing --the coordinator opens it--> open --another is opened--> closing
//                                        agencies enrol                          queries                     8 days
//                                        (bulk quota)                            (delta quota)               destroyed
//
// An epoch may have several sharings of its one key (a reshare); the last is in use, those before it close likewise.

#include "protocol/engine/self.hpp"
#include "protocol/key_certificate.hpp"

namespace fanlight::protocol {

/// A certificate made under any version that we know. One made under another than the one in force must be allowed by
/// that too. Errors of open_key_certificate.
Result<KeyCertificate> open_certificate(Self const& self, std::string_view note);

enum class EpochStage : std::uint8_t { preparing = 1, open, closing };
char const* name(EpochStage stage); ///< "preparing", "open", "closing"

struct Sharing {
    KeyCertificate certificate;
    std::string note;                     ///< as it travels
    std::optional<crypto::OprfKey> share; ///< if this node holds one; in locked pages
    Instant replaced_at{};                ///< zero: it is the one in use
};
struct Epoch {
    std::uint32_t number = 0;
    EpochStage stage = EpochStage::preparing;
    Instant since{};                         ///< of the stage
    std::vector<Sharing> sharings;           ///< ascending; at least one
    std::map<PartyId, std::string> excluded; ///< holders that answered with another key: why; not asked in this epoch
    KeyCertificate const& keys() const { return sharings.back().certificate; }
};

class Epochs {
  public:
    explicit Epochs(Self const& self) : self_(self) {}

    /// A certificate, with our share if the ceremony gave us one. The same one again changes nothing. Errc::refused:
    /// an epoch or sharing that is not newer than what we have, another certificate for one that we have, or a reshare
    /// of another key; Errc::wrong_key: the share does not fit; and the errors of open_key_certificate. What is refused
    /// is logged here.
    Result<void> accept(Instant now, std::string_view note, std::optional<crypto::OprfKey> share, Effects& effects);
    /// From now on queries come under this epoch; the one before begins to close. True if anything changed; false if
    /// it is not known, open already, or closing.
    bool open(Instant now, std::uint32_t epoch, Effects& effects);
    /// Lied with a proof that does not verify: not asked again in this epoch, and logged.
    void exclude(Instant now, std::uint32_t epoch, PartyId const& holder, std::string const& why, Effects& effects);

    /// Another agreement is in force: a holder that it does not let hold a share is not asked any more.
    void agreement_changed(Instant now, Effects& effects);

    Epoch const* open() const;      ///< nullptr: none yet
    Epoch const* preparing() const; ///< the newest; nullptr: none
    Epoch const* find(std::uint32_t epoch) const;
    std::map<std::uint32_t, Epoch> const& all() const { return epochs_; }
    /// The sharing of an epoch by its number; nullptr if we do not have it (any more).
    Sharing const* find(std::uint32_t epoch, std::uint32_t sharing) const;
    /// Number of the newest epoch ever known, destroyed ones included; 0: none.
    std::uint32_t newest() const { return newest_; }

    /// Destroys what has closed for limits::old_keys_kept, and logs it. Returns the epochs that are gone.
    std::vector<std::uint32_t> wake(Instant now, Effects& effects);
    std::optional<Instant> next_wake() const;
    Result<void> restore(ByteView key, ByteView value);

  private:
    Result<void> take(Instant now, std::string_view note, std::optional<crypto::OprfKey> share, Effects& effects);
    bool missed(std::uint32_t number) const;
    void add_epoch(Instant now, KeyCertificate certificate, std::string_view note, std::optional<crypto::OprfKey> share,
                   Effects& effects);
    void save(Epoch const& epoch, Effects& effects) const;

    Self const& self_;
    std::map<std::uint32_t, Epoch> epochs_;
    std::uint32_t newest_ = 0;
};

} // namespace fanlight::protocol
