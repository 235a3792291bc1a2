//! Previews of links: what came with a message, and what is about to go with one. Words and picture are the sender's; where the
//! link leads is the engine's word, and nothing opens before it was looked at (`screens::link`). Nothing is fetched here.

use casemate_api::view::{LinkPreview, Message};
use leptos::html::Canvas;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::button::IconButton;
use super::canvas::{of_hexadecimal, put};
use super::dialog::Dialog;
use super::guard;
use super::icon::Icon;
use crate::engine::is_native;
use crate::locale::{t, ta};
use crate::store::{Draft, use_store};
use crate::text::link;
use crate::text::plain::one_line;

/// Pixels of the longer side.
const SIDE: u32 = 320;

/// A link is looked behind so long after the last key.
const AFTER: std::time::Duration = std::time::Duration::from_millis(600);

/// The longest text that has a preview of its link: both have to fit into one message.
const TEXT_BYTES: usize = 16_000;

/// What came with a message; a press goes the way of the link itself.
pub fn link_preview(message: &Message) -> Option<impl IntoView + use<>> {
    let preview = message.preview.clone()?;
    let store = use_store();
    let (url, message) = (preview.url.clone(), Some(message.message.clone()));
    let open = move |_| {
        store.dialog.set(Some(Dialog::Link { url: url.clone(), message: message.clone() }));
    };
    Some(view! {
        <button type="button" role="link" class="link-preview" title=t("link-preview-whose") on:click=open>
            {parts(&preview)}
        </button>
    })
}

fn parts(preview: &LinkPreview) -> impl IntoView + use<> {
    let picture = preview.picture.clone().map(|picture| {
        let canvas = NodeRef::<Canvas>::new();
        // Chosen by the sender like everything else, so guard decodes it.
        Effect::new(move |_| {
            let (Some(canvas), Some(blob)) = (canvas.get(), of_hexadecimal(&picture)) else { return };
            spawn_local(async move {
                if let Ok(shown) = guard::pixels(&blob, SIDE).await {
                    put(&canvas, &shown.bitmap);
                }
            });
        });
        view! { <canvas node_ref=canvas class="link-preview-picture" aria-hidden=true.to_string()></canvas> }
    });
    let about = preview.about.as_ref().map(|about| {
        view! { <bdi class="link-preview-about" dir="auto">{one_line(about, 160)}</bdi> }
    });
    let host = match &preview.reads {
        Some(reads) => format!("{} ({reads})", preview.host),
        None => preview.host.clone(),
    };
    view! {
        {picture}
        <span class="link-preview-words">
            <bdi class="link-preview-title" dir="auto">{one_line(&preview.title, 120)}</bdi>
            {about}
            <bdi class="link-preview-host" dir="ltr">{host}</bdi>
        </span>
    }
}

/// Above the composer: what would go along, and how to leave it away. Made where the engine is a program on this machine, whose
/// person allowed it; elsewhere nothing is asked and nothing is here.
#[component]
pub fn Composing(conversation: StoredValue<String>, draft: Memo<Draft>) -> impl IntoView {
    let store = use_store();
    let change = move |change: &dyn Fn(&mut Draft)| {
        let Some(id) = conversation.try_get_value() else { return };
        store.drafts.update(|drafts| change(drafts.entry(id).or_default()));
    };
    // A link that is still being typed leads elsewhere: it counts once something follows, or where it came as a whole.
    let link = Memo::new(move |before: Option<&(String, Option<String>)>| {
        draft.with(|draft| {
            // What was kept from before came a letter at a time, for all that is known.
            let earlier = before.map_or(&draft.text, |(text, _)| text);
            let kept = match before {
                Some((_, link)) => link.clone(),
                None => draft.preview.as_ref().map(|made| made.url.clone()),
            };
            let counts = draft.editing.is_none() && draft.text.len() <= TEXT_BYTES;
            let link = counts.then(|| link::finished(earlier, &draft.text, kept.as_deref())).flatten();
            (draft.text.clone(), link)
        })
    });
    let wanted = Memo::new(move |_| link.with(|(_, link)| link.clone()));
    if is_native() {
        let waits = StoredValue::new(None::<TimeoutHandle>);
        let stop = move || {
            waits.try_update_value(|waits| waits.take().map(|handle| handle.clear()));
        };
        Effect::new(move |_| {
            let link = wanted.get();
            stop();
            let has = draft.with_untracked(|draft| draft.preview.as_ref().map(|made| made.url.clone()));
            if has.is_some() && has != link {
                change(&|draft| draft.preview = None);
            }
            let refused = draft.with_untracked(|draft| draft.unwanted.clone());
            let Some(url) = link.filter(|url| refused.as_ref() != Some(url) && has.as_ref() != Some(url))
            else {
                return;
            };
            let ask = move || {
                let Some(id) = conversation.try_get_value() else { return };
                spawn_local(async move {
                    // Where none comes of it the message goes without.
                    let Ok(made) = store.preview_of(url.clone(), id).await else { return };
                    if wanted.try_get_untracked().flatten().as_ref() == Some(&url) {
                        change(&|draft| draft.preview = Some(made.clone()));
                    }
                });
            };
            waits.try_set_value(set_timeout_with_handle(ask, AFTER).ok());
        });
        on_cleanup(stop);
    }
    let made = Memo::new(move |_| draft.with(|draft| draft.preview.clone()));
    let remove = move |_| {
        change(&|draft| draft.unwanted = draft.preview.take().map(|made| made.url));
        super::browser::focus("composer");
    };
    move || {
        let preview = made.get()?;
        let label = ta("link-preview-goes", &[("host", preview.host.clone().into())]);
        Some(view! {
            <div class="above" role="group" aria-label=label>
                <span class="link-preview">{parts(&preview)}</span>
                <IconButton name=t("link-preview-remove") shape=Icon::Close small=true on_click=remove/>
            </div>
        })
    }
}
