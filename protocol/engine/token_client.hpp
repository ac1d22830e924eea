#pragma once
// The client's side of threshold evaluation: blind, ask the holders, check every proof, combine t answers, finalize.
//
//   client --evaluate_request (blinded, one batch)--> holder   (sealed to each, relayed blind)
//          <--evaluate_reply (evaluated, one proof)--
//
// A query asks t+1 holders, unfolded, and takes the first t good answers. Enrolment asks a fixed set of t holders,
// folded, and plans again with another set when one is silent, refuses or lies. A job is not durable: its owner starts
// it again after a crash with the same seed, so that its batch and its request ids are the same and cost nothing again.

#include "protocol/engine/epochs.hpp"
#include "protocol/engine/post.hpp"

namespace fanlight::protocol {

using JobId = std::uint64_t;
using JobSeed = crypto::DerivedRandom::Seed; ///< blinds, padding and request ids follow from it

/// Batches are padded to a multiple of this, so that holders learn no more of how many inputs there are.
inline constexpr std::size_t batch_step = 128;

struct TokenJob {
    EvaluatePurpose purpose;
    std::uint32_t epoch;
    std::vector<Bytes> inputs; ///< at most limits::evaluate_batch_max; none: only padding is sent, no token comes
    /// Padded with random elements to a multiple of this (at least one), so that holders learn no more of how many.
    std::size_t pad_to;
    JobSeed seed;
};

/// A finished job: one token for each input, in order. The owner derives what it keeps and lets them go.
struct Tokens {
    JobId job;
    std::vector<crypto::Token> tokens;
    std::string problem; ///< why there are none, in words for a screen; empty: it went well
};

class TokenClient {
  public:
    TokenClient(Self const& self, Post& post, Epochs& epochs) : self_(self), post_(post), epochs_(epochs) {}

    /// The epoch is one that Epochs knows.
    JobId start(Instant now, TokenJob job, Effects& effects);
    void forget(JobId job) { jobs_.erase(job); }

    /// A holder's answer. The job once it is done, one way or the other.
    std::optional<Tokens> reply(Instant now, Incoming const& incoming, Effects& effects);
    /// A holder refused: another is asked, or the job fails and says why.
    std::optional<Tokens> refused(Instant now, Incoming const& incoming, Effects& effects);

    /// The jobs that failed because too few holders answer.
    std::vector<Tokens> wake(Instant now, Effects& effects);
    std::optional<Instant> next_wake() const;
    Result<void> restore_receipt(ByteView key, ByteView value);

    /// What a holder last said of our organisation's budget.
    struct Quota {
        std::uint32_t charged = 0;
        std::uint32_t limit = 0;
        std::uint32_t epoch = 0;
        Instant at{};
    };
    std::map<std::pair<PartyId, EvaluatePurpose>, Quota> const& quotas() const { return quotas_; }

    /// How long a holder has before another is asked as well.
    static constexpr Duration patience = std::chrono::seconds(5);

  private:
    struct Asked {
        PartyId holder;
        crypto::ShareIndex index;
        crypto::Sha256 request_hash;
        crypto::ExchangeKey exchange_key;
    };
    struct Job {
        EvaluatePurpose purpose;
        std::uint32_t epoch;
        std::uint32_t sharing; ///< the one in use when it began
        std::vector<Bytes> inputs;
        JobSeed seed;
        std::vector<crypto::Blind> blinds; ///< of the inputs only; padding needs none
        crypto::BlindedBatch blinded;      ///< inputs, then padding
        std::map<ExchangeId, Asked> asked;
        std::set<crypto::ShareIndex> tried; ///< unfolded: who was asked. Folded: who is not to be planned with again
        std::optional<crypto::HolderSet> set;
        std::vector<crypto::ProvenAnswer> answers;
        std::string problem; ///< the last reason that a holder gave
        std::optional<Instant> patient_until;
    };
    bool folded(Job const& job) const { return job.purpose != EvaluatePurpose::query; }
    void ask(Instant now, Job& job, crypto::ShareIndex holder, Effects& effects);
    void ask_next(Instant now, Job& job, Effects& effects);
    bool plan(Instant now, Job& job, Effects& effects);
    std::vector<crypto::ShareIndex> candidates(Job const& job) const;
    /// The reason why the answer is no good; none: it is among the job's answers.
    std::optional<std::string> take(Instant now, Job& job, Asked const& asked, Incoming const& incoming,
                                    Effects& effects);
    std::optional<Tokens> lost(Instant now, JobId id, Job& job, crypto::ShareIndex holder, Effects& effects);
    Result<std::vector<crypto::Token>> finish(Job const& job) const;
    std::pair<JobId, Job*> find(ExchangeId const& exchange);
    void keep_receipt(PartyId const& holder, Receipt const& receipt, Effects& effects);

    Self const& self_;
    Post& post_;
    Epochs& epochs_;
    JobId next_ = 1;
    std::map<JobId, Job> jobs_;
    std::map<PartyId, Instant> quiet_; ///< let a batch wait; until when it is not planned with
    std::map<PartyId, Receipt> receipts_;
    std::map<std::pair<PartyId, EvaluatePurpose>, Quota> quotas_;
};

} // namespace fanlight::protocol
