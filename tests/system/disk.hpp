#pragma once
// A simulated disk of one node: engine state, records with their anchors and day index, and the log. What commit() was
// given is durable; whatever a node has only in memory dies with it.

#include "protocol/engine/effects.hpp"

#include <map>

namespace fanlight::simulation {

class Disk final : public protocol::Records {
  public:
    explicit Disk(Mode mode) : mode_(mode) {}

    /// Line 1 of effects.hpp: everything of a step but its transmissions, at once. Leaves are pending.
    void commit(protocol::Effects const& effects);
    /// Line 2: pending leaves go into the log.
    void publish();
    /// A whole new feed; nobody is enrolled.
    void replace_people(std::vector<protocol::PersonRecord> people);

    Result<std::vector<protocol::IndexHit>> find(Day day, protocol::DayToken const& token) const override;
    Result<std::optional<protocol::PersonRecord>> person(protocol::RecordRow row) const override;
    Result<std::vector<protocol::Unenrolled>> unenrolled(std::size_t limit) const override;

    struct Anchor {
        protocol::RecordRow row;
        protocol::AnchorKind kind;
        Bytes secret;
    };
    std::map<std::pair<protocol::Space, Bytes>, Bytes> const& state() const { return state_; }
    std::vector<crypto::Entry> const& log() const { return log_; }
    std::vector<crypto::Entry> const& pending() const { return pending_; }
    std::vector<protocol::PersonRecord> const& people() const { return people_; } ///< row is place + 1
    std::vector<Anchor> const& anchors() const { return anchors_; }

  private:
    Mode mode_;
    std::map<std::pair<protocol::Space, Bytes>, Bytes> state_;
    std::vector<crypto::Entry> pending_;
    std::vector<crypto::Entry> log_;
    std::vector<protocol::PersonRecord> people_;
    std::vector<bool> enrolled_;
    std::vector<Anchor> anchors_;
    std::optional<Day> index_day_;
    std::multimap<protocol::DayToken, std::size_t> index_; // token -> place in anchors_

    void index(std::size_t anchor);
};

/// The values of a leaf's fields with this tag, in order.
std::vector<Bytes> values_of(crypto::Entry const& entry, crypto::FieldTag tag);
/// The first one as text; empty if there is none.
std::string text_of(crypto::Entry const& entry, crypto::FieldTag tag);

} // namespace fanlight::simulation
