//! A place, drawn here: the world in outline with a mark on it. No map is fetched; a page with one is opened by choice.

use std::fmt::Write as _;

use casemate_api::command::Location;
use leptos::prelude::*;

use super::button::{Button, Weight};
use super::dialog::Dialog;
use super::icon::{Icon, icon};
use crate::locale::{t, ta, when};
use crate::store::use_store;
use crate::text::place::{map_address, written};
use crate::text::plain::one_line;

/// Coasts as degrees of longitude and latitude: as coarse as a stamp, enough to see where on Earth.
const COASTS: [&[(i16, i16)]; 13] = [
    // North America
    &[
        (-168, 66),
        (-156, 71),
        (-128, 70),
        (-110, 68),
        (-95, 69),
        (-82, 68),
        (-94, 60),
        (-82, 55),
        (-78, 62),
        (-65, 59),
        (-56, 52),
        (-66, 49),
        (-65, 44),
        (-70, 42),
        (-76, 35),
        (-81, 31),
        (-80, 25),
        (-84, 30),
        (-90, 29),
        (-97, 27),
        (-97, 20),
        (-91, 18),
        (-87, 21),
        (-88, 16),
        (-83, 14),
        (-80, 9),
        (-84, 10),
        (-92, 14),
        (-105, 20),
        (-112, 29),
        (-110, 23),
        (-117, 33),
        (-124, 40),
        (-124, 48),
        (-133, 56),
        (-148, 60),
        (-160, 55),
        (-158, 58),
        (-166, 61),
    ],
    // Greenland
    &[(-73, 78), (-60, 82), (-30, 83), (-18, 78), (-22, 70), (-40, 65), (-44, 60), (-52, 65), (-54, 70)],
    // South America
    &[
        (-80, 9),
        (-72, 12),
        (-62, 10),
        (-50, 1),
        (-35, -6),
        (-39, -14),
        (-41, -22),
        (-48, -26),
        (-57, -36),
        (-62, -39),
        (-66, -46),
        (-68, -54),
        (-74, -51),
        (-73, -40),
        (-71, -30),
        (-70, -18),
        (-77, -12),
        (-81, -5),
        (-80, 1),
        (-77, 6),
    ],
    // Africa
    &[
        (-6, 36),
        (10, 37),
        (11, 33),
        (20, 31),
        (32, 31),
        (36, 22),
        (43, 12),
        (51, 12),
        (40, -3),
        (40, -15),
        (35, -20),
        (33, -27),
        (27, -34),
        (18, -34),
        (12, -18),
        (13, -8),
        (9, 0),
        (9, 4),
        (-4, 5),
        (-13, 9),
        (-17, 15),
        (-17, 21),
        (-10, 30),
    ],
    // Europe and Asia
    &[
        (-9, 37),
        (-9, 43),
        (-2, 44),
        (-4, 48),
        (4, 52),
        (8, 57),
        (11, 54),
        (20, 55),
        (24, 59),
        (30, 60),
        (22, 61),
        (24, 66),
        (17, 61),
        (14, 55),
        (11, 59),
        (5, 60),
        (12, 66),
        (20, 70),
        (30, 70),
        (41, 67),
        (33, 66),
        (44, 66),
        (44, 68),
        (60, 69),
        (68, 73),
        (80, 73),
        (104, 78),
        (113, 74),
        (140, 73),
        (160, 70),
        (180, 69),
        (178, 63),
        (163, 60),
        (162, 56),
        (157, 51),
        (156, 58),
        (143, 59),
        (135, 54),
        (141, 52),
        (135, 44),
        (128, 40),
        (129, 35),
        (126, 37),
        (122, 40),
        (119, 39),
        (122, 37),
        (119, 35),
        (122, 30),
        (117, 23),
        (109, 21),
        (108, 15),
        (109, 11),
        (105, 9),
        (100, 13),
        (103, 2),
        (99, 8),
        (98, 16),
        (92, 22),
        (87, 21),
        (80, 15),
        (77, 8),
        (73, 16),
        (72, 21),
        (67, 25),
        (57, 26),
        (50, 30),
        (52, 25),
        (56, 26),
        (60, 22),
        (52, 16),
        (44, 13),
        (39, 21),
        (35, 28),
        (35, 32),
        (36, 37),
        (27, 37),
        (27, 40),
        (35, 42),
        (41, 41),
        (37, 45),
        (31, 46),
        (28, 43),
        (23, 40),
        (23, 37),
        (19, 41),
        (13, 45),
        (18, 40),
        (16, 38),
        (9, 44),
        (3, 43),
        (-2, 37),
    ],
    // Great Britain, Ireland
    &[(-5, 50), (1, 51), (1, 53), (-2, 56), (-3, 58), (-6, 57), (-3, 54), (-5, 52)],
    &[(-10, 52), (-6, 52), (-6, 55), (-9, 54)],
    // Iceland
    &[(-24, 65), (-18, 66), (-14, 65), (-19, 63)],
    // Japan
    &[(130, 32), (136, 34), (140, 35), (142, 40), (145, 44), (141, 45), (140, 40), (136, 37), (131, 34)],
    // Sumatra to New Guinea, coarse
    &[(95, 5), (106, -6), (114, -8), (118, -4), (117, 4), (109, 1), (104, -1)],
    &[(131, -1), (141, -3), (150, -10), (138, -8)],
    // Australia
    &[
        (114, -22),
        (122, -18),
        (130, -12),
        (136, -12),
        (140, -17),
        (142, -11),
        (146, -19),
        (153, -26),
        (150, -37),
        (140, -38),
        (132, -32),
        (124, -33),
        (115, -34),
    ],
    // New Zealand
    &[(173, -35), (178, -38), (174, -42), (170, -46), (167, -46), (172, -41)],
];

/// Lines at every thirty degrees of latitude and sixty of longitude. Not written into the markup: Trusted Types let no
/// fixed drawings pass there.
const GRID: &str =
    "M0 30h360M0 60h360M0 90h360M0 120h360M0 150h360M60 0v180M120 0v180M180 0v180M240 0v180M300 0v180";

/// A message that is a place.
pub fn place(place: &Location) -> impl IntoView + use<> {
    let store = use_store();
    let (latitude, longitude) = (place.latitude, place.longitude);
    let label = place.label.as_ref().map_or_else(|| t("attach-place"), |label| one_line(label, 200));
    let near = place.accuracy_m.map(|metres| {
        let metres = when::number(f64::from(metres));
        view! { <small>{ta("place-near", &[("metres", metres.into())])}</small> }
    });
    let open = move |()| {
        let url = map_address(latitude, longitude);
        store.dialog.set(Some(Dialog::Link { url, message: None }));
    };
    let copy = move |()| store.copy(format!("{latitude:.6}, {longitude:.6}"));
    view! {
        <div class="place">
            {map(latitude, longitude)}
            <span class="place-words">{icon(Icon::Place)}<span><b dir="auto">{label}</b><bdi dir="ltr">{written(latitude, longitude)}</bdi>{near}</span></span>
            <div class="buttons">
                <Button label=t("copy") weight=Weight::Quiet on_click=copy/>
                <Button label=t("place-open") weight=Weight::Quiet on_click=open/>
            </div>
        </div>
    }
}

/// The world with a mark.
pub fn map(latitude: f64, longitude: f64) -> impl IntoView + use<> {
    let (x, y) = (longitude + 180.0, 90.0 - latitude);
    let name = ta("place-map", &[("place", written(latitude, longitude).into())]);
    view! {
        <svg class="world" viewBox="0 0 360 180" role="img" aria-label=name>
            <path class="world-grid" d=GRID/>
            <path class="world-land" d=coasts()/>
            <path class="world-cross" d=format!("M{x:.2} 0V180M0 {y:.2}H360")/>
            <circle class="world-mark" cx=format!("{x:.2}") cy=format!("{y:.2}") r="5"/>
        </svg>
    }
}

fn coasts() -> String {
    let mut path = String::new();
    for coast in COASTS {
        for (number, (longitude, latitude)) in coast.iter().enumerate() {
            let letter = if number == 0 { 'M' } else { 'L' };
            // Writing to a String does not fail.
            let _ = write!(path, "{letter}{} {}", longitude + 180, 90 - latitude);
        }
        path.push('Z');
    }
    path
}
