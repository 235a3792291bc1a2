//! Restoring an account, and deleting it. The server helps whoever shows the key for it, and learns nothing of whom
//! the account talks to: what is kept for a restore is sealed under words that are on paper.

use bytes::Bytes;
use casemate_wire::handle::Handle;
use casemate_wire::ids::Hash32;
use casemate_wire::limits::RECOVERY_SIZES;
use casemate_wire::manifest::{DELETE_ACCOUNT_LABEL, RECOVER_LABEL, VerifiedManifest, verify_signature};
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{DeleteAccount, PutRecoveryBox, RecoverAccount, Recovery};
use rusqlite::OptionalExtension;

use super::device::LiveDevice;
use super::lookup::absent;
use super::{Answered, Directory, Effect, Stop, done};
use crate::refusal::Refusal;

impl Directory {
    /// The account's document and its box, for whoever signs with its recovery key. Wrong words and a name that is
    /// not there get one answer.
    pub(super) fn recover_account(&mut self, request: &RecoverAccount, challenge: [u8; 16]) -> Answered {
        let handle = Handle::parse(&request.handle).map_err(|_| absent())?;
        let name = handle.as_str();
        let found: Option<(i64, Vec<u8>)> = self
            .db
            .prepare_cached("SELECT id, manifest FROM account WHERE handle = ?1")?
            .query_row([name], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        // A signature is verified in any case, so that the time it takes does not tell names that are there.
        let (row, key) = match &found {
            Some((row, manifest)) => {
                let manifest = VerifiedManifest::from_bytes(manifest).map_err(|_| Refusal::internal())?;
                (Some(*row), manifest.recovery_key)
            }
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

    /// Forgets an account. That its name was once taken stays, as a hash: nobody can pass for it; and for a while its last
    /// document, for devices of it that were away.
    pub(super) fn delete_account(
        &mut self,
        request: &DeleteAccount,
        challenge: [u8; 16],
        now_ms: i64,
        effects: &mut Vec<Effect>,
    ) -> Answered {
        let gone = || Refusal::not_found("this server has no such account");
        let account: [u8; 16] = request.account[..].try_into().map_err(|_| gone())?;
        let stored = self.stored(&account)?.ok_or_else(gone)?;
        let parts: [&[u8]; 3] = [self.identity.place.name.as_bytes(), &challenge, &account];
        verify_signature(&stored.manifest.account_key, DELETE_ACCOUNT_LABEL, &parts, &request.signature)
            .map_err(|_| Refusal::not_allowed("only the account's primary device can delete it"))?;
        for device in &stored.manifest.devices {
            self.close_inbox(stored.row, device.id, effects)?;
        }
        self.db
            .prepare_cached("INSERT OR IGNORE INTO name_gone (name_hash) VALUES (?1)")?
            .execute([name_hash(&stored.manifest.handle.skeleton()).as_ref()])?;
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO last_word (account, manifest, until_ms)
                 SELECT account, manifest, ?2 FROM account WHERE id = ?1",
            )?
            .execute((stored.row, now_ms + LAST_WORD_MS))?;
        self.let_backup_go(stored.row)?;
        // Devices, inboxes, tokens, key packages, links, the box and the backup go with it.
        self.db.prepare_cached("DELETE FROM account WHERE id = ?1")?.execute([stored.row])?;
        done()
    }

    /// Whether an account of this name was deleted.
    pub(super) fn is_name_gone(&self, skeleton: &str) -> Result<bool, Stop> {
        Ok(self
            .db
            .prepare_cached("SELECT 1 FROM name_gone WHERE name_hash = ?1")?
            .exists([name_hash(skeleton).as_ref()])?)
    }
}

/// A device that was away so long is one that nobody misses.
const LAST_WORD_MS: i64 = 180 * 24 * 3_600_000;

fn name_hash(skeleton: &str) -> Hash32 {
    Hash32::of(&[b"casemate/name-gone/v1", skeleton.as_bytes()])
}
