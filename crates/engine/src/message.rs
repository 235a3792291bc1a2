//! Messages (`message.*`): writing and listing.

use casemate_api::command::{AttachmentKind, MessageList, MessageSend};
use casemate_api::view;
use casemate_content::limits;
use casemate_content::proto as content;
use casemate_content::proto::Who;
use casemate_content::proto::content::Kind as ContentKind;
use casemate_wire::ids::{AccountId, MessageId};
use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done, id_column, invalid, not_allowed, not_found, rfc3339, too_large};
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

/// Messages not yet in the log stand after all that are.
pub const QUEUED_POSITION: i64 = 1 << 60;

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
    pub id: i64,
}

pub const ROW: &str = "SELECT message, thread, position, account, at_ms, kind, text, reply_to, mentions, state, why, edited, deleted, starred, pinned, view_once, messages.id FROM messages";

pub fn message_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        message: id_column(row, 0)?,
        thread: row.get(1)?,
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
        self.find_message(MessageId::from_hex(key).ok_or_else(unknown)?)?.ok_or_else(unknown)
    }

    // ---- Sending ----

    /// `message.send`
    pub fn message_send(
        &mut self,
        command: u64,
        wanted: MessageSend,
        staged: Vec<crate::Staged>,
    ) -> Done<()> {
        if let Some(client_id) = &wanted.client_id {
            if client_id.len() > 128 {
                return Err(invalid("A client_id has at most 128 bytes."));
            }
            if let Some(message) = self.message_of_client_id(client_id)? {
                for file in staged {
                    self.out.push(crate::Output::DeleteBlob { blob: file.blob });
                }
                self.reply(command, view::MessageSent { message });
                return Ok(());
            }
        }
        let thread = self.active_thread(&wanted.conversation)?;
        let me = self.me()?.account();
        if thread.state.permissions.unwrap_or_default().send == Who::Admins as i32
            && !self.is_admin(&thread.state, me)
        {
            return Err(not_allowed("Only admins may send messages here."));
        }
        if let Some(pair) = thread.pair
            && self.person(pair)?.is_some_and(|person| person.blocked)
        {
            return Err(not_allowed("You blocked them. Unblock first."));
        }
        let text = wanted.text.unwrap_or_default();
        crate::text::check_text(&text, limits::TEXT_BYTES)?;
        if text.trim().is_empty() && staged.is_empty() {
            return Err(invalid("A message needs a text or a file."));
        }
        if staged.len() > limits::ATTACHMENTS {
            return Err(too_large(format!("A message has at most {} files.", limits::ATTACHMENTS)));
        }
        let reply_to = match &wanted.reply_to {
            None => None,
            Some(key) => Some(self.message_by_key(key)?.message),
        };
        let mentions = self.find_mentions(&thread, &text, &wanted.mentions)?;
        let message = MessageId(self.random());
        let captions: Vec<String> =
            wanted.attachments.iter().map(|file| file.caption.clone().unwrap_or_default()).collect();
        for caption in &captions {
            crate::text::check_text(caption, limits::CAPTION_BYTES)?;
        }
        let at_ms = self.server_now();
        let timer = i64::from(thread.state.disappearing_seconds) * 1_000;
        let mentioned: Vec<u8> = mentions.iter().flat_map(|mention| mention.account.to_vec()).collect();
        self.db
            .prepare_cached(
                "INSERT INTO messages(message, thread, position, account, at_ms, kind, text, reply_to, mentions, state, view_once, gone_after_ms)
                 VALUES (?1, ?2, ?3 + (SELECT coalesce(max(id), 0) FROM messages), ?4, ?5, 0, ?6, ?7, ?8, 0, ?9, ?10)",
            )?
            .execute(params![
                &message.0[..],
                thread.id,
                QUEUED_POSITION,
                &me.0[..],
                at_ms,
                text,
                reply_to.map(|id| id.0.to_vec()),
                mentioned,
                wanted.view_once,
                (timer > 0).then_some(timer)
            ])?;
        let id = self.db.last_insert_rowid();
        self.index_text(id, &text)?;
        if let Some(client_id) = &wanted.client_id {
            self.db
                .prepare_cached("INSERT INTO client_ids(client_id, message) VALUES (?1, ?2)")?
                .execute(params![client_id, &message.0[..]])?;
        }
        let mut attachments = Vec::new();
        for ((index, file), caption) in (0i64..).zip(staged).zip(captions) {
            attachments.push(self.attach(message, index, file, caption)?);
        }
        let body = content::Text {
            text,
            reply_to: reply_to.map(Into::into).unwrap_or_default(),
            mentions,
            attachments,
            view_once: wanted.view_once,
            forwarded: false,
            disappearing_seconds: thread.state.disappearing_seconds,
        };
        self.queue_content(thread.id, Some(message), ContentKind::Text(body))?;
        self.draft_sent(thread.id)?;
        self.reply(command, view::MessageSent { message: message.to_hex() });
        Ok(())
    }

    fn message_of_client_id(&self, client_id: &str) -> Done<Option<String>> {
        let found: Option<MessageId> = self
            .db
            .prepare_cached("SELECT message FROM client_ids WHERE client_id = ?1")?
            .query_row([client_id], |row| id_column(row, 0))
            .optional()?;
        Ok(found.map(|message| message.to_hex()))
    }

    /// Where the text says `@handle` of those named.
    fn find_mentions(
        &self,
        thread: &Thread,
        text: &str,
        addresses: &[String],
    ) -> Done<Vec<content::Mention>> {
        if addresses.len() > limits::MENTIONS {
            return Err(too_large(format!("A message mentions at most {} people.", limits::MENTIONS)));
        }
        let present = self.thread_accounts(thread)?;
        let mut mentions = Vec::new();
        for address in addresses {
            let account = if *address == self.me()?.address {
                self.me()?.account()
            } else {
                self.person_by_address(address)?.account
            };
            if !present.contains(&account) {
                return Err(not_found(format!("{address} is not in this conversation.")));
            }
            let name = format!("@{}", crate::contact::handle_of(address));
            let start = text.find(&name);
            mentions.push(content::Mention {
                start: start.unwrap_or(0) as u32,
                length: start.map_or(0, |_| name.len()) as u32,
                account: account.into(),
            });
        }
        Ok(mentions)
    }

    // ---- Listing ----

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
        let before = position(self, &wanted.before)?.unwrap_or(i64::MAX);
        let after = position(self, &wanted.after)?;
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

    pub fn message_views(&self, rows: &[Row]) -> Done<Vec<view::Message>> {
        rows.iter().map(|row| self.message_view(row)).collect()
    }

    pub fn message_view(&self, row: &Row) -> Done<view::Message> {
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
            .map(|(account, emoji)| Ok(view::Reaction { from: self.address_of(account)?, emoji }))
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
        let state = match row.state {
            State::Received if read => "read",
            state => state.as_str(),
        };
        Ok(view::Message {
            message: row.message.to_hex(),
            conversation: thread.map(|thread| thread.key).unwrap_or_default(),
            from: self.address_of(row.account)?,
            at: rfc3339(row.at_ms),
            kind: match row.kind {
                0 => "text",
                1 => "notice",
                _ => "unknown",
            }
            .to_owned(),
            text: row.text.clone(),
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
            mentions,
            reactions,
            attachments: self.attachment_views(row.message)?,
        })
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
