//! Calls in the screen: what rings is said in the line below, and `/call`, `/answer`, `/decline`, `/leave` typed alone
//! into the composer do what they say. There is no microphone here: silence is sent.

use casemate_api::Command;
use casemate_api::command::{CallAnswer, CallDecline, CallStart, OneCall};

use super::{App, Purpose};

/// Calls as far as events told of them.
#[derive(Debug, Default)]
pub struct CallsNow {
    /// The newest that rings or goes on.
    open: Option<String>,
    /// The one that is taken part in.
    taken: Option<String>,
}

impl App {
    /// What is typed is a call's command: it is carried out. False where it is a message.
    pub fn call_typed(&mut self, conversation: &str) -> bool {
        let typed = self.composer.editor.text().trim().to_owned();
        let nobody = "Nobody calls.";
        let asked = match typed.as_str() {
            "/call" => {
                let start = CallStart { conversation: conversation.to_owned(), ..CallStart::default() };
                Ok((
                    Command::CallStart(start),
                    "Calling, with silence: there is no microphone here. /leave hangs up.",
                ))
            }
            "/answer" => self.calls.open.clone().ok_or(nobody).map(|call| {
                let answer = CallAnswer { call, ..CallAnswer::default() };
                (
                    Command::CallAnswer(answer),
                    "Answered, with silence: there is no microphone here. /leave hangs up.",
                )
            }),
            "/decline" => self.calls.open.clone().ok_or(nobody).map(|call| {
                (Command::CallDecline(CallDecline { call, tell: false }), "Declined. They are not told.")
            }),
            "/leave" => self
                .calls
                .taken
                .clone()
                .ok_or("You are in no call.")
                .map(|call| (Command::CallLeave(OneCall { call }), "Hung up.")),
            _ => return false,
        };
        self.composer.editor.set("");
        match asked {
            Ok((command, said)) => self.call(Purpose::Done(said), command),
            Err(why) => self.complain(why),
        }
        true
    }

    pub(super) fn call_rings(&mut self, call: String, from: &str, video: bool) {
        self.calls.open = Some(call);
        let how = if video { " with video" } else { "" };
        let name = self.model.name_of(from);
        self.say(format!("{name} calls{how}. Type /answer or /decline into a chat."));
    }

    pub(super) fn call_changed(&mut self, call: &str, state: &str, why: Option<&str>) {
        let is = |known: &Option<String>| known.as_deref() == Some(call);
        match state {
            "in" | "calling" => self.calls.taken = Some(call.to_owned()),
            "going_on" | "ringing" => {
                self.calls.open = Some(call.to_owned());
                self.calls.taken.take_if(|taken| *taken == call);
            }
            _ => {
                // Also one that was given up: it was said that it rings.
                if is(&self.calls.taken) || is(&self.calls.open) {
                    self.say("The call is over.");
                }
                self.calls.open.take_if(|open| *open == call);
                self.calls.taken.take_if(|taken| *taken == call);
            }
        }
        if let Some(why) = why {
            self.complain(why);
        }
    }
}
