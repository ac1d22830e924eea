#include "protocol/engine/case.hpp"

#include "protocol/engine/identity_codec.hpp"
#include "protocol/engine/slot_answer_codec.hpp"

namespace fanlight::protocol {

namespace {

constexpr auto where = "stored case";

void write(ByteWriter& out, Family const& family) {
    out.text(family.reference).text(family.purpose).text(family.route).text(family.user);
    out.number(family.source).number(family.consent).number(family.told);
    out.flag(family.domestic_abuse).flag(family.marac_threshold).flag(family.section_47);
    out.u8(family.dash.value_or(0xFF)).text(family.dash_not_done).text(family.no_person_causing_harm);
    out.text(family.single_person_reason);
    out.u32(static_cast<std::uint32_t>(family.not_asked.size()));
    for (auto const& [party, reason] : family.not_asked) out.text(party.text()).text(reason);
    out.u32(static_cast<std::uint32_t>(family.people.size()));
    for (auto const& person : family.people) {
        out.text(person.label).text(person.relation);
        out.u32(static_cast<std::uint32_t>(person.roles.size()));
        for (auto const role : person.roles) out.number(role);
        write_identity(out, person.identity);
    }
}

Family read_family(ByteReader& in) {
    Family family;
    family.reference = in.text();
    family.purpose = in.text();
    family.route = in.text();
    family.user = in.text();
    family.source = in.number(Source::public_member);
    family.consent = in.number(Consent::not_safe_to_ask);
    family.told = in.number(Told::not_safe);
    family.domestic_abuse = in.flag();
    family.marac_threshold = in.flag();
    family.section_47 = in.flag();
    if (auto const dash = in.u8(); dash != 0xFF) family.dash = dash;
    family.dash_not_done = in.text();
    family.no_person_causing_harm = in.text();
    family.single_person_reason = in.text();
    auto const left_out = in.count();
    for (std::size_t i = 0; i < left_out && in.good(); ++i) {
        auto const party = PartyId::parse(in.text());
        auto reason = in.text();
        if (!party) in.spoil();
        if (party) family.not_asked.emplace(party.assume_value(), std::move(reason));
    }
    auto const people = in.count();
    for (std::size_t i = 0; i < people && in.good(); ++i) {
        FamilyMember person;
        person.label = in.text();
        person.relation = in.text();
        auto const roles = in.count();
        for (std::size_t j = 0; j < roles && in.good(); ++j)
            person.roles.insert(in.number(PersonRole::other_connected));
        person.identity = read_identity(in);
        family.people.push_back(std::move(person));
    }
    return family;
}

// What came over the wire is kept in its wire form: one codec, checked again on the way in.
void write(ByteWriter& out, PartyId const& party, PartyState const& state) {
    out.text(party.text()).number(state.stage).text(state.reason);
    out.raw(state.query.view()).raw(state.exchange.view()).raw(state.exchange_key.view());
    out.raw(state.payload_hash.view()).raw(state.order).instant(state.asked_at).instant(state.answered_at);
    out.u32(static_cast<std::uint32_t>(state.replies.size()));
    for (auto const& slot : state.replies) {
        write_slot_answer(out, slot);
    }
    out.flag(state.statement.has_value());
    if (state.statement) {
        auto const& statement = *state.statement;
        out.raw(statement.query.view());
        write_colour(out, statement.worst);
        out.instant(statement.at).raw(statement.signature.view());
    }
    out.flag(state.summary_asked).flag(state.summary_done).raw(state.summary_exchange.view());
    out.raw(state.summary_key.view()).raw(state.summary_hash.view());
    out.blob(encode(Summary{state.query, state.summaries}));
}

void read_party(ByteReader& in, std::map<PartyId, PartyState>& parties) {
    auto const party = PartyId::parse(in.text());
    if (!party) return in.spoil();
    PartyState state;
    state.stage = in.number(PartyStage::refused);
    state.reason = in.text();
    state.query = in.tagged<QueryId>();
    state.exchange = in.tagged<ExchangeId>();
    state.exchange_key = in.tagged<crypto::ExchangeKey>();
    state.payload_hash = in.tagged<crypto::Sha256>();
    auto const order = in.raw(limits::slots);
    std::copy(order.begin(), order.end(), state.order.begin());
    state.asked_at = in.instant();
    state.answered_at = in.instant();
    auto const replies = in.count();
    for (std::size_t i = 0; i < replies && in.good(); ++i) {
        state.replies.push_back(read_slot_answer(in));
    }
    if (in.flag()) {
        auto const query = in.tagged<QueryId>();
        auto const worst = read_colour(in);
        auto const at = in.instant();
        state.statement = Statement{party.assume_value(), query, worst, at, in.tagged<crypto::Signature>()};
    }
    state.summary_asked = in.flag();
    state.summary_done = in.flag();
    state.summary_exchange = in.tagged<ExchangeId>();
    state.summary_key = in.tagged<crypto::ExchangeKey>();
    state.summary_hash = in.tagged<crypto::Sha256>();
    auto summary = decode_summary(in.blob());
    if (!summary) return in.spoil();
    state.summaries = std::move(summary.assume_value().slots);
    parties.emplace(party.assume_value(), std::move(state));
}

} // namespace

Bytes encode(Case const& item) {
    ByteWriter out;
    out.raw(item.id.view()).raw(item.agreement.view());
    write(out, item.family);
    out.instant(item.created).instant(item.deadline).instant(item.expiry);
    out.u32(static_cast<std::uint32_t>(item.nonces.size()));
    for (auto const& nonce : item.nonces) out.raw(nonce.view());
    out.raw(item.seed.view());
    out.u32(static_cast<std::uint32_t>(item.parties.size()));
    for (auto const& [party, state] : item.parties) write(out, party, state);
    out.text(item.problem).u64(item.revision);
    out.u32(static_cast<std::uint32_t>(item.links.size()));
    for (auto const& link : item.links) out.raw(link.other.view()).u8(link.person).flag(link.sure).text(link.words);
    out.u32(item.links_left_out);
    return out.take();
}

Result<Case> decode_case(ByteView bytes) {
    ByteReader in(bytes);
    Case item;
    item.id = in.tagged<CaseId>();
    item.agreement = in.tagged<AgreementId>();
    item.family = read_family(in);
    item.created = in.instant();
    item.deadline = in.instant();
    item.expiry = in.instant();
    auto const nonces = in.count();
    for (std::size_t i = 0; i < nonces && in.good(); ++i) item.nonces.push_back(in.tagged<PersonNonce>());
    item.seed = in.tagged<CaseSeed>();
    auto const parties = in.count();
    for (std::size_t i = 0; i < parties && in.good(); ++i) read_party(in, item.parties);
    item.problem = in.text();
    item.revision = in.u64();
    auto const links = in.count();
    for (std::size_t i = 0; i < links && in.good(); ++i) {
        CaseLink link;
        link.other = in.tagged<CaseId>();
        link.person = in.u8();
        link.sure = in.flag();
        link.words = in.text();
        item.links.push_back(std::move(link));
    }
    item.links_left_out = in.u32();
    FANLIGHT_TRY(in.finish(where));
    // Indexes into the family are used unchecked from here on.
    auto const people = item.family.people.size();
    for (auto const& [party, state] : item.parties) {
        bool const sound = (state.replies.empty() || state.replies.size() == people) &&
                           std::all_of(state.summaries.begin(), state.summaries.end(),
                                       [&](auto const& summary) { return summary.slot < people; }) &&
                           std::all_of(state.order.begin(), state.order.end(),
                                       [&](auto person) { return person == PartyState::nobody || person < people; });
        if (!sound) return fail(Errc::damaged, where);
    }
    bool const links_sound =
        std::all_of(item.links.begin(), item.links.end(), [&](auto const& link) { return link.person < people; });
    if (nonces != people || !links_sound) return fail(Errc::damaged, where);
    return item;
}

bool checked_everybody(PartyState const& state) {
    return std::ranges::none_of(state.replies, [](SlotAnswer const& slot) {
        return slot.reply.kind == policy::ReplyKind::not_checked ||
               slot.reply.kind == policy::ReplyKind::version_mismatch;
    });
}

std::vector<policy::Given> colours_given(Case const& item, policy::Agreement const& agreement) {
    std::vector<policy::Given> given;
    for (auto const& [party, state] : item.parties) {
        for (std::size_t person = 0; person < state.replies.size(); ++person) {
            auto const& reply = state.replies[person].reply;
            if (!reply.colour) continue;
            given.push_back(
                {party, agreement.find(party)->name, person, *reply.colour, reply.basis, state.answered_at});
        }
    }
    return given;
}

std::optional<policy::Colour> worst_given(Case const& item) {
    std::optional<policy::Colour> worst;
    for (auto const& [party, state] : item.parties)
        for (auto const& slot : state.replies)
            if (slot.reply.colour && (!worst || *slot.reply.colour > *worst)) worst = slot.reply.colour;
    return worst;
}

bool settled(Case const& item) {
    return std::all_of(item.parties.begin(), item.parties.end(), [](auto const& entry) {
        auto const& state = entry.second;
        bool const under_way = state.stage == PartyStage::pending || state.stage == PartyStage::asked;
        return !under_way && state.summary_asked == state.summary_done;
    });
}

bool everybody_answered(Case const& item) {
    return std::all_of(item.parties.begin(), item.parties.end(), [](auto const& entry) {
        auto const& state = entry.second;
        if (state.stage == PartyStage::on_condition) return true;
        return state.stage == PartyStage::answered && checked_everybody(state);
    });
}

} // namespace fanlight::protocol
