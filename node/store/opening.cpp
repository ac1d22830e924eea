#include "node/store/opening.hpp"

#include "base/byte_reader.hpp"

namespace fanlight::node {

namespace {
Bytes associated(int shard, std::uint64_t position) {
    return ByteWriter().u32(static_cast<std::uint32_t>(shard)).u64(position).take();
}
} // namespace

Bytes seal_opening(OpeningKey const& key, int shard, std::uint64_t position, std::span<crypto::Field const> fields,
                   crypto::Random& random) {
    auto const nonce = random.make<crypto::Nonce>();
    auto sealed = to_bytes(nonce.view());
    append(sealed, crypto::aead_seal(key, nonce, associated(shard, position), crypto::encode_opening(fields)));
    return sealed;
}

Result<std::vector<crypto::Field>> open_opening(OpeningKey const& key, int shard, std::uint64_t position,
                                                ByteView sealed) {
    if (sealed.size() < crypto::Nonce::size_bytes) return fail(Errc::damaged, "opening of a log leaf");
    FANLIGHT_TRY(auto const nonce, crypto::Nonce::parse(sealed.first(crypto::Nonce::size_bytes)));
    FANLIGHT_TRY(auto const plain,
                 crypto::aead_open(key, nonce, associated(shard, position), sealed.subspan(crypto::Nonce::size_bytes)));
    return crypto::parse_opening(plain);
}

} // namespace fanlight::node
