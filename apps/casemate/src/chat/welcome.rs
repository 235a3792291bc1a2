//! The first screen, and the one before a locked device: choose a name, or give the passphrase.

use casemate_api::command::{AccountCreate, AccountUnlock, DeviceRequest};
use casemate_api::view::DeviceCode;
use casemate_api::{Command, Error};
use casemate_wire::handle::Handle;
use casemate_wire::link::Link;

use super::editor::Editor;

/// Making an account.
#[derive(Debug)]
pub struct Welcome {
    /// An invitation link, or a server's URL.
    pub link: Editor,
    pub name: Editor,
    pub passphrase: Editor,
    pub field: Field,
    /// What is wrong with what was typed.
    pub wrong: Option<String>,
    /// The server was asked.
    pub busy: bool,
    /// This device is to be linked to an account that its person has; the fields are then server, device's name and
    /// passphrase.
    pub linking: bool,
    /// What their first device takes.
    pub code: Option<DeviceCode>,
}

/// The fields in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Link,
    Name,
    Passphrase,
}

impl Welcome {
    /// With the link that the command line gave.
    pub fn new(link: Option<&str>) -> Self {
        Self {
            link: Editor::with(link.unwrap_or_default()),
            name: Editor::default(),
            passphrase: Editor::default(),
            field: if link.is_some() { Field::Name } else { Field::Link },
            wrong: None,
            busy: false,
            linking: false,
            code: None,
        }
    }

    /// Between a new account and one to be linked to.
    pub fn turn(&mut self) {
        self.linking = !self.linking;
        (self.wrong, self.code, self.field) = (None, None, Field::Link);
    }

    /// The field being typed in.
    pub fn editor(&mut self) -> &mut Editor {
        match self.field {
            Field::Link => &mut self.link,
            Field::Name => &mut self.name,
            Field::Passphrase => &mut self.passphrase,
        }
    }

    /// To the next field, or the one before.
    pub fn go(&mut self, forward: bool) {
        self.field = match (self.field, forward) {
            (Field::Link, true) | (Field::Passphrase, false) => Field::Name,
            (Field::Name, true) | (Field::Link, false) => Field::Passphrase,
            (Field::Passphrase, true) | (Field::Name, false) => Field::Link,
        };
    }

    /// On Enter: the next field, or what to ask for.
    pub fn enter(&mut self) -> Option<Command> {
        self.wrong = None;
        let typed = self.link.text().trim().to_owned();
        if self.linking {
            return self.enter_linking(&typed);
        }
        let link = Link::parse(&typed).ok();
        let is_url = typed.starts_with("http://") || typed.starts_with("https://");
        if link.is_none() && (!is_url || typed.contains('#')) {
            self.wrong = Some(
                "Paste the whole invitation link, or the address of a server that is open to everybody."
                    .to_owned(),
            );
            self.field = Field::Link;
            return None;
        }
        if self.field == Field::Link {
            self.field = Field::Name;
            return None;
        }
        if let Err(why) = Handle::parse(self.name.text().trim()) {
            let why = why.to_string();
            self.wrong = Some(format!("{}{}.", why[..1].to_uppercase(), &why[1..]));
            self.field = Field::Name;
            return None;
        }
        if self.field == Field::Name {
            self.field = Field::Passphrase;
            return None;
        }
        self.busy = true;
        let passphrase = self.passphrase.text();
        Some(Command::AccountCreate(AccountCreate {
            server: link.is_none().then(|| typed.trim_end_matches('/').to_owned()),
            name: self.name.text().trim().to_owned(),
            invite: link.is_some().then_some(typed),
            passphrase: (!passphrase.is_empty()).then(|| passphrase.to_owned()),
        }))
    }

    fn enter_linking(&mut self, typed: &str) -> Option<Command> {
        if !(typed.starts_with("http://") || typed.starts_with("https://")) || typed.contains('#') {
            self.wrong = Some("Type the address of the server that your account is on.".to_owned());
            self.field = Field::Link;
            return None;
        }
        match self.field {
            Field::Link => self.field = Field::Name,
            Field::Name => self.field = Field::Passphrase,
            Field::Passphrase => {
                self.busy = true;
                let (name, passphrase) = (self.name.text().trim(), self.passphrase.text());
                return Some(Command::DeviceRequest(DeviceRequest {
                    server: Some(typed.trim_end_matches('/').to_owned()),
                    name: if name.is_empty() { "Terminal".to_owned() } else { name.to_owned() },
                    passphrase: (!passphrase.is_empty()).then(|| passphrase.to_owned()),
                }));
            }
        }
        None
    }

    /// The server said no, or was not there. What was typed stays.
    pub fn failed(&mut self, error: &Error) {
        self.busy = false;
        self.wrong = Some(error.message.clone());
        if error.kind == casemate_api::Kind::Taken {
            self.field = Field::Name;
        }
    }
}

/// Opening a locked device.
#[derive(Debug, Default)]
pub struct Unlock {
    pub passphrase: Editor,
    pub wrong: Option<String>,
    pub busy: bool,
}

impl Unlock {
    /// On Enter: what to ask for.
    pub fn enter(&mut self) -> Option<Command> {
        if self.passphrase.is_empty() {
            return None;
        }
        self.busy = true;
        self.wrong = None;
        let passphrase = self.passphrase.text().to_owned();
        self.passphrase = Editor::default();
        Some(Command::AccountUnlock(AccountUnlock { passphrase, passkey: None }))
    }

    /// It was not the passphrase.
    pub fn failed(&mut self, error: &Error) {
        self.busy = false;
        self.wrong = Some(error.message.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enter_goes_from_field_to_field_and_says_what_is_wrong() {
        let mut welcome = Welcome::new(None);
        assert_eq!(welcome.enter(), None);
        assert!(welcome.wrong.as_ref().is_some_and(|wrong| wrong.contains("invitation link")));
        welcome.link.insert("http://localhost:8440/");
        assert_eq!(welcome.enter(), None);
        assert_eq!(welcome.field, Field::Name);
        welcome.name.insert("Ana");
        assert_eq!(welcome.enter(), None);
        assert!(welcome.wrong.as_ref().is_some_and(|wrong| wrong.contains("no capitals")));
        welcome.name.set("ana");
        assert_eq!(welcome.enter(), None);
        let Some(Command::AccountCreate(create)) = welcome.enter() else { panic!("nothing asked") };
        assert_eq!(create.server.as_deref(), Some("http://localhost:8440"));
        assert_eq!((create.name.as_str(), create.invite, create.passphrase), ("ana", None, None));
        assert!(welcome.busy);
    }

    #[test]
    fn who_has_an_account_asks_to_be_linked_to_it() {
        let mut welcome = Welcome::new(None);
        welcome.turn();
        welcome.link.insert("casemate.example");
        assert_eq!(welcome.enter(), None);
        assert!(welcome.wrong.as_ref().is_some_and(|wrong| wrong.contains("your account is on")));
        welcome.link.set("https://casemate.example/");
        for _ in 0..2 {
            assert_eq!(welcome.enter(), None);
        }
        let Some(Command::DeviceRequest(request)) = welcome.enter() else { panic!("nothing asked") };
        assert_eq!(request.server.as_deref(), Some("https://casemate.example"));
        assert_eq!((request.name.as_str(), request.passphrase), ("Terminal", None));
    }
}
