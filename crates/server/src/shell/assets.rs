//! The web app's files: kept in memory, served as they are, under headers that leave a page nobody else to ask.
//!
//! Every file is served below `/v/VERSION/`, where the version is a hash over all files, and the page names its own there: so
//! no page ever mixes two versions, and what was fetched once is never asked for again. Offline, the app's service worker
//! answers.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use bytes::Bytes;
use casemate_wire::ids::Hash32;
use data_encoding::BASE64;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Response, StatusCode};

/// The page that everything begins with.
const INDEX: &str = "index.html";

/// The service worker. It is told which files there are, and asked for by this name for ever.
const SERVICE_WORKER: &str = "sw.js";

/// The frame in which the page has guard look into what others sent.
const GUARD: &str = "guard.html";

/// Stands for the version in the page and the service worker.
const VERSION: &str = "@version@";

/// All files together. The app has a few MiB; more is somebody's mistake in a path.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// Scripts from here only, WebAssembly among them; no style, frame, form or request elsewhere. `blob:` are pictures
/// and sounds that this page made itself. Text becomes markup or a script's address only through the page's own policies,
/// which let fixed pieces pass (`boot.js` and the Workers).
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     img-src 'self' blob:; media-src blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; \
     manifest-src 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; \
     require-trusted-types-for 'script'; trusted-types default";

/// Guard's frame: an origin that nobody else has, whose document and Workers may ask nobody for anything, the page around it
/// included. It runs the one script that stands in it, and Workers that the script makes (docs/decisions/0020).
const GUARD_POLICY: &str = "sandbox allow-scripts; default-src 'none'; connect-src 'none'; \
     script-src 'sha256-@hash@' 'wasm-unsafe-eval'; worker-src blob:; frame-ancestors 'self'; base-uri 'none'; \
     form-action 'none'; require-trusted-types-for 'script'; trusted-types guard";

/// What a version's files are kept by.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// The files.
#[derive(Debug, Clone, Default)]
pub struct Assets {
    files: BTreeMap<String, Asset>,
    version: String,
}

#[derive(Debug, Clone)]
struct Asset {
    media_type: &'static str,
    policy: HeaderValue,
    tag: HeaderValue,
    plain: Bytes,
    brotli: Option<Bytes>,
}

impl Assets {
    /// Reads a folder as `cargo xtask web` leaves it: files, and beside some the same compressed (`.br`).
    ///
    /// # Errors
    ///
    /// What the file system says, and files that are too large together.
    pub fn from_folder(folder: &Path) -> io::Result<Self> {
        let mut files = Vec::new();
        let mut room = MOST_BYTES;
        read_folder(folder, "", &mut room, &mut files)?;
        Ok(Self::from_files(files))
    }

    /// From names relative to the app's root and contents.
    pub fn from_files(files: impl IntoIterator<Item = (String, Bytes)>) -> Self {
        let mut plain: BTreeMap<String, Bytes> = BTreeMap::new();
        let mut compressed: BTreeMap<String, Bytes> = BTreeMap::new();
        for (name, content) in files {
            match name.strip_suffix(".br") {
                Some(base) => compressed.insert(base.to_owned(), content),
                None => plain.insert(name, content),
            };
        }
        let version = version_of(&plain);
        let others = plain.keys().filter(|name| *name != SERVICE_WORKER).map(|name| format!("'{name}'"));
        let names = others.collect::<Vec<_>>().join(", ");
        for name in [INDEX, SERVICE_WORKER] {
            if let Some(file) = plain.get_mut(name) {
                let text = String::from_utf8_lossy(file);
                *file = text.replace(VERSION, &version).replace("'@files@'", &names).into_bytes().into();
                compressed.remove(name);
            }
        }
        let files = plain
            .into_iter()
            .map(|(name, plain)| {
                let tag = format!("\"{}\"", &Hash32::of(&[&plain]).to_hex()[..32]);
                let asset = Asset {
                    media_type: media_type(&name),
                    policy: policy_of(&name, &plain),
                    tag: HeaderValue::from_str(&tag).expect("hexadecimal digits"),
                    brotli: compressed.remove(&name),
                    plain,
                };
                (name, asset)
            })
            .collect();
        Self { files, version }
    }

    /// Whether there is an app at all.
    pub fn is_empty(&self) -> bool {
        !self.files.contains_key(INDEX)
    }

    /// The answer to a request for a path, `None` where there is no such file. An invitation opens the app too: what
    /// it says stands after the `#` and does not come here.
    pub fn answer(&self, method: &Method, path: &str, asked: &HeaderMap) -> Option<Response<Bytes>> {
        let (name, caching) = match path.strip_prefix("/v/") {
            Some(versioned) => (versioned.strip_prefix(&*self.version)?.strip_prefix('/')?, FOR_EVER),
            None if matches!(path, "/" | "/i") => (INDEX, "no-cache"),
            None => (path.strip_prefix('/')?, "no-cache"),
        };
        let asset = self.files.get(name)?;
        if !matches!(*method, Method::GET | Method::HEAD) {
            return None;
        }
        let unchanged = asked.get_all(header::IF_NONE_MATCH).iter().any(|tag| tag == asset.tag);
        let brotli = asset.brotli.as_ref().filter(|_| takes_brotli(asked));
        let mut response = Response::new(match (unchanged || *method == Method::HEAD, brotli) {
            (true, _) => Bytes::new(),
            (false, Some(brotli)) => brotli.clone(),
            (false, None) => asset.plain.clone(),
        });
        if unchanged {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let headers = response.headers_mut();
        let set = |headers: &mut HeaderMap, name: HeaderName, value: &'static str| {
            headers.insert(name, HeaderValue::from_static(value));
        };
        set(headers, header::CONTENT_TYPE, asset.media_type);
        if brotli.is_some() && !unchanged {
            set(headers, header::CONTENT_ENCODING, "br");
        }
        headers.insert(header::ETAG, asset.tag.clone());
        set(headers, header::VARY, "Accept-Encoding");
        set(headers, header::CACHE_CONTROL, caching);
        headers.insert(header::CONTENT_SECURITY_POLICY, asset.policy.clone());
        set(headers, header::REFERRER_POLICY, "no-referrer");
        set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        set(headers, header::X_FRAME_OPTIONS, if name == GUARD { "SAMEORIGIN" } else { "DENY" });
        set(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
        set(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
        set(
            headers,
            HeaderName::from_static("permissions-policy"),
            "camera=(self), microphone=(self), geolocation=(self), display-capture=(self), usb=(), serial=(), hid=(), payment=()",
        );
        Some(response)
    }
}

fn read_folder(
    folder: &Path,
    under: &str,
    room: &mut u64,
    files: &mut Vec<(String, Bytes)>,
) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{under}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            read_folder(&entry.path(), &format!("{name}/"), room, files)?;
            continue;
        }
        *room = room.checked_sub(entry.metadata()?.len()).ok_or_else(|| {
            io::Error::other("these are too many bytes for the web app; is it the right folder?")
        })?;
        files.push((name, fs::read(entry.path())?.into()));
    }
    Ok(())
}

/// What a file's document may do.
fn policy_of(name: &str, content: &[u8]) -> HeaderValue {
    let policy = match name {
        GUARD => {
            let text = String::from_utf8_lossy(content);
            let script = text.rsplit_once("<script>").and_then(|(_, rest)| rest.split_once("</script>"));
            let hash = Hash32::of(&[script.map_or("", |(script, _)| script).as_bytes()]);
            GUARD_POLICY.replace("@hash@", &BASE64.encode(&hash.0))
        }
        _ => POLICY.to_owned(),
    };
    HeaderValue::from_str(&policy).expect("plain letters")
}

/// A hash over all files, shortened.
fn version_of(files: &BTreeMap<String, Bytes>) -> String {
    let parts: Vec<&[u8]> =
        files.iter().flat_map(|(name, content)| [name.as_bytes(), &content[..]]).collect();
    Hash32::of(&parts).to_hex()[..16].to_owned()
}

fn takes_brotli(asked: &HeaderMap) -> bool {
    let codings = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    codings.flat_map(|value| value.split(',')).any(|coding| coding.trim().eq_ignore_ascii_case("br"))
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ftl" | "txt" => "text/plain; charset=utf-8",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assets() -> Assets {
        let files = [
            ("index.html", "<!doctype html>"),
            ("app.js", "let app"),
            ("app.js.br", "compressed"),
            ("sw.js", "const V = '@version@', F = ['@files@']"),
        ];
        Assets::from_files(files.map(|(name, text)| (name.to_owned(), Bytes::from(text))))
    }

    fn ask(path: &str, headers: &[(HeaderName, &str)]) -> Option<Response<Bytes>> {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()))
            .collect();
        assets().answer(&Method::GET, path, &headers)
    }

    #[test]
    fn files_by_their_names_and_the_page_for_invitations() {
        for path in ["/", "/i", "/index.html"] {
            let page = ask(path, &[]).unwrap();
            assert_eq!(page.body(), "<!doctype html>");
            let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe-inline"));
            assert!(policy.contains("require-trusted-types-for 'script'"));
            assert_eq!(page.headers()[header::REFERRER_POLICY], "no-referrer");
        }
        for absent in ["/app.js.br", "/../index.html", "//index.html", "/none", "index.html"] {
            assert!(ask(absent, &[]).is_none(), "{absent}");
        }
        assert!(assets().answer(&Method::POST, "/", &HeaderMap::new()).is_none());
        assert!(Assets::default().is_empty() && !assets().is_empty());
    }

    #[test]
    fn guards_frame_is_an_origin_of_its_own_that_asks_nobody() {
        let frame =
            "<!doctype html><script type=\"text/plain\">let inside</script><script>let frame</script>";
        let files = [("index.html", "<!doctype html>"), ("guard.html", frame)];
        let assets = Assets::from_files(files.map(|(name, text)| (name.to_owned(), Bytes::from(text))));
        let frame = assets.answer(&Method::GET, "/guard.html", &HeaderMap::new()).unwrap();
        let policy = frame.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("sandbox allow-scripts; default-src 'none'; connect-src 'none';"));
        // printf 'let frame' | openssl dgst -sha256 -binary | base64
        assert!(
            policy.contains(
                "script-src 'sha256-Yam/V7B44KV4dZ77Tu+XFDDdfMBJXXRMAymZKkwXZWk=' 'wasm-unsafe-eval';"
            ),
            "{policy}"
        );
        assert!(!policy.contains("unsafe-inline") && !policy.contains("allow-same-origin"));
        assert_eq!(frame.headers()[header::X_FRAME_OPTIONS], "SAMEORIGIN");
        let page = assets.answer(&Method::GET, "/", &HeaderMap::new()).unwrap();
        assert_eq!(page.headers()[header::X_FRAME_OPTIONS], "DENY");
    }

    #[test]
    fn compressed_where_it_is_taken_and_nothing_where_it_is_known() {
        let plain = ask("/app.js", &[]).unwrap();
        assert_eq!(
            (plain.body().as_ref(), plain.headers().get(header::CONTENT_ENCODING)),
            (&b"let app"[..], None)
        );
        let small = ask("/app.js", &[(header::ACCEPT_ENCODING, "gzip, br")]).unwrap();
        assert_eq!(
            (small.body().as_ref(), &small.headers()[header::CONTENT_ENCODING]),
            (&b"compressed"[..], &HeaderValue::from_static("br"))
        );
        let tag = plain.headers()[header::ETAG].to_str().unwrap().to_owned();
        let known = ask("/app.js", &[(header::IF_NONE_MATCH, &tag)]).unwrap();
        assert_eq!((known.status(), known.body().len()), (StatusCode::NOT_MODIFIED, 0));
    }

    #[test]
    fn a_version_has_its_own_addresses_and_another_none() {
        let page = |text: &'static str| {
            Assets::from_files(
                [("index.html", text), ("app.js", "let app")]
                    .map(|(name, text)| (name.to_owned(), Bytes::from(text))),
            )
        };
        let read = |assets: &Assets, path: &str| assets.answer(&Method::GET, path, &HeaderMap::new());
        let (old, new) =
            (page("<script src=/v/@version@/app.js>"), page("<script src=/v/@version@/app.js> "));
        let script = read(&old, "/").unwrap().into_body();
        let script = std::str::from_utf8(&script).unwrap();
        let script = script.trim_start_matches("<script src=").trim_end_matches('>');
        let kept = read(&old, script).unwrap();
        assert_eq!(
            (&kept.body()[..], &kept.headers()[header::CACHE_CONTROL]),
            (&b"let app"[..], &HeaderValue::from_static(FOR_EVER))
        );
        assert_eq!(read(&old, "/app.js").unwrap().headers()[header::CACHE_CONTROL], "no-cache");
        for absent in [
            script.replace("app", "none"),
            script.replace("/v/", "/v/0"),
            script.replace("/app.js", "app.js"),
        ] {
            assert!(read(&old, &absent).is_none(), "{absent}");
        }
        assert!(read(&new, script).is_none(), "the new version serves nothing under the old one's address");
    }

    #[test]
    fn the_service_worker_knows_all_files_and_their_version() {
        let worker = ask("/sw.js", &[]).unwrap().into_body();
        let text = std::str::from_utf8(&worker).unwrap();
        assert!(text.ends_with("F = ['app.js', 'index.html']"), "{text}");
        assert!(!text.contains("@version@"));
        let other = Assets::from_files([
            ("index.html".to_owned(), Bytes::from("<!doctype html> ")),
            ("app.js".to_owned(), Bytes::from("let app")),
            ("sw.js".to_owned(), Bytes::from("const V = '@version@', F = ['@files@']")),
        ]);
        let other = other.answer(&Method::GET, "/sw.js", &HeaderMap::new()).unwrap().into_body();
        assert_ne!(worker, other);
    }
}
