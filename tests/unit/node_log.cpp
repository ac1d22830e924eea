// The log on disk: its layout, what it gives out, and what a flipped bit in any file does.

#include "node_log_support.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <optional>
#include <sys/stat.h>

using namespace fanlight;
using namespace fanlight::node;
using namespace fanlight::node::log_test;

TEST_CASE("tile: paths are those of the specification, and only those are read") {
    Tile const tile{Tile::Kind::hashes, 3, 1234067, 256};
    CHECK(tile_path(tile) == "tile/3/x001/x234/067");
    CHECK(tile_path({Tile::Kind::entries, 0, 0, 1}) == "tile/entries/000.p/1");
    CHECK(tile_path({Tile::Kind::entries, 0, 999, 255}) == "tile/entries/999.p/255");
    CHECK(tile_path({Tile::Kind::hashes, 0, 1000, 256}) == "tile/0/x001/000");
    for (auto const* const path :
         {"tile/3/x001/x234/067", "tile/entries/000.p/1", "tile/0/999.p/255", "tile/0/x001/000.p/17", "tile/7/000"}) {
        auto const parsed = parse_tile_path(path);
        REQUIRE(parsed);
        CHECK(tile_path(*parsed) == path);
    }
    for (auto const* const path : {"",
                                   "tile",
                                   "tile/",
                                   "tile/0",
                                   "tile/0/",
                                   "tile/8/000",
                                   "tile/00/000",
                                   "tile/0/00",
                                   "tile/0/0000",
                                   "tile/0/000.p",
                                   "tile/0/000.p/",
                                   "tile/0/000.p/0",
                                   "tile/0/000.p/256",
                                   "tile/0/000.p/01",
                                   "tile/0/000.p/1x",
                                   "tile/0/x000/001",
                                   "tile/0/x001",
                                   "tile/0/x001/",
                                   "tile/entries/-01",
                                   "checkpoint",
                                   "tile/0/x999/x999/x999/x999/x999/x999/x999/999"}) {
        INFO(path);
        CHECK(!parse_tile_path(path));
    }
}

TEST_CASE("log: a new one is empty, signed, private, and made once") {
    Scratch const scratch;
    auto const path = scratch / "log";
    {
        auto const log = create(path);
        CHECK(log.size() == 0);
        CHECK(log.head().root == crypto::empty_root());
    }
    check_log(path, 0);
    CHECK(LogDirectory::create(path, origin, log_key()).error().code == Errc::exists);
    CHECK(open(scratch / "none").error().code == Errc::missing);
    CHECK(LogDirectory::create(scratch / "a" / "b", origin, log_key()).error().code == Errc::io);
    CHECK(LogDirectory::create(scratch / "c", "two words", log_key()).error().code == Errc::malformed);
    // Tiles whose checkpoint is lost are no place for a new log.
    make_log(scratch / "lost", {3});
    fs::remove(scratch / "lost" / "checkpoint");
    CHECK(LogDirectory::create(scratch / "lost", origin, log_key()).error().code == Errc::exists);
    CHECK(open(scratch / "lost").error().code == Errc::missing);
}

TEST_CASE("log: files are 0600 and directories 0700") {
    Scratch const scratch;
    make_log(scratch / "log", {1, 300});
    struct ::stat status {};
    REQUIRE(::stat((scratch / "log").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0700U);
    for (auto const& entry : fs::recursive_directory_iterator(scratch / "log")) {
        REQUIRE(::stat(entry.path().c_str(), &status) == 0);
        CHECK((status.st_mode & 0777U) == (entry.is_directory() ? 0700U : 0600U));
    }
}

TEST_CASE("log: one writer at a time, and only with its key and origin") {
    Scratch const scratch;
    auto const path = scratch / "log";
    {
        auto log = create(path);
        CHECK(open(path).error().code == Errc::refused);
        grow_to(log, 2);
        auto const moved = std::move(log);
        CHECK(open(path).error().code == Errc::refused);
        CHECK(verify_log(path, public_key())); // readers need no lock
    }
    CHECK(open(path));
    crypto::SeededRandom random(27);
    auto const other = crypto::SigningKey::generate(random);
    CHECK(LogDirectory::open(path, origin, other).error().code == Errc::wrong_key);
    CHECK(LogDirectory::open(path, "hub.example.gov.uk/other", log_key()).error().code == Errc::wrong_key);
    CHECK(verify_log(path, {origin, other.verify_key()}).error().code == Errc::missing);
}

TEST_CASE("log: 70,000 leaves make the tiles of the specification's example") {
    Scratch const scratch;
    make_log(scratch / "log", {70'000});
    auto const files = snapshot(scratch / "log");
    std::map<std::string, std::size_t> full, partial;
    for (auto const& [path, text] : files) {
        auto const tile = parse_tile_path(path);
        if (!tile) continue;
        auto const level = tile->kind == Tile::Kind::entries ? "entries" : std::to_string(tile->level);
        CHECK(text.size() == tile->size_bytes());
        if (tile->is_full()) {
            ++full[level];
        } else {
            partial[level] = tile->width;
        }
    }
    CHECK(full == std::map<std::string, std::size_t>{{"0", 273}, {"1", 1}, {"entries", 273}});
    CHECK(partial == std::map<std::string, std::size_t>{{"0", 112}, {"1", 17}, {"2", 1}, {"entries", 112}});
    check_log(scratch / "log", 70'000);
    auto const log = open(scratch / "log").value();
    for (std::uint64_t const index : {0ULL, 255ULL, 256ULL, 65'535ULL, 65'536ULL, 69'887ULL, 69'888ULL, 69'999ULL}) {
        auto const leaf = crypto::leaf_hash(leaf_at(index).bytes());
        auto const proof = log.inclusion_proof(index, 70'000).value();
        CHECK(crypto::verify_inclusion(index, 70'000, leaf, proof, log.head().root));
    }
    for (std::uint64_t const size : {1ULL, 255ULL, 65'535ULL, 65'536ULL, 65'537ULL, 69'999ULL}) {
        auto const proof = log.consistency_proof(size, 70'000).value();
        auto const old_root = root_of(leaves_at(0, size));
        CHECK(log.root_at(size).value() == old_root);
        CHECK(crypto::verify_consistency(size, 70'000, old_root, log.head().root, proof));
    }
}

TEST_CASE("log: 256 leaves are a full tile and a partial one of width 1 above it") {
    Scratch const scratch;
    make_log(scratch / "log", {256});
    auto const files = snapshot(scratch / "log");
    CHECK(files.size() == 4);
    CHECK(files.count("tile/0/000") == 1);
    CHECK(files.count("tile/entries/000") == 1);
    CHECK(files.count("tile/1/000.p/1") == 1);
}

TEST_CASE("log: partial tiles of published heads stay until their full tile is published") {
    Scratch const scratch;
    auto const path = scratch / "log";
    auto log = create(path);
    for (std::uint64_t const size : {1U, 2U, 100U, 255U}) grow_to(log, size);
    for (auto const* const width : {"1", "2", "100", "255"}) {
        CHECK(fs::exists(path / "tile/0/000.p" / width));
        CHECK(fs::exists(path / "tile/entries/000.p" / width));
    }
    grow_to(log, 257);
    grow_to(log, 258); // removal is spread over publishes
    CHECK(!fs::exists(path / "tile/0/000.p"));
    CHECK(!fs::exists(path / "tile/entries/000.p"));
    CHECK(fs::exists(path / "tile/0/000"));
    CHECK(verify_log(path, public_key()).value().unsigned_files == 0);
}

TEST_CASE("log: partial tiles left over by a stop are removed after the next start") {
    Scratch const scratch;
    auto const path = scratch / "log";
    {
        auto log = create(path);
        for (std::uint64_t size = 1; size <= 256; ++size) grow_to(log, size);
    }
    CHECK(fs::exists(path / "tile/0/000.p"));
    auto log = open(path).value();
    for (std::uint64_t size = 257; size <= 320; ++size) grow_to(log, size);
    CHECK(!fs::exists(path / "tile/0/000.p"));
    CHECK(!fs::exists(path / "tile/entries/000.p"));
    CHECK(fs::exists(path / "tile/0/001.p/1"));
    CHECK(verify_log(path, public_key()).value().unsigned_files == 0);
}

TEST_CASE("log: leaves, proofs and roots outside it are refused") {
    Scratch const scratch;
    auto log = create(scratch / "log");
    CHECK(log.append({}));
    CHECK(log.leaf(0).error().code == Errc::missing);
    CHECK(log.inclusion_proof(0, 0).error().code == Errc::malformed);
    grow_to(log, 300);
    CHECK(log.leaf(299));
    CHECK(log.leaf(300).error().code == Errc::missing);
    CHECK(log.leaf(300).error().at == 301);
    CHECK(log.leaves(299, 2).error().code == Errc::missing);
    CHECK(log.leaves(~0ULL, 2).error().code == Errc::missing);
    CHECK(log.leaves(300, 0).value().empty());
    CHECK(log.inclusion_proof(299, 300));
    CHECK(log.inclusion_proof(300, 300).error().code == Errc::malformed);
    CHECK(log.inclusion_proof(0, 301).error().code == Errc::malformed);
    CHECK(log.consistency_proof(1, 301).error().code == Errc::malformed);
    CHECK(log.consistency_proof(300, 299).error().code == Errc::malformed);
    CHECK(log.consistency_proof(0, 300).value().empty());
    CHECK(log.root_at(301).error().code == Errc::malformed);
    CHECK(log.root_at(0).value() == crypto::empty_root());
}

TEST_CASE("log: it only ever grows, whatever the batches, and any head is proved from any other") {
    REQUIRE(rc::check("append-only", [] {
        Scratch const scratch;
        std::optional<LogDirectory> log(create(scratch / "log"));
        std::uint64_t size = 0;
        for (auto rounds = *rc::gen::inRange(1, 8); rounds > 0; --rounds) {
            auto const batch = *rc::gen::inRange<std::uint64_t>(0, 400);
            if (*rc::gen::arbitrary<bool>()) {
                log.reset();
                log.emplace(open(scratch / "log").value());
            }
            auto const old_head = log->head();
            RC_ASSERT(old_head.size == size);
            RC_ASSERT(log->append(leaves_at(size, batch)).has_value());
            size += batch;
            auto const proof = log->consistency_proof(old_head.size, size).value();
            auto const grown =
                crypto::verify_consistency(old_head.size, size, old_head.root, log->head().root, proof).has_value();
            RC_ASSERT(grown);
            RC_ASSERT(log->root_at(old_head.size).value() == old_head.root);
        }
        RC_ASSERT(log->head().root == root_of(leaves_at(0, size)));
        auto const report = verify_log(scratch / "log", public_key());
        RC_ASSERT(report.has_value());
        RC_ASSERT(report.value().leaves == size);
        RC_ASSERT(report.value().unsigned_files == 0U);
        std::uint64_t counted = 0;
        for (auto const count : report.value().by_class) counted += count;
        RC_ASSERT(counted == size);
        RC_ASSERT(report.value().by_class[0] == 0U);
    }));
}

TEST_CASE("verify: a bit flipped anywhere in any file is found") {
    Scratch const scratch;
    auto const path = scratch / "log";
    make_log(path, {3, 7, 250, 256, 280, 300});
    {
        auto log = open(path).value();
        for (std::uint64_t const size : {301U, 400U, 768U, 770U}) grow_to(log, size);
    }
    REQUIRE(verify_log(path, public_key()).value().unsigned_files == 0);
    crypto::SeededRandom random(9);
    for (auto const& [file, text] : snapshot(path)) {
        auto const step = file == "checkpoint" ? std::size_t(1) : text.size() / 24 + 1;
        for (std::size_t at = 0; at < text.size(); at += step) {
            std::array<std::uint8_t, 2> draw{};
            random.fill(draw);
            auto const place = std::min(text.size() - 1, at + draw[0] % step);
            Flip const flip(path / file, place, draw[1] % 8);
            INFO(file << " byte " << place);
            auto const report = verify_log(path, public_key());
            REQUIRE(!report);
            auto const tile = parse_tile_path(file);
            if (tile && tile->kind == Tile::Kind::entries && (tile->is_full() || tile->width == 770 % 256)) {
                CHECK(report.error().at == tile->number * 256 + place / entry_bytes + 1);
            } else if (tile) {
                CHECK(report.error().at != 0);
                CHECK(report.error().code == Errc::damaged);
            }
        }
    }
    CHECK(verify_log(path, public_key()));
}

TEST_CASE("verify: a file that is gone, longer or shorter is found") {
    Scratch const scratch;
    auto const path = scratch / "log";
    make_log(path, {3, 300});
    for (auto const& [file, text] : snapshot(path)) {
        INFO(file);
        // An older partial file may be gone: that is not for the checkpoint to know.
        auto const older = file.find("000.p/3") != std::string::npos;
        fs::remove(path / file);
        CHECK(verify_log(path, public_key()).has_value() == older);
        for (auto const& changed : {text + '\0', text.substr(0, text.size() - 1), std::string()}) {
            write_text(path / file, changed);
            auto const report = verify_log(path, public_key());
            REQUIRE(!report);
            if (file == "checkpoint" || older) continue;
            CHECK(std::string(report.error().mend) == "The file has the wrong size.");
        }
        write_text(path / file, text);
    }
    CHECK(verify_log(path, public_key()));
}

TEST_CASE("verify: a signed head over another tree is found") {
    Scratch const scratch;
    auto const path = scratch / "log";
    make_log(path, {5});
    write_text(path / "checkpoint", crypto::sign_checkpoint({origin, 5, root_of(leaves_at(0, 5, 1))}, log_key()));
    auto const report = verify_log(path, public_key());
    REQUIRE(!report);
    CHECK(report.error().code == Errc::damaged);
    CHECK(std::string(report.error().where) == "log: checkpoint");
    CHECK(open(path).error().code == Errc::damaged);
}

TEST_CASE("verify: a full tile may stand in for its partial tile") {
    Scratch const scratch;
    auto const path = scratch / "log";
    auto const steps = publish(path, 255, 256);
    auto files = steps.after;
    files["checkpoint"] = steps.before.at("checkpoint"); // a backup that read the checkpoint first
    for (auto const* const partial : {"tile/0/000.p/255", "tile/entries/000.p/255"}) files.erase(partial);
    restore(path, files);
    auto const report = verify_log(path, public_key());
    REQUIRE(report);
    CHECK(report.value().leaves == 255);
    CHECK(report.value().unsigned_files == 3);
    CHECK(open(path).value().size() == 255);
}

TEST_CASE("verify: leaves of another form are refused even under a good root and signature") {
    Scratch const scratch;
    auto const path = scratch / "log";
    auto const good = leaves_at(0, 3);
    auto const check = [&](char const* where, std::uint64_t at, Bytes const& second, std::uint16_t length) {
        Bytes bundle, hashes;
        crypto::TreeHead head;
        for (std::size_t i = 0; i < good.size(); ++i) {
            auto const bytes = i == 1 ? second : to_bytes(good[i].bytes());
            append_u16(bundle, i == 1 ? length : std::uint16_t(96));
            append(bundle, bytes);
            auto const hash = crypto::leaf_hash(bytes);
            append(hashes, hash.view());
            head.append(hash);
        }
        restore(path, {{"tile/entries/000.p/3", std::string(as_text(bundle))},
                       {"tile/0/000.p/3", std::string(as_text(hashes))},
                       {"checkpoint", crypto::sign_checkpoint({origin, 3, head.root()}, log_key())}});
        auto const report = verify_log(path, public_key());
        auto const log = open(path);
        CHECK(report.has_value() == (where == nullptr));
        CHECK(log.has_value() == (where == nullptr));
        if (report || where == nullptr) return;
        CHECK(std::string(report.error().where) == where);
        CHECK(report.error().at == at);
        CHECK(report.error().code == Errc::damaged);
        CHECK(log.error().code == Errc::damaged);
    };
    auto const leaf = to_bytes(good[1].bytes());
    check(nullptr, 0, leaf, 96);
    auto reserved = leaf;
    reserved[15] = 1;
    check("log leaf: reserved bytes", 2, reserved, 96);
    auto other_class = leaf;
    other_class[4] = 23;
    check("log leaf: class", 2, other_class, 96);
    auto magic = leaf;
    magic[3] = '2';
    check("log leaf: first four bytes", 2, magic, 96);
    check("log: length of a leaf, leaves counted from 1", 2, leaf, 95);
    auto longer = leaf;
    longer.push_back(0);
    check("log: tile/entries, bundles counted from 1", 1, longer, 97);
}

TEST_CASE("log: a leaf or proof that would rest on a damaged tile is not given out") {
    Scratch const scratch;
    auto const path = scratch / "log";
    make_log(path, {600});
    auto const log = open(path).value();
    {
        Flip const flip(path / "tile/entries/000", 98 * 5 + 70, 0);
        CHECK(log.leaf(4));
        auto const leaf = log.leaf(5);
        REQUIRE(!leaf);
        CHECK(leaf.error().code == Errc::damaged);
        CHECK(leaf.error().at == 6);
    }
    {
        Flip const flip(path / "tile/0/001", 17, 3);
        CHECK(log.inclusion_proof(3, 600)); // needs only the root of that tile
        auto const proof = log.inclusion_proof(256, 600);
        REQUIRE(!proof);
        CHECK(proof.error().code == Errc::damaged);
        CHECK(std::string(proof.error().where) == "log: tile/0, tiles counted from 1");
        CHECK(proof.error().at == 2);
        CHECK(!log.consistency_proof(300, 600));
        CHECK(!log.leaf(300));
    }
    CHECK(log.inclusion_proof(256, 600));
}

TEST_CASE("open: a right edge that does not hash to the signed root is damage") {
    Scratch const scratch;
    auto const path = scratch / "log";
    make_log(path, {600});
    for (auto const* const file : {"tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/002.p/88"}) {
        INFO(file);
        auto const text = read_text(path / file);
        {
            Flip const flip(path / file, text.size() / 2 + 30, 1); // inside a leaf, not its length
            CHECK(open(path).error().code == Errc::damaged);
        }
        fs::remove(path / file);
        CHECK(open(path).error().code == Errc::damaged);
        write_text(path / file, text);
    }
    {
        Flip const flip(path / "checkpoint", 50, 0);
        CHECK(!open(path));
    }
    CHECK(open(path));
}
