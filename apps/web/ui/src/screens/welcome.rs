//! Before there is anything to show: starting, joining, unlocking, and why it does not go on.

use casemate_api::{Error, Kind};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::be_linked::BeLinked;
use super::recovery::Restore;
use crate::engine;
use crate::locale::{spoken, t, ta};
use crate::store::use_store;
use crate::ui::act::Act;
use crate::ui::browser;
use crate::ui::button::{Button, Field, Weight};
use crate::ui::dialog::Dialog;
use crate::ui::icon::{Icon, icon};

/// The engine starts: for a moment only.
#[component]
pub fn Starting() -> impl IntoView {
    view! { <main class="gate"><div class="gate-box"><span class="mark-large pulse">{icon(Icon::Arch)}</span><p role="status">{t("starting")}</p></div></main> }
}

/// Joining, or coming back.
#[component]
pub fn Welcome() -> impl IntoView {
    let way = RwSignal::new(Way::Join);
    let back = Callback::new(move |()| way.set(Way::Join));
    move || match way.get() {
        Way::Restore => view! { <Restore back/> }.into_any(),
        Way::Link => view! { <BeLinked back/> }.into_any(),
        Way::Join => {
            let restore = Callback::new(move |()| way.set(Way::Restore));
            let link = Callback::new(move |()| way.set(Way::Link));
            view! { <Join restore link_device=link/> }.into_any()
        }
    }
}

/// How a person begins here.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Join,
    Restore,
    Link,
}

/// Joining: a name, and done.
#[component]
fn Join(restore: Callback<()>, link_device: Callback<()>) -> impl IntoView {
    let store = use_store();
    // Perhaps typed while the app was loading.
    let name = RwSignal::new(browser::typed("first-name"));
    let link = RwSignal::new(String::new());
    let wrong = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let has_link = Memo::new(move |_| store.invitation.with(Option::is_some));
    let host = browser::origin().split("://").nth(1).unwrap_or_default().to_owned();
    let create = move || {
        let typed = name.get_untracked().trim().to_lowercase();
        let written = link.get_untracked().trim().trim_end_matches('/').to_owned();
        // A link has a secret after the #; without one it is the address of a server that is open to everybody.
        let (invite, server) = match store.invitation.get_untracked() {
            Some(link) => (Some(link), None),
            None if written.contains('#') => (Some(written), None),
            None if !written.is_empty() => (None, Some(written)),
            None => (None, Some(browser::origin())),
        };
        if let Some(mistake) = mistake(&typed) {
            return wrong.set(Some(mistake));
        }
        wrong.set(None);
        busy.set(true);
        spawn_local(async move {
            let made = store.create_account(typed, invite, server).await;
            busy.set(false);
            match made {
                Ok(()) if !store.prefs.with_untracked(|prefs| prefs.explained) => {
                    store.dialog.set(Some(Dialog::Explain));
                }
                Ok(()) => {}
                Err(error) if error.kind == Kind::Taken => wrong.set(Some(t("name-taken"))),
                Err(error) => {
                    // A link that is damaged or used up can be put right by hand.
                    let passing = matches!(error.kind, Kind::Offline | Kind::RateLimited);
                    if let Some(damaged) = store.invitation.get_untracked().filter(|_| !passing) {
                        link.set(damaged);
                        store.invitation.set(None);
                    }
                    wrong.set(Some(spoken(&error.message)));
                }
            }
        });
    };
    // A link that was corrected in the address, or another one in the same tab: the page is not loaded anew for that.
    let corrected = window_event_listener(leptos::ev::hashchange, move |_| {
        let address = browser::address();
        if address.contains("/i#") {
            wrong.set(None);
            store.invitation.set(Some(address));
        }
    });
    on_cleanup(move || corrected.remove());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !busy.get_untracked() {
            create();
        }
    };
    let native = engine::is_native();
    let after = if native { String::new() } else { format!("@{host}") };
    let body = if native { t("welcome-body-native") } else { ta("welcome-body", &[("server", host.into())]) };
    let title = move || if has_link.get() { t("welcome-invited") } else { t("welcome-title") };
    let link_field = move || {
        (!has_link.get()).then(|| {
            view! { <Field label=t("invitation-link") value=link hint=t("invitation-link-hint") most=600/> }
        })
    };
    view! {
        <main class="gate">
            <form class="gate-box" on:submit=submit>
                <span class="mark-large">{icon(Icon::Arch)}</span>
                <h1>{title}</h1>
                <p>{body}</p>
                <Field label=t("your-name") value=name after=after focused=true most=32/>
                {link_field}
                {move || wrong.get().map(|wrong| view! { <p class="notice look" role="alert">{wrong}</p> })}
                <Button label=t("create-account") submit=true disabled=Signal::derive(move || busy.get())/>
                {move || busy.get().then(|| view! { <p class="soft" role="status">{t("creating")}</p> })}
                <p class="soft">{t("welcome-keys")}</p>
                <Button label=t("link-this") weight=Weight::Quiet on_click=move |()| link_device.run(())/>
                <Button label=t("have-account") weight=Weight::Quiet on_click=move |()| restore.run(())/>
            </form>
        </main>
    }
}

/// What is wrong with a name, before the server is asked.
fn mistake(name: &str) -> Option<String> {
    let fits = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c));
    if !fits {
        return Some(t("name-letters"));
    }
    (!(2..=32).contains(&name.len())).then(|| t("name-length"))
}

/// The database is locked with a passphrase, a passkey, or both.
#[component]
pub fn Unlock(lock: engine::Lock) -> impl IntoView {
    let store = use_store();
    let passphrase = RwSignal::new(String::new());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let typed = passphrase.get_untracked();
        if !typed.is_empty() {
            engine::open(Some(&typed));
        }
    };
    let by_passphrase = lock.passphrase.then(|| {
        view! {
            <Field label=t("passphrase") value=passphrase secret=true focused=true/>
            <Button label=t("unlock") submit=true/>
        }
    });
    let weight = if lock.passphrase { Weight::Quiet } else { Weight::Main };
    let by_passkey = lock.passkey.map(|(credential, salt)| {
        let open = move |()| store.unlock_by_passkey(credential.clone(), salt.clone());
        view! { <Button label=t("unlock-passkey") weight on_click=open/> }
    });
    // A new account here is made from nothing: what is locked would be gone.
    let restore = (!engine::is_native()).then(|| view! { <p class="soft">{t("unlock-lost")}</p><Anew/> });
    view! {
        <main class="gate">
            <form class="gate-box" on:submit=submit>
                <span class="mark-large">{icon(Icon::Arch)}</span>
                <h1>{t("unlock-title")}</h1>
                <p>{spoken(&lock.sentence)}</p>
                {by_passphrase}
                {by_passkey}
                {restore}
            </form>
        </main>
    }
}

/// Gives up what cannot be opened in this browser, to restore or join.
#[component]
fn Anew() -> impl IntoView {
    let store = use_store();
    let ask = move |()| {
        store.dialog.set(Some(Dialog::Confirm {
            title: t("anew-question"),
            body: t("anew-body"),
            verb: t("anew"),
            danger: true,
            act: Act::new(|()| engine::begin_anew()),
        }));
    };
    view! { <Button label=t("anew") weight=Weight::Quiet on_click=ask/> }
}

/// What happened, whether anything was lost, what to do.
#[component]
pub fn Failed(error: Error) -> impl IntoView {
    // The browser cleared a part of what was here.
    let lost = error.kind == Kind::NotFound && !engine::is_native();
    let hint = match error.kind {
        Kind::NotFound => t("failed-lost"),
        Kind::StorageFull => t("failed-storage"),
        Kind::NotAllowed => t("failed-browser"),
        _ => t("failed-hint"),
    };
    view! {
        <main class="gate">
            <div class="gate-box">
                <span class="mark-large">{icon(Icon::Warning)}</span>
                <h1>{t("failed-title")}</h1>
                <p role="alert">{spoken(&error.message)}</p>
                <p class="soft">{hint}</p>
                <Button label=t("reload") on_click=move |()| reload()/>
                {lost.then(|| view! { <Anew/> })}
            </div>
        </main>
    }
}

/// Another tab has the one engine.
#[component]
pub fn Elsewhere() -> impl IntoView {
    view! {
        <main class="gate">
            <div class="gate-box">
                <span class="mark-large">{icon(Icon::Device)}</span>
                <h1>{t("elsewhere-title")}</h1>
                <p>{t("elsewhere-body")}</p>
                <Button label=t("use-here") on_click=move |()| engine::tabs::take_over()/>
                <Button label=t("reload") weight=Weight::Quiet on_click=move |()| reload()/>
            </div>
        </main>
    }
}

fn reload() {
    let _ = browser::window().location().reload();
}
