//! Taking a photo: what the camera sees, a shutter, another camera. What comes out is an own file like any other.

use leptos::html::{Dialog, Input, Video};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, HtmlVideoElement, MediaStream, MediaStreamConstraints, MediaStreamTrack};

use super::browser;
use super::button::IconButton;
use super::canvas::{canvas, encoded, named, pen};
use super::icon::{Icon, icon};
use super::toast::ToastHere;
use crate::engine::link::object;
use crate::locale::t;
use crate::store::use_store;

/// The open camera. `files` gets what is taken.
#[component]
pub fn Camera(files: RwSignal<Vec<File>, LocalStorage>) -> impl IntoView {
    let store = use_store();
    super::focus::comes_back();
    let dialog = NodeRef::<Dialog>::new();
    let video = NodeRef::<Video>::new();
    let picker = NodeRef::<Input>::new();
    let stream = StoredValue::new_local(None::<MediaStream>);
    let behind = RwSignal::new(true);
    let trouble = RwSignal::new(false);
    let runs = RwSignal::new(false);
    let taking = RwSignal::new(false);
    let stop = move || stop(stream);
    let close = move || store.camera.set(false);
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get()
            && !dialog.open()
        {
            let _ = dialog.show_modal();
        }
    });
    Effect::new(move |_| {
        let is_behind = behind.get();
        let facing = if is_behind { "environment" } else { "user" };
        stop();
        runs.set(false);
        // The other one may be there where this one is not.
        if trouble.get_untracked() {
            trouble.set(false);
        }
        spawn_local(async move {
            match show(facing, video, stream).await {
                Ok(true) => drop(runs.try_set(true)),
                Ok(false) => {}
                Err(_) if behind.try_get_untracked() == Some(is_behind) => drop(trouble.try_set(true)),
                // It is not asked for any more.
                Err(_) => {}
            }
        });
    });
    on_cleanup(stop);
    let shoot = move |_| {
        let Some(video) = video.get_untracked().filter(|_| !taking.get_untracked()) else { return };
        // One photo, however often it is pressed until the camera is closed.
        taking.set(true);
        spawn_local(async move {
            match taken(&video).await {
                Some(file) => {
                    store.camera.set(false);
                    files.update(|files| files.push(file));
                }
                None => {
                    taking.try_set(false);
                    store.say(t("camera-failed"));
                }
            }
        });
    };
    // The system's own camera app, where a page may not have the camera itself.
    let system = move |_| {
        if let Some(input) = picker.get_untracked() {
            input.click();
        }
    };
    let picked = move |_| {
        if let Some(input) = picker.get_untracked() {
            let more = browser::files(input.files());
            store.camera.set(false);
            files.update(|files| files.extend(more));
        }
    };
    let inside = move || {
        if trouble.get() {
            return view! {
                <div class="film-ask" role="alert">
                    <p>{t("camera-refused")}</p>
                    <button type="button" class="button" on:click=system>{t("camera-system")}</button>
                </div>
            }
            .into_any();
        }
        let class = move || if behind.get() { "camera-picture" } else { "camera-picture mirrored" };
        view! { <video node_ref=video class=class muted=true playsinline=true aria-label=t("camera-picture")></video> }.into_any()
    };
    let none = Signal::derive(move || !runs.get() || taking.get());
    view! {
        <dialog node_ref=dialog class="viewer camera" aria-label=t("camera-title") on:close=move |_| close()>
            <header>
                <IconButton name=t("close") shape=Icon::Close on_click=move |_| close()/>
                <span class="viewer-words"></span>
                <IconButton name=t("camera-other") shape=Icon::Rotate on_click=move |_| behind.update(|behind| *behind = !*behind)/>
            </header>
            <div class="viewer-stage">{inside}</div>
            <footer class="camera-foot">
                <button type="button" class="shutter" aria-label=t("camera-take") title=t("camera-take") disabled=none on:click=shoot>{icon(Icon::Camera)}</button>
                <input node_ref=picker type="file" accept="image/*" capture="environment" class="hidden" tabindex="-1" aria-hidden=true.to_string() on:change=picked/>
            </footer>
            <ToastHere/>
        </dialog>
    }
}

/// What a camera that runs is kept in.
pub type Stream = StoredValue<Option<MediaStream>, LocalStorage>;

/// What a camera or screen shows at this moment, of a call or before one.
#[component]
pub fn LiveVideo(
    /// What is shown.
    stream: impl Fn() -> Option<MediaStream> + 'static,
    /// As in a mirror.
    #[prop(into)]
    mirrored: Signal<bool>,
    /// Who or what that is.
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView {
    let node = NodeRef::<Video>::new();
    Effect::new(move |_| {
        if let Some(video) = node.get() {
            video.set_src_object(stream().as_ref());
            // It plays as soon as something comes; a browser that says no says so by a picture that stands.
            browser::unheeded(video.play());
        }
    });
    on_cleanup(move || {
        if let Some(video) = node.try_get_untracked().flatten() {
            video.set_src_object(None);
        }
    });
    let class = move || if mirrored.get() { "mirrored" } else { "" };
    view! { <video node_ref=node class=class muted=true autoplay=true playsinline=true aria-label=move || label.get()></video> }
}

/// Opens the camera that looks this way (`environment` or `user`) and shows what it sees. `false`: what would show it was
/// closed meanwhile, and the camera's light is out again.
pub async fn show(facing: &str, video: NodeRef<Video>, stream: Stream) -> Result<bool, JsValue> {
    let opened = open(facing).await?;
    let Some(video) = video.try_get_untracked().flatten() else {
        end(&opened);
        return Ok(false);
    };
    // Another one that was still being opened.
    stop(stream);
    video.set_src_object(Some(&opened));
    stream.try_set_value(Some(opened));
    if let Ok(playing) = video.play() {
        let _ = JsFuture::from(playing).await;
    }
    Ok(true)
}

/// Ends it, if it runs.
pub fn stop(stream: Stream) {
    if let Some(was) = stream.try_update_value(Option::take).flatten() {
        end(&was);
    }
}

/// Ends all that a camera or microphone gives: its light goes out.
pub fn end(stream: &MediaStream) {
    for track in stream.get_tracks().iter() {
        track.unchecked_into::<MediaStreamTrack>().stop();
    }
}

async fn open(facing: &str) -> Result<MediaStream, JsValue> {
    let devices = leptos::prelude::window().navigator().media_devices()?;
    let wanted = MediaStreamConstraints::new();
    let ideal = |value: JsValue| JsValue::from(object(&[("ideal", value)]));
    let picture = object(&[
        ("facingMode", ideal(facing.into())),
        ("width", ideal(1920.into())),
        ("height", ideal(1080.into())),
    ]);
    wanted.set_video(&picture);
    JsFuture::from(devices.get_user_media_with_constraints(&wanted)?).await?.dyn_into()
}

async fn taken(video: &HtmlVideoElement) -> Option<File> {
    let (width, height) = (video.video_width(), video.video_height());
    if width == 0 || height == 0 {
        return None;
    }
    let picture = canvas(width, height)?;
    pen(&picture)?.draw_image_with_html_video_element(video, 0.0, 0.0).ok()?;
    named(&encoded(&picture, "image/jpeg", 0.92).await?, "photo.jpg")
}
