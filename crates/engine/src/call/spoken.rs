//! What devices say in a call so that its frames open for who was told, and for nobody who has the epoch's keys alone: a random secret, in
//! the offer and with each Joined, through the ratchet of messages. Kept in memory alone, on every device that reads it, and gone when the
//! call is over for it or its program ends.
//!
//! ```text
//! Ana ── offer {S} ──▶ Bob, Cleo ── Joined {S} ──▶ all          who was told says the same
//! Bob's program starts again ── Joined {T}, asks ──▶ all         another one, for his frames
//!                          ◀── Joined {S} ── of those who say S the first in the call's list; the next one where that is silent
//! Dan is added, hears past the log that Bob is there too ── Joined {S}, asks ──▶ all ◀── Joined {T} ── Bob
//! ```
//! Nothing here is agreed on: each device seals under what it said itself, and opens what was sealed under anything that members said. So
//! nobody's word spoils what others send.
//!
//! A program of before refuses an offer with a secret in it. So it is said only where all leaves of the epoch list that they know it,
//! which all members see alike; where one does not, or comes in the middle of a call, the epoch alone gives the keys.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use casemate_content::call::{Move, Said};
use casemate_content::proto::CallMove;
use casemate_content::proto::content::Kind;
use casemate_crypto::LeafInfo;
use casemate_crypto::call::{CallSecret, SPOKEN};
use casemate_wire::ids::{AccountId, CallId, DeviceId, LogId, SpokenSecret};

use super::row::Call;
use super::state::State;
use crate::core::{Ctx, Done};

/// Calls of which it is kept what was said. More go on only where somebody fills the list; of the others it is asked for.
const CALLS: usize = 64;

/// Who is first in the list answers at once who asks, the others after so long, unless it was said meanwhile.
const SAY_MS: i64 = 1_500;
const SAY_JITTER_MS: u64 = 1_500;

/// A device says it again at most so often, however many ask.
const APART_MS: i64 = 3_000;

/// Who hears of a device past the log waits so long for what that said in the log, before it asks; longer where others just asked.
const LACK_MS: i64 = 1_000;

/// Words of a call that are kept. Those that nobody says any more go first: members may still open frames by them.
const WORDS: usize = 4 * SPOKEN;

type Device = (AccountId, DeviceId);

/// What was said in the calls that go on.
#[derive(Default)]
pub struct Spoken(BTreeMap<CallId, Vec<Word>>);

/// A device that said none uses the epoch's keys alone.
struct Word {
    said: Option<SpokenSecret>,
    /// Whose last word it is. Others may use it who were not asked, as one answers for all.
    by: BTreeSet<Device>,
}

/// What this device says in a call that it takes.
pub struct Own {
    secret: SpokenSecret,
    /// Whether the last word that left had it: all members' programs had to know it.
    told: Option<bool>,
    said_ms: i64,
    /// Somebody asked for it.
    again_ms: Option<i64>,
    /// When this device asks for what it lacks.
    ask_ms: Option<i64>,
    /// Whose word it asked for: once, since another one answers for who says the same.
    asked: BTreeSet<Device>,
}

impl Own {
    pub fn due_ms(&self) -> Option<i64> {
        self.again_ms.into_iter().chain(self.ask_ms).min()
    }

    fn said(&self) -> Option<&SpokenSecret> {
        Some(&self.secret).filter(|_| self.told != Some(false))
    }
}

impl Spoken {
    /// The call is over here.
    pub fn forget(&mut self, call: CallId) {
        self.0.remove(&call);
    }

    /// A device is in the conversation no longer. Others may say what it said.
    pub fn forget_device(&mut self, call: CallId, device: Device) {
        for word in self.0.get_mut(&call).into_iter().flatten() {
            word.by.remove(&device);
        }
    }

    /// Whether it was not said before.
    fn hear(&mut self, call: CallId, from: Device, said: Option<&SpokenSecret>) -> bool {
        self.forget_device(call, from);
        let words = self.0.entry(call).or_default();
        if let Some(known) = words.iter_mut().find(|word| word.said.as_ref() == said) {
            known.by.insert(from);
            return false;
        }
        if words.len() >= WORDS
            && let Some(unsaid) = words.iter().position(|word| word.by.is_empty())
        {
            words.remove(unsaid);
        }
        words.push(Word { said: said.cloned(), by: BTreeSet::from([from]) });
        true
    }

    /// What was said in a call, each once: an account's first word before anybody's second, and then what most devices say.
    fn all(&self, call: CallId) -> Vec<Option<&SpokenSecret>> {
        let mut before: BTreeMap<AccountId, usize> = BTreeMap::new();
        let mut ranked = Vec::new();
        for word in self.0.get(&call).into_iter().flatten() {
            let accounts: BTreeSet<AccountId> = word.by.iter().map(|(account, _)| *account).collect();
            let rank = accounts.iter().map(|account| before.get(account).copied().unwrap_or(0)).min();
            for account in accounts {
                *before.entry(account).or_default() += 1;
            }
            ranked.push((rank.unwrap_or(usize::MAX), Reverse(word.by.len()), word.said.as_ref()));
        }
        ranked.sort_by_key(|(rank, count, _)| (*rank, *count));
        ranked.into_iter().map(|(.., said)| said).collect()
    }

    fn of(&self, call: CallId, device: Device) -> Option<&Option<SpokenSecret>> {
        let words = self.0.get(&call)?;
        words.iter().find(|word| word.by.contains(&device)).map(|word| &word.said)
    }
}

impl Ctx<'_> {
    /// What this device is to say in a call that it takes: what the others say, if it was told.
    pub(super) fn spoken_here(&mut self, call: CallId) -> Own {
        let known = self.core.calls.spoken.all(call).into_iter().flatten().next().cloned();
        let secret = known.unwrap_or_else(|| SpokenSecret::new(self.random()));
        Own { secret, told: None, said_ms: i64::MIN, again_ms: None, ask_ms: None, asked: BTreeSet::new() }
    }

    /// Whether to ask for what somebody in a call says: this run began later, or the device was added. Those who are lacking now are
    /// not asked for again.
    pub(super) fn asks_spoken(&mut self, call: CallId) -> Done<bool> {
        let lacking = self.lacking_spoken(call)?;
        let Some(media) = self.core.calls.media.get_mut(&call) else { return Ok(false) };
        let before = media.spoken.asked.len();
        media.spoken.asked.extend(lacking);
        Ok(media.spoken.asked.len() > before)
    }

    /// Somebody is in a call, or all members' programs know by now that something is said: what is lacking is asked for soon.
    pub(super) fn look_for_spoken(&mut self, call: &Call) -> Done<()> {
        if !matches!(call.state, State::In { .. }) {
            return Ok(());
        }
        let lacking = self.lacking_spoken(call.id)?;
        let Some(media) = self.core.calls.media.get(&call.id) else { return Ok(()) };
        if media.spoken.ask_ms.is_some()
            || lacking.is_subset(&media.spoken.asked)
            || !self.all_say(call.log)?
        {
            return Ok(());
        }
        let due = self.now_ms + LACK_MS;
        if let Some(media) = self.core.calls.media.get_mut(&call.id) {
            media.spoken.ask_ms = Some(due);
        }
        Ok(())
    }

    /// Devices in a call that were not heard to say it.
    fn lacking_spoken(&self, call: CallId) -> Done<BTreeSet<Device>> {
        let me = self.me()?;
        let own = (me.account(), me.identity.device);
        let all = self.call_devices(call)?.into_iter().map(|(account, device, _)| (account, device));
        let spoken = &self.core.calls.spoken;
        Ok(all.filter(|other| *other != own && spoken.of(call, *other).is_none()).collect())
    }

    fn all_say(&mut self, log: LogId) -> Done<bool> {
        self.with_group(log, |group, _, _| Ok(group.all_know_call_secrets()))
    }

    /// The secret of this device's frames, and those of others' that are not the same. `knows`: all members' programs know that
    /// something is said.
    pub(super) fn spoken_keys(
        &self,
        call: CallId,
        epoch: CallSecret,
        knows: bool,
    ) -> Done<(CallSecret, Vec<CallSecret>)> {
        if !knows {
            return Ok((epoch, Vec::new()));
        }
        let of = |said: Option<&SpokenSecret>| match said {
            Some(said) => epoch.spoken(said),
            None => Ok(epoch.clone()),
        };
        let own = self.core.calls.media.get(&call).and_then(|media| media.spoken.said());
        let others = self.core.calls.spoken.all(call).into_iter().filter(|said| *said != own);
        let others = others.take(SPOKEN - 1).map(of).collect::<Result<Vec<_>, _>>()?;
        Ok((of(own)?, others))
    }

    /// Puts it into an offer or a step that is about to be encrypted, where all who will read it know it. One who leaves or declines
    /// says as many bytes that mean nothing.
    pub fn say_spoken(&mut self, log: LogId, kind: &mut Kind) -> Done<()> {
        let (named, joins) = match kind {
            Kind::Call(offer) => (&offer.call, true),
            Kind::CallStep(step) => {
                let moved = step.r#move();
                (&step.call, matches!(moved, CallMove::Joined | CallMove::JoinedAsking))
            }
            _ => return Ok(()),
        };
        let Ok(named) = CallId::try_from(&named[..]) else { return Ok(()) };
        let asks = matches!(kind, Kind::CallStep(step) if step.r#move() == CallMove::JoinedAsking);
        let knows = self.all_say(log)?;
        let call = self.call_named(log, named)?.filter(|_| joins);
        let own = call.as_ref().and_then(|call| self.core.calls.media.get_mut(&call.id));
        let said = match own.map(|media| &mut media.spoken) {
            // What was said without it stays so: others' programs know this device's frames by then.
            Some(own) if !knows || own.told == Some(false) && !asks => {
                own.told = Some(false);
                None
            }
            Some(own) => {
                let said = Some(own.secret.to_field());
                // Who said none before seals under it from now on, since who asks has to say one.
                if own.told.replace(true) == Some(false)
                    && let Some(call) = call.filter(|call| matches!(call.state, State::In { .. }))
                {
                    self.new_keys(&call, false)?;
                }
                said
            }
            None if knows => Some(SpokenSecret::new(self.random()).to_field()),
            None => None,
        };
        match kind {
            Kind::Call(offer) => offer.secret = said.unwrap_or_default(),
            Kind::CallStep(step) => {
                if asks && said.is_none() {
                    step.set_move(CallMove::Joined);
                }
                step.secret = said.unwrap_or_default();
            }
            _ => {}
        }
        Ok(())
    }

    /// A device said it.
    pub(super) fn spoken_heard(&mut self, call: CallId, from: &LeafInfo, said: &Said) -> Done<()> {
        let Some(call) = self.find_call(call)?.filter(|call| call.state != State::Over) else {
            return Ok(());
        };
        let is_here = matches!(call.state, State::In { .. });
        let own =
            self.core.calls.media.get(&call.id).filter(|_| is_here).and_then(|media| media.spoken.said());
        let is_own = own == said.secret.as_ref();
        self.make_room(call.id);
        let from = (from.account, from.device);
        let is_new = self.core.calls.spoken.hear(call.id, from, said.secret.as_ref()) && !is_own;
        if !is_here {
            return Ok(());
        }
        let is_full = self.core.calls.spoken.0.get(&call.id).is_some_and(|words| words.len() > SPOKEN);
        if (is_new || is_full) && self.all_say(call.log)? {
            self.new_keys(&call, false)?;
        }
        let now_ms = self.now_ms;
        let Some(media) = self.core.calls.media.get_mut(&call.id) else { return Ok(()) };
        if is_own {
            // Who asked was told, and who asks knows it.
            media.spoken.again_ms = None;
        }
        if said.asks {
            // What they are told is read here too.
            media.spoken.ask_ms = media.spoken.ask_ms.map(|due| due.max(now_ms + APART_MS));
            if !is_own {
                return self.say_again_to(&call, from);
            }
        }
        Ok(())
    }

    /// Who asks is told by one of those who say the same.
    fn say_again_to(&mut self, call: &Call, asks: Device) -> Done<()> {
        let me = self.me()?;
        let own = (me.account(), me.identity.device);
        let spoken = self.core.calls.media.get(&call.id).and_then(|media| media.spoken.said()).cloned();
        let devices = self.call_devices(call.id)?;
        let mut alike = devices.into_iter().map(|(account, device, _)| (account, device)).filter(|one| {
            *one == own || *one != asks && self.core.calls.spoken.of(call.id, *one) == Some(&spoken)
        });
        let is_first = alike.next() == Some(own);
        let later = if is_first { 0 } else { SAY_MS + self.jitter(SAY_JITTER_MS) };
        let now_ms = self.now_ms;
        if let Some(media) = self.core.calls.media.get_mut(&call.id) {
            let due = (now_ms + later).max(media.spoken.said_ms.saturating_add(APART_MS));
            media.spoken.again_ms = Some(media.spoken.again_ms.map_or(due, |known| known.min(due)));
        }
        self.say_spoken_again()
    }

    /// Says it, and asks for what is lacking, where it is time to.
    pub(super) fn say_spoken_again(&mut self) -> Done<()> {
        let now_ms = self.now_ms;
        let is_due = |at: &mut i64| *at <= now_ms;
        let mut calls = Vec::new();
        for (id, media) in &mut self.core.calls.media {
            let says = media.spoken.again_ms.take_if(is_due).is_some();
            let looks = media.spoken.ask_ms.take_if(is_due).is_some();
            if says || looks {
                calls.push((*id, says));
            }
        }
        for (id, says) in calls {
            let Some(call) = self.find_call(id)?.filter(|call| matches!(call.state, State::In { .. })) else {
                continue;
            };
            let asks = self.asks_spoken(id)?;
            if says || asks {
                if let Some(media) = self.core.calls.media.get_mut(&id) {
                    media.spoken.said_ms = now_ms;
                }
                self.tell_step(&call, Move::Joined, asks)?;
            }
        }
        Ok(())
    }

    /// Of calls in which this device is not, one is forgotten where there are many.
    fn make_room(&mut self, call: CallId) {
        let calls = &mut self.core.calls;
        if calls.spoken.0.len() >= CALLS && !calls.spoken.0.contains_key(&call) {
            let other = calls.spoken.0.keys().find(|known| !calls.media.contains_key(known)).copied();
            if let Some(other) = other {
                calls.spoken.0.remove(&other);
            }
        }
    }
}
