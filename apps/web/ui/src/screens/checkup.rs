//! Check-up: what could be better on this device, why, and one thing to do about each.

use casemate_api::command::SettingsSet;
use casemate_api::view::{Finding, KeysAge};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::locale::{t, ta};
use crate::store::route::{Page, Route};
use crate::store::{Store, use_store};
use crate::text::holes;
use crate::text::plain::tame;
use crate::ui::browser;
use crate::ui::button::{Button, Weight};
use crate::ui::dialog::Dialog;
use crate::ui::icon::{Icon, icon};
use crate::ui::notify;

/// The page.
#[component]
pub fn Checkup() -> impl IntoView {
    let store = use_store();
    let found = RwSignal::new(None::<Vec<Finding>>);
    let keys = RwSignal::new(Vec::<KeysAge>::new());
    let look = Callback::new(move |()| {
        spawn_local(async move {
            match store.checkup().await {
                Ok(checked) => {
                    keys.try_set(checked.keys);
                    let mut all = checked.findings;
                    // Where no notification may appear, none shows anything.
                    let silent =
                        !crate::engine::is_native() && notify::permission() != notify::Permission::Granted;
                    all.retain(|finding| !silent || finding.id != "previews");
                    if store.may_be_cleared().await {
                        let at = all.iter().position(|one| one.severity != "high").unwrap_or(all.len());
                        all.insert(at, finding("not_kept", "medium"));
                    }
                    all.splice(0..0, browser_old().await);
                    found.try_set(Some(all));
                }
                Err(error) => store.fails(&error),
            }
        });
    });
    look.run(());
    // What was bettered elsewhere is seen when the dialog about it closes.
    Effect::new(move |before: Option<bool>| {
        let open = store.dialog.with(Option::is_some);
        if before == Some(true) && !open {
            look.run(());
        }
        open
    });
    let list = move || match found.get() {
        None => view! { <p class="soft" role="status">{t("checkup-looking")}</p> }.into_any(),
        Some(all) if all.is_empty() => view! {
            <p class="notice" role="status">{icon(Icon::Check)}<span>{t("checkup-good")}</span></p>
        }
        .into_any(),
        Some(all) => {
            let rows = all.into_iter().map(|finding| row(store, finding, look)).collect_view();
            view! { <ul class="findings" aria-label=t("settings-checkup")>{rows}</ul> }.into_any()
        }
    };
    view! {
        <p>{t("checkup-what")}</p>
        {list}
        {move || keys.with(|keys| (!keys.is_empty()).then(|| ages(store, keys)))}
        <p class="soft">{t("checkup-unseen")}</p>
    }
}

/// How long this device has had its keys in each chat, the oldest first.
fn ages(store: Store, keys: &[KeysAge]) -> impl IntoView + use<> {
    let rows = keys.iter().map(|one| {
        let known = untrack(|| store.conversation(&one.conversation));
        let title = known.map(|known| untrack(|| store.title_of(&known))).unwrap_or_default();
        let age = match one.days {
            Some(days) => ta("timer-days", &[("count", days.unsigned_abs().into())]),
            None => t("checkup-keys-replaced"),
        };
        view! { <li><span>{tame(&title)}</span><span class="soft">{age}</span></li> }
    });
    view! {
        <details class="ages">
            <summary>{t("checkup-keys")}</summary>
            <ul>{rows.collect_view()}</ul>
        </details>
    }
}

/// What there is to do about a finding.
enum Remedy {
    Page(Page),
    /// The messages in which something known was found.
    Messages,
    /// Comparing safety numbers with whoever it is about.
    Compare,
    HidePreviews,
    /// Asking the browser not to clear what is here.
    Keep,
    LookAgain,
}

/// Why a finding matters, what its button says, and what that does. `None` of a newer engine's, which says it itself.
fn words(id: &str) -> Option<(&'static str, String, Remedy)> {
    use Remedy::{Compare, HidePreviews, Keep, LookAgain, Messages};
    let page = Remedy::Page;
    Some(match id {
        "known_bad" => ("checkup-known-bad", t("checkup-known-bad-do"), Messages),
        "key_in_file" => ("checkup-key-in-file", t("checkup-key-in-file-do"), page(Page::Security)),
        "no_passphrase" => ("checkup-no-passphrase", t("checkup-no-passphrase-do"), page(Page::Security)),
        "safety_changed" => ("checkup-safety-changed", t("checkup-safety-changed-do"), Compare),
        "kit_not_written" => {
            ("checkup-kit-not-written", t("checkup-kit-not-written-do"), page(Page::Recovery))
        }
        "device_unseen" => ("checkup-device-unseen", t("checkup-device-unseen-do"), page(Page::Devices)),
        "contacts_unverified" => {
            ("checkup-contacts-unverified", t("checkup-contacts-unverified-do"), Compare)
        }
        "no_backup" => ("checkup-no-backup", t("checkup-no-backup-do"), page(Page::Backup)),
        "backup_old" => ("checkup-backup-old", t("checkup-backup-old-do"), page(Page::Backup)),
        "previews" => ("checkup-previews", t("checkup-previews-do"), HidePreviews),
        "old_conversations" => {
            ("checkup-old-conversations", t("checkup-old-conversations-do"), page(Page::Storage))
        }
        "keys_old" => ("checkup-keys-old", t("checkup-keys-old-do"), LookAgain),
        "members_silent" => ("checkup-members-silent", t("checkup-members-silent-do"), LookAgain),
        "indicators_old" => ("checkup-indicators-old", t("checkup-indicators-old-do"), page(Page::Spyware)),
        "not_kept" => ("checkup-not-kept", t("checkup-not-kept-do"), Keep),
        "browser_old" => ("checkup-browser-old", t("checkup-browser-old-do"), LookAgain),
        _ => return None,
    })
}

fn row(store: Store, finding: Finding, look: Callback<()>) -> impl IntoView {
    let about = |at: usize| tame(finding.about.get(at).map_or("", String::as_str));
    let first = finding.about.first().cloned().unwrap_or_default();
    let name = tame(&untrack(|| store.name_or_you(&first)));
    let values = [
        ("count", finding.about.len().into()),
        ("name", name.into()),
        ("browser", about(0).into()),
        ("version", about(1).into()),
    ];
    let (why, verb, remedy) = match words(&finding.id) {
        Some((why, verb, remedy)) => (ta(why, &values), verb, remedy),
        None => (finding.why, finding.action, Remedy::LookAgain),
    };
    let (severity, class) = match finding.severity.as_str() {
        "high" => (t("checkup-high"), "finding high"),
        "medium" => (t("checkup-medium"), "finding"),
        _ => (t("checkup-low"), "finding low"),
    };
    let act = move |()| match remedy {
        Remedy::Page(page) => store.go(Route::Settings(page)),
        Remedy::Messages => {
            store.looks_back.set(true);
            store.go(Route::Settings(Page::Spyware));
        }
        Remedy::Compare => store.dialog.set(Some(Dialog::Safety(first.clone()))),
        Remedy::HidePreviews => {
            store.choose(SettingsSet { previews: Some(false), ..SettingsSet::default() });
            look.run(());
        }
        Remedy::Keep => spawn_local(async move {
            if !store.ask_to_keep().await {
                store.say(t("checkup-not-kept-refused"));
            }
            look.try_run(());
        }),
        Remedy::LookAgain => look.run(()),
    };
    view! {
        <li class=class>
            <p class="finding-weight">{icon(Icon::Warning)}{severity}</p>
            <p>{why}</p>
            <Button label=verb weight=Weight::Quiet on_click=act/>
        </li>
    }
}

/// What the engine cannot know.
async fn browser_old() -> Option<Finding> {
    let (name, version) = browser::version().await?;
    holes::has_known(&name, &version)
        .then(|| Finding { about: vec![name, version], ..finding("browser_old", "high") })
}

fn finding(id: &str, severity: &str) -> Finding {
    Finding { id: id.to_owned(), severity: severity.to_owned(), ..Finding::default() }
}
