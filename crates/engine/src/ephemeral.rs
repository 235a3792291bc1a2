//! What matters only now goes past the log: sealed for the members of this epoch, handed on by the server to whoever is
//! connected, kept by nobody. A lost one is no loss, so nothing here is repeated, receipted or shown as an error.
//!
//! Whoever may send one is a member already, and only what an accepted conversation brings is looked at: a stranger
//! can neither send these nor cause one ([`crate::typing`], [`crate::presence`] and [`crate::call`] say when they are sent).

use casemate_content::proto as content;
use casemate_content::proto::ephemeral::Kind as EphemeralKind;
use casemate_wire::ids::LogId;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::{Ephemeral, SendEphemeral};
use prost::Message as _;

use crate::connection::Awaiting;
use crate::core::{Ctx, Done, Fail};
use crate::log::State;
use crate::thread::{Standing, Thread};

/// What is older is dropped, and what comes from further ahead: clocks differ, networks wait. A server that repeats
/// one can do so for this long.
const FRESH_MS: i64 = 20_000;

/// Ephemera of others that one page of a chat list could show: beyond, nobody is told.
pub const LOGS_SHOWN: usize = 500;

impl Ctx<'_> {
    /// Tells those who are there now. Where this device is not connected, or has not caught up, nobody is told.
    pub fn send_ephemeral(&mut self, log: LogId, kind: EphemeralKind) -> Done<()> {
        if !self.online() || !self.core.session.followed.contains_key(&log) {
            return Ok(());
        }
        if self.log_row(log)?.is_none_or(|row| row.state != State::Live) {
            return Ok(());
        }
        let said = content::Ephemeral { at_ms: self.server_now(), kind: Some(kind) }.encode_to_vec();
        let nonce = self.random();
        let sealed = self.with_group(log, |group, _, me| group.seal_ephemeral(&me.identity, nonce, &said))?;
        let request = SendEphemeral { log: log.into(), sealed: sealed.into() };
        self.send(Request::SendEphemeral(request), Awaiting::Ignored);
        Ok(())
    }

    /// Somebody is there. Whatever is wrong with it, it is dropped without a word.
    pub fn ephemeral_received(&mut self, heard: &Ephemeral) -> Done<()> {
        let log = LogId::try_from(&heard.log[..]).map_err(|_| Fail::Server("a malformed log id"))?;
        if !self.core.session.followed.contains_key(&log) {
            return Ok(());
        }
        let Some(row) = self.log_row(log)?.filter(|row| row.state == State::Live) else { return Ok(()) };
        let Some(thread) = self.thread_by_id(row.thread)? else { return Ok(()) };
        if thread.standing != Standing::Active || thread.active_log != Some(log) {
            return Ok(());
        }
        // Of another epoch, or nobody's: an error here would be the server's to cause.
        let opened = self.with_group(log, |group, _, _| Ok(group.open_ephemeral(&heard.sealed).ok()))?;
        let Some((sender, said)) = opened else { return Ok(()) };
        let Ok(said) = content::Ephemeral::decode(&said[..]) else { return Ok(()) };
        let age = self.server_now().saturating_sub(said.at_ms);
        // Of own other devices only who is in which call matters here.
        let is_own = sender.account == self.me()?.account();
        if !(-FRESH_MS..=FRESH_MS).contains(&age)
            || is_own && !matches!(said.kind, Some(EphemeralKind::CallHere(_)))
        {
            return Ok(());
        }
        if self.person(sender.account)?.is_some_and(|person| person.blocked) {
            return Ok(());
        }
        match said.kind {
            Some(EphemeralKind::Typing(typing)) => self.typing_received(&thread, sender.account, typing.on),
            Some(EphemeralKind::Presence(presence)) => {
                self.presence_received(&thread, sender.account, sender.device, &presence)
            }
            Some(EphemeralKind::CallSigns(signs)) => self.signs_received(&thread, &sender, &signs),
            Some(EphemeralKind::CallHere(here)) => self.here_received(&thread, &sender, &here),
            Some(EphemeralKind::Arrived(mut arrived)) => {
                if !self.is_seen_here(&row, arrived.entry, &arrived.hash)? {
                    return Ok(());
                }
                arrived.missed.extend(self.unseen(log, (sender.account, sender.device))?);
                let receipt = content::Receipt {
                    delivered: arrived.entry,
                    refused: arrived.refused,
                    since: arrived.since,
                    missed: arrived.missed,
                    ..Default::default()
                };
                self.receipt_received(&row, sender.account, &receipt, said.at_ms)
            }
            None => Ok(()),
        }
    }

    /// The log of a conversation in which something may be told now: accepted, and the other one not blocked.
    pub fn tellable(&self, thread: &Thread) -> Done<Option<LogId>> {
        if thread.standing != Standing::Active {
            return Ok(None);
        }
        if let Some(other) = thread.pair {
            let contact = self.person(other)?.is_some_and(|person| {
                person.standing == crate::contact::Standing::Contact && !person.blocked
            });
            if !contact {
                return Ok(None);
            }
        }
        Ok(thread.active_log)
    }

    /// What is shown for a while only, and its while is over; and what is to be said by now.
    pub fn work_live(&mut self) -> Done<()> {
        self.typing_over()?;
        self.tell_arrived()?;
        self.say_here()?;
        self.ask_no_longer()?;
        self.work_presence()
    }

    /// When [`Self::work_live`] has something to do.
    pub fn next_live(&self) -> Option<i64> {
        let calls = self.next_here();
        [self.next_typing(), self.next_arrived(), calls, self.next_presence()].into_iter().flatten().min()
    }
}
