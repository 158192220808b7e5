//! `cargo xtask vm`: the generated units on a Debian with a real-time kernel, in a machine made of software: does it boot, does
//! sound come out, does it come back after every kind of blow.

mod base;
mod boots;
mod container;
mod cuts;
mod disk;
mod files;
mod image;
mod plan;
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
use std::time::Instant;

use anyhow::{Result, bail};

use crate::ci::{Check, Outcome, When, programs_and_tests};
use crate::packages;
use crate::process;
use crate::workspace::Workspace;
use files::Files;
use plan::{Piece, Plan};
use qemu::Trouble;

/// Options of `cargo xtask vm`.
#[derive(Default, clap::Args)]
pub(crate) struct Options {
    /// Only the first boot, and what is told from its sound; with --serial, only the boots that are compared
    #[arg(long, conflicts_with = "cuts")]
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
    /// Only these pieces of the long version; those up to `update` share the first boot
    #[arg(long, value_name = "PIECE", value_delimiter = ',', conflicts_with_all = ["short", "serial", "only_cuts"])]
    only: Vec<Piece>,
    /// The programs are those that were compiled beside the tests, as in a run of all checks
    #[arg(skip)]
    beside_tests: bool,
    /// Boot the same root folder in name spaces of this machine's kernel: 20 power cuts, and the pieces that need no machine
    #[arg(long, conflicts_with_all = ["short", "serial", "only", "cuts", "only_cuts"])]
    container: bool,
    /// Folder with the programs, compiled already; those that it lacks are left out
    #[arg(long, value_name = "DIR")]
    programs: Option<PathBuf>,
    /// Manifest to take the units from, in place of the committed one with every service
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
}

impl Options {
    fn plan(&self) -> Plan {
        match self {
            Self { short: true, serial, .. } => Plan::short(*serial),
            Self { only_cuts: true, cuts, .. } => Plan::cuts(*cuts),
            Self { only, serial, cuts, .. } => Plan::long(only, *serial, *cuts),
        }
    }
}

/// The rows of `cargo xtask ci`.
pub(crate) const CHECKS: &[Check] = &[
    Check {
        name: "vm",
        proves: "a machine with our units boots, sounds, and sounds again after each kill",
        when: When::Always,
        run: |workspace| {
            outcome(workspace, &Options { short: true, beside_tests: true, ..Options::default() })
        },
    },
    Check {
        name: "vm-long",
        proves: "the same, and wrong settings, a full disk, no card, the second boot, 20 power cuts, the order of the starts",
        when: When::Long,
        run: |workspace| {
            outcome(workspace, &Options { cuts: 20, serial: true, beside_tests: true, ..Options::default() })
        },
    },
];

/// The row of `cargo xtask ci` for the same root folder without a machine.
pub(crate) const CONTAINER: Check = Check {
    name: "container",
    proves: "20 power cuts lose no board; wrong settings, a full disk, no sound card, an update and the second boot, without a machine",
    when: When::Long,
    run: |workspace| {
        outcome(workspace, &Options { container: true, beside_tests: true, ..Options::default() })
    },
};

/// Our programs and their crates.
const PROGRAMS: &[(&str, &str)] = &[
    ("archibald-engine", "pedal-engine"),
    ("archibald-provision", "provision"),
    ("archibald-update", "update"),
    ("lcd-splash", "lcd-splash"),
    ("midi-bridge", "midi-bridge"),
    ("pedald", "pedald"),
];

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
    let begin = Instant::now();
    if let Err(error) = ready(workspace) {
        return Outcome::Skipped(format!("{error:#}"));
    }
    // The network and the compiler do not wait for each other.
    let (ground, programs) = std::thread::scope(|scope| {
        let ground = scope.spawn(|| Ground::fetch(workspace));
        let programs = match &options.programs {
            Some(folder) => Ok(compiled(folder)),
            None => build(workspace, options.beside_tests),
        };
        (ground.join().expect("fetching does not panic"), programs)
    });
    let ground = match ground {
        Ok(ground) => ground,
        Err(error) => return Outcome::Skipped(format!("{error:#}")),
    };
    println!("vm: fetched and compiled after {:.0} s", begin.elapsed().as_secs_f64());
    let files = programs.and_then(|programs| Files::make(workspace, &ground, &programs, options));
    if options.container {
        return match files {
            Ok(files) => container::perform(workspace, &files),
            Err(error) => Outcome::Failed(format!("{error:#}")),
        };
    }
    let done = files.map_err(Trouble::from).and_then(|files| boots::perform(&files, &options.plan(), begin));
    match done {
        Ok(()) => Outcome::Passed,
        Err(Trouble::Slow(reason)) => Outcome::Skipped(reason),
        Err(Trouble::Failed(reason)) => Outcome::Failed(reason),
    }
}

fn ready(workspace: &Workspace) -> Result<()> {
    let user = process::output(Command::new("id").arg("-u"))?;
    anyhow::ensure!(user.trim() == "0", "the image's files belong to many users, so this needs root");
    packages::install(workspace, "build and boot the virtual machine", &[packages::VM])
}

/// What has to be had from elsewhere.
struct Ground {
    debian: PathBuf,
    kernel: base::Kernel,
}

impl Ground {
    fn fetch(workspace: &Workspace) -> Result<Self> {
        Ok(Self { debian: base::debian(workspace)?, kernel: base::kernel(workspace)? })
    }
}

/// What was looked at, and what came out.
struct Finding {
    what: String,
    text: String,
    good: bool,
}

/// Our programs in a folder.
fn compiled(folder: &Path) -> Vec<(String, PathBuf)> {
    let all = PROGRAMS.iter().map(|(program, _)| ((*program).to_owned(), folder.join(program)));
    all.filter(|(_, file)| file.is_file()).collect()
}

/// Compiles our programs, those that there are; `beside_tests` says that the tests are wanted too.
fn build(workspace: &Workspace, beside_tests: bool) -> Result<Vec<(String, PathBuf)>> {
    let present = PROGRAMS
        .iter()
        .filter(|(_, name)| workspace.root().join("crates").join(name).join("src/main.rs").is_file());
    let present: Vec<_> = present.collect();
    println!("vm: compiling {}", present.iter().map(|(program, _)| *program).collect::<Vec<_>>().join(", "));
    if beside_tests {
        programs_and_tests(workspace)?;
    } else {
        let mut cargo = workspace.cargo();
        cargo.args(["build", "--locked", "--quiet"]);
        for (program, package) in &present {
            cargo.args(["--package", package, "--bin", program]);
        }
        process::run(&mut cargo)?;
    }
    Ok(present.iter().map(|(program, _)| ((*program).to_owned(), workspace.debug(program))).collect())
}
