//! The real server, over real sockets on loopback.

// This target is tests only; what is between them is as well.
#![allow(clippy::unwrap_used)]

#[path = "../../src/testing/kit.rs"]
#[allow(dead_code, missing_docs)]
mod kit;

mod blobs;
mod client;
mod folder;
mod pages;
mod push;
mod sockets;
mod start;
mod tls;
