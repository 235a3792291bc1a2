//! Known spyware: lists of what it uses, and what of that is in messages here.

use casemate_api::view::{IndicatorList, IndicatorMatch, IndicatorsAdded, LookBack};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::locale::{t, ta, when};
use crate::store::route::Route;
use crate::store::{Store, use_store};
use crate::text::plain::tame;
use crate::ui::act::Act;
use crate::ui::browser;
use crate::ui::button::{Button, IconButton, Weight};
use crate::ui::dialog::Dialog;
use crate::ui::icon::{Icon, icon};

/// The page.
#[component]
pub fn Spyware() -> impl IntoView {
    let store = use_store();
    let lists = RwSignal::new(None::<Vec<IndicatorList>>);
    let added = RwSignal::new(None::<IndicatorsAdded>);
    let found = RwSignal::new(None::<LookBack>);
    let busy = RwSignal::new(false);
    let load = Callback::new(move |()| {
        spawn_local(async move {
            match store.indicator_lists().await {
                Ok(all) => drop(lists.try_set(Some(all))),
                Err(error) => store.fails(&error),
            }
        });
    });
    load.run(());
    let picker = NodeRef::<html::Input>::new();
    let picked = move |_| {
        let Some(input) = picker.get_untracked() else { return };
        let Some(file) = browser::files(input.files()).into_iter().next() else { return };
        // The same file may be chosen again.
        input.set_value("");
        busy.set(true);
        spawn_local(async move {
            match store.import_indicators(&file).await {
                Ok(done) => drop(added.try_set(Some(done))),
                Err(error) => store.fails(&error),
            }
            busy.try_set(false);
            load.try_run(());
        });
    };
    let choose = move |()| {
        if let Some(input) = picker.get_untracked() {
            input.click();
        }
    };
    let look_back = move |()| {
        busy.set(true);
        spawn_local(async move {
            match store.look_back().await {
                Ok(done) => drop(found.try_set(Some(done))),
                Err(error) => store.fails(&error),
            }
            busy.try_set(false);
        });
    };
    // Who comes for the messages sees them at once.
    if store.looks_back.get_untracked() {
        store.looks_back.set(false);
        look_back(());
    }
    let forgotten = Callback::new(move |()| {
        found.set(None);
        added.set(None);
        load.run(());
    });
    let rows = move || {
        let all = lists.get()?;
        Some(match all.is_empty() {
            true => view! { <p class="soft">{t("spyware-none")}</p> }.into_any(),
            false => {
                let rows = all.into_iter().map(|list| row(store, list, forgotten)).collect_view();
                view! { <ul class="findings" aria-label=t("settings-spyware")>{rows}</ul> }.into_any()
            }
        })
    };
    let any = move || lists.with(|lists| lists.as_ref().is_some_and(|lists| !lists.is_empty()));
    let waits = Signal::derive(move || busy.get());
    view! {
        <p>{t("spyware-what")}</p>
        {rows}
        <input node_ref=picker type="file" class="hidden" tabindex="-1" aria-hidden=true.to_string() on:change=picked/>
        <div class="buttons stacked">
            <Button label=t("spyware-import") weight=Weight::Quiet disabled=waits on_click=choose/>
            {move || any().then(|| view! { <Button label=t("spyware-look-back") disabled=waits on_click=look_back/> })}
        </div>
        <p class="soft">{t("spyware-forms")}</p>
        <div role="status">
            {move || busy.get().then(|| view! { <p class="soft">{t("checkup-looking")}</p> })}
            {move || added.get().map(told)}
            {move || found.get().map(|found| results(store, found))}
        </div>
    }
}

fn row(store: Store, list: IndicatorList, forgotten: Callback<()>) -> impl IntoView {
    let name = tame(&list.name);
    let entries = ta("spyware-entries", &[("count", (list.indicators as usize).into())]);
    let signed = list.publisher.map(|key| {
        let version = list.version.unwrap_or_default().to_string();
        view! { <p class="soft">{ta("spyware-publisher", &[("key", key.into()), ("version", version.into())])}</p> }
    });
    let (id, shown) = (StoredValue::new(list.list), name.clone());
    let remove = move |_| {
        let act = Act::new(move |()| {
            spawn_local(async move {
                match store.remove_indicators(id.get_value()).await {
                    Ok(()) => drop(forgotten.try_run(())),
                    Err(error) => store.fails(&error),
                }
            });
        });
        store.dialog.set(Some(Dialog::Confirm {
            title: ta("spyware-remove-question", &[("name", name.clone().into())]),
            body: t("spyware-remove-body"),
            verb: t("spyware-remove"),
            danger: true,
            act,
        }));
    };
    view! {
        <li class="finding low">
            <p><b><bdi>{shown}</bdi></b>" · "{entries}" · "{when::day_line(&list.at)}</p>
            {signed}
            <IconButton name=t("spyware-remove") shape=Icon::Trash on_click=remove/>
        </li>
    }
}

fn told(added: IndicatorsAdded) -> impl IntoView {
    let new = [("name", tame(&added.name).into()), ("count", (added.added as usize).into())];
    let left_out = (added.refused_count > 0).then(|| {
        let rows = added.refused.iter().take(10);
        let rows = rows.map(|one| view! { <li><bdi>{tame(&one.what)}</bdi>": "{tame(&one.why)}</li> });
        view! {
            <p>{ta("spyware-refused", &[("count", (added.refused_count as usize).into())])}</p>
            <ul class="soft">{rows.collect_view()}</ul>
        }
    });
    view! { <div class="card"><p>{icon(Icon::Check)}{ta("spyware-added", &new)}</p>{left_out}</div> }
}

fn results(store: Store, found: LookBack) -> impl IntoView {
    if found.matches.is_empty() {
        let words = ta("spyware-nothing", &[("count", (found.messages as usize).into())]);
        return view! { <p class="notice">{icon(Icon::Check)}<span>{words}</span></p> }.into_any();
    }
    let count = found.matches.len() + found.left_out as usize;
    let rows = found.matches.into_iter().map(|one| matched(store, one)).collect_view();
    view! {
        <p>{ta("spyware-found", &[("count", count.into())])}</p>
        <div class="results">{rows}</div>
        <p class="notice look">{t("spyware-advice")}</p>
    }
    .into_any()
}

fn matched(store: Store, found: IndicatorMatch) -> impl IntoView {
    let name = untrack(|| store.name_or_you(&found.from));
    let line = [("name", tame(&name).into()), ("indicator", tame(&found.indicator).into())];
    let list = ta("spyware-match-list", &[("list", tame(&found.source).into())]);
    let at = when::full(&found.at);
    let open = move |_| {
        store.go(Route::Chat {
            conversation: found.conversation.clone(),
            message: Some(found.message.clone()),
        });
    };
    view! {
        <button type="button" class="line-button" on:click=open>
            {icon(Icon::Warning)}
            <span>{ta("spyware-match", &line)}<br/><span class="soft">{list}" · "{at}</span></span>
        </button>
    }
}
