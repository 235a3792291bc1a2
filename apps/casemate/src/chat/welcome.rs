//! The first screen, and the one before a locked device: choose a name, or give the passphrase.

use casemate_api::command::{AccountCreate, AccountUnlock, DeviceRequest, RecoveryRestore, Words};
use casemate_api::view::DeviceCode;
use casemate_api::{Command, Error};
use casemate_wire::handle::Handle;
use casemate_wire::link::Link;

use super::editor::Editor;

/// Making an account.
#[derive(Debug)]
pub struct Welcome {
    pub begin: Begin,
    /// An invitation link, or a server's URL.
    pub link: Editor,
    pub name: Editor,
    /// Of the recovery kit.
    pub words: Editor,
    pub passphrase: Editor,
    pub field: Field,
    /// What is wrong with what was typed.
    pub wrong: Option<String>,
    /// The server was asked.
    pub busy: bool,
    /// What their first device takes.
    pub code: Option<DeviceCode>,
}

/// How a person begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// With a new account.
    New,
    /// With one that they have on another device; the fields are then server, device's name and passphrase.
    Link,
    /// With one that they have the recovery kit of.
    Restore,
}

/// The fields in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Link,
    Name,
    /// Of the recovery kit, where an account is brought back.
    Words,
    Passphrase,
}

impl Welcome {
    /// With the link that the command line gave.
    pub fn new(link: Option<&str>) -> Self {
        Self {
            begin: Begin::New,
            link: Editor::with(link.unwrap_or_default()),
            name: Editor::default(),
            words: Editor::default(),
            passphrase: Editor::default(),
            field: if link.is_some() { Field::Name } else { Field::Link },
            wrong: None,
            busy: false,
            code: None,
        }
    }

    /// The next way to begin.
    pub fn turn(&mut self) {
        self.begin = match self.begin {
            Begin::New => Begin::Link,
            Begin::Link => Begin::Restore,
            Begin::Restore => Begin::New,
        };
        (self.wrong, self.code, self.field) = (None, None, Field::Link);
    }

    /// The field being typed in.
    pub fn editor(&mut self) -> &mut Editor {
        match self.field {
            Field::Link => &mut self.link,
            Field::Name => &mut self.name,
            Field::Words => &mut self.words,
            Field::Passphrase => &mut self.passphrase,
        }
    }

    /// To the next field, or the one before.
    pub fn go(&mut self, forward: bool) {
        let all: &[Field] = match self.begin {
            Begin::Restore => &[Field::Link, Field::Name, Field::Words, Field::Passphrase],
            _ => &[Field::Link, Field::Name, Field::Passphrase],
        };
        let at = all.iter().position(|field| *field == self.field).unwrap_or(0);
        self.field = all[(at + if forward { 1 } else { all.len() - 1 }) % all.len()];
    }

    /// On Enter: the next field, or what to ask for.
    pub fn enter(&mut self) -> Option<Command> {
        self.wrong = None;
        let typed = self.link.text().trim().to_owned();
        if self.begin != Begin::New {
            return self.enter_with_account(&typed);
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

    /// Who has an account already: its server first.
    fn enter_with_account(&mut self, typed: &str) -> Option<Command> {
        if !(typed.starts_with("http://") || typed.starts_with("https://")) || typed.contains('#') {
            self.wrong = Some(
                "Type the whole address of the server that your account is on, as in https://casemate.example."
                    .to_owned(),
            );
            self.field = Field::Link;
            return None;
        }
        if self.field != Field::Passphrase {
            self.go(true);
            return None;
        }
        self.busy = true;
        let server = Some(typed.trim_end_matches('/').to_owned());
        let name = self.name.text().trim().to_owned();
        let passphrase = Some(self.passphrase.text().to_owned()).filter(|passphrase| !passphrase.is_empty());
        Some(match self.begin {
            Begin::Restore => {
                let words = Words::Text(self.words.text().to_owned());
                Command::RecoveryRestore(RecoveryRestore { server, name, words, passphrase })
            }
            _ => {
                let name = if name.is_empty() { "Terminal".to_owned() } else { name };
                Command::DeviceRequest(DeviceRequest { server, name, passphrase, anew: false })
            }
        })
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

    #[test]
    fn who_has_the_recovery_kit_brings_the_account_back() {
        let mut welcome = Welcome::new(None);
        welcome.turn();
        welcome.turn();
        for typed in ["https://casemate.example", "ana", "twelve words", ""] {
            assert_eq!(welcome.enter(), None, "{typed}");
            welcome.editor().set(typed);
            if typed.is_empty() {
                break;
            }
        }
        let Some(Command::RecoveryRestore(restore)) = welcome.enter() else { panic!("nothing asked") };
        assert_eq!(restore.server.as_deref(), Some("https://casemate.example"));
        assert_eq!((restore.name.as_str(), restore.words.text().as_str()), ("ana", "twelve words"));
    }
}
