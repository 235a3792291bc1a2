//! What the engine says, applied to what is on the screen.

use casemate_api::view::{Message, Presence};
use casemate_api::{Event, Kind};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::list::place;
use super::route::Route;
use super::state::{Phase, Store, Trouble};
use crate::engine::Notice;
use crate::locale::ta;
use crate::text::plain::one_line;

impl Store {
    /// Applies what the engine said by itself.
    pub fn notice(self, notice: Notice) {
        match notice {
            Notice::Ready(true) => spawn_local(async move { self.load().await }),
            Notice::Ready(false) => self.phase.set(Phase::Welcome),
            Notice::Locked(lock) => {
                self.forget();
                self.phase.set(Phase::Locked(lock));
            }
            Notice::Failed(error) if error.kind == Kind::Locked => self.phase.set(Phase::Elsewhere),
            Notice::Failed(error) => self.phase.set(Phase::Failed(error)),
            Notice::Closed => self.phase.set(Phase::Elsewhere),
            Notice::Event(event) => self.event(event),
        }
    }

    fn event(self, event: Event) {
        match event {
            Event::MessageReceived { message } => self.received(message),
            Event::MessageChanged { message, conversation } => {
                spawn_local(async move { self.refresh_message(&conversation, &message).await });
            }
            Event::MessageState { message, conversation, state, why } => {
                if self.is_open(&conversation) {
                    self.window.update(|window| window.state(&message, &state, why.clone()));
                }
                self.patch_last(&conversation, &message, |last| {
                    last.state = state;
                    last.why = why;
                });
            }
            Event::ContactRequested { .. } => spawn_local(async move { self.load_requests().await }),
            Event::ContactChanged { .. } => spawn_local(async move {
                self.load_contacts().await;
                self.load_requests().await;
            }),
            Event::ConversationChanged { conversation } => spawn_local(async move {
                self.refresh_conversation(&conversation).await;
                self.catch_up(&conversation).await;
                self.load_group_requests().await;
                self.load_joins().await;
            }),
            Event::TransferProgress { message, index, bytes, of } => self.transfers.update(|transfers| {
                if bytes >= of {
                    transfers.remove(&(message, index));
                } else {
                    transfers.insert((message, index), (bytes, of));
                }
            }),
            Event::Connection { state, why } => {
                self.trouble.set((state != "online").then_some(Trouble { state, why }));
            }
            Event::DeviceChanged { .. } => spawn_local(async move { self.load_account().await }),
            Event::Typing { conversation, who, on } => self.typing_heard(&conversation, who, on),
            Event::Presence { conversation, online, last_seen, .. } => {
                self.presence_heard(&conversation, Presence { online, last_seen });
            }
            Event::HistoryShared { conversation, .. } => {
                spawn_local(async move { self.show_newest(&conversation).await });
            }
            Event::DeviceLinked { .. } => self.was_linked(),
            Event::DeviceLinkFailed { why } => self.was_not_linked(&why),
            Event::DeviceWiped {} => self.was_wiped(),
            Event::HistoryProgress { done, of, finished, .. } => self.history_heard(done, of, finished),
            Event::ExportProgress { done, of } => self.export_heard(done, of),
            Event::SettingsChanged {} => {
                self.settings_changed();
                spawn_local(async move { self.load_lists().await });
            }
            Event::AccountChanged {} | Event::AccountReplaced {} => {
                spawn_local(async move { self.load_account().await });
            }
            Event::AccountDeleted {} => {
                self.forget();
                self.go(Route::Chats);
                self.phase.set(Phase::Welcome);
            }
            Event::SafetyChanged { .. } => spawn_local(async move { self.load_contacts().await }),
            #[allow(unreachable_patterns)] // Events of a newer engine.
            _ => {}
        }
    }

    fn received(self, message: Message) {
        let conversation = message.conversation.clone();
        if self.is_open(&conversation) {
            self.window.update(|window| window.arrived(message.clone()));
        }
        let own = self.is_me(&message.from);
        let known = self
            .conversations
            .with_untracked(|all| all.iter().find(|one| one.conversation == conversation).cloned());
        match known {
            Some(mut known) => {
                if !own && message.kind == "text" {
                    known.unread += 1;
                }
                known.last = Some(message.clone());
                self.conversations.update(|all| place(all, known));
            }
            None => spawn_local(async move { self.refresh_conversation(&conversation).await }),
        }
        if !own {
            self.tell(&message);
            let text = one_line(&message.text, 120);
            let name = untrack(|| self.name_of(&message.from));
            self.announced.set(ta("announce-message", &[("name", name.into()), ("text", text.into())]));
        }
    }

    /// Changes the newest message of a chat, if it is this one.
    pub(super) fn patch_last(self, conversation: &str, message: &str, change: impl FnOnce(&mut Message)) {
        self.conversations.update(|all| {
            let chat = all.iter_mut().find(|one| one.conversation == conversation);
            if let Some(last) =
                chat.and_then(|chat| chat.last.as_mut()).filter(|last| last.message == message)
            {
                change(last);
            }
        });
    }

    /// Whether the window shows this conversation.
    pub fn is_open(self, conversation: &str) -> bool {
        self.open.with_untracked(|open| open.as_deref() == Some(conversation))
    }
}
