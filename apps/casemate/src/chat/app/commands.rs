//! Commands typed into the composer: those of the linear mode, as far as the screen has them. What it does not have is
//! refused with where it is had, and stays in the composer: nothing that begins with a slash is sent by mistake.

use casemate_api::Command;
use casemate_api::command::InviteCreate;

use super::{App, Focus, Purpose};
use crate::chat::editor::Editor;
use crate::chat::keys::home_folder;
use crate::chat::overlay::{NewChat, NewGroup, Overlay};
use crate::chat::path;
use crate::chat::slash::Typed;

/// Said of what is no command of either mode.
const UNKNOWN: &str = "There is no such command: F1 lists them. To send this, begin it with //.";

impl App {
    /// Carries out what is typed, or says why not. False where it is a message.
    pub fn command_typed(&mut self, conversation: &str) -> bool {
        let typed = self.composer.editor.text().to_owned();
        let Typed::Command { name, rest } = Typed::of(&typed) else { return false };
        self.composer.editor.set("");
        if let Err(why) = self.carry_out(conversation, name, rest) {
            self.composer.editor.set(&typed);
            self.complain(&why);
        }
        true
    }

    fn carry_out(&mut self, conversation: &str, name: &str, rest: &str) -> Result<(), String> {
        if let Some(where_) = elsewhere(name) {
            return Err(where_.to_owned());
        }
        match name {
            "help" | "quit" | "exit" | "list" | "requests" | "invite" | "info" | "devices" | "lock"
            | "unlock"
                if !rest.is_empty() =>
            {
                return Err(format!("Like this: /{name}"));
            }
            "help" => self.overlay = Some(Overlay::Help(0)),
            "quit" | "exit" => self.ask_to_quit(),
            "list" => self.focus = Focus::List,
            "open" => {
                let chat = self.model.chat_named(rest).map(|chat| chat.conversation.clone());
                self.open(&chat?);
            }
            "knock" => {
                let (who, note) = rest.split_once(' ').unwrap_or((rest, ""));
                let note = (!who.is_empty()).then(|| Editor::with(note.trim()));
                self.overlay =
                    Some(Overlay::NewChat(NewChat { editor: Editor::with(who), note, ..NewChat::default() }));
            }
            "requests" => self.overlay = Some(Overlay::Requests { marked: 0 }),
            "invite" => self.call(Purpose::Invite, Command::InviteCreate(InviteCreate::default())),
            "group" => {
                let name = rest.split(':').next().unwrap_or_default().trim();
                let group = NewGroup { name: Editor::with(name), ..NewGroup::default() };
                self.overlay = Some(Overlay::NewGroup(group));
            }
            "info" => self.show_information(),
            "search" => self.search_for(rest),
            "devices" => self.show_devices(),
            "lock" | "unlock" if self.model.is_locked(conversation) == (name == "lock") => {
                self.say(if name == "lock" { "It is locked already." } else { "It is not locked." });
            }
            "lock" | "unlock" => self.turn_lock(conversation),
            "file" | "document" | "clean" => {
                let found = path::find(rest, home_folder().as_deref());
                self.add_file(&found, name == "document", name == "clean")?;
                self.say("Added. Enter sends it.");
            }
            _ => return self.call_typed(conversation, name, rest).unwrap_or_else(|| Err(UNKNOWN.to_owned())),
        }
        Ok(())
    }
}

/// Where the screen has it, or that it does not.
fn elsewhere(name: &str) -> Option<&'static str> {
    Some(match name {
        "read" => "PgUp and PgDn show older and newer messages.",
        "accept" | "block" => "Ctrl-R shows who asks: a accepts, d declines, b blocks.",
        "save" | "reply" | "react" | "edit" | "delete" | "delete-all" => {
            "Shift-Tab, then a message: r reply, x react, e change, s save, d or D delete."
        }
        "link" | "unlink" | "rename" | "kit" => {
            "Ctrl-D: l links a device, r removes, n names it; w shows the kit."
        }
        "strict" => "Ctrl-T, then s.",
        "looked" => "Ctrl-T, then v.",
        "withdraw" | "safety" | "verify" | "strict-all" | "call-link" | "join" | "calls" | "heard"
        | "previews" | "preview" | "look" | "guard" | "indicators" | "look-back" | "checkup" | "backup"
        | "restore" | "report" | "evidence" => {
            "Only casemate chat --plain has this command. Nothing was sent."
        }
        _ => return None,
    })
}
