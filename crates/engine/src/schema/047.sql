-- What goes is overwritten, but where SQLite moves a row to another page, it leaves a copy in the unused part of the old one
-- (btree.c, rebuildPage). Only what lies in a row's own page is moved: the first 1,002 bytes at most in pages of 4,096 (file format,
-- 1.6, "Cell Payload Overflow Pages"). So that the values, which are keys, never lie there, each row begins with as many zeros.
CREATE TABLE apart (
    key BLOB PRIMARY KEY, apart BLOB NOT NULL DEFAULT (zeroblob(1002)), value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO apart(key, value) SELECT key, value FROM mls;
DROP TABLE mls;
ALTER TABLE apart RENAME TO mls;
