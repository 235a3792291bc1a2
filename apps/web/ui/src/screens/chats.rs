//! The list of chats, and what a search finds in all of them.

use casemate_api::command::ConversationMark;
use casemate_api::view::{Conversation, Message};
use leptos::html::Div;
use leptos::prelude::*;

use super::backup::{RestoreOffer, RestoreProgress};
use super::chat_tabs::Tabs;
use super::details::ask_to_leave;
use super::messages::nothing_yet;
use super::mute::mute;
use super::new_device::{HistoryProgress, NewDevice};
use super::protect::Protect;
use super::search::{FilterRow, Filters, Hits, ShowMore, found_row};
use super::talk::Talk;
use crate::locale::{t, ta, when};
use crate::store::begun;
use crate::store::list::{Mute, Tab, is_hidden, mute_of};
use crate::store::route::{Page, Route};
use crate::store::{Store, use_store};
use crate::text::plain::{at_most, matches, one_line};
use crate::ui::act::Act;
use crate::ui::avatar::Avatar;
use crate::ui::browser;
use crate::ui::bubble::preview;
use crate::ui::button::{Button, IconButton};
use crate::ui::dialog::Dialog;
use crate::ui::icon::{Icon, icon};
use crate::ui::live::typing_line;
use crate::ui::long_press::LongPress;
use crate::ui::menu::{Item, OpenMenu};
use crate::ui::row::PersonRow;
use crate::ui::tick::tick;

/// A row's height in CSS pixels; `--row` in app.css says the same.
const ROW: f64 = 72.0;

/// Rows drawn beyond what is seen.
const BEYOND: usize = 6;

/// The list.
#[component]
pub fn Chats() -> impl IntoView {
    let store = use_store();
    let typed = RwSignal::new(String::new());
    let hits = Hits::new();
    let filters = Filters::new();
    let filtering = RwSignal::new(false);
    Effect::new(move |_| {
        let text = typed.with(|typed| typed.trim().to_owned());
        let any = filters.any();
        let search = filters.search(text.clone(), None);
        hits.look(store, (any || !is_short(&text)).then_some(search));
    });
    let searching = Memo::new(move |_| !typed.with(|typed| typed.trim().is_empty()) || filters.any());
    Effect::new(move |was: Option<bool>| {
        let is = searching.get();
        let was = was.unwrap_or_default();
        if is && !was {
            store.begin_search(Act::new(move |()| {
                typed.set(String::new());
                filters.clear();
                filtering.set(false);
            }));
        } else if was && !is {
            store.end_search();
        }
        is
    });
    on_cleanup(move || store.end_search());
    let menu = move |event: leptos::ev::MouseEvent| {
        let go = |shape: Icon, label: String, route: Route| {
            Item::new(shape, label, move || store.go(route.clone()))
        };
        let items = vec![
            go(Icon::People, t("new-group"), Route::NewGroup),
            go(Icon::Megaphone, t("lists"), Route::Lists),
            go(Icon::Star, t("starred-messages"), Route::Starred),
            Item::new(Icon::Download, t("import-title"), move || {
                store.dialog.set(Some(Dialog::Talk(Talk::Import)))
            }),
        ];
        store.menu.set(Some(OpenMenu::at(&event, items)));
    };
    let body = move || {
        if searching.get() {
            view! { <Found typed hits filters/> }.into_any()
        } else {
            view! { <RequestsLine/><SentLine/><List/> }.into_any()
        }
    };
    view! {
        <header class="bar">
            <h1>{t("nav-chats")}</h1>
            <IconButton name=t("new-chat") shape=Icon::Plus on_click=move |_| store.go(Route::NewChat)/>
            <IconButton name=t("chats-menu") shape=Icon::More menu=true on_click=menu/>
        </header>
        <div class="search-box">
            {icon(Icon::Search)}
            <input
                type="text" inputmode="search" enterkeyhint="search" aria-label=t("search") placeholder=t("search") autocomplete="off" dir="auto"
                prop:value=move || typed.get() on:input=move |event| typed.set(event_target_value(&event))
                on:keydown=move |event| if event.key() == "Escape" { typed.set(String::new()) }
            />
            {move || (!typed.with(String::is_empty)).then(|| view! {
                <IconButton name=t("search-empty") shape=Icon::Close small=true on_click=move |_| typed.set(String::new())/>
            })}
            <IconButton name=t("filters") shape=Icon::Filter small=true on_click=move |_| filtering.update(|on| *on = !*on)/>
        </div>
        {move || filtering.get().then(|| view! { <FilterRow filters/> })}
        <NewDevice/>
        <HistoryProgress/>
        <RestoreProgress/>
        <RestoreOffer/>
        <Protect/>
        {body}
    }
}

#[component]
fn RequestsLine() -> impl IntoView {
    let store = use_store();
    let count = Memo::new(move |_| {
        let joins = store.talk.joins.with(Vec::len);
        store.requests.with(Vec::len) + store.group_requests.with(Vec::len) + joins
    });
    move || {
        (count.get() > 0).then(|| {
            view! {
                <button type="button" class="requests-line" on:click=move |_| store.go(Route::Requests)>
                    {icon(Icon::Knock)}
                    <span>{ta("requests-line", &[("count", count.get().into())])}</span>
                </button>
            }
        })
    }
}

/// Whom one asked to talk: there is no chat yet in which that could stand.
#[component]
fn SentLine() -> impl IntoView {
    let store = use_store();
    let words = move || {
        store.sent_requests.with(|sent| match &sent[..] {
            [] => None,
            [one] => Some(ta("sent-request", &[("name", store.name_of(&one.to).into())])),
            more => Some(ta("sent-requests-line", &[("count", more.len().into())])),
        })
    };
    move || {
        words().map(|words| {
            view! {
                <button type="button" class="requests-line" on:click=move |_| store.go(Route::Requests)>
                    {icon(Icon::Clock)}
                    <span>{words}</span>
                </button>
            }
        })
    }
}

/// Only what is in sight is drawn, however many chats there are.
#[component]
fn List() -> impl IntoView {
    let store = use_store();
    let (tab, archive) = (store.tab, store.archive);
    // Come back to, the list shows all chats again.
    on_cleanup(move || {
        tab.set(Tab::All);
        archive.set(false);
    });
    // Places among all: there are thousands, and a few rows are drawn.
    let shown = Memo::new(move |_| {
        let (archive, tab) = (archive.get(), tab.get());
        store.conversations.with(|all| {
            let all = all.iter().enumerate();
            all.filter(|(_, chat)| tab.shows(chat, archive)).map(|(place, _)| place).collect::<Vec<_>>()
        })
    });
    let archived = Memo::new(move |_| {
        let put_away = |chat: &&Conversation| chat.archived && !is_hidden(chat);
        store.conversations.with(|all| all.iter().filter(put_away).count())
    });
    let switch = move || {
        (archived.get() > 0 || archive.get()).then(|| {
            let words = if archive.get() {
                t("back-to-chats")
            } else {
                ta("archived", &[("count", archived.get().into())])
            };
            view! {
                <button type="button" class="requests-line" on:click=move |_| archive.update(|on| *on = !*on)>
                    {icon(Icon::Archive)}<span>{words}</span>
                </button>
            }
        })
    };
    let scroller = NodeRef::<Div>::new();
    let top = RwSignal::new(0.0);
    let height = RwSignal::new(900.0);
    Effect::new(move |_| {
        if let Some(scroller) = scroller.get() {
            height.set(f64::from(scroller.client_height()));
        }
    });
    let resized = window_event_listener(leptos::ev::resize, move |_| {
        if let Some(scroller) = scroller.get_untracked() {
            height.set(f64::from(scroller.client_height()));
        }
    });
    on_cleanup(move || resized.remove());
    let total = Memo::new(move |_| shown.with(Vec::len));
    let range = Memo::new(move |_| {
        let first = ((top.get() / ROW) as usize).saturating_sub(BEYOND);
        let last = ((top.get() + height.get()) / ROW) as usize + BEYOND;
        (first, last.min(total.get()))
    });
    let rows = Memo::new(move |_| {
        let (first, last) = range.get();
        shown.with(|places| {
            let part = places.iter().enumerate().take(last).skip(first);
            store
                .conversations
                .with(|all| part.map(|(at, place)| (at, all[*place].clone())).collect::<Vec<_>>())
        })
    });
    let chats =
        move || rows.with(|rows| rows.iter().map(|(_, one)| one.conversation.clone()).collect::<Vec<_>>());
    let empty = move || {
        (total.get() == 0 && archived.get() == 0 && tab.with(|tab| *tab == Tab::All)).then(|| {
            view! {
                <div class="empty">
                    <p>{t("no-chats")}</p>
                    <Button label=t("new-chat") on_click=move |()| store.go(Route::NewChat)/>
                </div>
            }
        })
    };
    let bare = move || {
        let bare = total.get() == 0 && !archive.get() && tab.with(|tab| *tab != Tab::All);
        bare.then(|| view! { <p class="empty">{t("folder-empty")}</p> })
    };
    view! {
        {move || (!archive.get()).then(|| view! { <Tabs tab/> })}
        {switch}
        {empty} {bare}
        <div class="scroll" node_ref=scroller on:scroll=move |_| if let Some(scroller) = scroller.get_untracked() { top.set(f64::from(scroller.scroll_top())) }>
            <div class="rows" role="list" aria-label=t("nav-chats") style:height=move || format!("{}px", total.get() as f64 * ROW)>
                <For each=chats key=Clone::clone children=move |id| view! { <Row id rows total/> }/>
            </div>
        </div>
    }
}

/// What can be marked about a chat.
pub fn marks(store: Store, chat: &Conversation) -> Vec<Item> {
    let mark = |shape: Icon, label: String, change: fn(&mut ConversationMark, &Conversation)| {
        let chat = chat.clone();
        Item::new(shape, label, move || {
            let mut mark =
                ConversationMark { conversation: chat.conversation.clone(), ..ConversationMark::default() };
            change(&mut mark, &chat);
            store.mark_chat(mark);
        })
    };
    let unread = chat.unread > 0 || chat.marked_unread;
    let mut items = vec![
        mark(Icon::Pin, if chat.pinned { t("unpin") } else { t("pin-chat") }, |mark, chat| {
            mark.pinned = Some(!chat.pinned)
        }),
        mark(Icon::Chat, if unread { t("mark-read") } else { t("mark-unread") }, |mark, chat| {
            mark.unread = Some(chat.unread == 0 && !chat.marked_unread);
        }),
        mute(store, chat),
        mark(Icon::Archive, if chat.archived { t("unarchive") } else { t("archive") }, |mark, chat| {
            mark.archived = Some(!chat.archived);
        }),
        lock_item(store, chat),
        Item::new(Icon::Folder, t("folder"), {
            let id = chat.conversation.clone();
            move || store.dialog.set(Some(Dialog::Talk(Talk::Folder(id.clone()))))
        }),
    ];
    // A group is left first, which the others see.
    items.push(match chat.kind == "group" && chat.standing == "active" {
        true => leave_item(store, chat),
        false => delete_item(store, chat),
    });
    items
}

/// Leaves a group.
fn leave_item(store: Store, chat: &Conversation) -> Item {
    let chat = chat.clone();
    Item::danger(Icon::Leave, t("leave-group"), move || ask_to_leave(store, &chat))
}

/// Clears a chat and takes it out of the list.
fn delete_item(store: Store, chat: &Conversation) -> Item {
    let chat = chat.clone();
    Item::danger(Icon::Trash, t("delete-chat"), move || {
        let id = chat.conversation.clone();
        store.dialog.set(Some(Dialog::Confirm {
            title: ta("delete-chat-question", &[("name", untrack(|| store.title_of(&chat)).into())]),
            body: t("delete-chat-body"),
            verb: t("delete-chat"),
            danger: true,
            act: Act::new(move |()| store.attempt(store.delete_chat(id.clone()))),
        }));
    })
}

/// Locks a chat besides, or no longer: which only whoever has opened it may say.
fn lock_item(store: Store, chat: &Conversation) -> Item {
    let (id, locked) = (chat.conversation.clone(), chat.locked);
    let label = if locked { t("chat-lock-no-more") } else { t("chat-lock") };
    Item::new(Icon::Knock, label, move || {
        if !untrack(|| store.is_lockable()) && !locked {
            store.say(t("said-nothing-to-lock-with"));
            return store.go(Route::Settings(Page::Security));
        }
        let is_open = store.unlocked.with_untracked(|unlocked| unlocked.as_ref() == Some(&id));
        if locked && !is_open && untrack(|| store.is_lockable()) {
            store.say(t("chat-lock-open-first"));
            return store.go(Route::chat(id.clone()));
        }
        if !locked {
            store.say(t("chat-lock-done"));
        }
        let mark = ConversationMark {
            conversation: id.clone(),
            locked: Some(!locked),
            ..ConversationMark::default()
        };
        store.mark_chat(mark);
    })
}

/// A row stays while its chat is in sight, and so do the finger and the focus on it, whatever comes meanwhile.
#[component]
fn Row(id: String, rows: Memo<Vec<(usize, Conversation)>>, total: Memo<usize>) -> impl IntoView {
    let store = use_store();
    let id = StoredValue::new(id);
    // Where it stands among all, and the chat; once it is gone, what it was until the row goes too.
    let one = Memo::new(move |before: Option<&(usize, Conversation)>| {
        let is_it = |(_, one): &&(usize, Conversation)| id.with_value(|id| *id == one.conversation);
        let found = rows.with(|rows| rows.iter().find(is_it).cloned());
        found.or_else(|| before.cloned()).unwrap_or_default()
    });
    let chat = Memo::new(move |_| one.with(|(_, chat)| chat.clone()));
    let at = Memo::new(move |_| one.with(|(at, _)| *at));
    let name = Memo::new(move |_| chat.with(|chat| store.title_of(chat)));
    // Of the open chat it stands in the composer already.
    let is_open =
        Memo::new(move |_| store.route.with(|route| id.with_value(|id| route.conversation() == Some(id))));
    let draft = move || {
        let here =
            || id.with_value(|id| store.drafts.with(|drafts| drafts.get(id).map(|draft| draft.text.clone())));
        // Begun before the page was loaded, or on another device.
        let kept = || chat.with(|chat| chat.draft.as_ref().map(|draft| begun::line(draft).to_owned()));
        if is_open.get() { None } else { here().or_else(kept) }
    };
    let hidden = Memo::new(move |_| id.with_value(|id| store.hides_texts(id)));
    let recorded = Memo::new(move |_| {
        let is_kept = chat.with(|chat| chat.draft.as_ref().is_some_and(|draft| draft.recorded));
        is_kept && !is_open.get() && !hidden.get()
    });
    let blocked = Memo::new(move |_| chat.with(|chat| store.blocked_in(chat).is_some()));
    let typing = move || chat.with(|chat| typing_line(store, chat));
    let drafted = move || draft().filter(|draft| !hidden.get() && !draft.trim().is_empty());
    let call = Memo::new(move |_| id.with_value(|id| store.calling.goes_on(id)).is_some());
    let line = move || {
        match drafted() {
        _ if call.get() => view! {
            <span class="live row-call">{icon(Icon::Phone)}{t("call-goes-on-short")}" · "{t("call-join")}</span>
        }
        .into_any(),
        Some(draft) => {
            view! { <span class="draft">{t("draft")}</span>" "<bdi>{one_line(&draft, 80)}</bdi> }.into_any()
        }
        None if recorded.get() => {
            view! { <span class="draft">{t("draft")}</span>" "<bdi>{t("preview-voice")}</bdi> }.into_any()
        }
        None if blocked.get() => view! { <span class="soft">{t("blocked")}</span> }.into_any(),
        None => match typing() {
            Some(typing) => view! { <span class="live">{typing}</span> }.into_any(),
            None => chat.with(|chat| match &chat.last {
                None => view! { <bdi>{nothing_yet(store, &chat)}</bdi> }.into_any(),
                Some(_) if chat.locked => view! { <bdi>{t("chat-locked")}</bdi> }.into_any(),
                Some(_) if hidden.get() => view! { <bdi>{t("text-hidden")}</bdi> }.into_any(),
                Some(last) => last_line(store, last, &chat.kind).into_any(),
            }),
        },
    }
    };
    let time = move || {
        store.today.track();
        chat.with(|chat| chat.last.as_ref().map(|last| view! { <time>{when::in_list(&last.at)}</time> }))
    };
    let unread = Memo::new(move |_| chat.with(|chat| (chat.unread, chat.marked_unread)));
    let badge = move || match unread.get() {
        (0, false) => None,
        (0, true) => {
            let dot = view! { <span class="badge dot" role="img" aria-label=t("marked-unread")></span> };
            Some(dot.into_any())
        }
        (count, _) => {
            let label = ta("unread-count", &[("count", count.into())]);
            let count =
                view! { <span class="badge" role="img" aria-label=label>{at_most(count, 999)}</span> };
            Some(count.into_any())
        }
    };
    let face = Memo::new(move |_| (name.get(), chat.with(|chat| seed(store, chat))));
    // In words, below the name: then the sign beside it need not say it again.
    let says_blocked = Memo::new(move |_| blocked.get() && drafted().is_none() && !recorded.get());
    let signs = move || {
        let (pinned, muted) = chat.with(|chat| (chat.pinned, mute_of(chat, &browser::now()) != Mute::Not));
        (pinned || muted || blocked.get()).then(|| {
            let pin = pinned.then(|| sign(Icon::Pin, t("pinned")));
            let mute = muted.then(|| sign(Icon::Mute, t("muted")));
            let block = blocked.get().then(|| match says_blocked.get() {
                true => icon(Icon::Block).into_any(),
                false => sign(Icon::Block, t("blocked")).into_any(),
            });
            view! { <span class="signs">{pin}{mute}{block}</span> }
        })
    };
    let open_menu = move |event: &web_sys::MouseEvent| {
        let items = chat.with_untracked(|chat| marks(store, chat));
        store.menu.set(Some(OpenMenu::at(event, items)));
    };
    let menu = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        open_menu(&event);
    };
    let press = LongPress::new();
    let down = move |event: web_sys::PointerEvent| {
        // Where the browser has asked already, one menu is enough.
        press.begin(event, move |event| {
            if store.menu.with_untracked(Option::is_none) {
                open_menu(event);
            }
        });
    };
    view! {
        <div class="row-place" role="listitem" aria-setsize=move || total.get().to_string() aria-posinset=move || (at.get() + 1).to_string()
            style:transform=move || format!("translateY({}px)", at.get() as f64 * ROW)>
            <a
                class="row" href=Route::chat(id.get_value()).to_hash() aria-current=move || is_open.get().then_some("true") on:contextmenu=menu
                on:click=move |event| { event.prevent_default(); store.go(Route::chat(id.get_value())) }
                on:pointerdown=down on:pointermove=move |event| press.moved(&event) on:pointerup=move |_| press.end()
                on:pointercancel=move |_| press.end() on:touchend=move |event| press.up(&event)
            >
                {move || { let (name, seed) = face.get(); view! { <Avatar name seed/> } }}
                <bdi class="row-name">{move || name.get()}</bdi>
                {time}
                <span class="row-line" dir="auto">{line}</span>
                <span class="row-end">{signs}{badge}</span>
            </a>
        </div>
    }
}

/// What a chat was marked as, with its word for whoever does not see it.
fn sign(shape: Icon, word: String) -> impl IntoView + use<> {
    view! { <span class="sign" role="img" aria-label=word.clone() title=word>{icon(shape)}</span> }
}

/// The address of the other in a pair, else the id: what the colour comes from.
pub fn seed(store: Store, chat: &Conversation) -> String {
    if chat.kind == "pair" {
        let other = chat.members.iter().find(|member| untrack(|| !store.is_me(&member.address)));
        return other.map_or_else(|| chat.conversation.clone(), |member| member.address.clone());
    }
    chat.conversation.clone()
}

fn last_line(store: Store, last: &Message, kind: &str) -> impl IntoView + use<> {
    let own = untrack(|| store.is_me(&last.from));
    let ticks = (own && last.kind == "text" && !last.deleted && !last.imported).then(|| tick(last));
    let is_of_many = kind == "group" || kind == "imported";
    let by = (is_of_many && !own && last.kind == "text").then(|| {
        let last = last.clone();
        // Rows are drawn before it is known how contacts are called.
        move || format!("{}: ", store.writer_of(&last))
    });
    let words = preview(last);
    // What Casemate says reads as the page does, whatever name it begins with.
    match last.kind == "text" {
        true => view! { {ticks}<bdi>{by}{words}</bdi> }.into_any(),
        false => {
            let dir = if browser::is_from_right() { "rtl" } else { "ltr" };
            view! { <bdi dir=dir>{words}</bdi> }.into_any()
        }
    }
}

/// One letter is in every message; one Chinese character is a word.
fn is_short(text: &str) -> bool {
    text.len() < 2
}

/// Chats and people by name, then messages.
#[component]
fn Found(typed: RwSignal<String>, hits: Hits, filters: Filters) -> impl IntoView {
    let store = use_store();
    // Where there are filters alone, messages are looked for.
    let is_meant = move |chat: &Conversation, typed: &str| {
        !typed.trim().is_empty() && !is_hidden(chat) && matches(&store.title_of(chat), typed)
    };
    let chats = move || {
        let typed = typed.get();
        let fits: Vec<Conversation> = store.conversations.with(|all| {
            let fits = all.iter().filter(|chat| is_meant(chat, &typed));
            fits.take(20).cloned().collect()
        });
        let row = |chat: Conversation| {
            let (name, seed) = (store.title_of(&chat), seed(store, &chat));
            let id = chat.conversation.clone();
            let below = match store.hides_texts(&id) {
                true => t("text-hidden"),
                false => chat.last.as_ref().map(preview).unwrap_or_default(),
            };
            view! { <PersonRow name seed below on_click=move |()| store.go(Route::chat(id.clone()))/> }
        };
        let rows = fits.into_iter().map(row).collect_view();
        (!rows.is_empty()).then(|| view! { <h2 class="section">{t("nav-chats")}</h2>{rows} })
    };
    let messages = move || {
        let typed = typed.get_untracked();
        let rows = hits.found().into_iter().flatten();
        let rows = rows.map(|message| found_row(store, message, None, typed.trim())).collect_view();
        (!rows.is_empty()).then(|| view! { <h2 class="section">{t("messages")}</h2>{rows} })
    };
    let nothing = move || {
        let chats =
            typed.with(|typed| store.conversations.with(|all| all.iter().any(|chat| is_meant(chat, typed))));
        (!chats && hits.is_empty()).then(|| view! { <p class="empty">{t("nothing-found")}</p> })
    };
    let short = move || {
        let short = typed.with(|typed| is_short(typed.trim())) && !filters.any();
        short.then(|| view! { <p class="empty">{t("search-more")}</p> })
    };
    view! { <div class="scroll results" role="region" aria-label=t("results")>{chats}{messages}<ShowMore hits/>{nothing}{short}</div> }
}
