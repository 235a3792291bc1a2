//! What the Worker's script calls.

use casemate_crypto::call::{CallSecret, Frames, Keys, Track};
use wasm_bindgen::prelude::wasm_bindgen;

/// The frames of this page's device in one call.
#[wasm_bindgen]
pub struct CallFrames {
    frames: Option<Frames>,
    varies: bool,
    joining: u32,
    device: f64,
    track: u8,
}

#[wasm_bindgen]
impl CallFrames {
    /// Without keys: nothing goes out and nothing comes in until there are some.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::new_without_default)] // Scripts have constructors, not defaults.
    pub fn new(joining: u32) -> Self {
        Self { frames: None, varies: false, joining, device: 0.0, track: 0 }
    }

    /// The keys of an epoch. `epoch` is a whole number far below 2⁵³; a `secret` of another length than 32 is none. `others` are
    /// secrets of others, one after another.
    pub fn keys(
        &mut self,
        epoch: f64,
        secret: &[u8],
        others: &[u8],
        leaf: u16,
        leaves: Vec<u16>,
        removed: bool,
        now_ms: f64,
    ) {
        let Ok(secret) = <[u8; 32]>::try_from(secret) else { return };
        let (secret, leaves) = (CallSecret::new(secret), leaves.into_iter().collect());
        let (others, _) = others.as_chunks();
        let others = others.iter().copied().map(CallSecret::new).collect();
        let keys = Keys { epoch: epoch as u64, secret, others, leaf, leaves, removed };
        match &mut self.frames {
            Some(frames) => frames.rekey(keys, now_ms as i64),
            None => {
                let mut frames = Frames::new(keys, self.joining, now_ms as i64);
                if self.varies {
                    frames.sound_varies();
                }
                self.frames = Some(frames);
            }
        }
    }

    /// The browser's encoder makes packets of sound of several sizes; without this, a larger one makes all that follow larger.
    pub fn varies(&mut self) {
        self.varies = true;
        if let Some(frames) = &mut self.frames {
            frames.sound_varies();
        }
    }

    /// A frame as it may leave; none where it must not.
    pub fn seal(&mut self, track: u8, frame: &[u8], now_ms: f64) -> Option<Vec<u8>> {
        let track = Track::from_byte(track)?;
        self.frames.as_mut()?.seal(track, frame, now_ms as i64).ok()
    }

    /// What a member sent; none where it is not a member's. [`CallFrames::device`] and [`CallFrames::track`] say whose.
    pub fn open(&mut self, sound: bool, frame: &[u8], now_ms: f64) -> Option<Vec<u8>> {
        let opened = self.frames.as_mut()?.open(sound, frame, now_ms as i64).ok()?;
        let source = opened.source;
        self.device = f64::from(source.leaf) * 4_294_967_296.0 + f64::from(source.joining);
        self.track = source.track as u8;
        Some(opened.frame)
    }

    /// Of what was opened last: leaf · 2³² + joining.
    #[wasm_bindgen(getter)]
    pub fn device(&self) -> f64 {
        self.device
    }

    /// Of what was opened last: 0 voice, 1 camera, 2 screen, 3 the screen's sound.
    #[wasm_bindgen(getter)]
    pub fn track(&self) -> u8 {
        self.track
    }
}
