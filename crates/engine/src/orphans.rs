//! What happens at start to files of the blob folder that no row of the database needs: a crash left them half-made, or made
//! them for a message that was not stored.
//!
//! Such a file is set aside under another name for a week, and removed then. A database that was put back, or that lost rows,
//! may name it again meanwhile: then it gets its name back. The other way round, rows that call a file stored hear where it is
//! missing ([`crate::Input::FilesGone`]). What drivers keep beside a whole file `{blob}`: `{blob}.part`, a
//! download that goes on, and `{blob}.new`, which nobody goes on with.

use std::collections::BTreeSet;

use casemate_wire::ids::{BlobId, MessageId};

use crate::core::{Ctx, Done, id_column};

/// Days that a file is kept after it was set aside.
const KEPT_DAYS: i64 = 7;

const DAY_MS: i64 = 86_400_000;

/// Between the name that a file had and the day on which it was set aside, in days since 1970.
const ASIDE: &str = ".aside-";

/// What rows say about files of the blob folder.
#[derive(Debug, Default)]
pub struct Blobs {
    /// Files that rows need.
    pub needed: Vec<BlobId>,
    /// Of them, those that have to be here: received or sent.
    pub stored: Vec<BlobId>,
}

/// The name of a damaged file from now on, until it is set aside at the next start: no row needs it under that one.
pub fn damaged(blob: &BlobId) -> String {
    format!("{}.damaged", blob.to_hex())
}

/// Files that rows call stored and that are not among these names.
pub fn missing(names: &[String], stored: &[BlobId]) -> Vec<BlobId> {
    let here: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    stored.iter().filter(|blob| !here.contains(blob.to_hex().as_str())).copied().collect()
}

/// What the driver does with one file of its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chore {
    /// It gets another name.
    Rename {
        /// Its name now.
        from: String,
        /// Its name from now on; no file has it.
        to: String,
    },
    /// It is removed.
    Remove(String),
}

/// What to do with the files of these names, where rows need `needed`. `now_ms` is the device's clock, Unix time.
pub fn chores(names: &[String], needed: &[BlobId], now_ms: i64) -> Vec<Chore> {
    let needed: BTreeSet<String> = needed.iter().map(BlobId::to_hex).collect();
    let here: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    let today = now_ms.div_euclid(DAY_MS);
    let is_needed = |name: &str| needed.contains(name.strip_suffix(".part").unwrap_or(name));
    let one = |name: &String| match name.rsplit_once(ASIDE) {
        Some((before, _)) if is_needed(before) && !here.contains(before) => {
            Some(Chore::Rename { from: name.clone(), to: before.to_owned() })
        }
        Some((_, day)) => {
            let is_old = day.parse().is_ok_and(|day: i64| today.saturating_sub(day) > KEPT_DAYS);
            is_old.then(|| Chore::Remove(name.clone()))
        }
        None if is_needed(name) => None,
        None if name.ends_with(".new") => Some(Chore::Remove(name.clone())),
        None => Some(Chore::Rename { from: name.clone(), to: format!("{name}{ASIDE}{today}") }),
    };
    names.iter().filter_map(one).collect()
}

/// Files in the blob folder that rows need: all of them, or an error.
pub(crate) fn referenced_blobs(db: &rusqlite::Connection) -> rusqlite::Result<Blobs> {
    let mut statement = db.prepare("SELECT blob, max(state IN (2, 6)) FROM attachments GROUP BY blob")?;
    let rows = statement.query_map([], |row| Ok((id_column::<BlobId>(row, 0)?, row.get::<_, bool>(1)?)))?;
    let mut blobs = Blobs::default();
    for row in rows {
        let (blob, stored) = row?;
        blobs.needed.push(blob);
        blobs.stored.extend(stored.then_some(blob));
    }
    Ok(blobs)
}

impl Ctx<'_> {
    /// Files that are not here any more as they were stored can be received again, if the server still has them. A picture of
    /// a group or a person is fetched without anybody's asking.
    pub fn files_gone(&mut self, blobs: &[BlobId]) -> Done<()> {
        for blob in blobs {
            tracing::warn!(?blob, "a stored file is missing or damaged on this device");
            let mut statement = self.db.prepare_cached(
                "UPDATE attachments SET state = iif(message IN (SELECT message FROM messages), 3, 4)
                 WHERE blob = ?1 AND state IN (2, 6) RETURNING message",
            )?;
            let messages = statement
                .query_map([&blob.0[..]], |row| id_column(row, 0))?
                .collect::<Result<Vec<MessageId>, _>>()?;
            for id in messages {
                if let Some(message) = self.find_message(id)? {
                    self.message_changed(&message)?;
                }
            }
        }
        self.core.session.chores = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = DAY_MS;

    fn names(chores: &[Chore], names: &[String]) -> Vec<String> {
        let mut left: Vec<String> = names.to_vec();
        for chore in chores {
            match chore {
                Chore::Rename { from, to } => {
                    assert!(!left.contains(to), "{to} is taken");
                    left.iter_mut().filter(|name| *name == from).for_each(|name| to.clone_into(name));
                }
                Chore::Remove(gone) => left.retain(|name| name != gone),
            }
        }
        left
    }

    #[test]
    fn orphan_is_kept_for_a_week_and_comes_back_when_a_row_names_it_again() {
        let (needed, other) = (BlobId([1; 16]), BlobId([2; 16]));
        let part = |blob: &BlobId| format!("{}.part", blob.to_hex());
        let kept = vec![needed.to_hex(), part(&needed)];
        let orphans = [other.to_hex(), part(&other), format!("{}.new", other.to_hex())];
        let before: Vec<String> = kept.iter().chain(&orphans).cloned().collect();
        let aside = names(&chores(&before, &[needed], 100 * DAY), &before);
        assert_eq!(aside[..2], kept);
        assert_eq!(
            aside[2..],
            [format!("{}.aside-100", other.to_hex()), format!("{}.aside-100", part(&other))]
        );
        // The same later, to the week's end.
        assert_eq!(chores(&aside, &[needed], 107 * DAY), []);
        assert_eq!(names(&chores(&aside, &[needed], 108 * DAY), &aside), kept);
        // Named again.
        let again = names(&chores(&aside, &[needed, other], 107 * DAY), &aside);
        assert_eq!(again, before[..4]);
        // There is another by then: it stays, and the old one ages.
        let both = [aside.clone(), vec![other.to_hex()]].concat();
        assert_eq!(
            chores(&both, &[needed, other], 101 * DAY),
            [Chore::Rename { from: aside[3].clone(), to: part(&other) }]
        );
    }

    #[test]
    fn damaged_file_never_gets_its_name_back() {
        let blob = BlobId([1; 16]);
        let before = vec![damaged(&blob)];
        let aside = names(&chores(&before, &[blob], 100 * DAY), &before);
        assert_eq!(aside, [format!("{}.damaged.aside-100", blob.to_hex())]);
        assert_eq!(chores(&aside, &[blob], 101 * DAY), []);
        assert_eq!(chores(&aside, &[blob], 108 * DAY), [Chore::Remove(aside[0].clone())]);
        assert_eq!(missing(&aside, &[blob]), [blob]);
        assert_eq!(missing(&[blob.to_hex()], &[blob]), []);
    }

    #[test]
    fn clock_that_is_behind_removes_nothing() {
        let aside = vec![format!("{}.aside-100", BlobId([2; 16]).to_hex())];
        assert_eq!(chores(&aside, &[], 0), []);
        assert_eq!(chores(&aside, &[], i64::MIN), []);
    }
}
