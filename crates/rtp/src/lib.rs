//! What the relay and native participants look at in packets beside `str0m`: before it, what it must not get, and past it,
//! what is sealed and opened with the keys of its own handshakes. Without sockets, threads and clock.
//!
//! - [`head`]: which stream a packet says that it is of.
//! - [`records`]: data inside of DTLS, which nobody agreed on.
//! - [`numbers`]: numbers that `str0m` would never be done with.
//! - [`feedback`]: what the other side says of such numbers, and asks for.
//! - [`srtp`]: keys of a handshake; packets sealed and opened with them.
//! - [`received`]: what came of a stream that is opened here; [`missing`]: what did not; [`arrivals`]: when, by such numbers.
//! - [`telling`]: what its sender is told of that. [`window`]: which numbers of a stream were there.
//!
//! Not here: anything that could open a frame, whose packets go to whom, who may be heard.

pub mod arrivals;
pub mod feedback;
pub mod head;
pub mod missing;
pub mod numbers;
pub mod received;
pub mod records;
pub mod srtp;
pub mod telling;
pub mod window;
