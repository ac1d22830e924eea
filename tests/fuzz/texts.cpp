// Any bytes as each of the small texts: numbers, dates, names, tokens of the agreement, keys in one line. What is taken
// has one spelling and is written back as it was; where two spellings are allowed (hex), the way back is stable.

#include "base/ids.hpp"
#include "crypto/checkpoint.hpp"
#include "crypto/text.hpp"
#include "crypto/trust_policy.hpp"
#include "node/offline/officer_key.hpp"
#include "oracle.hpp"
#include "policy/agreement.hpp"
#include "policy/parse_parts.hpp"
#include "policy/text.hpp"
#include "protocol/engine/family.hpp"
#include "protocol/engine/governance.hpp"
#include "protocol/engine/log_policy.hpp"

using namespace fanlight;
using fuzz::require;

namespace {

/// A word of a closed list: taken exactly as its name is written.
template <class Parse> void word(std::string_view text, Parse const& parse) {
    fuzz::check_one_text(text, parse, [](auto value) { return std::string(name(value)); });
}

void try_words(std::string_view text) {
    word(text, parse_mode);
    word(text, policy::parse_colour);
    word(text, policy::parse_asked);
    word(text, policy::parse_source);
    word(text, policy::parse_document_kind);
    word(text, policy::parse_outcome_level);
    word(text, policy::parse_data_field);
    word(text, policy::parse_subject);
    word(text, policy::parse_condition);
    word(text, protocol::parse_person_role);
    word(text, node::parse_officer_role);
    fuzz::check_one_text(text, PartyId::parse, [](PartyId const& party) { return party.text(); });
    fuzz::check_one_text(text, protocol::parse_shard_name, protocol::shard_name);
    auto const verdict = protocol::parse_verdict(text);
    require(!verdict || policy::unfit_text(text) == nullptr);
    auto const own = policy::parse_own_colour(text);
    require(bool(own) == bool(policy::parse_colour(text)));
}

void try_times(std::string_view text) {
    fuzz::check_one_text(text, parse_day, [](Day day) { return to_text(day); });
    fuzz::check_one_text(text, parse_instant, [](Instant instant) { return to_text(instant); });
    if (auto const day = parse_day(text)) {
        auto const days = to_wire(day.assume_value());
        require(day.assume_value() < Day{} || day_from_wire(days) == day.assume_value());
    }
    auto const duration = policy::parse_duration(text);
    require(!duration ||
            (duration.assume_value() >= Duration::zero() && duration.assume_value() <= std::chrono::days(366)));
    auto const weekday = policy::parse_weekday(text);
    require(!weekday || (weekday.assume_value().ok() && text.size() == 3));
}

void try_codes(std::string_view text) {
    auto const lower = [](std::string_view of) {
        std::string out(of);
        for (auto& c : out)
            if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
        return out;
    };
    if (auto const bytes = crypto::from_hex(text)) require(crypto::to_hex(bytes.assume_value()) == lower(text));
    fuzz::check_one_text(text, crypto::from_base64, [](Bytes const& bytes) { return crypto::to_base64(bytes); });
    require(crypto::from_hex(crypto::to_hex(as_bytes(text))).value() == to_bytes(as_bytes(text)));
    require(crypto::from_base64(crypto::to_base64(as_bytes(text))).value() == to_bytes(as_bytes(text)));
    if (auto const number = crypto::parse_decimal(text)) {
        require(std::to_string(*number) == text && *number >> 63U == 0);
    }
    auto rest = text;
    std::string whole;
    while (auto const line = crypto::take_line(rest)) whole += std::string(*line) + "\n";
    require(rest.find('\n') == std::string_view::npos && whole + std::string(rest) == text);
}

/// What is typed matches a fingerprint only as its words or its hex, whatever stands between.
void try_fingerprint(std::string_view text) {
    static auto const hash = crypto::sha256({as_bytes("a fingerprint")});
    static auto const words = crypto::fingerprint_words(hash.view());
    auto const bare = [](std::string_view of) {
        std::string out;
        for (char const c : of)
            if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out += c;
        return out;
    };
    if (!crypto::fingerprint_matches(text, hash.view())) return;
    std::string typed(text);
    for (auto& c : typed)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    require(bare(typed) == bare(words) || bare(typed) == crypto::to_hex(hash.view()));
}

void try_names(std::string_view text) {
    fuzz::check_one_text(text, crypto::parse_vkey, [](crypto::NoteKey const& key) {
        require(crypto::is_note_name(key.name));
        return key.vkey();
    });
    fuzz::check_one_text(text, crypto::parse_cosigning_vkey, crypto::cosigning_vkey);
    fuzz::check_one_text(text, crypto::parse_checkpoint_text, crypto::checkpoint_text);
    constexpr std::string_view domain = "practice.example";
    auto const origin = [&](std::string_view of) { return protocol::parse_origin(domain, of); };
    fuzz::check_one_text(text, origin, [&](protocol::NamedLog const& log) {
        return protocol::shard_origin(domain, log.party, log.shard);
    });
    if (crypto::is_note_name(text)) require(!text.empty() && text.find_first_of(" \n+") == std::string_view::npos);
    // A text that nothing is wrong with has no control character that a terminal would act on.
    if (policy::unfit_text(text) == nullptr)
        for (char const c : text) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    fuzz::Input input(data, size);
    auto const which = input.u8();
    auto const text = input.rest_text();
    switch (which % 5) {
    case 0: try_words(text); break;
    case 1: try_times(text); break;
    case 2: try_codes(text); break;
    case 3: try_fingerprint(text); break;
    default: try_names(text);
    }
    return 0;
}
