//! Who of a call gets a tile, and which pictures are asked for, how large. Plain data: what the screen does with it is its
//! own matter.

/// Tiles with a picture at most: the slots that a relay fills. Others are heard all the same.
pub const PICTURES: usize = 12;

/// What stands in a tile.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tile {
    /// The device; empty for this one.
    pub device: String,
    /// Whose.
    pub address: String,
    /// The screen, not the camera.
    pub screen: bool,
}

/// A picture that is to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Which.
    pub tile: Tile,
    /// Pixels.
    pub height: u32,
}

/// The slot in which a picture is seen. None where its owner says that it is off, whatever still comes of it; programs of before
/// do not say.
pub fn seen_in(slot: Option<i32>, says_on: Option<bool>) -> Option<i32> {
    slot.filter(|_| says_on != Some(false))
}

/// The pinned one, if it is there.
pub fn pinned_of<'a>(tiles: &'a [Tile], pinned: Option<&Tile>) -> Option<&'a Tile> {
    tiles.iter().find(|tile| Some(*tile) == pinned)
}

/// Of all who is shown, in the order in which they stand anyway: nobody moves because another one speaks. Who is pinned,
/// screens, who spoke last (`spoke`, the newest first), then who came first. One seat stays for the number of the others.
pub fn seated(all: &[Tile], pinned: Option<&Tile>, spoke: &[String], seats: usize) -> Vec<Tile> {
    if all.len() <= seats {
        return all.to_vec();
    }
    let rank = |tile: &Tile| match spoke.iter().position(|device| *device == tile.device) {
        _ if Some(tile) == pinned => 0,
        _ if tile.screen => 1,
        Some(at) => 2 + at,
        None => usize::MAX,
    };
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|at| rank(&all[*at]));
    order.truncate(seats.saturating_sub(1));
    order.sort_unstable();
    order.into_iter().map(|at| all[at].clone()).collect()
}

/// Which pictures are to come, and how large: the largest first, and of those the one that is large on the screen.
pub fn wanted(
    tiles: &[Tile],
    people: &[Tile],
    large: Option<&Tile>,
    small: bool,
    saver: bool,
) -> Vec<Wanted> {
    let most = if saver { 180 } else { 720 };
    let each = match (small, tiles.len()) {
        (true, _) => 180,
        (false, 0..=1) => 720,
        (false, 2..=4) => 480,
        (false, _) => 180,
    };
    let height = |tile: &Tile| {
        let height = match (Some(tile) == large, large) {
            (true, _) if tile.screen => 1_080,
            (true, _) => 720,
            (false, Some(_)) => 180,
            (false, None) => each,
        };
        // What is written on a screen has to be read.
        if tile.screen { height } else { height.min(most) }
    };
    let mut all: Vec<Wanted> =
        tiles.iter().map(|tile| Wanted { tile: tile.clone(), height: height(tile) }).collect();
    all.sort_by_key(|one| (std::cmp::Reverse(one.height), Some(&one.tile) != large));
    // Screens that nobody has shared yet are asked for too, in the size that they are to come in. They come last: a camera that
    // is there is worth more than a screen that is not. In large calls not all of them are wished for: a relay sends some that
    // nobody asked for.
    let silent =
        people.iter().filter(|one| !tiles.iter().any(|tile| tile.screen && tile.device == one.device));
    let silent = silent.map(|one| Wanted { tile: Tile { screen: true, ..one.clone() }, height: 720 });
    all.extend(silent);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera(number: usize) -> Tile {
        Tile { device: format!("d{number}"), address: format!("a{number}"), screen: false }
    }

    fn names(tiles: &[Tile]) -> Vec<&str> {
        tiles.iter().map(|tile| tile.device.as_str()).collect()
    }

    #[test]
    fn picture_said_to_be_off_is_not_seen_whatever_comes() {
        assert_eq!(seen_in(Some(3), Some(false)), None);
        assert_eq!((seen_in(Some(3), Some(true)), seen_in(Some(3), None)), (Some(3), Some(3)));
        assert_eq!(seen_in(None, Some(true)), None);
    }

    #[test]
    fn of_many_the_pinned_one_screens_and_who_spoke_have_seats() {
        let few: Vec<Tile> = (0..4).map(camera).collect();
        assert_eq!(seated(&few, None, &[], 4), few);
        let mut all: Vec<Tile> = (0..99).map(camera).collect();
        assert_eq!(names(&seated(&all, None, &[], 4)), ["d0", "d1", "d2"]);
        let spoke = ["d50".to_owned(), "d7".to_owned(), "d98".to_owned()];
        // In the order of all, whoever spoke last.
        assert_eq!(names(&seated(&all, None, &spoke, 4)), ["d7", "d50", "d98"]);
        assert_eq!(names(&seated(&all, None, &spoke, 3)), ["d7", "d50"]);
        assert_eq!(names(&seated(&all, Some(&camera(60)), &spoke, 3)), ["d50", "d60"]);
        all.insert(0, Tile { screen: true, ..camera(9) });
        let shown = seated(&all, Some(&camera(60)), &spoke, 4);
        assert_eq!((names(&shown), shown[0].screen), (vec!["d9", "d50", "d60"], true));
    }

    #[test]
    fn the_pinned_one_is_asked_for_first_and_large() {
        let all: Vec<Tile> = (0..7).map(camera).collect();
        let heights = |large: Option<&Tile>, small, saver| -> Vec<(String, u32)> {
            let wanted = wanted(&all, &all, large, small, saver);
            wanted
                .into_iter()
                .filter(|one| !one.tile.screen)
                .map(|one| (one.tile.device, one.height))
                .collect()
        };
        assert!(heights(None, false, false).iter().all(|(_, height)| *height == 180));
        let pinned = heights(Some(&camera(5)), false, false);
        assert_eq!(pinned[0], ("d5".to_owned(), 720));
        assert!(pinned[1..].iter().all(|(_, height)| *height == 180));
        // With less data it is not larger, but still the first.
        assert_eq!(heights(Some(&camera(5)), false, true)[0], ("d5".to_owned(), 180));
        // Screens that are not shared yet come last.
        let asked = wanted(&all, &all, None, false, false);
        assert!(asked[7..].iter().all(|one| one.tile.screen) && asked.len() == 14);
    }
}
