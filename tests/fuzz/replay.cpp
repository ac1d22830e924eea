// Runs a fuzz target over the files of its corpus: the replay that every build makes.
//   fuzz-replay-NAME CORPUS_DIRECTORY

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size);

int main(int argc, char** argv) {
    if (argc != 2) return 64;
    std::size_t count = 0;
    for (auto const& entry : std::filesystem::directory_iterator(argv[1])) {
        std::ifstream file(entry.path(), std::ios::binary);
        std::vector<std::uint8_t> const bytes{std::istreambuf_iterator<char>(file), {}};
        LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
        ++count;
    }
    LLVMFuzzerTestOneInput(nullptr, 0);
    std::printf("%zu inputs\n", count);
    return count == 0 ? 66 : 0; // an empty corpus is a mistake, not a success
}
