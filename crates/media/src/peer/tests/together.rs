//! Several peers and the relay's own core, joined by a wire without delay.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use casemate_relay::core::{Core, Identity, Listening, Packet};
use casemate_wire::call::Place;
use casemate_wire::ids::{ParticipantSecret, RoomSecret};

use super::*;
use crate::ear::Ear;
use crate::sent::{Film, Sent};

const RELAY: &str = "192.0.2.1:8441";

struct World {
    core: Core,
    now: Instant,
    people: Vec<Person>,
    /// The relay is away: nothing comes through.
    away: bool,
    /// What this one sends does not come through, and what it is sent does.
    unheard: Option<usize>,
    /// What becomes of packets on their way to somebody.
    tamper: Option<Box<dyn FnMut(&mut Vec<u8>)>>,
}

struct Person {
    peer: Peer,
    address: SocketAddr,
    place: Place,
    frames: Vec<Opened>,
    missing: i64,
    key_wanted: u32,
    connected: u32,
    lost: u32,
    wake: Instant,
}

impl World {
    fn new() -> Self {
        let now = Instant::now();
        Self { core: core(now), now, people: Vec::new(), away: false, unheard: None, tamper: None }
    }

    fn join(&mut self, epoch: u64, leaf: u16) -> usize {
        self.add(Peer::new(keys(epoch, leaf, false), 100 + u32::from(leaf), self.now), leaf)
    }

    fn add(&mut self, peer: Peer, leaf: u16) -> usize {
        let place =
            Place { room: RoomSecret::new([1; 32]), participant: ParticipantSecret::new([leaf as u8; 16]) };
        let address = SocketAddr::from(([198, 51, 100, leaf as u8], 5_000));
        let person = Person {
            peer,
            address,
            place,
            frames: Vec::new(),
            missing: 0,
            key_wanted: 0,
            connected: 0,
            lost: 0,
            wake: self.now,
        };
        self.people.push(person);
        let at = self.people.len() - 1;
        self.offer(at);
        at
    }

    fn offer(&mut self, at: usize) {
        let person = &mut self.people[at];
        let offer = person.peer.offer(self.now).unwrap();
        if self.away {
            return;
        }
        let answer = self.core.join(&person.place, None, None, &offer, self.now).unwrap();
        assert_eq!(relay_ways(&answer, |_| true), [Way { over: Over::Udp, address: RELAY.parse().unwrap() }]);
        person.peer.answer(&answer, person.address, Over::Udp, self.now).unwrap();
    }

    fn pass(&mut self, ms: u64) {
        let until = self.now + Duration::from_millis(ms);
        while self.now < until {
            self.exchange();
            let wakes = self.people.iter().map(|person| person.wake).chain([self.core.deadline()]);
            let next = wakes.min().unwrap().max(self.now + Duration::from_micros(500));
            self.now = next.min(until);
            for person in &mut self.people {
                person.peer.wake(self.now);
            }
        }
        self.exchange();
    }

    fn exchange(&mut self) {
        loop {
            let mut quiet = true;
            for at in 0..self.people.len() {
                quiet &= self.settle(at);
            }
            if self.away {
                return;
            }
            self.core.settle(self.now);
            let sends: Vec<_> = self.core.sends().collect();
            for transmit in sends {
                let mut bytes = transmit.contents.to_vec();
                if let Some(tamper) = &mut self.tamper {
                    tamper(&mut bytes);
                }
                let of = |person: &Person| person.address == transmit.destination;
                let Some(at) = self.people.iter().position(of) else { continue };
                quiet = false;
                let person = &mut self.people[at];
                person.peer.receive(transmit.source, person.address, &bytes, self.now);
                // As a program does, which takes one packet after the other.
                self.settle(at);
            }
            if quiet {
                return;
            }
        }
    }

    /// False where something was sent.
    fn settle(&mut self, at: usize) -> bool {
        let mut quiet = true;
        loop {
            let person = &mut self.people[at];
            match person.peer.poll(self.now) {
                Polled::Send(transmit) => {
                    quiet = false;
                    assert_eq!(transmit.destination, RELAY.parse().unwrap(), "to nobody but the relay");
                    let packet = Packet {
                        protocol: Protocol::Udp,
                        source: person.address,
                        destination: transmit.destination,
                        bytes: &transmit.contents,
                    };
                    if !self.away && self.unheard != Some(at) {
                        self.core.receive(&packet, self.now);
                    }
                }
                Polled::Frame { frame, missing } => {
                    person.frames.push(frame);
                    person.missing += missing;
                }
                Polled::Connected => person.connected += 1,
                Polled::KeyWanted => person.key_wanted += 1,
                Polled::Lost => {
                    person.lost += 1;
                    self.offer(at);
                    quiet = false;
                }
                Polled::Wait(until) => {
                    self.people[at].wake = until;
                    return quiet;
                }
            }
        }
    }

    /// Everybody sends a tone of their own, 440 Hz and so on, and the first the film as well.
    fn talk(&mut self, ms: u64) {
        let mut tones: Vec<_> =
            (0..self.people.len()).map(|at| Sent::tone(Some(440.0 + 200.0 * at as f64)).unwrap()).collect();
        let mut film = Film::pattern();
        for step in 0..ms / 20 {
            for (at, tone) in tones.iter_mut().enumerate() {
                let sound = tone.next_sound().unwrap();
                self.people[at].peer.send_sound(&sound.data, sound.level, self.now).unwrap();
            }
            if step % 3 == 0 {
                if std::mem::take(&mut self.people[0].key_wanted) > 0 {
                    film.to_key();
                }
                let picture = film.next_picture();
                self.people[0].peer.send_picture(&picture.data, picture.key, self.now).unwrap();
            }
            self.pass(20);
        }
    }

    /// What somebody heard and saw of a leaf since the last look: frames of sound, of pictures, and the pitch.
    fn heard(&mut self, at: usize, leaf: u16) -> (usize, usize, Option<f64>) {
        let (of, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.people[at].frames)
            .into_iter()
            .partition(|frame| frame.source.leaf == leaf);
        self.people[at].frames = rest;
        let (sound, pictures): (Vec<_>, Vec<_>) = of.iter().partition(|frame| frame.source.track.is_sound());
        let mut ear = Ear::new().unwrap();
        for frame in &sound {
            ear.hear(&frame.frame).unwrap();
        }
        let hz = ear.frequency_hz();
        (sound.len(), pictures.len(), hz)
    }
}

fn core(now: Instant) -> Core {
    let listening = vec![Listening { protocol: Protocol::Udp, address: RELAY.parse().unwrap() }];
    Core::new(0, Identity::new(), listening, now)
}

/// A pitch that was heard.
fn near(found: Option<f64>, hz: f64) -> bool {
    found.is_some_and(|found| (found - hz).abs() < 5.0)
}

fn two() -> World {
    let mut world = World::new();
    world.join(1, 0);
    world.join(1, 1);
    world.pass(2_000);
    assert!(world.people.iter().all(|person| person.peer.is_connected()));
    world
}

#[test]
fn sound_and_pictures_go_through_a_relay_that_cannot_open_them() {
    let mut world = two();
    world.talk(3_000);
    let (sound, pictures, hz) = world.heard(1, 0);
    assert!(near(hz, 440.0), "{hz:?}");
    assert!((140..=150).contains(&sound), "{sound} of 150");
    assert!((45..=50).contains(&pictures), "{pictures} of 50");
    let (sound, pictures, hz) = world.heard(0, 1);
    assert!(near(hz, 640.0) && (140..=150).contains(&sound) && pictures == 0, "{sound} {pictures} {hz:?}");
    assert_eq!(world.people[0].peer.refused() + world.people[1].peer.refused(), 0);
}

#[test]
fn whoever_shows_no_pictures_gets_none_and_hears_like_everybody() {
    let mut world = World::new();
    world.join(1, 0);
    let listener = world.add(Peer::new(keys(1, 1, false), 101, world.now).without_pictures(), 1);
    world.pass(2_000);
    world.talk(3_000);
    let (sound, pictures, hz) = world.heard(listener, 0);
    assert!(near(hz, 440.0) && sound >= 140 && pictures == 0, "{sound} {pictures} {hz:?}");
    assert!(near(world.heard(0, 1).2, 640.0));
}

#[test]
fn of_twelve_of_whom_eleven_are_silent_the_last_is_heard_by_all() {
    let mut world = World::new();
    for leaf in 0..12 {
        world.join(1, leaf);
    }
    world.pass(3_000);
    let all: BTreeSet<u16> = (0..12).collect();
    for (at, person) in world.people.iter_mut().enumerate() {
        assert!(person.peer.is_connected());
        person.peer.rekey(Keys { leaves: all.clone(), ..keys(2, at as u16, false) }, world.now);
    }
    world.pass(2_000);
    let mut sent: Vec<Sent> = (0..11).map(|_| Sent::silence().unwrap()).collect();
    sent.push(Sent::tone(Some(700.0)).unwrap());
    for _ in 0..100 {
        for (person, sent) in world.people.iter_mut().zip(&mut sent) {
            let sound = sent.next_sound().unwrap();
            person.peer.send_sound(&sound.data, sound.level, world.now).unwrap();
        }
        world.pass(20);
    }
    for at in 0..11 {
        let (sound, _, hz) = world.heard(at, 11);
        assert!(sound > 80 && near(hz, 700.0), "{at} heard {sound} of 100, {hz:?}");
    }
}

/// Who shows themselves, and what each of them sends.
struct Shown {
    sent: Vec<Sent>,
    films: Vec<Film>,
}

impl Shown {
    fn new(count: usize) -> Self {
        let sent = (0..count).map(|_| Sent::silence().unwrap()).collect();
        Self { sent, films: (0..count).map(|_| Film::pattern()).collect() }
    }

    /// All who are there speak and show themselves, for so many times 20 ms.
    fn goes_on(&mut self, world: &mut World, steps: usize) {
        for step in 0..steps {
            for ((person, sent), film) in world.people.iter_mut().zip(&mut self.sent).zip(&mut self.films) {
                let sound = sent.next_sound().unwrap();
                person.peer.send_sound(&sound.data, sound.level, world.now).unwrap();
                if step % 3 == 0 {
                    if std::mem::take(&mut person.key_wanted) > 0 {
                        film.to_key();
                    }
                    let picture = film.next_picture();
                    person.peer.send_picture(&picture.data, picture.key, world.now).unwrap();
                }
            }
            world.pass(20);
        }
    }
}

/// How many others each has seen.
fn seen(world: &World) -> Vec<usize> {
    let is_picture = |frame: &&Opened| !frame.source.track.is_sound();
    let leaves = |person: &Person| {
        let leaves = person.frames.iter().filter(is_picture).map(|frame| frame.source.leaf);
        leaves.collect::<BTreeSet<u16>>().len()
    };
    world.people.iter().map(leaves).collect()
}

#[test]
fn of_eight_who_show_themselves_each_sees_and_hears_all_others() {
    let mut world = World::new();
    let all: BTreeSet<u16> = (0..8).collect();
    for leaf in 0..8 {
        world.join(1, leaf);
    }
    for (at, person) in world.people.iter_mut().enumerate() {
        person.peer.rekey(Keys { leaves: all.clone(), ..keys(2, at as u16, false) }, world.now);
    }
    world.pass(3_000);
    let mut shown = Shown::new(8);
    shown.goes_on(&mut world, 75);
    assert_eq!(seen(&world), [7; 8], "after 1.5 s");
    shown.goes_on(&mut world, 425);
    for at in 0..8 {
        for leaf in (0..8_u16).filter(|leaf| usize::from(*leaf) != at) {
            let (sound, pictures, _) = world.heard(at, leaf);
            assert!(sound > 400 && pictures > 100, "{at} of {leaf}: {sound} of 500, {pictures} of 167");
        }
    }
}

#[test]
fn of_eight_who_come_one_after_another_each_sees_all_others_soon() {
    let mut world = World::new();
    let all: BTreeSet<u16> = (0..8).collect();
    let mut shown = Shown::new(8);
    for leaf in 0..8 {
        world.join(1, leaf);
        let keys = Keys { leaves: all.clone(), ..keys(2, leaf, false) };
        world.people[usize::from(leaf)].peer.rekey(keys, world.now);
        shown.goes_on(&mut world, 10);
    }
    shown.goes_on(&mut world, 50);
    assert_eq!(seen(&world), [7; 8], "a second after the last one came");
}

#[test]
fn what_is_lost_is_missing_and_what_nobody_was_sent_is_not() {
    let mut world = two();
    // Of two layers the relay sends one, though its sender counts both; and of many voices those that are loudest.
    for _ in 0..50 {
        world.talk(60);
        let now_ms = world.people[0].peer.millis(world.now);
        for track in [Track::Audio, Track::Video] {
            world.people[0].peer.frames.seal(track, b"to others", now_ms).unwrap();
        }
    }
    assert_eq!((world.people[1].missing, world.heard(1, 0).0 > 145), (0, true));
    let mut count = 0u32;
    world.tamper = Some(Box::new(move |bytes| {
        count += 1;
        if count.is_multiple_of(10) {
            bytes.clear();
        }
    }));
    world.talk(3_000);
    let missing = world.people[1].missing;
    let (sound, _, _) = world.heard(1, 0);
    // Pictures are sent again, voices are not.
    assert!((5..60).contains(&missing), "{missing} of 150, of which {sound} came");
}

#[test]
fn a_wrong_key_is_silence_and_the_others_go_on() {
    let mut world = two();
    // In the room, and not in the conversation: what the relay's operator could do.
    let stranger = world.join(9, 2);
    world.pass(2_000);
    world.talk(2_000);
    assert_eq!(world.heard(stranger, 0), (0, 0, None));
    assert_eq!(world.heard(0, 2), (0, 0, None));
    assert!(world.people[stranger].peer.refused() > 50 && world.people[0].peer.refused() > 50);
    assert!(near(world.heard(1, 0).2, 440.0));
}

#[test]
fn keys_change_without_a_gap_and_at_once_where_somebody_was_removed() {
    let mut world = two();
    world.talk(1_000);
    world.heard(1, 0);
    world.heard(0, 1);
    // One learns of it half a second before the other.
    let now = world.now;
    world.people[0].peer.rekey(keys(2, 0, false), now);
    world.talk(500);
    let now = world.now;
    world.people[1].peer.rekey(keys(2, 1, false), now);
    world.talk(2_500);
    for (at, leaf) in [(1, 0), (0, 1)] {
        let (sound, _, _) = world.heard(at, leaf);
        assert!(sound >= 148, "{sound} of 150 came");
    }
    // Whoever is removed keeps its keys and stays in the room.
    let eve = world.join(2, 2);
    world.pass(2_000);
    let all: BTreeSet<u16> = [0, 1, 2].into();
    let now = world.now;
    for at in [0, 1, eve] {
        let with_eve = Keys { leaves: all.clone(), ..keys(3, at as u16, false) };
        world.people[at].peer.rekey(with_eve, now);
    }
    world.talk(3_000);
    assert!(near(world.heard(0, 2).2, 840.0));
    let now = world.now;
    for at in [0, 1] {
        world.people[at].peer.rekey(keys(4, at as u16, true), now);
    }
    world.heard(eve, 0);
    world.talk(2_000);
    assert_eq!(world.heard(0, 2), (0, 0, None));
    assert_eq!(world.heard(eve, 0), (0, 0, None));
    assert!(world.heard(1, 0).0 > 95);
}

#[test]
fn a_relay_that_dies_is_noticed_and_another_found() {
    let mut world = two();
    world.talk(1_000);
    world.away = true;
    world.pass(1_500);
    assert_eq!(world.people[0].lost, 0);
    world.pass(700);
    assert_eq!((world.people[0].lost, world.people[1].lost), (1, 1));
    // A new process, which knows nobody. Its offers wait to be asked with.
    world.core = core(world.now);
    world.away = false;
    world.offer(0);
    world.offer(1);
    world.pass(1_000);
    world.heard(0, 1);
    world.heard(1, 0);
    world.talk(2_000);
    assert!(near(world.heard(1, 0).2, 440.0) && near(world.heard(0, 1).2, 640.0));
    assert_eq!(world.people[0].connected, 2);
}

#[test]
fn peer_that_hears_and_is_not_heard_any_more_joins_anew_in_five_seconds() {
    let mut world = two();
    world.talk(1_000);
    world.unheard = Some(0);
    world.heard(0, 1);
    world.talk(3_000);
    let (sound, _, _) = world.heard(0, 1);
    assert!(sound > 100 && world.people[0].lost == 0, "{sound} of 150 came all the while");
    world.talk(2_500);
    assert_eq!((world.people[0].lost, world.people[1].lost), (1, 0));
    world.unheard = None;
    world.pass(1_000);
    world.heard(1, 0);
    world.talk(2_000);
    assert!(near(world.heard(1, 0).2, 440.0) && near(world.heard(0, 1).2, 640.0));
}

#[test]
fn a_relay_that_damages_everything_is_worth_a_dropped_packet() {
    let mut world = two();
    let mut state = 1u32;
    world.tamper = Some(Box::new(move |bytes| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // One in four, anywhere in it; now and then cut short.
        if state >> 30 == 0 && !bytes.is_empty() {
            let at = (state >> 8) as usize % bytes.len();
            if state & 0x80 == 0 { bytes[at] ^= 1 << (state & 7) } else { bytes.truncate(at) }
        }
    }));
    world.talk(10_000);
    let (sound, _, _) = world.heard(1, 0);
    assert!((200..=450).contains(&sound), "{sound} of 500");
    world.tamper = None;
    world.pass(3_000);
    world.heard(1, 0);
    world.talk(2_000);
    assert!(near(world.heard(1, 0).2, 440.0));
}
