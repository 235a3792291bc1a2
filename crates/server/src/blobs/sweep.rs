//! Files and rows of blobs are compared, a folder after the other: a file without a row outlived it and goes, after a week aside; a row
//! without its file cannot be served, and the operator is told.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::{Duration, SystemTime};

use casemate_wire::ids::BlobId;

use super::folder::{Folder, PART};

/// There are so many.
pub const FOLDERS: u16 = 256;

/// A file that was written since may be of a row that is newer than what is compared.
const FRESH: Duration = Duration::from_secs(3_600);

/// So long files without a row lie aside: where the row should have been there, they can be put back.
const ASIDE: Duration = Duration::from_secs(7 * 86_400);

/// Where they lie.
const TRASH: &str = "trash";

/// Rows that are compared: bytes of a blob, and whether they should all be there.
pub type Rows = HashMap<BlobId, (u64, bool)>;

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Files that were put aside.
    pub aside: usize,
    /// Rows whose file is missing or too short.
    pub missing: Vec<BlobId>,
}

impl Folder {
    /// Compares the files of a folder with all rows of blobs whose ids begin so. `rows` were read before.
    pub fn sweep(&self, first: u8, rows: &Rows, now: SystemTime) -> io::Result<Swept> {
        let mut swept = Swept::default();
        let folder = self.root().join(format!("{first:02x}"));
        for found in entries(&folder)? {
            let name = found.file_name();
            let Some(name) = name.to_str() else { continue };
            let hex = format!("{first:02x}{}", name.strip_suffix(PART).unwrap_or(name));
            let Some(blob) = BlobId::from_hex(&hex) else { continue };
            if !rows.contains_key(&blob) && is_older(&found.metadata()?, now, FRESH) {
                self.put_aside(&found.path(), name, &hex[..2])?;
                swept.aside += 1;
            }
        }
        for (blob, (bytes, _)) in rows.iter().filter(|(_, (_, complete))| *complete) {
            match fs::metadata(self.path(*blob)) {
                Ok(metadata) if metadata.len() >= *bytes => {}
                Ok(_) => swept.missing.push(*blob),
                Err(error) if error.kind() == ErrorKind::NotFound => swept.missing.push(*blob),
                Err(error) => return Err(error),
            }
        }
        Ok(swept)
    }

    fn put_aside(&self, file: &Path, name: &str, first: &str) -> io::Result<()> {
        let trash = self.root().join(TRASH);
        fs::create_dir_all(&trash)?;
        let aside = trash.join(format!("{first}{name}"));
        // Its week begins now.
        File::options().append(true).open(file)?.set_modified(SystemTime::now())?;
        fs::rename(file, &aside)
    }

    /// Removes what has lain aside for long enough.
    pub fn empty_trash(&self, now: SystemTime) -> io::Result<()> {
        for found in entries(&self.root().join(TRASH))? {
            if is_older(&found.metadata()?, now, ASIDE) {
                fs::remove_file(found.path())?;
            }
        }
        Ok(())
    }
}

fn entries(folder: &Path) -> io::Result<Vec<fs::DirEntry>> {
    match fs::read_dir(folder) {
        Ok(found) => found.collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// A clock that was set back makes nothing old.
fn is_older(metadata: &fs::Metadata, now: SystemTime, than: Duration) -> bool {
    let age = metadata.modified().ok().and_then(|written| now.duration_since(written).ok());
    age.is_some_and(|age| age > than)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::store::FailingFiles;

    #[test]
    fn files_without_rows_go_aside_and_rows_without_files_are_told() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::open(home.path(), Arc::new(FailingFiles::new(1))).unwrap();
        let blob = |n: u8| BlobId([[0xab].repeat(15), vec![n]].concat().try_into().unwrap());
        for n in 1..=4 {
            folder.fill(blob(n)).unwrap().add(b"bytes").unwrap();
        }
        [1, 2, 3].into_iter().for_each(|n| folder.complete(blob(n)).unwrap());
        fs::write(home.path().join("ab").join("something else"), "x").unwrap();
        // 2 is too short, 3 has no row, 4 is being filled and has none either, 5 has no file, 6 is not whole yet.
        let rows = Rows::from([
            (blob(1), (5, true)),
            (blob(2), (9, true)),
            (blob(5), (5, true)),
            (blob(6), (5, false)),
        ]);
        let later = |hours: u64| SystemTime::now() + Duration::from_secs(hours * 3_600);
        let mut swept = folder.sweep(0xab, &rows, later(0)).unwrap();
        swept.missing.sort();
        assert_eq!(swept, Swept { aside: 0, missing: vec![blob(2), blob(5)] });
        assert_eq!(folder.sweep(0xab, &rows, later(2)).unwrap().aside, 2);
        assert!(folder.read(blob(1)).is_ok() && folder.read(blob(3)).is_err());
        assert!(home.path().join("ab").join("something else").exists(), "of somebody else's");
        let aside = || fs::read_dir(home.path().join(TRASH)).unwrap().count();
        folder.empty_trash(later(24 * 6)).unwrap();
        assert_eq!(aside(), 2);
        folder.empty_trash(later(24 * 8)).unwrap();
        assert_eq!(aside(), 0);
        assert_eq!(folder.sweep(0xcd, &Rows::new(), later(2)).unwrap(), Swept::default());
    }
}
