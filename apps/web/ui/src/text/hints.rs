//! What stands below the entries of a menu to say what they mean.

/// Where what an entry means is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// It needs no words, or the entries after it say the same.
    Nowhere,
    /// Below it, as a part of it.
    Within,
    /// Once below all that it holds for, of which this is the last: a part of none.
    Below,
}

/// For each entry, in order. What several say one after the other is shown once.
pub fn shown(hints: &[Option<String>]) -> Vec<Shown> {
    let is_same = |one: Option<usize>, hint: &Option<String>| one.and_then(|at| hints.get(at)) == Some(hint);
    let place = |(at, hint): (usize, &Option<String>)| match hint {
        None => Shown::Nowhere,
        Some(_) if is_same(Some(at + 1), hint) => Shown::Nowhere,
        Some(_) if is_same(at.checked_sub(1), hint) => Shown::Below,
        Some(_) => Shown::Within,
    };
    hints.iter().enumerate().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_several_entries_mean_is_said_once() {
        let of = |hints: &[&str]| {
            let hint = |hint: &&str| (!hint.is_empty()).then(|| (*hint).to_owned());
            shown(&hints.iter().map(hint).collect::<Vec<_>>())
        };
        use Shown::{Below, Nowhere, Within};
        assert_eq!(of(&["nothing", "nothing", "nothing", "mentions"]), [Nowhere, Nowhere, Below, Within]);
        assert_eq!(of(&["", "a", "", "a"]), [Nowhere, Within, Nowhere, Within]);
        assert_eq!(of(&["a", "a", "b", "b", ""]), [Nowhere, Below, Nowhere, Below, Nowhere]);
        assert!(of(&[]).is_empty());
    }
}
