//! What is about to be sent: text, files, what it answers; and what was begun in each conversation. Nothing of it is lost.

use std::collections::HashMap;

use casemate_api::Command;
use casemate_api::command::{AttachmentKind, MessageEdit, MessageSend, NewAttachment};
use casemate_api::view::Member;

use super::app::Purpose;
use super::drafts::Kept;
use super::editor::Editor;
use super::model::Open;
use super::slash::{Typed, typed_for};

/// The composer below the messages.
#[derive(Debug, Default)]
pub struct Composer {
    pub editor: Editor,
    pub files: Vec<File>,
    /// The message that will be answered.
    pub reply_to: Option<String>,
    /// The own message that will be changed.
    pub editing: Option<String>,
    /// What was written before an own message was changed, and stands there again after it.
    before: String,
    /// What was begun in other conversations.
    pub(super) drafts: HashMap<String, Begun>,
    /// What the engine keeps of those that were opened.
    pub(super) kept: HashMap<String, Kept>,
    /// Words about drafts that the engine has not answered yet.
    pub keeping: usize,
    /// The list that is asked for has all that was said of drafts.
    pub is_listed: bool,
    /// What is on its way to the engine.
    pub sending: Vec<Sending>,
}

/// Something that was sent, until the engine has it.
#[derive(Debug)]
pub struct Sending {
    pub conversation: String,
    /// Its files are made ready first.
    pub with_files: bool,
}

/// What was begun and not sent, while it does not stand in the composer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Begun {
    pub text: String,
    pub files: Vec<File>,
    pub reply_to: Option<String>,
    pub editing: Option<String>,
    pub before: String,
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
            let begun = self.put_away();
            self.drafts.insert(from.to_owned(), begun);
        }
        let begun = self.drafts.remove(to).unwrap_or_default();
        self.take_up(begun);
    }

    /// What stands in the composer.
    pub fn begun(&self) -> Begun {
        Begun {
            text: self.editor.text().to_owned(),
            files: self.files.clone(),
            reply_to: self.reply_to.clone(),
            editing: self.editing.clone(),
            before: self.before.clone(),
        }
    }

    /// Takes everything out of the composer.
    fn put_away(&mut self) -> Begun {
        Begun {
            text: self.editor.leave(),
            files: std::mem::take(&mut self.files),
            reply_to: self.reply_to.take(),
            editing: self.editing.take(),
            before: std::mem::take(&mut self.before),
        }
    }

    pub fn take_up(&mut self, begun: Begun) {
        self.editor.begin(&begun.text);
        (self.files, self.reply_to) = (begun.files, begun.reply_to);
        (self.editing, self.before) = (begun.editing, begun.before);
    }

    /// Changes an own message. What was being written stands there again after it.
    pub fn change(&mut self, message: String, text: &str) {
        if self.editing.replace(message).is_none() {
            self.before = self.editor.text().to_owned();
        }
        self.editor.begin(&typed_for(text));
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
            let begun = Begun { text, editing: Some(message.clone()), ..Begun::default() };
            self.editor.set(&std::mem::take(&mut self.before));
            self.goes(conversation, false);
            let purpose = Purpose::Send { conversation: conversation.to_owned(), begun };
            return Some((purpose, Command::MessageEdit(MessageEdit { message, text: said })));
        }
        let files = std::mem::take(&mut self.files);
        let reply_to = self.reply_to.take();
        let attachments = files.iter().cloned().map(|file| NewAttachment {
            path: file.path,
            kind: (file.as_document || file.clean).then_some(AttachmentKind::Document),
            clean: file.clean,
            ..NewAttachment::default()
        });
        let send = MessageSend {
            conversation: conversation.to_owned(),
            text: (!said.trim().is_empty()).then(|| said.trim_end().to_owned()),
            attachments: attachments.collect(),
            reply_to: reply_to.clone(),
            mentions: mentioned(&said, members),
            ..MessageSend::default()
        };
        let begun = Begun { text, files, reply_to, ..Begun::default() };
        self.goes(conversation, begun.has_files());
        let purpose = Purpose::Send { conversation: conversation.to_owned(), begun };
        Some((purpose, Command::MessageSend(send)))
    }

    /// Files would go along.
    pub fn has_files(&self) -> bool {
        !self.files.is_empty() && self.editing.is_none()
    }

    /// Messages whose files are being made ready.
    pub fn preparing(&self) -> usize {
        self.sending.iter().filter(|sent| sent.with_files).count()
    }

    /// Whether something that was written is on its way to the engine.
    pub fn is_unsettled(&self) -> bool {
        self.keeping > 0 || !self.sending.is_empty()
    }

    /// Notes that something goes to the engine.
    fn goes(&mut self, conversation: &str, with_files: bool) {
        self.sending.push(Sending { conversation: conversation.to_owned(), with_files });
        self.is_listed = false;
    }

    /// The engine has it, or does not take it.
    pub fn went(&mut self, conversation: &str, begun: &Begun) {
        let is_it =
            |sent: &Sending| sent.conversation == conversation && sent.with_files == begun.has_files();
        if let Some(at) = self.sending.iter().position(is_it) {
            self.sending.remove(at);
        }
    }

    /// Brings back what could not be sent, with what was begun meanwhile.
    pub fn give_back(&mut self, conversation: &str, unsent: Begun, open: Option<&Open>) {
        if open.is_none_or(|open| open.conversation != conversation) {
            return self.drafts.entry(conversation.to_owned()).or_default().take_back(unsent);
        }
        let mut begun = self.put_away();
        begun.take_back(unsent);
        self.take_up(begun);
    }

    /// Takes back the last thing that was begun: answering, changing, a file. False where there is none.
    pub fn step_back(&mut self) -> bool {
        if self.editing.take().is_some() {
            self.editor.set(&std::mem::take(&mut self.before));
            return true;
        }
        self.reply_to.take().is_some() || self.files.pop().is_some()
    }
}

impl Begun {
    /// With files, which are made ready before they go.
    pub fn has_files(&self) -> bool {
        !self.files.is_empty()
    }

    /// What was not sent stands here again, above what was begun meanwhile. Together they may be longer than a message: then
    /// sending them says so.
    fn take_back(&mut self, mut unsent: Begun) {
        match (&unsent.editing, &self.editing) {
            (None, None) => self.text = joined(&unsent.text, &self.text),
            // It stands there again after the change.
            (None, Some(_)) => self.before = joined(&unsent.text, &self.before),
            (Some(_), None) => {
                self.before = std::mem::replace(&mut self.text, unsent.text);
                self.editing = unsent.editing;
            }
            (Some(message), Some(here)) if message == here && self.text == unsent.text => {}
            // There is room for the new words of one message: those of another stand there as a text of their own.
            (Some(_), Some(_)) => self.before = joined(&unsent.text, &self.before),
        }
        unsent.files.append(&mut self.files);
        self.files = unsent.files;
        self.reply_to = self.reply_to.take().or(unsent.reply_to);
    }
}

/// What was not sent, and below it what was begun meanwhile.
fn joined(unsent: &str, begun: &str) -> String {
    match (unsent.is_empty(), begun.is_empty()) {
        (_, true) => unsent.to_owned(),
        (true, false) => begun.to_owned(),
        (false, false) => format!("{unsent}\n{begun}"),
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
        composer.files = vec![file("one"), file("two")];
        composer.reply_to = Some("m1".to_owned());
        let unsent = sent(&mut composer);
        assert!(composer.is_empty() && composer.reply_to.is_none());
        composer.give_back("a", unsent.clone(), Some(&Open::new("a", 0)));
        assert_eq!(composer.put_away(), unsent);
        // In a conversation that was left meanwhile, too.
        composer.give_back("a", unsent.clone(), Some(&Open::new("b", 0)));
        composer.give_back("a", unsent, None);
        composer.change_conversation(Some("b"), "a");
        assert_eq!((composer.editor.text(), composer.files.len()), ("hello\nhello", 4));
    }

    #[test]
    fn what_could_not_be_sent_costs_nothing_that_was_begun_meanwhile() {
        let mut composer = Composer::default();
        let open = Open::new("a", 0);
        composer.editor.insert("hello");
        composer.files = vec![file("one")];
        let unsent = sent(&mut composer);
        composer.editor.insert("and more");
        composer.files = vec![file("two")];
        composer.give_back("a", unsent.clone(), Some(&open));
        assert_eq!(composer.editor.text(), "hello\nand more");
        assert_eq!(composer.files, [file("one"), file("two")]);
        // Files without a word.
        composer.give_back("a", Begun { text: String::new(), ..unsent.clone() }, Some(&open));
        assert_eq!((composer.editor.text(), composer.files.len()), ("hello\nand more", 3));
        // While an own message is changed it waits for the end of that.
        composer.put_away();
        composer.change("m1".to_owned(), "new words");
        composer.give_back("a", unsent.clone(), Some(&open));
        assert_eq!(composer.editor.text(), "new words");
        let edit = sent(&mut composer);
        assert_eq!((edit.text.as_str(), composer.editor.text()), ("new words", "hello"));
        assert_eq!(composer.files, unsent.files);
        // And the change comes back above it.
        composer.give_back("a", edit, Some(&open));
        assert_eq!(composer.editor.text(), "new words");
        assert!(composer.step_back());
        assert_eq!(composer.editor.text(), "hello");
    }

    #[test]
    fn what_was_written_stands_there_again_after_a_change() {
        let mut composer = Composer::default();
        composer.editor.insert("begun");
        composer.change("m1".to_owned(), "old");
        composer.change("m2".to_owned(), "/old");
        assert_eq!(composer.editor.text(), "//old");
        composer.change_conversation(Some("a"), "b");
        assert!(composer.is_empty() && composer.editing.is_none());
        composer.change_conversation(Some("b"), "a");
        assert_eq!((composer.editor.text(), composer.editing.as_deref()), ("//old", Some("m2")));
        assert!(composer.step_back());
        assert_eq!(composer.editor.text(), "begun");
    }

    fn file(name: &str) -> File {
        File { path: name.into(), name: name.into(), bytes: 1, as_document: false, clean: false }
    }

    fn sent(composer: &mut Composer) -> Begun {
        match composer.send("a", &[]) {
            Some((Purpose::Send { begun, .. }, _)) => begun,
            other => panic!("not sent: {other:?}"),
        }
    }
}
