#pragma once
// Builds indexes of day tokens beside the running node: one thread, one index at a time, its own view of the database.

#include "node/store/anchors.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace fanlight::node {

/// How far a build is, read on another thread, and how to end it.
struct BuildState {
    std::atomic<std::uint64_t> entries = 0; ///< anchors done
    std::atomic<std::uint64_t> of = 0;      ///< anchors there are
    std::atomic<bool> cancelled = false;
};

/// The index of every anchor that `reader` sees at this moment. Nothing if it was cancelled. Errc::damaged, Errc::io.
Result<std::optional<DayIndex>> build_index(Database& reader, Mode mode, protocol::IndexKey const& key,
                                            BuildState& state);

class IndexBuilder {
  public:
    using Open = std::function<Result<Database>()>; ///< a reader; called on the builder's thread
    /// Called on the builder's thread; not for what was cancelled, unless that came too late: DayIndexes::install finds
    /// out.
    using Done = std::function<void(Result<BuiltIndex>)>;
    IndexBuilder(Open open, Mode mode, Done done);
    ~IndexBuilder() { stop(); }
    IndexBuilder(IndexBuilder const&) = delete;
    IndexBuilder& operator=(IndexBuilder const&) = delete;

    /// Any thread. One after the other, in this order; the same key again replaces the earlier request.
    void request(protocol::IndexKey const& key, std::uint64_t ticket);
    void cancel(protocol::IndexKey const& key);
    /// Ends what is being built, joins. Any thread but the builder's. Nothing is built afterwards.
    void stop();
    /// Fills in how far the one is that is being built.
    void report(std::vector<IndexProgress>& indexes) const;

  private:
    struct Request {
        protocol::IndexKey key;
        std::uint64_t ticket = 0;
    };
    void cancel_locked(protocol::IndexKey const& key);
    void run();
    Result<std::optional<DayIndex>> build(protocol::IndexKey const& key);

    Open open_;
    Mode mode_;
    Done done_;
    BuildState state_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Request> queue_;
    std::optional<Request> running_;
    bool stopping_ = false;
    std::thread thread_; // from the first request on: most nodes of a test, and the coordinator, never need it
};

} // namespace fanlight::node
