//! Where the keyboard is: it comes back to what opened a dialog, and arrows go along what belongs together.

use std::cell::RefCell;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::browser;

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
            // Gone with its screen: what is there instead has the focus, if nothing of it takes it by itself.
            let there = if element.is_connected() { Some(element) } else { screen() };
            if let Some(there) = there {
                let _ = there.focus();
            }
        });
    });
}

/// The main part of the page, where one goes on by the keyboard.
fn screen() -> Option<HtmlElement> {
    let screen = document().query_selector("main").ok()??.dyn_into::<HtmlElement>().ok()?;
    screen.set_tab_index(-1);
    Some(screen)
}

/// What has the focus; the page as a whole is nothing.
fn focused() -> Option<HtmlElement> {
    let element = document().active_element()?.dyn_into::<HtmlElement>().ok()?;
    (element.tag_name() != "BODY").then_some(element)
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
