-- Entries by which leaves came, from the log's own order: the server's times may be anything. What was there before came no later
-- than what this device has read.
ALTER TABLE leaves ADD COLUMN added_entry INTEGER NOT NULL DEFAULT 0;
UPDATE leaves SET added_entry = coalesce((SELECT cursor FROM logs WHERE logs.log = leaves.log), 0);

-- Accounts whose last device went from a log by a commit. `dropped`: since the account had dropped it, so it is awaited.
CREATE TABLE parted (
    log BLOB NOT NULL, account BLOB NOT NULL, dropped INTEGER NOT NULL,
    PRIMARY KEY (log, account)
) STRICT, WITHOUT ROWID;

-- Who was held for the one who broke a log may have been so on the server's word.
DELETE FROM settings WHERE key >= 'offender/' AND key < 'offender0';
