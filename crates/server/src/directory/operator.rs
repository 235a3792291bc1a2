//! What an operator asks of accounts, invitations and registration while the server runs ([`crate::control`]).

use casemate_wire::handle::Handle;
use casemate_wire::ids::InboxId;
use casemate_wire::manifest::VerifiedManifest;
use casemate_wire::proto::directory::KnockPolicy;
use rusqlite::{OptionalExtension, Row};

use super::{Directory, OpenError, Stop, settings};
use crate::config::Registration;
use crate::control::{ACCOUNTS, Account, Answer, Invite, Keys, Knocks, Refused, Request};

/// In `setting`: who may create an account, where the operator said it to the running server.
const REGISTRATION: &str = "registration";

/// How much of everything there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// Accounts.
    pub accounts: u64,
    /// Those that are disabled.
    pub disabled: u64,
    /// Those that are to be deleted.
    pub being_deleted: u64,
    /// Devices.
    pub devices: u64,
    /// Invitations that hold.
    pub invites: u64,
    /// The list of everyone's keys.
    pub keys: Keys,
}

/// What rows say of files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stored {
    /// Bytes of files that are no backup's, and how many they are.
    pub files: (u64, u64),
    /// Bytes of backups, and how many accounts have one.
    pub backups: (u64, u64),
}

/// An answer, and whose connections end with what was done.
#[derive(Debug)]
pub struct Operated {
    /// The answer.
    pub answer: Answer,
    /// Inboxes that nobody may follow any more.
    pub closed: Vec<InboxId>,
}

impl From<Answer> for Operated {
    fn from(answer: Answer) -> Self {
        Self { answer, closed: Vec::new() }
    }
}

impl From<Refused> for Operated {
    fn from(refused: Refused) -> Self {
        Answer::Refused(refused).into()
    }
}

impl Directory {
    /// Does what concerns accounts, invitations or registration. All else is not this one's.
    pub fn operate(&mut self, request: &Request, now_ms: i64) -> Operated {
        // Each act is one transaction, whatever becomes of it.
        let done = self.db.execute_batch("BEGIN IMMEDIATE").map_err(Stop::from);
        let done = done.and_then(|()| self.operated(request, now_ms));
        match done.and_then(|done| Ok(self.db.execute_batch("COMMIT").map(|()| done)?)) {
            Ok(done) => {
                if let (Answer::Done {}, Request::Delete { .. }) = (&done.answer, request)
                    && let Err(error) = self.forget_due(now_ms)
                {
                    tracing::error!(%error, "directory: an account could not be deleted; it is tried again");
                }
                done
            }
            Err(stop) => {
                if let Stop::Sqlite(error) = &stop {
                    tracing::error!(%error, "directory: what the operator asked failed in the database");
                }
                self.roll_back();
                Refused::Internal.into()
            }
        }
    }

    fn operated(&mut self, request: &Request, now_ms: i64) -> Result<Operated, Stop> {
        let named = match request {
            Request::Account { name }
            | Request::Disable { name }
            | Request::Enable { name }
            | Request::Delete { name } => self.account_of_name(name)?,
            _ => None,
        };
        Ok(match (request, named) {
            (Request::Accounts { after }, _) => {
                Answer::Accounts { accounts: self.accounts(after, now_ms)? }.into()
            }
            (Request::Account { .. }, Some(row)) => Answer::Account(self.account(row, now_ms)?).into(),
            (Request::Disable { .. }, Some(row)) => {
                self.db
                    .prepare_cached("INSERT OR IGNORE INTO disabled (account, at_ms) VALUES (?1, ?2)")?
                    .execute((row, now_ms))?;
                self.settle_knocks(row)?;
                Operated { answer: Answer::Done {}, closed: self.inboxes_to_close(row)? }
            }
            (Request::Enable { .. }, Some(row)) => {
                self.db.prepare_cached("DELETE FROM disabled WHERE account = ?1")?.execute([row])?;
                self.settle_knocks(row)?;
                Answer::Done {}.into()
            }
            (Request::Delete { .. }, Some(row)) => {
                let closed = self.inboxes_to_close(row)?;
                self.db
                    .prepare_cached("INSERT OR REPLACE INTO deletion (account, due_ms) VALUES (?1, ?2)")?
                    .execute((row, now_ms))?;
                Operated { answer: Answer::Done {}, closed }
            }
            (Request::Invites { after }, _) => {
                Answer::Invites { invites: self.invites(after, now_ms)? }.into()
            }
            (Request::RevokeInvite { id }, _) => {
                let hash =
                    data_encoding::HEXLOWER_PERMISSIVE.decode(id.as_bytes()).unwrap_or_else(|_| Vec::new());
                match self.db.prepare_cached("DELETE FROM invite WHERE secret_hash = ?1")?.execute([hash])? {
                    0 => Refused::NoInvite.into(),
                    _ => Answer::Done {}.into(),
                }
            }
            (Request::Registration { to }, _) => {
                if let Some(to) = to {
                    settings::store(&self.db, REGISTRATION, word(*to).as_bytes())?;
                    self.policy.registration = *to;
                }
                let (registration, configured) = (self.policy.registration, self.configured);
                Answer::Registration { registration, configured }.into()
            }
            (_, None) => Refused::NoAccount.into(),
            _ => Refused::Unknown.into(),
        })
    }

    /// Who may create an account.
    pub fn registration(&self) -> Registration {
        self.policy.registration
    }

    /// What the operator said to the running server holds after a start too.
    pub(super) fn read_registration(&mut self) -> Result<(), OpenError> {
        let said = settings::read(&self.db, REGISTRATION)?;
        let all = [Registration::Open, Registration::Invitation, Registration::Closed];
        if let Some(said) = all.into_iter().find(|one| said.as_deref() == Some(word(*one).as_bytes())) {
            self.policy.registration = said;
        }
        Ok(())
    }

    /// How much of everything there is.
    pub fn counts(&mut self, now_ms: i64) -> Result<Counts, OpenError> {
        let newest = self.transparency.newest_head(now_ms)?;
        let count = |sql: &str| -> Result<u64, rusqlite::Error> {
            self.db.query_row(sql, [], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs)
        };
        let invites = "SELECT COUNT(*) FROM invite WHERE expires_ms = 0 OR expires_ms > ?1";
        let invites: i64 = self.db.query_row(invites, [now_ms], |row| row.get(0))?;
        Ok(Counts {
            accounts: count("SELECT COUNT(*) FROM account")?,
            disabled: count("SELECT COUNT(*) FROM disabled")?,
            being_deleted: count("SELECT COUNT(*) FROM deletion")?,
            devices: count("SELECT COUNT(*) FROM device")?,
            invites: invites.unsigned_abs(),
            keys: Keys {
                incarnation: data_encoding::HEXLOWER.encode(&self.identity.incarnation),
                epoch: newest.epoch,
                at_ms: newest.at_ms,
                waiting: count("SELECT COUNT(*) FROM unpublished")?,
            },
        })
    }

    /// What rows say of files.
    pub fn stored_files(&self) -> Result<Stored, rusqlite::Error> {
        let pair = |sql: &str| {
            self.db.query_row(sql, [], |row| {
                Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, i64>(1)?.unsigned_abs()))
            })
        };
        let all = pair("SELECT COALESCE(SUM(size_bytes), 0), COUNT(*) FROM blob")?;
        let backups = pair(
            "SELECT COALESCE(SUM(blob.size_bytes), 0), COUNT(*)
             FROM backup_blob JOIN blob ON blob.blob = backup_blob.blob",
        )?;
        let accounts = pair("SELECT 0, COUNT(*) FROM backup")?.1;
        Ok(Stored {
            files: (all.0.saturating_sub(backups.0), all.1.saturating_sub(backups.1)),
            backups: (backups.0, accounts),
        })
    }

    /// Of a name, or of an address of this server.
    fn account_of_name(&self, name: &str) -> Result<Option<i64>, Stop> {
        let name = name.to_lowercase();
        let name = match name.split_once('@') {
            Some((name, server)) if server == self.identity.place.name => name,
            Some(_) => return Ok(None),
            None => &name,
        };
        let Ok(handle) = Handle::parse(name) else { return Ok(None) };
        Ok(self
            .db
            .prepare_cached("SELECT id FROM account WHERE handle = ?1")?
            .query_row([handle.as_str()], |row| row.get(0))
            .optional()?)
    }

    fn accounts(&self, after: &str, now_ms: i64) -> Result<Vec<Account>, Stop> {
        let rows = self
            .db
            .prepare_cached("SELECT id FROM account WHERE handle > ?1 ORDER BY handle LIMIT ?2")?
            .query_map((after, ACCOUNTS), |row| row.get(0))?
            .collect::<Result<Vec<i64>, _>>()?;
        rows.into_iter().map(|row| self.account(row, now_ms)).collect()
    }

    fn account(&self, row: i64, now_ms: i64) -> Result<Account, Stop> {
        type Columns = (String, Vec<u8>, Option<i64>, Option<i64>, i64, i64, i64);
        let (name, manifest, disabled_ms, deleted_ms, invites, backup_bytes, waiting): Columns = self
            .db
            .prepare_cached(
                "SELECT handle, manifest,
                     (SELECT at_ms FROM disabled WHERE disabled.account = account.id),
                     (SELECT due_ms FROM deletion WHERE deletion.account = account.id),
                     (SELECT COUNT(*) FROM invite WHERE invite.account = account.id
                          AND (expires_ms = 0 OR expires_ms > ?2)),
                     (SELECT COALESCE(SUM(blob.size_bytes), 0) FROM backup_blob
                          JOIN blob ON blob.blob = backup_blob.blob WHERE backup_blob.account = account.id),
                     (SELECT COUNT(*) FROM device JOIN inbox ON inbox.device = device.id
                          JOIN inbox_item ON inbox_item.inbox = inbox.id WHERE device.account = account.id)
                 FROM account WHERE id = ?1",
            )?
            .query_row((row, now_ms), columns)?;
        // It was verified before it was stored.
        let manifest =
            VerifiedManifest::from_bytes(&manifest).map_err(|_| crate::refusal::Refusal::internal())?;
        let mut devices: Vec<_> = manifest.devices.iter().collect();
        devices.sort_by_key(|device| !device.primary);
        Ok(Account {
            name,
            id: manifest.account.to_hex(),
            disabled_ms,
            deleted_ms,
            devices: devices.iter().map(|device| device.id.to_hex()).collect(),
            version: manifest.version,
            knocks: match manifest.knock_policy {
                KnockPolicy::Anyone => Knocks::Anyone,
                KnockPolicy::Link => Knocks::Link,
                KnockPolicy::Organisation => Knocks::Organisation,
                KnockPolicy::Nobody => Knocks::Nobody,
            },
            invites: invites.unsigned_abs(),
            backup_bytes: backup_bytes.unsigned_abs(),
            waiting: waiting.unsigned_abs(),
        })
    }

    fn invites(&self, after: &str, now_ms: i64) -> Result<Vec<Invite>, Stop> {
        let after =
            data_encoding::HEXLOWER_PERMISSIVE.decode(after.as_bytes()).unwrap_or_else(|_| Vec::new());
        Ok(self
            .db
            .prepare_cached(
                "SELECT secret_hash, account.handle, uses_left, expires_ms
                 FROM invite LEFT JOIN account ON account.id = invite.account
                 WHERE secret_hash > ?1 AND (expires_ms = 0 OR expires_ms > ?2) ORDER BY secret_hash LIMIT ?3",
            )?
            .query_map((after, now_ms, ACCOUNTS), |row| {
                let expires_ms: i64 = row.get(3)?;
                Ok(Invite {
                    id: data_encoding::HEXLOWER.encode(&row.get::<_, Vec<u8>>(0)?),
                    of: row.get(1)?,
                    uses_left: row.get::<_, i64>(2)?.unsigned_abs(),
                    expires_ms: (expires_ms != 0).then_some(expires_ms),
                })
            })?
            .collect::<Result<_, _>>()?)
    }

    fn inboxes_to_close(&self, account: i64) -> Result<Vec<InboxId>, Stop> {
        let inboxes = self
            .db
            .prepare_cached(
                "SELECT inbox.inbox FROM inbox JOIN device ON device.id = inbox.device WHERE device.account = ?1",
            )?
            .query_map([account], |row| row.get(0))?
            .collect::<Result<Vec<Vec<u8>>, _>>()?;
        Ok(inboxes.iter().filter_map(|inbox| InboxId::try_from(&inbox[..]).ok()).collect())
    }
}

fn columns(row: &Row<'_>) -> rusqlite::Result<(String, Vec<u8>, Option<i64>, Option<i64>, i64, i64, i64)> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?))
}

/// As it is stored.
fn word(registration: Registration) -> &'static str {
    match registration {
        Registration::Open => "open",
        Registration::Invitation => "invitation",
        Registration::Closed => "closed",
    }
}
