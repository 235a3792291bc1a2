//! Whether the time of an answer tells a name that is there from one that is not: look-ups and restores by name, a hundred thousand
//! each, half for accounts that are closed and half for names of nobody. What can be told is measured (Mann and Whitney's AUC: 0.5 is
//! nothing; the aim is 0.52 at most). What they cost is counted by the server's own tests.

use std::time::Duration;

use casemate_server::config::{Limits, Policy, Registration};
use casemate_server::directory::{Ask, Directory, Place};
use casemate_wire::ids::{DeviceId, Hash32};
use casemate_wire::limits::HPKE_KEY_BYTES;
use casemate_wire::manifest::{RECOVER_LABEL, account_id, sign, sign_labelled};
use casemate_wire::proto::directory::{KnockPolicy, Manifest, ManifestDevice};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::{CreateAccount, DeviceKeys, FetchManifest, RecoverAccount, fetch_manifest};
use ed25519_dalek::SigningKey;

use crate::measured::timed;

const NOW: i64 = 1_795_176_000_000;
const SERVER: &str = "bench.example";
const ACCOUNTS: u16 = 1_000;
const ASKED: u32 = 100_000;

/// Measures each way.
pub fn run() {
    let place = Place {
        name: SERVER.into(),
        public_url: format!("https://{SERVER}"),
        restored_ms: None,
        renamed: false,
    };
    let limits = Limits { lifted: true, ..Limits::default() };
    let policy = Policy { registration: Registration::Open, limits, ..Policy::default() };
    let mut directory =
        Directory::open(None, place, policy, Box::new(rand_core::OsRng)).expect("a directory");
    for number in 0..ACCOUNTS {
        let request = account(number);
        ask(&mut directory, request).expect("an account");
    }
    println!("What the time of an answer tells of a name, over {ASKED} each.\n");
    println!("|asked by|AUC|aim|");
    println!("|---|---|---|");
    let stranger = SigningKey::from_bytes(&[9; 32]);
    let by_name = |name: &str| {
        let by = Some(fetch_manifest::By::Handle(name.into()));
        Request::FetchManifest(FetchManifest { by, proof: None, known: None })
    };
    let restore = |name: &str| {
        let parts: [&[u8]; 3] = [SERVER.as_bytes(), &[0; 16], name.as_bytes()];
        let signature = sign_labelled(&stranger, RECOVER_LABEL, &parts).into();
        Request::RecoverAccount(RecoverAccount { handle: name.into(), signature })
    };
    let ways: [(&str, &dyn Fn(&str) -> Request); 2] = [("look-up", &by_name), ("restore", &restore)];
    for (what, request) in ways {
        println!("|{what}|{:.4}|0.48 to 0.52|", told_by(&mut directory, request));
    }
}

fn told_by(directory: &mut Directory, request: &dyn Fn(&str) -> Request) -> f64 {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut times: Vec<(Duration, bool)> = Vec::new();
    for _ in 0..ASKED {
        // xorshift: an order that is nobody's.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let absent = state & 1 == 0;
        let request = request(&name((state >> 8) as u16 % ACCOUNTS, absent));
        let (answer, time) = timed(|| ask(directory, request));
        assert!(answer.is_err(), "nobody is to be found");
        times.push((time, absent));
    }
    times.sort_unstable();
    let (mut rank_sum, mut absent, mut at) = (0.0, 0.0, 0);
    while at < times.len() {
        let same = times[at..].iter().take_while(|one| one.0 == times[at].0).count();
        let of_them = times[at..at + same].iter().filter(|one| one.1).count() as f64;
        rank_sum += of_them * (at as f64 + (same as f64 + 1.0) / 2.0);
        absent += of_them;
        at += same;
    }
    let there = times.len() as f64 - absent;
    (rank_sum - absent * (absent + 1.0) / 2.0) / (absent * there)
}

fn ask(directory: &mut Directory, request: Request) -> Result<(), casemate_server::refusal::Refusal> {
    directory.handle(Ask::Client { request, challenge: [0; 16] }, NOW).result.map(drop)
}

fn name(number: u16, absent: bool) -> String {
    format!("p{number:05}{}", if absent { 'y' } else { 'x' })
}

/// A closed account.
fn account(number: u16) -> Request {
    let key = |of: u8| {
        let mut seed = [of; 32];
        seed[..2].copy_from_slice(&number.to_be_bytes());
        SigningKey::from_bytes(&seed)
    };
    let (account, recovery, device) = (key(1), key(2), key(3));
    let [account_key, recovery_key] = [&account, &recovery].map(|key| key.verifying_key().to_bytes());
    let hpke_key = vec![7; HPKE_KEY_BYTES];
    let mut document = Manifest {
        account: account_id(&account_key, &recovery_key).into(),
        handle: name(number, false),
        version: 1,
        devices: vec![ManifestDevice {
            device: DeviceId([1; 16]).into(),
            signature_key: device.verifying_key().to_bytes().to_vec().into(),
            hpke_key_hash: Hash32::of(&[&hpke_key]).into(),
            added_ms: 1,
            primary: true,
        }],
        account_key: account_key.to_vec().into(),
        recovery_key: recovery_key.to_vec().into(),
        ..Manifest::default()
    };
    document.set_knock_policy(KnockPolicy::Link);
    let manifest = Some(sign(&document, &account).expect("a document").signed);
    let device_keys =
        vec![DeviceKeys { device: vec![1; 16].into(), hpke_key: hpke_key.into(), seal_key: None }];
    Request::CreateAccount(CreateAccount { manifest, device_keys, ..CreateAccount::default() })
}
