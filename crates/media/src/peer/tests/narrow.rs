//! A sender whose own way to the relay becomes narrow: what the other hears and sees, as people notice it.

use casemate_relay::peer::line::Weather;

use super::together::{World, two};
use super::*;

/// A conversation goes on within so many milliseconds.
const PATIENCE_MS: u64 = 2_000;

/// What comes later is of no use to one.
const LATE: Duration = Duration::from_millis(400);

/// Sound is looked at so long, pictures as well.
const SOUND_WINDOW_MS: u64 = 200;
const PICTURE_WINDOW_MS: u64 = 2_000;

const VOICE_MS: u64 = 20;
const FRAME_MS: u64 = 40;

/// A film of 450 kbit/s, with a whole picture each second.
const WHOLE_BYTES: usize = 5_000;
const FRAME_BYTES: usize = 2_150;
const WHOLE_EVERY: u64 = 25;

/// The first of two speaks and shows a film; the other listens.
struct Call {
    world: World,
    step: u64,
    frame: u64,
    since_whole: u64,
    /// When each packet of sound was sent.
    sent: Vec<Instant>,
    /// When each came.
    heard: Vec<(u64, Instant)>,
    /// The number of what was shown last, and when each was.
    last: Option<u64>,
    shown: Vec<Instant>,
}

impl Call {
    fn new() -> Self {
        let world = two();
        let (sent, heard, shown) = (Vec::new(), Vec::new(), Vec::new());
        Self { world, step: 0, frame: 0, since_whole: 0, sent, heard, last: None, shown }
    }

    fn pass(&mut self, ms: u64) {
        for _ in 0..ms / VOICE_MS {
            let now = self.world.now;
            let me = &mut self.world.people[0];
            let mut sound = [0; 80];
            sound[..8].copy_from_slice(&self.step.to_be_bytes());
            me.peer.send_sound(&sound, now).unwrap();
            self.sent.push(now);
            if self.step.is_multiple_of(FRAME_MS / VOICE_MS) {
                let whole = std::mem::take(&mut me.key_wanted) > 0 || self.since_whole >= WHOLE_EVERY;
                let whole = whole || self.frame == 0;
                self.since_whole = if whole { 1 } else { self.since_whole + 1 };
                let mut picture = vec![u8::from(whole); if whole { WHOLE_BYTES } else { FRAME_BYTES }];
                picture[1..9].copy_from_slice(&self.frame.to_be_bytes());
                me.peer.send_picture(&picture, whole, now).unwrap();
                self.frame += 1;
            }
            self.step += 1;
            self.world.pass(VOICE_MS);
            for (opened, at) in std::mem::take(&mut self.world.people[1].frames) {
                let frame = &opened.frame;
                if opened.source.track.is_sound() {
                    self.heard.push((u64::from_be_bytes(*frame.first_chunk().unwrap()), at));
                    continue;
                }
                let number = u64::from_be_bytes(*frame[1..].first_chunk().unwrap());
                let follows = self.last.is_some_and(|last| number == last + 1);
                if follows || frame[0] == 1 {
                    self.last = Some(number);
                    self.shown.push(at);
                }
            }
        }
    }

    /// Until when, since a step, too little was heard in time, and shown.
    fn bad_until(&self, since: u64, least_shown: usize) -> (u64, u64) {
        let begin = self.sent[since as usize];
        let passed_ms = (self.step - since) * VOICE_MS;
        let in_time = |step: u64| {
            let sent = self.sent[step as usize];
            self.heard.iter().any(|(number, at)| *number == step && *at - sent < LATE)
        };
        let per_window = SOUND_WINDOW_MS / VOICE_MS;
        // Of what was sent last nothing can have come.
        let windows = (passed_ms - LATE.as_millis() as u64) / SOUND_WINDOW_MS;
        let quiet = |window: &u64| {
            let first = since + window * per_window;
            let heard = (first..first + per_window).filter(|step| in_time(*step)).count();
            heard as f64 / (per_window as f64) < 0.8
        };
        let sound = (0..windows).rfind(quiet).map_or(0, |window| (window + 1) * SOUND_WINDOW_MS);
        let still = |window: &u64| {
            let from = begin + Duration::from_millis(window * PICTURE_WINDOW_MS);
            let until = from + Duration::from_millis(PICTURE_WINDOW_MS);
            self.shown.iter().filter(|at| (from..until).contains(*at)).count() < least_shown
        };
        let windows = passed_ms / PICTURE_WINDOW_MS;
        let pictures = (0..windows).rfind(still).map_or(0, |window| (window + 1) * PICTURE_WINDOW_MS);
        (sound, pictures)
    }
}

#[test]
fn with_a_tenth_of_the_senders_bandwidth_both_go_on_within_two_seconds() {
    let mut call = Call::new();
    let way = Weather {
        rate: Some(1_500_000.0),
        delay: Duration::from_millis(25),
        jitter: Duration::from_millis(5),
        ..Weather::FAIR
    };
    call.world.people[0].up.weather = way;
    call.pass(10_000);
    let fair = call.bad_until(call.step - 200, 40);
    assert_eq!(fair, (0, 0), "all of it goes through 1.5 Mbit/s");
    call.world.people[0].up.weather.rate = Some(150_000.0);
    let begin = call.step;
    call.pass(15_000);
    let narrow = call.bad_until(begin, 1);
    call.world.people[0].up.weather.rate = Some(1_500_000.0);
    let begin = call.step;
    call.pass(20_000);
    let (whole, after) = (call.bad_until(begin, 40), call.bad_until(begin, 1));
    println!(
        "a sender's 1.5 Mbit/s, a tenth, and back: too little sound, pictures until {narrow:?} ms, and then {after:?}; all of it after {whole:?} ms"
    );
    assert!(narrow.0 <= PATIENCE_MS && narrow.1 <= PATIENCE_MS, "{narrow:?}");
    assert!(after.0 == 0 && after.1 <= PATIENCE_MS, "{after:?}");
    assert!(whole.1 <= 12_000, "{whole:?}");
    assert!(call.world.people.iter().all(|person| person.peer.is_connected()));
}
