//! Orders for which a call's media have no room just now: the newest of each kind, so that there is an end of them. Whoever
//! asks what came can ask again.

use casemate_api::{Error, Kind};
use casemate_engine::CallKeys;

use super::{Answered, Order};

/// See the module.
#[derive(Default)]
pub struct Aside {
    answer: Option<Answered>,
    keys: Option<CallKeys>,
    muted: Option<bool>,
}

impl Aside {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.answer.is_none() && self.keys.is_none() && self.muted.is_none()
    }

    /// In place of an older one.
    pub fn keep(&mut self, order: Order) {
        match order {
            Order::Answer(answer) => self.answer = Some(answer),
            Order::Keys(mut keys) => {
                // Whoever was removed by what goes has no part in what comes.
                keys.removed |= self.keys.take().is_some_and(|older| older.removed);
                self.keys = Some(keys);
            }
            Order::Mute(muted) => self.muted = Some(muted),
            Order::Stats(answer) => {
                let sentence = "This call is asked for its numbers too often. Wait a moment.";
                drop(answer.send(Err(Error::new(Kind::RateLimited, sentence))));
            }
        }
    }

    /// The next one: first what somebody does not want to be heard.
    pub fn take(&mut self) -> Option<Order> {
        if let Some(muted) = self.muted.take() {
            return Some(Order::Mute(muted));
        }
        let answer = self.answer.take().map(Order::Answer);
        answer.or_else(|| self.keys.take().map(Order::Keys))
    }
}
