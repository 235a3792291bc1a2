//! The state of an own message: one look everywhere.

use casemate_api::view::Message;
use leptos::prelude::*;

use super::icon::{Icon, icon};
use crate::locale::t;

/// Clock, one tick, two ticks, two in accent, or a warning; with its word for screen readers.
pub fn tick(message: &Message) -> impl IntoView + use<> {
    let (shape, word, class) = match message.state.as_str() {
        "queued" => (Icon::Clock, t("state-queued"), "tick"),
        "sent" => (Icon::Check, t("state-sent"), "tick"),
        "delivered" => (Icon::Checks, t("state-delivered"), "tick"),
        "read" => (Icon::Checks, t("state-read"), "tick read"),
        _ => (Icon::Warning, t("state-failed"), "tick failed"),
    };
    view! { <span class=class role="img" aria-label=word.clone() title=word>{icon(shape)}</span> }
}
