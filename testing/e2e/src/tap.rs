//! A proxy on loopback that keeps every byte that passes.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Passes connections on to a server until dropped by the process's end.
pub struct Tap {
    address: String,
    passed: Arc<Mutex<Vec<u8>>>,
}

impl Tap {
    /// In front of `to`, on a port of its own.
    pub fn start(to: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let passed = Arc::new(Mutex::new(Vec::new()));
        let (to, kept) = (to.to_owned(), passed.clone());
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let Ok(far) = TcpStream::connect(&to) else { continue };
                let (near_back, far_back) = (near.try_clone().unwrap(), far.try_clone().unwrap());
                let (up, down) = (kept.clone(), kept.clone());
                thread::spawn(move || pass(near, far, &up));
                thread::spawn(move || pass(far_back, near_back, &down));
            }
        });
        Self { address, passed }
    }

    /// Where to connect to.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Takes what passed in both directions so far.
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.passed.lock().unwrap())
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, kept: &Mutex<Vec<u8>>) {
    let mut piece = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut piece) {
        kept.lock().unwrap().extend_from_slice(&piece[..read]);
        if to.write_all(&piece[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
