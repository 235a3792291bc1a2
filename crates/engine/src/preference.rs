//! Settings that a person chooses (`settings.show`, `settings.set`): a fixed set with types. Those about the account
//! are the same on all own devices; those about a screen stay on this one.

use casemate_api::command::SettingsSet;
use casemate_api::{Event, view};
use casemate_content::proto as content;
use casemate_content::proto::own::Kind as OwnKind;
use serde_json::{Map, Value};

use crate::core::{Ctx, Done, invalid};
use crate::db;
use crate::strict;

/// What own devices share.
const OF_ACCOUNT: [&str; 7] =
    ["read_receipts", "typing", "last_seen", "picture_shown", "language", "quiet_hours", strict::SETTING];

/// Where they stand among the settings of this device.
const PREFIX: &str = "preference/";

/// Bytes of a value as a sibling may say it.
const VALUE_BYTES: usize = 1_024;

/// Text sizes in per cent that a screen can show.
const TEXT_SIZES: std::ops::RangeInclusive<u16> = 50..=300;

impl Ctx<'_> {
    /// All settings, with what was never chosen as it is from the start.
    pub fn preferences(&self) -> Done<view::Settings> {
        let mut all = match serde_json::to_value(view::Settings::default()) {
            Ok(Value::Object(all)) => all,
            _ => Map::new(),
        };
        let mut statement = self.db.prepare_cached(
            "SELECT key, value FROM settings WHERE key >= 'preference/' AND key < 'preference0'",
        )?;
        let chosen = statement
            .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)))?
            .collect::<Result<Vec<_>, _>>()?;
        for (key, value) in chosen {
            if let (Some(key), Ok(value)) = (key.strip_prefix(PREFIX), serde_json::from_slice(&value)) {
                all.insert(key.to_owned(), value);
            }
        }
        // Each value was checked when it was set.
        Ok(serde_json::from_value(Value::Object(all)).ok().unwrap_or_default())
    }

    /// Whether others learn what was read, and this account what others read.
    pub fn read_receipts(&self) -> Done<bool> {
        let chosen = db::setting(self.db, "preference/read_receipts")?;
        Ok(chosen.is_none_or(|value| value != b"false"))
    }

    /// Whether contacts see this account's picture.
    pub fn picture_is_shown(&self) -> Done<bool> {
        let chosen = db::setting(self.db, "preference/picture_shown")?;
        Ok(chosen.is_none_or(|value| value != b"false"))
    }

    /// `settings.show`
    pub fn settings_show(&mut self, command: u64) -> Done<()> {
        self.me()?;
        let settings = self.preferences()?;
        self.reply(command, settings);
        Ok(())
    }

    /// `settings.set`
    pub fn settings_set(&mut self, command: u64, wanted: &SettingsSet) -> Done<()> {
        self.me()?;
        check(wanted)?;
        for (key, value) in named(wanted) {
            self.set_preference(&key, &value)?;
            if OF_ACCOUNT.contains(&&key[..]) {
                self.tell_siblings(OwnKind::Setting(content::OwnSetting { key, value: value.to_string() }))?;
            }
        }
        if wanted.picture_shown.is_some() {
            self.send_cards(None)?;
        }
        self.box_changed();
        self.event(Event::SettingsChanged {});
        self.reply_nothing(command);
        Ok(())
    }

    fn set_preference(&mut self, key: &str, value: &Value) -> Done<()> {
        db::set_setting(self.db, &format!("{PREFIX}{key}"), value.to_string().as_bytes())?;
        match (key, value) {
            ("last_seen", Value::Bool(false)) => self.presence_hidden(),
            ("last_seen", _) => {
                self.presence_again();
                Ok(())
            }
            // What was held may go, or is held from now on.
            (strict::SETTING, _) => self.everything_dirty(),
            _ => Ok(()),
        }
    }

    /// A sibling's choice, or an own one whose entry came by.
    pub fn setting_received(&mut self, said: &content::OwnSetting) -> Done<()> {
        if !OF_ACCOUNT.contains(&&said.key[..]) || said.value.len() > VALUE_BYTES {
            return Ok(());
        }
        // Checked as if it had been asked for here.
        let Ok(value) = serde_json::from_str::<Value>(&said.value) else { return Ok(()) };
        let wanted = Value::Object(Map::from_iter([(said.key.clone(), value)]));
        let Ok(wanted) = serde_json::from_value::<SettingsSet>(wanted) else { return Ok(()) };
        if check(&wanted).is_err() {
            return Ok(());
        }
        for (key, value) in named(&wanted) {
            self.set_preference(&key, &value)?;
        }
        self.event(Event::SettingsChanged {});
        Ok(())
    }

    /// What was chosen for the account, for a device that has just come.
    pub fn tell_siblings_settings(&mut self) -> Done<()> {
        for setting in self.shared_settings()?.into_iter().chain(self.device_names()?) {
            self.tell_siblings(OwnKind::Setting(setting))?;
        }
        Ok(())
    }

    /// What was chosen for the account.
    pub fn shared_settings(&self) -> Done<Vec<content::OwnSetting>> {
        let mut settings = Vec::new();
        for key in OF_ACCOUNT {
            let Some(value) = db::setting(self.db, &format!("{PREFIX}{key}"))? else { continue };
            let Ok(value) = String::from_utf8(value) else { continue };
            settings.push(content::OwnSetting { key: key.to_owned(), value });
        }
        Ok(settings)
    }
}

/// What was given, by name.
fn named(wanted: &SettingsSet) -> Map<String, Value> {
    match serde_json::to_value(wanted) {
        Ok(Value::Object(named)) => named,
        _ => Map::new(),
    }
}

fn check(wanted: &SettingsSet) -> Done<()> {
    let tag = |text: &str, limit| {
        text.len() <= limit && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
    };
    if wanted.language.as_ref().is_some_and(|language| !tag(language, 35)) {
        return Err(invalid("A language is a tag like de or pt-BR, or empty for the system's."));
    }
    if wanted.wallpaper.as_ref().is_some_and(|wallpaper| !tag(wallpaper, 64)) {
        return Err(invalid("A wallpaper is one of the names that the app offers, or empty."));
    }
    if wanted.text_size.is_some_and(|size| !TEXT_SIZES.contains(&size)) {
        return Err(invalid("A text size is 50 to 300 per cent."));
    }
    if let Some(Some(hours)) = &wanted.quiet_hours
        && (!is_time(&hours.from) || !is_time(&hours.to))
    {
        return Err(invalid("Quiet hours are times of day like 22:00."));
    }
    Ok(())
}

/// `HH:MM`
fn is_time(text: &str) -> bool {
    let two = |part: &str, below: u8| {
        part.len() == 2
            && part.bytes().all(|c| c.is_ascii_digit())
            && part.parse::<u8>().is_ok_and(|number| number < below)
    };
    text.split_once(':').is_some_and(|(hours, minutes)| two(hours, 24) && two(minutes, 60))
}
