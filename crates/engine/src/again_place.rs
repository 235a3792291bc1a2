//! A device's signed request to be added again where it lost its place: how it names that place, and how others judge it.
//!
//! From level two on a group replaces a device only with its own word, over its leaf in the tree and the key package that
//! it is to be added with (docs/protocol.md, "Levels"). The device may not know which leaf it has: perhaps one of those
//! that it asked before put it in again, and the Welcome was lost; or the server took its last commit for one view alone. So it signs for every leaf that it can have.

use casemate_content::proto as content;
use casemate_content::proto::{AddMeAgain, inbox_body};
use casemate_crypto::conversation::{
    AgainRequest, KeptPackage, Level, Suite, inspect_key_package, key_package_leaf, welcome_kept,
    welcome_package,
};
use casemate_wire::ids::{AccountId, DeviceId, Hash32, LogId};
use casemate_wire::limits::KEY_PACKAGE_BYTES;
use prost::Message as _;

use crate::core::{Ctx, Done};
use crate::db;
use crate::log::{LogRow, State};

/// Leaves that a device may have in a log: those that it had, since a server that is put back may have forgotten by which commit it got
/// another one; and those that it asked to be added with.
const PLACES: usize = HAD + ASKED_WITH;
const HAD: usize = 8;
const ASKED_WITH: usize = 8;

/// Continuations of one log, by devices that were dropped, into which this device asks to be taken.
const FOLLOWED: i64 = 5;

/// An encoded request: version, two hashes, and a signature with its length.
const REQUEST_BYTES: usize = 256;

/// Key packages that this device remembers having used: some for each of two suites, and those of months.
const USED: usize = 256;

const USED_PACKAGES: &str = "used_packages";

/// A key package that somebody added this device with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Package {
    pub name: Hash32,
    pub suite: Suite,
    pub leaf: Hash32,
    /// Whether others may be added, or have been, by it too. Not known of one that is gone.
    pub last_resort: bool,
    /// When it was made, where that is known.
    pub made_ms: Option<i64>,
}

impl Package {
    const LEN: usize = 2 * Hash32::LEN + 2;

    fn encode(&self) -> Vec<u8> {
        [&self.name.0[..], &self.suite.code().to_be_bytes(), &self.leaf.0].concat()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (name, rest) = bytes.split_at_checked(Hash32::LEN)?;
        let (suite, leaf) = rest.split_at_checked(2)?;
        Some(Self {
            name: Hash32::try_from(name).ok()?,
            suite: Suite::from_code(u16::from_be_bytes(suite.try_into().ok()?).into())?,
            leaf: Hash32::try_from(leaf).ok()?,
            last_resort: false,
            made_ms: None,
        })
    }
}

/// Devices that are asked at once to add this one.
const ASKED: usize = 3;

impl Ctx<'_> {
    /// Some of those who can be asked at a time, others each time: those who were asked may be away for good.
    pub fn who_is_asked_now(&self, log: LogId, times: i64) -> Done<Vec<(AccountId, DeviceId)>> {
        let all = self.who_is_asked(log)?;
        let skipped = match all.len() {
            0 => 0,
            count => usize::try_from(times).unwrap_or(0).wrapping_mul(ASKED) % count,
        };
        Ok(all.iter().cycle().skip(skipped).take(all.len().min(ASKED)).copied().collect())
    }

    /// Whether a log that this device asked to be added to again may still take it: it has no other place, or is alone there.
    pub fn may_come_back(&self, row: &LogRow) -> Done<bool> {
        Ok(matches!(row.state, State::Closed | State::Wedged) || self.is_alone_after(row)?)
    }

    /// What asks to be added again: a fresh key package, and this device's word for each leaf that it may have.
    pub fn again_ask(&mut self, log: LogId, suite: Suite) -> Done<AddMeAgain> {
        // Without the group's keys only what was noted before is known.
        if let Ok(Some(leaf)) = self.own_place(log) {
            self.note_place(log, leaf)?;
        }
        let package = self.package_to_send(suite)?;
        let fresh = key_package_leaf(&package)?;
        let identity = &self.me()?.identity;
        let (had, asked_with) = (self.places(&places_key(log))?, self.places(&asked_with_key(log))?);
        let requests = had
            .iter()
            .chain(asked_with.iter().filter(|leaf| !had.contains(leaf)))
            .map(|leaf| AgainRequest::sign(identity, log, *leaf, fresh).to_bytes().into())
            .collect();
        self.keep_place(&asked_with_key(log), ASKED_WITH, fresh)?;
        Ok(AddMeAgain { log: log.into(), tokens: Vec::new(), key_package: package.into(), requests })
    }

    /// The leaf that this device has in a log by the group's keys.
    pub fn own_place(&mut self, log: LogId) -> Done<Option<Hash32>> {
        self.with_group(log, |group, _, _| Ok(group.is_active().then(|| group.own_leaf_hash())))
    }

    /// The Welcome cannot be used: whoever sent it is asked for another, and the others where there are any.
    pub fn offer_failed(&mut self, log: LogId) -> Done<()> {
        let offer = self.offer_row(log)?;
        // The leaf that this device was added with.
        let place = match &offer {
            Some((_, _, offer)) => self.package_of(&offer.welcome.joiner)?,
            None => None,
        };
        if let Some(Package { leaf, .. }) = place {
            self.note_place(log, leaf)?;
        }
        if let Some(row) = self.log_row(log)?.filter(|row| row.state == State::Closed) {
            self.ask_to_be_added(&row)?;
        } else if let Some((_, sender, offer)) = offer {
            let ask = match place {
                Some(Package { suite, .. }) => self.again_ask(log, suite)?,
                None => AddMeAgain { log: log.into(), ..AddMeAgain::default() },
            };
            self.post(sender, offer.device, inbox_body::Kind::AddMeAgain(ask))?;
        }
        self.drop_offer(log)
    }

    /// The key package that a Welcome's own part is for: one that this device has still, or one that it has used. The server may give
    /// one to two people, as when it was put back.
    pub fn package_of(&self, joiner: &[u8]) -> Done<Option<Package>> {
        let Some(name) = welcome_package(joiner) else { return Ok(None) };
        if let Some((KeptPackage { suite, leaf, last_resort, .. }, key)) =
            welcome_kept(&db::MlsStore(self.db), joiner)
        {
            let made_ms = self.package_made(&key)?;
            return Ok(Some(Package { name, suite, leaf, last_resort, made_ms }));
        }
        if let Some(past) = self.past_package(name)? {
            return Ok(Some(past));
        }
        let used = db::setting(self.db, USED_PACKAGES)?.unwrap_or_default();
        Ok(used.chunks_exact(Package::LEN).filter_map(Package::decode).find(|used| used.name == name))
    }

    /// Its private part is gone from now on.
    pub fn note_used(&mut self, package: Package) -> Done<()> {
        let mut used = db::setting(self.db, USED_PACKAGES)?.unwrap_or_default();
        if used.chunks_exact(Package::LEN).filter_map(Package::decode).all(|known| known.name != package.name)
        {
            used.extend(package.encode());
        }
        let newest = used.split_off(used.len().saturating_sub(USED * Package::LEN));
        Ok(db::set_setting(self.db, USED_PACKAGES, &newest)?)
    }

    /// What a device sent that its account has dropped, perhaps since: it takes nobody anywhere. But others may have followed it
    /// into a continuation before they heard. Who of the place before is there adds this device by their own word.
    pub fn said_by_dropped(&mut self, sender: AccountId, said: Option<inbox_body::Kind>) -> Done<()> {
        let Some(inbox_body::Kind::Welcome(welcome)) = said else { return Ok(()) };
        let (Ok(log), Ok(old)) =
            (LogId::try_from(&welcome.log[..]), LogId::try_from(&welcome.successor_of[..]))
        else {
            return Ok(());
        };
        let known = self.log_row(log)?.is_some() || self.offer_row(log)?.is_some();
        if known || self.seems_to_continue(&welcome, sender)?.is_none() {
            return Ok(());
        }
        let Some(Package { suite, leaf, .. }) = self.package_of(&welcome.joiner)? else { return Ok(()) };
        let times = db::number(self.db, &followed_key(old))?;
        if times >= FOLLOWED {
            return Ok(());
        }
        db::set_number(self.db, &followed_key(old), times + 1)?;
        self.note_place(log, leaf)?;
        let ask = self.again_ask(log, suite)?;
        for (account, device) in self.who_is_asked_now(old, times)? {
            self.post(account, device, inbox_body::Kind::AddMeAgain(ask.clone()))?;
        }
        Ok(())
    }

    /// A leaf that this device may have in a log. The oldest is forgotten.
    pub fn note_place(&mut self, log: LogId, leaf: Hash32) -> Done<()> {
        self.keep_place(&places_key(log), HAD, leaf)
    }

    fn keep_place(&mut self, key: &str, most: usize, leaf: Hash32) -> Done<()> {
        let mut places = self.places(key)?;
        places.retain(|place| *place != leaf);
        places.push(leaf);
        let newest = places.split_off(places.len().saturating_sub(most));
        let bytes: Vec<u8> = newest.iter().flat_map(|place| place.0).collect();
        Ok(db::set_setting(self.db, key, &bytes)?)
    }

    /// Of a program of before there are more.
    fn places(&self, key: &str) -> Done<Vec<Hash32>> {
        let bytes = db::setting(self.db, key)?.unwrap_or_default();
        let newest = bytes.len().saturating_sub(HAD.max(ASKED_WITH) * Hash32::LEN);
        let newest = bytes[newest..].chunks_exact(Hash32::LEN);
        Ok(newest.filter_map(|bytes| Hash32::try_from(bytes).ok()).collect())
    }

    /// Whether this device asked to be added with the package that has this leaf.
    pub fn asked_with(&self, log: LogId, leaf: Hash32) -> Done<bool> {
        Ok(self.places(&asked_with_key(log))?.contains(&leaf))
    }

    /// It has a place again. The one before stays known: a server that is put back may forget that.
    pub fn forget_asked_places(&mut self, log: LogId) -> Done<()> {
        Ok(db::forget_setting(self.db, &asked_with_key(log))?)
    }

    /// Whether a device's request, if it sent one that can count here, is for its leaf in the group as it is now. `None`
    /// where the group demands one and there is none: then nobody puts it in again.
    pub fn request_for(
        &mut self,
        log: LogId,
        account: AccountId,
        device: DeviceId,
        ask: &[u8],
    ) -> Done<Option<(Option<AgainRequest>, Option<Vec<u8>>)>> {
        // From another device: what cannot be read asks for nothing.
        let ask = AddMeAgain::decode(ask).unwrap_or(AddMeAgain::default());
        let (level, leaf, suite) = self.with_group(log, |group, _, _| {
            let members = group.members();
            let found = members.iter().find(|leaf| leaf.account == account && leaf.device == device);
            let leaf = found.and_then(|leaf| group.leaf_hash(leaf.leaf));
            Ok((group.level(), leaf, group.suite()))
        })?;
        let package = inspect_key_package(&ask.key_package)
            .ok()
            .filter(|(of, owner)| (*of, owner.account, owner.device) == (suite, account, device))
            .filter(|_| self.package_counts(&ask.key_package));
        let Some(fresh) = package.and_then(|_| key_package_leaf(&ask.key_package).ok()) else {
            return Ok((level == Level::One || leaf.is_none()).then_some((None, None)));
        };
        let signed = ask.requests.iter().filter_map(|bytes| AgainRequest::from_bytes(bytes));
        let request =
            signed.into_iter().find(|request| Some(request.leaf) == leaf && request.package == fresh);
        let package = Some(ask.key_package.to_vec());
        Ok(match (level, request) {
            (_, Some(request)) => Some((Some(request), package)),
            // Nobody's word is needed to put in a device that has no leaf: its account's document vouches for it.
            (_, None) if level == Level::One || leaf.is_none() => Some((None, package)),
            (_, None) => None,
        })
    }
}

/// What is kept of a request until its turn: nothing that could not count.
pub fn kept_ask(ask: &AddMeAgain) -> Vec<u8> {
    let bounded = ask.key_package.len() <= KEY_PACKAGE_BYTES
        && ask.requests.len() <= PLACES
        && ask.requests.iter().all(|request| request.len() <= REQUEST_BYTES);
    if !bounded || ask.key_package.is_empty() {
        return Vec::new();
    }
    content::AddMeAgain { tokens: Vec::new(), ..ask.clone() }.encode_to_vec()
}

fn followed_key(log: LogId) -> String {
    format!("followed/{}", log.to_hex())
}

fn places_key(log: LogId) -> String {
    format!("places/{}", log.to_hex())
}

fn asked_with_key(log: LogId) -> String {
    format!("asked_with/{}", log.to_hex())
}
