//! How fast, beside Pillow (libjpeg-turbo, libpng), ffmpeg and grep on the same machine in one run; and in wasm, by node, where
//! `CASEMATE_WASM` names the folder with guard's program for the browser.

use std::collections::BTreeMap;
use std::fs::File;
use std::hint::black_box;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use casemate_guard::child::Client;
use casemate_guard::{MediaType, inspect, picture, video};

use crate::cost::{Cost, TIMES};
use crate::files;

/// Photos of which small pictures are made, and documents that are looked into, 1 MiB each.
const PHOTOS: u32 = 1_000;
const DOCUMENTS: usize = 1_024;

/// Longer side of a small picture.
const SMALL: u32 = 320;

/// What is looked at.
struct Made {
    jpeg: PathBuf,
    png: PathBuf,
    mp4: PathBuf,
    /// A mebibyte.
    pdf: PathBuf,
}

/// What others take for a picture.
struct Pillow {
    decoded: Cost,
    both: Cost,
    /// To a small one, by all pixels; and by an eighth of them, as libjpeg can.
    small: Cost,
    drafted: Cost,
}

/// `speed`
pub fn run() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let made = made(folder.path())?;
    for path in [&made.jpeg, &made.png, &made.mp4] {
        println!("{}: {} bytes", path.file_name().unwrap_or_default().display(), path.metadata()?.len());
    }
    println!();
    Cost::head();
    let jpeg = picture("JPEG, 12 megapixels", &made.jpeg)?;
    let png = picture("PNG, 3840 x 2160", &made.png)?;
    let copied = film(&made.mp4, folder.path())?;
    thumbnails(&made.jpeg, &jpeg)?;
    let searched = documents(&made.pdf, folder.path())?;
    let Some(wasm) = std::env::var_os("CASEMATE_WASM") else { return Ok(()) };
    let took = in_wasm(Path::new(&wasm), &made, folder.path())?;
    let of = |name: &str| took.get(name).copied().with_context(|| format!("nothing was said of {name}"));
    println!("\nin wasm, by node");
    Cost::head();
    of("jpeg")?.beside("JPEG, 12 megapixels: to pixels", jpeg.decoded);
    of("jpeg-small")?.beside("    to a small picture", jpeg.small);
    of("png")?.beside("PNG, 3840 x 2160: to pixels", png.decoded);
    of("png-small")?.beside("    to a small picture", png.small);
    of("mp4")?.beside("MP4, 50 MB: written anew", copied);
    of("pdf")?.times(DOCUMENTS as u32).beside("1 GiB of documents, looked into", searched);
    Ok(())
}

fn picture(name: &str, path: &Path) -> Result<Pillow> {
    let bytes = std::fs::read(path)?;
    let said = beside(&["picture", &path.to_string_lossy()])?;
    let [decoded, both, small, drafted] = said[..] else { anyhow::bail!("Pillow said {} times", said.len()) };
    let theirs = Pillow { decoded, both, small, drafted };
    Cost::of(|| drop(black_box(picture::decode(&bytes, u32::MAX))))
        .beside(&format!("{name}: to pixels"), theirs.decoded);
    Cost::of(|| drop(black_box(picture::to_png(&bytes[..], Vec::new()))))
        .beside(&format!("{name}: to pixels and to PNG"), theirs.both);
    in_walls(path)?.beside("    the same by a process in its walls, into a file", theirs.both);
    Ok(theirs)
}

fn film(path: &Path, folder: &Path) -> Result<Cost> {
    let whole = std::fs::read(path)?;
    let copied = folder.join("copied.mp4");
    let said = beside(&["copy", &path.to_string_lossy(), &copied.to_string_lossy()])?;
    let theirs = *said.first().context("ffmpeg said nothing")?;
    Cost::of(|| drop(black_box(video::playable(Cursor::new(&whole), Vec::new()))))
        .beside("MP4, 50 MB: written anew, in memory", theirs);
    in_walls(path)?.beside("    the same by a process in its walls, into a file", theirs);
    Ok(theirs)
}

/// Shown by a child, as the app does it.
fn in_walls(path: &Path) -> Result<Cost> {
    let (client, file, output) = (Client::this_program()?, File::open(path)?, tempfile::tempfile()?);
    let media_type: MediaType = inspect(&file, "")?.media_type;
    Ok(Cost::of_children(|| {
        let again =
            std::io::Seek::rewind(&mut &file).map(|()| client.show(&file, &output, media_type).is_ok());
        assert!(again.is_ok_and(|shown| shown), "it is shown");
    }))
}

fn thumbnails(jpeg: &Path, theirs: &Pillow) -> Result<()> {
    let bytes = std::fs::read(jpeg)?;
    let (made, ours) = Cost::once(|| (0..PHOTOS).all(|_| black_box(picture::decode(&bytes, SMALL)).is_ok()));
    ensure!(made, "a photo is not shown");
    ours.beside("1,000 photos of 12 megapixels to small pictures", theirs.small.times(PHOTOS));
    ours.beside("    beside libjpeg's own way of decoding an eighth", theirs.drafted.times(PHOTOS));
    Ok(())
}

/// A gibibyte of texts and PDFs, a mebibyte each.
fn documents(pdf: &Path, folder: &Path) -> Result<Cost> {
    let pdf = std::fs::read(pdf)?;
    let text = "Shall we meet tomorrow at the station, or is it too early for you?\n".repeat(15_650);
    let of = |number: usize| if number.is_multiple_of(2) { text.as_bytes() } else { &pdf[..] };
    let together = folder.join("together");
    let mut file = std::io::BufWriter::new(File::create(&together)?);
    (0..DOCUMENTS).try_for_each(|number| file.write_all(of(number)))?;
    file.flush()?;
    let said = beside(&["search", &together.to_string_lossy()])?;
    let theirs = *said.first().context("grep said nothing")?;
    let (looked, ours) = Cost::once(|| {
        (0..DOCUMENTS).all(|number| black_box(inspect(Cursor::new(of(number)), "file")).is_ok())
    });
    ensure!(looked, "memory can be read");
    ours.beside("1 GiB of documents, looked into", theirs);
    Ok(theirs)
}

/// Has ffmpeg make pictures and a film to look at.
fn made(folder: &Path) -> Result<Made> {
    let made = Made {
        jpeg: folder.join("12mp.jpg"),
        png: folder.join("4k.png"),
        mp4: folder.join("50mb.mp4"),
        pdf: folder.join("1mb.pdf"),
    };
    make("mandelbrot=size=4000x3000", "-frames:v 1 -q:v 3", &made.jpeg)?;
    make("mandelbrot=size=3840x2160", "-frames:v 1 -pix_fmt rgb24", &made.png)?;
    let film = "-t 20 -c:v libx264 -preset ultrafast -b:v 20M -minrate 20M -maxrate 20M -bufsize 20M -pix_fmt yuv420p";
    make("testsrc2=size=1920x1080:rate=30,noise=alls=40:allf=t", film, &made.mp4)?;
    let page = files::fixtures()?.into_iter().find(|path| path.ends_with("page.pdf"));
    let mut pdf = std::fs::read(page.context("no page.pdf")?)?;
    let end = pdf.split_off(pdf.len() / 2);
    pdf.extend((0..1_048_576 - pdf.len() - end.len()).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8));
    pdf.extend(end);
    std::fs::write(&made.pdf, pdf)?;
    Ok(made)
}

fn make(source: &str, options: &str, path: &Path) -> Result<()> {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-f", "lavfi", "-i", source]).args(options.split(' ')).arg(path);
    ensure!(command.status().context("ffmpeg is not here")?.success(), "ffmpeg made no {}", path.display());
    Ok(())
}

/// How long others take.
fn beside(words: &[&str]) -> Result<Vec<Cost>> {
    let mut command = Command::new("/usr/bin/python3");
    let output =
        command.args(["-c", include_str!("speed.py")]).args(words).arg(TIMES.to_string()).output()?;
    ensure!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout)?.lines().map(Cost::parse).collect()
}

fn in_wasm(wasm: &Path, made: &Made, folder: &Path) -> Result<BTreeMap<String, Cost>> {
    let script = folder.join("speed.js");
    std::fs::write(&script, include_str!("speed.js"))?;
    let mut command = Command::new("node");
    command.arg(script).arg(wasm).args([&made.jpeg, &made.png, &made.mp4, &made.pdf]).arg(TIMES.to_string());
    let output = command.output().context("node is not here")?;
    ensure!(output.status.success(), "node: {}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout)?;
    let line = |line: &str| {
        let (name, cost) = line.split_once(' ').context("node said no name")?;
        Ok((name.to_owned(), Cost::parse(cost)?))
    };
    said.lines().map(line).collect()
}
