//! Reads what other messengers export, so that a person can bring her history: a WhatsApp chat as a zip with its text and
//! files. Pure and bounded: bytes in, messages out; no keys, no network, no files, no clock.
//!
//! - [`archive`]: the zip: which files are in it, and their bytes, up to stated sizes.
//! - [`letters()`]: a text's letters, in which encoding it may have been saved.
//! - [`chat`]: the text: who wrote what when, in all languages' forms of dates.
//!
//! Not here: what becomes of it. A driver reads the file, and the engine keeps the messages.

pub mod archive;
mod calendar;
pub mod chat;
mod clock;
mod language;
mod letters;
mod locale;
mod names;
mod order;

pub use archive::{Archive, Entry, Refused};
pub use chat::{Chat, How, Line, Reading, read, read_as};
pub use clock::Civil;
pub use letters::letters;
pub use names::name;
pub use order::Order;
