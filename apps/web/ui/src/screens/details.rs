//! What is known of a conversation, and what can be changed about it.

use casemate_api::Command;
use casemate_api::command::{
    Allowed, ConversationSet, InConversation, Members, Permissions, PermissionsSet, Who,
};
use casemate_api::view::{Conversation, Information, Member};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::call_link;
use super::chats::seed;
use super::contacts::{ask_to_block, reach};
use super::gallery::Gallery;
use super::group::{Description, Joins, link_line};
use super::mute::mute;
use super::talk::Talk;
use crate::engine::ask;
use crate::locale::{t, ta};
use crate::store::route::Route;
use crate::store::{Store, use_store};
use crate::text::plain::{folded, matches, one_line, tame};
use crate::ui::act::Act;
use crate::ui::avatar::{Avatar, picture_of};
use crate::ui::bubble::is_admin;
use crate::ui::button::{Button, Field, IconButton, Switch, Weight};
use crate::ui::dialog::Dialog;
use crate::ui::icon::{Icon, icon};
use crate::ui::menu::{Item, OpenMenu};
use crate::ui::picture_choice::PictureChoice;
use crate::ui::portrait::Portrait;

/// Timers to choose from, in seconds.
const TIMERS: [u32; 7] = [0, 30, 300, 3_600, 86_400, 604_800, 2_419_200];

/// Members drawn at first.
const MEMBERS_SHOWN: usize = 50;

/// Letters of what somebody says about themselves.
const ABOUT: usize = 300;

/// Fewer members than this are found by looking.
const SEARCHED_FROM: usize = 8;

/// Of the conversation with this id.
#[component]
pub fn Details(id: String) -> impl IntoView {
    let store = use_store();
    let id = StoredValue::new(id);
    // Without what changes with every message: drawn anew, a form would lose what is being typed into it.
    let chat = Memo::new(move |_| {
        id.with_value(|id| store.conversation(id)).map(|mut chat| {
            // Who left or was removed is none of them any more.
            if matches!(chat.standing.as_str(), "left" | "removed") {
                chat.members.retain(|member| !store.is_me(&member.address));
            }
            Conversation {
                active: String::new(),
                unread: 0,
                marked_unread: false,
                typing: Vec::new(),
                presence: None,
                draft: None,
                scheduled: 0,
                last: None,
                ..chat
            }
        })
    });
    let gallery = RwSignal::new(false);
    let there = Memo::new(move |_| chat.with(Option::is_some));
    let group = of(chat, |chat| chat.kind == "group");
    let may = of(chat, move |chat| may_edit(store, chat));
    let whom = of(chat, move |chat| other(store, chat).filter(|_| chat.kind != "group"));
    let leaves = of(chat, |chat| chat.kind == "group" && chat.standing == "active");
    // Not drawn anew with what changes elsewhere, while somebody types, looks for somebody or cuts a picture there.
    let head = move || there.get().then(|| view! { <Head chat may=may.get()/> });
    let acts = move || there.get().then(|| view! { <Acts chat/> });
    let words = move || group.get().then(|| view! { <Words chat may=may.get()/> });
    let facts = move || there.get().then(|| view! { <Facts chat gallery/> });
    let members = move || group.get().then(|| view! { <MemberList chat/> });
    let person = move || whom.get().map(|address| view! { <Person conversation=id.get_value() address/> });
    let leave = move || leaves.get().then(|| leave(store, chat));
    move || {
        if gallery.get() {
            view! { <Gallery conversation=id.get_value() open=gallery/> }.into_any()
        } else {
            view! {
                <header class="bar">
                    <IconButton name=t("close") shape=Icon::Close on_click=move |_| store.back()/>
                    <h1>{t("details")}</h1>
                </header>
                <div class="scroll details-body">{head} {acts} {words} {facts} {members} {person} {leave}</div>
            }
            .into_any()
        }
    }
}

/// Something about the conversation, which changes only where that does.
fn of<T: Clone + Default + PartialEq + Send + Sync + 'static>(
    chat: Memo<Option<Conversation>>,
    what: impl Fn(&Conversation) -> T + Send + Sync + 'static,
) -> Memo<T> {
    Memo::new(move |_| chat.with(|chat| chat.as_ref().map(&what).unwrap_or_default()))
}

/// Picture, name, and who it is or how many.
#[component]
fn Head(chat: Memo<Option<Conversation>>, may: bool) -> impl IntoView {
    let store = use_store();
    let name = of(chat, move |chat| store.title_of(chat));
    let seed = of(chat, move |chat| seed(store, chat));
    let line = of(chat, move |chat| match chat.kind.as_str() {
        "group" => ta("member-count", &[("count", chat.members.len().into())]),
        _ => other(store, chat).unwrap_or_default(),
    });
    // As the circle has it: of a person it may come after the chat.
    let shown = Memo::new(move |_| picture_of(store, &seed.read()));
    let about = Memo::new(move |_| {
        let pair = |chat: &Option<Conversation>| {
            chat.as_ref().filter(|chat| chat.kind != "group").and_then(|chat| other(store, chat))
        };
        let address = chat.with(pair)?;
        store.contacts.with(|all| Some(one_line(&all.get(&address)?.about, ABOUT)))
    });
    let about = move || {
        let about = about.get().filter(|about| !about.is_empty());
        about.map(|about| view! { <p class="description" dir="auto">{about}</p> })
    };
    let picture = if may {
        let has = Memo::new(move |_| shown.with(Option::is_some));
        let set = move |path: String| {
            if let Some(chat) = chat.get_untracked() {
                store.set_conversation(ConversationSet { picture: Some(path), ..change(&chat) });
            }
        };
        view! { <PictureChoice name seed has on_set=set/> }.into_any()
    } else {
        view! { <Portrait name seed picture=shown/> }.into_any()
    };
    view! {
        <div class="details-head">{picture}<bdi class="details-name">{move || name.get()}</bdi><small><bdi>{move || line.get()}</bdi></small>{about}</div>
    }
}

/// What one does most with somebody, or with a group.
#[component]
fn Acts(chat: Memo<Option<Conversation>>) -> impl IntoView {
    let store = use_store();
    let id = of(chat, |chat| chat.conversation.clone());
    let callable = of(chat, move |chat| store.may_call(chat));
    let busy = Signal::derive(move || store.calling.taken().is_some());
    let calls = move || {
        callable.get().then(|| {
            let call = move |video: bool| move |_: leptos::ev::MouseEvent| store.call(id.get_untracked(), video);
            view! {
                <button type="button" class="details-act" disabled=busy on:click=call(false)>{icon(Icon::Phone)}<span>{t("call-voice")}</span></button>
                <button type="button" class="details-act" disabled=busy on:click=call(true)>{icon(Icon::Video)}<span>{t("call-video")}</span></button>
            }
        })
    };
    let search = move |_| {
        store.search_in.set(Some(id.get_untracked()));
        store.back();
    };
    let muting = move || chat.get().map(|chat| mute(store, &chat));
    let shape = move || muting().map(|item| icon(item.shape));
    let label = move || muting().map(|item| item.label);
    let press = move |_| {
        if let Some(item) = untrack(muting) {
            item.act.run(());
        }
    };
    view! {
        <div class="details-acts">
            {calls}
            <button type="button" class="details-act" on:click=search>{icon(Icon::Search)}<span>{t("search")}</span></button>
            <button type="button" class="details-act" on:click=press>{shape}<span>{label}</span></button>
        </div>
    }
}

/// What a group is called and what it is about.
#[component]
fn Words(chat: Memo<Option<Conversation>>, may: bool) -> impl IntoView {
    let id =
        chat.with_untracked(|chat| chat.as_ref().map(|chat| chat.conversation.clone())).unwrap_or_default();
    // What others wrote: it may not turn around what stands beside it here either.
    let name = of(chat, |chat| tame(&chat.name));
    let about = of(chat, |chat| {
        tame(
            chat.information.as_ref().map(|information| information.description.as_str()).unwrap_or_default(),
        )
    });
    let rename = may.then(|| view! { <Rename id=id.clone() name/> });
    view! { {rename} <Description id about may/> }
}

/// What else is known of it and may be changed.
#[component]
fn Facts(chat: Memo<Option<Conversation>>, gallery: RwSignal<bool>) -> impl IntoView {
    let store = use_store();
    let id = of(chat, |chat| chat.conversation.clone());
    let known = of(chat, |chat| chat.information.is_some());
    let timer = move || known.get().then(|| timer(store, chat));
    let holds = of(chat, |chat| chat.standing == "active" && chat.kind != "own");
    let strict = of(chat, |chat| chat.strict);
    let strict = move || holds.get().then(|| super::strict::choice(store, id.get(), strict));
    let encryption = of(chat, |chat| {
        // The engine names what is against quantum computers by its key exchange.
        let going_on = chat.information.as_ref().filter(|_| chat.standing != "gone");
        going_on.map(|one| (one.encryption.contains("X-Wing"), one.devices))
    });
    let encryption = move || {
        encryption.get().map(|(lasting, devices)| {
            view! {
                <div class="fact">
                    {icon(Icon::Knock)}<span>{t("encryption")}<small>{if lasting { t("encryption-lasting") } else { t("encryption-usual") }}" · "{ta("device-count", &[("count", devices.into())])}</small></span>
                </div>
            }
        })
    };
    let group = of(chat, |chat| chat.kind == "group");
    let joins = move || {
        let of = id.get();
        group.get().then(|| view! { <div class="cards" role="list"><Joins conversation=of/></div> })
    };
    let adds = of(chat, move |chat| chat.kind == "group" && may_add(store, chat));
    let link = move || adds.get().then(|| link_line(store, id.get()));
    let active = of(chat, |chat| chat.kind == "group" && chat.standing == "active");
    let calls = move || active.get().then(|| call_link::line(id.get()));
    let decides = of(chat, move |chat| {
        is_admin(store, chat) && chat.standing == "active" && chat.information.is_some()
    });
    let permissions = move || decides.get().then(|| permissions(store, chat));
    view! {
        <button type="button" class="line-button" on:click=move |_| gallery.set(true)>{icon(Icon::File)}{t("gallery")}</button>
        {timer} {strict} {encryption} {permissions} {joins} {link} {calls}
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

/// After how many seconds messages disappear there; 0: they stay.
pub fn timer_of(chat: &Conversation) -> u32 {
    chat.information.as_ref().map(|one| one.disappearing_seconds).unwrap_or_default()
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

fn timer(store: Store, chat: Memo<Option<Conversation>>) -> impl IntoView {
    let now = of(chat, timer_of);
    let may = of(chat, move |chat| match chat.kind.as_str() {
        "group" => may_edit(store, chat),
        _ => chat.standing == "active",
    });
    let choose = move |event: leptos::ev::MouseEvent| {
        let Some(chat) = chat.get_untracked() else { return };
        let now = now.get_untracked();
        let item = |seconds: u32| {
            let chat = chat.clone();
            Item::choice(Icon::Clock, timer_name(seconds), seconds == now, move || {
                store.set_conversation(ConversationSet {
                    disappearing_seconds: Some(seconds),
                    ..change(&chat)
                });
            })
        };
        store.menu.set(Some(OpenMenu::at(&event, TIMERS.map(item).to_vec())));
    };
    view! {
        <button type="button" class="fact" disabled=move || !may.get() on:click=choose>
            {icon(Icon::Clock)}<span>{t("disappearing")}<small>{t("disappearing-hint")}</small></span><em>{move || timer_name(now.get())}</em>
        </button>
    }
}

fn permissions(store: Store, chat: Memo<Option<Conversation>>) -> impl IntoView {
    let now = of(chat, |chat| chat.information.as_ref().map(|information| information.permissions));
    let one = move |label: String, of: fn(Permissions) -> Allowed, set: fn(Allowed) -> PermissionsSet| {
        let on = move || now.get().is_some_and(|now| of(now) == Allowed::Members);
        let set = move |on: bool| {
            let Some(chat) = chat.get_untracked() else { return };
            let permissions = Some(set(if on { Allowed::Members } else { Allowed::Admins }));
            store.set_conversation(ConversationSet { permissions, ..change(&chat) });
        };
        view! { <Switch label=label on=Signal::derive(on) on_change=set/> }
    };
    view! {
        <h2 class="heading">{t("members-may")}</h2>
        {one(t("may-send"), |now| now.send, |send| PermissionsSet { send: Some(send), ..PermissionsSet::default() })}
        {one(t("may-add"), |now| now.add, |add| PermissionsSet { add: Some(add), ..PermissionsSet::default() })}
        {one(t("may-edit"), |now| now.edit, |edit| PermissionsSet { edit: Some(edit), ..PermissionsSet::default() })}
    }
}

#[component]
fn MemberList(chat: Memo<Option<Conversation>>) -> impl IntoView {
    let store = use_store();
    let admin = of(chat, move |chat| is_admin(store, chat));
    let may_add = of(chat, move |chat| may_add(store, chat));
    let members = of(chat, |chat| chat.members.clone());
    let add = move |_| {
        let id = chat.with_untracked(|chat| chat.as_ref().map(|chat| chat.conversation.clone()));
        if let Some(id) = id {
            store.dialog.set(Some(Dialog::Talk(Talk::Add(id))));
        }
    };
    let add_button = move || {
        may_add.get().then(|| view! { <button type="button" class="line-button" on:click=add>{icon(Icon::Plus)}{t("add-members")}</button> })
    };
    // A thousand rows at once would make the page slow: some, then more by a press, or those that fit what is typed.
    let total = Memo::new(move |_| members.with(Vec::len));
    let sought = RwSignal::new(String::new());
    let most = RwSignal::new(MEMBERS_SHOWN);
    let fitting = Memo::new(move |_| {
        members.with(|members| {
            sought.with(|sought| {
                let fits = |member: &&Member| {
                    sought.trim().is_empty()
                        || matches(&store.name_or_you(&member.address), sought)
                        || matches(&member.address, sought)
                };
                let mut fitting: Vec<Member> = members.iter().filter(fits).cloned().collect();
                fitting.sort_by_cached_key(|one| {
                    (!store.is_me(&one.address), !one.admin, folded(&store.name_or_you(&one.address)))
                });
                fitting
            })
        })
    });
    let rows = move || {
        let row = |member: Member| member_row(store, chat, member, admin.get());
        fitting.get().into_iter().take(most.get()).map(row).collect_view()
    };
    let nobody = move || {
        let none = fitting.with(Vec::is_empty) && !sought.with(|sought| sought.trim().is_empty());
        none.then(|| view! { <p class="empty">{t("nothing-found")}</p> })
    };
    let more = move || {
        let hidden = fitting.with(Vec::len).saturating_sub(most.get());
        (hidden > 0).then(|| {
            let act = move |()| most.update(|most| *most += 4 * MEMBERS_SHOWN);
            view! { <Button label=t("show-more") weight=Weight::Quiet on_click=act/> }
        })
    };
    let search = move || {
        (total.get() > SEARCHED_FROM).then(|| view! {
            <input
                class="search-input members-search" type="search" aria-label=t("members-search") placeholder=t("members-search") dir="auto"
                prop:value=move || sought.get() on:input=move |event| sought.set(event_target_value(&event))
            />
        })
    };
    view! {
        <h2 class="heading">{move || ta("member-count", &[("count", total.get().into())])}</h2>
        {add_button} {search}
        <div role="list" aria-label=t("members")>{rows}</div>
        {more} {nobody}
    }
}

fn member_row(
    store: Store,
    chat: Memo<Option<Conversation>>,
    member: Member,
    i_am_admin: bool,
) -> impl IntoView {
    let me = store.is_me(&member.address);
    let name = store.name_or_you(&member.address);
    let address = member.address.clone();
    let role = member.admin.then(|| view! { <em>{t("admin")}</em> });
    let claimed = member.claimed.then(|| view! { <em>{t("claimed")}</em> });
    let checked = store.contacts.with(|all| all.get(&member.address).is_some_and(|contact| contact.verified));
    let checked = checked.then(|| {
        view! { <span class="verified" role="img" aria-label=t("verified") title=t("verified")>{icon(Icon::Check)}</span> }
    });
    let gone = store.contacts.with(|all| all.get(&member.address).is_some_and(|contact| contact.gone));
    let devices = match member.devices.filter(|count| *count > 0) {
        _ if gone => Some(format!(" · {}", t("contact-gone"))),
        count => count.map(|count| format!(" · {}", ta("device-count", &[("count", count.into())]))),
    };
    let is_admin = member.admin;
    let shown = name.clone();
    let menu = move |event: leptos::ev::MouseEvent| {
        // The menu stays open while the list below it is drawn anew.
        let Some(chat) = chat.get_untracked() else { return };
        let mut items = Vec::new();
        let blocked = store.contacts.with_untracked(|all| all.get(&address).map(|one| one.blocked));
        let one = address.clone();
        let write = if blocked == Some(false) { t("write") } else { t("send-request") };
        if blocked != Some(true) {
            items.push(Item::new(Icon::Chat, write, move || reach(store, one.clone())));
        }
        let talk = Talk::Report(address.clone(), Some(chat.conversation.clone()));
        let one = address.clone();
        items.push(Item::new(Icon::Lock, t("safety-number"), move || {
            store.dialog.set(Some(Dialog::Safety(one.clone())));
        }));
        items.push(Item::new(Icon::Warning, t("report"), move || {
            store.dialog.set(Some(Dialog::Talk(talk.clone())));
        }));
        let (one, name) = (address.clone(), shown.clone());
        items.push(match blocked {
            Some(true) => Item::new(Icon::Block, t("unblock"), move || reach(store, one.clone())),
            _ => Item::danger(Icon::Block, t("block"), move || {
                let block = Command::ContactBlock(Who { who: one.clone() });
                ask_to_block(store, &name, move |()| store.quietly(block.clone()));
            }),
        });
        if i_am_admin {
            let one = address.clone();
            let label = if is_admin { t("no-longer-admin") } else { t("make-admin") };
            let change = change(&chat);
            items.push(Item::new(Icon::Star, label, move || {
                let (mut set, one) = (change.clone(), vec![one.clone()]);
                *(if is_admin { &mut set.admins_remove } else { &mut set.admins_add }) = one;
                store.set_conversation(set);
            }));
            let (one, name) = (address.clone(), shown.clone());
            items.push(Item::danger(Icon::Leave, t("remove-member"), move || {
                let members = Members { conversation: chat.conversation.clone(), members: vec![one.clone()] };
                store.dialog.set(Some(Dialog::Confirm {
                    title: ta("remove-question", &[("name", name.clone().into())]),
                    body: t("remove-body"),
                    verb: t("remove-member"),
                    danger: true,
                    act: Act::new(move |()| store.change_group(Command::ConversationRemove(members.clone()))),
                }));
            }));
        }
        // What cannot be taken back stands last.
        items.sort_by_key(|item| item.danger);
        store.menu.set(Some(OpenMenu::at(&event, items)));
    };
    let more = (!me).then(|| {
        let label = ta("member-menu", &[("name", name.clone().into())]);
        view! { <IconButton name=label shape=Icon::More small=true menu=true on_click=menu/> }
    });
    view! {
        <div class="member" role="listitem">
            <Avatar name=name.clone() seed=member.address.clone() size="small"/>
            <span><bdi class="row-name">{name}</bdi><small><bdi>{member.address.clone()}</bdi>{devices}</small></span>
            {checked} {claimed} {role} {more}
        </div>
    }
}

/// The other one of a chat of two.
#[component]
fn Person(conversation: String, address: String) -> impl IntoView {
    let store = use_store();
    let contact = {
        let address = address.clone();
        Memo::new(move |_| store.contacts.with(|all| all.get(&address).cloned()).unwrap_or_default())
    };
    // Changes while one looks at it: by the button below, or on another device.
    let blocked = Memo::new(move |_| contact.with(|contact| contact.blocked));
    let compared = Memo::new(move |_| contact.with(|contact| contact.verified));
    let kept = Memo::new(move |_| contact.with(|contact| contact.nickname.clone()).unwrap_or_default());
    let nickname = follows(kept);
    let changed = move || nickname.with(|now| kept.with(|kept| now != kept));
    let (named, whose) = (address.clone(), address.clone());
    let name = Memo::new(move |_| store.name_of(&named));
    let rename = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        store.nickname(whose.clone(), nickname.get_untracked());
    };
    let whom = address.clone();
    let talk = Talk::Report(address.clone(), Some(conversation));
    let report = move |()| store.dialog.set(Some(Dialog::Talk(talk.clone())));
    let who = Who { who: address };
    let act = move |()| {
        let who = who.clone();
        if blocked.get_untracked() {
            return run(store, Command::ContactUnblock(who));
        }
        ask_to_block(store, &name.get_untracked(), move |()| {
            run(store, Command::ContactBlock(who.clone()));
        });
    };
    // Not the same as never compared: what was compared holds no more.
    let is_new = RwSignal::new(false);
    let asked = whom.clone();
    Effect::new(move |_| {
        // What holds of it may have changed with it.
        compared.track();
        let asked = asked.clone();
        spawn_local(async move {
            let safety = store.safety(asked).await;
            is_new.try_set(safety.is_ok_and(|safety| safety.changed));
        });
    });
    let hint = move || match (compared.get(), is_new.get()) {
        (true, _) => t("safety-is-verified"),
        (false, true) => ta("safety-changed", &[("name", name.get().into())]),
        (false, false) => t("safety-compare"),
    };
    let shape = move || {
        icon(match (compared.get(), is_new.get()) {
            (true, _) => Icon::Check,
            (false, true) => Icon::Warning,
            (false, false) => Icon::Lock,
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
        {safety}
        <form class="form nickname" on:submit=rename>
            <Field label=t("nickname") value=nickname hint=t("nickname-hint") most=60/>
            {move || changed().then(|| view! { <Button label=t("save") submit=true/> })}
        </form>
        <div class="buttons"><Button label=t("report") weight=Weight::Quiet on_click=report/>{button}</div>
    }
}

fn run(store: Store, command: Command) {
    store.quietly(command);
}

/// Asks whether a group is to be left.
pub fn ask_to_leave(store: Store, chat: &Conversation) {
    let (id, name) = (chat.conversation.clone(), untrack(|| store.title_of(chat)));
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
        title: ta("leave-question", &[("name", name.into())]),
        body: t("leave-body"),
        verb: t("leave-group"),
        danger: true,
        act: Act::new(leave),
    }));
}

fn leave(store: Store, chat: Memo<Option<Conversation>>) -> impl IntoView {
    let act = move |()| {
        if let Some(chat) = chat.get_untracked() {
            ask_to_leave(store, &chat);
        }
    };
    view! { <div class="buttons"><Button label=t("leave-group") weight=Weight::Danger on_click=act/></div> }
}
