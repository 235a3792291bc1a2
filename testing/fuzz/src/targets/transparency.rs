//! What a server shows of its list of everyone's keys: a lying one reaches clients with it, and auditors.
//!
//! The first byte says what the rest is: a look-up, a history, a page for auditors, a head. Whatever verifies is what
//! the list that made the seeds says.

use std::sync::LazyLock;

use casemate_server::transparency::{Change, Transparency};
use casemate_transparency::audit::Audited;
use casemate_transparency::{Head, history, label, lookup};
use casemate_wire::handle::Handle;
use casemate_wire::ids::Hash32;
use casemate_wire::proto::transparency::{Epochs, History, Lookup, Shown, SignedHead};
use prost::Message;

use super::manifest::key;

const NOW: i64 = 1_795_176_000_000;

/// Ana has so many versions.
const VERSIONS: u8 = 3;

struct Seeds {
    shown: Shown,
    history: History,
    epochs: Epochs,
}

static SEEDS: LazyLock<Seeds> = LazyLock::new(|| {
    let mut log = Transparency::open(None, [1; 16], key(1), &mut Sevens).expect("a log in memory");
    for version in 1..=VERSIONS {
        let other = Handle::parse(&format!("other{version}")).expect("a handle");
        let changes = [
            Change { number: 1, name: label(&ana()), value: Hash32([version; 32]) },
            Change { number: 2, name: label(&other), value: Hash32([9; 32]) },
        ];
        log.publish(&changes, NOW).expect("an epoch");
    }
    Seeds {
        shown: log.shown(&label(&ana()), NOW).expect("what is shown"),
        history: log.history(&label(&ana())).expect("a history").expect("of a name that is there"),
        epochs: log.page(0, 0, NOW).expect("a page"),
    }
});

pub fn run(bytes: &[u8]) {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    let public = key(1).verifying_key().to_bytes();
    let head = SEEDS.shown.head.clone().unwrap_or_default();
    let head = Head::verify(&head, &public).expect("the seeds' own head");
    match kind % 4 {
        0 => {
            if let Ok(proof) = Lookup::decode(bytes)
                && let Ok(logged) = lookup::verify(&head, &ana(), &proof)
            {
                assert_eq!(logged.manifest, Hash32([VERSIONS; 32]), "an older value, or none of the list's");
            }
        }
        1 => {
            if let Ok(proof) = History::decode(bytes)
                && let Ok(all) = history::verify(&head, &ana(), &proof)
            {
                let expected: Vec<Hash32> = (1..=VERSIONS).map(|version| Hash32([version; 32])).collect();
                assert_eq!(all.hashes, expected);
            }
        }
        2 => {
            if let Ok(page) = Epochs::decode(bytes) {
                let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
                let mut audited = Audited::nothing();
                if runtime.block_on(audited.take(&page, &public)).is_ok() {
                    assert_eq!(audited.head.map(|head| head.root), Some(head.root));
                }
            }
        }
        _ => {
            if let Ok(signed) = SignedHead::decode(bytes)
                && let Ok(other) = Head::verify(&signed, &public)
            {
                assert_eq!(other, head, "a head that nobody signed");
            }
        }
    }
}

pub fn seeds() -> Vec<Vec<u8>> {
    let Seeds { shown, history, epochs } = &*SEEDS;
    let lookup = shown.lookup.clone().unwrap_or_default();
    let head = shown.head.clone().unwrap_or_default();
    let all = [lookup.encode_to_vec(), history.encode_to_vec(), epochs.encode_to_vec(), head.encode_to_vec()];
    (0u8..).zip(all).map(|(kind, bytes)| [vec![kind], bytes].concat()).collect()
}

/// What goes with a manifest, for frames.
pub fn shown() -> Shown {
    SEEDS.shown.clone()
}

fn ana() -> Handle {
    Handle::parse("ana").expect("a handle")
}

/// The same list each time: chance comes from the fuzzer alone.
struct Sevens;

impl rand_core::RngCore for Sevens {
    fn next_u32(&mut self) -> u32 {
        7
    }

    fn next_u64(&mut self) -> u64 {
        7
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        bytes.fill(7);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        bytes.fill(7);
        Ok(())
    }
}

impl rand_core::CryptoRng for Sevens {}
