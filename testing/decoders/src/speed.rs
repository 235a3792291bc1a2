//! How fast, beside Pillow (libjpeg-turbo, libpng) and ffmpeg on the same machine in one run; and in wasm, by node, where
//! `CASEMATE_WASM` names the folder with guard's program for the browser.

use std::fs::File;
use std::hint::black_box;
use std::io::Cursor;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use casemate_guard::child::Client;
use casemate_guard::{MediaType, inspect, picture, video};

use crate::files;

/// Each is done so often; the quickest counts, on both sides.
const TIMES: usize = 5;

/// Photos of which small pictures are made, and documents that are looked into, 1 MiB each.
const PHOTOS: usize = 1_000;
const DOCUMENTS: usize = 1_024;

/// Longer side of a small picture.
const SMALL: u32 = 320;

/// `speed`
pub fn run() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let jpeg = folder.path().join("12mp.jpg");
    let png = folder.path().join("4k.png");
    let mp4 = folder.path().join("50mb.mp4");
    make(&["mandelbrot=size=4000x3000"], &["-frames:v", "1", "-q:v", "3"], &jpeg)?;
    make(&["mandelbrot=size=3840x2160"], &["-frames:v", "1", "-pix_fmt", "rgb24"], &png)?;
    let film = [
        "-t",
        "20",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-b:v",
        "20M",
        "-minrate",
        "20M",
        "-maxrate",
        "20M",
        "-bufsize",
        "20M",
        "-pix_fmt",
        "yuv420p",
    ];
    make(&["testsrc2=size=1920x1080:rate=30,noise=alls=40:allf=t"], &film, &mp4)?;
    for path in [&jpeg, &png, &mp4] {
        println!("{}: {} bytes", path.file_name().unwrap_or_default().display(), path.metadata()?.len());
    }

    println!("\n{:<52} {:>9} {:>12}", "", "guard, ms", "beside, ms");
    for (name, path) in [("JPEG, 12 megapixels", &jpeg), ("PNG, 3840 x 2160", &png)] {
        let bytes = std::fs::read(path)?;
        let decoded = quickest(|| drop(black_box(picture::decode(&bytes, u32::MAX))));
        let both = quickest(|| drop(black_box(picture::to_png(&bytes[..], Vec::new()))));
        let (theirs, theirs_both) = pillow(path)?;
        row(&format!("{name}: to pixels"), decoded, theirs);
        row(&format!("{name}: to pixels and to PNG"), both, theirs_both);
        let client = Client::this_program()?;
        let (file, output) = (File::open(path)?, tempfile::tempfile()?);
        let media_type = inspect(&file, "")?.media_type;
        let apart = quickest(|| {
            let again =
                std::io::Seek::rewind(&mut &file).map(|()| client.show(&file, &output, media_type).is_ok());
            assert!(again.is_ok_and(|shown| shown), "it is shown");
        });
        row("    the same by a process in its walls, into a file", apart, theirs_both);
    }
    let whole = std::fs::read(&mp4)?;
    let rebuilt = quickest(|| drop(black_box(video::playable(Cursor::new(&whole), Vec::new()))));
    let copied = folder.path().join("copied.mp4");
    let remuxed = quickest(|| {
        let words =
            ["-v", "error", "-y", "-i", &mp4.to_string_lossy(), "-c", "copy", &copied.to_string_lossy()]
                .map(str::to_owned);
        assert!(Command::new("ffmpeg").args(words).status().is_ok_and(|status| status.success()));
    });
    row("MP4, 50 MB: written anew, in memory", rebuilt, remuxed);
    let (client, file, output) = (Client::this_program()?, File::open(&mp4)?, tempfile::tempfile()?);
    let apart = quickest(|| {
        let again =
            std::io::Seek::rewind(&mut &file).map(|()| client.show(&file, &output, MediaType::Mp4).is_ok());
        assert!(again.is_ok_and(|shown| shown), "it is shown");
    });
    row("    the same by a process in its walls, into a file", apart, remuxed);

    let bytes = std::fs::read(&jpeg)?;
    let started = Instant::now();
    for _ in 0..PHOTOS {
        black_box(picture::decode(&bytes, SMALL).map_err(|error| anyhow::anyhow!(error))?);
    }
    println!("\n{PHOTOS} photos of 12 megapixels to small pictures: {} ms", started.elapsed().as_millis());
    documents()?;
    if let Some(wasm) = std::env::var_os("CASEMATE_WASM") {
        in_wasm(Path::new(&wasm), &jpeg, &png, &mp4, folder.path())?;
    }
    Ok(())
}

/// A gibibyte of texts and PDFs, a mebibyte each.
fn documents() -> Result<()> {
    let pdf =
        files::fixtures()?.into_iter().find(|path| path.ends_with("page.pdf")).context("no page.pdf")?;
    let mut pdf = std::fs::read(pdf)?;
    let end = pdf.split_off(pdf.len() / 2);
    pdf.extend((0..1_048_576 - pdf.len() - end.len()).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8));
    pdf.extend(end);
    let text = "Shall we meet tomorrow at the station, or is it too early for you?\n".repeat(15_650);
    let started = Instant::now();
    for number in 0..DOCUMENTS {
        let bytes = if number.is_multiple_of(2) { text.as_bytes() } else { &pdf[..] };
        black_box(inspect(Cursor::new(bytes), "file")?);
    }
    println!("{DOCUMENTS} MiB of documents looked into: {} ms", started.elapsed().as_millis());
    Ok(())
}

fn row(name: &str, ours: Duration, theirs: Duration) {
    let times = ours.as_secs_f64() / theirs.as_secs_f64();
    println!("{name:<52} {:>9} {:>12}   {times:.2} times", ours.as_millis(), theirs.as_millis());
}

fn quickest(mut act: impl FnMut()) -> Duration {
    let time = |()| {
        let started = Instant::now();
        act();
        started.elapsed()
    };
    std::iter::repeat_n((), TIMES).map(time).min().unwrap_or_default()
}

/// Has ffmpeg make something to look at.
fn make(source: &[&str], options: &[&str], path: &Path) -> Result<()> {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-f", "lavfi", "-i"]).args(source).args(options).arg(path);
    ensure!(command.status().context("ffmpeg is not here")?.success(), "ffmpeg made no {}", path.display());
    Ok(())
}

/// How long Pillow takes to pixels, and to pixels and to PNG with as little compressing as guard has.
fn pillow(path: &Path) -> Result<(Duration, Duration)> {
    let mut command = Command::new("/usr/bin/python3");
    let output = command.args(["-c", include_str!("speed.py")]).arg(path).arg(TIMES.to_string()).output()?;
    ensure!(output.status.success(), "Pillow: {}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout)?;
    let mut times =
        said.split_whitespace().map(|ms| ms.parse::<f64>().map(|ms| Duration::from_secs_f64(ms / 1e3)));
    let mut next = || -> Result<Duration> { Ok(times.next().context("Pillow said nothing")??) };
    Ok((next()?, next()?))
}

fn in_wasm(wasm: &Path, jpeg: &Path, png: &Path, mp4: &Path, folder: &Path) -> Result<()> {
    let script = folder.join("speed.js");
    std::fs::write(&script, include_str!("speed.js"))?;
    let mut command = Command::new("node");
    command.arg(script).arg(wasm).args([jpeg, png, mp4]).arg(TIMES.to_string());
    ensure!(command.status().context("node is not here")?.success(), "node did not end well");
    Ok(())
}
