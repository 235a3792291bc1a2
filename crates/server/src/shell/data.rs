//! The data folder: made when it is not there, and held by one server at a time.
//!
//! ```text
//! DIR/server.lock      held while a server runs
//! DIR/directory.db     accounts, inboxes, payment
//! DIR/transparency.db  the key-transparency log; its copy belongs to that of directory.db
//! DIR/delivery/        logs
//! DIR/blobs/           attachments
//! DIR/acme/            certificates, with --acme
//! DIR/push.db          where devices are woken, sealed
//! DIR/control.sock     where the operator's program asks the running server
//! DIR/relay-*          settings and socket of the relay that this server starts
//! DIR/relay.key        what it shares with that
//! DIR/push.key         what opens that; no backup needs it, and none should have it
//! DIR/restored.done    for which files --restored has acted
//! ```

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use casemate_wire::ids::RelaySecret;

use super::StartError;
use super::relays::secret_in;
use crate::directory::LOG_FILE;

/// The data folder of a running server.
pub struct DataFolder {
    path: PathBuf,
    /// Locked while this lives.
    _lock: File,
}

impl DataFolder {
    /// Opens or creates the folder, readable for its owner only, and takes it for this process.
    pub fn open(path: &Path) -> Result<Self, StartError> {
        let unusable = |error| StartError::DataFolder { path: path.to_path_buf(), error };
        create_private(path).map_err(unusable)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join("server.lock"))
            .map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {
                // Empty: whether anything is missing is looked at after this.
                create_private_file(&directory_file(path)).map_err(unusable)?;
                create_private_file(&path.join(LOG_FILE)).map_err(unusable)?;
                create_private_file(&path.join("push.db")).map_err(unusable)?;
                Ok(Self { path: path.to_path_buf(), _lock: lock })
            }
            Err(TryLockError::WouldBlock) => Err(StartError::Locked(path.to_path_buf())),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }

    /// `directory.db`.
    pub fn directory(&self) -> PathBuf {
        directory_file(&self.path)
    }

    /// Where logs are.
    pub fn delivery(&self) -> PathBuf {
        self.path.join("delivery")
    }

    /// Where blobs are.
    pub fn blobs(&self) -> PathBuf {
        self.path.join("blobs")
    }

    /// Where devices are woken.
    pub fn push(&self) -> PathBuf {
        self.path.join("push.db")
    }

    /// The keys to that.
    pub fn push_key(&self) -> PathBuf {
        self.path.join("push.key")
    }

    /// A file of the relay that this server starts.
    pub fn relay(&self, name: &str) -> PathBuf {
        self.path.join(format!("relay-{name}"))
    }

    /// What this server shares with that.
    pub fn relay_secret(&self) -> io::Result<RelaySecret> {
        let path = self.path.join("relay.key");
        secret_in(&path, |bytes| self.write_private(&path, bytes))
    }

    /// Writes a file that its owner alone may read.
    pub fn write_private(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        create_private_file(path)?;
        fs::write(path, bytes)
    }

    /// Where an operator's program asks the running server.
    pub fn control(&self) -> PathBuf {
        control_socket(&self.path)
    }

    /// Where ACME keeps account and certificates.
    pub fn acme(&self) -> PathBuf {
        self.path.join("acme")
    }

    /// Makes the folder of ACME, which makes its files readable for everybody.
    pub fn make_acme(&self) -> io::Result<()> {
        create_private(&self.acme())
    }

    /// Folders of this one are their owner's alone, also where the operator made this one and others may look into it, and where
    /// a version before made them: keys of TLS and of ACME's account are there.
    pub fn keep_private(&self) -> io::Result<()> {
        for folder in [self.acme(), self.delivery(), self.blobs()] {
            if folder.is_dir() {
                set_mode(&folder, 0o700)?;
            }
        }
        match fs::read_dir(self.acme()) {
            Ok(files) => files.into_iter().try_for_each(|file| set_mode(&file?.path(), 0o600)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// `directory.db` of a data folder, also while a server runs on it.
pub fn directory_file(path: &Path) -> PathBuf {
    path.join("directory.db")
}

/// The socket of [`crate::control`] in a data folder.
pub fn control_socket(path: &Path) -> PathBuf {
    path.join("control.sock")
}

#[cfg(unix)]
fn create_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    if path.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// The server's keys are in it: for its owner only, also in a folder that others may look into. What SQLite puts
/// beside it takes its mode.
#[cfg(unix)]
fn create_private_file(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().append(true).create(true).mode(0o600).open(path).map(drop)
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn create_private_file(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> std::io::Result<()> {
    fs::create_dir_all(path)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn keys_in_a_folder_that_others_may_look_into_are_their_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        // As a version before left them.
        for name in ["acme", "delivery", "blobs"] {
            fs::create_dir(path.join(name)).unwrap();
            fs::set_permissions(path.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        fs::write(path.join("acme/account"), b"key").unwrap();
        fs::set_permissions(path.join("acme/account"), fs::Permissions::from_mode(0o644)).unwrap();
        DataFolder::open(path).unwrap().keep_private().unwrap();
        let mode = |name: &str| fs::metadata(path.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!([mode("acme"), mode("delivery"), mode("blobs")], [0o700; 3]);
        assert_eq!([mode("acme/account"), mode("directory.db"), mode("push.db")], [0o600; 3]);
    }
}
