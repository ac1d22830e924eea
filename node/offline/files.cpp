#include "node/offline/files.hpp"

#include "node/log/files.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace fanlight::node {

Result<Bytes> read_small_file(std::filesystem::path const& file, std::size_t bytes_max, char const* where) {
    FileDescriptor const descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!descriptor.is_open())
        return fail(errno == ENOENT ? Errc::missing : Errc::io, where, "Check the path and who may read it.");
    Bytes bytes;
    std::array<std::uint8_t, 65536> piece{};
    for (;;) {
        auto const got = ::read(descriptor.number(), piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(Errc::io, where);
        if (got == 0) return bytes;
        append(bytes, ByteView(piece).first(static_cast<std::size_t>(got)));
        if (bytes.size() > bytes_max) return fail(Errc::too_large, where);
    }
}

Result<void> replace_file(std::filesystem::path const& file, ByteView bytes, char const* where) {
    auto const beside = file.string() + ".new";
    {
        FileDescriptor const descriptor(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        if (!descriptor.is_open()) return fail(Errc::io, where, "Check the directory and who may write to it.");
        auto rest = bytes;
        while (!rest.empty()) {
            auto const put = ::write(descriptor.number(), rest.data(), rest.size());
            if (put < 0 && errno == EINTR) continue;
            if (put < 0) return fail(Errc::io, where, "The disk may be full.");
            rest = rest.subspan(static_cast<std::size_t>(put));
        }
        if (::fsync(descriptor.number()) != 0) return fail(Errc::io, where);
    }
    if (::rename(beside.c_str(), file.c_str()) != 0) return fail(Errc::io, where);
    FANLIGHT_TRY(auto const directory, open_directory(file.parent_path()));
    if (::fsync(directory.number()) != 0) return fail(Errc::io, where);
    return ok();
}

} // namespace fanlight::node
