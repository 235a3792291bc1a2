//! Which addresses may be asked for a preview: those of the public internet, whatever a name resolves to. Otherwise whoever
//! sends a link to somebody who passes it on could reach into that person's own network.

use std::io;
use std::net::{IpAddr, SocketAddr};

use casemate_server::push::target::is_public;

/// Knows what names lead to.
pub trait Names: Clone {
    /// All addresses of a name.
    async fn addresses(&self, name: &str, port: u16) -> io::Result<Vec<SocketAddr>>;

    /// Whether an address may be asked.
    fn may_reach(&self, address: IpAddr) -> bool {
        is_public(address.to_canonical())
    }
}

/// The system's.
#[derive(Clone, Copy)]
pub struct System;

impl Names for System {
    async fn addresses(&self, name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((name, port)).await?.collect())
    }
}
