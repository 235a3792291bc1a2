-- What own devices did to messages before they came here (early.rs).
CREATE TABLE marked_early (
    message BLOB PRIMARY KEY, starred INTEGER, listened INTEGER NOT NULL, at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX marked_early_by_time ON marked_early (at_ms);
-- When the server forgets a group's link; of those made before this was kept it is not known, so they are made anew.
ALTER TABLE group_links ADD COLUMN expires_ms INTEGER NOT NULL DEFAULT 0;
