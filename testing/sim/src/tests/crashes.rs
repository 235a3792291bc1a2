//! What the server keeps for a device, and what ends its program each time. The panic is planted where the engine says what it reads.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, Once};

use casemate_content::proto::{self as content, content::Kind};
use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};

use super::with_plans;
use crate::store_faults::StoreFault;
use crate::{ClientId, World};

/// Panics whenever the first thing that was read in this way is read again.
struct Planted {
    words: &'static str,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    poison: Option<String>,
    /// It panics so often.
    left: usize,
    /// So many lines before it are no poison.
    passes: usize,
}

impl Planted {
    fn at(words: &'static str, times: usize) -> Arc<Self> {
        Arc::new(Self { words, state: Mutex::new(State { left: times, ..State::default() }) })
    }

    /// At every reading of the second one.
    fn at_the_second(words: &'static str) -> Arc<Self> {
        Arc::new(Self { words, state: Mutex::new(State { left: usize::MAX, passes: 1, poison: None }) })
    }

    fn panics_at(&self, line: String) -> bool {
        let mut state = self.state.lock().unwrap();
        if line.contains(self.words) && state.passes > 0 {
            state.passes -= 1;
            return false;
        }
        let found = line.contains(self.words) && *state.poison.get_or_insert_with(|| line.clone()) == line;
        let panics = found && state.left > 0;
        state.left -= usize::from(panics);
        panics
    }
}

/// An event as one line.
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0 += &format!("{field}={value:?} ");
    }
}

thread_local! {
    /// What is planted in the world of this thread.
    static PLANTED: RefCell<Option<Arc<Planted>>> = const { RefCell::new(None) };
}

/// Hears all threads. A subscriber for each would change, at any moment, which events others hear.
struct Everywhere;

impl Subscriber for Everywhere {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        let of_an_engine = metadata.is_event() && metadata.target().starts_with("casemate_engine");
        if of_an_engine { Interest::sometimes() } else { Interest::never() }
    }

    fn enabled(&self, _: &Metadata<'_>) -> bool {
        PLANTED.with_borrow(Option::is_some)
    }

    fn event(&self, event: &Event<'_>) {
        let Some(planted) = PLANTED.with_borrow(Clone::clone) else { return };
        let mut line = Line(String::new());
        event.record(&mut line);
        assert!(!planted.panics_at(line.0), "planted");
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// Starts a device again whenever its program ends. How often that was.
fn ends(world: &mut World, id: ClientId, planted: &Arc<Planted>) -> usize {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| tracing::subscriber::set_global_default(Everywhere).expect("the only one"));
    for ends in 0..10 {
        PLANTED.set(Some(planted.clone()));
        let settled = catch_unwind(AssertUnwindSafe(|| world.settle()));
        PLANTED.set(None);
        if settled.is_ok() {
            return ends;
        }
        world.kill(id.0);
    }
    panic!("it ends at every start");
}

fn set_aside(world: &mut World, id: ClientId) -> i64 {
    world.with_db(id, |db| db.query_row("SELECT count(*) FROM set_aside", [], |row| row.get(0)).unwrap())
}

fn text(words: &str) -> Kind {
    Kind::Text(content::Text { text: words.into(), ..content::Text::default() })
}

/// Three messages wait for Bob, and nobody else is there.
fn waiting(seed: u64) -> (World, ClientId, String) {
    let (mut world, ana, bob, group) = with_plans(seed);
    let at_bob = world.named(bob, "Plans");
    world.settle();
    world.sleep(bob, 10_000_000);
    for words in ["one", "two", "three"] {
        world.say(ana, &group, words);
    }
    world.settle();
    world.sleep(ana, i64::MAX / 4);
    (world, bob, at_bob)
}

fn read_past_the_first(world: &mut World, bob: ClientId, at_bob: &str) {
    let texts = world.texts(bob, at_bob);
    assert_eq!(texts, ["two", "three"]);
    let notices = world.notices(bob, at_bob);
    assert_eq!(notices.iter().filter(|line| line.contains("could not be read")).count(), 1, "{notices:?}");
    assert_eq!(set_aside(world, bob), 1);
    // And it stays so.
    world.kill(bob.0);
    world.settle();
    assert_eq!(world.texts(bob, at_bob), ["two", "three"]);
}

#[test]
fn entry_whose_panic_is_caught_ends_the_program_once_and_is_set_aside() {
    let (mut world, bob, at_bob) = waiting(9_301);
    world.wake(bob);
    let planted = Planted::at("an entry is read", usize::MAX);
    assert_eq!(ends(&mut world, bob, &planted), 1);
    read_past_the_first(&mut world, bob, &at_bob);
}

#[test]
fn entry_whose_panic_nobody_catches_ends_the_worker_four_times_and_is_set_aside() {
    let (mut world, bob, at_bob) = waiting(9_302);
    world.client(bob).catches_nothing = true;
    world.wake(bob);
    let planted = Planted::at("an entry is read", usize::MAX);
    // In a page of entries, then three times by itself: only that is no chance.
    assert_eq!(ends(&mut world, bob, &planted), 4);
    read_past_the_first(&mut world, bob, &at_bob);
}

#[test]
fn entry_that_comes_while_all_is_read_is_set_aside_as_well() {
    let (mut world, ana, bob, group) = with_plans(9_303);
    let at_bob = world.named(bob, "Plans");
    world.settle();
    let mut insider = world.insider(ana, &group);
    world.settle();
    world.client(bob).catches_nothing = true;
    for (id, words) in [(1, "one"), (2, "two"), (3, "three")] {
        world.insider_says(&mut insider, vec![id; 16], text(words));
    }
    let planted = Planted::at("an entry is read", usize::MAX);
    assert_eq!(ends(&mut world, bob, &planted), 5);
    read_past_the_first(&mut world, bob, &at_bob);
}

/// What a device cannot read may be what all others applied: it says so, and asks to be added again.
#[test]
fn commit_that_ends_the_program_is_said_and_the_device_comes_back() {
    let (mut world, ana, bob, group) = with_plans(9_307);
    let at_bob = world.named(bob, "Plans");
    world.settle();
    world.sleep(bob, 10_000_000);
    world.say(ana, &group, "one");
    world.settle();
    world.ok(ana, "conversation.set", json!({"conversation": group, "name": "Plans for May"}));
    world.settle();
    world.say(ana, &group, "two");
    world.settle();
    world.wake(bob);
    let planted = Planted::at_the_second("an entry is read");
    assert_eq!(ends(&mut world, bob, &planted), 1);
    assert_eq!(set_aside(&mut world, bob), 1);
    let notices = world.notices(bob, &at_bob);
    assert_eq!(notices.iter().filter(|line| line.contains("could not be read")).count(), 1, "{notices:?}");
    world.settle_for(600_000);
    world.say(ana, &group, "three");
    world.settle();
    assert_eq!(world.texts(bob, &at_bob).last().map(String::as_str), Some("three"));
}

#[test]
fn entry_at_which_the_program_was_killed_three_times_is_read() {
    let (mut world, bob, at_bob) = waiting(9_304);
    world.client(bob).catches_nothing = true;
    world.wake(bob);
    // Somebody closes the page, again and again.
    let planted = Planted::at("an entry is read", 3);
    assert_eq!(ends(&mut world, bob, &planted), 3);
    assert_eq!(world.texts(bob, &at_bob), ["one", "two", "three"]);
    assert_eq!(set_aside(&mut world, bob), 0);
}

#[test]
fn inbox_item_that_ends_the_program_is_set_aside_and_the_next_one_is_taken() {
    for catches_nothing in [false, true] {
        let (mut world, ana, bob, _) = with_plans(9_305);
        world.settle();
        world.sleep(bob, 10_000_000);
        for name in ["Trap", "Later"] {
            world.ok(ana, "conversation.create", json!({"members": ["bob@sim.example"], "name": name}));
            world.settle();
        }
        world.sleep(ana, i64::MAX / 4);
        world.client(bob).catches_nothing = catches_nothing;
        world.wake(bob);
        let planted = Planted::at("an inbox item is read", usize::MAX);
        assert_eq!(ends(&mut world, bob, &planted), if catches_nothing { 4 } else { 1 });
        let asked = world.ok(bob, "conversation.requests", json!({})).to_string();
        assert!(asked.contains("Later") && !asked.contains("Trap"), "{asked}");
        assert_eq!(set_aside(&mut world, bob), 1);
    }
}

#[test]
fn answer_that_ends_the_program_at_each_start_counts_as_refused() {
    let (mut world, ana, bob, group) = with_plans(9_306);
    world.settle();
    world.kill(bob.0);
    let planted = Planted::at("kind=\"manifest\"", usize::MAX);
    assert_eq!(ends(&mut world, bob, &planted), 1);
    assert_eq!(set_aside(&mut world, bob), 1);
    world.say(ana, &group, "still here");
    world.settle();
    let at_bob = world.named(bob, "Plans");
    assert_eq!(world.texts(bob, &at_bob), ["still here"]);
}

#[test]
fn pages_are_read_in_as_many_transactions_as_there_are_inputs() {
    let (mut world, ana, bob, group) = with_plans(9_307);
    let at_bob = world.named(bob, "Plans");
    world.settle();
    world.sleep(bob, 10_000_000);
    for number in 0..200 {
        world.say(ana, &group, &format!("message {number}"));
    }
    world.settle();
    let counts = |world: &mut World| (world.client(bob).inputs, world.client(bob).store.commits());
    let (inputs, commits) = counts(&mut world);
    world.wake(bob);
    world.settle();
    let (inputs, commits) = (counts(&mut world).0 - inputs, counts(&mut world).1 - commits);
    assert_eq!(world.texts(bob, &at_bob).len(), 200);
    assert!(commits <= inputs as u64, "{commits} transactions in {inputs} inputs");
}

/// A command that waits for the connection after a start, and a database that fails at one place after the other while the greeting is
/// taken: it is answered each time.
#[test]
fn command_that_waited_for_the_connection_is_answered_where_the_database_fails() {
    let mut world = World::new(9_101);
    let ana = world.person("ana");
    world.settle();
    let (mut failed, mut done) = (0, 0);
    for place in 1..120 {
        world.kill(ana.0);
        let number = world.begin(ana, "invite.create", json!({}));
        let fault = StoreFault { after: Some(place * 100), times: 1 };
        world.client(ana).store.set(Some(fault));
        match world.answer(ana, number) {
            Ok(_) => done += 1,
            Err(_) => failed += 1,
        }
        world.client(ana).store.set(None);
        world.settle();
    }
    assert!(failed > 0 && done > 0, "{failed} {done}");
    world.ok(ana, "invite.create", json!({}));
}
