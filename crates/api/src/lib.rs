//! Commands, events and errors between the engine and its users: the web app, the terminal client and bots.
//! Plain data with one JSON Schema for all three; `casemate rpc` puts it on stdin and stdout as JSON-RPC 2.0.
//!
//! - [`command`]: what a user asks for. Method names are fixed: scripts rely on them.
//! - [`view`]: what the answers look like.
//! - [`event`]: what happens by itself.
//! - [`error`]: the short list of kinds, each with a sentence for a person.
//! - [`pictures`]: what a call's keys look like, and what those pictures are called.
//! - [`said`]: codes for those sentences, for whoever says them in another language.

pub mod command;
pub mod error;
pub mod event;
pub mod pictures;
pub mod said;
pub mod schema;
pub mod view;

pub use command::Command;
pub use error::{Error, Kind};
pub use event::Event;
