//! Years and months of other calendars, as the Gregorian one has them.

use icu_calendar::Date;
use icu_calendar::cal::Hijri;

/// From when years are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Era {
    /// 543 years before the common era.
    Buddhist,
    /// The sun's years since the Hijra.
    Persian,
    /// The moon's years since the Hijra.
    Islamic,
    /// A Gregorian year: its first is the one after it.
    After(u16),
}

/// Years that a chat may have. The first messenger of this kind is of 2009.
const YEARS: std::ops::RangeInclusive<u16> = 1990..=2100;

/// A year of two digits from this one on is Buddhist: 2552 is 2009.
const BUDDHIST: u16 = 52;

/// And from this one on Persian: 1384 is 2005.
const PERSIAN: u16 = 84;

/// Year, month and day in the Gregorian calendar; none where there is no such day. A year without an era is of the calendar in which it
/// is near the present.
pub fn gregorian(year: u16, digits: u8, month: u16, day: u16, era: Option<Era>) -> Option<(u16, u8, u8)> {
    let (month, day) = (u8::try_from(month).ok()?, u8::try_from(day).ok()?);
    let (year, era) = match (era, digits) {
        (Some(era), _) => (year, Some(era)),
        (None, 0..=2) if year < BUDDHIST => (2000 + year, None),
        (None, 0..=2) if year < PERSIAN => (2500 + year, Some(Era::Buddhist)),
        (None, 0..=2) => (1300 + year, Some(Era::Persian)),
        // The moon's year 1425 begins in 2004, the sun's 1424 ends in 2046.
        (None, _) => match year {
            1369..=1424 => (year, Some(Era::Persian)),
            1425..=1500 => (year, Some(Era::Islamic)),
            2533..=2643 => (year, Some(Era::Buddhist)),
            _ => (year, None),
        },
    };
    let year = match era {
        Some(Era::Persian) => {
            let date = Date::try_new_persian(full(year, 1300).into(), month, day).ok()?;
            return found(date.to_calendar(icu_calendar::Gregorian));
        }
        Some(Era::Islamic) => {
            let calendar = Hijri::new_umm_al_qura();
            let date =
                Date::try_new_hijri_with_calendar(full(year, 1400).into(), month, day, calendar).ok()?;
            return found(date.to_calendar(icu_calendar::Gregorian));
        }
        Some(Era::Buddhist) => full(year, 2500).checked_sub(543)?,
        Some(Era::After(first)) => first.checked_add(year)?,
        None => year,
    };
    found(Date::try_new_gregorian(year.into(), month, day).ok()?)
}

/// A year of two digits, in full.
fn full(year: u16, century: u16) -> u16 {
    if year < 100 { year + century } else { year }
}

fn found(date: Date<icu_calendar::Gregorian>) -> Option<(u16, u8, u8)> {
    let year = u16::try_from(date.era_year().year).ok().filter(|year| YEARS.contains(year))?;
    Some((year, date.month().ordinal, date.day_of_month().0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_of_other_calendars_are_the_gregorian_ones() {
        for (year, digits, month, day, era, expected) in [
            (2023, 4, 12, 31, None, Some((2023, 12, 31))),
            (23, 2, 12, 31, None, Some((2023, 12, 31))),
            (2023, 4, 2, 29, None, None),
            (2024, 4, 2, 29, None, Some((2024, 2, 29))),
            (2568, 4, 8, 30, None, Some((2025, 8, 30))),
            (68, 2, 8, 30, None, Some((2025, 8, 30))),
            (1402, 4, 10, 10, None, Some((2023, 12, 31))),
            (1403, 4, 12, 30, None, Some((2025, 3, 20))),
            (1402, 4, 12, 30, None, None),
            (99, 2, 1, 1, None, Some((2020, 3, 20))),
            (2, 1, 1, 1, Some(Era::Persian), None),
            (1402, 4, 1, 1, Some(Era::Persian), Some((2023, 3, 21))),
            (1445, 4, 9, 1, None, Some((2024, 3, 11))),
            (1445, 4, 9, 31, None, None),
            (7, 1, 8, 30, Some(Era::After(2018)), Some((2025, 8, 30))),
            (1900, 4, 1, 1, None, None),
            (9999, 4, 1, 1, None, None),
        ] {
            assert_eq!(gregorian(year, digits, month, day, era), expected, "{year}-{month}-{day} {era:?}");
        }
    }
}
