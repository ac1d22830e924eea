#pragma once
// The coordinator: asks about a whole family, keeps all kinds of "no" apart, shows who is missing (docs/protocol.md).
//
//   submit --> tokens from the holders --> a Query to each party --> answers (stage 1)
//          somebody says Red --> conditional parties are asked as well
//          Red, Amber, Marac threshold or s47 --> a summary request to each party that gave a colour (stage 2)

#include "policy/decide.hpp"
#include "protocol/engine/gate.hpp"
#include "protocol/engine/linked_cases.hpp"
#include "protocol/engine/registrar.hpp"
#include "protocol/engine/token_client.hpp"

namespace fanlight::protocol {

class Coordinator {
  public:
    Coordinator(Self const& self, Post& post, TokenClient& tokens, Epochs const& epochs, Registrar const& registrar,
                Gate& gate)
        : self_(self), post_(post), tokens_(tokens), epochs_(epochs), registrar_(registrar), gate_(gate),
          decider_(self.agreement), linked_(self) {}
    /// Another agreement is in force. Cases keep their own: what was not asked under it is not asked any more.
    void agreement_changed(Effects& effects);
    /// The agreement under which a case is asked.
    policy::Agreement const& agreement_of(Case const& item) const;

    /// Errc::refused: too little to ask with about one of the people (`at` = 1-based person); nothing is sent.
    /// Errc::missing: no epoch of the identity key is open.
    Result<void> submit(Instant now, CaseId const& id, Family family, Effects& effects);
    /// Tokens, or why there are none: then the case says so, and whoever was waiting for them is not asked.
    void finished(Instant now, Tokens const& tokens, Effects& effects);
    void answer(Instant now, Incoming const& incoming, Effects& effects);
    void summary(Instant now, Incoming const& incoming, Effects& effects);
    void refusal(Instant now, Incoming const& incoming, Effects& effects);
    bool owns(JobId job) const { return jobs_.contains(job); }

    void wake(Instant now, Effects& effects);
    std::optional<Instant> next_wake() const;
    Result<void> restore(ByteView value);
    Result<void> restore_linked(ByteView key, ByteView value) { return linked_.restore(key, value); }

    Case const* find(CaseId const& id) const;
    std::map<CaseId, Case> const& cases() const { return cases_; }
    LinkedCases const& linked() const { return linked_; }

    /// What the grid shows for a party that gave no reply about a person.
    policy::Reply reply_of(Instant now, Case const& item, PartyId const& party, std::size_t person) const;

    /// Summaries are asked for once everybody has answered, or this long after asking.
    static constexpr Duration summaries_after = std::chrono::seconds(5);

  private:
    void tokens_failed(Case& item, std::vector<PartyId> const& parties, std::string const& problem, Effects& effects);
    struct Job {
        CaseId id;
        std::uint32_t epoch;
        std::vector<PartyId> parties;
        std::vector<std::pair<std::size_t, Descriptors>> people; // in the order of the inputs
    };
    void evaluate(Instant now, Case const& item, Effects& effects);
    std::vector<Bytes> gather(Case const& item, Job& job) const;
    void send_query(Instant now, Case& item, PartyId const& party, Job const& job, Tokens const& tokens,
                    Effects& effects);
    Context context_for(Case const& item, policy::Party const& party, std::size_t person, LeafDraft* draft) const;
    /// Whether a clause lets a party be told a fact of the case. If so, `draft` (nullptr: no leaf) says which clause.
    bool may_tell(Case const& item, policy::Party const& party, policy::DataField field, LeafDraft* draft) const;
    /// The one signed statement of Red or Amber that a party is shown: the worst of another that is not a sensitive
    /// service. nullptr: there is none.
    Statement const* statement_for(Case const& item, PartyId const& party) const;
    std::pair<Case*, PartyId const*> asked(ExchangeId const& exchange, PartyId const& sender);
    void ask_on_condition(Instant now, Case& item, Effects& effects);
    void ask_summaries(Instant now, Case& item, Effects& effects);
    void ask_summary(Instant now, Case& item, PartyId const& party, Effects& effects);
    /// Says in the case, and in older ones that live, who of its family is in another.
    void link(Instant now, Case& item, Effects& effects);
    void changed(Case& item, Effects& effects);

    Self const& self_;
    Post& post_;
    TokenClient& tokens_;
    Epochs const& epochs_;
    Registrar const& registrar_;
    Gate& gate_;
    policy::Decider decider_;
    std::map<CaseId, Case> cases_;
    LinkedCases linked_;
    std::map<JobId, Job> jobs_;
    Instant woke_{};
};

} // namespace fanlight::protocol
