//! Lists of people to whom one message goes as one message each, in the chat with them (`list.set`, `list.send`). Nobody
//! sees who else got it, and answers come to the sender alone. Own devices share the lists; the server and the people in
//! them learn nothing of them. A file is uploaded once: each message names the same encrypted blob, as forwarding does.

use casemate_api::command::{ListDraft, ListRemove, ListSend, ListSet};
use casemate_api::view;
use casemate_content::limits;
use casemate_content::proto as content;
use casemate_content::proto::own::Kind as OwnKind;
use casemate_wire::handle::Address;
use casemate_wire::ids::MessageId;
use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done, Fail, id_column, invalid, not_found, too_large};

/// People on a list, as other messengers have it. More make it a way to flood people.
const MEMBERS: usize = 256;

/// Lists of an account.
const LISTS: i64 = 100;

impl Ctx<'_> {
    /// `list.set`
    pub fn list_set(&mut self, command: u64, wanted: &ListSet) -> Done<()> {
        let name = wanted.name.trim();
        crate::text::check_line(name, limits::GROUP_NAME_BYTES)?;
        if !crate::text::shows(name) || wanted.members.is_empty() {
            return Err(invalid("A list has a name and at least one member."));
        }
        if wanted.members.len() > MEMBERS {
            return Err(too_large(format!("A list has at most {MEMBERS} members.")));
        }
        let mut members = Vec::with_capacity(wanted.members.len());
        for address in &wanted.members {
            self.contact_by_address(address)?;
            let address = Address::typed(address)?.to_string();
            if !members.contains(&address) {
                members.push(address);
            }
        }
        let list = match &wanted.list {
            None => MessageId(self.random()),
            Some(key) => self.list_by_key(key)?.0,
        };
        let known: i64 = self.db.query_row("SELECT count(*) FROM lists", [], |row| row.get(0))?;
        if wanted.list.is_none() && known >= LISTS {
            return Err(too_large(format!("There can be at most {LISTS} lists.")));
        }
        let said = content::OwnList { id: list.into(), name: name.to_owned(), members };
        self.list_received(&said)?;
        self.tell_siblings(OwnKind::List(said))?;
        self.reply(command, view::ListMade { list: list.to_hex() });
        Ok(())
    }

    /// `list.remove`
    pub fn list_remove(&mut self, command: u64, wanted: &ListRemove) -> Done<()> {
        let (list, _) = self.list_by_key(&wanted.list)?;
        let said = content::OwnList { id: list.into(), ..content::OwnList::default() };
        self.list_received(&said)?;
        self.tell_siblings(OwnKind::List(said))?;
        self.reply_nothing(command);
        Ok(())
    }

    /// `list.list`
    pub fn list_list(&mut self, command: u64) -> Done<()> {
        self.me()?;
        let lists = self.all_lists()?.into_iter().map(|(_, list)| list).collect();
        self.reply(command, view::Lists { lists });
        Ok(())
    }

    /// `list.draft`
    pub fn list_draft(&mut self, command: u64, wanted: &ListDraft) -> Done<()> {
        let (list, _) = self.list_by_key(&wanted.list)?;
        crate::text::check_text(&wanted.text, limits::TEXT_BYTES)?;
        self.keep_list_draft(list, &wanted.text)?;
        self.reply_nothing(command);
        Ok(())
    }

    fn keep_list_draft(&mut self, list: MessageId, text: &str) -> Done<()> {
        self.db
            .prepare_cached("UPDATE lists SET draft = ?2 WHERE list = ?1")?
            .execute(params![&list.0[..], text])?;
        Ok(())
    }

    /// `list.send`
    pub fn list_send(&mut self, command: u64, wanted: &ListSend, staged: Vec<crate::Staged>) -> Done<()> {
        let (list, view::PeopleList { members, .. }) = self.list_by_key(&wanted.list)?;
        let text = wanted.text.clone().unwrap_or_default();
        crate::text::check_text(&text, limits::TEXT_BYTES)?;
        if !crate::text::shows(&text) && staged.is_empty() {
            return Err(invalid("A message needs a text or a file."));
        }
        if staged.len() > limits::ATTACHMENTS {
            return Err(too_large(format!("A message has at most {} files.", limits::ATTACHMENTS)));
        }
        let captions: Vec<String> =
            wanted.attachments.iter().map(|file| file.caption.clone().unwrap_or_default()).collect();
        for caption in &captions {
            crate::text::check_text(caption, limits::CAPTION_BYTES)?;
        }
        // The first message has the files; the others take them over.
        let first = MessageId(self.random());
        for ((index, file), caption) in (0i64..).zip(staged).zip(captions) {
            self.attach(first, index, file, caption, Vec::new())?;
        }
        let (mut messages, mut left_out) = (Vec::new(), Vec::new());
        for address in members {
            match self.put_one(&address, first, messages.is_empty(), &text) {
                Ok(message) => messages.push(message.to_hex()),
                Err(Fail::User(_)) => left_out.push(address),
                Err(other) => return Err(other),
            }
        }
        if messages.is_empty() {
            return Err(not_found("Nobody on this list is a contact any more."));
        }
        self.keep_list_draft(list, "")?;
        self.reply(command, view::ListSent { messages, left_out });
        Ok(())
    }

    fn put_one(&mut self, address: &str, first: MessageId, is_first: bool, text: &str) -> Done<MessageId> {
        let account = self.contact_by_address(address)?;
        let thread = self.ensure_pair(account)?;
        let thread = self.thread_by_id(thread)?.ok_or_else(Self::missing_thread)?;
        self.may_send(&thread)?;
        let message = if is_first { first } else { MessageId(self.random()) };
        if !is_first {
            self.db
                .prepare_cached(
                    "INSERT INTO attachments(message, idx, descriptor, blob, state, upload, created, kind, bytes)
                     SELECT ?2, idx, descriptor, blob, state, upload, created, kind, bytes FROM attachments WHERE message = ?1",
                )?
                .execute(params![&first.0[..], &message.0[..]])?;
        }
        let said = content::Text {
            text: text.to_owned(),
            attachments: self.descriptors(message)?,
            ..content::Text::default()
        };
        self.put_own(&thread, message, said)?;
        // Whoever sends to a list has no chat open that would bring it back by itself.
        self.undelete(thread.id)?;
        self.conversation_changed(thread.id)?;
        Ok(message)
    }

    fn list_by_key(&self, key: &str) -> Done<(MessageId, view::PeopleList)> {
        let id = MessageId::from_hex(key);
        let mut all = self.all_lists()?.into_iter();
        all.find(|(list, _)| Some(*list) == id).ok_or_else(|| not_found("There is no such list."))
    }

    fn all_lists(&self) -> Done<Vec<(MessageId, view::PeopleList)>> {
        let mut statement =
            self.db.prepare_cached("SELECT list, name, members, draft FROM lists ORDER BY name, list")?;
        let lists = statement
            .query_map([], |row| {
                let members: String = row.get(2)?;
                let list: MessageId = id_column(row, 0)?;
                let shown = view::PeopleList {
                    list: list.to_hex(),
                    name: row.get(1)?,
                    members: members.lines().map(str::to_owned).collect(),
                    draft: row.get(3)?,
                };
                Ok((list, shown))
            })?
            .collect::<Result<_, _>>()?;
        Ok(lists)
    }

    /// Made here or on a sibling, changed, or given up.
    pub fn list_received(&mut self, said: &content::OwnList) -> Done<()> {
        let Ok(list) = MessageId::try_from(&said.id[..]) else { return Ok(()) };
        if said.members.is_empty() {
            self.db.prepare_cached("DELETE FROM lists WHERE list = ?1")?.execute([&list.0[..]])?;
        } else {
            let members: Vec<String> = said
                .members
                .iter()
                .filter_map(|address| Address::parse(address).ok())
                .map(|address| address.to_string())
                .take(MEMBERS)
                .collect();
            let name: String = said.name.chars().filter(|letter| !letter.is_control()).take(100).collect();
            let present: Option<i64> = self
                .db
                .prepare_cached("SELECT 1 FROM lists WHERE list = ?1")?
                .query_row([&list.0[..]], |row| row.get(0))
                .optional()?;
            let count: i64 = self.db.query_row("SELECT count(*) FROM lists", [], |row| row.get(0))?;
            if present.is_some() || count < LISTS {
                self.db
                    .prepare_cached(
                        "INSERT INTO lists(list, name, members) VALUES (?1, ?2, ?3)
                         ON CONFLICT(list) DO UPDATE SET name = excluded.name, members = excluded.members",
                    )?
                    .execute(params![&list.0[..], name, members.join("\n")])?;
            }
        }
        self.event(casemate_api::Event::SettingsChanged {});
        Ok(())
    }

    /// All lists, for a device that has just come.
    pub fn tell_siblings_lists(&mut self) -> Done<()> {
        for (list, view::PeopleList { name, members, .. }) in self.all_lists()? {
            self.tell_siblings(OwnKind::List(content::OwnList { id: list.into(), name, members }))?;
        }
        Ok(())
    }
}
