//! Microphone, camera and speaker tried out before a call. Only because somebody asked for it: on the way to a call there is
//! nothing of this.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::engine::call::{self, Act, Device, Wanted};
use crate::engine::trial::{self, Shown};
use crate::locale::t;
use crate::store::{Store, use_store};
use crate::ui::button::{Button, Switch, Weight};
use crate::ui::camera::LiveVideo;
use crate::ui::dialog::Dialog;
use crate::ui::icon::{Icon, icon};
use crate::ui::menu::Item;

use super::call_options::{of_kind, set};

/// What one can go on to from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    /// Nothing.
    Nothing,
    /// Calling the others of this conversation.
    Start(String),
    /// Taking this call.
    Answer(String),
}

/// What opens it from a menu.
pub fn item(store: Store, after: After) -> Item {
    Item::new(Icon::Mic, t("call-test"), move || open(store, after.clone()))
}

/// Opens it. A call that rings is quiet from then on: it would be heard by the microphone.
pub fn open(store: Store, after: After) {
    if let After::Answer(call) = &after {
        store.silence(call.clone());
    }
    store.dialog.set(Some(Dialog::CallTrial(after)));
}

/// The dialog's inside.
#[component]
pub fn CallTrial(after: After) -> impl IntoView {
    let store = use_store();
    let calling = store.calling;
    let shown = RwSignal::new(Shown::default());
    let devices = RwSignal::new(Vec::<Device>::new());
    let camera = RwSignal::new(false);
    let wanted = Wanted {
        calm: calling.calm.get_untracked(),
        devices: calling.devices.get_untracked(),
        ..Wanted::default()
    };
    let say = move |said: Shown| {
        if said.devices {
            spawn_local(async move { drop(devices.try_set(call::devices().await)) });
        }
        shown.try_set(said);
    };
    spawn_local(async move {
        if !trial::begin(&wanted, say).await {
            store.say(t("call-no-media"));
        }
    });
    on_cleanup(trial::end);
    let close = move || store.dialog.set(None);
    // A call that was taken meanwhile has the microphone.
    Effect::new(move |_| {
        if calling.taken().is_some() {
            close();
        }
    });
    let level = Memo::new(move |_| shown.with(|shown| (shown.level * 100.0).round() as u32));
    let no_microphone = Memo::new(move |_| shown.with(|shown| shown.no_microphone));
    let no_camera = Memo::new(move |_| shown.with(|shown| shown.no_camera));
    let seen = Memo::new(move |_| shown.with(|shown| shown.camera.clone()));
    let picture = move || {
        seen.get()
            .map(|_| view! { <LiveVideo stream=trial::stream mirrored=true label=t("you")/> }.into_any())
            .unwrap_or_else(|| {
                let words = if no_camera.get() { t("call-no-camera") } else { t("call-test-camera-off") };
                view! { <p>{icon(Icon::VideoOff)}<span>{words}</span></p> }.into_any()
            })
    };
    let hint = move || if no_microphone.get() { t("call-test-no-microphone") } else { t("call-test-speak") };
    let again = move || {
        no_microphone.get().then(|| {
            let listen = move |()| trial::listen();
            view! { <Button label=t("call-microphone-again") weight=Weight::Quiet on_click=listen/> }
        })
    };
    let turn = move |on: bool| {
        camera.set(on);
        trial::camera(on);
    };
    view! {
        <h2>{t("call-test")}</h2>
        <div class="trial-picture">{picture}</div>
        <Switch label=t("call-camera") on=camera on_change=turn/>
        <p class="trial-hint" class:look=move || no_microphone.get() role="status">{hint}</p>
        {again}
        <div
            class="trial-level" role="meter" aria-label=t("call-test-level") aria-valuemin="0" aria-valuemax="100"
            aria-valuenow=move || level.get().to_string() style:--level=move || format!("{}%", level.get())
        ></div>
        {choice(store, devices, "audioinput", t("call-microphone"))}
        {choice(store, devices, "videoinput", t("call-camera"))}
        {choice(store, devices, "audiooutput", t("call-speaker"))}
        <Button label=t("call-test-sound") weight=Weight::Quiet on_click=move |()| trial::sound()/>
        <p class="soft">{t("call-test-hint")}</p>
        <div class="buttons">
            <Button label=t("close") weight=Weight::Quiet on_click=move |()| close()/>
            {move || go_on(store, &after, camera)}
        </div>
    }
}

/// The buttons that lead into the call, as long as there is one to be had.
fn go_on(store: Store, after: &After, camera: RwSignal<bool>) -> Option<AnyView> {
    let close = move || store.dialog.set(None);
    match after {
        After::Nothing => None,
        After::Start(conversation) => {
            let conversation = StoredValue::new(conversation.clone());
            let start = move |video: bool| {
                close();
                store.call(conversation.get_value(), video);
            };
            Some(
                view! {
                    <Button label=t("call-voice") on_click=move |()| start(false)/>
                    <Button label=t("call-video") on_click=move |()| start(true)/>
                }
                .into_any(),
            )
        }
        After::Answer(id) => {
            let call = store.calling.known.with(|all| all.get(id).cloned())?;
            let words = if call.state == "ringing" { t("call-answer") } else { t("call-join") };
            let answer = move |()| {
                close();
                store.answer(call.clone(), camera.get_untracked());
            };
            Some(view! { <Button label=words on_click=answer/> }.into_any())
        }
    }
}

fn choice(store: Store, devices: RwSignal<Vec<Device>>, kind: &'static str, label: String) -> impl IntoView {
    let chosen = store.calling.devices;
    let options = move || {
        let now = chosen.with(|chosen| of_kind(chosen, kind).to_owned());
        let own = devices.get().into_iter().filter(|one| one.kind == kind && one.is_own());
        let option = |one: Device| {
            let selected = one.id == now;
            view! { <option value=one.id selected=selected>{one.name}</option> }
        };
        own.map(option).collect_view()
    };
    let change = move |event: leptos::ev::Event| {
        let mut next = chosen.get_untracked();
        set(&mut next, kind, event_target_value(&event));
        trial::choose(&next);
        store.in_call(&Act::Choose(next));
    };
    view! {
        <label class="field"><span class="field-label">{label.clone()}</span>
            <select class="list-text" aria-label=label on:change=change>
                <option value="">{t("call-as-system")}</option>{options}
            </select>
        </label>
    }
}
