//! A call's thread: moves packets between a socket and the peer, and frames between the peer and what sends and hears.

use std::time::{Duration, Instant};

use casemate_engine::{CallKeys, CallNews, OpenCall};
use casemate_media::pcm::{SILENCE, bytes};
use casemate_media::peer::{Keys, Over, Peer, Polled, relay_ways};
use casemate_media::sent::{SOUND_MS, Sent};
use casemate_wire::ids::CallId;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TryRecvError;

use super::heard::Everybody;
use super::reach::may_reach;
use super::socket::{Received, Socket};
use super::sound::Sound;
use super::{Answered, MICROPHONE, Order, send};

/// How long it waits at most before it looks at its orders.
const LOOK: Duration = Duration::from_millis(10);

/// A relay whose answer is of no use is asked again after so long. The engine ends a call of which that is so too often.
const AGAIN: Duration = Duration::from_secs(1);

/// Who says nothing sends frames all the same: where none comes for so long, the engine is told.
const UNHEARD: Duration = Duration::from_secs(8);

/// What is late by more is left out, as after a machine that slept.
const LATE: Duration = Duration::from_millis(200);

/// Runs a call's media until its orders end.
pub fn run(open: OpenCall, orders: &mut mpsc::Receiver<Order>, news: &mpsc::Sender<(CallId, CallNews)>) {
    let call = open.permit.call();
    let tell = |said| drop(news.blocking_send((call, said)));
    match Media::new(open) {
        Ok(mut media) => {
            if let Err(why) = media.run(orders, &tell) {
                tell(CallNews::Failed { why });
            }
        }
        Err(why) => tell(CallNews::Failed { why }),
    }
}

struct Media {
    peer: Peer,
    sent: Sent,
    everybody: Everybody,
    socket: Option<Socket>,
    /// A person takes part; their microphone and loudspeaker once the relay was reached.
    is_person: bool,
    sound: Option<Sound>,
    muted: bool,
    /// When the next of each is to go out.
    next_sound: Instant,
    next_picture: Instant,
    /// When the next is to be heard.
    next_heard: Instant,
    rejoined: u32,
    was_connected: bool,
    /// When a frame came last, or that was said.
    heard: Instant,
    /// The way that is tried of those that the relay names; the next one where it leads nowhere.
    way: usize,
    reached: bool,
    /// When another offer is made, since the last one came to nothing.
    again: Option<Instant>,
}

impl Media {
    fn new(open: OpenCall) -> Result<Self, String> {
        let now = Instant::now();
        let sent = send::sent(open.send.as_deref()).map_err(|error| error.message)?;
        let is_person = open.send.as_deref() == Some(MICROPHONE);
        let everybody = Everybody::new(&open.keys.members);
        let peer = Peer::new(keys(open.keys), open.joining, now);
        // A person hears them, and nothing here shows them.
        let peer = if is_person { peer.without_pictures() } else { peer };
        Ok(Self {
            peer,
            sent,
            everybody,
            socket: None,
            is_person,
            sound: None,
            muted: false,
            next_sound: now,
            next_picture: now,
            next_heard: now,
            rejoined: 0,
            was_connected: false,
            heard: now,
            way: 0,
            reached: false,
            again: None,
        })
    }

    fn run(&mut self, orders: &mut mpsc::Receiver<Order>, tell: &impl Fn(CallNews)) -> Result<(), String> {
        self.offer(tell)?;
        loop {
            loop {
                match orders.try_recv() {
                    Ok(order) => self.obey(order),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => {
                        self.close();
                        return Ok(());
                    }
                }
            }
            if self.again.take_if(|again| *again <= Instant::now()).is_some() {
                self.rejoin(tell)?;
            }
            self.send_due();
            self.play_due(tell);
            self.say_unheard(tell);
            let until = self.settle(tell)?;
            match self.socket {
                Some(_) => self.receive(until),
                None => std::thread::park_timeout(LOOK),
            }
            self.peer.wake(Instant::now());
        }
    }

    fn say_unheard(&mut self, tell: &impl Fn(CallNews)) {
        if self.peer.is_connected() && self.heard.elapsed() > UNHEARD {
            self.heard = Instant::now();
            tell(CallNews::Unheard);
        }
    }

    fn rejoin(&mut self, tell: &impl Fn(CallNews)) -> Result<(), String> {
        self.rejoined += 1;
        self.offer(tell)
    }

    fn offer(&mut self, tell: &impl Fn(CallNews)) -> Result<(), String> {
        (self.socket, self.again) = (None, None);
        let sdp = self.peer.offer(Instant::now()).map_err(|error| error.to_string())?;
        tell(CallNews::Offer { sdp });
        Ok(())
    }

    fn obey(&mut self, order: Order) {
        match order {
            // From networks that let nothing through to the relay only browsers can call: str0m is no TURN client.
            Order::Answer(came) => self.answer(&came),
            Order::Keys(new) => {
                self.everybody.members(&new.members);
                self.peer.rekey(keys(new), Instant::now());
            }
            Order::Mute(muted) => self.muted = muted,
            Order::Stats(answer) => {
                let state = match (self.peer.is_connected(), self.was_connected) {
                    (true, _) => "connected",
                    (false, true) => "lost",
                    (false, false) => "connecting",
                };
                let stats = self.everybody.stats(state, self.peer.refused(), self.rejoined);
                let _ = answer.send(stats);
            }
        }
    }

    /// Only now there is a socket, and it speaks with the relay alone.
    fn answer(&mut self, came: &Answered) {
        self.reached = false;
        if let Err(why) = self.reach(came) {
            tracing::info!(%why, "the relay cannot be reached");
            self.again = Some(Instant::now() + AGAIN);
        }
    }

    fn reach(&mut self, came: &Answered) -> Result<(), String> {
        let (socket, over) = self.socket_to(came).ok_or("it named no address to which there is a way")?;
        let taken = self.peer.answer(&came.answer.sdp, socket.local, over, Instant::now());
        taken.map_err(|error| error.to_string())?;
        self.socket = Some(socket);
        Ok(())
    }

    /// The next of its addresses to which there is a way, and at which a relay of that server can be.
    fn socket_to(&mut self, came: &Answered) -> Option<(Socket, Over)> {
        let ways = relay_ways(&came.answer.sdp, |address| may_reach(came.server, address));
        for _ in 0..ways.len() {
            let way = ways[self.way % ways.len()];
            if let Some(socket) = Socket::to(way) {
                return Some((socket, way.over));
            }
            self.way = self.way.wrapping_add(1);
            // That took a while, in which nothing was heard of whoever hangs up.
            if way.over == Over::Tcp {
                break;
            }
        }
        None
    }

    /// What is due by the clock.
    fn send_due(&mut self) {
        let now = Instant::now();
        if !self.peer.is_connected() {
            (self.next_sound, self.next_picture) = (now, now);
            return;
        }
        while self.next_sound <= now {
            let next = match (&mut self.sound, self.muted) {
                // What is spoken meanwhile is over.
                (Some(sound), muted) => {
                    let spoken = sound.spoken();
                    self.sent.sound_of(if muted { &SILENCE } else { &spoken })
                }
                (None, true) => self.sent.sound_of(&SILENCE),
                (None, false) => self.sent.next_sound(),
            };
            if let Some(sound) = next
                && let Err(error) = self.peer.send_sound(&sound.data, sound.level, now)
            {
                tracing::debug!(%error, "sound was not sent");
            }
            self.next_sound = follow(self.next_sound, SOUND_MS, now);
        }
        let Some(film) = self.sent.film() else { return };
        let every = film.frame_ms();
        while self.next_picture <= now {
            let picture = film.next_picture();
            if let Err(error) = self.peer.send_picture(&picture.data, picture.key, now) {
                tracing::debug!(%error, "a picture was not sent");
            }
            self.next_picture = follow(self.next_picture, every, now);
        }
    }

    /// What a person is to hear by now, of everybody, and to know of what they hear it from.
    fn play_due(&mut self, tell: &impl Fn(CallNews)) {
        let Some(sound) = &mut self.sound else { return };
        let now = Instant::now();
        while self.next_heard <= now {
            if !self.everybody.tick() {
                sound.play(&bytes(&SILENCE));
            }
            if let Some(news) = sound.news(self.muted) {
                tell(news);
            }
            self.next_heard = follow(self.next_heard, SOUND_MS, now);
        }
        while let Some(heard) = self.everybody.next_heard() {
            sound.play(&heard);
        }
        sound.go_on();
    }

    /// The person gave their word, and the relay was reached: now there is something to speak into and to hear from.
    fn begin_sound(&mut self, now: Instant) {
        if self.is_person && self.sound.is_none() {
            self.sound = Some(Sound::begin());
            self.next_heard = now;
            self.everybody.listen();
        }
    }

    /// Carries out all that the peer wants; gives the time when it wants more.
    fn settle(&mut self, tell: &impl Fn(CallNews)) -> Result<Instant, String> {
        let now = Instant::now();
        loop {
            match self.peer.poll(now) {
                Polled::Send(transmit) => {
                    // To another of its addresses there is no way now.
                    if let Some(socket) = &mut self.socket
                        && socket.relay == transmit.destination
                    {
                        socket.send(&transmit.contents);
                    }
                }
                Polled::Frame { frame, missing } => {
                    self.heard = now;
                    self.everybody.hear(&frame, missing);
                }
                Polled::Connected => {
                    (self.was_connected, self.reached, self.heard) = (true, true, now);
                    self.begin_sound(now);
                    tell(CallNews::Connected);
                }
                Polled::KeyWanted => {
                    if let Some(film) = self.sent.film() {
                        film.to_key();
                    }
                }
                Polled::Lost => {
                    if !self.reached {
                        self.way = self.way.wrapping_add(1);
                    }
                    self.rejoin(tell)?;
                }
                Polled::Wait(until) => return Ok(until),
            }
        }
    }

    fn receive(&mut self, until: Instant) {
        let Some(socket) = &mut self.socket else { return };
        let now = Instant::now();
        let mut until = until.min(now + LOOK);
        if self.peer.is_connected() {
            until = until.min(self.next_sound);
        }
        if self.sound.is_some() {
            until = until.min(self.next_heard);
        }
        let wait = until.saturating_duration_since(now).max(Duration::from_micros(100));
        let (peer, relay, local) = (&mut self.peer, socket.relay, socket.local);
        let received = socket.receive(wait, |packet| peer.receive(relay, local, packet, Instant::now()));
        match received {
            Received::Some | Received::Nothing => {}
            // They come back, or are noticed as gone; not by asking without a pause.
            Received::Nobody => std::thread::park_timeout(LOOK),
            Received::Ended => self.peer.breaks(),
        }
    }

    /// The relay hears that this device goes.
    fn close(&mut self) {
        self.peer.close();
        let now = Instant::now();
        while let Polled::Send(transmit) = self.peer.poll(now) {
            if let Some(socket) = &mut self.socket {
                socket.send(&transmit.contents);
            }
        }
    }
}

fn follow(at: Instant, every_ms: u64, now: Instant) -> Instant {
    let next = at + Duration::from_millis(every_ms);
    if now.saturating_duration_since(next) > LATE { now } else { next }
}

fn keys(keys: CallKeys) -> Keys {
    let leaves = keys.leaves();
    Keys {
        epoch: keys.epoch,
        secret: keys.secret,
        others: keys.others,
        leaf: keys.leaf,
        leaves,
        removed: keys.removed,
    }
}
