#pragma once
// The log of a simulated node as its engines see it, with what it keeps of others' logs: over the entries on its disk.

#include "disk.hpp"
#include "protocol/engine/log_policy.hpp"
#include "protocol/engine/own_log.hpp"
#include "protocol/engine/witness.hpp"

namespace fanlight::simulation {

inline constexpr std::int32_t log_shard = 2026; ///< the simulations stay in one year

class DiskLog final : public protocol::OwnLog, public protocol::Copies {
  public:
    DiskLog(Disk const& disk, std::string origin, crypto::SigningKey const& key)
        : disk_(disk), origin_(std::move(origin)), key_(key) {}

    std::string const& origin() const { return origin_; }
    crypto::Sha256 root_at(std::uint64_t size) const;
    void forget() { hashes_.clear(); } ///< the disk is another one now

    protocol::LeafPlace next() const override;
    Result<std::uint64_t> size(std::int32_t shard) const override;
    Result<std::string> signed_head(std::int32_t shard, std::uint64_t size) const override;
    Result<std::vector<crypto::Sha256>> consistency_proof(std::int32_t shard, std::uint64_t old_size,
                                                          std::uint64_t new_size) const override;
    Result<std::vector<crypto::Sha256>> inclusion_proof(protocol::LeafPlace const& leaf,
                                                        std::uint64_t size) const override;
    Result<std::vector<crypto::Leaf>> leaves(std::int32_t shard, std::uint64_t first,
                                             std::uint64_t count) const override;
    Result<crypto::ShownOpening> opening(protocol::LeafPlace const& leaf) const override;
    Result<std::vector<protocol::ExchangeEnd>> exchanges(PartyId const& peer, protocol::LeafPlace const& from,
                                                         std::size_t limit) const override;
    Result<protocol::LeafPlace> place_at(PartyId const& peer, Instant since) const override;
    Result<protocol::ExchangeEnd> find(crypto::ExchangeTag const& tag, crypto::LeafClass kind) const override;
    Result<std::vector<protocol::NewCopy>> copies(std::string const& origin, std::uint64_t position,
                                                  std::size_t bytes_max) const override;

  private:
    crypto::Sha256 hash(unsigned level, std::uint64_t index) const;
    std::optional<protocol::ExchangeEnd> end_of(std::uint64_t position, PartyId const* peer) const;
    crypto::Entry const& entry(std::uint64_t position) const;

    Disk const& disk_;
    std::string origin_;
    crypto::SigningKey const& key_;
    mutable std::map<std::pair<unsigned, std::uint64_t>, crypto::Sha256>
        hashes_; ///< of full subtrees that were asked for
};

} // namespace fanlight::simulation
