//! Intents: what somebody wants a group to become. They are rows; they survive lost races and crashes, and go away
//! when the group is as they want it. `commit` makes them come true.

use std::collections::BTreeSet;

use casemate_api::command::{Allowed, PermissionsSet};
use casemate_content::proto as content;
use casemate_content::proto::{ConversationKind, ConversationState, Who};
use casemate_wire::ids::{AccountId, DeviceId, LogId};
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use crate::core::{Ctx, Done, id_column};
use crate::log::LogRow;
use crate::thread::Standing;

/// How long a leaf keeps its keys. Shorter heals sooner and makes more commits.
pub const REFRESH_MS: i64 = 7 * 24 * 3_600_000;

/// A refresh waits at least so long after connecting, and up to so much longer.
const REFRESH_SOON_MS: i64 = 60_000;
const REFRESH_JITTER_MS: u64 = 3_600_000;

/// New keys of all devices of a conversation are spread over so long for each: the server takes one such commit every 30 s.
const REFRESH_EACH_MS: u64 = 30_000;

pub fn spread_over(devices: u64) -> u64 {
    (REFRESH_EACH_MS * devices).min(REFRESH_JITTER_MS)
}

/// New recovery words are shown in each conversation within so long.
const SHOWN_JITTER_MS: u64 = 20_000;

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
    /// This device lost its state and asked to be added again: what it sent (`again_place`).
    AddAgain(AccountId, DeviceId, Vec<u8>),
    /// Nothing was heard of this device for long (`healing::unheard`).
    RemoveUnheard(AccountId, DeviceId),
    /// Name, picture, admins and so on.
    ChangeState(StatePatch),
    /// New keys for the own leaf, and the newest own manifest in it.
    Refresh,
}

/// What somebody wants changed in a group's state.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StatePatch {
    pub name: Option<String>,
    #[serde(default)]
    pub description: Option<String>,
    /// Encoded content.proto Attachment; empty removes it.
    pub picture: Option<Vec<u8>>,
    pub disappearing_seconds: Option<u32>,
    /// Account ids in hexadecimal.
    pub admins: Option<Vec<String>>,
    #[serde(default)]
    pub admins_add: Vec<String>,
    #[serde(default)]
    pub admins_remove: Vec<String>,
    pub permissions: Option<PermissionsSet>,
}

impl StatePatch {
    pub fn apply(&self, state: &ConversationState) -> ConversationState {
        let mut next = state.clone();
        if let Some(name) = &self.name {
            next.name.clone_from(name);
        }
        if let Some(description) = &self.description {
            next.description.clone_from(description);
        }
        if let Some(picture) = &self.picture {
            next.picture = content::Attachment::decode(&picture[..]).ok().filter(|_| !picture.is_empty());
        }
        if let Some(seconds) = self.disappearing_seconds {
            next.disappearing_seconds = seconds;
        }
        let accounts = |admins: &[String]| -> Vec<bytes::Bytes> {
            admins.iter().filter_map(|admin| AccountId::from_hex(admin)).map(Into::into).collect()
        };
        if let Some(admins) = &self.admins {
            next.admins = accounts(admins);
        }
        let removed = accounts(&self.admins_remove);
        let mut admins = next.admins.clone();
        admins.retain(|admin| !removed.contains(admin));
        let new = accounts(&self.admins_add).into_iter().filter(|admin| !next.admins.contains(admin));
        admins.extend(new);
        // Somebody else may have taken the other ones away meanwhile.
        if !admins.is_empty() {
            next.admins = admins;
        }
        if let Some(permissions) = &self.permissions {
            let who = |allowed: Allowed| match allowed {
                Allowed::Members => Who::Members as i32,
                Allowed::Admins => Who::Admins as i32,
            };
            let now = next.permissions.unwrap_or_default();
            next.permissions = Some(content::Permissions {
                add: permissions.add.map_or(now.add, who),
                edit: permissions.edit.map_or(now.edit, who),
                send: permissions.send.map_or(now.send, who),
            });
        }
        next
    }

    /// The same among those who are there: nobody who has gone meanwhile becomes an admin.
    pub fn apply_among(&self, state: &ConversationState, there: &BTreeSet<AccountId>) -> ConversationState {
        let mut next = self.apply(state);
        let is_there =
            |admin: &bytes::Bytes| AccountId::try_from(&admin[..]).is_ok_and(|admin| there.contains(&admin));
        next.admins.retain(|admin| state.admins.contains(admin) || is_there(admin));
        if !next.admins.iter().any(is_there) {
            next.admins.clone_from(&state.admins);
        }
        next
    }
}

/// An intent's row.
pub struct Intended {
    pub id: i64,
    pub intent: Intent,
    pub urgent: bool,
    /// What this person had said by then, up to this row of the outbox, goes first.
    pub behind: i64,
}

impl Ctx<'_> {
    /// Notes an intent, at once: also where the clock is put back before it has come true.
    pub fn intend(&mut self, log: LogId, intent: Intent, urgent: bool) -> Done<()> {
        self.intend_at(log, intent, urgent, 0)
    }

    /// The same behind what was said before: who is added does not read it, and a timer that is set or taken away is not its timer. Other
    /// changes wait for no words: where several people change something again and again, each would wait for its turn in between.
    pub fn intend_after_words(&mut self, log: LogId, intent: Intent) -> Done<()> {
        let newest: i64 = self
            .db
            .prepare_cached("SELECT coalesce(max(id), 0) FROM intents")?
            .query_row([], |row| row.get(0))?;
        self.intend(log, intent, true)?;
        self.db
            .prepare_cached(
                "UPDATE intents SET behind = (
                     SELECT coalesce(max(outbox.id), 0) FROM outbox JOIN logs USING (thread) WHERE log = ?1)
                 WHERE log = ?1 AND id > ?2",
            )?
            .execute(params![&log.0[..], newest])?;
        Ok(())
    }

    /// How many devices a log has or is about to have.
    pub fn devices_expected(&self, log: LogId) -> Done<usize> {
        let mut count = self.db.prepare_cached(
            "SELECT count(*) FROM (SELECT account, device FROM leaves WHERE log = ?1
             UNION SELECT account, device FROM intents WHERE log = ?1 AND kind = 0)",
        )?;
        let devices: i64 = count.query_row([&log.0[..]], |row| row.get(0))?;
        Ok(usize::try_from(devices).unwrap_or(usize::MAX))
    }

    /// How many accounts a log has or is about to have.
    pub fn accounts_expected(&self, log: LogId) -> Done<usize> {
        let mut count = self.db.prepare_cached(
            "SELECT count(*) FROM (SELECT account FROM leaves WHERE log = ?1
             UNION SELECT account FROM intents WHERE log = ?1 AND kind = 0)",
        )?;
        let accounts: i64 = count.query_row([&log.0[..]], |row| row.get(0))?;
        Ok(usize::try_from(accounts).unwrap_or(usize::MAX))
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
            Intent::AddAgain(account, device, ask) => (4, Some(account), Some(device), Some(ask)),
            Intent::ChangeState(patch) => (5, None, None, serde_json::to_vec(&patch).ok()),
            Intent::Refresh => (6, None, None, None),
            Intent::RemoveUnheard(account, device) => (7, Some(account), Some(device), None),
        };
        let account = account.map(|account| account.0.to_vec());
        let device = device.map(|device| device.0.to_vec());
        // The same wish once, with the newest word of whoever asks again, but every change of state in its order.
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
                .prepare_cached(
                    "UPDATE intents SET due_ms = min(due_ms, ?2), urgent = max(urgent, ?3),
                     data = CASE WHEN kind = 4 AND length(?4) > 0 THEN ?4 ELSE data END WHERE id = ?1",
                )?
                .execute(params![id, due_ms, urgent, data])?,
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

    /// A thread goes on in another log: those who were to come or go there are to do so here, and so are changes.
    pub fn take_wishes_along(&mut self, thread: i64, log: LogId) -> Done<()> {
        let moved = self
            .db
            .prepare_cached(
                "UPDATE intents SET log = ?2
                 WHERE log = (SELECT active_log FROM threads WHERE id = ?1) AND log != ?2 AND kind IN (0, 1, 5)
                 AND (kind = 5 OR NOT EXISTS (
                     SELECT 1 FROM intents AS here WHERE here.log = ?2 AND here.kind = intents.kind
                         AND here.account IS intents.account AND here.device IS intents.device))",
            )?
            .execute(params![thread, &log.0[..]])?;
        if moved > 0 {
            self.core.session.dirty.insert(log);
            self.wake_for_intents(log)?;
        }
        Ok(())
    }

    pub fn due_intents(&self, log: LogId) -> Done<Vec<Intended>> {
        let mut statement = self.db.prepare_cached(
            "SELECT id, kind, account, device, data, urgent, behind FROM intents WHERE log = ?1 AND due_ms <= ?2 ORDER BY id",
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
                4 => Intent::AddAgain(account()?, device()?, data()?),
                // What cannot be read changes nothing.
                5 => Intent::ChangeState(serde_json::from_slice(&data()?).ok().unwrap_or_default()),
                7 => Intent::RemoveUnheard(account()?, device()?),
                _ => Intent::Refresh,
            };
            Ok(Intended { id: row.get(0)?, intent, urgent: row.get(5)?, behind: row.get(6)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether a device that its account dropped is still in here. Nothing is written that it could read: whoever has
    /// words to say does not wait for its turn to put it out, and the rest waits. Only those who speak hurry, so that
    /// there is no storm.
    pub fn hurry_removals(&mut self, row: &LogRow) -> Done<bool> {
        self.db
            .prepare_cached(
                "UPDATE intents SET due_ms = ?3 WHERE log = ?1 AND kind = 2 AND due_ms > ?3
                 AND EXISTS (SELECT 1 FROM outbox WHERE thread = ?2 AND message IS NOT NULL)",
            )?
            .execute(params![&row.log.0[..], row.thread, self.now_ms])?;
        Ok(self
            .db
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM intents JOIN leaves USING (log, account, device) WHERE log = ?1 AND kind = 2)",
            )?
            .query_row([&row.log.0[..]], |row| row.get(0))?)
    }

    pub fn wake_for_intents(&mut self, log: LogId) -> Done<()> {
        let next: Option<i64> = self
            .db
            .prepare_cached("SELECT min(due_ms) FROM intents WHERE log = ?1 AND due_ms > ?2")?
            .query_row(params![&log.0[..], self.now_ms], |row| row.get(0))?;
        if let Some(due) = next {
            self.core.session.wake.insert((due, Some(log)));
        }
        Ok(())
    }

    pub fn drop_intent(&self, id: i64) -> Done<()> {
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
    /// and only when all is read. A device that stays connected for weeks looks again when the next one is due.
    pub fn plan_refreshes(&mut self) -> Done<()> {
        let now = self.now_ms;
        if (now + 1..=now + REFRESH_MS + 1).contains(&self.core.session.refreshes_due_ms) {
            return Ok(());
        }
        // Nothing waits so long: what is due later was noted while the clock was ahead.
        self.db
            .prepare_cached("UPDATE intents SET due_ms = ?1 WHERE due_ms > ?2")?
            .execute([now, now + REFRESH_MS])?;
        self.spread_refreshes()?;
        let next: Option<i64> = self
            .db
            .prepare_cached(
                "SELECT min(refreshed_ms) FROM logs WHERE state = 0 AND refreshed_ms BETWEEN ?1 AND ?2",
            )?
            .query_row([now - REFRESH_MS, now], |row| row.get(0))?;
        let next = next.unwrap_or(now) + REFRESH_MS + 1;
        self.core.session.refreshes_due_ms = next;
        self.core.session.wake.insert((next, None));
        let old =
            "refreshed_ms NOT BETWEEN ?1 AND ?2 AND log NOT IN (SELECT log FROM intents WHERE kind = 6)";
        for log in self.to_refresh(old, [now - REFRESH_MS, now])? {
            let due = now + REFRESH_SOON_MS + self.jitter(REFRESH_JITTER_MS);
            self.intend_at(log, Intent::Refresh, false, due)?;
        }
        Ok(())
    }

    /// Those whose time came while this device was away: many come back at once, as to a group that they were all added to.
    fn spread_refreshes(&mut self) -> Done<()> {
        let late: Vec<(i64, i64)> = self
            .db
            .prepare_cached(
                "SELECT id, (SELECT count(*) FROM leaves WHERE leaves.log = intents.log) FROM intents
                 WHERE kind = 6 AND urgent = 0 AND due_ms <= ?1",
            )?
            .query_map([self.now_ms], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        for (id, devices) in late {
            let due = self.now_ms + self.jitter(spread_over(devices.unsigned_abs()));
            self.db.prepare_cached("UPDATE intents SET due_ms = ?2 WHERE id = ?1")?.execute([id, due])?;
            self.core.session.wake.insert((due, None));
        }
        Ok(())
    }

    /// Shows the newest own document in every conversation soon. Until then a member who is in on it can add a device there by a
    /// document that replaced words sign: the group's rules know no better than the leaves.
    pub fn show_document_everywhere(&mut self) -> Done<()> {
        for log in self.to_refresh("TRUE", [])? {
            let due = self.now_ms + self.jitter(SHOWN_JITTER_MS);
            self.intend_at(log, Intent::Refresh, true, due)?;
        }
        Ok(())
    }

    /// Conversations with somebody in them of which this is so, in SQL, and that of own devices: what is said there by one that is alone
    /// lies on the server too.
    fn to_refresh(&self, condition: &str, arguments: impl rusqlite::Params) -> Done<Vec<LogId>> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT log FROM logs WHERE state = 0 AND created = 1 AND {condition}
             AND (log IN (SELECT log FROM leaves GROUP BY log HAVING count(*) > 1)
                  OR log IN (SELECT active_log FROM threads WHERE kind = {own}))",
            own = ConversationKind::Own as i32
        ))?;
        let logs = statement.query_map(arguments, |row| id_column(row, 0))?;
        Ok(logs.collect::<Result<_, _>>()?)
    }

    /// Leaves out what has come true already, or can no longer.
    pub fn prune(&mut self, row: &LogRow, due: Vec<Intended>) -> Done<Vec<Intended>> {
        if due.is_empty() {
            return Ok(due);
        }
        let mut statement = self.db.prepare_cached("SELECT account, device FROM leaves WHERE log = ?1")?;
        let devices = statement
            .query_map([&row.log.0[..]], |row| Ok((id_column(row, 0)?, id_column(row, 1)?)))?
            .collect::<Result<BTreeSet<(AccountId, DeviceId)>, _>>()?;
        let accounts: BTreeSet<AccountId> = devices.iter().map(|(account, _)| *account).collect();
        let thread = self.thread_by_id(row.thread)?;
        let has_left = thread.as_ref().is_some_and(|thread| thread.standing == Standing::Left);
        let state = thread.map(|thread| thread.state).unwrap_or_default();
        let coming = due.iter().filter_map(|intended| match intended.intent {
            Intent::AddDevice(account, _) => Some(account),
            _ => None,
        });
        let coming: BTreeSet<AccountId> = coming.collect();
        let (there, arriving) = (&accounts | &coming, &coming - &accounts);
        let going = due.iter().filter_map(|intended| match intended.intent {
            Intent::RemoveAccount(account) | Intent::RemoveLeaver(account, ..) => Some(account),
            _ => None,
        });
        let going: BTreeSet<AccountId> = going.filter(|account| accounts.contains(account)).collect();
        let gone = |intended: &Intended| matches!(&intended.intent, Intent::RemoveAccount(account) if !accounts.contains(account));
        // All together, in their order: what is changed and changed back is no wish, and the second of both is one until then.
        let changed = due.iter().fold(state.clone(), |state, intended| match &intended.intent {
            Intent::ChangeState(patch) => patch.apply_among(&state, &there),
            _ => state,
        });
        let awaited = if due.iter().any(gone) { self.awaited(row)? } else { Vec::new() };
        let mut left = Vec::new();
        for intended in due {
            // First they go, then they are added.
            if matches!(&intended.intent, Intent::AddDevice(account, _) if going.contains(account)) {
                continue;
            }
            // Where a log goes on all of it come along, and then they go.
            if matches!(&intended.intent, Intent::RemoveAccount(account) if arriving.contains(account)) {
                continue;
            }
            let open = match &intended.intent {
                Intent::AddDevice(account, device) => !devices.contains(&(*account, *device)),
                Intent::RemoveAccount(account) => accounts.contains(account) || awaited.contains(account),
                Intent::RemoveLeaver(account, ..) => accounts.contains(account),
                Intent::RemoveDropped(account, device, _) => devices.contains(&(*account, *device)),
                // It may have been taken out while it was silent.
                Intent::AddAgain(account, ..) => accounts.contains(account),
                Intent::RemoveUnheard(account, device) => {
                    devices.contains(&(*account, *device)) && self.takes_out(row.log, *account, *device)?
                }
                Intent::ChangeState(_) => changed != state,
                // The word that this device leaves counts for its leaf as it is.
                Intent::Refresh => !has_left,
            };
            if open {
                left.push(intended);
            } else {
                self.drop_intent(intended.id)?;
            }
        }
        Ok(left)
    }
}
