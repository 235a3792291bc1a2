//! How soon a call is itself again after the network became bad. Measured as people notice it: what could be heard and shown.

use crate::peer::line::Weather;

use super::*;

/// What two seconds are the most for: no bad window after that.
const PATIENCE_MS: u64 = 2_000;

/// What is looked at together.
const WINDOW_MS: u64 = 200;

/// What comes later is of no use to a conversation.
const LATE: Duration = Duration::from_millis(400);

const FRAME_MS: u64 = 40;
const VOICE_MS: u64 = 20;

/// Whoever cannot go on showing asks for a whole picture after so long, as browsers do.
const ASKS: Duration = Duration::from_millis(200);

const SMALL_BYTES: usize = 400;
const LARGE_PARTS: u8 = 4;
const LARGE_BYTES: usize = 1_000;

/// Somebody sends voice and two sizes of a picture to somebody who shows what it gets.
struct Call {
    world: World,
    from: usize,
    to: usize,
    step: u64,
    /// When each voice and picture was sent.
    sent: Vec<(Instant, bool)>,
    answered: u64,
    screen: Screen,
    heard: Vec<(u64, Instant)>,
}

/// What a decoder would show.
#[derive(Default)]
struct Screen {
    /// Of frames that are not whole or cannot be shown yet: parts by layer and number.
    parts: BTreeMap<(u8, u32), (u8, u8, bool, Instant)>,
    /// What was shown last.
    last: Option<(u8, u32)>,
    /// When each was shown, with its layer.
    shown: Vec<(u32, u8, Instant)>,
    stuck: Option<Instant>,
}

impl Screen {
    fn take(&mut self, payload: &[u8], at: Instant) {
        let [_, layer, a, b, c, d, of, key, ..] = *payload else { return };
        let number = u32::from_be_bytes([a, b, c, d]);
        let parts = self.parts.entry((layer, number)).or_insert((0, of, key == 1, at));
        parts.0 += 1;
        self.go_on(at);
    }

    fn go_on(&mut self, at: Instant) {
        loop {
            let whole = |parts: &(u8, u8, bool, Instant)| parts.0 >= parts.1;
            let next = self.last.map(|(layer, number)| (layer, number + 1));
            let follows = next.filter(|next| self.parts.get(next).is_some_and(whole));
            let begins = self.parts.iter().rfind(|(_, parts)| whole(parts) && parts.2).map(|(key, _)| *key);
            let Some(show) = follows.or(begins) else { break };
            self.parts.remove(&show);
            self.last = Some(show);
            self.shown.push((show.1, show.0, at));
            // What was to be shown before it is not shown any more.
            self.parts
                .retain(|(layer, number), _| *number > show.1 || (*layer != show.0 && *number == show.1));
        }
        let waits = self.parts.values().map(|parts| parts.3).min();
        self.stuck = waits.filter(|since| at - *since > ASKS);
    }
}

impl Call {
    fn new(seed: u64) -> Self {
        let mut world = World { seed, ..World::new() };
        let here = world.connected(1, Offered::VIDEO, 2);
        let (from, to) = (here[0], here[1]);
        world.wish(to, &[(from, 720)]);
        let mut call = Self {
            world,
            from,
            to,
            step: 0,
            sent: Vec::new(),
            answered: 0,
            screen: Screen::default(),
            heard: Vec::new(),
        };
        call.pass(8_000);
        assert_eq!(call.screen.last.map(|last| last.0), Some(1), "the large picture is shown");
        call
    }

    fn pass(&mut self, ms: u64) {
        for _ in 0..ms / VOICE_MS {
            let now = self.world.now;
            let mut voice = [0; 80];
            voice[..8].copy_from_slice(&self.step.to_be_bytes());
            let from = self.from;
            self.world.peers[from].peer.send(Stream::Voice, &voice, true, Some(-30), now);
            let pictures = self.step.is_multiple_of(FRAME_MS / VOICE_MS);
            if pictures {
                self.picture();
            }
            self.sent.push((now, pictures));
            self.step += 1;
            self.world.pass(VOICE_MS);
            self.look();
        }
    }

    fn picture(&mut self) {
        let now = self.world.now;
        let number = (self.step / (FRAME_MS / VOICE_MS)) as u32;
        let peer = &mut self.world.peers[self.from].peer;
        let key = number == 0 || std::mem::replace(&mut self.answered, peer.asked()) != peer.asked();
        for (layer, parts, bytes) in [(0, 1, SMALL_BYTES), (1, LARGE_PARTS, LARGE_BYTES)] {
            for part in 0..parts {
                let mut frame = vec![0; bytes];
                frame[0] = layer;
                frame[1..5].copy_from_slice(&number.to_be_bytes());
                frame[5..7].copy_from_slice(&[parts, u8::from(key)]);
                peer.send(Stream::Camera { large: layer == 1 }, &frame, key && part == 0, None, now);
            }
        }
    }

    fn look(&mut self) {
        let now = self.world.now;
        let mut slot = None;
        for came in self.world.came(self.to) {
            let payload = &came.packet.payload;
            match payload.first_chunk::<8>() {
                Some(number) if payload.len() == 80 => {
                    self.heard.push((u64::from_be_bytes(*number), came.at));
                }
                _ => {
                    slot = Some(came.slot);
                    self.screen.take(payload, came.at);
                }
            }
        }
        self.screen.go_on(now);
        if let Some(slot) = slot
            && self.screen.stuck.is_some()
        {
            self.world.peers[self.to].peer.ask_key_frame(slot, now);
        }
    }

    /// The end of the last window since `begin` in which too little was heard or shown in time; nothing: zero.
    fn recovered(&self, begin: u64, least_voice: f64, least_shown: f64) -> (u64, u64) {
        let windows = self.too_little(begin, least_voice, least_shown);
        let last =
            |bad: fn(&(bool, bool)) -> bool| windows.iter().rposition(bad).map_or(0, |at| at as u64 + 1);
        (last(|window| window.0) * WINDOW_MS, last(|window| window.1) * WINDOW_MS)
    }

    /// How long at most too little was heard or shown in time, without a break, since `begin`.
    fn longest(&self, begin: u64, least_voice: f64, least_shown: f64) -> (u64, u64) {
        let windows = self.too_little(begin, least_voice, least_shown);
        let longest = |bad: fn(&(bool, bool)) -> bool| {
            windows.split(|window| !bad(window)).map(|run| run.len() as u64).max().unwrap_or(0)
        };
        (longest(|window| window.0) * WINDOW_MS, longest(|window| window.1) * WINDOW_MS)
    }

    /// Of each window since `begin`, whether too little of the voices was heard in time, and of the pictures shown.
    fn too_little(&self, begin: u64, least_voice: f64, least_shown: f64) -> Vec<(bool, bool)> {
        let per_window = WINDOW_MS / VOICE_MS;
        let in_time = |sent: Instant, at: Instant| at - sent < LATE;
        let mut windows = Vec::new();
        for window in 0..(self.step - begin) / per_window {
            let steps = begin + window * per_window..begin + (window + 1) * per_window;
            // Of what is sent now nothing can have come.
            if steps.end + LATE.as_millis() as u64 / VOICE_MS > self.step {
                break;
            }
            let heard = steps.clone().filter(|step| {
                let sent = self.sent[*step as usize].0;
                self.heard.iter().any(|(number, at)| number == step && in_time(sent, *at))
            });
            let heard = heard.count() as f64;
            let pictures: Vec<u64> =
                steps.filter(|step| self.sent[*step as usize].1).map(|step| step / 2).collect();
            let shown = pictures.iter().filter(|number| {
                let sent = self.sent[**number as usize * 2].0;
                self.screen
                    .shown
                    .iter()
                    .any(|(shown, _, at)| u64::from(*shown) == **number && in_time(sent, *at))
            });
            let shown = shown.count() as f64;
            windows
                .push((heard < least_voice * per_window as f64, shown < least_shown * pictures.len() as f64));
        }
        windows
    }
}

/// What becomes of one call says little: what is lost is lost by chance.
const SEEDS: u64 = 8;

/// A way as through a town, in both directions.
fn through_a_town() -> Weather {
    Weather { delay: Duration::from_millis(25), jitter: Duration::from_millis(5), ..Weather::FAIR }
}

/// So much is lost on both ways of the one who sends, and of the one who receives. How long too little came at a time
/// meanwhile, and after it.
fn lossy(sender: f64, receiver: f64, seed: u64) -> [(u64, u64); 2] {
    let mut call = Call::new(seed);
    let (from, to) = (call.from, call.to);
    let weather = |call: &mut Call, loss: [f64; 2]| {
        for (at, loss) in [from, to].into_iter().zip(loss) {
            let way = Weather { loss, ..through_a_town() };
            (call.world.peers[at].up.weather, call.world.peers[at].down.weather) = (way, way);
        }
    };
    weather(&mut call, [0.0, 0.0]);
    call.pass(2_000);
    weather(&mut call, [sender, receiver]);
    let begin = call.step;
    call.pass(8_000);
    let during = call.longest(begin, 0.2, 0.4);
    weather(&mut call, [0.0, 0.0]);
    let begin = call.step;
    call.pass(6_000);
    let after = call.longest(begin, 0.99, 0.8);
    println!(
        "loss {sender}, {receiver}, {seed}: too little sound, pictures for {during:?} ms, then for {after:?} ms"
    );
    [during, after]
}

#[test]
fn with_a_fifth_lost_pictures_stand_still_two_seconds_at_most_and_without_it_all_goes_on() {
    for (sound, pictures) in (0..SEEDS).flat_map(|seed| lossy(0.0, 0.2, seed)) {
        assert!(sound <= PATIENCE_MS && pictures <= PATIENCE_MS, "{sound} {pictures}");
    }
}

#[test]
fn where_the_senders_own_way_loses_a_fifth_pictures_go_on_within_two_seconds() {
    for receiver in [0.0, 0.2] {
        for (sound, pictures) in (0..SEEDS).flat_map(|seed| lossy(0.2, receiver, seed)) {
            assert!(sound <= PATIENCE_MS && pictures <= PATIENCE_MS, "{sound} {pictures}");
        }
    }
}

/// A look for more room, every five seconds, may find some that is not there: what becomes of a call depends on when in
/// between its way grows narrow.
const LOOKS_MS: u64 = 5_000;

#[test]
fn with_a_tenth_of_the_bandwidth_a_call_goes_on() {
    for (before, least_shown) in [(2_500_000.0, 0.8), (1_000_000.0, 0.0)] {
        let phases: Vec<_> =
            (0..LOOKS_MS / 500).map(|phase| with_a_tenth(before, least_shown, 3_000 + phase * 500)).collect();
        println!("{before} bit/s, a tenth, and back: sound, pictures again after, then after: {phases:?} ms");
        let sum = |of: fn(&((u64, u64), (u64, u64))) -> u64| phases.iter().map(of).sum::<u64>();
        let mean = |of| sum(of) / phases.len() as u64;
        let (sound, pictures) = (mean(|phase| phase.0.0), mean(|phase| phase.0.1));
        println!("in the mean {sound} and {pictures} ms");
        // With room for a small picture, and with room for a voice alone.
        let most = if before > 2_000_000.0 { PATIENCE_MS } else { 0 };
        assert!(sound <= PATIENCE_MS && pictures <= most, "{phases:?}");
        let is_back = |after: &(u64, u64)| after.0 <= WINDOW_MS && after.1 <= AGAIN_MS;
        assert!(phases.iter().all(|(_, after)| is_back(after)), "{phases:?}");
    }
}

/// Where there is room again pictures come back within so long, and a look for more costs no more than a window of sound.
const AGAIN_MS: u64 = 5_000;

/// Until when sound and pictures are bad after the way grew narrow, and how long at a time after it was as before.
fn with_a_tenth(before: f64, least_shown: f64, begin_ms: u64) -> ((u64, u64), (u64, u64)) {
    let mut call = Call::new(begin_ms);
    let to = call.to;
    let way = Weather { rate: Some(before), ..through_a_town() };
    call.world.peers[to].down.weather = way;
    call.world.peers[to].up.weather = through_a_town();
    call.pass(begin_ms);
    call.world.peers[to].down.weather.rate = Some(before / 10.0);
    let begin = call.step;
    call.pass(10_000);
    let during = call.recovered(begin, 0.8, least_shown);
    call.world.peers[to].down.weather.rate = Some(before);
    let begin = call.step;
    call.pass(20_000);
    // What is tried later, and does not fit, is a moment.
    let after = call.longest(begin, 0.8, 0.8);
    let mut large =
        call.screen.shown.iter().filter(|(number, layer, _)| *layer == 1 && u64::from(*number) * 2 > begin);
    // Of 1 Mbit/s the large picture, with what it is sent again for, is too much.
    assert!(large.next().is_some() || before < 2_000_000.0);
    (during, after)
}

#[test]
fn where_packets_come_unevenly_pictures_go_on() {
    for seed in 0..SEEDS {
        let mut call = Call::new(seed);
        let to = call.to;
        call.world.peers[to].down.weather = Weather { jitter: Duration::from_millis(80), ..through_a_town() };
        call.pass(2_000);
        let begin = call.step;
        call.pass(20_000);
        let (sound, pictures) = call.longest(begin, 0.8, 0.4);
        assert!(sound == 0 && pictures <= 400, "{sound} {pictures}");
    }
}
