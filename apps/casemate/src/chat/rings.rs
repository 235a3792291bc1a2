//! Calls that ring. What is typed takes the newest of them, and only where that was to be seen for half a second before it was
//! typed: who meant another call, or something else altogether, answers nobody (docs/protocol.md).

use std::time::{Duration, Instant};

use super::calling::{place, who_calls_where};
use super::model::Model;

/// For so long a call stands there before it can be taken.
pub const SEEN: Duration = Duration::from_millis(500);

/// A call that rings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ring {
    pub call: String,
    pub conversation: String,
    /// Who calls; empty where that is not known.
    pub from: String,
}

impl Ring {
    /// Who calls, and where.
    pub fn who_calls(&self, model: &Model) -> String {
        who_calls_where(model, &self.from, &self.conversation)
    }

    /// Whose call it is, and where.
    pub fn whose(&self, model: &Model) -> String {
        let whose = match &*self.from {
            "" => "a call".to_owned(),
            from => format!("{}'s call", model.name_of(from)),
        };
        match place(model, &self.conversation) {
            Some(place) => format!("{whose} in {place}"),
            None => whose,
        }
    }
}

/// All that ring.
#[derive(Debug, Default)]
pub struct Rings {
    /// The one that came last at the end.
    all: Vec<Ring>,
    /// Since when that one is the newest.
    since: Option<Instant>,
}

/// Why what was typed takes none.
#[derive(Debug, PartialEq, Eq)]
pub enum Untaken {
    /// None rings.
    Nobody,
    /// This one was not to be seen for long enough.
    JustNow(Ring),
}

impl Untaken {
    /// What is said of it.
    pub fn words(&self, model: &Model, typed: &str) -> String {
        match self {
            Self::Nobody => "Nobody calls.".to_owned(),
            Self::JustNow(ring) => {
                format!(
                    "{}, since just now. Nothing was done: {typed} again takes it.",
                    ring.who_calls(model)
                )
            }
        }
    }
}

impl Rings {
    /// One rings. One that is known keeps its place.
    pub fn comes(&mut self, ring: Ring, at: Instant) {
        match self.all.iter_mut().find(|known| known.call == ring.call) {
            Some(known) if ring.from.is_empty() => known.conversation = ring.conversation,
            Some(known) => *known = ring,
            None => {
                self.all.push(ring);
                self.since = Some(at);
            }
        }
    }

    /// One rings no more; false where it did not. Where it was the newest, another has its place from now on.
    pub fn ends(&mut self, call: &str, at: Instant) -> bool {
        let Some(place) = self.all.iter().position(|known| known.call == call) else { return false };
        self.all.remove(place);
        if place == self.all.len() {
            self.since = Some(at);
        }
        true
    }

    /// As they are shown.
    pub fn newest_first(&self) -> impl Iterator<Item = &Ring> {
        self.all.iter().rev()
    }

    /// The one that is taken by what was typed at this time.
    pub fn at(&self, typed: Instant) -> Result<&Ring, Untaken> {
        let newest = self.all.last().ok_or(Untaken::Nobody)?;
        let was_seen = self.since.is_some_and(|since| typed.saturating_duration_since(since) >= SEEN);
        if was_seen { Ok(newest) } else { Err(Untaken::JustNow(newest.clone())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(call: &str, from: &str) -> Ring {
        Ring { call: call.into(), conversation: "p".into(), from: from.into() }
    }

    #[test]
    fn answer_takes_only_what_stood_there_for_half_a_second() {
        let begin = Instant::now();
        let at = |ms| begin + Duration::from_millis(ms);
        let mut rings = Rings::default();
        let taken = |rings: &Rings, ms| rings.at(at(ms)).map(|ring| ring.call.clone()).ok();
        assert_eq!(rings.at(begin), Err(Untaken::Nobody));
        rings.comes(ring("c1", "ana@x"), at(0));
        assert_eq!(taken(&rings, 499), None);
        assert_eq!(taken(&rings, 500).as_deref(), Some("c1"));
        // Another one takes its place: the person who types now may mean the first.
        rings.comes(ring("c2", "ben@x"), at(10_000));
        assert_eq!(rings.at(at(10_100)), Err(Untaken::JustNow(ring("c2", "ben@x"))));
        assert_eq!(taken(&rings, 10_500).as_deref(), Some("c2"));
        // It is said again that it rings, and that the other one does.
        rings.comes(ring("c2", ""), at(10_900));
        rings.comes(ring("c1", ""), at(10_900));
        assert_eq!(rings.at(at(11_000)), Ok(&ring("c2", "ben@x")));
        // It ends while somebody types: the one before it was not meant.
        assert!(rings.ends("c2", at(11_100)) && !rings.ends("c2", at(11_100)));
        assert_eq!(taken(&rings, 11_200), None);
        assert_eq!(taken(&rings, 11_600).as_deref(), Some("c1"));
        // One typed before the ring and looked at later.
        rings.comes(ring("c3", "cy@x"), at(20_000));
        assert_eq!(taken(&rings, 19_000), None);
        rings.ends("c1", at(20_600));
        assert_eq!(taken(&rings, 20_700).as_deref(), Some("c3"), "the newest one stayed where it was");
    }

    #[test]
    fn call_that_is_taken_is_named() {
        let model = Model::default();
        assert_eq!(ring("c1", "ana@x").whose(&model), "ana's call");
        assert_eq!(ring("c1", "").whose(&model), "a call");
        let words = Untaken::JustNow(ring("c1", "ana@x")).words(&model, "/answer");
        assert_eq!(words, "ana calls, since just now. Nothing was done: /answer again takes it.");
    }
}
