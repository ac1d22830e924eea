#include "protocol/engine/budget.hpp"

#include "base/byte_reader.hpp"

#include <cassert>
#include <limits>

namespace fanlight::protocol {

namespace {

// The first byte of a key; 'r' is the responder's own budget in the same space.
constexpr std::uint8_t total_row = 'h';
constexpr std::uint8_t request_row = 'q';
constexpr std::uint8_t served_row = 's';
constexpr auto stored = "stored budget";

Bytes total_key(BudgetPeriod const& period) {
    return ByteWriter()
        .u8(total_row)
        .number(period.purpose)
        .u32(period.epoch)
        .day(period.day)
        .text(period.organisation)
        .take();
}
Bytes request_key(BudgetRequest const& request) {
    return ByteWriter().u8(request_row).raw(request.id.view()).text(request.organisation).take();
}
EvaluatePurpose read_purpose(ByteReader& in) {
    auto const purpose = in.number(EvaluatePurpose::delta);
    if (purpose < EvaluatePurpose::bulk) in.spoil();
    return purpose;
}

} // namespace

BudgetPeriod budget_period(std::string organisation, EvaluatePurpose purpose, std::uint32_t epoch, Instant now) {
    return {std::move(organisation), purpose, epoch, purpose == EvaluatePurpose::bulk ? Day{} : day_of(now)};
}

std::uint32_t BudgetBook::charged(BudgetPeriod const& period) const {
    auto const found = charged_.find(period);
    return found == charged_.end() ? 0 : found->second;
}

std::uint32_t BudgetBook::queries_of_day(std::string const& organisation, Day day) const {
    std::uint64_t sum = 0;
    for (auto const& [period, count] : charged_)
        if (period.organisation == organisation && period.purpose == EvaluatePurpose::query && period.day == day)
            sum += count;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(sum, UINT32_MAX));
}

bool BudgetBook::lost(BudgetPeriod const& period) const {
    if (period.purpose == EvaluatePurpose::bulk) return lost_bulk_.contains(period.epoch);
    return restored_at_ != Instant{} && period.day == day_of(restored_at_);
}

void BudgetBook::charge(BudgetPeriod const& period, std::uint32_t count, Effects& effects) {
    auto& total = charged_[period];
    assert(count <= std::numeric_limits<std::uint32_t>::max() - total);
    total += count;
    effects.put(Space::budget, total_key(period), ByteWriter().u32(total).take());
}

crypto::Sha256 const* BudgetBook::content(BudgetRequest const& request) const {
    auto const found = known_.find(request);
    return found == known_.end() ? nullptr : &found->second.content;
}

void BudgetBook::remember(Instant now, BudgetRequest const& request, crypto::Sha256 const& content,
                          BudgetPeriod const& period, Effects& effects) {
    known_.insert_or_assign(request, Known{content, now, period.purpose, period.epoch});
    effects.put(Space::budget, request_key(request),
                ByteWriter().raw(content.view()).instant(now).number(period.purpose).u32(period.epoch).take());
}

void BudgetBook::count_served(Effects& effects) {
    ++served_;
    save_served(effects);
}

void BudgetBook::restored(Instant now, std::uint64_t served, std::set<std::uint32_t> const& preparing,
                          Effects& effects) {
    served_ = served;
    restored_at_ = now;
    lost_bulk_.insert(preparing.begin(), preparing.end());
    save_served(effects);
}

void BudgetBook::settle(Instant now, std::set<std::uint32_t> const& preparing, Effects& effects) {
    if (restored_at_ == Instant{}) return;
    auto const opened = std::erase_if(lost_bulk_, [&](std::uint32_t epoch) { return !preparing.contains(epoch); });
    bool const over = lost_bulk_.empty() && day_of(restored_at_) < day_of(now);
    if (over) restored_at_ = {};
    if (over || opened != 0) save_served(effects);
}

void BudgetBook::forget_days(Instant now, Effects& effects) {
    auto const first_kept = day_of(now) - std::chrono::days(1);
    std::erase_if(charged_, [&](auto const& entry) {
        auto const& period = entry.first;
        if (period.purpose == EvaluatePurpose::bulk || period.day >= first_kept) return false;
        effects.erase(Space::budget, total_key(period));
        return true;
    });
}

void BudgetBook::forget_requests(Instant now, BulkAge const& bulk_age, Effects& effects) {
    std::erase_if(known_, [&](auto const& entry) {
        auto const& known = entry.second;
        auto since = known.at;
        if (known.purpose == EvaluatePurpose::bulk) {
            auto const ages_from = bulk_age(known.epoch);
            if (!ages_from) return false;
            since = std::max(since, *ages_from);
        }
        if (since + request_kept >= now) return false;
        effects.erase(Space::budget, request_key(entry.first));
        return true;
    });
}

void BudgetBook::forget(std::uint32_t epoch, Effects& effects) {
    std::erase_if(charged_, [&](auto const& entry) {
        // Queries are counted by the day, over all epochs: forget_days sweeps them.
        if (entry.first.epoch != epoch || entry.first.purpose == EvaluatePurpose::query) return false;
        effects.erase(Space::budget, total_key(entry.first));
        return true;
    });
    std::erase_if(known_, [&](auto const& entry) {
        if (entry.second.epoch != epoch) return false;
        effects.erase(Space::budget, request_key(entry.first));
        return true;
    });
    if (lost_bulk_.erase(epoch) != 0) save_served(effects);
}

void BudgetBook::save_served(Effects& effects) const {
    ByteWriter out;
    out.u64(served_).instant(restored_at_).u32(static_cast<std::uint32_t>(lost_bulk_.size()));
    for (auto const epoch : lost_bulk_) out.u32(epoch);
    effects.put(Space::budget, {served_row}, out.take());
}

Result<void> BudgetBook::restore(ByteView key, ByteView value) {
    if (key.empty()) return fail(Errc::damaged, stored);
    switch (key.front()) {
    case total_row: return restore_total(key.subspan(1), value);
    case request_row: return restore_request(key.subspan(1), value);
    case served_row: return restore_served(key.subspan(1), value);
    default: return fail(Errc::damaged, stored); // of bytes, not of an enumeration
    }
}

Result<void> BudgetBook::restore_total(ByteView key, ByteView value) {
    ByteReader name(key);
    auto const purpose = read_purpose(name);
    auto const epoch = name.u32();
    auto const day = name.day();
    auto organisation = name.text();
    FANLIGHT_TRY(name.finish(stored));
    ByteReader in(value);
    auto const total = in.u32();
    FANLIGHT_TRY(in.finish(stored));
    charged_.insert_or_assign(BudgetPeriod{std::move(organisation), purpose, epoch, day}, total);
    return ok();
}

Result<void> BudgetBook::restore_request(ByteView key, ByteView value) {
    ByteReader name(key);
    auto const id = name.tagged<RequestId>();
    auto organisation = name.text();
    FANLIGHT_TRY(name.finish(stored));
    ByteReader in(value);
    auto const content = in.tagged<crypto::Sha256>();
    auto const at = in.instant();
    auto const purpose = read_purpose(in);
    auto const epoch = in.u32();
    FANLIGHT_TRY(in.finish(stored));
    known_.insert_or_assign(BudgetRequest{std::move(organisation), id}, Known{content, at, purpose, epoch});
    return ok();
}

Result<void> BudgetBook::restore_served(ByteView key, ByteView value) {
    FANLIGHT_TRY(ByteReader(key).finish(stored));
    ByteReader in(value);
    auto const served = in.u64();
    auto const restored_at = in.instant();
    std::set<std::uint32_t> lost;
    for (auto left = in.count(); left != 0 && in.good(); --left) lost.insert(in.u32());
    FANLIGHT_TRY(in.finish(stored));
    served_ = served;
    restored_at_ = restored_at;
    lost_bulk_ = std::move(lost);
    return ok();
}

} // namespace fanlight::protocol
