//! What is about to be sent: text, files, what it answers; a draft per conversation.

use std::collections::HashMap;

use casemate_api::Command;
use casemate_api::command::{AttachmentKind, MessageEdit, MessageSend, NewAttachment};
use casemate_api::view::Member;

use super::app::Purpose;
use super::editor::Editor;
use super::model::Open;
use super::slash::Typed;

/// The composer below the messages.
#[derive(Debug, Default)]
pub struct Composer {
    pub editor: Editor,
    pub files: Vec<File>,
    /// The message that will be answered.
    pub reply_to: Option<String>,
    /// The own message that will be changed.
    pub editing: Option<String>,
    drafts: HashMap<String, String>,
}

/// A file to send along.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    pub path: String,
    pub name: String,
    pub bytes: u64,
    /// Byte for byte, with everything that it tells.
    pub as_document: bool,
    /// A document, without what it tells of its making.
    pub clean: bool,
}

impl Composer {
    /// Leaves one conversation's draft and takes up another's.
    pub fn change_conversation(&mut self, from: Option<&str>, to: &str) {
        if from == Some(to) {
            return;
        }
        if let Some(from) = from {
            let draft = if self.editing.is_some() { String::new() } else { self.editor.text().to_owned() };
            self.drafts.insert(from.to_owned(), draft);
        }
        self.files.clear();
        self.reply_to = None;
        self.editing = None;
        self.editor.set(&self.drafts.remove(to).unwrap_or_default());
    }

    /// Is there something to send?
    pub fn is_empty(&self) -> bool {
        self.editor.text().trim().is_empty() && self.files.is_empty()
    }

    /// What to ask for, with the composer empty again. None where it is a command, which is never sent.
    pub fn send(&mut self, conversation: &str, members: &[Member]) -> Option<(Purpose, Command)> {
        let Typed::Text(said) = Typed::of(self.editor.text()) else { return None };
        let said = said.to_owned();
        let text = self.editor.take();
        if let Some(message) = self.editing.take() {
            let edit = MessageEdit { message, text: said };
            return Some((Purpose::Done("Changed."), Command::MessageEdit(edit)));
        }
        let attachments = self.files.drain(..).map(|file| NewAttachment {
            path: file.path,
            kind: (file.as_document || file.clean).then_some(AttachmentKind::Document),
            clean: file.clean,
            ..NewAttachment::default()
        });
        let send = MessageSend {
            conversation: conversation.to_owned(),
            text: (!said.trim().is_empty()).then(|| said.trim_end().to_owned()),
            attachments: attachments.collect(),
            reply_to: self.reply_to.take(),
            mentions: mentioned(&said, members),
            ..MessageSend::default()
        };
        let with_files = !send.attachments.is_empty();
        let purpose = Purpose::Send { conversation: conversation.to_owned(), text, with_files };
        Some((purpose, Command::MessageSend(send)))
    }

    /// Brings a text back that could not be sent, unless another was begun; then it becomes a draft behind it.
    pub fn give_back(&mut self, conversation: &str, text: String, open: Option<&Open>) {
        let here = open.is_some_and(|open| open.conversation == conversation);
        if !here {
            self.drafts.entry(conversation.to_owned()).or_insert(text);
        } else if self.editor.is_empty() {
            self.editor.set(&text);
        }
    }

    /// Takes back the last thing that was begun: answering, changing, a file. False where there is none.
    pub fn step_back(&mut self) -> bool {
        if self.editing.take().is_some() {
            self.editor.set("");
            return true;
        }
        self.reply_to.take().is_some() || self.files.pop().is_some()
    }
}

/// Addresses of the members whose `@name` is in a text.
fn mentioned(text: &str, members: &[Member]) -> Vec<String> {
    let names = |member: &&Member| {
        let name = member.address.split('@').next().unwrap_or_default();
        text.match_indices('@').any(|(at, _)| {
            let rest = &text[at + 1..];
            // Not the beginning of a longer name.
            rest.strip_prefix(name).is_some_and(|after| {
                !after.starts_with(|next: char| {
                    next.is_ascii_lowercase() || next.is_ascii_digit() || next == '@'
                })
            })
        })
    };
    members.iter().filter(names).map(|member| member.address.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_conversation_keeps_its_draft() {
        let mut composer = Composer::default();
        composer.change_conversation(None, "a");
        composer.editor.insert("for a");
        composer.change_conversation(Some("a"), "b");
        assert!(composer.is_empty());
        composer.change_conversation(Some("b"), "a");
        assert_eq!(composer.editor.text(), "for a");
    }

    #[test]
    fn members_are_mentioned_by_their_names() {
        let member = |address: &str| Member { address: address.into(), admin: false, ..Member::default() };
        let members = [member("ana@x.org"), member("anabel@x.org"), member("ben@x.org")];
        assert_eq!(mentioned("Hello @anabel, and @ben!", &members), ["anabel@x.org", "ben@x.org"]);
        assert!(mentioned("write to ana@x.org or @nobody", &members).is_empty());
    }

    #[test]
    fn what_could_not_be_sent_comes_back() {
        let mut composer = Composer::default();
        composer.editor.insert("hello");
        let purpose = composer.send("a", &[]).map(|(purpose, _)| purpose);
        let Some(Purpose::Send { text, .. }) = purpose else { panic!("not sent") };
        composer.give_back("a", text, Some(&Open::new("a", 0)));
        assert_eq!(composer.editor.text(), "hello");
    }
}
