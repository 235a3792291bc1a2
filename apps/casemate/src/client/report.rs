//! Writing what somebody wrote into one zip (`report.create`), and handing it to a contact where that is wanted.

use std::path::Path;

use casemate_api::command::{AttachmentKind, ConversationCreate, MessageSend, NewAttachment, ReportCreate};
use casemate_api::{Command, Error, Kind, view};
use casemate_crypto::evidence::Sealing;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Client;
use super::export::{Here, Output};
use super::save::unwritable;

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
        .write(Path::new(&path), async |here, out| match wanted.passphrase.clone() {
            None => casemate_export::report(here, wanted, out).await,
            Some(passphrase) => sealed(here, wanted, &passphrase, out).await,
        })
        .await?;
    if let Some(conversation) = conversation {
        let kind = Some(AttachmentKind::Document);
        let file = NewAttachment { path, kind, keep_metadata: true, ..NewAttachment::default() };
        let send = MessageSend { conversation, attachments: vec![file], ..MessageSend::default() };
        made.message = Some(answer::<view::MessageSent>(client, Command::MessageSend(send)).await?.message);
    }
    serde_json::to_value(made).map_err(|error| Error::new(Kind::Invalid, error.to_string()))
}

/// Evidence: the same, encrypted while it is written.
async fn sealed(
    here: &Here<'_>,
    wanted: ReportCreate,
    passphrase: &str,
    out: Output<'_>,
) -> Result<view::Reported, Error> {
    let mut rng = casemate_crypto::rng::from_os().map_err(|error| {
        Error::new(Kind::NotAllowed, format!("The system gives no random numbers: {error}."))
    })?;
    let no_room = |error: std::io::Error| unwritable(Path::new(&wanted.path), &error);
    let sealing = Sealing::begin(out, passphrase, &mut rng).map_err(|why| Error::new(Kind::Invalid, why))?;
    let mut sealing = sealing.map_err(no_room)?;
    let mut made = casemate_export::report(here, wanted.clone(), &mut sealing).await?;
    let (bytes, sha256) = sealing.finish().map_err(no_room)?;
    (made.bytes, made.sha256) = (bytes, data_encoding::HEXLOWER.encode(&sha256));
    Ok(made)
}

async fn answer<T: DeserializeOwned>(client: &Client, command: Command) -> Result<T, Error> {
    let answer = client.ask(command).await?;
    serde_json::from_value(answer).map_err(|error| Error::new(Kind::Invalid, error.to_string()))
}
