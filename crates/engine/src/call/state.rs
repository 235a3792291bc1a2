//! What a call is to this device, and what each thing that can happen makes of it. Closed: every pair of state and
//! happening has its line here, and what nobody thought of changes nothing.
//!
//! ```text
//!            offer ──▶ Ringing ──(60 s, declined, taken elsewhere)──▶ GoesOn ──(nobody is in it, as far as is heard)──▶ Over
//!                         └────────────── Tap ──▶ In ◀── Tap ───────────┘
//! start + Tap ──────────────────────────────────▶ In ──(left)──▶ GoesOn | Over
//!                                                 In ──(started again)──▶ Fallen ── Tap ──▶ In
//!                                                                           └──(120 s, left)──▶ Over
//! ```
//! [`Act::Open`] is the one way to media, and it holds a [`MediaPermit`], which only a [`Tap`] gives.

use casemate_content::call::Move;

use super::permit::{MediaPermit, Tap};

/// How long it rings.
pub const RING_MS: i64 = 60_000;

/// How long a caller waits: until it has stopped ringing everywhere, so that it was missed there and not given up.
const WAIT_MS: i64 = RING_MS + 5_000;

/// How long the other one of two waits for somebody whose program was started again, as a page is that is reloaded. Longer
/// leaves them alone with silence for longer.
const BACK_MS: i64 = 120_000;

/// What a call is to this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It rings. That is all there is: no transport, no keys, no codec.
    Ringing {
        /// Device clock.
        until_ms: i64,
    },
    /// It goes on without this device, which may join.
    GoesOn,
    /// This device takes part.
    In {
        /// Started here, and nobody has answered yet: given up then.
        until_ms: Option<i64>,
    },
    /// This device took part in a call of two until its program was started again, and the other one waits for it.
    Fallen {
        /// Device clock: left then.
        until_ms: i64,
    },
    /// It is over.
    Over,
}

/// How it came out for this account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Not known yet, or none of this device's business.
    Open = 0,
    /// It rang until nobody waited any more.
    Missed = 1,
    /// The caller gave up before.
    Cancelled = 2,
    /// Started here, and nobody answered.
    Unanswered = 3,
    /// This device took part.
    Answered = 4,
    /// Another device of this account took part.
    Elsewhere = 5,
    /// This account declined.
    Declined = 6,
    /// Started here, and they declined.
    Refused = 7,
    /// It was not allowed to ring.
    Silent = 8,
    /// Nor was this one: whoever called had called too often. It is no reason for which they have to wait longer.
    TooOften = 9,
}

impl Outcome {
    /// It did not ring, and nobody of this account did anything about it.
    pub fn is_silent(self) -> bool {
        matches!(self, Self::Silent | Self::TooOften)
    }
}

/// What else decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// In a conversation of two.
    pub pair: bool,
    /// Devices of anybody in the call, without this one.
    pub others: usize,
    /// Devices of other accounts in it.
    pub theirs: usize,
    /// Somebody in it was heard of lately, or this device could have heard of nobody.
    pub fresh: bool,
    /// How it came out so far.
    pub outcome: Outcome,
    /// Device clock.
    pub now_ms: i64,
}

/// Whose device did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Somebody else's.
    Theirs,
    /// Another one of this account's.
    Sibling,
}

/// What happens to a call.
#[derive(Debug)]
pub enum Happens {
    /// The person takes it.
    Tap(Tap),
    /// The person does not want it.
    Decline {
        /// And lets the others know.
        tell: bool,
    },
    /// The person leaves it.
    Leave,
    /// A device of the conversation says what it does. [`Facts`] count it already.
    Step(Whose, Move),
    /// Another device of this account declined.
    DeclinedElsewhere,
    /// Two called each other, and the other one of both calls goes on.
    Met,
    /// The caller left before they read that this device answers.
    GivenUp,
    /// The last of all who can answer said that they decline.
    AllDeclined,
    /// Time passes.
    Time,
    /// This device is no longer in the conversation, or that goes on elsewhere.
    Gone,
    /// Media cannot be had, or must not be had any longer.
    Failed,
    /// This program was started again, or the page that makes its media was left: what there was of them is gone.
    Restarted,
}

/// What is to be done, in order.
#[derive(Debug)]
pub enum Act {
    /// Make media.
    Open(MediaPermit),
    /// End them.
    Close,
    /// Tell the conversation.
    Tell(Move),
    /// Tell this account's other devices that it was declined.
    TellSiblings,
    /// How it came out.
    Outcome(Outcome),
}

/// A call of this device's own.
pub fn start(tap: Tap, now_ms: i64) -> (State, Vec<Act>) {
    (State::In { until_ms: Some(now_ms.saturating_add(WAIT_MS)) }, vec![Act::Open(tap.permit())])
}

/// What becomes of a call.
pub fn next(state: State, facts: &Facts, what: Happens) -> (State, Vec<Act>) {
    match state {
        State::Ringing { until_ms } => ringing(until_ms, facts, what),
        State::GoesOn => goes_on(facts, what),
        State::In { until_ms } => taking_part(until_ms, facts, what),
        State::Fallen { until_ms } => fallen(until_ms, facts, what),
        State::Over => match what {
            // The last one left a group's call while another came into it; or who was in it could not be heard for a while.
            Happens::Step(_, Move::Joined) if !facts.pair => (State::GoesOn, Vec::new()),
            // Read only after the caller had given up.
            Happens::DeclinedElsewhere if matches!(facts.outcome, Outcome::Missed | Outcome::Cancelled) => {
                (State::Over, vec![Act::Outcome(Outcome::Declined)])
            }
            _ => (State::Over, Vec::new()),
        },
    }
}

fn ringing(until_ms: i64, facts: &Facts, what: Happens) -> (State, Vec<Act>) {
    let still = (State::Ringing { until_ms }, Vec::new());
    match what {
        Happens::Tap(tap) => taken(tap),
        Happens::Decline { tell } => {
            let mut acts = vec![Act::Outcome(Outcome::Declined), Act::TellSiblings];
            if tell {
                acts.push(Act::Tell(Move::Declined));
            }
            (State::GoesOn, acts)
        }
        Happens::DeclinedElsewhere | Happens::Step(Whose::Sibling, Move::Declined) => {
            (State::GoesOn, vec![Act::Outcome(Outcome::Declined)])
        }
        Happens::Step(Whose::Sibling, Move::Joined) => {
            (State::GoesOn, vec![Act::Outcome(Outcome::Elsewhere)])
        }
        Happens::Step(_, Move::Left) if facts.others == 0 => {
            (State::Over, vec![Act::Outcome(Outcome::Cancelled)])
        }
        Happens::Time if facts.now_ms >= until_ms => (State::GoesOn, vec![Act::Outcome(Outcome::Missed)]),
        Happens::Gone => (State::Over, vec![Act::Outcome(Outcome::Missed)]),
        Happens::Met => (State::GoesOn, vec![Act::Outcome(Outcome::Silent)]),
        Happens::Step(..)
        | Happens::Time
        | Happens::Leave
        | Happens::Failed
        | Happens::Restarted
        | Happens::GivenUp
        | Happens::AllDeclined => still,
    }
}

fn goes_on(facts: &Facts, what: Happens) -> (State, Vec<Act>) {
    let silent = matches!(facts.outcome, Outcome::Open | Outcome::Missed) || facts.outcome.is_silent();
    match what {
        Happens::Tap(tap) => taken(tap),
        Happens::Step(Whose::Sibling, Move::Joined) if silent => {
            (State::GoesOn, vec![Act::Outcome(Outcome::Elsewhere)])
        }
        // While it rang there. This device was away, or slept.
        Happens::DeclinedElsewhere | Happens::Step(Whose::Sibling, Move::Declined) if silent => {
            (State::GoesOn, vec![Act::Outcome(Outcome::Declined)])
        }
        Happens::Step(_, Move::Left) if facts.others == 0 => (State::Over, Vec::new()),
        // Whoever was in it was killed, or there was nobody.
        Happens::Time if !facts.fresh => (State::Over, Vec::new()),
        Happens::Gone => (State::Over, Vec::new()),
        Happens::Step(..)
        | Happens::Decline { .. }
        | Happens::DeclinedElsewhere
        | Happens::Met
        | Happens::GivenUp
        | Happens::AllDeclined
        | Happens::Time
        | Happens::Leave
        | Happens::Failed
        | Happens::Restarted => (State::GoesOn, Vec::new()),
    }
}

fn taking_part(until_ms: Option<i64>, facts: &Facts, what: Happens) -> (State, Vec<Act>) {
    let waits = until_ms.is_some();
    // Of two, nobody stays alone; in a group the call waits for others.
    let alone = facts.theirs == 0;
    let over = facts.others == 0 || facts.pair;
    let after = if over { State::Over } else { State::GoesOn };
    let mut leaves = vec![Act::Tell(Move::Left), Act::Close];
    match what {
        Happens::Restarted if facts.pair && !alone && !waits => {
            (State::Fallen { until_ms: facts.now_ms.saturating_add(BACK_MS) }, vec![Act::Close])
        }
        Happens::Leave | Happens::Restarted | Happens::Failed => {
            if waits {
                leaves.push(Act::Outcome(Outcome::Unanswered));
            }
            (after, leaves)
        }
        // They are talked with, though not in this one.
        Happens::Met if waits => {
            leaves.push(Act::Outcome(Outcome::Answered));
            (after, leaves)
        }
        Happens::Step(Whose::Theirs, Move::Joined) if waits => {
            (State::In { until_ms: None }, vec![Act::Outcome(Outcome::Answered)])
        }
        Happens::Step(Whose::Theirs, Move::Left) if facts.pair && alone && !waits => (State::Over, leaves),
        // For them nobody answered.
        Happens::GivenUp if facts.pair && facts.others == 0 && !waits => {
            leaves.push(Act::Outcome(Outcome::Cancelled));
            (State::Over, leaves)
        }
        Happens::AllDeclined if waits => {
            leaves.push(Act::Outcome(Outcome::Refused));
            (after, leaves)
        }
        Happens::Time if until_ms.is_some_and(|until| facts.now_ms >= until) => {
            leaves.push(Act::Outcome(Outcome::Unanswered));
            (after, leaves)
        }
        Happens::Gone => (State::Over, vec![Act::Close]),
        // Taken already: there is no second transport.
        Happens::Tap(_)
        | Happens::Step(..)
        | Happens::Decline { .. }
        | Happens::DeclinedElsewhere
        | Happens::Met
        | Happens::GivenUp
        | Happens::AllDeclined
        | Happens::Time => (State::In { until_ms }, Vec::new()),
    }
}

fn fallen(until_ms: i64, facts: &Facts, what: Happens) -> (State, Vec<Act>) {
    match what {
        Happens::Tap(tap) => taken(tap),
        Happens::Leave => (State::Over, vec![Act::Tell(Move::Left)]),
        Happens::Time if facts.now_ms >= until_ms => (State::Over, vec![Act::Tell(Move::Left)]),
        Happens::Step(_, Move::Left) if facts.theirs == 0 => (State::Over, Vec::new()),
        Happens::Gone => (State::Over, Vec::new()),
        Happens::Step(..)
        | Happens::Decline { .. }
        | Happens::DeclinedElsewhere
        | Happens::Met
        | Happens::GivenUp
        | Happens::AllDeclined
        | Happens::Time
        | Happens::Failed
        | Happens::Restarted => (State::Fallen { until_ms }, Vec::new()),
    }
}

fn taken(tap: Tap) -> (State, Vec<Act>) {
    let acts = vec![Act::Open(tap.permit()), Act::Tell(Move::Joined), Act::Outcome(Outcome::Answered)];
    (State::In { until_ms: None }, acts)
}

#[cfg(test)]
mod tests;
