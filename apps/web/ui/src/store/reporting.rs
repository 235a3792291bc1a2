//! A report, to the place where its person wants it.

use casemate_api::command::{AttachmentKind, ConversationCreate, MessageSend, NewAttachment, ReportCreate};
use casemate_api::{Command, Error, Kind, view};

use super::Store;
use crate::engine::report::report;
use crate::engine::{ask, lend_file};
use crate::text::plain::handle;
use crate::ui::browser;
use crate::ui::canvas::named;

impl Store {
    /// Hands one to the browser to save.
    pub async fn save_report(self, wanted: &ReportCreate) -> Result<(), Error> {
        let made = report(wanted).await?;
        browser::save(&made, &name_of(wanted));
        Ok(())
    }

    /// Sends one to a contact, as a document.
    pub async fn hand_report(self, wanted: &ReportCreate, to: String) -> Result<(), Error> {
        let made = report(wanted).await?;
        let file = named(&made, &name_of(wanted))
            .ok_or_else(|| Error::new(Kind::StorageFull, "The browser has no room for the file."))?;
        let path = lend_file(&file).await?;
        let pair = ConversationCreate { members: vec![to], name: None };
        let pair: view::ConversationCreated = ask(Command::ConversationCreate(pair)).await?;
        let kind = Some(AttachmentKind::Document);
        let file = NewAttachment { path, kind, keep_metadata: true, ..NewAttachment::default() };
        let send = MessageSend {
            conversation: pair.conversation.clone(),
            attachments: vec![file],
            ..MessageSend::default()
        };
        self.gives(send).await?;
        self.show_sent(&pair.conversation).await;
        Ok(())
    }
}

fn name_of(wanted: &ReportCreate) -> String {
    let today = browser::now();
    let who = wanted.who.as_deref().map(handle).unwrap_or_default();
    // Evidence is no zip before its words were typed.
    let ending = if wanted.passphrase.is_some() { "casemate" } else { "zip" };
    format!("casemate-report-{who}-{}.{ending}", today.get(..10).unwrap_or_default())
}
