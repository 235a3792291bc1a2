//! Inboxes: a device's own, filled by those who hold one of its tokens, read by its read secret.

use bytes::Bytes;
use casemate_wire::ids::{ClientId, Hash32, InboxId};
use casemate_wire::limits::{INBOX_ITEMS, INBOX_SIZES, INBOX_TOKENS};
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    AckInbox, CreateInbox, ErrorCode, FollowInbox, Following, InboxItem, PostInbox, PutInboxTokens,
    RevokeInboxTokens,
};
use rusqlite::{Connection, OptionalExtension};
use subtle::ConstantTimeEq;

use super::device::LiveDevice;
use super::{Answered, Directory, Effect, Outcome, Stop, day_column, done};
use crate::refusal::Refusal;

/// Token hashes in one request.
const TOKENS_PER_REQUEST: usize = 100;

/// Bytes of a page of items: what a connection's outbox takes at once.
const PAGE_BYTES: usize = 256 * 1024;

/// An inbox as stored.
pub(super) struct Inbox {
    /// Row of `inbox`.
    pub row: i64,
    /// Its id.
    pub id: InboxId,
}

impl Directory {
    pub(super) fn create_inbox(&mut self, device: LiveDevice, request: CreateInbox) -> Answered {
        let inbox = InboxId::try_from(&request.inbox[..])
            .map_err(|_| Refusal::invalid("an inbox id has 16 bytes"))?;
        let read_hash = Hash32::try_from(&request.read_hash[..])
            .map_err(|_| Refusal::invalid("a read hash has 32 bytes"))?;
        let same = self
            .db
            .prepare_cached("SELECT 1 FROM inbox WHERE inbox = ?1 AND device = ?2 AND read_hash = ?3")?
            .exists((inbox.as_ref(), device.device, read_hash.as_ref()))?;
        if same {
            return done();
        }
        let inserted = self
            .db
            .prepare_cached(
                "INSERT INTO inbox (inbox, device, read_hash, first_number, next_number)
                 VALUES (?1, ?2, ?3, 1, 1) ON CONFLICT DO NOTHING",
            )?
            .execute((inbox.as_ref(), device.device, read_hash.as_ref()))?;
        if inserted == 0 {
            return Err(Refusal::new(ErrorCode::ErrorTaken, "this device has an inbox already").into());
        }
        done()
    }

    pub(super) fn put_inbox_tokens(&mut self, request: PutInboxTokens) -> Answered {
        let inbox = self.own_inbox(&request.inbox, &request.read_secret)?;
        let hashes = hashes(&request.token_hashes)?;
        let count: i64 = self
            .db
            .prepare_cached("SELECT COUNT(*) FROM inbox_token WHERE inbox = ?1")?
            .query_row([inbox.row], |row| row.get(0))?;
        if usize::try_from(count).unwrap_or(usize::MAX).saturating_add(hashes.len()) > INBOX_TOKENS {
            return Err(Refusal::too_large("an inbox has at most 10,000 tokens").into());
        }
        for hash in hashes {
            // A token that is another inbox's stays that: its hash was no secret to whoever holds the token.
            self.db
                .prepare_cached(
                    "INSERT INTO inbox_token (token_hash, inbox, revoked, day, handed_out)
                     VALUES (?1, ?2, 0, 0, 0)
                     ON CONFLICT (token_hash) DO UPDATE SET revoked = 0 WHERE inbox = ?2",
                )?
                .execute((hash.as_ref(), inbox.row))?;
        }
        done()
    }

    pub(super) fn revoke_inbox_tokens(&mut self, request: RevokeInboxTokens) -> Answered {
        let inbox = self.own_inbox(&request.inbox, &request.read_secret)?;
        for hash in hashes(&request.token_hashes)? {
            self.db
                .prepare_cached("UPDATE inbox_token SET revoked = 1 WHERE token_hash = ?1 AND inbox = ?2")?
                .execute((hash.as_ref(), inbox.row))?;
        }
        done()
    }

    pub(super) fn post_inbox(
        &mut self,
        request: PostInbox,
        now_ms: i64,
        effects: &mut Vec<Effect>,
    ) -> Answered {
        let client_id = client_id(&request.client_id)?;
        if !INBOX_SIZES.contains(&request.payload.len()) {
            return Err(Refusal::invalid("an inbox takes sealed items of 4, 16 or 64 KiB only").into());
        }
        let token = Hash32::of(&[&request.inbox_token]);
        let found: Option<(i64, Vec<u8>, bool)> = self
            .db
            .prepare_cached(
                "SELECT inbox.id, inbox.inbox, inbox_token.revoked
                 FROM inbox_token JOIN inbox ON inbox.id = inbox_token.inbox
                 WHERE inbox_token.token_hash = ?1",
            )?
            .query_row([token.as_ref()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((row, id, revoked)) = found else {
            return Err(Refusal::not_found("this inbox is gone, with its device").into());
        };
        // Somebody who was blocked is answered as anybody is, and leaves nothing here.
        if revoked || !self.is_first(&Hash32::of(&[b"casemate/post/v1", &token.0, &client_id.0]), now_ms)? {
            return done();
        }
        let inbox = Inbox { row, id: InboxId::try_from(&id[..]).map_err(|_| Refusal::internal())? };
        if self.items_in(&inbox)? >= INBOX_ITEMS {
            return Err(
                Refusal::rate_limited("this inbox is full; try again when it was read", 600_000).into()
            );
        }
        effects.push(self.put_item(&inbox, token.into(), request.payload, now_ms)?);
        done()
    }

    pub(super) fn follow_inbox(&mut self, request: FollowInbox) -> Answered {
        let inbox = self.own_inbox(&request.inbox, &request.read_secret)?;
        let (first, next): (i64, i64) = self
            .db
            .prepare_cached("SELECT first_number, next_number FROM inbox WHERE id = ?1")?
            .query_row([inbox.row], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Body::Following(Following {
            head: next.saturating_sub(1).unsigned_abs(),
            first: first.unsigned_abs(),
            commit: None,
        }))
    }

    pub(super) fn inbox_page(&mut self, inbox: InboxId, after: u64) -> Result<Outcome, Stop> {
        let mut statement = self.db.prepare_cached(
            "SELECT inbox_item.number, inbox_item.token_hash, inbox_item.payload, inbox_item.at_ms
             FROM inbox JOIN inbox_item ON inbox_item.inbox = inbox.id
             WHERE inbox.inbox = ?1 AND inbox_item.number > ?2 ORDER BY inbox_item.number",
        )?;
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let mut rows = statement.query((inbox.as_ref(), after))?;
        let (mut items, mut bytes, mut more) = (Vec::new(), 0_usize, false);
        while let Some(row) = rows.next()? {
            if bytes >= PAGE_BYTES {
                more = true;
                break;
            }
            let (token_hash, payload): (Vec<u8>, Vec<u8>) = (row.get(1)?, row.get(2)?);
            bytes = bytes.saturating_add(payload.len()).saturating_add(64);
            items.push(InboxItem {
                number: row.get::<_, i64>(0)?.unsigned_abs(),
                token_hash: token_hash.into(),
                payload: payload.into(),
                at_ms: row.get(3)?,
            });
        }
        Ok(Outcome::Page { items, more })
    }

    pub(super) fn ack_inbox(&mut self, request: AckInbox) -> Answered {
        let inbox = self.own_inbox(&request.inbox, &request.read_secret)?;
        let up_to = i64::try_from(request.up_to).unwrap_or(i64::MAX);
        self.db
            .prepare_cached("DELETE FROM inbox_item WHERE inbox = ?1 AND number <= ?2")?
            .execute((inbox.row, up_to))?;
        self.db
            .prepare_cached(
                "UPDATE inbox SET first_number = MAX(first_number, MIN(?2, next_number)) WHERE id = ?1",
            )?
            .execute((inbox.row, up_to.saturating_add(1)))?;
        done()
    }

    /// The inbox, if the secret is its read secret. Absent and wrong are one answer.
    fn own_inbox(&self, inbox: &[u8], secret: &[u8]) -> Result<Inbox, Stop> {
        let found: Option<(i64, Vec<u8>, bool)> = self
            .db
            .prepare_cached(
                "SELECT inbox.id, read_hash, EXISTS (SELECT 1 FROM disabled WHERE disabled.account = device.account)
                 FROM inbox JOIN device ON device.id = inbox.device WHERE inbox = ?1",
            )?
            .query_row([inbox], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let hash = Hash32::of(&[secret]);
        match (found, InboxId::try_from(inbox)) {
            (Some((row, read_hash, disabled)), Ok(id)) if bool::from(read_hash.ct_eq(&hash.0)) => {
                if disabled { Err(Refusal::disabled().into()) } else { Ok(Inbox { row, id }) }
            }
            _ => Err(Refusal::not_found("this inbox is not here, or this is not its key").into()),
        }
    }

    /// Remembers that something was taken; false when it was taken before.
    pub(super) fn is_first(&self, key: &Hash32, now_ms: i64) -> Result<bool, Stop> {
        let inserted = self
            .db
            .prepare_cached("INSERT INTO repeat (key, day) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
            .execute((key.as_ref(), day_column(now_ms)))?;
        Ok(inserted == 1)
    }

    /// Puts an item in. `token_hash` is empty for a knock.
    pub(super) fn put_item(
        &self,
        inbox: &Inbox,
        token_hash: Bytes,
        payload: Bytes,
        now_ms: i64,
    ) -> Result<Effect, Stop> {
        let number: i64 = self
            .db
            .prepare_cached(
                "UPDATE inbox SET next_number = next_number + 1 WHERE id = ?1 RETURNING next_number - 1",
            )?
            .query_row([inbox.row], |row| row.get(0))?;
        self.db
            .prepare_cached(
                "INSERT INTO inbox_item (inbox, number, token_hash, payload, at_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((inbox.row, number, &token_hash[..], &payload[..], now_ms))?;
        let item = InboxItem { number: number.unsigned_abs(), token_hash, payload, at_ms: now_ms };
        Ok(Effect::Posted { inbox: inbox.id, item })
    }

    fn items_in(&self, inbox: &Inbox) -> Result<usize, Stop> {
        let count: i64 = self
            .db
            .prepare_cached("SELECT next_number - first_number FROM inbox WHERE id = ?1")?
            .query_row([inbox.row], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }
}

/// Deletes items older than the retention time.
pub(super) fn expire(db: &Connection, oldest_ms: i64) -> Result<(), rusqlite::Error> {
    db.execute("DELETE FROM inbox_item WHERE at_ms < ?1", [oldest_ms])?;
    db.execute(
        "UPDATE inbox SET first_number = COALESCE(
             (SELECT MIN(number) FROM inbox_item WHERE inbox_item.inbox = inbox.id), next_number)
         WHERE first_number < next_number",
        [],
    )?;
    Ok(())
}

pub(super) fn client_id(bytes: &[u8]) -> Result<ClientId, Refusal> {
    ClientId::try_from(bytes).map_err(|_| Refusal::invalid("a client id has 16 bytes"))
}

fn hashes(list: &[Bytes]) -> Result<Vec<Hash32>, Refusal> {
    if list.len() > TOKENS_PER_REQUEST {
        return Err(Refusal::too_large("at most 100 inbox tokens at a time"));
    }
    list.iter()
        .map(|hash| Hash32::try_from(&hash[..]).map_err(|_| Refusal::invalid("a token's hash has 32 bytes")))
        .collect()
}
