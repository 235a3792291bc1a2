-- What was read and is not told (silent.rs): stretches of a log, this account's own and those that others' receipts named.
CREATE TABLE silent (
    log BLOB NOT NULL, account BLOB NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (log, account, first)
) STRICT, WITHOUT ROWID;
