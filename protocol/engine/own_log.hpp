#pragma once
// A node's own log as its engines see it: leaves that are durable, heads and proofs over them. The shell implements it
// over tiles and store (node/log), the simulation over vectors.

#include "base/time.hpp"
#include "crypto/merkle.hpp"
#include "crypto/opening.hpp"
#include "protocol/leaf_place.hpp"

namespace fanlight::protocol {

/// One end of an exchange as a leaf has it: no content.
struct ExchangeEnd {
    crypto::ExchangeTag tag;
    crypto::LeafClass kind{};
    LeafPlace place;
    Instant time{};
};
/// Leaves of which the other party has a counterpart under the same tag: what was sent, received, refused, evaluated.
/// Never what only one end may know of, such as a context that was opened.
bool has_two_ends(crypto::LeafClass kind);

class OwnLog {
  public:
    OwnLog() = default;
    OwnLog(OwnLog const&) = delete;
    OwnLog& operator=(OwnLog const&) = delete;
    virtual ~OwnLog() = default;

    /// Where the next leaf goes, those of the batch under way counted.
    virtual LeafPlace next() const = 0;
    /// How many leaves of a shard are published. Errc::missing: there is no such shard.
    virtual Result<std::uint64_t> size(std::int32_t shard) const = 0;
    /// A signed checkpoint of the first `size` leaves of a shard, all published. Errc::missing, Errc::damaged,
    /// Errc::io.
    virtual Result<std::string> signed_head(std::int32_t shard, std::uint64_t size) const = 0;
    virtual Result<std::vector<crypto::Sha256>> consistency_proof(std::int32_t shard, std::uint64_t old_size,
                                                                  std::uint64_t new_size) const = 0;
    virtual Result<std::vector<crypto::Sha256>> inclusion_proof(LeafPlace const& leaf, std::uint64_t size) const = 0;
    virtual Result<std::vector<crypto::Leaf>> leaves(std::int32_t shard, std::uint64_t first,
                                                     std::uint64_t count) const = 0;
    virtual Result<crypto::ShownOpening> opening(LeafPlace const& leaf) const = 0;

    /// The ends of exchanges with a party, in order of place, from `from` on; at most `limit`.
    virtual Result<std::vector<ExchangeEnd>> exchanges(PartyId const& peer, LeafPlace const& from,
                                                       std::size_t limit) const = 0;
    /// The first place with a leaf about an exchange with `peer` at or after this time.
    virtual Result<LeafPlace> place_at(PartyId const& peer, Instant since) const = 0;
    /// The newest end with this tag and class. Errc::missing.
    virtual Result<ExchangeEnd> find(crypto::ExchangeTag const& tag, crypto::LeafClass kind) const = 0;
};

} // namespace fanlight::protocol
