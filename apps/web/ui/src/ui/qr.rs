//! A link as a QR code, computed and drawn here.

use fast_qr::{ECL, QRBuilder};
use leptos::prelude::*;

/// A square of modules as one path, an eighth of which may be unreadable (level M: with more, modules are smaller, and
/// cameras find them less often); dark on light in both themes, or cameras do not read it.
pub fn qr(text: &str, name: String) -> Option<impl IntoView + use<>> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    let mut path = String::new();
    for y in 0..code.size {
        for x in 0..code.size {
            if code[y][x].value() {
                path.push_str(&format!("M{} {}h1v1h-1z", x + 4, y + 4));
            }
        }
    }
    let side = code.size + 8;
    let field = format!("M0 0h{side}v{side}H0z");
    Some(view! {
        <svg class="qr" viewBox=format!("0 0 {side} {side}") role="img" aria-label=name>
            <path class="qr-light" d=field/>
            <path class="qr-dark" d=path/>
        </svg>
    })
}
