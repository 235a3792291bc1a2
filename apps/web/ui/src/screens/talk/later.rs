//! Sending at another time, and what waits for its time.

use casemate_api::command::AttachmentKind;
use casemate_api::view::Message;
use js_sys::Date;
use leptos::html::Canvas;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;

use super::Talk;
use crate::locale::{spoken, t, ta, when};
use crate::store::{Store, use_store};
use crate::text::plain::{one_line, tame};
use crate::ui::act::Act;
use crate::ui::attachment::held_line;
use crate::ui::browser;
use crate::ui::bubble::preview;
use crate::ui::button::{Button, Weight};
use crate::ui::dialog::Dialog;
use crate::ui::icon::{Icon, icon};
use crate::ui::picture::{TryAgain, draw, is_here};

const HOUR_MS: f64 = 3_600_000.0;

/// Pixels of a picture's longer side.
const SMALL: u32 = 160;

/// When to send: some times to choose from, or any.
#[component]
pub fn Later(files: bool, act: Act<String>) -> impl IntoView {
    let store = use_store();
    let at = RwSignal::new(local(Date::now() + HOUR_MS));
    let chosen = move || to_come(at, files);
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(time) = untrack(chosen) else { return };
        store.dialog.set(None);
        act.run(browser::iso(time));
    };
    view! {
        <h2>{t("send-later")}</h2>
        <p class="soft">{t("later-hint")}</p>
        <form class="form" on:submit=send>
            <When at files/>
            <div class="buttons">
                <Button label=t("cancel") weight=Weight::Quiet on_click=move |()| store.dialog.set(None)/>
                <Button label=t("send-later") submit=true disabled=Signal::derive(move || chosen().is_none())/>
            </div>
        </form>
    }
}

/// Some times to choose from, and any; with files not so far ahead.
#[component]
fn When(at: RwSignal<String>, files: bool) -> impl IntoView {
    let quick = move |label: String, time: f64| {
        let time = local(time);
        let mine = time.clone();
        let on = move || at.with(|at| *at == mine).to_string();
        view! { <button type="button" role="radio" aria-checked=on on:click=move |_| at.set(time.clone())>{label}</button> }
    };
    let (evening, morning) = (at_hour(0, 20), at_hour(1, 8));
    // An evening that is over is tomorrow's, after its morning.
    let ahead = match evening < morning {
        true => [("later-evening", evening), ("later-tomorrow", morning)],
        false => [("later-tomorrow", morning), ("later-tomorrow", evening)],
    };
    let ahead = ahead.map(|(key, ms)| quick(ta(key, &[("time", when::time(&browser::iso(ms)).into())]), ms));
    let over = Memo::new(move |_| at.with(|at| ms(at)).is_some_and(|ms| ms <= Date::now()));
    let too_far = Memo::new(move |_| files && at.with(|at| ms(at)).is_some_and(|ms| ms > files_until()));
    view! {
        <div class="choice" role="radiogroup" aria-label=t("send-later")>
            {quick(t("later-hour"), Date::now() + HOUR_MS)}
            {ahead.into_iter().collect_view()}
        </div>
        <label class="field">
            <span class="field-label">{t("later-at")}</span>
            <span class="field-box">
                <input type="datetime-local" aria-label=t("later-at") min=local(Date::now()) max=if files { local(files_until()) } else { "9999-12-31T23:59".to_owned() }
                    prop:value=move || at.get() on:input=move |event| at.set(event_target_value(&event))/>
            </span>
        </label>
        {move || over.get().then(|| view! { <p class="notice look" role="alert">{t("later-past")}</p> })}
        {move || too_far.get().then(|| view! { <p class="notice look" role="alert">{ta("said-files-month-ahead", &[("days", 30usize.into())])}</p> })}
    }
}

/// The chosen time, where it is still to come and what is sent can wait so long.
fn to_come(at: RwSignal<String>, files: bool) -> Option<f64> {
    at.with(|at| ms(at)).filter(|ms| *ms > Date::now() && (!files || *ms <= files_until()))
}

/// So long the engine lets files wait, but for an hour: this device's clock may be a little wrong.
fn files_until() -> f64 {
    Date::now() + 30.0 * 24.0 * HOUR_MS - HOUR_MS
}

/// Changes what waits: its words and its time. What stands in the composer stays there.
#[component]
pub fn Waiting(message: Message) -> impl IntoView {
    let store = use_store();
    let at = RwSignal::new(local(Date::parse(&message.at)));
    let text = RwSignal::new(message.text.clone());
    let trouble = RwSignal::new(None::<String>);
    let (plain, files) = (message.poll.is_none(), !message.attachments.is_empty());
    let bare = move || plain && !files && text.with(|text| text.trim().is_empty());
    let ready = move || to_come(at, files).is_some() && !bare();
    let conversation = StoredValue::new(message.conversation.clone());
    let message = StoredValue::new(message);
    // Closed meanwhile, it stays closed.
    let back = move || {
        if let Some(conversation) = conversation.try_get_value() {
            store.dialog.set(Some(Dialog::Talk(Talk::Scheduled(conversation))));
        }
    };
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(time) = untrack(|| to_come(at, files)).filter(|_| untrack(ready)) else { return };
        let text = text.get_untracked().trim().to_owned();
        spawn_local(async move {
            let at = browser::iso(time);
            match store.change_waiting(message.get_value(), text, at.clone()).await {
                Ok(()) => {
                    store.say(ta("later-done", &[("time", when::full(&at).into())]));
                    back();
                }
                Err(error) => drop(trouble.try_set(Some(spoken(&error.message)))),
            }
        });
    };
    let words = plain.then(|| {
        view! {
            <textarea
                class="list-text" rows="4" dir="auto" placeholder=" " aria-label=t("scheduled-text") maxlength="16000"
                prop:value=move || text.get() on:input=move |event| text.set(event_target_value(&event))
            ></textarea>
        }
    });
    view! {
        <h2>{t("scheduled-change")}</h2>
        <form class="form" on:submit=save>
            {words}
            <When at files/>
            {move || trouble.get().map(|why| view! { <p class="notice look" role="alert">{why}</p> })}
            <div class="buttons">
                <Button label=t("cancel") weight=Weight::Quiet on_click=move |()| back()/>
                <Button label=t("save") submit=true disabled=Signal::derive(move || !ready())/>
            </div>
        </form>
    }
}

/// What waits, with edit, send now and cancel.
#[component]
pub fn ScheduledList(conversation: String) -> impl IntoView {
    let store = use_store();
    let id = StoredValue::new(conversation);
    let waiting = RwSignal::new(None::<Vec<Message>>);
    let load = move || {
        spawn_local(async move {
            let Some(id) = id.try_get_value() else { return };
            let found = store.scheduled(id).await;
            if waiting.try_with_untracked(|waiting| waiting.as_ref() != Some(&found)) == Some(true) {
                waiting.set(Some(found));
            }
        });
    };
    // Files are made ready after their screen is gone, and what is due goes out meanwhile.
    Effect::new(move |_| {
        store.conversations.track();
        load();
    });
    let rows = move || {
        let all = waiting.get()?;
        if all.is_empty() {
            return Some(view! { <p class="soft">{t("scheduled-none")}</p> }.into_any());
        }
        let rows = all.into_iter().map(|message| row(store, message, load)).collect_view();
        Some(view! { <ul class="scheduled" aria-label=t("scheduled-title")>{rows}</ul> }.into_any())
    };
    view! {
        <h2>{t("scheduled-title")}</h2>
        <p class="soft">{t("later-hint")}</p>
        {rows}
        <div class="buttons"><Button label=t("close") weight=Weight::Quiet on_click=move |()| store.dialog.set(None)/></div>
    }
}

fn row(store: Store, message: Message, load: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let message = StoredValue::new(message);
    let (at, text) = message.with_value(|message| (when::full(&message.at), tame(&message.text)));
    let files = message.with_value(|message| files(store, message, load));
    let cancel = move |_| {
        let (waits, conversation) =
            message.with_value(|message| (message.message.clone(), message.conversation.clone()));
        store.dialog.set(Some(Dialog::Confirm {
            title: t("scheduled-cancel-question"),
            body: t("scheduled-cancel-body"),
            verb: t("scheduled-cancel"),
            danger: true,
            act: Act::new(move |()| {
                let (waits, conversation) = (waits.clone(), conversation.clone());
                store.toast.set(None);
                store.attempt(async move {
                    store.unschedule(waits).await?;
                    store.dialog.set(Some(Dialog::Talk(Talk::Scheduled(conversation))));
                    Ok(())
                });
            }),
        }));
    };
    let now = move |_| {
        store.attempt(async move {
            store.send_now(message.get_value()).await?;
            load();
            Ok(())
        });
    };
    let edit = move |_| {
        let waiting = Box::new(message.get_value());
        store.dialog.set(Some(Dialog::Talk(Talk::Waiting(waiting))));
    };
    view! {
        <li>
            <small>{at}</small>
            {files}
            {(!text.is_empty()).then(|| view! { <p dir="auto">{text}</p> })}
            <span class="scheduled-acts">
                <button type="button" class="inline" on:click=edit>{t("edit")}</button>
                <button type="button" class="inline" on:click=now>{t("send-now")}</button>
                <button type="button" class="inline danger" on:click=cancel>{t("scheduled-cancel")}</button>
            </span>
        </li>
    }
}

/// What goes along: pictures small, of all else what it is. What is shown once is not shown here either. What becomes of a file
/// alone nobody tells this list, so it is loaded anew.
fn files<F: Fn() + Copy + 'static>(store: Store, message: &Message, load: F) -> impl IntoView + use<F> {
    let files = (0u32..).zip(&message.attachments);
    let tiles = files.map(|(index, file)| {
        let name = match file.kind {
            AttachmentKind::Voice => preview(message),
            _ => one_line(&file.name, 60),
        };
        let shape = match file.kind {
            AttachmentKind::Photo | AttachmentKind::Sticker => Icon::Photo,
            AttachmentKind::Video => Icon::Video,
            AttachmentKind::Voice => Icon::Mic,
            AttachmentKind::Document => Icon::File,
        };
        if shape == Icon::Photo && !message.view_once && !file.quarantined && is_here(file) {
            let canvas = NodeRef::<Canvas>::new();
            let (shown, trouble) = (RwSignal::new(false), RwSignal::new(None));
            draw(message.message.clone(), index, SMALL, canvas, shown, trouble);
            // It may be held back by now.
            Effect::new(move |_| {
                if trouble.with(Option::is_some) {
                    load();
                }
            });
            let why = move || trouble.get().map(|why: String| view! { <span class="failure">{why}" "<TryAgain/></span> });
            return view! { <li><canvas node_ref=canvas role="img" aria-label=name></canvas>{why}</li> }.into_any();
        }
        let once = message.view_once.then(|| view! { <small>{t("once-message")}</small> });
        let id = message.message.clone();
        let held = held_line(file, move || {
            let id = id.clone();
            store.attempt(async move {
                store.release_file(id, index).await?;
                load();
                Ok(())
            });
        });
        view! { <li class="scheduled-file">{icon(shape)}<bdi>{name}</bdi><small>{when::size(file.bytes)}</small>{once} {held}</li> }
            .into_any()
    });
    let tiles = tiles.collect_view();
    (!message.attachments.is_empty()).then(|| view! { <ul class="scheduled-files">{tiles}</ul> })
}

/// Today or a day later, at this hour; an hour that is over is tomorrow's.
fn at_hour(days: u32, hour: u32) -> f64 {
    let date = Date::new_0();
    date.set_hours(hour);
    date.set_minutes(0);
    date.set_seconds(0);
    date.set_milliseconds(0);
    let over = days == 0 && date.get_time() <= Date::now() + 60_000.0;
    date.set_date(date.get_date() + days + u32::from(over));
    date.get_time()
}

/// As a field for day and time has it.
fn local(ms: f64) -> String {
    let shifted = ms - Date::new(&JsValue::from_f64(ms)).get_timezone_offset() * 60_000.0;
    browser::iso(shifted).chars().take(16).collect()
}

fn ms(field: &str) -> Option<f64> {
    let ms = Date::parse(field);
    (!ms.is_nan()).then_some(ms)
}
