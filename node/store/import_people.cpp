// Replacing an agency's records by a new whole feed, in the caller's transaction.

#include "crypto/labels.hpp"
#include "node/store/store.hpp"
#include "protocol/engine/record_codec.hpp"

#include <map>

namespace fanlight::node {

namespace {

using Families = std::map<std::string_view, std::vector<std::size_t>>;

/// Whether two feeds would enrol this person alike: a hash over every anchor, which depends on the family as well.
crypto::Sha256 anchors_hash(std::vector<protocol::PersonRecord> const& people, std::size_t which,
                            Families const& families, std::string const& anchor_label) {
    auto const& person = people[which];
    std::vector<protocol::Identity> family{person.identity};
    if (auto const found = families.find(person.family_id); found != families.end()) {
        for (auto const other : found->second)
            if (other != which && family.size() <= limits::family_people_max) family.push_back(people[other].identity);
    }
    Bytes all;
    append_u32(all, protocol::matching_version);
    for (auto const& anchor : protocol::anchors_of(family, 0, anchor_label)) {
        append_u16(all, static_cast<std::uint16_t>(anchor.input.size()));
        append(all, anchor.input);
    }
    return crypto::sha256({all});
}

} // namespace

Result<ImportCounts> Store::replace_people(std::vector<protocol::PersonRecord> const& people) {
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
                                                "row) VALUES (?, ?, ?, ?, ?, ?)"));
    FANLIGHT_TRY(auto keep, database_.prepare("UPDATE person SET family_id = ?, record = ?, generation = ? "
                                              "WHERE row = ?"));
    FANLIGHT_TRY(auto change, database_.prepare("UPDATE person SET family_id = ?, record = ?, generation = ?, "
                                                "anchors_hash = ? WHERE row = ?"));

    Families families;
    for (std::size_t i = 0; i < people.size(); ++i)
        if (!people[i].family_id.empty()) families[people[i].family_id].push_back(i);
    // In the order in which Store::family_of reads them: a large family is cut at the same member.
    for (auto& [id, members] : families)
        std::ranges::sort(members, {}, [&](std::size_t i) { return std::string_view(people[i].id); });
    auto const anchor_label = crypto::label(mode_, crypto::Label::anchor);
    ImportCounts counts;
    counts.people = people.size();
    Bytes list;
    for (std::size_t i = 0; i < people.size(); ++i) {
        auto const& person = people[i];
        auto const hash = anchors_hash(people, i, families, anchor_label);
        auto const record = protocol::encode(person);
        append(list, crypto::sha256({as_bytes(person.id), hash.view()}).view());
        known.bind(1, std::string_view(person.id));
        FANLIGHT_TRY(auto const found, known.step());
        auto const row = found ? known.number(0) : 0;
        bool const same = found && std::ranges::equal(known.blob(1), hash.view());
        known.reset();
        if (!found) {
            insert.bind(1, std::string_view(person.id)).bind(2, std::string_view(person.family_id));
            insert.bind(3, ByteView(record)).bind(4, hash.view()).bind(5, generation);
            FANLIGHT_TRY(insert.bind(6, ++newest).run());
        } else if (same) {
            keep.bind(1, std::string_view(person.family_id)).bind(2, ByteView(record));
            FANLIGHT_TRY(keep.bind(3, generation).bind(4, row).run());
            ++counts.kept;
        } else {
            FANLIGHT_TRY(anchors_.forget_person(row));
            change.bind(1, std::string_view(person.family_id)).bind(2, ByteView(record)).bind(3, generation);
            FANLIGHT_TRY(change.bind(4, hash.view()).bind(5, row).run());
        }
    }
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
