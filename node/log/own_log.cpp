#include "node/log/own_log.hpp"

#include "crypto/checkpoint.hpp"

namespace fanlight::node {

using protocol::LeafPlace;

Result<void> NodeLog::open(int shard) {
    shards_.erase(shard); // it holds the lock of its directory
    FANLIGHT_TRY(auto opened, open_shard_log(store_, where_(shard), key_, former_));
    current_ = &shards_.insert_or_assign(shard, std::move(opened)).first->second;
    position_ = {shard, current_->size()};
    return ok();
}

Result<void> NodeLog::publish() {
    return append_pending(store_, position_.shard, *current_);
}

LeafPlace NodeLog::next() const {
    return {position_.shard, position_.next};
}

Result<LogDirectory const*> NodeLog::directory(std::int32_t shard) const {
    auto found = shards_.find(shard);
    if (found == shards_.end()) {
        auto const where = where_(shard);
        FANLIGHT_TRY(auto opened, LogDirectory::open(where.directory, where.origin, key_, former_));
        found = shards_.emplace(shard, std::move(opened)).first;
    }
    return &found->second;
}

Result<std::uint64_t> NodeLog::size(std::int32_t shard) const {
    FANLIGHT_TRY(auto const* log, directory(shard));
    return log->size();
}

Result<std::string> NodeLog::signed_head(std::int32_t shard, std::uint64_t size) const {
    FANLIGHT_TRY(auto const* log, directory(shard));
    if (size == log->size()) return log->signed_head();
    FANLIGHT_TRY(auto const root, log->root_at(size));
    return crypto::sign_checkpoint({log->head().origin, size, root}, key_);
}

Result<std::vector<crypto::Sha256>> NodeLog::consistency_proof(std::int32_t shard, std::uint64_t old_size,
                                                               std::uint64_t new_size) const {
    FANLIGHT_TRY(auto const* log, directory(shard));
    return log->consistency_proof(old_size, new_size);
}

Result<std::vector<crypto::Sha256>> NodeLog::inclusion_proof(LeafPlace const& leaf, std::uint64_t size) const {
    FANLIGHT_TRY(auto const* log, directory(leaf.shard));
    return log->inclusion_proof(leaf.position, size);
}

Result<std::vector<crypto::Leaf>> NodeLog::leaves(std::int32_t shard, std::uint64_t first, std::uint64_t count) const {
    FANLIGHT_TRY(auto const* log, directory(shard));
    return log->leaves(first, count);
}

Result<crypto::ShownOpening> NodeLog::opening(LeafPlace const& leaf) const {
    FANLIGHT_TRY(auto opening, store_.opening(leaf.shard, leaf.position));
    if (!opening) return fail(Errc::missing, "opening of a log leaf");
    return std::move(*opening);
}

Result<std::vector<protocol::ExchangeEnd>> NodeLog::exchanges(PartyId const& peer, LeafPlace const& from,
                                                              std::size_t limit) const {
    return node::exchanges(store_.reader(), peer, from, limit);
}

Result<LeafPlace> NodeLog::place_at(PartyId const& peer, Instant since) const {
    return node::place_at(store_.reader(), peer, since);
}

Result<protocol::ExchangeEnd> NodeLog::find(crypto::ExchangeTag const& tag, crypto::LeafClass kind) const {
    return find_exchange(store_.reader(), tag, kind);
}

Result<std::vector<protocol::NewCopy>> NodeLog::copies(std::string const& origin, std::uint64_t position,
                                                       std::size_t bytes_max) const {
    return copies_from(store_.reader(), origin, position, bytes_max);
}

} // namespace fanlight::node
