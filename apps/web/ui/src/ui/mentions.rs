//! Who can be mentioned, offered while `@` and a name are typed.

use casemate_api::view::Member;
use leptos::prelude::*;

use super::avatar::Avatar;
use crate::locale::t;
use crate::store::{Store, use_store};
use crate::text::plain::{handle, matches};

/// Names offered at once.
const OFFERED: usize = 6;

/// What is offered now and which of it is chosen.
#[derive(Clone, Copy)]
pub struct Offer {
    /// The word that is typed, and where it begins; none while nothing is to be completed.
    pub typed: RwSignal<Option<(usize, String)>>,
    people: Memo<Vec<Member>>,
    at: RwSignal<usize>,
}

impl Offer {
    /// For the members of a conversation.
    pub fn new(store: Store, conversation: StoredValue<String>) -> Self {
        let typed = RwSignal::new(None::<(usize, String)>);
        let at = RwSignal::new(0);
        // Another word, another choice; what happens in the chat meanwhile moves none.
        Effect::new(move |_| {
            typed.track();
            at.set(0);
        });
        let people = Memo::new(move |_| {
            let Some((_, word)) = typed.get() else { return Vec::new() };
            let chat = conversation.with_value(|id| store.conversation(id));
            let chat = chat.filter(|chat| chat.kind == "group");
            let fits = |member: &Member| {
                !store.is_me(&member.address)
                    && (word.is_empty()
                        || matches(&store.name_of(&member.address), &word)
                        || handle(&member.address).starts_with(&word.to_lowercase()))
            };
            // Whoever is called just so comes first: `sam2` typed in full is not `sam20`.
            let is_other = |member: &Member| handle(&member.address) != word.to_lowercase();
            let mut people = chat.map(|chat| chat.members).unwrap_or_default();
            people.retain(fits);
            people.sort_by_key(is_other);
            people.truncate(OFFERED);
            people
        });
        Self { typed, people, at }
    }

    /// Takes arrows, Enter, Tab and Escape while somebody is offered; the handle to put where one was chosen.
    pub fn key(self, event: &leptos::ev::KeyboardEvent) -> Option<Option<String>> {
        let count = self.people.with_untracked(Vec::len);
        if count == 0 {
            return None;
        }
        match event.key().as_str() {
            "ArrowDown" => self.at.update(|at| *at = (*at + 1) % count),
            "ArrowUp" => self.at.update(|at| *at = (*at + count - 1) % count),
            "Escape" => self.typed.set(None),
            "Enter" | "Tab" if !event.shift_key() && !event.ctrl_key() && !event.meta_key() => {
                let chosen = self.people.with_untracked(|all| all.get(self.at.get_untracked()).cloned());
                event.prevent_default();
                return Some(chosen.map(|member| handle(&member.address).to_owned()));
            }
            _ => return None,
        }
        event.prevent_default();
        event.stop_propagation();
        Some(None)
    }

    /// Whether somebody is offered.
    pub fn is_open(self) -> bool {
        !self.people.with(Vec::is_empty)
    }

    /// The option that is chosen, for screen readers.
    pub fn active(self) -> Option<String> {
        self.is_open().then(|| format!("mention-{}", self.at.get()))
    }
}

/// The list above the field.
#[component]
pub fn Mentions(offer: Offer, on_choose: Callback<String>) -> impl IntoView {
    let store = use_store();
    let rows = move || {
        let one = |(number, member): (usize, Member)| {
            let name = store.name_of(&member.address);
            let chosen = handle(&member.address).to_owned();
            let called = chosen.clone();
            let selected = move || (offer.at.get() == number).to_string();
            view! {
                <button type="button" role="option" id=format!("mention-{number}") tabindex="-1" aria-selected=selected
                    on:mousedown=move |event| event.prevent_default() on:click=move |_| on_choose.run(chosen.clone())>
                    <Avatar name=name.clone() seed=member.address.clone() size="small"/>
                    <bdi class="row-name">{name}</bdi><small><bdi>{format!("@{called}")}</bdi></small>
                </button>
            }
        };
        offer.people.get().into_iter().enumerate().map(one).collect_view()
    };
    move || {
        offer.is_open().then(|| {
            view! { <div id="mention-list" class="mention-list" role="listbox" aria-label=t("mention")>{rows}</div> }
        })
    }
}
