#pragma once
// The schema, as numbered steps that only go forward. A step that has shipped never changes.

#include <array>

namespace fanlight::node {

inline constexpr std::array<char const*, 1> schema_steps{
    R"sql(
    CREATE TABLE state (
        space INTEGER NOT NULL,
        key BLOB NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY (space, key)
    ) STRICT, WITHOUT ROWID;

    -- Leaves that a transaction has made durable and that may not be in the log directory yet.
    -- `shard` is the year of the log.
    CREATE TABLE pending_leaf (
        shard INTEGER NOT NULL,
        position INTEGER NOT NULL,
        leaf BLOB NOT NULL,
        PRIMARY KEY (shard, position)
    ) STRICT, WITHOUT ROWID;
    -- What each leaf commits to: encrypted again under the opening key.
    CREATE TABLE opening (
        shard INTEGER NOT NULL,
        position INTEGER NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (shard, position)
    ) STRICT;

    CREATE TABLE person (
        row INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        family_id TEXT NOT NULL,
        record BLOB NOT NULL,
        anchors_hash BLOB NOT NULL,
        enrolled INTEGER NOT NULL DEFAULT 0,
        generation INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX person_family ON person (family_id) WHERE family_id <> '';
    CREATE INDEX person_waiting ON person (row) WHERE enrolled = 0;

    CREATE TABLE anchor (
        number INTEGER PRIMARY KEY,
        person INTEGER NOT NULL REFERENCES person (row) ON DELETE CASCADE,
        kind INTEGER NOT NULL,
        secret BLOB NOT NULL
    ) STRICT;
    CREATE INDEX anchor_person ON anchor (person);

    CREATE TABLE day_token (
        token BLOB NOT NULL,
        anchor INTEGER NOT NULL REFERENCES anchor (number) ON DELETE CASCADE,
        PRIMARY KEY (token, anchor)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX day_token_anchor ON day_token (anchor);
    CREATE TABLE index_day (only INTEGER PRIMARY KEY CHECK (only = 1), day INTEGER NOT NULL) STRICT;
    )sql",
};

} // namespace fanlight::node
