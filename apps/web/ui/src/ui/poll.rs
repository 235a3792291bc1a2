//! A poll in a message: its options with bars, and the own vote.

use casemate_api::view::{Message, Poll, PollOption};
use leptos::prelude::*;

use super::icon::{Icon, icon};
use crate::locale::{t, ta};
use crate::store::use_store;
use crate::text::crowd;
use crate::text::plain::one_line;

/// The poll of a message.
pub fn poll(message: &Message, poll: &Poll) -> impl IntoView + use<> {
    let store = use_store();
    let id = message.message.clone();
    let (multiple, mine, voters, closed) = (poll.multiple, poll.mine.clone(), poll.voters, poll.closed);
    let role = if multiple { "checkbox" } else { "radio" };
    let option = |(at, option): (u32, PollOption)| {
        let chosen = mine.contains(&at);
        let share = f64::from(option.votes) * 100.0 / f64::from(voters.max(1));
        let voters_of: Vec<&str> = option.voters.iter().map(String::as_str).collect();
        let names = untrack(|| crowd::names(&voters_of, |one| store.name_or_you(one)));
        // Drawn anew by each vote, it keeps the focus.
        let element = format!("poll-{id}-{at}");
        let (id, mine) = (id.clone(), mine.clone());
        let vote = move |_| {
            let mut options: Vec<u32> = if multiple { mine.clone() } else { Vec::new() };
            if chosen {
                options.retain(|one| *one != at);
            } else {
                options.push(at);
            }
            store.vote(id.clone(), options);
        };
        let tick = chosen.then(|| icon(Icon::Check));
        view! {
            <button type="button" class="poll-option" id=element role=role aria-checked=chosen.to_string() title=names disabled=closed on:click=vote>
                <span class="poll-tick">{tick}</span>
                <span class="poll-words"><bdi>{one_line(&option.text, 200)}</bdi></span>
                <span>{option.votes}</span>
                <i class="poll-bar" style:width=format!("{share}%")></i>
            </button>
        }
    };
    let options = (0u32..).zip(poll.options.clone()).map(option).collect_view();
    let hint = match (closed, multiple) {
        (true, _) => t("poll-closed"),
        (false, true) => t("poll-several"),
        (false, false) => t("poll-one"),
    };
    let group = if multiple { "group" } else { "radiogroup" };
    let question = one_line(&poll.question, 400);
    view! {
        <div class="poll" role=group aria-label=question.clone()>
            <b dir="auto">{question.clone()}</b>
            <small>{hint}" · "{ta("poll-voters", &[("count", u64::from(voters).into())])}</small>
            {options}
        </div>
    }
}
