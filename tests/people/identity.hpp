#pragma once
// Made-up people as the protocol room knows people.

#include "protocol/engine/records.hpp"
#include "tests/people/agencies.hpp"

namespace fanlight::people {

/// What is true, with the former surname as a second name and the former addresses behind the present one.
protocol::Identity identity_of(Population const& population, Person const& person);
/// What an agency wrote down. No fixed abode is no address.
protocol::Identity identity_of(Row const& row);

/// `number` is the row's number in its view. The family is the true one, as agencies know who lives together; people
/// alone have none. No rating.
protocol::PersonRecord record_of(Agency agency, std::size_t number, Row const& row);
std::vector<protocol::PersonRecord> records_of(Agency agency, std::vector<Row> const& rows);

} // namespace fanlight::people
