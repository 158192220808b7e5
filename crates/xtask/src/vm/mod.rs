//! `cargo xtask vm`: the generated units on a Debian with a real-time kernel, in a machine made of software: does it boot, does
//! sound come out, does it come back after every kind of blow.

mod base;
mod cuts;
mod disk;
mod image;
mod qemu;
mod root;
mod sound;
mod store;
mod table;
pub(crate) mod tune;

pub(crate) use base::debian;
pub(crate) use root::MANIFEST;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::ci::{Check, Outcome, When};
use crate::packages;
use crate::process;
use crate::workspace::Workspace;

/// Options of `cargo xtask vm`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only the first boot, and what is told from its sound
    #[arg(long, conflicts_with_all = ["cuts", "serial"])]
    short: bool,
    /// Cut the power this many times; 0 leaves that out
    #[arg(long, default_value_t = 0, value_name = "COUNT")]
    cuts: usize,
    /// Nothing but the power cuts
    #[arg(long, requires = "cuts", conflicts_with_all = ["short", "serial"])]
    only_cuts: bool,
    /// Also start the same units one after the other, for comparison
    #[arg(long)]
    serial: bool,
    /// Manifest to take the units from, in place of the committed one with every service
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
}

/// The rows of `cargo xtask ci`.
pub(crate) const CHECKS: &[Check] = &[
    Check {
        name: "vm",
        proves: "a machine with our units boots, sounds, and sounds again after each kill",
        when: When::Always,
        run: |workspace| {
            outcome(
                workspace,
                &Options { short: true, cuts: 0, only_cuts: false, serial: false, manifest: None },
            )
        },
    },
    Check {
        name: "vm-long",
        proves: "the same, and wrong settings, a full disk, the second boot, 20 power cuts, the order of the starts",
        when: When::Long,
        run: |workspace| {
            outcome(
                workspace,
                &Options { short: false, cuts: 20, only_cuts: false, serial: true, manifest: None },
            )
        },
    },
];

/// Our programs and their crates.
const PROGRAMS: &[(&str, &str)] = &[
    ("archibald-engine", "pedal-engine"),
    ("archibald-provision", "provision"),
    ("archibald-update", "update"),
    ("midi-bridge", "midi-bridge"),
    ("pedald", "pedald"),
];

/// The owner's file, with one line that cannot be used. 1024 frames, because the loop card counts by the kernel's ticks of 4 ms: it
/// cannot keep a shorter period.
const CONF: &str = "WIFI_SSID=\"My Home\"\nWIFI_PASSWORD=\"correct horse\"\nWIFI_COUNTRY=US\n\
    SSH_AUTHORIZED_KEY=\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ guitarist@laptop\"\n\
    HOSTNAME=stage-left\nTIMEZONE='Mars Base'\nUSER_PASSWORD='hushhush'\nJACK_PERIOD=1024\n";

/// How long one boot may take on a busy host.
const PATIENCE: Duration = Duration::from_secs(900);

/// Runs the machine and prints the table.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    match outcome(workspace, options) {
        Outcome::Passed => Ok(()),
        Outcome::Failed(reason) => bail!("{reason}"),
        Outcome::Skipped(reason) => {
            println!("vm: skipped: {reason}");
            Ok(())
        }
    }
}

fn outcome(workspace: &Workspace, options: &Options) -> Outcome {
    match prepare(workspace) {
        Err(error) => Outcome::Skipped(format!("{error:#}")),
        Ok(ground) => perform(workspace, &ground, options).into(),
    }
}

/// What has to be had from elsewhere.
struct Ground {
    debian: PathBuf,
    kernel: base::Kernel,
}

fn prepare(workspace: &Workspace) -> Result<Ground> {
    let user = process::output(Command::new("id").arg("-u"))?;
    anyhow::ensure!(user.trim() == "0", "the image's files belong to many users, so this needs root");
    packages::install(workspace, "build and boot the virtual machine", &[packages::VM])?;
    Ok(Ground { debian: base::debian(workspace)?, kernel: base::kernel(workspace)? })
}

/// What was looked at, and what came out.
struct Finding {
    what: String,
    text: String,
    good: bool,
}

fn perform(workspace: &Workspace, ground: &Ground, options: &Options) -> Result<()> {
    let begin = Instant::now();
    let folder = workspace.scratch("vm")?;
    let programs = build(workspace)?;
    let manifest = options.manifest.clone().unwrap_or_else(|| workspace.root().join(root::MANIFEST));
    let root = root::make(workspace, &ground.debian, &ground.kernel, &manifest, &programs)?;
    println!("vm: units: {}", root.units.join(", "));
    root.missing.iter().for_each(|missing| println!("vm: left out: {missing}"));
    let files = Files::make(&folder, ground, &root.folder)?;
    println!("vm: image made after {:.0} s; booting", begin.elapsed().as_secs_f64());
    let mut findings = Vec::new();
    let fresh = folder.join("fresh.img");
    if !options.short {
        std::fs::copy(&files.root, &fresh).context("cannot copy the image")?;
    }
    if options.only_cuts {
        cuts::run(&files, &folder, options.cuts, &mut findings)?;
        return judge(&findings, begin);
    }
    let words = if options.short { "vm.test=short" } else { "vm.test=chain" };
    let first = files.machine(&folder, "boot", words).run(PATIENCE)?;
    let recording = std::fs::read(&files.record).context("cannot read the recording")?;
    table::chain(&first, &recording, &mut findings);
    println!("vm: first boot done after {:.0} s", begin.elapsed().as_secs_f64());
    if !options.short {
        let second = files.machine(&folder, "second", "vm.test=second").run(PATIENCE)?;
        table::second(&first, &second, &mut findings);
        println!("vm: second boot done after {:.0} s", begin.elapsed().as_secs_f64());
    }
    if options.serial {
        std::fs::copy(&fresh, &files.root).context("cannot copy the image")?;
        image::fat(CONF, &files.firmware)?;
        let units = [
            "archibald-provision",
            "archibald-dry-through",
            "jack",
            "mod-host",
            "mod-ui",
            "mod-amidithru",
            "wifi-check",
        ];
        let links = units.map(|unit| format!("/etc/systemd/system/multi-user.target.wants/{unit}.service"));
        image::without(&files.root, &links.each_ref().map(String::as_str))?;
        let serial = files.machine(&folder, "serial", "vm.test=serial").run(PATIENCE)?;
        table::serial(&first, &serial, &mut findings);
    }
    if options.cuts > 0 {
        std::fs::copy(&fresh, &files.root).context("cannot copy the image")?;
        image::fat(CONF, &files.firmware)?;
        cuts::run(&files, &folder, options.cuts, &mut findings)?;
    }
    judge(&findings, begin)
}

/// Prints the table; what is not as it should be is the error.
fn judge(findings: &[Finding], begin: Instant) -> Result<()> {
    println!("{}", table::text(findings));
    println!("vm: done after {:.0} s", begin.elapsed().as_secs_f64());
    let bad: Vec<&str> =
        findings.iter().filter(|finding| !finding.good).map(|finding| finding.what.as_str()).collect();
    if !bad.is_empty() {
        bail!("{}", bad.join(", "));
    }
    Ok(())
}

/// Compiles our programs, those that there are.
fn build(workspace: &Workspace) -> Result<Vec<(String, PathBuf)>> {
    let present = PROGRAMS
        .iter()
        .filter(|(_, name)| workspace.root().join("crates").join(name).join("src/main.rs").is_file());
    let present: Vec<_> = present.collect();
    println!("vm: compiling {}", present.iter().map(|(program, _)| *program).collect::<Vec<_>>().join(", "));
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--locked", "--quiet"]);
    for (program, package) in &present {
        cargo.args(["--package", package, "--bin", program]);
    }
    process::run(&mut cargo)?;
    Ok(present.iter().map(|(program, _)| ((*program).to_owned(), workspace.debug(program))).collect())
}

/// The files of the machine.
struct Files {
    kernel: PathBuf,
    initial: PathBuf,
    root: PathBuf,
    record: PathBuf,
    firmware: PathBuf,
}

impl Files {
    fn make(folder: &Path, ground: &Ground, tree: &Path) -> Result<Self> {
        let files = Self {
            kernel: ground.kernel.folder.join("boot").join(format!("vmlinuz-{}", ground.kernel.release)),
            initial: image::initial(&ground.kernel, folder)?,
            root: folder.join("root.img"),
            record: folder.join("record.img"),
            firmware: folder.join("firmware.img"),
        };
        image::root(tree, &files.root)?;
        image::blank(&files.record, 128 << 20)?;
        image::fat(CONF, &files.firmware)?;
        Ok(files)
    }

    /// The machine on these files; its serial port is written to `NAME.log`.
    fn machine(&self, folder: &Path, name: &str, words: &str) -> qemu::Machine<'_> {
        qemu::Machine {
            kernel: &self.kernel,
            initial: &self.initial,
            root: self.root.to_string_lossy().into_owned(),
            record: &self.record,
            firmware: &self.firmware,
            words: words.to_owned(),
            serial: folder.join(format!("{name}.log")),
        }
    }
}
