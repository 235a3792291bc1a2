//! Both directions of one device in a call, over changes of keys. Keys outlive a connection: whoever joins the relay anew
//! goes on counting.

use std::collections::BTreeSet;

use super::sound::OneSize;
use super::{BadFrame, CallSecret, Opened, Opener, SWITCH_MS, Sealer, Track};
use crate::error::CryptoError;

/// The keys of an epoch.
#[derive(Debug)]
pub struct Keys {
    /// Its number.
    pub epoch: u64,
    /// From it follow the keys of this device's frames.
    pub secret: CallSecret,
    /// From these the keys of others' who said something else in the call.
    pub others: Vec<CallSecret>,
    /// This device's place.
    pub leaf: u16,
    /// All places that somebody has.
    pub leaves: BTreeSet<u16>,
    /// Somebody was removed.
    pub removed: bool,
}

impl Keys {
    fn secrets(&self) -> Vec<CallSecret> {
        std::iter::once(&self.secret).chain(&self.others).cloned().collect()
    }
}

/// See the module.
pub struct Frames {
    joining: u32,
    opener: Opener,
    sealer: Sealer,
    /// What is gone over to, and when.
    next: Option<(Sealer, i64)>,
    sound: OneSize,
}

impl Frames {
    /// For one joining of a call: `joining` is random, and in the KID of every frame.
    pub fn new(keys: Keys, joining: u32, now_ms: i64) -> Self {
        let mut opener = Opener::new(keys.leaf, joining);
        opener.begin_epoch(keys.epoch, keys.secrets(), keys.leaves.clone(), true, now_ms);
        let sealer = Sealer::new(keys.secret, keys.epoch, keys.leaf, joining);
        Self { joining, opener, sealer, next: None, sound: OneSize::default() }
    }

    /// The encoder of this device's sound makes packets of several sizes.
    pub fn sound_varies(&mut self) {
        self.sound.varies();
    }

    /// Other keys from now on. Frames are sealed under them a moment later, when the others have them too; at once where
    /// somebody was removed.
    pub fn rekey(&mut self, keys: Keys, now_ms: i64) {
        self.opener.begin_epoch(keys.epoch, keys.secrets(), keys.leaves.clone(), keys.removed, now_ms);
        let newest = self.next.as_ref().map_or(&self.sealer, |(next, _)| next);
        if newest.is_of(&keys.secret, keys.epoch, keys.leaf) {
            // Others' secrets alone are new. A second sealer for the same would count from the beginning again.
            if keys.removed
                && let Some((next, _)) = self.next.take()
            {
                self.sealer = next;
            }
            return;
        }
        let sealer = Sealer::new(keys.secret, keys.epoch, keys.leaf, self.joining);
        let soon = now_ms.saturating_add(SWITCH_MS);
        let due = self.next.take().map_or(soon, |(_, due)| due.min(soon));
        if keys.removed {
            self.sealer = sealer;
        } else {
            self.next = Some((sealer, due));
        }
    }

    /// Encrypts a frame of one's own. Sound, which is Opus, is padded to one size.
    ///
    /// # Errors
    /// [`CryptoError::TooLarge`] over [`super::FRAME_BYTES`].
    pub fn seal(&mut self, track: Track, frame: &[u8], now_ms: i64) -> Result<Vec<u8>, CryptoError> {
        if self.next.as_ref().is_some_and(|(_, due)| now_ms >= *due)
            && let Some((sealer, _)) = self.next.take()
        {
            self.sealer = sealer;
        }
        match track.is_sound() {
            true => self.sealer.seal(track, &self.sound.of(track, frame)),
            false => self.sealer.seal(track, frame),
        }
    }

    /// Opens a frame that came where `sound` or pictures are to come.
    ///
    /// # Errors
    /// Whatever is wrong with it: drop it.
    pub fn open(&mut self, sound: bool, frame: &[u8], now_ms: i64) -> Result<Opened, BadFrame> {
        self.opener.open(sound, frame, now_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use casemate_wire::ids::SpokenSecret;

    fn keys(epoch: u64, leaf: u16, removed: bool) -> Keys {
        let secret = CallSecret::new([epoch as u8; 32]);
        Keys { epoch, secret, others: Vec::new(), leaf, leaves: [0, 1].into(), removed }
    }

    #[test]
    fn frames_go_over_to_new_keys_when_the_others_have_them() {
        let (mut ana, mut bob) = (Frames::new(keys(1, 0, false), 7, 0), Frames::new(keys(1, 1, false), 8, 0));
        let sealed = ana.seal(Track::Audio, b"before", 10).unwrap();
        assert_eq!(bob.open(true, &sealed, 10).unwrap().epoch, 1);
        ana.rekey(keys(2, 0, false), 100);
        let sealed = ana.seal(Track::Audio, b"meanwhile", 100 + SWITCH_MS - 1).unwrap();
        assert_eq!(bob.open(true, &sealed, 110).unwrap().epoch, 1, "bob has no newer keys yet");
        bob.rekey(keys(2, 1, false), 120);
        let sealed = ana.seal(Track::Audio, b"after", 100 + SWITCH_MS).unwrap();
        assert_eq!(bob.open(true, &sealed, 130).unwrap().epoch, 2);
        // Another change does not put it off.
        ana.rekey(keys(3, 0, false), 10_000);
        ana.rekey(keys(4, 0, false), 10_000 + SWITCH_MS - 1);
        ana.seal(Track::Audio, b"soon", 10_000 + SWITCH_MS - 1).unwrap();
        assert_eq!(ana.sealer.epoch(), 2);
        ana.seal(Track::Audio, b"now", 10_000 + SWITCH_MS).unwrap();
        assert_eq!(ana.sealer.epoch(), 4);
    }

    /// Others say something else in the same epoch: nothing is counted from the beginning again, and nothing is opened twice.
    #[test]
    fn same_epoch_with_other_secrets_goes_on_counting_and_refuses_what_came() {
        let [epoch, one, two] = [9, 1, 2].map(|n| CallSecret::new([n; 32]));
        let said = |n| SpokenSecret::new([n; 32]);
        let of = |secret: &CallSecret, others: &[&CallSecret], leaf| Keys {
            secret: secret.clone(),
            others: others.iter().copied().cloned().collect(),
            ..keys(1, leaf, false)
        };
        let [ana_says, bob_says] = [epoch.spoken(&said(1)).unwrap(), epoch.spoken(&said(2)).unwrap()];
        assert!(!ana_says.is(&bob_says) && !ana_says.is(&epoch) && !one.is(&two));
        let mut ana = Frames::new(of(&ana_says, &[], 0), 7, 0);
        let mut bob = Frames::new(of(&bob_says, &[&ana_says], 1), 8, 0);
        let first = ana.seal(Track::Audio, b"first", 0).unwrap();
        assert_eq!(bob.open(true, &first, 0).unwrap().counter, 0);
        let from_bob = bob.seal(Track::Video, b"bob", 0).unwrap();
        assert_eq!(ana.open(false, &from_bob, 0), Err(BadFrame::Forged), "ana was not told");
        ana.rekey(of(&ana_says, &[&bob_says], 0), 10);
        assert_eq!(ana.open(false, &from_bob, 10).unwrap().frame, b"bob");
        let second = ana.seal(Track::Audio, b"second", 10 + SWITCH_MS).unwrap();
        assert_eq!(bob.open(true, &second, 20).unwrap().counter, 1);
        bob.rekey(of(&bob_says, &[&ana_says, &epoch], 1), 20);
        for known in [&first, &second] {
            assert_eq!(bob.open(true, known, 30), Err(BadFrame::Replayed));
        }
        // The epoch alone opens none of it.
        let mut thief = Frames::new(of(&epoch, &[], 1), 9, 0);
        assert_eq!(thief.open(true, &first, 0), Err(BadFrame::Forged));
    }

    #[test]
    fn sealed_sound_has_one_size_whatever_the_encoder_makes() {
        let mut ana = Frames::new(keys(1, 0, false), 7, 0);
        let mut sizes = |lengths: &[usize]| {
            let sealed = lengths.iter().map(|n| ana.seal(Track::Audio, &vec![0x78; *n], 0).unwrap().len());
            sealed.collect::<std::collections::BTreeSet<usize>>()
        };
        assert_eq!(sizes(&[3, 30, 80, 1, 79]).len(), 1);
        // Where the first large one would tell, it is large from the beginning.
        let mut ana = Frames::new(keys(1, 0, false), 7, 0);
        ana.sound_varies();
        let mut sizes = |lengths: &[usize]| {
            let sealed = lengths.iter().map(|n| ana.seal(Track::Audio, &vec![0x78; *n], 0).unwrap().len());
            sealed.collect::<std::collections::BTreeSet<usize>>()
        };
        assert_eq!(sizes(&[3, 30, 122, 1, 108]).len(), 1);
        assert!(ana.seal(Track::Video, b"3", 0).unwrap().len() < 80, "pictures stay as they are");
    }

    #[test]
    fn where_somebody_was_removed_nothing_waits() {
        let (mut ana, mut bob) = (Frames::new(keys(1, 0, false), 7, 0), Frames::new(keys(1, 1, false), 8, 0));
        let late = ana.seal(Track::Audio, b"before", 10).unwrap();
        ana.rekey(keys(2, 0, true), 100);
        bob.rekey(keys(2, 1, true), 100);
        let sealed = ana.seal(Track::Audio, b"after", 100).unwrap();
        assert_eq!(bob.open(true, &sealed, 100).unwrap().epoch, 2);
        assert_eq!(bob.open(true, &late, 100), Err(BadFrame::Epoch));
    }
}
