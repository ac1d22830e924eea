#include "protocol/engine/received.hpp"

#include "protocol/engine/family.hpp"
#include "protocol/engine/slot_answer_codec.hpp"

namespace fanlight::protocol {

namespace {
void write(ByteWriter& out, std::vector<UnsureCandidate> const& candidates) {
    out.u32(static_cast<std::uint32_t>(candidates.size()));
    for (auto const& candidate : candidates) {
        out.u64(static_cast<std::uint64_t>(candidate.row)).u32(static_cast<std::uint32_t>(candidate.points));
        out.raw(candidate.levels.level);
    }
}
std::vector<UnsureCandidate> read_unsure(ByteReader& in) {
    std::vector<UnsureCandidate> candidates;
    auto const count = in.count();
    for (std::size_t i = 0; i < count && in.good(); ++i) {
        UnsureCandidate candidate;
        candidate.row = static_cast<RecordRow>(in.u64());
        candidate.points = static_cast<std::int32_t>(in.u32());
        auto const levels = in.raw(aspects);
        std::copy(levels.begin(), levels.end(), candidate.levels.level.begin());
        for (std::size_t aspect = 0; aspect < aspects; ++aspect)
            if (level_name(static_cast<Aspect>(aspect), candidate.levels.level[aspect]) == nullptr) in.spoil();
        candidates.push_back(candidate);
    }
    return candidates;
}
} // namespace

Bytes encode(Received const& received) {
    ByteWriter out;
    out.raw(received.id.view()).text(received.from.text()).raw(received.agreement.view());
    out.raw(received.exchange.view());
    out.raw(received.exchange_key.view()).raw(received.payload_hash.view());
    out.u32(received.purpose)
        .u32(received.route)
        .instant(received.deadline)
        .instant(received.release_at)
        .instant(received.expiry);
    out.flag(received.released).flag(received.summarised);
    out.u32(static_cast<std::uint32_t>(received.slots.size()));
    for (auto const& slot : received.slots) {
        out.u64(slot.row ? static_cast<std::uint64_t>(*slot.row) : 0);
        write_slot_answer(out, slot.answer);
        out.flag(slot.facts.marac_threshold).flag(slot.facts.section_47);
        out.flag(slot.facts.someone_red_or_amber).flag(slot.facts.domestic_abuse).flag(slot.facts.dash_high);
        out.number(slot.facts.subject).number(slot.facts.consent);
        write(out, slot.unsure);
    }
    return out.take();
}

Result<Received> decode_received(ByteView bytes) {
    constexpr auto where = "stored query";
    ByteReader reader(bytes);
    auto const id = reader.tagged<QueryId>();
    auto const from_text = reader.text();
    if (!reader.good()) return fail(Errc::damaged, where);
    FANLIGHT_TRY(auto from, PartyId::parse(from_text));
    Received received{
        .id = id, .from = std::move(from), .exchange = {}, .exchange_key = {}, .payload_hash = {}, .slots = {}};
    received.agreement = reader.tagged<AgreementId>();
    received.exchange = reader.tagged<ExchangeId>();
    received.exchange_key = reader.tagged<crypto::ExchangeKey>();
    received.payload_hash = reader.tagged<crypto::Sha256>();
    received.purpose = reader.u32();
    received.route = reader.u32();
    received.deadline = reader.instant();
    received.release_at = reader.instant();
    received.expiry = reader.instant();
    received.released = reader.flag();
    received.summarised = reader.flag();
    auto const count = reader.count();
    for (std::size_t i = 0; i < count && reader.good(); ++i) {
        ReceivedSlot slot;
        if (auto const row = reader.u64(); row != 0) slot.row = static_cast<RecordRow>(row);
        slot.answer = read_slot_answer(reader);
        slot.facts.marac_threshold = reader.flag();
        slot.facts.section_47 = reader.flag();
        slot.facts.someone_red_or_amber = reader.flag();
        slot.facts.domestic_abuse = reader.flag();
        slot.facts.dash_high = reader.flag();
        slot.facts.subject = reader.number(policy::Subject::other);
        slot.facts.consent = reader.number(policy::ConsentFact::refused);
        slot.unsure = read_unsure(reader);
        received.slots.push_back(std::move(slot));
    }
    FANLIGHT_TRY(reader.finish(where));
    return received;
}

policy::Facts facts_of(Context const& context, std::uint32_t dash_high) {
    policy::Facts facts;
    facts.domestic_abuse = context.domestic_abuse.value_or(false);
    facts.marac_threshold = context.marac_threshold.value_or(false);
    facts.section_47 = context.section_47.value_or(false);
    facts.dash_high = context.dash && *context.dash != 0xFF && *context.dash >= dash_high;
    if (context.roles) facts.subject = subject_of(*context.roles);
    if (context.consent == static_cast<std::uint8_t>(Consent::given)) facts.consent = policy::ConsentFact::given;
    if (context.consent == static_cast<std::uint8_t>(Consent::refused)) facts.consent = policy::ConsentFact::refused;
    return facts;
}

std::optional<policy::Colour> worst_of(std::vector<ReceivedSlot> const& slots) {
    std::optional<policy::Colour> worst;
    for (auto const& slot : slots) {
        auto const& colour = slot.answer.reply.colour;
        if (colour && (!worst || *colour > *worst)) worst = colour;
    }
    return worst;
}

} // namespace fanlight::protocol
