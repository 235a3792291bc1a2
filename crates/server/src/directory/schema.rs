//! `directory.db`: its tables and how an older file becomes a newer one.
//!
//! No table ties an account to a log, or to another account that it talks to. An invitation names its maker, so
//! that the newcomer can find them; who used it is stored nowhere. What was spent or posted is stored as a hash
//! that names neither side. `tests::the_schema_ties_nobody_to_anybody` holds this list to that.

use rusqlite::Connection;

use super::OpenError;

/// Numbered, forward only: a migration that was released is never edited. Index + 1 is `user_version` after it.
const MIGRATIONS: &[&str] = &[
    r#"
    CREATE TABLE setting (
        name TEXT NOT NULL PRIMARY KEY,
        value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE account (
        id INTEGER PRIMARY KEY,
        account BLOB NOT NULL UNIQUE,
        handle TEXT NOT NULL UNIQUE,
        skeleton TEXT NOT NULL UNIQUE,
        knock_policy INTEGER NOT NULL,
        manifest BLOB NOT NULL,
        promise BLOB NOT NULL
    ) STRICT;
    -- Look-ups by handle see this index only: an account that is not open is not in it, so that looking for it
    -- does exactly what looking for an absent one does.
    CREATE INDEX account_open ON account (handle) WHERE knock_policy = 0;

    CREATE TABLE device (
        id INTEGER PRIMARY KEY,
        account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
        device BLOB NOT NULL,
        signature_key BLOB NOT NULL,
        hpke_key BLOB NOT NULL,
        UNIQUE (account, device)
    ) STRICT;

    CREATE TABLE key_package (
        id INTEGER PRIMARY KEY,
        device INTEGER NOT NULL REFERENCES device (id) ON DELETE CASCADE,
        suite INTEGER NOT NULL,
        last_resort INTEGER NOT NULL,
        key_package BLOB NOT NULL
    ) STRICT;
    CREATE INDEX key_package_device ON key_package (device, suite, last_resort);

    CREATE TABLE inbox (
        id INTEGER PRIMARY KEY,
        inbox BLOB NOT NULL UNIQUE,
        device INTEGER NOT NULL UNIQUE REFERENCES device (id) ON DELETE CASCADE,
        read_hash BLOB NOT NULL,
        first_number INTEGER NOT NULL,
        next_number INTEGER NOT NULL
    ) STRICT;

    -- Who holds a token is known to its holder and to the inbox's owner. A revoked token stays, so that its
    -- holder cannot tell.
    CREATE TABLE inbox_token (
        token_hash BLOB NOT NULL PRIMARY KEY,
        inbox INTEGER NOT NULL REFERENCES inbox (id) ON DELETE CASCADE,
        revoked INTEGER NOT NULL,
        day INTEGER NOT NULL,
        handed_out INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX inbox_token_inbox ON inbox_token (inbox);

    CREATE TABLE inbox_item (
        inbox INTEGER NOT NULL REFERENCES inbox (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        token_hash BLOB NOT NULL, -- empty for a knock
        payload BLOB NOT NULL,
        at_ms INTEGER NOT NULL,
        PRIMARY KEY (inbox, number)
    ) STRICT;
    CREATE INDEX inbox_item_knock ON inbox_item (inbox) WHERE token_hash = x'';
    CREATE INDEX inbox_item_at ON inbox_item (at_ms);

    -- Posts and knocks that were taken, so that a repeat is not a second one: a hash of receiver and client id.
    CREATE TABLE repeat (
        key BLOB NOT NULL PRIMARY KEY,
        day INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX repeat_day ON repeat (day);

    CREATE TABLE invite (
        secret_hash BLOB NOT NULL PRIMARY KEY,
        account INTEGER REFERENCES account (id) ON DELETE CASCADE, -- null: the operator's
        uses_left INTEGER NOT NULL,
        expires_ms INTEGER NOT NULL -- 0: never
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX invite_account ON invite (account);

    CREATE TABLE token_key (
        kind INTEGER NOT NULL,
        key_id INTEGER NOT NULL, -- the day
        seed BLOB NOT NULL,
        PRIMARY KEY (kind, key_id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE issued (
        account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
        kind INTEGER NOT NULL,
        day INTEGER NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (account, kind)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE spent (
        token_hash BLOB NOT NULL PRIMARY KEY,
        key_id INTEGER NOT NULL,
        used_for BLOB NOT NULL -- a hash, so that a repeated request is not a second use
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX spent_key ON spent (key_id);

    CREATE TABLE blob (
        blob BLOB NOT NULL PRIMARY KEY,
        size_bytes INTEGER NOT NULL,
        upload_hash BLOB NOT NULL,
        complete INTEGER NOT NULL,
        kept_until_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX blob_kept ON blob (kept_until_ms);
"#,
    r#"
    -- What an account finds again when it is restored: sealed, in one of a few sizes.
    CREATE TABLE recovery (
        account INTEGER PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
        sealed_box BLOB NOT NULL
    ) STRICT;

    -- Names of accounts that were deleted: nobody takes them again. SHA-256 of the name's skeleton.
    CREATE TABLE name_gone (
        name_hash BLOB NOT NULL PRIMARY KEY
    ) STRICT, WITHOUT ROWID;
"#,
    r#"
    -- Versions of manifests that wait for their epoch of the key-transparency log.
    CREATE TABLE unpublished (
        number INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: the log says which it took
        name BLOB NOT NULL, -- a hash of the handle
        value BLOB NOT NULL, -- a hash of the manifest
        at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX unpublished_name ON unpublished (name, number);
"#,
    r#"
    -- The history's backup of an account: what its passphrase opens, behind a counter of guesses. OPAQUE, RFC 9807.
    CREATE TABLE backup (
        account INTEGER PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
        begun BLOB NOT NULL, -- a registration's own credential identifier, until it is finished; empty
        credential BLOB NOT NULL,
        record BLOB NOT NULL, -- empty until the first is finished
        locked_key BLOB NOT NULL,
        index_blob BLOB NOT NULL, -- empty where there is none
        index_bytes INTEGER NOT NULL,
        guesses INTEGER NOT NULL,
        counted_ms INTEGER NOT NULL,
        login BLOB NOT NULL -- begun and not proven; empty
    ) STRICT;

    -- Blobs of backups: kept as long as the backup, and counted.
    CREATE TABLE backup_blob (
        blob BLOB NOT NULL PRIMARY KEY REFERENCES blob (blob) ON DELETE CASCADE,
        account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX backup_blob_account ON backup_blob (account);
"#,
    r#"
    -- The last document of an account that was deleted, which names its first device alone: what tells the others, when they
    -- come, that they are out. For a while.
    CREATE TABLE last_word (
        account BLOB NOT NULL PRIMARY KEY,
        manifest BLOB NOT NULL,
        until_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
"#,
    r#"
    -- Accounts that are to be deleted: forgotten once it is due, unless a device of theirs or the words stop it.
    CREATE TABLE deletion (
        account INTEGER PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
        due_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX deletion_due ON deletion (due_ms);
"#,
    r#"
    -- The key that proves a restore, by name: found at the same cost whether the name is there or not, see `names`.
    CREATE TABLE recovery_key (
        handle TEXT NOT NULL PRIMARY KEY,
        account INTEGER REFERENCES account (id) ON DELETE CASCADE, -- null: the row before all names
        public_key BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX recovery_key_account ON recovery_key (account);
    INSERT INTO recovery_key (handle, account, public_key) VALUES ('', NULL, zeroblob(32));
"#,
    r#"
    -- The newest key to seal to that each device made: one a month, signed by the device.
    CREATE TABLE seal_key (
        device INTEGER PRIMARY KEY REFERENCES device (id) ON DELETE CASCADE,
        made_ms INTEGER NOT NULL,
        key BLOB NOT NULL,
        signature BLOB NOT NULL
    ) STRICT;
"#,
    r#"
    -- Accounts from which the operator took their rights.
    CREATE TABLE disabled (
        account INTEGER PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
        at_ms INTEGER NOT NULL
    ) STRICT;
"#,
];

/// Sets the connection up and brings the file to this version; refuses one from a later version.
pub fn prepare(db: &mut Connection) -> Result<(), OpenError> {
    db.busy_timeout(std::time::Duration::from_secs(10))?;
    let found: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let latest = i64::try_from(MIGRATIONS.len()).expect("few migrations");
    if found > latest {
        return Err(OpenError::Newer { found, latest });
    }
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA wal_autocheckpoint = 2000; PRAGMA cache_size = -16384; PRAGMA secure_delete = ON;",
    )?;
    db.set_prepared_statement_cache_capacity(128);
    let transaction = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    // Read again under the lock: `casemate invite` may have been first.
    let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    for (version, migration) in (1..).zip(MIGRATIONS).filter(|(version, _)| *version > found) {
        transaction.execute_batch(migration)?;
        transaction.execute_batch(&format!("PRAGMA user_version = {version}"))?;
    }
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_a_later_version_is_refused_untouched() {
        let mut db = Connection::open_in_memory().unwrap();
        prepare(&mut db).unwrap();
        db.execute_batch("PRAGMA user_version = 99").unwrap();
        let error = prepare(&mut db).unwrap_err();
        assert!(matches!(error, OpenError::Newer { found: 99, .. }));
        assert!(error.to_string().contains("newer version"), "{error}");
    }

    /// Every column that can name somebody or something, by table. A new column must be added here on purpose.
    #[test]
    fn the_schema_ties_nobody_to_anybody() {
        let mut db = Connection::open_in_memory().unwrap();
        prepare(&mut db).unwrap();
        let columns: Vec<(String, String)> = db
            .prepare(
                "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c
                 WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid",
            )
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let mut tables: std::collections::BTreeMap<&str, Vec<&str>> = Default::default();
        for (table, column) in &columns {
            tables.entry(table).or_default().push(column);
        }
        let expected: &[(&str, &[&str])] = &[
            ("account", &["id", "account", "handle", "skeleton", "knock_policy", "manifest", "promise"]),
            (
                "backup",
                &[
                    "account",
                    "begun",
                    "credential",
                    "record",
                    "locked_key",
                    "index_blob",
                    "index_bytes",
                    "guesses",
                    "counted_ms",
                    "login",
                ],
            ),
            ("backup_blob", &["blob", "account"]),
            ("blob", &["blob", "size_bytes", "upload_hash", "complete", "kept_until_ms"]),
            ("deletion", &["account", "due_ms"]),
            ("device", &["id", "account", "device", "signature_key", "hpke_key"]),
            ("disabled", &["account", "at_ms"]),
            ("inbox", &["id", "inbox", "device", "read_hash", "first_number", "next_number"]),
            ("inbox_item", &["inbox", "number", "token_hash", "payload", "at_ms"]),
            ("inbox_token", &["token_hash", "inbox", "revoked", "day", "handed_out"]),
            ("invite", &["secret_hash", "account", "uses_left", "expires_ms"]),
            ("issued", &["account", "kind", "day", "count"]),
            ("key_package", &["id", "device", "suite", "last_resort", "key_package"]),
            ("last_word", &["account", "manifest", "until_ms"]),
            ("name_gone", &["name_hash"]),
            ("recovery", &["account", "sealed_box"]),
            ("recovery_key", &["handle", "account", "public_key"]),
            ("repeat", &["key", "day"]),
            ("seal_key", &["device", "made_ms", "key", "signature"]),
            ("setting", &["name", "value"]),
            ("spent", &["token_hash", "key_id", "used_for"]),
            ("token_key", &["kind", "key_id", "seed"]),
            ("unpublished", &["number", "name", "value", "at_ms"]),
        ];
        assert_eq!(tables, expected.iter().map(|(table, columns)| (*table, columns.to_vec())).collect());
    }
}
