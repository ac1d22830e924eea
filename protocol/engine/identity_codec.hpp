#pragma once
// An identity as bytes, inside a stored record or case.

#include "base/byte_reader.hpp"
#include "protocol/identity/person.hpp"

namespace fanlight::protocol {

inline void write_identity(ByteWriter& out, Identity const& identity) {
    out.u32(static_cast<std::uint32_t>(identity.names.size()));
    for (auto const& name : identity.names) out.text(name.forename).text(name.surname).text(name.middle_names);
    out.flag(identity.date_of_birth.has_value());
    if (identity.date_of_birth) out.u32(to_wire(*identity.date_of_birth));
    out.text(identity.nhs_number).text(identity.upn).text(identity.agreed_number).number(identity.sex);
    out.u32(static_cast<std::uint32_t>(identity.addresses.size()));
    for (auto const& address : identity.addresses)
        out.text(address.premises)
            .text(address.street)
            .text(address.locality)
            .text(address.postcode)
            .text(address.uprn);
    out.flag(identity.partial_date.has_value());
    if (identity.partial_date)
        out.u16(static_cast<std::uint16_t>(identity.partial_date->year))
            .u8(static_cast<std::uint8_t>(identity.partial_date->month));
}

inline Identity read_identity(ByteReader& in) {
    Identity identity;
    auto const count = in.count();
    for (std::size_t i = 0; i < count && in.good(); ++i) {
        auto forename = in.text();
        auto surname = in.text();
        identity.names.push_back({std::move(forename), std::move(surname), in.text()});
    }
    // A date before 1970 is a large number that must come back negative.
    if (in.flag()) identity.date_of_birth = Day(std::chrono::days(static_cast<std::int32_t>(in.u32())));
    identity.nhs_number = in.text();
    identity.upn = in.text();
    identity.agreed_number = in.text();
    identity.sex = in.number(Sex::male);
    auto const addresses = in.count();
    for (std::size_t i = 0; i < addresses && in.good(); ++i) {
        Address address;
        address.premises = in.text();
        address.street = in.text();
        address.locality = in.text();
        address.postcode = in.text();
        address.uprn = in.text();
        identity.addresses.push_back(std::move(address));
    }
    if (in.flag()) {
        auto const year = in.u16();
        identity.partial_date = PartialDate{year, in.u8()};
    }
    return identity;
}

} // namespace fanlight::protocol
