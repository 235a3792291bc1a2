//! The messages of the open conversation: a window into it that follows the newest, keeps its place when older ones
//! load, and goes to a message that was asked for.

use std::time::Duration;

use casemate_api::view::Conversation;
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{HtmlDivElement, HtmlElement, ResizeObserver};

use crate::locale::{t, ta, when};
use crate::store::list::{Joint, joint};
use crate::store::window::Row;
use crate::store::{Store, use_store};
use crate::ui::browser;
use crate::ui::bubble::Bubble;
use crate::ui::icon::{Icon, icon};
use crate::ui::rows::Rows;

/// More is asked for this many pixels before the end comes into sight.
const AHEAD: i32 = 800;

/// What has been in sight for so long counts as read.
const RESTS: Duration = Duration::from_millis(700);

/// Nearer to the end than this counts as there.
const NEAR: i32 = 48;

/// What stays where it is while rows come and go around it, and get another size: pictures, what was edited.
#[derive(Clone, Debug, Default, PartialEq)]
struct Place {
    /// The end is in sight: follow it.
    at_end: bool,
    /// The first row in sight, or the one that was gone to, and how far below the top it begins.
    row: Option<(String, i32)>,
    /// Nobody has scrolled since that row was gone to.
    gone_to: bool,
    /// How far it was scrolled then. Elsewhere now, the person did it.
    top: i32,
}

impl Place {
    fn end() -> Self {
        Self { at_end: true, ..Self::default() }
    }
}

#[derive(Clone, PartialEq)]
struct Entry {
    row: Row,
    joint: Joint,
    unread: bool,
}

/// The list.
#[component]
pub fn Messages(id: String) -> impl IntoView {
    let store = use_store();
    let id = StoredValue::new(id);
    let scroller = NodeRef::<Div>::new();
    let place = StoredValue::new(Place::end());
    let at_end = RwSignal::new(true);
    // Some rows a frame, so that no frame is long.
    let frame = RwSignal::new(0_u32);
    let drawn = StoredValue::new(None::<(String, String)>);
    let waiting = StoredValue::new(false);
    let entries = Memo::new(move |_| {
        frame.get();
        if !id.with_value(|id| store.open.with(|open| open.as_ref() == Some(id))) {
            return Vec::new();
        }
        let unread = store.unread_from.get();
        let wanted = store.go_to.get_untracked().or_else(|| unread.clone());
        store.window.with(|window| {
            let range = drawn.with_value(|drawn| window.to_draw(drawn.as_ref(), wanted.as_deref()));
            let rows = &window.rows[range.clone()];
            let message = |row: &Row| row.message.message.clone();
            drawn.set_value(rows.first().map(message).zip(rows.last().map(message)));
            if range.len() < window.rows.len() && !waiting.get_value() {
                waiting.set_value(true);
                browser::next_frame(move || {
                    waiting.try_set_value(false);
                    frame.try_update(|frame| *frame = frame.wrapping_add(1));
                });
            }
            let mut before = range.start.checked_sub(1).map(|at| &window.rows[at].message);
            let mut entries = Vec::with_capacity(rows.len());
            for row in rows {
                let joint = joint(before, &row.message, when::day, when::ms);
                let is_first_unread = unread.as_deref() == Some(row.message.message.as_str());
                entries.push(Entry { row: row.clone(), joint, unread: is_first_unread });
                before = Some(&row.message);
            }
            entries
        })
    });
    let unread = Memo::new(move |_| id.with_value(|id| store.conversation(id)).map_or(0, |chat| chat.unread));
    // Of the unread ones that are here: those in sight or above it, and those below.
    let passed = RwSignal::new((0, 0));
    // The last row that has come into sight as a whole.
    let came = StoredValue::new(None::<String>);
    let reads = StoredValue::new(None::<TimeoutHandle>);
    let read_so_far = move || {
        let seen = came.try_get_value().flatten();
        let Some((seen, id)) = seen.zip(id.try_get_value()) else { return };
        if browser::is_visible() && store.read_up_to(&id, &seen) {
            passed.try_update(|(above, _)| *above = 0);
        }
    };
    let keep = move |element: &HtmlDivElement, mut now: Place| {
        now.top = element.scroll_top();
        let (before, around) = (passed.get_untracked(), unread_around(store, element));
        if before != around {
            passed.set(around);
            came.set_value(last_whole(element));
            // Once one rests there; the engine is not to be asked at each step.
            if let Some(before) = reads.get_value() {
                before.clear();
            }
            reads.set_value(set_timeout_with_handle(read_so_far, RESTS).ok());
        }
        if at_end.get_untracked() != now.at_end {
            at_end.set(now.at_end);
        }
        place.set_value(now);
    };
    let put_back = move || {
        let Some(element) = scroller.try_get_untracked().flatten() else { return };
        let mut now = place.get_value();
        match store.go_to.get_untracked().as_deref() {
            Some("") => {
                store.go_to.set(None);
                now = Place::end();
                hold(&element, &mut now);
            }
            Some(message) if show(&element, message) => {
                let row = row_id(message);
                let below = browser::element(&row).map_or(0, |row| row.offset_top() - element.scroll_top());
                now = Place { at_end: is_at_end(&element), row: Some((row, below)), gone_to: true, top: 0 };
                store.go_to.set(None);
            }
            _ => hold(&element, &mut now),
        }
        keep(&element, now);
    };
    let restore = move || browser::before_paint(put_back);
    let group = Memo::new(move |_| {
        id.with_value(|id| store.conversation(id)).is_some_and(|chat| chat.kind == "group")
    });
    let row = move |entry: Entry| {
        let message = entry.row.message;
        let element_id = row_id(&message.message);
        let at = StoredValue::new(message.at.clone());
        let day = move || {
            store.today.track();
            at.with_value(|at| when::day_line(at))
        };
        let day = entry.joint.day.then(|| view! { <p class="day"><span>{day}</span></p> });
        let unread =
            entry.unread.then(|| view! { <p class="unread-line"><span>{t("unread-line")}</span></p> });
        let quoted = message.reply_to.as_ref().and_then(|reply| {
            let held = store.window.with_untracked(|window| window.find(reply).cloned());
            held.or_else(|| message.answers.as_deref().cloned())
        });
        let joint = Joint { together: entry.joint.together && !entry.unread, ..entry.joint };
        view! {
            <div class="entry" role="listitem" id=element_id>
                {day} {unread}
                <Bubble message=message joint=joint group=group.get_untracked() quoted=quoted/>
            </div>
        }
    };
    let list = NodeRef::<Div>::new();
    let owner = Owner::current().unwrap_or_default();
    let rows = StoredValue::new_local(Rows::default());
    let draw = move |list: &HtmlDivElement| {
        let entries = entries.get_untracked();
        let key = |entry: &Entry| {
            (entry.row.message.message.clone(), entry.row.revision, entry.joint, entry.unread)
        };
        rows.update_value(|rows| untrack(|| rows.show(list, &owner, entries, key, row)));
    };
    // Opening: at the first unread message, else at the end.
    let opened = StoredValue::new(false);
    Effect::new(move |_| {
        let Some(list) = list.get() else { return };
        let filled = entries.with(|entries| !entries.is_empty());
        draw(&list);
        store.go_to.with(|_| ());
        if filled && !opened.get_value() {
            opened.set_value(true);
            let unread = store.unread_from.get_untracked();
            if let Some(unread) = unread.filter(|_| store.go_to.with_untracked(Option::is_none)) {
                store.go_to.set(Some(unread));
            }
        }
        restore();
    });
    // Read is what was in sight, on a page that was in sight. The count of unread ones may come after the message.
    Effect::new(move |_| {
        entries.with(Vec::len);
        unread.get();
        if at_end.get() && browser::is_visible() {
            // Once it stands where it is opened, which may be far above the end.
            browser::before_paint(move || {
                if at_end.try_get_untracked() == Some(true) {
                    store.read();
                }
            });
        }
    });
    let seen = window_event_listener(leptos::ev::focus, move |_| {
        if at_end.get_untracked() {
            store.read();
        }
    });
    on_cleanup(move || {
        seen.remove();
        if let Some(waits) = reads.get_value() {
            waits.clear();
            read_so_far();
        }
    });
    // What is in the list gets its size when it likes: a picture, a voice message, the window.
    let watch = StoredValue::new_local(None::<(ResizeObserver, Closure<dyn FnMut()>)>);
    Effect::new(move |_| {
        let (Some(list), Some(scroller)) = (list.get(), scroller.get()) else { return };
        // Called before what has its new size is painted: the next frame would be too late.
        let grown = Closure::<dyn FnMut()>::new(put_back);
        if let Ok(observer) = ResizeObserver::new(grown.as_ref().unchecked_ref()) {
            observer.observe(&list);
            observer.observe(&scroller);
            watch.set_value(Some((observer, grown)));
        }
    });
    on_cleanup(move || {
        if let Some((observer, _)) = watch.try_update_value(Option::take).flatten() {
            observer.disconnect();
        }
    });
    // Whoever unfolds a long text reads on where it was cut, also at the end.
    Effect::new(move |before: Option<()>| {
        store.talk.unfolded.track();
        if before.is_some() {
            place.update_value(|place| place.at_end = false);
        }
    });
    let scrolled = move |_| {
        let Some(element) = scroller.try_get_untracked().flatten() else { return };
        if element.scroll_top() == place.with_value(|place| place.top) {
            put_back();
        } else {
            keep(&element, in_sight(&element));
        }
        // First all that is held is drawn.
        if waiting.get_value() {
            return;
        }
        let below = element.scroll_height() - element.scroll_top() - element.client_height();
        if element.scroll_top() < AHEAD {
            store.more(true);
        } else if below < AHEAD {
            store.more(false);
        }
    };
    let down = move || {
        let (above, below) = passed.get();
        let is_whole = store.window.with(|window| window.at_end);
        let unread = unread.get().min(if is_whole { below } else { unread.get().saturating_sub(above) });
        (!at_end.get() || !store.window.with(|window| window.at_end || window.rows.is_empty())).then(|| {
            let label = if unread > 0 { ta("to-newest-unread", &[("count", unread.into())]) } else { t("to-newest") };
            let count = (unread > 0).then(|| view! { <span class="count" aria-hidden=true.to_string() data-count=unread.to_string()></span> });
            let click = move |_| {
                place.set_value(Place::end());
                store.go_to.set(Some(String::new()));
                store.to_end();
            };
            view! { <button type="button" class="to-newest" aria-label=label on:click=click>{icon(Icon::Down)}{count}</button> }
        })
    };
    let nothing = move || {
        let empty = store.window.with(|window| window.at_end && window.rows.is_empty());
        let chat = || id.with_value(|id| store.conversation(id)).unwrap_or_default();
        (empty && !store.paging.get()).then(|| view! { <p class="empty">{nothing_yet(store, &chat())}</p> })
    };
    view! {
        <div class="messages-box">
            <div class="messages" tabindex="0" role="region" aria-label=t("conversation") node_ref=scroller on:scroll=scrolled>
                <div class="messages-list" node_ref=list role="list" aria-label=t("messages") aria-busy=move || store.paging.get().to_string()></div>
                {nothing}
            </div>
            {down}
        </div>
    }
}

fn row_id(message: &str) -> String {
    format!("m-{message}")
}

/// What the person scrolled to.
fn in_sight(element: &HtmlDivElement) -> Place {
    let top = element.scroll_top();
    let row = first_in_sight(element, top).map(|row| (row.id(), row.offset_top() - top));
    Place { at_end: is_at_end(element), row, gone_to: false, top }
}

fn is_at_end(element: &HtmlDivElement) -> bool {
    element.scroll_height() - element.scroll_top() - element.client_height() <= NEAR
}

/// How many of the unread ones that are here have come into sight, and how many are still below the screen's end.
fn unread_around(store: Store, element: &HtmlDivElement) -> (u64, u64) {
    let end = element.scroll_top() + element.client_height();
    let first_below = first_in_sight(element, end).map(|row| row.id());
    store.window.with_untracked(|window| {
        let is_first = |row: &Row| {
            let id = first_below.as_deref().and_then(|id| id.strip_prefix("m-"));
            id == Some(row.message.message.as_str())
        };
        let at = window.rows.iter().position(is_first).unwrap_or(window.rows.len());
        let count = |rows: &[Row]| rows.iter().filter(|row| row.counts_as_unread()).count() as u64;
        (count(&window.rows[..at]), count(&window.rows[at..]))
    })
}

/// The last message that is in sight as a whole, or as far as the screen is long.
fn last_whole(element: &HtmlDivElement) -> Option<String> {
    let end = element.scroll_top() + element.client_height();
    let row = match first_in_sight(element, end) {
        Some(cut_off) => cut_off.previous_element_sibling()?,
        None => element.first_element_child()?.last_element_child()?,
    };
    row.id().strip_prefix("m-").map(str::to_owned)
}

/// Rows lie in order, so a search by halves finds it with a few measurements.
fn first_in_sight(element: &HtmlDivElement, top: i32) -> Option<HtmlElement> {
    let rows = element.first_element_child()?.children();
    let row = |at: u32| rows.item(at).and_then(|row| row.dyn_into::<HtmlElement>().ok());
    let (mut low, mut high) = (0, rows.length());
    while low < high {
        let middle = (low + high) / 2;
        let above = row(middle).is_some_and(|row| row.offset_top() + row.offset_height() <= top);
        if above { low = middle + 1 } else { high = middle }
    }
    row(low)
}

/// Puts what was in sight back where it was.
fn hold(element: &HtmlDivElement, now: &mut Place) {
    let row = now.row.as_ref().and_then(|(id, below)| Some((browser::element(id)?, *below)));
    if now.at_end {
        element.set_scroll_top(element.scroll_height());
        // The end must not push out of sight what was gone to.
        let Some((row, _)) = row.filter(|_| now.gone_to) else { return };
        if row.offset_top() >= element.scroll_top() {
            return;
        }
        element.set_scroll_top(row.offset_top());
        now.row = Some((row.id(), 0));
    } else {
        match row {
            Some((row, below)) => element.set_scroll_top(row.offset_top() - below),
            // Deleted, or too far away to be held.
            None => *now = in_sight(element),
        }
    }
    now.at_end = is_at_end(element);
}

/// Scrolls to a message and marks it for a moment.
fn show(element: &HtmlDivElement, message: &str) -> bool {
    let Some(row) = browser::element(&row_id(message)) else { return false };
    element.set_scroll_top((row.offset_top() - element.client_height() / 3).max(0));
    let _ = row.class_list().add_1("shown");
    set_timeout(
        move || {
            let _ = row.class_list().remove_1("shown");
        },
        Duration::from_millis(1_600),
    );
    true
}

/// In a chat without messages. What was said before a device was linked may be on the others alone.
pub fn nothing_yet(store: Store, chat: &Conversation) -> String {
    let linked = store.account.with(|account| {
        account.as_ref().is_some_and(|account| {
            account.device_list.iter().any(|device| device.device == account.device && !device.primary)
        })
    });
    match chat.kind.as_str() {
        _ if linked => t("no-messages-linked"),
        _ if store.is_silent_in(chat) => t("no-messages-silent"),
        "own" => t("no-notes"),
        _ => t("no-messages"),
    }
}
