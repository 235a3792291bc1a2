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
const TRANSFERS: (usize, usize) = (512, 64);

/// Bytes of large frames that are not whole yet, in all and of one address.
const HALF_BYTES: (usize, usize) = (256 * 1024 * 1024, 64 * 1024 * 1024);

/// Open files that are left for what is not a socket of somebody: databases, logs, uploads.
const RESERVED_FILES: usize = 256;

/// A wider network holds so many times as much as one address.
const WIDER: usize = 8;

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
        let sockets = files.saturating_sub(RESERVED_FILES).max(64);
        let (plain, each) = PLAIN;
        Self {
            // Half of the sockets are always left for those who are there already, and come again.
            plain: Count::new(plain.min(sockets / 2), each),
            transfers: Count::new(TRANSFERS.0, TRANSFERS.1),
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

    /// Sockets that are no WebSockets now.
    pub fn plain(&self) -> usize {
        self.plain.all()
    }

    /// A file is to be sent or taken.
    pub fn transfer(&self, address: IpAddr) -> Option<Pass> {
        Count::take(&self.transfers, counted(address), 1)
    }

    /// So many bytes of a frame are awaited, of somebody who is counted by these.
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
        let most = [this.most_each, this.most_each.saturating_mul(WIDER)];
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
        assert_eq!(held.len(), TRANSFERS.1 * WIDER);
        drop(held);
        // A proxy on this machine has everybody behind it.
        let local: Vec<_> = std::iter::from_fn(|| door.transfer(address("::1"))).collect();
        assert_eq!(local.len(), TRANSFERS.0);
    }

    #[test]
    fn open_files_are_left_for_what_is_no_socket() {
        let door = Door::new(1_024);
        let held: Vec<_> = std::iter::from_fn(|| door.enter(address("127.0.0.1"), 0)).collect();
        assert_eq!(held.len(), (1_024 - RESERVED_FILES) / 2);
        drop(held);
        assert!(door.enter(address("127.0.0.1"), 1_024 - RESERVED_FILES).is_none());
    }
}
