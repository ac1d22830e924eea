#include "tests/people/identity.hpp"

namespace fanlight::people {

namespace {

void append_address(std::vector<protocol::Address>& addresses, Place const& place) {
    if (place.number.empty()) return;
    auto& address = addresses.emplace_back();
    address.premises = place.number;
    address.street = place.street;
    address.postcode = place.postcode;
    address.uprn = place.uprn;
}

} // namespace

protocol::Identity identity_of(Population const& population, Person const& person) {
    protocol::Identity identity;
    identity.names.push_back({person.forename, person.surname, person.middle});
    if (!person.former_surname.empty())
        identity.names.push_back({person.forename, person.former_surname, person.middle});
    identity.date_of_birth = person.date_of_birth;
    identity.nhs_number = nhs_number(person);
    identity.sex = person.sex;
    append_address(identity.addresses, place(population.seed, person.dwelling));
    for (auto const dwelling : person.former_dwellings)
        append_address(identity.addresses, place(population.seed, dwelling));
    return identity;
}

protocol::Identity identity_of(Row const& row) {
    protocol::Identity identity;
    identity.names.push_back({row.forename, row.surname, row.middle});
    identity.date_of_birth = row.date_of_birth;
    identity.nhs_number = row.nhs;
    identity.sex = row.sex;
    append_address(identity.addresses, row.place);
    return identity;
}

protocol::PersonRecord record_of(Agency agency, std::size_t number, Row const& row) {
    protocol::PersonRecord record;
    record.id = name(agency) + ("-" + std::to_string(number));
    if (row.fam >= 0) record.family_id = "F" + std::to_string(row.fam);
    record.identity = identity_of(row);
    return record;
}

std::vector<protocol::PersonRecord> records_of(Agency agency, std::vector<Row> const& rows) {
    std::vector<protocol::PersonRecord> records;
    records.reserve(rows.size());
    for (auto const& row : rows) records.push_back(record_of(agency, records.size(), row));
    return records;
}

} // namespace fanlight::people
