-- What was not taken, since its sender was blocked (receipt.rs): stretches of a log, which receipts tell. `refused`: an own message
-- of which the other one said so; it stays sent, and is never delivered.
CREATE TABLE refused (log BLOB NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (log, first)) STRICT, WITHOUT ROWID;
ALTER TABLE messages ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
