// The check of a log by outsiders: a whole one passes, and nothing that was changed, lost or replaced does.

#include "node/log/fsck.hpp"
#include "tests/unit/node_log_support.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <string>

using namespace fanlight;
using namespace fanlight::node;
using namespace fanlight::node::log_test;

namespace {

crypto::SigningKey key_of_seed(std::uint8_t seed) {
    return crypto::SigningKey::from_seed(Bytes(crypto::SigningKey::seed_bytes, seed)).value();
}

std::string witness_name(std::uint8_t seed) {
    return "hub.example.gov.uk/witness/" + std::to_string(seed);
}

std::string witness_line(std::uint8_t seed) {
    return "witness w" + std::to_string(seed) + " " +
           crypto::cosigning_vkey({witness_name(seed), key_of_seed(seed).verify_key()}) + "\n";
}

std::string log_line() {
    return "log " + public_key().vkey() + "\n";
}

/// Two witnesses, and both must have cosigned.
crypto::TrustPolicy both() {
    return parse_fsck_keys(log_line() + witness_line(1) + witness_line(2) + "group both all w1 w2\nquorum both\n")
        .value();
}

crypto::TrustPolicy key_alone() {
    return parse_fsck_keys(public_key().vkey()).value();
}

/// The head of the first `size` leaves of a world, signed by the log and by these witnesses.
std::string head_of(std::uint64_t size, std::initializer_list<std::uint8_t> witnesses = {}, std::uint8_t world = 0) {
    crypto::Checkpoint const head{origin, size, root_of(leaves_at(0, size, world))};
    auto note = crypto::sign_checkpoint(head, log_key());
    for (auto const seed : witnesses) {
        note += crypto::cosign_line(crypto::checkpoint_text(head), witness_name(seed), key_of_seed(seed), 1000U + seed);
    }
    return note;
}

/// A proof of a leaf under a head of `size` leaves.
std::string proof_of(std::uint64_t index, std::uint64_t size, std::string head) {
    auto const leaves = leaves_at(0, size);
    auto const read = [&](unsigned level, std::uint64_t at) -> Result<crypto::Sha256> {
        auto const width = std::size_t(1) << level;
        return root_of(std::span(leaves).subspan(at * width, width));
    };
    return crypto::format_tlog_proof(
        {index, crypto::prove_inclusion(index, size, read).value(), std::move(head), std::nullopt});
}

using Refusal = std::pair<Errc, std::string>;
/// What and where; nothing if all is well.
std::optional<Refusal> refusal(fs::path const& log, FsckEvidence const& evidence = {},
                               crypto::TrustPolicy const& policy = key_alone()) {
    auto const report = fsck_log(log, policy, evidence);
    if (report) return std::nullopt;
    return Refusal(report.error().code, report.error().where);
}

FsckEvidence with_head(std::string head) {
    return {std::move(head), std::nullopt};
}
FsckEvidence with_proof(std::string proof) {
    return {std::nullopt, std::move(proof)};
}

/// Whether an error names this file of a log, by kind.
bool names(std::string const& where, std::string const& file) {
    if (file == "checkpoint") return where == "log: checkpoint";
    auto const kind = parse_tile_path(file).value();
    // An entry that was changed is a leaf that is not that of its hash, or no leaf at all; a hash that was changed at
    // the bottom may be told of either.
    return where == tile_name(kind) || (kind.level == 0 && where.find("leaf") != std::string::npos);
}

} // namespace

TEST_CASE("log fsck: a whole log passes with its key alone, and says what is in it") {
    Scratch const scratch;
    auto const log = scratch / "log";
    for (auto const size : {0U, 1U, 5U, 256U, 300U}) {
        CAPTURE(size);
        fs::remove_all(log);
        make_log(log, {size});
        auto const report = fsck_log(log, key_alone()).value();
        CHECK(report.log.leaves == size);
        CHECK(report.log.unsigned_files == 0);
        CHECK(report.own.checkpoint.root == root_of(leaves_at(0, size)));
        CHECK(report.own.quorum); // none is asked for
        CHECK(report.vouched == size);
        CHECK(!report.other);
        CHECK(!report.proven);
    }
}

TEST_CASE("log fsck: a bit flipped at any byte of any file is found, and the file is named") {
    Scratch const scratch;
    auto const log = scratch / "log";
    make_log(log, {2, 5});
    // With cosignatures in the directory's own head, each of which counts.
    write_text(log / "checkpoint", head_of(5, {1, 2}));
    auto const policy = both();
    REQUIRE(fsck_log(log, policy).value().vouched == 5);
    std::size_t bytes = 0;
    for (auto const& [file, text] : snapshot(log)) {
        bytes += text.size();
        for (std::size_t at = 0; at < text.size(); ++at) {
            Flip const flip(log / file, at, static_cast<unsigned>(at % 8));
            CAPTURE(file, at);
            auto const report = fsck_log(log, policy);
            if (report) {
                // The line of a witness became a stranger's, and too few are left.
                REQUIRE(file == "checkpoint");
                REQUIRE(!report.value().vouched);
                REQUIRE(report.value().own.cosigned.size() == 1);
                continue;
            }
            CAPTURE(report.error().where);
            REQUIRE(names(report.error().where, file));
        }
    }
    CHECK(bytes > 5 * 98 + 5 * 32 + 400);
    CHECK(fsck_log(log, policy).value().vouched == 5);
}

TEST_CASE("log fsck: in a log of full tiles as well") {
    Scratch const scratch;
    auto const log = scratch / "log";
    make_log(log, {260});
    for (auto const& [file, text] : snapshot(log)) {
        for (std::size_t at = 0; at < text.size(); at += file == "checkpoint" ? 1U : 131U) {
            Flip const flip(log / file, at, static_cast<unsigned>(at % 8));
            CAPTURE(file, at);
            auto const found = refusal(log);
            REQUIRE(found);
            CAPTURE(found->second);
            REQUIRE(names(found->second, file));
        }
    }
    CHECK(!refusal(log));
}

TEST_CASE("log fsck: a file that is lost or cut short is found, and named") {
    Scratch const scratch;
    auto const log = scratch / "log";
    make_log(log, {3, 260});
    auto const files = snapshot(log);
    std::size_t needed = 0;
    for (auto const& [file, text] : files) {
        CAPTURE(file);
        auto const tile = parse_tile_path(file);
        auto const of_older_head = tile && !tile->is_full() && tile->number == 0 && tile->level == 0;
        fs::remove(log / file);
        auto const found = refusal(log);
        CHECK(found.has_value() != of_older_head);
        if (found) {
            ++needed;
            CHECK(found->first == Errc::missing);
            CHECK(found->second == (tile ? tile_name(*tile) : "log: checkpoint"));
        }
        write_text(log / file, text.substr(0, text.size() - 1));
        auto const cut = refusal(log);
        REQUIRE(cut);
        CHECK(names(cut->second, file));
        write_text(log / file, text);
    }
    CHECK(needed == 6); // checkpoint, two bundles, two tiles and the one above them
    CHECK(!refusal(log));
    // A file that no head needs is told of, and is no error.
    write_text(log / "tile/0/007", "something");
    CHECK(fsck_log(log, key_alone()).value().log.unsigned_files == 1);
    fs::remove_all(log);
    CHECK(refusal(log)->first == Errc::missing);
}

TEST_CASE("log fsck: a checkpoint cut off at any byte is refused") {
    Scratch const scratch;
    auto const log = scratch / "log";
    make_log(log, {4, 5});
    auto const whole = read_text(log / "checkpoint");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        write_text(log / "checkpoint", whole.substr(0, size));
        CHECK(refusal(log) == Refusal(Errc::malformed, "log: checkpoint"));
    }
    // Put back to an older one: the log is that of then, with files that nobody speaks for.
    write_text(log / "checkpoint", head_of(4));
    CHECK(fsck_log(log, key_alone()).value().log.unsigned_files == 2);
    // Which whoever holds the newer one sees.
    CHECK(refusal(log, with_head(whole)) == Refusal(Errc::damaged, "log: what the head to compare with covers"));
}

TEST_CASE("log fsck: only the keys that were given count, and the error says which is missing") {
    Scratch const scratch;
    auto const log = scratch / "log";
    make_log(log, {5});
    auto const other_key = [](std::string const& name) {
        return parse_fsck_keys(crypto::NoteKey{name, key_of_seed(9).verify_key()}.vkey()).value();
    };
    CHECK(refusal(log, {}, other_key(origin)) == Refusal(Errc::missing, "log: checkpoint"));
    CHECK(refusal(log, {}, other_key("hub.example.gov.uk/disclosures/health/2026")) ==
          Refusal(Errc::wrong_key, "log: checkpoint"));
    // A log that had two keys, of which each signed its own heads.
    crypto::Checkpoint const three{origin, 3, root_of(leaves_at(0, 3))};
    auto const former = crypto::sign_checkpoint(three, key_of_seed(9));
    CHECK(refusal(log, with_head(former)) == Refusal(Errc::missing, "head to compare with"));
    auto const two = parse_fsck_keys("log " + crypto::NoteKey{origin, key_of_seed(9).verify_key()}.vkey() + "\n" +
                                     log_line() + "quorum none\n")
                         .value();
    CHECK(!refusal(log, with_head(former), two));
}

TEST_CASE("log fsck: keys are a policy or one verifier key, and what is neither is refused") {
    auto const vkey = public_key().vkey();
    CHECK(parse_fsck_keys(vkey).value().text() == log_line() + "quorum none\n");
    CHECK(parse_fsck_keys(vkey + "\n").value().text() == log_line() + "quorum none\n");
    CHECK(parse_fsck_keys(log_line() + "quorum none\n").value().text() == log_line() + "quorum none\n");
    auto const code = [](std::string const& text) {
        auto const keys = parse_fsck_keys(text);
        REQUIRE(!keys);
        return keys.error().code;
    };
    CHECK(code("") == Errc::missing);
    CHECK(code("\n") == Errc::missing);
    CHECK(code("# a comment\n") == Errc::missing);
    CHECK(code("nonsense") == Errc::malformed);
    CHECK(code(log_line()) == Errc::missing);                        // no quorum line
    CHECK(code(vkey + "\n" + vkey + "\n") == Errc::malformed);       // two keys are a policy's matter
    CHECK(code(vkey.substr(0, vkey.size() - 4)) == Errc::malformed); // cut off
    CHECK(code("x" + vkey) == Errc::wrong_key);
}

TEST_CASE("log fsck: a head that somebody holds must be of the same tree") {
    Scratch const scratch;
    auto const log = scratch / "log";
    make_log(log, {300});
    constexpr auto where = "head to compare with";
    constexpr auto tree = "log: what the head to compare with covers";
    for (auto const size : {0U, 1U, 255U, 256U, 257U, 300U}) {
        CAPTURE(size);
        CHECK(!refusal(log, with_head(head_of(size))));
        CHECK(refusal(log, with_head(head_of(size, {}, 1))) ==
              (size == 0 ? std::nullopt : std::optional(Refusal(Errc::damaged, tree))));
    }
    CHECK(refusal(log, with_head(head_of(301))) == Refusal(Errc::damaged, tree)); // leaves that are gone
    // What somebody made up accuses nobody.
    crypto::Checkpoint const head{origin, 301, crypto::empty_root()};
    CHECK(refusal(log, with_head(crypto::sign_checkpoint(head, key_of_seed(9)))) == Refusal(Errc::missing, where));
    auto forged = crypto::sign_checkpoint({origin, 302, crypto::empty_root()}, log_key());
    forged.replace(forged.find("302"), 3, "301");
    CHECK(refusal(log, with_head(forged)) == Refusal(Errc::bad_signature, where));
    CHECK(refusal(log, with_head(head_of(5) + "x")) == Refusal(Errc::malformed, where));
    CHECK(refusal(log, with_head("")) == Refusal(Errc::malformed, where));
    constexpr auto elsewhere = "hub.example.gov.uk/disclosures/health/2026";
    auto const foreign = crypto::sign_checkpoint({elsewhere, 5, crypto::empty_root()}, key_of_seed(9));
    CHECK(refusal(log, with_head(foreign)) == Refusal(Errc::wrong_key, where));
    auto const knows_both =
        parse_fsck_keys(log_line() + "log " + crypto::NoteKey{elsewhere, key_of_seed(9).verify_key()}.vkey() +
                        "\nquorum none\n")
            .value();
    CHECK(refusal(log, with_head(foreign), knows_both) == Refusal(Errc::wrong_key, where));
}

TEST_CASE("log fsck: witnesses vouch for as much as the largest head that enough of them have cosigned") {
    Scratch const scratch;
    auto const log = scratch / "log";
    make_log(log, {10});
    auto const policy = both();
    auto const vouched = [&](FsckEvidence const& evidence) { return fsck_log(log, policy, evidence).value().vouched; };
    CHECK(vouched({}) == std::nullopt); // the log alone has signed its own head
    CHECK(vouched(with_head(head_of(8, {1}))) == std::nullopt);
    CHECK(vouched(with_head(head_of(8, {1, 2}))) == 8);
    CHECK(vouched({head_of(4, {1, 2}), proof_of(3, 7, head_of(7, {1, 2}))}) == 7);
    CHECK(vouched({head_of(8, {1, 2}), proof_of(3, 7, head_of(7, {1, 2}))}) == 8);
    CHECK(vouched({head_of(4, {1, 2}), proof_of(3, 7, head_of(7, {2}))}) == 4);
    auto const report = fsck_log(log, policy, with_head(head_of(8, {1}))).value();
    CHECK(!report.own.quorum);
    CHECK(report.own.cosigned.empty());
    REQUIRE(report.other);
    CHECK(!report.other->quorum);
    CHECK(report.other->cosigned == std::map<std::string, std::uint64_t>{{"w1", 1001}});
    // A witness's line over another head spoils this one.
    auto spoiled = head_of(8, {1});
    auto const of_nine = head_of(9, {2});
    spoiled += of_nine.substr(of_nine.rfind("\xE2\x80\x94"));
    CHECK(refusal(log, with_head(spoiled), policy) == Refusal(Errc::bad_signature, "head to compare with"));
    // The directory's own head may be the one that was cosigned.
    write_text(log / "checkpoint", head_of(10, {1, 2}));
    CHECK(vouched({}) == 10);
}

TEST_CASE("log fsck: a proof must be of the leaf that the directory has") {
    Scratch const scratch;
    auto const log = scratch / "log";
    make_log(log, {300});
    for (auto const index : {0U, 5U, 255U, 256U, 299U}) {
        CAPTURE(index);
        auto const report = fsck_log(log, key_alone(), with_proof(proof_of(index, 300, head_of(300)))).value();
        REQUIRE(report.proven);
        CHECK(report.proven->index == index);
        CHECK(report.proven->kind == leaf_at(index).kind);
        CHECK(report.proven->head.checkpoint.size == 300);
    }
    CHECK(!refusal(log, with_proof(proof_of(5, 6, head_of(6))))); // of an older head
    constexpr auto where = "proof";
    auto const proof = proof_of(5, 10, head_of(10));
    auto const with_index = [&](char const* index) {
        auto changed = proof;
        return changed.replace(changed.find("index 5"), 7, std::string("index ") + index);
    };
    CHECK(refusal(log, with_proof(with_index("6"))) == Refusal(Errc::bad_signature, where));
    CHECK(refusal(log, with_proof(with_index("10"))) == Refusal(Errc::malformed, where));
    CHECK(refusal(log, with_proof(with_index("05"))) == Refusal(Errc::malformed, where));
    CHECK(refusal(log, with_proof("")) == Refusal(Errc::malformed, where));
    CHECK(refusal(log, with_proof(proof_of(5, 10, "no head"))) == Refusal(Errc::malformed, where));
    CHECK(refusal(log, with_proof(proof_of(5, 10, head_of(10, {}, 1)))) ==
          Refusal(Errc::damaged, "log: what the head of the proof covers"));
    CHECK(refusal(log, with_proof(proof_of(5, 301, head_of(301)))) ==
          Refusal(Errc::damaged, "log: what the head of the proof covers"));
    auto const foreign = crypto::sign_checkpoint({origin, 10, root_of(leaves_at(0, 10))}, key_of_seed(9));
    CHECK(refusal(log, with_proof(proof_of(5, 10, foreign))) == Refusal(Errc::missing, "proof: its head"));
}

TEST_CASE("log fsck: a head passes exactly when it is the root of the directory's own first leaves") {
    REQUIRE(rc::check("heads of logs", [] {
        Scratch const scratch;
        auto const log = scratch / "log";
        auto const size = *rc::gen::inRange<std::uint64_t>(0, 600);
        make_log(log, {size});
        for (int i = 0; i < 8; ++i) {
            auto const of = *rc::gen::inRange<std::uint64_t>(0, 620);
            // Another history from some leaf on, or never.
            auto const forked = *rc::gen::inRange<std::uint64_t>(0, 1200);
            auto leaves = leaves_at(0, std::min(of, forked));
            for (auto index = forked; index < of; ++index) leaves.push_back(leaf_at(index, 1));
            auto const head = crypto::sign_checkpoint({origin, of, root_of(leaves)}, log_key());
            RC_ASSERT(!refusal(log, with_head(head)).has_value() == (of <= size && forked >= of));
        }
    }));
}
