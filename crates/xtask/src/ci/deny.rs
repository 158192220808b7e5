//! What the dependencies are: licences, sources, banned crates.

use super::{Check, Outcome, When};
use crate::workspace::Workspace;
use crate::{process, tools};

/// The version that is built where there is none.
const VERSION: &str = "0.20.2";

/// The row of this check.
pub(super) const CHECK: Check = Check {
    name: "deny",
    proves: "licences, sources and bans of the dependencies are as deny.toml says",
    when: When::Always,
    run,
};

fn run(workspace: &Workspace) -> Outcome {
    let program = match tools::cargo_tool(workspace, "cargo-deny", VERSION) {
        Ok(program) => program,
        // No network or no compiler for it: that says nothing about our dependencies.
        Err(error) => return Outcome::Skipped(format!("no cargo-deny: {error:#}")),
    };
    println!("deny: advisories skipped: the advisory database is not on this machine and is not fetched");
    let mut deny = tools::command(workspace, program);
    deny.args(["--locked", "--all-features", "check", "bans", "licenses", "sources"]);
    process::run(&mut deny).into()
}
