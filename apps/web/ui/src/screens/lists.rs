//! Broadcast lists: one message to several people, as one message each.

use casemate_api::view::PeopleList;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::locale::{t, ta};
use crate::screens::talk::Talk;
use crate::store::use_store;
use crate::ui::button::{Button, IconButton, Weight};
use crate::ui::dialog::Dialog;
use crate::ui::icon::{Icon, icon};

/// The page.
#[component]
pub fn Lists() -> impl IntoView {
    let store = use_store();
    spawn_local(async move { store.load_lists().await });
    let make = move |()| store.dialog.set(Some(Dialog::Talk(Talk::EditList(PeopleList::default()))));
    let rows = move || {
        let row = |list: PeopleList| {
            let (write, edit) = (list.clone(), list.clone());
            let members = ta("list-people", &[("count", list.members.len().into())]);
            let label = ta("list-edit", &[("name", list.name.clone().into())]);
            view! {
                <div class="list-row" role="listitem">
                    <button type="button" class="line-button" on:click=move |_| store.dialog.set(Some(Dialog::Talk(Talk::WriteList(write.clone()))))>
                        {icon(Icon::Megaphone)}<span class="list-words"><bdi class="row-name">{list.name.clone()}</bdi><small>{members}</small></span>
                    </button>
                    <IconButton name=label shape=Icon::Edit on_click=move |_| store.dialog.set(Some(Dialog::Talk(Talk::EditList(edit.clone()))))/>
                </div>
            }
        };
        let all = store.talk.lists.get();
        match all.is_empty() {
            true => view! { <p class="empty">{t("lists-none")}</p> }.into_any(),
            false => {
                view! { <div role="list" aria-label=t("lists")>{all.into_iter().map(row).collect_view()}</div> }
                    .into_any()
            }
        }
    };
    view! {
        <header class="bar">
            <span class="only-phone"><IconButton name=t("back") shape=Icon::Back on_click=move |_| store.back()/></span>
            <h1>{t("lists")}</h1>
        </header>
        <div class="page"><div class="page-body">
            <p class="soft">{t("lists-hint")}</p>
            {rows}
            <Button label=t("list-new") weight=Weight::Quiet on_click=make/>
        </div></div>
    }
}
