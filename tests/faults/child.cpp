// Both outputs go through files without a name, so that nobody waits for a reader.

#include "child.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fanlight::faults {

namespace {

[[noreturn]] void give_up(char const* what) {
    std::perror(what);
    std::exit(70);
}

std::string text_of(int file) {
    std::string text;
    char part[4096];
    ::lseek(file, 0, SEEK_SET);
    for (;;) {
        auto const count = ::read(file, part, sizeof part);
        if (count <= 0) break;
        text.append(part, static_cast<std::size_t>(count));
    }
    ::close(file);
    return text;
}

} // namespace

Ended run_child(std::vector<std::string> const& arguments, std::vector<std::string> const& environment,
                std::optional<std::chrono::microseconds> kill_after) {
    auto const said = ::memfd_create("output", MFD_CLOEXEC);
    auto const complained = ::memfd_create("errors", MFD_CLOEXEC);
    if (said < 0 || complained < 0) give_up("memfd_create");
    std::vector<char*> words;
    for (auto const& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    auto const child = ::fork();
    if (child < 0) give_up("fork");
    if (child == 0) {
        ::dup2(said, STDOUT_FILENO);
        ::dup2(complained, STDERR_FILENO);
        for (auto const& variable : environment) ::putenv(const_cast<char*>(variable.c_str()));
        ::execv(words.front(), words.data());
        ::_exit(127);
    }
    if (kill_after) {
        ::usleep(static_cast<useconds_t>(kill_after->count()));
        ::kill(child, SIGKILL);
    }
    int status = 0;
    if (::waitpid(child, &status, 0) != child) give_up("waitpid");
    Ended ended;
    ended.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    ended.errors = text_of(complained);
    std::istringstream text(text_of(said));
    std::string line;
    while (std::getline(text, line))
        if (!text.eof()) ended.lines.push_back(line); // the last one may have been cut off
    return ended;
}

} // namespace fanlight::faults
