//! The sounds of a new message and of a call: short notes, made here. No file, and nothing received, is played.

use std::cell::RefCell;
use std::f32::consts::TAU;

use web_sys::AudioContext;

use super::browser;

/// Notes in hertz, one after the other.
const NOTES: [f32; 2] = [659.3, 880.0];

/// Those of a call.
const RING: [f32; 4] = [523.3, 659.3, 784.0, 659.3];

/// Seconds a note takes, and its loudness.
const SECONDS: f32 = 0.11;
const LOUDNESS: f32 = 0.12;

/// Messages that come together make one sound.
const APART_MS: f64 = 1_500.0;

thread_local! {
    // A browser gives a page few of these.
    static CONTEXT: RefCell<Option<(AudioContext, f64)>> = const { RefCell::new(None) };
}

/// Plays it. Browsers keep silent until the person has touched the page once.
pub fn arrived() {
    play_apart(&NOTES, 1.0);
}

/// A call rings, once.
pub fn rings() {
    play_apart(&RING, 2.2);
}

fn play_apart(notes: &[f32], longer: f32) {
    let now = js_sys::Date::now();
    CONTEXT.with_borrow_mut(|kept| {
        if kept.is_none() {
            *kept = AudioContext::new().ok().map(|context| (context, 0.0));
        }
        if let Some((context, last)) = kept
            && now - *last > APART_MS
        {
            *last = now;
            browser::unheeded(context.resume());
            play(context, notes, SECONDS * longer);
        }
    });
}

fn play(context: &AudioContext, notes: &[f32], seconds: f32) -> Option<()> {
    let rate = context.sample_rate();
    let length = (rate * seconds) as usize;
    let mut samples = Vec::with_capacity(length * notes.len());
    for note in notes {
        samples.extend((0..length).map(|at| {
            let passed = at as f32 / length as f32;
            // Swells in a moment and dies away, so that it does not click.
            let swell = (passed * 20.0).min(1.0) * (1.0 - passed).powi(2);
            (at as f32 / rate * note * TAU).sin() * swell * LOUDNESS
        }));
    }
    let buffer = context.create_buffer(1, samples.len() as u32, rate).ok()?;
    buffer.copy_to_channel(&samples, 0).ok()?;
    let source = context.create_buffer_source().ok()?;
    source.set_buffer(Some(&buffer));
    source.connect_with_audio_node(&context.destination()).ok()?;
    source.start().ok()
}
