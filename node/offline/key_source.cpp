#include "node/offline/key_source.hpp"

#include "crypto/text.hpp"

#include <cerrno>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

namespace fanlight::node {

namespace {

constexpr std::size_t line_bytes_max = 1024;
constexpr std::size_t passphrase_bytes_min = 12;

/// Up to a newline or the end. Errc::too_large, Errc::io.
Result<crypto::SecretBytes> read_line(int fd, char const* where) {
    crypto::SecretBytes buffer(line_bytes_max);
    auto const out = buffer.writable();
    std::size_t size = 0;
    for (;;) {
        if (size == out.size()) return fail(Errc::too_large, where);
        auto const got = ::read(fd, out.data() + size, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(Errc::io, where, "The file descriptor cannot be read.");
        if (got == 0 || out[size] == '\n') break;
        ++size;
    }
    crypto::SecretBytes line(size);
    std::copy_n(out.begin(), size, line.writable().begin());
    return line;
}

/// A terminal without echo, for as long as it lives.
class Quiet {
  public:
    explicit Quiet(int terminal) : terminal_(terminal) {
        good_ = ::tcgetattr(terminal, &before_) == 0;
        auto quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        good_ = good_ && ::tcsetattr(terminal, TCSAFLUSH, &quiet) == 0;
    }
    Quiet(Quiet const&) = delete;
    Quiet& operator=(Quiet const&) = delete;
    ~Quiet() {
        if (good_) ::tcsetattr(terminal_, TCSAFLUSH, &before_);
    }
    bool good() const { return good_; }

  private:
    int terminal_;
    termios before_{};
    bool good_ = false;
};

Result<crypto::SecretBytes> ask(int terminal, std::string_view prompt) {
    Quiet const quiet(terminal);
    if (!quiet.good()) return fail(Errc::io, "terminal");
    [[maybe_unused]] auto const asked = ::write(terminal, prompt.data(), prompt.size());
    auto line = read_line(terminal, "passphrase");
    [[maybe_unused]] auto const ended = ::write(terminal, "\n", 1);
    return line;
}

} // namespace

Result<crypto::SecretBytes> read_passphrase(KeySource const& source, bool confirm) {
    constexpr auto where = "passphrase";
    auto const check = [&](crypto::SecretBytes line) -> Result<crypto::SecretBytes> {
        if (line.reveal().empty()) return fail(Errc::missing, where, "Type it, or give it with --passphrase-fd.");
        if (confirm && line.reveal().size() < passphrase_bytes_min)
            return fail(Errc::malformed, where, "Use at least 12 characters; four random words are good.");
        return line;
    };
    if (source.passphrase_fd >= 0) {
        FANLIGHT_TRY(auto line, read_line(source.passphrase_fd, where));
        return check(std::move(line));
    }
    auto const terminal = ::open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (terminal < 0)
        return fail(Errc::missing, where,
                    "There is no terminal to ask at. Give the key with --key-fd or the passphrase with "
                    "--passphrase-fd.");
    auto const question = std::string("Passphrase of ") + source.of + ": ";
    auto first = ask(terminal, question.c_str());
    auto second = first && confirm ? ask(terminal, "Again: ") : Result<crypto::SecretBytes>(crypto::SecretBytes(0));
    ::close(terminal);
    FANLIGHT_TRY(auto line, std::move(first));
    if (confirm) {
        FANLIGHT_TRY(auto const again, std::move(second));
        if (line.reveal().size() != again.reveal().size() || !crypto::detail::equal(line.reveal(), again.reveal()))
            return fail(Errc::malformed, where, "The two differ.");
    }
    return check(std::move(line));
}

Result<NodeKey> read_node_key(int fd) {
    constexpr auto where = "node key from the file descriptor";
    crypto::SecretBytes buffer(65);
    auto const out = buffer.writable();
    std::size_t size = 0;
    while (size < out.size()) {
        auto const got = ::read(fd, out.data() + size, out.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(Errc::io, where, "The file descriptor cannot be read.");
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    auto bytes = buffer.reveal().first(size);
    if (bytes.size() == 65 && bytes.back() == '\n') bytes = bytes.first(64);
    if (bytes.size() == 64) {
        FANLIGHT_TRY(auto key, crypto::from_hex(as_text(bytes)));
        auto parsed = NodeKey::parse(key, where);
        crypto::detail::wipe(key);
        return parsed;
    }
    if (bytes.size() != 32) return fail(Errc::malformed, where, "It must be exactly 32 bytes, or 64 hex digits.");
    return NodeKey::parse(bytes, where);
}

} // namespace fanlight::node
