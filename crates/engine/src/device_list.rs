//! The account's devices as its person sees them (`device.list`): name, what runs there, when it was last heard of, what it
//! can reach. What runs where, own devices tell each other in their own conversation; the server learns nothing of it.

use casemate_api::{Event, view};
use casemate_content::proto as content;
use casemate_content::proto::own::Kind as OwnKind;
use casemate_wire::ids::DeviceId;
use casemate_wire::manifest::{Device, VerifiedManifest};
use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done, rfc3339};
use crate::db;

/// UTF-8 bytes of what a device says of itself.
const TAG_BYTES: usize = 64;

/// A device that comes says again what it is after so long, so that the others know it is in use: nobody asks the server, which
/// would have to know.
const AGAIN_MS: i64 = 15 * 60_000;

/// Hearing from a device is noted this exactly: not each of its messages is a write.
const SEEN_MS: i64 = 60_000;

/// What is known of a device beside its manifest.
struct About {
    platform: String,
    version: String,
    seen_ms: i64,
}

impl Ctx<'_> {
    /// `device.list`
    pub fn device_list(&mut self, command: u64) -> Done<()> {
        let manifest = self.me()?.identity.verified_manifest();
        let manifest = manifest.map_err(|_| crate::core::not_allowed("The account document is damaged."))?;
        let devices = self.devices_shown(&manifest)?;
        self.reply(command, view::Devices { devices });
        Ok(())
    }

    /// All devices of a manifest, by when they were added.
    pub fn devices_shown(&self, manifest: &VerifiedManifest) -> Done<Vec<view::Device>> {
        let mut devices: Vec<_> = manifest.devices.iter().collect();
        devices.sort_by_key(|device| (device.added_ms, device.id));
        devices.into_iter().map(|device| self.device_shown(device)).collect()
    }

    fn device_shown(&self, device: &Device) -> Done<view::Device> {
        let this = device.id == self.me()?.identity.device;
        let mut about = self.about(device.id)?;
        if this {
            (about.platform, about.version) = self.software();
            about.seen_ms = self.server_now();
        }
        let conversations: i64 = self
            .db
            .prepare_cached(
                "SELECT count(DISTINCT thread) FROM leaves JOIN logs USING (log) WHERE account = ?1 AND device = ?2 AND logs.state = 0",
            )?
            .query_row(params![&self.me()?.account().0[..], &device.id.0[..]], |row| row.get(0))?;
        Ok(view::Device {
            device: device.id.to_hex(),
            name: self.device_name(device.id)?,
            platform: about.platform,
            version: about.version,
            added: rfc3339(device.added_ms),
            last_seen: (about.seen_ms > 0).then(|| rfc3339(about.seen_ms)),
            conversations: conversations as u64,
            primary: device.primary,
            this,
        })
    }

    fn about(&self, device: DeviceId) -> Done<About> {
        let found = self
            .db
            .prepare_cached("SELECT platform, version, seen_ms FROM devices WHERE device = ?1")?
            .query_row([&device.0[..]], |row| {
                Ok(About { platform: row.get(0)?, version: row.get(1)?, seen_ms: row.get(2)? })
            })
            .optional()?;
        Ok(found.unwrap_or(About { platform: String::new(), version: String::new(), seen_ms: 0 }))
    }

    /// On what this runs, and in which version: `casemate-web/0.1` has `0.1`.
    pub fn software(&self) -> (String, String) {
        let config = &self.core.config;
        let version = config.software.split_once('/').map_or("", |(_, version)| version);
        (config.platform.clone(), version.to_owned())
    }

    /// Tells siblings what this device is: when it comes, when that changed, and now and then.
    pub fn tell_about(&mut self, in_any_case: bool) -> Done<()> {
        if self.is_alone()? {
            return Ok(());
        }
        let (platform, version) = self.software();
        let said = format!("{platform}/{version}");
        let same = db::setting(self.db, "about_told")?.as_deref() == Some(said.as_bytes());
        let told_ms = db::number(self.db, "about_told_ms")?;
        let lately = told_ms <= self.now_ms && self.now_ms.saturating_sub(told_ms) < AGAIN_MS;
        if same && lately && !in_any_case {
            return Ok(());
        }
        db::set_setting(self.db, "about_told", said.as_bytes())?;
        db::set_number(self.db, "about_told_ms", self.now_ms)?;
        self.tell_siblings(OwnKind::About(content::OwnAbout { platform, version }))
    }

    /// A sibling said what it is.
    pub fn about_received(&mut self, from: DeviceId, said: &content::OwnAbout) -> Done<()> {
        let harmless = |text: &str| text.len() <= TAG_BYTES && !text.chars().any(char::is_control);
        if !harmless(&said.platform) || !harmless(&said.version) {
            return Ok(());
        }
        self.db
            .prepare_cached(
                "INSERT INTO devices(device, platform, version) VALUES (?1, ?2, ?3)
                 ON CONFLICT(device) DO UPDATE SET platform = ?2, version = ?3",
            )?
            .execute(params![&from.0[..], said.platform, said.version])?;
        self.event(Event::DeviceChanged { device: from.to_hex() });
        Ok(())
    }

    /// A sibling was heard of.
    pub fn device_seen(&mut self, device: DeviceId, at_ms: i64) -> Done<()> {
        self.db
            .prepare_cached(
                "INSERT INTO devices(device, seen_ms) VALUES (?1, ?2)
                 ON CONFLICT(device) DO UPDATE SET seen_ms = ?2 WHERE seen_ms < ?2 - ?3",
            )?
            .execute(params![&device.0[..], at_ms, SEEN_MS])?;
        Ok(())
    }

    /// When a device was last heard of, and what it was given of earlier messages.
    pub fn last_known(&self, device: DeviceId) -> Done<(i64, String)> {
        let history: Option<String> = self
            .db
            .prepare_cached("SELECT history FROM devices WHERE device = ?1")?
            .query_row([&device.0[..]], |row| row.get(0))
            .optional()?;
        Ok((self.about(device)?.seen_ms, history.unwrap_or_default()))
    }
}
