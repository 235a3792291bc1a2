//! Videos: a tile in the conversation that says how long and how large; what guard wrote anew runs in the viewer once the
//! person asks for it. Nothing that somebody sent reaches the platform's player as it came.

use casemate_api::view::Attachment;
use leptos::html::{Canvas, Video};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::Url;

use super::attachment::state_line;
use super::button::{Button, Weight};
use super::canvas::{of_hexadecimal, put};
use super::guard;
use super::icon::{Icon, icon};
use super::picture::{is_here, more_of_album};
use crate::locale::{t, ta, when};
use crate::screens::viewer;
use crate::store::use_store;
use crate::text::plain::{duration, one_line};

/// A video in a bubble; a click opens it. `together`: received with the rest of its album, by a button of that.
#[component]
pub fn VideoTile(
    message: String,
    index: u32,
    file: Attachment,
    more: usize,
    together: bool,
) -> impl IntoView {
    let store = use_store();
    let ready = is_here(&file);
    let line = state_line(store, &message, index, &file, together);
    let size = when::size(file.bytes);
    let label = ta("open-video", &[("name", one_line(&file.name, 60).into())]);
    let (width, height) = (file.width.max(1), file.height.max(1));
    let ratio = (f64::from(width) / f64::from(height)).clamp(0.6, 1.9);
    let of = (message.clone(), index);
    let open = move |_| viewer::view(store, &message, index);
    let canvas = NodeRef::<Canvas>::new();
    let preview = (!file.preview.is_empty()).then(|| {
        let (preview, of) = (file.preview.clone(), of);
        // Chosen by the sender like everything else, so guard decodes it.
        guard::when_here(move || {
            let (Some(canvas), Some(blob)) = (canvas.get(), of_hexadecimal(&preview)) else { return false };
            let of = of.clone();
            spawn_local(async move {
                if let Ok(shown) = guard::pixels_of(&blob, PREVIEW, Some(&of)).await {
                    put(&canvas, &shown.bitmap);
                }
            });
            true
        });
        view! { <canvas node_ref=canvas class="video-preview" aria-hidden=true.to_string()></canvas> }
    });
    view! {
        <button type="button" class="picture video-tile" aria-label=label disabled=!ready on:click=open style:aspect-ratio=ratio.to_string()>
            {preview}
            <span class="video-play" aria-hidden=true.to_string()>{icon(Icon::Play)}</span>
            <span class="video-facts" aria-hidden=true.to_string()>{icon(Icon::Video)}{duration(file.duration_ms)}" · "{size}</span>
            {more_of_album(more)}
        </button>
        {line}
    }
}

/// Pixels of the longer side of a preview.
const PREVIEW: u32 = 320;

/// What a film is at.
#[derive(Debug, Clone, PartialEq)]
enum State {
    Asked,
    Wait,
    Runs(String),
    Broken(String),
}

/// A video over the whole screen. It is opened by a press, after a sentence about what opens it.
#[component]
pub fn Film(message: String, index: u32, file: Attachment) -> impl IntoView {
    let store = use_store();
    let state = RwSignal::new(State::Asked);
    let node = NodeRef::<Video>::new();
    on_cleanup(move || {
        if let State::Runs(url) = state.get_untracked() {
            let _ = Url::revoke_object_url(&url);
        }
    });
    let (from, saved, name) = (message.clone(), message, file.name.clone());
    let play = Callback::new(move |()| {
        let message = from.clone();
        super::player::pause(store);
        state.set(State::Wait);
        spawn_local(async move {
            let rebuilt = guard::video(&(message, index)).await;
            let next = match rebuilt.map(|blob| Url::create_object_url_with_blob(&blob)) {
                Ok(Ok(url)) => State::Runs(url),
                Ok(Err(_)) => State::Broken(t("video-broken")),
                Err(sentence) => State::Broken(sentence),
            };
            // Closed meanwhile: nobody will show it.
            if let Some(State::Runs(url)) = state.try_set(next) {
                let _ = Url::revoke_object_url(&url);
            }
        });
    });
    let keep =
        Callback::new(move |()| super::attachment::save(store, saved.clone(), index, name.clone(), false));
    let facts = format!("{} · {}", duration(file.duration_ms), when::size(file.bytes));
    move || {
        match state.get() {
        State::Asked => view! {
            <div class="film-ask">
                <button type="button" class="video-play large" aria-label=t("play") on:click=move |_| play.run(())>{icon(Icon::Play)}</button>
                <p>{facts.clone()}</p>
                <p class="film-hint">{t("video-hint")}</p>
            </div>
        }
        .into_any(),
        State::Wait => view! { <p class="viewer-wait" role="status">{t("video-wait")}</p> }.into_any(),
        State::Runs(url) => {
            let broke = move |_| state.set(State::Broken(t("video-unplayable")));
            view! { <video node_ref=node class="film" src=url controls=true autoplay=true playsinline=true on:error=broke></video> }.into_any()
        }
        State::Broken(why) => view! {
            <div class="film-ask" role="alert">
                <p>{why}</p>
                {guard::is_away().then(|| view! { <Button label=t("try-again") on_click=play/> })}
                <Button label=t("save") weight=Weight::Quiet on_click=keep/>
            </div>
        }
        .into_any(),
    }
    }
}
