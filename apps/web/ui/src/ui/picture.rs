//! A picture as pixels: guard's Worker decodes it in Rust, without keys or network, and this draws what came out.
//! The browser's own decoders never see it.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use casemate_api::view::Attachment;
use futures_channel::oneshot;
use leptos::html::Canvas;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, CanvasRenderingContext2d, HtmlCanvasElement, ImageBitmap, MessageEvent, Worker, WorkerOptions,
    WorkerType,
};

use super::attachment::{save, state_line};
use super::icon::{Icon, icon};
use crate::engine::read_file;
use crate::locale::{t, ta};
use crate::store::use_store;
use crate::text::plain::one_line;

/// Pixels of the longer side in a conversation: enough for a bubble on a dense screen.
const SMALL: u32 = 720;
/// And in the viewer.
const LARGE: u32 = 2_400;

/// A picture in a bubble; a click shows it large.
#[component]
pub fn Picture(message: String, index: u32, file: Attachment, own: bool) -> impl IntoView {
    let store = use_store();
    let canvas = NodeRef::<Canvas>::new();
    let shown = RwSignal::new(false);
    let trouble = RwSignal::new(None::<String>);
    let large = RwSignal::new(false);
    let ready = matches!(file.state.as_str(), "stored" | "sent" | "queued" | "uploading");
    if ready {
        let message = message.clone();
        Effect::new(move |_| {
            if canvas.get().is_some() {
                draw(message.clone(), index, SMALL, canvas, shown, trouble);
            }
        });
    }
    let line = state_line(store, &message, index, &file);
    let name = one_line(&file.name, 60);
    let label = ta("open-picture", &[("name", name.clone().into())]);
    let (width, height) = (file.width.max(1), file.height.max(1));
    let ratio = (f64::from(width) / f64::from(height)).clamp(0.4, 2.5);
    let safe = move || {
        (shown.get() && !own)
            .then(|| view! { <span class="safe">{icon(Icon::Check)}{t("shown-safely")}</span> })
    };
    let saved = (message.clone(), file.name.clone());
    let unsafe_line = move || {
        let (message, name) = saved.clone();
        trouble.get().map(|why| {
            let save = move |_| save(store, message.clone(), index, name.clone());
            view! {
                <span class="failure">{why}" "<button type="button" class="inline" on:click=save>{t("save")}</button></span>
            }
        })
    };
    let viewer = move || {
        large.get().then(
            || view! { <Viewer message=message.clone() index=index name=file.name.clone() open=large/> },
        )
    };
    view! {
        <button type="button" class="picture" aria-label=label disabled=move || !shown.get() on:click=move |_| large.set(true)
            style:aspect-ratio=ratio.to_string()>
            <canvas node_ref=canvas aria-hidden=true.to_string()></canvas>
        </button>
        {safe} {unsafe_line} {line} {viewer}
    }
}

#[component]
fn Viewer(message: String, index: u32, name: String, open: RwSignal<bool>) -> impl IntoView {
    let store = use_store();
    let canvas = NodeRef::<Canvas>::new();
    let dialog = NodeRef::<leptos::html::Dialog>::new();
    let shown = RwSignal::new(false);
    let trouble = RwSignal::new(None);
    let from = message.clone();
    Effect::new(move |_| {
        if let (Some(dialog), Some(_)) = (dialog.get(), canvas.get()) {
            if !dialog.open() {
                let _ = dialog.show_modal();
            }
            draw(from.clone(), index, LARGE, canvas, shown, trouble);
        }
    });
    let title = one_line(&name, 60);
    view! {
        <dialog node_ref=dialog class="viewer" aria-label=title.clone() on:close=move |_| open.set(false)>
            <header>
                <bdi>{title.clone()}</bdi>
                <super::button::IconButton name=t("save") shape=Icon::Download on_click=move |_| save(store, message.clone(), index, name.clone())/>
                <super::button::IconButton name=t("close") shape=Icon::Close on_click=move |_| open.set(false)/>
            </header>
            <canvas node_ref=canvas></canvas>
            {move || trouble.get().map(|why: String| view! { <p>{why}</p> })}
        </dialog>
    }
}

fn draw(
    message: String,
    index: u32,
    most: u32,
    canvas: NodeRef<Canvas>,
    shown: RwSignal<bool>,
    trouble: RwSignal<Option<String>>,
) {
    spawn_local(async move {
        let pixels = match read_file(&message, index).await {
            Ok(blob) => pixels(&blob, most).await,
            Err(error) => Err(error.message),
        };
        let Some(canvas) = canvas.try_get_untracked().flatten() else { return };
        match pixels {
            Ok(bitmap) => {
                put(&canvas, &bitmap);
                shown.set(true);
            }
            Err(why) => trouble.set(Some(why)),
        }
    });
}

fn put(canvas: &HtmlCanvasElement, bitmap: &ImageBitmap) {
    canvas.set_width(bitmap.width());
    canvas.set_height(bitmap.height());
    let context = canvas.get_context("2d").ok().flatten();
    if let Some(context) = context.and_then(|context| context.dyn_into::<CanvasRenderingContext2d>().ok()) {
        let _ = context.draw_image_with_image_bitmap(bitmap, 0.0, 0.0);
    }
    bitmap.close();
}

type Answer = Result<ImageBitmap, String>;

struct Guard {
    worker: Worker,
    next: Cell<u32>,
    waiting: RefCell<HashMap<u32, oneshot::Sender<Answer>>>,
}

thread_local! {
    // Started with the first picture; a decoder that dies is started anew with the next.
    static GUARD: RefCell<Option<Guard>> = const { RefCell::new(None) };
}

/// The pixels of a picture, at most so large.
async fn pixels(blob: &Blob, most: u32) -> Answer {
    let bytes = JsFuture::from(blob.array_buffer()).await.map_err(|_| t("picture-unreadable"))?;
    let answer = GUARD.with_borrow_mut(|guard| {
        if guard.is_none() {
            *guard = start();
        }
        let guard = guard.as_ref()?;
        let number = guard.next.replace(guard.next.get() + 1);
        let (sender, receiver) = oneshot::channel();
        guard.waiting.borrow_mut().insert(number, sender);
        let message = js_sys::Object::new();
        for (name, value) in [("picture", number.into()), ("bytes", bytes.clone()), ("max", most.into())] {
            let _ = js_sys::Reflect::set(&message, &JsValue::from_str(name), &value);
        }
        let transfer = js_sys::Array::of1(&bytes);
        guard.worker.post_message_with_transfer(&message, &transfer).ok()?;
        Some(receiver)
    });
    match answer {
        Some(answer) => answer.await.unwrap_or_else(|_| Err(t("picture-unreadable"))),
        None => Err(t("picture-unreadable")),
    }
}

fn start() -> Option<Guard> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let worker = Worker::new_with_options("/guard-worker.js", &options).ok()?;
    let heard = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| {
        let data = event.data();
        let field = |name: &str| js_sys::Reflect::get(&data, &name.into()).unwrap_or(JsValue::UNDEFINED);
        let Some(number) = field("picture").as_f64() else { return };
        let answer = match field("bitmap").dyn_into::<ImageBitmap>() {
            Ok(bitmap) => Ok(bitmap),
            Err(_) => Err(field("error").as_string().unwrap_or_else(|| t("picture-unreadable"))),
        };
        let sender = GUARD.with_borrow(|guard| {
            guard.as_ref().and_then(|guard| guard.waiting.borrow_mut().remove(&(number as u32)))
        });
        if let Some(sender) = sender {
            let _ = sender.send(answer);
        }
    });
    worker.set_onmessage(Some(heard.into_js_value().unchecked_ref()));
    let broke = Closure::<dyn Fn()>::new(|| {
        // Whoever waits hears that it could not be decoded.
        GUARD.with_borrow_mut(|guard| {
            if let Some(guard) = guard.take() {
                guard.worker.terminate();
            }
        });
    });
    worker.set_onerror(Some(broke.into_js_value().unchecked_ref()));
    Some(Guard { worker, next: Cell::new(1), waiting: RefCell::default() })
}
