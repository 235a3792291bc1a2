//! What the engine says, applied to what is on the screen.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use casemate_api::command::MessageList;
use casemate_api::view::{Attachment, Message, Presence};
use casemate_api::{Event, Kind};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::calling::Sign;
use super::linking::Erased;
use super::list::{Mute, mute_of, place};
use super::route::Route;
use super::state::{Phase, Store, Trouble};
use super::telling::is_muted;
use super::window::PAGE;
use crate::engine::Notice;
use crate::locale::{t, ta};
use crate::text::plain::one_line;
use crate::ui::browser;
use crate::ui::bubble::preview;

/// Messages that come within this time of another are shown together.
const TOGETHER: Duration = Duration::from_millis(50);

impl Store {
    /// Applies what the engine said by itself.
    pub fn notice(self, notice: Notice) {
        match notice {
            Notice::Ready(true) => {
                // The engine knows what not to look into before it is asked for the first message.
                crate::ui::guard::begin();
                spawn_local(async move { self.load().await });
            }
            // Nothing was here, or its person began anew.
            Notice::Ready(false) => {
                // An account that is made, restored or linked from here on is looked into for the first time.
                crate::ui::guard::begin();
                if self.phase.with_untracked(|phase| *phase != Phase::Welcome) {
                    self.forget_account();
                }
                self.phase.set(Phase::Welcome);
            }
            Notice::Locked(lock) => {
                self.forget();
                self.phase.set(Phase::Locked(lock));
            }
            // Its calls went with it.
            Notice::Failed(error) if error.kind == Kind::Locked => {
                self.forget_calls();
                crate::engine::tabs::refused();
                self.phase.set(Phase::Elsewhere);
            }
            Notice::Failed(error) => {
                self.forget_calls();
                self.phase.set(Phase::Failed(error));
            }
            Notice::Closed => {
                self.forget();
                self.phase.set(Phase::Elsewhere);
            }
            Notice::Event(event) => self.event(event),
            Notice::Call(call) => self.begin_call(call),
            Notice::Made(path, bytes) => self.made_ready(&path, bytes),
        }
    }

    fn event(self, event: Event) {
        if let Event::MessageReceived { message } = event {
            return self.hear(message);
        }
        // What came before is there before anything is said about it.
        self.take_in();
        match event {
            Event::MessageChanged { message, conversation } => {
                spawn_local(async move {
                    self.refresh_message(&conversation, &message).await;
                    self.stands_still(&message);
                    self.chosen_changed(&conversation, &message).await;
                    self.begun_changed(&conversation, &message).await;
                    self.heard_changed(&conversation, &message).await;
                    // What stands above its answers changed with it.
                    let answers = self.window.with_untracked(|window| window.answers_to(&message));
                    for answer in answers.iter().filter(|_| self.is_open(&conversation)) {
                        self.refresh_message(&conversation, answer).await;
                    }
                    self.told_of_changed(&conversation, &message).await;
                });
            }
            Event::MessageReacted { message, conversation, from, emoji } => {
                spawn_local(async move { self.tell_of_reaction(conversation, message, from, emoji).await });
            }
            Event::MessageState { message, conversation, state, why } => {
                if state == "failed" && self.moves(&message) {
                    let (conversation, message) = (conversation.clone(), message.clone());
                    // Its files did not go out: what is said of them is another thing now.
                    spawn_local(async move {
                        self.refresh_message(&conversation, &message).await;
                        self.stands_still(&message);
                    });
                }
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
            Event::ConversationChanged { conversation } => {
                // A message may come before it is asked what came before that.
                let here = self.is_open(&conversation);
                let last = self.window.with_untracked(|window| window.settled()).filter(|_| here);
                spawn_local(async move {
                    let strict = || untrack(|| self.conversation(&conversation)).and_then(|chat| chat.strict);
                    let before = strict();
                    self.refresh_conversation(&conversation).await;
                    if strict() != before && self.is_open(&conversation) {
                        self.judge_previews().await;
                    }
                    self.catch_up(&conversation, last).await;
                    self.requests_changed().await;
                });
            }
            Event::TransferProgress { message, index, bytes, of } => {
                self.transfers.update(|transfers| {
                    if bytes >= of {
                        transfers.remove(&(message, index));
                    } else {
                        transfers.insert((message, index), (bytes, of));
                    }
                });
                if bytes >= of {
                    self.look_at_room();
                }
            }
            Event::Storage { full, why } => self.no_room.set(why.filter(|_| full)),
            Event::Connection { state, why } => {
                match state.as_str() {
                    "online" => {
                        self.backup_reachable();
                        self.wake_again();
                    }
                    // Perhaps because the account was restored elsewhere.
                    _ => spawn_local(async move { self.load_account().await }),
                }
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
            Event::CallRinging { call, conversation, .. } => {
                self.call_changed(call, conversation, "ringing", None);
            }
            Event::CallChanged { call, conversation, state, why, .. } => {
                self.call_changed(call, conversation, &state, why);
            }
            Event::CallSigned { address, device, muted, hand, camera, screen, reaction, .. } => {
                self.call_signed(&address, device, Sign { muted, hand, camera, screen, reaction });
            }
            Event::DeviceLinked { .. } => self.was_linked(),
            Event::DeviceLinkFailed { why } => self.was_not_linked(&why),
            Event::DeviceWiped {} => self.was_erased(Erased::Removed),
            Event::DeviceSignedOut { told: true } => self.was_erased(Erased::SignedOut),
            Event::DeviceSignedOut { told: false } => self.was_erased(Erased::SignedOutUntold),
            Event::HistoryProgress { device, done, of, finished } => {
                self.history_heard(&device, done, of, finished);
            }
            Event::ExportProgress { done, of } => self.export_heard(done, of),
            Event::BackupProgress { done, of } => self.backup_heard(done, of),
            Event::BackupDue { restore } => self.backup_due(restore),
            Event::BackupChanged {} => self.backup_changed(),
            Event::IndicatorsChanged {} => spawn_local(async move { self.marks_changed().await }),
            Event::IndicatorMatched { found } => self.indicator_matched(&found),
            Event::SettingsChanged {} => {
                self.settings_changed();
                spawn_local(async move {
                    self.load_lists().await;
                    self.judge_previews().await;
                });
            }
            Event::AccountChanged {} | Event::AccountReplaced {} | Event::AccountRestored { .. } => {
                spawn_local(async move { self.load_account().await });
            }
            Event::AccountDeleted {} => {
                self.forget_account();
                self.go(Route::Chats);
                self.phase.set(Phase::Welcome);
            }
            Event::SafetyChanged { .. } => spawn_local(async move { self.load_contacts().await }),
            #[allow(unreachable_patterns)] // Events of a newer engine.
            _ => {}
        }
    }

    /// Whether bytes of its files were on their way, as far as is known here.
    fn moves(self, message: &str) -> bool {
        self.transfers.with_untracked(|all| all.keys().any(|(of, _)| of == message))
    }

    /// Forgets how far files were that are not on their way any more: what did not arrive would arrive for ever.
    fn stands_still(self, message: &str) {
        if !self.moves(message) {
            return;
        }
        let is_moving = |file: &Attachment| matches!(&file.state[..], "queued" | "uploading" | "downloading");
        let moving: Vec<u32> = self.window.with_untracked(|window| {
            let files = window.find(message).map_or(&[][..], |message| &message.attachments[..]);
            (0u32..).zip(files).filter(|(_, file)| is_moving(file)).map(|(index, _)| index).collect()
        });
        self.transfers.update(|all| all.retain(|(of, index), _| of != message || moving.contains(index)));
    }

    /// Loads what waits for an answer, and once more where something changed meanwhile: after days away hundreds of
    /// conversations change at a time.
    async fn requests_changed(self) {
        if self.requesting.with_value(Option::is_some) {
            return self.requesting.set_value(Some(true));
        }
        loop {
            self.requesting.set_value(Some(false));
            self.load_group_requests().await;
            self.load_joins().await;
            if self.requesting.get_value() != Some(true) {
                break;
            }
        }
        self.requesting.set_value(None);
    }

    /// The first message of a burst is shown at once, what follows within a moment together: showing them costs as much as
    /// the list is long, and after days away thousands come.
    fn hear(self, message: Message) {
        let in_burst = self.burst.with_value(Option::is_some);
        self.burst.update_value(|burst| burst.get_or_insert_default().push(message));
        // Timers of a page that nobody sees may wait for a minute.
        if !in_burst || !browser::is_visible() {
            self.take_in();
        }
        if !in_burst {
            set_timeout(move || self.end_burst(), TOGETHER);
        }
    }

    fn end_burst(self) {
        if self.burst.with_value(|burst| burst.as_ref().is_none_or(Vec::is_empty)) {
            return self.burst.set_value(None);
        }
        self.take_in();
        set_timeout(move || self.end_burst(), TOGETHER);
    }

    fn take_in(self) {
        let messages = self.burst.try_update_value(|burst| burst.as_mut().map(std::mem::take)).flatten();
        if let Some(messages) = messages.filter(|messages| !messages.is_empty()) {
            self.received(messages);
        }
    }

    fn received(self, messages: Vec<Message>) {
        let here: Vec<&Message> =
            messages.iter().filter(|message| self.is_open(&message.conversation)).collect();
        if !here.is_empty() {
            self.window
                .update(|window| here.into_iter().cloned().for_each(|message| window.arrived(message)));
        }
        let mut unknown = BTreeSet::new();
        self.conversations.update(|all| {
            for message in &messages {
                match all.iter().find(|one| one.conversation == message.conversation).cloned() {
                    Some(mut known) => {
                        // As the engine counts.
                        if !self.is_me(&message.from) && message.kind != "notice" {
                            known.unread += 1;
                        }
                        if known.active < message.at {
                            known.active.clone_from(&message.at);
                        }
                        known.last = Some(message.clone());
                        place(all, known);
                    }
                    None => drop(unknown.insert(message.conversation.clone())),
                }
            }
        });
        // Of each conversation the newest is told, and whatever is for this person.
        let others = || messages.iter().filter(|message| !self.is_me(&message.from));
        let newest: BTreeMap<&str, &str> =
            others().map(|message| (&message.conversation[..], &message.message[..])).collect();
        let is_newest =
            |message: &Message| newest.get(&message.conversation[..]) == Some(&&message.message[..]);
        let tells: Vec<&Message> =
            others().filter(|message| is_newest(message) || self.is_meant(message)).collect();
        let known = |message: &Message| !unknown.contains(&message.conversation);
        tells.iter().filter(|message| known(message)).for_each(|message| self.tell(message));
        for conversation in &unknown {
            let there = |message: &&&Message| message.conversation == *conversation;
            let tells: Vec<Message> = tells.iter().filter(there).map(|message| (*message).clone()).collect();
            let conversation = conversation.clone();
            spawn_local(async move {
                // Whether it is muted or locked is not known before.
                self.refresh_conversation(&conversation).await;
                tells.iter().for_each(|message| self.tell(message));
            });
        }
        // Of what came together one message is read out: the newest of the chat that the person has before them, whatever is
        // muted there, else the newest that they would be told of.
        let now = browser::now();
        let before_them =
            |message: &Message| browser::is_visible() && untrack(|| self.shows_texts(&message.conversation));
        let is_told = |message: &Message| {
            let mute = self.conversations.with_untracked(|all| {
                let chat = all.iter().find(|one| one.conversation == message.conversation);
                chat.map_or(Mute::Not, |chat| mute_of(chat, &now))
            });
            !is_muted(mute, self.is_meant(message))
        };
        let here = others().rfind(|message| known(message) && before_them(message));
        let heard = here.or_else(|| others().rfind(|message| known(message) && is_told(message)));
        if let Some(message) = heard {
            let hidden = untrack(|| {
                self.hides_texts(&message.conversation) && !self.shows_texts(&message.conversation)
            });
            let text = if hidden { t("text-hidden") } else { one_line(&preview(message), 120) };
            let name = untrack(|| self.name_of(&message.from));
            self.announced.set(ta("announce-message", &[("name", name.into()), ("text", text.into())]));
        }
    }

    /// What is chosen is copied and passed on as it is now, also where it is too far away to be held.
    async fn chosen_changed(self, conversation: &str, id: &str) {
        let chosen = self.chosen.with_untracked(|all| {
            all.as_ref()?.messages().iter().find(|message| message.message == id).cloned()
        });
        let Some(was) = chosen else { return };
        let mut now = self.window.with_untracked(|window| window.find(id).cloned());
        if now.is_none() {
            let (conversation, from) = (conversation.to_owned(), Some(was.at));
            let there = MessageList { conversation, from, limit: Some(PAGE), ..MessageList::default() };
            now = self.listed(there).await.into_iter().find(|message| message.message == id);
        }
        self.chosen.update(|all| {
            if let Some(all) = all {
                all.changed(id, now);
            }
        });
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
