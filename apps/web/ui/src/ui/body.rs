//! A message's text on the screen: marks become elements, links become buttons, and every foreign string is isolated.

use casemate_api::view::Message;
use leptos::prelude::*;

use super::dialog::Dialog;
use crate::locale::t;
use crate::store::{Store, use_store};
use crate::text::fold;
use crate::text::format::{Block, Span, blocks};
use crate::text::highlight::parts;
use crate::text::link::address;
use crate::text::plain::{handle, only_emoji, tame};

/// The text of a message.
pub fn body(message: &Message) -> impl IntoView + use<> {
    let store = use_store();
    let text = tame(&message.text);
    let class = if only_emoji(&text) { "text large" } else { "text" };
    let mentions: Vec<String> = message.mentions.iter().map(|address| handle(address).to_owned()).collect();
    let drawing = Drawing { store, message: StoredValue::new(message.message.clone()) };
    let drawn = move |text: &str, mentions: &[String]| {
        blocks(text, mentions).into_iter().map(|block| draw(block, drawing)).collect_view()
    };
    let Some(beginning) = fold::beginning(&text) else {
        return view! { <div class=class dir="auto">{drawn(&text, &mentions)}</div> }.into_any();
    };
    // Unfolded once, a message stays so while the page is there, however often it is drawn anew. What is looked for in the
    // conversation may stand in the rest.
    let id = drawing.message;
    let folded = Memo::new(move |_| {
        let looked_for = store.talk.highlight.with(|typed| !typed.is_empty());
        !looked_for && store.talk.unfolded.with(|all| !id.with_value(|id| all.contains(id)))
    });
    let shown = move || drawn(if folded.get() { &beginning } else { &text }, &mentions);
    let turn = move |_| {
        let folds = !folded.get_untracked();
        store.talk.unfolded.update(|all| match folds {
            true => drop(all.remove(&id.get_value())),
            false => drop(all.insert(id.get_value())),
        });
    };
    let words = move || if folded.get() { t("read-more") } else { t("read-less") };
    view! {
        <div class=class dir="auto">{shown}</div>
        <button type="button" class="inline roomy" aria-expanded=move || (!folded.get()).to_string() on:click=turn>{words}</button>
    }
    .into_any()
}

/// What a text is drawn with.
#[derive(Clone, Copy)]
struct Drawing {
    store: Store,
    /// The message that it belongs to.
    message: StoredValue<String>,
}

fn draw(block: Block, drawing: Drawing) -> AnyView {
    match block {
        // Without a direction of its own: the first of them gives the whole text its own, and each line has what it is laid out by.
        Block::Lines(spans) => view! { <p>{all(spans, drawing)}</p> }.into_any(),
        Block::Quote(spans) => view! { <blockquote dir="auto">{all(spans, drawing)}</blockquote> }.into_any(),
        Block::List(items) => {
            let items = items
                .into_iter()
                .map(|item| view! { <li dir="auto">{all(item, drawing)}</li> })
                .collect_view();
            view! { <ul>{items}</ul> }.into_any()
        }
        Block::Numbered(items) => {
            let items = items
                .into_iter()
                .map(|(number, item)| view! { <li value=number.to_string() dir="auto">{all(item, drawing)}</li> })
                .collect_view();
            view! { <ol>{items}</ol> }.into_any()
        }
        Block::Code(code) => view! { <pre dir="ltr"><code>{code}</code></pre> }.into_any(),
    }
}

fn all(spans: Vec<Span>, drawing: Drawing) -> Vec<AnyView> {
    spans.into_iter().map(|span| one(span, drawing)).collect()
}

/// A text in which the words of a search are marked.
pub fn marked(text: &str, typed: &str) -> AnyView {
    let part = |(on, part): (bool, String)| match on {
        true => view! { <mark>{part}</mark> }.into_any(),
        false => part.into_any(),
    };
    match typed.is_empty() {
        true => text.to_owned().into_any(),
        false => parts(text, typed).into_iter().map(part).collect_view().into_any(),
    }
}

fn one(span: Span, drawing: Drawing) -> AnyView {
    match span {
        Span::Text(text) => {
            let marked = move || drawing.store.talk.highlight.with(|typed| marked(&text, typed));
            marked.into_any()
        }
        Span::Bold(inner) => view! { <strong>{all(inner, drawing)}</strong> }.into_any(),
        Span::Italic(inner) => view! { <em>{all(inner, drawing)}</em> }.into_any(),
        Span::Strike(inner) => view! { <s>{all(inner, drawing)}</s> }.into_any(),
        Span::Code(code) => view! { <code>{code}</code> }.into_any(),
        Span::Mention(name) => view! { <bdi class="mention">{format!("@{name}")}</bdi> }.into_any(),
        Span::Spoiler(inner) => {
            let open = RwSignal::new(false);
            let class = move || if open.get() { "spoiler open" } else { "spoiler" };
            let label = move || (!open.get()).then(|| t("spoiler"));
            view! {
                <button type="button" class=class aria-label=label on:click=move |_| open.update(|open| *open = !*open)>
                    {all(inner, drawing)}
                </button>
            }
            .into_any()
        }
        Span::Link(shown) => {
            let url = address(&shown);
            let open = move |_| {
                let link = Dialog::Link { url: url.clone(), message: Some(drawing.message.get_value()) };
                drawing.store.dialog.set(Some(link));
            };
            view! { <button type="button" role="link" class="link" on:click=open><bdi dir="ltr">{shown}</bdi></button> }
                .into_any()
        }
    }
}
