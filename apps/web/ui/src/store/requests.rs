//! Who asks to talk, groups that wait, and what one asked oneself.

use casemate_api::command::{ContactKnock, InConversation, Nothing, Who};
use casemate_api::{Command, Error, view};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::route::Route;
use super::state::Store;
use crate::engine::ask;
use crate::locale::t;

impl Store {
    pub(super) async fn load_requests(self) {
        if let Ok(all) = ask::<view::ContactRequests>(Command::ContactRequests(Nothing {})).await {
            self.requests.set(all.requests);
            self.sent_requests.set(all.sent);
        }
    }

    pub(super) async fn load_group_requests(self) {
        let all = ask::<view::ConversationRequests>(Command::ConversationRequests(Nothing {})).await;
        if let Ok(all) = all {
            self.group_requests.set(all.requests);
        }
    }

    /// Accepts, declines or blocks who knocks.
    pub fn answer_request(self, who: String, command: impl FnOnce(Who) -> Command + 'static) {
        self.requests.update(|all| all.retain(|request| request.from != who));
        spawn_local(async move {
            let command = command(Who { who: who.clone() });
            let accepts = matches!(command, Command::ContactAccept(_));
            let done = ask::<Value>(command).await;
            if let Err(error) = &done {
                self.fails(error);
            }
            self.load_contacts().await;
            self.load_requests().await;
            if let Err(error) = self.load_conversations().await {
                self.fails(&error);
            }
            // Where nobody else waits, what was accepted is what one came for.
            let more = self.requests.with_untracked(|all| !all.is_empty())
                || self.group_requests.with_untracked(|all| !all.is_empty());
            if accepts && done.is_ok() && !more && self.route.get_untracked() == Route::Requests {
                self.go_instead(Route::Chats);
                if let Err(error) = self.start_conversation(vec![who], None).await {
                    self.fails(&error);
                }
            }
        });
    }

    /// Takes a request of one's own back.
    pub fn withdraw_request(self, who: String) {
        self.attempt(async move {
            let done = ask::<Value>(Command::ContactWithdraw(Who { who })).await;
            self.load_requests().await;
            done?;
            self.say(t("request-withdrawn"));
            Ok(())
        });
    }

    /// Accepts or declines a group.
    pub fn answer_group(self, conversation: String, accept: bool) {
        self.group_requests.update(|all| all.retain(|request| request.conversation != conversation));
        spawn_local(async move {
            let wanted = InConversation { conversation: conversation.clone() };
            let command = if accept {
                Command::ConversationAccept(wanted)
            } else {
                Command::ConversationDecline(wanted)
            };
            match ask::<Value>(command).await {
                Ok(_) if accept => {
                    self.refresh_conversation(&conversation).await;
                    if self.route.get_untracked() == Route::Requests {
                        self.go_instead(Route::Chats);
                    }
                    self.go(Route::chat(conversation));
                }
                Ok(_) => self.refresh_conversation(&conversation).await,
                Err(error) => self.fails(&error),
            }
            self.load_group_requests().await;
        });
    }

    /// Asks somebody for contact.
    pub async fn knock(self, to: String, note: String) -> Result<(), Error> {
        let note = Some(note).filter(|note| !note.trim().is_empty());
        ask::<Value>(Command::ContactKnock(ContactKnock { to, note })).await?;
        self.load_requests().await;
        Ok(())
    }
}
