-- The key by which this device gets earlier messages, until it has them (handover/key.rs); the zeros as in `mls`. And on the primary the
-- public part of another's.
CREATE TABLE handover_key (
    made_ms INTEGER PRIMARY KEY, apart BLOB NOT NULL DEFAULT (zeroblob(1002)), secret BLOB NOT NULL
) STRICT, WITHOUT ROWID;
ALTER TABLE handovers ADD COLUMN sealed_to BLOB;
