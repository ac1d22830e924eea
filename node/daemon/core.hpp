#pragma once
// The core of a running node: one thread that steps the engines, makes their effects durable, publishes the log, and
// only then lets messages go. Everything else (sockets, HTTP) hands it work and gets called back.
//
//   link, http, timer --post--> queue --> [ step, apply ] * up to a batch --> commit --> transmit, reply --> publish
//                                 ^                                             |         the log, when it is due
//                                 +-- index of day tokens -- index builder <----+

#include "node/daemon/key_rotation.hpp"
#include "node/daemon/parallel.hpp"
#include "node/log/own_log.hpp"
#include "node/offline/data_directory.hpp"
#include "node/store/index_builder.hpp"
#include "node/store/store.hpp"
#include "protocol/engine/node.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace fanlight::node {

class Core {
  public:
    /// Called on the core thread after everything is durable.
    using Transmit = std::function<void(PartyId const& peer, Bytes frame)>;
    /// Called once on the core thread when it cannot go on (disk, damage): the process must end. Nothing more leaves.
    using Broken = std::function<void(Error)>;
    using Done = std::function<void(Result<void>)>;
    using Look = std::function<void(Core&)>;

    /// Opens log and store and restores the engines. References outlive the core. `accepted` is the register as it
    /// begins; the rest of it is in the store. From here on the keyring of `directory` is the core's: it replaces keys.
    /// `purpose` restore: the node is in quarantine and only gets its log back (core_restore.cpp); nullptr if all that
    /// was left to do of an earlier restore is done now.
    enum class Purpose { run, restore };
    static Result<std::unique_ptr<Core>> open(OpenDirectory& directory, AcceptedAgreement accepted,
                                              crypto::Random& random, Purpose purpose = Purpose::run);
    ~Core();

    /// `after_batch` runs on the core thread after each commit, for those who wait for news; may be empty.
    void start(Transmit transmit, Look after_batch, Broken broken);
    /// Logs the stop, waits for the queue to empty, joins. Any thread but the core's.
    void stop();

    /// Any thread. `done` is called on the core thread: after the commit, or with the engine's refusal.
    void post(protocol::Event event, Done done = {});
    /// Any thread but the core's: the same, once the queue has room. A peer that floods us is thereby read no faster
    /// than we work.
    void post_when_room(protocol::Event event);
    /// Any thread. Stores a whole feed and starts enrolment; `same` says who of it is one person; `done` as above.
    void import(std::vector<protocol::PersonRecord> people, protocol::SamePerson same,
                std::function<void(Result<ImportCounts>)> done);
    /// Any thread. Replaces operational keys (node/daemon/key_rotation.hpp); `done` once the key note is proposed, or
    /// with the errors of check_order and of the register. The rest goes by itself, over restarts too.
    void rotate(RotationOrder order, Done done);
    /// In quarantine, on the core thread, once the node's restorer is done: the log that came back takes the place of
    /// the older copy. Then the process ends. Errors are those of node/log/restore.hpp and of the store.
    Result<void> finish_restore();
    /// Any thread. Runs on the core thread between batches, for reading only.
    void look(Look look);

    // On the core thread only.
    protocol::Node const& node() const { return *node_; }
    policy::Agreement const& agreement() const { return self_->agreement; }
    protocol::InForce const& in_force() const { return in_force_; }
    protocol::Self const& self() const { return *self_; }
    Store const& store() const { return *store_; }
    LogDirectory const& log() const { return log_->current(); }
    std::uint64_t unpublished() const { return log_->unpublished(); } ///< leaves that are durable and not in it yet
    std::vector<IndexProgress> indexes() const;                       ///< of day tokens: built, and being built
    int shard() const { return log_->shard(); }
    std::filesystem::path log_path(int shard) const;
    OpenDirectory const& directory() const { return directory_; }
    Instant now() const;
    /// What to show on links now: a copy of its own for the network's thread.
    struct LinkIdentity {
        crypto::SigningKey tls;
        Bytes certificate_der;
    };
    LinkIdentity link_identity() const;
    Bytes const& link_certificate() const;
    /// At the coordinator, while it uses its former node key and certificate: who has not confirmed the new ones.
    std::vector<PartyId> parties_without_own_keys() const;

    Core(Core const&) = delete;
    Core& operator=(Core const&) = delete;

  private:
    struct Task {
        std::optional<protocol::Event> event;
        std::optional<std::vector<protocol::PersonRecord>> people;
        protocol::SamePerson same; // of `people`
        std::optional<Result<BuiltIndex>> built;
        std::optional<RotationOrder> order;
        Look look;
        std::function<void(Result<ImportCounts>)> done; // counts are empty but for an import
    };
    struct Answered {
        std::function<void(Result<ImportCounts>)> done;
        Result<ImportCounts> result;
    };
    struct IndexOrder {
        protocol::IndexKey key;
        bool build; // otherwise: drop
    };
    Core(OpenDirectory& directory, AcceptedAgreement accepted, crypto::Random& random);

    void enqueue(Task task);
    void run();
    std::deque<Task> wait();
    Result<void> work(std::deque<Task> tasks);
    Result<void> work_in_quarantine(std::deque<Task> tasks);
    Result<bool> prepare_restore();
    Result<void> handle(Task& task, std::vector<Answered>& answered, std::vector<protocol::Transmission>& outgoing);
    Result<ImportCounts> handle_import(std::vector<protocol::PersonRecord> const& people,
                                       protocol::SamePerson const& same, std::vector<protocol::Transmission>& outgoing);
    Result<void> handle_built(BuiltIndex index, std::vector<protocol::Transmission>& outgoing);
    Result<void> apply(protocol::Effects&& effects, std::vector<protocol::Transmission>& outgoing);
    void carry_out_orders();
    bool clock_jumped();

    // core_log.cpp
    LogShard log_shard(int shard) const;
    Result<void> open_logs();
    Result<void> change_year();
    Result<void> check_history() const;
    Result<void> publish_when_due();
    Result<void> publish();
    std::optional<Instant> log_wake() const;
    void look_at_room();

    // core_keys.cpp
    Result<void> recover_keys();
    Result<void> begin_rotation(RotationOrder const& order, std::vector<protocol::Transmission>& outgoing,
                                std::optional<Error>& refused);
    Result<void> handle_order(Task& task, std::vector<Answered>& answered,
                              std::vector<protocol::Transmission>& outgoing);
    void use_message_keys();
    Result<void> keyring_changed();
    Result<void> begin_own_rotation(RotationOrder const& order, std::vector<protocol::Transmission>& outgoing);
    Result<void> show_new_link();
    Result<void> key_step(RotationStep step, std::vector<protocol::Transmission>& outgoing);
    Result<void> keep_keys(std::vector<protocol::Transmission>& outgoing);
    Result<void> carry_out_key_steps();
    Result<void> propose_next(std::vector<protocol::Transmission>& outgoing);
    Result<void> log_keys(std::string const& text);
    RotationScene scene() const;

    OpenDirectory& directory_;
    Purpose purpose_ = Purpose::run;
    protocol::InForce in_force_;
    crypto::Random& random_;
    crypto::LockedAeadKey at_rest_key_;
    Workers workers_;
    crypto::Parallel parallel_;
    std::optional<crypto::SigningKey> message_key_; // the keyring's node key, or the former one while that is shown
    std::vector<crypto::SealingKey> other_sealing_; // what opens messages beside the sealing key in use
    std::optional<protocol::Self> self_;
    std::optional<Store> store_;
    std::optional<NodeLog> log_;
    std::optional<protocol::Node> node_;
    std::optional<Instant> publish_at_; // the latest moment for leaves that are durable by now
    bool publish_soon_ = false;         // something waits for it
    Instant room_looked_at_{};
    bool room_ = true;
    std::vector<protocol::ErasedSubject> erase_; // of this batch, done once it is committed
    std::optional<Duration> clock_ahead_;        // of the wall clock over the steady one, when last looked at
    std::optional<RotationStep> key_step_;       // of this batch, done once it is committed
    Instant rotation_retry_{};
    std::vector<IndexOrder> orders_; // of this batch, done once it is committed: the builder must see its anchors
    Transmit transmit_;
    Look after_batch_;
    Broken broken_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::condition_variable room_in_queue_;
    std::deque<Task> queue_;
    bool stopping_ = false;
    std::thread thread_;
    IndexBuilder builder_; // last: its thread is gone before anything that it uses
};

} // namespace fanlight::node
