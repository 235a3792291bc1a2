//! Security: the way into the app, what is seen of it, and the end of the account.

use casemate_api::Command;
use casemate_api::command::{Nothing, SettingsSet};
use casemate_api::view::Device;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::live_privacy::{SettingSwitch, settings_kept};
use crate::locale::{t, ta};
use crate::store::{LockAfter, use_store};
use crate::ui::act::Act;
use crate::ui::button::{Button, Choice, Field, Switch, Weight};
use crate::ui::dialog::Dialog;

/// The page.
#[component]
pub fn Security() -> impl IntoView {
    view! {
        <h2>{t("lock-title")}</h2>
        <Way/>
        <Seen/>
        <h2>{t("delete-title")}</h2>
        <Keep/>
        <Delete/>
    }
}

/// Somebody asked for the account's deletion: this device can stop it. Or the operator disabled it.
#[component]
fn Keep() -> impl IntoView {
    let store = use_store();
    let disabled = Memo::new(move |_| {
        store.account.with(|account| account.as_ref().is_some_and(|account| account.disabled))
    });
    let asked = Memo::new(move |_| {
        store.account.with(|account| account.as_ref().is_some_and(|account| account.deletion_at.is_some()))
    });
    let keep = move |()| store.quietly(Command::AccountKeep(Nothing {}));
    view! {
        {move || disabled.get().then(|| view! { <p class="notice look">{t("said-account-disabled")}</p> })}
        {move || asked.get().then(|| {
            view! {
                <p class="notice look">{t("said-deletion-asked")}</p>
                <Button label=t("account-keep") on_click=keep/>
            }
        })}
    }
}

/// What whoever looks at the screen can read without opening anything.
#[component]
fn Seen() -> impl IntoView {
    let store = use_store();
    let set_list = move |on: bool| {
        store.prefs.update(|prefs| {
            prefs.list_texts = on;
            prefs.save();
        });
    };
    view! {
        <h2>{t("seen-title")}</h2>
        <Switch
            label=t("list-texts") hint=t("list-texts-hint")
            on=Signal::derive(move || store.prefs.with(|prefs| prefs.list_texts)) on_change=set_list
        />
        <SettingSwitch
            label=t("notify-previews") hint=t("notify-previews-hint") settings=settings_kept() of=|kept| kept.previews
            change=|on| SettingsSet { previews: Some(on), ..SettingsSet::default() }
        />
    }
}

/// How it is opened, and changing that.
#[component]
fn Way() -> impl IntoView {
    let store = use_store();
    let (current, new, again) =
        (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let busy = RwSignal::new(false);
    let kept = Memo::new(move |_| {
        store
            .account
            .with(|account| account.as_ref().map(|account| account.key_kept_in.clone()).unwrap_or_default())
    });
    let has_passphrase = move || kept.with(|kept| kept.starts_with("passphrase"));
    let has_passkey = move || kept.with(|kept| kept.ends_with("passkey"));
    let given = move || Some(current.get_untracked()).filter(|current| !current.is_empty());
    let clear = move || [current, new, again].iter().for_each(|field| field.set(String::new()));
    let finish = move |done: Result<(), String>, said: String| {
        busy.set(false);
        match done {
            Ok(()) => {
                clear();
                store.say(said);
            }
            Err(message) => store.say(message),
        }
    };
    // Where nothing locks any more, nothing can be asked before a single chat either.
    let removed = move |said: &'static str, other: bool| {
        let locked = store.conversations.with_untracked(|all| all.iter().any(|chat| chat.locked));
        if locked && !other { format!("{} {}", t(said), t("locked-chats-open")) } else { t(said) }
    };
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let wanted = new.get_untracked();
        if wanted.chars().count() < 8 {
            return store.say(t("passphrase-short"));
        }
        if wanted != again.get_untracked() {
            return store.say(t("passphrase-differs"));
        }
        busy.set(true);
        spawn_local(async move {
            let said = match untrack(has_passkey) {
                true => format!("{} {}", t("passphrase-set"), t("passkey-again")),
                false => t("passphrase-set"),
            };
            finish(store.set_passphrase(given(), wanted).await, said);
        });
    };
    let remove = move |()| {
        busy.set(true);
        spawn_local(async move {
            let said = removed("passphrase-removed", untrack(has_passkey));
            let done = store.remove_passphrase(given()).await;
            finish(done, said);
        });
    };
    let add_passkey = move |()| {
        // Before the browser makes a passkey that nothing would come of.
        if untrack(has_passphrase) && given().is_none() {
            return store.say(t("passphrase-first"));
        }
        busy.set(true);
        spawn_local(async move {
            let done = store.add_passkey(given()).await;
            finish(done, t("passkey-set"));
        });
    };
    let remove_passkey = move |()| {
        busy.set(true);
        spawn_local(async move {
            let said = removed("passkey-removed", untrack(has_passphrase));
            let done = store.remove_passkey(given()).await;
            finish(done, said);
        });
    };
    let how = move || match (has_passphrase(), has_passkey()) {
        (true, true) => t("lock-both"),
        (true, false) => t("lock-passphrase"),
        (false, true) => t("lock-passkey"),
        (false, false) => t("lock-none"),
    };
    let options = LockAfter::ALL
        .map(|after| {
            let words = match after {
                LockAfter::Never => t("lock-never"),
                LockAfter::Hidden => t("lock-hidden"),
                LockAfter::Minutes(1) => t("lock-minute"),
                LockAfter::Minutes(5) => t("lock-minutes"),
                LockAfter::Minutes(60) => t("lock-hour"),
                LockAfter::Minutes(_) => t("lock-hours"),
            };
            (after.name(), words)
        })
        .to_vec();
    let chosen = Signal::derive(move || store.prefs.with(|prefs| prefs.lock.name()));
    let choose = move |name: String| {
        store.prefs.update(|prefs| {
            prefs.lock = LockAfter::named(&name);
            prefs.save();
        });
    };
    let disabled = Signal::derive(move || busy.get());
    let native = crate::engine::is_native();
    view! {
        <p class="soft">{how}</p>
        {move || store.is_lockable().then(|| view! {
            <div class="buttons stacked"><Button label=t("lock-now") on_click=move |()| store.lock()/></div>
            <h3>{t("lock-after")}</h3>
            <Choice label=t("lock-after") options=options.clone() chosen on_choose=choose/>
            <p class="soft">{t("lock-what")}</p>
        })}
        <form class="form" on:submit=save>
            {move || has_passphrase().then(|| view! { <Field label=t("passphrase-current") value=current secret=true/> })}
            <Field label=t("passphrase-new") value=new secret=true hint=t("passphrase-hint")/>
            <Field label=t("passphrase-again") value=again secret=true/>
            {move || {
                let label = if has_passphrase() { t("passphrase-change") } else { t("passphrase-choose") };
                view! { <Button label submit=true disabled/> }
            }}
        </form>
        {move || has_passphrase().then(|| view! {
            <div class="buttons stacked"><Button label=t("passphrase-remove") weight=Weight::Quiet disabled on_click=remove/></div>
        })}
        {(!native).then(|| view! {
            <h2>{t("passkey-title")}</h2>
            <p class="soft">{t("passkey-what")}</p>
            {move || if has_passkey() {
                view! { <div class="buttons stacked"><Button label=t("passkey-remove") weight=Weight::Quiet disabled on_click=remove_passkey/></div> }.into_any()
            } else {
                view! { <div class="buttons stacked"><Button label=t("passkey-add") weight=Weight::Quiet disabled on_click=add_passkey/></div> }.into_any()
            }}
        })}
    }
}

#[component]
fn Delete() -> impl IntoView {
    let store = use_store();
    let typed = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let name = move || {
        store.account.with(|account| account.as_ref().map(|account| account.name.clone()).unwrap_or_default())
    };
    let same = move || typed.with(|typed| typed.trim() == name());
    let delete = move |()| {
        // Asked twice meanwhile; perhaps the page was left.
        let Some(typed) = typed.try_get_untracked() else { return };
        if !untrack(same) || busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            if let Err(error) = store.delete_account(typed).await {
                busy.try_set(false);
                store.fails(&error);
            }
        });
    };
    let ask = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !untrack(same) || busy.get_untracked() {
            return;
        }
        let sure = move |()| store.if_owner(t("delete-title"), t("delete-account"), Act::new(delete));
        store.dialog.set(Some(Dialog::Confirm {
            title: t("account-delete-question"),
            body: t("delete-what"),
            verb: t("delete-account"),
            danger: true,
            act: Act::new(sure),
        }));
    };
    // Its first device alone can.
    let primary = Memo::new(move |_| {
        let own = |device: &Device| device.this && device.primary;
        store
            .account
            .with(|account| account.as_ref().is_some_and(|account| account.device_list.iter().any(own)))
    });
    move || {
        if !primary.get() {
            view! { <p>{t("delete-elsewhere")}</p> }.into_any()
        } else {
            view! {
        <form class="form" on:submit=ask>
            <p>{t("delete-what")} " " {t("delete-grace")}</p>
            {move || view! { <Field label=ta("delete-name", &[("name", name().into())]) value=typed most=80/> }}
            <Button label=t("delete-account") weight=Weight::Danger submit=true disabled=Signal::derive(move || !same() || busy.get())/>
            {move || busy.get().then(|| view! { <p class="soft" role="status">{t("deleting")}</p> })}
        </form>
    }.into_any()
        }
    }
}
