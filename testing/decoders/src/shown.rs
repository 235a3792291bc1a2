//! Which pictures of the corpus guard shows, of those that Pillow opens; and how alike the two are (SSIM).
//!
//! Guard decodes in its walls, a process a file. Pillow runs in one process with limits on memory and time.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use casemate_guard::child::Client;
use serde::Deserialize;

use crate::files;

/// What Pillow says of a file.
#[derive(Deserialize)]
struct Opened {
    file: String,
    /// `JPEG`, `PNG`, `PPM`, …
    format: String,
    /// Of 0 to 1, where guard showed it and it is not too large to compare.
    ssim: Option<f64>,
    /// Why two good decoders may make different pictures of it.
    odd: Option<String>,
    /// By libjpeg-turbo's word.
    damaged: bool,
}

/// Shown of all, by Pillow's name of the format.
#[derive(Default)]
struct Counts {
    all: usize,
    shown: usize,
    refused: Vec<String>,
}

/// `shown`
pub fn run() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut list = files::fixtures()?;
    list.extend(files::corpus("image")?);
    let client = Client::this_program()?;
    let mut shown: BTreeMap<String, String> = BTreeMap::new();
    let mut refused: BTreeMap<String, String> = BTreeMap::new();
    for (number, path) in list.iter().enumerate() {
        let file = File::open(path)?;
        let Ok(found) = client.inspect(&file, "file") else { continue };
        if !casemate_guard::picture::is_decoded(found.media_type) {
            continue;
        }
        std::io::Seek::rewind(&mut &file)?;
        let safe = folder.path().join(format!("{number}.png"));
        let output = File::options().read(true).write(true).create(true).truncate(true).open(&safe)?;
        let name = path.to_string_lossy().into_owned();
        match client.show(&file, &output, found.media_type) {
            Ok(_) => drop(shown.insert(name, safe.to_string_lossy().into_owned())),
            Err(why) => drop(refused.insert(name, why.to_string())),
        }
    }
    let mut python = Command::new("/usr/bin/python3");
    python.args(["-c", include_str!("shown.py")]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut python = python.spawn().context("python3 is not here")?;
    let asked: Vec<_> = list
        .iter()
        .map(|path| path.to_string_lossy())
        .map(|path| (shown.get(&*path).cloned(), path))
        .collect();
    serde_json::to_writer(python.stdin.take().context("it was asked for")?, &asked)?;
    let output = python.wait_with_output()?;
    ensure!(output.status.success(), "Pillow did not end well");
    let opened: Vec<Opened> = serde_json::from_slice(&output.stdout)?;
    report(&opened, &shown, &refused)
}

fn report(
    opened: &[Opened],
    shown: &BTreeMap<String, String>,
    refused: &BTreeMap<String, String>,
) -> Result<()> {
    let mut formats: BTreeMap<&str, Counts> = BTreeMap::new();
    for one in opened {
        let counts = formats.entry(&one.format).or_default();
        counts.all += 1;
        if shown.contains_key(&one.file) { counts.shown += 1 } else { counts.refused.push(one.file.clone()) }
    }
    let mut output = std::io::stdout().lock();
    let (mut all, mut seen) = (0, 0);
    for (format, counts) in &formats {
        (all, seen) = (all + counts.all, seen + counts.shown);
        writeln!(output, "{format:<8} {:>5} of {:>5} shown", counts.shown, counts.all)?;
        for file in &counts.refused {
            writeln!(output, "    not {file}: {}", refused.get(file).map_or("it has no decoder", |why| why))?;
        }
    }
    writeln!(
        output,
        "together {seen} of {all} that Pillow opens: {:.1} %",
        100.0 * seen as f64 / all.max(1) as f64
    )?;
    let whole = || opened.iter().filter(|one| !one.damaged);
    let (good, good_seen) = (whole().count(), whole().filter(|one| shown.contains_key(&one.file)).count());
    writeln!(
        output,
        "of those, where libjpeg-turbo does not call them damaged, {good_seen} of {good}: {:.1} %",
        100.0 * good_seen as f64 / good.max(1) as f64
    )?;
    let mut odd: BTreeMap<&str, usize> = BTreeMap::new();
    for why in opened.iter().filter_map(|one| one.odd.as_deref()) {
        *odd.entry(why).or_default() += 1;
    }
    for (why, count) in odd {
        writeln!(output, "not compared: {count} with {why}")?;
    }
    let mut alike: Vec<(f64, &str)> = opened.iter().filter_map(|one| Some((one.ssim?, &*one.file))).collect();
    alike.sort_by(|one, other| one.0.total_cmp(&other.0));
    let middle = alike.get(alike.len() / 2).map_or(0.0, |one| one.0);
    let bad = alike.iter().filter(|one| one.0 < 0.98).count();
    writeln!(output, "{} compared: SSIM {middle:.4} in the middle, {bad} under 0.98", alike.len())?;
    for (ssim, file) in alike.iter().take_while(|one| one.0 < 0.98).take(20) {
        writeln!(output, "    {ssim:.3} {file}")?;
    }
    Ok(())
}
