//! Which addresses a call's media may go to. The server names its relay's, and a server that lies could name a machine of the
//! person's own network, or any port of anybody's: so only what a relay of that server can be reached at, from where the server
//! itself answers. A page's media are the browser's, which checks by itself whom it has found (ICE).

use std::net::{IpAddr, SocketAddr};

use casemate_server::push::target::is_public;

/// The first port at which nothing of a system's own listens.
const FIRST_FREE: u16 = 1_024;

/// Lower ones at which a relay may be all the same: those of the web, that networks let through, and each one's next, where the
/// relay beside a server is. More lets a server that lies knock at more services of others.
const LOW: [u16; 4] = [80, 81, 443, 444];

/// Whether media may go there, as the server names it that this device is connected to. `None`: it is not known where that is,
/// and then it is taken for one far away.
pub fn may_reach(server: Option<IpAddr>, relay: SocketAddr) -> bool {
    if relay.port() < FIRST_FREE && !LOW.contains(&relay.port()) {
        return false;
    }
    let ip = relay.ip().to_canonical();
    let server = server.map(|server| server.to_canonical());
    // Where the server itself is, this device is connected already.
    if is_public(ip) || server == Some(ip) {
        return true;
    }
    match server {
        Some(server) if server.is_loopback() => ip.is_loopback() || is_private(ip),
        Some(server) if is_private(server) => is_private(ip),
        _ => false,
    }
}

/// Whether an address is of a network that somebody has for themselves: nothing on the link alone, where routers and clouds
/// answer whoever asks.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            // RFC 6598, which private networks over the internet have too.
            v4.is_private() || a == 100 && (64..128).contains(&b)
        }
        IpAddr::V6(v6) => v6.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: [&str; 3] = ["142.250.1.1", "2a00:1450:4001::200a", "::ffff:142.250.1.1"];
    const PRIVATE: [&str; 6] =
        ["10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fd12::7", "::ffff:192.168.1.1"];
    const LOOPBACK: [&str; 4] = ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"];
    /// Of nobody: nothing, all, the link's, documents', groups', those that lead to others by a detour.
    const NEVER: [&str; 19] = [
        "0.0.0.0",
        "255.255.255.255",
        "169.254.169.254",
        "192.0.2.1",
        "198.51.100.1",
        "203.0.113.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "::",
        "fe80::1",
        "ff02::1",
        "100::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "::127.0.0.1",
        "::ffff:0.0.0.0",
        "::ffff:169.254.169.254",
    ];

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn goes(server: Option<&str>, relay: &str) -> bool {
        may_reach(server.map(ip), SocketAddr::new(ip(relay), 8_441))
    }

    #[test]
    fn a_relay_is_where_its_server_can_have_one() {
        let servers: [(Option<&str>, &[&[&str]]); 8] = [
            (None, &[&PUBLIC]),
            (Some("34.107.1.1"), &[&PUBLIC]),
            (Some("2a00:1450:4001::1"), &[&PUBLIC]),
            // Reached by a network's translation, which nobody can see from here.
            (Some("64:ff9b::226b:101"), &[&PUBLIC]),
            (Some("192.168.7.7"), &[&PUBLIC, &PRIVATE]),
            (Some("fd00::9"), &[&PUBLIC, &PRIVATE]),
            (Some("127.0.0.1"), &[&PUBLIC, &PRIVATE, &LOOPBACK]),
            (Some("::1"), &[&PUBLIC, &PRIVATE, &LOOPBACK]),
        ];
        for (server, good) in servers {
            for relay in [&PUBLIC[..], &PRIVATE, &LOOPBACK, &NEVER].concat() {
                let expected = good.iter().any(|all| all.contains(&relay));
                assert_eq!(goes(server, relay), expected, "a server at {server:?}, its relay at {relay}");
            }
        }
    }

    #[test]
    fn where_the_server_answers_its_relay_may_be() {
        for server in ["fe80::1", "169.254.9.9", "192.0.2.1"] {
            assert!(goes(Some(server), server), "{server}");
            assert!(!goes(Some(server), "10.0.0.1") && !goes(Some(server), "127.0.0.1"), "{server}");
        }
    }

    #[test]
    fn services_of_others_are_not_knocked_at() {
        let goes = |port| may_reach(Some(ip("34.107.1.1")), SocketAddr::new(ip("34.107.1.1"), port));
        let good: Vec<u16> = (0..=u16::MAX).filter(|port| goes(*port)).collect();
        assert_eq!(good[..4], [80, 81, 443, 444]);
        assert!(good[4..].iter().copied().eq(1_024..=u16::MAX));
    }
}
