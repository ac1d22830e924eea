#pragma once
// Nothing leaves that the agreement forbids: every query, answer, request for a summary and summary is held against
// the text of the agreement that its envelope names, by an evaluator that shares nothing with the nodes
// (literal_agreement.hpp), and against what is true of the case and the person that it is about.
//
// An agency knows of a person what the context envelope told it, or nothing where it could not open one. Where its log
// does not say that it did, both are tried; what neither permits under the very clause that is cited is broken.

#include "tests/system/storm/literal_agreement.hpp"
#include "tests/system/storm/oracle.hpp"

#include <map>
#include <memory>

namespace fanlight::simulation {

class AgreementOracle final : public Oracle {
  public:
    char const* name() const override { return "agreement"; }
    void on_step(Federation const& federation, Member const& member, protocol::Effects const& effects) override;
    void on_message(Federation const& federation, Sent const& sent) override;

    /// What was held against a text, so that a run shows that it looked.
    struct Judged {
        std::uint64_t queries = 0;
        std::uint64_t facts = 0;    ///< that the coordinator told, by its leaves
        std::uint64_t contexts = 0; ///< envelopes opened with what their recipient holds
        std::uint64_t replies = 0;  ///< under a clause
        std::uint64_t silences = 0; ///< replies that no clause is needed for
        std::uint64_t requests = 0; ///< for a summary
        std::uint64_t fields = 0;   ///< of summaries
        std::uint64_t unknown =
            0; ///< about a query that no coordinator of this run wrote: nothing is known to judge by
    };
    Judged const& judged() const { return judged_; }

  private:
    /// What was asked by one query, and what came of it.
    struct Asked {
        CaseId id;
        PartyId party;
        AgreementId agreement;
        std::shared_ptr<protocol::Family const> family;
        std::array<std::uint8_t, limits::slots> order{};
        std::optional<protocol::Query> query; ///< as it left, until it is answered
        std::vector<std::string> told;        ///< facts, by the leaf about it
        std::optional<protocol::Answer> answer;
        std::optional<protocol::SummaryRequest> request;
    };
    /// A message on its way, with the text that it is under.
    struct Judging {
        Federation const& federation;
        Sent const& sent;
        LiteralAgreement const& text;
        std::string from;
        std::string to;
        [[noreturn]] void broken(std::string const& what) const;
    };
    struct Cited {
        std::string field;
        std::string clause; ///< its number in the text; empty: none
    };

    LiteralAgreement const& text_of(Federation const& federation, Sent const& sent);
    Asked* find(QueryId const& id);
    LiteralQuestion question_of(LiteralAgreement const& text, Asked const& asked) const;
    LiteralQuestion with_context(LiteralAgreement const& text, Asked const& asked, LiteralQuestion question,
                                 std::uint8_t person) const;
    LiteralQuestion question_of_fact(LiteralAgreement const& text, Asked const& asked, std::string const& fact) const;
    bool may_be_told(LiteralAgreement const& text, Asked const& asked, std::string const& fact) const;
    bool somebody_said_red(CaseId const& id) const;

    void query(Judging const& judging);
    std::vector<std::string> told_facts(Judging const& judging, Asked const& asked);
    void open_contexts(Judging const& judging, Asked const& asked);
    void told(Judging const& judging, Asked const& asked, std::uint8_t person, protocol::Context const& context) const;
    void answer(Judging const& judging);
    void reply(Judging const& judging, Asked const& asked, std::size_t slot, protocol::SlotAnswer const& said,
               bool opened);
    void summary_request(Judging const& judging);
    void statement(Judging const& judging, Asked const& asked, protocol::Statement const& said) const;
    void summary(Judging const& judging);
    void slot_summary(Judging const& judging, Asked const& asked, protocol::SlotSummary const& said);
    void permitted(Judging const& judging, std::vector<LiteralQuestion> const& either, std::uint16_t clause) const;

    std::map<AgreementId, LiteralAgreement> texts_;
    std::map<QueryId, Asked> asked_;
    Judged judged_;
};

} // namespace fanlight::simulation
