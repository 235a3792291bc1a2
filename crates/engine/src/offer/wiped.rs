//! Invitations that were declined, or that nobody answered for long: what opens the conversation is deleted, so that who copies this
//! device later cannot read along there. The place that the device has in the group stays known. Where its person says yes after all,
//! on this device or another one, it asks to be put there anew.

use casemate_content::proto as content;
use casemate_content::proto::inbox_body;
use casemate_crypto::conversation::{Suite, welcome_kept};
use casemate_wire::ids::{AccountId, Hash32, LogId};
use rusqlite::params;

use super::OfferRow;
use crate::answer::DECLINED_OFFERS;
use crate::core::{Ctx, Done, id_column};
use crate::db::{self, MlsStore};
use crate::log::State;

/// An invitation that nobody answers keeps its keys for so long.
const UNANSWERED_MS: i64 = 14 * 24 * 3_600_000;

/// A row of an offer without its keys is shorter, and one with them longer.
const WIPED_BYTES: i64 = 256;

/// The leaf that this device has in the group, as it stands in place of the Welcome's own part.
#[derive(Clone, Copy)]
pub(super) struct Place {
    suite: Suite,
    leaf: Hash32,
}

impl OfferRow {
    /// `Some` where the keys were deleted.
    pub(super) fn place(&self) -> Option<Place> {
        if self.welcome.group_info.is_some() || !self.welcome.reader_secret.is_empty() {
            return None;
        }
        let (suite, leaf) = self.welcome.joiner.split_at_checked(2)?;
        let suite = u16::from_be_bytes(suite.try_into().ok()?);
        Some(Place { suite: Suite::from_code(suite.into())?, leaf: Hash32::try_from(leaf).ok()? })
    }

    fn without_keys(&self, place: Option<Place>) -> Self {
        let joiner = place.map(|place| [&place.suite.code().to_be_bytes()[..], &place.leaf.0].concat());
        let welcome = content::Welcome {
            log: self.welcome.log.clone(),
            entry: self.welcome.entry,
            kind: self.welcome.kind,
            successor_of: self.welcome.successor_of.clone(),
            again_for: self.welcome.again_for.clone(),
            joiner: joiner.unwrap_or_default().into(),
            ..content::Welcome::default()
        };
        Self { device: self.device, welcome }
    }
}

impl Ctx<'_> {
    /// Deletes the keys of invitations that were declined, and of those that nobody answered for long.
    pub fn wipe_offers(&mut self) -> Done<()> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT log, welcome {DECLINED_OFFERS} AND length(welcome) > ?1
             UNION ALL
             SELECT log, welcome FROM offers JOIN threads ON threads.id = offers.thread
             WHERE offers.accepted = 0 AND threads.standing = 3 AND length(welcome) > ?1
                 AND offers.at_ms NOT BETWEEN ?2 AND ?3"
        ))?;
        let over = statement
            .query_map(params![WIPED_BYTES, self.now_ms - UNANSWERED_MS, self.now_ms], |row| {
                Ok((id_column::<LogId>(row, 0)?, row.get::<_, Vec<u8>>(1)?))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        drop(statement);
        for (log, bytes) in over {
            let Some(offer) = OfferRow::decode(&bytes) else {
                self.drop_offer(log)?;
                continue;
            };
            let package = self.package_of(&offer.welcome.joiner)?;
            match welcome_kept(&MlsStore(self.db), &offer.welcome.joiner) {
                // Others may be about to use it. A newer one takes its place, and it goes in two weeks.
                Some((kept, _)) if kept.last_resort => db::set_number(self.db, "key_packages_due", 0)?,
                Some((_, key)) => self.forget_package(&key)?,
                None => {}
            }
            let place = package.map(|package| Place { suite: package.suite, leaf: package.leaf });
            self.db
                .prepare_cached("UPDATE offers SET welcome = ?2 WHERE log = ?1")?
                .execute(params![&log.0[..], offer.without_keys(place).encode()])?;
        }
        Ok(())
    }

    /// Wanted after all: who added this device, and the own ones that may be there, are asked to put it in its place anew.
    pub(super) fn come_after_all(
        &mut self,
        log: LogId,
        sender: AccountId,
        offer: &OfferRow,
        place: Place,
    ) -> Done<()> {
        self.note_place(log, place.leaf)?;
        if let Some(row) = self.log_row(log)?.filter(|row| row.state == State::Closed) {
            self.ask_to_be_added(&row)?;
            return self.drop_offer(log);
        }
        let ask = self.again_ask(log, place.suite)?;
        let me = self.me()?.account();
        self.post(sender, offer.device, inbox_body::Kind::AddMeAgain(ask.clone()))?;
        for (device, _) in self.reach(me)? {
            if (sender, offer.device) != (me, device) {
                self.post(me, device, inbox_body::Kind::AddMeAgain(ask.clone()))?;
            }
        }
        self.drop_offer(log)
    }
}
