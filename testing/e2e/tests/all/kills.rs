//! Server and people are killed at random points while they talk. Nothing that was taken is lost or doubled, and
//! all have the same order. `CASEMATE_KILLS` and `CASEMATE_SEED` say how often, and which.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use casemate_e2e::world::{Member, World, text};
use casemate_e2e::{patience, setting};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// A message that somebody wants sent, repeated until it was answered.
struct Wish {
    who: usize,
    request: Value,
}

#[test]
fn nothing_is_lost_doubled_or_out_of_order() {
    let (kills, seed) = (setting("CASEMATE_KILLS", 15), setting("CASEMATE_SEED", 1));
    println!("CASEMATE_KILLS={kills} CASEMATE_SEED={seed}");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut world = World::new();
    let mut people = [world.join("anna"), world.join("ben"), world.join("cara")];
    let [anna, ben, cara] = &mut people;
    let pair = anna.meet(ben);
    anna.meet(cara);
    let group = anna.group("All of us", &mut [ben, cara]);
    let mut expected = [BTreeSet::new(), BTreeSet::new()];
    let mut acknowledged = BTreeSet::new();

    for round in 0..kills {
        let wishes = wishes(&mut rng, round, [&group, &pair]);
        for wish in &wishes {
            people[wish.who].begin("message.send", wish.request.clone());
        }
        if rng.random_ratio(1, 4) {
            // A commit among the messages.
            let name = format!("All of us, {round}");
            people[0].begin("conversation.set", json!({"conversation": group, "name": name}));
        }
        // Where in their work the kill falls.
        std::thread::sleep(Duration::from_micros(rng.random_range(0..30_000)));
        match rng.random_range(0..4) {
            3 => world.server.restart(),
            who => {
                note_acknowledged(&people[who], &mut acknowledged);
                people[who].restart();
            }
        }
        for wish in wishes {
            let answer = people[wish.who].ask("message.send", wish.request.clone());
            let in_pair = usize::from(wish.request["conversation"] == *pair);
            let new = expected[in_pair].insert(text(&answer["message"]));
            assert!(new, "two messages have one id: {}", wish.request);
        }
    }

    for (conversation, expected, members) in [(&group, &expected[0], 3), (&pair, &expected[1], 2)] {
        let orders = wait_for_all(&mut people[..members], conversation, expected);
        for order in &orders {
            let once: BTreeSet<String> = order.iter().cloned().collect();
            assert_eq!(once.len(), order.len(), "a message is shown twice");
            assert_eq!(&once, expected);
            assert_eq!(order, &orders[0], "two people see two orders");
        }
    }
    for person in &mut people {
        person.ask("sync", json!({}));
    }
    for person in &people {
        note_acknowledged(person, &mut acknowledged);
    }
    println!(
        "{} messages, {} acknowledgements seen",
        expected[0].len() + expected[1].len(),
        acknowledged.len()
    );
    assert!(acknowledged.iter().all(|id| expected.iter().any(|expected| expected.contains(id))));

    // Every conversation goes on.
    for who in 0..people.len() {
        let words = format!("still here: {who}");
        people[who].say(&group, &words);
        people
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != who)
            .for_each(|(_, other)| drop(other.hears(&words)));
    }
    people[1].say(&pair, "and we two");
    people[0].hears("and we two");
}

#[test]
fn members_come_and_go_while_everything_is_killed() {
    let (kills, seed) = (setting("CASEMATE_KILLS", 15), setting("CASEMATE_SEED", 1));
    println!("CASEMATE_KILLS={kills} CASEMATE_SEED={seed}");
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0xadd);
    let mut world = World::new();
    let mut people = [world.join("anna"), world.join("ben"), world.join("cara")];
    let [anna, ben, cara] = &mut people;
    anna.meet(ben);
    anna.meet(cara);
    let group = anna.group("Coming and going", &mut [ben, cara]);
    let is_member = |anna: &mut Member, address: &str| {
        let shown = anna.conversation(&group);
        shown["members"].as_array().unwrap().iter().any(|member| member["address"] == *address)
    };
    let guest = people[2].address.clone();
    for round in 0..kills {
        let change =
            if is_member(&mut people[0], &guest) { "conversation.remove" } else { "conversation.add" };
        people[0].begin(change, json!({"conversation": group, "members": [guest]}));
        people[1].begin("message.send", json!({"conversation": group, "text": format!("meanwhile {round}")}));
        std::thread::sleep(Duration::from_micros(rng.random_range(0..60_000)));
        match rng.random_range(0..4) {
            3 => world.server.restart(),
            who => people[who].restart(),
        }
    }
    let [anna, _, cara] = &mut people;
    anna.until("being in step again", |anna| anna.try_ask("sync", json!({})).ok());
    if !is_member(anna, &guest) {
        anna.ask("conversation.add", json!({"conversation": group, "members": [guest]}));
    }
    cara.until("being a member", |cara| (cara.conversation(&group)["standing"] == "active").then_some(()));
    for (words, from, to) in
        [("anna speaks", 0, [1, 2]), ("ben speaks", 1, [0, 2]), ("cara speaks", 2, [0, 1])]
    {
        people[from].say(&group, words);
        to.into_iter().for_each(|to| drop(people[to].hears(words)));
    }
    let texts = |person: &mut Member| -> Vec<String> {
        person.texts(&group).into_iter().filter(|text| text.starts_with("meanwhile")).collect()
    };
    assert_eq!(texts(&mut people[0]), texts(&mut people[1]));
}

/// Waits until everybody has every message; tells who lacks what where that does not happen.
fn wait_for_all(people: &mut [Member], conversation: &str, expected: &BTreeSet<String>) -> Vec<Vec<String>> {
    let deadline = Instant::now() + patience();
    loop {
        let orders: Vec<Vec<String>> = people.iter_mut().map(|person| ids(person, conversation)).collect();
        if orders.iter().all(|order| order.len() >= expected.len()) {
            return orders;
        }
        if Instant::now() > deadline {
            let mut report = String::from("messages are missing:");
            for (person, order) in people.iter_mut().zip(&orders) {
                let lacks = expected.iter().filter(|id| !order.contains(id)).count();
                let shown = person.messages(conversation);
                let open = shown
                    .iter()
                    .filter(|message| message["state"] == "queued" || message["state"] == "failed");
                let open: Vec<_> = open.map(|message| (&message["text"], &message["state"])).collect();
                report += &format!("\n{} lacks {lacks}; of its own not sent: {open:?}", person.address);
                let mut connections =
                    person.events().into_iter().filter(|event| event["type"] == "connection");
                report += &format!("; {:?}", connections.next_back());
                report += &format!(
                    "; log: {}",
                    std::fs::read_to_string(person.home().with_extension("log")).unwrap_or_default()
                );
            }
            panic!("{report}");
        }
        people[0].more_than(people[0].heard());
    }
}

fn wishes(rng: &mut ChaCha8Rng, round: u64, [group, pair]: [&str; 2]) -> Vec<Wish> {
    let mut wishes = Vec::new();
    for who in 0..3 {
        for number in 0..rng.random_range(1..4) {
            let conversation = if who < 2 && rng.random_ratio(1, 3) { pair } else { group };
            let name = format!("round {round}, person {who}, number {number}");
            wishes.push(Wish {
                who,
                request: json!({"conversation": conversation, "text": name, "client_id": name}),
            });
        }
    }
    wishes
}

fn note_acknowledged(person: &Member, acknowledged: &mut BTreeSet<String>) {
    let states = person.events().into_iter().filter(|event| event["type"] == "message.state");
    let sent =
        states.filter(|event| ["sent", "delivered", "read"].iter().any(|state| event["state"] == **state));
    acknowledged.extend(sent.map(|event| text(&event["message"])));
}

fn ids(person: &mut Member, conversation: &str) -> Vec<String> {
    let all = person.messages(conversation);
    let texts =
        all.iter().filter(|message| message["text"].as_str().is_some_and(|text| text.starts_with("round ")));
    texts.map(|message| text(&message["message"])).collect()
}
