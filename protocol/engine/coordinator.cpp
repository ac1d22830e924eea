#include "protocol/engine/coordinator.hpp"

#include "base/byte_reader.hpp"
#include "crypto/labels.hpp"
#include "policy/decide.hpp"
#include "protocol/engine/shuffle.hpp"

#include <cassert>

namespace fanlight::protocol {

using crypto::FieldTag;
using crypto::LeafClass;
using policy::DataField;
using policy::ReplyKind;

namespace {
constexpr auto agreement_changed_words = "Another version of the agreement is in force since; enter the family again.";

std::vector<Identity> identities(Family const& family) {
    std::vector<Identity> all;
    for (auto const& person : family.people) all.push_back(person.identity);
    return all;
}

/// An unborn child has no identity of its own and follows its mother (docs/requirements.md, X4).
bool has_own_identity(FamilyMember const& person) {
    return !person.roles.contains(PersonRole::unborn);
}

} // namespace

Result<void> Coordinator::submit(Instant now, CaseId const& id, Family family, Effects& effects) {
    auto const anchor_label = crypto::label(self_.mode(), crypto::Label::anchor);
    auto const people = identities(family);
    if (people.size() > limits::family_people_max ||
        std::none_of(family.people.begin(), family.people.end(), has_own_identity))
        return fail(Errc::refused, "family in the query", "Give 1 to 16 people, at least one of them born.");
    for (std::size_t i = 0; i < people.size(); ++i) {
        if (!has_own_identity(family.people[i])) continue;
        auto const anchors = anchors_of(people, i, anchor_label);
        auto const telling = std::count_if(anchors.begin(), anchors.end(), [](Anchor const& anchor) {
            auto const& rule = rule_of(anchor.kind);
            return rule.strong || rule.salt != Salt::none;
        });
        if (static_cast<std::size_t>(telling) < self_.agreement.matching.minimum_anchors)
            return fail(Errc::refused, "person in the query",
                        "Too little to ask with: give a date of birth or an address with the name, or an NHS number.",
                        i + 1);
    }
    // One person entered twice would be "not known" the second time, because no token occurs twice in a query.
    std::set<Bytes> strong;
    for (std::size_t i = 0; i < people.size(); ++i) {
        std::set<Bytes> own;
        for (auto& anchor : anchors_of({people[i]}, 0, anchor_label))
            if (is_strong(anchor.kind)) own.insert(std::move(anchor.input));
        for (auto const& input : own)
            if (!strong.insert(input).second)
                return fail(
                    Errc::refused, "person in the query",
                    "Another person of this family has the same NHS number, or the same name and date of birth. "
                    "Enter each person once; correct the one that is wrong.",
                    i + 1);
    }
    if (epochs_.open() == nullptr)
        return fail(Errc::missing, "open epoch of the identity key",
                    "Nobody can be asked without one: fanlight status says which agencies are still enrolling; "
                    "fanlight epoch open opens it all the same.");
    auto const route = self_.agreement.route(family.route);
    auto const purpose = self_.agreement.purpose(family.purpose);
    if (!route || !purpose) return fail(Errc::refused, "purpose or route", "Use one that the agreement names.");
    if (auto const& sources = self_.agreement.purposes[*purpose].sources;
        !sources.empty() && std::find(sources.begin(), sources.end(), family.source) == sources.end())
        return fail(Errc::refused, "source of the referral",
                    "The agreement does not take referrals from there for this purpose.");
    auto const silent = gate_.silent(now);
    if (silent == policy::Reason::unwitnessed)
        return fail(Errc::refused, "log",
                    "Too few other organisations witness this node's log, so nobody is asked. fanlight status says "
                    "who does not answer. If a life depends on it: fanlight log break-glass.");
    if (silent == policy::Reason::cannot_log)
        return fail(Errc::io, "disk", "There is no room for the log of it, so nobody is asked. Make room on the disk.");
    if (silent)
        return fail(Errc::refused, "agreement", "It is revoked: nobody is asked until the next version is in force.");

    Case item;
    item.id = id;
    item.agreement = self_.agreement.id;
    item.created = now;
    item.deadline = now + self_.agreement.routes[*route].reply_within;
    item.expiry = now + self_.agreement.release.query_lives;
    for (std::size_t i = 0; i < people.size(); ++i) item.nonces.push_back(self_.random.make<PersonNonce>());
    item.seed = self_.random.make<CaseSeed>();
    for (auto const& party : self_.agreement.parties) {
        if (party.asked == policy::Asked::never || registrar_.is_removed(party.id, now)) continue;
        PartyState state;
        state.stage = party.asked == policy::Asked::conditional ? PartyStage::on_condition : PartyStage::pending;
        if (auto const left_out = family.not_asked.find(party.id); left_out != family.not_asked.end()) {
            state.stage = PartyStage::left_out;
            state.reason = left_out->second;
        }
        item.parties.emplace(party.id, std::move(state));
    }
    LeafDraft draft(self_, now);
    draft.add(FieldTag::user, family.user).add(FieldTag::purpose, family.purpose).add(FieldTag::route, family.route);
    draft.add(FieldTag::subject, id.view()).number(FieldTag::count, people.size());
    draft.add(FieldTag::text, "family query entered");
    for (auto const& [party, reason] : family.not_asked) {
        // What somebody typed may be about anybody of the family; a key is one person's, and this is the first's.
        draft.about(std::nullopt).add(FieldTag::peer, party.text());
        draft.about(subject_of(self_, id, 0)).add(FieldTag::reason, reason);
    }
    for (std::size_t i = 0; i < people.size(); ++i)
        draft.about(subject_of(self_, id, i)).add(FieldTag::subject, subject_of(self_, id, i).view());
    std::move(draft).write(LeafClass::admin, {}, effects);

    item.family = std::move(family);
    auto& stored = cases_.emplace(id, std::move(item)).first->second;
    link(now, stored, effects);
    changed(stored, effects);
    evaluate(now, stored, effects);
    return ok();
}

void Coordinator::link(Instant now, Case& item, Effects& effects) {
    auto found = linked_.enter(now, item.id, item.family, effects);
    item.links_left_out = found.left_out;
    for (auto& [here, person_there] : found.links) {
        if (auto const older = cases_.find(here.other); older != cases_.end()) {
            auto& links = older->second.links;
            if (links.size() < case_links_max)
                links.push_back({item.id, person_there, here.sure, here.words});
            else
                ++older->second.links_left_out;
            changed(older->second, effects);
        }
        item.links.push_back(std::move(here));
    }
}

void Coordinator::changed(Case& item, Effects& effects) {
    ++item.revision;
    effects.put(Space::asked, to_bytes(item.id.view()), encode(item));
}

std::vector<Bytes> Coordinator::gather(Case const& item, Job& job) const {
    auto const anchor_label = crypto::label(self_.mode(), crypto::Label::anchor);
    auto const component_label = crypto::label(self_.mode(), crypto::Label::component);
    auto const people = identities(item.family);
    std::vector<Bytes> inputs;
    for (std::size_t i = 0; i < people.size(); ++i) {
        if (!has_own_identity(item.family.people[i])) continue;
        auto descriptors = descriptors_of(people, i, {anchor_label, component_label});
        auto more = inputs_of(descriptors);
        std::move(more.begin(), more.end(), std::back_inserter(inputs));
        job.people.emplace_back(i, std::move(descriptors));
    }
    return inputs;
}

void Coordinator::evaluate(Instant now, Case const& item, Effects& effects) {
    auto const* epoch = epochs_.open();
    if (epoch == nullptr) return; // it was open when the case was entered, and another follows at once
    Job job{item.id, epoch->number, {}, {}};
    for (auto const& [party, state] : item.parties)
        if (state.stage == PartyStage::pending) job.parties.push_back(party);
    if (job.parties.empty()) return;
    auto inputs = gather(item, job);
    auto seed = JobSeed::make([&](MutableBytes out) {
        // Another seed for those who are asked on a condition: the same elements twice would tell the holders that
        // somebody said Red.
        ByteWriter about;
        about.u32(epoch->number);
        for (auto const& party : job.parties) about.text(party.text());
        crypto::blake2b(out, item.seed.view(),
                        {as_bytes(crypto::label(self_.mode(), crypto::Label::case_tokens)), about.take()});
    });
    auto const id = tokens_.start(
        now, {EvaluatePurpose::query, epoch->number, std::move(inputs), batch_step, std::move(seed)}, effects);
    jobs_.emplace(id, std::move(job));
}

void Coordinator::finished(Instant now, Tokens const& tokens, Effects& effects) {
    auto const job = jobs_.extract(tokens.job).mapped();
    auto const found = cases_.find(job.id);
    if (found == cases_.end()) return;
    if (found->second.agreement != self_.agreement.id)
        return tokens_failed(found->second, job.parties, agreement_changed_words, effects);
    if (!tokens.problem.empty()) return tokens_failed(found->second, job.parties, tokens.problem, effects);
    for (auto const& party : job.parties) send_query(now, found->second, party, job, tokens, effects);
    changed(found->second, effects);
}

bool Coordinator::may_tell(Case const& item, policy::Party const& party, DataField field, LeafDraft* draft) const {
    auto const& family = item.family;
    policy::Request request{};
    request.role = party.role;
    request.sensitive = false; // what it may be told does not depend on what it may say
    request.field = field;
    request.purpose = family.purpose;
    request.route = family.route;
    request.facts.marac_threshold = family.marac_threshold;
    request.facts.section_47 = family.section_47;
    request.facts.domestic_abuse = family.domestic_abuse;
    request.facts.dash_high = family.dash && *family.dash >= self_.agreement.rules.dash_high;
    if (family.consent == Consent::given) request.facts.consent = policy::ConsentFact::given;
    if (family.consent == Consent::refused) request.facts.consent = policy::ConsentFact::refused;
    auto const decision = decider_.decide(request);
    auto const* permit = std::get_if<policy::Permit>(&decision);
    if (permit != nullptr && draft != nullptr) {
        draft->add(FieldTag::context, policy::name(field));
        draft->add(FieldTag::clause, self_.agreement.clauses[permit->clause].id);
    }
    return permit != nullptr;
}

Context Coordinator::context_for(Case const& item, policy::Party const& party, std::size_t person,
                                 LeafDraft* draft) const {
    auto const& family = item.family;
    auto const allowed = [&](DataField field) { return may_tell(item, party, field, draft); };
    Context context;
    if (allowed(DataField::fact_role)) {
        std::uint32_t roles = 0;
        for (auto const role : family.people[person].roles) roles |= 1U << static_cast<unsigned>(role);
        context.roles = roles;
    }
    if (allowed(DataField::fact_source)) context.source = static_cast<std::uint8_t>(family.source);
    if (allowed(DataField::fact_domestic_abuse)) context.domestic_abuse = family.domestic_abuse;
    if (allowed(DataField::fact_dash)) context.dash = family.dash.value_or(0xFF);
    if (allowed(DataField::fact_marac)) {
        context.marac_threshold = family.marac_threshold;
        context.section_47 = family.section_47;
    }
    if (allowed(DataField::fact_consent)) context.consent = static_cast<std::uint8_t>(family.consent);
    if (allowed(DataField::fact_told)) context.told = static_cast<std::uint8_t>(family.told);
    return context;
}

void Coordinator::send_query(Instant now, Case& item, PartyId const& party, Job const& job, Tokens const& tokens,
                             Effects& effects) {
    auto& state = item.parties.at(party);
    auto const people = item.family.people.size();
    std::vector<PersonTokens> known(people);
    std::span<crypto::Token const> rest = tokens.tokens;
    for (auto const& [person, descriptors] : job.people) {
        auto const count = inputs_of(descriptors).size();
        known[person] = tokens_of(self_.mode(), descriptors, rest.first(count), party);
        rest = rest.subspan(count);
    }

    LeafDraft draft(self_, now);
    draft.add(FieldTag::peer, party.text());
    Query query;
    query.id = state.query = self_.random.make<QueryId>();
    query.exchange_key = state.exchange_key = self_.random.make<crypto::ExchangeKey>();
    query.epoch = job.epoch;
    query.day = day_of(now);
    query.matching_version = self_.agreement.matching.version;
    query.purpose = *self_.agreement.purpose(item.family.purpose);
    query.route = *self_.agreement.route(item.family.route);
    // Rounded, so that the two times do not name the case to agencies that compare what they got.
    query.deadline = std::chrono::ceil<std::chrono::minutes>(item.deadline);
    query.expiry = std::chrono::floor<std::chrono::hours>(item.expiry);

    // Another random order for every agency, so that two of them cannot line up their slots.
    std::vector<std::uint8_t> order(limits::slots, PartyState::nobody);
    for (std::size_t i = 0; i < people; ++i)
        if (has_own_identity(item.family.people[i])) order[i] = static_cast<std::uint8_t>(i);
    shuffle(order, self_.random);
    std::copy(order.begin(), order.end(), state.order.begin());
    Bytes commitments;
    std::vector<Bytes> openings;
    std::set<DayToken> used;
    auto const& asked_party = *self_.agreement.find(party);
    SlotFor const to{self_.mode(), query.day, asked_party.people};
    auto* facts = &draft; // which facts a party is told is the same for every person, and logged once
    for (auto const person : state.order) {
        bool const real = person != PartyState::nobody;
        auto built = real ? build_slot(to, known[person], item.nonces[person],
                                       context_for(item, asked_party, person, facts), used, self_.random)
                          : build_dummy_slot(self_.random);
        if (real) facts = nullptr;
        append(commitments, built.slot.commitment.view());
        OpenedSlot opened{static_cast<std::uint8_t>(openings.size()), person, built.opening, {}, {}};
        if (person != PartyState::nobody) {
            opened.nonce = item.nonces[person];
            opened.hashes = std::move(built.hashes);
        }
        openings.push_back(encode(opened));
        query.slots.push_back(std::move(built.slot));
    }
    state.exchange = self_.random.make<ExchangeId>();
    auto payload = encode(query);
    draft.add(FieldTag::query, query.id.view()).add(FieldTag::exchange, state.exchange.view());
    draft.add(FieldTag::user, item.family.user).number(FieldTag::stage, 1);
    draft.add(FieldTag::purpose, item.family.purpose).add(FieldTag::route, item.family.route);
    draft.add(FieldTag::message_hash, crypto::sha256({payload}).view());
    draft.add(FieldTag::slot_commitments, commitments);
    for (std::size_t slot = 0; slot < openings.size(); ++slot) {
        draft.about(std::nullopt);
        if (auto const person = state.order[slot]; person != PartyState::nobody)
            draft.about(subject_of(self_, item.id, person));
        draft.add(FieldTag::slot_opening, openings[slot]);
    }
    auto const tag = crypto::exchange_tag(query.exchange_key);
    std::move(draft).write(LeafClass::query_sent, tag, effects);
    gate_.owe_receipt(now, party, tag, LeafClass::query_sent, effects);
    state.payload_hash = post_.send(now, {party, MessageType::query, state.exchange, {}, std::move(payload)}, effects);
    state.asked_at = now;
    state.stage = PartyStage::asked;
}

std::pair<Case*, PartyId const*> Coordinator::asked(ExchangeId const& exchange, PartyId const& sender) {
    for (auto& [id, item] : cases_) {
        auto const state = item.parties.find(sender);
        if (state == item.parties.end()) continue;
        bool const first = state->second.stage >= PartyStage::asked && state->second.exchange == exchange;
        bool const second = state->second.summary_asked && state->second.summary_exchange == exchange;
        if (first || second) return {&item, &state->first};
    }
    return {nullptr, nullptr};
}

void Coordinator::answer(Instant now, Incoming const& incoming, Effects& effects) {
    auto decoded = decode_answer(incoming.envelope.payload);
    if (!decoded) return post_.refuse(now, incoming, "answer is malformed", effects);
    auto const& answer = decoded.assume_value();
    auto const [item, party] = asked(incoming.envelope.exchange, incoming.sender);
    if (item == nullptr) return post_.refuse(now, incoming, "answer is to no query of ours", effects);
    auto& state = item->parties.at(*party);
    auto const& statement = answer.statement;
    std::optional<policy::Colour> worst;
    for (auto const& slot : answer.slots)
        if (slot.reply.colour && (!worst || *slot.reply.colour > *worst)) worst = slot.reply.colour;
    // A node on another agreement answers under its own, and the only thing it can say is that.
    auto const& agreement = incoming.envelope.agreement;
    bool const agreed = agreement == item->agreement ||
                        std::all_of(answer.slots.begin(), answer.slots.end(),
                                    [](auto const& slot) { return slot.reply.kind == ReplyKind::version_mismatch; });
    bool const sound = state.stage == PartyStage::asked && agreed && answer.query == state.query &&
                       incoming.envelope.answers == state.payload_hash && statement.party == *party &&
                       statement.query == state.query && statement.worst == worst &&
                       by_node_key(self_.directory.at(*party), [&](crypto::VerifyKey const& key) {
                           return verify_statement(self_.mode(), agreement, statement, key);
                       });
    if (!sound) return post_.refuse(now, incoming, "answer does not fit the query it answers", effects);

    // Nobody was asked about a child that is not born yet: that is no "not known".
    state.replies.assign(item->family.people.size(), {policy::no_colour(ReplyKind::not_asked), no_clause});
    for (std::size_t slot = 0; slot < limits::slots; ++slot)
        if (state.order[slot] != PartyState::nobody) state.replies[state.order[slot]] = answer.slots[slot];
    state.statement = statement;
    state.answered_at = now;
    state.stage = PartyStage::answered;
    LeafDraft draft(self_, now);
    draft.add(FieldTag::peer, party->text()).add(FieldTag::query, state.query.view());
    draft.add(FieldTag::exchange, state.exchange.view()).number(FieldTag::stage, 1);
    draft.add(FieldTag::message_hash, incoming.payload_hash.view());
    // As whose it is shown: by the openings of the slots it can be held to that.
    draft.add(FieldTag::slots, state.order);
    if (now > item->deadline) draft.add(FieldTag::reason, "late");
    std::move(draft).write(LeafClass::disclosure_received, crypto::exchange_tag(state.exchange_key), effects);
    ask_on_condition(now, *item, effects);
    ask_summaries(now, *item, effects);
    changed(*item, effects);
}

namespace {
/// Whom the condition is met about, as the log keeps it: one of them, for a key is one person's.
std::optional<std::size_t> first_red(Case const& item) {
    for (std::size_t person = 0; person < item.family.people.size(); ++person)
        for (auto const& [party, state] : item.parties)
            if (person < state.replies.size() && state.replies[person].reply.colour == policy::Colour::red)
                return person;
    return std::nullopt;
}
} // namespace

void Coordinator::ask_on_condition(Instant now, Case& item, Effects& effects) {
    auto const red = first_red(item);
    if (!red || item.agreement != self_.agreement.id) return;
    bool any = false;
    for (auto& [party, state] : item.parties) {
        if (state.stage != PartyStage::on_condition) continue;
        state.stage = PartyStage::pending;
        any = true;
        LeafDraft draft(self_, now);
        draft.add(FieldTag::peer, party.text()).add(FieldTag::subject, item.id.view());
        draft.about(subject_of(self_, item.id, *red)).add(FieldTag::reason, "condition met: somebody said Red");
        std::move(draft).write(LeafClass::decision, {}, effects);
    }
    if (any) evaluate(now, item, effects);
}

policy::Reply Coordinator::reply_of(Instant now, Case const& item, PartyId const& party, std::size_t person) const {
    auto const& state = item.parties.at(party);
    switch (state.stage) {
    case PartyStage::left_out:
    case PartyStage::on_condition: return policy::no_colour(ReplyKind::not_asked);
    case PartyStage::pending: return policy::no_colour(now > item.deadline ? ReplyKind::not_asked : ReplyKind::waiting);
    case PartyStage::refused: return policy::no_colour(ReplyKind::not_checked, policy::Reason::refused);
    case PartyStage::asked:
        if (!post_.is_up(party)) return policy::no_colour(ReplyKind::unreachable);
        return policy::no_colour(now > item.deadline ? ReplyKind::no_reply : ReplyKind::waiting);
    case PartyStage::answered: return state.replies[person].reply;
    }
    return {};
}

void Coordinator::tokens_failed(Case& item, std::vector<PartyId> const& parties, std::string const& problem,
                                Effects& effects) {
    bool const some = std::any_of(item.parties.begin(), item.parties.end(), [](auto const& party) {
        return party.second.stage == PartyStage::asked || party.second.stage == PartyStage::answered;
    });
    item.problem = (some ? "Not everybody could be asked. " : "Nobody could be asked. ") + problem;
    if (!item.problem.ends_with('.')) item.problem += '.';
    for (auto const& party : parties) {
        auto& state = item.parties.at(party);
        if (state.stage != PartyStage::pending) continue;
        state.stage = PartyStage::left_out;
        state.reason = "there are no tokens to ask with";
    }
    changed(item, effects);
}

void Coordinator::agreement_changed(Effects& effects) {
    decider_ = policy::Decider(self_.agreement);
    for (auto& [id, item] : cases_) {
        std::vector<PartyId> waiting;
        for (auto const& [party, state] : item.parties)
            if (state.stage == PartyStage::pending) waiting.push_back(party);
        if (!waiting.empty() && item.agreement != self_.agreement.id)
            tokens_failed(item, waiting, agreement_changed_words, effects);
    }
}

policy::Agreement const& Coordinator::agreement_of(Case const& item) const {
    auto const* version = self_.version(item.agreement);
    return version == nullptr ? self_.agreement : *version;
}

void Coordinator::wake(Instant now, Effects& effects) {
    woke_ = now;
    for (auto entry = cases_.begin(); entry != cases_.end();) {
        auto& item = entry->second;
        if (item.expiry <= now) {
            effects.erase(Space::asked, to_bytes(item.id.view()));
            linked_.close(item.id, item.expiry, effects);
            std::erase_if(jobs_, [&](auto const& job) { // its names and blinds go with it
                if (job.second.id != item.id) return false;
                tokens_.forget(job.first);
                return true;
            });
            entry = cases_.erase(entry);
            continue;
        }
        ++entry;
        // After a restart nobody works on the tokens of a pending party: evaluate again.
        bool const pending = std::any_of(item.parties.begin(), item.parties.end(),
                                         [](auto const& party) { return party.second.stage == PartyStage::pending; });
        bool const worked_on =
            std::any_of(jobs_.begin(), jobs_.end(), [&](auto const& job) { return job.second.id == item.id; });
        if (pending && !worked_on && item.agreement == self_.agreement.id) evaluate(now, item, effects);
        auto const leaves = effects.leaves.size();
        ask_summaries(now, item, effects);
        if (effects.leaves.size() != leaves) changed(item, effects);
    }
    linked_.wake(now, effects);
}

std::optional<Instant> Coordinator::next_wake() const {
    std::optional<Instant> soonest;
    auto const consider = [&](Instant at) {
        if (at > woke_ && (!soonest || at < *soonest)) soonest = at; // what was due is done
    };
    if (auto const forgets = linked_.next_wake()) consider(*forgets);
    for (auto const& [id, item] : cases_) {
        consider(item.expiry);
        for (auto const& [party, state] : item.parties)
            if (state.stage == PartyStage::asked && !state.summary_asked) consider(state.asked_at + summaries_after);
    }
    return soonest;
}

Result<void> Coordinator::restore(ByteView value) {
    FANLIGHT_TRY(auto item, decode_case(value));
    auto const id = item.id;
    cases_.emplace(id, std::move(item));
    return ok();
}

Case const* Coordinator::find(CaseId const& id) const {
    auto const found = cases_.find(id);
    return found == cases_.end() ? nullptr : &found->second;
}

} // namespace fanlight::protocol
