//! What the attach menu offers of pictures: the camera and stickers.

use leptos::prelude::*;

use super::icon::Icon;
use super::menu::Item;
use crate::locale::t;
use crate::store::Store;

/// The items.
pub fn media_items(store: Store) -> Vec<Item> {
    vec![
        Item::new(Icon::Camera, t("camera-title"), move || store.camera.set(true)),
        Item::new(Icon::Sticker, t("stickers"), move || store.sticker_panel.set(true)),
    ]
}
