//! Every component in every state, for looking at; in development builds only.

use casemate_api::view::Message;
use leptos::prelude::*;

use crate::store::list::Joint;
use crate::ui::avatar::Avatar;
use crate::ui::bubble::Bubble;
use crate::ui::button::{Button, Choice, Field, IconButton, Switch, Weight};
use crate::ui::icon::Icon;
use crate::ui::row::PersonRow;
use crate::ui::tick::tick;

/// The page.
#[component]
pub fn Components() -> impl IntoView {
    let text = RwSignal::new("ana".to_owned());
    let on = RwSignal::new(true);
    let chosen = RwSignal::new("a".to_owned());
    let icons =
        Icon::ALL.map(|shape| view! { <IconButton name=format!("{shape:?}") shape=shape on_click=|_| ()/> });
    let states = ["queued", "sent", "delivered", "read", "failed"];
    let ticks = states.map(|state| tick(&sample(state, "")));
    let joint = Joint { day: false, together: false };
    let texts = [
        ("received", "Hello *bold* _italic_ ~strike~ `code` ||spoiler|| https://example.org/path"),
        ("received", "> quoted\n- one\n- two\n```\nlet x = 1;\n```"),
        ("received", "مرحبا، كيف الحال؟"),
        ("received", "👍"),
    ];
    let bubbles = texts.map(
        |(state, text)| view! { <Bubble message=sample(state, text) joint=joint group=true quoted=None/> },
    );
    view! {
        <main class="components">
            <h1>"Components"</h1>
            <div class="buttons">
                <Button label="Main" on_click=|()| ()/>
                <Button label="Quiet" weight=Weight::Quiet on_click=|()| ()/>
                <Button label="Danger" weight=Weight::Danger on_click=|()| ()/>
                <Button label="Disabled" disabled=Signal::derive(|| true) on_click=|()| ()/>
            </div>
            <div class="sample">{icons.into_iter().collect_view()}</div>
            <div class="sample">{ticks.into_iter().collect_view()}</div>
            <Field label="Field" value=text hint="A hint" after="@server"/>
            <Switch label="Switch" hint="A hint" on=Signal::derive(move || on.get()) on_change=move |now| on.set(now)/>
            <Choice label="Choice" options=vec![("a".into(), "One".into()), ("b".into(), "Two".into())] chosen=Signal::derive(move || chosen.get()) on_choose=move |now| chosen.set(now)/>
            <PersonRow name="Mira Koss" seed="mira@x" below="mira@estuary.example" on_click=|()| ()/>
            <div class="sample"><Avatar name="Ana" seed="a" size="small"/><Avatar name="Ben Li" seed="b"/><Avatar name="يوسف" seed="c" size="large"/></div>
            <div class="messages-list">{bubbles.into_iter().collect_view()}</div>
        </main>
    }
}

fn sample(state: &str, text: &str) -> Message {
    Message {
        message: format!("{state}{}", text.len()),
        conversation: "c".into(),
        from: "mira@estuary.example".into(),
        at: "2026-01-01T09:41:00Z".into(),
        kind: "text".into(),
        text: text.into(),
        state: state.into(),
        ..Message::default()
    }
}
