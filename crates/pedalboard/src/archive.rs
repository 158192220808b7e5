//! Packed boards from strangers: unpacked within limits and nowhere else than in the given folder.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

use tar::EntryType;

/// What a packed file may unpack to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Files and folders.
    pub entries: usize,
    /// Bytes of one file.
    pub file: u64,
    /// Bytes of all files.
    pub total: u64,
    /// How many times its packed size it may unpack to. Texts reach about 30, zeroes 1000 and more.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { entries: 4096, file: 512 << 20, total: 1 << 30, ratio: 200 }
    }
}

/// Why a packed file was refused. Nothing of it is left behind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The system refused, or the data is no archive.
    #[error("cannot unpack the file: {0}; is it whole and of the right kind?")]
    Io(#[from] io::Error),
    /// A name leads out of the folder.
    #[error("refused: the name {0:?} in the archive leads out of its folder")]
    Traversal(String),
    /// Something that is neither a file nor a folder.
    #[error("refused: {0:?} in the archive is a link or device; only files and folders are taken")]
    Kind(String),
    /// The same name twice.
    #[error("refused: {0:?} is in the archive twice")]
    Twice(String),
    /// Too much of something.
    #[error("refused: the archive unpacks to {what}")]
    TooLarge {
        /// What there is too much of.
        what: String,
    },
}

fn too_large(what: impl Into<String>) -> ArchiveError {
    ArchiveError::TooLarge { what: what.into() }
}

/// The path within the folder that an archive's name stands for.
pub(crate) fn safe_path(name: &[u8]) -> Result<PathBuf, ArchiveError> {
    let shown = || String::from_utf8_lossy(name).into_owned();
    let text = std::str::from_utf8(name).map_err(|_| ArchiveError::Traversal(shown()))?;
    if text.contains(['\0', '\\']) || text.len() > 1024 {
        return Err(ArchiveError::Traversal(shown()));
    }
    let mut path = PathBuf::new();
    for part in Path::new(text).components() {
        match part {
            Component::Normal(part) if part.len() < 256 => path.push(part),
            Component::CurDir => {}
            _ => return Err(ArchiveError::Traversal(shown())),
        }
    }
    Ok(path)
}

/// Unpacks a tar stream into an empty folder. `packed` counts the bytes that were read of the packed form so far.
pub(crate) fn unpack_tar(
    stream: impl Read,
    folder: &Path,
    limits: Limits,
    packed: impl Fn() -> u64,
) -> Result<Vec<PathBuf>, ArchiveError> {
    let mut total = 0_u64;
    let mut names = HashSet::new();
    let mut found = Vec::new();
    // The cap holds for what lies between the entries too.
    let cap = limits.total.saturating_add((limits.entries as u64 + 4) * 2048);
    let mut archive = tar::Archive::new(Capped { inner: stream, left: cap });
    for (count, entry) in archive.entries()?.enumerate() {
        let mut entry = entry?;
        if count >= limits.entries {
            return Err(too_large(format!("more than {} files", limits.entries)));
        }
        let name = safe_path(&entry.path_bytes())?;
        let shown = name.display().to_string();
        let kind = entry.header().entry_type();
        if name.as_os_str().is_empty() && kind == EntryType::Directory {
            continue;
        }
        match kind {
            EntryType::Directory => fs::create_dir_all(folder.join(&name))?,
            EntryType::Regular | EntryType::Continuous => {
                if name.as_os_str().is_empty() || !names.insert(name.clone()) {
                    return Err(ArchiveError::Twice(shown));
                }
                if entry.size() > limits.file {
                    return Err(too_large(format!("a file of {} MB ({shown})", entry.size() >> 20)));
                }
                total = total.saturating_add(entry.size());
                if total > limits.total {
                    return Err(too_large(format!("more than {} MB", limits.total >> 20)));
                }
                let path = folder.join(&name);
                if let Some(parent) = path.parent() {
                    fs::create_dir_all(parent)?;
                }
                let mut file = File::create_new(&path)?;
                copy(&mut entry, &mut file, limits.ratio, &packed)?;
                file.sync_all()?;
                found.push(name);
            }
            EntryType::XGlobalHeader => {}
            _ => return Err(ArchiveError::Kind(shown)),
        }
    }
    Ok(found)
}

fn copy(
    from: &mut impl Read,
    to: &mut File,
    ratio: u64,
    packed: &impl Fn() -> u64,
) -> Result<(), ArchiveError> {
    let mut buffer = vec![0; 64 << 10];
    let mut written = 0_u64;
    loop {
        let count = from.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        written += count as u64;
        // Small files may be as empty as they like.
        if written > 8 << 20 && written / ratio > packed().max(1) {
            return Err(too_large(format!("more than {ratio} times its size")));
        }
        to.write_all(&buffer[..count])?;
    }
}

/// A reader that ends with an error instead of going on for ever.
struct Capped<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "more data than a board has"));
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.inner.read(&mut buffer[..most])?;
        self.left -= count as u64;
        Ok(count)
    }
}

/// A reader that counts.
pub(crate) struct Counted<R> {
    pub(crate) inner: R,
    pub(crate) count: std::rc::Rc<std::cell::Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.count.set(self.count.get() + count as u64);
        Ok(count)
    }
}

/// Unpacks a tar.gz stream (mod-ui's packed boards and plugins) into an empty folder; returns its files.
///
/// # Errors
/// [`ArchiveError`]; what was unpacked until then is in the folder, which the caller removes.
pub fn unpack_tar_gz(stream: impl Read, folder: &Path, limits: Limits) -> Result<Vec<PathBuf>, ArchiveError> {
    let count = std::rc::Rc::new(std::cell::Cell::new(0));
    let counted = Counted { inner: stream, count: std::rc::Rc::clone(&count) };
    unpack_tar(flate2::read::GzDecoder::new(counted), folder, limits, || count.get())
}

/// Unpacks a tar.zst stream into an empty folder; returns its files.
///
/// # Errors
/// [`ArchiveError`]; what was unpacked until then is in the folder, which the caller removes.
pub fn unpack_tar_zst(
    stream: impl Read,
    folder: &Path,
    limits: Limits,
) -> Result<Vec<PathBuf>, ArchiveError> {
    let count = std::rc::Rc::new(std::cell::Cell::new(0));
    let counted = Counted { inner: stream, count: std::rc::Rc::clone(&count) };
    let mut stream = zstd::Decoder::new(counted)?;
    // A frame may ask for a window of gigabytes.
    stream.window_log_max(27)?;
    let found = unpack_tar(&mut stream, folder, limits, || count.get())?;
    // tar ends before its packed form does, and at that end stands the checksum
    io::copy(&mut stream.take(1 << 20), &mut io::sink())?;
    Ok(found)
}

/// What of this machine a packed board may take along beside its own folder. Boards name files by their paths, and whoever
/// may edit a board may write any path into it: nothing else leaves the machine.
#[derive(Debug, Clone, Copy)]
pub struct Reach<'a> {
    /// The player's files; what a link in there leads to, the player has put there.
    pub user_files: &'a Path,
    /// Folders of plugins and of what comes with them.
    pub others: &'a [PathBuf],
}

impl Reach<'_> {
    /// Whether a file may be taken along.
    pub fn allows(&self, path: &Path) -> bool {
        let plain = path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
        if plain && path.starts_with(self.user_files) {
            return true;
        }
        // a plugin's state may be a link to anything: what counts is where the file is
        let Ok(path) = path.canonicalize() else { return false };
        let roots = std::iter::once(self.user_files).chain(self.others.iter().map(PathBuf::as_path));
        roots.filter_map(|root| root.canonicalize().ok()).any(|root| path.starts_with(root))
    }
}

/// How deep folders of a board go; a link to a folder above would never end.
const DEPTH: usize = 8;

/// Packs a folder as tar.gz; names in it begin with the folder's own. Links are packed as what they lead to, within
/// `reach`; the others are given back.
///
/// # Errors
/// As the system reports them.
pub fn pack_tar_gz(folder: &Path, reach: Reach<'_>, into: impl Write) -> io::Result<Vec<PathBuf>> {
    let encoder = flate2::write::GzEncoder::new(into, flate2::Compression::default());
    let mut builder = tar::Builder::new(encoder);
    let name = folder.file_name().ok_or_else(|| io::Error::other("a folder without a name"))?;
    let left_out = append_folder(&mut builder, Path::new(name), folder, reach)?;
    builder.into_inner()?.finish()?.flush()?;
    Ok(left_out)
}

/// Appends a folder under another name; answers the links that lead out of it and of `reach`.
pub(crate) fn append_folder(
    to: &mut tar::Builder<impl Write>,
    name: &Path,
    folder: &Path,
    reach: Reach<'_>,
) -> io::Result<Vec<PathBuf>> {
    let mut left_out = Vec::new();
    let root = folder.canonicalize()?;
    to.append_dir(name, folder)?;
    append(to, name, folder, &root, reach, DEPTH, &mut left_out)?;
    Ok(left_out)
}

fn append(
    to: &mut tar::Builder<impl Write>,
    name: &Path,
    folder: &Path,
    root: &Path,
    reach: Reach<'_>,
    depth: usize,
    left_out: &mut Vec<PathBuf>,
) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (entry.path(), name.join(entry.file_name()));
        if entry.file_type()?.is_symlink() {
            let target = fs::read_link(&path).map(|target| folder.join(target))?;
            let inside = path.canonicalize().is_ok_and(|real| real.starts_with(root));
            if !inside && !reach.allows(&target) {
                left_out.push(path);
                continue;
            }
        }
        match fs::metadata(&path) {
            Ok(about) if about.is_dir() && depth > 0 => {
                to.append_dir(&name, &path)?;
                append(to, &name, &path, root, reach, depth - 1, left_out)?;
            }
            Ok(about) if about.is_file() => to.append_file(&name, &mut File::open(&path)?)?,
            // sockets, what is too deep, and links to what is no more
            _ => left_out.push(path),
        }
    }
    Ok(())
}
