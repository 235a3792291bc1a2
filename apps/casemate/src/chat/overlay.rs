//! What lies over the conversations for a moment: help, requests, a new chat, search, a file's path.

use casemate_api::view::{Conversation, Message};

use super::devices::{DevicesView, Step};
use super::editor::Editor;
use super::locked::Prove;

/// One at a time.
#[derive(Debug)]
pub enum Overlay {
    /// All keys; how far it is scrolled.
    Help(usize),
    /// People and groups who ask; which is marked.
    Requests {
        marked: usize,
    },
    NewChat(NewChat),
    NewGroup(NewGroup),
    Information(Information),
    Search(Search),
    /// The path of a file to send.
    File(PathPrompt),
    /// Where to save a received file.
    Save(SavePrompt),
    /// A reaction to a message.
    React {
        message: String,
        editor: Editor,
    },
    /// Something that cannot be undone.
    Confirm(Confirm),
    /// An invitation link, to be given to somebody.
    Invite(String),
    /// Own devices.
    Devices(DevicesView),
    /// The passphrase, for a locked chat.
    Prove(Prove),
}

/// Finding somebody to write to, or knocking.
#[derive(Debug, Default)]
pub struct NewChat {
    /// A name, an address or a link.
    pub editor: Editor,
    pub marked: usize,
    /// Once somebody new was typed: the words to knock with.
    pub note: Option<Editor>,
}

/// A group in the making.
#[derive(Debug, Default)]
pub struct NewGroup {
    pub name: Editor,
    /// Addresses.
    pub members: Vec<String>,
    pub marked: usize,
    /// The name is settled; members are chosen.
    pub choosing: bool,
    /// Members are added to this group, which is there already.
    pub add_to: Option<String>,
}

/// What stands behind a conversation.
#[derive(Debug)]
pub struct Information {
    pub conversation: String,
    pub shown: Option<Conversation>,
    pub marked: usize,
    /// A new name being typed.
    pub rename: Option<Editor>,
}

/// Search in this conversation or in all.
#[derive(Debug)]
pub struct Search {
    pub editor: Editor,
    pub everywhere: bool,
    /// Newest first.
    pub found: Vec<Message>,
    pub marked: usize,
    /// The words that `found` is for.
    pub searched: Option<String>,
}

/// A path with completion.
#[derive(Debug, Default)]
pub struct PathPrompt {
    pub editor: Editor,
    pub choices: Vec<String>,
    pub as_document: bool,
    /// See [`super::compose::File::clean`].
    pub clean: bool,
    pub wrong: Option<String>,
}

/// Where a received file goes.
#[derive(Debug)]
pub struct SavePrompt {
    pub message: String,
    pub index: u32,
    pub path: PathPrompt,
}

/// A question before something that cannot be undone.
#[derive(Debug)]
pub struct Confirm {
    /// What will happen.
    pub question: String,
    pub act: Act,
}

/// What is done on "yes".
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    DeleteForMe(String),
    DeleteForEveryone(String),
    Leave(String),
    Remove { conversation: String, member: String },
    Block(String),
    Quit,
}

impl Overlay {
    /// Begins a chat with what was typed already.
    pub fn new_chat(typed: &str) -> Self {
        Self::NewChat(NewChat { editor: Editor::with(typed), ..NewChat::default() })
    }

    /// The text being typed in it, if any: where pasting goes.
    pub fn editor(&mut self) -> Option<&mut Editor> {
        match self {
            Overlay::NewChat(chat) => Some(chat.note.as_mut().unwrap_or(&mut chat.editor)),
            Overlay::NewGroup(group) if !group.choosing => Some(&mut group.name),
            Overlay::Information(information) => information.rename.as_mut(),
            Overlay::Search(search) => Some(&mut search.editor),
            Overlay::File(prompt) => Some(&mut prompt.editor),
            Overlay::Save(prompt) => Some(&mut prompt.path.editor),
            Overlay::React { editor, .. } => Some(editor),
            Overlay::Devices(DevicesView {
                step:
                    Step::Code(editor)
                    | Step::Words { editor, .. }
                    | Step::Rename(editor)
                    | Step::Prove { passphrase: editor, .. },
                ..
            }) => Some(editor),
            Overlay::Prove(prove) => Some(&mut prove.passphrase),
            _ => None,
        }
    }
}

impl Search {
    /// In one conversation, or in all where there is none.
    pub fn new(everywhere: bool) -> Self {
        Self { editor: Editor::default(), everywhere, found: Vec::new(), marked: 0, searched: None }
    }

    /// Takes what was found, newest first.
    pub fn take(&mut self, mut found: Vec<Message>) {
        found.reverse();
        self.found = found;
        self.marked = 0;
        self.searched = Some(self.editor.text().to_owned());
    }
}
