// The claim about erasure: with everything that is on the disk afterwards, the node key, and the old record of the
// person's key as a scan of the raw disk gives it, nothing that the log said of the person comes back; and every
// commitment, leaf and proof still verifies.

#include "base/byte_reader.hpp"
#include "crypto/labels.hpp"
#include "node/log/check_openings.hpp"
#include "node/log/verify.hpp"
#include "node/offline/keyring.hpp"
#include "node_log_support.hpp"
#include "protocol/engine/own_log.hpp"

#include <catch2/catch.hpp>

#include <map>

using namespace fanlight;
using namespace fanlight::node;
using crypto::Field;
using crypto::FieldTag;
using crypto::LeafClass;
using crypto::Pseudonym;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t events = 40;
constexpr auto canary_text = "CANARY: known to the team since spring";
constexpr std::size_t wraps_head = 49;
constexpr std::size_t wrap_record = 100;
constexpr std::size_t wrap_whose = 28; ///< person and place, in front of what is sealed
constexpr std::size_t key_place = 4096;

Pseudonym person_number(std::uint8_t which) {
    return Pseudonym::make([which](MutableBytes out) { std::ranges::fill(out, which); });
}
Pseudonym const canary = person_number(0xCA);
Pseudonym const neighbour = person_number(0xEE);

using DiskImage = std::map<std::string, Bytes>;

/// A node's data directory with a log that speaks of the canary and of a neighbour.
struct ErasureSite {
    log_test::Scratch scratch;
    crypto::SeededRandom random{17};
    NodeKey node_key = NodeKey::make([](MutableBytes out) { std::ranges::fill(out, std::uint8_t(0x4E)); });
    std::optional<Store> store;
    std::optional<LogDirectory> log;
    LogPosition at{2026, 0};

    ErasureSite() {
        REQUIRE(fs::create_directory(scratch / "log"));
        store.emplace(Store::create(file(), store_key(mode, node_key), opening_key(mode, node_key),
                                    wrap_key(mode, node_key), mode, random)
                          .value());
        log.emplace(LogDirectory::create(shard(), log_test::origin, log_test::log_key()).value());
        protocol::Effects effects;
        for (std::uint64_t i = 0; i < events; ++i) effects.leaves.push_back(event(i));
        effects.leaves.push_back(crypto::make_entry(LeafClass::filler, AgreementId(), {}, {}));
        apply(effects);
    }
    static constexpr Mode mode = Mode::practice;
    fs::path directory() const { return scratch / ""; }
    fs::path file() const { return scratch / "store.db"; }
    fs::path shard() const { return scratch / "log/2026"; }

    Field field(FieldTag tag, std::string_view value, std::optional<Pseudonym> const& about = {}) {
        return crypto::make_field(tag, as_bytes(value), random, about);
    }
    crypto::Entry event(std::uint64_t number) {
        std::vector fields{field(FieldTag::query, "query " + std::to_string(number))};
        for (auto const& who : {canary, neighbour}) {
            fields.push_back(field(FieldTag::subject, as_text(who.view()), who));
            fields.push_back(field(FieldTag::text, who == canary ? canary_text : "the neighbour's", who));
        }
        fields.push_back(field(FieldTag::stage, "1"));
        return crypto::make_entry(LeafClass::decision, AgreementId(), {}, std::move(fields));
    }
    void apply(protocol::Effects const& effects) {
        auto transaction = store->begin().value();
        REQUIRE(store->apply(effects, at));
        REQUIRE(transaction.commit());
        append();
    }
    void append() { REQUIRE(log->append(store->pending_from({2026, log->size()}).value())); }
    /// What a node does at every start.
    void erase_again() {
        std::vector<protocol::ErasedSubject> all;
        auto const erased = store->erased().value();
        for (auto const& [who, last] : erased) all.push_back({who, last});
        REQUIRE(store->erase(all));
    }
    static void order(protocol::Effects& effects, Pseudonym const& who, std::uint64_t last) {
        effects.put(protocol::Space::erased, to_bytes(who.view()),
                    ByteWriter().instant(Instant{}).text("decision 4").u32(2026).u64(last).take());
        effects.erase_subjects.push_back({who, {2026, last}});
    }
    /// As a node does it: a leaf, the name in the state, and then the keys. `after` comes in the same batch.
    void erase(Pseudonym const& who, std::uint64_t last = events - 1, std::vector<crypto::Entry> after = {}) {
        protocol::Effects effects;
        effects.leaves.push_back(crypto::make_entry(LeafClass::erasure, AgreementId(), {},
                                                    {field(FieldTag::note, "Art. 17 decision 4/2026")}));
        order(effects, who, last);
        protocol::Effects then;
        then.leaves = std::move(after);
        {
            auto transaction = store->begin().value();
            REQUIRE(store->apply(effects, at));
            REQUIRE(store->apply(then, at));
            REQUIRE(transaction.commit());
        }
        append();
        REQUIRE(store->erase(effects.erase_subjects));
    }
    void reopen() {
        store.reset();
        log.reset();
        store.emplace(Store::open(file(), store_key(mode, node_key), opening_key(mode, node_key),
                                  wrap_key(mode, node_key), mode, random)
                          .value());
        log.emplace(LogDirectory::open(shard(), log_test::origin, log_test::log_key()).value());
    }
    DiskImage image() const {
        DiskImage files;
        for (auto const& entry : fs::recursive_directory_iterator(directory())) {
            if (!entry.is_regular_file()) continue;
            std::ifstream in(entry.path(), std::ios::binary);
            files[fs::relative(entry.path(), directory())] = Bytes(std::istreambuf_iterator<char>(in), {});
        }
        return files;
    }
    void put(std::string const& name, Bytes const& bytes) const {
        std::ofstream(directory() / name, std::ios::binary | std::ios::trunc)
            .write(reinterpret_cast<char const*>(bytes.data()), std::streamsize(bytes.size()));
    }
    /// How many fields about this person can be read, in one leaf or in the first events.
    std::size_t readable_at(std::uint64_t position, Pseudonym const& who) const {
        auto const opening = store->opening(2026, position).value().value();
        std::size_t count = 0;
        for (auto const& one : opening) count += one.about == who && one.shown ? 1U : 0U;
        return count;
    }
    std::size_t readable(Pseudonym const& who) const {
        std::size_t count = 0;
        for (std::uint64_t i = 0; i < events; ++i) count += readable_at(i, who);
        return count;
    }
};

Bytes record_in(Bytes const& wraps, Pseudonym const& who) {
    for (auto at = wraps_head; at + wrap_record <= wraps.size(); at += wrap_record)
        if (std::ranges::equal(ByteView(wraps).subspan(at, 16), who.view()))
            return to_bytes(ByteView(wraps).subspan(at, wrap_record));
    return {};
}

/// Every key that somebody with the node key can make of it.
std::vector<Bytes> derived_keys(NodeKey const& key) {
    std::vector<Bytes> keys{to_bytes(key.reveal())};
    for (auto const mode : {Mode::practice, Mode::live})
        for (std::size_t label = 0; label < crypto::label_count; ++label) {
            Bytes derived(32);
            crypto::blake2b(derived, key.reveal(), {as_bytes(crypto::label(mode, static_cast<crypto::Label>(label)))});
            keys.push_back(std::move(derived));
        }
    return keys;
}

std::optional<Bytes> try_open(ByteView key, ByteView associated, ByteView nonce_and_sealed) {
    auto const locked = crypto::AeadKey::parse(key).value();
    auto const nonce = crypto::Nonce::parse(nonce_and_sealed.first(24)).value();
    auto plain = crypto::aead_open(locked, nonce, associated, nonce_and_sealed.subspan(24));
    return plain ? std::optional(std::move(plain).assume_value()) : std::nullopt;
}

Bytes label_and(crypto::Label label, ByteView about) {
    auto bytes = to_bytes(as_bytes(crypto::label(Mode::practice, label)));
    append(bytes, about);
    return bytes;
}

/// The subject key in an old record, looked for with the node key, everything made of it, whatever the places of
/// `key_file` open to, every subject key that is left, and every 32 bytes that stand in these files anywhere.
std::optional<Bytes> recover(Bytes const& record, NodeKey const& node_key, DiskImage const& image) {
    auto const& key_file = image.at("wraps.key");
    auto const& wraps = image.at("wraps");
    auto keys = derived_keys(node_key);
    auto const windows = [&](ByteView of) {
        for (std::size_t at = 0; at + 32 <= of.size(); ++at) keys.push_back(to_bytes(of.subspan(at, 32)));
    };
    auto const derived = keys;
    std::vector<Bytes> file_keys;
    for (auto const& key : derived)
        for (std::uint8_t place = 0; place < 2; ++place)
            for (std::uint8_t named = 0; named < 2; ++named)
                if (auto const plain = try_open(key, label_and(crypto::Label::wrap_key, ByteView(&named, 1)),
                                                ByteView(key_file).subspan(place * key_place, key_place))) {
                    windows(*plain);
                    file_keys.push_back(to_bytes(ByteView(*plain).first(32)));
                }
    for (auto at = wraps_head; at + wrap_record <= wraps.size(); at += wrap_record)
        for (auto const& key : file_keys) {
            auto const here = ByteView(wraps).subspan(at, wrap_record);
            if (auto const plain = try_open(key, label_and(crypto::Label::subject_wrap, here.first(wrap_whose)),
                                            here.subspan(wrap_whose)))
                keys.push_back(*plain);
        }
    windows(key_file);
    windows(wraps);
    auto const associated = label_and(crypto::Label::subject_wrap, ByteView(record).first(wrap_whose));
    for (auto const& key : keys)
        if (auto plain = try_open(key, associated, ByteView(record).subspan(wrap_whose))) return plain;
    return std::nullopt;
}

/// Whether `part` stands in `bytes` anywhere.
bool stands_in(ByteView bytes, ByteView part) {
    return std::search(bytes.begin(), bytes.end(), part.begin(), part.end()) != bytes.end();
}

} // namespace

TEST_CASE("erasure: with the disk and the node key, an erased person's old wrap found by a raw scan does not open") {
    ErasureSite site;
    REQUIRE(site.readable(canary) == 2 * events);
    auto const before = site.image();
    auto const old_record = record_in(before.at("wraps"), canary);
    REQUIRE(old_record.size() == wrap_record);
    // The search is worth something: before the erasure it finds the key.
    auto const key = recover(old_record, site.node_key, before);
    REQUIRE(key);

    site.erase(canary);
    site.store.reset();
    auto const after = site.image();
    for (auto const& [name, bytes] : after) {
        CAPTURE(name);
        CHECK_FALSE(stands_in(bytes, ByteView(old_record).subspan(wrap_whose, 24)));
        CHECK_FALSE(stands_in(bytes, *key));
        CHECK_FALSE(stands_in(bytes, as_bytes(canary_text)));
    }
    CHECK_FALSE(recover(old_record, site.node_key, after));
    // Nor with the old wraps file as a whole, every record and its head.
    auto old_wraps = after;
    old_wraps["wraps"] = before.at("wraps");
    CHECK_FALSE(recover(old_record, site.node_key, old_wraps));
    // What is claimed ends here: who has the old place of wraps.key as well has the person back.
    auto with_old_key = after;
    with_old_key["wraps.key"] = before.at("wraps.key");
    CHECK(recover(old_record, site.node_key, with_old_key) == key);
}

TEST_CASE("erasure: only the erased person's fields are gone, and every commitment, leaf and proof verifies") {
    ErasureSite site;
    auto const head = site.log->head();
    auto const leaves = site.log->leaves(0, events).value();
    auto const whole = check_openings(*site.store, *site.log, 2026).value();
    CHECK(whole.checked == events);
    CHECK(whole.fillers == 1);
    CHECK(whole.erased_fields == 0);
    site.erase(canary);
    for (int restart = 0; restart < 2; ++restart) {
        CHECK(site.readable(canary) == 0);
        CHECK(site.readable(neighbour) == 2 * events);
        auto const counts = check_openings(*site.store, *site.log, 2026).value();
        CHECK(counts.checked == events + 1); // and the erasure's own leaf
        CHECK(counts.fillers == 1);
        CHECK(counts.erased_fields == 2 * events);
        auto const report = verify_log(site.shard(), log_test::public_key()).value();
        CHECK(report.leaves == events + 2);
        for (std::uint64_t i = 0; i < events; ++i) {
            auto const leaf = site.log->leaf(i).value();
            CHECK(leaf.bytes() == leaves[i].bytes());
            auto const proof = site.log->inclusion_proof(i, head.size).value();
            CHECK(crypto::verify_inclusion(i, head.size, crypto::leaf_hash(leaf.bytes()), proof, head.root));
            auto const opening = site.store->opening(2026, i).value().value();
            CHECK(crypto::commitment_of(opening).value() == leaf.commitment);
            // What is left can still be shown to somebody: value and salt make the hash.
            CHECK(as_text(crypto::first_of(opening, FieldTag::query).value()) == "query " + std::to_string(i));
        }
        site.reopen();
    }
}

TEST_CASE("erasure: a backup brings the person back until the node erases again, which it does at every start") {
    ErasureSite site;
    auto const backup = site.image();
    site.erase(canary);
    site.store.reset();
    site.put("wraps", backup.at("wraps"));
    site.put("wraps.key", backup.at("wraps.key"));
    site.reopen();
    CHECK(site.readable(canary) == 2 * events);
    std::map<Pseudonym, protocol::LeafPlace> const erased{{canary, {2026, events - 1}}};
    CHECK(site.store->erased().value() == erased);
    site.erase_again();
    CHECK(site.readable(canary) == 0);
    CHECK(site.readable(neighbour) == 2 * events);
    CHECK_FALSE(recover(record_in(backup.at("wraps"), canary), site.node_key, site.image()));
}

TEST_CASE("erasure: what is logged about the person later stays, over every restart, until it is erased as well") {
    ErasureSite site;
    auto const backup = site.image();
    auto const log_one = [&] {
        protocol::Effects effects;
        effects.leaves.push_back(site.event(events));
        site.apply(effects);
        return site.at.next - 1;
    };
    std::vector<std::uint64_t> later;
    SECTION("in the batch of the erasure") {
        site.erase(canary, events - 1, {site.event(events), site.event(events + 1)});
        later = {site.at.next - 2, site.at.next - 1};
    }
    SECTION("after it") {
        site.erase(canary);
        later = {log_one(), log_one()};
    }
    auto const check = [&](bool stays) {
        CHECK(site.readable(canary) == 0);
        CHECK(site.readable(neighbour) == 2 * events);
        for (auto const position : later) {
            CHECK(site.readable_at(position, canary) == (stays ? 2U : 0U));
            CHECK(site.readable_at(position, neighbour) == 2);
        }
        CHECK(check_openings(*site.store, *site.log, 2026));
    };
    check(true);
    for (int restart = 0; restart < 2; ++restart) {
        site.reopen();
        site.erase_again();
        check(true);
        later.push_back(log_one());
    }
    // A crash between the commit of an erasure and the destruction: the start does it.
    auto const last = later.back();
    protocol::Effects ordered;
    ErasureSite::order(ordered, canary, last);
    ordered.leaves.push_back(site.event(events)); // in the very step
    site.apply(ordered);
    auto const newest = site.at.next - 1;
    site.reopen();
    CHECK(site.readable_at(last, canary) == 2);
    CHECK(site.readable_at(newest, canary) == 2);
    site.erase_again();
    check(false);
    CHECK(site.readable_at(newest, canary) == 2);
    // The wraps of before all of it bring back nobody who is erased.
    site.store.reset();
    site.put("wraps", backup.at("wraps"));
    site.put("wraps.key", backup.at("wraps.key"));
    site.reopen();
    CHECK(site.readable(canary) == 2 * events);
    site.erase_again();
    CHECK(site.readable(canary) == 0);
    CHECK(site.readable(neighbour) == 2 * events);
    CHECK_FALSE(recover(record_in(backup.at("wraps"), canary), site.node_key, site.image()));
}

TEST_CASE("openings check: a key that is gone without an erasure is named, and so is a lost or another opening") {
    ErasureSite site;
    SECTION("a key") {
        std::vector<protocol::ErasedSubject> const gone{{neighbour, {2026, events}}};
        REQUIRE(site.store->erase(gone)); // nothing in the state says so
        auto const checked = check_openings(*site.store, *site.log, 2026);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().code == Errc::missing);
        CHECK(checked.error().at == 1);
    }
    SECTION("a wraps file that is one record shorter") {
        site.store.reset();
        auto wraps = site.image().at("wraps");
        wraps.resize(wraps.size() - wrap_record);
        site.put("wraps", wraps);
        site.reopen();
        CHECK(check_openings(*site.store, *site.log, 2026).error().code == Errc::missing);
    }
    SECTION("an opening") {
        site.store.reset();
        {
            auto database = Database::open(site.file(), store_key(ErasureSite::mode, site.node_key)).value();
            REQUIRE(database.execute("DELETE FROM opening WHERE position = 7"));
        }
        site.reopen();
        auto const checked = check_openings(*site.store, *site.log, 2026);
        CHECK(checked.error().code == Errc::missing);
        CHECK(checked.error().at == 8);
    }
    SECTION("one of another leaf") {
        protocol::Effects effects;
        effects.leaves.push_back(site.event(events));
        effects.leaves.back().leaf.commitment = crypto::sha256({as_bytes("another")});
        site.apply(effects);
        auto const checked = check_openings(*site.store, *site.log, 2026);
        CHECK(checked.error().code == Errc::damaged);
        CHECK(checked.error().at == events + 2);
    }
    SECTION("a flipped bit in one") {
        site.store.reset();
        {
            auto database = Database::open(site.file(), store_key(ErasureSite::mode, site.node_key)).value();
            auto read = database.prepare("SELECT sealed FROM opening WHERE position = 3").value();
            REQUIRE(read.step().value());
            auto sealed = to_bytes(read.blob(0));
            read.reset();
            sealed[sealed.size() / 2] ^= 1U;
            auto write = database.prepare("UPDATE opening SET sealed = ? WHERE position = 3").value();
            REQUIRE(write.bind(1, ByteView(sealed)).run());
        }
        site.reopen();
        CHECK(check_openings(*site.store, *site.log, 2026).error().code == Errc::bad_signature);
        CHECK_FALSE(site.store->opening(2026, 3));
    }
}
