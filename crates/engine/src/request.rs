//! Requests to talk that wait for an answer: those of others, and one's own. Whoever asked is told nothing but yes, so an own
//! one may wait for ever.

use casemate_api::{Event, view};
use casemate_wire::ids::AccountId;
use rusqlite::params;

use crate::contact::Standing;
use crate::core::{Ctx, Done, rfc3339};

impl Ctx<'_> {
    /// `contact.requests`
    pub fn contact_requests(&mut self, command: u64) -> Done<()> {
        let requests = self.requests(Standing::Asking)?.into_iter();
        let sent = self.requests(Standing::Knocked)?.into_iter();
        self.reply(
            command,
            view::ContactRequests {
                requests: requests.map(|(from, note, at)| view::ContactRequest { from, note, at }).collect(),
                sent: sent.map(|(to, note, at)| view::SentRequest { to, note, at }).collect(),
            },
        );
        Ok(())
    }

    /// Address, note and time of those who are this to the account, oldest first.
    fn requests(&self, standing: Standing) -> Done<Vec<(String, String, String)>> {
        let mut statement = self.db.prepare_cached(
            "SELECT address, note, at_ms FROM people WHERE standing = ?1 AND blocked = 0 ORDER BY at_ms, address",
        )?;
        let all = statement
            .query_map([standing as i64], |row| Ok((row.get(0)?, row.get(1)?, rfc3339(row.get(2)?))))?
            .collect::<Result<Vec<_>, _>>()?;
        Ok(all)
    }

    /// The server took an own request. What others are to this account already stays.
    pub fn request_sent(&mut self, account: AccountId, note: &str) -> Done<()> {
        let at_ms = self.server_now();
        let asked = self
            .db
            .prepare_cached(
                "UPDATE people SET standing = 1, note = ?2, at_ms = ?3 WHERE standing IN (0, 1, 4) AND account = ?1",
            )?
            .execute(params![&account.0[..], note, at_ms])?;
        if asked > 0 {
            let who = self.address_of(account)?;
            self.event(Event::ContactChanged { who });
        }
        Ok(())
    }
}
