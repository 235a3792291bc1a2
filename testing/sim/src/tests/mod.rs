//! Stories, by behaviour.

mod absence;
mod attachments;
mod choices;
mod crowd;
mod devices;
mod first_words;
mod groups;
mod insider;
mod keeping;
mod knocks;
mod liar;
mod messages;
mod pictures;
mod rough;
mod storm;
mod things;
