// Definitions in the program come before those in shared libraries, so every caller in it gets these.

#include "counted.hpp"

#include "bench.hpp"

#include <atomic>
#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace fanlight::bench {

namespace {
// Several threads multiply at a time.
std::atomic<std::uint64_t> multiplications = 0;
std::atomic<std::uint64_t> flushes = 0;
std::atomic<double> flush_s = 0;

/// The next definition after ours: the library's.
template <class Function> Function* next(char const* name) {
    auto* const found = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
    if (found == nullptr) give_up("a library has not the function that is counted");
    return found;
}

int flush(long call, int file) {
    auto const start = now_s();
    auto const result = static_cast<int>(syscall(call, file));
    flush_s += now_s() - start;
    ++flushes;
    return result;
}
} // namespace

Counted counted() {
    return {multiplications, flushes, flush_s};
}

} // namespace fanlight::bench

using namespace fanlight::bench;

extern "C" {
int fsync(int file) {
    return flush(SYS_fsync, file);
}
int fdatasync(int file) {
    return flush(SYS_fdatasync, file);
}
int crypto_scalarmult_ristretto255(unsigned char* out, unsigned char const* scalar, unsigned char const* point) {
    static auto* const real =
        next<int(unsigned char*, unsigned char const*, unsigned char const*)>("crypto_scalarmult_ristretto255");
    ++multiplications;
    return real(out, scalar, point);
}
int crypto_scalarmult_ristretto255_base(unsigned char* out, unsigned char const* scalar) {
    static auto* const real = next<int(unsigned char*, unsigned char const*)>("crypto_scalarmult_ristretto255_base");
    ++multiplications;
    return real(out, scalar);
}
}
