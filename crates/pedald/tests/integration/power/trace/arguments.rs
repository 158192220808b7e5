//! The arguments of a call as strace writes them.

use std::path::{Path, PathBuf};

#[derive(Debug, PartialEq)]
pub(super) enum Argument {
    /// A number, or `AT_FDCWD`, and the path behind it.
    Handle(String, PathBuf),
    Text(Vec<u8>),
    Word(String),
}

pub(super) fn text(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8(bytes.to_vec()).unwrap())
}

/// The paths among arguments: a text, below the handle before it. Kept in a row of leaked paths: a test is short.
pub(super) fn paths(arguments: &[Argument]) -> Vec<&'static Path> {
    let mut found = Vec::new();
    let mut folder = PathBuf::from("/");
    for argument in arguments {
        match argument {
            Argument::Handle(_, path) => folder.clone_from(path),
            Argument::Text(name) => {
                let path: &'static Path = Box::leak(folder.join(text(name)).into_boxed_path());
                found.push(path);
            }
            Argument::Word(_) => {}
        }
    }
    found
}

/// The arguments of a call. All texts are hexadecimal, so that no comma and no bracket is in them.
pub(super) fn split(arguments: &str) -> Vec<Argument> {
    let (mut all, mut rest) = (Vec::new(), arguments.trim());
    while !rest.is_empty() {
        rest = rest.trim_start_matches([' ', ',', '[', '{', ']', '}']);
        if let Some(after) = rest.strip_prefix('"') {
            let Some((hex, behind)) = after.split_once('"') else { break };
            all.push(Argument::Text(bytes(hex)));
            rest = behind;
            continue;
        }
        let end = rest.find([',', '"', '<']).unwrap_or(rest.len());
        if rest[end..].starts_with('<')
            && let Some((hex, behind)) = rest[end + 1..].split_once('>')
        {
            let path = String::from_utf8_lossy(&bytes(hex)).into_owned();
            all.push(Argument::Handle(rest[..end].trim().to_owned(), path.into()));
            rest = behind.strip_prefix("(deleted)").unwrap_or(behind);
            continue;
        }
        let word = rest[..end].trim_matches([' ', ']', '}', ')']);
        if !word.is_empty() && !word.ends_with('=') {
            all.push(Argument::Word(word.to_owned()));
        }
        rest = &rest[end..];
        if rest.starts_with('<') {
            break;
        }
    }
    all
}

fn bytes(hex: &str) -> Vec<u8> {
    hex.split("\\x").skip(1).map(|byte| u8::from_str_radix(&byte[..2], 16).unwrap()).collect()
}
