//! Invitation links: made by members and by the operator, used by newcomers. Who used one is not stored.

use std::path::Path;

use casemate_wire::ids::{Hash32, LinkSecret};
use casemate_wire::link::Link;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{CreateInvite, InviteCreated, RevokeInvite};
use ed25519_dalek::SigningKey;
use rand_core::{OsRng, RngCore};
use rusqlite::{Connection, OpenFlags};

use super::device::LiveDevice;
use super::{Answered, Directory, OpenError, Stop, done, schema, settings};
use crate::refusal::Refusal;

/// Links that hold, per account.
const INVITES: i64 = 200;

/// Newcomers a member's link may let in.
const USES: u32 = 1_000;

impl Directory {
    pub(super) fn create_invite(
        &mut self,
        device: LiveDevice,
        request: CreateInvite,
        now_ms: i64,
    ) -> Answered {
        let hash = Hash32::try_from(&request.secret_hash[..])
            .map_err(|_| Refusal::invalid("a link's hash has 32 bytes"))?;
        if request.uses > 0 && !self.policy.members_invite {
            return Err(Refusal::not_allowed(
                "on this server only the operator invites newcomers; links that only knock are allowed",
            )
            .into());
        }
        if request.uses > USES {
            return Err(Refusal::invalid("a link lets in at most 1,000 newcomers").into());
        }
        if request.expires_ms < 0 || (request.expires_ms > 0 && request.expires_ms <= now_ms) {
            return Err(Refusal::invalid("the link would have expired already").into());
        }
        // Expired links make room by themselves.
        self.db
            .prepare_cached("DELETE FROM invite WHERE account = ?1 AND expires_ms > 0 AND expires_ms <= ?2")?
            .execute((device.account, now_ms))?;
        let count: i64 = self
            .db
            .prepare_cached("SELECT COUNT(*) FROM invite WHERE account = ?1 AND secret_hash <> ?2")?
            .query_row((device.account, hash.as_ref()), |row| row.get(0))?;
        if count >= INVITES {
            return Err(Refusal::not_allowed("200 links hold already; withdraw one first").into());
        }
        // A repeat finds its row and gives nothing back that was used in the meantime.
        let mine = self
            .db
            .prepare_cached(
                "INSERT INTO invite (secret_hash, account, uses_left, expires_ms) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (secret_hash) DO UPDATE SET account = account WHERE account = ?2",
            )?
            .execute((hash.as_ref(), device.account, request.uses, request.expires_ms))?;
        if mine == 0 {
            return Err(Refusal::invalid("this link is somebody else's").into());
        }
        Ok(Body::InviteCreated(InviteCreated {
            url_prefix: format!("{}/i#", self.identity.place.public_url),
        }))
    }

    pub(super) fn revoke_invite(&mut self, device: LiveDevice, request: RevokeInvite) -> Answered {
        self.db
            .prepare_cached("DELETE FROM invite WHERE secret_hash = ?1 AND account = ?2")?
            .execute((&request.secret_hash[..], device.account))?;
        done()
    }

    /// Uses up one join. The row stays, so that the newcomer can knock by the same link.
    pub(super) fn use_invite(&self, secret: &[u8], now_ms: i64) -> Result<bool, Stop> {
        let used = self
            .db
            .prepare_cached(
                "UPDATE invite SET uses_left = uses_left - 1
                 WHERE secret_hash = ?1 AND uses_left > 0 AND (expires_ms = 0 OR expires_ms > ?2)",
            )?
            .execute((Hash32::of(&[secret]).as_ref(), now_ms))?;
        Ok(used == 1)
    }
}

/// Makes an operator's link in the directory at `path`, also while a server runs on it.
pub fn operator_link(path: &Path, uses: u32, expires_ms: i64) -> Result<Link, OpenError> {
    let absent = || OpenError::Absent(path.parent().unwrap_or(path).to_path_buf());
    if !path.is_file() {
        return Err(absent());
    }
    let mut db = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    schema::prepare(&mut db)?;
    let url = settings::read(&db, "public_url")?.and_then(|url| String::from_utf8(url).ok());
    let key = settings::read(&db, "server_key")?.and_then(|key| <[u8; 32]>::try_from(key).ok());
    let (Some(server_url), Some(key)) = (url, key) else { return Err(absent()) };
    let mut secret = [0; 16];
    OsRng.fill_bytes(&mut secret);
    let secret = LinkSecret::new(secret);
    db.execute(
        "INSERT INTO invite (secret_hash, account, uses_left, expires_ms) VALUES (?1, NULL, ?2, ?3)",
        (secret.hash().as_ref(), uses, expires_ms),
    )?;
    Ok(Link {
        server_url,
        secret,
        server_key: SigningKey::from_bytes(&key).verifying_key().to_bytes(),
        group: None,
        by: String::new(),
    })
}
