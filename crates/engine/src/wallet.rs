//! Blind tokens: drawn from the daily allowance in the account's name, spent without it.

use casemate_crypto::tokens;
use casemate_wire::proto::wire::device_request_body::Request as DeviceBody;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{Error as WireError, ErrorCode, IssueTokens, Token, TokenKind};
use rusqlite::{OptionalExtension as _, params};

use crate::connection::Awaiting;
use crate::core::{Ctx, Done, Fail, Job};
use crate::io::Output;

/// How many of a kind are kept at hand, and how many are drawn at once. Drawing ahead keeps drawing and spending
/// apart in time.
const AT_HAND: [(TokenKind, i64, usize); 3] =
    [(TokenKind::Log, 4, 10), (TokenKind::Knock, 2, 5), (TokenKind::Blob, 8, 32)];

/// Most that are drawn in one request.
const MOST: usize = casemate_wire::limits::TOKENS_PER_REQUEST;

/// Payments refused so long after the greeting are taken to be refused because its keys have ended. Shorter would let a
/// server make clients connect more often.
const KEYS_MS: i64 = 6 * 3_600_000;

impl Ctx<'_> {
    /// A payment was refused. The greeting named the server's keys of that day; a device that stayed connected for days
    /// gets the present ones with a new greeting.
    pub fn payment_refused(&mut self) {
        if self.now_ms.saturating_sub(self.core.session.greeted_ms) > KEYS_MS {
            self.core.session.greeted_ms = self.now_ms;
            self.out.push(Output::Reconnect { why: "the server's payment keys have changed".into() });
        }
    }

    /// Draws tokens where few are left, or where a transfer needs more.
    pub fn work_wallet(&mut self) -> Done<()> {
        let keys = self.core.session.hello.as_ref().map(|hello| hello.token_keys.clone()).unwrap_or_default();
        for (kind, least, batch) in AT_HAND {
            let Some(key) = keys.iter().filter(|key| key.kind == kind as i32).max_by_key(|key| key.key_id)
            else {
                continue;
            };
            let held = self.tokens_held(kind)?;
            let wanted = self.core.session.tokens_wanted.get(&(kind as i32)).copied().unwrap_or(0);
            let target = least.max(wanted);
            if held >= target || !self.begin(Job::Wallet(kind as i32)) {
                continue;
            }
            let left = self.core.session.tokens_left.get(&(kind as i32)).copied();
            let count = batch.max((target - held) as usize).min(MOST).min(left.unwrap_or(MOST).max(1));
            self.core.session.tokens_asked.insert(kind as i32, count);
            let (state, blinded) = tokens::blind(&mut self.core.config.rng, count)?;
            let issue = IssueTokens {
                kind: kind as i32,
                key_id: key.key_id,
                blinded: blinded.into_iter().map(Into::into).collect(),
            };
            let awaiting = Awaiting::TokensIssued { kind: kind as i32, key_id: key.key_id, state };
            self.send_device_request(DeviceBody::IssueTokens(issue), awaiting)?;
        }
        Ok(())
    }

    pub fn tokens_held(&self, kind: TokenKind) -> Done<i64> {
        Ok(self
            .db
            .prepare_cached("SELECT count(*) FROM wallet WHERE kind = ?1")?
            .query_row([kind as i32], |row| row.get(0))?)
    }

    pub fn tokens_issued(
        &mut self,
        kind: i32,
        key_id: u32,
        state: tokens::BlindState,
        result: Result<Body, WireError>,
    ) -> Done<()> {
        let issued = match result {
            Ok(Body::TokensIssued(issued)) => issued,
            Ok(_) => return Err(Fail::Server("no tokens")),
            Err(error) => {
                tracing::info!("no tokens of kind {kind}: {}", error.message);
                if error.code == ErrorCode::ErrorSpent as i32 {
                    self.payment_refused();
                }
                // The rest of today's allowance may be smaller than what was asked for.
                let asked = self.core.session.tokens_asked.remove(&kind).unwrap_or(1);
                let left = usize::try_from(error.entry).unwrap_or(MOST).min(asked.saturating_sub(1));
                if error.code == ErrorCode::ErrorRateLimited as i32 && left > 0 {
                    self.core.session.tokens_left.insert(kind, left);
                    self.pause(Job::Wallet(kind), 1_000);
                    return Ok(());
                }
                self.core.session.tokens_left.remove(&kind);
                self.back_off(Job::Wallet(kind), &error, 30_000);
                return if kind == TokenKind::Blob as i32 { self.files_begin_to_wait(None) } else { Ok(()) };
            }
        };
        self.end(&Job::Wallet(kind));
        self.core.session.tokens_left.remove(&kind);
        let keys = &self.core.session.hello.as_ref().ok_or(Fail::Server("no greeting"))?.token_keys;
        let key = keys.iter().find(|key| key.kind == kind && key.key_id == key_id);
        let public = key.map(|key| key.public_key.clone()).ok_or(Fail::Server("tokens of an unknown key"))?;
        let evaluated: Vec<&[u8]> = issued.evaluated.iter().map(|element| &element[..]).collect();
        let tokens = tokens::finalize(&state, &evaluated, &issued.proof, &public)
            .map_err(|_| Fail::Server("tokens made with another key than announced"))?;
        for token in tokens {
            self.db
                .prepare_cached(
                    "INSERT OR IGNORE INTO wallet(nonce, kind, key_id, output) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![&token.nonce[..], kind, key_id, &token.output[..]])?;
        }
        // Tokens of days that the server no longer takes.
        let oldest = keys.iter().filter(|key| key.kind == kind).map(|key| key.key_id).min().unwrap_or(0);
        self.db
            .prepare_cached("DELETE FROM wallet WHERE kind = ?1 AND key_id < ?2")?
            .execute(params![kind, oldest.saturating_sub(1)])?;
        self.everything_dirty()
    }

    /// Takes a token out of the wallet; `None` where one must be drawn first, which is then asked for.
    pub fn take_token(&mut self, kind: TokenKind) -> Done<Option<Token>> {
        self.core.session.chores = true;
        let token = self
            .db
            .prepare_cached(
                "SELECT nonce, key_id, output FROM wallet WHERE kind = ?1 ORDER BY key_id LIMIT 1",
            )?
            .query_row([kind as i32], |row| {
                Ok(Token {
                    kind: kind as i32,
                    nonce: row.get::<_, Vec<u8>>(0)?.into(),
                    key_id: row.get(1)?,
                    output: row.get::<_, Vec<u8>>(2)?.into(),
                })
            })
            .optional()?;
        if let Some(token) = &token {
            self.db.prepare_cached("DELETE FROM wallet WHERE nonce = ?1")?.execute([&token.nonce[..]])?;
        } else {
            self.core.session.tokens_wanted.insert(kind as i32, 1);
        }
        Ok(token)
    }

    /// All logs are looked at again.
    pub fn everything_dirty(&mut self) -> Done<()> {
        let mut statement = self.db.prepare_cached("SELECT log FROM logs WHERE state = 0")?;
        let logs = statement
            .query_map([], |row| crate::core::id_column(row, 0))?
            .collect::<Result<Vec<casemate_wire::ids::LogId>, _>>()?;
        self.core.session.dirty.extend(logs);
        Ok(())
    }
}
