//! A profile as Nix keeps it: `system` is a link to `system-7-link`, which is a link to a path of the store.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// The folder of the profile, and its name in it.
#[derive(Clone, Debug)]
pub struct Profile {
    folder: PathBuf,
    name: String,
}

/// Number of a generation, from 1.
pub type Generation = u64;

impl Profile {
    /// The profile whose link is `path`, such as `/nix/var/nix/profiles/system`.
    ///
    /// # Errors
    ///
    /// The path has no name.
    pub fn at(path: &Path) -> io::Result<Self> {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        Ok(Self { folder: folder.to_path_buf(), name: name.to_string_lossy().into_owned() })
    }

    fn link(&self, generation: Generation) -> String {
        format!("{}-{generation}-link", self.name)
    }

    fn number(&self, link: &str) -> Option<Generation> {
        link.strip_prefix(&self.name)?.strip_prefix('-')?.strip_suffix("-link")?.parse().ok()
    }

    /// The generation that the next boot takes.
    ///
    /// # Errors
    ///
    /// There is no such link, or it leads elsewhere.
    pub fn current(&self) -> io::Result<Generation> {
        let target = fs::read_link(self.folder.join(&self.name))?;
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        self.number(&name).ok_or_else(|| io::Error::other(format!("{} is no generation", target.display())))
    }

    /// What a generation is: a path of the store.
    ///
    /// # Errors
    ///
    /// There is no such generation, or what it led to was removed.
    pub fn system(&self, generation: Generation) -> io::Result<PathBuf> {
        let path = fs::read_link(self.folder.join(self.link(generation)))?;
        fs::metadata(&path)?;
        Ok(path)
    }

    /// The newest generation before this one that is still there.
    pub fn before(&self, generation: Generation) -> Option<Generation> {
        let entries = fs::read_dir(&self.folder).ok()?.flatten();
        let numbers = entries.filter_map(|entry| self.number(&entry.file_name().to_string_lossy()));
        numbers.filter(|number| *number < generation && self.system(*number).is_ok()).max()
    }

    /// The version that a generation's system calls itself by, for people; none: it does not say.
    pub fn version(&self, generation: Generation) -> Option<String> {
        let text = fs::read_to_string(self.system(generation).ok()?.join("nixos-version")).ok()?;
        let line = text.lines().next()?.trim();
        (!line.is_empty() && line.len() <= 100).then(|| line.to_owned())
    }

    /// Makes a generation of `system`, without switching to it: an earlier one with the same content is taken again only if it
    /// is the newest.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn add(&self, system: &Path) -> io::Result<Generation> {
        let mut newest = 0;
        for entry in fs::read_dir(&self.folder)? {
            newest = newest.max(self.number(&entry?.file_name().to_string_lossy()).unwrap_or(0));
        }
        if newest > 0 && self.system(newest).is_ok_and(|path| path == system) {
            return Ok(newest);
        }
        self.put(&system.to_string_lossy(), &self.link(newest + 1))?;
        Ok(newest + 1)
    }

    /// Makes a generation the one that the next boot takes.
    ///
    /// # Errors
    ///
    /// There is no such generation; then nothing is changed.
    pub fn switch(&self, generation: Generation) -> io::Result<()> {
        self.system(generation)?;
        self.put(&self.link(generation), &self.name)
    }

    /// Makes or replaces a link, whole or not at all.
    fn put(&self, target: &str, name: &str) -> io::Result<()> {
        let temporary = self.folder.join(format!(".{name}.new"));
        let _ = fs::remove_file(&temporary);
        symlink(target, &temporary)?;
        fs::rename(&temporary, self.folder.join(name))?;
        File::open(&self.folder)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_are_counted_as_nix_does() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        fs::create_dir(&one).unwrap();
        fs::create_dir(&two).unwrap();
        let profile = Profile::at(&folder.path().join("system")).unwrap();
        assert!(profile.current().is_err());
        assert_eq!(profile.add(&one).unwrap(), 1);
        profile.switch(1).unwrap();
        assert_eq!((profile.add(&two).unwrap(), profile.add(&two).unwrap()), (2, 2));
        assert_eq!(profile.current().unwrap(), 1);
        profile.switch(2).unwrap();
        assert_eq!((profile.current().unwrap(), profile.system(2).unwrap()), (2, two));
        assert_eq!((profile.before(2), profile.before(1)), (Some(1), None));
        assert_eq!(profile.version(1), None);
        fs::write(folder.path().join("one/nixos-version"), "26.05.1\n").unwrap();
        assert_eq!(profile.version(1).as_deref(), Some("26.05.1"));
        assert!(profile.switch(3).is_err());
        assert_eq!(profile.current().unwrap(), 2);
        assert_eq!(fs::read_link(folder.path().join("system")).unwrap(), Path::new("system-2-link"));
    }
}
