//! The web editor's scripts: types by TypeScript, out of JSDoc. The checker is fetched by npm; the editor needs nothing of it.

use std::process::Command;

use super::{Check, Outcome, When};
use crate::process;
use crate::workspace::Workspace;

/// The row of this check.
pub(super) const CHECK: Check = Check {
    name: "web",
    proves: "the web editor's scripts fit the types that they name",
    when: When::Always,
    run,
};

fn run(workspace: &Workspace) -> Outcome {
    if !process::exists("npm") {
        return Outcome::Skipped("there is no npm on this machine (Debian package npm)".into());
    }
    let folder = workspace.root().join("crates/pedald/web-tests");
    let npm = |arguments: &[&str]| {
        let mut npm = Command::new("npm");
        npm.args(arguments).current_dir(&folder);
        npm
    };
    if !folder.join("node_modules/typescript/bin/tsc").is_file() {
        let log = match workspace.scratch("logs") {
            Ok(logs) => logs.join("npm-ci.log"),
            Err(error) => return Outcome::Failed(format!("{error:#}")),
        };
        // No network says nothing about our scripts.
        if let Err(error) = process::run_logged(&mut npm(&["ci", "--no-audit", "--no-fund"]), &log) {
            return Outcome::Skipped(format!("the checker cannot be fetched: {error:#}"));
        }
    }
    process::run(&mut npm(&["run", "--silent", "check"])).into()
}
