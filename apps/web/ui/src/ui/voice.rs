//! A voice message: its levels as bars to seek on, Play, how long it is, how fast it runs; and a line at the top that
//! stays while one is heard, wherever one goes.

use casemate_api::view::Attachment;
use leptos::html::Span;
use leptos::prelude::*;

use super::attachment::state_line;
use super::button::IconButton;
use super::icon::Icon;
use super::loudspeaker::{self, Loudspeakers};
use super::picture::is_here;
use super::player::{self, Wanted};
use crate::locale::{t, ta, when};
use crate::store::route::Route;
use crate::store::use_store;
use crate::text::plain::duration;

/// Bars drawn, whatever number of levels came.
const BARS: usize = 34;

/// An arrow key goes so far.
const STEP_S: f64 = 5.0;

/// The message.
#[component]
pub fn Voice(
    message: String,
    index: u32,
    file: Attachment,
    own: bool,
    /// Here or on another own device, before this page was loaded.
    #[prop(optional)]
    listened: bool,
    /// A sound file, which nobody speaks and which waits to be received until it is played.
    #[prop(optional)]
    is_file: bool,
    conversation: String,
    #[prop(into)] name: String,
) -> impl IntoView {
    let store = use_store();
    let waits = is_file && file.state == "offered";
    let line = (!waits).then(|| state_line(store, &message, index, &file, false));
    let ready = waits || is_here(&file);
    let length = f64::from(file.duration_ms.max(1)) / 1_000.0;
    let key = (message, index);
    let wanted = StoredValue::new(Wanted { key: key.clone(), conversation, name, length, is_file });
    let state = Memo::new(move |_| {
        let heard = store.sound.heard.with(|heard| {
            heard.as_ref().filter(|heard| heard.key == key).map(|heard| (heard.at, heard.playing))
        });
        let left = || store.sound.places.with(|places| places.get(&key).copied()).unwrap_or(0.0);
        let listened = || listened || store.sound.listened.with(|all| all.contains(&key));
        match heard {
            Some((at, playing)) => (at, playing, true, true),
            None => (left(), false, false, listened()),
        }
    });
    let button = move || {
        let playing = state.with(|state| state.1);
        let (label, shape) = if playing { (t("pause"), Icon::Pause) } else { (t("play"), Icon::Play) };
        let act = move |_| player::toggle(store, wanted.get_value());
        view! { <IconButton name=label shape accent=true disabled=!ready on_click=act/> }
    };
    let time = move || {
        let (at, _, open, _) = state.get();
        duration(if open || at > 0.0 { (at * 1_000.0) as u32 } else { file.duration_ms })
    };
    let unheard = move || {
        (!own && !is_file && !state.with(|state| state.3)).then(
            || view! { <i class="unheard" role="img" aria-label=t("voice-new") title=t("voice-new")></i> },
        )
    };
    // Not drawn anew with every step of it.
    let open = Memo::new(move |_| state.with(|state| state.2));
    let faster = move || {
        open.get().then(|| {
            let label = move || ta("voice-speed", &[("speed", speed_words(store.sound.speed.get()).into())]);
            view! {
                <button type="button" class="speed" aria-label=label title=label on:click=move |_| player::faster(store)>
                    {move || speed_words(store.sound.speed.get())}"×"
                </button>
            }
        })
    };
    let output = move || (open.get() && loudspeaker::can_be_chosen()).then(|| view! { <Loudspeakers/> });
    let place = Signal::derive(move || state.with(|state| state.0 / length));
    let seek = move |to: f64| player::seek(store, wanted.get_value(), to * length);
    view! {
        <div class="voice">
            {button}
            <Wave levels=file.waveform.clone() place length disabled=!ready on_seek=seek label=t(if is_file { "sound-place" } else { "voice-place" })/>
            <span class="voice-end"><small>{time}</small>{unheard}{faster}{output}</span>
        </div>
        {line}
    }
}

/// The bars, to look at and to seek on. `place` and what `on_seek` gets are parts of the whole, 0 to 1.
#[component]
pub fn Wave(
    levels: Vec<u8>,
    #[prop(into)] place: Signal<f64>,
    length: f64,
    #[prop(optional)] disabled: bool,
    #[prop(optional, into)] label: Option<String>,
    #[prop(into)] on_seek: Callback<f64>,
) -> impl IntoView {
    let label = label.unwrap_or_else(|| t("voice-place"));
    let node = NodeRef::<Span>::new();
    let dragging = RwSignal::new(None::<f64>);
    let shown = move || dragging.get().unwrap_or_else(|| place.get()).clamp(0.0, 1.0);
    let bars = bars(&levels).into_iter().enumerate().map(|(at, level)| {
        let on = move || if shown() * BARS as f64 > at as f64 + 0.5 { "on" } else { "" };
        view! { <i class=on style:height=format!("{}px", 4 + u32::from(level) * 22 / 255)></i> }
    });
    let bars = bars.collect_view();
    let part = move |event: &web_sys::PointerEvent| {
        let place = node.get_untracked()?.get_bounding_client_rect();
        let part = (f64::from(event.client_x()) - place.left()) / place.width().max(1.0);
        Some(if super::browser::is_from_right() { 1.0 - part } else { part }.clamp(0.0, 1.0))
    };
    let down = move |event: web_sys::PointerEvent| {
        if disabled {
            return;
        }
        if let Some(node) = node.get_untracked() {
            let _ = node.set_pointer_capture(event.pointer_id());
        }
        event.prevent_default();
        dragging.set(part(&event));
    };
    let moved = move |event: web_sys::PointerEvent| {
        if dragging.with_untracked(Option::is_some) {
            dragging.set(part(&event));
        }
    };
    let up = move |_: web_sys::PointerEvent| {
        if let Some(to) = dragging.get_untracked() {
            dragging.set(None);
            on_seek.run(to);
        }
    };
    let keys = move |event: leptos::ev::KeyboardEvent| {
        let now = place.get_untracked() * length;
        let (on, back) = match super::browser::is_from_right() {
            true => ("ArrowLeft", "ArrowRight"),
            false => ("ArrowRight", "ArrowLeft"),
        };
        let to = match event.key().as_str() {
            "ArrowUp" => now + STEP_S,
            "ArrowDown" => now - STEP_S,
            key if key == on => now + STEP_S,
            key if key == back => now - STEP_S,
            "Home" => 0.0,
            "End" => length,
            _ => return,
        };
        event.prevent_default();
        on_seek.run((to / length).clamp(0.0, 1.0));
    };
    let ms = move |part: f64| (part * length * 1_000.0) as u32;
    view! {
        <span
            node_ref=node class="wave" role="slider" tabindex=if disabled { "-1" } else { "0" } aria-label=label
            aria-valuemin="0" aria-valuemax=ms(1.0) aria-valuenow=move || ms(shown()) aria-valuetext=move || duration(ms(shown()))
            on:pointerdown=down on:pointermove=moved on:pointerup=up on:pointercancel=move |_| dragging.set(None) on:keydown=keys
        >{bars}</span>
    }
}

/// The line that stays while a voice message is heard.
#[component]
pub fn NowHeard() -> impl IntoView {
    let store = use_store();
    let shown = Memo::new(move |_| {
        let heard = store.sound.heard.get()?;
        // In its own chat the message itself is in reach.
        let here = store.open.with(|open| open.as_deref() == Some(heard.conversation.as_str()))
            && store.route.with(|route| route.conversation().is_some());
        (!here && !heard.conversation.is_empty()).then_some((
            heard.key,
            heard.conversation,
            heard.name,
            heard.is_file,
        ))
    });
    move || {
        shown.get().map(|((message, index), conversation, name, is_file)| {
            let at = move || store.sound.heard.with(|heard| heard.as_ref().map_or((0.0, 0.0, false), |one| (one.at, one.length, one.playing)));
            let wanted = {
                let (conversation, message, name) = (conversation.clone(), message.clone(), name.clone());
                move || Wanted { key: (message.clone(), index), conversation: conversation.clone(), name: name.clone(), length: untrack(at).1, is_file }
            };
            let toggle = move || {
                let wanted = wanted.clone();
                let (label, shape) = if at().2 { (t("pause"), Icon::Pause) } else { (t("play"), Icon::Play) };
                view! { <IconButton name=label shape small=true on_click=move |_| player::toggle(store, wanted())/> }
            };
            let go = move |_| store.go(Route::Chat { conversation: conversation.clone(), message: Some(message.clone()) });
            let output = loudspeaker::can_be_chosen().then(|| view! { <Loudspeakers/> });
            view! {
                <div class="now-heard" role="group" aria-label=t(if is_file { "kind-sound" } else { "preview-voice" })>
                    {toggle}
                    <button type="button" class="now-heard-words" on:click=go>
                        <bdi>{name}</bdi>
                        <small>{move || duration((at().0 * 1_000.0) as u32)}" / "{move || duration((at().1 * 1_000.0) as u32)}</small>
                    </button>
                    <button type="button" class="speed" aria-label=move || ta("voice-speed", &[("speed", speed_words(store.sound.speed.get()).into())])
                        on:click=move |_| player::faster(store)>{move || speed_words(store.sound.speed.get())}"×"</button>
                    {output}
                    <IconButton name=t("close") shape=Icon::Close small=true on_click=move |_| player::close(store)/>
                </div>
            }
        })
    }
}

/// 1, 1.5 or 2, as the language writes it.
fn speed_words(percent: u16) -> String {
    when::number(f64::from(percent) / 100.0)
}

/// As many bars as are drawn: the loudest of each part.
fn bars(levels: &[u8]) -> Vec<u8> {
    let part = |at: usize| {
        let (from, to) =
            (at * levels.len() / BARS, ((at + 1) * levels.len() / BARS).max(at * levels.len() / BARS + 1));
        levels.get(from..to.min(levels.len())).and_then(|part| part.iter().max().copied()).unwrap_or(0)
    };
    (0..BARS).map(part).collect()
}
