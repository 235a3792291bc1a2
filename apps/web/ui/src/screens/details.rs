//! What is known of a conversation, and what can be changed about it.

use casemate_api::Command;
use casemate_api::command::{Allowed, ConversationSet, InConversation, Members, Permissions, Who};
use casemate_api::view::{Conversation, Information, Member};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::call_link;
use super::chats::seed;
use super::contacts::{known, open};
use super::gallery::Gallery;
use super::group::{Description, Joins, link_line};
use super::talk::Talk;
use crate::engine::ask;
use crate::locale::{t, ta};
use crate::store::route::Route;
use crate::store::{Store, use_store};
use crate::text::plain::{matches, tame};
use crate::ui::act::Act;
use crate::ui::avatar::Avatar;
use crate::ui::bubble::is_admin;
use crate::ui::button::{Button, Field, IconButton, Switch, Weight};
use crate::ui::dialog::Dialog;
use crate::ui::icon::{Icon, icon};
use crate::ui::menu::{Item, OpenMenu};
use crate::ui::picture_choice::PictureChoice;
use crate::ui::row::PersonRow;

/// Timers to choose from, in seconds.
const TIMERS: [u32; 7] = [0, 30, 300, 3_600, 86_400, 604_800, 2_419_200];

/// Members drawn at first.
const MEMBERS_SHOWN: usize = 50;

/// Fewer members than this are found by looking.
const SEARCHED_FROM: usize = 8;

/// Of the conversation with this id.
#[component]
pub fn Details(id: String) -> impl IntoView {
    let store = use_store();
    let id = StoredValue::new(id);
    // Without what changes with every message: drawn anew, a form would lose what is being typed into it.
    let chat = Memo::new(move |_| {
        id.with_value(|id| store.conversation(id)).map(|chat| Conversation {
            unread: 0,
            marked_unread: false,
            typing: Vec::new(),
            presence: None,
            draft: None,
            last: None,
            ..chat
        })
    });
    let gallery = RwSignal::new(false);
    let may_edit =
        Memo::new(move |_| chat.get().filter(|chat| chat.kind == "group").map(|chat| may_edit(store, &chat)));
    let head = move || chat.get().map(|chat| view! { <Head chat/> });
    // Not drawn anew while somebody types there.
    let words = move || may_edit.get().map(|may| view! { <Words chat may/> });
    let rest = move || chat.get().map(|chat| view! { <Rest chat gallery/> });
    move || {
        if gallery.get() {
            view! { <Gallery conversation=id.get_value() open=gallery/> }.into_any()
        } else {
            view! {
                <header class="bar">
                    <IconButton name=t("close") shape=Icon::Close on_click=move |_| store.back()/>
                    <h1>{t("details")}</h1>
                </header>
                <div class="scroll details-body">{head} {words} {rest}</div>
            }
            .into_any()
        }
    }
}

/// Picture, name, and who it is or how many.
#[component]
fn Head(chat: Conversation) -> impl IntoView {
    let store = use_store();
    let name = store.title_of(&chat);
    let seed = seed(store, &chat);
    let other = other(store, &chat);
    let line = match chat.kind.as_str() {
        "group" => ta("member-count", &[("count", chat.members.len().into())]),
        _ => other.unwrap_or_default(),
    };
    let picture = if may_edit(store, &chat) {
        let has = chat.picture.is_some();
        let name = name.clone();
        let set = move |path: String| {
            store.set_conversation(ConversationSet { picture: Some(path), ..change(&chat) });
        };
        view! { <PictureChoice name seed has=Signal::derive(move || has) on_set=set/> }.into_any()
    } else {
        view! { <Avatar name=name.clone() seed size="large"/> }.into_any()
    };
    view! {
        <div class="details-head">{picture}<bdi class="details-name">{name}</bdi><small><bdi>{line}</bdi></small></div>
    }
}

/// What a group is called and what it is about.
#[component]
fn Words(chat: Memo<Option<Conversation>>, may: bool) -> impl IntoView {
    let id =
        chat.with_untracked(|chat| chat.as_ref().map(|chat| chat.conversation.clone())).unwrap_or_default();
    // What others wrote: it may not turn around what stands beside it here either.
    let name =
        Memo::new(move |_| chat.with(|chat| chat.as_ref().map(|chat| tame(&chat.name)).unwrap_or_default()));
    let about = Memo::new(move |_| {
        let said = chat.with(|chat| Some(chat.as_ref()?.information.as_ref()?.description.clone()));
        tame(&said.unwrap_or_default())
    });
    let rename = may.then(|| view! { <Rename id=id.clone() name/> });
    view! { {rename} <Description id about may/> }
}

/// Everything else.
#[component]
fn Rest(chat: Conversation, gallery: RwSignal<bool>) -> impl IntoView {
    let store = use_store();
    let name = store.title_of(&chat);
    let group = chat.kind == "group";
    let other = other(store, &chat);
    let may = may_edit(store, &chat);
    let information = chat.information.clone();
    let timer = information.as_ref().map(|information| timer(store, &chat, information, !group || may));
    let strict =
        (chat.standing == "active" && chat.kind != "own").then(|| super::strict::choice(store, &chat));
    let encryption = information.as_ref().map(|information| {
        // The engine names what is against quantum computers by its key exchange.
        let lasting = information.encryption.contains("X-Wing");
        view! {
            <div class="fact">
                {icon(Icon::Knock)}<span>{t("encryption")}<small>{if lasting { t("encryption-lasting") } else { t("encryption-usual") }}" · "{ta("device-count", &[("count", information.devices.into())])}</small></span>
            </div>
        }
    });
    let joins = group.then(
        || view! { <div class="cards" role="list"><Joins conversation=chat.conversation.clone()/></div> },
    );
    let link = (group && may_add(store, &chat)).then(|| link_line(store, &chat));
    let calls = (group && chat.standing == "active").then(|| call_link::line(chat.conversation.clone()));
    let admin = is_admin(store, &chat) && chat.standing == "active";
    let permissions =
        admin.then(|| information.as_ref().map(|information| permissions(store, &chat, information)));
    let members = group.then(|| view! { <MemberList chat=chat.clone()/> });
    let person = (!group).then(|| other.map(|address| person(store, &chat, address)));
    let leave = (group && chat.standing == "active").then(|| leave(store, &chat, &name));
    view! {
        <button type="button" class="line-button" on:click=move |_| gallery.set(true)>{icon(Icon::File)}{t("gallery")}</button>
        {timer} {strict} {encryption} {permissions} {joins} {link} {calls} {members} {person} {leave}
    }
}

/// The other one of a chat of two.
fn other(store: Store, chat: &Conversation) -> Option<String> {
    chat.members.iter().find(|member| !store.is_me(&member.address)).map(|member| member.address.clone())
}

/// Whether this account may change picture, name and description of a group.
fn may_edit(store: Store, chat: &Conversation) -> bool {
    chat.kind == "group" && chat.standing == "active" && (is_admin(store, chat) || everybody_edits(chat))
}

fn may_add(store: Store, chat: &Conversation) -> bool {
    let everybody = |information: &Information| information.permissions.add == Allowed::Members;
    chat.standing == "active" && (is_admin(store, chat) || chat.information.as_ref().is_some_and(everybody))
}

fn everybody_edits(chat: &Conversation) -> bool {
    chat.information.as_ref().is_some_and(|information| information.permissions.edit == Allowed::Members)
}

fn change(chat: &Conversation) -> ConversationSet {
    ConversationSet { conversation: chat.conversation.clone(), ..ConversationSet::default() }
}

#[component]
fn Rename(id: String, name: Memo<String>) -> impl IntoView {
    let store = use_store();
    let typed = follows(name);
    let changed = move || typed.with(|typed| name.with(|name| typed != name));
    let refused = RwSignal::new(false);
    let wrong = Signal::derive(move || {
        (refused.get() && typed.with(|typed| typed.trim().is_empty())).then(|| t("group-name-missing"))
    });
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let wanted = tame(typed.get_untracked().trim());
        if wanted.trim().is_empty() {
            return refused.set(true);
        }
        refused.set(false);
        let conversation = id.clone();
        store.set_conversation(ConversationSet {
            conversation,
            name: Some(wanted),
            ..ConversationSet::default()
        });
    };
    view! {
        <form class="form" on:submit=save>
            <Field label=t("group-name") value=typed most=100 wrong=wrong/>
            {move || changed().then(|| view! { <Button label=t("save") submit=true/> })}
        </form>
    }
}

/// What is typed over something that others change too: theirs is taken where nothing was typed.
pub fn follows(now: Memo<String>) -> RwSignal<String> {
    let typed = RwSignal::new(now.get_untracked());
    Effect::new(move |before: Option<String>| {
        let now = now.get();
        if before.is_some_and(|before| typed.with_untracked(|typed| *typed == before)) {
            typed.set(now.clone());
        }
        now
    });
    typed
}

/// A timer in words.
pub fn timer_name(seconds: u32) -> String {
    let unit = |key: &str, count: u32| ta(key, &[("count", (count as usize).into())]);
    match seconds {
        0 => t("timer-off"),
        s if s < 60 => unit("timer-seconds", s),
        s if s < 3_600 => unit("timer-minutes", s / 60),
        s if s < 86_400 => unit("timer-hours", s / 3_600),
        s if s < 604_800 => unit("timer-days", s / 86_400),
        s => unit("timer-weeks", s / 604_800),
    }
}

fn timer(store: Store, chat: &Conversation, information: &Information, may: bool) -> impl IntoView + use<> {
    let now = information.disappearing_seconds;
    let chat = chat.clone();
    let choose = move |event: leptos::ev::MouseEvent| {
        let item = |seconds: u32| {
            let chat = chat.clone();
            let shape = if seconds == now { Icon::Check } else { Icon::Clock };
            Item::new(shape, timer_name(seconds), move || {
                store.set_conversation(ConversationSet {
                    disappearing_seconds: Some(seconds),
                    ..change(&chat)
                });
            })
        };
        store.menu.set(Some(OpenMenu::at(&event, TIMERS.map(item).to_vec())));
    };
    view! {
        <button type="button" class="fact" disabled=!may on:click=choose>
            {icon(Icon::Clock)}<span>{t("disappearing")}<small>{t("disappearing-hint")}</small></span><em>{timer_name(now)}</em>
        </button>
    }
}

fn permissions(store: Store, chat: &Conversation, information: &Information) -> impl IntoView + use<> {
    let now = information.permissions;
    let chat = StoredValue::new(chat.clone());
    let one = move |label: String, on: bool, with: fn(Permissions, Allowed) -> Permissions| {
        let set = move |on: bool| {
            let allowed = if on { Allowed::Members } else { Allowed::Admins };
            let permissions = Some(with(now, allowed));
            store.set_conversation(ConversationSet { permissions, ..chat.with_value(change) });
        };
        view! { <Switch label=label on=Signal::derive(move || on) on_change=set/> }
    };
    view! {
        <h2 class="heading">{t("members-may")}</h2>
        {one(t("may-send"), now.send == Allowed::Members, |now, send| Permissions { send, ..now })}
        {one(t("may-add"), now.add == Allowed::Members, |now, add| Permissions { add, ..now })}
        {one(t("may-edit"), now.edit == Allowed::Members, |now, edit| Permissions { edit, ..now })}
    }
}

#[component]
fn MemberList(chat: Conversation) -> impl IntoView {
    let store = use_store();
    let adding = RwSignal::new(false);
    let typed = RwSignal::new(String::new());
    let admin = is_admin(store, &chat);
    let may_add = may_add(store, &chat);
    let inside: Vec<String> = chat.members.iter().map(|member| member.address.clone()).collect();
    let all = StoredValue::new(chat.clone());
    let add = move |address: String| {
        adding.set(false);
        let conversation = all.with_value(|chat| chat.conversation.clone());
        store.dialog.set(Some(Dialog::Talk(Talk::Add(conversation, address, false))));
    };
    let people = move || {
        adding.get().then(|| {
            let row = |contact: casemate_api::view::Contact| {
                let address = contact.address.clone();
                view! { <PersonRow name=store.name_of(&address) seed=address.clone() below=address.clone() on_click=move |()| add(address.clone())/> }
            };
            let outside = known(store).into_iter().filter(|one| !one.blocked && !inside.contains(&one.address));
            let fits = outside.filter(|one| {
                typed.with(|typed| matches(&store.name_of(&one.address), typed) || matches(&one.address, typed))
            });
            let rows = fits.map(row).collect_view();
            let none = rows.is_empty().then(|| view! { <p class="soft">{t("nobody-to-add")}</p> });
            view! { {rows} {none} }
        })
    };
    let people = move || {
        adding.get().then(|| {
            typed.set(String::new());
            view! {
                <div class="card">
                    <input
                        class="search-input" type="search" aria-label=t("search") placeholder=t("search") dir="auto"
                        prop:value=move || typed.get() on:input=move |event| typed.set(event_target_value(&event))
                    />
                    {people.clone()}
                </div>
            }
        })
    };
    let add_button = may_add.then(|| {
        view! { <button type="button" class="line-button" on:click=move |_| adding.update(|on| *on = !*on)>{icon(Icon::Plus)}{t("add-members")}</button> }
    });
    // A thousand rows at once would make the page slow: some, then more by a press, or those that fit what is typed.
    let total = chat.members.len();
    let sought = RwSignal::new(String::new());
    let most = RwSignal::new(MEMBERS_SHOWN);
    let members = StoredValue::new(chat.members.clone());
    let fitting = Memo::new(move |_| {
        members.with_value(|members| {
            sought.with(|sought| {
                let fits = |member: &&Member| {
                    sought.trim().is_empty()
                        || matches(&store.name_or_you(&member.address), sought)
                        || matches(&member.address, sought)
                };
                members.iter().filter(fits).cloned().collect::<Vec<_>>()
            })
        })
    });
    let rows = move || {
        let row = |member: Member| member_row(store, all, member, admin);
        fitting.get().into_iter().take(most.get()).map(row).collect_view()
    };
    let more = move || {
        let hidden = fitting.with(Vec::len).saturating_sub(most.get());
        (hidden > 0).then(|| {
            let act = move |()| most.update(|most| *most += 4 * MEMBERS_SHOWN);
            view! { <Button label=t("show-more") weight=Weight::Quiet on_click=act/> }
        })
    };
    let search = (total > SEARCHED_FROM).then(|| {
        view! {
            <input
                class="search-input members-search" type="search" aria-label=t("members-search") placeholder=t("members-search") dir="auto"
                prop:value=move || sought.get() on:input=move |event| sought.set(event_target_value(&event))
            />
        }
    });
    view! {
        <h2 class="heading">{ta("member-count", &[("count", chat.members.len().into())])}</h2>
        {add_button} {people} {search}
        <div role="list" aria-label=t("members")>{rows}</div>
        {more}
    }
}

fn member_row(
    store: Store,
    chat: StoredValue<Conversation>,
    member: Member,
    i_am_admin: bool,
) -> impl IntoView {
    let me = store.is_me(&member.address);
    let name = store.name_or_you(&member.address);
    let address = member.address.clone();
    let role = member.admin.then(|| view! { <em>{t("admin")}</em> });
    let checked = store.contacts.with(|all| all.get(&member.address).is_some_and(|contact| contact.verified));
    let checked = checked.then(|| {
        view! { <span class="verified" role="img" aria-label=t("verified") title=t("verified")>{icon(Icon::Check)}</span> }
    });
    let is_admin = member.admin;
    let shown = name.clone();
    let menu = move |event: leptos::ev::MouseEvent| {
        // The menu stays open while the list below it is drawn anew.
        let chat = chat.get_value();
        let mut items = Vec::new();
        let one = address.clone();
        items.push(Item::new(Icon::Chat, t("write"), move || open(store, one.clone())));
        let talk = Talk::Report(address.clone(), Some(chat.conversation.clone()));
        items.push(Item::new(Icon::Warning, t("report"), move || {
            store.dialog.set(Some(Dialog::Talk(talk.clone())));
        }));
        if i_am_admin {
            let one = address.clone();
            let label = if is_admin { t("no-longer-admin") } else { t("make-admin") };
            let conversation = chat.conversation.clone();
            items.push(Item::new(Icon::Star, label, move || {
                // Who is an admin now, not when it was opened.
                let Some(chat) = untrack(|| store.conversation(&conversation)) else { return };
                let admins = chat
                    .members
                    .iter()
                    .filter(|member| if member.address == one { !is_admin } else { member.admin });
                let admins = Some(admins.map(|member| member.address.clone()).collect());
                store.set_conversation(ConversationSet { admins, ..change(&chat) });
            }));
            let (one, name) = (address.clone(), shown.clone());
            items.push(Item::danger(Icon::Leave, t("remove-member"), move || {
                let members = Members { conversation: chat.conversation.clone(), members: vec![one.clone()] };
                store.dialog.set(Some(Dialog::Confirm {
                    title: ta("remove-question", &[("name", name.clone().into())]),
                    body: t("remove-body"),
                    verb: t("remove-member"),
                    danger: true,
                    act: Act::new(move |()| store.quietly(Command::ConversationRemove(members.clone()))),
                }));
            }));
        }
        store.menu.set(Some(OpenMenu::at(&event, items)));
    };
    let more = (!me).then(|| {
        let label = ta("member-menu", &[("name", name.clone().into())]);
        view! { <IconButton name=label shape=Icon::More small=true menu=true on_click=menu/> }
    });
    view! {
        <div class="member" role="listitem">
            <Avatar name=name.clone() seed=member.address.clone() size="small"/>
            <span><bdi class="row-name">{name}</bdi><small><bdi>{member.address.clone()}</bdi></small></span>
            {checked} {role} {more}
        </div>
    }
}

fn person(store: Store, chat: &Conversation, address: String) -> impl IntoView + use<> {
    // Changes while one looks at it: by the button below, or on another device.
    let blocked = {
        let address = address.clone();
        Memo::new(move |_| {
            store.contacts.with(|all| all.get(&address).is_some_and(|contact| contact.blocked))
        })
    };
    let name = store.name_of(&address);
    let name_there = name.clone();
    let kept = store.contacts.with(|all| all.get(&address).and_then(|contact| contact.nickname.clone()));
    let nickname = RwSignal::new(kept.clone().unwrap_or_default());
    let changed = move || nickname.with(|now| *now != kept.clone().unwrap_or_default());
    let whose = address.clone();
    let rename = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        store.nickname(whose.clone(), nickname.get_untracked());
    };
    let (compare, whom) = (address.clone(), address.clone());
    let talk = Talk::Report(address.clone(), Some(chat.conversation.clone()));
    let report = move |()| store.dialog.set(Some(Dialog::Talk(talk.clone())));
    let who = Who { who: address };
    let act = move |()| {
        let who = who.clone();
        if blocked.get_untracked() {
            return run(store, Command::ContactUnblock(who));
        }
        store.dialog.set(Some(Dialog::Confirm {
            title: ta("block-question", &[("name", name.clone().into())]),
            body: t("block-body"),
            verb: t("block"),
            danger: true,
            act: Act::new(move |()| run(store, Command::ContactBlock(who.clone()))),
        }));
    };
    let compared = store.contacts.with(|all| all.get(&compare).is_some_and(|contact| contact.verified));
    // Not the same as never compared: what was compared holds no more.
    let is_new = RwSignal::new(false);
    let asked = whom.clone();
    spawn_local(async move {
        let safety = store.safety(asked).await;
        is_new.try_set(safety.is_ok_and(|safety| safety.changed));
    });
    let hint = move || match (compared, is_new.get()) {
        (true, _) => t("safety-is-verified"),
        (false, true) => ta("safety-changed", &[("name", name_there.clone().into())]),
        (false, false) => t("safety-compare"),
    };
    let shape = move || {
        icon(match (compared, is_new.get()) {
            (true, _) => Icon::Check,
            (false, true) => Icon::Warning,
            (false, false) => Icon::Eye,
        })
    };
    let safety = view! {
        <button type="button" class="fact line-button" on:click=move |_| store.dialog.set(Some(Dialog::Safety(whom.clone())))>
            {shape}<span>{t("safety-number")}<small>{hint}</small></span>
        </button>
    };
    let button = move || {
        let (label, weight) =
            if blocked.get() { (t("unblock"), Weight::Quiet) } else { (t("block"), Weight::Danger) };
        view! { <Button label=label weight=weight on_click=act.clone()/> }
    };
    view! {
        <form class="form nickname" on:submit=rename>
            <Field label=t("nickname") value=nickname hint=t("nickname-hint") most=60/>
            {move || changed().then(|| view! { <Button label=t("save") submit=true/> })}
        </form>
        {safety}
        <div class="buttons"><Button label=t("report") weight=Weight::Quiet on_click=report/>{button}</div>
    }
}

fn run(store: Store, command: Command) {
    store.quietly(command);
}

fn leave(store: Store, chat: &Conversation, name: &str) -> impl IntoView + use<> {
    let (id, name) = (chat.conversation.clone(), name.to_owned());
    let act = move |()| {
        let id = id.clone();
        let leave = move |()| {
            let wanted = InConversation { conversation: id.clone() };
            spawn_local(async move {
                match ask::<Value>(Command::ConversationLeave(wanted)).await {
                    Ok(_) => store.go(Route::Chats),
                    Err(error) => store.fails(&error),
                }
            });
        };
        store.dialog.set(Some(Dialog::Confirm {
            title: ta("leave-question", &[("name", name.clone().into())]),
            body: t("leave-body"),
            verb: t("leave-group"),
            danger: true,
            act: Act::new(leave),
        }));
    };
    view! { <div class="buttons"><Button label=t("leave-group") weight=Weight::Danger on_click=act/></div> }
}
