//! The shell tests of checks/scripts: scripts of ours, tried against stand-ins.

use std::process::Command;

use anyhow::{Context, Result, bail};

use super::{Check, When};
use crate::process;
use crate::workspace::Workspace;

/// The row of this check.
pub(super) const CHECK: Check = Check {
    name: "scripts",
    proves: "the shell scripts of the modules do what they promise",
    when: When::Always,
    run: |workspace| run(workspace).into(),
};

/// Runs every `checks/scripts/*.sh`; the error names all that failed.
fn run(workspace: &Workspace) -> Result<()> {
    let folder = workspace.root().join("checks/scripts");
    let entries = std::fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut scripts: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "sh"))
        .collect();
    scripts.sort();
    let mut wrong = Vec::new();
    for script in scripts {
        let mut command = Command::new("bash");
        if let Err(error) = process::run(command.arg(&script).current_dir(workspace.root())) {
            wrong.push(error.to_string());
        }
    }
    if !wrong.is_empty() {
        bail!("{}", wrong.join("; "));
    }
    Ok(())
}
