//! Knocks: all that a stranger can do. One box of fixed size per device of the receiver, paid with a token.

use std::collections::BTreeMap;

use bytes::Bytes;
use casemate_wire::ids::{Hash32, InboxId};
use casemate_wire::limits::{DEVICES, KNOCK_BYTES, KNOCKS_WAITING};
use casemate_wire::proto::wire::post_knock::To;
use casemate_wire::proto::wire::{ErrorCode, KnockBox, PostKnock, TokenKind};

use super::inbox::{Inbox, client_id};
use super::lookup::absent;
use super::{Answered, Directory, Effect, Stop, done};
use crate::refusal::Refusal;

/// When to knock again where too many wait. The receiver may be there and about to take them.
const FULL_MS: u64 = 60_000;

impl Directory {
    pub(super) fn post_knock(
        &mut self,
        request: PostKnock,
        now_ms: i64,
        effects: &mut Vec<Effect>,
    ) -> Answered {
        let client_id = client_id(&request.client_id)?;
        let boxes = boxes(request.boxes)?;
        let (way, name): (&[u8], &[u8]) = match &request.to {
            Some(To::Handle(handle)) => (b"handle", handle.as_bytes()),
            Some(To::Link(secret)) => (b"link", secret),
            None => return Err(Refusal::invalid("whom to knock on is not said").into()),
        };
        let key =
            Hash32::of(&[b"casemate/knock-once/v1", way, Hash32::of(&[name]).as_ref(), client_id.as_ref()]);
        self.spend(request.token.as_ref(), TokenKind::Knock, &key)?;
        let account = match &request.to {
            Some(To::Handle(handle)) => self.open_account(handle)?,
            Some(To::Link(secret)) => self.account_of_link(secret, now_ms)?,
            None => None,
        };
        // The token is spent all the same, else one token would ask for every name there is.
        let Some(account) = account else { return Ok(absent().into_body()) };
        if !self.is_first(&key, now_ms)? {
            return done();
        }
        let inboxes = self.inboxes_of(account)?;
        if inboxes.len() != boxes.len() || inboxes.keys().any(|device| !boxes.contains_key(device)) {
            return Err(Refusal::new(
                ErrorCode::ErrorStale,
                "their devices changed in the meantime; fetch their account document again",
            )
            .into());
        }
        let waiting = inboxes.values().flatten().map(|inbox| self.knocks_waiting(inbox));
        if waiting.collect::<Result<Vec<_>, _>>()?.into_iter().max().unwrap_or(0) >= KNOCKS_WAITING {
            return Err(Refusal::rate_limited("too many people knock on them right now", FULL_MS).into());
        }
        for (device, sealed) in boxes {
            // A device that has made no inbox yet hears of it from its siblings.
            if let Some(Some(inbox)) = inboxes.get(&device) {
                effects.push(self.put_item(inbox, Bytes::new(), sealed, now_ms)?);
            }
        }
        done()
    }

    /// Live devices and their inboxes.
    fn inboxes_of(&self, account: i64) -> Result<BTreeMap<Vec<u8>, Option<Inbox>>, Stop> {
        let rows: Vec<(Vec<u8>, Option<i64>, Option<Vec<u8>>)> = self
            .db
            .prepare_cached(
                "SELECT device.device, inbox.id, inbox.inbox
                 FROM device LEFT JOIN inbox ON inbox.device = device.id WHERE device.account = ?1",
            )?
            .query_map([account], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        rows.into_iter()
            .map(|(device, row, id)| {
                let inbox = match (row, id) {
                    (Some(row), Some(id)) => {
                        let id = InboxId::try_from(&id[..]).map_err(|_| Refusal::internal())?;
                        Some(Inbox { row, id })
                    }
                    _ => None,
                };
                Ok((device, inbox))
            })
            .collect()
    }

    fn knocks_waiting(&self, inbox: &Inbox) -> Result<usize, Stop> {
        let count: i64 = self
            .db
            .prepare_cached(
                "SELECT COUNT(*) FROM inbox_item INDEXED BY inbox_item_knock
                 WHERE inbox = ?1 AND token_hash = x''",
            )?
            .query_row([inbox.row], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }
}

/// By device, each of the one size there is.
fn boxes(boxes: Vec<KnockBox>) -> Result<BTreeMap<Vec<u8>, Bytes>, Refusal> {
    let count = boxes.len();
    if count == 0 || count > DEVICES {
        return Err(Refusal::invalid("a knock has a box for each device of its receiver"));
    }
    if boxes.iter().any(|sealed| sealed.sealed.len() != KNOCK_BYTES) {
        return Err(Refusal::invalid("a knock's box has exactly 2,048 bytes"));
    }
    let boxes: BTreeMap<_, _> =
        boxes.into_iter().map(|sealed| (sealed.device.to_vec(), sealed.sealed)).collect();
    if boxes.len() == count { Ok(boxes) } else { Err(Refusal::invalid("two boxes are for one device")) }
}
