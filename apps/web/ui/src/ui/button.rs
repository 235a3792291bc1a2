//! Buttons: with words, or an icon with a name; switches; a text field.

use leptos::prelude::*;

use super::icon::{Icon, icon};

/// How much a button asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Weight {
    /// The thing to do here.
    #[default]
    Main,
    /// Something else one can do.
    Quiet,
    /// Cannot be taken back.
    Danger,
}

impl Weight {
    fn class(self) -> &'static str {
        match self {
            Self::Main => "button",
            Self::Quiet => "button quiet",
            Self::Danger => "button danger",
        }
    }
}

/// A button with words. `of` says whom or what it is about, where several on a screen have the same.
#[component]
pub fn Button(
    #[prop(into)] label: String,
    #[prop(optional, into)] of: Option<String>,
    #[prop(optional)] weight: Weight,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional)] submit: bool,
    #[prop(optional, into)] on_click: Option<Callback<()>>,
) -> impl IntoView {
    let click = move |_| {
        if let Some(on_click) = on_click {
            on_click.run(());
        }
    };
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=weight.class()
            aria-description=of
            disabled=disabled
            on:click=click
        >
            {label}
        </button>
    }
}

/// A round button with an icon; the name is said and shown as a tip.
#[component]
pub fn IconButton(
    #[prop(into)] name: String,
    shape: Icon,
    #[prop(optional, into)] id: Option<String>,
    #[prop(optional)] accent: bool,
    #[prop(optional)] small: bool,
    #[prop(optional)] menu: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(into)] on_click: Callback<leptos::ev::MouseEvent>,
) -> impl IntoView {
    let class = match (accent, small) {
        (true, _) => "icon-button accent",
        (_, true) => "icon-button small",
        _ => "icon-button",
    };
    view! {
        <button
            type="button"
            id=id
            class=class
            title=name.clone()
            aria-label=name
            aria-haspopup=menu.then_some("menu")
            disabled=disabled
            on:click=move |event| on_click.run(event)
        >
            {icon(shape)}
        </button>
    }
}

/// On or off.
#[component]
pub fn Switch(
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(into)] on: Signal<bool>,
    #[prop(into)] on_change: Callback<bool>,
) -> impl IntoView {
    let shown_hint = hint.clone().map(|hint| view! { <small>{hint}</small> });
    view! {
        <button
            type="button"
            role="switch"
            class="switch"
            aria-label=label.clone()
            aria-description=hint
            aria-checked=move || on.get().to_string()
            on:click=move |_| on_change.run(!on.get_untracked())
        >
            <span class="switch-words">
                <span>{label.clone()}</span>
                {shown_hint}
            </span>
            <span class="track" aria-hidden=true.to_string()></span>
        </button>
    }
}

/// One of a few, as a row of buttons.
#[component]
pub fn Choice(
    #[prop(into)] label: String,
    options: Vec<(String, String)>,
    #[prop(into)] chosen: Signal<String>,
    #[prop(into)] on_choose: Callback<String>,
) -> impl IntoView {
    let option = move |(value, words): (String, String)| {
        let (mine, set) = (value.clone(), value);
        let on = move || chosen.get() == mine;
        view! {
            <button type="button" role="radio" aria-checked=move || on().to_string() on:click=move |_| on_choose.run(set.clone())>
                {words}
            </button>
        }
    };
    view! {
        <div class="choice" role="radiogroup" aria-label=label>
            {options.into_iter().map(option).collect_view()}
        </div>
    }
}

/// A line of text with a name above it. What is wrong with it is said below and takes the place of the hint; whoever types
/// is led there.
#[component]
pub fn Field(
    #[prop(into)] label: String,
    value: RwSignal<String>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] after: Option<String>,
    #[prop(optional)] secret: bool,
    #[prop(optional)] focused: bool,
    #[prop(optional)] most: Option<u32>,
    /// What a person is called: keyboards of phones begin it with a capital.
    #[prop(optional)]
    person: bool,
    #[prop(optional, into)] wrong: Signal<Option<String>>,
) -> impl IntoView {
    let node = NodeRef::<leptos::html::Input>::new();
    Effect::new(move |before: Option<bool>| {
        let led = wrong.with(Option::is_some);
        let Some(input) = node.get() else { return false };
        if led || focused && before != Some(true) {
            let _ = input.focus();
        }
        true
    });
    let below = move || match wrong.get() {
        Some(wrong) => Some(view! { <small class="field-wrong" role="alert">{wrong}</small> }.into_any()),
        None => hint.clone().map(|hint| view! { <small>{hint}</small> }.into_any()),
    };
    view! {
        <label class="field">
            <span class="field-label">{label.clone()}</span>
            <span class="field-box">
                <input
                    node_ref=node
                    aria-label=label.clone()
                    type=if secret { "password" } else { "text" }
                    autocomplete="off"
                    autocapitalize=if person { "words" } else { "none" }
                    spellcheck="false"
                    aria-invalid=move || wrong.with(Option::is_some).then_some("true")
                    dir="auto"
                    // By it the style knows that the field is empty: the caret is where one begins to write then.
                    placeholder=" "
                    maxlength=most.map(|most| most.to_string())
                    prop:value=move || value.get()
                    on:input=move |event| value.set(event_target_value(&event))
                />
                {after.map(|after| view! { <span class="field-after">{after}</span> })}
            </span>
            {below}
        </label>
    }
}
