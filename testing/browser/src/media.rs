//! What a page made of media, what came over its connections, and what that shows and sounds like: as the browser tells it,
//! not as the app does.

use std::f64::consts::TAU;

use serde_json::{Value, json};

use crate::browser::Browser;

/// Samples a second of the tone that a microphone hears.
const RATE: u32 = 48_000;

/// What a page made of media so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// `RTCPeerConnection`s.
    pub connections: u64,
    /// Times that microphone, camera or screen were asked for.
    pub asked: u64,
    /// Workers through which frames pass.
    pub workers: u64,
    /// Scripts of calls that were fetched.
    pub scripts: u64,
}

impl Made {
    /// Nothing.
    pub const NONE: Self = Self { connections: 0, asked: 0, workers: 0, scripts: 0 };
}

impl Browser {
    /// Counts what pages make of media from the next load on, and lets cameras be small and microphones hear all: two
    /// cores have to encode and decode it.
    pub async fn counts_media(&self) {
        let script = json!({"source": include_str!("media.js")});
        self.cdp("Page.addScriptToEvaluateOnNewDocument", script).await;
    }

    /// From the next load on this browser's network lets nothing through but what a TURN server hands on.
    pub async fn is_walled_in(&self) {
        let script = "const Open = RTCPeerConnection; window.RTCPeerConnection = class extends Open { \
             constructor(wanted) { super({ ...wanted, iceTransportPolicy: 'relay' }); } };";
        self.cdp("Page.addScriptToEvaluateOnNewDocument", json!({"source": script})).await;
    }

    /// From the next load on this browser's network lets no UDP through.
    pub async fn is_without_udp(&self) {
        let script = "const Open = RTCPeerConnection; window.RTCPeerConnection = class extends Open { \
             setRemoteDescription({ type, sdp }) { \
             return super.setRemoteDescription({ type, sdp: sdp.replace(/a=candidate:\\S+ \\d+ udp .*\\r\\n/gi, '') }); } };";
        self.cdp("Page.addScriptToEvaluateOnNewDocument", json!({"source": script})).await;
    }

    /// What was made so far.
    pub async fn made(&self) -> Made {
        let script = "const m = window.madeMedia; return [m.connections.length, m.asked, m.workers, \
             performance.getEntriesByType('resource').filter(({ name }) => /\\/(call|frames)/.test(name)).length]";
        let made = self.run(script, Vec::new()).await;
        let number = |at: usize| made[at].as_u64().unwrap_or(u64::MAX);
        Made { connections: number(0), asked: number(1), workers: number(2), scripts: number(3) }
    }

    /// What the newest connection receives: packets of sound, pictures decoded and their size, and by which kind of address.
    pub async fn receives(&self) -> Value {
        self.asks("received").await
    }

    /// What its camera is from now on, in the words of `getUserMedia`; small otherwise.
    pub async fn films(&self, constraints: Value) {
        self.run("window.madeMedia.camera = arguments[0]", vec![constraints]).await;
    }

    /// What microphone, camera or screen were asked for last, as the page said it.
    pub async fn asked_for(&self) -> Value {
        self.run("return window.madeMedia.wanted.at(-1)", Vec::new()).await
    }

    /// The pictures that are wished of the relay now, the most important first: `{device, screen, height}`.
    pub async fn wishes(&self) -> Vec<Value> {
        let wishes = self.run("return window.madeMedia.wishes", Vec::new()).await;
        wishes.as_array().cloned().unwrap_or_default()
    }

    /// The relays that it was told of, as `host:port`.
    pub async fn relays(&self) -> Vec<String> {
        let known = self.run("return window.madeMedia?.relays() ?? []", Vec::new()).await;
        serde_json::from_value(known).unwrap_or_default()
    }

    /// What was said to the relay and by it.
    pub async fn said(&self) -> Value {
        self.asks("said").await
    }

    /// Presses a button that answers a call; gives the milliseconds until the first sound was played.
    pub async fn answers_and_hears(&self, name: &str) -> f64 {
        self.run("window.madeMedia.untilSound(arguments[0])", vec![json!(name)]).await;
        self.press("button", name).await;
        self.asks("soundedAfter").await.as_f64().unwrap_or(f64::INFINITY)
    }

    /// Hertz of what is heard now, the loudest of each voice that sounds.
    pub async fn hears(&self) -> Vec<f64> {
        let heard = self.asks("heard").await;
        heard.as_array().map(|all| all.iter().filter_map(Value::as_f64).collect()).unwrap_or_default()
    }

    /// Waits until a tone is heard.
    pub async fn hears_tone(&self, hz: f64) {
        self.wait(&format!("a tone of {hz} Hz"), async || {
            let heard = self.hears().await;
            let is_it = |found: &f64| (found - hz).abs() < 12.0;
            if heard.iter().any(is_it) { Ok(()) } else { Err(format!("there is {heard:?}")) }
        })
        .await;
    }

    /// Waits until the picture with this name moves: two looks at its pixels differ, and it is not of one colour.
    pub async fn sees_move(&self, name: &str) {
        let mut before: Option<Vec<i64>> = None;
        self.wait(&format!("the picture of {name} to move"), async || {
            let pixels = self.run(include_str!("pixels.js"), vec![json!(name)]).await;
            let pixels = pixels.as_array().ok_or("there is no such picture")?;
            let pixels: Vec<i64> = pixels.iter().filter_map(Value::as_i64).collect();
            let (least, most) = (pixels.iter().min().copied(), pixels.iter().max().copied());
            if most.unwrap_or(0) - least.unwrap_or(0) < 20 {
                return Err("it is of one colour".to_owned());
            }
            let moved = before.as_ref().map(|before| {
                before.iter().zip(&pixels).map(|(one, other)| (one - other).abs()).sum::<i64>()
            });
            before = Some(pixels);
            match moved {
                Some(moved) if moved > 100 => Ok(()),
                _ => Err("it stands still".to_owned()),
            }
        })
        .await;
    }

    async fn asks(&self, what: &str) -> Value {
        let script = "const done = arguments[1]; window.madeMedia[arguments[0]]().then(done, (error) => done(String(error)))";
        let answer = self.driver().execute_async(script, vec![json!(what)]).await;
        answer.map_or(Value::Null, |answer| answer.json().clone())
    }
}

/// A second of a tone, as WAV: 16 bits, one channel. Whole waves, so that it goes on without a click.
pub fn tone(hz: f64) -> Vec<u8> {
    let samples: Vec<u8> = (0..RATE)
        .flat_map(|at| {
            let sample = (f64::from(at) / f64::from(RATE) * hz.round() * TAU).sin() * 12_000.0;
            (sample as i16).to_le_bytes()
        })
        .collect();
    let bytes = samples.len() as u32;
    let mut wav = Vec::with_capacity(samples.len() + 44);
    wav.extend(b"RIFF");
    wav.extend((36 + bytes).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16u32.to_le_bytes());
    for half in [1u16, 1] {
        wav.extend(half.to_le_bytes());
    }
    wav.extend(RATE.to_le_bytes());
    wav.extend((RATE * 2).to_le_bytes());
    for half in [2u16, 16] {
        wav.extend(half.to_le_bytes());
    }
    wav.extend(b"data");
    wav.extend(bytes.to_le_bytes());
    wav.extend(samples);
    wav
}
