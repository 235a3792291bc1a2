//! Which files a command names, for drivers to make ready before the engine hears of it ([`crate::Staged`]).

use casemate_api::command::{AttachmentKind, Command, NewAttachment};

/// A file to make ready.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// As the command names it: a path, or in a browser what the page lent.
    pub path: String,
    /// What it is to be sent as; else what its structure says.
    pub kind: Option<AttachmentKind>,
    /// Where and when a picture was taken stays in it.
    pub keep_metadata: bool,
    /// A document goes without what it tells of its making.
    pub clean: bool,
}

/// The files that a command names, in its order.
pub fn files_of(command: &Command) -> Vec<Wanted> {
    let picture = |path: &Option<String>| match path.as_deref() {
        // Empty removes the picture.
        None | Some("") => Vec::new(),
        Some(path) => {
            vec![Wanted {
                path: path.to_owned(),
                kind: Some(AttachmentKind::Photo),
                keep_metadata: false,
                clean: false,
            }]
        }
    };
    match command {
        Command::MessageSend(send) => attached(&send.attachments),
        Command::ListSend(send) => attached(&send.attachments),
        Command::HistoryAdd(add) => {
            let files = add.messages.iter().filter_map(|message| message.file.clone());
            // What is the person's own is kept as it is.
            files.map(|path| Wanted { path, kind: None, keep_metadata: true, clean: false }).collect()
        }
        Command::AccountSet(set) => picture(&set.picture),
        Command::ConversationSet(set) => picture(&set.picture),
        _ => Vec::new(),
    }
}

fn attached(files: &[NewAttachment]) -> Vec<Wanted> {
    let wanted = |file: &NewAttachment| Wanted {
        path: file.path.clone(),
        kind: file.kind,
        keep_metadata: file.keep_metadata,
        clean: file.clean,
    };
    files.iter().map(wanted).collect()
}
