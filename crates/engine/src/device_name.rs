//! What a person calls their devices (`device.rename`). The names are for own devices alone: they are in no manifest. Only the
//! primary gives them: a stolen device that called itself another would be the one that is kept.

use casemate_api::Event;
use casemate_api::command::DeviceRename;
use casemate_content::limits::DEVICE_NAME_BYTES;
use casemate_content::proto as content;
use casemate_content::proto::own::Kind as OwnKind;
use casemate_wire::ids::DeviceId;

use crate::core::{Ctx, Done, invalid, not_allowed, not_found};
use crate::db;

/// What stands before a device's id where own devices tell each other settings.
const PREFIX: &str = "device_name/";

impl Ctx<'_> {
    /// `device.rename`
    pub fn device_rename(&mut self, command: u64, wanted: &DeviceRename) -> Done<()> {
        let unknown = || not_found("This account has no such device.");
        let device = DeviceId::from_hex(&wanted.device).ok_or_else(unknown)?;
        let own = self.me()?.identity.verified_manifest().map_err(|_| unknown())?;
        own.device(device).ok_or_else(unknown)?;
        if !self.is_primary(self.me()?.identity.device)? {
            return Err(not_allowed("Only your primary device can change this."));
        }
        let name = wanted.name.trim();
        check_name(name)?;
        self.name_device(device, name)?;
        self.reply_nothing(command);
        Ok(())
    }

    /// A name that the primary gives, or takes over from the device's own person.
    pub fn name_device(&mut self, device: DeviceId, name: &str) -> Done<()> {
        self.set_device_name(device, name)?;
        self.tell_siblings(OwnKind::Setting(said(device, name)))
    }

    /// The name of a device; empty where it has none.
    pub fn device_name(&self, device: DeviceId) -> Done<String> {
        let name = db::setting(self.db, &key(device))?;
        Ok(name.and_then(|name| String::from_utf8(name).ok()).unwrap_or_default())
    }

    /// The primary's choice.
    pub fn device_name_received(&mut self, from: DeviceId, said: &content::OwnSetting) -> Done<()> {
        let device = said.key.strip_prefix(PREFIX).and_then(DeviceId::from_hex);
        let name = serde_json::from_str::<String>(&said.value).ok();
        let name = name.filter(|name| check_name(name).is_ok());
        match (device, name) {
            (Some(device), Some(name)) if self.is_primary(from)? => self.set_device_name(device, &name),
            _ => Ok(()),
        }
    }

    /// All of them, for a device that has just come.
    pub fn device_names(&self) -> Done<Vec<content::OwnSetting>> {
        let Ok(own) = self.me()?.identity.verified_manifest() else { return Ok(Vec::new()) };
        let mut names = Vec::new();
        for device in &own.devices {
            let name = self.device_name(device.id)?;
            if !name.is_empty() {
                names.push(said(device.id, &name));
            }
        }
        Ok(names)
    }

    pub fn is_primary(&self, device: DeviceId) -> Done<bool> {
        let own = self.me()?.identity.verified_manifest();
        Ok(own.is_ok_and(|own| own.device(device).is_some_and(|device| device.primary)))
    }

    fn set_device_name(&mut self, device: DeviceId, name: &str) -> Done<()> {
        let known = self.me()?.identity.verified_manifest().is_ok_and(|own| own.device(device).is_some());
        if !known {
            return Ok(());
        }
        db::set_setting(self.db, &key(device), name.as_bytes())?;
        self.event(Event::DeviceChanged { device: device.to_hex() });
        Ok(())
    }
}

/// One by which its person knows a device, and that cannot look like another's: nothing in it turns the reading direction.
pub fn check_name(name: &str) -> Done<()> {
    crate::text::check_line(name, DEVICE_NAME_BYTES)?;
    if !crate::text::shows(name) {
        return Err(invalid("Give the device a name, by which you know it among your devices."));
    }
    if name.chars().any(crate::text::turns) {
        return Err(invalid("A device's name may not contain characters that turn the reading direction."));
    }
    Ok(())
}

/// Under which a device's name is kept, and told to own devices.
fn key(device: DeviceId) -> String {
    format!("{PREFIX}{}", device.to_hex())
}

fn said(device: DeviceId, name: &str) -> content::OwnSetting {
    content::OwnSetting { key: key(device), value: serde_json::Value::from(name).to_string() }
}

/// Whether what own devices tell each other is a device's name.
pub fn is_device_name(said: &content::OwnSetting) -> bool {
    said.key.starts_with(PREFIX)
}
