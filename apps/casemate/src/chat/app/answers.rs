//! Answers to what the app asked, each by its purpose.

use casemate_api::command::Nothing;
use casemate_api::view::{
    Account, ContactRequests, Contacts, ConversationCreated, ConversationRequests, Conversations, Invite,
    Messages, Saved,
};
use casemate_api::{Command, Error, Kind};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{App, Purpose, Screen};
use crate::chat::overlay::Overlay;
use crate::chat::text::harmless_line;
use crate::chat::welcome::{Unlock, Welcome};
use crate::chat::when;

impl App {
    /// The answer to a call.
    pub fn answer(&mut self, purpose: Purpose, result: Result<Value, Error>) {
        self.asked = self.asked.saturating_sub(usize::from(purpose.is_soon()));
        match (purpose, result) {
            (Purpose::Account, Ok(value)) => self.with(value, Self::enter),
            (Purpose::Account, Err(error)) => self.no_account(&error),
            (Purpose::Create | Purpose::Unlock, Ok(_)) => {
                self.link = None;
                self.call(Purpose::Account, Command::AccountShow(Nothing {}));
            }
            (Purpose::Create, Err(error)) => {
                if let Screen::Welcome(welcome) = &mut self.screen {
                    welcome.failed(&error);
                }
            }
            (Purpose::Unlock, Err(error)) => {
                if let Screen::Unlock(unlock) = &mut self.screen {
                    unlock.failed(&error);
                }
            }
            (Purpose::List, result) => {
                if let Ok(value) = result {
                    self.with(value, Self::take_list);
                }
                if self.list.done() {
                    self.refresh_list();
                }
            }
            (Purpose::Page { conversation, asked }, result) => {
                if let Ok(value) = result {
                    self.with(value, |app, page: Messages| {
                        app.model.take_page(&conversation, page.messages, asked);
                        app.mark_read();
                        app.load_until_selected();
                    });
                }
                if self.page.done() {
                    self.refresh_page();
                }
            }
            (Purpose::Older { conversation, asked }, result) => {
                self.older = false;
                if let Ok(value) = result {
                    self.with(value, |app, page: Messages| {
                        app.model.take_older(&conversation, page.messages, asked);
                        app.load_until_selected();
                    });
                }
            }
            (Purpose::Contacts, Ok(value)) => {
                self.with(value, |app, all: Contacts| app.model.contacts = all.contacts);
            }
            (Purpose::Requests, Ok(value)) => {
                self.with(value, |app, all: ContactRequests| app.model.requests = all.requests);
                self.close_empty_requests();
            }
            (Purpose::GroupRequests, Ok(value)) => {
                self.with(value, |app, all: ConversationRequests| app.model.group_requests = all.requests);
                self.close_empty_requests();
            }
            (Purpose::Send { conversation, begun }, Ok(_)) => {
                self.composer.went(&conversation, &begun);
                self.composer.was_sent(&conversation, &begun);
                self.keep_draft_of(&conversation);
                if begun.editing.is_some() {
                    self.say("Changed.");
                }
                self.refresh_page();
            }
            (Purpose::Send { conversation, begun }, Err(error)) => {
                self.composer.went(&conversation, &begun);
                self.composer.give_back(&conversation, begun, self.model.open.as_ref());
                self.keep_draft_of(&conversation);
                self.complain(&error.message);
            }
            // Where it is not, an event says so.
            (Purpose::Reached, _) => {}
            (Purpose::Drafted, result) => {
                self.composer.keeping = self.composer.keeping.saturating_sub(1);
                if let Err(error) = result {
                    self.complain(&error.message);
                }
            }
            (Purpose::Opened, Ok(value)) => {
                self.with(value, |app, made: ConversationCreated| {
                    app.overlay = None;
                    app.refresh_list();
                    app.open(&made.conversation);
                });
            }
            (Purpose::Information(of), Ok(value)) => {
                self.with(value, |app, mut shown: Conversations| {
                    if let Some(Overlay::Information(information)) = &mut app.overlay
                        && information.conversation == of
                    {
                        information.shown = shown.conversations.pop();
                    }
                });
            }
            (Purpose::Search(text), Ok(value)) => {
                self.with(value, |app, found: Messages| {
                    if let Some(Overlay::Search(search)) = &mut app.overlay
                        && search.editor.text() == text
                    {
                        search.take(found.messages);
                    }
                });
            }
            (Purpose::Saved(path), Ok(value)) => {
                self.with(value, |app, saved: Saved| {
                    let size = when::size(saved.bytes);
                    let said = format!("Saved {size} as {}.", harmless_line(&path));
                    match crate::client::save::doubts(&saved).first() {
                        Some(doubt) => app.complain(&format!("{said} {doubt}")),
                        None => app.say(said),
                    }
                });
            }
            (Purpose::Invite, Ok(value)) => {
                self.with(value, |app, invite: Invite| app.overlay = Some(Overlay::Invite(invite.link)));
            }
            (Purpose::Devices, Ok(value)) => self.with(value, Self::take_devices),
            (Purpose::Inspected(code), Ok(value)) => {
                self.with(value, |app, asking| app.take_asking(code, asking));
            }
            (Purpose::Approved, Ok(value)) => self.with(value, Self::take_approved),
            (Purpose::DeviceGone, Ok(value)) => self.with(value, Self::take_removed),
            (Purpose::Kit, Ok(value)) => self.with(value, Self::take_kit),
            (Purpose::Inspected(_) | Purpose::Approved | Purpose::DeviceGone | Purpose::Kit, Err(error)) => {
                self.devices_answer(|view| view.wrong = Some(error.message));
            }
            (Purpose::Code, Ok(value)) => self.with(value, Self::take_code),
            (Purpose::Code, Err(error)) => {
                if let Screen::Welcome(welcome) = &mut self.screen {
                    welcome.failed(&error);
                }
            }
            (Purpose::Calls, Ok(value)) => self.with(value, Self::tell_of_call),
            // The call says by itself when it ends.
            (Purpose::Calls, Err(_)) => {}
            (Purpose::Proved, result) => self.proved(result.err().map(|error| error.message)),
            (Purpose::BackedUp, Ok(_)) => {}
            (Purpose::BackedUp, Err(error)) if matches!(error.kind, Kind::Offline | Kind::Taken) => {}
            (Purpose::Done(sentence), Ok(_)) => {
                if !sentence.is_empty() {
                    self.say(sentence);
                }
            }
            (Purpose::Said(sentence), Ok(_)) => self.say(sentence),
            (_, Err(error)) => self.complain(&error.message),
        }
    }

    fn enter(&mut self, account: Account) {
        let first = self.model.account.is_none();
        self.model.account = Some(account);
        self.screen = Screen::Main;
        if !first {
            return;
        }
        self.refresh_list();
        self.call(Purpose::Contacts, Command::ContactList(Nothing {}));
        self.call(Purpose::Requests, Command::ContactRequests(Nothing {}));
        self.call(Purpose::GroupRequests, Command::ConversationRequests(Nothing {}));
        if let Some(link) = self.link.take() {
            self.overlay = Some(Overlay::new_chat(&link));
        }
    }

    fn no_account(&mut self, error: &Error) {
        match error.kind {
            Kind::NotFound => self.screen = Screen::Welcome(Welcome::new(self.link.as_deref())),
            Kind::Locked => self.screen = Screen::Unlock(Unlock::default()),
            _ => self.complain(&error.message),
        }
    }

    fn take_list(&mut self, all: Conversations) {
        let marked = self.model.conversations.get(self.marked).map(|marked| marked.conversation.clone());
        self.model.conversations = all.conversations.into_iter().rev().collect();
        let at = self.model.conversations.iter().position(|one| Some(&one.conversation) == marked.as_ref());
        self.marked = at.unwrap_or(self.marked).min(self.model.conversations.len().saturating_sub(1));
        self.follow_drafts();
    }

    fn close_empty_requests(&mut self) {
        if self.model.waiting() == 0 && matches!(self.overlay, Some(Overlay::Requests { .. })) {
            self.overlay = None;
        }
    }

    /// Goes on with an answer of the expected shape; any other is a fault of this program, said and survived.
    fn with<T: DeserializeOwned>(&mut self, value: Value, then: impl FnOnce(&mut Self, T)) {
        match serde_json::from_value(value) {
            Ok(answer) => then(self, answer),
            Err(error) => self.complain(&format!("An answer could not be shown: {error}.")),
        }
    }
}
