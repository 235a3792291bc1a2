//! The real server, over real sockets on loopback.

#[path = "../../src/testing/kit.rs"]
#[allow(dead_code, missing_docs)]
mod kit;

mod blobs;
mod client;
mod pages;
mod sockets;
mod start;
mod tls;
