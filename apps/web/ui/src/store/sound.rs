//! Which voice message is heard, where it stands, how fast it runs; and where others were left.

use std::collections::{HashMap, HashSet};

use casemate_api::command::AttachmentKind;
use leptos::prelude::*;

use super::state::Store;
use crate::ui::picture::is_here;
use crate::ui::player;

/// A file of a message. A recording that was not sent yet has no message.
pub type Key = (String, u32);

/// Speeds in per cent, in the order in which the button goes through them.
pub const SPEEDS: [u16; 3] = [100, 150, 200];

/// Places of recordings that are remembered; the page forgets the rest.
const PLACES: usize = 500;

/// What is heard now, or was until paused.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// Which file.
    pub key: Key,
    /// The chat it is in; empty for one's own recording before it is sent.
    pub conversation: String,
    /// Who speaks.
    pub name: String,
    /// Seconds from its beginning.
    pub at: f64,
    /// Seconds in all.
    pub length: f64,
    /// A sound file, not a voice message.
    pub is_file: bool,
    /// Runs, or is about to.
    pub playing: bool,
}

/// Everything about sound that is on the screen.
#[derive(Clone, Copy)]
pub struct Sound {
    /// What is heard now.
    pub heard: RwSignal<Option<Heard>>,
    /// Per cent.
    pub speed: RwSignal<u16>,
    /// Id of the loudspeaker; empty is the system's choice.
    pub output: RwSignal<String>,
    /// Seconds at which recordings were left.
    pub places: RwSignal<HashMap<Key, f64>>,
    /// Listened to, since the page was loaded.
    pub listened: RwSignal<HashSet<Key>>,
}

impl Default for Sound {
    /// Silence.
    fn default() -> Self {
        Self {
            heard: RwSignal::new(None),
            speed: RwSignal::new(SPEEDS[0]),
            output: RwSignal::new(String::new()),
            places: RwSignal::new(HashMap::new()),
            listened: RwSignal::new(HashSet::new()),
        }
    }
}

impl Sound {
    /// Remembers where a recording was left; at its end it begins anew.
    pub fn leave(self, key: &Key, at: f64) {
        self.places.update(|places| {
            if at < 0.3 {
                places.remove(key);
            } else if places.len() < PLACES {
                places.insert(key.clone(), at);
            }
        });
    }

    /// The next speed.
    pub fn next_speed(self) -> u16 {
        let now = self.speed.get_untracked();
        let at = SPEEDS.iter().position(|speed| *speed == now).unwrap_or(0);
        SPEEDS[(at + 1) % SPEEDS.len()]
    }
}

impl Store {
    /// What is heard is not heard on where its message was deleted or disappeared.
    pub(super) async fn heard_changed(self, conversation: &str, message: &str) {
        let is_heard = |heard: &Option<Heard>| heard.as_ref().is_some_and(|heard| heard.key.0 == message);
        if self.sound.heard.with_untracked(is_heard)
            && let Ok(now) = self.message_now(conversation, message).await
            && now.is_none_or(|now| now.deleted)
        {
            player::close_of(self, message);
        }
    }

    /// The voice message that follows a voice message directly, of the same person.
    pub fn next_voice(self, message: &str) -> Option<(Key, f64)> {
        self.window.with_untracked(|window| {
            let at = window.rows.iter().position(|row| row.message.message == message)?;
            let (this, next) = (&window.rows[at].message, &window.rows.get(at + 1)?.message);
            this.attachments.first().filter(|file| file.kind == AttachmentKind::Voice)?;
            let file = next.attachments.first().filter(|file| file.kind == AttachmentKind::Voice)?;
            let fits = is_here(file) && next.from == this.from && !next.deleted && !next.view_once;
            fits.then(|| ((next.message.clone(), 0), f64::from(file.duration_ms) / 1_000.0))
        })
    }
}
