//! Several devices of one account: linking, and what own devices tell each other in their own conversation.

use casemate_content::proto as content;
use casemate_content::proto::content::Kind as ContentKind;
use casemate_wire::ids::{AccountId, DeviceId, InboxToken, LogId};
use casemate_wire::manifest::VerifiedManifest;
use rusqlite::params;

use crate::contact::Standing;
use crate::core::{Ctx, Done};

impl Ctx<'_> {
    /// A newer version of the own manifest, by way of another own device or of the server.
    pub fn own_manifest_seen(&mut self, manifest: &VerifiedManifest) -> Done<()> {
        let current = self.me()?.identity.verified_manifest();
        if current.is_ok_and(|current| manifest.supersedes(&current)) {
            crate::db::set_setting(self.db, "manifest", &manifest.to_bytes())?;
            if let Some(me) = self.core.me.as_mut() {
                me.identity.manifest = manifest.to_bytes();
            }
            self.drop_dead_devices(manifest)?;
        }
        Ok(())
    }

    /// An own device says something in the own conversation.
    pub fn own_received(&mut self, _from: DeviceId, said: content::Own) -> Done<()> {
        match said.kind {
            Some(content::own::Kind::Contact(contact)) => self.sibling_contact(&contact),
            Some(content::own::Kind::Read(read)) => {
                let Ok(log) = LogId::try_from(&read.log[..]) else { return Ok(()) };
                self.db
                    .prepare_cached(
                        "UPDATE threads SET read_position = max(read_position,
                             coalesce((SELECT max(position) FROM messages WHERE log = ?1 AND entry <= ?2), 0))
                         WHERE active_log = ?1",
                    )?
                    .execute(params![&log.0[..], i64::try_from(read.entry).unwrap_or(0)])?;
                Ok(())
            }
            Some(content::own::Kind::Inbox(inbox)) => {
                let (Ok(device), Ok(token)) =
                    (DeviceId::try_from(&inbox.device[..]), InboxToken::try_from(&inbox.token[..]))
                else {
                    return Ok(());
                };
                let account = self.me()?.account();
                self.learn_reach(account, device, &token)
            }
            None => Ok(()),
        }
    }

    fn sibling_contact(&mut self, contact: &content::OwnContact) -> Done<()> {
        let Ok(account) = AccountId::try_from(&contact.account[..]) else { return Ok(()) };
        self.db
            .prepare_cached(
                "INSERT INTO people(account, address, standing, at_ms) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT(account) DO UPDATE SET standing = max(standing, ?3)",
            )?
            .execute(params![
                &account.0[..],
                contact.address,
                contact.standing.min(Standing::Contact as u32),
                self.now_ms
            ])?;
        for entry in &contact.tokens {
            if let (Ok(device), Ok(token)) =
                (DeviceId::try_from(&entry.device[..]), InboxToken::try_from(&entry.token[..]))
            {
                self.learn_reach(account, device, &token)?;
            }
        }
        Ok(())
    }

    /// This device's word to its siblings.
    pub fn tell_siblings(&mut self, said: content::own::Kind) -> Done<()> {
        let Some(thread) = self.own_thread()? else { return Ok(()) };
        self.queue_content(thread, None, ContentKind::Own(content::Own { kind: Some(said) }))
    }

    /// The primary device linked this one.
    pub fn link_received(&mut self, manifest: &VerifiedManifest, link: &content::Link) -> Done<()> {
        self.own_manifest_seen(manifest)?;
        let account = self.me()?.account();
        for entry in &link.tokens {
            if let (Ok(device), Ok(token)) =
                (DeviceId::try_from(&entry.device[..]), InboxToken::try_from(&entry.token[..]))
            {
                self.learn_reach(account, device, &token)?;
            }
        }
        Ok(())
    }
}
