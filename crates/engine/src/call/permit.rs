//! The right to make anything of media: a socket, a codec, a thread, an encrypted transport.
//!
//! ```text
//! a command of this device's person ──▶ Tap ──(the call can be taken)──▶ MediaPermit ──▶ the driver
//! ```
//! Neither can be copied, stored or made from anything that came over the network: a [`Tap`] is made from the command
//! itself, a [`MediaPermit`] out of a tap, and a driver needs one to begin. A command to call counts also for the call that is taken in
//! place of a new one: one that goes on in the same conversation (`here.rs`), or that the same one began just then (`both.rs`).

use casemate_api::command::{CallAnswer, CallStart};
use casemate_wire::ids::CallId;

/// The person did something about a call just now.
#[derive(Debug)]
pub struct Tap {
    call: CallId,
}

impl Tap {
    /// They call.
    pub fn of_start(_: &CallStart, call: CallId) -> Self {
        Self { call }
    }

    /// They answer.
    pub fn of_answer(_: &CallAnswer, call: CallId) -> Self {
        Self { call }
    }

    pub(super) fn permit(self) -> MediaPermit {
        MediaPermit { call: self.call }
    }
}

/// The person has started or answered this call: its media may be made, once.
#[derive(Debug)]
pub struct MediaPermit {
    call: CallId,
}

impl MediaPermit {
    /// Which call it is for.
    pub fn call(&self) -> CallId {
        self.call
    }
}
