//! Bringing a chat from another messenger: its export is read on this page, shown, and put into a conversation. It stays on
//! this device and goes to nobody.

use std::collections::BTreeSet;

use casemate_api::command::{HistoryAdd, OldMessage};
use casemate_api::{Command, Error, Kind, view};
use casemate_history::{Archive, Chat, Civil, How, Line, Order, Reading, archive, chat, letters};
use js_sys::{Array, Date, Uint8Array};
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use crate::engine::{ask, lend_file};
use crate::locale::{t, ta, when};
use crate::store::route::Route;
use crate::store::{Stays, Store, use_store};
use crate::text::plain::one_line;
use crate::ui::browser;
use crate::ui::button::{Button, Field, Weight};

/// Messages of one part, and files of one part.
const PART: usize = 400;
const FILES: usize = 8;

/// A page holds the whole export in memory while it reads it.
const MOST_BYTES: f64 = 1024.0 * 1024.0 * 1024.0;

/// What was read.
struct Export {
    /// What the file is called.
    file: String,
    bytes: Vec<u8>,
    chat: Chat,
}

impl Export {
    /// Reads it again with what the person said of its dates.
    fn read_as(&mut self, order: Order) {
        let how = How { order: Some(order), latest: tomorrow() };
        if let Ok(chat) = chat_of(&self.file, &self.bytes, &how) {
            self.chat = chat;
        }
    }
}

/// The file, then what is in it, then how far it is.
#[component]
pub fn Import() -> impl IntoView {
    let store = use_store();
    let picker = NodeRef::<Input>::new();
    let export = StoredValue::new_local(None::<Export>);
    let ready = RwSignal::new(false);
    let trouble = RwSignal::new(None::<String>);
    let name = RwSignal::new(String::new());
    let me = RwSignal::new(String::new());
    let into = RwSignal::new(String::new());
    // Where the chat leaves open which comes first, day or month; and from when to when it is.
    let asks = RwSignal::new(false);
    let order = RwSignal::new(None::<Order>);
    let span = RwSignal::new(None::<String>);
    let progress = RwSignal::new(None::<(u32, u32)>);
    let reading = RwSignal::new(false);
    let ended = StoredValue::new(false);
    // Where a try that broke off had begun to put it: the next one goes on there.
    let begun = StoredValue::new(None::<String>);
    let picked = move |_| {
        let Some(input) = picker.get_untracked() else { return };
        let file = browser::files(input.files()).into_iter().next();
        // The same one can be chosen again.
        input.set_value("");
        let Some(file) = file else { return };
        trouble.set(None);
        ready.set(false);
        begun.set_value(None);
        into.set(String::new());
        order.set(None);
        reading.set(true);
        me.set(String::new());
        spawn_local(async move {
            let read = read(&file).await;
            reading.try_set(false);
            match read {
                Ok(found) => {
                    let own = own_name(store, &found.chat);
                    let mut others = found.chat.authors.iter().filter(|one| Some(*one) != own.as_ref());
                    let other =
                        if found.chat.authors.len() == 2 { others.next_back().cloned() } else { None };
                    let called = casemate_history::name(&file.name()).map(str::to_owned);
                    let called = one_line(&called.or(other).unwrap_or_default(), 60);
                    // One that the page went away from is gone on with; what is there already is not brought twice.
                    if let Some(brought) = brought(store, &called) {
                        into.try_set(brought);
                    }
                    name.try_set(called);
                    me.try_set(own.unwrap_or_default());
                    asks.try_set(!found.chat.open.is_empty());
                    span.try_set(days(&found.chat).filter(|_| found.chat.open.is_empty()));
                    export.try_set_value(Some(found));
                    ready.try_set(true);
                }
                Err(sentence) => drop(trouble.try_set(Some(sentence))),
            }
        });
    };
    let begin = move |()| {
        let Some(found) = export.try_update_value(Option::take).flatten() else { return };
        let chosen = Some(into.get_untracked()).filter(|id| !id.is_empty());
        let mut conversation = chosen.or_else(|| begun.get_value());
        let (called, own) = (name.get_untracked(), me.get_untracked());
        trouble.set(None);
        ended.set_value(false);
        spawn_local(async move {
            let (done, left_out) = {
                let mut bringing = Bringing {
                    chat: &found.chat,
                    zip: Archive::open(&found.bytes).ok(),
                    conversation: &mut conversation,
                    name: called,
                    me: own,
                    left_out: 0,
                };
                (bringing.bring(progress, ended).await, bringing.left_out)
            };
            // Its person may be somewhere else by now.
            let watched = progress.try_set(None).is_none();
            if let Some(conversation) = &conversation {
                store.refresh_conversation(conversation).await;
            }
            if done.is_ok() && left_out > 0 {
                let words = ta("import-left-out", &[("count", u64::from(left_out).into())]);
                store.toast.set(Some((words, Stays::Long)));
            }
            match (done, conversation) {
                (Ok(()), Some(conversation)) if watched => {
                    store.dialog.set(None);
                    store.go(Route::chat(conversation));
                }
                (Ok(()), _) => {}
                (Err(sentence), conversation) if watched => {
                    export.try_set_value(Some(found));
                    begun.try_set_value(conversation);
                    ready.try_update(|_| {});
                    trouble.try_set(Some(sentence));
                }
                (Err(sentence), _) => store.say(sentence),
            }
        });
    };
    let found = move || {
        if !ready.get() || progress.get().is_some() {
            return None;
        }
        let (messages, files, authors, open, odd, cut) = export.try_with_value(|export| {
            let chat = &export.as_ref()?.chat;
            let files = chat.lines.iter().filter(|line| line.file.is_some()).count();
            Some((chat.lines.len(), files, chat.authors.clone(), chat.open.clone(), odd(chat), chat.cut))
        })??;
        let option = |author: String| {
            let mine = me.with_untracked(|me| *me == author);
            view! { <option value=author.clone() selected=mine>{one_line(&author, 60)}</option> }
        };
        let authors = authors.into_iter().take(300).map(option).collect_view();
        let cut = cut.then(|| {
            view! { <p class="notice look" role="alert">{ta("import-cut", &[("count", messages.into())])}</p> }
        });
        let odd = odd.into_iter().map(|words| view! { <p class="notice look">{words}</p> }).collect_view();
        let orders = open.iter().map(|reading| order_option(reading, order.get_untracked())).collect_view();
        let is_open = !open.is_empty();
        let ordered = move |event| {
            let chosen =
                open.iter().map(|reading| reading.order).find(|one| word(*one) == event_target_value(&event));
            export.try_update_value(|export| Some(export.as_mut()?.read_as(chosen?)));
            span.set(chosen.and_then(|_| export.try_with_value(|export| days(&export.as_ref()?.chat))?));
            begun.set_value(None);
            order.set(chosen);
        };
        let choice = is_open.then(|| {
            view! {
                <label class="field"><span class="field-label">{t("import-order")}</span>
                    <select class="list-text" aria-label=t("import-order") on:change=ordered>
                        <option value="">{t("import-order-choose")}</option>{orders}
                    </select>
                </label>
            }
        });
        Some(view! {
            <p><b>{ta("found-count", &[("count", messages.into())])}</b>" · "{ta("import-files", &[("count", files.into())])}<br/><small>{move || span.get()}</small></p>
            {cut} {odd}
            {choice}
            <label class="field"><span class="field-label">{t("import-me")}</span>
                <select class="list-text" aria-label=t("import-me") on:change=move |event| me.set(event_target_value(&event))>
                    <option value="" selected=me.with_untracked(String::is_empty)>{t("import-nobody")}</option>{authors}
                </select>
            </label>
            <label class="field"><span class="field-label">{t("import-into")}</span>
                <select class="list-text" aria-label=t("import-into") on:change=move |event| {
                    begun.set_value(None);
                    into.set(event_target_value(&event));
                }>
                    <option value="">{t("import-new")}</option>{chats(store, &into.get_untracked())}
                </select>
            </label>
            {move || into.with(String::is_empty).then(|| view! { <Field label=t("import-name") value=name most=60/> })}
        })
    };
    let bar = move || {
        progress.get().map(|(done, of)| {
            view! {
                <progress aria-label=t("progress") max=of.to_string() value=done.to_string()></progress>
                <p class="soft" role="status">{ta("import-progress", &[("done", u64::from(done).into()), ("of", u64::from(of).into())])}</p>
            }
        })
    };
    // What is brought so far stays; without anything under way the window closes.
    let cancel = move |()| match progress.with_untracked(Option::is_some) {
        true => ended.set_value(true),
        false => store.dialog.set(None),
    };
    let choose = move |_| {
        if let Some(input) = picker.get_untracked() {
            input.click();
        }
    };
    let can = move || {
        ready.get()
            && progress.get().is_none()
            && (!asks.get() || order.get().is_some())
            && (!into.with(String::is_empty) || !name.with(|name| name.trim().is_empty()))
    };
    view! {
        <h2>{t("import-title")}</h2>
        <p class="soft">{t("import-hint")}</p>
        <input node_ref=picker type="file" accept=".zip,.txt" class="hidden" tabindex="-1" aria-hidden=true.to_string() on:change=picked/>
        {move || trouble.get().map(|sentence| view! { <p class="notice look" role="alert">{sentence}</p> })}
        {move || reading.get().then(|| view! { <p class="soft" role="status">{t("import-reading")}</p> })}
        {found} {bar}
        <div class="buttons">
            <Button label=t("cancel") weight=Weight::Quiet on_click=cancel/>
            // Not drawn anew: the browser gives the focus back to it once a file is chosen.
            <button type="button" class="button" class:quiet=move || ready.get() disabled=move || progress.get().is_some() on:click=choose>{t("import-choose")}</button>
            <Button label=t("import-begin") disabled=Signal::derive(move || !can()) on_click=begin/>
        </div>
    }
}

/// From when to when, so that a person sees where day and month were taken for each other.
fn days(chat: &Chat) -> Option<String> {
    let times = || chat.lines.iter().map(|line| line.at);
    let day = |at: Civil| when::date(&rfc3339(at)).into();
    Some(ta("import-days", &[("first", day(times().min()?)), ("last", day(times().max()?))]))
}

/// What a person chooses from: the days between which the chat would be.
fn order_option(reading: &Reading, chosen: Option<Order>) -> impl IntoView + use<> {
    let key = if reading.order == Order::Month { "import-order-month" } else { "import-order-day" };
    let day = |at: Civil| when::date(&rfc3339(at)).into();
    let words = ta(key, &[("first", day(reading.first)), ("last", day(reading.last))]);
    view! { <option value=word(reading.order) selected=chosen == Some(reading.order)>{words}</option> }
}

fn word(order: Order) -> &'static str {
    match order {
        Order::Day => "day",
        Order::Month => "month",
        Order::Year => "year",
    }
}

/// What of the file is not shown, or not as a message.
fn odd(chat: &Chat) -> Vec<String> {
    let line = || one_line(chat.first_odd.as_deref().unwrap_or_default(), 100);
    let count = |number: usize| ("count", number.into());
    let wordless = (chat.wordless > 0).then(|| ta("import-wordless", &[count(chat.wordless)]));
    let out =
        (chat.left_out > 0).then(|| ta("import-lines-out", &[count(chat.left_out), ("line", line().into())]));
    let copied = (chat.copied > 0 && chat.left_out == 0)
        .then(|| ta("import-lines-copied", &[count(chat.copied), ("line", line().into())]));
    [wordless, out, copied].into_iter().flatten().collect()
}

/// Whoever of the authors is called as this account's person.
fn own_name(store: Store, chat: &Chat) -> Option<String> {
    let account = store.account.get_untracked()?;
    let names = [account.display_name, account.name].map(|name| fold(&name));
    chat.authors.iter().find(|author| names.contains(&fold(author))).cloned()
}

fn fold(name: &str) -> String {
    name.trim().to_lowercase()
}

fn chats(store: Store, chosen: &str) -> impl IntoView + use<> {
    let option = |chat: view::Conversation| {
        let name = store.title_of(&chat);
        let selected = chat.conversation == chosen;
        view! { <option value=chat.conversation selected=selected>{name}</option> }
    };
    let all = store.conversations.get_untracked();
    untrack(|| all.into_iter().map(option).collect_view())
}

/// A chat of this name that was brought before.
fn brought(store: Store, name: &str) -> Option<String> {
    let all = store.conversations.get_untracked().into_iter().filter(|chat| chat.kind == "imported");
    untrack(|| {
        let mut same = all.filter(|chat| fold(&store.title_of(chat)) == fold(name));
        same.next().map(|chat| chat.conversation)
    })
}

async fn read(file: &File) -> Result<Export, String> {
    if file.size() > MOST_BYTES {
        return Err(t("import-large"));
    }
    let buffer = JsFuture::from(file.array_buffer()).await.map_err(|_| t("import-unreadable"))?;
    let bytes = Uint8Array::new(&buffer).to_vec();
    let chat = chat_of(&file.name(), &bytes, &How { order: None, latest: tomorrow() })?;
    Ok(Export { file: file.name(), bytes, chat })
}

fn chat_of(file: &str, bytes: &[u8], how: &How) -> Result<Chat, String> {
    let chat = match bytes.starts_with(b"PK") {
        false if bytes.len() as u64 > chat::CHAT_BYTES => return Err(t("import-large")),
        false => chat::read_as(&letters(bytes), &BTreeSet::new(), how),
        true => {
            let zip = Archive::open(bytes).map_err(|why| refused(&why))?;
            let text = zip.chat_text(file).map_err(|why| refused(&why))?;
            let names: BTreeSet<String> = zip.entries.iter().map(|entry| entry.name.clone()).collect();
            chat::read_as(&letters(&text), &names, how)
        }
    };
    match (&chat.first_odd, chat.lines.is_empty()) {
        (Some(line), true) => Err(ta("said-import-not-understood", &[("line", one_line(line, 100).into())])),
        (None, true) => Err(t("import-no-chat")),
        _ => Ok(chat),
    }
}

/// No chat goes on later, in whatever zone it was exported.
fn tomorrow() -> Option<Civil> {
    const DAY_MS: f64 = 24.0 * 3_600_000.0;
    let day = Date::new(&JsValue::from_f64(Date::now() + DAY_MS));
    Some(Civil {
        year: u16::try_from(day.get_full_year()).ok()?,
        month: day.get_month() as u8 + 1,
        day: day.get_date() as u8,
        hour: day.get_hours() as u8,
        minute: day.get_minutes() as u8,
        second: day.get_seconds() as u8,
    })
}

fn refused(why: &archive::Refused) -> String {
    match why {
        archive::Refused::NotZip | archive::Refused::NoChat => t("import-no-chat"),
        archive::Refused::Damaged => t("import-unreadable"),
        archive::Refused::Encrypted => t("import-encrypted"),
        archive::Refused::TooLarge | archive::Refused::Unsupported => t("import-large"),
    }
}

/// An export on its way into a conversation.
struct Bringing<'a> {
    chat: &'a Chat,
    zip: Option<Archive<'a>>,
    /// Known from the first part on.
    conversation: &'a mut Option<String>,
    name: String,
    me: String,
    /// Files that could not be brought.
    left_out: u32,
}

impl Bringing<'_> {
    /// Part by part, so that the page stays alive and what is done stays done: whoever brings the same into the same conversation
    /// again adds what is missing.
    async fn bring(
        &mut self,
        progress: RwSignal<Option<(u32, u32)>>,
        ended: StoredValue<bool>,
    ) -> Result<(), String> {
        let chat = self.chat;
        let lines = &chat.lines[..];
        let mut place = 0;
        progress.try_set(Some((0, lines.len() as u32)));
        while place < lines.len() && !(place > 0 && ended.try_get_value() == Some(true)) {
            let (mut end, mut files) = (place, 0);
            while end < lines.len() && end - place < PART && files < FILES {
                files += usize::from(lines[end].file.is_some());
                end += 1;
            }
            self.part(place, &lines[place..end]).await.map_err(|error| error.message)?;
            place = end;
            progress.try_set(Some((place as u32, lines.len() as u32)));
        }
        Ok(())
    }

    /// A part. Where one of its files is refused all of it is: then each file goes alone, and that one's message without it.
    async fn part(&mut self, place: usize, lines: &[Line]) -> Result<(), Error> {
        let Err(error) = self.add(place, lines, true).await else { return Ok(()) };
        if error.kind == Kind::StorageFull || lines.iter().all(|line| line.file.is_none()) {
            return Err(error);
        }
        let mut at = place;
        for some in lines.chunk_by(|one, next| one.file.is_none() && next.file.is_none()) {
            if self.add(at, some, true).await.is_err() {
                self.add(at, some, false).await?;
            }
            at += some.len();
        }
        Ok(())
    }

    async fn add(&mut self, place: usize, lines: &[Line], with_files: bool) -> Result<(), Error> {
        let mut messages = Vec::with_capacity(lines.len());
        let mut left_out = 0;
        for line in lines {
            let name = line.file.as_deref();
            let file = match name.filter(|_| with_files) {
                Some(name) => self.lend(name).await?,
                None => None,
            };
            let missing = name.filter(|_| file.is_none());
            left_out += u32::from(missing.is_some());
            // A picture without words would be nothing at all.
            let named = missing.filter(|_| line.text.is_empty());
            messages.push(OldMessage {
                at: rfc3339(line.at),
                author: line.author.clone(),
                mine: !self.me.is_empty() && line.author.as_deref() == Some(&self.me[..]),
                text: named.unwrap_or(&line.text).to_owned(),
                caption: named.map(|_| String::new()).or_else(|| line.caption.clone()),
                file,
            });
        }
        let add = HistoryAdd {
            conversation: self.conversation.clone(),
            name: Some(self.name.clone()),
            total: self.chat.lines.len() as u32,
            place: place as u32,
            messages,
        };
        let made = ask::<view::ConversationCreated>(Command::HistoryAdd(add)).await?;
        *self.conversation = Some(made.conversation);
        self.left_out += left_out;
        Ok(())
    }

    /// A file out of the archive; none where it cannot be unpacked.
    async fn lend(&self, name: &str) -> Result<Option<String>, Error> {
        let unpacked = self.zip.as_ref().and_then(|zip| zip.read(zip.find(name)?).ok());
        let Some(unpacked) = unpacked else { return Ok(None) };
        let part = Array::of1(&Uint8Array::from(&unpacked[..]));
        match File::new_with_buffer_source_sequence(&part, name) {
            Ok(file) => lend_file(&file).await.map(Some),
            Err(_) => Ok(None),
        }
    }
}

/// In this browser's zone.
fn rfc3339(at: Civil) -> String {
    let date = Date::new(&JsValue::from_f64(0.0));
    date.set_full_year_with_month_date(u32::from(at.year), i32::from(at.month) - 1, i32::from(at.day));
    date.set_hours(u32::from(at.hour));
    date.set_minutes(u32::from(at.minute));
    date.set_seconds(u32::from(at.second));
    String::from(date.to_iso_string())
}
