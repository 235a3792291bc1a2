//! The emoji picker, with search.

use leptos::prelude::*;

use crate::locale::t;
use crate::text::emoji::find;

/// A field to search and a grid to choose from.
#[component]
pub fn EmojiPicker(on_choose: Callback<String>) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let grid = move || {
        let one = |(emoji, words): &'static (&'static str, &'static str)| {
            let name = format!("{emoji} {words}");
            view! {
                <button type="button" class="emoji" aria-label=name on:click=move |_| on_choose.run((*emoji).to_owned())>
                    {*emoji}
                </button>
            }
        };
        typed.with(|typed| find(typed).map(one).collect_view())
    };
    let enter = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
            if let Some((emoji, _)) = typed.with_untracked(|typed| find(typed).next()) {
                on_choose.run((*emoji).to_owned());
            }
        }
    };
    view! {
        <input
            class="search-input" type="search" aria-label=t("emoji-search") placeholder=t("emoji-search")
            prop:value=move || typed.get() on:input=move |event| typed.set(event_target_value(&event)) on:keydown=enter
        />
        <div class="emoji-grid">{grid}</div>
    }
}
