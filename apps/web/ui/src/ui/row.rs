//! A row of a list: avatar, name, a line below, something at the end.

use leptos::prelude::*;

use super::avatar::Avatar;

/// A row that is a button.
#[component]
pub fn PersonRow(
    #[prop(into)] name: String,
    #[prop(into)] seed: String,
    #[prop(into)] below: String,
    #[prop(optional, into)] picked: Option<Signal<bool>>,
    #[prop(into)] on_click: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="row"
            role=picked.map(|_| "checkbox")
            aria-checked=move || picked.map(|picked| picked.get().to_string())
            on:click=move |_| on_click.run(())
        >
            <Avatar name=name.clone() seed=seed/>
            <bdi class="row-name">{name}</bdi>
            <bdi class="row-line">{below}</bdi>
        </button>
    }
}
