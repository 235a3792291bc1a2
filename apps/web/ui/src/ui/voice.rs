//! A voice message: its levels as bars, and Play for what this account recorded itself. What others sent would need the
//! browser's own decoder, so it is not played here; the person is told so and may save it.

use std::cell::RefCell;

use casemate_api::view::Attachment;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AudioBuffer, AudioBufferSourceNode, AudioContext};

use super::attachment::{save, state_line};
use super::button::IconButton;
use super::icon::Icon;
use crate::engine::read_file;
use crate::locale::{t, ta};
use crate::store::use_store;
use crate::text::plain::duration;

/// Bars drawn, whatever number of levels came.
const BARS: usize = 34;

/// What is heard now.
struct Playing {
    context: AudioContext,
    began: f64,
    stopped: RwSignal<bool>,
}

thread_local! {
    // One at a time: starting another stops it.
    static PLAYING: RefCell<Option<Playing>> = const { RefCell::new(None) };
}

/// The message.
#[component]
pub fn Voice(message: String, index: u32, file: Attachment, own: bool) -> impl IntoView {
    let store = use_store();
    let stopped = RwSignal::new(true);
    let position = RwSignal::new(0.0f64);
    let length = f64::from(file.duration_ms.max(1)) / 1_000.0;
    let ready = matches!(file.state.as_str(), "stored" | "sent" | "queued" | "uploading");
    let line = state_line(store, &message, index, &file);
    let follow = set_interval_with_handle(
        move || {
            if !stopped.try_get_untracked().unwrap_or(true) {
                let now = PLAYING.with_borrow(|playing| {
                    playing.as_ref().map(|now| now.context.current_time() - now.began)
                });
                position.set((now.unwrap_or(0.0) / length).clamp(0.0, 1.0));
            }
        },
        std::time::Duration::from_millis(100),
    );
    on_cleanup(move || {
        if let Ok(follow) = follow {
            follow.clear();
        }
    });
    let bars = bars(&file.waveform).into_iter().enumerate().map(|(at, level)| {
        let on = move || if position.get() * BARS as f64 > at as f64 { "on" } else { "" };
        view! { <i class=on style:height=format!("{}px", 4 + u32::from(level) * 22 / 255)></i> }
    });
    let bars = bars.collect_view();
    let (from, saved, name) = (message.clone(), message, file.name.clone());
    let play = move |_| {
        if !stopped.get_untracked() {
            return stop();
        }
        let message = from.clone();
        spawn_local(async move {
            if let Err(sentence) = start(&message, index, stopped, position).await {
                store.say(sentence);
            }
        });
    };
    let button = move || {
        let (label, shape) =
            if stopped.get() { (t("play"), Icon::Play) } else { (t("stop-playing"), Icon::Pause) };
        let play = play.clone();
        view! { <IconButton name=label shape=shape accent=true on_click=play/> }
    };
    let act = if own && ready {
        button.into_any()
    } else {
        let save = move |_| save(store, saved.clone(), index, name.clone());
        let label = ta("save-file", &[("name", t("preview-voice").into())]);
        ready.then(|| view! { <IconButton name=label shape=Icon::Download on_click=save/> }).into_any()
    };
    let sentence =
        (!own && ready).then(|| view! { <small class="file-state">{t("voice-not-played")}</small> });
    view! {
        <div class="voice">
            {act}
            <span class="wave" aria-hidden=true.to_string()>{bars}</span>
            <small>{duration(file.duration_ms)}</small>
        </div>
        {sentence} {line}
    }
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

async fn start(
    message: &str,
    index: u32,
    stopped: RwSignal<bool>,
    position: RwSignal<f64>,
) -> Result<(), String> {
    stop();
    let broken = |_: JsValue| t("voice-broken");
    let blob = read_file(message, index).await.map_err(|error| error.message)?;
    let bytes = JsFuture::from(blob.array_buffer()).await.map_err(broken)?;
    let context = AudioContext::new().map_err(broken)?;
    let sound = context.decode_audio_data(bytes.unchecked_ref()).map_err(broken)?;
    let sound: AudioBuffer = JsFuture::from(sound).await.map_err(broken)?.unchecked_into();
    let source: AudioBufferSourceNode = context.create_buffer_source().map_err(broken)?;
    source.set_buffer(Some(&sound));
    source.connect_with_audio_node(&context.destination()).map_err(broken)?;
    let ended = Closure::<dyn Fn()>::new(stop);
    let ended = ended.into_js_value();
    source.add_event_listener_with_callback("ended", ended.unchecked_ref()).map_err(broken)?;
    source.start().map_err(broken)?;
    stopped.set(false);
    position.set(0.0);
    let began = context.current_time();
    PLAYING.set(Some(Playing { context, began, stopped }));
    Ok(())
}

fn stop() {
    if let Some(was) = PLAYING.take() {
        let _ = was.context.close();
        was.stopped.try_set(true);
    }
}
