//! The emoji picker, with search.

use leptos::prelude::*;

use crate::locale::t;
use crate::store::use_store;
use crate::text::emoji::{Named, QUICK, find, only_emoji};

/// A field to search and a grid to choose from.
#[component]
pub fn EmojiPicker(on_choose: Callback<String>) -> impl IntoView {
    let store = use_store();
    let language = store.prefs.with_untracked(|prefs| prefs.language);
    let typed = RwSignal::new(String::new());
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
            view! { <button type="button" class="emoji" aria-label=emoji on:click=move |_| on_choose.run(emoji.to_owned())>{emoji}</button> }
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
        let none = typed.with(|typed| only_emoji(typed).is_none() && find(typed, language).next().is_none());
        none.then(|| view! { <p class="soft" role="status">{t("emoji-none")}</p> })
    };
    let grid = move || {
        let one = |(emoji, words): Named| {
            let name = format!("{emoji} {words}");
            view! {
                <button type="button" class="emoji" aria-label=name on:click=move |_| on_choose.run(emoji.to_owned())>
                    {emoji}
                </button>
            }
        };
        typed.with(|typed| find(typed, language).map(one).collect_view())
    };
    let enter = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
            let first = typed.with_untracked(|typed| {
                only_emoji(typed).or_else(|| find(typed, language).next().map(|(emoji, _)| emoji.to_owned()))
            });
            if let Some(emoji) = first {
                on_choose.run(emoji);
            }
        }
    };
    view! {
        <input
            class="search-input" type="search" aria-label=t("emoji-search") placeholder=t("emoji-search")
            prop:value=move || typed.get() on:input=move |event| typed.set(event_target_value(&event)) on:keydown=enter
        />
        {quick}
        {lately}
        {none}
        <div class="emoji-grid">{written}{grid}</div>
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

fn storage() -> Option<web_sys::Storage> {
    super::browser::window().local_storage().ok().flatten()
}
