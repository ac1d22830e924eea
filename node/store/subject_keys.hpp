#pragma once
// The keys under which what the log says about each person is kept, so that one person can be erased and every proof
// still holds (docs/protocol.md, "Erasure").
//
//   subject key     random; a person has one, and another from the first event after an erasure on;
//                     event key = BLAKE2b-256(subject key, label || u32 shard || u64 position)
//   wraps           a file of its own: every subject key, wrapped under the file key; appended to, flushed before the
//                   transaction whose openings need it
//                     "FANWRAP1" || u8 place || 24 nonce || AEAD(file key, label || place, nothing)
//                     n * (16 person || u32 shard || u64 position || 24 nonce
//                          || AEAD(file key, label || person || shard || position, subject key))
//   wraps.key       two places of 4096 bytes for the file key, sealed under the node key; written over in place
//                     24 nonce || AEAD(wrap key, label || u8 place, file key || zeros), or zeros: free
//
// A wrap names the place of the first event under its key. An event is under the newest key of the person that is not
// from after the event; so what was logged before an erasure is never taken for what is under the key after it.
//
// Erasing a person up to an event: a fresh file key goes into the free place; a new wraps file without those keys of
// the person that were first used up to that event is written under it, flushed and renamed; the old place is
// overwritten and flushed. From then on the old wrap, wherever a copy of it lies, is under a file key that is nowhere.
// Interrupted anywhere, open() finishes or undoes it: the wraps file says which place it is under, and the other one is
// overwritten.
//
// What is claimed: what the log said about an erased person cannot be recovered by anyone who lacks either the node key
// or a forensic recovery of the overwritten place of wraps.key (a disk may keep what was written over; where the node
// key is, or was, sealed by a TPM, take it from there too). Backups of wraps and wraps.key bring a person back as long
// as they are kept: at most 35 days; and the node erases again whoever was erased as soon as it starts. Not claimed:
// anything about those who were told, about screens, or about what a reader of the log has read before.

#include "crypto/leaf.hpp"
#include "crypto/sealing.hpp"
#include "node/log/files.hpp"
#include "protocol/engine/effects.hpp"

#include <filesystem>
#include <map>

namespace fanlight::node {

/// Short-lived: a subject key lies in memory as it does in the file, and is opened for each use.
using SubjectSecret = crypto::Secret<struct SubjectSecretTag, 32>;
using WrapKey = crypto::LockedAeadKey; ///< opens wraps.key; made of the node key (node/offline/keyring.hpp)

/// One writer, on the core's thread; readers open the files for themselves. Memory: about 150 bytes a key, and
/// twice that while somebody is erased.
class SubjectKeys {
  public:
    /// Makes both files in `directory`. Errc::exists, Errc::io. `random` outlives it.
    static Result<SubjectKeys> create(std::filesystem::path const& directory, WrapKey key, Mode mode,
                                      crypto::Random& random);
    /// Errc::missing, Errc::wrong_key, Errc::damaged (a record that is whole and does not open is named by `at`, from
    /// 1), Errc::io. A last record that is cut off, or ends in zeros as after a power cut, was never needed and is
    /// dropped. Nothing else is written before everything was read and is whole.
    static Result<SubjectKeys> open(std::filesystem::path const& directory, WrapKey key, Mode mode,
                                    crypto::Random& random);
    /// For a store that has said nothing of its subject keys yet: opens what is there, and makes anew what is not, or
    /// what a crash left of making it. Never files that hold anybody. Errors of both.
    static Result<SubjectKeys> open_or_create(std::filesystem::path const& directory, WrapKey key, Mode mode,
                                              crypto::Random& random);
    /// To read only, beside the writer: as it stands now.
    static Result<SubjectKeys> open_reader(std::filesystem::path const& directory, WrapKey key, Mode mode);

    bool has(crypto::Pseudonym const& subject) const;
    std::size_t size() const; ///< how many keys

    /// The key of one person for one event that is logged now; made (in memory) if the person has none, or none that
    /// will stay. durable() before it is used for anything that is kept.
    crypto::AeadKey for_event(crypto::Pseudonym const& subject, int shard, std::uint64_t position);
    /// The same, of a person who had one then; none: erased, or never there.
    std::optional<crypto::AeadKey> find_for_event(crypto::Pseudonym const& subject, int shard,
                                                  std::uint64_t position) const;
    /// Every key made so far is in the file and flushed. Errc::io: nothing is known; the store must not commit.
    Result<void> durable();

    /// They will be erased once what says so is durable. Until then what is under their keys can be read; what is
    /// logged from now on is not under them.
    void expect_erasure(std::span<protocol::ErasedSubject const> erased);
    /// As above. Those that are not there are no error: they are erased. After an error it may be repeated; until it
    /// succeeds the person may still be readable. Errc::io.
    Result<void> erase(std::span<protocol::ErasedSubject const> erased);

    SubjectKeys(SubjectKeys&&) noexcept;
    SubjectKeys& operator=(SubjectKeys&&) noexcept;
    ~SubjectKeys();

  private:
    struct State;
    explicit SubjectKeys(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

} // namespace fanlight::node
