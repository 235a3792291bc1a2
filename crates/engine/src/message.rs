//! Messages as rows and as the interface shows them (`message.list`).

use std::ops::Range;

use casemate_api::command::{AttachmentKind, MessageList};
use casemate_api::view;
use casemate_content::proto as content;
use casemate_wire::ids::{AccountId, LogId, MessageId};
use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done, id_column, invalid, not_found, parse_rfc3339, rfc3339};
use crate::log::LATEST_MS;
use crate::thread::Thread;

/// What a row in `messages` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Somebody's words and files.
    Text = 0,
    /// Casemate's own words in a conversation.
    Notice = 1,
    /// Of a kind that this version does not know.
    Unknown = 2,
}

/// How far a message is. Own messages go up from `Queued` to `Read`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Stored here, not yet on the server.
    Queued = 0,
    /// The server has it, durably.
    Sent = 1,
    /// All other members have it.
    Delivered = 2,
    /// All other members have read it.
    Read = 3,
    /// Somebody else's.
    Received = 4,
    /// Cannot be sent.
    Failed = 6,
    /// Waits for its time; not among the messages yet.
    Scheduled = 7,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Received => "received",
            Self::Failed => "failed",
            Self::Scheduled => "scheduled",
        }
    }

    fn from_column(value: i64) -> Self {
        match value {
            0 => Self::Queued,
            1 => Self::Sent,
            2 => Self::Delivered,
            3 => Self::Read,
            6 => Self::Failed,
            _ => Self::Received,
        }
    }
}

/// Somebody else's words, in SQL: they count as unread until they are read.
pub const COUNTED: &str = "state = 4 AND kind != 1 AND deleted = 0 AND imported = 0";

/// Messages not yet in the log stand after all that are.
pub const QUEUED_POSITION: i64 = 1 << 60;

/// The row of the newest message that came as it was said, in SQL. Search goes by rows from the newest to the oldest; what is brought
/// along from an earlier time, in whatever order that comes, stands below nought, see [`Ctx::old_row`].
pub const LAST_ROW: &str = "(SELECT coalesce(max(id), 0) FROM messages WHERE id > 0)";

/// Rows for a millisecond of the past, as a power of two: an export without seconds has all messages of a minute in one. More would
/// not fit below nought until the year 9999.
const MS_BITS: u32 = 14;

/// Most messages in one answer.
const PAGE: u32 = 1_000;

/// A message's row.
pub struct Row {
    pub message: MessageId,
    pub thread: i64,
    pub position: i64,
    pub account: AccountId,
    pub at_ms: i64,
    pub kind: i64,
    pub text: String,
    pub reply_to: Option<Vec<u8>>,
    pub mentions: Option<Vec<u8>>,
    pub state: State,
    pub why: Option<String>,
    pub edited: bool,
    pub deleted: bool,
    pub starred: bool,
    pub pinned: bool,
    pub view_once: bool,
    pub closed: bool,
    pub opened: bool,
    pub imported: bool,
    pub author: String,
    pub shared_by: Option<AccountId>,
    pub listened: bool,
    pub id: i64,
    pub forwarded: u32,
    pub thing: Option<Vec<u8>>,
    pub log: Option<LogId>,
    pub entry: Option<i64>,
    /// The sender's id, where the row has another.
    pub said_id: Option<MessageId>,
    /// Who said what is answered, where the answer names them.
    pub reply_author: Option<Vec<u8>>,
    /// Why what this account last did to it for everyone did not leave.
    pub change_failed: Option<String>,
    /// Its time is over by a clock that may be wrong: nobody sees it.
    pub is_hidden: bool,
}

/// Characters of a text that is answered.
const QUOTE_CHARS: usize = 200;

impl Row {
    /// Whether these are the words of a request to talk, which came outside any log.
    fn is_request(&self) -> bool {
        let told = matches!(self.state, State::Read | State::Received);
        let brought = self.imported || self.shared_by.is_some();
        told && self.kind == Kind::Text as i64 && self.log.is_none() && !brought
    }
}

pub const ROW: &str = "SELECT message, thread, position, account, at_ms, kind, text, reply_to, mentions, state, why, edited, deleted, starred, pinned, view_once, messages.id, forwarded, thing, log, entry, closed, opened, messages.imported, author, shared_by, listened, said_id, reply_author, change_failed FROM messages";

pub fn message_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    // Negative where the message is hidden.
    let thread: i64 = row.get(1)?;
    Ok(Row {
        message: id_column(row, 0)?,
        thread: thread.abs(),
        is_hidden: thread < 0,
        position: row.get(2)?,
        account: id_column(row, 3)?,
        at_ms: row.get(4)?,
        kind: row.get(5)?,
        text: row.get(6)?,
        reply_to: row.get(7)?,
        mentions: row.get(8)?,
        state: State::from_column(row.get(9)?),
        why: row.get(10)?,
        edited: row.get(11)?,
        deleted: row.get(12)?,
        starred: row.get(13)?,
        pinned: row.get(14)?,
        view_once: row.get(15)?,
        id: row.get(16)?,
        forwarded: row.get(17)?,
        thing: row.get(18)?,
        log: row.get::<_, Option<Vec<u8>>>(19)?.and_then(|log| LogId::try_from(&log[..]).ok()),
        entry: row.get(20)?,
        closed: row.get(21)?,
        opened: row.get(22)?,
        imported: row.get(23)?,
        author: row.get(24)?,
        shared_by: row.get::<_, Option<Vec<u8>>>(25)?.and_then(|by| AccountId::try_from(&by[..]).ok()),
        listened: row.get(26)?,
        said_id: row.get::<_, Option<Vec<u8>>>(27)?.and_then(|id| MessageId::try_from(&id[..]).ok()),
        reply_author: row.get(28)?,
        change_failed: row.get(29)?,
    })
}

impl Ctx<'_> {
    pub fn find_message(&self, message: MessageId) -> Done<Option<Row>> {
        let mut statement = self.db.prepare_cached(&format!("{ROW} WHERE message = ?1"))?;
        Ok(statement.query_row([&message.0[..]], message_row).optional()?)
    }

    /// A message by its id in the interface.
    pub fn message_by_key(&self, key: &str) -> Done<Row> {
        let unknown = || not_found("There is no such message.");
        let found = self.find_message(MessageId::from_hex(key).ok_or_else(unknown)?)?;
        found.filter(|row| !row.is_hidden).ok_or_else(unknown)
    }

    /// `message.list`
    pub fn message_list(&mut self, command: u64, wanted: &MessageList) -> Done<()> {
        let thread = self.thread_by_key(&wanted.conversation)?;
        let limit = wanted.limit.unwrap_or(50).min(PAGE);
        let position = |ctx: &Self, key: &Option<String>| -> Done<Option<i64>> {
            match key {
                None => Ok(None),
                Some(key) => {
                    let row = ctx.message_by_key(key)?;
                    if row.thread != thread.id {
                        return Err(invalid("This message is in another conversation."));
                    }
                    Ok(Some(row.position))
                }
            }
        };
        let before = match &wanted.before {
            None if wanted.read => self.first_unread(&thread)?,
            before => position(self, before)?.unwrap_or(i64::MAX),
        };
        let after = match &wanted.from {
            None if wanted.unread => Some(self.first_unread(&thread)? - 1),
            None => position(self, &wanted.after)?,
            Some(from) => Some(self.before_time(thread.id, from)?),
        };
        // After a message the oldest come first; otherwise the newest are wanted.
        let order = if after.is_some() { "ASC" } else { "DESC" };
        let mut statement = self.db.prepare_cached(&format!(
            "{ROW} WHERE thread = ?1 AND position > ?2 AND position < ?3 ORDER BY position {order} LIMIT ?4"
        ))?;
        let mut rows = statement
            .query_map(params![thread.id, after.unwrap_or(i64::MIN), before, limit], message_row)?
            .collect::<Result<Vec<_>, _>>()?;
        if after.is_none() {
            rows.reverse();
        }
        let messages = self.message_views(&rows)?;
        self.reply(command, view::Messages { messages });
        Ok(())
    }

    /// The place of the first message that counts as unread; the end where none does. What stands between it and what was
    /// read, as notices and what this account said, needs no reading.
    fn first_unread(&self, thread: &Thread) -> Done<i64> {
        let position: Option<i64> = self
            .db
            .prepare_cached(&format!(
                "SELECT min(position) FROM messages WHERE thread = ?1 AND position > ?2 AND {COUNTED}"
            ))?
            .query_row(params![thread.id, thread.read_position], |row| row.get(0))?;
        Ok(position.unwrap_or(i64::MAX))
    }

    /// The place just before the first message from a time on; the end where there is none.
    fn before_time(&self, thread: i64, from: &str) -> Done<i64> {
        let at_ms = parse_rfc3339(from)
            .ok_or_else(|| invalid("The time to list from looks like 2026-11-20T18:00:00Z."))?;
        let position: Option<i64> = self
            .db
            .prepare_cached(
                "SELECT position FROM messages WHERE thread = ?1 AND at_ms >= ?2 ORDER BY position LIMIT 1",
            )?
            .query_row(params![thread, at_ms], |row| row.get(0))
            .optional()?;
        Ok(position.map_or(i64::MAX, |position| position - 1))
    }

    /// A free row for a message from an earlier time: above those of what was said before and below what was said after, and in the
    /// order of the conversation where that was at the same time.
    pub fn old_row(&self, thread: i64, position: i64, at_ms: i64) -> Done<i64> {
        let mut at_ms = at_ms.clamp(0, LATEST_MS);
        let mut later = None;
        loop {
            let first = (at_ms << MS_BITS) - (1 << 62);
            let rows = first..first + (1 << MS_BITS);
            let (lowest, highest): (Option<i64>, Option<i64>) = self
                .db
                .prepare_cached(
                    "SELECT (SELECT min(id) FROM messages WHERE id >= ?1 AND id < ?2),
                         (SELECT max(id) FROM messages WHERE id >= ?1 AND id < ?2)",
                )?
                .query_row(params![rows.start, rows.end], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let Some((lowest, highest)) = lowest.zip(highest) else {
                return Ok(first + (1 << (MS_BITS - 1)));
            };
            let is_later = match later {
                Some(known) => known,
                None => self.is_later(&rows, thread, position)?,
            };
            later = Some(is_later);
            let row = if is_later { highest + 1 } else { lowest - 1 };
            if rows.contains(&row) {
                return Ok(row);
            }
            at_ms += if is_later { 1 } else { -1 };
        }
    }

    /// Whether a message comes after those of its conversation that are in these rows.
    fn is_later(&self, rows: &Range<i64>, thread: i64, position: i64) -> Done<bool> {
        let newest: Option<i64> = self
            .db
            .prepare_cached(
                "SELECT position FROM messages WHERE id >= ?1 AND id < ?2 AND +thread = ?3 ORDER BY id DESC LIMIT 1",
            )?
            .query_row(params![rows.start, rows.end, thread], |row| row.get(0))
            .optional()?;
        Ok(newest.is_none_or(|newest| newest < position))
    }

    pub fn message_views(&self, rows: &[Row]) -> Done<Vec<view::Message>> {
        rows.iter().map(|row| self.message_view(row)).collect()
    }

    pub fn message_view(&self, row: &Row) -> Done<view::Message> {
        let mut shown = self.message_alone(row)?;
        if let Some(id) = &row.reply_to
            && let Some(answered) =
                self.meant(row.thread, id, row.reply_author.as_deref().unwrap_or_default())?
        {
            shown.reply_to = Some(answered.message.to_hex());
            shown.answers = Some(Box::new(self.quote(&answered)?));
        }
        Ok(shown)
    }

    /// What a message answers, as it stands above the answer.
    fn quote(&self, answered: &Row) -> Done<view::Message> {
        let mut quote = self.message_alone(answered)?;
        if let Some((end, _)) = quote.text.char_indices().nth(QUOTE_CHARS) {
            quote.text.truncate(end);
        }
        quote.reactions.clear();
        quote.mentions.clear();
        quote.preview = None;
        // Its text is the question; who voted for what is asked of the poll itself.
        quote.poll = None;
        // An answer to what is shown once does not show it again, or take it into an export.
        if quote.view_once {
            quote.text.clear();
            quote.attachments.clear();
        }
        quote.attachments.iter_mut().for_each(|file| file.preview.clear());
        Ok(quote)
    }

    /// Without what it answers.
    fn message_alone(&self, row: &Row) -> Done<view::Message> {
        let mut statement = self
            .db
            .prepare_cached("SELECT account, emoji FROM reactions WHERE message = ?1 ORDER BY account")?;
        let reactions = statement
            .query_map([&row.message.0[..]], |row| {
                Ok((id_column::<AccountId>(row, 0)?, row.get::<_, String>(1)?))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        let reactions = reactions
            .into_iter()
            .map(|(account, emoji)| {
                // Programs of before stored it as it came.
                Ok(view::Reaction { from: self.address_of(account)?, emoji: crate::emoji::one_form(&emoji) })
            })
            .collect::<Done<Vec<_>>>()?;
        let mentions = row
            .mentions
            .as_deref()
            .unwrap_or_default()
            .chunks_exact(AccountId::LEN)
            .filter_map(|id| AccountId::try_from(id).ok())
            .map(|account| self.address_of(account))
            .collect::<Done<Vec<_>>>()?;
        let thread = self.thread_by_id(row.thread)?;
        let read = thread.as_ref().is_some_and(|thread| row.position <= thread.read_position);
        let change = self.change_state(row)?;
        let state = match row.state {
            State::Received if read => "read",
            // What the others have is not what stands here.
            State::Sent | State::Delivered | State::Read if row.edited && change == Some(State::Queued) => {
                State::Queued.as_str()
            }
            state => state.as_str(),
        };
        let mut shown = view::Message {
            message: row.message.to_hex(),
            conversation: thread.map(|thread| thread.key).unwrap_or_default(),
            from: match row.author.is_empty() {
                true => self.address_of(row.account)?,
                false => row.author.clone(),
            },
            claimed: row.author.is_empty() && self.is_claimed(row.account)?,
            imported: row.imported && row.shared_by.is_none(),
            request: row.is_request(),
            shared_by: row.shared_by.map(|by| self.address_of(by)).transpose()?,
            at: rfc3339(row.at_ms),
            kind: match row.kind {
                0 => "text",
                1 => "notice",
                _ => "unknown",
            }
            .to_owned(),
            text: row.text.clone(),
            said: if row.kind == 1 { casemate_api::said::said(&row.text) } else { None },
            state: state.to_owned(),
            why: row.why.clone(),
            reply_to: row
                .reply_to
                .as_deref()
                .and_then(|id| MessageId::try_from(id).ok())
                .map(|id| id.to_hex()),
            edited: row.edited,
            deleted: row.deleted,
            starred: row.starred,
            pinned: row.pinned,
            view_once: row.view_once,
            opened: row.opened,
            listened: row.listened,
            mentions,
            reactions,
            attachments: self.attachment_views(row.message)?,
            forwarded: row.forwarded,
            known_bad: self.known_bad(row.message)?,
            change: change.map(|change| change.as_str().to_owned()),
            change_why: row.change_failed.clone().filter(|_| change == Some(State::Failed)),
            ..view::Message::default()
        };
        if self.waits_to_be_opened(row)? {
            // That it waits, and what kinds of files it has. Its words and pictures come with `message.open`.
            shown.text.clear();
            shown.mentions.clear();
            for file in &mut shown.attachments {
                file.caption.clear();
                file.preview.clear();
            }
            return Ok(shown);
        }
        let previewed = shown.attachments.iter().any(|file| !file.preview.is_empty());
        if previewed && row.account != self.me()?.account() && self.is_strict(row.thread)? {
            shown.attachments.iter_mut().for_each(|file| file.preview.clear());
        }
        self.show_thing(row, &mut shown)?;
        self.show_link_preview(row, &mut shown)?;
        Ok(shown)
    }

    /// The newest message of a conversation.
    pub fn last_message(&self, thread: i64) -> Done<Option<view::Message>> {
        let mut statement =
            self.db.prepare_cached(&format!("{ROW} WHERE thread = ?1 ORDER BY position DESC LIMIT 1"))?;
        let row = statement.query_row([thread], message_row).optional()?;
        row.map(|row| self.message_view(&row)).transpose()
    }
}

/// The interface's kind of a file, from the wire's.
pub fn api_kind(kind: content::AttachmentKind) -> AttachmentKind {
    match kind {
        content::AttachmentKind::Photo => AttachmentKind::Photo,
        content::AttachmentKind::Video => AttachmentKind::Video,
        content::AttachmentKind::Voice => AttachmentKind::Voice,
        content::AttachmentKind::Sticker => AttachmentKind::Sticker,
        content::AttachmentKind::Document => AttachmentKind::Document,
    }
}
