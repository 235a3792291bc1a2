//! Where the keyboard is: it comes back to what opened a dialog, and arrows go along what belongs together.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{HtmlElement, MutationObserver, MutationObserverInit};

use super::browser;

/// What one goes on from where what had the focus is gone.
const PLACES: &str = "dialog, main, section, form, [role=dialog], [role=list]";

thread_local! {
    /// What had the focus before each open dialog.
    static BEFORE: RefCell<Vec<Option<HtmlElement>>> = const { RefCell::new(Vec::new()) };
    /// Where it goes when the dialog that was just closed is gone.
    static BACK: RefCell<Option<HtmlElement>> = const { RefCell::new(None) };
}

/// For a dialog that is being drawn: when it goes, the focus goes back, unless it is somewhere else by then. The browser
/// does that itself only for a dialog that is closed before it is taken away.
pub fn comes_back() {
    // One dialog in place of another: what opened the first.
    let before = BACK.take().or_else(focused);
    BEFORE.with_borrow_mut(|all| all.push(before));
    on_cleanup(|| {
        BACK.set(BEFORE.with_borrow_mut(Vec::pop).flatten());
        browser::before_paint(|| {
            let Some(element) = BACK.take().filter(|_| focused().is_none()) else { return };
            // Gone with its screen: what is there instead has the focus, if nothing of it takes it by itself. Or out of sight, as
            // buttons are that show only where the pointer is: what they belong to.
            if element.is_connected() {
                let _ = element.focus();
            }
            if focused().is_none() {
                goes_on_at(element.closest(PLACES).ok().flatten().and_then(|place| place.dyn_into().ok()));
            }
        });
    });
}

/// What is pressed by the keyboard may be taken out of the page by that, with what it stood in: then one goes on from the
/// nearest of what it lay in, instead of from the beginning of the page. What takes the focus by itself has it first.
pub fn stays_in_the_page() {
    let path = Rc::new(RefCell::new(Vec::<HtmlElement>::new()));
    let seen = path.clone();
    let focused_one = window_event_listener(leptos::ev::focusin, move |event| {
        let mut around = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
        seen.borrow_mut().clear();
        while let Some(element) = around {
            around = element.parent_element().and_then(|parent| parent.dyn_into().ok());
            seen.borrow_mut().push(element);
        }
    });
    // As long as the page.
    std::mem::forget(focused_one);
    let changed = Closure::<dyn FnMut()>::new(move || {
        let is_gone = path.borrow().first().is_some_and(|element| !element.is_connected());
        if !is_gone || focused().is_some() {
            return;
        }
        let path = path.clone();
        browser::before_paint(move || {
            // What has it by now may be the next that goes: the path to that stays.
            if focused().is_some() {
                return;
            }
            let path = path.take();
            // The same one, drawn anew.
            let id = path.first().map(|one| one.id()).filter(|id| !id.is_empty());
            let again =
                id.and_then(|id| browser::element(&id)).and_then(|one| one.dyn_into::<HtmlElement>().ok());
            if let Some(again) = again {
                return drop(again.focus());
            }
            let is_place =
                |element: &&HtmlElement| element.is_connected() && element.matches(PLACES).unwrap_or(false);
            goes_on_at(path.iter().find(is_place).cloned());
        });
    });
    if let (Ok(observer), Some(body)) =
        (MutationObserver::new(changed.as_ref().unchecked_ref()), document().body())
    {
        let all = MutationObserverInit::new();
        all.set_child_list(true);
        all.set_subtree(true);
        let _ = observer.observe_with_options(&body, &all);
        changed.forget();
    }
}

/// One goes on by the keyboard from this place of the page, or from its main part.
fn goes_on_at(place: Option<HtmlElement>) {
    let main = || document().query_selector("main").ok()??.dyn_into::<HtmlElement>().ok();
    let Some(place) = place.filter(|place| place.is_connected()).or_else(main) else { return };
    if !place.has_attribute("tabindex") {
        place.set_tab_index(-1);
    }
    let _ = place.focus();
}

/// What has the focus; the page as a whole is nothing.
fn focused() -> Option<HtmlElement> {
    let element = document().active_element()?.dyn_into::<HtmlElement>().ok()?;
    (element.tag_name() != "BODY").then_some(element)
}

/// Whether what has the focus is written into.
pub fn is_in_text() -> bool {
    focused().is_some_and(|element| element.matches("input, textarea").unwrap_or(false))
}

/// Arrow keys among tabs, choices and the buttons of a toolbar: to the next one, Home and End to the first and last. A
/// tab opens as it is reached; a choice is made by pressing.
pub fn arrows(event: &web_sys::KeyboardEvent) -> bool {
    const GROUPS: [(&str, &str); 3] = [
        ("[role=tablist]", "[role=tab]"),
        ("[role=radiogroup]", "[role=radio]"),
        ("[role=toolbar]", "button"),
    ];
    let (back, on) =
        if browser::is_from_right() { ("ArrowRight", "ArrowLeft") } else { ("ArrowLeft", "ArrowRight") };
    let key = event.key();
    let step = match key.as_str() {
        key if key == on || key == "ArrowDown" => 1,
        key if key == back || key == "ArrowUp" => -1,
        "Home" | "End" => 0,
        _ => return false,
    };
    let Some(here) = focused() else { return false };
    let group = GROUPS.iter().find_map(|(group, one)| {
        let is_one = here.matches(one).unwrap_or(false);
        let group = here.closest(group).ok().flatten().filter(|_| is_one)?;
        group.query_selector_all(one).ok()
    });
    let Some(all) = group else { return false };
    let count = all.length();
    let node: &web_sys::Node = &here;
    let at = (0..count).find(|at| all.item(*at).as_ref() == Some(node)).unwrap_or(0);
    let next = match (key.as_str(), step) {
        ("Home", _) => 0,
        ("End", _) => count.saturating_sub(1),
        (_, 1) => (at + 1) % count.max(1),
        _ => (at + count - 1) % count.max(1),
    };
    let next = all.item(next).and_then(|next| next.dyn_into::<HtmlElement>().ok());
    if let Some(next) = next {
        let _ = next.focus();
        if next.get_attribute("role").as_deref() == Some("tab") {
            next.click();
        }
    }
    true
}
