#include "node/store/store.hpp"

#include "base/byte_reader.hpp"
#include "crypto/labels.hpp"
#include "protocol/engine/record_codec.hpp"

namespace fanlight::node {

using protocol::IndexHit;
using protocol::PersonRecord;
using protocol::RecordRow;

/// Prepared once; each is reset after use.
struct Store::Statements {
    Statement put_state, erase_state, add_pending, add_opening, forget_pending, add_anchor, add_token, set_enrolled;
    Statement find, person, unenrolled, family, opening, pending;
};

void Store::StatementsDelete::operator()(Statements* statements) const {
    delete statements;
}

namespace {

std::int64_t signed_of(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

/// The whole family of a person, as its family anchors need it; the person first.
constexpr std::size_t family_max = limits::family_people_max;

Bytes opening_associated(int shard, std::uint64_t position) {
    return ByteWriter().u32(static_cast<std::uint32_t>(shard)).u64(position).take();
}

} // namespace

Result<Store> Store::create(std::filesystem::path const& file, StoreKey const& key, OpeningKey opening_key, Mode mode,
                            crypto::Random& random) {
    FANLIGHT_TRY(auto database, Database::create(file, key));
    return prepared(std::move(database), std::move(opening_key), mode, random);
}

Result<Store> Store::open(std::filesystem::path const& file, StoreKey const& key, OpeningKey opening_key, Mode mode,
                          crypto::Random& random) {
    FANLIGHT_TRY(auto database, Database::open(file, key));
    return prepared(std::move(database), std::move(opening_key), mode, random);
}

Result<Store> Store::prepared(Database database, OpeningKey opening_key, Mode mode, crypto::Random& random) {
    Store store(std::move(database), std::move(opening_key), mode, random);
    auto& db = store.database_;
    FANLIGHT_TRY(auto put_state, db.prepare("INSERT OR REPLACE INTO state (space, key, value) VALUES (?, ?, ?)"));
    FANLIGHT_TRY(auto erase_state, db.prepare("DELETE FROM state WHERE space = ? AND key = ?"));
    FANLIGHT_TRY(auto add_pending, db.prepare("INSERT INTO pending_leaf (shard, position, leaf) VALUES (?, ?, ?)"));
    FANLIGHT_TRY(auto add_opening, db.prepare("INSERT INTO opening (shard, position, sealed) VALUES (?, ?, ?)"));
    FANLIGHT_TRY(auto forget_pending,
                 db.prepare("DELETE FROM pending_leaf WHERE shard < ?1 OR (shard = ?1 AND position < ?2)"));
    FANLIGHT_TRY(auto add_anchor,
                 db.prepare("INSERT INTO anchor (person, kind, secret) VALUES (?, ?, ?) RETURNING number"));
    FANLIGHT_TRY(auto add_token, db.prepare("INSERT OR IGNORE INTO day_token (token, anchor) VALUES (?, ?)"));
    FANLIGHT_TRY(auto set_enrolled, db.prepare("UPDATE person SET enrolled = 1 WHERE row = ?"));
    FANLIGHT_TRY(auto find, db.prepare("SELECT anchor.person, anchor.kind, anchor.secret FROM day_token "
                                       "JOIN anchor ON anchor.number = day_token.anchor WHERE day_token.token = ?"));
    FANLIGHT_TRY(auto person, db.prepare("SELECT record FROM person WHERE row = ?"));
    FANLIGHT_TRY(auto unenrolled, db.prepare("SELECT row, record FROM person WHERE enrolled = 0 ORDER BY row LIMIT ?"));
    FANLIGHT_TRY(auto family, db.prepare("SELECT record FROM person WHERE family_id = ? AND row <> ? "
                                         "ORDER BY id LIMIT ?"));
    FANLIGHT_TRY(auto opening, db.prepare("SELECT sealed FROM opening WHERE shard = ? AND position = ?"));
    FANLIGHT_TRY(auto pending, db.prepare("SELECT position, leaf FROM pending_leaf WHERE shard = ? AND position >= ? "
                                          "ORDER BY position"));
    store.statements_.reset(new Statements{std::move(put_state), std::move(erase_state), std::move(add_pending),
                                           std::move(add_opening), std::move(forget_pending), std::move(add_anchor),
                                           std::move(add_token), std::move(set_enrolled), std::move(find),
                                           std::move(person), std::move(unenrolled), std::move(family),
                                           std::move(opening), std::move(pending)});
    FANLIGHT_TRY(auto day, db.prepare("SELECT day FROM index_day"));
    FANLIGHT_TRY(auto const known, day.step());
    if (known) store.index_day_ = day_from_wire(static_cast<std::uint32_t>(day.number(0)));
    return store;
}

Result<void> Store::apply(protocol::Effects const& effects, LogPosition& at) {
    auto& use = *statements_;
    for (auto const& write : effects.writes) {
        auto const space = static_cast<std::int64_t>(write.space);
        if (write.value) {
            FANLIGHT_TRY(use.put_state.bind(1, space).bind(2, write.key).bind(3, ByteView(*write.value)).run());
        } else {
            FANLIGHT_TRY(use.erase_state.bind(1, space).bind(2, write.key).run());
        }
    }
    if (effects.forget_anchors) {
        FANLIGHT_TRY(database_.execute("DELETE FROM anchor; UPDATE person SET enrolled = 0"));
    }
    for (auto const& anchor : effects.anchors) {
        FANLIGHT_TRY(add_anchor(anchor));
    }
    for (auto const row : effects.enrolled) {
        FANLIGHT_TRY(use.set_enrolled.bind(1, row).run());
    }
    if (effects.rebuild_index) {
        FANLIGHT_TRY(rebuild_index(*effects.rebuild_index));
    }
    for (auto const& entry : effects.leaves) {
        FANLIGHT_TRY(add_leaf(entry, at));
    }
    return ok();
}

Result<void> Store::add_leaf(crypto::Entry const& entry, LogPosition& at) {
    auto& use = *statements_;
    auto const leaf = entry.leaf.bytes();
    FANLIGHT_TRY(
        use.add_pending.bind(1, std::int64_t(at.shard)).bind(2, signed_of(at.next)).bind(3, ByteView(leaf)).run());
    auto const nonce = random_->make<crypto::Nonce>();
    Bytes sealed = to_bytes(nonce.view());
    append(sealed, crypto::aead_seal(opening_key_, nonce, opening_associated(at.shard, at.next),
                                     crypto::encode_opening(entry.fields)));
    FANLIGHT_TRY(
        use.add_opening.bind(1, std::int64_t(at.shard)).bind(2, signed_of(at.next)).bind(3, ByteView(sealed)).run());
    ++at.next;
    return ok();
}

Result<void> Store::add_anchor(protocol::NewAnchor const& anchor) {
    auto& use = *statements_;
    use.add_anchor.bind(1, anchor.row).bind(2, static_cast<std::int64_t>(anchor.kind)).bind(3, anchor.secret.reveal());
    FANLIGHT_TRY(auto const row, use.add_anchor.step());
    auto const number = row ? use.add_anchor.number(0) : 0;
    use.add_anchor.reset();
    if (!index_day_) return ok();
    auto const token = protocol::day_token(mode_, anchor.secret, *index_day_);
    return use.add_token.bind(1, token.view()).bind(2, number).run();
}

Result<void> Store::rebuild_index(Day day) {
    FANLIGHT_TRY(database_.execute("DELETE FROM day_token"));
    FANLIGHT_TRY(auto all, database_.prepare("SELECT number, secret FROM anchor"));
    for (;;) {
        FANLIGHT_TRY(auto const row, all.step());
        if (!row) break;
        FANLIGHT_TRY(auto const secret, protocol::AgencySecret::parse(all.blob(1), "stored anchor"));
        auto const token = protocol::day_token(mode_, secret, day);
        FANLIGHT_TRY(statements_->add_token.bind(1, token.view()).bind(2, all.number(0)).run());
    }
    FANLIGHT_TRY(auto set, database_.prepare("INSERT OR REPLACE INTO index_day (only, day) VALUES (1, ?)"));
    FANLIGHT_TRY(set.bind(1, std::int64_t(to_wire(day))).run());
    index_day_ = day;
    return ok();
}

Result<std::vector<crypto::Leaf>> Store::pending_from(LogPosition const& at) const {
    auto& use = statements_->pending;
    use.bind(1, std::int64_t(at.shard)).bind(2, signed_of(at.next));
    std::vector<crypto::Leaf> leaves;
    for (;;) {
        FANLIGHT_TRY(auto const row, use.step());
        if (!row) break;
        if (use.number(0) != signed_of(at.next + leaves.size())) return fail(Errc::damaged, "pending log leaves");
        FANLIGHT_TRY(auto const leaf, crypto::parse_leaf(use.blob(1)));
        leaves.push_back(leaf);
    }
    use.reset();
    return leaves;
}

Result<std::vector<int>> Store::pending_shards() {
    FANLIGHT_TRY(auto all, database_.prepare("SELECT DISTINCT shard FROM pending_leaf ORDER BY shard"));
    std::vector<int> shards;
    for (;;) {
        FANLIGHT_TRY(auto const row, all.step());
        if (!row) return shards;
        shards.push_back(static_cast<int>(all.number(0)));
    }
}

Result<Store::KnownLeaves> Store::leaves_of(int shard) {
    FANLIGHT_TRY(auto known, database_.prepare("SELECT (SELECT coalesce(max(position) + 1, 0) FROM opening "
                                               "WHERE shard = ?1), (SELECT min(position) FROM pending_leaf "
                                               "WHERE shard = ?1)"));
    known.bind(1, std::int64_t(shard));
    FANLIGHT_TRY(auto const row, known.step());
    if (!row) return KnownLeaves{};
    auto const count = static_cast<std::uint64_t>(known.number(0));
    return KnownLeaves{count, known.is_null(1) ? count : static_cast<std::uint64_t>(known.number(1))};
}

Result<void> Store::forget_pending(LogPosition const& at) {
    return statements_->forget_pending.bind(1, std::int64_t(at.shard)).bind(2, signed_of(at.next)).run();
}

Result<std::optional<std::vector<crypto::Field>>> Store::opening(int shard, std::uint64_t position) const {
    auto& use = statements_->opening;
    use.bind(1, std::int64_t(shard)).bind(2, signed_of(position));
    FANLIGHT_TRY(auto const row, use.step());
    if (!row) {
        use.reset();
        return std::optional<std::vector<crypto::Field>>();
    }
    auto const sealed = to_bytes(use.blob(0));
    use.reset();
    if (sealed.size() < crypto::Nonce::size_bytes) return fail(Errc::damaged, "opening of a log leaf");
    FANLIGHT_TRY(auto const nonce, crypto::Nonce::parse(ByteView(sealed).first(crypto::Nonce::size_bytes)));
    FANLIGHT_TRY(auto const plain, crypto::aead_open(opening_key_, nonce, opening_associated(shard, position),
                                                     ByteView(sealed).subspan(crypto::Nonce::size_bytes)));
    FANLIGHT_TRY(auto fields, crypto::parse_opening(plain));
    return std::optional(std::move(fields));
}

Result<void> Store::restore(Restore const& each) const {
    FANLIGHT_TRY(auto all, const_cast<Database&>(database_).prepare("SELECT space, key, value FROM state "
                                                                    "ORDER BY space, key"));
    for (;;) {
        FANLIGHT_TRY(auto const row, all.step());
        if (!row) return ok();
        FANLIGHT_TRY(each(static_cast<protocol::Space>(all.number(0)), all.blob(1), all.blob(2)));
    }
}

Result<std::vector<IndexHit>> Store::find(Day day, protocol::DayToken const& token) const {
    std::vector<IndexHit> hits;
    if (index_day_ != day) return hits;
    auto& use = statements_->find;
    use.bind(1, token.view());
    for (;;) {
        FANLIGHT_TRY(auto const row, use.step());
        if (!row) break;
        FANLIGHT_TRY(auto secret, protocol::AgencySecret::parse(use.blob(2), "stored anchor"));
        hits.push_back({use.number(0), static_cast<protocol::AnchorKind>(use.number(1)), std::move(secret)});
    }
    use.reset();
    return hits;
}

Result<std::optional<PersonRecord>> Store::person(RecordRow row) const {
    auto& use = statements_->person;
    use.bind(1, row);
    FANLIGHT_TRY(auto const found, use.step());
    if (!found) {
        use.reset();
        return std::optional<PersonRecord>();
    }
    auto record = protocol::decode_record(use.blob(0));
    use.reset();
    if (!record) return std::move(record).as_failure();
    return std::optional(std::move(record).assume_value());
}

Result<std::vector<PersonRecord>> Store::family_of(RecordRow row, PersonRecord const& person) const {
    std::vector<PersonRecord> family;
    if (person.family_id.empty()) return family;
    auto& use = statements_->family;
    use.bind(1, std::string_view(person.family_id)).bind(2, row).bind(3, std::int64_t(family_max));
    for (;;) {
        FANLIGHT_TRY(auto const found, use.step());
        if (!found) break;
        FANLIGHT_TRY(auto member, protocol::decode_record(use.blob(0)));
        family.push_back(std::move(member));
    }
    use.reset();
    return family;
}

Result<std::vector<protocol::Unenrolled>> Store::unenrolled(std::size_t limit) const {
    std::vector<std::pair<RecordRow, PersonRecord>> waiting;
    auto& use = statements_->unenrolled;
    use.bind(1, static_cast<std::int64_t>(limit));
    for (;;) {
        FANLIGHT_TRY(auto const row, use.step());
        if (!row) break;
        FANLIGHT_TRY(auto record, protocol::decode_record(use.blob(1)));
        waiting.emplace_back(use.number(0), std::move(record));
    }
    use.reset();
    std::vector<protocol::Unenrolled> people;
    for (auto const& [row, record] : waiting) {
        FANLIGHT_TRY(auto const others, family_of(row, record));
        protocol::Unenrolled person{row, {record.identity}, 0};
        for (auto const& other : others) person.family.push_back(other.identity);
        people.push_back(std::move(person));
    }
    return people;
}

} // namespace fanlight::node
