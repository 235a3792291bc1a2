//! An open conversation: who it is with, its messages, where one writes.

use casemate_api::Command;
use casemate_api::command::Who;
use casemate_api::view;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{DragEvent, File};

use super::call::GoesOn;
use super::call_trial::{self, After};
use super::chats::{marks, seed};
use super::details::{timer_name, timer_of};
use super::messages::Messages;
use super::pinned::PinnedBar;
use super::rest::{Part, Rest};
use super::strict::HeldBar;
use super::talk::Talk;
use crate::locale::{listed, t, ta};
use crate::store::readying::Readied;
use crate::store::route::{Page, Pane, Route};
use crate::store::use_store;
use crate::ui::avatar::Avatar;
use crate::ui::browser;
use crate::ui::button::{Button, IconButton, Weight};
use crate::ui::choosing::ChosenBar;
use crate::ui::composer::{Composer, add};
use crate::ui::dialog::Dialog;
use crate::ui::icon::{Icon, icon};
use crate::ui::live::{presence_line, typing_line};
use crate::ui::menu::{Item, OpenMenu};
use crate::ui::transfer::Readying;

/// Where details have a button of their own: elsewhere the name needs its room, and leads there too.
const WIDE: &str = "(min-width: 768px)";

/// Browsers say that something is dragged over a place several times a second.
const STILL_OVER: std::time::Duration = std::time::Duration::from_secs(1);

/// The conversation with this id.
#[component]
pub fn Conversation(id: String) -> impl IntoView {
    let store = use_store();
    let id = StoredValue::new(id);
    let files = RwSignal::new_local(Vec::<File>::new());
    let searching = RwSignal::new(false);
    let dragging = RwSignal::new(false);
    let last_over = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |_| {
        let message = store.route.with(|route| match route {
            Route::Chat { message, .. } => message.clone(),
            _ => None,
        });
        spawn_local(async move { store.open_conversation(id.get_value(), message).await });
    });
    // Asked for beside it.
    Effect::new(move |_| {
        let is_this = |wanted: &Option<String>| id.with_value(|id| wanted.as_ref() == Some(id));
        if store.search_in.with(is_this) {
            store.search_in.set(None);
            searching.set(true);
        }
    });
    // One opens a chat to write in it, and goes on there after choosing messages. A phone's keyboard would cover half of it, so
    // there it waits to be asked.
    let choosing = Memo::new(move |_| store.chosen.with(Option::is_some));
    Effect::new(move |_| {
        if !choosing.get() && crate::store::matches("(min-width: 768px) and (pointer: fine)") {
            browser::before_paint(|| browser::focus("composer"));
        }
    });
    let chat = Memo::new(move |_| id.with_value(|id| store.conversation(id)));
    let name = Memo::new(move |_| {
        chat.with(|chat| chat.as_ref().map(|chat| store.title_of(chat))).unwrap_or_default()
    });
    let blocked = Memo::new(move |_| chat.with(|chat| chat.as_ref().and_then(|chat| store.blocked_in(chat))));
    let below = move || {
        chat.with(|chat| {
            let chat = chat.as_ref()?;
            if blocked.with(Option::is_some) {
                return Some(t("blocked"));
            }
            if chat.standing == "gone" {
                return Some(t("contact-gone"));
            }
            if let Some(line) = typing_line(store, chat).or_else(|| presence_line(chat)) {
                return Some(line);
            }
            Some(match chat.kind.as_str() {
                // One is none of them any more.
                "group" if matches!(chat.standing.as_str(), "left" | "removed") => return None,
                "group" => {
                    let first = chat.members.iter().take(6);
                    let names = listed(first.map(|member| store.name_or_you(&member.address)));
                    format!("{} · {names}", ta("member-count", &[("count", chat.members.len().into())]))
                }
                "own" => t("notes-hint"),
                "imported" => t("imported-closed"),
                _ => chat.members.iter().find(|member| !store.is_me(&member.address))?.address.clone(),
            })
        })
    };
    let seconds = Memo::new(move |_| chat.with(|chat| chat.as_ref().map(timer_of)).unwrap_or_default());
    let timer = move || {
        let seconds = Some(seconds.get()).filter(|seconds| *seconds > 0)?;
        let words = format!("{}: {}", t("disappearing"), timer_name(seconds));
        Some(
            view! { <span class="timer-mark" role="img" aria-label=words.clone() title=words>{icon(Icon::Clock)}{timer_name(seconds)}</span>" · " },
        )
    };
    let avatar = move || {
        let seed = chat.with(|chat| chat.as_ref().map(|chat| seed(store, chat)).unwrap_or_default());
        view! { <Avatar name=name.get() seed size="small"/> }
    };
    let writable =
        Memo::new(move |_| chat.with(|chat| chat.as_ref().is_none_or(|chat| chat.standing == "active")));
    let silent = Memo::new(move |_| {
        chat.with(|chat| {
            chat.as_ref().is_some_and(|chat| chat.standing == "active" && store.is_silent_in(chat))
        })
    });
    let held = Memo::new(move |_| chat.with(|chat| chat.as_ref().and_then(|chat| chat.held.clone())));
    let replaced = Memo::new(move |_| store.is_replaced());
    // What one had begun where nobody writes any more is there to be read and taken along.
    let begun = move || {
        let here =
            store.drafts.with_untracked(|all| id.with_value(|id| all.get(id).map(|here| here.text.clone())));
        let kept =
            || chat.with_untracked(|chat| chat.as_ref()?.draft.as_ref().map(|draft| draft.text.clone()));
        let text = here.or_else(kept).filter(|text| !text.trim().is_empty())?;
        let copied = text.clone();
        let copy = move |_| store.copy(copied.clone());
        Some(view! {
            <span class="closed-draft">
                <span class="draft">{t("draft")}</span>" "<span dir="auto">{text}</span>" "
                <button type="button" class="inline roomy" on:click=copy>{t("copy")}</button>
            </span>
        })
    };
    // Not drawn anew but for another part: somebody writes or speaks there.
    let bottom = move || {
        if choosing.get() {
            view! { <ChosenBar/> }.into_any()
        } else if replaced.get() {
            let act = move |_| store.go(Route::Settings(Page::Devices));
            view! { <p class="closed">{t("closed-elsewhere")}" "<button type="button" class="inline roomy" on:click=act>{t("devices")}</button>{begun()}</p> }.into_any()
        } else if let Some(address) = blocked.get() {
            view! { <BlockedBar address/> }.into_any()
        } else if silent.get() {
            view! { <p class="closed">{t("only-admins-send")}{begun()}</p> }.into_any()
        } else if writable.get() {
            let held = move || held.get().map(|held| view! { <HeldBar held/> });
            view! { {held}<Composer conversation=id.get_value() files/> }.into_any()
        } else {
            let standing =
                chat.with(|chat| chat.as_ref().map(|chat| chat.standing.clone()).unwrap_or_default());
            let imported = chat.with(|chat| chat.as_ref().is_some_and(|chat| chat.kind == "imported"));
            let unfinished = chat.with(|chat| chat.as_ref().and_then(|chat| chat.unfinished_import));
            let words = if let Some(view::UnfinishedImport { done, of }) = unfinished.filter(|_| imported) {
                ta("import-unfinished", &[("done", u64::from(done).into()), ("of", u64::from(of).into())])
            } else if imported {
                t("imported-closed")
            } else if standing == "gone" {
                ta("said-account-gone", &[("who", name.get_untracked().into())])
            } else if standing == "left" {
                t("you-left")
            } else {
                t("you-were-removed")
            };
            if standing == "offered" {
                return view! { <OfferedBar conversation=id.get_value()/> }.into_any();
            }
            view! { <p class="closed">{words}{begun()}</p> }.into_any()
        }
    };
    let over = move |event: DragEvent| {
        if browser::drags_files(&event) {
            event.prevent_default();
            if !dragging.get_untracked() {
                dragging.set(true);
            }
            // Not every browser says that a drag was given up.
            if let Some(before) = last_over.get_value() {
                before.clear();
            }
            let over = move || {
                dragging.try_set(false);
            };
            last_over.set_value(set_timeout_with_handle(over, STILL_OVER).ok());
        }
    };
    // From one piece of the conversation to the next is no leaving: what says where to drop would flicker.
    let leave = move |event: DragEvent| {
        if !browser::comes_into(&event, ".conversation") {
            dragging.set(false);
        }
    };
    let drop = move |event: DragEvent| {
        dragging.set(false);
        if !browser::drags_files(&event) {
            return;
        }
        event.prevent_default();
        let dropped = browser::files(event.data_transfer().and_then(|data| data.files()));
        let shut =
            blocked.with_untracked(Option::is_some) || silent.get_untracked() || replaced.get_untracked();
        if !dropped.is_empty() && writable.get_untracked() && !shut {
            add(files, dropped);
        }
    };
    let callable =
        Memo::new(move |_| chat.with(|chat| chat.as_ref().is_some_and(|chat| store.may_call(chat))));
    let busy = Signal::derive(move || store.calling.taken().is_some());
    let calls = move || {
        callable.get().then(|| {
            let call = move |video| move |_| store.call(id.get_value(), video);
            view! {
                <IconButton name=t("call-voice") shape=Icon::Phone disabled=busy on_click=call(false)/>
                <IconButton name=t("call-video") shape=Icon::Video disabled=busy on_click=call(true)/>
            }
        })
    };
    // From when something is first to be sent.
    let sends = Memo::new(move |before| {
        before == Some(&true)
            || files.with(|files| !files.is_empty())
            || store.camera.get()
            || store.sticker_panel.get()
            || store.unsent.with(|all| id.with_value(|id| all.contains_key(id)))
    });
    let send = move || {
        sends.get().then(|| view! { <Rest part=Part::Send { conversation: id.get_value(), files }/> })
    };
    let class = move || if dragging.get() { "conversation dragging" } else { "conversation" };
    let to_details = move || {
        let Some(id) = id.try_get_value() else { return };
        let there = store.route.with_untracked(|route| route.pane() == Pane::Details);
        if there { store.back() } else { store.go(Route::Details(id)) }
    };
    let menu = move |event: leptos::ev::MouseEvent| {
        if let Some(chat) = chat.get_untracked() {
            let look_for = move || searching.set(true);
            let mut items = Vec::new();
            if !crate::store::matches(WIDE) {
                items.push(Item::new(Icon::Info, t("details"), to_details));
            }
            items.push(Item::new(Icon::Search, t("search-here"), look_for));
            items.extend(marks(store, &chat));
            let of = chat.conversation.clone();
            items.push(Item::new(Icon::Calendar, t("day-title"), move || {
                store.dialog.set(Some(Dialog::Talk(Talk::Day(of.clone()))));
            }));
            if callable.get_untracked() && !busy.get_untracked() {
                items.push(call_trial::item(store, After::Start(id.get_value())));
            }
            let other = chat.members.iter().find(|member| !store.is_me(&member.address));
            if let Some(other) = other.filter(|_| chat.kind == "pair") {
                let talk = Talk::Report(other.address.clone(), Some(chat.conversation.clone()));
                items.push(Item::new(Icon::Warning, t("report"), move || {
                    store.dialog.set(Some(Dialog::Talk(talk.clone())));
                }));
            }
            // What cannot be taken back stands last.
            items.sort_by_key(|item| item.danger);
            store.menu.set(Some(OpenMenu::at(&event, items)));
        }
    };
    // A large file takes a while until it stands in the chat.
    let readied = {
        let here = move |all: &Vec<Readied>| {
            let of = all.iter().filter(|one| id.with_value(|id| one.conversation == *id));
            of.map(|one| (one.number, one.names.clone(), one.bytes)).collect::<Vec<_>>()
        };
        let here = Memo::new(move |_| store.readied.with(here));
        move || {
            here.get()
                .into_iter()
                .map(|(number, names, bytes)| view! { <Readying number names bytes/> })
                .collect_view()
        }
    };
    // Also where one can write no more: there it would only fail when its time comes.
    let scheduled =
        Memo::new(move |_| chat.with(|chat| chat.as_ref().map(|chat| chat.scheduled)).unwrap_or_default());
    let waiting = move || {
        let count = Some(scheduled.get()).filter(|count| *count > 0)?;
        let list = move |_| {
            let of = Talk::Scheduled(id.get_value());
            store.dialog.set(Some(Dialog::Talk(of)));
        };
        let words = ta("scheduled-waiting", &[("count", count.into())]);
        Some(
            view! { <p class="waiting"><button type="button" class="inline" on:click=list>{words}</button></p> },
        )
    };
    view! {
        <div class=class on:dragover=over on:dragleave=leave on:drop=drop>
            <header class="bar chat-bar">
                <span class="only-phone"><IconButton name=t("back") shape=Icon::Back on_click=move |_| store.back()/></span>
                <h1 class="who-heading">
                    <button type="button" class="who" on:click=move |_| to_details() title=t("details")>
                        {avatar}
                        <span class="who-words"><bdi>{move || name.get()}</bdi><small class:live=move || chat.with(|chat| chat.as_ref().is_some_and(|chat| !chat.typing.is_empty()))>{timer}<span class="who-below" dir="auto">{below}</span></small></span>
                    </button>
                </h1>
                {calls}
                <span class="only-wide"><IconButton name=t("search-here") shape=Icon::Search on_click=move |_| searching.update(|on| *on = !*on)/></span>
                <span class="only-wide"><IconButton name=t("details") shape=Icon::Info on_click=move |_| to_details()/></span>
                <IconButton name=t("chat-menu") shape=Icon::More menu=true on_click=menu/>
            </header>
            {move || searching.get().then(|| view! { <Rest part=Part::SearchHere { id: id.get_value(), open: searching }/> })}
            <GoesOn id=id.get_value()/>
            <PinnedBar id=id.get_value()/>
            <Messages id=id.get_value()/>
            {readied}
            {waiting}
            {bottom}
            {move || dragging.get().then(|| view! { <p class="drop-hint">{t("drop-here")}</p> })}
            {send}
        </div>
    }
}

/// In place of the composer where somebody added one again to a group that one had left.
#[component]
fn OfferedBar(conversation: String) -> impl IntoView {
    let store = use_store();
    let id = StoredValue::new(conversation);
    let by = move || {
        let asks = |one: &view::ConversationRequest| id.with_value(|id| one.conversation == *id);
        let from =
            store.group_requests.with(|all| all.iter().find(|one| asks(one)).map(|one| one.from.clone()));
        from.map(|from| ta("added-by", &[("name", store.name_of(&from).into())]))
    };
    view! {
        <div class="closed blocked-bar">
            <p>{by}</p>
            <Button label=t("accept") on_click=move |()| store.answer_group(id.get_value(), true)/>
            <Button label=t("decline") weight=Weight::Quiet on_click=move |()| store.answer_group(id.get_value(), false)/>
        </div>
    }
}

/// In place of the composer where one blocked the other: nothing can be written, and how that ends.
#[component]
fn BlockedBar(address: String) -> impl IntoView {
    let store = use_store();
    let name = store.name_of(&address);
    let unblock = move |()| store.quietly(Command::ContactUnblock(Who { who: address.clone() }));
    view! {
        <div class="closed blocked-bar">
            <p>{ta("blocked-line", &[("name", name.into())])}</p>
            <Button label=t("unblock") weight=Weight::Quiet on_click=unblock/>
        </div>
    }
}
