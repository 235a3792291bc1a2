//! Safety numbers and strict mode in the linear mode.

use casemate_api::Command;
use casemate_api::command::{ContactStrict, ContactVerify, Who};
use casemate_api::view::{Conversations, Safety};

use super::{Plain, complain, say};
use crate::chat::text::harmless_line;

impl Plain {
    /// `/safety`, `/verify`, `/looked`: about the other one of this chat, in a group about whoever is to be looked at.
    pub(super) async fn safety(&mut self, name: &str) -> anyhow::Result<()> {
        let Some(open) = self.conversation() else {
            return say("Open a chat first: /list, then /open NUMBER.");
        };
        let shown = match self.ask::<Conversations>(Command::ConversationShow(open)).await {
            Ok(mut shown) => shown.conversations.pop(),
            Err(error) => return complain(&error.message),
        };
        let Some(shown) = shown else { return say("There is no such chat any more.") };
        let waits_for = shown.held.as_ref().and_then(|held| held.who.first().cloned());
        let me = self.model.me().to_owned();
        let other = shown.members.iter().find(|member| shown.kind == "pair" && member.address != me);
        let Some(who) = waits_for.or(other.map(|member| member.address.clone())) else {
            return say("Nobody here waits to be looked at. Open the chat with one of them to compare.");
        };
        match name {
            "verify" => {
                // It may have changed since it was looked at.
                let compared = self.compared.as_ref().filter(|(whose, _)| *whose == who);
                let number = compared.map(|(_, number)| number.clone());
                let verify = ContactVerify { who, scanned: None, number, verified: true };
                self.done(Command::ContactVerify(verify), "Marked as verified.").await
            }
            "looked" => self.done(Command::ContactLooked(Who { who }), "Accepted. You can send now.").await,
            _ => match self.ask::<Safety>(Command::ContactSafety(Who { who: who.clone() })).await {
                Ok(safety) => {
                    say(&format!("Safety number with {}:", harmless_line(&who)))?;
                    say(&safety.number)?;
                    self.compared = Some((who, safety.number));
                    if safety.changed {
                        say("It changed, and you have not looked at it since.")?;
                    }
                    if safety.new_devices > 0 {
                        say(&format!("New devices that you have not looked at: {}", safety.new_devices))?;
                    }
                    say(match safety.verified {
                        true => "You compared it.",
                        false => "You have not compared it. If they see the same number, /verify.",
                    })
                }
                Err(error) => complain(&error.message),
            },
        }
    }

    /// `/strict`, `/strict-all`
    pub(super) async fn strict(&mut self, all: bool, typed: &str) -> anyhow::Result<()> {
        let on = match typed {
            "on" => Some(true),
            "off" => Some(false),
            "as-all" if !all => None,
            _ => {
                return say(
                    "Like this: /strict on, /strict off, /strict as-all, /strict-all on, /strict-all off",
                );
            }
        };
        let conversation = match (all, self.conversation()) {
            (true, _) => None,
            (false, Some(open)) => Some(open.conversation),
            (false, None) => return say("Open a chat first: /list, then /open NUMBER."),
        };
        // It was on, for all or here: that is not loosened by somebody who borrows the open terminal.
        if on != Some(true) && !self.is_owner().await? {
            return Ok(());
        }
        let said = match on {
            Some(true) => "When a safety number or devices change, nothing is sent until you have looked.",
            Some(false) => "Strict mode is off.",
            None => "As for all chats.",
        };
        self.done(Command::ContactStrict(ContactStrict { on, conversation, who: None }), said).await
    }
}
