//! A person's answers to the groups that they are asked into (`conversation.requests`), given on any of their devices. An answer is
//! told in the conversation of own devices, and its order there decides.

use casemate_api::command::InConversation;
use casemate_api::view;
use casemate_content::proto as content;
use casemate_content::proto::ConversationKind;
use casemate_content::proto::content::Kind;
use casemate_content::proto::own::Kind as OwnKind;
use casemate_wire::ids::{AccountId, LogId};
use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done, id_column, not_found, rfc3339};
use crate::succession::Consent;
use crate::thread::{Standing, Thread};

/// Invitations that are known though they were declined, by the place that they gave. Of fewer a device could not come in that was
/// away, or answered, while another one said yes.
const DECLINED: i64 = 64;

/// The offers that were answered with no: their conversations are left or declined.
pub const DECLINED_OFFERS: &str = "FROM offers JOIN threads ON threads.id = offers.thread
    WHERE offers.accepted = 0 AND threads.standing IN (1, 4)";

impl Ctx<'_> {
    /// `conversation.requests`
    pub fn conversation_requests(&mut self, command: u64) -> Done<()> {
        self.me()?;
        let mut statement = self.db.prepare_cached(
            "SELECT key, name, CASE WHEN offers.accepted = 2 THEN offers.account ELSE asked_by END, asked_devices, offers.at_ms FROM threads JOIN offers ON offers.thread = threads.id
             WHERE threads.standing = 3 AND offers.accepted = 0 OR threads.standing IN (0, 2) AND offers.log = (
                 SELECT log FROM offers AS asks WHERE asks.thread = threads.id AND asks.accepted = 2
                 ORDER BY asks.at_ms DESC, asks.log LIMIT 1)
             ORDER BY offers.at_ms",
        )?;
        let rows = statement
            .query_map([], |row| {
                let key: LogId = id_column(row, 0)?;
                let by: Option<Vec<u8>> = row.get(2)?;
                Ok((key, row.get::<_, String>(1)?, by, row.get::<_, u32>(3)?, row.get::<_, i64>(4)?))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        let mut requests = Vec::new();
        for (key, name, by, devices, at_ms) in rows {
            let by = by.and_then(|by| AccountId::try_from(&by[..]).ok());
            let from = by.map(|by| self.address_of(by)).transpose()?.unwrap_or_default();
            requests.push(view::ConversationRequest {
                conversation: key.to_hex(),
                name,
                from,
                devices,
                at: rfc3339(at_ms),
            });
        }
        self.reply(command, view::ConversationRequests { requests });
        Ok(())
    }

    /// `conversation.accept`
    pub fn conversation_accept(&mut self, command: u64, wanted: &InConversation) -> Done<()> {
        let thread = self.thread_by_key(&wanted.conversation)?;
        if let Some(log) = self.asked_to_follow(&thread)? {
            self.answer_follow(log, true)?;
            self.reply_nothing(command);
            return Ok(());
        }
        if thread.standing == Standing::Active {
            self.reply_nothing(command);
            return Ok(());
        }
        let offered = self.offered_logs(thread.id)?;
        if offered.is_empty() || matches!(thread.standing, Standing::Left | Standing::Declined) {
            return Err(not_found("There is no request for this conversation."));
        }
        for log in offered {
            self.answer_offer(log, true)?;
        }
        self.reply_nothing(command);
        Ok(())
    }

    /// `conversation.decline`: the one who asked sees nothing.
    pub fn conversation_decline(&mut self, command: u64, wanted: &InConversation) -> Done<()> {
        let thread = self.thread_by_key(&wanted.conversation)?;
        if let Some(log) = self.asked_to_follow(&thread)? {
            self.answer_follow(log, false)?;
            self.reply_nothing(command);
            return Ok(());
        }
        if thread.standing != Standing::Offered {
            return Err(not_found("There is no request for this conversation."));
        }
        for log in self.offered_logs(thread.id)? {
            self.answer_offer(log, false)?;
        }
        self.reply_nothing(command);
        Ok(())
    }

    /// Where a person in a conversation is asked to follow. Of one who left it a request to come back is answered.
    fn asked_to_follow(&mut self, thread: &Thread) -> Done<Option<LogId>> {
        if thread.is_in() {
            return self.asks_to_follow(thread.id);
        }
        self.nobody_asks_to_follow(thread.id)?;
        Ok(None)
    }

    /// The person left the conversation, and goes nowhere with it.
    pub fn nobody_asks_to_follow(&mut self, thread: i64) -> Done<()> {
        while let Some(log) = self.asks_to_follow(thread)? {
            self.drop_offer(log)?;
        }
        Ok(())
    }

    /// The person's answer, for own other devices too: by the entry that is not known any more once it was given.
    fn answer_offer(&mut self, log: LogId, accepted: bool) -> Done<()> {
        self.tell_answer(log, accepted, self.offered_entry(log)?.unwrap_or(0))?;
        self.offer_answered(log, accepted)
    }

    fn has_messages(&self, thread: i64) -> Done<bool> {
        Ok(self.db.prepare_cached("SELECT 1 FROM messages WHERE thread = ?1")?.exists([thread])?)
    }

    fn offered_logs(&self, thread: i64) -> Done<Vec<LogId>> {
        let mut statement = self.db.prepare_cached("SELECT log FROM offers WHERE thread = ?1")?;
        Ok(statement.query_map([thread], |row| id_column(row, 0))?.collect::<Result<_, _>>()?)
    }

    /// A group that was offered is wanted or not, as said here or on a sibling. Of what was declined the place is kept: another own
    /// device may have said yes later.
    pub fn offer_answered(&mut self, log: LogId, accepted: bool) -> Done<()> {
        let Some(thread) = self.thread_of_offer(log)? else { return Ok(()) };
        let consent = if accepted { Consent::Agreed } else { Consent::Open };
        self.db
            .prepare_cached("UPDATE offers SET accepted = ?2 WHERE thread = ?1")?
            .execute(params![thread.id, consent as i64])?;
        let standing = match (thread.standing, accepted) {
            (Standing::Offered | Standing::Left | Standing::Declined, true) => Standing::Active,
            // Left before, and added again: what was said until then stays where it was.
            (Standing::Offered, false) if !self.has_messages(thread.id)? => Standing::Declined,
            // Or a sibling had said yes, and this device was about to come in.
            (Standing::Offered | Standing::Active | Standing::Removed, false) => Standing::Left,
            _ => return Ok(()),
        };
        self.core.session.chores = true;
        self.set_thread_standing(thread.id, standing)?;
        self.forget_declined()
    }

    /// What this device declined was wanted on a sibling before: it was left.
    pub fn was_wanted(&mut self, log: LogId) -> Done<()> {
        match self.thread_of_offer(log)? {
            Some(thread) if thread.standing == Standing::Declined => {
                self.set_thread_standing(thread.id, Standing::Left)
            }
            _ => Ok(()),
        }
    }

    /// Of what was declined the newest are kept, without their keys.
    pub fn forget_declined(&mut self) -> Done<()> {
        self.wipe_offers()?;
        self.db
            .prepare_cached(&format!(
                "DELETE FROM offers WHERE log IN (SELECT log {DECLINED_OFFERS} ORDER BY offers.at_ms DESC LIMIT -1 OFFSET ?1)"
            ))?
            .execute([DECLINED])?;
        Ok(())
    }

    fn thread_of_offer(&self, log: LogId) -> Done<Option<Thread>> {
        let thread = self
            .db
            .prepare_cached("SELECT thread FROM offers WHERE log = ?1")?
            .query_row([&log.0[..]], |row| row.get(0))
            .optional()?;
        let Some(thread) = thread else { return Ok(None) };
        // Nobody is asked into the others.
        Ok(self.thread_by_id(thread)?.filter(|thread| thread.kind == ConversationKind::Group))
    }

    /// A group was offered that a sibling may have answered for already.
    pub fn offered_marked(&mut self, log: LogId) -> Done<()> {
        if let Some(marks) = self.early_marks(log)? {
            self.take_answer(log, &marks)?;
        }
        Ok(())
    }

    /// An own device's answer; of several the last one in the log of own devices counts. What was asked after it is another
    /// question.
    pub fn take_answer(&mut self, log: LogId, marks: &content::OwnMarks) -> Done<bool> {
        // Most marks are no answer, and what was offered is read whole.
        let Some(accepted) = marks.accepted else { return Ok(false) };
        let Some(offered) = self.entry_of_offer(log)? else { return Ok(false) };
        let meant = marks.offered_entry == 0 || offered <= marks.offered_entry;
        if meant {
            self.offer_answered(log, accepted)?;
        }
        Ok(meant)
    }

    /// Whether this device has answered the same question, which comes after this answer in the log of own devices.
    pub fn answer_follows(&mut self, log: LogId, marks: &content::OwnMarks) -> Done<bool> {
        let (Some(accepted), Some(own)) = (marks.accepted, self.own_thread()?) else { return Ok(false) };
        let same = |kind: Option<Kind>| {
            let Some(Kind::Own(content::Own { kind: Some(OwnKind::Marks(later)) })) = kind else {
                return false;
            };
            later.log[..] == log.0
                && later.accepted.is_some()
                && (later.offered_entry == 0 || later.offered_entry >= marks.offered_entry)
        };
        if !self.waiting_kinds(own)?.into_iter().any(|(_, kind)| same(kind)) {
            return Ok(false);
        }
        if accepted {
            self.was_wanted(log)?;
        }
        Ok(true)
    }

    /// Tells siblings whether a group is wanted that was offered by this entry at the latest.
    pub fn tell_answer(&mut self, log: LogId, accepted: bool, entry: u64) -> Done<()> {
        let marks = content::OwnMarks {
            log: log.into(),
            accepted: Some(accepted),
            offered_entry: entry,
            ..content::OwnMarks::default()
        };
        self.tell_siblings(OwnKind::Marks(marks))
    }
}
