//! What addresses hold of the server at one time, counted before anything is kept for it: sockets that are not WebSockets yet, files
//! on their way, and large frames of which half is there. What stands on this machine may be a proxy with many people behind it: it is
//! counted in all and not by its address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::limits::{Network, networks};

/// Sockets that are not WebSockets (yet), in all and of one address: at most about 150 KiB each, for as long as their peer takes what
/// it is sent. An office behind one address opens a few dozen.
const PLAIN: (usize, usize) = (4_096, 512);

/// Files on their way up or down, in all and of one address: at most two pieces of 256 KiB each. What comes beyond is told to come
/// again.
const TRANSFERS: (usize, usize) = (2_048, 256);

/// Bytes that have come of large frames that are not whole yet, in all and of one address. What comes beyond waits unread.
const HALF_BYTES: (usize, usize) =
    if cfg!(test) { (4 * 1024 * 1024, 1024 * 1024) } else { (256 * 1024 * 1024, 64 * 1024 * 1024) };

/// Open files that are left for what is neither a socket of somebody nor a file on its way: databases, logs.
const RESERVED_FILES: usize = 256;

/// A wider network holds so many times as much as one address, and this share of all at most.
const WIDER: usize = 8;
const WIDER_SHARE: usize = 4;

/// One address has this share of the plain connections at most, where the system allows few files.
const PLAIN_SHARE: usize = 8;

/// So many of the files that may be open are for files on their way.
const TRANSFERS_SHARE: usize = 4;

/// How many sockets a server has that may open so many files: the rest is for files on their way, and its own.
pub fn sockets(files: usize) -> usize {
    files.saturating_sub(RESERVED_FILES.saturating_add(transfers(files))).max(64)
}

fn transfers(files: usize) -> usize {
    TRANSFERS.0.min(files / TRANSFERS_SHARE)
}

/// See the module.
pub struct Door {
    plain: Arc<Count>,
    transfers: Arc<Count>,
    half: Arc<Count>,
    sockets: usize,
}

impl Door {
    /// With nobody in it. `files` is how many files this process may open.
    pub fn new(files: usize) -> Self {
        let (transfers, of_one) = (transfers(files), TRANSFERS.1);
        let sockets = sockets(files);
        // Half of the sockets are always left for those who are there already, and come again.
        let plain = PLAIN.0.min(sockets / 2);
        Self {
            plain: Count::new(plain, PLAIN.1.min(plain / PLAIN_SHARE)),
            transfers: Count::new(transfers, of_one),
            half: Count::new(HALF_BYTES.0, HALF_BYTES.1),
            sockets,
        }
    }

    /// A socket came; `open` are WebSockets now.
    pub fn enter(&self, address: IpAddr, open: usize) -> Option<Pass> {
        if open.saturating_add(self.plain.all()) >= self.sockets {
            return None;
        }
        Count::take(&self.plain, counted(address), 1)
    }

    /// How many WebSockets a wider network may have where one address may have so many.
    pub fn of_a_wider_network(&self, each: usize) -> usize {
        each.saturating_mul(WIDER).min(self.sockets / WIDER_SHARE)
    }

    /// Sockets that are no WebSockets now.
    pub fn plain(&self) -> usize {
        self.plain.all()
    }

    /// A file is to be sent or taken.
    pub fn transfer(&self, address: IpAddr) -> Option<Pass> {
        Count::take(&self.transfers, counted(address), 1)
    }

    /// So many bytes of a frame have come, of somebody who is counted by these.
    pub fn half(&self, networks: Vec<Network>, bytes: usize) -> Option<Pass> {
        Count::take(&self.half, networks, bytes)
    }
}

/// By what an address is counted: nothing, on this machine.
fn counted(address: IpAddr) -> Vec<Network> {
    if address.to_canonical().is_loopback() { Vec::new() } else { networks(address).collect() }
}

/// A right that is given back when it is dropped.
pub struct Pass {
    count: Arc<Count>,
    networks: Vec<Network>,
    weight: usize,
}

impl Pass {
    /// Makes it one for so much, where there is room for the rest.
    pub fn grow_to(&mut self, weight: usize) -> bool {
        let more = weight.saturating_sub(self.weight);
        let Some(mut rest) = Count::take(&self.count, self.networks.clone(), more) else { return false };
        self.weight = self.weight.saturating_add(std::mem::take(&mut rest.weight));
        true
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut held = self.count.held();
        held.all = held.all.saturating_sub(self.weight);
        for network in &self.networks {
            if let Some(of) = held.of.get_mut(network) {
                *of = of.saturating_sub(self.weight);
                if *of == 0 {
                    held.of.remove(network);
                }
            }
        }
    }
}

struct Count {
    most: usize,
    most_each: usize,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    all: usize,
    of: HashMap<Network, usize>,
}

impl Count {
    fn new(most: usize, most_each: usize) -> Arc<Self> {
        Arc::new(Self { most, most_each, held: Mutex::default() })
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn all(&self) -> usize {
        self.held().all
    }

    fn take(this: &Arc<Self>, networks: Vec<Network>, weight: usize) -> Option<Pass> {
        let mut held = this.held();
        let all = held.all.saturating_add(weight);
        let most = [this.most_each, this.most_each.saturating_mul(WIDER).min(this.most / WIDER_SHARE)];
        let of = |network: &Network| held.of.get(network).copied().unwrap_or_default().saturating_add(weight);
        if all > this.most || networks.iter().zip(most).any(|(network, most)| of(network) > most) {
            return None;
        }
        held.all = all;
        for network in &networks {
            *held.of.entry(*network).or_default() += weight;
        }
        Some(Pass { count: this.clone(), networks, weight })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn what_one_address_and_all_together_hold_is_bounded_and_given_back() {
        let door = Door::new(1_000_000);
        let one: Vec<_> = std::iter::from_fn(|| door.enter(address("192.0.2.1"), 0)).collect();
        assert_eq!(one.len(), PLAIN.1);
        let held: Vec<_> = (0..=255)
            .flat_map(|n| std::iter::repeat_n(address(&format!("198.51.100.{n}")), PLAIN.1))
            .map_while(|address| door.enter(address, 0))
            .collect();
        assert_eq!(one.len() + held.len(), PLAIN.0);
        drop(one);
        assert!(door.enter(address("203.0.113.7"), 0).is_some());
        drop(held);
        assert_eq!((door.plain.all(), door.plain.held().of.len()), (0, 0));
    }

    #[test]
    fn networks_of_ipv6_hold_as_much_as_a_few_addresses() {
        let door = Door::new(1_000_000);
        let of = |subnet: u16| address(&format!("2001:db8:1:{subnet:x}::{subnet:x}"));
        let held = (0..64).flat_map(|subnet| (0..TRANSFERS.1).map(move |_| of(subnet)));
        let held: Vec<_> = held.map_while(|address| door.transfer(address)).collect();
        assert_eq!(held.len(), TRANSFERS.0 / WIDER_SHARE);
        assert_eq!(
            (door.of_a_wider_network(100), door.of_a_wider_network(1_000_000)),
            (800, door.sockets / 4)
        );
        drop(held);
        // A proxy on this machine has everybody behind it.
        let local: Vec<_> = std::iter::from_fn(|| door.transfer(address("::1"))).collect();
        assert_eq!(local.len(), TRANSFERS.0);
    }

    #[test]
    fn pass_that_grows_counts_once_and_is_given_back_whole() {
        let door = Door::new(1_000_000);
        let networks: Vec<_> = networks(address("192.0.2.1")).collect();
        let mut one = door.half(networks.clone(), 1).unwrap();
        assert!(one.grow_to(HALF_BYTES.1 - 1) && one.grow_to(5));
        let other = door.half(networks.clone(), 1).unwrap();
        assert!(!one.grow_to(HALF_BYTES.1));
        assert_eq!(door.half.all(), HALF_BYTES.1);
        drop(other);
        assert!(one.grow_to(HALF_BYTES.1));
        drop(one);
        assert_eq!((door.half.all(), door.half.held().of.len()), (0, 0));
    }

    #[test]
    fn open_files_are_left_for_what_is_no_socket() {
        let door = Door::new(1_024);
        let held: Vec<_> = std::iter::from_fn(|| door.enter(address("127.0.0.1"), 0)).collect();
        let sockets = 1_024 - RESERVED_FILES - 1_024 / TRANSFERS_SHARE;
        assert_eq!(held.len(), sockets / 2);
        drop(held);
        let one: Vec<_> = std::iter::from_fn(|| door.enter(address("192.0.2.1"), 0)).collect();
        assert_eq!(one.len(), sockets / 2 / PLAIN_SHARE);
        drop(one);
        assert!(door.enter(address("127.0.0.1"), sockets).is_none());
        let files: Vec<_> = std::iter::from_fn(|| door.transfer(address("127.0.0.1"))).collect();
        assert_eq!(files.len() + sockets + RESERVED_FILES, 1_024);
    }
}
