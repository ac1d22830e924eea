#pragma once
// What the tests of the subject keys share: their files taken apart and put together, and a directory with some people.

#include "node/store/subject_keys.hpp"
#include "node_log_support.hpp"

#include <catch2/catch.hpp>

namespace fanlight::node::subject_keys_test {

using crypto::Pseudonym;
using log_test::Scratch;
namespace fs = std::filesystem;

inline constexpr std::size_t head_bytes = 49;
inline constexpr std::size_t whose_bytes = 28;
inline constexpr std::size_t record_bytes = 100;
inline constexpr std::size_t place_bytes = 4096;

inline WrapKey wrap_key_of(std::uint8_t which = 4) {
    return WrapKey::make([which](MutableBytes out) { std::ranges::fill(out, which); });
}
inline Pseudonym subject_at(std::uint8_t which) {
    return Pseudonym::make([which](MutableBytes out) { std::ranges::fill(out, which); });
}
/// Up to the event that the keys of a KeyRoom are for.
inline std::vector<protocol::ErasedSubject> erasing(std::vector<std::uint8_t> const& people, std::uint64_t last = 7) {
    std::vector<protocol::ErasedSubject> erased;
    for (auto const which : people) erased.push_back({subject_at(which), {2026, last}});
    return erased;
}
inline Bytes bytes_of(crypto::AeadKey const& key) {
    return to_bytes(key.reveal());
}
using Contents = std::map<std::string, Bytes>;
inline Contents contents_of(fs::path const& directory) {
    Contents files;
    for (auto const& entry : fs::directory_iterator(directory)) {
        std::ifstream in(entry.path(), std::ios::binary);
        files[entry.path().filename()] = Bytes(std::istreambuf_iterator<char>(in), {});
    }
    return files;
}
inline void put_back(fs::path const& directory, Contents const& files) {
    for (auto const& entry : fs::directory_iterator(directory)) fs::remove(entry.path());
    for (auto const& [name, bytes] : files)
        std::ofstream(directory / name, std::ios::binary)
            .write(reinterpret_cast<char const*>(bytes.data()), std::streamsize(bytes.size()));
}

/// A directory with the keys of people 1 to `people`, and what they are for one event.
struct KeyRoom {
    Scratch scratch;
    crypto::SeededRandom random{3};
    std::map<std::uint8_t, Bytes> keys;

    explicit KeyRoom(std::uint8_t people = 3) {
        auto made = SubjectKeys::create(place(), wrap_key_of(), Mode::practice, random).value();
        for (std::uint8_t i = 1; i <= people; ++i) keys[i] = bytes_of(made.for_event(subject_at(i), 2026, 7));
        REQUIRE(made.durable());
    }
    fs::path place() const { return scratch / ""; }
    Result<SubjectKeys> open() { return SubjectKeys::open(place(), wrap_key_of(), Mode::practice, random); }
    Result<SubjectKeys> reader() const { return SubjectKeys::open_reader(place(), wrap_key_of(), Mode::practice); }
    std::optional<Bytes> key_in(SubjectKeys const& of, std::uint8_t which) const {
        auto const key = of.find_for_event(subject_at(which), 2026, 7);
        return key ? std::optional(bytes_of(*key)) : std::nullopt;
    }
    /// Whether exactly these people are there, with their own keys.
    bool holds(SubjectKeys const& of, std::vector<std::uint8_t> const& people) const {
        return of.size() == people.size() &&
               std::ranges::all_of(people, [&](std::uint8_t which) { return key_in(of, which) == keys.at(which); });
    }
};

} // namespace fanlight::node::subject_keys_test
