//! Between this device's media, which the driver makes and holds, and the server, through which it joins a room of a
//! relay. The relay's room follows from what members alone know; the keys of frames from the epoch's secret.

use std::collections::BTreeSet;

use casemate_api::Event;
use casemate_api::command::CallStart;
use casemate_crypto::call::{CallSecret, leaf_of};
use casemate_wire::call::turn_servers;
use casemate_wire::ids::{AccountId, CallId, DeviceId, Hash32, LogId, ParticipantSecret, RoomSecret};
use casemate_wire::limits::{CALL_SDP_BYTES, CALL_WISHES};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{self, CallJoin, CallLeave, Error as WireError};

use super::code::pictures;
use super::here::{Here, Unheard};
use super::listeners::Listening;
use super::permit::MediaPermit;
use super::row::Call;
use super::signs::Signs;
use super::spoken::Own;
use super::state::{Happens, State};
use crate::connection::{Awaiting, is_passing, refusal, retry_after};
use crate::core::{Ctx, Done, Fail};
use crate::io::{CallAnswer, CallNews, CallWish, Output};

/// Label of a room's name.
const ROOM_LABEL: &[u8] = b"casemate/call-room/v1";

/// Joinings of one call that are tried in a row before it is given up, of relays that do not answer though the server names them.
const TRIES: u32 = 12;

/// For so long the server may say that there is no relay at this moment: one that is started again, with its machine.
const NO_RELAY_MS: i64 = 60_000;

/// What was wished and refused is wished again after so long.
const WISH_AGAIN_MS: i64 = 1_000;

/// What asked to join and was not answered in so long may have gone nowhere: the connection is doubted.
const UNANSWERED_MS: i64 = 2_500;

/// What a driver needs to begin: and that it may.
#[derive(Debug)]
pub struct OpenCall {
    /// The person's word.
    pub permit: MediaPermit,
    /// With pictures.
    pub video: bool,
    /// What to send (`call.start`, `call.answer`).
    pub send: Option<String>,
    /// Random, in the KID of every frame that this device sends.
    pub joining: u32,
    /// The first.
    pub keys: CallKeys,
}

/// The keys of an epoch, and whose they are.
#[derive(Debug)]
pub struct CallKeys {
    /// The conversation's.
    pub epoch: u64,
    /// From it follow the keys of this device's frames.
    pub secret: CallSecret,
    /// From these follow the keys of others' frames, besides that.
    pub others: Vec<CallSecret>,
    /// This device's place.
    pub leaf: u16,
    /// All devices of the conversation.
    pub members: Vec<CallMember>,
    /// Somebody was removed: what was sent before counts no longer.
    pub removed: bool,
}

impl CallKeys {
    /// The places that anybody has.
    pub fn leaves(&self) -> BTreeSet<u16> {
        self.members.iter().map(|member| member.leaf).collect()
    }
}

/// A device that a frame may come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallMember {
    /// Its place in the group.
    pub leaf: u16,
    /// Its account's address.
    pub address: String,
    /// Its account.
    pub account: AccountId,
    /// Its id.
    pub device: DeviceId,
}

/// What this run knows of a call that was taken here.
pub struct Media {
    pub participant: ParticipantSecret,
    joining: u32,
    video: bool,
    send: Option<String>,
    /// The person's command, where it was begun here.
    pub begun_with: Option<CallStart>,
    /// The entry by which this device answered; [`u64::MAX`] until it is there. None where it began the call or came back to it.
    pub answered: Option<u64>,
    /// Waits to be asked with, or for its answer.
    offer: Option<String>,
    asked: bool,
    /// When the question counts as lost.
    unanswered_ms: Option<i64>,
    /// The relay was joined before, or was to be.
    rejoins: bool,
    tries: u32,
    /// When the server first said that there is no relay.
    no_relay_ms: Option<i64>,
    again_ms: Option<i64>,
    /// Which pictures are to come, as was said last; `None`: nothing was.
    wishes: Option<Vec<CallWish>>,
    wish_again_ms: Option<i64>,
    /// Who gets what this device sends, and who is there without a word.
    pub listening: Listening,
    /// When it says again that it is in the call.
    pub here: Here,
    /// Who said that they decline. A group's members are as many at most.
    pub declined: BTreeSet<AccountId>,
    /// Nothing is heard of the other one.
    pub unheard: Option<Unheard>,
    /// What this device shows, once the person said so.
    pub signs: Option<Signs>,
    /// The epoch as pictures.
    pub code: Vec<String>,
    /// What this device says for the keys of its frames.
    pub spoken: Own,
}

impl Media {
    pub fn new(
        participant: ParticipantSecret,
        joining: u32,
        video: bool,
        send: Option<String>,
        here: Here,
        spoken: Own,
    ) -> Self {
        Self {
            participant,
            joining,
            video,
            send,
            begun_with: None,
            answered: None,
            offer: None,
            asked: false,
            unanswered_ms: None,
            rejoins: false,
            tries: 0,
            no_relay_ms: None,
            again_ms: None,
            wishes: None,
            wish_again_ms: None,
            listening: Listening::default(),
            here,
            declined: BTreeSet::new(),
            unheard: None,
            signs: None,
            code: Vec::new(),
            spoken,
        }
    }

    /// A device came into the call, or came again, as a participant that the relay was told no wish of.
    pub fn came(&mut self, device: DeviceId, now_ms: i64) {
        if self.wishes.iter().flatten().any(|wish| wish.device == device) {
            self.wish_again_ms = Some(now_ms);
        }
    }

    /// The relay is to be told something, and may not have heard it.
    fn has_wishes(&self) -> bool {
        self.wishes.as_ref().is_some_and(|wishes| !wishes.is_empty()) || self.listening.keeps == Some(true)
    }

    /// Somebody may not have heard what this device shows.
    pub fn owe_signs(&mut self) {
        if let Some(signs) = &mut self.signs {
            signs.owed = true;
        }
    }

    /// The server says that there is no relay at this moment: that is no try, but does not go on for ever.
    fn has_patience(&mut self, now_ms: i64) -> bool {
        self.tries = self.tries.saturating_sub(1);
        now_ms.saturating_sub(*self.no_relay_ms.get_or_insert(now_ms)) < NO_RELAY_MS
    }
}

impl Ctx<'_> {
    pub(super) fn open_media(&mut self, call: &Call, permit: MediaPermit) -> Done<()> {
        let keys = self.call_keys(call, false)?;
        let me = self.me()?;
        let (account, device) = (me.account(), me.identity.device);
        let Some(media) = self.core.calls.media.get(&call.id) else { return Ok(()) };
        let (participant, joining, video) = (media.participant.id(), media.joining, media.video);
        let send = media.send.clone();
        self.device_joined(call.id, account, device, participant)?;
        self.out.push(Output::CallOpen(OpenCall { permit, video, send, joining, keys }));
        Ok(())
    }

    pub(super) fn close_media(&mut self, call: &Call) -> Done<()> {
        let me = self.me()?;
        let (account, device) = (me.account(), me.identity.device);
        self.device_left(call.id, account, device)?;
        self.out.push(Output::CallClose { call: call.id });
        if let Some(media) = self.core.calls.media.remove(&call.id)
            && self.online()
        {
            let room = room(call.log, call.named).to_field();
            let leave = CallLeave { room, participant: media.participant.to_field() };
            self.send(Request::CallLeave(leave), Awaiting::Ignored);
        }
        Ok(())
    }

    /// The epoch is another one.
    pub(super) fn new_keys(&mut self, call: &Call, removed: bool) -> Done<()> {
        let keys = self.call_keys(call, removed)?;
        self.out.push(Output::CallKeys { call: call.id, keys });
        self.call_changed(call)
    }

    fn call_keys(&mut self, call: &Call, removed: bool) -> Done<CallKeys> {
        let (id, named) = (call.id, call.named);
        let (epoch, leaf, secret, knows, code, leaves) = self.with_group(call.log, |group, _, _| {
            let leaf = leaf_of(group.own_leaf())?;
            let (secret, knows) = (group.call_secret(named)?, group.all_know_call_secrets());
            Ok((group.epoch(), leaf, secret, knows, group.call_code(named)?, group.members()))
        })?;
        let (secret, others) = self.spoken_keys(id, secret, knows)?;
        if let Some(media) = self.core.calls.media.get_mut(&id) {
            media.code = pictures(&code);
        }
        let mut members = Vec::with_capacity(leaves.len());
        for info in leaves {
            let (leaf, address) = (leaf_of(info.leaf)?, self.address_of(info.account)?);
            members.push(CallMember { leaf, address, account: info.account, device: info.device });
        }
        Ok(CallKeys { epoch, secret, others, leaf, members, removed })
    }

    /// What the driver says of media that it was allowed to make.
    pub fn call_news(&mut self, id: CallId, news: CallNews) -> Done<()> {
        let Some(call) = self.find_call(id)?.filter(|call| matches!(call.state, State::In { .. })) else {
            return Ok(());
        };
        let Some(media) = self.core.calls.media.get_mut(&id) else { return Ok(()) };
        match news {
            CallNews::Offer { .. } if media.tries >= TRIES => {
                self.call_failed(call, "the relay that calls go through cannot be reached")
            }
            CallNews::Offer { sdp } if sdp.len() <= CALL_SDP_BYTES => {
                (media.offer, media.asked, media.again_ms) = (Some(sdp), false, None);
                // Media that are lost say it before the connection does.
                if std::mem::replace(&mut media.rejoins, true) {
                    self.doubt_connection();
                }
                self.ask_to_join(&call)
            }
            CallNews::Offer { .. } => self.call_failed(call, "this device offers more than a call has"),
            CallNews::Connected => {
                (media.tries, media.no_relay_ms) = (0, None);
                Ok(())
            }
            CallNews::Unheard => self.unheard(call),
            CallNews::Wishes(mut wishes) => {
                wishes.truncate(CALL_WISHES);
                media.wishes = Some(wishes);
                self.wish(&call)
            }
            CallNews::Sound { microphone, loudspeaker, muted } => {
                let call = id.to_hex();
                self.event(Event::CallSound { call, microphone, loudspeaker, muted });
                Ok(())
            }
            CallNews::PageGone => self.happens(call, Happens::Restarted),
            CallNews::Failed { why } => self.call_failed(call, &why),
        }
    }

    /// Tells the relay which pictures are to come; of devices that are not in the call, none. And who gets what this device sends.
    pub(super) fn wish(&mut self, call: &Call) -> Done<()> {
        let known = self.call_devices(call.id)?;
        let (allowed, online) = (self.allowed_in(call.id)?, self.online());
        let Some(media) = self.core.calls.media.get_mut(&call.id) else { return Ok(()) };
        media.wish_again_ms = None;
        let participant = media.participant.to_field();
        let mut wishes: Vec<wire::Wish> = Vec::new();
        for wish in media.wishes.iter().flatten() {
            // Others may have chosen the same device id: nobody's picture is kept away by that.
            for (.., source) in known.iter().filter(|(_, device, _)| *device == wish.device) {
                let source = bytes::Bytes::from(source.0.to_vec());
                if wishes.iter().any(|known| known.source == source && known.screen == wish.screen) {
                    continue;
                }
                wishes.push(wire::Wish { source, height: wish.height, screen: wish.screen });
            }
        }
        if online {
            let only_allowed = media.wishes.is_none();
            let is_kept = media.listening.keeps == Some(true);
            let said = is_kept.then(|| allowed.to_wire());
            if is_kept {
                media.listening.allowed = Some(allowed);
            }
            let room = room(call.log, call.named).to_field();
            let wish = wire::CallWish { room, participant, wishes, allowed: said, only_allowed };
            self.send(Request::CallWish(wish), Awaiting::CallWished(call.id));
        }
        Ok(())
    }

    /// A relay that cannot be asked now may be asked soon; one that knows nothing of this device is about to be joined.
    pub fn call_wished(&mut self, id: CallId, result: Result<Body, WireError>) -> Done<()> {
        let now_ms = self.now_ms;
        if let Some(media) = self.core.calls.media.get_mut(&id)
            && result.is_err_and(|error| is_passing(&error))
        {
            media.wish_again_ms = Some(now_ms.saturating_add(WISH_AGAIN_MS));
        }
        Ok(())
    }

    /// Asks the server for a place in the room, if there is something to ask with.
    fn ask_to_join(&mut self, call: &Call) -> Done<()> {
        if !self.online() {
            return Ok(());
        }
        let allowed = self.allowed_in(call.id)?;
        let Some(media) = self.core.calls.media.get_mut(&call.id) else { return Ok(()) };
        let Some(offer) = media.offer.clone().filter(|_| !media.asked && media.again_ms.is_none()) else {
            return Ok(());
        };
        media.asked = true;
        let said = Some(allowed.to_wire());
        media.listening.allowed = Some(allowed);
        media.unanswered_ms = Some(self.now_ms.saturating_add(UNANSWERED_MS));
        media.tries += 1;
        let participant = media.participant.to_field();
        let proof = Some(self.device_request(None)?);
        let room = room(call.log, call.named).to_field();
        let join = CallJoin { proof, room, participant, offer, allowed: said };
        self.send(Request::CallJoin(join), Awaiting::CallJoined(call.id));
        Ok(())
    }

    /// The server's answer.
    pub fn call_joined(&mut self, id: CallId, result: Result<Body, WireError>) -> Done<()> {
        let Some(call) = self.find_call(id)?.filter(|call| matches!(call.state, State::In { .. })) else {
            return Ok(());
        };
        let now_ms = self.now_ms;
        let Some(media) = self.core.calls.media.get_mut(&id) else { return Ok(()) };
        (media.asked, media.unanswered_ms) = (false, None);
        match result {
            Ok(Body::CallJoined(joined)) => {
                if joined.answer.len() > CALL_SDP_BYTES {
                    return Err(Fail::Server("an answer that is too long"));
                }
                (media.offer, media.no_relay_ms) = (None, None);
                media.listening.keeps = Some(joined.keeps_allowed);
                // It knows of no wishes yet.
                if media.wishes.as_ref().is_some_and(|wishes| !wishes.is_empty()) {
                    media.wish_again_ms = Some(now_ms.saturating_add(WISH_AGAIN_MS));
                }
                let answer = CallAnswer { sdp: joined.answer, turn: turn_servers(joined.turn) };
                self.out.push(Output::CallJoined { call: id, answer });
                self.look_who_listens(id)
            }
            Ok(_) => Err(Fail::Server("a wrong answer to a call")),
            Err(error) if is_passing(&error) && media.has_patience(now_ms) => {
                media.again_ms = Some(now_ms.saturating_add(retry_after(&error).min(10_000)));
                Ok(())
            }
            Err(error) => {
                let why = refusal(&error).message;
                self.call_failed(call, &why)
            }
        }
    }

    /// After the greeting: what was asked on the connection before is not answered any more.
    pub fn calls_again(&mut self) -> Done<()> {
        for media in self.core.calls.media.values_mut() {
            (media.asked, media.unanswered_ms, media.again_ms) = (false, None, None);
            // What was wished meanwhile was heard by nobody.
            media.wish_again_ms = media.has_wishes().then_some(self.now_ms);
        }
        self.ask_for_all()
    }

    /// Those whose time to be asked for again has come.
    pub fn calls_retry(&mut self) -> Done<()> {
        let (now, from) = (self.now_ms, self.doubtful_from());
        let (mut doubtful, mut wished) = (false, Vec::new());
        for (id, media) in &mut self.core.calls.media {
            media.again_ms = media.again_ms.filter(|again| *again > now);
            let is_due = media.unanswered_ms.is_some_and(|until| until <= now);
            if is_due && from > now {
                media.unanswered_ms = Some(from);
            } else if is_due {
                (media.unanswered_ms, doubtful) = (None, true);
            }
            // Also while there is no connection: after the next one it is wished again anyway.
            if media.wish_again_ms.take_if(|again| *again <= now).is_some() {
                wished.push(*id);
            }
        }
        if doubtful {
            self.doubt_connection();
        }
        self.ask_for_all()?;
        self.listeners_due()?;
        for id in wished {
            if let Some(call) = self.find_call(id)? {
                self.wish(&call)?;
            }
        }
        Ok(())
    }

    pub fn next_call_retry(&self) -> Option<i64> {
        let all = self.core.calls.media.values();
        let due = |media: &Media| {
            [media.again_ms, media.unanswered_ms, media.wish_again_ms, media.listening.due_ms()]
        };
        all.flat_map(due).flatten().min()
    }

    fn ask_for_all(&mut self) -> Done<()> {
        if self.core.calls.media.is_empty() {
            return Ok(());
        }
        for call in self.calls_taken()? {
            self.ask_to_join(&call)?;
        }
        Ok(())
    }

    pub(super) fn call_failed(&mut self, call: Call, why: &str) -> Done<()> {
        let conversation = self.thread_key(call.thread)?.unwrap_or_default();
        let id = call.id;
        self.becomes(call, Happens::Failed)?;
        // A group's goes on without this device, which may join again.
        let state = self.find_call(id)?.map_or("over", |call| call.state_name()).to_owned();
        let why = Some(why.to_owned());
        self.event(Event::CallChanged { call: id.to_hex(), conversation, state, why, instead: None });
        Ok(())
    }
}

/// The right to be in a call's room: who does not know the call's id, which only members were told, cannot name it.
fn room(log: LogId, call: CallId) -> RoomSecret {
    RoomSecret::new(Hash32::of(&[ROOM_LABEL, &log.0, &call.0]).0)
}
