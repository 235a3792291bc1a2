//! Media of calls. Of `casemate rpc` and the terminal they are made here: a thread, a socket and codecs for each call that this
//! device takes part in, a microphone's program and a loudspeaker's where a person does, and nothing of it at any
//! other time. [`Calls::open`] takes what the engine gives only after the person's own command; the socket is made when
//! the relay has answered. Of `casemate app` its page makes them, and whoever serves that page is handed each call
//! ([`Made::InPage`]).

mod aside;
mod heard;
mod listener;
mod programs;
mod reach;
mod send;
mod socket;
mod sound;
mod thread;

pub use listener::serve as serve_ear;

use std::collections::HashMap;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use casemate_api::{Command, Error, Kind};
use casemate_engine::{CallAnswer, CallKeys, CallNews, OpenCall};
use casemate_wire::ids::CallId;
use serde_json::Value;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

use aside::Aside;

/// News that wait for the driver; then a call's thread waits.
const NEWS_WAITING: usize = 16;

/// Orders that wait for a call's thread, which looks every few milliseconds; then the newest of each kind is kept aside.
const ORDERS_WAITING: usize = 64;

/// When it is looked again whether there is room for those.
const ROOM: Duration = Duration::from_millis(20);

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

/// What `send` of a call says of a person, who speaks and listens.
pub const MICROPHONE: &str = "microphone";

/// The calls under way.
pub struct Calls {
    made: Made,
    /// Where the server answers, as of the newest connection to it.
    server: Option<IpAddr>,
    live: HashMap<CallId, Live>,
    sender: mpsc::Sender<(CallId, CallNews)>,
    news: mpsc::Receiver<(CallId, CallNews)>,
}

/// A call's media: a thread, or a page's.
struct Live {
    orders: mpsc::Sender<Order>,
    aside: Aside,
}

/// What a call's media are told. Its sender dropped: end.
pub enum Order {
    /// The relay's answer to the newest offer.
    Answer(Answered),
    /// Other keys.
    Keys(CallKeys),
    /// Send silence, or no longer.
    Mute(bool),
    /// Say what came.
    Stats(oneshot::Sender<Result<Value, Error>>),
}

/// A relay's answer, as a server handed it on.
pub struct Answered {
    /// What it says.
    pub answer: CallAnswer,
    /// Where that server answers: what else may be reached follows from it.
    pub server: Option<IpAddr>,
}

impl Calls {
    /// None.
    pub fn new(made: Made) -> Self {
        let (sender, news) = mpsc::channel(NEWS_WAITING);
        Self { made, server: None, live: HashMap::new(), sender, news }
    }

    /// None any more.
    pub fn clear(&mut self) {
        *self = Self::new(self.made.clone());
    }

    /// From now on what the server says comes from there.
    pub fn server_is(&mut self, server: IpAddr) {
        self.server = Some(server);
    }

    /// What a command says about what is sent, where it is to be looked at before anybody hears of the call: then a wrong word
    /// ends nothing. A page sends what its camera and microphone give.
    pub fn sends(&self, command: &Command) -> Option<String> {
        match self.made {
            Made::Here => send::named(command).map(str::to_owned),
            Made::InPage(_) => None,
        }
    }

    /// Begins a call's media.
    pub fn open(&mut self, open: OpenCall) {
        if let Made::InPage(page) = &self.made {
            let page = page.clone();
            return self.open_in_page(&page, open);
        }
        let call = open.permit.call();
        let (live, mut orders) = Live::new();
        let news = self.sender.clone();
        let began = std::thread::Builder::new().name("call".into()).spawn(move || {
            let ran = catch_unwind(AssertUnwindSafe(|| thread::run(open, &mut orders, &news)));
            if ran.is_err() {
                let why = "a part of Casemate failed".to_owned();
                let _ = news.blocking_send((call, CallNews::Failed { why }));
            }
        });
        match began {
            Ok(_) => drop(self.live.insert(call, live)),
            Err(error) => self.fails(call, format!("the system gives no thread: {error}")),
        }
    }

    fn open_in_page(&mut self, page: &mpsc::Sender<PageCall>, open: OpenCall) {
        let call = open.permit.call();
        let (live, orders) = Live::new();
        let handed = PageCall { open, orders, news: self.sender.clone() };
        match page.try_send(handed) {
            Ok(()) => drop(self.live.insert(call, live)),
            Err(_) => self.fails(call, "the page is not there".to_owned()),
        }
    }

    fn fails(&self, call: CallId, why: String) {
        // The queue is empty, or the driver hears of a failed call soon enough.
        let _ = self.sender.try_send((call, CallNews::Failed { why }));
    }

    /// The calls that have media now.
    pub fn under_way(&self) -> Vec<CallId> {
        self.live.keys().copied().collect()
    }

    /// What media say next. Those that ended though nobody closed them have failed.
    pub async fn said(&mut self) -> (CallId, CallNews) {
        loop {
            self.live.values_mut().for_each(Live::catch_up);
            // What they said before they ended comes first.
            if let Ok((call, news)) = self.news.try_recv() {
                return self.noted(call, news);
            }
            let ended = self.live.iter().find(|(_, live)| live.orders.is_closed()).map(|(call, _)| *call);
            if let Some(call) = ended {
                return self.noted(call, CallNews::Failed { why: "its media ended".to_owned() });
            }
            let waits = self.live.values().any(|live| !live.aside.is_empty());
            tokio::select! {
                Some((call, news)) = self.news.recv() => return self.noted(call, news),
                () = tokio::time::sleep(ROOM), if waits => {}
            }
        }
    }

    fn noted(&mut self, call: CallId, news: CallNews) -> (CallId, CallNews) {
        if matches!(news, CallNews::Failed { .. } | CallNews::PageGone) {
            self.live.remove(&call);
        }
        (call, news)
    }

    /// Tells a call's media something. Those that have ended hear nothing.
    pub fn tell(&mut self, call: CallId, order: Order) {
        match self.live.get_mut(&call) {
            Some(live) => live.tell(order),
            None => refuse(order),
        }
    }

    /// The relay has answered a call's offer.
    pub fn joined(&mut self, call: CallId, answer: CallAnswer) {
        self.tell(call, Order::Answer(Answered { answer, server: self.server }));
    }

    /// Ends a call's media.
    pub fn close(&mut self, call: CallId) {
        self.live.remove(&call);
    }

    /// `call.sign`: whoever says that they are muted is. A page mutes itself.
    pub fn mute(&mut self, call: &str, muted: bool) {
        if let (Made::Here, Some(call)) = (&self.made, CallId::from_hex(call)) {
            self.tell(call, Order::Mute(muted));
        }
    }

    /// `call.stats`
    pub fn stats(&mut self, call: &str, answer: oneshot::Sender<Result<Value, Error>>) {
        match CallId::from_hex(call) {
            Some(call) => self.tell(call, Order::Stats(answer)),
            None => refuse(Order::Stats(answer)),
        }
    }
}

impl Live {
    fn new() -> (Self, mpsc::Receiver<Order>) {
        let (orders, receiver) = mpsc::channel(ORDERS_WAITING);
        (Self { orders, aside: Aside::default() }, receiver)
    }

    fn tell(&mut self, order: Order) {
        self.catch_up();
        // What came first is told first.
        if !self.aside.is_empty() {
            return self.aside.keep(order);
        }
        match self.orders.try_send(order) {
            Ok(()) => {}
            Err(TrySendError::Full(order)) => self.aside.keep(order),
            Err(TrySendError::Closed(order)) => refuse(order),
        }
    }

    /// Tells what there was no room for, as far as there is now.
    fn catch_up(&mut self) {
        while !self.aside.is_empty() {
            let Ok(room) = self.orders.try_reserve() else { return };
            let Some(order) = self.aside.take() else { return };
            room.send(order);
        }
    }
}

/// Whether something can be sent in a call. Blocks where it is a file.
pub fn check_sent(send: &str) -> Result<(), Error> {
    send::sent(Some(send)).map(drop)
}

/// Whoever asks about media that are not there is told so.
fn refuse(order: Order) {
    if let Order::Stats(answer) = order {
        drop(answer.send(Err(Error::new(Kind::NotFound, "You are not in this call."))));
    }
}

#[cfg(test)]
mod tests;
