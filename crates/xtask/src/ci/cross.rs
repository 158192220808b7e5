//! The crates compile for aarch64, the processor of the pedals.

use std::process::Command;

use super::{Check, Outcome, When};
use crate::workspace::Workspace;
use crate::{packages, process};

/// What the pedals run on.
const TARGET: &str = "aarch64-unknown-linux-gnu";

/// The row of this check.
pub(super) const CHECK: Check =
    Check { name: "cross", proves: "the crates compile for aarch64", when: When::Long, run };

fn run(workspace: &Workspace) -> Outcome {
    // The standard library of our compiler, from where the compiler came from: one of another version does not fit it.
    if let Err(error) =
        process::run(Command::new("rustup").args(["target", "add", TARGET]).current_dir(workspace.root()))
    {
        return Outcome::Skipped(format!("no standard library for {TARGET}: {error:#}"));
    }
    if let Err(error) = packages::install(workspace, "compile C for aarch64", &[packages::CROSS]) {
        // clang, where it is installed, does as well.
        println!("cross: {error:#}");
    }
    let mut check = workspace.cargo();
    check.args(["check", "--workspace", "--all-targets", "--locked", "--quiet", "--target", TARGET]);
    // Nothing is linked: pkg-config only has to say that the libraries are known.
    check.env("PKG_CONFIG_ALLOW_CROSS", "1");
    process::run(&mut check).into()
}
