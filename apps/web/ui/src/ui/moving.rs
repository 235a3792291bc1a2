//! Moving pictures: guard decodes some frames, the canvas shows one after the other, and the next are asked for meanwhile. They play while
//! they are in sight and the system does not ask for less movement; a few at a time, and nothing is kept of one that does not play.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use futures_channel::oneshot;
use js_sys::Array;
use leptos::html::Canvas;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, HtmlCanvasElement, ImageData, IntersectionObserver, IntersectionObserverEntry};

use super::canvas::pen;
use super::guard::{self, Frames};
use super::icon::{Icon, icon};
use crate::engine::read_file;
use crate::locale::t;
use crate::store::matches;
use crate::store::sound::Key;

/// Pixels of the longer side in a conversation, about.
pub const SMALL: u32 = 640;
/// And in the viewer.
pub const LARGE: u32 = 1_440;

/// That play at the same time. Each holds two windows of frames, 12 MB, in the browser.
const AT_ONCE: usize = 6;
/// What guard keeps of all of them together, in bytes, where it ends by itself at twice as much.
const WEIGHT: f64 = 96.0 * 1024.0 * 1024.0;

/// A picture that may move.
#[derive(Clone, Copy)]
pub struct Motion {
    /// What playing it takes of memory; nothing where it stands still.
    pub weight: RwSignal<Option<f64>>,
    playing: RwSignal<bool>,
    /// What the person asked for.
    wish: RwSignal<Option<bool>>,
}

impl Motion {
    /// Of one of which nothing is known yet.
    pub fn new() -> Self {
        Self { weight: RwSignal::new(None), playing: RwSignal::new(false), wish: RwSignal::new(None) }
    }

    /// Whether it can be played.
    pub fn moves(self) -> bool {
        self.weight.with(Option::is_some)
    }

    /// Whether it plays now.
    pub fn plays(self) -> bool {
        self.playing.get()
    }

    /// Plays it, or lets it stand still.
    pub fn toggle(self) {
        let plays = self.playing.get_untracked();
        self.wish.set(Some(!plays));
    }

    /// By the person's word, or else by the system's.
    fn is_wanted(self) -> bool {
        let wish = self.wish.try_get_untracked().flatten();
        wish.unwrap_or_else(|| !matches("(prefers-reduced-motion: reduce)"))
    }
}

/// One that plays.
struct Playing {
    number: u32,
    weight: f64,
    motion: Motion,
}

thread_local! {
    static PLAYING: RefCell<Vec<Playing>> = const { RefCell::new(Vec::new()) };
    static NUMBER: Cell<u32> = const { Cell::new(0) };
    // Told when there is room again.
    static ROOM: ArcTrigger = ArcTrigger::new();
}

/// Plays it whenever its canvas is in sight. `most` are pixels of the longer side, about.
pub fn play_in_sight(motion: Motion, key: Key, most: u32, canvas: NodeRef<Canvas>) {
    let seen = watched(canvas);
    let number = StoredValue::new(None::<u32>);
    Effect::new(move |_| {
        let Some(weight) = motion.weight.get() else { return };
        motion.wish.track();
        let mine = number.get_value().filter(|number| is_playing(*number));
        match (seen.get() && motion.is_wanted(), mine) {
            (true, None) => {
                ROOM.with(ArcTrigger::track);
                let canvas = untrack(|| canvas.get());
                if let (Some(canvas), Some(mine)) = (canvas, begin(motion, weight)) {
                    number.set_value(Some(mine));
                    let key = key.clone();
                    spawn_local(async move {
                        // What cannot be played stands still, without a word: its first frame is there.
                        if run(motion, &key, mine, most, &canvas).await.is_err() {
                            motion.weight.try_set(None);
                        }
                        end(mine);
                    });
                }
            }
            (false, Some(mine)) => end(mine),
            _ => {}
        }
    });
    on_cleanup(move || {
        if let Some(mine) = number.try_get_value().flatten() {
            end(mine);
        }
    });
}

/// Says that a picture moves, and lets it stand still or play.
#[component]
pub fn Mark(motion: Motion) -> impl IntoView {
    let inside = move || {
        let (label, shape) =
            if motion.plays() { (t("moving-pause"), Icon::Pause) } else { (t("moving-play"), Icon::Play) };
        view! {
            <button type="button" class="moving-mark" aria-label=label.clone() title=label on:click=move |_| motion.toggle()>
                <span>{icon(shape)}"GIF"</span>
            </button>
        }
    };
    move || motion.moves().then_some(inside)
}

/// Whether any of it is in sight.
fn watched(canvas: NodeRef<Canvas>) -> RwSignal<bool> {
    let seen = RwSignal::new(false);
    let watch = StoredValue::new_local(None::<(IntersectionObserver, Closure<dyn FnMut(Array)>)>);
    Effect::new(move |_| {
        let Some(canvas) = canvas.get() else { return };
        let told = Closure::<dyn FnMut(Array)>::new(move |entries: Array| {
            let last = entries.pop().dyn_into::<IntersectionObserverEntry>();
            seen.try_set(last.is_ok_and(|last| last.is_intersecting()));
        });
        if let Ok(observer) = IntersectionObserver::new(told.as_ref().unchecked_ref()) {
            observer.observe(&canvas);
            watch.set_value(Some((observer, told)));
        }
    });
    on_cleanup(move || {
        watch.try_update_value(|watch| {
            if let Some((observer, _)) = watch.take() {
                observer.disconnect();
            }
        });
    });
    seen
}

/// Takes a place among those that play, where there is one. What the person asks for takes that of others.
fn begin(motion: Motion, weight: f64) -> Option<u32> {
    let is_asked = motion.wish.get_untracked() == Some(true);
    let fits = || {
        PLAYING.with_borrow(|playing| {
            let all: f64 = playing.iter().map(|one| one.weight).sum();
            playing.is_empty() || (playing.len() < AT_ONCE && all + weight <= WEIGHT)
        })
    };
    while is_asked && !fits() {
        let Some(oldest) = PLAYING.with_borrow(|playing| playing.first().map(|one| (one.number, one.motion)))
        else {
            break;
        };
        // It asks for nothing any more, or the two would take it from one another for ever.
        oldest.1.wish.try_set(Some(false));
        end(oldest.0);
    }
    if !fits() {
        return None;
    }
    let number = NUMBER.get().wrapping_add(1);
    NUMBER.set(number);
    PLAYING.with_borrow_mut(|playing| playing.push(Playing { number, weight, motion }));
    motion.playing.try_set(true);
    Some(number)
}

fn end(number: u32) {
    let ended = PLAYING.with_borrow_mut(|playing| {
        playing.iter().position(|one| one.number == number).map(|at| playing.remove(at))
    });
    if let Some(ended) = ended {
        ended.motion.playing.try_set(false);
        guard::let_go(number);
        ROOM.with(|room| room.notify());
    }
}

fn is_playing(number: u32) -> bool {
    PLAYING.with_borrow(|playing| playing.iter().any(|one| one.number == number))
}

async fn run(
    motion: Motion,
    key: &Key,
    number: u32,
    most: u32,
    canvas: &HtmlCanvasElement,
) -> Result<(), String> {
    let blob = read_file(&key.0, key.1).await.map_err(|error| error.message)?;
    let mut frames = guard::frames(key, number, &blob, most, 0).await?;
    let mut shown = 0;
    loop {
        // All of a short one is kept, and guard asked no more.
        let is_whole = frames.from == 0 && frames.ends;
        let next = (!is_whole && is_playing(number)).then(|| ahead(key, number, &blob, most, &frames));
        for (at, delay_ms) in frames.delays_ms.iter().enumerate() {
            if !is_playing(number) || !motion.is_wanted() {
                return Ok(());
            }
            draw(canvas, &frames, at).ok_or_else(|| t("picture-unreadable"))?;
            shown += 1;
            seen_for(*delay_ms).await;
        }
        // There was one alone, the others being damaged.
        if frames.ends && shown < 2 {
            return Err(t("picture-unreadable"));
        }
        if let Some(next) = next {
            frames = next.await.map_err(|_| t("picture-unreadable"))??;
        }
    }
}

/// The frames that follow, which are decoded while those before are shown.
fn ahead(
    key: &Key,
    number: u32,
    blob: &Blob,
    most: u32,
    now: &Frames,
) -> oneshot::Receiver<Result<Frames, String>> {
    let from = if now.ends { 0 } else { now.from + now.delays_ms.len() as u32 };
    let (key, blob) = (key.clone(), blob.clone());
    let (sender, receiver) = oneshot::channel();
    spawn_local(async move {
        let _ = sender.send(guard::frames(&key, number, &blob, most, from).await);
        // It ended while guard was opening this one for it.
        if !is_playing(number) {
            guard::let_go(number);
        }
    });
    receiver
}

fn draw(canvas: &HtmlCanvasElement, frames: &Frames, at: usize) -> Option<()> {
    let (width, height) = (frames.width, frames.height);
    let length = width * height * 4;
    let begins = length * at as u32;
    let pixels = frames.pixels.subarray(begins, begins + length);
    let frame = ImageData::new_with_js_u8_clamped_array_and_sh(&pixels, width, height).ok()?;
    if (canvas.width(), canvas.height()) != (width, height) {
        canvas.set_width(width);
        canvas.set_height(height);
    }
    pen(canvas)?.put_image_data(&frame, 0.0, 0.0).ok()
}

/// Waits so long, and then for the screen: nothing moves where nobody looks at the page.
async fn seen_for(delay_ms: u32) {
    let (sender, receiver) = oneshot::channel();
    let shown = move || {
        request_animation_frame(move || {
            let _ = sender.send(());
        });
    };
    set_timeout(shown, Duration::from_millis(delay_ms.into()));
    let _ = receiver.await;
}
