//! The key that a device makes to get earlier messages by, once. What those are encrypted with is sealed to it, inside the inbox items: who
//! copies the device after the handover, with all that the server has, reads none of the files.

use casemate_content::proto as content;
use casemate_crypto::{SealKeys, sealed};
use casemate_wire::ids::{AccountId, DeviceId};
use casemate_wire::limits::HPKE_KEY_BYTES;
use rusqlite::{OptionalExtension as _, params};
use zeroize::Zeroizing;

use crate::core::{Ctx, Done};

/// What the box with a file's key is for.
const LABEL: &[u8] = b"casemate/history/v1";

/// A handover that is not through by then is none any more: its files are gone from the server.
const KEPT_MS: i64 = 60 * 86_400_000;

impl Ctx<'_> {
    // ---- On the new device ----

    /// Makes the key; its public part, for the primary.
    pub fn make_handover_key(&mut self) -> Done<Vec<u8>> {
        self.forget_handover_key()?;
        let keys = SealKeys::generate(&mut self.core.config.rng);
        self.db
            .prepare_cached("INSERT INTO handover_key(made_ms, secret) VALUES (?1, ?2)")?
            .execute(params![self.now_ms, &keys.secret()[..]])?;
        Ok(keys.public)
    }

    /// All parts are in their places.
    pub fn forget_handover_key(&mut self) -> Done<()> {
        self.db.prepare_cached("DELETE FROM handover_key")?.execute([])?;
        Ok(())
    }

    /// Or they never came.
    pub fn forget_old_handover_key(&mut self) -> Done<()> {
        self.db
            .prepare_cached("DELETE FROM handover_key WHERE made_ms NOT BETWEEN ?1 AND ?2")?
            .execute([self.now_ms - KEPT_MS, self.now_ms])?;
        Ok(())
    }

    /// A part with its file's key, which is stored nowhere. Without one where this device cannot open it.
    pub fn opened_part(&self, mut part: content::HistoryPart) -> Done<content::HistoryPart> {
        if part.sealed_key.is_empty() {
            return Ok(part);
        }
        let secret: Option<Zeroizing<[u8; 32]>> = self
            .db
            .prepare_cached("SELECT secret FROM handover_key")?
            .query_row([], |row| row.get(0).map(Zeroizing::new))
            .optional()?;
        let me = self.me()?;
        let own = (me.account(), me.identity.device);
        if let (Some(secret), Some(file)) = (secret, &mut part.file) {
            let keys = SealKeys::from_secret(&secret);
            // What does not open is a part that cannot be had, and its line says so.
            file.key = match sealed::open(&keys, LABEL, &bound_to(own, &file.blob), &part.sealed_key) {
                Ok(key) => key.into(),
                Err(_) => bytes::Bytes::new(),
            };
        }
        Ok(part)
    }

    // ---- On the primary ----

    /// Where the device gave a key for this handover, the part says its file's key to that alone.
    pub fn seal_part(&self, device: DeviceId, part: &mut content::HistoryPart) -> Done<()> {
        let key: Option<Vec<u8>> = self
            .db
            .prepare_cached("SELECT sealed_to FROM handovers WHERE device = ?1")?
            .query_row([&device.0[..]], |row| row.get(0))?;
        let account = self.me()?.account();
        if let (Some(key), Some(file)) = (key, &mut part.file) {
            let bound = bound_to((account, device), &file.blob);
            part.sealed_key = sealed::seal(&key, LABEL, &bound, &file.key)?.into();
            file.key = bytes::Bytes::new();
        }
        Ok(())
    }

    /// The key that a device gave with its word that it is linked; of a program of before, none.
    pub fn keep_handover_key(&mut self, device: DeviceId, key: &[u8]) -> Done<()> {
        if key.len() == HPKE_KEY_BYTES && sealed::seal(key, LABEL, b"", b"").is_ok() {
            self.db
                .prepare_cached("UPDATE handovers SET sealed_to = ?2 WHERE device = ?1")?
                .execute(params![&device.0[..], key])?;
        }
        Ok(())
    }
}

fn bound_to((account, device): (AccountId, DeviceId), blob: &[u8]) -> Vec<u8> {
    [&account.0[..], &device.0, blob].concat()
}
