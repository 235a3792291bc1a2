//! What a terminal says of the call that it takes part in: who came and who went, the pictures by which people compare
//! that nobody else hears, and which programs are its microphone and its loudspeaker. A sentence is said once.

use std::collections::BTreeSet;

use casemate_api::command::CallDecline;
use casemate_api::pictures::with_word;
use casemate_api::view::{Call, SoundProgram};

use super::text::harmless_line;

/// What is said to whoever calls, and answers.
pub const CALLING: &str = "Calling. /leave hangs up, /mute mutes you.";
pub const CALLING_WITH_TONE: &str = "Calling. /leave hangs up. This terminal sends a tone.";
pub const ANSWERED: &str = "Answered. /leave hangs up, /mute mutes you.";

/// What is said of somebody who is muted, and is no longer.
pub const MUTED: &str = "Muted: the others hear nothing of you. /unmute";
pub const UNMUTED: &str = "Not muted: the others hear you.";

/// `/decline`, `/decline tell` and `/decline WORDS`, and what is said of each.
pub fn declining(call: String, rest: &str) -> (CallDecline, &'static str) {
    match rest {
        "" => (CallDecline { call, tell: false, text: None }, "Declined. They are not told."),
        "tell" => (CallDecline { call, tell: true, text: None }, "Declined. They are told."),
        words => (CallDecline { call, tell: true, text: Some(words.to_owned()) }, "Declined, and said so."),
    }
}

/// What was said already.
#[derive(Debug, Default)]
pub struct Told {
    call: String,
    people: BTreeSet<String>,
    code: Vec<String>,
    /// Of which call, and what was said of its programs.
    sound: (String, Vec<String>),
}

impl Told {
    /// What is to be said now of the programs that a call is spoken into and heard from.
    pub fn sound(
        &mut self,
        call: &str,
        microphone: &SoundProgram,
        loudspeaker: &SoundProgram,
    ) -> Vec<String> {
        let words = |what: &str, of: &SoundProgram| match (&of.program, &of.why) {
            (Some(program), _) => Some(format!("{what}: {}.", harmless_line(program))),
            (None, Some(why)) => Some(harmless_line(why)),
            (None, None) => None,
        };
        let all = [words("Microphone", microphone), words("Loudspeaker", loudspeaker)];
        let all: Vec<String> = all.into_iter().flatten().collect();
        if self.sound.0 != call {
            self.sound = (call.to_owned(), Vec::new());
        }
        let new = all.iter().filter(|said| !self.sound.1.contains(said)).cloned().collect();
        self.sound.1 = all;
        new
    }

    /// What is to be said now. `me`: this account's address.
    pub fn news(&mut self, call: &Call, me: &str, name: impl Fn(&str) -> String) -> Vec<String> {
        // Whom one finds there is there; who comes later, or to whoever called, joins.
        let found = self.call != call.call && call.from != me;
        if self.call != call.call {
            let sound = std::mem::take(&mut self.sound);
            *self = Self { call: call.call.clone(), sound, ..Self::default() };
        }
        let here: BTreeSet<String> =
            call.participants.iter().map(|one| one.address.clone()).filter(|who| who != me).collect();
        let verb = if found { "is in" } else { "joined" };
        let came = here.difference(&self.people).map(|who| format!("{} {verb} the call.", name(who)));
        let went = self.people.difference(&here).map(|who| format!("{} left the call.", name(who)));
        let mut said: Vec<String> = came.chain(went).collect();
        self.people = here;
        // Alone there is nobody to compare with.
        if !self.people.is_empty() && !call.code.is_empty() && self.code != call.code {
            self.code.clone_from(&call.code);
            let pictures: Vec<_> = call.code.iter().map(|picture| with_word(picture)).collect();
            said.push(format!("Everyone in this call sees these pictures: {}", pictures.join(", ")));
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use casemate_api::view::CallParticipant;

    use super::*;

    fn call(people: &[&str], code: &[&str]) -> Call {
        let one = |who: &&str| CallParticipant { address: (*who).to_owned(), device: format!("{who}'s") };
        let code = code.iter().map(|picture| (*picture).to_owned()).collect();
        Call { call: "c1".into(), participants: people.iter().map(one).collect(), code, ..Call::default() }
    }

    #[test]
    fn each_thing_is_said_once() {
        let mut told = Told::default();
        let mut news = |call: &Call| told.news(call, "me", |who| who.to_uppercase());
        assert_eq!(news(&call(&["me"], &["🐶"])), [""; 0], "alone");
        assert_eq!(
            news(&call(&["me", "ana"], &["🐶", "🐱"])),
            ["ANA joined the call.", "Everyone in this call sees these pictures: 🐶 dog, 🐱 cat"]
        );
        assert_eq!(news(&call(&["me", "ana"], &["🐶", "🐱"])), [""; 0]);
        // Somebody came with another epoch; then one goes.
        assert_eq!(
            news(&call(&["me", "ana", "ben"], &["🐭"])),
            ["BEN joined the call.", "Everyone in this call sees these pictures: 🐭 mouse"]
        );
        assert_eq!(news(&call(&["me", "ben"], &["🐭"])), ["ANA left the call."]);
        // Another call begins anew.
        let other = Call { call: "c2".into(), ..call(&["ben"], &["🐭"]) };
        assert_eq!(news(&other)[0], "BEN is in the call.");
    }

    #[test]
    fn what_is_used_is_said_once_and_what_changes_again() {
        let mut told = Told::default();
        let used = |name: &str| SoundProgram { program: Some(name.into()), why: None };
        let none = |why: &str| SoundProgram { program: None, why: Some(why.into()) };
        let (parec, pacat) = (used("parec"), used("pacat"));
        assert_eq!(told.sound("c1", &parec, &pacat), ["Microphone: parec.", "Loudspeaker: pacat."]);
        // Somebody muted themselves.
        assert_eq!(told.sound("c1", &parec, &pacat), [""; 0]);
        told.news(&call(&["me", "ana"], &["🐶"]), "me", str::to_owned);
        assert_eq!(told.sound("c1", &none("It ended."), &pacat), ["It ended."]);
        assert_eq!(told.sound("c2", &none("It ended."), &pacat), ["It ended.", "Loudspeaker: pacat."]);
    }
}
