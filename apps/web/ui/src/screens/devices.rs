//! This account's devices: what they are, linking another one, removing one.

use casemate_api::command::History;
use casemate_api::said::said;
use casemate_api::view::{Device, DeviceAsking, DeviceReach};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::new_device::HistoryProgress;
use crate::locale::{listed, spoken, t, ta, when};
use crate::store::{Store, use_store};
use crate::text::plain::one_line;
use crate::ui::act::Act;
use crate::ui::button::{Button, Choice, Field, IconButton, Weight};
use crate::ui::dialog::Dialog;
use crate::ui::icon::{Icon, icon};
use crate::ui::scanner::Scanner;

/// How far linking another device is.
#[derive(Clone, PartialEq)]
enum Step {
    /// Not begun.
    List,
    /// Its code is scanned or typed.
    Code,
    /// What asks, before the person agrees.
    Asking(String, DeviceAsking),
    /// What a removed device could have reached.
    Report(DeviceReach),
}

/// The page.
#[component]
pub fn Devices() -> impl IntoView {
    let store = use_store();
    let step = RwSignal::new(Step::List);
    // In how many chats each is changes without a word of it.
    spawn_local(async move { store.load_account().await });
    // Which device gets another name, and the one that it has.
    let renaming = RwSignal::new(None::<(String, String)>);
    let list = move || {
        let devices = store.account.get().map(|account| account.device_list).unwrap_or_default();
        let primary = devices.iter().any(|device| device.this && device.primary);
        let line = move |device: Device| view! { <Line device primary renaming step/> };
        devices.into_iter().map(line).collect_view()
    };
    let primary = Memo::new(move |_| {
        let own = |device: &Device| device.this && device.primary;
        store
            .account
            .with(|account| account.as_ref().is_some_and(|account| account.device_list.iter().any(own)))
    });
    let linked = Memo::new(move |_| {
        let own = |device: &Device| device.this && !device.primary;
        store
            .account
            .with(|account| account.as_ref().is_some_and(|account| account.device_list.iter().any(own)))
    });
    let replaced = Memo::new(move |_| store.is_replaced());
    let below = move || {
        match step.get() {
        Step::List if replaced.get() => view! { <Anew/> }.into_any(),
        Step::List if primary.get() => view! {
            <div class="buttons stacked"><Button label=t("device-link") on_click=move |()| step.set(Step::Code)/></div>
        }
        .into_any(),
        Step::List if linked.get() => view! { <SignOut/> }.into_any(),
        Step::List => ().into_any(),
        Step::Code => view! { <Code step/> }.into_any(),
        Step::Asking(code, asking) => view! { <Asking code asking step/> }.into_any(),
        Step::Report(reached) => view! { <Report reached step/> }.into_any(),
    }
    };
    view! {
        <p class="soft">{t("devices-what")}</p>
        <HistoryProgress/>
        <ul class="facts" aria-label=t("devices")>{list}</ul>
        {move || renaming.get().map(|(device, name)| view! { <Rename device name renaming/> })}
        {below}
    }
}

/// The account went on without this device, which can become one of its devices again, without what it has.
#[component]
fn Anew() -> impl IntoView {
    let store = use_store();
    let ask = move |()| {
        store.dialog.set(Some(Dialog::Confirm {
            title: t("anew-question"),
            body: t("anew-body"),
            verb: t("anew"),
            danger: true,
            act: Act::new(move |()| {
                spawn_local(async move {
                    if let Err(error) = store.leave_replaced().await {
                        store.fails(&error);
                    }
                });
            }),
        }));
    };
    view! {
        <p class="notice look">{t("said-goes-on-elsewhere")}</p>
        <div class="buttons stacked"><Button label=t("anew") weight=Weight::Quiet on_click=ask/></div>
    }
}

/// This device, a linked one, leaves the account.
#[component]
fn SignOut() -> impl IntoView {
    let store = use_store();
    let busy = RwSignal::new(false);
    let ask = move |()| {
        let mut body = t("sign-out-body");
        if store.trouble.with_untracked(Option::is_some) {
            body = format!("{body} {}", t("sign-out-offline"));
        }
        store.dialog.set(Some(Dialog::Confirm {
            title: t("sign-out-question"),
            body,
            verb: t("sign-out-verb"),
            danger: true,
            act: Act::new(move |()| sign_out(store, busy, false)),
        }));
    };
    let disabled = Signal::derive(move || busy.get());
    view! {
        <div class="buttons stacked"><Button label=t("sign-out") weight=Weight::Quiet disabled on_click=ask/></div>
        {move || busy.get().then(|| view! { <p class="soft" role="status">{t("signing-out")}</p> })}
    }
}

/// Where this device alone has messages, it is asked once more: they are counted, and would be lost.
fn sign_out(store: Store, busy: RwSignal<bool>, lose: bool) {
    busy.try_set(true);
    spawn_local(async move {
        let Err(error) = store.sign_out(lose).await else { return };
        busy.try_set(false);
        if said(&error.message).is_none_or(|said| said.code != "sign-out-loses") {
            return store.fails(&error);
        }
        store.dialog.set(Some(Dialog::Confirm {
            title: t("sign-out-loses"),
            body: spoken(&error.message),
            verb: t("sign-out-verb"),
            danger: true,
            act: Act::new(move |()| sign_out(store, busy, true)),
        }));
    });
}

/// On what a device runs, in words.
fn kind(platform: &str) -> String {
    match platform {
        "web" => t("device-web"),
        "" | "unknown" => t("device-other"),
        "native" => t("device-native"),
        system => ta("device-native-on", &[("system", one_line(system, 32).into())]),
    }
}

/// A device, and what can be done with it.
#[component]
fn Line(
    device: Device,
    primary: bool,
    renaming: RwSignal<Option<(String, String)>>,
    step: RwSignal<Step>,
) -> impl IntoView {
    let store = use_store();
    let kind = kind(&device.platform);
    let mut marks = Vec::new();
    if !device.name.is_empty() {
        marks.push(kind.clone());
    }
    if device.this {
        marks.push(t("device-this"));
    }
    if device.primary {
        marks.push(t("device-primary"));
    }
    let added = ta("device-added-on", &[("when", when::full(&device.added).into())]);
    let mut facts = vec![added.clone()];
    if let Some(seen) = device.last_seen.as_ref().filter(|_| !device.this) {
        facts.push(ta("device-seen", &[("when", when::full(seen).into())]));
    } else if !device.this {
        // Perhaps whoever asked went away before it was linked.
        facts.push(t("device-never"));
    }
    facts.push(ta("device-chats", &[("count", device.conversations.into())]));
    if !device.version.is_empty() {
        facts.push(ta("device-version", &[("version", one_line(&device.version, 32).into())]));
    }
    let name = if device.name.is_empty() { kind } else { one_line(&device.name, 64) };
    let rename = primary.then(|| {
        let label = ta("device-rename", &[("name", name.clone().into())]);
        let (id, called) = (device.device.clone(), device.name.clone());
        let act = move |_| renaming.set(Some((id.clone(), called.clone())));
        view! { <IconButton name=label shape=Icon::Edit small=true on_click=act/> }
    });
    let (id, called, of) = (device.device.clone(), name.clone(), name.clone());
    let ask = move |()| {
        let id = id.clone();
        store.dialog.set(Some(Dialog::Confirm {
            title: ta("device-remove-question", &[("name", called.clone().into())]),
            // Two may have the same name.
            body: format!("{added}. {}", t("device-remove-body")),
            verb: t("device-remove"),
            danger: true,
            act: Act::new(move |()| {
                let id = id.clone();
                spawn_local(async move {
                    match store.remove_device(id).await {
                        Ok(reached) => drop(step.try_set(Step::Report(reached))),
                        Err(error) => store.fails(&error),
                    }
                });
            }),
        }));
    };
    let remove = (primary && !device.primary)
        .then(|| view! { <Button label=t("device-remove") of weight=Weight::Quiet on_click=ask/> });
    view! {
        <li class="fact">
            {icon(Icon::Device)}
            <span><bdi>{name}</bdi><small>{marks.join(" · ")}</small><small>{facts.join(" · ")}</small></span>
            {rename}
            {remove}
        </li>
    }
}

/// The code of the other device, by camera or typed.
#[component]
fn Code(step: RwSignal<Step>) -> impl IntoView {
    let store = use_store();
    let typed = RwSignal::new(String::new());
    let wrong = RwSignal::new(None::<String>);
    let (busy, scanning) = (RwSignal::new(false), RwSignal::new(false));
    let look = move |code: String| {
        wrong.set(None);
        busy.set(true);
        spawn_local(async move {
            let found = store.inspect_device(code.clone()).await;
            busy.try_set(false);
            match found {
                Ok(asking) => drop(step.try_set(Step::Asking(code, asking))),
                Err(error) => drop(wrong.try_set(Some(spoken(&error.message)))),
            }
        });
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !busy.get_untracked() {
            look(typed.get_untracked());
        }
    };
    let found = move |text: String| {
        scanning.set(false);
        look(text);
    };
    let disabled = Signal::derive(move || busy.get());
    view! {
        <form class="form" on:submit=submit>
            <h2>{t("device-link")}</h2>
            <p>{t("device-link-how")}</p>
            {move || scanning.get().then(|| view! { <Scanner on_found=found/> })}
            {move || wrong.get().map(|wrong| view! { <p class="notice look" role="alert">{wrong}</p> })}
            <Field label=t("device-code") value=typed hint=t("device-code-hint") most=200/>
            <div class="buttons">
                <Button label=t("cancel") weight=Weight::Quiet on_click=move |()| step.set(Step::List)/>
                <Button label=t("scan-code") weight=Weight::Quiet on_click=move |()| scanning.update(|on| *on = !*on)/>
                <Button label=t("device-look") submit=true disabled/>
            </div>
        </form>
    }
}

/// What asks, and the question whether it may.
#[component]
fn Asking(code: String, asking: DeviceAsking, step: RwSignal<Step>) -> impl IntoView {
    let store = use_store();
    let wrong = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let history = RwSignal::new("none".to_owned());
    let kit = RwSignal::new(String::new());
    let asks_words = asking.words;
    let kind = kind(&asking.platform);
    let place = match asking.place.as_str() {
        "same_network" => t("device-same-network"),
        _ => t("device-another-network"),
    };
    let name = one_line(&asking.name, 64);
    let options = ["none", "30d", "all"]
        .map(|value| {
            let words = match value {
                "all" => t("history-all"),
                "30d" => t("history-30d"),
                _ => t("history-none"),
            };
            (value.to_owned(), words)
        })
        .to_vec();
    let link = move |()| {
        let chosen = match history.get_untracked().as_str() {
            "all" => History::All,
            "30d" => History::Days30,
            _ => History::Nothing,
        };
        let code = code.clone();
        wrong.set(None);
        busy.set(true);
        spawn_local(async move {
            let words = asks_words.then(|| kit.get_untracked());
            let done = store.approve_device(code, chosen, words).await;
            busy.try_set(false);
            match done {
                Ok(()) => {
                    store.say(t("device-linked"));
                    step.try_set(Step::List);
                }
                Err(error) => drop(wrong.try_set(Some(spoken(&error.message)))),
            }
        });
    };
    let agree = move |()| {
        // Whoever has the kit's words has shown it.
        if asks_words {
            return link(());
        }
        let link = link.clone();
        store.if_owner(t("prove-link"), t("device-agree"), Act::new(move |()| link(())));
    };
    let disabled =
        Signal::derive(move || busy.get() || asks_words && kit.with(|typed| typed.trim().is_empty()));
    let choose = move |value: String| history.set(value);
    let words = asks_words.then(|| {
        view! { <Field label=t("recovery-words") value=kit hint=t("device-words-hint") most=400/> }
    });
    view! {
        <section class="form" aria-labelledby="device-asks">
            <h2 id="device-asks">{ta("device-asks", &[("name", name.into())])}</h2>
            <ul class="facts">
                <li class="fact">{icon(Icon::Device)}<span>{kind}<small>{place}</small></span></li>
                <li class="fact">{icon(Icon::Check)}<span><bdi>{asking.check}</bdi><small>{t("device-compare")}</small></span></li>
            </ul>
            <p class="notice look">{t("device-consequence")}</p>
            <p>{t("history-question")}</p>
            <Choice label=t("history-question") options chosen=history on_choose=choose/>
            {words}
            {move || wrong.get().map(|wrong| view! { <p class="notice look" role="alert">{wrong}</p> })}
            <div class="buttons">
                <Button label=t("cancel") weight=Weight::Quiet on_click=move |()| step.set(Step::List)/>
                <Button label=t("device-agree") disabled on_click=agree/>
            </div>
        </section>
    }
}

/// What a removed device could have reached.
#[component]
fn Report(reached: DeviceReach, step: RwSignal<Step>) -> impl IntoView {
    let store = use_store();
    let head = match (reached.published, reached.open) {
        (true, 0) => t("device-removed"),
        (true, open) => ta("device-removed-open", &[("count", open.into())]),
        (false, _) => t("device-removed-offline"),
    };
    let given = match reached.history.as_str() {
        "all" => Some(t("device-had-all")),
        "30d" => Some(t("device-had-30d")),
        _ => None,
    };
    let lines = reached
        .conversations
        .iter()
        .map(|one| {
            let name = one_line(&one.name, 80);
            let name = if name.is_empty() { t("notes-to-self") } else { name };
            let since = ta("device-read-since", &[("when", when::full(&one.since).into())]);
            let open = one.open.then(|| view! { <small>{t("device-still-open")}</small> });
            view! { <li class="fact">{icon(Icon::Chat)}<span><bdi>{name}</bdi><small>{since}</small>{open}</span></li> }
        })
        .collect_view();
    let told = (!reached.told.is_empty()).then(|| {
        let names = untrack(|| listed(reached.told.iter().map(|who| store.name_of(who))));
        ta("device-told", &[("names", names.into())])
    });
    view! {
        <section class="form" aria-labelledby="device-report">
            <h2 id="device-report">{t("device-report")}</h2>
            <p class="notice" role="status">{head}</p>
            {given.map(|given| view! { <p>{given}</p> })}
            <ul class="facts" aria-label=t("device-could-read")>{lines}</ul>
            {told.map(|told| view! { <p class="soft">{told}</p> })}
            <div class="buttons"><Button label=t("back") on_click=move |()| step.set(Step::List)/></div>
        </section>
    }
}

/// A device's new name.
#[component]
fn Rename(device: String, name: String, renaming: RwSignal<Option<(String, String)>>) -> impl IntoView {
    let store = use_store();
    let title = ta("device-rename", &[("name", one_line(&name, 64).into())]);
    let name = RwSignal::new(name);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        store.name_device(device.clone(), name.get_untracked().trim().to_owned());
        renaming.set(None);
    };
    view! {
        <form class="form" on:submit=save>
            <h2>{title}</h2>
            <Field label=t("device-name") value=name hint=t("device-name-hint") focused=true most=30/>
            <div class="buttons">
                <Button label=t("cancel") weight=Weight::Quiet on_click=move |()| renaming.set(None)/>
                <Button label=t("save") submit=true/>
            </div>
        </form>
    }
}
