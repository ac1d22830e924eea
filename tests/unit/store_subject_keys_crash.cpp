// The keys of the people in a log after a crash at any step, a full disk, and beside a reader: the state of before or
// the state of after, and nobody is lost.

#include "store_subject_keys_support.hpp"

#include <csignal>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace fanlight;
using namespace fanlight::node;
using namespace fanlight::node::subject_keys_test;

namespace {

/// The calls that change files, in a child that `work` runs in, stopped by a kill before the `kill_at`-th of all calls
/// (from 1): w a write, s a flush, r a rename.
struct Traced {
    std::string calls;
    bool finished = false;
    bool traced = true; ///< false: this machine does not let us
};
template <class Work> Traced run_traced(Work work, int kill_at) {
    Traced result;
    auto const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(77);
        ::raise(SIGSTOP);
        work();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status)) return {{}, false, false};
    auto const options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
    result.traced = ::ptrace(PTRACE_SETOPTIONS, child, nullptr, options) == 0;
    for (int stops = 0; result.traced;) {
        if (::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr) != 0) break;
        ::waitpid(child, &status, 0);
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            result.finished = WIFEXITED(status) && WEXITSTATUS(status) == 0;
            return result;
        }
        __ptrace_syscall_info info{};
        if (::ptrace(static_cast<__ptrace_request>(PTRACE_GET_SYSCALL_INFO), child, sizeof info, &info) <= 0) {
            result.traced = false;
            break;
        }
        if (info.op != PTRACE_SYSCALL_INFO_ENTRY) continue;
        if (++stops == kill_at) break;
        auto const call = info.entry.nr;
        if (call == SYS_pwrite64) result.calls += 'w';
        if (call == SYS_fsync || call == SYS_fdatasync) result.calls += 's';
        if (call == SYS_renameat || call == SYS_renameat2) result.calls += 'r';
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
    return result;
}

} // namespace

TEST_CASE("subject keys: each step of an erasure is flushed before the next, and the old key goes last") {
    KeyRoom room(3);
    auto keys = room.open().value();
    auto const traced = run_traced([&] { ::_exit(keys.erase(erasing({2})) ? 0 : 1); }, 0);
    if (!traced.traced) {
        WARN("skipped: this machine does not let a test trace its child");
        return;
    }
    CHECK(traced.finished);
    // Free place, wraps.new, the name and its directory, the old place.
    CHECK(traced.calls == "wswsrsws");
    auto other = room.open().value();
    auto const made = run_traced(
        [&] {
            other.for_event(subject_at(9), 2026, 7);
            ::_exit(other.durable() ? 0 : 1);
        },
        0);
    CHECK(made.calls == "ws");
}

TEST_CASE("subject keys: killed at any step of an erasure the old or the new state opens, and erasing again works") {
    KeyRoom room(3);
    auto const files = contents_of(room.place());
    bool finished = false;
    int old_states = 0;
    int new_states = 0;
    for (int step = 1; !finished; ++step) {
        CAPTURE(step);
        REQUIRE(step < 500);
        put_back(room.place(), files);
        auto const traced = run_traced(
            [&] {
                auto keys = room.open();
                ::_exit(keys && keys.value().erase(erasing({2})) ? 0 : 1);
            },
            step);
        if (!traced.traced) {
            WARN("skipped: this machine does not let a test trace its child");
            return;
        }
        finished = traced.finished;
        auto const left = contents_of(room.place());
        auto reader = room.reader(); // beside it nothing is mended, and it reads all the same
        REQUIRE(reader);
        CHECK(contents_of(room.place()) == left);
        auto keys = room.open();
        REQUIRE(keys);
        bool const old_state = room.holds(keys.value(), {1, 2, 3});
        bool const new_state = room.holds(keys.value(), {1, 3});
        CHECK((old_state || new_state));
        CHECK(reader.value().size() == keys.value().size());
        ++(old_state ? old_states : new_states);
        auto const opened = contents_of(room.place());
        CHECK_FALSE(opened.contains("wraps.new"));
        // Only one place is left, and the other one is overwritten.
        auto const& places = opened.at("wraps.key");
        auto const half = std::ptrdiff_t(place_bytes);
        auto const zero = [](auto byte) { return byte == 0; };
        CHECK(std::all_of(places.begin(), places.begin() + half, zero) !=
              std::all_of(places.begin() + half, places.end(), zero));
        REQUIRE(keys.value().erase(erasing({2})));
        CHECK(room.holds(room.open().value(), {1, 3}));
    }
    CHECK(old_states > 5);
    CHECK(new_states > 5);
}

TEST_CASE("subject keys: killed at any step of opening after such a crash, it opens all the same") {
    KeyRoom room(3);
    auto const before = contents_of(room.place());
    {
        auto keys = room.open().value();
        REQUIRE(keys.erase(erasing({2})));
    }
    auto both = contents_of(room.place()); // renamed; the old place is still there, and so is a torn record
    std::copy_n(before.at("wraps.key").begin(), place_bytes, both.at("wraps.key").begin());
    both["wraps"].resize(both["wraps"].size() + 40, 0x5A);
    both["wraps.new"] = {1, 2, 3};
    bool finished = false;
    for (int step = 1; !finished; ++step) {
        CAPTURE(step);
        REQUIRE(step < 500);
        put_back(room.place(), both);
        auto const traced = run_traced([&] { ::_exit(room.open() ? 0 : 1); }, step);
        if (!traced.traced) {
            WARN("skipped: this machine does not let a test trace its child");
            return;
        }
        finished = traced.finished;
        CHECK(room.holds(room.open().value(), {1, 3}));
    }
}

TEST_CASE("subject keys: a reader beside erasures always sees one state or the next") {
    KeyRoom room(3);
    auto const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        auto keys = room.open();
        for (int i = 0; keys && i < 300; ++i) {
            keys.value().for_event(subject_at(2), 2026, 7);
            if (!keys.value().durable() || !keys.value().erase(erasing({2}))) ::_exit(1);
        }
        ::_exit(keys ? 0 : 1);
    }
    int status = 0;
    int read = 0;
    int failed = 0;
    while (::waitpid(child, &status, WNOHANG) == 0) {
        auto const reader = room.reader();
        bool const sound = reader && room.key_in(reader.value(), 1) == room.keys.at(1) &&
                           room.key_in(reader.value(), 3) == room.keys.at(3);
        failed += sound ? 0 : 1;
        ++read;
    }
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(failed == 0);
    CHECK(read > 0);
}

TEST_CASE("subject keys: a disk that is full leaves the old state, and both can be done again") {
    KeyRoom room(200);
    auto keys = room.open().value();
    auto const before = contents_of(room.place());
    struct ::rlimit whole {};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &whole) == 0);
    auto const ignored = std::signal(SIGXFSZ, SIG_IGN);
    auto small = whole;
    small.rlim_cur = 2 * place_bytes; // wraps.key fits, wraps does not
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    auto const erased = keys.erase(erasing({2}));
    room.keys[201] = bytes_of(keys.for_event(subject_at(201), 2026, 7));
    auto const durable = keys.durable();
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &whole) == 0);
    std::signal(SIGXFSZ, ignored);
    REQUIRE_FALSE(erased);
    CHECK(erased.error().code == Errc::io);
    REQUIRE_FALSE(durable);
    CHECK(keys.has(subject_at(2)));
    CHECK(contents_of(room.place()).at("wraps") == before.at("wraps"));
    CHECK(room.reader().value().size() == 200);
    REQUIRE(keys.durable());
    CHECK(room.reader().value().size() == 201);
    REQUIRE(keys.erase(erasing({2})));
    auto const after = room.open().value();
    CHECK(after.size() == 200);
    CHECK(room.key_in(after, 201) == room.keys.at(201));
    CHECK_FALSE(after.has(subject_at(2)));
}
