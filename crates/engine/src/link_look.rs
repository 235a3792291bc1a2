//! What is said of a link before it opens (`link.look`): what `casemate-screening` sees in it, whether a list names it, and
//! whether its sender is somebody new. Nothing is fetched and nobody is asked.

use casemate_api::command::LinkLook;
use casemate_api::view;
use casemate_screening::link::Warning;
use casemate_screening::text;

use crate::contact::Standing;
use crate::core::{Ctx, Done};
use crate::message::Row;

/// Somebody is new so long after they came.
const NEW_MS: i64 = 7 * 24 * 3_600_000;

impl Ctx<'_> {
    /// `link.look`
    pub fn link_look(&mut self, command: u64, wanted: &LinkLook) -> Done<()> {
        let account = self.me()?.account();
        let looked = self.look_at(&wanted.url, wanted.text.as_deref())?;
        let mut warnings: Vec<view::LinkWarning> = Vec::new();
        let index = self.indicators()?;
        // A link may be typed without its scheme, as a text is.
        for known in index.find_among(text::candidates(&wanted.url)) {
            let (value, list) = (known.indicator.value(), self.list_name(known.list)?);
            warnings.push(view::LinkWarning {
                id: "indicator".to_owned(),
                sentence: format!("{value} is on the list \"{list}\" of what attackers use. Do not open it."),
                about: Some(list),
            });
        }
        warnings.extend(looked.warnings.iter().map(|warning| view::LinkWarning {
            id: warning.id().to_owned(),
            sentence: warning.sentence(&looked.host),
            about: about(warning),
        }));
        if let Some(key) = &wanted.message {
            let row = self.message_by_key(key)?;
            if row.account != account {
                if self.is_unknown_here(row.thread, row.account)? {
                    warnings.push(self.shut(&row)?);
                }
                warnings.extend(self.new_sender(&row)?);
            }
        }
        self.reply(command, view::LinkLooked { host: looked.host, reads: looked.reads, warnings });
        Ok(())
    }

    /// In strict mode links of whom nobody compared a safety number with are not opened.
    fn shut(&self, row: &Row) -> Done<view::LinkWarning> {
        let name = self.name_of(row.account)?;
        let sentence = format!(
            "Strict mode is on here, and you have not compared your safety number with {name}: their links are not opened."
        );
        Ok(view::LinkWarning { id: "strict".to_owned(), sentence, about: None })
    }

    fn new_sender(&self, row: &Row) -> Done<Option<view::LinkWarning>> {
        let Some(person) = self.person(row.account)? else { return Ok(None) };
        let name = self.name_of(row.account)?;
        let sentence = if person.standing != Standing::Contact {
            format!("{name} is not among your contacts.")
        } else if self.met_ms(row.account)? > self.server_now() - NEW_MS {
            format!("You have had {name} as a contact for less than a week.")
        } else {
            return Ok(None);
        };
        Ok(Some(view::LinkWarning { id: "new_sender".to_owned(), sentence, about: Some(person.address) }))
    }

    /// When somebody came to be known.
    fn met_ms(&self, account: casemate_wire::ids::AccountId) -> Done<i64> {
        let mut statement = self.db.prepare_cached("SELECT at_ms FROM people WHERE account = ?1")?;
        Ok(statement.query_row([&account.0[..]], |row| row.get(0))?)
    }
}

fn about(warning: &Warning) -> Option<String> {
    match warning {
        Warning::Scheme { scheme } => Some(scheme.clone()),
        Warning::Userinfo { before } => Some(before.clone()),
        Warning::Port { port } => Some(port.to_string()),
        Warning::LooksLike { other }
        | Warning::AlmostLike { other }
        | Warning::Inside { other }
        | Warning::Lure { other }
        | Warning::Text { other } => Some(other.clone()),
        Warning::Unreadable | Warning::Hidden | Warning::Number | Warning::Letters | Warning::Shortener => {
            None
        }
    }
}
