// Runs a fuzz target over the files of its corpus: the replay that every build
// makes. One program for all targets, each compiled with its entry point under
// a name of its own (tests/CMakeLists.txt).
//   fuzz-replay NAME CORPUS_DIRECTORY

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <vector>

// fuzz_targets.inc is made when the build is configured: FUZZ_TARGET(name) for
// each file beside this one.
#define FUZZ_TARGET(name) extern "C" int fuzz_##name(std::uint8_t const* bytes, std::size_t size);
#include "fuzz_targets.inc"
#undef FUZZ_TARGET

namespace {

struct Target {
    std::string_view name;
    int (*run)(std::uint8_t const* bytes, std::size_t size);
};
constexpr Target targets[] = {
#define FUZZ_TARGET(name) {#name, fuzz_##name},
#include "fuzz_targets.inc"
#undef FUZZ_TARGET
};

int replay(Target const& target, std::filesystem::path const& corpus) {
    std::size_t count = 0;
    for (auto const& entry : std::filesystem::directory_iterator(corpus)) {
        std::ifstream file(entry.path(), std::ios::binary);
        std::vector<std::uint8_t> const bytes{std::istreambuf_iterator<char>(file), {}};
        target.run(bytes.data(), bytes.size());
        ++count;
    }
    target.run(nullptr, 0);
    std::printf("%zu inputs\n", count);
    return count == 0 ? 66 : 0; // an empty corpus is a mistake, not a success
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 64;
    for (auto const& target : targets)
        if (target.name == argv[1]) return replay(target, argv[2]);
    std::fprintf(stderr, "fuzz-replay: no target of this name\n");
    return 64;
}
