#pragma once
// The threads that share a node's batches of curve arithmetic. One pool a process.

#include "crypto/parallel.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace fanlight::node {

class Workers {
  public:
    /// `threads` counts whoever calls run(), who takes part; so one less is started. At least 1.
    explicit Workers(unsigned threads = std::thread::hardware_concurrency());
    /// When nobody is in run() any more.
    ~Workers();
    Workers(Workers const&) = delete;
    Workers& operator=(Workers const&) = delete;

    /// As crypto::Parallel has it. Any thread, several at a time, also from inside a task.
    void run(std::size_t count, std::function<void(std::size_t)> const& task);
    /// Not to outlive the pool.
    crypto::Parallel parallel();

  private:
    /// One call of run(), on its stack. `helpers` under the lock.
    struct Job {
        std::size_t count;
        std::function<void(std::size_t)> const& task;
        std::atomic<std::size_t> next = 0;
        unsigned helpers = 0;
    };
    static void work(Job& job);
    void help();
    void take_off(Job const& job);

    std::mutex mutex_;
    std::condition_variable wanted_; // there is a job
    std::condition_variable left_;   // the last helper has left a job
    std::deque<Job*> jobs_;          // that have tasks nobody has begun
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

} // namespace fanlight::node
