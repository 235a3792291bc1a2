//! Chats that are locked besides.

use casemate_api::Command;
use casemate_api::command::AccountProve;

use super::{Plain, complain, say};
use crate::chat::locked::mark;

impl Plain {
    /// Asks for this device's passphrase, where it has one: before what borrowing the open terminal must not be enough for.
    pub(super) async fn is_owner(&mut self) -> anyhow::Result<bool> {
        if !self.model.is_lockable() {
            return Ok(true);
        }
        say("Passphrase of this device:")?;
        self.is_proved().await
    }

    /// Asks whoever opens a locked chat for this device's passphrase.
    pub(super) async fn opens_locked(&mut self) -> anyhow::Result<bool> {
        say("This chat is locked. Passphrase:")?;
        self.is_proved().await
    }

    async fn is_proved(&mut self) -> anyhow::Result<bool> {
        let passphrase = self.hidden().await;
        match self.call(Command::AccountProve(AccountProve { passphrase, passkey: None })).await {
            Ok(_) => Ok(true),
            Err(error) => complain(&error.message).map(|()| false),
        }
    }

    /// `/lock`, `/unlock`: the chat that is open.
    pub(super) async fn lock(&mut self, locked: bool) -> anyhow::Result<()> {
        let Some(open) = self.conversation() else {
            return say("Open a chat first: /list, then /open NUMBER.");
        };
        if !locked && self.model.is_locked(&open.conversation) && !self.opens_locked().await? {
            return Ok(());
        }
        let said = match locked {
            true => "Locked: whoever opens it is asked for your passphrase.",
            false => "Not locked.",
        };
        self.done(mark(&open.conversation, locked), said).await
    }
}
