//! Why a server does not start, in words for its operator.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::directory::OpenError;
use crate::store::StoreError;

/// Why a server does not start. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be used.
    #[error(
        "the data folder {} cannot be used: {error}; check that it exists, is yours and that the disk has room",
        path.display()
    )]
    DataFolder {
        /// The folder.
        path: PathBuf,
        /// The system's answer.
        error: io::Error,
    },
    /// A file of the folder is missing, damaged, or not of it.
    #[error(
        "{} {what}. Put all files of the data folder back from one backup and start with --restored; or start once with \
         --accept-loss, and what it held is lost",
        file.display()
    )]
    NotTogether {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Another server runs on it.
    #[error("another Casemate server uses the data folder {} already; stop it, or use another folder", .0.display())]
    Locked(PathBuf),
    /// The directory's database.
    #[error(transparent)]
    Directory(#[from] OpenError),
    /// The logs.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another program listens there.
    #[error("the address {0} is in use by another program; stop that, or choose another with --listen")]
    AddressInUse(SocketAddr),
    /// The port takes a right that this program does not have.
    #[error(
        "the system does not let this program listen on {0}: give it CAP_NET_BIND_SERVICE (the unit of the package does; \
         AmbientCapabilities=CAP_NET_BIND_SERVICE in one of your own), let systemd listen in its place (a socket unit), or \
         choose a port from 1024 on with --listen"
    )]
    NotPermitted(SocketAddr),
    /// The system does not let this program listen there.
    #[error("cannot listen on {address}: {error}; choose another address with --listen")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// The system's answer.
        error: io::Error,
    },
    /// Unprotected on a network.
    #[error(
        "{0} can be reached from other machines, and this server has no TLS: give --tls-cert and --tls-key or \
         --acme DOMAIN, or listen on 127.0.0.1 behind a proxy that has it"
    )]
    PlainOutside(SocketAddr),
    /// The public address or domain is none, or not known.
    #[error("{0}")]
    PublicUrl(String),
    /// A certificate or key cannot be used.
    #[error("the certificate or key in {} cannot be used: {why}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
    /// The system gives no thread.
    #[error("the server's threads cannot be started: {0}")]
    Threads(io::Error),
}
