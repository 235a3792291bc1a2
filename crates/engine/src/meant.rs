//! Which message is meant. A message is (conversation, sender, id), and the id is the sender's choice: two may choose the same, and
//! somebody may repeat another's. A row's own id (`message`) is this device's alone; it is the sender's where that was free.
//!
//! What names a message names its author too. Older programs do not: then the first of that id in the conversation is meant.

use casemate_content::proto as content;
use casemate_content::proto::content::Kind as ContentKind;
use casemate_wire::ids::{AccountId, Hash32, MessageId};
use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done};
use crate::message::{ROW, Row, message_row};

/// Rows of a sender's id, in SQL. The `+` keeps the planner from walking through a whole conversation.
const OF_ID: &str = "(message = ?1 AND said_id IS NULL OR said_id = ?1)";

impl Row {
    /// The id by which others know it.
    pub fn said(&self) -> MessageId {
        self.said_id.unwrap_or(self.message)
    }

    /// Whose it is, as others name them; of what was brought along or shared nobody is named.
    pub fn author_said(&self) -> bytes::Bytes {
        match self.imported || self.shared_by.is_some() {
            true => bytes::Bytes::new(),
            false => self.account.into(),
        }
    }
}

impl Ctx<'_> {
    /// Somebody's message by the id that they gave it.
    pub fn said_by(&self, thread: i64, account: AccountId, id: MessageId) -> Done<Option<Row>> {
        let mut statement = self.db.prepare_cached(&format!(
            "{ROW} WHERE {OF_ID} AND abs(thread) = ?2 AND +account = ?3 ORDER BY +position LIMIT 1"
        ))?;
        Ok(statement.query_row(params![&id.0[..], thread, &account.0[..]], message_row).optional()?)
    }

    /// The message that a content in a conversation names. `author`: empty where it names none.
    pub fn meant(&self, thread: i64, id: &[u8], author: &[u8]) -> Done<Option<Row>> {
        let Ok(id) = MessageId::try_from(id) else { return Ok(None) };
        if !author.is_empty() {
            let Ok(author) = AccountId::try_from(author) else { return Ok(None) };
            return self.said_by(thread, author, id);
        }
        let mut statement = self.db.prepare_cached(&format!(
            "{ROW} WHERE {OF_ID} AND abs(thread) = ?2 ORDER BY +position LIMIT 1"
        ))?;
        Ok(statement.query_row(params![&id.0[..], thread], message_row).optional()?)
    }

    /// The message that an own device names, in whatever conversation it is.
    pub fn own_meant(&self, id: MessageId, author: &[u8]) -> Done<Option<Row>> {
        let author = AccountId::try_from(author).ok().map(|author| author.0.to_vec());
        let mut statement = self.db.prepare_cached(&format!(
            "{ROW} WHERE {OF_ID} AND (?2 IS NULL OR +account = ?2) ORDER BY +messages.id LIMIT 1"
        ))?;
        Ok(statement.query_row(params![&id.0[..], author], message_row).optional()?)
    }

    /// Whether this very entry is here already, in whichever conversation.
    pub fn is_entry_here(&self, id: MessageId, account: AccountId, log: &[u8], entry: i64) -> Done<bool> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT 1 FROM messages WHERE {OF_ID} AND +account = ?2 AND +log = ?3 AND +entry = ?4"
        ))?;
        Ok(statement.exists(params![&id.0[..], &account.0[..], log, entry])?)
    }

    /// What a new row is called here; beside it the sender's id, where that is not free.
    pub fn id_here(&mut self, id: MessageId) -> Done<(MessageId, Option<MessageId>)> {
        let mut free = id;
        while !self.is_free(free)? {
            free = MessageId(self.random());
        }
        Ok((free, (free != id).then_some(id)))
    }

    fn is_free(&self, id: MessageId) -> Done<bool> {
        let taken = self
            .db
            .prepare_cached(
                "SELECT 1 FROM messages WHERE message = ?1 UNION ALL SELECT 1 FROM scheduled WHERE message = ?1",
            )?
            .exists([&id.0[..]])?;
        Ok(!taken && !crate::picture::is_picture(id))
    }
}

/// The message that a content is about, and its author: empty where it names none. Edits and the end of a poll are their author's.
pub fn named<'a>(kind: &'a ContentKind, sender: &'a AccountId) -> Option<(&'a [u8], &'a [u8])> {
    match kind {
        ContentKind::Reaction(content::Reaction { to: of, author, .. })
        | ContentKind::Pin(content::Pin { of, author, .. })
        | ContentKind::Vote(content::PollVote { of, author, .. })
        | ContentKind::Delete(content::Delete { of, author })
        | ContentKind::Opened(content::Opened { of, author }) => Some((of, author)),
        ContentKind::Edit(content::Edit { of, .. }) | ContentKind::Close(content::PollClose { of }) => {
            Some((of, &sender.0))
        }
        _ => None,
    }
}

/// Under which id something is kept that was said of a message before it came (`early`).
pub fn early_id(id: MessageId, author: &[u8]) -> MessageId {
    if author.is_empty() {
        return id;
    }
    let hash = Hash32::of(&[b"casemate/early/v1", author, &id.0]);
    MessageId::try_from(&hash.0[..16]).expect("16 bytes")
}
