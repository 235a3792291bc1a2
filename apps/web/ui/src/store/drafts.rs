//! What was begun and not sent: the engine keeps it, for all own devices.

use std::collections::HashMap;

use casemate_api::command::{ConversationDraft, MessageSend};
use casemate_api::{Command, Error, view};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::begun::{self, Draft};
use super::state::Store;
use crate::engine::ask;

impl Store {
    /// Keeps what was begun in a conversation, on all own devices.
    pub fn keep_draft(self, conversation: String) {
        let unkept = self.unkept(&conversation);
        if unkept.is_empty() {
            return self.forget_empty(&conversation);
        }
        spawn_local(async move {
            for draft in unkept {
                if let Err(error) = self.keeps(draft).await {
                    return self.fails(&error);
                }
            }
            self.forget_empty(&conversation);
        });
    }

    /// Nothing is begun here any more, which the engine knows: what another device begins is not undone by it.
    fn forget_empty(self, conversation: &str) {
        let is_empty = |drafts: &HashMap<String, Draft>| drafts.get(conversation) == Some(&Draft::default());
        if self.drafts.with_untracked(is_empty) {
            self.drafts.update(|drafts| drop(drafts.remove(conversation)));
            // What is kept is what lists show of it from here on.
            self.conversations.notify();
        }
    }

    /// Keeps it, and knows it as kept.
    async fn keeps(self, draft: ConversationDraft) -> Result<(), Error> {
        ask::<Value>(Command::ConversationDraft(draft.clone())).await?;
        self.knows_kept(&draft.conversation, |kept| match draft.edits {
            Some(message) if draft.text.is_empty() => {
                kept.edits.take_if(|edit| edit.message == message);
            }
            Some(message) => kept.edits = Some(view::BegunEdit { message, text: draft.text }),
            None => (kept.text, kept.reply_to) = (draft.text, draft.reply_to),
        });
        Ok(())
    }

    /// What the engine keeps of it by now. Nothing that is drawn changes with it: what is begun is drawn as it is here.
    fn knows_kept(self, conversation: &str, change: impl FnOnce(&mut view::Draft)) {
        self.conversations.update_untracked(|all| {
            if let Some(chat) = all.iter_mut().find(|one| one.conversation == conversation) {
                change(chat.draft.get_or_insert_default());
            }
        });
    }

    /// The same for all that is begun, until it is kept: the engine is about to be closed.
    pub async fn keep_drafts(self) {
        let begun: Vec<String> = self.drafts.with_untracked(|drafts| drafts.keys().cloned().collect());
        for draft in begun.iter().flat_map(|conversation| self.unkept(conversation)) {
            if let Err(error) = self.keeps(draft).await {
                self.fails(&error);
            }
        }
    }

    /// What was begun in a conversation, where the engine does not have it as it is: the new words of an old message, and what
    /// waits for their end.
    fn unkept(self, conversation: &str) -> Vec<ConversationDraft> {
        // Nothing known here yet is not the same as nothing written: what was kept may still be on its way to the page.
        let draft = self.drafts.with_untracked(|drafts| drafts.get(conversation).cloned());
        let Some(draft) = draft else { return Vec::new() };
        let chat = untrack(|| self.conversation(conversation));
        let kept = chat.and_then(|chat| chat.draft).unwrap_or_default();
        let conversation = conversation.to_owned();
        let (text, reply_to, edit) = match draft.editing {
            Some(message) => {
                let changed = draft.text != message.text || kept.edits.is_some();
                let edit = changed.then(|| ConversationDraft {
                    conversation: conversation.clone(),
                    text: draft.text,
                    edits: Some(message.message),
                    reply_to: None,
                });
                (draft.begun, kept.reply_to.clone(), edit)
            }
            None => (draft.text, draft.reply_to.map(|message| message.message), None),
        };
        let is_kept = (&kept.text, &kept.reply_to) == (&text, &reply_to);
        let begun = (!is_kept).then_some(ConversationDraft { conversation, text, reply_to, edits: None });
        edit.into_iter().chain(begun).collect()
    }

    /// What was written has gone out: an empty draft, which is kept as such.
    pub fn clear_draft(self, conversation: String) {
        self.drafts.update(|drafts| drop(drafts.insert(conversation, Draft::default())));
    }

    /// The message that is being answered in a conversation, for whatever goes out there in place of words.
    pub(super) fn answered_in(self, conversation: &str) -> Option<String> {
        self.drafts
            .with_untracked(|drafts| Some(drafts.get(conversation)?.reply_to.as_ref()?.message.clone()))
    }

    /// Gives the engine a message. Whatever goes out ends the draft that it keeps; what still stands here is kept anew, and
    /// answers no longer what is answered now.
    pub(super) async fn gives(self, send: MessageSend) -> Result<(), Error> {
        let (conversation, answered) = (send.conversation.clone(), send.reply_to.clone());
        ask::<view::MessageSent>(Command::MessageSend(send)).await?;
        self.undelete(&conversation);
        // Not opened since the page was loaded, it stands nowhere but there.
        let kept =
            untrack(|| self.conversation(&conversation)).and_then(|chat| chat.draft).unwrap_or_default();
        let (text, reply_to) = self.drafts.with_untracked(|drafts| {
            let here = drafts.get(&conversation).map(Draft::message);
            let (text, reply_to) = here.unwrap_or((&kept.text, kept.reply_to.as_deref()));
            (text.to_owned(), reply_to.filter(|one| Some(*one) != answered.as_deref()).map(str::to_owned))
        });
        self.knows_kept(&conversation, |kept| (kept.text, kept.reply_to) = Default::default());
        self.stop_answering(&conversation, answered.as_deref());
        match text.is_empty() && reply_to.is_none() {
            true => self.forget_empty(&conversation),
            false => {
                self.attempt(self.keeps(ConversationDraft { conversation, text, reply_to, edits: None }))
            }
        }
        Ok(())
    }

    fn stop_answering(self, conversation: &str, answered: Option<&str>) {
        let answers = |draft: &Draft| {
            draft.reply_to.as_ref().is_some_and(|message| Some(&message.message[..]) == answered)
        };
        if self.drafts.with_untracked(|drafts| drafts.get(conversation).is_some_and(answers)) {
            self.drafts.update(|drafts| {
                if let Some(draft) = drafts.get_mut(conversation) {
                    draft.reply_to = None;
                }
            });
        }
    }

    /// Nothing is lost: what was not sent stands in the composer again.
    pub async fn give_back(self, conversation: String, draft: Draft) {
        let is_here = || self.drafts.with_untracked(|drafts| drafts.contains_key(&conversation));
        let kept = untrack(|| self.conversation(&conversation)).and_then(|chat| chat.draft);
        let begun = match kept.filter(|_| !is_here()) {
            // Not opened since the page was loaded, what was begun stands nowhere but there; new words of an old message stay there.
            Some(kept) => self.as_begun(&conversation, view::Draft { edits: None, ..kept }).await,
            None => Draft::default(),
        };
        // What waits for the end of a change is kept besides the new words, or a reload would cost it.
        let waits = self.drafts.try_update(|drafts| {
            let here = drafts.entry(conversation.clone()).or_insert(begun);
            let before = here.begun.clone();
            here.take_back(draft);
            (here.editing.is_some() && here.begun != before).then(|| here.begun.clone())
        });
        if let Some(text) = waits.flatten() {
            let conversation = conversation.clone();
            self.attempt(self.keeps(ConversationDraft { conversation, text, reply_to: None, edits: None }));
        }
        self.keep_draft(conversation);
    }

    /// A message is not changed after all: what was begun of it need not be kept.
    pub fn give_up_edit(self, message: &view::Message) {
        let over = ConversationDraft {
            conversation: message.conversation.clone(),
            edits: Some(message.message.clone()),
            ..ConversationDraft::default()
        };
        self.attempt(self.keeps(over));
    }

    /// What was begun here earlier, or on another device.
    pub(super) async fn take_up_draft(self, conversation: &str) {
        let kept = untrack(|| self.conversation(conversation)).and_then(|chat| chat.draft);
        let begun = || self.drafts.with_untracked(|drafts| drafts.contains_key(conversation));
        let Some(kept) = kept.filter(|_| !begun()) else { return };
        let draft = self.as_begun(conversation, kept).await;
        // Somebody may have begun to write while the message was looked for.
        if !begun() {
            self.drafts.update(|drafts| drop(drafts.insert(conversation.to_owned(), draft)));
        }
    }

    /// As it stands in the page, with the messages it is about.
    async fn as_begun(self, conversation: &str, kept: view::Draft) -> Draft {
        // What answers a message that is gone answers none.
        let reply_to = match kept.reply_to {
            Some(id) => self.message_now(conversation, &id).await.ok().flatten(),
            None => None,
        };
        let mut draft = Draft { text: kept.text, reply_to, ..Draft::default() };
        if let Some(edit) = kept.edits
            && let Ok(Some(message)) = self.message_now(conversation, &edit.message).await
        {
            draft.begun = std::mem::replace(&mut draft.text, edit.text);
            draft.editing = Some(message);
        }
        draft
    }

    /// What is answered or changed here may be otherwise by now, or gone: neither its old words stand above the composer, nor is
    /// an answer to nothing given to the engine, which would not send it.
    pub(super) async fn begun_changed(self, conversation: &str, message: &str) {
        let is_about = |drafts: &HashMap<String, Draft>| {
            drafts.get(conversation).is_some_and(|draft| draft.is_about(message))
        };
        if !self.drafts.with_untracked(is_about) {
            return;
        }
        let Ok(now) = self.message_now(conversation, message).await else { return };
        let is_gone = now.is_none();
        self.drafts.update(|drafts| {
            if let Some(draft) = drafts.get_mut(conversation) {
                draft.follow(message, now);
            }
        });
        if is_gone {
            self.knows_kept(conversation, |kept| drop(kept.edits.take_if(|edit| edit.message == message)));
            self.keep_draft(conversation.to_owned());
        }
    }

    /// The engine may keep something else than `before`: what was begun here was gone on with on another device, sent or given
    /// up. What nobody changed here since goes the same way, or it would be told to all devices once more.
    pub(super) async fn follow_draft(self, conversation: &str, before: Option<view::Draft>) {
        let now = untrack(|| self.conversation(conversation)).and_then(|chat| chat.draft);
        let is_behind = || {
            self.drafts.with_untracked(|drafts| {
                begun::is_behind(drafts.get(conversation), before.as_ref(), now.as_ref())
            })
        };
        if !is_behind() {
            return;
        }
        // Where it is not open, lists show what is kept, and opening it takes that up.
        let is_open = self.is_open(conversation);
        if !self.drafts.with_untracked(|drafts| drafts.contains_key(conversation)) {
            return if is_open {
                self.take_up_draft(conversation).await
            };
        }
        let kept = view::Draft { edits: None, ..now.clone().unwrap_or_default() };
        let draft = match is_open {
            true => self.as_begun(conversation, kept.clone()).await,
            false => Draft::default(),
        };
        // Somebody may have begun to write while the message was looked for.
        if is_behind() {
            self.drafts.update(|drafts| match drafts.get_mut(conversation) {
                // The new words of an old message are this device's alone; this stands there again after them.
                Some(here) if here.editing.is_some() => here.begun = kept.text,
                _ if draft == Draft::default() => drop(drafts.remove(conversation)),
                _ => drop(drafts.insert(conversation.to_owned(), draft)),
            });
        }
    }
}
