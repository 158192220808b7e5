//! Paths within boards: snapshots and plugins' states name models and samples by where they were on the old device.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What a path on the old device is recognised by: the folder of the user's files.
const MARK: &str = "/user-files/";

/// Files of a board whose paths must change, relative to it, with their new content. `moved` tells by the place in the
/// source where each of the user's files will be.
pub(super) fn relocated(
    board: &Path,
    moved: &BTreeMap<PathBuf, PathBuf>,
) -> io::Result<Vec<(PathBuf, Vec<u8>)>> {
    // by what follows the mark, since the old device had its files in another place than they are in now
    let by_tail: BTreeMap<String, &Path> = moved
        .iter()
        .filter_map(|(from, to)| Some((tail(&from.to_string_lossy())?.to_owned(), to.as_path())))
        .collect();
    let mut changed = Vec::new();
    for name in super::files::tree(board)? {
        let end = name.extension().and_then(|end| end.to_str()).unwrap_or_default();
        if !matches!(end, "ttl" | "json") {
            continue;
        }
        let Ok(text) = fs::read_to_string(board.join(&name)) else { continue };
        let new = rewritten(&text, &by_tail);
        if new != text {
            changed.push((name, new.into_bytes()));
        }
    }
    Ok(changed)
}

fn tail(path: &str) -> Option<&str> {
    path.rfind(MARK).map(|at| &path[at + MARK.len()..])
}

/// The text with each path in quotes (`"/…"`) or brackets (`<file:///…>`) replaced that is among the known ones.
fn rewritten(text: &str, known: &BTreeMap<String, &Path>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(MARK) {
        // back to where the path begins, on to where it ends
        let start = rest[..at].rfind(['"', '<', '\n']).map(|start| start + 1);
        let opened = start.and_then(|start| rest[..start].chars().next_back());
        let close = match opened {
            Some('"') => '"',
            Some('<') => '>',
            _ => {
                out.push_str(&rest[..at + MARK.len()]);
                rest = &rest[at + MARK.len()..];
                continue;
            }
        };
        let start = start.unwrap_or(0);
        let end = at + rest[at..].find(close).unwrap_or(rest.len() - at);
        let path = &rest[start..end];
        let uri = path.starts_with("file://");
        let plain = if uri { percent_decoded(path) } else { path.replace("\\/", "/") };
        out.push_str(&rest[..start]);
        match tail(&plain).and_then(|tail| known.get(tail)) {
            Some(target) if uri => out.push_str(&pedalboard::file_uri(target)),
            Some(target) => out.push_str(&escaped(&target.display().to_string())),
            None => out.push_str(path),
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// As JSON and Turtle write it within quotes.
fn escaped(path: &str) -> String {
    path.replace('\\', "\\\\").replace('"', "\\\"")
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        match (bytes[at], hex(at + 1), hex(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_in_json_and_turtle_are_put_right_and_nothing_else() {
        let (model, hall) = (Path::new("/new/NAM Models/Twin.nam"), Path::new("/new/hall.wav"));
        let known = BTreeMap::from([
            ("NAM Models/Twin.nam".to_owned(), model),
            ("Reverb IRs/hall.wav".to_owned(), hall),
        ]);
        let text = r#"{"model": ["/home/pistomp/data/user-files/NAM Models/Twin.nam", "p"],
 "other": "/data/user-files/NAM Models/Unknown.nam", "words": "see /user-files/ there"}
 <> atom:path <file:///home/pistomp/data/user-files/Reverb%20IRs/hall.wav> ; x "/data/user-files/Reverb IRs/hall.wav" . /user-files/"#;
        let new = rewritten(text, &known);
        assert!(new.contains(r#"["/new/NAM Models/Twin.nam", "p"]"#), "{new}");
        assert!(new.contains(r#""/data/user-files/NAM Models/Unknown.nam""#));
        assert!(new.contains("<file:///new/hall.wav>") && new.contains(r#"x "/new/hall.wav""#));
        assert!(new.ends_with(". /user-files/") && new.contains("see /user-files/ there"));
        assert_eq!(rewritten("plain", &known), "plain");
    }
}
