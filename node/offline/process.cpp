#include "node/offline/process.hpp"

#include <chrono>
#include <csignal>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace fanlight::node {

void close_doors() {
    rlimit const none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0);
    ::umask(077);
    std::signal(SIGPIPE, SIG_IGN);
}

Instant wall_clock() {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

} // namespace fanlight::node
