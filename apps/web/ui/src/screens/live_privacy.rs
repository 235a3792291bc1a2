//! Whether others see that something is typed, and when one was there. Both ways: who hides it does not see it. And whether sites
//! learn of links that are written.

use casemate_api::command::SettingsSet;
use casemate_api::view::Settings;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::engine::is_native;
use crate::locale::t;
use crate::store::use_store;
use crate::ui::button::Switch;

/// A switch of what the engine keeps.
#[component]
pub fn SettingSwitch(
    label: String,
    hint: String,
    /// What the page read once for all its switches.
    settings: RwSignal<Settings>,
    /// Whether it is on there.
    of: fn(&Settings) -> bool,
    /// What turns it on or off.
    change: fn(bool) -> SettingsSet,
) -> impl IntoView {
    let store = use_store();
    let chosen = RwSignal::new(None::<bool>);
    let set = move |on: bool| {
        chosen.set(Some(on));
        store.choose(change(on));
    };
    let on = Signal::derive(move || chosen.get().unwrap_or_else(|| settings.with(of)));
    view! { <Switch label hint on on_change=set/> }
}

/// What the engine keeps of what its person chose; as from the start until it has answered.
pub fn settings_kept() -> RwSignal<Settings> {
    let store = use_store();
    let settings = RwSignal::new(Settings::default());
    spawn_local(async move {
        if let Some(kept) = store.settings().await {
            settings.try_set(kept);
        }
    });
    settings
}

/// Two switches of the privacy page; and whether this device looks behind links that are written here, only where the engine is
/// a program that can.
#[component]
pub fn LivePrivacy(settings: RwSignal<Settings>) -> impl IntoView {
    let links = is_native().then(|| {
        view! {
            <SettingSwitch
                label=t("link-previews") hint=t("link-previews-hint") settings of=|kept| kept.link_previews
                change=|on| SettingsSet { link_previews: Some(on), ..SettingsSet::default() }
            />
        }
    });
    view! {
        <SettingSwitch
            label=t("show-typing") hint=t("show-typing-hint") settings of=|kept| kept.typing
            change=|on| SettingsSet { typing: Some(on), ..SettingsSet::default() }
        />
        <SettingSwitch
            label=t("show-last-seen") hint=t("show-last-seen-hint") settings of=|kept| kept.last_seen
            change=|on| SettingsSet { last_seen: Some(on), ..SettingsSet::default() }
        />
        {links}
    }
}
