//! Which names there are. Each question costs the same whether a name is there or not: it asks for the last row that is not behind the
//! name, and compares that. The number of steps, of rows and of signatures says nothing then (`tests::distinguisher`).

use casemate_wire::handle::Handle;
use casemate_wire::ids::{AccountId, Hash32};
use casemate_wire::manifest::VerifiedManifest;
use casemate_wire::proto::directory::{Manifest, SignedManifest};
use prost::Message;
use rusqlite::Connection;

use super::{Directory, OpenError, Stop, settings};

/// Names that would be taken for the operator's voice. Compared by skeleton.
const RESERVED: [&str; 10] = [
    "admin",
    "administrator",
    "casemate",
    "moderator",
    "operator",
    "root",
    "security",
    "server",
    "support",
    "system",
];

/// In `setting`: by which rule the stored skeletons were made.
const SKELETONS: &str = "skeletons";
const RULE: u8 = 2;

impl Directory {
    /// Whether a new account cannot have this name: it or one that looks like it is there, was deleted, or is reserved. Or the account is
    /// there by another name.
    pub(super) fn is_taken(&self, handle: &Handle, account: AccountId) -> Result<bool, Stop> {
        let skeleton = handle.skeleton();
        let gone = [name_hash(&skeleton), name_hash(&handle.skeleton_before())];
        let reserved = RESERVED
            .iter()
            .filter_map(|name| Handle::parse(name).ok())
            .fold(false, |found, name| found | (name.skeleton() == skeleton));
        type Nearest = (Option<String>, Option<String>, Option<Vec<u8>>, Option<Vec<u8>>, Option<Vec<u8>>);
        let (by_skeleton, by_handle, by_account, gone_now, gone_before): Nearest = self
            .db
            .prepare_cached(
                "SELECT (SELECT max(skeleton) FROM account WHERE skeleton <= ?1),
                        (SELECT max(handle) FROM account WHERE handle <= ?2),
                        (SELECT max(account) FROM account WHERE account <= ?3),
                        (SELECT max(name_hash) FROM name_gone WHERE name_hash <= ?4),
                        (SELECT max(name_hash) FROM name_gone WHERE name_hash <= ?5)",
            )?
            .query_row(
                (&skeleton, handle.as_str(), account.as_ref(), gone[0].as_ref(), gone[1].as_ref()),
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
            )?;
        Ok(reserved
            | (by_skeleton.as_deref() == Some(&*skeleton))
            | (by_handle.as_deref() == Some(handle.as_str()))
            | (by_account.as_deref() == Some(account.as_ref()))
            | (gone_now.as_deref() == Some(gone[0].as_ref()))
            | (gone_before.as_deref() == Some(gone[1].as_ref())))
    }

    /// The account of this name and the key that proves its restore.
    pub(super) fn recovery_key_of(&self, name: &str) -> Result<Option<(i64, [u8; 32])>, Stop> {
        let (handle, account, key): (String, Option<i64>, [u8; 32]) = self
            .db
            .prepare_cached(
                "SELECT handle, account, public_key FROM recovery_key WHERE handle <= ?1
                 ORDER BY handle DESC LIMIT 1",
            )?
            .query_row([name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(account.filter(|_| handle == name).map(|account| (account, key)))
    }

    /// A new account, or another version of one.
    pub(super) fn store_recovery_key(&self, account: i64, manifest: &VerifiedManifest) -> Result<(), Stop> {
        Ok(store_key(&self.db, manifest.handle.as_str(), account, &manifest.recovery_key)?)
    }
}

/// Brings what versions before stored to what is looked for here.
pub(super) fn prepare(db: &mut Connection) -> Result<(), OpenError> {
    let transaction = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let missing: Vec<(i64, String, Vec<u8>)> = transaction
        .prepare(
            "SELECT id, handle, manifest FROM account
             WHERE handle IN (SELECT handle FROM account EXCEPT SELECT handle FROM recovery_key)",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    for (account, handle, manifest) in missing {
        // It was verified before it was stored.
        let document =
            SignedManifest::decode(&manifest[..]).and_then(|signed| Manifest::decode(signed.manifest));
        match document.map(|document| <[u8; 32]>::try_from(&document.recovery_key[..])) {
            Ok(Ok(key)) => store_key(&transaction, &handle, account, &key)?,
            _ => tracing::error!(
                "directory: a stored account document is damaged; it cannot be restored with its words"
            ),
        }
    }
    if settings::read(&transaction, SKELETONS)?.as_deref() != Some(&[RULE]) {
        make_skeletons(&transaction)?;
        settings::store(&transaction, SKELETONS, &[RULE])?;
    }
    transaction.commit()?;
    Ok(())
}

fn store_key(db: &Connection, handle: &str, account: i64, key: &[u8; 32]) -> Result<(), rusqlite::Error> {
    db.prepare_cached(
        "INSERT INTO recovery_key (handle, account, public_key) VALUES (?1, ?2, ?3)
         ON CONFLICT (handle) DO UPDATE SET account = ?2, public_key = ?3",
    )?
    .execute((handle, account, key))?;
    Ok(())
}

/// Accounts that are there keep their names, also where two of them look alike by now: of those the oldest has the skeleton, and nobody
/// new gets a name like it.
fn make_skeletons(db: &Connection) -> Result<(), rusqlite::Error> {
    let stored: Vec<(i64, String, String)> = db
        .prepare("SELECT id, handle, skeleton FROM account ORDER BY id")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let changed: Vec<_> = stored
        .into_iter()
        .filter_map(|(id, handle, before)| {
            let skeleton = Handle::parse(&handle).ok()?.skeleton();
            (skeleton != before).then_some((id, handle, skeleton))
        })
        .collect();
    // No skeleton has a slash, so that none of these is in another one's way.
    for (id, handle, _) in &changed {
        db.prepare_cached("UPDATE account SET skeleton = ?2 WHERE id = ?1")?
            .execute((id, format!("{handle}/")))?;
    }
    for (id, _, skeleton) in &changed {
        db.prepare_cached("UPDATE OR IGNORE account SET skeleton = ?2 WHERE id = ?1")?
            .execute((id, skeleton))?;
    }
    Ok(())
}

/// How a name that was deleted is kept.
pub(super) fn name_hash(skeleton: &str) -> Hash32 {
    Hash32::of(&[b"casemate/name-gone/v1", skeleton.as_bytes()])
}
