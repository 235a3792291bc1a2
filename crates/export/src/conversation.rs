//! Conversations: a folder each, with all messages for programs, the same for people, and the files that are here.

use std::collections::BTreeSet;
use std::io::{self, Write};

use casemate_api::command::{ConversationList, InConversation, MessageList, OneMessage, Scheduled};
use casemate_api::view::{Attachment, Conversation, Message, MessageHistory, Version};
use casemate_api::{Command, Error, Kind, view};
use serde_json::{Value, json};

use crate::zip::{Packing, as_json, unwritable};
use crate::{Desk, Job, MESSAGE_COST, Source, cancelled, names, text};

/// Messages of one page. More is more memory, fewer more questions.
const PAGE: u32 = 500;

/// A file that is to be copied.
pub struct Held {
    message: String,
    index: u32,
    path: String,
    packing: Packing,
    at: String,
}

impl<S: Source, W: Write> Job<'_, S, W> {
    /// All of them, and the list of them at the end.
    pub async fn conversations(&mut self, names: &text::Names) -> Result<(), Error> {
        let all: view::Conversations =
            self.desk.ask(Command::ConversationList(ConversationList::default())).await?;
        let mut listed = Vec::with_capacity(all.conversations.len());
        for (number, chat) in (1u32..).zip(all.conversations) {
            let wanted = InConversation { conversation: chat.conversation.clone() };
            let shown: view::Conversations = self.desk.ask(Command::ConversationShow(wanted)).await?;
            let chat = shown.conversations.into_iter().next().unwrap_or(chat);
            let folder = format!("conversations/{number:04} {}", names::part(&chat.name));
            let mut names = names.clone();
            chat.members.iter().for_each(|member| names.know(&member.address, &member.name));
            let own_picture = chat.picture.as_deref().filter(|_| chat.kind == "group");
            let picture = self.picture(own_picture, &format!("{folder}/picture")).await?;
            let files = self.for_programs(&chat, &folder).await?;
            self.for_people(&chat, &folder, &names).await?;
            self.files(&format!("{folder}/"), files).await?;
            listed.push(json!({
                "conversation": chat.conversation,
                "name": chat.name,
                "kind": chat.kind,
                "folder": folder,
                "picture": picture,
            }));
            self.made.conversations += 1;
        }
        let later = Command::ConversationScheduled(Scheduled::default());
        let later: view::Messages = self.desk.ask(later).await?;
        let scheduled: Vec<Value> =
            later.messages.into_iter().map(|message| entry(without_once(message), Vec::new())).collect();
        let all = json!({
            "format": "casemate-export",
            "version": 1,
            "conversations": listed,
            "scheduled": scheduled,
        });
        self.zip.put_json("conversations.json", &all)
    }

    /// `messages.json`. Gives the files that go with it.
    async fn for_programs(&mut self, chat: &Conversation, folder: &str) -> Result<Vec<Held>, Error> {
        let Self { desk, zip, made } = self;
        let mut file = zip.begin(&format!("{folder}/messages.json"), Packing::Small, &chat.active)?;
        let mut head = chat.clone();
        head.last = None;
        let head = json!(head);
        let opening = format!(
            "{{\"format\": \"casemate-export\", \"version\": 1,\n\"conversation\": {head},\n\"messages\": ["
        );
        file.write_all(opening.as_bytes()).map_err(|error| unwritable(&error))?;
        let mut holds = Vec::new();
        let mut pages = Pages::of(&chat.conversation);
        let mut between = "\n";
        while let Some(page) = pages.next(desk).await? {
            let count = page.len() as u64;
            for message in page {
                let message = without_once(message);
                let files = held(&message, &mut holds);
                made.files_missing += files.iter().filter(|path| path.is_null()).count() as u64;
                let versions = match message.edited {
                    true => Some(history(desk, &message.message).await?),
                    false => None,
                };
                let mut one = entry(message, files);
                if let Some(versions) = versions {
                    one["versions"] = json!(versions);
                }
                file.write_all(format!("{between}{one}").as_bytes()).map_err(|error| unwritable(&error))?;
                between = ",\n";
            }
            made.messages += count;
            desk.add(count * MESSAGE_COST);
        }
        file.write_all(b"\n]}\n").map_err(|error| unwritable(&error))?;
        file.end()?;
        Ok(holds)
    }

    /// `chat.txt`
    async fn for_people(
        &mut self,
        chat: &Conversation,
        folder: &str,
        names: &text::Names,
    ) -> Result<(), Error> {
        let Self { desk, zip, .. } = self;
        let mut file = zip.begin(&format!("{folder}/chat.txt"), Packing::Small, &chat.active)?;
        file.write_all(text::head(chat, names).as_bytes()).map_err(|error| unwritable(&error))?;
        let mut pages = Pages::of(&chat.conversation);
        while let Some(page) = pages.next(desk).await? {
            let count = page.len() as u64;
            for message in page {
                let lines = text::lines(&without_once(message), names);
                file.write_all(lines.as_bytes()).map_err(|error| unwritable(&error))?;
            }
            desk.add(count * MESSAGE_COST);
        }
        file.end()
    }

    /// `files/`. `folder`: the conversation's, with a slash behind it.
    pub async fn files(&mut self, folder: &str, files: Vec<Held>) -> Result<(), Error> {
        let Self { desk, zip, made } = self;
        for held in files {
            if desk.source.is_cancelled() {
                return Err(cancelled());
            }
            let mut entry = zip.begin(&format!("{folder}{}", held.path), held.packing, &held.at)?;
            let mut to = Watched { to: &mut entry, desk, failed: None };
            let copied = desk.source.copy(&held.message, held.index, &mut to).await;
            let failed = to.failed.take();
            entry.end()?;
            match (copied, failed) {
                (_, Some(_)) if desk.source.is_cancelled() => return Err(cancelled()),
                (_, Some(error)) => return Err(unwritable(&error)),
                (Ok(()), None) => made.files += 1,
                // Gone in the meantime: the export is as whole as it can be, and says so.
                (Err(_), None) => made.left_out += 1,
            }
        }
        Ok(())
    }
}

/// All texts that a message had, oldest first.
pub async fn history<S: Source>(desk: &Desk<'_, S>, message: &str) -> Result<Vec<Version>, Error> {
    let wanted = Command::MessageHistory(OneMessage { message: message.to_owned() });
    match desk.ask::<MessageHistory>(wanted).await {
        Ok(history) => Ok(history.versions),
        Err(error) if error.kind == Kind::NotFound && !desk.source.is_cancelled() => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The files of a message that are on this device join `holds`. Gives the path of each, null for those that are not here.
pub fn held(message: &Message, holds: &mut Vec<Held>) -> Vec<Value> {
    let mut hold = |(index, file): (u32, &Attachment)| {
        if !names::is_here(file) {
            return Value::Null;
        }
        let path = names::of_file(message, index, file);
        holds.push(Held {
            message: message.message.clone(),
            index,
            path: path.clone(),
            packing: packing(file),
            at: message.at.clone(),
        });
        json!(path)
    };
    (0u32..).zip(&message.attachments).map(&mut hold).collect()
}

/// As it is written, with the paths of its files and without what only a screen needs.
pub fn entry(message: Message, paths: Vec<Value>) -> Value {
    let mut one = as_json(&message);
    let slots = one["attachments"].as_array_mut().into_iter().flatten();
    for (slot, path) in slots.zip(paths.into_iter().map(Some).chain(std::iter::repeat_with(|| None))) {
        if let Some(fields) = slot.as_object_mut() {
            fields.remove("preview");
            fields.remove("waveform");
            fields.extend(path.map(|path| ("file".to_owned(), path)));
        }
    }
    one
}

/// What is to be seen once is not kept by way of an export.
pub fn without_once(mut message: Message) -> Message {
    if message.view_once {
        message.text.clear();
        message.attachments.clear();
    }
    message
}

fn packing(file: &Attachment) -> Packing {
    let text = file.media_type.starts_with("text/") || file.media_type.ends_with("json");
    if text { Packing::Small } else { Packing::AsItIs }
}

/// A conversation's messages, oldest first.
struct Pages {
    conversation: String,
    last: Option<(String, String)>,
    /// Those of the page before, where it is not known any more what it ended with.
    seen: BTreeSet<String>,
    ended: bool,
}

impl Pages {
    fn of(conversation: &str) -> Self {
        Self { conversation: conversation.to_owned(), last: None, seen: BTreeSet::new(), ended: false }
    }

    async fn next<S: Source>(&mut self, desk: &Desk<'_, S>) -> Result<Option<Vec<Message>>, Error> {
        if self.ended {
            return Ok(None);
        }
        let list = MessageList {
            conversation: self.conversation.clone(),
            limit: Some(PAGE),
            ..MessageList::default()
        };
        let from = |at: &str| Command::MessageList(MessageList { from: Some(at.to_owned()), ..list.clone() });
        let page = match &self.last {
            None => desk.ask::<view::Messages>(from("1970-01-01T00:00:00Z")).await,
            Some((last, at)) => {
                let after = MessageList { after: Some(last.clone()), ..list.clone() };
                match desk.ask::<view::Messages>(Command::MessageList(after)).await {
                    // It went away while the page was written: on from its time.
                    Err(error) if error.kind == Kind::NotFound && !desk.source.is_cancelled() => {
                        desk.ask::<view::Messages>(from(at)).await
                    }
                    other => other,
                }
            }
        };
        let mut messages = page?.messages;
        self.ended = messages.len() < PAGE as usize;
        messages.retain(|message| !self.seen.contains(&message.message));
        self.seen = messages.iter().map(|message| message.message.clone()).collect();
        match messages.last() {
            Some(last) => self.last = Some((last.message.clone(), last.at.clone())),
            None => self.ended = true,
        }
        Ok(Some(messages))
    }
}

/// Counts what goes through, and stops it where it is not wanted any more.
struct Watched<'a, 'd, S, W> {
    to: &'a mut W,
    desk: &'a Desk<'d, S>,
    failed: Option<io::Error>,
}

impl<S: Source, W: Write> Write for Watched<'_, '_, S, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match self.desk.source.is_cancelled() {
            true => Err(io::Error::other("cancelled")),
            false => self.to.write(bytes),
        };
        match written {
            Ok(written) => {
                self.desk.add(written as u64);
                Ok(written)
            }
            Err(error) => {
                self.failed = Some(io::Error::new(error.kind(), error.to_string()));
                Err(error)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
