//! `cargo xtask vm-tune`: rt-tune on Debian's real-time kernel, in a machine of software with a sound card on PCI and another
//! one that is plugged in by USB behind a bridge. Here interrupts have real threads, cards come and go, and the machine sleeps.
//!
//! The machine is a RAM disk alone, so it boots in seconds: busybox, rt-tune, strace and their libraries.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::qemu::told;
use super::{base, image};
use crate::ci::{Check, Outcome, When};
use crate::packages;
use crate::process;
use crate::workspace::Workspace;

/// The row of `cargo xtask ci`.
pub(crate) const CHECK: Check = Check {
    name: "vm-tune",
    proves: "rt-tune sets and restores real interrupt threads, also for a card that is plugged in, after sleep and kills",
    when: When::Long,
    run: outcome,
};

/// Modules of the cards, of their buses, and of the disk that carries the journal over a reboot.
const MODULES: &[&str] =
    &["virtio_pci", "virtio_blk", "snd-hda-intel", "snd-hda-codec-generic", "xhci-pci", "snd-usb-audio"];

/// How long a boot with all its checks may take on a busy host.
const PATIENCE: Duration = Duration::from_secs(600);

/// Runs the machine and prints what was checked.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    match outcome(workspace) {
        Outcome::Passed => Ok(()),
        Outcome::Failed(reason) => bail!("{reason}"),
        Outcome::Skipped(reason) => {
            println!("vm-tune: skipped: {reason}");
            Ok(())
        }
    }
}

fn outcome(workspace: &Workspace) -> Outcome {
    let kernel =
        packages::install(workspace, "build and boot the virtual machine", &[packages::VM, &["strace"]])
            .and_then(|()| base::kernel(workspace));
    match kernel {
        Err(error) => Outcome::Skipped(format!("{error:#}")),
        Ok(kernel) => perform(workspace, &kernel).into(),
    }
}

fn perform(workspace: &Workspace, kernel: &base::Kernel) -> Result<()> {
    let folder = workspace.scratch("vm-tune")?;
    process::run(workspace.cargo().args(["build", "--locked", "--quiet", "--package", "rt-tune"]))?;
    let initial = ram_disk(kernel, &folder, &workspace.debug("rt-tune"))?;
    let disk = folder.join("state.img");
    image::blank(&disk, 1 << 20)?;
    let linux = kernel.folder.join("boot").join(format!("vmlinuz-{}", kernel.release));
    let mut lines = Vec::new();
    for test in ["first", "second"] {
        let begin = Instant::now();
        let machine = Machine { linux: &linux, initial: &initial, disk: &disk, test };
        lines.extend(machine.run(&folder)?);
        println!("vm-tune: {test} boot done after {:.0} s", begin.elapsed().as_secs_f64());
    }
    judge(&lines)
}

/// Prints what the machine told; an error when something failed, or when less was checked than there is to check.
fn judge(lines: &[String]) -> Result<()> {
    let mut failed = Vec::new();
    let mut passed = 0;
    for line in lines {
        if let Some(text) = line.strip_prefix("told ") {
            println!("  {text}");
        }
        if let Some(check) = line.strip_prefix("check ") {
            println!("  {check}");
            match check.split_once(' ') {
                Some((_, "passed")) => passed += 1,
                Some((name, _)) => failed.push(name.to_owned()),
                None => failed.push(check.to_owned()),
            }
        }
    }
    ensure!(failed.is_empty(), "failed in the machine: {}", failed.join(", "));
    // The guest's script says how many there are, so that none is lost in silence.
    let wanted: usize =
        lines.iter().filter_map(|line| line.strip_prefix("checks ")?.parse::<usize>().ok()).sum();
    ensure!(passed == wanted && passed > 0, "{passed} checks passed, and {wanted} were begun");
    Ok(())
}

/// busybox, the programs with their libraries, and the modules.
fn ram_disk(kernel: &base::Kernel, folder: &Path, rt_tune: &Path) -> Result<PathBuf> {
    let tree = folder.join("tree");
    let _ = fs::remove_dir_all(&tree);
    for name in ["bin", "lib", "proc", "sys", "dev", "run", "tmp"] {
        fs::create_dir_all(tree.join(name)).context("cannot make a folder of the RAM disk")?;
    }
    fs::copy("/bin/busybox", tree.join("bin/busybox")).context("cannot copy busybox")?;
    process::run(Command::new("strip").arg("-o").arg(tree.join("bin/rt-tune")).arg(rt_tune))?;
    fs::copy("/usr/bin/strace", tree.join("bin/strace")).context("cannot copy strace")?;
    image::libraries(&[rt_tune, Path::new("/usr/bin/strace")], &tree)?;
    let order = image::modules(kernel, MODULES, &tree)?;
    fs::write(tree.join("lib/order"), order).context("cannot write the order of modules")?;
    let init = tree.join("init");
    fs::write(&init, include_bytes!("tune.sh")).context("cannot write init")?;
    for program in [&init, &tree.join("bin/busybox"), &tree.join("bin/strace"), &tree.join("bin/rt-tune")] {
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).context("cannot set permissions")?;
    }
    image::pack(&tree, &folder.join("initrd.cpio"))
}

struct Machine<'a> {
    linux: &'a Path,
    initial: &'a Path,
    disk: &'a Path,
    test: &'a str,
}

/// Kills the machine when the host's side fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Machine<'_> {
    /// Boots, does what the guest asks for (`do COMMAND` of qemu's monitor), and returns what it told.
    fn run(&self, folder: &Path) -> Result<Vec<String>> {
        let (serial, monitor) = (folder.join(format!("{}.log", self.test)), folder.join("monitor"));
        for old in [&serial, &monitor] {
            let _ = fs::remove_file(old);
        }
        let log = File::create(folder.join("qemu.log")).context("cannot write a log")?;
        let mut command = Command::new("qemu-system-x86_64");
        command
            .args(["-machine", "q35", "-accel", "tcg", "-smp", "2", "-m", "512", "-net", "none"])
            .args(["-display", "none", "-no-reboot", "-audiodev", "none,id=a"])
            .args(["-device", "ich9-intel-hda", "-device", "hda-duplex,audiodev=a"])
            .args(["-device", "pcie-root-port,id=bridge,chassis=1", "-device", "qemu-xhci,id=usb,bus=bridge"])
            .args(["-drive", &format!("file={},format=raw,if=virtio", self.disk.display())])
            .arg("-monitor")
            .arg(format!("unix:{},server,nowait", monitor.display()))
            .arg("-serial")
            .arg(format!("file:{}", serial.display()))
            .arg("-kernel")
            .arg(self.linux)
            .arg("-initrd")
            .arg(self.initial)
            .args(["-append", &format!("console=ttyS0 quiet loglevel=3 vm.test={}", self.test)])
            .stdin(Stdio::null())
            .stdout(log.try_clone().context("cannot share a log")?)
            .stderr(log);
        let mut running = Running(command.spawn().context("cannot start qemu-system-x86_64")?);
        let deadline = Instant::now() + PATIENCE;
        let mut done = 0;
        loop {
            let ended = running.0.try_wait().context("cannot watch qemu")?.is_some();
            let lines = told(&serial);
            let wishes: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix("do ")).collect();
            for wish in &wishes[done..] {
                let mut stream = UnixStream::connect(&monitor).context("qemu's monitor does not answer")?;
                writeln!(stream, "{wish}").context("qemu's monitor does not listen")?;
                // It takes a command only while somebody is connected.
                std::thread::sleep(Duration::from_millis(300));
            }
            done = wishes.len();
            // A machine that has slept does not always switch itself off; everything is on the disk by then.
            if lines.iter().any(|line| line == "end") {
                return Ok(lines);
            }
            ensure!(!ended, "the machine ended early; see {}", serial.display());
            if Instant::now() > deadline {
                bail!("the machine is not done after {} s; see {}", PATIENCE.as_secs(), serial.display());
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_check_and_one_that_never_came_are_errors() {
        let lines = |text: &[&str]| text.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        assert!(judge(&lines(&["check a passed", "check b passed", "checks 2"])).is_ok());
        assert!(judge(&lines(&["check a passed", "check b failed why", "checks 2"])).is_err());
        assert!(judge(&lines(&["check a passed", "checks 2"])).is_err());
        assert!(judge(&lines(&["checks 0"])).is_err());
    }
}
