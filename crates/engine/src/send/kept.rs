//! What may not be said any more by the time it could leave: admins alone may speak by now, or pin. A message fails; what changes one
//! that is there waits, since it stands here already.

use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use casemate_content::proto::{ConversationKind, Who};
use casemate_wire::ids::{LogId, MessageId};
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};

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

    /// Takes out what was not sent and is not wanted any more. It may have been encrypted for an epoch that ended: then its counter
    /// would be missing, and others would read that the server may have withheld it. Where later ones are on their way the gap cannot
    /// be closed, and a deletion of what nobody has stands in its place.
    pub fn take_out(&mut self, outbox: i64) -> Done<()> {
        self.end(&Job::Outbox(outbox));
        let row: Option<(i64, Option<LogId>, Option<i64>)> = self
            .db
            .prepare_cached("DELETE FROM outbox WHERE id = ?1 RETURNING thread, sent_log, counter")?
            .query_row([outbox], |row| {
                let log: Option<Vec<u8>> = row.get(1)?;
                Ok((row.get(0)?, log.and_then(|log| LogId::try_from(&log[..]).ok()), row.get(2)?))
            })
            .optional()?;
        let Some((thread, Some(log), Some(counter))) = row else { return Ok(()) };
        if self.close_gap(log, counter)? {
            return Ok(());
        }
        let of = MessageId(self.random());
        let stand_in = content::Content {
            sent_ms: self.server_now(),
            message_id: MessageId(self.random()).into(),
            kind: Some(Kind::Delete(content::Delete { of: of.into(), ..content::Delete::default() })),
            ..content::Content::default()
        };
        let client_id: [u8; 16] = self.random();
        self.db
            .prepare_cached(
                "INSERT INTO outbox(id, thread, content, client_id, counter, sent_log) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![outbox, thread, stand_in.encode_to_vec(), &client_id[..], counter, &log.0[..]])?;
        self.thread_dirty(thread)
    }

    /// Those that wait behind a counter move up. False where one of them may be in the log already.
    fn close_gap(&mut self, log: LogId, counter: i64) -> Done<bool> {
        let closed = self
            .db
            .prepare_cached(
                "UPDATE logs SET counter = counter - 1 WHERE log = ?1 AND counter - ?2 = (
                     SELECT count(*) FROM outbox WHERE sent_log = ?1 AND outbox.counter > ?2 AND payload IS NULL)",
            )?
            .execute(params![&log.0[..], counter])?;
        if closed > 0 {
            self.db
                .prepare_cached(
                    "UPDATE outbox SET counter = counter - 1 WHERE sent_log = ?1 AND counter > ?2",
                )?
                .execute(params![&log.0[..], counter])?;
        }
        Ok(closed > 0)
    }

    /// What waits longer than what was written after it leaves no gap between the counters, which would look withheld. Where a later
    /// one is on its way or in the log, the gap is there.
    pub fn take_counter_back(&mut self, log: LogId, waiting: &Waiting) -> Done<()> {
        let Some(counter) = waiting.counter else { return Ok(()) };
        self.close_gap(log, counter)?;
        self.db.prepare_cached("UPDATE outbox SET counter = NULL WHERE id = ?1")?.execute([waiting.id])?;
        Ok(())
    }
}
