//! Guard, as the page asks it: it decodes in Rust, without keys or network, and gives back pixels and samples.
//! The browser's own decoders never see what somebody sent.
//!
//! One job at a time. Which received file is being looked into stands in the browser's storage meanwhile: what is found there
//! by whoever gets the engine next brought everything down, and is left alone from then on (`guard.note`). So it stands there
//! only while nothing but the file could end this page: a page that is hidden, closed or gives the engine away takes it back.

mod frame;

use std::cell::{Cell, RefCell};
use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use casemate_api::Command;
use casemate_api::command::{GuardNote, GuardOutcome};
use futures_channel::oneshot;
use js_sys::{Array, Float32Array, Object, Reflect, Uint8ClampedArray};
use leptos::leptos_dom::helpers::IntervalHandle;
use leptos::prelude::{
    ArcRwSignal, Effect, Get, GetUntracked, Set, set_interval_with_handle, window,
    window_event_listener_untyped,
};
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ImageBitmap, MessageEvent, MessagePort};

pub use frame::{lend, load};

use super::browser;
use crate::engine::link::{field, object};
use crate::engine::{ask as ask_engine, read_file};
use crate::locale::{t, ta};
use crate::store::sound::Key;
use crate::text::kind;
use crate::text::looked::Looked;

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

/// A decoded picture.
pub struct Shown {
    /// Its pixels, or those of its first frame.
    pub bitmap: ImageBitmap,
    /// Whether more follow, to be asked for with [`frames`].
    pub moves: bool,
    /// What playing it takes of memory, in bytes, about.
    pub weight: f64,
}

/// Frames of a moving picture that follow one another.
pub struct Frames {
    /// Number of the first.
    pub from: u32,
    /// After them it begins anew.
    pub ends: bool,
    /// Of each.
    pub width: u32,
    /// Of each.
    pub height: u32,
    /// How long each is to be seen, in milliseconds.
    pub delays_ms: Vec<u32>,
    /// Four bytes a pixel, a frame after the other; not in the page's own memory.
    pub pixels: Uint8ClampedArray,
}

/// The pixels of a received picture, at most so large.
pub async fn picture(of: &Key, most: u32) -> Result<Shown, String> {
    let blob = read_file(&of.0, of.1).await.map_err(|error| error.message)?;
    pixels_of(&blob, most, Some(of)).await
}

/// The pixels of an own one.
pub async fn pixels(blob: &Blob, most: u32) -> Result<Shown, String> {
    pixels_of(blob, most, None).await
}

/// The pixels of a picture that is not the file itself, but came with it.
pub async fn pixels_of(blob: &Blob, most: u32, of: Option<&Key>) -> Result<Shown, String> {
    let bytes = JsFuture::from(blob.array_buffer()).await.map_err(|_| t("picture-unreadable"))?;
    let fields = [("bytes", bytes.clone()), ("max", most.into())];
    let answer = ask("picture", of, &fields, &Array::of1(&bytes), "picture-unreadable").await?;
    let bitmap = field(&answer, "bitmap").dyn_into().map_err(|_| t("picture-unreadable"))?;
    let number = |name| field(&answer, name).as_f64().unwrap_or(0.0);
    // Its file, and what a decoder keeps of three frames.
    let weight = blob.size() + number("width") * number("height") * 12.0;
    Ok(Shown { bitmap, moves: number("frames") > 1.0, weight })
}

/// Frames of a moving picture from a number on; they begin anew where guard did not expect that one. `player` is a number of
/// whoever asks, for whom guard keeps it open until [`let_go`].
pub async fn frames(of: &Key, player: u32, blob: &Blob, most: u32, from: u32) -> Result<Frames, String> {
    let fields = [("of", player.into()), ("blob", blob.into()), ("max", most.into()), ("from", from.into())];
    let answer = ask("moving", Some(of), &fields, &Array::new(), "picture-unreadable").await?;
    let number = |name| field(&answer, name).as_f64().unwrap_or(0.0) as u32;
    Ok(Frames {
        from: number("from"),
        ends: field(&answer, "ends").is_truthy(),
        width: number("width"),
        height: number("height"),
        delays_ms: js_sys::Uint32Array::new(&field(&answer, "delays")).to_vec(),
        pixels: Uint8ClampedArray::new(&field(&answer, "pixels")),
    })
}

/// It is not played any more.
pub fn let_go(player: u32) {
    spawn_local(async move {
        // A guard that is gone has nothing open.
        let _ = ask("moving", None, &[("of", player.into())], &Array::new(), "picture-unreadable").await;
    });
}

/// A piece of a voice message, at a speed in per cent.
pub async fn sound(of: &Key, blob: &Blob, from_ms: f64, length_ms: f64, speed: u16) -> Result<Piece, String> {
    let fields = [
        ("blob", blob.into()),
        ("from", from_ms.into()),
        ("length", length_ms.into()),
        ("speed", speed.into()),
    ];
    let answer = ask("sound", Some(of), &fields, &Array::new(), "voice-broken").await?;
    let channels = field(&answer, "channels").as_f64().unwrap_or(1.0) as u32;
    let samples = Float32Array::new(&field(&answer, "samples")).to_vec();
    Ok(Piece { samples, channels, total_ms: field(&answer, "total").as_f64().unwrap_or(0.0) })
}

/// A received video written anew, for the platform's player.
pub async fn video(of: &Key) -> Result<Blob, String> {
    let blob = read_file(&of.0, of.1).await.map_err(|error| error.message)?;
    let answer = ask("video", Some(of), &[("blob", blob.into())], &Array::new(), "video-broken").await?;
    field(&answer, "blob").dyn_into().map_err(|_| t("video-broken"))
}

/// A part of an own video, and at which of its milliseconds that begins: a little later than `from_ms`, or earlier where nothing
/// of the part can be shown by itself.
pub async fn cut(blob: &Blob, from_ms: f64, to_ms: f64) -> Result<(Blob, f64), String> {
    let fields = [("blob", blob.into()), ("from", from_ms.into()), ("to", to_ms.into())];
    let answer = ask("cut", None, &fields, &Array::new(), "video-broken").await?;
    let part = field(&answer, "blob").dyn_into().map_err(|_| t("video-broken"))?;
    Ok((part, field(&answer, "begins").as_f64().unwrap_or(from_ms)))
}

/// What a QR code says in a picture of the own camera: four bytes a pixel.
pub async fn code(rgba: Vec<u8>, width: u32, height: u32) -> Result<Option<String>, String> {
    let bytes: JsValue = js_sys::Uint8Array::from(&rgba[..]).buffer().into();
    let fields = [("bytes", bytes.clone()), ("width", width.into()), ("height", height.into())];
    let answer = ask("code", None, &fields, &Array::of1(&bytes), "scan-failed").await?;
    Ok(field(&answer, "text").as_string())
}

/// What a received file is by its contents, and what about it may hurt whoever opens it with another program.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Look {
    /// Its media type.
    pub media_type: String,
    /// By the ids of guard.
    pub warnings: Vec<String>,
}

thread_local! {
    static LOOKED: RefCell<Looked<Look>> = RefCell::default();
}

/// What a file of that hash and name turned out to be before, in the life of this page.
pub fn looked(sha256: &str, name: &str) -> Option<Look> {
    LOOKED.with_borrow(|looked| looked.get(sha256, name))
}

/// Looks into a received file, once: its row is drawn anew with each change of its message. `sha256` is what its bytes were
/// compared with when they arrived.
pub async fn look_once(of: &Key, blob: &Blob, sha256: &str, name: &str) -> Result<Look, String> {
    let look = look(of, blob, name).await?;
    LOOKED.with_borrow_mut(|looked| looked.keep(sha256, name, look.clone()));
    Ok(look)
}

/// Looks into a received file.
pub async fn look(of: &Key, blob: &Blob, name: &str) -> Result<Look, String> {
    let fields = [("blob", blob.into()), ("name", name.into())];
    let answer = ask("warnings", Some(of), &fields, &Array::new(), "file-unread").await?;
    let ids = field(&answer, "ids").as_string().unwrap_or_default();
    let mut ids = ids.split_whitespace().map(str::to_owned);
    Ok(Look { media_type: ids.next().unwrap_or_default(), warnings: ids.collect() })
}

/// What a received document is by its contents, and what it says.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
pub struct Reading {
    /// Its media type.
    #[serde(rename = "type")]
    pub media_type: String,
    /// Plain text; none where nothing reads this type.
    #[serde(default)]
    pub text: Option<String>,
    /// There is more of it.
    #[serde(default)]
    pub cut: bool,
    /// What about it may hurt, where nothing reads it.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// Reads a received document.
pub async fn read(of: &Key) -> Result<Reading, String> {
    let blob = read_file(&of.0, of.1).await.map_err(|error| error.message)?;
    let answer = ask("read", Some(of), &[("blob", blob.into())], &Array::new(), "file-unread").await?;
    let found = field(&answer, "found").as_string().unwrap_or_default();
    serde_json::from_str(&found).map_err(|_| t("file-unread"))
}

/// Where it stands what is being looked into.
const MARK: &str = "looking";

/// Follows how this page is left, from its start on. What ends in good order was not brought down: a page that is closed, and one
/// that is hidden, which phones end without a word.
pub fn attend() {
    let _ = window_event_listener_untyped("pagehide", |_| unmark());
    let _ = window_event_listener_untyped("visibilitychange", |_| match browser::is_visible() {
        true => mark(),
        false => unmark(),
    });
}

/// The engine is here. Tells it what was being looked into when whoever had it before ended; before anything is looked into.
pub fn begin() {
    RESTING.set(false);
    // Locked and opened again meanwhile: the mark is this page's own.
    if GUARD.with_borrow(|guard| guard.current.is_some()) {
        return;
    }
    let Some(storage) = storage() else { return };
    let mark = storage.get_item(MARK).ok().flatten();
    let _ = storage.remove_item(MARK);
    let key = mark.as_deref().and_then(|mark| mark.split_once(' '));
    if let Some((message, index)) = key
        && let Ok(index) = index.parse()
    {
        note(&(message.to_owned(), index), GuardOutcome::Killed);
    }
}

/// The engine goes to another tab, which would take this one's mark for that of a page that was brought down. Nothing is looked
/// into here until [`begin`].
pub fn rest() {
    RESTING.set(true);
    // Whoever waits hears that nothing was looked into.
    let waiting = GUARD.with_borrow_mut(|guard| std::mem::take(&mut guard.waiting));
    drop(waiting);
    anew(Answer::NotStarted);
}

/// Whether nothing is looked into here, since another tab has the engine.
fn rests() -> bool {
    RESTING.get()
}

/// Whether the decoders could not be fetched when they were last needed. To be followed.
pub fn is_away() -> bool {
    AWAY.with(|away| away.get())
}

/// Has them fetched again, where they could not be.
pub fn try_again() {
    if AWAY.with(|away| away.get_untracked()) {
        spawn_local(async { drop(load().await) });
    }
}

/// Asks for what is to be shown, and once more when decoders arrive that were away. `act` says whether it asked: it may wait for
/// something of its own.
pub fn when_here(act: impl Fn() -> bool + 'static) {
    Effect::new(move |asked: Option<bool>| {
        let is_away = is_away();
        if asked == Some(true) && is_away { true } else { act() }
    });
}

fn arrived(is_here: bool) {
    if AWAY.with(|away| away.get_untracked() == is_here) {
        AWAY.with(|away| away.set(!is_here));
    }
}

/// A job for guard.
struct Job {
    kind: &'static str,
    of: Option<Key>,
    message: Object,
    transfer: Array,
    sender: oneshot::Sender<Answer>,
}

enum Answer {
    Done(JsValue),
    Refused(String),
    Crashed,
    TooLong,
    NotStarted,
    Away(String),
}

struct Current {
    kind: &'static str,
    number: f64,
    /// The received file that it is about.
    of: Option<Key>,
    sender: oneshot::Sender<Answer>,
    watch: Option<IntervalHandle>,
}

#[derive(Default)]
struct Guard {
    port: Option<MessagePort>,
    /// It has answered since it was started.
    answered: bool,
    current: Option<Current>,
    waiting: VecDeque<Job>,
    last: f64,
}

thread_local! {
    static GUARD: RefCell<Guard> = RefCell::default();
    static AWAY: ArcRwSignal<bool> = ArcRwSignal::new(false);
    // The engine is another tab's.
    static RESTING: Cell<bool> = const { Cell::new(false) };
    // The mark is this page's: another tab's stays.
    static MARKED: Cell<bool> = const { Cell::new(false) };
    // What was said of once: a picture that guard refuses is drawn whenever it comes into sight.
    static REFUSED: RefCell<HashSet<Key>> = RefCell::default();
}

/// `broken` is the sentence for a guard that says nothing itself.
async fn ask(
    kind: &'static str,
    of: Option<&Key>,
    fields: &[(&str, JsValue)],
    transfer: &Array,
    broken: &str,
) -> Result<JsValue, String> {
    // The engine may go to another tab while the decoders come; without it there is nothing to fetch them for.
    if rests() {
        return Err(t(broken));
    }
    load().await?;
    if rests() {
        return Err(t(broken));
    }
    let (sender, receiver) = oneshot::channel();
    let job = Job { kind, of: of.cloned(), message: object(fields), transfer: transfer.clone(), sender };
    GUARD.with_borrow_mut(|guard| guard.waiting.push_back(job));
    next();
    let answer = receiver.await.unwrap_or(Answer::NotStarted);
    let (outcome, words) = match answer {
        Answer::Done(answer) => return Ok(answer),
        Answer::Refused(why) => match why.strip_prefix("not-decoded ") {
            // Nothing is wrong with it: it is of a kind that nobody here decodes.
            Some(media_type) => {
                let kind = t(kind::named(media_type).unwrap_or("kind-picture"));
                (None, ta("picture-not-decoded", &[("type", kind.into())]))
            }
            None => (Some(GuardOutcome::Refused), why),
        },
        Answer::Crashed => (Some(GuardOutcome::Crashed), t("guard-crashed")),
        Answer::TooLong => (Some(GuardOutcome::TooLong), t("guard-too-long")),
        Answer::NotStarted => (None, t(broken)),
        Answer::Away(why) => (None, why),
    };
    if let (Some(of), Some(outcome)) = (of, outcome)
        && (outcome != GuardOutcome::Refused || REFUSED.with_borrow_mut(|known| known.insert(of.clone())))
    {
        note(of, outcome);
    }
    Err(words)
}

fn note(of: &Key, outcome: GuardOutcome) {
    let note = GuardNote { message: of.0.clone(), index: of.1, outcome };
    spawn_local(async move {
        // A file that was taken back meanwhile is not there to be noted.
        let _ = ask_engine::<serde_json::Value>(Command::GuardNote(note)).await;
    });
}

fn next() {
    let mut posts = None;
    let posted = GUARD.with_borrow_mut(|guard| {
        if guard.current.is_some() || guard.waiting.is_empty() {
            return true;
        }
        if guard.port.is_none() {
            guard.answered = false;
        }
        let Some(port) = guard.port.clone() else { return false };
        let Some(job) = guard.waiting.pop_front() else { return true };
        guard.last += 1.0;
        let _ = Reflect::set(&job.message, &job.kind.into(), &guard.last.into());
        let watch = watch(patience_s(&job.message, guard.answered));
        guard.current =
            Some(Current { kind: job.kind, number: guard.last, of: job.of, sender: job.sender, watch });
        posts = Some((port, job.message, job.transfer));
        true
    });
    if let Some((port, message, transfer)) = posts {
        mark();
        // What cannot be handed over is not answered, which is noticed.
        let _ = port.post_message_with_transferable(&message, &transfer);
    }
    if posted {
        return;
    }
    // Outside of the loan: starting may end at once.
    match frame::channel() {
        Some(port) => {
            let heard = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| heard(event.data()));
            port.set_onmessage(Some(heard.into_js_value().unchecked_ref()));
            GUARD.with_borrow_mut(|guard| guard.port = Some(port));
            next();
        }
        None => {
            if let Some(job) = GUARD.with_borrow_mut(|guard| guard.waiting.pop_front()) {
                let _ = job.sender.send(Answer::NotStarted);
            }
        }
    }
}

/// Longer than guard's frame gives itself: if nobody answers by then, the frame itself is gone.
fn patience_s(message: &Object, answered: bool) -> u64 {
    let bytes = field(message, "blob").dyn_ref::<Blob>().map_or(0.0, Blob::size);
    let starting = if answered { 0 } else { 60 };
    25 + starting + (bytes / 10_485_760.0) as u64
}

/// Waits so many seconds for an answer, one after the other. A device that slept, or a tab that was frozen, has all timers that
/// are due run before the answer that came meanwhile: one long one would end what was about to be answered.
fn watch(seconds: u64) -> Option<IntervalHandle> {
    let left = Cell::new(seconds);
    let tick = move || match left.get() {
        0 => gone(),
        now => left.set(now - 1),
    };
    set_interval_with_handle(tick, Duration::from_secs(1)).ok()
}

fn heard(data: JsValue) {
    let current = GUARD.with_borrow_mut(|guard| {
        guard.answered = true;
        let is_now = |now: &mut Current| field(&data, now.kind).as_f64() == Some(now.number);
        guard.current.take_if(is_now)
    });
    let Some(current) = current else { return };
    let answer = match (field(&data, "broke").as_string().as_deref(), field(&data, "error").as_string()) {
        (Some("too_long"), _) => Answer::TooLong,
        (Some("started"), _) => Answer::NotStarted,
        (Some("away"), why) => {
            // This channel leads nowhere.
            GUARD.with_borrow_mut(|guard| guard.port = None);
            Answer::Away(why.unwrap_or_default())
        }
        (Some(_), _) => Answer::Crashed,
        (None, Some(why)) => Answer::Refused(why),
        (None, None) => Answer::Done(data),
    };
    finish(current, answer);
}

/// Guard could not be started.
pub(super) fn broke() {
    anew(Answer::NotStarted);
}

/// Nobody answered.
fn gone() {
    let answered = GUARD.with_borrow(|guard| guard.answered);
    anew(if answered { Answer::Crashed } else { Answer::NotStarted });
}

/// Ends what there is of guard; the next job starts another one.
fn anew(answer: Answer) {
    frame::end();
    let current = GUARD.with_borrow_mut(|guard| {
        guard.port = None;
        guard.current.take()
    });
    if let Some(current) = current {
        finish(current, answer);
    }
}

fn finish(current: Current, answer: Answer) {
    unmark();
    if let Some(watch) = current.watch {
        watch.clear();
    }
    let _ = current.sender.send(answer);
    next();
}

/// Says what is being looked into, while this page can be seen: one that is not may be ended for any reason.
fn mark() {
    let of = GUARD.with_borrow(|guard| guard.current.as_ref().and_then(|current| current.of.clone()));
    if let Some((message, index)) = of
        && browser::is_visible()
        && let Some(storage) = storage()
    {
        MARKED.set(storage.set_item(MARK, &format!("{message} {index}")).is_ok());
    }
}

fn unmark() {
    if MARKED.replace(false)
        && let Some(storage) = storage()
    {
        let _ = storage.remove_item(MARK);
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}
