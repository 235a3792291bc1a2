//! Who one is to others: name, line and picture, the same on all own devices; and the pictures of people and groups.
//!
//! A picture belongs to no message. It is kept like the file of one whose id is made from whose picture it is and which
//! blob: with that id in a message's place it is read like any file (`attachment.save`, index 0), and another picture
//! has another id. Such ids begin alike, and no message has one that does: neither takes the other's place. Only contacts' pictures, and those that contacts gave a group, are fetched.

use casemate_content::proto as content;
use casemate_content::proto::own::Kind as OwnKind;
use casemate_wire::ids::{AccountId, BlobId, Hash32, MessageId};
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};

use crate::attachment::State;
use crate::contact::Standing;
use crate::core::{Ctx, Done, Job, id_column, stored};
use crate::db;

/// Larger ones are not fetched.
const PICTURE_BYTES: u64 = 4 * 1024 * 1024;

/// How a picture's id begins.
const PICTURE: [u8; 4] = *b"pict";

/// A picture that is not there is looked for again after twice this, then twice that, up to about a day.
const RETRY_MS: i64 = 2_500;
const RETRY_DOUBLINGS: u32 = 15;

impl Ctx<'_> {
    // ---- Oneself ----

    /// What contacts see of this account.
    pub fn profile(&self) -> Done<content::OwnProfile> {
        let text = |key: &str| db::text(self.db, key);
        let picture = db::setting(self.db, "picture")?;
        Ok(content::OwnProfile {
            display_name: text("display_name")?,
            about: text("about")?,
            picture: picture.and_then(|bytes| content::Attachment::decode(&bytes[..]).ok()),
        })
    }

    /// Own devices show others the same.
    pub fn tell_siblings_profile(&mut self) -> Done<()> {
        let profile = self.profile()?;
        if profile == content::OwnProfile::default() {
            return Ok(());
        }
        self.tell_siblings(OwnKind::Profile(profile))
    }

    /// A sibling's word, or an own one whose entry came by. Contacts who were told something else are told again.
    pub fn profile_received(&mut self, said: content::OwnProfile) -> Done<()> {
        use casemate_content::limits;
        let before = self.profile()?;
        if said == before
            || said.display_name.len() > limits::DISPLAY_NAME_BYTES
            || said.about.len() > limits::ABOUT_BYTES
            || said.display_name.chars().chain(said.about.chars()).any(char::is_control)
        {
            return Ok(());
        }
        db::set_setting(self.db, "display_name", said.display_name.as_bytes())?;
        db::set_setting(self.db, "about", said.about.as_bytes())?;
        self.set_own_picture(said.picture)?;
        self.event(casemate_api::Event::AccountChanged {});
        self.box_changed();
        self.send_cards(None)
    }

    /// Own picture, or none.
    pub fn set_own_picture(&mut self, picture: Option<content::Attachment>) -> Done<()> {
        let me = self.me()?.account();
        let old = self.own_picture()?;
        self.keep_picture(&me.0, old, picture.as_ref(), true)?;
        match picture {
            Some(picture) => Ok(db::set_setting(self.db, "picture", &picture.encode_to_vec())?),
            None => {
                db::forget_setting(self.db, "picture")?;
                Ok(())
            }
        }
    }

    fn own_picture(&self) -> Done<Option<MessageId>> {
        let me = self.me()?.account();
        Ok(self.profile()?.picture.and_then(|picture| picture_id(&me.0, &picture)))
    }

    pub fn own_picture_shown(&self) -> Done<Option<String>> {
        self.picture_shown(self.own_picture()?)
    }

    // ---- Others ----

    /// A contact's picture, as their card says.
    pub fn person_picture(&mut self, account: AccountId, picture: Option<&content::Attachment>) -> Done<()> {
        let old = self.person_picture_id(account)?;
        let contact = self.person(account)?.is_some_and(|person| person.standing == Standing::Contact);
        let new = self.keep_picture(&account.0, old, picture, contact)?;
        self.db
            .prepare_cached("UPDATE people SET picture = ?2 WHERE account = ?1")?
            .execute(params![&account.0[..], new.map(|id| id.0.to_vec())])?;
        Ok(())
    }

    fn person_picture_id(&self, account: AccountId) -> Done<Option<MessageId>> {
        let id: Option<Option<Vec<u8>>> = self
            .db
            .prepare_cached("SELECT picture FROM people WHERE account = ?1")?
            .query_row([&account.0[..]], |row| row.get(0))
            .optional()?;
        Ok(id.flatten().and_then(|id| MessageId::try_from(&id[..]).ok()))
    }

    pub fn person_picture_shown(&self, account: AccountId) -> Done<Option<String>> {
        self.picture_shown(self.person_picture_id(account)?)
    }

    /// A group's picture as its state says. `by`: who gave it, or who brought this account in.
    pub fn group_picture(
        &mut self,
        thread: i64,
        by: AccountId,
        picture: Option<&content::Attachment>,
    ) -> Done<()> {
        let Some(key) = self.thread_key(thread)? else { return Ok(()) };
        let old = self.group_picture_id(thread)?;
        let trusted = by == self.me()?.account()
            || self.person(by)?.is_some_and(|person| person.standing == Standing::Contact);
        let new = self.keep_picture(key.as_bytes(), old, picture, trusted)?;
        self.db
            .prepare_cached("UPDATE threads SET picture = ?2 WHERE id = ?1")?
            .execute(params![thread, new.map(|id| id.0.to_vec())])?;
        Ok(())
    }

    fn group_picture_id(&self, thread: i64) -> Done<Option<MessageId>> {
        let id: Option<Vec<u8>> = self
            .db
            .prepare_cached("SELECT picture FROM threads WHERE id = ?1")?
            .query_row([thread], |row| row.get(0))?;
        Ok(id.and_then(|id| MessageId::try_from(&id[..]).ok()))
    }

    pub fn group_picture_shown(&self, thread: i64) -> Done<Option<String>> {
        self.picture_shown(self.group_picture_id(thread)?)
    }

    /// Only what is on this device is named, and does not harm guard.
    pub fn picture_shown(&self, id: Option<MessageId>) -> Done<Option<String>> {
        let Some(id) = id else { return Ok(None) };
        let here: Option<Vec<u8>> = self
            .db
            .prepare_cached(
                "SELECT descriptor FROM attachments WHERE message = ?1 AND idx = 0 AND state IN (0, 2, 6)",
            )?
            .query_row([&id.0[..]], |row| row.get(0))
            .optional()?;
        let Some(picture) = here else { return Ok(None) };
        let sha256 = stored::<content::Attachment>(&picture[..])?.sha256;
        Ok((!self.is_quarantined(&sha256)?).then(|| id.to_hex()))
    }

    /// Puts a picture in another's place, and fetches it where that is wanted.
    fn keep_picture(
        &mut self,
        of: &[u8],
        old: Option<MessageId>,
        picture: Option<&content::Attachment>,
        fetch: bool,
    ) -> Done<Option<MessageId>> {
        let picture = picture.filter(|picture| {
            picture.kind() == content::AttachmentKind::Photo && picture.size_bytes <= PICTURE_BYTES
        });
        let new = picture.and_then(|picture| picture_id(of, picture));
        if new == old {
            if let Some(id) = new.filter(|_| fetch) {
                self.picture_wanted(id)?;
            }
            return Ok(new);
        }
        if let (Some(new), Some(picture)) = (new, picture) {
            // Made here, it is here already, or on its way out.
            let present: Option<i64> = self
                .db
                .prepare_cached("SELECT 1 FROM attachments WHERE message = ?1")?
                .query_row([&new.0[..]], |row| row.get(0))
                .optional()?;
            if present.is_none() {
                self.attachment_received(new, 0, picture.clone(), fetch)?;
            }
        }
        if let Some(old) = old {
            self.drop_attachments(old)?;
        }
        Ok(new)
    }

    /// Somebody is a contact by now. On a new device their card may have come before that was told.
    pub fn picture_of_contact(&mut self, account: AccountId) -> Done<()> {
        match self.person_picture_id(account)? {
            Some(id) => self.picture_wanted(id),
            None => Ok(()),
        }
    }

    /// A picture that was only named is fetched.
    fn picture_wanted(&mut self, id: MessageId) -> Done<()> {
        self.core.session.chores = true;
        self.db
            .prepare_cached(
                "UPDATE attachments SET state = ?2 WHERE message = ?1 AND idx = 0 AND state = ?3",
            )?
            .execute(params![&id.0[..], State::Wanted as i64, State::Offered as i64])?;
        Ok(())
    }

    /// A picture is named before it is uploaded: what is not there is tried again, more and more seldom. False where the
    /// file is a message's.
    pub fn picture_tried_again(&mut self, blob: BlobId) -> Done<bool> {
        if self.is_of_message(blob)? {
            return Ok(false);
        }
        let tries = self.core.session.picture_tries.entry(blob).or_insert(0);
        *tries += 1;
        let pause = RETRY_MS << (*tries).min(RETRY_DOUBLINGS);
        self.pause(Job::Blob(blob.0), pause);
        Ok(true)
    }

    /// A file is here that belongs to no message: whose picture is it?
    pub fn picture_arrived(&mut self, id: MessageId) -> Done<()> {
        let person: Option<AccountId> = self
            .db
            .prepare_cached("SELECT account FROM people WHERE picture = ?1")?
            .query_row([&id.0[..]], |row| id_column(row, 0))
            .optional()?;
        if let Some(person) = person {
            let who = self.address_of(person)?;
            self.event(casemate_api::Event::ContactChanged { who });
        }
        let thread: Option<i64> = self
            .db
            .prepare_cached("SELECT id FROM threads WHERE picture = ?1")?
            .query_row([&id.0[..]], |row| row.get(0))
            .optional()?;
        match thread {
            Some(thread) => self.conversation_changed(thread),
            None => Ok(()),
        }
    }
}

/// In a message's place: whose picture, and which.
pub fn picture_id(of: &[u8], picture: &content::Attachment) -> Option<MessageId> {
    let blob = BlobId::try_from(&picture.blob[..]).ok()?;
    let hash = Hash32::of(&[b"casemate/picture/v1", of, &blob.0, &picture.key, &picture.sha256]);
    let mut id = MessageId::try_from(&hash.0[..16]).ok()?;
    id.0[..PICTURE.len()].copy_from_slice(&PICTURE);
    Some(id)
}

/// Whether an id is a picture's.
pub fn is_picture(id: MessageId) -> bool {
    id.0.starts_with(&PICTURE)
}
