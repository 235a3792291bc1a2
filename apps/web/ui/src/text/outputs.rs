//! Ear, loudspeaker, headphones: those that a browser lists, and what each is called.

use super::plain::one_line;

/// Letters of a name.
const LETTERS: usize = 60;

/// More are not offered.
const MOST: usize = 12;

/// One to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The browser's id of it.
    pub id: String,
    /// What the browser calls it. It may keep that to itself until the page has used a microphone.
    pub name: Option<String>,
    /// Its place in the list, from 1: what tells apart those without a name.
    pub number: usize,
}

/// Those that can be chosen, of what is listed by id and name. One without an id only stands for there being some.
pub fn choosable(listed: Vec<(String, String)>) -> Vec<Output> {
    let with_id = listed.into_iter().filter(|(id, _)| !id.is_empty()).take(MOST);
    let output = |(number, (id, name)): (usize, (String, String))| {
        let name = Some(one_line(&name, LETTERS)).filter(|name| !name.is_empty());
        Output { id, name, number }
    };
    (1..).zip(with_id).map(output).collect()
}

/// Whether the browser has to be asked by its own window which ones there are.
pub fn are_unknown(outputs: &[Output]) -> bool {
    outputs.iter().all(|output| output.name.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(all: &[(&str, &str)]) -> Vec<Output> {
        choosable(all.iter().map(|(id, name)| ((*id).to_owned(), (*name).to_owned())).collect())
    }

    #[test]
    fn what_has_no_name_is_numbered_rather_than_left_out() {
        let found = listed(&[("a", "Earpiece"), ("b", ""), ("c", " \u{202e}Car\n")]);
        let shown: Vec<_> = found.iter().map(|one| (&one.id[..], one.name.as_deref(), one.number)).collect();
        assert_eq!(shown, [("a", Some("Earpiece"), 1), ("b", None, 2), ("c", Some("Car"), 3)]);
        assert!(!are_unknown(&found));
    }

    #[test]
    fn a_browser_that_tells_nothing_is_asked() {
        assert!(listed(&[("", "")]).is_empty(), "as Chromium lists them before a microphone was used");
        assert!(are_unknown(&[]));
        assert!(are_unknown(&listed(&[("a", ""), ("b", "")])));
        let many = ["x"; 40].map(|id| (id, ""));
        assert_eq!(listed(&many).len(), MOST);
    }
}
