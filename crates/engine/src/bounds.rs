//! What others leave behind here, within bounds. Whoever adds accounts of their own making to a group, and takes them out again, fills
//! nobody's device: of strangers who are nowhere any more the newest are remembered. Looked at once a day.

use rusqlite::params;

use crate::core::{Ctx, Done};

/// Strangers whose document is kept though no conversation has them: 16 KiB each. With fewer, somebody who comes back after long may show an
/// older document than was seen.
const STRANGERS: i64 = 2_000;

/// Strangers of whom the name is kept, for what they said. Beyond that it is kept of those who said something here.
const NAMES: i64 = 20_000;

/// Earlier texts of a message: the first, and the newest of the others.
const EARLIER_TEXTS: i64 = 64;

/// Nobody of this account's: met in a group, and gone from all of them.
const GONE: &str = "standing = 0 AND blocked = 0 AND verified = 0 AND nickname = ''
    AND NOT EXISTS (SELECT 1 FROM leaves WHERE leaves.account = people.account)
    AND NOT EXISTS (SELECT 1 FROM reach WHERE reach.account = people.account)
    AND NOT EXISTS (SELECT 1 FROM intents WHERE intents.account = people.account)
    AND NOT EXISTS (SELECT 1 FROM knocks_out WHERE knocks_out.account = people.account)";

impl Ctx<'_> {
    /// Forgets what is over the bounds, and the keys of whoever has no document here.
    pub fn keep_within_bounds(&mut self) -> Done<()> {
        self.db.execute(
            &format!(
                "UPDATE people SET manifest = NULL WHERE account IN (
                     SELECT account FROM people WHERE manifest IS NOT NULL AND {GONE} ORDER BY at_ms DESC LIMIT -1 OFFSET ?1)"
            ),
            [STRANGERS],
        )?;
        self.db.execute(
            &format!(
                "DELETE FROM people WHERE account IN (
                     SELECT account FROM people WHERE manifest IS NULL AND {GONE} ORDER BY at_ms DESC LIMIT -1 OFFSET ?1)
                 AND account NOT IN (SELECT account FROM messages)"
            ),
            [NAMES],
        )?;
        let me = self.me()?.account();
        self.db.execute(
            "DELETE FROM device_keys WHERE account != ?1
                 AND account NOT IN (SELECT account FROM people WHERE manifest IS NOT NULL)",
            [&me.0[..]],
        )?;
        Ok(())
    }

    /// A message has another earlier text: the oldest but the first go.
    pub fn keep_earlier_within_bounds(&mut self, message: &[u8]) -> Done<()> {
        self.db
            .prepare_cached(
                "DELETE FROM earlier_texts WHERE message = ?1
                     AND rowid NOT IN (SELECT rowid FROM earlier_texts WHERE message = ?1 ORDER BY rowid LIMIT 1)
                     AND rowid NOT IN (SELECT rowid FROM earlier_texts WHERE message = ?1 ORDER BY rowid DESC LIMIT ?2)",
            )?
            .execute(params![message, EARLIER_TEXTS - 1])?;
        Ok(())
    }
}
