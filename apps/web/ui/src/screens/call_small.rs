//! The small call is moved by the pointer: let go, it goes to the nearest corner and stays there for as long as the call lasts. A
//! tap makes it large.

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, MouseEvent, PointerEvent};

use crate::store::Store;
use crate::store::calling::Corner;

/// Pixels that a finger may move during a tap.
const TAP: f64 = 8.0;

/// How it is moved.
#[derive(Clone, Copy)]
pub struct Drag {
    store: Store,
    node: NodeRef<Div>,
    /// Where it was taken hold of.
    from: StoredValue<Option<(f64, f64)>>,
    /// How far it was moved since.
    by: RwSignal<Option<(f64, f64)>>,
    /// It was: the click that comes of it is no tap.
    moved: StoredValue<bool>,
}

impl Drag {
    /// Of this element, which still stands.
    pub fn of(store: Store, node: NodeRef<Div>) -> Self {
        let (from, moved) = (StoredValue::new(None), StoredValue::new(false));
        Self { store, node, from, by: RwSignal::new(None), moved }
    }

    /// Taken hold of.
    pub fn begin(self, event: &PointerEvent) {
        self.moved.set_value(false);
        let holds = self.store.calling.small.get_untracked() && event.is_primary() && !is_on_button(event);
        self.from.set_value((holds && !self.is_bar()).then(|| place(event)));
    }

    /// Moved.
    pub fn follow(self, event: &PointerEvent) {
        let Some((x, y)) = self.from.get_value() else { return };
        let (now_x, now_y) = place(event);
        let (across, along) = (now_x - x, now_y - y);
        if !self.moved.get_value() {
            if across.hypot(along) < TAP {
                return;
            }
            self.moved.set_value(true);
            if let Some(node) = self.node.get_untracked() {
                let _ = node.set_pointer_capture(event.pointer_id());
            }
        }
        self.by.set(Some((across, along)));
    }

    /// Let go.
    pub fn end(self) {
        self.from.set_value(None);
        if self.by.get_untracked().is_none() {
            return;
        }
        if let Some(node) = self.node.get_untracked() {
            let (here, (width, height)) = (node.get_bounding_client_rect(), window_size());
            let top = here.top() + here.height() / 2.0 < height / 2.0;
            let left = here.left() + here.width() / 2.0 < width / 2.0;
            self.store.calling.corner.set(Some(Corner { top, left }));
        }
        self.by.set(None);
    }

    /// Pressed without being moved, and not on one of its buttons: it becomes large.
    pub fn tap(self, event: &MouseEvent) {
        let small = self.store.calling.small;
        if small.get_untracked() && !self.moved.get_value() && !is_on_button(event) {
            small.set(false);
        }
    }

    /// Where it is meanwhile, for the style.
    pub fn transform(self) -> String {
        self.by.get().map_or_else(|| "none".to_owned(), |(x, y)| format!("translate({x}px, {y}px)"))
    }

    /// As wide as the page it cannot be moved anywhere.
    fn is_bar(self) -> bool {
        let node = self.node.get_untracked();
        node.is_none_or(|node| node.get_bounding_client_rect().width() > window_size().0 - TAP)
    }
}

fn place(event: &PointerEvent) -> (f64, f64) {
    (event.client_x().into(), event.client_y().into())
}

fn is_on_button(event: &MouseEvent) -> bool {
    let at = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    at.is_some_and(|at| at.closest("button").ok().flatten().is_some())
}

fn window_size() -> (f64, f64) {
    let root = document().document_element();
    root.map_or((0.0, 0.0), |root| (root.client_width().into(), root.client_height().into()))
}
