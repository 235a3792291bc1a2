//! A finger that draws a message aside, to where one reads on, answers it. Up and down stays the list's: the browser scrolls by
//! itself, and takes the finger away from here as it begins to (`touch-action` in the stylesheet).

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, PointerEvent};

use super::browser;

/// So far aside it is drawn, and not a press that trembles.
const BEGINS: f64 = 14.0;
/// Drawn so far, letting go answers.
const ANSWERS: f64 = 56.0;
/// It goes no further, however far the finger does.
const FARTHEST: f64 = 76.0;

/// The finger that is down on one message.
#[derive(Clone, Copy)]
pub struct Swipe(StoredValue<Option<Finger>>);

#[derive(Clone, Copy)]
struct Finger {
    x: f64,
    y: f64,
    /// How far the message is drawn; none while it is not clear where the finger goes.
    drawn: Option<f64>,
}

impl Swipe {
    /// None yet.
    pub fn new() -> Self {
        Self(StoredValue::new(None))
    }

    /// A pointer went down. What is drawn along itself, as the place in a voice message is, is not drawn aside.
    pub fn begin(self, event: &PointerEvent) {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let is_drawn_along =
            target.is_some_and(|target| target.closest("[role=slider], input").ok().flatten().is_some());
        if event.pointer_type() != "touch" || !event.is_primary() || is_drawn_along {
            return;
        }
        let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
        self.0.set_value(Some(Finger { x, y, drawn: None }));
    }

    /// It moved.
    pub fn moved(self, event: &PointerEvent) {
        let Some(finger) = self.0.get_value() else { return };
        let on = if browser::is_from_right() { -1.0 } else { 1.0 };
        let aside = (f64::from(event.client_x()) - finger.x) * on;
        let along = (f64::from(event.client_y()) - finger.y).abs();
        if finger.drawn.is_none() && along > BEGINS {
            return self.0.set_value(None);
        }
        if finger.drawn.is_none() && (aside < BEGINS || aside < 2.0 * along) {
            return;
        }
        let drawn = aside.clamp(0.0, FARTHEST);
        self.0.set_value(Some(Finger { drawn: Some(drawn), ..finger }));
        if let Some(message) = message_of(event) {
            let classes = message.class_list();
            let _ = classes.add_1("swiping");
            let _ = classes.toggle_with_force("swiped", drawn >= ANSWERS);
            let _ = message.style().set_property("--swipe", &format!("{}px", drawn * on));
        }
    }

    /// It is up: whether that answers.
    pub fn up(self, event: &PointerEvent) -> bool {
        let drawn = self.0.get_value().and_then(|finger| finger.drawn);
        self.end(event);
        drawn.is_some_and(|drawn| drawn >= ANSWERS)
    }

    /// It is up, or the browser took it to scroll.
    pub fn end(self, event: &PointerEvent) {
        let was = self.0.get_value().and_then(|finger| finger.drawn);
        self.0.set_value(None);
        if let Some(message) = message_of(event).filter(|_| was.is_some()) {
            let _ = message.class_list().remove_2("swiping", "swiped");
            let _ = message.style().remove_property("--swipe");
        }
    }
}

fn message_of(event: &PointerEvent) -> Option<HtmlElement> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    target.closest(".message").ok()??.dyn_into().ok()
}
