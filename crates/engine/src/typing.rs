//! Who is typing (`conversation.typing`). Told at most every few seconds, only in accepted conversations, only where
//! the person lets others see it; and who does not is not shown that others type.

use std::collections::BTreeMap;

use casemate_api::Event;
use casemate_api::command::Typing;
use casemate_content::proto as content;
use casemate_content::proto::ConversationKind;
use casemate_content::proto::ephemeral::Kind as EphemeralKind;
use casemate_wire::ids::{AccountId, LogId};

use crate::core::{Ctx, Done};
use crate::db;
use crate::ephemeral::LOGS_SHOWN;
use crate::thread::Thread;

/// Who goes on typing says so again after so long.
const AGAIN_MS: i64 = 4_000;

/// What was not said again for so long is over: two of the above may be lost.
const SHOWN_MS: i64 = 12_000;

/// In larger groups it would be noise, and many copies.
const MEMBERS: usize = 64;

/// Who types on a connection.
#[derive(Default)]
pub struct TypingNow {
    /// When this device last said that something is being typed.
    told: BTreeMap<LogId, i64>,
    /// Others, by conversation, and until when that is shown.
    others: BTreeMap<(i64, AccountId), i64>,
}

impl Ctx<'_> {
    /// Whether others may see that something is typed here, and this account that others type.
    fn typing_shown(&self) -> Done<bool> {
        Ok(db::setting(self.db, "preference/typing")?.is_none_or(|value| value != b"false"))
    }

    /// `conversation.typing`
    pub fn conversation_typing(&mut self, command: u64, wanted: &Typing) -> Done<()> {
        let thread = self.thread_by_key(&wanted.conversation)?;
        self.tell_typing(&thread, wanted.on)?;
        self.reply_nothing(command);
        Ok(())
    }

    fn tell_typing(&mut self, thread: &Thread, on: bool) -> Done<()> {
        let Some(log) = self.tellable(thread)? else { return Ok(()) };
        let last = self.core.session.typing.told.get(&log).copied();
        let recent = last.is_some_and(|last| self.now_ms - last < AGAIN_MS);
        // What was said and not taken back is taken back once; what nobody sees any more need not be.
        let wanted = if on { !recent } else { last.is_some_and(|last| self.now_ms - last < SHOWN_MS) };
        if !wanted || !self.typing_shown()? || !self.may_type(thread, log)? {
            return Ok(());
        }
        if on {
            self.core.session.typing.told.insert(log, self.now_ms);
        } else {
            self.core.session.typing.told.remove(&log);
        }
        self.send_ephemeral(log, EphemeralKind::Typing(content::Typing { on }))
    }

    fn may_type(&mut self, thread: &Thread, log: LogId) -> Done<bool> {
        let me = self.me()?.account();
        Ok(self.is_small(thread)? && self.with_group(log, |group, _, _| Ok(group.may_send(me)))?)
    }

    /// Whether others are told here what matters only now.
    pub fn is_small(&self, thread: &Thread) -> Done<bool> {
        Ok(thread.kind != ConversationKind::Own && self.thread_accounts(thread)?.len() <= MEMBERS)
    }

    /// A message was sent here: that says it already.
    pub fn typing_sent(&mut self, log: LogId) {
        self.core.session.typing.told.remove(&log);
    }

    /// Somebody types, or no longer.
    pub fn typing_received(&mut self, thread: &Thread, from: AccountId, on: bool) -> Done<()> {
        if !on {
            return self.typing_ended(thread.id, from);
        }
        if !self.typing_shown()? || self.core.session.typing.others.len() >= LOGS_SHOWN {
            return Ok(());
        }
        let until = self.now_ms.saturating_add(SHOWN_MS);
        if self.core.session.typing.others.insert((thread.id, from), until).is_none() {
            self.tell_screen(thread.id, from, true)?;
        }
        Ok(())
    }

    /// Nothing is typed any more: taken back, or the message is here.
    pub fn typing_ended(&mut self, thread: i64, from: AccountId) -> Done<()> {
        match self.core.session.typing.others.remove(&(thread, from)) {
            Some(_) => self.tell_screen(thread, from, false),
            None => Ok(()),
        }
    }

    /// Ends what was not said again.
    pub fn typing_over(&mut self) -> Done<()> {
        if self.next_typing().is_none_or(|next| next > self.now_ms) {
            return Ok(());
        }
        let others = self.core.session.typing.others.iter();
        let over: Vec<_> = others.filter(|(_, until)| **until <= self.now_ms).map(|(who, _)| *who).collect();
        for (thread, from) in over {
            self.typing_ended(thread, from)?;
        }
        Ok(())
    }

    /// The connection is gone: who typed there is not known any more.
    pub fn typing_forgotten(&mut self, typing: TypingNow) -> Done<()> {
        for (thread, from) in typing.others.into_keys() {
            self.tell_screen(thread, from, false)?;
        }
        Ok(())
    }

    pub fn next_typing(&self) -> Option<i64> {
        self.core.session.typing.others.values().min().copied()
    }

    /// Addresses of those who type in a conversation, in their order.
    pub fn typing_in(&self, thread: i64) -> Done<Vec<String>> {
        let all = self.core.session.typing.others.keys().filter(|(where_, _)| *where_ == thread);
        let mut addresses = all.map(|(_, account)| self.address_of(*account)).collect::<Done<Vec<_>>>()?;
        addresses.sort_unstable();
        Ok(addresses)
    }

    fn tell_screen(&mut self, thread: i64, from: AccountId, on: bool) -> Done<()> {
        if let Some(conversation) = self.thread_key(thread)? {
            let who = self.address_of(from)?;
            self.event(Event::Typing { conversation, who, on });
        }
        Ok(())
    }
}
