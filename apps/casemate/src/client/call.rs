//! Media of calls. Of `casemate rpc` and the terminal they are made here: a thread, a socket and codecs for each call that this device takes part in, and nothing of it at any
//! other time. [`Calls::open`] takes what the engine gives only after the person's own command; the socket is made when
//! the relay has answered. Of `casemate app` its page makes them, and whoever serves that page is handed each call
//! ([`Made::InPage`]).

mod heard;
mod listener;
mod thread;

pub use listener::serve as serve_ear;

use std::collections::HashMap;
use std::sync::mpsc as orders;

use casemate_api::{Error, Kind};
use casemate_engine::{CallAnswer, CallKeys, CallNews, OpenCall};
use casemate_wire::ids::CallId;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

/// News that wait for the driver; then a call's thread waits.
const NEWS_WAITING: usize = 16;

/// Orders that wait for a call's thread, which looks every few milliseconds.
const ORDERS_WAITING: usize = 64;

/// Where the media of calls are made.
#[derive(Debug, Clone, Default)]
pub enum Made {
    /// By this program.
    #[default]
    Here,
    /// By a page, which is told of each call.
    InPage(mpsc::Sender<PageCall>),
}

/// A call whose media a page makes.
pub struct PageCall {
    /// The person's word, the first keys, and what else it begins with.
    pub open: OpenCall,
    /// What it is told later. No more: it ends.
    pub orders: mpsc::Receiver<Order>,
    /// Where it says what happens.
    pub news: mpsc::Sender<(CallId, CallNews)>,
}

/// The calls under way.
pub struct Calls {
    made: Made,
    live: HashMap<CallId, Live>,
    sender: mpsc::Sender<(CallId, CallNews)>,
    /// What their media say.
    pub news: mpsc::Receiver<(CallId, CallNews)>,
}

enum Live {
    Thread(orders::SyncSender<Order>),
    Page(mpsc::Sender<Order>),
}

/// What a call's media are told. Its sender dropped: end.
pub enum Order {
    /// The relay's answer to the newest offer.
    Answer(CallAnswer),
    /// Other keys.
    Keys(CallKeys),
    /// Say what came.
    Stats(oneshot::Sender<Result<Value, Error>>),
}

impl Calls {
    /// None.
    pub fn new(made: Made) -> Self {
        let (sender, news) = mpsc::channel(NEWS_WAITING);
        Self { made, live: HashMap::new(), sender, news }
    }

    /// None any more.
    pub fn clear(&mut self) {
        *self = Self::new(self.made.clone());
    }

    /// Begins a call's media.
    pub fn open(&mut self, open: OpenCall) {
        if let Made::InPage(page) = &self.made {
            let page = page.clone();
            return self.open_in_page(&page, open);
        }
        let call = open.permit.call();
        let (sender, receiver) = orders::sync_channel(ORDERS_WAITING);
        let news = self.sender.clone();
        let began = std::thread::Builder::new()
            .name("call".into())
            .spawn(move || thread::run(open, &receiver, &news));
        match began {
            Ok(_) => drop(self.live.insert(call, Live::Thread(sender))),
            Err(error) => self.fails(call, format!("the system gives no thread: {error}")),
        }
    }

    fn open_in_page(&mut self, page: &mpsc::Sender<PageCall>, open: OpenCall) {
        let call = open.permit.call();
        let (sender, orders) = mpsc::channel(ORDERS_WAITING);
        let handed = PageCall { open, orders, news: self.sender.clone() };
        match page.try_send(handed) {
            Ok(()) => drop(self.live.insert(call, Live::Page(sender))),
            Err(_) => self.fails(call, "the page is not there".to_owned()),
        }
    }

    fn fails(&self, call: CallId, why: String) {
        // The queue is empty, or the driver hears of a failed call soon enough.
        let _ = self.sender.try_send((call, CallNews::Failed { why }));
    }

    /// Tells a call's media something. One that has ended hears nothing.
    pub fn tell(&mut self, call: CallId, order: Order) {
        let heard = match self.live.get(&call) {
            None => return,
            Some(Live::Thread(thread)) => thread.try_send(order).is_ok(),
            Some(Live::Page(page)) => page.try_send(order).is_ok(),
        };
        if !heard {
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
