//! Kept versions of boards: automatic ones, of which the newest few stay, and those that the player has named.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use pedalboard::{Files, delete_bundle};

use super::{DiskAnswer, convert};
use crate::session::{Board, Version};

/// Automatic versions that stay.
const AUTOMATIC: usize = 10;

/// How many seconds an automatic version holds before the next gets a place of its own; until then it is replaced.
const SPACING: u64 = 60;

/// A folder with a folder for each board, with a bundle for each version: `<time>` or `<time>-<name>`.
pub(super) struct Versions {
    files: Arc<dyn Files>,
    folder: PathBuf,
}

impl Versions {
    pub(super) fn new(files: Arc<dyn Files>, folder: PathBuf) -> Self {
        Self { files, folder }
    }

    /// Where the versions of a board lie. Boards are told apart by name and place, so that two of one name do not mix.
    fn of(&self, bundle: Option<&Path>) -> PathBuf {
        let Some(bundle) = bundle else { return self.folder.join("untitled") };
        let stem = bundle.file_stem().unwrap_or_default().to_string_lossy();
        let hash =
            bundle.as_os_str().as_encoded_bytes().iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            });
        self.folder.join(format!("{}-{:08x}", pedalboard::symbol(&stem), hash as u32))
    }

    /// Keeps a board as it is now; without a name it is an automatic version.
    pub(super) fn keep(&self, board: &Board, name: Option<&str>) -> Result<DiskAnswer, String> {
        let folder = self.of(board.bundle.as_deref());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let listed = self.list(board.bundle.as_deref())?;
        let words = |error: pedalboard::WriteError| error.to_string();
        let automatic: Vec<&Version> = listed.iter().filter(|version| version.name.is_empty()).collect();
        let taken = |time: u64| listed.iter().any(|version| version.time == time);
        let time = (now..).find(|time| !taken(*time)).unwrap_or(now);
        let id = match name {
            Some(name) => format!("{time}-{}", encoded(name)),
            None => time.to_string(),
        };
        let title = board.shown_title().to_owned();
        let mut bundle = convert::version_bundle(folder.join(format!("{id}.pedalboard")), board, &title);
        bundle.save(&*self.files).map_err(words)?;
        if name.is_none() {
            // the one before it was within the same minute: this one is in its place
            let replaced = automatic
                .first()
                .filter(|version| now.saturating_sub(version.time) < SPACING && automatic.len() > 1);
            let gone = replaced.into_iter().chain(automatic.iter().skip(AUTOMATIC - 1));
            for version in gone {
                let old = folder.join(format!("{}.pedalboard", version.id));
                if old.is_dir() {
                    delete_bundle(&*self.files, &old).map_err(words)?;
                }
            }
        }
        Ok(DiskAnswer::Done)
    }

    /// The versions of a board, newest first.
    pub(super) fn list(&self, bundle: Option<&Path>) -> Result<Vec<Version>, String> {
        let folder = self.of(bundle);
        let entries = match self.files.list(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(format!("cannot list {}: {error}", folder.display())),
        };
        let versions = entries.iter().filter_map(|(name, _)| {
            let id = name.strip_suffix(".pedalboard")?;
            let (time, name) = id.split_once('-').unwrap_or((id, ""));
            Some(Version { id: id.to_owned(), name: decoded(name), time: time.parse().ok()? })
        });
        let mut versions: Vec<Version> = versions.collect();
        versions.sort_by(|a, b| b.time.cmp(&a.time).then(a.id.cmp(&b.id)));
        Ok(versions)
    }

    /// The bundle of a version.
    pub(super) fn find(&self, bundle: Option<&Path>, id: &str) -> Result<PathBuf, String> {
        let known = self.list(bundle)?.into_iter().any(|version| version.id == id);
        let path = self.of(bundle).join(format!("{id}.pedalboard"));
        if known { Ok(path) } else { Err(format!("there is no version {id} of this board")) }
    }

    /// Deletes a version.
    pub(super) fn delete(&self, bundle: Option<&Path>, id: &str) -> Result<(), String> {
        let path = self.find(bundle, id)?;
        delete_bundle(&*self.files, &path).map_err(|error| error.to_string())
    }

    /// A sentence when an automatic version is newer than the board: its edits were never saved.
    pub(super) fn newer_than(&self, bundle: &Path) -> Option<String> {
        let saved = newest_file(bundle)?;
        let versions = self.list(Some(bundle)).ok()?;
        let newest = versions.iter().find(|version| version.name.is_empty())?;
        (newest.time > saved).then(|| {
            "edits of the last time were not saved; they are the newest automatic version of this board"
                .to_owned()
        })
    }
}

/// When the newest file of a folder was written, in seconds since 1970.
fn newest_file(folder: &Path) -> Option<u64> {
    let times = std::fs::read_dir(folder).ok()?.filter_map(|entry| {
        let time = entry.ok()?.metadata().ok()?.modified().ok()?;
        Some(time.duration_since(UNIX_EPOCH).ok()?.as_secs())
    });
    times.max()
}

/// A name as part of a file's name: what is not a letter, digit or space becomes `%` and two digits.
fn encoded(name: &str) -> String {
    let mut out = String::new();
    for byte in name.trim().bytes().take(60) {
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02x}"));
        }
    }
    if out.is_empty() { "kept".into() } else { out }
}

fn decoded(name: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = name.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let hex = tail
            .get(..2)
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (byte, hex) {
            (b'%', Some(value)) => {
                bytes.push(value);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_as_parts_of_file_names() {
        for name in ["before the gig", "50 %", "a/../b", "Übung-2", "x"] {
            let part = encoded(name);
            assert!(!part.contains(['/', '.', '-', ' ']), "{part}");
            assert_eq!(decoded(&part), name);
        }
        assert_eq!(encoded("  "), "kept");
    }

    #[test]
    fn named_versions_stay_and_automatic_ones_are_few() {
        let folder = tempfile::tempdir().expect("folder");
        let versions = Versions::new(Arc::new(pedalboard::Disk), folder.path().join("versions"));
        let board =
            Board { title: "Lead".into(), bundle: Some("/b/Lead.pedalboard".into()), ..Board::empty() };
        versions.keep(&board, Some("before the gig")).expect("kept");
        for _ in 0..30 {
            versions.keep(&board, None).expect("kept");
        }
        let listed = versions.list(board.bundle.as_deref()).expect("listed");
        let (named, automatic): (Vec<_>, Vec<_>) =
            listed.iter().partition(|version| !version.name.is_empty());
        assert_eq!(named.iter().map(|version| version.name.as_str()).collect::<Vec<_>>(), ["before the gig"]);
        assert!((1..=AUTOMATIC).contains(&automatic.len()), "{automatic:?}");
        assert!(versions.find(board.bundle.as_deref(), &named[0].id).is_ok());
        assert!(versions.find(board.bundle.as_deref(), "../../etc").is_err());
        assert_eq!(versions.list(Some(Path::new("/other/Lead.pedalboard"))), Ok(Vec::new()));
    }
}
