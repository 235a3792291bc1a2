//! Every file and folder of a home, of a backup, and of what a person saves or exports is made here, and nowhere else
//! (`cargo xtask tidy` looks). Each is its person's alone from its first byte, whatever the umask. A name that was given is on
//! the disk before anything relies on it.

use std::ffi::OsStr;
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fd::AsRawFd as _;
use rustix::fs::{AtFlags, CWD, linkat};
use tempfile::{NamedTempFile, TempDir};

const FOLDER: u32 = 0o700;
const FILE: u32 = 0o600;

/// A folder, with those above it, where it is missing. One that is there keeps its mode: it may be a person's.
pub fn folder(path: &Path) -> Result<()> {
    DirBuilder::new().recursive(true).mode(FOLDER).create(path)
}

/// A folder of this program's own: also closed where an older version left it open.
pub fn own_folder(path: &Path) -> Result<()> {
    folder(path)?;
    close(&File::open(path)?, FOLDER)
}

/// A file that is not there yet.
pub fn new_file(path: &Path) -> Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).mode(FILE).open(path)
}

/// A file, made where it is missing; what it holds stays. One that is there keeps its mode.
pub fn file(path: &Path) -> Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(FILE).open(path)
}

/// A file of this program's own: also closed where an older version left it open.
pub fn own_file(path: &Path) -> Result<File> {
    let file = file(path)?;
    close(&file, FILE)?;
    Ok(file)
}

/// A file without a name, which goes with its last handle.
pub fn nameless() -> Result<File> {
    tempfile::tempfile()
}

/// The same on the disk of this folder.
pub fn nameless_in(folder: &Path) -> Result<File> {
    tempfile::tempfile_in(folder)
}

/// A file that is removed when this is dropped.
pub fn passing_in(folder: &Path) -> Result<NamedTempFile> {
    tempfile::Builder::new().permissions(Permissions::from_mode(FILE)).tempfile_in(folder)
}

/// The same with a name of a kind, which `before` hears before there is such a file.
pub fn passing_named(
    folder: &Path,
    [begin, end]: [&str; 2],
    mut before: impl FnMut(&Path) -> Result<()>,
) -> Result<NamedTempFile<File>> {
    tempfile::Builder::new().prefix(begin).suffix(end).make_in(folder, |path| {
        before(path)?;
        new_file(path)
    })
}

/// A folder that is removed with all in it when this is dropped.
pub fn passing_folder(folder: &Path, [begin, end]: [&str; 2]) -> Result<TempDir> {
    // Without this it would be open to all that the umask lets in.
    let own = Permissions::from_mode(FOLDER);
    tempfile::Builder::new().prefix(begin).suffix(end).permissions(own).tempdir_in(folder)
}

/// A file without a name that [`name`] can give one. `None` where the file system has none, or the system no way to name one
/// later.
#[cfg(target_os = "linux")]
pub fn to_be_named_in(folder: &Path) -> Option<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(folder, flags, Mode::from_raw_mode(FILE)).ok()?);
    in_proc(&file).exists().then_some(file)
}

/// No other system has such files.
#[cfg(not(target_os = "linux"))]
pub fn to_be_named_in(_folder: &Path) -> Option<File> {
    None
}

/// Gives a file of [`to_be_named_in`] its name, which nothing has yet.
pub fn name(file: &File, path: &Path) -> Result<()> {
    linkat(CWD, in_proc(file), CWD, path, AtFlags::SYMLINK_FOLLOW)?;
    sync_folder_of(path)
}

/// Gives a passing file its name, which nothing has yet. It stays from then on.
pub fn keep_new<F>(passing: NamedTempFile<F>, path: &Path) -> Result<()> {
    passing.persist_noclobber(path)?;
    sync_folder_of(path)
}

/// The same in place of what has that name.
pub fn keep<F>(passing: NamedTempFile<F>, path: &Path) -> Result<()> {
    passing.persist(path)?;
    sync_folder_of(path)
}

/// A file whose bytes are on the disk gets another name, in place of what has that name.
pub fn rename(from: &Path, to: &Path) -> Result<()> {
    std::fs::rename(from, to)?;
    sync_folder_of(to)
}

/// The names in the folder of this file are on the disk. Some file systems cannot do that, and some folders can only be written
/// to: the name is there all the same.
pub fn sync_folder_of(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| *folder != OsStr::new("")).unwrap_or(Path::new("."));
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        Err(error) if cannot_sync(&error) => Ok(()),
        synced => synced,
    }
}

fn cannot_sync(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported | ErrorKind::PermissionDenied)
}

/// Nobody else's. Where the file system keeps no modes there is nothing to close.
fn close(opened: &File, mode: u32) -> Result<()> {
    if opened.metadata()?.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    match opened.set_permissions(Permissions::from_mode(mode)) {
        Err(error) if cannot_sync(&error) => {
            tracing::warn!(%error, "a file of Casemate's is open to others, and cannot be closed");
            Ok(())
        }
        closed => closed,
    }
}

fn in_proc(file: &File) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_made_here_is_closed_to_others() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        folder(&at("a/b")).unwrap();
        new_file(&at("new")).unwrap();
        file(&at("kept")).unwrap();
        let passing = passing_in(dir.path()).unwrap();
        let named = passing_named(dir.path(), ["x-", ".part"], |_| Ok(())).unwrap();
        let passing_folder = passing_folder(dir.path(), ["x-", ".part"]).unwrap();
        for path in [&at("new"), &at("kept"), passing.path(), named.path()] {
            assert_eq!(mode(path), FILE, "{}", path.display());
        }
        for path in [&at("a"), &at("a/b"), passing_folder.path()] {
            assert_eq!(mode(path), FOLDER, "{}", path.display());
        }
        if let Some(unnamed) = to_be_named_in(dir.path()) {
            name(&unnamed, &at("named")).unwrap();
            assert_eq!(mode(&at("named")), FILE);
            assert_eq!(name(&unnamed, &at("named")).unwrap_err().kind(), ErrorKind::AlreadyExists);
        }
        keep_new(passing, &at("passed")).unwrap();
        assert_eq!(mode(&at("passed")), FILE);
    }

    #[test]
    fn what_an_older_version_left_open_is_closed_where_it_is_this_programs_own() {
        let dir = tempfile::tempdir().unwrap();
        let (folder_there, file_there) = (dir.path().join("folder"), dir.path().join("file"));
        std::fs::create_dir(&folder_there).unwrap();
        std::fs::write(&file_there, "kept").unwrap();
        let open = || {
            std::fs::set_permissions(&folder_there, Permissions::from_mode(0o755)).unwrap();
            std::fs::set_permissions(&file_there, Permissions::from_mode(0o644)).unwrap();
        };
        open();
        folder(&folder_there).unwrap();
        file(&file_there).unwrap();
        assert_eq!((mode(&folder_there), mode(&file_there)), (0o755, 0o644));
        own_folder(&folder_there).unwrap();
        own_file(&file_there).unwrap();
        assert_eq!((mode(&folder_there), mode(&file_there)), (FOLDER, FILE));
        assert_eq!(std::fs::read(&file_there).unwrap(), b"kept");
    }
}
