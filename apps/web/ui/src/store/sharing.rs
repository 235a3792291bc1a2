//! Messages that go on: forwarded, looked into, voted on.

use casemate_api::command::{MessageForward, OneMessage, PollVote};
use casemate_api::{Command, Error, view};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::state::Store;
use crate::engine::ask;
use crate::locale::t;

impl Store {
    /// Sends messages once more, elsewhere.
    pub async fn forward(self, messages: Vec<String>, to: Vec<String>) -> Result<(), Error> {
        let forward = MessageForward { messages, to: to.clone() };
        ask::<view::Forwarded>(Command::MessageForward(forward)).await?;
        self.say(t("forwarded-done"));
        self.chosen.set(None);
        spawn_local(async move {
            for conversation in to {
                self.show_sent(&conversation).await;
            }
        });
        Ok(())
    }

    /// How far a message has got with everybody.
    pub async fn reached(self, message: String) -> Vec<view::Reached> {
        match ask::<view::MessageInfo>(Command::MessageInfo(OneMessage { message })).await {
            Ok(info) => info.members,
            Err(error) => {
                self.fails(&error);
                Vec::new()
            }
        }
    }

    /// What a message said before it was changed.
    pub async fn versions(self, message: String) -> Vec<view::Version> {
        let history = ask::<view::MessageHistory>(Command::MessageHistory(OneMessage { message })).await;
        history.map(|history| history.versions).unwrap_or_default()
    }

    /// Votes, or takes the vote back.
    pub fn vote(self, message: String, options: Vec<u32>) {
        self.quietly(Command::PollVote(PollVote { message, options }));
    }
}
