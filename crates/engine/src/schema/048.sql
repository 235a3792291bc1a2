-- Private parts of key packages (packages.rs), by their key in `mls`. `made_ms` is 0 where a program of before made it; `dropped_ms`: since
-- when the server has it no more.
CREATE TABLE packages (
    key BLOB PRIMARY KEY, kind INTEGER NOT NULL, made_ms INTEGER NOT NULL, dropped_ms INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO packages(key, kind, made_ms) SELECT key, 0, 0 FROM mls WHERE key >= x'11' AND key < x'12';
-- Key packages whose private part was deleted unused: by which leaf this device is in a group if somebody added it with one all the same.
CREATE TABLE past_packages (
    name BLOB PRIMARY KEY, suite INTEGER NOT NULL, leaf BLOB NOT NULL, at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Who copies this device does not get the rights that it gave others: the hash is enough to know them by.
ALTER TABLE given DROP COLUMN token;
