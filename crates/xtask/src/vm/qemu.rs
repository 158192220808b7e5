//! The virtual machine: four processors in software, time counted in instructions, so that what it does and how long that takes by
//! its own clock does not depend on what else the host does.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// 2^0 ns per instruction: 1000 million instructions a second, which four processors share. One core of a Raspberry Pi 3
/// (1.2 GHz, in order) does about as much.
const SHIFT: u32 = 0;

/// A processor with a source of randomness, as a Raspberry Pi has one. Without it the kernel makes its own in a loop that takes a
/// whole processor for a second, and `systemd-random-seed` and D-Bus wait for that.
const PROCESSOR: &str = "qemu64,+rdrand";

/// Memory of the machine in MiB, without the disks that lie in memory.
const MEMORY: u32 = 1024;

/// What the root file system lies on.
pub(super) enum RootDisk {
    /// A file that the machine has as a module of persistent memory. Nothing waits for it, so a busy host cannot make it slow;
    /// and while all processors wait for something else, time jumps to where that happens.
    Memory(PathBuf),
    /// An address such as `nbd+unix:///?socket=…`. What takes time outside takes time inside then, so the machine has the host's time,
    /// and its processors run beside each other.
    Server(String),
}

/// Files to boot from.
pub(super) struct Machine<'a> {
    pub(super) kernel: &'a Path,
    pub(super) initial: &'a Path,
    pub(super) root: RootDisk,
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

/// Why a machine did not do what it should.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Time was up while it was working: this host is too slow for it.
    Slow(String),
    /// Anything else.
    Failed(String),
}

impl From<anyhow::Error> for Trouble {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(format!("{error:#}"))
    }
}

impl Machine<'_> {
    /// Switches it on.
    pub(super) fn start(&self) -> Result<Running> {
        let _ = fs::remove_file(&self.serial);
        let log = File::create(self.serial.with_extension("qemu.log")).context("cannot write a log")?;
        let mut memory = vec![self.firmware, self.record];
        let mut words = self.words.clone();
        let mut command = Command::new("qemu-system-x86_64");
        match &self.root {
            RootDisk::Memory(file) => {
                memory.push(file);
                command.args(["-accel", "tcg", "-smp", "4", "-rtc", "clock=vm"]);
                command.args(["-icount", &format!("shift={SHIFT},sleep=off")]);
                command.args(["-audiodev", "none,id=a", "-device", "intel-hda"]);
                command.args(["-device", "hda-duplex,audiodev=a"]);
            }
            // Nothing is timed there, so as fast as the host can, and nothing to find for udev that is not needed. What a kernel does
            // against processors that leak is dear in software, and saves nobody there.
            RootDisk::Server(_) => {
                command.args(["-accel", "tcg,thread=multi", "-smp", "4", "-vga", "none"]);
                words.push_str(" mitigations=off");
            }
        }
        command
            .args(["-machine", "pc,nvdimm=on", "-cpu", PROCESSOR])
            .args(["-m", &format!("{MEMORY}M,slots=4,maxmem={}M", 4 * MEMORY)])
            .args(["-net", "none", "-display", "none", "-monitor", "none", "-no-reboot"])
            .arg("-kernel")
            .arg(self.kernel)
            .arg("-initrd")
            .arg(self.initial)
            .args([
                "-append",
                &format!("console=ttyS0 quiet loglevel=3 threadirqs systemd.show_status=0 {words}"),
            ]);
        for (index, file) in memory.iter().enumerate() {
            let size =
                fs::metadata(file).with_context(|| format!("cannot look at {}", file.display()))?.len();
            command.args([
                "-object",
                &format!(
                    "memory-backend-file,id=mem{index},share=on,mem-path={},size={size}",
                    file.display()
                ),
                "-device",
                &format!("nvdimm,id=nv{index},memdev=mem{index}"),
            ]);
        }
        if let RootDisk::Server(address) = &self.root {
            command.args(["-drive", &format!("file={address},format=raw,if=virtio,cache=writeback")]);
        }
        command
            .arg("-serial")
            .arg(format!("file:{}", self.serial.display()))
            .stdin(Stdio::null())
            .stdout(log.try_clone().context("cannot share a log")?)
            .stderr(log);
        let child = command.spawn().context("cannot start qemu-system-x86_64")?;
        Ok(Running { child, serial: self.serial.clone() })
    }

    /// Switches it on and waits until it has switched itself off; returns the lines `VM …` without that word.
    ///
    /// `patience` counts outside, `limit` inside: a machine whose own clock has not come to `limit` by then is not to blame.
    pub(super) fn run(&self, patience: Duration, limit: Duration) -> Result<Vec<String>, Trouble> {
        let mut running = self.start()?;
        let deadline = Instant::now() + patience;
        while running.child.try_wait().context("cannot watch qemu")?.is_none() {
            let reached = uptime(&running.lines());
            if reached > limit {
                return Err(Trouble::Failed(format!(
                    "the machine is not done after {} s",
                    reached.as_secs()
                )));
            }
            if Instant::now() > deadline {
                let text = format!(
                    "this host is too slow: after {} s the machine had done {} s of its time",
                    patience.as_secs(),
                    reached.as_secs()
                );
                // A machine that never came to the test's script hangs.
                return Err(if reached.is_zero() { Trouble::Failed(text) } else { Trouble::Slow(text) });
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let lines = running.lines();
        if let Some(failed) = lines.iter().find_map(|line| line.strip_prefix("failed ")) {
            return Err(Trouble::Failed(failed.to_owned()));
        }
        if !lines.iter().any(|line| line.starts_with("end ")) {
            return Err(Trouble::Failed("the machine ended early".to_owned()));
        }
        Ok(lines)
    }
}

/// Lines `VM …` of a serial port, without that word; the last one only when it is whole.
pub(super) fn told(serial: &Path) -> Vec<String> {
    let text = String::from_utf8_lossy(&fs::read(serial).unwrap_or_default()).into_owned();
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    // Other messages may stand before ours on the line.
    whole.lines().filter_map(|line| Some(line.split_once("VM ")?.1.trim().to_owned())).collect()
}

/// Where the machine's own clock stood when it last told.
fn uptime(lines: &[String]) -> Duration {
    let told = lines.iter().rev().find_map(|line| line.strip_prefix("at ")?.trim().parse().ok());
    Duration::try_from_secs_f64(told.unwrap_or(0.0)).unwrap_or_default()
}

impl Running {
    /// What it has told so far.
    pub(super) fn lines(&self) -> Vec<String> {
        told(&self.serial)
    }

    /// Whether its kernel has given up.
    pub(super) fn panicked(&self) -> bool {
        let text = fs::read(&self.serial).unwrap_or_default();
        String::from_utf8_lossy(&text).contains("Kernel panic - not syncing")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_clock_is_the_last_that_it_told() {
        let lines = |text: &[&str]| text.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            uptime(&lines(&["at 5.25", "check a passed", "at 10.5", "mark end 3"])).as_millis(),
            10_500
        );
        assert_eq!(uptime(&lines(&["kernel 6.12", "at soon"])), Duration::ZERO);
    }
}
