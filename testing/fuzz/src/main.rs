//! `cargo xtask fuzz`: hunts in one target from new seeds and keeps what fails.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use casemate_fuzz::{Target, corpus, hunt, run_one, targets};

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, options)) = words.split_first() else {
        println!("targets:");
        for target in targets() {
            println!("  {}", target.name);
        }
        println!("  all");
        return Ok(());
    };
    let options = Options::parse(options)?;
    let wanted: Vec<&Target> = targets().filter(|target| name == "all" || target.name == name).collect();
    if wanted.is_empty() {
        bail!("there is no target {name:?}; without any word the targets are listed");
    }
    if let Some(file) = options.file {
        let input = std::fs::read(&file).with_context(|| format!("could not read {file}"))?;
        for target in wanted {
            run_one(target, &input).map_err(|why| anyhow::anyhow!("{}: {why}", target.name))?;
        }
        println!("stood it");
        return Ok(());
    }
    let share = options.time / wanted.len() as u32;
    for target in wanted {
        let inputs = corpus::inputs(target)?;
        println!("{}: from seed {}, {} inputs to begin with", target.name, options.seed, inputs.len());
        match hunt(target, &inputs, options.seed..u64::MAX, Some(Instant::now() + share)) {
            Ok(count) => println!("{}: stood {count} inputs", target.name),
            Err(failure) => {
                let file = corpus::keep(failure.target, &failure.input)?;
                bail!("{failure}\n  kept as {}", file.display());
            }
        }
    }
    Ok(())
}

struct Options {
    time: Duration,
    seed: u64,
    file: Option<String>,
}

impl Options {
    fn parse(mut words: &[String]) -> Result<Self> {
        // New seeds each time: the clock's nanoseconds, short enough to type.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let seed = now.as_nanos() as u64 % 1_000_000_000_000;
        let mut options = Self { time: Duration::from_secs(60), seed, file: None };
        while let [name, value, rest @ ..] = words {
            match name.as_str() {
                "--seconds" => options.time = Duration::from_secs(value.parse().context("--seconds")?),
                "--seed" => options.seed = value.parse().context("--seed")?,
                "--file" => options.file = Some(value.clone()),
                other => bail!("{other:?} is not understood; there are --seconds, --seed and --file"),
            }
            words = rest;
        }
        match words {
            [] => Ok(options),
            [last, ..] => bail!("{last:?} needs a value"),
        }
    }
}
