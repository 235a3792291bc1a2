//! Secrets in the settings table. A row that holds one has a type of its own, so that it is read into memory which is wiped, and nowhere else.

use rusqlite::{Connection, OptionalExtension as _};
use zeroize::Zeroizing;

/// The account key, on the first device.
pub const ACCOUNT_SECRET: SecretRow<32> = SecretRow("account_secret");
/// This device's key, and the one that its document names to seal to.
pub const DEVICE_SECRET: SecretRow<32> = SecretRow("device_secret");
pub const SEAL_SECRET: SecretRow<32> = SecretRow("seal_secret");
/// What the recovery words say, and what they said while a restore is under way; of accounts without words, the key itself.
pub const RECOVERY_ENTROPY: SecretRow<16> = SecretRow("recovery_entropy");
pub const RESTORE_ENTROPY: SecretRow<16> = SecretRow("restore_entropy");
pub const RECOVERY_SECRET: SecretRow<32> = SecretRow("recovery_secret");
/// What a device's code says while it waits to be linked.
pub const LINK_SECRET: SecretRow<16> = SecretRow("link_secret");
/// The key of the backup on the server.
pub const BACKUP_KEY: SecretRow<32> = SecretRow("backup_key");
/// The key that a lock seals which the server has not confirmed yet.
pub const BACKUP_NEXT: SecretRow<32> = SecretRow("backup_next_key");
/// Keys of before, newest first, while something of the backup lies under them; zeros where there is none.
pub const BACKUP_EARLIER: SecretRow<{ 32 * EARLIER_KEYS }> = SecretRow("backup_earlier_keys");
/// Passphrases that can be changed before all is written under the newest one's key. More makes each index larger.
pub const EARLIER_KEYS: usize = 8;
/// By which this home knows its entries.
pub const MARK_KEY: SecretRow<32> = SecretRow("mark_key");

/// A row of the settings that holds a secret of so many bytes.
#[derive(Debug, Clone, Copy)]
pub struct SecretRow<const N: usize>(&'static str);

impl<const N: usize> SecretRow<N> {
    /// Its name in the table.
    pub const fn row(self) -> &'static str {
        self.0
    }

    /// Nothing where there is none, or one of another length.
    pub fn read(self, db: &Connection) -> rusqlite::Result<Option<Zeroizing<[u8; N]>>> {
        let mut statement = db.prepare_cached("SELECT value FROM settings WHERE key = ?1")?;
        let found = statement.query_row([self.0], |row| {
            // Where SQLite has it: no copy in between.
            let bytes = row.get_ref(0)?.as_blob()?;
            let mut secret = Zeroizing::new([0; N]);
            Ok((bytes.len() == N).then(|| {
                secret.copy_from_slice(bytes);
                secret
            }))
        });
        Ok(found.optional()?.flatten())
    }

    pub fn write(self, db: &Connection, secret: &[u8; N]) -> rusqlite::Result<()> {
        super::set_setting(db, self.0, secret)
    }

    pub fn is_there(self, db: &Connection) -> rusqlite::Result<bool> {
        db.prepare_cached("SELECT 1 FROM settings WHERE key = ?1")?.exists([self.0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_row_gives_what_was_written_and_nothing_of_another_length() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch("CREATE TABLE settings (key TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL) STRICT")
            .unwrap();
        assert!(DEVICE_SECRET.read(&db).unwrap().is_none() && !DEVICE_SECRET.is_there(&db).unwrap());
        DEVICE_SECRET.write(&db, &[7; 32]).unwrap();
        assert_eq!(DEVICE_SECRET.read(&db).unwrap().map(|secret| *secret), Some([7; 32]));
        assert!(DEVICE_SECRET.is_there(&db).unwrap());
        super::super::set_setting(&db, LINK_SECRET.row(), &[7; 15]).unwrap();
        assert!(LINK_SECRET.read(&db).unwrap().is_none());
    }

    /// The names of these rows stand here and in lists of what is deleted: else one would be read as what is none.
    #[test]
    fn secret_row_is_read_by_its_type_alone() {
        fn sources(folder: &std::path::Path, found: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    sources(&path, found);
                } else if !path.ends_with("db/secret.rs") && path.extension().is_some_and(|rs| rs == "rs") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    let keys = [
                        ACCOUNT_SECRET,
                        DEVICE_SECRET,
                        SEAL_SECRET,
                        RECOVERY_SECRET,
                        BACKUP_KEY,
                        BACKUP_NEXT,
                    ];
                    let named = keys
                        .map(SecretRow::row)
                        .into_iter()
                        .chain([MARK_KEY.row(), BACKUP_EARLIER.row()])
                        .chain([RECOVERY_ENTROPY, RESTORE_ENTROPY, LINK_SECRET].map(SecretRow::row))
                        .filter(|name| text.contains(&format!("setting(self.db, \"{name}\"")));
                    found.extend(named.map(|name| format!("{}: {name}", path.display())));
                }
            }
        }
        let mut found = Vec::new();
        sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        assert_eq!(found, Vec::<String>::new());
    }
}
