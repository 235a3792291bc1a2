//! The sound of a person at a terminal: what a microphone's program recorded goes out, what is heard of the others goes to a
//! loudspeaker's. Both begin here, which is after the person's own word, and end with it.

use std::collections::VecDeque;

use casemate_api::view::SoundProgram;
use casemate_engine::CallNews;
use casemate_media::pcm::{FRAME_BYTES, Frame, Recorded, SILENCE};

use super::programs::{Ended, Kind, Program};

/// What a loudspeaker that takes nothing now is still to get: 80 ms. Then what comes is left out, so that what is heard stays
/// near what is said.
const PLAYED_BYTES: usize = 4 * FRAME_BYTES;

/// See the module.
pub struct Sound {
    microphone: Program,
    loudspeaker: Program,
    recorded: Recorded,
    played: VecDeque<u8>,
    said: Option<(SoundProgram, SoundProgram, bool)>,
}

impl Sound {
    /// Begins both programs.
    pub fn begin() -> Self {
        Self {
            microphone: Program::begin(Kind::Microphone),
            loudspeaker: Program::begin(Kind::Loudspeaker),
            recorded: Recorded::default(),
            played: VecDeque::new(),
            said: None,
        }
    }

    /// The next 20 ms of what is spoken; silence where there is nothing.
    pub fn spoken(&mut self) -> Frame {
        let mut piece = [0; FRAME_BYTES];
        loop {
            let room = self.recorded.room().min(piece.len());
            if room == 0 {
                break;
            }
            match self.microphone.read(&mut piece[..room]) {
                Ok(0) => break,
                // No more was read than there is room for.
                Ok(count) => {
                    self.recorded.take(&piece[..count]);
                }
                Err(Ended) if self.microphone.runs() => {
                    // What another one began may end within a sample.
                    self.recorded = Recorded::default();
                    break;
                }
                Err(Ended) => break,
            }
        }
        self.recorded.frame().unwrap_or(SILENCE)
    }

    /// Some more of what is heard.
    pub fn play(&mut self, pcm: &[u8]) {
        if self.played.len() + pcm.len() <= PLAYED_BYTES {
            self.played.extend(pcm);
        }
        self.go_on();
    }

    /// Gives the loudspeaker what it takes now.
    pub fn go_on(&mut self) {
        while !self.played.is_empty() {
            let written = self.loudspeaker.write(self.played.as_slices().0);
            match written {
                Ok(0) => break,
                Ok(count) => drop(self.played.drain(..count)),
                // The next one begins with a whole sample.
                Err(Ended) => self.played.clear(),
            }
        }
        if !self.loudspeaker.runs() {
            self.played.clear();
        }
    }

    /// What is to be said of both, once it is known, and where it is not what was said before.
    pub fn news(&mut self, muted: bool) -> Option<CallNews> {
        let (microphone, loudspeaker) = (self.microphone.state()?, self.loudspeaker.state()?);
        let now = (microphone, loudspeaker, muted);
        if self.said.as_ref() == Some(&now) {
            return None;
        }
        self.said = Some(now.clone());
        let (microphone, loudspeaker, muted) = now;
        Some(CallNews::Sound { microphone, loudspeaker, muted })
    }
}
