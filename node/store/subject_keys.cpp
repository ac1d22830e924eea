// The order of the steps is the whole point; each is flushed before the next begins:
//
//   erase:  fresh file key --> free place --> wraps.new under it --> rename to wraps, flush the directory
//           --> zeros over the old place
//
// Before the rename the old place counts, after it the new one; the name "wraps" is what decides, and it changes at
// once.

#include "node/store/subject_keys.hpp"

#include "base/byte_reader.hpp"
#include "crypto/labels.hpp"

#include <cassert>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fanlight::node {

namespace {

using crypto::Pseudonym;
using protocol::ErasedSubject;
using protocol::LeafPlace;

constexpr std::string_view magic = "FANWRAP1";
constexpr std::size_t nonce_bytes = crypto::Nonce::size_bytes;
constexpr std::size_t tag_bytes = crypto::aead_overhead_bytes;
constexpr std::size_t head_bytes = magic.size() + 1 + nonce_bytes + tag_bytes;
constexpr std::size_t wrap_bytes = nonce_bytes + SubjectSecret::size_bytes + tag_bytes;
constexpr std::size_t whose_bytes = Pseudonym::size_bytes + 4 + 8;
constexpr std::size_t record_bytes = whose_bytes + wrap_bytes;
/// A block of the disk each, so that writing one cannot harm the other.
constexpr std::size_t place_bytes = 4096;
constexpr std::uint8_t places = 2;

constexpr auto wraps_name = "wraps";
constexpr auto fresh_name = "wraps.new";
constexpr auto key_name = "wraps.key";
constexpr auto wraps_where = "subject keys (wraps)";
constexpr auto key_where = "subject keys (wraps.key)";
constexpr auto restore_both = "Restore wraps and wraps.key from the same backup.";
constexpr auto full_disk = "Is the disk full, or read-only?";
/// An erasure beside a reader changes both files. So many, each between two reads, do not happen.
constexpr int reader_tries = 20;

using Wrap = std::array<std::uint8_t, wrap_bytes>;
/// Whose key it is, and of which event on.
struct Whose {
    Pseudonym subject;
    LeafPlace first;
    auto operator<=>(Whose const&) const = default;
};
using Wraps = std::map<Whose, Wrap>; ///< the keys of one person follow each other, the oldest first
/// Up to which place people are erased.
using Erasures = std::map<Pseudonym, LeafPlace>;

Bytes bytes_of(Whose const& whose) {
    auto const shard = static_cast<std::uint32_t>(whose.first.shard);
    return ByteWriter().raw(whose.subject.view()).u32(shard).u64(whose.first.position).take();
}

Result<Whose> parse_whose(ByteView bytes) {
    FANLIGHT_TRY(auto const subject, Pseudonym::parse(bytes.first(Pseudonym::size_bytes)));
    ByteReader in(bytes.subspan(Pseudonym::size_bytes));
    Whose whose{subject, {static_cast<std::int32_t>(in.u32()), 0}};
    whose.first.position = in.u64();
    FANLIGHT_TRY(in.finish(wraps_where));
    return whose;
}

bool is_gone(Erasures const& erasures, Whose const& whose) {
    auto const erased = erasures.find(whose.subject);
    return erased != erasures.end() && whose.first <= erased->second;
}

/// The latest place counts.
void add(Erasures& erasures, ErasedSubject const& erased) {
    auto& last = erasures.try_emplace(erased.subject, erased.last).first->second;
    last = std::max(last, erased.last);
}

Result<FileDescriptor> open_file(FileDescriptor const& directory, char const* name, int flags, char const* where) {
    FileDescriptor file(::openat(directory.number(), name, flags | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file.is_open()) return file;
    if (errno == ENOENT) return fail(Errc::missing, where, restore_both);
    if (errno == EEXIST) return fail(Errc::exists, where);
    return fail(Errc::io, where);
}

Result<Bytes> read_all(FileDescriptor const& file, char const* where) {
    struct ::stat status {};
    if (::fstat(file.number(), &status) != 0) return fail(Errc::io, where);
    Bytes bytes(static_cast<std::size_t>(status.st_size));
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        auto const count = ::pread(file.number(), bytes.data() + filled, bytes.size() - filled, ::off_t(filled));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail(Errc::io, where);
        if (count == 0) break;
        filled += static_cast<std::size_t>(count);
    }
    bytes.resize(filled);
    return bytes;
}

/// And flushes them.
Result<void> write_at(FileDescriptor const& file, std::size_t at, ByteView bytes, char const* where) {
    while (!bytes.empty()) {
        auto const count = ::pwrite(file.number(), bytes.data(), bytes.size(), ::off_t(at));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return fail(Errc::io, where, full_disk);
        at += static_cast<std::size_t>(count);
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    if (::fdatasync(file.number()) != 0) return fail(Errc::io, where, full_disk);
    return ok();
}

Bytes associated(Mode mode, crypto::Label label, ByteView about) {
    Bytes bytes = to_bytes(as_bytes(crypto::label(mode, label)));
    append(bytes, about);
    return bytes;
}

bool all_zero(ByteView bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

/// nonce || AEAD, taken apart and opened. The result is wiped by the caller.
template <class Key> Result<Bytes> open_sealed(Key const& key, ByteView aad, ByteView sealed) {
    FANLIGHT_TRY(auto const nonce, crypto::Nonce::parse(sealed.first(nonce_bytes)));
    return crypto::aead_open(key, nonce, aad, sealed.subspan(nonce_bytes));
}

/// nonce || AEAD.
template <class Key> Bytes seal_with(Key const& key, ByteView aad, ByteView plain, crypto::Random& random) {
    auto const nonce = random.make<crypto::Nonce>();
    auto sealed = to_bytes(nonce.view());
    append(sealed, crypto::aead_seal(key, nonce, aad, plain));
    return sealed;
}

// ------------------------------------------------------------------------------------------------------- the places

using FileKey = crypto::LockedAeadKey;

Bytes place_associated(Mode mode, std::uint8_t place) {
    return associated(mode, crypto::Label::wrap_key, ByteView(&place, 1));
}

Bytes seal_place(WrapKey const& key, Mode mode, std::uint8_t place, FileKey const& file_key, crypto::Random& random) {
    crypto::SecretBytes plain(place_bytes - nonce_bytes - tag_bytes);
    std::ranges::fill(plain.writable(), std::uint8_t(0));
    std::ranges::copy(file_key.reveal(), plain.writable().begin());
    return seal_with(key, place_associated(mode, place), plain.reveal(), random);
}

std::optional<FileKey> open_place(WrapKey const& key, Mode mode, std::uint8_t place, ByteView file) {
    auto plain = open_sealed(key, place_associated(mode, place), file.subspan(place * place_bytes, place_bytes));
    if (!plain) return std::nullopt;
    auto& bytes = plain.assume_value();
    auto file_key = FileKey::parse(ByteView(bytes).first(FileKey::size_bytes));
    crypto::detail::wipe(bytes);
    return std::move(file_key).assume_value();
}

// -------------------------------------------------------------------------------------------------------- the wraps

Bytes head_of(Mode mode, std::uint8_t place, FileKey const& file_key, crypto::Random& random) {
    auto head = to_bytes(as_bytes(magic));
    append_u8(head, place);
    append(head, seal_with(file_key, associated(mode, crypto::Label::subject_wrap, ByteView(&place, 1)), {}, random));
    return head;
}

Wrap wrap_of(Mode mode, FileKey const& file_key, Whose const& whose, SubjectSecret const& secret,
             crypto::Random& random) {
    auto const sealed =
        seal_with(file_key, associated(mode, crypto::Label::subject_wrap, bytes_of(whose)), secret.reveal(), random);
    Wrap wrap{};
    assert(sealed.size() == wrap.size());
    std::ranges::copy(sealed, wrap.begin());
    return wrap;
}

Result<SubjectSecret> open_wrap(Mode mode, FileKey const& file_key, Whose const& whose, ByteView wrap) {
    FANLIGHT_TRY(auto plain,
                 open_sealed(file_key, associated(mode, crypto::Label::subject_wrap, bytes_of(whose)), wrap));
    auto secret = SubjectSecret::parse(plain, wraps_where);
    crypto::detail::wipe(plain);
    return secret;
}

/// How many of the records were ever written as a whole.
std::size_t whole_records(ByteView records) {
    auto count = records.size() / record_bytes;
    // A power cut may have made the file longer and not what is in it. No record ends so.
    while (count > 0 && all_zero(records.subspan(count * record_bytes - tag_bytes, tag_bytes))) --count;
    return count;
}

/// Both files as they were read.
struct Stored {
    std::uint8_t place;
    FileKey file_key;
    Wraps wraps;
    std::size_t size; ///< of the wraps file as far as it counts; what follows is written over by the next record
    bool free_place_used = false;
};

Result<Wraps> parse_records(Mode mode, FileKey const& file_key, ByteView records) {
    Wraps wraps;
    for (std::size_t i = 0; i * record_bytes < records.size(); ++i) {
        auto const record = records.subspan(i * record_bytes, record_bytes);
        FANLIGHT_TRY(auto const whose, parse_whose(record.first(whose_bytes)));
        Wrap wrap{};
        std::ranges::copy(record.subspan(whose_bytes), wrap.begin());
        bool const opens = open_wrap(mode, file_key, whose, wrap).has_value();
        if (!opens || !wraps.emplace(whose, wrap).second) return fail(Errc::damaged, wraps_where, restore_both, i + 1);
    }
    return wraps;
}

Result<Stored> read_stored(FileDescriptor const& wraps, FileDescriptor const& keys, WrapKey const& key, Mode mode) {
    FANLIGHT_TRY(auto const file, read_all(wraps, wraps_where));
    FANLIGHT_TRY(auto const key_file, read_all(keys, key_where));
    ByteView const view = file;
    if (key_file.size() != places * place_bytes) return fail(Errc::damaged, key_where, restore_both);
    if (view.size() < head_bytes || as_text(view.first(magic.size())) != magic || view[magic.size()] >= places)
        return fail(Errc::damaged, wraps_where, restore_both);
    std::uint8_t const place = view[magic.size()];
    std::uint8_t const other = place == 0 ? 1 : 0;
    auto file_key = open_place(key, mode, place, key_file);
    if (!file_key && open_place(key, mode, other, key_file)) return fail(Errc::damaged, key_where, restore_both);
    if (!file_key)
        return fail(Errc::wrong_key, key_where, "The node key is another one than it was made with, or it is damaged.");
    // The key of this very file: a wrong number of the place must not make us overwrite the right one.
    auto const head = open_sealed(*file_key, associated(mode, crypto::Label::subject_wrap, ByteView(&place, 1)),
                                  view.subspan(magic.size() + 1, nonce_bytes + tag_bytes));
    if (!head) return fail(Errc::damaged, wraps_where, restore_both);
    auto const count = whole_records(view.subspan(head_bytes));
    FANLIGHT_TRY(auto records, parse_records(mode, *file_key, view.subspan(head_bytes, count * record_bytes)));
    bool const used = !all_zero(ByteView(key_file).subspan(other * place_bytes, place_bytes));
    return Stored{place, std::move(*file_key), std::move(records), head_bytes + count * record_bytes, used};
}

crypto::AeadKey event_key(Mode mode, SubjectSecret const& secret, LeafPlace const& place) {
    auto const event = ByteWriter().u32(static_cast<std::uint32_t>(place.shard)).u64(place.position).take();
    return crypto::AeadKey::make([&](MutableBytes out) {
        crypto::blake2b(out, secret.reveal(), {as_bytes(crypto::label(mode, crypto::Label::subject_event)), event});
    });
}

} // namespace

// ------------------------------------------------------------------------------------------------------ subject keys

struct SubjectKeys::State {
    Mode mode;
    WrapKey wrap_key;
    crypto::Random* random; ///< nullptr: to read only
    FileDescriptor directory;
    FileDescriptor wraps_file;
    FileDescriptor key_file;
    Stored stored;
    Bytes waiting;           ///< records that are not in the file yet
    bool unfinished = false; ///< an erasure has renamed, and the old place may still be there
    Erasures expected;       ///< what is logged after them is under no key from before them

    std::uint8_t other_place() const { return stored.place == 0 ? 1 : 0; }

    /// The rest of an erasure: only once the new name is durable is the old place of no use.
    Result<void> finish() {
        // Not known whether the rename took place: then the old place may be the one that counts.
        if (!is_current()) return fail(Errc::io, wraps_where, full_disk);
        FANLIGHT_TRY(flush(directory, "."));
        FANLIGHT_TRY(write_at(key_file, other_place() * place_bytes, Bytes(place_bytes), key_where));
        unfinished = false;
        return ok();
    }

    /// Whether "wraps" is still the file that we have open.
    bool is_current() const {
        struct ::stat named {};
        struct ::stat ours {};
        return ::fstatat(directory.number(), wraps_name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
               ::fstat(wraps_file.number(), &ours) == 0 && named.st_ino == ours.st_ino;
    }

    /// The key that an event of this place is under.
    Wraps::const_iterator find(Pseudonym const& subject, LeafPlace const& place) const {
        auto const after = stored.wraps.upper_bound({subject, place});
        if (after == stored.wraps.begin()) return stored.wraps.end();
        auto const newest = std::prev(after);
        return newest->first.subject == subject ? newest : stored.wraps.end();
    }
    crypto::AeadKey event_key_under(Wraps::value_type const& wrap, LeafPlace const& place) const {
        auto const secret = open_wrap(mode, stored.file_key, wrap.first, wrap.second);
        assert(secret); // each was opened when it was read, and is in nobody else's hands
        return event_key(mode, secret.assume_value(), place);
    }
    Result<void> rewrite_without(Erasures const& gone);
};

Result<void> SubjectKeys::State::rewrite_without(Erasures const& gone) {
    auto const place = other_place();
    Stored fresh{place, random->make<FileKey>(), {}, 0};
    auto file = head_of(mode, place, fresh.file_key, *random);
    file.reserve(file.size() + stored.wraps.size() * record_bytes);
    for (auto const& [whose, wrap] : stored.wraps) {
        if (is_gone(gone, whose)) continue;
        FANLIGHT_TRY(auto const secret, open_wrap(mode, stored.file_key, whose, wrap));
        auto const again = wrap_of(mode, fresh.file_key, whose, secret, *random);
        append(file, bytes_of(whose));
        append(file, again);
        fresh.wraps.emplace_hint(fresh.wraps.end(), whose, again);
    }
    fresh.size = file.size();
    FANLIGHT_TRY(
        write_at(key_file, place * place_bytes, seal_place(wrap_key, mode, place, fresh.file_key, *random), key_where));
    FANLIGHT_TRY(auto fresh_file, open_file(directory, fresh_name, O_RDWR | O_CREAT | O_TRUNC, wraps_where));
    FANLIGHT_TRY(write_at(fresh_file, 0, file, wraps_where));
    bool const renamed = ::renameat(directory.number(), fresh_name, directory.number(), wraps_name) == 0;
    if (!renamed && is_current()) return fail(Errc::io, wraps_where, full_disk);
    // From here on we go on with the new file, or not at all.
    unfinished = true;
    wraps_file = std::move(fresh_file);
    stored = std::move(fresh);
    waiting.clear();
    return finish();
}

SubjectKeys::SubjectKeys(std::unique_ptr<State> state) : state_(std::move(state)) {}
SubjectKeys::SubjectKeys(SubjectKeys&&) noexcept = default;
SubjectKeys& SubjectKeys::operator=(SubjectKeys&&) noexcept = default;
SubjectKeys::~SubjectKeys() = default;

Result<SubjectKeys> SubjectKeys::create(std::filesystem::path const& directory, WrapKey key, Mode mode,
                                        crypto::Random& random) {
    FANLIGHT_TRY(auto folder, open_directory(directory));
    constexpr int flags = O_RDWR | O_CREAT | O_EXCL;
    if (exists(folder, wraps_name)) return fail(Errc::exists, wraps_where);
    FANLIGHT_TRY(auto key_file, open_file(folder, key_name, flags, key_where));
    Stored stored{0, random.make<FileKey>(), {}, 0};
    auto places_of_key = seal_place(key, mode, 0, stored.file_key, random);
    places_of_key.resize(places * place_bytes);
    FANLIGHT_TRY(write_at(key_file, 0, places_of_key, key_where));
    FANLIGHT_TRY(auto wraps_file, open_file(folder, wraps_name, flags, wraps_where));
    auto const head = head_of(mode, 0, stored.file_key, random);
    FANLIGHT_TRY(write_at(wraps_file, 0, head, wraps_where));
    FANLIGHT_TRY(flush(folder, "."));
    stored.size = head.size();
    std::unique_ptr<State> state(new State{mode,
                                           std::move(key),
                                           &random,
                                           std::move(folder),
                                           std::move(wraps_file),
                                           std::move(key_file),
                                           std::move(stored),
                                           {},
                                           false,
                                           {}});
    return SubjectKeys(std::move(state));
}

Result<SubjectKeys> SubjectKeys::open(std::filesystem::path const& directory, WrapKey key, Mode mode,
                                      crypto::Random& random) {
    FANLIGHT_TRY(auto folder, open_directory(directory));
    FANLIGHT_TRY(auto wraps_file, open_file(folder, wraps_name, O_RDWR, wraps_where));
    FANLIGHT_TRY(auto key_file, open_file(folder, key_name, O_RDWR, key_where));
    FANLIGHT_TRY(auto stored, read_stored(wraps_file, key_file, key, mode));
    std::unique_ptr<State> state(new State{mode,
                                           std::move(key),
                                           &random,
                                           std::move(folder),
                                           std::move(wraps_file),
                                           std::move(key_file),
                                           std::move(stored),
                                           {},
                                           false,
                                           {}});
    if (state->stored.free_place_used) { // an erasure was cut off, before or after its rename
        FANLIGHT_TRY(state->finish());
    }
    FANLIGHT_TRY(remove_file(state->directory, fresh_name));
    return SubjectKeys(std::move(state));
}

Result<SubjectKeys> SubjectKeys::open_or_create(std::filesystem::path const& directory, WrapKey key, Mode mode,
                                                crypto::Random& random) {
    FANLIGHT_TRY(auto const folder, open_directory(directory));
    struct ::stat wraps {};
    bool const there = ::fstatat(folder.number(), wraps_name, &wraps, AT_SYMLINK_NOFOLLOW) == 0;
    if (!there && errno != ENOENT) return fail(Errc::io, wraps_where);
    if (there && wraps.st_size >= ::off_t(head_bytes)) return open(directory, std::move(key), mode, random);
    for (auto const* name : {key_name, wraps_name}) {
        FANLIGHT_TRY(remove_file(folder, name));
    }
    return create(directory, std::move(key), mode, random);
}

Result<SubjectKeys> SubjectKeys::open_reader(std::filesystem::path const& directory, WrapKey key, Mode mode) {
    FANLIGHT_TRY(auto folder, open_directory(directory));
    for (int tries = 1;; ++tries) {
        FANLIGHT_TRY(auto wraps_file, open_file(folder, wraps_name, O_RDONLY, wraps_where));
        FANLIGHT_TRY(auto key_file, open_file(folder, key_name, O_RDONLY, key_where));
        auto stored = read_stored(wraps_file, key_file, key, mode);
        if (!stored && tries < reader_tries) continue; // between the two an erasure may have changed them
        if (!stored) return std::move(stored).as_failure();
        std::unique_ptr<State> state(new State{mode,
                                               std::move(key),
                                               nullptr,
                                               std::move(folder),
                                               std::move(wraps_file),
                                               std::move(key_file),
                                               std::move(stored).assume_value(),
                                               {},
                                               false,
                                               {}});
        return SubjectKeys(std::move(state));
    }
}

bool SubjectKeys::has(Pseudonym const& subject) const {
    auto const& wraps = state_->stored.wraps;
    auto const first = wraps.lower_bound({subject, {}});
    return first != wraps.end() && first->first.subject == subject;
}

std::size_t SubjectKeys::size() const {
    return state_->stored.wraps.size();
}

crypto::AeadKey SubjectKeys::for_event(Pseudonym const& subject, int shard, std::uint64_t position) {
    auto& state = *state_;
    LeafPlace const place{shard, position};
    Whose const whose{subject, place};
    auto const known = state.find(subject, place);
    // An event from before the erasure that is expected goes with the others.
    if (known != state.stored.wraps.end() && (!is_gone(state.expected, known->first) || is_gone(state.expected, whose)))
        return state.event_key_under(*known, place);
    assert(state.random != nullptr);
    auto const secret = state.random->make<SubjectSecret>();
    auto const wrap = wrap_of(state.mode, state.stored.file_key, whose, secret, *state.random);
    state.stored.wraps.insert_or_assign(whose, wrap);
    append(state.waiting, bytes_of(whose));
    append(state.waiting, wrap);
    return event_key(state.mode, secret, place);
}

std::optional<crypto::AeadKey> SubjectKeys::find_for_event(Pseudonym const& subject, int shard,
                                                           std::uint64_t position) const {
    LeafPlace const place{shard, position};
    auto const wrap = state_->find(subject, place);
    if (wrap == state_->stored.wraps.end()) return std::nullopt;
    return state_->event_key_under(*wrap, place);
}

Result<void> SubjectKeys::durable() {
    auto& state = *state_;
    if (state.unfinished) {
        FANLIGHT_TRY(state.finish());
    }
    if (state.waiting.empty()) return ok();
    FANLIGHT_TRY(write_at(state.wraps_file, state.stored.size, state.waiting, wraps_where));
    state.stored.size += state.waiting.size();
    state.waiting.clear();
    return ok();
}

void SubjectKeys::expect_erasure(std::span<ErasedSubject const> erased) {
    for (auto const& one : erased) add(state_->expected, one);
}

Result<void> SubjectKeys::erase(std::span<ErasedSubject const> erased) {
    auto& state = *state_;
    assert(state.random != nullptr);
    if (state.unfinished) {
        FANLIGHT_TRY(state.finish());
    }
    Erasures gone;
    for (auto const& one : erased) add(gone, one);
    auto const& wraps = state.stored.wraps;
    bool const any =
        std::any_of(wraps.begin(), wraps.end(), [&](auto const& wrap) { return is_gone(gone, wrap.first); });
    return any ? state.rewrite_without(gone) : ok();
}

} // namespace fanlight::node
