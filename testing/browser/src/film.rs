//! What a browser's camera sees: a film of one picture, which can be another one each time the camera is opened.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use thirtyfour::WebElement;

/// Pixels of a picture: what common cameras give.
const WIDTH: usize = 640;
const HEIGHT: usize = 480;

/// The longer side of what is held in front of the camera.
const SIDE: usize = 400;

/// A file that Chromium takes for a camera (YUV4MPEG2, 4:2:0).
pub struct Film {
    path: PathBuf,
}

impl Film {
    /// Of a white wall.
    pub fn new(path: &Path) -> Self {
        let film = Self { path: path.to_owned() };
        film.write(&[255; WIDTH * HEIGHT]);
        film
    }

    /// The browser's argument.
    pub fn argument(&self) -> String {
        format!("--use-file-for-fake-video-capture={}", self.path.display())
    }

    /// What stands on somebody's screen is held in front of it, from when it is opened next. As the screen shows it: a
    /// part that is cut off there is not seen here.
    pub async fn sees(&self, element: &WebElement) {
        element.scroll_into_view().await.unwrap();
        let picture = element.screenshot_as_png().await.unwrap();
        let mut decoder = png::Decoder::new(Cursor::new(picture));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let shown = reader.next_frame(&mut pixels).unwrap();
        let (width, height) = (shown.width as usize, shown.height as usize);
        let each = pixels.len() / (width * height);
        let scale = SIDE as f64 / width.max(height) as f64;
        let (wide, high) = ((width as f64 * scale) as usize, (height as f64 * scale) as usize);
        let mut luma = vec![255; WIDTH * HEIGHT];
        for y in 0..high {
            for x in 0..wide {
                let from = (y * height / high) * width + x * width / wide;
                // Green is most of what is bright.
                let green = pixels[from * each + usize::from(each > 2)];
                luma[(y + (HEIGHT - high) / 2) * WIDTH + x + (WIDTH - wide) / 2] = green;
            }
        }
        self.write(&luma);
    }

    fn write(&self, luma: &[u8]) {
        let mut film = format!("YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\nFRAME\n").into_bytes();
        film.extend_from_slice(luma);
        film.resize(film.len() + WIDTH * HEIGHT / 2, 128);
        fs::write(&self.path, film).unwrap();
    }
}
