-- What guard could not or would not look into (quarantine.rs): the person's journal. It has no contents and no names, and stays
-- when the sender takes the message back. `held`: not looked into by itself any more.
CREATE TABLE guard_journal (
    sha256 BLOB NOT NULL,
    -- quarantine::column
    outcome INTEGER NOT NULL,
    first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, times INTEGER NOT NULL DEFAULT 1,
    message BLOB NOT NULL, idx INTEGER NOT NULL, account BLOB, kind INTEGER NOT NULL, bytes INTEGER NOT NULL,
    held INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (sha256, outcome)
) STRICT, WITHOUT ROWID;
CREATE INDEX guard_journal_by_time ON guard_journal(last_ms);
