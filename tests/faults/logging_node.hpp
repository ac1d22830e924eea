#pragma once
// A node that does nothing but log, made of the production store and log and put together as node/daemon/core.cpp and
// core_log.cpp do it: leaves are durable with the store's transaction, the directory follows.

#include "crypto/random.hpp"
#include "node/log/own_log.hpp"

#include <filesystem>
#include <map>
#include <memory>

namespace fanlight::faults {

inline constexpr int first_year = 2026;

std::string origin_of(int year);
std::filesystem::path log_of(std::filesystem::path const& directory, int year);
crypto::SigningKey const& log_key(); ///< the same in every process
crypto::NoteKey public_key(int year);

/// What stands at a place of a log if `run` wrote it: runs write different leaves, so that a leaf written over shows.
crypto::Entry entry_at(int year, std::uint64_t position, unsigned run);

class LoggingNode {
  public:
    /// Makes what is not there and recovers what is. A year ends when its log has `leaves_a_year`, for its clock is the
    /// log itself.
    static Result<std::unique_ptr<LoggingNode>> open(std::filesystem::path const& directory,
                                                     std::uint64_t leaves_a_year);

    /// One batch of entry_at: durable when it returns, not yet in the directory.
    Result<void> commit(std::uint64_t count, unsigned run);
    Result<void> commit(protocol::Effects const& effects); ///< the same, of any effects, in the year at hand
    /// All that is durable goes into the directory.
    Result<void> publish();

    int year() const { return log_->shard(); }
    std::uint64_t size() const { return log_->position().next; } ///< durable leaves of this year
    node::NodeLog const& log() const { return *log_; }
    Result<std::map<int, std::uint64_t>> sizes(); ///< durable leaves by year

  private:
    LoggingNode(std::filesystem::path directory, std::uint64_t leaves_a_year)
        : directory_(std::move(directory)), leaves_a_year_(leaves_a_year) {}
    Result<void> open_store();
    Result<void> open_logs();

    std::filesystem::path directory_;
    std::uint64_t leaves_a_year_;
    crypto::SystemRandom random_;
    std::optional<node::Store> store_;
    std::optional<crypto::VerifyKey> former_key_;
    std::optional<node::NodeLog> log_;
};

} // namespace fanlight::faults
