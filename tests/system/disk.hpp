#pragma once
// A simulated disk of one node: engine state, records with their tokens, and the log. What commit() was given is
// durable; whatever a node has only in memory, the day indexes among it, dies with it.

#include "policy/agreement.hpp"
#include "protocol/engine/effects.hpp"
#include "protocol/engine/surroundings.hpp"
#include "protocol/identity/duplicates.hpp"

#include <map>
#include <memory>
#include <set>

namespace fanlight::simulation {

class Disk final : public protocol::Records {
  public:
    explicit Disk(Mode mode) : mode_(mode) {}

    /// Lines 1 and 2 of effects.hpp: everything of a step but its transmissions, at once. Leaves are pending.
    void commit(protocol::Effects const& effects);
    /// Line 4: pending leaves go into the log.
    void publish();
    /// As publish(), of which a crash lets only the first leaves through.
    void publish_some(std::size_t leaves);
    /// What it has of the log from `common` on gives way to these leaves, of which it has no opening. What was taken
    /// out.
    std::vector<crypto::Entry> put_back(std::uint64_t common, std::vector<crypto::Leaf> const& leaves);
    void lose_copies() { copies_.clear(); } ///< of others' leaves
    /// A whole new feed. Whose record is the same as before keeps what is enrolled of it; how many did, by epoch.
    std::map<std::uint32_t, std::uint64_t> replace_people(std::vector<protocol::PersonRecord> people,
                                                          protocol::SamePerson same = {});
    /// Reading records fails from now on, or works again.
    void set_unreadable(bool unreadable) { unreadable_ = unreadable; }

    /// The node starts anew: its indexes are gone.
    void forget_indexes() { indexes_.clear(); }

    Result<std::vector<protocol::RecordRow>> find(protocol::IndexKey const& index,
                                                  protocol::DayToken const& token) const override;
    Result<protocol::PersonTokens> tokens(std::uint32_t epoch, protocol::RecordRow row) const override;
    Result<protocol::Surroundings> surroundings(protocol::RecordRow row) const override;
    Result<std::optional<protocol::PersonRecord>> person(protocol::RecordRow row) const override;
    Result<std::vector<protocol::Unenrolled>> unenrolled(std::uint32_t epoch, protocol::RecordRow after,
                                                         std::size_t limit) const override;

    struct Anchor {
        std::uint32_t epoch;
        protocol::RecordRow row;
        protocol::AnchorKind kind;
        Bytes secret;
    };
    std::map<std::pair<protocol::Space, Bytes>, Bytes> const& state() const { return state_; }
    std::vector<crypto::Entry> const& log() const { return log_; }
    std::vector<crypto::Entry> const& pending() const { return pending_; }
    std::vector<protocol::NewReceipt> const& receipts() const { return receipts_; }
    std::vector<protocol::NewCopy> const& copies() const { return copies_; }
    /// Whose keys are destroyed, up to which place.
    std::map<crypto::Pseudonym, protocol::LeafPlace> const& erased() const { return erased_; }
    std::vector<protocol::PersonRecord> const& people() const { return people_; } ///< row is place + 1
    std::vector<Anchor> const& anchors() const { return anchors_; }

  private:
    Mode mode_;
    bool unreadable_ = false;
    std::map<std::pair<protocol::Space, Bytes>, Bytes> state_;
    std::vector<crypto::Entry> pending_;
    std::vector<crypto::Entry> log_;
    std::vector<protocol::NewReceipt> receipts_;
    std::vector<protocol::NewCopy> copies_;
    std::map<crypto::Pseudonym, protocol::LeafPlace> erased_;
    std::vector<protocol::PersonRecord> people_;
    std::set<std::pair<std::uint32_t, protocol::RecordRow>> enrolled_;
    std::vector<Anchor> anchors_;
    std::map<std::pair<std::uint32_t, protocol::RecordRow>, std::shared_ptr<protocol::PersonTokens const>> tokens_;
    protocol::AllPeople all_;
    std::vector<std::uint64_t> households_; // by place of the record
    protocol::SamePerson same_;
    using Index = std::multimap<protocol::DayToken, protocol::RecordRow>;
    std::map<protocol::IndexKey, Index> indexes_;

    Result<void> readable() const;
    void enter(protocol::IndexKey const& key, Index& index, Anchor const& anchor) const;
};

/// Who of an import is one person, as a node finds it (node/import/people_csv.hpp).
protocol::SamePerson same_people(std::vector<protocol::PersonRecord> const& people, policy::Agreement const& agreement);

/// The values of a leaf's fields with this tag, in order.
std::vector<Bytes> values_of(crypto::Entry const& entry, crypto::FieldTag tag);
/// The first one as text; empty if there is none.
std::string text_of(crypto::Entry const& entry, crypto::FieldTag tag);
/// Of a value that is a number: its bytes, the highest first.
inline std::uint64_t number_from(ByteView bytes) {
    std::uint64_t number = 0;
    for (auto const byte : bytes) number = (number << 8U) | byte;
    return number;
}

} // namespace fanlight::simulation
