#pragma once
// A key holder: evaluates blinded elements with its share, inside the signed budgets, and logs every evaluation.
//
// Budgets are per organisation, purpose and epoch (docs/protocol.md, "Budgets"): bulk for the time an epoch is
// prepared, delta for each day it is open, query for each day over all epochs together. A request asked again is
// charged once. A holder that is shown its own signature under a higher count than it has was restored from an older
// copy, and takes what is running as spent.

#include "protocol/engine/budget.hpp"
#include "protocol/engine/epochs.hpp"
#include "protocol/engine/post.hpp"

namespace fanlight::protocol {

class KeyHolder {
  public:
    KeyHolder(Self const& self, Post& post, Epochs& epochs) : self_(self), post_(post), epochs_(epochs) {}

    void request(Instant now, Incoming const& incoming, Effects& effects);
    /// An epoch is destroyed: so is what was charged in it.
    void forget(std::uint32_t epoch, Effects& effects);
    /// Days that have passed are forgotten.
    void wake(Instant now, Effects& effects);
    /// This is an older copy: what runs now is taken as spent.
    void take_as_spent(Instant now, Effects& effects);
    Result<void> restore(ByteView key, ByteView value);

    struct Budget {
        std::string organisation;
        EvaluatePurpose purpose;
        std::uint32_t epoch = 0;
        std::uint32_t charged = 0;
        std::uint32_t limit = 0; ///< at this holder
    };
    /// What runs now, for the status: every organisation that may ask, every epoch with a share here.
    std::vector<Budget> budgets(Instant now) const;
    /// When this holder found that it had been restored; zero: never, or what ran then is over.
    Instant restored_at() const;

  private:
    /// A request, and what was found of it on the way: for the leaf, whatever becomes of it.
    struct Asked {
        Incoming const& incoming;
        EvaluateRequest const& request;
        std::string organisation;
        Sharing const* sharing;   ///< that it is about; nullptr: not known here
        bool again = false;       ///< it was charged before
        bool bad_receipt = false; ///< not ours
    };
    bool may_ask(PartyId const& party, EvaluatePurpose purpose) const;
    bool used_rightly(EvaluateRequest const& request, KeyCertificate const& certificate) const;
    std::uint32_t limit(std::string const& organisation, EvaluatePurpose purpose) const;
    std::uint32_t charged(BudgetPeriod const& period, std::uint32_t limit) const;
    std::set<std::uint32_t> preparing() const;

    void serve(Instant now, Asked& asked, Effects& effects);
    void look_at_receipt(Instant now, Asked& asked, Effects& effects);
    void answer(Instant now, Asked const& asked, EvaluateReply reply, Effects& effects);
    void refuse(Instant now, Asked const& asked, EvaluateRefusal const& refusal, Effects& effects);
    Result<EvaluateReply> evaluate(EvaluateRequest const& request, Sharing const& sharing) const;
    LeafDraft draft(Instant now, Asked const& asked) const;

    Self const& self_;
    Post& post_;
    Epochs& epochs_;
    BudgetBook book_;
    Instant swept_at_{};
};

} // namespace fanlight::protocol
