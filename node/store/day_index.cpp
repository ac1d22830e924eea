#include "node/store/day_index.hpp"

#include <cstring>

namespace fanlight::node {

using protocol::DayToken;
using protocol::IndexKey;
using protocol::RecordRow;

namespace {

// A slot: the number of a person from 1, then bits of the token; all zero is free.
constexpr std::size_t slot_bytes = 5;
constexpr unsigned check_bits = 14;
constexpr std::uint64_t check_mask = (1U << check_bits) - 1U;
constexpr std::uint64_t people_max = (1U << 26U) - 1U;
// So full is a table at most. A token that is not there costs about 80 slots next to each other at this load.
constexpr std::uint64_t load_percent = 92;
constexpr std::uint64_t smallest_room = 4096;

std::uint64_t bits_of(DayToken const& token, std::size_t from) {
    auto const bytes = token.view().subspan(from, 4);
    std::uint64_t bits = 0;
    for (auto const byte : bytes) bits = bits << 8U | byte;
    return bits;
}

} // namespace

DayIndex::Table::Table(std::uint64_t room)
    : room_(room), count_(room * 100 / load_percent + 1), slots_(count_ * slot_bytes) {}

/// 32 bits of the token, spread evenly over the slots.
std::uint64_t DayIndex::Table::home(DayToken const& token) const {
    return bits_of(token, 0) * count_ >> 32U;
}

std::uint64_t DayIndex::Table::slot(std::uint64_t at) const {
    auto const* bytes = slots_.data() + at * slot_bytes;
    std::uint32_t low = 0;
    std::memcpy(&low, bytes, sizeof low);
    return std::uint64_t(bytes[4]) << 32U | low;
}

void DayIndex::Table::add(DayToken const& token, std::uint64_t person) {
    auto at = home(token);
    while (slot(at) != 0) at = at + 1 == count_ ? 0 : at + 1;
    auto const value = person << check_bits | (bits_of(token, 4) & check_mask);
    auto const low = static_cast<std::uint32_t>(value);
    auto* bytes = slots_.data() + at * slot_bytes;
    std::memcpy(bytes, &low, sizeof low);
    bytes[4] = static_cast<std::uint8_t>(value >> 32U);
    ++used_;
}

template <class Each> void DayIndex::Table::find(DayToken const& token, Each const& each) const {
    auto const check = bits_of(token, 4) & check_mask;
    auto at = home(token);
    for (auto value = slot(at); value != 0; value = slot(at)) { // some slot is free: it is never quite full
        if ((value & check_mask) == check) each(value >> check_bits);
        at = at + 1 == count_ ? 0 : at + 1;
    }
}

DayIndex::DayIndex(std::uint64_t expected) {
    if (expected != 0) tables_.emplace_back(expected);
}

Result<void> DayIndex::add(RecordRow row, DayToken const& token) {
    if (rows_.empty() || rows_.back() != row) {
        if (rows_.size() == people_max) return fail(Errc::too_large, "index of day tokens", "Restart the node.");
        rows_.push_back(row);
    }
    if (tables_.empty() || tables_.back().is_full()) tables_.emplace_back(std::max(smallest_room, entries_ / 2));
    tables_.back().add(token, rows_.size());
    ++entries_;
    return ok();
}

void DayIndex::find(DayToken const& token, std::vector<RecordRow>& rows) const {
    for (auto const& table : tables_)
        table.find(token, [&](std::uint64_t person) { rows.push_back(rows_[person - 1]); });
}

std::uint64_t DayIndex::bytes() const {
    std::uint64_t bytes = rows_.capacity() * sizeof(RecordRow);
    for (auto const& table : tables_) bytes += table.bytes();
    return bytes;
}

std::uint64_t DayIndexes::begin(IndexKey const& key) {
    held_[key] = Held{++tickets_, std::nullopt};
    return tickets_;
}

Result<bool> DayIndexes::install(BuiltIndex built) {
    auto const found = held_.find(built.key);
    if (found == held_.end() || found->second.ticket != built.ticket) return false;
    // Some of these are in it already, if they were committed before the builder began to read.
    for (auto const& [row, token] : found->second.late) {
        FANLIGHT_TRY(built.index.add(row, token));
    }
    found->second = Held{built.ticket, std::move(built.index)};
    return true;
}

void DayIndexes::drop(IndexKey const& key) {
    held_.erase(key);
}

Result<void> DayIndexes::add(std::uint32_t epoch, RecordRow row, protocol::AgencySecret const& secret) {
    for (auto& [key, held] : held_) {
        if (key.epoch != epoch) continue;
        auto const token = protocol::day_token(mode_, secret, key.day);
        if (!held.index) {
            held.late.emplace_back(row, token);
        } else {
            FANLIGHT_TRY(held.index->add(row, token));
        }
    }
    return ok();
}

std::vector<RecordRow> DayIndexes::find(IndexKey const& key, DayToken const& token) const {
    std::vector<RecordRow> rows;
    auto const found = held_.find(key);
    if (found == held_.end() || !found->second.index) return rows;
    found->second.index->find(token, rows);
    std::ranges::sort(rows);
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    return rows;
}

std::vector<IndexProgress> DayIndexes::progress() const {
    std::vector<IndexProgress> all;
    for (auto const& [key, held] : held_) {
        auto const entries = held.index ? held.index->entries() : 0;
        all.push_back({key, held.index.has_value(), entries, entries});
    }
    return all;
}

std::uint64_t DayIndexes::bytes() const {
    std::uint64_t bytes = 0;
    for (auto const& [key, held] : held_) {
        bytes += held.index ? held.index->bytes() : 0;
        bytes += held.late.capacity() * sizeof(held.late[0]);
    }
    return bytes;
}

} // namespace fanlight::node
