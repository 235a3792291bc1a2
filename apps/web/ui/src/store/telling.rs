//! Whether, and how, a person is told of a new message. Plain data: decided here, done in `told`.

use casemate_api::command::QuietHours;

/// How somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Not at all, or they see it anyway.
    Nothing,
    /// By a sound.
    Sound,
    /// By a notification of the system, and a sound.
    Notification,
}

/// What is so when a message comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The conversation is muted.
    pub muted: bool,
    /// The message mentions this person.
    pub for_me: bool,
    /// It is between the quiet hours.
    pub quiet: bool,
    /// The person is looking at the app.
    pub looking: bool,
    /// … and at this very conversation.
    pub open: bool,
}

/// What to do about it. A muted conversation is heard where somebody is meant; quiet hours are quiet.
pub fn told(moment: Moment) -> Told {
    if moment.quiet || moment.looking && moment.open || moment.muted && !moment.for_me {
        return Told::Nothing;
    }
    if moment.looking { Told::Sound } else { Told::Notification }
}

/// Whether a time of day, in minutes since midnight, lies between the quiet hours, which may go over midnight.
pub fn is_quiet(hours: Option<&QuietHours>, minute: u32) -> bool {
    let Some((from, to)) = hours.and_then(bounds) else { return false };
    if from <= to { (from..to).contains(&minute) } else { minute >= from || minute < to }
}

/// In minutes since midnight.
pub fn bounds(hours: &QuietHours) -> Option<(u32, u32)> {
    Some((minutes(&hours.from)?, minutes(&hours.to)?))
}

/// Minutes since midnight of `HH:MM`.
fn minutes(time: &str) -> Option<u32> {
    let (hours, minutes) = time.split_once(':')?;
    Some(hours.parse::<u32>().ok()? * 60 + minutes.parse::<u32>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AWAY: Moment = Moment { muted: false, for_me: false, quiet: false, looking: false, open: false };

    #[test]
    fn told_when_away_and_not_when_it_is_seen_anyway() {
        assert_eq!(told(AWAY), Told::Notification);
        assert_eq!(told(Moment { looking: true, ..AWAY }), Told::Sound);
        assert_eq!(told(Moment { looking: true, open: true, ..AWAY }), Told::Nothing);
        // The conversation was left open in a tab that nobody sees.
        assert_eq!(told(Moment { open: true, ..AWAY }), Told::Notification);
        assert_eq!(told(Moment { quiet: true, for_me: true, ..AWAY }), Told::Nothing);
        assert_eq!(told(Moment { muted: true, ..AWAY }), Told::Nothing);
        assert_eq!(told(Moment { muted: true, for_me: true, ..AWAY }), Told::Notification);
    }

    #[test]
    fn quiet_hours_go_over_midnight() {
        let hours = |from: &str, to: &str| QuietHours { from: from.into(), to: to.into() };
        let night = hours("22:00", "07:30");
        for (minute, quiet) in
            [(21 * 60 + 59, false), (22 * 60, true), (0, true), (7 * 60 + 29, true), (7 * 60 + 30, false)]
        {
            assert_eq!(is_quiet(Some(&night), minute), quiet, "{minute}");
        }
        assert!(is_quiet(Some(&hours("12:00", "13:00")), 12 * 60 + 30));
        assert!(!is_quiet(Some(&hours("12:00", "13:00")), 13 * 60));
        assert!(!is_quiet(None, 0) && !is_quiet(Some(&hours("x", "y")), 0));
    }
}
