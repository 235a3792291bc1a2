//! What may touch bytes from outside: files that a person picked or that somebody sent.
//!
//! - [`inspect`]: what a file truly is, from its structure alone, and what to show of it.
//! - [`strip`]: the same photo, video or voice message without what it tells about its maker; also a document, where the person
//!   asked for that.
//! - [`child`]: both of these in a process of their own with no keys, no files and no network.
//! - [`indicators`]: lists of what is known to be bad.
//! - [`name`]: names from strangers, for saving and for showing.
//! - [`limits`]: every bound, and what it costs to move it.
//! - `picture`, where the feature of that name is on: from a picture to pixels.
//! - `code`, where the feature of that name is on: from a picture of a camera to what its QR code says.
//! - `page`, where the feature of that name is on: what a web page says of itself, for a link's preview.
//! - [`reading`]: from a document to plain text.
//! - `rules`, where the feature of that name is on: which of a person's own rules a file matches.
//! - [`sound`]: from a voice message to samples, a piece at a time.
//! - [`video`]: a video written anew for the platform's player, or a part of it.
//! - [`fuzz`]: the entry points for fuzzing.
//!
//! When a file is sent nothing of it is decoded: pixels are copied; only voice is decoded, for its waveform. What is
//! received is decoded where a program shows or plays it. It has no
//! keys, no network and no `unsafe`, and never reaches `casemate-crypto`.

#[cfg(unix)]
pub mod child;
mod clean;
#[cfg(feature = "code")]
pub mod code;
mod fault;
mod format;
pub mod fuzz;
pub mod indicators;
mod inspect;
pub mod limits;
mod media_type;
pub mod name;
#[cfg(feature = "page")]
pub mod page;
#[cfg(feature = "picture")]
pub mod picture;
pub mod reading;
#[cfg(feature = "rules")]
pub mod rules;
pub mod sound;
mod source;
mod stretch;
mod strip;
pub mod video;
mod warning;
mod waveform;

pub(crate) use fault::Fault;
pub use fault::Refused;
pub use inspect::{Inspection, inspect};
pub use media_type::{Kind, MediaType};
pub use strip::{Stripped, strip};
pub use warning::Warning;
