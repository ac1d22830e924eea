#pragma once
// The client's side of threshold evaluation: blind, ask the holders, check every proof, combine t answers, finalize.
// A job is not durable: after a crash its owner starts it again, at the price of its budget.
//
//   client --evaluate_request (blinded, one batch)--> holder 1 .. t+1   (sealed to each, relayed blind)
//          <--evaluate_reply (evaluated, one proof)--

#include "protocol/engine/post.hpp"

namespace fanlight::protocol {

using JobId = std::uint64_t;

/// A finished job: one token for each input, in order. The owner derives what it keeps and lets them go. None at all:
/// too few holders are left for it.
struct Tokens {
    JobId job;
    std::vector<crypto::Token> tokens;
};

class TokenClient {
  public:
    TokenClient(Self const& self, Post& post) : self_(self), post_(post) {}

    /// 1 to limits::evaluate_batch_max inputs, padded with random ones to a multiple of `pad_to`, so that holders
    /// learn no more than that of how many there are. Asks `ask` holders now, the others after a while.
    JobId start(Instant now, EvaluatePurpose purpose, std::vector<Bytes> inputs, std::size_t pad_to, std::size_t ask,
                Effects& effects);
    void forget(JobId job) { jobs_.erase(job); }
    bool running(JobId job) const { return jobs_.contains(job); }

    /// The tokens once t good answers are there. A holder whose proof fails is left out, named in our log, and another
    /// is asked.
    std::optional<Tokens> reply(Instant now, Incoming const& incoming, Effects& effects);
    /// A holder refused: ask another. Returns the job if too few holders are left for it, and forgets it.
    std::optional<JobId> refused(Instant now, Incoming const& incoming, Effects& effects);

    void wake(Instant now, Effects& effects);
    std::optional<Instant> next_wake() const;

    /// How long a holder has before another is asked as well.
    static constexpr Duration patience = std::chrono::seconds(5);

  private:
    struct Asked {
        crypto::ShareIndex holder;
        crypto::Sha256 request_hash;
        crypto::ExchangeKey exchange_key;
    };
    struct Job {
        EvaluatePurpose purpose;
        std::vector<Bytes> inputs;
        std::vector<crypto::Blind> blinds;    // of the inputs only; padding needs none
        std::vector<crypto::Blinded> blinded; // inputs, then padding
        std::map<ExchangeId, Asked> asked;
        std::set<crypto::ShareIndex> tried;
        std::vector<crypto::HolderAnswer> answers;
        std::optional<Instant> ask_more_at;
    };

    void ask(Instant now, Job& job, crypto::ShareIndex holder, Effects& effects);
    void ask_next(Instant now, Job& job, Effects& effects);
    bool accept(Instant now, Job& job, Asked const& asked, Incoming const& incoming, Effects& effects);
    bool hopeless(Job const& job) const; ///< everybody was asked and too few are left that may still answer
    Result<std::vector<crypto::Token>> finish(Job const& job) const;
    std::pair<JobId, Job*> find(ExchangeId const& exchange);

    Self const& self_;
    Post& post_;
    JobId next_ = 1;
    std::map<JobId, Job> jobs_;
};

} // namespace fanlight::protocol
