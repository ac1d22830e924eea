// The checks read what production reads; only what must be there is known from the appender's lines.

#include "acknowledged.hpp"

#include "node/log/verify.hpp"

#include <fstream>
#include <iterator>
#include <sstream>
#include <tuple>

namespace fanlight::faults {

namespace fs = std::filesystem;

namespace {

std::string text_of(fs::path const& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The bytes of entry_at's leaf; kept, because thousands of trials look at the same few hundred leaves.
std::array<std::uint8_t, crypto::Leaf::size_bytes> const& leaf_of(int year, std::uint64_t position, int run) {
    constexpr std::size_t kept_max = 200'000;
    static std::map<std::tuple<int, std::uint64_t, int>, std::array<std::uint8_t, crypto::Leaf::size_bytes>> kept;
    auto const found = kept.find({year, position, run});
    if (found != kept.end()) return found->second;
    if (kept.size() >= kept_max) kept.clear();
    return kept[{year, position, run}] = entry_at(year, position, static_cast<unsigned>(run)).leaf.bytes();
}

std::string of_year(int year, std::string const& what) {
    return "log of " + std::to_string(year) + ": " + what;
}

std::string at_leaf(int year, std::uint64_t position, std::string const& what) {
    return of_year(year, "leaf " + std::to_string(position + 1) + " " + what);
}

} // namespace

Files log_files(fs::path const& directory) {
    Files files;
    if (!fs::exists(directory / "log")) return files;
    for (auto const& entry : fs::recursive_directory_iterator(directory / "log"))
        if (entry.is_regular_file())
            files[entry.path().lexically_relative(directory / "log").string()] = text_of(entry.path());
    return files;
}

bool Acknowledged::hear(std::string const& line, unsigned run) {
    std::istringstream words(line);
    std::string verb;
    int year = 0;
    std::uint64_t size = 0;
    if (!(words >> verb >> year >> size) || (verb != "holds" && verb != "acked")) return false;
    auto& runs = runs_[year];
    bool const acked = verb == "acked";
    if (acked) leaves_ += size - std::min<std::uint64_t>(size, runs.size());
    if (!acked && size > runs.size()) recovered_ += size - runs.size();
    if (size > runs.size()) runs.resize(size, acked ? int(run) : any_run);
    return true;
}

std::string Acknowledged::see(fs::path const& directory) {
    for (auto const& [year, runs] : runs_) {
        auto const path = log_of(directory, year) / node::checkpoint_file;
        if (!fs::exists(path)) continue;
        auto head = crypto::open_checkpoint(text_of(path), public_key(year));
        if (!head) return of_year(year, describe(head.error()));
        auto& heads = heads_[year];
        if (heads.empty() || heads.back() != head.value()) heads.push_back(std::move(head).value());
    }
    return "";
}

std::string Acknowledged::check(fs::path const& directory, std::uint64_t leaves_a_year, unsigned runs) {
    if (auto problem = see(directory); !problem.empty()) return problem;
    auto opened = LoggingNode::open(directory, leaves_a_year);
    if (!opened) return "recovery: " + describe(opened.error());
    auto& node = *opened.value();
    auto const sizes = node.sizes();
    if (!sizes) return "store: " + describe(sizes.error());
    for (auto const& [year, acknowledged] : runs_) {
        auto const durable = sizes.value().contains(year) ? sizes.value().at(year) : 0;
        if (durable < acknowledged.size()) return at_leaf(year, durable, "was acknowledged and is gone");
    }
    for (auto const& [year, durable] : sizes.value())
        if (auto problem = check_year(node, directory, year, durable, runs); !problem.empty()) return problem;
    return "";
}

std::string Acknowledged::check_year(LoggingNode const& node, fs::path const& directory, int year,
                                     std::uint64_t durable, unsigned runs) {
    auto const report = node::verify_log(log_of(directory, year), public_key(year));
    if (!report) return of_year(year, describe(report.error()));
    if (report.value().leaves != durable) return of_year(year, "it has not the leaves of the store");
    auto const& log = node.log();
    for (auto const& head : heads_[year]) {
        auto const proof = log.consistency_proof(year, head.size, durable);
        if (!proof) return of_year(year, describe(proof.error()));
        auto const& now = report.value().head;
        if (head.size != 0 && !crypto::verify_consistency(head.size, now.size, head.root, now.root, proof.value()))
            return of_year(year, "it does not go on from a head that was seen");
    }
    auto const leaves = log.leaves(year, 0, durable);
    if (!leaves) return of_year(year, describe(leaves.error()));
    auto& written_by = runs_[year];
    recovered_ += durable - written_by.size();
    written_by.resize(durable, any_run);
    for (std::uint64_t i = 0; i < durable; ++i) {
        auto const bytes = leaves.value()[i].bytes();
        auto& run = written_by[i];
        for (auto tried = int(runs); run == any_run && tried >= 0; --tried)
            if (leaf_of(year, i, tried) == bytes) run = tried;
        if (run == any_run) return at_leaf(year, i, "is of no run");
        if (leaf_of(year, i, run) != bytes) return at_leaf(year, i, "is another run's");
    }
    // Openings are in the same transaction as their leaves: the last few are where one could be torn.
    for (auto i = durable - std::min<std::uint64_t>(durable, 50); i < durable; ++i) {
        if (leaves.value()[i].kind == crypto::LeafClass::filler) continue; // which has none
        auto const opening = log.opening({year, i});
        if (!opening) return at_leaf(year, i, "has no opening");
        auto const commitment = crypto::commitment_of(opening.value());
        if (!commitment || commitment.value() != leaves.value()[i].commitment) return at_leaf(year, i, "does not open");
        for (auto const& field : opening.value())
            if (!field.shown) return at_leaf(year, i, "is about somebody whose key is gone");
    }
    return "";
}

std::string nothing_overwritten(Files const& before, Files const& after) {
    for (auto const& [path, text] : before) {
        auto const slash = path.find('/');
        auto const tile = node::parse_tile_path(path.substr(slash + 1));
        auto const head = before.find(path.substr(0, slash + 1) + node::checkpoint_file);
        if (!tile || head == before.end()) continue;
        auto const checkpoint = crypto::open_checkpoint(head->second, public_key(std::stoi(path)));
        if (!checkpoint) return path + ": its checkpoint does not open";
        auto const edge = node::edge_tile(tile->kind, tile->level, checkpoint.value().size);
        bool const published = tile->number < edge.number || (tile->number == edge.number && tile->width <= edge.width);
        if (!published) continue;
        auto full = *tile;
        full.width = node::Tile::full_width;
        auto const now = after.find(path);
        auto const whole = after.find(path.substr(0, slash + 1) + node::tile_path(full));
        bool const same = now != after.end() && now->second == text;
        bool const replaced = now == after.end() && whole != after.end() && whole->second.starts_with(text);
        if (!same && !replaced) return path + ": a published file is gone or has other bytes";
    }
    return "";
}

} // namespace fanlight::faults
