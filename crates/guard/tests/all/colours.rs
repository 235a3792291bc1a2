//! Colour profiles: their colours stay, their makers go.

use super::fixtures::{contains, look, pixels, read, stripped};
use casemate_guard::MediaType;
use miniz_oxide::{deflate::compress_to_vec_zlib, inflate::decompress_to_vec_zlib};

const SECRETS: [&str; 6] = ["SECRET", "Person", "APPL", "GSM1", "\u{7}\u{e8}\0\u{3}", "4711"];

/// Fixed-point numbers of the primaries of Display P3.
const PRIMARIES: [(&[u8; 4], [u32; 3]); 3] = [
    (b"rXYZ", [0x83DF, 0x3DBF, 0xFFFF_FFBB]),
    (b"gXYZ", [0x4ABF, 0xB137, 0x0AB9]),
    (b"bXYZ", [0x2838, 0x110B, 0xC8B9]),
];

fn data(kind: &[u8; 4], rest: &[u8]) -> Vec<u8> {
    [kind, &[0; 4], rest].concat()
}

/// As a screen's own tools write it: names, serial numbers, dates, who made it.
fn screen(version: u8, more: Vec<(&[u8; 4], Vec<u8>)>) -> Vec<u8> {
    let name = b"SECRET screen of Person, serial 4711\0";
    let mut tags = vec![
        (b"desc", data(b"desc", &[&(name.len() as u32).to_be_bytes(), &name[..], &[0; 78]].concat())),
        (b"cprt", data(b"text", b"SECRET Person 2024\0")),
        (b"dmdd", data(b"text", b"SECRET model\0")),
        (b"mmod", data(b"mmod", b"GSM1\0\0\x5B\x09SECRET4711serial")),
        (b"vcgt", data(b"vcgt", b"SECRET")),
        (
            b"wtpt",
            data(b"XYZ ", &[&[0, 0, 0xF3, 0x51, 0, 1, 0, 0, 0, 1, 0x16, 0xCC][..], b"SECRET"].concat()),
        ),
    ];
    for (name, values) in PRIMARIES {
        tags.push((name, data(b"XYZ ", &values.map(u32::to_be_bytes).concat())));
    }
    let curve = data(b"para", b"\0\x03SE\0\x02\x66\x66\0\0\xF2\xA7\0\0\x0D\x59\0\0\x13\xD0\0\0\x0A\x5BCRET");
    let curve = [&curve[..], b"SECRET"].concat();
    tags.extend([b"rTRC", b"gTRC", b"bTRC"].map(|name| (name, curve.clone())));
    tags.extend(more);

    let mut profile = vec![0; 128];
    profile[4..8].copy_from_slice(b"APPL");
    profile[8] = version;
    profile[12..24].copy_from_slice(b"mntrRGB XYZ ");
    profile[24..36].copy_from_slice(b"\x07\xE8\0\x03\0\x0E\0\x0F\0\x09\0\x1A");
    profile[36..44].copy_from_slice(b"acspAPPL");
    profile[48..56].copy_from_slice(b"GSM1SECR");
    profile[80..100].copy_from_slice(b"PersonSECRET-SECRET-");
    profile[100..106].copy_from_slice(b"SECRET");
    profile.extend((tags.len() as u32).to_be_bytes());
    let mut at = 132 + 12 * tags.len();
    for (name, data) in &tags {
        profile.extend(*name);
        profile.extend((at as u32).to_be_bytes());
        profile.extend((data.len() as u32).to_be_bytes());
        at += data.len();
    }
    tags.iter().for_each(|(_, data)| profile.extend(data));
    profile.extend(b"SECRET behind its end");
    let length = (profile.len() as u32).to_be_bytes();
    profile[..4].copy_from_slice(&length);
    profile
}

/// What a reader of profiles finds under a name.
fn tag<'a>(profile: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    let number = |at: usize| u32::from_be_bytes(profile[at..at + 4].try_into().unwrap()) as usize;
    assert!(number(0) <= profile.len() && &profile[36..40] == b"acsp");
    let row = (0..number(128)).map(|tag| 132 + 12 * tag).find(|row| &profile[*row..row + 4] == name)?;
    Some(&profile[number(row + 4)..number(row + 4) + number(row + 8)])
}

fn check(profile: &[u8], where_in: &str) {
    for secret in SECRETS {
        assert!(!contains(profile, secret), "{where_in} still holds {secret}");
    }
    for (name, values) in PRIMARIES {
        assert_eq!(tag(profile, name).unwrap()[8..], values.map(u32::to_be_bytes).concat(), "{where_in}");
        assert!(tag(profile, b"rTRC").unwrap().ends_with(b"\0\0\0\x0A\x5B"[1..].as_ref()), "{where_in}");
    }
    assert_eq!(&profile[12..24], b"mntrRGB XYZ ", "{where_in}");
    assert!(profile[80..128].iter().all(|byte| *byte == 0), "{where_in}: maker");
    assert_eq!(&profile[24..36], b"\x07\xD0\0\x01\0\x01\0\0\0\0\0\0", "{where_in}: everybody's date");
    assert!(contains(tag(profile, b"desc").unwrap(), "Colours"), "{where_in}");
}

/// JPEG with the profile in so many parts.
fn in_jpeg(profile: &[u8], parts: usize) -> Vec<u8> {
    let mut jpeg = read("progressive.jpg");
    let mut segments = Vec::new();
    for (number, part) in (1..).zip(profile.chunks(profile.len().div_ceil(parts))) {
        let length = (2 + 14 + part.len()) as u16;
        segments.extend(
            [&b"\xFF\xE2"[..], &length.to_be_bytes(), b"ICC_PROFILE\0", &[number, parts as u8], part]
                .concat(),
        );
    }
    jpeg.splice(2..2, segments);
    jpeg
}

fn of_jpeg(jpeg: &[u8]) -> Option<Vec<u8>> {
    let at = jpeg.windows(12).position(|at| at == b"ICC_PROFILE\0")?;
    let length = usize::from(u16::from_be_bytes([jpeg[at - 2], jpeg[at - 1]]));
    assert_eq!(&jpeg[at + 12..at + 14], [1, 1], "one part");
    Some(jpeg[at + 14..at - 2 + length].to_vec())
}

fn in_png(profile: &[u8]) -> Vec<u8> {
    let mut png = read("photo-gps.png");
    let body = [b"iCCPSECRET name\0\0", &compress_to_vec_zlib(profile, 6)[..]].concat();
    let sum = crc32fast::hash(&body).to_be_bytes();
    png.splice(33..33, [&(body.len() as u32 - 4).to_be_bytes(), &body[..], &sum].concat());
    png
}

fn of_png(png: &[u8]) -> Option<Vec<u8>> {
    let at = png.windows(4).position(|at| at == b"iCCP")?;
    let length = u32::from_be_bytes(png[at - 4..at].try_into().unwrap()) as usize;
    let packed = png[at + 4..at + 4 + length].strip_prefix(b"Colours\0\0").unwrap();
    Some(decompress_to_vec_zlib(packed).unwrap())
}

fn in_webp(profile: &[u8]) -> Vec<u8> {
    let mut webp = read("photo-gps.webp");
    assert_eq!(&webp[12..16], b"VP8X");
    webp[20] |= 0x20;
    let mut chunk = [b"ICCP", &(profile.len() as u32).to_le_bytes()[..], profile].concat();
    chunk.resize(chunk.len().next_multiple_of(2), 0);
    webp.splice(30..30, chunk);
    let length = (webp.len() as u32 - 8).to_le_bytes();
    webp[4..8].copy_from_slice(&length);
    webp
}

fn of_webp(webp: &[u8]) -> Option<Vec<u8>> {
    let at = webp.windows(4).position(|at| at == b"ICCP");
    assert_eq!(at.is_some(), webp[20] & 0x20 != 0, "its header says so");
    let length = |at: usize| u32::from_le_bytes(webp[at + 4..at + 8].try_into().unwrap()) as usize;
    at.map(|at| webp[at + 8..at + 8 + length(at)].to_vec())
}

#[test]
fn colours_stay_and_the_screen_that_they_were_made_on_goes() {
    for version in [2, 4] {
        let profile = screen(version, Vec::new());
        type Reader = fn(&[u8]) -> Option<Vec<u8>>;
        let cases: [(&str, Vec<u8>, MediaType, Reader); 4] = [
            ("JPEG", in_jpeg(&profile, 1), MediaType::Jpeg, of_jpeg),
            ("JPEG in parts", in_jpeg(&profile, 3), MediaType::Jpeg, of_jpeg),
            ("PNG", in_png(&profile), MediaType::Png, of_png),
            ("WebP", in_webp(&profile), MediaType::Webp, of_webp),
        ];
        for (name, before, media_type, reader) in cases {
            let (after, result) = stripped(&before, media_type);
            assert!(result.removed_bytes > 0, "{name}");
            check(&reader(&after).expect(name), name);
            assert!(!contains(&after, "SECRET"), "{name}");
            assert_eq!(look(&after).media_type, media_type, "{name}");
            assert_eq!(pixels(&before, media_type).unwrap(), pixels(&after, media_type).unwrap(), "{name}");
            let (twice, nothing) = stripped(&after, media_type);
            assert!(twice == after && nothing.removed_bytes == 0, "{name}: a second time changes nothing");
        }
    }
}

#[test]
fn in_avif_and_bmp_a_profile_keeps_its_place() {
    // In AVIF it is a property, and the boxes around it grow.
    let profile = screen(4, Vec::new());
    let mut avif = read("photo-gps.avif");
    let at = avif.windows(4).position(|at| at == b"ipco").unwrap();
    let colr = [&(12 + profile.len() as u32).to_be_bytes()[..], b"colrprof", &profile].concat();
    let ipco = u32::from_be_bytes(avif[at - 4..at].try_into().unwrap()) as usize;
    let grown = colr.len() as u32;
    avif.splice(at - 4 + ipco..at - 4 + ipco, colr);
    let meta = avif.windows(4).position(|at| at == b"meta").unwrap();
    let iprp = avif.windows(4).position(|at| at == b"iprp").unwrap();
    for kind in [meta, iprp, at] {
        let length = u32::from_be_bytes(avif[kind - 4..kind].try_into().unwrap()) + grown;
        avif[kind - 4..kind].copy_from_slice(&length.to_be_bytes());
    }
    // Where its items are is moved along: all are behind it, each in a row of 18 bytes.
    let rows = position(&avif, b"iloc") + 12;
    let count = usize::from(u16::from_be_bytes([avif[rows - 2], avif[rows - 1]]));
    for at in (0..count).map(|row| rows + 18 * row + 10) {
        let place = u32::from_be_bytes(avif[at..at + 4].try_into().unwrap());
        avif[at..at + 4].copy_from_slice(&(place + grown).to_be_bytes());
    }
    let (after, _) = stripped(&avif, MediaType::Avif);
    assert_eq!(after.len(), avif.len());
    check(&after[position(&after, b"prof") + 4..], "AVIF");

    let mut bmp = read("photo.bmp");
    let pixels_at = u32::from_le_bytes(bmp[10..14].try_into().unwrap()) as usize;
    let header = u32::from_le_bytes(bmp[14..18].try_into().unwrap()) as usize;
    bmp.truncate(look(&bmp).trailing_bytes.try_into().map(|more: usize| bmp.len() - more).unwrap());
    // The newest header, whose last fields say where the profile is.
    bmp.splice(14 + header..pixels_at, vec![0; 124 - header]);
    bmp[10..14].copy_from_slice(&138u32.to_le_bytes());
    bmp[14..18].copy_from_slice(&124u32.to_le_bytes());
    let place = (bmp.len() as u32 - 14, profile.len() as u32);
    bmp[70..74].copy_from_slice(b"DEBM");
    bmp[126..130].copy_from_slice(&place.0.to_le_bytes());
    bmp[130..134].copy_from_slice(&place.1.to_le_bytes());
    bmp.extend(&profile);
    let (after, result) = stripped(&bmp, MediaType::Bmp);
    assert!(result.removed_bytes > 0 && after.len() == bmp.len());
    check(&after[after.len() - profile.len()..], "BMP");
    assert_eq!(stripped(&after, MediaType::Bmp).1.removed_bytes, 0);
}

fn position(bytes: &[u8], kind: &[u8; 4]) -> usize {
    bytes.windows(4).position(|at| at == kind).unwrap()
}

#[test]
fn tables_stay_where_they_are_what_they_say() {
    // Three channels in and out, two points a side: 16-bit curves of two values around a grid.
    let table = data(
        b"mft2",
        &[&[3, 3, 2, b'S'], &[0; 36][..], &[0, 2, 0, 2], &[7; 2 * (6 + 24 + 6)], b"SECRET"].concat(),
    );
    // One curve that does nothing for each channel, and none of the other stages.
    let mut stages =
        data(b"mAB ", &[&[3, 3, 0, 0], &40u32.to_be_bytes()[..], &[0; 16], b"SECRET__"].concat());
    for _ in 0..3 {
        stages.extend(data(b"curv", &[0; 4]));
    }
    stages.extend(b"SECRET");
    let before =
        screen(4, vec![(b"A2B0", table), (b"A2B1", stages), (b"gamt", data(b"mft1", b"\x03\x01SECRET"))]);
    let (after, _) = stripped(&in_png(&before), MediaType::Png);
    assert!(of_png(&after).is_none(), "its last table is shorter than it says");

    let short = before.len() - b"SECRET behind its end".len();
    let before = [&before[..short - 8], &[0; 8]].concat();
    let row = before.windows(4).position(|at| at == b"gamt").unwrap();
    let before = [&before[..row], b"SECR", &before[row + 4..]].concat();
    let (after, _) = stripped(&in_png(&before), MediaType::Png);
    let profile = of_png(&after).unwrap();
    check(&profile, "with tables");
    let (grid, stages) = (tag(&profile, b"A2B0").unwrap(), tag(&profile, b"A2B1").unwrap());
    assert!(grid.len() == 52 + 72 && grid[11] == 0 && grid[52..].iter().all(|byte| *byte == 7));
    assert!(stages.len() == 32 + 36 && stages[12..16] == [0, 0, 0, 32] && &stages[32..36] == b"curv");
}

#[test]
fn parts_that_lie_over_one_another_do_not_make_it_larger() {
    // Five tables, each from its own place to the end of the same bytes.
    let one = data(b"mft2", &[&[3, 3, 20, 0], &[0; 36][..], &[0, 2, 0, 2]].concat());
    let step = one.len();
    let all = [one.repeat(5), vec![7; 2 * (6 + 24_000 + 6)]].concat();
    let names = [b"A2B0", b"A2B1", b"A2B2", b"B2A0", b"B2A1"];
    let first = screen(2, vec![(names[0], all.clone())]);
    let mut tags: Vec<_> = names.iter().map(|name| (*name, data(b"text", b""))).collect();
    tags.push((b"long", all));
    let mut over = screen(2, tags);
    let long = position(&over, b"long");
    let start = u32::from_be_bytes(over[long + 4..long + 8].try_into().unwrap());
    for (number, name) in (0..).zip(names) {
        let row = position(&over, name);
        over[row + 4..row + 8].copy_from_slice(&(start + number * step as u32).to_be_bytes());
        over[row + 8..row + 12].copy_from_slice(&(step as u32 + 48_024).to_be_bytes());
    }
    let (after, _) = stripped(&in_png(&first), MediaType::Png);
    assert!(of_png(&after).is_some());
    let (after, _) = stripped(&in_png(&over), MediaType::Png);
    assert!(of_png(&after).is_none());
}

#[test]
fn what_is_odd_is_no_profile() {
    let good = screen(2, Vec::new());
    let with = |at: usize, bytes: &[u8]| {
        let mut odd = good.clone();
        odd[at..at + bytes.len()].copy_from_slice(bytes);
        odd
    };
    let row = position(&good, b"gTRC");
    let odd = [
        b"profile data SECRET".to_vec(),
        good[..200].to_vec(),
        with(8, &[5]),
        with(12, b"nmcl"),
        with(16, b"7CLR"),
        with(36, b"SECR"),
        with(64, b"SECR"),
        with(128, &[0xFF; 4]),
        with(row, b"SECR"),
        with(row + 4, &[0xFF; 8]),
    ];
    for (case, odd) in odd.iter().enumerate() {
        let (jpeg, _) = stripped(&in_jpeg(odd, 1), MediaType::Jpeg);
        assert!(of_jpeg(&jpeg).is_none() && !contains(&jpeg, "SECRET"), "{case}");
        let (png, _) = stripped(&in_png(odd), MediaType::Png);
        assert!(of_png(&png).is_none() && !contains(&png, "SECRET"), "{case}");
        let (webp, _) = stripped(&in_webp(odd), MediaType::Webp);
        assert!(of_webp(&webp).is_none() && !contains(&webp, "SECRET"), "{case}");
    }
    // A part that is missing.
    let mut jpeg = in_jpeg(&good, 3);
    let first = jpeg.windows(14).position(|at| at == b"ICC_PROFILE\0\x01\x03").unwrap();
    jpeg[first + 12] = 2;
    let (jpeg, _) = stripped(&jpeg, MediaType::Jpeg);
    assert!(of_jpeg(&jpeg).is_none() && !contains(&jpeg, "SECRET"));
}
