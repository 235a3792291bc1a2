//! Formatting in the composer: a row of buttons, and the shortcuts that do the same.

use leptos::html::Textarea;
use leptos::prelude::*;

use super::button::IconButton;
use super::icon::Icon;
use crate::locale::t;
use crate::text::mark::{Mark, Selected};

/// The field with what is selected in it.
pub fn selected(area: NodeRef<Textarea>) -> Option<Selected> {
    let area = area.try_get_untracked().flatten()?;
    let place = |found: Result<Option<u32>, _>| found.ok().flatten().unwrap_or(0) as usize;
    let (start, end) = (place(area.selection_start()), place(area.selection_end()));
    Some(Selected { text: area.value(), start, end })
}

/// Puts a text and a selection into the field, and goes there. `write` keeps the text where drafts are.
pub fn put(area: NodeRef<Textarea>, changed: &Selected, write: impl Fn(String)) {
    if let Some(area) = area.try_get_untracked().flatten() {
        let _ = area.focus();
    }
    put_quietly(area, changed, write);
}

/// The same from elsewhere.
pub fn put_quietly(area: NodeRef<Textarea>, changed: &Selected, write: impl Fn(String)) {
    write(changed.text.clone());
    if let Some(area) = area.try_get_untracked().flatten() {
        area.set_value(&changed.text);
        let _ = area.set_selection_range(changed.start as u32, changed.end as u32);
    }
}

/// The mark that a key press asks for.
pub fn shortcut(event: &leptos::ev::KeyboardEvent) -> Option<Mark> {
    if !(event.ctrl_key() || event.meta_key()) || event.alt_key() {
        return None;
    }
    match (event.code().as_str(), event.shift_key()) {
        ("KeyB", false) => Some(Mark::Bold),
        ("KeyI", false) => Some(Mark::Italic),
        ("KeyX", true) => Some(Mark::Strike),
        ("KeyM", true) => Some(Mark::Code),
        ("KeyC", true) => Some(Mark::Block),
        ("Digit9", true) => Some(Mark::Quote),
        ("Digit8", true) => Some(Mark::List),
        ("KeyS", true) => Some(Mark::Spoiler),
        _ => None,
    }
}

/// The same for the list of shortcuts, with what each is for.
pub fn shortcuts() -> impl Iterator<Item = (&'static str, String)> {
    Mark::ALL.into_iter().map(|mark| {
        let keys = match mark {
            Mark::Bold => "Ctrl B",
            Mark::Italic => "Ctrl I",
            Mark::Strike => "Ctrl Shift X",
            Mark::Code => "Ctrl Shift M",
            Mark::Block => "Ctrl Shift C",
            Mark::Quote => "Ctrl Shift 9",
            Mark::List => "Ctrl Shift 8",
            Mark::Spoiler => "Ctrl Shift S",
        };
        (keys, look(mark).0)
    })
}

fn look(mark: Mark) -> (String, Icon) {
    match mark {
        Mark::Bold => (t("mark-bold"), Icon::Bold),
        Mark::Italic => (t("mark-italic"), Icon::Italic),
        Mark::Strike => (t("mark-strike"), Icon::Strike),
        Mark::Code => (t("mark-code"), Icon::Code),
        Mark::Block => (t("mark-block"), Icon::CodeBlock),
        Mark::Quote => (t("mark-quote"), Icon::Quote),
        Mark::List => (t("mark-list"), Icon::List),
        Mark::Spoiler => (t("mark-spoiler"), Icon::Hide),
    }
}

/// The row of buttons.
#[component]
pub fn MarkBar(on_mark: Callback<Mark>) -> impl IntoView {
    let buttons = Mark::ALL.map(|mark| {
        let (name, shape) = look(mark);
        view! { <IconButton name=name shape=shape small=true on_click=move |_| on_mark.run(mark)/> }
    });
    view! { <div class="mark-bar" role="toolbar" aria-label=t("formatting")>{buttons.into_iter().collect_view()}</div> }
}
