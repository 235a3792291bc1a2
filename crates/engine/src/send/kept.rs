//! What may not be said any more by the time it could leave: admins alone may speak by now, or pin. A message fails; what changes one
//! that is there waits, since it stands here already.

use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use casemate_content::proto::{ConversationKind, Who};
use casemate_wire::ids::LogId;
use prost::Message as _;
use rusqlite::params;

use super::Waiting;
use crate::core::{Ctx, Done, Fail, Job};
use crate::message::State;
use crate::thread::Thread;

/// What admins alone may do in a group, where this account is none.
#[derive(Debug, Clone, Copy)]
pub struct KeptToAdmins {
    words: bool,
    pins: bool,
}

impl KeptToAdmins {
    pub fn holds(self, waiting: &Waiting) -> bool {
        match content::Content::decode(&waiting.content[..]).ok().and_then(|said| said.kind) {
            Some(Kind::Text(_) | Kind::Edit(_)) => self.words,
            Some(Kind::Pin(_)) => self.pins,
            _ => false,
        }
    }
}

impl Ctx<'_> {
    /// What members would drop of what this account says, since admins alone may do it by now. It waits until it may be said, or its
    /// person takes it back: else it would look said here, and be nowhere.
    pub fn kept_to_admins(&self, thread: &Thread) -> Done<Option<KeptToAdmins>> {
        let permissions = thread.state.permissions.unwrap_or_default();
        let kept = KeptToAdmins {
            words: permissions.send() == Who::Admins,
            pins: permissions.edit() == Who::Admins,
        };
        let group = thread.kind == ConversationKind::Group && (kept.words || kept.pins);
        Ok((group && !self.is_admin(&thread.state, self.me()?.account())).then_some(kept))
    }

    /// A message does not wait for that: it fails, and its person reads why and may send it again.
    pub fn may_no_longer_say(&mut self, thread: &Thread, waiting: &Waiting) -> Done<()> {
        let Some(message) = waiting.message else { return Ok(()) };
        let Err(why) = self.may_say_here(thread) else { return Ok(()) };
        let Fail::User(why) = why else { return Err(why) };
        self.db.prepare_cached("DELETE FROM outbox WHERE id = ?1")?.execute([waiting.id])?;
        self.end(&Job::Outbox(waiting.id));
        self.set_message_state(message, State::Failed, Some(&why.message))
    }

    /// What waits longer than what was written after it leaves no gap between the counters, which would look withheld. Where a later
    /// one is on its way or in the log, the gap is there.
    pub fn take_counter_back(&mut self, log: LogId, waiting: &Waiting) -> Done<()> {
        let Some(counter) = waiting.counter else { return Ok(()) };
        let taken_back = self
            .db
            .prepare_cached(
                "UPDATE logs SET counter = counter - 1 WHERE log = ?1 AND counter - ?2 = (
                     SELECT count(*) FROM outbox WHERE sent_log = ?1 AND outbox.counter > ?2 AND payload IS NULL)",
            )?
            .execute(params![&log.0[..], counter])?;
        if taken_back > 0 {
            self.db
                .prepare_cached(
                    "UPDATE outbox SET counter = counter - 1 WHERE sent_log = ?1 AND counter > ?2",
                )?
                .execute(params![&log.0[..], counter])?;
        }
        self.db.prepare_cached("UPDATE outbox SET counter = NULL WHERE id = ?1")?.execute([waiting.id])?;
        Ok(())
    }
}
