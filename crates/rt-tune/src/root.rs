//! The file system that is looked at: the machine's own, or a folder that imitates one.

use nix::fcntl::{OFlag, OpenHow, ResolveFlag, open, openat2};
use nix::sys::stat::Mode;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

/// No file that is read here is longer; a longer one is no file of a kernel.
const LONGEST: u64 = 16 << 20;

/// A folder that stands for `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root(PathBuf);

impl Root {
    /// The machine itself.
    pub fn system() -> Self {
        Self(PathBuf::from("/"))
    }

    /// A folder with `proc`, `sys`, `etc` below it.
    pub fn below(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// Whether this is the machine itself, so that system calls and running processes belong to it.
    pub fn is_system(&self) -> bool {
        self.0 == Path::new("/")
    }

    /// Where an absolute path of the machine is found.
    pub fn path(&self, path: &str) -> PathBuf {
        self.0.join(path.trim_start_matches('/'))
    }

    /// Opens a file or folder. Symbolic links of a folder that stands for a machine stay inside it, absolute ones, too.
    fn open(&self, path: &str, flags: OFlag) -> io::Result<File> {
        let flags = flags | OFlag::O_CLOEXEC;
        if self.is_system() {
            return Ok(open(path, flags, Mode::empty())?.into());
        }
        let folder = open(&self.0, OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
        // A pipe that somebody left in such a folder must not hold us up; a path alone takes no such flag.
        let patience = if flags.contains(OFlag::O_PATH) { OFlag::empty() } else { OFlag::O_NONBLOCK };
        let how = OpenHow::new().flags(flags | patience).resolve(ResolveFlag::RESOLVE_IN_ROOT);
        Ok(openat2(folder, path, how)?.into())
    }

    /// Opens an existing file for writing, emptied: an ordinary file of a fixture must not keep the tail of a longer value, and
    /// the kernel's files do not care. Links stay inside the folder as they do for reading.
    ///
    /// # Errors
    ///
    /// What the system says; a missing file is not made.
    pub fn open_to_write(&self, path: &str) -> io::Result<File> {
        self.open(path, OFlag::O_WRONLY | OFlag::O_TRUNC)
    }

    /// The bytes of a file.
    ///
    /// # Errors
    ///
    /// What the system says: a missing file and one that may not be read are different findings.
    pub fn bytes(&self, path: &str) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open(path, OFlag::O_RDONLY)?.take(LONGEST).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Names in a folder, sorted.
    ///
    /// # Errors
    ///
    /// What the system says: a missing folder and one that may not be read are different findings.
    pub fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let folder = self.open(folder, OFlag::O_RDONLY | OFlag::O_DIRECTORY)?;
        let entries = std::fs::read_dir(format!("/proc/self/fd/{}", folder.as_raw_fd()))?;
        let mut names: Vec<String> =
            entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        names.sort();
        Ok(names)
    }

    /// The path without symbolic links, as the machine would spell it; `None` when it leads nowhere.
    pub fn resolve(&self, path: &str) -> Option<String> {
        let file = self.open(path, OFlag::O_PATH).ok()?;
        let full = std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).ok()?;
        let root = self.0.canonicalize().ok()?;
        Some(format!("/{}", full.strip_prefix(root).ok()?.to_str()?))
    }

    /// The text of a file without white space at its ends.
    ///
    /// # Errors
    ///
    /// What the system says: a missing file and one that may not be read are different findings.
    pub fn read(&self, path: &str) -> io::Result<String> {
        let bytes = self.bytes(path)?;
        Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_stands_for_the_machine() {
        let root = Root::below("/fixture");
        assert_eq!(root.path("/proc/cpuinfo"), Path::new("/fixture/proc/cpuinfo"));
        assert_eq!(Root::system().path("/proc/cpuinfo"), Path::new("/proc/cpuinfo"));
        assert!(Root::system().is_system() && !root.is_system());
    }

    #[test]
    fn links_do_not_lead_out_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::below(folder.path());
        std::fs::create_dir_all(folder.path().join("etc")).unwrap();
        std::fs::write(folder.path().join("etc/inside"), "inside\n").unwrap();
        let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, folder.path().join(name)).unwrap();
        link("/etc/inside", "absolute");
        link("../../../../../../../../../etc/inside", "upwards");
        link("/etc/passwd", "elsewhere");
        assert_eq!(root.read("/absolute").unwrap(), "inside");
        assert_eq!(root.read("/upwards").unwrap(), "inside");
        assert_eq!(root.read("/elsewhere").unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(root.resolve("/upwards").as_deref(), Some("/etc/inside"));
        std::io::Write::write_all(&mut root.open_to_write("/upwards").unwrap(), b"new").unwrap();
        assert_eq!(root.read("/etc/inside").unwrap(), "new");
        assert_eq!(root.open_to_write("/elsewhere").unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(root.list("/etc").unwrap(), ["inside"]);
        assert_eq!(root.list("/nothing").unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
