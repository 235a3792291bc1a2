//! Menus: one open at a time, drawn above everything near where it was asked for.

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::act::Act;
use super::browser;
use super::icon::{Icon, icon};
use crate::locale::t;
use crate::store::use_store;
use crate::text::hints::{Shown, shown};

/// One thing to do.
#[derive(Clone)]
pub struct Item {
    /// Its icon.
    pub shape: Icon,
    /// A verb.
    pub label: String,
    /// What it means, where the verb does not say it all.
    pub hint: Option<String>,
    /// Cannot be taken back.
    pub danger: bool,
    /// On or off, where it can be.
    on: Option<bool>,
    /// The one of several that is so now.
    current: bool,
    /// Does it.
    pub act: Act,
}

impl Item {
    /// An ordinary item.
    pub fn new(shape: Icon, label: String, act: impl Fn() + Send + Sync + 'static) -> Self {
        let act = Act::new(move |()| act());
        Self { shape, label, hint: None, danger: false, on: None, current: false, act }
    }

    /// One that is on or off.
    pub fn switch(shape: Icon, label: String, on: bool, act: impl Fn() + Send + Sync + 'static) -> Self {
        let shape = if on { Icon::Check } else { shape };
        Self { on: Some(on), ..Self::new(shape, label, act) }
    }

    /// One of several, of which one is so now.
    pub fn choice(shape: Icon, label: String, current: bool, act: impl Fn() + Send + Sync + 'static) -> Self {
        let shape = if current { Icon::Check } else { shape };
        Self { current, ..Self::new(shape, label, act) }
    }

    /// One that cannot be taken back.
    pub fn danger(shape: Icon, label: String, act: impl Fn() + Send + Sync + 'static) -> Self {
        Self { danger: true, ..Self::new(shape, label, act) }
    }

    /// The same with what it means.
    pub fn with_hint(self, hint: String) -> Self {
        Self { hint: Some(hint), ..self }
    }
}

/// One of what is at hand above the things to do, without a word.
#[derive(Clone)]
pub struct Quick {
    /// An emoji; none: the way to all the others.
    pub shown: Option<&'static str>,
    /// What it is called.
    pub label: String,
    /// It is chosen already.
    pub chosen: bool,
    /// Does it.
    pub act: Act,
}

/// A menu and where it opens.
#[derive(Clone)]
pub struct OpenMenu {
    /// Pixels from the left.
    pub x: i32,
    /// Pixels from the top.
    pub y: i32,
    /// What can be done.
    pub items: Vec<Item>,
    /// In a row above that.
    pub quick: Vec<Quick>,
}

impl OpenMenu {
    /// At the pointer, or at the button that the keyboard pressed.
    pub fn at(event: &leptos::ev::MouseEvent, items: Vec<Item>) -> Self {
        let (mut x, mut y) = (event.client_x(), event.client_y());
        if x == 0 && y == 0 {
            let target = event
                .current_target()
                .or(event.target())
                .and_then(|target| target.dyn_into::<HtmlElement>().ok());
            if let Some(target) = target {
                let place = target.get_bounding_client_rect();
                (x, y) = (place.left() as i32, place.bottom() as i32);
            }
        }
        Self { x, y, items, quick: Vec::new() }
    }

    /// The same with a row above.
    pub fn with_quick(self, quick: Vec<Quick>) -> Self {
        Self { quick, ..self }
    }

    /// Where the last one was, or at the focus.
    pub fn here(items: Vec<Item>) -> Self {
        let focused = document().active_element().and_then(|element| element.dyn_into::<HtmlElement>().ok());
        let place = focused.map(|element| element.get_bounding_client_rect());
        let (x, y) = place.map_or((8, 8), |place| (place.left() as i32, place.bottom() as i32));
        Self { x, y, items, quick: Vec::new() }
    }
}

/// Draws the open menu.
#[component]
pub fn MenuLayer() -> impl IntoView {
    let store = use_store();
    move || store.menu.get().map(|menu| view! { <MenuPanel menu/> })
}

#[component]
fn MenuPanel(menu: OpenMenu) -> impl IntoView {
    let store = use_store();
    let node = NodeRef::<Div>::new();
    let returns_to = document().active_element().and_then(|element| element.dyn_into::<HtmlElement>().ok());
    let close = move || {
        store.menu.set(None);
        let Some(element) = &returns_to else { return };
        // Where the mouse asked for it nothing was pressed: one goes on writing. No finger wants a keyboard for that.
        let is_list = element.matches(".messages").unwrap_or(false) && !browser::is_touched();
        let composer = browser::element("composer").filter(|_| is_list);
        let _ = composer.as_ref().unwrap_or(element).focus();
    };
    let OpenMenu { x, y, items, quick } = menu;
    // The first thing to do has the focus; what is at hand is above it.
    let (first, has_quick) = (quick.len() as i32, !quick.is_empty());
    Effect::new(move |_| {
        let Some(panel) = node.get() else { return };
        browser::before_paint(move || {
            let place = panel.get_bounding_client_rect();
            let window = browser::window();
            let size =
                |value: Result<wasm_bindgen::JsValue, _>| value.ok().and_then(|v| v.as_f64()).unwrap_or(0.0);
            let (width, height) = (size(window.inner_width()), size(window.inner_height()));
            // Where one reads from the right, it lies to the left of where it was asked for.
            let x = if browser::is_from_right() { f64::from(x) - place.width() } else { f64::from(x) };
            let left = x.min(width - place.width() - 8.0).max(8.0);
            let top = f64::from(y).min(height - place.height() - 8.0).max(8.0);
            let style = panel.unchecked_ref::<HtmlElement>().style();
            let _ = style.set_property("left", &format!("{left}px"));
            let _ = style.set_property("top", &format!("{top}px"));
            focus_item(&panel, Step::To(first));
        });
    });
    let closing = close.clone();
    let keys = move |event: leptos::ev::KeyboardEvent| {
        let Some(panel) = node.get_untracked() else { return };
        let on = if browser::is_from_right() { -1 } else { 1 };
        let step = match event.key().as_str() {
            "ArrowDown" => Step::By(1),
            "ArrowUp" => Step::By(-1),
            "ArrowRight" if has_quick => Step::By(on),
            "ArrowLeft" if has_quick => Step::By(-on),
            "Home" => Step::To(0),
            "End" => Step::To(-1),
            "Escape" | "Tab" => {
                event.prevent_default();
                event.stop_propagation();
                return closing();
            }
            _ => return,
        };
        event.prevent_default();
        focus_item(&panel, step);
    };
    let item = {
        let close = close.clone();
        move |(item, hint_shown): (Item, Shown)| {
            let close = close.clone();
            let class = if item.danger { "menu-item danger" } else { "menu-item" };
            let act = item.act.clone();
            let click = move |_| {
                close();
                act.run(());
            };
            let hint = |place: Shown| item.hint.clone().filter(|_| hint_shown == place);
            let (within, below) = (hint(Shown::Within), hint(Shown::Below));
            let role = if item.on.is_some() { "menuitemcheckbox" } else { "menuitem" };
            let on = item.on.map(|on| on.to_string());
            let current = item.current.then_some("true");
            let item = view! {
                <button type="button" role=role class=class aria-checked=on aria-current=current aria-description=item.hint>
                    {icon(item.shape)}<span>{item.label}</span>
                </button>
            };
            // What it means is read after its name, which stays the verb: it stands beside it, and is pressed with it.
            let within = within.map(|hint| view! { <small aria-hidden="true">{hint}</small> });
            let below =
                below.map(|hint| view! { <small class="menu-hint" aria-hidden="true">{hint}</small> });
            view! { <div role="none" class="menu-entry" on:click=click>{item}{within}</div> {below} }
        }
    };
    let at_hand = {
        let close = close.clone();
        move |quick: Quick| {
            let (close, act) = (close.clone(), quick.act.clone());
            let click = move |_| {
                close();
                act.run(());
            };
            let class = if quick.chosen { "emoji chosen" } else { "emoji" };
            let shown = match quick.shown {
                Some(emoji) => emoji.into_any(),
                None => icon(Icon::Plus).into_any(),
            };
            view! { <button type="button" role="menuitem" class=class aria-label=quick.label on:click=click>{shown}</button> }
        }
    };
    let quick = has_quick.then(|| {
        let all = quick.into_iter().map(at_hand).collect_view();
        view! { <div class="menu-quick" role="group" aria-label=t("emoji-quick")>{all}</div> }
    });
    let places = shown(&items.iter().map(|item| item.hint.clone()).collect::<Vec<_>>());
    view! {
        <div class="menu-cover" on:click={let close = close.clone(); move |_| close()} on:contextmenu=move |event| { event.prevent_default(); close() }></div>
        <div class="menu" role="menu" node_ref=node on:keydown=keys>
            {quick}
            {items.into_iter().zip(places).map(item).collect_view()}
        </div>
    }
}

/// Where the focus goes among the items.
enum Step {
    /// From where it is.
    By(i32),
    /// To one of them; -1 is the last.
    To(i32),
}

fn focus_item(panel: &web_sys::HtmlDivElement, step: Step) {
    let Ok(items) = panel.query_selector_all("[role^=menuitem]") else { return };
    let count = items.length() as i32;
    let active = document().active_element();
    let now =
        (0..count).find(|at| items.item(*at as u32).as_ref() == active.as_ref().map(|a| a.unchecked_ref()));
    let next = match (step, now) {
        (Step::To(at), _) => at.rem_euclid(count.max(1)),
        (_, None) => 0,
        (Step::By(by), Some(now)) => (now + by).rem_euclid(count.max(1)),
    };
    if let Some(item) = items.item(next as u32).and_then(|item| item.dyn_into::<HtmlElement>().ok()) {
        let _ = item.focus();
    }
}
