//! Linking this browser to an account that its person has on another device, in place of joining.

use std::time::Duration;

use casemate_api::view::DeviceCode;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::locale::{spoken, t, ta, when};
use crate::store::use_store;
use crate::ui::browser;
use crate::ui::button::{Button, Field, Weight};
use crate::ui::icon::{Icon, icon};
use crate::ui::qr::qr;

/// A name, then the code, until the other device has taken it.
#[component]
pub fn BeLinked(back: Callback<()>) -> impl IntoView {
    let store = use_store();
    let native = crate::engine::is_native();
    let (name, server) = (RwSignal::new(store.own_device_name()), RwSignal::new(String::new()));
    let shown = RwSignal::new(None::<DeviceCode>);
    let wrong = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let ask = move || {
        let server = if native { Some(server.get_untracked()) } else { Some(browser::origin()) };
        wrong.set(None);
        busy.set(true);
        // The one before holds no more, even if none comes in its place.
        let anew = shown.with_untracked(Option::is_some);
        shown.set(None);
        let name = name.get_untracked();
        spawn_local(async move {
            let asked = store.device_code(name, server, anew).await;
            busy.try_set(false);
            match asked {
                Ok(code) => drop(shown.try_set(Some(code))),
                Err(error) => drop(wrong.try_set(Some(spoken(&error.message)))),
            }
        });
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !busy.get_untracked() {
            ask();
        }
    };
    let failed = move || store.linking.with(|linking| linking.failed.clone());
    let body = move || match (failed(), shown.get()) {
        (Some(why), _) => view! {
            <p class="notice look" role="alert">{why}</p>
            <Button label=t("device-new-code") submit=true/>
        }
        .into_any(),
        (None, Some(code)) => {
            view! { <Shown code/> <Button label=t("device-new-code") weight=Weight::Quiet submit=true/> }
                .into_any()
        }
        (None, None) => view! {
            <Field label=t("device-name") value=name hint=t("device-name-hint") focused=true most=30/>
            {native.then(|| view! { <Field label=t("server-address") value=server most=300/> })}
            {move || wrong.get().map(|wrong| view! { <p class="notice look" role="alert">{wrong}</p> })}
            <Button label=t("device-show-code") submit=true disabled=Signal::derive(move || busy.get())/>
        }
        .into_any(),
    };
    view! {
        <main class="gate">
            <form class="gate-box" on:submit=submit>
                <span class="mark-large">{icon(Icon::Device)}</span>
                <h1>{t("link-this-title")}</h1>
                <p>{t("link-body")}</p>
                {body}
                <Button label=t("back") weight=Weight::Quiet on_click=move |()| back.run(())/>
            </form>
        </main>
    }
}

/// The code as a picture and as text.
#[component]
fn Shown(code: DeviceCode) -> impl IntoView {
    let until = ta("device-code-until", &[("when", when::ago(&code.expires).into())]);
    let over = RwSignal::new(false);
    let left_ms = js_sys::Date::parse(&code.expires) - js_sys::Date::now();
    let timer = set_timeout_with_handle(
        move || {
            over.try_set(true);
        },
        Duration::from_millis(left_ms.max(0.0) as u64),
    );
    on_cleanup(move || drop(timer.map(|timer| timer.clear())));
    let code = StoredValue::new(code);
    move || match over.get() {
        true => view! { <p class="notice look" role="alert">{t("device-code-over")}</p> }.into_any(),
        false => code.with_value(|code| usable(code, until.clone())).into_any(),
    }
}

fn usable(code: &DeviceCode, until: String) -> impl IntoView + use<> {
    view! {
        {qr(&code.code, t("device-code"))}
        <p class="device-code" dir="ltr" role="group" aria-label=t("device-code")>{code.code.clone()}</p>
        <p>{ta("device-check", &[("number", code.check.clone().into())])}</p>
        <p class="soft">{until}</p>
        <p class="notice look">{t("device-code-secret")}</p>
        <p role="status">{t("device-waiting")}</p>
    }
}
