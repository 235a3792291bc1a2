//! Pixels: of a file that the person chose, of what was done to it, and out of it as a file again.

use js_sys::{Array, Promise, Reflect, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, CanvasRenderingContext2d, File, FilePropertyBag, HtmlCanvasElement, ImageBitmap,
};

use super::guard::pixels;
use crate::edit::{Brush, COLOURS, Edit, Stroke};
use crate::locale::t;

/// Squares along the longer side of what was made unrecognisable: a face that fills a quarter of the picture is ten
/// squares then.
const COARSE: f64 = 40.0;

/// An empty canvas.
pub fn canvas(width: u32, height: u32) -> Option<HtmlCanvasElement> {
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.unchecked_into();
    canvas.set_width(width.max(1));
    canvas.set_height(height.max(1));
    Some(canvas)
}

/// Its pen.
pub fn pen(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok().flatten()?.dyn_into().ok()
}

/// Puts pixels onto a canvas of their size. They are gone from the bitmap then.
pub fn put(canvas: &HtmlCanvasElement, bitmap: &ImageBitmap) {
    canvas.set_width(bitmap.width());
    canvas.set_height(bitmap.height());
    if let Some(pen) = pen(canvas) {
        let _ = pen.draw_image_with_image_bitmap(bitmap, 0.0, 0.0);
    }
    bitmap.close();
}

/// A picture of the person's own.
#[derive(Clone)]
pub struct Own {
    /// Its pixels, or those of its first frame.
    pub canvas: HtmlCanvasElement,
    /// Whether others follow, which are in the file alone.
    pub moves: bool,
    /// The browser alone reads the file: whoever receives it could not see it.
    pub foreign: bool,
}

/// The pixels of a file that the person chose just now. Guard decodes it, as it will for whoever receives it; what it
/// does not read (a phone's own formats) the browser may, because the file is the person's own.
pub async fn own_pixels(file: &Blob, most: u32) -> Result<Own, String> {
    let (bitmap, moves, foreign) = match pixels(file, most).await {
        Ok(shown) => (shown.bitmap, shown.moves, false),
        Err(sentence) => (by_browser(file).await.ok_or(sentence)?, false, true),
    };
    let canvas = canvas(bitmap.width(), bitmap.height()).ok_or_else(|| t("picture-unreadable"))?;
    put(&canvas, &bitmap);
    let size = (f64::from(canvas.width()), f64::from(canvas.height()));
    if size.0.max(size.1) <= f64::from(most) {
        return Ok(Own { canvas, moves, foreign });
    }
    let canvas = render(&canvas, &Edit::default(), f64::from(most)).ok_or_else(|| t("picture-unreadable"))?;
    Ok(Own { canvas, moves, foreign })
}

async fn by_browser(file: &Blob) -> Option<ImageBitmap> {
    let made = leptos::prelude::window().create_image_bitmap_with_blob(file).ok()?;
    JsFuture::from(made).await.ok()?.dyn_into().ok()
}

/// What was done to a picture, as pixels, no side longer than `longest`.
pub fn render(chosen: &HtmlCanvasElement, edit: &Edit, longest: f64) -> Option<HtmlCanvasElement> {
    let size = (f64::from(chosen.width()), f64::from(chosen.height()));
    let (width, height) = edit.size(size, longest);
    let target = canvas(width, height)?;
    render_to(chosen, edit, &target)?;
    Some(target)
}

/// The same onto a canvas that is there; its size is what comes out.
pub fn render_to(chosen: &HtmlCanvasElement, edit: &Edit, target: &HtmlCanvasElement) -> Option<()> {
    let (width, height) = (f64::from(chosen.width()), f64::from(chosen.height()));
    let drawn = if edit.strokes.is_empty() { chosen.clone() } else { with_strokes(chosen, &edit.strokes)? };
    let turned = edit.turned((width, height));
    let scale = f64::from(target.width()) / (turned.0 * edit.cut.width);
    let pen = pen(target)?;
    pen.reset_transform().ok()?;
    pen.clear_rect(0.0, 0.0, target.width().into(), target.height().into());
    pen.set_image_smoothing_enabled(true);
    let _ = Reflect::set(&pen, &"imageSmoothingQuality".into(), &"high".into());
    let whole = (turned.0 * scale, turned.1 * scale);
    pen.translate(-edit.cut.x * whole.0, -edit.cut.y * whole.1).ok()?;
    if edit.flipped {
        pen.translate(whole.0, 0.0).ok()?;
        pen.scale(-1.0, 1.0).ok()?;
    }
    pen.translate(whole.0 / 2.0, whole.1 / 2.0).ok()?;
    pen.rotate(f64::from(edit.quarters) * std::f64::consts::FRAC_PI_2).ok()?;
    pen.scale(scale, scale).ok()?;
    pen.translate(-width / 2.0, -height / 2.0).ok()?;
    pen.draw_image_with_html_canvas_element(&drawn, 0.0, 0.0).ok()?;
    pen.reset_transform().ok()
}

fn with_strokes(chosen: &HtmlCanvasElement, strokes: &[Stroke]) -> Option<HtmlCanvasElement> {
    let (width, height) = (chosen.width(), chosen.height());
    let drawn = canvas(width, height)?;
    let pen = pen(&drawn)?;
    pen.draw_image_with_html_canvas_element(chosen, 0.0, 0.0).ok()?;
    let coarse = strokes.iter().any(|stroke| stroke.brush == Brush::Coarse).then(|| coarse(chosen)).flatten();
    for stroke in strokes {
        match stroke.brush {
            Brush::Pen(colour) => line(&pen, stroke, width, height, COLOURS[colour % COLOURS.len()]),
            Brush::Coarse => {
                // Only where the brush went: its line, filled with the squares.
                let place = canvas(width, height)?;
                let brush = self::pen(&place)?;
                line(&brush, stroke, width, height, "#000");
                brush.set_global_composite_operation("source-in").ok()?;
                brush.draw_image_with_html_canvas_element(coarse.as_ref()?, 0.0, 0.0).ok()?;
                pen.draw_image_with_html_canvas_element(&place, 0.0, 0.0).ok()?;
            }
        }
    }
    Some(drawn)
}

/// The picture in a few squares. What was in a square is averaged away; nothing brings it back.
fn coarse(chosen: &HtmlCanvasElement) -> Option<HtmlCanvasElement> {
    let (width, height) = (f64::from(chosen.width()), f64::from(chosen.height()));
    let square = (width.max(height) / COARSE).max(1.0);
    let small = canvas((width / square).ceil() as u32, (height / square).ceil() as u32)?;
    let (across, down) = (f64::from(small.width()), f64::from(small.height()));
    let pen = pen(&small)?;
    let _ = Reflect::set(&pen, &"imageSmoothingQuality".into(), &"high".into());
    pen.draw_image_with_html_canvas_element_and_dw_and_dh(chosen, 0.0, 0.0, across, down).ok()?;
    let large = canvas(chosen.width(), chosen.height())?;
    let pen = self::pen(&large)?;
    pen.set_image_smoothing_enabled(false);
    pen.draw_image_with_html_canvas_element_and_dw_and_dh(&small, 0.0, 0.0, width, height).ok()?;
    Some(large)
}

fn line(pen: &CanvasRenderingContext2d, stroke: &Stroke, width: u32, height: u32, colour: &str) {
    let (width, height) = (f64::from(width), f64::from(height));
    pen.set_stroke_style_str(colour);
    pen.set_line_cap("round");
    pen.set_line_join("round");
    pen.set_line_width(stroke.width * width.max(height));
    pen.begin_path();
    for (at, (x, y)) in stroke.points.iter().enumerate() {
        if at == 0 {
            pen.move_to(x * width, y * height);
        }
        // A single point is a dot.
        pen.line_to(x * width + 0.01, y * height);
    }
    pen.stroke();
}

/// As a file's bytes: `image/jpeg` or `image/png`.
pub async fn encoded(canvas: &HtmlCanvasElement, media_type: &str, quality: f64) -> Option<Blob> {
    let source = if media_type == "image/jpeg" { on_white(canvas)? } else { canvas.clone() };
    let (source, media_type) = (source, media_type.to_owned());
    let promise = Promise::new(&mut |done, failed| {
        let asked = source.to_blob_with_type_and_encoder_options(&done, &media_type, &quality.into());
        if let Err(error) = asked {
            let _ = failed.call1(&JsValue::NULL, &error);
        }
    });
    JsFuture::from(promise).await.ok()?.dyn_into().ok()
}

/// What is see-through would come out black.
fn on_white(picture: &HtmlCanvasElement) -> Option<HtmlCanvasElement> {
    let target = canvas(picture.width(), picture.height())?;
    let pen = pen(&target)?;
    pen.set_fill_style_str("#fff");
    pen.fill_rect(0.0, 0.0, target.width().into(), target.height().into());
    pen.draw_image_with_html_canvas_element(picture, 0.0, 0.0).ok()?;
    Some(target)
}

/// Bytes under a name, as the engine takes files.
pub fn named(blob: &Blob, name: &str) -> Option<File> {
    let options = FilePropertyBag::new();
    options.set_type(&blob.type_());
    File::new_with_blob_sequence_and_options(&Array::of1(blob), name, &options).ok()
}

/// Bytes out of hexadecimal, as small pictures come along with messages. Guard is to decode them.
pub fn of_hexadecimal(text: &str) -> Option<Blob> {
    let pairs = text.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    });
    let bytes: Option<Vec<u8>> = pairs.collect();
    blob_of(&Array::of1(&Uint8Array::from(&bytes?[..])), "application/octet-stream")
}

/// Bytes of ours as a blob.
pub fn blob_of(parts: &Array, media_type: &str) -> Option<Blob> {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    Blob::new_with_blob_sequence_and_options(parts, &options).ok()
}
