//! Several devices of one account: what they tell each other in their own conversation.

use casemate_api::Event;
use casemate_content::proto as content;
use casemate_content::proto::content::Kind as ContentKind;
use casemate_wire::ids::{AccountId, DeviceId, InboxToken, LogId};
use casemate_wire::manifest::VerifiedManifest;
use rusqlite::params;

use crate::contact::{Person, Standing};
use crate::core::{Ctx, Done};
use crate::db;
use crate::device_name::is_device_name;
use crate::strict;

impl Ctx<'_> {
    /// A newer version of the own manifest, by way of another own device or of the server.
    pub fn own_manifest_seen(&mut self, manifest: &VerifiedManifest) -> Done<()> {
        let Ok(current) = self.me()?.identity.verified_manifest() else { return Ok(()) };
        if let Err(why) = manifest.succeeds(&current) {
            return self.document_refused(manifest.account, why);
        }
        if manifest.device(self.me()?.identity.device).is_none() {
            return self.put_out(&current, manifest);
        }
        // Every device hears of one that came or went, whoever brought the news.
        let came = manifest.devices.iter().filter(|device| current.device(device.id).is_none());
        let went = current.devices.iter().filter(|device| manifest.device(device.id).is_none());
        let changed: Vec<String> = came.chain(went.clone()).map(|device| device.id.to_hex()).collect();
        for device in changed {
            self.event(Event::DeviceChanged { device });
        }
        for gone in went {
            self.forget_device(gone.id)?;
        }
        db::set_setting(self.db, "manifest", &manifest.to_bytes())?;
        if let Some(me) = self.core.me.as_mut() {
            me.identity.manifest = manifest.to_bytes();
        }
        self.drop_dead_devices(manifest)
    }

    /// Whether a device belongs to this account now, by the newest manifest that either side knows. One that was removed
    /// still has the inbox tokens that it was given, and is not heard.
    pub fn is_sibling(&mut self, shown: &VerifiedManifest, device: DeviceId) -> Done<bool> {
        self.own_manifest_seen(shown)?;
        let own = self.me()?.identity.verified_manifest();
        Ok(own.is_ok_and(|own| own.device(device).is_some()))
    }

    /// An own device says something in the own conversation.
    pub fn own_received(&mut self, from: DeviceId, said: content::Own) -> Done<()> {
        match said.kind {
            Some(content::own::Kind::Contact(contact)) => self.sibling_contact(from, &contact),
            Some(content::own::Kind::Read(read)) => {
                let Ok(log) = LogId::try_from(&read.log[..]) else { return Ok(()) };
                let entry = i64::try_from(read.entry).unwrap_or(0);
                self.keep_own_read(log, entry)?;
                self.own_silent_received(log, &read.silent)?;
                match self.log_row(log)? {
                    Some(row) => self.sibling_read(&row, entry),
                    None => Ok(()),
                }
            }
            Some(content::own::Kind::Marks(mut marks)) => {
                marks.strict = match self.may_loosen(from)? {
                    true => marks.strict,
                    false => marks.strict.filter(|strict| *strict == strict::ON),
                };
                self.marks_received(&marks)
            }
            Some(content::own::Kind::Draft(draft)) => self.draft_received(&draft),
            Some(content::own::Kind::Star(star)) => self.star_received(&star),
            Some(content::own::Kind::Setting(setting))
                if strict::loosens(&setting) && !self.may_loosen(from)? =>
            {
                Ok(())
            }
            Some(content::own::Kind::Setting(setting)) if is_device_name(&setting) => {
                self.device_name_received(from, &setting)
            }
            Some(content::own::Kind::Setting(setting)) => self.setting_received(&setting),
            Some(content::own::Kind::Profile(profile)) => self.profile_received(profile),
            Some(content::own::Kind::Delete(gone)) => self.own_delete_received(&gone),
            Some(content::own::Kind::GroupLink(link)) => self.group_link_received(&link),
            Some(content::own::Kind::Asked(asked)) => self.asked_received(&asked),
            Some(content::own::Kind::Listened(listened)) => self.listened_received(&listened),
            Some(content::own::Kind::List(list)) => self.list_received(&list),
            Some(content::own::Kind::Inbox(inbox)) => {
                let (Ok(device), Ok(token)) =
                    (DeviceId::try_from(&inbox.device[..]), InboxToken::try_from(&inbox.token[..]))
                else {
                    return Ok(());
                };
                let me = self.me()?;
                let (account, own) = (me.account(), me.identity.device);
                if device == own {
                    return Ok(());
                }
                let heard = self.hear_of_reach(from, (account, device), &token)?;
                if heard && inbox.bound { self.opens_bound(account, device) } else { Ok(()) }
            }
            Some(content::own::Kind::About(about)) => self.about_received(from, &about),
            Some(content::own::Kind::Call(call)) => self.own_call_received(&call),
            Some(content::own::Kind::SignOut(_)) => self.sign_out_received(from),
            None => Ok(()),
        }
    }

    /// This device's own word to its siblings came by: what is a choice between several takes effect in the order of
    /// the log, as on the siblings.
    pub fn own_entered(&mut self, said: content::Own) -> Done<()> {
        match said.kind {
            Some(content::own::Kind::Contact(contact)) => self.contact_choices(&contact),
            Some(content::own::Kind::Marks(marks)) => self.marks_received(&marks),
            Some(content::own::Kind::Draft(draft)) => self.draft_received(&draft),
            Some(content::own::Kind::Star(star)) => self.star_received(&star),
            Some(content::own::Kind::Setting(setting)) => self.setting_received(&setting),
            Some(content::own::Kind::Profile(profile)) => self.profile_received(profile),
            Some(content::own::Kind::List(list)) => self.list_received(&list),
            Some(content::own::Kind::SignOut(_)) => self.sign_out_entered(),
            Some(
                content::own::Kind::Read(_)
                | content::own::Kind::Inbox(_)
                | content::own::Kind::Delete(_)
                | content::own::Kind::GroupLink(_)
                | content::own::Kind::Asked(_)
                | content::own::Kind::Listened(_)
                | content::own::Kind::About(_)
                | content::own::Kind::Call(_),
            )
            | None => Ok(()),
        }
    }

    /// Nickname and block.
    fn contact_choices(&mut self, contact: &content::OwnContact) -> Done<()> {
        let Ok(account) = AccountId::try_from(&contact.account[..]) else { return Ok(()) };
        let Some(person) = self.person(account)? else { return Ok(()) };
        if let Some(nickname) = &contact.nickname {
            self.set_nickname(account, nickname)?;
        }
        self.verified_received(account, contact)?;
        self.called_themselves(account, &contact.display_name)?;
        if contact.gone {
            self.set_gone(account, true)?;
        }
        match contact.blocked {
            Some(blocked) if blocked != person.blocked => self.set_blocked(&person, blocked),
            _ => Ok(()),
        }
    }

    fn sibling_contact(&mut self, from: DeviceId, contact: &content::OwnContact) -> Done<()> {
        let Ok(account) = AccountId::try_from(&contact.account[..]) else { return Ok(()) };
        let before = self.person(account)?.map_or(Standing::Stranger, |person| person.standing);
        let told = Standing::from_column(i64::from(contact.standing));
        // Who was agreed to anywhere is a contact everywhere, also where they were declined before.
        self.name_told(account, &contact.address, told)?;
        self.db
            .prepare_cached(
                "UPDATE people SET standing = CASE WHEN 3 IN (standing, ?2) THEN 3 ELSE max(standing, ?2) END
                 WHERE account = ?1",
            )?
            .execute(params![&account.0[..], told as i64])?;
        if let Some(now) = self.person(account)?.map(|person| person.standing).filter(|now| *now != before) {
            if now == Standing::Contact {
                self.picture_of_contact(account)?;
            }
            self.box_changed();
            let who = self.address_of(account)?;
            self.event(Event::ContactChanged { who });
        }
        // One of this account's and one of theirs.
        for asked in contact.requests.iter().take(2) {
            self.keep_words(account, asked.own, &asked.note, asked.at_ms)?;
            self.asked_elsewhere(account, asked)?;
        }
        match self.person(account)?.map(|person| person.standing) {
            Some(Standing::Knocked) if contact.withdrawn => self.nobody_asks(account)?,
            Some(Standing::Declined) => self.forget_words(account)?,
            _ => self.show_words(account)?,
        }
        for entry in &contact.tokens {
            if let (Ok(device), Ok(token)) =
                (DeviceId::try_from(&entry.device[..]), InboxToken::try_from(&entry.token[..]))
            {
                self.hear_of_reach(from, (account, device), &token)?;
            }
        }
        self.contact_choices(contact)?;
        self.chat_told(from, account, &contact.chat)?;
        self.looked_heard(from, account, &contact.looked)
    }

    /// All contacts and how they are reached, the marks of conversations, and settings, for a device that has just come into the
    /// own conversation: what was said there before it cannot read.
    pub fn tell_siblings_all(&mut self) -> Done<()> {
        let mut statement =
            self.db.prepare_cached("SELECT account FROM people WHERE standing != 0 OR blocked = 1 OR nickname != '' ORDER BY account")?;
        let accounts = statement
            .query_map([], |row| crate::core::id_column(row, 0))?
            .collect::<Result<Vec<AccountId>, _>>()?;
        for account in accounts {
            let Some(person) = self.person(account)? else { continue };
            let nickname = Some(person.nickname).filter(|nickname| !nickname.is_empty());
            self.tell_siblings_choice(account, nickname, person.blocked.then_some(true))?;
            self.tell_siblings_verified(account)?;
            self.tell_siblings_chat(account)?;
        }
        self.tell_siblings_profile()?;
        self.tell_siblings_marks()?;
        self.tell_siblings_links()?;
        self.tell_siblings_lists()?;
        self.tell_siblings_reach()?;
        self.tell_about(true)?;
        self.tell_siblings_settings()
    }

    /// How own devices are reached, so that each can bring the others in.
    fn tell_siblings_reach(&mut self) -> Done<()> {
        let account = self.me()?.account();
        for (device, token) in self.reach(account)? {
            let bound = self.is_bound(account, device)?;
            let inbox = content::OwnInbox { device: device.into(), token: token.to_field(), bound };
            self.tell_siblings(content::own::Kind::Inbox(inbox))?;
        }
        Ok(())
    }

    /// This device came into the conversation of own devices: the others learn how it is reached.
    pub fn came_to_siblings(&mut self) -> Done<()> {
        let account = self.me()?.account();
        let token = self.give_token(Some(account))?;
        let device = self.me()?.identity.device.into();
        let inbox = content::OwnInbox { device, token: token.to_field(), bound: true };
        self.tell_siblings(content::own::Kind::Inbox(inbox))?;
        self.tell_about(true)
    }

    /// Whether this is the account's only device.
    pub fn is_alone(&self) -> Done<bool> {
        Ok(self.me()?.identity.verified_manifest().is_ok_and(|own| own.devices.len() < 2))
    }

    /// What somebody is to this account now, told to its other devices, if it has any.
    pub fn tell_siblings_contact(&mut self, account: AccountId) -> Done<()> {
        self.tell_siblings_choice(account, None, None)
    }

    /// The same with what was chosen about them. A choice that was not made here now is left out, so that it does not
    /// undo a sibling's.
    pub fn tell_siblings_choice(
        &mut self,
        account: AccountId,
        nickname: Option<String>,
        blocked: Option<bool>,
    ) -> Done<()> {
        if self.is_alone()? {
            return Ok(());
        }
        let Some(person) = self.person(account)? else { return Ok(()) };
        let tokens = self
            .reach(account)?
            .into_iter()
            .map(|(device, token)| content::DeviceToken { device: device.into(), token: token.to_field() })
            .collect();
        self.tell_siblings(content::own::Kind::Contact(content::OwnContact {
            account: account.into(),
            address: person.address,
            standing: person.standing as u32,
            tokens,
            nickname,
            blocked,
            gone: person.gone,
            display_name: person.display_name,
            looked: self.looked_told(account)?.into(),
            requests: self.words_told(account)?,
            ..content::OwnContact::default()
        }))
    }

    /// The own request to somebody was taken back: it waits on no sibling either.
    pub fn tell_siblings_withdrawn(&mut self, person: &Person) -> Done<()> {
        self.tell_siblings(content::own::Kind::Contact(content::OwnContact {
            account: person.account.into(),
            address: person.address.clone(),
            withdrawn: true,
            ..content::OwnContact::default()
        }))
    }

    /// This device's word to its siblings, if there are any. A sibling that comes later is told all.
    pub fn tell_siblings(&mut self, said: content::own::Kind) -> Done<()> {
        if self.is_alone()? {
            return Ok(());
        }
        let Some(thread) = self.own_thread()? else { return Ok(()) };
        self.queue_content(thread, None, ContentKind::Own(content::Own { kind: Some(said) }))
    }

    /// The primary device linked this one.
    pub fn link_received(
        &mut self,
        from: DeviceId,
        manifest: &VerifiedManifest,
        link: &content::Link,
    ) -> Done<()> {
        self.own_manifest_seen(manifest)?;
        let account = self.me()?.account();
        for entry in &link.tokens {
            if let (Ok(device), Ok(token)) =
                (DeviceId::try_from(&entry.device[..]), InboxToken::try_from(&entry.token[..]))
            {
                self.hear_of_reach(from, (account, device), &token)?;
            }
        }
        Ok(())
    }
}
