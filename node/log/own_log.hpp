#pragma once
// A node's own log as its engines see it: the directories of its shards and the store beside them. Also what the node
// keeps of others' logs.

#include "node/log/shard.hpp"
#include "protocol/engine/own_log.hpp"
#include "protocol/engine/witness.hpp"

#include <map>

namespace fanlight::node {

/// On the core's thread. `store` and the keys outlive it.
class NodeLog final : public protocol::OwnLog, public protocol::Copies {
  public:
    /// Where a shard's directory is, and its origin.
    using Where = std::function<LogShard(int shard)>;
    NodeLog(Store& store, Where where, crypto::SigningKey const& key, std::optional<crypto::VerifyKey> const& former)
        : store_(store), where_(std::move(where)), key_(key), former_(former) {}

    /// Opens the shard that leaves go into from now on (open_shard_log); an earlier one stays open to be read.
    Result<void> open(int shard);
    LogDirectory& current() { return *current_; }
    LogDirectory const& current() const { return *current_; }
    int shard() const { return position_.shard; }
    /// Where the next leaf goes; whoever applies effects moves it on.
    LogPosition& position() { return position_; }
    LogPosition const& position() const { return position_; }
    /// Leaves that are durable and not published.
    std::uint64_t unpublished() const { return position_.next - current_->size(); }
    /// Publishes them, under one head.
    Result<void> publish();

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
    Result<LogDirectory const*> directory(std::int32_t shard) const;

    Store& store_;
    Where where_;
    crypto::SigningKey const& key_;
    std::optional<crypto::VerifyKey> const& former_;
    mutable std::map<int, LogDirectory> shards_; // those before the current one are opened when they are asked for
    LogDirectory* current_ = nullptr;
    LogPosition position_;
};

} // namespace fanlight::node
