//! Saving a bundle so that a power cut leaves the old state or the new one.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::error::StateError;

const MANIFEST: &str = "manifest.ttl";

/// Lets `write` fill a folder beside `folder`, then moves its files over one by one, `last` at the end.
/// `write` says whether it succeeded.
pub(crate) fn staged(
    folder: &Path,
    last: &str,
    write: impl FnOnce(&Path) -> Result<bool, StateError>,
) -> Result<(), StateError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| StateError::Write { path, source }
    };
    make(folder).map_err(failed(folder))?;
    // lilv compares canonical paths.
    let folder = folder.canonicalize().map_err(failed(folder))?;
    let stage = Stage::beside(&folder).map_err(failed(&folder))?;
    // lilv adds to a manifest that is there: other presets in the bundle stay.
    match fs::copy(folder.join(MANIFEST), stage.0.join(MANIFEST)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(&folder)(error)),
        _ => {}
    }
    if !write(&stage.0)? {
        return Err(failed(&folder)(io::Error::other("lilv could not write it: is the folder writable?")));
    }
    adopt(&stage.0, &folder, last).map_err(failed(&folder))
}

/// Makes a folder and those above it, each so that a power cut does not take it away again.
fn make(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make(above)?;
    match fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => File::open(above)?.sync_all(),
    }
}

/// Makes the folders inside `from` in `to` as well: lilv copies files, but makes no folders for them.
pub(crate) fn mirror_folders(from: &Path, to: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            let target = to.join(entry.file_name());
            fs::create_dir_all(&target)?;
            mirror_folders(&entry.path(), &target)?;
        }
    }
    Ok(())
}

/// A hidden folder that goes away with this.
struct Stage(PathBuf);

impl Stage {
    fn beside(folder: &Path) -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let stage = folder.with_file_name(format!(".{name}.saving-{}-{count}", std::process::id()));
        match fs::remove_dir_all(&stage) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::create_dir(&stage)?;
        Ok(Self(stage))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn adopt(from: &Path, to: &Path, last: &str) -> io::Result<()> {
    let mut entries = fs::read_dir(from)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(|entry| entry.file_name() == last);
    for entry in entries {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if fs::read_dir(&source)?.next().is_none() {
                continue;
            }
            fs::create_dir_all(&target)?;
            adopt(&source, &target, last)?;
            continue;
        }
        if kind.is_symlink() {
            // The state refers to a file that an earlier save left here: a link to itself must not replace it.
            // Or it refers to what is no longer there: a plugin that two boards share knows the other one's link, which went
            // with that board. The link that is here leads to the file still.
            if same_file(&source, &target) || (!source.exists() && target.exists()) {
                continue;
            }
        } else {
            File::open(&source)?.sync_all()?;
        }
        if target.is_dir() && !target.is_symlink() {
            fs::remove_dir_all(&target)?;
        }
        if entry.file_name() == last {
            // what it refers to is there for good before it is
            File::open(to)?.sync_all()?;
        }
        fs::rename(&source, &target)?;
    }
    File::open(to)?.sync_all()
}

/// Whether both names lead to one file, and `target` is that file itself rather than a link.
fn same_file(link: &Path, target: &Path) -> bool {
    let (Ok(a), Ok(b)) = (fs::metadata(link), fs::symlink_metadata(target)) else { return false };
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_save_leaves_the_old_files_and_no_litter() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("effect-1");
        staged(&folder, "effect.ttl", |stage| {
            fs::write(stage.join("effect.ttl"), "one").unwrap();
            Ok(true)
        })
        .unwrap();
        let failed = staged(&folder, "effect.ttl", |stage| {
            fs::write(stage.join("effect.ttl"), "two").unwrap();
            Ok(false)
        });
        assert!(matches!(failed, Err(StateError::Write { .. })));
        assert_eq!(fs::read_to_string(folder.join("effect.ttl")).unwrap(), "one");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_that_leads_nowhere_does_not_replace_one_that_leads_somewhere() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("effect-1");
        let response = place.path().join("hall.wav");
        fs::write(&response, "sound").unwrap();
        let save = |to: &Path| {
            staged(&folder, "effect.ttl", |stage| {
                std::os::unix::fs::symlink(to, stage.join("hall.wav")).unwrap();
                Ok(true)
            })
            .unwrap();
        };
        save(&response);
        save(&place.path().join("board-that-was-deleted/effect-1/hall.wav"));
        assert_eq!(fs::read_to_string(folder.join("hall.wav")).unwrap(), "sound");
        fs::remove_file(&response).unwrap();
        let other = place.path().join("other.wav");
        save(&other);
        assert_eq!(
            fs::read_link(folder.join("hall.wav")).unwrap(),
            other,
            "neither leads anywhere: the newer"
        );
    }

    #[test]
    fn a_link_to_the_file_it_would_replace_is_left_out() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("effect-1");
        let save = |content: Option<&str>| {
            staged(&folder, "effect.ttl", |stage| {
                let made = folder.canonicalize().unwrap().join("made.dat");
                match content {
                    Some(content) => fs::write(stage.join("made.dat"), content).unwrap(),
                    None => std::os::unix::fs::symlink(made, stage.join("made.dat")).unwrap(),
                }
                Ok(true)
            })
            .unwrap();
        };
        save(Some("content"));
        save(None);
        assert_eq!(fs::read_to_string(folder.join("made.dat")).unwrap(), "content");
        save(Some("newer"));
        assert_eq!(fs::read_to_string(folder.join("made.dat")).unwrap(), "newer");
    }
}
