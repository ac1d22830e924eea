#include "node/store/anchors.hpp"

#include "base/byte_reader.hpp"

#include <cassert>
#include <memory>

namespace fanlight::node {

using protocol::AgencySecret;
using protocol::AnchorKind;
using protocol::ComponentKind;
using protocol::ComponentSecret;
using protocol::NewPersonTokens;
using protocol::PersonTokens;
using protocol::RecordRow;
using protocol::Salt;

namespace {

constexpr unsigned row_bits = 40;
constexpr std::int64_t row_end = std::int64_t(1) << row_bits;
// A row: u16 field bits || u8 n || n * (u8 kind || u8 salt || S_A) || to the end (u8 kind || u8 salt || secret).
constexpr std::size_t head_bytes = 3;
constexpr std::size_t anchor_bytes = 2 + AgencySecret::size_bytes;
constexpr std::size_t component_bytes = 2 + ComponentSecret::size_bytes;
constexpr std::size_t sealed_overhead = crypto::Nonce::size_bytes + crypto::aead_overhead_bytes;
constexpr auto where = "stored tokens";

Bytes associated(std::int64_t place) {
    return ByteWriter().u64(static_cast<std::uint64_t>(place)).take();
}

/// Bytes that are wiped at the end.
struct Wiped {
    Bytes bytes;
    Wiped() = default;
    explicit Wiped(Bytes plain) : bytes(std::move(plain)) {}
    Wiped(Wiped const&) = delete;
    Wiped& operator=(Wiped const&) = delete;
    ~Wiped() { crypto::detail::wipe(bytes); }
};

Bytes seal(Enrolment const& enrolment, std::int64_t place, PersonTokens const& tokens, crypto::Random& random) {
    assert(tokens.anchors.size() <= 0xFF);
    Wiped plain;
    plain.bytes.reserve(head_bytes + tokens.anchors.size() * anchor_bytes + tokens.components.size() * component_bytes);
    append_u16(plain.bytes, tokens.fields.bits);
    append_u8(plain.bytes, static_cast<std::uint8_t>(tokens.anchors.size()));
    for (auto const& anchor : tokens.anchors) {
        append_u8(plain.bytes, static_cast<std::uint8_t>(anchor.kind));
        append_u8(plain.bytes, static_cast<std::uint8_t>(anchor.salt));
        append(plain.bytes, anchor.secret.reveal());
    }
    for (auto const& component : tokens.components) {
        append_u8(plain.bytes, static_cast<std::uint8_t>(component.kind));
        append_u8(plain.bytes, static_cast<std::uint8_t>(component.salt));
        append(plain.bytes, component.secret.reveal());
    }
    auto const nonce = random.make<crypto::Nonce>();
    Bytes sealed = to_bytes(nonce.view());
    append(sealed, crypto::aead_seal(enrolment.key, nonce, associated(place), plain.bytes));
    return sealed;
}

auto damaged() {
    return fail(Errc::damaged, where, "Restore the data directory from a backup.");
}

/// The parts of a row, whose sizes are right.
struct Row {
    Wiped plain;
    ByteView anchors;
    ByteView components;
};

Result<std::unique_ptr<Row>> open_row(Enrolment const& enrolment, std::int64_t place, ByteView sealed) {
    if (sealed.size() < sealed_overhead) return damaged();
    FANLIGHT_TRY(auto const nonce, crypto::Nonce::parse(sealed.first(crypto::Nonce::size_bytes), where));
    auto opened = crypto::aead_open(enrolment.key, nonce, associated(place), sealed.subspan(crypto::Nonce::size_bytes));
    if (!opened || opened.assume_value().size() < head_bytes) return damaged();
    auto row = std::make_unique<Row>();
    row->plain.bytes = std::move(opened).assume_value();
    auto const body = ByteView(row->plain.bytes).subspan(head_bytes);
    auto const split = row->plain.bytes[2] * anchor_bytes;
    if (body.size() < split || (body.size() - split) % component_bytes != 0) return damaged();
    row->anchors = body.first(split);
    row->components = body.subspan(split);
    return row;
}

} // namespace

std::int64_t place_of(std::int64_t enrolment, RecordRow row) {
    assert(row >= 0 && row < row_end);
    return enrolment * row_end + row;
}

RecordRow row_at(std::int64_t place) {
    return place % row_end;
}

Result<std::vector<AgencySecret>> Enrolment::open_anchors(std::int64_t place, ByteView sealed) const {
    FANLIGHT_TRY(auto const row, open_row(*this, place, sealed));
    std::vector<AgencySecret> found;
    found.reserve(row->anchors.size() / anchor_bytes);
    for (auto rest = row->anchors; !rest.empty(); rest = rest.subspan(anchor_bytes)) {
        FANLIGHT_TRY(auto secret, AgencySecret::parse(rest.subspan(2, AgencySecret::size_bytes), where));
        found.push_back(std::move(secret));
    }
    return found;
}

Result<PersonTokens> Enrolment::open(std::int64_t place, ByteView sealed) const {
    FANLIGHT_TRY(auto const row, open_row(*this, place, sealed));
    constexpr auto last_salt = static_cast<std::uint8_t>(Salt::sector);
    PersonTokens tokens;
    auto const& bytes = row->plain.bytes;
    tokens.fields.bits = static_cast<std::uint16_t>(bytes[0] << 8U | bytes[1]);
    tokens.anchors.reserve(row->anchors.size() / anchor_bytes);
    for (auto rest = row->anchors; !rest.empty(); rest = rest.subspan(anchor_bytes)) {
        if (rest[0] == 0 || rest[0] > protocol::anchor_kinds || rest[1] > last_salt) return damaged();
        FANLIGHT_TRY(auto secret, AgencySecret::parse(rest.subspan(2, AgencySecret::size_bytes), where));
        tokens.anchors.push_back({static_cast<AnchorKind>(rest[0]), static_cast<Salt>(rest[1]), std::move(secret)});
    }
    tokens.components.reserve(row->components.size() / component_bytes);
    for (auto rest = row->components; !rest.empty(); rest = rest.subspan(component_bytes)) {
        if (rest[0] == 0 || rest[0] > protocol::component_kinds || rest[1] > last_salt) return damaged();
        FANLIGHT_TRY(auto secret, ComponentSecret::parse(rest.subspan(2, ComponentSecret::size_bytes), where));
        tokens.components.push_back(
            {static_cast<ComponentKind>(rest[0]), static_cast<Salt>(rest[1]), std::move(secret)});
    }
    return tokens;
}

Result<std::optional<Enrolment>> read_enrolment(Statement& query, std::uint32_t epoch) {
    query.bind(1, std::int64_t(epoch));
    FANLIGHT_TRY(auto const found, query.step());
    if (!found) {
        query.reset();
        return std::optional<Enrolment>();
    }
    auto const id = query.number(0);
    auto const anchors = static_cast<std::uint64_t>(query.number(1));
    auto key = crypto::AeadKey::parse(query.blob(2), "key of stored anchors");
    query.reset();
    if (!key) return std::move(key).as_failure();
    return std::optional(Enrolment{id, anchors, std::move(key).assume_value()});
}

Result<Anchors> Anchors::prepare(Database& database, crypto::Random& random) {
    auto& db = database;
    FANLIGHT_TRY(auto enrolment, db.prepare(enrolment_query));
    FANLIGHT_TRY(auto new_enrolment, db.prepare("INSERT INTO enrolment (epoch) VALUES (?) RETURNING id"));
    FANLIGHT_TRY(auto new_key, db.prepare("INSERT INTO anchor_key (enrolment, key) VALUES (?, ?)"));
    FANLIGHT_TRY(auto grow, db.prepare("UPDATE enrolment SET anchors = anchors + ? WHERE id = ?"));
    FANLIGHT_TRY(auto shrink, db.prepare("UPDATE enrolment SET anchors = anchors - ? WHERE id = ?"));
    FANLIGHT_TRY(auto read, db.prepare("SELECT sealed FROM anchors WHERE place = ?"));
    FANLIGHT_TRY(auto write, db.prepare("INSERT INTO anchors (place, count, sealed) VALUES (?, ?, ?)"));
    FANLIGHT_TRY(auto erase, db.prepare("DELETE FROM anchors WHERE place = ? RETURNING count"));
    FANLIGHT_TRY(auto person, db.prepare("SELECT 1 FROM person WHERE row = ?"));
    FANLIGHT_TRY(auto enrol, db.prepare("INSERT OR IGNORE INTO enrolled (enrolment, person) VALUES (?, ?)"));
    FANLIGHT_TRY(auto unenrol, db.prepare("DELETE FROM enrolled WHERE enrolment = ? AND person = ?"));
    FANLIGHT_TRY(auto all, db.prepare("SELECT id FROM enrolment ORDER BY id"));
    FANLIGHT_TRY(auto forget, db.prepare("INSERT INTO forgotten (enrolment) SELECT id FROM enrolment WHERE epoch = ?"));
    FANLIGHT_TRY(auto forget_key, db.prepare("DELETE FROM anchor_key WHERE enrolment IN (SELECT enrolment "
                                             "FROM forgotten)"));
    FANLIGHT_TRY(auto leave, db.prepare("DELETE FROM enrolment WHERE epoch = ?"));
    FANLIGHT_TRY(auto counts, db.prepare("SELECT epoch, (SELECT count(*) FROM enrolled WHERE enrolment = id) "
                                         "FROM enrolment"));
    // Both sides come in order, so that SQLite merges them and stops at the limit.
    FANLIGHT_TRY(auto unenrolled, db.prepare("SELECT row FROM person INDEXED BY person_rows WHERE row > ?2 EXCEPT "
                                             "SELECT person FROM enrolled WHERE enrolment = ?1 AND person > ?2 "
                                             "ORDER BY 1 LIMIT ?3"));
    FANLIGHT_TRY(auto leftover, db.prepare("SELECT min(enrolment) FROM forgotten"));
    FANLIGHT_TRY(auto sweep_anchors, db.prepare("DELETE FROM anchors WHERE place IN (SELECT place FROM anchors "
                                                "WHERE place >= ? AND place < ? LIMIT ?)"));
    FANLIGHT_TRY(auto sweep_enrolled,
                 db.prepare("DELETE FROM enrolled WHERE enrolment = ?1 AND person IN (SELECT person FROM enrolled "
                            "WHERE enrolment = ?1 LIMIT ?2)"));
    FANLIGHT_TRY(auto swept, db.prepare("DELETE FROM forgotten WHERE enrolment = ?"));
    return Anchors({std::move(enrolment),     std::move(new_enrolment),  std::move(new_key),
                    std::move(grow),          std::move(shrink),         std::move(read),
                    std::move(write),         std::move(erase),          std::move(person),
                    std::move(enrol),         std::move(unenrol),        std::move(all),
                    std::move(forget),        std::move(forget_key),     std::move(leave),
                    std::move(counts),        std::move(unenrolled),     std::move(leftover),
                    std::move(sweep_anchors), std::move(sweep_enrolled), std::move(swept)},
                   random);
}

Result<Enrolment> Anchors::enrolment_for(std::uint32_t epoch) {
    FANLIGHT_TRY(auto known, read_enrolment(use_.enrolment, epoch));
    if (known) return std::move(*known);
    use_.new_enrolment.bind(1, std::int64_t(epoch));
    FANLIGHT_TRY(auto const row, use_.new_enrolment.step());
    auto const id = row ? use_.new_enrolment.number(0) : 0;
    use_.new_enrolment.reset();
    auto key = random_->make<crypto::AeadKey>();
    FANLIGHT_TRY(use_.new_key.bind(1, id).bind(2, key.reveal()).run());
    return Enrolment{id, 0, std::move(key)};
}

Result<PersonTokens> Anchors::tokens(std::uint32_t epoch, RecordRow row) {
    FANLIGHT_TRY(auto const enrolment, read_enrolment(use_.enrolment, epoch));
    if (!enrolment) return PersonTokens();
    auto const place = place_of(enrolment->id, row);
    use_.read.bind(1, place);
    FANLIGHT_TRY(auto const found, use_.read.step());
    auto tokens = found ? enrolment->open(place, use_.read.blob(0)) : PersonTokens();
    use_.read.reset();
    return tokens;
}

Result<bool> Anchors::is_there(RecordRow row) {
    use_.person.bind(1, row);
    auto const found = use_.person.step();
    use_.person.reset();
    return found;
}

Result<void> Anchors::put(std::span<NewPersonTokens const> people, DayIndexes& indexes) {
    for (auto const& person : people) {
        FANLIGHT_TRY(put(person, indexes));
    }
    return ok();
}

Result<void> Anchors::put(NewPersonTokens const& person, DayIndexes& indexes) {
    FANLIGHT_TRY(auto const there, is_there(person.row));
    auto const& anchors = person.tokens.anchors;
    if (!there || anchors.empty()) return ok();
    FANLIGHT_TRY(auto const enrolment, enrolment_for(person.epoch));
    FANLIGHT_TRY(erase(enrolment.id, person.row));
    auto const place = place_of(enrolment.id, person.row);
    auto const count = static_cast<std::int64_t>(anchors.size());
    use_.write.bind(1, place).bind(2, count);
    FANLIGHT_TRY(use_.write.bind(3, ByteView(seal(enrolment, place, person.tokens, *random_))).run());
    FANLIGHT_TRY(use_.grow.bind(1, count).bind(2, enrolment.id).run());
    for (auto const& anchor : anchors) {
        FANLIGHT_TRY(indexes.add(person.epoch, person.row, anchor.secret));
    }
    return ok();
}

Result<void> Anchors::erase(std::int64_t enrolment, RecordRow row) {
    use_.erase.bind(1, place_of(enrolment, row));
    FANLIGHT_TRY(auto const erased, use_.erase.step());
    auto const count = erased ? use_.erase.number(0) : 0;
    use_.erase.reset();
    if (count == 0) return ok();
    return use_.shrink.bind(1, count).bind(2, enrolment).run();
}

Result<void> Anchors::enrol(protocol::Enrolled const& person) {
    FANLIGHT_TRY(auto const there, is_there(person.row));
    if (!there) return ok();
    FANLIGHT_TRY(auto const enrolment, enrolment_for(person.epoch));
    return use_.enrol.bind(1, enrolment.id).bind(2, person.row).run();
}

Result<void> Anchors::forget_epoch(std::uint32_t epoch) {
    FANLIGHT_TRY(use_.forget.bind(1, std::int64_t(epoch)).run());
    FANLIGHT_TRY(use_.forget_key.run());
    FANLIGHT_TRY(use_.leave.bind(1, std::int64_t(epoch)).run());
    leftovers_ = true;
    return ok();
}

Result<void> Anchors::forget_person(RecordRow row) {
    std::vector<std::int64_t> enrolments;
    for (;;) {
        FANLIGHT_TRY(auto const found, use_.all.step());
        if (!found) break;
        enrolments.push_back(use_.all.number(0));
    }
    use_.all.reset();
    for (auto const enrolment : enrolments) {
        FANLIGHT_TRY(erase(enrolment, row));
        FANLIGHT_TRY(use_.unenrol.bind(1, enrolment).bind(2, row).run());
    }
    return ok();
}

Result<std::map<std::uint32_t, std::uint64_t>> Anchors::enrolled() {
    std::map<std::uint32_t, std::uint64_t> counts;
    for (;;) {
        FANLIGHT_TRY(auto const row, use_.counts.step());
        if (!row) break;
        auto const epoch = static_cast<std::uint32_t>(use_.counts.number(0));
        counts[epoch] = static_cast<std::uint64_t>(use_.counts.number(1));
    }
    use_.counts.reset();
    return counts;
}

Result<std::vector<RecordRow>> Anchors::unenrolled(std::uint32_t epoch, RecordRow after, std::size_t limit) {
    FANLIGHT_TRY(auto const enrolment, read_enrolment(use_.enrolment, epoch));
    auto& use = use_.unenrolled;
    use.bind(1, enrolment ? enrolment->id : std::int64_t(0)).bind(2, after).bind(3, static_cast<std::int64_t>(limit));
    std::vector<RecordRow> rows;
    for (;;) {
        FANLIGHT_TRY(auto const row, use.step());
        if (!row) break;
        rows.push_back(use.number(0));
    }
    use.reset();
    return rows;
}

Result<void> Anchors::sweep(std::size_t rows_max) {
    if (!leftovers_) return ok();
    FANLIGHT_TRY(auto const row, use_.leftover.step());
    leftovers_ = row && !use_.leftover.is_null(0);
    auto const id = leftovers_ ? use_.leftover.number(0) : 0;
    use_.leftover.reset();
    if (!leftovers_) return ok();
    auto const limit = static_cast<std::int64_t>(rows_max);
    use_.sweep_anchors.bind(1, place_of(id, 0)).bind(2, place_of(id + 1, 0)).bind(3, limit);
    FANLIGHT_TRY(use_.sweep_anchors.run());
    if (use_.sweep_anchors.changed() != 0) return ok();
    FANLIGHT_TRY(use_.sweep_enrolled.bind(1, id).bind(2, limit).run());
    if (use_.sweep_enrolled.changed() != 0) return ok();
    return use_.swept.bind(1, id).run();
}

} // namespace fanlight::node
