#include "protocol/engine/record_codec.hpp"

#include "protocol/engine/identity_codec.hpp"

namespace fanlight::protocol {

namespace {

void write_day(ByteWriter& out, std::optional<Day> const& day) {
    out.flag(day.has_value());
    if (day) out.u32(to_wire(*day));
}
std::optional<Day> read_day(ByteReader& in) {
    if (!in.flag()) return std::nullopt;
    return Day(std::chrono::days(static_cast<std::int32_t>(in.u32())));
}

} // namespace

Bytes encode(PersonRecord const& record) {
    ByteWriter out;
    out.text(record.id).text(record.family_id);
    write_identity(out, record.identity);
    out.flag(record.rating.has_value());
    if (record.rating) {
        auto const& rating = *record.rating;
        out.number(rating.colour).u32(to_wire(rating.rated_on)).text(rating.practitioner).text(rating.analysis);
        out.u32(static_cast<std::uint32_t>(rating.themes.size()));
        for (auto const& theme : rating.themes) out.text(theme);
    }
    out.u32(record.contacts_12m).u32(record.contacts_ever);
    write_day(out, record.last_contact);
    out.flag(record.open);
    write_day(out, record.marac_listed);
    write_day(out, record.marac_heard);
    return out.take();
}

Result<PersonRecord> decode_record(ByteView bytes) {
    ByteReader in(bytes);
    PersonRecord record;
    record.id = in.text();
    record.family_id = in.text();
    record.identity = read_identity(in);
    if (in.flag()) {
        auto const colour = in.number(policy::Colour::red);
        if (static_cast<int>(colour) == 0) in.spoil();
        auto const rated_on = Day(std::chrono::days(static_cast<std::int32_t>(in.u32())));
        auto practitioner = in.text();
        auto analysis = in.text();
        std::vector<std::string> themes;
        auto const count = in.count();
        for (std::size_t i = 0; i < count && in.good(); ++i) themes.push_back(in.text());
        record.rating = Rating{colour, rated_on, std::move(practitioner), std::move(analysis), std::move(themes)};
    }
    record.contacts_12m = in.u32();
    record.contacts_ever = in.u32();
    record.last_contact = read_day(in);
    record.open = in.flag();
    record.marac_listed = read_day(in);
    record.marac_heard = read_day(in);
    FANLIGHT_TRY(in.finish("stored record"));
    return record;
}

} // namespace fanlight::protocol
