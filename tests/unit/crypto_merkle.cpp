// The RFC 6962 tree: the project's worked vector, and every small tree against the RFC's own recursive definition.

#include "crypto/merkle.hpp"
#include "crypto/text.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <bit>
#include <string>

using namespace fanlight;
using namespace fanlight::crypto;

namespace {

Sha256 hash_of(std::string_view hex) {
    return Sha256::parse(from_hex(hex).value()).value();
}

std::string hex(Sha256 const& hash) {
    return to_hex(hash.view());
}

std::vector<Sha256> leaf_hashes(std::size_t count) {
    std::vector<Sha256> hashes;
    for (std::size_t i = 0; i < count; ++i) hashes.push_back(leaf_hash(as_bytes("leaf " + std::to_string(i))));
    return hashes;
}

/// MTH of RFC 6962, section 2.1, as it is written there.
Sha256 reference_root(std::span<Sha256 const> leaves) {
    if (leaves.empty()) return sha256({});
    if (leaves.size() == 1) return leaves[0];
    auto const split = std::bit_floor(leaves.size() - 1);
    return node_hash(reference_root(leaves.first(split)), reference_root(leaves.subspan(split)));
}

/// PATH of RFC 6962, section 2.1.1.
std::vector<Sha256> reference_path(std::size_t index, std::span<Sha256 const> leaves) {
    if (leaves.size() == 1) return {};
    auto const split = std::bit_floor(leaves.size() - 1);
    auto const left = leaves.first(split);
    auto const right = leaves.subspan(split);
    auto path = index < split ? reference_path(index, left) : reference_path(index - split, right);
    path.push_back(reference_root(index < split ? right : left));
    return path;
}

/// SUBPROOF of RFC 6962, section 2.1.2.
std::vector<Sha256> reference_proof(std::size_t old_size, std::span<Sha256 const> leaves, bool known) {
    if (old_size == leaves.size()) return known ? std::vector<Sha256>() : std::vector<Sha256>{reference_root(leaves)};
    auto const split = std::bit_floor(leaves.size() - 1);
    auto const left = leaves.first(split);
    auto const right = leaves.subspan(split);
    auto proof =
        old_size <= split ? reference_proof(old_size, left, known) : reference_proof(old_size - split, right, false);
    proof.push_back(reference_root(old_size <= split ? right : left));
    return proof;
}

HashReader reader_of(std::vector<Sha256> const& leaves) {
    return [&leaves](unsigned level, std::uint64_t index) -> Result<Sha256> {
        auto const width = std::uint64_t(1) << level;
        if ((index + 1) * width > leaves.size()) return fail(Errc::missing, "test hash");
        return reference_root(std::span(leaves).subspan(index * width, width));
    };
}

// The worked vector: seven leaves of 96 bytes; only class and commitment differ.
constexpr char const* vector_root = "5408dea7291cdbb864955c740247a74d834c330ee312e1d06b15801662525b66";
struct VectorLeaf {
    char const* kind;
    char const* commitment;
    char const* hash;
};
constexpr VectorLeaf vector_leaves[] = {
    {"08", "ca265357f38078554e42657dd1dbfec35661350c4ecb42df7c7141fc86c6c6d4",
     "081d8ed078597c6964e983ffbeac508cd7b50c84edb7dead21d2f338e195bf93"},
    {"01", "8402311a1e6ddd692cfb5f1beeb25bac36a2674941d3fa8305c525a2e8bb2f67",
     "bea27e820043dbda8c575c2a9035ef0affa0f198b468fe6237d8e3bfa967ec1b"},
    {"02", "f9da73b65bc520f881d0a975bd870c28d113fd4a087011ad678a1e86075b317d",
     "11711215d2697ee231133c2e83a68a32ccb748eec44bc705ffdefd4e3c4d1fbd"},
    {"03", "17fc56bf2e3cf53a64155c3ef5475356457c87402b78919d3cc5bc49e34eff65",
     "3e3b90f77d97e7f3b67e903cc3aa2f27fcf6eeef942ac5cdf463217e5984524c"},
    {"04", "56301e3e86ca6552b3b1a1f87a68e886a17365f5a160257f0a067ebee485e95f",
     "62e28370ac77207ba36d79bb07cfd7e893b9d2489e9ed0df38100edb42b27550"},
    {"05", "21f69decc4294dbe16d05cef75b4136f9c5c049adb1783eb65de179e9c8cf037",
     "ebb9c871376a28224d2191bfc4bb65c5c6c3778eb6ad15d9f32c1fe4453c866d"},
    {"06", "6b06ae55e17ac1e793363d6fe7f9c579d973905bb4e8f9b75d9c86dfec195920",
     "5cfb91d028fdde0b928661f6973741ba0035ae9a61017001865320f9535a15cc"},
};
constexpr char const* vector_middle = "d1707dbf97f8eb9140a8d39d8490fc31"
                                      "f78dee90f372418f7fca32b3f6f63e1799ed1f295a3b705003f33ea751127a27";

std::vector<Sha256> vector_hashes() {
    std::vector<Sha256> hashes;
    for (auto const& leaf : vector_leaves) {
        auto const text = std::string("4f464431") + leaf.kind + std::string(22, '0') + vector_middle + leaf.commitment;
        hashes.push_back(leaf_hash(from_hex(text).value()));
    }
    return hashes;
}

} // namespace

TEST_CASE("merkle: the seven leaves of the worked vector have its hashes, root and proofs") {
    auto const hashes = vector_hashes();
    TreeHead head;
    CHECK(hex(head.root()) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        CHECK(hex(hashes[i]) == vector_leaves[i].hash);
        head.append(hashes[i]);
    }
    CHECK(head.size() == 7);
    CHECK(hex(head.root()) == vector_root);

    std::vector<Sha256> const proof{hash_of("ebb9c871376a28224d2191bfc4bb65c5c6c3778eb6ad15d9f32c1fe4453c866d"),
                                    hash_of("5cfb91d028fdde0b928661f6973741ba0035ae9a61017001865320f9535a15cc"),
                                    hash_of("d138fcd50b5ba901ad8869edc5f340535745a65e2bdb76dd3ad2ffb796e1cd86")};
    auto const root = hash_of(vector_root);
    CHECK(prove_inclusion(4, 7, reader_of(hashes)).value() == proof); // disclosure-4.tlog-proof
    CHECK(verify_inclusion(4, 7, hashes[4], proof, root));

    // add-checkpoint-request.txt: from size 4, whose root is the inclusion proof's last hash.
    std::vector<Sha256> const request{hash_of("8df597fe44d6fb5d7c228004c7e03b3021f5645f45eaf8eec6ffdd9bcaf2f841")};
    CHECK(prove_consistency(4, 7, reader_of(hashes)).value() == request);
    CHECK(verify_consistency(4, 7, proof.back(), root, request));
}

TEST_CASE("merkle: every proof of every tree up to 40 leaves is the RFC's and verifies, and no other does") {
    auto const all = leaf_hashes(40);
    TreeHead head;
    for (std::size_t size = 0; size <= all.size(); ++size) {
        std::vector<Sha256> const leaves(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size));
        auto const read = reader_of(leaves);
        auto const root = reference_root(leaves);
        REQUIRE(head.root() == root);
        REQUIRE(root_at(size, read).value() == root);
        for (std::size_t index = 0; index < size; ++index) {
            auto const proof = prove_inclusion(index, size, read).value();
            REQUIRE(proof == reference_path(index, leaves));
            REQUIRE(verify_inclusion(index, size, leaves[index], proof, root));
            auto const neighbour = index ^ 1U;
            if (neighbour < size) REQUIRE(!verify_inclusion(neighbour, size, leaves[index], proof, root));
        }
        for (std::size_t old_size = 0; old_size <= size; ++old_size) {
            auto const old_root = reference_root(std::span(leaves).first(old_size));
            auto const proof = prove_consistency(old_size, size, read).value();
            if (old_size != 0 && old_size != size) REQUIRE(proof == reference_proof(old_size, leaves, true));
            REQUIRE(verify_consistency(old_size, size, old_root, root, proof));
            REQUIRE(!verify_consistency(old_size, size, all[0] == old_root ? all[1] : all[0], root, proof));
            if (old_size + 1 < size) REQUIRE(!verify_consistency(old_size + 1, size, old_root, root, proof));
        }
        if (size < all.size()) head.append(all[size]);
    }
}

TEST_CASE("merkle: an index or size outside the tree is malformed") {
    auto const leaves = leaf_hashes(5);
    auto const read = reader_of(leaves);
    auto const root = reference_root(leaves);
    CHECK(prove_inclusion(4, 5, read));
    CHECK(prove_inclusion(5, 5, read).error().code == Errc::malformed);
    CHECK(prove_inclusion(0, 0, read).error().code == Errc::malformed);
    CHECK(prove_inclusion(0, 6, read).error().code == Errc::missing); // the reader's own error
    CHECK(prove_consistency(6, 5, read).error().code == Errc::malformed);
    CHECK(verify_inclusion(5, 5, leaves[4], {}, root).error().code == Errc::malformed);
    CHECK(verify_inclusion(0, 0, leaves[0], {}, leaves[0]).error().code == Errc::malformed);
    CHECK(verify_consistency(6, 5, root, root, {}).error().code == Errc::malformed);
}

TEST_CASE("merkle: a proof that climbs past the root is too long, even to a root made for it") {
    auto const leaves = leaf_hashes(7);
    auto const read = reader_of(leaves);
    auto const root = reference_root(leaves);
    auto const old_root = reference_root(std::span(leaves).first(5));
    auto const above = leaves[0];
    auto inclusion = prove_inclusion(4, 7, read).value();
    inclusion.push_back(above);
    CHECK(verify_inclusion(4, 7, leaves[4], inclusion, node_hash(above, root)).error().code == Errc::bad_signature);
    CHECK(!verify_inclusion(0, 1, leaves[1], std::vector{leaves[0]}, node_hash(leaves[0], leaves[1])));
    auto consistency = prove_consistency(5, 7, read).value();
    consistency.push_back(above);
    CHECK(!verify_consistency(5, 7, node_hash(above, old_root), node_hash(above, root), consistency));
}

TEST_CASE("merkle: an empty old tree is continued by any log with an empty proof, and by its own root only") {
    auto const leaves = leaf_hashes(3);
    auto const root = reference_root(leaves);
    CHECK(verify_consistency(0, 3, empty_root(), root, {}));
    CHECK(verify_consistency(0, 0, empty_root(), empty_root(), {}));
    CHECK(!verify_consistency(0, 3, root, root, {}));
    CHECK(!verify_consistency(0, 3, empty_root(), root, leaves));
    CHECK(!verify_consistency(0, 0, empty_root(), root, {}));
}

TEST_CASE("merkle: a proof with any bit changed, a hash more or a hash less does not verify") {
    REQUIRE(rc::check("tampered proofs", [] {
        auto const size = *rc::gen::inRange<std::size_t>(2, 300);
        auto const index = *rc::gen::inRange<std::size_t>(0, size);
        auto const old_size = *rc::gen::inRange<std::size_t>(1, size);
        auto const leaves = leaf_hashes(size);
        auto const read = reader_of(leaves);
        auto const root = reference_root(leaves);
        auto const old_root = reference_root(std::span(leaves).first(old_size));
        auto const inclusion = prove_inclusion(index, size, read).value();
        auto const consistency = prove_consistency(old_size, size, read).value();
        auto const included = [&](std::vector<Sha256> const& proof) {
            return verify_inclusion(index, size, leaves[index], proof, root).has_value();
        };
        auto const consistent = [&](std::vector<Sha256> const& proof) {
            return verify_consistency(old_size, size, old_root, root, proof).has_value();
        };
        auto const spoil = [&](std::vector<Sha256> proof) {
            auto& hash = proof[*rc::gen::inRange<std::size_t>(0, proof.size())];
            auto bytes = hash.array();
            bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] ^=
                static_cast<std::uint8_t>(1U << *rc::gen::inRange(0U, 8U));
            hash = Sha256(bytes);
            return proof;
        };
        auto const longer = [&](std::vector<Sha256> proof) {
            proof.push_back(root);
            return proof;
        };
        auto const shorter = [](std::vector<Sha256> proof) {
            proof.pop_back();
            return proof;
        };
        RC_ASSERT(included(inclusion) && consistent(consistency));
        RC_ASSERT(!included(spoil(inclusion)) && !consistent(spoil(consistency)));
        RC_ASSERT(!included(longer(inclusion)) && !consistent(longer(consistency)));
        RC_ASSERT(!included(shorter(inclusion)) && !consistent(shorter(consistency)));
    }));
}
