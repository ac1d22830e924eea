#include "node/log/prove_leaf.hpp"

#include "node/log/tile_reader.hpp"

namespace fanlight::node {

namespace {

constexpr int attempts = 3; // the writer removes a narrow tile when a wider one has taken its place

Result<crypto::Checkpoint> checkpoint_of(std::string_view note) {
    FANLIGHT_TRY(auto const parsed, crypto::parse_note(note));
    return crypto::parse_checkpoint_text(parsed.text);
}

Result<crypto::TlogProof> prove(std::filesystem::path const& log, std::uint64_t position, std::string const& head) {
    FANLIGHT_TRY(auto const directory, open_directory(log));
    FANLIGHT_TRY(auto const newest_note, read_signed_head(log));
    FANLIGHT_TRY(auto const newest, checkpoint_of(newest_note));
    auto const& note = head.empty() ? newest_note : head;
    FANLIGHT_TRY(auto const shown, checkpoint_of(note));
    if (position >= shown.size || shown.size > newest.size)
        return fail(Errc::missing, "log leaf", "No head that is known here has a leaf at this place.");
    FANLIGHT_TRY(auto const edge,
                 RightEdge::load(newest.size, [&](Tile const& tile) { return read_tile(directory, tile); }));
    if (edge.root() != newest.root)
        return fail(Errc::damaged, "log checkpoint", "The newest tiles do not hash to its root.");
    TileReader tiles(directory, edge);
    FANLIGHT_TRY(auto inclusion,
                 crypto::prove_inclusion(position, shown.size, [&](unsigned level, std::uint64_t index) {
                     return tiles.hash(level, index);
                 }));
    FANLIGHT_TRY(auto const leaf, tiles.hash(0, position));
    FANLIGHT_TRY(crypto::verify_inclusion(position, shown.size, leaf, inclusion, shown.root));
    return crypto::TlogProof{position, std::move(inclusion), note, std::nullopt};
}

} // namespace

Result<std::string> read_signed_head(std::filesystem::path const& log) {
    FANLIGHT_TRY(auto const directory, open_directory(log));
    FANLIGHT_TRY(auto const note, read_file(directory, checkpoint_file, checkpoint_bytes_max, "log checkpoint"));
    return std::string(as_text(note));
}

Result<crypto::TlogProof> prove_leaf(std::filesystem::path const& log, std::uint64_t position, std::string head) {
    auto proof = prove(log, position, head);
    for (int i = 1; i < attempts && !proof && proof.error().code != Errc::bad_signature; ++i)
        proof = prove(log, position, head);
    return proof;
}

} // namespace fanlight::node
