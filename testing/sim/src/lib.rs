//! Whole conversations in one process: real engines, the server's real router, directory and delivery rules over
//! a store in memory, a virtual clock and a network that a seed makes bad.
//!
//! ```text
//! world.say(&ana, "hello");   world.settle();   assert_eq!(world.texts(&bob), ["hello"]);
//! ```
//! A failing seed prints how to run it again. What is not here: sockets, files, processes (`testing/e2e`).

#![allow(missing_docs)] // Tests read these as stories; the modules say what they are for.

pub mod adversary;
pub mod by_hand;
pub mod client;
pub mod files;
pub mod healing;
pub mod insider;
pub mod lies;
pub mod network;
pub mod older;
pub mod people;
pub mod receipts;
pub mod remains;
pub mod removal;
pub mod snapshot;
pub mod store_faults;
pub mod world;

pub use client::ClientId;
pub use network::Faults;
pub use world::World;

#[cfg(test)]
mod tests;
