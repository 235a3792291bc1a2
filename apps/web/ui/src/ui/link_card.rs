//! A link to give to somebody: as a QR code, as text, through the system's share sheet, to copy.

use leptos::prelude::*;

use super::browser;
use super::button::{Button, Weight};
use super::qr::qr;
use crate::locale::t;
use crate::store::Store;

/// `name` is what the QR code is called.
pub fn link_card(store: Store, link: String, name: String) -> impl IntoView {
    let (copied, shared) = (link.clone(), link.clone());
    let share = browser::can_share().then(
        || view! { <Button label=t("share") weight=Weight::Quiet on_click=move |()| browser::share(&shared)/> },
    );
    view! {
        <div class="card centre">
            {qr(&link, name)}
            <p class="link-whole"><bdi dir="ltr">{link}</bdi></p>
            <div class="buttons">{share}<Button label=t("copy") on_click=move |()| store.copy(copied.clone())/></div>
        </div>
    }
}
