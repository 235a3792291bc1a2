-- Lists of what is known to belong to spyware and the like (indicators.rs). Signed ones have a publisher and a version.
CREATE TABLE indicator_lists (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, at_ms INTEGER NOT NULL, indicators INTEGER NOT NULL,
    publisher BLOB, version INTEGER
) STRICT;
-- What they hold; `kind` is screening's indicator::Kind, `value` in its one spelling.
CREATE TABLE indicators (
    list INTEGER NOT NULL, kind INTEGER NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (list, kind, value)
) STRICT, WITHOUT ROWID;
-- What of it was found in messages. It stays when its sender takes the message back.
CREATE TABLE indicator_matches (
    message BLOB NOT NULL, kind INTEGER NOT NULL, value TEXT NOT NULL, list INTEGER NOT NULL,
    PRIMARY KEY (message, kind, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX indicator_matches_by_list ON indicator_matches(list);
CREATE TRIGGER messages_unmatched AFTER DELETE ON messages BEGIN
    DELETE FROM indicator_matches WHERE message = old.message;
END;
