//! Reporting somebody, honestly: nobody reads reports here. Their messages become a file, all of which is shown before, and
//! which goes where its person brings it. Blocking is offered after.

use casemate_api::command::{MessageList, Nothing, ReportCreate};
use casemate_api::view::{self, Contact, Message};
use casemate_api::{Command, Error};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::engine::ask;
use crate::locale::{listed, t, ta, when};
use crate::screens::contacts::{ask_to_block, reachable};
use crate::store::{Store, use_store};
use crate::text::plain::{one_line, tame};
use crate::ui::button::{Button, Field, Switch, Weight};
use crate::ui::picture::is_here;
use crate::ui::row::PersonRow;

/// Messages that are looked through for theirs, from the newest on.
const LOOKED_AT: u32 = 500;
/// Of theirs, so many are offered; and so many are chosen at first.
const OFFERED: usize = 50;
const CHOSEN: usize = 5;
/// Earlier texts of one that are shown, the newest; more are counted. All are in the file.
const EARLIER: usize = 20;

/// The dialog. Without a conversation it is about their request.
#[component]
pub fn Report(who: String, conversation: Option<String>) -> impl IntoView {
    let store = use_store();
    let name = untrack(|| store.name_of(&who));
    let theirs = RwSignal::new(Vec::<Message>::new());
    let chosen = RwSignal::new(Vec::<String>::new());
    let note = RwSignal::new(String::new());
    let handing = RwSignal::new(false);
    // Evidence for a lab: the words that open it. None is a file that anybody can read.
    let words = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let request = untrack(|| {
        store.requests.with(|all| all.iter().find(|request| request.from == who).map(|one| one.note.clone()))
    });
    if let Some(conversation) = conversation {
        let who = who.clone();
        spawn_local(async move {
            match written_by(&who, conversation).await {
                Ok(messages) => {
                    let newest = messages.iter().rev().take(CHOSEN).map(|one| one.message.clone());
                    chosen.try_set(newest.collect());
                    theirs.try_set(messages);
                }
                Err(error) => store.fails(&error),
            }
        });
    }
    let rows = move || {
        let row = |message: Message| {
            let id = StoredValue::new(message.message.clone());
            let picked = move || chosen.with(|all| id.with_value(|id| all.contains(id)));
            let toggle = move |_| {
                chosen.update(|all| match all.iter().position(|one| *one == id.get_value()) {
                    Some(at) => drop(all.remove(at)),
                    None => all.push(id.get_value()),
                });
            };
            let files = listed(message.attachments.iter().map(|file| one_line(&file.name, 60)));
            let words = match &message.poll {
                Some(poll) => poll.question.clone(),
                None => message.text.clone(),
            };
            // What was edited goes along as it was, too.
            let earlier = RwSignal::new(Vec::<view::Version>::new());
            if message.edited {
                spawn_local(async move {
                    let mut versions = store.versions(id.get_value()).await;
                    versions.pop();
                    earlier.try_set(versions);
                });
            }
            let before = move |version: view::Version| {
                let when = when::ago(&version.at);
                view! { <small>{ta("report-before", &[("when", when.into())])}</small><span dir="auto">{tame(&version.text)}</span> }
            };
            view! {
                <button type="button" class="row report-row" role="checkbox" aria-checked=move || picked().to_string() on:click=toggle>
                    <time>{when::short(&message.at)}</time>
                    <span dir="auto">{tame(&words)}</span>
                    {move || earlier.get().into_iter().rev().take(EARLIER).map(before).collect_view()}
                    {move || {
                        let more = earlier.with(Vec::len).saturating_sub(EARLIER);
                        (more > 0).then(|| view! { <small>{format!("+{more}")}</small> })
                    }}
                    <small><bdi>{files}</bdi></small>
                </button>
            }
        };
        theirs.get().into_iter().map(row).collect_view()
    };
    let holds = move || {
        let (messages, files) = theirs.with(|all| {
            let taken: Vec<_> = all
                .iter()
                .filter(|message| chosen.with(|chosen| chosen.contains(&message.message)))
                .collect();
            // Files that are not on this device are named in it, not contained.
            let files = taken.iter().flat_map(|message| &message.attachments).filter(|file| is_here(file));
            (taken.len(), files.count())
        });
        ta("report-holds", &[("messages", messages.into()), ("files", files.into())])
    };
    let asked = request.is_some();
    let request = request.map(|note| {
        view! { <p class="soft">{t("report-request")}</p><p class="note" dir="auto">{tame(&note)}</p> }
    });
    let list = (!asked).then(|| {
        view! {
            <h3>{t("report-messages")}</h3>
            <div class="picker" role="group" aria-label=t("report-messages")>{rows}</div>
        }
    });
    let nothing = Signal::derive(move || busy.get() || !asked && chosen.with(Vec::is_empty));
    let who = StoredValue::new(who);
    let make = move |to: Option<String>| {
        if nothing.get_untracked() {
            return;
        }
        let wanted = ReportCreate {
            messages: chosen.get_untracked(),
            who: Some(who.get_value()),
            note: note.get_untracked().trim().to_owned(),
            passphrase: words.get_untracked(),
            ..ReportCreate::default()
        };
        busy.set(true);
        // The dialog may be closed meanwhile.
        let about = who.get_value();
        spawn_local(async move {
            let done = match &to {
                None => store.save_report(&wanted).await,
                Some(to) => store.hand_report(&wanted, to.clone()).await,
            };
            let is_open = busy.try_set(false).is_none();
            match done {
                Ok(()) => {
                    store.say(match to {
                        None => t("report-saved"),
                        Some(to) => ta("report-handed", &[("name", store.name_of(&to).into())]),
                    });
                    if is_open {
                        offer_to_block(store, about);
                    }
                }
                Err(error) => store.fails(&error),
            }
        });
    };
    let people = move || {
        handing.get().then(|| {
            let row = |contact: Contact| {
                let address = contact.address.clone();
                let give = move |()| make(Some(address.clone()));
                view! { <PersonRow name=store.name_of(&contact.address) seed=contact.address.clone() below=contact.address on_click=give/> }
            };
            let others = reachable(store).into_iter().filter(|one| one.address != who.get_value());
            view! {
                <h3>{t("report-to")}</h3>
                <div class="picker" role="group" aria-label=t("report-to")>{others.map(row).collect_view()}</div>
            }
        })
    };
    view! {
        <h2>{ta("report-title", &[("name", name.clone().into())])}</h2>
        <p>{ta("report-what", &[("name", name.into())])}</p>
        {list} {request}
        <Field label=t("report-note") value=note most=1_000/>
        <p class="soft" role="status">{holds}</p>
        <Switch
            label=t("report-lab")
            hint=t("report-lab-hint")
            on=Signal::derive(move || words.with(Option::is_some))
            on_change=move |on| for_a_lab(store, words, on)
        />
        {move || match words.get() {
            None => view! { <p class="notice look">{t("report-open")}</p> }.into_any(),
            Some(said) => view! {
                <p class="notice look">{t("report-lab-words")}</p>
                <p class="note" dir="ltr" translate="no">{said}</p>
            }.into_any(),
        }}
        {people}
        <div class="buttons">
            <Button label=t("cancel") weight=Weight::Quiet on_click=move |()| store.dialog.set(None)/>
            <Button label=t("report-hand") weight=Weight::Quiet disabled=nothing on_click=move |()| handing.update(|on| *on = !*on)/>
            <Button label=t("report-save") disabled=nothing on_click=move |()| make(None)/>
        </div>
    }
}

/// Turns evidence on, with words of its own, or off.
fn for_a_lab(store: Store, words: RwSignal<Option<String>>, on: bool) {
    if !on {
        return words.set(None);
    }
    spawn_local(async move {
        match ask::<view::BackupPassphrase>(Command::BackupPassphrase(Nothing {})).await {
            Ok(made) => drop(words.try_set(Some(made.passphrase))),
            Err(error) => store.fails(&error),
        }
    });
}

/// What somebody wrote here last and can be taken along: nothing that is shown once, or was taken back.
async fn written_by(who: &str, conversation: String) -> Result<Vec<Message>, Error> {
    let list = MessageList { conversation, limit: Some(LOOKED_AT), ..MessageList::default() };
    let mut messages = ask::<view::Messages>(Command::MessageList(list)).await?.messages;
    messages.retain(|message| {
        let kept = !message.deleted && !message.view_once && !message.imported && message.shared_by.is_none();
        message.from == who && message.kind == "text" && kept
    });
    messages.drain(..messages.len().saturating_sub(OFFERED));
    Ok(messages)
}

/// It was made; perhaps nothing more of them is wanted.
fn offer_to_block(store: Store, who: String) {
    let blocked = untrack(|| store.contacts.with(|all| all.get(&who).is_some_and(|contact| contact.blocked)));
    if blocked {
        return store.dialog.set(None);
    }
    let name = untrack(|| store.name_of(&who));
    ask_to_block(store, &name, move |()| store.answer_request(who.clone(), Command::ContactBlock));
}
