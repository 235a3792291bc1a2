//! Ctrl K: people, conversations, settings and commands in one field.

use leptos::prelude::*;

use crate::locale::t;
use crate::store::list::is_hidden;
use crate::store::route::{Page, Route};
use crate::store::{Store, Theme, use_store};
use crate::text::plain::matches;
use crate::ui::act::Act;
use crate::ui::icon::{Icon, icon};

/// Lines shown at most.
const SHOWN: usize = 12;

#[derive(Clone)]
struct Line {
    shape: Icon,
    label: String,
    act: Act,
}

fn line(shape: Icon, label: String, act: impl Fn() + Send + Sync + 'static) -> Line {
    Line { shape, label, act: Act::new(move |()| act()) }
}

/// The field and what it finds.
#[component]
pub fn Palette() -> impl IntoView {
    let store = use_store();
    let typed = RwSignal::new(String::new());
    let at = RwSignal::new(0usize);
    // Only by what is typed: what comes meanwhile moves no line under the choice.
    let found =
        Memo::new_with_compare(move |_| typed.with(|typed| untrack(|| find(store, typed))), |_, _| true);
    let run = move |line: Line| {
        store.dialog.set(None);
        store.uncover();
        line.act.run(());
    };
    let keys = move |event: leptos::ev::KeyboardEvent| {
        let count = found.with_untracked(Vec::len).max(1);
        match event.key().as_str() {
            "ArrowDown" => at.update(|at| *at = (*at + 1) % count),
            "ArrowUp" => at.update(|at| *at = (*at + count - 1) % count),
            "Enter" => {
                if let Some(line) = found.with_untracked(|found| found.get(at.get_untracked()).cloned()) {
                    run(line);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let lines = move || {
        let one = |(number, line): (usize, Line)| {
            let selected = move || (at.get() == number).to_string();
            let (shape, label) = (line.shape, line.label.clone());
            view! {
                <button type="button" role="option" id=format!("palette-{number}") aria-selected=selected on:click=move |_| run(line.clone())>
                    {icon(shape)}<bdi>{label}</bdi>
                </button>
            }
        };
        found.get().into_iter().enumerate().map(one).collect_view()
    };
    let nothing =
        move || found.with(Vec::is_empty).then(|| view! { <p class="empty">{t("nothing-found")}</p> });
    view! {
        <input
            class="search-input" type="text" role="combobox" aria-expanded=true.to_string() aria-controls="palette-list"
            aria-activedescendant=move || format!("palette-{}", at.get()) aria-label=t("palette-title") placeholder=t("palette-hint")
            autocomplete="off" prop:value=move || typed.get()
            on:input=move |event| { at.set(0); typed.set(event_target_value(&event)) } on:keydown=keys
        />
        <div id="palette-list" class="palette-list" role="listbox" aria-label=t("results")>{lines}</div>
        <div role="status">{nothing}</div>
    }
}

fn find(store: Store, typed: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    store.conversations.with(|all| {
        for chat in all.iter().filter(|chat| !is_hidden(chat)) {
            let id = chat.conversation.clone();
            lines.push(line(Icon::Chat, store.title_of(chat), move || store.go(Route::chat(id.clone()))));
        }
    });
    for contact in super::contacts::known(store) {
        let address = contact.address.clone();
        let label = format!("{} · {}", store.name_of(&contact.address), contact.address);
        lines.push(line(Icon::Person, label, move || super::contacts::open(store, address.clone())));
    }
    let go = |shape, label, route: Route| line(shape, label, move || store.go(route.clone()));
    lines.push(go(Icon::Plus, t("new-chat"), Route::NewChat));
    lines.push(go(Icon::People, t("new-group"), Route::NewGroup));
    lines.push(go(Icon::Knock, t("requests"), Route::Requests));
    for page in Page::ALL {
        lines.push(go(Icon::Gear, super::settings::title(page), Route::Settings(page)));
    }
    if store.is_lockable() {
        lines.push(line(Icon::Knock, t("lock-now"), move || store.lock()));
    }
    for theme in Theme::ALL {
        let set = move || {
            store.prefs.update(|prefs| {
                prefs.theme = theme;
                prefs.save();
            });
        };
        lines.push(line(Icon::Palette, super::settings::theme_name(theme), set));
    }
    lines.retain(|line| matches(&line.label, typed));
    lines.truncate(SHOWN);
    lines
}
