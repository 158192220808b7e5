//! The whole store as a tar file, in and out: one entry for each path, readable by any `tar`.

use std::io::{self, Read, Write};

use crate::key::{Key, KeyError};
use crate::store::{Precondition, Search, Store, StoreError};

/// Entries that are read from the index at a time.
const PAGE: usize = 500;

/// Why an export or an import stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The archive cannot be read or written.
    #[error("the archive: {0}")]
    Archive(#[from] io::Error),
    /// The store refused, at this path.
    #[error("{path}: {why}")]
    Store {
        /// The path that was being stored or read.
        path: String,
        /// What the store said.
        why: StoreError,
    },
}

/// What an import did.
#[derive(Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Imported {
    /// Paths that were stored.
    pub stored: u64,
    /// Entries that were left out, with the reason.
    pub left_out: Vec<String>,
}

/// Writes every path as a file of a tar archive, in the order of the paths. Returns how many. A blob that is damaged ends
/// the export: an archive that lacks something must not look whole.
///
/// # Errors
/// The path that could not be read, or the archive.
pub fn export(store: &Store, to: impl Write) -> Result<u64, ArchiveError> {
    let mut archive = tar::Builder::new(to);
    let mut search = Search { limit: PAGE, ..Search::default() };
    let mut count = 0;
    loop {
        let (entries, more) =
            store.search(&search).map_err(|why| ArchiveError::Store { path: "index".to_owned(), why })?;
        search.after = entries.last().map(|entry| entry.key.clone());
        for entry in entries {
            let failed = |why| ArchiveError::Store { path: entry.key.clone(), why };
            let Ok(key) = Key::parse(&entry.key) else { continue };
            let (entry, file) = match store.read(&key) {
                Ok(found) => found,
                Err(StoreError::NotFound) => continue, // removed meanwhile
                Err(why) => return Err(failed(why)),
            };
            let mut header = tar::Header::new_gnu();
            header.set_size(entry.size);
            header.set_mtime(entry.modified / 1000);
            header.set_mode(0o644);
            archive.append_data(&mut header, &entry.key, file.take(entry.size))?;
            count += 1;
        }
        if !more {
            archive.into_inner()?.flush()?;
            return Ok(count);
        }
    }
}

/// Stores every file of a tar archive under its path; what is there under the same path is replaced. Links, devices and names
/// that are no paths of ours are left out and named.
///
/// # Errors
/// The archive is broken, or the store refused; what was stored before stays.
pub fn import(store: &Store, from: impl Read) -> Result<Imported, ArchiveError> {
    let mut done = Imported::default();
    for entry in tar::Archive::new(from).entries()? {
        let mut entry = entry?;
        let kind = entry.header().entry_type();
        let name = entry.path_bytes().into_owned();
        let shown = String::from_utf8_lossy(&name).into_owned();
        if kind.is_dir() {
            continue;
        }
        if !kind.is_file() {
            done.left_out.push(format!("{shown}: not a file"));
            continue;
        }
        let key = match path_of(&name) {
            Ok(key) => key,
            Err(why) => {
                done.left_out.push(format!("{shown}: {why}"));
                continue;
            }
        };
        let failed = |why| ArchiveError::Store { path: shown.clone(), why };
        let mut incoming = store.begin(Some(entry.size())).map_err(failed)?;
        let mut buffer = vec![0; 64 << 10];
        loop {
            match entry.read(&mut buffer)? {
                0 => break,
                count => incoming.write(&buffer[..count]).map_err(failed)?,
            }
        }
        store.finish(incoming, &key, &Precondition::default()).map_err(failed)?;
        done.stored += 1;
    }
    Ok(done)
}

/// A name as `tar` writes it, with or without `./` in front.
fn path_of(name: &[u8]) -> Result<Key, KeyError> {
    Key::from_bytes(name.strip_prefix(b"./").unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MAX_BLOB;

    fn put(store: &Store, key: &str, content: &[u8]) {
        let mut incoming = store.begin(None).unwrap();
        incoming.write(content).unwrap();
        store.finish(incoming, &Key::parse(key).unwrap(), &Precondition::default()).unwrap();
    }

    #[test]
    fn what_goes_out_comes_in() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (from, to) =
            (Store::open(from.path(), MAX_BLOB).unwrap(), Store::open(to.path(), MAX_BLOB).unwrap());
        let long = format!("{}/ä.nam", "x".repeat(900));
        for (key, content) in [("a", &b"1"[..]), ("a/b", b"22"), (&long, b""), ("irs/c.wav", b"1")] {
            put(&from, key, content);
        }
        let mut bytes = Vec::new();
        assert_eq!(export(&from, &mut bytes).unwrap(), 4);
        let done = import(&to, &bytes[..]).unwrap();
        assert_eq!(done, Imported { stored: 4, left_out: vec![] });
        let all = Search { limit: 10, ..Search::default() };
        let of = |store: &Store| -> Vec<_> {
            store.search(&all).unwrap().0.into_iter().map(|e| (e.key, e.hash, e.size)).collect()
        };
        assert_eq!(of(&from), of(&to));
    }

    #[test]
    fn what_is_no_path_is_left_out_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), MAX_BLOB).unwrap();
        let mut archive = tar::Builder::new(Vec::new());
        let mut add = |name: &[u8], kind: tar::EntryType, content: &[u8]| {
            let mut header = tar::Header::new_gnu();
            // Written by hand: the crate refuses what an attacker would send.
            header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name);
            header.set_entry_type(kind);
            header.set_size(content.len() as u64);
            header.set_cksum();
            archive.append(&header, content).unwrap();
        };
        add(b"../../etc/passwd", tar::EntryType::Regular, b"x");
        add(b"/etc/shadow", tar::EntryType::Regular, b"x");
        add(b"link", tar::EntryType::Symlink, b"");
        add(b"folder/", tar::EntryType::Directory, b"");
        add(b"./good", tar::EntryType::Regular, b"ok");
        let bytes = archive.into_inner().unwrap();
        let done = import(&store, &bytes[..]).unwrap();
        assert_eq!((done.stored, done.left_out.len()), (1, 3), "{done:?}");
        assert!(done.left_out[0].starts_with("../../etc/passwd: "));
        assert_eq!(store.stats().unwrap().keys, 1);
        assert!(matches!(import(&store, &bytes[..900]), Err(ArchiveError::Archive(_))));
    }
}
