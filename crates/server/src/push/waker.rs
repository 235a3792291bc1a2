//! Who is woken, and when: each device at most once a minute, a little later than what woke it, by chance.

use std::collections::HashMap;

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use bytes::Bytes;
use casemate_wire::ids::Hash32;
use rand_core::{OsRng, RngCore};
use url::Url;

use super::keys::Keys;
use super::rows::{Place, Rows};
use super::target::{PushPolicy, Target};
use super::{cipher, vapid};
use crate::delivery::{ReaderTag, Tagger};

/// A device is not woken again for so long: it looks at everything once it is there.
const APART_MS: i64 = 60_000;

/// A push waits up to so long, so that its time says less about what woke it.
const JITTER_MS: u64 = 2_000;

/// Devices remembered at most; those of more than a minute ago are forgotten first.
const REMEMBERED: usize = 200_000;

/// What every push says. Browsers want one that is encrypted; this one says nothing.
const MESSAGE: [u8; 16] = [0; 16];

/// What the router tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WakeOp {
    /// A reader of a log is woken there from now on; an empty target: no more.
    Set {
        /// Which row.
        place: Place,
        /// The sealed target.
        sealed: Bytes,
    },
    /// A reader is there, in a log with rows of a version before.
    Known {
        /// Which row.
        place: Place,
    },
    /// A reader took another's place.
    Moved {
        /// Which row.
        place: Place,
        /// The new reader.
        to: ReaderTag,
    },
    /// These are readers no more.
    Dropped {
        /// The log.
        log: [u8; 16],
        /// Them.
        readers: Vec<ReaderTag>,
    },
    /// Something came that somebody wants to be woken for.
    Due {
        /// The log.
        log: [u8; 16],
        /// Readers who are connected.
        here: Vec<u32>,
        /// By which they are meant.
        tagger: Tagger,
    },
}

/// One push, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// Where to.
    pub endpoint: Url,
    /// The `Authorization` header.
    pub authorization: String,
    /// The encrypted body (`Content-Encoding: aes128gcm`).
    pub body: Vec<u8>,
    /// Not before.
    pub due_ms: i64,
    /// The row that it came from, for when the push service says that the device is gone.
    pub place: Place,
}

/// See the module.
pub struct Waker {
    keys: Keys,
    rows: Rows,
    policy: PushPolicy,
    contact: String,
    /// When a device's last push is or was due, by a hash that means nothing after a restart.
    last: HashMap<Hash32, i64>,
    /// Until when a row's push is on its way.
    on_way: HashMap<Place, i64>,
    /// When the two were looked through last.
    forgot_ms: i64,
    secret: [u8; 32],
}

impl Waker {
    /// `contact` is where the operator of a push service reaches ours: a URL.
    pub fn new(keys: Keys, rows: Rows, policy: PushPolicy, contact: String) -> Self {
        let mut secret = [0; 32];
        OsRng.fill_bytes(&mut secret);
        Self {
            keys,
            rows,
            policy,
            contact,
            last: HashMap::new(),
            on_way: HashMap::new(),
            forgot_ms: i64::MIN,
            secret,
        }
    }

    /// Carries out what the router told. The pushes are to be sent when they are due.
    pub fn handle(&mut self, op: WakeOp, now_ms: i64) -> Vec<Parcel> {
        let done = match op {
            WakeOp::Set { place, sealed } => {
                self.on_way.remove(&place);
                if sealed.is_empty() {
                    self.rows.remove(place)
                } else {
                    self.rows.set(place, &sealed, now_ms)
                }
            }
            WakeOp::Known { place } => self.rows.widen(place),
            WakeOp::Moved { place, to } => self.rows.move_to(place, to),
            WakeOp::Dropped { log, readers } => {
                readers.into_iter().try_for_each(|reader| self.rows.remove(Place { log, reader }))
            }
            WakeOp::Due { log, here, tagger } => match self.due(log, &here, &tagger, now_ms) {
                Ok(parcels) => return parcels,
                Err(error) => Err(error),
            },
        };
        if let Err(error) = done {
            tracing::warn!(%error, "push: the table of wake targets failed");
        }
        Vec::new()
    }

    /// The push service says that there is no such device any more.
    pub fn gone(&mut self, place: Place) {
        if let Err(error) = self.rows.remove(place) {
            tracing::warn!(%error, "push: a device that is gone could not be forgotten");
        }
    }

    /// Now and then.
    pub fn housekeeping(&mut self, now_ms: i64) {
        self.forget(now_ms);
        if let Err(error) = self.rows.housekeeping(now_ms) {
            tracing::warn!(%error, "push: old wake targets could not be dropped");
        }
    }

    fn due(
        &mut self,
        log: [u8; 16],
        here: &[u32],
        tagger: &Tagger,
        now_ms: i64,
    ) -> rusqlite::Result<Vec<Parcel>> {
        let mut parcels = Vec::new();
        for (reader, sealed) in self.rows.of(&log)? {
            // Of a row of a version before it is not known until its reader comes.
            let short = ReaderTag::try_from(&reader[..]).map(|reader| tagger.short(&reader));
            if short.is_ok_and(|short| here.contains(&short)) {
                continue;
            }
            let place = Place { log, reader: tag_of(&reader) };
            // A push of it is on its way already: it is not opened for nothing.
            if self
                .on_way
                .get(&place)
                .is_some_and(|due_ms| (now_ms..=now_ms.saturating_add(APART_MS)).contains(due_ms))
            {
                continue;
            }
            let opened = self.keys.open_sealed(&log, &sealed);
            let Some(target) = opened.and_then(|opened| Target::parse(&opened, &self.policy)) else {
                // Sealed to keys that are gone, or to where this server does not go.
                self.rows.remove(place)?;
                continue;
            };
            if let Some(parcel) = self.parcel(place, &target, now_ms) {
                if self.on_way.len() < REMEMBERED {
                    self.on_way.insert(place, parcel.due_ms);
                }
                parcels.push(parcel);
            }
        }
        Ok(parcels)
    }

    fn parcel(&mut self, place: Place, target: &Target, now_ms: i64) -> Option<Parcel> {
        if self.last.len() >= REMEMBERED {
            // Once in a while, not with each push; more devices than that wait until then.
            if now_ms.abs_diff(self.forgot_ms) >= APART_MS.unsigned_abs() / 4 {
                self.forget(now_ms);
            }
            if self.last.len() >= REMEMBERED {
                return None;
            }
        }
        let device = Hash32::of(&[&self.secret, target.endpoint.as_str().as_bytes()]);
        let last = self.last.get(&device).copied().filter(|last| *last <= now_ms + APART_MS);
        // One is on its way already: it wakes for this too.
        if last.is_some_and(|last| last > now_ms) {
            return None;
        }
        let jitter = (OsRng.next_u64() % JITTER_MS) as i64;
        let due_ms = (now_ms + jitter).max(last.map_or(0, |last| last + APART_MS));
        let mut salt = [0; 16];
        OsRng.fill_bytes(&mut salt);
        let key = PrivateKey::generate(&ECDH_P256).ok()?;
        let body = cipher::encrypt(&target.public, &target.auth, &key, &salt, &MESSAGE).ok()?;
        let authorization = vapid::authorization(
            &self.keys.signing(),
            &self.keys.vapid_public(),
            &target.origin(),
            &self.contact,
            now_ms,
        )?;
        self.last.insert(device, due_ms);
        Some(Parcel { endpoint: target.endpoint.clone(), authorization, body, due_ms, place })
    }

    fn forget(&mut self, now_ms: i64) {
        self.forgot_ms = now_ms;
        self.on_way.retain(|_, due_ms| *due_ms > now_ms && due_ms.saturating_sub(now_ms) <= APART_MS);
        self.last.retain(|_, due| now_ms - *due < APART_MS && *due - now_ms <= APART_MS);
        if self.last.len() >= REMEMBERED {
            self.last.clear();
        }
    }
}

/// Of what a row has of a reader's hash: versions before kept four bytes.
fn tag_of(reader: &[u8]) -> ReaderTag {
    let mut tag = ReaderTag::default();
    tag.iter_mut().zip(reader).for_each(|(to, from)| *to = *from);
    tag
}

#[cfg(test)]
mod tests {
    use casemate_wire::proto::wire::WakeTarget;
    use prost::Message;

    use super::super::keys::seal;
    use super::*;

    const LOG: [u8; 16] = [7; 16];

    thread_local! {
        static TAGGER: Tagger = Tagger::default();
    }

    fn waker() -> Waker {
        let rows = Rows::open(None).unwrap();
        Waker::new(Keys::generate(), rows, PushPolicy::default(), "https://chat.example".into())
    }

    fn place(reader: u8) -> Place {
        Place { log: LOG, reader: [reader; 16] }
    }

    fn set(waker: &mut Waker, reader: u8, endpoint: &str) {
        let browser = PrivateKey::generate(&ECDH_P256).unwrap();
        let public = browser.compute_public_key().unwrap().as_ref().to_vec();
        let target =
            WakeTarget { endpoint: endpoint.into(), public: public.into(), auth: vec![5; 16].into() };
        let mut padded = target.encode_to_vec();
        padded.push(0x80);
        padded.resize(912, 0);
        let sealed = seal(&waker.keys.seal_public(), &LOG, &padded);
        assert!(waker.handle(WakeOp::Set { place: place(reader), sealed: sealed.into() }, 0).is_empty());
    }

    fn due(waker: &mut Waker, here: &[u8], now_ms: i64) -> Vec<Parcel> {
        waker.handle(
            WakeOp::Due {
                log: LOG,
                here: here.iter().map(|reader| TAGGER.with(|tagger| tagger.short(&[*reader; 16]))).collect(),
                tagger: TAGGER.with(Tagger::clone),
            },
            now_ms,
        )
    }

    #[test]
    fn who_is_away_is_woken_and_who_is_here_is_not() {
        let mut waker = waker();
        set(&mut waker, 1, "https://fcm.googleapis.com/a");
        set(&mut waker, 2, "https://fcm.googleapis.com/b");
        let parcels = due(&mut waker, &[2], 1_000_000);
        let [parcel] = &parcels[..] else { panic!("{parcels:?}") };
        assert_eq!((parcel.endpoint.as_str(), parcel.place), ("https://fcm.googleapis.com/a", place(1)));
        assert!((1_000_000..1_002_000).contains(&parcel.due_ms));
        assert!(parcel.authorization.starts_with("vapid t="));
        assert_eq!(parcel.body.len(), 16 + 4 + 1 + 65 + MESSAGE.len() + 1 + 16);
        assert!(
            waker.handle(WakeOp::Due { log: [8; 16], here: vec![], tagger: Tagger::default() }, 0).is_empty()
        );
    }

    #[test]
    fn a_device_is_woken_once_a_minute_by_whatever_conversation() {
        let mut waker = waker();
        set(&mut waker, 1, "https://fcm.googleapis.com/a");
        let first = due(&mut waker, &[], 1_000_000)[0].due_ms;
        // While one is on its way, and then not before its time.
        assert!(due(&mut waker, &[], first - 1).is_empty());
        let second = due(&mut waker, &[], first + 1_000)[0].due_ms;
        assert_eq!(second, first + APART_MS);
        assert!((2..APART_MS / 1_000).all(|s| due(&mut waker, &[], first + s * 1_000).is_empty()));
        assert_eq!(due(&mut waker, &[], second + 1)[0].due_ms, second + APART_MS);
        // The clock goes back: it begins anew.
        assert_eq!(due(&mut waker, &[], 1_000).len(), 1);
    }

    #[test]
    fn what_ends_ends() {
        let mut waker = waker();
        for reader in 1..=4 {
            set(&mut waker, reader, &format!("https://fcm.googleapis.com/{reader}"));
        }
        waker.handle(WakeOp::Set { place: place(1), sealed: Bytes::new() }, 0);
        waker.handle(WakeOp::Dropped { log: LOG, readers: vec![[2; 16]] }, 0);
        waker.handle(WakeOp::Moved { place: place(3), to: [30; 16] }, 0);
        waker.gone(place(4));
        let places: Vec<Place> = due(&mut waker, &[], 1_000_000).iter().map(|parcel| parcel.place).collect();
        assert_eq!(places, [place(30)]);
    }

    #[test]
    fn row_of_a_version_before_belongs_to_its_reader_once_that_comes() {
        let mut waker = waker();
        set(&mut waker, 1, "https://fcm.googleapis.com/a");
        waker.rows.shorten();
        assert_eq!(waker.rows.short_logs().unwrap(), [LOG]);
        waker.handle(WakeOp::Known { place: place(2) }, 0);
        assert_eq!(waker.rows.short_logs().unwrap(), [LOG], "another reader's");
        waker.handle(WakeOp::Known { place: place(1) }, 0);
        assert!(waker.rows.short_logs().unwrap().is_empty());
        assert!(due(&mut waker, &[1], 1_000_000).is_empty(), "it is here");
        assert_eq!(due(&mut waker, &[], 1_000_000)[0].place, place(1));
    }

    #[test]
    fn where_this_server_does_not_go_is_forgotten() {
        let mut waker = waker();
        set(&mut waker, 1, "https://10.0.0.1/");
        waker.handle(WakeOp::Set { place: place(2), sealed: vec![1; 2_048].into() }, 0);
        assert!(due(&mut waker, &[], 0).is_empty());
        assert!(waker.rows.of(&LOG).unwrap().is_empty());
        set(&mut waker, 1, "https://fcm.googleapis.com/a");
        waker.housekeeping(69 * 24 * 3_600_000);
        assert!(waker.rows.logs().unwrap().is_empty());
    }
}
