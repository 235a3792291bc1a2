//! Answers of directory and delivery, on their way to whoever asked and whoever follows.

use casemate_wire::ids::InboxId;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{self, Done, ErrorCode, InboxItem, InboxItems, LogClosed, ServerFrame};
use prost::Message;

use super::tickets::{Kind, Purpose, Ticket};
use super::{Goodbye, Router};
use crate::delivery::{self, Appended, Outcome as Delivered, ReaderTag};
use crate::directory::{self, Effect, Outcome};
use crate::limits::Rate;
use crate::push::rows::Place;
use crate::refusal::Refusal;

impl Router {
    /// Delivery has carried an op out.
    pub fn delivered(&mut self, outcome: Delivered) {
        let ticket = self.take_ticket(outcome.tag);
        match outcome.result {
            Ok(answer) => self.delivery_answer(ticket, answer),
            Err(refusal) => self.delivery_refusal(ticket, refusal),
        }
    }

    fn delivery_answer(&mut self, ticket: Option<Ticket>, answer: delivery::Answer) {
        // First those whom it concerns though the asker may be gone.
        let body = match answer {
            delivery::Answer::Appended(appended) => {
                let body = Body::Appended(wire::Appended { entry: appended.entry, at_ms: appended.at_ms });
                self.appended(appended);
                body
            }
            delivery::Answer::Replaced { log, old, new } => {
                if let Some(slot) = self.logs.find(&log.0) {
                    self.logs.retag(slot, self.tagger.short(&old), self.tagger.short(&new));
                }
                self.move_wake(log.0, old, new);
                Body::Done(Done {})
            }
            delivery::Answer::Repeated { entry, at_ms } => Body::Appended(wire::Appended { entry, at_ms }),
            delivery::Answer::Created | delivery::Answer::Acknowledged => Body::Done(Done {}),
            delivery::Answer::Receipts(receipts) => Body::Receipts(receipts),
            delivery::Answer::Reader(reader) => {
                if let Some(Ticket { connection, frame, purpose: Purpose::SetWake { log, sealed }, .. }) =
                    ticket
                {
                    self.wake_is(connection, frame, Place { log, reader }, sealed);
                }
                return;
            }
            delivery::Answer::Following(following) => {
                let Some(ticket) = ticket else { return };
                let (head, first) = (following.head, following.first);
                self.answer(
                    ticket.connection,
                    ticket.frame,
                    Body::Following(wire::Following { head, first, commit: None }),
                );
                let id = following.log.0;
                self.wake_reader_came(Place { log: id, reader: following.reader });
                self.begin_follow(
                    ticket.connection,
                    Kind::Log,
                    id,
                    self.tagger.short(&following.reader),
                    first.saturating_sub(1),
                    head,
                );
                return;
            }
            delivery::Answer::Dropped { by: head, commit } => {
                let (first, commit) = (commit.entry, Some(delivery::log_entry(commit)));
                Body::Following(wire::Following { head, first, commit })
            }
            delivery::Answer::Page(page) => {
                if let Some(Ticket { connection, purpose: Purpose::Page { kind, slot, serial }, .. }) = ticket
                {
                    self.page(connection, kind, slot, serial, page.frame, page.last, page.head);
                }
                return;
            }
        };
        if let Some(ticket) = ticket {
            self.answer(ticket.connection, ticket.frame, body);
        }
    }

    fn delivery_refusal(&mut self, ticket: Option<Ticket>, refusal: delivery::Refusal) {
        let Some(ticket) = ticket else { return };
        match ticket.purpose {
            Purpose::Page { kind, slot, serial } => {
                let passes = matches!(refusal, delivery::Refusal::Internal | delivery::Refusal::StorageFull);
                self.page_failed(ticket.connection, kind, slot, serial, passes);
            }
            _ => self.refuse_op(ticket.connection, ticket.frame, refusal),
        }
    }

    /// A new entry: those whom it drops hear that first and nothing after, then all who follow get it.
    fn appended(&mut self, appended: Appended) {
        self.counters.appended += 1;
        if !self.limits.lifted {
            // Of what was taken: who may not write uses nothing up.
            let log = self.written.log(&appended.log.0);
            self.written.note(log, Rate::Log, super::requests::kib(appended.frame.len()), appended.at_ms);
        }
        self.unwake(appended.log.0, &appended.dropped);
        let Some(slot) = self.logs.find(&appended.log.0) else { return };
        if !appended.dropped.is_empty() {
            self.drop_readers(slot, appended.log.0, &appended.dropped);
        }
        // They may have been the only ones.
        if self.logs.find(&appended.log.0) == Some(slot) {
            self.push(Kind::Log, slot, appended.entry, &appended.frame);
        }
    }

    fn drop_readers(&mut self, slot: u32, log: [u8; 16], dropped: &[ReaderTag]) {
        let mut dropped: Vec<u32> = dropped.iter().map(|reader| self.tagger.short(reader)).collect();
        dropped.sort_unstable();
        let followers = self.logs.followers(slot);
        let closed: Vec<u32> = followers
            .filter(|follower| dropped.binary_search(&follower.tag).is_ok())
            .map(|follower| follower.connection())
            .collect();
        for connection in closed {
            let Some(id) = self.id_of(connection) else { continue };
            self.end_follow(id, Kind::Log, slot);
            self.answer(id, 0, Body::LogClosed(LogClosed { log: log.to_vec().into() }));
        }
    }

    /// Nobody may follow an inbox any more. All else that its followers follow ends with it; who may still read something comes again.
    pub fn close_inbox(&mut self, inbox: InboxId, refusal: &Refusal, goodbye: Goodbye) {
        let Some(slot) = self.inboxes.find(&inbox.0) else { return };
        for id in self.end_all_follows(Kind::Inbox, slot) {
            self.refuse(id, 0, refusal.clone());
            if let Some(connection) = self.connection_mut(id) {
                connection.goodbye.get_or_insert(goodbye);
            }
        }
    }

    /// The directory has answered.
    pub fn answered(&mut self, tag: u64, answer: directory::Answer) {
        for effect in answer.effects {
            match effect {
                Effect::Posted { inbox, item } => self.posted(inbox.0, item),
                Effect::InboxClosed(inbox) => {
                    let refusal = Refusal::not_allowed("this device does not belong to the account any more");
                    self.close_inbox(inbox, &refusal, Goodbye::Removed);
                }
            }
        }
        let Some(ticket) = self.take_ticket(tag) else { return };
        match (answer.result, ticket.purpose) {
            (Ok(Outcome::Page { items, more }), Purpose::Page { slot, serial, .. }) => {
                let id = ticket.connection;
                let Some((inbox, cursor)) = self.behind_at(id, Kind::Inbox, slot, serial) else { return };
                let last = items.last().map_or(cursor, |item| item.number);
                let frame = if items.is_empty() { Vec::new() } else { items_frame(inbox, items) };
                // Without more, this is the newest: later posts are effects of later answers.
                let head = if more { u64::MAX } else { last };
                self.page(id, Kind::Inbox, slot, serial, frame.into(), last, head);
            }
            (Err(refusal), Purpose::Page { kind, slot, serial }) => {
                let passes = matches!(refusal.code, ErrorCode::ErrorInternal | ErrorCode::ErrorStorageFull);
                self.page_failed(ticket.connection, kind, slot, serial, passes);
            }
            (Ok(Outcome::Body(Body::Done(_))), Purpose::PayForLog(create)) => {
                match delivery::CreateLog::parse(&create) {
                    Ok(create) => self.submit(
                        ticket.connection,
                        ticket.frame,
                        delivery::Request::CreateLog(create),
                        Purpose::Answer,
                    ),
                    Err(refusal) => self.refuse_op(ticket.connection, ticket.frame, refusal),
                }
            }
            (Ok(Outcome::Body(Body::Done(_))), Purpose::EnterCall { join, account, holder, now_ms }) => {
                self.enter_call(ticket.connection, ticket.frame, *join, (account, holder), now_ms);
            }
            (Ok(Outcome::Body(body)), Purpose::FollowInbox { inbox, after }) => {
                self.answer(ticket.connection, ticket.frame, body);
                self.begin_follow(ticket.connection, Kind::Inbox, inbox, 0, after, u64::MAX);
            }
            (Ok(Outcome::Body(Body::Hello(mut hello))), _) => {
                hello.no_calls = !self.calls.has_relays();
                hello.receipts = true;
                self.answer(ticket.connection, ticket.frame, Body::Hello(hello));
            }
            (Ok(Outcome::Body(body)), Purpose::Join { now_ms }) => {
                if let Some(peer) = self.connection(ticket.connection).map(|connection| connection.peer) {
                    self.buckets.give_back(peer, Rate::Lookup, now_ms);
                }
                self.answer(ticket.connection, ticket.frame, body);
            }
            (Ok(Outcome::Body(body)), _) => {
                if matches!(body, Body::Error(_)) {
                    self.counters.refused += 1;
                }
                self.answer(ticket.connection, ticket.frame, body);
            }
            (Ok(Outcome::Page { .. }), _) => {}
            (Err(refusal), _) => self.refuse(ticket.connection, ticket.frame, refusal),
        }
    }

    fn posted(&mut self, inbox: [u8; 16], item: InboxItem) {
        if let Some(slot) = self.inboxes.find(&inbox) {
            let number = item.number;
            self.push(Kind::Inbox, slot, number, &items_frame(inbox, vec![item]).into());
        }
    }

    pub(super) fn take_ticket(&mut self, tag: u64) -> Option<Ticket> {
        let ticket = self.tickets.take(tag)?;
        if let Some(place) = ticket.place {
            self.shares.give_back(place);
        }
        let id = ticket.connection;
        let connection = self.connection_mut(id)?;
        connection.under_way = connection.under_way.saturating_sub(ticket.weight);
        self.read_again_if_paused(id);
        Some(ticket)
    }
}

fn items_frame(inbox: [u8; 16], items: Vec<InboxItem>) -> Vec<u8> {
    let body = Body::InboxItems(InboxItems { inbox: inbox.to_vec().into(), items });
    ServerFrame { id: 0, body: Some(body) }.encode_to_vec()
}
