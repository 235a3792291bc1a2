//! What narrows a search: who wrote it, what is in it, when. And the messages that were found.

use std::collections::BTreeSet;

use casemate_api::command::{MessageSearch, SearchKind};
use casemate_api::view::Message;
use js_sys::Date;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::locale::{t, when};
use crate::store::list::is_hidden;
use crate::store::route::Route;
use crate::store::{Store, use_store};
use crate::text::found;
use crate::text::plain::{folded, matches};
use crate::ui::body::marked;
use crate::ui::bubble::preview;
use crate::ui::button::{Button, Weight};

/// Messages fetched at once.
const PAGE: u32 = 100;

/// People offered at once. Of more, a list is slow to draw and to go through: they are found by typing.
const LISTED: usize = 50;

/// The choices.
#[derive(Clone, Copy)]
pub struct Filters {
    kind: RwSignal<Option<SearchKind>>,
    from: RwSignal<String>,
    after: RwSignal<String>,
    before: RwSignal<String>,
}

impl Filters {
    /// None of them.
    pub fn new() -> Self {
        Self {
            kind: RwSignal::new(None),
            from: RwSignal::new(String::new()),
            after: RwSignal::new(String::new()),
            before: RwSignal::new(String::new()),
        }
    }

    /// Whether something is chosen.
    pub fn any(self) -> bool {
        let filled = |text: RwSignal<String>| text.with(|text| !text.is_empty());
        self.kind.get().is_some() || filled(self.from) || filled(self.after) || filled(self.before)
    }

    /// Takes all choices back.
    pub fn clear(self) {
        self.kind.set(None);
        for text in [self.from, self.after, self.before] {
            text.set(String::new());
        }
    }

    /// The search for a text with these choices.
    pub fn search(self, text: String, conversation: Option<String>) -> MessageSearch {
        MessageSearch {
            text,
            conversation,
            kind: self.kind.get(),
            from: Some(self.from.get()).filter(|from| !from.is_empty()),
            after: self.after.with(|day| start_of(day, 0)),
            before: self.before.with(|day| start_of(day, 1)),
            limit: Some(PAGE),
            ..MessageSearch::default()
        }
    }
}

/// What a search has found so far, the newest first. Older ones come when somebody wants them.
#[derive(Clone, Copy)]
pub struct Hits {
    /// None while nothing is looked for, and until the first answer.
    found: RwSignal<Option<Vec<Message>>>,
    /// There may be older ones.
    more: RwSignal<bool>,
    /// What was asked last: an answer to anything else comes too late.
    asked: StoredValue<Option<MessageSearch>>,
}

impl Hits {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { found: RwSignal::new(None), more: RwSignal::new(false), asked: StoredValue::new(None) }
    }

    /// Messages so far, the newest first.
    pub fn found(self) -> Option<Vec<Message>> {
        self.found.get()
    }

    /// Nothing was found.
    pub fn is_empty(self) -> bool {
        self.found.with(|found| found.as_ref().is_some_and(Vec::is_empty))
    }

    /// The id of the one at a place.
    pub fn at(self, place: usize) -> Option<String> {
        self.found.with_untracked(|found| Some(found.as_ref()?.get(place)?.message.clone()))
    }

    /// How many so far.
    pub fn count(self) -> usize {
        self.found.with(|found| found.as_ref().map_or(0, Vec::len))
    }

    /// The same, for whoever does not follow it.
    pub fn count_now(self) -> usize {
        self.found.with_untracked(|found| found.as_ref().map_or(0, Vec::len))
    }

    /// Whether older ones may come.
    pub fn has_more(self) -> bool {
        self.more.get()
    }

    /// Looks for something else, or for nothing.
    pub fn look(self, store: Store, search: Option<MessageSearch>) {
        self.asked.set_value(search.clone());
        let Some(search) = search else {
            self.more.set(false);
            return self.found.set(None);
        };
        spawn_local(async move {
            let page = store.find(search.clone()).await;
            if self.asked.try_get_value().flatten() == Some(search) {
                self.more.set(page.len() == PAGE as usize);
                self.found.set(Some(page.into_iter().rev().collect()));
            }
        });
    }

    /// Fetches the next older ones.
    pub async fn older(self, store: Store) {
        let oldest = || self.count_now().checked_sub(1).and_then(|last| self.at(last));
        let asked = self.asked.try_get_value().flatten();
        let Some((search, last)) = asked.zip(oldest()).filter(|_| self.more.get_untracked()) else { return };
        let page = store.find(MessageSearch { older_than: Some(last.clone()), ..search.clone() }).await;
        // Asked twice at once, the first answer counts.
        if self.asked.try_get_value().flatten() == Some(search) && oldest() == Some(last) {
            self.more.set(page.len() == PAGE as usize);
            self.found.update(|found| found.get_or_insert_default().extend(page.into_iter().rev()));
        }
    }
}

/// Below what was found so far.
#[component]
pub fn ShowMore(hits: Hits) -> impl IntoView {
    let store = use_store();
    let older = move |()| spawn_local(hits.older(store));
    move || {
        hits.has_more().then(|| {
            view! { <div class="gallery-more"><Button label=t("show-more") weight=Weight::Quiet on_click=older/></div> }
        })
    }
}

/// The local day's begin, so many days later, as RFC 3339.
pub fn start_of(day: &str, later: u32) -> Option<String> {
    let mut parts = day.split('-').map(str::parse::<u32>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let date = Date::new_with_year_month_day(year, month.checked_sub(1)? as i32, (day + later) as i32);
    (!date.get_time().is_nan()).then(|| String::from(date.to_iso_string()))
}

/// Everybody who may have written somewhere: also whom one met in a group alone.
fn everybody(store: Store) -> BTreeSet<String> {
    let mut people: BTreeSet<String> = store.contacts.with_untracked(|all| all.keys().cloned().collect());
    people.extend(
        store.account.with_untracked(|account| account.as_ref().map(|account| account.address.clone())),
    );
    store.conversations.with_untracked(|all| {
        let members = all.iter().filter(|chat| !is_hidden(chat)).flat_map(|chat| &chat.members);
        people.extend(members.map(|member| member.address.clone()));
    });
    people
}

/// Of many people those whom the words mean, as many as are listed at once, and whoever is chosen.
fn offered(people: &[String], chosen: &str, is_meant: impl Fn(&str) -> bool) -> Vec<String> {
    let mut left = LISTED;
    let is_offered = |address: &&String| {
        let is_listed = left > 0 && is_meant(address);
        left -= usize::from(is_listed);
        is_listed || address.as_str() == chosen
    };
    people.iter().filter(is_offered).cloned().collect()
}

/// The row of filters. `people`: addresses to choose the writer from; else everybody's.
#[component]
pub fn FilterRow(filters: Filters, #[prop(optional)] people: Option<BTreeSet<String>>) -> impl IntoView {
    let store = use_store();
    let chip = move |kind: SearchKind, label: String| {
        let on = move || filters.kind.get() == Some(kind);
        let toggle = move |_| filters.kind.update(|now| *now = (*now != Some(kind)).then_some(kind));
        view! { <button type="button" class="chip" aria-pressed=move || on().to_string() on:click=toggle>{label}</button> }
    };
    let name_of = move |address: &str| untrack(|| store.name_or_you(address));
    // Whose address is not known here is not found by it.
    let people = people.unwrap_or_else(|| everybody(store)).into_iter().filter(|one| one.contains('@'));
    let mut people: Vec<String> = people.collect();
    // Of many only the first are listed: whom one knows.
    let is_known = |one: &str| store.contacts.with_untracked(|all| all.contains_key(one));
    people.sort_by_cached_key(|one| (!store.is_me(one), !is_known(one), folded(&name_of(one))));
    let are_many = people.len() > LISTED;
    let people = StoredValue::new(people);
    let typed = RwSignal::new(String::new());
    let option = move |address: String| {
        let (name, one) = (name_of(&address), address.clone());
        view! { <option value=address prop:selected=move || filters.from.with(|from| *from == one)>{name}</option> }
    };
    let options = move || {
        let typed = typed.get();
        let is_meant = |one: &str| matches(&name_of(one), &typed) || matches(one, &typed);
        let chosen = filters.from.get_untracked();
        let offered = people.with_value(|people| offered(people, &chosen, is_meant));
        offered.into_iter().map(option).collect_view()
    };
    let field = are_many.then(|| {
        view! {
            <input
                type="search" aria-label=t("filter-people") placeholder=t("filter-people") dir="auto" autocomplete="off"
                prop:value=move || typed.get() on:input=move |event| typed.set(event_target_value(&event))
            />
        }
    });
    let date = move |label: String, value: RwSignal<String>| {
        view! {
            <label class="filter-date"><span>{label.clone()}</span>
                <input type="date" max="9999-12-31" aria-label=label prop:value=move || value.get() on:input=move |event| value.set(event_target_value(&event))/>
            </label>
        }
    };
    view! {
        <div class="filters" role="group" aria-label=t("filters")>
            <div class="chips">
                {chip(SearchKind::Media, t("filter-media"))}
                {chip(SearchKind::Links, t("filter-links"))}
                {chip(SearchKind::Documents, t("filter-documents"))}
                {chip(SearchKind::Voice, t("filter-voice"))}
            </div>
            {field}
            <label class="filter-from"><span>{t("filter-from")}</span>
                <select aria-label=t("filter-from") on:change=move |event| filters.from.set(event_target_value(&event))>
                    <option value="" prop:selected=move || filters.from.with(String::is_empty)>{t("filter-anybody")}</option>{options}
                </select>
            </label>
            <div class="filter-dates">{date(t("filter-after"), filters.after)}{date(t("filter-before"), filters.before)}</div>
            {move || filters.any().then(|| view! { <button type="button" class="inline" on:click=move |_| filters.clear()>{t("filters-clear")}</button> })}
        </div>
    }
}

/// A message that was found. `name`: shown in place of its chat's. `typed`: words that are marked in it.
pub fn found_row(store: Store, message: Message, name: Option<String>, typed: &str) -> impl IntoView + use<> {
    let name = name.unwrap_or_else(|| {
        let chat = untrack(|| store.conversation(&message.conversation));
        chat.map(|chat| untrack(|| store.title_of(&chat))).unwrap_or_default()
    });
    // Not said twice, in the chat with whoever wrote it or below their name.
    let by = Some(untrack(|| store.writer_of(&message))).filter(|by| *by != name);
    let by = by.map(|by| view! { {by}": " });
    let at =
        Route::Chat { conversation: message.conversation.clone(), message: Some(message.message.clone()) };
    view! {
        <button type="button" class="found" on:click=move |_| store.go(at.clone())>
            <bdi class="row-name">{name}</bdi>
            <time>{when::in_list(&message.at)}</time>
            <span class="row-line" dir="auto">{by}<bdi>{marked(&found_line(&message, typed), typed)}</bdi></span>
        </button>
    }
}

/// The line in which the words stand, of its text or below a file, or the file's name.
fn found_line(message: &Message, typed: &str) -> String {
    let is_open = !message.view_once && !message.deleted && message.kind == "text";
    let files = message.attachments.iter().flat_map(|file| [file.caption.as_str(), file.name.as_str()]);
    let line = is_open.then(|| found::line(&message.text, files, typed)).flatten();
    line.unwrap_or_else(|| preview(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_people_some_are_offered_and_always_whoever_is_chosen() {
        let people: Vec<String> = (0..200).map(|number| format!("walker-{number}@x")).collect();
        let all = offered(&people, "", |_| true);
        assert_eq!(all, people[..LISTED]);
        let chosen = offered(&people, "walker-199@x", |_| true);
        assert_eq!((chosen.len(), &chosen[LISTED]), (LISTED + 1, &people[199]));
        let meant = offered(&people, "walker-3@x", |one| one.starts_with("walker-19"));
        assert_eq!(meant.len(), 12, "walker-3, 19, and 190 to 199");
        assert_eq!(meant[0], "walker-3@x");
        assert!(offered(&people, "", |_| false).is_empty());
    }
}
