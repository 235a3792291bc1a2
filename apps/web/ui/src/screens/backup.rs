//! Settings → Backup: the history on the server or in a file, encrypted, and how it comes back.

use casemate_api::view;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::File;

use super::backup_words::NewPassphrase;
use crate::locale::{t, ta, when};
use crate::store::backing_up::{Backup, Doing, Opens};
use crate::store::route::{Page, Route};
use crate::store::use_store;
use crate::ui::act::Act;
use crate::ui::browser;
use crate::ui::button::{Button, Field, Switch, Weight};
use crate::ui::dialog::Dialog;
use crate::ui::icon::{Icon, icon};

/// The page.
#[component]
pub fn BackupPage() -> impl IntoView {
    let store = use_store();
    spawn_local(async move { store.load_backup().await });
    // Drawn anew when it goes from one state to another, not with each step.
    let kind = Memo::new(move |_| store.backing_up.with(std::mem::discriminant));
    let now = move || {
        let _ = kind.get();
        untrack(move || match store.backing_up.get() {
            Backup::None => ().into_any(),
            Backup::Running(doing, ..) => view! { <Running doing/> }.into_any(),
            Backup::Failed(_, why) => view! { <p class="notice look" role="alert">{why}</p> }.into_any(),
            Backup::Made(made) => made_file(made).into_any(),
            Backup::Restored(restored) => came_back(restored).into_any(),
        })
    };
    let runs = Memo::new(move |_| store.backing_up.with(|state| state.percent().is_some()));
    let typed = Typed::new();
    Effect::new(move |_| {
        if store.backing_up.with(|state| matches!(state, Backup::Restored(_) | Backup::Made(_))) {
            typed.forget();
        }
    });
    // The rest would only stand around what cannot be done twice.
    let rest = move || (!runs.get()).then(|| view! { <OnServer typed/> <InFile typed/> });
    view! { <p>{t("backup-what")}</p> {now} {rest} }
}

/// What was typed and chosen: it stands there again where it was not right.
#[derive(Clone, Copy)]
struct Typed {
    passphrase: RwSignal<String>,
    of_file: RwSignal<String>,
    asking: RwSignal<Asking>,
    file: StoredValue<Option<File>, LocalStorage>,
    file_name: RwSignal<String>,
}

impl Typed {
    fn new() -> Self {
        Self {
            passphrase: RwSignal::new(String::new()),
            of_file: RwSignal::new(String::new()),
            asking: RwSignal::new(Asking::Nothing),
            file: StoredValue::new_local(None),
            file_name: RwSignal::new(String::new()),
        }
    }

    fn forget(self) {
        self.asking.set(Asking::Nothing);
        self.file.set_value(None);
        [self.passphrase, self.of_file, self.file_name].iter().for_each(|field| field.set(String::new()));
    }
}

#[component]
fn Running(doing: Doing) -> impl IntoView {
    let store = use_store();
    let percent = move || store.backing_up.with(|state| state.percent().unwrap_or(100.0));
    let words = move || {
        let percent = [("percent", when::number(percent()).into())];
        match doing {
            Doing::Server | Doing::File => ta("backup-running", &percent),
            Doing::Restore => ta("restore-running", &percent),
        }
    };
    let go_on = if doing == Doing::File { t("export-go-on") } else { t("backup-go-on") };
    view! {
        <div class="card" role="group" aria-label=t("settings-backup")>
            <p role="status">{words}</p>
            <progress aria-label=t("progress") max="100" value=move || percent().to_string()></progress>
            <p class="soft">{go_on}</p>
            <div class="buttons"><Button label=t("cancel") weight=Weight::Quiet on_click=move |()| store.cancel_backup()/></div>
        </div>
    }
}

fn made_file(made: view::BackedUp) -> impl IntoView {
    let store = use_store();
    let line = match made.messages + made.files {
        // A native engine tells only how much it is.
        0 => when::size(made.bytes),
        _ => {
            let counts = [
                ("messages", (made.messages as usize).into()),
                ("files", (made.files as usize).into()),
                ("size", when::size(made.bytes).into()),
            ];
            ta("export-made", &counts)
        }
    };
    view! {
        <div class="card" role="status">
            <p><b>{t("backup-file-done")}</b><br/>{line}</p>
            {not_whole(&made)}
            <p class="soft">{t("export-stays")}</p>
            <div class="buttons">
                <Button label=t("export-again") weight=Weight::Quiet on_click=move |()| store.save_backup()/>
                <Button label=t("export-close") on_click=move |()| store.forget_backup()/>
            </div>
        </div>
    }
}

/// What a backup has not, and what was wrong with it.
fn not_whole(made: &view::BackedUp) -> impl IntoView {
    let lines = [
        ("backup-disappearing", made.disappearing),
        ("backup-left-out", made.left_out),
        ("backup-rewritten", made.rewritten),
        ("backup-damaged-files", made.damaged_files),
    ];
    let lines = lines.into_iter().filter(|(_, count)| *count > 0);
    let line = |(words, count): (&str, u64)| {
        view! { <p class="soft">{ta(words, &[("count", (count as usize).into())])}</p> }
    };
    lines.map(line).collect::<Vec<_>>()
}

fn came_back(restored: view::BackupRestored) -> impl IntoView {
    let store = use_store();
    let made = [("when", when::full(&restored.made).into())];
    view! {
        <div class="card" role="status">
            <p><b>{ta("restored-messages", &[("count", (restored.added as usize).into())])}</b><br/>{ta("restored-made", &made)}</p>
            {(!restored.signed).then(|| view! { <p class="notice look">{t("restored-unsigned")}</p> })}
            <div class="buttons">
                <Button label=t("export-close") weight=Weight::Quiet on_click=move |()| store.forget_backup()/>
                <Button label=t("restored-look") on_click=move |()| {
                    store.forget_backup();
                    store.go(Route::Chats);
                }/>
            </div>
        </div>
    }
}

/// What the server keeps, and what can be done about it.
#[component]
fn OnServer(typed: Typed) -> impl IntoView {
    let store = use_store();
    let state = Memo::new(move |_| store.backup.get());
    let body = move || {
        let state = state.get()?;
        let Some(server) = state.server.clone() else {
            return Some(view! { {last(&state)} <p class="soft">{t("backup-offline")}</p> }.into_any());
        };
        Some(match (server.exists, state.kept_here, state.primary) {
            (true, true, _) => view! { <Kept state server/> }.into_any(),
            (true, false, primary) if server.begun && !state.whole => view! {
                <Restore state server typed=typed.passphrase/>
                {primary.then(|| view! { <Begin replace=true/> })}
            }
            .into_any(),
            (_, _, false) => view! { <p class="soft">{t("backup-elsewhere")}</p> }.into_any(),
            _ if server.limit_bytes == 0 => view! { <p class="soft">{t("backup-none-here")}</p> }.into_any(),
            (exists, _, true) => view! { <Begin replace=exists/> }.into_any(),
        })
    };
    view! { <h2>{t("backup-server")}</h2> {body} }
}

fn last(state: &view::BackupState) -> impl IntoView {
    let made = state.made.as_ref();
    let words = made.map(|at| ta("backup-last", &[("when", when::full(at).into())]));
    let disappearing = (made.is_some() && state.disappearing > 0).then(|| {
        let count = [("count", (state.disappearing as usize).into())];
        view! { <p class="soft">{ta("backup-disappearing", &count)}</p> }
    });
    view! {
        {words.map(|words| view! { <p class="notice">{icon(Icon::Check)}<span>{words}</span></p> })}
        {disappearing}
    }
}

/// Beginning one. `replace`: there is another, whose content is given up.
#[component]
fn Begin(replace: bool) -> impl IntoView {
    let store = use_store();
    let begun = RwSignal::new(false);
    let done = Callback::new(move |words: String| store.back_up(Some(words), replace));
    let begin = move |()| {
        if !replace || !store.can_restore() {
            return begun.set(true);
        }
        store.dialog.set(Some(Dialog::Confirm {
            title: t("backup-anew-question"),
            body: t("backup-anew-body"),
            verb: t("backup-anew"),
            danger: true,
            act: Act::new(move |()| begun.set(true)),
        }));
    };
    move || {
        match begun.get() {
        true => {
            view! { <NewPassphrase verb=t("backup-begin") on_done=done on_cancel=Callback::new(move |()| begun.set(false))/> }.into_any()
        }
        false if replace => view! {
            <div class="buttons stacked"><Button label=t("backup-anew") weight=Weight::Quiet on_click=begin/></div>
        }
        .into_any(),
        false => view! {
            <p class="soft">{t("backup-server-what")}</p>
            <div class="buttons stacked"><Button label=t("backup-to-server") on_click=begin/></div>
        }
        .into_any(),
    }
    }
}

/// One that this device keeps.
#[component]
fn Kept(state: view::BackupState, server: view::BackupOnServer) -> impl IntoView {
    let store = use_store();
    let changing = RwSignal::new(false);
    let changed = Callback::new(move |words: String| store.back_up(Some(words), false));
    let end = move |()| {
        store.dialog.set(Some(Dialog::Confirm {
            title: t("backup-end-question"),
            body: t("backup-end-body"),
            verb: t("backup-end"),
            danger: true,
            act: Act::new(move |()| {
                store.if_owner(t("backup-end"), t("backup-end"), Act::new(move |()| store.end_backup()));
            }),
        }));
    };
    // The words that hold are on somebody's paper.
    let change = move |()| {
        store.if_owner(t("backup-change"), t("backup-change"), Act::new(move |()| changing.set(true)));
    };
    let room = [("size", when::size(server.bytes).into()), ("limit", when::size(server.limit_bytes).into())];
    let guesses = ta("backup-guesses", &[("count", (server.guesses_left as usize).into())]);
    let unfinished =
        state.made.is_none().then(|| view! { <p class="notice look">{t("backup-unfinished")}</p> });
    let holds = state.passkey.is_some();
    let buttons = move || {
        match changing.get() {
        true => view! {
            {holds.then(|| view! { <p class="notice look">{t("backup-change-passkey")}</p> })}
            <NewPassphrase verb=t("backup-change") on_done=changed on_cancel=Callback::new(move |()| changing.set(false))/>
        }
        .into_any(),
        false => view! {
            <div class="buttons stacked">
                <Button label=t("backup-now") on_click=move |()| store.back_up(None, false)/>
                <Button label=t("backup-change") weight=Weight::Quiet on_click=change/>
                <Button label=t("backup-end") weight=Weight::Quiet on_click=end/>
            </div>
        }
        .into_any(),
    }
    };
    view! {
        {last(&state)} {unfinished}
        <p class="soft">{ta("backup-room", &room)}<br/>{guesses}<br/>{t("backup-daily")}</p>
        {buttons}
        <Switch
            label=t("backup-files") hint=t("backup-files-hint")
            on=Signal::derive(move || state.files) on_change=move |on| store.back_up_files(on)
        />
        {(!crate::engine::is_native()).then(|| view! { <ByPasskey holds/> })}
    }
}

/// A passkey in place of the passphrase.
#[component]
fn ByPasskey(holds: bool) -> impl IntoView {
    let store = use_store();
    let busy = RwSignal::new(false);
    let press = move |()| {
        busy.set(true);
        spawn_local(async move {
            store.backup_by_passkey(!holds).await;
            busy.try_set(false);
        });
    };
    let (words, label) = match holds {
        true => (t("backup-passkey-holds"), t("passkey-remove")),
        false => (t("backup-passkey-what"), t("passkey-add")),
    };
    view! {
        <h3>{t("passkey-title")}</h3>
        <p class="soft">{words}</p>
        <div class="buttons stacked"><Button label weight=Weight::Quiet disabled=busy on_click=press/></div>
    }
}

/// One whose messages are not here.
#[component]
fn Restore(state: view::BackupState, server: view::BackupOnServer, typed: RwSignal<String>) -> impl IntoView {
    let store = use_store();
    let restore = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let restore = move || store.restore_backup(Opens::Passphrase(typed.get_untracked()), None);
        let count = typed.with_untracked(|typed| typed.split_whitespace().count());
        if count == WORDS {
            return restore();
        }
        // It may be a passphrase of somebody's own, made elsewhere; more often a word is missing, and each try counts.
        store.dialog.set(Some(Dialog::Confirm {
            title: ta("backup-words-odd", &[("count", count.into())]),
            body: t("backup-words-odd-body"),
            verb: t("backup-words-try"),
            danger: false,
            act: Act::new(move |()| restore()),
        }));
    };
    let missing = Signal::derive(move || typed.with(|typed| typed.trim().is_empty()));
    let guesses = ta("backup-guesses", &[("count", (server.guesses_left as usize).into())]);
    let passkey = state.passkey.clone().filter(|_| !crate::engine::is_native());
    let passkey = passkey.map(|passkey| {
        let by_passkey = move |()| store.restore_backup(Opens::Passkey(passkey.clone()), None);
        view! { <div class="buttons stacked"><Button label=t("restore-passkey") weight=Weight::Quiet on_click=by_passkey/></div> }
    });
    if state.opened {
        return view! {
            <p>{t("restore-interrupted")}</p>
            <div class="buttons stacked"><Button label=t("restore-go-on") on_click=move |()| store.restore_backup(Opens::Known, None)/></div>
        }
        .into_any();
    }
    view! {
        <p>{t("restore-there")}</p>
        <form class="form" on:submit=restore>
            <Words typed=typed/>
            <p class="soft">{guesses}</p>
            <Button label=t("restore-messages") submit=true disabled=missing/>
        </form>
        {passkey}
    }
    .into_any()
}

/// Words of a passphrase that Casemate makes.
const WORDS: usize = 6;

/// The passphrase, and how many of its words are there: one that is missing costs a guess.
#[component]
fn Words(typed: RwSignal<String>) -> impl IntoView {
    let counted = Memo::new(move |_| typed.with(|typed| typed.split_whitespace().count()));
    let counted = move || {
        let count = counted.get();
        (count > 0).then(|| ta("backup-words-so-far", &[("count", count.into())]))
    };
    view! {
        <Field label=t("backup-passphrase") value=typed hint=t("backup-passphrase-hint") most=200/>
        <p class="soft" role="status">{counted}</p>
    }
}

/// What is asked about a file.
#[derive(Clone, Copy, PartialEq)]
enum Asking {
    Nothing,
    Passphrase,
    Restore,
}

/// A backup that lies where its person wants it.
#[component]
fn InFile(typed: Typed) -> impl IntoView {
    let store = use_store();
    let asking = typed.asking;
    let back = Callback::new(move |()| asking.set(Asking::Nothing));
    let begin = move |()| {
        let act = Act::new(move |()| asking.set(Asking::Passphrase));
        store.if_owner(t("backup-to-file"), t("backup-to-file"), act);
    };
    let write = Callback::new(move |words: String| {
        spawn_local(async move {
            if let Ok(place) = browser::place_for(&store.backup_name()).await {
                store.back_up_into_file(words, place);
            }
        });
    });
    let made = move || {
        let at = store.backup_file_made()?;
        Some(view! { <p class="soft">{ta("backup-file-last", &[("when", when::full(&at).into())])}</p> })
    };
    let body = move || {
        match asking.get() {
        Asking::Nothing => view! {
            {made}
            <div class="buttons stacked">
                <Button label=t("backup-to-file") weight=Weight::Quiet on_click=begin/>
                <Button label=t("restore-from-file") weight=Weight::Quiet on_click=move |()| asking.set(Asking::Restore)/>
            </div>
        }
        .into_any(),
        Asking::Passphrase => view! { <NewPassphrase verb=t("backup-save-file") on_done=write on_cancel=back/> }.into_any(),
        Asking::Restore => view! { <FromFile typed/> }.into_any(),
    }
    };
    view! { <h2>{t("backup-file")}</h2> <p class="soft">{t("backup-file-what")}</p> {body} }
}

/// Out of a file.
#[component]
fn FromFile(typed: Typed) -> impl IntoView {
    let store = use_store();
    let picker = NodeRef::<html::Input>::new();
    let Typed { file: chosen, file_name: name, of_file: passphrase, .. } = typed;
    let picked = move |_| {
        let file = picker.get_untracked().and_then(|input| browser::files(input.files()).into_iter().next());
        if let Some(file) = file {
            name.set(file.name());
            chosen.set_value(Some(file));
        }
    };
    let restore = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let Some(file) = chosen.get_value() {
            store.restore_backup(Opens::Passphrase(passphrase.get_untracked()), Some(file));
        }
    };
    let missing = Signal::derive(move || {
        name.with(String::is_empty) || passphrase.with(|typed| typed.trim().is_empty())
    });
    let choose = move |()| {
        if let Some(input) = picker.get_untracked() {
            input.click();
        }
    };
    view! {
        <form class="form card" aria-label=t("restore-from-file") on:submit=restore>
            <input node_ref=picker type="file" class="hidden" tabindex="-1" aria-hidden=true.to_string() on:change=picked/>
            <Button label=t("restore-choose") weight=Weight::Quiet on_click=choose/>
            {move || (!name.with(String::is_empty)).then(|| view! { <p><bdi>{name.get()}</bdi></p> })}
            <Words typed=passphrase/>
            <div class="buttons">
                <Button label=t("cancel") weight=Weight::Quiet on_click=move |()| typed.forget()/>
                <Button label=t("restore-messages") submit=true disabled=missing/>
            </div>
        </form>
    }
}

/// A line above the chats while messages come back.
#[component]
pub fn RestoreProgress() -> impl IntoView {
    let store = use_store();
    let percent = move || {
        store.backing_up.with(|state| match state {
            Backup::Running(Doing::Restore, ..) => state.percent(),
            _ => None,
        })
    };
    move || {
        percent().map(|percent| {
            let words = ta("restore-running", &[("percent", when::number(percent).into())]);
            view! { <div class="new-device" role="status"><p>{icon(Icon::Down)}<span>{words}</span></p></div> }
        })
    }
}

/// A card above the chats of an account that was restored: its messages can come back too.
#[component]
pub fn RestoreOffer() -> impl IntoView {
    let store = use_store();
    let later = RwSignal::new(store.restores_later());
    let wait = move |()| {
        store.restore_later();
        later.set(true);
    };
    let due = Memo::new(move |_| {
        let busy = store.backing_up.with(|state| state.percent().is_some());
        store.can_restore() && !busy && !later.get()
    });
    move || {
        due.get().then(|| {
            view! {
                <div class="kit-reminder" role="note" aria-label=t("restore-offer")>
                    <p><b>{t("restore-offer")}</b><br/>{t("restore-offer-body")}</p>
                    <div class="buttons">
                        <Button label=t("later") weight=Weight::Quiet on_click=wait/>
                        <Button label=t("restore-messages") on_click=move |()| store.go(Route::Settings(Page::Backup))/>
                    </div>
                </div>
            }
        })
    }
}
