//! Speech faster or slower at the same pitch: overlapping windows, each taken from where it fits best onto what came
//! before (WSOLA: Verhelst and Roelands, 1993).

/// Samples of a window at 48 kHz: 40 ms, some periods of a low voice.
const WINDOW: usize = 1_920;
/// Windows follow each other at this distance in the output.
const HOP: usize = WINDOW / 2;
/// How far from its place a window may be taken: a period of a low voice.
const REACH: usize = 480;
/// Only every so many samples are compared. Fewer would save time and hear fewer beginnings.
const STEP: usize = 6;

/// `planes` at `speed` times their speed. All planes are moved together, so that left and right stay in step.
pub(crate) fn stretch(planes: &[Vec<f32>], speed: f64) -> Vec<Vec<f32>> {
    let length = planes.iter().map(Vec::len).min().unwrap_or(0);
    if length < WINDOW + 2 * REACH || !(0.25..=4.0).contains(&speed) {
        return planes.to_vec();
    }
    let mixed: Vec<f32> = (0..length).map(|at| planes.iter().map(|plane| plane[at]).sum()).collect();
    let rise: Vec<f32> =
        (0..HOP).map(|at| (std::f32::consts::PI * at as f32 / HOP as f32).cos().mul_add(-0.5, 0.5)).collect();
    let last = length - WINDOW;
    let mut output: Vec<Vec<f32>> = planes.iter().map(|plane| plane[..HOP].to_vec()).collect();
    let mut taken = 0;
    for window in 1.. {
        let place = (window as f64 * HOP as f64 * speed) as usize;
        let follows = taken + HOP;
        if place > last || follows > last {
            break;
        }
        let next = best(&mixed, place, follows, last);
        // What followed in the original fades into the window that is taken.
        for (plane, output) in planes.iter().zip(&mut output) {
            for at in 0..HOP {
                output.push(plane[follows + at].mul_add(1.0 - rise[at], plane[next + at] * rise[at]));
            }
        }
        taken = next;
    }
    for (plane, output) in planes.iter().zip(&mut output) {
        output.extend_from_slice(&plane[(taken + HOP).min(length)..(taken + WINDOW).min(length)]);
    }
    output
}

/// The beginning near `place` whose window is most like the one at `follows`.
fn best(mixed: &[f32], place: usize, follows: usize, last: usize) -> usize {
    let wanted = &mixed[follows..follows + HOP];
    let likeness = |from: usize| {
        let (mut product, mut energy) = (0f32, 1e-6f32);
        for at in (0..HOP).step_by(STEP) {
            let sample = mixed[from + at];
            product += sample * wanted[at];
            energy += sample * sample;
        }
        product / energy.sqrt()
    };
    let candidates = (place.saturating_sub(REACH)..=(place + REACH).min(last)).step_by(STEP);
    let best = candidates.map(|from| (from, likeness(from))).max_by(|a, b| a.1.total_cmp(&b.1));
    best.map_or(place, |(from, _)| from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_keeps_its_pitch() {
        let tone = |at: usize| (at as f32 * 220.0 * std::f32::consts::TAU / 48_000.0).sin() * 0.5;
        let planes: Vec<Vec<f32>> = vec![(0..96_000).map(tone).collect(); 2];
        for speed in [0.5, 1.5, 2.0] {
            let output = stretch(&planes, speed);
            assert_eq!(output[0], output[1]);
            let length = output[0].len() as f64;
            assert!((length * speed / 96_000.0 - 1.0).abs() < 0.06, "{speed}: {length}");
            let crossings = output[0].windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
            let pitch = crossings as f64 * 48_000.0 / length;
            assert!((pitch - 220.0).abs() < 6.0, "{speed}: {pitch} Hz");
        }
    }

    #[test]
    fn what_is_too_short_stays() {
        assert_eq!(stretch(&[vec![0.5; 100]], 2.0), [vec![0.5; 100]]);
        assert_eq!(stretch(&[], 2.0), Vec::<Vec<f32>>::new());
    }
}
