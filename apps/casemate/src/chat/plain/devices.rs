//! Devices in the linear mode: linking this one to an account, linking another, seeing and removing them.

use casemate_api::command::{
    DeviceApprove, DeviceInspect, DeviceRename, DeviceRequest, DeviceSignOut, History, Nothing, OneDevice,
    RecoveryKit, RecoveryRestore, Words,
};
use casemate_api::said::said;
use casemate_api::view::{self, Device, DeviceApproved, DeviceAsking, DeviceCode, DeviceRemoved, Devices};
use casemate_api::{Command, Event};
use serde_json::Value;

use super::{Plain, complain, say};
use crate::chat::text::harmless_line;
use crate::chat::when::Now;

/// What a person calls this device, as far as the machine says.
const NAME: &str = "Terminal";

/// What a device says that was signed out where it is; and where its primary could not be told.
pub const SIGNED_OUT: &str = "Signed out. Everything of the account is gone from here, and your primary device takes this one out of every chat.";
pub const SIGNED_OUT_UNTOLD: &str = "Signed out. Everything of the account is gone from here. Your primary device could not be told: remove this one there.";

/// Before the words of the recovery kit.
pub const KIT: &str = "With these words and the account's name you get your account back when all your devices are lost, or when \
                       somebody took your primary one. Write them on paper, now. Whoever has them has your account.";

/// After a restore, before the words that it made.
const NEW_WORDS: &str = "The words that you typed open nothing any more. Write down the new ones now: until they are on paper, whoever loses this device loses the account. Then: /kit written";

/// With new words that the server does not have.
const PENDING: &str = "The server does not have these words yet: until it does, only the old ones bring your account back. Keep the old paper until /kit does not say this any more.";

/// What a device says whose account was restored elsewhere.
pub const REPLACED: &str =
    "Your account moved to another device, where it was restored. Here you can still read what came before.";

/// What the devices of a deleted account say.
pub const DELETED: &str = "The account was deleted, and everything of it here.";

/// What a device that was removed says.
pub const WIPED: &str = "This device was removed from its account. Everything of it is gone from here.";

impl Plain {
    /// On a device without an account: shows a code until the primary has taken it. False where the input ended.
    pub(super) async fn be_linked(&mut self) -> anyhow::Result<bool> {
        say("The address of the server that your account is on:")?;
        let Some(server) = self.typed().await else { return Ok(false) };
        say("A name for this device, or nothing:")?;
        let Some(name) = self.typed().await else { return Ok(false) };
        say("A passphrase for this device, or nothing:")?;
        let Some(passphrase) = self.hidden().await else { return Ok(false) };
        let name = Some(name.trim()).filter(|name| !name.is_empty()).unwrap_or(NAME).to_owned();
        let request = DeviceRequest {
            server: Some(server.trim().to_owned()),
            name,
            passphrase: Some(passphrase).filter(|passphrase| !passphrase.is_empty()),
            anew: false,
        };
        match self.ask::<DeviceCode>(Command::DeviceRequest(request)).await {
            Err(error) => complain(&error.message)?,
            Ok(asked) => {
                let until = Now::system().clock(&asked.expires);
                say(&format!("This device's code, which holds until {until} and once:"))?;
                say(&asked.code)?;
                say(&format!(
                    "On your first device, open Devices, Link a device, and type it in; in a terminal like this one: /link and the code. Compare the number: {}",
                    asked.check
                ))?;
                say("Show the code to nobody: whoever has it can link this device to another account.")?;
                return self.wait_to_be_linked().await;
            }
        }
        Ok(true)
    }

    /// On a device without an account: brings one back. False where the input ended.
    pub(super) async fn restore_account(&mut self) -> anyhow::Result<bool> {
        say("The address of the server that your account is on:")?;
        let Some(server) = self.typed().await else { return Ok(false) };
        say("Your account's name:")?;
        let Some(name) = self.typed().await else { return Ok(false) };
        say("The twelve words of your recovery kit (they are not shown):")?;
        let Some(words) = self.hidden().await else { return Ok(false) };
        say("A passphrase for this device, or nothing:")?;
        let Some(passphrase) = self.hidden().await else { return Ok(false) };
        let restore = RecoveryRestore {
            server: Some(server.trim().to_owned()),
            name: name.trim().to_owned(),
            words: Words::Text(words),
            passphrase: Some(passphrase).filter(|passphrase| !passphrase.is_empty()),
        };
        match self.ask::<view::AccountRestored>(Command::RecoveryRestore(restore)).await {
            Ok(restored) => {
                say("Your account is back. Its other devices are removed, and your contacts are told.")?;
                say(NEW_WORDS)?;
                if let Some(words) = restored.words {
                    say(&format!("The new words: {words}"))?;
                }
            }
            Err(error) => complain(&error.message)?,
        }
        Ok(true)
    }

    /// `/kit`, `/kit new`, `/kit written`
    pub(super) async fn kit(&mut self, rest: &str) -> anyhow::Result<()> {
        if rest == "written" {
            return self
                .done(Command::RecoveryWritten(Nothing {}), "Good. Keep them where nobody else looks.")
                .await;
        }
        if !self.is_owner().await? {
            return Ok(());
        }
        let kit = Command::RecoveryKit(RecoveryKit {
            renew: rest == "new" || rest.starts_with("new "),
            words: rest.strip_prefix("new ").map(|old| Words::Text(old.to_owned())),
        });
        match self.ask::<view::RecoveryKit>(kit).await {
            Ok(kit) => {
                say(KIT)?;
                say(&format!("The words: {}", kit.words))?;
                if kit.pending {
                    say(PENDING)?;
                }
                say(&format!(
                    "Account {}, at {}. When they are on paper: /kit written",
                    kit.address, kit.server
                ))
            }
            Err(error) => complain(&error.message),
        }
    }

    /// `/rename N NAME`
    pub(super) async fn rename_device(&mut self, number: &str, name: &str) -> anyhow::Result<()> {
        let Some(chosen) = self.device_by_number(number).await? else { return Ok(()) };
        let rename = DeviceRename { device: chosen.device, name: name.to_owned() };
        self.done(Command::DeviceRename(rename), "Renamed.").await
    }

    /// A device as /devices counts.
    async fn device_by_number(&mut self, number: &str) -> anyhow::Result<Option<Device>> {
        let devices = self.listed_devices().await?;
        let chosen = number.parse::<usize>().ok().and_then(|number| devices.get(number.checked_sub(1)?));
        if chosen.is_none() {
            say("Name a device by its number in /devices.")?;
        }
        Ok(chosen.cloned())
    }

    async fn wait_to_be_linked(&mut self) -> anyhow::Result<bool> {
        say("Waiting. Enter ends it.")?;
        loop {
            let event = match self.came.pop_front() {
                Some(event) => event,
                None => tokio::select! {
                    Some(event) = self.events.recv() => event,
                    line = self.typed.recv() => return Ok(line.is_some()),
                },
            };
            match event {
                Event::DeviceLinked { address } => {
                    say(&format!("Linked to {}.", harmless_line(&address)))?;
                    return Ok(true);
                }
                Event::DeviceLinkFailed { why } => {
                    complain(&why)?;
                    return Ok(true);
                }
                _ => {}
            }
        }
    }

    /// `/devices`
    pub(super) async fn devices(&mut self) -> anyhow::Result<()> {
        for (at, device) in self.listed_devices().await?.iter().enumerate() {
            say(&format!("{}. {}", at + 1, device_line(device)))?;
        }
        say("/link CODE links another one; /unlink N removes one; /rename N NAME.")
    }

    async fn listed_devices(&mut self) -> anyhow::Result<Vec<Device>> {
        match self.ask::<Devices>(Command::DeviceList(Nothing {})).await {
            Ok(all) => Ok(all.devices),
            Err(error) => {
                complain(&error.message)?;
                Ok(Vec::new())
            }
        }
    }

    /// `/link CODE`: says what asks; `/link CODE yes all` agrees. In strict mode the recovery kit's words follow.
    pub(super) async fn link_device(&mut self, rest: &str) -> anyhow::Result<()> {
        let words: Vec<&str> = rest.split_whitespace().collect();
        let agreed = words.iter().position(|word| *word == "yes");
        let code = words[..agreed.unwrap_or(words.len())].join(" ");
        let Some(agreed) = agreed else {
            return match self
                .ask::<DeviceAsking>(Command::DeviceInspect(DeviceInspect { code: code.clone() }))
                .await
            {
                Ok(asking) => {
                    say(&asking_line(&asking))?;
                    say(&asking.consequence)?;
                    let words = if asking.words { " and the words of your recovery kit" } else { "" };
                    say(&format!(
                        "To agree: /link {code} yes none (or 30d, or all, for earlier messages){words}."
                    ))
                }
                Err(error) => complain(&error.message),
            };
        };
        let history = match words.get(agreed + 1) {
            Some(&"all") => History::All,
            Some(&"30d") => History::Days30,
            _ => History::Nothing,
        };
        let kit = words.get(agreed + 2..).filter(|words| !words.is_empty());
        let kit = kit.map(|words| Words::Text(words.join(" ")));
        if kit.is_none() && !self.is_owner().await? {
            return Ok(());
        }
        let approve = DeviceApprove { code, history, confirm: true, words: kit };
        match self.ask::<DeviceApproved>(Command::DeviceApprove(approve)).await {
            Ok(_) => say("Linked. It comes into your chats within a moment."),
            Err(error) => complain(&error.message),
        }
    }

    /// `/unlink N`; of this device, a linked one, `/unlink N yes`, and `/unlink N lose` where it alone has messages.
    pub(super) async fn unlink_device(&mut self, rest: &str) -> anyhow::Result<()> {
        let lose = rest.strip_suffix("lose");
        let agreed = lose.or_else(|| rest.strip_suffix("yes"));
        let number = agreed.unwrap_or(rest).trim();
        let Some(chosen) = self.device_by_number(number).await? else { return Ok(()) };
        if chosen.this && !chosen.primary {
            if agreed.is_none() {
                return say(&format!(
                    "This is this device. Signed out, everything of the account is erased here: /unlink {number} yes"
                ));
            }
            let sign_out = DeviceSignOut { lose: lose.is_some() };
            return match self.ask::<Value>(Command::DeviceSignOut(sign_out)).await {
                Ok(_) => say("Signing out…"),
                Err(error) => {
                    complain(&error.message)?;
                    let loses = said(&error.message).is_some_and(|said| said.code == "sign-out-loses");
                    if loses {
                        say(&format!("Sign out and lose them: /unlink {number} lose"))
                    } else {
                        Ok(())
                    }
                }
            };
        }
        let remove = OneDevice { device: chosen.device };
        match self.ask::<DeviceRemoved>(Command::DeviceRemove(remove)).await {
            Ok(removed) => {
                for line in report_lines(&removed) {
                    say(&line)?;
                }
                Ok(())
            }
            Err(error) => complain(&error.message),
        }
    }

    /// What happens to devices by itself, as a line.
    pub(super) fn device_event(&self, event: &Event) -> anyhow::Result<()> {
        match event {
            Event::AccountReplaced {} => say(REPLACED),
            Event::DeviceChanged { .. } => say("Your devices changed: /devices shows them."),
            Event::HistoryProgress { done, of, finished, .. } => match finished {
                true => say(&format!("Earlier messages are through: {done}.")),
                false => say(&format!("Earlier messages: {done} of {of}.")),
            },
            _ => Ok(()),
        }
    }
}

/// A device in one line.
pub fn device_line(device: &Device) -> String {
    let now = Now::system();
    let name = match (device.name.as_str(), device.platform.as_str()) {
        ("", "") => "A device".to_owned(),
        ("", platform) => harmless_line(platform),
        (name, "") => harmless_line(name),
        (name, platform) => format!("{} ({})", harmless_line(name), harmless_line(platform)),
    };
    let mut line = format!("{name}, in {}, added {}", chats(device.conversations), now.short(&device.added));
    if let Some(seen) = device.last_seen.as_ref().filter(|_| !device.this) {
        line.push_str(&format!(", last seen {}", now.short(seen)));
    }
    if !device.version.is_empty() {
        line.push_str(&format!(", Casemate {}", harmless_line(&device.version)));
    }
    if device.primary {
        line.push_str(", primary");
    }
    if device.this {
        line.push_str(", this one");
    }
    line
}

/// What asks, in one line.
pub fn asking_line(asking: &DeviceAsking) -> String {
    let place = match asking.place.as_str() {
        "same_network" => "in the same network as this device",
        _ => "in another network than this device",
    };
    format!(
        "“{}” ({}), {place}, asks to become one of your devices. Its number is {}.",
        harmless_line(&asking.name),
        harmless_line(&asking.platform),
        asking.check
    )
}

/// What the conversation of own devices is called here.
const OWN: &str = "your notes to yourself";

/// What a removed device could have reached.
pub fn report_lines(removed: &DeviceRemoved) -> Vec<String> {
    let reached = &removed.reached;
    let mut lines = vec![match (reached.published, reached.open) {
        (true, 0) => "Removed: it is out of every chat, and is asked to erase itself.".to_owned(),
        (true, open) => {
            format!("Removed, but for {}: it is taken out as soon as somebody there is online.", chats(open))
        }
        (false, _) => "It is removed as soon as the server can be reached.".to_owned(),
    }];
    let now = Now::system();
    for one in &reached.conversations {
        let open = if one.open { ", still open" } else { "" };
        lines.push(format!(
            "It could read {} since {}{open}.",
            // Only the conversation of own devices has none.
            if one.name.is_empty() { OWN.to_owned() } else { harmless_line(&one.name) },
            now.short(&one.since)
        ));
    }
    match reached.history.as_str() {
        "all" => lines.push("It was given all earlier messages.".to_owned()),
        "30d" => lines.push("It was given thirty days of earlier messages.".to_owned()),
        _ => {}
    }
    if !reached.told.is_empty() {
        lines.push(format!("Told: {}.", harmless_line(&reached.told.join(", "))));
    }
    lines
}

fn chats(count: u64) -> String {
    if count == 1 { "1 chat".to_owned() } else { format!("{count} chats") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use casemate_api::view::{DeviceReach, ReachedConversation};

    #[test]
    fn a_report_says_what_is_open_and_what_was_reached() {
        let one = ReachedConversation {
            conversation: "1".into(),
            name: "Plans".into(),
            since: "2026-11-20T12:00:00.000Z".into(),
            open: true,
        };
        let reached = DeviceReach {
            published: true,
            open: 1,
            history: "all".into(),
            conversations: vec![one.clone(), ReachedConversation { name: String::new(), ..one }],
            told: vec!["ana@example.org".into()],
            ..DeviceReach::default()
        };
        let lines = report_lines(&DeviceRemoved { reached });
        assert!(lines[0].contains("but for 1 chat"), "{lines:?}");
        assert!(lines[1].contains("Plans") && lines[1].contains("still open"), "{lines:?}");
        assert!(lines[2].contains("your notes to yourself since"), "{lines:?}");
        assert!(lines.iter().any(|line| line.contains("ana@example.org")), "{lines:?}");
    }

    #[test]
    fn a_device_that_says_strange_things_is_one_harmless_line() {
        let device = Device { name: "a\nb\u{202e}".into(), platform: "web".into(), ..Device::default() };
        assert!(!device_line(&device).contains(['\n', '\u{202e}']));
    }
}
