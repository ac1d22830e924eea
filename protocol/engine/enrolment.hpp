#pragma once
// Enrolment: every person an agency holds gets tokens for its anchors, so that a query can find them. The index is
// complete for one epoch, day and matching version, or it says that it is not.

#include "protocol/engine/token_client.hpp"

namespace fanlight::protocol {

struct IndexState {
    std::uint32_t epoch = 0;
    Day day{};
    std::uint32_t matching_version = 0;
    bool complete = false;
    std::uint64_t people = 0;   ///< of the last import
    std::uint64_t enrolled = 0; ///< of these
    Instant imported_at{};      ///< zero: never
};

class Enrolment {
  public:
    Enrolment(Self const& self, TokenClient& tokens, Records const& records)
        : self_(self), tokens_(tokens), records_(records) {}

    /// A new set of records is stored, of which `enrolled` kept their anchors. `list_hash` commits to the record list.
    void imported(Instant now, std::uint64_t people, std::uint64_t enrolled, crypto::Sha256 const& list_hash,
                  Effects& effects);
    void finished(Instant now, Tokens const& tokens, Effects& effects);
    void index_built(Instant now, Day day, Effects& effects);
    /// Too few holders evaluated (a budget, an epoch): tries again after a while; the index stays incomplete.
    void failed(Instant now);
    bool owns(JobId job) const { return running_ && running_->job == job; }

    void wake(Instant now, Effects& effects);
    std::optional<Instant> next_wake() const { return next_; }
    Result<void> restore(ByteView value);

    IndexState const& state() const { return state_; }
    /// Whether NOT_KNOWN may be said for a query of this epoch, day and version.
    bool answers(std::uint32_t epoch, Day day, std::uint32_t version) const;
    bool fresh(Instant now) const; ///< the source is inside the agreement's limit

  private:
    struct Running {
        JobId job;
        std::vector<std::pair<RecordRow, AnchorKind>> anchors; // one for each input
        std::vector<RecordRow> rows;
    };
    void next_batch(Instant now, Effects& effects);
    void save(Effects& effects);

    Self const& self_;
    TokenClient& tokens_;
    Records const& records_;
    IndexState state_;
    std::optional<Running> running_;
    std::optional<Instant> next_;
};

} // namespace fanlight::protocol
