//! What the image is made of that is not ours: a small Debian, and the real-time kernel of the newest Debian.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;
use crate::workspace::Workspace;

/// Debian packages of the machine.
const PACKAGES: &str = "systemd,systemd-sysv,dbus,udev,kmod,libpam-systemd,jackd2,alsa-utils,liblilv-0-0,libasound2,mda-lv2,\
swh-lv2,netcat-openbsd,iproute2,iw,e2fsprogs,fdisk,network-manager,wpasupplicant,dnsmasq-base,nftables,tzdata,procps,git";

/// The kernel that was unpacked.
pub(super) struct Kernel {
    /// Folder with `boot` and `lib/modules`.
    pub(super) folder: PathBuf,
    /// Its release, as `uname -r` says it.
    pub(super) release: String,
}

/// The Debian that this machine is: programs built here run only there.
fn suite() -> Result<String> {
    let text = fs::read_to_string("/etc/os-release").context("cannot read /etc/os-release")?;
    let field = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    anyhow::ensure!(field("ID") == Some("debian"), "this machine is not a Debian");
    Ok(field("VERSION_CODENAME").context("this Debian has no code name")?.to_owned())
}

/// The archive of the machine's Debian; made once, and kept.
pub(crate) fn debian(workspace: &Workspace) -> Result<PathBuf> {
    let suite = suite()?;
    let archive = workspace.scratch("vm")?.join(format!("{suite}.tar"));
    if !archive.is_file() {
        println!("vm: fetching a small Debian ({suite}), once");
        let mut command = Command::new("mmdebstrap");
        command.args(["--variant=minbase", "--include", PACKAGES]);
        for folder in ["doc", "man", "locale", "info"] {
            command.arg(format!("--dpkgopt=path-exclude=/usr/share/{folder}/*"));
        }
        fetch(workspace, command, &suite, &archive)?;
    }
    Ok(archive)
}

/// The kernel: Debian 13's real-time kernel, or, if that cannot be had, that of this Debian.
pub(super) fn kernel(workspace: &Workspace) -> Result<Kernel> {
    let own = suite()?;
    let mut refused = None;
    for suite in ["trixie", &own] {
        match unpacked(workspace, suite) {
            Ok(kernel) => {
                if let Some(error) = refused {
                    println!("vm: the kernel is that of {suite}: {error:#}");
                }
                return Ok(kernel);
            }
            Err(error) => refused = Some(error),
        }
    }
    Err(refused.context("there is no suite")?)
}

fn unpacked(workspace: &Workspace, suite: &str) -> Result<Kernel> {
    let folder = workspace.scratch("vm")?.join(format!("kernel-{suite}"));
    if !folder.join("boot").is_dir() {
        println!("vm: fetching the real-time kernel of {suite}, once");
        let archive = folder.with_extension("tar");
        let mut command = Command::new("mmdebstrap");
        command.args(["--variant=extract", "--include=linux-image-rt-amd64"]);
        fetch(workspace, command, suite, &archive)?;
        let partial = folder.with_extension("new");
        fs::create_dir_all(&partial).context("cannot make a folder")?;
        process::run(
            Command::new("tar")
                .arg("-xf")
                .arg(&archive)
                .arg("-C")
                .arg(&partial)
                .args(["./boot", "./usr/lib/modules"]),
        )?;
        std::os::unix::fs::symlink("usr/lib", partial.join("lib")).context("cannot link lib")?;
        fs::rename(&partial, &folder).context("cannot keep the kernel")?;
        fs::remove_file(&archive).context("cannot remove an archive")?;
    }
    let mut releases = fs::read_dir(folder.join("lib/modules")).context("the kernel has no modules")?;
    let release =
        releases.next().context("the kernel has no modules")??.file_name().to_string_lossy().into_owned();
    // The tables of modules are made where a kernel is installed, and this one was only unpacked.
    process::run(Command::new("depmod").arg("-b").arg(&folder).arg(&release))?;
    Ok(Kernel { folder, release })
}

/// Runs mmdebstrap into a file that is there whole or not at all.
fn fetch(workspace: &Workspace, mut command: Command, suite: &str, archive: &Path) -> Result<()> {
    let partial = archive.with_extension("partial.tar");
    // A mirror that does not answer must not hold up everything else.
    command.args(["--aptopt=Acquire::Retries \"2\"", "--aptopt=Acquire::http::Timeout \"20\""]);
    command.args(["--aptopt=Acquire::Languages \"none\"", "--components=main", suite]).arg(&partial);
    process::run_logged(&mut command, &workspace.scratch("logs")?.join("mmdebstrap.log"))?;
    fs::rename(&partial, archive).context("cannot keep what was fetched")
}

impl Kernel {
    /// The files of modules and of all that they need, in the order to load them; relative to the kernel's folder.
    pub(super) fn modules(&self, names: &[&str]) -> Result<Vec<PathBuf>> {
        let mut files: Vec<PathBuf> = Vec::new();
        for name in names {
            let mut command = Command::new("modprobe");
            command.arg("-d").arg(&self.folder).args(["-S", &self.release, "--show-depends", name]);
            let text =
                process::output(&mut command).with_context(|| format!("the kernel has no module {name}"))?;
            for file in text.lines().filter_map(|line| line.strip_prefix("insmod ")) {
                let file = Path::new(file.trim());
                let file = file.strip_prefix(&self.folder).unwrap_or(file).to_path_buf();
                if !files.contains(&file) {
                    files.push(file);
                }
            }
        }
        Ok(files)
    }
}
