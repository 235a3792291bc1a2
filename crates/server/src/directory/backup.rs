//! The history's backup: pieces as blobs of the account, and what its passphrase opens.
//!
//! The passphrase is shown by OPAQUE (RFC 9807), so the server never sees it, and each try costs a guess, counted before
//! it is answered: ten, then one a day ([decision 13](../../../../docs/decisions/0013-ten-guesses-then-one-a-day.md)).
//! Only devices of the account may try at all, and only its primary changes anything.

use casemate_wire::BACKUP_LABEL;
use casemate_wire::limits::LOCKED_KEY_BYTES;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    BackupAnswer, BackupHold, BackupLock, BackupLogin, BackupProof, BackupPut, BackupRegister,
};
use opaque_ke::{
    CipherSuite, CredentialFinalization, CredentialRequest, Identifiers, RegistrationRequest,
    RegistrationUpload, ServerLogin, ServerLoginParameters, ServerRegistration, ServerSetup,
};
use rusqlite::OptionalExtension;

use super::blob::{NewBlob, UNFINISHED_MS};
use super::device::LiveDevice;
use super::{Answered, Directory, Stop, done, settings};
use crate::refusal::Refusal;
use crate::tokens::DAY_MS;

/// Wrong passphrases that are taken at once.
const GUESSES: i64 = 10;

/// Pieces of a backup: names of all are in one request.
const PIECES: usize = 50_000;

struct Suite;

impl CipherSuite for Suite {
    type OprfCs = opaque_ke::Ristretto255;
    type KeyExchange = opaque_ke::TripleDh<opaque_ke::Ristretto255, sha2::Sha512>;
    // The client's part: it stretches with Argon2id.
    type Ksf = opaque_ke::ksf::Identity;
}

/// A backup's row.
struct Row {
    begun: Vec<u8>,
    credential: Vec<u8>,
    record: Vec<u8>,
    locked_key: Vec<u8>,
    index: Vec<u8>,
    index_bytes: i64,
    guesses: i64,
    counted_ms: i64,
    login: Vec<u8>,
}

impl Directory {
    /// How it stands.
    pub(super) fn backup_show(&mut self, device: LiveDevice, now_ms: i64) -> Answered {
        let row = self.backup_row(device.account)?;
        let kept: i64 = self.backup_bytes(device.account)?;
        let mut answer = BackupAnswer {
            limit_bytes: self.policy.backup_limit,
            bytes: kept.unsigned_abs(),
            ..Default::default()
        };
        if let Some(row) = row.filter(|row| !row.record.is_empty()) {
            answer.exists = true;
            answer.guesses_left = refilled(row.guesses, row.counted_ms, now_ms).0 as u32;
            answer.index = row.index.into();
            answer.index_bytes = row.index_bytes.unsigned_abs();
        }
        Ok(Body::Backup(answer))
    }

    /// A registration begins. Its key is none that was used before: whoever may register cannot use this to try
    /// passphrases of the one that holds.
    pub(super) fn backup_register(
        &mut self,
        device: LiveDevice,
        request: &BackupRegister,
        now_ms: i64,
    ) -> Answered {
        self.primary_only(device)?;
        if self.policy.backup_limit == 0 {
            return Err(Refusal::not_allowed("this server keeps no backups; use a file").into());
        }
        let setup = self.opaque()?;
        let mut begun = [0; 16];
        self.rng.fill_bytes(&mut begun);
        let request = RegistrationRequest::<Suite>::deserialize(&request.request).map_err(malformed)?;
        let answer = ServerRegistration::<Suite>::start(&setup, request, &begun).map_err(malformed)?;
        self.db
            .prepare_cached(
                "INSERT INTO backup (account, begun, credential, record, locked_key, index_blob, index_bytes, guesses,
                     counted_ms, login)
                 VALUES (?1, ?2, x'', x'', x'', x'', 0, ?3, ?4, x'')
                 ON CONFLICT (account) DO UPDATE SET begun = ?2",
            )?
            .execute((device.account, begun, GUESSES, now_ms))?;
        let Body::Backup(shown) = self.backup_show(device, now_ms)? else {
            return Err(Refusal::internal().into());
        };
        Ok(Body::Backup(BackupAnswer { message: answer.message.serialize().to_vec().into(), ..shown }))
    }

    /// A registration ends.
    pub(super) fn backup_lock(&mut self, device: LiveDevice, request: &BackupLock, now_ms: i64) -> Answered {
        self.primary_only(device)?;
        let row = self.backup_row(device.account)?.filter(|row| !row.begun.is_empty());
        let row = row.ok_or_else(|| Refusal::invalid("no registration was begun"))?;
        if request.locked_key.len() != LOCKED_KEY_BYTES {
            return Err(Refusal::invalid("a locked key has 80 bytes").into());
        }
        let upload = RegistrationUpload::<Suite>::deserialize(&request.upload).map_err(malformed)?;
        let record = ServerRegistration::<Suite>::finish(upload).serialize();
        if request.anew {
            self.let_backup_go(device.account)?;
        }
        self.db
            .prepare_cached(
                "UPDATE backup SET begun = x'', credential = ?2, record = ?3, locked_key = ?4, guesses = ?5,
                     counted_ms = ?6, login = x''
                 WHERE account = ?1",
            )?
            .execute((
                device.account,
                row.begun,
                record.as_slice(),
                &request.locked_key[..],
                GUESSES,
                now_ms,
            ))?;
        self.backup_show(device, now_ms)
    }

    /// A try. It is counted before anything is answered.
    pub(super) fn backup_login(
        &mut self,
        device: LiveDevice,
        request: &BackupLogin,
        now_ms: i64,
    ) -> Answered {
        let row = self.registered(device.account)?;
        let (guesses, counted_ms) = refilled(row.guesses, row.counted_ms, now_ms);
        if guesses == 0 {
            let wait_ms = counted_ms.saturating_add(DAY_MS).saturating_sub(now_ms);
            return Err(Refusal::rate_limited(
                "too many wrong passphrases for this backup; one more can be tried a day",
                wait_ms.max(1).unsigned_abs(),
            )
            .into());
        }
        let setup = self.opaque()?;
        let request = CredentialRequest::<Suite>::deserialize(&request.request).map_err(malformed)?;
        let record =
            ServerRegistration::<Suite>::deserialize(&row.record).map_err(|_| Refusal::internal())?;
        let mut rng = &mut *self.rng;
        let begun = ServerLogin::<Suite>::start(
            &mut rng,
            &setup,
            Some(record),
            request,
            &row.credential,
            parameters(),
        )
        .map_err(malformed)?;
        let left = guesses.saturating_sub(1);
        self.db
            .prepare_cached("UPDATE backup SET guesses = ?2, counted_ms = ?3, login = ?4 WHERE account = ?1")?
            .execute((device.account, left, counted_ms, begun.state.serialize().as_slice()))?;
        Ok(Body::Backup(BackupAnswer {
            message: begun.message.serialize().to_vec().into(),
            guesses_left: u32::try_from(left).unwrap_or(0),
            exists: true,
            ..BackupAnswer::default()
        }))
    }

    /// Whoever knows the passphrase shows it, gets its key, and gives nobody else more guesses.
    pub(super) fn backup_proof(
        &mut self,
        device: LiveDevice,
        request: &BackupProof,
        now_ms: i64,
    ) -> Answered {
        let row = self.registered(device.account)?;
        let wrong = || Refusal::not_allowed("this is not the backup's passphrase");
        if row.login.is_empty() {
            return Err(Refusal::invalid("no passphrase is being shown").into());
        }
        let state = ServerLogin::<Suite>::deserialize(&row.login).map_err(|_| Refusal::internal())?;
        let shown = CredentialFinalization::deserialize(&request.finalization).map_err(malformed)?;
        state.finish(shown, parameters()).map_err(|_| wrong())?;
        self.db
            .prepare_cached(
                "UPDATE backup SET guesses = ?2, counted_ms = ?3, login = x'' WHERE account = ?1",
            )?
            .execute((device.account, GUESSES, now_ms))?;
        let Body::Backup(shown) = self.backup_show(device, now_ms)? else {
            return Err(Refusal::internal().into());
        };
        Ok(Body::Backup(BackupAnswer { locked_key: row.locked_key.into(), ..shown }))
    }

    /// Room for a piece or an index.
    pub(super) fn backup_put(&mut self, device: LiveDevice, request: &BackupPut, now_ms: i64) -> Answered {
        self.primary_only(device)?;
        self.registered(device.account)?;
        let new = NewBlob::parse(&request.blob, &request.upload_hash, request.size_bytes)?;
        if let Some(same) = self.same_blob(&new)? {
            return Ok(same);
        }
        let kept = self.backup_bytes(device.account)?;
        if kept.saturating_add(new.size_bytes).unsigned_abs() > self.policy.backup_limit {
            return Err(Refusal::too_large(format!(
                "this server keeps at most {} MiB of a backup; use a file",
                self.policy.backup_limit >> 20
            ))
            .into());
        }
        let created = self.insert_blob(&new, now_ms.saturating_add(UNFINISHED_MS))?;
        self.db
            .prepare_cached("INSERT INTO backup_blob (blob, account) VALUES (?1, ?2)")?
            .execute((new.blob.as_ref(), device.account))?;
        Ok(created)
    }

    /// What holds from now on.
    pub(super) fn backup_hold(&mut self, device: LiveDevice, request: &BackupHold, now_ms: i64) -> Answered {
        self.primary_only(device)?;
        self.registered(device.account)?;
        if request.pieces.len() > PIECES {
            return Err(Refusal::too_large("these are too many pieces").into());
        }
        let mut of_account: std::collections::BTreeSet<Vec<u8>> = self
            .db
            .prepare_cached(
                "SELECT blob FROM backup_blob JOIN blob USING (blob) WHERE account = ?1 AND complete = 1",
            )?
            .query_map([device.account], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for blob in request.pieces.iter().chain([&request.index]) {
            if !of_account.remove(&blob[..]) {
                return Err(Refusal::not_found("a piece of the backup is not here; back up again").into());
            }
        }
        for blob in of_account {
            self.db
                .prepare_cached("UPDATE blob SET kept_until_ms = ?2 WHERE blob = ?1")?
                .execute((&blob, now_ms))?;
            self.db.prepare_cached("DELETE FROM backup_blob WHERE blob = ?1")?.execute([&blob])?;
        }
        self.db
            .prepare_cached("UPDATE backup SET index_blob = ?2, index_bytes = ?3 WHERE account = ?1")?
            .execute((
                device.account,
                &request.index[..],
                i64::try_from(request.index_bytes).map_err(|_| Refusal::too_large("too large"))?,
            ))?;
        done()
    }

    /// Its person wants none here any more.
    pub(super) fn backup_end(&mut self, device: LiveDevice) -> Answered {
        self.primary_only(device)?;
        self.let_backup_go(device.account)?;
        self.db.prepare_cached("DELETE FROM backup WHERE account = ?1")?.execute([device.account])?;
        done()
    }

    /// Nothing of an account's backup is kept any longer.
    pub(super) fn let_backup_go(&mut self, account: i64) -> Result<(), Stop> {
        Ok(let_go(&self.db, account)?)
    }

    fn primary_only(&self, device: LiveDevice) -> Result<(), Stop> {
        if self.is_primary(device)? {
            return Ok(());
        }
        Err(Refusal::not_allowed("only the account's primary device keeps its backup on the server").into())
    }

    fn registered(&self, account: i64) -> Result<Row, Stop> {
        let row = self.backup_row(account)?.filter(|row| !row.record.is_empty());
        row.ok_or_else(|| Refusal::not_found("this account has no backup on this server").into())
    }

    fn backup_row(&self, account: i64) -> Result<Option<Row>, rusqlite::Error> {
        self.db
            .prepare_cached(
                "SELECT begun, credential, record, locked_key, index_blob, index_bytes, guesses, counted_ms, login
                 FROM backup WHERE account = ?1",
            )?
            .query_row([account], |row| {
                Ok(Row {
                    begun: row.get(0)?,
                    credential: row.get(1)?,
                    record: row.get(2)?,
                    locked_key: row.get(3)?,
                    index: row.get(4)?,
                    index_bytes: row.get(5)?,
                    guesses: row.get(6)?,
                    counted_ms: row.get(7)?,
                    login: row.get(8)?,
                })
            })
            .optional()
    }

    fn backup_bytes(&self, account: i64) -> Result<i64, rusqlite::Error> {
        self.db
            .prepare_cached(
                "SELECT coalesce(sum(size_bytes), 0) FROM backup_blob JOIN blob USING (blob) WHERE account = ?1",
            )?
            .query_row([account], |row| row.get(0))
    }

    /// The server's own keys of OPAQUE, made when they are first needed.
    fn opaque(&mut self) -> Result<ServerSetup<Suite>, Stop> {
        if let Some(stored) = settings::read(&self.db, "opaque")? {
            return ServerSetup::deserialize(&stored).map_err(|_| Refusal::internal().into());
        }
        let mut rng = &mut *self.rng;
        let setup = ServerSetup::<Suite>::new(&mut rng);
        settings::store(&self.db, "opaque", &setup.serialize())?;
        Ok(setup)
    }
}

/// Guesses by now, and since when they are counted.
fn refilled(guesses: i64, counted_ms: i64, now_ms: i64) -> (i64, i64) {
    let days = now_ms.saturating_sub(counted_ms).max(0) / DAY_MS;
    if guesses.saturating_add(days) >= GUESSES {
        return (GUESSES, now_ms);
    }
    (guesses.saturating_add(days), counted_ms.saturating_add(days.saturating_mul(DAY_MS)))
}

fn parameters() -> ServerLoginParameters<'static, 'static> {
    ServerLoginParameters { context: Some(BACKUP_LABEL), identifiers: Identifiers::default() }
}

fn malformed<E>(_: E) -> Refusal {
    Refusal::invalid("this is not a message of OPAQUE")
}

/// See [`Directory::let_backup_go`].
pub(super) fn let_go(db: &rusqlite::Connection, account: i64) -> Result<(), rusqlite::Error> {
    db.prepare_cached(
        "UPDATE blob SET kept_until_ms = 0 WHERE blob IN (SELECT blob FROM backup_blob WHERE account = ?1)",
    )?
    .execute([account])?;
    db.prepare_cached("DELETE FROM backup_blob WHERE account = ?1")?.execute([account])?;
    db.prepare_cached("UPDATE backup SET index_blob = x'', index_bytes = 0 WHERE account = ?1")?
        .execute([account])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_guesses_then_one_a_day() {
        assert_eq!(refilled(10, 0, 5), (10, 5));
        assert_eq!(refilled(0, 0, DAY_MS - 1), (0, 0));
        assert_eq!(refilled(0, 0, DAY_MS), (1, DAY_MS));
        assert_eq!(refilled(0, 0, 3 * DAY_MS + 7), (3, 3 * DAY_MS), "what is left of a day counts on");
        assert_eq!(refilled(9, 0, DAY_MS), (10, DAY_MS));
        assert_eq!(refilled(4, 0, 100 * DAY_MS), (10, 100 * DAY_MS));
        assert_eq!(refilled(3, 1_000, 0), (3, 1_000), "a clock that went back gives none");
    }
}
