//! Conversations as people see them (`conversation.*`). A thread outlives the logs it runs through.

use casemate_api::command::{ConversationCreate, ConversationSet};
use casemate_api::{Event, view};
use casemate_content::limits;
use casemate_content::proto as content;
use casemate_content::proto::{ConversationKind, ConversationState, Who};
use casemate_crypto::Suite;
use casemate_wire::ids::{AccountId, LogId};
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done, Fail, id_column, invalid, not_allowed, not_found, stored, too_large};
use crate::intent::{Intent, StatePatch};
use crate::log::LogRow;

/// Above so many devices a new conversation uses X25519 alone. With X-Wing a commit that adds and a joiner's
/// share grow by about 1.2 KB a device: docs/decisions/0004 has the measurements.
pub const X_WING_DEVICES: usize = 256;

/// A conversation begun with X-Wing grows to so many devices. Its commits no longer fit above about 1,400, and
/// members must still be able to link theirs.
pub const X_WING_MOST: usize = 1_000;

/// Most accounts in a group.
pub const MEMBERS: usize = 1_000;

/// What a conversation is to this account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Joined.
    Active = 0,
    /// Left by own choice.
    Left = 1,
    /// Removed by others.
    Removed = 2,
    /// Offered by a contact, not accepted yet.
    Offered = 3,
    /// Offered and declined.
    Declined = 4,
}

/// A thread's row.
#[derive(Debug, Clone)]
pub struct Thread {
    pub id: i64,
    pub key: String,
    pub kind: ConversationKind,
    pub standing: Standing,
    pub name: String,
    pub pair: Option<AccountId>,
    pub active_log: Option<LogId>,
    pub state: ConversationState,
    pub read_position: i64,
    /// When something last came into it, or it began.
    pub active_ms: i64,
}

impl Thread {
    /// Whether it is open to its person: also where others removed them.
    pub fn is_in(&self) -> bool {
        matches!(self.standing, Standing::Active | Standing::Removed)
    }
}

pub const THREAD: &str = "SELECT id, key, kind, standing, name, pair, active_log, state, read_position, max(active_ms, at_ms) FROM threads";

pub fn thread_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Thread> {
    let key: LogId = id_column(row, 1)?;
    let optional = |index: usize| -> rusqlite::Result<Option<Vec<u8>>> { row.get(index) };
    Ok(Thread {
        id: row.get(0)?,
        key: key.to_hex(),
        kind: ConversationKind::try_from(row.get::<_, i32>(2)?).unwrap_or(ConversationKind::Group),
        standing: match row.get(3)? {
            0 => Standing::Active,
            1 => Standing::Left,
            2 => Standing::Removed,
            3 => Standing::Offered,
            _ => Standing::Declined,
        },
        name: crate::text::seen(row.get(4)?),
        pair: optional(5)?.and_then(|id| AccountId::try_from(&id[..]).ok()),
        active_log: optional(6)?.and_then(|id| LogId::try_from(&id[..]).ok()),
        state: stored::<ConversationState>(&row.get::<_, Vec<u8>>(7)?[..])?,
        read_position: row.get(8)?,
        active_ms: row.get(9)?,
    })
}

impl Ctx<'_> {
    pub fn thread_by_id(&self, id: i64) -> Done<Option<Thread>> {
        let mut statement = self.db.prepare_cached(&format!("{THREAD} WHERE id = ?1"))?;
        Ok(statement.query_row([id], thread_row).optional()?)
    }

    pub fn thread_by_key(&self, key: &str) -> Done<Thread> {
        let unknown = || not_found("There is no such conversation.");
        let id = LogId::from_hex(key).ok_or_else(unknown)?;
        let mut statement = self.db.prepare_cached(&format!("{THREAD} WHERE key = ?1"))?;
        statement.query_row([&id.0[..]], thread_row).optional()?.ok_or_else(unknown)
    }

    /// A conversation that can be written to.
    pub fn active_thread(&self, key: &str) -> Done<Thread> {
        let thread = self.thread_by_key(key)?;
        match thread.standing {
            Standing::Active => Ok(thread),
            Standing::Offered => Err(not_allowed("Accept this conversation first.")),
            _ => Err(not_allowed("You are no longer in this conversation.")),
        }
    }

    pub fn thread_key(&self, id: i64) -> Done<Option<String>> {
        let key: Option<LogId> = self
            .db
            .prepare_cached("SELECT key FROM threads WHERE id = ?1")?
            .query_row([id], |row| id_column(row, 0))
            .optional()?;
        Ok(key.map(|key| key.to_hex()))
    }

    pub fn pair_thread(&self, account: AccountId) -> Done<Option<i64>> {
        Ok(self
            .db
            .prepare_cached("SELECT id FROM threads WHERE pair = ?1")?
            .query_row([&account.0[..]], |row| row.get(0))
            .optional()?)
    }

    pub fn set_thread_standing(&mut self, thread: i64, standing: Standing) -> Done<()> {
        let before = self.thread_by_id(thread)?;
        self.db
            .prepare_cached("UPDATE threads SET standing = ?2 WHERE id = ?1")?
            .execute(params![thread, standing as i64])?;
        if matches!(standing, Standing::Left | Standing::Declined) {
            // Who comes back accepts another question under the same name.
            self.nobody_asks_to_follow(thread)?;
        }
        let was_in = before.is_some_and(|before| before.kind == ConversationKind::Group && before.is_in());
        // Its last line, which lists show. What becomes of it in the log is read by those who stay.
        if standing == Standing::Left && was_in {
            self.notice(thread, "You left.")?;
        }
        self.box_changed();
        self.conversation_changed(thread)
    }

    pub fn conversation_changed(&mut self, thread: i64) -> Done<()> {
        if let Some(conversation) = self.thread_key(thread)? {
            self.event(Event::ConversationChanged { conversation });
        }
        Ok(())
    }

    /// A new thread, named by its first log.
    pub fn insert_thread(
        &mut self,
        key: LogId,
        kind: ConversationKind,
        standing: Standing,
        pair: Option<AccountId>,
        name: &str,
    ) -> Done<i64> {
        self.db
            .prepare_cached(
                "INSERT INTO threads(key, kind, standing, pair, name, at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                &key.0[..],
                kind as i32,
                standing as i64,
                pair.map(|account| account.0.to_vec()),
                name,
                self.server_now()
            ])?;
        Ok(self.db.last_insert_rowid())
    }

    /// Points a thread at the log it goes on in, and keeps what all agreed on. Entries are counted anew there.
    pub fn set_active_log(&mut self, thread: i64, log: LogId, state: &ConversationState) -> Done<()> {
        self.take_wishes_along(thread, log)?;
        self.db
            .prepare_cached(
                "UPDATE threads SET active_log = ?2, state = ?3, name = ?4, archived_entry = 0 WHERE id = ?1",
            )?
            .execute(params![thread, &log.0[..], state.encode_to_vec(), state.name])?;
        self.calls_moved(thread, log)?;
        self.reset_outbox(thread)?;
        self.box_changed();
        self.core.session.dirty.insert(log);
        self.conversation_changed(thread)
    }

    fn new_thread(
        &mut self,
        kind: ConversationKind,
        pair: Option<AccountId>,
        devices: usize,
        state: &ConversationState,
    ) -> Done<(i64, LogId)> {
        let suite = if devices > X_WING_DEVICES { Suite::X25519 } else { Suite::XWing };
        // The thread's id is its first log's, which is only known once made.
        let log = self.start_log(0, suite, state)?;
        let thread = self.insert_thread(log, kind, Standing::Active, pair, &state.name)?;
        self.db
            .prepare_cached("UPDATE logs SET thread = ?2 WHERE log = ?1")?
            .execute(params![&log.0[..], thread])?;
        self.set_active_log(thread, log, state)?;
        Ok((thread, log))
    }

    /// The conversation of this account's own devices.
    pub fn create_own_thread(&mut self) -> Done<()> {
        let account = self.me()?.account();
        let state = ConversationState {
            kind: ConversationKind::Own as i32,
            members: vec![account.into()],
            ..ConversationState::default()
        };
        self.new_thread(ConversationKind::Own, None, 1, &state)?;
        Ok(())
    }

    pub fn own_thread(&self) -> Done<Option<i64>> {
        Ok(self
            .db
            .prepare_cached("SELECT id FROM threads WHERE kind = ?1 ORDER BY id LIMIT 1")?
            .query_row([ConversationKind::Own as i32], |row| row.get(0))
            .optional()?)
    }

    /// `conversation.notes`: messages to oneself stand in the conversation of own devices, among which they belong.
    pub fn conversation_notes(&mut self, command: u64) -> Done<()> {
        self.me()?;
        let thread = self.own_thread()?.ok_or_else(|| {
            not_found("This device was linked just now and has not heard from your other devices yet. Try again soon.")
        })?;
        let conversation = self.thread_key(thread)?.unwrap_or_default();
        self.reply(command, view::ConversationCreated { conversation });
        Ok(())
    }

    /// The 1:1 chat with a contact: made once, and every device of theirs that can be reached is in it.
    pub fn ensure_pair(&mut self, account: AccountId) -> Done<i64> {
        if let Some(thread) = self.pair_thread(account)? {
            let thread =
                self.thread_by_id(thread)?.ok_or_else(|| not_found("There is no such conversation."))?;
            let live = match thread.active_log {
                Some(log) => self.log_row(log)?.is_some_and(|row| row.state != crate::log::State::Closed),
                None => false,
            };
            if !live {
                let state = self.pair_state(account)?;
                let log = self.start_log(thread.id, Suite::XWing, &state)?;
                self.set_active_log(thread.id, log, &state)?;
                self.set_thread_standing(thread.id, Standing::Active)?;
            }
            self.add_missing_devices(account)?;
            self.show_words(account)?;
            return Ok(thread.id);
        }
        let state = self.pair_state(account)?;
        let (thread, _) = self.new_thread(ConversationKind::Pair, Some(account), 2, &state)?;
        self.add_missing_devices(account)?;
        self.send_card(account)?;
        self.show_words(account)?;
        Ok(thread)
    }

    fn pair_state(&self, account: AccountId) -> Done<ConversationState> {
        let mut members = vec![self.me()?.account(), account];
        members.sort();
        Ok(ConversationState {
            kind: ConversationKind::Pair as i32,
            members: members.into_iter().map(Into::into).collect(),
            ..ConversationState::default()
        })
    }

    /// Adds what can be reached of a contact's devices to the 1:1 chat.
    pub fn add_missing_devices(&mut self, account: AccountId) -> Done<()> {
        let Some(thread) = self.pair_thread(account)? else { return Ok(()) };
        let Some(log) = self.thread_by_id(thread)?.and_then(|thread| thread.active_log) else {
            return Ok(());
        };
        let own = self.me()?.identity.device;
        for (device, _) in self.reach(account)? {
            self.intend(log, Intent::AddDevice(account, device), true)?;
        }
        for (device, _) in self.reach(self.me()?.account())? {
            if device != own {
                self.intend(log, Intent::AddDevice(self.me()?.account(), device), true)?;
            }
        }
        Ok(())
    }

    /// `conversation.create`
    pub fn conversation_create(&mut self, command: u64, wanted: ConversationCreate) -> Done<()> {
        let me = self.me()?.account();
        let mut accounts = Vec::new();
        for address in &wanted.members {
            let person = self.contact_by_address(address)?;
            if person != me && !accounts.contains(&person) {
                accounts.push(person);
            }
        }
        if accounts.len() >= MEMBERS {
            return Err(too_large(format!("A group has at most {MEMBERS} members.")));
        }
        let thread = match (&accounts[..], &wanted.name) {
            ([], None) => return Err(invalid("Name at least one other member, or give the group a name.")),
            ([other], None) => self.ensure_pair(*other)?,
            (_, name) => {
                let name = name.clone().unwrap_or_default();
                crate::text::check_name(&name, limits::GROUP_NAME_BYTES)?;
                self.create_group(&name, &accounts)?
            }
        };
        let conversation = self.thread_key(thread)?.unwrap_or_default();
        self.reply(command, view::ConversationCreated { conversation });
        Ok(())
    }

    fn create_group(&mut self, name: &str, accounts: &[AccountId]) -> Done<i64> {
        let me = self.me()?.account();
        let state = ConversationState {
            kind: ConversationKind::Group as i32,
            name: name.to_owned(),
            admins: vec![me.into()],
            permissions: Some(content::Permissions::default()),
            ..ConversationState::default()
        };
        let mut devices = Vec::new();
        for account in accounts.iter().copied().chain([me]) {
            devices.extend(self.reach(account)?.into_iter().map(|(device, _)| (account, device)));
        }
        let (thread, log) = self.new_thread(ConversationKind::Group, None, devices.len() + 1, &state)?;
        let own = self.me()?.identity.device;
        for (account, device) in devices {
            if device != own {
                self.intend(log, Intent::AddDevice(account, device), true)?;
            }
        }
        Ok(thread)
    }

    /// Whether this account may do what a permission covers.
    pub fn is_admin(&self, state: &ConversationState, account: AccountId) -> bool {
        state.admins.iter().any(|admin| admin[..] == account.0)
    }

    /// `conversation.set`
    pub fn conversation_set(
        &mut self,
        command: u64,
        wanted: ConversationSet,
        staged: Vec<crate::Staged>,
    ) -> Done<()> {
        let thread = self.active_thread(&wanted.conversation)?;
        let log = thread.active_log.ok_or_else(|| not_found("This conversation has not begun yet."))?;
        let changes_admins =
            wanted.admins.is_some() || !wanted.admins_add.is_empty() || !wanted.admins_remove.is_empty();
        let only_timer = wanted.name.is_none()
            && wanted.description.is_none()
            && wanted.picture.is_none()
            && !changes_admins
            && wanted.permissions.is_none();
        if thread.kind != ConversationKind::Group && !only_timer {
            return Err(not_allowed("In a chat between two only the timer can be changed."));
        }
        let me = self.me()?.account();
        // Where no admin is there, everybody is as good as one.
        let mut present = self.thread_accounts(&thread)?;
        if let Some(row) = thread.active_log.map(|log| self.log_row(log)).transpose()?.flatten() {
            present.extend(self.awaited(&row)?);
        }
        let admin = self.is_admin(&thread.state, me)
            || !present.iter().any(|account| self.is_admin(&thread.state, *account));
        if !admin && thread.kind == ConversationKind::Group {
            if changes_admins || wanted.permissions.is_some() {
                return Err(not_allowed("Only admins may change this."));
            }
            if thread.state.permissions.unwrap_or_default().edit == Who::Admins as i32 {
                return Err(not_allowed("Only admins may change name, picture and timer here."));
            }
        }
        if let Some(name) = &wanted.name {
            crate::text::check_name(name, limits::GROUP_NAME_BYTES)?;
        }
        if let Some(description) = &wanted.description {
            crate::text::check_text(description, limits::DESCRIPTION_BYTES)?;
        }
        let admins = wanted.admins.as_ref().map(|admins| self.members_named(&thread, admins)).transpose()?;
        let admins_add = self.members_named(&thread, &wanted.admins_add)?;
        let admins_remove = self.members_named(&thread, &wanted.admins_remove)?;
        let last = |admin: &bytes::Bytes| {
            AccountId::try_from(&admin[..]).is_ok_and(|admin| admins_remove.contains(&admin.to_hex()))
        };
        if admins.as_ref().is_some_and(Vec::is_empty)
            || !admins_remove.is_empty() && admins_add.is_empty() && thread.state.admins.iter().all(last)
        {
            return Err(invalid("A group needs at least one admin."));
        }
        let picture = match (wanted.picture.as_deref(), staged.into_iter().next()) {
            (Some(""), _) => Some(Vec::new()),
            (Some(_), Some(staged)) => {
                Some(self.upload_picture(thread.key.as_bytes(), staged)?.encode_to_vec())
            }
            _ => None,
        };
        let patch = StatePatch {
            name: wanted.name,
            description: wanted.description.map(|text| text.trim().to_owned()),
            picture,
            disappearing_seconds: wanted.disappearing_seconds,
            admins,
            admins_add,
            admins_remove,
            permissions: wanted.permissions,
        };
        match patch.disappearing_seconds {
            // What was said before has the timer of before.
            Some(_) => self.intend_after_words(log, Intent::ChangeState(patch))?,
            None => self.intend(log, Intent::ChangeState(patch), true)?,
        }
        self.reply_nothing(command);
        Ok(())
    }

    /// The accounts of members, in hexadecimal.
    fn members_named(&mut self, thread: &Thread, addresses: &[String]) -> Done<Vec<String>> {
        let present = self.thread_accounts(thread)?;
        let mut accounts = Vec::new();
        for address in addresses {
            let account = match *address == self.me()?.address {
                true => self.me()?.account(),
                false => self.person_by_address(address)?.account,
            };
            if !present.contains(&account) {
                return Err(not_found(format!("{address} is not in this group.")));
            }
            accounts.push(account.to_hex());
        }
        Ok(accounts)
    }

    /// What a commit changed, told in the conversation.
    pub fn notice_state_change(
        &mut self,
        row: &LogRow,
        by: AccountId,
        old: &ConversationState,
        new: &ConversationState,
    ) -> Done<()> {
        let (me, who, thread) = (self.me()?.account(), self.name_of(by)?, row.thread);
        let mut lines = Vec::new();
        if old.name != new.name {
            lines.push(format!("{who} named the group “{}”.", crate::text::seen(new.name.clone())));
        }
        if old.description != new.description {
            lines.push(format!("{who} changed what the group is about."));
        }
        if old.picture != new.picture {
            self.group_picture(thread, by, new.picture.as_ref())?;
            lines.push(format!("{who} changed the picture."));
        }
        if old.disappearing_seconds != new.disappearing_seconds {
            lines.push(match new.disappearing_seconds {
                0 => format!("{who} turned disappearing messages off."),
                seconds => format!("{who} let messages disappear after {}.", duration(seconds)),
            });
        }
        if old.admins != new.admins {
            // Of accounts that are nobody's here nothing is said: thousands may be named.
            for admin in new.admins.iter().filter(|admin| !old.admins.contains(admin)) {
                if let Ok(admin) = AccountId::try_from(&admin[..])
                    && self.is_somebody(admin)?
                {
                    lines.push(match admin == me {
                        true => "You are an admin now.".to_owned(),
                        false => format!("{} is an admin now.", self.name_of(admin)?),
                    });
                }
            }
            for admin in old.admins.iter().filter(|admin| !new.admins.contains(admin)) {
                // That who is gone is no admin needs no word.
                if let Ok(admin) = AccountId::try_from(&admin[..])
                    && self.is_somebody(admin)?
                    && !self.goes(row.log, admin)?
                {
                    lines.push(match admin == me {
                        true => "You are no longer an admin.".to_owned(),
                        false => format!("{} is no longer an admin.", self.name_of(admin)?),
                    });
                }
            }
        }
        if old.permissions != new.permissions {
            lines.push(format!("{who} changed what members may do."));
        }
        for line in lines {
            self.notice(thread, &line)?;
        }
        Ok(())
    }

    /// Whether an account is not in a log any more, or said that it leaves.
    fn goes(&self, log: LogId, account: AccountId) -> Done<bool> {
        Ok(self.core.session.leavers.contains(&(log, account)) || self.leaves_of(log, account)?.is_empty())
    }

    fn is_somebody(&self, account: AccountId) -> Done<bool> {
        Ok(account == self.me()?.account() || self.person(account)?.is_some())
    }

    /// A contact's account key changed: said in every conversation with them.
    pub fn notice_safety_changed(&mut self, account: AccountId, _address: &str) -> Done<()> {
        let name = self.name_of(account)?;
        let text = format!(
            "{name}'s safety number changed: perhaps a new phone. Check it before you send something sensitive."
        );
        for thread in self.threads_with(account)? {
            self.notice(thread, &text)?;
        }
        self.safety_is_another(account)
    }

    pub fn missing_thread() -> Fail {
        not_found("There is no such conversation.")
    }
}

/// Seconds in words.
fn duration(seconds: u32) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}
