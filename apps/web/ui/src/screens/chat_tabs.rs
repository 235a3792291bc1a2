//! Which chats the list shows: all, unread ones, groups, or those of a folder.

use leptos::prelude::*;

use super::talk::folder::{folders, items};
use crate::locale::{t, ta};
use crate::store::list::Tab;
use crate::store::use_store;
use crate::text::plain::one_line;
use crate::ui::button::IconButton;
use crate::ui::icon::Icon;
use crate::ui::menu::OpenMenu;

/// The choices as a row; nothing while there is little to choose from.
#[component]
pub fn Tabs(tab: RwSignal<Tab>) -> impl IntoView {
    let store = use_store();
    let all = Memo::new(move |_| folders(store));
    let many = Memo::new(move |_| store.conversations.with(|chats| chats.len() > 1));
    // A folder whose last chat went is no more.
    Effect::new(move |_| {
        let gone = tab.with_untracked(|tab| match tab {
            Tab::Folder(name) => !all.with(|all| all.contains(name)),
            _ => all.with(|_| false),
        });
        if gone {
            tab.set(Tab::All);
        }
    });
    let chip = move |one: Tab, label: String| {
        let mine = one.clone();
        let on = move || tab.with(|tab| *tab == mine).to_string();
        view! { <button type="button" role="tab" class="chip" aria-selected=on on:click=move |_| tab.set(one.clone())>{label}</button> }
    };
    move || {
        (many.get() || !all.with(Vec::is_empty)).then(|| {
            let more = move || {
                let Tab::Folder(name) = tab.get() else { return None };
                let label = ta("folder-menu", &[("name", one_line(&name, 30).into())]);
                let open = move |event: leptos::ev::MouseEvent| {
                    store.menu.set(Some(OpenMenu::at(&event, items(store, &name))));
                };
                Some(view! { <IconButton name=label shape=Icon::More small=true menu=true on_click=open/> })
            };
            let own = all.get().into_iter().map(|name| chip(Tab::Folder(name.clone()), one_line(&name, 30)));
            view! {
                <div class="chat-tabs"><div class="chips" role="tablist" aria-label=t("chat-tabs")>
                    {chip(Tab::All, t("tab-all"))}
                    {chip(Tab::Unread, t("tab-unread"))}
                    {chip(Tab::Groups, t("tab-groups"))}
                    {own.collect_view()}
                </div>
                {more}</div>
            }
        })
    }
}
