//! Settings: the menu, and a page behind each line.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::backup::BackupPage;
use super::checkup::Checkup;
use super::devices::Devices;
use super::export::ExportPage;
use super::held::Held;
use super::invite::Invite;
use super::live_privacy::{LivePrivacy, SettingSwitch, settings_kept};
use super::notifications::Notifications;
use super::recovery::Recovery;
use super::security::Security;
use super::spyware::Spyware;
use super::storage::StoragePage;
use super::strict::StrictMode;
use crate::locale::{Language, t, ta};
use crate::store::route::{Page, Route};
use crate::store::{Theme, WALLPAPERS, use_store};
use crate::ui::avatar::Avatar;
use crate::ui::browser;
use crate::ui::button::{Button, Choice, Field, IconButton, Switch, Weight};
use crate::ui::dialog::Dialog;
use crate::ui::icon::{Icon, icon};
use crate::ui::keys;
use crate::ui::marks;
use crate::ui::picture_choice::PictureChoice;

/// The menu.
#[component]
pub fn SettingsMenu() -> impl IntoView {
    let store = use_store();
    let is_open =
        move |page: Page| store.route.with(|route| *route == Route::Settings(page)).then_some("true");
    // Who one is leads to the profile, which needs no line of its own then.
    let me = move || {
        store.account.get().map(|account| {
            let name = if account.display_name.is_empty() { account.name.clone() } else { account.display_name.clone() };
            view! {
                <button type="button" class="row me" title=t("settings-profile") aria-current=move || is_open(Page::Profile) on:click=move |_| store.go(Route::Settings(Page::Profile))>
                    <Avatar name=name.clone() seed=account.address.clone()/>
                    <bdi class="row-name">{name}</bdi>
                    <bdi class="row-line">{account.address.clone()}</bdi>
                </button>
            }
        })
    };
    let line = move |page: Page| {
        view! {
            <button type="button" class="line-button" class:begins=page.begins_group() aria-current=move || is_open(page) on:click=move |_| store.go(Route::Settings(page))>
                {icon(shape(page))}{title(page)}
            </button>
        }
    };
    view! {
        <header class="bar"><h1>{t("nav-settings")}</h1></header>
        <div class="scroll">{me}{Page::ALL.into_iter().filter(|page| *page != Page::Profile).map(line).collect_view()}</div>
    }
}

fn shape(page: Page) -> Icon {
    match page {
        Page::Menu | Page::Privacy => Icon::Eye,
        Page::Profile => Icon::Person,
        Page::Notifications => Icon::Bell,
        Page::Appearance => Icon::Palette,
        Page::Language => Icon::Globe,
        Page::Keyboard => Icon::Keyboard,
        Page::Invite => Icon::Link,
        Page::Security => Icon::Lock,
        Page::Recovery => Icon::File,
        Page::Backup => Icon::Rotate,
        Page::Devices => Icon::Device,
        Page::Storage => Icon::Archive,
        Page::Export => Icon::Download,
        Page::Safety => Icon::Knock,
        Page::Checkup => Icon::Check,
        Page::Spyware => Icon::Warning,
        Page::Held => Icon::Block,
        Page::About => Icon::Info,
    }
}

/// A page's name.
pub fn title(page: Page) -> String {
    match page {
        Page::Menu => t("nav-settings"),
        Page::Profile => t("settings-profile"),
        Page::Privacy => t("settings-privacy"),
        Page::Notifications => t("settings-notifications"),
        Page::Appearance => t("settings-appearance"),
        Page::Language => t("settings-language"),
        Page::Keyboard => t("settings-keyboard"),
        Page::Invite => t("invite-friend"),
        Page::Security => t("settings-security"),
        Page::Recovery => t("recovery-kit"),
        Page::Backup => t("settings-backup"),
        Page::Devices => t("devices"),
        Page::Storage => t("settings-storage"),
        Page::Export => t("settings-export"),
        Page::Safety => t("settings-safety"),
        Page::Checkup => t("settings-checkup"),
        Page::Spyware => t("settings-spyware"),
        Page::Held => t("settings-held"),
        Page::About => t("settings-about"),
    }
}

/// A theme's name.
pub fn theme_name(theme: Theme) -> String {
    match theme {
        Theme::System => t("theme-system"),
        Theme::Light => t("theme-light"),
        Theme::Dark => t("theme-dark"),
    }
}

/// The page behind a line.
#[component]
pub fn SettingsPage(page: Page) -> impl IntoView {
    let store = use_store();
    // Its element may be that of the page before, which was read to its end.
    let shown = NodeRef::<leptos::html::Div>::new();
    Effect::new(move |_| {
        if let Some(shown) = shown.get() {
            shown.set_scroll_top(0);
        }
    });
    let inside = match page {
        Page::Menu => ().into_any(),
        Page::Profile => view! { <Profile/> }.into_any(),
        Page::Privacy => view! { <Privacy/> }.into_any(),
        Page::Notifications => view! { <Notifications/> }.into_any(),
        Page::Appearance => view! { <Appearance/> }.into_any(),
        Page::Language => view! { <Languages/> }.into_any(),
        Page::Keyboard => view! { <Keyboard/> }.into_any(),
        Page::Invite => view! { <Invite/> }.into_any(),
        Page::Security => view! { <Security/> }.into_any(),
        Page::Recovery => view! { <Recovery/> }.into_any(),
        Page::Backup => view! { <BackupPage/> }.into_any(),
        Page::Devices => view! { <Devices/> }.into_any(),
        Page::Storage => view! { <StoragePage/> }.into_any(),
        Page::Export => view! { <ExportPage/> }.into_any(),
        Page::Safety => view! { <Safety/> }.into_any(),
        Page::Checkup => view! { <Checkup/> }.into_any(),
        Page::Spyware => view! { <Spyware/> }.into_any(),
        Page::Held => view! { <Held/> }.into_any(),
        Page::About => view! { <About/> }.into_any(),
    };
    view! {
        <header class="bar">
            <span class="only-phone"><IconButton name=t("back") shape=Icon::Back on_click=move |_| store.back()/></span>
            <h1>{title(page)}</h1>
        </header>
        <div node_ref=shown class="page"><div class="page-body">{inside}</div></div>
    }
}

#[component]
fn Profile() -> impl IntoView {
    let store = use_store();
    let account = store.account.get_untracked();
    let name =
        RwSignal::new(account.as_ref().map(|account| account.display_name.clone()).unwrap_or_default());
    let about = RwSignal::new(account.as_ref().map(|account| account.about.clone()).unwrap_or_default());
    let address = account.map(|account| account.address).unwrap_or_default();
    let copied = address.clone();
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        spawn_local(async move {
            match store.set_profile(name.get_untracked(), about.get_untracked()).await {
                Ok(()) => store.say(t("saved")),
                Err(error) => store.fails(&error),
            }
        });
    };
    let has = Signal::derive(move || {
        store.account.with(|account| account.as_ref().is_some_and(|account| account.picture.is_some()))
    });
    let seed = address.clone();
    let shown = untrack(|| name.get());
    let shown = if shown.is_empty() { crate::text::plain::handle(&address).to_owned() } else { shown };
    view! {
        <PictureChoice name=shown seed has on_set=move |path| store.set_own_picture(path)/>
        <form class="form" on:submit=save>
            <Field label=t("shown-name") value=name hint=t("shown-name-hint") most=60/>
            <Field label=t("about-me") value=about most=140/>
            <Button label=t("save") submit=true/>
        </form>
        <div class="card">
            <h2>{t("address")}</h2>
            <p class="link-whole"><bdi dir="ltr">{address}</bdi></p>
            <Button label=t("copy") weight=Weight::Quiet on_click=move |()| store.copy(copied.clone())/>
        </div>
    }
}

#[component]
fn Privacy() -> impl IntoView {
    use casemate_api::command::{AccountSet, Knocks, SettingsSet};
    let store = use_store();
    let set = move |choice: String| {
        let knocks = match choice.as_str() {
            "anyone" => Knocks::Anyone,
            "link" => Knocks::Link,
            _ => Knocks::Nobody,
        };
        let set = AccountSet { display_name: None, about: None, picture: None, knocks: Some(knocks) };
        store.attempt(async move {
            store.set_account(set).await?;
            store.say(t("saved"));
            Ok(())
        });
    };
    let settings = settings_kept();
    let knocks = move || {
        store
            .account
            .with(|account| account.as_ref().map(|account| account.knocks.clone()).unwrap_or_default())
    };
    let knock = move |(value, words): (&'static str, String)| {
        let on = move || knocks() == value;
        view! {
            <button type="button" role="radio" class="line-button" aria-checked=move || on().to_string() on:click=move |_| set(value.to_owned())>
                <span class="language">{words}</span>{move || on().then(|| icon(Icon::Check))}
            </button>
        }
    };
    view! {
        <SettingSwitch
            label=t("read-receipts") hint=t("read-receipts-hint") settings of=|kept| kept.read_receipts
            change=|on| SettingsSet { read_receipts: Some(on), ..SettingsSet::default() }
        />
        <LivePrivacy settings/>
        <SettingSwitch
            label=t("picture-shown") hint=t("picture-shown-hint") settings of=|kept| kept.picture_shown
            change=|on| SettingsSet { picture_shown: Some(on), ..SettingsSet::default() }
        />
        <h2>{t("who-may-knock")}</h2>
        <p class="soft">{t("who-may-knock-hint")}</p>
        <div class="choice-rows" role="radiogroup" aria-label=t("who-may-knock")>
            {[("anyone", t("knock-anyone")), ("link", t("knock-link")), ("nobody", t("knock-nobody"))].map(knock).collect_view()}
        </div>
        <StrictMode settings/>
    }
}

#[component]
fn Appearance() -> impl IntoView {
    let store = use_store();
    let change = move |change: &dyn Fn(&mut crate::store::Prefs)| {
        store.prefs.update(|prefs| {
            change(prefs);
            prefs.save();
        });
    };
    let themes = Theme::ALL.map(|theme| (theme.name().to_owned(), theme_name(theme))).to_vec();
    let set_theme = move |name: String| {
        let theme = Theme::ALL.into_iter().find(|theme| theme.name() == name).unwrap_or_default();
        change(&|prefs| prefs.theme = theme);
    };
    let sizes = [100u32, 115, 130, 150].map(|size| (size.to_string(), format!("{size} %"))).to_vec();
    let wall = |name: &'static str| {
        let words = match name {
            "sand" => t("wallpaper-sand"),
            "leaf" => t("wallpaper-leaf"),
            "night" => t("wallpaper-night"),
            _ => t("wallpaper-plain"),
        };
        (name.to_owned(), words)
    };
    let walls = WALLPAPERS.map(wall).to_vec();
    let set_wall = move |name: String| {
        let name = WALLPAPERS.into_iter().find(|one| *one == name).unwrap_or(WALLPAPERS[0]);
        change(&|prefs| prefs.wallpaper = name);
    };
    let set_size = move |size: String| change(&|prefs| prefs.text_percent = size.parse().unwrap_or(100));
    view! {
        <h2>{t("theme")}</h2>
        <Choice label=t("theme") options=themes chosen=Signal::derive(move || store.prefs.with(|prefs| prefs.theme.name().to_owned())) on_choose=set_theme/>
        <h2>{t("text-size")}</h2>
        <Choice label=t("text-size") options=sizes chosen=Signal::derive(move || store.prefs.with(|prefs| prefs.text_percent.to_string())) on_choose=set_size/>
        <h2>{t("wallpaper")}</h2>
        <Choice label=t("wallpaper") options=walls chosen=Signal::derive(move || store.prefs.with(|prefs| prefs.wallpaper.to_owned())) on_choose=set_wall/>
        <Switch
            label=t("enter-sends") hint=t("enter-sends-hint")
            on=Signal::derive(move || store.prefs.with(|prefs| prefs.enter_sends))
            on_change=move |on| change(&|prefs| prefs.enter_sends = on)
        />
    }
}

#[component]
fn Languages() -> impl IntoView {
    let store = use_store();
    let id = |language: Language| format!("language-{}", language.tag());
    let one = move |language: Language| {
        let on = move || store.prefs.with(|prefs| prefs.language == language);
        let set = move |_| {
            store.prefs.update(|prefs| {
                prefs.language = language;
                prefs.save();
            });
            // All was drawn anew, this list too.
            browser::before_paint(move || browser::focus(&id(language)));
        };
        view! {
            <button type="button" role="radio" id=id(language) class="line-button" lang=language.tag() aria-checked=move || on().to_string() on:click=set>
                <span class="language">{language.own_name()}</span>{move || on().then(|| icon(Icon::Check))}
            </button>
        }
    };
    view! { <div role="radiogroup" aria-label=t("settings-language")>{Language::ALL.into_iter().map(one).collect_view()}</div> }
}

#[component]
fn Keyboard() -> impl IntoView {
    let enter_sends = use_store().prefs.with_untracked(|prefs| prefs.enter_sends);
    let (send, line) =
        if enter_sends { ("Enter  Ctrl Enter", "Shift Enter") } else { ("Ctrl Enter", "Enter") };
    let shortcuts = [
        ("Ctrl K", t("key-palette")),
        ("Ctrl /", t("key-list")),
        ("Alt N", t("new-chat")),
        ("Alt ↓  Alt ↑", t("key-neighbour")),
        ("Alt C", t("key-call")),
        (send, t("key-send")),
        (line, t("key-line")),
        ("↑", t("key-edit")),
        ("Esc", t("key-escape")),
    ];
    let row = |(keys, what): (&'static str, String)| view! { <div class="key-row"><dt>{keys::written(keys)}</dt><dd>{what}</dd></div> };
    view! {
        <dl class="keys">{shortcuts.into_iter().map(row).collect_view()}</dl>
        <h2>{t("formatting")}</h2>
        <dl class="keys">{marks::shortcuts().map(row).collect_view()}</dl>
    }
}

#[component]
fn Safety() -> impl IntoView {
    let store = use_store();
    view! {
        <p>{t("explain-safe-body")}</p>
        <p>{t("explain-limits-body")}</p>
        <Button label=t("show-explanation") weight=Weight::Quiet on_click=move |()| store.dialog.set(Some(Dialog::Explain))/>
    }
}

#[component]
fn About() -> impl IntoView {
    let store = use_store();
    let account = store.account.get_untracked();
    let kept = account.as_ref().map(|account| match account.key_kept_in.as_str() {
        "passphrase" => t("key-passphrase"),
        "passkey" | "passphrase_or_passkey" => t("key-passkey"),
        _ => t("key-device"),
    });
    let server = account.map(|account| ta("about-server", &[("server", account.server.into())]));
    view! {
        <span class="mark-large">{icon(Icon::Arch)}</span>
        <p>{ta("about-version", &[("version", env!("CARGO_PKG_VERSION").into())])}</p>
        <p>{server}</p>
        <p>{kept}</p>
        <p class="soft">{t("about-licence")}</p>
    }
}
