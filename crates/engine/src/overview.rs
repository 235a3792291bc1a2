//! Conversations and people as lists and headers show them (`conversation.list`, `conversation.show`, `contact.list`).

use std::collections::BTreeMap;

use casemate_api::command::{Allowed, ConversationList, InConversation, Permissions};
use casemate_api::view;
use casemate_content::limits;
use casemate_content::proto::{ConversationKind, Who};
use casemate_crypto::Suite;
use casemate_wire::ids::MessageId;

use crate::contact::{Person, handle_of, person_row};
use crate::core::{Ctx, Done, rfc3339};
use crate::mark::FOREVER_MS;
use crate::message::COUNTED;
use crate::thread::{Standing, Thread, X_WING_DEVICES};

impl Ctx<'_> {
    /// `conversation.list`
    pub fn conversation_list(&mut self, command: u64, wanted: &ConversationList) -> Done<()> {
        self.me()?;
        let limit = wanted.limit.map_or(usize::MAX, |limit| limit as usize);
        let skip = wanted.skip.map_or(0, |skip| skip as usize);
        let mut statement = self.db.prepare_cached(
            "SELECT id, pinned FROM threads
             WHERE standing NOT IN (3, 4) AND kind != 2 OR standing != 4 AND EXISTS (SELECT 1 FROM messages WHERE thread = threads.id)
             ORDER BY max(active_ms, at_ms), id",
        )?;
        let listed = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let listed = listed.collect::<Result<Vec<(i64, bool)>, _>>()?;
        let newer = listed.len().saturating_sub(skip);
        let older = newer.saturating_sub(limit);
        let mut conversations = Vec::with_capacity(newer - older);
        for (at, (id, pinned)) in listed.into_iter().enumerate() {
            if ((older..newer).contains(&at) || pinned && skip == 0)
                && let Some(thread) = self.thread_by_id(id)?
            {
                conversations.push(self.conversation_view(&thread, false)?);
            }
        }
        self.reply(command, view::Conversations { conversations });
        Ok(())
    }

    /// `conversation.show`
    pub fn conversation_show(&mut self, command: u64, wanted: &InConversation) -> Done<()> {
        let thread = self.thread_by_key(&wanted.conversation)?;
        let conversation = self.conversation_view(&thread, true)?;
        self.reply(command, view::Conversations { conversations: vec![conversation] });
        Ok(())
    }

    /// `contact.list`
    pub fn contact_list(&mut self, command: u64) -> Done<()> {
        let mut statement = self.db.prepare_cached(
            "SELECT account, address, display_name, standing, blocked, nickname, gone, promised, verified, about, picture FROM people
             WHERE standing = 3 OR blocked = 1 ORDER BY address",
        )?;
        type Row = (Person, bool, String, Option<Vec<u8>>);
        let people = statement
            .query_map([], |row| Ok((person_row(row)?, row.get(8)?, row.get(9)?, row.get(10)?)))?
            .collect::<Result<Vec<Row>, _>>()?;
        let mut contacts = Vec::with_capacity(people.len());
        for (person, verified, about, picture) in people {
            let picture = picture.and_then(|id| MessageId::try_from(&id[..]).ok());
            contacts.push(view::Contact {
                name: person.name(),
                picture: self.picture_shown(picture)?,
                about,
                nickname: Some(person.nickname).filter(|nickname| !nickname.is_empty()),
                address: person.address,
                verified,
                blocked: person.blocked,
                gone: person.gone,
                claimed: !person.promised,
            });
        }
        self.reply(command, view::Contacts { contacts });
        Ok(())
    }

    pub fn conversation_view(&mut self, thread: &Thread, with_information: bool) -> Done<view::Conversation> {
        let me = self.me()?.account();
        let mut members = Vec::new();
        let devices = if with_information { self.devices_of_members(thread)? } else { BTreeMap::new() };
        let mut accounts = self.thread_accounts(thread)?;
        if with_information
            && let Some(row) = thread.active_log.map(|log| self.log_row(log)).transpose()?.flatten()
        {
            accounts.extend(self.awaited(&row)?);
        }
        for account in accounts {
            let admin = thread.state.admins.iter().any(|admin| admin[..] == account.0);
            // One look at each: a list of conversations has many.
            let (address, name, claimed) = match self.person(account)? {
                _ if account == me => (self.me()?.address.clone(), self.own_name()?, false),
                Some(person) => (person.address.clone(), person.name(), !person.promised),
                None => (self.address_of(account)?, self.name_of(account)?, true),
            };
            let devices = with_information.then(|| devices.get(&account).copied().unwrap_or(0));
            let account = account.to_hex();
            members.push(view::Member { address, account, name, claimed, admin, devices });
        }
        members.sort_by(|a, b| a.address.cmp(&b.address));
        let other = thread.pair.map(|other| self.person(other)).transpose()?.flatten();
        let gone = other.as_ref().is_some_and(|other| other.gone);
        let name = match (thread.kind, thread.pair) {
            (ConversationKind::Pair, Some(_)) => other.map(|other| other.name()).unwrap_or_default(),
            (ConversationKind::Own, _) => "Notes to myself".to_owned(),
            _ => thread.name.clone(),
        };
        let marks = self.marks(thread.id)?;
        let now = self.server_now();
        Ok(view::Conversation {
            conversation: thread.key.clone(),
            name,
            kind: match thread.kind {
                _ if self.is_imported(thread.id)? => "imported",
                ConversationKind::Pair => "pair",
                ConversationKind::Own => "own",
                ConversationKind::Group => "group",
            }
            .to_owned(),
            standing: match thread.standing {
                Standing::Active if gone => "gone",
                Standing::Active => "active",
                Standing::Left => "left",
                Standing::Removed => "removed",
                Standing::Offered => "offered",
                Standing::Declined => "declined",
            }
            .to_owned(),
            members,
            active: rfc3339(thread.active_ms),
            unread: self.unread(thread.id)?,
            pinned: marks.pinned,
            archived: marks.archived,
            deleted: marks.deleted,
            muted_until: marks.muted_until_ms.filter(|_| marks.muted(now)).map(|until| match until {
                FOREVER_MS => "forever".to_owned(),
                until => rfc3339(until),
            }),
            mentions_only: marks.mentions_only,
            locked: marks.locked,
            strict: marks.strict,
            held: if thread.standing == Standing::Active { self.held(thread.id)? } else { None },
            marked_unread: marks.unread,
            unfinished_import: self.unfinished_import(&thread.key)?,
            folder: Some(marks.folder).filter(|folder| !folder.is_empty()),
            typing: self.typing_in(thread.id)?,
            presence: match thread.pair {
                Some(other) if !gone => self.presence_of(other)?,
                _ => None,
            },
            draft: self.draft_view(thread.id)?,
            scheduled: self.scheduled_in(thread.id)?,
            picture: match thread.pair {
                Some(other) => self.person_picture_shown(other)?,
                None => self.group_picture_shown(thread.id)?,
            },
            last: self.last_message(thread.id)?,
            information: if with_information { self.information(thread)? } else { None },
        })
    }

    /// How many messages of others stand after what was read. They are counted once, then a new one adds to it.
    fn unread(&mut self, thread: i64) -> Done<u64> {
        let known: Option<i64> = self
            .db
            .prepare_cached("SELECT unread FROM threads WHERE id = ?1")?
            .query_row([thread], |row| row.get(0))?;
        if let Some(known) = known {
            return Ok(known as u64);
        }
        let counted: i64 = self
            .db
            .prepare_cached(&format!(
                "UPDATE threads SET unread =
                     (SELECT count(*) FROM messages WHERE thread = threads.id AND position > read_position AND {COUNTED})
                 WHERE id = ?1 RETURNING unread"
            ))?
            .query_row([thread], |row| row.get(0))?;
        Ok(counted as u64)
    }

    /// The name that contacts see of this account.
    pub fn own_name(&self) -> Done<String> {
        let name = crate::db::setting(self.db, "display_name")?.and_then(|name| String::from_utf8(name).ok());
        Ok(match name.filter(|name| crate::text::shows(name)) {
            Some(name) => name,
            None => handle_of(&self.me()?.address),
        })
    }

    fn information(&mut self, thread: &Thread) -> Done<Option<view::Information>> {
        let Some(log) = thread.active_log else { return Ok(None) };
        let Some(row) = self.log_row(log)? else { return Ok(None) };
        let devices: i64 = self
            .db
            .prepare_cached("SELECT count(*) FROM leaves WHERE log = ?1")?
            .query_row([&log.0[..]], |row| row.get(0))?;
        let epoch = if row.state == crate::log::State::Closed {
            0
        } else {
            self.with_group(log, |group, _, _| Ok(group.epoch()))?
        };
        let permissions = thread.state.permissions.unwrap_or_default();
        let allowed = |who: i32| if who == Who::Admins as i32 { Allowed::Admins } else { Allowed::Members };
        let (encryption, encryption_reason) = match row.suite {
            Suite::XWing => (
                "post-quantum (X-Wing)",
                format!("Conversations begun with up to {X_WING_DEVICES} devices are post-quantum."),
            ),
            Suite::X25519 => (
                "X25519",
                format!(
                    "This conversation was begun with more than {X_WING_DEVICES} devices, where post-quantum keys would make each change of members slow."
                ),
            ),
        };
        Ok(Some(view::Information {
            encryption: encryption.to_owned(),
            encryption_reason,
            epoch,
            devices: devices as u64,
            disappearing_seconds: thread.state.disappearing_seconds,
            permissions: Permissions {
                add: allowed(permissions.add),
                edit: allowed(permissions.edit),
                send: allowed(permissions.send),
            },
            description: thread.state.description.chars().take(limits::DESCRIPTION_BYTES).collect(),
        }))
    }
}
