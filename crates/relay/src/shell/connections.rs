//! Open connections for media, by their other end. Whoever is in a call signs what they send, which the cores check; on the others
//! nobody has signed anything yet, and anybody can open some. Those are few, of one network fewer, and where one is too many the
//! oldest of them goes: whoever holds many open keeps out nobody who is in a call, and nobody who enters one.
//!
//! ```text
//! open ─▶ unproven ──(a core took something signed)──▶ proven ─▶ closed
//!            └──(too many, or 5 s)──▶ closed             └──(too many before it)──▶ closed
//! ```

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Connections on which something signed came, in all and of one network. Each takes a file and some KiB. A network is a household,
/// or an office behind one address: fewer keeps some of its people from calling, more lets one who is in a call take more.
const PROVEN: usize = 8_192;
const PROVEN_OF_ONE: usize = 256;

/// And those on which nothing did yet, which takes as long as a packet's way there and back. More is more of these for strangers;
/// fewer makes it easier to push out somebody whose network is slow.
const UNPROVEN: usize = 512;
const UNPROVEN_OF_ONE: usize = 32;

/// Packets that wait for a slow connection; beyond, they are lost. A second of pictures.
const WAITING: usize = 256;

/// See the module.
#[derive(Default)]
pub struct Connections(Mutex<Open>);

#[derive(Default)]
struct Open {
    all: HashMap<SocketAddr, One>,
    /// Those that nobody has signed on yet, the oldest first.
    unproven: BTreeMap<u64, SocketAddr>,
    /// How many of the others each network has.
    proven: HashMap<IpAddr, usize>,
    numbers: u64,
}

struct One {
    number: u64,
    /// Dropped, whoever serves the connection ends it.
    sender: Sender<Vec<u8>>,
}

/// What whoever serves a connection gets, and gives back when it has ended.
pub struct Served {
    /// What is to be sent. No more: it is to be closed.
    pub outgoing: Receiver<Vec<u8>>,
    /// One end may have another connection by then.
    pub number: u64,
}

impl Connections {
    /// Sends a packet, unless the connection is gone or too slow.
    pub fn send(&self, to: SocketAddr, bytes: Vec<u8>) {
        if let Some(one) = self.lock().all.get(&to) {
            let _ = one.sender.try_send(bytes);
        }
    }

    /// One more, of whom nothing is known; perhaps in place of another.
    pub fn open(&self, from: SocketAddr) -> Served {
        self.lock().open(from)
    }

    /// Somebody in a call has signed what came from there. One too many of those is closed.
    pub fn prove(&self, from: SocketAddr) {
        self.lock().prove(from);
    }

    /// It has ended.
    pub fn close(&self, from: SocketAddr, number: u64) {
        let mut open = self.lock();
        if open.all.get(&from).is_some_and(|one| one.number == number) {
            open.remove(from);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn open(&mut self, from: SocketAddr) -> Served {
        // Whoever serves one of before has not noticed its end yet.
        self.remove(from);
        self.numbers += 1;
        let number = self.numbers;
        let (sender, outgoing) = channel(WAITING);
        self.all.insert(from, One { number, sender });
        self.unproven.insert(number, from);
        let networks = self.unproven.values().map(|from| Some(network(from.ip())));
        let displaced = one_too_many(networks, UNPROVEN_OF_ONE, UNPROVEN);
        if let Some(displaced) = displaced.and_then(|at| self.unproven.values().nth(at)).copied() {
            self.remove(displaced);
        }
        Served { outgoing, number }
    }

    fn prove(&mut self, from: SocketAddr) {
        let Some(one) = self.all.get(&from) else { return };
        if self.unproven.remove(&one.number).is_none() {
            return;
        }
        let of_it = self.proven.entry(network(from.ip())).or_default();
        *of_it += 1;
        let is_full = *of_it > PROVEN_OF_ONE || self.all.len() - self.unproven.len() > PROVEN;
        if is_full {
            self.remove(from);
        }
    }

    fn remove(&mut self, from: SocketAddr) {
        let Some(one) = self.all.remove(&from) else { return };
        if self.unproven.remove(&one.number).is_some() {
            return;
        }
        let network = network(from.ip());
        if let Some(of_it) = self.proven.get_mut(&network) {
            *of_it -= 1;
            if *of_it == 0 {
                self.proven.remove(&network);
            }
        }
    }
}

/// Of connections that strangers may hold, by their networks, the oldest first: which goes for the newest. The oldest of its network
/// or of all, where they are too many with it. `None` among them: it has no address, and is of no network.
pub fn one_too_many(
    mut networks: impl ExactSizeIterator<Item = Option<IpAddr>> + Clone,
    of_one: usize,
    in_all: usize,
) -> Option<usize> {
    let count = networks.len();
    let newest = networks.clone().last().flatten();
    let of_it = |network: Option<IpAddr>| network.is_some() && network == newest;
    let there = networks.clone().filter(|network| of_it(*network)).count();
    match there > of_one {
        true => networks.position(of_it),
        false => (count > in_all).then_some(0),
    }
}

/// What one person has of addresses: of IPv6 a whole network.
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc::error::TryRecvError;

    /// Of so many networks, each with a port of its own.
    fn from(network: usize, port: usize) -> SocketAddr {
        let [.., a, b, c] = network.to_be_bytes();
        SocketAddr::new([10, a, b, c].into(), 1 + u16::try_from(port).unwrap())
    }

    fn is_open(served: &mut Served) -> bool {
        served.outgoing.try_recv() == Err(TryRecvError::Empty)
    }

    fn opened(connections: &Connections, all: impl IntoIterator<Item = SocketAddr>) -> Vec<Served> {
        all.into_iter().map(|from| connections.open(from)).collect()
    }

    fn count(all: &mut [Served]) -> usize {
        all.iter_mut().map(|one| usize::from(is_open(one))).sum()
    }

    #[test]
    fn of_those_who_have_signed_nothing_the_oldest_go() {
        let connections = Connections::default();
        let mut other = connections.open(from(1, 0));
        let mut of_one = opened(&connections, (0..100).map(|port| from(2, port)));
        assert_eq!(count(&mut of_one), UNPROVEN_OF_ONE);
        assert_eq!(count(&mut of_one[100 - UNPROVEN_OF_ONE..]), UNPROVEN_OF_ONE, "the newest stay");
        assert!(is_open(&mut other), "nobody of another network goes for them");
        let mut of_many = opened(&connections, (0..UNPROVEN).map(|number| from(10 + number, 0)));
        assert_eq!(count(&mut of_many), UNPROVEN);
        assert_eq!((count(&mut of_one), is_open(&mut other)), (0, false));
        let mut last = connections.open(from(3, 0));
        assert!(is_open(&mut last) && !is_open(&mut of_many[0]) && is_open(&mut of_many[1]));
    }

    #[test]
    fn who_is_in_a_call_is_displaced_by_nobody() {
        let connections = Connections::default();
        let mut signed = opened(&connections, (0..20).map(|port| from(1, port)));
        for port in 0..20 {
            connections.prove(from(1, port));
        }
        let _idle = opened(&connections, (0..2_000).map(|number| from(1 + number % 100, 100 + number)));
        assert_eq!(count(&mut signed), 20);
        // And whoever comes now has time to sign.
        let mut comes = connections.open(from(1, 50));
        let _more = opened(&connections, (0..UNPROVEN_OF_ONE - 1).map(|port| from(1, 3_000 + port)));
        connections.prove(from(1, 50));
        let _more = opened(&connections, (0..100).map(|port| from(1, 4_000 + port)));
        assert!(is_open(&mut comes));
        connections.send(from(1, 50), vec![7]);
        assert_eq!(comes.outgoing.try_recv(), Ok(vec![7]));
    }

    #[test]
    fn of_those_who_are_in_calls_there_is_an_end_too() {
        let connections = Connections::default();
        let proven = |network, port| {
            let served = connections.open(from(network, port));
            // Once is enough.
            connections.prove(from(network, port));
            connections.prove(from(network, port));
            served
        };
        let mut of_one: Vec<Served> = (0..PROVEN_OF_ONE + 5).map(|port| proven(1, port)).collect();
        assert_eq!(count(&mut of_one[..PROVEN_OF_ONE]), PROVEN_OF_ONE);
        assert_eq!(count(&mut of_one[PROVEN_OF_ONE..]), 0);
        // Where one goes another finds a place.
        connections.close(from(1, 0), of_one[0].number);
        assert!(is_open(&mut proven(1, 1_000)));
        let mut all: Vec<Served> = (0..PROVEN).map(|number| proven(2 + number / 200, number)).collect();
        assert_eq!(count(&mut all), PROVEN - PROVEN_OF_ONE);
        // Strangers have places of their own.
        assert!(is_open(&mut connections.open(from(1_000, 0))));
    }

    #[test]
    fn one_end_has_one_connection() {
        let connections = Connections::default();
        let mut first = connections.open(from(1, 0));
        connections.prove(from(1, 0));
        let mut second = connections.open(from(1, 0));
        assert!(!is_open(&mut first) && is_open(&mut second));
        // What serves the first notices late.
        connections.close(from(1, 0), first.number);
        assert!(is_open(&mut second));
        connections.close(from(1, 0), second.number);
        let open = connections.lock();
        assert!(open.all.is_empty() && open.unproven.is_empty() && open.proven.is_empty());
    }

    #[test]
    fn nobody_has_more_by_more_addresses_of_one_network() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
