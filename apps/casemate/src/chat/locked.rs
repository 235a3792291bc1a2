//! Single chats that are locked besides: their texts are shown to whoever gives the passphrase once more.

use casemate_api::Command;
use casemate_api::command::{AccountProve, ContactStrict, ConversationMark};

use super::app::{App, Purpose};
use super::editor::Editor;
use super::model::Model;
use super::overlay::Overlay;

/// What stands instead of a locked chat's last message.
pub const INSTEAD: &str = "locked";

/// The passphrase, asked for once more.
#[derive(Debug)]
pub struct Prove {
    pub conversation: String,
    pub then: Then,
    pub passphrase: Editor,
    pub wrong: Option<String>,
    /// Deriving a key takes a moment.
    pub busy: bool,
}

/// What happens to the chat once the passphrase is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    Show,
    LockNoMore,
    /// Strict mode is turned off in it.
    Loosen,
}

impl Model {
    /// Whether a passphrase opens what is on this device.
    pub fn is_lockable(&self) -> bool {
        let kept = self.account.as_ref().map(|account| account.key_kept_in.as_str());
        matches!(kept, Some("passphrase" | "passphrase_or_passkey"))
    }

    /// Whether this chat's texts are for whoever gives the passphrase.
    pub fn is_locked(&self, conversation: &str) -> bool {
        self.is_lockable()
            && self.conversations.iter().any(|one| one.conversation == conversation && one.locked)
    }
}

impl App {
    /// Asks for the passphrase before something is done with a chat.
    pub fn ask_for_passphrase(&mut self, conversation: &str, then: Then) {
        self.overlay = Some(Overlay::Prove(Prove {
            conversation: conversation.to_owned(),
            then,
            passphrase: Editor::default(),
            wrong: None,
            busy: false,
        }));
    }

    /// Locks a chat, or asks for what unlocks it.
    pub fn turn_lock(&mut self, conversation: &str) {
        if self.model.is_locked(conversation) {
            return self.ask_for_passphrase(conversation, Then::LockNoMore);
        }
        self.call(
            Purpose::Done("Locked: its texts are shown to whoever gives your passphrase once more."),
            mark(conversation, true),
        );
    }

    /// On Enter.
    pub fn prove(&mut self, mut prove: Prove) {
        if !prove.passphrase.is_empty() && !prove.busy {
            let passphrase = Some(prove.passphrase.text().to_owned());
            prove.passphrase = Editor::default();
            prove.busy = true;
            prove.wrong = None;
            self.call(Purpose::Proved, Command::AccountProve(AccountProve { passphrase, passkey: None }));
        }
        self.overlay = Some(Overlay::Prove(prove));
    }

    /// It was the passphrase; or what it was instead. Whoever went elsewhere meanwhile is left there.
    pub fn proved(&mut self, wrong: Option<String>) {
        let Some(Overlay::Prove(prove)) = &mut self.overlay else { return self.proved_for_devices(wrong) };
        prove.busy = false;
        prove.wrong = wrong;
        if prove.wrong.is_some() {
            return;
        }
        let (conversation, then) = (prove.conversation.clone(), prove.then);
        self.overlay = None;
        match then {
            Then::Show => self.show(&conversation),
            Then::LockNoMore => {
                self.call(Purpose::Done("Not locked any more."), mark(&conversation, false));
            }
            Then::Loosen => self.call_strict(&conversation, Some(false)),
        }
    }

    /// Strict mode in a chat: on, off, or as for all. Somebody who borrows the open terminal does not turn it off.
    pub fn turn_strict(&mut self, conversation: &str, on: Option<bool>) {
        if on == Some(false) && self.model.is_lockable() {
            return self.ask_for_passphrase(conversation, Then::Loosen);
        }
        self.call_strict(conversation, on);
    }

    fn call_strict(&mut self, conversation: &str, on: Option<bool>) {
        let strict = ContactStrict { on, conversation: Some(conversation.to_owned()), who: None };
        self.call(Purpose::Done("Changed."), Command::ContactStrict(strict));
    }
}

/// Locks a chat, or does not any more.
pub fn mark(conversation: &str, locked: bool) -> Command {
    let conversation = conversation.to_owned();
    Command::ConversationMark(ConversationMark {
        conversation,
        locked: Some(locked),
        ..ConversationMark::default()
    })
}
