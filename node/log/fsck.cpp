// A log directory against the heads of it that others hold: each must be the head of a front part of the same tree.

#include "node/log/fsck.hpp"

#include "node/log/tile_reader.hpp"

#include <algorithm>
#include <memory>

namespace fanlight::node {

namespace {

/// Where a head came from, for the errors about it.
struct HeadWords {
    char const* form;
    char const* signature;
    char const* tree;
};
constexpr HeadWords own_words{"log: checkpoint", "log: checkpoint", "log: checkpoint"};
constexpr HeadWords other_words{"head to compare with", "head to compare with",
                                "log: what the head to compare with covers"};
constexpr HeadWords proof_words{"proof", "proof: its head", "log: what the head of the proof covers"};

/// The same error about this head.
auto renamed(Error const& error, char const* where) {
    return fail(error.code, where, error.mend, error.at);
}

/// The hashes of a log whose leaves and tiles were verified before.
class Tree {
  public:
    static Result<std::unique_ptr<Tree>> open(std::filesystem::path const& directory, std::uint64_t size) {
        FANLIGHT_TRY(auto opened, open_directory(directory));
        FANLIGHT_TRY(auto edge, RightEdge::load(size, [&](Tile const& tile) { return read_tile(opened, tile); }));
        return std::unique_ptr<Tree>(new Tree(std::move(opened), std::move(edge)));
    }
    Result<crypto::Sha256> root_at(std::uint64_t size) {
        return crypto::root_at(size, [this](unsigned level, std::uint64_t index) { return tiles_.hash(level, index); });
    }
    std::uint64_t size() const { return edge_.size(); }
    /// The leaf that the directory has at this place, below size().
    Result<crypto::Leaf> leaf(std::uint64_t index) const {
        auto bundle = edge_tile(Tile::Kind::entries, 0, size());
        if (index / Tile::full_width < bundle.number) bundle.width = Tile::full_width;
        bundle.number = index / Tile::full_width;
        FANLIGHT_TRY(auto const bytes, read_tile(directory_, bundle));
        auto const at = index % Tile::full_width * entry_bytes;
        return parse_entry(ByteView(bytes).subspan(at, entry_bytes), index);
    }

  private:
    Tree(FileDescriptor directory, RightEdge edge)
        : directory_(std::move(directory)), edge_(std::move(edge)), tiles_(directory_, edge_) {}
    FileDescriptor directory_;
    RightEdge edge_;
    TileReader tiles_;
};

/// The log of the policy that signed this note: a log may have had several keys, and each signed its own heads.
Result<crypto::NoteKey> key_of(std::string_view note, crypto::TrustPolicy const& policy) {
    constexpr auto where = own_words.signature;
    auto const parsed = crypto::parse_note(note);
    if (!parsed) return renamed(parsed.error(), own_words.form);
    auto const head = crypto::parse_checkpoint_text(parsed.value().text);
    if (!head) return renamed(head.error(), own_words.form);
    auto known = false;
    for (auto const& log : policy.logs()) {
        if (log.key.name != head.value().origin) continue;
        known = true;
        auto const text = crypto::NoteChecker::verify_all(parsed.value(), {&log.key, 1});
        if (text) return log.key;
        if (text.error().code != Errc::missing) return fail(Errc::bad_signature, where);
    }
    if (!known) return fail(Errc::wrong_key, where, "The keys that were given are not those of its origin.");
    return fail(Errc::missing, where, "It is not signed with any key that was given for its origin.");
}

/// Who has signed a head. Whether the directory has its tree is asked later.
Result<FsckHead> read_head(std::string_view note, crypto::TrustPolicy const& policy, std::string const& origin,
                           HeadWords const& words) {
    // Without a quorum first: who has cosigned is to be said also where they are too few.
    FANLIGHT_TRY(auto const lenient, crypto::TrustPolicy::make(policy.logs(), policy.witnesses(), {}, "none"));
    auto checked = lenient.check(note);
    if (!checked) {
        auto const& error = checked.error();
        auto const form = error.code == Errc::malformed || error.code == Errc::too_large;
        return renamed(error, form ? words.form : words.signature);
    }
    auto& [checkpoint, cosigned] = checked.value();
    if (checkpoint.origin != origin) return fail(Errc::wrong_key, words.signature, "It is of another log.");
    return FsckHead{std::move(checkpoint), std::move(cosigned), policy.check(note).has_value()};
}

/// That the directory's tree begins with that of the head.
Result<void> contains(Tree& tree, crypto::Checkpoint const& head, HeadWords const& words) {
    if (head.size > tree.size()) {
        return fail(Errc::damaged, words.tree,
                    "Fork or loss: the log has signed more leaves than the directory has. Keep both: they prove it.");
    }
    FANLIGHT_TRY(auto const root, tree.root_at(head.size));
    if (root == head.root) return ok();
    return fail(Errc::damaged, words.tree,
                "Fork: the log has signed other leaves than the directory has. Keep both: they prove it.");
}

Result<FsckReport::Proven> check_proof(Tree& tree, std::string_view text, crypto::TrustPolicy const& policy,
                                       std::string const& origin) {
    constexpr auto where = proof_words.form;
    auto const proof = crypto::parse_tlog_proof(text);
    if (!proof) return renamed(proof.error(), where);
    auto const& [index, inclusion, checkpoint, extra] = proof.value();
    FANLIGHT_TRY(auto head, read_head(checkpoint, policy, origin, proof_words));
    FANLIGHT_TRY(contains(tree, head.checkpoint, proof_words));
    if (index >= head.checkpoint.size) return fail(Errc::malformed, where, "Its leaf is outside its tree.");
    FANLIGHT_TRY(auto const leaf, tree.leaf(index));
    auto const verified = crypto::verify_inclusion(index, head.checkpoint.size, crypto::leaf_hash(leaf.bytes()),
                                                   inclusion, head.checkpoint.root);
    if (!verified) return fail(Errc::bad_signature, where, "It is not of the leaf in the directory.", index + 1);
    return FsckReport::Proven{index, leaf.kind, std::move(head)};
}

Result<std::string> read_checkpoint(std::filesystem::path const& directory) {
    FANLIGHT_TRY(auto const opened, open_directory(directory));
    FANLIGHT_TRY(auto const note, read_file(opened, checkpoint_file, checkpoint_bytes_max, own_words.form));
    return std::string(as_text(note));
}

Result<FsckReport> fsck_once(std::filesystem::path const& directory, std::string const& note,
                             crypto::TrustPolicy const& policy, FsckEvidence const& evidence) {
    FsckReport report;
    FANLIGHT_TRY(auto const key, key_of(note, policy));
    FANLIGHT_TRY(report.own, read_head(note, policy, key.name, own_words));
    FANLIGHT_TRY(report.log, verify_log(directory, key));
    FANLIGHT_TRY(auto const tree, Tree::open(directory, report.log.head.size));
    FANLIGHT_TRY(contains(*tree, report.own.checkpoint, own_words)); // a node may have written in between
    if (evidence.head) {
        FANLIGHT_TRY(report.other, read_head(*evidence.head, policy, key.name, other_words));
        FANLIGHT_TRY(contains(*tree, report.other->checkpoint, other_words));
    }
    if (evidence.proof) {
        FANLIGHT_TRY(report.proven, check_proof(*tree, *evidence.proof, policy, key.name));
    }
    auto const vouch = [&](FsckHead const& head) {
        if (head.quorum) report.vouched = std::max(report.vouched.value_or(0), head.checkpoint.size);
    };
    vouch(report.own);
    if (report.other) vouch(*report.other);
    if (report.proven) vouch(report.proven->head);
    return report;
}

} // namespace

Result<crypto::TrustPolicy> parse_fsck_keys(std::string_view text) {
    // A verifier key has no blank in it, and every line of a policy that says something has one.
    auto const line = text.substr(0, text.find('\n'));
    if (line.find_first_of(" \t#") != line.npos || line.empty() || line.size() + 1 < text.size()) {
        return crypto::TrustPolicy::parse(text);
    }
    FANLIGHT_TRY(auto key, crypto::parse_vkey(line));
    return crypto::TrustPolicy::make({{std::move(key), ""}}, {}, {}, "none");
}

Result<FsckReport> fsck_log(std::filesystem::path const& directory, crypto::TrustPolicy const& policy,
                            FsckEvidence const& evidence) {
    constexpr int attempts = 3;
    FANLIGHT_TRY(auto note, read_checkpoint(directory));
    for (int attempt = 1;; ++attempt) {
        auto report = fsck_once(directory, note, policy, evidence);
        if (report || attempt == attempts) return report;
        // A node that writes may replace a tile while it is looked for; then its head is another one by now.
        FANLIGHT_TRY(auto now, read_checkpoint(directory));
        if (now == note) return report;
        note = std::move(now);
    }
}

} // namespace fanlight::node
