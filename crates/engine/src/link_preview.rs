//! Previews of links (`message.send` with `preview`): what the sender's program found behind a link, on the sender's word.
//! Nothing is fetched here, by nobody who receives it.
//!
//! What came is kept where it is within its bounds, and judged each time that it is shown: the link stands in the text as that
//! is now, nothing warns of it, and the conversation is not in strict mode. Where it leads is worked out here. A picture of
//! somebody who is no contact is not handed out, because whoever gets it would have it decoded.

use casemate_api::command::{MessageSend, NewLinkPreview};
use casemate_api::view;
use casemate_content::limits;
use casemate_content::proto as content;
use casemate_screening::link::Look;
use casemate_screening::{link, preview};
use casemate_wire::ids::MessageId;
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};

use crate::contact::Standing;
use crate::core::{Ctx, Done, invalid, too_large};
use crate::message::{Kind, Row};
use crate::thread::Thread;

/// What all links with a preview begin with.
const SCHEME: &str = "https://";

impl Ctx<'_> {
    /// What goes along with a text that is being sent; nothing in strict mode.
    pub fn wanted_link_preview(
        &self,
        thread: &Thread,
        wanted: &MessageSend,
    ) -> Done<Option<content::LinkPreview>> {
        let Some(asked) = &wanted.preview else { return Ok(None) };
        let text = wanted.text.as_deref().unwrap_or_default();
        let made = made(asked)?;
        if !is_bounded(&made) {
            return Err(too_large(format!(
                "A link has at most {} bytes, its title {} letters, what it is about {} and its picture {} bytes.",
                limits::LINK_BYTES,
                limits::LINK_TITLE_CHARS,
                limits::LINK_ABOUT_CHARS,
                limits::LINK_PICTURE_BYTES
            )));
        }
        if !is_of(&made, text) {
            return Err(invalid("A preview is of an https link that stands in the text, and has a title."));
        }
        if wanted.view_once {
            return Err(invalid("What is shown once has no preview."));
        }
        Ok((!self.is_strict(thread.id)?).then_some(made))
    }

    /// Keeps what came with a text, or goes with it.
    pub fn keep_link_preview(&mut self, message: MessageId, said: Option<&content::LinkPreview>) -> Done<()> {
        let Some(said) = said.filter(|said| is_bounded(said)) else { return Ok(()) };
        self.db
            .prepare_cached("INSERT OR IGNORE INTO link_previews(message, preview) VALUES (?1, ?2)")?
            .execute(params![&message.0[..], said.encode_to_vec()])?;
        Ok(())
    }

    /// The same as it came.
    pub fn link_preview_of(&self, row: &Row) -> Done<Option<content::LinkPreview>> {
        // Most texts have no link, and need no look into the table.
        if row.kind != Kind::Text as i64 || row.deleted || !row.text.contains(SCHEME) {
            return Ok(None);
        }
        let kept: Option<Vec<u8>> = self
            .db
            .prepare_cached("SELECT preview FROM link_previews WHERE message = ?1")?
            .query_row([&row.message.0[..]], |row| row.get(0))
            .optional()?;
        Ok(kept.and_then(|kept| content::LinkPreview::decode(&kept[..]).ok()))
    }

    /// What is shown of it, if anything.
    pub fn show_link_preview(&self, row: &Row, shown: &mut view::Message) -> Done<()> {
        let Some(kept) = self.link_preview_of(row)? else { return Ok(()) };
        let hidden = row.view_once || shown.known_bad.is_some() || !is_of(&kept, &row.text);
        if hidden || self.is_strict(row.thread)? {
            return Ok(());
        }
        let looked = self.look_at(&kept.url, None)?;
        if !looked.warnings.is_empty() || looked.host.is_empty() {
            return Ok(());
        }
        let from_contact = row.account == self.me()?.account()
            || self.person(row.account)?.is_some_and(|person| person.standing == Standing::Contact);
        let hexadecimal = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let about = preview::line(&kept.about);
        shown.preview = Some(view::LinkPreview {
            url: kept.url,
            host: looked.host,
            reads: looked.reads,
            title: preview::line(&kept.title),
            about: (!about.is_empty()).then_some(about),
            picture: (from_contact && !kept.picture.is_empty()).then(|| hexadecimal(&kept.picture)),
        });
        Ok(())
    }

    /// What a link is by itself. Names may imitate the own server's too.
    pub fn look_at(&self, url: &str, text: Option<&str>) -> Done<Look> {
        // A port is no part of a name.
        let own = self.me()?.server_name.split(':').next().unwrap_or_default();
        Ok(link::look(url, text, &[own]))
    }
}

fn made(asked: &NewLinkPreview) -> Done<content::LinkPreview> {
    Ok(content::LinkPreview {
        url: asked.url.clone(),
        title: preview::line(&asked.title),
        about: preview::line(asked.about.as_deref().unwrap_or_default()),
        picture: crate::compose::from_hexadecimal(asked.picture.as_deref(), limits::LINK_PICTURE_BYTES)?
            .into(),
    })
}

/// Whether it is no more than it may be.
fn is_bounded(said: &content::LinkPreview) -> bool {
    let fits = |text: &str, most: usize| text.len() <= 4 * most && text.chars().count() <= most;
    said.url.len() <= limits::LINK_BYTES
        && fits(&said.title, limits::LINK_TITLE_CHARS)
        && fits(&said.about, limits::LINK_ABOUT_CHARS)
        && said.picture.len() <= limits::LINK_PICTURE_BYTES
}

/// Whether it speaks of a link of this text.
pub fn is_of(said: &content::LinkPreview, text: &str) -> bool {
    // The whole text last.
    said.url.starts_with(SCHEME)
        && !preview::line(&said.title).is_empty()
        && preview::stands_in(&said.url, text)
}
