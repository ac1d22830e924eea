// POSIX files below one open directory. Every path is relative to it, so renaming the log's parent changes nothing.

#include "node/log/files.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace fanlight::node {

namespace {

constexpr mode_t file_mode = 0600;
constexpr mode_t directory_mode = 0700;
constexpr std::size_t open_files_max = 64;
constexpr std::size_t flushes_at_once = 8;
constexpr char const* flush_name = "log file: flush";
constexpr char const* full_disk = "Is the disk full, or read-only?";

std::string parent_of(std::string const& path) {
    auto const slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash);
}

bool write_all(int file, ByteView bytes) {
    while (!bytes.empty()) {
        auto const count = ::write(file, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return true;
}

/// All at once, because a disk makes one flush of those that wait for it at the same time.
Result<void> flush_all(std::vector<FileDescriptor> const& files) {
    std::atomic<std::size_t> next = 0;
    std::atomic<bool> failed = false;
    auto const work = [&] {
        for (auto i = next++; i < files.size(); i = next++)
            if (::fsync(files[i].number()) != 0) failed = true;
    };
    std::vector<std::thread> others;
    try {
        for (std::size_t i = 1; i < std::min(files.size(), flushes_at_once); ++i) others.emplace_back(work);
    } catch (std::system_error const&) { // no more threads to be had: those that there are do it
    }
    work();
    for (auto& other : others) other.join();
    if (failed) return fail(Errc::io, flush_name, full_disk);
    return ok();
}

FileDescriptor open_at(FileDescriptor const& directory, std::string const& path, int flags) {
    return FileDescriptor(::openat(directory.number(), path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, file_mode));
}

} // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
        if (is_open()) ::close(number_);
        number_ = std::exchange(other.number_, -1);
    }
    return *this;
}

FileDescriptor::~FileDescriptor() {
    if (is_open()) ::close(number_);
}

Result<FileDescriptor> open_directory(std::filesystem::path const& path) {
    FileDescriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.is_open()) return directory;
    return fail(errno == ENOENT ? Errc::missing : Errc::io, "log directory");
}

bool exists(FileDescriptor const& directory, std::string const& path) {
    return ::faccessat(directory.number(), path.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

bool is_directory(FileDescriptor const& directory, std::string const& path) {
    struct ::stat status {};
    return ::fstatat(directory.number(), path.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
}

Result<Bytes> read_file(FileDescriptor const& directory, std::string const& path, std::size_t bytes_max,
                        char const* where, std::uint64_t at) {
    auto const file = open_at(directory, path, O_RDONLY);
    if (!file.is_open()) return fail(errno == ENOENT || errno == ENOTDIR ? Errc::missing : Errc::io, where, "", at);
    // One byte more than the limit, so that a longer file shows itself.
    Bytes bytes(bytes_max + 1);
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        auto const count = ::read(file.number(), bytes.data() + filled, bytes.size() - filled);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail(Errc::io, where, "", at);
        if (count == 0) break;
        filled += static_cast<std::size_t>(count);
    }
    if (filled > bytes_max) return fail(Errc::too_large, where, "", at);
    bytes.resize(filled);
    return bytes;
}

Result<Bytes> read_tile(FileDescriptor const& directory, Tile const& tile) {
    auto full = tile;
    full.width = Tile::full_width;
    auto wanted = tile;
    auto bytes = read_file(directory, tile_path(tile), tile.size_bytes(), tile_name(tile), tile_at(tile));
    if (!bytes && bytes.error().code == Errc::missing && !tile.is_full()) {
        // tlog-tiles, "Partial Tiles": a partial tile may be gone once the full one is available.
        wanted = full;
        bytes = read_file(directory, tile_path(full), full.size_bytes(), tile_name(tile), tile_at(tile));
    }
    if (!bytes && bytes.error().code != Errc::too_large) return bytes;
    if (!bytes || bytes.value().size() != wanted.size_bytes()) {
        return fail(Errc::damaged, tile_name(tile), "The file has the wrong size.", tile_at(tile));
    }
    bytes.value().resize(tile.size_bytes());
    return bytes;
}

Result<FileDescriptor> DurableWriter::open_for_writing(std::string const& path) {
    constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC;
    auto file = open_at(*directory_, path, flags);
    if (file.is_open()) return file;
    if (errno != ENOENT) return fail(Errc::io, "log file", full_disk);
    // Directories of the path, top down; each new name is an entry to flush in the directory above.
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        auto const part = path.substr(0, slash);
        if (::mkdirat(directory_->number(), part.c_str(), directory_mode) == 0) {
            flush_later(parent_of(part));
        } else if (errno != EEXIST) {
            return fail(Errc::io, "log directory", full_disk);
        }
    }
    file = open_at(*directory_, path, flags);
    if (!file.is_open()) return fail(Errc::io, "log file", full_disk);
    return file;
}

void DurableWriter::flush_later(std::string directory) {
    auto const known = std::find(directories_.begin(), directories_.end(), directory) != directories_.end();
    if (!known) directories_.push_back(std::move(directory));
}

Result<void> DurableWriter::write(std::string const& path, ByteView bytes) {
    if (open_.size() == open_files_max) {
        FANLIGHT_TRY(sync_files());
    }
    FANLIGHT_TRY(auto file, open_for_writing(path));
    written_.push_back(path);
    flush_later(parent_of(path));
    if (distrust_) {
        for (auto above = parent_of(path); above != "."; above = parent_of(above)) flush_later(parent_of(above));
    }
    if (!write_all(file.number(), bytes)) return fail(Errc::io, "log file", full_disk);
    // Writing back starts now for all files, so that they share the journal's next commit.
    ::sync_file_range(file.number(), 0, 0, SYNC_FILE_RANGE_WRITE);
    open_.push_back(std::move(file));
    return ok();
}

Result<void> DurableWriter::sync_files() {
    auto const flushed = flush_all(open_);
    open_.clear();
    return flushed;
}

Result<void> DurableWriter::sync() {
    // Names may become durable before the contents: no checkpoint needs them yet.
    for (auto const& path : directories_) {
        auto directory = open_at(*directory_, path, O_RDONLY);
        if (!directory.is_open()) return fail(Errc::io, flush_name, full_disk);
        open_.push_back(std::move(directory));
    }
    FANLIGHT_TRY(sync_files());
    directories_.clear();
    return ok();
}

Result<void> flush(FileDescriptor const& directory, std::string const& path) {
    auto const file = open_at(directory, path, O_RDONLY);
    if (file.is_open() && ::fsync(file.number()) == 0) return ok();
    return fail(Errc::io, flush_name, full_disk);
}

Result<void> remove_file(FileDescriptor const& directory, std::string const& path) {
    if (::unlinkat(directory.number(), path.c_str(), 0) == 0 || errno == ENOENT || errno == ENOTDIR) return ok();
    return fail(Errc::io, "log file: removal");
}

Result<std::vector<std::string>> list_directory(FileDescriptor const& directory, std::string const& path) {
    std::vector<std::string> names;
    auto const number = ::openat(directory.number(), path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (number < 0 && (errno == ENOENT || errno == ENOTDIR)) return names;
    if (number < 0) return fail(Errc::io, "log directory");
    auto const close = [](DIR* stream) { ::closedir(stream); };
    std::unique_ptr<DIR, decltype(close)> const stream(::fdopendir(number), close);
    if (!stream) {
        ::close(number);
        return fail(Errc::io, "log directory");
    }
    while (auto const* const entry = ::readdir(stream.get())) {
        std::string name(static_cast<char const*>(entry->d_name));
        if (name != "." && name != "..") names.push_back(std::move(name));
    }
    return names;
}

} // namespace fanlight::node
