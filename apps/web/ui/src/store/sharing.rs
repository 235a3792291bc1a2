//! Messages that go on: forwarded, looked into, voted on.

use casemate_api::command::{MessageForward, MessageList, OneMessage, PollVote};
use casemate_api::{Command, Error, Kind, view};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::state::Store;
use crate::engine::ask;
use crate::locale::t;

impl Store {
    /// Sends messages once more, elsewhere.
    /// `index`: of one message this file alone.
    pub async fn forward(
        self,
        messages: Vec<String>,
        index: Option<u32>,
        to: Vec<String>,
    ) -> Result<(), Error> {
        let forward = MessageForward { messages, to: to.clone(), index };
        ask::<view::Forwarded>(Command::MessageForward(forward)).await?;
        for conversation in &to {
            self.undelete(conversation);
        }
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

    /// A message as the engine has it; none where it is gone. Nothing is said where that cannot be asked.
    pub(super) async fn message_now(
        self,
        conversation: &str,
        message: &str,
    ) -> Result<Option<view::Message>, Error> {
        let list = MessageList { conversation: conversation.to_owned(), ..MessageList::default() };
        // One is listed by the one before it; the first of all by a time before all.
        let before = MessageList { before: Some(message.to_owned()), ..list.clone() };
        let itself = match nearest(before).await {
            Ok(Some(before)) => MessageList { after: Some(before.message), ..list },
            Ok(None) => MessageList { from: Some("1970-01-01T00:00:00Z".to_owned()), ..list },
            Err(error) if error.kind == Kind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(nearest(itself).await?.filter(|found| found.message == message))
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

async fn nearest(list: MessageList) -> Result<Option<view::Message>, Error> {
    let list = MessageList { limit: Some(1), ..list };
    Ok(ask::<view::Messages>(Command::MessageList(list)).await?.messages.pop())
}
