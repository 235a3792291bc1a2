//! What a person keeps for herself: marks, drafts, notes, nicknames.

use casemate_api::command::{
    ContactNickname, ConversationClear, ConversationDraft, ConversationMark, DeviceRename, InConversation,
    Nothing, OneMessage, SettingsSet,
};
use casemate_api::{Command, Error, view};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::list::is_deleted;
use super::route::Route;
use super::state::{Draft, Store};
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
    pub(super) async fn undelete(self, conversation: &str) {
        if untrack(|| self.conversation(conversation)).is_some_and(|chat| is_deleted(&chat)) {
            let back = ConversationMark {
                conversation: conversation.to_owned(),
                archived: Some(false),
                ..ConversationMark::default()
            };
            self.quietly(Command::ConversationMark(back));
        }
    }

    /// Keeps what was begun in a conversation, on all own devices.
    pub fn keep_draft(self, conversation: String) {
        let unkept = self.unkept(conversation.clone());
        // Nothing is begun here any more: what another device begins is not undone by it.
        self.drafts.update(|drafts| {
            if drafts.get(&conversation) == Some(&Draft::default()) {
                drafts.remove(&conversation);
            }
        });
        let Some(draft) = unkept else { return };
        spawn_local(async move {
            if let Err(error) = self.keeps(draft).await {
                self.fails(&error);
            }
        });
    }

    /// Keeps it, and knows it as kept.
    async fn keeps(self, draft: ConversationDraft) -> Result<(), Error> {
        ask::<Value>(Command::ConversationDraft(draft.clone())).await?;
        // Nothing that is drawn changes with it: what is begun is drawn as it is here.
        self.conversations.update_untracked(|all| {
            let Some(chat) = all.iter_mut().find(|one| one.conversation == draft.conversation) else {
                return;
            };
            let kept = chat.draft.get_or_insert_default();
            match draft.edits {
                Some(message) if draft.text.is_empty() => {
                    kept.edits.take_if(|edit| edit.message == message);
                }
                Some(message) => kept.edits = Some(view::BegunEdit { message, text: draft.text }),
                None => (kept.text, kept.reply_to) = (draft.text, draft.reply_to),
            }
        });
        Ok(())
    }

    /// The same for all that is begun, until it is kept: the engine is about to be closed.
    pub async fn keep_drafts(self) {
        let begun: Vec<String> = self.drafts.with_untracked(|drafts| drafts.keys().cloned().collect());
        for draft in begun.into_iter().filter_map(|conversation| self.unkept(conversation)) {
            if let Err(error) = self.keeps(draft).await {
                self.fails(&error);
            }
        }
    }

    /// What was begun in a conversation, where the engine does not have it as it is.
    fn unkept(self, conversation: String) -> Option<ConversationDraft> {
        // Nothing known here yet is not the same as nothing written: what was kept may still be on its way to the page.
        let draft = self.drafts.with_untracked(|drafts| drafts.get(&conversation).cloned())?;
        let chat = untrack(|| self.conversation(&conversation));
        let kept = chat.and_then(|chat| chat.draft).unwrap_or_default();
        if let Some(message) = draft.editing {
            let changed = draft.text != message.text || kept.edits.is_some();
            return changed.then_some(ConversationDraft {
                conversation,
                text: draft.text,
                edits: Some(message.message),
                reply_to: None,
            });
        }
        let reply_to = draft.reply_to.map(|message| message.message);
        ((&kept.text, &kept.reply_to) != (&draft.text, &reply_to)).then_some(ConversationDraft {
            conversation,
            text: draft.text,
            reply_to,
            edits: None,
        })
    }

    /// What was written has gone out: an empty draft, which is kept as such.
    pub fn clear_draft(self, conversation: String) {
        self.drafts.update(|drafts| drop(drafts.insert(conversation, Draft::default())));
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
                    self.go(Route::chat(made.conversation));
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

    /// A message is not changed after all: what was begun of it need not be kept.
    pub fn give_up_edit(self, message: &view::Message) {
        self.quietly(Command::ConversationDraft(ConversationDraft {
            conversation: message.conversation.clone(),
            edits: Some(message.message.clone()),
            ..ConversationDraft::default()
        }));
    }

    /// What was begun here earlier, or on another device.
    pub(super) async fn take_up_draft(self, conversation: &str) {
        let kept = untrack(|| self.conversation(conversation)).and_then(|chat| chat.draft);
        let begun = || self.drafts.with_untracked(|drafts| drafts.contains_key(conversation));
        let Some(kept) = kept.filter(|_| !begun()) else { return };
        let reply_to = match kept.reply_to {
            Some(id) => self.fetch_around(conversation, &id).await.find(&id).cloned(),
            None => None,
        };
        let mut draft = Draft { text: kept.text, reply_to, ..Draft::default() };
        if let Some(edit) = kept.edits
            && let Some(message) = self.fetch_around(conversation, &edit.message).await.find(&edit.message)
        {
            draft.begun = std::mem::replace(&mut draft.text, edit.text);
            draft.editing = Some(message.clone());
        }
        // Somebody may have begun to write while the message was looked for.
        if !begun() {
            self.drafts.update(|drafts| drop(drafts.insert(conversation.to_owned(), draft)));
        }
    }
}
