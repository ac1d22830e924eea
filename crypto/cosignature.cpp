// Cosignatures of checkpoints: a signed note's signature lines of another type, with a time in front.

#include "crypto/cosignature.hpp"

#include "base/byte_reader.hpp"

#include <cassert>
#include <optional>

namespace fanlight::crypto {

namespace {
std::string signed_text(std::string_view text, std::uint64_t seconds) {
    return "cosignature/v1\ntime " + std::to_string(seconds) + "\n" + std::string(text);
}
} // namespace

std::uint32_t CosigningKey::id() const {
    return note_key_id(NoteKeyType::cosignature, name, key);
}

std::string cosign_line(std::string_view text, std::string const& name, SigningKey const& key, std::uint64_t seconds) {
    assert(text.ends_with('\n') && is_note_name(name) && seconds >> 63U == 0);
    Bytes signature;
    append_u64(signature, seconds);
    append(signature, key.sign(as_bytes(signed_text(text, seconds))).view());
    return signature_line({name, CosigningKey{name, key.verify_key()}.id(), std::move(signature)});
}

Result<std::uint64_t> cosigned_at(UnverifiedNote const& note, CosigningKey const& key) {
    constexpr auto where = "cosignature";
    auto const id = key.id();
    std::optional<std::uint64_t> latest;
    for (auto const& signature : note.signatures) {
        if (signature.id != id || signature.name != key.name) continue;
        ByteReader reader(signature.signature);
        auto const seconds = reader.u64();
        auto const bytes = reader.tagged<Signature>();
        if (!reader.finish(where) || seconds >> 63U != 0 ||
            !verify(key.key, as_bytes(signed_text(note.text, seconds)), bytes))
            return fail(Errc::bad_signature, where);
        latest = std::max(latest.value_or(0), seconds);
    }
    if (!latest) return fail(Errc::missing, where, "This witness has not signed.");
    return *latest;
}

} // namespace fanlight::crypto
