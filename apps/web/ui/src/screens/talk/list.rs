//! A broadcast list: who is on it, and writing to all of them.

use casemate_api::command::{ListSend, ListSet, NewAttachment};
use casemate_api::view::{Contact, PeopleList};
use leptos::html::Input;
use leptos::prelude::*;
use web_sys::File;

use crate::engine::lend_file;
use crate::locale::{listed, t, ta};
use crate::screens::contacts::known;
use crate::screens::pick::PickPeople;
use crate::store::use_store;
use crate::text::crowd;
use crate::text::plain::one_line;
use crate::ui::act::Act;
use crate::ui::attempt::Attempt;
use crate::ui::browser;
use crate::ui::button::{Button, Field, Weight};
use crate::ui::dialog::Dialog;
use crate::ui::keep_begun::keep_begun;

/// Name and members.
#[component]
pub fn EditList(list: PeopleList) -> impl IntoView {
    let store = use_store();
    let id = StoredValue::new(Some(list.list).filter(|id| !id.is_empty()));
    let name = RwSignal::new(list.name);
    let on_it = StoredValue::new(list.members.clone());
    let members = RwSignal::new(list.members);
    let attempt = Attempt::new();
    let ready = move || !name.with(|name| name.trim().is_empty()) && !members.with(Vec::is_empty);
    let people = Memo::new(move |_| {
        // Whoever is on it can be taken off, also blocked or a contact no more: the engine takes no list with them.
        let mut all = known(store);
        let gone = on_it.get_value().into_iter().filter(|one| all.iter().all(|known| known.address != *one));
        let gone: Vec<_> = gone.map(|address| Contact { address, ..Contact::default() }).collect();
        all.extend(gone);
        let shown =
            |one: &Contact| one.is_reachable() || on_it.with_value(|on_it| on_it.contains(&one.address));
        all.retain(shown);
        all
    });
    let save = move |()| {
        let set = ListSet {
            list: id.get_value(),
            name: name.get_untracked().trim().to_owned(),
            members: members.get_untracked(),
        };
        attempt.run(store, store.set_list(set));
    };
    let remove = id.with_value(Option::is_some).then(|| {
        let act = move |()| {
            let Some(list) = id.get_value() else { return };
            let called = name.with_untracked(|name| one_line(name, 60));
            store.dialog.set(Some(Dialog::Confirm {
                title: ta("list-remove-question", &[("name", called.into())]),
                body: t("list-remove-body"),
                verb: t("list-remove"),
                danger: true,
                act: Act::new(move |()| store.attempt(store.remove_list(list.clone()))),
            }));
        };
        view! { <Button label=t("list-remove") weight=Weight::Danger on_click=act/> }
    });
    view! {
        <h2>{t("list-title")}</h2>
        <Field label=t("list-name") value=name most=60/>
        <PickPeople people picked=members class="picker"/>
        <p class="soft" role="status">{move || ta("list-people", &[("count", members.with(Vec::len).into())])}</p>
        {attempt.trouble()}
        <div class="buttons">
            {remove}
            <Button label=t("cancel") weight=Weight::Quiet on_click=move |()| store.dialog.set(None)/>
            <Button label=t("save") disabled=Signal::derive(move || !ready() || attempt.busy.get()) on_click=save/>
        </div>
    }
}

/// One message to all of them.
#[component]
pub fn WriteList(list: PeopleList) -> impl IntoView {
    let store = use_store();
    // Escape, Back, a lock and a reload close it without a question, and lose no words.
    let begun = ArcRwSignal::new(store.list_draft(&list.list).unwrap_or_default());
    let text = RwSignal::from(begun.clone());
    let id = StoredValue::new(list.list.clone());
    keep_begun(move || text.track(), move || store.keep_list_draft(list.list.clone(), begun.get_untracked()));
    let files = RwSignal::new_local(Vec::<File>::new());
    let picker = NodeRef::<Input>::new();
    let count = list.members.len();
    let members: Vec<&str> = list.members.iter().map(String::as_str).collect();
    let names = untrack(|| crowd::names(&members, |one| store.name_of(one)));
    let empty = move || text.with(|text| text.trim().is_empty()) && files.with(Vec::is_empty);
    let picked = move |_| {
        if let Some(input) = picker.get_untracked() {
            files.set(browser::files(input.files()));
        }
    };
    let attempt = Attempt::new();
    let send = move |()| {
        let (list, lent) = (id.get_value(), files.get_untracked());
        let words = text.get_untracked();
        attempt.run(store, async move {
            let mut attachments = Vec::new();
            for file in &lent {
                let path = lend_file(file).await?;
                attachments.push(NewAttachment { path, ..NewAttachment::default() });
            }
            let words = Some(words.trim().to_owned()).filter(|words| !words.is_empty());
            store.send_list(ListSend { list, text: words, attachments }).await?;
            text.try_set(String::new());
            Ok(())
        });
    };
    let give_up = move |()| {
        text.set(String::new());
        store.dialog.set(None);
    };
    let waiting = move || {
        let all = files.get();
        let names = listed(all.iter().map(|file| one_line(&file.name(), 40)));
        (!all.is_empty()).then(|| view! { <p class="soft"><bdi>{names}</bdi></p> })
    };
    view! {
        <h2>{list.name}</h2>
        <p class="soft">{ta("list-people", &[("count", count.into())])}": "<bdi>{names}</bdi></p>
        <textarea
            class="list-text" rows="5" dir="auto" aria-label=t("list-message") placeholder=t("list-message") maxlength="16000"
            prop:value=move || text.get() on:input=move |event| text.set(event_target_value(&event))
        ></textarea>
        <input node_ref=picker type="file" multiple class="hidden" tabindex="-1" aria-hidden=true.to_string() on:change=picked/>
        {waiting}
        {attempt.trouble()}
        <div class="buttons">
            <Button label=t("attach-files") weight=Weight::Quiet on_click=move |()| if let Some(input) = picker.get_untracked() { input.click() }/>
            <Button label=t("cancel") weight=Weight::Quiet on_click=give_up/>
            <Button label=t("list-send") disabled=Signal::derive(move || empty() || attempt.busy.get()) on_click=send/>
        </div>
    }
}
