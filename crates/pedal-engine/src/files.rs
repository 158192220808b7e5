//! Files that are there whole or not at all, and files that have an end.

use std::fs::{File, Permissions};
use std::io::{Error, ErrorKind, Read, Result};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Longest file that [`read`] takes, in bytes: a board of 500 plugins takes less than 1 MB.
pub const LONGEST: u64 = 32 << 20;

/// The whole of a file of at most [`LONGEST`] bytes.
///
/// # Errors
/// As the system reports them; also for a longer file, and for anything that is no file: a pipe or a device may never
/// end.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(Error::new(ErrorKind::InvalidInput, "it is no file"));
    }
    let mut content = Vec::new();
    // One more than allowed tells a file that is too long from one that just fits.
    File::open(path)?.take(LONGEST + 1).read_to_end(&mut content)?;
    if content.len() as u64 > LONGEST {
        return Err(Error::new(ErrorKind::FileTooLarge, format!("longer than {} MB", LONGEST >> 20)));
    }
    Ok(content)
}

/// Writes a file as [`replace`] does, and makes its folder first if need be.
///
/// # Errors
/// As the system reports them; the old file stays.
pub fn write_atomically(path: &Path, write: impl FnOnce(&mut File) -> Result<()>) -> Result<()> {
    std::fs::create_dir_all(folder_of(path))?;
    replace(path, write)
}

/// Writes a file: temporary file beside it under a name that nobody can foresee, fsync, rename, fsync of the folder.
/// Several may write one file at a time; the last one stays.
///
/// # Errors
/// As the system reports them, or as `write` says; the old file stays, and nothing else is left behind.
pub fn replace(path: &Path, write: impl FnOnce(&mut File) -> Result<()>) -> Result<()> {
    let folder = folder_of(path);
    let mut file = tempfile::Builder::new()
        .prefix(".new-")
        // What the umask leaves of it, as for any file.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)?;
    write(file.as_file_mut())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn what_fails_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("deep/board.json");
        write_atomically(&path, |file| file.write_all(b"one")).expect("written");
        let failed = write_atomically(&path, |file| {
            file.write_all(b"two")?;
            Err(Error::other("no"))
        });
        assert_eq!(failed.expect_err("said so").to_string(), "no");
        assert_eq!(read(&path).expect("there"), b"one");
        assert_eq!(std::fs::read_dir(folder.path().join("deep")).expect("there").count(), 1);
    }

    #[test]
    fn what_may_never_end_is_not_read() {
        for device in ["/dev/zero", "/dev", "/proc/self/fd"] {
            assert_eq!(read(Path::new(device)).expect_err(device).kind(), ErrorKind::InvalidInput);
        }
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("long");
        let file = File::create(&path).expect("made");
        file.set_len(LONGEST).expect("long");
        assert_eq!(read(&path).expect("just fits").len() as u64, LONGEST);
        file.set_len(LONGEST + 1).expect("longer");
        assert_eq!(read(&path).expect_err("too long").kind(), ErrorKind::FileTooLarge);
    }
}
