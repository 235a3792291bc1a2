-- Earlier messages for people who are being added, by this device. `said` is content.proto Shared, put on its way when the
-- blob is on the server.
CREATE TABLE shares (
    id INTEGER PRIMARY KEY AUTOINCREMENT, thread INTEGER NOT NULL, log BLOB NOT NULL, account BLOB NOT NULL,
    most INTEGER NOT NULL, blob BLOB, said BLOB
) STRICT;
CREATE INDEX shares_by_log ON shares(log, account);
CREATE INDEX shares_by_blob ON shares(blob) WHERE blob IS NOT NULL;
-- Earlier messages that were shared with this account and are not here yet. `position`: places kept for them.
CREATE TABLE shares_in (
    id INTEGER PRIMARY KEY AUTOINCREMENT, thread INTEGER NOT NULL, account BLOB NOT NULL, position INTEGER NOT NULL,
    messages INTEGER NOT NULL, at_ms INTEGER NOT NULL, file BLOB NOT NULL
) STRICT;
-- Shared by this account, which had it under this id. Such rows are imported too: nothing can be said about them.
ALTER TABLE messages ADD COLUMN shared_by BLOB;
ALTER TABLE messages ADD COLUMN origin BLOB;
CREATE INDEX messages_by_origin ON messages(thread, origin) WHERE origin IS NOT NULL;
-- A voice message of somebody else was listened to.
ALTER TABLE messages ADD COLUMN listened INTEGER NOT NULL DEFAULT 0;
