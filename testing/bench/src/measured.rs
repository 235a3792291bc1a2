//! Times, and how they are said.

use std::time::{Duration, Instant};

/// Runs something and takes its time.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let made = work();
    (made, begun.elapsed())
}

/// The middle one.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// In milliseconds, with as many digits as are worth something.
pub fn ms(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1_000.0;
    match ms {
        100.0.. => format!("{ms:.0}"),
        10.0.. => format!("{ms:.1}"),
        _ => format!("{ms:.2}"),
    }
}

/// In kilobytes.
pub fn kb(bytes: usize) -> String {
    match bytes {
        100_000.. => format!("{}", bytes / 1_000),
        _ => format!("{:.1}", bytes as f64 / 1_000.0),
    }
}
