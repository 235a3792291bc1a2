//! Chats that are locked besides.

use casemate_api::Command;
use casemate_api::command::AccountProve;

use super::{Plain, say};
use crate::chat::locked::mark;

impl Plain {
    /// Asks for this device's passphrase.
    pub(super) async fn is_proved(&mut self) -> anyhow::Result<bool> {
        say("This chat is locked. Passphrase:")?;
        let passphrase = self.hidden().await;
        match self.call(Command::AccountProve(AccountProve { passphrase, passkey: None })).await {
            Ok(_) => Ok(true),
            Err(error) => say(&format!("Error: {}", error.message)).map(|()| false),
        }
    }

    /// `/lock`, `/unlock`: the chat that is open.
    pub(super) async fn lock(&mut self, locked: bool) -> anyhow::Result<()> {
        let Some(open) = self.conversation() else {
            return say("Open a chat first: /list, then /open NUMBER.");
        };
        if !locked && self.model.is_locked(&open.conversation) && !self.is_proved().await? {
            return Ok(());
        }
        let said = match locked {
            true => "Locked: whoever opens it is asked for your passphrase.",
            false => "Not locked.",
        };
        self.done(mark(&open.conversation, locked), said).await
    }
}
