//! The machine that is set up, as a port: a few operations on files and programs, each whole or not done at all.

mod real;

pub use real::RealMachine;

use std::io;

/// Rights of a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Permission bits.
    pub mode: u32,
    /// User and group; `None` leaves them to the system, which makes them ours.
    pub owner: Option<(u32, u32)>,
}

impl Access {
    /// For everybody to read.
    pub const PUBLIC: Self = Self { mode: 0o644, owner: None };
    /// For root alone.
    pub const PRIVATE: Self = Self { mode: 0o600, owner: None };

    /// The same bits for another user and group.
    pub const fn owned(self, owner: (u32, u32)) -> Self {
        Self { owner: Some(owner), ..self }
    }
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ran {
    /// It ran.
    Ended {
        /// Whether it succeeded.
        success: bool,
        /// Its standard output.
        output: String,
        /// Its standard error, without white space at the ends.
        error: String,
    },
    /// There is no such program on the search path.
    Missing,
    /// The machine is only a folder, where nothing can be run.
    OnlyFiles,
}

/// What steps may do. Paths are absolute paths of the machine.
pub trait Machine {
    /// Content of a file; `None` if there is none.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>>;

    /// Target of a symbolic link, as written in it; `None` if the path is no link or is not there.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn link(&self, path: &str) -> io::Result<Option<String>>;

    /// Names in a folder, sorted; empty if there is no such folder.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn list(&self, folder: &str) -> io::Result<Vec<String>>;

    /// Rights of what is there, links followed; `None` if nothing is there.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn access(&self, path: &str) -> io::Result<Option<Access>>;

    /// Replaces a file, or a link by a file. After a power cut there is the old content or the new. Missing folders are
    /// made.
    ///
    /// # Errors
    ///
    /// What the system says; the old file is then still there.
    fn write(&self, path: &str, content: &[u8], access: Access) -> io::Result<()>;

    /// Replaces a file whose old content is secret: its blocks are overwritten with zeros once the new one is in place.
    /// How much that helps is for the medium to say.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn write_over_secret(&self, path: &str, content: &[u8], access: Access) -> io::Result<()>;

    /// Replaces what is at `path` by a symbolic link.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn symlink(&self, target: &str, path: &str) -> io::Result<()>;

    /// Makes a folder, with its rights; does nothing if it is there.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn folder(&self, path: &str, access: Access) -> io::Result<()>;

    /// Removes a file or a link; does nothing if there is none.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn remove(&self, path: &str) -> io::Result<()>;

    /// Writes into a file of the kernel, which cannot be replaced.
    ///
    /// # Errors
    ///
    /// What the system says, also if there is no such file.
    fn poke(&self, path: &str, content: &[u8]) -> io::Result<()>;

    /// Runs a program with `input` on its standard input, and waits for it.
    ///
    /// # Errors
    ///
    /// The program is there and cannot be started.
    fn run(&self, program: &str, arguments: &[&str], input: &str) -> io::Result<Ran>;

    /// Whether something is at `path`, links followed.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn exists(&self, path: &str) -> io::Result<bool> {
        Ok(self.access(path)?.is_some())
    }

    /// A file as text; `None` if there is none. Bytes that are no UTF-8 become U+FFFD.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn text(&self, path: &str) -> io::Result<Option<String>> {
        Ok(self.read(path)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Whether the file is put there by NixOS out of its store, and is put there again at each activation.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn managed(&self, path: &str) -> io::Result<bool> {
        Ok(self.link(path)?.is_some_and(|to| to.starts_with("/etc/static/") || to.starts_with("/nix/store/")))
    }
}
