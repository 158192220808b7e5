//! Looks for inputs that break the readers: libFuzzer over the targets of the crate `fuzzing`, with the usual compiler.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::process;
use crate::workspace::Workspace;

/// What libFuzzer wants to know of the program's ways. These are flags of LLVM, not of an unstable compiler; they hold for
/// all crates but for build scripts, which `--target` keeps apart.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table";

/// A file system in memory.
const MEMORY: &str = "/dev/shm";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Targets, as the folders of crates/fuzzing/seeds are called; all when none is named
    targets: Vec<String>,

    /// Seconds for each target
    #[arg(long, default_value_t = 300)]
    seconds: u32,

    /// Memory in MB that counts as a leak
    #[arg(long, default_value_t = 2048)]
    memory: u32,
}

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let folder = workspace.root().join("crates/fuzzing");
    let mut targets = options.targets.clone();
    if targets.is_empty() {
        let seeds = std::fs::read_dir(folder.join("seeds")).context("crates/fuzzing/seeds cannot be read")?;
        targets = seeds.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        targets.sort();
    }
    let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let target = workspace.scratch("fuzz")?;
    // the versions that are shipped, and not the newest
    std::fs::copy(workspace.root().join("Cargo.lock"), folder.join("fuzz/Cargo.lock"))
        .context("crates/fuzzing/fuzz/Cargo.lock cannot be written")?;
    println!("building crates/fuzzing/fuzz …");
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.args(["build", "--release", "--target", &triple]).current_dir(folder.join("fuzz"));
    build.env("RUSTFLAGS", FLAGS).env("CARGO_TARGET_DIR", &target);
    process::run(&mut build)?;
    let program = target.join(&triple).join("release/fuzz");

    let mut broken = Vec::new();
    for name in &targets {
        let (corpus, found) = (target.join("corpus").join(name), target.join("found").join(name));
        for folder in [&corpus, &found] {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        println!("\n{name}: {} s", options.seconds);
        // the lowest priority: whoever works on the machine goes first
        let mut run = Command::new("nice");
        run.args(["-n", "19"]).arg(&program).arg(&corpus).arg(folder.join("seeds").join(name));
        run.arg(format!("-max_total_time={}", options.seconds))
            .arg(format!("-rss_limit_mb={}", options.memory));
        run.args(["-print_final_stats=1", "-verbosity=0", "-timeout=10", "-max_len=16384"]);
        run.arg(format!("-artifact_prefix={}/", found.display())).env("FUZZ_TARGET", name);
        if Path::new(MEMORY).is_dir() {
            // what a target unpacks is gone a moment later: the disk is spared
            run.env("TMPDIR", MEMORY);
        }
        if process::run(&mut run).is_err() {
            broken.push((name.clone(), newest(&found)));
        }
    }
    for (name, input) in &broken {
        let input = input
            .as_ref()
            .map_or_else(|| "an input that was not kept".to_owned(), |path| path.display().to_string());
        println!("{name} is broken by {input}");
    }
    if !broken.is_empty() {
        bail!(
            "{} of {} targets broke; put each input into crates/fuzzing/seeds/<target>, where the tests find it",
            broken.len(),
            targets.len()
        );
    }
    println!("\n{} targets, {} s each: nothing broke", targets.len(), options.seconds);
    Ok(())
}

fn newest(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    entries
        .max_by_key(|entry| entry.metadata().and_then(|about| about.modified()).ok())
        .map(|entry| entry.path())
}
