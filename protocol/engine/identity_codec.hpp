#pragma once
// An identity as bytes, inside a stored record or case.

#include "base/byte_reader.hpp"
#include "protocol/identity/person.hpp"

namespace fanlight::protocol {

inline void write_identity(ByteWriter& out, Identity const& identity) {
    out.u32(static_cast<std::uint32_t>(identity.names.size()));
    for (auto const& name : identity.names) out.text(name.forename).text(name.surname);
    out.flag(identity.date_of_birth.has_value());
    if (identity.date_of_birth) out.u32(to_wire(*identity.date_of_birth));
    out.text(identity.nhs_number).text(identity.postcode);
}

inline Identity read_identity(ByteReader& in) {
    Identity identity;
    auto const count = in.count();
    for (std::size_t i = 0; i < count && in.good(); ++i) {
        auto forename = in.text();
        identity.names.push_back({std::move(forename), in.text()});
    }
    // A date before 1970 is a large number that must come back negative.
    if (in.flag()) identity.date_of_birth = Day(std::chrono::days(static_cast<std::int32_t>(in.u32())));
    identity.nhs_number = in.text();
    identity.postcode = in.text();
    return identity;
}

} // namespace fanlight::protocol
