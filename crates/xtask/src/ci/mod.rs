//! `cargo xtask ci`: a table of checks, each run whatever the others say.

mod build;
mod clippy;
mod cross;
mod deny;
mod doctest;
mod format;
mod links;
mod nextest;
mod report;
mod rustdoc;
mod scripts;
mod web;

pub(crate) use build::programs_and_tests;

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::packages;
use crate::workspace::Workspace;

/// Options of `cargo xtask ci`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Also run the checks that take long or fetch much, such as compiling for aarch64
    #[arg(long)]
    long: bool,
    /// Run only the checks of these names
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    only: Vec<String>,
    /// List the checks and end
    #[arg(long)]
    list: bool,
}

/// How a check ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It ran and found nothing wrong.
    Passed,
    /// It ran and found something, or could not be run where it must.
    Failed(String),
    /// It could not run on this machine; the reason. Never counts as passed.
    Skipped(String),
}

impl From<Result<()>> for Outcome {
    fn from(result: Result<()>) -> Self {
        match result {
            Ok(()) => Self::Passed,
            Err(error) => Self::Failed(format!("{error:#}")),
        }
    }
}

/// When a check runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// In every run.
    Always,
    /// Only with `--long`.
    Long,
}

/// One row of the table.
#[derive(Clone, Copy)]
pub(crate) struct Check {
    /// Short name, for `--only` and the report.
    pub(crate) name: &'static str,
    /// What it proves, in a few words.
    pub(crate) proves: &'static str,
    /// In which runs it takes part.
    pub(crate) when: When,
    /// Runs it. Output goes to ours; the outcome repeats only what is needed to find it.
    pub(crate) run: fn(&Workspace) -> Outcome,
}

/// Every check but the tests, in order. A new kind of check is a new file and a row here.
fn checks() -> Vec<Check> {
    let mut checks = vec![format::CHECK];
    checks.extend_from_slice(crate::nix::CHECKS);
    checks.extend([
        links::CHECK,
        scripts::CHECK,
        web::CHECK,
        build::CHECK,
        clippy::CHECK,
        rustdoc::CHECK,
        doctest::CHECK,
        deny::CHECK,
        cross::CHECK,
    ]);
    checks.extend_from_slice(crate::vm::CHECKS);
    checks.push(crate::vm::CONTAINER);
    checks.push(crate::deb::CHECK);
    checks.push(crate::vm::tune::CHECK);
    checks
}

/// Runs the checks, prints their table, then runs the tests, whose own summary ends the output.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let chosen = choose(options)?;
    if options.list {
        for check in chosen {
            println!("{:10} {}", check.name, check.proves);
        }
        return Ok(());
    }
    packages::install(workspace, "build and test", &[packages::BUILD, packages::TEST])?;
    let mut rows = Vec::new();
    let (tests, others): (Vec<_>, Vec<_>) =
        chosen.into_iter().partition(|check| check.name == nextest::CHECK.name);
    for check in others {
        rows.push(perform(&check, workspace));
    }
    print!("{}", report::table(&rows));
    for check in tests {
        rows.push(perform(&check, workspace));
    }
    let failed: Vec<&str> =
        rows.iter().filter(|row| matches!(row.outcome, Outcome::Failed(_))).map(|row| row.name).collect();
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

/// The rows that `options` asks for; an unknown name is an error.
fn choose(options: &Options) -> Result<Vec<Check>> {
    let mut all = checks();
    // Last, because its summary is what a reader of the log looks for at the end.
    all.push(nextest::CHECK);
    if let Some(unknown) = options.only.iter().find(|name| all.iter().all(|check| check.name != *name)) {
        let names: Vec<&str> = all.iter().map(|check| check.name).collect();
        bail!("there is no check {unknown:?}; choose from {}", names.join(", "));
    }
    all.retain(|check| match options.only.is_empty() {
        true => options.long || options.list || check.when == When::Always,
        false => options.only.iter().any(|name| name == check.name),
    });
    Ok(all)
}

/// A check that was run.
struct Row {
    name: &'static str,
    outcome: Outcome,
    took: Duration,
}

fn perform(check: &Check, workspace: &Workspace) -> Row {
    println!("\n== {}: {}", check.name, check.proves);
    let begin = Instant::now();
    let outcome = (check.run)(workspace);
    if let Outcome::Failed(reason) = &outcome {
        eprintln!("{}: {reason}", check.name);
    }
    Row { name: check.name, outcome, took: begin.elapsed() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(long: bool, only: &[&str]) -> Options {
        Options { long, only: only.iter().map(|name| (*name).to_owned()).collect(), list: false }
    }

    fn names(options: &Options) -> Vec<&'static str> {
        choose(options).unwrap().iter().map(|check| check.name).collect()
    }

    #[test]
    fn the_tests_come_last_and_long_checks_only_when_asked() {
        let short = names(&options(false, &[]));
        assert_eq!(short.last(), Some(&"nextest"));
        assert!(!short.contains(&"cross"));
        let long = names(&options(true, &[]));
        assert!(long.contains(&"cross"));
        assert_eq!(long.last(), Some(&"nextest"));
    }

    #[test]
    fn names_are_unique_and_an_unknown_one_is_refused() {
        let all = names(&options(true, &[]));
        let unique: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(unique.len(), all.len());
        assert_eq!(names(&options(false, &["format", "cross"])), ["format", "cross"]);
        assert!(choose(&options(false, &["fromat"])).is_err());
    }
}
