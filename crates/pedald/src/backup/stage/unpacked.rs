//! What came out of a backup's file: all that its list says, with that content, and nothing else.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Component, Path};

use pedalboard::{ArchiveError, Limits, unpack_tar_zst};

use crate::backup::{BackupError, FORMAT, MANIFEST, Manifest, SETTINGS, failed, free_bytes, pack, walk};

/// What a backup may unpack to; the disk's free space counts beside it.
const LIMITS: Limits = Limits { entries: 200_000, file: 16 << 30, total: 256 << 30, ratio: u64::MAX };
/// Bytes that stay free on the disk while a backup is unpacked: the pedal goes on writing meanwhile.
const RESERVE: u64 = 64 << 20;

/// Unpacks into a folder, as far as the disk has room; the names of what came.
pub(super) fn unpack(from: &Path, into: &Path) -> Result<BTreeSet<String>, BackupError> {
    let file = File::open(from).map_err(failed(from))?;
    let free = free_bytes(into).map_err(failed(into))?;
    let limits = Limits { total: LIMITS.total.min(free.saturating_sub(RESERVE)), ..LIMITS };
    let names = unpack_tar_zst(file, into, limits).map_err(|error| match error {
        ArchiveError::TooLarge { what } if limits.total < LIMITS.total => BackupError::Refused {
            path: from.to_owned(),
            why: format!("it unpacks to {what}, and no more is free in {}; make room", into.display()),
        },
        ArchiveError::Io(error) if error.kind() == io::ErrorKind::StorageFull => failed(into)(error),
        error => BackupError::Refused { path: from.to_owned(), why: error.to_string() },
    })?;
    // the files are on the disk; now their names
    sync_folders(into).map_err(failed(into))?;
    Ok(names.iter().map(|name| name.display().to_string()).collect())
}

fn sync_folders(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_folders(&entry.path())?;
        }
    }
    File::open(folder)?.sync_all()
}

/// The list in an unpacked backup.
pub(super) fn manifest(folder: &Path) -> Result<Manifest, String> {
    let text = fs::read(folder.join(MANIFEST))
        .map_err(|_| format!("it has no {MANIFEST} at its end: it is cut off, or no backup"))?;
    let manifest: Manifest = serde_json::from_slice(&text).map_err(|error| format!("{MANIFEST}: {error}"))?;
    if manifest.format != FORMAT {
        let (its, ours) = (manifest.format, FORMAT);
        return Err(format!("its form is {its} and this program reads {ours}: update the pedal"));
    }
    Ok(manifest)
}

/// Every file that is listed is there with its content, and there is no other.
pub(super) fn verify(manifest: &Manifest, names: &BTreeSet<String>, folder: &Path) -> Result<(), String> {
    let mut listed = BTreeSet::from([MANIFEST.to_owned()]);
    for entry in &manifest.files {
        let name = &entry.path;
        belongs(name)?;
        if !names.contains(name) || !listed.insert(name.clone()) {
            return Err(format!("{name} is listed and not in it"));
        }
        let path = folder.join(name);
        let found = pack::about(&path).map_err(|error| format!("{name} cannot be read: {error}"))?;
        if found != (entry.size, entry.sha256.clone()) {
            return Err(format!("{name} is spoilt: its content is not what was packed"));
        }
        // a stick brings data, never a program that the engine would run
        if name.starts_with("presets/") && walk::is_program(&path) {
            return Err(format!("{name} is a program, and presets have none"));
        }
    }
    match names.difference(&listed).next() {
        Some(name) => Err(format!("{name} is in it and not listed")),
        None => Ok(()),
    }
}

/// Whether a name is one that a backup has.
fn belongs(name: &str) -> Result<(), String> {
    let stranger = || format!("{name:?} does not belong into a backup");
    let plain = |part: Component<'_>| match part {
        Component::Normal(part) => part.to_str().is_some_and(|part| !part.starts_with('.')),
        _ => false,
    };
    if !Path::new(name).components().all(plain) {
        return Err(stranger());
    }
    let (part, rest) = name.split_once('/').ok_or_else(stranger)?;
    let known = match part {
        "settings" => SETTINGS.contains(&rest),
        "boards" | "presets" => rest.contains('/'),
        "files" => true,
        _ => false,
    };
    if known { Ok(()) } else { Err(stranger()) }
}
