//! Single chats that are locked besides: their texts are shown to whoever gives the passphrase once more.

use casemate_api::Command;
use casemate_api::command::{AccountProve, ConversationMark};

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
    /// The chat is not to be locked any more; else it is to be shown.
    pub for_good: bool,
    pub passphrase: Editor,
    pub wrong: Option<String>,
    /// Deriving a key takes a moment.
    pub busy: bool,
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
    /// Asks for the passphrase; then the chat is shown, or locked no more.
    pub fn ask_for_passphrase(&mut self, conversation: &str, for_good: bool) {
        self.overlay = Some(Overlay::Prove(Prove {
            conversation: conversation.to_owned(),
            for_good,
            passphrase: Editor::default(),
            wrong: None,
            busy: false,
        }));
    }

    /// Locks a chat, or asks for what unlocks it.
    pub fn turn_lock(&mut self, conversation: &str) {
        if self.model.is_locked(conversation) {
            return self.ask_for_passphrase(conversation, true);
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
        let (conversation, for_good) = (prove.conversation.clone(), prove.for_good);
        self.overlay = None;
        if for_good {
            self.call(Purpose::Done("Not locked any more."), mark(&conversation, false));
        } else {
            self.show(&conversation);
        }
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
