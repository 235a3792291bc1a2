//! What is asked of the system before connections come: the address, its buffers, and open files.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

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
    let refused = |error| refused(address, error);
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let socket = socket.map_err(refused)?;
    socket.set_reuseaddr(true).map_err(refused)?;
    // Connections inherit it.
    socket.set_recv_buffer_size(UNREAD_BYTES).map_err(refused)?;
    bound_unsent(socket2::SockRef::from(&socket));
    socket.bind(address).map_err(refused)?;
    socket.listen(BACKLOG).map_err(refused)
}

/// Listens at a socket that somebody else has bound, such as systemd, within the same bounds.
pub fn take(passed: &std::net::TcpListener) -> Result<TcpListener, StartError> {
    let unknown = SocketAddr::from(([0; 4], 0));
    let address = passed.local_addr().map_err(|error| refused(unknown, error))?;
    let taken = || {
        let socket = passed.try_clone()?;
        socket.set_nonblocking(true)?;
        let bounded = socket2::SockRef::from(&socket);
        bounded.set_recv_buffer_size(UNREAD_BYTES as usize)?;
        // It listens already; this sets only how many may wait.
        bounded.listen(i32::try_from(BACKLOG).unwrap_or(i32::MAX))?;
        bound_unsent(bounded);
        TcpListener::from_std(socket)
    };
    taken().map_err(|error| refused(address, error))
}

fn refused(address: SocketAddr, error: io::Error) -> StartError {
    match error.kind() {
        io::ErrorKind::AddrInUse => StartError::AddressInUse(address),
        io::ErrorKind::PermissionDenied if (1..1024).contains(&address.port()) => {
            StartError::NotPermitted(address)
        }
        _ => StartError::Listen { address, error },
    }
}

fn bound_unsent(socket: socket2::SockRef<'_>) {
    #[cfg(target_os = "linux")]
    if let Err(error) = socket.set_tcp_notsent_lowat(UNSENT_BYTES) {
        tracing::warn!(%error, "the system does not bound what it keeps unsent of a connection");
    }
}

/// How often the log says that connections cannot be accepted.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// Attempts to accept a connection that failed.
#[derive(Default)]
pub struct Refused {
    said: Option<Instant>,
    since: u64,
}

impl Refused {
    /// One more. The log has it, with those since it last did.
    pub fn note(&mut self, error: &io::Error, now: Instant) {
        let Some(attempts) = self.due(now) else { return };
        let out_of_files = error.raw_os_error().is_some_and(|code| {
            [rustix::io::Errno::MFILE, rustix::io::Errno::NFILE]
                .map(rustix::io::Errno::raw_os_error)
                .contains(&code)
        });
        if out_of_files {
            let limit = getrlimit(Resource::Nofile).current;
            tracing::warn!(
                %error, attempts, limit,
                "all files that may be open are in use: newcomers wait until some connections end. Raise LimitNOFILE= in the \
                 unit (without systemd: ulimit -n)"
            );
        } else {
            tracing::warn!(%error, attempts, "connections could not be accepted");
        }
    }

    /// How many there were, where it is time to say so.
    fn due(&mut self, now: Instant) -> Option<u64> {
        self.since += 1;
        if self.said.is_some_and(|said| now.saturating_duration_since(said) < SAID_EVERY) {
            return None;
        }
        self.said = Some(now);
        Some(std::mem::take(&mut self.since))
    }
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
    fn port_that_takes_a_right_is_refused_with_its_name() {
        let said = |address: &str| {
            let error = io::Error::from(io::ErrorKind::PermissionDenied);
            refused(address.parse().unwrap(), error).to_string()
        };
        assert!(said("0.0.0.0:443").contains("CAP_NET_BIND_SERVICE"));
        assert!(!said("0.0.0.0:8440").contains("CAP_NET_BIND_SERVICE"));
    }

    #[test]
    fn connections_that_could_not_be_accepted_are_said_once_a_minute_with_their_number() {
        let (mut refused, begin) = (Refused::default(), Instant::now());
        let said: Vec<u64> =
            (0..1_200).filter_map(|n| refused.due(begin + n * Duration::from_millis(100))).collect();
        assert_eq!(said, [1, 600]);
        assert_eq!(refused.due(begin + 2 * SAID_EVERY), Some(600));
    }

    #[tokio::test]
    async fn socket_that_was_bound_elsewhere_is_listened_at() {
        let bound = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = bound.local_addr().unwrap();
        let listener = take(&bound).unwrap();
        drop(bound);
        let coming = tokio::net::TcpStream::connect(address);
        let (accepted, coming) = tokio::join!(listener.accept(), coming);
        assert_eq!(accepted.unwrap().1, coming.unwrap().local_addr().unwrap());
    }

    #[test]
    fn as_many_files_may_be_open_as_the_system_allows() {
        let files = files();
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
        assert_eq!(limit.current.map_or(usize::MAX, |limit| limit as usize), files);
    }
}
