//! The file system that is looked at: the machine's own, or a folder that imitates one.

use std::io;
use std::path::{Path, PathBuf};

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

    /// The text of a file without white space at its ends.
    ///
    /// # Errors
    ///
    /// What the system says: a missing file and one that may not be read are different findings.
    pub fn read(&self, path: &str) -> io::Result<String> {
        let bytes = std::fs::read(self.path(path))?;
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
}
