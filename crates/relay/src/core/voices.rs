//! Who is to be heard in a large room: the loudest, and whoever just was.

use std::time::{Duration, Instant};

use crate::limits::VOICES;

/// How loud somebody is, smoothed. 0 is silence, 127 as loud as it gets.
#[derive(Debug, Clone, Copy, Default)]
pub struct Loudness {
    level: f32,
    at: Option<Instant>,
}

/// Of a new packet, the share in what is known.
const SHARE: f32 = 0.2;

/// A packet of a sender that says nothing about how loud it is.
const UNSAID: i8 = -60;

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
    }

    fn at(self, now: Instant) -> f32 {
        match self.at {
            Some(at) if now.saturating_duration_since(at) < FADES => self.level,
            _ => 0.0,
        }
    }
}

/// Which of `voices` are heard: all while they are few, else the loudest. Each is (who, how loud, whether heard before).
pub fn heard(voices: &[(usize, Loudness, bool)], now: Instant) -> Vec<usize> {
    if voices.len() <= VOICES {
        return voices.iter().map(|voice| voice.0).collect();
    }
    let mut ranked: Vec<(f32, usize)> = voices
        .iter()
        .map(|(who, loudness, before)| (loudness.at(now) + if *before { STAYS } else { 0.0 }, *who))
        .collect();
    // The earlier in the room first where two are alike.
    ranked.sort_by(|one, other| other.0.total_cmp(&one.0));
    ranked.into_iter().take(VOICES).map(|(_, who)| who).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voice(now: Instant, level: i8) -> Loudness {
        let mut loudness = Loudness::default();
        (0..50).for_each(|_| loudness.note(Some(level), now));
        loudness
    }

    #[test]
    fn few_are_all_heard() {
        let now = Instant::now();
        let voices: Vec<_> = (0..VOICES).map(|who| (who, Loudness::default(), false)).collect();
        assert_eq!(heard(&voices, now).len(), VOICES);
    }

    #[test]
    fn of_many_the_loudest_and_they_stay_for_a_word() {
        let now = Instant::now();
        let mut voices: Vec<_> = (0..20).map(|who| (who, voice(now, -80), false)).collect();
        voices[13].1 = voice(now, -20);
        voices[7].1 = voice(now, -40);
        let first = heard(&voices, now);
        assert_eq!((first.len(), first[0], first[1]), (VOICES, 13, 7));
        assert!(!first.contains(&19));
        for voice in &mut voices {
            voice.2 = first.contains(&voice.0);
        }
        // A little louder than those who were heard is not enough.
        voices[19].1 = voice(now, -76);
        assert!(!heard(&voices, now).contains(&19));
        voices[19].1 = voice(now, -60);
        assert!(heard(&voices, now).contains(&19));
        // Whoever stopped sending is not heard for long.
        assert!(!heard(&voices[..], now + FADES).starts_with(&[13]) || voices[13].2);
    }
}
