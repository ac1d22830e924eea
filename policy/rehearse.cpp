// Trying a draft on the past: the question that was asked then, asked again, and the two answers compared.

#include "policy/rehearse.hpp"

#include "base/byte_reader.hpp"

#include <algorithm>

namespace fanlight::policy {

namespace {

constexpr auto where = "past decision";
constexpr std::size_t clause_bytes_max = 16; // a clause's number (docs/agreement.md, "What is checked")

std::uint8_t flags_of(Facts const& facts) {
    unsigned flags = 0;
    auto const put = [&flags](bool holds, unsigned bit) { flags |= (holds ? 1U : 0U) << bit; };
    put(facts.marac_threshold, 0);
    put(facts.section_47, 1);
    put(facts.someone_red_or_amber, 2);
    put(facts.domestic_abuse, 3);
    put(facts.dash_high, 4);
    return static_cast<std::uint8_t>(flags);
}

void take_flags(std::uint8_t flags, Facts& facts) {
    auto const has = [flags](unsigned bit) { return (flags >> bit & 1U) != 0; };
    facts.marac_threshold = has(0);
    facts.section_47 = has(1);
    facts.someone_red_or_amber = has(2);
    facts.domestic_abuse = has(3);
    facts.dash_high = has(4);
}

bool may_be_clause_number(std::string_view text) {
    auto const fits = [](char c) { return c == '.' || (c >= '0' && c <= '9'); };
    return !text.empty() && text.size() <= clause_bytes_max && std::all_of(text.begin(), text.end(), fits);
}

/// A permission has a clause and no reason; a refusal has one of the two reasons that decide() gives, and no clause.
bool is_answer(Reason reason, std::string_view clause) {
    if (reason == Reason::none) return may_be_clause_number(clause);
    return clause.empty() && (reason == Reason::no_clause || reason == Reason::blue_rule);
}

std::string times(std::uint64_t count) {
    return count == 1 ? "once" : std::to_string(count) + " times";
}

void add_sentences(RehearsedClause const& one, std::vector<std::string>& sentences) {
    std::string const field = in_words(one.field);
    if (one.now_permits != 0)
        sentences.push_back("Clause " + one.clause + " of the draft would have permitted " + field + " " +
                            times(one.now_permits) + " where it was refused.");
    if (one.no_longer != 0)
        sentences.push_back("Clause " + one.clause + " permitted " + field + " " + times(one.no_longer) +
                            " where the draft refuses it.");
    if (one.other_clause != 0)
        sentences.push_back("Clause " + one.clause + " of the draft permits " + field + " " + times(one.other_clause) +
                            " where a clause of another number did.");
}

} // namespace

PastDecision past_decision(Agreement const& agreement, Request const& request, Decision const& decision) {
    PastDecision past{request.field, request.own_colour, request.facts, Reason::none, {}};
    if (auto const* permit = std::get_if<Permit>(&decision))
        past.clause = agreement.clauses[permit->clause].id;
    else
        past.reason = std::get<Refusal>(decision).reason;
    return past;
}

Bytes encode(PastDecision const& decision) {
    auto const& facts = decision.facts;
    ByteWriter out;
    out.number(decision.field).u8(decision.own_colour ? static_cast<std::uint8_t>(*decision.own_colour) : 0);
    out.number(facts.subject).u8(flags_of(facts)).number(facts.consent).number(decision.reason).u16(0);
    return out.raw(as_bytes(decision.clause)).take();
}

Result<PastDecision> decode_past_decision(ByteView bytes) {
    constexpr std::size_t head_bytes = 8;
    if (bytes.size() < head_bytes) return fail(Errc::malformed, where, "It is cut off.");
    ByteReader in(bytes.first(head_bytes));
    PastDecision past;
    past.field = in.number(static_cast<DataField>(data_field_count - 1));
    auto const colour = in.u8();
    if (colour > static_cast<std::uint8_t>(Colour::red)) in.spoil();
    if (colour != 0) past.own_colour = static_cast<Colour>(colour);
    past.facts.subject = in.number(static_cast<Subject>(subject_count - 1));
    auto const flags = in.u8();
    if (flags >> flag_count != 0) in.spoil();
    take_flags(flags, past.facts);
    past.facts.consent = in.number(static_cast<ConsentFact>(consent_fact_count - 1));
    past.reason = static_cast<Reason>(in.u8());
    if (in.u16() != 0) in.spoil();
    past.clause = as_text(bytes.subspan(head_bytes));
    if (!in.good() || !is_answer(past.reason, past.clause)) return fail(Errc::malformed, where);
    return past;
}

Rehearsal::Rehearsal(Agreement const& draft, Teller teller) : decider_(draft), teller_(std::move(teller)) {
    for (auto const& clause : draft.clauses) clauses_.push_back(clause.id);
}

RehearsedClause& Rehearsal::changed(DataField field, std::string const& clause) {
    auto& one = by_clause_[{field, clause}];
    one.clause = clause;
    one.field = field;
    return one;
}

void Rehearsal::add(PastDecision const& past, std::string_view purpose, std::string_view route) {
    Request request{.field = past.field};
    request.role = teller_.role;
    request.sensitive = teller_.sensitive;
    request.stage = stage_of(past.field);
    request.purpose = purpose;
    request.route = route;
    request.own_colour = past.own_colour;
    request.facts = past.facts;
    auto const decision = decider_.decide(request);
    auto const* permit = std::get_if<Permit>(&decision);
    bool const told = past.reason == Reason::none;

    ++total_.decisions;
    if (permit == nullptr && !told) {
        ++total_.same;
    } else if (permit == nullptr) {
        ++total_.less;
        ++changed(past.field, past.clause).no_longer;
    } else if (auto const& clause = clauses_[permit->clause]; !told) {
        ++total_.more;
        ++changed(past.field, clause).now_permits;
    } else if (clause == past.clause) {
        ++total_.same;
    } else {
        ++total_.other_clause;
        ++changed(past.field, clause).other_clause;
    }
}

Rehearsal::Report Rehearsal::report() const {
    auto report = total_;
    for (auto const& [key, one] : by_clause_) report.by_clause.push_back(one);
    return report;
}

std::vector<std::string> in_words(Rehearsal::Report const& report) {
    if (report.decisions == 0) return {"There is no decision in this time to try the draft on."};
    auto const stay = std::to_string(report.same);
    if (report.decisions == 1 && report.same == 1) return {"The one decision of this time stays as it is."};
    if (report.same == report.decisions) return {"All " + stay + " decisions stay as they are."};
    std::vector<std::string> sentences;
    auto first = "Of " + std::to_string(report.decisions) + (report.decisions == 1 ? " decision " : " decisions ") +
                 stay + (report.same == 1 ? " stays as it is." : " stay as they are.");
    auto const add = [&first](std::uint64_t count, char const* what) {
        if (count != 0) first += " " + std::to_string(count) + what;
    };
    add(report.more, " would have told more.");
    add(report.less, " would have told less.");
    add(report.other_clause, " would have told the same under a clause of another number.");
    sentences.push_back(std::move(first));
    for (auto const& one : report.by_clause) add_sentences(one, sentences);
    return sentences;
}

} // namespace fanlight::policy
