#pragma once
// What the tests of the log on disk share: a scratch directory, leaves, and directories taken apart and put together.

#include "crypto/random.hpp"
#include "node/log/log_directory.hpp"
#include "node/log/verify.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <unistd.h>
#include <vector>

namespace fanlight::node::log_test {

namespace fs = std::filesystem;

inline constexpr char const* origin = "hub.example.gov.uk/disclosures/police/2026";

/// A directory of its own for a test, removed at the end; in memory where it can be, for thousands of flushes.
class Scratch {
  public:
    Scratch() {
        auto const memory = ::access("/dev/shm", W_OK) == 0;
        auto const above = memory ? fs::path("/dev/shm") : fs::temp_directory_path();
        std::string name = (above / "fanlight-log-XXXXXX").string();
        if (::mkdtemp(name.data()) != nullptr) path_ = name;
    }
    ~Scratch() { fs::remove_all(path_); }
    Scratch(Scratch const&) = delete;
    Scratch& operator=(Scratch const&) = delete;
    fs::path operator/(char const* name) const { return path_ / name; }

  private:
    fs::path path_;
};

inline crypto::SigningKey const& log_key() {
    static auto const key = [] {
        crypto::SeededRandom random(26);
        return crypto::SigningKey::generate(random);
    }();
    return key;
}

inline crypto::NoteKey public_key() {
    return {origin, log_key().verify_key()};
}

/// The leaf that stands at `index` in the logs of these tests; `world` tells two histories apart.
inline crypto::Leaf leaf_at(std::uint64_t index, std::uint8_t world = 0) {
    Bytes number{world};
    append_u64(number, index);
    auto const kind = static_cast<crypto::LeafClass>(index % 22 + 1);
    return {kind, {}, crypto::ExchangeTag(), crypto::sha256({number})};
}

inline std::vector<crypto::Leaf> leaves_at(std::uint64_t first, std::uint64_t count, std::uint8_t world = 0) {
    std::vector<crypto::Leaf> leaves;
    for (auto index = first; index < first + count; ++index) leaves.push_back(leaf_at(index, world));
    return leaves;
}

inline crypto::Sha256 root_of(std::span<crypto::Leaf const> leaves) {
    crypto::TreeHead head;
    for (auto const& leaf : leaves) head.append(crypto::leaf_hash(leaf.bytes()));
    return head.root();
}

inline LogDirectory create(fs::path const& path) {
    return LogDirectory::create(path, origin, log_key()).value();
}

inline Result<LogDirectory> open(fs::path const& path) {
    return LogDirectory::open(path, origin, log_key());
}

inline void grow_to(LogDirectory& log, std::uint64_t size, std::uint8_t world = 0) {
    if (size > log.size()) REQUIRE(log.append(leaves_at(log.size(), size - log.size(), world)));
}

/// A log that was published at each of these sizes.
inline void make_log(fs::path const& path, std::initializer_list<std::uint64_t> sizes) {
    auto log = create(path);
    for (auto const size : sizes) grow_to(log, size);
}

inline std::string read_text(fs::path const& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_text(fs::path const& path, std::string_view text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
}

/// Every file of a directory, by path.
inline std::map<std::string, std::string> snapshot(fs::path const& root) {
    std::map<std::string, std::string> files;
    for (auto const& entry : fs::recursive_directory_iterator(root)) {
        if (entry.is_regular_file()) files[entry.path().lexically_relative(root).string()] = read_text(entry.path());
    }
    return files;
}

inline void restore(fs::path const& root, std::map<std::string, std::string> const& files) {
    fs::remove_all(root);
    fs::create_directories(root);
    for (auto const& [path, text] : files) write_text(root / path, text);
}

/// The log is exactly the leaves of `world` from `forked` on, and those of world 0 before.
inline void check_log(fs::path const& path, std::uint64_t size, std::uint64_t forked = ~0ULL, std::uint8_t world = 0) {
    auto leaves = leaves_at(0, std::min(size, forked));
    for (auto index = forked; index < size; ++index) leaves.push_back(leaf_at(index, world));
    auto const report = verify_log(path, public_key());
    REQUIRE(report);
    CHECK(report.value().leaves == size);
    CHECK(report.value().head.root == root_of(leaves));
    auto const log = open(path);
    REQUIRE(log);
    auto const read = log.value().leaves(0, size);
    REQUIRE(read);
    for (std::uint64_t i = 0; i < size; ++i) REQUIRE(read.value()[i].bytes() == leaves[i].bytes());
}

/// What a publish from one size to another writes, and what is on disk on both sides of it.
struct Publish {
    std::map<std::string, std::string> before, after;
    std::vector<std::string> written; ///< tiles and bundles
};

inline Publish publish(fs::path const& path, std::uint64_t old_size, std::uint64_t new_size) {
    Publish publish;
    auto log = create(path);
    grow_to(log, old_size);
    publish.before = snapshot(path);
    grow_to(log, new_size);
    publish.after = snapshot(path);
    for (auto const& [file, text] : publish.after) {
        if (file != "checkpoint" && publish.before.count(file) == 0) publish.written.push_back(file);
    }
    return publish;
}

/// A byte flipped in a file, put back at the end.
class Flip {
  public:
    Flip(fs::path path, std::size_t at, unsigned bit) : path_(std::move(path)), text_(read_text(path_)) {
        auto changed = text_;
        changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ (1U << bit));
        write_text(path_, changed);
    }
    ~Flip() { write_text(path_, text_); }
    Flip(Flip const&) = delete;
    Flip& operator=(Flip const&) = delete;

  private:
    fs::path path_;
    std::string text_;
};

} // namespace fanlight::node::log_test
