// The log on disk after a crash at any step, a full disk, a kill: the old head or the new one, and nothing lost.

#include "node_log_support.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <csignal>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace fanlight;
using namespace fanlight::node;
using namespace fanlight::node::log_test;

TEST_CASE("log: a publish cut off before its head is signed leaves the old head, and any history may follow") {
    auto const [old_size, new_size] = GENERATE(table<std::uint64_t, std::uint64_t>(
        {{0, 1}, {5, 9}, {250, 260}, {255, 256}, {256, 257}, {255, 800}, {511, 512}}));
    Scratch const scratch;
    auto const path = scratch / "log";
    auto const steps = publish(path, old_size, new_size);
    auto const signed_head = steps.after.at("checkpoint");
    auto const first = old_size;
    auto const end = new_size + 600;
    REQUIRE(rc::check("old head", [&] {
        restore(path, steps.before);
        for (auto const& file : steps.written) {
            // Not written, torn anywhere, zeroed as after a power cut, or whole.
            auto const& text = steps.after.at(file);
            auto const fate = *rc::gen::inRange(0, 4);
            auto const torn = text.substr(0, *rc::gen::inRange<std::size_t>(0, text.size()));
            if (fate != 0)
                write_text(path / file, fate == 1 ? torn : fate == 2 ? std::string(text.size(), '\0') : text);
        }
        if (*rc::gen::arbitrary<bool>()) {
            auto const cut = *rc::gen::inRange<std::size_t>(0, signed_head.size());
            write_text(path / "checkpoint.new", signed_head.substr(0, cut));
        }
        RC_ASSERT(verify_log(path, public_key()).has_value());
        auto opened = open(path);
        RC_ASSERT(opened.has_value());
        auto& log = opened.value();
        RC_ASSERT(log.size() == first);
        // Other leaves than those of the cut publish, in other batches, past everything it left. Full tiles are where
        // batches like to end.
        while (log.size() < end) {
            auto const batch = *rc::gen::inRange<std::uint64_t>(1, 300);
            auto const rounded = *rc::gen::arbitrary<bool>() ? 256 - log.size() % 256 : batch;
            RC_ASSERT(log.append(leaves_at(log.size(), rounded, 1)).has_value());
            RC_ASSERT(verify_log(path, public_key()).has_value());
        }
        auto leaves = leaves_at(0, first);
        auto const others = leaves_at(first, log.size() - first, 1);
        leaves.insert(leaves.end(), others.begin(), others.end());
        RC_ASSERT(log.head().root == root_of(leaves));
        RC_ASSERT(verify_log(path, public_key()).value().unsigned_files == 0U);
    }));
}

TEST_CASE("log: a publish cut off after its head is signed is finished") {
    auto const [old_size, new_size] = GENERATE(table<std::uint64_t, std::uint64_t>(
        {{0, 1}, {5, 9}, {250, 260}, {255, 256}, {256, 257}, {255, 800}, {511, 512}}));
    Scratch const scratch;
    auto const path = scratch / "log";
    auto const steps = publish(path, old_size, new_size);
    auto files = steps.before;
    for (auto const& file : steps.written) files[file] = steps.after.at(file);

    // Before the rename.
    files["checkpoint.new"] = steps.after.at("checkpoint");
    restore(path, files);
    CHECK(verify_log(path, public_key()).value().leaves == old_size);
    {
        auto const log = open(path);
        REQUIRE(log);
        CHECK(log.value().size() == new_size);
        CHECK(log.value().signed_head() == steps.after.at("checkpoint"));
    }
    CHECK(!fs::exists(path / "checkpoint.new"));
    check_log(path, new_size);

    // After the rename, before old partial tiles are removed.
    files["checkpoint"] = files["checkpoint.new"];
    files.erase("checkpoint.new");
    restore(path, files);
    check_log(path, new_size);
    {
        auto log = open(path).value();
        grow_to(log, new_size + 300);
    }
    check_log(path, new_size + 300);
    CHECK(verify_log(path, public_key()).value().unsigned_files == 0);
}

TEST_CASE("log: a signed head whose tiles are not there, or that goes another way, is damage and not guessed at") {
    Scratch const scratch;
    auto const path = scratch / "log";
    auto const steps = publish(path, 255, 300);
    for (auto const& missing : steps.written) {
        // A full tile is named by no partial tile of the new edge, but the old root needs it.
        if (missing == "tile/entries/000") continue;
        INFO(missing);
        auto files = steps.before;
        for (auto const& file : steps.written) files[file] = steps.after.at(file);
        files.erase(missing);
        files["checkpoint.new"] = steps.after.at("checkpoint");
        restore(path, files);
        auto const log = open(path);
        REQUIRE(!log);
        CHECK((log.error().code == Errc::damaged || log.error().code == Errc::missing));
    }
    // The head of another history of the same log.
    auto const other = scratch / "other";
    auto log = create(other);
    grow_to(log, 300, 1);
    auto files = steps.before;
    for (auto const& [file, text] : snapshot(other)) {
        files[file == "checkpoint" ? "checkpoint.new" : file] = text;
    }
    restore(path, files);
    CHECK(open(path).error().code == Errc::damaged);
}

TEST_CASE("log: a checkpoint.new that is old, another's or no checkpoint is put aside") {
    Scratch const scratch;
    auto const path = scratch / "log";
    make_log(path, {5});
    auto const old_head = read_text(path / "checkpoint");
    {
        auto log = open(path).value();
        grow_to(log, 9);
    }
    crypto::SeededRandom random(3);
    auto const foreign = crypto::sign_checkpoint({origin, 20, {}}, crypto::SigningKey::generate(random));
    for (auto const& text : {old_head, foreign, std::string("rubbish"), std::string(), std::string(2'000'000, 'x')}) {
        write_text(path / "checkpoint.new", text);
        auto log = open(path);
        REQUIRE(log);
        CHECK(log.value().size() == 9);
        CHECK(verify_log(path, public_key()).value().unsigned_files == 1);
    }
    auto log = open(path).value();
    grow_to(log, 10);
    CHECK(verify_log(path, public_key()).value().unsigned_files == 0);
}

TEST_CASE("log: a full disk leaves the old head, and the same object goes on when there is room") {
    Scratch const scratch;
    auto const path = scratch / "log";
    auto log = create(path);
    grow_to(log, 200);
    auto const head = log.signed_head();
    ::rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    auto* const old_handler = std::signal(SIGXFSZ, SIG_IGN);
    auto const [batch, limit] = GENERATE(table<std::uint64_t, ::rlim_t>(
        {{400, 0}, {400, 100}, {400, 7'000}, {400, 20'000}, {30, 0}, {30, 100}, {30, 7'000}, {30, 20'000}}));
    auto small = before;
    small.rlim_cur = limit;
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    auto const result = log.append(leaves_at(200, batch, 1));
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    REQUIRE(!result);
    CHECK(result.error().code == Errc::io);
    CHECK(log.size() == 200);
    CHECK(log.signed_head() == head);
    CHECK(read_text(path / "checkpoint") == head);
    CHECK(verify_log(path, public_key()).value().leaves == 200);
    std::signal(SIGXFSZ, old_handler);
    for (std::uint64_t const size : {210U, 240U, 1100U}) {
        grow_to(log, size);
        CHECK(verify_log(path, public_key()).value().leaves == size);
    }
    { auto const closed = std::move(log); }
    check_log(path, 1100);
    CHECK(verify_log(path, public_key()).value().unsigned_files == 0);
}

TEST_CASE("log: a process killed at any moment has lost nothing that append acknowledged") {
    Scratch const scratch;
    auto const path = scratch / "log";
    make_log(path, {});
    crypto::SeededRandom random(5);
    std::uint64_t acknowledged = 0;
    for (int round = 0; round < 30; ++round) {
        int pipe_ends[2];
        REQUIRE(::pipe(pipe_ends) == 0);
        auto const child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            auto log = open(path);
            if (!log) ::_exit(1);
            for (;;) {
                auto const size = log.value().size();
                if (!log.value().append(leaves_at(size, size % 97 + 1))) ::_exit(2);
                auto const now = log.value().size();
                if (::write(pipe_ends[1], &now, sizeof now) != sizeof now) ::_exit(3);
            }
        }
        ::close(pipe_ends[1]);
        std::array<std::uint8_t, 2> delay{};
        random.fill(delay);
        ::usleep(500U + static_cast<unsigned>(delay[0] << 8U | delay[1]) / 4);
        ::kill(child, SIGKILL);
        std::uint64_t size = 0;
        while (::read(pipe_ends[0], &size, sizeof size) == sizeof size) acknowledged = size;
        ::close(pipe_ends[0]);
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        REQUIRE(WIFSIGNALED(status));
        REQUIRE(verify_log(path, public_key()));
        auto const log = open(path);
        REQUIRE(log);
        REQUIRE(log.value().size() >= acknowledged);
        REQUIRE(log.value().head().root == root_of(leaves_at(0, log.value().size())));
    }
    CHECK(acknowledged > 0);
    check_log(path, verify_log(path, public_key()).value().leaves);
}
