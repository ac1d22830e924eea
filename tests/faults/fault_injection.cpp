// A library for LD_PRELOAD that makes system calls of a program fail, or ends the program at one. Only calls on files
// below one directory count, and on sockets where they are asked for. The environment says which and how:
//
//   FAULT_UNDER   the directory, absolute
//   FAULT_AT      the number of the call, from 1
//   FAULT_EVERY   and every so-manyth call after it; nothing: that one only
//   FAULT_CALLS   "changes" (or nothing): those that change files; "files": those that read them as well; "sockets";
//                 "all"
//   FAULT_KIND    which of these count: "any" (or nothing), or open, write, flush, rename, remove, mkdir, truncate,
//                 read; send, receive, accept, connect
//   FAULT_HOW     "EIO"; "ENOSPC": this call and all later ones that need space; "short": half of a write is done, then
//                 EIO; "exit": the process is gone before the call, "torn": after half of a write; "EINTR"; "EMFILE";
//                 "ECONNRESET"; "partial": half of a read or write is done, which is no error
//   FAULT_TELL    anything: at the program's end one line says "calls: N, faults: N"
//
// A call counts only if it can fail so. The first that fails is named on standard error, "injected: KIND PATH": without
// that line the program made fewer.

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <initializer_list>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

std::string variable(char const* name) {
    auto const* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

struct Plan {
    std::string under = variable("FAULT_UNDER");
    std::string kind = variable("FAULT_KIND");
    std::string how = variable("FAULT_HOW");
    std::string what = variable("FAULT_CALLS");
    long at = std::strtol(variable("FAULT_AT").c_str(), nullptr, 10);
    long every = std::strtol(variable("FAULT_EVERY").c_str(), nullptr, 10);
    bool tell = !variable("FAULT_TELL").empty();
    std::atomic<long> calls = 0;
    std::atomic<long> faults = 0;
    std::atomic<bool> full = false;

    bool has_sockets() const { return what == "sockets" || what == "all"; }
    bool has_reads() const { return what == "files" || what == "all"; }
    bool has_changes() const { return what != "sockets"; }
};

/// Never destroyed: files are closed late.
Plan& plan() {
    static auto& one = *new Plan;
    return one;
}

[[gnu::destructor]] void tell_at_the_end() {
    if (!plan().tell) return;
    std::fprintf(stderr, "calls: %ld, faults: %ld\n", plan().calls.load(), plan().faults.load());
}

template <class Function> Function* real(char const* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

std::string path_of(int file) {
    char link[64];
    char path[4096];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    auto const length = readlink(link, path, sizeof path);
    return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : "";
}

std::string path_at(int directory, char const* path) {
    if (path[0] == '/' || directory == AT_FDCWD) return path;
    return path_of(directory) + "/" + path;
}

enum class Fate : std::uint8_t { real, failed, half, partial };

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_socket_kind(std::string_view kind) {
    return is_one_of(kind, {"send", "receive", "accept", "connect"});
}

bool can_fail_so(std::string_view kind, std::string_view how) {
    // Others are interrupted by network file systems only; there a node may stop, as at any other error.
    if (how == "EINTR") return is_one_of(kind, {"read", "write", "truncate"}) || is_socket_kind(kind);
    if (how == "EMFILE") return is_one_of(kind, {"open", "accept"});
    if (how == "ECONNRESET") return is_socket_kind(kind);
    if (how == "partial") return is_one_of(kind, {"read", "write", "send", "receive"});
    if (how == "EIO" || how == "ENOSPC") return !is_socket_kind(kind);
    return true;
}

int error_of(std::string_view kind, std::string_view how) {
    if (how == "EINTR") return EINTR;
    if (how == "EMFILE") return EMFILE;
    if (how == "ECONNRESET") return kind == "accept" ? ECONNABORTED : ECONNRESET;
    return EIO;
}

void say(std::string const& line) {
    [[maybe_unused]] auto const written =
        real<ssize_t(int, void const*, std::size_t)>("write")(2, line.data(), line.size());
}

bool counts(Plan const& chosen, std::string_view kind, std::string const& path) {
    bool const socket = is_socket_kind(kind);
    if (socket ? !chosen.has_sockets() : !chosen.has_changes()) return false;
    if (kind == "read" && !chosen.has_reads()) return false;
    return socket || std::string_view(path).starts_with(chosen.under);
}

/// Counts the call and says what becomes of it; errno is set for one that fails.
Fate fate_of(char const* kind, std::string const& path, bool needs_space) {
    auto& chosen = plan();
    if (chosen.at == 0 || !counts(chosen, kind, path)) return Fate::real;
    if (chosen.full && needs_space) {
        errno = ENOSPC;
        return Fate::failed;
    }
    if (!chosen.kind.empty() && chosen.kind != "any" && chosen.kind != kind) return Fate::real;
    if (!can_fail_so(kind, chosen.how)) return Fate::real;
    auto const call = ++chosen.calls;
    bool const again = chosen.every > 0 && call > chosen.at && (call - chosen.at) % chosen.every == 0;
    if (call != chosen.at && !again) return Fate::real;
    ++chosen.faults;
    if (call == chosen.at) say(std::string("injected: ") + kind + " " + path + "\n");
    bool const is_write = std::strcmp(kind, "write") == 0;
    if (chosen.how == "exit") _exit(137);
    if (chosen.how == "partial") return Fate::partial;
    if (chosen.how == "torn" || chosen.how == "short") {
        if (is_write) return Fate::half;
        if (chosen.how == "torn") _exit(137);
    }
    if (chosen.how == "ENOSPC") {
        chosen.full = true;
        if (!needs_space) return Fate::real;
        errno = ENOSPC;
        return Fate::failed;
    }
    errno = error_of(kind, chosen.how);
    return Fate::failed;
}

/// At least one byte, for nothing would be the end of the file.
std::size_t half_of(std::size_t size) {
    return size < 2 ? size : size / 2;
}

/// What is left to do once half of a write is on disk.
ssize_t after_half() {
    if (plan().how == "torn") _exit(137);
    errno = EIO;
    return -1;
}

bool makes(int flags) {
    return (flags & O_CREAT) != 0;
}

int open_as(char const* name, char const* path, int flags, mode_t mode) {
    if (fate_of("open", path, makes(flags)) == Fate::failed) return -1;
    return real<int(char const*, int, ...)>(name)(path, flags, mode);
}

int openat_as(char const* name, int directory, char const* path, int flags, mode_t mode) {
    if (fate_of("open", path_at(directory, path), makes(flags)) == Fate::failed) return -1;
    return real<int(int, char const*, int, ...)>(name)(directory, path, flags, mode);
}

ssize_t pwrite_as(char const* name, int file, void const* bytes, std::size_t size, off_t at) {
    auto* const next = real<ssize_t(int, void const*, std::size_t, off_t)>(name);
    auto const fate = fate_of("write", path_of(file), true);
    if (fate == Fate::failed) return -1;
    if (fate == Fate::real) return next(file, bytes, size, at);
    auto const written = next(file, bytes, half_of(size), at);
    return fate == Fate::partial ? written : after_half();
}

ssize_t pread_as(char const* name, int file, void* bytes, std::size_t size, off_t at) {
    auto const fate = fate_of("read", path_of(file), false);
    if (fate == Fate::failed) return -1;
    return real<ssize_t(int, void*, std::size_t, off_t)>(name)(file, bytes, fate == Fate::real ? size : half_of(size),
                                                               at);
}

/// A message of the first buffer alone, and of half of that.
struct HalfMessage {
    explicit HalfMessage(msghdr const& whole) : message(whole) {
        if (whole.msg_iovlen == 0) return;
        part = whole.msg_iov[0];
        part.iov_len = half_of(part.iov_len);
        message.msg_iov = &part;
        message.msg_iovlen = 1;
    }
    iovec part{};
    msghdr message;
};

} // namespace

extern "C" {

int open(char const* path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    auto const mode = static_cast<mode_t>(va_arg(list, int));
    va_end(list);
    return open_as("open", path, flags, mode);
}
int open64(char const* path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    auto const mode = static_cast<mode_t>(va_arg(list, int));
    va_end(list);
    return open_as("open64", path, flags, mode);
}
int openat(int directory, char const* path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    auto const mode = static_cast<mode_t>(va_arg(list, int));
    va_end(list);
    return openat_as("openat", directory, path, flags, mode);
}
int openat64(int directory, char const* path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    auto const mode = static_cast<mode_t>(va_arg(list, int));
    va_end(list);
    return openat_as("openat64", directory, path, flags, mode);
}
// What the compiler makes of calls without a mode when it checks the flags.
int __open_2(char const* path, int flags) {
    return open_as("open", path, flags, 0);
}
int __open64_2(char const* path, int flags) {
    return open_as("open64", path, flags, 0);
}
int __openat_2(int directory, char const* path, int flags) {
    return openat_as("openat", directory, path, flags, 0);
}
int __openat64_2(int directory, char const* path, int flags) {
    return openat_as("openat64", directory, path, flags, 0);
}

ssize_t write(int file, void const* bytes, std::size_t size) {
    auto* const next = real<ssize_t(int, void const*, std::size_t)>("write");
    auto const fate = fate_of("write", path_of(file), true);
    if (fate == Fate::failed) return -1;
    if (fate == Fate::real) return next(file, bytes, size);
    auto const written = next(file, bytes, half_of(size));
    return fate == Fate::partial ? written : after_half();
}
ssize_t read(int file, void* bytes, std::size_t size) {
    auto const fate = fate_of("read", path_of(file), false);
    if (fate == Fate::failed) return -1;
    return real<ssize_t(int, void*, std::size_t)>("read")(file, bytes, fate == Fate::real ? size : half_of(size));
}
ssize_t pread(int file, void* bytes, std::size_t size, off_t at) {
    return pread_as("pread", file, bytes, size, at);
}
ssize_t pread64(int file, void* bytes, std::size_t size, off64_t at) {
    return pread_as("pread64", file, bytes, size, at);
}
ssize_t pwrite(int file, void const* bytes, std::size_t size, off_t at) {
    return pwrite_as("pwrite", file, bytes, size, at);
}
ssize_t pwrite64(int file, void const* bytes, std::size_t size, off64_t at) {
    return pwrite_as("pwrite64", file, bytes, size, at);
}

int fsync(int file) {
    if (fate_of("flush", path_of(file), false) == Fate::failed) return -1;
    return real<int(int)>("fsync")(file);
}
int fdatasync(int file) {
    if (fate_of("flush", path_of(file), false) == Fate::failed) return -1;
    return real<int(int)>("fdatasync")(file);
}
int ftruncate(int file, off_t size) {
    if (fate_of("truncate", path_of(file), false) == Fate::failed) return -1;
    return real<int(int, off_t)>("ftruncate")(file, size);
}
int ftruncate64(int file, off64_t size) {
    if (fate_of("truncate", path_of(file), false) == Fate::failed) return -1;
    return real<int(int, off64_t)>("ftruncate64")(file, size);
}

int rename(char const* from, char const* to) {
    if (fate_of("rename", from, false) == Fate::failed) return -1;
    return real<int(char const*, char const*)>("rename")(from, to);
}
int renameat(int from_directory, char const* from, int to_directory, char const* to) {
    if (fate_of("rename", path_at(from_directory, from), false) == Fate::failed) return -1;
    return real<int(int, char const*, int, char const*)>("renameat")(from_directory, from, to_directory, to);
}
int unlink(char const* path) {
    if (fate_of("remove", path, false) == Fate::failed) return -1;
    return real<int(char const*)>("unlink")(path);
}
int unlinkat(int directory, char const* path, int flags) {
    if (fate_of("remove", path_at(directory, path), false) == Fate::failed) return -1;
    return real<int(int, char const*, int)>("unlinkat")(directory, path, flags);
}
int mkdir(char const* path, mode_t mode) {
    if (fate_of("mkdir", path, true) == Fate::failed) return -1;
    return real<int(char const*, mode_t)>("mkdir")(path, mode);
}
int mkdirat(int directory, char const* path, mode_t mode) {
    if (fate_of("mkdir", path_at(directory, path), true) == Fate::failed) return -1;
    return real<int(int, char const*, mode_t)>("mkdirat")(directory, path, mode);
}

int accept(int listener, sockaddr* address, socklen_t* size) {
    if (fate_of("accept", "socket", false) == Fate::failed) return -1;
    return real<int(int, sockaddr*, socklen_t*)>("accept")(listener, address, size);
}
int connect(int socket, sockaddr const* address, socklen_t size) {
    if (fate_of("connect", "socket", false) == Fate::failed) return -1;
    return real<int(int, sockaddr const*, socklen_t)>("connect")(socket, address, size);
}
ssize_t send(int socket, void const* bytes, std::size_t size, int flags) {
    auto const fate = fate_of("send", "socket", false);
    if (fate == Fate::failed) return -1;
    auto* const next = real<ssize_t(int, void const*, std::size_t, int)>("send");
    return next(socket, bytes, fate == Fate::real ? size : half_of(size), flags);
}
ssize_t sendmsg(int socket, msghdr const* message, int flags) {
    auto const fate = fate_of("send", "socket", false);
    if (fate == Fate::failed) return -1;
    auto* const next = real<ssize_t(int, msghdr const*, int)>("sendmsg");
    if (fate == Fate::real) return next(socket, message, flags);
    HalfMessage const half(*message);
    return next(socket, &half.message, flags);
}
ssize_t recvmsg(int socket, msghdr* message, int flags) {
    auto const fate = fate_of("receive", "socket", false);
    if (fate == Fate::failed) return -1;
    auto* const next = real<ssize_t(int, msghdr*, int)>("recvmsg");
    if (fate == Fate::real) return next(socket, message, flags);
    HalfMessage half(*message);
    return next(socket, &half.message, flags);
}

} // extern "C"
