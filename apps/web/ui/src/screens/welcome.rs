//! Before there is anything to show: starting, joining, unlocking, and why it does not go on.

use casemate_api::{Error, Kind};
use data_encoding::BASE64URL_NOPAD;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::rest::{Part, Rest};
use crate::engine;
use crate::locale::{spoken, t, ta};
use crate::store::linking::Erased;
use crate::store::{Phase, use_store};
use crate::text::handle::{self, Mistake};
use crate::text::plain::one_line;
use crate::ui::act::Act;
use crate::ui::browser;
use crate::ui::button::{Button, Field, Weight};
use crate::ui::dialog::Dialog;
use crate::ui::icon::{Icon, icon};

/// The engine starts: for a moment only.
#[component]
pub fn Starting() -> impl IntoView {
    view! { <main class="gate"><div class="gate-box"><span class="mark-large pulse">{icon(Icon::Arch)}</span><p role="status">{t("starting")}</p></div></main> }
}

/// Joining, or coming back.
#[component]
pub fn Welcome() -> impl IntoView {
    let store = use_store();
    let way = RwSignal::new(Way::Join);
    let begun = Begun::new();
    Effect::new(move |_| {
        let typed = store.first_name.get();
        if !typed.is_empty() && begun.name.with_untracked(String::is_empty) {
            begun.name.set(typed);
        }
    });
    // Another way has a place of its own among those gone through: Back leaves it, not the app.
    let place = StoredValue::new(0.0f64);
    let go = move |to: Way| {
        browser::push_address(&browser::hash());
        place.set_value(browser::depth());
        way.set(to);
    };
    let left = window_event_listener(leptos::ev::popstate, move |_| {
        if browser::depth() < place.get_value() {
            way.set(Way::Join);
        }
    });
    on_cleanup(move || left.remove());
    let back = Callback::new(move |()| browser::back());
    move || match way.get() {
        Way::Restore => view! { <Rest part=Part::Restore(back)/> }.into_any(),
        Way::Link => view! { <Rest part=Part::BeLinked(back)/> }.into_any(),
        Way::Join => {
            let restore = Callback::new(move |()| go(Way::Restore));
            let link = Callback::new(move |()| go(Way::Link));
            view! { <Join begun restore link_device=link/> }.into_any()
        }
    }
}

/// How a person begins here.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Join,
    Restore,
    Link,
}

/// What was begun to be filled in: it is here still for who looked at another way.
#[derive(Clone, Copy)]
struct Begun {
    name: RwSignal<String>,
    /// The address as the person writes it, where `chosen`.
    written: RwSignal<String>,
    chosen: RwSignal<bool>,
    /// For a name of which nothing can be made: nobody has to think of an address before the first word is said.
    invented: RwSignal<String>,
    /// An invitation, or another server.
    link: RwSignal<String>,
}

impl Begun {
    fn new() -> Self {
        let empty = || RwSignal::new(String::new());
        Self {
            name: empty(),
            written: empty(),
            chosen: RwSignal::new(false),
            invented: RwSignal::new(invent()),
            link: empty(),
        }
    }
}

/// Joining: a name, and done. It may be any name; the address is made of it, and can be chosen otherwise.
#[component]
fn Join(begun: Begun, restore: Callback<()>, link_device: Callback<()>) -> impl IntoView {
    let store = use_store();
    let Begun { name, written, chosen, invented, link } = begun;
    // None where the person writes it.
    let made = Memo::new(move |_| {
        let of_name = || name.with(|name| handle::of_name(name)).unwrap_or_else(|| invented.get());
        if chosen.get() { None } else { Some(of_name()) }
    });
    // Shown because nothing could be made of the name, it is not what the person chose: a longer name makes another.
    Effect::new(move |before: Option<()>| {
        name.track();
        let is_invented =
            || written.with_untracked(|written| invented.with_untracked(|invented| written == invented));
        if before.is_some() && chosen.get_untracked() && is_invented() {
            chosen.set(false);
        }
    });
    // Each beside what it is about; what is about none of the fields stands above the button.
    let wrong_name = RwSignal::new(None::<String>);
    let wrong_address = RwSignal::new(None::<String>);
    let wrong_link = RwSignal::new(None::<String>);
    let trouble = RwSignal::new(None::<String>);
    let all_right = move || {
        for wrong in [wrong_name, wrong_address, wrong_link, trouble] {
            if wrong.with_untracked(Option::is_some) {
                wrong.set(None);
            }
        }
    };
    let busy = RwSignal::new(false);
    let has_link = Memo::new(move |_| store.invitation.with(Option::is_some));
    let origin = browser::origin();
    let host = origin.split("://").nth(1).unwrap_or_default().to_owned();
    let create = move || {
        all_right();
        let shown = one_line(&name.get_untracked(), NAME as usize);
        if shown.is_empty() {
            return wrong_name.set(Some(t("name-needed")));
        }
        let wanted = match made.get_untracked() {
            // One letter, or none but signs: the address is shown before it is theirs.
            Some(made) if made.len() < 2 => {
                written.set(invented.get_untracked());
                return chosen.set(true);
            }
            Some(made) => made,
            None => written.get_untracked().trim().to_lowercase(),
        };
        if let Some(mistake) = handle::mistake(&wanted) {
            written.set(wanted);
            chosen.set(true);
            return wrong_address.set(Some(said(mistake)));
        }
        let server_link = whole(link.get_untracked().trim().trim_end_matches('/'), &origin);
        // A link has a secret after the #; without one it is the address of a server that is open to everybody.
        let (invite, server) = match store.invitation.get_untracked() {
            Some(link) => (Some(link), None),
            None if server_link.contains('#') => (Some(server_link), None),
            None if !server_link.is_empty() => (None, Some(server_link)),
            None => (None, Some(origin.clone())),
        };
        // Its policy lets the page reach no other server.
        let asked = invite.as_deref().or(server.as_deref()).unwrap_or_default().to_ascii_lowercase();
        let is_here = asked == origin || asked.starts_with(&format!("{origin}/"));
        if !engine::is_native() && asked.contains("://") && !is_here {
            return wrong_link.set(Some(t("welcome-other-server")));
        }
        busy.set(true);
        spawn_local(async move {
            let mut wanted = wanted;
            let mut more = 3;
            let done = loop {
                let done =
                    store.create_account(wanted.clone(), shown.clone(), invite.clone(), server.clone()).await;
                let is_taken = matches!(&done, Err(error) if error.kind == Kind::Taken);
                // An invented one is nobody's choice: another is as good.
                if !is_taken || wanted != invented.get_untracked() || more == 0 {
                    break done;
                }
                more -= 1;
                wanted = invent();
                invented.set(wanted.clone());
                if chosen.get_untracked() {
                    written.set(wanted.clone());
                }
            };
            busy.set(false);
            match done {
                Ok(()) if !store.prefs.with_untracked(|prefs| prefs.explained) => {
                    store.dialog.set(Some(Dialog::Explain));
                }
                Ok(()) => {}
                Err(error) if error.kind == Kind::Taken => {
                    written.set(wanted);
                    chosen.set(true);
                    wrong_address.set(Some(t("name-taken")));
                }
                Err(error) if matches!(error.kind, Kind::Offline | Kind::RateLimited) => {
                    trouble.set(Some(spoken(&error.message)));
                }
                Err(error) => {
                    // A link that is damaged or used up can be put right by hand.
                    if let Some(damaged) = store.invitation.get_untracked() {
                        link.set(damaged);
                        store.invitation.set(None);
                    }
                    wrong_link.set(Some(spoken(&error.message)));
                }
            }
        });
    };
    // A link that was corrected in the address, or another one in the same tab: the page is not loaded anew for that.
    let corrected = window_event_listener(leptos::ev::hashchange, move |_| {
        if let Some(invitation) = browser::invitation() {
            all_right();
            store.invitation.set(Some(invitation));
        }
    });
    on_cleanup(move || corrected.remove());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !busy.get_untracked() {
            create();
        }
    };
    let native = engine::is_native();
    let after = if native { String::new() } else { format!("@{host}") };
    let body = if native { t("welcome-body-native") } else { ta("welcome-body", &[("server", host.into())]) };
    let is_group = Memo::new(move |_| store.invitation.with(|link| link.as_deref().is_some_and(is_of_group)));
    let title = move || match store.invitation.with(|link| link.as_deref().map(invited_by)) {
        Some(_) if is_group.get() => t("welcome-group"),
        Some(Some(name)) => ta("welcome-invited-by", &[("name", name.into())]),
        Some(None) => t("welcome-invited"),
        None => t("welcome-title"),
    };
    let link_field = move || {
        (!has_link.get()).then(|| {
            view! { <Field label=t("invitation-link") value=link hint=t("invitation-link-hint") most=600 wrong=wrong_link/> }
        })
    };
    let at = after.clone();
    let choose = move |_| {
        written.set(made.get_untracked().unwrap_or_default());
        chosen.set(true);
    };
    let address = move || {
        let Some(made) = made.get() else {
            return Some(view! {
                <Field label=t("address") value=written after=at.clone() hint=t("name-letters") focused=true most=32 wrong=wrong_address/>
            }
            .into_any());
        };
        if made.len() < 2 {
            return None;
        }
        let words = ta("address-becomes", &[("address", format!("{made}{at}").into())]);
        Some(view! {
            <p class="soft address-line" dir="auto">{words}" "<button type="button" class="inline roomy" on:click=choose>{t("address-change")}</button></p>
        }
        .into_any())
    };
    // The button that was pressed cannot be pressed meanwhile and loses the focus: it goes to what is said instead.
    let told = NodeRef::<leptos::html::P>::new();
    Effect::new(move |_| {
        if let Some(told) = told.get() {
            let _ = told.focus();
        }
    });
    view! {
        <main class="gate">
            <form class="gate-box" on:submit=submit>
                <span class="mark-large">{icon(Icon::Arch)}</span>
                {move || store.erased.get().map(|why| view! { <p class="notice look" role="alert">{erased(why)}</p> })}
                <h1>{title}</h1>
                <p>{body}</p>
                <Field label=t("your-name") value=name person=true focused=true most=NAME wrong=wrong_name/>
                {address}
                {link_field}
                {move || trouble.get().map(|words| view! { <p class="notice look" role="alert" tabindex="-1" node_ref=told>{words}</p> })}
                <Button label=t("create-account") submit=true disabled=Signal::derive(move || busy.get())/>
                {move || busy.get().then(|| view! { <p class="soft" role="status">{t("creating")}</p> })}
                <p class="soft">{t("welcome-keys")}</p>
                <h2 class="gate-more">{t("account-already")}</h2>
                <Button label=t("link-this") weight=Weight::Quiet on_click=move |()| link_device.run(())/>
                <Button label=t("have-account") weight=Weight::Quiet on_click=move |()| restore.run(())/>
            </form>
        </main>
    }
}

/// Why the account that was here is gone from here.
fn erased(why: Erased) -> String {
    match why {
        Erased::Removed => t("device-wiped"),
        Erased::SignedOut => t("signed-out"),
        Erased::SignedOutUntold => t("signed-out-untold"),
    }
}

/// Many leave out how a server is reached. This one as this page was; over the network there is one way.
fn whole(link: &str, origin: &str) -> String {
    if link.contains("://") || !link.contains(['.', ':']) {
        return link.to_owned();
    }
    let (here, host) = origin.split_once("://").unwrap_or(("https", ""));
    let scheme = if link.split('/').next() == Some(host) { here } else { "https" };
    format!("{scheme}://{link}")
}

/// Whether a link leads into a group: it has a third part.
pub fn is_of_group(link: &str) -> bool {
    link.split_once('#').is_some_and(|(_, secret)| secret.split('.').count() == 3)
}

/// Whom an invitation link says that it is from. Anybody can write anything there: it is a name, and no more.
pub fn invited_by(link: &str) -> Option<String> {
    let (name, _) = link.split_once('#')?.1.split_once('~')?;
    let name = String::from_utf8(BASE64URL_NOPAD.decode(name.as_bytes()).ok()?).ok()?;
    Some(one_line(&name, NAME as usize)).filter(|name| !name.is_empty())
}

/// An address that nobody is likely to have.
fn invent() -> String {
    handle::invented((js_sys::Math::random() * f64::from(handle::INVENTED)) as u32)
}

/// Letters of a name that is shown.
const NAME: u32 = 60;

fn said(mistake: Mistake) -> String {
    match mistake {
        Mistake::Letters => t("name-letters"),
        Mistake::Length => t("name-length"),
        Mistake::Signs => t("name-signs"),
    }
}

/// The database is locked with a passphrase, a passkey, or both.
#[component]
pub fn Unlock(lock: engine::Lock) -> impl IntoView {
    let store = use_store();
    let passphrase = RwSignal::new(String::new());
    let said = RwSignal::new(spoken(&lock.sentence));
    // Until it opens, or the engine asks again.
    let busy = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let typed = passphrase.get_untracked();
        if !typed.is_empty() && !busy.get_untracked() {
            busy.set(true);
            engine::open(Some(&typed));
        }
    };
    let by_passphrase = lock.passphrase.then(|| {
        view! {
            <Field label=t("passphrase") value=passphrase secret=true focused=true/>
            <Button label=t("unlock") submit=true disabled=Signal::derive(move || busy.get())/>
        }
    });
    let weight = if lock.passphrase { Weight::Quiet } else { Weight::Main };
    let by_passkey = lock.passkey.map(|(credential, salt)| {
        let open = move |()| {
            let (credential, salt) = (credential.clone(), salt.clone());
            spawn_local(async move {
                if let Err(why) = store.unlock_by_passkey(&credential, &salt).await {
                    said.try_set(why);
                }
            });
        };
        view! { <Button label=t("unlock-passkey") weight on_click=open/> }
    });
    // A new account here is made from nothing: what is locked would be gone.
    let restore = (!engine::is_native()).then(|| view! { <p class="soft">{t("unlock-lost")}</p><Anew/> });
    view! {
        <main class="gate">
            <form class="gate-box" on:submit=submit>
                <span class="mark-large">{icon(Icon::Arch)}</span>
                <h1>{t("unlock-title")}</h1>
                <p role="alert">{move || said.get()}</p>
                {by_passphrase}
                {by_passkey}
                {restore}
            </form>
        </main>
    }
}

/// Gives up what cannot be opened in this browser, to restore or join.
#[component]
fn Anew() -> impl IntoView {
    let store = use_store();
    let ask = move |()| {
        store.dialog.set(Some(Dialog::Confirm {
            title: t("anew-question"),
            body: t("anew-body"),
            verb: t("anew"),
            danger: true,
            act: Act::new(|()| engine::begin_anew()),
        }));
    };
    view! { <Button label=t("anew") weight=Weight::Quiet on_click=ask/> }
}

/// What happened, whether anything was lost, what to do.
#[component]
pub fn Failed(error: Error) -> impl IntoView {
    // The browser cleared a part of what was here.
    let lost = error.kind == Kind::NotFound && !engine::is_native();
    let hint = match error.kind {
        Kind::NotFound => t("failed-lost"),
        Kind::StorageFull => t("failed-storage"),
        Kind::NotAllowed => t("failed-browser"),
        _ => t("failed-hint"),
    };
    view! {
        <main class="gate">
            <div class="gate-box">
                <span class="mark-large">{icon(Icon::Warning)}</span>
                <h1>{t("failed-title")}</h1>
                <p role="alert">{spoken(&error.message)}</p>
                <p class="soft">{hint}</p>
                <Button label=t("reload") on_click=move |()| browser::load_anew()/>
                {lost.then(|| view! { <Anew/> })}
            </div>
        </main>
    }
}

/// Another tab has the one engine. Once it is closed, the app goes on here by itself.
#[component]
pub fn Elsewhere() -> impl IntoView {
    let store = use_store();
    let call = RwSignal::new(false);
    let refused = RwSignal::new(false);
    let unsent = move || store.unsent.with(|all| !all.is_empty());
    engine::tabs::ask_for_calls(call);
    engine::tabs::wait_for_it(move || store.phase.with_untracked(|phase| *phase == Phase::Elsewhere));
    view! {
        <main class="gate">
            <div class="gate-box">
                <span class="mark-large">{icon(Icon::Device)}</span>
                <h1>{t("elsewhere-title")}</h1>
                <p>{t("elsewhere-body")}</p>
                <p role="status">{move || call.get().then(|| t("elsewhere-call"))}</p>
                {move || unsent().then(|| view! { <p class="notice look" role="status">{t("elsewhere-unsent")}</p> })}
                {move || refused.get().then(|| view! { <p class="notice look" role="alert">{t("elsewhere-refused")}</p> })}
                <Button label=t("use-here") on_click=move |()| engine::tabs::take_over(refused)/>
                <Button label=t("reload") weight=Weight::Quiet on_click=move |()| browser::load_anew()/>
            </div>
        </main>
    }
}
