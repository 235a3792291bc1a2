//! Strangers send to the relay's port while others talk: what is lost of the talk, and what becomes of memory.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::measure::{measure, memory};
use super::{Load, Relay, ours};

/// Datagrams that strangers send in a millisecond.
const FLOODS: [usize; 4] = [0, 20, 50, 100];

/// From so many addresses.
const STRANGERS: u16 = 500;

/// Voices meanwhile, and without.
pub fn run(address: IpAddr) {
    let load = Load { rooms: 10, people: 8, ..Load::default() };
    for rate in FLOODS {
        let mut relay = ours::Ours::start(address);
        let (to, stop, sent) = (relay.media, AtomicBool::new(false), AtomicU64::new(0));
        std::thread::scope(|scope| {
            let begin = Instant::now();
            scope.spawn(|| flood(to, rate, &stop, &sent));
            let measured = measure(&mut relay, address, load);
            let before = memory(relay.process());
            std::thread::sleep(Duration::from_secs(5));
            let grown = memory(relay.process()).saturating_sub(before) / 1024;
            stop.store(true, Ordering::Relaxed);
            let flooded = sent.load(Ordering::Relaxed) as f64 / begin.elapsed().as_secs_f64();
            if let Some(measured) = measured {
                let lost = 100.0 * measured.lost();
                println!(
                    "{flooded:.0} strange datagrams a second: {lost:.3} % lost, {grown} KiB more in five seconds of it"
                );
                println!("ours | {measured}");
            }
        });
    }
}

/// What looks like the beginning of media, DTLS, STUN and nothing, until it is told to stop.
fn flood(to: SocketAddr, rate: usize, stop: &AtomicBool, sent: &AtomicU64) {
    // On loopback everybody may have any address of a whole network.
    let from = |number: u16| match to.ip() {
        IpAddr::V4(ip) if ip.is_loopback() => {
            let [high, low] = number.to_be_bytes();
            IpAddr::from(Ipv4Addr::new(127, 7, high, low.max(1)))
        }
        ip => ip,
    };
    let sockets: Vec<UdpSocket> = (0..STRANGERS)
        .map(|number| UdpSocket::bind(SocketAddr::new(from(number), 0)).expect("a port is free"))
        .collect();
    let begin = Instant::now();
    let mut number = 0;
    while !stop.load(Ordering::Relaxed) {
        let due = begin.elapsed().as_millis() as usize * rate;
        while number < due {
            let packet = strange(number);
            let _ = sockets[number % sockets.len()].send_to(&packet, to);
            number += 1;
        }
        sent.store(number as u64, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn strange(number: usize) -> Vec<u8> {
    let mut bytes = vec![0; 900];
    bytes[0] = [0x80, 22, 0, 0xff][number % 4];
    bytes[4..12].copy_from_slice(&number.to_be_bytes());
    match number % 4 {
        // A whole record of DTLS 1.2.
        1 => {
            bytes[1..3].copy_from_slice(&[254, 253]);
            let length = bytes.len() as u16 - 13;
            bytes[11..13].copy_from_slice(&length.to_be_bytes());
        }
        // A binding request for a name that looks like ours.
        2 => {
            bytes.truncate(40);
            bytes[..8].copy_from_slice(&[0, 1, 0, 20, 0x21, 0x12, 0xa4, 0x42]);
            bytes[20..24].copy_from_slice(&[0, 6, 0, 16]);
            bytes[24..32].copy_from_slice(b"00abcdef");
            bytes[32] = b':';
        }
        _ => {}
    }
    bytes
}
