// A log that came back from others, put in the place of an older copy: on real directories, cut off at every step.

#include "node/log/check_openings.hpp"
#include "node/log/restore.hpp"
#include "node_store_support.hpp"

#include <catch2/catch.hpp>

using namespace fanlight;
using namespace fanlight::node;
using namespace fanlight::node::store_test;
using crypto::FieldTag;
using crypto::LeafClass;
using protocol::Restorer;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t at_backup = 300; // more than one tile
constexpr std::uint64_t at_loss = 540;
constexpr std::uint64_t meanwhile_count = 3;

/// A node's data directory: store and log, closed and opened at will.
struct RestoreSite {
    log_test::Scratch scratch;
    crypto::SeededRandom random{31};
    std::optional<Store> store;
    std::optional<LogDirectory> log;
    LogPosition at{2026, 0};
    Restorer::Restored restored;

    RestoreSite() {
        REQUIRE(fs::create_directories(node() / "log"));
        store.emplace(Store::create(node() / "store.db", key_of(), Shelf::opening_key(), Shelf::wrap_key(),
                                    Mode::practice, random)
                          .value());
        log.emplace(open_shard_log(*store, shard(), log_test::log_key(), {}).value());
        write(at_backup, "before the backup");
        close();
        fs::copy(node(), backup(), fs::copy_options::recursive);
        open();
        write(at_loss - at_backup, "after the backup");
        restored = {2026, at_backup,   log->leaves(at_backup, at_loss - at_backup).value(),
                    {},   log->head(), log->signed_head(),
                    {}};
        close();
        fs::remove_all(node());
        fs::copy(backup(), node(), fs::copy_options::recursive);
        open();
        write(meanwhile_count, "by the copy");
    }
    fs::path node() const { return scratch / "node"; }
    fs::path backup() const { return scratch / "backup"; }
    fs::path logs() const { return node() / "log"; }
    LogShard shard() const { return {2026, logs() / "2026", log_test::origin}; }
    bool has(char const* name) const { return fs::exists(logs() / name); }

    void write(std::uint64_t count, char const* text) {
        protocol::Effects effects;
        for (std::uint64_t i = 0; i < count; ++i) {
            std::vector fields{crypto::make_field(FieldTag::text, as_bytes(text), random),
                               crypto::make_field(FieldTag::time, ByteView(Bytes(8, 1)), random),
                               crypto::make_field(FieldTag::peer, as_bytes("police"), random)};
            effects.leaves.push_back(crypto::make_entry(LeafClass::query_received, AgreementId(),
                                                        random.make<crypto::ExchangeTag>(), std::move(fields)));
        }
        auto transaction = store->begin().value();
        REQUIRE(store->apply(effects, at));
        REQUIRE(transaction.commit());
        REQUIRE(append_pending(*store, 2026, *log));
    }
    void close() {
        log.reset();
        store.reset();
    }
    void open_store() {
        store.emplace(
            Store::open(node() / "store.db", key_of(), Shelf::opening_key(), Shelf::wrap_key(), Mode::practice, random)
                .value());
    }
    void open() {
        if (!store) open_store();
        log.emplace(open_shard_log(*store, shard(), log_test::log_key(), {}).value());
        at = {2026, log->size()};
    }

    Result<void> rebuild() { return rebuild_log(*log, shard(), restored, log_test::log_key()); }
    /// As Node::after_restore has it.
    void commit_store() {
        auto transaction = store->begin().value();
        auto const meanwhile = take_out(*store, *log, 2026, restored);
        REQUIRE(meanwhile);
        protocol::Effects effects;
        auto const record = restored.record(Instant(today));
        effects.put(protocol::Space::restored, restored_key(record), restored_value(record));
        effects.leaves.push_back(crypto::make_entry(
            LeafClass::gap, AgreementId(), {}, {crypto::make_field(FieldTag::text, as_bytes("restored"), random)}));
        for (auto const& one : meanwhile.value())
            effects.leaves.push_back(crypto::make_entry(one.kind, AgreementId(), one.exchange, one.fields));
        LogPosition behind{2026, record.end};
        REQUIRE(store->apply(effects, behind));
        REQUIRE(transaction.commit());
    }
    Result<bool> resume() { return resume_restore(*store, shard(), log_test::log_key(), {}); }

    void check_restored() {
        close();
        REQUIRE(refuse_unfinished(logs()));
        open();
        REQUIRE(log->size() == at_loss + 1 + meanwhile_count);
        CHECK(log->root_at(at_loss).value() == restored.head.root);
        auto const report = verify_log(shard().directory, log_test::public_key());
        REQUIRE(report);
        CHECK(report.value().unsigned_files == 0);
        auto const checked = check_openings(*store, *log, 2026);
        REQUIRE(checked);
        CHECK(checked.value().lost == at_loss - at_backup);
        CHECK(checked.value().checked == at_backup + 1 + meanwhile_count);
        CHECK(checked.value().restored_at == Instant(today));
        for (auto i = at_loss + 1; i < log->size(); ++i) {
            auto const opening = store->opening(2026, i).value();
            REQUIRE(opening);
            CHECK(as_text(*crypto::first_of(*opening, FieldTag::text)) == "by the copy");
        }
        // Ends of exchanges are those of openings that are there.
        auto const ends = exchanges(store->reader(), PartyId::parse("police").value(), {}, 10'000).value();
        CHECK(ends.size() == at_backup + meanwhile_count);
        CHECK(has("2026.before-restore"));
        CHECK_FALSE(has("2026.restoring"));
        // And it goes on.
        write(1, "after the restore");
        CHECK(check_openings(*store, *log, 2026));
    }
};

} // namespace

TEST_CASE("restore: the log comes back whole, what the copy wrote follows it, and lost openings are counted") {
    RestoreSite site;
    REQUIRE(site.rebuild());
    site.commit_store();
    site.close();
    REQUIRE(swap_logs(site.shard().directory));
    site.check_restored();
    // The older copy is kept as it was.
    auto const kept = verify_log(site.logs() / "2026.before-restore", log_test::public_key());
    REQUIRE(kept);
    CHECK(kept.value().leaves == at_backup + meanwhile_count);
}

TEST_CASE("restore: cut off anywhere, no node runs on it, and the next one begins anew or goes on") {
    RestoreSite site;
    auto const cut_at = GENERATE(0, 1, 2, 3, 4);
    CAPTURE(cut_at);
    auto const directory = site.shard().directory;
    if (cut_at == 0) { // the new log has no head yet
        REQUIRE(fs::create_directory(site.logs() / "2026.restoring"));
    } else if (cut_at == 1) { // it has none of its leaves
        REQUIRE(LogDirectory::create(site.logs() / "2026.restoring", log_test::origin, log_test::log_key()));
    } else {
        REQUIRE(site.rebuild());
        if (cut_at > 2) site.commit_store();
        site.close();
        if (cut_at > 3) fs::rename(directory, site.logs() / "2026.before-restore");
    }
    site.close();
    CHECK(refuse_unfinished(site.logs()).error().code == Errc::refused);
    site.open_store();
    auto const resumed = site.resume();
    REQUIRE(resumed);
    CHECK(resumed.value() == (cut_at > 2));
    if (!resumed.value()) {
        CHECK_FALSE(site.has("2026.restoring"));
        site.open();
        CHECK(site.log->size() == at_backup + meanwhile_count);
        CHECK(check_openings(*site.store, *site.log, 2026));
        REQUIRE(site.rebuild());
        site.commit_store();
        site.close();
        REQUIRE(swap_logs(directory));
    }
    site.check_restored();
    CHECK_FALSE(site.resume().value());
}

TEST_CASE("restore: leaves that are not those of the signed head change nothing") {
    RestoreSite site;
    site.restored.leaves.back() = site.restored.leaves.front();
    CHECK(site.rebuild().error().code == Errc::bad_signature);
    CHECK_FALSE(site.resume().value());
    CHECK_FALSE(site.has("2026.restoring"));
    CHECK(site.log->size() == at_backup + meanwhile_count);
}

TEST_CASE("restore: a second one stands beside the first") {
    RestoreSite site;
    for (int i = 0; i < 2; ++i) {
        REQUIRE(site.rebuild());
        site.commit_store();
        site.close();
        REQUIRE(swap_logs(site.shard().directory));
        site.open();
        site.restored.leaves.clear();
        site.restored.common = site.log->size();
    }
    CHECK(site.has("2026.before-restore"));
    CHECK(site.has("2026.before-restore-2"));
    CHECK(site.store->restored().value().size() == 2);
    CHECK(check_openings(*site.store, *site.log, 2026));
}
