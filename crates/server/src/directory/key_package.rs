//! Key packages: put by a device, taken one by one against an inbox token. They never run out.

use bytes::Bytes;
use casemate_wire::ids::{AccountId, DeviceId, Hash32};
use casemate_wire::limits::{KEY_PACKAGE_BYTES, KEY_PACKAGES, KEY_PACKAGES_PER_TOKEN_DAY};
use casemate_wire::proto::directory::SealKey;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{KeyPackageAnswer, PutKeyPackages, TakeKeyPackage};
use casemate_wire::seal_key;
use rusqlite::OptionalExtension;

use super::device::LiveDevice;
use super::{Answered, Directory, Stop, day_column, done};
use crate::refusal::Refusal;

/// Cipher suites a device may have packages for.
const SUITES: i64 = 4;

impl Directory {
    pub(super) fn put_key_packages(
        &mut self,
        device: LiveDevice,
        request: PutKeyPackages,
        now_ms: i64,
    ) -> Answered {
        if request.packages.len() > KEY_PACKAGES {
            return Err(Refusal::too_large("at most 100 key packages at a time").into());
        }
        // Their device forgets their keys soon (docs/protocol.md): nobody is to be given one of them.
        if request.replaces {
            self.db.prepare_cached("DELETE FROM key_package WHERE device = ?1")?.execute([device.device])?;
        }
        for item in &request.packages {
            if item.key_package.is_empty() || item.suite > u32::from(u16::MAX) {
                return Err(Refusal::invalid("a key package is malformed").into());
            }
            if item.key_package.len() > KEY_PACKAGE_BYTES {
                return Err(Refusal::too_large("a key package is too large").into());
            }
            if item.last_resort {
                self.db
                    .prepare_cached(
                        "DELETE FROM key_package WHERE device = ?1 AND suite = ?2 AND last_resort = 1",
                    )?
                    .execute((device.device, item.suite))?;
            }
            self.db
                .prepare_cached(
                    "INSERT INTO key_package (device, suite, last_resort, key_package)
                     VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute((device.device, item.suite, item.last_resort, &item.key_package[..]))?;
        }
        self.bound_key_packages(device)?;
        if let Some(said) = &request.seal_key {
            self.put_seal_key(device, said, now_ms)?;
        }
        done()
    }

    /// Keeps a device's newest key to seal to. A sender verifies it again: here it is only that nothing else is handed out.
    fn put_seal_key(&mut self, device: LiveDevice, said: &SealKey, now_ms: i64) -> Result<(), Stop> {
        let (account, id, key): (Vec<u8>, Vec<u8>, Vec<u8>) = self
            .db
            .prepare_cached(
                "SELECT account.account, device.device, device.signature_key
                 FROM device JOIN account ON account.id = device.account WHERE device.id = ?1",
            )?
            .query_row([device.device], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let (Ok(account), Ok(id), Ok(key)) =
            (AccountId::try_from(&account[..]), DeviceId::try_from(&id[..]), <[u8; 32]>::try_from(&key[..]))
        else {
            return Err(Refusal::internal().into());
        };
        // A device whose clock is wrong is to have key packages all the same.
        if seal_key::verify(said, (account, id), &key, now_ms).is_err() {
            return Ok(());
        }
        self.db
            .prepare_cached(
                "INSERT INTO seal_key (device, made_ms, key, signature) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (device) DO UPDATE SET made_ms = ?2, key = ?3, signature = ?4 WHERE made_ms < ?2",
            )?
            .execute((device.device, said.made_ms, &said.key[..], &said.signature[..]))?;
        Ok(())
    }

    /// What was put there last, by the row of a device.
    fn seal_key(&self, device: i64) -> Result<Option<SealKey>, Stop> {
        Ok(self
            .db
            .prepare_cached("SELECT made_ms, key, signature FROM seal_key WHERE device = ?1")?
            .query_row([device], |row| {
                let (key, signature): (Vec<u8>, Vec<u8>) = (row.get(1)?, row.get(2)?);
                Ok(SealKey { made_ms: row.get(0)?, key: key.into(), signature: signature.into() })
            })
            .optional()?)
    }

    /// Keeps the newest of each suite.
    fn bound_key_packages(&self, device: LiveDevice) -> Result<(), Stop> {
        let suites: i64 = self
            .db
            .prepare_cached("SELECT COUNT(DISTINCT suite) FROM key_package WHERE device = ?1")?
            .query_row([device.device], |row| row.get(0))?;
        if suites > SUITES {
            return Err(Refusal::invalid("key packages for more cipher suites than anybody uses").into());
        }
        self.db
            .prepare_cached(
                "DELETE FROM key_package WHERE id IN (
                     SELECT id FROM (
                         SELECT id, ROW_NUMBER() OVER (PARTITION BY suite ORDER BY id DESC) AS age
                         FROM key_package WHERE device = ?1 AND last_resort = 0)
                     WHERE age > ?2)",
            )?
            .execute((device.device, i64::try_from(KEY_PACKAGES).expect("a small constant")))?;
        Ok(())
    }

    pub(super) fn take_key_package(&mut self, request: TakeKeyPackage, now_ms: i64) -> Answered {
        let hash = Hash32::of(&[&request.inbox_token]);
        let today = day_column(now_ms);
        let found: Option<(i64, bool, i64, u32)> = self
            .db
            .prepare_cached(
                "SELECT inbox.device, inbox_token.revoked, inbox_token.day, inbox_token.handed_out
                 FROM inbox_token JOIN inbox ON inbox.id = inbox_token.inbox
                 WHERE inbox_token.token_hash = ?1",
            )?
            .query_row([hash.as_ref()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .optional()?;
        let Some((device, revoked, day, handed_out)) = found else {
            return Err(Refusal::not_found("this inbox is gone, with its device").into());
        };
        let handed_out = if day == today { handed_out } else { 0 };
        // Somebody who was blocked gets what everybody can get, and uses nothing up.
        if !revoked
            && handed_out < KEY_PACKAGES_PER_TOKEN_DAY
            && let Some((id, key_package)) = self.key_package(device, request.suite, false)?
        {
            self.db.prepare_cached("DELETE FROM key_package WHERE id = ?1")?.execute([id])?;
            self.db
                .prepare_cached("UPDATE inbox_token SET day = ?2, handed_out = ?3 WHERE token_hash = ?1")?
                .execute((hash.as_ref(), today, handed_out.saturating_add(1)))?;
            let seal_key = self.seal_key(device)?;
            return Ok(Body::KeyPackage(KeyPackageAnswer { key_package, last_resort: false, seal_key }));
        }
        match self.key_package(device, request.suite, true)? {
            Some((_, key_package)) => {
                let seal_key = self.seal_key(device)?;
                Ok(Body::KeyPackage(KeyPackageAnswer { key_package, last_resort: true, seal_key }))
            }
            None => Err(Refusal::not_found("that device has no key package for this cipher suite").into()),
        }
    }

    /// The oldest package of a kind.
    fn key_package(&self, device: i64, suite: u32, last_resort: bool) -> Result<Option<(i64, Bytes)>, Stop> {
        Ok(self
            .db
            .prepare_cached(
                "SELECT id, key_package FROM key_package
                 WHERE device = ?1 AND suite = ?2 AND last_resort = ?3 ORDER BY id LIMIT 1",
            )?
            .query_row((device, suite, last_resort), |row| {
                Ok((row.get(0)?, Bytes::from(row.get::<_, Vec<u8>>(1)?)))
            })
            .optional()?)
    }
}
