//! What does not leave any more, and is said so: a message fails, and a message that was to be changed for everyone says that it was
//! changed here alone. What the server took stays sent, and what turns out to be in the log after all is sent as well.

use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use casemate_wire::ids::{Hash32, MessageId};
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done, Job, stored};
use crate::log::LogRow;
use crate::meant::named;
use crate::message::{Row, State};

/// The newest of what was given up is recognised where it comes by in a log.
const RECOGNISED: i64 = 1_000;

impl Ctx<'_> {
    /// Takes a row out of the outbox. Nothing of it is on its way from here any more.
    pub fn give_up(&mut self, outbox: i64, why: &str) -> Done<()> {
        self.end(&Job::Outbox(outbox));
        let row: Option<Given> = self
            .db
            .prepare_cached(
                "DELETE FROM outbox WHERE id = ?1
                 RETURNING thread, message, content, sent_log, hash, payload IS NOT NULL AND taken > 0, said_to IS NOT NULL",
            )?
            .query_row([outbox], |row| {
                Ok(Given {
                    thread: row.get(0)?,
                    message: row.get(1)?,
                    content: row.get(2)?,
                    bytes: row.get::<_, Option<_>>(3)?.zip(row.get(4)?),
                    taken: row.get(5)?,
                    said_again: row.get(6)?,
                })
            })
            .optional()?;
        let Some(given) = row else { return Ok(()) };
        self.recognise_later(&given)?;
        // The server has it, and so have those who read on.
        if given.taken {
            return Ok(());
        }
        match given.message.as_deref().and_then(|id| MessageId::try_from(id).ok()) {
            Some(message) => self.set_message_state(message, State::Failed, Some(why)),
            None if given.said_again => Ok(()),
            None => self.change_failed(&given, why),
        }
    }

    /// A change for everyone is here alone.
    fn change_failed(&mut self, given: &Given, why: &str) -> Done<()> {
        let body = stored::<content::Content>(&given.content[..])?;
        let me = self.me()?.account();
        let Some((of, author)) =
            body.kind.as_ref().filter(|kind| is_change(kind)).and_then(|kind| named(kind, &me))
        else {
            return Ok(());
        };
        let Some(row) = self.meant(given.thread, of, author)? else { return Ok(()) };
        self.note_change(&row, Some(why))
    }

    /// Whether the last change for everyone failed.
    pub fn note_change(&mut self, row: &Row, failed: Option<&str>) -> Done<()> {
        let changed = self
            .db
            .prepare_cached(
                "UPDATE messages SET change_failed = ?2 WHERE id = ?1 AND change_failed IS NOT ?2",
            )?
            .execute(params![row.id, failed])?;
        if changed > 0 { self.message_changed(row) } else { Ok(()) }
    }

    /// How far the last change is that this account made to a message for everyone; none where all is done, or there was none.
    pub fn change_state(&self, row: &Row) -> Done<Option<State>> {
        let (of, author) = (row.said().into(), row.author_said());
        let waits = match (row.deleted, row.edited) {
            (true, _) => self.change_waits(row.thread, &Kind::Delete(content::Delete { of, author }))?,
            (_, true) => self.edit_waits(row)?,
            _ => false,
        };
        Ok(match waits {
            true => Some(State::Queued),
            false => row.change_failed.as_ref().map(|_| State::Failed),
        })
    }

    fn recognise_later(&mut self, given: &Given) -> Done<()> {
        let Some((log, hash)) = &given.bytes else { return Ok(()) };
        let body = stored::<content::Content>(&given.content[..])?;
        let kept = crate::again::without_words(&body).encode_to_vec();
        self.db
            .prepare_cached("INSERT INTO given_up(log, hash, message, content) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![log, hash, given.message, kept])?;
        self.db
            .prepare_cached("DELETE FROM given_up WHERE id <= (SELECT max(id) FROM given_up) - ?1")?
            .execute([RECOGNISED])?;
        Ok(())
    }

    /// Bytes that were given up are in the log: the message whose they are, and the content without its words.
    pub fn given_up_entered(&mut self, row: &LogRow, hash: Hash32) -> Done<Option<Entered>> {
        let found = self
            .db
            .prepare_cached("DELETE FROM given_up WHERE log = ?1 AND hash = ?2 RETURNING message, content")?
            .query_row(params![&row.log.0[..], &hash.0[..]], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((message, body)): Option<Entered> = found else { return Ok(None) };
        if let Some(message) = message.as_deref().and_then(|id| MessageId::try_from(id).ok()) {
            // It may wait once more.
            self.drop_unsent(message)?;
        }
        Ok(Some((message, body)))
    }
}

/// A message's id, and a content.
pub type Entered = (Option<Vec<u8>>, Vec<u8>);

/// A row that was in the outbox.
struct Given {
    thread: i64,
    message: Option<Vec<u8>>,
    content: Vec<u8>,
    /// Log and hash of what was handed to a connection.
    bytes: Option<(Vec<u8>, Vec<u8>)>,
    taken: bool,
    /// Others have it already.
    said_again: bool,
}

fn is_change(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Edit(_) | Kind::Delete(_) | Kind::Reaction(_) | Kind::Pin(_) | Kind::Vote(_) | Kind::Close(_)
    )
}
