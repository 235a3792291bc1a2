//! Votes (`poll.vote`). One vote an account and poll: the last one in the log counts, so that all members, and both
//! devices of who votes twice, come to the same count. A vote for what the poll does not offer counts nothing and
//! takes nothing back. Who came into the conversation after the poll does not have it, and cannot vote.

use casemate_api::command::{PollClose, PollVote};
use casemate_api::view;
use casemate_content::proto as content;
use casemate_content::proto::content::Kind as ContentKind;
use casemate_content::proto::text::Thing;
use casemate_wire::ids::AccountId;
use rusqlite::params;

use crate::core::{Ctx, Done, id_column, invalid, not_allowed, not_found};
use crate::message::Row;

impl Ctx<'_> {
    /// `poll.vote`
    pub fn poll_vote(&mut self, command: u64, wanted: &PollVote) -> Done<()> {
        let row = self.message_by_key(&wanted.message)?;
        let thread = self.sendable_thread(&row)?;
        let Some(Thing::Poll(poll)) = row.thing().filter(|_| !row.deleted) else {
            return Err(not_found("This message is not a poll."));
        };
        if row.closed {
            return Err(not_allowed("This poll is closed."));
        }
        if row.entry.is_none() {
            return Err(not_allowed("This poll has not been sent yet."));
        }
        let Some(chosen) = choice(&poll, &wanted.options) else {
            let most = if poll.multiple { "Choose each option at most once" } else { "Choose one option" };
            return Err(invalid(format!("{most}, from 0 to {}.", poll.options.len() - 1)));
        };
        let me = self.me()?.account();
        self.set_vote(&row, me, chosen)?;
        let vote = content::PollVote {
            of: row.said().into(),
            options: wanted.options.clone(),
            author: row.author_said(),
        };
        self.queue_content(thread.id, None, ContentKind::Vote(vote))?;
        self.reply_nothing(command);
        Ok(())
    }

    /// `poll.close`
    pub fn poll_close(&mut self, command: u64, wanted: &PollClose) -> Done<()> {
        let row = self.message_by_key(&wanted.message)?;
        let thread = self.sendable_thread(&row)?;
        let is_poll = matches!(row.thing(), Some(Thing::Poll(_))) && !row.deleted;
        if !is_poll || row.account != self.me()?.account() {
            return Err(not_allowed("Whoever asked can close a poll."));
        }
        if row.entry.is_none() {
            return Err(not_allowed("This poll has not been sent yet."));
        }
        if !row.closed {
            // It counts from its place in the log on: votes that stand before it still count for all.
            let close = content::PollClose { of: row.said().into() };
            self.queue_content(thread.id, None, ContentKind::Close(close))?;
        }
        self.reply_nothing(command);
        Ok(())
    }

    /// Who asked closed a poll: its entry came by.
    pub fn poll_closed(&mut self, row: &Row) -> Done<()> {
        if row.deleted || !matches!(row.thing(), Some(Thing::Poll(_))) {
            return Ok(());
        }
        self.db.prepare_cached("UPDATE messages SET closed = 1 WHERE id = ?1")?.execute([row.id])?;
        self.message_changed(row)
    }

    /// Somebody's vote, or an own one whose entry came by.
    pub fn vote_received(&mut self, row: &Row, from: AccountId, vote: &content::PollVote) -> Done<()> {
        let Some(Thing::Poll(poll)) = row.thing().filter(|_| !row.deleted && !row.closed) else {
            return Ok(());
        };
        match choice(&poll, &vote.options) {
            Some(chosen) => self.set_vote(row, from, chosen),
            None => Ok(()),
        }
    }

    fn set_vote(&mut self, row: &Row, account: AccountId, chosen: u32) -> Done<()> {
        if chosen == 0 {
            self.db
                .prepare_cached("DELETE FROM votes WHERE message = ?1 AND account = ?2")?
                .execute(params![&row.message.0[..], &account.0[..]])?;
        } else {
            self.db
                .prepare_cached("INSERT OR REPLACE INTO votes(message, account, chosen) VALUES (?1, ?2, ?3)")?
                .execute(params![&row.message.0[..], &account.0[..], chosen])?;
        }
        self.message_changed(row)
    }

    pub fn poll_view(&self, row: &Row, poll: content::Poll) -> Done<view::Poll> {
        let message = row.message;
        let mut statement = self
            .db
            .prepare_cached("SELECT account, chosen FROM votes WHERE message = ?1 ORDER BY account")?;
        let votes = statement
            .query_map([&message.0[..]], |row| Ok((id_column::<AccountId>(row, 0)?, row.get::<_, u32>(1)?)))?
            .collect::<Result<Vec<_>, _>>()?;
        let me = self.me()?.account();
        let mut shown = view::Poll {
            question: poll.question,
            options: Vec::with_capacity(poll.options.len()),
            multiple: poll.multiple,
            closed: row.closed,
            voters: votes.len() as u32,
            mine: Vec::new(),
        };
        for (number, text) in (0u32..).zip(poll.options) {
            let mut voters = Vec::new();
            for (account, chosen) in &votes {
                if chosen & (1 << number) != 0 {
                    voters.push(self.address_of(*account)?);
                    if *account == me {
                        shown.mine.push(number);
                    }
                }
            }
            shown.options.push(view::PollOption { text, votes: voters.len() as u32, voters });
        }
        Ok(shown)
    }
}

/// The options as bits; `None` where the poll does not allow them. No option takes the vote back.
fn choice(poll: &content::Poll, options: &[u32]) -> Option<u32> {
    let mut chosen = 0u32;
    for option in options {
        let bit = 1u32.checked_shl(*option).filter(|_| (*option as usize) < poll.options.len())?;
        if chosen & bit != 0 {
            return None;
        }
        chosen |= bit;
    }
    (poll.multiple || options.len() <= 1).then_some(chosen)
}
