//! Times, days and sizes as people read them, in this machine's time zone.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// The clock on the wall: where and when "today" is.
#[derive(Debug, Clone)]
pub struct Now(Zoned);

impl Now {
    /// By the system's clock and zone.
    pub fn system() -> Self {
        Self(Zoned::now())
    }

    /// A fixed one, for tests.
    #[cfg(test)]
    pub fn fixed(at: &str) -> Self {
        Self(at.parse::<Timestamp>().unwrap().to_zoned(TimeZone::UTC))
    }

    fn zone(&self) -> TimeZone {
        self.0.time_zone().clone()
    }

    /// The day of an RFC 3339 time.
    pub fn day(&self, at: &str) -> Option<Date> {
        Some(at.parse::<Timestamp>().ok()?.to_zoned(self.zone()).date())
    }

    /// Hours and minutes of an RFC 3339 time.
    pub fn clock(&self, at: &str) -> String {
        match at.parse::<Timestamp>() {
            Ok(at) => at.to_zoned(self.zone()).strftime("%H:%M").to_string(),
            Err(_) => "--:--".to_owned(),
        }
    }

    /// A day's heading.
    pub fn heading(&self, day: Date) -> String {
        let today = self.0.date();
        match today.since(day).map_or(i32::MAX, |span| span.get_days()) {
            0 => "Today".to_owned(),
            1 => "Yesterday".to_owned(),
            _ if day.year() == today.year() => day.strftime("%A %-d %B").to_string(),
            _ => day.strftime("%A %-d %B %Y").to_string(),
        }
    }

    /// Short, for lists: the time today, else the day.
    pub fn short(&self, at: &str) -> String {
        let Some(day) = self.day(at) else { return String::new() };
        let today = self.0.date();
        match today.since(day).map_or(i32::MAX, |span| span.get_days()) {
            0 => self.clock(at),
            1 => "Yest.".to_owned(),
            2..=6 => day.strftime("%a").to_string(),
            _ if day.year() == today.year() => day.strftime("%-d %b").to_string(),
            _ => day.strftime("%Y").to_string(),
        }
    }
}

/// Bytes as people say them.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KB", "MB", "GB", "TB", "PB"];
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1_000.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1_000.0;
        unit += 1;
    }
    if value < 9.95 { format!("{value:.1} {}", UNITS[unit]) } else { format!("{value:.0} {}", UNITS[unit]) }
}

/// A length of sound or video.
pub fn duration(ms: u32) -> String {
    let seconds = ms.div_ceil(1_000);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// A time until something disappears.
pub fn span(seconds: u32) -> String {
    let say = |count: u32, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    match seconds {
        0..60 => say(seconds, "second"),
        60..3_600 => say(seconds / 60, "minute"),
        3_600..86_400 => say(seconds / 3_600, "hour"),
        _ => say(seconds / 86_400, "day"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times() {
        let now = Now::fixed("2026-11-20T14:00:00Z");
        let heading = |at: &str| now.heading(now.day(at).unwrap());
        assert_eq!(heading("2026-11-20T00:00:00Z"), "Today");
        assert_eq!(heading("2026-11-19T23:59:59Z"), "Yesterday");
        assert_eq!(heading("2026-11-02T10:00:00Z"), "Monday 2 November");
        assert_eq!(heading("2025-11-02T10:00:00Z"), "Sunday 2 November 2025");
        assert_eq!(now.short("2026-11-20T09:05:00Z"), "09:05");
        assert_eq!(now.short("2026-11-17T09:05:00Z"), "Tue");
        assert_eq!(now.short("2026-03-01T09:05:00Z"), "1 Mar");
        assert_eq!(now.short("nonsense"), "");
        assert_eq!(now.clock("nonsense"), "--:--");
    }

    #[test]
    fn sizes_and_lengths() {
        assert_eq!(
            [size(0), size(999), size(1_000), size(1_250_000), size(999_600)],
            ["0 B", "999 B", "1.0 KB", "1.2 MB", "1.0 MB"]
        );
        assert_eq!(size(u64::MAX), "18447 PB");
        assert_eq!(
            [duration(0), duration(1), duration(61_000), duration(3_600_000)],
            ["0:00", "0:01", "1:01", "1:00:00"]
        );
        assert_eq!([span(1), span(120), span(86_400)], ["1 second", "2 minutes", "1 day"]);
    }
}
