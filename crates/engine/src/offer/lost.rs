//! Welcomes into what continues a conversation, until those whom they bring have come: the server can damage or withhold one. Who did
//! not get it continues the conversation alone, and brings the others there. So these hear that it was lost.
//!
//! ```text
//! Welcome ─╳ ─┬─ opens a rival ─▶ Welcome into it ─▶ turned down: most are elsewhere ─┬─▶ the first Welcome once more
//!             └─ speaks where the conversation was, or asks to be added there again ───┘
//! ```

use casemate_content::proto as content;
use casemate_content::proto::inbox_body;
use casemate_wire::ids::{AccountId, DeviceId, LogId};
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done};
use crate::log::{LogRow, State};

/// So many times one Welcome is sent again.
const TIMES: i64 = 8;

/// What a device says where the conversation was may have been on its way when the Welcome was, until then.
const ON_ITS_WAY_MS: i64 = 30_000;

impl Ctx<'_> {
    /// A Welcome leaves for a device.
    pub fn keep_welcome(
        &mut self,
        (account, device): (AccountId, DeviceId),
        log: LogId,
        welcome: &content::Welcome,
    ) -> Done<()> {
        if welcome.successor_of.is_empty() {
            return Ok(());
        }
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO welcomes(log, account, device, body) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![&log.0[..], &account.0[..], &device.0[..], welcome.encode_to_vec()])?;
        self.core.session.welcomed_ms.insert((log, account, device), self.now_ms);
        Ok(())
    }

    /// A device speaks in a place that its conversation has left, or asks to be added there again. Where the Welcome to the next one had time to come, it did not.
    pub fn speaks_in_place(&mut self, row: &LogRow, whole: (AccountId, DeviceId)) -> Done<()> {
        // Asked with all that is said: mostly that is where the conversation is.
        if row.state == State::Live {
            return Ok(());
        }
        let Some(active) = self.active_log(row.thread)?.filter(|active| *active != row.log) else {
            return Ok(());
        };
        let kept = "SELECT 1 FROM welcomes WHERE log = ?1 AND account = ?2 AND device = ?3";
        let mut kept = self.db.prepare_cached(kept)?;
        if !kept.exists(params![&active.0[..], &whole.0.0[..], &whole.1.0[..]])? {
            return Ok(());
        }
        let now = self.now_ms;
        let sent_ms = self.core.session.welcomed_ms.entry((active, whole.0, whole.1)).or_insert(now);
        if now.saturating_sub(*sent_ms) < ON_ITS_WAY_MS {
            return Ok(());
        }
        *sent_ms = now;
        self.welcome_once_more(row.thread, whole)
    }

    /// A device has come into a log, or is in it no more.
    pub fn welcome_done(&mut self, log: LogId, (account, device): (AccountId, DeviceId)) -> Done<()> {
        self.db
            .prepare_cached("DELETE FROM welcomes WHERE log = ?1 AND account = ?2 AND device = ?3")?
            .execute(params![&log.0[..], &account.0[..], &device.0[..]])?;
        self.core.session.welcomed_ms.remove(&(log, account, device));
        Ok(())
    }

    /// Nobody is brought into a log any more.
    pub fn welcomes_done(&mut self, log: LogId) -> Done<()> {
        self.core.session.welcomed_ms.retain(|(of, ..), _| *of != log);
        self.db.prepare_cached("DELETE FROM welcomes WHERE log = ?1")?.execute([&log.0[..]])?;
        Ok(())
    }

    /// A device brought this one into a log in which its thread does not go on. Where it has not come to where most are, it did not get
    /// the Welcome to it.
    pub fn welcome_once_more(&mut self, thread: i64, whole: (AccountId, DeviceId)) -> Done<()> {
        let Some(active) = self.active_log(thread)? else { return Ok(()) };
        let kept: Option<Vec<u8>> = self
            .db
            .prepare_cached(
                "UPDATE welcomes SET times = times + 1
                 WHERE log = ?1 AND account = ?2 AND device = ?3 AND times < ?4 RETURNING body",
            )?
            .query_row(params![&active.0[..], &whole.0.0[..], &whole.1.0[..], TIMES], |row| row.get(0))
            .optional()?;
        let Some(welcome) = kept.and_then(|body| content::Welcome::decode(&body[..]).ok()) else {
            return Ok(());
        };
        tracing::info!(log = ?active, "a Welcome is sent once more");
        self.post(whole.0, whole.1, inbox_body::Kind::Welcome(welcome))
    }
}
