//! This device's inbox: making it, tokens given out for it, what arrives in it, and posting into others'.

use std::collections::BTreeMap;

use casemate_content::proto as content;
use casemate_crypto::sealed;
use casemate_wire::ids::{AccountId, DeviceId, Hash32, InboxId, InboxSecret, InboxToken};
use casemate_wire::limits;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::device_request_body::Request as DeviceBody;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    AckInbox, CreateInbox, Error as WireError, ErrorCode, FetchManifest, FollowInbox, InboxItem, InboxItems,
    PostInbox, PutInboxTokens, RevokeInboxTokens, fetch_manifest,
};
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};

use crate::connection::{Awaiting, is_passing, retry_after};
use crate::core::{Ctx, Done, Fail, Job, id_column};
use crate::db;
use crate::io::Output;

/// After an answer about somebody's keys that does not hold it is asked for again.
const DOUBTFUL_MS: i64 = 60_000;

/// In `settings`: items that came, and when the server was last found in an earlier state.
const SEEN: &str = "inbox_seen";
const WENT_BACK: &str = "went_back_ms";
/// When the inbox was followed last, by the server's clock.
pub const FOLLOWED: &str = "inbox_followed_ms";

/// Items that are remembered, to know them where their number comes once more: those that can be on their way when a connection breaks,
/// several times over.
const SEEN_ITEMS: usize = 512;

/// Where the server has no such inbox, so long passes before it is told everything once more.
const WENT_BACK_MS: i64 = 3_600_000;

impl Ctx<'_> {
    /// This device's inbox; made up on first use.
    pub fn inbox(&mut self) -> Done<(InboxId, InboxSecret)> {
        if let (Some(id), Some(secret)) =
            (db::setting(self.db, "inbox")?, db::setting(self.db, "inbox_secret")?)
            && let (Ok(id), Ok(secret)) = (InboxId::try_from(&id[..]), InboxSecret::try_from(&secret[..]))
        {
            return Ok((id, secret));
        }
        let id = InboxId(self.random());
        let secret = InboxSecret::new(self.random());
        db::set_setting(self.db, "inbox", &id.0)?;
        db::set_setting(self.db, "inbox_secret", secret.expose())?;
        Ok((id, secret))
    }

    pub fn inbox_ready(&self) -> Done<bool> {
        Ok(db::number(self.db, "inbox_created")? == 1)
    }

    /// Makes the inbox, follows it, and tells the server which tokens open it.
    pub fn work_inbox(&mut self) -> Done<()> {
        let (inbox, secret) = self.inbox()?;
        if !self.inbox_ready()? {
            if self.begin(Job::Inbox) {
                let create = CreateInbox { inbox: inbox.into(), read_hash: secret.hash().into() };
                self.send_device_request(DeviceBody::CreateInbox(create), Awaiting::InboxCreated)?;
            }
            return Ok(());
        }
        if self.core.session.inbox_head.is_none() && self.begin(Job::Inbox) {
            let after = db::number(self.db, "inbox_cursor")? as u64;
            let follow = FollowInbox { inbox: inbox.into(), read_secret: secret.to_field(), after };
            self.send(Request::FollowInbox(follow), Awaiting::InboxFollowed);
        }
        self.work_given(inbox, &secret)
    }

    pub fn inbox_created(&mut self, result: Result<Body, WireError>) -> Done<()> {
        match result {
            Ok(_) => {
                db::set_number(self.db, "inbox_created", 1)?;
                self.end(&Job::Inbox);
            }
            Err(error) => {
                tracing::warn!("no inbox: {}", error.message);
                self.back_off(Job::Inbox, &error, 0);
            }
        }
        Ok(())
    }

    pub fn inbox_followed(&mut self, result: Result<Body, WireError>) -> Done<()> {
        match result {
            Ok(Body::Following(following)) => {
                let cursor = db::number(self.db, "inbox_cursor")? as u64;
                if following.head < cursor {
                    return self.inbox_went_back();
                }
                let cursor =
                    self.inbox_unread_gone(cursor, following.first.min(following.head.saturating_add(1)))?;
                self.core.session.inbox_head = Some(following.head);
                if following.head > cursor {
                    self.reading_begins()?;
                }
                self.end(&Job::Inbox);
                self.enabled_again()?;
                // Either the word that these came was lost, or their numbers are others' by now.
                let again = (1..=cursor).contains(&following.first);
                self.core.session.inbox_same |= !again;
                if again && self.core.session.inbox_again.is_none() {
                    self.core.session.inbox_again = Some(following.first);
                    let (inbox, secret) = self.inbox()?;
                    let after = following.first - 1;
                    let follow = FollowInbox { inbox: inbox.into(), read_secret: secret.to_field(), after };
                    self.send(Request::FollowInbox(follow), Awaiting::InboxFollowed);
                }
            }
            Ok(_) => return Err(Fail::Server("no inbox")),
            // Made after what the server was put back to.
            Err(error) if error.code == ErrorCode::ErrorNotFound as i32 && !self.went_back_lately()? => {
                return self.inbox_went_back();
            }
            Err(error) => {
                tracing::warn!("the inbox cannot be read: {}", error.message);
                self.back_off(Job::Inbox, &error, 0);
            }
        }
        Ok(())
    }

    // ---- Tokens given out ----

    /// A new token of this device's inbox, for one contact.
    pub fn give_token(&mut self, account: Option<AccountId>) -> Done<InboxToken> {
        self.core.session.chores = true;
        let token = InboxToken::new(self.random());
        self.db
            .prepare_cached("INSERT INTO given(hash, account) VALUES (?1, ?2)")?
            .execute(params![&token.hash().0[..], account.map(|account| account.0.to_vec())])?;
        Ok(token)
    }

    fn work_given(&mut self, inbox: InboxId, secret: &InboxSecret) -> Done<()> {
        let hashes = |sql: &str| -> Done<Vec<Vec<u8>>> {
            let mut statement = self.db.prepare_cached(sql)?;
            Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
        };
        let new = hashes("SELECT hash FROM given WHERE registered = 0 AND revoked = 0 LIMIT 100")?;
        let old = hashes("SELECT hash FROM given WHERE registered = 1 AND revoked = 1 LIMIT 100")?;
        self.db.prepare_cached("DELETE FROM given WHERE registered = 0 AND revoked = 1")?.execute([])?;
        if new.is_empty() && old.is_empty() || !self.begin(Job::GivenTokens) {
            return Ok(());
        }
        let fields = |hashes: &[Vec<u8>]| hashes.iter().map(|hash| hash.clone().into()).collect();
        if new.is_empty() {
            let token_hashes = fields(&old);
            let revoke =
                RevokeInboxTokens { inbox: inbox.into(), read_secret: secret.to_field(), token_hashes };
            self.send(Request::RevokeInboxTokens(revoke), Awaiting::GivenRegistered(old));
        } else {
            let token_hashes = fields(&new);
            let put = PutInboxTokens { inbox: inbox.into(), read_secret: secret.to_field(), token_hashes };
            self.send(Request::PutInboxTokens(put), Awaiting::GivenRegistered(new));
        }
        Ok(())
    }

    pub fn given_registered(&mut self, hashes: Vec<Vec<u8>>, result: Result<Body, WireError>) -> Done<()> {
        if let Err(error) = result {
            tracing::warn!("inbox tokens were not taken: {}", error.message);
            self.back_off(Job::GivenTokens, &error, 0);
            return Ok(());
        }
        self.end(&Job::GivenTokens);
        for hash in hashes {
            self.db
                .prepare_cached("DELETE FROM given WHERE hash = ?1 AND registered = 1 AND revoked = 1")?
                .execute([&hash])?;
            self.db.prepare_cached("UPDATE given SET registered = 1 WHERE hash = ?1")?.execute([&hash])?;
        }
        Ok(())
    }

    // ---- What arrives ----

    pub fn inbox_items(&mut self, page: InboxItems) -> Done<()> {
        self.core.session.chores = true;
        let (inbox, secret) = self.inbox()?;
        if page.inbox[..] != inbox.0 {
            return Err(Fail::Server("somebody else's inbox"));
        }
        let mut cursor = db::number(self.db, "inbox_cursor")? as u64;
        let mut seen = self.inbox_seen()?;
        let mut went_back = false;
        let again = self.core.session.inbox_again;
        self.core.session.inbox_same |=
            again.is_some_and(|first| page.items.first().is_some_and(|item| item.number <= first));
        for item in page.items {
            let (number, hash) = (item.number, item_hash(&item));
            match seen.insert(number, hash).filter(|_| number <= cursor) {
                Some(before) if before == hash => continue,
                // Another one had this number.
                Some(_) => {
                    went_back = true;
                    seen.retain(|known, _| *known <= number);
                }
                // What came so long ago, or to a program of before, is taken once more, which changes nothing.
                None => {}
            }
            cursor = if went_back { number } else { cursor.max(number) };
            self.item_apart(item)?;
        }
        self.keep_inbox_seen(seen)?;
        if went_back {
            self.inbox_went_back()?;
        }
        db::set_number(self.db, "inbox_cursor", cursor as i64)?;
        let head = self.core.session.inbox_head.unwrap_or(0).max(cursor);
        self.core.session.inbox_head = Some(head);
        let ack = AckInbox { inbox: inbox.into(), read_secret: secret.to_field(), up_to: cursor };
        self.send(Request::AckInbox(ack), Awaiting::Ignored);
        Ok(())
    }

    /// The server has less of the inbox than it had, or gave the numbers of items once more: it was put back to an earlier state, and
    /// nobody told it so. Everything is compared with it on another connection.
    fn inbox_went_back(&mut self) -> Done<()> {
        db::set_number(self.db, WENT_BACK, self.now_ms)?;
        self.server_restored()?;
        self.notice_to_self(
            "The server was restored from a backup. What changed since is told to it again.",
        )?;
        self.out.push(Output::Reconnect { why: "it is in an earlier state than before".into() });
        Ok(())
    }

    /// Items are gone that this device has not read: where they were too new to expire, somebody acknowledged them with its secret. That is
    /// what this device did before it was put back to an earlier state, or what a copy does. Gives the cursor behind them.
    fn inbox_unread_gone(&mut self, cursor: u64, first: u64) -> Done<u64> {
        let now = self.server_now();
        let since = now.saturating_sub(db::number(self.db, FOLLOWED)?);
        db::set_number(self.db, FOLLOWED, now)?;
        if first <= cursor.saturating_add(1) {
            return Ok(cursor);
        }
        let cursor = first - 1;
        db::set_number(self.db, "inbox_cursor", cursor as i64)?;
        if (0..self.fresh_ms()?).contains(&since) {
            self.notice_to_self(
                "Something was taken out of this device's inbox before it was read here: a request or an invitation may be missing. If you did not bring this device back from a copy, remove it from your account and link it anew.",
            )?;
        }
        Ok(cursor)
    }

    /// A server that has no such inbox whatever is told to it is asked to make it now and then.
    fn went_back_lately(&self) -> Done<bool> {
        let since = self.now_ms.saturating_sub(db::number(self.db, WENT_BACK)?);
        Ok((0..WENT_BACK_MS).contains(&since))
    }

    /// The newest items that came: number and the beginning of their hash.
    fn inbox_seen(&self) -> Done<BTreeMap<u64, [u8; 8]>> {
        let bytes = db::setting(self.db, SEEN)?.unwrap_or_default();
        let (rows, _) = bytes.as_chunks::<16>();
        let halves = rows.iter().map(|row| {
            let [a, b, c, d, e, f, g, h, hash @ ..] = *row;
            (u64::from_be_bytes([a, b, c, d, e, f, g, h]), hash)
        });
        Ok(halves.collect())
    }

    fn keep_inbox_seen(&self, mut seen: BTreeMap<u64, [u8; 8]>) -> Done<()> {
        while seen.len() > SEEN_ITEMS {
            seen.pop_first();
        }
        let rows = seen.into_iter().map(|(number, hash)| [number.to_be_bytes(), hash].concat());
        Ok(db::set_setting(self.db, SEEN, &rows.collect::<Vec<_>>().concat())?)
    }

    /// What a stranger, or the server, may have put there: anything that is not in order is dropped.
    pub fn inbox_item(&mut self, item: InboxItem) -> Done<()> {
        tracing::trace!(number = item.number, "an inbox item is read");
        if item.token_hash.is_empty() {
            if item.payload.len() == limits::KNOCK_BYTES {
                self.knock_received(&item.payload, item.at_ms)?;
            }
            return Ok(());
        }
        let given: Option<Option<Vec<u8>>> = self
            .db
            .prepare_cached("SELECT account FROM given WHERE hash = ?1 AND revoked = 0")?
            .query_row([&item.token_hash[..]], |row| row.get(0))
            .optional()?;
        let Some(given_to) = given else { return Ok(()) };
        let Some(opened) = self.open_inbox(&item.payload)? else {
            tracing::info!("an inbox item could not be opened and was dropped");
            return Ok(());
        };
        let sender = opened.manifest.account;
        let own = sender == self.me()?.account();
        // A token serves the one it was given to.
        if !own && given_to.is_none_or(|account| account != sender.0) {
            return Ok(());
        }
        if self.person(sender)?.is_some_and(|person| person.blocked) {
            return Ok(());
        }
        if own && !self.is_sibling(&opened.manifest, opened.device)? {
            return self.said_by_dropped(sender, opened.body.kind);
        }
        if !own && !self.learn_manifest(&opened.manifest)? {
            // An older manifest than the one known: the device may have been dropped since.
            let live =
                self.known_manifest(sender)?.is_some_and(|known| known.device(opened.device).is_some());
            if !live {
                return self.said_by_dropped(sender, opened.body.kind);
            }
        }
        if opened.body.bound {
            self.opens_bound(sender, opened.device)?;
        }
        match opened.body.kind {
            Some(content::inbox_body::Kind::Welcome(welcome)) => {
                self.welcome_received(sender, opened.device, welcome, item.at_ms)
            }
            Some(content::inbox_body::Kind::AddMeAgain(ask)) => {
                self.add_again_asked(sender, opened.device, &ask, item.at_ms)
            }
            Some(content::inbox_body::Kind::InGroup(said)) if !own => self.in_group_said(sender, &said),
            Some(content::inbox_body::Kind::Link(link)) if own => {
                self.link_received(opened.device, &opened.manifest, &link)
            }
            Some(content::inbox_body::Kind::Linked(said)) if own => {
                self.linked_received(opened.device, &said)
            }
            Some(content::inbox_body::Kind::History(part)) if own => self.part_received(opened.device, &part),
            _ => Ok(()),
        }
    }

    // ---- Posting ----

    /// Puts an item on its way to a device's inbox.
    pub fn post(
        &mut self,
        account: AccountId,
        device: DeviceId,
        kind: content::inbox_body::Kind,
    ) -> Done<()> {
        self.core.session.chores = true;
        let client_id: [u8; 16] = self.random();
        let body = content::InboxBody { at_ms: self.server_now(), kind: Some(kind), bound: true };
        self.db
            .prepare_cached("INSERT INTO posts(account, device, client_id, body) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![&account.0[..], &device.0[..], &client_id[..], body.encode_to_vec()])?;
        Ok(())
    }

    pub fn work_posts(&mut self) -> Done<()> {
        let mut statement = self.db.prepare_cached(
            "SELECT id, account, device, client_id, body FROM posts WHERE blob IS NULL ORDER BY id LIMIT 256",
        )?;
        let posts = statement
            .query_map([], |row| {
                let id: i64 = row.get(0)?;
                let account: AccountId = id_column(row, 1)?;
                let device: DeviceId = id_column(row, 2)?;
                Ok((id, account, device, row.get::<_, Vec<u8>>(3)?, row.get::<_, Vec<u8>>(4)?))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        for (id, account, device, client_id, body) in posts {
            let token =
                self.reach(account)?.into_iter().find(|(other, _)| *other == device).map(|(_, token)| token);
            let Some(token) = token else {
                self.db.prepare_cached("DELETE FROM posts WHERE id = ?1")?.execute([id])?;
                continue;
            };
            if !self.begin(Job::Post(id)) {
                continue;
            }
            let Some(key) = self.seal_to(account, device)? else {
                self.end(&Job::Post(id));
                self.fetch_device_keys(account, &token);
                continue;
            };
            if self.awaits_seal_key(account, device, &key, &token)? {
                self.end(&Job::Post(id));
                continue;
            }
            let Ok(body) = content::InboxBody::decode(&body[..]) else { continue };
            let bound = key.is_monthly() || self.is_bound(account, device)?;
            let key = key.public;
            let me = self.core.me.as_ref().expect("work is only called with an account");
            let sealed = match bound {
                true => sealed::make_bound_inbox_message(&me.identity, (account, device), &key, &body),
                false => sealed::make_inbox_message(&me.identity, device, &key, &body),
            };
            let payload = match sealed {
                Ok(payload) => payload,
                // A key that nothing can be sealed to is its owner's doing; others' items go on.
                Err(error) => {
                    tracing::warn!("an inbox item cannot be sealed and was given up: {error}");
                    self.end(&Job::Post(id));
                    self.db.prepare_cached("DELETE FROM posts WHERE id = ?1")?.execute([id])?;
                    continue;
                }
            };
            let post = PostInbox {
                inbox_token: token.to_field(),
                client_id: client_id.into(),
                payload: payload.into(),
            };
            self.send(Request::PostInbox(post), Awaiting::Posted(id));
        }
        Ok(())
    }

    pub fn posted(&mut self, post: i64, result: Result<Body, WireError>) -> Done<()> {
        if let Err(error) = &result
            && is_passing(error)
        {
            self.pause(Job::Post(post), retry_after(error));
            return Ok(());
        }
        if let Err(error) = result {
            tracing::info!("an inbox item was refused: {}", error.message);
        }
        self.end(&Job::Post(post));
        self.db.prepare_cached("DELETE FROM posts WHERE id = ?1")?.execute([post])?;
        Ok(())
    }

    /// Asks for the sealing keys of an account by a token of one of its devices.
    pub fn fetch_device_keys(&mut self, account: AccountId, token: &InboxToken) {
        if self.begin(Job::Manifest(account)) {
            let by = Some(fetch_manifest::By::InboxToken(token.to_field()));
            self.send(
                Request::FetchManifest(FetchManifest { by, proof: None, known: None }),
                Awaiting::DeviceKeys(account),
            );
        }
    }

    pub fn device_keys_fetched(&mut self, account: AccountId, result: Result<Body, WireError>) -> Done<()> {
        match result {
            Ok(Body::Manifest(answer)) => {
                match self.take_manifest_answer(&answer, Some(account)) {
                    Ok(_) => self.keys_came(account)?,
                    // With the same answer to every connection this one would never end: what waits, waits on.
                    Err(Fail::Server(why)) => {
                        tracing::warn!("keys of devices were not taken: the server sent {why}");
                        self.pause(Job::Manifest(account), DOUBTFUL_MS);
                        return Ok(());
                    }
                    Err(fail) => return Err(fail),
                }
                self.everything_dirty()
            }
            Ok(_) => Err(Fail::Server("no account document")),
            Err(error) => {
                // The token was taken back, or the account is gone: what needs it is given up.
                if !is_passing(&error) {
                    self.db
                        .prepare_cached("DELETE FROM posts WHERE account = ?1")?
                        .execute([&account.0[..]])?;
                    self.drop_adds_of(account)?;
                    self.everything_dirty()?;
                }
                self.pause(Job::Manifest(account), retry_after(&error));
                Ok(())
            }
        }
    }
}

/// The beginning of a hash over what an item is. When it came is the server's word.
fn item_hash(item: &InboxItem) -> [u8; 8] {
    let hash = Hash32::of(&[&item.token_hash, &item.payload]).0;
    let [a, b, c, d, e, f, g, h, ..] = hash;
    [a, b, c, d, e, f, g, h]
}
