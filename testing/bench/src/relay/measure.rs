//! One load on one relay: what went in and out, and what it took of processor, memory and time.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use casemate_relay::peer::Stream;

use super::caller::{self, Caller};
use super::probe::Probe;
use super::{Load, Relay};

/// How long one measurement takes, and what goes before it.
const MEASURED: Duration = Duration::from_secs(6);
const WARM: Duration = Duration::from_secs(10);

/// More than it takes to connect hundreds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Callers let so much time pass between two looks.
const GATHER: Duration = Duration::from_millis(1);

/// While calls go on and on, memory is looked at so often.
const LOOK: Duration = Duration::from_secs(30);

/// What came of it.
pub struct Measured {
    load: Load,
    seconds: f64,
    sent: u64,
    out: u64,
    lost: f64,
    user: f64,
    kernel: f64,
    /// What the callers took themselves, all on one core.
    own: f64,
    srtp: f64,
    /// Microseconds that packets took from one socket to the other, sorted.
    delays: Vec<u32>,
    bytes_a_person: u64,
}

impl Measured {
    /// What the columns are.
    pub const HEAD: &'static str = "relay | what | in/s | out/s | core | kernel | µs a packet | of it SRTP | delay p50 p99 | lost | memory a person | callers' own core";

    /// Processor time of one packet out.
    pub fn micros(&self) -> f64 {
        1e6 * (self.user + self.kernel) / self.out.max(1) as f64
    }

    /// Of what should have come.
    pub fn lost(&self) -> f64 {
        self.lost
    }

    /// Packets that came out in a second.
    pub fn rate(&self) -> f64 {
        self.out as f64 / self.seconds
    }

    /// Packets that came out for a second of processor time.
    pub fn rate_of_core(&self) -> f64 {
        1e6 / self.micros().max(0.001)
    }

    /// Of a core: what the relay took, and what the callers took, all on one.
    pub fn cores(&self) -> [f64; 2] {
        [self.user + self.kernel, self.own].map(|seconds| seconds / self.seconds)
    }

    /// Whether people can talk so: a hundredth is lost at most, and one packet in a hundred takes longer than 50 ms.
    pub fn is_good(&self) -> bool {
        self.lost <= 0.01 && self.delay(0.99) <= 50_000
    }

    fn delay(&self, share: f64) -> u32 {
        let at = (self.delays.len().max(1) - 1) as f64 * share;
        self.delays.get(at as usize).copied().unwrap_or(0)
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let used = (self.user + self.kernel).max(0.001);
        write!(
            f,
            "{} × {} {} | {:.0} | {:.0} | {:.0} % | {:.0} % | {:.2} | {:.0} % | {} {} µs | {:.2} % | {} KiB | {:.0} %",
            self.load.rooms,
            self.load.people,
            if self.load.pictures { "pictures" } else { "voices" },
            self.sent as f64 / self.seconds,
            self.out as f64 / self.seconds,
            100.0 * used / self.seconds,
            100.0 * self.kernel / used,
            self.micros(),
            100.0 * self.srtp / used,
            self.delay(0.5),
            self.delay(0.99),
            100.0 * self.lost,
            self.bytes_a_person / 1024,
            100.0 * self.own / self.seconds,
        )
    }
}

/// Measures one load.
pub fn measure(relay: &mut dyn Relay, address: IpAddr, load: Load) -> Option<Measured> {
    let empty = memory(relay.process());
    let mut callers = connected(relay, address, load)?;
    let full = memory(relay.process());
    let probe = Probe::start(relay, address)?;
    let mut talk = Talk::new(load, callers.len());
    talk.until(&mut callers, Instant::now() + WARM);
    callers.iter_mut().for_each(Caller::forget);
    (talk.sent, talk.pinned) = (0, 0);
    let (since, before, own) = (Instant::now(), processor(relay.process()), own_seconds());
    talk.until(&mut callers, since + MEASURED);
    let seconds = since.elapsed().as_secs_f64();
    let (now, own) = (processor(relay.process()), own_seconds() - own);
    let out: u64 = callers.iter().map(|caller| caller.taken).sum();
    let expected = talk.sent as f64 * load.handed_on() + talk.pinned as f64 * (load.people as f64 - 1.0);
    let sent = talk.sent + talk.pinned;
    let (_, _, bytes) = load.rate();
    let mut delays = probe.stop();
    delays.sort_unstable();
    Some(Measured {
        load,
        seconds,
        sent,
        out,
        lost: (1.0 - out as f64 / expected).max(0.0),
        user: now.0 - before.0,
        kernel: now.1 - before.1,
        own,
        srtp: srtp_seconds(bytes) * (sent + out) as f64,
        delays,
        bytes_a_person: full.saturating_sub(empty) / (load.rooms * load.people) as u64,
    })
}

/// Prints memory while a load goes on for so long.
pub fn go_on(relay: &mut dyn Relay, address: IpAddr, load: Load, seconds: u64) {
    let Some(mut callers) = connected(relay, address, load) else { return };
    let mut talk = Talk::new(load, callers.len());
    let begin = Instant::now();
    while begin.elapsed().as_secs() < seconds {
        let until = Instant::now() + LOOK;
        talk.until(&mut callers, until);
        callers.iter_mut().for_each(Caller::forget);
        println!("after {:.0?}: {} KiB", begin.elapsed(), memory(relay.process()) / 1024);
    }
}

/// Callers that can send and receive.
pub fn connected(relay: &mut dyn Relay, address: IpAddr, load: Load) -> Option<Vec<Caller>> {
    let mut callers = relay.callers(address, load);
    let begin = Instant::now();
    while !callers.iter().all(Caller::is_connected) {
        if begin.elapsed() > PATIENCE {
            let connected = callers.iter().filter(|caller| caller.is_connected()).count();
            println!("{} | {load:?} | {connected} of {} connected", relay.name(), callers.len());
            return None;
        }
        caller::step(&mut callers);
    }
    Some(callers)
}

/// Who sends what when.
pub struct Talk {
    load: Load,
    due: Vec<Instant>,
    frames: Vec<u32>,
    /// Packets that were sent.
    pub sent: u64,
    /// And those of pictures that are pinned.
    pinned: u64,
}

impl Talk {
    /// Not all at the same moment, and those of one room as far from each other as can be.
    pub fn new(load: Load, callers: usize) -> Self {
        let (start, between) = (Instant::now(), Duration::from_secs(1) / load.rate().0);
        let place = |at: usize| (at % load.people) * callers.div_ceil(load.people) + at / load.people;
        let due = (0..callers).map(|at| start + between * place(at) as u32 / callers as u32).collect();
        Self { load, due, frames: vec![0; callers], sent: 0, pinned: 0 }
    }

    /// Callers send and receive for a while.
    pub fn until(&mut self, callers: &mut [Caller], end: Instant) {
        while Instant::now() < end {
            // To ask the system about hundreds of sockets takes longer than to read one: what came meanwhile is read at once.
            std::thread::sleep(GATHER);
            caller::step_within(callers, Duration::ZERO);
            self.send(callers, Instant::now());
        }
    }

    /// What is due is sent.
    pub fn send(&mut self, callers: &mut [Caller], now: Instant) {
        let (rate, packets, bytes) = self.load.rate();
        let stream = if self.load.pictures { Stream::Camera { large: false } } else { Stream::Voice };
        for (at, caller) in callers.iter_mut().enumerate().filter(|(_, caller)| caller.sends) {
            while self.due[at] <= now {
                self.due[at] += Duration::from_secs(1) / rate;
                // One a second begins anew, so that whoever waits for that gets it.
                let begins = self.frames[at].is_multiple_of(rate);
                self.frames[at] += 1;
                for _ in 0..packets {
                    caller.send(stream, bytes, begins);
                    self.sent += 1;
                }
                if self.load.pinned && at % self.load.people == 0 && self.frames[at].is_multiple_of(2) {
                    let shown = Load { pictures: true, ..self.load };
                    for _ in 0..shown.rate().1 {
                        let begins = self.frames[at].is_multiple_of(rate);
                        caller.send(Stream::Camera { large: false }, shown.rate().2, begins);
                        self.pinned += 1;
                    }
                }
            }
        }
    }
}

/// What opening or sealing one packet takes: AES-256-GCM, as DTLS agrees on for SRTP where both sides have it.
fn srtp_seconds(bytes: usize) -> f64 {
    use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
    let key = UnboundKey::new(&AES_256_GCM, &[7; 32]).expect("a key has 32 bytes");
    let key = LessSafeKey::new(key);
    let mut packet = vec![0; bytes];
    let begin = Instant::now();
    const TIMES: u32 = 20_000;
    for _ in 0..TIMES {
        let sealed = key.seal_in_place_separate_tag(
            Nonce::assume_unique_for_key([1; 12]),
            Aad::from([0; 12]),
            &mut packet,
        );
        assert!(sealed.is_ok());
    }
    begin.elapsed().as_secs_f64() / f64::from(TIMES)
}

/// Seconds of processor in the program and in the kernel.
pub fn processor(process: u32) -> (f64, f64) {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    // proc(5): utime and stime, in hundredths.
    let seconds = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0) / 100.0;
    (seconds(11), seconds(12))
}

/// Seconds of processor that this thread took: where that is all of a core, it is the callers who are at their end.
fn own_seconds() -> f64 {
    let took = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    took.tv_sec as f64 + took.tv_nsec as f64 / 1e9
}

/// Bytes that a process has in memory.
pub fn memory(process: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let fields: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.split_once(':')).collect();
    let kilobytes = fields.get("VmRSS").and_then(|text| text.trim().strip_suffix(" kB"));
    kilobytes.and_then(|text| text.parse::<u64>().ok()).unwrap_or(0) * 1024
}
