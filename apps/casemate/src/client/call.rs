//! Media of calls: a thread, a socket and codecs for each call that this device takes part in, and nothing of it at any
//! other time. [`Calls::open`] takes what the engine gives only after the person's own command; the socket is made when
//! the relay has answered.

mod heard;
mod listener;
mod thread;

pub use listener::serve as serve_ear;

use std::collections::HashMap;
use std::sync::mpsc as orders;

use casemate_api::{Error, Kind};
use casemate_engine::{CallKeys, CallNews, OpenCall};
use casemate_wire::ids::CallId;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

/// News that wait for the driver; then a call's thread waits.
const NEWS_WAITING: usize = 16;

/// Orders that wait for a call's thread, which looks every few milliseconds.
const ORDERS_WAITING: usize = 64;

/// The calls under way.
pub struct Calls {
    live: HashMap<CallId, orders::SyncSender<Order>>,
    sender: mpsc::Sender<(CallId, CallNews)>,
    /// What their media say.
    pub news: mpsc::Receiver<(CallId, CallNews)>,
}

/// What a call's thread is told. Its sender dropped: end.
pub enum Order {
    /// The relay's answer to the newest offer.
    Answer(String),
    /// Other keys.
    Keys(CallKeys),
    /// Say what came.
    Stats(oneshot::Sender<Result<Value, Error>>),
}

impl Calls {
    /// None.
    pub fn new() -> Self {
        let (sender, news) = mpsc::channel(NEWS_WAITING);
        Self { live: HashMap::new(), sender, news }
    }

    /// Begins a call's media.
    pub fn open(&mut self, open: OpenCall) {
        let call = open.permit.call();
        let (sender, receiver) = orders::sync_channel(ORDERS_WAITING);
        let news = self.sender.clone();
        let began = std::thread::Builder::new()
            .name("call".into())
            .spawn(move || thread::run(open, &receiver, &news));
        match began {
            Ok(_) => drop(self.live.insert(call, sender)),
            Err(error) => {
                // The queue is empty, or the driver hears of a failed call soon enough.
                let why = format!("the system gives no thread: {error}");
                let _ = self.sender.try_send((call, CallNews::Failed { why }));
            }
        }
    }

    /// Tells a call's media something. One that has ended hears nothing.
    pub fn tell(&mut self, call: CallId, order: Order) {
        if let Some(thread) = self.live.get(&call)
            && thread.try_send(order).is_err()
        {
            self.live.remove(&call);
        }
    }

    /// Ends a call's media.
    pub fn close(&mut self, call: CallId) {
        self.live.remove(&call);
    }

    /// `call.stats`
    pub fn stats(&mut self, call: &str, answer: oneshot::Sender<Result<Value, Error>>) {
        let call = CallId::from_hex(call).filter(|call| self.live.contains_key(call));
        match call {
            Some(call) => self.tell(call, Order::Stats(answer)),
            None => drop(answer.send(Err(Error::new(Kind::NotFound, "You are not in this call.")))),
        }
    }
}
