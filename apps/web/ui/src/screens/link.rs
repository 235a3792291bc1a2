//! A link before it opens: where it goes, and what is odd about it.

use casemate_api::view::{LinkLooked, LinkWarning};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::locale::{t, ta};
use crate::store::{Store, use_store};
use crate::text::link::host;
use crate::text::plain::tame;
use crate::ui::browser;
use crate::ui::button::{Button, Weight};

/// Links are opened by choice, after a look at where they go.
#[component]
pub fn OpenLink(
    /// As the message has it.
    url: String,
    /// The message that it is in: who sent it counts too.
    message: Option<String>,
) -> impl IntoView {
    let store = use_store();
    let looked = RwSignal::new(None::<LinkLooked>);
    let asked = url.clone();
    spawn_local(async move {
        match store.look_at_link(asked, message).await {
            Ok(found) => drop(looked.try_set(Some(found))),
            Err(error) => {
                store.dialog.set(None);
                store.fails(&error);
            }
        }
    });
    let close = move || store.dialog.set(None);
    let shown = tame(&url);
    let is_plain = url.starts_with("http://");
    let own_reading = host(&url).unwrap_or_default();
    // The engine reads a link as browsers do; until it has answered nothing can be opened.
    let place = move || {
        let host = looked.with(|looked| looked.as_ref().map(|looked| looked.host.clone()));
        let host = host.filter(|host| !host.is_empty()).unwrap_or_else(|| own_reading.clone());
        ta("link-question", &[("host", host.into())])
    };
    let reads = move || {
        let reads = looked.with(|looked| looked.as_ref().and_then(|looked| looked.reads.clone()))?;
        Some(view! { <p>{ta("link-reads", &[("reads", reads.into())])}</p> })
    };
    let doubts = move || {
        let mut sentences =
            looked.with(|looked| looked.as_ref().map(|looked| sentences(store, looked)).unwrap_or_default());
        if is_plain {
            sentences.push(t("link-plain"));
        }
        sentences.into_iter().map(|sentence| view! { <p class="notice look">{sentence}</p> }).collect_view()
    };
    let says = move |id: &str| {
        looked.with(|looked| {
            looked.as_ref().is_some_and(|looked| looked.warnings.iter().any(|one| one.id == id))
        })
    };
    let waits = Signal::derive(move || looked.with(Option::is_none));
    let (copied, opened) = (url.clone(), url);
    // A call's link leads to a page of this app, where nothing happens by itself.
    let here = store.route_of_call_link(&opened);
    let open = Callback::new(move |()| {
        close();
        match &here {
            Some(route) => store.go(route.clone()),
            None => browser::open_elsewhere(&opened),
        }
    });
    let buttons = move || {
        let copied = copied.clone();
        let copy = move |()| {
            close();
            store.copy(copied.clone());
        };
        if says("strict") {
            return view! { <Button label=t("close") weight=Weight::Quiet on_click=move |()| close()/> }
                .into_any();
        }
        match says("indicator") {
            false => view! {
                <Button label=t("copy") weight=Weight::Quiet on_click=copy/>
                <Button label=t("open-link") disabled=waits on_click=open/>
            }
            .into_any(),
            true => view! {
                <Button label=t("link-anyway") weight=Weight::Danger on_click=open/>
                <Button label=t("cancel") on_click=move |()| close()/>
            }
            .into_any(),
        }
    };
    view! {
        <h2>{place}</h2>
        <p class="link-whole"><bdi dir="ltr">{shown}</bdi></p>
        {reads}
        <div role="status">{doubts}</div>
        <p class="soft">{t("link-hint")}</p>
        <div class="buttons">{buttons}</div>
    }
}

fn sentences(store: Store, looked: &LinkLooked) -> Vec<String> {
    let with = |words: &str, about: &str| {
        ta(words, &[("about", about.to_owned().into()), ("host", looked.host.clone().into())])
    };
    let sentence = |one: &LinkWarning| {
        let about = tame(one.about.as_deref().unwrap_or_default());
        match one.id.as_str() {
            "unreadable" => t("link-unreadable"),
            "scheme" => with("link-scheme", &about),
            "hidden" => t("link-hidden"),
            "userinfo" => t("link-before"),
            "number" => t("link-number"),
            "port" => with("link-port", &about),
            "looks_like" => with("link-looks-like", &about),
            "almost_like" => with("link-almost-like", &about),
            "letters" => t("link-letters"),
            "inside" => with("link-inside", &about),
            "lure" => with("link-lure", &about),
            "text" => with("link-text", &about),
            "shortener" => t("link-shortener"),
            "strict" => t("strict-links"),
            "indicator" => with("link-indicator", &about),
            "new_sender" => {
                let name = untrack(|| store.name_or_you(&about));
                ta("link-new-sender", &[("name", name.into())])
            }
            // Of a newer engine.
            _ => one.sentence.clone(),
        }
    };
    looked.warnings.iter().map(sentence).collect()
}
