//! Blind tokens: issued to a device within its account's daily allowance, spent by nobody in particular.

use casemate_wire::ids::Hash32;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{CreateLog, ErrorCode, IssueTokens, Token, TokenKind, TokensIssued};
use rusqlite::OptionalExtension;

use super::device::LiveDevice;
use super::{Answered, Directory, Stop, day_column, done};
use crate::refusal::Refusal;
use crate::tokens::{DAY_MS, IssuerKey, day};

/// Every kind, each with a key of its own.
const KINDS: [TokenKind; 3] = [TokenKind::Log, TokenKind::Knock, TokenKind::Blob];

impl Directory {
    pub(super) fn issue_tokens(&mut self, device: LiveDevice, request: IssueTokens, now_ms: i64) -> Answered {
        let kind =
            TokenKind::try_from(request.kind).map_err(|_| Refusal::invalid("no such kind of token"))?;
        if !self.token_keys.contains_key(&(request.kind, request.key_id)) {
            return Err(expired().into());
        }
        let allowance = match kind {
            TokenKind::Log => self.policy.allowances.logs,
            TokenKind::Knock => self.policy.allowances.knocks,
            TokenKind::Blob => self.policy.allowances.blobs,
        };
        let asked = u32::try_from(request.blinded.len()).map_err(|_| Refusal::internal())?;
        let today = day_column(now_ms);
        let before: u32 = self
            .db
            .prepare_cached("SELECT count FROM issued WHERE account = ?1 AND kind = ?2 AND day = ?3")?
            .query_row((device.account, request.kind, today), |row| row.get(0))
            .optional()?
            .unwrap_or(0);
        let left = allowance.saturating_sub(before);
        if asked > left && !self.policy.limits.lifted {
            let tomorrow_ms = DAY_MS.saturating_sub(now_ms.rem_euclid(DAY_MS));
            return Err(Refusal {
                entry: u64::from(left),
                ..Refusal::rate_limited(
                    "today's allowance of this account is used up; it begins anew at midnight UTC",
                    tomorrow_ms.unsigned_abs(),
                )
            }
            .into());
        }
        // The costly part, and nothing of it for who may not have it.
        self.spend_work(device.account, asked, now_ms)?;
        let key = self.token_keys.get(&(request.kind, request.key_id)).ok_or_else(expired)?;
        let issued = key.issue(&mut *self.rng, &request.blinded)?;
        self.db
            .prepare_cached(
                "INSERT INTO issued (account, kind, day, count) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (account, kind) DO UPDATE SET day = ?3, count = ?4",
            )?
            .execute((device.account, request.kind, today, before.saturating_add(asked)))?;
        Ok(Body::TokensIssued(TokensIssued {
            evaluated: issued.evaluated,
            proof: issued.proof,
            left_today: left.saturating_sub(asked),
        }))
    }

    /// Spends the token of a new log. `Done`: delivery may create it.
    pub(super) fn pay_for_log(&mut self, request: CreateLog) -> Answered {
        let used_for =
            Hash32::of(&[b"casemate/pay/log/v1", &request.log, &request.write_hash, &request.reader_hash]);
        self.spend(request.token.as_ref(), TokenKind::Log, &used_for)?;
        done()
    }

    /// Takes a token once. The same token for the same thing again is a repeat and goes through.
    pub(super) fn spend(
        &self,
        token: Option<&Token>,
        kind: TokenKind,
        used_for: &Hash32,
    ) -> Result<(), Stop> {
        let token = token.ok_or_else(|| Refusal::not_allowed("a token must pay for this"))?;
        if token.kind != i32::from(kind) {
            return Err(Refusal::not_allowed("this token is for something else").into());
        }
        let key = self.token_keys.get(&(token.kind, token.key_id)).ok_or_else(expired)?;
        if !key.is_genuine(&token.nonce, &token.output) {
            return Err(Refusal::not_allowed("this token was not issued by this server").into());
        }
        let hash = Hash32::of(&[b"casemate/spent/v1", &token.kind.to_be_bytes(), &token.nonce]);
        let before: Option<Vec<u8>> = self
            .db
            .prepare_cached("SELECT used_for FROM spent WHERE token_hash = ?1")?
            .query_row([hash.as_ref()], |row| row.get(0))
            .optional()?;
        match before {
            Some(before) if before == used_for.as_ref() => Ok(()),
            Some(_) => {
                Err(Refusal::new(ErrorCode::ErrorSpent, "this token was used before; use another").into())
            }
            None => {
                self.db
                    .prepare_cached("INSERT INTO spent (token_hash, key_id, used_for) VALUES (?1, ?2, ?3)")?
                    .execute((hash.as_ref(), token.key_id, used_for.as_ref()))?;
                Ok(())
            }
        }
    }

    /// Has the keys of today and yesterday in memory, and makes today's. A clock that goes back finds the keys it left: older ones are
    /// deleted by [`Self::housekeeping`] alone, where the clock may decide.
    pub(super) fn refresh_token_keys(&mut self, now_ms: i64) -> Result<(), rusqlite::Error> {
        let today = day(now_ms);
        if self.token_keys.contains_key(&(i32::from(TokenKind::Log), today))
            && self.token_keys.keys().all(|(_, key_id)| key_id.saturating_add(1) >= today)
        {
            return Ok(());
        }
        let transaction = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let oldest = i64::from(today).saturating_sub(1);
        for kind in KINDS {
            let mut seed = [0u8; 32];
            self.rng.fill_bytes(&mut seed);
            transaction.execute(
                "INSERT INTO token_key (kind, key_id, seed) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                (i32::from(kind), today, seed),
            )?;
        }
        let stored: Vec<(i32, u32, [u8; 32])> = transaction
            .prepare_cached("SELECT kind, key_id, seed FROM token_key WHERE key_id BETWEEN ?1 AND ?2")?
            .query_map([oldest, i64::from(today)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        transaction.commit()?;
        self.token_keys = stored
            .into_iter()
            .map(|(kind, key_id, seed)| ((kind, key_id), IssuerKey::from_seed(&seed, kind, key_id)))
            .collect();
        Ok(())
    }
}

fn expired() -> Refusal {
    Refusal::new(
        ErrorCode::ErrorSpent,
        "this token's key is no longer taken; connect again and get new tokens",
    )
}
