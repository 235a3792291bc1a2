-- What was deleted before it came here (early.rs): by somebody for everyone, or by an own device for this account (no account).
CREATE TABLE gone_early (
    message BLOB NOT NULL,
    account BLOB NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (message, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX gone_early_of ON gone_early (account, at_ms);
