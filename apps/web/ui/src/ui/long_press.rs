//! A finger that stays asks for a menu. Some browsers say so by themselves (`contextmenu`), those of iPhones do not.

use leptos::prelude::*;
use web_sys::{PointerEvent, TouchEvent};

/// A finger that stays so long asks.
const LONG: std::time::Duration = std::time::Duration::from_millis(480);
/// One that moves further than this scrolls.
const NEAR: f64 = 10.0;

/// The finger that is down on one element.
#[derive(Clone, Copy)]
pub struct LongPress {
    down: StoredValue<Option<(TimeoutHandle, f64, f64)>>,
    asked: StoredValue<bool>,
}

impl LongPress {
    /// None yet.
    pub fn new() -> Self {
        let press = Self { down: StoredValue::new(None), asked: StoredValue::new(false) };
        on_cleanup(move || press.end());
        press
    }

    /// A pointer went down; `act` hears of it when it stays. A mouse has another button for that.
    pub fn begin(self, event: PointerEvent, act: impl Fn(&PointerEvent) + 'static) {
        self.end();
        self.asked.set_value(false);
        if event.pointer_type() != "touch" || !event.is_primary() {
            return;
        }
        let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
        let asks = move || {
            self.asked.try_set_value(true);
            act(&event);
        };
        let stays = set_timeout_with_handle(asks, LONG);
        if let Ok(handle) = stays {
            self.down.set_value(Some((handle, x, y)));
        }
    }

    /// It moved.
    pub fn moved(self, event: &PointerEvent) {
        let from = self.down.with_value(|down| down.as_ref().map(|(_, x, y)| (*x, *y)));
        if let Some((x, y)) = from {
            let (across, along) = (f64::from(event.client_x()) - x, f64::from(event.client_y()) - y);
            if across.abs() > NEAR || along.abs() > NEAR {
                self.end();
            }
        }
    }

    /// It is up. After it has asked, that presses nothing: the menu may lie just under it.
    pub fn up(self, event: &TouchEvent) {
        self.end();
        if self.asked.get_value() {
            event.prevent_default();
        }
    }

    /// It is up, or the browser took it to scroll.
    pub fn end(self) {
        if let Some((handle, ..)) = self.down.try_update_value(Option::take).flatten() {
            handle.clear();
        }
    }
}
