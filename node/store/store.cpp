#include "node/store/store.hpp"

#include "base/byte_reader.hpp"
#include "crypto/labels.hpp"
#include "protocol/engine/governance.hpp"
#include "protocol/engine/record_codec.hpp"
#include "protocol/engine/surroundings.hpp"

namespace fanlight::node {

using protocol::PersonRecord;
using protocol::RecordRow;

/// Prepared once; each is reset after use.
struct Store::Statements {
    Statement put_state, erase_state, add_pending, add_opening, add_exchange, add_receipt, add_copy, set_leaves;
    Statement forget_pending;
    Statement person, family, opening, pending, household, same_person, name_count;
};

void Store::StatementsDelete::operator()(Statements* statements) const {
    delete statements;
}

namespace {

constexpr auto one_moment = "The log and the store are not of one moment. Restore both from the same backup.";

std::int64_t signed_of(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

/// The whole family of a person, as its family anchors need it; the person first.
constexpr std::size_t family_max = limits::family_people_max;

constexpr auto subject_keys_made = "INSERT INTO subject_keys VALUES (1)";

/// The files are there once the store says so: then to make them anew would erase everybody.
Result<SubjectKeys> subject_keys_of(Database& database, std::filesystem::path const& directory, WrapKey key, Mode mode,
                                    crypto::Random& random) {
    FANLIGHT_TRY(auto made, database.prepare("SELECT 1 FROM subject_keys"));
    FANLIGHT_TRY(auto const is_made, made.step());
    if (is_made) return SubjectKeys::open(directory, std::move(key), mode, random);
    FANLIGHT_TRY(auto subjects, SubjectKeys::open_or_create(directory, std::move(key), mode, random));
    made.reset();
    FANLIGHT_TRY(database.execute(subject_keys_made));
    return subjects;
}

/// Peer and time of a leaf, as its own fields have them.
struct End {
    std::string_view peer;
    std::int64_t time = 0;
};
End end_of(crypto::Entry const& entry) {
    End end;
    for (auto const& field : entry.fields) {
        if (field.tag == crypto::FieldTag::peer && end.peer.empty()) end.peer = as_text(field.value);
        if (field.tag == crypto::FieldTag::time) end.time = signed_of(ByteReader(field.value).u64());
    }
    return end;
}

/// Where a share may have been deleted, or written over.
bool keeps_shares(protocol::Write const& write) {
    return write.space == protocol::Space::epochs || write.space == protocol::Space::ceremony;
}

} // namespace

Result<Store> Store::create(std::filesystem::path const& file, StoreKey const& key, OpeningKey opening_key,
                            WrapKey wrap_key, Mode mode, crypto::Random& random) {
    FANLIGHT_TRY(auto database, Database::create(file, key));
    FANLIGHT_TRY(auto subjects, SubjectKeys::create(file.parent_path(), std::move(wrap_key), mode, random));
    FANLIGHT_TRY(database.execute(subject_keys_made));
    return prepared(std::move(database), std::move(subjects), std::move(opening_key), mode, random);
}

Result<Store> Store::open(std::filesystem::path const& file, StoreKey const& key, OpeningKey opening_key,
                          WrapKey wrap_key, Mode mode, crypto::Random& random) {
    FANLIGHT_TRY(auto database, Database::open(file, key));
    FANLIGHT_TRY(auto subjects, subject_keys_of(database, file.parent_path(), std::move(wrap_key), mode, random));
    return prepared(std::move(database), std::move(subjects), std::move(opening_key), mode, random);
}

Result<Store> Store::prepared(Database database, SubjectKeys subjects, OpeningKey opening_key, Mode mode,
                              crypto::Random& random) {
    auto& db = database;
    FANLIGHT_TRY(auto put_state, db.prepare("INSERT OR REPLACE INTO state (space, key, value) VALUES (?, ?, ?)"));
    FANLIGHT_TRY(auto erase_state, db.prepare("DELETE FROM state WHERE space = ? AND key = ?"));
    FANLIGHT_TRY(auto add_pending, db.prepare("INSERT INTO pending_leaf (shard, position, leaf) VALUES (?, ?, ?)"));
    FANLIGHT_TRY(auto add_opening, db.prepare("INSERT INTO opening (shard, position, sealed) VALUES (?, ?, ?)"));
    FANLIGHT_TRY(auto add_exchange, db.prepare("INSERT INTO exchange (shard, position, peer, time, class, tag) "
                                               "VALUES (?, ?, ?, ?, ?, ?)"));
    FANLIGHT_TRY(auto add_receipt, db.prepare("INSERT INTO receipt (exchange, sender, received, file) "
                                              "VALUES (?, ?, ?, ?)"));
    // What was there first stays: whoever has lost its leaves must not be able to replace them with others.
    FANLIGHT_TRY(auto add_copy, db.prepare("INSERT OR IGNORE INTO copy (origin, first, count, sealed) "
                                           "VALUES (?, ?, ?, ?)"));
    FANLIGHT_TRY(auto set_leaves, db.prepare("INSERT OR REPLACE INTO shard (shard, leaves) VALUES (?, ?)"));
    FANLIGHT_TRY(auto forget_pending,
                 db.prepare("DELETE FROM pending_leaf WHERE (shard = ?1 AND position < ?2) OR "
                            "iif(shard > 9999, shard, shard * 1000) < iif(?1 > 9999, ?1, ?1 * 1000)"));
    FANLIGHT_TRY(auto person, db.prepare("SELECT record FROM person WHERE row = ?"));
    FANLIGHT_TRY(auto family, db.prepare("SELECT record FROM person WHERE family_id = ? AND row <> ? "
                                         "ORDER BY id LIMIT ?"));
    FANLIGHT_TRY(auto opening, db.prepare("SELECT sealed FROM opening WHERE shard = ? AND position = ?"));
    FANLIGHT_TRY(auto pending, db.prepare("SELECT position, leaf FROM pending_leaf WHERE shard = ? AND position >= ? "
                                          "ORDER BY position"));
    FANLIGHT_TRY(auto household, db.prepare("SELECT household, same_person, record FROM person WHERE row = ?"));
    FANLIGHT_TRY(auto same_person, db.prepare("SELECT row FROM person WHERE same_person = ? AND same_person <> 0 "
                                              "ORDER BY row"));
    FANLIGHT_TRY(auto name_count, db.prepare("SELECT people FROM name_count WHERE which = ? AND name = ?"));
    StatementsPointer statements(
        new Statements{std::move(put_state), std::move(erase_state), std::move(add_pending), std::move(add_opening),
                       std::move(add_exchange), std::move(add_receipt), std::move(add_copy), std::move(set_leaves),
                       std::move(forget_pending), std::move(person), std::move(family), std::move(opening),
                       std::move(pending), std::move(household), std::move(same_person), std::move(name_count)});
    FANLIGHT_TRY(auto anchors, Anchors::prepare(db, random));
    return Store(std::move(database), std::move(subjects), std::move(opening_key), mode, random, std::move(statements),
                 std::move(anchors));
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
    for (auto const epoch : effects.forget_epochs) {
        FANLIGHT_TRY(anchors_.forget_epoch(epoch));
    }
    FANLIGHT_TRY(anchors_.put(effects.tokens, indexes_));
    for (auto const& person : effects.enrolled) {
        FANLIGHT_TRY(anchors_.enrol(person));
    }
    cut_due_ = cut_due_ || !effects.forget_epochs.empty() || std::ranges::any_of(effects.writes, keeps_shares);
    subjects_.expect_erasure(effects.erase_subjects);
    for (auto const& entry : effects.leaves) {
        FANLIGHT_TRY(add_leaf(entry, at));
    }
    if (!effects.leaves.empty()) {
        FANLIGHT_TRY(use.set_leaves.bind(1, std::int64_t(at.shard)).bind(2, signed_of(at.next)).run());
    }
    for (auto const& receipt : effects.receipts) {
        use.add_receipt.bind(1, receipt.exchange.view()).bind(2, std::string_view(receipt.sender.text()));
        use.add_receipt.bind(3, signed_of(to_wire(receipt.received)));
        FANLIGHT_TRY(use.add_receipt.bind(4, ByteView(receipt.file)).run());
    }
    for (auto const& copy : effects.copies) {
        use.add_copy.bind(1, std::string_view(copy.origin)).bind(2, signed_of(copy.first));
        FANLIGHT_TRY(use.add_copy.bind(3, signed_of(copy.count)).bind(4, ByteView(copy.sealed)).run());
    }
    return ok();
}

Result<void> Store::add_leaf(crypto::Entry const& entry, LogPosition& at) {
    auto& use = *statements_;
    auto const leaf = entry.leaf.bytes();
    FANLIGHT_TRY(
        use.add_pending.bind(1, std::int64_t(at.shard)).bind(2, signed_of(at.next)).bind(3, ByteView(leaf)).run());
    if (entry.leaf.kind != crypto::LeafClass::filler) { // which says nothing
        auto const sealed = seal_opening(opening_key_, subjects_, at.shard, at.next, entry.fields, *random_);
        use.add_opening.bind(1, std::int64_t(at.shard)).bind(2, signed_of(at.next));
        FANLIGHT_TRY(use.add_opening.bind(3, ByteView(sealed)).run());
    }
    if (protocol::has_two_ends(entry.leaf.kind) && entry.leaf.exchange != crypto::ExchangeTag()) {
        auto const end = end_of(entry);
        use.add_exchange.bind(1, in_order(at.shard)).bind(2, signed_of(at.next)).bind(3, end.peer);
        use.add_exchange.bind(4, end.time).bind(5, static_cast<std::int64_t>(entry.leaf.kind));
        FANLIGHT_TRY(use.add_exchange.bind(6, entry.leaf.exchange.view()).run());
    }
    ++at.next;
    return ok();
}

Result<void> Store::cut_wal() {
    if (!cut_due_) return ok();
    FANLIGHT_TRY(auto const cut, database_.truncate_wal());
    cut_due_ = !cut;
    return ok();
}

Result<std::vector<crypto::Leaf>> Store::pending_from(LogPosition const& at) const {
    auto& use = statements_->pending;
    use.bind(1, std::int64_t(at.shard)).bind(2, signed_of(at.next));
    std::vector<crypto::Leaf> leaves;
    for (;;) {
        FANLIGHT_TRY(auto const row, use.step());
        if (!row) break;
        if (use.number(0) != signed_of(at.next + leaves.size()))
            return fail(Errc::damaged, "pending log leaves", one_moment);
        FANLIGHT_TRY(auto const leaf, crypto::parse_leaf(use.blob(1)));
        leaves.push_back(leaf);
    }
    use.reset();
    return leaves;
}

Result<std::vector<int>> Store::pending_shards() {
    FANLIGHT_TRY(auto all, database_.prepare("SELECT DISTINCT shard FROM pending_leaf "
                                             "ORDER BY iif(shard > 9999, shard, shard * 1000)"));
    std::vector<int> shards;
    for (;;) {
        FANLIGHT_TRY(auto const row, all.step());
        if (!row) return shards;
        shards.push_back(static_cast<int>(all.number(0)));
    }
}

Result<std::optional<int>> Store::newest_shard() {
    FANLIGHT_TRY(auto newest, database_.prepare("SELECT shard FROM shard "
                                                "ORDER BY iif(shard > 9999, shard, shard * 1000) DESC LIMIT 1"));
    FANLIGHT_TRY(auto const row, newest.step());
    return row ? std::optional(static_cast<int>(newest.number(0))) : std::nullopt;
}

Result<Store::KnownLeaves> Store::leaves_of(int shard) {
    FANLIGHT_TRY(auto known, database_.prepare("SELECT coalesce((SELECT leaves FROM shard WHERE shard = ?1), 0), "
                                               "(SELECT min(position) FROM pending_leaf WHERE shard = ?1)"));
    known.bind(1, std::int64_t(shard));
    FANLIGHT_TRY(auto const row, known.step());
    if (!row) return KnownLeaves{};
    auto const count = static_cast<std::uint64_t>(known.number(0));
    return KnownLeaves{count, known.is_null(1) ? count : static_cast<std::uint64_t>(known.number(1))};
}

Result<void> Store::forget_pending(LogPosition const& at) {
    return statements_->forget_pending.bind(1, std::int64_t(at.shard)).bind(2, signed_of(at.next)).run();
}

Result<std::optional<crypto::ShownOpening>> Store::opening(int shard, std::uint64_t position) const {
    auto& use = statements_->opening;
    use.bind(1, std::int64_t(shard)).bind(2, signed_of(position));
    FANLIGHT_TRY(auto const row, use.step());
    if (!row) {
        use.reset();
        return std::optional<crypto::ShownOpening>();
    }
    auto opening = open_opening(opening_key_, subjects_, shard, position, use.blob(0));
    use.reset();
    if (!opening) return std::move(opening).as_failure();
    return std::optional(std::move(opening).assume_value());
}

Result<std::map<crypto::Pseudonym, protocol::LeafPlace>> Store::erased() const {
    FANLIGHT_TRY(auto all, database_.prepare("SELECT key, value FROM state WHERE space = ?"));
    all.bind(1, static_cast<std::int64_t>(protocol::Space::erased));
    std::map<crypto::Pseudonym, protocol::LeafPlace> erased;
    for (;;) {
        FANLIGHT_TRY(auto const row, all.step());
        if (!row) return erased;
        FANLIGHT_TRY(auto const one, protocol::parse_erased(all.blob(0), all.blob(1)));
        erased.emplace(one.subject, one.last);
    }
}

Result<std::vector<protocol::RestoredLeaves>> Store::restored() const {
    FANLIGHT_TRY(auto all, database_.prepare("SELECT key, value FROM state WHERE space = ? ORDER BY key"));
    all.bind(1, static_cast<std::int64_t>(protocol::Space::restored));
    std::vector<protocol::RestoredLeaves> restored;
    for (;;) {
        FANLIGHT_TRY(auto const row, all.step());
        if (!row) return restored;
        FANLIGHT_TRY(auto const leaves, protocol::parse_restored(all.blob(0), all.blob(1)));
        restored.push_back(leaves);
    }
}

Result<void> Store::replace_leaves(int shard, std::uint64_t common, std::uint64_t count) {
    FANLIGHT_TRY(auto openings, database_.prepare("DELETE FROM opening WHERE shard = ? AND position >= ?"));
    FANLIGHT_TRY(openings.bind(1, std::int64_t(shard)).bind(2, signed_of(common)).run());
    FANLIGHT_TRY(auto ends, database_.prepare("DELETE FROM exchange WHERE shard = ? AND position >= ?"));
    FANLIGHT_TRY(ends.bind(1, in_order(shard)).bind(2, signed_of(common)).run());
    FANLIGHT_TRY(auto pending, database_.prepare("DELETE FROM pending_leaf WHERE shard = ?"));
    FANLIGHT_TRY(pending.bind(1, std::int64_t(shard)).run());
    return statements_->set_leaves.bind(1, std::int64_t(shard)).bind(2, signed_of(count)).run();
}

Result<void> Store::restore(Restore const& each) const {
    FANLIGHT_TRY(auto all, database_.prepare("SELECT space, key, value FROM state ORDER BY space, key"));
    for (;;) {
        FANLIGHT_TRY(auto const row, all.step());
        if (!row) return ok();
        FANLIGHT_TRY(each(static_cast<protocol::Space>(all.number(0)), all.blob(1), all.blob(2)));
    }
}

Result<std::vector<RecordRow>> Store::find(protocol::IndexKey const& index, protocol::DayToken const& token) const {
    return indexes_.find(index, token);
}

Result<protocol::PersonTokens> Store::tokens(std::uint32_t epoch, RecordRow row) const {
    return anchors_.tokens(epoch, row);
}

Result<std::uint64_t> Store::name_count(std::int64_t which, std::string_view name) const {
    auto& use = statements_->name_count;
    use.bind(1, which).bind(2, name);
    FANLIGHT_TRY(auto const found, use.step());
    auto const people = found ? use.number(0) : 0;
    use.reset();
    return static_cast<std::uint64_t>(people);
}

Result<protocol::Surroundings> Store::surroundings(RecordRow row) const {
    protocol::Surroundings found;
    auto& use = statements_->household;
    use.bind(1, row);
    FANLIGHT_TRY(auto const there, use.step());
    if (!there) {
        use.reset();
        return found;
    }
    found.household = static_cast<std::uint64_t>(use.number(0));
    auto const person = use.number(1);
    auto const record = protocol::decode_record(use.blob(2));
    use.reset();
    if (!record) return record.as_failure();
    auto& same = statements_->same_person;
    same.bind(1, person);
    for (;;) {
        FANLIGHT_TRY(auto const more, same.step());
        if (!more) break;
        found.same_person.push_back(same.number(0));
    }
    same.reset();
    auto const names = protocol::counted_names(protocol::forms_of(record.assume_value().identity));
    FANLIGHT_TRY(found.names.people, name_count(0, {}));
    FANLIGHT_TRY(found.names.forename, name_count(1, names.forename));
    FANLIGHT_TRY(found.names.surname, name_count(2, names.surname));
    return found;
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

Result<std::vector<protocol::Unenrolled>> Store::unenrolled(std::uint32_t epoch, RecordRow after,
                                                            std::size_t limit) const {
    FANLIGHT_TRY(auto const rows, anchors_.unenrolled(epoch, after, limit));
    std::vector<protocol::Unenrolled> people;
    for (auto const row : rows) {
        FANLIGHT_TRY(auto const record, person(row));
        if (!record) return fail(Errc::damaged, "stored records");
        FANLIGHT_TRY(auto const others, family_of(row, *record));
        protocol::Unenrolled waiting{row, {record->identity}, 0};
        for (auto const& other : others) waiting.family.push_back(other.identity);
        people.push_back(std::move(waiting));
    }
    return people;
}

} // namespace fanlight::node
