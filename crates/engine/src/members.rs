//! Who is in a conversation: adding, removing, leaving. What a person asks becomes an intent (`intent`); a commit
//! makes it so.

use std::collections::BTreeMap;

use casemate_api::command::{ConversationAdd, InConversation, Members};
use casemate_content::proto as content;
use casemate_content::proto::{ConversationKind, Who};
use casemate_crypto::Suite;
use casemate_crypto::conversation::LeaveStatement;
use casemate_wire::handle::Address;
use casemate_wire::ids::{AccountId, DeviceId, LogId};
use prost::Message as _;
use rusqlite::{Row, params};

use crate::contact::Standing as PersonStanding;
use crate::core::{Ctx, Done, id_column, invalid, not_allowed, not_found, too_large};
use crate::deletion::gone_line;
use crate::intent::Intent;
use crate::log::{LogRow, State};
use crate::thread::{MEMBERS, Standing, Thread, X_WING_MOST};

impl Ctx<'_> {
    /// `conversation.add`
    pub fn conversation_add(&mut self, command: u64, wanted: &ConversationAdd) -> Done<()> {
        let (thread, log) = self.group(&wanted.conversation, "make a group to have more people")?;
        let me = self.me()?.account();
        let add = thread.state.permissions.unwrap_or_default().add;
        if add == Who::Admins as i32 && !self.is_admin(&thread.state, me) {
            return Err(not_allowed("Only admins may add members here."));
        }
        let mut present = self.thread_accounts(&thread)?;
        // Whoever said that they leave is asked in again, once they are out.
        let leaving = self.leaving(log)?;
        present.retain(|account| !leaving.contains(account));
        let (mut joining, mut coming) = (Vec::new(), Vec::new());
        for address in &wanted.members {
            let account = self.contact_by_address(address)?;
            if !present.contains(&account) {
                self.check_coming(&thread, account)?;
                present.push(account);
                coming.push(account);
                joining.extend(self.reach(account)?.into_iter().map(|(device, _)| (account, device)));
            }
        }
        if present.len() > MEMBERS {
            return Err(too_large(format!("A group has at most {MEMBERS} members.")));
        }
        let suite = self.log_row(log)?.map(|row| row.suite);
        if suite == Some(Suite::XWing) && self.devices_expected(log)? + joining.len() > X_WING_MOST {
            return Err(too_large(format!(
                "This group was begun small and holds {X_WING_MOST} devices; make a new group for more."
            )));
        }
        for (account, device) in joining {
            self.intend_after_words(log, Intent::AddDevice(account, device))?;
        }
        for account in coming {
            self.not_removed(log, account)?;
            self.share_wanted(thread.id, log, account, wanted.share.unwrap_or(0))?;
        }
        self.reply_nothing(command);
        Ok(())
    }

    /// `conversation.remove`
    pub fn conversation_remove(&mut self, command: u64, wanted: &Members) -> Done<()> {
        let (thread, log) = self.group(&wanted.conversation, "nobody can be removed from it")?;
        let me = self.me()?.account();
        if !self.is_admin(&thread.state, me) {
            return Err(not_allowed("Only admins may remove members."));
        }
        let (mut present, own) = (self.thread_accounts(&thread)?, self.me()?.address.clone());
        if let Some(row) = self.log_row(log)? {
            present.extend(self.awaited(&row)?);
        }
        for address in &wanted.members {
            // Nobody knows themselves as a person.
            let by_id = AccountId::from_hex(&address.trim().to_lowercase());
            if by_id == Some(me) || Address::typed(address).is_ok_and(|address| address.to_string() == own) {
                return Err(invalid("To go yourself, leave the group."));
            }
            let account = self.person_by_address(address).map(|person| person.account);
            let account = account.ok().filter(|account| present.contains(account));
            let account = account.ok_or_else(|| not_found(format!("{address} is not in this group.")))?;
            self.not_added(log, account)?;
            // Also of those who are not in yet: what adds them may be under way.
            self.intend(log, Intent::RemoveAccount(account), true)?;
        }
        self.reply_nothing(command);
        Ok(())
    }

    /// `conversation.leave`: a signed word to the others, who then commit the removal.
    pub fn conversation_leave(&mut self, command: u64, wanted: &InConversation) -> Done<()> {
        let (thread, log) =
            self.group(&wanted.conversation, "nobody leaves it, but you can block the other")?;
        let me = self.me()?.account();
        let others = self.thread_accounts(&thread)?.into_iter().any(|account| account != me)
            || self.leaves_of(log, me)?.len() > 1;
        if !others {
            let row = self.log_row(log)?.ok_or_else(|| not_found("This conversation has not begun yet."))?;
            self.close_log(&row, Standing::Left)?;
        } else {
            // Before the word that one leaves: after it nothing more is heard from here.
            self.calls_left(log)?;
            self.say_leave(thread.id, log)?;
            // Siblings that are away are not readers any more when they come back.
            let entry = self.log_row(log)?.map_or(0, |row| row.cursor);
            self.tell_answer(log, false, entry)?;
        }
        self.set_thread_standing(thread.id, Standing::Left)?;
        self.reply_nothing(command);
        Ok(())
    }

    /// This device's signed word that its account leaves.
    pub fn say_leave(&mut self, thread: i64, log: LogId) -> Done<()> {
        let leave = self.signed_leave(log)?;
        self.queue_content(thread, None, content::content::Kind::Leave(leave))
    }

    /// The same, to be said.
    pub fn signed_leave(&mut self, log: LogId) -> Done<content::Leave> {
        let [epoch, leaf] = self.with_group(log, |group, _, me| Ok(group.leave_statements(&me.identity)))?;
        Ok(content::Leave { statement: epoch.to_bytes().into(), membership: leaf.to_bytes().into() })
    }

    /// A commit gave this device another leaf: the word that it leaves, which waits to be sent, names that one.
    pub fn sign_leave_again(&mut self, row: &LogRow) -> Done<()> {
        let mut statement =
            self.db.prepare_cached("SELECT id, content FROM outbox WHERE thread = ?1 AND message IS NULL")?;
        let waiting = statement
            .query_map([row.thread], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<Vec<(i64, Vec<u8>)>, _>>()?;
        for (id, bytes) in waiting {
            let Ok(mut body) = content::Content::decode(&bytes[..]) else { continue };
            if matches!(body.kind, Some(content::content::Kind::Leave(_))) {
                body.kind = Some(content::content::Kind::Leave(self.signed_leave(row.log)?));
                self.db
                    .prepare_cached("UPDATE outbox SET content = ?2 WHERE id = ?1")?
                    .execute(params![id, body.encode_to_vec()])?;
            }
        }
        Ok(())
    }

    /// Who is removed is not added any more, whatever was asked before.
    pub fn not_added(&mut self, log: LogId, account: AccountId) -> Done<()> {
        for table in ["intents", "shares"] {
            let which = if table == "intents" { "kind IN (0, 4)" } else { "blob IS NULL" };
            self.db.execute(
                &format!("DELETE FROM {table} WHERE log = ?1 AND account = ?2 AND {which}"),
                params![&log.0[..], &account.0[..]],
            )?;
        }
        Ok(())
    }

    /// Who is added stays, though they were to be removed a moment ago. Who leaves goes at once, to be added then.
    pub fn not_removed(&mut self, log: LogId, account: AccountId) -> Done<()> {
        self.db
            .prepare_cached("DELETE FROM intents WHERE log = ?1 AND account = ?2 AND kind = 1")?
            .execute(params![&log.0[..], &account.0[..]])?;
        self.db
            .prepare_cached(
                "UPDATE intents SET due_ms = min(due_ms, ?3) WHERE log = ?1 AND account = ?2 AND kind = 3",
            )?
            .execute(params![&log.0[..], &account.0[..], self.now_ms])?;
        Ok(())
    }

    /// Accounts that said that they leave, and are in still.
    pub fn leaving(&self, log: LogId) -> Done<Vec<AccountId>> {
        let mut statement =
            self.db.prepare_cached("SELECT account FROM intents WHERE log = ?1 AND kind = 3")?;
        Ok(statement.query_map([&log.0[..]], |row| id_column(row, 0))?.collect::<Result<_, _>>()?)
    }

    /// A sibling left a group, or declined it: what was offered up to an entry is not wanted. Asked again, this device does not
    /// come in unasked either.
    pub fn left_on_sibling(&mut self, row: &LogRow, entry: u64) -> Done<()> {
        let Some(thread) = self.thread_by_id(row.thread)? else { return Ok(()) };
        let is_read = row.state == State::Live;
        // Whoever came in after that was asked anew.
        if is_read && self.came_by(row.log)? > entry {
            return Ok(());
        }
        if !thread.is_in() {
            return Ok(());
        }
        // The Welcome was quicker than the word that they left.
        let again = self
            .db
            .prepare_cached("UPDATE offers SET accepted = 0 WHERE log = ?1")?
            .execute([&row.log.0[..]])?;
        if again == 0 && is_read && row.cursor >= entry && !self.commit_waits(row.log)? {
            return self.close_log(row, Standing::Left);
        }
        if again == 0 {
            return self.set_thread_standing(thread.id, Standing::Left);
        }
        self.set_thread_standing(thread.id, Standing::Offered)?;
        self.offered_marked(row.log)
    }

    /// Accounts in a conversation, those on their way in among them.
    pub fn thread_accounts(&self, thread: &Thread) -> Done<Vec<AccountId>> {
        let Some(log) = thread.active_log else { return Ok(Vec::new()) };
        let mut statement = self.db.prepare_cached(
            "SELECT account FROM leaves WHERE log = ?1
             UNION SELECT account FROM intents WHERE log = ?1 AND kind = 0
             EXCEPT SELECT account FROM intents WHERE log = ?1 AND kind = 1",
        )?;
        Ok(statement.query_map([&log.0[..]], |row| id_column(row, 0))?.collect::<Result<_, _>>()?)
    }

    /// An account's devices in a log.
    pub fn leaves_of(&self, log: LogId, account: AccountId) -> Done<Vec<DeviceId>> {
        let mut statement =
            self.db.prepare_cached("SELECT device FROM leaves WHERE log = ?1 AND account = ?2")?;
        let devices = statement.query_map(params![&log.0[..], &account.0[..]], |row| id_column(row, 0))?;
        Ok(devices.collect::<Result<_, _>>()?)
    }

    /// How many devices of each account read a conversation.
    pub fn devices_of_members(&self, thread: &Thread) -> Done<BTreeMap<AccountId, u64>> {
        let Some(log) = thread.active_log else { return Ok(BTreeMap::new()) };
        let mut statement =
            self.db.prepare_cached("SELECT account, count(*) FROM leaves WHERE log = ?1 GROUP BY account")?;
        let count = |row: &Row<'_>| Ok((id_column(row, 0)?, row.get::<_, i64>(1)? as u64));
        Ok(statement.query_map([&log.0[..]], count)?.collect::<Result<_, _>>()?)
    }

    /// An address of a contact, or one's own.
    pub fn contact_by_address(&self, address: &str) -> Done<AccountId> {
        if self.me()?.address == address {
            return Ok(self.me()?.account());
        }
        let person = self.person_by_address(address)?;
        if person.blocked {
            return Err(not_allowed(format!("You blocked {}. Unblock first.", person.address)));
        }
        if person.gone {
            return Err(not_allowed(gone_line(&person.name())));
        }
        if person.standing != PersonStanding::Contact {
            return Err(not_allowed(format!(
                "{} is not a contact yet: knock, and wait until they accept.",
                person.address
            )));
        }
        Ok(person.account)
    }

    /// A group; `in_pair` is said of a chat between two.
    fn group(&self, key: &str, in_pair: &str) -> Done<(Thread, LogId)> {
        let thread = self.active_thread(key)?;
        if thread.kind != ConversationKind::Group {
            return Err(not_allowed(format!("This is a chat between two; {in_pair}.")));
        }
        let log = thread.active_log.ok_or_else(|| not_found("This conversation has not begun yet."))?;
        Ok((thread, log))
    }
}

/// What is kept of a word that somebody leaves, until its turn.
pub fn kept_leave(leave: &content::Leave) -> Vec<u8> {
    let bounded = [&leave.statement, &leave.membership].iter().all(|said| said.len() <= STATEMENT_BYTES);
    if bounded { leave.encode_to_vec() } else { Vec::new() }
}

/// The statements in what was kept. The first versions of the program kept one as it is.
pub fn statements_in(kept: &[u8]) -> Vec<LeaveStatement> {
    let said = match content::Leave::decode(kept) {
        Ok(leave) => vec![leave.statement.to_vec(), leave.membership.to_vec()],
        Err(_) => vec![kept.to_vec()],
    };
    said.iter().filter_map(|bytes| LeaveStatement::from_bytes(bytes)).collect()
}

/// An encoded statement: version, who, for how long, and a signature with its length.
const STATEMENT_BYTES: usize = 256;
