//! Stories, by behaviour.

mod crowd;
mod devices;
mod first_words;
mod groups;
mod knocks;
mod messages;
mod rough;
