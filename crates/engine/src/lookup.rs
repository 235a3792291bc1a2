//! What the server answers of somebody's account: the document, checked before anything of it is kept, and keys to seal to. A key
//! is a device's of an account, and is used only where the newest manifest known of that account names it.

use casemate_wire::ids::{AccountId, DeviceId, Hash32};
use casemate_wire::limits;
use casemate_wire::manifest::{VerifiedManifest, verify_promise};
use casemate_wire::proto::wire::ManifestAnswer;
use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done, Fail, Job, id_column};
use crate::db;
use crate::transparency::Listed;

/// A key that the server does not give is asked for again after twice this, then twice that, so often, and from then on after the most.
const LACKING_MS: i64 = 1_000;
const LACKING_MOST_MS: i64 = 3_600_000;
const TRIES: u32 = 8;

impl Ctx<'_> {
    /// Verifies a look-up's answer and remembers manifest and sealing keys. `of`: whose it must be; of anybody else's nothing is
    /// kept.
    pub fn take_manifest_answer(
        &mut self,
        answer: &ManifestAnswer,
        of: Option<AccountId>,
    ) -> Done<VerifiedManifest> {
        let manifest = answered(answer)?;
        if of.is_some_and(|account| account != manifest.account) {
            return Err(Fail::Server("another account's document"));
        }
        let key = db::setting(self.db, "server_key")?
            .and_then(|key| key.try_into().ok())
            .ok_or(Fail::Server("a key that is not known"))?;
        let promise = verify_promise(&answer.promise.clone().unwrap_or_default(), &key, &manifest)
            .map_err(|_| Fail::Server("an account document without a promise"))?;
        let listed = self.listed(&manifest, &promise, answer.shown.as_ref())?;
        if listed == Listed::Contradicts {
            return Err(Fail::Server("an account document that its own list contradicts"));
        }
        let learned = self.learn(&manifest, true)?;
        // An older one than was seen before is not believed.
        let newest = match learned {
            true => manifest,
            false => self.known_manifest(manifest.account)?.unwrap_or(manifest),
        };
        for keys in &answer.device_keys {
            if let Ok(device) = DeviceId::try_from(&keys.device[..])
                && names_key(&newest, device, &keys.hpke_key)
            {
                self.keep_device_key(newest.account, device, &keys.hpke_key)?;
            }
        }
        self.learn_seal_keys(newest.account, &answer.device_keys)?;
        if learned && listed == Listed::Yes {
            self.is_listed(&newest)?;
        }
        Ok(newest)
    }

    /// Keys of devices that an account has no more.
    pub fn forget_dropped_keys(&mut self, manifest: &VerifiedManifest) -> Done<()> {
        let mut statement = self.db.prepare_cached("SELECT device FROM device_keys WHERE account = ?1")?;
        let devices = statement
            .query_map([&manifest.account.0[..]], |row| id_column(row, 0))?
            .collect::<Result<Vec<DeviceId>, _>>()?;
        for device in devices.into_iter().filter(|device| manifest.device(*device).is_none()) {
            self.db
                .prepare_cached("DELETE FROM device_keys WHERE account = ?1 AND device = ?2")?
                .execute(params![&manifest.account.0[..], &device.0[..]])?;
            self.db
                .prepare_cached("DELETE FROM others_seal_keys WHERE account = ?1 AND device = ?2")?
                .execute(params![&manifest.account.0[..], &device.0[..]])?;
        }
        Ok(())
    }

    /// Keys were asked for. Where some are still lacking, they are asked for more and more seldom, and what waits for them is given up in
    /// the end: an account may name a key that nobody has, and the server may leave one out.
    pub fn keys_came(&mut self, account: AccountId) -> Done<()> {
        let job = Job::Manifest(account);
        let mut lacking = Vec::new();
        for device in self.known_manifest(account)?.map(|manifest| manifest.devices).unwrap_or_default() {
            if self.device_key(account, device.id)?.is_none() {
                lacking.push(device.id);
            }
        }
        let tries = self.core.session.refused.get(&job).copied().unwrap_or(0) + 1;
        if lacking.is_empty() {
            self.end(&job);
            return Ok(());
        }
        if tries >= TRIES {
            tracing::warn!("keys of an account to seal to cannot be had: what waits for them is given up");
            for device in lacking {
                for table in ["posts WHERE", "intents WHERE kind IN (0, 4) AND"] {
                    self.db.execute(
                        &format!("DELETE FROM {table} account = ?1 AND device = ?2"),
                        params![&account.0[..], &device.0[..]],
                    )?;
                }
            }
        }
        let for_ms = if tries >= TRIES { LACKING_MOST_MS } else { LACKING_MS << tries };
        self.pause(job.clone(), for_ms);
        self.core.session.refused.insert(job, tries.min(TRIES));
        Ok(())
    }

    /// Keeps a device's key to seal to. It is used only where the newest manifest known of its account names it.
    pub fn keep_device_key(&mut self, account: AccountId, device: DeviceId, key: &[u8]) -> Done<()> {
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO device_keys(account, device, hpke_key) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![&account.0[..], &device.0[..], key])?;
        Ok(())
    }

    /// What to seal to for a device: the key that the newest manifest known of its account names, where it is here.
    pub fn device_key(&self, account: AccountId, device: DeviceId) -> Done<Option<Vec<u8>>> {
        let key: Option<Vec<u8>> = self
            .db
            .prepare_cached("SELECT hpke_key FROM device_keys WHERE account = ?1 AND device = ?2")?
            .query_row(params![&account.0[..], &device.0[..]], |row| row.get(0))
            .optional()?;
        let Some(key) = key else { return Ok(None) };
        let newest = self.known_manifest(account)?;
        Ok(newest.is_some_and(|newest| names_key(&newest, device, &key)).then_some(key))
    }
}

/// The account document of a look-up's answer.
pub fn answered(answer: &ManifestAnswer) -> Done<VerifiedManifest> {
    VerifiedManifest::verify(&answer.manifest.clone().unwrap_or_default())
        .map_err(|_| Fail::Server("a forged account document"))
}

/// Whether a manifest says that a device has this key to seal to.
fn names_key(manifest: &VerifiedManifest, device: DeviceId, key: &[u8]) -> bool {
    manifest.device(device).is_some_and(|named| named.hpke_key_hash == Hash32::of(&[key]))
        && key.len() == limits::HPKE_KEY_BYTES
}
