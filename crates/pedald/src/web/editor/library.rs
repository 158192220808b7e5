//! The player's files: models, impulse responses, samples. Deleting puts a file into a bin, from which it can come back.

use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use pedalboard::{Disk, FILE_TYPES, FileType, Files as _, make_folders};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::web::Web;
use crate::web::arguments::{Arguments, Failure, Reply, json as answer};
use crate::web::{files, upload};

/// Largest file that is taken, in bytes.
pub(super) const LARGEST: u64 = 512 << 20;
/// Folder of deleted files, below the player's.
const BIN: &str = ".deleted";
/// Deleted files that are kept.
const KEPT: usize = 50;
/// Depth to which folders are shown.
const DEPTH: usize = 8;

/// A path below the player's files: `NAM Models/amps/clean.nam`. The folder must be one of the known ones, the ending must
/// fit, and no part may be hidden or lead anywhere else.
pub(super) fn place(web: &Web, name: &str) -> Result<(PathBuf, &'static FileType), Failure> {
    let bad = |why: &str| Failure::bad(format!("{name:?} cannot be a file here: {why}"));
    let relative = Path::new(name);
    let plain = |part: Component<'_>| match part {
        Component::Normal(part) => {
            part.to_str().is_some_and(|part| !part.starts_with('.') && !part.chars().any(char::is_control))
        }
        _ => false,
    };
    if !relative.components().all(plain) || relative.components().count() > DEPTH {
        return Err(bad("names have no dot in front and no way out of their folder"));
    }
    let (folder, _) = name.split_once('/').ok_or_else(|| bad("it belongs into a folder"))?;
    let kind = FILE_TYPES.iter().find(|kind| kind.folder == folder);
    let kind = kind.ok_or_else(|| bad("there is no such folder"))?;
    if !kind.accepts(relative) {
        return Err(bad(&format!("{folder} holds files that end with {}", kind.extensions.join(", "))));
    }
    let root = &web.folders().user_files;
    let path = root.join(relative);
    // A link that somebody made in a folder must not lead us out of it.
    let above = path.ancestors().skip(1).find_map(|above| above.canonicalize().ok());
    let inside = root.canonicalize().ok().zip(above).is_some_and(|(root, above)| above.starts_with(root));
    if !inside && root.exists() {
        return Err(bad("its folder leads elsewhere"));
    }
    Ok((path, kind))
}

pub(super) async fn list(State(web): State<Web>) -> Reply {
    let found = web.blocking(|web| {
        let root = &web.folders().user_files;
        let folder = |kind: &FileType| {
            let mut list = Vec::new();
            gather(&root.join(kind.folder), kind, "", 0, &mut list);
            json!({"kind": kind.name, "folder": kind.folder, "extensions": kind.extensions, "files": list})
        };
        FILE_TYPES.iter().map(folder).collect::<Vec<_>>()
    });
    let found = found.await.ok_or_else(|| Failure::internal("the files cannot be listed"))?;
    Ok(answer(&json!({"root": web.folders().user_files, "folders": found})))
}

fn gather(folder: &Path, kind: &FileType, before: &str, depth: usize, list: &mut Vec<Value>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().collect();
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let Ok(about) = entry.metadata() else { continue };
        let shown = format!("{before}{name}");
        if name.starts_with('.') {
            continue;
        } else if about.is_dir() && depth < DEPTH {
            gather(&entry.path(), kind, &format!("{shown}/"), depth + 1, list);
        } else if about.is_file() && kind.accepts(&entry.path()) {
            let time = about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            list.push(json!({"name": shown, "size": about.len(), "time": time.map(|time| time.as_secs())}));
        }
    }
}

/// A file, to listen to or to look into.
pub(super) async fn get(State(web): State<Web>, arguments: Arguments) -> Reply {
    let (path, _) = place(&web, arguments.need("path")?)?;
    let mut response = files::send(&path).await?;
    // Whatever the file says: it is never a page of ours.
    let policy = HeaderValue::from_static("sandbox; default-src 'none'; media-src 'self'");
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

pub(super) async fn upload(State(web): State<Web>, request: Request) -> Reply {
    let uri = request.uri().clone();
    let query = axum::extract::Query::<Target>::try_from_uri(&uri);
    let name = query.map_err(|_| Failure::bad("the argument `path` is missing"))?.0.path;
    let (path, _) = place(&web, &name)?;
    let received = upload::receive(request, &bin(&web), LARGEST).await?;
    keep(&web, received, path).await
}

/// Where files wait until they are whole: on the same disk as their place.
pub(super) fn bin(web: &Web) -> PathBuf {
    web.folders().user_files.join(BIN)
}

/// Gives a file that is whole its place, or one beside it; tells everybody.
pub(super) async fn keep(web: &Web, received: tempfile::NamedTempFile, path: PathBuf) -> Reply {
    let stored = web.blocking(move |_| {
        let folder = path.parent().unwrap_or(Path::new("/"));
        make_folders(&Disk, folder).map_err(|error| error.to_string())?;
        let path = free(&path);
        let words = |error: std::io::Error| error.to_string();
        readable(received.as_file()).map_err(words)?;
        received.as_file().sync_all().map_err(words)?;
        received.persist_noclobber(&path).map_err(|error| error.to_string())?;
        Disk.sync_folder(folder).map_err(words)?;
        Ok::<_, String>(path)
    });
    let path = done(stored.await, "kept")?;
    web.0.editor.tell("files");
    Ok(answer(&json!({"path": shown(web, &path)})))
}

#[derive(Deserialize)]
struct Target {
    path: String,
}

/// The name, or the same with a number, so that nothing is overwritten.
fn free(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let end = path.extension().map(|end| format!(".{}", end.to_string_lossy())).unwrap_or_default();
    let names = (2..).map(|number| path.with_file_name(format!("{stem} ({number}){end}")));
    std::iter::once(path.to_owned())
        .chain(names)
        .find(|path| !path.exists())
        .unwrap_or_else(|| path.to_owned())
}

/// The engine may be another user: what it shall load must be readable for it.
fn readable(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

fn shown(web: &Web, path: &Path) -> String {
    path.strip_prefix(&web.folders().user_files).unwrap_or(path).display().to_string()
}

pub(super) fn done<T>(done: Option<Result<T, String>>, what: &str) -> Result<T, Failure> {
    match done {
        Some(Ok(value)) => Ok(value),
        Some(Err(error)) => Err(Failure::internal(format!("the file could not be {what}: {error}"))),
        None => Err(Failure::internal(format!("the file could not be {what}"))),
    }
}

#[derive(Deserialize)]
struct Renamed {
    from: String,
    to: String,
}

pub(super) async fn rename(State(web): State<Web>, arguments: Arguments) -> Reply {
    let wanted: Renamed = arguments.json()?;
    let ((from, _), (to, _)) = (place(&web, &wanted.from)?, place(&web, &wanted.to)?);
    if !from.is_file() {
        return Err(Failure::not_found(format!("there is no {}", wanted.from)));
    }
    let moved = web.blocking(move |_| {
        let to = free(&to);
        move_file(&from, &to)?;
        Ok::<_, String>(to)
    });
    let to = done(moved.await, "renamed")?;
    web.0.editor.tell("files");
    Ok(answer(&json!({"path": shown(&web, &to)})))
}

fn move_file(from: &Path, to: &Path) -> Result<(), String> {
    let folder = to.parent().unwrap_or(Path::new("/"));
    make_folders(&Disk, folder).map_err(|error| error.to_string())?;
    let moved = Disk.rename(from, to).and_then(|()| Disk.sync_folder(folder));
    let moved = moved.and_then(|()| from.parent().map_or(Ok(()), |folder| Disk.sync_folder(folder)));
    moved.map_err(|error| error.to_string())
}

pub(super) async fn delete(State(web): State<Web>, arguments: Arguments) -> Reply {
    let target: Target = arguments.json()?;
    let (path, _) = place(&web, &target.path)?;
    if !path.is_file() {
        return Err(Failure::not_found(format!("there is no {}", target.path)));
    }
    let bin = web.folders().user_files.join(BIN);
    let time = std::time::SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis());
    let name = target.path.rsplit('/').next().unwrap_or_default().to_owned();
    let id = format!("{time:015}-{name}");
    let kept = bin.join(&id);
    let moved = web.blocking(move |_| {
        move_file(&path, &kept)?;
        empty_bin(&bin);
        Ok::<_, String>(())
    });
    done(moved.await, "deleted")?;
    web.0.editor.tell("files");
    Ok(answer(&json!({"id": id, "path": target.path})))
}

/// Only the newest stay.
fn empty_bin(bin: &Path) {
    let entries = std::fs::read_dir(bin).into_iter().flatten().flatten().map(|entry| entry.path());
    let hidden = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()).is_none_or(|name| name.starts_with('.'))
    };
    let mut files: Vec<PathBuf> = entries.filter(|path| !hidden(path)).collect();
    files.sort();
    let surplus = files.len().saturating_sub(KEPT);
    for path in &files[..surplus] {
        let _ = std::fs::remove_file(path);
    }
}

#[derive(Deserialize)]
struct Restored {
    id: String,
    path: String,
}

pub(super) async fn restore(State(web): State<Web>, arguments: Arguments) -> Reply {
    let wanted: Restored = arguments.json()?;
    let (path, _) = place(&web, &wanted.path)?;
    if wanted.id.contains('/') || wanted.id.starts_with('.') {
        return Err(Failure::bad("this is no deleted file"));
    }
    let kept = web.folders().user_files.join(BIN).join(&wanted.id);
    if !kept.is_file() {
        return Err(Failure::not_found("this file is not in the bin any more"));
    }
    let back = web.blocking(move |_| {
        let path = free(&path);
        move_file(&kept, &path)?;
        Ok::<_, String>(path)
    });
    let path = done(back.await, "brought back")?;
    web.0.editor.tell("files");
    Ok(answer(&json!({"path": shown(&web, &path)})))
}
