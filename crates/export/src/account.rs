//! The person's own profile and settings, and the people they know.

use std::io::{self, Write};

use casemate_api::command::Nothing;
use casemate_api::{Command, Error, view};
use serde_json::{Value, json};

use crate::zip::as_json;
use crate::{Job, Source, names, text};

/// Bytes of a profile picture. Guard made them small; more is none.
const PICTURE_BYTES: usize = 4 * 1024 * 1024;

impl<S: Source, W: Write> Job<'_, S, W> {
    /// `profile.json`, `contacts.json` and the pictures. Gives how people are called.
    pub async fn account(&mut self) -> Result<text::Names, Error> {
        let account: view::Account = self.desk.ask(Command::AccountShow(Nothing {})).await?;
        let settings: Value = self.desk.ask(Command::SettingsShow(Nothing {})).await?;
        let picture = self.picture(account.picture.as_deref(), "profile picture").await?;
        let mut profile = as_json(&account);
        profile["picture"] = json!(picture);
        self.zip.put_json("profile.json", &json!({"profile": profile, "settings": settings}))?;
        let contacts: view::Contacts = self.desk.ask(Command::ContactList(Nothing {})).await?;
        let requests: Value = self.desk.ask(Command::ContactRequests(Nothing {})).await?;
        let lists: Value = self.desk.ask(Command::ListList(Nothing {})).await?;
        let mut people = Vec::with_capacity(contacts.contacts.len());
        for (number, contact) in (1..).zip(&contacts.contacts) {
            let name = format!("pictures/{number:04} {}", names::part(&contact.name));
            let picture = self.picture(contact.picture.as_deref(), &name).await?;
            let mut one = as_json(contact);
            one["picture"] = json!(picture);
            people.push(one);
        }
        let all = json!({
            "contacts": people,
            "requests": requests["requests"],
            "sent_requests": requests["sent"],
            "broadcast_lists": lists["lists"],
        });
        self.zip.put_json("contacts.json", &all)?;
        let mut names = text::Names::default();
        let own = if account.display_name.is_empty() { &account.name } else { &account.display_name };
        names.know(&account.address, own);
        contacts.contacts.iter().for_each(|contact| names.know(&contact.address, &contact.name));
        Ok(names)
    }

    /// A picture, under a name with the ending that it should have. `None` where there is none.
    pub async fn picture(&mut self, picture: Option<&str>, name: &str) -> Result<Option<String>, Error> {
        let Some(picture) = picture else { return Ok(None) };
        let mut bytes = Bounded(Vec::new());
        if self.desk.source.copy(picture, 0, &mut bytes).await.is_err() {
            return Ok(None);
        }
        let ending = match &bytes.0[..] {
            [0xff, 0xd8, ..] => "jpg",
            [0x89, b'P', b'N', b'G', ..] => "png",
            [b'R', b'I', b'F', b'F', ..] => "webp",
            [b'G', b'I', b'F', ..] => "gif",
            _ => "bin",
        };
        let name = format!("{name}.{ending}");
        self.zip.put(&name, &bytes.0)?;
        Ok(Some(name))
    }
}

/// A little in memory, and no more.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > PICTURE_BYTES {
            return Err(io::Error::other("too large for a picture"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
