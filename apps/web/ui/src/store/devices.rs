//! A device that came to the own account is told, once, until the person has said that they saw it.

use std::collections::BTreeSet;

use casemate_api::view::Account;
use leptos::prelude::*;

use super::state::Store;
use crate::locale::t;
use crate::text::plain::one_line;
use crate::ui::browser;
use crate::ui::notify::{self, Note};

/// Where this browser keeps the devices that its person knows of. Random ids: nothing here says who anybody is.
const KNOWN: &str = "devices";

impl Store {
    /// Compares the account's devices with those that the person knows.
    pub(super) fn look_at_devices(self, account: &Account) {
        let devices: BTreeSet<String> = account.devices.iter().cloned().collect();
        let Some(known) = browser::kept(KNOWN).filter(|known| known.contains(&account.device)) else {
            // This browser's first look at this account.
            return keep(&devices);
        };
        let known = ids(&known);
        if devices.is_subset(&known) {
            // One that went and comes back is told again.
            self.new_device.set(false);
            return keep(&devices);
        }
        if !self.new_device.get_untracked() && !self.linking_here.get_value() {
            self.new_device.set(true);
            self.announced.set(t("device-added"));
            if !browser::is_visible() {
                notify::show(&Note::of_casemate(t("device-added")));
            }
        }
    }

    /// What those are called that the person does not know of yet.
    pub fn new_devices(self) -> Vec<String> {
        let known = ids(&browser::kept(KNOWN).unwrap_or_default());
        self.account.with(|account| {
            let listed = account.iter().flat_map(|account| &account.device_list);
            let new = listed.filter(|device| !known.contains(&device.device));
            new.map(|device| one_line(&device.name, 64)).filter(|name| !name.is_empty()).collect()
        })
    }

    /// The person has seen it.
    pub fn devices_seen(self) {
        self.new_device.set(false);
        self.account.with_untracked(|account| {
            if let Some(account) = account {
                keep(&account.devices.iter().cloned().collect());
            }
        });
    }
}

fn ids(kept: &str) -> BTreeSet<String> {
    kept.split(' ').map(str::to_owned).collect()
}

fn keep(devices: &BTreeSet<String>) {
    browser::keep(KNOWN, &devices.iter().map(String::as_str).collect::<Vec<_>>().join(" "));
}
