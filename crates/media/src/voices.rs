//! Everybody who is heard aloud: a [`Jitter`] each, all due at the same time. Not here: decoding ([`crate::ear`]), and who may be
//! heard.

use std::collections::BTreeMap;

use crate::jitter::{Due, Jitter};

/// Voices at once. The relay hands on the loudest eight ([`crate::peer`] has as many places); more would be more to decode and no
/// more to understand.
pub const VOICES: usize = 8;

/// See the module.
#[derive(Default)]
pub struct Voices {
    all: BTreeMap<u32, Voice>,
}

#[derive(Default)]
struct Voice {
    jitter: Jitter,
    /// For how many times 20 ms nothing came.
    silent: u32,
}

impl Voices {
    /// A packet for an ear, by its place among those of its sender in an epoch. Of more than are heard at once whoever was
    /// silent for longest makes room.
    pub fn came(&mut self, ear: u32, epoch: u64, counter: u64, packet: &[u8]) {
        if !self.all.contains_key(&ear) && self.all.len() >= VOICES {
            let silent = self.all.iter().max_by_key(|(_, voice)| voice.silent).map(|(ear, _)| *ear);
            if let Some(ear) = silent {
                self.all.remove(&ear);
            }
        }
        let voice = self.all.entry(ear).or_default();
        voice.silent = 0;
        voice.jitter.came(epoch, counter, packet);
    }

    /// What is heard of each for the next 20 ms, of those of whom something is.
    pub fn due(&mut self) -> Vec<(u32, Due)> {
        let all = self.all.iter_mut().map(|(ear, voice)| {
            voice.silent = voice.silent.saturating_add(1);
            (*ear, voice.jitter.due())
        });
        all.filter(|(_, due)| *due != Due::Nothing).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_heard_for_themselves_and_the_longest_silent_makes_room() {
        let mut voices = Voices::default();
        for turn in 0..3 {
            for ear in 0..VOICES as u32 {
                voices.came(ear, 1, turn, &[ear as u8, turn as u8]);
            }
        }
        let first: Vec<_> = (0..VOICES as u32).map(|ear| (ear, Due::Packet(vec![ear as u8, 0]))).collect();
        assert_eq!(voices.due(), first);
        // All but the fourth go on, and somebody else begins.
        for ear in (0..VOICES as u32).filter(|ear| *ear != 3) {
            voices.came(ear, 1, 3, &[ear as u8, 3]);
        }
        voices.came(99, 1, 0, &[99]);
        assert_eq!(voices.all.len(), VOICES);
        let due = voices.due();
        assert!(due.iter().all(|(ear, _)| *ear != 3), "{due:?}");
        assert_eq!(due.len(), VOICES - 1, "the new one waits for a moment");
    }
}
