//! The recovery kit: its words on the screen and on paper, whether they were written down, and restoring with them.

use casemate_api::view::RecoveryKit;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::locale::{spoken, t, ta};
use crate::store::use_store;
use crate::text::plain::handle;
use crate::ui::act::Act;
use crate::ui::browser;
use crate::ui::button::{Button, Field, Weight};
use crate::ui::dialog::Dialog;
use crate::ui::icon::{Icon, icon};
use crate::ui::qr::qr;
use crate::ui::scanner::Scanner;
use crate::ui::written::WrittenDown;

/// Words that are asked for after writing down: enough to see that there is a paper.
const ASKED: [usize; 3] = [2, 6, 10];

/// The offer, in a dialog.
#[component]
pub fn KitOffer() -> impl IntoView {
    let store = use_store();
    let show = move |()| {
        store.dialog.set(None);
        store.go(crate::store::route::Route::Settings(crate::store::route::Page::Recovery));
    };
    view! {
        <div class="explain">
            <span class="mark-large">{icon(Icon::File)}</span>
            <h2>{t("kit-offer-title")}</h2>
            <p>{t("kit-offer-body")}</p>
        </div>
        <div class="buttons">
            <Button label=t("later") weight=Weight::Quiet on_click=move |()| store.dialog.set(None)/>
            <Button label=t("kit-show") on_click=show/>
        </div>
    }
}

/// A kind line above the list, after enough was said.
#[component]
pub fn KitReminder() -> impl IntoView {
    let store = use_store();
    let later = RwSignal::new(snoozed());
    let show = move |()| store.go(crate::store::route::Route::Settings(crate::store::route::Page::Recovery));
    let wait = move |()| {
        snooze();
        later.set(true);
    };
    move || {
        (store.kit_is_due() && !later.get()).then(|| {
            view! {
                <div class="kit-reminder" role="note">
                    <Restored/>
                    <p>{t("kit-reminder")}</p>
                    <div class="buttons">
                        <Button label=t("later") weight=Weight::Quiet on_click=wait/>
                        <Button label=t("kit-show") on_click=show/>
                    </div>
                </div>
            }
        })
    }
}

/// What came back with the account that was restored here, and from when.
#[component]
fn Restored() -> impl IntoView {
    let store = use_store();
    let found = Memo::new(move |_| {
        store.account.with(|account| account.as_ref().and_then(|one| one.restored.clone()))
    });
    move || {
        found.get().map(|found| {
            // As in the line that the engine writes: in UTC.
            let date = found.made_at.unwrap_or_default();
            let date = date.get(..16).unwrap_or_default().replace('T', " ");
            let (words, good) = match found.found.as_str() {
                "box" => (ta("said-restored-box", &[("date", date.into())]), true),
                "old" => (ta("said-restored-box-old", &[("date", date.into())]), false),
                "unreadable" => (t("said-restored-box-unreadable"), false),
                _ => (t("said-restored-box-none"), false),
            };
            view! {
                <p class="notice" class:look=!good>{words}</p>
                <p class="notice look">{t("said-restored-words")}</p>
            }
        })
    }
}

const SNOOZED: &str = "kit-later";
/// A week.
const SNOOZE_MS: f64 = 7.0 * 24.0 * 3_600_000.0;

fn snoozed() -> bool {
    let storage = browser::window().local_storage().ok().flatten();
    let at = storage.and_then(|storage| storage.get_item(SNOOZED).ok().flatten());
    at.and_then(|at| at.parse::<f64>().ok()).is_some_and(|at| js_sys::Date::now() - at < SNOOZE_MS)
}

fn snooze() {
    if let Some(storage) = browser::window().local_storage().ok().flatten() {
        let _ = storage.set_item(SNOOZED, &js_sys::Date::now().to_string());
    }
}

/// The page of the kit.
#[component]
pub fn Recovery() -> impl IntoView {
    let store = use_store();
    let kit = RwSignal::new(None::<RecoveryKit>);
    let checking = RwSignal::new(false);
    // New words were made here.
    let renewed = RwSignal::new(false);
    // The old words, where this device has erased them.
    let old = RwSignal::new(String::new());
    let get = move |renew: bool| {
        spawn_local(async move {
            let words = Some(old.get_untracked()).filter(|words| renew && !words.trim().is_empty());
            match store.kit(renew, words).await {
                Ok(shown) => {
                    if renew {
                        // Whether the server has them is said with them.
                        store.load_account().await;
                        renewed.set(true);
                    }
                    checking.set(false);
                    old.set(String::new());
                    kit.set(Some(shown));
                }
                Err(error) => store.fails(&error),
            }
        });
    };
    // Whoever has the words has the account: borrowing the open app is not enough.
    let show = move |()| store.if_owner(t("prove-kit"), t("kit-show"), Act::new(move |()| get(false)));
    let renew = move |()| {
        let sure = Act::new(move |()| {
            store.if_owner(t("prove-kit-renew"), t("kit-renew"), Act::new(move |()| get(true)));
        });
        store.dialog.set(Some(Dialog::Confirm {
            title: t("kit-renew-question"),
            body: t("kit-renew-body"),
            verb: t("kit-renew"),
            danger: true,
            act: sure,
        }));
    };
    // The words still hold though the account went on elsewhere: they are for whoever restored it.
    Effect::new(move |_| {
        if store.is_replaced() {
            kit.set(None);
        }
    });
    // Memo: the account is loaded anew while the check is on the screen, which must not be drawn anew under it.
    let here = Memo::new(move |_| {
        store.account.with(|account| account.as_ref().is_some_and(|account| account.kit.here))
    });
    let erased = Memo::new(move |_| {
        store.account.with(|account| account.as_ref().is_some_and(|account| account.kit.erased))
    });
    let done = Callback::new(move |()| checking.set(true));
    let again = Callback::new(move |()| checking.set(false));
    let good = Callback::new(move |()| kit.set(None));
    let written =
        move || store.account.with(|account| account.as_ref().is_some_and(|account| account.kit.written));
    let state = move || {
        let (shape, words) =
            if written() { (Icon::Check, t("kit-written")) } else { (Icon::Warning, t("kit-not-written")) };
        view! { <p class="notice" class:look=move || !written()>{icon(shape)}<span>{words}</span></p> }
    };
    let body = move || match (kit.get(), here.get(), checking.get()) {
        (_, false, _) => view! { <p>{t("kit-elsewhere")}</p> }.into_any(),
        (None, true, _) => view! {
            {state}
            <OldPaper renewed/>
            <p class="soft">{t("kit-alone")} " " {t("kit-seen")}</p>
            {move || erased.get().then(|| view! {
                <p class="soft">{t("kit-erased")}</p>
                <Field label=t("kit-old-words") value=old most=400/>
            })}
            <div class="buttons stacked">
                {move || (!erased.get()).then(|| view! { <Button label=t("kit-show") on_click=show/> })}
                <Button label=t("kit-renew") weight=Weight::Quiet on_click=renew/>
            </div>
        }
        .into_any(),
        (Some(shown), true, false) => view! { <Paper shown done/> <OldPaper renewed/> }.into_any(),
        (Some(shown), true, true) => view! { <Check shown again good/> }.into_any(),
    };
    view! { <Restored/> <p>{t("kit-what")}</p> {body} }
}

/// What the paper with the words of before is good for.
#[component]
fn OldPaper(renewed: RwSignal<bool>) -> impl IntoView {
    let store = use_store();
    let pending = Memo::new(move |_| {
        store.account.with(|account| account.as_ref().is_some_and(|account| account.kit.pending))
    });
    let said = move || match (pending.get(), renewed.get()) {
        (true, _) => view! { <p class="notice look">{t("kit-pending")}</p> }.into_any(),
        (false, true) => view! { <p class="notice">{t("kit-old-void")}</p> }.into_any(),
        (false, false) => ().into_any(),
    };
    view! { <div role="status">{said}</div> }
}

/// What the QR code on the paper says.
#[derive(Debug, PartialEq)]
struct Kit {
    server: String,
    address: String,
    words: String,
}

impl Kit {
    fn written(&self) -> String {
        format!("{}\n{}\n{}", self.server, self.address, self.words)
    }

    /// None: another code.
    fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let (server, address, words) = (lines.next()?, lines.next()?, lines.next()?);
        let whole =
            words.split(' ').count() == 12 && words.chars().all(|one| one.is_ascii_lowercase() || one == ' ');
        let good = server.starts_with("http") && address.contains('@') && whole && lines.next().is_none();
        good.then(|| Self { server: server.to_owned(), address: address.to_owned(), words: words.to_owned() })
    }
}

/// What goes on paper.
#[component]
fn Paper(shown: RecoveryKit, done: Callback<()>) -> impl IntoView {
    let words = shown
        .words
        .split(' ')
        .map(|word| view! { <li><bdi lang="en">{word.to_owned()}</bdi></li> })
        .collect_view();
    let kit =
        Kit { server: shown.server.clone(), address: shown.address.clone(), words: shown.words.clone() };
    let code = qr(&kit.written(), t("kit-code"));
    view! {
        <div class="kit" dir="ltr">
            <p class="kit-head"><strong>"Casemate"</strong>" · "<bdi>{shown.address.clone()}</bdi></p>
            <ol class="kit-words" aria-label=t("kit-words")>{words}</ol>
            <div class="kit-code">{code}</div>
            <p class="kit-server">{shown.server.clone()}</p>
            <p class="kit-print" dir="auto">{t("kit-paper")}</p>
        </div>
        <p class="soft">{t("kit-alone")}</p>
        <div class="buttons">
            <Button label=t("print") weight=Weight::Quiet on_click=move |()| browser::print()/>
            <Button label=t("kit-wrote") on_click=move |()| done.run(())/>
        </div>
    }
}

/// Whether there is a paper: a few words, by their number.
#[component]
fn Check(shown: RecoveryKit, again: Callback<()>, good: Callback<()>) -> impl IntoView {
    let store = use_store();
    let on_good = Callback::new(move |()| {
        spawn_local(async move {
            match store.kit_written().await {
                Ok(()) => {
                    store.say(t("kit-done"));
                    good.try_run(());
                }
                Err(error) => store.fails(&error),
            }
        });
    });
    let (question, verb) = (t("kit-check"), t("kit-confirm"));
    view! { <WrittenDown words=shown.words asked=&ASKED question verb on_again=again on_good/> }
}

/// Restoring, in place of joining.
#[component]
pub fn Restore(back: Callback<()>) -> impl IntoView {
    let store = use_store();
    let (name, words, server) =
        (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let wrong = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let native = crate::engine::is_native();
    let restore = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let typed = words.get_untracked();
        let count =
            typed.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty()).count();
        if count != 12 {
            return wrong.set(Some(ta("restore-count", &[("count", count.into())])));
        }
        let server = if native { Some(server.get_untracked()) } else { Some(browser::origin()) };
        wrong.set(None);
        busy.set(true);
        spawn_local(async move {
            let done = store.restore(name.get_untracked().trim().to_lowercase(), typed, server).await;
            busy.set(false);
            if let Err(error) = done {
                wrong.set(Some(spoken(&error.message)));
            }
        });
    };
    let label = t("recovery-words");
    let scanning = RwSignal::new(false);
    let found = move |text: String| {
        scanning.set(false);
        let Some(kit) = Kit::read(&text) else { return wrong.set(Some(t("restore-not-kit"))) };
        if !native && kit.server != browser::origin() {
            return wrong.set(Some(ta("restore-other-server", &[("server", kit.server.into())])));
        }
        wrong.set(None);
        server.set(kit.server);
        name.set(handle(&kit.address).to_owned());
        words.set(kit.words);
    };
    view! {
        <main class="gate">
            <form class="gate-box" on:submit=restore>
                <span class="mark-large">{icon(Icon::Arch)}</span>
                <h1>{t("restore-title")}</h1>
                <p>{t("restore-body")}</p>
                {move || scanning.get().then(|| view! { <Scanner on_found=found/> })}
                <Button label=t("restore-scan") weight=Weight::Quiet on_click=move |()| scanning.update(|on| *on = !*on)/>
                <Field label=t("account-name") value=name focused=true most=80/>
                {native.then(|| view! { <Field label=t("server-address") value=server most=300/> })}
                <label class="field">
                    <span class="field-label">{label.clone()}</span>
                    <span class="field-box">
                        <textarea
                            rows="3" aria-label=label autocomplete="off" autocapitalize="none" spellcheck="false" dir="ltr" maxlength="400"
                            prop:value=move || words.get()
                            on:input=move |event| words.set(event_target_value(&event))
                        ></textarea>
                    </span>
                    <small>{t("recovery-words-hint")}</small>
                </label>
                {move || wrong.get().map(|wrong| view! { <p class="notice look" role="alert">{wrong}</p> })}
                <Button label=t("restore-account") submit=true disabled=Signal::derive(move || busy.get())/>
                {move || busy.get().then(|| view! { <p class="soft" role="status">{t("restoring")}</p> })}
                <Button label=t("back") weight=Weight::Quiet on_click=move |()| back.run(())/>
                <p class="soft">{t("restore-what")}</p>
            </form>
        </main>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_on_the_paper_is_read_and_no_other() {
        let words = "coach gospel piece laptop live page trophy immune ticket rose pink replace".to_owned();
        let kit = Kit { server: "https://x.example".into(), address: "mira@x.example".into(), words };
        assert_eq!(Kit::read(&kit.written()), Some(kit));
        for other in
            ["", "https://x.example", "https://x.example/i#a.b", "a\nb\nc", "https://x\nm@x\none two"]
        {
            assert_eq!(Kit::read(other), None, "{other:?}");
        }
    }
}
