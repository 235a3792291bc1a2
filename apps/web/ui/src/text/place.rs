//! Places as people type them, and where a page about them would be.

/// Degrees out of `48.85, 2.35`, `48,85 2,35`, `48.85° N 2.35° E` or `geo:48.85,2.35`.
pub fn parse(text: &str) -> Option<(f64, f64)> {
    let text = text.trim();
    let parts = match text.strip_prefix("geo:") {
        Some(text) => {
            text.split([';', '?']).next().unwrap_or_default().split(',').map(str::to_owned).collect()
        }
        None => parts(text),
    };
    let [latitude, longitude] = &parts[..] else { return None };
    let (latitude, longitude) = (one(latitude, "NS")?, one(longitude, "EW")?);
    let fits = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
    fits.then_some((latitude, longitude))
}

/// The two numbers, with a point for their decimals. Half of the world writes a comma there.
fn parts(text: &str) -> Vec<String> {
    // A side of the world belongs to the number before it.
    let mut text = text.to_ascii_uppercase().replace('°', " ");
    for side in SIDES {
        text = text.replace(side, &format!("{side} "));
        while text.contains(&format!(" {side}")) {
            text = text.replace(&format!(" {side}"), side);
        }
    }
    let apart = |c: char| c.is_whitespace() || c == ';';
    let words: Vec<&str> =
        text.split(apart).map(|word| word.trim_matches(',')).filter(|word| !word.is_empty()).collect();
    let with_commas = |word: &&str| word.matches(',').count() == 1 && !word.contains('.');
    match &words[..] {
        [latitude, longitude] if [latitude, longitude].into_iter().all(with_commas) => {
            vec![latitude.replace(',', "."), longitude.replace(',', ".")]
        }
        // `48,85,2,35`: nothing else than two of them can be meant.
        [all] if all.matches(',').count() == 3 && !all.contains('.') => {
            let numbers: Vec<&str> = all.split(',').collect();
            numbers.chunks(2).map(|pair| pair.join(".")).collect()
        }
        _ => words.iter().flat_map(|word| word.split(',')).map(str::to_owned).collect(),
    }
}

/// North, south, east, west, as they are abbreviated in coordinates.
const SIDES: [&str; 4] = ["N", "S", "E", "W"];

/// A number, and on which of the two sides it is.
fn one(part: &str, sides: &str) -> Option<f64> {
    let negative = part.ends_with(['S', 'W']);
    let number = part.trim_end_matches(|c: char| sides.contains(c));
    let digits = |c: char| c.is_ascii_digit() || "+-.".contains(c);
    let number: f64 = number.parse().ok().filter(|_| number.chars().all(digits))?;
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
            ("53,98 10,5", (53.98, 10.5)),
            ("53,98, -10,5", (53.98, -10.5)),
            ("53,98; 10,5", (53.98, 10.5)),
            ("53,98,10,5", (53.98, 10.5)),
            ("53,98° N 10,5° w", (53.98, -10.5)),
            ("53.98 N, 10.5 E", (53.98, 10.5)),
            ("48.85,2.35", (48.85, 2.35)),
            ("1, 2", (1.0, 2.0)),
        ] {
            assert_eq!(parse(text), Some(place), "{text}");
        }
        for nowhere in [
            "",
            "1",
            "91, 0",
            "0, 181",
            "a, b",
            "1, 2, 3",
            "NaN, 0",
            "inf 0",
            "1E2 3",
            "10.5 E 53.98 N",
            "53,98 10,5 7,5",
        ] {
            assert_eq!(parse(nowhere), None, "{nowhere}");
        }
        assert_eq!(written(-33.9, 18.4), "33.90000° S, 18.40000° E");
    }
}
