-- Keys of receipts beside readers, of the newest epochs.
CREATE TABLE receipt_keys (
    log BLOB NOT NULL, epoch INTEGER NOT NULL, key BLOB NOT NULL,
    PRIMARY KEY (log, epoch)
) STRICT, WITHOUT ROWID;
