//! Cards: what contacts tell each other about themselves, and how they are reached. A card comes in the 1:1
//! conversation only.

use casemate_api::Event;
use casemate_content::proto as content;
use casemate_wire::ids::{AccountId, DeviceId, InboxToken};
use casemate_wire::limits;
use casemate_wire::proto::directory::SealKey;
use prost::Message as _;
use rusqlite::params;

use crate::core::{Ctx, Done, id_column};

impl Ctx<'_> {
    pub fn learn_reach(&mut self, account: AccountId, device: DeviceId, token: &InboxToken) -> Done<()> {
        self.db
            .prepare_cached(
                "INSERT INTO reach(account, device, token) VALUES (?1, ?2, ?3)
                 ON CONFLICT(account, device) DO UPDATE SET token = ?3",
            )?
            .execute(params![&account.0[..], &device.0[..], &token.expose()[..]])?;
        self.box_changed();
        Ok(())
    }

    /// A linked device says how another one is reached. Stolen, it could cut that one off with a false token, also for after its removal:
    /// what is known stays, but for the word of the device itself or of the first one.
    pub fn hear_of_reach(
        &mut self,
        from: DeviceId,
        (account, device): (AccountId, DeviceId),
        token: &InboxToken,
    ) -> Done<bool> {
        let own = account == self.me()?.account() && from == device;
        let known = self.reach(account)?.iter().any(|(reached, _)| *reached == device);
        if known && !own && !self.is_primary(from)? {
            return Ok(false);
        }
        self.learn_reach(account, device, token)?;
        Ok(true)
    }

    /// A device said that it opens what is bound to its account, itself and its key.
    pub fn opens_bound(&mut self, account: AccountId, device: DeviceId) -> Done<()> {
        self.db
            .prepare_cached("UPDATE reach SET bound = 1 WHERE account = ?1 AND device = ?2 AND bound = 0")?
            .execute(params![&account.0[..], &device.0[..]])?;
        Ok(())
    }

    /// Whether it did.
    pub fn is_bound(&self, account: AccountId, device: DeviceId) -> Done<bool> {
        Ok(self
            .db
            .prepare_cached("SELECT 1 FROM reach WHERE account = ?1 AND device = ?2 AND bound = 1")?
            .exists(params![&account.0[..], &device.0[..]])?)
    }

    pub fn reach(&self, account: AccountId) -> Done<Vec<(DeviceId, InboxToken)>> {
        let mut statement =
            self.db.prepare_cached("SELECT device, token FROM reach WHERE account = ?1 ORDER BY device")?;
        let rows = statement
            .query_map([&account.0[..]], |row| Ok((id_column(row, 0)?, id_column(row, 1)?)))?
            .collect::<Result<Vec<_>, _>>()?;
        Ok(rows)
    }

    /// Tells contacts name and about text, and gives each a token of this device.
    pub fn send_cards(&mut self, only: Option<AccountId>) -> Done<()> {
        let mut statement = self.db.prepare_cached(
            "SELECT pair FROM threads JOIN people ON people.account = threads.pair
             WHERE pair IS NOT NULL AND active_log IS NOT NULL AND people.standing = 3 AND people.blocked = 0 AND people.gone = 0",
        )?;
        let pairs =
            statement.query_map([], |row| id_column(row, 0))?.collect::<Result<Vec<AccountId>, _>>()?;
        for account in pairs {
            if only.is_none_or(|only| only == account) {
                self.send_card(account)?;
            }
        }
        Ok(())
    }

    /// One card, into the 1:1 conversation.
    pub fn send_card(&mut self, account: AccountId) -> Done<()> {
        let Some(thread) = self.pair_thread(account)? else { return Ok(()) };
        let token = self.give_token(Some(account))?;
        let profile = self.profile()?;
        let card = content::Card {
            tokens: vec![content::DeviceToken {
                device: self.me()?.identity.device.into(),
                token: token.to_field(),
            }],
            display_name: profile.display_name,
            about: profile.about,
            picture: if self.picture_is_shown()? { profile.picture } else { None },
            bound: true,
            seal_key: self.signed_seal_key()?.map(|key| key.encode_to_vec().into()).unwrap_or_default(),
        };
        self.queue_content(thread, None, content::content::Kind::Card(card))?;
        Ok(())
    }

    /// What an own device knows of how somebody calls themselves, where they have said nothing here yet.
    pub fn called_themselves(&mut self, account: AccountId, name: &str) -> Done<()> {
        if !name.is_empty() && name.len() <= casemate_content::limits::DISPLAY_NAME_BYTES {
            let changed = self
                .db
                .prepare_cached(
                    "UPDATE people SET display_name = ?2 WHERE account = ?1 AND display_name = ''",
                )?
                .execute(params![&account.0[..], name])?;
            if changed > 0 {
                let who = self.address_of(account)?;
                self.event(Event::ContactChanged { who });
            }
        }
        Ok(())
    }

    /// A contact's card arrived.
    pub fn card_received(&mut self, from: AccountId, by: DeviceId, card: &content::Card) -> Done<()> {
        let manifest = self.known_manifest(from)?;
        for entry in card.tokens.iter().take(limits::DEVICES) {
            let (Ok(device), Ok(token)) =
                (DeviceId::try_from(&entry.device[..]), InboxToken::try_from(&entry.token[..]))
            else {
                continue;
            };
            // Each device tells its own.
            if device == by && manifest.as_ref().is_some_and(|manifest| manifest.device(device).is_some()) {
                self.learn_reach(from, device, &token)?;
                if card.bound {
                    self.opens_bound(from, device)?;
                }
                if !card.seal_key.is_empty() {
                    self.learn_seal_key(from, device, SealKey::decode(&card.seal_key[..]).ok().as_ref())?;
                }
            }
        }
        let short = |text: &str, limit: usize| -> String {
            let mut short: String = text.chars().filter(|letter| !letter.is_control()).collect();
            while short.len() > limit {
                short.pop();
            }
            short
        };
        let name = short(&card.display_name, casemate_content::limits::DISPLAY_NAME_BYTES);
        let about = short(&card.about, casemate_content::limits::ABOUT_BYTES);
        if self.person(from)?.is_some_and(|person| person.display_name != name) {
            self.box_changed();
        }
        self.db
            .prepare_cached("UPDATE people SET display_name = ?2, about = ?3 WHERE account = ?1")?
            .execute(params![&from.0[..], name, about])?;
        self.person_picture(from, card.picture.as_ref())?;
        let who = self.address_of(from)?;
        self.event(Event::ContactChanged { who });
        Ok(())
    }
}
