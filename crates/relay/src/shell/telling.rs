//! What servers are told unasked: who else is in a room. Of each participant the newest alone waits, so that what waits is bounded by who
//! is there, however slowly a server reads.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use casemate_wire::ids::ParticipantId;
use casemate_wire::proto::wire::CallListeners;
use tokio::sync::Notify;

use crate::core::Listeners;

/// Participants of whom something may wait for one server. More than are in all calls of a relay: those who went are among them until
/// it reads.
const WAITING: usize = 65_536;

/// For all servers.
#[derive(Default)]
pub struct Telling(Mutex<Vec<Weak<Told>>>);

/// For one of them, while it is connected.
#[derive(Default)]
pub struct Told {
    all: Mutex<HashMap<ParticipantId, Listeners>>,
    bell: Notify,
}

impl Telling {
    /// A server listens from now on.
    pub fn begin(&self) -> Arc<Told> {
        let told = Arc::<Told>::default();
        let mut servers = lock(&self.0);
        servers.retain(|known| known.strong_count() > 0);
        servers.push(Arc::downgrade(&told));
        told
    }

    /// Leaves something for all servers: which of them has whom only they know.
    pub fn tell(&self, said: &[Listeners]) {
        for server in lock(&self.0).iter().filter_map(Weak::upgrade) {
            let mut all = lock(&server.all);
            for one in said {
                if all.len() < WAITING || all.contains_key(&one.participant) {
                    all.insert(one.participant, *one);
                }
            }
            drop(all);
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
    pub fn take(&self) -> Vec<CallListeners> {
        std::mem::take(&mut *lock(&self.all)).into_values().map(message).collect()
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

    #[test]
    fn of_each_participant_the_newest_waits_and_each_server_hears_it() {
        let telling = Telling::default();
        telling.tell(&[said(1, 1)]);
        let (one, other) = (telling.begin(), telling.begin());
        telling.tell(&[said(1, 1), said(2, 0)]);
        telling.tell(&[said(1, 0)]);
        for server in [&one, &other] {
            let mut heard: Vec<_> =
                server.take().into_iter().map(|said| (said.participant[0], said.unallowed)).collect();
            heard.sort_unstable();
            assert_eq!(heard, [(1, 0), (2, 0)]);
            assert_eq!(server.take(), []);
        }
        drop(one);
        let _third = telling.begin();
        assert_eq!(lock(&telling.0).len(), 2, "one that is gone is forgotten");
    }
}
