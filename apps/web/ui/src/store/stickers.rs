//! Own stickers. A pack is messages to oneself: each holds stickers, and its text is the pack's name. So packs are
//! encrypted, on all own devices, and shared by sending the same to somebody else.

use casemate_api::command::{
    AttachmentKind, DeleteScope, MessageDelete, MessageList, MessageSend, NewAttachment, Nothing,
};
use casemate_api::{Command, Error, view};
use js_sys::Uint8Array;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File};

use super::list::is_stickers;
use super::sound::Key;
use super::state::Store;
use crate::engine::{ask, lend_file, read_file};
use crate::locale::t;
use crate::text::plain::one_line;
use crate::ui::canvas::named;

/// Messages to oneself that are looked through for stickers, the newest first: pages of a thousand.
const PAGES: usize = 5;

/// Stickers of one message, as the engine takes files.
pub const AT_ONCE: usize = 30;

/// Characters of a pack's name.
pub const NAME: usize = 40;

/// Stickers under one name.
#[derive(Debug, Clone, PartialEq)]
pub struct Pack {
    /// What its maker called it.
    pub name: String,
    /// The files, by message and number.
    pub stickers: Vec<Key>,
}

impl Store {
    /// All packs of this account, by name.
    pub async fn sticker_packs(self) -> Result<Vec<Pack>, Error> {
        let conversation = notes().await?;
        let mut packs: Vec<Pack> = Vec::new();
        let mut before = None;
        for _ in 0..PAGES {
            let list = MessageList {
                conversation: conversation.clone(),
                before,
                limit: Some(1_000),
                ..MessageList::default()
            };
            let page = ask::<view::Messages>(Command::MessageList(list)).await?.messages;
            for message in
                page.iter().rev().filter(|message| is_stickers(message) && !message.text.is_empty())
            {
                let name = one_line(&message.text, NAME);
                let stickers =
                    (0u32..).zip(&message.attachments).map(|(index, _)| (message.message.clone(), index));
                match packs.iter_mut().find(|pack| pack.name == name) {
                    Some(pack) => pack.stickers.extend(stickers),
                    None => packs.push(Pack { name, stickers: stickers.collect() }),
                }
            }
            before = page.first().map(|message| message.message.clone());
            if page.len() < 1_000 {
                break;
            }
        }
        packs.sort_by_key(|pack| pack.name.to_lowercase());
        Ok(packs)
    }

    /// Puts pictures into a pack, which is made where there is none of this name.
    pub async fn add_stickers(self, name: String, pictures: Vec<Blob>) -> Result<(), Error> {
        let conversation = notes().await?;
        for pictures in pictures.chunks(AT_ONCE) {
            let pack = pictures_of(conversation.clone(), one_line(&name, NAME), pictures).await?;
            self.gives(pack).await?;
        }
        self.stickers_changed.update(|count| *count += 1);
        Ok(())
    }

    /// Takes one out: what else its message holds is sent anew without it.
    pub async fn remove_sticker(self, pack: &Pack, sticker: &Key) -> Result<(), Error> {
        let others = pack.stickers.iter().filter(|one| one.0 == sticker.0 && *one != sticker);
        let mut kept = Vec::new();
        for (message, index) in others {
            kept.push(read_file(message, *index).await?);
        }
        if !kept.is_empty() {
            self.gives(pictures_of(notes().await?, pack.name.clone(), &kept).await?).await?;
        }
        forget(&sticker.0).await?;
        self.stickers_changed.update(|count| *count += 1);
        Ok(())
    }

    /// Takes a whole pack away.
    pub async fn remove_pack(self, pack: &Pack) -> Result<(), Error> {
        let mut messages: Vec<&String> = pack.stickers.iter().map(|(message, _)| message).collect();
        messages.dedup();
        for message in messages {
            forget(message).await?;
        }
        self.stickers_changed.update(|count| *count += 1);
        Ok(())
    }

    /// Sends stickers to a conversation: one alone, or a pack with its name.
    pub fn send_stickers(self, conversation: String, name: String, stickers: Vec<Key>) {
        spawn_local(async move {
            let sent = async {
                for some in stickers.chunks(AT_ONCE) {
                    let mut pictures = Vec::new();
                    for (message, index) in some {
                        pictures.push(read_file(message, *index).await?);
                    }
                    let mut send = pictures_of(conversation.clone(), name.clone(), &pictures).await?;
                    // A large pack is several messages: the first one answers.
                    send.reply_to = self.answered_in(&conversation);
                    self.gives(send).await?;
                }
                Ok(())
            };
            match sent.await {
                Ok(()) => self.show_sent(&conversation).await,
                Err(error) => self.fails(&error),
            }
        });
    }

    /// Makes what somebody sent one's own.
    pub fn take_stickers(self, name: String, stickers: Vec<Key>) {
        spawn_local(async move {
            // What is in the pack already is not put there twice.
            let here = self.sticker_packs().await.unwrap_or_default();
            let here = here.into_iter().find(|pack| pack.name == one_line(&name, NAME));
            let mut known = Vec::new();
            for (message, index) in here.iter().flat_map(|pack| &pack.stickers) {
                if let Ok(blob) = read_file(message, *index).await {
                    known.extend(bytes_of(&blob).await);
                }
            }
            let mut pictures = Vec::new();
            for (message, index) in &stickers {
                match read_file(message, *index).await {
                    Ok(blob) => {
                        let bytes = bytes_of(&blob).await;
                        if bytes.is_none_or(|bytes| !known.contains(&bytes)) {
                            pictures.push(blob);
                        }
                    }
                    Err(error) => return self.fails(&error),
                }
            }
            match self.add_stickers(name, pictures).await {
                Ok(()) => self.say(t("stickers-taken")),
                Err(error) => self.fails(&error),
            }
        });
    }
}

async fn bytes_of(blob: &Blob) -> Option<Vec<u8>> {
    let buffer = JsFuture::from(blob.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}

async fn notes() -> Result<String, Error> {
    let made = ask::<view::ConversationCreated>(Command::ConversationNotes(Nothing {})).await?;
    Ok(made.conversation)
}

async fn forget(message: &str) -> Result<(), Error> {
    let delete = MessageDelete { message: message.to_owned(), scope: DeleteScope::Me };
    ask::<Value>(Command::MessageDelete(delete)).await.map(|_| ())
}

/// Stickers as one message.
async fn pictures_of(conversation: String, name: String, pictures: &[Blob]) -> Result<MessageSend, Error> {
    let mut attachments = Vec::new();
    for picture in pictures {
        let ending = match picture.type_().as_str() {
            "image/gif" => "gif",
            "image/png" => "png",
            _ => "webp",
        };
        let file: Option<File> = named(picture, &format!("sticker.{ending}"));
        let Some(file) = file else { continue };
        let path = lend_file(&file).await?;
        let kind = Some(AttachmentKind::Sticker);
        attachments.push(NewAttachment { path, kind, ..NewAttachment::default() });
    }
    let text = Some(name).filter(|name| !name.is_empty());
    Ok(MessageSend { conversation, text, attachments, ..MessageSend::default() })
}
