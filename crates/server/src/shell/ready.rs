//! What does not work, for `/readyz` and `/metrics`. That the process answers is `/healthz`; here each part is tried that has to write.

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::hub::Hub;

/// Anybody may ask. It is tried no more often than this.
const TRIED_EVERY: Duration = Duration::from_secs(2);

/// What is written to see whether the disk takes it: more than a sector.
const PROBE_BYTES: usize = 4_096;

/// A part of the server that can fail by itself: its name in the metrics, and what it means for people.
const PARTS: [(&str, &str); 4] = [
    ("delivery", "messages are refused: the delivery store cannot write"),
    ("index", "messages are taken, but their index cannot be written"),
    ("directory", "accounts, invitations and files are refused: the directory cannot write"),
    ("disk", "the data folder takes no new files"),
];

/// What was seen last.
pub struct Ready {
    folder: PathBuf,
    tried: Cell<Option<Instant>>,
    failing: RefCell<[bool; PARTS.len()]>,
}

impl Ready {
    /// Over a data folder.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), tried: Cell::new(None), failing: RefCell::default() }
    }

    /// What does not work, a line each; none where all does.
    pub async fn failing(&self, hub: &Hub) -> Option<String> {
        if self.tried.get().is_none_or(|tried| tried.elapsed() >= TRIED_EVERY) {
            self.tried.set(Some(Instant::now()));
            let folder = self.folder.clone();
            let disk = tokio::task::spawn_blocking(move || write_some(&folder)).await;
            let directory = hub.directory.can_write().await;
            *self.failing.borrow_mut() = [false, false, !directory, !matches!(disk, Ok(Ok(())))];
        }
        let mut text = String::new();
        for ((name, what), failing) in PARTS.iter().zip(self.now(hub)) {
            if failing {
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{name}: {what}");
            }
        }
        (!text.is_empty()).then_some(text)
    }

    /// What is damaged on the disk and set aside. It makes the server no less ready: all else is served, and neither a restart nor
    /// another server in its place would bring it back.
    pub fn damaged(hub: &Hub) -> Option<String> {
        let records = hub.troubles().damaged.load(Ordering::Relaxed);
        let what = "of messages are damaged on the disk and set aside; the log names file and place, clients say them again";
        (records > 0).then(|| format!("damaged: {records} records {what}\n"))
    }

    /// A row for each part.
    pub fn write_to(&self, text: &mut String, hub: &Hub) {
        let name = "casemate_failing";
        let _ = writeln!(text, "# HELP {name} Parts that cannot write, as /readyz saw them last");
        let _ = writeln!(text, "# TYPE {name} gauge");
        for ((part, _), failing) in PARTS.iter().zip(self.now(hub)) {
            let _ = writeln!(text, "{name}{{part=\"{part}\"}} {}", u8::from(failing));
        }
    }

    /// The names of those that fail.
    pub fn names(&self, hub: &Hub) -> impl Iterator<Item = &'static str> {
        PARTS.iter().zip(self.now(hub)).filter_map(|((name, _), failing)| failing.then_some(*name))
    }

    fn now(&self, hub: &Hub) -> [bool; PARTS.len()] {
        let troubles = hub.troubles();
        let mut failing = *self.failing.borrow();
        failing[0] = troubles.delivery.load(Ordering::Relaxed);
        failing[1] = troubles.index.load(Ordering::Relaxed);
        failing
    }
}

fn write_some(folder: &Path) -> std::io::Result<()> {
    let path = folder.join("probe.tmp");
    let mut file = std::fs::File::create(&path)?;
    // It is gone by its name at once, also where the rest fails.
    std::fs::remove_file(&path)?;
    file.write_all(&[0; PROBE_BYTES])?;
    file.sync_all()
}
