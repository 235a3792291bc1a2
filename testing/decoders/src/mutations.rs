//! Good and odd files, made bad by the hundred thousand: no crash, no hang, no memory over the limit, no network.
//!
//! A batch of mutants of one file is looked into by a child in guard's own walls (Landlock, seccomp, limits on memory): it
//! gets the file on stdin and numbers to make mutants from, and can reach nothing else. A batch that ends badly is tried
//! again one mutant at a time, so that the one which did it is named.

use std::fs::File;
use std::io::{Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use casemate_guard::child::sandbox;
use casemate_guard::fuzz::mutate::mutate;
use casemate_guard::{Kind, inspect, limits, strip};
use serde::{Deserialize, Serialize};

use crate::cost::Processor;
use crate::files;

/// Mutants, where nobody says how many.
const MUTANTS: u64 = 100_000;

/// Larger files are tried by other tests: a mutant of these takes a few milliseconds.
const LARGEST: u64 = 256 * 1024;

/// A mutant that takes the processor longer than this is a failure: of the clock, other work would take its part.
const LONGEST_MS: u64 = 2_000;

/// Mutants of one child.
const BATCH: u64 = 100;

/// After so many it is said how far it is.
const PART: u64 = 10_000;

/// A child that takes longer is killed.
const PATIENCE: Duration = Duration::from_secs(300);

/// Longer side of pictures, as the app asks for them.
const SIDE: u32 = 1_600;

/// What a child is to do.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Batch {
    first: u64,
    count: u64,
}

/// What it says.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Said {
    shown: u64,
    refused: u64,
    documents: u64,
    panicked: Vec<u64>,
    slowest_ms: u64,
    slowest: u64,
    peak_bytes: u64,
}

impl Said {
    fn count(&self) -> u64 {
        self.shown + self.refused + self.documents
    }
}

/// `mutations [N] [--seed S]`
pub fn run(words: &[&str]) -> Result<()> {
    let (mut mutants, mut seed) = (MUTANTS, 1);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--seed" => seed = words.next().context("--seed needs a number")?.parse().context("--seed")?,
            number => mutants = number.parse().with_context(|| format!("{number:?} is no number"))?,
        }
    }
    let mut list = files::fixtures()?;
    let good = list.len();
    for part in ["image", "video", "spoof", "doc", "text", "indicators"] {
        list.extend(files::corpus(part)?);
    }
    list.retain(|path| path.metadata().is_ok_and(|file| (16..=LARGEST).contains(&file.len())));
    let each = mutants.div_ceil(list.len().max(1) as u64);
    println!("{} files ({good} of them fixtures), {each} mutants of each, seed {seed}", list.len());
    let (mut all, mut failures, started) = (Said::default(), Vec::new(), Instant::now());
    for path in &list {
        let mut first = seed;
        while first < seed + each {
            let batch = Batch { first, count: BATCH.min(seed + each - first) };
            let before = all.count() / PART;
            add(&mut all, &mut failures, path, batch);
            first += batch.count;
            if all.count() / PART > before {
                println!("{} so far, {} failures", all.count(), failures.len());
            }
        }
    }
    println!(
        "{} mutants in {} s: {} shown, {} refused, {} only named; slowest {} ms, most memory {} MB",
        all.count(),
        started.elapsed().as_secs(),
        all.shown,
        all.refused,
        all.documents,
        all.slowest_ms,
        all.peak_bytes / 1_000_000
    );
    failures.iter().for_each(|failure| println!("{failure}"));
    if !failures.is_empty() {
        bail!("{} mutants broke something", failures.len());
    }
    println!("no crash, no hang, no memory over {} MB, no network", limits::CHILD_MEMORY_BYTES / 1_000_000);
    Ok(())
}

fn add(all: &mut Said, failures: &mut Vec<String>, path: &Path, batch: Batch) {
    match ask(path, batch) {
        Ok(said) => {
            all.shown += said.shown;
            all.refused += said.refused;
            all.documents += said.documents;
            all.peak_bytes = all.peak_bytes.max(said.peak_bytes);
            let name = path.display();
            failures.extend(said.panicked.iter().map(|seed| format!("{name}, seed {seed}: a panic")));
            if said.slowest_ms > all.slowest_ms {
                all.slowest_ms = said.slowest_ms;
            }
            if said.slowest_ms > LONGEST_MS {
                failures.push(format!("{name}, seed {}: {} ms", said.slowest, said.slowest_ms));
            }
        }
        Err(error) if batch.count == 1 => {
            failures.push(format!("{}, seed {}: {error:#}", path.display(), batch.first));
        }
        Err(_) => {
            for first in batch.first..batch.first + batch.count {
                add(all, failures, path, Batch { first, count: 1 });
            }
        }
    }
}

/// Has a child look into a batch.
fn ask(path: &Path, batch: Batch) -> Result<Said> {
    let program: PathBuf = std::env::current_exe()?;
    let mut command = Command::new(program);
    command.arg("batch").arg(serde_json::to_string(&batch)?).env_clear();
    let mut child = command.stdin(File::open(path)?).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut stdout = child.stdout.take().context("it was asked for")?;
    let (sender, receiver) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut line = String::new();
        let read = stdout.read_to_string(&mut line);
        let _ = sender.send(read.map(|_| line));
    });
    let line = receiver.recv_timeout(PATIENCE);
    child.kill()?;
    let status = child.wait()?;
    drop(reader.join());
    let line = line.context("it did not end")??;
    serde_json::from_str(&line).with_context(|| format!("it ended with {status}"))
}

/// The child: closes itself in, then breaks the file on stdin and looks into what comes of it.
pub fn batch(batch: &str) -> Result<()> {
    std::panic::set_hook(Box::new(|_| {}));
    let batch: Batch = serde_json::from_str(batch)?;
    let mut status = File::open("/proc/self/status").ok();
    let mut processor = Processor::open()?;
    let mut file = Vec::new();
    std::io::stdin().lock().read_to_end(&mut file)?;
    // The time that guard gives a file of this size, for each of them.
    let bytes = (LARGEST * batch.count).saturating_mul(100);
    sandbox::limit(bytes, limits::SHOWN_FILE_BYTES).map_err(anyhow::Error::msg)?;
    sandbox::close_in().map_err(anyhow::Error::msg)?;
    let mut said = Said::default();
    for seed in batch.first..batch.first + batch.count {
        let mutant = mutate(&file, seed);
        let before = processor.used();
        let looked = std::panic::catch_unwind(|| look(&mutant));
        let took = u64::try_from(processor.used().saturating_sub(before).as_millis())?;
        if took > said.slowest_ms {
            (said.slowest_ms, said.slowest) = (took, seed);
        }
        match looked {
            Ok(Some(true)) => said.shown += 1,
            Ok(Some(false)) => said.refused += 1,
            Ok(None) => said.documents += 1,
            Err(_) => said.panicked.push(seed),
        }
    }
    let mut text = String::new();
    if let Some(status) = &mut status {
        status.read_to_string(&mut text)?;
    }
    // proc(5): the line `VmHWM: 1234 kB`.
    let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    said.peak_bytes = peak.and_then(|peak| peak.trim().parse::<u64>().ok()).unwrap_or(0) * 1_024;
    let mut output = std::io::stdout().lock();
    serde_json::to_writer(&mut output, &said)?;
    output.flush()?;
    Ok(())
}

/// All that guard does with a file. `None` where it is only named, else whether it was shown.
fn look(bytes: &[u8]) -> Option<bool> {
    let found = inspect(Cursor::new(bytes), "file").ok()?;
    assert!(found.is_plausible(bytes.len() as u64));
    if found.media_type.is_strippable() {
        let mut output = Vec::new();
        if strip(Cursor::new(bytes), &mut output, found.media_type).is_ok() {
            assert!(output.len() as u64 <= bytes.len() as u64 + limits::GROWTH_BYTES);
        }
    }
    match found.kind {
        Kind::Photo if casemate_guard::picture::is_decoded(found.media_type) => {
            Some(casemate_guard::picture::decode(bytes, SIDE).is_ok())
        }
        Kind::Video => {
            let mut output = Vec::new();
            Some(casemate_guard::video::playable(Cursor::new(bytes), &mut output).is_ok())
        }
        Kind::Voice => {
            Some(casemate_guard::sound::decode(Cursor::new(bytes), 0, limits::SOUND_PIECE_MS, 100).is_ok())
        }
        _ => {
            casemate_guard::fuzz::fuzz_reading(bytes);
            let _ = casemate_guard::indicators::read(bytes);
            None
        }
    }
}
