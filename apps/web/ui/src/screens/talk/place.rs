//! Sending a place: from the device's position, if the person lets the page ask for it, or as typed. Nobody else is
//! asked for a map.

use casemate_api::command::Location;
use js_sys::{Function, Reflect};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use crate::locale::t;
use crate::store::use_store;
use crate::text::place::parse;
use crate::ui::attempt::Attempt;
use crate::ui::button::{Button, Field, Weight};
use crate::ui::place::map;

/// The form.
#[component]
pub fn SendPlace(conversation: String) -> impl IntoView {
    let store = use_store();
    let at = RwSignal::new(String::new());
    let label = RwSignal::new(String::new());
    // Of the place that the device gave, as it stands in the field.
    let accuracy = RwSignal::new(None::<(String, u32)>);
    let asking = RwSignal::new(false);
    let attempt = Attempt::new();
    let place = Memo::new(move |_| at.with(|at| parse(at)));
    // Said once it is to be sent, and no longer than it is so.
    let asked = RwSignal::new(false);
    let wrong = Signal::derive(move || (asked.get() && place.get().is_none()).then(|| t("place-wrong")));
    let ask = move |()| {
        asking.set(true);
        let before = at.get_untracked();
        position(
            move |latitude, longitude, metres| {
                asking.try_set(false);
                // Not over what was typed meanwhile.
                if at.try_with_untracked(|at| *at == before) == Some(true) {
                    let given = format!("{latitude:.6}, {longitude:.6}");
                    accuracy.set((metres > 0.0).then(|| (given.clone(), metres.min(1e6) as u32)));
                    at.set(given);
                }
            },
            move || {
                asking.try_set(false);
                store.say(t("place-refused"));
            },
        );
    };
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some((latitude, longitude)) = place.get_untracked() else { return asked.set(true) };
        let label = Some(label.get_untracked().trim().to_owned()).filter(|label| !label.is_empty());
        let measured = accuracy.get_untracked().filter(|(given, _)| at.with_untracked(|at| at == given));
        let accuracy_m = measured.map(|(_, metres)| metres);
        let place = Location { latitude, longitude, accuracy_m, label };
        attempt.run(store, store.send_place(conversation.clone(), place));
    };
    let shown = move || place.get().map(|(latitude, longitude)| map(latitude, longitude));
    view! {
        <h2>{t("place-send")}</h2>
        <p class="soft">{t("place-hint")}</p>
        <form class="form place-form" on:submit=send>
            <Button label=t("place-mine") weight=Weight::Quiet disabled=asking on_click=ask/>
            <Field label=t("place-coordinates") value=at hint=t("place-coordinates-hint") most=60 wrong=wrong/>
            <Field label=t("place-label") value=label most=100/>
            {shown}
            {attempt.trouble()}
            <div class="buttons">
                <Button label=t("cancel") weight=Weight::Quiet on_click=move |()| store.dialog.set(None)/>
                <Button label=t("place-send") submit=true disabled=attempt.busy/>
            </div>
        </form>
    }
}

/// Asks the browser where the device is; the browser asks the person.
fn position(found: impl FnOnce(f64, f64, f64) + 'static, refused: impl FnOnce() + 'static) {
    let navigator = leptos::prelude::window().navigator();
    let geolocation = Reflect::get(&navigator, &"geolocation".into()).ok().filter(JsValue::is_object);
    let request = geolocation.as_ref().and_then(|geolocation| {
        Reflect::get(geolocation, &"getCurrentPosition".into()).ok()?.dyn_into::<Function>().ok()
    });
    let Some((geolocation, request)) = geolocation.zip(request) else { return refused() };
    let found = Closure::once_into_js(move |position: JsValue| {
        let coordinates = Reflect::get(&position, &"coords".into()).unwrap_or(JsValue::UNDEFINED);
        let number = |name: &str| {
            Reflect::get(&coordinates, &name.into()).ok().and_then(|value| value.as_f64()).unwrap_or(0.0)
        };
        found(number("latitude"), number("longitude"), number("accuracy"));
    });
    let refused = Closure::once_into_js(move |_: JsValue| refused());
    let _ = request.call2(&geolocation, &found, &refused);
}
