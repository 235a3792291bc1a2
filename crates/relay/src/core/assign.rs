//! Who is in which slot of whom, and how large.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use casemate_wire::call::Wanted;
use casemate_wire::ids::{Hash32, HolderId};

use super::Core;
use super::layers::{Choice, choose, layer_for, needed_for};
use super::participant::VOICE_RATE;
use super::slot::{Source, TrackKind};
use super::voices::{Loudness, heard};
use crate::limits::{SCREEN_SOUNDS, SCREENS_UNASKED, VOICES};

/// What a picture is taken to be shown at while nobody has said.
const UNSAID_HEIGHT: u32 = 240;

/// After pictures were made smaller, they are not made larger for so long; twice as long where they had been made larger
/// just before, up to the most. Each change is a pause, and a network that loses much lets the estimate go up and down.
const SHRUNK: Duration = Duration::from_secs(3);
const SHRUNK_MOST: Duration = Duration::from_secs(24);

/// What "just before" is.
const TRIED: Duration = Duration::from_secs(10);

/// A way that loses more than this of every hundred is taken to be full, however soon the rest comes.
const LOSSY: usize = 35;

/// And one that loses no more than this lets more through, as far as anybody knows.
const SOUND: usize = 2;

/// For so long nothing is made larger after a way was full: what waits has to come through first.
const FULL: Duration = Duration::from_secs(1);

/// A room with somebody in it.
pub struct Room {
    /// The hash of its secret.
    pub name: Hash32,
    /// Who is there, in the order of coming, by place in the core.
    pub members: Vec<usize>,
    /// Since when: whose turn it is counts from there.
    since: Instant,
    heard: Vec<Source>,
    /// Pictures that come. Others get slots only where any are left: everybody may share a screen, and few do.
    pub seen: Vec<Source>,
}

impl Room {
    /// A room that somebody is about to enter.
    pub fn new(name: Hash32, now: Instant) -> Self {
        Self { name, members: Vec::new(), since: now, heard: Vec::new(), seen: Vec::new() }
    }
}

impl Core {
    /// Puts everybody of a room into slots, after somebody came, went, or wished.
    pub(super) fn assign(&mut self, room: usize, now: Instant) {
        self.update_heard(room, now);
        self.update_seen(room, now);
        self.fill_slots(room, now);
    }

    /// Looks who is heard, and whose pictures come; slots change only where others do.
    pub(super) fn choose_sources(&mut self, room: usize, now: Instant) {
        let others_heard = self.update_heard(room, now);
        if self.update_seen(room, now) || others_heard || self.is_short_of_sounds(room) {
            self.fill_slots(room, now);
        }
    }

    /// Whether more sounds are heard than go to somebody: who of those is the loudest changes.
    fn is_short_of_sounds(&self, at: usize) -> bool {
        let Some(room) = &self.rooms[at] else { return false };
        let heard = room.heard.len();
        room.members.iter().any(|member| self.fewer_sounds(*member, heard).is_some())
    }

    /// Whether it changed.
    fn update_heard(&mut self, at: usize, now: Instant) -> bool {
        let Some(room) = &self.rooms[at] else { return false };
        let source = |person, track| Source { person, track };
        let mut voices = Vec::new();
        let mut sources = Vec::new();
        for member in &room.members {
            let Some(person) = self.people[*member].as_deref() else { continue };
            let sound = person.tracks[TrackKind::ScreenSound as usize].as_ref();
            if sources.len() < SCREEN_SOUNDS && sound.is_some_and(|track| track.comes(now)) {
                sources.push(source(*member, TrackKind::ScreenSound));
            }
            if let Some(track) = &person.tracks[TrackKind::Voice as usize] {
                let before = room.heard.contains(&source(*member, TrackKind::Voice));
                voices.push((*member, track.loudness, before));
            }
        }
        // A screen's sound takes the place of a voice, or the last who came would be left without a slot however loud they are. Nobody
        // needs one for their own voice: where everybody has one, those that are one more than the places all have room.
        let mut left = VOICES - sources.len();
        if voices.len() == room.members.len() && voices.len() == left + 1 {
            left = voices.len().min(VOICES);
        }
        if voices.len() > left {
            self.keep_one_of_each(&mut voices, now);
        }
        let loudest = heard(&voices, left, room.since, now).into_iter();
        sources.extend(loudest.map(|person| source(person, TrackKind::Voice)));
        // Their order says nothing.
        let same = sources.len() == room.heard.len() && sources.iter().all(|one| room.heard.contains(one));
        if !same && let Some(room) = &mut self.rooms[at] {
            room.heard = sources;
        }
        !same
    }

    /// Of whoever has several places in a room only the loudest voice may be heard where not all are: nobody takes the places of
    /// others by being there more often.
    fn keep_one_of_each(&self, voices: &mut Vec<(usize, Loudness, bool)>, now: Instant) {
        let holder = |at: usize| self.people[at].as_deref().and_then(|person| person.holder);
        let mut loudest: HashMap<HolderId, (usize, f32)> = HashMap::new();
        for (who, loudness, before) in voices.iter() {
            let Some(holder) = holder(*who) else { continue };
            let weight = loudness.weight(*before, now);
            let known = loudest.entry(holder).or_insert((*who, weight));
            if weight > known.1 {
                *known = (*who, weight);
            }
        }
        voices.retain(|(who, ..)| {
            holder(*who).and_then(|holder| loudest.get(&holder)).is_none_or(|(one, _)| one == who)
        });
    }

    /// Whether it changed.
    fn update_seen(&mut self, at: usize, now: Instant) -> bool {
        let Some(room) = &self.rooms[at] else { return false };
        let mut sources = Vec::new();
        for member in &room.members {
            let Some(person) = self.people[*member].as_deref() else { continue };
            for track in [TrackKind::Camera, TrackKind::Screen] {
                if person.tracks[track as usize].as_ref().is_some_and(|track| track.comes(now)) {
                    sources.push(Source { person: *member, track });
                }
            }
        }
        let same = sources == room.seen;
        if !same && let Some(room) = &mut self.rooms[at] {
            room.seen = sources;
        }
        !same
    }

    fn fill_slots(&mut self, at: usize, now: Instant) {
        let Some(room) = &self.rooms[at] else { return };
        let (members, heard, seen) = (room.members.clone(), room.heard.clone(), room.seen.clone());
        // What goes to those whose way has not room for all that is heard.
        let mut few = HashMap::new();
        for member in &members {
            let mut pictures = self.pictures_for(*member, &members);
            pictures.extend(self.unasked_for(*member, &seen));
            pictures.retain(|(source, _)| self.may_get(*member, source.person));
            let mut sounds: Vec<_> = heard
                .iter()
                .filter(|source| source.person != *member && self.may_get(*member, source.person))
                .map(|source| (*source, 0))
                .collect();
            if let Some(most) = self.fewer_sounds(*member, sounds.len()) {
                sounds.sort_by(|(one, _), (other, _)| {
                    let weight = |source: &Source| self.weight_for(*member, source, now);
                    weight(other).total_cmp(&weight(one))
                });
                sounds.truncate(most);
                few.insert(*member, sounds.iter().map(|(source, _)| *source).collect());
            }
            self.empty_forbidden(*member);
            // Stable: those that come stay in the order of the wishes, and so do the others.
            pictures.sort_by_key(|(source, _)| !seen.contains(source));
            let Some(person) = self.people[*member].as_deref_mut() else { continue };
            let slots = person.slots.iter().filter(|slot| !slot.is_sound).count();
            let come = pictures.iter().take_while(|(source, _)| seen.contains(source)).count();
            show_a_screen(&mut pictures[..come], slots);
            bind(&mut person.slots, true, &sounds);
            bind(&mut person.slots, false, &pictures);
        }
        self.rebuild_listeners(&members, &heard, &few);
        for member in &members {
            self.choose_layers(*member, now);
        }
    }

    /// How many sounds go to somebody, where so many are too many for their way.
    fn fewer_sounds(&self, receiver: usize, sounds: usize) -> Option<usize> {
        let most = self.people[receiver].as_deref()?.sounds_most;
        (sounds > most).then_some(most)
    }

    /// How much a sound counts beside others for a participant that cannot get all: the louder a voice the more, and a screen's sound after all of them.
    fn weight_for(&self, receiver: usize, source: &Source, now: Instant) -> f32 {
        let sender = self.people[source.person].as_deref();
        let track = sender.and_then(|sender| sender.tracks[source.track as usize].as_ref());
        match track {
            Some(track) if source.track == TrackKind::Voice => {
                let is_heard = track.listeners.iter().any(|(listener, _)| *listener == receiver);
                track.loudness.weight(is_heard, now)
            }
            _ => -1.0,
        }
    }

    /// Slots keep a voice that may speak again, but not one of somebody who does not allow it any more.
    fn empty_forbidden(&mut self, at: usize) {
        let Some(person) = self.people[at].as_deref() else { return };
        let is_forbidden =
            |slot: &super::slot::Slot| slot.source.is_some_and(|source| !self.may_get(at, source.person));
        let forbidden: Vec<bool> = person.slots.iter().map(is_forbidden).collect();
        let Some(person) = self.people[at].as_deref_mut() else { return };
        for (slot, _) in person.slots.iter_mut().zip(forbidden).filter(|(_, forbidden)| *forbidden) {
            slot.bind(None);
        }
    }

    /// The pictures that somebody is to see, the most important first, with their heights.
    fn pictures_for(&self, receiver: usize, members: &[usize]) -> Vec<(Source, u32)> {
        let has = |person: usize, track: TrackKind| {
            self.people[person].as_deref().is_some_and(|person| person.tracks[track as usize].is_some())
        };
        let others = || members.iter().copied().filter(|member| *member != receiver);
        match self.people[receiver].as_deref().and_then(|person| person.wishes.as_ref()) {
            Some(wishes) => {
                let found = |wanted: &Wanted| {
                    let track = if wanted.screen { TrackKind::Screen } else { TrackKind::Camera };
                    let mut those = others().filter(|member| {
                        self.people[*member].as_deref().is_some_and(|person| person.id == wanted.source)
                    });
                    let person = those.next().filter(|person| has(*person, track))?;
                    (wanted.height > 0).then_some((Source { person, track }, wanted.height))
                };
                wishes.iter().filter_map(found).collect()
            }
            None => [TrackKind::Screen, TrackKind::Camera]
                .into_iter()
                .flat_map(|track| others().map(move |person| Source { person, track }))
                .filter(|source| has(source.person, source.track))
                .map(|source| (source, UNSAID_HEIGHT))
                .collect(),
        }
    }

    /// Screens that come and that somebody has said nothing about: nobody can wish for all that might be shared in a large room, and
    /// what never comes is never wished for. Whoever wishes for nothing at all gets none.
    fn unasked_for(&self, receiver: usize, seen: &[Source]) -> Vec<(Source, u32)> {
        let wishes = self.people[receiver].as_deref().and_then(|person| person.wishes.as_deref());
        let Some(wishes) = wishes.filter(|wishes| !wishes.is_empty()) else { return Vec::new() };
        let is_named = |source: &Source| {
            let person = self.people[source.person].as_deref();
            let is_it = |one: &Wanted| one.screen && person.is_some_and(|person| person.id == one.source);
            wishes.iter().any(is_it)
        };
        seen.iter()
            .filter(|source| source.track == TrackKind::Screen && source.person != receiver)
            .filter(|source| !is_named(source))
            .take(SCREENS_UNASKED)
            .map(|source| (*source, UNSAID_HEIGHT))
            .collect()
    }

    fn rebuild_listeners(&mut self, members: &[usize], heard: &[Source], few: &HashMap<usize, Vec<Source>>) {
        for member in members {
            if let Some(person) = self.people[*member].as_deref_mut() {
                person.tracks.iter_mut().flatten().for_each(|track| track.listeners.clear());
            }
        }
        for member in members {
            let heard = few.get(member).map_or(heard, |few| &few[..]);
            let Some(person) = self.people[*member].as_deref() else { continue };
            let bound: Vec<_> = person
                .slots
                .iter()
                .enumerate()
                .filter_map(|(slot, bound)| Some((slot, bound.source?)))
                .filter(|(_, source)| !source.track.is_sound() || heard.contains(source))
                .filter(|(_, source)| self.may_get(*member, source.person))
                .collect();
            for (slot, source) in bound {
                let sender = self.people.get_mut(source.person).and_then(Option::as_deref_mut);
                if let Some(track) = sender.and_then(|sender| sender.tracks[source.track as usize].as_mut()) {
                    track.listeners.push((*member, slot));
                }
            }
        }
    }

    /// Chooses how large each picture comes to somebody.
    pub(super) fn choose_layers(&mut self, at: usize, now: Instant) {
        let Some(person) = self.people[at].as_deref() else { return };
        let mut places = Vec::new();
        let mut choices = Vec::new();
        for (place, slot) in person.slots.iter().enumerate().filter(|(_, slot)| !slot.is_sound) {
            let Some(source) = slot.source else { continue };
            let sender = self.people[source.person].as_deref();
            let Some(track) = sender.and_then(|sender| sender.tracks[source.track as usize].as_ref()) else {
                continue;
            };
            let rates = track.layers.iter().map(|layer| layer.rate(now)).collect();
            let wish = layer_for(slot.height, track.layers.len());
            places.push((place, slot.rank));
            choices.push(Choice { rates, wish, now: slot.target });
        }
        // Where pictures come, they have to make room for voices, and an estimate that knows of both finds that out sooner.
        let voices_alone = choices.iter().all(|choice| choice.rates.iter().all(Option::is_none));
        if let Some(person) = self.people[at].as_deref_mut() {
            person.voices_alone = voices_alone;
        }
        let Some(person) = self.people[at].as_deref() else { return };
        if choices.is_empty() {
            return;
        }
        // In the order of the wishes, not of the slots.
        let mut order: Vec<usize> = (0..places.len()).collect();
        order.sort_by_key(|at| places[*at].1);
        let ordered: Vec<Choice> = order.iter().map(|at| choices[*at].clone()).collect();
        // Pictures have the room that is left by the voices that come; what is looked for has room for all of them.
        let (voices, most) = (person.voices(), person.sounds_most as u64);
        let is_full = person.was_full(FULL, now);
        let room = person.estimate.bits().saturating_sub(voices.min(most) * VOICE_RATE);
        let may_rise = !is_full
            && person.shrunk.is_none_or(|shrunk| now.saturating_duration_since(shrunk) >= person.patience);
        // On a way that is not full pictures stay, in their smallest, whatever the estimate makes of what is lost by the way or
        // comes unevenly.
        let held: u64 = ordered.iter().filter(|choice| choice.now.is_some()).filter_map(Choice::least).sum();
        let loses = person.loses(now);
        let is_held = room < held && loses.is_some_and(|loses| loses <= LOSSY);
        let decision = choose(&ordered, if is_held { held } else { room }, may_rise);
        let (mut asks, mut lost, mut shrank) = (Vec::new(), Vec::new(), false);
        let Some(person) = self.people[at].as_deref_mut() else { return };
        for (chosen, layer) in order.iter().zip(&decision.layers) {
            let slot = &mut person.slots[places[*chosen].0];
            if *layer < slot.target {
                shrank = true;
                lost.push(places[*chosen].0);
            } else if *layer > slot.target && slot.target.is_some() {
                person.grown = Some(now);
            }
            slot.aim(*layer);
            if slot.waits() {
                asks.push(places[*chosen].0);
            }
        }
        for slot in lost {
            person.forget_lost(slot);
        }
        if shrank {
            person.patience = match person.grown.take() {
                Some(grown) if now.saturating_duration_since(grown) < TRIED => {
                    (person.patience * 2).clamp(SHRUNK, SHRUNK_MOST)
                }
                Some(_) => SHRUNK,
                // Made smaller a second time.
                None => person.patience.max(SHRUNK),
            };
            person.shrunk = Some(now);
        }
        let sounds = voices * VOICE_RATE;
        if let Some(loses) = loses {
            person.estimate.loses(loses, decision.used + voices.min(most) * VOICE_RATE, now);
        }
        // Not while more would not be taken: it would be in the way. What made room for a voice or for another picture, before anything
        // was too much, would be taken as soon as more is found.
        let is_free = !person.waits(now) && loses.is_none_or(|loses| loses <= SOUND);
        let is_taken = may_rise && !shrank || !person.estimate.has_fallen();
        let looks = is_free && is_taken && (decision.next > decision.used || voices > most);
        // As long as nothing was too much, for all that is wished for at once: whoever comes to seven others sees them sooner than
        // picture by picture, which took 2.5 s where nothing was in the way.
        let more = if person.estimate.has_fallen() { decision.next } else { decision.wished };
        person.looks_for = looks.then(|| needed_for(more) + sounds);
        for slot in asks {
            self.ask_for(at, slot, now);
        }
    }

    /// Asks whoever is in a slot for a key frame, for the layer that the slot is to get.
    pub(super) fn ask_for(&mut self, at: usize, slot: usize, now: Instant) {
        let slot = self.people[at].as_deref().and_then(|person| person.slots.get(slot));
        let Some((source, layer)) = slot.and_then(|slot| Some((slot.source?, slot.target?))) else { return };
        let Some(sender) = self.people.get_mut(source.person).and_then(Option::as_deref_mut) else { return };
        if let Some(ask) = sender.ask_key_frame(source.track, layer, now) {
            self.counters.key_frames += 1;
            self.sends.push(ask);
        }
    }
}

/// Of pictures that come, the most important first, one that has a slot is a screen, if there is any: it takes the last one's. Who
/// sees it wishes for it, or for others.
fn show_a_screen(come: &mut [(Source, u32)], slots: usize) {
    let is_screen = |(source, _): &(Source, u32)| source.track == TrackKind::Screen;
    let first = come.iter().position(is_screen);
    if let Some(first) = first.filter(|first| (1..=*first).contains(&slots)) {
        come[slots - 1..=first].rotate_right(1);
    }
}

/// Puts sources into the slots of their kind. Who is in one stays there; who is new gets a free one, or that of somebody
/// who is wanted no more. Of sound, who is not wanted stays too while nobody needs the place: it may speak again.
fn bind(slots: &mut [super::slot::Slot], is_sound: bool, wanted: &[(Source, u32)]) {
    let of_kind = slots.iter().filter(|slot| slot.is_sound == is_sound).count();
    let wanted = &wanted[..wanted.len().min(of_kind)];
    let is_wanted = |source: Option<Source>| wanted.iter().any(|(one, _)| Some(*one) == source);
    if !is_sound {
        let unwanted = slots.iter_mut().filter(|slot| !slot.is_sound && !is_wanted(slot.source));
        unwanted.for_each(|slot| slot.bind(None));
    }
    for (rank, (source, height)) in wanted.iter().enumerate() {
        let mut of_kind = slots.iter_mut().filter(|slot| slot.is_sound == is_sound);
        let slot = match of_kind.position(|slot| slot.source == Some(*source)) {
            Some(at) => slots.iter_mut().filter(|slot| slot.is_sound == is_sound).nth(at),
            None => {
                let free = slots.iter().position(|slot| slot.is_sound == is_sound && slot.source.is_none());
                let free = free.or_else(|| {
                    slots.iter().position(|slot| slot.is_sound == is_sound && !is_wanted(slot.source))
                });
                free.map(|at| &mut slots[at])
            }
        };
        if let Some(slot) = slot {
            slot.bind(Some(*source));
            slot.height = *height;
            slot.rank = rank;
        }
    }
}
