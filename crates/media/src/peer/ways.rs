//! How a relay can be reached, as its answer says.

use std::net::SocketAddr;

use str0m::net::Protocol;

/// Ways that are tried. A relay has an address or two; more lets one that is hostile keep a device busy.
const WAYS: usize = 8;

/// Over what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// Datagrams.
    Udp,
    /// A connection in which each packet has its length before it (RFC 4571).
    Tcp,
}

/// An address of a relay's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// Over what it is reached.
    pub over: Over,
    /// Where.
    pub address: SocketAddr,
}

impl From<Over> for Protocol {
    fn from(over: Over) -> Self {
        match over {
            Over::Udp => Self::Udp,
            Over::Tcp => Self::Tcp,
        }
    }
}

/// Where an answer says that the relay is reached and it may be, in the order in which that is to be tried: a connection comes
/// after the first address for datagrams already, since a network that lets those through nowhere is likelier than one that lets
/// them through to the second address alone.
pub fn relay_ways(answer: &str, may_reach: impl Fn(SocketAddr) -> bool) -> Vec<Way> {
    let candidates = answer.lines().filter_map(|line| line.trim().strip_prefix("a=candidate:"));
    let all: Vec<Way> = candidates.filter_map(way).filter(|way| may_reach(way.address)).collect();
    let of = |over| all.iter().copied().filter(move |way| way.over == over);
    let (mut udp, mut tcp) = (of(Over::Udp), of(Over::Tcp));
    let mut ways = Vec::new();
    while ways.len() < WAYS {
        let two = [udp.next(), tcp.next()];
        if two == [None, None] {
            break;
        }
        ways.extend(two.into_iter().flatten());
    }
    ways
}

fn way(candidate: &str) -> Option<Way> {
    // RFC 8839 §5.1: foundation, component, transport, priority, address, port.
    let mut words = candidate.split_ascii_whitespace().skip(2);
    let over = match words.next()? {
        word if word.eq_ignore_ascii_case("udp") => Over::Udp,
        word if word.eq_ignore_ascii_case("tcp") => Over::Tcp,
        _ => return None,
    };
    let ip = words.nth(1)?.parse().ok()?;
    let port = words.next()?.parse().ok()?;
    Some(Way { over, address: SocketAddr::new(ip, port) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_relay_is_found_in_its_answer() {
        let answer = "v=0\r\na=candidate:1 1 udp 2130706431 192.0.2.1 7000 typ host\r\n\
            a=candidate:3 1 UDP 2 2001:db8::1 7000 typ host\r\na=candidate:4 1 udp\r\na=candidate:5 1 udp 1 x y\r\n\
            a=candidate:2 1 tcp 1 192.0.2.1 443 typ host tcptype passive\r\na=candidate:6 1 sctp 1 192.0.2.1 443\r\n";
        let way = |over, address: &str| Way { over, address: address.parse().unwrap() };
        let expected = [
            way(Over::Udp, "192.0.2.1:7000"),
            way(Over::Tcp, "192.0.2.1:443"),
            way(Over::Udp, "[2001:db8::1]:7000"),
        ];
        assert_eq!(relay_ways(answer, |_| true), expected);
        assert_eq!(relay_ways("", |_| true), []);
        // What it may not be does not count.
        assert_eq!(relay_ways(answer, |address| address.is_ipv6()), expected[2..]);
        let many = "a=candidate:1 1 udp 1 192.0.2.1 7000 typ host\r\n".repeat(100);
        assert_eq!(relay_ways(&many, |_| true).len(), WAYS);
        let last = format!("{many}a=candidate:1 1 udp 1 192.0.2.9 7000 typ host\r\n");
        let found = relay_ways(&last, |address| address != way(Over::Udp, "192.0.2.1:7000").address);
        assert_eq!(found, [way(Over::Udp, "192.0.2.9:7000")]);
    }
}
