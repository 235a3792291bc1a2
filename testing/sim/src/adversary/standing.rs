//! Who is where, as each honest device shows it. What somebody did who may not changes nothing of it, also not for a moment.

use std::collections::BTreeMap;

use casemate_wire::ids::LogId;

use super::honest::{NAMES, Place};
use super::{Stage, invariants};

/// For each honest device and place: the log, and the honest members with their devices and whether they are admins.
pub struct Standing(BTreeMap<(usize, Place), (LogId, Vec<String>)>);

impl Stage {
    /// Who is where. Who was away is back.
    pub(super) fn standing(&mut self) -> Standing {
        self.world.settle_for(120_000);
        self.shown_now()
    }

    fn shown_now(&mut self) -> Standing {
        let mut all = BTreeMap::new();
        for (at, device) in self.honest.here() {
            let logs = invariants::logs(&mut self.world, &device);
            for (place, key) in &device.keys {
                let shown = self.world.shown(device.client, key);
                let members = shown["members"].as_array().into_iter().flatten();
                let honest = members.filter(|one| {
                    let address = one["address"].as_str().unwrap_or_default();
                    NAMES.iter().any(|name| address == format!("{name}@sim.example"))
                });
                let mut honest: Vec<String> = honest
                    .map(|one| format!("{} {} {}", one["address"], one["devices"], one["admin"]))
                    .collect();
                honest.sort();
                all.insert((at, *place), (logs[place], honest));
            }
        }
        Standing(all)
    }

    /// Notes it where somebody who was in a place is not, or is not as before, in the seconds after something was done.
    pub(super) fn watch(&mut self, what: &str, before: &Standing) {
        for pause_ms in [1_000, 5_000] {
            self.world.settle_for(pause_ms);
            let now = self.shown_now();
            for ((at, place), (log, members)) in &before.0 {
                let Some((_, then)) = now.0.get(&(*at, *place)).filter(|(now, _)| now == log) else {
                    continue;
                };
                if then != members {
                    self.broken.get_or_insert(format!(
                        "standing: device {at} reads {then:?} in {place:?} where it read {members:?}, after {what}"
                    ));
                }
            }
        }
    }
}
