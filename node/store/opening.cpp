#include "node/store/opening.hpp"

#include "base/byte_reader.hpp"

#include <cassert>
#include <limits>

namespace fanlight::node {

namespace {

using crypto::Field;
using crypto::FieldTag;
using crypto::Pseudonym;
using crypto::ShownField;
using crypto::ShownOpening;

constexpr auto where = "opening of a log leaf";
constexpr std::uint8_t second_form = 2;
constexpr std::uint8_t about_nobody = 0;
constexpr std::uint8_t about_somebody = 1;
constexpr std::size_t salt_bytes = sizeof(Field::salt);

Bytes associated(int shard, std::uint64_t position) {
    return ByteWriter().u32(static_cast<std::uint32_t>(shard)).u64(position).take();
}

/// The keys of the people of one event. Fields about one person stand together, and a key takes longer to make than to
/// use.
template <class Keys, class Find> class EventKeys {
  public:
    EventKeys(Keys& keys, Find find) : keys_(keys), find_(find) {}
    /// nullptr: there is none.
    crypto::AeadKey const* of(Pseudonym const& person) {
        if (!last_ || *last_ != person) {
            key_ = find_(keys_, person);
            last_ = person;
        }
        return key_ ? &*key_ : nullptr;
    }

  private:
    Keys& keys_;
    Find find_;
    std::optional<Pseudonym> last_;
    std::optional<crypto::AeadKey> key_;
};

void write_about(ByteWriter& out, Field const& field, crypto::AeadKey const& key, crypto::Random& random) {
    auto const tag = static_cast<std::uint8_t>(field.tag);
    auto const nonce = random.make<crypto::Nonce>();
    auto plain = ByteWriter().raw(field.salt).raw(field.value).take();
    out.raw(field.about->view()).raw(crypto::field_hash(field).view()).raw(nonce.view());
    out.blob(crypto::aead_seal(key, nonce, ByteView(&tag, 1), plain));
    crypto::detail::wipe(plain);
}

/// Value and salt of what is under a person's key; nothing if that is not this key: the person was erased, and known
/// again under another key since.
std::optional<ShownField::Value> open_about(crypto::AeadKey const& key, std::uint8_t tag, crypto::Nonce const& nonce,
                                            ByteView sealed) {
    auto const plain = crypto::aead_open(key, nonce, ByteView(&tag, 1), sealed);
    if (!plain || plain.assume_value().size() < salt_bytes) return std::nullopt;
    ByteView const bytes = plain.assume_value();
    ShownField::Value value{to_bytes(bytes.subspan(salt_bytes)), {}};
    std::ranges::copy(bytes.first(salt_bytes), value.salt.begin());
    return value;
}

template <class Keys> Result<ShownOpening> parse_second(ByteView plain, Keys& keys) {
    ByteReader in(plain);
    if (in.u8() != second_form) return fail(Errc::malformed, where);
    auto const count = in.u16();
    ShownOpening opening;
    for (std::uint64_t i = 1; i <= count && in.good(); ++i) {
        auto const number = in.u8();
        auto const form = in.u8();
        if (form > about_somebody) in.spoil();
        if (!in.good()) break;
        FANLIGHT_TRY(auto const tag, crypto::parse_field_tag(number, i));
        if (form == about_nobody) {
            Field field{tag, {}, {}, {}};
            auto const salt = in.raw(salt_bytes);
            field.value = to_bytes(in.blob());
            if (!in.good()) break;
            std::ranges::copy(salt, field.salt.begin());
            opening.push_back({tag, crypto::field_hash(field), {}, ShownField::Value{field.value, field.salt}});
            continue;
        }
        auto const person = in.tagged<Pseudonym>();
        auto const hash = in.tagged<crypto::Sha256>();
        auto const nonce = in.tagged<crypto::Nonce>();
        auto const sealed = in.blob();
        if (!in.good()) break;
        ShownField field{tag, hash, person, {}};
        if (auto const* key = keys.of(person)) field.shown = open_about(*key, number, nonce, sealed);
        opening.push_back(std::move(field));
    }
    if (!in.finish(where)) return fail(Errc::malformed, where, "It is cut off, or bytes follow the last field.");
    return opening;
}

} // namespace

Bytes seal_opening(OpeningKey const& key, SubjectKeys& subjects, int shard, std::uint64_t position,
                   std::span<Field const> fields, crypto::Random& random) {
    assert(fields.size() <= std::numeric_limits<std::uint16_t>::max());
    EventKeys keys(subjects, [shard, position](SubjectKeys& all, Pseudonym const& person) {
        return std::optional(all.for_event(person, shard, position));
    });
    ByteWriter out;
    out.u8(second_form).u16(static_cast<std::uint16_t>(fields.size()));
    for (auto const& field : fields) {
        out.number(field.tag).u8(field.about ? about_somebody : about_nobody);
        if (field.about)
            write_about(out, field, *keys.of(*field.about), random);
        else
            out.raw(field.salt).blob(field.value);
    }
    auto const nonce = random.make<crypto::Nonce>();
    auto sealed = to_bytes(nonce.view());
    append(sealed, crypto::aead_seal(key, nonce, associated(shard, position), out.take()));
    return sealed;
}

Result<ShownOpening> open_opening(OpeningKey const& key, SubjectKeys const& subjects, int shard, std::uint64_t position,
                                  ByteView sealed) {
    if (sealed.size() < crypto::Nonce::size_bytes) return fail(Errc::damaged, where);
    FANLIGHT_TRY(auto const nonce, crypto::Nonce::parse(sealed.first(crypto::Nonce::size_bytes)));
    FANLIGHT_TRY(auto const plain,
                 crypto::aead_open(key, nonce, associated(shard, position), sealed.subspan(crypto::Nonce::size_bytes)));
    EventKeys keys(subjects, [shard, position](SubjectKeys const& all, Pseudonym const& person) {
        return all.find_for_event(person, shard, position);
    });
    // The first form begins with the high byte of its number of fields, which is another one up to 511 of them.
    auto opening = parse_second(plain, keys);
    if (opening || plain.empty() || opening.assume_error().code != Errc::malformed) return opening;
    auto const first = crypto::parse_opening(plain);
    if (first) return crypto::show_all(first.assume_value());
    if (plain.front() == second_form) return opening;
    return first.as_failure();
}

} // namespace fanlight::node
