//! Previews of links in the linear mode: asked for by a command, shown before anything is sent.

use casemate_api::Command;
use casemate_api::command::{NewLinkPreview, OneLink, SettingsSet};
use casemate_api::view::LinkPreviewed;

use super::{Plain, complain, say};
use crate::chat::text::harmless_line;

impl Plain {
    /// `/previews on`, `/previews off`
    pub(super) async fn allow_previews(&mut self, rest: &str) -> anyhow::Result<()> {
        let on = match rest {
            "on" => true,
            "off" => false,
            _ => return say("Like this: /previews on, or /previews off"),
        };
        let said = match on {
            true => "On. A site whose link you name in /preview learns this device's address.",
            false => "Off. No site is asked for anything.",
        };
        self.done(
            Command::SettingsSet(SettingsSet { link_previews: Some(on), ..SettingsSet::default() }),
            said,
        )
        .await
    }

    /// `/preview LINK`, `/preview none`
    pub(super) async fn make_preview(&mut self, rest: &str) -> anyhow::Result<()> {
        if rest.is_empty() {
            return say("Like this: /preview https://example.org/page");
        }
        self.preview = None;
        if rest == "none" {
            return say("No preview goes along.");
        }
        let conversation = self.conversation().map(|open| open.conversation);
        match self
            .ask::<LinkPreviewed>(Command::LinkPreview(OneLink { url: rest.to_owned(), conversation }))
            .await
        {
            Ok(made) => {
                let about = made.preview.about.as_deref().map(|about| format!(". {}", harmless_line(about)));
                let picture = if made.preview.picture.is_some() { ", with a picture" } else { "" };
                say(&format!(
                    "Preview of {}: {}{}{picture}.",
                    harmless_line(&made.host),
                    harmless_line(&made.preview.title),
                    about.unwrap_or_default()
                ))?;
                self.preview = Some(made.preview);
                say("It goes along with your next message that has this link. /preview none leaves it away.")
            }
            Err(error) => complain(&error.message),
        }
    }

    /// What goes along with this text, where the link is a word of it.
    pub(super) fn preview_for(&mut self, text: &str) -> Option<NewLinkPreview> {
        self.preview.take_if(|made| text.split_whitespace().any(|word| word == made.url))
    }
}
