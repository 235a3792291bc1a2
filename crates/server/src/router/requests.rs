//! Frames in: each becomes an op for delivery, an ask for the directory, or a refusal.

use bytes::Bytes;
use casemate_wire::PROTOCOL_VERSION;
use casemate_wire::frame::{BadFrame, parse_client};
use casemate_wire::limits::FOLLOWED_LOGS;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    Append, ClientFrame, Done, ErrorCode, FollowInbox, Hello, ServerFrame, UnfollowLog,
};
use prost::Message;

use super::connection::Goodbye;
use super::share::{Place, Waiting};
use super::terms::{ASK, OP, Terms, followed, terms};
use super::tickets::{Kind, Purpose, Ticket};
use super::{ConnectionId, Router};
use crate::delivery::{self, Op};
use crate::directory::Ask;
use crate::limits::{Peer, Rate};
use crate::refusal::Refusal;

/// Inboxes one connection may follow: one device has one.
const INBOXES: usize = 8;

/// Bytes of `Hello.software`.
const SOFTWARE_BYTES: usize = 64;

/// As entries are counted.
pub(super) fn kib(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX)
}

impl Router {
    /// A WebSocket message came.
    pub fn receive(&mut self, id: ConnectionId, bytes: Bytes, now_ms: i64) {
        match parse_client(bytes.clone()) {
            Ok(frame) => self.frame(id, frame, now_ms),
            Err(bad) => {
                self.counters.malformed += 1;
                let frame = match bad {
                    // The id is there, only the request is from a later version.
                    BadFrame::Unknown => ClientFrame::decode(bytes).map_or(0, |frame| frame.id),
                    BadFrame::TooLarge | BadFrame::Malformed => 0,
                };
                let refusal = match bad {
                    BadFrame::TooLarge => Refusal::too_large(bad.to_string()),
                    BadFrame::Malformed | BadFrame::Unknown => Refusal::invalid(bad.to_string()),
                };
                self.refuse(id, frame, refusal);
                if let Some(connection) = self.connection_mut(id) {
                    connection.hear(now_ms);
                    connection.strike();
                }
            }
        }
    }

    /// A message came that cannot be a frame: text.
    pub fn not_a_frame(&mut self, id: ConnectionId, now_ms: i64) {
        self.receive(id, Bytes::from_static(&[0xff]), now_ms);
    }

    /// A message began that is larger than any frame. Nothing can be read after it.
    pub fn oversized(&mut self, id: ConnectionId) {
        self.counters.malformed += 1;
        self.refuse(id, 0, Refusal::too_large(BadFrame::TooLarge.to_string()));
        if let Some(connection) = self.connection_mut(id) {
            // Before the hello even less is taken.
            let goodbye = if connection.greeted { Goodbye::TooLarge } else { Goodbye::NoHello };
            connection.goodbye.get_or_insert(goodbye);
        }
    }

    /// A frame came.
    pub fn frame(&mut self, id: ConnectionId, frame: ClientFrame, now_ms: i64) {
        self.counters.frames_in += 1;
        let Some(connection) = self.connection_mut(id) else { return };
        connection.hear(now_ms);
        let greeted = connection.greeted;
        let peer = connection.peer;
        let (number, Some(request)) = (frame.id, frame.request) else {
            return self.refuse(id, frame.id, Refusal::invalid(BadFrame::Unknown.to_string()));
        };
        if !greeted && !matches!(request, Request::Hello(_)) {
            self.refuse(id, number, Refusal::invalid("a connection begins with a hello"));
            if let Some(connection) = self.connection_mut(id) {
                connection.strike();
            }
            return;
        }
        let Terms { weight, rate, work, .. } = terms(&request);
        let rated = rate.map_or(Ok(()), |rate| self.buckets.take(peer, rate, now_ms));
        let rated = rated.and_then(|()| match work {
            0 => Ok(()),
            work => self.buckets.take_many(peer, Rate::Work, work, now_ms),
        });
        if let Err(refusal) = rated {
            return self.refuse(id, number, refusal);
        }
        if let Some(log) = followed(&request)
            && !self.follows(id, log)
        {
            // Whether there is such a log is not said: nobody here may ask.
            return self.refuse_op(id, number, delivery::Refusal::NotAllowed);
        }
        if let Request::CreateAccount(create) = &request
            && !create.invite.is_empty()
        {
            // It was counted as a look-up of the name, before anything was looked up; who joins gets that back.
            let purpose = Purpose::Join { now_ms };
            return self.ask(id, number, request, weight, purpose);
        }
        match request {
            Request::Hello(hello) => self.hello(id, number, hello, now_ms),
            Request::Ping(_) => self.answer(id, number, Body::Done(Done {})),
            Request::Append(append) => {
                if let Err(refusal) = self.may_write(peer, &append, now_ms) {
                    return self.refuse(id, number, refusal);
                }
                let follows = append.retry && self.follows(id, &append.log);
                let op = delivery::Append::parse(append)
                    .map(|append| delivery::Request::Append(delivery::Append { follows, ..append }));
                self.op(id, number, op, Purpose::Answer);
            }
            Request::FollowLog(follow) => {
                if self.connection(id).is_some_and(|connection| connection.logs.len() >= FOLLOWED_LOGS) {
                    let refusal = Refusal::too_large("a connection follows at most 100,000 conversations");
                    return self.refuse(id, number, refusal);
                }
                let op = delivery::Follow::parse(&follow).map(delivery::Request::Follow);
                self.op_of(id, number, op, Purpose::FollowLog, weight);
            }
            Request::UnfollowLog(unfollow) => self.unfollow(id, number, &unfollow),
            Request::AckLog(ack) => {
                let op = delivery::Ack::parse(&ack).map(delivery::Request::Ack);
                self.op(id, number, op, Purpose::Answer);
            }
            Request::ReplaceReader(replace) => {
                let op = delivery::ReplaceReader::parse(&replace).map(delivery::Request::ReplaceReader);
                self.op(id, number, op, Purpose::Answer);
            }
            Request::PutReceipt(put) => {
                let op = delivery::PutReceipt::parse(put).map(delivery::Request::PutReceipt);
                self.op(id, number, op, Purpose::Answer);
            }
            Request::FetchReceipts(fetch) => {
                let op = delivery::FetchReceipts::parse(&fetch).map(delivery::Request::FetchReceipts);
                self.op_of(id, number, op, Purpose::Answer, weight);
            }
            Request::CreateLog(create) => match delivery::CreateLog::parse(&create) {
                // Before its token is spent.
                Err(refusal) => self.refuse_op(id, number, refusal),
                Ok(_) => {
                    let purpose = Purpose::PayForLog(Box::new(create.clone()));
                    self.ask(id, number, Request::CreateLog(create), weight, purpose);
                }
            },
            Request::SendEphemeral(said) => self.ephemeral(id, number, said, now_ms),
            Request::SetWake(wanted) => self.set_wake(id, number, wanted, now_ms),
            Request::Wake(wanted) => self.wake_others(id, number, &wanted, now_ms),
            Request::FetchPushKeys(_) => self.push_keys(id, number),
            Request::RendezvousOffer(offer) => self.rendezvous_offer(id, number, offer, now_ms),
            Request::RendezvousFetch(wanted) => self.rendezvous_fetch(id, number, &wanted, now_ms),
            Request::RendezvousAnswer(answer) => self.rendezvous_answer(id, number, &answer, now_ms),
            Request::RendezvousEnd(wanted) => self.rendezvous_end(id, number, &wanted),
            Request::CallJoin(join) => self.call_join(id, number, join, now_ms),
            Request::CallWish(wish) => self.call_wish(id, number, wish),
            Request::CallLeave(leave) => self.call_leave(id, number, leave),
            Request::FollowInbox(follow) => self.follow_inbox(id, number, follow),
            Request::PostInbox(_) => self.ask(id, number, request, weight, Purpose::Answer),
            Request::CreateAccount(_)
            | Request::PublishManifest(_)
            | Request::FetchManifest(_)
            | Request::DeviceRequest(_)
            | Request::RecoverAccount(_)
            | Request::DeleteAccount(_)
            | Request::TakeKeyPackage(_)
            | Request::PutInboxTokens(_)
            | Request::RevokeInboxTokens(_)
            | Request::PostKnock(_)
            | Request::AckInbox(_)
            | Request::FetchHead(_)
            | Request::FetchHistory(_)
            | Request::CreateBlob(_) => self.ask(id, number, request, weight, Purpose::Answer),
        }
    }

    /// Whether an address may send as much, and the log take it.
    fn may_write(&mut self, peer: Peer, append: &Append, now_ms: i64) -> Result<(), Refusal> {
        if self.limits.lifted {
            return Ok(());
        }
        let kib = kib(append.payload.len());
        let log = self.written.log(&append.log);
        self.written.look(log, Rate::Log, kib, now_ms).map_err(|refusal| {
            let text = "this conversation takes no more for a while; it is tried again";
            Refusal::rate_limited(text, refusal.retry_after_ms)
        })?;
        self.buckets.take_many(peer, Rate::Written, kib, now_ms)
    }

    fn hello(&mut self, id: ConnectionId, number: u64, hello: Hello, now_ms: i64) {
        if hello.version != PROTOCOL_VERSION {
            let text = if hello.version > PROTOCOL_VERSION {
                "this server is older than your Casemate; its operator has to update it"
            } else {
                "this server needs a newer Casemate; update yours"
            };
            self.refuse(id, number, Refusal::new(ErrorCode::ErrorUnsupportedVersion, text));
            if let Some(connection) = self.connection_mut(id) {
                connection.goodbye.get_or_insert(Goodbye::Version);
            }
            return;
        }
        if hello.software.len() > SOFTWARE_BYTES {
            return self.refuse(id, number, Refusal::invalid("the software's name has at most 64 bytes"));
        }
        if let Some(connection) = self.connection_mut(id) {
            connection.greeted = true;
            connection.hear(now_ms);
        }
        self.ask(id, number, Request::Hello(hello), ASK, Purpose::Answer);
    }

    /// Whether this connection has shown a reader of the log, and follows.
    fn follows(&mut self, id: ConnectionId, log: &[u8]) -> bool {
        let slot = log.try_into().ok().and_then(|log| self.logs.find(&log));
        slot.is_some_and(|slot| self.logs.follower_mut(slot, id.slot).is_some())
    }

    fn unfollow(&mut self, id: ConnectionId, number: u64, unfollow: &UnfollowLog) {
        let Ok(log) = <[u8; 16]>::try_from(&unfollow.log[..]) else {
            return self.refuse(id, number, Refusal::invalid("a log id has 16 bytes"));
        };
        if let Some(slot) = self.logs.find(&log) {
            self.end_follow(id, Kind::Log, slot);
        }
        self.answer(id, number, Body::Done(Done {}));
    }

    fn follow_inbox(&mut self, id: ConnectionId, number: u64, follow: FollowInbox) {
        let Ok(inbox) = <[u8; 16]>::try_from(&follow.inbox[..]) else {
            return self.refuse(id, number, Refusal::invalid("an inbox id has 16 bytes"));
        };
        if self.connection(id).is_some_and(|connection| connection.inboxes.len() >= INBOXES) {
            return self.refuse(id, number, Refusal::too_large("a connection follows at most 8 inboxes"));
        }
        let purpose = Purpose::FollowInbox { inbox, after: follow.after };
        self.ask(id, number, Request::FollowInbox(follow), ASK, purpose);
    }

    fn op(
        &mut self,
        id: ConnectionId,
        number: u64,
        request: Result<delivery::Request, delivery::Refusal>,
        purpose: Purpose,
    ) {
        self.op_of(id, number, request, purpose, OP);
    }

    fn op_of(
        &mut self,
        id: ConnectionId,
        number: u64,
        request: Result<delivery::Request, delivery::Refusal>,
        purpose: Purpose,
        weight: u16,
    ) {
        match request {
            Ok(request) => {
                let tag = self.ticket(id, number, weight, purpose);
                self.out.ops.push(Op { tag, request });
            }
            Err(refusal) => self.refuse_op(id, number, refusal),
        }
    }

    /// Asks delivery.
    pub(super) fn submit(
        &mut self,
        id: ConnectionId,
        number: u64,
        request: delivery::Request,
        purpose: Purpose,
    ) {
        self.op(id, number, Ok(request), purpose);
    }

    fn ask(&mut self, id: ConnectionId, number: u64, request: Request, weight: u16, purpose: Purpose) {
        let (work, bytes) = (terms(&request).work, request.encoded_len());
        let ask = Ask::Client { request, challenge: self.challenge(id) };
        self.ask_for(id, number, ask, weight, (work, bytes), purpose);
    }

    /// Asks the directory, where there is room for what it costs.
    pub(super) fn ask_for(
        &mut self,
        id: ConnectionId,
        number: u64,
        ask: Ask,
        weight: u16,
        (work, bytes): (u32, usize),
        purpose: Purpose,
    ) {
        let peer = self.connection(id).map(|connection| connection.peer);
        let peer = peer.filter(|peer| !self.local.contains(peer));
        let what = Waiting { asks: 1, bytes: bytes as u64, work };
        match self.shares.take(peer, what, self.limits.lifted) {
            Ok(place) => {
                let tag = self.ticket_at(id, number, weight, purpose, Some(place));
                self.out.asks.push((tag, ask));
            }
            Err(refusal) => self.refuse(id, number, refusal),
        }
    }

    pub(super) fn ticket(&mut self, id: ConnectionId, number: u64, weight: u16, purpose: Purpose) -> u64 {
        self.ticket_at(id, number, weight, purpose, None)
    }

    fn ticket_at(
        &mut self,
        id: ConnectionId,
        number: u64,
        weight: u16,
        purpose: Purpose,
        place: Option<Place>,
    ) -> u64 {
        if let Some(connection) = self.connection_mut(id) {
            connection.under_way = connection.under_way.saturating_add(weight);
        }
        self.tickets.insert(Ticket { connection: id, frame: number, weight, purpose, place })
    }

    /// Answers a request.
    pub(super) fn answer(&mut self, id: ConnectionId, number: u64, body: Body) {
        let frame = ServerFrame { id: number, body: Some(body) }.encode_to_vec();
        self.send(id, frame.into());
    }

    /// Refuses a request.
    pub(super) fn refuse(&mut self, id: ConnectionId, number: u64, refusal: Refusal) {
        self.counters.refused += 1;
        self.answer(id, number, refusal.into_body());
    }

    /// Refuses a request as delivery does.
    pub(super) fn refuse_op(&mut self, id: ConnectionId, number: u64, refusal: delivery::Refusal) {
        self.counters.refused += 1;
        self.answer(id, number, Body::Error(refusal.to_wire()));
    }
}
