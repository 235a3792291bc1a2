//! The key-transparency log of a large server: a whole epoch, look-ups, and what an auditor does with it; beside akd in
//! memory, in the same run. Aims: docs/decisions/0012.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use akd::append_only_zks::AzksParallelismConfig;
use akd::directory::Directory;
use akd::ecvrf::{VRFKeyStorage, VrfError};
use akd::storage::StorageManager;
use akd::storage::memory::AsyncInMemoryDatabase;
use akd::{AkdLabel, AkdValue};
use casemate_e2e::binary::peak_memory;
use casemate_server::transparency::{Change, EPOCH_NAMES, Transparency};
use casemate_transparency::audit::verify_epoch;
use casemate_transparency::{Hashing, Head, label, lookup};
use casemate_wire::handle::Handle;
use casemate_wire::ids::Hash32;
use data_encoding::HEXLOWER;
use ed25519_dalek::SigningKey;
use prost::Message as _;

use crate::measured::{kb, median, ms, timed};

const NOW: i64 = 1_795_176_000_000;
const LOOKUPS: usize = 200;

/// Fills a log with so many accounts and measures. Last comes akd in memory, which takes 3.3 GB for a million.
pub fn run(accounts: usize) {
    println!("Key transparency with {accounts} accounts in the real store.\n");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("transparency.db");
    let key = SigningKey::from_bytes(&[7; 32]);
    let mut log =
        Transparency::open(Some(&path), [1; 16], key.clone(), &mut rand_core::OsRng).expect("a log");
    let (_, filling) = timed(|| {
        for batch in (0..accounts).collect::<Vec<_>>().chunks(EPOCH_NAMES) {
            log.publish(&changes(batch.iter().copied(), 1), NOW).expect("an epoch");
        }
    });
    let before = own_peak();
    let step = (accounts / EPOCH_NAMES).max(1);
    let renewed = changes((0..accounts).step_by(step).take(EPOCH_NAMES), 2);
    let (_, epoch_time) = timed(|| log.publish(&renewed, NOW).expect("an epoch"));
    let peak = own_peak();

    let (mut bytes, mut making, mut verifying) = (0, Vec::new(), Vec::new());
    let mut proofs = Vec::new();
    for number in 0..LOOKUPS {
        let handle = handle(number * (accounts / LOOKUPS).max(1));
        let (shown, made) = timed(|| log.shown(&label(&handle), NOW).expect("what is shown"));
        bytes = bytes.max(shown.encoded_len());
        let (checked, verified) = timed(|| {
            let head = shown.head.as_ref().ok_or(casemate_transparency::Broken::Malformed)?;
            let head = Head::verify(head, &key.verifying_key().to_bytes())?;
            lookup::verify(&head, &handle, shown.lookup.as_ref().expect("a proof"))
        });
        checked.expect("a good proof");
        making.push(made);
        verifying.push(verified);
        let proof = HEXLOWER.encode(&shown.encode_to_vec());
        proofs.push(serde_json::json!({"handle": handle.as_str(), "proof": proof}));
    }
    let key = HEXLOWER.encode(&key.verifying_key().to_bytes());
    let in_wasm = in_wasm(folder.path(), &serde_json::json!({"key": key, "shown": proofs}));

    let epochs = log.epochs().expect("epochs");
    let page = log.page(epochs - 1, epochs - 1, NOW).expect("a page");
    let previous = log.page(epochs - 2, 0, NOW).expect("a page");
    let previous_root = previous.epochs[0].root[..].try_into().expect("a root");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let (audited, audit_time) = timed(|| runtime.block_on(verify_epoch(previous_root, &page.epochs[0])));
    audited.expect("a good epoch");

    let in_memory = in_memory(accounts);
    let file = size(&path);
    println!("|what|measured|aim|");
    println!("|---|---|---|");
    println!("|all accounts entered, {EPOCH_NAMES} an epoch|{} s|–|", filling.as_secs());
    println!(
        "|an epoch of {} changes|{} ms|3 × akd in memory: {} ms|",
        renewed.len(),
        ms(epoch_time),
        ms(in_memory * 3)
    );
    println!("|akd in memory, the same epoch|{} ms|–|", ms(in_memory));
    println!(
        "|peak memory until after that epoch|{} MB (before it {} MB)|1,000 MB|",
        peak >> 20,
        before >> 20
    );
    println!("|what is shown with a look-up, largest of {LOOKUPS}|{} kB|8 kB|", kb(bytes));
    println!("|making it|{} ms|–|", ms(median(making)));
    println!("|verifying it, natively|{} ms|–|", ms(median(verifying)));
    println!("|verifying it in wasm, by node|{in_wasm}|5 ms|");
    println!("|what an auditor reads of that epoch|{} kB|–|", kb(page.encoded_len()));
    println!("|auditing it|{} ms|2000 ms|", ms(audit_time));
    println!("|the file|{} MB|–|", file >> 20);
}

/// What wasm takes for the same proofs, where `cargo xtask bench --transparency` built it.
fn in_wasm(folder: &Path, proofs: &serde_json::Value) -> String {
    let Some(program) = std::env::var_os("CASEMATE_WASM") else { return "not measured".into() };
    let file = folder.join("proofs.json");
    std::fs::write(&file, proofs.to_string()).expect("room for the proofs");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("wasm/run.mjs");
    let said = Command::new("node").arg(script).arg(program).arg(file).output().expect("node");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let said = String::from_utf8(said.stdout).expect("numbers");
    let times: Vec<f64> = said.split_whitespace().map(|time| time.parse().expect("milliseconds")).collect();
    let [first, middle, longest] = times[..] else { panic!("three times: {said}") };
    format!("{middle:.2} ms (the first {first:.2}, the longest of the others {longest:.2})")
}

/// The same in akd's own store in memory, spread over threads as it likes.
fn in_memory(accounts: usize) -> Duration {
    let runtime = tokio::runtime::Builder::new_multi_thread().build().expect("a runtime");
    runtime.block_on(async {
        let storage = StorageManager::new_no_cache(AsyncInMemoryDatabase::new());
        let directory = Directory::<Hashing, _, _>::new(storage, Vrf, AzksParallelismConfig::default());
        let directory = directory.await.expect("a directory");
        for batch in (0..accounts).collect::<Vec<_>>().chunks(100_000) {
            directory.publish(pairs(&changes(batch.iter().copied(), 1))).await.expect("an epoch");
        }
        let step = (accounts / EPOCH_NAMES).max(1);
        let renewed = pairs(&changes((0..accounts).step_by(step).take(EPOCH_NAMES), 2));
        let begun = std::time::Instant::now();
        directory.publish(renewed).await.expect("an epoch");
        begun.elapsed()
    })
}

#[derive(Clone)]
struct Vrf;

#[async_trait::async_trait]
impl VRFKeyStorage for Vrf {
    async fn retrieve(&self) -> Result<Vec<u8>, VrfError> {
        Ok(vec![5; 32])
    }
}

fn changes(numbers: impl Iterator<Item = usize>, value: u8) -> Vec<Change> {
    let change = |number: usize| Change {
        number: i64::try_from(number).expect("few"),
        name: label(&handle(number)),
        value: Hash32([value; 32]),
    };
    numbers.map(change).collect()
}

fn pairs(changes: &[Change]) -> Vec<(AkdLabel, AkdValue)> {
    let pair = |change: &Change| (AkdLabel(change.name.0.to_vec()), AkdValue(change.value.0.to_vec()));
    changes.iter().map(pair).collect()
}

fn handle(number: usize) -> Handle {
    Handle::parse(&format!("person{number}")).expect("a handle")
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}

fn own_peak() -> u64 {
    peak_memory(std::process::id())
}
