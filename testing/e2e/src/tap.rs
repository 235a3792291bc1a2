//! A proxy on loopback between people and a server: it keeps what passes, and can hold it back at a chosen byte.
//!
//! A WebSocket client masks what it sends (RFC 6455 §5.3), so bytes on the wire say nothing as they are;
//! [`Tap::spoken`] gives them unmasked.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, Weak};
use std::thread;
use std::time::Instant;

use crate::patience;

/// A proxy that runs until the process ends.
pub struct Tap {
    address: String,
    inside: Arc<Inside>,
}

#[derive(Default)]
struct Inside {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    to: Option<String>,
    keeps: bool,
    passed: u64,
    /// Bytes that may still pass.
    budget: Option<u64>,
    holding: bool,
    /// Directions that begin before this one say nothing any more.
    silent: usize,
    /// What each direction of each connection said.
    kept: Vec<Vec<u8>>,
    /// Both ends of each connection that is there.
    open: Vec<Weak<TcpStream>>,
}

impl Tap {
    /// On a port of its own, before there is a server behind it.
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let inside = Arc::new(Inside::default());
        let shared = inside.clone();
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let Some(to) = shared.state.lock().unwrap().to.clone() else { continue };
                let Ok(far) = TcpStream::connect(&to) else { continue };
                let (near, far) = (Arc::new(near), Arc::new(far));
                if !shared.opens(&near, &far) {
                    continue;
                }
                let (near_back, far_back) = (near.clone(), far.clone());
                let (up, down) = (shared.clone(), shared.clone());
                thread::spawn(move || up.pass(&near, &far));
                thread::spawn(move || down.pass(&far_back, &near_back));
            }
        });
        Self { address, inside }
    }

    /// For `--public-url`: links then lead through here.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The server behind it.
    pub fn leads_to(&self, server: &str) {
        self.inside.state.lock().unwrap().to = Some(server.to_owned());
    }

    /// Where it listens on loopback.
    pub fn port(&self) -> u16 {
        let (_, port) = self.address.rsplit_once(':').unwrap();
        port.parse().unwrap()
    }

    /// All connections end, and new ones are closed at once, until it [leads](Self::leads_to) somewhere again.
    pub fn cut(&self) {
        let mut state = self.inside.state.lock().unwrap();
        state.to = None;
        for end in state.open.drain(..).filter_map(|end| end.upgrade()) {
            let _ = end.shutdown(Shutdown::Both);
        }
    }

    /// From now on all that passes is kept.
    pub fn keep(&self) {
        self.inside.state.lock().unwrap().keeps = true;
    }

    /// Bytes that passed so far, in all.
    pub fn passed(&self) -> u64 {
        self.inside.state.lock().unwrap().passed
    }

    /// Lets so many more bytes pass, of all connections together, and then nothing.
    pub fn hold_after(&self, bytes: u64) {
        self.inside.state.lock().unwrap().budget = Some(bytes);
    }

    /// Connections that are there go on, and nothing passes in them any more, as after a change of the network. Others are
    /// as before.
    pub fn silence(&self) {
        let mut state = self.inside.state.lock().unwrap();
        state.silent = state.kept.len();
    }

    /// Waits until something is held back.
    pub fn wait_until_holding(&self) {
        let deadline = Instant::now() + patience();
        let mut state = self.inside.state.lock().unwrap();
        while !state.holding {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited in vain for traffic");
            state = self.inside.changed.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Lets everything pass again.
    pub fn release(&self) {
        let mut state = self.inside.state.lock().unwrap();
        (state.budget, state.holding) = (None, false);
        drop(state);
        self.inside.changed.notify_all();
    }

    /// What was kept, each direction of each connection: as it passed, and without the masks.
    pub fn spoken(&self) -> Vec<Vec<u8>> {
        let kept = self.inside.state.lock().unwrap().kept.clone();
        let unmasked: Vec<_> = kept.iter().filter_map(|bytes| unmask(bytes)).collect();
        kept.into_iter().chain(unmasked).collect()
    }
}

impl Default for Tap {
    fn default() -> Self {
        Self::new()
    }
}

impl Inside {
    /// Whether the way was not cut meanwhile.
    fn opens(&self, near: &Arc<TcpStream>, far: &Arc<TcpStream>) -> bool {
        let mut state = self.state.lock().unwrap();
        state.open.retain(|end| end.strong_count() > 0);
        state.open.extend([near, far].map(Arc::downgrade));
        state.to.is_some()
    }

    fn pass(&self, mut from: &TcpStream, mut to: &TcpStream) {
        let mut piece = vec![0; 64 * 1024];
        let place = {
            let mut state = self.state.lock().unwrap();
            state.kept.push(Vec::new());
            state.kept.len() - 1
        };
        while let Ok(read @ 1..) = from.read(&mut piece) {
            self.wait_for_leave(place, &piece[..read]);
            if to.write_all(&piece[..read]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
        let _ = from.shutdown(Shutdown::Read);
    }

    fn wait_for_leave(&self, place: usize, piece: &[u8]) {
        let mut state = self.state.lock().unwrap();
        while place < state.silent {
            state = self.changed.wait(state).unwrap();
        }
        while state.budget.is_some_and(|budget| budget < piece.len() as u64) {
            state.holding = true;
            self.changed.notify_all();
            state = self.changed.wait(state).unwrap();
        }
        if let Some(budget) = &mut state.budget {
            *budget -= piece.len() as u64;
        }
        state.passed += piece.len() as u64;
        if state.keeps {
            state.kept[place].extend_from_slice(piece);
        }
    }
}

/// The payloads of a client's frames. `None` where this is no client's half of a WebSocket.
fn unmask(bytes: &[u8]) -> Option<Vec<u8>> {
    if !bytes.starts_with(b"GET ") {
        return None;
    }
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (mut rest, mut payloads) = (&bytes[head + 4..], Vec::new());
    // RFC 6455 §5.2. A frame that is cut ends it.
    while let [_, length, tail @ ..] = rest {
        if length & 0x80 == 0 {
            break;
        }
        let (length, tail) = match (length & 0x7f, tail) {
            (126, [a, b, tail @ ..]) => (u64::from(u16::from_be_bytes([*a, *b])), tail),
            (127, _) => {
                let Some((eight, tail)) = tail.split_first_chunk::<8>() else { break };
                (u64::from_be_bytes(*eight), tail)
            }
            (short @ 0..=125, tail) => (u64::from(short), tail),
            _ => break,
        };
        let Some((mask, tail)) = tail.split_first_chunk::<4>() else { break };
        let Ok(length) = usize::try_from(length) else { break };
        let Some((payload, tail)) = tail.split_at_checked(length) else { break };
        payloads.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        rest = tail;
    }
    Some(payloads)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_are_taken_off() {
        let mut bytes = b"GET / HTTP/1.1\r\n\r\n".to_vec();
        // RFC 6455 §5.7: a masked "Hello".
        bytes.extend([0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
        bytes.extend([0x82, 0xfe, 0x00, 0x01, 0, 0, 0, 0, b'!', 0x82]);
        assert_eq!(unmask(&bytes).unwrap(), b"Hello!");
        assert_eq!(unmask(b"HTTP/1.1 101 \r\n\r\n"), None);
    }
}
