//! What a relay costs: packets a second and core, delay, memory; beside Janus where it is installed.
//!
//! ```text
//! core 1: this process, the callers ──UDP──▶ core 0: the relay, a process of its own
//! ```
//! Of the callers one in ten decodes what comes and says how long it took; the others only take it off their sockets, or
//! this side would be full first. Janus takes no loopback addresses: `unshare -n`, a veth pair, and its address as a word.
//! `flood`: voices once more, while strangers send to the relay's port.

mod caller;
mod janus;
mod ours;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use casemate_relay::peer::Stream;
use rustix::thread::{CpuSet, sched_setaffinity};

use caller::Caller;
pub use ours::serve;

/// A relay under test.
trait Relay {
    /// How it is called.
    fn name(&self) -> &'static str;
    /// Its process.
    fn process(&self) -> u32;
    /// So many rooms with so many people, of whom the last of each receives what is measured.
    fn callers(&mut self, address: IpAddr, load: Load) -> Vec<Caller>;
}

/// What goes on in a measurement.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    rooms: usize,
    people: usize,
    pictures: bool,
}

impl Load {
    /// Frames that one person sends a second, packets of each, and bytes of those.
    fn rate(self) -> (u32, usize, usize) {
        if self.pictures { (25, 6, 1_050) } else { (50, 1, 100) }
    }
}

/// How long one measurement takes, and what goes before it.
const MEASURED: Duration = Duration::from_secs(6);
const WARM: Duration = Duration::from_secs(3);

/// More than it takes to connect hundreds.
const PATIENCE: Duration = Duration::from_secs(60);

/// One caller in so many is measured.
const SAMPLED: usize = 10;

/// Datagrams that strangers send in a millisecond, from so many sockets.
const FLOOD: usize = 20;
const STRANGERS: usize = 50;

/// Measures.
pub fn run(words: &[String]) {
    let address =
        words.iter().find_map(|word| word.parse::<IpAddr>().ok()).unwrap_or(IpAddr::from([127, 0, 0, 1]));
    println!(
        "relay | what | in/s | out/s | core | kernel | µs a packet | of it SRTP | delay p50 p99 | lost | memory a person"
    );
    let voices = |rooms| Load { rooms, people: 8, pictures: false };
    let pictures = |rooms| Load { rooms, people: 4, pictures: true };
    for load in [voices(2), voices(10), voices(25), voices(45), pictures(2), pictures(10), pictures(25)] {
        measure(&mut ours::Ours::start(address), address, load);
        if words.iter().any(|word| word == "janus") {
            measure(&mut janus::Janus::start(), address, load);
        }
    }
    if words.iter().any(|word| word == "flood") {
        let mut relay = ours::Ours::start(address);
        let (to, stop) = (relay.media, AtomicBool::new(false));
        println!("and {} datagrams a second of strangers:", FLOOD * 1_000);
        std::thread::scope(|scope| {
            scope.spawn(|| flood(to, &stop));
            measure(&mut relay, address, voices(10));
            stop.store(true, Ordering::Relaxed);
        });
    }
}

/// What looks like the beginning of media, DTLS, STUN and nothing, until it is told to stop.
fn flood(to: SocketAddr, stop: &AtomicBool) {
    let sockets: Vec<UdpSocket> = (0..STRANGERS)
        .map(|_| UdpSocket::bind(SocketAddr::new(to.ip(), 0)).expect("a port is free"))
        .collect();
    let begin = Instant::now();
    let mut sent = 0;
    while !stop.load(Ordering::Relaxed) {
        let due = begin.elapsed().as_millis() as usize * FLOOD;
        while sent < due {
            let mut bytes = [0; 900];
            bytes[0] = [0x80, 22, 0, 0xff][sent % 4];
            bytes[1..9].copy_from_slice(&sent.to_be_bytes());
            let _ = sockets[sent % STRANGERS].send_to(&bytes, to);
            sent += 1;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn measure(relay: &mut dyn Relay, address: IpAddr, load: Load) {
    let empty = memory(relay.process());
    let mut callers = relay.callers(address, load);
    let begin = Instant::now();
    while !callers.iter().all(Caller::is_connected) {
        if begin.elapsed() > PATIENCE {
            let connected = callers.iter().filter(|caller| caller.is_connected()).count();
            println!("{} | {load:?} | {connected} of {} connected", relay.name(), callers.len());
            return;
        }
        caller::step(&mut callers);
    }
    let (rate, packets, bytes) = load.rate();
    let between = Duration::from_secs(1) / rate;
    let stream = if load.pictures { Stream::Camera { large: false } } else { Stream::Voice };
    let mut due: Vec<Instant> = Vec::new();
    let start = Instant::now();
    // Not all at the same moment.
    for at in 0..callers.len() {
        due.push(start + between * at as u32 / callers.len() as u32);
    }
    let mut before = None;
    let mut sent = 0u64;
    let mut frames = vec![0u32; callers.len()];
    loop {
        caller::step(&mut callers);
        let now = Instant::now();
        if before.is_none() && now - start >= WARM {
            before = Some((now, processor(relay.process())));
            callers.iter_mut().for_each(Caller::forget);
            sent = 0;
        }
        if before.is_some_and(|(since, _)| now - since >= MEASURED) {
            break;
        }
        for (at, caller) in callers.iter_mut().enumerate().filter(|(_, caller)| caller.sends) {
            while due[at] <= now {
                due[at] += between;
                // One a second begins anew, so that whoever waits for that gets it.
                let begins = frames[at].is_multiple_of(rate);
                frames[at] += 1;
                for _ in 0..packets {
                    caller.send(stream, bytes, begins);
                    sent += 1;
                }
            }
        }
    }
    let Some((since, (user, kernel))) = before else { return };
    let seconds = since.elapsed().as_secs_f64();
    let (user_now, kernel_now) = processor(relay.process());
    let (user, kernel) = (user_now - user, kernel_now - kernel);
    let out: u64 = callers.iter().map(|caller| caller.taken).sum();
    let expected = sent as f64 * (load.people - 1) as f64;
    let mut delays: Vec<u32> = callers.iter_mut().flat_map(Caller::delays).collect();
    delays.sort_unstable();
    let quantile =
        |share: f64| delays.get(((delays.len().max(1) - 1) as f64 * share) as usize).copied().unwrap_or(0);
    let used = user + kernel;
    let crypto = srtp_seconds(bytes) * (sent + out) as f64;
    let people = load.rooms * load.people;
    println!(
        "{} | {} × {} {} | {:.0} | {:.0} | {:.0} % | {:.0} % | {:.2} | {:.0} % | {} {} µs | {:.2} % | {} KiB",
        relay.name(),
        load.rooms,
        load.people,
        if load.pictures { "pictures" } else { "voices" },
        sent as f64 / seconds,
        out as f64 / seconds,
        100.0 * used / seconds,
        100.0 * kernel / used.max(0.001),
        1e6 * used / out.max(1) as f64,
        100.0 * crypto / used.max(0.001),
        quantile(0.5),
        quantile(0.99),
        100.0 * (1.0 - out as f64 / expected).max(0.0),
        memory(relay.process()).saturating_sub(empty) / 1024 / people as u64,
    );
}

/// What opening or sealing one packet takes: AES-128-GCM, as DTLS 1.3 and 1.2 agree on for SRTP.
fn srtp_seconds(bytes: usize) -> f64 {
    use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
    let key = UnboundKey::new(&AES_128_GCM, &[7; 16]).expect("a key has 16 bytes");
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
fn processor(process: u32) -> (f64, f64) {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    // proc(5): utime and stime, in hundredths.
    let seconds = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0) / 100.0;
    (seconds(11), seconds(12))
}

/// Bytes that a process has in memory.
fn memory(process: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let fields: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.split_once(':')).collect();
    let kilobytes = fields.get("VmRSS").and_then(|text| text.trim().strip_suffix(" kB"));
    kilobytes.and_then(|text| text.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// Binds this thread, and processes that it starts, to a core.
fn pin(core: usize) {
    let mut set = CpuSet::new();
    set.set(core);
    // Where there is one core only, it is shared.
    let _ = sched_setaffinity(None, &set);
}
