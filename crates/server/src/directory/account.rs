//! Creating an account, and publishing the next version of its manifest.

use std::collections::BTreeMap;

use bytes::Bytes;
use casemate_wire::first_device::is_for_server;
use casemate_wire::ids::{DeviceId, Hash32, InboxId};
use casemate_wire::limits::{HPKE_KEY_BYTES, MANIFEST_BYTES};
use casemate_wire::manifest::{Device, VerifiedManifest, promise, verify_name};
use casemate_wire::proto::directory::{Promise, PromiseBody, SignedManifest};
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    CreateAccount, DeviceKeys, DeviceRequest, ErrorCode, PromiseAnswer, PublishManifest,
};
use prost::Message;
use rusqlite::{Connection, OptionalExtension};

use super::{Answered, Directory, Effect, Stop};
use crate::config::Registration;
use crate::refusal::Refusal;

/// From then on a new account's document names its server (2027-02-25).
const SERVER_NAMED_FROM_MS: i64 = 1_803_513_600_000;

/// A lost answer is asked for again within this time. Longer tells anybody with a copy of the newest document, for so long,
/// that it is the newest.
const ASKED_AGAIN_MS: i64 = 7 * 24 * 3_600_000;

/// An account as stored.
pub(super) struct Stored {
    pub row: i64,
    pub manifest: VerifiedManifest,
    promise: Promise,
}

impl Directory {
    pub(super) fn create_account(&mut self, request: CreateAccount, now_ms: i64) -> Answered {
        let manifest = verified(request.manifest)?;
        if manifest.version != 1 || manifest.generation != 0 {
            return Err(Refusal::invalid("a new account begins with version 1 of its document").into());
        }
        // The same document again: the first answer was lost on its way.
        if let Some(promise) = self.promise_of(&manifest)? {
            return Ok(promised(promise));
        }
        // An account of before the server was put back: it was admitted then, by this server's own word.
        let is_back = request.promise.as_ref().is_some_and(|promise| {
            let key = self.identity.key.verifying_key().to_bytes();
            verify_name(promise, &key, manifest.account, &manifest.handle).is_ok()
        });
        match is_for_server(&manifest, &self.identity.place.name) {
            Some(true) => {}
            Some(false) => {
                return Err(Refusal::not_allowed("this account document was made for another server").into());
            }
            // What programs of before make names no server: anybody who has it could bring it here.
            None if is_back || now_ms < SERVER_NAMED_FROM_MS => {}
            None => {
                return Err(Refusal::not_allowed(
                    "this account document does not say which server it is for; update Casemate",
                )
                .into());
            }
        }
        // All that can be wrong, and the invitation, before the name: who cannot have an account learns nothing of names.
        let hpke_keys = hpke_keys(request.device_keys)?;
        for device in &manifest.devices {
            key_of(device, &hpke_keys)?;
        }
        if !is_back {
            self.admit(&request.invite, now_ms)?;
        }
        if self.is_taken(&manifest.handle, manifest.account)? {
            return Err(Refusal::new(
                ErrorCode::ErrorTaken,
                "this name, or one that looks like it, is taken; choose another",
            )
            .into());
        }
        let promise = promise(&manifest, now_ms, &self.identity.key);
        self.db
            .prepare_cached(
                "INSERT INTO account (account, handle, skeleton, knock_policy, manifest, promise)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((
                manifest.account.as_ref(),
                manifest.handle.as_str(),
                manifest.handle.skeleton(),
                i64::from(i32::from(manifest.knock_policy)),
                manifest.to_bytes(),
                promise.encode_to_vec(),
            ))?;
        let row = self.db.last_insert_rowid();
        self.store_recovery_key(row, &manifest)?;
        for device in &manifest.devices {
            insert_device(&self.db, row, device, &hpke_keys)?;
        }
        self.to_be_published(&manifest, now_ms)?;
        Ok(promised(promise))
    }

    pub(super) fn publish_manifest(
        &mut self,
        request: PublishManifest,
        challenge: [u8; 16],
        now_ms: i64,
        effects: &mut Vec<Effect>,
    ) -> Answered {
        let manifest = verified(request.manifest)?;
        let stale = |entry| {
            let words = "the account was changed in the meantime; fetch its document and change that";
            Err(Refusal { entry, ..Refusal::new(ErrorCode::ErrorStale, words) }.into())
        };
        // Somebody with an old document, perhaps removed or blocked since, learns neither what there is now nor
        // that there is nothing any more.
        let Some(stored) = self.stored(&manifest.account.0)? else { return stale(0) };
        // It is signed by a key of the account's, though perhaps an old one.
        let successions = u32::try_from(manifest.generation).unwrap_or(u32::MAX);
        self.spend_work(stored.row, successions.saturating_mul(2).saturating_add(4), now_ms)?;
        let is_own = self.is_own_device(request.proof.as_ref(), &manifest, challenge)?;
        if stored.manifest.hash == manifest.hash {
            let promise = PromiseBody::decode(&stored.promise.body[..]).map_err(|_| Refusal::internal())?;
            let is_fresh = now_ms.saturating_sub(promise.at_ms) < ASKED_AGAIN_MS;
            return if is_own || is_fresh { Ok(promised(stored.promise)) } else { stale(0) };
        }
        if manifest.follows(&stored.manifest).is_err() {
            // A server that was put back has an older one than the holder of the account key: also a program of before, which
            // proves nothing, is to publish what is missing here.
            let is_behind = manifest.version > stored.manifest.version
                && manifest.account_key == stored.manifest.account_key;
            return stale(if is_own || is_behind { stored.manifest.version } else { 0 });
        }
        let hpke_keys = hpke_keys(request.device_keys)?;
        self.drop_devices(&stored, &manifest, effects)?;
        for device in &manifest.devices {
            // The same id with other keys is another device: it was dropped above.
            if !is_kept(&stored.manifest, device) {
                insert_device(&self.db, stored.row, device, &hpke_keys)?;
            }
        }
        let promise = promise(&manifest, now_ms, &self.identity.key);
        self.db.prepare_cached("UPDATE account SET manifest = ?2, promise = ?3 WHERE id = ?1")?.execute((
            stored.row,
            manifest.to_bytes(),
            promise.encode_to_vec(),
        ))?;
        self.settle_knocks(stored.row)?;
        self.store_recovery_key(stored.row, &manifest)?;
        // Whoever restores with the words keeps the account. A version of whoever has its account key alone does not.
        if manifest.account_key != stored.manifest.account_key {
            self.stop_deletion(stored.row)?;
        }
        self.to_be_published(&manifest, now_ms)?;
        Ok(promised(promise))
    }

    /// Whether a device that is the account's now asks.
    fn is_own_device(
        &self,
        proof: Option<&DeviceRequest>,
        manifest: &VerifiedManifest,
        challenge: [u8; 16],
    ) -> Result<bool, Stop> {
        let proof = proof.filter(|proof| proof.account[..] == manifest.account.0 && proof.body.is_empty());
        match proof.map(|proof| self.authenticate(proof, challenge)) {
            None | Some(Err(Stop::Refuse(_))) => Ok(false),
            Some(Ok(_)) => Ok(true),
            Some(Err(stop)) => Err(stop),
        }
    }

    /// Devices that the new version no longer has lose inbox, tokens and key packages at once.
    fn drop_devices(
        &self,
        stored: &Stored,
        next: &VerifiedManifest,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Stop> {
        for device in &stored.manifest.devices {
            if is_kept(next, device) {
                continue;
            }
            self.close_inbox(stored.row, device.id, effects)?;
            let key = (stored.row, device.id.as_ref());
            self.db.prepare_cached("DELETE FROM device WHERE account = ?1 AND device = ?2")?.execute(key)?;
        }
        Ok(())
    }

    /// Whoever follows this device's inbox is told that it is gone.
    pub(super) fn close_inbox(
        &self,
        account: i64,
        device: DeviceId,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Stop> {
        let inbox: Option<Vec<u8>> = self
            .db
            .prepare_cached(
                "SELECT inbox.inbox FROM inbox JOIN device ON device.id = inbox.device
                 WHERE device.account = ?1 AND device.device = ?2",
            )?
            .query_row((account, device.as_ref()), |row| row.get(0))
            .optional()?;
        if let Some(inbox) = inbox.and_then(|inbox| InboxId::try_from(&inbox[..]).ok()) {
            effects.push(Effect::InboxClosed(inbox));
        }
        Ok(())
    }

    /// An account's place is paid for: by an invitation, or by the operator's choice to be open.
    fn admit(&self, invite: &[u8], now_ms: i64) -> Result<(), Stop> {
        if invite.is_empty() {
            return match self.policy.registration {
                Registration::Open => Ok(()),
                Registration::Closed => Err(closed().into()),
                Registration::Invitation => Err(Refusal::not_allowed(
                    "this server takes new accounts by invitation; ask somebody there for a link",
                )
                .into()),
            };
        }
        if self.policy.registration == Registration::Closed {
            return Err(closed().into());
        }
        if self.use_invite(invite, now_ms)? {
            return Ok(());
        }
        Err(Refusal::not_allowed(
            "this invitation was used up, has expired or was withdrawn; ask for a new one",
        )
        .into())
    }

    /// What was promised for this very document, where it is the account's now.
    fn promise_of(&self, manifest: &VerifiedManifest) -> Result<Option<Promise>, Stop> {
        let found: Option<(Vec<u8>, Vec<u8>)> = self
            .db
            .prepare_cached("SELECT manifest, promise FROM account WHERE account = ?1")?
            .query_row([manifest.account.as_ref()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((stored, promise)) = found else { return Ok(None) };
        let stored = SignedManifest::decode(&stored[..]).map_err(|_| Refusal::internal())?;
        if Hash32::of(&[&stored.manifest]) != manifest.hash {
            return Ok(None);
        }
        Ok(Some(Promise::decode(&promise[..]).map_err(|_| Refusal::internal())?))
    }

    pub(super) fn stored(&self, account: &[u8; 16]) -> Result<Option<Stored>, Stop> {
        let found: Option<(i64, Vec<u8>, Vec<u8>)> = self
            .db
            .prepare_cached("SELECT id, manifest, promise FROM account WHERE account = ?1")?
            .query_row([account], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((row, manifest, promise)) = found else { return Ok(None) };
        let manifest = VerifiedManifest::from_bytes(&manifest).map_err(|_| Refusal::internal())?;
        let promise = Promise::decode(&promise[..]).map_err(|_| Refusal::internal())?;
        Ok(Some(Stored { row, manifest, promise }))
    }
}

fn closed() -> Refusal {
    Refusal::not_allowed("this server takes no new accounts now; ask its operator")
}

/// Whether `manifest` has this very device: id and keys.
fn is_kept(manifest: &VerifiedManifest, device: &Device) -> bool {
    manifest.device(device.id).is_some_and(|other| {
        other.signature_key == device.signature_key && other.hpke_key_hash == device.hpke_key_hash
    })
}

fn verified(manifest: Option<SignedManifest>) -> Result<VerifiedManifest, Refusal> {
    let manifest = manifest.ok_or_else(|| Refusal::invalid("the account document is missing"))?;
    if manifest.manifest.len() > MANIFEST_BYTES {
        return Err(Refusal::too_large("the account document is too large"));
    }
    VerifiedManifest::verify(&manifest).map_err(|error| Refusal::invalid(error.to_string()))
}

fn hpke_keys(keys: Vec<DeviceKeys>) -> Result<BTreeMap<DeviceId, Bytes>, Refusal> {
    if keys.len() > casemate_wire::limits::DEVICES {
        return Err(Refusal::too_large("an account has at most 20 devices"));
    }
    keys.into_iter()
        .map(|keys| {
            let device = DeviceId::try_from(&keys.device[..])
                .map_err(|_| Refusal::invalid("a device id has 16 bytes"))?;
            Ok((device, keys.hpke_key))
        })
        .collect()
}

/// The key that a new device's account document names.
fn key_of<'a>(device: &Device, keys: &'a BTreeMap<DeviceId, Bytes>) -> Result<&'a Bytes, Refusal> {
    keys.get(&device.id)
        .filter(|key| key.len() == HPKE_KEY_BYTES && Hash32::of(&[key]) == device.hpke_key_hash)
        .ok_or_else(|| {
            Refusal::invalid(
                "the key of a new device is missing, or is not the one its account document names",
            )
        })
}

fn insert_device(
    db: &Connection,
    account: i64,
    device: &Device,
    hpke_keys: &BTreeMap<DeviceId, Bytes>,
) -> Result<(), Stop> {
    let key = key_of(device, hpke_keys)?;
    db.prepare_cached(
        "INSERT INTO device (account, device, signature_key, hpke_key) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute((account, device.id.as_ref(), &device.signature_key, &key[..]))?;
    Ok(())
}

fn promised(promise: Promise) -> Body {
    Body::Promise(PromiseAnswer { promise: Some(promise) })
}
