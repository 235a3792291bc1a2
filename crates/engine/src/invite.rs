//! Invitations: a link lets somebody join and knocks for them on whoever made it.

use casemate_api::command::InviteCreate;
use casemate_api::{Error, Kind, view};
use casemate_wire::ids::LinkSecret;
use casemate_wire::link::{BY_BYTES, Link};
use casemate_wire::proto::wire::device_request_body::Request as DeviceBody;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{CreateInvite, Error as WireError};

use crate::connection::{Awaiting, refusal};
use crate::core::{Ctx, Done, Fail, invalid, parse_rfc3339};
use crate::db;

/// How long an invitation is good if nothing else is said.
const EXPIRES_MS: i64 = 7 * 24 * 3_600_000;

impl Ctx<'_> {
    /// `invite.create`
    pub fn invite_create(&mut self, command: u64, wanted: &InviteCreate) -> Done<()> {
        self.me()?;
        if !self.online() {
            return Err(self.invite_offline());
        }
        let uses = wanted.uses.unwrap_or(1);
        if !(1..=10_000).contains(&uses) {
            return Err(invalid("An invitation is for 1 to 10,000 people."));
        }
        let expires_ms = match &wanted.expires {
            None => self.server_now() + EXPIRES_MS,
            Some(text) => {
                parse_rfc3339(text).ok_or_else(|| invalid("A time looks like 2026-12-31T18:00:00Z."))?
            }
        };
        if expires_ms <= self.server_now() {
            return Err(invalid("This time is in the past."));
        }
        let secret = LinkSecret::new(self.random());
        let create = CreateInvite { secret_hash: secret.hash().into(), uses, expires_ms };
        self.send_device_request(
            DeviceBody::CreateInvite(create),
            Awaiting::InviteCreated { command, secret, group: None },
        )
    }

    /// Why no invitation can be made now.
    pub fn invite_offline(&self) -> Fail {
        let why = self.core.session.last_trouble.clone();
        let why = if why.is_empty() { "not connected yet".to_owned() } else { why };
        Fail::User(Error::new(
            Kind::Offline,
            format!("An invitation needs the server: {why}. Try again in a moment."),
        ))
    }

    pub fn invite_created(
        &mut self,
        command: u64,
        secret: &LinkSecret,
        group: Option<(i64, u32)>,
        result: Result<Body, WireError>,
    ) -> Done<()> {
        if let Err(error) = result {
            if let Some((thread, uses)) = group
                && self.retry_group_link(command, thread, uses, secret, &error)?
            {
                return Ok(());
            }
            self.reply_error(command, refusal(&error));
            return Ok(());
        }
        let url = db::setting(self.db, "server_url")?.unwrap_or_default();
        let key = db::setting(self.db, "server_key")?
            .and_then(|key| key.try_into().ok())
            .ok_or(Fail::Server("a key that is not known"))?;
        let link = Link {
            server_url: String::from_utf8_lossy(&url).into_owned(),
            secret: secret.clone(),
            server_key: key,
            group: None,
            // Whoever gets a group's link may not know its maker.
            by: if group.is_none() { self.name_in_link()? } else { String::new() },
        };
        let link = match group {
            Some((thread, _)) => self.group_link_created(thread, link)?,
            None => link.to_text(),
        };
        self.reply(command, view::Invite { link });
        Ok(())
    }

    /// The name that contacts see, or its beginning.
    fn name_in_link(&self) -> Done<String> {
        let mut name = self.own_name()?;
        name.retain(|c| !c.is_control());
        name.truncate(name.floor_char_boundary(BY_BYTES));
        Ok(name)
    }
}
