//! What servers are told unasked: who else is in a room, and of whom nobody is there any more. Of each participant the newest alone waits,
//! so that what waits is bounded by who is there, however slowly a server reads.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::Bytes;
use casemate_wire::ids::{HolderId, ParticipantId};
use casemate_wire::proto::relay::Left;
use casemate_wire::proto::relay::from_relay::Body;
use casemate_wire::proto::wire::CallListeners;
use tokio::sync::Notify;

use crate::core::Listeners;

/// Participants of whom something may wait for one server. More than are in all calls of a relay: those who went are among them until
/// it reads.
const WAITING: usize = 65_536;

/// Holders in one message: it stays far below what one may have.
const TOGETHER: usize = 4_096;

/// For all servers.
#[derive(Default)]
pub struct Telling(Mutex<Vec<Weak<Told>>>);

/// For one of them, while it is connected.
#[derive(Default)]
pub struct Told {
    all: Mutex<HashMap<ParticipantId, Listeners>>,
    /// `None`: it does not want to hear of them.
    left: Option<Mutex<HashSet<HolderId>>>,
    bell: Notify,
}

impl Telling {
    /// A server listens from now on, perhaps also to who left.
    pub fn begin(&self, hears_left: bool) -> Arc<Told> {
        let told = Arc::new(Told { left: hears_left.then(Mutex::default), ..Told::default() });
        let mut servers = lock(&self.0);
        servers.retain(|known| known.strong_count() > 0);
        servers.push(Arc::downgrade(&told));
        told
    }

    /// Leaves something for all servers: which of them has whom only they know.
    pub fn tell(&self, said: &[Listeners], left: &[HolderId]) {
        for server in lock(&self.0).iter().filter_map(Weak::upgrade) {
            let mut all = lock(&server.all);
            for one in said {
                if all.len() < WAITING || all.contains_key(&one.participant) {
                    all.insert(one.participant, *one);
                }
            }
            drop(all);
            if let Some(holders) = &server.left {
                let mut holders = lock(holders);
                let room = WAITING.saturating_sub(holders.len());
                holders.extend(left.iter().take(room));
            }
            server.bell.notify_one();
        }
    }
}

impl Told {
    /// Until something waits.
    pub async fn waits(&self) {
        self.bell.notified().await;
    }

    /// All that waits.
    pub fn take(&self) -> Vec<Body> {
        let said = std::mem::take(&mut *lock(&self.all));
        let left = self.left.as_ref().map(|left| std::mem::take(&mut *lock(left))).unwrap_or_default();
        let left: Vec<Bytes> = left.into_iter().map(Bytes::from).collect();
        let left = left.chunks(TOGETHER).map(|holders| Body::Left(Left { holders: holders.to_vec() }));
        said.into_values().map(|one| Body::Listeners(message(one))).chain(left).collect()
    }

    /// Somebody is there: what was to be said of who was there before them is not true any more.
    pub fn is_there(&self, holder: &HolderId) {
        if let Some(left) = &self.left {
            lock(left).remove(holder);
        }
    }
}

fn message(said: Listeners) -> CallListeners {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    CallListeners {
        participant: said.participant.into(),
        others: number(said.counted.others),
        unallowed: number(said.counted.unallowed),
        open: number(said.counted.open),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Counted;

    fn said(participant: u8, unallowed: usize) -> Listeners {
        let participant = ParticipantId([participant; 16]);
        Listeners { participant, counted: Counted { others: 2, unallowed, open: 0 } }
    }

    fn heard(server: &Told) -> (Vec<(u8, u32)>, Vec<u8>) {
        let (mut listeners, mut left) = (Vec::new(), Vec::new());
        for body in server.take() {
            match body {
                Body::Listeners(said) => listeners.push((said.participant[0], said.unallowed)),
                Body::Left(said) => left.extend(said.holders.iter().map(|holder| holder[0])),
                other => panic!("{other:?}"),
            }
        }
        listeners.sort_unstable();
        left.sort_unstable();
        (listeners, left)
    }

    #[test]
    fn of_each_participant_the_newest_waits_and_each_server_hears_it() {
        let telling = Telling::default();
        telling.tell(&[said(1, 1)], &[]);
        let (one, other) = (telling.begin(false), telling.begin(true));
        telling.tell(&[said(1, 1), said(2, 0)], &[]);
        telling.tell(&[said(1, 0)], &[]);
        for server in [&one, &other] {
            assert_eq!(heard(server), (vec![(1, 0), (2, 0)], vec![]));
            assert_eq!(heard(server), (vec![], vec![]));
        }
        drop(one);
        let _third = telling.begin(false);
        assert_eq!(lock(&telling.0).len(), 2, "one that is gone is forgotten");
    }

    #[test]
    fn who_left_is_told_once_to_who_wants_to_hear_it_unless_they_are_back() {
        let telling = Telling::default();
        let (old, new) = (telling.begin(false), telling.begin(true));
        let holder = |number: u8| HolderId([number; 16]);
        telling.tell(&[], &[holder(1), holder(2)]);
        telling.tell(&[], &[holder(1), holder(3)]);
        new.is_there(&holder(3));
        assert_eq!(heard(&new), (vec![], vec![1, 2]));
        assert_eq!(heard(&new), (vec![], vec![]));
        assert_eq!(heard(&old), (vec![], vec![]));
        for number in 0..2 * WAITING as u32 {
            let mut id = [0; 16];
            id[..4].copy_from_slice(&number.to_be_bytes());
            telling.tell(&[], &[HolderId(id)]);
        }
        assert_eq!(heard(&new).1.len(), WAITING);
    }
}
