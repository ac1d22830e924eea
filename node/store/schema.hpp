#pragma once
// The schema, as numbered steps that only go forward. A step that has shipped never changes.

#include <array>

namespace fanlight::node {

inline constexpr std::array<char const*, 4> schema_steps{
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
    R"sql(
    -- Epochs of the identity key. What was enrolled before there were any is of no use: its state (space 6) goes too,
    -- so that nothing says of it that it is complete.
    DROP TABLE index_day;
    DROP TABLE day_token;
    DROP TABLE anchor;
    DROP INDEX person_waiting;
    ALTER TABLE person DROP COLUMN enrolled;
    DELETE FROM state WHERE space = 6;
    CREATE INDEX person_rows ON person (row);
    -- A row number is never used again: an answer that was given about somebody is kept by it for days.
    CREATE TABLE newest_person (only INTEGER PRIMARY KEY CHECK (only = 1), row INTEGER NOT NULL) STRICT;
    INSERT INTO newest_person SELECT 1, coalesce(max(row), 0) FROM person;

    -- One for each epoch that has anchors. Its id is never used again, even if the epoch's anchors are made anew.
    CREATE TABLE enrolment (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        epoch INTEGER NOT NULL UNIQUE,
        anchors INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE anchor_key (enrolment INTEGER PRIMARY KEY, key BLOB NOT NULL) STRICT;
    -- All anchors of one person in one enrolment, encrypted again under its key. place = enrolment << 40 | person.
    CREATE TABLE anchors (place INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
    CREATE TABLE enrolled (
        enrolment INTEGER NOT NULL,
        person INTEGER NOT NULL,
        PRIMARY KEY (enrolment, person)
    ) STRICT, WITHOUT ROWID;
    -- Enrolments without a key, whose rows are still to be removed.
    CREATE TABLE forgotten (enrolment INTEGER PRIMARY KEY) STRICT;
    )sql",
    R"sql(
    -- Matching version 2. People and families are stored in another form, and tokens of version 1 match nobody any
    -- more: all of it goes, with what rests on it, so that nothing is misread and nothing says that it is complete.
    -- The records must be imported again. State: 4 received queries, 5 cases, 6 enrolment, 10 queries that wait.
    DELETE FROM state WHERE space IN (4, 5, 6, 10);
    DELETE FROM person;
    DELETE FROM enrolled;
    DELETE FROM anchor_key;
    DELETE FROM enrolment;
    DELETE FROM forgotten;
    DROP TABLE anchors;
    -- Anchors, components and field bits of one person in one enrolment; `count` is of the anchors. place as before.
    CREATE TABLE anchors (place INTEGER PRIMARY KEY, count INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
    -- Who lives together has one number; 0: alone, or not known.
    ALTER TABLE person ADD COLUMN household INTEGER NOT NULL DEFAULT 0;
    -- All records of one person have one number, the row of one of them; 0: this is the only one.
    ALTER TABLE person ADD COLUMN same_person INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX person_same ON person (same_person) WHERE same_person <> 0;
    -- How many people have a name. `which`: 0 all people (name is empty), 1 spoken forename, 2 surname.
    CREATE TABLE name_count (
        which INTEGER NOT NULL,
        name TEXT NOT NULL,
        people INTEGER NOT NULL,
        PRIMARY KEY (which, name)
    ) STRICT, WITHOUT ROWID;
    )sql",
    R"sql(
    -- How many leaves of a shard are durable: not every leaf has an opening any more.
    CREATE TABLE shard (shard INTEGER PRIMARY KEY, leaves INTEGER NOT NULL) STRICT;
    INSERT INTO shard SELECT shard, max(position) + 1 FROM opening GROUP BY shard;
    -- Whether the files of the subject keys have been made. As long as they have not, nothing is under such a key.
    CREATE TABLE subject_keys (only INTEGER PRIMARY KEY CHECK (only = 1)) STRICT;
    -- Our ends of exchanges that the other party has an end of, from this version on. `class` is the leaf's; `shard` is
    -- year * 1000 + continuation here, in the order of time.
    CREATE TABLE exchange (
        shard INTEGER NOT NULL,
        position INTEGER NOT NULL,
        peer TEXT NOT NULL,
        time INTEGER NOT NULL,
        class INTEGER NOT NULL,
        tag BLOB NOT NULL,
        PRIMARY KEY (shard, position)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX exchange_peer ON exchange (peer, shard, position);
    CREATE INDEX exchange_tag ON exchange (tag);
    -- Receipts for what was disclosed to us, as files; one that comes again stands beside the first.
    CREATE TABLE receipt (
        number INTEGER PRIMARY KEY,
        exchange BLOB NOT NULL,
        sender TEXT NOT NULL,
        received INTEGER NOT NULL,
        file BLOB NOT NULL
    ) STRICT;
    CREATE INDEX receipt_exchange ON receipt (exchange);
    -- Leaves of others' logs, sealed by their owners.
    CREATE TABLE copy (
        origin TEXT NOT NULL,
        first INTEGER NOT NULL,
        count INTEGER NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (origin, first, count)
    ) STRICT;
    )sql",
};

} // namespace fanlight::node
