//! The whole app: which panes there are, and what lies above them.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

use super::call::{CallLayer, LeftBehind};
use super::chats::Chats;
use super::components::Components;
use super::contacts::Contacts;
use super::conversation::Conversation;
use super::requests::Requests;
use super::rest::{self, Part, Rest};
use super::shut::Shut;
use super::viewer::{self, ViewerLayer};
use super::welcome::{Elsewhere, Failed, Starting, Unlock, Welcome};
use crate::engine;
use crate::locale::{self, Language, t, ta, when};
use crate::store::list;
use crate::store::route::{Page, Pane, Route};
use crate::store::window::Window;
use crate::store::{LockAfter, NARROW, Phase, Prefs, Store, matches};
use crate::ui::browser;
use crate::ui::dialog::{Dialog, DialogLayer};
use crate::ui::focus;
use crate::ui::guard;
use crate::ui::icon::{Icon, icon};
use crate::ui::keys;
use crate::ui::menu::MenuLayer;
use crate::ui::nav::MainNav;
use crate::ui::toast::Toast;
use crate::ui::voice::NowHeard;

/// Starts the engine and draws the app in the chosen language.
pub async fn start() {
    let prefs = Prefs::load();
    // Without its sentences: in English, and in the language as soon as it is chosen again.
    let spoken = locale::load(prefs.language).await;
    if spoken.is_err() {
        let _ = locale::load(Language::English).await;
    }
    leptos::mount::mount_to_body(move || view! { <App prefs/> });
}

#[component]
fn App(prefs: Prefs) -> impl IntoView {
    let store = Store::new(prefs);
    provide_context(store);
    let token = native_token();
    if let Some(invitation) = browser::invitation() {
        store.invitation.set(Some(invitation));
    } else {
        store.route.set(Route::parse(&browser::hash()));
        browser::replace_address(&format!("/{}", store.route.get_untracked().to_hash()));
    }
    // The rest of the app, once the first screen stands. Where it does not come now it is fetched with its first use.
    Effect::new(move |asked: Option<bool>| {
        let stands = store.phase.with(|phase| *phase != Phase::Starting);
        if stands && asked != Some(true) {
            spawn_local(async { drop(rest::fetch().await) });
        }
        stands || asked == Some(true)
    });
    // What stood there while this was loading goes when there is something in its place; a name typed there stays.
    Effect::new(move |_| {
        if store.phase.with(|phase| *phase != Phase::Starting)
            && let Some(first) = browser::element("first")
        {
            browser::before_paint(move || {
                // Not earlier: until now somebody may have typed.
                store.first_name.set(browser::typed("first-name"));
                first.remove();
            });
        }
    });
    focus::stays_in_the_page();
    browser::keep_drops_out();
    let handle = window_event_listener(ev::popstate, move |event| {
        if viewer::left(store) {
            return;
        }
        // An address that was typed has no place of ours among those gone through: whoever types it wants to go there.
        if event.state().is_null() {
            store.menu.set(None);
            store.dialog.set(None);
            store.uncover();
        }
        // Back closes what lies above the page, and the page stays.
        if store.close_top() {
            browser::push_address(&store.route.get_untracked().to_hash());
        } else if !store.leaves_search() {
            store.come_to(Route::parse(&browser::hash()));
        }
    });
    on_cleanup(move || handle.remove());
    Effect::new(move |_| {
        if store.menu.with(Option::is_some) || store.dialog.with(Option::is_some) {
            store.gives_way_back();
        }
    });
    let handle = window_event_listener(ev::keydown, move |event| shortcut(store, &event));
    on_cleanup(move || handle.remove());
    // Another tab chose something else.
    let handle = window_event_listener(ev::storage, move |_| {
        let kept = Prefs::load();
        if store.prefs.with_untracked(|prefs| *prefs != kept) {
            store.prefs.set(kept);
        }
    });
    on_cleanup(move || handle.remove());
    guard::attend();
    engine::connect(&browser::origin(), token, move |notice| store.notice(notice));
    engine::tabs::listen(
        move || store.keep_drafts(),
        move || store.phase.with_untracked(|phase| *phase != Phase::Elsewhere),
        move || untrack(|| store.calling.taken().is_some()),
    );
    store.attend();
    store.try_while_looked_at();
    store.leave_with_page();
    store.tell_the_person();
    store.watch_room();
    engine::open(None);
    lock_when_idle(store);
    notice_midnight(store);
    shut_when_left(store);
    // What is on the screen is drawn anew in another language; what is known stays in the store.
    let chosen = Memo::new(move |_| store.prefs.with(|prefs| prefs.language));
    Effect::new(move |before: Option<Language>| {
        let language = chosen.get();
        if before.is_some_and(|before| before != language) {
            spawn_local(async move {
                match locale::load(language).await {
                    Ok(()) => store.spoken.set(language),
                    Err(_) => store.say(t("language-missing")),
                }
            });
        }
        language
    });
    Effect::new(move |_| store.prefs.with(Prefs::apply));
    // What could not be fetched without a network comes with it.
    Effect::new(move |_| {
        if store.trouble.with(Option::is_none) {
            guard::try_again();
        }
    });
    Effect::new(move |_| {
        let unread = store.unread();
        document().set_title(&if unread > 0 {
            format!("({unread}) Casemate")
        } else {
            "Casemate".to_owned()
        });
    });
    move || {
        store.spoken.get();
        untrack(
            || view! { <Screen/> <CallLayer/> <ViewerLayer/> <DialogLayer/> <MenuLayer/> <Toast/> <Announcements/> },
        )
    }
}

/// A page stays open for days.
fn notice_midnight(store: Store) {
    const LOOK_MS: u64 = 30_000;
    let look = move || {
        let today = when::today();
        if store.today.get_untracked() != today {
            store.today.set(today);
        }
    };
    look();
    let timer = set_interval_with_handle(look, std::time::Duration::from_millis(LOOK_MS));
    // Timers of hidden pages are late.
    let sight = window_event_listener_untyped("visibilitychange", move |_| look());
    on_cleanup(move || {
        sight.remove();
        if let Ok(timer) = timer {
            timer.clear();
        }
    });
}

/// A chat that is locked besides is asked for anew each time.
fn shut_when_left(store: Store) {
    let at = Memo::new(move |_| store.route.with(|route| route.conversation().map(str::to_owned)));
    Effect::new(move |_| {
        let at = at.get();
        let left = store.unlocked.with_untracked(|unlocked| unlocked.is_some() && *unlocked != at);
        if left {
            store.unlocked.set(None);
            store.open.set(None);
            store.window.set(Window::default());
        }
    });
}

/// Locks after the time that was chosen without a key or a touch, or as soon as nobody sees the page.
fn lock_when_idle(store: Store) {
    const LOOK_MS: u64 = 5_000;
    /// A phone hides the page while its person chooses a file, and what they chose comes to nobody where it locks then.
    const CHOOSING_MS: f64 = 120_000.0;
    /// A file that was just made is the browser's only once it has saved it, which it tells nobody; locked, nothing of it is left.
    const SAVING_MS: f64 = 60_000.0;
    let choosing = StoredValue::new(f64::NEG_INFINITY);
    let chooses = move || js_sys::Date::now() - choosing.get_value() < CHOOSING_MS;
    let last = StoredValue::new(js_sys::Date::now());
    let at_a_file = StoredValue::new(f64::NEG_INFINITY);
    Effect::new(move |was: Option<bool>| {
        let is = store.is_at_a_file();
        if is || was == Some(true) {
            at_a_file.set_value(js_sys::Date::now());
        }
        is
    });
    let works =
        move || untrack(|| store.is_at_a_file()) || js_sys::Date::now() - at_a_file.get_value() < SAVING_MS;
    // It was time, and a file would have been lost. Whoever came back meanwhile has not shown who they are.
    let owes = StoredValue::new(false);
    Effect::new(move |_| {
        if store.phase.with(|phase| *phase != Phase::Ready) {
            owes.set_value(false);
        }
    });
    let may =
        // Who talks is there.
        move || {
            store.phase.with_untracked(|phase| *phase == Phase::Ready)
                && untrack(|| store.is_lockable() && store.calling.taken().is_none())
        };
    let lock = move || {
        if may() {
            owes.set_value(works());
            if !owes.get_value() {
                store.lock();
            }
        }
    };
    let look = move || {
        let idle_ms = js_sys::Date::now() - last.get_value();
        let after = store.prefs.with_untracked(|prefs| prefs.lock);
        // Also where a call or a file that kept it open ended while nobody looked.
        let unseen = after == LockAfter::Hidden && !browser::is_visible() && !chooses();
        if unseen || after.is_over(idle_ms) || owes.get_value() {
            lock();
        }
    };
    // A device that slept does not ask its timers first: whoever wakes it finds it locked.
    let seen = move || {
        look();
        last.set_value(js_sys::Date::now());
    };
    let keys = window_event_listener(ev::keydown, move |_| seen());
    let touches = window_event_listener(ev::pointerdown, move |_| seen());
    let sight = window_event_listener_untyped("visibilitychange", move |_| {
        // Seen again, it was hidden: timers of hidden pages are late.
        let hides = store.prefs.with_untracked(|prefs| prefs.lock == LockAfter::Hidden) && !chooses();
        if browser::is_visible() {
            choosing.set_value(f64::NEG_INFINITY);
        }
        if hides { lock() } else { look() }
    });
    let clicks = window_event_listener(ev::click, move |event| {
        if browser::picks_files(&event) {
            choosing.set_value(js_sys::Date::now());
        }
    });
    let chosen = move |event: web_sys::Event| {
        if browser::picks_files(&event) {
            choosing.set_value(f64::NEG_INFINITY);
        }
    };
    let chose = window_event_listener_untyped("change", chosen);
    let chose_none = window_event_listener_untyped("cancel", chosen);
    let timer = set_interval_with_handle(look, std::time::Duration::from_millis(LOOK_MS));
    on_cleanup(move || {
        keys.remove();
        touches.remove();
        sight.remove();
        clicks.remove();
        chose.remove();
        chose_none.remove();
        if let Ok(timer) = timer {
            timer.clear();
        }
    });
}

/// The token of `casemate app`, from the link it printed. Kept for a reload, for this tab only, and no longer than its socket.
/// Only where such an app has its page: elsewhere such a link would be somebody's trick to keep a page from its engine.
fn native_token() -> Option<String> {
    if !browser::is_of_app() {
        return None;
    }
    if let Some(token) = browser::hash().strip_prefix("#app=") {
        browser::keep_in_tab(engine::NATIVE_TOKEN, Some(token));
        return Some(token.to_owned());
    }
    browser::kept_in_tab(engine::NATIVE_TOKEN)
}

#[component]
fn Screen() -> impl IntoView {
    let store = crate::store::use_store();
    let phase = Memo::new(move |_| store.phase.get());
    // Read in the closure below, the route would draw everything anew with each step.
    let components = Memo::new(move |_| store.route.with(|route| *route == Route::Components));
    move || match phase.get() {
        _ if components.get() && cfg!(debug_assertions) => view! { <Components/> }.into_any(),
        Phase::Starting => view! { <Starting/> }.into_any(),
        Phase::Welcome => view! { <Welcome/> }.into_any(),
        Phase::Locked(lock) => view! { <Unlock lock/> }.into_any(),
        Phase::Failed(error) => view! { <Failed error/> }.into_any(),
        Phase::Elsewhere => view! { <Elsewhere/> }.into_any(),
        Phase::Ready => view! { <Panes/> }.into_any(),
    }
}

#[component]
fn Panes() -> impl IntoView {
    let store = crate::store::use_store();
    let pane = Memo::new(move |_| store.route.with(Route::pane));
    // One pane at a time is the page's main part; on a phone that may be any of them.
    let narrow = RwSignal::new(matches(NARROW));
    let resized = window_event_listener(ev::resize, move |_| {
        if narrow.get_untracked() != matches(NARROW) {
            narrow.update(|narrow| *narrow = !*narrow);
        }
    });
    on_cleanup(move || resized.remove());
    let main_as = move |one: Pane| (narrow.get() && pane.get() == one).then_some("main");
    let view_name = move || match pane.get() {
        Pane::Side => "side",
        Pane::Main => "main",
        Pane::Details => "details",
    };
    #[derive(Clone, Copy, PartialEq)]
    enum Side {
        Chats,
        Calls,
        Contacts,
        NewChat,
        NewGroup,
        Settings,
    }
    let side = Memo::new(move |_| {
        store.route.with(|route| match route {
            Route::Calls | Route::CallLink(_) => Side::Calls,
            Route::Contacts => Side::Contacts,
            Route::NewChat => Side::NewChat,
            Route::NewGroup => Side::NewGroup,
            Route::Settings(_) => Side::Settings,
            _ => Side::Chats,
        })
    });
    // On its own, as the parts of a page are: whoever cannot see it goes from one to the next.
    let side_name = move || match side.get() {
        Side::Chats => t("nav-chats"),
        Side::Calls => t("nav-calls"),
        Side::Contacts => t("nav-contacts"),
        Side::NewChat => t("new-chat"),
        Side::NewGroup => t("new-group"),
        Side::Settings => t("nav-settings"),
    };
    let side = move || match side.get() {
        Side::Chats => view! { <Chats/> }.into_any(),
        Side::Calls => view! { <Rest part=Part::Calls/> }.into_any(),
        Side::Contacts => view! { <Contacts/> }.into_any(),
        Side::NewChat => view! { <Rest part=Part::NewChat/> }.into_any(),
        Side::NewGroup => view! { <Rest part=Part::NewGroup/> }.into_any(),
        Side::Settings => view! { <Rest part=Part::SettingsMenu/> }.into_any(),
    };
    #[derive(Clone, PartialEq)]
    enum Main {
        /// With a word on what can be there, where that is a chat.
        Nothing {
            chats: bool,
        },
        Chat(String),
        Requests,
        Starred,
        Lists,
        CallLink(String),
        Settings(Page),
    }
    let main = Memo::new(move |_| {
        store.route.with(|route| match route {
            Route::Chat { conversation, .. } | Route::Details(conversation) => {
                Main::Chat(conversation.clone())
            }
            Route::Requests => Main::Requests,
            Route::Starred => Main::Starred,
            Route::Lists => Main::Lists,
            Route::CallLink(link) => Main::CallLink(link.clone()),
            Route::Settings(page) if *page != Page::Menu => Main::Settings(*page),
            route => Main::Nothing { chats: !matches!(route, Route::Settings(_)) },
        })
    });
    let main = move || {
        match main.get() {
        Main::Nothing { chats } => view! {
            <div class="nothing"><span class="mark-large">{icon(Icon::Arch)}</span>{chats.then(|| view! { <p>{t("nothing-open")}</p> })}</div>
        }
        .into_any(),
        Main::Chat(id) => {
            let inside = id.clone();
            view! { <Shut id><Conversation id=inside.clone()/></Shut> }.into_any()
        }
        Main::Requests => view! { <Requests/> }.into_any(),
        Main::Starred => view! { <Rest part=Part::Starred/> }.into_any(),
        Main::Lists => view! { <Rest part=Part::Lists/> }.into_any(),
        Main::CallLink(link) => view! { <Rest part=Part::CallLink(link)/> }.into_any(),
        Main::Settings(page) => view! { <Rest part=Part::Settings(page)/> }.into_any(),
    }
    };
    let details = Memo::new(move |_| {
        store.route.with(|route| match route {
            Route::Details(conversation) => Some(conversation.clone()),
            _ => None,
        })
    });
    let details = move || {
        details.get().map(|id| view! { <section class="details" role=move || main_as(Pane::Details).unwrap_or("complementary") aria-label=t("details")><Shut id=id.clone()><Rest part=Part::Details(id.clone())/></Shut></section> })
    };
    // On a phone the list has the whole screen.
    let above = move || narrow.get().then(|| view! { <Connection/><LeftBehind/> });
    view! {
        <div class="app" data-view=view_name>
            <MainNav/>
            <section class="side" role=move || main_as(Pane::Side) aria-label=side_name>{above}<super::recovery::KitReminder/>{side}</section>
            <main class="main"><Connection/><NowHeard/><LeftBehind/>{main}</main>
            {details}
        </div>
    }
}

/// Silent while all is well; else one line that says what still works.
#[component]
fn Connection() -> impl IntoView {
    let store = crate::store::use_store();
    let is_cut_off = || !browser::window().navigator().on_line();
    let cut_off = RwSignal::new(is_cut_off());
    for event in ["online", "offline"] {
        let handle = window_event_listener_untyped(event, move |_| cut_off.set(is_cut_off()));
        on_cleanup(move || handle.remove());
    }
    let line = move || {
        // Without room every connection breaks: that is the trouble then.
        if let Some(why) = store.no_room.get() {
            return trouble(store, locale::spoken(&why), Page::Storage, t("settings-storage"));
        }
        // Nothing goes out here ever again, whatever the connection is.
        if store.is_replaced() {
            return trouble(store, t("said-goes-on-elsewhere"), Page::Devices, t("devices"));
        }
        if let Some(room) = store.little_room.get() {
            let words = ta("room-little", &[("size", when::size(room.left()).into())]);
            return trouble(store, words, Page::Storage, t("settings-storage"));
        }
        store
            .trouble
            .get()
            .map(|trouble| (trouble.state == "connecting", trouble.why))
            // The browser knows before a connection that takes everything and gives nothing shows it.
            .or_else(|| cut_off.get().then_some((false, None)))
            .map(|(connecting, why)| {
                let words = if connecting { t("connecting") } else { t("offline") };
                view! { <span class="trouble" title=why>{icon(Icon::Clock)}{words}</span> }
            })
            .into_any()
    };
    view! { <div role="status" class="connection" aria-label=t("connection")>{line}</div> }
}

/// What is wrong, and the page on which something can be done about it.
fn trouble(store: Store, words: String, page: Page, label: String) -> AnyView {
    let act = move |_| store.go(Route::Settings(page));
    view! {
        <span class="trouble">{icon(Icon::Warning)}<span>{words}" "<button type="button" class="inline" on:click=act>{label}</button></span></span>
    }
    .into_any()
}

/// A screen reader has read out what was said by then, or has it in its own list.
const HEARD: std::time::Duration = std::time::Duration::from_secs(10);

#[component]
fn Announcements() -> impl IntoView {
    let store = crate::store::use_store();
    // Once it was heard it does not stand in the page any longer: the message may be gone by then.
    Effect::new(move |_| {
        let said = store.announced.get();
        let forget = move || {
            if store.announced.with_untracked(|now| *now == said) {
                store.announced.set(String::new());
            }
        };
        set_timeout(forget, HEARD);
    });
    view! {
        <div class="hidden" role="log" aria-live="polite" aria-label=t("announcements")>
            <p>{move || store.announced.get()}</p>
        </div>
    }
}

/// Keys that work everywhere.
fn shortcut(store: Store, event: &web_sys::KeyboardEvent) {
    if store.phase.get_untracked() != Phase::Ready {
        return;
    }
    let held = event.ctrl_key() || event.meta_key();
    // Both together are AltGr, by which people write.
    let (command, alt) = (held && !event.alt_key(), event.alt_key() && !held);
    if !held && !event.alt_key() && !event.default_prevented() && focus::arrows(event) {
        return event.prevent_default();
    }
    let free = store.dialog.with_untracked(Option::is_none)
        && store.menu.with_untracked(Option::is_none)
        && store.giving_up.with_untracked(Option::is_none)
        && store.viewed.with_untracked(Option::is_none)
        && !store.camera.get_untracked()
        && !store.sticker_panel.get_untracked();
    match (keys::pressed(event), event.key().as_str()) {
        // Nothing that was begun in another window goes for it.
        (Some('k'), _) if command => {
            event.prevent_default();
            if free {
                store.dialog.set(Some(Dialog::Palette));
            }
        }
        (Some('/'), _) if command && free => {
            event.prevent_default();
            store.uncover();
            store.go(Route::Settings(Page::Keyboard));
        }
        (Some('n'), _) if alt && free => {
            event.prevent_default();
            store.uncover();
            store.go(Route::NewChat);
        }
        (Some('c'), _) if alt => {
            event.prevent_default();
            super::call::to_call();
        }
        (_, "ArrowDown" | "ArrowUp") if alt && free => {
            event.prevent_default();
            neighbour(store, event.key() == "ArrowDown");
        }
        (_, "Escape") if store.menu.with_untracked(Option::is_some) => store.menu.set(None),
        (_, "Escape") if free => {
            if store.emoji_panel.get_untracked() {
                store.emoji_panel.set(false);
                browser::focus("composer");
            } else if store.chosen.with_untracked(Option::is_some) {
                store.chosen.set(None);
            } else if store
                .route
                .with_untracked(|route| matches!(route, Route::Details(_) | Route::NewChat | Route::NewGroup))
                && !has_words(event)
            {
                store.back();
            }
        }
        _ => {}
    }
}

/// Whether there is something in the field where a key was pressed.
fn has_words(event: &web_sys::KeyboardEvent) -> bool {
    let field = event.target().and_then(|field| field.dyn_into::<web_sys::HtmlInputElement>().ok());
    field.is_some_and(|field| !field.value().is_empty())
}

/// The chat below or above the open one, as the list shows them.
fn neighbour(store: Store, below: bool) {
    let open = store.route.with_untracked(|route| route.conversation().map(str::to_owned));
    let (tab, archive) = (store.tab.get_untracked(), store.archive.get_untracked());
    let next = store.conversations.with_untracked(|all| {
        let next = list::neighbour(all, open.as_deref(), below, |chat| tab.shows(chat, archive));
        next.map(|chat| chat.conversation.clone())
    });
    if let Some(next) = next {
        store.uncover();
        store.go(Route::chat(next));
    }
}
