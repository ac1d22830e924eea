#include "node/daemon/core.hpp"

#include "node/log/restore.hpp"
#include "node/offline/process.hpp"

#include <chrono>

namespace fanlight::node {

namespace {

constexpr std::size_t batch_max = 64;   // events that share one commit and one checkpoint
constexpr std::size_t queue_max = 1024; // events from links that may wait
// What is left of a destroyed epoch goes in pieces, so that nobody waits: about 1 MB of the store in each batch, and
// when there is nothing else to do this often. A million people are gone in about a minute.
constexpr std::size_t sweep_rows = 1000;
constexpr auto sweep_every = std::chrono::milliseconds(50);
// The wall clock may be slewed; if it moves this much against the steady one, somebody has set it, or we have slept.
constexpr Duration clock_jump = std::chrono::seconds(10);

} // namespace

Core::Core(OpenDirectory& directory, AcceptedAgreement accepted, crypto::Random& random)
    : directory_(directory), in_force_(protocol::InForce::of(std::move(accepted.book), wall_clock())), random_(random),
      at_rest_key_(at_rest_key(directory.settings.mode, directory.node_key)), parallel_(workers_.parallel()),
      builder_(
          [this] {
              return Database::open_reader(directory_.path / "store.db",
                                           store_key(directory_.settings.mode, directory_.node_key));
          },
          directory.settings.mode,
          [this](Result<BuiltIndex> built) {
              Task task;
              task.built.emplace(std::move(built));
              enqueue(std::move(task));
          }) {}

Instant Core::now() const {
    return wall_clock();
}

std::filesystem::path Core::log_path(int shard) const {
    return directory_.path / "log" / protocol::shard_name(shard);
}

Result<std::unique_ptr<Core>> Core::open(OpenDirectory& directory, AcceptedAgreement accepted, crypto::Random& random,
                                         Purpose purpose) {
    std::unique_ptr<Core> core(new Core(directory, std::move(accepted), random));
    core->purpose_ = purpose;
    if (purpose == Purpose::run) {
        FANLIGHT_TRY(refuse_unfinished(directory.path / "log"));
    }
    auto const mode = directory.settings.mode;
    FANLIGHT_TRY(core->store_,
                 Store::open(directory.path / "store.db", store_key(mode, directory.node_key),
                             opening_key(mode, directory.node_key), wrap_key(mode, directory.node_key), mode, random));
    auto const& keys = directory.keyring;
    auto& in_force = core->in_force_;
    core->use_message_keys();
    core->self_.emplace(protocol::Self{directory.settings.party, in_force.agreement, in_force.directory, keys.signing,
                                       *core->message_key_, keys.sealing, keys.share_sealing, keys.subject,
                                       core->at_rest_key_, core->parallel_, random, &in_force.book,
                                       &core->other_sealing_});
    bool const coordinator = directory.settings.listens;
    core->log_.emplace(
        *core->store_, [core = core.get()](int shard) { return core->log_shard(shard); }, directory.keyring.log,
        directory.keyring.former_log);
    core->node_.emplace(*core->self_, in_force, keys.witness, coordinator ? nullptr : &*core->store_, *core->log_,
                        *core->log_);
    FANLIGHT_TRY(core->store_->restore(
        [&](protocol::Space space, ByteView key, ByteView value) { return core->node_->restore(space, key, value); }));
    FANLIGHT_TRY(core->recover_keys());
    auto const& own = in_force.book.key_history().at(directory.settings.party).back().keys;
    FANLIGHT_TRY(check_own_keys(directory, in_force.book.versions().back().agreement, own));
    if (purpose == Purpose::restore) {
        FANLIGHT_TRY(auto const resumed, core->prepare_restore());
        if (resumed) return std::unique_ptr<Core>();
    }
    FANLIGHT_TRY(core->open_logs());
    return core;
}

Core::~Core() {
    stop();
}

void Core::start(Transmit transmit, Look after_batch, Broken broken) {
    transmit_ = std::move(transmit);
    after_batch_ = std::move(after_batch);
    broken_ = std::move(broken);
    post(protocol::Started{purpose_ == Purpose::restore});
    thread_ = std::thread([this] { run(); });
}

void Core::stop() {
    if (!thread_.joinable()) return;
    post(protocol::Stopping{});
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    room_in_queue_.notify_all();
    builder_.stop(); // what it was building is in memory only, and is built again
    thread_.join();
}

void Core::enqueue(Task task) {
    {
        std::lock_guard const lock(mutex_);
        queue_.push_back(std::move(task));
    }
    changed_.notify_one();
}

void Core::post_when_room(protocol::Event event) {
    {
        std::unique_lock lock(mutex_);
        room_in_queue_.wait(lock, [this] { return queue_.size() < queue_max || stopping_; });
    }
    post(std::move(event));
}

void Core::post(protocol::Event event, Done done) {
    Task task;
    task.event = std::move(event);
    if (done) {
        task.done = [done = std::move(done)](Result<ImportCounts> result) {
            if (result)
                done(ok());
            else
                done(result.as_failure());
        };
    }
    enqueue(std::move(task));
}

void Core::import(std::vector<protocol::PersonRecord> people, protocol::SamePerson same,
                  std::function<void(Result<ImportCounts>)> done) {
    Task task;
    task.people = std::move(people);
    task.same = std::move(same);
    task.done = std::move(done);
    enqueue(std::move(task));
}

void Core::rotate(RotationOrder order, Done done) {
    Task task;
    task.order = std::move(order);
    task.done = [done = std::move(done)](Result<ImportCounts> result) {
        if (result)
            done(ok());
        else
            done(result.as_failure());
    };
    enqueue(std::move(task));
}

void Core::look(Look look) {
    Task task;
    task.look = std::move(look);
    enqueue(std::move(task));
}

std::deque<Core::Task> Core::wait() {
    std::unique_lock lock(mutex_);
    auto const ready = [this] { return !queue_.empty() || stopping_; };
    auto wake = node_->next_wake();
    if (auto const keys = rotation_wake(directory_.keyring, now(), rotation_retry_); keys && (!wake || *keys < *wake))
        wake = keys;
    if (auto const log = log_wake(); log && (!wake || *log < *wake)) wake = log;
    if (auto const soon = now() + sweep_every; store_->has_leftovers() && (!wake || *wake > soon)) wake = soon;
    if (purpose_ == Purpose::restore) wake = node_->next_wake(); // nothing else is done
    if (wake)
        changed_.wait_until(lock, *wake, ready);
    else
        changed_.wait(lock, ready);
    std::deque<Task> tasks;
    while (!queue_.empty() && tasks.size() < batch_max) {
        tasks.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    room_in_queue_.notify_all();
    return tasks;
}

void Core::run() {
    for (;;) {
        auto tasks = wait();
        {
            std::lock_guard const lock(mutex_);
            if (tasks.empty() && stopping_) break;
        }
        if (clock_jumped()) {
            Task jumped;
            jumped.event = protocol::ClockJumped{};
            tasks.push_front(std::move(jumped));
        }
        auto const publishing = log_wake();
        if (tasks.empty() && !(publishing && *publishing <= now())) { // another timer
            Task woken;
            woken.event = protocol::Woken{};
            tasks.push_back(std::move(woken));
        }
        auto const worked = work(std::move(tasks));
        if (!worked) {
            // The engines are ahead of the disk: the only safe state is the one on disk, after a restart.
            {
                std::lock_guard const lock(mutex_);
                stopping_ = true;
            }
            room_in_queue_.notify_all();
            broken_(worked.assume_error());
            return;
        }
    }
    if (purpose_ == Purpose::restore) return;
    if (auto const last = publish(); !last) broken_(last.assume_error());
}

bool Core::clock_jumped() {
    auto const steady = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch());
    auto const ahead = now().time_since_epoch() - steady;
    auto const before = std::exchange(clock_ahead_, ahead);
    return before && std::chrono::abs(ahead - *before) > clock_jump;
}

Result<void> Core::work(std::deque<Task> tasks) {
    if (purpose_ == Purpose::restore) return work_in_quarantine(std::move(tasks));
    FANLIGHT_TRY(change_year());
    look_at_room();
    std::vector<Answered> answered;
    std::vector<protocol::Transmission> outgoing;
    bool const only_looks = std::ranges::all_of(tasks, [](Task const& task) { return bool(task.look); });
    if (!only_looks) {
        FANLIGHT_TRY(auto transaction, store_->begin());
        FANLIGHT_TRY(store_->forget_pending({log_->shard(), log_->current().size()}));
        for (auto& task : tasks) {
            FANLIGHT_TRY(handle(task, answered, outgoing));
        }
        FANLIGHT_TRY(keep_keys(outgoing));
        FANLIGHT_TRY(store_->sweep(sweep_rows));
        FANLIGHT_TRY(transaction.commit());
        FANLIGHT_TRY(store_->erase(std::exchange(erase_, {})));
        FANLIGHT_TRY(carry_out_key_steps()); // before the log: its next head is under the new key
        FANLIGHT_TRY(check_history());
    }
    FANLIGHT_TRY(store_->cut_wal()); // after looks too: a reader may have been in the way the last time
    carry_out_orders();              // and before a new reader begins
    for (auto& [peer, frame] : outgoing) transmit_(peer, std::move(frame));
    for (auto& one : answered)
        if (one.done) one.done(std::move(one.result));
    for (auto const& task : tasks)
        if (task.look) task.look(*this);
    if (after_batch_) after_batch_(*this);
    return publish_when_due();
}

Result<void> Core::handle(Task& task, std::vector<Answered>& answered, std::vector<protocol::Transmission>& outgoing) {
    if (task.people && node_->agency() == nullptr) {
        answered.push_back({std::move(task.done), fail(Errc::refused, "import", "The coordinator holds no records.")});
    } else if (task.people) {
        FANLIGHT_TRY(auto const counts, handle_import(*task.people, task.same, outgoing));
        answered.push_back({std::move(task.done), counts});
    } else if (task.built) {
        FANLIGHT_TRY(auto index, std::move(*task.built));
        FANLIGHT_TRY(handle_built(std::move(index), outgoing));
    } else if (task.order) {
        FANLIGHT_TRY(handle_order(task, answered, outgoing));
    } else if (task.event) {
        auto effects = node_->step(now(), std::move(*task.event));
        if (!effects) { // refused by the engine: no effects
            answered.push_back({std::move(task.done), effects.as_failure()});
            return ok();
        }
        FANLIGHT_TRY(apply(std::move(effects).assume_value(), outgoing));
        answered.push_back({std::move(task.done), ImportCounts{}});
    }
    return ok();
}

Result<ImportCounts> Core::handle_import(std::vector<protocol::PersonRecord> const& people,
                                         protocol::SamePerson const& same,
                                         std::vector<protocol::Transmission>& outgoing) {
    FANLIGHT_TRY(auto const counts, store_->replace_people(people, same));
    FANLIGHT_TRY(auto effects,
                 node_->step(now(), protocol::RecordsImported{counts.people, counts.enrolled, counts.list_hash}));
    FANLIGHT_TRY(apply(std::move(effects), outgoing));
    return counts;
}

Result<void> Core::apply(protocol::Effects&& effects, std::vector<protocol::Transmission>& outgoing) {
    FANLIGHT_TRY(store_->apply(effects, log_->position()));
    publish_soon_ = publish_soon_ || effects.publish_soon;
    std::ranges::move(effects.erase_subjects, std::back_inserter(erase_));
    std::ranges::move(effects.transmissions, std::back_inserter(outgoing));
    for (auto const& key : effects.drop_indexes) orders_.push_back({key, false});
    for (auto const& key : effects.build_indexes) orders_.push_back({key, true});
    return ok();
}

Result<void> Core::handle_built(BuiltIndex index, std::vector<protocol::Transmission>& outgoing) {
    auto const key = index.key;
    // Dropped, or asked for anew, earlier in this batch: this one comes too late.
    if (std::ranges::any_of(orders_, [&](IndexOrder const& order) { return order.key == key; })) return ok();
    FANLIGHT_TRY(auto const installed, store_->indexes().install(std::move(index)));
    if (!installed) return ok();
    FANLIGHT_TRY(auto effects, node_->step(now(), protocol::IndexBuilt{key}));
    return apply(std::move(effects), outgoing);
}

void Core::carry_out_orders() {
    for (auto const& order : orders_) {
        if (order.build) {
            builder_.request(order.key, store_->indexes().begin(order.key));
        } else {
            builder_.cancel(order.key);
            store_->indexes().drop(order.key);
        }
    }
    orders_.clear();
}

std::vector<IndexProgress> Core::indexes() const {
    auto indexes = store_->indexes().progress();
    builder_.report(indexes);
    return indexes;
}

} // namespace fanlight::node
