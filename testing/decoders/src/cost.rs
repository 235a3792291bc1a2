//! What something took: on the clock, and of the processor, which other work on the machine does not lengthen.

use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

/// Each is done so often; the quickest counts, on both sides.
pub const TIMES: usize = 5;

/// How long something took.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// On the clock.
    pub wall: Duration,
    /// Of the processor.
    pub processor: Duration,
}

impl Cost {
    /// Two numbers of milliseconds, as the other programs say them.
    pub fn parse(words: &str) -> Result<Self> {
        let mut numbers = words.split_whitespace().map(str::parse::<f64>);
        let mut next = || -> Result<Duration> {
            let ms = numbers.next().context("it said no time")??;
            Ok(Duration::from_secs_f64(ms / 1e3))
        };
        Ok(Self { wall: next()?, processor: next()? })
    }

    /// The quickest of several, in this thread.
    pub fn of(mut act: impl FnMut()) -> Self {
        Self::by(on_processor, &mut act)
    }

    /// The same of what children do.
    pub fn of_children(mut act: impl FnMut()) -> Self {
        Self::by(children_on_processor, &mut act)
    }

    fn by(processor: impl Fn() -> Duration, act: &mut impl FnMut()) -> Self {
        let mut least = Self { wall: Duration::MAX, processor: Duration::MAX };
        for _ in 0..TIMES {
            let (started, before) = (Instant::now(), processor());
            act();
            least.wall = least.wall.min(started.elapsed());
            least.processor = least.processor.min(processor().saturating_sub(before));
        }
        least
    }

    /// Once.
    pub fn once<T>(act: impl FnOnce() -> T) -> (T, Self) {
        let (started, before) = (Instant::now(), on_processor());
        let made = act();
        (made, Self { wall: started.elapsed(), processor: on_processor().saturating_sub(before) })
    }

    /// As much more.
    pub fn times(self, by: u32) -> Self {
        Self { wall: self.wall * by, processor: self.processor * by }
    }

    /// A line beside what another program took.
    pub fn beside(self, name: &str, other: Self) {
        let times = |ours: Duration, theirs: Duration| ours.as_secs_f64() / theirs.as_secs_f64().max(1e-6);
        println!(
            "{name:<52} {:>9} {:>9} {:>10} {:>9}   {:.2} and {:.2} times",
            self.wall.as_millis(),
            self.processor.as_millis(),
            other.wall.as_millis(),
            other.processor.as_millis(),
            times(self.wall, other.wall),
            times(self.processor, other.processor)
        );
    }

    /// What stands above such lines.
    pub fn head() {
        let (ours, theirs) = ("guard, ms", "beside, ms");
        println!("{:<52} {ours:>9} {:>9} {theirs:>10} {:>9}", "", "processor", "processor");
    }
}

fn on_processor() -> Duration {
    Processor::open().map_or(Duration::ZERO, |mut processor| processor.used())
}

/// What this thread used of the processor: also behind walls, where nothing more can be opened.
pub struct Processor(File);

impl Processor {
    /// proc(5).
    pub fn open() -> std::io::Result<Self> {
        File::open("/proc/thread-self/schedstat").map(Self)
    }

    /// So far: of the file the first number, in nanoseconds.
    pub fn used(&mut self) -> Duration {
        let mut text = String::new();
        let read = self.0.rewind().and_then(|()| self.0.read_to_string(&mut text));
        let number = text.split_whitespace().next().filter(|_| read.is_ok());
        Duration::from_nanos(number.and_then(|number| number.parse().ok()).unwrap_or(0))
    }
}

/// proc(5): of children that ended, the 16th and 17th word, in hundredths of a second.
fn children_on_processor() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name, in brackets, may have blanks.
    let words = text.rsplit_once(") ").map_or("", |(_, rest)| rest).split_whitespace();
    let ticks: u64 = words.skip(13).take(2).filter_map(|number| number.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
