-- The chain hash at the entries by which devices came into a log, as this device has it, and who added them. Where this device came
-- itself, `chain` is what that account said.
CREATE TABLE additions (
    log BLOB NOT NULL,
    entry INTEGER NOT NULL,
    chain BLOB NOT NULL,
    account BLOB NOT NULL,
    PRIMARY KEY (log, entry)
) STRICT, WITHOUT ROWID;
