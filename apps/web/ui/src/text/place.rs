//! Places as people type them, and where a page about them would be.

/// Degrees out of `48.85, 2.35`, `48.85 2.35`, `48.85N 2.35E` or `geo:48.85,2.35`.
pub fn parse(text: &str) -> Option<(f64, f64)> {
    let text = text.trim().trim_start_matches("geo:");
    let text = text.split([';', '?']).next().unwrap_or_default();
    let mut parts = text
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|part| !part.is_empty())
        .map(|part| one(part.trim_end_matches('°')));
    let (latitude, longitude) = (parts.next()??, parts.next()??);
    let fits = latitude.abs() <= 90.0 && longitude.abs() <= 180.0 && parts.next().is_none();
    fits.then_some((latitude, longitude))
}

fn one(part: &str) -> Option<f64> {
    let negative = part.ends_with(['S', 's', 'W', 'w']);
    let number = part.trim_end_matches(|c: char| "NSEWnsew".contains(c)).trim_end_matches('°');
    let number: f64 = number.parse().ok().filter(|number: &f64| number.is_finite())?;
    Some(if negative { -number } else { number })
}

/// Degrees as people write them.
pub fn written(latitude: f64, longitude: f64) -> String {
    let side = |degrees: f64, plus: char, minus: char| {
        format!("{:.5}° {}", degrees.abs(), if degrees < 0.0 { minus } else { plus })
    };
    format!("{}, {}", side(latitude, 'N', 'S'), side(longitude, 'E', 'W'))
}

/// A page with a map, opened by choice only.
pub fn map_address(latitude: f64, longitude: f64) -> String {
    format!(
        "https://www.openstreetmap.org/?mlat={latitude:.5}&mlon={longitude:.5}#map=16/{latitude:.5}/{longitude:.5}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_as_typed() {
        for (text, place) in [
            ("48.85, 2.35", (48.85, 2.35)),
            (" 48.85  -2.35 ", (48.85, -2.35)),
            ("33.9S 18.4E", (-33.9, 18.4)),
            ("33.9°S, 18.4°W", (-33.9, -18.4)),
            ("geo:1,2;u=35", (1.0, 2.0)),
        ] {
            assert_eq!(parse(text), Some(place), "{text}");
        }
        for nowhere in ["", "1", "91, 0", "0, 181", "a, b", "1, 2, 3", "NaN, 0", "inf 0"] {
            assert_eq!(parse(nowhere), None, "{nowhere}");
        }
        assert_eq!(written(-33.9, 18.4), "33.90000° S, 18.40000° E");
    }
}
