//! Settings → Notifications: whether the system may show them, what they say, when it is quiet.

use casemate_api::command::{QuietHours, SettingsSet};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::locale::t;
use crate::store::use_store;
use crate::ui::button::{Button, Switch};
use crate::ui::notify::{self, Permission};
use crate::ui::sound;

/// The page.
#[component]
pub fn Notifications() -> impl IntoView {
    let store = use_store();
    let permission = RwSignal::new(notify::permission());
    let previews = RwSignal::new(true);
    let sounds = RwSignal::new(true);
    let quiet = RwSignal::new(None::<QuietHours>);
    spawn_local(async move {
        if let Some(settings) = store.settings().await {
            previews.try_set(settings.previews);
            sounds.try_set(settings.sounds);
            quiet.try_set(settings.quiet_hours);
        }
    });
    let set_previews = move |on: bool| {
        previews.set(on);
        store.choose(SettingsSet { previews: Some(on), ..SettingsSet::default() });
    };
    let set_sounds = move |on: bool| {
        sounds.set(on);
        if on {
            sound::arrived();
        }
        store.choose(SettingsSet { sounds: Some(on), ..SettingsSet::default() });
    };
    view! {
        <Allow permission/>
        {move || (permission.get() == Permission::Granted && store.can_be_woken()).then(|| view! { <WhenClosed/> })}
        <Switch
            label=t("notify-previews") hint=t("notify-previews-hint")
            on=Signal::derive(move || previews.get()) on_change=set_previews
        />
        <Switch
            label=t("notify-sounds") hint=t("notify-sounds-hint")
            on=Signal::derive(move || sounds.get()) on_change=set_sounds
        />
        <Quiet quiet/>
    }
}

/// Only the person's tap lets the browser ask.
#[component]
fn Allow(permission: RwSignal<Permission>) -> impl IntoView {
    let store = use_store();
    let allow = move |()| {
        spawn_local(async move {
            let now = notify::ask().await;
            let _ = permission.try_set(now);
            // Browsers keep what is here for whom they may notify.
            if now == Permission::Granted {
                let _ = store.ask_to_keep().await;
            }
        })
    };
    move || match permission.get() {
        Permission::Granted => view! { <p class="soft" role="status">{t("notify-granted")}</p> }.into_any(),
        Permission::Denied => view! { <p class="notice" role="status">{t("notify-denied")}</p> }.into_any(),
        Permission::Unsupported => {
            view! { <p class="notice" role="status">{t("notify-unsupported")}</p> }.into_any()
        }
        Permission::Open => view! {
            <div class="card">
                <p>{t("notify-explained")}</p>
                <Button label=t("notify-allow") on_click=allow/>
            </div>
        }
        .into_any(),
    }
}

/// Whether a closed Casemate is woken.
#[component]
fn WhenClosed() -> impl IntoView {
    let store = use_store();
    let on = RwSignal::new(false);
    let busy = RwSignal::new(false);
    spawn_local(async move {
        let _ = on.try_set(notify::is_subscribed().await);
    });
    let set = move |wanted: bool| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        on.set(wanted);
        spawn_local(async move {
            let now = if wanted {
                store.wake_on().await
            } else {
                store.wake_off().await;
                false
            };
            on.try_set(now);
            busy.try_set(false);
        });
    };
    view! {
        <Switch
            label=t("push-closed") hint=t("push-closed-hint")
            on=Signal::derive(move || on.get()) on_change=set
        />
    }
}

/// Quiet hours, the same on all own devices.
#[component]
fn Quiet(quiet: RwSignal<Option<QuietHours>>) -> impl IntoView {
    let store = use_store();
    let choose = move |hours: Option<QuietHours>| {
        quiet.set(hours.clone());
        store.choose(SettingsSet { quiet_hours: Some(hours), ..SettingsSet::default() });
    };
    let switch = move |on: bool| {
        choose(on.then(|| QuietHours { from: "22:00".into(), to: "07:00".into() }));
    };
    let time = move |label: String, from: bool| {
        let shown = move || {
            let part = |hours: QuietHours| if from { hours.from } else { hours.to };
            quiet.get().map(part).unwrap_or_default()
        };
        let set = move |event| {
            let time: String = event_target_value(&event).chars().take(5).collect();
            let Some(mut hours) = quiet.get_untracked().filter(|_| time.len() == 5) else { return };
            *(if from { &mut hours.from } else { &mut hours.to }) = time;
            choose(Some(hours));
        };
        view! {
            <label class="field">
                <span class="field-label">{label.clone()}</span>
                <span class="field-box"><input type="time" aria-label=label prop:value=shown on:change=set/></span>
            </label>
        }
    };
    let on = Memo::new(move |_| quiet.with(Option::is_some));
    view! {
        <Switch
            label=t("quiet-hours") hint=t("quiet-hours-hint")
            on=Signal::derive(move || on.get()) on_change=switch
        />
        {move || on.get().then(|| view! { <div class="times">{time(t("quiet-from"), true)}{time(t("quiet-to"), false)}</div> })}
    }
}
