//! A bad network between people and a relay: datagrams go through here, and a [`Line`] says what becomes of them.
//!
//! ```text
//! person ──▶ address of the detour ──up──▶ a socket for each person ──▶ relay
//!        ◀────────────────────────◀─down──                           ◀──
//! ```
//! The relay's configuration names the detour as its public address, so nobody knows of it. Connections go through here as
//! they are, whatever becomes of datagrams.

use std::collections::HashMap;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use casemate_relay::peer::line::Line;
pub use casemate_relay::peer::line::Weather;

/// How exact times are here.
const LOOK: Duration = Duration::from_millis(1);

/// Larger than any datagram of a call.
const DATAGRAM: usize = 2_048;

/// See the module. Runs until the process ends.
pub struct Detour {
    /// Where people come.
    pub address: SocketAddr,
    /// Towards the relay, and back.
    weather: Arc<Mutex<[Weather; 2]>>,
}

/// One person's ways.
struct Ways {
    far: UdpSocket,
    up: Line<Vec<u8>>,
    down: Line<Vec<u8>>,
}

impl Detour {
    /// To a relay that will be there.
    pub fn to(relay: SocketAddr, seed: u64) -> Self {
        let address = free_address();
        let (near, listener) = (UdpSocket::bind(address).unwrap(), TcpListener::bind(address).unwrap());
        near.set_read_timeout(Some(LOOK)).unwrap();
        thread::spawn(move || connect(&listener, relay));
        let weather = Arc::new(Mutex::new([Weather::FAIR; 2]));
        let shared = weather.clone();
        thread::spawn(move || pass(&near, relay, seed, &shared));
        Self { address, weather }
    }

    /// From now on, for everybody and in both directions.
    pub fn weather(&self, weather: Weather) {
        *self.weather.lock().unwrap() = [weather; 2];
    }

    /// From now on, for what everybody sends.
    pub fn upwards(&self, weather: Weather) {
        self.weather.lock().unwrap()[0] = weather;
    }
}

/// An address of loopback that nobody listens at, for UDP and TCP.
pub fn free_address() -> SocketAddr {
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        if UdpSocket::bind(address).is_ok() {
            return address;
        }
    }
}

fn connect(listener: &TcpListener, relay: SocketAddr) {
    for near in listener.incoming().map_while(Result::ok) {
        let Ok(far) = TcpStream::connect(relay) else { continue };
        for (mut from, mut to) in [(near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near)] {
            thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Both);
            });
        }
    }
}

fn pass(near: &UdpSocket, relay: SocketAddr, seed: u64, weather: &Mutex<[Weather; 2]>) {
    let mut all: HashMap<SocketAddr, Ways> = HashMap::new();
    let mut bytes = [0; DATAGRAM];
    loop {
        let came = near.recv_from(&mut bytes);
        let now = Instant::now();
        if let Ok((count, from)) = came {
            let number = all.len() as u64;
            let ways = all.entry(from).or_insert_with(|| {
                let far = UdpSocket::bind("127.0.0.1:0").unwrap();
                far.connect(relay).unwrap();
                far.set_nonblocking(true).unwrap();
                Ways { far, up: Line::new(seed + 2 * number), down: Line::new(seed + 2 * number + 1) }
            });
            ways.up.put(count, bytes[..count].to_vec(), now);
        }
        let weather = *weather.lock().unwrap();
        for (person, ways) in &mut all {
            [ways.up.weather, ways.down.weather] = weather;
            while let Ok(count) = ways.far.recv(&mut bytes) {
                ways.down.put(count, bytes[..count].to_vec(), now);
            }
            // What is not taken is lost, as on any way.
            while let Some(datagram) = ways.up.take(now) {
                let _ = ways.far.send(&datagram);
            }
            while let Some(datagram) = ways.down.take(now) {
                let _ = near.send_to(&datagram, person);
            }
        }
    }
}
