#pragma once
// The coordinator's part in an epoch: hands out key certificates, hears which agencies are enrolled, opens the epoch
// when all of them are, or when its administrator says so.

#include "protocol/engine/epochs.hpp"
#include "protocol/engine/post.hpp"

namespace fanlight::protocol {

class EpochDesk {
  public:
    EpochDesk(Self const& self, Post& post, Epochs& epochs) : self_(self), post_(post), epochs_(epochs) {}

    /// A holder's certificate: kept, and handed to every other party.
    void certificate(Instant now, Incoming const& incoming, Effects& effects);
    /// A party that has missed something asks for what there is.
    void requested(Instant now, Incoming const& incoming, Effects& effects);
    void ready(Instant now, Incoming const& incoming, Effects& effects);
    /// Opens the newest epoch that is being prepared, whoever is not ready. Errc::missing: there is none.
    Result<void> open(Instant now, Effects& effects);

    /// Parties that are asked in queries and have not said that they are enrolled in the epoch.
    std::vector<PartyId> not_ready(std::uint32_t epoch) const;
    void forget(std::uint32_t epoch, Effects& effects);
    Result<void> restore(ByteView key, ByteView value);

  private:
    void tell_others(Instant now, PartyId const& but, MessageType type, Bytes const& payload, Effects& effects);
    void open(Instant now, std::uint32_t epoch, char const* why, Effects& effects);

    Self const& self_;
    Post& post_;
    Epochs& epochs_;
    std::map<std::uint32_t, std::set<PartyId>> ready_;
};

} // namespace fanlight::protocol
