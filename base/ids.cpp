#include "base/ids.hpp"

namespace fanlight {

Result<PartyId> PartyId::parse(std::string_view text) {
    constexpr auto mend = "Use 1 to 32 of a-z, 0-9, '_' and '-', starting with a letter.";
    auto const letter = [](char c) { return c >= 'a' && c <= 'z'; };
    auto const rest = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
    if (text.empty() || text.size() > length_max || !letter(text.front()))
        return fail(Errc::malformed, "party name", mend);
    if (!std::all_of(text.begin(), text.end(), rest)) return fail(Errc::malformed, "party name", mend);
    return PartyId(text);
}

char const* name(Mode mode) {
    return mode == Mode::practice ? "practice" : "live";
}

Result<Mode> parse_mode(std::string_view text) {
    if (text == "practice") return Mode::practice;
    if (text == "live") return Mode::live;
    return fail(Errc::malformed, "mode", "It is practice or live.");
}

} // namespace fanlight
