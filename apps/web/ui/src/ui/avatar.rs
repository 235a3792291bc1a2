//! A person or group: the picture they chose, through guard's pixels, else a coloured circle with initials.

use std::cell::RefCell;
use std::collections::HashMap;

use futures_channel::oneshot;
use leptos::html::Canvas;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::ImageBitmap;

use super::canvas::pen;
use super::guard;
use crate::store::{Store, use_store};
use crate::text::plain::{colour, initials};

/// Pixels of a side: the largest circle on a dense screen.
const SIDE: u32 = 192;

/// Pictures kept as pixels: 150 KB each at most. Lists that are longer decode anew while one scrolls.
const KEPT: usize = 200;

/// `large` on details, else as in lists. The name stands beside it, so it is hidden from screen readers. `seed` is the
/// address of a person or the id of a conversation.
#[component]
pub fn Avatar(
    #[prop(into)] name: String,
    #[prop(into)] seed: String,
    #[prop(optional)] size: &'static str,
) -> impl IntoView {
    let store = use_store();
    let class = format!("avatar tint-{} {size}", colour(&seed));
    // Beside "You" too it has the letter that others see.
    let name = if untrack(|| store.is_me(&seed)) { untrack(|| store.name_of(&seed)) } else { name };
    let picture = Memo::new(move |_| picture_of(store, &seed));
    let face = move || picture.get().map(|id| view! { <Face id/> });
    // Drawn, not written: whatever the circle stands on has its own name.
    view! { <span class=class aria-hidden="true" data-initials=initials(&name)>{face}</span> }
}

/// The picture of a person, of this account, or of a conversation.
pub fn picture_of(store: Store, seed: &str) -> Option<String> {
    if store.is_me(seed) {
        return store.account.with(|account| account.as_ref().and_then(|account| account.picture.clone()));
    }
    let of_contact = store.contacts.with(|all| all.get(seed).map(|contact| contact.picture.clone()));
    match of_contact {
        Some(picture) => picture,
        None => store.conversations.with(|all| {
            all.iter().find(|chat| chat.conversation == seed).and_then(|chat| chat.picture.clone())
        }),
    }
}

#[component]
fn Face(id: String) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let shown = RwSignal::new(false);
    guard::when_here(move || {
        let id = id.clone();
        if canvas.get().is_none() {
            return false;
        }
        spawn_local(async move {
            let Some(bitmap) = face(id).await else { return };
            let Some(canvas) = canvas.try_get_untracked().flatten() else { return };
            // The middle of it, should it not be square.
            let side = bitmap.width().min(bitmap.height());
            canvas.set_width(side);
            canvas.set_height(side);
            let (x, y) = ((bitmap.width() - side) / 2, (bitmap.height() - side) / 2);
            if let Some(pen) = pen(&canvas) {
                let _ = pen.draw_image_with_image_bitmap(&bitmap, -f64::from(x), -f64::from(y));
                shown.set(true);
            }
        });
        true
    });
    view! { <canvas node_ref=canvas class=move || if shown.get() { "face shown" } else { "face" }></canvas> }
}

thread_local! {
    // None: it cannot be shown. Asking again would not help: another picture has another id.
    static FACES: RefCell<HashMap<String, Option<ImageBitmap>>> = RefCell::default();
    static WAITING: RefCell<HashMap<String, Vec<oneshot::Sender<Option<ImageBitmap>>>>> = RefCell::default();
}

/// Its pixels, decoded once however often it is on the screen.
async fn face(id: String) -> Option<ImageBitmap> {
    if let Some(kept) = FACES.with_borrow(|faces| faces.get(&id).cloned()) {
        return kept;
    }
    let (sender, receiver) = oneshot::channel();
    let first = WAITING.with_borrow_mut(|waiting| {
        let waiting = waiting.entry(id.clone()).or_default();
        waiting.push(sender);
        waiting.len() == 1
    });
    if !first {
        return receiver.await.ok().flatten();
    }
    let bitmap = guard::picture(&(id.clone(), 0), SIDE).await.ok().map(|shown| shown.bitmap);
    // Where the decoders are away, another try helps.
    if bitmap.is_some() || !untrack(guard::is_away) {
        FACES.with_borrow_mut(|faces| {
            if faces.len() >= KEPT {
                faces.clear();
            }
            faces.insert(id.clone(), bitmap.clone());
        });
    }
    for sender in WAITING.with_borrow_mut(|waiting| waiting.remove(&id)).unwrap_or_default() {
        let _ = sender.send(bitmap.clone());
    }
    bitmap
}
