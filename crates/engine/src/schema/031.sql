-- What is fetched into memory without anybody's asking, while it is under way: in how many runs of the program it was begun, and
-- when last, by the device's clock.
CREATE TABLE fetches (name BLOB PRIMARY KEY, begun INTEGER NOT NULL, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
