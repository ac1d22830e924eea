#pragma once
// The file operations of a log directory: reads that name what is wrong, and writes that are durable when they return.

#include "node/log/tile.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace fanlight::node {

/// An open file or directory, closed at the end.
class FileDescriptor {
  public:
    FileDescriptor() = default;
    explicit FileDescriptor(int number) : number_(number) {}
    FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept;
    FileDescriptor(FileDescriptor const&) = delete;
    FileDescriptor& operator=(FileDescriptor const&) = delete;
    ~FileDescriptor();
    int number() const { return number_; }
    bool is_open() const { return number_ >= 0; }

  private:
    int number_ = -1;
};

/// Errc::missing if it is not there, Errc::io otherwise.
Result<FileDescriptor> open_directory(std::filesystem::path const& path);

bool exists(FileDescriptor const& directory, std::string const& path);
bool is_directory(FileDescriptor const& directory, std::string const& path); ///< a link to one is not
/// The whole file. Errc::missing, Errc::too_large (over `bytes_max`), Errc::io; all name `where`.
Result<Bytes> read_file(FileDescriptor const& directory, std::string const& path, std::size_t bytes_max,
                        char const* where, std::uint64_t at = 0);
/// A tile that a published checkpoint needs: the partial file, or the front of the full tile that may replace it.
/// Errc::missing, Errc::damaged (another size), Errc::io; they name the tile.
Result<Bytes> read_tile(FileDescriptor const& directory, Tile const& tile);

/// Writes new files and makes them all durable at once: the writes first, then the flushes of files and
/// directories side by side, on threads of their own, so that the disk sees few of them.
class DurableWriter {
  public:
    /// `distrust` flushes every directory on the way to a file, because an earlier writer that was cut off may have
    /// made some of them and not flushed them.
    explicit DurableWriter(FileDescriptor const& directory, bool distrust = false)
        : directory_(&directory), distrust_(distrust) {}
    /// A file with mode 0600 in directories with mode 0700, made where they are missing. Errc::io.
    Result<void> write(std::string const& path, ByteView bytes);
    /// After it, the contents of everything written survive a power cut; after sync(), their names too. Errc::io:
    /// nothing is known.
    Result<void> sync_files();
    Result<void> sync();
    /// Paths in the order of writing, also those whose writing failed half-way.
    std::vector<std::string> const& written() const { return written_; }

  private:
    Result<FileDescriptor> open_for_writing(std::string const& path);
    void flush_later(std::string directory);

    FileDescriptor const* directory_;
    bool distrust_;
    std::vector<FileDescriptor> open_;
    std::vector<std::string> written_;
    std::vector<std::string> directories_; ///< whose list of names has changed
};

/// Makes a file's contents, or a directory's list of names, survive a power cut. Errc::io.
Result<void> flush(FileDescriptor const& directory, std::string const& path);
/// Removes a file if it is there. Errc::io.
Result<void> remove_file(FileDescriptor const& directory, std::string const& path);
/// The names in a directory, in any order; none if there is no such directory. Errc::io.
Result<std::vector<std::string>> list_directory(FileDescriptor const& directory, std::string const& path);

} // namespace fanlight::node
