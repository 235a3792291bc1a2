//! The picture of oneself or of a group: chosen, cut square, shown, taken away again.

use leptos::callback::UnsyncCallback;
use leptos::html::{Dialog, Input};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::HtmlCanvasElement;

use super::avatar::Avatar;
use super::browser;
use super::button::{Button, Weight};
use super::canvas::{encoded, named, own_pixels, render};
use super::editor::{Editor, Tool};
use super::icon::{Icon, icon};
use super::toast::ToastHere;
use crate::edit::{Edit, History, Rect};
use crate::engine::lend_file;
use crate::locale::t;
use crate::store::use_store;

/// Pixels of a side of what others get.
const SIDE: f64 = 640.0;
/// And of what it is cut from.
const CHOSEN: u32 = 2_048;

/// `on_set` gets the path of the new picture; empty takes it away.
#[component]
pub fn PictureChoice(
    #[prop(into)] name: Signal<String>,
    #[prop(into)] seed: Signal<String>,
    #[prop(into)] has: Signal<bool>,
    #[prop(into)] on_set: Callback<String>,
) -> impl IntoView {
    let store = use_store();
    let picker = NodeRef::<Input>::new();
    let cutting = RwSignal::new_local(None::<HtmlCanvasElement>);
    let picked = move |_| {
        let Some(input) = picker.get_untracked() else { return };
        let file = browser::files(input.files()).into_iter().next();
        input.set_value("");
        let Some(file) = file else { return };
        spawn_local(async move {
            match own_pixels(&file, CHOSEN).await {
                Ok(own) => drop(cutting.try_set(Some(own.canvas))),
                Err(sentence) => store.say(sentence),
            }
        });
    };
    let choose = move |_| {
        if let Some(input) = picker.get_untracked() {
            input.click();
        }
    };
    let done = move |picture: Option<HtmlCanvasElement>| {
        cutting.set(None);
        let Some(picture) = picture else { return };
        spawn_local(async move {
            let file =
                encoded(&picture, "image/jpeg", 0.88).await.and_then(|blob| named(&blob, "picture.jpg"));
            let Some(file) = file else { return store.say(t("picture-unreadable")) };
            match lend_file(&file).await {
                Ok(path) => drop(on_set.try_run(path)),
                Err(error) => store.fails(&error),
            }
        });
    };
    let done = UnsyncCallback::new(done);
    let remove = move || {
        has.get().then(|| {
            view! { <Button label=t("picture-remove") weight=Weight::Danger on_click=move |()| on_set.run(String::new())/> }
        })
    };
    let avatar = move || view! { <Avatar name=name.get() seed=seed.get() size="large"/> };
    let words = move || if has.get() { t("picture-change") } else { t("picture-choose") };
    view! {
        <div class="picture-choice">
            <button type="button" class="picture-choose" aria-label=words on:click=choose>
                {avatar}<span class="picture-badge" aria-hidden=true.to_string()>{icon(Icon::Camera)}</span>
            </button>
            <input node_ref=picker type="file" accept="image/*" class="hidden" tabindex="-1" aria-hidden=true.to_string() on:change=picked/>
            {remove}
            {move || cutting.get().map(|chosen| view! { <Cut chosen done/> })}
        </div>
    }
}

/// Cutting it square.
#[component]
fn Cut(chosen: HtmlCanvasElement, done: UnsyncCallback<Option<HtmlCanvasElement>>) -> impl IntoView {
    let node = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        if let Some(dialog) = node.get()
            && !dialog.open()
        {
            let _ = dialog.show_modal();
        }
    });
    let size = (f64::from(chosen.width()), f64::from(chosen.height()));
    let mut start = History::default();
    start.now = Edit { cut: Rect::of_ratio(1.0, size), ..Edit::default() };
    let history = RwSignal::new(start);
    let tool = RwSignal::new(Tool::Cut);
    let kept = StoredValue::new_local(chosen.clone());
    let save = move |()| {
        let edit = history.with_untracked(|history| history.now.clone());
        done.run(kept.with_value(|chosen| render(chosen, &edit, SIDE)));
    };
    // What is open below stays open.
    let stay = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
        }
    };
    view! {
        <dialog node_ref=node class="send-screen" aria-label=t("picture-cut") on:close=move |_| done.run(None) on:keydown=stay>
            <header class="send-bar"><h2>{t("picture-cut")}</h2></header>
            <Editor chosen history tool square=true/>
            <footer class="send-foot">
                <Button label=t("cancel") weight=Weight::Quiet on_click=move |()| done.run(None)/>
                <Button label=t("save") on_click=save/>
            </footer>
            <ToastHere/>
        </dialog>
    }
}
