//! An own video before it is sent: played from the person's own file, its beginning and end cut off. What was chosen here
//! just now may be played by the browser as it is; what others send may not.

use js_sys::Promise;
use leptos::html::Video;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, HtmlCanvasElement, HtmlMediaElement, HtmlVideoElement, Url};

use super::browser;
use super::canvas::{canvas, encoded, pen, render};
use super::icon::{Icon, icon};
use crate::edit::Edit;
use crate::locale::{t, ta, when};
use crate::text::plain::{duration, one_line};

/// What is left of a video, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Part {
    /// From here.
    pub from: f64,
    /// To here.
    pub to: f64,
    /// In all; 0 while it is not known.
    pub length: f64,
}

impl Part {
    /// Nothing is cut off.
    pub fn is_whole(&self) -> bool {
        self.length <= 0.0 || (self.from < 0.05 && self.to > self.length - 0.05)
    }
}

/// After the end of every video.
const END_S: f64 = 1e9;

/// A shorter part is a picture.
const LEAST_S: f64 = 0.5;

/// The video with its two ends.
#[component]
pub fn Trim(file: File, part: RwSignal<Part>) -> impl IntoView {
    let node = NodeRef::<Video>::new();
    let (size, name) = (file.size(), one_line(&file.name(), 80));
    let cuts = matches!(file.type_().as_str(), "video/mp4" | "video/quicktime" | "video/webm");
    let url = Url::create_object_url_with_blob(&file).unwrap_or_default();
    let shown = url.clone();
    let broken = RwSignal::new(false);
    on_cleanup(move || {
        let _ = Url::revoke_object_url(&url);
    });
    let loaded = move |_| {
        let Some(video) = node.get_untracked() else { return };
        let length = video.duration();
        if video.video_width() == 0 && video.ready_state() >= HtmlMediaElement::HAVE_METADATA {
            // Sound alone can be played, if anything.
            broken.set(true);
        } else if !length.is_finite() {
            // Browsers do not write down how long a recording of theirs is; looking for its end finds out.
            video.set_current_time(END_S);
        } else if length > 0.0 && part.with_untracked(|part| part.length == 0.0) {
            part.set(Part { from: 0.0, to: length, length });
            video.set_current_time(0.0);
        }
    };
    // Only what is left is played.
    let follow = move |_| {
        let Some(video) = node.get_untracked() else { return };
        let Part { from, to, length } = part.get_untracked();
        if length > 0.0 && to < length && video.current_time() >= to && !video.paused() {
            let _ = video.pause();
            video.set_current_time(from);
        }
    };
    let go = move |to: f64| {
        if let Some(video) = node.get_untracked() {
            // To be seen where it is cut, it stands still there.
            let _ = video.pause();
            video.set_current_time(to);
        }
    };
    let set_from = move |event: leptos::ev::Event| {
        let wanted = event_target_value(&event).parse().unwrap_or(0.0);
        part.update(|part| part.from = f64::min(wanted, part.to - LEAST_S).max(0.0));
        go(part.with_untracked(|part| part.from));
    };
    let set_to = move |event: leptos::ev::Event| {
        let wanted = event_target_value(&event).parse().unwrap_or(0.0);
        part.update(|part| part.to = f64::max(wanted, part.from + LEAST_S).min(part.length));
        go(part.with_untracked(|part| part.to));
    };
    let known = Memo::new(move |_| part.with(|part| part.length > 2.0 * LEAST_S));
    let ends = move || {
        (cuts && known.get()).then(|| {
            let words = |seconds: f64| duration((seconds * 1_000.0) as u32);
            let left = move || part.with(|part| format!("{}%", part.from / part.length * 100.0));
            let right = move || part.with(|part| format!("{}%", (1.0 - part.to / part.length) * 100.0));
            view! {
                <div class="trim" role="group" aria-label=t("trim")>
                    <i class="trim-part" aria-hidden=true.to_string() style:left=left style:right=right></i>
                    <input type="range" min="0" step="0.1" aria-label=t("trim-from") aria-valuetext=move || words(part.get().from)
                        max=move || part.get().length prop:value=move || part.get().from on:input=set_from/>
                    <input type="range" min="0" step="0.1" aria-label=t("trim-to") aria-valuetext=move || words(part.get().to)
                        max=move || part.get().length prop:value=move || part.get().to on:input=set_to/>
                </div>
            }
        })
    };
    let facts = move || {
        let Part { from, to, length } = part.get();
        let share = if length > 0.0 { (to - from) / length } else { 1.0 };
        let size = when::size((size * share) as u64);
        let size = if share < 1.0 { ta("trim-about", &[("size", size.into())]) } else { size };
        format!("{} · {size}", duration(((to - from) * 1_000.0) as u32))
    };
    let inside = move || {
        let (shown, name) = (shown.clone(), name.clone());
        if broken.get() {
            return view! {
                <div class="send-paper">
                    <span class="send-paper-icon">{icon(Icon::Video)}</span>
                    <bdi class="file-name">{name}</bdi>
                    <small>{when::size(size as u64)}</small>
                    <p class="send-facts">{t("video-not-previewed")}</p>
                </div>
            }
            .into_any();
        }
        view! {
            <video node_ref=node src=shown controls=true playsinline=true preload="metadata" aria-label=t("preview-video")
                on:loadedmetadata=loaded on:durationchange=loaded on:timeupdate=follow on:error=move |_| broken.set(true)></video>
            {ends}
            <p class="send-facts" role="status">{facts}</p>
        }
        .into_any()
    };
    view! { <div class="send-video">{inside}</div> }
}

/// Pixels of the longer side of a frame that stands for a video.
const FRAME: f64 = 640.0;
/// A video that shows nothing by then shows nothing.
const FRAME_WAIT_MS: i32 = 8_000;

/// A frame from the beginning of an own video; none where the browser cannot play it.
pub async fn frame(file: &File) -> Option<HtmlCanvasElement> {
    let url = Url::create_object_url_with_blob(file).ok()?;
    let video: HtmlVideoElement = document().create_element("video").ok()?.unchecked_into();
    video.set_muted(true);
    video.set_preload("auto");
    video.set_src(&url);
    let drawn = async {
        happens(&video, "loadeddata").await?;
        // The very first frame is black in many videos.
        let early = (video.duration() / 10.0).min(0.5);
        if early.is_finite() && early > 0.0 {
            video.set_current_time(early);
            happens(&video, "seeked").await?;
        }
        let size = (f64::from(video.video_width()), f64::from(video.video_height()));
        let (width, height) = Edit::default().size(size, FRAME);
        let picture = canvas(width, height)?;
        let pen = pen(&picture)?;
        let (width, height) = (width.into(), height.into());
        pen.draw_image_with_html_video_element_and_dw_and_dh(&video, 0.0, 0.0, width, height).ok()?;
        (size.0 > 0.0).then_some(picture)
    };
    let drawn = drawn.await;
    video.set_src("");
    let _ = Url::revoke_object_url(&url);
    drawn
}

/// Waits for an event of a video; none where it fails or takes too long.
async fn happens(video: &HtmlVideoElement, event: &str) -> Option<()> {
    let promise = Promise::new(&mut |done, failed| {
        let _ = video.add_event_listener_with_callback(event, &done);
        let _ = video.add_event_listener_with_callback("error", &failed);
        let _ =
            browser::window().set_timeout_with_callback_and_timeout_and_arguments_0(&failed, FRAME_WAIT_MS);
    });
    JsFuture::from(promise).await.ok().map(|_| ())
}

/// Small enough to travel inside the message, in hexadecimal.
pub async fn preview(frame: &HtmlCanvasElement) -> Option<String> {
    for (longest, quality) in [(200.0, 0.6), (160.0, 0.5), (120.0, 0.3)] {
        let blob = encoded(&render(frame, &Edit::default(), longest)?, "image/jpeg", quality).await?;
        if blob.size() <= PREVIEW_BYTES {
            let bytes = JsFuture::from(blob.array_buffer()).await.ok()?;
            let bytes = js_sys::Uint8Array::new(&bytes).to_vec();
            return Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect());
        }
    }
    None
}

/// As the engine takes them.
const PREVIEW_BYTES: f64 = 4_096.0;
