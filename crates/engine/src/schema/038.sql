-- What this account said in a log, in the order of its entries: the names of messages and what was done to them, without the words.
-- Whoever comes back into the log gets it again (`again/missed`). `device`: by which of the account's devices.
CREATE TABLE said (
    log BLOB NOT NULL,
    entry INTEGER NOT NULL,
    device BLOB NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (log, entry)
) STRICT, WITHOUT ROWID;
