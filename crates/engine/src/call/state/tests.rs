//! All orders in which things can happen, from every side: no token, no transport.

use std::collections::BTreeSet;

use casemate_api::command::{CallAnswer, CallStart};
use casemate_wire::ids::CallId;

use super::*;

const CALL: CallId = CallId([1; 16]);
const NOW: i64 = 1_000;

/// Everything that can happen, by number. Only the first is the person's tap.
const KINDS: usize = 18;

fn happening(kind: usize) -> Happens {
    use Whose::{Sibling, Theirs};
    let answer = CallAnswer { call: CALL.to_hex(), ..CallAnswer::default() };
    match kind {
        0 => Happens::Tap(Tap::of_answer(&answer, CALL)),
        1 => Happens::Decline { tell: false },
        2 => Happens::Decline { tell: true },
        3 => Happens::Leave,
        4 => Happens::Step(Theirs, Move::Joined),
        5 => Happens::Step(Theirs, Move::Left),
        6 => Happens::Step(Theirs, Move::Declined),
        7 => Happens::Step(Sibling, Move::Joined),
        8 => Happens::Step(Sibling, Move::Left),
        9 => Happens::Step(Sibling, Move::Declined),
        10 => Happens::DeclinedElsewhere,
        11 => Happens::Time,
        12 => Happens::Gone,
        13 => Happens::Failed,
        14 => Happens::Restarted,
        15 => Happens::Met,
        16 => Happens::GivenUp,
        _ => Happens::AllDeclined,
    }
}

/// All combinations that facts can be in.
fn facts() -> Vec<Facts> {
    let mut all = Vec::new();
    for pair in [true, false] {
        for (others, theirs) in [(0, 0), (1, 0), (1, 1), (2, 1), (2, 2)] {
            for now_ms in [NOW, NOW + RING_MS, NOW + 10 * RING_MS] {
                for outcome in [Outcome::Open, Outcome::Missed, Outcome::Declined, Outcome::Answered] {
                    for fresh in [true, false] {
                        all.push(Facts { pair, others, theirs, fresh, outcome, now_ms });
                    }
                }
            }
        }
    }
    all
}

fn beginnings() -> [State; 3] {
    [State::Ringing { until_ms: NOW + RING_MS }, State::GoesOn, State::Over]
}

fn opens(acts: &[Act]) -> usize {
    acts.iter().filter(|act| matches!(act, Act::Open(_))).count()
}

/// Every order to depth 8 without the person's tap: whatever all others do, together, nothing of media begins. Orders
/// that led to the same state go on alike, so each state is looked at once a depth.
#[test]
fn without_a_tap_there_is_no_permit_and_no_taking_part() {
    let mut reached: BTreeSet<State> = beginnings().into();
    let mut looked = 0u64;
    for _depth in 0..8 {
        for state in reached.clone() {
            for facts in facts() {
                for kind in 1..KINDS {
                    let (after, acts) = next(state, &facts, happening(kind));
                    looked += 1;
                    assert_eq!(opens(&acts), 0, "{state:?} {facts:?} {kind}");
                    assert!(!matches!(after, State::In { .. }), "{state:?} {facts:?} {kind}");
                    assert!(!acts.iter().any(|act| matches!(act, Act::Tell(Move::Joined))));
                    reached.insert(after);
                }
            }
        }
    }
    assert!(looked > 10_000, "{looked}");
    let all: BTreeSet<State> = beginnings().into();
    assert_eq!(reached, all, "and these are all states that others can bring about");
}

/// With taps among it: each permit had its tap, and only one is out at a time.
#[test]
fn every_permit_has_a_tap_and_ends_before_the_next() {
    fn follow(state: State, open: bool, depth: usize, seen: &mut BTreeSet<(State, bool, usize)>) {
        if depth == 0 || !seen.insert((state, open, depth)) {
            return;
        }
        for facts in facts() {
            for kind in 0..KINDS {
                let (after, acts) = next(state, &facts, happening(kind));
                let mut now = open;
                for act in &acts {
                    match act {
                        Act::Open(permit) => {
                            assert!(kind == 0 && !now, "{state:?} {kind}");
                            assert_eq!(permit.call(), CALL);
                            now = true;
                        }
                        Act::Close => now = false,
                        _ => {}
                    }
                }
                assert_eq!(
                    now,
                    matches!(after, State::In { .. }),
                    "media exactly while in it: {state:?} {kind}"
                );
                follow(after, now, depth - 1, seen);
            }
        }
    }
    for state in beginnings() {
        follow(state, false, 8, &mut BTreeSet::new());
    }
    let (state, acts) = start(Tap::of_start(&CallStart::default(), CALL), NOW);
    assert_eq!(opens(&acts), 1);
    follow(state, true, 8, &mut BTreeSet::new());
}

/// It stops ringing by the person, by their other devices, by the caller, by time, by leaving, and where both call each other; by
/// nothing else.
#[test]
fn what_ends_the_ringing() {
    let facts = Facts { pair: false, others: 1, theirs: 1, fresh: true, outcome: Outcome::Open, now_ms: NOW };
    let nobody = Facts { others: 0, theirs: 0, ..facts };
    let late = Facts { now_ms: NOW + RING_MS, ..facts };
    let ringing = State::Ringing { until_ms: NOW + RING_MS };
    let ends = |facts: &Facts| -> Vec<usize> {
        (0..KINDS).filter(|kind| next(ringing, facts, happening(*kind)).0 != ringing).collect()
    };
    assert_eq!(ends(&facts), [0, 1, 2, 7, 9, 10, 12, 15]);
    assert_eq!(ends(&nobody), [0, 1, 2, 5, 7, 8, 9, 10, 12, 15]);
    assert_eq!(ends(&late), [0, 1, 2, 7, 9, 10, 11, 12, 15]);
}

#[test]
fn a_ring_that_ends_leaves_a_record() {
    let ringing = State::Ringing { until_ms: NOW };
    for facts in facts() {
        for kind in 0..KINDS {
            let (after, acts) = next(ringing, &facts, happening(kind));
            let recorded = acts.iter().any(|act| matches!(act, Act::Outcome(_)));
            assert_eq!(after != ringing, recorded, "{facts:?} {kind}");
        }
    }
}

/// A device that was away, or slept, knows that it was missed before it reads of another own one that it was not.
#[test]
fn what_another_own_device_did_counts_also_when_it_is_read_late() {
    let facts =
        Facts { pair: true, others: 1, theirs: 1, fresh: true, outcome: Outcome::Missed, now_ms: NOW };
    let outcome = |state, facts: &Facts, kind| match &next(state, facts, happening(kind)) {
        (after, acts) if *after == state => match acts[..] {
            [] => None,
            [Act::Outcome(outcome)] => Some(outcome),
            _ => panic!("{acts:?}"),
        },
        other => panic!("{other:?}"),
    };
    assert_eq!(outcome(State::GoesOn, &facts, 7), Some(Outcome::Elsewhere));
    assert_eq!(outcome(State::GoesOn, &facts, 9), Some(Outcome::Declined));
    assert_eq!(outcome(State::GoesOn, &facts, 10), Some(Outcome::Declined));
    for missed in [Outcome::Missed, Outcome::Cancelled] {
        assert_eq!(outcome(State::Over, &Facts { outcome: missed, ..facts }, 10), Some(Outcome::Declined));
    }
    // What is known better stays.
    for known in [Outcome::Answered, Outcome::Elsewhere, Outcome::Declined] {
        for state in [State::GoesOn, State::Over] {
            assert_eq!(outcome(state, &Facts { outcome: known, ..facts }, 10), None);
        }
    }
}

#[test]
fn declining_tells_nobody_unless_the_person_wants_it() {
    let ringing = State::Ringing { until_ms: NOW };
    for facts in facts() {
        let told = |kind| {
            let (_, acts) = next(ringing, &facts, happening(kind));
            acts.iter().any(|act| matches!(act, Act::Tell(_)))
        };
        assert!(!told(1) && told(2));
        // Nor does not answering, nor that another own device answered.
        assert!(!(4..KINDS).any(told));
    }
}

#[test]
fn a_caller_waits_a_minute_and_of_two_nobody_stays_alone() {
    let waiting = State::In { until_ms: Some(NOW + RING_MS) };
    let facts = Facts { pair: true, others: 0, theirs: 0, fresh: true, outcome: Outcome::Open, now_ms: NOW };
    let after = |state, facts: &Facts, kind| next(state, facts, happening(kind));
    assert_eq!(after(waiting, &facts, 11).0, waiting);
    let (over, acts) = after(waiting, &Facts { now_ms: NOW + RING_MS, ..facts }, 11);
    assert_eq!(over, State::Over);
    assert!(matches!(acts[..], [Act::Tell(Move::Left), Act::Close, Act::Outcome(Outcome::Unanswered)]));
    let both = Facts { others: 1, theirs: 1, ..facts };
    let talking = State::In { until_ms: None };
    assert_eq!(after(waiting, &both, 4).0, talking);
    assert_eq!(after(talking, &facts, 5).0, State::Over);
    assert_eq!(after(waiting, &facts, 17).0, State::Over);
    assert_eq!(after(talking, &both, 17).0, talking);
    let group = Facts { pair: false, ..facts };
    assert_eq!(after(talking, &group, 5).0, talking);
    assert_eq!(after(waiting, &group, 6).0, waiting);
    assert_eq!(after(talking, &Facts { pair: false, ..both }, 3).0, State::GoesOn);
}

#[test]
fn of_two_calls_in_which_two_would_meet_only_one_that_waits_is_left_for_the_other() {
    let facts = Facts { pair: true, others: 0, theirs: 0, fresh: true, outcome: Outcome::Open, now_ms: NOW };
    let (after, acts) = next(State::In { until_ms: Some(NOW + RING_MS) }, &facts, Happens::Met);
    assert_eq!(after, State::Over);
    // Nobody is told that nobody answered.
    assert!(matches!(acts[..], [Act::Tell(Move::Left), Act::Close, Act::Outcome(Outcome::Answered)]));
    for state in [State::In { until_ms: None }, State::GoesOn, State::Over, State::Fallen { until_ms: NOW }] {
        let (after, acts) = next(state, &facts, Happens::Met);
        assert!(after == state && acts.is_empty(), "{after:?} {acts:?}");
    }
}

#[test]
fn a_program_started_again_finds_its_call_of_two_for_a_while() {
    let facts =
        Facts { pair: true, others: 1, theirs: 1, fresh: true, outcome: Outcome::Answered, now_ms: NOW };
    let talking = State::In { until_ms: None };
    let (fallen, acts) = next(talking, &facts, Happens::Restarted);
    assert_eq!(fallen, State::Fallen { until_ms: NOW + BACK_MS });
    assert!(matches!(acts[..], [Act::Close]), "nobody is told: {acts:?}");
    let (back, acts) = next(fallen, &facts, happening(0));
    assert_eq!((back, opens(&acts)), (talking, 1));
    for kind in 1..KINDS {
        assert_eq!(opens(&next(fallen, &facts, happening(kind)).1), 0);
    }
    let late = Facts { now_ms: NOW + BACK_MS, ..facts };
    for (facts, kind) in [(&late, 11), (&facts, 3)] {
        let (after, acts) = next(fallen, facts, happening(kind));
        assert_eq!(after, State::Over);
        assert!(matches!(acts[..], [Act::Tell(Move::Left)]), "{acts:?}");
    }
    let alone = Facts { others: 0, theirs: 0, ..facts };
    assert_eq!(next(fallen, &alone, happening(5)).0, State::Over);
    // In a group the others go on; who never was answered, or was alone, has nothing to come back to.
    assert_eq!(next(talking, &Facts { pair: false, ..facts }, Happens::Restarted).0, State::GoesOn);
    assert_eq!(next(talking, &alone, Happens::Restarted).0, State::Over);
    assert_eq!(next(State::In { until_ms: Some(NOW) }, &facts, Happens::Restarted).0, State::Over);
}

#[test]
fn a_call_of_which_nothing_is_heard_ends_for_who_is_not_in_it_and_for_nobody_else() {
    let facts =
        Facts { pair: false, others: 2, theirs: 2, fresh: false, outcome: Outcome::Missed, now_ms: NOW };
    let after = |state, facts: &Facts| next(state, facts, Happens::Time);
    assert!(matches!(after(State::GoesOn, &facts), (State::Over, acts) if acts.is_empty()));
    assert_eq!(after(State::GoesOn, &Facts { fresh: true, ..facts }).0, State::GoesOn);
    // Media say by themselves whether anybody is there; and what rings ends by its own time.
    for state in [State::In { until_ms: None }, State::Ringing { until_ms: NOW + 1 }] {
        assert_eq!(after(state, &facts).0, state);
    }
    // It was thought to be over, and goes on.
    assert_eq!(next(State::Over, &facts, happening(4)).0, State::GoesOn);
}
