//! The emoji picker: search, groups, skin tones. In a dialog, or where there is room and a mouse to go to and fro with, in a panel
//! beside what is written.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

use super::browser;
use crate::locale::t;
use crate::screens::rest::{Part, Rest};
use crate::store::use_store;
use crate::text::emoji::{Emojis, QUICK, Tone, find, only_emoji};

thread_local! {
    /// All of them, once they were fetched.
    static ALL: RefCell<Option<Rc<Emojis>>> = const { RefCell::new(None) };
}

/// Above the composer: it stays for as many as one likes, and goes as soon as something else is done than to write.
#[component]
pub fn EmojiPanel(on_choose: Callback<String>, on_close: Callback<()>) -> impl IntoView {
    let store = use_store();
    // The focus is where that was done.
    let leave = move || store.emoji_panel.set(false);
    let pressed = window_event_listener(leptos::ev::pointerdown, move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let writes = target.and_then(|target| target.closest(".composer").ok().flatten());
        if writes.is_none() {
            leave();
        }
    });
    on_cleanup(move || pressed.remove());
    Effect::new(move |_| {
        let covered = store.menu.with(Option::is_some) || store.dialog.with(Option::is_some);
        if covered || store.viewed.with(Option::is_some) {
            leave();
        }
    });
    let keys = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" && !event.is_composing() {
            event.stop_propagation();
            on_close.run(());
        }
    };
    view! {
        <div class="emoji-panel" role="dialog" aria-label=t("emoji-title") on:keydown=keys>
            <Rest part=Part::Emoji(on_choose)/>
        </div>
    }
}

/// A field to search, and a grid of a group to choose from.
#[component]
pub fn EmojiPicker(on_choose: Callback<String>, #[prop(optional)] focused: bool) -> impl IntoView {
    let store = use_store();
    let search = NodeRef::<leptos::html::Input>::new();
    Effect::new(move |_| {
        if let Some(search) = search.get().filter(|_| focused) {
            let _ = search.focus();
        }
    });
    let language = store.prefs.with_untracked(|prefs| prefs.language);
    let typed = RwSignal::new(String::new());
    let all = RwSignal::new_local(ALL.with_borrow(Clone::clone));
    if all.with_untracked(Option::is_none) {
        spawn_local(async move {
            // Without a network the choice that the program has is there all the same.
            if let Ok(text) = browser::text("emoji.txt").await {
                let read = Rc::new(Emojis::read(&text));
                ALL.set(Some(Rc::clone(&read)));
                all.try_set(Some(read));
            }
        });
    }
    let group = RwSignal::new(0usize);
    let tone = RwSignal::new(kept_tone());
    // Those of the group that is open, or those that are looked for, with what they are called.
    let shown = Memo::new(move |_| -> Vec<(String, String)> {
        let looking = typed.with(|typed| !typed.trim().is_empty());
        let some = || find(&typed.get(), language).map(|(emoji, words)| (emoji.to_owned(), words.to_owned()));
        all.with(|all| match all {
            None => some().collect(),
            Some(all) if looking => all.find(&typed.get(), language),
            Some(all) => all.of_group(group.get(), language),
        })
    });
    let in_tone = move |emoji: &str| {
        all.with(|all| all.as_ref().map_or_else(|| emoji.to_owned(), |all| all.in_tone(emoji, tone.get())))
    };
    let on_choose = Callback::new(move |emoji: String| {
        remember(&emoji);
        on_choose.run(emoji);
    });
    let mut recent = recent();
    recent.retain(|one| !QUICK.contains(&one.as_str()));
    let lately = move || {
        let one = |emoji: &String| {
            let (shown, chosen) = (emoji.clone(), emoji.clone());
            view! { <button type="button" class="emoji" aria-label=emoji.clone() on:click=move |_| on_choose.run(chosen.clone())>{shown}</button> }
        };
        (typed.with(|typed| typed.trim().is_empty()) && !recent.is_empty()).then(|| {
            view! {
                <div class="emoji-recent" role="group" aria-label=t("emoji-recent")>{recent.iter().map(one).collect_view()}</div>
            }
        })
    };
    // What most answers are comes first.
    let quick = move || {
        let one = |emoji: &&'static str| {
            let emoji = *emoji;
            let shown = move || in_tone(emoji);
            view! { <button type="button" class="emoji" aria-label=emoji on:click=move |_| on_choose.run(untrack(|| in_tone(emoji)))>{shown}</button> }
        };
        typed.with(|typed| typed.trim().is_empty()).then(|| {
            view! { <div class="emoji-recent" role="group" aria-label=t("emoji-quick")>{QUICK.iter().map(one).collect_view()}</div> }
        })
    };
    // Any other that the keyboard has can be written into the field.
    let written = move || {
        let written = typed.with(|typed| only_emoji(typed))?;
        let chosen = written.clone();
        Some(
            view! { <button type="button" class="emoji" aria-label=written.clone() on:click=move |_| on_choose.run(chosen.clone())>{written.clone()}</button> },
        )
    };
    let none = move || {
        let none = typed.with(|typed| only_emoji(typed).is_none()) && shown.with(Vec::is_empty);
        none.then(|| view! { <p class="soft" role="status">{t("emoji-none")}</p> })
    };
    let grid = move || {
        let one = |(emoji, words): (String, String)| {
            let emoji = in_tone(&emoji);
            let (name, chosen) = (format!("{emoji} {words}").trim_end().to_owned(), emoji.clone());
            view! {
                <button type="button" class="emoji" aria-label=name on:click=move |_| on_choose.run(chosen.clone())>
                    {emoji}
                </button>
            }
        };
        shown.get().into_iter().map(one).collect_view()
    };
    let tabs = move || {
        let open = typed.with(|typed| typed.trim().is_empty());
        let groups = all.with(|all| {
            all.as_ref()
                .map(|all| all.groups.iter().map(|group| (group.name, group.sign)).collect::<Vec<_>>())
        });
        groups.filter(|_| open).map(|groups| {
            let tab = |(at, (name, sign)): (usize, (&'static str, &'static str))| {
                let on = move || (group.get() == at).to_string();
                view! {
                    <button type="button" role="tab" class="emoji" aria-selected=on aria-label=t(name) title=t(name)
                        on:click=move |_| group.set(at)>{sign}</button>
                }
            };
            view! { <div class="emoji-tabs" role="tablist" aria-label=t("emoji-groups")>{groups.into_iter().enumerate().map(tab).collect_view()}</div> }
        })
    };
    let tones = move || {
        let one = |one: Tone| {
            let on = move || (tone.get() == one).to_string();
            let choose = move |_| {
                tone.set(one);
                keep_tone(one);
            };
            view! {
                <button type="button" role="radio" class="emoji" aria-checked=on aria-label=t(one.name()) title=t(one.name()) on:click=choose>{one.shown()}</button>
            }
        };
        all.with(Option::is_some).then(|| {
            view! { <div class="emoji-tones" role="radiogroup" aria-label=t("emoji-tone")>{Tone::ALL.map(one).into_iter().collect_view()}</div> }
        })
    };
    let enter = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" && !event.is_composing() {
            event.prevent_default();
            let found = || untrack(|| shown.with(|shown| shown.first().map(|(emoji, _)| in_tone(emoji))));
            let first = typed.with_untracked(|typed| match typed.trim().is_empty() {
                true => None,
                false => only_emoji(typed).or_else(found),
            });
            if let Some(emoji) = first {
                on_choose.run(emoji);
            }
        }
    };
    view! {
        <input
            class="search-input" type="search" node_ref=search aria-label=t("emoji-search") placeholder=t("emoji-search")
            prop:value=move || typed.get() on:input=move |event| typed.set(event_target_value(&event)) on:keydown=enter
        />
        {quick}
        {lately}
        {tabs}
        {none}
        <div class="emoji-grid">{written}{grid}</div>
        {tones}
    }
}

/// Emoji kept as recent: one row and a half on a phone.
const RECENT: usize = 12;

/// Those chosen last in this browser.
fn recent() -> Vec<String> {
    let kept = storage().and_then(|storage| storage.get_item("emoji").ok().flatten());
    kept.map(|kept| kept.split(' ').filter(|one| !one.is_empty()).take(RECENT).map(str::to_owned).collect())
        .unwrap_or_default()
}

fn remember(emoji: &str) {
    let mut all = recent();
    all.retain(|one| one != emoji);
    all.insert(0, emoji.to_owned());
    all.truncate(RECENT);
    // A browser that refuses just forgets.
    if let Some(storage) = storage() {
        let _ = storage.set_item("emoji", &all.join(" "));
    }
}

/// Where this browser keeps the skin tone: its place among all.
const TONE: &str = "emoji-tone";

fn kept_tone() -> Tone {
    let at = browser::kept(TONE).and_then(|kept| kept.parse::<usize>().ok());
    at.and_then(|at| Tone::ALL.get(at).copied()).unwrap_or_default()
}

fn keep_tone(tone: Tone) {
    let at = Tone::ALL.iter().position(|one| *one == tone).unwrap_or_default();
    browser::keep(TONE, &at.to_string());
}

fn storage() -> Option<web_sys::Storage> {
    browser::window().local_storage().ok().flatten()
}
