#pragma once
// A federation in this process on real stores and real logs: the engines and keys of the simulated one, but every step
// is committed to SQLCipher and published to a log directory as node/daemon/core.cpp does it, one event at a time; only
// indexes of day tokens are built between two events and not beside them. The clock is simulated, so agreed release
// delays take no time. Everything is timed where it happens.
//
//   event --> node.step --> store: begin, apply, commit --> frames of others become events --> log: publish

#include "bench.hpp"
#include "counted.hpp"
#include "node/log/own_log.hpp"
#include "node/store/store.hpp"
#include "tests/system/federation.hpp"

#include <array>
#include <deque>

namespace fanlight::bench {

/// What a step was about.
enum class Part : std::uint8_t {
    family, ///< a family is submitted: anchors, blinding
    evaluate_request,
    evaluate_reply, ///< proofs, combining, unblinding; after the last, all queries are built
    query,
    answer,
    summary_request,
    summary,
    acknowledgement,
    timer, ///< releases are made in these
    other, ///< relaying, links, start, epochs, indexes
};
inline constexpr std::size_t parts = 10;
char const* name(Part part);

struct Ledger {
    struct Entry {
        std::uint64_t steps = 0;
        double engine_s = 0;  ///< computing
        double commit_s = 0;  ///< by the clock, flushes included
        double publish_s = 0; ///< the same
        std::uint64_t commits = 0;
        std::uint64_t publishes = 0;
        std::uint64_t flushes = 0;
    };
    std::array<Entry, parts> by_part{};
    double find_s = 0; ///< reading index and records, inside engine_s
    std::uint64_t finds = 0;
    Counted counted{};
    std::vector<Bytes> frames; ///< as they were sent, acknowledgements included

    Entry& at(Part part) { return by_part[static_cast<std::size_t>(part)]; }
    Entry sum() const;
};

/// A store's records, with the time that reading them takes.
class TimedRecords final : public protocol::Records {
  public:
    TimedRecords(protocol::Records const& records, Ledger& ledger) : records_(records), ledger_(ledger) {}
    Result<std::vector<protocol::RecordRow>> find(protocol::IndexKey const& index,
                                                  protocol::DayToken const& token) const override;
    Result<protocol::PersonTokens> tokens(std::uint32_t epoch, protocol::RecordRow row) const override;
    Result<protocol::Surroundings> surroundings(protocol::RecordRow row) const override;
    Result<std::optional<protocol::PersonRecord>> person(protocol::RecordRow row) const override;
    Result<std::vector<protocol::Unenrolled>> unenrolled(std::uint32_t epoch, protocol::RecordRow after,
                                                         std::size_t limit) const override;

  private:
    protocol::Records const& records_;
    Ledger& ledger_;
};

class House {
  public:
    /// Nodes are up and linked, without records; the epoch that simulation::Federation deals is being prepared.
    /// `change` as there.
    explicit House(std::filesystem::path const& directory, simulation::Federation::Change const& change = {});
    ~House();
    House(House const&) = delete;
    House& operator=(House const&) = delete;

    simulation::Federation const& keys() const { return keys_; }
    policy::Agreement const& agreement() const { return keys_.agreement(); }
    Instant now() const { return now_; }
    protocol::Node const& node(std::string_view party) const;

    void import(std::string_view party, std::vector<protocol::PersonRecord> const& people);
    /// Runs until nothing is left to do for the agency's index.
    void enrol(std::string_view party);
    /// Runs until the epoch is open at every node, whoever is not enrolled: queries come under it from now on.
    void open_epoch();
    /// Runs until the coordinator has nothing under way, and everybody has acknowledged.
    protocol::Case const& ask(protocol::Family family);

    Ledger& ledger() { return ledger_; } ///< assign an empty one to begin

  private:
    struct Station;
    struct Pending {
        Station* to;
        protocol::Event event;
        Part part;
    };
    Station& at(PartyId const& party) const;
    Part part_of(Bytes const& frame, PartyId const& to) const;
    void take_epoch(Station& station) const;
    void step(Station& station, protocol::Event event, Part part);
    void persist(Station& station, protocol::Effects effects, Part part, std::vector<protocol::Transmission>& outgoing);
    void publish(Station& station, Part part);
    void order_indexes(Station& station, protocol::Effects const& effects);
    void build_index(Station& station, protocol::IndexKey const& key);
    bool has_index(Station const& station) const;
    /// Works off all events; then lets the clock jump to the next timer, at most by `patience`.
    bool run_until(std::function<bool()> const& done, Duration patience);

    simulation::Federation keys_;
    Instant now_;
    Ledger ledger_;
    crypto::SeededRandom random_{7};
    std::vector<std::unique_ptr<Station>> stations_;
    std::deque<Pending> queue_;
};

} // namespace fanlight::bench
