-- The newest entries that this device read of each log (receive/views.rs): what others saw is compared with them, after a start too.
CREATE TABLE chains (
    log BLOB NOT NULL, entry INTEGER NOT NULL, chain BLOB, payload BLOB NOT NULL, PRIMARY KEY (log, entry)
) STRICT, WITHOUT ROWID;
-- Entries that a device may have been shown otherwise before it came into a log again: its receipts do not count for them.
ALTER TABLE leaves ADD COLUMN unseen_first INTEGER NOT NULL DEFAULT 0;
ALTER TABLE leaves ADD COLUMN unseen_last INTEGER NOT NULL DEFAULT 0;
-- Welcomes into what continues a conversation (offer/lost.rs), until their devices have come; how often each was sent again.
CREATE TABLE welcomes (
    log BLOB NOT NULL, account BLOB NOT NULL, device BLOB NOT NULL, body BLOB NOT NULL, times INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (log, account, device)
) STRICT, WITHOUT ROWID;
