//! Guard's Worker, as the page asks it: it decodes in Rust, without keys or network, and gives back pixels and samples.
//! The browser's own decoders never see what somebody sent.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use futures_channel::oneshot;
use js_sys::{Array, Float32Array, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ImageBitmap, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::browser;
use crate::engine::link::{field, object};
use crate::locale::t;

/// Samples a second of every [`Piece`].
pub const RATE: f32 = 48_000.0;

/// A piece of a recording.
pub struct Piece {
    /// All of the first channel, then all of the second.
    pub samples: Vec<f32>,
    /// 1 or 2.
    pub channels: u32,
    /// Of the whole recording.
    pub total_ms: f64,
}

/// The pixels of a picture, at most so large.
pub async fn pixels(blob: &Blob, most: u32) -> Result<ImageBitmap, String> {
    let bytes = JsFuture::from(blob.array_buffer()).await.map_err(|_| t("picture-unreadable"))?;
    let fields = [("bytes", bytes.clone()), ("max", most.into())];
    let answer = ask("picture", &fields, &Array::of1(&bytes), "picture-unreadable").await?;
    field(&answer, "bitmap").dyn_into().map_err(|_| t("picture-unreadable"))
}

/// A piece of a voice message, at a speed in per cent.
pub async fn sound(blob: &Blob, from_ms: f64, length_ms: f64, speed: u16) -> Result<Piece, String> {
    let fields = [
        ("blob", blob.into()),
        ("from", from_ms.into()),
        ("length", length_ms.into()),
        ("speed", speed.into()),
    ];
    let answer = ask("sound", &fields, &Array::new(), "voice-broken").await?;
    let channels = field(&answer, "channels").as_f64().unwrap_or(1.0) as u32;
    let samples = Float32Array::new(&field(&answer, "samples")).to_vec();
    Ok(Piece { samples, channels, total_ms: field(&answer, "total").as_f64().unwrap_or(0.0) })
}

/// A video written anew, for the platform's player.
pub async fn video(blob: &Blob) -> Result<Blob, String> {
    let answer = ask("video", &[("blob", blob.into())], &Array::new(), "video-broken").await?;
    field(&answer, "blob").dyn_into().map_err(|_| t("video-broken"))
}

/// A part of an own video, from the key frame at or before `from_ms`.
pub async fn cut(blob: &Blob, from_ms: f64, to_ms: f64) -> Result<Blob, String> {
    let fields = [("blob", blob.into()), ("from", from_ms.into()), ("to", to_ms.into())];
    let answer = ask("cut", &fields, &Array::new(), "video-broken").await?;
    field(&answer, "blob").dyn_into().map_err(|_| t("video-broken"))
}

/// What a QR code says in a picture of the own camera: four bytes a pixel.
pub async fn code(rgba: Vec<u8>, width: u32, height: u32) -> Result<Option<String>, String> {
    let bytes: JsValue = js_sys::Uint8Array::from(&rgba[..]).buffer().into();
    let fields = [("bytes", bytes.clone()), ("width", width.into()), ("height", height.into())];
    let answer = ask("code", &fields, &Array::of1(&bytes), "scan-failed").await?;
    Ok(field(&answer, "text").as_string())
}

type Answer = Result<JsValue, String>;

struct Guard {
    worker: Worker,
    next: Cell<u32>,
    waiting: RefCell<HashMap<u32, oneshot::Sender<Answer>>>,
}

/// By which an answer says what it answers.
const JOBS: [&str; 5] = ["picture", "sound", "video", "cut", "code"];

thread_local! {
    // Started with the first question; a decoder that dies is started anew with the next.
    static GUARD: RefCell<Option<Guard>> = const { RefCell::new(None) };
}

/// `broken` is the sentence for a guard that says nothing itself.
async fn ask(job: &str, fields: &[(&str, JsValue)], transfer: &Array, broken: &str) -> Answer {
    let message = object(fields);
    let answer = GUARD.with_borrow_mut(|guard| {
        if guard.is_none() {
            *guard = start();
        }
        let guard = guard.as_ref()?;
        let number = guard.next.replace(guard.next.get() + 1);
        let (sender, receiver) = oneshot::channel();
        guard.waiting.borrow_mut().insert(number, sender);
        let _ = Reflect::set(&message, &job.into(), &number.into());
        guard.worker.post_message_with_transfer(&message, transfer).ok()?;
        Some(receiver)
    });
    match answer {
        Some(answer) => answer.await.unwrap_or_else(|_| Err(t(broken))),
        None => Err(t(broken)),
    }
}

fn start() -> Option<Guard> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let worker = Worker::new_with_options(&browser::file("guard-worker.js"), &options).ok()?;
    let heard = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| {
        let data = event.data();
        let Some(number) = JOBS.iter().find_map(|job| field(&data, job).as_f64()) else { return };
        let answer = match field(&data, "error").as_string() {
            Some(error) => Err(error),
            None => Ok(data),
        };
        let sender = GUARD.with_borrow(|guard| {
            guard.as_ref().and_then(|guard| guard.waiting.borrow_mut().remove(&(number as u32)))
        });
        if let Some(sender) = sender {
            let _ = sender.send(answer);
        }
    });
    worker.set_onmessage(Some(heard.into_js_value().unchecked_ref()));
    let broke = Closure::<dyn Fn()>::new(|| {
        // Whoever waits hears that it could not be decoded.
        GUARD.with_borrow_mut(|guard| {
            if let Some(guard) = guard.take() {
                guard.worker.terminate();
            }
        });
    });
    worker.set_onerror(Some(broke.into_js_value().unchecked_ref()));
    Some(Guard { worker, next: Cell::new(1), waiting: RefCell::default() })
}
