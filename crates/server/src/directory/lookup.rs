//! Fetching somebody's manifest: by handle, link, inbox token, or as one of its own devices.
//!
//! By handle only people who let anyone knock are found. Others are not in the index that is searched, so the
//! answer for them is that for an absent account in bytes, work and time.

use bytes::Bytes;
use casemate_wire::handle::Handle;
use casemate_wire::ids::{DeviceId, Hash32};
use casemate_wire::manifest::{DEVICE_REQUEST_LABEL, VerifiedManifest, verify_signature};
use casemate_wire::proto::directory::{KnockPolicy, Promise, SealKey, SignedManifest};
use casemate_wire::proto::wire::fetch_manifest::By;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{DeviceKeys, DeviceRequest, ErrorCode, FetchManifest, ManifestAnswer};
use prost::Message;
use rusqlite::{OptionalExtension, Row};

use super::{Answered, Directory, Stop};
use crate::refusal::Refusal;

/// What a look-up in the list of everyone's keys costs, in signatures.
const SHOWN_WORK: u32 = 12;

impl Directory {
    pub(super) fn fetch_manifest(
        &mut self,
        request: FetchManifest,
        challenge: [u8; 16],
        now_ms: i64,
    ) -> Answered {
        let mut deletion_ms = 0;
        let account = match request.by {
            Some(By::Handle(handle)) => self.open_account(&handle)?.ok_or_else(absent)?,
            Some(By::Link(secret)) => self.account_of_link(&secret, now_ms)?.ok_or_else(absent)?,
            Some(By::InboxToken(token)) => self.account_of_token(&token)?.ok_or_else(absent)?,
            Some(By::Account(account)) => {
                let proof = request.proof.ok_or_else(|| Refusal::invalid("the proof is missing"))?;
                if proof.account != account || !proof.body.is_empty() {
                    return Err(Refusal::invalid("the proof is for something else").into());
                }
                match (self.authenticate(&proof, challenge), &request.known) {
                    (Ok(device), _) => {
                        self.spend_work(device.account, SHOWN_WORK, now_ms)?;
                        deletion_ms = self.deletion_of(device.account)?;
                        device.account
                    }
                    (Err(Stop::Refuse(refusal)), Some(known))
                        if refusal.code == ErrorCode::ErrorNotAllowed =>
                    {
                        let manifest = self.word_to_dropped(&proof, known, challenge)?.ok_or(refusal)?;
                        let answer = ManifestAnswer { manifest: Some(manifest), ..ManifestAnswer::default() };
                        return Ok(Body::Manifest(answer));
                    }
                    (Err(stop), _) => return Err(stop),
                }
            }
            None => return Err(Refusal::invalid("whose document is not said").into()),
        };
        let shown = self.shown_of(account, now_ms)?;
        Ok(Body::Manifest(ManifestAnswer { shown, deletion_ms, ..self.manifest_answer(account)? }))
    }

    /// The document of the account that a device was dropped from, the last one where the account was deleted: an earlier
    /// version of it names the device, and it signed.
    fn word_to_dropped(
        &self,
        proof: &DeviceRequest,
        known: &SignedManifest,
        challenge: [u8; 16],
    ) -> Result<Option<SignedManifest>, Stop> {
        let Ok(known) = VerifiedManifest::verify(known) else { return Ok(None) };
        let device = DeviceId::try_from(&proof.device[..]).ok().and_then(|id| known.device(id).copied());
        let Some(device) = device.filter(|_| known.account.0[..] == proof.account) else { return Ok(None) };
        let parts: [&[u8]; 3] = [self.identity.place.name.as_bytes(), &challenge, &proof.body];
        if verify_signature(&device.signature_key, DEVICE_REQUEST_LABEL, &parts, &proof.signature).is_err() {
            return Ok(None);
        }
        let newest: Option<Vec<u8>> = self
            .db
            .prepare_cached(
                "SELECT manifest FROM account WHERE account = ?1
                 UNION ALL SELECT manifest FROM last_word WHERE account = ?1",
            )?
            .query_row([&known.account.0[..]], |row| row.get(0))
            .optional()?;
        let Some(newest) = newest else { return Ok(None) };
        let newest = VerifiedManifest::from_bytes(&newest).map_err(|_| Refusal::internal())?;
        Ok(Some(newest).filter(|newest| newest.succeeds(&known).is_ok()).map(|newest| newest.signed))
    }

    /// The account with this handle, if it lets anyone knock.
    pub(super) fn open_account(&self, handle: &str) -> Result<Option<i64>, Stop> {
        // Not a possible handle, hence nobody's: no other answer, no shorter way.
        let handle =
            Handle::parse(handle).map_or_else(|_| String::new(), |handle| handle.as_str().to_owned());
        Ok(self
            .db
            .prepare_cached(
                "SELECT id FROM account INDEXED BY account_open WHERE handle = ?1 AND knock_policy = 0",
            )?
            .query_row([handle], |row| row.get(0))
            .optional()?)
    }

    /// The maker of a link that holds, if they let people with a link knock.
    pub(super) fn account_of_link(&self, secret: &[u8], now_ms: i64) -> Result<Option<i64>, Stop> {
        Ok(self
            .db
            .prepare_cached(
                "SELECT account.id FROM invite JOIN account ON account.id = invite.account
                 WHERE invite.secret_hash = ?1 AND (invite.expires_ms = 0 OR invite.expires_ms > ?2)
                   AND account.knock_policy IN (?3, ?4)",
            )?
            .query_row(
                (
                    Hash32::of(&[secret]).as_ref(),
                    now_ms,
                    i64::from(i32::from(KnockPolicy::Anyone)),
                    i64::from(i32::from(KnockPolicy::Link)),
                ),
                |row| row.get(0),
            )
            .optional()?)
    }

    fn account_of_token(&self, token: &[u8]) -> Result<Option<i64>, Stop> {
        Ok(self
            .db
            .prepare_cached(
                "SELECT device.account FROM inbox_token
                 JOIN inbox ON inbox.id = inbox_token.inbox JOIN device ON device.id = inbox.device
                 WHERE inbox_token.token_hash = ?1",
            )?
            .query_row([Hash32::of(&[token]).as_ref()], |row| row.get(0))
            .optional()?)
    }

    /// Without what the log says.
    pub(super) fn manifest_answer(&self, account: i64) -> Result<ManifestAnswer, Stop> {
        let (manifest, promise): (Vec<u8>, Vec<u8>) = self
            .db
            .prepare_cached("SELECT manifest, promise FROM account WHERE id = ?1")?
            .query_row([account], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let device_keys = self
            .db
            .prepare_cached(
                "SELECT device.device, hpke_key, made_ms, key, signature
                 FROM device LEFT JOIN seal_key ON seal_key.device = device.id WHERE account = ?1 ORDER BY id",
            )?
            .query_map([account], device_keys)?
            .collect::<Result<_, _>>()?;
        Ok(ManifestAnswer {
            manifest: Some(SignedManifest::decode(&manifest[..]).map_err(|_| Refusal::internal())?),
            promise: Some(Promise::decode(&promise[..]).map_err(|_| Refusal::internal())?),
            device_keys,
            shown: None,
            deletion_ms: 0,
        })
    }
}

/// The one answer for everybody who cannot be found.
pub(super) fn absent() -> Refusal {
    Refusal::not_found("nobody was found by that; check the spelling, or ask them for a link")
}

fn device_keys(row: &Row<'_>) -> Result<DeviceKeys, rusqlite::Error> {
    let (device, hpke_key): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?);
    let seal_key = match (row.get::<_, Option<i64>>(2)?, row.get::<_, Option<Vec<u8>>>(3)?) {
        (Some(made_ms), Some(key)) => {
            Some(SealKey { made_ms, key: key.into(), signature: row.get::<_, Vec<u8>>(4)?.into() })
        }
        _ => None,
    };
    Ok(DeviceKeys { device: Bytes::from(device), hpke_key: Bytes::from(hpke_key), seal_key })
}
