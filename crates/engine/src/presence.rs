//! Who is there, and when somebody was last there (`presence.set`). Nobody is told unasked, and nobody is asked but the
//! one whose chat is open:
//!
//! ```text
//! Ana opens Bob's chat ──here, when, ask──▶ Bob's devices ──here?, when──▶ Ana          again after 45 s
//!                                             Bob goes ──not here, when──▶ Ana          if she asked lately
//! ```
//! Only contacts, only in conversations of two, only where *both* chose it (`last_seen`; off from the start): the
//! question itself says when the asker was there, and who does not say is not answered. Times are whole minutes.

use std::collections::BTreeMap;

use casemate_api::command::PresenceSet;
use casemate_api::{Event, view};
use casemate_content::proto as content;
use casemate_content::proto::ephemeral::Kind as EphemeralKind;
use casemate_wire::ids::{AccountId, DeviceId, LogId};

use crate::core::{Ctx, Done, rfc3339};
use crate::db;
use crate::ephemeral::LOGS_SHOWN;
use crate::thread::Thread;

/// While a chat is open, the other one is asked again after so long.
const ASK_MS: i64 = 45_000;

/// Without another word, somebody counts as there for so long.
const HERE_MS: i64 = 75_000;

/// An answer waits up to so long, so that it does not tell how fast this device is, and is not given more often.
const ANSWER_MS: u64 = 1_500;
const ANSWERS_APART_MS: i64 = 5_000;

const MINUTE_MS: i64 = 60_000;

/// Settings rows `seen/{account}`: when contacts were last there.
const SEEN: &str = "seen/";

/// When the person was last at this device.
const ACTIVE: &str = "active_ms";

/// What the screen says of its person; outlives a connection.
#[derive(Default)]
pub struct Here {
    here: bool,
    /// The conversation of two that is open.
    watched: Option<i64>,
}

/// Who is there, on a connection.
#[derive(Default)]
pub struct PresenceNow {
    /// Others' devices, and until when they count as there.
    others: BTreeMap<AccountId, BTreeMap<DeviceId, i64>>,
    /// Conversations in which somebody asked, and until when they are told.
    askers: BTreeMap<LogId, i64>,
    /// Answers to be given, and when.
    answers: BTreeMap<LogId, i64>,
    /// When an answer was given last.
    answered: BTreeMap<LogId, i64>,
    /// When to ask again.
    ask_ms: Option<i64>,
}

impl Ctx<'_> {
    /// Whether contacts may see when this account was there, and it sees theirs.
    fn last_seen_shown(&self) -> Done<bool> {
        Ok(db::setting(self.db, "preference/last_seen")?.is_some_and(|value| value == b"true"))
    }

    /// `presence.set`
    pub fn presence_set(&mut self, command: u64, wanted: &PresenceSet) -> Done<()> {
        self.me()?;
        let watched = match wanted.conversation.as_ref().filter(|_| wanted.here) {
            Some(key) => Some(self.thread_by_key(key)?.id),
            None => None,
        };
        let was_here = std::mem::replace(&mut self.core.here.here, wanted.here);
        let changed = std::mem::replace(&mut self.core.here.watched, watched) != watched;
        if was_here || wanted.here {
            db::set_number(self.db, ACTIVE, self.server_now())?;
        }
        if was_here != wanted.here {
            self.tell_askers()?;
        }
        // A device that slept, or was carried elsewhere, may have a connection that is none any more. A question costs twenty bytes,
        // also for somebody who goes and comes each second, and none is asked while one waits for its answer.
        if wanted.here && !was_here {
            self.doubt_connection();
        }
        if changed {
            self.core.session.presence.ask_ms = watched.map(|_| self.now_ms);
        }
        self.reply_nothing(command);
        Ok(())
    }

    fn tell_askers(&mut self) -> Done<()> {
        if !self.last_seen_shown()? {
            return Ok(());
        }
        let now = self.now_ms;
        self.core.session.presence.askers.retain(|_, until| *until > now);
        for log in self.core.session.presence.askers.keys().copied().collect::<Vec<_>>() {
            self.tell_presence(log, false)?;
        }
        Ok(())
    }

    fn tell_presence(&mut self, log: LogId, ask: bool) -> Done<()> {
        let here = self.core.here.here;
        let seen = if here { self.server_now() } else { db::number(self.db, ACTIVE)? };
        self.send_presence(log, content::Presence { here, seen_ms: seen - seen.rem_euclid(MINUTE_MS), ask })
    }

    fn send_presence(&mut self, log: LogId, presence: content::Presence) -> Done<()> {
        let Some(row) = self.log_row(log)? else { return Ok(()) };
        let Some(thread) = self.thread_by_id(row.thread)? else { return Ok(()) };
        if self.tellable(&thread)? != Some(log) || thread.pair.is_none() {
            return Ok(());
        }
        self.send_ephemeral(log, EphemeralKind::Presence(presence))
    }

    /// A contact says whether they are there.
    pub fn presence_received(
        &mut self,
        thread: &Thread,
        from: AccountId,
        device: DeviceId,
        said: &content::Presence,
    ) -> Done<()> {
        if thread.pair != Some(from) || !self.last_seen_shown()? {
            return Ok(());
        }
        let Some(log) = self.tellable(thread)? else { return Ok(()) };
        if !said.here && said.seen_ms == 0 {
            return self.others_hidden(thread.id, from);
        }
        if self.core.session.presence.others.len() >= LOGS_SHOWN {
            return Ok(());
        }
        let devices = self.core.session.presence.others.entry(from).or_default();
        let was_here = !devices.is_empty();
        if said.here {
            devices.insert(device, self.now_ms.saturating_add(HERE_MS));
        } else {
            devices.remove(&device);
        }
        let is_here = !devices.is_empty();
        if !is_here {
            self.core.session.presence.others.remove(&from);
        }
        let later = self.note_seen(from, said.seen_ms)?;
        if later || was_here != is_here {
            self.tell_screen_presence(thread.id, from)?;
        }
        if said.ask {
            let presence = &mut self.core.session.presence;
            presence.askers.insert(log, self.now_ms.saturating_add(HERE_MS));
            let lately = presence.answered.get(&log).is_some_and(|at| self.now_ms - at < ANSWERS_APART_MS);
            if !lately && !presence.answers.contains_key(&log) {
                let due = self.now_ms + 200 + self.jitter(ANSWER_MS);
                self.core.session.presence.answers.insert(log, due);
            }
        }
        Ok(())
    }

    /// A contact shows it no more: what they had shown is forgotten.
    fn others_hidden(&mut self, thread: i64, from: AccountId) -> Done<()> {
        self.core.session.presence.others.remove(&from);
        self.db
            .prepare_cached("DELETE FROM settings WHERE key = ?1")?
            .execute([format!("{SEEN}{}", from.to_hex())])?;
        self.tell_screen_presence(thread, from)
    }

    /// Keeps the latest time that is not in the future.
    fn note_seen(&mut self, from: AccountId, seen_ms: i64) -> Done<bool> {
        let key = format!("{SEEN}{}", from.to_hex());
        let known = db::number(self.db, &key)?;
        if seen_ms <= known || seen_ms > self.server_now() {
            return Ok(false);
        }
        db::set_number(self.db, &key, seen_ms)?;
        Ok(true)
    }

    /// Gives answers that are due, asks again, and ends what was not said again.
    pub fn work_presence(&mut self) -> Done<()> {
        if self.next_presence().is_none_or(|next| next > self.now_ms) {
            return Ok(());
        }
        let now = self.now_ms;
        let due = |times: &BTreeMap<LogId, i64>| -> Vec<LogId> {
            times.iter().filter(|(_, at)| **at <= now).map(|(log, _)| *log).collect()
        };
        for log in due(&self.core.session.presence.answers) {
            self.core.session.presence.answers.remove(&log);
            self.core.session.presence.answered.insert(log, now);
            if self.last_seen_shown()? {
                self.tell_presence(log, false)?;
            }
        }
        if self.core.session.presence.ask_ms.is_some_and(|at| at <= now) {
            self.ask_presence()?;
        }
        let mut gone = Vec::new();
        for (account, devices) in &mut self.core.session.presence.others {
            devices.retain(|_, until| *until > now);
            if devices.is_empty() {
                gone.push(*account);
            }
        }
        for account in gone {
            self.core.session.presence.others.remove(&account);
            if let Some(thread) = self.pair_thread(account)? {
                self.tell_screen_presence(thread, account)?;
            }
        }
        Ok(())
    }

    /// Asks the one whose chat is open, and plans the next time.
    fn ask_presence(&mut self) -> Done<()> {
        self.core.session.presence.ask_ms = None;
        let Some(watched) = self.core.here.watched.filter(|_| self.core.here.here) else { return Ok(()) };
        db::set_number(self.db, ACTIVE, self.server_now())?;
        self.core.session.presence.ask_ms = Some(self.now_ms + ASK_MS);
        let log = self.thread_by_id(watched)?.filter(|thread| thread.pair.is_some());
        match log.and_then(|thread| thread.active_log) {
            Some(log) if self.last_seen_shown()? => self.tell_presence(log, true),
            _ => Ok(()),
        }
    }

    /// A new connection: who is there is asked anew once the log is followed.
    pub fn presence_again(&mut self) {
        self.core.session.presence.ask_ms = self.core.here.watched.map(|_| self.now_ms);
    }

    /// The log can be written to: what is asked there need not wait.
    pub fn presence_followed(&mut self, thread: i64) {
        if self.core.here.watched == Some(thread) {
            self.core.session.presence.ask_ms = Some(self.now_ms);
        }
    }

    /// The connection is gone: who was there is not known any more.
    pub fn presence_forgotten(&mut self, presence: PresenceNow) -> Done<()> {
        for account in presence.others.into_keys() {
            if let Some(thread) = self.pair_thread(account)? {
                self.tell_screen_presence(thread, account)?;
            }
        }
        Ok(())
    }

    /// Off: nothing that others said of themselves is kept.
    pub fn presence_hidden(&mut self) -> Done<()> {
        self.db.execute("DELETE FROM settings WHERE key >= 'seen/' AND key < 'seen0'", [])?;
        let presence = std::mem::take(&mut self.core.session.presence);
        // Whoever looks now need not wait until what they were told is old. Others are told nothing: it would say that one is there.
        let now = self.now_ms;
        for log in presence.askers.iter().filter(|(_, until)| **until > now).map(|(log, _)| *log) {
            self.send_presence(log, content::Presence::default())?;
        }
        self.presence_forgotten(presence)
    }

    pub fn next_presence(&self) -> Option<i64> {
        // Without a connection nothing is asked or answered.
        if !self.online() {
            return None;
        }
        let presence = &self.core.session.presence;
        let others = presence.others.values().flat_map(|devices| devices.values());
        others.chain(presence.answers.values()).copied().chain(presence.ask_ms).min()
    }

    /// Whether a contact is there, and when they last were.
    pub fn presence_of(&self, account: AccountId) -> Done<Option<view::Presence>> {
        if !self.last_seen_shown()? {
            return Ok(None);
        }
        let online = self.core.session.presence.others.contains_key(&account);
        let seen = db::number(self.db, &format!("{SEEN}{}", account.to_hex()))?;
        let last_seen = (seen > 0).then(|| rfc3339(seen));
        Ok((online || last_seen.is_some()).then_some(view::Presence { online, last_seen }))
    }

    fn tell_screen_presence(&mut self, thread: i64, account: AccountId) -> Done<()> {
        let Some(conversation) = self.thread_key(thread)? else { return Ok(()) };
        let presence = self.presence_of(account)?.unwrap_or_default();
        let who = self.address_of(account)?;
        self.event(Event::Presence {
            conversation,
            who,
            online: presence.online,
            last_seen: presence.last_seen,
        });
        Ok(())
    }
}
