//! The virtual machine: four processors in software, time counted in instructions, so that its speed does not depend on what
//! else the host does.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// 2^0 ns per instruction: 1000 million instructions a second, which four processors share. One core of a Raspberry Pi 3
/// (1.2 GHz, in order) does about as much. While all of them wait, time passes as it does outside: skipping that would be
/// quicker, but would turn a disk that takes a moment into seconds of the machine's time.
const SHIFT: &str = "shift=0,sleep=on";

/// Files to boot from.
pub(super) struct Machine<'a> {
    pub(super) kernel: &'a Path,
    pub(super) initial: &'a Path,
    /// Root disk: a file, or `nbd+unix:///?socket=…`.
    pub(super) root: String,
    pub(super) record: &'a Path,
    pub(super) firmware: &'a Path,
    /// Words for the kernel's command line.
    pub(super) words: String,
    /// Where the serial port is written.
    pub(super) serial: PathBuf,
}

/// A running machine; killed when dropped.
pub(super) struct Running {
    child: Child,
    serial: PathBuf,
}

impl Machine<'_> {
    /// Switches it on.
    pub(super) fn start(&self) -> Result<Running> {
        let _ = fs::remove_file(&self.serial);
        let drive = |file: &str| format!("file={file},format=raw,if=virtio,cache=writeback");
        let log = File::create(self.serial.with_extension("qemu.log")).context("cannot write a log")?;
        let mut command = Command::new("qemu-system-x86_64");
        command
            .args([
                "-accel", "tcg", "-icount", SHIFT, "-smp", "4", "-m", "1024", "-net", "none", "-display",
                "none",
            ])
            .args(["-monitor", "none", "-no-reboot", "-audiodev", "none,id=a", "-device", "intel-hda"])
            .args(["-device", "hda-duplex,audiodev=a", "-kernel"])
            .arg(self.kernel)
            .arg("-initrd")
            .arg(self.initial)
            .args([
                "-append",
                &format!("console=ttyS0 quiet loglevel=3 threadirqs systemd.show_status=0 {}", self.words),
            ])
            .args(["-drive", &drive(&self.root)])
            .args(["-drive", &drive(&self.record.to_string_lossy())])
            .args(["-drive", &drive(&self.firmware.to_string_lossy())])
            .arg("-serial")
            .arg(format!("file:{}", self.serial.display()))
            .stdin(Stdio::null())
            .stdout(log.try_clone().context("cannot share a log")?)
            .stderr(log);
        let child = command.spawn().context("cannot start qemu-system-x86_64")?;
        Ok(Running { child, serial: self.serial.clone() })
    }

    /// Switches it on and waits until it has switched itself off; returns the lines `VM …` without that word.
    pub(super) fn run(&self, patience: Duration) -> Result<Vec<String>> {
        let mut running = self.start()?;
        let deadline = Instant::now() + patience;
        while running.child.try_wait().context("cannot watch qemu")?.is_none() {
            if Instant::now() > deadline {
                bail!(
                    "the machine is not done after {} s; it wrote {}",
                    patience.as_secs(),
                    self.serial.display()
                );
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let lines = running.lines();
        if let Some(failed) = lines.iter().find_map(|line| line.strip_prefix("failed ")) {
            bail!("{failed}; see {}", self.serial.display());
        }
        if !lines.iter().any(|line| line.starts_with("end ")) {
            bail!("the machine ended early; see {}", self.serial.display());
        }
        Ok(lines)
    }
}

impl Running {
    /// What it has told so far.
    pub(super) fn lines(&self) -> Vec<String> {
        let text = String::from_utf8_lossy(&fs::read(&self.serial).unwrap_or_default()).into_owned();
        // Other messages may stand before ours on the line.
        text.lines().filter_map(|line| Some(line.split_once("VM ")?.1.trim().to_owned())).collect()
    }

    /// Cuts the power.
    pub(super) fn cut(mut self) -> Vec<String> {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.lines()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
