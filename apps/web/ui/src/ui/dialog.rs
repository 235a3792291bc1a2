//! Dialogs: one at a time, in the browser's own `<dialog>`, which keeps the focus inside and closes on Escape.

use casemate_api::view::Message;
use leptos::html;
use leptos::prelude::*;

use super::act::Act;
use super::browser;
use super::button::{Button, Weight};
use super::emoji::EmojiPicker;
use super::focus;
use super::icon::Icon;
use super::portrait::{self, PortraitLarge};
use super::prove::Prove;
use super::toast::ToastHere;
use crate::locale::t;
use crate::screens::call_trial::{After, CallTrial};
use crate::screens::rest::{Part, Rest};
use crate::screens::{
    explain::Explain, forward::Forward, info::MessageInfo, knock::Knock, link::OpenLink, palette::Palette,
    recovery::KitOffer, safety::SafetyNumber, talk::Talk,
};
use crate::store::use_store;

/// What is open.
#[derive(Clone)]
pub enum Dialog {
    /// A question that says what will happen.
    Confirm {
        /// The question.
        title: String,
        /// What will happen.
        body: String,
        /// The verb.
        verb: String,
        /// Cannot be taken back.
        danger: bool,
        /// Does it.
        act: Act,
    },
    /// What only whoever this account is of may do, where it has a passphrase or passkey.
    Prove {
        /// What is asked for.
        title: String,
        /// Why.
        body: String,
        /// The verb.
        verb: String,
        /// Does it.
        act: Act,
    },
    /// What a received document says.
    Reading {
        /// Its name.
        title: String,
        /// Its words.
        reading: super::guard::Reading,
    },
    /// A link, before it is opened.
    Link {
        /// As the message has it.
        url: String,
        /// The message that it is in.
        message: Option<String>,
    },
    /// An emoji for a message or for the composer.
    Emoji(Act<String>),
    /// Where messages go.
    Forward(Vec<Message>),
    /// Of a message with several files the one at this place alone.
    ForwardFile(Box<Message>, u32),
    /// Who got it, who read it.
    Info(Box<Message>),
    /// Find anything.
    Palette,
    /// The picture of somebody or of a group, large.
    Portrait {
        /// Whose.
        name: String,
        /// Its id.
        picture: String,
    },
    /// Greet whoever made the invitation link.
    Knock,
    /// What is safe and what is not.
    Explain,
    /// The recovery kit, offered.
    Kit,
    /// The safety number with somebody.
    Safety(String),
    /// Microphone and camera tried out.
    CallTrial(After),
    /// Of a conversation: polls, places, cards, messages for later.
    Talk(Talk),
}

/// Draws the open dialog.
#[component]
pub fn DialogLayer() -> impl IntoView {
    let store = use_store();
    move || store.dialog.get().map(|dialog| view! { <Panel dialog/> })
}

#[component]
fn Panel(dialog: Dialog) -> impl IntoView {
    let store = use_store();
    focus::comes_back();
    let node = NodeRef::<html::Dialog>::new();
    // A finger chooses from the grid: no keyboard opens over it for the search.
    let itself = matches!(dialog, Dialog::Emoji(_)) && browser::is_touched();
    Effect::new(move |_| {
        if let Some(dialog) = node.get()
            && !dialog.open()
        {
            if itself {
                let _ = dialog.set_attribute("autofocus", "");
            }
            let _ = dialog.show_modal();
        }
    });
    let class = match &dialog {
        Dialog::Palette => "dialog palette",
        Dialog::Reading { .. } => "dialog reading",
        Dialog::Emoji(_) => "dialog emoji-dialog",
        _ => "dialog",
    };
    let name = match &dialog {
        Dialog::Confirm { title, .. } | Dialog::Prove { title, .. } | Dialog::Reading { title, .. } => {
            title.clone()
        }
        Dialog::Link { .. } => t("link-title"),
        Dialog::Emoji(_) => t("emoji-title"),
        Dialog::Forward(_) | Dialog::ForwardFile(..) => t("forward-title"),
        Dialog::Info(_) => t("info-title"),
        Dialog::Palette => t("palette-title"),
        Dialog::Portrait { name, .. } => portrait::words(name),
        Dialog::Knock => t("knock-title"),
        Dialog::Explain => t("explain-title"),
        Dialog::Kit => t("recovery-kit"),
        Dialog::Safety(_) => t("safety-number"),
        Dialog::CallTrial(_) => t("call-test"),
        Dialog::Talk(talk) => talk.title(),
    };
    let close = move || store.dialog.set(None);
    let inside = match dialog {
        Dialog::Confirm { title, body, verb, danger, act } => {
            let weight = if danger { Weight::Danger } else { Weight::Main };
            let sure = move |()| {
                close();
                act.run(());
            };
            view! {
                <h2>{title}</h2>
                <p>{body}</p>
                <div class="buttons">
                    <Button label=t("cancel") weight=Weight::Quiet on_click=move |()| close()/>
                    <Button label=verb weight=weight on_click=sure/>
                </div>
            }
            .into_any()
        }
        dialog => view! { <Rest part=Part::Dialog(dialog)/> }.into_any(),
    };
    // Escape: the browser tells of `close` in a task of its own, and until then a shortcut would find a dialog open that nobody sees.
    let cancelled = move |event: web_sys::Event| {
        if event.target() == event.current_target() {
            close();
        }
    };
    let around = Around::new();
    view! {
        <dialog node_ref=node class=class aria-label=name on:cancel=cancelled on:close=move |_| close()
            on:pointerdown=move |event| around.pressed(&event) on:click=move |event| if around.is_clicked(&event) { close() }>
            <div class="dialog-body">{inside}</div>
            <ToastHere/>
        </dialog>
    }
}

/// What is in all but the simplest.
pub fn rest_of_dialogs(dialog: Dialog) -> AnyView {
    let store = use_store();
    let close = move || store.dialog.set(None);
    match dialog {
        // Drawn by whoever opens it.
        Dialog::Confirm { .. } => ().into_any(),
        Dialog::Prove { title, body, verb, act } => {
            let done = move |()| {
                close();
                act.run(());
            };
            view! {
                <div class="dialog-end"><CloseButton/></div>
                <Prove class="form" verb on_done=done>
                    <h2>{title}</h2>
                    <p>{body}</p>
                </Prove>
            }
            .into_any()
        }
        Dialog::Link { url, message } => view! { <OpenLink url message/> }.into_any(),
        Dialog::Emoji(chosen) => {
            let choose = move |emoji: String| {
                close();
                chosen.run(emoji);
            };
            view! { <EmojiPicker on_choose=Callback::new(choose)/> }.into_any()
        }
        Dialog::Reading { title, reading } => {
            let cut = reading.cut.then(|| view! { <p class="notice">{t("file-beginning")}</p> });
            view! {
                <div class="dialog-end"><CloseButton/></div>
                <h2><bdi>{title}</bdi></h2>
                <p class="soft">{t("file-words-alone")}</p>
                {match reading.text.filter(|text| !text.is_empty()) {
                    Some(text) => view! { <pre class="reading-text" dir="auto" tabindex="0">{text}</pre> }.into_any(),
                    None => view! { <p class="notice">{t("file-no-words")}</p> }.into_any(),
                }}
                {cut}
            }
            .into_any()
        }
        Dialog::Forward(messages) => view! { <Forward messages index=None/> }.into_any(),
        Dialog::ForwardFile(message, index) => {
            view! { <Forward messages=vec![*message] index=Some(index)/> }.into_any()
        }
        Dialog::Info(message) => view! { <MessageInfo message=*message/> }.into_any(),
        Dialog::Palette => view! { <Palette/> }.into_any(),
        Dialog::Portrait { name, picture } => view! { <PortraitLarge name picture/> }.into_any(),
        Dialog::Knock => view! { <Knock/> }.into_any(),
        Dialog::Explain => view! { <Explain/> }.into_any(),
        Dialog::Kit => view! { <KitOffer/> }.into_any(),
        Dialog::Safety(who) => view! {
            <div class="dialog-end"><CloseButton/></div>
            <SafetyNumber who/>
        }
        .into_any(),
        Dialog::CallTrial(after) => view! { <CallTrial after/> }.into_any(),
        Dialog::Talk(talk) => talk.view(),
    }
}

/// The dark around a dialog's panel: a click there lands on the dialog itself. So does one that began in the panel, where text
/// is chosen with the mouse and let go outside.
#[derive(Clone, Copy)]
pub struct Around(StoredValue<bool>);

impl Around {
    pub fn new() -> Self {
        Self(StoredValue::new(false))
    }

    /// On `pointerdown`.
    pub fn pressed(self, event: &leptos::ev::PointerEvent) {
        self.0.set_value(event.target() == event.current_target());
    }

    /// On `click`.
    pub fn is_clicked(self, event: &leptos::ev::MouseEvent) -> bool {
        event.target() == event.current_target() && self.0.get_value()
    }
}

/// A round close button for dialogs that have no other way out in sight.
#[component]
pub fn CloseButton() -> impl IntoView {
    let store = use_store();
    view! { <super::button::IconButton name=t("close") shape=Icon::Close on_click=move |_| store.dialog.set(None)/> }
}
