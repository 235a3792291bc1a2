//! Asking a question: a line for it, two to twelve options, whether several may be chosen.

use casemate_api::command;
use leptos::prelude::*;

use crate::locale::{t, ta};
use crate::store::use_store;
use crate::ui::attempt::Attempt;
use crate::ui::button::{Button, Field, Switch, Weight};

/// Options at most, as the engine takes them.
const MOST: usize = 12;

/// The form.
#[component]
pub fn NewPoll(conversation: String) -> impl IntoView {
    let store = use_store();
    let begun = store.begun_poll.get_untracked().filter(|(place, _)| *place == conversation);
    let begun = begun.map(|(_, poll)| poll).unwrap_or_default();
    let question = RwSignal::new(begun.question);
    // All lines there can be, made here: what an effect makes goes away with its next run.
    let options: [RwSignal<String>; MOST] =
        std::array::from_fn(|at| RwSignal::new(begun.options.get(at).cloned().unwrap_or_default()));
    let last = begun.options.iter().rposition(|option| !option.is_empty());
    let shown = RwSignal::new(last.map_or(2, |last| (last + 1).max(2)));
    let several = RwSignal::new(begun.multiple);
    // Escape and Back close the form without a question, and lose nothing: opened again, it is as it was.
    let place = conversation.clone();
    Effect::new(move |_| {
        let options = options.iter().map(|one| one.get()).collect();
        let poll = command::NewPoll { question: question.get(), options, multiple: several.get() };
        store.begun_poll.set(Some((place.clone(), poll)));
    });
    let attempt = Attempt::new();
    let given = move || -> Vec<String> {
        options.iter().map(|one| one.get().trim().to_owned()).filter(|one| !one.is_empty()).collect()
    };
    // There is always one empty line to go on in.
    Effect::new(move |_| {
        let now = shown.get();
        if now < MOST && options[..now].iter().all(|one| one.with(|text| !text.trim().is_empty())) {
            shown.set(now + 1);
        }
    });
    let twice = move || {
        let mut all = given();
        let count = all.len();
        all.sort();
        all.dedup();
        all.len() < count
    };
    let ready = move || !question.with(|text| text.trim().is_empty()) && given().len() >= 2 && !twice();
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !untrack(ready) {
            return;
        }
        let poll = command::NewPoll {
            question: question.get_untracked().trim().to_owned(),
            options: untrack(given),
            multiple: several.get_untracked(),
        };
        let conversation = conversation.clone();
        attempt.run(store, async move {
            store.send_poll(conversation, poll).await?;
            store.begun_poll.set(None);
            Ok(())
        });
    };
    let give_up = move |()| {
        store.begun_poll.set(None);
        store.dialog.set(None);
    };
    let field = move |at: usize| {
        let value = options[at];
        let label = ta("poll-option", &[("number", (at + 1).to_string().into())]);
        view! { <Field label=label value=value most=100/> }
    };
    view! {
        <h2>{t("poll-new")}</h2>
        <form class="form poll-form" on:submit=send>
            <Field label=t("poll-question") value=question focused=true most=300/>
            <For each=move || 0..shown.get() key=|at| *at children=field/>
            {move || twice().then(|| view! { <p class="soft" role="alert">{t("poll-same")}</p> })}
            <Switch label=t("poll-multiple") on=several on_change=move |on| several.set(on)/>
            {attempt.trouble()}
            <div class="buttons">
                <Button label=t("cancel") weight=Weight::Quiet on_click=give_up/>
                <Button label=t("send-poll") submit=true disabled=Signal::derive(move || !ready() || attempt.busy.get())/>
            </div>
        </form>
    }
}
