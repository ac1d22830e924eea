#include "node/store/index_builder.hpp"

namespace fanlight::node {

using protocol::IndexKey;

namespace {

Result<std::optional<DayIndex>> read_all(Database& reader, Mode mode, IndexKey const& key, BuildState& state) {
    FANLIGHT_TRY(auto query, reader.prepare(enrolment_query));
    FANLIGHT_TRY(auto const enrolment, read_enrolment(query, key.epoch));
    DayIndex index(enrolment ? enrolment->anchors : 0);
    if (!enrolment) return std::optional(std::move(index));
    state.of = enrolment->anchors;
    FANLIGHT_TRY(auto all, reader.prepare("SELECT place, sealed FROM anchors WHERE place >= ? AND place < ?"));
    all.bind(1, place_of(enrolment->id, 0)).bind(2, place_of(enrolment->id + 1, 0));
    for (;;) {
        FANLIGHT_TRY(auto const row, all.step());
        if (!row) return std::optional(std::move(index));
        if (state.cancelled) return std::optional<DayIndex>();
        auto const place = all.number(0);
        FANLIGHT_TRY(auto const anchors, enrolment->open_anchors(place, all.blob(1)));
        for (auto const& anchor : anchors) {
            FANLIGHT_TRY(index.add(row_at(place), protocol::day_token(mode, anchor, key.day)));
        }
        state.entries = index.entries();
    }
}

} // namespace

Result<std::optional<DayIndex>> build_index(Database& reader, Mode mode, IndexKey const& key, BuildState& state) {
    FANLIGHT_TRY(reader.execute("BEGIN")); // one moment for the key and everything under it
    auto built = read_all(reader, mode, key, state);
    FANLIGHT_TRY(reader.execute("COMMIT"));
    return built;
}

IndexBuilder::IndexBuilder(Open open, Mode mode, Done done)
    : open_(std::move(open)), mode_(mode), done_(std::move(done)) {}

void IndexBuilder::request(IndexKey const& key, std::uint64_t ticket) {
    {
        std::lock_guard const lock(mutex_);
        cancel_locked(key);
        queue_.push_back({key, ticket});
        if (!stopping_ && !thread_.joinable()) thread_ = std::thread([this] { run(); });
    }
    changed_.notify_one();
}

void IndexBuilder::cancel(IndexKey const& key) {
    std::lock_guard const lock(mutex_);
    cancel_locked(key);
}

void IndexBuilder::cancel_locked(IndexKey const& key) {
    std::erase_if(queue_, [&](Request const& request) { return request.key == key; });
    if (running_ && running_->key == key) state_.cancelled = true;
}

void IndexBuilder::stop() {
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
        queue_.clear();
        state_.cancelled = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void IndexBuilder::report(std::vector<IndexProgress>& indexes) const {
    std::lock_guard const lock(mutex_);
    if (!running_) return;
    for (auto& index : indexes) {
        if (index.built || index.key != running_->key) continue;
        index.entries = state_.entries;
        index.of = state_.of;
    }
}

void IndexBuilder::run() {
    for (;;) {
        Request request;
        {
            std::unique_lock lock(mutex_);
            running_.reset();
            changed_.wait(lock, [this] { return !queue_.empty() || stopping_; });
            if (stopping_) return;
            request = queue_.front();
            queue_.pop_front();
            running_ = request;
            state_.entries = 0;
            state_.of = 0;
            state_.cancelled = false;
        }
        auto built = build(request.key);
        if (!built)
            done_(built.as_failure());
        else if (auto& index = built.assume_value())
            done_(BuiltIndex{request.key, request.ticket, std::move(*index)});
    }
}

Result<std::optional<DayIndex>> IndexBuilder::build(IndexKey const& key) {
    FANLIGHT_TRY(auto reader, open_());
    return build_index(reader, mode_, key, state_);
}

} // namespace fanlight::node
