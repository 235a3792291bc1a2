//! What is asked of the system before connections come: the address, its buffers, and open files.

use std::io;
use std::net::SocketAddr;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpSocket};

use super::StartError;

/// Waiting connections that the system keeps for us.
const BACKLOG: u32 = 4_096;

/// What the system may keep of a connection before we read it; it doubles this. Left alone it would be up to 32 MiB each,
/// which a crash loses and whoever opens many connections can fill. Less slows down uploads from far away: at 100 ms this
/// lets 20 MB a second pass.
const UNREAD_BYTES: u32 = 2 * 1024 * 1024;

/// What the system may keep of what we write and cannot send yet, because the peer reads nothing: else some megabytes each. What is
/// under way to a peer that reads is not bounded by it.
#[cfg(target_os = "linux")]
const UNSENT_BYTES: u32 = 256 * 1024;

/// Listens there.
pub fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    let refused = |error: io::Error| match error.kind() {
        io::ErrorKind::AddrInUse => StartError::AddressInUse(address),
        _ => StartError::Listen { address, error },
    };
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let socket = socket.map_err(refused)?;
    socket.set_reuseaddr(true).map_err(refused)?;
    // Connections inherit it.
    socket.set_recv_buffer_size(UNREAD_BYTES).map_err(refused)?;
    #[cfg(target_os = "linux")]
    if let Err(error) = socket2::SockRef::from(&socket).set_tcp_notsent_lowat(UNSENT_BYTES) {
        tracing::warn!(%error, "the system does not bound what it keeps unsent of a connection");
    }
    socket.bind(address).map_err(refused)?;
    socket.listen(BACKLOG).map_err(refused)
}

/// How many files this process may open: from now on as many as the system lets it.
pub fn files() -> usize {
    let before = getrlimit(Resource::Nofile);
    if before.current != before.maximum
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: before.maximum, ..before })
    {
        tracing::warn!(%error, "the number of open files could not be raised to what the system allows");
    }
    let limit = getrlimit(Resource::Nofile).current;
    limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_files_may_be_open_as_the_system_allows() {
        let files = files();
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
        assert_eq!(limit.current.map_or(usize::MAX, |limit| limit as usize), files);
    }
}
