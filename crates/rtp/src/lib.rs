//! What the relay and native participants look at in packets beside `str0m`: before it, what it must not get, and past it,
//! what is sealed and opened with the keys of its own handshakes. Without sockets, threads and clock.
//!
//! - [`head`]: which stream a packet says that it is of.
//! - [`records`]: data inside of DTLS, which nobody agreed on.
//! - [`numbers`]: numbers that `str0m` would never be done with.
//! - [`streams`]: streams that nobody sends who has the keys.
//! - [`srtp`]: keys of a handshake; packets sealed with them, and whether one was.
//!
//! Not here: anything that could open a frame, whose packets go to whom, who may be heard.

pub mod head;
pub mod numbers;
pub mod records;
pub mod srtp;
pub mod streams;
