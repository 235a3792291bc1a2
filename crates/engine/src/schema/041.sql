-- Under which entry the server said that it took a row's payload.
ALTER TABLE outbox ADD COLUMN taken INTEGER NOT NULL DEFAULT 0;
-- What was given up after its bytes had been handed to a connection: the log may have them all the same.
CREATE TABLE given_up (
    id INTEGER PRIMARY KEY,
    log BLOB NOT NULL, hash BLOB NOT NULL,
    message BLOB,
    content BLOB NOT NULL        -- a Content without words
) STRICT;
CREATE INDEX given_up_by_hash ON given_up (log, hash);
-- Why the last change that this account made to a message for everyone did not leave.
ALTER TABLE messages ADD COLUMN change_failed TEXT;
-- Whether a handover's last part has been made, and is on its way.
ALTER TABLE handovers ADD COLUMN last INTEGER NOT NULL DEFAULT 0;
