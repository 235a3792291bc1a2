//! A picture or video of a conversation, over the whole screen: larger and smaller, moved, the next and the one before,
//! saved, forwarded. Pictures are guard's pixels; a video is what guard rebuilt, and runs only when asked to.

use std::cell::Cell;

use casemate_api::command::{AttachmentKind, MessageSearch, SearchKind};
use casemate_api::view::{Attachment, Message};
use leptos::html::{Button, Canvas, Dialog, Div};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::PointerEvent;

use super::rest::{Part, Rest};
use super::talk::Talk;
use crate::locale::{t, ta, when};
use crate::store::{Store, use_store};
use crate::text::plain::one_line;
use crate::ui::attachment::save;
use crate::ui::browser;
use crate::ui::button::IconButton;
use crate::ui::canvas::put;
use crate::ui::dialog::Dialog as Asked;
use crate::ui::guard;
use crate::ui::icon::{Icon, icon};
use crate::ui::moving::{self, Mark, Motion, play_in_sight};
use crate::ui::picture::{draw, is_here};
use crate::ui::toast::ToastHere;
use crate::ui::video::Film;

/// Pixels of the longer side.
const LARGE: u32 = 2_400;
/// Pixels of one in the strip.
const SMALL: u32 = 128;
/// So many stand in the strip on each side of the one that is shown.
const BESIDE: usize = 8;
/// Messages with pictures or videos that are fetched at once.
const PAGE: u32 = 60;
/// As large as it gets.
const MOST: f64 = 8.0;
/// A tap that follows another within this is a double one.
const DOUBLE_MS: f64 = 320.0;

thread_local! {
    /// It was closed, and its place in the history is on its way to be left.
    static LEAVING: Cell<bool> = const { Cell::new(false) };
}

/// Opens a picture or video of a message.
pub fn view(store: Store, message: &str, index: u32) {
    // Back closes it, on a phone too.
    browser::push_address(&store.route.get_untracked().to_hash());
    store.viewed.set(Some((message.to_owned(), index)));
}

/// Whether a step back in the browser's history was the viewer's, which has a place of its own there; then it is closed.
pub fn left(store: Store) -> bool {
    let open = store.viewed.with_untracked(Option::is_some);
    if open {
        store.viewed.set(None);
    }
    LEAVING.replace(false) || open
}

/// Draws the open viewer.
#[component]
pub fn ViewerLayer() -> impl IntoView {
    let store = use_store();
    let open = Memo::new(move |_| store.viewed.with(Option::is_some));
    move || open.get().then(|| view! { <Rest part=Part::Viewer/> })
}

/// What can be gone through: the pictures and videos of this conversation, oldest first, those that the page does not hold
/// as they are come to. What is shown once stands alone, while its window is open.
#[derive(Clone, Copy)]
struct Reel {
    store: Store,
    /// Found beside what the page holds.
    found: RwSignal<Vec<Message>>,
    fetching: StoredValue<bool>,
    /// Nothing older is left.
    whole: RwSignal<bool>,
    /// All that can be gone through by now.
    all: Memo<Vec<(Message, u32, Attachment)>>,
}

impl Reel {
    fn new(store: Store) -> Self {
        let found = RwSignal::new(Vec::new());
        let reel = Self {
            store,
            found,
            fetching: StoredValue::new(false),
            whole: RwSignal::new(untrack(|| once_open(store)).is_some()),
            all: Memo::new(move |_| together(store, found)),
        };
        Effect::new(move |_| {
            let shown = store.viewed.with(|viewed| viewed.as_ref().map(|(message, _)| message.clone()));
            let at =
                reel.found.with(|found| found.iter().position(|one| Some(&one.message) == shown.as_ref()));
            if at.is_none_or(|at| at < BESIDE) && !reel.whole.get() {
                reel.fetch();
            }
        });
        reel
    }

    /// Where the shown one is among them.
    fn here(self, all: &[(Message, u32, Attachment)]) -> Option<usize> {
        self.store.viewed.with(|viewed| {
            let (shown, number) = viewed.as_ref()?;
            all.iter().position(|(message, index, _)| message.message == *shown && index == number)
        })
    }

    /// Asks for older ones.
    fn fetch(self) {
        if self.fetching.get_value() {
            return;
        }
        self.fetching.set_value(true);
        let search = MessageSearch {
            conversation: self.store.open.get_untracked(),
            kind: Some(SearchKind::Media),
            older_than: self.found.with_untracked(|found| found.first().map(|first| first.message.clone())),
            limit: Some(PAGE),
            ..MessageSearch::default()
        };
        spawn_local(async move {
            let mut page = self.store.find(search).await;
            self.fetching.try_set_value(false);
            let is_last = page.len() < PAGE as usize;
            self.found.try_update(|found| {
                page.append(found);
                *found = page;
            });
            if is_last {
                self.whole.try_set(true);
            }
        });
    }
}

/// What was found and what the page holds.
fn together(store: Store, found: RwSignal<Vec<Message>>) -> Vec<(Message, u32, Attachment)> {
    if let Some(once) = once_open(store) {
        return seen(&once).collect();
    }
    store.window.with(|window| {
        let held: Vec<&Message> = window.rows.iter().map(|row| &row.message).collect();
        found.with(|found| {
            let newer = |one: &&Message| found.first().is_some_and(|first| one.at > first.at);
            let is_held = |one: &Message| held.iter().find(|held| held.message == one.message).copied();
            let beside =
                held.iter().copied().filter(|one| found.iter().all(|found| found.message != one.message));
            let (after, before): (Vec<&Message>, Vec<&Message>) = beside.partition(newer);
            // What the page holds is told of every change.
            let found = found.iter().map(|one| is_held(one).unwrap_or(one));
            let all = before.into_iter().chain(found).chain(after);
            all.filter(|message| !message.deleted && !message.view_once).flat_map(seen).collect()
        })
    })
}

fn once_open(store: Store) -> Option<Message> {
    store.dialog.with(|dialog| match dialog {
        Some(Asked::Talk(Talk::Once(message))) => Some(Message::clone(message)),
        _ => None,
    })
}

fn seen(message: &Message) -> impl Iterator<Item = (Message, u32, Attachment)> + use<'_> {
    let files = (0u32..).zip(&message.attachments);
    let seen = files.filter(|(_, file)| {
        matches!(file.kind, AttachmentKind::Photo | AttachmentKind::Video)
            && is_here(file)
            && !file.quarantined
    });
    seen.map(|(index, file)| (message.clone(), index, file.clone()))
}

/// The open one.
#[component]
pub fn Viewer() -> impl IntoView {
    let store = use_store();
    crate::ui::focus::comes_back();
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get()
            && !dialog.open()
        {
            let _ = dialog.show_modal();
        }
    });
    let reel = Reel::new(store);
    let found = Memo::new(move |_| {
        reel.all.with(|all| {
            let at = reel.here(all)?;
            Some((all[at].clone(), at, all.len()))
        })
    });
    let close = move || {
        if store.viewed.with_untracked(Option::is_some) {
            store.viewed.set(None);
            LEAVING.set(true);
            browser::back();
        }
    };
    let step = move |by: i32| {
        let all = reel.all.get_untracked();
        let now = found.get_untracked().map_or(0, |(_, at, _)| at as i32);
        if let Some((message, index, _)) = usize::try_from(now + by).ok().and_then(|at| all.get(at)) {
            store.viewed.set(Some((message.message.clone(), *index)));
        }
    };
    let keys = move |event: leptos::ev::KeyboardEvent| {
        let forth = if browser::is_from_right() { -1 } else { 1 };
        match event.key().as_str() {
            "ArrowRight" => step(forth),
            "ArrowLeft" => step(-forth),
            _ => return,
        }
        event.prevent_default();
    };
    let title = move || {
        found.get().map(|((message, _, file), _, _)| {
            let name = untrack(|| store.writer_of(&message));
            view! { <span class="viewer-words"><bdi>{name}</bdi><small>{when::short(&message.at)}" · "<bdi>{one_line(&file.name, 60)}</bdi></small></span> }
        })
    };
    let keep = move |_| {
        if let Some(((message, index, file), ..)) = found.get_untracked() {
            save(store, message.message, index, file.name, false);
        }
    };
    let forward = move |_| {
        if let Some(((message, index, _), ..)) = found.get_untracked() {
            close();
            // What is seen goes, not what lies beside it in an album.
            store.dialog.set(Some(match message.attachments.len() {
                1 => Asked::Forward(vec![message]),
                _ => Asked::ForwardFile(Box::new(message), index),
            }));
        }
    };
    // What is shown once is neither kept nor passed on.
    let is_once =
        Memo::new(move |_| found.with(|found| found.as_ref().is_some_and(|(one, ..)| one.0.view_once)));
    let none_before = Signal::derive(move || found.get().is_none_or(|(_, at, _)| at == 0));
    let none_after = Signal::derive(move || found.get().is_none_or(|(_, at, of)| at + 1 >= of));
    // What becomes of its upload changes nothing in what is looked at.
    let shown = Memo::new_with_compare(
        move |_| found.get().map(|((message, index, file), ..)| (message.message, index, file)),
        |one, other| {
            let same = |shown: Option<&Option<(String, u32, Attachment)>>| {
                let shown = shown?.as_ref()?;
                Some((shown.0.clone(), shown.1, shown.2.kind, is_here(&shown.2)))
            };
            same(one) != same(other)
        },
    );
    let inside = move || {
        shown.get().map(|(message, index, file)| {
            if file.kind == AttachmentKind::Video {
                view! { <Film message index file/> }.into_any()
            } else {
                view! { <Large message index on_step=step/> }.into_any()
            }
        })
    };
    let caption = move || {
        let words = found.get().map(
            |((message, _, file), ..)| if file.caption.is_empty() { message.text } else { file.caption },
        );
        words
            .filter(|words| !words.is_empty())
            .map(|words| view! { <p class="viewer-caption" dir="auto">{one_line(&words, 500)}</p> })
    };
    // Not before it is known how many there are.
    let count = move || {
        let found = found.get().filter(|(_, _, of)| *of > 1 && reel.whole.get());
        found.map(|(_, at, of)| format!("{} / {of}", at + 1))
    };
    // Gone from under us: deleted for everyone, or disappeared.
    Effect::new(move |before: Option<bool>| {
        let is_there = found.with(Option::is_some);
        if !is_there && (before == Some(true) || reel.whole.get()) {
            close();
        }
        is_there
    });
    view! {
        <dialog node_ref=dialog class="viewer" aria-label=t("viewer") on:close=move |_| close() on:keydown=keys>
            <header>
                <IconButton name=t("close") shape=Icon::Close on_click=move |_| close()/>
                {title}
                <small class="viewer-count">{count}</small>
                {move || (!is_once.get()).then(|| view! {
                    <IconButton name=t("forward") shape=Icon::Forward on_click=forward/>
                    <IconButton name=t("save") shape=Icon::Download on_click=keep/>
                })}
            </header>
            <div class="viewer-stage">
                <span class="viewer-side icon-turns"><IconButton name=t("viewer-before") shape=Icon::Left disabled=none_before on_click=move |_| step(-1)/></span>
                {inside}
                <span class="viewer-side icon-turns"><IconButton name=t("viewer-after") shape=Icon::Right disabled=none_after on_click=move |_| step(1)/></span>
            </div>
            {caption}
            <Strip reel/>
            <ToastHere/>
        </dialog>
    }
}

/// One of the strip: message, number of its file, whether it is a film, its place among all and how many there are.
type Beside = (String, u32, bool, usize, usize);

/// What lies around the shown one, small; a press goes there. Nothing where it is alone.
#[component]
fn Strip(reel: Reel) -> impl IntoView {
    let around = Memo::new(move |_| -> Vec<Beside> {
        let all = reel.all.get();
        let (Some(here), total) = (reel.here(&all), all.len()) else { return Vec::new() };
        if total < 2 {
            return Vec::new();
        }
        let some = all.into_iter().enumerate().take(here + BESIDE + 1).skip(here.saturating_sub(BESIDE));
        some.map(|(at, (message, index, file))| {
            (message.message, index, file.kind == AttachmentKind::Video, at + 1, total)
        })
        .collect()
    });
    let any = Memo::new(move |_| around.with(|all| !all.is_empty()));
    move || {
        any.get().then(|| {
            view! {
                <div class="viewer-strip" role="group" aria-label=t("viewer-strip")>
                    <For each=move || around.get() key=Clone::clone children=|one| view! { <Small one/> }/>
                </div>
            }
        })
    }
}

#[component]
fn Small(one: Beside) -> impl IntoView {
    let store = use_store();
    let (message, index, film, at, total) = one;
    let node = NodeRef::<Button>::new();
    let canvas = NodeRef::<Canvas>::new();
    if !film {
        draw(message.clone(), index, SMALL, canvas, RwSignal::new(false), RwSignal::new(None));
    }
    let key = StoredValue::new((message, index));
    let here =
        Memo::new(move |_| store.viewed.with(|viewed| key.with_value(|key| viewed.as_ref() == Some(key))));
    // What is shown stays in sight, in the middle where there is room.
    Effect::new(move |_| {
        if let (true, Some(button)) = (here.get(), node.get()) {
            browser::into_middle(&button);
        }
    });
    let label = ta("viewer-number", &[("number", at.into()), ("count", total.into())]);
    let inside = match film {
        true => icon(Icon::Video).into_any(),
        false => view! { <canvas node_ref=canvas aria-hidden=true.to_string()></canvas> }.into_any(),
    };
    view! {
        <button node_ref=node type="button" class="viewer-small" aria-label=label aria-current=move || here.get().then_some("true")
            on:click=move |_| store.viewed.set(Some(key.get_value()))>{inside}</button>
    }
}

/// How a picture lies: how much larger, and moved by how many pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Lie {
    scale: f64,
    x: f64,
    y: f64,
}

const WHOLE: Lie = Lie { scale: 1.0, x: 0.0, y: 0.0 };

/// A picture that can be made larger and moved.
#[component]
fn Large(message: String, index: u32, on_step: impl Fn(i32) + Copy + 'static) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let stage = NodeRef::<Div>::new();
    let lie = RwSignal::new(WHOLE);
    let trouble = RwSignal::new(None::<String>);
    let waiting = RwSignal::new(true);
    let motion = Motion::new();
    play_in_sight(motion, (message.clone(), index), moving::LARGE, canvas);
    guard::when_here(move || {
        if canvas.get().is_none() {
            return false;
        }
        let message = message.clone();
        spawn_local(async move {
            let found = guard::picture(&(message, index), LARGE).await;
            waiting.try_set(false);
            let Some(canvas) = canvas.try_get_untracked().flatten() else { return };
            match found {
                Ok(shown) => {
                    put(&canvas, &shown.bitmap);
                    trouble.set(None);
                    motion.weight.set(shown.moves.then_some(shown.weight));
                }
                Err(why) => drop(trouble.try_set(Some(why))),
            }
        });
        true
    });
    // Larger or smaller around a point of the stage, from its middle.
    let zoom = move |by: f64, around: (f64, f64)| {
        lie.update(|lie| {
            let scale = (lie.scale * by).clamp(1.0, MOST);
            let by = scale / lie.scale;
            *lie =
                Lie { scale, x: around.0 - (around.0 - lie.x) * by, y: around.1 - (around.1 - lie.y) * by };
            bounded(lie, stage);
        });
    };
    let from_middle = move |x: f64, y: f64| {
        let place = stage.get_untracked().map(|stage| stage.get_bounding_client_rect());
        place.map_or((0.0, 0.0), |place| {
            (x - place.left() - place.width() / 2.0, y - place.top() - place.height() / 2.0)
        })
    };
    let wheel = move |event: web_sys::WheelEvent| {
        event.prevent_default();
        let by = (-event.delta_y() * 0.0018).clamp(-0.6, 0.6).exp();
        zoom(by, from_middle(event.client_x().into(), event.client_y().into()));
    };
    let fingers = StoredValue::new(Vec::<(i32, f64, f64)>::new());
    let began = StoredValue::new((0.0f64, 0.0f64, 0.0f64));
    let tapped = StoredValue::new(0.0f64);
    let down = move |event: PointerEvent| {
        if let Some(stage) = stage.get_untracked() {
            let _ = stage.set_pointer_capture(event.pointer_id());
        }
        let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
        fingers.update_value(|all| all.push((event.pointer_id(), x, y)));
        began.set_value((x, y, event.time_stamp()));
    };
    let moved = move |event: PointerEvent| {
        let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
        let before = fingers.get_value();
        let Some(at) = before.iter().position(|one| one.0 == event.pointer_id()) else { return };
        fingers.update_value(|all| all[at] = (event.pointer_id(), x, y));
        match before.as_slice() {
            [one] => lie.update(|lie| {
                if lie.scale > 1.0 {
                    (lie.x, lie.y) = (lie.x + x - one.1, lie.y + y - one.2);
                    bounded(lie, stage);
                }
            }),
            [a, b] => {
                let other = if at == 0 { b } else { a };
                let apart =
                    |one: (f64, f64)| ((one.0 - other.1).powi(2) + (one.1 - other.2).powi(2)).sqrt().max(1.0);
                let by = apart((x, y)) / apart((before[at].1, before[at].2));
                zoom(by, from_middle((x + other.1) / 2.0, (y + other.2) / 2.0));
            }
            _ => {}
        }
    };
    let up = move |event: PointerEvent| {
        fingers.update_value(|all| all.retain(|one| one.0 != event.pointer_id()));
        if fingers.with_value(|all| !all.is_empty()) {
            return;
        }
        let (x, y, at) = began.get_value();
        let (across, along) = (f64::from(event.client_x()) - x, f64::from(event.client_y()) - y);
        let now = event.time_stamp();
        if across.abs() < 8.0 && along.abs() < 8.0 {
            if now - tapped.get_value() < DOUBLE_MS {
                tapped.set_value(0.0);
                let larger = lie.with_untracked(|lie| lie.scale) < 1.5;
                if larger { zoom(2.5, from_middle(x, y)) } else { lie.set(WHOLE) }
            } else {
                tapped.set_value(now);
            }
        } else if lie.with_untracked(|lie| lie.scale) <= 1.0
            && across.abs() > 60.0
            && along.abs() < 80.0
            && now - at < 600.0
        {
            // A finger that pushes the picture away to the left asks for the next.
            on_step(if (across < 0.0) == browser::is_from_right() { -1 } else { 1 });
        }
    };
    // The system took the finger: it asked for nothing.
    let cancelled = move |event: PointerEvent| {
        fingers.update_value(|all| all.retain(|one| one.0 != event.pointer_id()));
    };
    let keys = window_event_listener(leptos::ev::keydown, move |event| match event.key().as_str() {
        "+" | "=" => zoom(1.4, (0.0, 0.0)),
        "-" => zoom(1.0 / 1.4, (0.0, 0.0)),
        "0" => lie.set(WHOLE),
        _ => {}
    });
    on_cleanup(move || keys.remove());
    let transform = move || {
        let Lie { scale, x, y } = lie.get();
        format!("translate({x:.1}px, {y:.1}px) scale({scale:.3})")
    };
    let class =
        move || if lie.with(|lie| lie.scale > 1.0) { "viewer-picture larger" } else { "viewer-picture" };
    view! {
        <div node_ref=stage class=class on:wheel=wheel on:pointerdown=down on:pointermove=moved on:pointerup=up on:pointercancel=cancelled>
            <canvas node_ref=canvas role="img" aria-label=t("preview-photo") style:transform=transform></canvas>
            <div class="viewer-mark" on:pointerdown=move |event: PointerEvent| event.stop_propagation() on:pointerup=move |event: PointerEvent| event.stop_propagation()><Mark motion/></div>
            {move || waiting.get().then(|| view! { <p class="viewer-wait" role="status">{t("viewer-wait")}</p> })}
            {move || trouble.get().map(|why| view! { <p class="viewer-wait" role="alert">{why}</p> })}
        </div>
    }
}

/// No further than its edge.
fn bounded(lie: &mut Lie, stage: NodeRef<Div>) {
    let Some(place) = stage.get_untracked().map(|stage| stage.get_bounding_client_rect()) else { return };
    let most = |side: f64| side * (lie.scale - 1.0) / 2.0;
    let (across, down) = (most(place.width()), most(place.height()));
    lie.x = lie.x.clamp(-across, across);
    lie.y = lie.y.clamp(-down, down);
}
