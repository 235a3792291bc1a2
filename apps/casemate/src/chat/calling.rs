//! What a terminal says of the call that it takes part in: who came and who went, who raised a hand, the pictures by which people
//! compare that nobody else hears, and which programs are its microphone and its loudspeaker. A sentence is said once; who is
//! there and the pictures are shown for as long as the call lasts.

use std::collections::{BTreeMap, BTreeSet};

use casemate_api::command::CallDecline;
use casemate_api::pictures::with_word;
use casemate_api::view::{Call, CallListening, SoundProgram};

use super::model::Model;
use super::text::{cut, harmless_line, width};

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

/// Who calls, and where that is not their own chat: of a group one may want to know it before answering.
pub fn who_calls_where(model: &Model, from: &str, conversation: &str) -> String {
    let who = match from {
        // Only that it rings is known.
        "" => "A call".to_owned(),
        from => format!("{} calls", model.name_of(from)),
    };
    match place(model, conversation) {
        Some(place) => format!("{who} in {place}"),
        None => who,
    }
}

/// Where a call is, if not in the chat of the caller.
pub fn place(model: &Model, conversation: &str) -> Option<String> {
    let chat = model.conversations.iter().find(|one| one.conversation == conversation)?;
    (chat.kind != "pair").then(|| model.title(chat))
}

/// Said of a call that was answered: people hear whom they talk to now.
pub fn answering(whose: &str) -> String {
    format!("You answered {whose}. /leave hangs up, /mute mutes you.")
}

/// What was said already.
#[derive(Debug, Default)]
pub struct Told {
    call: String,
    people: BTreeSet<String>,
    /// Devices with a raised hand, and whose they are.
    hands: BTreeMap<String, String>,
    code: Vec<String>,
    /// Who may hear the call though nothing shows them in it.
    listening: Vec<CallListening>,
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
        let code = if self.call == call.call { self.code.clone() } else { Vec::new() };
        let mut said = self.came_and_went(call, me, name);
        if self.code != code {
            said.push(format!("Everyone in this call sees these pictures: {}", self.pictures()));
        }
        said
    }

    /// The same without the pictures, for whoever has them in sight.
    pub fn came_and_went(&mut self, call: &Call, me: &str, name: impl Fn(&str) -> String) -> Vec<String> {
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
        let new = call.listening.iter().filter(|one| !self.listening.contains(one));
        let said = came.chain(went).chain(new.filter_map(listener)).collect();
        self.listening.clone_from(&call.listening);
        self.people = here;
        self.hands.retain(|device, _| call.participants.iter().any(|one| one.device == *device));
        // Alone there is nobody to compare with.
        if !self.people.is_empty() && !call.code.is_empty() {
            self.code.clone_from(&call.code);
        }
        said
    }

    /// What is to be said when somebody in it shows something without a word: devices say it again and again.
    pub fn signed(&mut self, call: &str, who: &str, device: &str, hand: bool, name: &str) -> Option<String> {
        if self.call != call || !self.people.contains(who) {
            return None;
        }
        if !hand {
            self.hands.remove(device);
            return None;
        }
        let was_up = self.hands.values().any(|raised| raised == who);
        self.hands.insert(device.to_owned(), who.to_owned());
        (!was_up).then(|| format!("{name} raised a hand."))
    }

    /// Who is in this call now, and in a line of their own who raised a hand; each in so many cells.
    pub fn people(&self, call: &str, name: impl Fn(&str) -> String, cells: usize) -> Vec<String> {
        let listening = || self.listening.iter().filter(|_| self.call == call).filter_map(listener);
        let listening = listening().map(|line| cut(&line, cells));
        if self.call != call || self.people.is_empty() {
            return [cut("Nobody else is in this call yet.", cells)].into_iter().chain(listening).collect();
        }
        let all: Vec<String> = self.people.iter().map(|who| name(who)).collect();
        let raised = self.people.iter().filter(|who| self.hands.values().any(|hand| hand == *who));
        let raised: Vec<String> = raised.map(|who| name(who)).collect();
        let mut lines = vec![listed(&format!("{} with you: ", all.len()), &all, cells)];
        if !raised.is_empty() {
            lines.push(listed("Hands raised: ", &raised, cells));
        }
        lines.extend(listening);
        lines
    }

    /// The pictures of this call.
    pub fn same_for_all(&self, call: &str) -> Option<String> {
        let known = self.call == call && !self.people.is_empty() && !self.code.is_empty();
        known.then(|| format!("The same for all: {}", self.pictures()))
    }

    fn pictures(&self) -> String {
        self.code.iter().map(|picture| with_word(picture)).collect::<Vec<_>>().join(", ")
    }
}

/// What is said of who may hear a call though nothing shows them in it.
fn listener(one: &CallListening) -> Option<String> {
    let count = one.count;
    match one.code.as_str() {
        "hidden" => Some(format!(
            "Connected to this call and not shown in it: {count}. The relay is told to send them nothing of yours."
        )),
        "open" => Some(format!(
            "In this call with an older version, which lets all who are connected hear them: {count}."
        )),
        "unkept" => Some(
            "This server has an older version: it lets all who are connected to this call hear you."
                .to_owned(),
        ),
        _ => None,
    }
}

/// Names in so many cells, and how many others there are: half a name may be somebody else's.
pub fn listed(lead: &str, names: &[String], cells: usize) -> String {
    let and_more = |shown: usize| match names.len() - shown {
        0 => String::new(),
        left => format!(" and {left} more"),
    };
    // More names than cells fit nowhere.
    let fits = (1..=names.len().min(cells)).rev().find_map(|shown| {
        let line = format!("{lead}{}{}", names[..shown].join(", "), and_more(shown));
        (width(&line) <= cells).then_some(line)
    });
    fits.unwrap_or_else(|| {
        // Not even one: its beginning, for the number of the others is to be seen.
        let rest = and_more(1.min(names.len()));
        let room = cells.saturating_sub(width(lead) + width(&rest)).max(1);
        let first = names.first().map(|name| cut(name, room)).unwrap_or_default();
        cut(&format!("{lead}{first}{rest}"), cells)
    })
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
    fn who_is_there_and_whose_hand_is_up_is_known_for_as_long_as_it_is_so() {
        let mut told = Told::default();
        let upper = |who: &str| who.to_uppercase();
        let now = |told: &Told, cells| told.people("c1", upper, cells);
        assert_eq!(now(&told, 80), ["Nobody else is in this call yet."]);
        assert_eq!(told.signed("c1", "ana", "ana's", true, "ANA"), None, "of nobody who is there");
        told.came_and_went(&call(&["me", "ana", "ben"], &["🐶", "🐱"]), "me", upper);
        assert_eq!(told.signed("c1", "ben", "ben's", true, "BEN").as_deref(), Some("BEN raised a hand."));
        assert_eq!(told.signed("c1", "ben", "ben's", true, "BEN"), None, "once");
        assert_eq!(told.signed("c2", "ana", "ana's", true, "ANA"), None, "in another call");
        assert_eq!(now(&told, 80), ["2 with you: ANA, BEN", "Hands raised: BEN"]);
        assert_eq!(told.same_for_all("c1").as_deref(), Some("The same for all: 🐶 dog, 🐱 cat"));
        assert_eq!(told.same_for_all("c2"), None, "another call's");
        told.signed("c1", "ben", "ben's", false, "BEN");
        assert_eq!(now(&told, 80), ["2 with you: ANA, BEN"]);
        // It was up when he left, and is down when he is back.
        told.signed("c1", "ben", "ben's", true, "BEN");
        for people in [&["me", "ana"][..], &["me", "ana", "ben"]] {
            told.came_and_went(&call(people, &["🐭"]), "me", upper);
        }
        assert_eq!(now(&told, 80), ["2 with you: ANA, BEN"]);
        assert_eq!(told.same_for_all("c1").as_deref(), Some("The same for all: 🐭 mouse"));
    }

    #[test]
    fn of_many_it_is_said_how_many_there_are_and_no_name_is_cut() {
        let mut told = Told::default();
        let people = ["me", "Bo", "p0", "p1", "p2", "p3", "p4", "p5"];
        told.came_and_went(&call(&people, &[]), "me", str::to_owned);
        for who in &people[1..6] {
            told.signed("c1", who, &format!("{who}'s"), true, who);
        }
        let lines = |cells| told.people("c1", str::to_owned, cells);
        let whole = ["7 with you: Bo, p0, p1, p2, p3, p4, p5", "Hands raised: Bo, p0, p1, p2, p3"];
        assert_eq!(lines(80), whole);
        assert_eq!(lines(usize::MAX), whole);
        assert_eq!(lines(34), ["7 with you: Bo, p0, p1 and 4 more", whole[1]]);
        assert_eq!(lines(28), ["7 with you: Bo and 6 more", "Hands raised: Bo and 4 more"]);
        let long = "Bartholomäus 你好 ".repeat(5);
        let lines = told.people("c1", |who| format!("{long}{who}"), 50);
        assert_eq!(lines[0], "7 with you: Bartholomäus 你好 Bartholo… and 6 more");
        for cells in 1..90 {
            let lines = told.people("c1", |who| format!("{long}{who}"), cells);
            assert!(lines.iter().all(|line| width(line) <= cells), "{cells}: {lines:?}");
        }
    }

    #[test]
    fn a_listener_whom_nothing_shows_is_said_once_and_stands_there_for_as_long_as_it_is_so() {
        let mut told = Told::default();
        let with = |codes: &[(&str, u32)]| {
            let one = |(code, count): &(&str, u32)| CallListening { code: (*code).into(), count: *count };
            Call { listening: codes.iter().map(one).collect(), ..call(&["me", "ana"], &[]) }
        };
        let mut news = |call: &Call| told.news(call, "me", |who| who.to_uppercase());
        assert_eq!(news(&with(&[])), ["ANA is in the call."]);
        let said =
            "Connected to this call and not shown in it: 1. The relay is told to send them nothing of yours.";
        assert_eq!(news(&with(&[("hidden", 1)])), [said]);
        assert_eq!(news(&with(&[("hidden", 1)])), [""; 0]);
        assert_eq!(
            news(&with(&[("hidden", 2), ("later", 1)])).len(),
            1,
            "what a later version says is left out"
        );
        assert_eq!(told.people("c1", str::to_owned, 200).len(), 2);
        told.news(&with(&[]), "me", str::to_owned);
        assert_eq!(told.people("c1", str::to_owned, 200), ["1 with you: ana"]);
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
