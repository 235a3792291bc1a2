//! A person or group as a coloured circle with initials.

use leptos::prelude::*;

use crate::text::plain::{colour, initials};

/// `large` on details, else as in lists. The name stands beside it, so it is hidden from screen readers.
#[component]
pub fn Avatar(
    #[prop(into)] name: String,
    #[prop(into)] seed: String,
    #[prop(optional)] size: &'static str,
) -> impl IntoView {
    view! { <span class=format!("avatar tint-{} {size}", colour(&seed)) aria-hidden="true">{initials(&name)}</span> }
}
