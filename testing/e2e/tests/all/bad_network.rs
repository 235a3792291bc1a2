//! Calls between real processes while the network is bad, when a relay goes for ever, and when the server alone loses one.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use casemate_e2e::alone::in_own_network;
use casemate_e2e::detour::{Detour, free_address};
use casemate_e2e::relay::Relay;
use casemate_e2e::tap::Tap;
use casemate_e2e::world::{Member, World, text};
use casemate_relay::peer::line::Weather;
use serde_json::{Value, json};

/// Two in a call, each with a tone and a film, on a server of some configuration.
struct Call {
    _world: World,
    ana: Member,
    bob: Member,
    call: String,
}

/// What came of the other, and how often the relay was joined anew.
#[derive(Debug, Clone, Copy)]
struct Came {
    sound: u64,
    pictures: u64,
    rejoined: u64,
}

impl Call {
    fn begin(config: &str) -> Self {
        Self::begin_in(configured(config, &[]))
    }

    fn begin_in(world: World) -> Self {
        let (mut ana, mut bob) = (world.join("ana"), world.join("bob"));
        let at_ana = ana.meet(&mut bob);
        bob.pair_with(&ana.address.clone());
        let call = text(&ana.ask("call.start", json!({"conversation": at_ana, "send": "pattern"}))["call"]);
        bob.event("a call", |event| event["type"] == "call.ringing" && event["call"] == *call);
        bob.ask("call.answer", json!({"call": call, "send": "pattern"}));
        let mut call = Self { _world: world, ana, bob, call };
        call.until("both hear and see", |came| came.iter().all(|one| one.sound > 50 && one.pictures > 15));
        call
    }

    /// What came to Ana, and to Bob.
    fn came(&mut self) -> [Came; 2] {
        [&mut self.ana, &mut self.bob].map(|me| {
            let stats = me.ask("call.stats", json!({"call": self.call}));
            let of = |track: &str| {
                let all = stats["participants"].as_array().unwrap();
                all.iter().filter_map(|one| one[track]["frames"].as_u64()).sum()
            };
            let rejoined = stats["rejoined"].as_u64().unwrap();
            Came { sound: of("audio"), pictures: of("video"), rejoined }
        })
    }

    fn until(&mut self, what: &str, good: impl Fn([Came; 2]) -> bool) -> Duration {
        let begin = Instant::now();
        loop {
            let came = self.came();
            if good(came) {
                return begin.elapsed();
            }
            assert!(begin.elapsed() < casemate_e2e::patience(), "waited in vain until {what}: {came:?}");
        }
    }

    /// How long until a second of sound, and pictures with it, came to both as on a good network.
    fn whole_again(&mut self) -> Duration {
        let begin = Instant::now();
        loop {
            let (since, before) = (Instant::now(), self.came());
            self.until("a second of sound came", |came| {
                came.iter().zip(before).all(|(now, before)| now.sound >= before.sound + 50)
            });
            let came = self.came();
            let pictures = came.iter().zip(before).all(|(now, before)| now.pictures >= before.pictures + 10);
            // Fifty in little more than a second: few of them were lost. A busy machine takes longer for everything.
            if since.elapsed() < Duration::from_millis(1_600) && pictures {
                return since - begin;
            }
            assert!(begin.elapsed() < casemate_e2e::patience(), "{came:?} after {before:?}");
        }
    }
}

fn configured(config: &str, options: &[&str]) -> World {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("server.toml");
    std::fs::write(&file, config).unwrap();
    World::with(&[&["--config", file.to_str().unwrap()], options].concat())
}

/// Nothing comes through.
const NOTHING: Weather = Weather { loss: 1.0, ..Weather::FAIR };

#[test]
fn a_call_outlives_a_bad_network_and_is_whole_again_after_it() {
    let relay = free_address();
    let detour = Detour::to(relay, 5);
    let public = detour.address;
    let mut call =
        Call::begin(&format!("[calls]\nlisten = \"{relay}\"\npublic = \"{public}\"\nthreads = 1\n"));
    let way = Weather { delay: Duration::from_millis(20), jitter: Duration::from_millis(5), ..Weather::FAIR };
    for (name, bad) in [
        ("a fifth lost", Weather { loss: 0.2, doubled: 0.02, ..way }),
        // The film and both voices take about 200 kbit/s.
        ("a tenth of 1 Mbit/s", Weather { rate: Some(100_000.0), ..way }),
    ] {
        detour.weather(bad);
        let before = call.came();
        let while_bad = call.until("two seconds of sound came", |came| {
            came.iter().zip(before).all(|(now, before)| now.sound >= before.sound + 100)
        });
        detour.weather(way);
        let after = call.whole_again();
        println!("{name}: 100 voice packets in {while_bad:?} ({before:?}); whole {after:?} after it");
        assert!(call.came().iter().all(|one| one.rejoined == 0), "nobody had to join anew");
    }
}

#[test]
fn when_a_relay_dies_its_calls_move_to_another() {
    let folder = tempfile::tempdir().unwrap();
    let mut relays = ["one", "two"].map(|name| Relay::start(folder.path(), name));
    let sections = relays.each_ref().map(Relay::section).concat();
    let mut call = Call::begin(&format!("[calls]\nown_relay = false\n{sections}"));
    let used = relays.iter().position(Relay::is_used).expect("one of them has the call");
    assert!(!relays[1 - used].is_used());
    relays[used].kill();
    let before = call.came();
    let back = call.until("both hear and see each other again", |came| {
        came.iter().zip(before).all(|(now, before)| {
            now.rejoined > before.rejoined && now.sound > before.sound && now.pictures > before.pictures
        })
    });
    println!("back after {back:?}");
    assert!(relays[1 - used].is_used());
    let stats: Value = call.ana.ask("call.stats", json!({"call": call.call}));
    assert_eq!(stats["state"], "connected");
}

/// Media go on where they are. Whoever comes meanwhile goes where the server can ask, and all are there when it can ask both again.
#[test]
fn when_the_server_loses_its_way_to_a_relay_calls_go_on_and_are_together_again_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let relays = ["one", "two"].map(|name| Relay::behind(folder.path(), name));
    let sections = relays.each_ref().map(|(relay, _)| relay.section()).concat();
    let world = configured(&format!("[calls]\nown_relay = false\n{sections}"), &[]);
    let [mut ana, mut bob, mut cem] = ["ana", "bob", "cem"].map(|name| world.join(name));
    ana.meet(&mut bob);
    ana.meet(&mut cem);
    let group = ana.group("walkers", &mut [&mut bob, &mut cem]);
    let [at_ana, at_bob, at_cem] = [&ana, &bob, &cem].map(|one| one.address.clone());
    let call = text(&ana.ask("call.start", json!({"conversation": group, "send": "tone"}))["call"]);
    bob.event("a call", |event| event["type"] == "call.ringing" && event["call"] == *call);
    bob.ask("call.answer", json!({"call": call, "send": "tone"}));
    hears_more(&mut ana, &call, &at_bob, 50);
    hears_more(&mut bob, &call, &at_ana, 50);
    let used = relays.iter().position(|(relay, _)| relay.is_used()).expect("one of them has the call");
    let ((left, way), (other, _)) = (&relays[used], &relays[1 - used]);
    assert!(!other.is_used());

    way.cut();
    let before = [&mut ana, &mut bob].map(|me| rejoined(me, &call));
    // Four seconds of sound, where two of silence are a relay that is gone.
    hears_more(&mut ana, &call, &at_bob, 200);
    hears_more(&mut bob, &call, &at_ana, 50);
    cem.event("a call", |event| event["type"] == "call.ringing" && event["call"] == *call);
    cem.ask("call.answer", json!({"call": call, "send": "tone"}));
    cem.until("a place in the call", |me| {
        (me.ask("call.stats", json!({"call": call}))["state"] == "connected").then_some(())
    });
    assert!(other.is_used());
    hears_more(&mut ana, &call, &at_bob, 50);
    assert_eq!([&mut ana, &mut bob].map(|me| rejoined(me, &call)), before);
    assert_eq!(sound_of(&mut cem, &call, &at_ana), 0);

    let begin = Instant::now();
    way.leads_to(&left.control());
    for (me, others) in
        [(&mut ana, [&at_bob, &at_cem]), (&mut bob, [&at_ana, &at_cem]), (&mut cem, [&at_ana, &at_bob])]
    {
        others.into_iter().for_each(|who| hears_more(me, &call, who, 50));
    }
    let together = begin.elapsed();
    println!("together after {together:?}");
    assert!(together < Duration::from_secs(30), "{together:?}");
    for (me, before) in [&mut ana, &mut bob].into_iter().zip(before) {
        assert!(rejoined(me, &call) > before);
    }
    ana.until("the relay that was left to be quiet", |_| (!left.is_used()).then_some(()));
}

/// Waits until so many more frames of somebody's sound came.
fn hears_more(member: &mut Member, call: &str, who: &str, frames: u64) {
    let until = sound_of(member, call, who) + frames;
    member.until(&format!("sound of {who}"), |me| (sound_of(me, call, who) >= until).then_some(()));
}

/// Frames of somebody's sound that came so far.
fn sound_of(member: &mut Member, call: &str, who: &str) -> u64 {
    let stats = member.ask("call.stats", json!({"call": call}));
    let all = stats["participants"].as_array().unwrap();
    let theirs = all.iter().find(|one| one["address"] == *who);
    theirs.and_then(|one| one["audio"]["frames"].as_u64()).unwrap_or_default()
}

/// How often the relay was joined anew.
fn rejoined(member: &mut Member, call: &str) -> u64 {
    member.ask("call.stats", json!({"call": call}))["rejoined"].as_u64().unwrap()
}

/// Everything of before goes nowhere, the connection to the server too, which nothing says.
#[test]
fn after_a_change_of_the_network_a_call_is_back_in_seconds() {
    let relay = free_address();
    let (detour, tap) = (Detour::to(relay, 6), Tap::new());
    let public = detour.address;
    let config = format!("[calls]\nlisten = \"{relay}\"\npublic = \"{public}\"\nthreads = 1\n");
    let world = configured(&config, &["--public-url", &tap.url()]);
    tap.leads_to(world.server.address());
    let mut call = Call::begin_in(world);
    // A connection that is new is not doubted.
    let begin = Instant::now();
    call.until("the connection is some seconds old", |_| begin.elapsed() > Duration::from_secs(6));
    tap.silence();
    detour.weather(NOTHING);
    call.until("both notice it", |came| came.iter().all(|one| one.rejoined > 0));
    detour.weather(Weather::FAIR);
    let before = call.came();
    let back = call.until("both hear and see each other again", |came| {
        came.iter()
            .zip(before)
            .all(|(now, before)| now.sound > before.sound && now.pictures > before.pictures)
    });
    println!("back after {back:?}");
    // A silent connection is noticed by itself after 50 s.
    assert!(back < Duration::from_secs(20), "{back:?}");
}

#[test]
fn where_no_datagram_comes_through_a_call_goes_over_a_connection() {
    let relay = free_address();
    let detour = Detour::to(relay, 7);
    let public = detour.address;
    detour.weather(NOTHING);
    let mut call =
        Call::begin(&format!("[calls]\nlisten = \"{relay}\"\npublic = \"{public}\"\nthreads = 1\n"));
    let before = call.came();
    assert!(before.iter().all(|one| one.rejoined > 0), "datagrams come first: {before:?}");
    // A second of it is whole, and the way is kept.
    call.whole_again();
    let stats = call.ana.ask("call.stats", json!({"call": call.call}));
    assert_eq!(stats["state"], "connected");
    assert!(call.came().iter().zip(before).all(|(now, before)| now.rejoined == before.rejoined));
    call.ana.ask("call.leave", json!({"call": call.call}));
    let call_id = call.call.clone();
    call.bob.event("the end of the call", |event| {
        event["type"] == "call.changed" && event["call"] == *call_id && event["state"] == "over"
    });
}

#[test]
fn a_call_whose_relay_cannot_be_reached_ends_and_says_why() {
    // What comes there is answered by nobody.
    let nobody = UdpSocket::bind(free_address()).unwrap();
    reaches_no_relay(&nobody.local_addr().unwrap().to_string(), NOT_REACHED);
    nobody.set_nonblocking(true).unwrap();
    let mut packet = [0; 1_500];
    assert!(nobody.recv(&mut packet).unwrap() > 0, "it was tried");
}

/// A server on this machine may have its relay on it too, in the networks about or in public, and nowhere else.
#[test]
fn what_a_server_names_that_is_no_relay_of_its_own_is_not_even_tried() {
    let story = "bad_network::what_a_server_names_that_is_no_relay_of_its_own_is_not_even_tried";
    in_own_network(story, |network| {
        reaches_no_relay("192.0.2.9:8441", NOT_REACHED);
        // What leaves is counted: of calls nothing did.
        assert_eq!(network.left(), 0);
        UdpSocket::bind("0.0.0.0:0").unwrap().send_to(&[1], "192.0.2.9:8441").unwrap();
        assert!(network.left() > 0);
    });
}

/// Whoever called made the other side ring for nothing.
#[test]
fn where_nobody_can_be_told_of_the_relay_nobody_is_called() {
    let world = with_relay_at("169.254.9.9:8441");
    let (mut ana, mut bob) = (world.join("ana"), world.join("bob"));
    let at_ana = ana.meet(&mut bob);
    let refused = ana.refused("call.start", json!({"conversation": at_ana}));
    assert_eq!((refused.code, &*refused.message), (-32001, "This server has no calls."));
    assert_eq!(bob.ask("call.list", json!({}))["calls"], json!([]));
}

const NOT_REACHED: &str = "the relay that calls go through cannot be reached";

/// A server whose relay is said to be there.
fn with_relay_at(public: &str) -> World {
    let relay = free_address();
    let config = format!("[calls]\nlisten = \"{relay}\"\npublic = \"{public}\"\nthreads = 1\n");
    configured(&config, &[])
}

/// A call ends with the reason, on such a server.
fn reaches_no_relay(public: &str, why: &str) {
    let world = with_relay_at(public);
    let (mut ana, mut bob) = (world.join("ana"), world.join("bob"));
    let at_ana = ana.meet(&mut bob);
    let call = text(&ana.ask("call.start", json!({"conversation": at_ana}))["call"]);
    let over = ana.event("the call to end", |event| {
        event["type"] == "call.changed" && event["call"] == *call && event["why"].is_string()
    });
    // Sooner than nobody answers.
    assert_eq!(over["why"], why);
}

#[test]
fn a_call_of_two_ends_for_who_is_left_alone() {
    let mut call = Call::begin_in(World::new());
    call.bob.kill();
    let call_id = call.call.clone();
    let over = call.ana.event("the end of the call", |event| {
        event["type"] == "call.changed" && event["call"] == *call_id && event["why"].is_string()
    });
    assert_eq!(over["why"], "nothing was heard of the other side any more");
}
