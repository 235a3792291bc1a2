//! A server that says that it was restored from a backup.
//!
//! ```text
//! greeting ─▶ another incarnation ─▶ does it follow from the known one? ── no: said
//!                                      └─ yes: what came after the backup is sent again, said
//! message  ─▶ a head of another one ─▶ of those before the present one? ── no: said, with whom
//!                                      └─ yes: what the backup has of it is proven to be in the present list
//! ```
//! A server could show somebody another list by way of a restore that nobody else hears of. So each restore is said, and each
//! message carries its sender's incarnation: of two people who were each given one of their own both hear of it at the first one.
//! What was seen before a restore stays, and is held against what comes after.

use casemate_transparency::incarnation::{Chain, Place};
use casemate_transparency::{Head, incarnation};
use casemate_wire::ids::AccountId;
use casemate_wire::proto::wire::HelloAnswer;
use prost::Message as _;

use crate::core::{Ctx, Done, Fail, stored};
use crate::db;
use crate::transparency::HEAD_DUE;

/// From then on a server that was restored has to say what it goes on from: 90 days after the version that says it, by this device's
/// clock (2027-02-25).
const STATED_FROM_MS: i64 = 1_803_513_600_000;

/// In `settings`: the present incarnation; how it came about, as a greeting says it; and since when this device knows what leads to it.
const NOW: &str = "incarnation";
const BEGAN: &str = "incarnations";
const SINCE: &str = "incarnations_since_ms";

/// Days of which a head is kept.
const DAYS: i64 = 400;
const DAY_MS: i64 = 86_400_000;

impl Ctx<'_> {
    /// Which incarnation the server greets in.
    pub fn check_incarnation(&mut self, hello: &HelloAnswer, key: &[u8; 32]) -> Done<()> {
        let malformed = |_| Fail::Server("a malformed incarnation");
        let new: [u8; 16] = hello.incarnation[..].try_into().map_err(malformed)?;
        let known = db::setting(self.db, NOW)?.and_then(|known| <[u8; 16]>::try_from(known).ok());
        let chain = Chain::verify(&hello.incarnations, &new, key);
        let is_rooted = db::number(self.db, SINCE)? > 0;
        if known == Some(new) {
            if !is_rooted {
                self.roots_here(hello)?;
            }
            return self.keep_chain(hello, chain.is_ok());
        }
        db::set_setting(self.db, NOW, &new)?;
        let Some(known) = known else {
            self.roots_here(hello)?;
            return self.keep_chain(hello, chain.is_ok());
        };
        let follows = match (&chain, hello.incarnations.is_empty()) {
            (Err(_), _) => false,
            // A server of before there were statements.
            (Ok(_), true) => self.server_now() < STATED_FROM_MS,
            (Ok(chain), false) => match chain.after(&known) {
                Some(began) => self.known_head()?.is_none_or(|head| {
                    let next = began.first().filter(|_| head.incarnation == known);
                    next.is_none_or(|next| head.at_ms <= next.at_ms)
                }),
                // This device knew none of them as part of a chain yet.
                None => !is_rooted,
            },
        };
        let is_stated = chain.is_ok_and(|chain| chain.after(&known).is_some());
        if !is_stated {
            self.roots_here(hello)?;
        }
        self.keep_chain(hello, is_stated || !hello.incarnations.is_empty() && follows)?;
        self.server_restored()?;
        // Tokens drawn since the backup may be of keys that the server forgot: each would be refused by itself.
        self.db.execute("DELETE FROM wallet", [])?;
        // What this device says next is to carry a head of it.
        db::set_number(self.db, HEAD_DUE, 0)?;
        if !follows {
            return self.say_conflict(None);
        }
        if self.core.me.is_none() {
            return Ok(());
        }
        self.notice_to_self("The server was restored from a backup. What changed since is told to it again.")
    }

    /// What came before is not known as part of a chain: nothing is made of heads from before now.
    fn roots_here(&mut self, hello: &HelloAnswer) -> Done<()> {
        Ok(db::set_number(self.db, SINCE, hello.now_ms.max(self.now_ms).max(1))?)
    }

    fn keep_chain(&mut self, hello: &HelloAnswer, is_good: bool) -> Done<()> {
        let incarnations = if is_good { hello.incarnations.clone() } else { Vec::new() };
        let row = HelloAnswer { incarnations, ..HelloAnswer::default() }.encode_to_vec();
        Ok(db::set_setting(self.db, BEGAN, &row)?)
    }

    fn chain(&self) -> Done<Chain> {
        let row = db::setting(self.db, BEGAN)?.unwrap_or_default();
        let statements = stored::<HelloAnswer>(&row[..])?.incarnations;
        let newest = statements.last().map(incarnation::id).unwrap_or_default();
        let Some(key) = self.log_key()? else { return Ok(Chain::default()) };
        // Verified when they were stored.
        Ok(Chain::verify(&statements, &newest, &key).ok().unwrap_or_default())
    }

    /// A head of another incarnation than the present one, which a message brought.
    pub fn other_incarnation(&mut self, head: &Head, from: Option<AccountId>) -> Done<()> {
        match self.chain()?.place(head) {
            Place::Survived => self.head_waits(head, from),
            Place::Lost => Ok(()),
            Place::Late => self.say_conflict(from),
            // One that was over before this device knew of chains.
            Place::Unknown if head.at_ms < db::number(self.db, SINCE)? => Ok(()),
            Place::Unknown => self.say_conflict(from),
        }
    }

    /// Whether the present list is to have all that a head of an earlier incarnation has.
    pub fn is_survivor(&self, head: &Head) -> Done<bool> {
        Ok(self.chain()?.place(head) == Place::Survived)
    }

    /// One head a day is kept, so that there is one that the backup has, however old it is.
    pub fn keep_head_of_day(&mut self, head: &Head) -> Done<()> {
        let day = self.now_ms.div_euclid(DAY_MS);
        db::set_setting(self.db, &day_key(day), head.to_bytes())?;
        self.db
            .prepare_cached("DELETE FROM settings WHERE key >= 'log_day/' AND key < ?1")?
            .execute([day_key(day - DAYS)])?;
        Ok(())
    }

    /// The newest head that the backup has, of those that are kept, and the one that the backup ends with have to be in the
    /// present list.
    pub fn heads_after_restart(&mut self) -> Done<()> {
        let Some(key) = self.log_key()? else { return Ok(()) };
        let mut statement = self.db.prepare_cached(
            "SELECT value FROM settings WHERE key >= 'log_day/' AND key < 'log_day0' ORDER BY key DESC",
        )?;
        let kept = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<Vec<u8>>, _>>()?;
        drop(statement);
        let chain = self.chain()?;
        let kept = kept.iter().filter_map(|bytes| Head::from_bytes(bytes, &key).ok());
        let newest =
            self.known_head()?.into_iter().chain(kept).find(|head| chain.place(head) == Place::Survived);
        if let Some(newest) = newest {
            self.head_waits(&newest, None)?;
        }
        match chain.newest().map(|began| began.base.clone()) {
            Some(base) => self.head_waits(&base, None),
            None => Ok(()),
        }
    }
}

fn day_key(day: i64) -> String {
    format!("log_day/{:010}", day.max(0))
}
