//! What a person keeps for herself: marks, notes, nicknames.

use casemate_api::command::{
    ContactNickname, ConversationClear, ConversationMark, DeviceRename, InConversation, Nothing, OneMessage,
    SettingsSet,
};
use casemate_api::{Command, Error, view};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::list::is_hidden;
use super::route::Route;
use super::state::Store;
use super::window::Window;
use crate::engine::ask;
use crate::locale::{t, ta};
use crate::ui::browser;

impl Store {
    /// What was chosen, as the engine keeps it.
    pub async fn settings(self) -> Option<view::Settings> {
        ask::<view::Settings>(Command::SettingsShow(Nothing {})).await.ok()
    }

    /// Chooses something that own devices share.
    pub fn choose(self, settings: SettingsSet) {
        self.quietly(Command::SettingsSet(settings));
    }

    /// Pins, archives, mutes a chat, or marks it as unread.
    pub fn mark_chat(self, mark: ConversationMark) {
        let conversation = mark.conversation.clone();
        spawn_local(async move {
            if let Err(error) = ask::<Value>(Command::ConversationMark(mark)).await {
                self.fails(&error);
            }
            self.refresh_conversation(&conversation).await;
        });
    }

    /// Whoever opens what they marked as unread has come back to it.
    pub(super) fn no_longer_marked_unread(self, conversation: &str) {
        let chat = untrack(|| self.conversation(conversation));
        if chat.is_some_and(|chat| chat.marked_unread && chat.unread == 0) {
            let conversation = conversation.to_owned();
            self.mark_chat(ConversationMark {
                conversation,
                unread: Some(false),
                ..ConversationMark::default()
            });
        }
    }

    /// Deletes its messages from this device, but for the starred ones.
    pub async fn clear_chat(self, conversation: String) -> Result<(), Error> {
        self.show_nothing_of(&conversation);
        let clear = ConversationClear { conversation, keep_starred: true, scheduled: false };
        ask::<Value>(Command::ConversationClear(clear)).await.map(drop)
    }

    /// What it holds is asked for anew when it is opened.
    fn show_nothing_of(self, conversation: &str) {
        if self.is_open(conversation) {
            self.open.set(None);
            self.window.set(Window::default());
        }
    }

    /// Clears a chat, starred messages and those for later too, and puts what is left of it where the list does not show it. What somebody
    /// writes there brings it back.
    pub async fn delete_chat(self, conversation: String) -> Result<(), Error> {
        self.clear_draft(conversation.clone());
        self.keep_draft(conversation.clone());
        self.quietly(Command::RecordingRemove(InConversation { conversation: conversation.clone() }));
        if self.route.with_untracked(|route| route.conversation() == Some(conversation.as_str())) {
            self.go(Route::Chats);
        }
        self.show_nothing_of(&conversation);
        let clear =
            ConversationClear { conversation: conversation.clone(), keep_starred: false, scheduled: true };
        ask::<Value>(Command::ConversationClear(clear)).await?;
        let away = ConversationMark {
            conversation: conversation.clone(),
            archived: Some(true),
            deleted: Some(true),
            pinned: Some(false),
            muted_until: Some(None),
            ..ConversationMark::default()
        };
        ask::<Value>(Command::ConversationMark(away)).await?;
        self.refresh_conversation(&conversation).await;
        Ok(())
    }

    /// Writing in a chat that was deleted brings it back.
    pub(super) fn undelete(self, conversation: &str) {
        if untrack(|| self.conversation(conversation)).is_some_and(|chat| chat.deleted && is_hidden(&chat)) {
            let back = ConversationMark {
                conversation: conversation.to_owned(),
                archived: Some(false),
                ..ConversationMark::default()
            };
            self.quietly(Command::ConversationMark(back));
        }
    }

    /// A voice message was heard. Own devices share it; whoever sent it learns nothing of it.
    pub fn listened(self, message: String) {
        self.quietly(Command::MessageListen(OneMessage { message }));
    }

    /// What a device of one's own is called.
    pub fn name_device(self, device: String, name: String) {
        spawn_local(async move {
            match ask::<Value>(Command::DeviceRename(DeviceRename { device, name })).await {
                Ok(_) => self.load_account().await,
                Err(error) => self.fails(&error),
            }
        });
    }

    /// What this device may be called among one's own: the browser and what it runs on.
    pub fn own_device_name(self) -> String {
        if crate::engine::is_native() {
            return t("device-native");
        }
        let named = |(name, system): (&'static str, &'static str)| {
            let called = ta("device-browser-on", &[("browser", name.into()), ("system", system.into())]);
            // A name has none of the marks that keep apart what is written from left and from right.
            called.replace(['\u{2068}', '\u{2069}'], "")
        };
        browser::called().map_or_else(|| t("device-web"), named)
    }

    /// An account that has just begun, or begun anew, on this device: it is called something.
    pub fn name_this_device(self) {
        if let Some(account) = self.account.get_untracked() {
            self.name_device(account.device, self.own_device_name());
        }
    }

    /// Opens the notes to oneself.
    pub fn open_notes(self) {
        spawn_local(async move {
            match ask::<view::ConversationCreated>(Command::ConversationNotes(Nothing {})).await {
                Ok(made) => {
                    self.refresh_conversation(&made.conversation).await;
                    self.go_to_chat(made.conversation);
                }
                Err(error) => self.fails(&error),
            }
        });
    }

    /// Gives somebody a name of one's own, or takes it away.
    pub fn nickname(self, who: String, nickname: String) {
        let nickname = Some(nickname.trim().to_owned()).filter(|name| !name.is_empty());
        self.quietly(Command::ContactNickname(ContactNickname { who, nickname }));
    }
}
