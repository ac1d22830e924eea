#include "node/log/restore.hpp"

#include "node/log/verify.hpp"

#include <string_view>

namespace fanlight::node {

namespace fs = std::filesystem;

namespace {

constexpr auto where = "restore of the log";
constexpr std::string_view restoring = ".restoring";
constexpr std::string_view before_restore = ".before-restore";
constexpr std::uint64_t leaves_read_at_once = 4096;

fs::path beside(fs::path const& directory, std::string_view suffix, int number = 1) {
    auto path = directory;
    path += suffix;
    if (number > 1) path += "-" + std::to_string(number);
    return path;
}

Result<void> move_log(fs::path const& from, fs::path const& to) {
    std::error_code problem;
    fs::rename(from, to, problem);
    return problem ? Result<void>(fail(Errc::io, where)) : ok();
}

/// The names in a directory survive a power cut.
Result<void> flush_names(fs::path const& directory) {
    FANLIGHT_TRY(auto const opened, open_directory(directory));
    return flush(opened, ".");
}

} // namespace

Result<void> refuse_unfinished(fs::path const& logs) {
    FANLIGHT_TRY(auto const shards, unfinished_restores(logs));
    if (shards.empty()) return ok();
    return fail(Errc::refused, where, "It was begun and not ended. Start `fanlight-node restore` again.");
}

Result<std::vector<std::int32_t>> unfinished_restores(fs::path const& logs) {
    std::vector<std::int32_t> shards;
    std::error_code problem;
    fs::directory_iterator entries(logs, problem);
    if (problem == std::errc::no_such_file_or_directory) return shards;
    for (; !problem && entries != fs::directory_iterator(); entries.increment(problem)) {
        auto const name = entries->path().filename().string();
        if (!name.ends_with(restoring)) continue;
        auto const shard = protocol::parse_shard_name(std::string_view(name).substr(0, name.size() - restoring.size()));
        if (shard) shards.push_back(shard.assume_value());
    }
    if (problem) return fail(Errc::io, where);
    return shards;
}

Result<void> rebuild_log(LogDirectory const& copy, LogShard const& shard, protocol::Restorer::Restored const& restored,
                         crypto::SigningKey const& key) {
    auto const directory = beside(shard.directory, restoring);
    {
        std::vector<crypto::Leaf> leaves;
        for (std::uint64_t at = 0; at < restored.common;) {
            FANLIGHT_TRY(auto const own, copy.leaves(at, std::min(leaves_read_at_once, restored.common - at)));
            leaves.insert(leaves.end(), own.begin(), own.end());
            at += own.size();
        }
        leaves.insert(leaves.end(), restored.leaves.begin(), restored.leaves.end());
        FANLIGHT_TRY(auto log, LogDirectory::create(directory, shard.origin, key));
        FANLIGHT_TRY(log.append(leaves));
        FANLIGHT_TRY(auto const root, log.root_at(restored.head.size));
        if (restored.head.size != 0 && root != restored.head.root)
            return fail(Errc::bad_signature, where, "The leaves that came back are not those of the signed head.");
    }
    FANLIGHT_TRY(verify_log(directory, {shard.origin, key.verify_key()}));
    return flush_names(directory.parent_path());
}

Result<std::vector<protocol::Node::WrittenMeanwhile>> take_out(Store& store, LogDirectory const& copy, int shard,
                                                               protocol::Restorer::Restored const& restored) {
    std::vector<protocol::Node::WrittenMeanwhile> meanwhile;
    for (auto at = restored.common; at < copy.size(); ++at) {
        FANLIGHT_TRY(auto const leaf, copy.leaf(at));
        FANLIGHT_TRY(auto const opening, store.opening(shard, at));
        if (!opening) continue; // a filler
        protocol::Node::WrittenMeanwhile one{leaf.kind, leaf.exchange, {}};
        for (auto const& field : *opening)
            if (field.shown) one.fields.push_back({field.tag, field.shown->value, field.shown->salt, field.about});
        meanwhile.push_back(std::move(one));
    }
    FANLIGHT_TRY(store.replace_leaves(shard, restored.common, restored.common + restored.leaves.size()));
    return meanwhile;
}

Result<void> swap_logs(fs::path const& directory) {
    std::error_code ignored;
    if (fs::exists(directory, ignored)) {
        auto number = 1;
        while (fs::exists(beside(directory, before_restore, number), ignored)) ++number;
        FANLIGHT_TRY(move_log(directory, beside(directory, before_restore, number)));
    }
    FANLIGHT_TRY(move_log(beside(directory, restoring), directory));
    return flush_names(directory.parent_path());
}

Result<bool> resume_restore(Store& store, LogShard const& shard, crypto::SigningKey const& key,
                            std::optional<crypto::VerifyKey> const& former) {
    auto const directory = beside(shard.directory, restoring);
    std::error_code problem;
    if (!fs::exists(directory, problem)) return false;
    // Once the store knows of exactly this log and of leaves behind it, the copy's own log must not come back.
    bool durable = false;
    auto const log = LogDirectory::open(directory, shard.origin, key, former);
    if (!log && log.error().code != Errc::missing) return log.as_failure(); // it was cut off before it had a head
    if (log) {
        auto const size = log.assume_value().size();
        FANLIGHT_TRY(auto const known, store.leaves_of(shard.shard));
        FANLIGHT_TRY(auto const all, store.restored());
        auto const record = std::ranges::find_if(all, [&](protocol::RestoredLeaves const& one) {
            return one.first.shard == shard.shard && one.end == size;
        });
        durable = record != all.end() && known.pending_from == size && known.count > size;
    }
    if (durable) {
        FANLIGHT_TRY(swap_logs(shard.directory));
        return true;
    }
    fs::remove_all(directory, problem);
    if (problem) return fail(Errc::io, where);
    return false;
}

} // namespace fanlight::node
