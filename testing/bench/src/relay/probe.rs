//! Two who talk in a room of their own, on a thread of their own: how long packets take from one socket to the other while
//! the relay has a load. All other callers wait for each other, which says nothing of the relay.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use casemate_relay::peer::Stream;

use super::caller::{self, Caller};
use super::{Load, Relay, measure};

/// See the module.
pub struct Probe {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<u32>>,
}

/// Between two packets of one.
const BETWEEN: Duration = Duration::from_millis(7);

/// What comes at first waits for what it finds to be made.
const WARM: Duration = Duration::from_secs(10);

impl Probe {
    /// Begins.
    pub fn start(relay: &mut dyn Relay, address: IpAddr) -> Option<Self> {
        let load = Load { rooms: 1, people: 2, ..Load::default() };
        let mut callers = measure::connected(relay, address, load)?;
        callers.iter_mut().for_each(|caller| caller.decodes = true);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            let (begin, mut due) = (Instant::now(), Instant::now());
            let mut is_warm = false;
            while !stopped.load(Ordering::Relaxed) {
                caller::step(&mut callers);
                if !is_warm && begin.elapsed() > WARM {
                    is_warm = true;
                    callers.iter_mut().for_each(Caller::forget);
                }
                if due <= Instant::now() {
                    due += BETWEEN;
                    for caller in callers.iter_mut().filter(|caller| caller.sends) {
                        caller.send(Stream::Voice, load.rate().2, false);
                    }
                }
            }
            callers.iter_mut().flat_map(Caller::delays).collect()
        });
        Some(Self { stop, thread })
    }

    /// Ends. Microseconds that packets took.
    pub fn stop(self) -> Vec<u32> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("it does not panic")
    }
}
