-- What was said of a message before it came: an edit, a reaction, a vote, a pin, the end of a poll, that it was opened.
CREATE TABLE said_early (
    id INTEGER PRIMARY KEY,
    message BLOB NOT NULL,       -- its id, or that with its author (`early_id`)
    log BLOB NOT NULL,
    account BLOB NOT NULL,       -- who said it
    content BLOB NOT NULL,       -- a Content that has a kind alone
    until_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX said_early_of ON said_early (message);
CREATE INDEX said_early_by ON said_early (account, id);
CREATE INDEX said_early_in ON said_early (log);
CREATE INDEX said_early_until ON said_early (until_ms);

-- Entries of a log that this device never took.
CREATE TABLE missed (
    log BLOB NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (log, first)
) STRICT, WITHOUT ROWID;

-- Entries before somebody's cursor that none of their devices says to have.
CREATE TABLE gaps (
    log BLOB NOT NULL, account BLOB NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (log, account, first)
) STRICT, WITHOUT ROWID;

-- Under which later entry an own message was said once more, for somebody who had missed it.
ALTER TABLE messages ADD COLUMN again_entry INTEGER;
