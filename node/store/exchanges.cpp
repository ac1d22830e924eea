#include "node/store/exchanges.hpp"

#include "protocol/wire/log_wire.hpp"

namespace fanlight::node {

namespace {

using protocol::ExchangeEnd;
using protocol::LeafPlace;

constexpr auto where = "stored exchange";
constexpr std::int32_t continuations = 1000;

std::int64_t signed_of(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

LeafPlace place_of(Statement const& row) {
    auto const shard = row.number(0);
    return {static_cast<std::int32_t>(shard % continuations == 0 ? shard / continuations : shard),
            static_cast<std::uint64_t>(row.number(1))};
}

/// Of a row with shard, position, time, class, tag.
Result<ExchangeEnd> end_of(Statement const& row) {
    auto const number = row.number(3);
    auto const kind = crypto::parse_leaf_class(static_cast<std::uint8_t>(number));
    auto const tag = crypto::ExchangeTag::parse(row.blob(4), where);
    if (!kind || !tag || number > UINT8_MAX) return fail(Errc::damaged, where);
    return ExchangeEnd{tag.assume_value(), kind.assume_value(), place_of(row),
                       from_wire(static_cast<std::uint64_t>(row.number(2)))};
}

} // namespace

std::int64_t in_order(std::int32_t shard) {
    auto const year = protocol::year_of_shard(shard);
    return year == shard ? std::int64_t(year) * continuations : shard;
}

Result<std::vector<ExchangeEnd>> exchanges(Database& database, PartyId const& peer, LeafPlace const& from,
                                           std::size_t limit) {
    FANLIGHT_TRY(auto all, database.prepare("SELECT shard, position, time, class, tag FROM exchange WHERE peer = ?1 "
                                            "AND (shard, position) >= (?2, ?3) ORDER BY shard, position LIMIT ?4"));
    all.bind(1, std::string_view(peer.text())).bind(2, in_order(from.shard)).bind(3, signed_of(from.position));
    all.bind(4, signed_of(limit));
    std::vector<ExchangeEnd> ends;
    for (;;) {
        FANLIGHT_TRY(auto const row, all.step());
        if (!row) return ends;
        FANLIGHT_TRY(auto const end, end_of(all));
        ends.push_back(end);
    }
}

Result<LeafPlace> place_at(Database& database, PartyId const& peer, Instant since) {
    FANLIGHT_TRY(auto first, database.prepare("SELECT shard, position FROM exchange WHERE peer = ? AND time >= ? "
                                              "ORDER BY shard, position LIMIT 1"));
    first.bind(1, std::string_view(peer.text())).bind(2, signed_of(to_wire(since)));
    FANLIGHT_TRY(auto const found, first.step());
    if (found) return place_of(first);
    FANLIGHT_TRY(auto last, database.prepare("SELECT shard, position + 1 FROM exchange WHERE peer = ? "
                                             "ORDER BY shard DESC, position DESC LIMIT 1"));
    last.bind(1, std::string_view(peer.text()));
    FANLIGHT_TRY(auto const any, last.step());
    return any ? place_of(last) : LeafPlace{};
}

Result<ExchangeEnd> find_exchange(Database& database, crypto::ExchangeTag const& tag, crypto::LeafClass kind) {
    FANLIGHT_TRY(auto newest,
                 database.prepare("SELECT shard, position, time, class, tag FROM exchange WHERE tag = ? AND class = ? "
                                  "ORDER BY shard DESC, position DESC LIMIT 1"));
    newest.bind(1, tag.view()).bind(2, static_cast<std::int64_t>(kind));
    FANLIGHT_TRY(auto const row, newest.step());
    if (!row) return fail(Errc::missing, "exchange with this tag");
    return end_of(newest);
}

Result<std::vector<protocol::NewReceipt>> receipts(Database& database, crypto::ExchangeTag const& tag) {
    FANLIGHT_TRY(auto all, database.prepare("SELECT sender, received, file FROM receipt WHERE exchange = ? "
                                            "ORDER BY number"));
    all.bind(1, tag.view());
    std::vector<protocol::NewReceipt> receipts;
    for (;;) {
        FANLIGHT_TRY(auto const row, all.step());
        if (!row) return receipts;
        auto sender = PartyId::parse(all.text(0));
        if (!sender) return fail(Errc::damaged, "stored receipt");
        receipts.push_back({tag, std::move(sender).assume_value(), from_wire(static_cast<std::uint64_t>(all.number(1))),
                            to_bytes(all.blob(2))});
    }
}

Result<std::vector<protocol::NewCopy>> copies_from(Database& database, std::string_view origin, std::uint64_t position,
                                                   std::size_t bytes_max) {
    // No copy is longer, so the search begins just before the position.
    FANLIGHT_TRY(auto one,
                 database.prepare("SELECT first, count, sealed FROM copy WHERE origin = ?1 AND first > ?2 - ?3 "
                                  "AND first <= ?2 AND first + count > ?2 "
                                  "ORDER BY first + count DESC, first LIMIT 1"));
    std::vector<protocol::NewCopy> copies;
    std::size_t bytes = 0;
    for (auto at = signed_of(position); copies.size() < protocol::copies_chunks_max;) {
        one.bind(1, origin).bind(2, at).bind(3, signed_of(protocol::copy_leaves_max));
        FANLIGHT_TRY(auto const row, one.step());
        if (!row) break;
        auto const first = one.number(0);
        bytes += one.blob(2).size();
        bool const next = copies.empty() || (first == at && bytes <= bytes_max);
        if (!next) break;
        auto const count = one.number(1);
        copies.push_back({std::string(origin), static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(count),
                          to_bytes(one.blob(2))});
        at = first + count;
        one.reset();
    }
    return copies;
}

Result<std::vector<protocol::NewCopy>> copies(Database& database, std::string_view origin) {
    FANLIGHT_TRY(auto all, database.prepare("SELECT first, count, sealed FROM copy WHERE origin = ? "
                                            "ORDER BY first, count"));
    all.bind(1, origin);
    std::vector<protocol::NewCopy> copies;
    for (;;) {
        FANLIGHT_TRY(auto const row, all.step());
        if (!row) return copies;
        copies.push_back({std::string(origin), static_cast<std::uint64_t>(all.number(0)),
                          static_cast<std::uint64_t>(all.number(1)), to_bytes(all.blob(2))});
    }
}

} // namespace fanlight::node
