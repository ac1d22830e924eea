#include "node/daemon/parallel.hpp"

#include <algorithm>

namespace fanlight::node {

Workers::Workers(unsigned threads) {
    for (unsigned i = 1; i < threads; ++i) threads_.emplace_back([this] { help(); });
}

Workers::~Workers() {
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    wanted_.notify_all();
    for (auto& thread : threads_) thread.join();
}

void Workers::work(Job& job) {
    for (auto i = job.next++; i < job.count; i = job.next++) job.task(i);
}

void Workers::take_off(Job const& job) {
    std::erase(jobs_, &job);
}

void Workers::run(std::size_t count, std::function<void(std::size_t)> const& task) {
    Job job{count, task};
    if (count < 2 || threads_.empty()) return work(job);
    {
        std::lock_guard const lock(mutex_);
        jobs_.push_back(&job);
    }
    if (count == 2)
        wanted_.notify_one();
    else
        wanted_.notify_all();
    work(job);
    std::unique_lock lock(mutex_);
    take_off(job); // from here on nobody comes to help
    left_.wait(lock, [&] { return job.helpers == 0; });
}

/// A helper that waits inside a task waits only for jobs begun in that task, so no two wait for each other.
void Workers::help() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wanted_.wait(lock, [this] { return !jobs_.empty() || stopping_; });
        if (stopping_) return;
        auto& job = *jobs_.front();
        ++job.helpers;
        lock.unlock();
        work(job);
        lock.lock();
        take_off(job);
        if (--job.helpers == 0) left_.notify_all(); // under the lock: afterwards the job may be gone
    }
}

crypto::Parallel Workers::parallel() {
    return [this](std::size_t count, std::function<void(std::size_t)> const& task) { run(count, task); };
}

} // namespace fanlight::node
