// Replacing an agency's records by a new whole feed, in the caller's transaction.

#include "crypto/labels.hpp"
#include "node/store/store.hpp"
#include "protocol/engine/record_codec.hpp"
#include "protocol/engine/surroundings.hpp"

#include <map>

namespace fanlight::node {

namespace {

using Families = std::map<std::string_view, std::vector<std::size_t>>;

/// Whether two feeds would enrol this person alike: a hash over every anchor, which depends on the family as well,
/// every component, and the field bits.
crypto::Sha256 anchors_hash(std::vector<protocol::PersonRecord> const& people, std::size_t which,
                            Families const& families, protocol::DescriptorLabels labels) {
    auto const& person = people[which];
    std::vector<protocol::Identity> family{person.identity};
    if (auto const found = families.find(person.family_id); found != families.end()) {
        for (auto const other : found->second)
            if (other != which && family.size() <= limits::family_people_max) family.push_back(people[other].identity);
    }
    Bytes all;
    auto const append_one = [&](std::uint8_t kind, Bytes const& input) {
        append_u8(all, kind);
        append_u16(all, static_cast<std::uint16_t>(input.size()));
        append(all, input);
    };
    append_u32(all, protocol::matching_version);
    auto const descriptors = protocol::descriptors_of(family, 0, labels);
    append_u16(all, descriptors.fields.bits);
    append_u32(all, static_cast<std::uint32_t>(descriptors.anchors.size()));
    for (auto const& anchor : descriptors.anchors) {
        append_u8(all, static_cast<std::uint8_t>(anchor.salt));
        append_one(static_cast<std::uint8_t>(anchor.kind), anchor.input);
    }
    for (auto const* components : {&descriptors.by_date, &descriptors.by_sector}) {
        append_u32(all, static_cast<std::uint32_t>(components->size()));
        for (auto const& component : *components)
            append_one(static_cast<std::uint8_t>(component.kind), component.input);
    }
    return crypto::sha256({all});
}

Result<void> write_counts(Database& database, protocol::AllPeople const& all) {
    FANLIGHT_TRY(database.execute("DELETE FROM name_count"));
    FANLIGHT_TRY(auto insert, database.prepare("INSERT INTO name_count (which, name, people) VALUES (?, ?, ?)"));
    auto const write = [&](std::int64_t which, std::string_view name, std::uint64_t people) {
        return insert.bind(1, which).bind(2, name).bind(3, static_cast<std::int64_t>(people)).run();
    };
    FANLIGHT_TRY(write(0, {}, all.people()));
    for (auto const& [name, people] : all.forenames()) {
        FANLIGHT_TRY(write(1, name, people));
    }
    for (auto const& [name, people] : all.surnames()) {
        FANLIGHT_TRY(write(2, name, people));
    }
    return ok();
}

/// The first one's row is the number of all.
Result<void> write_same_person(Database& database, std::vector<protocol::PersonRecord> const& people,
                               protocol::SamePerson const& same_person) {
    FANLIGHT_TRY(auto row_of, database.prepare("SELECT row FROM person WHERE id = ?"));
    FANLIGHT_TRY(auto write, database.prepare("UPDATE person SET same_person = ? WHERE id = ?"));
    for (auto const& group : same_person) {
        row_of.bind(1, std::string_view(people[group.front()].id));
        FANLIGHT_TRY(auto const found, row_of.step());
        if (!found) return fail(Errc::damaged, "stored records");
        auto const number = row_of.number(0);
        row_of.reset();
        for (auto const member : group) {
            FANLIGHT_TRY(write.bind(1, number).bind(2, std::string_view(people[member].id)).run());
        }
    }
    return ok();
}

} // namespace

Result<ImportCounts> Store::replace_people(std::vector<protocol::PersonRecord> const& people,
                                           protocol::SamePerson const& same_person) {
    FANLIGHT_TRY(auto generation_of, database_.prepare("SELECT coalesce(max(generation), 0) + 1 FROM person"));
    FANLIGHT_TRY(auto const any, generation_of.step());
    auto const generation = any ? generation_of.number(0) : 1;
    generation_of.reset();
    FANLIGHT_TRY(auto known, database_.prepare("SELECT row, anchors_hash FROM person WHERE id = ?"));
    FANLIGHT_TRY(auto newest_of, database_.prepare("SELECT row FROM newest_person"));
    FANLIGHT_TRY(auto const numbered, newest_of.step());
    if (!numbered) return fail(Errc::damaged, "number of the newest person");
    auto newest = newest_of.number(0);
    newest_of.reset();
    FANLIGHT_TRY(auto insert, database_.prepare("INSERT INTO person (id, family_id, record, anchors_hash, generation, "
                                                "row, household, same_person) VALUES (?, ?, ?, ?, ?, ?, ?, 0)"));
    FANLIGHT_TRY(auto keep, database_.prepare("UPDATE person SET family_id = ?, record = ?, generation = ?, "
                                              "household = ?, same_person = 0 WHERE row = ?"));
    FANLIGHT_TRY(auto change, database_.prepare("UPDATE person SET family_id = ?, record = ?, generation = ?, "
                                                "household = ?, same_person = 0, anchors_hash = ? WHERE row = ?"));

    Families families;
    for (std::size_t i = 0; i < people.size(); ++i)
        if (!people[i].family_id.empty()) families[people[i].family_id].push_back(i);
    // In the order in which Store::family_of reads them: a large family is cut at the same member.
    for (auto& [id, members] : families)
        std::ranges::sort(members, {}, [&](std::size_t i) { return std::string_view(people[i].id); });
    auto const anchor_label = crypto::label(mode_, crypto::Label::anchor);
    auto const component_label = crypto::label(mode_, crypto::Label::component);
    protocol::AllPeople all;
    for (auto const& person : people) all.add(person, protocol::forms_of(person.identity));
    FANLIGHT_TRY(write_counts(database_, all));
    auto const households = all.households();
    ImportCounts counts;
    counts.people = people.size();
    Bytes list;
    for (std::size_t i = 0; i < people.size(); ++i) {
        auto const& person = people[i];
        auto const hash = anchors_hash(people, i, families, {anchor_label, component_label});
        auto const record = protocol::encode(person);
        auto const household = static_cast<std::int64_t>(households[i]);
        append(list, crypto::sha256({as_bytes(person.id), hash.view()}).view());
        known.bind(1, std::string_view(person.id));
        FANLIGHT_TRY(auto const found, known.step());
        auto const row = found ? known.number(0) : 0;
        bool const same = found && std::ranges::equal(known.blob(1), hash.view());
        known.reset();
        if (!found) {
            insert.bind(1, std::string_view(person.id)).bind(2, std::string_view(person.family_id));
            insert.bind(3, ByteView(record)).bind(4, hash.view()).bind(5, generation);
            FANLIGHT_TRY(insert.bind(6, ++newest).bind(7, household).run());
        } else if (same) {
            keep.bind(1, std::string_view(person.family_id)).bind(2, ByteView(record));
            FANLIGHT_TRY(keep.bind(3, generation).bind(4, household).bind(5, row).run());
            ++counts.kept;
        } else {
            FANLIGHT_TRY(anchors_.forget_person(row));
            change.bind(1, std::string_view(person.family_id)).bind(2, ByteView(record)).bind(3, generation);
            FANLIGHT_TRY(change.bind(4, household).bind(5, hash.view()).bind(6, row).run());
        }
    }
    FANLIGHT_TRY(write_same_person(database_, people, same_person));
    FANLIGHT_TRY(auto remove, database_.prepare("DELETE FROM person WHERE generation <> ?1 RETURNING row"));
    remove.bind(1, generation);
    for (;;) {
        FANLIGHT_TRY(auto const row, remove.step());
        if (!row) break;
        FANLIGHT_TRY(anchors_.forget_person(remove.number(0)));
        ++counts.removed;
    }
    FANLIGHT_TRY(auto number, database_.prepare("UPDATE newest_person SET row = ?"));
    FANLIGHT_TRY(number.bind(1, newest).run());
    FANLIGHT_TRY(counts.enrolled, anchors_.enrolled());
    cut_due_ = true;
    counts.list_hash = crypto::sha256({list});
    return counts;
}

} // namespace fanlight::node
