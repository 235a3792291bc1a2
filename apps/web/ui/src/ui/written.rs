//! Whether words that were shown were written down: some of them are asked for, by their number.

use leptos::prelude::*;

use crate::locale::{t, ta};
use crate::ui::button::{Button, Field, Weight};

/// The form that asks.
#[component]
pub fn WrittenDown(
    /// All words, with a space between them.
    words: String,
    /// Places of those that are asked for, from 0.
    asked: &'static [usize],
    /// The question, in words.
    question: String,
    /// What the last button does.
    verb: String,
    /// They are wanted once more.
    on_again: Callback<()>,
    /// They are on paper.
    on_good: Callback<()>,
) -> impl IntoView {
    let wrong = RwSignal::new(None::<usize>);
    let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
    let typed: Vec<_> = asked.iter().map(|at| (*at, RwSignal::new(String::new()))).collect();
    let numbered = |words, at: usize| ta(words, &[("number", (at + 1).into())]);
    let fields = typed.clone().into_iter().map(move |(at, value)| {
        view! { <Field label=numbered("kit-word", at) value most=20/> }
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let is_right = |at: usize, typed: &str| words.get(at).is_some_and(|word| *word == typed);
        let miss = typed
            .iter()
            .find(|(at, value)| !value.with_untracked(|typed| is_right(*at, &typed.trim().to_lowercase())));
        match miss {
            Some((at, _)) => wrong.set(Some(*at)),
            None => on_good.run(()),
        }
    };
    let refusal = move || {
        let at = wrong.get()?;
        Some(view! { <p class="notice look" role="alert">{numbered("kit-word-wrong", at)}</p> })
    };
    view! {
        <form class="form" on:submit=submit>
            <p>{question}</p>
            {fields.collect_view()}
            {refusal}
            <div class="buttons">
                <Button label=t("kit-again") weight=Weight::Quiet on_click=move |()| on_again.run(())/>
                <Button label=verb submit=true/>
            </div>
        </form>
    }
}
