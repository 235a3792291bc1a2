//! Key transparency: the server's one list of everyone's keys, verified here so that nobody is shown another.
//!
//! ```text
//! look-up ─▶ is this manifest in the list? ── not yet: asked again in seconds; still not: said
//! message ─▶ the head that its sender saw ──┐
//! server  ─▶ the newest head ───────────────┴─▶ do they go on from each other? ── no: said, with whom
//! daily   ─▶ all that the list ever said of the own account ── something foreign: said
//! ```
//! What is verified is in `casemate-transparency`; here is when, and what the person hears. Nothing stops by itself:
//! who looks on is told in plain words, once.

use bytes::Bytes;
use casemate_api::Event;
use casemate_transparency::history::{Own, Values};
use casemate_transparency::{Head, Relation, epochs, history, lookup};
use casemate_wire::ids::{AccountId, Hash32};
use casemate_wire::manifest::{NotSuccessor, VerifiedManifest, verify_promise};
use casemate_wire::proto::directory::{Promise, PromiseBody, SignedManifest};
use casemate_wire::proto::transparency::{Extension, Shown};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    Error as WireError, ErrorCode, FetchHead, FetchHistory, FetchManifest, ManifestAnswer, PublishManifest,
    fetch_manifest,
};

use crate::connection::{Awaiting, is_passing, retry_after};
use crate::contact::Standing;
use crate::core::{Ctx, Done, Fail, Job, stored};
use crate::db;

/// The newest head is asked for so often, and the own history so often.
const HEAD_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * 3_600_000;

/// An epoch has a new manifest after ten seconds at the latest.
const LISTED_MS: i64 = 15_000;

/// A promise that is older than this and not kept is broken.
const PROMISE_MS: i64 = 60_000;

/// Looked again after so long, and so often before something is said.
const AGAIN_MS: i64 = 30_000;
const TRIES: i64 = 3;

/// Heads of others that wait to be compared. Only the server can sign one: more would be its own doing.
const HEADS: usize = 64;

/// Heads in one request, with the one that is known.
const ASKED: usize = 7;

/// Looked at on this connection; forgotten beyond.
const MET: usize = 1_024;

/// Accounts that are looked up at once.
const CHECKS: usize = 4;

/// In `settings`.
const HEAD: &str = "log_head";
pub const HEAD_DUE: &str = "log_head_due_ms";
const FRESH: &str = "log_fresh_ms";
const OWN: &str = "log_own";
const OWN_DUE: &str = "log_own_due_ms";
const OWN_TRIES: &str = "log_own_tries";
const OWN_RESTARTED: &str = "log_own_restarted";

/// How the list stands to a manifest that was looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// It names this very one.
    Yes,
    /// It does not name it yet: the promise counts.
    NotYet,
    /// It has named another for longer than a promise may stay open.
    Contradicts,
}

impl Ctx<'_> {
    /// What a message carries: the newest head that this device saw.
    pub fn head_said(&self) -> Done<Bytes> {
        Ok(db::setting(self.db, HEAD)?.unwrap_or_default().into())
    }

    /// A head that a message brought.
    pub fn head_heard(&mut self, account: AccountId, bytes: &[u8]) -> Done<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let met = &mut self.core.session.heads_met;
        if met.len() >= MET {
            met.clear();
        }
        if !met.insert(Hash32::of(&[bytes])) {
            return Ok(());
        }
        let Some(key) = self.log_key()? else { return Ok(()) };
        // Whoever makes one up proves nothing against the server.
        match Head::from_bytes(bytes, &key) {
            Ok(head) => self.head_seen(&head, Some(account)),
            Err(_) => Ok(()),
        }
    }

    /// What a look-up showed of the list. Fails where it is no proof at all.
    pub fn listed(
        &mut self,
        manifest: &VerifiedManifest,
        promise: &PromiseBody,
        shown: Option<&Shown>,
    ) -> Done<Listed> {
        let Some(shown) = shown else { return Ok(Listed::NotYet) };
        let key = self.log_key()?.ok_or(Fail::Server("a key that is not known"))?;
        let head = Head::verify(&shown.head.clone().unwrap_or_default(), &key)
            .map_err(|_| Fail::Server("a list of keys that it did not sign"))?;
        self.head_seen(&head, None)?;
        let Some(proof) = &shown.lookup else { return Ok(Listed::NotYet) };
        let logged = lookup::verify(&head, &manifest.handle, proof)
            .map_err(|_| Fail::Server("a false proof of an account document"))?;
        let open_ms = self.server_now().saturating_sub(promise.at_ms);
        Ok(match logged.manifest == manifest.hash {
            true => Listed::Yes,
            false if open_ms < PROMISE_MS => Listed::NotYet,
            false => Listed::Contradicts,
        })
    }

    /// Whether this is the server's promise for the version that was just published: `key` in `settings`.
    pub fn check_published(&self, key: &str, promise: &Promise) -> Done<()> {
        let log_key = self.log_key()?.ok_or(Fail::Server("a key that is not known"))?;
        let Some(published) = db::setting(self.db, key)? else { return Ok(()) };
        let published = stored::<PublishManifest>(&published[..])?;
        let manifest = VerifiedManifest::verify(&published.manifest.unwrap_or_default())
            .map_err(|_| Fail::Server("an own manifest"))?;
        verify_promise(promise, &log_key, &manifest)
            .map(|_| ())
            .map_err(|_| Fail::Server("a promise that is not for this account document"))
    }

    /// A document of somebody was not learned. Where other keys are signed in it than those that are known, the person hears
    /// of it: somebody has a recovery kit that was replaced, or the server helps them.
    pub fn document_refused(&mut self, account: AccountId, why: NotSuccessor) -> Done<()> {
        if why != NotSuccessor::OtherKeys {
            return Ok(());
        }
        if account == self.me()?.account() {
            return self.say("keys", None, "Somebody signed other keys for your account, with recovery words that count no more. Your keys stay as they are.");
        }
        let who = self.name_of(account)?;
        let text = format!(
            "Somebody signed other keys for {who}, with recovery words that count no more. The keys that are known here stay."
        );
        self.say("keys", Some(account), &text)
    }

    /// How the list stands to the keys that are known of somebody: `listed`, `waiting`, `unlisted` or `stale`.
    pub fn list_state(&self, account: AccountId) -> Done<&'static str> {
        let told = |what, of| Ok::<_, Fail>(db::setting(self.db, &told_key(what, of))?.is_some());
        if told("conflict", Some(account))? || told("conflict", None)? || told("listed", Some(account))? {
            return Ok("unlisted");
        }
        if told("stale", None)? {
            return Ok("stale");
        }
        let known = self.known_manifest(account)?.map(|known| known.hash.0.to_vec());
        let listed = db::setting(self.db, &listed_key(account))?;
        Ok(if listed.is_some() && listed == known { "listed" } else { "waiting" })
    }

    /// A manifest of somebody is known that was not found in the list yet.
    pub fn await_listing(&mut self, account: AccountId) -> Done<()> {
        let known = matches!(
            self.person(account)?.map(|person| person.standing),
            Some(Standing::Contact | Standing::Knocked | Standing::Asking)
        );
        if known { self.check_at(account, self.now_ms + LISTED_MS, 0) } else { Ok(()) }
    }

    /// The list names this manifest of somebody.
    pub fn is_listed(&mut self, manifest: &VerifiedManifest) -> Done<()> {
        db::set_setting(self.db, &listed_key(manifest.account), &manifest.hash.0)?;
        if self.known_manifest(manifest.account)?.is_some_and(|known| known.hash == manifest.hash) {
            self.forget_check(manifest.account)?;
        }
        Ok(())
    }

    /// Contacts of before there was a list, or whose look-up was lost.
    pub fn check_contacts(&mut self) -> Done<()> {
        let mut statement = self
            .db
            .prepare_cached("SELECT account FROM people WHERE standing = 3 AND manifest IS NOT NULL")?;
        let contacts = statement
            .query_map([], |row| crate::core::id_column(row, 0))?
            .collect::<Result<Vec<AccountId>, _>>()?;
        for account in contacts {
            let known = self.known_manifest(account)?.map(|known| known.hash.0.to_vec());
            if db::setting(self.db, &listed_key(account))? != known
                && db::setting(self.db, &check_key(account))?.is_none()
            {
                let due = self.now_ms + LISTED_MS + self.jitter(60_000);
                self.check_at(account, due, 0)?;
            }
        }
        Ok(())
    }

    pub fn work_transparency(&mut self) -> Done<()> {
        self.work_heads()?;
        self.work_own_history()?;
        self.work_checks()
    }

    // ---- Heads ----

    fn head_seen(&mut self, head: &Head, from: Option<AccountId>) -> Done<()> {
        let Some(known) = self.known_head()? else { return self.keep_head(head) };
        match known.relation(head) {
            Relation::Same if head.at_ms > known.at_ms => self.keep_head(head),
            Relation::Same => Ok(()),
            Relation::Restored => {
                let now = db::setting(self.db, "incarnation")?;
                match now.as_deref() == Some(&head.incarnation[..]) {
                    true => self.log_restarted(head),
                    false => self.other_incarnation(head, from),
                }
            }
            Relation::Conflict => self.say_conflict(from),
            Relation::Older | Relation::Newer => self.head_waits(head, from),
        }
    }

    /// A head that the server is asked about: whether its list goes on from there.
    pub fn head_waits(&mut self, head: &Head, from: Option<AccountId>) -> Done<()> {
        if self.heads_waiting()?.len() < HEADS {
            let mut row = from.map_or([0; 16], |account| account.0).to_vec();
            row.extend_from_slice(head.to_bytes());
            db::set_setting(self.db, &waiting_key(head), &row)?;
            self.core.session.chores = true;
        }
        Ok(())
    }

    fn work_heads(&mut self) -> Done<()> {
        let due = db::number(self.db, HEAD_DUE)?;
        let waiting = self.heads_waiting()?;
        if waiting.is_empty() && due > self.now_ms && due < self.now_ms + 2 * HEAD_MS {
            self.core.session.wake.insert((due, None));
            return Ok(());
        }
        if !self.begin(Job::Heads) {
            return Ok(());
        }
        let known = self.known_head()?.map(|head| head.epoch);
        let asked = waiting.iter().take(ASKED).map(|(_, _, head)| head.epoch);
        let from: Vec<u64> = known.into_iter().chain(asked).filter(|epoch| *epoch > 0).collect();
        self.core.session.heads_asked.clone_from(&from);
        self.send(Request::FetchHead(FetchHead { from }), Awaiting::Heads);
        Ok(())
    }

    pub fn heads_fetched(&mut self, result: Result<Body, WireError>) -> Done<()> {
        let answer = match result {
            Ok(Body::Head(answer)) => answer,
            Ok(_) => return Err(Fail::Server("no list of keys")),
            Err(error) => {
                let pause = if is_passing(&error) { retry_after(&error) } else { HEAD_MS };
                self.pause(Job::Heads, pause);
                return Ok(());
            }
        };
        self.end(&Job::Heads);
        let due = self.now_ms + HEAD_MS + self.jitter(300_000);
        db::set_number(self.db, HEAD_DUE, due)?;
        let key = self.log_key()?.ok_or(Fail::Server("a key that is not known"))?;
        let head = Head::verify(&answer.head.unwrap_or_default(), &key)
            .map_err(|_| Fail::Server("a list of keys that it did not sign"))?;
        let extension = |older: &Head| -> Option<&Extension> {
            answer.extensions.iter().find(|extension| extension.from_epoch == older.epoch)
        };
        // What came while the answer was on its way it cannot speak of: that is asked next.
        let asked = std::mem::take(&mut self.core.session.heads_asked);
        let is_asked = |older: &Head| older.epoch == 0 || asked.contains(&older.epoch);
        if let Some(known) = self.known_head()? {
            if known.relation(&head) == Relation::Restored {
                // The greeting says in which incarnation the server is.
                if db::setting(self.db, "incarnation")?.as_deref() != Some(&head.incarnation[..]) {
                    return Err(Fail::Server("a list of keys of another time"));
                }
                self.log_restarted(&head)?;
            } else if !is_asked(&known) {
                self.core.session.chores = true;
                return Ok(db::set_number(self.db, HEAD_DUE, 0)?);
            } else if epochs::extends(&known, &head, extension(&known)).is_err() {
                // It contradicts what it signed itself. The head that is known stays; heads of others still wait, and
                // asking for them at once again would never end.
                self.pause(Job::Heads, HEAD_MS);
                return self.say_conflict(None);
            }
        }
        let waiting = self.heads_waiting()?;
        for (row, account, other) in waiting {
            let is_kept = other.incarnation == head.incarnation || self.is_survivor(&other)?;
            if is_kept && !is_asked(&other) {
                continue;
            }
            db::forget_setting(self.db, &row)?;
            if is_kept && epochs::survives(&other, &head, extension(&other)).is_err() {
                self.say_conflict(account)?;
            }
        }
        self.keep_head(&head)?;
        self.core.session.chores = true;
        if self.now_ms.saturating_sub(db::number(self.db, FRESH)?) > DAY_MS {
            let text = "The server has not renewed its list of everyone's keys for more than a day: new keys cannot be checked against it.";
            self.say("stale", None, text)?;
        } else {
            self.unsay("stale", None)?;
        }
        Ok(())
    }

    pub fn known_head(&self) -> Done<Option<Head>> {
        let (Some(key), Some(bytes)) = (self.log_key()?, db::setting(self.db, HEAD)?) else {
            return Ok(None);
        };
        Ok(Head::from_bytes(&bytes, &key).ok())
    }

    fn keep_head(&mut self, head: &Head) -> Done<()> {
        // By this device's own clock: the server's could stand still with its list.
        if self.known_head()?.is_none_or(|known| known.at_ms < head.at_ms) {
            db::set_number(self.db, FRESH, self.now_ms)?;
        }
        self.keep_head_of_day(head)?;
        Ok(db::set_setting(self.db, HEAD, head.to_bytes())?)
    }

    /// After a restore from a backup the list goes on from an earlier state. The greeting told so. What was seen of the list before
    /// stays: it is compared with what goes on. Contacts' keys are looked up again, since the backup may not have them.
    fn log_restarted(&mut self, head: &Head) -> Done<()> {
        self.heads_after_restart()?;
        self.db.execute("DELETE FROM settings WHERE key GLOB 'log_listed/*'", [])?;
        db::set_number(self.db, OWN_RESTARTED, 1)?;
        db::set_number(self.db, OWN_DUE, 0)?;
        self.keep_head(head)?;
        self.check_contacts()
    }

    fn heads_waiting(&self) -> Done<Vec<(String, Option<AccountId>, Head)>> {
        let Some(key) = self.log_key()? else { return Ok(Vec::new()) };
        let mut statement = self.db.prepare_cached(
            "SELECT key, value FROM settings WHERE key GLOB 'log_seen/*' ORDER BY key LIMIT 64",
        )?;
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<Vec<(String, Vec<u8>)>, _>>()?;
        let parse = |(row, value): (String, Vec<u8>)| {
            let (account, head) = value.split_first_chunk::<16>()?;
            let account = (*account != [0; 16]).then_some(AccountId(*account));
            Some((row, account, Head::from_bytes(head, &key).ok()?))
        };
        Ok(rows.into_iter().filter_map(parse).collect())
    }

    pub fn log_key(&self) -> Done<Option<[u8; 32]>> {
        Ok(db::setting(self.db, "server_key")?.and_then(|key| key.try_into().ok()))
    }

    // ---- The own history ----

    fn work_own_history(&mut self) -> Done<()> {
        let mut due = db::number(self.db, OWN_DUE)?;
        let current = stored::<SignedManifest>(&self.me()?.identity.manifest[..])?;
        let is_news = self.own_accounted()?.hashes.last() != Some(&Hash32::of(&[&current.manifest]));
        // The list is to have it soon. Where that failed often enough there is no hurry.
        if is_news && due > self.now_ms + AGAIN_MS && db::number(self.db, OWN_TRIES)? <= TRIES {
            due = self.now_ms + LISTED_MS;
            db::set_number(self.db, OWN_DUE, due)?;
        }
        if due > self.now_ms && due < self.now_ms + 2 * DAY_MS {
            self.core.session.wake.insert((due, None));
            return Ok(());
        }
        if self.begin(Job::History) {
            let proof = Some(self.device_request(None)?);
            self.send(Request::FetchHistory(FetchHistory { proof }), Awaiting::History);
        }
        Ok(())
    }

    pub fn history_fetched(&mut self, result: Result<Body, WireError>) -> Done<()> {
        let answer = match result {
            Ok(Body::History(answer)) => answer,
            Ok(_) => return Err(Fail::Server("no history of the account")),
            Err(error) => {
                let pause = if is_passing(&error) { retry_after(&error) } else { HEAD_MS };
                self.pause(Job::History, pause);
                return Ok(());
            }
        };
        self.end(&Job::History);
        // Once a day, also where nothing else happens: the recovery box is to say when this device was last there.
        self.box_changed();
        let key = self.log_key()?.ok_or(Fail::Server("a key that is not known"))?;
        let head = Head::verify(&answer.head.unwrap_or_default(), &key)
            .map_err(|_| Fail::Server("a list of keys that it did not sign"))?;
        self.head_seen(&head, None)?;
        let current = self.me()?.identity.verified_manifest().map_err(|_| Fail::Server("an own manifest"))?;
        let logged = match &answer.history {
            None => Values::default(),
            Some(proof) => history::verify(&head, &current.handle, proof)
                .map_err(|_| Fail::Server("a false history of the account"))?,
        };
        let mut known = self.own_accounted()?;
        // The backup may lack the newest ones. Those that it has are the same, and nothing foreign comes after them.
        if db::number(self.db, OWN_RESTARTED)? > 0 {
            known = known.up_to_where_they_part(&logged);
        }
        let own = history::compare(&known, &current, &logged);
        if own == Own::Accounted {
            db::forget_setting(self.db, OWN_RESTARTED)?;
            let mut row = logged.first.to_be_bytes().to_vec();
            row.extend(logged.hashes.iter().flat_map(|hash| hash.0));
            db::set_setting(self.db, OWN, &row)?;
            db::set_number(self.db, OWN_TRIES, 0)?;
            let due = self.now_ms + DAY_MS + self.jitter(HEAD_MS as u64);
            // Once a day as well: whether somebody asked for the account's deletion.
            self.check_own_manifest()?;
            self.unsay("own", None)?;
            self.unsay("own-missing", None)?;
            return Ok(db::set_number(self.db, OWN_DUE, due)?);
        }
        let tries = db::number(self.db, OWN_TRIES)? + 1;
        db::set_number(self.db, OWN_TRIES, tries)?;
        let pause = if tries > TRIES { HEAD_MS } else { AGAIN_MS };
        db::set_number(self.db, OWN_DUE, self.now_ms + pause)?;
        self.core.session.chores = true;
        match own {
            // Another own device may have changed the account just now.
            Own::Foreign | Own::Older if tries < TRIES => self.check_own_manifest(),
            Own::Older => self.say(
                "own",
                None,
                "The server's list of everyone's keys shows an older state of your own keys than before. Do not rely on this server; talk to whoever runs it.",
            ),
            Own::Foreign => self.say(
                "own",
                None,
                "The server's list of everyone's keys names keys for your account that are not yours. Do not rely on this server; talk to whoever runs it.",
            ),
            Own::Behind if tries >= TRIES => self.say(
                "own-missing",
                None,
                "The server's list of everyone's keys does not name your newest keys, though the server promised it. Do not rely on this server; talk to whoever runs it.",
            ),
            Own::Behind | Own::Accounted => Ok(()),
        }
    }

    /// What the list says of this account and was accounted for.
    fn own_accounted(&self) -> Done<Values> {
        let bytes = db::setting(self.db, OWN)?.unwrap_or_default();
        let Some((first, rest)) = bytes.split_first_chunk::<8>() else { return Ok(Values::default()) };
        let (hashes, _) = rest.as_chunks::<32>();
        let hashes = hashes.iter().map(|hash| Hash32(*hash)).collect();
        Ok(Values { first: u64::from_be_bytes(*first), hashes })
    }

    // ---- Contacts that are not found in the list yet ----

    fn work_checks(&mut self) -> Done<()> {
        let mut statement =
            self.db.prepare_cached("SELECT key, value FROM settings WHERE key GLOB 'log_check/*'")?;
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<Vec<(String, Vec<u8>)>, _>>()?;
        let mut started = 0;
        for (key, value) in rows {
            let account = key.strip_prefix("log_check/").and_then(AccountId::from_hex);
            let (Some(account), Some((due, _))) = (account, check_row(&value)) else { continue };
            if due > self.now_ms {
                self.core.session.wake.insert((due, None));
            } else if started < CHECKS {
                started += usize::from(self.check(account)?);
            }
        }
        Ok(())
    }

    fn check(&mut self, account: AccountId) -> Done<bool> {
        let Some(person) = self.person(account)? else {
            self.forget_check(account)?;
            return Ok(false);
        };
        // A device that is gone took its inbox with it, and whoever asks there is told that there is nobody.
        let manifest = self.known_manifest(account)?;
        let is_there = |device| manifest.as_ref().is_none_or(|manifest| manifest.device(device).is_some());
        let token =
            self.reach(account)?.into_iter().find(|(device, _)| is_there(*device)).map(|(_, token)| token);
        let by = match (token, casemate_wire::handle::Address::parse(&person.address)) {
            (Some(token), _) => fetch_manifest::By::InboxToken(token.to_field()),
            (None, Ok(address)) => fetch_manifest::By::Handle(address.handle.as_str().to_owned()),
            (None, Err(_)) => {
                self.forget_check(account)?;
                return Ok(false);
            }
        };
        if !self.begin(Job::Listed(account)) {
            return Ok(false);
        }
        let fetch = FetchManifest { by: Some(by), proof: None, known: None };
        self.send(Request::FetchManifest(fetch), Awaiting::Listed(account));
        Ok(true)
    }

    pub fn listed_fetched(&mut self, account: AccountId, result: Result<Body, WireError>) -> Done<()> {
        let answer = match result {
            Ok(Body::Manifest(answer)) => answer,
            Ok(_) => return Err(Fail::Server("no account document")),
            Err(error) if is_passing(&error) => {
                self.pause(Job::Listed(account), retry_after(&error));
                return Ok(());
            }
            Err(error) => {
                self.end(&Job::Listed(account));
                if error.code != ErrorCode::ErrorNotFound as i32 {
                    tracing::info!("a look-up was refused: {}", error.message);
                }
                // They cannot be looked up any more; what they say of themselves travels inside the conversation.
                return self.forget_check(account);
            }
        };
        self.end(&Job::Listed(account));
        self.core.session.chores = true;
        if self.take_listed(account, &answer)? {
            return self.unsay("listed", Some(account));
        }
        let tries = db::setting(self.db, &check_key(account))?
            .and_then(|value| check_row(&value))
            .map_or(0, |(_, tries)| tries)
            + 1;
        let pause = if tries >= TRIES { DAY_MS } else { AGAIN_MS };
        self.check_at(account, self.now_ms + pause, tries)?;
        if tries < TRIES {
            return Ok(());
        }
        let who = self.name_of(account)?;
        let text = format!(
            "The server's list of everyone's keys does not name the keys that are known here of {who}. Compare your safety numbers before you send something sensitive."
        );
        self.say("listed", Some(account), &text)
    }

    /// Whether the newest manifest known of somebody is the one that the list names.
    fn take_listed(&mut self, account: AccountId, answer: &ManifestAnswer) -> Done<bool> {
        match self.take_manifest_answer(answer, Some(account)) {
            Ok(_) => {
                let listed = db::setting(self.db, &listed_key(account))?;
                let known = self.known_manifest(account)?;
                Ok(known.is_some_and(|known| listed.as_deref() == Some(&known.hash.0[..])))
            }
            // Somebody else under this name, or an answer that does not hold: not what the list should name.
            Err(Fail::Server(_)) => Ok(false),
            Err(fail) => Err(fail),
        }
    }

    fn check_at(&mut self, account: AccountId, due_ms: i64, tries: i64) -> Done<()> {
        let value = [due_ms.to_be_bytes(), tries.to_be_bytes()].concat();
        db::set_setting(self.db, &check_key(account), &value)?;
        self.core.session.wake.insert((due_ms, None));
        Ok(())
    }

    fn forget_check(&mut self, account: AccountId) -> Done<()> {
        db::forget_setting(self.db, &check_key(account))?;
        Ok(())
    }

    // ---- What the person hears ----

    pub fn say_conflict(&mut self, with: Option<AccountId>) -> Done<()> {
        let text = match with {
            Some(own) if own == self.me()?.account() => "The server showed your devices two different lists of everyone's keys. Do not rely on this server; talk to whoever runs it.".to_owned(),
            Some(account) => format!(
                "The server showed you and {} two different lists of everyone's keys. Do not rely on this server; talk to whoever runs it.",
                self.name_of(account)?
            ),
            None => "The server's list of everyone's keys contradicts what it showed before. Do not rely on this server; talk to whoever runs it.".to_owned(),
        };
        self.say("conflict", with, &text)
    }

    /// Says something once: in the conversations with somebody, else in one's own notes.
    pub fn say(&mut self, what: &str, of: Option<AccountId>, text: &str) -> Done<()> {
        let told = told_key(what, of);
        if db::setting(self.db, &told)?.is_some() {
            return Ok(());
        }
        db::set_setting(self.db, &told, &[1])?;
        tracing::warn!("key transparency: {what}");
        let who = match of {
            Some(account) => Some(self.address_of(account)?),
            None => None,
        };
        self.event(Event::LogDoubtful { who, why: text.to_owned() });
        let threads = match of {
            Some(account) => self.threads_with(account)?,
            None => self.own_thread()?.into_iter().collect(),
        };
        for thread in threads {
            self.notice(thread, text)?;
        }
        Ok(())
    }

    /// It is well again: said anew if it comes again.
    fn unsay(&mut self, what: &str, of: Option<AccountId>) -> Done<()> {
        db::forget_setting(self.db, &told_key(what, of))?;
        Ok(())
    }
}

fn check_row(value: &[u8]) -> Option<(i64, i64)> {
    let (due, rest) = value.split_first_chunk::<8>()?;
    Some((i64::from_be_bytes(*due), i64::from_be_bytes(rest.try_into().ok()?)))
}

fn check_key(account: AccountId) -> String {
    format!("log_check/{}", account.to_hex())
}

fn listed_key(account: AccountId) -> String {
    format!("log_listed/{}", account.to_hex())
}

/// One row a view, whoever brought it.
fn waiting_key(head: &Head) -> String {
    let view = Hash32::of(&[&head.incarnation, &head.epoch.to_be_bytes(), &head.root, &head.epochs_root]);
    format!("log_seen/{}", view.to_hex())
}

fn told_key(what: &str, of: Option<AccountId>) -> String {
    format!("log_told/{what}/{}", of.map(|account| account.to_hex()).unwrap_or_default())
}
