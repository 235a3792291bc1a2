//! A message in its conversation: bubble, name, quote, files, reactions, state, and what can be done with it.

use casemate_api::command::DeleteScope;
use casemate_api::said::said;
use casemate_api::view::{Conversation, Message};
use leptos::prelude::*;

use super::act::Act;
use super::attachment::attachments;
use super::body::body;
use super::browser;
use super::button::IconButton;
use super::card::card;
use super::choosing::{choice, is_at_box, select_item, toggle};
use super::composer::edit;
use super::dialog::Dialog;
use super::icon::{Icon, icon};
use super::link_preview::link_preview;
use super::long_press::LongPress;
use super::menu::{Item, OpenMenu, Quick};
use super::once::once;
use super::place::place;
use super::poll::poll;
use super::swipe::Swipe;
use super::tick::tick;
use crate::locale::{spoken, t, ta, when};
use crate::store::chosen::can_be_deleted_for_all;
use crate::store::list::Joint;
use crate::store::route::Route;
use crate::store::{Store, use_store};
use crate::text::crowd;
use crate::text::emoji::QUICK;
use crate::text::plain::{one_line, tame};

/// One message.
#[component]
pub fn Bubble(message: Message, joint: Joint, group: bool, quoted: Option<Message>) -> impl IntoView {
    let store = use_store();
    if message.kind == "notice" {
        return notice(store, &message).into_any();
    }
    // What somebody else says that this account once wrote is not shown as its own.
    let own = store.is_me(&message.from) && message.shared_by.is_none();
    let name = untrack(|| store.writer_of(&message));
    let chosen = {
        let id = message.message.clone();
        Memo::new(move |_| store.chosen.with(|all| all.as_ref().map(|all| all.has(&id))))
    };
    let class = {
        let base = format!(
            "message{}{}",
            if own { " mine" } else { "" },
            if joint.together { " together" } else { "" }
        );
        move || match chosen.get() {
            Some(true) => format!("{base} choosing chosen"),
            Some(false) => format!("{base} choosing"),
            None => base.clone(),
        }
    };
    let label =
        ta("message-label", &[("name", name.clone().into()), ("time", when::time(&message.at).into())]);
    // In a chat of two as well: what was brought there may be a group's.
    let by = ((group || message.imported) && !own && !joint.together).then(|| {
        let tint = format!("by ink-{}", crate::text::plain::colour(&message.from));
        let claimed = message.claimed.then(|| view! { <small>{t("claimed")}</small> });
        view! { <bdi class=tint>{name.clone()}</bdi> {claimed} }
    });
    let quote = message.reply_to.clone().map(|reply| quote(store, &message.conversation, reply, quoted));
    let inside = if message.deleted && !message.opened {
        let waits = message.change.as_deref() == Some("queued");
        view! { <p class="gone">{t(if waits { "message-deleting" } else { "message-deleted" })}</p> }
            .into_any()
    } else if message.view_once {
        once(&message, own).into_any()
    } else if message.kind == "unknown" {
        view! { <p class="gone">{t("message-unknown")}</p> }.into_any()
    } else {
        let poll = message.poll.as_ref().map(|found| poll(&message, found));
        let contact = message.contact.as_ref().map(card);
        let location = message.location.as_ref().map(place);
        let words = poll.is_none() && contact.is_none() && location.is_none();
        let text = (!message.text.is_empty() && words).then(|| body(&message));
        let behind = link_preview(&message);
        let known = message.known_bad.as_ref().map(|known| {
            let values = [("indicator", tame(&known.indicator).into()), ("list", tame(&known.source).into())];
            view! { <p class="notice look">{icon(Icon::Warning)}<span>{ta("known-bad", &values)}</span></p> }
        });
        let forwarded = (message.forwarded > 0).then(|| {
            let words = if message.forwarded >= 4 { t("forwarded-often") } else { t("forwarded") };
            view! { <span class="forwarded">{icon(Icon::Forward)}{words}</span> }
        });
        let shared = message.shared_by.as_ref().map(|by| {
            let words = ta("shared-by", &[("name", untrack(|| store.name_or_you(by)).into())]);
            view! { <span class="forwarded" title=t("shared-by-hint")>{icon(Icon::People)}{words}</span> }
        });
        let asked = message.request.then(|| {
            view! { <span class="forwarded">{icon(Icon::Knock)}{t("request-words")}</span> }
        });
        view! { {shared} {asked} {forwarded} {attachments(&message, own)} {poll} {contact} {location} {text} {behind} {known} }
            .into_any()
    };
    let failed = (own && message.state == "failed").then(|| failed(store, &message));
    let unchanged = (message.change.as_deref() == Some("failed")).then(|| {
        let why = message.change_why.as_deref().map(spoken).unwrap_or_default();
        view! { <span class="failure">{t("change-failed")}" "{why}</span> }
    });
    let meta = {
        let starred = message.starred.then(|| icon(Icon::Star));
        let pinned = message.pinned.then(|| icon(Icon::Pin));
        let imported = message.imported.then(|| view! { <span>{t("imported")}</span> });
        let edited = (message.edited && !message.deleted).then(|| view! { <span>{t("edited")}</span> });
        // Nothing is known of what was brought along.
        let ticks = (own && !message.imported).then(|| tick(&message));
        let (time, full) = (when::time(&message.at), when::full(&message.at));
        view! { <span class="meta" title=full>{pinned}{starred}{imported}{edited}<time>{time}</time>{ticks}</span> }
    };
    let choose = {
        let message = message.clone();
        move |event: leptos::ev::MouseEvent| {
            // The box says so itself.
            if store.chosen.with_untracked(Option::is_some) && !is_at_box(&event) {
                event.prevent_default();
                event.stop_propagation();
                toggle(store, &message);
            }
        }
    };
    let choice = choice(store, &message, &label, chosen);
    let context = {
        let message = message.clone();
        move |event: leptos::ev::MouseEvent| {
            event.prevent_default();
            open_menu(store, &event, &message);
        }
    };
    let answerable = is_answerable(&message);
    let (press, swipe) = (LongPress::new(), Swipe::new());
    let down = {
        let message = message.clone();
        move |event: web_sys::PointerEvent| {
            let message = message.clone();
            if answerable && store.chosen.with_untracked(Option::is_none) {
                swipe.begin(&event);
            }
            // Where the browser has asked already, one menu is enough.
            press.begin(event, move |event| {
                if store.menu.with_untracked(Option::is_none) && store.chosen.with_untracked(Option::is_none)
                {
                    open_menu(store, event, &message);
                }
            });
        }
    };
    let moved = move |event: web_sys::PointerEvent| {
        press.moved(&event);
        if store.menu.with_untracked(Option::is_none) {
            swipe.moved(&event);
        }
    };
    let up = {
        let message = message.clone();
        move |event: web_sys::PointerEvent| {
            press.end();
            if swipe.up(&event) {
                start_reply(store, &message);
            }
        }
    };
    let cancelled = move |event: web_sys::PointerEvent| {
        press.end();
        swipe.end(&event);
    };
    let actions = actions(store, message.clone(), answerable);
    let reactions = reactions(store, &message);
    view! {
        <div class=class role="group" aria-label=label on:click:capture=choose on:contextmenu=context>
            <div
                class="bubble" on:pointerdown=down on:pointermove=moved
                on:pointerup=up on:pointercancel=cancelled on:touchend=move |event| press.up(&event)
            >
                {by} {quote} {inside} {meta} {failed} {unchanged}
            </div>
            {choice}
            {actions}
            {reactions}
        </div>
    }
    .into_any()
}

/// What Casemate itself says in a conversation.
fn notice(store: Store, message: &Message) -> impl IntoView + use<> {
    // Sentences about safety ask for a look; the rest is quiet.
    let look = message.text.contains("safety number") || message.text.contains("damaged");
    let call = of_call(&message.text);
    let class = match call {
        Some((_, true)) => "notice of-call missed",
        Some((_, false)) => "notice of-call",
        None if look => "notice look",
        None => "notice",
    };
    let shape = call.map(|(shape, _)| icon(shape));
    let compare = whose_change(store, message).map(|who| {
        let open = move |_| store.dialog.set(Some(Dialog::Safety(who.clone())));
        view! { " "<button type="button" class="inline roomy" on:click=open>{t("safety-number")}</button> }
    });
    view! { <p class=class>{shape}{spoken(&tame(&message.text))}{compare}</p> }
}

/// What a line about a call is told by, and whether one missed it.
fn of_call(text: &str) -> Option<(Icon, bool)> {
    match said(text)?.code.as_str() {
        "call-missed" => Some((Icon::Phone, true)),
        "video-call-missed" => Some((Icon::Video, true)),
        "call-was" | "call-unanswered" => Some((Icon::Phone, false)),
        "video-call-was" => Some((Icon::Video, false)),
        _ => None,
    }
}

/// Of whom it says that their safety number or devices changed, if that is one of this conversation.
fn whose_change(store: Store, message: &Message) -> Option<String> {
    let said = said(&message.text)
        .filter(|said| ["safety-changed", "device-added"].contains(&said.code.as_str()))?;
    let named = said.values.get("who")?;
    let chat = untrack(|| store.conversation(&message.conversation))?;
    let others = chat.members.iter().map(|member| &member.address).filter(|address| !store.is_me(address));
    // The engine's sentence has a name, which two in a group may have.
    let mut called = others.filter(|address| untrack(|| store.name_of(address)) == *named);
    called.next().filter(|_| called.next().is_none()).cloned()
}

fn quote(store: Store, conversation: &str, reply: String, quoted: Option<Message>) -> impl IntoView + use<> {
    let name =
        quoted.as_ref().map(|message| untrack(|| store.name_or_you(&message.from))).unwrap_or_default();
    let line = quoted.as_ref().map_or_else(|| t("quote-earlier"), preview);
    let conversation = conversation.to_owned();
    let go = move |_| {
        let at = Route::Chat { conversation: conversation.clone(), message: Some(reply.clone()) };
        store.go_to.set(None);
        store.go(at);
    };
    view! {
        <button type="button" class="quote" on:click=go><bdi class="quote-name">{name}</bdi><bdi>{line}</bdi></button>
    }
}

fn failed(store: Store, message: &Message) -> impl IntoView + use<> {
    let why = message.why.as_deref().map_or_else(|| t("failed-unknown"), spoken);
    let message = message.clone();
    let again = move |_| store.attempt(store.send_now(message.clone()));
    view! { <span class="failure">{why}" "<button type="button" class="inline" on:click=again>{t("try-again")}</button></span> }
}

fn reactions(store: Store, message: &Message) -> Option<impl IntoView + use<>> {
    if message.reactions.is_empty() {
        return None;
    }
    let one = |(emoji, from): (&str, Vec<&str>)| {
        let mine = from.iter().any(|address| store.is_me(address));
        let names = untrack(|| crowd::names(&from, |one| store.name_or_you(one)));
        let shown = one_line(emoji, 2);
        let text = if from.len() > 1 { format!("{shown} {}", from.len()) } else { shown.clone() };
        let (message, emoji) = (message.clone(), emoji.to_owned());
        let label = ta("reaction-label", &[("emoji", text.clone().into()), ("names", names.clone().into())]);
        view! {
            <button
                type="button" class=if mine { "reaction mine" } else { "reaction" } title=names aria-label=label
                on:click=move |_| store.react(&message, &emoji)
            >{text}</button>
        }
    };
    let shown = crowd::by_emoji(&message.reactions, |address| store.is_me(address));
    let all = shown.into_iter().map(one).collect_view();
    Some(view! { <div class="reactions">{all}</div> })
}

/// Beside the bubble; what is gone, or only read, is not answered.
fn actions(store: Store, message: Message, answerable: bool) -> impl IntoView {
    let (react, reply, more) = (message.clone(), message.clone(), message);
    let answers = answerable.then(|| {
        let on_react = move |_| choose_reaction(store, &react);
        view! {
            <IconButton name=t("react") shape=Icon::React small=true on_click=on_react/>
            <IconButton name=t("reply") shape=Icon::Reply small=true on_click=move |_| start_reply(store, &reply)/>
        }
    });
    view! {
        <div class="actions">
            {answers}
            <IconButton
                name=t("more") shape=Icon::More small=true menu=true
                on_click=move |event| open_menu(store, &event, &more)
            />
        </div>
    }
}

fn start_reply(store: Store, message: &Message) {
    store.drafts.update(|drafts| {
        let draft = drafts.entry(message.conversation.clone()).or_default();
        if let Some(edited) = draft.editing.take() {
            draft.text = std::mem::take(&mut draft.begun);
            store.give_up_edit(&edited);
        }
        draft.reply_to = Some(message.clone());
    });
    browser::focus("composer");
}

/// Whether it can be answered and reacted to: it is there, and came in this conversation.
fn is_answerable(message: &Message) -> bool {
    !message.deleted && !message.imported && message.shared_by.is_none()
}

/// Reactions at hand, and below them what can be done.
fn open_menu(store: Store, event: &leptos::ev::MouseEvent, message: &Message) {
    let quick = if is_answerable(message) { quick(store, message) } else { Vec::new() };
    store.menu.set(Some(OpenMenu::at(event, items(store, message)).with_quick(quick)));
}

fn quick(store: Store, message: &Message) -> Vec<Quick> {
    let mine = |emoji: &str| {
        message.reactions.iter().any(|one| one.emoji == emoji && untrack(|| store.is_me(&one.from)))
    };
    let one = |emoji: &'static str| {
        let of = message.clone();
        let act = Act::new(move |()| store.react(&of, emoji));
        Quick { shown: Some(emoji), label: emoji.to_owned(), chosen: mine(emoji), act }
    };
    let of = message.clone();
    let act = Act::new(move |()| choose_reaction(store, &of));
    let others = Quick { shown: None, label: t("react"), chosen: false, act };
    QUICK.into_iter().map(one).chain([others]).collect()
}

/// Any of all there are.
fn choose_reaction(store: Store, message: &Message) {
    let message = message.clone();
    let chosen = Act::new(move |emoji: String| store.react(&message, &emoji));
    store.dialog.set(Some(Dialog::Emoji(chosen)));
}

/// What can be done with a message.
fn items(store: Store, message: &Message) -> Vec<Item> {
    let own = untrack(|| store.is_me(&message.from));
    let copy = |()| message.clone();
    let mut items = Vec::new();
    if message.imported || message.shared_by.is_some() {
        return imported_items(store, message);
    }
    if message.deleted {
        return gone_items(store, message, own);
    }
    let one = copy(());
    items.push(Item::new(Icon::Reply, t("reply"), move || start_reply(store, &one)));
    if !message.text.is_empty() && !message.view_once {
        let one = copy(());
        items.push(Item::new(Icon::Copy, t("copy"), move || store.copy(one.text.clone())));
    }
    if own && message.poll.as_ref().is_some_and(|poll| !poll.closed) {
        let id = message.message.clone();
        items.push(Item::new(Icon::Poll, t("poll-close"), move || {
            let id = id.clone();
            store.dialog.set(Some(Dialog::Confirm {
                title: t("poll-close-question"),
                body: t("poll-close-body"),
                verb: t("poll-close"),
                danger: false,
                act: Act::new(move |()| store.close_poll(id.clone())),
            }));
        }));
    }
    if !message.view_once {
        let one = copy(());
        items.push(Item::new(Icon::Forward, t("forward"), move || {
            store.dialog.set(Some(Dialog::Forward(vec![one.clone()])));
        }));
    }
    if own
        && !message.text.is_empty()
        && message.state != "failed"
        && message.poll.is_none()
        && message.contact.is_none()
        && message.location.is_none()
    {
        let one = copy(());
        items.push(Item::new(Icon::Edit, t("edit"), move || {
            edit(store, one.clone());
        }));
    }
    items.push(star_item(store, message));
    items.push(pin_item(store, message));
    items.push(select_item(store, message));
    items.push(info_item(store, message));
    items.push(delete_item(store, message, DeleteScope::Me));
    let admin =
        untrack(|| store.conversation(&message.conversation).is_some_and(|chat| is_admin(store, &chat)));
    if can_be_deleted_for_all(message, own, admin) {
        items.push(delete_item(store, message, DeleteScope::Everyone));
    }
    items
}

/// What can be done with a message that was deleted: its place is left, and what was put on it before.
fn gone_items(store: Store, message: &Message, own: bool) -> Vec<Item> {
    let mut items = vec![select_item(store, message)];
    if message.starred {
        items.push(star_item(store, message));
    }
    if message.pinned {
        items.push(pin_item(store, message));
    }
    if own {
        items.push(info_item(store, message));
    }
    items.push(delete_item(store, message, DeleteScope::Me));
    items
}

/// What can be done with a message that only this account has.
fn imported_items(store: Store, message: &Message) -> Vec<Item> {
    let one = message.clone();
    vec![
        Item::new(Icon::Copy, t("copy"), move || store.copy(one.text.clone())),
        star_item(store, message),
        delete_item(store, message, DeleteScope::Me),
    ]
}

fn star_item(store: Store, message: &Message) -> Item {
    let message = message.clone();
    let label = if message.starred { t("unstar") } else { t("star") };
    Item::new(Icon::Star, label, move || store.mark(&message, false))
}

fn pin_item(store: Store, message: &Message) -> Item {
    let message = message.clone();
    let label = if message.pinned { t("unpin") } else { t("pin") };
    Item::new(Icon::Pin, label, move || store.mark(&message, true))
}

fn info_item(store: Store, message: &Message) -> Item {
    let message = message.clone();
    Item::new(Icon::Info, t("info"), move || {
        store.dialog.set(Some(Dialog::Info(Box::new(message.clone()))));
    })
}

fn delete_item(store: Store, message: &Message, scope: DeleteScope) -> Item {
    let id = message.message.clone();
    let label = if scope == DeleteScope::Me { t("delete-for-me") } else { t("delete-for-everyone") };
    Item::danger(Icon::Trash, label, move || confirm_delete(store, vec![id.clone()], scope))
}

/// Whether this account may change the group.
pub fn is_admin(store: Store, chat: &Conversation) -> bool {
    chat.kind == "group" && chat.members.iter().any(|member| member.admin && store.is_me(&member.address))
}

/// Asks, then deletes.
pub fn confirm_delete(store: Store, messages: Vec<String>, scope: DeleteScope) {
    let count = messages.len();
    let body = match scope {
        DeleteScope::Me => t("delete-for-me-body"),
        DeleteScope::Everyone => ta("delete-for-everyone-body", &[("count", count.into())]),
    };
    let act = Act::new(move |()| {
        store.delete(messages.clone(), scope);
        store.chosen.set(None);
    });
    store.dialog.set(Some(Dialog::Confirm {
        title: ta("delete-question", &[("count", count.into())]),
        body,
        verb: if scope == DeleteScope::Me { t("delete-for-me") } else { t("delete-for-everyone") },
        danger: true,
        act,
    }));
}

/// How many photos, videos and other files a message has.
fn album_line(message: &Message) -> String {
    use casemate_api::command::AttachmentKind as Kind;
    let count = |kind| message.attachments.iter().filter(|file| file.kind == kind).count();
    let (photos, videos) = (count(Kind::Photo), count(Kind::Video));
    let others = message.attachments.len() - photos - videos;
    let all = [("preview-photos", photos), ("preview-videos", videos), ("preview-files", others)];
    let said = all.into_iter().filter(|(_, count)| *count > 0);
    let said: Vec<String> = said.map(|(key, count)| ta(key, &[("count", count.into())])).collect();
    said.join(" · ")
}

/// A message in one line: for lists, quotes and the composer.
pub fn preview(message: &Message) -> String {
    use casemate_api::command::AttachmentKind as Kind;
    if message.view_once {
        return if message.opened { t("once-opened") } else { t("once-message") };
    }
    if message.deleted {
        return t("message-deleted");
    }
    if message.kind == "notice" {
        return spoken(&tame(&message.text));
    }
    if !message.text.is_empty() {
        // Long texts are cut first: only their beginning is shown.
        let beginning: String = message.text.chars().take(400).collect();
        let beginning = crate::text::fold::covered(beginning);
        return one_line(&crate::text::format::unmarked(&beginning), 120);
    }
    match message.attachments.first() {
        Some(file) if !file.caption.is_empty() => one_line(&file.caption, 120),
        Some(file) => match file.kind {
            Kind::Photo | Kind::Video => album_line(message),
            Kind::Voice => {
                format!("{} · {}", t("preview-voice"), crate::text::plain::duration(file.duration_ms))
            }
            Kind::Sticker => t("preview-sticker"),
            Kind::Document => one_line(&file.name, 60),
        },
        None => String::new(),
    }
}
