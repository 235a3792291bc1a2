//! Notices what a browser asks of any place but its server.
//!
//! The browsers are told that a proxy stands before everything else. It answers nobody and remembers who was asked for:
//! cheaper than the browser's own log of all its traffic, and Workers and service workers are seen too.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

/// More of a request's first line is not looked at.
const LINE_BYTES: u64 = 2_048;

/// What Chromium asks its maker for by itself, whatever page is open.
const MAKER: [&str; 4] = [".google.com", ".googleapis.com", ".gvt1.com", ".gstatic.com"];

/// A proxy that runs until the process ends.
pub struct Elsewhere {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Elsewhere {
    /// On a port of its own.
    pub fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = asked.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let heard = heard.clone();
                thread::spawn(move || {
                    let mut line = String::new();
                    let read = BufReader::new(stream.take(LINE_BYTES)).read_line(&mut line);
                    if matches!(read, Ok(1..)) && !MAKER.iter().any(|maker| line.contains(maker)) {
                        heard.lock().unwrap().push(line.trim().to_owned());
                    }
                });
            }
        });
        Self { address, asked }
    }

    /// What a browser is started with so that all but `own` (`host:port`) goes through here, other ports of this machine
    /// too.
    pub fn arguments(&self, own: &str) -> [String; 2] {
        [format!("--proxy-server=http://{}", self.address), format!("--proxy-bypass-list=<-loopback>;{own}")]
    }

    /// What was asked for so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}
