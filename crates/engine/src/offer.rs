//! Welcomes: being added to a conversation. A 1:1 chat with somebody we agreed with is joined at once; a group
//! that a contact offers waits until the person accepts.

use std::collections::BTreeSet;

use casemate_content::proto as content;
use casemate_content::proto::content::Kind as ContentKind;
use casemate_content::proto::{ConversationKind, welcome};
use casemate_crypto::{Conversation, CryptoError, LeafInfo};
use casemate_wire::ids::{AccountId, DeviceId, Hash32, InboxToken, LogId, ReaderSecret};
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};

use crate::answer::DECLINED_OFFERS;
use crate::applied::readers_of;
use crate::attachment::Transferring;
use crate::contact::Standing as PersonStanding;
use crate::core::{Ctx, Done, Fail, Job, id_column};
use crate::fetch::{Fetch, WHOLE_BYTES, decrypt_small, small};
use crate::intent::REFRESH_MS;
use crate::log::{LogRow, State};
use crate::succession::{Consent, Joined, Verdict};
use crate::thread::Standing;

mod lost;
mod members;
mod row;
mod wiped;

pub use self::row::OfferRow;

/// Groups of one contact that may wait to be accepted. A Welcome costs its sender nothing, and each is a card among the requests;
/// whoever truly adds somebody to more can do so again.
const OFFERS: i64 = 100;

impl Ctx<'_> {
    /// A Welcome out of the inbox.
    pub fn welcome_received(
        &mut self,
        sender: AccountId,
        device: DeviceId,
        welcome: content::Welcome,
        at_ms: i64,
    ) -> Done<()> {
        let (Ok(log), Ok(_), Ok(_)) = (
            LogId::try_from(&welcome.log[..]),
            ReaderSecret::try_from(&welcome.reader_secret[..]),
            Hash32::try_from(&welcome.chain_hash[..]),
        ) else {
            return Ok(());
        };
        let known = self.log_row(log)?;
        match &known {
            Some(row) if row.state == State::Closed => {}
            // Others go on in a log that only looks wedged from here, and add this device again.
            Some(row) if row.state == State::Wedged && self.was_member(log, sender)? => {}
            Some(row)
                if welcome.again_for[..] == log.0
                    && row.state == State::Replaced
                    && self.is_alone_after(row)?
                    && self.was_member(log, sender)? => {}
            // Removed and added again, and the Welcome is quicker than the removal: it waits for that.
            Some(row)
                if row.state == State::Live
                    && row.cursor < welcome.entry
                    && self.was_member(log, sender)? => {}
            Some(_) => return Ok(()),
            None => {}
        }
        // A log is in one thread, and keeps its kind. The first who offers a new one is heard; to a known one the
        // latest Welcome leads.
        let present = match known.as_ref() {
            Some(row) => self.thread_by_id(row.thread)?,
            None => self.thread_by_key(&log.to_hex()).ok(),
        };
        let offered = match self.open_offer(log)? {
            // One that nobody waits for any more stands in no other's way.
            Some((_, _, offer)) if known.is_some() => {
                self.is_accepted(log)? && offer.welcome.entry > welcome.entry
            }
            Some((_, by, _)) => by != sender,
            None => false,
        };
        if offered || present.as_ref().is_some_and(|thread| thread.kind != welcome.kind()) {
            return Ok(());
        }
        let own = sender == self.me()?.account();
        let Some((thread, consent)) = (match welcome.kind() {
            ConversationKind::Pair => self.pair_offered((sender, device), own, log, &welcome)?,
            ConversationKind::Group => {
                self.group_offered((sender, device), own, log, &welcome, present.map(|thread| thread.id))?
            }
            ConversationKind::Own if own => {
                let thread = match self.own_thread()? {
                    Some(thread) => thread,
                    None => self.insert_thread(log, ConversationKind::Own, Standing::Active, None, "")?,
                };
                Some((thread, Consent::AsItSeems))
            }
            ConversationKind::Own => None,
        }) else {
            return Ok(());
        };
        if !own {
            for entry in &welcome.tokens {
                if let (Ok(id), Ok(token)) =
                    (DeviceId::try_from(&entry.device[..]), InboxToken::try_from(&entry.token[..]))
                    && id == device
                {
                    self.learn_reach(sender, device, &token)?;
                }
            }
        }
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO offers(log, thread, account, welcome, accepted, at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                &log.0[..],
                thread,
                &sender.0[..],
                OfferRow { device, welcome }.encode(),
                consent as i64,
                at_ms
            ])?;
        self.offered_marked(log)?;
        self.wipe_offers()?;
        self.conversation_changed(thread)
    }

    /// A chat between two: with a contact, or with somebody on whom we knocked.
    fn pair_offered(
        &mut self,
        (sender, device): (AccountId, DeviceId),
        own: bool,
        log: LogId,
        welcome: &content::Welcome,
    ) -> Done<Option<(i64, Consent)>> {
        if self.is_late_answer(log, (sender, device))? {
            return Ok(None);
        }
        if own {
            // A sibling brings this device into a chat; whose it is shows when it is joined.
            let present = match self.log_row(log)? {
                Some(row) => Some(row.thread),
                None => self.thread_by_key(&log.to_hex()).ok().map(|thread| thread.id),
            };
            let thread = match present {
                Some(thread) => thread,
                None => {
                    self.insert_thread(log, ConversationKind::Pair, Standing::Active, None, &welcome.name)?
                }
            };
            return Ok(Some((thread, Consent::AsItSeems)));
        }
        let Some(person) = self.person(sender)? else { return Ok(None) };
        match person.standing {
            PersonStanding::Contact => {}
            PersonStanding::Knocked => self.set_standing(sender, PersonStanding::Contact)?,
            _ => return Ok(None),
        }
        let present = self.thread_by_key(&log.to_hex()).ok().map(|thread| thread.id);
        let thread = match self.pair_thread(sender)?.or(present) {
            Some(thread) => thread,
            None => self.insert_thread(log, ConversationKind::Pair, Standing::Active, Some(sender), "")?,
        };
        Ok(Some((thread, Consent::AsItSeems)))
    }

    /// A device that was away answers what this one asked for long ago. By now the chat goes on elsewhere, and the other one was heard
    /// there: that device is brought there too. One that was heard there knows both, and the first device of an account leads its others.
    fn is_late_answer(&self, log: LogId, (sender, device): (AccountId, DeviceId)) -> Done<bool> {
        let Some(row) = self.log_row(log)? else { return Ok(false) };
        let Some(thread) = self.thread_by_id(row.thread)? else { return Ok(false) };
        let (Some(active), Some(other)) = (thread.active_log.filter(|active| *active != log), thread.pair)
        else {
            return Ok(false);
        };
        let is_used = self.log_row(active)?.is_some_and(|row| row.state == State::Live)
            && self.speaks(active, other)?;
        let known = self.known_manifest(sender)?;
        let is_first = known.is_some_and(|known| known.device(device).is_some_and(|device| device.primary));
        Ok(is_used && !is_first && !self.said_anything(active, (sender, device))?)
    }

    fn group_offered(
        &mut self,
        (sender, device): (AccountId, DeviceId),
        own: bool,
        log: LogId,
        welcome: &content::Welcome,
        known: Option<i64>,
    ) -> Done<Option<(i64, Consent)>> {
        if known.is_none()
            && let Some(thread) = self.seems_to_continue(welcome, sender)?
        {
            return Ok(Some((thread, Consent::AsItSeems)));
        }
        if own
            && known.is_none()
            && let Some(thread) = self.told_of(welcome, device)?
        {
            return Ok(Some((thread, Consent::AsItSeems)));
        }
        if let Some(thread) = known {
            return self.offered_again(sender, own, log, welcome, thread);
        }
        let contact = self.person(sender)?.is_some_and(|person| person.standing == PersonStanding::Contact);
        let asked = !own && self.was_asked_for(sender)?;
        if !own && !contact && !asked {
            return Ok(None);
        }
        let name: String = welcome.name.chars().filter(|letter| !letter.is_control()).take(100).collect();
        // Where it is said to go on nobody here can judge: a restored device knows nothing of it but its name.
        let wanted = own || asked || self.was_lost(log, &[], Some(sender))?;
        if !wanted && self.offers_of(sender)? >= OFFERS {
            return Ok(None);
        }
        let standing = if wanted { Standing::Active } else { Standing::Offered };
        let thread = self.insert_thread(log, ConversationKind::Group, standing, None, &name)?;
        self.asks(thread, sender, welcome)?;
        if asked {
            self.came_as_asked(thread)?;
        }
        Ok(Some((thread, if wanted { Consent::AsItSeems } else { Consent::Open })))
    }

    /// A thread whose history the first device handed over before it went on elsewhere: this device was never where it was.
    fn told_of(&self, welcome: &content::Welcome, device: DeviceId) -> Done<Option<i64>> {
        let Ok(old) = LogId::try_from(&welcome.successor_of[..]) else { return Ok(None) };
        let told = self
            .thread_by_key(&old.to_hex())
            .ok()
            .filter(|thread| thread.kind == ConversationKind::Group && thread.standing == Standing::Active);
        let Some(thread) = told else { return Ok(None) };
        let waits = match thread.active_log {
            Some(active) => self.log_row(old)?.is_none() && self.leads_from(active, device)?,
            None => true,
        };
        Ok(waits.then_some(thread.id))
    }

    /// A group that this device knows: it was in it, or is asked once more.
    fn offered_again(
        &mut self,
        sender: AccountId,
        own: bool,
        log: LogId,
        welcome: &content::Welcome,
        thread: i64,
    ) -> Done<Option<(i64, Consent)>> {
        let Some(known) = self.thread_by_id(thread)? else { return Ok(None) };
        if known.is_in() {
            match self.log_row(log)? {
                // Removed and added again: what is to come of it shows when the removal was read.
                Some(row) if row.state == State::Live || self.seems_again(&row, sender)? => {
                    return Ok(Some((thread, Consent::AsItSeems)));
                }
                // It waits for those whom it asked.
                Some(row) if self.is_broken(&row)? => return Ok(None),
                // A member who is still in an older place asks nobody out of the newest one.
                Some(_) if known.standing == Standing::Active && known.active_log != Some(log) => {
                    return Ok(None);
                }
                Some(_) => {}
                None if own || self.asked_by(thread)? == Some(sender) => {
                    return Ok(Some((thread, Consent::AsItSeems)));
                }
                // What another one offers under the same id is not what the person agreed to.
                None => return Ok(None),
            }
        }
        // Only to say that one leaves: nobody asks.
        let again = welcome.again_for[..] == log.0;
        if known.standing == Standing::Left && again && self.leave_is_unsaid(log)? {
            return Ok(Some((thread, Consent::Agreed)));
        }
        // Left or declined once, and asked for since.
        if !own && self.was_asked_for(sender)? {
            self.set_thread_standing(thread, Standing::Active)?;
            self.came_as_asked(thread)?;
            return Ok(Some((thread, Consent::Agreed)));
        }
        let contact = self.person(sender)?.is_some_and(|person| person.standing == PersonStanding::Contact);
        if !own && !contact && !self.was_member(log, sender)? {
            return Ok(None);
        }
        // Nobody is asked once more, but a sibling that was in it may be, and say yes.
        if known.standing == Standing::Declined {
            self.forget_declined()?;
            return Ok(Some((thread, Consent::Open)));
        }
        self.asks(thread, sender, welcome)?;
        self.set_thread_standing(thread, Standing::Offered)?;
        Ok(Some((thread, Consent::Open)))
    }

    fn asked_by(&self, thread: i64) -> Done<Option<AccountId>> {
        let by: Option<Vec<u8>> = self
            .db
            .prepare_cached("SELECT asked_by FROM threads WHERE id = ?1")?
            .query_row([thread], |row| row.get(0))?;
        Ok(by.and_then(|by| AccountId::try_from(&by[..]).ok()))
    }

    /// They asked for a group some time ago, and nothing else says that it came.
    fn came_as_asked(&mut self, thread: i64) -> Done<()> {
        self.take_marks(thread, &content::OwnMarks { unread: Some(true), ..content::OwnMarks::default() })
    }

    /// Who added this account, as the request says.
    fn asks(&mut self, thread: i64, sender: AccountId, welcome: &content::Welcome) -> Done<()> {
        self.db
            .prepare_cached("UPDATE threads SET asked_by = ?2, asked_devices = ?3 WHERE id = ?1")?
            .execute(params![thread, &sender.0[..], welcome.members])?;
        Ok(())
    }

    /// Groups that somebody added this account to, and that wait for an answer.
    fn offers_of(&self, sender: AccountId) -> Done<i64> {
        let mut statement =
            self.db.prepare_cached("SELECT count(*) FROM threads WHERE standing = 3 AND asked_by = ?1")?;
        Ok(statement.query_row([&sender.0[..]], |row| row.get(0))?)
    }

    pub fn was_member(&self, log: LogId, account: AccountId) -> Done<bool> {
        let found: Option<i64> = self
            .db
            .prepare_cached("SELECT 1 FROM leaves WHERE log = ?1 AND account = ?2")?
            .query_row(params![&log.0[..], &account.0[..]], |row| row.get(0))
            .optional()?;
        Ok(found.is_some())
    }

    // ---- Joining ----

    /// Joins what was accepted.
    pub fn work_offers(&mut self) -> Done<()> {
        let mut statement =
            self.db.prepare_cached("SELECT log FROM offers WHERE accepted IN (1, 3) LIMIT 32")?;
        let offers =
            statement.query_map([], |row| id_column::<LogId>(row, 0))?.collect::<Result<Vec<_>, _>>()?;
        for log in offers {
            let Some((_, sender, offer)) = self.offer_row(log)? else {
                self.drop_offer(log)?;
                continue;
            };
            // This device still is where it was to be added again: it has not seen its removal yet.
            if let Some(row) = self.log_row(log)?.filter(|row| row.state == State::Live) {
                if row.cursor < offer.welcome.entry {
                    self.core.session.offers_wait = true;
                } else {
                    self.drop_offer(log)?;
                }
                continue;
            }
            // What was continued elsewhere is no base for anything.
            if let Some(row) = self.log_row(log)?.filter(|row| row.state == State::Replaced)
                && !self.is_alone_after(&row)?
            {
                self.drop_offer(log)?;
                continue;
            }
            // Whom this device added before it was out gets their Welcome first.
            if self.commit_waits(log)? {
                self.core.session.offers_wait = true;
                continue;
            }
            // Whether a successor is one shows at the end of the log that it continues.
            if let Ok(old) = LogId::try_from(&offer.welcome.successor_of[..])
                && self.is_being_read(old)?
            {
                self.core.session.offers_wait = true;
                continue;
            }
            // A sibling may have left it, or declined it.
            if self.log_row(log)?.is_some() && self.is_own_log_being_read()? {
                self.core.session.offers_wait = true;
                continue;
            }
            if let Some(place) = offer.place() {
                self.come_after_all(log, sender, &offer, place)?;
                continue;
            }
            if !self.begin(Job::Offer(log)) {
                continue;
            }
            if !self.fetch_begins(Fetch::Welcome(log))? {
                self.offer_failed(log)?;
                continue;
            }
            match &offer.welcome.group_info {
                Some(welcome::GroupInfo::Inline(bundle)) => {
                    if self.fetch_waits(Fetch::Welcome(log)) {
                        self.end(&Job::Offer(log));
                        continue;
                    }
                    self.fetch_processed(Fetch::Welcome(log));
                    let bundle = bundle.clone();
                    self.join_apart(log, &bundle)?;
                }
                Some(welcome::GroupInfo::Blob(descriptor)) => match small(Some(descriptor), WHOLE_BYTES) {
                    Some((blob, bytes)) => self.fetch_whole(Transferring::WelcomeIn(log), blob, bytes),
                    None => self.drop_offer(log)?,
                },
                None => self.drop_offer(log)?,
            }
        }
        Ok(())
    }

    /// The entry by which a group was offered that waits for an answer.
    pub fn offered_entry(&self, log: LogId) -> Done<Option<u64>> {
        let Some((thread, _, offer)) = self.offer_row(log)? else { return Ok(None) };
        let waits = self.thread_by_id(thread)?.is_some_and(|thread| thread.standing == Standing::Offered);
        Ok(waits.then_some(offer.welcome.entry))
    }

    /// The same of any that this device has not come into, also by its own answer.
    pub fn entry_of_offer(&self, log: LogId) -> Done<Option<u64>> {
        Ok(self.offer_row(log)?.map(|(_, _, offer)| offer.welcome.entry))
    }

    pub fn drop_offer(&mut self, log: LogId) -> Done<()> {
        self.db.prepare_cached("DELETE FROM offers WHERE log = ?1")?.execute([&log.0[..]])?;
        self.end(&Job::Offer(log));
        self.fetch_ended(Fetch::Welcome(log))
    }

    pub fn offer_row(&self, log: LogId) -> Done<Option<(i64, AccountId, OfferRow)>> {
        let row: Option<(i64, AccountId, Vec<u8>)> = self
            .db
            .prepare_cached("SELECT thread, account, welcome FROM offers WHERE log = ?1")?
            .query_row([&log.0[..]], |row| Ok((row.get(0)?, id_column(row, 1)?, row.get(2)?)))
            .optional()?;
        Ok(row.and_then(|(thread, account, bytes)| Some((thread, account, OfferRow::decode(&bytes)?))))
    }

    /// The same where it was not declined.
    fn open_offer(&self, log: LogId) -> Done<Option<(i64, AccountId, OfferRow)>> {
        let declined = self
            .db
            .prepare_cached(&format!("SELECT 1 {DECLINED_OFFERS} AND log = ?1"))?
            .exists([&log.0[..]])?;
        if declined { Ok(None) } else { self.offer_row(log) }
    }

    pub fn offer_fetched(&mut self, log: LogId, data: &[u8]) -> Done<()> {
        // Declined meanwhile on a sibling.
        if !self.is_accepted(log)? {
            self.end(&Job::Offer(log));
            return self.fetch_ended(Fetch::Welcome(log));
        }
        let Some((_, _, offer)) = self.offer_row(log)? else { return self.drop_offer(log) };
        let Some(welcome::GroupInfo::Blob(descriptor)) = &offer.welcome.group_info else {
            return self.drop_offer(log);
        };
        self.fetch_processed(Fetch::Welcome(log));
        match decrypt_small(descriptor, data) {
            Some(bundle) => self.join_apart(log, &bundle),
            None => self.offer_failed(log),
        }
    }

    fn is_accepted(&self, log: LogId) -> Done<bool> {
        let mut statement =
            self.db.prepare_cached("SELECT 1 FROM offers WHERE log = ?1 AND accepted IN (1, 3)")?;
        Ok(statement.exists([&log.0[..]])?)
    }

    /// Whether this device was added again after what it has read.
    pub fn was_added_again(&self, row: &LogRow) -> Done<bool> {
        let offer = self.open_offer(row.log)?;
        Ok(offer.is_some_and(|(_, _, offer)| offer.welcome.entry > row.cursor))
    }

    pub fn join(&mut self, log: LogId, bundle: &[u8]) -> Done<()> {
        let Some((thread_id, sender, offer)) = self.offer_row(log)? else { return self.drop_offer(log) };
        let Ok(bundle) = content::GroupBundle::decode(bundle) else { return self.offer_failed(log) };
        let row = self.log_row(log)?;
        let was_here = row.is_some();
        let unasked = self.is_unasked(row.as_ref(), &offer.welcome)?;
        let had = row.as_ref().map_or(Ok(0), |row| self.surely_read(row))?;
        let known = self.last_view(log)?;
        let store = crate::db::MlsStore(self.db);
        // What it is shows once it is joined. Until then nothing is given up for it.
        self.db.execute_batch("SAVEPOINT joining")?;
        // Added again without having seen the removal: the old keys are of no use.
        self.delete_group(log)?;
        let me = self.me()?;
        let account = me.account();
        let joiner = &offer.welcome.joiner;
        let package = self.package_of(joiner)?;
        let (group, manifests) =
            match Conversation::join_and_meet(&store, &me.identity, joiner, &bundle.group_info, log) {
                Ok(joined) => joined,
                Err(CryptoError::Store(error)) => return Err(Fail::Crypto(CryptoError::Store(error))),
                Err(error) => {
                    tracing::warn!(?log, "a conversation could not be joined: {error}");
                    self.unjoin(log)?;
                    return self.offer_failed(log);
                }
            };
        let state = group.state();
        let members = group.members();
        let sender_inside = members.iter().any(|leaf| leaf.account == sender && leaf.device == offer.device);
        let mut pair = None;
        if state.kind() == ConversationKind::Pair {
            pair = state
                .members
                .iter()
                .filter_map(|id| AccountId::try_from(&id[..]).ok())
                .find(|id| *id != account);
        }
        let other_is_sender = sender == account || pair == Some(sender);
        let right = sender_inside
            && (state.kind() != ConversationKind::Pair || other_is_sender && state.members.len() == 2);
        if !right {
            tracing::warn!(?log, "a conversation is not what its Welcome said");
            self.unjoin(log)?;
            return self.drop_offer(log);
        }
        let keeps = row.is_some() || self.keeps_heritage(&group, &state)?;
        let joined = Joined {
            log,
            thread: thread_id,
            sender,
            device: offer.device,
            consent: self.consent_to(log)?,
            welcome: &offer.welcome,
            state: &state,
            accounts: members.iter().map(|leaf| leaf.account).collect(),
            known,
            keeps,
        };
        let verdict = self.judge_place(&joined)?;
        if verdict != Verdict::Goes {
            self.unjoin(log)?;
            return self.not_joined(&joined, verdict);
        }
        self.db.execute_batch("RELEASE joining")?;
        let before = self.place_before(&joined)?;
        let led = self.leads_another_way(&joined)?;
        let missed = self.missed_before(row.as_ref(), thread_id, &state)?;
        let seen = match &row {
            Some(row) => self.same_as_before(row, offer.welcome.entry, &offer.welcome.chains_before)?,
            None => 0,
        };
        if let Some(row) = row {
            self.forget_numbers(&row)?;
            if let Some(elsewhere) = self.active_log(row.thread)?.filter(|active| *active != log) {
                self.back_from(elsewhere, &joined)?;
            }
            if row.state != State::Closed {
                self.leave_place(&row)?;
            }
        }
        let suite = group.suite();
        let mut older = BTreeSet::new();
        for manifest in &manifests {
            if !self.learn_manifest(manifest)? {
                older.insert(manifest.account);
            }
        }
        self.keep_new_group(log, group);
        let reader =
            ReaderSecret::try_from(&offer.welcome.reader_secret[..]).map_err(|_| Fail::Server("a reader"))?;
        let next_reader = ReaderSecret::new(self.random());
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO logs(log, thread, state, created, suite, cursor, last_commit, chain, reader, next_reader, refreshed_ms)
                 VALUES (?1, ?2, 0, 1, ?3, ?4, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                &log.0[..],
                thread_id,
                suite.code(),
                offer.welcome.entry as i64,
                &offer.welcome.chain_hash[..],
                &reader.expose()[..],
                &next_reader.expose()[..],
                // Its keys are as old as the package.
                package.and_then(|package| package.made_ms).unwrap_or(self.now_ms - REFRESH_MS - 1)
            ])?;
        self.entries_missed(log, had + 1, offer.welcome.entry)?;
        self.note_said_to(log)?;
        self.note_members(log, (offer.welcome.entry, seen), &bundle, &members)?;
        if let Some(row) = self.log_row(log)? {
            self.put_out_dropped(&row, &members, &older)?;
        }
        self.drop_offer(log)?;
        self.added_again(log, offer.welcome.entry)?;
        self.chain_was_told(log, &offer.welcome, sender)?;
        self.came_by_package(log, package, members.len(), unasked)?;
        let thread = self.settle_place(thread_id, log, pair, &state)?;
        let mut was_added =
            state.kind() == ConversationKind::Group && self.is_added(&offer, &bundle, &members, was_here)?;
        if self.thread_by_id(thread)?.is_some_and(|thread| thread.standing == Standing::Removed) {
            self.set_thread_standing(thread, Standing::Active)?;
            // The last line there says that this account was removed.
            was_added |= was_here;
        }
        if was_added && sender != account {
            let by = self.name_of(sender)?;
            self.notice(thread, &format!("{by} added you."))?;
        }
        if let Some((before, offender)) = before
            && self.active_log(thread)? == Some(log)
        {
            self.tell_move(thread, &before, offender, &joined)?;
        } else if led {
            self.notice(thread, "This conversation goes on where your first device is.")?;
        }
        self.group_picture(thread, sender, state.picture.as_ref())?;
        self.session_joined(log);
        self.added_to_log(log);
        if state.kind() == ConversationKind::Own {
            self.came_to_siblings()?;
        }
        self.joined_marked(log, thread)?;
        self.rejoined(thread, log, &state.successor_of)?;
        if self.active_log(thread)? == Some(log) {
            let reader = content::Reader { hash: next_reader.hash().into(), ..missed };
            self.queue_content(thread, None, ContentKind::Reader(reader))?;
        } else {
            self.welcome_once_more(thread, (sender, offer.device))?;
            // It is only read to its end: the one-time reader is kept for that.
            self.db
                .prepare_cached("UPDATE logs SET next_reader = NULL WHERE log = ?1")?
                .execute([&log.0[..]])?;
        }
        if self.says_unsaid_leave(thread, log)? {
            return Ok(());
        }
        // Siblings that are not in it yet are brought in by the device that is.
        self.add_siblings(log)?;
        if let Some(other) = pair {
            self.show_words(other)?;
            self.send_card(other)?;
            self.add_missing_devices(other)?;
        }
        if let Ok(old) = LogId::try_from(&state.successor_of[..]) {
            self.successor_joined(old, log)?;
        }
        Ok(())
    }

    /// What was to be joined does not take the thread along.
    fn not_joined(&mut self, joined: &Joined<'_>, verdict: Verdict) -> Done<()> {
        let (log, sender) = (joined.log, joined.sender);
        self.end(&Job::Offer(log));
        if verdict != Verdict::Invitation {
            return self.place_stays(log, joined.thread, sender, verdict);
        }
        let contact = self.person(sender)?.is_some_and(|person| person.standing == PersonStanding::Contact);
        if !contact || self.offers_of(sender)? >= OFFERS {
            return self.drop_offer(log);
        }
        let name = &joined.state.name;
        let thread = self.insert_thread(log, ConversationKind::Group, Standing::Offered, None, name)?;
        self.asks(thread, sender, joined.welcome)?;
        self.db
            .prepare_cached("UPDATE offers SET thread = ?2, accepted = ?3 WHERE log = ?1")?
            .execute(params![&log.0[..], thread, Consent::Open as i64])?;
        self.conversation_changed(thread)
    }

    /// Whether a Welcome is the one by which this account came into a group. It is none for a device that lost its place, or that
    /// comes to others of the account, nor where the group only goes on elsewhere. One that is sent again because the first could
    /// not be used, or was declined, is.
    fn is_added(
        &self,
        offer: &OfferRow,
        bundle: &content::GroupBundle,
        members: &[LeafInfo],
        was_here: bool,
    ) -> Done<bool> {
        let content::Welcome { log, successor_of, again_for, .. } = &offer.welcome;
        let Ok(log) = LogId::try_from(&log[..]) else { return Ok(false) };
        let again = was_here && !again_for.is_empty();
        if !successor_of.is_empty() || again || self.was_lost(log, successor_of, None)? {
            return Ok(false);
        }
        let own = self.me()?.account();
        // Whoever was added by the same commit has said nothing yet of how they read.
        let reads =
            |leaf: &LeafInfo| readers_of(&bundle.readers, leaf).is_some_and(|reader| !reader.hash.is_empty());
        Ok(!members.iter().any(|leaf| leaf.account == own && reads(leaf)))
    }

    fn session_joined(&mut self, log: LogId) {
        self.core.session.followed.remove(&log);
        self.core.session.dirty.insert(log);
    }
}
