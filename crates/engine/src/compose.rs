//! Own messages: `message.send`, and how any own message (forwarded, scheduled) comes into a conversation.

use casemate_api::command::{MessageSend, NewAttachment};
use casemate_api::{Error, Kind as ErrorKind, view};
use casemate_content::limits;
use casemate_content::proto as content;
use casemate_content::proto::Who;
use casemate_content::proto::content::Kind as ContentKind;
use casemate_wire::ids::{AccountId, Hash32, MessageId};
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done, Fail, id_column, invalid, not_allowed, not_found, parse_rfc3339, too_large};
use crate::deletion::gone_line;
use crate::message::{LAST_ROW, QUEUED_POSITION, Row, State};
use crate::thread::{Standing, Thread};

/// A time that passed by no more is now: while a message was written it came, or clocks differ. Who gives an earlier one means
/// another day, and what is sent cannot be unsent.
const LATE_MS: i64 = 5 * 60_000;

impl Ctx<'_> {
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
            if let Some(message) = self.message_of_client_id(client_id, &wanted)? {
                for file in staged {
                    self.out.push(crate::Output::DeleteBlob { blob: file.blob });
                }
                self.reply(command, view::MessageSent { message });
                return Ok(());
            }
        }
        let thread = self.active_thread(&wanted.conversation)?;
        self.may_send(&thread)?;
        if let Some(log) = thread.active_log {
            self.typing_sent(log);
        }
        let at_ms = match &wanted.at {
            None => None,
            Some(at) => Some(
                parse_rfc3339(at)
                    .ok_or_else(|| invalid("The time to send at looks like 2026-11-20T18:00:00Z."))?,
            ),
        };
        if at_ms.is_some_and(|at| at < self.server_now() - LATE_MS) {
            return Err(invalid("This time is in the past."));
        }
        let text = wanted.text.clone().unwrap_or_default();
        crate::text::check_text(&text, limits::TEXT_BYTES)?;
        let thing = crate::thing::wanted_thing(&wanted)?;
        if thing.is_some() && (!text.trim().is_empty() || !staged.is_empty()) {
            return Err(invalid("A poll, a contact or a place is a message of its own."));
        }
        if thing.is_none() && !crate::text::shows(&text) && staged.is_empty() {
            return Err(invalid("A message needs a text or a file."));
        }
        if staged.len() > limits::ATTACHMENTS {
            return Err(too_large(format!("A message has at most {} files.", limits::ATTACHMENTS)));
        }
        let reply_to = match &wanted.reply_to {
            None => None,
            Some(key) => Some(self.message_by_key(key)?),
        };
        let mentions = self.find_mentions(&thread, &text, &wanted.mentions)?;
        let captions: Vec<String> =
            wanted.attachments.iter().map(|file| file.caption.clone().unwrap_or_default()).collect();
        for caption in &captions {
            crate::text::check_text(caption, limits::CAPTION_BYTES)?;
        }
        let previews = wanted.attachments.iter().map(preview_of).collect::<Done<Vec<_>>>()?;
        if previews.iter().map(Vec::len).sum::<usize>() > limits::PREVIEWS_BYTES {
            return Err(too_large(
                "The previews of this message's videos are too large together.".to_owned(),
            ));
        }
        let preview = self.wanted_link_preview(&thread, &wanted)?;
        let message = MessageId(self.random());
        let mut attachments = Vec::new();
        for (((index, file), caption), preview) in (0i64..).zip(staged).zip(captions).zip(previews) {
            attachments.push(self.attach(message, index, file, caption, preview)?);
        }
        if let Some(client_id) = &wanted.client_id {
            self.db
                .prepare_cached("INSERT INTO client_ids(client_id, message, asked) VALUES (?1, ?2, ?3)")?
                .execute(params![client_id, &message.0[..], asked(&wanted)])?;
        }
        let said = content::Text {
            text,
            reply_to: reply_to.as_ref().map(|row| row.said().into()).unwrap_or_default(),
            reply_author: reply_to.as_ref().map(Row::author_said).unwrap_or_default(),
            mentions,
            attachments,
            view_once: wanted.view_once,
            thing,
            preview,
            ..content::Text::default()
        };
        if said.preview.is_some() && said.encoded_len() > limits::PREVIEWED_TEXT_BYTES {
            return Err(too_large("This message is too long to have a preview of its link too.".to_owned()));
        }
        let has_voice = said.attachments.iter().any(|file| file.kind() == content::AttachmentKind::Voice);
        match at_ms.filter(|at| *at > self.server_now()) {
            Some(at_ms) => self.schedule(&thread, message, &said, at_ms)?,
            None => self.put_own(&thread, message, said)?,
        }
        self.draft_sent(thread.id)?;
        if has_voice {
            // With the message, so that nobody finds it after a crash and says it twice.
            self.forget_recording(thread.id)?;
        }
        self.reply(command, view::MessageSent { message: message.to_hex() });
        Ok(())
    }

    /// Whether something may be sent to a conversation now.
    pub fn may_send(&self, thread: &Thread) -> Done<()> {
        self.may_write(thread)?;
        self.check_held(thread)
    }

    /// Whether this account may write in a conversation, be it that it waits there.
    pub fn may_write(&self, thread: &Thread) -> Done<()> {
        if thread.standing != Standing::Active {
            return Err(not_allowed("You are no longer in this conversation."));
        }
        self.may_say_here(thread)?;
        self.check_reachable(thread)
    }

    /// Refuses where admins alone may write.
    pub fn may_say_here(&self, thread: &Thread) -> Done<()> {
        let send = thread.state.permissions.unwrap_or_default().send;
        if send == Who::Admins as i32 && !self.is_admin(&thread.state, self.me()?.account()) {
            return Err(not_allowed("Only admins may send messages here."));
        }
        Ok(())
    }

    /// Refuses what would be said to somebody alone who is blocked, or whose account ended.
    pub fn check_reachable(&self, thread: &Thread) -> Done<()> {
        let Some(person) = thread.pair.map(|pair| self.person(pair)).transpose()?.flatten() else {
            return Ok(());
        };
        if person.blocked {
            return Err(not_allowed("You blocked them. Unblock first."));
        }
        if person.gone {
            return Err(not_allowed(gone_line(&person.name())));
        }
        Ok(())
    }

    /// Whether it is with somebody alone who is blocked.
    pub fn is_blocked_pair(&self, thread: &Thread) -> Done<bool> {
        match thread.pair {
            Some(pair) => Ok(self.person(pair)?.is_some_and(|person| person.blocked)),
            None => Ok(false),
        }
    }

    /// An own message gets its place behind all others and goes on its way. Its files are rows already.
    pub fn put_own(&mut self, thread: &Thread, message: MessageId, mut said: content::Text) -> Done<()> {
        said.disappearing_seconds = thread.state.disappearing_seconds;
        let me = self.me()?.account();
        let timer = i64::from(said.disappearing_seconds) * 1_000;
        let mentioned: Vec<u8> = said.mentions.iter().flat_map(|mention| mention.account.to_vec()).collect();
        let reply_to = MessageId::try_from(&said.reply_to[..]).ok().map(|id| id.0.to_vec());
        let text = crate::thing::text_of(&said);
        self.db
            .prepare_cached(
                &format!("INSERT INTO messages(id, message, thread, position, account, at_ms, kind, text, reply_to, mentions, state, view_once, gone_after_ms, forwarded, thing, reply_author)
                 VALUES ({LAST_ROW} + 1, ?1, ?2, ?3 + {LAST_ROW}, ?4, ?5, 0, ?6, ?7, ?8, 0, ?9, ?10, ?11, ?12, ?13)"),
            )?
            .execute(params![
                &message.0[..],
                thread.id,
                QUEUED_POSITION,
                &me.0[..],
                self.server_now(),
                text,
                reply_to,
                mentioned,
                said.view_once,
                (timer > 0).then_some(timer),
                said.forwarded,
                crate::thing::encode(&said),
                AccountId::try_from(&said.reply_author[..]).ok().map(|author| author.0.to_vec())
            ])?;
        self.index_message(self.db.last_insert_rowid(), message, &text)?;
        self.keep_link_preview(message, said.preview.as_ref(), &text)?;
        self.queue_content(thread.id, Some(message), ContentKind::Text(said))
    }

    /// The same where it turned out that it cannot be sent: it is shown as failed.
    pub fn put_own_failed(
        &mut self,
        thread: &Thread,
        message: MessageId,
        said: content::Text,
        why: &Fail,
    ) -> Done<()> {
        self.put_own(thread, message, said)?;
        self.db.prepare_cached("DELETE FROM outbox WHERE message = ?1")?.execute([&message.0[..]])?;
        self.set_message_state(message, State::Failed, Some(&why.to_string()))
    }

    /// The message that was sent with this id; it must be the same one.
    fn message_of_client_id(&self, client_id: &str, wanted: &MessageSend) -> Done<Option<String>> {
        let found: Option<(MessageId, Vec<u8>)> = self
            .db
            .prepare_cached("SELECT message, asked FROM client_ids WHERE client_id = ?1")?
            .query_row([client_id], |row| Ok((id_column(row, 0)?, row.get(1)?)))
            .optional()?;
        match found {
            Some((_, before)) if !before.is_empty() && before != asked(wanted) => {
                let sentence = "This client_id is another message's. Nothing was sent; choose another one.";
                Err(Fail::User(Error::new(ErrorKind::Taken, sentence)))
            }
            found => Ok(found.map(|(message, _)| message.to_hex())),
        }
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
        let present: Vec<AccountId> = self.thread_accounts(thread)?;
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
}

/// What a request asks for, as it is compared with another: by a hash, since all that is said stands elsewhere already.
fn asked(wanted: &MessageSend) -> Vec<u8> {
    // A value of this type always has a form in JSON.
    Hash32::of(&[&serde_json::to_vec(wanted).ok().unwrap_or_default()]).0.to_vec()
}

/// The bytes of a video's preview.
fn preview_of(file: &NewAttachment) -> Done<Vec<u8>> {
    from_hexadecimal(file.preview.as_deref(), limits::PREVIEW_BYTES)
}

/// The bytes of a small picture that goes along with a message.
pub fn from_hexadecimal(text: Option<&str>, most: usize) -> Done<Vec<u8>> {
    let Some(text) = text else { return Ok(Vec::new()) };
    if text.len() > 2 * most {
        return Err(too_large(format!("A preview has at most {most} bytes.")));
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some((digit(*high)? << 4 | digit(*low)?) as u8),
        _ => None,
    };
    let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(byte).collect();
    bytes.ok_or_else(|| invalid("A preview is written in hexadecimal."))
}
