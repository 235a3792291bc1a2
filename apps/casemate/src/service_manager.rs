//! What a service manager such as systemd is told, and what it hands over: `NOTIFY_SOCKET` (sd_notify(3)) and `LISTEN_FDS`
//! (sd_listen_fds(3)). Where the server is started by hand, neither is there and nothing happens.

use std::ffi::OsString;
use std::io;
use std::net::TcpListener;
use std::os::unix::net::UnixDatagram;

use anyhow::{Context, Result, ensure};
use rustix::time::{ClockId, clock_gettime};

/// The service manager, where there is one.
pub struct ServiceManager {
    socket: Option<OsString>,
}

impl ServiceManager {
    /// The one that started this process.
    pub fn from_environment() -> Self {
        Self { socket: std::env::var_os("NOTIFY_SOCKET").filter(|socket| !socket.is_empty()) }
    }

    /// The server takes connections.
    pub fn ready(&self, status: &str) {
        self.tell(&format!("READY=1\nSTATUS={status}\n"));
    }

    /// The server reads files anew. [`Self::ready`] ends it.
    pub fn reloading(&self) {
        // The manager compares it with the time of its own request (systemd 253 and later).
        let now = clock_gettime(ClockId::Monotonic);
        let microseconds = i128::from(now.tv_sec) * 1_000_000 + i128::from(now.tv_nsec) / 1_000;
        self.tell(&format!("RELOADING=1\nMONOTONIC_USEC={microseconds}\n"));
    }

    /// The server ends.
    pub fn stopping(&self) {
        self.tell("STOPPING=1\nSTATUS=Stopping\n");
    }

    fn tell(&self, message: &str) {
        let Some(socket) = &self.socket else { return };
        if let Err(error) = send(socket, message) {
            tracing::warn!(%error, "the service manager at NOTIFY_SOCKET could not be told");
        }
    }
}

fn send(socket: &OsString, message: &str) -> io::Result<()> {
    let own = UnixDatagram::unbound()?;
    #[cfg(target_os = "linux")]
    if let Some(name) = socket.as_encoded_bytes().strip_prefix(b"@") {
        use std::os::linux::net::SocketAddrExt as _;
        let address = std::os::unix::net::SocketAddr::from_abstract_name(name)?;
        return own.send_to_addr(message.as_bytes(), &address).map(|_| ());
    }
    own.send_to(message.as_bytes(), socket).map(|_| ())
}

/// The socket on which the service manager listens for this server already. Before the process has a second thread: the
/// environment is cleared of it.
pub fn passed_socket() -> Result<Option<TcpListener>> {
    let mut passed = listenfd::ListenFd::from_env();
    ensure!(
        passed.len() <= 1,
        "{} sockets were passed in LISTEN_FDS, and this server listens on one: keep one ListenStream= in the socket unit",
        passed.len()
    );
    passed.take_tcp_listener(0).context("the socket that was passed in LISTEN_FDS is no listening TCP socket")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(manager: &UnixDatagram) -> String {
        let mut bytes = [0; 512];
        let length = manager.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    }

    #[test]
    fn service_manager_is_told_at_a_path_and_at_an_abstract_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        ServiceManager { socket: Some(path.into()) }.ready("Listening");
        assert_eq!(heard(&manager), "READY=1\nSTATUS=Listening\n");
        #[cfg(target_os = "linux")]
        {
            use std::os::linux::net::SocketAddrExt as _;
            let name = format!("casemate-test-{}", std::process::id());
            let address = std::os::unix::net::SocketAddr::from_abstract_name(&name).unwrap();
            let manager = UnixDatagram::bind_addr(&address).unwrap();
            ServiceManager { socket: Some(format!("@{name}").into()) }.stopping();
            assert_eq!(heard(&manager), "STOPPING=1\nSTATUS=Stopping\n");
        }
    }

    #[test]
    fn server_without_a_service_manager_tells_nobody() {
        ServiceManager { socket: None }.reloading();
        ServiceManager { socket: Some("/nowhere/at/all".into()) }.reloading();
    }
}
