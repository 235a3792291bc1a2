//! Commits: how a group's membership and state become what somebody intends.
//!
//! Intents are rows; they survive lost races and crashes and go away when the group is as they want it. Whoever
//! commits first wins; the others look at what is left of their intents and try again.
//!
//! ```text
//! intents ─▶ key packages ─▶ pending commit (row, one transaction) ─▶ Append
//!    ▲                                                                  │ own entry comes back by its bytes
//!    └────────────── another commit won: pending is dropped ◀───────────┴─▶ merged, Welcomes leave
//! ```

use std::collections::BTreeSet;

use casemate_api::command::{Allowed, Permissions};
use casemate_content::proto as content;
use casemate_content::proto::{ConversationState, Who, inbox_body};
use casemate_crypto::conversation::{LeaveStatement, PendingCommit, inspect_key_package};
use casemate_crypto::{AppliedCommit, Change, CommitAad, CryptoError};
use casemate_wire::ids::{AccountId, BlobId, DeviceId, Hash32, LogId, ReaderSecret, UploadSecret};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{Append, Commit, Error as WireError, ErrorCode, LogEntry, TakeKeyPackage};
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use crate::connection::{Awaiting, is_passing, retry_after};
use crate::core::{Ctx, Done, Fail, Job, id_column};
use crate::log::LogRow;
use crate::thread::Standing;

/// Devices added in one commit: keeps commits well under the entry limit with X-Wing.
const ADDS: usize = 128;

/// How long a leaf keeps its keys. Shorter heals sooner and makes more commits.
const REFRESH_MS: i64 = 7 * 24 * 3_600_000;

/// A refresh waits at least so long after connecting, and up to so much longer.
const REFRESH_SOON_MS: i64 = 60_000;
const REFRESH_JITTER_MS: u64 = 3_600_000;

/// A Welcome's common part up to this size travels inside the inbox item, above it as a blob.
const INLINE_BYTES: usize = 32 * 1024;

/// What should become of a group.
#[derive(Debug, Clone, PartialEq)]
pub enum Intent {
    /// This device should be in it.
    AddDevice(AccountId, DeviceId),
    /// No device of this account should be in it.
    RemoveAccount(AccountId),
    /// This device was dropped by its account: the manifest shows it.
    RemoveDropped(AccountId, DeviceId, Vec<u8>),
    /// This account said that it leaves: a device's signed statement.
    RemoveLeaver(AccountId, DeviceId, Vec<u8>),
    /// This device lost its state and asked to be added again.
    AddAgain(AccountId, DeviceId),
    /// Name, picture, admins and so on.
    ChangeState(StatePatch),
    /// New keys for the own leaf, and the newest own manifest in it.
    Refresh,
}

/// What somebody wants changed in a group's state.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StatePatch {
    pub name: Option<String>,
    /// Encoded content.proto Attachment; empty removes it.
    pub picture: Option<Vec<u8>>,
    pub disappearing_seconds: Option<u32>,
    /// Account ids in hexadecimal.
    pub admins: Option<Vec<String>>,
    pub permissions: Option<Permissions>,
}

impl StatePatch {
    fn apply(&self, state: &ConversationState) -> ConversationState {
        let mut next = state.clone();
        if let Some(name) = &self.name {
            next.name.clone_from(name);
        }
        if let Some(picture) = &self.picture {
            next.picture = content::Attachment::decode(&picture[..]).ok().filter(|_| !picture.is_empty());
        }
        if let Some(seconds) = self.disappearing_seconds {
            next.disappearing_seconds = seconds;
        }
        if let Some(admins) = &self.admins {
            next.admins =
                admins.iter().filter_map(|admin| AccountId::from_hex(admin)).map(Into::into).collect();
        }
        if let Some(permissions) = &self.permissions {
            let who = |allowed: Allowed| match allowed {
                Allowed::Members => Who::Members as i32,
                Allowed::Admins => Who::Admins as i32,
            };
            next.permissions = Some(content::Permissions {
                add: who(permissions.add),
                edit: who(permissions.edit),
                send: who(permissions.send),
            });
        }
        next
    }
}

/// An intent's row.
struct Intended {
    id: i64,
    intent: Intent,
    urgent: bool,
}

impl Ctx<'_> {
    /// Notes an intent, at once.
    pub fn intend(&mut self, log: LogId, intent: Intent, urgent: bool) -> Done<()> {
        self.intend_at(log, intent, urgent, self.now_ms)
    }

    /// Notes an intent for later: many may see the same reason, and one commit is enough.
    pub fn intend_at(&mut self, log: LogId, intent: Intent, urgent: bool, due_ms: i64) -> Done<()> {
        let (kind, account, device, data) = match intent {
            Intent::AddDevice(account, device) => (0, Some(account), Some(device), None),
            Intent::RemoveAccount(account) => (1, Some(account), None, None),
            Intent::RemoveDropped(account, device, manifest) => {
                (2, Some(account), Some(device), Some(manifest))
            }
            Intent::RemoveLeaver(account, device, signature) => {
                (3, Some(account), Some(device), Some(signature))
            }
            Intent::AddAgain(account, device) => (4, Some(account), Some(device), None),
            Intent::ChangeState(patch) => (5, None, None, serde_json::to_vec(&patch).ok()),
            Intent::Refresh => (6, None, None, None),
        };
        let account = account.map(|account| account.0.to_vec());
        let device = device.map(|device| device.0.to_vec());
        // The same wish once, but every change of state in its order.
        let present: Option<i64> = self
            .db
            .prepare_cached(
                "SELECT id FROM intents WHERE log = ?1 AND kind = ?2 AND kind != 5 AND account IS ?3 AND device IS ?4",
            )?
            .query_row(params![&log.0[..], kind, account, device], |row| row.get(0))
            .optional()?;
        match present {
            Some(id) => self
                .db
                .prepare_cached("UPDATE intents SET due_ms = min(due_ms, ?2), urgent = max(urgent, ?3) WHERE id = ?1")?
                .execute(params![id, due_ms, urgent])?,
            None => self
                .db
                .prepare_cached(
                    "INSERT INTO intents(log, kind, account, device, data, urgent, due_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .execute(params![&log.0[..], kind, account, device, data, urgent, due_ms])?,
        };
        if due_ms > self.now_ms {
            self.core.session.wake.insert((due_ms, Some(log)));
        }
        self.core.session.dirty.insert(log);
        Ok(())
    }

    fn due_intents(&self, log: LogId) -> Done<Vec<Intended>> {
        let mut statement = self.db.prepare_cached(
            "SELECT id, kind, account, device, data, urgent FROM intents WHERE log = ?1 AND due_ms <= ?2 ORDER BY id",
        )?;
        let rows = statement.query_map(params![&log.0[..], self.now_ms], |row| {
            let account = || id_column::<AccountId>(row, 2);
            let device = || id_column::<DeviceId>(row, 3);
            let data = || row.get::<_, Option<Vec<u8>>>(4).map(Option::unwrap_or_default);
            let intent = match row.get::<_, i64>(1)? {
                0 => Intent::AddDevice(account()?, device()?),
                1 => Intent::RemoveAccount(account()?),
                2 => Intent::RemoveDropped(account()?, device()?, data()?),
                3 => Intent::RemoveLeaver(account()?, device()?, data()?),
                4 => Intent::AddAgain(account()?, device()?),
                5 => Intent::ChangeState(serde_json::from_slice(&data()?).unwrap_or_default()),
                _ => Intent::Refresh,
            };
            Ok(Intended { id: row.get(0)?, intent, urgent: row.get(5)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn wake_for_intents(&mut self, log: LogId) -> Done<()> {
        let next: Option<i64> = self
            .db
            .prepare_cached("SELECT min(due_ms) FROM intents WHERE log = ?1")?
            .query_row([&log.0[..]], |row| row.get(0))?;
        if let Some(due) = next {
            self.core.session.wake.insert((due, Some(log)));
        }
        Ok(())
    }

    fn drop_intent(&self, id: i64) -> Done<()> {
        self.db.prepare_cached("DELETE FROM intents WHERE id = ?1")?.execute([id])?;
        Ok(())
    }

    /// Nobody of this account can be reached any more: they are not added anywhere.
    pub fn drop_adds_of(&mut self, account: AccountId) -> Done<()> {
        self.db
            .prepare_cached("DELETE FROM intents WHERE account = ?1 AND kind IN (0, 4)")?
            .execute([&account.0[..]])?;
        Ok(())
    }

    /// Own leaves get new keys about weekly, and soon after a long absence, so that a stolen key heals. Spread out,
    /// and only when all is read.
    pub fn plan_refreshes(&mut self) -> Done<()> {
        let mut statement = self.db.prepare_cached(
            "SELECT log FROM logs WHERE state = 0 AND created = 1 AND refreshed_ms NOT BETWEEN ?1 AND ?2
             AND log NOT IN (SELECT log FROM intents WHERE kind = 6) AND log IN (SELECT log FROM leaves GROUP BY log HAVING count(*) > 1)",
        )?;
        let logs = statement
            .query_map([self.now_ms - REFRESH_MS, self.now_ms], |row| id_column(row, 0))?
            .collect::<Result<Vec<LogId>, _>>()?;
        for log in logs {
            let due = self.now_ms + REFRESH_SOON_MS + self.jitter(REFRESH_JITTER_MS);
            self.intend_at(log, Intent::Refresh, false, due)?;
        }
        Ok(())
    }

    /// Commits what is intended. True where nothing urgent stands before messages.
    pub fn work_commit(&mut self, row: &LogRow) -> Done<bool> {
        if self.resend_commit(row)? {
            return Ok(false);
        }
        let due = self.prune(row, self.due_intents(row.log)?)?;
        if due.is_empty() {
            self.wake_for_intents(row.log)?;
            return Ok(true);
        }
        let urgent = due.iter().any(|intended| intended.urgent);
        if self.is_paused(&Job::Commit(row.log)) {
            return Ok(!urgent);
        }
        if let Some(packages) = self.gather_key_packages(row.log, &due)? {
            self.make_commit(row, &due, packages, urgent)?;
            return Ok(false);
        }
        Ok(!urgent)
    }

    /// Leaves out what has come true already, or can no longer.
    fn prune(&mut self, row: &LogRow, due: Vec<Intended>) -> Done<Vec<Intended>> {
        if due.is_empty() {
            return Ok(due);
        }
        let mut statement = self.db.prepare_cached("SELECT device, account FROM leaves WHERE log = ?1")?;
        let leaves = statement
            .query_map([&row.log.0[..]], |row| Ok((id_column(row, 0)?, id_column(row, 1)?)))?
            .collect::<Result<Vec<(DeviceId, AccountId)>, _>>()?;
        let devices: BTreeSet<DeviceId> = leaves.iter().map(|(device, _)| *device).collect();
        let accounts: BTreeSet<AccountId> = leaves.iter().map(|(_, account)| *account).collect();
        let thread = self.thread_by_id(row.thread)?;
        let state = thread.map(|thread| thread.state).unwrap_or_default();
        let mut left = Vec::new();
        for intended in due {
            let open = match &intended.intent {
                Intent::AddDevice(_, device) => !devices.contains(device),
                Intent::RemoveAccount(account) | Intent::RemoveLeaver(account, ..) => {
                    accounts.contains(account)
                }
                Intent::RemoveDropped(_, device, _) | Intent::AddAgain(_, device) => devices.contains(device),
                Intent::ChangeState(patch) => patch.apply(&state) != state,
                Intent::Refresh => true,
            };
            if open {
                left.push(intended);
            } else {
                self.drop_intent(intended.id)?;
            }
        }
        Ok(left)
    }

    /// Key packages of all devices to be added; `None` while some are being fetched.
    fn gather_key_packages(
        &mut self,
        log: LogId,
        due: &[Intended],
    ) -> Done<Option<Vec<(AccountId, DeviceId, Vec<u8>)>>> {
        let mut packages = Vec::new();
        let mut waiting = false;
        let adds = due.iter().filter_map(|intended| match intended.intent {
            Intent::AddDevice(account, device) | Intent::AddAgain(account, device) => {
                Some((intended.id, account, device))
            }
            _ => None,
        });
        for (id, account, device) in adds.take(ADDS) {
            if let Some(package) = self.core.session.key_packages.get(&(log, device)) {
                packages.push((account, device, package.clone()));
                continue;
            }
            let token = self.reach(account)?.into_iter().find(|(other, _)| *other == device);
            let Some((_, token)) = token else {
                self.drop_intent(id)?;
                continue;
            };
            if self.device_key(device)?.is_none() {
                self.fetch_device_keys(account, &token);
                waiting = true;
                continue;
            }
            waiting = true;
            if self.core.session.fetching.insert((log, device)) {
                let suite = self.log_row(log)?.map_or(0, |row| u32::from(row.suite.code()));
                let take = TakeKeyPackage { inbox_token: token.to_field(), suite };
                self.send(Request::TakeKeyPackage(take), Awaiting::KeyPackage { log, device });
            }
        }
        if waiting {
            self.core.session.busy.insert(Job::CommitKeys(log));
        } else {
            self.end(&Job::CommitKeys(log));
        }
        Ok((!waiting).then_some(packages))
    }

    pub fn key_package_fetched(
        &mut self,
        log: LogId,
        device: DeviceId,
        result: Result<Body, WireError>,
    ) -> Done<()> {
        self.core.session.fetching.remove(&(log, device));
        self.end(&Job::CommitKeys(log));
        self.core.session.dirty.insert(log);
        let package = match result {
            Ok(Body::KeyPackage(answer)) => answer.key_package.to_vec(),
            Ok(_) => return Err(Fail::Server("no key package")),
            Err(error) if is_passing(&error) => {
                let due = self.now_ms + retry_after(&error);
                self.db
                    .prepare_cached("UPDATE intents SET due_ms = ?3 WHERE log = ?1 AND device = ?2")?
                    .execute(params![&log.0[..], &device.0[..], due])?;
                return Ok(());
            }
            // A sibling that was linked just now has not put its key packages there yet.
            Err(_) if self.is_live_sibling(device)? => {
                let due = self.now_ms + 5_000;
                self.db
                    .prepare_cached("UPDATE intents SET due_ms = ?3 WHERE log = ?1 AND device = ?2")?
                    .execute(params![&log.0[..], &device.0[..], due])?;
                return Ok(());
            }
            Err(error) => {
                tracing::info!("a device cannot be added: {}", error.message);
                return self.give_up_adding(log, device);
            }
        };
        // The server may hand out anything: the package must be this device's, and its manifest not a stale one.
        let good = match inspect_key_package(&package) {
            Ok((_, leaf)) if leaf.device == device => {
                match (leaf.manifest(), self.known_manifest(leaf.account)?) {
                    (Ok(_), Some(known)) => known.device(device).is_some_and(|known| {
                        leaf.manifest().is_ok_and(|manifest| {
                            manifest
                                .device(device)
                                .is_some_and(|named| named.signature_key == known.signature_key)
                        })
                    }),
                    (Ok(_), None) => true,
                    _ => false,
                }
            }
            _ => false,
        };
        if !good {
            tracing::warn!("the server handed out a key package that is not the device's");
            return self.give_up_adding(log, device);
        }
        self.core.session.key_packages.insert((log, device), package);
        Ok(())
    }

    fn is_live_sibling(&self, device: DeviceId) -> Done<bool> {
        Ok(self.me()?.identity.verified_manifest().is_ok_and(|own| own.device(device).is_some()))
    }

    fn give_up_adding(&mut self, log: LogId, device: DeviceId) -> Done<()> {
        self.db
            .prepare_cached("DELETE FROM intents WHERE log = ?1 AND device = ?2 AND kind IN (0, 4)")?
            .execute(params![&log.0[..], &device.0[..]])?;
        Ok(())
    }

    fn make_commit(
        &mut self,
        row: &LogRow,
        due: &[Intended],
        packages: Vec<(AccountId, DeviceId, Vec<u8>)>,
        urgent: bool,
    ) -> Done<()> {
        let members = self.with_group(row.log, |group, _, _| Ok(group.members()))?;
        let state = self.with_group(row.log, |group, _, _| Ok(group.state()))?;
        let mut change = Change::default();
        let mut aad = CommitAad { previous: row.last_commit, ..CommitAad::default() };
        let mut removed = BTreeSet::new();
        let mut next_state = state.clone();
        for intended in due {
            match &intended.intent {
                Intent::RemoveAccount(account) => {
                    removed
                        .extend(members.iter().filter(|leaf| leaf.account == *account).map(|leaf| leaf.leaf));
                    next_state.admins.retain(|admin| admin[..] != account.0);
                }
                Intent::RemoveLeaver(account, _, statement) => {
                    removed
                        .extend(members.iter().filter(|leaf| leaf.account == *account).map(|leaf| leaf.leaf));
                    aad.leaves.extend(LeaveStatement::from_bytes(statement));
                    next_state.admins.retain(|admin| admin[..] != account.0);
                }
                Intent::RemoveDropped(_, device, manifest) => {
                    removed
                        .extend(members.iter().filter(|leaf| leaf.device == *device).map(|leaf| leaf.leaf));
                    if !aad.manifests.contains(manifest) {
                        aad.manifests.push(manifest.clone());
                    }
                }
                Intent::AddAgain(_, device) => {
                    removed
                        .extend(members.iter().filter(|leaf| leaf.device == *device).map(|leaf| leaf.leaf));
                }
                Intent::ChangeState(patch) => next_state = patch.apply(&next_state),
                Intent::AddDevice(..) | Intent::Refresh => {}
            }
        }
        let remaining: BTreeSet<AccountId> =
            members.iter().filter(|leaf| !removed.contains(&leaf.leaf)).map(|leaf| leaf.account).collect();
        self.keep_an_admin(&state, &mut next_state, &remaining)?;
        change.state = (next_state != state).then_some(next_state);
        change.remove = removed.iter().copied().collect();
        let own_manifest = self.me()?.identity.manifest.clone();
        let own_device = self.me()?.identity.device;
        let in_leaf = members.iter().find(|leaf| leaf.device == own_device);
        if in_leaf.is_some_and(|leaf| leaf.signed_manifest() != own_manifest) {
            change.new_manifest = Some(own_manifest);
        }
        let readers: Vec<ReaderSecret> = packages.iter().map(|_| ReaderSecret::new(self.random())).collect();
        aad.add_readers = readers.iter().map(ReaderSecret::hash).collect();
        change.add = packages.into_iter().map(|(_, _, package)| package).collect();

        let dropped: Vec<DeviceId> =
            members.iter().filter(|leaf| removed.contains(&leaf.leaf)).map(|leaf| leaf.device).collect();
        let made = self.with_group(row.log, |group, store, me| {
            group
                .commit(store, &me.identity, change, aad)
                .map(|pending| group.write_token().map(|token| (pending, token)))
        });
        let (pending, write_token) = match made {
            Ok(made) => made?,
            Err(Fail::Crypto(
                CryptoError::NotAllowed(_) | CryptoError::Invalid(_) | CryptoError::TooLarge(_),
            )) => {
                return self.refused_locally(row, due);
            }
            Err(error) => return Err(error),
        };
        let keep_readers =
            if dropped.is_empty() { Vec::new() } else { self.readers_without(row.log, &dropped)? };
        let client_id: [u8; 16] = self.random();
        let append = Append {
            log: row.log.into(),
            write_token: write_token.to_field(),
            client_id: client_id.to_vec().into(),
            payload: pending.bytes.clone().into(),
            commit: Some(Commit {
                previous: row.last_commit,
                next_write_hash: pending.next_write_hash.into(),
                reader_secret: row.reader.to_field(),
                urgent,
                add_readers: readers.iter().map(|reader| reader.hash().into()).collect(),
                keep_readers: keep_readers.into_iter().map(Into::into).collect(),
            }),
            seen: row.cursor,
            retry: false,
        };
        let secrets: Vec<u8> = readers.iter().flat_map(|reader| reader.expose().to_vec()).collect();
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO commits(log, hash, append, pending, readers, tried) VALUES (?1, ?2, ?3, ?4, ?5, 1)",
            )?
            .execute(params![
                &row.log.0[..],
                &Hash32::of(&[&pending.bytes]).0[..],
                append.encode_to_vec(),
                pending.to_bytes(),
                secrets
            ])?;
        self.core.session.key_packages.retain(|(log, _), _| *log != row.log);
        self.core.session.busy.insert(Job::Commit(row.log));
        self.send(Request::Append(append), Awaiting::Committed(row.log));
        Ok(())
    }

    /// A group whose last admin goes gets another: the account with the lowest id, so that all choose alike.
    fn keep_an_admin(
        &self,
        before: &ConversationState,
        next: &mut ConversationState,
        remaining: &BTreeSet<AccountId>,
    ) -> Done<()> {
        if next.kind != content::ConversationKind::Group as i32 {
            return Ok(());
        }
        let stays = |admin: &bytes::Bytes| {
            AccountId::try_from(&admin[..]).is_ok_and(|admin| remaining.contains(&admin))
        };
        let me = self.me()?.account();
        if self.is_admin(before, me) {
            next.admins.retain(stays);
        }
        if !next.admins.iter().any(stays)
            && let Some(heir) = remaining.first()
        {
            next.admins = vec![(*heir).into()];
        }
        Ok(())
    }

    /// The rules refuse our own change: single out what is wrong by dropping the newest wish.
    fn refused_locally(&mut self, row: &LogRow, due: &[Intended]) -> Done<()> {
        let Some(last) = due.last() else { return Ok(()) };
        tracing::info!(log = ?row.log, "a change is not allowed and was dropped");
        self.drop_intent(last.id)?;
        self.core.session.dirty.insert(row.log);
        self.conversation_changed(row.thread)
    }

    /// Readers of all leaves but these. Both hashes of a leaf that is replacing its reader are named.
    fn readers_without(&self, log: LogId, dropped: &[DeviceId]) -> Done<Vec<Hash32>> {
        let mut statement = self
            .db
            .prepare_cached("SELECT device, reader_hash, first_reader_hash FROM leaves WHERE log = ?1")?;
        let rows = statement
            .query_map([&log.0[..]], |row| {
                Ok((
                    id_column::<DeviceId>(row, 0)?,
                    row.get::<_, Option<Vec<u8>>>(1)?,
                    row.get::<_, Option<Vec<u8>>>(2)?,
                ))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        let mut readers = Vec::new();
        for (device, reader, first) in rows {
            if !dropped.contains(&device) {
                readers.extend(
                    [reader, first].into_iter().flatten().filter_map(|hash| Hash32::try_from(&hash[..]).ok()),
                );
            }
        }
        Ok(readers)
    }

    // ---- What became of it ----

    /// A commit made before and not yet seen in the log: sent again where this connection did not send it.
    fn resend_commit(&mut self, row: &LogRow) -> Done<bool> {
        let append: Option<Vec<u8>> = self
            .db
            .prepare_cached("SELECT append FROM commits WHERE log = ?1")?
            .query_row([&row.log.0[..]], |row| row.get(0))
            .optional()?;
        let Some(append) = append else { return Ok(false) };
        if self.begin(Job::Commit(row.log)) {
            let mut append = Append::decode(&append[..]).map_err(|_| Fail::Server("an own commit"))?;
            append.retry = true;
            self.send(Request::Append(append), Awaiting::Committed(row.log));
        }
        Ok(true)
    }

    pub fn committed(&mut self, log: LogId, result: Result<Body, WireError>) -> Done<()> {
        let error = match result {
            // It is merged when its entry comes by.
            Ok(_) => return Ok(()),
            Err(error) => error,
        };
        self.core.session.dirty.insert(log);
        match ErrorCode::try_from(error.code) {
            // Another commit won; it comes by in the log and drops ours.
            Ok(ErrorCode::ErrorStale | ErrorCode::ErrorCommitLost) => {
                self.pause(Job::Commit(log), 2_000);
                Ok(())
            }
            _ if is_passing(&error) => {
                self.pause(Job::Commit(log), retry_after(&error));
                Ok(())
            }
            _ => {
                tracing::warn!("a change was refused by the server: {}", error.message);
                self.discard_own_commit(log)?;
                self.pause(Job::Commit(log), 30_000);
                Ok(())
            }
        }
    }

    pub fn is_own_commit(&self, log: LogId, hash: Hash32) -> Done<bool> {
        let found: Option<i64> = self
            .db
            .prepare_cached("SELECT 1 FROM commits WHERE log = ?1 AND hash = ?2")?
            .query_row(params![&log.0[..], &hash.0[..]], |row| row.get(0))
            .optional()?;
        Ok(found.is_some())
    }

    /// Another commit goes first, or ours was refused.
    pub fn discard_own_commit(&mut self, log: LogId) -> Done<()> {
        let deleted = self.db.prepare_cached("DELETE FROM commits WHERE log = ?1")?.execute([&log.0[..]])?;
        if deleted > 0 {
            self.with_group(log, |group, store, _| group.discard_pending(store))?;
        }
        self.end(&Job::Commit(log));
        self.core.session.pauses.remove(&Job::Commit(log));
        Ok(())
    }

    /// Our commit is in the log: merge it, and send the Welcomes.
    pub fn own_commit_entered(&mut self, row: &mut LogRow, number: u64, entry: &LogEntry) -> Done<()> {
        let (pending, readers): (Vec<u8>, Vec<u8>) = self
            .db
            .prepare_cached("DELETE FROM commits WHERE log = ?1 RETURNING pending, readers")?
            .query_row([&row.log.0[..]], |row| Ok((row.get(0)?, row.get(1)?)))?;
        self.end(&Job::Commit(row.log));
        self.core.session.pauses.remove(&Job::Commit(row.log));
        row.last_commit = number;
        let applied = self.with_group(row.log, |group, store, _| group.merge_pending(store))?;
        self.db
            .prepare_cached("UPDATE logs SET refreshed_ms = ?2 WHERE log = ?1")?
            .execute(params![&row.log.0[..], self.now_ms])?;
        self.db
            .prepare_cached("DELETE FROM intents WHERE log = ?1 AND kind = 6 AND due_ms <= ?2")?
            .execute(params![&row.log.0[..], self.now_ms])?;
        let Some(applied) = applied else { return Ok(()) };
        self.commit_applied(row, number, entry, applied)?;
        if let Some(pending) = PendingCommit::from_bytes(&pending) {
            self.send_welcomes(row, number, pending, &readers)?;
        }
        Ok(())
    }

    fn send_welcomes(
        &mut self,
        row: &LogRow,
        entry: u64,
        pending: PendingCommit,
        readers: &[u8],
    ) -> Done<()> {
        if pending.welcomes.is_empty() {
            return Ok(());
        }
        let thread = self.thread_by_id(row.thread)?.ok_or_else(Self::missing_thread)?;
        let mut blob = None;
        let bundle = content::GroupBundle {
            group_info: pending.group_info.into(),
            readers: self.leaf_readers(row.log)?,
        };
        let bundle = bundle.encode_to_vec();
        let group_info = if bundle.len() <= INLINE_BYTES {
            content::welcome::GroupInfo::Inline(bundle.into())
        } else {
            let descriptor = self.put_welcome_blob(row.log, &bundle)?;
            blob = Some(descriptor.blob.to_vec());
            content::welcome::GroupInfo::Blob(descriptor)
        };
        let members: i64 = self
            .db
            .prepare_cached("SELECT count(*) FROM leaves WHERE log = ?1")?
            .query_row([&row.log.0[..]], |row| row.get(0))?;
        for (welcome, reader) in pending.welcomes.into_iter().zip(readers.chunks_exact(32)) {
            let tokens = if thread.pair == Some(welcome.account) {
                let token = self.give_token(Some(welcome.account))?;
                vec![content::DeviceToken {
                    device: self.me()?.identity.device.into(),
                    token: token.to_field(),
                }]
            } else {
                Vec::new()
            };
            let again: Option<i64> = self
                .db
                .prepare_cached(
                    "DELETE FROM intents WHERE log = ?1 AND device = ?2 AND kind = 4 RETURNING id",
                )?
                .query_row(params![&row.log.0[..], &welcome.device.0[..]], |row| row.get(0))
                .optional()?;
            let body = content::Welcome {
                log: row.log.into(),
                entry,
                reader_secret: reader.to_vec().into(),
                chain_hash: row.chain.into(),
                joiner: welcome.joiner.into(),
                kind: thread.state.kind,
                name: thread.state.name.clone(),
                members: members as u32,
                tokens,
                successor_of: thread.state.successor_of.clone(),
                again_for: if again.is_some() { row.log.into() } else { bytes::Bytes::new() },
                group_info: Some(group_info.clone()),
            };
            self.post(welcome.account, welcome.device, inbox_body::Kind::Welcome(body))?;
            if let Some(blob) = &blob {
                self.db
                    .prepare_cached("UPDATE posts SET blob = ?1 WHERE id = last_insert_rowid()")?
                    .execute([blob])?;
            }
        }
        Ok(())
    }

    fn leaf_readers(&self, log: LogId) -> Done<Vec<content::LeafReader>> {
        let mut statement = self
            .db
            .prepare_cached("SELECT device, coalesce(reader_hash, x''), coalesce(first_reader_hash, x'') FROM leaves WHERE log = ?1")?;
        let readers = statement.query_map([&log.0[..]], |row| {
            let field = |index: usize| row.get::<_, Vec<u8>>(index).map(bytes::Bytes::from);
            Ok(content::LeafReader { device: field(0)?, hash: field(1)?, first_hash: field(2)? })
        })?;
        Ok(readers.collect::<Result<_, _>>()?)
    }

    fn put_welcome_blob(&mut self, log: LogId, group_info: &[u8]) -> Done<content::Attachment> {
        self.core.session.chores = true;
        let key: [u8; 32] = self.random();
        let blob = BlobId(self.random());
        let secret = UploadSecret::new(self.random());
        let (data, padded) = crate::attachment::encrypt_small(&key, group_info)?;
        self.db
            .prepare_cached("INSERT INTO blobs_out(blob, secret, data, log) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![&blob.0[..], &secret.expose()[..], data, &log.0[..]])?;
        Ok(content::Attachment {
            blob: blob.into(),
            key: key.to_vec().into(),
            size_bytes: group_info.len() as u64,
            padded_bytes: padded,
            sha256: Hash32::of(&[group_info]).into(),
            ..content::Attachment::default()
        })
    }

    /// A commit, ours or another's, was applied to the group.
    pub fn commit_applied(
        &mut self,
        row: &LogRow,
        _number: u64,
        entry: &LogEntry,
        applied: AppliedCommit,
    ) -> Done<()> {
        for leaf in &applied.removed {
            self.db
                .prepare_cached("DELETE FROM leaves WHERE log = ?1 AND device = ?2")?
                .execute(params![&row.log.0[..], &leaf.device.0[..]])?;
        }
        for (leaf, reader) in applied.added.iter().zip(&applied.add_readers) {
            if let Ok(manifest) = leaf.manifest() {
                self.learn_manifest(&manifest)?;
            }
            self.db
                .prepare_cached(
                    "INSERT OR REPLACE INTO leaves(log, device, account, first_reader_hash, counter) VALUES (?1, ?2, ?3, ?4, 0)",
                )?
                .execute(params![&row.log.0[..], &leaf.device.0[..], &leaf.account.0[..], &reader.0[..]])?;
        }
        self.notice_members(row, &applied)?;
        if let (Some(old), Some(new)) = (&applied.old_state, &applied.new_state) {
            self.db
                .prepare_cached("UPDATE threads SET state = ?2, name = ?3 WHERE id = ?1 AND active_log = ?4")?
                .execute(params![row.thread, new.encode_to_vec(), new.name, &row.log.0[..]])?;
            self.notice_state_change(row.thread, applied.by.account, old, new)?;
        }
        self.conversation_changed(row.thread)?;
        // Whatever was encrypted for the epoch that ended and is not in the log by now never will be.
        self.db
            .prepare_cached("UPDATE outbox SET payload = NULL, hash = NULL WHERE sent_log = ?1")?
            .execute([&row.log.0[..]])?;
        if applied.self_removed {
            return self.close_log(row, Standing::Removed);
        }
        let note = entry.commit.as_ref().map(|note| note.next_write_hash.clone()).unwrap_or_default();
        if note[..] != applied.write_hash_next.0 {
            tracing::warn!(log = ?row.log, "a commit left a write hash that nobody can show");
            return self.log_wedged(row, applied.by.account);
        }
        Ok(())
    }

    /// A commit that broke a rule: skipped by all. If it swapped the write hash, the log is wedged.
    pub fn commit_skipped(&mut self, row: &LogRow, _number: u64, entry: &LogEntry, why: &str) -> Done<()> {
        tracing::info!(log = ?row.log, "a change of the conversation was not applied: {why}");
        let token = self.with_group(row.log, |group, _, _| group.write_token())?;
        let note = entry.commit.as_ref().map(|note| note.next_write_hash.clone()).unwrap_or_default();
        if note[..] == token.hash().0 {
            return Ok(());
        }
        self.log_wedged_by_nobody_known(row)
    }

    fn notice_members(&mut self, row: &LogRow, applied: &AppliedCommit) -> Done<()> {
        let thread = self.thread_by_id(row.thread)?;
        if thread.is_none_or(|thread| thread.kind != content::ConversationKind::Group) {
            return Ok(());
        }
        let by = self.name_of(applied.by.account)?;
        let mut told = BTreeSet::new();
        for leaf in applied.added.iter().filter(|leaf| leaf.account != applied.by.account) {
            let again = applied.removed.iter().any(|gone| gone.account == leaf.account);
            if !again && told.insert(leaf.account) {
                let who = self.name_of(leaf.account)?;
                self.notice(row.thread, &format!("{by} added {who}."))?;
            }
        }
        for leaf in &applied.removed {
            let stays: Option<i64> = self
                .db
                .prepare_cached("SELECT 1 FROM leaves WHERE log = ?1 AND account = ?2")?
                .query_row(params![&row.log.0[..], &leaf.account.0[..]], |row| row.get(0))
                .optional()?;
            if stays.is_some() || !told.insert(leaf.account) {
                continue;
            }
            let who = self.name_of(leaf.account)?;
            let left = self.core.session.leavers.contains(&(row.log, leaf.account));
            let line = match (left, applied.self_removed) {
                (_, true) => format!("{by} removed you."),
                (true, _) => format!("{who} left."),
                _ => format!("{by} removed {who}."),
            };
            self.notice(row.thread, &line)?;
        }
        Ok(())
    }
}
