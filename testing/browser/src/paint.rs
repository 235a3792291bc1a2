//! Pictures without a painter: landscapes as photos of stories, and pictures of screens made small.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

/// Colours of a landscape, from far to near: sky above and at the horizon, hills, water.
pub type Scene = ([u8; 3], [u8; 3], [u8; 3], [u8; 3]);

/// Morning light over an estuary.
pub const MORNING: Scene = ([118, 160, 186], [246, 214, 178], [104, 112, 108], [150, 170, 172]);
/// The same in the evening.
pub const EVENING: Scene = ([62, 66, 104], [236, 142, 96], [52, 46, 58], [122, 92, 100]);
/// Green hills at noon.
pub const NOON: Scene = ([96, 158, 214], [208, 230, 240], [86, 122, 70], [112, 156, 164]);
/// Sand and sea.
pub const SHORE: Scene = ([138, 190, 208], [240, 232, 212], [206, 178, 132], [70, 132, 150]);

/// Writes a landscape of this size.
pub fn landscape(path: &Path, (high, low, hill, water): Scene, width: u32, height: u32) {
    let mut pixels = Vec::with_capacity((width * height * 3) as usize);
    let (w, h) = (f64::from(width), f64::from(height));
    for y in 0..height {
        for x in 0..width {
            let (u, v) = (f64::from(x) / w, f64::from(y) / h);
            let far = 0.50 - 0.05 * (u * 5.0 + 1.0).sin() - 0.025 * (u * 13.0).sin();
            let near = 0.58 - 0.07 * (u * 3.1 + 2.4).sin() - 0.02 * (u * 17.0 + 1.0).sin();
            let sun = (((u - 0.7) * w / h).powi(2) + (v - 0.3).powi(2)).sqrt();
            let mut colour = mix(high, low, (v / 0.55).min(1.0));
            colour = mix(colour, [255, 246, 226], (1.0 - sun / 0.5).clamp(0.0, 1.0).powi(2) * 0.8);
            if sun < 0.045 {
                colour = [255, 248, 232];
            }
            if v > far {
                colour = mix(hill, low, 0.45);
            }
            if v > near {
                colour = mix(hill, [20, 20, 24], 0.25 * (v - near) / 0.4);
            }
            if v > 0.68 {
                let wave = (v * 160.0 + (u * 24.0).sin() * 1.5).sin() * 0.5 + 0.5;
                let glint = (1.0 - ((u - 0.7) / (0.05 + (v - 0.68) * 0.6)).abs()).max(0.0) * wave;
                colour = mix(mix(water, high, (v - 0.68) * 1.2), low, glint * 0.8 + wave * 0.08);
            }
            pixels.extend_from_slice(&colour);
        }
    }
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(path).unwrap()), width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
}

fn mix(from: [u8; 3], to: [u8; 3], part: f64) -> [u8; 3] {
    let one = |at: usize| {
        let (from, to) = (f64::from(from[at]), f64::from(to[at]));
        (from + (to - from) * part.clamp(0.0, 1.0)) as u8
    };
    [one(0), one(1), one(2)]
}

/// Colours of a palette.
const COLOURS: usize = 256;

/// So many of them are taken for covering most.
const FLAT: usize = 72;

/// Writes a PNG anew with a palette, as small as that gets. Colours that cover most stay as they are; rare ones take the
/// nearest of those.
pub fn make_small(picture: &[u8], path: &Path) {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(picture));
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut bytes).unwrap();
    let channels = frame.color_type.samples();
    let pixels: Vec<[u8; 3]> = bytes[..frame.buffer_size()]
        .chunks_exact(channels)
        .map(|pixel| [pixel[0], pixel[1], pixel[2]])
        .collect();
    let (palette, index) = palette(&pixels);
    let indexed = spread(&pixels, frame.width as usize, &palette, &index);
    let file = BufWriter::new(File::create(path).unwrap());
    let mut encoder = png::Encoder::new(file, frame.width, frame.height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_palette(palette.concat());
    encoder.set_compression(png::Compression::High);
    // Neighbours in a palette are no neighbours in colour: filters only disturb.
    encoder.set_filter(png::Filter::NoFilter);
    encoder.write_header().unwrap().write_image_data(&indexed).unwrap();
}

/// The place in the palette for each pixel. Colours that are in it stay as they are; where others take the nearest, what
/// is lost goes on to the neighbours (Floyd and Steinberg), so that light fades without steps.
fn spread(pixels: &[[u8; 3]], width: usize, palette: &[[u8; 3]], index: &HashMap<[u8; 3], u8>) -> Vec<u8> {
    let mut lost = vec![[0i16; 3]; pixels.len() + width + 2];
    let mut near: HashMap<[u8; 3], u8> = HashMap::new();
    let mut places = Vec::with_capacity(pixels.len());
    for (at, pixel) in pixels.iter().enumerate() {
        let place = index[pixel];
        if palette[usize::from(place)] == *pixel {
            places.push(place);
            continue;
        }
        let wanted = [0, 1, 2].map(|part| (i16::from(pixel[part]) + lost[at][part] / 16).clamp(0, 255));
        let colour = wanted.map(|part| part as u8);
        let place = *near.entry(colour).or_insert_with(|| nearest(palette, colour));
        let taken = palette[usize::from(place)];
        for (to, share) in [(at + 1, 7), (at + width - 1, 3), (at + width, 5), (at + width + 1, 1)] {
            for part in 0..3 {
                lost[to][part] += (wanted[part] - i16::from(taken[part])) * share;
            }
        }
        places.push(place);
    }
    places
}

/// The place of the colour that is most like this one.
fn nearest(palette: &[[u8; 3]], colour: [u8; 3]) -> u8 {
    let at = (0..palette.len()).min_by_key(|at| distance(colour, palette[*at])).unwrap_or(0);
    at as u8
}

/// The colours to keep, and for each colour of the picture the place of its nearest among them.
fn palette(pixels: &[[u8; 3]]) -> (Vec<[u8; 3]>, HashMap<[u8; 3], u8>) {
    let mut counts: HashMap<[u8; 3], u32> = HashMap::new();
    for pixel in pixels {
        *counts.entry(*pixel).or_default() += 1;
    }
    let mut colours: Vec<([u8; 3], u32)> = counts.into_iter().collect();
    colours.sort_by_key(|(colour, count)| (u32::MAX - count, *colour));
    let mut kept: Vec<[u8; 3]> = Vec::new();
    // The first distance at which what is kept is near enough to all.
    for apart in [0, 12, 40, 90, 160, 300, 600, 1_200] {
        // What covers most is the app's own colours, near each other as some are.
        kept.clear();
        kept.extend(colours.iter().take(FLAT).map(|(colour, _)| *colour));
        for (colour, _) in &colours {
            if kept.iter().all(|other| distance(*colour, *other) > apart) {
                kept.push(*colour);
            }
            if kept.len() > COLOURS {
                break;
            }
        }
        if kept.len() <= COLOURS {
            break;
        }
    }
    kept.truncate(COLOURS);
    let index = colours.iter().map(|(colour, _)| (*colour, nearest(&kept, *colour))).collect();
    (kept, index)
}

fn distance(one: [u8; 3], other: [u8; 3]) -> u32 {
    // Eyes see green best and blue least.
    let part = |at: usize, weight: u32| u32::from(one[at].abs_diff(other[at])).pow(2) * weight;
    part(0, 2) + part(1, 4) + part(2, 1)
}
