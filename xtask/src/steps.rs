//! Steps of a long command: each announced, timed, and listed at the end.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Steps done so far.
#[derive(Default)]
pub struct Steps {
    done: Vec<(&'static str, Duration)>,
}

impl Steps {
    /// Does one step. An error names it.
    pub fn step(&mut self, name: &'static str, act: impl FnOnce() -> Result<()>) -> Result<()> {
        println!("\n── {name}");
        let started = Instant::now();
        let result = act();
        self.done.push((name, started.elapsed()));
        if result.is_err() {
            self.report();
        }
        result.with_context(|| format!("stopped at {name}"))
    }

    /// Prints the minutes that each step took.
    pub fn report(&self) {
        println!("\n{}", table(&self.done));
    }
}

fn table(steps: &[(&str, Duration)]) -> String {
    let minutes = |time: Duration| time.as_secs_f64() / 60.0;
    let mut lines: Vec<String> =
        steps.iter().map(|(name, time)| format!("{:>6.1} min  {name}", minutes(*time))).collect();
    let sum = steps.iter().map(|(_, time)| *time).sum();
    lines.push(format!("{:>6.1} min  in all", minutes(sum)));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_a_step_and_in_all() {
        let steps = [("format", Duration::from_secs(6)), ("tests", Duration::from_secs(90))];
        assert_eq!(table(&steps), "   0.1 min  format\n   1.5 min  tests\n   1.6 min  in all");
    }
}
