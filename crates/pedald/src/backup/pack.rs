//! Writing a backup.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use pedalboard::{Disk, make_folders};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::walk::{Found, everything};
use super::{
    BackupError, Entry, FORMAT, MANIFEST, Manifest, NAME, failed, free_bytes, megabytes, seconds_since_1970,
    stamp,
};
use crate::context::Paths;

/// A backup that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Packed {
    /// The file.
    pub file: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// Boards that are in it.
    pub boards: usize,
    /// Files that are in it.
    pub files: usize,
    /// Files that are listed only.
    pub listed: usize,
    /// What could not be taken, in sentences.
    pub notes: Vec<String>,
}

/// Writes a backup into `folder`, which is made if need be. `with_files`: models, impulse responses and samples too;
/// without it they are listed. Nothing of it is seen in the folder before it is whole.
///
/// # Errors
/// [`BackupError`]; then the folder is as it was.
pub fn pack(paths: &Paths, folder: &Path, with_files: bool) -> Result<Packed, BackupError> {
    let mut notes = Vec::new();
    let found = everything(paths, with_files, &mut notes)?;
    for name in &mut notes {
        *name = format!("{name} is left out: its name is not in UTF-8");
    }
    if found.iter().all(|found| found.listed) {
        return Err(BackupError::Nothing(paths.data.clone()));
    }
    make_folders(&Disk, folder).map_err(failed(folder))?;
    sweep(folder);
    let made = seconds_since_1970();
    let name = format!("{}{}{}", NAME.0, stamp(made), NAME.1);
    let target = folder.join(&name);
    let builder = tempfile::Builder::new().prefix(LEFTOVER).suffix(".part").tempfile_in(folder);
    let mut file = builder.map_err(failed(folder))?;
    let written = write(paths, &found, made, file.as_file_mut(), &mut notes);
    let manifest = written.map_err(|error| full(error, folder, &found))?;
    file.as_file().sync_all().map_err(failed(&target)).map_err(|error| full(error, folder, &found))?;
    let bytes = file.as_file().metadata().map_err(failed(&target))?.len();
    // FAT knows no links, by which tempfile would keep from replacing; the second in the name does it
    let kept = file.persist(&target).map_err(|error| failed(&target)(error.error))?;
    drop(kept);
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed(folder))?;
    Ok(Packed {
        file: target,
        bytes,
        boards: manifest.boards(),
        files: manifest.files.len(),
        listed: manifest.listed.len(),
        notes,
    })
}

/// How the name of a file begins that is not whole yet.
const LEFTOVER: &str = ".archibald-backup-";

/// Removes what was left behind when the power went: it is no backup.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(LEFTOVER) && name.ends_with(".part") {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// A full disk in words that say what to do.
fn full(error: BackupError, folder: &Path, found: &[Found]) -> BackupError {
    match error {
        BackupError::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
            let packed = found.iter().filter(|found| !found.listed);
            let needed = packed.filter_map(|found| found.path.metadata().ok()).map(|about| about.len()).sum();
            let free = free_bytes(folder).unwrap_or(0);
            BackupError::Full { path: folder.to_owned(), needed: megabytes(needed), free: megabytes(free) }
        }
        error => error,
    }
}

fn write(
    paths: &Paths,
    found: &[Found],
    made: u64,
    to: &mut File,
    notes: &mut Vec<String>,
) -> Result<Manifest, BackupError> {
    let packed = Path::new("the backup");
    let stream = zstd::Encoder::new(to, 3).and_then(|mut stream| {
        stream.include_checksum(true)?;
        Ok(stream)
    });
    let mut archive = tar::Builder::new(stream.map_err(failed(packed))?);
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let mut manifest = Manifest {
        format: FORMAT,
        made,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        host: host.trim().to_owned(),
        boards: paths.pedalboards.clone(),
        user_files: paths.user_files.clone(),
        files: Vec::new(),
        listed: Vec::new(),
    };
    for found in found {
        let file = match File::open(&found.path) {
            Ok(file) => file,
            // somebody may delete a board meanwhile: that is theirs to do
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(failed(&found.path)(error)),
        };
        // what grows meanwhile is taken as long as it was: files of ours are replaced, not written in
        let size = file.metadata().map_err(failed(&found.path))?.len();
        let mut hashed = Hashed { inner: file.take(size), hash: Sha256::new(), count: 0 };
        if found.listed {
            io::copy(&mut hashed, &mut io::sink()).map_err(failed(&found.path))?;
        } else {
            let mut header = header(size, made);
            archive.append_data(&mut header, &found.name, &mut hashed).map_err(failed(&found.path))?;
        }
        if hashed.count != size {
            let why = "it became shorter while it was read: make the backup once more";
            return Err(failed(&found.path)(io::Error::other(why)));
        }
        let entry = Entry { path: found.name.clone(), size, sha256: digits(hashed.hash) };
        if found.listed { manifest.listed.push(entry) } else { manifest.files.push(entry) }
    }
    if !manifest.listed.is_empty() {
        notes.push(format!("{} files of the player are listed and not packed", manifest.listed.len()));
    }
    let text =
        serde_json::to_vec_pretty(&manifest).map_err(|error| failed(packed)(io::Error::other(error)))?;
    let mut header = header(text.len() as u64, made);
    archive.append_data(&mut header, MANIFEST, text.as_slice()).map_err(failed(packed))?;
    let stream = archive.into_inner().map_err(failed(packed))?;
    stream.finish().and_then(|to| to.flush()).map_err(failed(packed))?;
    Ok(manifest)
}

fn header(size: u64, made: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o644);
    header.set_mtime(made);
    header.set_entry_type(tar::EntryType::Regular);
    header
}

/// A reader that hashes what passes.
struct Hashed<R> {
    inner: R,
    hash: Sha256,
    count: u64,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(&buffer[..count]);
        self.count += count as u64;
        Ok(count)
    }
}

/// A hash as it stands in the manifest.
fn digits(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Size and hash of a file.
pub(super) fn about(path: &Path) -> io::Result<(u64, String)> {
    let mut hashed = Hashed { inner: File::open(path)?, hash: Sha256::new(), count: 0 };
    io::copy(&mut hashed, &mut io::sink())?;
    Ok((hashed.count, digits(hashed.hash)))
}
