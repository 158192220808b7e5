//! Pages and files.

use std::path::{Component, Path, PathBuf};

use axum::body::Body;
use axum::extract::{Path as UrlPath, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use serde_json::json;

use super::Web;
use super::access::{Role, Table};
use super::arguments::{Arguments, Failure, Reply};
use super::rest::{described, favorites_and_preferences};
use super::template::{Values, fill};

/// A transparent picture of one pixel.
const PICTURE: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0,
    1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 13, b'I', b'D', b'A', b'T', 0x78, 0x9c, 0x63, 0, 1, 0,
    0, 5, 0, 1, 0x0d, 0x0a, 0x2d, 0xb4, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

/// The picture for what has none.
pub(super) fn default_picture() -> Response {
    ([(header::CONTENT_TYPE, "image/png")], PICTURE).into_response()
}

/// The routes of pages, and everything else from the folder of pages.
pub(super) fn pages(web: &Web) -> Table {
    let mut pages = Table::new(Role::Player);
    // Without a folder of pages there is our own editor.
    if web.folders().html.is_none() {
        return pages;
    }
    for name in ["/", "/settings", "/allguis", "/pedalboard.html", "/index.html"] {
        pages = pages.page(name, get(page));
    }
    pages
        .page("/load_template/{name}", get(template))
        .page("/js/templates.js", get(templates))
        .page("/{*path}", get(other))
}

async fn page(State(web): State<Web>, uri: Uri, arguments: Arguments) -> Reply {
    let html = web.folders().html.clone().unwrap_or_default();
    let name = match uri.path() {
        "/" | "/index.html" => "index.html",
        "/settings" => "settings.html",
        "/allguis" => "allguis.html",
        _ => "pedalboard.html",
    };
    let text = tokio::fs::read_to_string(html.join(name)).await;
    let text =
        text.map_err(|error| Failure::not_found(format!("the page {name} cannot be read: {error}")))?;
    let values =
        web.blocking(move |web| page_values(web, arguments.get("bundlepath"))).await.unwrap_or_default();
    Ok((([(header::CACHE_CONTROL, "no-store")]), Html(fill(&text, &values))).into_response())
}

/// What mod-ui's pages ask their server to fill in.
fn page_values(web: &Web, bundle: Option<&str>) -> Values {
    let state = web.session().state();
    let board = &state.board;
    let html = web.folders().html.clone().unwrap_or_default();
    let read =
        |name: &str| std::fs::read_to_string(html.join("resources/templates").join(name)).unwrap_or_default();
    // Templates go into the page's script as one line between quotes.
    let quoted = |text: String| text.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n");
    let (favorites, preferences) = favorites_and_preferences(web);
    let packed =
        |value: serde_json::Value| base64::engine::general_purpose::STANDARD.encode(value.to_string());
    let described = bundle.and_then(|bundle| described(web, bundle)).unwrap_or_else(|| json!({}));
    let text = |value: &str| value.replace('\\', "\\\\").replace(['\'', '"', '<', '>', '\n'], " ");
    let path = board.bundle.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    let title = text(&board.title);
    let flag = |on: bool| on.to_string();
    // within a script: no text of the player's ends it
    let script = |value: serde_json::Value| value.to_string().replace('<', "\\u003c");
    vec![
        ("default_icon_template", quoted(read("pedal-default.html"))),
        ("default_settings_template", quoted(read("../settings.html"))),
        ("default_pedalboard", String::new()),
        ("cloud_url", String::new()),
        ("cloud_labs_url", String::new()),
        ("plugins_url", String::new()),
        ("pedalboards_url", String::new()),
        ("pedalboards_labs_url", String::new()),
        ("controlchain_url", String::new()),
        ("hardware_profile", packed(json!({}))),
        ("hmi_eeprom", flag(false)),
        ("pedalboard", packed(described)),
        ("version", text(&web.options().version)),
        ("bin_compat", "Unknown".to_owned()),
        ("codec_truebypass", flag(false)),
        ("factory_pedalboards", flag(true)),
        ("platform", "Unknown".to_owned()),
        ("addressing_pages", "0".to_owned()),
        ("lv2_plugin_dir", web.folders().lv2.display().to_string()),
        ("bundlepath", text(bundle.unwrap_or(&path))),
        ("title", title.clone()),
        ("fulltitle", if title.is_empty() { "Untitled".to_owned() } else { title.clone() }),
        ("titleblend", if title.is_empty() { "blend".to_owned() } else { String::new() }),
        ("size", json!({"width": board.size.0, "height": board.size.1}).to_string()),
        ("dev_api_class", String::new()),
        ("using_app", flag(false)),
        ("using_desktop", flag(false)),
        ("using_mod", flag(false)),
        ("user_name", String::new()),
        ("user_email", String::new()),
        ("favorites", script(json!(favorites.0))),
        ("preferences", script(json!(preferences.0))),
        ("bufferSize", state.health.period.max(1).to_string()),
        ("sampleRate", state.health.sample_rate.max(1).to_string()),
    ]
}

async fn template(State(web): State<Web>, UrlPath(name): UrlPath<String>) -> Reply {
    let html = web.folders().html.clone().unwrap_or_default();
    send_below(&html.join("include"), &name).await
}

/// All small templates as one script.
async fn templates(State(web): State<Web>) -> Reply {
    let html = web.folders().html.clone().unwrap_or_default();
    let script = web.blocking(move |_| {
        let entries = std::fs::read_dir(html.join("include")).into_iter().flatten().flatten();
        let mut paths = entries.map(|entry| entry.path()).collect::<Vec<_>>();
        paths.sort();
        let mut script = String::from("TEMPLATES = {};\n");
        for path in paths.iter().filter(|path| path.extension().is_some_and(|end| end == "html")) {
            let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let text = std::fs::read_to_string(path).unwrap_or_default();
            script.push_str(&format!("TEMPLATES[{}] = {};\n", json!(name), json!(text)));
        }
        script
    });
    let headers = [(header::CONTENT_TYPE, "text/javascript; charset=UTF-8")];
    Ok((headers, script.await.unwrap_or_default()).into_response())
}

async fn other(State(web): State<Web>, UrlPath(path): UrlPath<String>) -> Reply {
    let html = web.folders().html.clone().ok_or_else(|| Failure::not_found("there is no such page"))?;
    send_below(&html, &path).await
}

/// The path of a file below a folder; `None` when the name leads out of it, also over a link.
fn below(folder: &Path, name: &str) -> Option<PathBuf> {
    let relative = Path::new(name.trim_start_matches('/'));
    if name.contains('\0')
        || !relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
    {
        return None;
    }
    let path = folder.join(relative).canonicalize().ok()?;
    // A profile of links (NixOS) leads from one store folder to another: what counts is the file's place beside its
    // folder's real place, or below the folder of a bundle that is itself a link.
    let root = folder.canonicalize().ok()?;
    path.starts_with(root).then_some(path)
}

/// A file below a folder.
pub(super) async fn send_below(folder: &Path, name: &str) -> Reply {
    let path = below(folder, name).ok_or_else(|| Failure::not_found(format!("there is no {name}")))?;
    send(&path).await
}

/// A file.
pub(super) async fn send(path: &Path) -> Reply {
    let missing = || Failure::not_found("there is no such file");
    let file = tokio::fs::File::open(path).await.map_err(|_| missing())?;
    let about = file.metadata().await.map_err(|_| missing())?;
    if !about.is_file() {
        return Err(missing());
    }
    let headers = [
        (header::CONTENT_TYPE, content_type(path).to_owned()),
        (header::CONTENT_LENGTH, about.len().to_string()),
        // What a plugin brings is shown, not run as a page of ours.
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    let body = Body::from_stream(tokio_util::io::ReaderStream::new(file));
    Ok((StatusCode::OK, headers, body).into_response())
}

fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(|end| end.to_str()).unwrap_or_default().to_lowercase().as_str() {
        "html" | "htm" => "text/html; charset=UTF-8",
        "css" => "text/css; charset=UTF-8",
        "js" | "mjs" => "text/javascript; charset=UTF-8",
        "json" => "application/json; charset=UTF-8",
        "txt" | "ttl" | "md" => "text/plain; charset=UTF-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        "ttf" => "font/ttf",
        "otf" => "font/otf",
        "eot" => "application/vnd.ms-fontobject",
        "wav" => "audio/wav",
        "ogg" => "audio/ogg",
        "flac" => "audio/flac",
        "mp3" => "audio/mpeg",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_lead_out_of_their_folder() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("pages");
        std::fs::create_dir_all(root.join("js")).unwrap();
        std::fs::write(root.join("js/a.js"), "x").unwrap();
        std::fs::write(place.path().join("secret"), "x").unwrap();
        std::os::unix::fs::symlink(place.path().join("secret"), root.join("link")).unwrap();
        assert!(below(&root, "js/a.js").is_some());
        assert!(below(&root, "/js/a.js").is_some());
        for bad in ["../secret", "js/../../secret", "link", "/../secret", "js/a.js\0", "none"] {
            assert!(below(&root, bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn pages_are_filled_in() {
        let values = vec![("title", "Lab".to_owned())];
        assert_eq!(fill("a {{title}} b {{ unknown }} c {{! note }} {{ d", &values), "a Lab b  c  {{ d");
    }
}
