//! What was begun and not sent: the engine keeps it, for all own devices.

use casemate_api::command::ConversationDraft;
use casemate_api::{Command, Error, view};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::begun::Draft;
use super::state::Store;
use crate::engine::ask;

impl Store {
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

    /// Nothing is lost: what was not sent stands in the composer again.
    pub(super) fn give_back(self, conversation: String, draft: Draft) {
        self.drafts.update(|drafts| {
            let now = drafts.entry(conversation.clone()).or_default();
            match now.text.is_empty() {
                true => *now = draft,
                // Above what was begun meanwhile.
                false if draft.editing.is_none() && now.editing.is_none() => {
                    now.text = format!("{}\n{}", draft.text, now.text);
                }
                false => {}
            }
        });
        self.keep_draft(conversation);
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
