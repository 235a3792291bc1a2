//! The picture of a person or a group, large: guard's pixels, as everywhere.

use leptos::html::Canvas;
use leptos::prelude::*;

use super::avatar::Avatar;
use super::dialog::{CloseButton, Dialog};
use super::picture::draw;
use crate::locale::ta;
use crate::store::use_store;

/// Pixels of a side: what there is of one is hardly larger.
const SIDE: u32 = 1_280;

/// The circle, which shows the picture when it is pressed; only drawn where there is none.
#[component]
pub fn Portrait(
    #[prop(into)] name: Signal<String>,
    #[prop(into)] seed: Signal<String>,
    #[prop(into)] picture: Signal<Option<String>>,
) -> impl IntoView {
    let store = use_store();
    let circle = move || view! { <Avatar name=name.get() seed=seed.get() size="large"/> };
    let has = Memo::new(move |_| picture.with(Option::is_some));
    let open = move |_| {
        if let Some(picture) = picture.get_untracked() {
            store.dialog.set(Some(Dialog::Portrait { name: name.get_untracked(), picture }));
        }
    };
    move || {
        match has.get() {
        false => view! { {circle} }.into_any(),
        true => view! {
            <button type="button" class="picture-choose" aria-label=move || words(&name.get()) on:click=open>{circle}</button>
        }
        .into_any(),
    }
    }
}

/// What its button, its dialog and the picture itself are called.
pub fn words(name: &str) -> String {
    ta("portrait", &[("name", name.to_owned().into())])
}

/// In its dialog.
#[component]
pub fn PortraitLarge(name: String, picture: String) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let shown = RwSignal::new(false);
    let trouble = RwSignal::new(None::<String>);
    draw(picture, 0, SIDE, canvas, shown, trouble);
    view! {
        <div class="dialog-end"><CloseButton/></div>
        <h2><bdi>{name.clone()}</bdi></h2>
        <canvas node_ref=canvas class="portrait" role="img" aria-label=words(&name)></canvas>
        {move || trouble.get().map(|why| view! { <p class="notice" role="status">{why}</p> })}
    }
}
