#pragma once
// What a store has beside the openings of its log leaves: our ends of exchanges, receipts, and copies of others' logs.
// Each function reads one view of the database, on that view's thread: the store's own (Store::reader), or a reader
// beside it (Database::open_reader).

#include "node/store/database.hpp"
#include "protocol/engine/effects.hpp"
#include "protocol/engine/own_log.hpp"

namespace fanlight::node {

/// How the table of exchanges has a shard, so that places sort as protocol::LeafPlace does.
std::int64_t in_order(std::int32_t shard);

/// As protocol::OwnLog has them. Errc::io, Errc::damaged.
Result<std::vector<protocol::ExchangeEnd>> exchanges(Database& database, PartyId const& peer,
                                                     protocol::LeafPlace const& from, std::size_t limit);
/// Where nothing is as late as that: the place after the last one.
Result<protocol::LeafPlace> place_at(Database& database, PartyId const& peer, Instant since);
/// The newest. Errc::missing.
Result<protocol::ExchangeEnd> find_exchange(Database& database, crypto::ExchangeTag const& tag, crypto::LeafClass kind);
/// In the order in which they came.
Result<std::vector<protocol::NewReceipt>> receipts(Database& database, crypto::ExchangeTag const& tag);
/// As protocol::Copies has them.
Result<std::vector<protocol::NewCopy>> copies_from(Database& database, std::string_view origin, std::uint64_t position,
                                                   std::size_t bytes_max);
/// By their first leaf; they may overlap.
Result<std::vector<protocol::NewCopy>> copies(Database& database, std::string_view origin);

} // namespace fanlight::node
