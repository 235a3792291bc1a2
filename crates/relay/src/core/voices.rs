//! Who is to be heard in a large room: the loudest, and whoever just was. Whoever does not say how loud they are comes by turns.

use std::time::{Duration, Instant};

/// How loud somebody is, smoothed. 0 is silence, 127 as loud as it gets.
#[derive(Debug, Clone, Copy, Default)]
pub struct Loudness {
    level: f32,
    at: Option<Instant>,
    /// The last packet said nothing of it.
    is_unsaid: bool,
}

/// Of a new packet, the share in what is known.
const SHARE: f32 = 0.2;

/// A packet of a sender that says nothing about how loud it is: more than silence, less than somebody who speaks.
const UNSAID: i8 = -60;

/// And when it is such a sender's turn: before everybody, however many speak.
const TURN_LEVEL: f32 = 128.0 + STAYS;

/// After so long it is the next one's turn. Each stays for as many turns as there are places, so that words come whole; longer
/// lets the others wait longer.
const TURN: Duration = Duration::from_secs(2);

/// Whoever sends nothing for so long is silent.
const FADES: Duration = Duration::from_millis(500);

/// Whoever is heard already stays, unless others are so much louder: or two voices would take turns with every word.
const STAYS: f32 = 8.0;

impl Loudness {
    /// A packet came, so loud: 0 is the loudest, -127 silence (RFC 6464).
    pub fn note(&mut self, level: Option<i8>, now: Instant) {
        let loud = 127.0 + f32::from(level.unwrap_or(UNSAID).clamp(-127, 0));
        self.level += (loud - self.level) * SHARE;
        self.at = Some(now);
        self.is_unsaid = level.is_none();
    }

    /// How loud, as it counts beside others.
    pub fn weight(self, was_heard: bool, now: Instant) -> f32 {
        self.at(now) + if was_heard { STAYS } else { 0.0 }
    }

    fn at(self, now: Instant) -> f32 {
        if self.comes(now) { self.level } else { 0.0 }
    }

    fn comes(self, now: Instant) -> bool {
        self.at.is_some_and(|at| now.saturating_duration_since(at) < FADES)
    }
}

/// Which of `voices` are heard: all while there are no more than `room`, else the loudest. Each is (who, how loud, whether heard
/// before). Turns count from `since`.
pub fn heard(voices: &[(usize, Loudness, bool)], room: usize, since: Instant, now: Instant) -> Vec<usize> {
    if voices.len() <= room {
        return voices.iter().map(|voice| voice.0).collect();
    }
    let waits = |loudness: &Loudness| loudness.is_unsaid && loudness.comes(now);
    let unsaid = voices.iter().filter(|voice| waits(&voice.1)).count();
    let turn = now.saturating_duration_since(since).as_secs() / TURN.as_secs();
    let mut places = places(turn, unsaid);
    let mut ranked: Vec<(f32, usize)> = voices
        .iter()
        .map(|(who, loudness, before)| match places.next_if(|_| waits(loudness)) {
            Some(0) => (TURN_LEVEL, *who),
            // The next one in turn is the first of the others: of eight who are heard one goes at a time.
            Some(place) => (loudness.at(now) + STAYS * (1.0 - place as f32 / unsaid as f32), *who),
            None => (loudness.weight(*before, now), *who),
        })
        .collect();
    // The earlier in the room first where two are alike.
    ranked.sort_by(|one, other| other.0.total_cmp(&one.0));
    ranked.into_iter().take(room).map(|(_, who)| who).collect()
}

/// Where each of so many stands in this turn: with every turn all go on by one, and the first becomes the last.
fn places(turn: u64, count: usize) -> std::iter::Peekable<impl Iterator<Item = usize>> {
    let first = turn.checked_rem(count as u64).unwrap_or_default() as usize;
    (0..count).map(move |at| (at + count - first) % count).peekable()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::limits::VOICES;

    fn voice(now: Instant, level: Option<i8>) -> Loudness {
        let mut loudness = Loudness::default();
        (0..50).for_each(|_| loudness.note(level, now));
        loudness
    }

    #[test]
    fn few_are_all_heard() {
        let now = Instant::now();
        let voices: Vec<_> = (0..VOICES).map(|who| (who, Loudness::default(), false)).collect();
        assert_eq!(heard(&voices, VOICES, now, now).len(), VOICES);
    }

    #[test]
    fn of_many_the_loudest_and_they_stay_for_a_word() {
        let now = Instant::now();
        let mut voices: Vec<_> = (0..20).map(|who| (who, voice(now, Some(-80)), false)).collect();
        voices[13].1 = voice(now, Some(-20));
        voices[7].1 = voice(now, Some(-40));
        let first = heard(&voices, VOICES, now, now);
        assert_eq!((first.len(), first[0], first[1]), (VOICES, 13, 7));
        assert!(!first.contains(&19));
        for voice in &mut voices {
            voice.2 = first.contains(&voice.0);
        }
        // A little louder than those who were heard is not enough.
        voices[19].1 = voice(now, Some(-76));
        assert!(!heard(&voices, VOICES, now, now).contains(&19));
        voices[19].1 = voice(now, Some(-60));
        assert!(heard(&voices, VOICES, now, now).contains(&19));
        // Whoever stopped sending is not heard for long.
        assert!(!heard(&voices[..], VOICES, now, now + FADES).starts_with(&[13]) || voices[13].2);
    }

    #[test]
    fn where_less_room_is_left_the_loudest_have_it_whoever_came_first() {
        let now = Instant::now();
        let voices: Vec<_> =
            (0..VOICES).map(|who| (who, voice(now, Some(-60 + 5 * who as i8)), true)).collect();
        assert_eq!(heard(&voices, VOICES - 2, now, now), [7, 6, 5, 4, 3, 2]);
    }

    /// How long each of them is heard in an hour, in turns, and who changes at most from one turn to the next.
    fn an_hour_of(levels: &[Option<i8>]) -> (Vec<u64>, usize) {
        let since = Instant::now();
        let mut times = vec![0; levels.len()];
        let (mut before, mut most) = (BTreeSet::<usize>::new(), 0_usize);
        for turn in 0..3_600 / TURN.as_secs() as u32 {
            let now = since + TURN * turn;
            let voices = levels.iter().enumerate();
            let voices: Vec<_> =
                voices.map(|(who, level)| (who, voice(now, *level), before.contains(&who))).collect();
            let heard: BTreeSet<usize> = heard(&voices, VOICES, since, now).into_iter().collect();
            heard.iter().for_each(|who| times[*who] += 1);
            most = if turn == 0 { 0 } else { most.max(heard.difference(&before).count()) };
            before = heard;
        }
        (times, most)
    }

    #[test]
    fn whoever_does_not_say_how_loud_they_are_comes_by_turns_and_nobody_is_shut_out() {
        let (times, most) = an_hour_of(&[None; 12]);
        assert!(times.iter().all(|times| *times == 1_800 * 8 / 12), "{times:?}");
        assert_eq!(most, 1, "one goes at a time");
        // Also where as many speak as are heard, and say so: one of those makes room.
        let mut levels = vec![Some(-20); VOICES];
        levels.extend([None; 4]);
        let (times, _) = an_hour_of(&levels);
        assert!(times[VOICES..].iter().all(|times| *times == 1_800 / 4), "{times:?}");
        // And where the others are silent, there is room for all of those.
        levels.fill(Some(-127));
        levels[3..].fill(None);
        let (times, _) = an_hour_of(&levels);
        assert_eq!(times[..3], [0; 3]);
    }
}
