#include "admin-cli/log_request.hpp"

#include "crypto/text.hpp"
#include "node/http/log_words.hpp"
#include "policy/parse_parts.hpp"

#include <chrono>

namespace fanlight::cli {

Instant wall_clock() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

Result<Instant> parse_moment(std::string_view text, Instant now, char const* option) {
    if (auto const ago = policy::parse_duration(text)) return now - ago.assume_value();
    if (auto const day = parse_day(text)) return Instant(day.assume_value());
    if (auto const instant = parse_instant(text)) return instant;
    return fail(Errc::malformed, option, "Write how long ago (7d, 12h), a day (2026-11-14) or 2026-11-14T09:05:00Z.");
}

Result<LogRequest> log_request(LogPeriod const& period, Instant now) {
    LogRequest request;
    if (!period.since.empty()) {
        FANLIGHT_TRY(request.from, parse_moment(period.since, now, "--since"));
        request.query += "from_ms=" + std::to_string(to_wire(*request.from)) + "&";
    }
    if (!period.until.empty()) {
        FANLIGHT_TRY(request.to, parse_moment(period.until, now, "--until"));
        request.query += "to_ms=" + std::to_string(to_wire(*request.to)) + "&";
    }
    if (request.from && request.to && *request.to <= *request.from)
        return fail(Errc::malformed, "--until", "It must be later than --since.");
    if (!period.classes.empty()) {
        FANLIGHT_TRY(node::parse_classes(period.classes));
        request.query += "class=" + period.classes + "&";
    }
    if (!period.peer.empty()) {
        FANLIGHT_TRY(auto const peer, PartyId::parse(period.peer));
        request.query += "peer=" + peer.text() + "&";
    }
    return request;
}

std::optional<Error> bad_place(std::string_view text) {
    auto const place = node::parse_place(text);
    if (place) return std::nullopt;
    return place.assume_error();
}

std::optional<Error> bad_tag(std::string_view text) {
    auto const bytes = crypto::from_hex(text);
    if (bytes && bytes.assume_value().size() == crypto::ExchangeTag::size_bytes) return std::nullopt;
    return Error{Errc::malformed, "exchange tag", "Give all 64 hex digits, or the place of our leaf: 2026/18204."};
}

} // namespace fanlight::cli
