//! The preview of a link that its sender is about to send (`link.preview`): the only thing for which this program asks anybody
//! but its server, and only where its person chose so (`settings.set {link_previews}`).
//!
//! ```text
//! engine: allowed? what is odd about the link? ─▶ fetch: the page's beginning ─▶ guard: its words ─▶ message.send
//!                                                  fetch: its picture          ─▶ guard: a small JPEG
//! ```
//! - [`reach`]: which addresses may be asked.
//! - [`fetch`]: a page or a picture, over TLS, bounded.
//!
//! What came is read in guard's process in its walls, not here. Whoever receives the message asks nobody.

mod fetch;
mod reach;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use casemate_api::command::{InConversation, LinkLook, NewLinkPreview, Nothing, OneLink};
use casemate_api::view::{Conversations, LinkLooked, LinkPreviewed, Settings};
use casemate_api::{Command, Error, Kind};
use casemate_guard::limits::SMALL_BYTES;
use casemate_guard::page::Page;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::Client;
use super::disk;
use super::staging::guard;
use super::tls::Dialer;
use fetch::{Fetch, Wanted};
use reach::System;

/// All of it: nobody waits longer for a preview than they need to write the rest of the sentence.
const TIME: Duration = Duration::from_secs(5);

/// Previews being made at once. More lets a page that asks for many hold more in memory.
const AT_ONCE: usize = 2;

/// What all links with a preview begin with.
const SCHEME: &str = "https://";

/// Makes previews. Cheap to clone.
#[derive(Clone)]
pub struct Previews {
    fetch: Fetch<System>,
    slots: Arc<Semaphore>,
}

impl Previews {
    /// Over the same TLS as all else.
    pub fn new(dialer: Dialer) -> Self {
        Self { fetch: Fetch::new(dialer, System), slots: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

/// `link.preview`
pub async fn run(client: &Client, wanted: OneLink) -> Result<Value, Error> {
    let settings: Settings = ask(client, Command::SettingsShow(Nothing {})).await?;
    if !settings.link_previews {
        return Err(not_allowed(
            "Previews of links are off on this device. Turned on (link_previews in the settings), the site of a link that you write learns this device's address.",
        ));
    }
    let mut strict = settings.strict;
    if let Some(conversation) = wanted.conversation.clone() {
        let show = Command::ConversationShow(InConversation { conversation });
        let shown: Conversations = ask(client, show).await?;
        strict = shown.conversations.first().and_then(|shown| shown.strict).unwrap_or(strict);
    }
    if strict {
        return Err(not_allowed("Strict mode asks no site for a preview."));
    }
    let look = LinkLook { url: wanted.url.clone(), ..LinkLook::default() };
    let looked: LinkLooked = ask(client, Command::LinkLook(look)).await?;
    if let Some(warning) = looked.warnings.first() {
        return Err(not_allowed(&format!("Of this link no preview is made. {}", warning.sentence)));
    }
    let url = Url::parse(&wanted.url).ok().filter(|_| wanted.url.starts_with(SCHEME));
    let Some(url) = url else {
        return Err(Error::new(Kind::Invalid, "Previews are made of https links alone."));
    };
    let deadline = Instant::now() + TIME;
    let late = || not_found("it took too long");
    let made = async {
        let _slot = client.previews.slots.acquire().await.map_err(|_| late())?;
        let fetch = &client.previews.fetch;
        let came = fetch.get(url, Wanted::Page).await.map_err(|error| not_found(&error.to_string()))?;
        let page = read(came.bytes, came.charset).await?;
        Ok::<_, Error>((page, came.from))
    };
    let (page, from) = timeout_at(deadline, made).await.map_err(|_| late())??;
    // Without its picture rather than later.
    let picture = timeout_at(deadline, picture(client, &page, &from)).await.ok().flatten();
    let previewed = LinkPreviewed {
        preview: NewLinkPreview {
            url: wanted.url,
            title: page.title,
            about: (!page.about.is_empty()).then_some(page.about),
            picture: picture.map(|bytes| data_encoding::HEXLOWER.encode(&bytes)),
        },
        host: looked.host,
        reads: looked.reads,
    };
    serde_json::to_value(previewed).map_err(|error| Error::new(Kind::Invalid, error.to_string()))
}

/// What the page calls its picture, small.
async fn picture(client: &Client, page: &Page, from: &Url) -> Option<Vec<u8>> {
    if page.picture.is_empty() {
        return None;
    }
    let base = if page.base.is_empty() { from.clone() } else { from.join(&page.base).ok()? };
    let url = base.join(&page.picture).ok()?;
    let came = client.previews.fetch.get(url, Wanted::Picture).await;
    let came = came.inspect_err(|error| tracing::debug!("a preview has no picture: {error}")).ok()?;
    let small = tokio::task::spawn_blocking(move || {
        let mut small = disk::nameless().ok()?;
        guard().ok()?.small(&kept(&came.bytes).ok()?, &small).ok()?;
        let mut bytes = Vec::new();
        small.rewind().ok()?;
        small.take(SMALL_BYTES as u64).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    });
    small.await.ok().flatten()
}

/// What a page says of itself, by guard in its walls.
async fn read(bytes: Vec<u8>, charset: Option<String>) -> Result<Page, Error> {
    let read = move || {
        let file = kept(&bytes).map_err(|error| {
            Error::new(Kind::StorageFull, format!("There is no room to read the page: {error}."))
        })?;
        guard()?
            .page(&file, charset.as_deref())
            .map_err(|error| not_found(error.to_string().trim_end_matches('.')))
    };
    tokio::task::spawn_blocking(read).await.map_err(|_| not_found("reading it stopped"))?
}

fn guard() -> Result<casemate_guard::child::Client, Error> {
    Ok(guard::client("No preview was made.")?.with_time_limit(TIME))
}

/// A file without a name, which guard's process can be given.
fn kept(bytes: &[u8]) -> std::io::Result<File> {
    let mut file = disk::nameless()?;
    file.write_all(bytes)?;
    file.rewind()?;
    Ok(file)
}

async fn ask<T: DeserializeOwned>(client: &Client, command: Command) -> Result<T, Error> {
    let value = client.ask(command).await?;
    serde_json::from_value(value).map_err(|error| Error::new(Kind::Invalid, error.to_string()))
}

fn not_allowed(sentence: &str) -> Error {
    Error::new(Kind::NotAllowed, sentence)
}

fn not_found(why: &str) -> Error {
    Error::new(Kind::NotFound, format!("This link gave no preview: {why}."))
}
