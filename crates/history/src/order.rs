//! Which number of a date is the day: from all dates of a chat, from how phones write dates in all languages, and, where both leave it
//! open, from the person.

use std::cmp::Ordering;

use crate::calendar::Era;
use crate::clock::{Civil, Written};
use crate::locale::{Date, LOCALES, Part};

/// What stands first in a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// 31/12/2023
    #[default]
    Day,
    /// 12/31/2023
    Month,
    /// 2023/12/31
    Year,
}

/// What is known of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    pub order: Order,
    /// Nothing contradicts day before month, nor month before day; this one is only more likely.
    pub is_open: bool,
}

/// What a chat tells besides its dates.
#[derive(Debug, Default)]
pub struct Clues {
    /// In which the messenger speaks.
    pub language: Option<&'static str>,
    /// When it was exported at the latest. A clock may be wrong, and then this says nothing.
    pub latest: Option<Civil>,
    /// For each date, that in the name of the file beside it.
    pub days: Vec<Option<[u16; 3]>>,
}

/// From all dates of a chat.
pub fn decide(all: &[Written], clues: &Clues) -> Decided {
    let (language, latest) = (clues.language, clues.latest);
    let form = Form::new(all);
    let certain = |order| Decided { order, is_open: false };
    if form.is_year_first {
        return certain(Order::Year);
    }
    let [day, month, year] =
        [Order::Day, Order::Month, Order::Year].map(|order| Reading::new(all, order, latest));
    let written = form.orders(language);
    let may_be = |order: Order| written.contains(&order);
    let is_odd = |reading: &Reading| reading.impossible + reading.late + reading.backward > 0;
    // A year of two digits in front is rare: where nothing else fits, or it is written so in no other way.
    let only_year = may_be(Order::Year) && written.iter().all(|order| *order == Order::Year);
    if may_be(Order::Year) && !is_odd(&year) && (only_year || is_odd(&day) && is_odd(&month)) {
        return certain(Order::Year);
    }
    // Where all are late the clock is wrong.
    let late = less(day.late, month.late).filter(|_| day.late == 0 || month.late == 0);
    if let Some(order) = less(day.impossible, month.impossible).or(late) {
        return certain(order);
    }
    if let Some(order) = named(all, clues) {
        return certain(order);
    }
    match (may_be(Order::Day), may_be(Order::Month)) {
        (true, false) => return certain(Order::Day),
        (false, true) => return certain(Order::Month),
        _ => {}
    }
    let clues = [form.tells(language), less(day.span, month.span)];
    let likely = || clues.into_iter().flatten().next().unwrap_or_else(|| form.hints(language));
    match less(day.backward, month.backward) {
        Some(order) => Decided { order, is_open: day.backward.min(month.backward) > 0 },
        // On the fifth of May it is the same.
        None => {
            Decided { order: likely(), is_open: day.first_last != month.first_last || day.span != month.span }
        }
    }
}

/// By the names of files, which phones give them on the day on which they come.
fn named(all: &[Written], clues: &Clues) -> Option<Order> {
    let days = || all.iter().zip(&clues.days).filter_map(|(one, day)| Some((one, (*day)?)));
    let same = |order| {
        let is_same = |(one, [year, month, day]): &(&Written, [u16; 3])| {
            one.civil(order)
                .is_some_and(|at| (at.year, u16::from(at.month), u16::from(at.day)) == (*year, *month, *day))
        };
        days().filter(is_same).count()
    };
    match (same(Order::Day), same(Order::Month)) {
        (1.., 0) => Some(Order::Day),
        (0, 1..) => Some(Order::Month),
        _ => None,
    }
}

fn less<T: Ord>(day: T, month: T) -> Option<Order> {
    match day.cmp(&month) {
        Ordering::Less => Some(Order::Day),
        Ordering::Greater => Some(Order::Month),
        Ordering::Equal => None,
    }
}

/// The year in which the messenger came.
const FIRST: u16 = 2009;

/// The dates of a chat, read in one order.
struct Reading {
    /// Dates that are none.
    impossible: usize,
    /// Dates after the export, or before there was such a messenger.
    late: usize,
    /// How often time runs backward by more than a day: clocks of phones differ by less.
    backward: usize,
    /// From the first day to the last, with months of 31 days.
    span: u32,
    first_last: Option<(Civil, Civil)>,
}

impl Reading {
    fn new(all: &[Written], order: Order, latest: Option<Civil>) -> Self {
        let day =
            |date: &Civil| (u32::from(date.year) * 12 + u32::from(date.month)) * 31 + u32::from(date.day);
        let dates: Vec<Civil> = all.iter().filter_map(|one| one.civil(order)).collect();
        let late = |date: &&Civil| date.year < FIRST || latest.is_some_and(|latest| **date > latest);
        let first_last = dates.iter().min().zip(dates.iter().max()).map(|(first, last)| (*first, *last));
        Self {
            impossible: all.len() - dates.len(),
            late: dates.iter().filter(late).count(),
            backward: dates.windows(2).filter(|two| day(&two[0]) > day(&two[1]) + 1).count(),
            span: first_last.map_or(0, |(first, last)| day(&last) - day(&first)),
            first_last,
        }
    }
}

/// How the dates of a chat are written. In the United States it is `3/4/24, 9:15 PM`, and little else has the month first; most
/// others are told from that by a nought, a point or the sign of the half of the day.
struct Form {
    is_year_first: bool,
    /// Nobody puts the month first in `31.12.23`. In `31-12-23` phones of some years did, where their owner chose it.
    points: bool,
    spaced: bool,
    /// `04/03/24`, and whether there is none other.
    padded: bool,
    is_never_padded: bool,
    /// `PM`
    capitals: bool,
    /// `pm`, `p. m.`, `م`, `下午`
    elsewhere: bool,
    /// The year has two digits.
    short: bool,
    halves: Vec<Part>,
}

impl Form {
    fn new(all: &[Written]) -> Self {
        let count = |is: fn(&Written) -> bool| all.iter().filter(|one| is(one)).count();
        let most = |is: fn(&Written) -> bool| 2 * count(is) > all.len();
        let mut halves = Vec::new();
        for half in all.iter().filter_map(|one| one.half) {
            if !halves.contains(&half.part) {
                halves.push(half.part);
            }
        }
        let padded = count(|one| one.padded == Some(true));
        Self {
            is_year_first: most(|one| {
                one.parts[0].0 > 99 || one.parts[0].1 > 2 || matches!(one.era, Some(Era::After(_)))
            }),
            points: most(|one| one.form.between == '.'),
            spaced: most(|one| one.form.spaced),
            padded: padded > count(|one| one.padded == Some(false)),
            is_never_padded: padded == 0 && count(|one| one.padded == Some(false)) > 0,
            capitals: most(|one| one.half.is_some_and(|half| half.capitals)),
            elsewhere: most(|one| one.half.is_some_and(|half| !half.capitals)),
            short: most(|one| one.parts[2].1 <= 2),
            halves,
        }
    }

    /// The orders in which a phone may write so; both where none is known to.
    fn orders(&self, language: Option<&str>) -> Vec<Order> {
        let known = || LOCALES.dates.iter().filter(|date| self.fits(date));
        let has_halves = |date: &&Date| {
            // A language that says more parts of the day says these, too.
            let names = |part: &Part| date.halves.contains(&Some(*part));
            self.halves.is_empty() || self.halves.iter().any(names)
        };
        let speaks = |date: &&Date| language.is_some_and(|language| date.is_of(language));
        let collect = |dates: &mut dyn Iterator<Item = &Date>| {
            let mut orders = Vec::new();
            for order in dates.map(order_of) {
                if !orders.contains(&order) {
                    orders.push(order);
                }
            }
            orders
        };
        let tries = [
            collect(&mut known().filter(has_halves).filter(speaks)),
            collect(&mut known().filter(has_halves)),
            collect(&mut known()),
        ];
        tries.into_iter().find(|orders| !orders.is_empty()).unwrap_or_else(|| vec![Order::Day, Order::Month])
    }

    fn fits(&self, date: &Date) -> bool {
        let pattern = date.pattern;
        if pattern.contains('.') != self.points {
            return false;
        }
        if self.points && (pattern.contains(". ") != self.spaced || pattern.contains("yy") != self.short) {
            // Of points the years tell more than in strokes, which people set as they like.
            return order_of(date) == Order::Day;
        }
        let [day, month] = ["dd", "MM"].map(|pads| pattern.contains(pads));
        let is_too_short = self.padded && !day && !month;
        let is_too_long = self.is_never_padded && day && month;
        !is_too_short && !is_too_long
    }

    /// What phones leave little doubt of.
    fn tells(&self, language: Option<&str>) -> Option<Order> {
        if self.padded || self.elsewhere || language.is_some_and(|language| language != "en") {
            return Some(Order::Day);
        }
        (self.capitals && self.short).then_some(Order::Month)
    }

    /// What is more likely than the other: chats of one day leave nothing else to go by.
    fn hints(&self, language: Option<&str>) -> Order {
        match self.capitals || (self.short && language == Some("en")) {
            true => Order::Month,
            false => Order::Day,
        }
    }
}

fn order_of(date: &Date) -> Order {
    match date.pattern.chars().next() {
        Some('M') => Order::Month,
        Some('y') => Order::Year,
        _ => Order::Day,
    }
}
