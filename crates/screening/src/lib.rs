//! What can be said of a link, of what is on a list of known spyware, and of what somebody searches for, by text alone.
//!
//! - [`link`]: where a link truly leads, and what is suspicious about it.
//! - [`indicator`]: domains, addresses and hashes that somebody knows to be bad, in one spelling.
//! - [`index`]: finding them: among many at once, a domain with all that is below it.
//! - [`filename`]: names of files that are made to deceive.
//! - [`fold`]: texts as they are compared when somebody searches.
//! - [`letters`]: letters taken apart, and what they look like.
//! - [`preview`]: whether a preview's link stands in its text, and words that stay on their line.
//! - [`text`]: what in a text could be one.
//! - [`written`]: what in a text is a link to whoever reads it.
//!
//! No I/O, no clock, no keys, nothing of ours: `guard` reads lists with it, `engine` compares, and a page may ask it too.
//! Lists themselves are read where hostile bytes are read, in `casemate-guard`.

pub mod filename;
pub mod fold;
mod host;
pub mod index;
pub mod indicator;
pub mod letters;
pub mod link;
pub mod preview;
pub mod text;
pub mod written;
