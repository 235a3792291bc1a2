//! In how many calls one account is at once, and that it is not in more: each room takes places of a relay, which everybody shares.
//!
//! A room counts from the moment in which a relay is asked to let somebody of the account in, until the relay says that nobody of it
//! is there any more. An account is here as a hash, and each of its rooms as what the relay is told of it there: neither leads to a
//! name without this process's secret, and nothing of it is stored.

use std::collections::HashMap;

use casemate_wire::ids::HolderId;

/// Rooms of one account. Somebody with several devices is in one or two; more lets one account take more of a relay.
pub const ROOMS_OF_ONE: usize = 8;

/// An account, as a hash under a secret of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AccountTag(pub [u8; 16]);

/// See the module.
#[derive(Default)]
pub struct Live {
    accounts: HashMap<AccountTag, Vec<HolderId>>,
    rooms: HashMap<HolderId, Room>,
    /// What relays were asked and have not answered yet.
    asked: HashMap<u64, HolderId>,
}

struct Room {
    account: AccountTag,
    relay: usize,
    /// How many answers of the relay are awaited.
    asks: usize,
    /// Whether the relay has let anybody in.
    is_there: bool,
}

impl Live {
    /// An account wants to enter a room of a relay. Whether it may, and then the room counts.
    pub fn enter(&mut self, account: AccountTag, holder: HolderId, relay: usize) -> bool {
        if let Some(room) = self.rooms.get_mut(&holder) {
            if room.relay != relay {
                // Its call goes on at another relay, which has let in nobody yet.
                (room.relay, room.is_there) = (relay, false);
            }
            return true;
        }
        let of_it = self.accounts.entry(account).or_default();
        if of_it.len() >= ROOMS_OF_ONE {
            return false;
        }
        of_it.push(holder);
        self.rooms.insert(holder, Room { account, relay, asks: 0, is_there: false });
        true
    }

    /// A relay is asked to let somebody into a room.
    pub fn asks(&mut self, tag: u64, holder: HolderId) {
        if let Some(room) = self.rooms.get_mut(&holder) {
            room.asks = room.asks.saturating_add(1);
            self.asked.insert(tag, holder);
        }
    }

    /// It has answered, or never will. A refusal takes nothing from those of the account who are there.
    pub fn answered(&mut self, tag: u64, has_let_in: bool) {
        let Some(holder) = self.asked.remove(&tag) else { return };
        let Some(room) = self.rooms.get_mut(&holder) else { return };
        room.asks = room.asks.saturating_sub(1);
        room.is_there |= has_let_in;
        if !room.is_there && room.asks == 0 {
            self.forget(&holder);
        }
    }

    /// A relay says that nobody of an account is in a room any more.
    pub fn left(&mut self, holder: &HolderId, relay: usize) {
        match self.rooms.get_mut(holder) {
            Some(room) if room.relay == relay && room.asks > 0 => room.is_there = false,
            Some(room) if room.relay == relay => self.forget(holder),
            _ => {}
        }
    }

    /// A relay begins to say who left. What it said while it was away nobody has heard.
    pub fn begins(&mut self, relay: usize) {
        let all: Vec<HolderId> =
            self.rooms.iter().filter(|(_, room)| room.relay == relay).map(|(holder, _)| *holder).collect();
        all.iter().for_each(|holder| self.forget(holder));
    }

    fn forget(&mut self, holder: &HolderId) {
        let Some(room) = self.rooms.remove(holder) else { return };
        if let Some(of_it) = self.accounts.get_mut(&room.account) {
            of_it.retain(|other| other != holder);
            if of_it.is_empty() {
                self.accounts.remove(&room.account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: AccountTag = AccountTag([1; 16]);
    const BOB: AccountTag = AccountTag([2; 16]);

    fn holder(number: usize) -> HolderId {
        HolderId([number as u8; 16])
    }

    fn is_empty(live: &Live) -> bool {
        live.accounts.is_empty() && live.rooms.is_empty() && live.asked.is_empty()
    }

    #[test]
    fn account_in_all_its_rooms_enters_no_other_until_it_left_one() {
        let mut live = Live::default();
        for number in 0..ROOMS_OF_ONE {
            assert!(live.enter(ANA, holder(number), 0));
        }
        assert!(!live.enter(ANA, holder(99), 0));
        assert!(live.enter(ANA, holder(3), 1), "it is there already, and the call moved");
        assert!(live.enter(BOB, holder(98), 0), "another account");
        live.left(&holder(3), 0);
        assert!(!live.enter(ANA, holder(99), 0), "the relay that it left says so");
        live.left(&holder(3), 1);
        assert!(live.enter(ANA, holder(99), 0));
        for number in (0..ROOMS_OF_ONE).chain([98, 99]) {
            live.left(&holder(number), 0);
            live.left(&holder(number), 0);
        }
        assert!(is_empty(&live));
    }

    #[test]
    fn room_that_a_relay_refused_counts_for_nothing_and_one_with_somebody_in_it_goes_on_counting() {
        let mut live = Live::default();
        assert!(live.enter(ANA, holder(1), 0));
        live.asks(7, holder(1));
        live.answered(7, false);
        assert!(is_empty(&live));
        // A device is there; another one's offer is refused, again and again.
        for (tag, has_let_in) in [(1, true), (2, false), (3, false)] {
            assert!(live.enter(ANA, holder(1), 0));
            live.asks(tag, holder(1));
            live.answered(tag, has_let_in);
        }
        assert_eq!(live.accounts[&ANA].len(), 1);
        // The relay is out of reach, and another one refuses.
        assert!(live.enter(ANA, holder(1), 1));
        live.asks(9, holder(1));
        live.answered(9, false);
        assert!(is_empty(&live));
        assert!(live.enter(ANA, holder(1), 0));
        live.asks(9, holder(1));
        live.answered(9, true);
        // Two are asked for at once, and the first is refused.
        assert!(live.enter(ANA, holder(2), 0));
        live.asks(4, holder(2));
        live.asks(5, holder(2));
        live.answered(4, false);
        live.answered(5, true);
        assert_eq!(live.accounts[&ANA].len(), 2);
    }

    #[test]
    fn relay_that_comes_back_counts_anew() {
        let mut live = Live::default();
        for (number, relay) in [(1, 0), (2, 0), (3, 1)] {
            assert!(live.enter(ANA, holder(number), relay));
        }
        live.begins(0);
        assert_eq!(live.accounts[&ANA], [holder(3)]);
        live.begins(1);
        assert!(is_empty(&live));
    }
}
