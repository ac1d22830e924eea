#pragma once
// A node's log on disk: a directory in the layout of c2sp.org/tlog-tiles that outside tools verify unchanged.
//
//   checkpoint                    the signed head
//   checkpoint.new                only while a publish goes on, or after one that a crash cut off
//   tile/entries/<N>[.p/<W>]      leaves, 256 a bundle
//   tile/<L>/<N>[.p/<W>]          hashes, 256 a tile
//
// A publish writes and flushes bundles and tiles under names that no checkpoint needs yet, then writes and flushes
// checkpoint.new, then renames it. So a crash leaves one of:
//   before checkpoint.new is whole    files that no checkpoint needs: the old head; the next append removes them
//   before the rename                 a signed head with all its tiles: open() finishes the rename, the new head
//   after the rename                  the new head

#include "crypto/checkpoint.hpp"
#include "node/log/files.hpp"
#include "node/log/right_edge.hpp"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fanlight::node {

/// One writer at a time, held by a lock on the directory. Not for use by several threads at once. Every error names a
/// kind of tile or leaf; its `at` counts them from 1.
class LogDirectory {
  public:
    /// Makes an empty log with a signed checkpoint of size 0; the directory above must be there. `key` must outlive
    /// the LogDirectory. Errc::exists if there is a log, Errc::malformed if `origin` cannot name a key, Errc::io,
    /// Errc::refused if another process has it open.
    static Result<LogDirectory> create(std::filesystem::path const& directory, std::string origin,
                                       crypto::SigningKey const& key);
    /// Opens and checks: the checkpoint's signature, that the tiles on its right edge hash to its root, and that the
    /// newest entries are those of their hashes. Finishes a publish that a crash cut off. A head that `former` signed,
    /// the log's key before `key`, is signed anew. `key` must outlive the LogDirectory; when its owner replaces it, the
    /// next head is signed with what is there then. Errc::missing: no log here; Errc::damaged: files that contradict
    /// each other or the checkpoint; Errc::bad_signature, Errc::wrong_key: the checkpoint is not this key's; Errc::io;
    /// Errc::refused as above.
    static Result<LogDirectory> open(std::filesystem::path const& directory, std::string origin,
                                     crypto::SigningKey const& key,
                                     std::optional<crypto::VerifyKey> const& former = std::nullopt);

    std::uint64_t size() const { return head_.size; }
    crypto::Checkpoint const& head() const { return head_; }
    /// The checkpoint file: a signed note.
    std::string const& signed_head() const { return signed_head_; }

    /// Publishes all the leaves under one new head, durable when it returns; none is no change. All or nothing: after
    /// an error the log is at its old head and the call may be repeated, except when the last flush failed: then it
    /// is at either, and this object takes no more leaves (Errc::io); open it again. Errc::too_large: 2^62 leaves.
    Result<void> append(std::span<crypto::Leaf const> leaves);

    /// Errc::missing: outside the log; Errc::damaged: not what the signed head says; Errc::io.
    Result<crypto::Leaf> leaf(std::uint64_t index) const;
    Result<std::vector<crypto::Leaf>> leaves(std::uint64_t first, std::uint64_t count) const;
    /// Proofs and roots for this head or an older one, made only from tiles that lead to the signed root.
    /// Errc::malformed: sizes outside the log, or as crypto/merkle.hpp; Errc::missing, Errc::damaged, Errc::io: tiles.
    Result<crypto::Sha256> root_at(std::uint64_t size) const;
    Result<std::vector<crypto::Sha256>> inclusion_proof(std::uint64_t index, std::uint64_t size) const;
    Result<std::vector<crypto::Sha256>> consistency_proof(std::uint64_t old_size, std::uint64_t new_size) const;

  private:
    LogDirectory(FileDescriptor directory, std::string origin, crypto::SigningKey const& key)
        : directory_(std::move(directory)), origin_(std::move(origin)), key_(&key) {}

    struct SignedHead;
    Result<SignedHead> read_head(char const* file, char const* where,
                                 std::optional<crypto::VerifyKey> const& former) const;
    Result<void> load(std::optional<crypto::VerifyKey> const& former);
    Result<std::optional<bool>> finish_publish(std::optional<crypto::VerifyKey> const& former);
    Result<void> find_retired(Tile const& edge);
    Result<void> find_leftovers();
    Result<void> find_leftovers_of(Tile const& edge);
    Result<void> remove_leftovers();
    Result<void> write_tiles(RightEdge& edge, std::span<crypto::Leaf const> leaves, DurableWriter& writer);
    Result<void> write_checkpoint(crypto::Checkpoint const& checkpoint);
    Result<void> rename_checkpoint(crypto::Checkpoint const& checkpoint, std::string note);
    void retire_partials(std::uint64_t old_size);
    void remove_retired();
    Result<void> check_size(std::uint64_t size) const;

    FileDescriptor directory_;
    std::string origin_;
    crypto::SigningKey const* key_;
    crypto::Checkpoint head_;
    std::string signed_head_;
    RightEdge edge_;
    std::vector<std::string> leftovers_; ///< files beyond the head, in the order in which they must go
    std::vector<Tile> retired_;          ///< they have been published full, and have partial tiles
    bool distrust_ = true;               ///< directories may be there that nobody flushed
    bool head_unknown_ = false;          ///< the flush after the rename failed
};

} // namespace fanlight::node
