//! What a place hands on to the one in which a conversation goes on: its level, what it kept of its accounts, and who was put out.

use std::collections::BTreeSet;

use casemate_content::proto::{ConversationKind, ConversationState};
use casemate_crypto::conversation::Heritage;
use casemate_crypto::{Conversation, LeafInfo};
use casemate_wire::ids::{AccountId, DeviceId, LogId};
use rusqlite::params;

use crate::core::{Ctx, Done, Fail};
use crate::log::{LogRow, State};
use crate::succession::{Joined, accounts};
use crate::thread::Thread;

impl Ctx<'_> {
    /// What a continuation of these places begins with: who broke them or was put out of them does not come along.
    pub fn heritage_of(&mut self, logs: &BTreeSet<LogId>, out: &BTreeSet<AccountId>) -> Done<Heritage> {
        let mut all = Heritage::default();
        for log in logs {
            match self.with_group(*log, |group, _, _| group.heritage()) {
                Ok(heritage) => all.join(heritage),
                // Its keys are gone.
                Err(Fail::User(_)) => {}
                Err(error) => return Err(error),
            }
        }
        all.without(out);
        Ok(all)
    }

    /// Whether a group that says that it continues a place has the level and the book which that had here. Where the server was put
    /// back members saw different ends, and a device that was dropped in one of them is put out by a member who knows that.
    pub fn keeps_heritage(&mut self, group: &Conversation, state: &ConversationState) -> Done<bool> {
        let Ok(old) = LogId::try_from(&state.successor_of[..]) else { return Ok(true) };
        let Some(row) = self.log_row(old)?.filter(|_| state.kind() == ConversationKind::Group) else {
            return Ok(true);
        };
        let heritage = match self.with_group(old, |group, _, _| group.heritage()) {
            Ok(heritage) => heritage,
            Err(Fail::User(_)) => return Ok(true),
            Err(error) => return Err(error),
        };
        Ok(group.has_level_of(&heritage) && (row.doubtful || group.keeps_floors_of(&heritage)?))
    }

    /// Whom admins put out of a continuation before this device came into it, as its group says.
    pub fn put_out_by_admins(&mut self, log: LogId, before: LogId) -> Done<BTreeSet<AccountId>> {
        let Some(view) = self.last_view(before)?.filter(|_| log != before) else {
            return Ok(BTreeSet::new());
        };
        let mut admins = accounts(&view.state.admins);
        if let Some(offender) = self.offender(before)? {
            admins.remove(&offender);
        }
        match self.with_group(log, |group, _, _| Ok(group.put_out(&admins))) {
            Ok(put_out) => Ok(put_out),
            Err(Fail::User(_)) => Ok(BTreeSet::new()),
            Err(error) => Err(error),
        }
    }

    /// An admin expects somebody no more whom this device was about to bring.
    pub fn brings_no_more(&self, log: LogId, account: AccountId) -> Done<()> {
        self.db
            .prepare_cached("DELETE FROM intents WHERE log = ?1 AND account = ?2 AND kind = 0")?
            .execute(params![&log.0[..], &account.0[..]])?;
        Ok(())
    }

    // ---- Whom a new device follows ----

    /// Whether a device is the first one of this account, and says by a Welcome that a conversation is elsewhere than in a log in which it
    /// was never heard: another own device led this one there, stolen perhaps.
    pub fn leads_from(&self, active: LogId, device: DeviceId) -> Done<bool> {
        let own = self.me()?.account();
        Ok(!self.said_anything(active, (own, device))? && self.is_primary(device)?)
    }

    /// Whether a device was heard in a log.
    pub fn said_anything(&self, log: LogId, (account, device): (AccountId, DeviceId)) -> Done<bool> {
        let mut statement = self.db.prepare_cached(
            "SELECT 1 FROM leaves WHERE log = ?1 AND account = ?2 AND device = ?3 AND counter > 0",
        )?;
        Ok(statement.exists(params![&log.0[..], &account.0[..], &device.0[..]])?)
    }

    /// The first device brings this one where it told it that the conversation is, or to what continues that.
    pub fn leads_another_way(&self, joined: &Joined<'_>) -> Done<bool> {
        let Some(thread) = self.thread_by_id(joined.thread)? else { return Ok(false) };
        let Some(active) = thread.active_log else { return Ok(false) };
        let old = LogId::try_from(&joined.state.successor_of[..]).ok();
        let told = LogId::from_hex(&thread.key);
        let Some(told) = told.filter(|told| *told == joined.log || Some(*told) == old) else {
            return Ok(false);
        };
        let group = joined.state.kind() == ConversationKind::Group;
        let own = joined.sender == self.me()?.account();
        Ok(group && own && self.log_row(told)?.is_none() && self.leads_from(active, joined.device)?)
    }

    /// Whether a chat is known here as one with somebody else. A server can tell its id to another contact.
    pub fn is_anothers_chat(&self, joined: &Joined<'_>) -> Done<bool> {
        let Some(row) = self.log_row(joined.log)? else { return Ok(false) };
        let pair = self.thread_by_id(row.thread)?.and_then(|thread| thread.pair);
        Ok(pair.is_some_and(|pair| !joined.state.members.iter().any(|member| member[..] == pair.0)))
    }

    // ---- Who was put out ----

    /// The last device of an account went from a log by a commit that this device read. `dropped`: its account had dropped it.
    pub fn account_parted(&self, log: LogId, account: AccountId, dropped: bool) -> Done<()> {
        self.db
            .prepare_cached("INSERT OR REPLACE INTO parted(log, account, dropped) VALUES (?1, ?2, ?3)")?
            .execute(params![&log.0[..], &account.0[..], dropped])?;
        Ok(())
    }

    pub fn came_in(&self, log: LogId, account: AccountId) -> Done<()> {
        self.db
            .prepare_cached("DELETE FROM parted WHERE log = ?1 AND account = ?2")?
            .execute(params![&log.0[..], &account.0[..]])?;
        Ok(())
    }

    pub fn was_put_out(&self, log: LogId, account: AccountId) -> Done<bool> {
        let mut statement =
            self.db.prepare_cached("SELECT 1 FROM parted WHERE log = ?1 AND account = ?2 AND dropped = 0")?;
        Ok(statement.exists(params![&log.0[..], &account.0[..]])?)
    }

    /// Whether what somebody says in a log is heard. In one that a conversation has left only those are who are where it goes on, or are
    /// awaited there: whoever was put out, broke the older place, or came into it alone would go on in everybody's sight. And no device
    /// that its account dropped, since nobody puts it out there.
    pub fn is_heard_in(&mut self, row: &LogRow, thread: &Thread, by: &LeafInfo) -> Done<bool> {
        let account = by.account;
        let Some(active) = thread.active_log.filter(|active| *active != row.log) else { return Ok(true) };
        if row.state != State::Replaced {
            return Ok(true);
        }
        if self.is_dropped(account, by.device)? || self.offender(row.log)? == Some(account) {
            return Ok(false);
        }
        if thread.kind != ConversationKind::Group {
            return Ok(true);
        }
        Ok(!self.leaves_of(active, account)?.is_empty() || self.is_awaited(active, account)?)
    }

    /// What such a one says is dropped. Of whom nobody put out it is said, once: they may not know where the conversation is, or have
    /// said it before their device was dropped.
    pub fn said_by_nobody_here(&mut self, row: &LogRow, thread: &Thread, account: AccountId) -> Done<()> {
        let was_put_out = match thread.active_log {
            Some(active) => self.was_put_out(active, account)?,
            None => false,
        };
        let known = was_put_out || self.offender(row.log)? == Some(account);
        if known || !self.core.session.unheard.insert((row.log, account)) {
            return Ok(());
        }
        self.unreadable(row, "its author is not where the conversation goes on")
    }

    /// Whether all of an account's devices went from a log since their account had dropped them: it is awaited there.
    pub fn is_awaited(&mut self, log: LogId, account: AccountId) -> Done<bool> {
        // What the group keeps of it is known to those who came later too.
        if let Some(row) = self.log_row(log)?
            && self.awaited(&row)?.contains(&account)
        {
            return Ok(true);
        }
        let mut statement =
            self.db.prepare_cached("SELECT 1 FROM parted WHERE log = ?1 AND account = ?2 AND dropped = 1")?;
        Ok(statement.exists(params![&log.0[..], &account.0[..]])?)
    }
}
