//! From a file's own number of samples a second to [`super::RATE`]: a windowed sinc, evaluated where each new sample lies.

use super::RATE;

/// Places between two samples for which weights are kept; between two of these they are mixed.
const PHASES: u64 = 256;
/// Samples on each side of a new one, where the old ones are no closer together than the new ones.
const REACH: u32 = 16;

/// From one rate to [`RATE`].
pub(super) struct Resampler {
    rate: u64,
    /// Samples on each side that a new one is made of.
    reach: usize,
    /// Rows of weights, one more than there are phases.
    weights: Vec<f32>,
}

impl Resampler {
    /// `rate` is one that sound files have.
    pub fn new(rate: u32) -> Self {
        // What is higher than the slower of the two can carry is left out.
        let cutoff = (f64::from(RATE) / f64::from(rate)).min(1.0);
        let reach = (f64::from(REACH) / cutoff).ceil() as usize;
        let mut weights = Vec::with_capacity((PHASES as usize + 1) * reach * 2);
        for phase in 0..=PHASES {
            let between = phase as f64 / PHASES as f64;
            let row = (0..reach * 2).map(|tap| {
                let away = tap as f64 - (reach as f64 - 1.0) - between;
                sinc(away * cutoff) * window(away / reach as f64)
            });
            let row: Vec<f64> = row.collect();
            let sum: f64 = row.iter().sum();
            weights.extend(row.iter().map(|weight| (weight / sum) as f32));
        }
        Self { rate: rate.into(), reach, weights }
    }

    /// How many new samples there are for so many old ones.
    pub fn new_samples(&self, old: u64) -> u64 {
        (u128::from(old) * u128::from(RATE) / u128::from(self.rate)) as u64
    }

    /// Which old samples are needed for the new ones from `from` to `to`: the first, and how many. Those before the beginning are not.
    pub fn needed(&self, from: u64, to: u64) -> (u64, usize) {
        let first = self.place(from).0.saturating_sub(self.reach as u64);
        let end = self.place(to).0 + self.reach as u64 + 1;
        (first, (end - first) as usize)
    }

    /// New samples from `from` to `to`, out of old ones of which the first is number `first`. What is missing is silence.
    pub fn resampled(&self, old: &[f32], first: u64, from: u64, to: u64) -> Vec<f32> {
        let taps = self.reach * 2;
        let sample = |number: u64| {
            let (before, part) = self.place(number);
            let phases = part * PHASES;
            let (phase, mix) = (phases / u64::from(RATE), phases % u64::from(RATE));
            let mix = mix as f32 / RATE as f32;
            let row = phase as usize * taps;
            let (low, high) = (&self.weights[row..row + taps], &self.weights[row + taps..row + 2 * taps]);
            // The first tap may lie before the first old sample.
            let begins = before as i64 - (self.reach as i64 - 1) - first as i64;
            let mut sum = 0.0;
            for (tap, (low, high)) in low.iter().zip(high).enumerate() {
                let at = begins + tap as i64;
                if let Some(old) = usize::try_from(at).ok().and_then(|at| old.get(at)) {
                    sum += old * (low + (high - low) * mix);
                }
            }
            sum
        };
        (from..to).map(sample).collect()
    }

    /// The old sample at or before a new one, and how far behind it that lies in parts of [`RATE`].
    fn place(&self, new: u64) -> (u64, u64) {
        let product = u128::from(new) * u128::from(self.rate);
        ((product / u128::from(RATE)) as u64, (product % u128::from(RATE)) as u64)
    }
}

fn sinc(x: f64) -> f64 {
    let angle = x * std::f64::consts::PI;
    if angle.abs() < 1e-9 { 1.0 } else { angle.sin() / angle }
}

/// Blackman's, from -1 to 1.
fn window(x: f64) -> f64 {
    let angle = x.clamp(-1.0, 1.0) * std::f64::consts::PI;
    0.42 + 0.5 * angle.cos() + 0.08 * (2.0 * angle).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: u32, hz: f64, count: usize) -> Vec<f32> {
        (0..count).map(|at| (at as f64 * hz * std::f64::consts::TAU / f64::from(rate)).sin() as f32).collect()
    }

    #[test]
    fn a_tone_stays_the_tone_at_every_rate() {
        for rate in [8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000] {
            let resampler = Resampler::new(rate);
            let old = tone(rate, 1_000.0, rate as usize);
            let new = resampler.resampled(&old, 0, 0, 48_000);
            // Away from the ends, where there is silence before and after.
            let wanted = tone(RATE, 1_000.0, 48_000);
            let worst = (1_000..47_000).map(|at| (new[at] - wanted[at]).abs()).fold(0f32, f32::max);
            assert!(worst < 0.01, "{rate}: {worst}");
        }
    }

    #[test]
    fn what_cannot_be_carried_is_left_out() {
        let old = tone(96_000, 40_000.0, 96_000);
        let new = Resampler::new(96_000).resampled(&old, 0, 0, 48_000);
        assert!(new[1_000..47_000].iter().all(|sample| sample.abs() < 0.01));
    }

    #[test]
    fn pieces_are_the_whole() {
        let (resampler, old) = (Resampler::new(44_100), tone(44_100, 700.0, 44_100));
        let whole = resampler.resampled(&old, 0, 0, 48_000);
        let mut parts = Vec::new();
        for from in (0..48_000).step_by(7_001) {
            let to = (from + 7_001).min(48_000);
            let (first, count) = resampler.needed(from, to);
            let end = (first as usize + count).min(old.len());
            parts.extend(resampler.resampled(&old[first as usize..end], first, from, to));
        }
        assert_eq!(parts, whole);
    }
}
