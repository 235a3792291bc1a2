//! Requests to talk that wait for an answer: those of others, and one's own. Whoever asked is told nothing but yes, so an own
//! one waits until it is answered or taken back.

use casemate_api::command::Who;
use casemate_api::{Event, view};
use casemate_wire::ids::AccountId;
use rusqlite::params;

use crate::contact::Standing;
use crate::core::{Ctx, Done, not_found, rfc3339};

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

    /// `contact.withdraw`: an own request. Who was asked may see it still, but the way by which they would answer is
    /// closed.
    pub fn contact_withdraw(&mut self, command: u64, who: Who) -> Done<()> {
        let person = self.person_by_address(&who.who)?;
        if person.standing != Standing::Knocked {
            return Err(not_found(format!("No request to {} waits.", person.address)));
        }
        self.db
            .prepare_cached("UPDATE given SET revoked = 1 WHERE account = ?1")?
            .execute([&person.account.0[..]])?;
        self.core.session.chores = true;
        self.set_standing(person.account, Standing::Stranger)?;
        self.reply_nothing(command);
        Ok(())
    }
}
