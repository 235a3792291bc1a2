//! Writing what somebody wrote into one zip (`report.create`), and handing it to a contact where that is wanted.

use std::path::Path;

use casemate_api::command::{AttachmentKind, ConversationCreate, MessageSend, NewAttachment, ReportCreate};
use casemate_api::{Command, Error, Kind, view};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Client;
use super::export::Here;

/// Makes a report. Where it cannot be handed on, none is made.
pub async fn run(client: &Client, wanted: ReportCreate) -> Result<Value, Error> {
    let (path, to) = (wanted.path.clone(), wanted.to.clone());
    if path.is_empty() {
        return Err(Error::new(Kind::Invalid, "A report needs a path to be written to."));
    }
    let conversation = match to {
        Some(to) => {
            let pair = ConversationCreate { members: vec![to], name: None };
            Some(
                answer::<view::ConversationCreated>(client, Command::ConversationCreate(pair))
                    .await?
                    .conversation,
            )
        }
        None => None,
    };
    let here = Here::new(client, Path::new(&path), false)?;
    let mut made = here
        .write(Path::new(&path), async |here, out| casemate_export::report(here, wanted, out).await)
        .await?;
    if let Some(conversation) = conversation {
        let kind = Some(AttachmentKind::Document);
        let file = NewAttachment { path, kind, caption: None, keep_metadata: true, preview: None };
        let send = MessageSend { conversation, attachments: vec![file], ..MessageSend::default() };
        made.message = Some(answer::<view::MessageSent>(client, Command::MessageSend(send)).await?.message);
    }
    serde_json::to_value(made).map_err(|error| Error::new(Kind::Invalid, error.to_string()))
}

async fn answer<T: DeserializeOwned>(client: &Client, command: Command) -> Result<T, Error> {
    let answer = client.ask(command).await?;
    serde_json::from_value(answer).map_err(|error| Error::new(Kind::Invalid, error.to_string()))
}
