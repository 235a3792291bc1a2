//! Stories, by behaviour.

mod absence;
mod attachments;
mod choices;
mod containing;
mod crowd;
mod devices;
mod first_words;
mod groups;
mod insider;
mod keeping;
mod knocks;
mod liar;
mod linking;
mod live;
mod messages;
mod pictures;
mod recovery;
mod room;
mod rough;
mod sentences;
mod sharing;
mod storm;
mod talk;
mod things;
mod transparency;
mod waking;
