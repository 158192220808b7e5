//! The files that the machine boots from, and what it leaves in them.

use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{Ground, Options, image, qemu, root};
use crate::workspace::Workspace;

/// The owner's file, with one line that cannot be used. 1024 frames, because the loop card counts by the kernel's ticks of 4 ms: it
/// cannot keep a shorter period.
const CONF: &str = "WIFI_SSID=\"My Home\"\nWIFI_PASSWORD=\"correct horse\"\nWIFI_COUNTRY=US\n\
    SSH_AUTHORIZED_KEY=\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ guitarist@laptop\"\n\
    HOSTNAME=stage-left\nTIMEZONE='Mars Base'\nUSER_PASSWORD='hushhush'\nJACK_PERIOD=1024\n";

/// Where the machine writes its journal on the disk that it records on; what was heard comes before it.
const JOURNAL: u64 = 112 << 20;

/// Size of that disk.
const RECORD: u64 = 128 << 20;

/// Longest journal that is kept, in bytes.
const LONGEST: usize = (RECORD - JOURNAL) as usize;

/// The files of the machine.
pub(super) struct Files {
    pub(super) folder: PathBuf,
    kernel: PathBuf,
    initial: PathBuf,
    pub(super) root: PathBuf,
    /// The root as it was made.
    fresh: PathBuf,
    record: PathBuf,
    firmware: PathBuf,
    /// What the pedal's kernel is told about its processors.
    processors: String,
}

impl Files {
    /// Makes them anew.
    pub(super) fn make(
        workspace: &Workspace,
        ground: &Ground,
        programs: &[(String, PathBuf)],
        options: &Options,
    ) -> Result<Self> {
        let folder = workspace.scratch("vm")?;
        let manifest = options.manifest.clone().unwrap_or_else(|| workspace.root().join(root::MANIFEST));
        let tree = root::make(workspace, &ground.debian, &ground.kernel, &manifest, programs)?;
        println!("vm: units: {}", tree.units.join(", "));
        tree.missing.iter().for_each(|missing| println!("vm: left out: {missing}"));
        let splash = programs.iter().find(|(name, _)| name == "lcd-splash");
        let files = Self {
            kernel: ground.kernel.folder.join("boot").join(format!("vmlinuz-{}", ground.kernel.release)),
            initial: image::initial(&ground.kernel, splash.map(|(_, file)| file.as_path()), &folder)?,
            root: folder.join("root.img"),
            fresh: folder.join("fresh.img"),
            record: folder.join("record.img"),
            firmware: folder.join("firmware.img"),
            processors: tree.words,
            folder,
        };
        image::root(&tree.folder, &files.fresh)?;
        files.renew()?;
        Ok(files)
    }

    /// As if nothing had ever been booted.
    pub(super) fn renew(&self) -> Result<()> {
        std::fs::copy(&self.fresh, &self.root).context("cannot copy the image")?;
        image::blank(&self.record, RECORD)?;
        image::fat(CONF, &self.firmware)
    }

    /// The machine on these files; its serial port is written to `NAME.log`.
    pub(super) fn machine(&self, name: &str, words: &str) -> qemu::Machine<'_> {
        qemu::Machine {
            kernel: &self.kernel,
            initial: &self.initial,
            root: qemu::RootDisk::Memory(self.root.clone()),
            record: &self.record,
            firmware: &self.firmware,
            words: format!("{words}{}", self.processors),
            serial: self.folder.join(format!("{name}.log")),
        }
    }

    /// What was recorded.
    pub(super) fn recording(&self) -> Result<Vec<u8>> {
        let mut bytes = std::fs::read(&self.record).context("cannot read the recording")?;
        bytes.truncate(JOURNAL as usize);
        Ok(bytes)
    }

    /// Copies what the machine told of its journal (a line `journal BYTES`) to `NAME.journal`; without that there is no such
    /// file afterwards.
    pub(super) fn keep_journal(&self, name: &str, lines: &[String]) -> Result<()> {
        let target = self.folder.join(format!("{name}.journal"));
        let _ = std::fs::remove_file(&target);
        let size = lines.iter().find_map(|line| line.strip_prefix("journal ")?.trim().parse::<usize>().ok());
        let Some(size) = size else { return Ok(()) };
        let mut text = vec![0; size.min(LONGEST)];
        let file = std::fs::File::open(&self.record).context("cannot read the recording")?;
        file.read_exact_at(&mut text, JOURNAL).context("cannot read the journal")?;
        std::fs::write(&target, &text).context("cannot keep the journal")
    }

    /// The end of what a boot left behind, in lines: of its journal, or, if it never came to writing one, of its serial port and
    /// of qemu's complaints.
    pub(super) fn rest(&self, name: &str, lines: usize) -> String {
        for kinds in [&["journal"][..], &["log", "qemu.log"]] {
            let mut text = String::new();
            for kind in kinds {
                let file = self.folder.join(format!("{name}.{kind}"));
                text.push_str(&end(&file, lines));
            }
            if !text.is_empty() {
                return text;
            }
        }
        format!("the machine `{name}` left nothing behind\n")
    }
}

/// The end of a file in lines, without the machine's clock; empty when there is none.
fn end(file: &Path, lines: usize) -> String {
    let text = String::from_utf8_lossy(&std::fs::read(file).unwrap_or_default()).into_owned();
    let all: Vec<&str> = text.lines().filter(|line| !line.starts_with("VM at ")).collect();
    if all.is_empty() {
        return String::new();
    }
    let tail = all[all.len().saturating_sub(lines)..].iter().map(|line| format!("  {line}\n"));
    format!("vm: the end of {}:\n{}", file.display(), tail.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &Path) -> Files {
        let at = |name: &str| folder.join(name);
        Files {
            kernel: at("linux"),
            initial: at("initrd"),
            root: at("root"),
            fresh: at("fresh"),
            record: at("record"),
            firmware: at("firmware"),
            processors: " isolcpus=2-3".to_owned(),
            folder: folder.to_path_buf(),
        }
    }

    #[test]
    fn the_journal_is_found_behind_the_recording_and_an_old_one_is_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        image::blank(&files.record, RECORD).unwrap();
        let record = std::fs::OpenOptions::new().write(true).open(&files.record).unwrap();
        record.write_all_at(b"one\ntwo\nthree\n", JOURNAL).unwrap();
        files.keep_journal("boot", &["at 3.5".to_owned(), "journal 14".to_owned()]).unwrap();
        assert!(files.rest("boot", 2).ends_with("boot.journal:\n  two\n  three\n"));
        assert_eq!(files.recording().unwrap().len(), JOURNAL as usize);
        // The next one hangs: what it said on its serial port is shown.
        files.keep_journal("boot", &[]).unwrap();
        std::fs::write(folder.path().join("boot.log"), "VM at 4.1\nOops\n").unwrap();
        assert!(files.rest("boot", 9).ends_with("boot.log:\n  Oops\n"));
        assert!(files.rest("second", 9).contains("left nothing behind"));
    }
}
