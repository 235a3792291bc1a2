//! Answers [`crate::control`] on a socket in the data folder.
//!
//! ```text
//! casemate ctl ── one line of JSON ──▶ DIR/control.sock ──▶ directory, router, disk ── one line of JSON ──▶ casemate ctl
//! ```
//! Who may open the socket is who may read the data folder: the server's user, and root.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

use super::{DataFolder, Shell};
use crate::control::{Answer, REQUEST_BYTES, RateUse, Refused, Relay, Request, Status, Usage};
use crate::refusal::Refusal;
use crate::router::Goodbye;
use crate::router::calls::Reached;
use crate::store::disk_room;

/// For a request to come, and for its answer to be taken.
const PATIENCE: Duration = Duration::from_secs(10);

/// The socket. It goes with the server.
pub struct Listening {
    listener: UnixListener,
    path: PathBuf,
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Listening {
    /// Takes the place of one that a server left that was killed: this one holds the folder's lock. Fails where the folder's path is longer
    /// than a socket's may be, of some 100 bytes.
    pub fn open(folder: &DataFolder) -> io::Result<Self> {
        let path = folder.control();
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        Ok(Self { listener, path })
    }

    /// Answers without end, each connection by itself.
    pub async fn serve(self, shell: Rc<Shell>) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let shell = shell.clone();
                    tokio::task::spawn_local(async move {
                        if let Err(error) = converse(stream, &shell).await {
                            tracing::debug!(%error, "control: a connection ended early");
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "control: a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}

async fn converse(mut stream: UnixStream, shell: &Shell) -> io::Result<()> {
    let (read, mut write) = stream.split();
    let mut read = BufReader::new(read.take(REQUEST_BYTES as u64));
    let mut line = Vec::new();
    tokio::time::timeout(PATIENCE, read.read_until(b'\n', &mut line)).await??;
    let answer = match serde_json::from_slice(&line) {
        Ok(request) => answer(shell, request).await,
        Err(_) => Answer::Refused(Refused::Unknown),
    };
    let mut bytes = serde_json::to_vec(&answer).map_err(io::Error::other)?;
    bytes.push(b'\n');
    tokio::time::timeout(PATIENCE, write.write_all(&bytes)).await?
}

async fn answer(shell: &Shell, request: Request) -> Answer {
    match request {
        Request::Status {} => status(shell).await,
        Request::Usage {} => usage(shell).await,
        Request::Limits {} => {
            let rates = shell.hub.router().rates();
            let of = |(rate, per_hour, refused): (&str, u64, u64)| RateUse {
                rate: rate.to_owned(),
                per_hour,
                refused,
            };
            Answer::Limits { rates: rates.into_iter().map(of).collect() }
        }
        Request::Relays {} => {
            Answer::Relays { relays: shell.hub.router().relays().iter().map(relay).collect() }
        }
        Request::Log { level } => match (shell.log.0)(level.as_deref()) {
            Some(level) => Answer::Log { level },
            None => Answer::Refused(Refused::BadLevel),
        },
        request => operate(shell, request).await,
    }
}

/// What the directory does. Whose rights went loses the connection too.
async fn operate(shell: &Shell, request: Request) -> Answer {
    if matches!(request, Request::Disable { .. } | Request::Enable { .. } | Request::Delete { .. }) {
        // Which account is the operator's to know, and no log's.
        tracing::info!("control: the operator changes an account");
    }
    let done =
        shell.hub.directory.operate(move |directory, now_ms| directory.operate(&request, now_ms)).await;
    let Some(done) = done else { return Answer::Refused(Refused::Internal) };
    for inbox in done.closed {
        shell.hub.router().close_inbox(inbox, &Refusal::disabled(), Goodbye::Disabled);
    }
    shell.hub.dispatch();
    done.answer
}

async fn status(shell: &Shell) -> Answer {
    let Shell { process, public_url, log, .. } = shell;
    let counts = shell.hub.directory.operate(|directory, now_ms| {
        let registration = directory.registration();
        directory.counts(now_ms).map(|counts| (counts, registration)).map_err(|error| {
            tracing::error!(%error, "directory: it could not be counted");
        })
    });
    let Some(Ok((counts, registration))) = counts.await else { return Answer::Refused(Refused::Internal) };
    // Tried now, as /readyz does.
    let _ = shell.ready.failing(&shell.hub).await;
    let (connections, refused) = {
        let counters = shell.hub.router().counters();
        (counters.connections, counters.refused)
    };
    let missing: usize = shell.missing.borrow().values().sum();
    Answer::Status(Status {
        build: process.build.clone(),
        public_url: public_url.clone(),
        name: shell.name.clone(),
        started_ms: process.begun_ms,
        registration,
        retention_days: shell.policy.retention_days,
        accounts: counts.accounts,
        disabled: counts.disabled,
        being_deleted: counts.being_deleted,
        devices: counts.devices,
        invites: counts.invites,
        connections,
        refused,
        failing: shell.ready.names(&shell.hub).map(str::to_owned).collect(),
        damaged_records: shell.hub.troubles().damaged.load(Ordering::Relaxed),
        missing_files: missing as u64,
        free_bytes: disk_room(&process.data).map_or(0, |(free, _)| free),
        keys: counts.keys,
        log: (log.0)(None).unwrap_or_default(),
    })
}

async fn usage(shell: &Shell) -> Answer {
    let stored = shell.hub.directory.operate(|directory, _| directory.stored_files());
    let Some(Ok(stored)) = stored.await else { return Answer::Refused(Refused::Internal) };
    let data = shell.process.data.clone();
    let measured = tokio::task::spawn_blocking(move || {
        let database = |name: &str| {
            ["", "-wal"].iter().map(|end| length(&data.join(format!("{name}{end}")))).sum::<u64>()
        };
        let (free, disk) = disk_room(&data).unwrap_or((0, 0));
        Usage {
            directory: database("directory.db"),
            keys: database("transparency.db"),
            messages: folder_bytes(&data.join("delivery")),
            files: stored.files.0,
            file_count: stored.files.1,
            backups: stored.backups.0,
            backup_count: stored.backups.1,
            push: database("push.db"),
            free,
            disk,
        }
    });
    measured.await.map_or(Answer::Refused(Refused::Internal), Answer::Usage)
}

fn relay(relay: &crate::router::calls::Relay) -> Relay {
    Relay {
        name: relay.name.clone(),
        reached: match relay.reached {
            Reached::NotYet => None,
            Reached::Yes => Some(true),
            Reached::Not => Some(false),
        },
        build: relay.build.clone(),
        drains: relay.drains,
        rooms: relay.seen.0,
        participants: relay.seen.1,
    }
}

/// What a file takes of the disk: segments have holes. 0 where it is not there.
fn length(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    std::fs::symlink_metadata(path).map_or(0, |file| file.blocks().saturating_mul(512))
}

/// The same for all files of a folder, and of those in it.
fn folder_bytes(path: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(path) else { return 0 };
    let of = |entry: std::fs::DirEntry| {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder { folder_bytes(&entry.path()) } else { length(&entry.path()) }
    };
    entries.flatten().map(of).fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixStream;

    use super::*;
    use crate::control::Answer;
    use crate::shell::{Config, Handle, LogLevel, control_socket, start};

    fn server(folder: &Path) -> Handle {
        let mut config = Config::new(folder, "127.0.0.1:0".parse().unwrap());
        config.public_url = Some("http://test.example".to_owned());
        config.build = "0.1+ab".to_owned();
        config.log = LogLevel(std::sync::Arc::new(|level| match level {
            None => Some("info".to_owned()),
            Some("debug") => Some("debug".to_owned()),
            Some(_) => None,
        }));
        start(config).unwrap()
    }

    fn said(folder: &Path, bytes: &[u8]) -> Answer {
        let mut stream = UnixStream::connect(control_socket(folder)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(bytes).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(&answer).unwrap()
    }

    fn ask(folder: &Path, request: &Request) -> Answer {
        said(folder, &[serde_json::to_vec(request).unwrap(), b"\n".to_vec()].concat())
    }

    #[test]
    fn operator_asks_a_running_server_over_a_socket_that_is_its_users_alone() {
        let folder = tempfile::tempdir().unwrap();
        // As a server left it that was killed.
        std::fs::create_dir_all(folder.path()).unwrap();
        drop(std::os::unix::net::UnixListener::bind(control_socket(folder.path())).unwrap());
        let handle = server(folder.path());
        let mode = std::fs::metadata(control_socket(folder.path())).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let Answer::Status(status) = ask(folder.path(), &Request::Status {}) else { panic!() };
        assert_eq!((&*status.build, &*status.name, status.accounts), ("0.1+ab", "test.example", 0));
        assert!(status.failing.is_empty() && status.free_bytes > 0 && status.started_ms > 0);
        let Answer::Usage(usage) = ask(folder.path(), &Request::Usage {}) else { panic!() };
        assert!(usage.directory > 0 && usage.keys > 0 && usage.messages > 0 && usage.disk >= usage.free);
        let Answer::Limits { rates } = ask(folder.path(), &Request::Limits {}) else { panic!() };
        assert!(rates.iter().any(|rate| rate.rate == "lookups_per_hour" && rate.refused == 0));
        assert_eq!(ask(folder.path(), &Request::Relays {}), Answer::Relays { relays: vec![] });
        let level = |level: &str| Request::Log { level: Some(level.to_owned()) };
        assert_eq!(ask(folder.path(), &level("debug")), Answer::Log { level: "debug".to_owned() });
        assert_eq!(ask(folder.path(), &level("loud")), Answer::Refused(Refused::BadLevel));
        let no_account = ask(folder.path(), &Request::Disable { name: "ana".to_owned() });
        assert_eq!(no_account, Answer::Refused(Refused::NoAccount));
        for senseless in
            [&b"\n"[..], b"{}\n", b"\xff\xfe\n", b"{\"ask\":\"status\",\"more\":1}\n", &[b'x'; REQUEST_BYTES]]
        {
            assert_eq!(said(folder.path(), senseless), Answer::Refused(Refused::Unknown));
        }
        handle.stop();
        assert!(!control_socket(folder.path()).exists());
    }

    #[test]
    fn server_in_a_folder_whose_path_is_too_long_for_a_socket_runs_without_it() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("f".repeat(120));
        let handle = server(&deep);
        assert!(!handle.has_ended() && !control_socket(&deep).exists());
        handle.stop();
    }
}
