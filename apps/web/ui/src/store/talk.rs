//! What a person puts into a conversation besides words and files: polls, cards, places, and messages for later.

use std::collections::HashSet;

use casemate_api::command::{
    DeleteScope, InConversation, ListDraft, ListRemove, ListSend, ListSet, Location, MessageDelete,
    MessageEdit, MessageReschedule, MessageSearch, MessageSend, NewPoll, Nothing, PollClose, Scheduled,
    SharedContact,
};
use casemate_api::{Command, Error, view};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::state::{Stays, Store};
use crate::engine::ask;
use crate::locale::{listed, spoken, ta};

/// What these parts of the app hold.
#[derive(Clone, Copy)]
pub struct TalkState {
    /// Those who ask to join a group.
    pub joins: RwSignal<Vec<view::JoinRequest>>,
    /// Broadcast lists.
    pub lists: RwSignal<Vec<view::PeopleList>>,
    /// Words that are marked in the open conversation.
    pub highlight: RwSignal<String>,
    /// Long messages that are shown whole.
    pub unfolded: RwSignal<HashSet<String>>,
}

impl TalkState {
    /// Empty.
    pub fn new() -> Self {
        Self {
            joins: RwSignal::new(Vec::new()),
            lists: RwSignal::new(Vec::new()),
            highlight: RwSignal::new(String::new()),
            unfolded: RwSignal::new(HashSet::new()),
        }
    }
}

impl Store {
    /// Finds messages, the oldest first.
    pub async fn find(self, search: MessageSearch) -> Vec<view::Message> {
        match ask::<view::Messages>(Command::MessageSearch(search)).await {
            Ok(found) => {
                let listed = found.messages.iter().filter(|message| message.known_bad.is_some());
                self.listed.update_value(|all| all.extend(listed.map(|message| message.message.clone())));
                found.messages
            }
            Err(error) => {
                self.fails(&error);
                Vec::new()
            }
        }
    }

    /// Whether a list of what attackers use names something of this message.
    pub fn is_listed(self, message: &str) -> bool {
        let held = self
            .window
            .with_untracked(|window| window.find(message).map(|message| message.known_bad.is_some()));
        held.unwrap_or_else(|| self.listed.with_value(|all| all.contains(message)))
    }

    /// Ends an own poll.
    pub fn close_poll(self, message: String) {
        self.quietly(Command::PollClose(PollClose { message }));
    }

    /// The link of a group.
    pub async fn group_link(self, conversation: String) -> Result<String, Error> {
        let made = ask::<view::Invite>(Command::GroupLink(InConversation { conversation })).await?;
        Ok(made.link)
    }

    /// The link so far leads nowhere any more.
    pub async fn reset_group_link(self, conversation: String) -> Result<(), Error> {
        ask::<Value>(Command::GroupLinkReset(InConversation { conversation })).await.map(|_| ())
    }

    /// All broadcast lists.
    pub async fn load_lists(self) {
        if let Ok(all) = ask::<view::Lists>(Command::ListList(Nothing {})).await {
            self.talk.lists.set(all.lists);
        }
    }

    /// Makes or changes a list.
    pub async fn set_list(self, set: ListSet) -> Result<(), Error> {
        ask::<Value>(Command::ListSet(set)).await?;
        self.load_lists().await;
        Ok(())
    }

    /// Gives a list up.
    pub async fn remove_list(self, list: String) -> Result<(), Error> {
        ask::<Value>(Command::ListRemove(ListRemove { list })).await?;
        self.load_lists().await;
        Ok(())
    }

    /// What was begun to a list and not sent.
    pub fn list_draft(self, list: &str) -> Option<String> {
        self.talk.lists.with_untracked(|all| Some(all.iter().find(|one| one.list == list)?.draft.clone()))
    }

    /// Keeps that. Nothing that is drawn changes with it.
    pub fn keep_list_draft(self, list: String, text: String) {
        if self.list_draft(&list).is_none_or(|kept| kept == text) {
            return;
        }
        self.knows_list_draft(&list, &text);
        self.attempt(
            async move { ask::<Value>(Command::ListDraft(ListDraft { list, text })).await.map(|_| ()) },
        );
    }

    fn knows_list_draft(self, list: &str, text: &str) {
        self.talk.lists.update_untracked(|all| {
            if let Some(kept) = all.iter_mut().find(|one| one.list == list) {
                kept.draft = text.to_owned();
            }
        });
    }

    /// One message to each of a list.
    pub async fn send_list(self, send: ListSend) -> Result<(), Error> {
        let list = send.list.clone();
        let sent = ask::<view::ListSent>(Command::ListSend(send)).await?;
        self.knows_list_draft(&list, "");
        let words = ta("list-sent", &[("count", sent.messages.len().into())]);
        if sent.left_out.is_empty() {
            self.say(words);
        } else {
            let names = listed(sent.left_out.iter().map(|address| self.name_of(address)));
            let left_out = ta("list-left-out", &[("names", names.into())]);
            self.toast.set(Some((spoken(&format!("{words} {left_out}")), Stays::Long)));
        }
        Ok(())
    }

    /// Sends a poll.
    pub async fn send_poll(self, conversation: String, poll: NewPoll) -> Result<(), Error> {
        self.send_thing(MessageSend { conversation, poll: Some(poll), ..MessageSend::default() }).await
    }

    /// Sends somebody's address.
    pub async fn send_contact(self, conversation: String, contact: SharedContact) -> Result<(), Error> {
        self.send_thing(MessageSend { conversation, contact: Some(contact), ..MessageSend::default() }).await
    }

    /// Sends a place.
    pub async fn send_place(self, conversation: String, place: Location) -> Result<(), Error> {
        self.send_thing(MessageSend { conversation, location: Some(place), ..MessageSend::default() }).await
    }

    async fn send_thing(self, mut send: MessageSend) -> Result<(), Error> {
        let conversation = send.conversation.clone();
        send.reply_to = self.answered_in(&conversation);
        self.gives(send).await?;
        self.show_sent(&conversation).await;
        Ok(())
    }

    /// Messages that wait for their time in a conversation, the next first.
    pub async fn scheduled(self, conversation: String) -> Vec<view::Message> {
        let wanted = Scheduled { conversation: Some(conversation) };
        let found = ask::<view::Messages>(Command::ConversationScheduled(wanted)).await;
        found.map(|found| found.messages).unwrap_or_default()
    }

    /// Gives up a message that waits for its time.
    pub async fn unschedule(self, message: String) -> Result<(), Error> {
        let delete = MessageDelete { message, scope: DeleteScope::Me };
        ask::<Value>(Command::MessageDelete(delete)).await.map(|_| ())
    }

    /// Other words and another time for what waits. `at` is RFC 3339.
    pub async fn change_waiting(self, message: view::Message, text: String, at: String) -> Result<(), Error> {
        let id = message.message;
        if text != message.text {
            ask::<Value>(Command::MessageEdit(MessageEdit { message: id.clone(), text })).await?;
        }
        let later = MessageReschedule { message: id, at: Some(at) };
        ask::<Value>(Command::MessageReschedule(later)).await.map(|_| ())
    }

    /// Sends now what waits for its time.
    pub async fn send_now(self, message: view::Message) -> Result<(), Error> {
        let conversation = message.conversation.clone();
        let later = MessageReschedule { message: message.message, at: None };
        ask::<Value>(Command::MessageReschedule(later)).await?;
        self.show_sent(&conversation).await;
        Ok(())
    }

    /// Does something and says why where it could not be done.
    pub fn attempt(self, what: impl Future<Output = Result<(), Error>> + 'static) {
        spawn_local(async move {
            if let Err(error) = what.await {
                self.fails(&error);
            }
        });
    }
}
