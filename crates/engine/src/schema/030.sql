-- A device is an account's: its id alone, which is whatever its account chose, names none.
CREATE TABLE leaves_of_accounts (
    log BLOB NOT NULL, account BLOB NOT NULL, device BLOB NOT NULL,
    reader_hash BLOB, first_reader_hash BLOB,
    counter INTEGER NOT NULL,             -- newest seen; -1: joined before us, not known yet
    added_ms INTEGER NOT NULL DEFAULT 0,  -- by the server's clock, where this device saw it
    PRIMARY KEY (log, account, device)
) STRICT, WITHOUT ROWID;
INSERT INTO leaves_of_accounts(log, account, device, reader_hash, first_reader_hash, counter, added_ms)
    SELECT log, account, device, reader_hash, first_reader_hash, counter, added_ms FROM leaves;
DROP TABLE leaves;
ALTER TABLE leaves_of_accounts RENAME TO leaves;
CREATE INDEX leaves_by_device ON leaves(account, device, log);

-- Each is used only where the newest manifest known of its account names it.
CREATE TABLE device_keys_of_accounts (
    account BLOB NOT NULL, device BLOB NOT NULL, hpke_key BLOB NOT NULL,
    PRIMARY KEY (account, device)
) STRICT, WITHOUT ROWID;
INSERT INTO device_keys_of_accounts(account, device, hpke_key) SELECT account, device, hpke_key FROM device_keys;
DROP TABLE device_keys;
ALTER TABLE device_keys_of_accounts RENAME TO device_keys;

CREATE TABLE call_devices_of_accounts (
    call BLOB NOT NULL, account BLOB NOT NULL, device BLOB NOT NULL, participant BLOB NOT NULL,
    heard_ms INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (call, account, device)
) STRICT, WITHOUT ROWID;
INSERT INTO call_devices_of_accounts(call, account, device, participant, heard_ms)
    SELECT call, account, device, participant, heard_ms FROM call_devices;
DROP TABLE call_devices;
ALTER TABLE call_devices_of_accounts RENAME TO call_devices;
