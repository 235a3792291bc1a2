//! Photos and videos, links, documents and voice messages of a conversation, the newest first.

use casemate_api::command::{AttachmentKind, MessageSearch, SearchKind};
use casemate_api::view::Message;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::search::found_row;
use crate::locale::{t, when};
use crate::store::use_store;
use crate::ui::attachment::attachments;
use crate::ui::button::{Button, IconButton, Weight};
use crate::ui::icon::Icon;
use crate::ui::picture::Picture;

/// Messages fetched at once; pictures are decoded one by one.
const PAGE: u32 = 40;

/// The gallery of a conversation, in the place of its details.
#[component]
pub fn Gallery(conversation: String, open: RwSignal<bool>) -> impl IntoView {
    let store = use_store();
    let id = StoredValue::new(conversation);
    let kind = RwSignal::new(SearchKind::Media);
    let found = RwSignal::new(None::<Vec<Message>>);
    let all = RwSignal::new(false);
    let load = move |older_than: Option<String>| {
        let wanted = kind.get_untracked();
        let search = MessageSearch {
            conversation: Some(id.get_value()),
            kind: Some(wanted),
            older_than: older_than.clone(),
            limit: Some(PAGE),
            ..MessageSearch::default()
        };
        spawn_local(async move {
            let mut page = store.find(search).await;
            if kind.try_get_untracked() != Some(wanted) {
                return;
            }
            all.set(page.len() < PAGE as usize);
            page.reverse();
            found.update(|found| match (found.as_mut(), older_than) {
                (Some(found), Some(_)) => found.extend(page),
                _ => *found = Some(page),
            });
        });
    };
    Effect::new(move |_| {
        kind.get();
        found.set(None);
        load(None);
    });
    let tab = move |one: SearchKind, label: String| {
        let on = move || (kind.get() == one).to_string();
        view! { <button type="button" role="tab" aria-selected=on on:click=move |_| kind.set(one)>{label}</button> }
    };
    let rows = move || {
        let all = found.get()?;
        if all.is_empty() {
            return Some(view! { <p class="empty">{t("gallery-none")}</p> }.into_any());
        }
        let rows = all.into_iter().filter(|message| !message.view_once);
        Some(match kind.get_untracked() {
            SearchKind::Media => {
                let tiles = rows.map(|message| media(&message)).collect_view();
                view! { <div class="gallery-grid">{tiles}</div> }.into_any()
            }
            SearchKind::Links => rows
                .map(|message| {
                    let by = untrack(|| store.writer_of(&message));
                    found_row(store, message, Some(by), "")
                })
                .collect_view()
                .into_any(),
            SearchKind::Documents | SearchKind::Voice => rows
                .map(|message| {
                    let own = store.is_me(&message.from);
                    view! {
                        <div class="gallery-file">
                            <small>{untrack(|| store.writer_of(&message))}" · "{when::in_list(&message.at)}</small>
                            {attachments(&message, own)}
                        </div>
                    }
                })
                .collect_view()
                .into_any(),
        })
    };
    let more = move || {
        let last = found.with(|found| found.as_ref()?.last().map(|message| message.message.clone()))?;
        (!all.get()).then(|| {
            view! { <Button label=t("show-more") weight=Weight::Quiet on_click=move |()| load(Some(last.clone()))/> }
        })
    };
    view! {
        <header class="bar">
            <IconButton name=t("back") shape=Icon::Back on_click=move |_| open.set(false)/>
            <h1>{t("gallery")}</h1>
        </header>
        <div class="tabs" role="tablist" aria-label=t("gallery")>
            {tab(SearchKind::Media, t("filter-media"))}
            {tab(SearchKind::Links, t("filter-links"))}
            {tab(SearchKind::Documents, t("filter-documents"))}
            {tab(SearchKind::Voice, t("filter-voice"))}
        </div>
        <div class="scroll gallery" role="tabpanel">{rows}<div class="gallery-more">{more}</div></div>
    }
}

/// Pictures as tiles; a video as what it is in its message.
fn media(message: &Message) -> impl IntoView + use<> {
    let store = use_store();
    let own = untrack(|| store.is_me(&message.from));
    let pictures = (0u32..)
        .zip(message.attachments.clone())
        .filter(|(_, file)| file.kind == AttachmentKind::Photo)
        .map(|(index, file)| {
            view! { <div class="gallery-tile"><Picture message=message.message.clone() index file own is_still=true/></div> }
        })
        .collect_view();
    let video = message.attachments.iter().any(|file| file.kind == AttachmentKind::Video);
    let video = video.then(|| view! { <div class="gallery-wide">{attachments(message, own)}</div> });
    view! { {pictures}{video} }
}
