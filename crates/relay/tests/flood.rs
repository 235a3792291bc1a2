//! What strangers send to a relay's sockets. A program of its own: nothing else takes memory meanwhile.

mod relay;

use std::net::UdpSocket;

use casemate_relay::core::Protocol;
use casemate_relay::peer::Offered;
use casemate_relay::peer::caller::{Caller, connect, talk};

use relay::{Relay, join};

/// A flood of a hundred thousand packets, from sockets that nobody knows, into a call that goes on: what is lost of it is
/// what the machine's own sockets drop, and memory does not grow.
#[test]
fn a_flood_leaves_memory_as_it_was() {
    let relay = Relay::start("127.0.0.1:0", 1);
    let mut callers: Vec<Caller> =
        (0..2).map(|who| join(&relay, Protocol::Udp, 1, who, Offered::VOICE)).collect();
    connect(&mut callers);
    talk(&mut callers, 20);
    let to = relay.handle.media[0];
    let sockets: Vec<UdpSocket> = (0..50).map(|_| UdpSocket::bind("127.0.0.1:0").unwrap()).collect();
    let flood = |count: usize| {
        let mut bytes = [0x80; 900];
        for number in 0..count {
            bytes[0] = [0x80, 22, 0, 0xff][number % 4];
            bytes[1..9].copy_from_slice(&number.to_be_bytes());
            let _ = sockets[number % sockets.len()].send_to(&bytes, to);
        }
    };
    flood(20_000);
    talk(&mut callers, 5);
    let before = resident();
    flood(100_000);
    talk(&mut callers, 20);
    let grown = resident().saturating_sub(before);
    assert!(grown < 4 * 1024 * 1024, "memory grew by {grown} bytes");
    assert_eq!(relay.server().participants(), 2);
}

/// Bytes of memory that this process has; 0 where `/proc` is not there.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|text| text.trim().strip_suffix(" kB"))
        .and_then(|text| text.parse::<u64>().ok())
        .unwrap_or(0)
        * 1024
}
