//! Previews of links (`message.send` with `preview`): what the sender's program found behind a link, on the sender's word.
//! Nothing is fetched here, by nobody who receives it.
//!
//! What came is kept where it is within its bounds. Whether its link stands in the text is judged once, when it comes, and anew when the text
//! changes: a text may be long, and is shown often. Judged each time that it is shown is that nothing warns of the link, and that the
//! conversation is not in strict mode. Where it leads is worked out here. A picture of
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
    pub fn keep_link_preview(
        &mut self,
        message: MessageId,
        said: Option<&content::LinkPreview>,
        text: &str,
    ) -> Done<()> {
        let Some(said) = said.filter(|said| is_bounded(said)) else { return Ok(()) };
        self.db
            .prepare_cached(
                "INSERT OR IGNORE INTO link_previews(message, preview, stands) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![&message.0[..], said.encode_to_vec(), is_of(said, text)])?;
        Ok(())
    }

    /// A message has another text now.
    pub fn judge_link_preview(&mut self, row: &Row, text: &str) -> Done<()> {
        match self.kept_link_preview(row, text)? {
            Some((kept, _)) => self.link_preview_judged(row, is_of(&kept, text)),
            None => Ok(()),
        }
    }

    fn link_preview_judged(&self, row: &Row, stands: bool) -> Done<()> {
        self.db
            .prepare_cached("UPDATE link_previews SET stands = ?2 WHERE message = ?1")?
            .execute(params![&row.message.0[..], stands])?;
        Ok(())
    }

    /// The same as it came.
    pub fn link_preview_of(&self, row: &Row) -> Done<Option<content::LinkPreview>> {
        Ok(self.kept_link_preview(row, &row.text)?.map(|(kept, _)| kept))
    }

    /// The same, and whether it speaks of a link of the text, where that was judged.
    fn kept_link_preview(&self, row: &Row, text: &str) -> Done<Option<(content::LinkPreview, Option<bool>)>> {
        // Most texts have no link, and need no look into the table.
        if row.kind != Kind::Text as i64 || row.deleted || !text.contains(SCHEME) {
            return Ok(None);
        }
        let kept: Option<(Vec<u8>, Option<bool>)> = self
            .db
            .prepare_cached("SELECT preview, stands FROM link_previews WHERE message = ?1")?
            .query_row([&row.message.0[..]], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        Ok(kept.and_then(|(kept, stands)| Some((content::LinkPreview::decode(&kept[..]).ok()?, stands))))
    }

    /// What is shown of it, if anything.
    pub fn show_link_preview(&self, row: &Row, shown: &mut view::Message) -> Done<()> {
        let Some((kept, stands)) = self.kept_link_preview(row, &row.text)? else { return Ok(()) };
        let stands = match stands {
            Some(stands) => stands,
            None => {
                let stands = is_of(&kept, &row.text);
                self.link_preview_judged(row, stands)?;
                stands
            }
        };
        let hidden = row.view_once || shown.known_bad.is_some() || !stands;
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
