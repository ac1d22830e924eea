// The tree over a simulated disk's entries, made when it is asked for.

#include "disk_log.hpp"

#include "crypto/checkpoint.hpp"

namespace fanlight::simulation {

using namespace protocol;

crypto::Sha256 DiskLog::hash(unsigned level, std::uint64_t index) const {
    if (auto const known = hashes_.find({level, index}); known != hashes_.end()) return known->second;
    auto const made = level == 0 ? crypto::leaf_hash(disk_.log().at(index).leaf.bytes())
                                 : crypto::node_hash(hash(level - 1, 2 * index), hash(level - 1, 2 * index + 1));
    hashes_.emplace(std::pair(level, index), made);
    return made;
}

crypto::Sha256 DiskLog::root_at(std::uint64_t size) const {
    return crypto::root_at(
               size,
               [this](unsigned level, std::uint64_t index) -> Result<crypto::Sha256> { return hash(level, index); })
        .value();
}

LeafPlace DiskLog::next() const {
    return {log_shard, disk_.log().size() + disk_.pending().size()};
}

Result<std::uint64_t> DiskLog::size(std::int32_t shard) const {
    if (shard != log_shard) return fail(Errc::missing, "shard");
    return disk_.log().size();
}

Result<std::string> DiskLog::signed_head(std::int32_t shard, std::uint64_t size) const {
    if (shard != log_shard || size > disk_.log().size()) return fail(Errc::missing, "head");
    return crypto::sign_checkpoint({origin_, size, root_at(size)}, key_);
}

Result<std::vector<crypto::Sha256>> DiskLog::consistency_proof(std::int32_t shard, std::uint64_t old_size,
                                                               std::uint64_t new_size) const {
    if (shard != log_shard || new_size > disk_.log().size()) return fail(Errc::missing, "head");
    return crypto::prove_consistency(
        old_size, new_size,
        [this](unsigned level, std::uint64_t index) -> Result<crypto::Sha256> { return hash(level, index); });
}

Result<std::vector<crypto::Sha256>> DiskLog::inclusion_proof(LeafPlace const& leaf, std::uint64_t size) const {
    if (leaf.shard != log_shard || size > disk_.log().size()) return fail(Errc::missing, "head");
    return crypto::prove_inclusion(
        leaf.position, size,
        [this](unsigned level, std::uint64_t index) -> Result<crypto::Sha256> { return hash(level, index); });
}

Result<std::vector<crypto::Leaf>> DiskLog::leaves(std::int32_t shard, std::uint64_t first, std::uint64_t count) const {
    if (shard != log_shard || first + count > disk_.log().size()) return fail(Errc::missing, "leaf");
    std::vector<crypto::Leaf> found;
    for (auto i = first; i < first + count; ++i) found.push_back(disk_.log()[i].leaf);
    return found;
}

crypto::Entry const& DiskLog::entry(std::uint64_t position) const {
    auto const published = disk_.log().size();
    return position < published ? disk_.log()[position] : disk_.pending().at(position - published);
}

Result<crypto::ShownOpening> DiskLog::opening(LeafPlace const& leaf) const {
    if (leaf.shard != log_shard || leaf >= next()) return fail(Errc::missing, "opening");
    auto shown = crypto::show_all(entry(leaf.position).fields);
    for (auto& field : shown)
        if (auto const known = field.about ? disk_.erased().find(*field.about) : disk_.erased().end();
            known != disk_.erased().end() && leaf <= known->second)
            field.shown.reset();
    return shown;
}

std::optional<ExchangeEnd> DiskLog::end_of(std::uint64_t position, PartyId const* peer) const {
    auto const& one = entry(position);
    if (one.leaf.exchange == crypto::ExchangeTag{} || !has_two_ends(one.leaf.kind)) return std::nullopt;
    if (one.fields.empty()) return std::nullopt; // it came back from others, without its opening
    if (peer != nullptr && text_of(one, crypto::FieldTag::peer) != peer->text()) return std::nullopt;
    std::uint64_t time = 0;
    auto const times = values_of(one, crypto::FieldTag::time); // named: C++20 lets go of it before the loop otherwise
    for (auto const byte : times.at(0)) time = (time << 8U) | byte;
    return ExchangeEnd{one.leaf.exchange, one.leaf.kind, {log_shard, position}, from_wire(time)};
}

Result<std::vector<ExchangeEnd>> DiskLog::exchanges(PartyId const& peer, LeafPlace const& from,
                                                    std::size_t limit) const {
    std::vector<ExchangeEnd> ends;
    for (auto i = from.position; i < next().position && ends.size() < limit; ++i)
        if (auto const end = end_of(i, &peer)) ends.push_back(*end);
    return ends;
}

Result<LeafPlace> DiskLog::place_at(PartyId const& peer, Instant since) const {
    for (std::uint64_t i = 0; i < next().position; ++i)
        if (auto const end = end_of(i, &peer); end && end->time >= since) return end->place;
    return next();
}

Result<ExchangeEnd> DiskLog::find(crypto::ExchangeTag const& tag, crypto::LeafClass kind) const {
    for (auto i = next().position; i > 0; --i)
        if (auto const end = end_of(i - 1, nullptr); end && end->tag == tag && end->kind == kind) return *end;
    return fail(Errc::missing, "exchange");
}

Result<std::vector<NewCopy>> DiskLog::copies(std::string const& origin, std::uint64_t position,
                                             std::size_t bytes_max) const {
    std::vector<NewCopy> found;
    std::size_t bytes = 0;
    for (auto const& one : disk_.copies()) { // in the order in which they came, which is that of the log
        if (one.origin != origin || one.first > position || one.first + one.count <= position) continue;
        bytes += one.sealed.size();
        if (!found.empty() && (one.first != position || bytes > bytes_max)) break;
        position = one.first + one.count;
        found.push_back(one);
    }
    return found;
}

} // namespace fanlight::simulation
