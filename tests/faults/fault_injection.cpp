// A library for LD_PRELOAD that makes one system call of a program fail, or ends the program at it. Only calls that
// change files below one directory count. The environment says which and how:
//
//   FAULT_UNDER   the directory, absolute
//   FAULT_AT      the number of the call, from 1
//   FAULT_KIND    which calls count: "any" (or nothing), or open, write, flush, rename, remove, mkdir, truncate
//   FAULT_HOW     "EIO"; "ENOSPC": this call and all later ones that need space; "short": half of a write is done, then
//                 EIO; "exit": the process is gone before the call, "torn": after half of a write
//
// The call that fails is named on standard error, "injected: KIND PATH": without that line the program made fewer.

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <sys/types.h>
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
    long at = std::strtol(variable("FAULT_AT").c_str(), nullptr, 10);
    std::atomic<long> calls = 0;
    std::atomic<bool> full = false;
};

/// Never destroyed: files are closed late.
Plan& plan() {
    static auto& one = *new Plan;
    return one;
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

enum class Fate : std::uint8_t { real, failed, half };

/// Counts the call and says what becomes of it; errno is set for one that fails.
Fate fate_of(char const* kind, std::string const& path, bool needs_space) {
    auto& chosen = plan();
    if (chosen.at == 0 || !std::string_view(path).starts_with(chosen.under)) return Fate::real;
    if (chosen.full && needs_space) {
        errno = ENOSPC;
        return Fate::failed;
    }
    if (!chosen.kind.empty() && chosen.kind != "any" && chosen.kind != kind) return Fate::real;
    if (++chosen.calls != chosen.at) return Fate::real;
    auto const line = std::string("injected: ") + kind + " " + path + "\n";
    [[maybe_unused]] auto const written =
        real<ssize_t(int, void const*, std::size_t)>("write")(2, line.data(), line.size());
    bool const is_write = std::strcmp(kind, "write") == 0;
    if (chosen.how == "exit") _exit(137);
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
    errno = EIO;
    return Fate::failed;
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
    [[maybe_unused]] auto const half = next(file, bytes, size / 2, at);
    return after_half();
}

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
    [[maybe_unused]] auto const half = next(file, bytes, size / 2);
    return after_half();
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

} // extern "C"
