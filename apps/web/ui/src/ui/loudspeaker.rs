//! Through what a voice message or a sound file is heard: ear, loudspeaker, headphones, as far as the browser lets a page choose.

use js_sys::{Array, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use web_sys::{AudioContext, AudioNode, HtmlMediaElement, MediaDevices, MediaStream};

use super::browser;
use super::button::IconButton;
use super::icon::Icon;
use super::menu::{Item, OpenMenu};
use super::notify::{call, field, wait};
use super::player;
use crate::locale::{t, ta};
use crate::store::{Store, use_store};
use crate::text::outputs::{Output, are_unknown, choosable};

/// Whether this browser lets a page choose.
pub fn can_be_chosen() -> bool {
    leads_contexts() || has("HTMLMediaElement", "setSinkId")
}

/// Whether what a page makes of samples can be led elsewhere by itself. Firefox leads only elements.
fn leads_contexts() -> bool {
    has("AudioContext", "setSinkId")
}

fn has(class: &str, method: &str) -> bool {
    let prototype = field(&field(&js_sys::global(), class), "prototype");
    prototype.is_object() && Reflect::has(&prototype, &method.into()).unwrap_or(false)
}

/// The button, while something is heard.
#[component]
pub fn Loudspeakers() -> impl IntoView {
    let store = use_store();
    let choose = move |event: leptos::ev::MouseEvent| {
        // Where it was pressed is not known any more once the browser has answered.
        let menu = OpenMenu::at(&event, Vec::new());
        spawn_local(async move {
            let known = outputs().await;
            if are_unknown(&known) && can_ask() {
                return ask(store).await;
            }
            store.menu.set(Some(OpenMenu { items: items(store, known), ..menu }));
        });
    };
    view! { <IconButton name=t("output-choose") shape=Icon::Speaker small=true menu=true on_click=choose/> }
}

fn items(store: Store, known: Vec<Output>) -> Vec<Item> {
    let now = store.sound.output.get_untracked();
    let item = |id: String, label: String| {
        let is_now = id == now;
        Item::choice(Icon::Speaker, label, is_now, move || player::through(store, id.clone()))
    };
    let mut items = vec![item(String::new(), t("output-system"))];
    items.extend(known.into_iter().map(|output| {
        let numbered = || ta("output-number", &[("number", output.number.into())]);
        item(output.id, output.name.unwrap_or_else(numbered))
    }));
    if can_ask() {
        items.push(Item::new(Icon::Plus, t("output-other"), move || spawn_local(ask(store))));
    }
    items
}

/// Has the browser show its own list, where it has one.
async fn ask(store: Store) {
    let Some(devices) = devices() else { return };
    let chosen = wait(call(&devices, "selectAudioOutput", &[])).await;
    // Its person thought better of it.
    let Some(id) = chosen.and_then(|chosen| field(&chosen, "deviceId").as_string()) else { return };
    player::through(store, id);
}

fn can_ask() -> bool {
    devices().is_some_and(|devices| field(&devices, "selectAudioOutput").is_function())
}

fn devices() -> Option<MediaDevices> {
    browser::window().navigator().media_devices().ok()
}

async fn outputs() -> Vec<Output> {
    let listed = devices().and_then(|devices| devices.enumerate_devices().ok());
    let listed = wait(listed).await.map(|listed| Array::from(&listed)).unwrap_or_default();
    let text = |device: &JsValue, name: &str| field(device, name).as_string().unwrap_or_default();
    let speakers = listed.iter().filter(|device| text(device, "kind") == "audiooutput");
    choosable(speakers.map(|device| (text(&device, "deviceId"), text(&device, "label"))).collect())
}

/// What samples go to, until it is dropped.
pub struct Way {
    /// To be connected with.
    pub node: AudioNode,
    element: Option<HtmlMediaElement>,
}

impl Way {
    /// To the loudspeaker with this id; empty is the system's choice. One that is gone is not worth a word: the system's choice
    /// is heard instead.
    pub async fn to(context: &AudioContext, output: &str) -> Self {
        let led = match output {
            "" => None,
            _ if leads_contexts() => {
                wait(call(context, "setSinkId", &[output.into()])).await;
                None
            }
            _ => Self::through_element(context, output).await,
        };
        led.unwrap_or_else(|| Self { node: context.destination().into(), element: None })
    }

    async fn through_element(context: &AudioContext, output: &str) -> Option<Self> {
        let element: HtmlMediaElement = document().create_element("audio").ok()?.dyn_into().ok()?;
        wait(call(&element, "setSinkId", &[output.into()])).await?;
        let make = field(context, "createMediaStreamDestination").dyn_into::<js_sys::Function>().ok()?;
        let node: AudioNode = make.call0(context).ok()?.dyn_into().ok()?;
        let stream: MediaStream = field(&node, "stream").dyn_into().ok()?;
        element.set_src_object(Some(&stream));
        browser::unheeded(element.play());
        Some(Self { node, element: Some(element) })
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        if let Some(element) = &self.element {
            let _ = element.pause();
            element.set_src_object(None);
        }
    }
}
