//! What a terminal says of the call that it takes part in: who came and who went, and the pictures by which people compare
//! that nobody else hears. A sentence is said once.

use std::collections::BTreeSet;

use casemate_api::pictures::with_word;
use casemate_api::view::Call;

/// What was said already.
#[derive(Debug, Default)]
pub struct Told {
    call: String,
    people: BTreeSet<String>,
    code: Vec<String>,
}

impl Told {
    /// What is to be said now. `me`: this account's address.
    pub fn news(&mut self, call: &Call, me: &str, name: impl Fn(&str) -> String) -> Vec<String> {
        // Whom one finds there is there; who comes later, or to whoever called, joins.
        let found = self.call != call.call && call.from != me;
        if self.call != call.call {
            *self = Self { call: call.call.clone(), ..Self::default() };
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
}
