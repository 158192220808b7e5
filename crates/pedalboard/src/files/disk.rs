//! The real file system.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::{Files, Kind};

/// The machine's file system.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut content = Vec::with_capacity(usize::try_from(length.min(limit)).unwrap_or(0));
        // One more than allowed tells a file that grew, or a device without an end.
        file.take(limit.saturating_add(1)).read_to_end(&mut content)?;
        if content.len() as u64 > limit {
            return Err(too_large(limit));
        }
        Ok(content)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<(String, Kind)>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            found.push((name, self.kind(&entry.path()).unwrap_or(Kind::Other)));
        }
        found.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        Ok(found)
    }

    fn kind(&self, path: &Path) -> Option<Kind> {
        match fs::metadata(path) {
            Ok(about) if about.is_dir() => Some(Kind::Folder),
            Ok(about) if about.is_file() => Some(Kind::File),
            Ok(_) => Some(Kind::Other),
            Err(_) => fs::symlink_metadata(path).ok().map(|_| Kind::Other),
        }
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        fs::write(path, content)
    }

    /// By the kernel where it can: a sample of half a gigabyte is not for the memory of a small machine.
    fn copy(&self, from: &Path, to: &Path, limit: u64) -> io::Result<()> {
        let from = File::open(from)?;
        if from.metadata()?.len() > limit {
            return Err(too_large(limit));
        }
        // One more than allowed tells a file that grew.
        let copied = io::copy(&mut from.take(limit.saturating_add(1)), &mut File::create(to)?)?;
        if copied > limit { Err(too_large(limit)) } else { Ok(()) }
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }
}

fn too_large(limit: u64) -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {} MB", limit >> 20))
}
