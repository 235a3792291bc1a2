//! How well this device is kept (`guard.checkup`): what a person could better, with why, and one thing to do about each.
//!
//! Only what the engine knows. A screen adds what it alone sees: the browser's version, whether the machine locks itself.

use casemate_api::view::{Checkup, Finding, KeysAge};
use casemate_content::proto::ConversationKind;

use crate::contact::Standing;
use crate::core::{Ctx, Done};
use crate::db;
use crate::strict::News;

const DAY_MS: i64 = 24 * 3_600_000;

/// A device that nobody has heard of for so long is lost, or forgotten.
const UNSEEN_MS: i64 = 30 * DAY_MS;

/// A backup this old lacks what was said since.
const BACKUP_OLD_MS: i64 = 30 * DAY_MS;

/// A conversation in which nothing was said for so long, and which is still kept.
const CONVERSATION_OLD_MS: i64 = 365 * DAY_MS;

/// Lists this old miss what attackers use now.
const LISTS_OLD_MS: i64 = 90 * DAY_MS;

/// Names that a finding lists. All are counted in its sentence.
const NAMED: usize = 100;

impl Ctx<'_> {
    /// `guard.checkup`
    pub fn guard_checkup(&mut self, command: u64) -> Done<()> {
        self.me()?;
        let mut findings = Vec::new();
        findings.extend(self.find_known_bad()?);
        findings.extend(self.find_key_kept());
        findings.extend(self.find_changed_numbers()?);
        findings.extend(self.find_kit_missing()?);
        findings.extend(self.find_unseen_devices()?);
        findings.extend(self.find_unverified()?);
        findings.extend(self.find_backup_missing()?);
        findings.extend(self.find_previews()?);
        findings.extend(self.find_old_conversations()?);
        findings.extend(self.find_old_lists()?);
        let keys = self.keys_ages()?;
        findings.extend(find_old_keys(&keys));
        findings.extend(find_silent_members(self.groups_with_silent_members()?));
        findings.sort_by_key(|finding| match finding.severity.as_str() {
            "high" => 0,
            "medium" => 1,
            _ => 2,
        });
        self.reply(command, Checkup { findings, keys });
        Ok(())
    }

    /// Messages in which something known was found.
    fn find_known_bad(&self) -> Done<Option<Finding>> {
        let mut statement = self.db.prepare_cached(
            "SELECT DISTINCT lower(hex(message)) FROM indicator_matches JOIN messages USING (message) ORDER BY at_ms",
        )?;
        let about = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
        Ok((!about.is_empty()).then(|| {
            let why = match about.len() {
                1 => "A message here names something that is known to belong to attackers. If you opened it, somebody may read along on this device.".to_owned(),
                count => format!("{count} messages here name something that is known to belong to attackers. If you opened it, somebody may read along on this device."),
            };
            finding("known_bad", "high", why, "Look at the messages", about)
        }))
    }

    fn find_key_kept(&self) -> Option<Finding> {
        let (id, severity, why) = match self.core.config.key_kept_in.as_str() {
            "file" => (
                "key_in_file",
                "high",
                "The key to everything here lies in a file beside it. Whoever copies this folder reads it all.",
            ),
            "key_store" => (
                "no_passphrase",
                "low",
                "Whoever uses this machine under your name, while you are signed in, can open everything here.",
            ),
            "browser" => (
                "no_passphrase",
                "medium",
                "Whoever uses this browser can open everything here: it asks for no passphrase.",
            ),
            _ => return None,
        };
        Some(finding(id, severity, why, "Choose a passphrase", Vec::new()))
    }

    /// Safety numbers that changed, and devices that came, and that nobody has looked at.
    fn find_changed_numbers(&self) -> Done<Option<Finding>> {
        let mut statement = self.db.prepare_cached(
            "SELECT address FROM people WHERE news = ?1 AND standing = ?2 AND blocked = 0 ORDER BY address",
        )?;
        let about = statement
            .query_map([News::Number as i64, Standing::Contact as i64], |row| row.get(0))?
            .collect::<Result<Vec<String>, _>>()?;
        Ok((!about.is_empty()).then(|| {
            let why = match &about[..] {
                [who] => format!("The safety number of {who} changed, and you have not looked at it. It may be a new phone, or somebody in between."),
                several => format!("The safety numbers of {} contacts changed, and you have not looked at them. They may be new phones, or somebody in between.", several.len()),
            };
            finding("safety_changed", "high", why, "Compare safety numbers", about)
        }))
    }

    fn find_kit_missing(&self) -> Done<Option<Finding>> {
        let kit = self.kit_shown()?;
        let why = "If you lose this device, nothing brings your account and your contacts back.";
        let severity = if kit.due { "high" } else { "medium" };
        let missing = kit.here && !kit.written;
        Ok(missing
            .then(|| finding("kit_not_written", severity, why, "Write down the recovery kit", Vec::new())))
    }

    /// Own devices that have not been heard of for long: not seen here, and not new.
    fn find_unseen_devices(&self) -> Done<Option<Finding>> {
        let Ok(manifest) = self.me()?.identity.verified_manifest() else { return Ok(None) };
        let (now, this) = (self.server_now(), self.me()?.identity.device);
        let mut about = Vec::new();
        for device in manifest.devices.iter().filter(|device| device.id != this) {
            let (seen_ms, _) = self.last_known(device.id)?;
            if now - seen_ms.max(device.added_ms) > UNSEEN_MS {
                about.push(device.id.to_hex());
            }
        }
        Ok((!about.is_empty()).then(|| {
            let why = match about.len() {
                1 => "One of your devices was not heard of for a month. If it is lost, whoever finds it reads along.".to_owned(),
                count => format!("{count} of your devices were not heard of for a month. If one is lost, whoever finds it reads along."),
            };
            finding("device_unseen", "medium", why, "Look at your devices", about)
        }))
    }

    fn find_unverified(&self) -> Done<Option<Finding>> {
        let mut statement = self.db.prepare_cached(
            "SELECT address FROM people WHERE verified = 0 AND standing = ?1 AND blocked = 0 ORDER BY address",
        )?;
        let about = statement
            .query_map([Standing::Contact as i64], |row| row.get(0))?
            .collect::<Result<Vec<String>, _>>()?;
        Ok((!about.is_empty()).then(|| {
            let why = match &about[..] {
                [who] => format!("You have not compared safety numbers with {who}. Until then the server's word says that it is them."),
                several => format!("You have not compared safety numbers with {} contacts. Until then the server's word says that it is them.", several.len()),
            };
            finding("contacts_unverified", "low", why, "Compare safety numbers", about)
        }))
    }

    /// Backups are the primary's. One in a file of one's own is not known here.
    fn find_backup_missing(&self) -> Done<Option<Finding>> {
        if !db::ACCOUNT_SECRET.is_there(self.db)? {
            return Ok(None);
        }
        let made_ms = db::number(self.db, "backup_made_ms")?;
        let any: bool =
            self.db
                .query_row("SELECT EXISTS (SELECT 1 FROM messages WHERE kind = 0)", [], |row| row.get(0))?;
        let age_ms = self.server_now() - made_ms;
        Ok(match made_ms {
            0 if any => Some(finding(
                "no_backup",
                "low",
                "If you lose this device, what was said goes with it: there is no backup on the server.",
                "Make a backup",
                Vec::new(),
            )),
            1.. if age_ms > BACKUP_OLD_MS => {
                let why = format!(
                    "The last backup is {} days old. What was said since is on this device alone.",
                    age_ms / DAY_MS
                );
                Some(finding("backup_old", "low", why, "Make a backup", Vec::new()))
            }
            _ => None,
        })
    }

    fn find_previews(&self) -> Done<Option<Finding>> {
        let why = "Notifications show names and texts to whoever sees your screen, also while it is locked.";
        let shown = self.preferences()?.previews;
        Ok(shown.then(|| finding("previews", "low", why, "Hide them in notifications", Vec::new())))
    }

    fn find_old_conversations(&self) -> Done<Option<Finding>> {
        let mut statement = self.db.prepare_cached(
            "SELECT lower(hex(key)) FROM threads WHERE kind != ?1 AND active_ms < ?2
             AND EXISTS (SELECT 1 FROM messages WHERE thread = threads.id AND kind = 0) ORDER BY active_ms",
        )?;
        let before = self.server_now() - CONVERSATION_OLD_MS;
        let about = statement
            .query_map([i64::from(ConversationKind::Own as i32), before], |row| row.get(0))?
            .collect::<Result<Vec<String>, _>>()?;
        Ok((!about.is_empty()).then(|| {
            let why = match about.len() {
                1 => "In one chat nothing was said for a year. What is not here cannot be taken from here.".to_owned(),
                count => format!("In {count} chats nothing was said for a year. What is not here cannot be taken from here."),
            };
            finding("old_conversations", "low", why, "Clear old chats", about)
        }))
    }

    /// Only where somebody uses such lists at all.
    fn find_old_lists(&self) -> Done<Option<Finding>> {
        let newest: Option<i64> =
            self.db.query_row("SELECT max(at_ms) FROM indicator_lists", [], |row| row.get(0))?;
        let old = newest.is_some_and(|newest| newest < self.now_ms - LISTS_OLD_MS);
        let why =
            "Your lists of known spyware are older than three months. What attackers use now is not on them.";
        Ok(old.then(|| finding("indicators_old", "low", why, "Import newer lists", Vec::new())))
    }
}

/// Conversations in which this device's keys should have been replaced for a day or more.
fn find_old_keys(keys: &[KeysAge]) -> Option<Finding> {
    let about: Vec<String> =
        keys.iter().filter(|keys| keys.overdue).map(|keys| keys.conversation.clone()).collect();
    (!about.is_empty()).then(|| {
        let why = match about.len() {
            1 => "In one chat this device has had its keys for more than eight days. If somebody copied it, they read along there until the server takes new ones.".to_owned(),
            count => format!("In {count} chats this device has had its keys for more than eight days. If somebody copied it, they read along there until the server takes new ones."),
        };
        finding("keys_old", "medium", why, "Look again", about)
    })
}

/// Groups in which a member has no device of which anything was heard.
fn find_silent_members(about: Vec<String>) -> Option<Finding> {
    (!about.is_empty()).then(|| {
        let why = match about.len() {
            1 => "In one group nothing was heard of any device of a member for twelve weeks. If one of them was copied, that copy reads along there. Admins can remove who is gone.".to_owned(),
            count => format!("In {count} groups nothing was heard of any device of a member for twelve weeks. If one of them was copied, that copy reads along there. Admins can remove who is gone."),
        };
        finding("members_silent", "low", why, "Look again", about)
    })
}

fn finding(
    id: &str,
    severity: &str,
    why: impl Into<String>,
    action: &str,
    mut about: Vec<String>,
) -> Finding {
    about.truncate(NAMED);
    Finding {
        id: id.to_owned(),
        severity: severity.to_owned(),
        why: why.into(),
        action: action.to_owned(),
        about,
    }
}
