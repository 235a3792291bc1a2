//! Reading a QR code with the own camera: guard's Worker looks for one in a few pictures a second. Nothing of them is kept.

use std::time::Duration;

use leptos::html::Video;
use leptos::leptos_dom::helpers::IntervalHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::HtmlVideoElement;

use super::camera;
use super::canvas::{canvas, pen};
use super::guard;
use crate::locale::t;

/// Between two looks. Each takes some tens of milliseconds in the Worker.
const EVERY: Duration = Duration::from_millis(200);

/// Longer side of what is looked at, in turn: more takes longer and finds no more, and a code that is missed in one size is
/// found in another, though nothing moves in front of the camera.
const SIDES: [f64; 4] = [800.0, 720.0, 900.0, 650.0];

/// What the camera sees, until a code is in it.
#[component]
pub fn Scanner(#[prop(into)] on_found: Callback<String>) -> impl IntoView {
    let video = NodeRef::<Video>::new();
    let stream: camera::Stream = StoredValue::new_local(None);
    let timer = StoredValue::new_local(None::<IntervalHandle>);
    let (looking, looks) = (StoredValue::new(false), StoredValue::new(0));
    let trouble = RwSignal::new(None::<String>);
    let stop = move || {
        if let Some(timer) = timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
        camera::stop(stream);
    };
    on_cleanup(stop);
    let look = move || {
        let Some(shown) = video.try_get_untracked().flatten() else { return };
        if looking.try_get_value() != Some(false) {
            return;
        }
        let side = SIDES[looks.get_value() % SIDES.len()];
        let Some((rgba, width, height)) = seen(&shown, side) else { return };
        looks.update_value(|looks| *looks += 1);
        looking.set_value(true);
        spawn_local(async move {
            let found = guard::code(rgba, width, height).await;
            looking.try_set_value(false);
            match found {
                // Looked away or closed meanwhile: what was found is nothing to anybody.
                Ok(Some(text)) if video.try_get_untracked().flatten().is_some() => {
                    stop();
                    on_found.run(text);
                }
                Ok(_) => {}
                Err(why) => {
                    stop();
                    trouble.try_set(Some(why));
                }
            }
        });
    };
    Effect::new(move |_| {
        spawn_local(async move {
            match camera::show("environment", video, stream).await {
                Ok(true) => drop(timer.try_set_value(set_interval_with_handle(look, EVERY).ok())),
                Ok(false) => {}
                Err(_) => drop(trouble.try_set(Some(t("scan-no-camera")))),
            }
        });
    });
    move || match trouble.get() {
        Some(why) => view! { <p class="notice look" role="alert">{why}</p> }.into_any(),
        None => view! {
            <div class="scanner">
                <video node_ref=video muted=true playsinline=true aria-label=t("camera-picture")></video>
                <p class="soft" role="status">{t("scan-aim")}</p>
            </div>
        }
        .into_any(),
    }
}

/// The picture of this moment, so large.
fn seen(video: &HtmlVideoElement, side: f64) -> Option<(Vec<u8>, u32, u32)> {
    let (width, height) = (f64::from(video.video_width()), f64::from(video.video_height()));
    if width < 1.0 || height < 1.0 {
        return None;
    }
    let scale = side / width.max(height);
    let (width, height) = ((width * scale).max(1.0).floor(), (height * scale).max(1.0).floor());
    let small = canvas(width as u32, height as u32)?;
    let pen = pen(&small)?;
    pen.draw_image_with_html_video_element_and_dw_and_dh(video, 0.0, 0.0, width, height).ok()?;
    let pixels = pen.get_image_data(0.0, 0.0, width, height).ok()?;
    Some((pixels.data().0, width as u32, height as u32))
}
