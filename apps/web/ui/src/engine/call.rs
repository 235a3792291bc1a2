//! The media of a call in this page (`static/call.js`), fetched when one begins. The engine says when; the keys go past this
//! page, over a channel between its Worker and that of the frames.

use std::cell::RefCell;

use js_sys::{Array, Function};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use web_sys::MediaStream;

use super::client::{call_socket, control, hand_over, is_native};
use super::link::{field, object};
use crate::ui::browser;

#[wasm_bindgen]
extern "C" {
    /// `static/boot.js`.
    #[wasm_bindgen(js_name = loadCall, catch)]
    async fn load() -> Result<JsValue, JsValue>;

    /// `static/call.js`.
    #[derive(Clone)]
    pub(super) type Module;
    #[wasm_bindgen(method, js_name = tryOut)]
    pub(super) fn try_out(this: &Module, say: &Function, wanted: &JsValue) -> super::trial::Tried;
    #[wasm_bindgen(method)]
    fn begin(this: &Module, say: &Function, wanted: &JsValue) -> Media;
    #[wasm_bindgen(method, catch)]
    async fn devices(this: &Module) -> Result<JsValue, JsValue>;

    /// A call's media.
    #[derive(Clone)]
    type Media;
    #[wasm_bindgen(method, getter)]
    fn port(this: &Media) -> JsValue;
    #[wasm_bindgen(method)]
    fn mute(this: &Media, on: bool);
    #[wasm_bindgen(method)]
    fn listen(this: &Media);
    #[wasm_bindgen(method)]
    fn camera(this: &Media, on: bool);
    #[wasm_bindgen(method)]
    fn flip(this: &Media);
    #[wasm_bindgen(method)]
    fn share(this: &Media, on: bool);
    #[wasm_bindgen(method)]
    fn calm(this: &Media, on: bool);
    #[wasm_bindgen(method)]
    fn save(this: &Media, on: bool);
    #[wasm_bindgen(method)]
    fn choose(this: &Media, chosen: &JsValue);
    #[wasm_bindgen(method)]
    fn wish(this: &Media, wishes: &Array);
    #[wasm_bindgen(method)]
    fn stream(this: &Media, slot: i32) -> Option<MediaStream>;
    #[wasm_bindgen(method)]
    fn close(this: &Media);
}

/// How a call stands, as its media say.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Shown {
    /// `connecting`, `connected`, `lost`, `over`.
    pub state: String,
    /// Why it cannot be.
    pub failed: Option<String>,
    /// `microphone`, `camera` or `screen`: just now the browser gave none.
    pub refused: Option<String>,
    /// Just now another device was taken than was chosen: which are from now on.
    pub chosen: Option<Chosen>,
    /// Which connection this is: slots begin anew with each.
    pub line: u32,
    /// How many pictures of one's own there were: what shows one of them shows that of another camera only anew.
    pub pictures: u32,
    /// The microphone is off.
    pub muted: bool,
    /// There is one.
    pub microphone: bool,
    /// One's own camera is seen.
    pub camera: bool,
    /// … as in a mirror.
    pub mirrored: bool,
    /// One's own screen is.
    pub screen: bool,
    /// This person speaks.
    pub speaking: bool,
    /// Their network loses much.
    pub weak: bool,
    /// The others that are heard or seen.
    pub people: Vec<Seen>,
}

/// Somebody who is heard or seen.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Seen {
    /// Their device.
    pub device: String,
    /// Their address.
    pub address: String,
    /// The slot in which their camera is.
    pub camera: Option<i32>,
    /// The slot in which their screen is.
    pub screen: Option<i32>,
    /// They speak.
    pub speaking: bool,
    /// Their network loses much.
    pub weak: bool,
}

/// With what a call begins.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Wanted {
    /// The camera is on.
    pub camera: bool,
    /// Small pictures only.
    pub saver: bool,
    /// Without what is heard in the background.
    pub calm: bool,
    /// Which devices.
    pub devices: Chosen,
    /// The microphone is off.
    pub muted: bool,
    /// Where an engine of another program has the keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub socket: Option<String>,
}

impl Wanted {
    pub(super) fn for_script(&self) -> JsValue {
        js_sys::JSON::parse(&serde_json::to_string(self).unwrap_or_default()).unwrap_or_default()
    }
}

/// Devices by their ids; empty: as the system has it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Chosen {
    /// Speaks here.
    pub microphone: String,
    /// Is seen by this.
    pub camera: String,
    /// Hears from this.
    pub speaker: String,
}

impl Chosen {
    pub(super) fn for_script(&self) -> JsValue {
        object(&[
            ("microphone", self.microphone.as_str().into()),
            ("camera", self.camera.as_str().into()),
            ("speaker", self.speaker.as_str().into()),
        ])
        .into()
    }
}

/// A device to choose.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Device {
    /// `audioinput`, `audiooutput`, `videoinput`.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// What the system calls it.
    pub name: String,
}

impl Device {
    /// Not only another name for the one that the system has chosen.
    pub fn is_own(&self) -> bool {
        self.id != "default" && self.id != "communications"
    }
}

/// A picture that is to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Whose.
    pub device: String,
    /// The screen, not the camera.
    pub screen: bool,
    /// Pixels.
    pub height: u32,
}

struct Live {
    call: String,
    media: Media,
    _say: Closure<dyn Fn(String)>,
}

thread_local! {
    // One call at a time.
    static LIVE: RefCell<Option<Live>> = const { RefCell::new(None) };
    // The one that media are being made for.
    static WANTED: RefCell<Option<String>> = const { RefCell::new(None) };
    // To the newest call of a native engine.
    static TICKET: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A native engine gave a ticket to a call's keys. It is the Worker's that shows it.
pub(super) fn has_ticket(ticket: String) {
    TICKET.set(Some(ticket));
}

/// The call whose media the engine wants; `None` where the Worker speaks of something else.
pub(super) fn wanted(data: &JsValue) -> Option<String> {
    field(data, "call").as_string()
}

/// Tells the engine why a call has no media. False: it is another program, which hears of media from their Worker alone.
pub fn fails(call: &str, why: &str) -> bool {
    !is_native() && control(&object(&[("call", call.into()), ("failed", why.into())]))
}

/// Makes a call's media, `muted` if that is so once they can be made. False: what they need could not be had.
pub async fn begin(
    call: &str,
    wanted: Wanted,
    muted: impl Fn() -> bool,
    say: impl Fn(Shown) + 'static,
) -> bool {
    end();
    WANTED.set(Some(call.to_owned()));
    let socket = TICKET.take().and_then(|ticket| call_socket(&ticket));
    let loaded = load().await;
    if WANTED.with_borrow(|wanted| wanted.as_deref() != Some(call)) {
        // Over already, while this was fetched, or another one is made ready. The engine closes the channel that it never got.
        return true;
    }
    WANTED.take();
    let Ok(module) = loaded else { return false };
    let say = Closure::<dyn Fn(String)>::new(move |said: String| {
        if let Ok(shown) = serde_json::from_str(&said) {
            say(shown);
        }
    });
    let is_native = socket.is_some();
    let wanted = Wanted { socket, muted: muted(), ..wanted }.for_script();
    let media = module.unchecked_into::<Module>().begin(say.as_ref().unchecked_ref(), &wanted);
    let port = media.port();
    let message = object(&[("call", call.into()), ("port", port.clone())]);
    LIVE.set(Some(Live { call: call.to_owned(), media, _say: say }));
    is_native || hand_over(&message, &Array::of1(&port))
}

/// Ends the media, if there are any.
pub fn end() {
    WANTED.take();
    if let Some(live) = LIVE.take() {
        live.media.close();
    }
}

/// Ends those of this call.
pub fn end_of(call: &str) {
    let is_it = LIVE.with_borrow(|live| live.as_ref().is_some_and(|live| live.call == call))
        || WANTED.with_borrow(|wanted| wanted.as_deref() == Some(call));
    if is_it {
        end();
    }
}

/// Whether there are media, or they are being made.
pub fn is_under_way() -> bool {
    LIVE.with_borrow(Option::is_some) || WANTED.with_borrow(Option::is_some)
}

/// What the person does.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// Microphone off.
    Mute(bool),
    /// A microphone, where there was none.
    Listen,
    /// Camera on.
    Camera(bool),
    /// Another camera.
    Flip,
    /// Screen shown.
    Share(bool),
    /// Less background.
    Calm(bool),
    /// Less data.
    Save(bool),
    /// Other devices.
    Choose(Chosen),
    /// Which pictures are to come.
    Wish(Vec<Wish>),
}

/// Does it, where there is a call.
pub fn act(act: &Act) {
    let Some(media) = media() else { return };
    match act {
        Act::Mute(on) => media.mute(*on),
        Act::Listen => media.listen(),
        Act::Camera(on) => media.camera(*on),
        Act::Flip => media.flip(),
        Act::Share(on) => media.share(*on),
        Act::Calm(on) => media.calm(*on),
        Act::Save(on) => media.save(*on),
        Act::Choose(chosen) => media.choose(&chosen.for_script()),
        Act::Wish(wishes) => {
            let wish = |wish: &Wish| {
                JsValue::from(object(&[
                    ("device", wish.device.as_str().into()),
                    ("screen", wish.screen.into()),
                    ("height", wish.height.into()),
                ]))
            };
            media.wish(&wishes.iter().map(wish).collect());
        }
    }
}

/// What is seen in a slot; -1 is one's own camera, -2 one's own screen.
pub fn stream(slot: i32) -> Option<MediaStream> {
    media()?.stream(slot)
}

/// Microphones, cameras and speakers that there are.
pub async fn devices() -> Vec<Device> {
    let Some(module) = module().await else { return Vec::new() };
    let all = module.devices().await.ok().and_then(|all| all.as_string());
    all.and_then(|all| serde_json::from_str(&all).ok()).unwrap_or_default()
}

/// Whether this browser shows screens to others.
pub fn can_share() -> bool {
    let devices = leptos::prelude::window().navigator().media_devices();
    devices.is_ok_and(|devices| field(&devices, "getDisplayMedia").is_function())
}

/// Shows a film in a small window above all others, where the browser has such.
pub fn float(video: &web_sys::HtmlVideoElement) {
    if let Ok(ask) = field(video, "requestPictureInPicture").dyn_into::<Function>() {
        browser::unheeded(ask.call0(video).and_then(JsCast::dyn_into));
    }
}

pub(super) async fn module() -> Option<Module> {
    load().await.ok().map(JsCast::unchecked_into)
}

fn media() -> Option<Media> {
    LIVE.with_borrow(|live| live.as_ref().map(|live| live.media.clone()))
}
