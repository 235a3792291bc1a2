//! Plays voice messages and sound files, one at a time: guard's Worker decodes a piece after the other, Web Audio plays the samples.
//!
//! ```text
//!   blob ──► guard: 4 s ──► plays while guard decodes the next 20 s ──► …   the pieces follow without a gap
//! ```

use std::cell::RefCell;

use js_sys::Promise;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AudioBufferSourceNode, AudioContext, Blob};

use super::browser;
use super::guard::{self, Piece, RATE};
use super::loudspeaker::Way;
use crate::engine::read_file;
use crate::locale::t;
use crate::store::Store;
use crate::store::sound::{Heard, Key};

/// The first piece is short, so that it begins at once.
const FIRST_MS: f64 = 4_000.0;
/// Samples in memory grow with it; every piece costs a look through the file.
const PIECE_MS: f64 = 20_000.0;
/// The next piece is decoded this long before it is needed.
const AHEAD_S: f64 = 8.0;
/// How often the screen follows.
const STEP: std::time::Duration = std::time::Duration::from_millis(80);

struct Run {
    store: Store,
    context: AudioContext,
    way: Way,
    sources: Vec<AudioBufferSourceNode>,
    /// Where in the recording, and when by the context's clock, it began.
    from: f64,
    began: f64,
    speed: f64,
    number: u32,
    clock: Option<IntervalHandle>,
}

thread_local! {
    // One at a time: starting another stops it.
    static RUN: RefCell<Option<Run>> = const { RefCell::new(None) };
    // What was heard last is kept decrypted, so that pausing and seeking are quick.
    static LAST: RefCell<Option<(Key, Blob)>> = const { RefCell::new(None) };
    static NUMBER: RefCell<u32> = const { RefCell::new(0) };
}

/// A file to hear.
#[derive(Clone)]
pub struct Wanted {
    /// Which.
    pub key: Key,
    /// The chat it is in.
    pub conversation: String,
    /// Who speaks.
    pub name: String,
    /// Seconds in all, as its message says.
    pub length: f64,
    /// A sound file: nobody is told that it was listened to, and nothing follows it.
    pub is_file: bool,
}

/// Plays, or pauses what plays.
pub fn toggle(store: Store, wanted: Wanted) {
    let playing = store
        .sound
        .heard
        .with_untracked(|heard| heard.as_ref().is_some_and(|heard| heard.key == wanted.key && heard.playing));
    if playing {
        return pause(store);
    }
    let from = store.sound.places.with_untracked(|places| places.get(&wanted.key).copied()).unwrap_or(0.0);
    play(store, wanted, from);
}

/// Plays from a place in seconds on.
pub fn play(store: Store, wanted: Wanted, from: f64) {
    pause(store);
    let from = if from >= wanted.length - 0.1 { 0.0 } else { from.max(0.0) };
    let heard = Heard {
        key: wanted.key.clone(),
        conversation: wanted.conversation.clone(),
        name: wanted.name.clone(),
        at: from,
        length: wanted.length,
        is_file: wanted.is_file,
        playing: true,
    };
    store.sound.heard.set(Some(heard));
    let first = store.sound.listened.try_update(|all| all.insert(wanted.key.clone())).unwrap_or(false);
    if first && !wanted.conversation.is_empty() && !wanted.is_file {
        store.listened(wanted.key.0.clone());
    }
    let number = NUMBER.with_borrow_mut(|number| {
        *number = number.wrapping_add(1);
        *number
    });
    spawn_local(async move {
        if let Err(sentence) = run(store, &wanted, from, number).await
            && is_now(number)
        {
            close(store);
            store.say(sentence);
        }
    });
}

/// Goes to a place in seconds, in what is heard or in what will be.
pub fn seek(store: Store, wanted: Wanted, to: f64) {
    let playing = store.sound.heard.with_untracked(|heard| {
        heard.as_ref().filter(|heard| heard.key == wanted.key).map(|heard| heard.playing)
    });
    let to = to.clamp(0.0, wanted.length);
    store.sound.leave(&wanted.key, to);
    match playing {
        Some(true) => play(store, wanted, to),
        Some(false) => store.sound.heard.update(|heard| {
            if let Some(heard) = heard {
                heard.at = to;
            }
        }),
        None => {}
    }
}

/// Stops where it is, to go on from there.
pub fn pause(store: Store) {
    NUMBER.with_borrow_mut(|number| *number = number.wrapping_add(1));
    if let Some(run) = RUN.take() {
        run.end();
    }
    store.sound.heard.update(|heard| {
        if let Some(heard) = heard {
            heard.playing = false;
            store.sound.leave(&heard.key, heard.at);
        }
    });
}

/// Stops and puts it away.
pub fn close(store: Store) {
    pause(store);
    store.sound.heard.set(None);
    LAST.take();
}

/// The same where it is of this message, which is not to be heard any more.
pub fn close_of(store: Store, message: &str) {
    let is_heard =
        store.sound.heard.with_untracked(|heard| heard.as_ref().is_some_and(|heard| heard.key.0 == message));
    if is_heard || LAST.with_borrow(|last| last.as_ref().is_some_and(|(key, _)| key.0 == message)) {
        close(store);
    }
}

/// Makes what was just recorded ready to be heard.
pub fn lay_ready(key: Key, blob: Blob) {
    LAST.set(Some((key, blob)));
}

/// The next of the speeds, at once.
pub fn faster(store: Store) {
    store.sound.speed.set(store.sound.next_speed());
    again(store);
}

/// Another loudspeaker, at once. Empty is the system's choice.
pub fn through(store: Store, output: String) {
    store.sound.output.set(output);
    again(store);
}

fn again(store: Store) {
    let heard = store.sound.heard.get_untracked();
    if let Some(heard) = heard.filter(|heard| heard.playing) {
        let wanted = Wanted {
            key: heard.key,
            conversation: heard.conversation,
            name: heard.name,
            length: heard.length,
            is_file: heard.is_file,
        };
        play(store, wanted, heard.at);
    }
}

async fn run(store: Store, wanted: &Wanted, from: f64, number: u32) -> Result<(), String> {
    let broken = |_: JsValue| t("voice-broken");
    let speed = store.sound.speed.get_untracked();
    let context = AudioContext::new().map_err(broken)?;
    let way = Way::to(&context, &store.sound.output.get_untracked()).await;
    let blob = blob_of(&wanted.key, number).await.inspect_err(|_| browser::unheeded(context.close()))?;
    if !is_now(number) {
        browser::unheeded(context.close());
        return Ok(());
    }
    let clock = set_interval_with_handle(move || follow(number), STEP).ok();
    RUN.set(Some(Run {
        store,
        context: context.clone(),
        way,
        sources: Vec::new(),
        from,
        began: f64::INFINITY,
        speed: f64::from(speed) / 100.0,
        number,
        clock,
    }));
    let (mut at_ms, mut length_ms, mut due) = (from * 1_000.0, FIRST_MS, 0.0f64);
    loop {
        let piece = guard::sound(&wanted.key, &blob, at_ms, length_ms, speed).await?;
        if !is_now(number) {
            return Ok(());
        }
        let ends = at_ms + length_ms >= piece.total_ms;
        if piece.samples.is_empty() && !ends {
            return Err(t("voice-broken"));
        }
        due = due.max(context.current_time() + 0.02);
        RUN.with_borrow_mut(|run| {
            if let Some(run) = run
                && run.began.is_infinite()
            {
                run.began = due;
                let length = piece.total_ms / 1_000.0;
                run.store.sound.heard.update(|heard| {
                    if let Some(heard) = heard {
                        heard.length = length;
                    }
                });
            }
        });
        due += put(&context, &piece, due).map_err(broken)?;
        at_ms += length_ms;
        length_ms = PIECE_MS;
        let until = if ends { due } else { due - AHEAD_S };
        pause_for((until - context.current_time()).max(0.0)).await;
        // A context that the system stopped for a while runs late.
        while is_now(number) && context.current_time() < until {
            pause_for(0.1).await;
        }
        if !is_now(number) {
            return Ok(());
        }
        if ends {
            ended(store, wanted);
            return Ok(());
        }
    }
}

/// Puts a piece where it belongs in time; how long it takes.
fn put(context: &AudioContext, piece: &Piece, at: f64) -> Result<f64, JsValue> {
    let frames = piece.samples.len() / piece.channels.max(1) as usize;
    if frames == 0 {
        return Ok(0.0);
    }
    let buffer = context.create_buffer(piece.channels, frames as u32, RATE)?;
    for (channel, samples) in (0..).zip(piece.samples.chunks_exact(frames)) {
        buffer.copy_to_channel(samples, channel)?;
    }
    let source = context.create_buffer_source()?;
    source.set_buffer(Some(&buffer));
    RUN.with_borrow_mut(|run| {
        if let Some(run) = run {
            source.connect_with_audio_node(&run.way.node)?;
            source.start_with_when(at)?;
            run.sources.push(source);
            // Two are enough: the one that is heard and the one that follows.
            if run.sources.len() > 3 {
                run.sources.remove(0);
            }
        }
        Ok::<(), JsValue>(())
    })?;
    Ok(buffer.duration())
}

/// At its end: the next of the same person follows.
fn ended(store: Store, wanted: &Wanted) {
    pause(store);
    store.sound.leave(&wanted.key, 0.0);
    match store.next_voice(&wanted.key.0) {
        Some((key, length)) => {
            let next = Wanted {
                key,
                length,
                conversation: wanted.conversation.clone(),
                name: wanted.name.clone(),
                is_file: false,
            };
            play(store, next, 0.0);
        }
        None => store.sound.heard.set(None),
    }
}

fn follow(number: u32) {
    let now = RUN.with_borrow(|run| {
        let run = run.as_ref().filter(|run| run.number == number && run.began.is_finite())?;
        let passed = (run.context.current_time() - run.began).max(0.0) * run.speed;
        Some((run.store, run.from + passed))
    });
    if let Some((store, at)) = now {
        store.sound.heard.update(|heard| {
            if let Some(heard) = heard {
                heard.at = at.min(heard.length);
            }
        });
    }
}

impl Run {
    fn end(self) {
        if let Some(clock) = self.clock {
            clock.clear();
        }
        browser::unheeded(self.context.close());
    }
}

fn is_now(number: u32) -> bool {
    NUMBER.with_borrow(|now| *now == number)
}

async fn blob_of(key: &Key, number: u32) -> Result<Blob, String> {
    let kept =
        LAST.with_borrow(|last| last.as_ref().filter(|(of, _)| of == key).map(|(_, blob)| blob.clone()));
    if let Some(blob) = kept {
        return Ok(blob);
    }
    let blob = read_file(&key.0, key.1).await.map_err(|error| error.message)?;
    // Put away meanwhile, it is not kept.
    if is_now(number) {
        LAST.set(Some((key.clone(), blob.clone())));
    }
    Ok(blob)
}

async fn pause_for(seconds: f64) {
    let promise = Promise::new(&mut |done, _| {
        let _ = leptos::prelude::window()
            .set_timeout_with_callback_and_timeout_and_arguments_0(&done, (seconds * 1_000.0) as i32);
    });
    let _ = JsFuture::from(promise).await;
}
