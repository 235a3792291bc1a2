//! Files held back: what could not be looked into, or broke what looks into files; from whom, when and how often.

use casemate_api::command::{AttachmentKind, GuardOutcome};
use casemate_api::view::GuardEntry;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::locale::{t, ta, when};
use crate::store::{Store, use_store};
use crate::text::plain::tame;
use crate::ui::button::{Button, Weight};
use crate::ui::icon::{Icon, icon};

/// The page.
#[component]
pub fn Held() -> impl IntoView {
    let store = use_store();
    let found = RwSignal::new(None::<Vec<GuardEntry>>);
    let load = Callback::new(move |()| {
        spawn_local(async move {
            match store.held_files().await {
                Ok(all) => drop(found.try_set(Some(all))),
                Err(error) => store.fails(&error),
            }
        });
    });
    load.run(());
    let list = move || match found.get() {
        None => view! { <p class="soft" role="status">{t("checkup-looking")}</p> }.into_any(),
        Some(all) if all.is_empty() => view! {
            <p class="notice" role="status">{icon(Icon::Check)}<span>{t("held-none")}</span></p>
        }
        .into_any(),
        Some(all) => {
            let rows = all.into_iter().map(|entry| row(store, entry, load)).collect_view();
            view! { <ul class="findings" aria-label=t("settings-held")>{rows}</ul> }.into_any()
        }
    };
    view! {
        <p>{t("held-what")}</p>
        {list}
    }
}

fn row(store: Store, entry: GuardEntry, load: Callback<()>) -> impl IntoView {
    let how = match entry.outcome {
        GuardOutcome::Refused => t("held-refused"),
        GuardOutcome::Crashed => t("held-crashed"),
        GuardOutcome::TooLong => t("held-too-long"),
        GuardOutcome::Killed => t("held-killed"),
    };
    let kind = match entry.kind {
        AttachmentKind::Photo => t("preview-photo"),
        AttachmentKind::Video => t("preview-video"),
        AttachmentKind::Voice => t("preview-voice"),
        AttachmentKind::Sticker => t("preview-sticker"),
        AttachmentKind::Document => t("held-file"),
    };
    let from = entry.from.as_deref().map(|from| tame(&untrack(|| store.name_or_you(from))));
    let from = from.map(|name| view! { <bdi>{ta("held-from", &[("name", name.into())])}</bdi>" · " });
    let facts = format!("{} · {}", when::size(entry.bytes), when::full(&entry.at));
    let often = (entry.times > 1).then(|| {
        let count = ta("held-times", &[("count", (entry.times as usize).into())]);
        view! { <p class="soft">{count}</p> }
    });
    let class = if entry.quarantined { "finding" } else { "finding low" };
    let (message, index) = (StoredValue::new(entry.message), entry.index);
    let again = move |()| {
        spawn_local(async move {
            match store.release_file(message.get_value(), index).await {
                Ok(()) => drop(load.try_run(())),
                Err(error) => store.fails(&error),
            }
        });
    };
    let held = entry.quarantined.then(|| {
        view! {
            <p>{t("held-now")}</p>
            <Button label=t("try-again") weight=Weight::Quiet on_click=again/>
        }
    });
    view! {
        <li class=class>
            <p><b>{kind}</b>" · "{from}{facts}</p>
            <p>{how}</p>
            {often}
            {held}
            <p class="soft"><bdi>{format!("SHA-256 {}", entry.sha256)}</bdi></p>
        </li>
    }
}
