//! Calls in the screen: what rings is said in the line below and stands above the chat for as long as it rings; `/call`, `/answer`,
//! `/decline`, `/leave`, `/mute`, `/unmute` typed into the composer do what they say. The line above says that a call goes on, and who
//! is muted; below it stand who is in it and its pictures.

use std::collections::BTreeMap;
use std::time::Instant;

use casemate_api::Command;
use casemate_api::command::{CallAnswer, CallList, CallSign, CallStart, OneCall};
use casemate_api::view::{Calls, SoundProgram};

use super::{App, Purpose};
use crate::chat::calling::{
    ANSWERED, CALLING, CALLING_WITH_TONE, MUTED, Told, UNMUTED, answering, declining, listed, who_calls_where,
};
use crate::chat::rings::{Ring, Rings, Untaken};
use crate::chat::text::{cut, width};
use crate::client::MICROPHONE;

/// Calls that are looked through for the one that is taken part in.
const RECENT: u32 = 20;

/// What can be done about what rings.
const RINGING_KEYS: &str = "/answer, Ctrl-X declines";

/// Calls as far as events told of them.
#[derive(Debug, Default)]
pub struct CallsNow {
    /// Those that ring.
    ringing: Rings,
    /// Those that go on and can be joined, by their conversations: what somebody else does there gives nobody a microphone here.
    going_on: BTreeMap<String, String>,
    /// The one that is taken part in.
    taken: Option<String>,
    /// The others hear nothing of this device there.
    muted: bool,
    /// What was said of that one.
    told: Told,
}

impl App {
    /// What the line above says of the call that is taken part in.
    pub fn call_words(&self) -> Option<&'static str> {
        self.calls.taken.as_ref()?;
        Some(if self.calls.muted { "in a call, muted" } else { "in a call" })
    }

    /// Who is in the call that is taken part in, in lines of so many cells.
    pub fn call_people(&self, cells: usize) -> Vec<String> {
        let Some(call) = &self.calls.taken else { return Vec::new() };
        self.calls.told.people(call, |who| self.model.name_of(who), cells)
    }

    /// The pictures of the call that is taken part in.
    pub fn call_pictures(&self) -> Option<String> {
        self.calls.told.same_for_all(self.calls.taken.as_ref()?)
    }

    /// What rings, first the call that is answered and declined, in lines of so many cells.
    pub fn call_ringing(&self, cells: usize) -> Vec<String> {
        let ringing = self.calls.ringing.newest_first();
        let mut all = ringing.map(|one| one.who_calls(&self.model));
        let Some(first) = all.next() else { return Vec::new() };
        let keys = width(RINGING_KEYS);
        // A long name leaves room for the keys.
        let mut lines = match cells < 2 * keys {
            true => vec![cut(&first, cells), cut(RINGING_KEYS, cells)],
            false => vec![format!("{}: {RINGING_KEYS}", cut(&first, cells - keys - 2))],
        };
        let others: Vec<String> = all.collect();
        if !others.is_empty() {
            lines.push(listed("Also: ", &others, cells));
        }
        lines
    }

    /// Carries a call's command out, or says why not. None where it is not one of these.
    pub(super) fn call_typed(
        &mut self,
        conversation: &str,
        name: &str,
        rest: &str,
    ) -> Option<Result<(), String>> {
        let tone = rest == "tone";
        let send = Some(if tone { "tone" } else { MICROPHONE }.to_owned());
        let rings = self.calls.ringing.at(self.typed_at);
        let asked = match name {
            "call" | "answer" if !rest.is_empty() && !tone => {
                return Some(Err(format!("Like this: /{name}, or /{name} tone")));
            }
            "leave" | "mute" | "unmute" if !rest.is_empty() => {
                return Some(Err(format!("Like this: /{name}")));
            }
            // A number is a request's in the linear mode, and nothing to say to whoever calls.
            "decline" if rest.parse::<u32>().is_ok() => Err("Ctrl-R shows who asks: d declines.".to_owned()),
            "decline" => rings.map_err(|why| why.words(&self.model, &format!("/{name}"))).map(|one| {
                let (decline, said) = declining(one.call.clone(), rest);
                (Command::CallDecline(decline), said.to_owned())
            }),
            "call" => {
                let start = CallStart { conversation: conversation.to_owned(), send, ..CallStart::default() };
                let said = if tone { CALLING_WITH_TONE } else { CALLING };
                Ok((Command::CallStart(start), said.to_owned()))
            }
            "answer" => {
                let goes_on = self.calls.going_on.get(conversation).cloned();
                let taken = match rings {
                    Ok(one) => Ok((one.call.clone(), answering(&one.whose(&self.model)))),
                    // What goes on in this chat is no answer to a call that rang just now.
                    Err(Untaken::Nobody) => {
                        goes_on.map(|call| (call, ANSWERED.to_owned())).ok_or(Untaken::Nobody)
                    }
                    Err(why) => Err(why),
                };
                let answer = |call| Command::CallAnswer(CallAnswer { call, video: None, send });
                taken
                    .map(|(call, said)| (answer(call), said))
                    .map_err(|why| why.words(&self.model, &format!("/{name}")))
            }
            "leave" => self
                .calls
                .taken
                .clone()
                .ok_or("You are in no call.".to_owned())
                .map(|call| (Command::CallLeave(OneCall { call }), "Hung up.".to_owned())),
            "mute" | "unmute" => {
                self.calls.taken.clone().ok_or("You are in no call.".to_owned()).map(|call| {
                    let muted = name == "mute";
                    self.calls.muted = muted;
                    let sign = CallSign { call, muted, ..CallSign::default() };
                    (Command::CallSign(sign), if muted { MUTED } else { UNMUTED }.to_owned())
                })
            }
            _ => return None,
        };
        Some(asked.map(|(command, said)| self.call(Purpose::Said(said), command)))
    }

    /// Who calls, where it rings.
    pub fn who_calls(&self) -> Option<String> {
        self.calls.ringing.newest_first().next().map(|one| self.model.name_of(&one.from))
    }

    /// Declines what rings, without a word to whoever calls; where nothing does, it is no fault.
    pub fn decline(&mut self) {
        match self.calls.ringing.at(self.typed_at) {
            Ok(one) => {
                let (decline, said) = declining(one.call.clone(), "");
                self.call(Purpose::Done(said), Command::CallDecline(decline));
            }
            Err(Untaken::Nobody) => {}
            Err(why) => {
                let words = why.words(&self.model, "Ctrl-X");
                self.complain(&words);
            }
        }
    }

    pub(super) fn call_rings(&mut self, call: String, conversation: String, from: String, video: bool) {
        let how = if video { " with video" } else { "" };
        let who = who_calls_where(&self.model, &from, &conversation);
        self.calls.going_on.retain(|_, known| *known != call);
        self.calls.ringing.comes(Ring { call, conversation, from }, Instant::now());
        self.say(format!("{who}{how}. Type /answer into a chat; Ctrl-X declines."));
    }

    /// What this device's call is spoken into and heard from.
    pub(super) fn call_sounds(
        &mut self,
        call: &str,
        microphone: &SoundProgram,
        loudspeaker: &SoundProgram,
        muted: bool,
    ) {
        self.calls.muted = muted;
        let said = self.calls.told.sound(call, microphone, loudspeaker).join(" ");
        if said.is_empty() {
            return;
        }
        match microphone.program.is_some() && loudspeaker.program.is_some() {
            true => self.say(said),
            false => self.complain(&said),
        }
    }

    /// Somebody in this device's call shows something.
    pub(super) fn call_signed(&mut self, call: &str, who: &str, device: &str, hand: bool) {
        let name = self.model.name_of(who);
        if let Some(said) = self.calls.told.signed(call, who, device, hand, &name) {
            self.say(said);
        }
    }

    /// Who is in this device's call now, and the pictures of its keys.
    pub(super) fn tell_of_call(&mut self, calls: Calls) {
        let taken = self.calls.taken.as_deref();
        let Some(call) = calls.calls.into_iter().find(|one| taken == Some(&one.call)) else { return };
        let model = &self.model;
        let said = self.calls.told.came_and_went(&call, model.me(), |who| model.name_of(who));
        if !said.is_empty() {
            self.say(said.join(" "));
        }
    }

    pub(super) fn call_changed(&mut self, call: &str, conversation: &str, state: &str, why: Option<&str>) {
        // It may be said to ring and to go on by turns: only what it is now counts.
        let was_known = self.calls.forget(call, state == "ringing");
        match state {
            "in" | "calling" => {
                if self.calls.taken.as_deref() != Some(call) {
                    self.calls.muted = false;
                }
                self.calls.taken = Some(call.to_owned());
                let list = CallList { limit: Some(RECENT), ..CallList::default() };
                self.call(Purpose::Calls, Command::CallList(list));
            }
            "ringing" => {
                self.calls.taken.take_if(|taken| *taken == call);
                let (call, conversation) = (call.to_owned(), conversation.to_owned());
                self.calls.ringing.comes(Ring { call, conversation, from: String::new() }, Instant::now());
            }
            "going_on" => {
                self.calls.taken.take_if(|taken| *taken == call);
                self.calls.going_on.insert(conversation.to_owned(), call.to_owned());
            }
            _ => {
                // Also one that was given up: it was said that it rings.
                if self.calls.taken.take_if(|taken| *taken == call).is_some() || was_known {
                    self.say("The call is over.");
                }
            }
        }
        if let Some(why) = why {
            self.complain(why);
        }
    }
}

impl CallsNow {
    /// It cannot be joined, as far as is known, nor rings, where it is not said that it still does. Whether it did.
    fn forget(&mut self, call: &str, rings: bool) -> bool {
        let went_on = self.going_on.len();
        self.going_on.retain(|_, known| *known != call);
        let rang = !rings && self.ringing.ends(call, Instant::now());
        rang || self.going_on.len() < went_on
    }
}
