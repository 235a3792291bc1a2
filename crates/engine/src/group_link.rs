//! Links into a group (`group.link`), and those who ask to be added by one (`group.asked`, `group.approve`).
//!
//! A group's link is an invitation link with 16 bytes more that name the group to whoever made it, and to nobody else.
//! Opening it knocks on the maker with those bytes inside the sealed box: a stranger still delivers one knock of fixed
//! size and nothing more. The maker's devices show a wish to join in place of a contact request, and adding is what it
//! always is. Only the maker can answer, because the way to answer is in their knock: docs/decisions/0007.

use casemate_api::command::{GroupApprove, GroupJoin, InConversation};
use casemate_api::{Event, view};
use casemate_content::proto as content;
use casemate_content::proto::own::Kind as OwnKind;
use casemate_content::proto::{ConversationKind, Who, inbox_body};
use casemate_crypto::Suite;
use casemate_crypto::conversation::Level;
use casemate_wire::ids::{AccountId, DeviceId, LinkSecret, LogId};
use casemate_wire::limits;
use casemate_wire::link::Link;
use casemate_wire::proto::wire::device_request_body::Request as DeviceBody;
use casemate_wire::proto::wire::{CreateInvite, Error as WireError, ErrorCode, RevokeInvite};
use rusqlite::{OptionalExtension as _, params};

use crate::connection::Awaiting;
use crate::core::{Ctx, Done, Fail, id_column, not_allowed, not_found, rfc3339, too_large};
use crate::intent::Intent;
use crate::log::State;
use crate::thread::{MEMBERS, Thread, X_WING_MOST};

/// How long a group's link is good.
const EXPIRES_MS: i64 = 90 * 86_400_000;

/// One that is given out is good for so long at least: it may be printed.
const LEFT_MS: i64 = 30 * 86_400_000;

/// Newcomers to the server whom it lets in, where the server lets members invite.
const NEWCOMERS: u32 = 100;

/// Wishes to join that are kept for a group: as many as it can have members. More are not shown; who is refused makes room.
const ASKED: i64 = MEMBERS as i64;

/// Links that siblings made are remembered up to this number.
const LINKS: i64 = 1_000;

/// A link as it is kept.
struct Kept {
    token: Vec<u8>,
    link: String,
    revoked: bool,
    /// When the server forgets it; 0 where that is not known.
    expires_ms: i64,
}

impl Ctx<'_> {
    /// `group.link`: the one that is good, else a new one.
    pub fn group_link(&mut self, command: u64, wanted: &InConversation) -> Done<()> {
        let (thread, _) = self.group_to_add_to(&wanted.conversation)?;
        if let Some(link) = self.live_link(thread.id)? {
            self.reply(command, view::Invite { link });
            return Ok(());
        }
        let secret = LinkSecret::new(self.random());
        self.request_group_link(command, thread.id, secret, NEWCOMERS)
    }

    fn request_group_link(&mut self, command: u64, thread: i64, secret: LinkSecret, uses: u32) -> Done<()> {
        if !self.online() {
            return Err(self.invite_offline());
        }
        let expires_ms = self.server_now() + EXPIRES_MS;
        let create = CreateInvite { secret_hash: secret.hash().into(), uses, expires_ms };
        self.send_device_request(
            DeviceBody::CreateInvite(create),
            Awaiting::InviteCreated { command, secret, group: Some((thread, uses)) },
        )
    }

    /// The server refused a link that lets newcomers in: one that only knocks is asked for. False where it was that.
    pub fn retry_group_link(
        &mut self,
        command: u64,
        thread: i64,
        uses: u32,
        secret: &LinkSecret,
        error: &WireError,
    ) -> Done<bool> {
        if uses == 0 || error.code != ErrorCode::ErrorNotAllowed as i32 {
            return Ok(false);
        }
        self.request_group_link(command, thread, secret.clone(), 0)?;
        Ok(true)
    }

    /// The server knows the link now.
    pub fn group_link_created(&mut self, thread: i64, mut link: Link) -> Done<String> {
        let token: [u8; 16] = self.random();
        link.group = Some(token);
        let kept = Kept {
            token: token.to_vec(),
            link: link.to_text(),
            revoked: false,
            expires_ms: self.server_now() + EXPIRES_MS,
        };
        self.keep_link(thread, &kept)?;
        if let Some(log) = self.active_log(thread)? {
            self.tell_link(log, &kept)?;
        }
        Ok(kept.link)
    }

    /// `group.link_reset`: requests by the link so far are not shown any more.
    pub fn group_link_reset(&mut self, command: u64, wanted: &InConversation) -> Done<()> {
        let (thread, log) = self.group_to_add_to(&wanted.conversation)?;
        let links = self.links("group_links.thread = ?1 AND revoked = 0", thread.id)?;
        for (_, kept) in links {
            let kept = Kept { revoked: true, ..kept };
            self.keep_link(thread.id, &kept)?;
            self.tell_link(log, &kept)?;
            // Where the server is not there now, the knocks still lead to nothing.
            if let (Ok(link), true) = (Link::parse(&kept.link), self.online()) {
                let revoke = RevokeInvite { secret_hash: link.secret.hash().into() };
                self.send_device_request(DeviceBody::RevokeInvite(revoke), Awaiting::Ignored)?;
            }
        }
        self.reply_nothing(command);
        Ok(())
    }

    fn live_link(&self, thread: i64) -> Done<Option<String>> {
        Ok(self
            .db
            .prepare_cached(
                "SELECT link FROM group_links WHERE thread = ?1 AND revoked = 0 AND expires_ms > ?2
                 ORDER BY expires_ms DESC LIMIT 1",
            )?
            .query_row([thread, self.server_now() + LEFT_MS], |row| row.get(0))
            .optional()?)
    }

    /// Links for which a condition over a number holds, and the logs of their groups.
    fn links(&self, condition: &str, number: i64) -> Done<Vec<(LogId, Kept)>> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT active_log, token, link, revoked, expires_ms FROM group_links
             JOIN threads ON threads.id = group_links.thread WHERE active_log IS NOT NULL AND {condition}"
        ))?;
        let links = statement.query_map([number], |row| {
            let kept =
                Kept { token: row.get(1)?, link: row.get(2)?, revoked: row.get(3)?, expires_ms: row.get(4)? };
            Ok((id_column(row, 0)?, kept))
        })?;
        Ok(links.collect::<Result<_, _>>()?)
    }

    fn keep_link(&mut self, thread: i64, kept: &Kept) -> Done<()> {
        self.db
            .prepare_cached(
                "INSERT INTO group_links(token, thread, link, revoked, expires_ms)
                 SELECT ?1, ?2, ?3, ?4, ?6 WHERE (SELECT count(*) FROM group_links) < ?5
                 ON CONFLICT(token) DO UPDATE SET revoked = max(revoked, ?4)",
            )?
            .execute(params![kept.token, thread, kept.link, kept.revoked, LINKS, kept.expires_ms])?;
        Ok(())
    }

    fn tell_link(&mut self, log: LogId, kept: &Kept) -> Done<()> {
        self.tell_siblings(OwnKind::GroupLink(content::OwnGroupLink {
            log: log.into(),
            token: kept.token.clone().into(),
            link: kept.link.clone(),
            revoked: kept.revoked,
            expires_ms: kept.expires_ms,
        }))
    }

    /// A sibling made or revoked one.
    pub fn group_link_received(&mut self, said: &content::OwnGroupLink) -> Done<()> {
        let good = said.token.len() == 16 && said.link.len() <= 600;
        let Ok(log) = LogId::try_from(&said.log[..]) else { return Ok(()) };
        let Some(row) = self.log_row(log)?.filter(|_| good) else { return Ok(()) };
        let (token, link) = (said.token.to_vec(), said.link.clone());
        self.keep_link(row.thread, &Kept { token, link, revoked: said.revoked, expires_ms: said.expires_ms })
    }

    /// All links, for a device that has just come.
    pub fn tell_siblings_links(&mut self) -> Done<()> {
        for (log, kept) in self.links("group_links.thread >= ?1", 0)? {
            self.tell_link(log, &kept)?;
        }
        Ok(())
    }

    /// Somebody knocked with a group's bytes. Their knock and manifest were verified.
    pub fn join_asked(
        &mut self,
        account: AccountId,
        device: DeviceId,
        group: &[u8],
        note: &str,
        at_ms: i64,
    ) -> Done<()> {
        let thread: Option<i64> = self
            .db
            .prepare_cached("SELECT thread FROM group_links WHERE token = ?1 AND revoked = 0")?
            .query_row([group], |row| row.get(0))
            .optional()?;
        let Some(thread) = thread.map(|thread| self.thread_by_id(thread)).transpose()?.flatten() else {
            return Ok(());
        };
        // Who was added, and declined it then, is there without ever having said a word.
        if let Some(log) = thread.active_log
            && self.thread_accounts(&thread)?.contains(&account)
            && self.has_come(&thread, account)?
        {
            return self.say_in_group(log, account, device, group, at_ms);
        }
        let note: String = note.chars().take(limits::KNOCK_NOTE_CHARS).collect();
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO joins_asked(thread, account, note, at_ms)
                 SELECT ?1, ?2,
                     CASE ?3 WHEN '' THEN ifnull((SELECT note FROM joins_asked WHERE thread = ?1 AND account = ?2), '') ELSE ?3 END,
                     ?4
                 WHERE (SELECT count(*) FROM joins_asked WHERE thread = ?1) < ?5",
            )?
            .execute(params![thread.id, &account.0[..], note, at_ms, ASKED])?;
        self.conversation_changed(thread.id)
    }

    /// A device that asks cannot know which group the link is for, and would wait for ever. They learn nothing new by the answer.
    fn say_in_group(
        &mut self,
        log: LogId,
        account: AccountId,
        device: DeviceId,
        group: &[u8],
        at_ms: i64,
    ) -> Done<()> {
        // Whoever asked before they were added has been: only this device reads it late.
        let added_since = self
            .db
            .prepare_cached("SELECT 1 FROM leaves WHERE log = ?1 AND account = ?2 AND added_ms > ?3")?
            .exists(params![&log.0[..], &account.0[..], at_ms])?;
        // One on its way is enough: what a full inbox does not take stays here, and others' items would wait behind it.
        let posted = self
            .db
            .prepare_cached("SELECT 1 FROM posts WHERE account = ?1 AND device = ?2")?
            .exists(params![&account.0[..], &device.0[..]])?;
        if added_since || posted {
            return Ok(());
        }
        let answer = content::InGroup { log: log.into(), group: group.to_vec().into() };
        self.post(account, device, inbox_body::Kind::InGroup(answer))
    }

    /// Whether a device of theirs joined: each that does says how it reads.
    pub fn has_come(&self, thread: &Thread, account: AccountId) -> Done<bool> {
        let Some(log) = thread.active_log else { return Ok(false) };
        Ok(self
            .db
            .prepare_cached("SELECT 1 FROM leaves WHERE log = ?1 AND account = ?2 AND (reader_hash IS NOT NULL OR counter != 0)")?
            .exists(params![&log.0[..], &account.0[..]])?)
    }

    /// `group.asked`
    pub fn group_asked(&mut self, command: u64) -> Done<()> {
        self.me()?;
        let mut statement = self.db.prepare_cached(
            "SELECT threads.id, account, note, joins_asked.at_ms FROM joins_asked
             JOIN threads ON threads.id = joins_asked.thread WHERE standing = 0 ORDER BY joins_asked.at_ms",
        )?;
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, id_column(row, 1)?, row.get(2)?, row.get(3)?)))?
            .collect::<Result<Vec<(i64, AccountId, String, i64)>, _>>()?;
        let mut requests = Vec::with_capacity(rows.len());
        for (thread, account, note, at_ms) in rows {
            requests.push(view::JoinRequest {
                conversation: self.thread_key(thread)?.unwrap_or_default(),
                from: self.address_of(account)?,
                note,
                at: rfc3339(at_ms),
            });
        }
        self.reply(command, view::JoinRequests { requests });
        Ok(())
    }

    /// `group.approve`
    pub fn group_approve(&mut self, command: u64, wanted: &GroupApprove) -> Done<()> {
        let (thread, log) = self.group_to_add_to(&wanted.conversation)?;
        let share = wanted.share.unwrap_or(0);
        if let Some(who) = &wanted.who {
            let account = self.who_asked(&thread, who)?;
            self.approve(&thread, log, account, share)?;
        } else {
            self.approve_all(&thread, log, share)?;
        }
        self.reply_nothing(command);
        Ok(())
    }

    /// In the order in which they asked. Who cannot be added goes on asking; where nobody can, the person reads why.
    fn approve_all(&mut self, thread: &Thread, log: LogId, share: u32) -> Done<()> {
        let mut statement =
            self.db.prepare_cached("SELECT account FROM joins_asked WHERE thread = ?1 ORDER BY at_ms")?;
        let asked = statement
            .query_map([thread.id], |row| id_column(row, 0))?
            .collect::<Result<Vec<AccountId>, _>>()?;
        let (mut added, mut refused) = (0_usize, None);
        for account in asked {
            match self.approve(thread, log, account, share) {
                Ok(()) => added += 1,
                Err(Fail::User(why)) => refused = Some(why),
                Err(fail) => return Err(fail),
            }
        }
        match refused {
            Some(why) if added == 0 => Err(Fail::User(why)),
            _ => Ok(()),
        }
    }

    fn approve(&mut self, thread: &Thread, log: LogId, account: AccountId, share: u32) -> Done<()> {
        let devices = self.reach(account)?;
        if self.accounts_expected(log)? >= MEMBERS {
            return Err(too_large(format!("A group has at most {MEMBERS} members.")));
        }
        let suite = self.log_row(log)?.map(|row| row.suite);
        if suite == Some(Suite::XWing) && self.devices_expected(log)? + devices.len() > X_WING_MOST {
            return Err(too_large(format!(
                "This group was begun small and holds {X_WING_MOST} devices; make a new group for more."
            )));
        }
        // Whoever said that they leave goes first.
        let leaving = self.leaving(log)?.contains(&account);
        let members = if leaving { Vec::new() } else { self.leaves_of(log, account)? };
        self.not_removed(log, account)?;
        // Their device has a place that it knows nothing of, and did not ask for another (docs/protocol.md, "Levels").
        let level = self.with_group(log, |group, _, _| Ok(group.level()))?;
        let anew =
            !members.is_empty() && level == Level::Two && self.is_admin(&thread.state, self.me()?.account());
        if anew {
            self.intend(log, Intent::RemoveAccount(account), true)?;
        }
        for (device, _) in devices {
            let intent = match members.contains(&device) && !anew {
                true => Intent::AddAgain(account, device, Vec::new()),
                false => Intent::AddDevice(account, device),
            };
            self.intend_after_words(log, intent)?;
        }
        self.share_wanted(thread.id, log, account, share)?;
        self.join_answered(thread.id, account)?;
        self.tell_siblings(OwnKind::Asked(content::OwnAsked { log: log.into(), account: account.into() }))
    }

    /// `group.refuse`: who asked sees nothing.
    pub fn group_refuse(&mut self, command: u64, wanted: &GroupJoin) -> Done<()> {
        let thread = self.thread_by_key(&wanted.conversation)?;
        let account = self.who_asked(&thread, &wanted.who)?;
        self.join_answered(thread.id, account)?;
        if let Some(log) = thread.active_log {
            self.tell_siblings(OwnKind::Asked(content::OwnAsked {
                log: log.into(),
                account: account.into(),
            }))?;
        }
        self.reply_nothing(command);
        Ok(())
    }

    fn join_answered(&mut self, thread: i64, account: AccountId) -> Done<()> {
        self.db
            .prepare_cached("DELETE FROM joins_asked WHERE thread = ?1 AND account = ?2")?
            .execute(params![thread, &account.0[..]])?;
        self.conversation_changed(thread)
    }

    /// Answered on a sibling.
    pub fn asked_received(&mut self, said: &content::OwnAsked) -> Done<()> {
        let (Ok(log), Ok(account)) = (LogId::try_from(&said.log[..]), AccountId::try_from(&said.account[..]))
        else {
            return Ok(());
        };
        match self.log_row(log)? {
            Some(row) => self.join_answered(row.thread, account),
            None => Ok(()),
        }
    }

    fn who_asked(&self, thread: &Thread, address: &str) -> Done<AccountId> {
        let account = self.person_by_address(address)?.account;
        let asked: Option<i64> = self
            .db
            .prepare_cached("SELECT 1 FROM joins_asked WHERE thread = ?1 AND account = ?2")?
            .query_row(params![thread.id, &account.0[..]], |row| row.get(0))
            .optional()?;
        match asked {
            Some(_) => Ok(account),
            None => Err(not_found(format!("{address} has not asked to join."))),
        }
    }

    /// A group to which this account may add people.
    fn group_to_add_to(&self, key: &str) -> Done<(Thread, LogId)> {
        let thread = self.active_thread(key)?;
        if thread.kind != ConversationKind::Group {
            return Err(not_allowed("Only groups have links."));
        }
        let add = thread.state.permissions.unwrap_or_default().add;
        if add == Who::Admins as i32 && !self.is_admin(&thread.state, self.me()?.account()) {
            return Err(not_allowed("Only admins may add members here."));
        }
        let log = thread.active_log.ok_or_else(|| not_found("This conversation has not begun yet."))?;
        Ok((thread, log))
    }

    // ---- Asking ----

    /// This account opened a group's link of somebody: a Welcome of theirs into a group was asked for.
    pub fn join_wanted(&mut self, account: AccountId, group: &[u8]) -> Done<()> {
        self.db
            .prepare_cached("INSERT OR REPLACE INTO joins_wanted(account, token, at_ms) VALUES (?1, ?2, ?3)")?
            .execute(params![&account.0[..], group, self.now_ms])?;
        let who = self.address_of(account)?;
        self.event(Event::ContactChanged { who });
        Ok(())
    }

    /// Whose groups were asked for and not come into: address, nothing, and when.
    pub fn joins_wanted(&self) -> Done<Vec<(String, String, String)>> {
        let mut statement = self.db.prepare_cached(
            "SELECT people.address, max(joins_wanted.at_ms) AS asked_ms FROM joins_wanted JOIN people USING (account)
             WHERE people.blocked = 0 GROUP BY account ORDER BY asked_ms, people.address",
        )?;
        let all = statement
            .query_map([], |row| Ok((row.get(0)?, String::new(), rfc3339(row.get(1)?))))?
            .collect::<Result<Vec<_>, _>>()?;
        Ok(all)
    }

    /// Whether a group was asked for; once for each request. A Welcome does not say of which it is the answer: the oldest goes.
    pub fn was_asked_for(&mut self, account: AccountId) -> Done<bool> {
        let gone = self
            .db
            .prepare_cached(
                "DELETE FROM joins_wanted WHERE account = ?1
                 AND token = (SELECT token FROM joins_wanted WHERE account = ?1 ORDER BY at_ms, token LIMIT 1)",
            )?
            .execute([&account.0[..]])?;
        self.wanted_less(account, gone)
    }

    /// Takes back all requests for groups of somebody. Whether there were any.
    pub fn joins_taken_back(&mut self, account: AccountId) -> Done<bool> {
        let gone = self
            .db
            .prepare_cached("DELETE FROM joins_wanted WHERE account = ?1")?
            .execute([&account.0[..]])?;
        self.wanted_less(account, gone)
    }

    /// Their answer to whoever asked for a group that this account is in: that request waits for nothing.
    pub fn in_group_said(&mut self, account: AccountId, said: &content::InGroup) -> Done<()> {
        let Ok(log) = LogId::try_from(&said.log[..]) else { return Ok(()) };
        let is_in = self.log_row(log)?.is_some_and(|row| row.state == State::Live);
        if !is_in || !self.was_member(log, account)? {
            return Ok(());
        }
        let gone = self
            .db
            .prepare_cached("DELETE FROM joins_wanted WHERE account = ?1 AND token IN (?2, x'')")?
            .execute(params![&account.0[..], &said.group[..]])?;
        self.wanted_less(account, gone)?;
        Ok(())
    }

    fn wanted_less(&mut self, account: AccountId, gone: usize) -> Done<bool> {
        if gone > 0 {
            let who = self.address_of(account)?;
            self.event(Event::ContactChanged { who });
        }
        Ok(gone > 0)
    }
}
