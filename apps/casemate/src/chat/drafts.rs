//! What was begun and not sent, as the engine keeps it (`conversation.draft`) for all own devices: texts, what they answer, and
//! on this device the new words of an own message. Files to send along are not kept: they are on this machine anyhow.
//!
//! A command is not kept either: a backup's passphrase may stand in it, and it was meant for no other device.

use casemate_api::command::ConversationDraft;
use casemate_api::{Command, view};

use super::app::{App, Purpose};
use super::compose::{Begun, Composer};
use super::model::Connection;
use super::slash::{Typed, typed_for};

/// What the engine keeps of one conversation, as far as is known here.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Kept {
    text: String,
    reply_to: Option<String>,
    /// An own message and its new words.
    edit: Option<(String, String)>,
}

impl Kept {
    fn of(draft: Option<&view::Draft>) -> Self {
        let Some(draft) = draft else { return Self::default() };
        let edit = draft.edits.as_ref().map(|edit| (edit.message.clone(), edit.text.clone()));
        Self { text: draft.text.clone(), reply_to: draft.reply_to.clone(), edit }
    }

    /// As it stands in the composer.
    fn begun(&self) -> Begun {
        let (text, reply_to) = (typed_for(&self.text), self.reply_to.clone());
        match &self.edit {
            None => Begun { text, reply_to, ..Begun::default() },
            Some((message, words)) => Begun {
                text: typed_for(words),
                editing: Some(message.clone()),
                before: text,
                reply_to,
                ..Begun::default()
            },
        }
    }

    /// The same with what is begun now.
    fn with(&self, begun: &Begun) -> Self {
        let mut kept = self.clone();
        if let Typed::Text(text) = Typed::of(begun.message()) {
            (kept.text, kept.reply_to) = (text.to_owned(), begun.reply_to.clone());
        }
        match (&begun.editing, Typed::of(&begun.text)) {
            (Some(message), Typed::Text(words)) => kept.edit = Some((message.clone(), words.to_owned())),
            (Some(_), Typed::Command { .. }) => {}
            (None, _) => kept.edit = None,
        }
        // To the engine no new words are no change.
        kept.edit.take_if(|(_, words)| words.is_empty());
        kept
    }

    /// What tells the engine of the difference.
    fn told(&self, conversation: &str, now: &Self) -> Vec<ConversationDraft> {
        let conversation = || conversation.to_owned();
        let mut told = Vec::new();
        if (&self.text, &self.reply_to) != (&now.text, &now.reply_to) {
            let (text, reply_to) = (now.text.clone(), now.reply_to.clone());
            told.push(ConversationDraft { conversation: conversation(), text, reply_to, edits: None });
        }
        if self.edit != now.edit {
            let over = self.edit.as_ref().map(|(message, _)| (message.clone(), String::new()));
            told.extend(now.edit.clone().or(over).map(|(message, text)| ConversationDraft {
                conversation: conversation(),
                text,
                reply_to: None,
                edits: Some(message),
            }));
        }
        told
    }
}

impl Composer {
    /// What was begun there, be it that it stands in the composer.
    fn begun_in(&self, conversation: &str, is_open: bool) -> Begun {
        if is_open { self.begun() } else { self.drafts.get(conversation).cloned().unwrap_or_default() }
    }

    /// What the engine should keep of a conversation and does not; None where it has it as it is.
    fn unkept(&self, conversation: &str, is_open: bool) -> Option<Kept> {
        let known = self.kept.get(conversation)?;
        let begun = self.begun_in(conversation, is_open);
        // Until the engine has what was sent, its draft is all that there is of it.
        if begun == Begun::default() && self.sending.iter().any(|sent| sent.conversation == conversation) {
            return None;
        }
        let now = known.with(&begun);
        (now != *known).then_some(now)
    }

    /// A conversation is opened: the first time with what the engine keeps, later with what was begun here.
    pub fn knows(&mut self, conversation: &str, draft: Option<&view::Draft>) {
        if !self.kept.contains_key(conversation) {
            let kept = Kept::of(draft);
            self.drafts.entry(conversation.to_owned()).or_insert_with(|| kept.begun());
            self.kept.insert(conversation.to_owned(), kept);
        }
    }

    /// The engine has what was sent, and keeps no draft of it any more.
    pub fn was_sent(&mut self, conversation: &str, begun: &Begun) {
        if let Some(kept) = self.kept.get_mut(conversation) {
            match begun.editing {
                Some(_) => kept.edit = None,
                None => (kept.text, kept.reply_to) = Default::default(),
            }
        }
    }

    /// The engine keeps something else: gone on with on another device, sent or given up there. What nobody changed here
    /// since goes the same way, or it would be told to all devices once more.
    fn follow(&mut self, conversation: &str, draft: Option<&view::Draft>, is_open: bool) {
        let Some(known) = self.kept.get(conversation) else { return };
        let theirs = Kept::of(draft);
        let begun = self.begun_in(conversation, is_open);
        let is_changed_here = matches!(Typed::of(begun.message()), Typed::Command { .. })
            || (&known.with(&begun).text, &begun.reply_to) != (&known.text, &known.reply_to);
        let now = Kept { edit: known.edit.clone(), ..theirs };
        if is_changed_here || now == *known {
            return;
        }
        let mut begun = Begun { reply_to: now.reply_to.clone(), ..begun };
        match begun.editing {
            Some(_) => begun.before = typed_for(&now.text),
            None => begun.text = typed_for(&now.text),
        }
        self.kept.insert(conversation.to_owned(), now);
        match is_open {
            true => self.take_up(begun),
            false => drop(self.drafts.insert(conversation.to_owned(), begun)),
        }
    }
}

impl Begun {
    /// What own devices share of it: not the new words of an own message.
    fn message(&self) -> &str {
        if self.editing.is_some() { &self.before } else { &self.text }
    }
}

impl App {
    /// Whether the server cannot be reached.
    pub fn is_offline(&self) -> bool {
        matches!(self.model.connection, Connection::Offline(_))
    }

    /// Whether something was written that the engine does not keep yet.
    pub fn is_draft_unkept(&self) -> bool {
        self.model.open.as_ref().is_some_and(|open| self.composer.unkept(&open.conversation, true).is_some())
    }

    /// Has the engine keep what stands in the composer.
    pub fn keep_draft(&mut self) {
        if let Some(conversation) = self.model.open.as_ref().map(|open| open.conversation.clone()) {
            self.keep_draft_of(&conversation);
        }
    }

    pub fn keep_draft_of(&mut self, conversation: &str) {
        let is_open = self.model.open.as_ref().is_some_and(|open| open.conversation == conversation);
        let Some(now) = self.composer.unkept(conversation, is_open) else { return };
        let before = self.composer.kept.insert(conversation.to_owned(), now.clone()).unwrap_or_default();
        for draft in before.told(conversation, &now) {
            self.composer.keeping += 1;
            self.composer.is_listed = false;
            self.call(Purpose::Drafted, Command::ConversationDraft(draft));
        }
    }

    /// The list says what the engine keeps. One that was asked for before the last word about a draft says nothing new.
    pub fn follow_drafts(&mut self) {
        if !self.composer.is_listed {
            return;
        }
        let open = self.model.open.as_ref().map(|open| &open.conversation);
        for chat in &self.model.conversations {
            let is_open = open == Some(&chat.conversation);
            self.composer.follow(&chat.conversation, chat.draft.as_ref(), is_open);
        }
    }
}
