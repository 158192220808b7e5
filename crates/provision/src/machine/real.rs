//! The machine itself, or a folder that stands for one.

use super::{Access, Machine, Ran};
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{
    DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown, lchown, symlink,
};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Files below one folder. Programs are run only where the folder is `/`.
#[derive(Clone, Debug)]
pub struct RealMachine {
    root: PathBuf,
}

impl RealMachine {
    /// The machine whose `/` is `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// In a test's folder the owner is whoever runs the test.
    fn owner(&self, access: Access) -> Option<(u32, u32)> {
        access.owner.filter(|_| self.root == Path::new("/"))
    }

    /// The name of the file while it is written: always the same, so that nothing is left behind after a second try.
    fn temporary(path: &Path) -> PathBuf {
        let mut name = std::ffi::OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(".new");
        path.with_file_name(name)
    }

    fn parent(path: &Path) -> io::Result<&Path> {
        let folder = path.parent().ok_or(ErrorKind::InvalidInput)?;
        fs::create_dir_all(folder)?;
        Ok(folder)
    }

    fn replace(&self, path: &Path, content: &[u8], access: Access) -> io::Result<()> {
        let folder = Self::parent(path)?;
        let temporary = Self::temporary(path);
        let written = (|| {
            let _ = fs::remove_file(&temporary);
            // Private until it has its owner.
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
            file.write_all(content)?;
            if let Some((user, group)) = self.owner(access) {
                fchown(&file, Some(user), Some(group))?;
            }
            // FAT has no rights and refuses to be given any.
            match file.set_permissions(Permissions::from_mode(access.mode)) {
                Err(error) if error.kind() != ErrorKind::PermissionDenied => return Err(error),
                _ => {}
            }
            file.sync_all()?;
            fs::rename(&temporary, path)
        })();
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written?;
        File::open(folder)?.sync_all()
    }
}

/// `None` in place of "there is no such file".
fn present<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Machine for RealMachine {
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        present(fs::read(self.path(path)))
    }

    fn link(&self, path: &str) -> io::Result<Option<String>> {
        match fs::read_link(self.path(path)) {
            // EINVAL: it is there, and no link.
            Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(None),
            other => Ok(present(other)?.map(|target| target.to_string_lossy().into_owned())),
        }
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let Some(entries) = present(fs::read_dir(self.path(folder)))? else { return Ok(Vec::new()) };
        let mut names: Vec<String> =
            entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        names.sort();
        Ok(names)
    }

    fn access(&self, path: &str) -> io::Result<Option<Access>> {
        let metadata = present(fs::metadata(self.path(path)))?;
        Ok(metadata.map(|data| Access { mode: data.mode() & 0o7777, owner: Some((data.uid(), data.gid())) }))
    }

    fn write(&self, path: &str, content: &[u8], access: Access) -> io::Result<()> {
        self.replace(&self.path(path), content, access)
    }

    fn write_over_secret(&self, path: &str, content: &[u8], access: Access) -> io::Result<()> {
        let path = self.path(path);
        // Kept open, the blocks stay the file's until they are overwritten.
        let mut old = OpenOptions::new().write(true).open(&path)?;
        let length = old.metadata()?.len();
        self.replace(&path, content, access)?;
        io::copy(&mut io::repeat(0).take(length), &mut old)?;
        old.sync_all()
    }

    fn symlink(&self, target: &str, path: &str) -> io::Result<()> {
        let path = self.path(path);
        let folder = Self::parent(&path)?;
        let temporary = Self::temporary(&path);
        let _ = fs::remove_file(&temporary);
        symlink(target, &temporary)?;
        fs::rename(&temporary, &path)?;
        File::open(folder)?.sync_all()
    }

    fn folder(&self, path: &str, access: Access) -> io::Result<()> {
        let path = self.path(path);
        match DirBuilder::new().mode(access.mode).create(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
            other => other?,
        }
        fs::set_permissions(&path, Permissions::from_mode(access.mode))?;
        if let Some((user, group)) = self.owner(access) {
            lchown(&path, Some(user), Some(group))?;
        }
        Ok(())
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        let path = self.path(path);
        if present(fs::remove_file(&path))?.is_some() {
            File::open(path.parent().unwrap_or(&self.root))?.sync_all()?;
        }
        Ok(())
    }

    fn poke(&self, path: &str, content: &[u8]) -> io::Result<()> {
        OpenOptions::new()
            .write(true)
            .truncate(self.root != Path::new("/"))
            .open(self.path(path))?
            .write_all(content)
    }

    fn run(&self, program: &str, arguments: &[&str], input: &str) -> io::Result<Ran> {
        if self.root != Path::new("/") {
            return Ok(Ran::OnlyFiles);
        }
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let Some(mut child) = present(command.spawn())? else { return Ok(Ran::Missing) };
        if let Some(mut pipe) = child.stdin.take() {
            // A program that does not read its input is none of our business.
            let _ = pipe.write_all(input.as_bytes());
        }
        let output = child.wait_with_output()?;
        Ok(Ran::Ended {
            success: output.status.success(),
            output: String::from_utf8_lossy(&output.stdout).into_owned(),
            error: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_with_its_rights() {
        let folder = tempfile::tempdir().unwrap();
        let machine = RealMachine::new(folder.path());
        machine.write("/etc/a", b"one", Access::PRIVATE).unwrap();
        assert_eq!(machine.access("/etc/a").unwrap().unwrap().mode, 0o600);
        machine.write_over_secret("/etc/a", b"two", Access::PUBLIC).unwrap();
        assert_eq!(machine.text("/etc/a").unwrap().as_deref(), Some("two"));
        assert_eq!(machine.access("/etc/a").unwrap().unwrap().mode, 0o644);
        assert_eq!(machine.list("/etc").unwrap(), ["a"]);
        machine.remove("/etc/a").unwrap();
        machine.remove("/etc/a").unwrap();
        assert_eq!(machine.read("/etc/a").unwrap(), None);
    }

    #[test]
    fn the_old_blocks_of_a_secret_are_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let machine = RealMachine::new(folder.path());
        machine.write("/conf", b"PASSWORD=x", Access::PUBLIC).unwrap();
        // A second name shows what became of the old blocks.
        fs::hard_link(folder.path().join("conf"), folder.path().join("old")).unwrap();
        machine.write_over_secret("/conf", b"#", Access::PUBLIC).unwrap();
        assert_eq!(machine.read("/old").unwrap().unwrap(), vec![0; 10]);
        assert_eq!(machine.read("/conf").unwrap().unwrap(), b"#");
    }

    #[test]
    fn links_are_seen_and_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let machine = RealMachine::new(folder.path());
        machine.symlink("/etc/static/hostname", "/etc/hostname").unwrap();
        assert!(machine.managed("/etc/hostname").unwrap());
        machine.write("/etc/hostname", b"a\n", Access::PUBLIC).unwrap();
        assert_eq!(machine.link("/etc/hostname").unwrap(), None);
        assert!(!machine.managed("/etc/hostname").unwrap());
        assert_eq!(machine.link("/etc/nothing").unwrap(), None);
    }

    #[test]
    fn programs_are_not_run_for_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(RealMachine::new(folder.path()).run("true", &[], "").unwrap(), Ran::OnlyFiles);
        let machine = RealMachine::new("/");
        assert_eq!(machine.run("no-such-program", &[], "").unwrap(), Ran::Missing);
        let Ran::Ended { success: true, output, .. } = machine.run("cat", &[], "in").unwrap() else {
            panic!()
        };
        assert_eq!(output, "in");
    }
}
