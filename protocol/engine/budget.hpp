#pragma once
// A key holder's book: what it has charged to whom, which requests it knows, how much it has ever served. It decides
// nothing; key_holder.hpp has the rules. Every change is a row of Space::budget in the same effects:
//
//   'h' || u8 purpose || u32 epoch || u32 day || text(organisation)   u32 charged
//   'q' || request id || text(organisation)                           content hash || time || u8 purpose || u32 epoch
//   's'                                                               u64 served || time restored || u32 n || n * u32

#include "protocol/engine/effects.hpp"
#include "protocol/wire/wire.hpp"

#include <functional>
#include <map>
#include <set>

namespace fanlight::protocol {

/// What evaluations are counted by.
struct BudgetPeriod {
    std::string organisation;
    EvaluatePurpose purpose;
    std::uint32_t epoch = 0;
    Day day{}; ///< zero for bulk, which is counted over the whole time that an epoch is prepared
    auto operator<=>(BudgetPeriod const&) const = default;
};
BudgetPeriod budget_period(std::string organisation, EvaluatePurpose purpose, std::uint32_t epoch, Instant now);

/// A request as its organisation numbered it.
struct BudgetRequest {
    std::string organisation;
    RequestId id;
    auto operator<=>(BudgetRequest const&) const = default;
};

class BudgetBook {
  public:
    std::uint32_t charged(BudgetPeriod const& period) const;
    /// Over all epochs, destroyed ones included.
    std::uint32_t queries_of_day(std::string const& organisation, Day day) const;
    /// Whether it is taken as spent, because this book was restored while it ran.
    bool lost(BudgetPeriod const& period) const;
    /// The caller has looked at the limit; the sum fits.
    void charge(BudgetPeriod const& period, std::uint32_t count, Effects& effects);

    /// The content of the batch that was charged under this number; nullptr: none, or forgotten.
    crypto::Sha256 const* content(BudgetRequest const& request) const;
    void remember(Instant now, BudgetRequest const& request, crypto::Sha256 const& content, BudgetPeriod const& period,
                  Effects& effects);

    std::uint64_t served() const { return served_; }
    void count_served(Effects& effects);
    /// From now on the query and delta budgets of this day, and the bulk budgets of the epochs that are `preparing`,
    /// are lost, for everybody; and this many batches are taken as served.
    void restored(Instant now, std::uint64_t served, std::set<std::uint32_t> const& preparing, Effects& effects);
    Instant restored_at() const { return restored_at_; } ///< zero: never, or settle() found it over

    /// What was lost is over when the day is, and none of those epochs is preparing any more.
    void settle(Instant now, std::set<std::uint32_t> const& preparing, Effects& effects);
    /// Totals of days before yesterday: a clock that goes back a little refills nothing.
    void forget_days(Instant now, Effects& effects);
    /// From when on the bulk requests of an epoch age, if that is after they came; none: not yet.
    using BulkAge = std::function<std::optional<Instant>(std::uint32_t epoch)>;
    /// Requests that are older than request_kept.
    void forget_requests(Instant now, BulkAge const& bulk_age, Effects& effects);
    /// An epoch is destroyed, and everything that was counted in it.
    void forget(std::uint32_t epoch, Effects& effects);

    /// Errc::damaged.
    Result<void> restore(ByteView key, ByteView value);

    /// No message lives longer than limits::outbox_age_max, and nobody asks again after that.
    static constexpr Duration request_kept = limits::outbox_age_max + std::chrono::hours(24);

  private:
    struct Known {
        crypto::Sha256 content;
        Instant at{};
        EvaluatePurpose purpose;
        std::uint32_t epoch = 0;
    };
    Result<void> restore_total(ByteView key, ByteView value);
    Result<void> restore_request(ByteView key, ByteView value);
    Result<void> restore_served(ByteView key, ByteView value);
    void save_served(Effects& effects) const;

    std::map<BudgetPeriod, std::uint32_t> charged_;
    std::map<BudgetRequest, Known> known_;
    std::uint64_t served_ = 0;
    Instant restored_at_{};
    std::set<std::uint32_t> lost_bulk_;
};

} // namespace fanlight::protocol
