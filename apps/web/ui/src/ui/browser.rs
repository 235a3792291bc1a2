//! The few things asked of the browser itself.

use js_sys::Reflect;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, ClipboardEvent, DragEvent, File, HtmlAnchorElement, HtmlElement, HtmlInputElement,
    HtmlTextAreaElement, Url, Window,
};

use crate::store::matches;
use crate::text::holes;
use crate::text::plain::says_only_names;

/// The window; a page has one.
pub fn window() -> Window {
    leptos::prelude::window()
}

/// Loads the page anew: the memory of its program and of its Workers is given back. Freed memory of the browser's process may keep words.
pub fn load_anew() {
    let _ = window().location().reload();
}

/// Where a file of the app is: this page's version of it, whatever else has come out since.
pub fn file(name: &str) -> String {
    let root = window().document().and_then(|page| page.document_element());
    let files = root.and_then(|root| root.get_attribute("data-files")).unwrap_or_default();
    format!("{files}{name}")
}

/// A text that is a file of the app.
///
/// # Errors
///
/// It could not be had.
pub async fn text(name: &str) -> Result<String, JsValue> {
    let answer: web_sys::Response = JsFuture::from(window().fetch_with_str(&file(name))).await?.dyn_into()?;
    if !answer.ok() {
        return Err(answer.status_text().into());
    }
    JsFuture::from(answer.text()?).await?.as_string().ok_or(JsValue::NULL)
}

/// What stands after the `#`, with it.
pub fn hash() -> String {
    window().location().hash().unwrap_or_default()
}

/// The whole address of this page.
fn address() -> String {
    window().location().href().unwrap_or_default()
}

/// The whole address of this page, where it is an invitation. Places of the app begin with a slash.
pub fn invitation() -> Option<String> {
    let address = address();
    let (_, invitation) = address.split_once("/i#")?;
    (!invitation.starts_with('/')).then_some(address)
}

/// Where this page comes from: `https://server`.
pub fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// Whether the page comes from a `casemate app`, each run of which has a name of its own below `localhost`.
pub fn is_of_app() -> bool {
    window().location().hostname().unwrap_or_default().ends_with(".localhost")
}

/// A new place in the history.
pub fn push_address(address: &str) {
    if let Ok(history) = window().history() {
        let depth = depth() + 1.0;
        let _ = history.push_state_with_url(&depth.into(), "", Some(address));
    }
}

/// The same place under another address.
pub fn replace_address(address: &str) {
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&depth().into(), "", Some(address));
    }
}

/// Prints the page; the stylesheet chooses what of it.
pub fn print() {
    let _ = window().print();
}

/// The languages that the browser's person wants, the dearest first.
pub fn languages() -> Vec<String> {
    window().navigator().languages().iter().filter_map(|tag| tag.as_string()).collect()
}

/// Whether one reads from the right here.
pub fn is_from_right() -> bool {
    let root = document().document_element();
    root.is_some_and(|root| root.get_attribute("dir").as_deref() == Some("rtl"))
}

/// Whether Back stays in the app.
pub fn has_history() -> bool {
    depth() > 0.0
}

/// How many places of the app lie before this one among those gone through.
pub fn depth() -> f64 {
    let state = window().history().and_then(|history| history.state());
    state.ok().and_then(|state| state.as_f64()).unwrap_or(0.0)
}

/// The browser's Back.
pub fn back() {
    if let Ok(history) = window().history() {
        let _ = history.back();
    }
}

/// Copies text; false where the browser refuses.
pub async fn copy(text: &str) -> bool {
    let clipboard = window().navigator().clipboard();
    JsFuture::from(clipboard.write_text(text)).await.is_ok()
}

/// Begun, and nothing follows from how it ends. Of a promise that fails with nobody listening the console would complain.
pub fn unheeded(begun: Result<js_sys::Promise, JsValue>) {
    if let Ok(promise) = begun {
        spawn_local(async move { drop(JsFuture::from(promise).await) });
    }
}

/// The system's share sheet, where there is one.
pub fn can_share() -> bool {
    Reflect::get(&window().navigator(), &"share".into()).is_ok_and(|share| share.is_function())
}

/// Hands text to the share sheet.
pub fn share(text: &str) {
    let navigator = window().navigator();
    let data = js_sys::Object::new();
    let _ = Reflect::set(&data, &"text".into(), &text.into());
    if let Ok(share) =
        Reflect::get(&navigator, &"share".into()).and_then(JsCast::dyn_into::<js_sys::Function>)
    {
        // They may think better of it.
        unheeded(share.call1(&navigator, &data).and_then(JsCast::dyn_into));
    }
}

/// Saves bytes as a file. The browser stores them as they are and opens nothing.
pub fn save(blob: &Blob, name: &str) {
    // Without a type of its own the browser cannot be led to show it.
    let plain = blob.slice_with_f64_and_f64_and_content_type(0.0, blob.size(), "application/octet-stream");
    let Some((plain, document)) = plain.ok().zip(window().document()) else { return };
    let Ok(url) = Url::create_object_url_with_blob(&plain) else { return };
    if let Ok(link) = document.create_element("a").map(JsCast::unchecked_into::<HtmlAnchorElement>) {
        link.set_href(&url);
        link.set_download(name);
        link.click();
    }
    // A browser may take a moment to begin.
    set_timeout(move || drop(Url::revoke_object_url(&url)), std::time::Duration::from_secs(60));
}

/// A file that its person chose a place for.
#[derive(Clone)]
pub struct Place(JsValue);

/// Asks for a place for a file. `Ok(None)`: this browser has no such question, and saves by itself. `Err`: its person closed it.
pub async fn place_for(name: &str) -> Result<Option<Place>, ()> {
    let window: JsValue = window().into();
    let ask = Reflect::get(&window, &"showSaveFilePicker".into());
    let Ok(ask) = ask.and_then(JsCast::dyn_into::<js_sys::Function>) else { return Ok(None) };
    let wanted = js_sys::Object::new();
    let _ = Reflect::set(&wanted, &"suggestedName".into(), &name.into());
    let asked = ask.call1(&window, &wanted).and_then(JsCast::dyn_into::<js_sys::Promise>);
    let Ok(asked) = asked else { return Ok(None) };
    match JsFuture::from(asked).await {
        Ok(handle) => Ok(Some(Place(handle))),
        // Where it may not be asked, the browser saves as it always does.
        Err(error) => {
            let why = Reflect::get(&error, &"name".into()).ok().and_then(|name| name.as_string());
            if why.as_deref() == Some("AbortError") { Err(()) } else { Ok(None) }
        }
    }
}

impl Place {
    /// Writes bytes there; false where they could not be.
    pub async fn write(&self, blob: &Blob) -> bool {
        let Some(output) = call(&self.0, "createWritable", None).await else { return false };
        let written = call(&output, "write", Some(blob)).await;
        // Only closing makes the file: before, there is nothing or what was there.
        written.is_some() && call(&output, "close", None).await.is_some()
    }
}

async fn call(on: &JsValue, method: &str, with: Option<&Blob>) -> Option<JsValue> {
    let method = Reflect::get(on, &method.into()).ok()?.dyn_into::<js_sys::Function>().ok()?;
    let called = match with {
        Some(with) => method.call1(on, with),
        None => method.call0(on),
    };
    JsFuture::from(called.ok()?.dyn_into::<js_sys::Promise>().ok()?).await.ok()
}

/// Opens a page elsewhere, without telling it where from.
pub fn open_elsewhere(url: &str) {
    let _ = window().open_with_url_and_target_and_features(url, "_blank", "noopener,noreferrer");
}

/// Whether the page is as wide as a desk's, and nobody's finger is all there is to point with.
pub fn has_room_and_mouse() -> bool {
    matches("(min-width: 768px)") && !is_touched()
}

/// Whether one points with a finger: a field that takes the focus opens a keyboard over half the screen.
pub fn is_touched() -> bool {
    matches("(pointer: coarse)")
}

/// The element with an id.
pub fn element(id: &str) -> Option<HtmlElement> {
    window().document()?.get_element_by_id(id)?.dyn_into().ok()
}

/// What is typed in the field with this id; nothing where there is none.
pub fn typed(id: &str) -> String {
    let field = element(id).and_then(|field| field.dyn_into::<web_sys::HtmlInputElement>().ok());
    field.map(|field| field.value()).unwrap_or_default()
}

/// Moves the focus.
pub fn focus(id: &str) {
    if let Some(element) = element(id) {
        let _ = element.focus();
    }
}

/// The same, with the caret behind what stands there.
pub fn focus_at_end(id: &str) {
    focus(id);
    if let Some(area) = element(id).and_then(|field| field.dyn_into::<web_sys::HtmlTextAreaElement>().ok()) {
        let end = area.value().encode_utf16().count() as u32;
        let _ = area.set_selection_range(end, end);
    }
}

/// While there is one, whoever leaves the page or loads it anew is asked first: something would be lost.
pub struct AsksToLeave(Option<WindowListenerHandle>);

impl AsksToLeave {
    /// Begins to ask.
    pub fn new() -> Self {
        Self(Some(window_event_listener(leptos::ev::beforeunload, |event| event.prevent_default())))
    }
}

impl Drop for AsksToLeave {
    fn drop(&mut self) {
        if let Some(listener) = self.0.take() {
            listener.remove();
        }
    }
}

/// This moment, RFC 3339.
pub fn now() -> String {
    iso(js_sys::Date::now())
}

/// A time in milliseconds since 1970, written as RFC 3339.
pub fn iso(ms: f64) -> String {
    String::from(js_sys::Date::new(&ms.into()).to_iso_string())
}

/// Scrolls what an element lies in, from side to side, until it is in the middle.
pub fn into_middle(element: &web_sys::Element) {
    let Some(around) = element.parent_element() else { return };
    let (inner, outer) = (element.get_bounding_client_rect(), around.get_bounding_client_rect());
    let off = inner.left() + inner.width() / 2.0 - outer.left() - outer.width() / 2.0;
    around.set_scroll_left(around.scroll_left() + off as i32);
}

/// After the screen was brought up to date and before it is painted.
pub fn before_paint(what: impl FnOnce() + 'static) {
    request_animation_frame(what);
}

/// Does something once the next frame is drawn; a page that nobody sees draws none and goes on at once.
pub fn next_frame(what: impl FnOnce() + 'static) {
    // Not in the frame itself: what is changed after it is put in place before the frame that shows it.
    let after = move || set_timeout(what, std::time::Duration::ZERO);
    if is_visible() { request_animation_frame(after) } else { after() }
}

/// Whether this happened to a field that files are chosen with.
pub fn picks_files(event: &web_sys::Event) -> bool {
    let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    input.is_some_and(|input| input.type_() == "file")
}

/// Whether files are dragged here, and not words or links of a page.
pub fn drags_files(event: &DragEvent) -> bool {
    event.data_transfer().is_some_and(|data| data.types().includes(&"Files".into(), 0))
}

/// Whether what leaves one place comes into one like this, or stays in it.
pub fn comes_into(event: &DragEvent, place: &str) -> bool {
    let into = event.related_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    into.is_some_and(|element| matches!(element.closest(place), Ok(Some(_))))
}

/// What is dropped beside whoever takes it, the browser would open in the place of the app. Words may be dragged into a field.
pub fn keep_drops_out() {
    let refuse = |event: DragEvent| {
        if event.default_prevented() || (is_into_field(&event) && !drags_files(&event)) {
            return;
        }
        event.prevent_default();
        if let Some(data) = event.data_transfer() {
            data.set_drop_effect("none");
        }
    };
    let over = window_event_listener(leptos::ev::dragover, refuse);
    let dropped = window_event_listener(leptos::ev::drop, refuse);
    on_cleanup(move || {
        over.remove();
        dropped.remove();
    });
}

/// What is pasted as files. Office programs give their words as a picture besides: into a field go the words.
pub fn pasted_files(event: &ClipboardEvent) -> Vec<File> {
    let files = files(event.clipboard_data().and_then(|data| data.files()));
    let names: Vec<String> = files.iter().map(File::name).collect();
    match is_into_field(event) && !says_only_names(&pasted_words(event), &names) {
        true => Vec::new(),
        false => files,
    }
}

/// What is pasted as words.
pub fn pasted_words(event: &ClipboardEvent) -> String {
    event.clipboard_data().and_then(|data| data.get_data("text/plain").ok()).unwrap_or_default()
}

fn is_into_field(event: &web_sys::Event) -> bool {
    event.target().is_some_and(|target| {
        target.has_type::<HtmlTextAreaElement>() || target.has_type::<HtmlInputElement>()
    })
}

/// Whether the person can see this page now.
pub fn is_visible() -> bool {
    let document: JsValue = document().into();
    let hidden = Reflect::get(&document, &"hidden".into());
    !hidden.is_ok_and(|hidden| hidden.is_truthy())
}

/// Whether this page is the one that keys go to.
pub fn has_focus() -> bool {
    window().document().and_then(|page| page.has_focus().ok()).unwrap_or(true)
}

/// Minutes since midnight, as clocks here show.
pub fn minute_of_day() -> u32 {
    let now = js_sys::Date::new_0();
    now.get_hours() * 60 + now.get_minutes()
}

/// What this browser keeps for the page, under a name.
pub fn kept(name: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(name).ok()?
}

/// Keeps something. A browser that refuses just forgets.
pub fn keep(name: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(name, value);
    }
}

/// And keeps it no more.
pub fn keep_no_more(name: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.remove_item(name);
    }
}

/// What this tab keeps for the page, also while it is loaded anew.
pub fn kept_in_tab(name: &str) -> Option<String> {
    window().session_storage().ok()??.get_item(name).ok()?
}

/// Keeps something there, or no more.
pub fn keep_in_tab(name: &str, value: Option<&str>) {
    if let Ok(Some(storage)) = window().session_storage() {
        let _ = match value {
            Some(value) => storage.set_item(name, value),
            None => storage.remove_item(name),
        };
    }
}

/// The files that a list holds.
pub fn files(list: Option<web_sys::FileList>) -> Vec<web_sys::File> {
    let Some(list) = list else { return Vec::new() };
    (0..list.length()).filter_map(|at| list.get(at)).collect()
}

/// The browser's name and version, where it tells them: `Chromium` for all that are made of it.
pub async fn version() -> Option<(String, String)> {
    let navigator = window().navigator();
    if let Some(told) = version_in_full(&navigator).await {
        return Some(("Chromium".to_owned(), told));
    }
    let agent = navigator.user_agent().ok()?;
    holes::of_agent(&agent).map(|(name, version)| (name.to_owned(), version.to_owned()))
}

/// What this browser and what it runs on are called, as in `Chrome`, `Linux`.
pub fn called() -> Option<(&'static str, &'static str)> {
    holes::called(&window().navigator().user_agent().ok()?)
}

/// As user agent client hints have it.
async fn version_in_full(navigator: &web_sys::Navigator) -> Option<String> {
    let get = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).ok();
    let hints = get(navigator, "userAgentData").filter(JsValue::is_object)?;
    let ask: js_sys::Function = get(&hints, "getHighEntropyValues")?.dyn_into().ok()?;
    let wanted = js_sys::Array::of1(&"fullVersionList".into());
    let answer: js_sys::Promise = ask.call1(&hints, &wanted).ok()?.dyn_into().ok()?;
    let list = get(&JsFuture::from(answer).await.ok()?, "fullVersionList")?;
    let list: js_sys::Array = list.dyn_into().ok()?;
    let chromium = list.iter().find(|one| get(one, "brand").is_some_and(|brand| brand == "Chromium"))?;
    get(&chromium, "version")?.as_string()
}
