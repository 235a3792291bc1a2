//! A picture in a conversation: guard's Worker decodes it in Rust, without keys or network, and this draws what came out.
//! The browser's own decoders never see it.

use casemate_api::view::Attachment;
use leptos::html::Canvas;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::attachment::{save, state_line};
use super::canvas::put;
use super::guard;
use super::icon::{Icon, icon};
use super::moving::{self, Mark, Motion, play_in_sight};
use crate::locale::{t, ta, when};
use crate::screens::viewer;
use crate::store::use_store;
use crate::text::plain::one_line;

/// Pixels of the longer side in a conversation: enough for a bubble on a dense screen.
const SMALL: u32 = 720;

/// A picture in a bubble; a click shows it large. `more` are those of the album that have no tile;
/// the album says itself that it is shown safely.
#[component]
pub fn Picture(
    message: String,
    index: u32,
    file: Attachment,
    own: bool,
    #[prop(optional)] more: usize,
    #[prop(optional)] is_of_album: bool,
    /// Received with the rest of its album, by a button of that.
    #[prop(optional)]
    together: bool,
    /// Does not play by itself, nor say that it could.
    #[prop(optional)]
    is_still: bool,
) -> impl IntoView {
    let store = use_store();
    let canvas = NodeRef::<Canvas>::new();
    let shown = RwSignal::new(false);
    let trouble = RwSignal::new(None::<String>);
    let mut mark = None;
    if is_here(&file) {
        let motion = draw(message.clone(), index, SMALL, canvas, shown, trouble);
        if !is_still {
            play_in_sight(motion, (message.clone(), index), moving::SMALL, canvas);
            mark = Some(view! { <Mark motion/> });
        }
    }
    let line = state_line(store, &message, index, &file, together);
    let label = ta("open-picture", &[("name", one_line(&file.name, 60).into())]);
    let (width, height) = (file.width.max(1), file.height.max(1));
    let ratio = (f64::from(width) / f64::from(height)).clamp(0.4, 2.5);
    let alone = !is_of_album;
    let safe = move || {
        (alone && shown.get() && !own)
            .then(|| view! { <span class="safe">{icon(Icon::Check)}{t("shown-safely")}</span> })
    };
    let saved = (message.clone(), file.name.clone());
    let size = when::size(file.bytes);
    let unsafe_line = move || {
        let (message, name) = saved.clone();
        trouble.get().map(|why| {
            let save = move |_| save(store, message.clone(), index, name.clone(), false);
            view! {
                <span class="failure">{why}" ("{size.clone()}") "<TryAgain/>" "<button type="button" class="inline" on:click=save>{t("save")}</button></span>
            }
        })
    };
    let open = move |_| viewer::view(store, &message, index);
    view! {
        <button type="button" class="picture" aria-label=label disabled=move || !shown.get() on:click=open style:aspect-ratio=ratio.to_string()>
            <canvas node_ref=canvas aria-hidden=true.to_string()></canvas>{more_of_album(more)}
        </button>
        {mark} {safe} {unsafe_line} {line}
    }
}

/// How many of an album have no tile, over its last one.
pub fn more_of_album(more: usize) -> impl IntoView {
    (more > 0).then(|| view! { <span class="album-more" aria-hidden=true.to_string()>"+"{more}</span> })
}

/// Where the decoders are away: has them fetched again.
#[component]
pub fn TryAgain() -> impl IntoView {
    move || {
        guard::is_away().then(|| {
            view! { <button type="button" class="inline" on:click=move |_| guard::try_again()>{t("try-again")}</button> }
        })
    }
}

/// Whether its bytes are on this device.
pub fn is_here(file: &Attachment) -> bool {
    matches!(file.state.as_str(), "stored" | "sent" | "queued" | "uploading")
}

/// Draws a picture of a message once its canvas is on the screen; of one that moves the first frame.
pub fn draw(
    message: String,
    index: u32,
    most: u32,
    canvas: NodeRef<Canvas>,
    shown: RwSignal<bool>,
    trouble: RwSignal<Option<String>>,
) -> Motion {
    let motion = Motion::new();
    guard::when_here(move || {
        if canvas.get().is_none() {
            return false;
        }
        let message = message.clone();
        spawn_local(async move {
            let pixels = guard::picture(&(message, index), most).await;
            let Some(canvas) = canvas.try_get_untracked().flatten() else { return };
            match pixels {
                Ok(pixels) => {
                    put(&canvas, &pixels.bitmap);
                    shown.set(true);
                    trouble.set(None);
                    motion.weight.set(pixels.moves.then_some(pixels.weight));
                }
                Err(why) => trouble.set(Some(why)),
            }
        });
        true
    });
    motion
}
