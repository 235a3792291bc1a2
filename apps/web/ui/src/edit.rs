//! What a person does to a picture before it is sent: turned, flipped, cut, drawn on, made unrecognisable in places. Plain
//! data; `ui/canvas.rs` makes pixels of it.
//!
//! Strokes lie on the picture as it was chosen and turn with it; the cut is made last, of the turned and flipped one.

/// A rectangle, in parts of the whole from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// What a brush does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brush {
    /// Colours, by its number among [`COLOURS`].
    Pen(usize),
    /// Leaves a few coarse squares of what was there.
    Coarse,
}

/// Colours to draw with. They are the picture's, not the app's, so they do not follow the theme.
pub const COLOURS: [&str; 7] = ["#ffffff", "#1c1a18", "#d9372c", "#f0b429", "#2f9e63", "#2a78c8", "#8a55c0"];

/// Widths of a line, in parts of the longer side.
pub const WIDTHS: [f64; 3] = [0.008, 0.02, 0.05];

/// Strokes of one picture at most. More would be slow to draw and is no drawing.
const STROKES: usize = 500;

/// Points of one stroke at most: some minutes of scribbling.
const POINTS: usize = 5_000;

/// Steps that can be taken back.
const STEPS: usize = 100;

/// A cut is at least this part of each side.
const LEAST: f64 = 0.05;

/// One line drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Stroke {
    /// With what.
    pub brush: Brush,
    /// In parts of the longer side.
    pub width: f64,
    /// In parts of the picture as it was chosen.
    pub points: Vec<(f64, f64)>,
}

/// All that was done to a picture.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Edit {
    /// Quarters turned to the right, 0 to 3.
    pub quarters: u8,
    /// Left and right changed places after turning.
    pub flipped: bool,
    /// What is left of the turned and flipped picture.
    pub cut: Rect,
    /// Oldest first.
    pub strokes: Vec<Stroke>,
}

impl Default for Rect {
    fn default() -> Self {
        Self { x: 0.0, y: 0.0, width: 1.0, height: 1.0 }
    }
}

impl Rect {
    /// The largest one in the middle of a picture of `size` with this ratio of width to height.
    pub fn of_ratio(ratio: f64, size: (f64, f64)) -> Self {
        let whole = size.0 / size.1.max(1.0);
        let (width, height) = if ratio > whole { (1.0, whole / ratio) } else { (ratio / whole, 1.0) };
        Self { x: (1.0 - width) / 2.0, y: (1.0 - height) / 2.0, width, height }
    }

    /// Moved, and still inside.
    pub fn moved(self, by: (f64, f64)) -> Self {
        // Not `clamp`, here and below: where there is less room than nothing, by a rounding, it would panic.
        let x = (self.x + by.0).min(1.0 - self.width).max(0.0);
        let y = (self.y + by.1).min(1.0 - self.height).max(0.0);
        Self { x, y, ..self }
    }

    /// A corner or side pulled: `right` and `down` are -1, 0 or 1. With a ratio (in parts of this picture) both sides
    /// follow.
    pub fn pulled(self, right: i8, down: i8, by: (f64, f64), ratio: Option<f64>) -> Self {
        let side = |start: f64, length: f64, which: i8, by: f64| match which {
            1 => (start, (length + by).max(LEAST).min(1.0 - start)),
            -1 => {
                let moved = (start + by).min(start + length - LEAST).max(0.0);
                (moved, start + length - moved)
            }
            _ => (start, length),
        };
        let (x, width) = side(self.x, self.width, right, by.0);
        let (y, height) = side(self.y, self.height, down, by.1);
        let pulled = Self { x, y, width, height };
        let Some(ratio) = ratio.filter(|ratio| *ratio > 0.0) else { return pulled };
        // As wide as pulled, or less where the height has no room for it.
        let room = match down {
            -1 => self.y + self.height,
            _ => 1.0 - self.y,
        };
        let mut width = if right == 0 { pulled.height * ratio } else { pulled.width };
        let room_across = match right {
            -1 => self.x + self.width,
            _ => 1.0 - self.x,
        };
        width = width.min(room * ratio).min(room_across).max(LEAST);
        let height = width / ratio;
        let x = if right == -1 { self.x + self.width - width } else { self.x };
        let y = if down == -1 { self.y + self.height - height } else { self.y };
        Self { x, y, width, height }
    }
}

impl Edit {
    /// Nothing was done.
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    /// A quarter to the right, as it is seen now.
    pub fn turn(&mut self) {
        self.quarters = (self.quarters + if self.flipped { 3 } else { 1 }) % 4;
        let Rect { x, y, width, height } = self.cut;
        self.cut = Rect { x: 1.0 - y - height, y: x, width: height, height: width };
    }

    /// Left and right change places, as it is seen now.
    pub fn flip(&mut self) {
        self.flipped = !self.flipped;
        self.cut.x = 1.0 - self.cut.x - self.cut.width;
    }

    /// Width and height after turning, before cutting.
    pub fn turned(&self, size: (f64, f64)) -> (f64, f64) {
        if self.quarters % 2 == 1 { (size.1, size.0) } else { size }
    }

    /// Width and height of what comes out, no side longer than `longest`, never more than there is.
    pub fn size(&self, size: (f64, f64), longest: f64) -> (u32, u32) {
        let turned = self.turned(size);
        let (width, height) = (turned.0 * self.cut.width, turned.1 * self.cut.height);
        let scale = (longest / width.max(height)).min(1.0);
        let pixels = |side: f64| (side * scale).round().max(1.0) as u32;
        (pixels(width), pixels(height))
    }

    /// From a place in what is seen to one in the picture as it was chosen, both in parts.
    pub fn to_chosen(&self, seen: (f64, f64)) -> (f64, f64) {
        let mut x = self.cut.x + seen.0 * self.cut.width;
        let y = self.cut.y + seen.1 * self.cut.height;
        if self.flipped {
            x = 1.0 - x;
        }
        match self.quarters % 4 {
            1 => (y, 1.0 - x),
            2 => (1.0 - x, 1.0 - y),
            3 => (1.0 - y, x),
            _ => (x, y),
        }
    }

    /// Begins a line.
    pub fn begin(&mut self, brush: Brush, width: f64, at: (f64, f64)) {
        if self.strokes.len() < STROKES {
            self.strokes.push(Stroke { brush, width, points: vec![at] });
        }
    }

    /// Goes on with the last line.
    pub fn go_on(&mut self, at: (f64, f64)) {
        if let Some(stroke) = self.strokes.last_mut().filter(|stroke| stroke.points.len() < POINTS) {
            stroke.points.push(at);
        }
    }
}

/// What was done, what can be taken back, and what was.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// As it is.
    pub now: Edit,
    before: Vec<Edit>,
    after: Vec<Edit>,
}

impl History {
    /// Notes how it is, so that what follows can be taken back.
    pub fn note(&mut self) {
        if self.before.len() == STEPS {
            self.before.remove(0);
        }
        self.before.push(self.now.clone());
        self.after.clear();
    }

    /// One step back.
    pub fn undo(&mut self) {
        if let Some(edit) = self.before.pop() {
            self.after.push(std::mem::replace(&mut self.now, edit));
        }
    }

    /// And forth again.
    pub fn redo(&mut self) {
        if let Some(edit) = self.after.pop() {
            self.before.push(std::mem::replace(&mut self.now, edit));
        }
    }

    /// Whether there is something to take back.
    pub fn can_undo(&self) -> bool {
        !self.before.is_empty()
    }

    /// Whether something was taken back.
    pub fn can_redo(&self) -> bool {
        !self.after.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: (f64, f64), b: (f64, f64)) -> bool {
        (a.0 - b.0).abs() < 1e-9 && (a.1 - b.1).abs() < 1e-9
    }

    #[test]
    fn four_quarters_are_none_whatever_was_flipped() {
        let cut = Rect { x: 0.1, y: 0.2, width: 0.3, height: 0.4 };
        for flipped in [false, true] {
            let start = Edit { flipped, cut, ..Edit::default() };
            let mut edit = start.clone();
            for _ in 0..4 {
                edit.turn();
            }
            assert_eq!(edit.quarters, 0);
            assert!(near((edit.cut.x, edit.cut.y), (cut.x, cut.y)));
            edit.flip();
            edit.flip();
            assert!(near((edit.cut.x, edit.cut.width), (cut.x, cut.width)));
        }
    }

    #[test]
    fn a_place_stays_where_it_is_on_the_picture() {
        // The top left corner, followed through turning: it is seen top right after one quarter.
        let mut edit = Edit::default();
        edit.turn();
        assert!(near(edit.to_chosen((1.0, 0.0)), (0.0, 0.0)));
        edit.flip();
        assert!(near(edit.to_chosen((0.0, 0.0)), (0.0, 0.0)));
        edit.turn();
        assert!(near(edit.to_chosen((1.0, 0.0)), (0.0, 0.0)));
        assert_eq!(edit.size((400.0, 300.0), 1_000.0), (400, 300));
    }

    #[test]
    fn what_comes_out_has_the_size_of_the_cut() {
        let mut edit = Edit { cut: Rect::of_ratio(1.0, (4_000.0, 3_000.0)), ..Edit::default() };
        assert_eq!(edit.size((4_000.0, 3_000.0), 10_000.0), (3_000, 3_000));
        assert_eq!(edit.size((4_000.0, 3_000.0), 1_600.0), (1_600, 1_600));
        edit.cut = Rect::of_ratio(2.0, (4_000.0, 3_000.0));
        assert_eq!(edit.size((4_000.0, 3_000.0), 4_000.0), (4_000, 2_000));
    }

    #[test]
    fn a_cut_never_leaves_the_picture() {
        let start = Rect { x: 0.2, y: 0.2, width: 0.5, height: 0.5 };
        for right in [-1, 0, 1] {
            for down in [-1, 0, 1] {
                for by in [-2.0, -0.3, 0.0, 0.3, 2.0] {
                    for ratio in [None, Some(1.0), Some(1.7)] {
                        let rect = start.pulled(right, down, (by, by), ratio);
                        let rect = rect.moved((by, by));
                        let inside = rect.x >= -1e-9 && rect.y >= -1e-9;
                        assert!(
                            inside && rect.x + rect.width <= 1.0 + 1e-9,
                            "{right} {down} {by} {ratio:?} {rect:?}"
                        );
                        assert!(rect.y + rect.height <= 1.0 + 1e-9 && rect.width >= LEAST - 1e-9, "{rect:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn however_often_it_is_pulled_a_cut_stays_inside() {
        let parts = [-0.9, -0.31, -0.02, 0.0, 0.02, 0.31, 0.9];
        let part = |seed: &mut u64| {
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (*seed >> 33) as usize
        };
        let mut seed = 7;
        let mut rect = Rect::default();
        for _ in 0..200_000 {
            let ratio = [None, Some(1.0), Some(16.0 / 9.0), Some(0.1), Some(7.3)][part(&mut seed) % 5];
            let by = (parts[part(&mut seed) % 7], parts[part(&mut seed) % 7]);
            let (right, down) = ((part(&mut seed) % 3) as i8 - 1, (part(&mut seed) % 3) as i8 - 1);
            rect = rect.pulled(right, down, by, ratio).moved(by);
            let Rect { x, y, width, height } = rect;
            assert!(x >= -1e-9 && y >= -1e-9 && width > 0.0 && height > 0.0, "{rect:?}");
            assert!(x + width <= 1.0 + 1e-9 && y + height <= 1.0 + 1e-9, "{rect:?}");
        }
    }

    #[test]
    fn what_was_done_can_be_taken_back() {
        let mut history = History::default();
        history.note();
        history.now.begin(Brush::Coarse, 0.05, (0.5, 0.5));
        history.now.go_on((0.6, 0.5));
        history.note();
        history.now.turn();
        history.undo();
        assert_eq!((history.now.quarters, history.now.strokes.len()), (0, 1));
        history.undo();
        assert!(history.now.is_plain() && !history.can_undo());
        history.redo();
        history.redo();
        assert_eq!((history.now.quarters, history.now.strokes[0].points.len()), (1, 2));
        history.note();
        assert!(!history.can_redo());
        for _ in 0..1_000 {
            history.note();
        }
        assert_eq!(history.before.len(), STEPS);
    }
}
