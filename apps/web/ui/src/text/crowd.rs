//! What many people did, in little room: who reacted with what, and names in a line.

use std::collections::HashMap;

use casemate_api::view::Reaction;

use crate::locale::listed;

/// Emoji below a message. As many people can each take another one as there are in a group.
const EMOJI: usize = 12;

/// Names in a line; more are counted. A group has hundreds.
const NAMED: usize = 20;

/// The emoji below a message, each with who chose it, in the order in which they come. The own one is among them, however many there
/// are: it is taken back there.
pub fn by_emoji(reactions: &[Reaction], is_me: impl Fn(&str) -> bool) -> Vec<(&str, Vec<&str>)> {
    let mut places = HashMap::new();
    let mut all: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut mine = None;
    for reaction in reactions {
        let place = *places.entry(reaction.emoji.as_str()).or_insert(all.len());
        if place == all.len() {
            all.push((reaction.emoji.as_str(), Vec::new()));
        }
        all[place].1.push(reaction.from.as_str());
        if is_me(&reaction.from) {
            mine = Some(place);
        }
    }
    if let Some(mine) = mine.filter(|mine| *mine >= EMOJI) {
        all.swap(EMOJI - 1, mine);
    }
    all.truncate(EMOJI);
    all
}

/// Names in a line, the first of them, and how many there are besides.
pub fn names<'a>(people: &[&'a str], name: impl Fn(&'a str) -> String) -> String {
    let more = people.len().saturating_sub(NAMED);
    listed(people.iter().copied().take(NAMED).map(name).chain((more > 0).then(|| format!("+{more}"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn react(from: &str, emoji: &str) -> Reaction {
        Reaction { from: from.into(), emoji: emoji.into() }
    }

    #[test]
    fn the_same_emoji_stands_once_with_all_who_chose_it() {
        let reactions = [react("a", "👍"), react("b", "🎉"), react("c", "👍")];
        assert_eq!(by_emoji(&reactions, |_| false), [("👍", vec!["a", "c"]), ("🎉", vec!["b"])]);
        assert!(by_emoji(&[], |_| true).is_empty());
    }

    #[test]
    fn thousands_of_different_ones_are_some_and_the_own_one() {
        let all: Vec<Reaction> = (0..50_000).map(|at| react(&at.to_string(), &format!("x{at}"))).collect();
        let shown = by_emoji(&all, |from| from == "40000");
        assert_eq!(shown.len(), EMOJI);
        assert_eq!((shown[0].0, shown[EMOJI - 1].0), ("x0", "x40000"));
        assert_eq!(by_emoji(&all, |from| from == "3")[EMOJI - 1].0, "x11");
    }

    #[test]
    fn a_crowd_is_counted() {
        let people: Vec<String> = (0..25).map(|at| at.to_string()).collect();
        let people: Vec<&str> = people.iter().map(String::as_str).collect();
        let name = |one: &str| format!("n{one}");
        let shown = |of: &[&str]| names(of, name).replace(['\u{2068}', '\u{2069}'], "");
        assert_eq!(names(&people[..2], name), "\u{2068}n0\u{2069}, \u{2068}n1\u{2069}");
        assert!(shown(&people[..20]).ends_with("n18, n19"));
        assert!(shown(&people).ends_with("n19, +5"));
        assert_eq!(names(&[], name), "");
    }
}
