//! The safety number with somebody: compared by eye, here and on their screen.

use casemate_api::{Kind, view};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::locale::{spoken, t, ta};
use crate::store::use_store;
use crate::ui::button::{Button, Weight};
use crate::ui::qr::qr;
use crate::ui::scanner::Scanner;

/// What a QR code of a safety number begins with.
const CODE: &str = "casemate-safety:2:";

/// How comparing by camera ended.
#[derive(Clone, PartialEq)]
enum Compared {
    Same,
    /// Somebody may stand between them.
    Other,
    /// Nothing was compared, for this reason.
    Not(String),
}

/// With whoever has this address.
#[component]
pub fn SafetyNumber(who: String) -> impl IntoView {
    let store = use_store();
    let name = untrack(|| store.name_of(&who));
    let who = StoredValue::new(who);
    let shown = RwSignal::new(None::<Result<view::Safety, String>>);
    let load = move || {
        let Some(who) = who.try_get_value() else { return };
        spawn_local(async move {
            let safety = store.safety(who).await.map_err(|error| error.message);
            shown.try_set(Some(safety));
        });
    };
    load();
    let mark = move |number: String, verified: bool| {
        let who = who.get_value();
        spawn_local(async move {
            if let Err(error) = store.verify(who, number, verified).await {
                store.fails(&error);
            }
            load();
        });
    };
    let scanning = RwSignal::new(false);
    let compared = RwSignal::new(None::<Compared>);
    let found = move |text: String| {
        scanning.set(false);
        let own = shown.with_untracked(|shown| matches!(shown, Some(Ok(safety)) if safety.code == text));
        spawn_local(async move {
            let number = text.starts_with(CODE);
            match store.verify_scanned(who.get_value(), text).await {
                Ok(()) => {
                    compared.try_set(Some(Compared::Same));
                    load();
                }
                Err(error) if error.kind != Kind::Invalid => store.fails(&error),
                Err(_) if number && !own => drop(compared.try_set(Some(Compared::Other))),
                Err(error) => drop(compared.try_set(Some(Compared::Not(spoken(&error.message))))),
            }
        });
    };
    let whose = name.clone();
    let outcome = move || {
        let name = || [("name", whose.clone().into())];
        compared.get().map(|compared| match compared {
            Compared::Same => {
                view! { <p class="notice" role="status"><b>{t("scan-same")}</b>" "{ta("scan-same-what", &name())}</p> }.into_any()
            }
            Compared::Other => {
                view! { <p class="notice look" role="alert"><b>{t("scan-other")}</b>" "{ta("scan-other-what", &name())}</p> }.into_any()
            }
            Compared::Not(why) => view! { <p class="notice look" role="alert">{why}</p> }.into_any(),
        })
    };
    let scan = move |()| {
        compared.set(None);
        scanning.update(|on| *on = !*on);
    };
    let scanner = move || scanning.get().then(|| view! { <Scanner on_found=found/> });
    let called = name.clone();
    let body = move || match shown.get() {
        None => view! { <p role="status">{t("starting")}</p> }.into_any(),
        Some(Err(why)) => view! { <p class="notice look" role="alert">{spoken(&why)}</p> }.into_any(),
        Some(Ok(safety)) => {
            let groups = safety
                .number
                .split(' ')
                .map(|group| view! { <span>{group.to_owned()}</span> })
                .collect_view();
            let state = match (safety.verified, safety.changed) {
                (true, _) => ta("safety-verified", &[("name", called.clone().into())]),
                (false, true) => ta("safety-changed", &[("name", called.clone().into())]),
                (false, false) => ta("safety-not-verified", &[("name", called.clone().into())]),
            };
            let new = (safety.new_devices > 0).then(|| {
                let values = [("name", called.clone().into()), ("count", safety.new_devices.into())];
                view! { <p class="notice look">{ta("safety-new-devices", &values)}</p> }
            });
            let unseen = safety.changed || safety.new_devices > 0;
            let accept = unseen.then(|| {
                let act = move |()| {
                    store.dialog.set(None);
                    super::strict::accept(store, who.get_value());
                };
                view! { <Button label=t("held-accept") weight=Weight::Quiet on_click=act/> }
            });
            let verified = safety.verified;
            let number = safety.number.clone();
            let listed = match safety.list.as_str() {
                "listed" => Some("safety-listed"),
                "unlisted" => Some("safety-unlisted"),
                "stale" => Some("safety-stale"),
                _ => None,
            };
            let listed =
                listed.map(|key| view! { <p class="soft">{ta(key, &[("name", called.clone().into())])}</p> });
            view! {
                <p class="notice" class:look=safety.changed && !verified>{state}</p>
                {new} {listed}
                {qr(&safety.code, t("safety-code"))}
                <div class="safety-number" dir="ltr" role="group" aria-label=t("safety-number")>{groups}</div>
                <p class="soft">{ta("safety-how", &[("name", called.clone().into())])}</p>
                <div class="buttons">
                    <Button label=t("scan-their-code") weight=Weight::Quiet on_click=scan/>
                    {accept}
                    {if verified {
                        view! { <Button label=t("safety-unmark") weight=Weight::Quiet on_click=move |()| mark(number.clone(), false)/> }.into_any()
                    } else {
                        // Not the first thing to do where their code was just found to be another one.
                        let differs = compared.with(|compared| matches!(compared, Some(Compared::Other)));
                        let weight = if differs { Weight::Quiet } else { Weight::Main };
                        view! { <Button label=t("mark-verified") weight on_click=move |()| mark(number.clone(), true)/> }.into_any()
                    }}
                </div>
            }
            .into_any()
        }
    };
    view! {
        <div class="safety"><h2>{t("safety-number")}</h2><p><bdi>{name}</bdi></p>{outcome}{scanner}{body}</div>
    }
}
