//! Notices what a browser asks of any place but its server.
//!
//! The browsers are told that a proxy stands before everything else. It answers nobody, unless a story wants it to, and
//! remembers who was asked for: cheaper than the browser's own log of all its traffic, and Workers and service workers are
//! seen too.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
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
    leads_on: Arc<AtomicBool>,
}

impl Elsewhere {
    /// On a port of its own.
    pub fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let leads_on = Arc::new(AtomicBool::new(false));
        let (heard, may) = (asked.clone(), leads_on.clone());
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (heard, may) = (heard.clone(), may.clone());
                thread::spawn(move || {
                    let mut line = String::new();
                    let mut begin = BufReader::new((&stream).take(LINE_BYTES));
                    let read = begin.read_line(&mut line);
                    if !matches!(read, Ok(1..)) || MAKER.iter().any(|maker| line.contains(maker)) {
                        return;
                    }
                    heard.lock().unwrap().push(line.trim().to_owned());
                    if may.load(Ordering::Relaxed) {
                        let headers = begin.lines().map_while(Result::ok);
                        headers.take_while(|header| !header.is_empty()).for_each(drop);
                        let _ = lead_on(&line, &stream);
                    }
                });
            }
        });
        Self { address, asked, leads_on }
    }

    /// From now on it is a proxy as companies have them: it leads on to any address of this machine.
    pub fn leads_on(&self) {
        self.leads_on.store(true, Ordering::Relaxed);
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

/// What a proxy does with `CONNECT host:port HTTP/1.1` (RFC 9110, section 9.3.6), until either side ends.
fn lead_on(line: &str, from: &TcpStream) -> io::Result<()> {
    let address =
        line.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()?.parse::<SocketAddr>().ok());
    let Some(address) = address.filter(|address| address.ip().is_loopback()) else { return Ok(()) };
    let to = TcpStream::connect(address)?;
    (&*from).write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
    let (back, forth) = (from.try_clone()?, to.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut &forth, &mut &back);
        let _ = back.shutdown(Shutdown::Both);
    });
    let _ = io::copy(&mut &*from, &mut &to);
    to.shutdown(Shutdown::Both)
}
