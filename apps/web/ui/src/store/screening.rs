//! Links before they open, lists of what is known to be bad, and the check-up.

use casemate_api::command::{
    IndicatorsImport, IndicatorsRemove, LinkLook, NewLinkPreview, Nothing, OneAttachment, OneLink,
};
use casemate_api::{Command, Error, view};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;
use web_sys::File;

use super::state::Store;
use crate::engine::{ask, lend_file};
use crate::locale::ta;

impl Store {
    /// Where a link goes, and what is odd about it.
    pub async fn look_at_link(self, url: String, message: Option<String>) -> Result<view::LinkLooked, Error> {
        ask(Command::LinkLook(LinkLook { url, text: None, message })).await
    }

    /// What the page behind a link is called, where a program on this machine may ask it.
    pub async fn preview_of(self, url: String, conversation: String) -> Result<view::LinkPreview, Error> {
        let wanted = OneLink { url, conversation: Some(conversation) };
        let view::LinkPreviewed { preview, host, reads } = ask(Command::LinkPreview(wanted)).await?;
        let NewLinkPreview { url, title, about, picture } = preview;
        Ok(view::LinkPreview { url, host, reads, title, about, picture })
    }

    /// Previews of links in the open conversation, anew: strict mode shows none.
    pub async fn judge_previews(self) {
        let Some(conversation) = self.open.get_untracked() else { return };
        let ids: Vec<String> = self.window.with_untracked(|window| {
            let linked = window.rows.iter().filter(|row| row.message.text.contains("https://"));
            linked.map(|row| row.message.message.clone()).collect()
        });
        for id in ids {
            self.refresh_message(&conversation, &id).await;
        }
    }

    /// Has guard look into a file again that it died of before.
    pub fn look_again(self, message: String, index: u32) {
        spawn_local(async move {
            if let Err(error) = self.release_file(message, index).await {
                self.fails(&error);
            }
        });
    }

    /// Files that could not be looked into, the newest first.
    pub async fn held_files(self) -> Result<Vec<view::GuardEntry>, Error> {
        Ok(ask::<view::GuardJournal>(Command::GuardJournal(Nothing {})).await?.entries)
    }

    /// Lets a file be looked into again.
    pub async fn release_file(self, message: String, index: u32) -> Result<(), Error> {
        ask::<Value>(Command::GuardRelease(OneAttachment { message, index })).await?;
        Ok(())
    }

    /// How well this device is kept.
    pub async fn checkup(self) -> Result<view::Checkup, Error> {
        ask(Command::GuardCheckup(Nothing {})).await
    }

    /// Lists that are here.
    pub async fn indicator_lists(self) -> Result<Vec<view::IndicatorList>, Error> {
        Ok(ask::<view::IndicatorLists>(Command::IndicatorsList(Nothing {})).await?.lists)
    }

    /// Takes a list from a file.
    pub async fn import_indicators(self, file: &File) -> Result<view::IndicatorsAdded, Error> {
        let path = lend_file(file).await?;
        ask(Command::IndicatorsImport(IndicatorsImport { path })).await
    }

    /// Forgets a list.
    pub async fn remove_indicators(self, list: String) -> Result<(), Error> {
        ask::<Value>(Command::IndicatorsRemove(IndicatorsRemove { list })).await?;
        Ok(())
    }

    /// Looks through all messages.
    pub async fn look_back(self) -> Result<view::LookBack, Error> {
        let found = ask(Command::IndicatorsLookBack(Nothing {})).await?;
        self.marks_changed().await;
        Ok(found)
    }

    /// What is known of the messages on the screen is no longer what stands there.
    pub(super) async fn marks_changed(self) {
        if let Some(open) = self.open.get_untracked() {
            self.show_newest(&open).await;
        }
    }

    /// Something known came in a message; the message says it too.
    pub fn indicator_matched(self, found: &view::IndicatorMatch) {
        let name = untrack(|| self.name_or_you(&found.from));
        self.say(ta("known-bad-came", &[("name", name.into())]));
    }
}

/// The same as it is sent.
pub fn going_along(shown: view::LinkPreview) -> NewLinkPreview {
    NewLinkPreview { url: shown.url, title: shown.title, about: shown.about, picture: shown.picture }
}
