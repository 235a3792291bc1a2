-- This device's keys to seal to, made anew each month (seal_keys.rs). `replaced_ms`: since when the server has a newer one. The zeros keep
-- the secret in pages of its own, as those of `mls` do.
CREATE TABLE seal_keys (
    made_ms INTEGER PRIMARY KEY, replaced_ms INTEGER, apart BLOB NOT NULL DEFAULT (zeroblob(1002)), secret BLOB NOT NULL
) STRICT, WITHOUT ROWID;
-- The newest of each other device that was seen.
CREATE TABLE others_seal_keys (
    account BLOB NOT NULL, device BLOB NOT NULL, made_ms INTEGER NOT NULL, seal_key BLOB NOT NULL,
    PRIMARY KEY (account, device)
) STRICT, WITHOUT ROWID;
