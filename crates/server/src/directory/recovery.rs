//! Restoring an account, and deleting it. The server helps whoever shows the key for it, and learns nothing of whom
//! the account talks to: what is kept for a restore is sealed under words that are on paper.

use bytes::Bytes;
use casemate_wire::handle::Handle;
use casemate_wire::limits::RECOVERY_SIZES;
use casemate_wire::manifest::{DELETE_ACCOUNT_LABEL, RECOVER_LABEL, VerifiedManifest, verify_signature};
use casemate_wire::proto::directory::KnockPolicy;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{DeleteAccount, PutRecoveryBox, RecoverAccount, Recovery};
use rusqlite::{OptionalExtension, TransactionBehavior};

use super::device::LiveDevice;
use super::lookup::absent;
use super::names::name_hash;
use super::{Answered, Directory, Stop, done};
use crate::refusal::Refusal;

impl Directory {
    /// The account's document and its box, for whoever signs with its recovery key. Wrong words and a name that is
    /// not there get one answer.
    pub(super) fn recover_account(&mut self, request: &RecoverAccount, challenge: [u8; 16]) -> Answered {
        // Not a possible handle, hence nobody's: no other answer, no shorter way.
        let name = Handle::parse(&request.handle)
            .map_or_else(|_| String::new(), |handle| handle.as_str().to_owned());
        // One signature is verified in any case, and nothing of the account is read before: neither work nor time tells whether
        // the name is there.
        let found = self.recovery_key_of(&name)?;
        let (row, key) = match found {
            Some((row, key)) => (Some(row), key),
            None => (None, self.identity.public_key()),
        };
        let parts: [&[u8]; 3] = [self.identity.place.name.as_bytes(), &challenge, name.as_bytes()];
        verify_signature(&key, RECOVER_LABEL, &parts, &request.signature).map_err(|_| absent())?;
        let row = row.ok_or_else(absent)?;
        let sealed_box: Option<Vec<u8>> = self
            .db
            .prepare_cached("SELECT sealed_box FROM recovery WHERE account = ?1")?
            .query_row([row], |row| row.get(0))
            .optional()?;
        Ok(Body::Recovery(Recovery {
            manifest: Some(self.manifest_answer(row)?),
            sealed_box: Bytes::from(sealed_box.unwrap_or_default()),
        }))
    }

    /// Replaces the account's box. A linked device cannot: it does not hold the words, and must not destroy what
    /// they open.
    pub(super) fn put_recovery_box(&mut self, device: LiveDevice, request: &PutRecoveryBox) -> Answered {
        if !RECOVERY_SIZES.contains(&request.sealed_box.len()) {
            return Err(Refusal::invalid("a recovery box has one of a few sizes").into());
        }
        if !self.is_primary(device)? {
            return Err(
                Refusal::not_allowed("only the account's primary device keeps its recovery box").into()
            );
        }
        self.db
            .prepare_cached(
                "INSERT INTO recovery (account, sealed_box) VALUES (?1, ?2)
                 ON CONFLICT (account) DO UPDATE SET sealed_box = ?2",
            )?
            .execute((device.account, &request.sealed_box[..]))?;
        done()
    }

    /// Whether a device is its account's primary.
    pub(super) fn is_primary(&self, device: LiveDevice) -> Result<bool, Stop> {
        let (manifest, id): (Vec<u8>, Vec<u8>) = self
            .db
            .prepare_cached(
                "SELECT account.manifest, device.device FROM account JOIN device ON device.account = account.id
                 WHERE device.id = ?1",
            )?
            .query_row([device.device], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let manifest = VerifiedManifest::from_bytes(&manifest).map_err(|_| Refusal::internal())?;
        Ok(manifest.devices.iter().any(|named| named.primary && named.id.0[..] == id))
    }

    /// An account is to be deleted, in seven days: whoever stole its first device can ask for it too. Nobody new finds it
    /// meanwhile.
    pub(super) fn delete_account(
        &mut self,
        request: &DeleteAccount,
        challenge: [u8; 16],
        now_ms: i64,
    ) -> Answered {
        let gone = || Refusal::not_found("this server has no such account");
        let account: [u8; 16] = request.account[..].try_into().map_err(|_| gone())?;
        let stored = self.stored(&account)?.ok_or_else(gone)?;
        let parts: [&[u8]; 3] = [self.identity.place.name.as_bytes(), &challenge, &account];
        verify_signature(&stored.manifest.account_key, DELETE_ACCOUNT_LABEL, &parts, &request.signature)
            .map_err(|_| Refusal::not_allowed("only the account's primary device can delete it"))?;
        // Asked for again, it comes no later and no sooner.
        self.db
            .prepare_cached("INSERT OR IGNORE INTO deletion (account, due_ms) VALUES (?1, ?2)")?
            .execute((stored.row, now_ms.saturating_add(DELETION_GRACE_MS)))?;
        self.settle_knocks(stored.row)?;
        done()
    }

    /// A device of the account says that it goes on.
    pub(super) fn keep_account(&mut self, device: LiveDevice) -> Answered {
        self.stop_deletion(device.account)?;
        done()
    }

    /// The account is not to be deleted any more, if it was.
    pub(super) fn stop_deletion(&mut self, account: i64) -> Result<(), Stop> {
        let stopped =
            self.db.prepare_cached("DELETE FROM deletion WHERE account = ?1")?.execute([account])?;
        if stopped > 0 {
            self.settle_knocks(account)?;
        }
        Ok(())
    }

    /// Who may ask the account for contact: as its document says, and nobody where it is to be deleted or is disabled.
    pub(super) fn settle_knocks(&mut self, account: i64) -> Result<(), Stop> {
        let (manifest, closed): (Vec<u8>, bool) = self
            .db
            .prepare_cached(
                "SELECT manifest, EXISTS (SELECT 1 FROM deletion WHERE account = ?1)
                     OR EXISTS (SELECT 1 FROM disabled WHERE account = ?1)
                 FROM account WHERE id = ?1",
            )?
            .query_row([account], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let manifest = VerifiedManifest::from_bytes(&manifest).map_err(|_| Refusal::internal())?;
        let policy = if closed { KnockPolicy::Nobody } else { manifest.knock_policy };
        self.db
            .prepare_cached("UPDATE account SET knock_policy = ?2 WHERE id = ?1")?
            .execute((account, i64::from(i32::from(policy))))?;
        Ok(())
    }

    /// When the account is to be forgotten; 0 where it is not.
    pub(super) fn deletion_of(&self, account: i64) -> Result<i64, Stop> {
        Ok(self
            .db
            .prepare_cached("SELECT due_ms FROM deletion WHERE account = ?1")?
            .query_row([account], |row| row.get(0))
            .optional()?
            .unwrap_or(0))
    }

    /// Forgets the accounts whose deletion is due. That a name was once taken stays, as a hash: nobody can pass for it; and for
    /// a while the last document, for devices that were away.
    pub(super) fn forget_due(&mut self, now_ms: i64) -> Result<(), rusqlite::Error> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut due = transaction.prepare_cached(
                "SELECT account.id, account.handle FROM deletion JOIN account ON account.id = deletion.account
                 WHERE due_ms <= ?1",
            )?;
            let due = due
                .query_map([now_ms], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<Result<Vec<(i64, String)>, _>>()?;
            for (row, handle) in due {
                // Of two that look alike one has no skeleton in its row, see `names`.
                let skeleton =
                    Handle::parse(&handle).map_or_else(|_| handle.clone(), |handle| handle.skeleton());
                transaction
                    .prepare_cached("INSERT OR IGNORE INTO name_gone (name_hash) VALUES (?1)")?
                    .execute([name_hash(&skeleton).as_ref()])?;
                transaction
                    .prepare_cached(
                        "INSERT OR REPLACE INTO last_word (account, manifest, until_ms)
                         SELECT account, manifest, ?2 FROM account WHERE id = ?1",
                    )?
                    .execute((row, now_ms.saturating_add(LAST_WORD_MS)))?;
                super::backup::let_go(&transaction, row)?;
                // Devices, inboxes, tokens, key packages, links, the box and the backup go with it.
                transaction.prepare_cached("DELETE FROM account WHERE id = ?1")?.execute([row])?;
            }
        }
        transaction.commit()
    }
}

/// So long the account's own devices, or the words, can stop its deletion. Longer keeps data that somebody wants gone.
const DELETION_GRACE_MS: i64 = 7 * 24 * 3_600_000;

/// A device that was away so long is one that nobody misses.
const LAST_WORD_MS: i64 = 180 * 24 * 3_600_000;
