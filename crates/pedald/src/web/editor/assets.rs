//! The editor's files, within the program. They are packed when first asked for, and then served packed.

use std::hash::{Hash, Hasher};
use std::io::Write;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use sha2::{Digest, Sha256};

/// A file of the editor.
struct Asset {
    path: &'static str,
    text: &'static str,
}

macro_rules! assets {
    ($($path:literal),* $(,)?) => {
        &[$(Asset { path: $path, text: include_str!(concat!("../../../web/", $path)) }),*]
    };
}

const ASSETS: &[Asset] = assets![
    "style/tokens.css",
    "style/base.css",
    "style/top.css",
    "style/play.css",
    "style/chain.css",
    "style/graph.css",
    "style/panel.css",
    "style/sheet.css",
    "js/api.js",
    "js/apply.js",
    "js/assets.js",
    "js/assign.js",
    "js/boards.js",
    "js/cables.js",
    "js/chain.js",
    "js/devices.js",
    "js/dial.js",
    "js/dom.js",
    "js/files.js",
    "js/format.js",
    "js/graph.js",
    "js/keys.js",
    "js/link.js",
    "js/machine.js",
    "js/main.js",
    "js/minimap.js",
    "js/model.js",
    "js/network.js",
    "js/notes.js",
    "js/panel.js",
    "js/play.js",
    "js/settings.js",
    "js/sheet.js",
    "js/shelf.js",
    "js/skin.js",
    "js/snapshots.js",
    "js/store.js",
    "js/strip.js",
    "js/tempo.js",
    "js/top.js",
    "js/tuner.js",
    "js/versions.js",
    "skin.html",
];

const SKIN: &str = include_str!("../../../web/skin.html");
const PAGE: &str = include_str!("../../../web/index.html");
const WORKER: &str = include_str!("../../../web/sw.js");
const MANIFEST: &str = include_str!("../../../web/manifest.webmanifest");
const ICON: &str = include_str!("../../../web/icon.svg");

/// Everything but the page's own address is fetched from us; plugins' pages come as text into a frame without rights.
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'self'; style-src 'self' 'unsafe-inline'; script-src 'self'; \
    worker-src 'self'; frame-src 'self' blob: data:";

/// For the frame in which a plugin's own face is drawn: it gets its text by messages, and may neither fetch nor open
/// anything. It has an origin of its own, so it reaches neither our page nor our routes; and no script runs in it but the
/// one that is in our file, known by its hash: none that a plugin brings.
static FRAME_POLICY: LazyLock<String> = LazyLock::new(|| {
    let script = SKIN.split("<script>").nth(1).and_then(|rest| rest.split("</script>").next());
    let hash = Sha256::digest(script.unwrap_or_default().as_bytes());
    let hash = base64::engine::general_purpose::STANDARD.encode(hash);
    format!(
        "sandbox allow-scripts; default-src 'none'; script-src 'sha256-{hash}'; \
         style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'self'"
    )
});

/// A file as it goes out.
struct Packed {
    plain: Vec<u8>,
    gzip: Vec<u8>,
    tag: String,
}

fn pack(plain: String) -> Packed {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let gzip = packer.write_all(plain.as_bytes()).and_then(|()| packer.finish());
    let tag = format!("\"{:016x}\"", hash([plain.as_str()]));
    Packed { gzip: gzip.expect("a vector takes all that is written"), plain: plain.into_bytes(), tag }
}

/// The same for the same texts in every run of one build; nobody relies on more.
fn hash<'a>(texts: impl IntoIterator<Item = &'a str>) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    for text in texts {
        text.hash(&mut hasher);
    }
    hasher.finish()
}

/// Names all files together: it is in their addresses, so they can be kept for ever.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let all = ASSETS.iter().flat_map(|asset| [asset.path, asset.text]);
    format!("{:016x}", hash(all.chain([PAGE, WORKER, MANIFEST, ICON])))
});

static PACKED: LazyLock<Vec<Packed>> =
    LazyLock::new(|| ASSETS.iter().map(|asset| pack(asset.text.to_owned())).collect());

fn filled(text: &str) -> String {
    let of =
        |end: &str| ASSETS.iter().map(|asset| asset.path).filter(move |path| path.ends_with(end)).collect();
    let (scripts, styles): (Vec<&str>, Vec<&str>) = (of(".js"), of(".css"));
    let link = |kind: &str, path: &str| format!("<link rel=\"{kind}\" href=\"/editor/{}/{path}\">", *VERSION);
    let scripts = scripts.iter().map(|path| link("modulepreload", path));
    let links = styles.iter().map(|path| link("stylesheet", path)).chain(scripts).collect::<Vec<_>>();
    let list =
        ASSETS.iter().map(|asset| format!("\"/editor/{}/{}\"", *VERSION, asset.path)).collect::<Vec<_>>();
    text.replace("<!-- links -->", &links.join("\n"))
        .replace("\"FILES\"", &list.join(","))
        .replace("VERSION", &VERSION)
}

static FILLED_PAGE: LazyLock<Packed> = LazyLock::new(|| pack(filled(PAGE)));
static FILLED_WORKER: LazyLock<Packed> = LazyLock::new(|| pack(filled(WORKER)));
static PACKED_MANIFEST: LazyLock<Packed> = LazyLock::new(|| pack(MANIFEST.to_owned()));
static PACKED_ICON: LazyLock<Packed> = LazyLock::new(|| pack(ICON.to_owned()));

fn send(packed: &Packed, kind: &'static str, keep: &'static str, asked: &HeaderMap) -> Response {
    let has = |name: header::HeaderName, what: &str| {
        asked.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains(what))
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, keep),
        (header::ETAG, packed.tag.as_str()),
        (header::VARY, "accept-encoding"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    if has(header::IF_NONE_MATCH, &packed.tag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    if has(header::ACCEPT_ENCODING, "gzip") {
        return (headers, [(header::CONTENT_ENCODING, "gzip")], packed.gzip.clone()).into_response();
    }
    (headers, packed.plain.clone()).into_response()
}

const ASK_AGAIN: &str = "no-cache";
const FOR_EVER: &str = "public, max-age=31536000, immutable";

pub(super) async fn page(asked: HeaderMap) -> Response {
    send(&FILLED_PAGE, "text/html; charset=UTF-8", ASK_AGAIN, &asked)
}

pub(super) async fn worker(asked: HeaderMap) -> Response {
    send(&FILLED_WORKER, "text/javascript; charset=UTF-8", ASK_AGAIN, &asked)
}

pub(super) async fn manifest(asked: HeaderMap) -> Response {
    send(&PACKED_MANIFEST, "application/manifest+json", ASK_AGAIN, &asked)
}

pub(super) async fn icon(asked: HeaderMap) -> Response {
    send(&PACKED_ICON, "image/svg+xml", ASK_AGAIN, &asked)
}

/// A file of any version: a page that was opened before an update gets today's files and then itself anew.
pub(super) async fn versioned(Path((version, path)): Path<(String, String)>, asked: HeaderMap) -> Response {
    let kind = match path.rsplit('.').next() {
        Some("js") => "text/javascript; charset=UTF-8",
        Some("css") => "text/css; charset=UTF-8",
        Some("html") => "text/html; charset=UTF-8",
        _ => "application/octet-stream",
    };
    #[cfg(debug_assertions)]
    if let Some(response) = from_folder(&path, kind) {
        return response;
    }
    let found = ASSETS.iter().position(|asset| asset.path == path);
    let Some(packed) = found.and_then(|at| PACKED.get(at)) else {
        return (StatusCode::NOT_FOUND, "the editor has no such file\n").into_response();
    };
    let keep = if version == *VERSION { FOR_EVER } else { ASK_AGAIN };
    let mut response = send(packed, kind, keep, &asked);
    if path.ends_with(".html") {
        let policy = axum::http::HeaderValue::from_str(&FRAME_POLICY);
        let policy = policy.expect("a policy is plain text");
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// For work on the editor: a build for development takes the files from the folder that `PEDALD_EDITOR_DIR` names.
#[cfg(debug_assertions)]
fn from_folder(path: &str, kind: &'static str) -> Option<Response> {
    let folder = std::env::var_os("PEDALD_EDITOR_DIR")?;
    if path.contains("..") {
        return None;
    }
    let text = std::fs::read_to_string(std::path::Path::new(&folder).join(path)).ok()?;
    Some(([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")], text).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that a browser loads, packed. The editor must open at once from a pedal's own hotspot.
    const MOST: usize = 150 * 1024;

    #[test]
    fn everything_together_stays_small() {
        let files: usize = PACKED.iter().map(|packed| packed.gzip.len()).sum();
        let rest = [&FILLED_PAGE, &FILLED_WORKER, &PACKED_MANIFEST, &PACKED_ICON];
        let all = files + rest.iter().map(|packed| packed.gzip.len()).sum::<usize>();
        assert!(all <= MOST, "{all} bytes packed; at most {MOST}");
    }

    #[test]
    fn every_file_of_the_folder_is_in_the_program() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
        for folder in ["js", "style"] {
            for entry in std::fs::read_dir(root.join(folder)).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                let path = format!("{folder}/{name}");
                assert!(
                    name.ends_with(".d.ts") || ASSETS.iter().any(|asset| asset.path == path),
                    "{path} is missing in the list"
                );
            }
        }
    }

    #[test]
    fn the_page_names_every_script_and_style_once() {
        let page = String::from_utf8(FILLED_PAGE.plain.clone()).unwrap();
        assert!(!page.contains("VERSION") && !page.contains("<!-- links -->"));
        for asset in ASSETS {
            let times = match asset.path {
                "js/main.js" => 2,
                "skin.html" => 0,
                _ => 1,
            };
            assert_eq!(page.matches(&format!("{}\"", asset.path)).count(), times, "{}", asset.path);
            assert!(
                !asset.text.contains("http://") || asset.text.contains("w3.org"),
                "{} loads nothing",
                asset.path
            );
        }
    }
}
